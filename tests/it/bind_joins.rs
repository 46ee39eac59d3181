//! Joins with endpoints that must be given a key: they give what a join of plain tables gives, and a LIMIT asks for no
//! more keys than it needs.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;
use jirrow::catalog::Access;
use jirrow::sandbox::SandboxConfig;

use crate::support::{Fixture, plan, small, sorted};

/// A site whose issues have several rows to a key, with the tables as plain copies.
async fn site() -> Fixture {
    let config = SandboxConfig { issues: 150, ..small() };
    let fixture = Fixture::with_access(config, "", Access::Local).await;
    for sql in [
        "CREATE TABLE PlainIssues AS SELECT Id, Key, Summary, ParentKey, ProjectKey FROM Issues",
        "CREATE TABLE PlainComments AS SELECT Id, IssueKey, AuthorAccountId FROM Comments",
        "CREATE TABLE PlainWatchers AS SELECT v.issueIdOrKey, v.accountId FROM rest.IssueWatchers v WHERE v.issueIdOrKey IN (SELECT Key FROM Issues)",
    ] {
        fixture.rows(sql).await.unwrap();
    }
    fixture
}

/// The statement over the endpoints, and over the plain copies.
fn both(sql: &str) -> (String, String) {
    let plain = sql.replace("rest.IssueWatchers", "PlainWatchers").replace(" Issues", " PlainIssues");
    (sql.to_owned(), plain.replace(" Comments", " PlainComments"))
}

const JOINS: [&str; 9] = [
    "SELECT i.Key, v.accountId FROM Issues i JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.Key",
    "SELECT i.Key, v.accountId FROM rest.IssueWatchers v JOIN Issues i ON v.issueIdOrKey = i.Key",
    "SELECT i.Key, v.accountId FROM Issues i LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.Key",
    // Several rows to a key, on both sides; and another condition.
    "SELECT c.Id, v.accountId FROM Comments c JOIN rest.IssueWatchers v ON v.issueIdOrKey = c.IssueKey AND v.accountId <> c.AuthorAccountId",
    // Keys that are NULL.
    "SELECT i.Key, v.accountId FROM Issues i LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.ParentKey",
    "SELECT i.Key FROM Issues i WHERE EXISTS (SELECT 1 FROM rest.IssueWatchers v WHERE v.issueIdOrKey = i.Key)",
    "SELECT i.Key FROM Issues i WHERE NOT EXISTS (SELECT 1 FROM rest.IssueWatchers v WHERE v.issueIdOrKey = i.Key AND v.accountId > 'M')",
    "SELECT i.Key FROM Issues i WHERE i.ProjectKey = 'PAY' OR EXISTS (SELECT 1 FROM rest.IssueWatchers v WHERE v.issueIdOrKey = i.Key)",
    // Above a join of other sides.
    "SELECT i.Key, c.Id, v.accountId FROM Comments c JOIN Issues i ON i.Key = c.IssueKey JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.Key WHERE upper(i.Summary) LIKE '%A%'",
];

