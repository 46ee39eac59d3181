//! What a service can take over of a WHERE clause: DataFusion expressions become plain data. A [`Restriction`] names the
//! only values that a column may have, for paths that ask by key and for query parameters; an [`Edge`] an instant that
//! bounds a column; a [`Term`] is a condition in JQL. Each is a superset of its expression, so the engine filters again.
//! This room knows SQL's NULL rules and JQL's quoting; it knows no HTTP and makes no request.

mod edges;
mod jql;
mod keys;
mod operand;
mod parameters;
mod term;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use datafusion::logical_expr::Expr;

use crate::schema::{JqlField, Operand, SpeaksOf, Table};

pub use edges::Edge;
pub use jql::{BadJql, RawJql, quote};
pub use keys::{Restriction, values_of};
use keys::{conjunction, restriction};
pub use parameters::{Arguments, arguments};
use term::term;
pub use term::{Term, equals};

/// All that a service may be told of a WHERE clause.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pushed {
    /// The only values of columns, one a column.
    pub restrictions: Vec<Restriction>,
    /// Conditions in JQL.
    pub terms: Vec<Term>,
    /// The instants between which columns lie.
    pub edges: Vec<Edge>,
    /// Columns whose values are known to be listed, so that what answers to other keys too may be asked for them.
    pub listed: BTreeSet<usize>,
}

impl Pushed {
    /// What the conjuncts of a WHERE clause say, as far as a service can take it.
    pub fn of(filters: &[Expr], table: &Table) -> Self {
        Self {
            restrictions: conjunction(filters, table),
            terms: filters.iter().filter_map(|filter| term(filter, table)).collect(),
            edges: edges::edges(filters, table),
            listed: BTreeSet::new(),
        }
    }

    /// Can a service take anything of this filter?
    pub fn takes(filter: &Expr, table: &Table) -> bool {
        let is_taken = |edge: &Edge| parameters::bounds(table, edge.column, edge.side);
        restriction(filter, table).is_some()
            || term(filter, table).is_some()
            || edges::edges([filter], table).iter().any(is_taken)
    }

    /// Do the conditions in JQL say all of this filter?
    pub fn says(&self, filter: &Expr, table: &Table) -> bool {
        term(filter, table).is_some_and(|term| term.is_whole && self.terms.contains(&term))
    }

    /// Is there a column that has none of the values that it could have?
    pub fn is_impossible(&self) -> bool {
        self.restrictions.iter().any(|r| r.values.is_empty())
    }

    /// The only values of a column, where they are known.
    pub fn values(&self, column: usize) -> Option<&[String]> {
        let restriction = self.restrictions.iter().find(|r| r.column == column)?;
        Some(&restriction.values)
    }

    /// Only these values of the column, which are sorted, remain.
    pub fn restrict(&mut self, column: usize, values: Vec<String>) {
        match self.restrictions.iter_mut().find(|known| known.column == column) {
            Some(known) => known.values.retain(|value| values.binary_search(value).is_ok()),
            None => self.restrictions.push(Restriction { column, values }),
        }
    }
}

/// The operators on this column that travel to the service, as SQL writes them; none if the engine does it all.
pub fn operators(table: &Table, column: usize) -> Vec<&'static str> {
    let mut operators = table.columns[column].jql.as_ref().map_or_else(Vec::new, by_jql);
    let by_key: &[&str] = if keys::is_key(table, column) { &["=", "IN"] } else { &[] };
    for more in by_key.iter().copied().chain(parameters::operators(table, column)) {
        if !operators.contains(&more) {
            operators.push(more);
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
