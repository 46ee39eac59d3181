//! Conditions in JQL out of SQL expressions. SQL has three truth values and JQL two: a term stands for "the expression
//! is true" (or, under NOT, "it is false"), so that rows for which SQL says NULL may be left out. What a term finds is
//! never less than that; where JQL can't promise it, there is no term and the engine filters alone.

use std::ops::Not;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, Operator};

use super::operand::{self, Bound};
use crate::schema::{JqlField, Operand, SpeaksOf, Table};

/// A condition in JQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The condition; what binds weaker than AND stands in parentheses.
    pub jql: String,
    /// The fields that it names, each with an operator that JQL must have for it.
    pub uses: Vec<(String, &'static str)>,
    /// The share of the rows that it is thought to leave.
    pub share: f64,
    /// Nothing of the expression is left out, however much wider JQL may take it.
    pub is_whole: bool,
}

/// What must be known of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

/// The condition that finds at least the rows for which `expr` is true; none where JQL can't say it of this table.
pub(super) fn term(expr: &Expr, table: &Table) -> Option<Term> {
    translated(expr, table, Truth::True)
}

/// The condition that finds the rows whose column has one of these values, written as text; none where JQL has no such
/// field or takes no such values.
pub fn equals(table: &Table, column: usize, values: &[String]) -> Option<Term> {
    let field = table.columns.get(column)?.jql.as_ref()?;
    let values: Vec<ScalarValue> = match field.by {
        Operand::Name => values.iter().map(|v| ScalarValue::from(v.as_str())).collect(),
        Operand::Id => {
            values.iter().map(|v| v.parse().ok().map(|v: i64| ScalarValue::from(v))).collect::<Option<_>>()?
        }
        _ => return None,
    };
    any_of(field, &values)
}

fn translated(expr: &Expr, table: &Table, truth: Truth) -> Option<Term> {
    match expr {
        Expr::Alias(alias) => translated(&alias.expr, table, truth),
        Expr::Not(inner) => translated(inner, table, !truth),
        Expr::IsTrue(inner) if truth == Truth::True => translated(inner, table, Truth::True),
        Expr::IsFalse(inner) if truth == Truth::True => translated(inner, table, Truth::False),
        Expr::IsNull(inner) => empty(field(inner, table)?, truth),
        Expr::IsNotNull(inner) => empty(field(inner, table)?, !truth),
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let both_hold = (*op == Operator::And) == (truth == Truth::True);
            let sides = [left, right].map(|side| translated(side, table, truth));
            match (both_hold, sides) {
                (true, [Some(left), Some(right)]) => Some(left.and(right)),
                (true, [one, other]) => one.or(other).map(Term::in_part),
                (false, [left, right]) => Some(left?.or(right?)),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (subject, op, value) = match (literal(left), literal(right)) {
                (None, Some(value)) => (left, *op, value),
                (Some(value), None) => (right, op.swap()?, value),
                _ => return None,
            };
            let op = if truth == Truth::True { op } else { op.negate()? };
            Subject::of(subject, table)?.compared(op, value)
        }
        Expr::InList(InList { expr, list, negated }) => {
            let values: Vec<ScalarValue> = list.iter().map(|v| literal(v).cloned()).collect::<Option<_>>()?;
            let (nulls, values): (Vec<_>, Vec<_>) = values.into_iter().partition(ScalarValue::is_null);
            let field = field(expr, table)?;
            match *negated == (truth == Truth::True) {
                false => any_of(field, &values),
                // Nothing is known not to be in a list with a NULL.
                true if nulls.is_empty() => none_of(field, &values),
                true => None,
            }
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let (subject, low, high) = (Subject::of(expr, table)?, literal(low)?, literal(high)?);
            match *negated == (truth == Truth::True) {
                false => {
                    let sides =
                        [subject.compared(Operator::GtEq, low), subject.compared(Operator::LtEq, high)];
                    both(sides)
                }
                true => Some(subject.compared(Operator::Lt, low)?.or(subject.compared(Operator::Gt, high)?)),
            }
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "array_has" => {
            let [list, value] = args.as_slice() else { return None };
            let field = column(as_texts(list), table)?;
            let of_list = truth == Truth::True && field.speaks_of == SpeaksOf::List;
            of_list.then(|| any_of(field, std::slice::from_ref(literal(value)?))).flatten()
        }
        _ => None,
    }
}

/// What stands on one side of a comparison.
struct Subject<'t> {
    field: &'t JqlField,
    seen: Seen,
}

