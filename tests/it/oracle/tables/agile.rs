//! Boards, sprints, and which issues are in which sprints.

use std::collections::BTreeMap;

use jirrow::sandbox::model::{Audience, Board, BoardKind, BoardLocation, Privacy, Sprint};

use super::within::sprints_of;
use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, boolean, instant, int, text};

use Type::{Bool, Int, Text, Timestamp};

pub(crate) static BOARDS: Table = Table {
    name: "Boards",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Name", Text),
        ("Type", Text),
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("ProjectName", Text),
        ("LocationName", Text),
        ("UserAccountId", Text),
        ("IsPrivate", Bool),
    ],
    empty: &[],
    expected: Expected::Always(|site| boards(site).map(|it| board(site, it)).collect()),
};

pub(crate) static SPRINTS: Table = Table {
    name: "Sprints",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Name", Text),
        ("State", Text),
        ("StartDate", Timestamp),
        ("EndDate", Timestamp),
        ("CompleteDate", Timestamp),
        ("OriginBoardId", Int),
        ("Goal", Text),
    ],
    empty: &[],
    expected: Expected::Always(|site| sprints(site).into_values().map(|it| sprint(it, "Id")).collect()),
};

pub(crate) static BOARD_SPRINTS: Table = Table {
    name: "BoardSprints",
    key: &["BoardId", "SprintId"],
    columns: &[
        ("BoardId", Int),
        ("SprintId", Int),
        ("Name", Text),
        ("State", Text),
        ("StartDate", Timestamp),
        ("EndDate", Timestamp),
        ("CompleteDate", Timestamp),
        ("OriginBoardId", Int),
        ("Goal", Text),
    ],
    empty: &[],
    expected: Expected::Always(board_sprints),
};

pub(crate) static SPRINT_ISSUES: Table = Table {
    name: "SprintIssues",
    key: &["SprintId", "IssueId"],
    columns: &[("SprintId", Int), ("IssueId", Int), ("IssueKey", Text)],
    empty: &[],
    expected: Expected::Always(sprint_issues),
};

/// The boards that are listed: those of people, of nobody, and of projects that the account sees; no private ones.
pub(crate) fn boards(site: Seen<'_>) -> impl Iterator<Item = &Board> {
    let listed = move |board: &&Board| {
        board.privacy == Privacy::Open
            && match board.location {
                Some(BoardLocation::Project(id)) => {
                    site.0.projects.iter().any(|it| it.id == id && it.audience != Audience::Others)
                }
                Some(BoardLocation::User(_)) | None => true,
            }
    };
    site.0.boards.iter().filter(listed)
}

pub(super) fn board(site: Seen<'_>, board: &Board) -> Row {
    let project = match board.location {
        Some(BoardLocation::Project(id)) => site.0.projects.iter().find(|it| it.id == id),
        _ => None,
    };
    let owner = match &board.location {
        Some(BoardLocation::User(account)) => site.person(Some(account)),
        _ => (None, None),
    };
    let location = project.map(|it| format!("{} ({})", it.name, it.key));
    let kind = match board.kind {
        BoardKind::Scrum => "scrum",
        BoardKind::Kanban => "kanban",
        BoardKind::Simple => "simple",
    };
    Row::from([
        ("Id", int(board.id)),
        ("Name", text(&*board.name)),
        ("Type", text(kind)),
        ("ProjectId", int(project.map(|it| it.id))),
        ("ProjectKey", text(project.map(|it| &*it.key))),
        ("ProjectName", text(project.map(|it| &*it.name))),
        ("LocationName", text(location.as_deref().or(owner.1))),
        ("UserAccountId", text(owner.0)),
        ("IsPrivate", boolean(false)),
    ])
}

fn sprint(sprint: &Sprint, id: &'static str) -> Row {
    Row::from([
        (id, int(sprint.id)),
        ("Name", text(&*sprint.name)),
        ("State", text(sprint.state)),
        ("StartDate", instant(sprint.start)),
        ("EndDate", instant(sprint.end)),
        ("CompleteDate", instant(sprint.complete)),
        ("OriginBoardId", int(sprint.board_id)),
        ("Goal", text(sprint.goal.as_deref())),
    ])
}

/// Boards with what they show; Kanban boards show no sprints.
fn shown(site: Seen<'_>) -> impl Iterator<Item = (&Board, &Sprint)> {
    let with_sprints = boards(site).filter(|it| it.kind != BoardKind::Kanban);
    with_sprints.flat_map(move |board| board.sprint_ids.iter().map(move |id| (board, &*site.0.sprints[id])))
}

/// Each sprint that a listed board shows, once.
fn sprints(site: Seen<'_>) -> BTreeMap<i64, &Sprint> {
    shown(site).map(|(_, sprint)| (sprint.id, sprint)).collect()
}

fn board_sprints(site: Seen<'_>) -> Vec<Row> {
    let rows = shown(site).map(|(board, it)| {
        let mut row = sprint(it, "SprintId");
        row.insert("BoardId", int(board.id));
        row
    });
    rows.collect()
}

fn sprint_issues(site: Seen<'_>) -> Vec<Row> {
    let listed = sprints(site);
    let mut rows = vec![];
    for issue in site.issues() {
        let own = sprints_of(issue).map(|it| it.id).filter(|id| listed.contains_key(id));
        rows.extend(own.map(|id| {
            Row::from([("SprintId", int(id)), ("IssueId", int(issue.id)), ("IssueKey", text(&*issue.key))])
        }));
    }
    rows
}
