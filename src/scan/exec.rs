//! The leaf of every plan: a [`ScanSpec`] as a DataFusion operator. It sends nothing before its first poll, is one
//! partition (a chain of pages has one order), and stops when its stream is dropped.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType, apply_expression_roots,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};

use super::binding::{Binding, Question, Watch};
use super::bound_keys::{KeyColumn, is_known_at_run_time};
use super::choice::{Candidate, Price};
use super::environment::Environment;
use super::error::ScanError;
use super::explain;
use super::metrics::ScanMetrics;
use super::run::{self, Batches, Purpose};
use super::spec::ScanSpec;
use crate::pushdown::Pushed;
use crate::schema::Source;

/// Reads one table by one access path.
#[derive(Debug, Clone)]
pub struct RestScanExec {
    env: Arc<Environment>,
    spec: ScanSpec,
    price: Price,
    alternatives: String,
    question: Question,
    binding: Binding,
    /// What a query must compare, where this one does not: then keys must come from elsewhere in the plan.
    needed: Option<String>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RestScanExec {
    /// The operator for the chosen candidate; `others` are shown by EXPLAIN VERBOSE. By the question the choice is made
    /// anew where keys come from elsewhere in the plan.
    ///
    /// # Errors
    /// When the spec's table is unknown.
    pub fn new(
        env: Arc<Environment>,
        chosen: &Candidate,
        others: &[Candidate],
        question: Question,
    ) -> Result<Self, ScanError> {
        let schema = schema(&env, &chosen.scan)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        Ok(Self {
            env,
            spec: chosen.scan.clone(),
            price: chosen.price,
            alternatives: explain::alternatives(others),
            question,
            binding: Binding::default(),
            needed: None,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// What it runs in.
    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.env
    }

    /// What it is bound by.
    pub(super) fn binding(&self) -> &Binding {
        &self.binding
    }

    /// The same, bound otherwise.
    pub(super) fn with_binding(&self, binding: Binding) -> Self {
        Self { binding, ..self.clone() }
    }

    /// The same scan, whose keys must come from elsewhere in the plan.
    pub fn needing(self, needed: String) -> Self {
        Self { needed: Some(needed), ..self }
    }

    /// Must its keys come from elsewhere in the plan?
    pub(super) fn needs_keys(&self) -> bool {
        self.needed.is_some()
    }

    /// The same, with keys by the join above.
    pub(super) fn given_keys(&self) -> Self {
        Self { needed: None, ..self.clone() }
    }

    /// The columns by which it can be asked for rows.
    pub(super) fn key_columns(&self) -> Result<Vec<(usize, KeyColumn)>> {
        let table = self.env.table_of(&self.spec)?;
        Ok(Binding::key_columns(&table, &self.spec.columns_in(&table)?))
    }

    /// Is the column what rows were asked for by, rather than what their records say?
    pub(super) fn has_what_is_asked(&self, column: usize) -> bool {
        let table = self.env.table_of(&self.spec).ok();
        table.is_some_and(|table| table.columns.get(column).is_some_and(|it| it.source == Source::Outer))
    }

    /// The same scan of rows with these keys, bound otherwise by what is left to know.
    pub(super) fn given(&self, keys: Vec<(usize, Vec<String>)>, binding: Binding) -> Result<Self> {
        let mut pushed = self.question.pushed.clone();
        for (column, values) in keys {
            pushed.restrict(column, values);
        }
        let question = Question { pushed, ..self.question.clone() };
        let Some(Candidate { scan: spec, price, .. }) = binding.chosen(&self.env, &self.spec, &question)?
        else {
            let needed = self.needed.clone().unwrap_or_default();
            return Err(ScanError::Needs { table: self.spec.table.clone(), needed }.into());
        };
        Ok(Self { spec, price, question, binding, needed: None, ..self.clone() })
    }

    /// Is a key needed that nothing in the plan will give?
    pub(super) fn check_keys(&self) -> Result<(), ScanError> {
        let Some(needed) = &self.needed else { return Ok(()) };
        let table = self.env.table_of(&self.spec)?;
        let keys = table.paths.iter().filter_map(|path| path.needs.as_ref()).flat_map(|needs| &needs.columns);
        let places: Vec<usize> =
            keys.filter_map(|c| self.schema().index_of(&table.columns[*c].name).ok()).collect();
        let gives = |filter| collect_columns(filter).iter().any(|used| places.contains(&used.index()));
        match self.binding.filters.iter().any(gives) {
            true => Ok(()),
            false => Err(ScanError::Needs { table: table.name.shortest(), needed: needed.clone() }),
        }
    }

    /// What was asked of the table.
    pub(super) fn question(&self) -> &Question {
        &self.question
    }

    /// The same scan where the query says this.
    pub(super) fn asked(&self, pushed: Pushed) -> Result<Self, ScanError> {
        let question = Question { pushed, ..self.question.clone() };
        Self { question, ..self.clone() }.chosen_anew()
    }

    /// The same by the path that suits what it is bound by.
    pub(super) fn chosen_anew(self) -> Result<Self, ScanError> {
        Ok(match self.binding.chosen(&self.env, &self.spec, &self.question)? {
            Some(Candidate { scan: spec, price, .. }) => {
                Self { spec, price, alternatives: String::new(), ..self }
            }
            None => self,
        })
    }

    /// May another operator tell it which rows matter: those with some keys, or the first of an order? A filter that comes
    /// from above a limit would choose among other rows than the limit did.
    fn takes(&self, filter: &Arc<dyn PhysicalExpr>) -> Result<bool> {
        if self.spec.limit.is_some() || !is_known_at_run_time(filter)? {
            return Ok(false);
        }
        let keys = self.key_columns()?;
        Ok(collect_columns(filter).iter().any(|used| {
            keys.iter().any(|(_, key)| key.index == used.index()) || self.sorts_by(used.index()).is_some()
        }))
    }

    /// The column at this place of its schema, if JQL sorts by it.
    pub(super) fn sorts_by(&self, index: usize) -> Option<String> {
        let table = self.env.table_of(&self.spec).ok()?;
        let column = table.columns.get(*self.spec.columns_in(&table).ok()?.get(index)?)?;
        column.jql.as_ref().filter(|jql| jql.sorts).map(|_| column.name.clone())
    }

    /// The scan.
    pub fn spec(&self) -> &ScanSpec {
        &self.spec
    }
}

/// The Arrow schema of a scan's columns.
fn schema(env: &Environment, spec: &ScanSpec) -> Result<SchemaRef, ScanError> {
    let table = env.table_of(spec)?;
    let fields: Vec<_> = spec.columns_in(&table)?.iter().map(|c| table.arrow.field(*c).clone()).collect();
    Ok(Arc::new(Schema::new(fields)))
}

impl DisplayAs for RestScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = explain::scan(&self.env, &self.spec, self.price).unwrap_or_else(|e| e.to_string());
        match format {
            DisplayFormatType::TreeRender => {
                write!(f, "table={}\npath={}\n{line}", self.spec.table, self.spec.path)
            }
            _ => write!(f, "RestScanExec: {line}"),
        }?;
        write!(f, "{}", self.binding)?;
        match (format, self.alternatives.is_empty()) {
            (DisplayFormatType::Default | DisplayFormatType::Verbose, false) => {
                write!(f, ", instead of {}", self.alternatives)
            }
            _ => Ok(()),
        }
    }
}

impl ExecutionPlan for RestScanExec {
    fn name(&self) -> &'static str {
        "RestScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(&self.binding.filters, each)
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let answer = vec![PushedDown::No; result.parent_filters.len()];
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(answer);
        let mut binding = self.binding.clone();
        for filter in result.parent_filters {
            if self.takes(&filter.filter)? {
                binding.filters.push(filter.filter);
            }
        }
        Ok(match binding.filters.len() > self.binding.filters.len() {
            true => answer.with_updated_node(Arc::new(self.with_binding(binding)) as _),
            false => answer,
        })
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// A plan that runs again, as the term of a recursive query does, makes new filters for its joins and tells nobody.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.with_binding(Binding::default())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(self.price.rows);
        Ok(Arc::new(statistics))
    }

