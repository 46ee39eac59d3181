//! The keys of a scan that come from another one.

use std::collections::HashSet;
use std::sync::Arc;
use std::task::Poll;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt, poll};

use super::environment::Environment;
use super::error::ScanError;
use super::metrics::ScanMetrics;
use super::reader::{FirstPage, Item, Reader};
use super::run::Batches;
use super::spec::ScanSpec;

/// The first page of a search whose rows are known by the table's key, and the keys of its rows: where it has all rows, no
/// key needs to be listed.
pub(super) async fn first_page(
    env: Arc<Environment>,
    spec: ScanSpec,
    metrics: Arc<ScanMetrics>,
) -> Result<(FirstPage, HashSet<String>), ScanError> {
    let table = env.table_of(&spec)?;
    let columns = spec.columns_read(&table)?;
    let reader = Reader::new(&env, &table, spec.path_in(&table)?, &columns, &[], &spec, &metrics)?;
    let page = Arc::new(reader).first_page(vec![]).await?;
    let place = columns.iter().position(|column| table.key.first() == Some(column));
    let keys = page.items.iter().flat_map(|item| match (item, place) {
        (Item::Rows(batch), Some(place)) => texts(batch.column(place).as_ref()),
        _ => vec![],
    });
    let keys = keys.collect();
    Ok((page, keys))
}

/// What is wanted of the keys that another scan lists.
pub(super) struct Wanted {
    /// By column of that scan: the only values that count; none where all do.
    pub(super) only: Vec<HashSet<String>>,
    /// Keys that are not asked for again.
    pub(super) seen: HashSet<String>,
    /// Are all of them going to be asked for? Then the next page comes while the keys of the last one are used.
    pub(super) is_for_all: bool,
}

/// The keys of another scan's only column, in lists of up to what `size` says then; or, where it has more columns, each
/// row's values.
pub(super) fn key_batches(
    scan: Batches,
    size: impl Fn() -> usize + Send + 'static,
    wanted: Wanted,
) -> BoxStream<'static, Result<Vec<String>, ScanError>> {
    let listed = Listed { scan: Some(scan), wanted, waiting: vec![], together: None, page: 0 };
    stream::try_unfold((listed, size), |(mut listed, size)| async move {
        while listed.waiting.len() < listed.together.unwrap_or_else(&size)
            && let Some(scan) = &mut listed.scan
        {
            let page = scan.try_next().await?;
            listed.take(page);
        }
        let number = listed.together.unwrap_or_else(&size);
        let rest = listed.waiting.split_off(listed.waiting.len().min(number));
        let keys = std::mem::replace(&mut listed.waiting, rest);
        if listed.wanted.is_for_all
            && listed.waiting.len() <= listed.page / 2
            && let Some(scan) = &mut listed.scan
            && let Poll::Ready(page) = poll!(scan.try_next())
        {
            listed.take(page?);
        }
        Ok((!keys.is_empty()).then_some((keys, (listed, size))))
    })
    .boxed()
}

/// Keys that were listed and not yet asked for.
struct Listed {
    scan: Option<Batches>,
    wanted: Wanted,
    /// Keys, one after the other, each with what goes along with it.
    waiting: Vec<String>,
    /// Keys with what goes along with each, where something does.
    together: Option<usize>,
    /// How many of them the last page had.
    page: usize,
}

impl Listed {
    /// A page of the scan; none where it has ended.
    fn take(&mut self, page: Option<RecordBatch>) {
        let before = self.waiting.len();
        match page {
            Some(page) if page.num_columns() == 1 => {
                let Wanted { only, seen, .. } = &self.wanted;
                let is_wanted = |key: &String| only.iter().all(|only| only.contains(key));
                let keys = texts(page.column(0).as_ref()).into_iter();
                self.waiting.extend(keys.filter(|key| is_wanted(key) && !seen.contains(key)));
            }
            Some(page) => {
                self.together = Some(page.num_columns());
                let is_wanted =
                    |(only, value): (&HashSet<String>, &String)| only.is_empty() || only.contains(value);
                let wanted = tuples(&page).filter(|key| self.wanted.only.iter().zip(key).all(is_wanted));
                self.waiting.extend(wanted.flatten());
            }
            None => self.scan = None,
        }
        self.page = self.waiting.len() - before;
    }
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
    optional_texts(column).into_iter().flatten().collect()
}

/// The values of a key column as text, one a row.
pub(super) fn optional_texts(column: &dyn Array) -> Vec<Option<String>> {
    match column.data_type() {
        DataType::Int64 => {
            column.as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v.to_string())).collect()
        }
        DataType::Utf8 => column.as_string::<i32>().iter().map(|v| v.map(str::to_owned)).collect(),
        _ => vec![],
    }
}
