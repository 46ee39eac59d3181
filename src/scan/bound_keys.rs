//! Keys that are known only at run time: the other side of a join, or a scalar subquery, says which values a column may
//! still have. What is read here is never fewer values than the expression accepts.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, CastExpr, Column, DynamicFilterPhysicalExpr, InListExpr, Literal,
};
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr_common::physical_expr::is_volatile;

/// The values that a column may have, as text; none where it may have any.
pub(super) type KeySet = Option<BTreeSet<String>>;

/// A column whose values are wanted: its place in the schema that expressions are about, and its type.
#[derive(Debug, Clone)]
pub(super) struct KeyColumn {
    pub(super) index: usize,
    pub(super) data_type: DataType,
}

/// Does the expression hold what only a running plan knows?
pub(super) fn is_known_at_run_time(expr: &Arc<dyn PhysicalExpr>) -> Result<bool> {
    let mut found = false;
    expr.apply(|node| {
        found |= node.is::<DynamicFilterPhysicalExpr>() || node.is::<ScalarSubqueryExpr>();
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// The filters in an expression that other operators fill.
pub(super) fn dynamic_filters(expr: &Arc<dyn PhysicalExpr>) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    let mut filters = vec![];
    expr.apply(|node| {
        if node.is::<DynamicFilterPhysicalExpr>() {
            filters.push(Arc::clone(node));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(filters)
}

/// The values of the column that the expression can accept, as far as it is known now.
pub(super) fn accepted(expr: &Arc<dyn PhysicalExpr>, key: &KeyColumn) -> Result<KeySet> {
    if let Some(dynamic) = expr.downcast_ref::<DynamicFilterPhysicalExpr>() {
        return accepted(&dynamic.current()?, key);
    }
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        let (left, right) = (binary.left(), binary.right());
        return Ok(match binary.op() {
            Operator::And => both(accepted(left, key)?, accepted(right, key)?),
            Operator::Or => either(accepted(left, key)?, accepted(right, key)?),
            Operator::Eq if key.is(left) => constant(right)?.and_then(|value| key.text(&value)),
            Operator::Eq if key.is(right) => constant(left)?.and_then(|value| key.text(&value)),
            _ => None,
        });
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        return match (list.negated(), key.is(list.expr())) {
            (false, true) => values(list, |value| Some(value.clone()), key),
            (false, false) => {
                // `struct(a, b) IN (…)`: the keys of a join by several columns.
                let parts = list.expr().children();
                let Some(at) = parts.iter().position(|part| key.is(part)) else { return Ok(None) };
                let part = |value: &ScalarValue| match value {
                    ScalarValue::Struct(fields) => {
                        ScalarValue::try_from_array(fields.columns().get(at)?, 0).ok()
                    }
                    _ => None,
                };
                values(list, part, key)
            }
            (true, _) => Ok(None),
        };
    }
    if let Some(case) = expr.downcast_ref::<CaseExpr>() {
        let mut all = Some(BTreeSet::new());
        for (_, then) in case.when_then_expr() {
            all = either(all, accepted(then, key)?);
        }
        return match case.else_expr() {
            Some(other) => Ok(either(all, accepted(other, key)?)),
            None => Ok(all),
        };
    }
    if let Some(literal) = expr.downcast_ref::<Literal>() {
        return Ok(match literal.value() {
            ScalarValue::Boolean(Some(false) | None) => Some(BTreeSet::new()),
            _ => None,
        });
    }
    Ok(None)
}

/// The values of a list, each by way of `part`; none where one can't be told.
fn values(
    list: &InListExpr,
    part: impl Fn(&ScalarValue) -> Option<ScalarValue>,
    key: &KeyColumn,
) -> Result<KeySet> {
    let mut all = BTreeSet::new();
    for item in list.list() {
        let Some(more) = constant(item)?.and_then(|v| part(&v)).and_then(|v| key.text(&v)) else {
            return Ok(None);
        };
        all.extend(more);
    }
    Ok(Some(all))
}

pub(super) fn both(one: KeySet, other: KeySet) -> KeySet {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(&other).cloned().collect()),
        (one, other) => one.or(other),
    }
}

fn either(one: KeySet, other: KeySet) -> KeySet {
    let (mut one, other) = (one?, other?);
    one.extend(other);
    Some(one)
}

/// The value of an expression without columns: a literal, or what a scalar subquery has given.
fn constant(expr: &Arc<dyn PhysicalExpr>) -> Result<Option<ScalarValue>> {
    if let Some(literal) = expr.downcast_ref::<Literal>() {
        return Ok(Some(literal.value().clone()));
    }
    if !collect_columns(expr).is_empty() || is_volatile(expr) {
        return Ok(None);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)?;
    Ok(Some(match expr.evaluate(&row)? {
        ColumnarValue::Scalar(value) => value,
        ColumnarValue::Array(values) => ScalarValue::try_from_array(&values, 0)?,
    }))
}

impl KeyColumn {
    /// Is the expression this column? A whole number may be compared as another number.
    fn is(&self, expr: &Arc<dyn PhysicalExpr>) -> bool {
        match (expr.downcast_ref::<Column>(), expr.downcast_ref::<CastExpr>()) {
            (Some(column), _) => column.index() == self.index,
            (None, Some(cast)) => {
                let numbers = self.data_type == DataType::Int64 && keeps_numbers(cast.cast_type());
                let texts = self.data_type == DataType::Utf8 && is_text(cast.cast_type());
                (numbers || texts) && self.is(cast.expr())
            }
            (None, None) => false,
        }
    }

    /// The values, as text, that equal this one: itself, or none for NULL. None where that can't be told.
    fn text(&self, value: &ScalarValue) -> Option<BTreeSet<String>> {
        if value.is_null() {
            return Some(BTreeSet::new());
        }
        let text = match self.data_type {
            // Beyond, several whole numbers are one to a double.
            DataType::Int64 if matches!(value, ScalarValue::Float64(Some(v)) if v.abs() >= 9e15) => {
                return None;
            }
            DataType::Int64 => match value.cast_to(&DataType::Int64).ok()? {
                ScalarValue::Int64(Some(number)) => number.to_string(),
                _ => return None,
            },
            DataType::Utf8 => value.try_as_str().flatten()?.to_owned(),
            _ => return None,
        };
        Some(BTreeSet::from([text]))
    }
}

/// Are two whole numbers never one number of this type? Doubles are looked at one by one.
fn keeps_numbers(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::UInt64 | DataType::Float64)
        || matches!(data_type, DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) if *scale >= 0)
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use datafusion::logical_expr::Operator::{And, Eq, Gt, Or};
    use datafusion::physical_expr::expressions::{binary, case, cast, col, in_list, lit, not};

    use super::*;

    type Expression = Arc<dyn PhysicalExpr>;

    fn schema() -> Schema {
        use datafusion::arrow::datatypes::Field;
        let field = |name, data_type| Field::new(name, data_type, true);
        Schema::new(vec![field("Id", DataType::Int64), field("Key", DataType::Utf8)])
    }

    fn id() -> Expression {
        col("Id", &schema()).unwrap()
    }

    fn key() -> Expression {
        col("Key", &schema()).unwrap()
    }

    fn op(left: Expression, op: Operator, right: Expression) -> Expression {
        binary(left, op, right, &schema()).unwrap()
    }

    fn ids(values: &[Option<i64>]) -> Expression {
        let values = values.iter().map(|v| lit(ScalarValue::Int64(*v))).collect();
        in_list(id(), values, &false, &schema()).unwrap()
    }

    /// The values of `Id`, separated by blanks; `any` where it may have any.
    fn of_id(expr: &Expression) -> String {
        let column = KeyColumn { index: 0, data_type: DataType::Int64 };
        accepted(expr, &column).unwrap().map_or("any".into(), |it| Vec::from_iter(it).join(" "))
    }

    #[test]
    fn no_value_is_left_out_that_the_expression_accepts() {
        let one = || op(id(), Eq, lit(1_i64));
        let text = || op(key(), Eq, lit("K-1"));
        for (expr, values) in [
            (one(), "1"),
            (op(lit(1_i64), Eq, id()), "1"),
            (ids(&[Some(2), None, Some(1), Some(2)]), "1 2"),
            (op(ids(&[Some(1), Some(2)]), And, ids(&[Some(2), Some(3)])), "2"),
            (op(ids(&[Some(1), Some(2)]), Or, ids(&[Some(3)])), "1 2 3"),
            // What says nothing of the column leaves it all its values, beside OR, and takes none away beside AND.
            (text(), "any"),
            (op(one(), Or, text()), "any"),
            (op(one(), And, text()), "1"),
            (op(id(), Gt, lit(1_i64)), "any"),
            (not(one()).unwrap(), "any"),
            (lit(true), "any"),
            (lit(false), ""),
            (op(id(), Eq, lit(ScalarValue::Int64(None))), ""),
            // Numbers of another type are the same keys.
            (op(cast(id(), &schema(), DataType::Float64).unwrap(), Eq, lit(7.0)), "7"),
            (op(cast(id(), &schema(), DataType::Float64).unwrap(), Eq, lit(1e16)), "any"),
            (op(cast(id(), &schema(), DataType::Float32).unwrap(), Eq, lit(7.0_f32)), "any"),
            (case(None, vec![(text(), one())], Some(ids(&[Some(5)]))).unwrap(), "1 5"),
            (case(None, vec![(text(), one())], Some(lit(true))).unwrap(), "any"),
        ] {
            assert_eq!(of_id(&expr), values, "{expr}");
        }
    }

    #[test]
    fn a_text_is_compared_as_it_is_and_never_as_a_number() {
        let column = KeyColumn { index: 1, data_type: DataType::Utf8 };
        let values = |expr: Expression| accepted(&expr, &column).unwrap();
        let view = cast(key(), &schema(), DataType::Utf8View).unwrap();
        let text = lit(ScalarValue::Utf8View(Some("K-1".to_owned())));
        assert_eq!(values(op(view, Eq, text)), Some(BTreeSet::from(["K-1".to_owned()])));
        // `007` is 7 as a number, and would not be found by `7`.
        let number = cast(key(), &schema(), DataType::Int64).unwrap();
        assert_eq!(values(op(number, Eq, lit(7_i64))), None);
    }

    #[test]
    fn a_filter_of_a_join_is_read_as_it_is_now() {
        let filter = Arc::new(DynamicFilterPhysicalExpr::new(vec![id()], lit(true)));
        let expr: Expression = Arc::clone(&filter) as _;
        assert!(is_known_at_run_time(&op(lit(true), And, Arc::clone(&expr))).unwrap());
        assert!(!is_known_at_run_time(&op(lit(true), And, lit(true))).unwrap());
        assert_eq!(of_id(&expr), "any");
        filter.update(ids(&[Some(4)])).unwrap();
        assert_eq!(of_id(&expr), "4");
    }
}
