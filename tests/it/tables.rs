//! Tables that a user writes: what a table file says is all that the program knows of them.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use jirrow::catalog::{Answer, Session};
use jirrow::connection::Connection;
use jirrow::sandbox::{Sandbox, SandboxConfig};
use jirrow::schema::Library;

use crate::support::{Fixture, small};

const ISSUES: &str = include_str!("../../schemas/jira/Issues.toml");
const USERS: &str = include_str!("../../schemas/jira/Users.toml");
const WORKLOGS: &str = include_str!("../../schemas/jira/Worklogs.toml");

/// A fixture whose library has one more table.
async fn with_table(config: SandboxConfig, name: &str, text: &str) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    std::fs::write(folder.path().join(format!("jira/{name}.toml")), text).unwrap();
    let mut library = Library::built_in();
    library.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(config).await.unwrap();
    let connection: Connection = format!("{};RetryDelay=0.01", sandbox.connection_string()).parse().unwrap();
    let session = Session::builder().connection(connection).library(library).build().unwrap();
    Fixture { sandbox, session }
}

async fn number(fixture: &Fixture, sql: &str) -> i64 {
    let batches = fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_do_not_fit_are_null_counted_and_kept_whole() {
    let odd = USERS.replace(r#"DisplayName = { type = "text""#, r#"DisplayName = { type = "int64""#);
    assert_ne!(odd, USERS);
    let fixture = with_table(small(), "Odd", &odd).await;
    let users = number(&fixture, "SELECT count(*) FROM Users").await;

    let batches = fixture.rows("SELECT DisplayName, FieldErrors FROM Odd").await.unwrap();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(i64::try_from(rows), Ok(users), "a misfit loses no row");
    assert!(batches.iter().all(|b| b.column(0).null_count() == b.num_rows()));
    let first = batches[0].column(1).as_string::<i32>().value(0);
    assert!(first.starts_with(r#"{"DisplayName":""#), "{first}");
    let findings = fixture.session.report().take();
    assert!(
        findings.warnings.iter().any(|w| w.starts_with(&format!("{users} values in `Odd`"))),
        "{findings:?}"
    );

    // The column of errors speaks for the whole row, not for what else is selected.
    let errors = number(&fixture, "SELECT count(*) FROM Odd WHERE FieldErrors IS NOT NULL").await;
    assert_eq!(errors, users);
    // And it is hidden.
    let batches = fixture.rows("SELECT * FROM Odd LIMIT 1").await.unwrap();
    assert!(batches[0].schema().field_with_name("FieldErrors").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_without_a_record_are_counted_where_each_key_has_one_of_its_own() {
    let listed = r#"keys = { table = "WorklogsDeleted", column = "Id" }"#;
    let gone = WORKLOGS.replace(r#"keys = { path = "feed" }"#, listed);
    assert_ne!(gone, WORKLOGS);
    let fixture = with_table(small(), "Gone", &gone).await;
    let deleted = number(&fixture, "SELECT count(*) FROM WorklogsDeleted").await;
    assert!(deleted > 0);
    fixture.session.report().take();
    fixture.rows("SELECT Id FROM Gone").await.unwrap();
    let notes = fixture.session.report().take().notes;
    let told = format!("{deleted} keys that were listed for `Gone` had no record");
    assert!(notes.iter().any(|note| note.starts_with(&told)), "{notes:?}");

    // One record for all projects of a scheme, and none of those that have no scheme by nature.
    fixture.rows("SELECT * FROM WorkflowSchemeProjects").await.unwrap();
    assert_eq!(fixture.session.report().take().notes, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_filter_is_dropped_for_the_whole_chain_of_pages() {
    let few = ISSUES
        .replace("page_size = 5000", "page_size = 50")
        .replace("typical_rows = 20_000", "typical_rows = 90");
    assert_ne!(few, ISSUES);
    let fixture = with_table(small(), "Few", &few).await;
    assert_eq!(number(&fixture, "SELECT count(*) FROM Few").await, 300);
    assert_eq!(number(&fixture, "SELECT count(*) FROM Few WHERE ProjectKey = 'NOPE'").await, 0);
    let notes = fixture.session.report().take().notes;
    assert!(notes.iter().any(|n| n.contains("the site refused `project = \"NOPE\"`")), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_survives_a_repartitioned_input() {
    let fixture = Fixture::start(small(), "").await;
    let all = number(&fixture, "SELECT count(*) FROM Worklogs").await;
    fixture.rows("SET datafusion.optimizer.enable_round_robin_repartition = true").await.unwrap();
    fixture.rows("SET datafusion.execution.target_partitions = 4").await.unwrap();
    let sql = "SELECT count(*) FROM (SELECT DISTINCT Id, IssueKey FROM Worklogs WHERE IssueKey <> '')";
    assert_eq!(number(&fixture, sql).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn curated_files_under_other_names_give_the_same_rows() {
    let fixture = with_table(small(), "Tickets", ISSUES).await;
    for column in ["Key", "Summary", "Description", "Updated", "ProjectKey"] {
        let sql = format!(
            "SELECT count(*) FROM Tickets t JOIN Issues i ON t.Id = i.Id AND t.{column} IS NOT DISTINCT FROM i.{column}"
        );
        assert_eq!(number(&fixture, &sql).await, 300, "{column}");
    }
}

/// Worklogs of one issue that were started after an instant: the endpoint takes both.
const STARTED: &str = r#"
about = "One worklog of an issue, started after an instant."
key = ["Id"]
typical_rows = 10
permission = ""
scopes = []
documentation = ""

[columns]
Id = { type = "int64", from = "id" }
IssueId = { type = "int64", outer = true }
After = { type = "int64", outer = true, about = "Epoch milliseconds" }

[[paths]]
name = "of one issue"
about = "those of one issue"
request = "GET /rest/api/3/issue/{IssueId}/worklog"
rows = "worklogs[]"
paging = "page"
page_size = 5000
needs = { columns = ["IssueId"], at = "path", batch = 1, with = { After = "query.startedAfter" } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_along_with_a_key_is_asked_for_with_each_key() {
    let fixture = with_table(small(), "Started", STARTED).await;
    let sql = "SELECT IssueId, count(*) FROM Worklogs GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2";
    let most = fixture.rows(sql).await.unwrap();
    let issues = most[0].column(0).as_primitive::<Int64Type>().values().to_vec();
    let counts = most[0].column(1).as_primitive::<Int64Type>().values().to_vec();

    fixture.sandbox.clear_requests();
    let sql = format!(
        "SELECT count(*) FROM Started WHERE IssueId IN ({}, {}) AND After IN (0, 4102444800000)",
        issues[0], issues[1]
    );
    assert_eq!(number(&fixture, &sql).await, counts[0] + counts[1], "none was started after the year 2100");
    let asked = fixture.sandbox.requests().iter().filter(|r| r.path.ends_with("/worklog")).count();
    assert_eq!(asked, 4, "each issue with each instant");

    for sql in [
        "SELECT Id FROM Started",
        "SELECT Id FROM Started WHERE IssueId = 1",
        "SELECT Id FROM Started WHERE After = 0",
    ] {
        let error = fixture.rows(sql).await.unwrap_err().to_string();
        assert!(error.contains("needs `IssueId = …` and `After = …` in the WHERE clause"), "{error}");
    }
}

/// A list that takes no notice of `startAt`.
fn at_once(page_size: usize) -> String {
    format!(
        r#"
about = "One status."
key = ["Id"]
typical_rows = 10
permission = ""
scopes = []
documentation = ""

[columns]
Id = {{ type = "int64", from = "id" }}
Name = {{ type = "text", from = "name" }}

[[paths]]
name = "list"
about = "all"
request = "GET /rest/api/3/status"
rows = "[]"
paging = "bare_array"
page_size = {page_size}
"#
    )
}

/// A page that comes once more says that the service does not page: then what came is all, or cut off.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_does_not_page_is_whole_or_an_error_and_ends() {
    let statuses = number(&Fixture::start(small(), "").await, "SELECT count(*) FROM Statuses").await;
    let statuses = usize::try_from(statuses).unwrap();
    for (page_size, expected) in [(statuses + 1, Some(statuses)), (statuses, None), (1, Some(statuses))] {
        let fixture = with_table(small(), "AllAtOnce", &at_once(page_size)).await;
        for sql in ["SELECT * FROM AllAtOnce", "SELECT Name FROM AllAtOnce"] {
            let statement = fixture.session.statements(sql).unwrap().pop_front().unwrap();
            let Answer::Rows(rows) = fixture.session.run(statement, sql).await.unwrap() else {
                panic!("{sql}")
            };
            let rows: Result<Vec<RecordBatch>, _> = rows.try_collect().await;
            let found = rows.map(|rows| rows.iter().map(RecordBatch::num_rows).sum());
            match expected {
                Some(expected) => assert_eq!(found.ok(), Some(expected), "{page_size}, {sql}"),
                None => {
                    assert!(found.unwrap_err().to_string().contains("given before"), "{page_size}, {sql}");
                }
            }
        }
    }
}

/// All curated files under other names, the tables that they name too, and nothing else.
fn renamed() -> Library {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/jira");
    let other = |name: &str| format!("{name}Copy");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let mut file: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        file.remove("aliases");
        let place = |value: &mut toml::Value| {
            let (table, column) = value.as_str().unwrap().split_once('.').unwrap();
            *value = format!("{}.{column}", other(table)).into();
        };
        for (_, column) in file["columns"].as_table_mut().unwrap() {
            let Some(column) = column.as_table_mut() else { continue };
            for word in ["lookup", "references"] {
                column.get_mut(word).into_iter().for_each(place);
            }
        }
        for path in file["paths"].as_array_mut().unwrap() {
            let table = path.get_mut("keys").and_then(|keys| keys.get_mut("table"));
            if let Some(table) = table {
                *table = other(table.as_str().unwrap()).into();
            }
            path.get_mut("listed").and_then(|listed| listed.get_mut("by")).into_iter().for_each(place);
        }
        let name = other(path.file_stem().unwrap().to_str().unwrap());
        let target = folder.path().join("jira").join(name).with_extension("toml");
        std::fs::write(target, toml::to_string(&file).unwrap()).unwrap();
    }
    let mut library = Library::default();
    library.add_folder(folder.path()).unwrap();
    library
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_is_known_by_its_name() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = format!("{};RetryDelay=0.01", sandbox.connection_string()).parse().unwrap();
    let session = Session::builder().connection(connection).library(renamed()).build().unwrap();
    let fixture = Fixture { sandbox, session };
    assert!(fixture.rows("SELECT * FROM Issues").await.is_err(), "the built-in tables are hidden");
    for table in crate::oracle::TABLES {
        let sql = format!("SELECT * FROM {}Copy", table.name);
        crate::oracle::assert_whole(&fixture, table, &sql, "under another name").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "arguments that it does not have")]
async fn an_argument_that_an_endpoint_does_not_have_fails_a_test() {
    let odd = USERS.replace("request = \"GET", "query = { startsAt = \"0\" }\nrequest = \"GET");
    let fixture = with_table(small(), "Odd", &odd).await;
    fixture.rows("SELECT count(*) FROM Odd").await.unwrap();
}
