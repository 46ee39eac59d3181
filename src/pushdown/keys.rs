//! The values that a WHERE clause allows a column: what paths that ask by key need to know, and query parameters.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, TryCast};

use super::parameters;
use crate::schema::{KeySource, Source, Table};

/// A column and the only values that it may have, as text; rows with NULL or another value can't match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// The column's index in its table.
    pub column: usize,
    /// The values, sorted, each once; none means that no row can match.
    pub values: Vec<String>,
}

/// The restriction that `expr` puts on one column that the table's paths can use, if it does.
///
/// `=`, `IN`, what a boolean column says by itself, and `OR` of those over the same column are read; anything else stays
/// with the engine.
pub(super) fn restriction(expr: &Expr, table: &Table) -> Option<Restriction> {
    let find = |name: &str| table.columns.iter().position(|known| known.name == name);
    // `boardId = 1` of a text compares numbers; a column that has what was asked for is asked for so.
    let asked = |name: &str| find(name).filter(|c| table.columns[*c].source == Source::Outer);
    let (column, mut values) = accepted(expr, &Names { find: &find, as_number: &asked })?;
    values.sort_unstable();
    values.dedup();
    let is_usable = is_key(table, column) || parameters::asks_for(table, column);
    is_usable.then_some(Restriction { column, values })
}

/// The only values that the column of this name can have where `filter` holds, if it says so. For relations that no
/// table file describes.
pub fn values_of(filter: &Expr, column: &str) -> Option<Vec<String>> {
    let find = |name: &str| (name == column).then_some(0);
    accepted(filter, &Names { find: &find, as_number: &|_| None }).map(|(_, values)| values)
}

/// The restrictions of a conjunction, one a column: values that all of its expressions accept.
pub(super) fn conjunction<'a>(
    filters: impl IntoIterator<Item = &'a Expr>,
    table: &Table,
) -> Vec<Restriction> {
    let mut by_column: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for Restriction { column, values } in filters.into_iter().filter_map(|f| restriction(f, table)) {
        by_column.entry(column).and_modify(|known| known.retain(|v| values.contains(v))).or_insert(values);
    }
    by_column.into_iter().map(|(column, values)| Restriction { column, values }).collect()
}

/// Can any path of the table take values of this column: as its keys, or as what it looks up of the table that lists
/// them?
pub(super) fn is_key(table: &Table, column: usize) -> bool {
    let lookup = match &table.columns[column].source {
        Source::Lookup(lookup) => Some(lookup),
        _ => None,
    };
    table.paths.iter().filter_map(|path| path.needs.as_ref()).any(|needs| {
        let of_parent = |keys: &KeySource| match (keys, lookup) {
            (KeySource::Table { table, .. }, Some(it)) => {
                it.table == *table && needs.columns.first() == Some(&it.by)
            }
            _ => false,
        };
        needs.all_columns().any(|c| c == column) || needs.keys.as_ref().is_some_and(of_parent)
    })
}

/// Which columns names mean: those that are compared as they are, and those that may be compared as whole numbers.
struct Names<'a> {
    find: &'a dyn Fn(&str) -> Option<usize>,
    as_number: &'a dyn Fn(&str) -> Option<usize>,
}

fn accepted(expr: &Expr, names: &Names<'_>) -> Option<(usize, Vec<String>)> {
    let column = |expr: &Expr| match expr {
        Expr::Column(c) => (names.find)(&c.name),
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field })
            if *field.data_type() == DataType::Int64 =>
        {
            match &**expr {
                Expr::Column(c) => (names.as_number)(&c.name),
                _ => None,
            }
        }
        _ => None,
    };
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (column, values) = match (column(left), column(right)) {
                (Some(c), None) => (c, literal(right)?),
                (None, Some(c)) => (c, literal(left)?),
                _ => return None,
            };
            Some((column, values))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (column, mut values) = accepted(left, names)?;
            let (other, more) = accepted(right, names)?;
            values.extend(more);
            (column == other).then_some((column, values))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let column = column(expr)?;
            let values = list.iter().map(literal).collect::<Option<Vec<_>>>()?;
            Some((column, values.into_iter().flatten().collect()))
        }
        // A boolean.
        Expr::Column(_) => Some((column(expr)?, vec!["true".to_owned()])),
        Expr::IsTrue(inner) if matches!(**inner, Expr::Column(_)) => accepted(inner, names),
        Expr::Not(inner) | Expr::IsFalse(inner) if matches!(**inner, Expr::Column(_)) => {
            Some((column(inner)?, vec!["false".to_owned()]))
        }
        _ => None,
    }
}

/// The values that equal a literal, as text: itself, or none for NULL. `None` for what is no plain literal.
fn literal(expr: &Expr) -> Option<Vec<String>> {
    let Expr::Literal(value, _) = expr else { return None };
    match value {
        ScalarValue::Utf8(v) | ScalarValue::Utf8View(v) | ScalarValue::LargeUtf8(v) => {
            Some(v.iter().cloned().collect())
        }
        ScalarValue::Int64(v) => Some(v.iter().map(ToString::to_string).collect()),
        ScalarValue::Boolean(v) => Some(v.iter().map(ToString::to_string).collect()),
        ScalarValue::Null => Some(vec![]),
        _ => None,
    }
}
