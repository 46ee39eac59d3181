//! Columns that live in another table (`IssueKey` of a worklog): the operator above a scan that looks them up, by key
//! while the keys are few, and by listing the other table once they are many.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::EmptyRecordBatchStream;
use datafusion::physical_plan::execution_plan::{
    CardinalityEffect, ReplaceChildrenOptions, apply_expression_roots,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, ChildPushdownResult, FilterDescription, FilterPushdownPhase,
    FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt, future, stream};

use super::binding::{Binding, Bound, is_key};
use super::bound_keys::{KeyColumn, is_known_at_run_time};
use super::choice::{LOOKUP_BY_KEY, Wanted, candidates};
use super::environment::Environment;
use super::error::ScanError;
use super::exec::RestScanExec;
use super::keys::texts;
use super::metrics::ScanMetrics;
use super::run::{self, Purpose};
use super::spec::{Keys, ScanSpec};
use crate::pushdown::Pushed;
use crate::schema::{Deployment, Source, Table};

/// Adds looked-up columns to the rows of a scan.
#[derive(Debug)]
pub struct LookupExec {
    env: Arc<Environment>,
    input: Arc<dyn ExecutionPlan>,
    output: Vec<Output>,
    /// What joins will say of looked-up columns: the scan below is asked for those rows alone.
    binding: Binding,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// Where an output column comes from.
#[derive(Debug, Clone)]
enum Output {
    /// From the input.
    Input(usize),
    /// Looked up by a column of the input.
    Lookup(Box<Plan>),
}

/// How one column is looked up.
#[derive(Debug, Clone)]
struct Plan {
    /// The input column that holds the other table's key.
    by: usize,
    data_type: DataType,
    /// Other table and column, for EXPLAIN.
    label: String,
    /// Gives the other table's key and the wanted column, for all rows.
    listing: ScanSpec,
    /// The same for some keys, where the other table has such a path.
    by_key: Option<ScanSpec>,
}

impl LookupExec {
    /// Looks up what `wanted` has and `input` (the scan of `columns`) has not.
    ///
    /// # Errors
    /// When the other table can't be read by its key.
    pub fn new(
        env: Arc<Environment>,
        table: &Table,
        (connection, deployment): (&str, Deployment),
        wanted: &[usize],
        input: Arc<dyn ExecutionPlan>,
    ) -> Result<Self, ScanError> {
        let from = input.schema();
        let place = |c: usize| from.index_of(table.arrow.field(c).name()).ok();
        let output = wanted
            .iter()
            .map(|&c| match place(c) {
                Some(i) => Ok(Output::Input(i)),
                None => plan(&env, table, (connection, deployment), c, &place)
                    .map(|p| Output::Lookup(Box::new(p))),
            })
            .collect::<Result<Vec<_>, ScanError>>()?;
        let schema =
            Arc::new(Schema::new(wanted.iter().map(|c| table.arrow.field(*c).clone()).collect::<Vec<_>>()));
        Ok(Self::over(env, input, output, schema))
    }

