//! The worklogs and comments of an issue.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{FIRST_MS, Generator, HOUR_MS, instant};
use crate::sandbox::model::{Comment, Issue, Worklog};

impl Generator {
    pub(super) fn worklog(&mut self, issue: &Issue, position: usize, tail: bool) -> Worklog {
        self.next_worklog += self.rng.i64(1..4);
        let id = self.next_worklog;
        // An import gives several worklogs one instant.
        let created = if self.chance(4) && self.last_logged > issue.created {
            self.last_logged
        } else {
            self.after(issue.created)
        };
        let updated = if self.chance(15) { self.after(created) } else { created };
        self.last_logged = updated;
        let edge = self.chance(8).then(|| self.pick(&self.edges.clone())).flatten();
        let started = edge.unwrap_or_else(|| {
            let back = TimeDelta::milliseconds(self.rng.i64(0..30 * HOUR_MS));
            (created - back).max(instant(FIRST_MS))
        });
        let author = self.account();
        let key = issue.key.clone();
        Worklog {
            id,
            issue_id: issue.id,
            update_author: if self.chance(10) { self.account() } else { Arc::clone(&author) },
            author,
            comment: (!self.chance(35))
                .then(|| self.rich_text(|| format!("Worked on {key}, part {}", position + 1))),
            started,
            seconds: [60, 900, 1_800, 3_600, 5_400, 7_200, 12_000, 28_800, 90_000][self.below(9)],
            created,
            updated,
            restriction: if tail { None } else { self.restriction() },
        }
    }

    pub(super) fn comment(&mut self, issue: &Issue, position: usize, tail: bool) -> Comment {
        self.next_comment += self.rng.i64(1..4);
        let created = self.after(issue.created);
        let author = (!self.chance(2)).then(|| self.account());
        let key = issue.key.clone();
        Comment {
            id: self.next_comment,
            update_author: if self.chance(10) { Some(self.account()) } else { author.clone() },
            author,
            body: self.rich_text(|| format!("Remark {} on {key}", position + 1)),
            created,
            updated: if self.chance(20) { self.after(created) } else { created },
            restriction: if tail { None } else { self.restriction() },
        }
    }
}
