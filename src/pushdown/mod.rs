//! What a service can take over of a WHERE clause: DataFusion expressions become plain data. A [`Restriction`] names the
//! only values that a column may have, for paths that ask by key; a [`Term`] is a condition in JQL. Each is a superset
//! of its expression, so the engine filters again. This room knows SQL's NULL rules and JQL's quoting; it knows no HTTP
//! and makes no request.

mod jql;
mod keys;
mod operand;
mod term;
#[cfg(test)]
mod tests;

use crate::schema::{JqlField, Operand, SpeaksOf, Table};

pub use jql::quote;
pub use keys::{Restriction, conjunction, restriction, values_of};
pub use term::{Term, equals, term};

/// The operators on this column that travel to the service, as SQL writes them; none if the engine does it all.
pub fn operators(table: &Table, column: usize) -> Vec<&'static str> {
    let mut operators = table.columns[column].jql.as_ref().map_or_else(Vec::new, by_jql);
    if keys::usable(table, column) {
        for by_key in ["=", "IN"] {
            if !operators.contains(&by_key) {
                operators.push(by_key);
            }
        }
    }
    operators
}

fn by_jql(field: &JqlField) -> Vec<&'static str> {
    const EQUAL: [&str; 2] = ["=", "IN"];
    const UNEQUAL: [&str; 2] = ["<>", "NOT IN"];
    const ORDER: [&str; 5] = ["<", "<=", ">", ">=", "BETWEEN"];
    let comparisons: &[&[&str]] = match field.by {
        Operand::Name if field.speaks_of == SpeaksOf::List => &[&["array_has"]],
        Operand::Name if field.values.is_empty() => &[&EQUAL],
        Operand::Name | Operand::Id => &[&EQUAL, &UNEQUAL],
        Operand::Number | Operand::Day => &[&EQUAL, &UNEQUAL, &ORDER],
        Operand::Minutes | Operand::Instant => &[&EQUAL, &ORDER],
    };
    let comparisons = comparisons.iter().flat_map(|them| them.iter().copied());
    let nulls = [("IS NULL", field.empty), ("IS NOT NULL", field.speaks_of != SpeaksOf::List)];
    comparisons
        .filter(|it| !(field.speaks_of != SpeaksOf::Value && UNEQUAL.contains(it)))
        .chain(nulls.into_iter().filter(|it| it.1).map(|it| it.0))
        .collect()
}