    fn over(
        env: Arc<Environment>,
        input: Arc<dyn ExecutionPlan>,
        output: Vec<Output>,
        schema: SchemaRef,
    ) -> Self {
        let below = input.properties();
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            below.output_partitioning().clone(),
            below.emission_type,
            below.boundedness,
        ));
        let (binding, metrics) = (Binding::default(), ExecutionPlanMetricsSet::new());
        Self { env, input, output, binding, properties, metrics }
    }

    /// Where an output column comes from, if it is one of the input.
    pub(super) fn input_of(&self, output: usize) -> Option<usize> {
        match self.output.get(output)? {
            Output::Input(place) => Some(*place),
            Output::Lookup(_) => None,
        }
    }

    /// What it is bound by.
    pub(super) fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The same over another input, and bound otherwise.
    pub(super) fn with_binding(&self, input: Arc<dyn ExecutionPlan>, binding: Binding) -> Self {
        let same = Self::over(Arc::clone(&self.env), input, self.output.clone(), self.schema());
        Self { binding, metrics: self.metrics.clone(), ..same }
    }

    /// The looked-up columns by which the scan below can be asked for its rows, as its table knows them.
    fn key_columns(&self, scan: &RestScanExec) -> Result<Vec<(usize, KeyColumn)>> {
        let table = self.env.table_of(scan.spec())?;
        let schema = self.schema();
        let looked_up = self.output.iter().zip(schema.fields()).enumerate();
        let looked_up = looked_up.filter(|(_, (output, _))| matches!(output, Output::Lookup(_)));
        let columns = looked_up.filter_map(|(index, (_, field))| {
            let column = table.arrow.index_of(field.name()).ok()?;
            let data_type = field.data_type().clone();
            is_key(&table, column).then_some((column, KeyColumn { index, data_type }))
        });
        Ok(columns.collect())
    }

    /// The rows of the input, of those keys alone that the joins leave to looked-up columns.
    fn bound_input(&self, partition: usize, context: &Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(scan) = self.input.downcast_ref::<RestScanExec>().filter(|_| self.binding.is_bound()) else {
            return self.input.execute(partition, Arc::clone(context));
        };
        let (columns, schema) = (self.key_columns(scan)?, scan.schema());
        let table = self.env.table_of(scan.spec())?;
        let (scan, binding, context) = (scan.clone(), self.binding.clone(), Arc::clone(context));
        let rows = async move {
            let mut pushed = scan.question().pushed.clone();
            match binding.restrict(&table, &mut pushed, &columns).await? {
                Bound::Nowhere => scan.execute(partition, context),
                Bound::Somewhere => scan.asked(pushed)?.execute(partition, context),
                Bound::NoRow => Ok(Box::pin(EmptyRecordBatchStream::new(scan.schema())) as _),
            }
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::once(rows).try_flatten())))
    }
}

fn plan(
    env: &Environment,
    table: &Table,
    (connection, deployment): (&str, Deployment),
    column: usize,
    place: &dyn Fn(usize) -> Option<usize>,
) -> Result<Plan, ScanError> {
    let missing =
        || ScanError::Path { table: table.name.name.clone(), path: table.columns[column].name.clone() };
    let Source::Lookup(lookup) = &table.columns[column].source else { return Err(missing()) };
    let find = |name: &str| env.table(connection, deployment, &table.name.schema, name).ok();
    let other = env.table(connection, deployment, &table.name.schema, &lookup.table)?;
    if !other.exists_on(deployment) {
        let (table, column) = (table.name.name.clone(), table.columns[column].name.clone());
        let other = other.name.name.clone();
        return Err(ScanError::LookupElsewhere { table, column, other, deployment });
    }
    let wanted_column = other.column(&lookup.column).ok_or_else(missing)?;
    let columns = [other.key[0], wanted_column];
    let none = Pushed::default();
    let mut some = Pushed::default();
    some.restrict(other.key[0], vec![String::new()]);
    // The row is there whether or not its parent is listed, and so is what the parent is called.
    some.listed.insert(other.key[0]);
    let best = |pushed: &Pushed| {
        let columns = &columns;
        let wanted =
            Wanted { connection, deployment, columns, within: None, pushed, limit: None, concurrency: 1 };
        candidates(&other, &wanted, &find).into_iter().next().map(|c| c.scan)
    };
    Ok(Plan {
        by: place(lookup.by).ok_or_else(missing)?,
        data_type: other.arrow.field(wanted_column).data_type().clone(),
        label: format!("{}.{}", lookup.table, lookup.column),
        listing: best(&none).ok_or_else(missing)?,
        by_key: best(&some).filter(|s| matches!(s.keys, Some(Keys::Given { .. }))),
    })
}

