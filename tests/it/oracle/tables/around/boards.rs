//! What boards show and how they are set up.

use chrono::NaiveTime;
use jirrow::sandbox::model::{Board, BoardKind, BoardLocation, Project, StatusCategory};

use super::super::agile::{board, boards};
use super::super::within::sprints_of;
use super::super::{Expected, Table};
use super::level;
use crate::oracle::site::Seen;
use crate::oracle::value::{Column, Row, Type, Value, boolean, instant, int, text};

use Type::{Bool, Int, IntList, Structs, Text, Timestamp};

pub(super) static BOARD_ISSUES: Table = Table {
    name: "BoardIssues",
    key: &["BoardId", "IssueId"],
    columns: &[("BoardId", Int), ("IssueId", Int), ("IssueKey", Text)],
    empty: &[],
    expected: Expected::Always(board_issues),
};

pub(super) static BOARD_BACKLOG_ISSUES: Table = Table {
    name: "BoardBacklogIssues",
    key: &["BoardId", "IssueId"],
    columns: &[("BoardId", Int), ("IssueId", Int), ("IssueKey", Text)],
    empty: &[],
    expected: Expected::Always(|site| {
        let mut rows = board_issues(site);
        rows.retain(|row| waits(site, row));
        rows
    }),
};

static COLUMN: [Column; 4] = [("Name", Text), ("Min", Int), ("Max", Int), ("StatusIds", IntList)];

pub(super) static BOARD_CONFIGURATION: Table = Table {
    name: "BoardConfiguration",
    key: &["BoardId"],
    columns: &[
        ("BoardId", Int),
        ("Name", Text),
        ("Type", Text),
        ("FilterId", Int),
        ("SubQuery", Text),
        ("LocationType", Text),
        ("LocationId", Text),
        ("ProjectKey", Text),
        ("ConstraintType", Text),
        ("Columns", Structs(&COLUMN)),
        ("EstimationType", Text),
        ("EstimationFieldId", Text),
        ("EstimationField", Text),
        ("RankFieldNumber", Int),
    ],
    empty: &[],
    expected: Expected::Always(|site| boards(site).map(|it| configuration(site, it)).collect()),
};

pub(super) static BOARD_COLUMNS: Table = Table {
    name: "BoardColumns",
    key: &["BoardId", "Position"],
    columns: &[
        ("BoardId", Int),
        ("Position", Int),
        ("Name", Text),
        ("Min", Int),
        ("Max", Int),
        ("StatusIds", IntList),
    ],
    empty: &[],
    expected: Expected::Always(board_columns),
};

pub(super) static BOARD_EPICS: Table = Table {
    name: "BoardEpics",
    key: &["BoardId", "EpicId"],
    columns: &[
        ("BoardId", Int),
        ("EpicId", Int),
        ("EpicKey", Text),
        ("Name", Text),
        ("Summary", Text),
        ("ColorKey", Text),
        ("Done", Bool),
    ],
    empty: &[],
    expected: Expected::Always(board_epics),
};

pub(super) static BOARD_PROJECTS: Table = Table {
    name: "BoardProjects",
    key: &["BoardId", "ProjectId"],
    columns: &[("BoardId", Int), ("ProjectId", Int), ("ProjectKey", Text), ("ProjectName", Text)],
    empty: &[],
    expected: Expected::Always(board_projects),
};

pub(super) static BOARD_VERSIONS: Table = Table {
    name: "BoardVersions",
    key: &["BoardId", "VersionId"],
    columns: &[
        ("BoardId", Int),
        ("VersionId", Int),
        ("ProjectId", Int),
        ("Name", Text),
        ("Description", Text),
        ("Released", Bool),
        ("Archived", Bool),
        ("ReleaseDate", Timestamp),
    ],
    empty: &[],
    expected: Expected::Always(board_versions),
};

pub(super) static BOARD_QUICK_FILTERS: Table = Table {
    name: "BoardQuickFilters",
    key: &["BoardId", "Id"],
    columns: &[
        ("BoardId", Int),
        ("Id", Int),
        ("Name", Text),
        ("Description", Text),
        ("Jql", Text),
        ("Position", Int),
    ],
    empty: &[],
    expected: Expected::Always(quick_filters),
};

/// Boards with sprints show no epics.
fn board_issues(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for board in boards(site) {
        let issues = site.issues().filter(|it| board.project_ids.contains(&it.project_id));
        let issues = issues.filter(|it| board.kind != BoardKind::Scrum || level(site, it) < 1);
        rows.extend(issues.map(|it| {
            Row::from([("BoardId", int(board.id)), ("IssueId", int(it.id)), ("IssueKey", text(&*it.key))])
        }));
    }
    rows
}

/// Is the issue neither done nor in a sprint that is active or planned?
fn waits(site: Seen<'_>, row: &Row) -> bool {
    let Value::Int(id) = row["IssueId"] else { panic!("an issue has an id") };
    let issue = &site.0.issues[&id];
    let status = site.0.statuses.iter().find(|it| it.id == issue.status_id).expect("a status");
    status.category != StatusCategory::Done && sprints_of(issue).all(|it| it.state == "closed")
}

