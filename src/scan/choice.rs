//! Chooses the access path: each path that can give the columns is priced from the table file alone, without a
//! request, and the cheapest is taken. The price of a path is its longest chain of requests that wait for one another,
//! plus its requests divided by the allowed concurrency; ties go to fewer requests (ARCHITECTURE.md, cost of a path).

use std::cmp::Ordering;

use super::listed::checked_column;
use super::spec::{Keys, ScanSpec};
use crate::pushdown::{self, Arguments, Pushed};
use crate::schema::{
    AccessPath, ColumnType, Deployment, KeySource, Keyed, OnlyListed, Paging, Reference, Source, Table,
};

/// What a query wants of a table.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The connection's name.
    pub connection: &'a str,
    /// What its site is.
    pub deployment: Deployment,
    /// Indexes of the wanted columns; `FieldErrors` is the one after the last.
    pub columns: &'a [usize],
    /// The condition in JQL that says which rows there are at all: a path that can't apply it has other rows.
    pub within: Option<&'a str>,
    /// What the WHERE clause says, of this table's rows; its JQL also of what they belong to.
    pub pushed: &'a Pushed,
    /// Stop after so many rows.
    pub limit: Option<usize>,
    /// How many requests may be under way at once.
    pub concurrency: usize,
}

/// What reading a path costs, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Data requests in all.
    pub requests: usize,
    /// The longest chain of requests that wait for one another.
    pub chain: usize,
    /// Quota points (apps with OAuth).
    pub points: usize,
    /// Keys that are asked for; none on a path without.
    pub keys: usize,
    /// Rows that come back.
    pub rows: usize,
}

impl Price {
    /// Latencies until the last answer, times the concurrency so that it stays a whole number.
    pub(super) fn time(self, concurrency: usize) -> usize {
        self.chain * concurrency.max(1) + self.requests
    }

    fn cheaper(self, other: Self, concurrency: usize) -> Ordering {
        self.time(concurrency).cmp(&other.time(concurrency)).then(self.requests.cmp(&other.requests))
    }

    fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            chain: self.chain + other.chain,
            points: self.points + other.points,
            keys: other.keys,
            rows: other.rows,
        }
    }
}

/// A way to run the query.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The scan, without the looked-up columns.
    pub scan: ScanSpec,
    /// Its price, look-ups included.
    pub price: Price,
    /// Columns that must be looked up in another table after the scan.
    pub lookups: Vec<usize>,
}

/// Finds another table of the same schema by name.
pub type FindTable<'a> = &'a dyn Fn(&str) -> Option<std::sync::Arc<Table>>;

/// Keys that a look-up asks for one by one, before it rather lists the whole other table.
pub(super) const LOOKUP_BY_KEY: usize = 100;

/// All ways to run the query, the cheapest first.
pub fn candidates(table: &Table, wanted: &Wanted<'_>, find: FindTable<'_>) -> Vec<Candidate> {
    by_paths(table, wanted, find, |_| true)
}

/// The cheapest way to list the wanted columns of a parent: what must be listed by the parent itself can't list it.
pub(super) fn lists(parent: &Table, wanted: &Wanted<'_>, find: FindTable<'_>) -> Option<Candidate> {
    let is_listed = |path: &AccessPath| match &path.listed {
        Some(listed) => listed.by.table == parent.name.name,
        None => false,
    };
    let ways = by_paths(parent, wanted, find, |path| !is_listed(path));
    ways.into_iter().find(|way| way.lookups.is_empty())
}

/// The ways by some of the paths, the cheapest first.
fn by_paths(
    table: &Table,
    wanted: &Wanted<'_>,
    find: FindTable<'_>,
    is_usable: impl Fn(&AccessPath) -> bool,
) -> Vec<Candidate> {
    let paths = table.paths.iter().filter(|path| !path.candidates && is_usable(path));
    let mut found: Vec<Candidate> = paths.flat_map(|path| ways(table, path, wanted, find)).collect();
    found.sort_by(|a, b| a.price.cheaper(b.price, wanted.concurrency));
    found
}

/// Stands for keys that are yet to come.
const LATER: &str = "…";

