//! One access path of a table, ready to send requests: chains of pages, decoded as they come. A page that fails is
//! tried again by the client; what it gives up on is an error here, never an end.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::environment::Environment;
use super::error::ScanError;
use super::metrics::ScanMetrics;
use super::paging::{Cursor, Next};
use super::request::RequestBuilder;
use super::site::Site;
use super::spec::ScanSpec;
use crate::decode::{DecodeError, Incomplete, Layout, Page};
use crate::http::{BadBody, HttpError};
use crate::schema::{AccessPath, Paging, Source, Table};

/// What a chain of pages yields.
pub(super) enum Item {
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
pub(super) struct Reader {
    pub(super) table: Arc<Table>,
    pub(super) layout: Layout,
    pub(super) requests: RequestBuilder,
    /// The same without pushed JQL, should the site refuse that.
    pub(super) unrestricted: Option<RequestBuilder>,
    pub(super) jql: Vec<String>,
    pub(super) page: Cursor,
    pub(super) batch: usize,
    pub(super) address: String,
    pub(super) site: Arc<Site>,
    pub(super) env: Arc<Environment>,
    pub(super) metrics: Arc<ScanMetrics>,
    pub(super) is_feed: bool,
    /// A column takes its value from the one key that a request asks for.
    pub(super) key_is_column: bool,
}

impl Reader {
    pub(super) fn new(
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
    pub(super) fn chain(
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

    fn http(&self, source: HttpError) -> ScanError {
        ScanError::Http { table: self.table.name.name.clone(), source }
    }
}

impl Reader {
    /// Did the record of this key disappear while the scan ran? A 404 alone does not say so (it may be a right that is
    /// missing, or a proxy): the record must be gone from where it was found, too.
    pub(super) async fn vanished(&self, error: &ScanError, key: &str) -> Result<bool, ScanError> {
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

/// Columns that a path by single keys takes from the key that it asks.
pub(super) fn key_constant(table: &Table, path: &AccessPath, columns: &[usize]) -> Vec<usize> {
    let asked = |c: &usize| match &path.needs {
        Some(needs) if needs.batch == 1 => {
            needs.columns[0] == *c && table.columns[*c].source == Source::Outer
        }
        _ => false,
    };
    columns.iter().filter(|c| **c < table.columns.len()).filter(|c| asked(c)).copied().collect()
}
