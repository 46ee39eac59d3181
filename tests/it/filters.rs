//! What of WHERE travels as JQL changes no row: random conditions over every column that can be filtered give the rows
//! that they give over plain tables which hold all there is, and those that they give when nothing travels. All JQL is
//! taken by Atlassian's own parser.
//!
//! `JIRROW_FILTERS=5000` runs more of them, `JIRROW_SEED=7` others; a failure prints its seed.

mod columns;
mod values;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use datafusion::arrow::array::RecordBatch;
use jirrow::catalog::Access;
use jirrow::sandbox::{Assumptions, Deployment, SandboxConfig, ServedRequest};

use crate::jql_parser::{assert_accepted, query_of};
use crate::support::{Fixture, small, sorted};
use columns::{Column, Kind, columns};
use writer::{Filter, Operator, Writer};

/// Filters in an ordinary run of the tests.
const FILTERS: usize = 200;

/// Tables and the columns by which their rows are told apart.
const TABLES: [(&str, &str); 7] = [
    ("Issues", "\"Id\""),
    ("IssueLabels", "\"IssueId\", \"Label\""),
    ("IssueComponents", "\"IssueId\", \"ComponentId\""),
    ("IssueFixVersions", "\"IssueId\", \"VersionId\""),
    ("IssueAffectedVersions", "\"IssueId\", \"VersionId\""),
    ("IssueSprints", "\"IssueId\", \"SprintId\""),
    ("Worklogs", "\"Id\""),
];

/// Zones of the session, by their names.
const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kolkata, Tz::Pacific__Kiritimati];

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn filters() -> usize {
    setting("JIRROW_FILTERS").unwrap_or(FILTERS)
}

fn seed() -> u64 {
    setting("JIRROW_SEED").unwrap_or(1)
}

/// A table, and a plain one that holds all its rows.
struct Known {
    name: &'static str,
    key: &'static str,
    columns: Vec<Column>,
    rows: usize,
}

/// What became of the filters.
#[derive(Default)]
struct Tally {
    /// Filters for which the service was asked, and those of them that it knew of.
    asked: usize,
    pushed: usize,
    /// Filters that SQL itself refuses.
    refused_by_sql: usize,
    run: usize,
    /// Of comparisons of one column: did any find rows, and did any leave some out?
    comparisons: BTreeMap<(Kind, Operator), (usize, usize)>,
    /// Values that occur and that the site refuses all the same.
    refused: BTreeSet<String>,
    queries: BTreeSet<String>,
    not_pushed: Vec<String>,
}

/// A site, and plain tables beside it.
struct Bench {
    case: String,
    fixture: Fixture,
    tables: Vec<Known>,
    tally: Tally,
}

/// The conditions of a search, without its bound and order.
fn conditions(query: &str) -> &str {
    let order = query.rfind("ORDER BY").unwrap_or(query.len());
    let terms = query[..order].trim();
    if terms == r#"updated >= "1970-01-01 00:00""# { "" } else { terms }
}

/// Does the request ask for all rows?
fn asks_for_all(request: &ServedRequest) -> bool {
    if request.path.ends_with("/worklog/updated") {
        return request.query.split('&').any(|pair| pair == "since=0");
    }
    query_of(request).is_some_and(|query| conditions(&query).is_empty())
}

/// Is it about rows, and not about what the site is like?
fn is_data(request: &ServedRequest) -> bool {
    ["/search/jql", "/search", "/bulkfetch", "/worklog/updated", "/worklog/list", "/worklog"]
        .iter()
        .any(|end| request.path.ends_with(end))
}

impl Bench {
    async fn start(
        case: &str,
        config: SandboxConfig,
        zone: Tz,
        tables: &[(&'static str, &'static str)],
    ) -> Self {
        let fixture = Fixture::with_access(config, "", Access::Local).await;
        fixture.sandbox.write(|pen| pen.time_zone(zone));
        fixture.warm().await;
        let mut known = vec![];
        for (name, key) in tables {
            fixture.rows(&format!("CREATE TABLE Plain{name} AS SELECT * FROM {name}")).await.unwrap();
            let rows = fixture.rows(&format!("SELECT * FROM Plain{name}")).await.unwrap();
            let table = fixture.session.whole_table(name).await.unwrap();
            let columns = columns(&table, &rows);
            let rows = rows.iter().map(RecordBatch::num_rows).sum();
            known.push(Known { name, key, columns, rows });
        }
        Self { case: case.to_owned(), fixture, tables: known, tally: Tally::default() }
    }

