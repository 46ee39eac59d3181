//! The leaf of every plan: a [`ScanSpec`] as a DataFusion operator. It sends nothing before its first poll, is one
//! partition (a chain of pages has one order), and stops when its stream is dropped.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt, stream};

use super::choice::{Candidate, Price};
use super::environment::Environment;
use super::error::ScanError;
use super::explain;
use super::metrics::ScanMetrics;
use super::run::{self, Batches, Purpose};
use super::spec::ScanSpec;

/// Reads one table by one access path.
#[derive(Debug, Clone)]
pub struct RestScanExec {
    env: Arc<Environment>,
    spec: ScanSpec,
    price: Price,
    alternatives: String,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RestScanExec {
    /// The operator for the chosen candidate; `others` are shown by EXPLAIN VERBOSE.
    ///
    /// # Errors
    /// When the spec's table is unknown.
    pub fn new(env: Arc<Environment>, chosen: &Candidate, others: &[Candidate]) -> Result<Self, ScanError> {
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
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// What it runs in.
    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.env
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
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
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
        let mut limited = self.clone();
        limited.spec.limit = match (self.spec.limit, limit) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Some(Arc::new(limited))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = Arc::new(ScanMetrics::new(&self.metrics, partition));
        let batches = run::open(&self.env, &self.spec, &metrics, Purpose::Rows)?;
        let target = context.session_config().batch_size();
        let stream =
            coalesced(self.schema(), batches, target).inspect_ok(move |b| metrics.output.add(b.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream)))
    }
}

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
            let (mut rows, mut pages) = (0, vec![]);
            while rows < state.size
                && let Some(batches) = &mut state.batches
            {
                match batches.try_next().await? {
                    Some(batch) => {
                        rows += batch.num_rows();
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