/// The ways to run a query whose keys are yet to come, from another operator of the plan; the cheapest first. Their rows
/// count as so many that any other side of a join is read before.
pub fn unbound(table: &Table, wanted: &Wanted<'_>, find: FindTable<'_>) -> Vec<Candidate> {
    const MANY: usize = 1_000_000_000;
    let needs =
        table.paths.iter().filter_map(|path| path.needs.as_ref()).filter(|needs| needs.with.is_empty());
    let columns = needs.flat_map(|needs| &needs.columns);
    let ways = columns.flat_map(|column| {
        let mut pushed = wanted.pushed.clone();
        pushed.restrict(*column, vec![LATER.to_owned()]);
        candidates(table, &Wanted { pushed: &pushed, ..wanted.clone() }, find)
    });
    let mut found: Vec<Candidate> =
        ways.map(|it| Candidate { price: Price { rows: MANY, ..it.price }, ..it }).collect();
    found.sort_by(|a, b| a.price.cheaper(b.price, wanted.concurrency));
    found
}

/// The ways to use one path: by keys that the query gives, by keys from elsewhere, or without keys.
fn ways(table: &Table, path: &AccessPath, wanted: &Wanted<'_>, find: FindTable<'_>) -> Vec<Candidate> {
    let Some((columns, lookups)) = divide(table, path, wanted.columns) else { return vec![] };
    let name = |i: &usize| column_name(table, *i);
    let scan = ScanSpec {
        connection: wanted.connection.to_owned(),
        deployment: wanted.deployment,
        schema: table.name.schema.clone(),
        table: table.name.name.clone(),
        path: path.name.clone(),
        columns: columns.iter().map(name).collect(),
        within: wanted.within.map(str::to_owned),
        jql: vec![],
        parameters: vec![],
        keys: None,
        limit: wanted.limit,
        order: None,
    };
    let candidate = |scan, price| Candidate {
        scan,
        price: with_lookups(price, table, &lookups, find),
        lookups: lookups.clone(),
    };

    let Some(needs) = &path.needs else {
        if wanted.within.is_some() && path.search.is_none() {
            return vec![];
        }
        let (listed, price) = listing(table, path, wanted, find);
        let Listed { jql, parameters } = listed;
        return vec![candidate(ScanSpec { jql, parameters, ..scan }, price)];
    };
    let Arguments { parameters, share } = pushdown::arguments(path, wanted.pushed);
    let scan = ScanSpec { parameters, ..scan };
    let per_key = part_of(rows_per_key(table, needs, find), share);
    let block = path.most_keys(table, &columns);
    let restricted = |c: usize| wanted.pushed.values(c);
    // Keys that the query names may answer without being listed.
    let listed = path.listed.as_ref().filter(|listed| needs.columns.contains(&listed.column));
    let is_known = |c: usize| listed.is_none() || wanted.pushed.listed.contains(&c);
    // What goes along with a key must be given with it, or the pairs come from elsewhere.
    let with: Option<Vec<Vec<String>>> =
        needs.with.iter().map(|c| restricted(c.column).map(<[String]>::to_vec)).collect();
    // Of keys that the query names, nobody knows whether their rows are among those that the JQL finds.
    let given = needs.columns.iter().filter(|c| wanted.within.is_none() && is_known(**c));
    let given = given.filter_map(|c| Some((*c, restricted(*c)?, with.clone()?)));
    let pairs =
        |values: &[String], with: &[Vec<String>]| with.iter().map(Vec::len).product::<usize>() * values.len();
    // Of several keys and several values that go along, not every pair needs to exist: who lists them knows.
    let as_given = |values: &[String], with: &[Vec<String>]| {
        with.is_empty() || needs.keys.is_none() || pairs(values, with) == 1
    };
    let mut ways: Vec<Candidate> = given
        .filter(|(_, values, with)| as_given(values, with))
        .map(|(column, values, with)| {
            let number = pairs(values, &with);
            let keys = Keys::Given { column: column_name(table, column), values: values.to_vec(), with };
            let price = checked(by_key(path, block, number, per_key), path);
            candidate(ScanSpec { keys: Some(keys), ..scan.clone() }, price)
        })
        .collect();
    let source = listed.filter(|_| needs.columns.iter().any(|c| restricted(*c).is_some()));
    let source = source.map(|it| {
        let OnlyListed { by: Reference { table, column }, .. } = it.clone();
        KeySource::Table { table, column, with: vec![] }
    });
    if ways.is_empty()
        && let Some(source) = source.as_ref().or(needs.keys.as_ref())
        && let Some((source, source_price)) = key_scan(table, path, source, wanted, find)
    {
        let named = listed.and_then(|it| restricted(it.column)).filter(|_| source.keys.is_none());
        let rows = named.map_or(source_price.rows, |named| named.len().min(source_price.rows));
        let keys = wanted.limit.map_or(rows, |l| l.min(rows));
        let by_keys = source_price.and(by_key(path, block, keys.max(1), per_key));
        let is_part = source_price.rows <= table.typical_rows / 2;
        let first = first_page(table, needs, &source, &scan).filter(|_| is_part);
        let price = match &first {
            Some(search) => begun(by_keys, search),
            None => by_keys,
        };
        let first = first.map(|search| {
            Box::new(ScanSpec { path: search.name.clone(), columns: scan.columns.clone(), ..source.clone() })
        });
        // Other keys would be asked for in vain.
        let only: Vec<Vec<String>> = match needs.with.as_slice() {
            [] => named.map(<[String]>::to_vec).into_iter().collect(),
            with => needs
                .columns
                .iter()
                .take(1)
                .copied()
                .chain(with.iter().map(|c| c.column))
                .map(|c| restricted(c).unwrap_or_default().to_vec())
                .collect(),
        };
        let keys = Keys::From { column: needs.name.clone(), scan: Box::new(source), only, first };
        ways.push(candidate(ScanSpec { keys: Some(keys), ..scan }, price));
    }
    ways
}