    fn fetch(&self) -> Option<usize> {
        self.spec.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        if !self.binding.filters.is_empty() {
            return None;
        }
        let mut limited = self.clone();
        limited.spec.limit = match (self.spec.limit, limit) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Some(Arc::new(limited))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if let Some(needed) = self.needed.as_ref().filter(|_| !self.binding.is_bound()) {
            return Err(ScanError::Needs { table: self.spec.table.clone(), needed: needed.clone() }.into());
        }
        let metrics = Arc::new(ScanMetrics::new(&self.metrics, partition));
        let target = context.session_config().batch_size();
        let output = Arc::clone(&metrics);
        let rows = match self.binding.is_bound() {
            true => self.clone().bound(metrics, target),
            false => {
                coalesced(self.schema(), run::open(&self.env, &self.spec, &metrics, Purpose::Rows)?, target)
                    .boxed()
            }
        };
        let rows = rows.inspect_ok(move |b| output.output.add(b.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

impl RestScanExec {
    /// The rows, once it is known by which keys and in which order they are asked for.
    fn bound(self, metrics: Arc<ScanMetrics>, target: usize) -> BoxStream<'static, Result<RecordBatch>> {
        let schema = self.schema();
        let opened = async move {
            let Some(spec) = self.binding.applied(&self.env, &self.spec, &self.question).await? else {
                return Ok(stream::empty().boxed());
            };
            if let Some(needed) = self.needed.filter(|_| spec == self.spec) {
                return Err(ScanError::Needs { table: spec.table, needed }.into());
            }
            let paging = spec.path_in(&*self.env.table_of(&spec)?)?.paging;
            let batches = run::open(&self.env, &spec, &metrics, Purpose::Rows)?;
            Ok::<_, DataFusionError>(match Watch::new(&self.binding, &spec, paging, &schema)? {
                Some(watch) => watched(batches, watch).boxed(),
                None => coalesced(schema, batches, target).boxed(),
            })
        };
        stream::once(opened).try_flatten().boxed()
    }
}

/// Pages as they come, until no later row can be among those that are wanted.
fn watched(batches: Batches, watch: Watch) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
    stream::try_unfold((batches, watch), |(mut batches, mut watch)| async move {
        if !watch.may_go_on()? {
            return Ok(None);
        }
        let Some(page) = batches.try_next().await? else { return Ok(None) };
        watch.saw(&page);
        Ok(Some((page, (batches, watch))))
    })
}

/// Bytes of pages that become one batch, about: with long texts the engine's number of rows would be too many.
const MOST_BYTES: usize = 8 << 20;

/// Pages of a hundred rows become batches of the engine's size. The first page goes on at once and each batch may be
/// twice as large as the one before, so that whoever stops early has made few pages be read.
fn coalesced(
    schema: SchemaRef,
    batches: Batches,
    target: usize,
) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
    struct State {
        batches: Option<Batches>,
        size: usize,
    }
    let state = State { batches: Some(batches), size: 1 };
    stream::try_unfold(state, move |mut state| {
        let schema = Arc::clone(&schema);
        async move {
            if schema.fields().is_empty() {
                let Some(batches) = &mut state.batches else { return Ok(None) };
                return Ok(batches.try_next().await?.map(|b| (b, state)));
            }
            let (mut rows, mut bytes, mut pages) = (0, 0, vec![]);
            while rows < state.size
                && bytes < MOST_BYTES
                && let Some(batches) = &mut state.batches
            {
                match batches.try_next().await? {
                    Some(batch) => {
                        rows += batch.num_rows();
                        bytes += batch.get_array_memory_size();
                        pages.push(batch);
                    }
                    None => state.batches = None,
                }
            }
            if pages.is_empty() {
                return Ok(None);
            }
            state.size = rows.saturating_mul(2).clamp(1, target);
            Ok(Some((concat_batches(&schema, &pages)?, state)))
        }
    })
}
