//! Which columns of which scans the keys of a join are, followed from the join down by their places. Filters come down by
//! the names of columns, and of two columns of one name in a join of joins the wrong one may be meant: only what this trace
//! confirms is believed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinSide, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column, DynamicFilterPhysicalExpr};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::joins::utils::build_join_schema;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;

use super::bind_join::BindJoinExec;
use super::bound_keys::{dynamic_filters, is_known_at_run_time, is_text};
use super::exec::RestScanExec;
use super::lookup::LookupExec;
use super::spec::ScanSpec;
use crate::schema::Reference;

/// A node of a plan, by its place in memory, for as long as the plan is not changed.
type Node = usize;

fn address(node: &Arc<dyn ExecutionPlan>) -> Node {
    Arc::as_ptr(node).cast::<()>() as usize
}

/// A column of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    connection: String,
    schema: String,
    table: String,
    column: String,
}

/// What the operators of a plan may tell each of its scans.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// By the filter of a join and a node: the node's columns that are the keys, in the order of the join.
    keys: HashMap<(u64, Node), Vec<Option<usize>>>,
    /// By the filter of a join and a place among its keys: the column of the other side that the values come from.
    origins: HashMap<(u64, usize), Origin>,
    /// The filters of sorts that reach a scan without a join between.
    sorts: HashSet<(u64, Node)>,
    /// Scans below a filter with a subquery, without a join between.
    subqueries: HashSet<Node>,
}

