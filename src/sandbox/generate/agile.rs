//! Boards and sprints, and which issues are in which sprints.

use std::sync::Arc;

use chrono::TimeDelta;

use super::supplement::Supplement;
use super::{END_MS, FIRST_MS, HOUR_MS, instant};
use crate::sandbox::catalogue::{PROJECT_WITHOUT_LISTS, TEAM_MANAGED_PROJECT};
use crate::sandbox::model::{Board, BoardKind, BoardLocation, CustomValue, Privacy, Project, Sprint};
use crate::sandbox::workflows;

/// The custom field that holds sprints.
pub(in crate::sandbox) const SPRINT_FIELD: i64 = 10_020;

/// A board that was deleted: its sprint is still on issues.
const DELETED_BOARD: i64 = 77;
const SPRINT_OF_DELETED_BOARD: i64 = 13;

/// The project whose board has many sprints.
const PUBLIC_PROJECT: i64 = 10_004;
const HIDDEN_PROJECT: i64 = 10_006;

/// Sprints that one board made, one after the other: first id, number, how many of them are closed,
/// board, name. The one behind the closed ones is active, the rest is in the future.
struct Series {
    first: i64,
    number: i64,
    closed: i64,
    board: i64,
    name: &'static str,
}

const SERIES: [Series; 6] = [
    Series { first: 1, number: 12, closed: 9, board: 1, name: "PAY Sprint" },
    Series {
        first: SPRINT_OF_DELETED_BOARD,
        number: 1,
        closed: 1,
        board: DELETED_BOARD,
        name: "Lost sprint",
    },
    Series { first: 14, number: 1, closed: 0, board: 2, name: "Sprint \"zero\", πλάνο" },
    Series { first: 20, number: 6, closed: 4, board: 4, name: "Mobile iteration" },
    Series { first: 101, number: 120, closed: 117, board: 5, name: "Sprint" },
    Series { first: 300, number: 3, closed: 1, board: 6, name: "Secret sprint" },
];

impl Series {
    fn sprint(&self, index: i64) -> Sprint {
        let state = match index - self.closed {
            ..0 => "closed",
            0 => "active",
            _ => "future",
        };
        // Up to the active one they fill the time of the data; the active one ends after it.
        let length = (END_MS - FIRST_MS) / (self.closed + 1);
        let start = instant(FIRST_MS + index * length + 9 * HOUR_MS);
        let end = start + TimeDelta::milliseconds(length);
        let planned = state != "future";
        Sprint {
            id: self.first + index,
            name: if self.number == 1 {
                self.name.to_owned()
            } else {
                format!("{} {}", self.name, index + 1)
            },
            state,
            board_id: self.board,
            start: planned.then_some(start),
            end: planned.then_some(end),
            complete: (state == "closed").then(|| end - TimeDelta::hours(3)),
            goal: match index % 3 {
                0 => None,
                1 => Some(String::new()),
                _ => Some(format!("Reach goal {index};\r\nthen \"rest\"")),
            },
        }
    }
}

impl Supplement {
    pub(super) fn boards_and_sprints(&mut self) {
        for series in &SERIES {
            for index in 0..series.number {
                let sprint = series.sprint(index);
                self.site.sprints.insert(sprint.id, Arc::new(sprint));
            }
        }
        self.boards();
        self.each_issue(|it, issue, project| {
            let sprints = it.sprints(project);
            if !sprints.is_empty() {
                issue.custom.insert(SPRINT_FIELD, CustomValue::Sprints(sprints));
            }
        });
    }

    fn boards(&mut self) {
        let board = |id: i64, name: &str, kind: BoardKind, project: i64, sprint_ids: Vec<i64>| Board {
            id,
            name: name.to_owned(),
            kind,
            location: Some(BoardLocation::Project(project)),
            privacy: Privacy::Open,
            project_ids: vec![project],
            columns: workflows::columns(kind),
            quick_filters: Vec::new(),
            sprint_ids,
        };
        let user = |index: usize| {
            let index = index.min(self.site.users.len().saturating_sub(1));
            self.site.users.get(index).map(|user| BoardLocation::User(Arc::clone(&user.account_id)))
        };
        let mut boards = vec![
            board(1, "PAY board", BoardKind::Scrum, 10_000, (1..=12).collect()),
            board(2, "Platform \"scrum\", all teams", BoardKind::Scrum, 10_000, shown_by_the_second_board()),
            board(3, "Support queue", BoardKind::Kanban, 10_001, Vec::new()),
            board(4, "Mobile App 📱", BoardKind::Simple, TEAM_MANAGED_PROJECT, (20..=25).collect()),
            board(5, "Open source", BoardKind::Scrum, PUBLIC_PROJECT, (101..=220).collect()),
            board(6, "Directors", BoardKind::Scrum, HIDDEN_PROJECT, (300..=302).collect()),
            board(7, "Büro", BoardKind::Scrum, PROJECT_WITHOUT_LISTS, Vec::new()),
            Board { location: user(0), ..board(8, "My own", BoardKind::Kanban, 10_000, Vec::new()) },
            Board {
                location: user(3),
                privacy: Privacy::Private,
                ..board(9, "Somebody's own", BoardKind::Scrum, 10_000, vec![10])
            },
            // One board for several projects, one of them hidden, with sprints of others.
            Board {
                location: user(1),
                project_ids: vec![10_000, PUBLIC_PROJECT, HIDDEN_PROJECT],
                ..board(10, "Across", BoardKind::Scrum, 10_000, vec![9, 10, 218])
            },
            Board { location: None, ..board(11, "PAY board", BoardKind::Kanban, 10_000, Vec::new()) },
        ];
        // More than a page of boards.
        boards.extend(
            (12..60).map(|id| board(id, &format!("Wall {id}"), BoardKind::Kanban, 10_001, Vec::new())),
        );
        self.site.boards = boards;
    }

    /// Closed sprints in order, then at most one that is not.
    fn sprints(&mut self, project: &Project) -> Vec<Arc<Sprint>> {
        let ids: Vec<i64> = match project.id {
            10_000 => (1..=14).collect(),
            TEAM_MANAGED_PROJECT => (20..=25).collect(),
            PUBLIC_PROJECT => (101..=220).collect(),
            HIDDEN_PROJECT => (300..=302).collect(),
            // Now and then an issue is in a sprint of another project's board.
            PROJECT_WITHOUT_LISTS => vec![9, 10],
            _ => return Vec::new(),
        };
        let share = if project.id == PROJECT_WITHOUT_LISTS { 5 } else { 40 };
        if !self.chance(share) {
            return Vec::new();
        }
        let (closed, open): (Vec<i64>, Vec<i64>) = ids
            .into_iter()
            .partition(|id| self.site.sprints.get(id).is_some_and(|sprint| sprint.state == "closed"));
        let mut chosen = Vec::new();
        if !closed.is_empty() {
            let mut next = self.below(closed.len());
            for _ in 0..[0, 1, 1, 2, 3][self.below(5)] {
                chosen.extend(closed.get(next));
                next += 1 + self.below(2);
            }
        }
        if chosen.is_empty() || self.chance(50) {
            chosen.extend(self.pick(&open));
        }
        chosen.into_iter().filter_map(|id| self.site.sprints.get(&id).cloned()).collect()
    }
}

/// The last sprints of the first board, with one of its own among the active ones.
fn shown_by_the_second_board() -> Vec<i64> {
    (5..=10).chain([14, 11, 12]).collect()
}
