//! `IssueTypeId = 10001` where the column is text: the text is read as a number where it is one, and equals no number
//! where it is not. The engine's own reading fails the whole statement for the first text that is no number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, try_cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Reads texts beside whole numbers as such.
#[derive(Debug)]
pub(super) struct NumberText;

impl ExprPlanner for NumberText {
    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        if matches!(expr.op, Eq | NotEq | Lt | LtEq | Gt | GtEq) {
            // A text that is written down says itself what it is.
            let is_text = |e: &Expr| {
                !matches!(e, Expr::Literal(..))
                    && e.get_type(schema).is_ok_and(|t| matches!(t, DataType::Utf8 | DataType::Utf8View))
            };
            let is_number = |e: &Expr| e.get_type(schema).is_ok_and(|t| t == DataType::Int64);
            if is_text(&expr.left) && is_number(&expr.right) {
                expr.left = try_cast(expr.left, DataType::Int64);
            } else if is_number(&expr.left) && is_text(&expr.right) {
                expr.right = try_cast(expr.right, DataType::Int64);
            }
        }
        Ok(PlannerResult::Original(expr))
    }
}