/// What a comparison sees of a column.
enum Seen {
    /// Its value.
    Value,
    /// A whole number as a fraction.
    Fraction,
    /// A day or an instant, which another time stands for: the day that it falls on, or the beginning of a span that
    /// takes so many microseconds at most.
    Time { span: i64 },
}

impl<'t> Subject<'t> {
    fn of(expr: &Expr, table: &'t Table) -> Option<Self> {
        let (seen, column) = match expr {
            Expr::Cast(Cast { expr, field }) if *field.data_type() == DataType::Float64 => {
                (Seen::Fraction, &**expr)
            }
            Expr::Cast(Cast { expr, field }) if *field.data_type() == DataType::Date32 => {
                let (span, column) = time(expr)?;
                (Seen::Time { span }, column)
            }
            Expr::Cast(_) | Expr::ScalarFunction(_) => {
                let (span, column) = time(expr)?;
                (Seen::Time { span }, column)
            }
            column => (Seen::Value, column),
        };
        field(column, table).map(|field| Self { field, seen })
    }

    fn compared(&self, op: Operator, value: &ScalarValue) -> Option<Term> {
        if value.is_null() {
            return None;
        }
        match (&self.seen, self.field.by) {
            (Seen::Value, _) => compared(self.field, op, value),
            (Seen::Fraction, Operand::Number) => match value {
                ScalarValue::Float64(Some(v)) if v.fract() == 0.0 => compared(self.field, op, value),
                _ => None,
            },
            // Which day an instant falls on, and at which instant a day begins, is for the session's zone to say.
            (Seen::Time { span }, Operand::Day | Operand::Instant) => {
                between(self.field, op, |side| operand::about(self.field.by, value, *span, side))
            }
            _ => None,
        }
    }
}

/// What a time is made of: the column, and the longest span that one value of it stands for.
pub(super) fn time(expr: &Expr) -> Option<(i64, &Expr)> {
    made_of(expr).map(|time| (time.span, time.column))
}

struct Time<'e> {
    span: i64,
    column: &'e Expr,
    /// The zone of a time that was made of it, if one was.
    shown_in: Option<&'e Option<Arc<str>>>,
}

fn made_of(expr: &Expr) -> Option<Time<'_>> {
    match expr {
        Expr::Cast(Cast { expr, field }) => {
            let (DataType::Timestamp(_, zone), time) = (field.data_type(), made_of(expr)?) else {
                return None;
            };
            match time.shown_in {
                None => Some(Time { shown_in: Some(zone), ..time }),
                Some(same) if same == zone => Some(time),
                // Each zone that a time is carried to moves it by hours, and only one is allowed for.
                Some(_) => None,
            }
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "date_trunc" => {
            let [unit, expr] = args.as_slice() else { return None };
            let time = made_of(expr)?;
            // The first week of a month may begin before it: spans add up.
            let span = time.span.checked_add(operand::longest(literal(unit)?.try_as_str().flatten()?)?)?;
            Some(Time { span, ..time })
        }
        Expr::Column(_) => Some(Time { span: 0, column: expr, shown_in: None }),
        _ => None,
    }
}

/// The JQL field of a column, however many values it has.
fn column<'t>(expr: &Expr, table: &'t Table) -> Option<&'t JqlField> {
    let Expr::Column(column) = expr else { return None };
    table.columns.iter().find(|known| known.name == column.name)?.jql.as_ref()
}

/// A list of texts without the cast that makes its texts of the same representation as the value's.
fn as_texts(list: &Expr) -> &Expr {
    match list {
        Expr::Cast(Cast { expr, field }) => match field.data_type() {
            DataType::List(item) if item.data_type().is_string() => expr,
            _ => list,
        },
        _ => list,
    }
}

/// The JQL field of a column that is no list.
fn field<'t>(expr: &Expr, table: &'t Table) -> Option<&'t JqlField> {
    column(expr, table).filter(|field| field.speaks_of != SpeaksOf::List)
}

pub(super) fn literal(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        Expr::Alias(alias) => literal(&alias.expr),
        _ => None,
    }
}

/// `IS NULL` is true, or false.
fn empty(field: &JqlField, truth: Truth) -> Option<Term> {
    match truth {
        Truth::True => field.empty.then(|| Term::new(field, "is", "EMPTY", 0.3)),
        // Who has a value has a field that is not empty.
        Truth::False => Some(Term::new(field, "is not", "EMPTY", 0.7)),
    }
}

fn compared(field: &JqlField, op: Operator, value: &ScalarValue) -> Option<Term> {
    match op {
        Operator::Eq => any_of(field, std::slice::from_ref(value)),
        Operator::NotEq => none_of(field, std::slice::from_ref(value)),
        _ => between(field, op, |side| operand::bound(field.by, value, side)),
    }
}

