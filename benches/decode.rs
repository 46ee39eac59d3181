//! One page of issues, from bytes to Arrow columns: beside the floor (the parser reading past everything) and the usual
//! way (a document in memory, then its members). Quote the ratios of one run: `cargo bench --bench decode`.
#![allow(clippy::unwrap_used, reason = "a bench that can't start should panic")]

use std::fmt::Write as _;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use jirrow::decode::Layout;
use jirrow::schema::Library;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Scalar columns of different types and depths.
const COLUMNS: [&str; 14] = [
    "Id",
    "Key",
    "Summary",
    "IssueType",
    "Status",
    "StatusId",
    "StatusCategory",
    "Priority",
    "ProjectKey",
    "AssigneeDisplayName",
    "ReporterDisplayName",
    "Created",
    "Updated",
    "TimeSpentSeconds",
];

/// A page as issue search gives it when every field is asked for: 100 issues, 120 empty custom fields each.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let mut page = String::from(r#"{"issues":["#);
    for i in 0..100 {
        let user = format!(
            r#"{{"self":"https://example.atlassian.net/rest/api/3/user?accountId=5b10a2844c20165700ede{i:03}","accountId":"5b10a2844c20165700ede{i:03}","displayName":"Person {i}","active":true,"timeZone":"Europe/Berlin","accountType":"atlassian"}}"#
        );
        let _ = write!(
            page,
            r#"{}{{"expand":"operations","id":"{}","self":"https://example.atlassian.net/rest/api/3/issue/{}","key":"DEMO-{i}","fields":{{"summary":"Summary of issue {i}","issuetype":{{"id":"10001","name":"Story","subtask":false}},"status":{{"self":"https://example.atlassian.net/rest/api/3/status/3","name":"In Progress","id":"3","statusCategory":{{"id":4,"key":"indeterminate","name":"In Progress"}}}},"priority":{{"name":"High","id":"2"}},"project":{{"id":"10000","key":"DEMO","name":"Demo"}},"assignee":{user},"reporter":{user},"created":"2026-01-17T12:34:00.000+0100","updated":"2026-02-17T12:34:56.789+0100","timespent":{}"#,
            if i == 0 { "" } else { "," },
            10_000 + i,
            10_000 + i,
            i * 60,
        );
        for field in 0..120 {
            let _ = write!(page, r#","customfield_{}":null"#, 10_000 + field);
        }
        page.push_str("}}");
    }
    page.push_str(r#"],"isLast":true}"#);
    page
});

fn main() {
    divan::main();
}

#[divan::bench]
fn jirrow_14_columns(bencher: Bencher) {
    let table = Library::built_in().table("jira", "public", "Issues").unwrap().unwrap();
    let columns: Vec<usize> = COLUMNS.iter().map(|name| table.column(name).unwrap()).collect();
    let layout = Layout::new(&table, table.path("search").unwrap(), &columns, &[]).unwrap();
    let page = PAGE.as_bytes();
    assert_eq!(layout.decode(page, &[]).unwrap().batch.num_rows(), 100);
    bencher.counter(BytesCount::of_slice(page)).bench(|| layout.decode(page, &[]).unwrap());
}

#[divan::bench]
fn floor_ignored(bencher: Bencher) {
    let page = PAGE.as_str();
    bencher.counter(BytesCount::of_str(page)).bench(|| serde_json::from_str::<IgnoredAny>(page).unwrap());
}

#[divan::bench]
fn document_in_memory(bencher: Bencher) {
    let page = PAGE.as_str();
    bencher.counter(BytesCount::of_str(page)).bench(|| {
        let document: Value = serde_json::from_str(page).unwrap();
        let text = |issue: &Value, at| issue.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let issues = document["issues"].as_array().unwrap();
        issues.iter().map(|i| (text(i, "/key"), text(i, "/fields/status/name"))).collect::<Vec<_>>()
    });
}
