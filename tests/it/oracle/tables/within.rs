//! Rows that lie inside issues.

use jirrow::sandbox::model::{CustomValue, Issue, Sprint, VersionState};

use super::{Expected, Table, classes_of_status};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, Value, boolean, date, instant, int, text};

use Type::{Bool, Date, Int, Text, Timestamp};

pub(crate) static ISSUE_SUBTASKS: Table = Table {
    name: "IssueSubtasks",
    key: &["SubtaskId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("SubtaskId", Int),
        ("SubtaskKey", Text),
        ("Summary", Text),
        ("IssueType", Text),
        ("Status", Text),
        ("StatusCategory", Text),
        ("Priority", Text),
    ],
    empty: &[],
    expected: Expected::Always(subtasks),
};

pub(crate) static ISSUE_LABELS: Table = Table {
    name: "IssueLabels",
    key: &["IssueId", "Label"],
    columns: &[("IssueId", Int), ("IssueKey", Text), ("Label", Text)],
    empty: &[],
    expected: Expected::Always(labels),
};

pub(crate) static ISSUE_COMPONENTS: Table = Table {
    name: "IssueComponents",
    key: &["IssueId", "ComponentId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("ComponentId", Int),
        ("Component", Text),
        ("Description", Text),
    ],
    empty: &[],
    expected: Expected::Always(components),
};

pub(crate) static ISSUE_FIX_VERSIONS: Table = Table {
    name: "IssueFixVersions",
    key: &["IssueId", "VersionId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("VersionId", Int),
        ("Version", Text),
        ("Description", Text),
        ("Released", Bool),
        ("Archived", Bool),
        ("ReleaseDate", Date),
    ],
    empty: &[("Description", "the versions that issues have are not described")],
    expected: Expected::Always(fix_versions),
};

pub(crate) static ISSUE_SPRINTS: Table = Table {
    name: "IssueSprints",
    key: &["IssueId", "SprintId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("SprintId", Int),
        ("Sprint", Text),
        ("State", Text),
        ("BoardId", Int),
        ("Goal", Text),
        ("StartDate", Timestamp),
        ("EndDate", Timestamp),
        ("CompleteDate", Timestamp),
    ],
    empty: &[],
    expected: Expected::Always(sprints),
};

/// A row of an issue, with the columns that say which one.
pub(super) fn of<const N: usize>(issue: &Issue, more: [(&'static str, Value); N]) -> Row {
    let mut row = Row::from(more);
    row.extend([("IssueId", int(issue.id)), ("IssueKey", text(&*issue.key))]);
    row
}

/// Type, status, its category, and priority of an issue, as other issues show them.
pub(super) fn classes_of(site: Seen<'_>, issue: &Issue) -> [Value; 4] {
    let kind = site.0.issue_types.iter().find(|it| it.id == issue.type_id).expect("a type");
    let (status, category) = classes_of_status(site, issue.status_id);
    let priority = site.0.priorities.iter().find(|it| Some(it.id) == issue.priority_id);
    [text(&*kind.name), status, category, text(priority.map(|it| &*it.name))]
}

/// Sub-tasks are shown where they can be read, in archived projects too.
fn subtasks(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for subtask in site.0.issues.values().filter(|it| site.readable(it)) {
        let is_one = site.0.issue_types.iter().any(|it| it.id == subtask.type_id && it.hierarchy_level == -1);
        let parent = subtask.parent.as_ref().filter(|_| is_one);
        let Some(parent) = parent.and_then(|it| site.issue(it.id)) else { continue };
        let [issue_type, status, category, priority] = classes_of(site, subtask);
        rows.push(of(
            parent,
            [
                ("SubtaskId", int(subtask.id)),
                ("SubtaskKey", text(&*subtask.key)),
                ("Summary", text(&*subtask.summary)),
                ("IssueType", issue_type),
                ("Status", status),
                ("StatusCategory", category),
                ("Priority", priority),
            ],
        ));
    }
    rows
}

fn labels(site: Seen<'_>) -> Vec<Row> {
    let rows =
        site.issues().flat_map(|issue| issue.labels.iter().map(|it| of(issue, [("Label", text(&**it))])));
    rows.collect()
}

fn components(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        let own = site.home(issue).components.iter().filter(|it| issue.component_ids.contains(&it.id));
        rows.extend(own.map(|it| {
            of(
                issue,
                [
                    ("ComponentId", int(it.id)),
                    ("Component", text(&*it.name)),
                    ("Description", text(it.description.as_deref())),
                ],
            )
        }));
    }
    rows
}

fn fix_versions(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        let own = site.home(issue).versions.iter().filter(|it| issue.fix_version_ids.contains(&it.id));
        rows.extend(own.map(|it| {
            let (released, archived) = match it.state {
                VersionState::Unreleased => (false, false),
                VersionState::Released => (true, false),
                VersionState::Archived => (true, true),
                VersionState::Abandoned => (false, true),
            };
            of(
                issue,
                [
                    ("VersionId", int(it.id)),
                    ("Version", text(&*it.name)),
                    ("Description", text(it.description.as_deref())),
                    ("Released", boolean(released)),
                    ("Archived", boolean(archived)),
                    ("ReleaseDate", date(it.release_date)),
                ],
            )
        }));
    }
    rows
}

/// The sprints that an issue is or was in, those that no board shows any more included.
pub(super) fn sprints_of(issue: &Issue) -> impl Iterator<Item = &Sprint> {
    let sprints = issue.custom.values().filter_map(|value| match value {
        CustomValue::Sprints(sprints) => Some(sprints),
        _ => None,
    });
    sprints.flatten().map(|it| &**it)
}

fn sprints(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        rows.extend(sprints_of(issue).map(|it| {
            of(
                issue,
                [
                    ("SprintId", int(it.id)),
                    ("Sprint", text(&*it.name)),
                    ("State", text(it.state)),
                    ("BoardId", int(it.board_id)),
                    // Issues say an empty text where the board says nothing.
                    ("Goal", text(it.goal.as_deref().unwrap_or(""))),
                    ("StartDate", instant(it.start)),
                    ("EndDate", instant(it.end)),
                    ("CompleteDate", instant(it.complete)),
                ],
            )
        }));
    }
    rows
}
