//! `a IS DISTINCT FROM b AND c`: the parser takes all of `b AND c` for what `a` is compared with. SQL's AND and OR bind
//! less tightly, so the tree is put right before anything looks at it. Parentheses that were written are nodes of their
//! own, and stay.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, VisitMut, VisitorMut};

/// Puts the comparisons of a statement right.
pub(super) fn put_right(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => {
            let _: ControlFlow<()> = statement.visit(&mut PutRight);
        }
        Statement::Explain(explain) => put_right(&mut explain.statement),
        Statement::CopyTo(copy) => {
            if let datafusion::sql::parser::CopyToSource::Query(query) = &mut copy.source {
                let _: ControlFlow<()> = query.visit(&mut PutRight);
            }
        }
        _ => {}
    }
}

struct PutRight;

impl VisitorMut for PutRight {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        use BinaryOperator::{And, Or, Xor};
        let (last, looser): (&mut Box<Expr>, &[BinaryOperator]) = match expr {
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => (right, &[And, Or, Xor]),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (expr, &[And, Or, Xor]),
            Expr::BinaryOp { op: And, right, .. } => (right, &[Or, Xor]),
            _ => return ControlFlow::Continue(()),
        };
        if !matches!(&**last, Expr::BinaryOp { op, .. } if looser.contains(op)) {
            return ControlFlow::Continue(());
        }
        // The looser tree comes outside, and this comparison takes the place of its first operand.
        let mut tree = std::mem::replace(&mut **last, placeholder());
        let first = first(&mut tree, looser);
        **last = std::mem::replace(first, placeholder());
        *first = std::mem::replace(expr, placeholder());
        *expr = tree;
        ControlFlow::Continue(())
    }
}

/// The first operand of a tree of these operators.
fn first<'e>(tree: &'e mut Expr, operators: &[BinaryOperator]) -> &'e mut Expr {
    if !matches!(tree, Expr::BinaryOp { op, .. } if operators.contains(op)) {
        return tree;
    }
    match tree {
        Expr::BinaryOp { left, .. } => first(left, operators),
        other => other,
    }
}

/// What stands for an expression while it is moved.
fn placeholder() -> Expr {
    Expr::Identifier(datafusion::sql::sqlparser::ast::Ident::new(""))
}
