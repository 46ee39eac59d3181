//! The rule behind `SET jirrow.approximate_count = true`: a count of exactly the rows of a scan becomes the service's own
//! estimate, and so does a count of those that conditions in JQL find. Nothing else may stand between the two: where a
//! filter, a limit or a join is left to the engine, it counts itself.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::utils::split_conjunction;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;

use super::options::Options;
use crate::scan::{RestCountExec, RestScanExec};

/// The rule.
#[derive(Debug)]
pub(super) struct ApproximateCount;

impl PhysicalOptimizerRule for ApproximateCount {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !Options::of(config).approximate_count {
            return Ok(plan);
        }
        let estimated = plan.transform_down(|node| {
            Ok(match estimate(&node)? {
                Some(estimate) => Transformed::yes(Arc::new(estimate) as _),
                None => Transformed::no(node),
            })
        })?;
        Ok(estimated.data)
    }

    fn name(&self) -> &'static str {
        "approximate_count"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn estimate(node: &Arc<dyn ExecutionPlan>) -> Result<Option<RestCountExec>> {
    let Some(top) = node.downcast_ref::<AggregateExec>().filter(|a| a.group_expr().is_empty()) else {
        return Ok(None);
    };
    let counted = match top.mode() {
        AggregateMode::Single => Some(top),
        AggregateMode::Final => top.input().downcast_ref::<AggregateExec>(),
        _ => None,
    };
    let Some(counted) = counted.filter(|it| counts_rows(it)) else { return Ok(None) };
    let mut input = counted.input();
    let mut filters = vec![];
    loop {
        if let Some(scan) = input.downcast_ref::<RestScanExec>() {
            return RestCountExec::of(scan, &filters, node);
        }
        if let Some(filter) = input.downcast_ref::<FilterExec>().filter(|it| it.fetch().is_none()) {
            filters.extend(split_conjunction(filter.predicate()));
            input = filter.input();
        } else if let Some(projection) = input.downcast_ref::<ProjectionExec>() {
            // Above a filter it leaves columns out; below one, the filter would be of other columns.
            if !filters.is_empty() {
                return Ok(None);
            }
            input = projection.input();
        } else {
            return Ok(None);
        }
    }
}

/// Does it count rows, and nothing else? `COUNT(1)` does, and so does `COUNT(Id)` of a column without NULL.
fn counts_rows(aggregate: &AggregateExec) -> bool {
    let input = aggregate.input().schema();
    aggregate.filter_expr().iter().all(Option::is_none)
        && aggregate.aggr_expr().iter().all(|count| {
            count.fun().name() == "count"
                && !count.is_distinct()
                && count.expressions().iter().all(|argument| {
                    let is_value = |literal: &Literal| !literal.value().is_null();
                    let is_filled = |column: &Column| !input.field(column.index()).is_nullable();
                    argument.downcast_ref::<Literal>().is_some_and(is_value)
                        || argument.downcast_ref::<Column>().is_some_and(is_filled)
                })
        })
}