impl DisplayAs for LookupExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.input.schema();
        let lookups: Vec<String> = self
            .output
            .iter()
            .filter_map(|o| match o {
                Output::Input(_) => None,
                Output::Lookup(p) => Some(format!(
                    "{} by {}: `{}` for up to {LOOKUP_BY_KEY} keys, else all by `{}`",
                    p.label,
                    from.field(p.by).name(),
                    p.by_key.as_ref().map_or("-", |s| &s.path),
                    p.listing.path
                )),
            })
            .collect();
        write!(f, "LookupExec: {}{}", lookups.join(", "), self.binding)
    }
}

impl ExecutionPlan for LookupExec {
    fn name(&self) -> &'static str {
        "LookupExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(&self.binding.filters, each)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(self.with_binding(input, self.binding.clone())))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(
            datafusion::physical_plan::execution_plan::ChildrenPropertiesMode::Recompute,
        );
        self.replace_children(children, options)
    }

    /// What is known of a column of the input is known of the scan below.
    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        let from_input = self.output.iter().enumerate().filter(|(_, o)| matches!(o, Output::Input(_)));
        let allowed = from_input.map(|(place, _)| place).collect();
        let child = ChildFilterDescription::from_child_with_allowed_indices(&filters, allowed, &self.input)?;
        Ok(FilterDescription::new().with_child(child))
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let keys = match self.input.downcast_ref::<RestScanExec>() {
            Some(scan) if scan.spec().limit.is_none() => self.key_columns(scan)?,
            _ => vec![],
        };
        let mut binding = self.binding.clone();
        for filter in &result.parent_filters {
            let used = collect_columns(&filter.filter);
            let of_keys = keys.iter().any(|(_, key)| used.iter().any(|it| it.index() == key.index));
            if of_keys && is_known_at_run_time(&filter.filter)? {
                binding.filters.push(Arc::clone(&filter.filter));
            }
        }
        let answer = FilterPushdownPropagation::if_all(result);
        Ok(match binding.filters.len() > self.binding.filters.len() {
            true => {
                answer.with_updated_node(Arc::new(self.with_binding(Arc::clone(&self.input), binding)) as _)
            }
            false => answer,
        })
    }

    /// Each partition would look up the same keys again.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    /// The order of rows is kept, but who is told so may put a sort below, by places of columns that are others there.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn supports_limit_pushdown(&self) -> bool {
        true
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = Arc::clone(&self.input);
        Ok(Arc::new(self.with_binding(input, Binding::default())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        if let Some(input) = inputs.first() {
            statistics.num_rows = input.num_rows;
        }
        Ok(Arc::new(statistics))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.bound_input(partition, &context)?;
        let metrics = Arc::new(ScanMetrics::new(&self.metrics, partition));
        let known = self
            .output
            .iter()
            .map(|o| match o {
                Output::Input(_) => None,
                Output::Lookup(plan) => Some(Known::new(plan, &self.env, &metrics)),
            })
            .collect::<Vec<_>>();
        let (output, schema) = (self.output.clone(), self.schema());
        let stream = stream::try_unfold((input, None, known), move |(mut input, ahead, mut known)| {
            let (output, schema) = (output.clone(), Arc::clone(&schema));
            async move {
                let batch = match ahead {
                    Some(batch) => Some(batch),
                    None => input.try_next().await?,
                };
                let Some(batch) = batch else { return Ok(None) };
                let is_long = known.iter().flatten().any(|known| known.lists(batch.column(known.plan.by)));
                let widened = widened(&batch, &output, &mut known, &schema);
                // Many rows came, so that more are likely wanted: they come while the other table is listed.
                let (batch, ahead) = match is_long {
                    true => future::try_join(widened, input.try_next()).await?,
                    false => (widened.await?, None),
                };
                Ok(Some((batch, (input, ahead, known))))
            }
        });
        let stream = stream.inspect_ok(move |b| metrics.output.add(b.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream)))
    }
}

