//! The last rule of the plan: tells each scan which of its filters come from hash joins, and may be waited for, and which
//! from a sort that keeps the best rows, so that the scan can read in that order and stop early. A scan whose keys nothing
//! gives is an error here, before any request.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use super::binding::{Binding, Top, first_key};
use super::bound_keys::dynamic_filters;
use super::exec::RestScanExec;
use super::lookup::LookupExec;
use super::spec::{Order, ScanSpec};
use super::trace::Trace;

/// The rule.
#[derive(Debug)]
pub struct LateBinding;

impl PhysicalOptimizerRule for LateBinding {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut of_joins = HashSet::new();
        plan.apply(|node| {
            if let Some(join) = node.downcast_ref::<HashJoinExec>() {
                of_joins
                    .extend(join.dynamic_expressions_produced().iter().filter_map(|it| it.expression_id()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let trace = Trace::of(&plan)?;
        let plan = plan.transform_down(|node| {
            let confirmed = |filters: &[Arc<dyn PhysicalExpr>]| -> Result<Vec<_>> {
                let mut kept = vec![];
                for filter in filters {
                    if trace.confirms(&node, filter)? {
                        kept.push(Arc::clone(filter));
                    }
                }
                Ok(kept)
            };
            let told = |binding: &Binding, spec: &ScanSpec| -> Result<Binding> {
                let filters = confirmed(&binding.filters)?;
                let origins = filters.iter().map(|filter| trace.origins(spec, filter)).collect();
                Ok(Binding { filters, origins, of_joins: of_joins.clone(), ..binding.clone() })
            };
            let scan = node.downcast_ref::<RestScanExec>().filter(|scan| scan.binding().is_bound());
            if let Some(scan) = scan {
                let binding = told(scan.binding(), scan.spec())?;
                return Ok(Transformed::yes(Arc::new(scan.with_binding(binding))));
            }
            let lookup = node.downcast_ref::<LookupExec>().filter(|lookup| lookup.binding().is_bound());
            let Some((lookup, input)) = lookup.zip(node.children().first().copied()) else {
                return Ok(Transformed::no(node));
            };
            let Some(scan) = input.downcast_ref::<RestScanExec>() else { return Ok(Transformed::no(node)) };
            let binding = told(lookup.binding(), scan.spec())?;
            Ok(Transformed::yes(Arc::new(lookup.with_binding(Arc::clone(input), binding))))
        })?;
        let plan = plan.data.transform_up(|node| {
            let Some(sort) = node.downcast_ref::<SortExec>() else { return Ok(Transformed::no(node)) };
            let Some(input) = first_rows(sort)? else { return Ok(Transformed::no(node)) };
            Ok(Transformed::yes(over(node, input)?))
        })?;
        plan.data.apply(|node| {
            if let Some(scan) = node.downcast_ref::<RestScanExec>() {
                scan.check_keys()?;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &'static str {
        "late_binding"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The input of a sort that keeps the best rows, where the scan below can give the rows in that order.
fn first_rows(sort: &SortExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(rows) = sort.fetch() else { return Ok(None) };
    let descending = sort.expr().first().options.descending;
    let made = sort.dynamic_expressions_produced();
    let Some(filter) = made.first().and_then(|it| it.expression_id()) else { return Ok(None) };
    ordered(sort.input(), &Wish { rows, descending, filter, is_filtered: false })
}

/// What a sort asks of the scan below it.
#[derive(Clone, Copy)]
struct Wish {
    rows: usize,
    descending: bool,
    filter: u64,
    /// Some of the rows may be taken away on their way.
    is_filtered: bool,
}

fn ordered(node: &Arc<dyn ExecutionPlan>, wish: &Wish) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = node.downcast_ref::<RestScanExec>() {
        return Ok(ordered_scan(scan, wish)?.map(|scan| Arc::new(scan) as _));
    }
    let below = |is_filtered| -> Result<Option<Arc<dyn ExecutionPlan>>> {
        match node.children().as_slice() {
            [only] => ordered(only, &Wish { is_filtered, ..*wish }),
            _ => Ok(None),
        }
    };
    if let Some(filter) = node.downcast_ref::<FilterExec>() {
        // It would keep rows back until it has a batch full of them, and the sort would not learn when to stop.
        let Some(input) = below(true)? else { return Ok(None) };
        let filter: Arc<dyn ExecutionPlan> = Arc::new(filter.with_batch_size(1)?);
        return over(filter, input).map(Some);
    }
    if node.is::<ProjectionExec>() || node.is::<LookupExec>() {
        let Some(input) = below(wish.is_filtered)? else { return Ok(None) };
        return over(Arc::clone(node), input).map(Some);
    }
    Ok(None)
}

fn over(node: Arc<dyn ExecutionPlan>, input: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    node.replace_children(vec![input], ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

fn ordered_scan(scan: &RestScanExec, wish: &Wish) -> Result<Option<RestScanExec>> {
    let binding = scan.binding();
    for filter in &binding.filters {
        for dynamic in dynamic_filters(filter)? {
            if dynamic.expression_id() != Some(wish.filter) {
                continue;
            }
            let Some(column) = first_key(&dynamic).and_then(|index| scan.sorts_by(index)) else {
                return Ok(None);
            };
            let rows = (!wish.is_filtered).then_some(wish.rows);
            let order = Order { column, descending: wish.descending, rows };
            let top = Some(Top { order, rows: wish.rows, filter: wish.filter });
            return Ok(Some(scan.with_binding(Binding { top, ..binding.clone() }).chosen_anew()?));
        }
    }
    Ok(None)
}