/// A comparison by order; of equality both sides.
fn between(field: &JqlField, op: Operator, bound: impl Fn(Bound) -> Option<String>) -> Option<Term> {
    let side = |side: Bound, word| Some(Term::new(field, word, &bound(side)?, 0.4));
    // JQL's bounds may be wider than the value, so that they always include it; a number's are the value itself.
    let strict = field.by == Operand::Number || field.by == Operand::Day;
    match op {
        Operator::Lt if strict => side(Bound::Upper, "<"),
        Operator::Gt if strict => side(Bound::Lower, ">"),
        Operator::Lt | Operator::LtEq => side(Bound::Upper, "<="),
        Operator::Gt | Operator::GtEq => side(Bound::Lower, ">="),
        Operator::Eq => {
            let sides = [side(Bound::Lower, ">="), side(Bound::Upper, "<=")];
            Some(Term { share: 0.02, ..both(sides)? })
        }
        _ => None,
    }
}

/// Both conditions, or the one that there is.
fn both(sides: [Option<Term>; 2]) -> Option<Term> {
    match sides {
        [Some(one), Some(other)] => Some(one.and(other)),
        [one, other] => one.or(other).map(Term::in_part),
    }
}

/// The field has one of the values.
fn any_of(field: &JqlField, values: &[ScalarValue]) -> Option<Term> {
    match field.by {
        Operand::Name | Operand::Id | Operand::Number | Operand::Day => {
            let operands: Vec<String> =
                values.iter().map(|v| operand::exact(field.by, v)).collect::<Option<_>>()?;
            Term::list(field, ["=", "in"], &operands)
        }
        Operand::Minutes | Operand::Instant => values
            .iter()
            .map(|v| between(field, Operator::Eq, |side| operand::bound(field.by, v, side)))
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .reduce(Term::or),
    }
}

/// The field has a value, and none of these. JQL leaves out rows without one, as SQL does.
fn none_of(field: &JqlField, values: &[ScalarValue]) -> Option<Term> {
    if field.speaks_of != SpeaksOf::Value {
        return None;
    }
    let operands: Vec<String> = match field.by {
        // A name in other letters is another value to SQL, and the same to JQL.
        Operand::Name if field.values.is_empty() => return None,
        Operand::Name => {
            let known = |v: &&ScalarValue| {
                v.try_as_str().flatten().is_some_and(|v| field.values.iter().any(|it| it == v))
            };
            values.iter().filter(known).map(|v| operand::exact(field.by, v)).collect::<Option<_>>()?
        }
        Operand::Id | Operand::Number | Operand::Day => {
            values.iter().map(|v| operand::exact(field.by, v)).collect::<Option<_>>()?
        }
        Operand::Minutes | Operand::Instant => return None,
    };
    let term = Term::list(field, ["!=", "not in"], &operands)?;
    Some(Term { share: 1.0 - term.share, ..term })
}

impl Term {
    fn new(field: &JqlField, operator: &'static str, operand: &str, share: f64) -> Self {
        let jql = format!("{} {operator} {operand}", field.field);
        Self { jql, uses: vec![(field.field.clone(), operator)], share, is_whole: true }
    }

    /// The same, where it says only a part of an expression.
    fn in_part(self) -> Self {
        Self { is_whole: false, ..self }
    }

    fn list(field: &JqlField, [one, several]: [&'static str; 2], operands: &[String]) -> Option<Self> {
        let number = u32::try_from(operands.len()).unwrap_or(u32::MAX);
        let of_each = match u32::try_from(field.values.len()) {
            Ok(known @ 1..) => 1.0 / f64::from(known),
            _ => 0.1,
        };
        let share = (of_each * f64::from(number)).min(0.9);
        match operands {
            [] => None,
            [operand] => Some(Self::new(field, one, operand, share)),
            _ => Some(Self::new(field, several, &format!("({})", operands.join(", ")), share)),
        }
    }

    fn and(self, other: Self) -> Self {
        let jql = format!("{} AND {}", self.jql, other.jql);
        let is_whole = self.is_whole && other.is_whole;
        Self { jql, uses: [self.uses, other.uses].concat(), share: self.share * other.share, is_whole }
    }

    fn or(self, other: Self) -> Self {
        let jql = format!("({} OR {})", self.jql, other.jql);
        let share = (self.share + other.share).min(1.0);
        let is_whole = self.is_whole && other.is_whole;
        Self { jql, uses: [self.uses, other.uses].concat(), share, is_whole }
    }
}