    /// Runs one filter every way, and returns how many rows it finds; none where SQL refuses it.
    async fn check(&mut self, table: usize, filter: &Filter, without: bool, case: &str) -> Option<usize> {
        let Known { name, key, .. } = self.tables[table];
        let Filter { sql, strange } = filter;
        let statement = format!("SELECT {key} FROM {name} WHERE {sql}");
        let case = format!("{}, {case}:\n{statement}\n", self.case);
        self.tally.run += 1;
        let expected = self.fixture.rows(&format!("SELECT {key} FROM Plain{name} WHERE {sql}")).await;
        self.fixture.session.report().take();
        self.fixture.sandbox.clear_requests();
        let found = self.fixture.rows(&statement).await;
        let requests = self.fixture.sandbox.requests();
        let Ok(expected) = expected else {
            self.tally.refused_by_sql += 1;
            return None;
        };
        let queries: BTreeSet<String> = requests.iter().filter_map(query_of).collect();
        let case = format!("{case}{}\n", queries.iter().cloned().collect::<Vec<_>>().join("\n"));
        let found = found.unwrap_or_else(|e| panic!("{case}{e}"));
        let (expected, found) = (sorted(&expected), sorted(&found));
        same(&found, &expected, &case);
        if without {
            self.fixture.rows("SET jirrow.pushdown = false").await.unwrap();
            let found = self.fixture.rows(&statement).await.unwrap_or_else(|e| panic!("{case}{e}"));
            self.fixture.rows("RESET jirrow.pushdown").await.unwrap();
            same(&sorted(&found), &expected, &format!("{case}without push-down\n"));
        }
        let notes = self.fixture.session.report().take().notes;
        for request in requests.iter().filter(|request| request.status != 200) {
            let refused = request.status == 400 || request.status == 404;
            assert!(refused, "{case}{}: {}", request.path, request.status);
            let said = notes.iter().filter(|note| note.contains("the site refused"));
            let said: Vec<&String> = said.collect();
            // An issue that was asked for by its key, and is none, is no news; in a search by keys it is an error.
            let in_search = query_of(request).is_some_and(|query| query.starts_with("issue in ("));
            let by_key = request.status == 404 || in_search;
            assert!(by_key || !said.is_empty(), "{case}{} was refused, and nobody was told", request.path);
            if !strange {
                self.tally.refused.extend(said.into_iter().cloned());
            }
        }
        let data: Vec<&ServedRequest> = requests.iter().filter(|it| is_data(it)).collect();
        if !data.is_empty() {
            self.tally.asked += 1;
            let all = data.iter().any(|it| asks_for_all(it));
            self.tally.pushed += usize::from(!all);
            if all && self.tally.not_pushed.len() < 400 {
                let queries: Vec<&str> = queries.iter().map(|it| conditions(it)).collect();
                self.tally.not_pushed.push(format!("{statement}\n  {}", queries.join("\n  ")));
            }
        }
        self.tally.queries.extend(queries);
        Some(expected.len())
    }

    async fn zone(&self, writer: &mut Writer, zone: Tz) {
        self.fixture.rows(&format!("SET jirrow.time_zone = '{}'", zone.name())).await.unwrap();
        writer.zone = zone;
    }

    /// Every operator on every kind of column, until each has found rows and left some out.
    async fn each_operator(&mut self, seed: u64) {
        let mut writer = Writer::new(seed);
        let mut kinds: BTreeMap<(Kind, Operator), Vec<(usize, usize)>> = BTreeMap::new();
        for (table, known) in self.tables.iter().enumerate() {
            for (place, column) in known.columns.iter().enumerate() {
                for operator in Operator::of(column.shape) {
                    if !operator.is_about_null() || column.has_nulls {
                        kinds.entry((column.kind, *operator)).or_default().push((table, place));
                    }
                }
            }
        }
        for ((kind, operator), columns) in kinds {
            if kind == Kind::Engine {
                continue;
            }
            // Whether a column's empty fields are its NULLs is asked of each; what stays with the engine, more often.
            let travels =
                |(table, place): &(usize, usize)| operator.travels(&self.tables[*table].columns[*place]);
            let least = match operator.is_about_null() {
                true => columns.len(),
                false if columns.iter().any(travels) => 1,
                false => 6,
            };
            for attempt in 0..least + 40 {
                let counts = self.tally.comparisons.get(&(kind, operator)).copied().unwrap_or_default();
                if attempt >= least && counts.0 > 0 && counts.1 > 0 {
                    break;
                }
                let (table, place) = match columns.get(attempt) {
                    Some(column) if operator.is_about_null() => *column,
                    _ => columns[writer.below(columns.len())],
                };
                let filter = writer.comparison(&self.tables[table].columns[place], operator);
                let case = format!("seed {seed}, {kind:?} {operator:?}, attempt {attempt}");
                let found = self.check(table, &filter, false, &case).await;
                let rows = self.tables[table].rows;
                let counts = self.tally.comparisons.entry((kind, operator)).or_default();
                counts.0 += usize::from(found.is_some_and(|found| found > 0));
                counts.1 += usize::from(found.is_some_and(|found| found < rows));
            }
        }
    }

