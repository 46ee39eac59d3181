//! Runs a [`ScanSpec`]: pages are fetched inside the request budget and decoded as they come. Everything is a stream
//! that does nothing until it is polled, holds at most one page a running chain, and stops when it is dropped.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryFutureExt, TryStreamExt};

use super::dedupe::Seen;
use super::environment::Environment;
use super::error::ScanError;
use super::keys::{Wanted, first_page, key_batches};
use super::listed::Listing;
use super::metrics::ScanMetrics;
use super::parents::Parents;
use super::reader::{FirstPage, Item, Reader, key_constants};
use super::rest::rest_reader;
use super::spec::{Keys, ScanSpec};
use crate::http::encode_segment;
use crate::schema::Table;

/// Batches of a scan.
pub(super) type Batches = BoxStream<'static, Result<RecordBatch, ScanError>>;

/// What the rows of a scan are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are the rows that the query reads.
    Rows,
    /// They only lead to such rows, so they don't count as any.
    Keys,
}

/// Opens a scan. Nothing is sent before the stream is polled.
pub(super) fn open(
    env: &Arc<Environment>,
    spec: &ScanSpec,
    metrics: &Arc<ScanMetrics>,
    purpose: Purpose,
) -> Result<Batches, ScanError> {
    let table = env.table_of(spec)?;
    let wanted = spec.columns_in(&table)?;
    let path = spec.path_in(&table)?;
    let columns = spec.columns_read(&table)?;
    let constants: Vec<usize> =
        key_constants(&table, path, &columns).into_iter().map(|(column, _)| column).collect();
    let reader = Arc::new(Reader::new(env, &table, path, &columns, &constants, spec, metrics)?);
    let keys_at = table.key.iter().filter_map(|k| columns.iter().position(|c| c == k)).collect();
    let mut seen = match spec.may_repeat(&table)? {
        true => Some(Seen::new(&reader.layout.schema(), keys_at).map_err(|e| arrow(&table, e))?),
        false => None,
    };
    let rows = rows(env, &reader, spec)?;
    let rows = match Listing::of(env, &table, &columns, spec, metrics)? {
        Some(listing) => listing.rows(rows),
        None => rows,
    };
    let metrics = Arc::clone(metrics);
    let report = Arc::clone(&env.report);
    let width = wanted.len();
    let mut left = spec.limit.unwrap_or(usize::MAX);
    let batches = rows.map(move |batch| {
        let mut batch = batch?;
        if purpose == Purpose::Rows {
            report.rows(batch.num_rows());
            metrics.decoded.add(batch.num_rows());
        }
        if let Some(seen) = &mut seen {
            let all = batch.num_rows();
            batch = seen.fresh(&batch).map_err(|e| arrow(&table, e))?;
            metrics.duplicates.add(all - batch.num_rows());
            if all > batch.num_rows() {
                report.note(
                    format!("duplicates_dropped={{n}} in `{}`: keys that pages repeated", table.name.name),
                    all - batch.num_rows(),
                );
            }
        }
        batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema =
            Arc::new(batch.schema().project(&(0..width).collect::<Vec<_>>()).map_err(|e| arrow(&table, e))?);
        let batch = RecordBatch::try_new_with_options(schema, batch.columns()[..width].to_vec(), &options)
            .map_err(|e| arrow(&table, e))?;
        Ok((batch, left))
    });
    Ok(until_limit(batches.boxed()))
}

/// Ends right after the batch that reaches the limit, without polling for another page.
fn until_limit(batches: BoxStream<'static, Result<(RecordBatch, usize), ScanError>>) -> Batches {
    stream::try_unfold(Some(batches), |batches| async move {
        let Some(mut batches) = batches else { return Ok(None) };
        loop {
            match batches.try_next().await? {
                None => return Ok(None),
                Some((batch, 0)) => return Ok(Some((batch, None))),
                Some((batch, _)) if batch.num_rows() == 0 => {}
                Some((batch, _)) => return Ok(Some((batch, Some(batches)))),
            }
        }
    })
    .boxed()
}

fn arrow(table: &Table, source: datafusion::arrow::error::ArrowError) -> ScanError {
    ScanError::Arrow { table: table.name.name.clone(), source }
}

