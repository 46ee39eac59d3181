//! What `SELECT *` gives is what the sandbox's model holds: every row that the account may see, each once, every value
//! in its column's type; whatever goes wrong on the way, and under every reading of what is unverified about Jira.
//! Expected rows come from the model and from columns written by hand, with nothing of the connector's table files.

mod administration;
mod custom;
mod data_center;
mod edits;
mod failures;
mod literals;
mod order;
mod server;
mod site;
pub(crate) mod tables;
pub(crate) mod value;

use std::time::Duration;

use jirrow::sandbox::{Assumptions, SandboxConfig};

use crate::support::{Fixture, small};
pub(crate) use site::Seen;
use tables::{COMMENTS, INSIDE_ISSUES, ISSUES, Table, WORKLOGS};
pub(crate) use tables::{TABLES, all};
use value::{Row, Rows, Value};

/// More issues than the small sites have, and few enough that JQL search alone is the cheapest path.
const BY_SEARCH: &str = "SELECT * FROM Issues LIMIT 500";

/// The rows of a statement that selects all columns of a table.
async fn read(fixture: &Fixture, table: &Table, sql: &str) -> Result<Rows, String> {
    let batches = fixture.rows(sql).await.map_err(|e| e.to_string())?;
    value::rows(&batches, &table.columns_on(&fixture.sandbox.site()), table.key)
}

/// Reads the whole of a table and holds it against the model.
pub(crate) async fn assert_whole(fixture: &Fixture, table: &Table, sql: &str, case: &str) {
    let found = read(fixture, table, sql).await.unwrap_or_else(|e| panic!("{case}, {}: {e}", table.name));
    let expected = table.expected_under(&fixture.sandbox.site(), fixture.sandbox.assumptions());
    assert!(!expected.is_empty(), "{case}: the model has no `{}`", table.name);
    let differences = value::differences(&expected, &found);
    let (first, number) = (differences.iter().take(10).collect::<Vec<_>>(), differences.len());
    assert!(differences.is_empty(), "{case}, {}: {number} differences: {first:#?}", table.name);
    let findings = fixture.session.report().take();
    assert_eq!(findings.warnings, Vec::<String>::new(), "{case}, {}", table.name);
}

/// Reads all tables.
async fn assert_tables(fixture: &Fixture, case: &str) {
    for table in tables::all() {
        assert_whole(fixture, table, &format!("SELECT * FROM {}", table.name), case).await;
    }
    assert_whole(fixture, &ISSUES, BY_SEARCH, &format!("{case}, by search")).await;
    server::assert_row(fixture, case).await;
}

/// Reads all tables by each of the ways that can give a whole table.
async fn assert_site(fixture: &Fixture, case: &str) {
    assert_tables(fixture, case).await;
    for table in [&WORKLOGS, &COMMENTS].into_iter().chain(INSIDE_ISSUES) {
        let sql = of_all_issues(fixture, table);
        assert_whole(fixture, table, &sql, &format!("{case}, issue by issue")).await;
        assert_whole(fixture, table, &of_listed_issues(table), &format!("{case}, of listed issues")).await;
    }
    for table in INSIDE_ISSUES {
        let sql = format!("SELECT * FROM {} LIMIT 500", table.name);
        assert_whole(fixture, table, &sql, &format!("{case}, by search")).await;
    }
}

/// Asks for the rows of a table with all issues named.
fn of_all_issues(fixture: &Fixture, table: &Table) -> String {
    let ids: Vec<String> = Seen(&fixture.sandbox.site()).issues().map(|it| it.id.to_string()).collect();
    format!("SELECT * FROM {} WHERE IssueId IN ({})", table.name, ids.join(", "))
}

