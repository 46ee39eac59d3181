//! The requests that statements make of paths: with the keys and terms of a WHERE, to ask which records exist, to have rows
//! counted, and for joins, views and analyses. Of JQL the documents say nothing: there it is the sandbox that must not
//! refuse what it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::catalog::{Queries, Session};
use jirrow::pushdown;
use jirrow::sandbox::assumptions::MissingIssues;
use jirrow::sandbox::model::Caller;
use jirrow::sandbox::{Assumptions, Sandbox, SandboxConfig, ServedRequest};
use jirrow::schema::{AccessPath, Column, ColumnType, Deployment, Destination, Library, Source, Table};

use super::{Recorded, alone, batches, documents, fits, quoted_value, rows, session, tables, with};
use crate::support::{Fixture, small};
use crate::{requests, sql};

/// A key that no record has.
const NOBODY: [&str; 2] = ["999999999", "NOPE-1"];

/// So few issues have one that a small site has none.
const UNFILLED: &str = "SecurityLevel";

/// Keys of issues that the account can't see begin so: a site refuses to compare with one, and is asked without.
const HIDDEN: &str = "GONE-";

/// What a join asks of its two sides, and what several conditions ask together.
const JOINS: [&str; 8] = [
    "SELECT w.Id, i.Summary FROM Worklogs w JOIN Issues i ON i.Id = w.IssueId WHERE i.ProjectKey = 'PAY'",
    "SELECT w.Id, w.IssueKey FROM Worklogs w WHERE w.IssueId IN (SELECT Id FROM Issues WHERE Key = 'PAY-5')",
    "SELECT s.Name, i.IssueKey FROM Sprints s JOIN SprintIssues i ON i.SprintId = s.Id WHERE s.Id IN (1, 2)",
    "SELECT p.Key, v.Name FROM Projects p LEFT JOIN ProjectVersions v ON v.ProjectId = p.Id WHERE p.Key = 'PAY'",
    "SELECT g.Name, u.DisplayName FROM GroupMembers m JOIN Groups g ON g.Id = m.GroupId JOIN Users u ON u.AccountId = m.AccountId",
    "SELECT Key FROM Issues WHERE ProjectKey = 'PAY' AND (Status = 'Done' OR NOT Priority IN ('High', 'Low')) ORDER BY Created",
    "SELECT Key FROM Issues WHERE SecurityLevel IS NOT NULL",
    "SELECT f.Name, o.Value FROM FieldOptions o JOIN CustomFields f ON f.Id = o.FieldId WHERE o.ContextId = 10101",
];

/// What was asked, and what should not have happened.
#[derive(Default)]
struct Watch {
    recorded: Recorded,
    complaints: Vec<String>,
    /// Addresses that may answer so: of a parent without rows by nature, of a record that does not exist.
    refusals: Vec<(String, u16)>,
}

impl Watch {
    fn new(tables: &[Arc<Table>]) -> Self {
        let paths = || tables.iter().flat_map(|t| &t.paths);
        let without_rows =
            paths().filter_map(|p| p.no_rows.as_ref().map(|no_rows| (p.address.clone(), no_rows.status)));
        let absent = paths().filter_map(|p| p.exists.as_ref().map(|address| (address.clone(), 404)));
        // A search is refused for one key that it does not know.
        let searches = paths().filter(|p| in_jql(p)).map(|p| (p.address.clone(), 400));
        Self { refusals: without_rows.chain(absent).chain(searches).collect(), ..Self::default() }
    }

    fn complain(&mut self, statement: &str, complaint: impl std::fmt::Display) {
        self.complaints.push(format!("{statement}: {complaint}"));
    }

    /// Takes over what was asked since the last time.
    fn take(&mut self, sandbox: &Sandbox, statement: &str) -> Vec<ServedRequest> {
        let requests = sandbox.requests();
        sandbox.clear_requests();
        for request in &requests {
            self.recorded.add(request);
            let expected =
                |(address, status): &(String, u16)| *status == request.status && fits(address, &request.path);
            if request.status != 200 && !self.refusals.iter().any(expected) {
                let ServedRequest { method, path, query, body, status, .. } = request;
                self.complain(statement, format_args!("{status} to {method} {path}?{query} {body}"));
            }
        }
        requests
    }

