//! What a session does with several scans of one connection.

use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use futures::TryStreamExt;
use jirrow::catalog::Answer;
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
    assert!(fixture.sandbox.requests().is_empty(), "{:?}", fixture.sandbox.requests());
}
