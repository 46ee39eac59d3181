//! One access path of a table, ready to send requests: chains of pages, decoded as they come. A page that fails is
//! tried again by the client; what it gives up on is an error here, never an end.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::blocks::Larger;
use super::environment::Environment;
use super::error::ScanError;
use super::metrics::ScanMetrics;
use super::paging::{Cursor, Next, PagingError};
use super::refusable::Refusable;
use super::request::RequestBuilder;
use super::site::Site;
use super::spec::ScanSpec;
use crate::decode::{DecodeError, Incomplete, Layout, Page};
use crate::http::{BadBody, HttpError};
use crate::schema::{AccessPath, Destination, NoRows, Paging, Source, Table};

/// Times that a refused record is asked for alone.
const REFUSALS: usize = 4;

/// What a chain of pages yields.
pub(super) enum Item {
    Rows(RecordBatch),
    /// A record whose list was cut short: its rows must be read from the path that lists them all.
    Incomplete(Incomplete),
    /// Keys that were asked for and had no record.
    Missing(usize),
}

impl Item {
    fn of(page: Page) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Rows(page.batch)).chain(page.incomplete.into_iter().map(Self::Incomplete))
    }
}

/// What a first page has.
pub(super) struct FirstPage {
    pub(super) items: Vec<Item>,
    /// No page follows.
    pub(super) is_all: bool,
    /// The conditions that the site takes, where it refuses others.
    pub(super) kept: Option<Vec<String>>,
}

/// One access path of a table, ready to send requests.
pub(super) struct Reader {
    pub(super) table: Arc<Table>,
    pub(super) layout: Arc<Layout>,
    pub(super) requests: Arc<RequestBuilder>,
    /// What was pushed, which the site may refuse in whole or in part.
    pub(super) refusable: Refusable,
    pub(super) page: Cursor,
    pub(super) paging: Paging,
    /// How many keys a request takes.
    pub(super) batch: usize,
    /// More of them, which the service may take.
    pub(super) larger: Option<Larger>,
    /// Quota points that each record costs.
    points: usize,
    pub(super) address: String,
    pub(super) site: Arc<Site>,
    pub(super) env: Arc<Environment>,
    pub(super) metrics: Arc<ScanMetrics>,
    /// How many rows the service looks through at most.
    reach: Option<u64>,
    /// Each key has a record of its own: where there are fewer of them, some have none.
    one_record_each: bool,
    /// One key that does not exist may be an error for all that are asked with it.
    keys_in_jql: bool,
    /// How the site says that a parent has no rows by nature.
    no_rows: Option<NoRows>,
    /// Where to ask whether a key exists that an answer refused to give.
    pub(super) exists: Option<String>,
    /// For each column that takes its value from what a request asks for: the place among its key, which is the first,
    /// and the values that go along.
    pub(super) asked: Vec<usize>,
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
        let conditions = spec.conditions(table, path);
        let site = env.site(&spec.connection)?;
        let batch = path.needs.as_ref().map_or(1, |n| n.batch);
        Ok(Self {
            larger: Larger::of(table, path, path.most_keys(table, columns), &site),
            batch,
            layout: Arc::new(layout),
            requests: Arc::new(RequestBuilder::new(table, path, columns, &conditions)),
            refusable: Refusable::new(table, path, columns, &conditions),
            no_rows: path.no_rows.clone(),
            exists: path.exists.clone(),
            page: Cursor::start(path.paging, spec.page_size(path)),
            paging: path.paging,
            points: path.points,
            address: format!("{} {}", path.method, path.address),
            site,
            env: Arc::clone(env),
            metrics: Arc::clone(metrics),
            reach: path.reach,
            one_record_each: is_record_of_key(table, path),
            keys_in_jql: path.needs.as_ref().is_some_and(|n| matches!(n.at, Destination::Jql(_))),
            asked: key_constants(table, path, columns).into_iter().map(|(_, place)| place).collect(),
            table: Arc::clone(table),
        })
    }

    /// All rows for these keys, which may be more than the service promises to take at once.
    pub(super) fn chain(
        self: &Arc<Self>,
        keys: Vec<String>,
        constants: Vec<String>,
    ) -> BoxStream<'static, Result<Item, ScanError>> {
        match &self.larger {
            Some(_) if keys.len() > self.batch => self.larger_block(keys),
            _ => self.pages(keys, constants),
        }
    }

    /// All pages for these keys, one after the other.
    pub(super) fn pages(
        self: &Arc<Self>,
        keys: Vec<String>,
        constants: Vec<String>,
    ) -> BoxStream<'static, Result<Item, ScanError>> {
        stream::try_unfold(Chain::new(self, keys, constants), |mut chain| async move {
            Ok::<_, ScanError>(
                chain.step().await?.map(|items| (stream::iter(items.into_iter().map(Ok)), chain)),
            )
        })
        .try_flatten()
        .boxed()
    }

    /// The first page for these keys.
    pub(super) async fn first_page(self: &Arc<Self>, keys: Vec<String>) -> Result<FirstPage, ScanError> {
        let mut chain = Chain::new(self, keys, vec![]);
        let items = chain.step().await?.unwrap_or_default();
        Ok(FirstPage { items, is_all: chain.cursor.is_none(), kept: chain.kept })
    }

    /// Counts a page and tells what is odd about it.
    fn account_for(&self, page: &Page) {
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
            let message = self.site.client().clean(message);
            self.env.report.warn(format!("table `{}`: the site warns: {message}", self.table.name.name), 1);
        }
    }

    /// Where the service looks no further than so many rows, nobody knows whether there are more.
    fn note_reach(&self) {
        if let Some(reach) = self.reach {
            let name = &self.table.name.name;
            let text =
                format!("`{name}` has what is among the first {reach} rows: the service looks no further");
            self.env.report.note(text, 1);
        }
    }

    /// A list that comes at once must say of itself that it is whole, where it says anything.
    fn check_whole(&self, page: &Page) -> Result<(), ScanError> {
        let given = page.records as u64;
        let total = page.end.total.unwrap_or(given);
        if self.paging != Paging::Single
            || !self.layout.is_list()
            || (total <= given && page.end.is_last != Some(false))
        {
            return Ok(());
        }
        let (table, address) = (self.table.name.name.clone(), self.address.clone());
        Err(ScanError::Paging {
            table,
            address,
            source: PagingError::Capped { given, total: total.max(given + 1) },
        })
    }

    /// A change feed is complete up to its last minute: says as of when.
    fn note_feed_end(&self, page: &Page) {
        if self.paging == Paging::SinceUntil
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
        let (layout, constants) = (Arc::clone(&self.layout), constants.to_vec());
        let decode = move |body: &[u8]| {
            let constants: Vec<&str> = constants.iter().map(String::as_str).collect();
            match layout.decode(body, &constants) {
                // Half an answer or none: the client tries again.
                Err(e @ (DecodeError::NotJson { .. } | DecodeError::Utf8 { .. })) => {
                    Err(BadBody { message: e.to_string() })
                }
                decoded => Ok(decoded),
            }
        };
        let answer = self.site.client().send_with(&request, &self.metrics.tally, decode).await;
        if let Ok(Ok(page)) = &answer {
            self.site.client().charge(&request, &self.metrics.tally, (page.records * self.points) as u64);
        }
        self.metrics.sync();
        answer.map_err(|e| self.http(e))?.map(Some).map_err(|source| ScanError::Decode {
            table: self.table.name.name.clone(),
            address: self.address.clone(),
            source,
        })
    }

    /// Does the site say that this parent has no rows by nature?
    pub(super) fn says_no_rows(&self, refusal: &HttpError) -> bool {
        self.no_rows.as_ref().is_some_and(|no_rows| {
            let says = |said: &String| said.to_lowercase().contains(&no_rows.message);
            refusal.status() == Some(no_rows.status) && refusal.server_messages().iter().any(says)
        })
    }

    pub(super) fn http(&self, source: HttpError) -> ScanError {
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
        let gone = again.is_none_or(|page| page.records == 0 && page.end.refused.is_empty());
        if gone {
            let text =
                format!("{{n}} parents of `{}` were deleted while they were read", self.table.name.name);
            self.env.report.note(text, 1);
        }
        Ok(gone)
    }
}

