//! Plans as EXPLAIN shows them: the requests, the estimate, and what stays for the engine. A plan that costs one
//! request more is a regression.

use std::fmt::Write as _;

use datafusion::arrow::array::AsArray;

use crate::support::{Fixture, plan, small};

#[tokio::test(flavor = "multi_thread")]
async fn plans_of_typical_statements() {
    let fixture = Fixture::start(small(), "").await;
    let statements = [
        "SELECT Key, Summary FROM Issues",
        "SELECT Key, Summary FROM Issues LIMIT 10",
        "SELECT count(*) FROM Issues",
        "SELECT Summary FROM Issues WHERE Key = 'PAY-5'",
        "SELECT Summary FROM Issues WHERE Id IN (10014, 10011) AND Summary LIKE '%x%'",
        "SELECT Summary FROM Issues WHERE ProjectKey = 'PAY'",
        "SELECT TimeSpentSeconds FROM Worklogs",
        "SELECT IssueKey, TimeSpentSeconds FROM Worklogs",
        "SELECT TimeSpentSeconds FROM Worklogs WHERE IssueKey = 'PAY-5'",
        "SELECT Body FROM Comments",
        "SELECT Name, LeadDisplayName FROM Projects",
        "SELECT Name FROM Projects WHERE Key = 'PAY'",
        "SELECT DisplayName FROM Users",
        "SELECT Name FROM Fields WHERE Custom",
        "SELECT 1 FROM Issues WHERE false",
    ];
    let mut text = String::new();
    for sql in statements {
        writeln!(text, "{sql}\n{}\n", plan(&fixture, sql).await).unwrap();
    }
    insta::assert_snapshot!(text);
    let asked: Vec<_> = fixture.sandbox.requests().iter().map(|r| r.path.clone()).collect();
    let metadata = ["/rest/api/3/field", "/rest/api/3/jql/autocompletedata", "/rest/api/3/myself"];
    let data: Vec<_> = asked.iter().filter(|path| !metadata.contains(&path.as_str())).collect();
    assert!(data.is_empty(), "EXPLAIN makes no data request, but asked {data:?}");
    assert!(asked.len() <= metadata.len(), "metadata is asked once: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_analyze_counts_what_was_done() {
    let fixture = Fixture::start(small(), "").await;
    let batches = fixture.rows("EXPLAIN ANALYZE SELECT Id, Summary FROM Issues").await.unwrap();
    let text = batches[0].column(1).as_string::<i32>().value(0).to_owned();
    for counter in [
        "output_rows=300",
        "requests=",
        "retries=0",
        "pages=",
        "bytes=",
        "rows_decoded=300",
        "field_errors=0",
    ] {
        assert!(text.contains(counter), "no `{counter}` in {text}");
    }
}
