//! `IsKey = 'True'`: booleans compared with text, as many tools write it. The text is read as the boolean that it names,
//! in any case; other texts stay what they are, and the comparison says that they do not fit.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Reads `'true'` and `'false'` beside a boolean.
#[derive(Debug)]
pub(super) struct BooleanText;

impl ExprPlanner for BooleanText {
    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        if matches!(expr.op, BinaryOperator::Eq | BinaryOperator::NotEq) {
            let is_boolean = |e: &Expr| e.get_type(schema).is_ok_and(|t| t == DataType::Boolean);
            match (named(&expr.left), named(&expr.right)) {
                (None, Some(value)) if is_boolean(&expr.left) => expr.right = lit(value),
                (Some(value), None) if is_boolean(&expr.right) => expr.left = lit(value),
                _ => {}
            }
        }
        Ok(PlannerResult::Original(expr))
    }
}

/// The boolean that a text names.
fn named(expr: &Expr) -> Option<bool> {
    let Expr::Literal(ScalarValue::Utf8(text) | ScalarValue::Utf8View(text), _) = expr else { return None };
    let text = text.as_deref()?;
    [("true", true), ("false", false)]
        .into_iter()
        .find_map(|(name, value)| text.eq_ignore_ascii_case(name).then_some(value))
}
