//! Rows come in the order that was asked for, where columns of other tables are looked up on the way too.

use jirrow::sandbox::SandboxConfig;

use super::tables::{self, Table};
use super::value::{self, Column, Row, Value};
use crate::support::{Fixture, small};

/// Rows that are asked for.
const LIMIT: usize = 20;

/// A number, or text, as it is sorted.
fn rank(value: &Value) -> (i64, &str) {
    match value {
        Value::Int(number) | Value::Timestamp(number) => (*number, ""),
        Value::Text(text) => (0, text),
        other => panic!("{other:?} has no place in an order"),
    }
}

async fn assert_order(fixture: &Fixture, table: &Table, order: &[&'static str]) {
    let kind = |name: &str| *table.columns.iter().find(|it| it.0 == name).expect("a column");
    // In the table's order, so that a looked-up column stands between others.
    let mut columns: Vec<Column> = order.iter().map(|name| kind(name)).collect();
    columns.sort_by_key(|(name, _)| table.columns.iter().position(|it| it.0 == *name));
    let named: Vec<&str> = columns.iter().map(|it| it.0).collect();
    let (named, by) = (named.join(", "), order.join(", "));
    let sql = format!("SELECT {named} FROM {} ORDER BY {by} LIMIT {LIMIT}", table.name);
    let batches = fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let found: Vec<Row> = batches.iter().flat_map(|batch| value::in_order(batch, &columns)).collect();

    let mut expected: Vec<Row> = table.expected(&fixture.sandbox.site()).into_values().collect();
    expected.sort_by(|a, b| order.iter().map(|it| rank(&a[it])).cmp(order.iter().map(|it| rank(&b[it]))));
    expected.truncate(LIMIT);
    for row in &mut expected {
        row.retain(|name, _| order.contains(name));
    }
    assert_eq!(found, expected, "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn looked_up_columns_do_not_change_the_order_of_rows() {
    let fixture = Fixture::start(SandboxConfig { issues: 60, ..small() }, "").await;
    for (table, looked_up, [other, parent, id]) in [
        ("Worklogs", "IssueKey", ["TimeSpentSeconds", "IssueId", "Id"]),
        ("Comments", "IssueKey", ["Created", "IssueId", "Id"]),
        ("GroupMembers", "GroupName", ["DisplayName", "GroupId", "AccountId"]),
        ("IssueChangelogs", "IssueKey", ["Created", "IssueId", "Id"]),
    ] {
        let table = tables::named(table);
        for order in [
            &[looked_up, other, parent, id][..],
            &[other, parent, looked_up, id],
            &[id, looked_up, parent, other],
            // Without the column by which it is looked up.
            &[looked_up, id],
            &[looked_up, other, id],
        ] {
            assert_order(&fixture, table, order).await;
        }
    }
}
