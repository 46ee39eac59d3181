//! Keys that other parts of a statement give: the other side of a join, a subquery, an IN. Each statement has the rows that
//! it has without push-down, and asks for what those keys name and for nothing else.

use jirrow::sandbox::SandboxConfig;
use jirrow::sandbox::model::Caller;

use crate::support::{Fixture, small, sorted};

/// The rows of a statement, sorted.
async fn lines(fixture: &Fixture, sql: &str) -> Vec<String> {
    sorted(&fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")))
}

/// The rows that it has without push-down.
async fn plain_lines(fixture: &Fixture, sql: &str) -> Vec<String> {
    fixture.rows("SET jirrow.pushdown = false").await.unwrap();
    fixture.rows("SET datafusion.optimizer.enable_dynamic_filter_pushdown = false").await.unwrap();
    let plain = lines(fixture, sql).await;
    fixture.rows("SET datafusion.optimizer.enable_dynamic_filter_pushdown = true").await.unwrap();
    fixture.rows("SET jirrow.pushdown = true").await.unwrap();
    plain
}

/// The requests of a statement, whose rows must be those that it has without push-down.
async fn requests_of_right_rows(fixture: &Fixture, sql: &str) -> Vec<String> {
    let served = fixture.requests(sql).await;
    let pushed = lines(fixture, sql).await;
    assert_eq!(pushed, plain_lines(fixture, sql).await, "{sql}");
    assert!(!pushed.is_empty(), "no row: {sql}");
    served
}

/// Statements with the most requests that each may cost.
async fn assert_costs(fixture: &Fixture, cases: &[(String, usize)]) {
    for (sql, most) in cases {
        let served = requests_of_right_rows(fixture, sql).await;
        assert!(served.len() <= *most, "`{sql}`: {} requests, {most} allowed: {served:#?}", served.len());
    }
}

async fn site() -> Fixture {
    let fixture = Fixture::start(SandboxConfig { issues: 600, ..small() }, "").await;
    fixture.warm().await;
    fixture
}

/// Keys of some issues with a worklog and a change.
fn some_keys(fixture: &Fixture, number: usize) -> String {
    let site = fixture.sandbox.site();
    let some = site
        .searchable_issues(Caller::Demo)
        .filter(|it| (1..20).contains(&it.visible_worklogs(Caller::Demo).len()) && !it.histories.is_empty());
    let keys: Vec<String> = some.take(number).map(|it| format!("'{}'", it.key)).collect();
    assert_eq!(keys.len(), number);
    keys.join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_join_hands_its_keys_over() {
    let fixture = site().await;
    let keys = some_keys(&fixture, 12);
    let of_issues = format!("FROM Issues i JOIN Worklogs w ON w.IssueId = i.Id WHERE i.Key IN ({keys})");
    assert_costs(
        &fixture,
        &[
            (format!("SELECT i.Key, w.Id {of_issues}"), 2),
            (format!("SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id WHERE i.Key IN ({keys})"), 2),
            (format!("SELECT i.Key, sum(w.TimeSpentSeconds) {of_issues} GROUP BY 1 ORDER BY 2 DESC LIMIT 3"), 2),
            (format!("SELECT i.Key, w.Id FROM Issues i LEFT JOIN Worklogs w ON w.IssueId = i.Id WHERE i.Key IN ({keys})"), 2),
            (format!("SELECT w.Id FROM Worklogs w WHERE w.IssueId IN (SELECT Id FROM Issues WHERE Key IN ({keys}))"), 2),
            (format!("SELECT i.Key FROM Issues i WHERE i.Key IN ({keys}) AND EXISTS (SELECT 1 FROM Worklogs w WHERE w.IssueId = i.Id)"), 2),
            // By a column that is looked up.
            (format!("SELECT w.Id FROM Worklogs w JOIN (SELECT Key AS K FROM Issues WHERE Key IN ({keys})) i ON w.IssueKey = i.K"), 3),
            // The key and another condition.
            (format!("SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id AND w.Created > i.Created WHERE i.Key IN ({keys})"), 2),
            // Three tables. In the order in which they are written, worklogs and changes meet before issues say which.
            (format!("SELECT i.Key, w.Id, h.ToText FROM Issues i JOIN Worklogs w ON w.IssueId = i.Id JOIN IssueFieldHistory h ON h.IssueId = i.Id WHERE i.Key IN ({keys})"), 3),
            (format!("SELECT i.Key, w.Id, h.ToText FROM IssueFieldHistory h JOIN Worklogs w ON w.IssueId = h.IssueId JOIN Issues i ON h.IssueId = i.Id WHERE i.Key IN ({keys})"), 8),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subquery_gives_a_key() {
    let fixture = site().await;
    let key = some_keys(&fixture, 1);
    assert_costs(
        &fixture,
        &[
            (
                format!(
                    "SELECT w.Id FROM Worklogs w WHERE w.IssueId = (SELECT Id FROM Issues WHERE Key = {key})"
                ),
                2,
            ),
            ("SELECT Key FROM Issues WHERE Id = (SELECT max(Id) FROM Issues)".to_owned(), 2),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_keys_decides_how_rows_are_read() {
    let fixture = site().await;
    let few = some_keys(&fixture, 12);
    let few = format!("SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id WHERE i.Key IN ({few})");
    let served = requests_of_right_rows(&fixture, &few).await;
    assert_eq!(served, ["POST /rest/api/3/search/jql", "POST /rest/api/3/issue/bulkfetch"]);
    // The feed has all there is in fewer requests than all issues would take one by one.
    let (most, unknown) = (20_000, "SELECT value + 1 AS k FROM generate_series(1000000, 1020000)");
    let all = format!(
        "SELECT w.Id FROM Worklogs w JOIN (SELECT Id AS k FROM Issues UNION ALL {unknown}) i ON w.IssueId = i.k"
    );
    let served = fixture.requests(&all).await;
    assert!(served.len() < most / 100, "{}", served.len());
    assert!(served.iter().any(|it| it == "GET /rest/api/3/worklog/updated"), "{served:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_on_one_side_the_other_is_asked_nothing() {
    let fixture = site().await;
    for sql in [
        "SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id WHERE i.Key = 'NOPE-1'",
        "SELECT w.Id FROM Worklogs w WHERE w.IssueId IN (SELECT Id FROM Issues WHERE Key = 'NOPE-1')",
        "SELECT w.Id FROM Worklogs w WHERE w.IssueId = (SELECT Id FROM Issues WHERE Key = 'NOPE-1')",
    ] {
        let served = fixture.requests(sql).await;
        assert_eq!(served, ["POST /rest/api/3/search/jql", "GET /rest/api/3/issue/NOPE-1"], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_read_by_key_alone_takes_its_keys_from_a_join() {
    let fixture = site().await;
    let keys = some_keys(&fixture, 3);
    let watchers =
        "SELECT i.Key, v.accountId FROM Issues i JOIN rest.IssueWatchers v ON v.issueIdOrKey = i.Key";
    let sql = format!("{watchers} WHERE i.Key IN ({keys})");
    let by_hand =
        format!("SELECT issueIdOrKey, accountId FROM rest.IssueWatchers WHERE issueIdOrKey IN ({keys})");
    assert_eq!(lines(&fixture, &sql).await.len(), lines(&fixture, &by_hand).await.len());
    let served = fixture.requests(&sql).await;
    assert_eq!(served.len(), 4, "{served:#?}");
    let of_one = "SELECT v.accountId FROM rest.IssueWatchers v WHERE v.issueIdOrKey = (SELECT max(Key) FROM Issues WHERE Key IN";
    assert_eq!(fixture.requests(&format!("{of_one} ({keys}))")).await.len(), 2);
    // Where nothing gives a key, that is said before anything is asked.
    for sql in [
        "SELECT * FROM rest.IssueWatchers",
        "SELECT * FROM rest.IssueWatchers LIMIT 3",
        "SELECT i.Key FROM rest.IssueWatchers v LEFT JOIN Issues i ON v.issueIdOrKey = i.Key",
        "SELECT i.Key FROM Issues i JOIN rest.IssueWatchers v ON v.displayName = i.Summary",
    ] {
        fixture.sandbox.clear_requests();
        let error = fixture.rows(sql).await.unwrap_err().to_string();
        assert!(
            error.contains("rest.IssueWatchers` needs `issueIdOrKey = …` in the WHERE clause"),
            "{error}"
        );
        assert!(fixture.sandbox.requests().is_empty(), "{sql}");
    }
}

/// Filters come down by the names of columns; of two columns called `Id` the right one is bound.
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_one_name_are_told_apart() {
    let fixture = site().await;
    let site = fixture.sandbox.site();
    let mut parents = site.searchable_issues(Caller::Demo).filter_map(|it| it.parent.as_ref());
    let parent = parents.find(|it| site.issues.contains_key(&it.id)).expect("a parent");
    // By the key, so that nobody knows the id before the issue is read.
    let of = |alias: &str| format!("{alias}.Key = '{}'", site.issues[&parent.id].key);
    let children = "FROM Issues i JOIN Issues e ON e.Id = i.ParentId";
    for sql in [
        format!(
            "SELECT i.Key, u.DisplayName {children} LEFT JOIN Users u ON u.AccountId = i.AssigneeAccountId JOIN Issues g ON g.Id = e.Id WHERE {}",
            of("g")
        ),
        format!(
            "SELECT i.Id, e.Id, w.Id {children} JOIN Worklogs w ON w.IssueId = i.Id JOIN Issues s ON s.Id = e.Id WHERE {}",
            of("s")
        ),
        format!(
            "SELECT i.Id, e.Id, t.Id {children} JOIN IssueTypes t ON t.Id = i.IssueTypeId JOIN Issues s ON s.Id = e.Id WHERE {}",
            of("s")
        ),
    ] {
        requests_of_right_rows(&fixture, &sql).await;
    }
}

/// The best rows of an order may be on any page, and the last of them tie with others.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_rows_of_an_order_are_the_first_however_far_they_are() {
    let fixture = site().await;
    for (rows, most) in [
        ("Issues ORDER BY Created DESC, Id LIMIT 10", 1),
        ("Issues WHERE ProjectKey = 'PAY' ORDER BY Updated DESC, Id LIMIT 5", 1),
        ("Issues ORDER BY Created DESC, Id LIMIT 10 OFFSET 250", 6),
        ("Issues ORDER BY date_trunc('month', Created), Id LIMIT 7", 8),
        // Few rows count, and they are on late pages.
        ("Issues WHERE Id % 11 = 3 ORDER BY Created DESC, Id LIMIT 20", 8),
        ("Issues WHERE Created < '2026-03-01' AND Id % 2 = 0 ORDER BY Updated, Id LIMIT 30", 6),
        ("Issues WHERE Summary LIKE '%no such words%' ORDER BY Created LIMIT 3", 8),
        ("Issues ORDER BY Created DESC NULLS LAST, Priority NULLS FIRST, Id LIMIT 120", 3),
        ("(SELECT Id, Updated AS Changed FROM Issues WHERE Votes > 0) ORDER BY Changed DESC, Id LIMIT 15", 3),
    ] {
        let sql = format!("SELECT Id FROM {rows}");
        let served = fixture.requests(&sql).await;
        assert_eq!(lines(&fixture, &sql).await, plain_lines(&fixture, &sql).await, "{sql}");
        assert!(served.len() <= most, "{sql}: {} requests, {most} allowed: {served:#?}", served.len());
    }
}

/// Issues that came at one time, as an import brings them, are told apart by the second key of the order alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_rows_that_tie_may_come_last() {
    let fixture = Fixture::start(SandboxConfig { issues: 40, ..small() }, "").await;
    let minute: chrono::DateTime<chrono::Utc> = "2026-05-04T10:00:00Z".parse().unwrap();
    fixture.sandbox.write(|pen| {
        for n in 0..240 {
            pen.issue("PAY", minute + chrono::TimeDelta::seconds(n % 2)).unwrap();
        }
    });
    fixture.warm().await;
    for order in ["Created DESC, Id", "Created DESC, Id DESC", "Created, Id", "Created, Id DESC"] {
        for filter in [
            "Created >= '2026-05-04' AND Created < '2026-05-05'",
            "Created >= '2026-05-04' AND Created < '2026-05-05' AND Id % 7 = 2",
        ] {
            let sql = format!("SELECT Id FROM Issues WHERE {filter} ORDER BY {order} LIMIT 10");
            requests_of_right_rows(&fixture, &sql).await;
        }
    }
}

/// The joins of a recursive term are made anew each time.
#[tokio::test(flavor = "multi_thread")]
async fn a_recursive_query_ends() {
    let fixture = site().await;
    let sql = "WITH RECURSIVE t(id, lvl) AS (
        SELECT Id, 0 FROM Issues WHERE IssueType = 'Epic' UNION ALL
        SELECT i.Id, t.lvl + 1 FROM t JOIN (
            SELECT x.Id, x.ParentId FROM Issues x JOIN Projects p ON p.Id = x.ProjectId WHERE p.Key = 'PAY'
        ) i ON i.ParentId = t.id
    ) SELECT lvl, count(*) FROM t GROUP BY lvl";
    let ends = std::time::Duration::from_mins(1);
    tokio::time::timeout(ends, requests_of_right_rows(&fixture, sql)).await.expect("it ends");
}

/// A limit below a join has its rows before the join says which of them it wants.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_below_a_join_keeps_its_rows() {
    let fixture = site().await;
    let keys = some_keys(&fixture, 3);
    for sql in [
        format!("SELECT w.Id FROM (SELECT * FROM Worklogs ORDER BY Id LIMIT 20) w JOIN Issues i ON w.IssueId = i.Id WHERE i.Key IN ({keys})"),
        "SELECT i.Key FROM (SELECT Id, Key FROM Issues ORDER BY Created DESC, Id LIMIT 20) i JOIN (SELECT DISTINCT IssueId FROM Worklogs) w ON w.IssueId = i.Id".to_owned(),
    ] {
        assert_eq!(lines(&fixture, &sql).await, plain_lines(&fixture, &sql).await, "{sql}");
    }
}

/// What a column is looked up in does not decide which side of a join is read first.
#[tokio::test(flavor = "multi_thread")]
async fn looked_up_columns_turn_no_join_round() {
    let fixture = site().await;
    let worklog = fixture.rows("SELECT min(Id) FROM Worklogs").await.unwrap();
    let id = sorted(&worklog)[0].clone();
    let of = format!("WHERE w.Id = {id}");
    for from in [
        "Worklogs w JOIN IssueRemoteLinks c ON c.IssueKey = w.IssueKey",
        "IssueRemoteLinks c JOIN Worklogs w ON c.IssueKey = w.IssueKey",
        "Worklogs w LEFT JOIN IssueRemoteLinks c ON c.IssueId = w.IssueId",
    ] {
        let sql = format!("SELECT count(w.IssueKey), count(c.IssueKey) FROM {from} {of}");
        let requests = fixture.requests(&sql).await;
        assert!(requests.len() <= 6, "{sql}: {requests:#?}");
    }
}