    /// Columns as other types, in zones in which the same instant has another day.
    async fn casts(&mut self, seed: u64) {
        let mut writer = Writer::new(seed);
        for zone in ZONES {
            self.zone(&mut writer, zone).await;
            for place in 0..self.tables[0].columns.len() {
                let column = &self.tables[0].columns[place];
                if !column.is_in_jql() || column.values.is_empty() {
                    continue;
                }
                let operator = Operator::Plain(["=", "<", "<=", ">", ">="][writer.below(5)]);
                let Some(filter) = writer.cast(column, operator) else { continue };
                let case = format!("seed {seed}, zone {}", zone.name());
                self.check(0, &filter, false, &case).await;
            }
        }
        self.fixture.rows("RESET jirrow.time_zone").await.unwrap();
        writer.zone = Tz::UTC;
        for table in 0..self.tables.len() {
            let columns = &self.tables[table].columns;
            let keys: Vec<&Column> = columns.iter().filter(|it| it.kind == Kind::Key).collect();
            if let [one, other, ..] = keys.as_slice() {
                let filter = writer.either([one, other]);
                self.check(table, &filter, true, &format!("seed {seed}")).await;
            }
        }
    }

    async fn random(&mut self, seed: u64, number: usize) {
        let mut writer = Writer::new(seed);
        for index in 0..number {
            if index % 20 == 0 {
                let zone = ZONES[(index / 20) % ZONES.len()];
                self.zone(&mut writer, zone).await;
            }
            // Every other is about issues.
            let table = if index % 2 == 0 { 0 } else { writer.below(self.tables.len()) };
            let filter = writer.filter(&self.tables[table].columns);
            let case = format!("seed {seed}, filter {index}, zone {}", writer.zone.name());
            self.check(table, &filter, index % 8 == 0, &case).await;
        }
    }

    /// Most filters travel, and all of them in words that Atlassian's parser takes.
    fn finish(self) {
        let Tally { asked, pushed, refused_by_sql, run, refused, queries, not_pushed, .. } = self.tally;
        let case = &self.case;
        assert!(
            pushed * 5 >= asked * 4,
            "{case}: {pushed} of {asked} filters were pushed; not {not_pushed:#?}; the site refused {refused:#?}"
        );
        assert!(refused_by_sql * 20 <= run, "{case}: {refused_by_sql} of {run} are no SQL");
        assert_accepted(&queries.into_iter().collect::<Vec<_>>());
    }
}

fn same(found: &[String], expected: &[String], case: &str) {
    if found == expected {
        return;
    }
    let lacking: Vec<&String> = expected.iter().filter(|it| !found.contains(it)).take(5).collect();
    let surplus: Vec<&String> = found.iter().filter(|it| !expected.contains(it)).take(5).collect();
    panic!(
        "{case}{} rows and {} expected; missing {lacking:?}, not expected {surplus:?}",
        found.len(),
        expected.len()
    );
}

