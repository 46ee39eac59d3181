//! The earliest instant that a column may have: what a change feed can begin at.

use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

use super::operand::micros;
use super::term::literal;
use crate::schema::Table;

/// A column and the instant before which no row matters; rows with NULL don't matter either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// The column's index in its table.
    pub column: usize,
    /// Microseconds since 1970, in UTC.
    pub micros: i64,
}

/// The floors that a conjunction of filters puts under columns, as they stand in it; a column may have several.
pub(super) fn floors<'a>(filters: impl IntoIterator<Item = &'a Expr>, table: &Table) -> Vec<Floor> {
    let mut floors = vec![];
    for filter in filters {
        collect(filter, table, &mut floors);
    }
    floors
}

fn collect(filter: &Expr, table: &Table, floors: &mut Vec<Floor>) {
    let floor = |column: &Expr, value: &Expr| {
        let Expr::Column(column) = column else { return None };
        let column = table.columns.iter().position(|known| known.name == column.name)?;
        Some(Floor { column, micros: micros(literal(value)?)? })
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            collect(left, table, floors);
            collect(right, table, floors);
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Gt | Operator::GtEq | Operator::Eq, right }) => {
            floors.extend(floor(left, right));
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Lt | Operator::LtEq, right }) => {
            floors.extend(floor(right, left));
        }
        Expr::Between(Between { expr, negated: false, low, .. }) => floors.extend(floor(expr, low)),
        _ => {}
    }
}
