//! `Updated >= '2026-03-29 14:30'`: times without seconds, as people and JQL write them. Arrow reads none, so that a text
//! that is written down beside a time, or for one, gets its seconds before types are coerced.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, TryCast};
use datafusion::optimizer::AnalyzerRule;

use super::time_zone::{sets_beside, with_expressions};

/// The rule.
#[derive(Debug)]
pub(super) struct TimeText;

impl AnalyzerRule for TimeText {
    fn name(&self) -> &'static str {
        "time_text"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            with_expressions(plan, &|expr, schema| Ok(expression(expr, schema)))
        })
        .map(|plan| plan.data)
    }
}

fn expression(mut expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let is_time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(..));
    let (parts, is_read) = match &mut expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if sets_beside(*op) => {
            (vec![&mut **left, &mut **right], false)
        }
        Expr::Between(Between { expr, low, high, .. }) => (vec![&mut **expr, &mut **low, &mut **high], false),
        Expr::InList(InList { expr, list, .. }) => {
            (std::iter::once(&mut **expr).chain(list).collect(), false)
        }
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
            (vec![&mut **expr], is_time(field.data_type()))
        }
        _ => return Transformed::no(expr),
    };
    let mut is_changed = false;
    if is_read || parts.iter().any(|part| part.get_type(schema).is_ok_and(|t| is_time(&t))) {
        for part in parts {
            if let Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _) = part
                && let Some(whole) = with_seconds(text)
            {
                (*text, is_changed) = (whole, true);
            }
        }
    }
    Transformed::new_transformed(expr, is_changed)
}

/// `2026-03-29 14:30` with its seconds; nothing where the text is something else, or has them.
pub(super) fn with_seconds(text: &str) -> Option<String> {
    let text = text.trim();
    let is_without = text.len() == 16
        && text.is_ascii()
        && text[..11].ends_with([' ', 'T', 't'])
        && text[11..].split(':').count() == 2
        && text.ends_with(|c: char| c.is_ascii_digit());
    is_without.then(|| format!("{text}:00"))
}

#[cfg(test)]
mod tests {
    use super::with_seconds;

    #[test]
    fn times_without_seconds_get_them_and_nothing_else_does() {
        assert_eq!(with_seconds("2026-03-29 14:30").as_deref(), Some("2026-03-29 14:30:00"));
        assert_eq!(with_seconds(" 2026-03-29T14:30 ").as_deref(), Some("2026-03-29T14:30:00"));
        for text in [
            "2026-03-29",
            "2026-03-29 14:30:00",
            "2026-03-29T14:30Z",
            "2026-03-29 14:3x",
            "größer als vier",
            "",
        ] {
            assert_eq!(with_seconds(text), None, "{text}");
        }
    }
}
