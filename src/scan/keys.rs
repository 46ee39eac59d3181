//! The keys of a scan that come from another one.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::environment::Environment;
use super::error::ScanError;
use super::metrics::ScanMetrics;
use super::reader::{Item, Reader};
use super::run::Batches;
use super::spec::ScanSpec;

/// What the first page of a search has. Where it has all, no key needs to be listed.
pub(super) struct FirstPage {
    pub(super) items: Vec<Item>,
    /// No page follows.
    pub(super) is_all: bool,
    /// The keys of its rows.
    pub(super) keys: HashSet<String>,
}

/// Asks for the first page of a search whose rows are known by the table's key.
pub(super) async fn first_page(
    env: Arc<Environment>,
    spec: ScanSpec,
    metrics: Arc<ScanMetrics>,
) -> Result<FirstPage, ScanError> {
    let table = env.table_of(&spec)?;
    let columns = spec.columns_read(&table)?;
    let reader = Reader::new(&env, &table, spec.path_in(&table)?, &columns, &[], &spec, &metrics)?;
    let (items, is_all) = Arc::new(reader).first_page(vec![]).await?;
    let place = columns.iter().position(|column| table.key.first() == Some(column));
    let keys = items.iter().flat_map(|item| match (item, place) {
        (Item::Rows(batch), Some(place)) => texts(batch.column(place).as_ref()),
        _ => vec![],
    });
    Ok(FirstPage { keys: keys.collect(), items, is_all })
}

/// The keys of another scan's only column, in lists of up to what `size` says then and without those that were seen; or, where it has more
/// columns, each row's values.
pub(super) fn key_batches(
    scan: Batches,
    size: impl Fn() -> usize + Send + 'static,
    only: Vec<Vec<String>>,
    seen: HashSet<String>,
) -> BoxStream<'static, Result<Vec<String>, ScanError>> {
    struct State {
        scan: Option<Batches>,
        /// Keys, one after the other, each with what goes along with it.
        waiting: Vec<String>,
        /// Keys with what goes along with each, where something does.
        together: Option<usize>,
    }
    let state = State { scan: Some(scan), waiting: vec![], together: None };
    stream::try_unfold((state, size, only, seen), |(mut state, size, only, seen)| async move {
        while state.waiting.len() < state.together.unwrap_or_else(&size)
            && let Some(scan) = &mut state.scan
        {
            match scan.try_next().await? {
                Some(batch) if batch.num_columns() == 1 => {
                    let keys = texts(batch.column(0).as_ref()).into_iter();
                    state.waiting.extend(keys.filter(|key| !seen.contains(key)));
                }
                Some(batch) => {
                    state.together = Some(batch.num_columns());
                    let is_wanted =
                        |(only, value): (&Vec<String>, &String)| only.is_empty() || only.contains(value);
                    let wanted = tuples(&batch).filter(|key| only.iter().zip(key).all(is_wanted));
                    state.waiting.extend(wanted.flatten());
                }
                None => state.scan = None,
            }
        }
        let number = state.together.unwrap_or_else(&size);
        let rest = state.waiting.split_off(state.waiting.len().min(number));
        let keys = std::mem::replace(&mut state.waiting, rest);
        Ok((!keys.is_empty()).then_some((keys, (state, size, only, seen))))
    })
    .boxed()
}

/// The values of each row as text; rows with a NULL are left out.
pub(super) fn tuples(batch: &RecordBatch) -> impl Iterator<Item = Vec<String>> {
    let valid = |row: &usize| batch.columns().iter().all(|column| column.is_valid(*row));
    (0..batch.num_rows())
        .filter(valid)
        .map(|row| batch.columns().iter().flat_map(|column| texts(column.slice(row, 1).as_ref())).collect())
}

/// The values of a key column as text, NULLs left out.
pub(super) fn texts(column: &dyn Array) -> Vec<String> {
    match column.data_type() {
        DataType::Int64 => {
            column.as_primitive::<Int64Type>().iter().flatten().map(|v| v.to_string()).collect()
        }
        DataType::Utf8 => column.as_string::<i32>().iter().flatten().map(str::to_owned).collect(),
        _ => vec![],
    }
}