/// Pages that follow one another.
struct Chain {
    reader: Arc<Reader>,
    requests: Arc<RequestBuilder>,
    keys: Vec<String>,
    constants: Vec<String>,
    cursor: Option<Cursor>,
    /// The conditions that the site takes, where it refuses others.
    kept: Option<Vec<String>>,
    /// The page before, where pages have nothing else by which one is told from the next.
    before: Option<RecordBatch>,
}

impl Chain {
    fn new(reader: &Arc<Reader>, keys: Vec<String>, constants: Vec<String>) -> Self {
        Self {
            requests: Arc::clone(&reader.requests),
            cursor: Some(reader.page.clone()),
            reader: Arc::clone(reader),
            keys,
            constants,
            kept: None,
            before: None,
        }
    }

    /// Is a page of a bare array the page before once more? Then the service takes no notice of `startAt`: what it gave is
    /// all there is if that is less than was asked for, and cut off if it is just as much.
    fn is_all(&mut self, page: &Page) -> Result<bool, ScanError> {
        let Reader { table, address, paging, .. } = &*self.reader;
        if *paging != Paging::BareArray || page.records == 0 {
            return Ok(false);
        }
        let is_same = self.before.as_ref() == Some(&page.batch);
        self.before = Some(page.batch.clone());
        if is_same && page.records == self.reader.page.page_size() {
            let (table, address) = (table.name.name.clone(), address.clone());
            return Err(ScanError::Paging { table, address, source: PagingError::Circle });
        }
        Ok(is_same)
    }

    /// The page without the keys that the search does not know, for which it refused all; none where it knows none.
    async fn of_known_keys(
        &mut self,
        mut refusal: HttpError,
        cursor: &Cursor,
    ) -> Result<Option<Page>, ScanError> {
        let reader = Arc::clone(&self.reader);
        loop {
            let known = reader.known(&refusal, &self.keys).await?;
            if known.len() == self.keys.len() {
                return Err(reader.http(refusal));
            }
            self.keys = known;
            if self.keys.is_empty() {
                return Ok(None);
            }
            match reader.fetch(&self.requests, &self.keys, &self.constants, cursor).await {
                Err(ScanError::Http { source, .. }) if source.status() == Some(400) => refusal = source,
                page => return page,
            }
        }
    }

