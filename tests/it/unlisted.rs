//! Issues that no list has: those of archived projects, which Jira gives to who asks for them by id or key. They are rows
//! of no table, however a statement names them; and keys that a search does not know take nothing with them.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use datafusion::arrow::array::RecordBatch;
use jirrow::catalog::Session;
use jirrow::connection::Connection;
use jirrow::sandbox::assumptions::{ArchivedKey, UnknownKey};
use jirrow::sandbox::model::{Access, Caller, Issue};
use jirrow::sandbox::{Assumptions, Deployment, SandboxConfig};
use jirrow::schema::{self, Library, Source, Table};
use serde_json::json;

use crate::support::{Fixture, shown, small, sorted};

/// The tables some of whose paths answer to keys that no list has.
fn tables(deployment: schema::Deployment) -> Vec<Table> {
    let library = Library::built_in();
    let names = library.names("jira", "public").into_iter();
    let tables = names.map(|name| library.table("jira", "public", &name.name).unwrap().unwrap());
    let tables = tables.filter(|table| table.exists_on(deployment)).map(|table| table.on(deployment));
    tables
        .filter(|table| table.paths.iter().any(|path| path.listed.is_some()))
        .map(|table| (*table).clone())
        .collect()
}

/// Each column by which a table can be asked for an issue, and whether its values are keys rather than ids.
fn keys(table: &Table) -> Vec<(String, bool)> {
    let listed = table.paths.iter().find_map(|path| path.listed.as_ref()).unwrap();
    let columns = table.columns.iter().enumerate();
    let named = columns.filter_map(|(at, column)| match &column.source {
        _ if at == listed.column => Some((column.name.clone(), false)),
        _ if table.name.name == "Issues" && column.name == "Key" => Some((column.name.clone(), true)),
        Source::Lookup(it) if it.by == listed.column && it.column == "Key" => {
            Some((column.name.clone(), true))
        }
        _ => None,
    });
    named.collect()
}

/// An issue that is listed and has something of everything, and one of an archived project.
fn issues(fixture: &Fixture) -> (Issue, Issue) {
    let site = fixture.sandbox.site();
    let [listed, archived] = [Access::Searchable, Access::DirectOnly].map(|access| {
        let issues = site.issues.values().filter(|it| site.access(it, Caller::Demo) == access);
        let parts = |it: &&Issue| (it.comments.len().min(1) + it.worklogs.len().min(1), it.comments.len());
        issues.max_by_key(parts).unwrap().clone()
    });
    (listed, archived)
}

