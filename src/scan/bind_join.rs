//! The join of rows with an endpoint that must be given a key: the keys of some rows are asked for, joined and given on,
//! then those of the next. So a LIMIT asks for no more than it needs of either side, and there may be any number of keys.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::config::ConfigOptions;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::{CastExpr, Column, TryCastExpr};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, TryStreamExt, stream};

use super::binding::Binding;
use super::bound_keys::{KeyColumn, is_text};
use super::exec::RestScanExec;
use super::keys::texts;
use super::lookup::LookupExec;
use super::trace::below;

/// A rule for when the sides of joins have just been chosen, by their sizes as far as these are known: the one that must be
/// given keys becomes the right one, which the left one gives them.
#[derive(Debug)]
pub struct KeysFromLeft;

impl PhysicalOptimizerRule for KeysFromLeft {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>().filter(|join| !join.null_aware) else {
                return Ok(Transformed::no(node));
            };
            let needs_keys = |side| scan_of(side).is_some_and(RestScanExec::needs_keys);
            let collected = PartitionMode::CollectLeft;
            Ok(match (needs_keys(join.left()), needs_keys(join.right())) {
                (true, false) if is_by_left_row(join.join_type().swap()) => {
                    Transformed::yes(join.swap_inputs(collected)?)
                }
                (false, true) if is_by_left_row(*join.join_type()) => {
                    Transformed::yes(join.builder().with_partition_mode(collected).build_exec()?)
                }
                _ => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &'static str {
        "keys_from_left"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Do the rows of such a join depend on one row of the left side each?
fn is_by_left_row(join: JoinType) -> bool {
    matches!(
        join,
        JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark
    )
}

/// A late rule: a hash join whose right side must be given keys by the left one gives them block by block.
#[derive(Debug)]
pub struct BindJoins;

impl PhysicalOptimizerRule for BindJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<HashJoinExec>().map(BindJoinExec::of).transpose()?.flatten() {
                Some(join) => Transformed::yes(Arc::new(join) as _),
                None => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &'static str {
        "bind_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Rows of the left side whose keys are asked for together, where they are all wanted: the same key is asked for once.
const MOST: usize = 1_000_000;

/// Rows of the left side whose keys are asked for first, where not all rows are wanted.
const FIRST: usize = 16;

/// How much larger each block is than the one before.
const GROWTH: usize = 4;

/// Joins blocks of the left side's rows with what the right side's endpoint has for their keys.
#[derive(Debug)]
pub(super) struct BindJoinExec {
    /// What it does with each block.
    join: Arc<HashJoinExec>,
    /// The columns of the right side's scan that keys go to, each with the expression that has them on the left.
    keys: Vec<(usize, KeyColumn, Arc<dyn PhysicalExpr>)>,
    properties: Arc<PlanProperties>,
}

impl BindJoinExec {
    /// In place of this join; none where its right side needs no key that the left has, or rows of the left side can't be
    /// joined block by block.
    ///
    /// # Errors
    /// When the right side's table is unknown.
    fn of(join: &HashJoinExec) -> Result<Option<Self>> {
        let is_one = join.left().properties().output_partitioning().partition_count() == 1;
        let is_collected = *join.partition_mode() == PartitionMode::CollectLeft;
        // A key that is NULL is asked of nobody, and must equal none.
        let are_keys = !join.null_aware && join.null_equality() == NullEquality::NullEqualsNothing;
        if !is_by_left_row(*join.join_type()) || !is_one || !is_collected || !are_keys {
            return Ok(None);
        }
        let Some(scan) = scan_of(join.right()).filter(|scan| scan.needs_keys()) else { return Ok(None) };
        let columns = scan.key_columns()?;
        let keys: Vec<_> = join
            .on()
            .iter()
            .filter_map(|(left, right)| {
                let (place, is_number) = place_below(join.right(), right, false)?;
                let (column, key) = columns.iter().find(|(_, key)| key.index == place)?;
                // A text that has what was asked for is a number as numbers are written.
                let fits = !is_number || scan.has_what_is_asked(*column);
                fits.then(|| (*column, key.clone(), Arc::clone(left)))
            })
            .collect();
        let given = keys.iter().map(|(column, ..)| (*column, vec![String::from("…")]));
        if keys.is_empty() || scan.given(given.collect(), Binding::default()).is_err() {
            return Ok(None);
        }
        let right = Arc::clone(join.right()).transform_up(|node| {
            let scan = node.downcast_ref::<RestScanExec>().map(RestScanExec::given_keys);
            Ok(scan.map_or_else(|| Transformed::no(node), |scan| Transformed::yes(Arc::new(scan) as _)))
        })?;
        let children = vec![Arc::clone(join.left()), right.data];
        Ok(Some(Self::over(Arc::new(join.builder().with_new_children(children)?.build()?), keys)))
    }

    /// What it does with each block.
    pub(super) fn join(&self) -> &HashJoinExec {
        &self.join
    }

    fn over(join: Arc<HashJoinExec>, keys: Vec<(usize, KeyColumn, Arc<dyn PhysicalExpr>)>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(join.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { join, keys, properties }
    }

    /// The join of these rows alone.
    fn of_block(&self, block: Vec<RecordBatch>, rows: Option<usize>) -> Result<Arc<dyn ExecutionPlan>> {
        let mut given = vec![];
        for (column, key, expr) in &self.keys {
            let mut values = vec![];
            for batch in &block {
                let array = expr.evaluate(batch)?.into_array(batch.num_rows())?;
                values.extend(texts(&cast(&array, &key.data_type)?));
            }
            values.sort_unstable();
            values.dedup();
            given.push((*column, values));
        }
        let right = Arc::clone(self.join.right()).transform_up(|node| {
            let Some(scan) = node.downcast_ref::<RestScanExec>() else { return Ok(Transformed::no(node)) };
            let is_empty = given.iter().any(|(_, values)| values.is_empty());
            Ok(Transformed::yes(match is_empty {
                true => Arc::new(EmptyExec::new(scan.schema())) as _,
                false => Arc::new(scan.given(given.clone(), scan.binding().clone())?) as _,
            }))
        })?;
        let left = MemorySourceConfig::try_new_exec(&[block], self.join.left().schema(), None)?;
        let join = self.join.builder().reset_state().with_fetch(rows).recompute_properties();
        join.with_new_children(vec![left, right.data])?.build_exec()
    }
}

/// The scan below, where nothing between takes or gives a row by what other rows there are.
fn scan_of(node: &Arc<dyn ExecutionPlan>) -> Option<&RestScanExec> {
    if let Some(scan) = node.downcast_ref::<RestScanExec>() {
        return scan.spec().limit.is_none().then_some(scan);
    }
    let is_by_row = node.is::<ProjectionExec>() || node.is::<FilterExec>() || node.is::<LookupExec>();
    match node.children().as_slice() {
        [only] if is_by_row && node.fetch().is_none() => scan_of(only),
        _ => None,
    }
}

/// Where the scan below has the column that this expression is made of, if it is one of its own; and whether it is a text
/// that is read as a number.
fn place_below(
    node: &Arc<dyn ExecutionPlan>,
    expr: &Arc<dyn PhysicalExpr>,
    is_number: bool,
) -> Option<(usize, bool)> {
    if let Some(number) = expr.downcast_ref::<TryCastExpr>().filter(|it| *it.cast_type() == DataType::Int64) {
        return place_below(node, number.expr(), true);
    }
    if let Some(text) = expr.downcast_ref::<CastExpr>().filter(|it| is_text(it.cast_type())) {
        let was_text = text.expr().data_type(&node.schema()).is_ok_and(|it| is_text(&it));
        return place_below(node, text.expr(), is_number).filter(|_| was_text);
    }
    let column = expr.downcast_ref::<Column>()?;
    if node.is::<RestScanExec>() {
        return Some((column.index(), is_number));
    }
    if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
        return place_below(projection.input(), &projection.expr().get(column.index())?.expr, is_number);
    }
    let [(input, place)] = below(node, column.index())[..] else { return None };
    let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(column.name(), place));
    place_below(input, &column, is_number)
}

/// Where the blocks stand.
struct Blocks {
    left: SendableRecordBatchStream,
    /// Rows of the left side that came and are in no block yet.
    waiting: Option<RecordBatch>,
    size: usize,
    /// How many joined rows are still wanted.
    wanted: Option<usize>,
}

impl Blocks {
    /// The next rows of the left side; none where it has ended.
    async fn next(&mut self) -> Result<Vec<RecordBatch>> {
        let (mut block, mut rows) = (vec![], 0);
        while rows < self.size {
            let batch = match self.waiting.take() {
                Some(batch) => batch,
                None => match self.left.try_next().await? {
                    Some(batch) => batch,
                    None => break,
                },
            };
            let taken = batch.num_rows().min(self.size - rows);
            if taken < batch.num_rows() {
                self.waiting = Some(batch.slice(taken, batch.num_rows() - taken));
            }
            rows += taken;
            block.push(batch.slice(0, taken));
        }
        self.size = self.size.saturating_mul(GROWTH).min(MOST);
        Ok(if rows == 0 { vec![] } else { block })
    }
}

impl DisplayAs for BindJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<String> = self.join.on().iter().map(|(l, r)| format!("({l}, {r})")).collect();
        write!(f, "BindJoinExec: join_type={:?}, on=[{}]", self.join.join_type(), on.join(", "))?;
        if let Some(filter) = self.join.filter() {
            write!(f, ", filter={}", filter.expression())?;
        }
        match self.join.fetch() {
            Some(rows) => write!(f, ", fetch={rows}, keys of {FIRST} rows at first"),
            None => write!(f, ", keys of {MOST} rows at most"),
        }
    }
}

impl ExecutionPlan for BindJoinExec {
    fn name(&self) -> &'static str {
        "BindJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.join.left(), self.join.right()]
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.join.apply_expressions(each)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let join = self.join.builder().recompute_properties().with_new_children(children)?.build()?;
        Ok(Arc::new(Self::over(Arc::new(join), self.keys.clone())))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn fetch(&self) -> Option<usize> {
        self.join.fetch()
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.join.metrics()
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let wanted = self.join.fetch();
        let size = if wanted.is_some() { FIRST } else { MOST };
        let left = self.join.left().execute(partition, Arc::clone(&context))?;
        let blocks = Blocks { left, waiting: None, size, wanted };
        let own = Self::over(Arc::clone(&self.join), self.keys.clone());
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), joined(own, blocks, context))))
    }
}

/// The joined rows, block after block, until there are as many as are wanted.
fn joined(
    join: BindJoinExec,
    blocks: Blocks,
    context: Arc<TaskContext>,
) -> impl Stream<Item = Result<RecordBatch>> + Send {
    let state = (join, blocks, context, None::<SendableRecordBatchStream>);
    stream::try_unfold(state, |(join, mut blocks, context, mut running)| async move {
        loop {
            if blocks.wanted == Some(0) {
                return Ok(None);
            }
            if let Some(rows) = &mut running
                && let Some(batch) = rows.try_next().await?
            {
                let taken = blocks.wanted.map_or(batch.num_rows(), |left| left.min(batch.num_rows()));
                blocks.wanted = blocks.wanted.map(|left| left - taken);
                return Ok(Some((batch.slice(0, taken), (join, blocks, context, running))));
            }
            let block = blocks.next().await?;
            if block.is_empty() {
                return Ok(None);
            }
            running = Some(join.of_block(block, blocks.wanted)?.execute(0, Arc::clone(&context))?);
        }
    })
}
