//! Runs a [`ScanSpec`]: pages are fetched inside the request budget and decoded as they come. Everything is a stream
//! that does nothing until it is polled, holds at most one page a running chain, and stops when it is dropped.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::dedupe::Seen;
use super::environment::Environment;
use super::error::ScanError;
use super::metrics::ScanMetrics;
use super::paging::{Cursor, Next};
use super::request::RequestBuilder;
use super::site::Site;
use super::spec::{Keys, ScanSpec};
use crate::connection::OnParentError;
use crate::decode::{DecodeError, Incomplete, Layout, Page};
use crate::http::BadBody;
use crate::schema::{AccessPath, Paging, Source, Table};

/// Batches of a scan.
pub(super) type Batches = BoxStream<'static, Result<RecordBatch, ScanError>>;

/// Opens a scan. Nothing is sent before the stream is polled.
pub(super) fn open(
    env: &Arc<Environment>,
    spec: &ScanSpec,
    metrics: &Arc<ScanMetrics>,
) -> Result<Batches, ScanError> {
    let table = env.table_of(spec)?;
    let wanted = column_indexes(&table, spec);
    let path = path_named(&table, spec)?;
    let repeats = may_repeat(&table, path, spec);
    let mut columns = wanted.clone();
    if repeats {
        columns.extend(table.key.iter().filter(|k| !wanted.contains(k)));
    }
    let reader = Arc::new(Reader::new(
        env,
        &table,
        path,
        &columns,
        &key_constant(&table, path, &columns),
        spec,
        metrics,
    )?);
    let keys_at = table.key.iter().filter_map(|k| columns.iter().position(|c| c == k)).collect();
    let mut seen = match repeats {
        true => Some(Seen::new(&reader.layout.schema(), keys_at).map_err(|e| arrow(&table, e))?),
        false => None,
    };
    let rows = rows(env, &reader, spec)?;
    let metrics = Arc::clone(metrics);
    let report = Arc::clone(&env.report);
    let width = wanted.len();
    let mut left = spec.limit.unwrap_or(usize::MAX);
    let batches = rows.map(move |batch| {
        let mut batch = batch?;
        report.rows(batch.num_rows());
        metrics.decoded.add(batch.num_rows());
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

/// The path that the spec names.
pub(super) fn path_named<'a>(table: &'a Table, spec: &ScanSpec) -> Result<&'a AccessPath, ScanError> {
    table
        .path(&spec.path)
        .ok_or_else(|| ScanError::Path { table: spec.table.clone(), path: spec.path.clone() })
}

/// The indexes of the spec's columns; unknown ones were refused when it was planned.
pub(super) fn column_indexes(table: &Table, spec: &ScanSpec) -> Vec<usize> {
    spec.columns.iter().filter_map(|name| table.arrow.index_of(name).ok()).collect()
}

/// Can the pages of this scan name a row twice? Not where everything comes at once, nor where each of a set of keys
/// is asked for once. A list that is cut short may be read anew page by page, and from its start where it shrinks.
fn may_repeat(table: &Table, path: &AccessPath, spec: &ScanSpec) -> bool {
    let pages = |path: &AccessPath| path.paging != Paging::Single;
    let keys_repeat = matches!(&spec.keys, Some(Keys::Given { values, .. }) if values.len() > 1);
    keys_repeat || pages(path) || path.complete.as_ref().is_some_and(|c| pages(&table.paths[c.otherwise]))
}

/// Columns that a path by single keys takes from the key that it asks.
fn key_constant(table: &Table, path: &AccessPath, columns: &[usize]) -> Vec<usize> {
    let asked = |c: &usize| match &path.needs {
        Some(needs) if needs.batch == 1 => {
            needs.columns[0] == *c && table.columns[*c].source == Source::Outer
        }
        _ => false,
    };
    columns.iter().filter(|c| **c < table.columns.len()).filter(|c| asked(c)).copied().collect()
}

/// What a chain of pages yields.
enum Item {
    Rows(RecordBatch),
    /// A record whose list was cut short: its rows must be read from the path that lists them all.
    Incomplete(Incomplete),
    /// Records that came back for a request by keys.
    Answered {
        asked: usize,
        records: usize,
    },
}

/// One access path of a table, ready to send requests.
struct Reader {
    table: Arc<Table>,
    layout: Layout,
    requests: RequestBuilder,
    /// The same without pushed JQL, should the site refuse that.
    unrestricted: Option<RequestBuilder>,
    jql: Vec<String>,
    page: Cursor,
    batch: usize,
    address: String,
    site: Arc<Site>,
    env: Arc<Environment>,
    metrics: Arc<ScanMetrics>,
    is_feed: bool,
    /// A column takes its value from the one key that a request asks for.
    key_is_column: bool,
}

impl Reader {
    fn new(
        env: &Arc<Environment>,
        table: &Arc<Table>,
        path: &AccessPath,
        columns: &[usize],
        constants: &[usize],
        spec: &ScanSpec,
        metrics: &Arc<ScanMetrics>,
    ) -> Result<Self, ScanError> {
        let layout = Layout::new(table, path, columns, constants)
            .map_err(|source| ScanError::Layout { table: table.name.name.clone(), source })?;
        // A limit makes the pages smaller where nothing behind the scan needs more rows than it.
        let size = spec.limit.map_or(path.page_size, |limit| path.page_size.min(limit.max(1)));
        let size = if path.paging == Paging::BareArray { path.page_size } else { size };
        Ok(Self {
            layout,
            requests: RequestBuilder::new(table, path, columns, &spec.jql),
            unrestricted: (!spec.jql.is_empty()).then(|| RequestBuilder::new(table, path, columns, &[])),
            jql: spec.jql.clone(),
            page: Cursor::start(path.paging, size),
            batch: path.needs.as_ref().map_or(1, |n| n.batch),
            address: format!("{} {}", path.method, path.address),
            site: env.site(&spec.connection)?,
            env: Arc::clone(env),
            metrics: Arc::clone(metrics),
            is_feed: path.paging == Paging::SinceUntil,
            key_is_column: !key_constant(table, path, columns).is_empty(),
            table: Arc::clone(table),
        })
    }

    /// All pages for these keys, one after the other.
    fn chain(
        self: &Arc<Self>,
        keys: Vec<String>,
        constants: Vec<String>,
    ) -> BoxStream<'static, Result<Item, ScanError>> {
        let start = (Arc::clone(self), keys, constants, Some(self.page.clone()));
        stream::try_unfold(start, |(me, keys, constants, cursor)| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let Some((page, next)) = me.page(&keys, &constants, cursor).await? else { return Ok(None) };
            let mut items = vec![
                Ok(Item::Answered { asked: keys.len(), records: page.records }),
                Ok(Item::Rows(page.batch)),
            ];
            items.extend(page.incomplete.into_iter().map(|i| Ok(Item::Incomplete(i))));
            Ok::<_, ScanError>(Some((stream::iter(items), (me, keys, constants, next))))
        })
        .try_flatten()
        .boxed()
    }

    /// One page and what follows it; nothing where a key can't have rows.
    async fn page(
        &self,
        keys: &[String],
        constants: &[String],
        cursor: Cursor,
    ) -> Result<Option<(Page, Option<Cursor>)>, ScanError> {
        self.site.account().await.map_err(|e| self.http(e))?;
        let page = match self.fetch(&self.requests, keys, constants, &cursor).await {
            Err(ScanError::Http { source, .. }) if source.status() == Some(400) && cursor.is_start() => {
                let Some(unrestricted) = &self.unrestricted else { return Err(self.http(source)) };
                let page = self.fetch(unrestricted, keys, constants, &cursor).await?;
                let said = source.server_messages().join(" ");
                self.env.report.note(
                    format!("the site refused `{}` ({said}); read without it", self.jql.join(" AND ")),
                    1,
                );
                page
            }
            page => page?,
        };
        let Some(page) = page else { return Ok(None) };
        self.metrics.pages.add(1);
        if page.field_errors > 0 {
            self.metrics.field_errors.add(page.field_errors);
            let text = format!(
                "{{n}} values in `{}` do not fit their column and are NULL; column FieldErrors has them",
                self.table.name.name
            );
            self.env.report.warn(text, page.field_errors);
        }
        for message in &page.end.warning_messages {
            self.env.report.warn(format!("table `{}`: the site warns: {message}", self.table.name.name), 1);
        }
        let next = cursor.next(&page.end, page.records).map_err(|source| ScanError::Paging {
            table: self.table.name.name.clone(),
            address: self.address.clone(),
            source,
        })?;
        let next = match next {
            Next::Page(cursor) => Some(cursor),
            Next::End => {
                self.note_feed_end(&page);
                None
            }
        };
        Ok(Some((page, next)))
    }

    /// A change feed is complete up to its last minute: says as of when.
    fn note_feed_end(&self, page: &Page) {
        if self.is_feed
            && let Some(until) = page.end.until
            && let Some(at) = chrono::DateTime::from_timestamp_millis(until)
        {
            let name = &self.table.name.name;
            self.env
                .report
                .note(format!("`{name}` is complete as of {}", at.format("%Y-%m-%dT%H:%M:%SZ")), 1);
        }
    }

    async fn fetch(
        &self,
        requests: &RequestBuilder,
        keys: &[String],
        constants: &[String],
        cursor: &Cursor,
    ) -> Result<Option<Page>, ScanError> {
        let Some(request) = requests.build(keys, cursor) else { return Ok(None) };
        let constants: Vec<&str> = constants.iter().map(String::as_str).collect();
        let decode = |body: &[u8]| match self.layout.decode(body, &constants) {
            // Half an answer or none: the client tries again.
            Err(e @ (DecodeError::NotJson { .. } | DecodeError::Utf8 { .. })) => {
                Err(BadBody { message: e.to_string() })
            }
            decoded => Ok(decoded),
        };
        let answer = self.site.client().send_with(&request, &self.metrics.tally, decode).await;
        self.metrics.sync();
        answer.map_err(|e| self.http(e))?.map(Some).map_err(|source| ScanError::Decode {
            table: self.table.name.name.clone(),
            address: self.address.clone(),
            source,
        })
    }

    fn http(&self, source: crate::http::HttpError) -> ScanError {
        ScanError::Http { table: self.table.name.name.clone(), source }
    }
}

