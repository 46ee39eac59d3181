//! The rule that leaves out a LEFT JOIN of which no column is used: a table that is joined by its key neither adds nor
//! takes rows, so that its requests buy nothing. Views join what some of their readers want to see.
//!
//! The engine has a rule for this, by functional dependencies, and draws wrong conclusions from them: it takes an id for a
//! key still after `unnest`, or after a GROUP BY with other columns, and drops rows. So tables do not declare their keys
//! to it, and uniqueness is proved here, along plain columns alone.

use std::any::Any;
use std::collections::HashSet;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{Expr, Join, JoinType, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::table::RestTable;

/// The rule.
#[derive(Debug)]
pub(super) struct UnusedJoin;

impl OptimizerRule for UnusedJoin {
    fn name(&self) -> &'static str {
        "unused_join"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        // What stands on one of these are the columns that are used of its input, and no others.
        let input = match &plan {
            LogicalPlan::Projection(projection) => &projection.input,
            LogicalPlan::Aggregate(aggregate) => &aggregate.input,
            _ => return Ok(Transformed::no(plan)),
        };
        let input = match columns(&plan) {
            Some(used) => without(input, used)?,
            None => None,
        };
        match input {
            Some(input) => {
                let plan = plan.with_new_exprs(plan.expressions(), vec![input])?;
                Ok(Transformed::yes(plan))
            }
            None => Ok(Transformed::no(plan)),
        }
    }
}

/// The columns of its inputs that a plan's expressions use; nothing where a subquery may use others.
fn columns(plan: &LogicalPlan) -> Option<HashSet<Column>> {
    let expressions = plan.expressions();
    let is_subquery = |expr: &Expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)
        ))
    };
    match expressions.iter().any(|expr| expr.exists(is_subquery).unwrap_or(true)) {
        true => None,
        false => Some(expressions.iter().flat_map(|expr| expr.column_refs().into_iter().cloned()).collect()),
    }
}

/// The plan without a join of which these columns use nothing, if there is one.
fn without(plan: &LogicalPlan, mut used: HashSet<Column>) -> Result<Option<LogicalPlan>> {
    match plan {
        LogicalPlan::Filter(filter) => {
            let Some(more) = columns(plan) else { return Ok(None) };
            used.extend(more);
            match without(&filter.input, used)? {
                Some(input) => plan.with_new_exprs(plan.expressions(), vec![input]).map(Some),
                None => Ok(None),
            }
        }
        LogicalPlan::Join(join) if join.join_type == JoinType::Left => {
            if !used.iter().any(|column| join.right.schema().has_column(column)) && is_looked_up(join) {
                return Ok(Some(join.left.as_ref().clone()));
            }
            let Some(more) = columns(plan) else { return Ok(None) };
            used.extend(more);
            match without(&join.left, used)? {
                Some(left) => {
                    plan.with_new_exprs(plan.expressions(), vec![left, join.right.as_ref().clone()]).map(Some)
                }
                None => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

/// Has a row of the left side at most one on the right side?
fn is_looked_up(join: &Join) -> bool {
    let key = join.on.iter().filter_map(|(_, right)| right.try_as_col().cloned());
    is_unique(&join.right, &key.collect::<Vec<_>>())
}

/// Has the plan each combination of these columns once at most?
fn is_unique(plan: &LogicalPlan, key: &[Column]) -> bool {
    let places = || key.iter().map(|column| plan.schema().maybe_index_of_column(column));
    match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            let below = |place: usize| Column::from(alias.input.schema().qualified_field(place));
            let key: Option<Vec<Column>> = places().map(|place| place.map(below)).collect();
            key.is_some_and(|key| is_unique(&alias.input, &key))
        }
        LogicalPlan::Projection(projection) => {
            let below = |place: usize| plain(&projection.expr[place]).cloned();
            let key: Option<Vec<Column>> = places().map(|place| place.and_then(below)).collect();
            key.is_some_and(|key| is_unique(&projection.input, &key))
        }
        LogicalPlan::Filter(filter) => is_unique(&filter.input, key),
        LogicalPlan::Aggregate(aggregate) => {
            let groups = 0..aggregate.group_expr.len();
            let places: HashSet<Option<usize>> = places().collect();
            !aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_)))
                && groups.into_iter().all(|group| places.contains(&Some(group)))
        }
        LogicalPlan::TableScan(scan) => {
            let Ok(provider) = source_as_provider(&scan.source) else { return false };
            let provider: &dyn Any = &*provider;
            provider.downcast_ref::<RestTable>().is_some_and(|table| {
                let mut own = table.key().peekable();
                own.peek().is_some() && own.all(|name| key.iter().any(|column| column.name == name))
            })
        }
        _ => false,
    }
}

/// The column that an expression is, whatever it is called.
fn plain(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(Alias { expr, .. }) => plain(expr),
        _ => None,
    }
}
