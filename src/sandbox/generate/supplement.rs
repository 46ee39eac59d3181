//! What is put onto the issues after they are made: more custom values, boards and sprints, links,
//! attachments, changes. Each part draws from a generator of its own, so that a part can grow without
//! changing what another one makes of a seed.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::sandbox::SandboxConfig;
use crate::sandbox::model::{AccountId, Issue, Project, Site};

use super::instant;

/// The finished site of a configuration.
pub(super) fn supplement(site: Site, config: &SandboxConfig) -> Site {
    let mut parts = Supplement { seed: config.seed, rng: fastrand::Rng::with_seed(config.seed), site };
    parts.part(0x5a_01, Supplement::values);
    parts.part(0x5a_02, |it| it.more_values(config.custom_fields));
    parts.part(0x5a_03, Supplement::boards_and_sprints);
    parts.part(0x5a_04, Supplement::links);
    parts.part(0x5a_05, Supplement::attachments);
    parts.part(0x5a_06, Supplement::histories);
    parts.part(0x5a_07, |it| it.misfits(config.misfits));
    parts.site
}

pub(super) struct Supplement {
    seed: u64,
    pub(super) rng: fastrand::Rng,
    pub(super) site: Site,
}

impl Supplement {
    fn part(&mut self, number: u64, make: impl FnOnce(&mut Self)) {
        self.rng = fastrand::Rng::with_seed(self.seed ^ (number << 32));
        make(self);
    }

    /// Visits every issue, ascending by id. The site has no issues meanwhile.
    pub(super) fn each_issue(&mut self, mut visit: impl FnMut(&mut Self, &mut Issue, &Project)) {
        let mut issues = std::mem::take(&mut self.site.issues);
        let projects = self.site.projects.clone();
        for issue in issues.values_mut() {
            if let Ok(index) = projects.binary_search_by_key(&issue.project_id, |project| project.id) {
                visit(self, issue, &projects[index]);
            }
        }
        self.site.issues = issues;
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    /// A number below `limit`, by a draw that is the same on machines of every word size.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u32::try_from(limit.max(1)).unwrap_or(u32::MAX);
        self.rng.u32(0..limit) as usize
    }

    pub(super) fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() {
            return None;
        }
        choices.get(self.below(choices.len())).cloned()
    }

    pub(super) fn account(&mut self) -> AccountId {
        let index = self.below(self.site.users.len());
        Arc::clone(&self.site.users[index].account_id)
    }

    /// An instant from `from` to `to`, both included.
    pub(super) fn between(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        instant(from + self.rng.i64(0..=(to - from).max(0)))
    }
}