    /// The next page; none after the last one, or where a key can't have rows.
    async fn step(&mut self) -> Result<Option<Vec<Item>>, ScanError> {
        let reader = Arc::clone(&self.reader);
        let Some(cursor) = self.cursor.take() else { return Ok(None) };
        reader.site.account().await.map_err(|e| reader.http(e))?;
        let is_first = cursor.is_start();
        let asked = self.keys.len();
        let page = match reader.fetch(&self.requests, &self.keys, &self.constants, &cursor).await {
            Err(ScanError::Http { source, .. })
                if source.status() == Some(400) && is_first && reader.keys_in_jql =>
            {
                match self.of_known_keys(source, &cursor).await? {
                    Some(page) => Some(page),
                    None => return Ok(Some(vec![Item::Missing(asked)])),
                }
            }
            Err(ScanError::Http { source, .. })
                if is_first
                    && reader.refusable.may_be_why(&source, &self.keys)
                    && !reader.says_no_rows(&source) =>
            {
                let Some(without) = reader.without_refused(&source).await? else {
                    return Err(reader.http(source));
                };
                // The whole chain goes on without what was refused: its tokens belong to these arguments.
                self.requests = without.requests;
                self.kept = Some(without.kept);
                reader.fetch(&self.requests, &self.keys, &self.constants, &cursor).await?
            }
            page => page?,
        };
        let Some(page) = page else { return Ok(None) };
        reader.account_for(&page);
        if self.is_all(&page)? {
            return Ok(None);
        }
        reader.check_whole(&page)?;
        let next = cursor.next(&page.end, page.records).map_err(|source| ScanError::Paging {
            table: reader.table.name.name.clone(),
            address: reader.address.clone(),
            source,
        })?;
        match next {
            Next::Page(cursor) => self.cursor = Some(cursor),
            Next::End => {
                reader.note_feed_end(&page);
                reader.note_reach();
            }
        }
        let mut items = vec![];
        if asked > self.keys.len() {
            items.push(Item::Missing(asked - self.keys.len()));
        }
        // One answer has the records of all keys that it was asked for.
        if is_first && reader.batch > 1 && reader.paging == Paging::Single && reader.one_record_each {
            let missing = self.keys.len().saturating_sub(page.records + page.end.refused.len());
            items.push(Item::Missing(missing));
        }
        let refused: Vec<String> = page.end.refused.iter().map(|r| r.id.clone()).collect();
        items.extend(Item::of(page));
        for key in refused {
            items.extend(reader.ask_again(&key).await?);
        }
        Ok(Some(items))
    }
}

impl Reader {
    /// The record of one key that an answer refused to give, which Jira does for errors that pass and for answers that
    /// grow too large: asked for alone, some times; a key that stays refused is an error, unless it does not exist.
    async fn ask_again(&self, key: &str) -> Result<Vec<Item>, ScanError> {
        let keys = [key.to_owned()];
        let mut said = String::new();
        for _ in 0..REFUSALS {
            let Some(page) = self.fetch(&self.requests, &keys, &[], &self.page).await? else { break };
            self.account_for(&page);
            match page.end.refused.first() {
                None if page.records == 0 => return Ok(vec![Item::Missing(1)]),
                None => return Ok(Item::of(page).collect()),
                Some(refused) => said = self.site.client().clean(&refused.message),
            }
            if !self.exists(key).await? {
                return Ok(vec![Item::Missing(1)]);
            }
        }
        let (table, address) = (self.table.name.name.clone(), self.address.clone());
        Err(ScanError::Refused { table, address, key: self.site.client().clean(key), said })
    }
}

/// Is a key that the path asks for the key of a record of the answer, rather than one of several that share a record?
fn is_record_of_key(table: &Table, path: &AccessPath) -> bool {
    let asked = path.needs.as_ref().map_or(&[][..], |n| &n.columns);
    match path.rows.arrays.len() {
        0 | 1 => asked.iter().any(|c| table.key == [*c]),
        _ => path.outer.iter().any(|o| o.level == 0 && asked.contains(&o.column)),
    }
}

/// Columns that a path by single keys takes from what it asks for, each with the place of its value: the key is the
/// first, then those that go along.
pub(super) fn key_constants(table: &Table, path: &AccessPath, columns: &[usize]) -> Vec<(usize, usize)> {
    let Some(needs) = path.needs.as_ref().filter(|n| n.batch == 1) else { return vec![] };
    let asked: Vec<usize> =
        needs.columns.iter().take(1).chain(needs.with.iter().map(|c| &c.column)).copied().collect();
    let is_outer = |c: usize| table.columns.get(c).is_some_and(|column| column.source == Source::Outer);
    let place = |c: &usize| asked.iter().position(|a| a == c).map(|place| (*c, place));
    columns.iter().filter(|c| is_outer(**c)).filter_map(place).collect()
}
