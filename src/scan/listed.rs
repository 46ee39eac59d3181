//! Rows whose parents may be listed nowhere: what Jira gives by the ids of the rows themselves it gives for issues of
//! archived projects too, which no search finds. They are rows of no table, however they were asked for.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::choice::{Wanted, lists};
use super::environment::Environment;
use super::error::ScanError;
use super::keys::{optional_texts, texts};
use super::metrics::ScanMetrics;
use super::run::{self, Batches, Purpose};
use super::spec::{Keys, ScanSpec};
use crate::pushdown::Pushed;
use crate::schema::{AccessPath, Table};

/// Asks which parents of rows are listed.
pub(super) struct Listing {
    env: Arc<Environment>,
    metrics: Arc<ScanMetrics>,
    /// The table of the rows.
    table: String,
    /// Gives the keys that it is asked for, as far as they are listed.
    scan: ScanSpec,
    /// Where the batches have the parent's key.
    place: usize,
    known: HashMap<String, bool>,
}

/// The column by which the rows of a path are checked, where the keys that it is asked for don't say enough.
pub(super) fn checked_column(path: &AccessPath) -> Option<usize> {
    let listed = path.listed.as_ref()?;
    let is_key = path.needs.as_ref().is_some_and(|needs| needs.columns.contains(&listed.column));
    (!is_key).then_some(listed.column)
}

impl Listing {
    /// For batches with these columns; none where their rows need no check.
    pub(super) fn of(
        env: &Arc<Environment>,
        table: &Table,
        columns: &[usize],
        spec: &ScanSpec,
        metrics: &Arc<ScanMetrics>,
    ) -> Result<Option<Self>, ScanError> {
        let path = spec.path_in(table)?;
        let place = checked_column(path).and_then(|column| columns.iter().position(|c| *c == column));
        let Some((listed, place)) = path.listed.as_ref().zip(place) else { return Ok(None) };
        let (connection, deployment) = (spec.connection.as_str(), spec.deployment);
        let find = |name: &str| env.table(connection, deployment, &spec.schema, name).ok();
        let parent = env.table(connection, deployment, &spec.schema, &listed.by.table)?;
        let missing =
            || ScanError::Column { table: listed.by.table.clone(), column: listed.by.column.clone() };
        let key = parent.column(&listed.by.column).ok_or_else(missing)?;
        let mut pushed = Pushed::default();
        pushed.restrict(key, vec![String::new()]);
        let wanted = Wanted {
            connection,
            deployment,
            columns: &[key],
            within: None,
            pushed: &pushed,
            limit: None,
            concurrency: 1,
        };
        let by_key = lists(&parent, &wanted, &find).map(|best| best.scan);
        let scan = by_key.filter(|scan| matches!(scan.keys, Some(Keys::Given { .. }))).ok_or_else(missing)?;
        let (env, metrics) = (Arc::clone(env), Arc::clone(metrics));
        let table = table.name.name.clone();
        Ok(Some(Self { env, metrics, table, scan, place, known: HashMap::new() }))
    }

    /// The rows whose parents are listed.
    pub(super) fn rows(self, batches: Batches) -> Batches {
        stream::try_unfold((self, batches), |(mut listing, mut batches)| async move {
            let Some(batch) = batches.try_next().await? else { return Ok(None) };
            Ok(Some((listing.rows_of(&batch).await?, (listing, batches))))
        })
        .boxed()
    }

    async fn rows_of(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ScanError> {
        let parents = optional_texts(batch.column(self.place).as_ref());
        self.ask(parents.iter().flatten()).await?;
        // A row that does not say whose it is can't be known to be nobody's.
        let is_kept = |parent: &Option<String>| {
            parent.as_ref().is_none_or(|key| self.known.get(key).copied().unwrap_or(false))
        };
        let kept: BooleanArray = parents.iter().map(|parent| Some(is_kept(parent))).collect();
        let left_out = kept.false_count();
        if left_out > 0 {
            let (table, parent) = (&self.table, &self.scan.table);
            let text = format!(
                "{{n}} rows that were asked for by id are left out of `{table}`: what they belong to is in no list of `{parent}`, as if it were archived"
            );
            self.env.report.note(text, left_out);
        }
        filter_record_batch(batch, &kept)
            .map_err(|source| ScanError::Arrow { table: self.scan.table.clone(), source })
    }

    async fn ask(&mut self, keys: impl Iterator<Item = &String>) -> Result<(), ScanError> {
        let mut unknown: Vec<String> = keys.filter(|key| !self.known.contains_key(*key)).cloned().collect();
        unknown.sort_unstable();
        unknown.dedup();
        let Some(Keys::Given { column, .. }) = &self.scan.keys else { return Ok(()) };
        if unknown.is_empty() {
            return Ok(());
        }
        let keys = Keys::Given { column: column.clone(), values: unknown.clone(), with: vec![] };
        let scan = ScanSpec { keys: Some(keys), ..self.scan.clone() };
        self.known.extend(unknown.into_iter().map(|key| (key, false)));
        let mut listed = run::open(&self.env, &scan, &self.metrics, Purpose::Keys)?;
        while let Some(batch) = listed.try_next().await? {
            self.known.extend(texts(batch.column(0).as_ref()).into_iter().map(|key| (key, true)));
        }
        Ok(())
    }
}