async fn widened(
    batch: &RecordBatch,
    output: &[Output],
    known: &mut [Option<Known>],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(output.len());
    for (output, known) in output.iter().zip(known) {
        columns.push(match (output, known) {
            (Output::Lookup(plan), Some(known)) => known.values(batch.column(plan.by)).await?,
            (Output::Lookup(plan), None) => new_null_array(&plan.data_type, batch.num_rows()),
            (Output::Input(i), _) => Arc::clone(batch.column(*i)),
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// What has been looked up so far.
struct Known {
    plan: Plan,
    env: Arc<Environment>,
    metrics: Arc<ScanMetrics>,
    /// Where a key's value is: chunk and row. Keys that have none point at the NULL in chunk 0.
    places: HashMap<String, (usize, usize)>,
    chunks: Vec<ArrayRef>,
    asked: usize,
    listed: bool,
}

impl Known {
    fn new(plan: &Plan, env: &Arc<Environment>, metrics: &Arc<ScanMetrics>) -> Self {
        Self {
            env: Arc::clone(env),
            metrics: Arc::clone(metrics),
            places: HashMap::new(),
            chunks: vec![new_null_array(&plan.data_type, 1)],
            asked: 0,
            listed: false,
            plan: plan.clone(),
        }
    }

    /// Must the other table be listed to know the values for these keys?
    fn lists(&self, keys: &ArrayRef) -> bool {
        !self.listed && self.are_many(self.unknown(keys).len())
    }

    /// Are so many more keys too many to be asked for one by one?
    fn are_many(&self, unknown: usize) -> bool {
        unknown > 0 && (self.plan.by_key.is_none() || self.asked + unknown > LOOKUP_BY_KEY)
    }

    /// The value for each key of the column; NULL for NULL and for keys without a row.
    async fn values(&mut self, keys: &ArrayRef) -> Result<ArrayRef> {
        let mut unknown = self.unknown(keys);
        if !self.listed && self.are_many(unknown.len()) {
            self.read(&self.plan.listing.clone()).await?;
            self.listed = true;
            unknown = self.unknown(keys);
        }
        // What a listing leaves out (archived issues, say) may still answer to its key.
        if !unknown.is_empty() {
            if let Some(by_key) = self.plan.by_key.clone()
                && let Some(Keys::Given { column, with, .. }) = &by_key.keys
            {
                self.asked += unknown.len();
                let keys =
                    Keys::Given { column: column.clone(), values: unknown.clone(), with: with.clone() };
                self.read(&ScanSpec { keys: Some(keys), ..by_key }).await?;
            }
            let mut without = 0;
            for key in unknown {
                self.places.entry(key).or_insert_with(|| {
                    without += 1;
                    (0, 0)
                });
            }
            if without > 0 {
                let text = format!("{{n}} keys have no {}, so it is NULL there", self.plan.label);
                self.env.report.note(text, without);
            }
        }
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let valid = (0..keys.len()).filter(|i| keys.is_valid(*i));
        let mut places = vec![(0, 0); keys.len()];
        for (i, key) in valid.zip(texts(keys.as_ref())) {
            places[i] = self.places.get(&key).copied().unwrap_or((0, 0));
        }
        Ok(interleave(&chunks, &places)?)
    }

    fn unknown(&self, keys: &ArrayRef) -> Vec<String> {
        let mut unknown: Vec<String> =
            texts(keys.as_ref()).into_iter().filter(|k| !self.places.contains_key(k)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    async fn read(&mut self, scan: &ScanSpec) -> Result<()> {
        let mut batches = run::open(&self.env, scan, &self.metrics, Purpose::Keys)?;
        while let Some(batch) = batches.try_next().await? {
            let chunk = self.chunks.len();
            for (row, key) in texts(batch.column(0).as_ref()).into_iter().enumerate() {
                self.places.insert(key, (chunk, row));
            }
            self.chunks.push(Arc::clone(batch.column(1)));
        }
        Ok(())
    }
}