/// Asks for the rows of all issues that a list has.
fn of_listed_issues(table: &Table) -> String {
    format!("SELECT * FROM {} WHERE IssueId IN (SELECT Id FROM Issues)", table.name)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_table_is_what_the_model_holds() {
    let fixture = Fixture::start(small(), "").await;
    assert_site(&fixture, "faults 0").await;
    fixture.sandbox.clear_requests();
    fixture.rows(BY_SEARCH).await.unwrap();
    let fetched = fixture.sandbox.requests().iter().any(|r| r.path.ends_with("/bulkfetch"));
    assert!(!fetched, "`{BY_SEARCH}` no longer reads by search alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_table_of_a_larger_site_is_what_the_model_holds() {
    let fixture = Fixture::start(SandboxConfig { issues: 1_200, seed: 2, ..small() }, "").await;
    for table in tables::all() {
        assert_whole(&fixture, table, &format!("SELECT * FROM {}", table.name), "1,200 issues").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_site_has_no_issues_and_is_no_error() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    for table in tables::all() {
        let found = read(&fixture, table, &format!("SELECT * FROM {}", table.name)).await.unwrap();
        assert_eq!(
            value::differences(&table.expected(&fixture.sandbox.site()), &found),
            Vec::<String>::new()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_change_no_row() {
    for seed in [1, 2, 3] {
        let fixture = Fixture::start(SandboxConfig { faults: 0.2, seed, issues: 150, ..small() }, "").await;
        let case = format!("faults 0.2, seed {seed}");
        if seed == 1 {
            assert_site(&fixture, &case).await;
        } else {
            for table in [&ISSUES, &COMMENTS] {
                assert_whole(&fixture, table, &format!("SELECT * FROM {}", table.name), &case).await;
            }
            assert_whole(&fixture, &WORKLOGS, &of_all_issues(&fixture, &WORKLOGS), &case).await;
            assert_whole(&fixture, &WORKLOGS, &of_listed_issues(&WORKLOGS), &case).await;
        }
        let served = fixture.sandbox.requests();
        assert!(served.iter().any(|r| r.fault.is_some()), "seed {seed}: nothing went wrong");
        assert!(fixture.sandbox.refused_issues() > 0, "seed {seed}: no issue was refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn latency_and_parallel_requests_change_no_row() {
    let latency = Duration::from_millis(5);
    let fixture =
        Fixture::start(SandboxConfig { latency, faults: 0.1, issues: 150, ..small() }, "MaxConcurrency=10")
            .await;
    assert_site(&fixture, "latency").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_reading_what_surrounds_issues_gives_the_same_rows() {
    // So few issues that a limit above all rows is still one for the search alone.
    let fixture = Fixture::start(SandboxConfig { issues: 30, ..small() }, "").await;
    let site = fixture.sandbox.site();
    for name in ["IssueAffectedVersions", "IssueTransitions", "IssueCustomFields"] {
        let table = tables::named(name);
        let sql = format!("SELECT * FROM {name} LIMIT 500");
        fixture.sandbox.clear_requests();
        assert_whole(&fixture, table, &sql, "by search").await;
        let fetched = fixture.sandbox.requests().iter().any(|r| r.path.ends_with("/bulkfetch"));
        assert!(!fetched, "`{sql}` no longer reads by search alone");
        assert_whole(&fixture, table, &of_all_issues(&fixture, table), "issue by issue").await;
    }
    for name in ["Watchers", "Votes", "IssueRemoteLinks", "IssueProperties"] {
        let table = tables::named(name);
        assert_whole(&fixture, table, &of_all_issues(&fixture, table), "issue by issue").await;
    }
    let list = |values: Vec<String>| values.join(", ");
    let one_by_one = [
        (
            "UserGroups",
            "AccountId",
            list(site.users.iter().map(|it| format!("'{}'", it.account_id)).collect()),
        ),
        (
            "ProjectIssueTypes",
            "ProjectId",
            list(Seen(&site).projects().map(|it| it.id.to_string()).collect()),
        ),
        ("BoardIssues", "BoardId", list((1..60).map(|id| id.to_string()).collect())),
    ];
    for (name, column, values) in one_by_one {
        let sql = format!("SELECT * FROM {name} WHERE {column} IN ({values})");
        assert_whole(&fixture, tables::named(name), &sql, "one by one").await;
    }
    // One issue alone is asked for its own list.
    let rows = tables::named("IssueTransitions").expected(&site);
    for id in Seen(&site).issues().map(|it| it.id).take(10) {
        for name in ["IssueTransitions", "Watchers", "Votes"] {
            let table = tables::named(name);
            let found =
                read(&fixture, table, &format!("SELECT * FROM {name} WHERE IssueId = {id}")).await.unwrap();
            let mut expected = table.expected(&site);
            expected.retain(|_, row| row["IssueId"] == Value::Int(id));
            assert_eq!(value::differences(&expected, &found), Vec::<String>::new(), "{name} of {id}");
        }
    }
    assert!(rows.len() > 30);
}

/// The tables that take long to read, and which of them a switch of the sandbox can reach by what they ask for. The others
/// are read under every reading.
const LONG: [&str; 9] = [
    "Issues",
    "Worklogs",
    "Comments",
    "IssueChangelogs",
    "IssueFieldHistory",
    "Sprints",
    "BoardSprints",
    "SprintIssues",
    "GroupMembers",
];

fn reached(switch: &str) -> &'static [&'static str] {
    // The long run reads every table under every switch, whatever is thought to reach it.
    if std::env::var_os("JIRROW_LONG").is_some() {
        return &LONG;
    }
    match switch {
        "id_only" | "search_page" | "short_pages" | "unknown_key" | "epoch" | "is_last" | "start_at"
        | "id_comparison" | "date_bounds" | "repeated_hour" | "unknown_bound" | "label_case"
        | "empty_order" | "plain_duration" | "duration_units" | "missing_ratio" => &["Issues"],
        "last_token" | "token_binding" => &["Issues", "IssueChangelogs", "IssueFieldHistory"],
        "bulkfetch" | "missing_issues" | "issue_offset" => &["Issues", "Comments"],
        "embedded_comments" | "embedded_lists" => &["Comments"],
        "feed_boundary" => &["Worklogs"],
        "app_members" | "last_page" | "unstated_maximum" => &["GroupMembers"],
        "bulk_created" | "bulk_items" => &["IssueChangelogs", "IssueFieldHistory"],
        "agile_total" => &["Sprints", "BoardSprints", "SprintIssues"],
        // Nothing is edited here, and the credentials are right.
        "hidden_links" | "lost_sprints" | "resolution_default" | "child_edit" | "wrong_credentials" => &[],
        // The default, and switches that nobody has placed yet.
        _ => &LONG,
    }
}

/// Reads a site under some of the readings of what nobody has verified.
async fn assert_readings(chosen: impl Fn(usize) -> bool) {
    let readings = Assumptions::all_readings().into_iter().enumerate().filter(|(index, _)| chosen(*index));
    let mut number = 0;
    for (_, (name, assumptions)) in readings {
        let fixture = Fixture::start(SandboxConfig { assumptions, issues: 130, ..small() }, "").await;
        let switch = name.split('=').next().unwrap_or_default();
        let reached = reached(switch);
        for table in TABLES.into_iter().filter(|it| !LONG.contains(&it.name) || reached.contains(&it.name)) {
            assert_whole(&fixture, table, &format!("SELECT * FROM {}", table.name), &name).await;
        }
        server::assert_row(&fixture, &name).await;
        if reached.contains(&"Issues") || switch == "hidden_links" {
            assert_whole(&fixture, &ISSUES, BY_SEARCH, &format!("{name}, by search")).await;
            for table in INSIDE_ISSUES {
                let sql = format!("SELECT * FROM {} LIMIT 500", table.name);
                assert_whole(&fixture, table, &sql, &format!("{name}, by search")).await;
            }
        }
        if ["bulkfetch", "embedded_lists", "issue_offset"].contains(&switch) {
            // These show in the worklogs inside issues.
            assert_whole(&fixture, &WORKLOGS, &of_listed_issues(&WORKLOGS), &name).await;
        }
        number += 1;
    }
    assert!(number > 5, "{number} readings");
}

// Two tests, so that two cores share them.
#[tokio::test(flavor = "multi_thread")]
async fn no_reading_of_an_open_question_changes_a_row() {
    assert_readings(|index| index % 2 == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_reading_of_an_open_question_changes_a_row() {
    assert_readings(|index| index % 2 == 1).await;
}

#[test]
fn the_model_fills_every_column_but_the_reviewed_ones() {
    let site = jirrow::sandbox::generate(1, 300);
    for table in tables::all() {
        let rows = table.expected(&site);
        let columns = table.columns_on(&site);
        for (column, _) in &columns {
            let filled = rows.values().any(|row: &Row| row[column] != Value::Null);
            let reviewed = table.empty.iter().any(|(name, _)| name == column);
            assert!(
                filled != reviewed,
                "`{}.{column}`: filled {filled}, listed as empty {reviewed}",
                table.name
            );
        }
        let row = rows.values().next().unwrap();
        let listed: Vec<&str> =
            columns.iter().map(|(name, _)| *name).filter(|name| row.contains_key(name)).collect();
        assert_eq!((listed.len(), row.len()), (columns.len(), columns.len()), "`{}`", table.name);
    }
}

#[test]
fn every_curated_table_is_in_the_model() {
    // What a server says of itself is literal, and webhooks are read as an app.
    let apart = ["ServerInfo", "Webhooks"];
    let library = jirrow::schema::Library::built_in();
    let names = library.names("jira", "public").into_iter().map(|name| name.name.as_str());
    let missing: Vec<_> = names
        .filter(|name| !apart.contains(name) && !tables::all().any(|table| table.name == *name))
        .collect();
    assert!(missing.is_empty(), "no rows are expected of {missing:?}");
}