fn site() -> SandboxConfig {
    SandboxConfig { issues: 150, misfits: 0.3, ..small() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator_on_every_kind_of_column_finds_rows_and_leaves_some_out() {
    let mut bench = Bench::start("cloud", site(), Tz::Europe__Berlin, &TABLES).await;
    bench.each_operator(seed()).await;
    bench.casts(seed()).await;
    let lacking: Vec<_> =
        bench.tally.comparisons.iter().filter(|(_, counts)| counts.0 == 0 || counts.1 == 0).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    let kinds: BTreeSet<Kind> = bench.tally.comparisons.keys().map(|it| it.0).collect();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    assert!(bench.tally.comparisons.len() > 90, "{}", bench.tally.comparisons.len());
    // What the catalog says stays with the engine is among them.
    bench.tally.asked = bench.tally.pushed;
    bench.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_the_rows_that_they_find_in_plain_tables() {
    let mut bench = Bench::start("cloud", site(), Tz::America__New_York, &TABLES).await;
    bench.random(seed(), filters()).await;
    bench.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_the_same_rows_on_data_center() {
    let config = SandboxConfig { deployment: Deployment::DataCenter, seed: 3, ..site() };
    let mut bench = Bench::start("data center", config, Tz::Asia__Kolkata, &TABLES).await;
    bench.random(seed() + 1_000, filters() / 5).await;
    bench.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_the_same_rows_under_each_reading_of_jql() {
    let number = (filters() / 20).max(5);
    for (index, (name, assumptions)) in Assumptions::jql_readings().into_iter().enumerate() {
        let config = SandboxConfig { issues: 60, assumptions, ..site() };
        let zone = ZONES[index % ZONES.len()];
        let mut bench = Bench::start(&name, config, zone, &TABLES[..3]).await;
        bench.random(seed() + 2_000 + index as u64, number).await;
        bench.tally.asked = bench.tally.pushed;
        bench.finish();
    }
}

/// Where JQL reads a value otherwise than SQL does: each of these would lose rows if it travelled to the letter.
#[tokio::test(flavor = "multi_thread")]
async fn what_jql_reads_otherwise_loses_no_row() {
    let config = SandboxConfig { issues: 150, ..small() };
    let mut bench = Bench::start("otherwise", config, chrono_tz::UTC, &TABLES[..1]).await;
    let mut filters = vec![];
    // Names in other letters are other values.
    for column in ["Status", "IssueType", "Priority", "ProjectKey", "Severity", "AssigneeDisplayName"] {
        filters.push(format!("{column} <> (SELECT min(lower({column})) FROM PlainIssues)"));
        for name in ["DONE", "bug", "HIGH", "pay", "critical"] {
            filters.push(format!("{column} <> '{name}'"));
            filters.push(format!("{column} NOT IN ('{name}', 'none of these')"));
            filters.push(format!("NOT ({column} = '{name}' OR Votes > 100)"));
        }
    }
    for filter in filters {
        let filter = Filter { sql: filter, strange: true };
        bench.check(0, &filter, false, "names").await;
    }
    // A day begins at another instant in each zone.
    let instants = bench
        .fixture
        .rows("SELECT DISTINCT Created::text FROM PlainIssues ORDER BY 1 LIMIT 12")
        .await
        .unwrap();
    let days: BTreeSet<String> = sorted(&instants).iter().map(|it| it[..10].to_owned()).collect();
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "America/New_York"] {
        bench.fixture.rows(&format!("SET jirrow.time_zone = '{zone}'")).await.unwrap();
        for day in &days {
            for sql in [
                format!("CAST(Created AS DATE) = '{day}'"),
                format!("date_trunc('day', Created) = '{day}'"),
                format!("date_trunc('week', Created) <= '{day}'"),
                format!("date_trunc('week', date_trunc('month', Created)) <= '{day}'"),
                format!(
                    "date_trunc('quarter', date_trunc('week', Created)) = date_trunc('quarter', DATE '{day}')"
                ),
                format!(
                    "date_trunc('day', Created::timestamp AT TIME ZONE 'Pacific/Pago_Pago')::timestamp = '{day}'"
                ),
                format!("date_trunc('month', Created)::date = date_trunc('month', DATE '{day}')"),
                format!(
                    "date_trunc('quarter', Created) BETWEEN DATE '{day}' - INTERVAL '91 day' AND '{day}'"
                ),
                format!("Created::date BETWEEN DATE '{day}' - INTERVAL '1 day' AND '{day}'"),
                format!(
                    "Created::date > DATE '{day}' - INTERVAL '1 day' AND Created::date < DATE '{day}' + INTERVAL '1 day'"
                ),
            ] {
                bench.check(0, &Filter { sql, strange: false }, false, zone).await;
            }
        }
    }
    assert_eq!(bench.tally.refused_by_sql, 0);
    assert!(bench.tally.pushed > 40, "{} of {}", bench.tally.pushed, bench.tally.asked);
}