/// The rows of a scan, from all its chains.
fn rows(env: &Arc<Environment>, reader: &Arc<Reader>, spec: &ScanSpec) -> Result<Batches, ScanError> {
    let from_elsewhere = matches!(spec.keys, Some(Keys::From { .. }));
    let allowed = reader.site.client().concurrency();
    // More requests at once than the limit can need would be for nothing.
    let concurrency = spec.limit.map_or(allowed, |limit| allowed.min(limit.div_ceil(reader.block()).max(1)));
    let items = match &spec.keys {
        None => reader.chain(vec![], vec![]),
        Some(Keys::Given { values, with, .. }) => {
            // What can't stand in an address names no record.
            let values: Vec<_> = values.iter().filter(|v| encode_segment(v).is_some()).cloned().collect();
            let batches = values.chunks(reader.block()).map(<[String]>::to_vec).collect();
            let batches = with.iter().fold(batches, |keys: Vec<Vec<String>>, along| {
                let each = keys
                    .iter()
                    .flat_map(|key| along.iter().map(move |v| [&key[..], std::slice::from_ref(v)].concat()));
                each.collect()
            });
            by_keys(reader, spec, stream::iter(batches.into_iter().map(Ok)).boxed(), concurrency)
        }
        Some(Keys::From { scan, only, first, .. }) => {
            let (env, by, spec, scan, only) =
                (Arc::clone(env), Arc::clone(reader), spec.clone(), scan.as_ref().clone(), only.clone());
            let by_listed = move |scan: ScanSpec, seen: HashSet<String>| {
                let keys = open(&env, &scan, &by.metrics, Purpose::Keys)?;
                let only = only.into_iter().map(|values| values.into_iter().collect()).collect();
                let wanted = Wanted { only, seen, is_for_all: spec.limit.is_none() };
                let block = Arc::clone(&by);
                let keys = key_batches(keys, move || block.block(), wanted);
                Ok::<_, ScanError>(by_keys(&by, &spec, keys, concurrency))
            };
            match first {
                None => by_listed(scan, HashSet::new())?,
                Some(first) => {
                    let first = first_page(
                        Arc::clone(&reader.env),
                        first.as_ref().clone(),
                        Arc::clone(&reader.metrics),
                    );
                    let all = first.and_then(move |(FirstPage { items, is_all, kept }, seen)| async move {
                        let jql = kept.unwrap_or_else(|| scan.jql.clone());
                        let rest = match is_all {
                            true => stream::empty().boxed(),
                            // What was refused for the first page would be refused again.
                            false => by_listed(ScanSpec { jql, ..scan }, seen)?,
                        };
                        Ok(stream::iter(items.into_iter().map(Ok)).chain(rest))
                    });
                    stream::once(all).try_flatten().boxed()
                }
            }
        }
    };
    let rest = rest_reader(env, reader, spec)?;
    let has_more_streams = rest.is_some();
    let reader = Arc::clone(reader);
    let rows = items.map(move |item| match item {
        Ok(Item::Rows(batch)) => stream::iter([Ok(batch)]).boxed(),
        Ok(Item::Incomplete(record)) => match &rest {
            Some(rest) => rest.read(&reader, &record),
            None => stream::empty().boxed(),
        },
        Ok(Item::Missing(missing)) => {
            if from_elsewhere && missing > 0 {
                let name = &reader.table.name.name;
                let text = format!(
                    "{{n}} keys that were listed for `{name}` had no record any more when they were read"
                );
                reader.env.report.note(text, missing);
            }
            stream::empty().boxed()
        }
        Err(e) => stream::iter([Err(e)]).boxed(),
    });
    Ok(match has_more_streams {
        true => rows.flatten_unordered(concurrency).boxed(),
        // Reading on while a page waits to be taken would ask for a page behind a LIMIT.
        false => rows.flatten().boxed(),
    })
}

fn by_keys(
    reader: &Arc<Reader>,
    spec: &ScanSpec,
    batches: BoxStream<'static, Result<Vec<String>, ScanError>>,
    concurrency: usize,
) -> BoxStream<'static, Result<Item, ScanError>> {
    let parents = (reader.batch == 1).then(|| Parents::of(reader, spec));
    let reader = Arc::clone(reader);
    let chains = batches.map(move |keys| match (keys, &parents) {
        (Err(e), _) => stream::iter([Err(e)]).boxed(),
        (Ok(keys), None) => reader.chain(keys, vec![]),
        (Ok(keys), Some(parents)) => {
            let asked = reader.asked.iter().filter_map(|place| keys.get(*place));
            let constants = asked.map(|key| serde_json::Value::from(key.as_str()).to_string()).collect();
            parents.rows(keys, constants)
        }
    });
    chains.flatten_unordered(concurrency).boxed()
}
