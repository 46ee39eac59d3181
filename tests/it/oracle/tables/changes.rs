//! What was changed on issues: one row a change, and one row a field of a change.

use jirrow::sandbox::model::{History, HistoryItem, Issue};

use super::within::of;
use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Column, Row, Type, Value, instant, int, text};

use Type::{Int, Structs, Text, Timestamp};

pub(crate) static ISSUE_CHANGELOGS: Table = Table {
    name: "IssueChangelogs",
    key: &["IssueId", "Id"],
    columns: &[
        ("Id", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("AuthorAccountId", Text),
        ("AuthorDisplayName", Text),
        ("Created", Timestamp),
        ("Items", Structs(&ITEM)),
    ],
    empty: &[],
    expected: Expected::Always(changelogs),
};

pub(crate) static ISSUE_FIELD_HISTORY: Table = Table {
    name: "IssueFieldHistory",
    key: &["IssueId", "HistoryId", "ItemNumber"],
    columns: &[
        ("HistoryId", Int),
        ("ItemNumber", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("AuthorAccountId", Text),
        ("AuthorDisplayName", Text),
        ("Created", Timestamp),
        ("Field", Text),
        ("FieldId", Text),
        ("FieldType", Text),
        ("From", Text),
        ("FromText", Text),
        ("To", Text),
        ("ToText", Text),
    ],
    empty: &[],
    expected: Expected::Always(field_history),
};

static ITEM: [Column; 7] = [
    ("Field", Text),
    ("FieldId", Text),
    ("FieldType", Text),
    ("From", Text),
    ("FromText", Text),
    ("To", Text),
    ("ToText", Text),
];

fn item(item: &HistoryItem) -> [(&'static str, Value); 7] {
    [
        ("Field", text(&*item.field)),
        ("FieldId", text(item.field_id.as_deref())),
        ("FieldType", text(item.field_type)),
        ("From", text(item.from.as_deref())),
        ("FromText", text(item.from_string.as_deref())),
        ("To", text(item.to.as_deref())),
        ("ToText", text(item.to_string.as_deref())),
    ]
}

fn change(site: Seen<'_>, issue: &Issue, history: &History) -> Row {
    let author = site.person(history.author.as_deref());
    of(
        issue,
        [
            ("AuthorAccountId", text(author.0)),
            ("AuthorDisplayName", text(author.1)),
            ("Created", instant(history.created)),
        ],
    )
}

fn changelogs(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        rows.extend(issue.histories.iter().map(|history| {
            let items = history.items.iter().map(|it| Value::Struct(item(it).into())).collect();
            let mut row = change(site, issue, history);
            row.extend([("Id", int(history.id)), ("Items", Value::List(items))]);
            row
        }));
    }
    rows
}

fn field_history(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        for history in &issue.histories {
            for (number, it) in (1..).zip(&history.items) {
                let mut row = change(site, issue, history);
                row.extend([("HistoryId", int(history.id)), ("ItemNumber", int(number))]);
                row.extend(item(it));
                rows.push(row);
            }
        }
    }
    rows
}