#[tokio::test(flavor = "multi_thread")]
async fn they_give_the_rows_of_plain_tables() {
    let fixture = site().await;
    for sql in JOINS {
        let (asked, plain) = both(sql);
        let expected = sorted(&fixture.rows(&plain).await.unwrap());
        assert!(expected.len() > 3, "{plain}");
        assert!(plan(&fixture, &asked).await.contains("BindJoinExec"), "{asked}");
        let found = sorted(&fixture.rows(&asked).await.unwrap_or_else(|e| panic!("{asked}: {e}")));
        assert_eq!(found, expected, "{asked}");
        // A limit that is never reached: the rows come in many blocks.
        let limited = format!("{asked} LIMIT 100000");
        let found = sorted(&fixture.rows(&limited).await.unwrap_or_else(|e| panic!("{limited}: {e}")));
        assert_eq!(found, expected, "{limited}");
        for limit in [1, 7] {
            let limited = format!("{asked} LIMIT {limit}");
            let found = sorted(&fixture.rows(&limited).await.unwrap());
            assert_eq!(found.len(), limit.min(expected.len()), "{limited}");
            let all: BTreeSet<&String> = expected.iter().collect();
            assert!(found.iter().all(|row| all.contains(row)), "{limited}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_is_asked_for_once() {
    let fixture = site().await;
    fixture.warm().await;
    let sql = "SELECT c.Id, v.accountId FROM PlainComments c JOIN rest.IssueWatchers v ON v.issueIdOrKey = c.IssueKey";
    let keys = fixture.rows("SELECT DISTINCT IssueKey FROM PlainComments").await.unwrap();
    let keys: usize = keys.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(fixture.requests(sql).await.len(), keys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_asks_for_few_keys() {
    let fixture = Fixture::start(SandboxConfig { issues: 2_000, ..small() }, "MaxConcurrency=4").await;
    fixture.warm().await;
    let joined = "FROM Issues i JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.Key";
    let sql = format!("SELECT i.Summary, v.accountId {joined} LIMIT 3");
    let requests = fixture.requests(&sql).await;
    let watchers = requests.iter().filter(|it| it.ends_with("/watchers")).count();
    // One page of issues, and of the first keys no more than come before the limit is reached.
    assert!(watchers <= 16 && requests.len() <= watchers + 2, "{requests:#?}");
    insta::assert_snapshot!(plan(&fixture, &sql).await);
}

/// Which side is the larger one, nobody knows of files and of what is unfolded; and keys come as texts of all kinds, as
/// numbers, and beside keys that can't be handed over.
#[tokio::test(flavor = "multi_thread")]
async fn keys_may_come_from_anywhere_and_be_of_any_type() {
    let fixture = site().await;
    let folder = tempfile::tempdir().unwrap();
    let keys = fixture.rows("SELECT Key FROM PlainIssues ORDER BY Id LIMIT 12").await.unwrap();
    let keys = sorted(&keys);
    let csv = folder.path().join("keys.csv");
    std::fs::write(&csv, format!("k\n{}\n", keys.join("\n"))).unwrap();
    let parquet = folder.path().join("keys.parquet");
    fixture
        .rows(&format!("COPY (SELECT k FROM '{}') TO '{}'", csv.display(), parquet.display()))
        .await
        .unwrap();
    let (csv, parquet) = (csv.display(), parquet.display());
    let list = keys.join("', '");
    for from in [
        format!("'{csv}' f JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.k"),
        format!("'{csv}' f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.k"),
        format!("rest.IssueWatchers v RIGHT JOIN '{csv}' f ON v.issueIdOrKey = f.k"),
        format!("'{parquet}' f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.k"),
        format!("(SELECT unnest(['{list}']) AS k) f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.k"),
        format!("(SELECT arrow_cast(Key, 'LargeUtf8') AS k FROM PlainIssues WHERE Key IN ('{list}')) f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.k"),
        "Comments f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.IssueKey AND upper(v.accountId) = upper(f.AuthorAccountId)".to_owned(),
        "Worklogs f LEFT JOIN rest.IssueWatchers v ON v.issueIdOrKey = f.IssueKey".to_owned(),
    ] {
        let sql = format!("SELECT f.*, v.accountId FROM {from}");
        let expected = sql.replace("rest.IssueWatchers", "PlainWatchers");
        let expected = sorted(&fixture.rows(&expected).await.unwrap());
        let found = fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        assert_eq!(sorted(&found), expected, "{sql}");
        assert!(!expected.is_empty(), "{sql}");
    }
    // Sprints of boards, whose ids are numbers: the same rows as of the boards that are named.
    let boards = fixture.rows("SELECT Id FROM Boards WHERE Type = 'scrum' ORDER BY Id").await.unwrap();
    let named = sorted(&boards).iter().map(|id| format!("'{}'", id.trim())).collect::<Vec<_>>().join(", ");
    let expected = format!("SELECT x.boardId, x.id FROM rest.AllSprints x WHERE x.boardId IN ({named})");
    let expected = sorted(&fixture.rows(&expected).await.unwrap());
    let joined = "SELECT x.boardId, x.id FROM Boards b JOIN rest.AllSprints x ON x.boardId = b.Id WHERE b.Type = 'scrum'";
    let found = fixture.rows(joined).await.unwrap_or_else(|e| panic!("{joined}: {e}"));
    assert_eq!(sorted(&found), expected);
    assert!(expected.len() > 3);
}
