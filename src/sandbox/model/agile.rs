//! Boards and sprints.

use chrono::{DateTime, Utc};

use super::{AccountId, Audience, BoardColumn, Caller, Privacy, QuickFilter, Site};

/// A board.
#[derive(Clone, Debug)]
pub struct Board {
    /// Numeric id.
    pub id: i64,
    /// Name; not unique.
    pub name: String,
    /// Kind.
    pub kind: BoardKind,
    /// Where it belongs; a few boards belong nowhere.
    pub location: Option<BoardLocation>,
    /// A private board is listed only where private ones are asked for, and then without its name.
    pub privacy: Privacy,
    /// Ids of the projects whose issues its filter finds.
    pub project_ids: Vec<i64>,
    /// Its columns from left to right.
    pub columns: Vec<BoardColumn>,
    /// Its quick filters.
    pub quick_filters: Vec<QuickFilter>,
    /// Ids of the sprints that it shows, in the order of the board: closed ones, active ones, future ones.
    pub sprint_ids: Vec<i64>,
}

/// Kind of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardKind {
    /// With sprints.
    Scrum,
    /// Without sprints: asking for them is an error.
    Kanban,
    /// Of a team-managed project, with sprints.
    Simple,
}

/// What a board belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardLocation {
    /// The project with this id.
    Project(i64),
    /// The profile of this user.
    User(AccountId),
}

/// A sprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprint {
    /// Numeric id.
    pub id: i64,
    /// Name; not unique.
    pub name: String,
    /// `future`, `active` or `closed`.
    pub state: &'static str,
    /// The board that it was made on, which may be deleted.
    pub board_id: i64,
    /// First instant; missing for future sprints.
    pub start: Option<DateTime<Utc>>,
    /// Last instant; missing for future sprints.
    pub end: Option<DateTime<Utc>>,
    /// When it was closed; closed sprints only.
    pub complete: Option<DateTime<Utc>>,
    /// Goal; missing, empty or filled.
    pub goal: Option<String>,
}

impl BoardKind {
    /// As `type` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scrum => "scrum",
            Self::Kanban => "kanban",
            Self::Simple => "simple",
        }
    }
}

impl Site {
    /// The boards that `caller` may see, in ascending id order; private ones of others are not among them.
    pub fn visible_boards(&self, caller: Caller) -> impl Iterator<Item = &Board> {
        self.boards.iter().filter(move |board| {
            board.privacy == Privacy::Open && self.board_audience(board).includes(caller)
        })
    }

    /// A board that `caller` may see.
    pub fn visible_board(&self, id: i64, caller: Caller) -> Option<&Board> {
        self.visible_boards(caller).find(|board| board.id == id)
    }

    fn board_audience(&self, board: &Board) -> Audience {
        match board.location {
            Some(BoardLocation::Project(id)) => {
                match self.project(id).map_or(Audience::Others, |project| project.audience) {
                    // Nobody sees boards without an account.
                    Audience::Public => Audience::Members,
                    other => other,
                }
            }
            Some(BoardLocation::User(_)) | None => Audience::Members,
        }
    }

    /// A sprint, if a board that `caller` may see shows it.
    pub fn visible_sprint(&self, id: i64, caller: Caller) -> Option<&Sprint> {
        let sprint = self.sprints.get(&id)?;
        self.visible_boards(caller).any(|board| board.sprint_ids.contains(&id)).then_some(&**sprint)
    }
}