/// The rows of a scan, from all its chains.
fn rows(env: &Arc<Environment>, reader: &Arc<Reader>, spec: &ScanSpec) -> Result<Batches, ScanError> {
    let concurrency = reader.site.client().concurrency();
    let from_elsewhere = matches!(spec.keys, Some(Keys::From { .. }));
    let items = match &spec.keys {
        None => reader.chain(vec![], vec![]),
        Some(Keys::Given { values, .. }) => {
            let batches: Vec<_> = values.chunks(reader.batch).map(<[String]>::to_vec).map(Ok).collect();
            by_keys(reader, stream::iter(batches).boxed(), concurrency)
        }
        Some(Keys::From { scan, .. }) => {
            let batches = key_batches(open(env, scan, &reader.metrics)?, reader.batch);
            by_keys(reader, batches, concurrency)
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
        Ok(Item::Answered { asked, records }) => {
            if from_elsewhere && records < asked {
                let name = &reader.table.name.name;
                let text = format!(
                    "{{n}} keys that were listed for `{name}` had no record any more when they were read"
                );
                reader.env.report.note(text, asked - records);
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
    batches: BoxStream<'static, Result<Vec<String>, ScanError>>,
    concurrency: usize,
) -> BoxStream<'static, Result<Item, ScanError>> {
    let reader = Arc::clone(reader);
    batches
        .map(move |keys| match keys {
            Ok(keys) => {
                let key = keys.first().filter(|_| reader.key_is_column);
                let constants =
                    key.map(|k| serde_json::Value::from(k.as_str()).to_string()).into_iter().collect();
                reader.chain(keys, constants)
            }
            Err(e) => stream::iter([Err(e)]).boxed(),
        })
        .flatten_unordered(concurrency)
        .boxed()
}

/// The keys of another scan's only column, in lists of up to `size`.
fn key_batches(scan: Batches, size: usize) -> BoxStream<'static, Result<Vec<String>, ScanError>> {
    struct State {
        scan: Option<Batches>,
        waiting: Vec<String>,
    }
    let state = State { scan: Some(scan), waiting: vec![] };
    stream::try_unfold(state, move |mut state| async move {
        while state.waiting.len() < size
            && let Some(scan) = &mut state.scan
        {
            match scan.try_next().await? {
                Some(batch) => state.waiting.extend(texts(batch.column(0).as_ref())),
                None => state.scan = None,
            }
        }
        let rest = state.waiting.split_off(state.waiting.len().min(size));
        let keys = std::mem::replace(&mut state.waiting, rest);
        Ok((!keys.is_empty()).then_some((keys, state)))
    })
    .boxed()
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

/// Reads the whole list of a record whose own list was cut short.
struct Rest {
    reader: Arc<Reader>,
    /// The columns that the record around the list supplies, as constants.
    constants: Vec<usize>,
    key: usize,
}

fn rest_reader(
    env: &Arc<Environment>,
    embedded: &Arc<Reader>,
    spec: &ScanSpec,
) -> Result<Option<Rest>, ScanError> {
    let table = &embedded.table;
    let Some(complete) = &path_named(table, spec)?.complete else { return Ok(None) };
    let columns: Vec<usize> = embedded
        .layout
        .schema()
        .fields()
        .iter()
        .filter_map(|f| table.arrow.index_of(f.name()).ok())
        .collect();
    let in_record =
        |c: &usize| *c == table.columns.len() || matches!(table.columns[*c].source, Source::Record(_));
    let constants: Vec<usize> = columns.iter().filter(|c| !in_record(c)).copied().collect();
    let path = &table.paths[complete.otherwise];
    let spec = ScanSpec { limit: None, keys: None, jql: vec![], ..spec.clone() };
    let reader = Reader::new(env, table, path, &columns, &constants, &spec, &embedded.metrics)?;
    Ok(Some(Rest { reader: Arc::new(reader), constants, key: complete.column }))
}

impl Rest {
    fn read(&self, embedded: &Arc<Reader>, record: &Incomplete) -> Batches {
        let raw =
            |column: usize| record.outer.iter().find(|(c, _)| *c == column).and_then(|(_, raw)| raw.clone());
        let constants = self.constants.iter().map(|c| raw(*c).unwrap_or_else(|| "null".to_owned())).collect();
        let Some(key) = raw(self.key).map(|raw| raw.trim_matches('"').to_owned()) else {
            let (table, address) = (embedded.table.name.name.clone(), embedded.address.clone());
            return stream::iter([Err(ScanError::NoKey { table, address })]).boxed();
        };
        let chain = self.reader.chain(vec![key.clone()], constants);
        let embedded = Arc::clone(embedded);
        let warn = self.reader.site.connection().on_parent_error == OnParentError::Warn;
        chain
            .then(move |item| {
                let (embedded, key) = (Arc::clone(&embedded), key.clone());
                async move {
                    match item {
                        Ok(Item::Rows(batch)) => Ok(Some(batch)),
                        Ok(_) => Ok(None),
                        Err(e) if embedded.vanished(&e, &key).await? => Ok(None),
                        Err(e) if warn => {
                            embedded.env.report.warn(format!("parent `{key}` was left out: {e}"), 1);
                            Ok(None)
                        }
                        Err(e) => Err(e),
                    }
                }
            })
            .try_filter_map(|batch| async move { Ok(batch) })
            .boxed()
    }
}

impl Reader {
    /// Did the record of this key disappear while the scan ran? A 404 alone does not say so (it may be a right that is
    /// missing, or a proxy): the record must be gone from where it was found, too.
    async fn vanished(&self, error: &ScanError, key: &str) -> Result<bool, ScanError> {
        match error {
            ScanError::Http { source, .. } if source.status() == Some(404) => {}
            _ => return Ok(false),
        }
        let keys = [key.to_owned()];
        let again = self.fetch(&self.requests, &keys, &[], &self.page).await?;
        let gone = again.is_none_or(|page| page.records == 0);
        if gone {
            let text =
                format!("{{n}} parents of `{}` were deleted while they were read", self.table.name.name);
            self.env.report.note(text, 1);
        }
        Ok(gone)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;
    use crate::schema::Library;

    fn repeats(table: &str, path: &str, keys: Option<Keys>) -> bool {
        let table = Library::built_in().table("jira", "public", table).unwrap().unwrap();
        let spec = ScanSpec {
            connection: "jira".to_owned(),
            schema: "public".to_owned(),
            table: table.name.name.clone(),
            path: path.to_owned(),
            columns: vec![],
            jql: vec![],
            keys,
            limit: None,
        };
        may_repeat(&table, path_named(&table, &spec).unwrap(), &spec)
    }

    fn given(values: &[&str]) -> Option<Keys> {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        Some(Keys::Given { column: "IssueId".to_owned(), values })
    }

    #[test]
    fn a_list_that_is_completed_page_by_page_may_repeat_its_keys() {
        for table in ["Comments", "Worklogs"] {
            assert!(repeats(table, "embedded", given(&["1"])), "{table}");
            assert!(repeats(table, "of one issue", given(&["1"])), "{table}");
        }
    }

    #[test]
    fn what_comes_whole_for_each_key_does_not_repeat() {
        assert!(!repeats("Worklogs", "list", given(&["1"])));
        assert!(!repeats("Fields", "list", None));
        assert!(!repeats("Issues", "bulkfetch", given(&["1"])));
        assert!(repeats("Issues", "bulkfetch", given(&["1", "2"])));
    }
}