/// The spelling of a column, or of `FieldErrors`.
fn column_name(table: &Table, index: usize) -> String {
    table.arrow.field(index).name().clone()
}

/// The wanted columns that the path gives (and what it needs for the rest), and those to look up; nothing if the path
/// can't give one.
fn divide(table: &Table, path: &AccessPath, wanted: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    let (mut columns, mut lookups) = (vec![], vec![]);
    let gives = |c: usize| match c == table.columns.len() {
        true => gives_errors(table, path),
        false => path.provides.contains(&c),
    };
    for &c in wanted {
        if gives(c) {
            columns.push(c);
            continue;
        }
        let Source::Lookup(lookup) = &table.columns.get(c)?.source else { return None };
        if !gives(lookup.by) {
            return None;
        }
        lookups.push(c);
    }
    for &c in &lookups {
        if let Source::Lookup(lookup) = &table.columns[c].source
            && !columns.contains(&lookup.by)
        {
            columns.push(lookup.by);
        }
    }
    Some((columns, lookups))
}

/// May the path give `FieldErrors`? The column speaks for the whole row, so that no path may that gives less of the
/// record than another one does: it would know of no misfit in the rest.
fn gives_errors(table: &Table, path: &AccessPath) -> bool {
    let in_record = |path: &AccessPath| {
        let provides = path.provides.iter();
        provides.filter(|c| matches!(table.columns[**c].source, Source::Record(_))).count()
    };
    let own = in_record(path);
    table.paths.iter().filter(|p| !p.candidates).all(|p| in_record(p) <= own)
}

/// What a listing says besides its columns.
struct Listed {
    jql: Vec<String>,
    parameters: Vec<(String, String)>,
}

fn listing(table: &Table, path: &AccessPath, wanted: &Wanted<'_>, find: FindTable<'_>) -> (Listed, Price) {
    let terms = if path.search.is_some() { wanted.pushed.terms.as_slice() } else { &[] };
    let Arguments { parameters, share: of_parameters } = pushdown::arguments(path, wanted.pushed);
    let jql = terms.iter().map(|term| term.jql.clone()).collect();
    let of_jql = wanted.within.map(|_| OF_JQL);
    let left: f64 = terms.iter().map(|term| term.share).chain([of_parameters]).chain(of_jql).product();
    let share = |rows: usize| wanted.limit.map_or(usize::MAX, |l| l).min(part_of(rows, left)).max(1);
    let rows = share(table.typical_rows);
    // Where rows lie inside records, pages are pages of records.
    let records = match path.rows.arrays.len() {
        0 | 1 => rows,
        _ => parent_rows(table, find).map_or(rows, share),
    };
    // Where only an empty page ends the scan, it takes one request more.
    let pages = records.div_ceil(path.page_size) + usize::from(path.paging == Paging::BareArray);
    let price = Price { requests: pages, chain: pages, points: pages + records * path.points, keys: 0, rows };
    (Listed { jql, parameters }, completed(price, path, records))
}