    /// Runs a statement; `None` if it fails, which is a complaint.
    async fn run(&mut self, sandbox: &Sandbox, session: &Session, sql: &str, at: &str) -> Option<usize> {
        let answer = rows(session, sql).await;
        self.take(sandbox, at);
        answer.map_err(|e| self.complain(at, e)).ok()
    }
}

fn connection(sandbox: &Sandbox) -> String {
    format!("{};RetryDelay=0.01", sandbox.connection_string())
}

/// Do keys go into a search?
fn in_jql(path: &AccessPath) -> bool {
    path.needs.as_ref().is_some_and(|needs| matches!(needs.at, Destination::Jql(_)))
}

/// The paths that answer queries on Cloud, whose documents are at hand.
fn paths(table: &Table) -> impl Iterator<Item = &AccessPath> {
    table.paths.iter().filter(|p| !p.candidates && p.deployments.contains(&Deployment::Cloud))
}

fn name(column: &Column) -> String {
    format!("\"{}\"", column.name)
}

/// Rows of these columns, as text.
type Texts = Vec<Vec<Option<String>>>;

async fn texts(session: &Session, table: &Table, columns: &[usize]) -> Result<Texts, String> {
    let value = |column: &Column| match column.data_type {
        ColumnType::List(..) => format!("array_element({}, 1)", name(column)),
        _ => name(column),
    };
    let names: Vec<String> = columns.iter().map(|c| value(&table.columns[*c])).collect();
    let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
    let options = FormatOptions::default();
    let mut found = vec![];
    for batch in batches(session, &sql).await? {
        let cell = |column: &dyn Array, row| {
            let value = || ArrayFormatter::try_new(column, &options).unwrap().value(row).to_string();
            column.is_valid(row).then(value)
        };
        found.extend(
            (0..batch.num_rows())
                .map(|row| batch.columns().iter().map(|c| cell(c.as_ref(), row)).collect::<Vec<_>>()),
        );
    }
    Ok(found)
}

/// A WHERE, and the number of rows that it lets through, where the values of its columns are all that it takes to know.
struct Filter {
    clause: String,
    rows: Option<usize>,
}

/// For each operator a filter over the first of these columns; the others have one value, with which it goes together.
fn filters(table: &Table, together: &[usize], columns: &[usize], rows: &Texts) -> Vec<Filter> {
    let places: Vec<usize> =
        together.iter().map(|column| columns.iter().position(|c| c == column).unwrap()).collect();
    // What has few rows asks as much as what has many.
    let mut keys: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in rows {
        let key: Option<Vec<String>> = places.iter().map(|at| row[*at].clone()).collect();
        if let Some(key) = key.filter(|key| !key[0].starts_with(HIDDEN)) {
            *keys.entry(key).or_default() += 1;
        }
    }
    let mut keys: Vec<(Vec<String>, usize)> = keys.into_iter().collect();
    keys.sort_by_key(|(_, rows)| *rows);
    let Some((first, number)) = keys.first() else { return vec![] };
    // Where there is but one, IN says the same as `=`.
    let second = keys.iter().find(|(key, _)| key[0] != first[0] && key[1..] == first[1..]);
    let written =
        |column: usize, value: &str| quoted_value(&table.columns[column], &value.replace('\'', "''"));
    let column = name(&table.columns[together[0]]);
    let value = written(together[0], &first[0]);
    let other = second.map_or_else(|| value.clone(), |(key, _)| written(together[0], &key[0]));
    let filter = |operator: &'static str| {
        let (term, rows) = match operator {
            "=" => (format!("{column} = {value}"), Some(*number)),
            "IN" => (
                format!("{column} IN ({value}, {other})"),
                Some(number + second.map_or(0, |(_, rows)| *rows)),
            ),
            "<>" | "<" | "<=" | ">" | ">=" => (format!("{column} {operator} {value}"), None),
            "NOT IN" => (format!("{column} NOT IN ({value}, {other})"), None),
            "BETWEEN" => (format!("{column} BETWEEN {value} AND {other}"), None),
            "array_has" => (format!("array_has({column}, {value})"), None),
            "IS NULL" | "IS NOT NULL" | "IS TRUE" | "IS FALSE" => (format!("{column} {operator}"), None),
            other => panic!("no statement is written here for `{other}`"),
        };
        let along = together.iter().zip(first).skip(1);
        let along =
            along.map(|(c, value)| format!(" AND {} = {}", name(&table.columns[*c]), written(*c, value)));
        Filter { clause: term + &along.collect::<String>(), rows }
    };
    pushdown::operators(table, together[0]).into_iter().map(filter).collect()
}

