//! `COUNT(*)` as the service estimates it: one request in place of a scan, for a session that asks for it
//! (`SET jirrow.approximate_count = true`). Where the site refuses a condition, it is counted as it would have been.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt, stream};
use serde_json::Value;

use super::environment::Environment;
use super::error::ScanError;
use super::exec::RestScanExec;
use super::metrics::ScanMetrics;
use super::request;
use super::spec::ScanSpec;
use crate::http::{BadBody, Request};
use crate::schema::Path;

/// Asks for the number of a scan's rows.
#[derive(Debug)]
pub struct RestCountExec {
    env: Arc<Environment>,
    spec: ScanSpec,
    request: Request,
    value: Path,
    /// Counts the rows themselves.
    exact: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RestCountExec {
    /// The operator that gives each column of `exact`, which counts the scan's rows that pass the filters, the estimated
    /// number of them; none where the table has no estimate, a filter is not said in JQL as a whole, or the scan ends at
    /// a limit.
    ///
    /// # Errors
    /// When the scan's table is unknown.
    pub fn of(
        scan: &RestScanExec,
        filters: &[&Arc<dyn PhysicalExpr>],
        exact: &Arc<dyn ExecutionPlan>,
    ) -> Result<Option<Self>> {
        let (env, spec, question) = (scan.environment(), scan.spec(), scan.question());
        let table = env.table_of(spec)?;
        let counted = table.paths.iter().find_map(|path| Some((path, path.count.as_ref()?)));
        let is_said = filters.iter().all(|filter| question.said.contains(filter));
        let Some((path, count)) = counted.filter(|_| is_said && spec.limit.is_none()) else {
            return Ok(None);
        };
        let schema = exact.schema();
        let terms: Vec<String> = question.pushed.terms.iter().map(|term| term.jql.clone()).collect();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        Ok(Some(Self {
            env: Arc::clone(env),
            request: request::count(path, count, spec.within.as_deref(), &terms),
            value: count.value.clone(),
            exact: Arc::clone(exact),
            spec: spec.clone(),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }
}

impl DisplayAs for RestCountExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScanSpec { connection, schema, table, .. } = &self.spec;
        let Request { method, path, body, .. } = &self.request;
        write!(f, "RestCountExec: estimate of {connection}.{schema}.{table}: {method} {path}")?;
        match body {
            Some(body) => write!(f, " {body}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for RestCountExec {
    fn name(&self) -> &'static str {
        "RestCountExec"
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

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = ScanMetrics::new(&self.metrics, partition);
        let (env, spec) = (Arc::clone(&self.env), self.spec.clone());
        let (request, value, schema) = (self.request.clone(), self.value.clone(), self.schema());
        let exact = Arc::clone(&self.exact);
        let counted = async move {
            let rows = match estimate(&env, &spec, &request, &value, &metrics).await {
                Ok(rows) => rows,
                Err(ScanError::Http { source, .. }) if source.status() == Some(400) => {
                    return exact.execute(0, context);
                }
                Err(e) => return Err(e.into()),
            };
            metrics.output.add(1);
            let text = format!(
                "COUNT(*) of `{}` is the site's own estimate (`jirrow.approximate_count`)",
                spec.table
            );
            env.report.note(text, 1);
            let column = || Arc::new(Int64Array::from(vec![rows])) as ArrayRef;
            let columns = schema.fields().iter().map(|_| column()).collect();
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter([Ok(batch)]))) as _)
        };
        let rows = stream::once(counted).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

async fn estimate(
    env: &Environment,
    spec: &ScanSpec,
    request: &Request,
    value: &Path,
    metrics: &ScanMetrics,
) -> Result<i64, ScanError> {
    let site = env.site(&spec.connection)?;
    let http = |source| ScanError::Http { table: spec.table.clone(), source };
    // The answer to nobody in particular would be a smaller number.
    site.account().await.map_err(http)?;
    let read =
        |body: &[u8]| serde_json::from_slice::<Value>(body).map_err(|e| BadBody { message: e.to_string() });
    let answer = site.client().send_with(request, &metrics.tally, read).await;
    metrics.sync();
    let answer = answer.map_err(http)?;
    let member = value.iter().try_fold(&answer, |value, member| value.get(member.as_str()));
    member.and_then(Value::as_i64).ok_or_else(|| {
        http(site.client().other_shape(request, &format!("no number at `{}`", value.join("."))))
    })
}