/// The share of the rows that a search by hand is thought to find.
const OF_JQL: f64 = 0.1;

/// This share of so many rows.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a guess"
)]
fn part_of(rows: usize, share: f64) -> usize {
    (rows as f64 * share).ceil() as usize
}

/// What it costs to ask for so many keys, each of which has about `per_key` rows.
fn by_key(path: &AccessPath, batch: usize, keys: usize, per_key: usize) -> Price {
    let pages = (batch.min(keys) * per_key).div_ceil(path.page_size).max(1);
    let requests = keys.div_ceil(batch) * pages;
    let chain = requests.min(pages);
    let price = Price { requests, chain, points: requests + keys * path.points, keys, rows: keys * per_key };
    completed(price, path, keys)
}

/// With what it costs to ask whether the rows' parents are listed, where the keys don't say so.
fn checked(price: Price, path: &AccessPath) -> Price {
    match checked_column(path) {
        Some(_) => {
            Price { requests: price.requests + 1, chain: price.chain + 1, points: price.points + 1, ..price }
        }
        None => price,
    }
}

/// With what it costs to ask again for the lists that are cut short.
fn completed(price: Price, path: &AccessPath, records: usize) -> Price {
    let Some(complete) = &path.complete else { return price };
    let more = part_of(records, complete.cut);
    Price { requests: price.requests + more, chain: price.chain + 1, points: price.points + more, ..price }
}

/// The search whose first page may have all rows, where keys are listed by JQL: a list of them would be one request more.
fn first_page<'t>(
    table: &'t Table,
    needs: &Keyed,
    listing: &ScanSpec,
    scan: &ScanSpec,
) -> Option<&'t AccessPath> {
    let is_by_jql = listing.within.is_some() || !listing.jql.is_empty();
    let Some(KeySource::Path(_)) = needs.keys.as_ref().filter(|_| is_by_jql && scan.limit.is_none()) else {
        return None;
    };
    let columns: Vec<usize> =
        scan.columns.iter().map(|name| table.arrow.index_of(name).ok()).collect::<Option<_>>()?;
    table.paths.iter().find(|path| {
        let is_search = path.search.is_some() && path.needs.is_none() && !path.candidates;
        is_search && divide(table, path, &columns).is_some_and(|(_, lookups)| lookups.is_empty())
    })
}

/// What a scan by keys costs that begins with a page of this search.
fn begun(by_keys: Price, search: &AccessPath) -> Price {
    match by_keys.rows <= search.page_size {
        true => Price { requests: 1, chain: 1, points: 1 + by_keys.rows * search.points, ..by_keys },
        false => Price { chain: by_keys.chain + 1, points: by_keys.points + 1, ..by_keys },
    }
}

/// How many rows a parent of the table has in a middling site: its keys' table is the parent.
fn rows_per_key(table: &Table, needs: &Keyed, find: FindTable<'_>) -> usize {
    match &needs.keys {
        Some(KeySource::Table { table: parent, .. }) => {
            find(parent).map_or(1, |p| table.typical_rows.div_ceil(p.typical_rows.max(1)))
        }
        _ => 1,
    }
}

/// How many parents a table that lies inside other records has in a middling site.
fn parent_rows(table: &Table, find: FindTable<'_>) -> Option<usize> {
    table.paths.iter().filter_map(|p| p.needs.as_ref()).find_map(|needs| match &needs.keys {
        Some(KeySource::Table { table, .. }) => find(table).map(|parent| parent.typical_rows),
        _ => None,
    })
}