/// The columns that are filtered together where this path is the only one.
fn takes(table: &Table, path: &AccessPath, usable: &[usize]) -> Vec<Vec<usize>> {
    let gives = |c: &usize| match &table.columns[*c].source {
        Source::Lookup(lookup) => path.provides.contains(c) || path.provides.contains(&lookup.by),
        _ => path.provides.contains(c),
    };
    let needs = path.needs.as_ref();
    let searches = needs.is_none() && path.search.is_some();
    let takes = |c: &usize| {
        let is_key = needs.is_some_and(|n| n.columns.contains(c) && (n.with.is_empty() || n.keys.is_some()));
        let goes_along = needs.is_some_and(|n| n.keys.is_some() && n.with.iter().any(|w| w.column == *c));
        let is_said = path.parameters.iter().any(|parameter| parameter.columns.contains(c));
        gives(c) && (is_key || goes_along || is_said || searches && table.columns[*c].jql.is_some())
    };
    let alone = usable.iter().filter(|c| takes(c)).map(|c| vec![*c]);
    alone.chain(pair(path)).collect()
}

/// The key of a path with all that goes along with it.
fn pair(path: &AccessPath) -> Option<Vec<usize>> {
    path.needs.as_ref().filter(|n| !n.with.is_empty()).map(|n| n.all_columns().collect())
}

/// A WHERE over each column that paths can use, with each operator, by each path alone and as the planner likes best.
async fn filter_each_column(watch: &mut Watch, tables: &[Arc<Table>]) {
    let sandbox = Sandbox::start(SandboxConfig { issues: 60, ..small() }).await.unwrap();
    let connection = connection(&sandbox);
    let plain = session(&connection, Library::built_in());
    for table in tables.iter().filter(|t| t.name.schema == "public") {
        let columns = 0..table.columns.len();
        let usable: Vec<usize> = columns.filter(|c| !pushdown::operators(table, *c).is_empty()).collect();
        if usable.is_empty() {
            continue;
        }
        let all = texts(&plain, table, &usable).await;
        watch.take(&sandbox, &table.name.name);
        let all = match all {
            Ok(all) => all,
            Err(e) => {
                watch.complain(&table.name.name, e);
                continue;
            }
        };
        let paths: Vec<&AccessPath> = paths(table).collect();
        let alone = paths.iter().filter(|_| paths.len() > 1).map(|path| {
            let columns: Vec<String> = path.provides.iter().map(|c| name(&table.columns[*c])).collect();
            let session = session(&connection, with(table, &alone(table, path, None)));
            let at = format!("{}, `{}`", table.name, path.name);
            (at, columns.join(", "), Some(session), takes(table, path, &usable))
        });
        // What goes into JQL is the same by any path.
        let is_key = |c: &&usize| {
            paths.iter().filter_map(|p| p.needs.as_ref()).any(|n| n.all_columns().any(|key| key == **c))
        };
        let each = usable
            .iter()
            .filter(|c| paths.len() == 1 || is_key(c))
            .map(|c| vec![*c])
            .chain(paths.iter().filter_map(|path| pair(path)));
        let by_choice = (table.name.to_string(), "*".to_owned(), None, each.collect());
        for (way, columns, session, takes) in alone.chain([by_choice]) {
            let session = session.as_ref().unwrap_or(&plain);
            for together in takes {
                let filters = filters(table, &together, &usable, &all);
                let first = &table.columns[together[0]].name;
                if filters.is_empty() && first != UNFILLED {
                    watch.complain(&way, format_args!("no value of `{first}`"));
                }
                for filter in filters {
                    let Filter { clause, rows } = filter;
                    let sql = format!("SELECT {columns} FROM {} WHERE {clause}", table.name);
                    let at = format!("{way} WHERE {clause}");
                    if let Some(found) = watch.run(&sandbox, session, &sql, &at).await
                        && let Some(expected) = rows
                        && found != expected
                    {
                        watch.complain(&at, format_args!("{found} rows, {expected} in the whole table"));
                    }
                }
            }
        }
    }
}

