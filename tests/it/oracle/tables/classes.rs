//! What issues are classified by.

use std::collections::BTreeSet;

use jirrow::sandbox::model::StatusCategory;

use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, Value, boolean, int, text};

use Type::{Address, Bool, Int, Text};

pub(crate) static STATUSES: Table = Table {
    name: "Statuses",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Name", Text),
        ("Description", Text),
        ("StatusCategoryId", Int),
        ("StatusCategory", Text),
        ("StatusCategoryName", Text),
        ("ScopeType", Text),
        ("ProjectId", Int),
        ("IconUrl", Address),
    ],
    empty: &[],
    expected: Expected::Always(statuses),
};

pub(crate) static STATUS_CATEGORIES: Table = Table {
    name: "StatusCategories",
    key: &["Id"],
    columns: &[("Id", Int), ("Key", Text), ("Name", Text), ("ColorName", Text)],
    empty: &[],
    expected: Expected::Always(|_| CATEGORIES.into_iter().map(category).collect()),
};

pub(crate) static PRIORITIES: Table = Table {
    name: "Priorities",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Name", Text),
        ("Description", Text),
        ("IsDefault", Bool),
        ("StatusColor", Text),
        ("IconUrl", Address),
    ],
    empty: &[],
    expected: Expected::Always(priorities),
};

pub(crate) static RESOLUTIONS: Table = Table {
    name: "Resolutions",
    key: &["Id"],
    columns: &[("Id", Int), ("Name", Text), ("Description", Text), ("IsDefault", Bool)],
    empty: &[],
    expected: Expected::Always(resolutions),
};

pub(crate) static ISSUE_TYPES: Table = Table {
    name: "IssueTypes",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Name", Text),
        ("Description", Text),
        ("HierarchyLevel", Int),
        ("Subtask", Bool),
        ("ScopeType", Text),
        ("ProjectId", Int),
        ("EntityId", Text),
        ("IconUrl", Address),
    ],
    empty: &[],
    expected: Expected::Always(issue_types),
};

pub(crate) static LABELS: Table = Table {
    name: "Labels",
    key: &["Label"],
    columns: &[("Label", Text)],
    empty: &[],
    expected: Expected::Always(labels),
};

/// Id, key, name, colour; the first is no status's.
const CATEGORIES: [(i64, &str, &str, &str); 4] = [
    (1, "undefined", "No Category", "medium-gray"),
    (2, "new", "To Do", "blue-gray"),
    (4, "indeterminate", "In Progress", "yellow"),
    (3, "done", "Done", "green"),
];

fn category((id, key, name, color): (i64, &str, &str, &str)) -> Row {
    Row::from([("Id", int(id)), ("Key", text(key)), ("Name", text(name)), ("ColorName", text(color))])
}

/// Statuses of the model that no project's workflow has.
const IDLE: [i64; 2] = [10_030, 10_031];

fn statuses(site: Seen<'_>) -> Vec<Row> {
    let listed = site.0.statuses.iter().filter(|it| !IDLE.contains(&it.id));
    let rows = listed.map(|status| {
        let (id, key, name, _) = CATEGORIES[match status.category {
            StatusCategory::ToDo => 1,
            StatusCategory::InProgress => 2,
            StatusCategory::Done => 3,
        }];
        Row::from([
            ("Id", int(status.id)),
            ("Name", text(&*status.name)),
            ("Description", text(&*status.description)),
            ("StatusCategoryId", int(id)),
            ("StatusCategory", text(key)),
            ("StatusCategoryName", text(name)),
            ("ScopeType", text(status.project_id.map(|_| "PROJECT"))),
            ("ProjectId", int(status.project_id)),
            ("IconUrl", text("/images/icons/statuses/generic.png")),
        ])
    });
    rows.collect()
}

fn priorities(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.priorities.iter().map(|priority| {
        Row::from([
            ("Id", int(priority.id)),
            ("Name", text(&*priority.name)),
            ("Description", text(&*priority.description)),
            ("IsDefault", boolean(priority.is_default)),
            ("StatusColor", text(&*priority.color)),
            ("IconUrl", Value::Text(format!("/images/icons/priorities/{}.svg", priority.id))),
        ])
    });
    rows.collect()
}

fn resolutions(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.resolutions.iter().map(|resolution| {
        Row::from([
            ("Id", int(resolution.id)),
            ("Name", text(&*resolution.name)),
            ("Description", text(&*resolution.description)),
            ("IsDefault", boolean(resolution.is_default)),
        ])
    });
    rows.collect()
}

fn issue_types(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.issue_types.iter().map(|kind| {
        let id = kind.id;
        let entity = kind.project_id.map(|_| format!("7a3c11d4-0000-4000-8000-0000000{id}"));
        Row::from([
            ("Id", int(id)),
            ("Name", text(&*kind.name)),
            ("Description", text(&*kind.description)),
            ("HierarchyLevel", int(kind.hierarchy_level)),
            ("Subtask", boolean(kind.hierarchy_level == -1)),
            ("ScopeType", text(kind.project_id.map(|_| "PROJECT"))),
            ("ProjectId", int(kind.project_id)),
            ("EntityId", text(entity.as_deref())),
            ("IconUrl", Value::Text(format!("/images/icons/issuetypes/{id}.png"))),
        ])
    });
    rows.collect()
}

/// The site lists what is used where the account can read it, archived issues included.
fn labels(site: Seen<'_>) -> Vec<Row> {
    let readable = site.0.issues.values().filter(|it| site.readable(it));
    let used: BTreeSet<&String> = readable.flat_map(|it| &it.labels).collect();
    used.into_iter().map(|it| Row::from([("Label", text(&**it))])).collect()
}
