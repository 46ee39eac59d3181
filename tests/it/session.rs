//! What a session does with several scans of one connection.

use std::time::Duration;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use jirrow::catalog::{Answer, Parameter, Parameters};
use jirrow::sandbox::SandboxConfig;

use crate::support::{Fixture, small};

#[tokio::test(flavor = "multi_thread")]
async fn scans_of_one_connection_do_not_wait_for_each_other() {
    let latency = Duration::from_millis(50);
    let fixture = Fixture::start(SandboxConfig { latency, ..small() }, "MaxConcurrency=2").await;
    let sql = "SELECT IssueKey FROM Worklogs UNION ALL SELECT IssueKey FROM Comments";
    let rows = tokio::time::timeout(Duration::from_secs(30), fixture.rows(sql)).await;
    let batches = rows.expect("the scans wait for each other").unwrap();
    let site = fixture.sandbox.site();
    let caller = jirrow::sandbox::model::Caller::Demo;
    let expected = site.visible_worklogs(caller).count() + site.visible_comments(caller).count();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), expected);
}

/// Some sites lock an account after a few wrong passwords.
#[tokio::test(flavor = "multi_thread")]
async fn scans_that_begin_together_try_a_wrong_password_once() {
    let latency = Duration::from_millis(50);
    let fixture = Fixture::start(SandboxConfig { latency, ..small() }, "").await;
    fixture.sandbox.fail_always("GET /rest/api/3/myself", 401);
    let rows = ["Users", "Projects", "Labels"].map(async |table| {
        let error = fixture.rows(&format!("SELECT count(*) FROM {table}")).await.unwrap_err().to_string();
        assert!(error.contains("401"), "{error}");
    });
    futures::future::join_all(rows).await;
    let tries = || fixture.sandbox.requests().len();
    assert_eq!(tries(), 1);
    // Whoever comes later may have more luck.
    fixture.rows("SELECT count(*) FROM Users").await.unwrap_err();
    assert_eq!(tries(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_nobody_reads_on_hold_no_other_statement_up() {
    let latency = Duration::from_millis(50);
    let fixture = Fixture::start(SandboxConfig { latency, ..small() }, "MaxConcurrency=1").await;
    // Who asks is known after this, so that the next request is for rows.
    fixture.rows("SELECT Id FROM Fields").await.unwrap();
    let sql = "SELECT Id FROM Worklogs";
    let statement = fixture.session.statements(sql).unwrap().pop_front().unwrap();
    let Answer::Rows(mut idle) = fixture.session.run(statement, sql).await.unwrap() else { panic!("rows") };
    assert!(tokio::time::timeout(Duration::from_millis(10), idle.try_next()).await.is_err());
    let other = tokio::time::timeout(Duration::from_secs(30), fixture.rows("SELECT Id FROM Projects")).await;
    other.expect("it waits for rows that nobody reads").unwrap();
    assert!(idle.try_next().await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_only_planned_asks_for_no_data() {
    let fixture = Fixture::start(small(), "").await;
    for sql in [
        "SELECT IssueKey FROM Worklogs UNION ALL SELECT IssueKey FROM Comments",
        "EXPLAIN ANALYZE SELECT * FROM Projects",
    ] {
        let statement = fixture.session.statements(sql).unwrap().pop_front().unwrap();
        let planned = fixture.session.plan(statement, sql).await.unwrap();
        drop(planned);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Its address does not say what the site is; the login does.
    let asked: Vec<_> = fixture.sandbox.requests().into_iter().map(|it| it.path).collect();
    assert_eq!(asked, ["/rest/api/3/myself"]);
}

/// The only value of the only row.
async fn number(fixture: &Fixture, sql: &str) -> i64 {
    let batches = fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_a_whole_table_is_one_request_where_an_estimate_will_do() {
    let fixture = Fixture::start(SandboxConfig { issues: 6_000, ..small() }, "").await;
    let estimate = ["POST /rest/api/3/search/approximate-count"];
    let count = "SELECT COUNT(*) FROM Issues";
    // What the site says about itself is known after this.
    fixture.rows("SELECT Id FROM Issues LIMIT 1").await.unwrap();
    fixture.rows("EXPLAIN SELECT Key FROM Issues").await.unwrap();
    assert_eq!(fixture.requests(count).await.len(), 2, "exact: ids, 5000 a page");
    fixture.rows("SET jirrow.approximate_count = true").await.unwrap();
    for sql in [count, "SELECT count(Id) AS n, count(1) AS m FROM Issues HAVING count(*) > 0"] {
        assert_eq!(fixture.requests(sql).await, estimate, "{sql}");
        assert_eq!(number(&fixture, sql).await, 6_000, "{sql}");
    }
    let findings = fixture.session.report().take();
    assert!(findings.notes.iter().any(|note| note.contains("the site's own estimate")), "{findings:?}");
    // Where anything is left to the engine, it counts itself.
    let counted = |sql: &'static str| {
        let fixture = &fixture;
        async move { fixture.requests(sql).await }
    };
    for sql in [
        "SELECT COUNT(*) FROM Issues WHERE Key = 'PAY-5'",
        "SELECT COUNT(*) FROM Issues WHERE ProjectKey = 'PAY' AND Key = 'PAY-5'",
        "SELECT COUNT(*) FROM Issues WHERE ProjectKey = 'PAY' AND Summary LIKE '%a%'",
        "SELECT COUNT(*) FROM Issues WHERE ProjectKey = 'PAY' OR Summary LIKE '%a%'",
        "SELECT COUNT(*) FROM Issues WHERE NOT (ProjectKey IS NULL OR Summary LIKE '%a%')",
        "SELECT COUNT(*) FROM (SELECT Id FROM Issues WHERE ProjectKey = 'PAY' LIMIT 10)",
        "SELECT COUNT(*) FROM (SELECT ProjectKey AS Status FROM Issues) WHERE Status LIKE 'PA%'",
        "SELECT COUNT(*) FROM Issues WHERE Summary LIKE '%a%'",
        "SELECT COUNT(DISTINCT ProjectKey) FROM Issues",
        "SELECT COUNT(Resolution) FROM Issues",
        "SELECT COUNT(*) FILTER (WHERE Id > 5) FROM Issues",
        "SELECT COUNT(*), max(Id) FROM Issues",
        "SELECT ProjectKey, COUNT(*) FROM Issues GROUP BY ProjectKey",
        "SELECT COUNT(*) FROM (SELECT Id FROM Issues LIMIT 10)",
        "SELECT COUNT(*) FROM Projects",
    ] {
        assert_ne!(counted(sql).await, estimate, "{sql}");
    }
    let plan = fixture.rows(&format!("EXPLAIN {count}")).await.unwrap();
    let plan = datafusion::arrow::util::pretty::pretty_format_batches(&plan).unwrap().to_string();
    assert!(plan.contains("RestCountExec: estimate of jira.public.Issues: POST /rest/api/3/search/approximate-count {\"jql\":"), "{plan}");
    fixture.rows("RESET jirrow.approximate_count").await.unwrap();
    assert_eq!(fixture.requests(count).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_what_jql_finds_is_one_request_where_an_estimate_will_do() {
    let fixture = Fixture::start(small(), "").await;
    fixture.rows("EXPLAIN SELECT Key FROM Issues WHERE StatusCategory <> 'done'").await.unwrap();
    fixture.warm().await;
    let estimate = ["POST /rest/api/3/search/approximate-count"];
    let statements = [
        "SELECT COUNT(*) FROM Issues WHERE ProjectKey = 'PAY'",
        "SELECT COUNT(*) FROM Issues WHERE StatusCategory <> 'done' AND ProjectKey IN ('PAY', 'SELECT')",
        "SELECT COUNT(Id) AS n FROM Issues i WHERE i.Created BETWEEN '2000-01-01' AND '2100-01-01'",
        "SELECT COUNT(*) FROM jql('project = PAY') WHERE StatusCategory <> 'done'",
        "SELECT COUNT(*) FROM (SELECT ProjectKey AS P FROM Issues) WHERE P = 'PAY'",
    ];
    let mut exact = vec![];
    for sql in statements {
        assert_ne!(fixture.requests(sql).await, estimate, "{sql}");
        exact.push(number(&fixture, sql).await);
    }
    assert!(exact.iter().all(|n| *n > 0), "{exact:?}");
    fixture.rows("SET jirrow.approximate_count = true").await.unwrap();
    for (sql, exact) in statements.iter().zip(exact) {
        assert_eq!(fixture.requests(sql).await, estimate, "{sql}");
        assert_eq!(number(&fixture, sql).await, exact, "{sql}");
    }
    // What the site refuses is counted here; of a search by hand it is an error.
    fixture.session.report().take();
    assert_eq!(number(&fixture, "SELECT COUNT(*) FROM Issues WHERE ProjectKey = 'NOPE'").await, 0);
    assert!(!fixture.session.report().take().notes.iter().any(|note| note.contains("estimate")));
    let sql = "SELECT COUNT(*) FROM jql('project = NOPE') WHERE StatusCategory <> 'done'";
    let error = fixture.rows(sql).await.unwrap_err().to_string();
    assert!(error.contains("NOPE"), "{error}");
    fixture.rows("SET jirrow.pushdown = false").await.unwrap();
    assert_ne!(fixture.requests(statements[0]).await, estimate);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_pushdown_nothing_of_where_travels_and_the_rows_are_the_same() {
    let fixture = Fixture::start(small(), "").await;
    let statements = [
        "SELECT Key, Summary FROM Issues WHERE ProjectKey = 'PAY' ORDER BY Key",
        "SELECT Key FROM Issues WHERE Key IN ('PAY-5', 'NOPE-1')",
        "SELECT Id FROM Worklogs WHERE IssueKey = 'PAY-5'",
        "SELECT Name FROM Projects WHERE Key = 'PAY'",
        "SELECT Key FROM Issues WHERE ProjectKey = NULL",
    ];
    let mut pushed = vec![];
    for sql in statements {
        pushed.push(fixture.rows(sql).await.unwrap());
    }
    fixture.rows("SET jirrow.pushdown = off").await.unwrap();
    for (sql, pushed) in statements.iter().zip(pushed) {
        fixture.sandbox.clear_requests();
        let rows = fixture.rows(sql).await.unwrap();
        let text = |batches: &[RecordBatch]| {
            datafusion::arrow::util::pretty::pretty_format_batches(batches).unwrap().to_string()
        };
        let lines = |batches: &[RecordBatch]| text(batches).lines().count();
        if rows.iter().any(|b| b.num_rows() > 0) {
            assert_eq!(text(&rows), text(&pushed), "{sql}");
        } else {
            assert_eq!(
                pushed.iter().map(RecordBatch::num_rows).sum::<usize>(),
                0,
                "{sql}: {}",
                lines(&pushed)
            );
        }
        for request in fixture.sandbox.requests() {
            let sent = format!("{request:?}");
            assert!(!sent.contains("PAY") && !sent.contains("NOPE"), "{sql}: {sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_own_zone_is_asked_once_and_a_set_zone_goes_before_it() {
    let fixture = Fixture::start(small(), "TimeZone=user").await;
    let zone =
        "SELECT value FROM information_schema.df_settings WHERE name = 'datafusion.execution.time_zone'";
    let shown = |batches: Vec<RecordBatch>| batches[0].column(0).as_string::<i32>().value(0).to_owned();
    assert_eq!(shown(fixture.rows(zone).await.unwrap()), "Europe/Berlin");
    fixture.rows("SET TIME ZONE = 'America/New_York'").await.unwrap();
    assert_eq!(shown(fixture.rows(zone).await.unwrap()), "America/New_York");
    fixture.rows("RESET jirrow.time_zone").await.unwrap();
    assert_eq!(shown(fixture.rows(zone).await.unwrap()), "Europe/Berlin");
    assert_eq!(fixture.sandbox.requests().len(), 1);
}

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    Parameters::new(pairs.iter().map(|(name, value)| Parameter::new(*name, *value))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_takes_the_type_that_its_place_needs() {
    let fixture = Fixture::start(small(), "").await;
    let given = parameters(&[
        ("key", "PAY-5"),
        ("Id", "10014"),
        ("since", "2026-01-01"),
        ("day", "2026-01-03"),
        ("n", "2"),
        ("share", "0.5"),
        ("text", "it's; DROP TABLE \"x\" --"),
        ("part", "PAY-%"),
    ]);
    let found = async |sql: &str| {
        let batches = fixture.rows_with(sql, &given).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let table = datafusion::arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
        let lines = table.lines().filter(|line| !line.starts_with('+')).skip(1);
        let cells = |l: &str| l.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(",");
        lines.map(cells).collect::<Vec<_>>().join(" ")
    };
    for (sql, expected) in [
        ("SELECT Id FROM Issues WHERE Key = $key", "10014"),
        ("SELECT Key FROM Issues WHERE Id = $id", "PAY-5"),
        ("SELECT Key FROM Issues WHERE Id IN ($ID, 10011) ORDER BY Key", "PAY-5 SELECT-2"),
        ("SELECT count(*) FROM Issues WHERE Key = $key AND Created >= $since", "1"),
        ("SELECT count(*) FROM Issues WHERE Key = $key AND Created BETWEEN $since AND $day", "0"),
        ("SELECT count(*) FROM Issues WHERE Key = $key AND CAST(Created AS DATE) = $day", "1"),
        ("SELECT count(*) FROM (SELECT Id FROM Issues LIMIT $n)", "2"),
        ("SELECT Key FROM Issues ORDER BY Id LIMIT 1 OFFSET $n", "SELECT-2"),
        ("SELECT 3 * $share AS x, $text AS t, $n + 1 AS m", "1.5,it's; DROP TABLE \"x\" --,3"),
        ("SELECT count(*) FROM Issues WHERE Key LIKE $part", "98"),
        (
            "WITH w AS (SELECT Key FROM Issues WHERE Id = $id) SELECT upper($key) || w.Key AS x FROM w",
            "PAY-5PAY-5",
        ),
        ("SELECT count(*) FROM Issues WHERE Id = (SELECT max(Id) FROM Issues WHERE Key = $key)", "1"),
        ("SELECT date_trunc('month', CAST($day AS TIMESTAMP)) AS d", "2026-01-01T00:00:00"),
    ] {
        assert_eq!(found(sql).await, expected, "{sql}");
    }
    // The values travel like literals.
    fixture.sandbox.clear_requests();
    found("SELECT Id FROM Issues WHERE Key = $key").await;
    assert_eq!(fixture.sandbox.requests().len(), 1);
    let zoned = "SELECT count(*) FROM Issues WHERE Created >= $day AND Created < '2026-01-03T00:00:00Z'";
    let before = number_with(&fixture, zoned, &given).await;
    fixture.rows("SET jirrow.time_zone = 'Asia/Tokyo'").await.unwrap();
    assert_eq!(before, 0);
    let shifted = number_with(&fixture, zoned, &given).await;
    let literal = zoned.replace("$day", "'2026-01-02T15:00:00Z'");
    assert_eq!(shifted, number(&fixture, &literal).await);
    assert!(shifted > 0);
    let since = "SELECT count(*) FROM Issues WHERE Created >= $at";
    let minute = number_with(&fixture, since, &parameters(&[("at", "2026-01-03 00:00")])).await;
    assert_eq!(minute, number(&fixture, &since.replace("$at", "'2026-01-03T00:00:00+09:00'")).await);
    assert!(minute > 0);
}

async fn number_with(fixture: &Fixture, sql: &str, given: &Parameters) -> i64 {
    let batches = fixture.rows_with(sql, given).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_without_a_value_or_with_a_wrong_one_is_named() {
    let fixture = Fixture::start(small(), "").await;
    let given = parameters(&[("id", "PAY-5"), ("at", "yesterday"), ("n", "x")]);
    for (sql, reason) in [
        (
            "SELECT Key FROM Issues WHERE Key = $key",
            "parameter `$key` has no value; give it one with `--param key=…`",
        ),
        (
            "SELECT Key FROM Issues WHERE Id = $id",
            "parameter `$id`: `PAY-5` does not fit; its place needs a number",
        ),
        (
            "SELECT Key FROM Issues WHERE Created > $at",
            "`$at`: `yesterday` does not fit; its place needs a time such as",
        ),
        ("SELECT Key FROM Issues WHERE DueDate > $at", "its place needs a date such as `2026-03-29`"),
        ("SELECT Key FROM Issues LIMIT $n", "`$n`: `x` does not fit; its place needs a number"),
        ("SELECT Key FROM Issues WHERE Key = ?", "write a parameter as `$name`"),
        ("SELECT $1", "parameter `$1` has no value"),
    ] {
        let said = fixture.rows_with(sql, &given).await.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains(reason), "{sql}\n  said: {said}\n  not:  {reason}");
    }
}