/// Keys whose records an answer does not give: because there are none, or for this once.
async fn ask_which_exist(watch: &mut Watch, tables: &[Arc<Table>]) {
    let assumptions = Assumptions { missing_issues: MissingIssues::InIssueErrors, ..Assumptions::default() };
    let sandbox = Sandbox::start(SandboxConfig { issues: 12, assumptions, ..small() }).await.unwrap();
    let connection = connection(&sandbox);
    let site = sandbox.site();
    let issue = site.searchable_issues(Caller::Demo).next().unwrap();
    let here = [issue.id.to_string(), issue.key.clone()];
    for table in tables {
        for path in paths(table) {
            let (Some(address), Some(needs)) = (&path.exists, &path.needs) else { continue };
            let session = session(&connection, with(table, &alone(table, path, None)));
            let columns: Vec<String> = path.provides.iter().map(|c| name(&table.columns[*c])).collect();
            for (column, (here, nobody)) in needs.columns.iter().zip(here.iter().zip(NOBODY)) {
                let column = &table.columns[*column];
                let [here, nobody] = [here, nobody].map(|key| quoted_value(column, key));
                let (select, from) =
                    (columns.join(", "), format!("FROM {} WHERE {}", table.name, name(column)));
                let cases = [(format!("{here}, {nobody}"), 404), (here, 200)];
                // A search does not refuse single issues.
                for (keys, status) in cases.into_iter().filter(|it| it.1 == 404 || !in_jql(path)) {
                    if status == 200 {
                        sandbox.refuse_issue(issue.id, 2);
                    }
                    let at = format!("{}, `{}`, {status}", table.name, path.name);
                    let answer = rows(&session, &format!("SELECT {select} {from} IN ({keys})")).await;
                    let asked = watch.take(&sandbox, &at);
                    if let Err(e) = answer {
                        watch.complain(&at, e);
                    }
                    if !asked
                        .iter()
                        .any(|r| r.status == status && r.method == "GET" && fits(address, &r.path))
                    {
                        watch.complain(&at, format_args!("{address} was not asked"));
                    }
                }
            }
        }
    }
}

/// A count of each table that the site can estimate.
async fn count_by_estimate(watch: &mut Watch, tables: &[Arc<Table>]) {
    let sandbox = Sandbox::start(SandboxConfig { issues: 12, ..small() }).await.unwrap();
    let session = session(&connection(&sandbox), Library::built_in());
    rows(&session, "SET jirrow.approximate_count = true").await.unwrap();
    let mut estimates = 0;
    for table in tables {
        for count in paths(table).filter_map(|p| p.count.as_ref()) {
            let sql = format!("SELECT COUNT(*) FROM {}", table.name);
            let answer = rows(&session, &sql).await;
            let asked = watch.take(&sandbox, &sql);
            assert!(asked.iter().any(|r| fits(&count.address, &r.path)), "{sql}: {answer:?}, {asked:#?}");
            estimates += 1;
        }
    }
    assert!(estimates > 0);
}

/// The statements whose requests are counted elsewhere, joins, views and analyses.
async fn ask_more(watch: &mut Watch) {
    let fixture = Fixture::start(SandboxConfig { issues: 60, ..small() }, "").await;
    let mut statements = requests::statements(&fixture);
    statements.extend(JOINS.map(str::to_owned));
    let queries = Queries::built_in();
    statements.extend(queries.views().map(|view| format!("SELECT * FROM {}", view.name)));
    for statement in &statements {
        watch.run(&fixture.sandbox, &fixture.session, statement, statement).await;
    }
    for analysis in queries.analyses() {
        let run = analysis.sql.lines().find_map(|line| line.strip_prefix("-- Run: "));
        let given = sql::parameters(run.unwrap());
        if let Err(e) = fixture.rows_with(&analysis.sql, &given).await {
            watch.complain(&analysis.name, e);
        }
        watch.take(&fixture.sandbox, &analysis.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_a_statement_is_valid_under_the_documents() {
    let (Some(folder), Some(python)) = (documents(), crate::python::python()) else { return };
    let tables = tables();
    let mut watch = Watch::new(&tables);
    filter_each_column(&mut watch, &tables).await;
    ask_which_exist(&mut watch, &tables).await;
    count_by_estimate(&mut watch, &tables).await;
    ask_more(&mut watch).await;
    let Watch { recorded, mut complaints, .. } = watch;
    complaints.extend(recorded.held_against(&folder, python).err());
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
