//! Instants on one side of which no row matters: what a change feed can begin at, and what a list can be asked between.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, Operator};

use super::operand::{around, micros};
use super::term::{literal, time};
use crate::schema::{Bound, Table};

/// A column and an instant beyond which no row matters; rows with NULL don't matter either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The column's index in its table.
    pub column: usize,
    /// The side on which it bounds the column.
    pub side: Bound,
    /// Microseconds since 1970, in UTC.
    pub micros: i64,
}

/// The edges that a conjunction of filters gives columns, as they stand in it; a column may have several.
pub(super) fn edges<'a>(filters: impl IntoIterator<Item = &'a Expr>, table: &Table) -> Vec<Edge> {
    let mut edges = vec![];
    for filter in filters {
        collect(filter, table, &mut edges);
    }
    edges
}

fn collect(filter: &Expr, table: &Table, edges: &mut Vec<Edge>) {
    use Bound::{Lower, Upper};
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            collect(left, table, edges);
            collect(right, table, edges);
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (subject, op, value) = match (literal(left), literal(right)) {
                (None, Some(_)) => (left, Some(*op), right),
                (Some(_), None) => (right, op.swap(), left),
                _ => return,
            };
            let sides: &[Bound] = match op {
                Some(Operator::Gt | Operator::GtEq) => &[Lower],
                Some(Operator::Lt | Operator::LtEq) => &[Upper],
                Some(Operator::Eq) => &[Lower, Upper],
                _ => &[],
            };
            edges.extend(sides.iter().filter_map(|side| edge(subject, *side, value, table)));
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            edges.extend(edge(expr, Lower, low, table));
            edges.extend(edge(expr, Upper, high, table));
        }
        _ => {}
    }
}

fn edge(subject: &Expr, side: Bound, value: &Expr, table: &Table) -> Option<Edge> {
    let value = literal(value)?;
    let (span, subject) = match subject {
        Expr::Column(_) => (None, subject),
        Expr::Cast(Cast { expr, field }) if *field.data_type() == DataType::Date32 => {
            let (span, column) = time(expr)?;
            (Some(span), column)
        }
        other => {
            let (span, column) = time(other)?;
            (Some(span), column)
        }
    };
    let Expr::Column(column) = subject else { return None };
    let column = table.columns.iter().position(|known| known.name == column.name)?;
    let micros = match (span, side) {
        (None, _) => micros(value)?,
        // Which day it is, and when it begins, is for the session's zone to say.
        (Some(span), Bound::Lower) => around(value, span)?.0,
        (Some(span), Bound::Upper) => around(value, span)?.1,
    };
    Some(Edge { column, side, micros })
}
