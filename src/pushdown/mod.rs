//! What a service can take over of a WHERE clause: DataFusion expressions become [`Restriction`]s, plain data that
//! the planner turns into keys or JQL. Every restriction is a superset of its expression, so the engine filters
//! again. It knows SQL's NULL rules and JQL's quoting; it knows no HTTP and makes no request.

mod jql;

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, TryCast};

use crate::schema::{Source, Table};

pub use jql::{Operand, equals, quote};

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
/// `=`, `IN`, and `OR` of those over the same column are read; anything else stays with the engine.
pub fn restriction(expr: &Expr, table: &Table) -> Option<Restriction> {
    let find = |name: &str| table.columns.iter().position(|known| known.name == name);
    // `boardId = 1` of a text compares numbers; a column that has what was asked for is asked for so.
    let asked = |name: &str| find(name).filter(|c| table.columns[*c].source == Source::Outer);
    let (column, mut values) = accepted(expr, &Names { find: &find, as_number: &asked })?;
    values.sort_unstable();
    values.dedup();
    usable(table, column).then_some(Restriction { column, values })
}

/// The operators on this column that travel to the service, as SQL writes them; none if the engine does it all.
pub fn operators(table: &Table, column: usize) -> &'static [&'static str] {
    match usable(table, column) {
        true => &["=", "IN"],
        false => &[],
    }
}

/// The only values that the column of this name can have where `filter` holds, if it says so. For relations that no
/// table file describes.
pub fn values_of(filter: &Expr, column: &str) -> Option<Vec<String>> {
    let find = |name: &str| (name == column).then_some(0);
    accepted(filter, &Names { find: &find, as_number: &|_| None }).map(|(_, values)| values)
}

/// The restrictions of a conjunction, one a column: values that all of its expressions accept.
pub fn conjunction<'a>(filters: impl IntoIterator<Item = &'a Expr>, table: &Table) -> Vec<Restriction> {
    let mut by_column: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for Restriction { column, values } in filters.into_iter().filter_map(|f| restriction(f, table)) {
        by_column.entry(column).and_modify(|known| known.retain(|v| values.contains(v))).or_insert(values);
    }
    by_column.into_iter().map(|(column, values)| Restriction { column, values }).collect()
}

/// Can any path of the table take values of this column?
fn usable(table: &Table, column: usize) -> bool {
    table.columns[column].jql.is_some()
        || table.paths.iter().any(|p| p.needs.as_ref().is_some_and(|n| n.all_columns().any(|c| c == column)))
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
        ScalarValue::Null => Some(vec![]),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;
    use crate::schema::Library;

    fn issues() -> std::sync::Arc<Table> {
        Library::built_in().table("jira", "public", "Issues").unwrap().unwrap()
    }

    fn values(expr: &Expr) -> Option<(String, Vec<String>)> {
        let issues = issues();
        restriction(expr, &issues).map(|r| (issues.columns[r.column].name.clone(), r.values))
    }

    fn name(column: &str) -> Expr {
        col(format!("\"{column}\""))
    }

    #[test]
    fn equality_and_in_become_the_values_that_a_row_may_have() {
        let found = values(&name("ProjectKey").eq(lit("A")).or(name("ProjectKey").eq(lit("B"))));
        assert_eq!(found, Some(("ProjectKey".into(), vec!["A".into(), "B".into()])));
        let found = values(&name("Id").in_list(vec![lit(3_i64), lit(1_i64), lit(3_i64)], false));
        assert_eq!(found, Some(("Id".into(), vec!["1".into(), "3".into()])));
        assert_eq!(values(&lit("K-1").eq(name("Key"))), Some(("Key".into(), vec!["K-1".into()])));
    }

    #[test]
    fn null_equals_nothing() {
        let null = lit(ScalarValue::Utf8(None));
        assert_eq!(values(&name("ProjectKey").eq(null.clone())), Some(("ProjectKey".into(), vec![])));
        let list = name("ProjectKey").in_list(vec![lit("A"), null], false);
        assert_eq!(values(&list), Some(("ProjectKey".into(), vec!["A".into()])));
    }

    #[test]
    fn what_is_no_equality_on_a_usable_column_stays_with_the_engine() {
        assert_eq!(values(&name("Id").gt(lit(1_i64))), None);
        assert_eq!(values(&name("Summary").eq(lit("x"))), None);
        assert_eq!(values(&name("ProjectKey").in_list(vec![lit("A")], true)), None);
        assert_eq!(values(&name("ProjectKey").eq(lit("A")).or(name("Id").eq(lit(1_i64)))), None);
        assert_eq!(values(&name("ProjectKey").eq(name("Key"))), None);
    }

    #[test]
    fn a_conjunction_keeps_the_values_that_all_of_it_accept() {
        let issues = issues();
        let filters = [
            name("ProjectKey").in_list(vec![lit("A"), lit("B")], false),
            name("ProjectKey").in_list(vec![lit("B"), lit("C")], false),
        ];
        let found = conjunction(&filters, &issues);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].values, ["B"]);
    }
}