fn configuration(site: Seen<'_>, of: &Board) -> Row {
    let listed = board(site, of);
    let (kind, id) = match &of.location {
        Some(BoardLocation::Project(id)) => (Some("project"), Some(id.to_string())),
        Some(BoardLocation::User(account)) => (Some("user"), Some(account.to_string())),
        None => (None, None),
    };
    let field = match of.kind {
        BoardKind::Kanban => None,
        BoardKind::Scrum => Some("customfield_10016"),
        BoardKind::Simple => Some("customfield_10026"),
    };
    let columns = of.columns.iter().map(|it| {
        Value::Struct(vec![
            ("Name", text(&*it.name)),
            ("Min", int(it.limits.0)),
            ("Max", int(it.limits.1)),
            ("StatusIds", ids(&it.status_ids)),
        ])
    });
    let sub_query = "fixVersion in unreleasedVersions() OR fixVersion is EMPTY";
    Row::from([
        ("BoardId", int(of.id)),
        ("Name", listed["Name"].clone()),
        ("Type", listed["Type"].clone()),
        ("FilterId", int(of.id + 20_000)),
        ("SubQuery", text(Some(sub_query).filter(|_| of.kind == BoardKind::Kanban))),
        ("LocationType", text(kind)),
        ("LocationId", text(id.as_deref())),
        ("ProjectKey", listed["ProjectKey"].clone()),
        ("ConstraintType", text("issueCount")),
        ("Columns", Value::List(columns.collect())),
        ("EstimationType", text(field.map(|_| "field"))),
        ("EstimationFieldId", text(field)),
        ("EstimationField", text(field.map(|_| "Story Points"))),
        ("RankFieldNumber", int(10_019)),
    ])
}

fn ids(ids: &[i64]) -> Value {
    Value::List(ids.iter().map(|id| int(*id)).collect())
}

fn board_columns(site: Seen<'_>) -> Vec<Row> {
    let rows = boards(site).flat_map(|board| {
        (1..).zip(&board.columns).map(|(position, it)| {
            Row::from([
                ("BoardId", int(board.id)),
                ("Position", int(position)),
                ("Name", text(&*it.name)),
                ("Min", int(it.limits.0)),
                ("Max", int(it.limits.1)),
                ("StatusIds", ids(&it.status_ids)),
            ])
        })
    });
    rows.collect()
}

/// Boards of team-managed projects show none.
fn board_epics(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for board in boards(site).filter(|it| it.kind != BoardKind::Simple) {
        let epics = site.issues().filter(|it| board.project_ids.contains(&it.project_id));
        rows.extend(epics.filter(|it| level(site, it) == 1).map(|it| {
            Row::from([
                ("BoardId", int(board.id)),
                ("EpicId", int(it.id)),
                ("EpicKey", text(&*it.key)),
                ("Name", text(&*it.summary)),
                ("Summary", text(&*it.summary)),
                ("ColorKey", text("color_4")),
                ("Done", boolean(it.resolution_date.is_some())),
            ])
        }));
    }
    rows
}

/// The projects of a board that the account sees.
fn projects<'a>(site: Seen<'a>, board: &'a Board) -> impl Iterator<Item = &'a Project> {
    site.projects().filter(|it| board.project_ids.contains(&it.id))
}

fn board_projects(site: Seen<'_>) -> Vec<Row> {
    let rows = boards(site).flat_map(|board| {
        projects(site, board).map(|it| {
            Row::from([
                ("BoardId", int(board.id)),
                ("ProjectId", int(it.id)),
                ("ProjectKey", text(&*it.key)),
                ("ProjectName", text(&*it.name)),
            ])
        })
    });
    rows.collect()
}

/// Their days begin where the account is.
fn board_versions(site: Seen<'_>) -> Vec<Row> {
    let zone = site.0.users[0].time_zone.expect("the account says its zone");
    let mut rows = vec![];
    for board in boards(site) {
        for project in projects(site, board) {
            rows.extend(project.versions.iter().map(|it| {
                let day = it.release_date.map(|day| day.and_time(NaiveTime::MIN).and_local_timezone(zone));
                let begin = day.map(|it| it.single().expect("one midnight").to_utc());
                Row::from([
                    ("BoardId", int(board.id)),
                    ("VersionId", int(it.id)),
                    ("ProjectId", int(project.id)),
                    ("Name", text(&*it.name)),
                    ("Description", text(it.description.as_deref())),
                    ("Released", boolean(it.state.is_released())),
                    ("Archived", boolean(it.state.is_archived())),
                    ("ReleaseDate", instant(begin)),
                ])
            }));
        }
    }
    rows
}

fn quick_filters(site: Seen<'_>) -> Vec<Row> {
    let rows = boards(site).flat_map(|board| {
        board.quick_filters.iter().map(|it| {
            Row::from([
                ("BoardId", int(board.id)),
                ("Id", int(it.id)),
                ("Name", text(&*it.name)),
                ("Description", text(&*it.description)),
                ("Jql", text(&*it.jql)),
                ("Position", int(it.position)),
            ])
        })
    });
    rows.collect()
}