/// The same rows by the names of the issues as out of the list of all.
async fn assert_same(config: SandboxConfig) {
    let deployment = match config.deployment {
        Deployment::Cloud => schema::Deployment::Cloud,
        Deployment::DataCenter => schema::Deployment::DataCenter,
    };
    let fixture = Fixture::start(config, "").await;
    let (listed, archived) = issues(&fixture);
    let mut found = BTreeSet::new();
    for table in tables(deployment) {
        let name = &table.name.name;
        for (column, is_key) in keys(&table) {
            let value = |issue: &Issue| match is_key {
                true => format!("'{}'", issue.key),
                false => issue.id.to_string(),
            };
            let of_issue = if is_key { "Key" } else { "Id" };
            let unknown = if is_key { "'NOPE-7'" } else { "7" };
            let values = format!("{}, {}, {unknown}", value(&listed), value(&archived));
            let rows = format!("({}), ({}), ({unknown})", value(&listed), value(&archived));
            let all = format!("SELECT * FROM {name} WHERE {column} IN ({values})");
            fixture.rows("SET jirrow.pushdown = false").await.unwrap();
            let expected = sorted(&fixture.rows(&all).await.unwrap());
            fixture.rows("RESET jirrow.pushdown").await.unwrap();
            let of_archived = format!("SELECT * FROM {name} WHERE {column} = {}", value(&archived));
            let none = fixture.rows(&of_archived).await.unwrap_or_else(|e| panic!("{of_archived}: {e}"));
            assert_eq!(none.iter().map(RecordBatch::num_rows).sum::<usize>(), 0, "{of_archived}");
            for sql in [
                all.clone(),
                format!("SELECT t.* FROM (VALUES {rows}) AS k(v) JOIN {name} t ON t.{column} = k.v"),
                format!("SELECT * FROM {name} WHERE {column} IN (SELECT v FROM (VALUES {rows}) AS k(v))"),
                // What is listed beside what is not.
                format!(
                    "SELECT t.* FROM (SELECT {of_issue} AS v FROM Issues WHERE Id = {} UNION SELECT v FROM (VALUES {rows}) AS k(v)) AS k JOIN {name} t ON t.{column} = k.v",
                    listed.id
                ),
            ] {
                let given = fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
                assert_eq!(sorted(&given), expected, "{sql}");
            }
            if !expected.is_empty() {
                found.insert(name.clone());
            }
        }
    }
    assert!(found.contains("Comments") && found.len() > 6, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_issues_are_in_no_table_however_they_are_named() {
    assert_same(SandboxConfig { issues: 150, ..small() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_issues_that_jql_does_not_know_are_in_no_table() {
    let assumptions = Assumptions {
        archived_key: ArchivedKey::Unknown,
        unknown_key: UnknownKey::Refused,
        ..Assumptions::default()
    };
    assert_same(SandboxConfig { issues: 150, assumptions, ..small() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_issues_are_in_no_table_of_data_center() {
    assert_same(SandboxConfig { issues: 150, deployment: Deployment::DataCenter, ..small() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_archived_issues_are_not_found_by_their_ids() {
    let fixture = Fixture::start(SandboxConfig { issues: 150, ..small() }, "").await;
    let site = fixture.sandbox.site();
    let [listed, archived] = [Access::Searchable, Access::DirectOnly].map(|access| {
        let issues = site.issues.values().filter(|it| site.access(it, Caller::Demo) == access);
        issues.flat_map(|it| &it.comments).find(|it| it.visible_to(Caller::Demo)).unwrap().id
    });
    fixture.warm().await;
    let sql = format!("SELECT Id FROM Comments WHERE Id IN ({listed}, {archived})");
    assert_eq!(shown(&fixture.rows(&sql).await.unwrap()), [listed.to_string()]);
    let notes = fixture.session.report().take().notes;
    assert!(
        notes.iter().any(|it| it.starts_with("1 rows that were asked for by id are left out of `Comments`")),
        "{notes:?}"
    );
    // The comments, and whether their issues are listed.
    assert_eq!(fixture.requests(&sql).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_nobody_knows_cost_two_requests_a_block_and_lose_nothing() {
    let fixture = Fixture::start(SandboxConfig { issues: 150, ..small() }, "").await;
    let (listed, _) = issues(&fixture);
    fixture.warm().await;
    let key = listed.key.clone();
    let unknown = "SELECT Key FROM Issues WHERE Key = 'NOPE-7'";
    assert_eq!(shown(&fixture.rows(unknown).await.unwrap()), Vec::<String>::new());
    assert_eq!(fixture.requests(unknown).await.len(), 2);
    let some = format!("SELECT Key FROM Issues WHERE Key IN ('NOPE-7', '{key}', 'NOPE-8')");
    assert_eq!(shown(&fixture.rows(&some).await.unwrap()), std::slice::from_ref(&key));
    // The block, which is refused and names two keys; whether the first of them is there; the rest of the block.
    assert_eq!(fixture.requests(&some).await.len(), 3);
    let one = format!("SELECT Key FROM Issues WHERE Key = '{key}'");
    assert_eq!(fixture.requests(&one).await.len(), 1);
}

/// What comes out of a list of issues is not looked for in it again.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_listed_are_not_looked_up_in_the_list() {
    let fixture = Fixture::start(SandboxConfig { issues: 150, ..small() }, "").await;
    fixture.warm().await;
    let (listed, _) = issues(&fixture);
    let key = listed.key.clone();
    for (sql, most) in [
        (
            format!(
                "SELECT l.Id FROM Issues i JOIN IssueRemoteLinks l ON l.IssueId = i.Id WHERE i.Key = '{key}'"
            ),
            2,
        ),
        (
            format!(
                "SELECT l.Id FROM IssueRemoteLinks l WHERE l.IssueId IN (SELECT Id FROM Issues WHERE Key = '{key}')"
            ),
            2,
        ),
        (format!("SELECT Id FROM IssueRemoteLinks WHERE IssueId = {}", listed.id), 2),
        (format!("SELECT * FROM Comments WHERE IssueId = {} LIMIT 5", listed.id), 1),
        // What is computed is no id of a list.
        (
            format!(
                "SELECT l.Id FROM Issues i JOIN IssueRemoteLinks l ON l.IssueId = i.Id + 0 WHERE i.Key = '{key}'"
            ),
            3,
        ),
    ] {
        let requests = fixture.requests(&sql).await;
        assert_eq!(requests.len(), most, "{sql}: {requests:#?}");
    }
}

/// So many keys that it costs less to look for them among all ids.
#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_looked_for_among_all_ids() {
    let fixture = Fixture::start(SandboxConfig { issues: 4_000, ..small() }, "").await;
    fixture.warm().await;
    let some = "(SELECT Id + 0 AS k FROM Issues ORDER BY Id LIMIT 3000) AS s";
    let sql = format!("SELECT i.Key, i.Summary FROM {some} JOIN Issues i ON i.Id = s.k");
    let requests = fixture.requests(&sql).await;
    // The ids, once for either side, and blocks of those that are wanted.
    assert_eq!(requests.len(), 2 + 3, "{requests:#?}");
    let found: usize = fixture.rows(&sql).await.unwrap().iter().map(RecordBatch::num_rows).sum();
    assert_eq!(found, 3_000);
}

/// A site behind a proxy that lets no search through, and hides issues behind a page of its own.
async fn behind_a_proxy(request: Request) -> Response {
    match request.uri().path() {
        "/rest/api/3/serverInfo" => Json(json!({"deploymentType": "Cloud"})).into_response(),
        "/rest/api/3/myself" => Json(json!({"accountId": "a", "timeZone": "Etc/UTC"})).into_response(),
        "/rest/api/3/field" => Json(json!([])).into_response(),
        "/rest/api/3/search/jql" => {
            let said = json!({"errorMessages": ["The request was refused by policy."], "errors": {}});
            (StatusCode::BAD_REQUEST, Json(said)).into_response()
        }
        _ => (StatusCode::NOT_FOUND, Html("<html><title>Nothing here</title></html>")).into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_calls_not_found_is_an_error_and_no_missing_issue() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(behind_a_proxy);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let connection: Connection =
        format!("URL={url};User=a@b.c;APIToken=a-long-token;MaxRetries=0").parse().unwrap();
    let session = Session::builder().connection(connection).build().unwrap();
    for sql in [
        "SELECT Key FROM Issues WHERE Key IN ('PAY-1', 'PAY-2')",
        "SELECT Id FROM Comments WHERE IssueId = 10001",
        "SELECT Id FROM IssueRemoteLinks WHERE IssueId = 10001",
    ] {
        let found = crate::contract::rows(&session, sql).await;
        assert!(found.is_err(), "{sql}: {found:?} rows");
    }
}