impl Trace {
    pub(super) fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Self> {
        let mut trace = Self::default();
        plan.apply(|node| {
            if let Some(join) = node.downcast_ref::<HashJoinExec>() {
                trace.join(join);
            }
            if let Some(sort) = node.downcast_ref::<SortExec>() {
                let filters = sort.dynamic_expressions_produced();
                for id in filters.iter().filter_map(|it| it.expression_id()) {
                    trace.sorts.extend(chain(sort.input()).into_iter().map(|node| (id, node)));
                }
            }
            if let Some(filter) = node.downcast_ref::<FilterExec>()
                && is_known_at_run_time(filter.predicate())?
            {
                trace.subqueries.extend(chain(filter.input()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(trace)
    }

    fn join(&mut self, join: &HashJoinExec) {
        let Some(id) = join.dynamic_expressions_produced().first().and_then(|it| it.expression_id()) else {
            return;
        };
        for (place, (other, key)) in join.on().iter().enumerate() {
            if let Some(origin) = unchanged(other).and_then(|column| origin(join.left(), column)) {
                self.origins.insert((id, place), origin);
            }
            let mut found = vec![];
            if let Some(column) = only_column(key) {
                leaves(join.right(), column, &mut found);
            }
            for (node, column) in found {
                let keys = self.keys.entry((id, node)).or_insert_with(|| vec![None; join.on().len()]);
                keys[place] = Some(column);
            }
        }
    }

    /// May this filter be meant for this node?
    pub(super) fn confirms(
        &self,
        node: &Arc<dyn ExecutionPlan>,
        filter: &Arc<dyn PhysicalExpr>,
    ) -> Result<bool> {
        let node = address(node);
        let dynamic = dynamic_filters(filter)?;
        if dynamic.is_empty() {
            return Ok(self.subqueries.contains(&node));
        }
        Ok(dynamic.iter().all(|it| {
            let Some(id) = it.expression_id() else { return false };
            let columns: Vec<Option<usize>> = it.children().into_iter().map(only_column).collect();
            let of_join = self
                .keys
                .get(&(id, node))
                .is_some_and(|keys| keys.iter().all(Option::is_some) && *keys == columns);
            of_join || self.sorts.contains(&(id, node))
        }))
    }

    /// The scan's columns, by their places, that `filter` leaves no values but those of a column of the same site: the
    /// place, and that column's table and name.
    pub(super) fn origins(&self, spec: &ScanSpec, filter: &Arc<dyn PhysicalExpr>) -> Vec<(usize, Reference)> {
        let Some(id) =
            filter.downcast_ref::<DynamicFilterPhysicalExpr>().and_then(PhysicalExpr::expression_id)
        else {
            return vec![];
        };
        let keys = filter.children().into_iter().map(only_column).enumerate();
        let origins = keys.filter_map(|(place, column)| {
            let origin = self.origins.get(&(id, place))?;
            let is_of_site = origin.connection == spec.connection && origin.schema == spec.schema;
            let Origin { table, column: name, .. } = origin.clone();
            is_of_site.then_some((column?, Reference { table, column: name }))
        });
        origins.collect()
    }
}

/// The place of the only column of an expression.
fn only_column(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    let columns = collect_columns(expr);
    let mut columns = columns.iter().map(Column::index);
    columns.next().filter(|_| columns.next().is_none())
}

/// The place of the column whose values these are, as numbers or texts.
fn unchanged(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    let keeps = |to: &DataType| *to == DataType::Int64 || is_text(to);
    match expr.downcast_ref::<CastExpr>() {
        Some(cast) if keeps(cast.cast_type()) => unchanged(cast.expr()),
        Some(_) => None,
        None => expr.downcast_ref::<Column>().map(Column::index),
    }
}

/// The place of a column, whatever kind of text it is made.
fn same_text(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<usize> {
    let Some(cast) = expr.downcast_ref::<CastExpr>() else {
        return expr.downcast_ref::<Column>().map(Column::index);
    };
    let is_text = is_text(cast.cast_type()) && cast.expr().data_type(schema).is_ok_and(|it| is_text(&it));
    same_text(cast.expr(), schema).filter(|_| is_text)
}

/// The scans and look-ups below a node that a column of it comes from, each with the place that it has there.
fn leaves(node: &Arc<dyn ExecutionPlan>, column: usize, found: &mut Vec<(Node, usize)>) {
    if node.is::<RestScanExec>() || node.is::<LookupExec>() {
        found.push((address(node), column));
    }
    for (below, column) in below(node, column) {
        leaves(below, column, found);
    }
}

/// The column of the scan that all values of a column come from; none where there may be others.
fn origin(node: &Arc<dyn ExecutionPlan>, column: usize) -> Option<Origin> {
    if let Some(scan) = node.downcast_ref::<RestScanExec>() {
        let ScanSpec { connection, schema, table, .. } = scan.spec().clone();
        let column = node.schema().field(column).name().clone();
        return Some(Origin { connection, schema, table, column });
    }
    let mut origins = below(node, column).into_iter().map(|(below, column)| origin(below, column));
    let first = origins.next()??;
    origins.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// Where the values of a node's column come from: inputs of the node, and the column's place there.
pub(super) fn below(node: &Arc<dyn ExecutionPlan>, column: usize) -> Vec<(&Arc<dyn ExecutionPlan>, usize)> {
    let children = node.children();
    let only = |place: Option<usize>| {
        children.first().filter(|_| children.len() == 1).copied().zip(place).into_iter().collect()
    };
    if let Some(lookup) = node.downcast_ref::<LookupExec>() {
        only(lookup.input_of(column))
    } else if let Some(filter) = node.downcast_ref::<FilterExec>() {
        only(filter.projection().as_ref().map_or(Some(column), |places| places.get(column).copied()))
    } else if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
        let expr = projection.expr().get(column);
        only(expr.and_then(|it| same_text(&it.expr, &projection.input().schema())))
    } else if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
        let group = aggregate.group_expr().expr().get(column);
        only(group.and_then(|(expr, _)| expr.downcast_ref::<Column>()).map(Column::index))
    } else if let Some(join) = node
        .downcast_ref::<HashJoinExec>()
        .or_else(|| node.downcast_ref::<BindJoinExec>().map(BindJoinExec::join))
    {
        let (left, right) = (join.left(), join.right());
        let (_, columns) = build_join_schema(&left.schema(), &right.schema(), join.join_type());
        let place = join.projection.as_ref().map_or(Some(column), |places| places.get(column).copied());
        match place.and_then(|place| columns.get(place)) {
            Some(it) if it.side == JoinSide::Left => vec![(left, it.index)],
            Some(it) if it.side == JoinSide::Right => vec![(right, it.index)],
            _ => vec![],
        }
    } else if node.is::<UnionExec>() {
        children.into_iter().map(|child| (child, column)).collect()
    } else if let [only] = children.as_slice()
        && only.schema().fields().len() == node.schema().fields().len()
        && only.schema().field(column).name() == node.schema().field(column).name()
    {
        vec![(*only, column)]
    } else {
        vec![]
    }
}

/// The scan and the look-up below a node, where nothing but filters, projections and the like lies between.
fn chain(node: &Arc<dyn ExecutionPlan>) -> Vec<Node> {
    let is_end = node.is::<RestScanExec>() || node.is::<LookupExec>();
    let mut found = if is_end { vec![address(node)] } else { vec![] };
    if let [only] = node.children().as_slice() {
        found.extend(chain(only));
    }
    found
}