/// The scan that lists the keys of a path.
fn key_scan(
    table: &Table,
    path: &AccessPath,
    source: &KeySource,
    wanted: &Wanted<'_>,
    find: FindTable<'_>,
) -> Option<(ScanSpec, Price)> {
    match source {
        KeySource::Path(index) if wanted.within.is_some() && table.paths[*index].search.is_none() => None,
        KeySource::Table { .. } if wanted.within.is_some() => None,
        KeySource::Path(index) => {
            let path = &table.paths[*index];
            let wanted = Wanted { columns: &table.key, limit: None, ..wanted.clone() };
            // Keys that may have no row can't be cut off at a limit: fewer rows than keys may come back.
            let (listed, price) = listing(table, path, &Wanted { limit: None, ..wanted.clone() }, find);
            let Listed { jql, parameters } = listed;
            let scan = ScanSpec {
                connection: wanted.connection.to_owned(),
                deployment: wanted.deployment,
                schema: table.name.schema.clone(),
                table: table.name.name.clone(),
                path: path.name.clone(),
                columns: table.key.iter().map(|k| column_name(table, *k)).collect(),
                within: wanted.within.map(str::to_owned),
                jql,
                parameters,
                keys: None,
                limit: None,
                order: None,
            };
            Some((scan, price))
        }
        KeySource::Table { table: parent, column, with } => {
            let parent = find(parent)?;
            // Keys of another type have no text to be asked by; without them the table says what it needs.
            let is_key =
                |c: &usize| matches!(parent.columns[*c].data_type, ColumnType::Int64 | ColumnType::Text);
            let columns: Vec<usize> = std::iter::once(column)
                .chain(with)
                .map(|name| parent.column(name).filter(is_key))
                .collect::<Option<_>>()?;
            let needs = path.needs.as_ref()?;
            // What the query says of the key or of what goes along with it, it says of the parents too.
            let own = needs.columns.first().copied();
            let own = std::iter::once(own).chain(needs.with.iter().map(|c| Some(c.column)));
            let of_key = own.zip(&columns).filter_map(|(own, column)| Some((own?, *column)));
            // What is looked up by the key is a column of the parents as well.
            let key = needs.columns.first().copied().unwrap_or(usize::MAX);
            let others = (0..table.columns.len()).filter(|own| *own != key);
            let same = others.filter_map(|own| {
                let name = table.counterpart(own, key, &parent.name.name)?;
                Some((own, parent.column(name)?))
            });
            let mut pushed = Pushed { terms: wanted.pushed.terms.clone(), ..Pushed::default() };
            for (own, column) in of_key.chain(same) {
                if let Some(values) = wanted.pushed.values(own) {
                    pushed.terms.extend(pushdown::equals(&parent, column, values));
                    pushed.restrict(column, values.to_vec());
                }
            }
            let wanted = Wanted { columns: &columns, pushed: &pushed, limit: None, ..wanted.clone() };
            let best = lists(&parent, &wanted, find)?;
            Some((best.scan, best.price))
        }
    }
}

/// The price of a scan with what looking up adds: keys one batch at a time while they are few, else the whole other table.
fn with_lookups(scan: Price, table: &Table, lookups: &[usize], find: FindTable<'_>) -> Price {
    let mut total = scan;
    for &c in lookups {
        if let Source::Lookup(lookup) = &table.columns[c].source
            && let Some(other) = find(&lookup.table)
            && let Some(column) = other.column(&lookup.column)
        {
            let mut columns = other.key.clone();
            columns.push(column);
            let by_key = Price { requests: 1, chain: 1, points: 1 + scan.rows.min(LOOKUP_BY_KEY), ..scan };
            let deployment = Deployment::default();
            let wanted = Wanted {
                connection: "",
                deployment,
                columns: &columns,
                within: None,
                pushed: &Pushed::default(),
                limit: None,
                concurrency: 1,
            };
            let whole = candidates(&other, &wanted, find).first().map_or(by_key, |c| c.price);
            let more = if scan.rows <= LOOKUP_BY_KEY { by_key } else { whole };
            total = total.and(Price { rows: scan.rows, keys: scan.keys, ..more });
        }
    }
    total
}
