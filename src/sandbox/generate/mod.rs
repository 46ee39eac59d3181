//! Makes a site from a seed and a number of issues. The same two give the same site on every
//! machine: every instant is counted from the first of January 2026, and no clock is read.

mod agile;
mod around;
mod custom;
mod directory;
mod histories;
mod lists;
mod misfits;
mod people;
mod related;
mod supplement;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Days, Utc};

pub(super) use agile::SPRINT_FIELD;

use super::SandboxConfig;
use super::model::{
    AccountId, Audience, Document, Issue, IssueRef, Project, ProjectState, RESTRICTIONS, Restriction,
    RichText, Site, StatusCategory,
};
use super::text;
use super::{catalogue, workflows};

/// 2026-01-01T00:00:00Z, before all generated instants.
const FIRST_MS: i64 = 1_767_225_600_000;
/// 2026-10-01T00:00:00Z, after all generated instants.
const END_MS: i64 = 1_790_812_800_000;
const HOUR_MS: i64 = 3_600_000;

/// Visible worklogs or comments of the six long-tail issues.
const LONG_TAILS: [(usize, usize); 6] = [(21, 0), (150, 0), (1200, 0), (0, 224), (0, 20), (0, 21)];

/// Instants at which days and offsets change in Berlin, New York or UTC.
const EDGES: [&str; 8] = [
    "2026-03-29T00:59:59.999Z",
    "2026-03-29T01:00:00.000Z",
    "2026-03-08T06:59:00.000Z",
    "2026-03-08T07:00:00.000Z",
    "2026-01-31T22:59:59.000Z",
    "2026-01-31T23:00:00.000Z",
    "2026-06-30T21:59:59.999Z",
    "2026-07-01T00:00:00.000Z",
];

/// The instant after which nothing was generated.
pub(super) fn end_of_data() -> DateTime<Utc> {
    instant(END_MS)
}

fn instant(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The site for `seed` with `issues` issues that the caller can find by search; some more are
/// hidden or archived.
pub fn generate(seed: u64, issues: usize) -> Site {
    generate_for(&SandboxConfig { seed, issues, ..SandboxConfig::default() })
}

/// The site that a sandbox of this configuration begins with.
pub(super) fn generate_for(config: &SandboxConfig) -> Site {
    let mut generator = Generator::new(config.seed, config.issues);
    generator.fill(config.issues);
    let mut site = supplement::supplement(generator.finish(), config);
    directory::furnish(&mut site, config.seed);
    around::surround(&mut site, config.seed);
    site
}

/// Why an issue is in the site.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Searchable,
    Secured,
    Archived,
    Hidden,
}

struct Generator {
    rng: fastrand::Rng,
    site: Site,
    documents: Vec<RichText>,
    empty: RichText,
    edges: Vec<DateTime<Utc>>,
    live: Vec<usize>,
    parents: HashMap<(i64, i64), Vec<IssueRef>>,
    next_issue: i64,
    next_worklog: i64,
    next_comment: i64,
    last_logged: DateTime<Utc>,
}

impl Generator {
    fn new(seed: u64, issues: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let users = people::users(&mut rng, 10 + issues / 40);
        let leads: Vec<AccountId> = users.iter().take(5).map(|user| Arc::clone(&user.account_id)).collect();
        let projects = catalogue::projects(issues.saturating_sub(2_000) / 2_000, &leads);
        let live = (0..projects.len())
            .filter(|index| {
                let project = &projects[*index];
                project.state == ProjectState::Live && project.audience != Audience::Others
            })
            .collect();
        let accounts =
            users.iter().enumerate().map(|(index, user)| (Arc::clone(&user.account_id), index)).collect();
        let site = Site {
            projects,
            users,
            issue_types: catalogue::issue_types(),
            statuses: catalogue::statuses(),
            priorities: catalogue::priorities(),
            resolutions: catalogue::resolutions(),
            security_levels: catalogue::security_levels(),
            fields: catalogue::fields(),
            link_types: catalogue::link_types(),
            project_categories: workflows::project_categories(),
            project_types: workflows::project_types(),
            accounts,
            ..Site::default()
        };
        Self {
            rng,
            site,
            documents: text::documents().into_iter().map(Arc::new).collect(),
            empty: Arc::new(Document::default()),
            edges: EDGES.iter().filter_map(|text| text.parse().ok()).collect(),
            live,
            parents: HashMap::new(),
            next_issue: 10_000,
            next_worklog: 30_000,
            next_comment: 20_000,
            last_logged: instant(FIRST_MS),
        }
    }

    fn fill(&mut self, issues: usize) {
        let tails: Vec<(usize, (usize, usize))> = LONG_TAILS
            .iter()
            .enumerate()
            .map(|(index, lengths)| ((index + 1) * issues / (LONG_TAILS.len() + 1), *lengths))
            .collect();
        for index in 0..issues {
            if index % 50 == 0 {
                self.issue(Slot::Hidden, index, issues, None);
                self.issue(Slot::Archived, index, issues, None);
            }
            if index % 100 == 0 {
                self.issue(Slot::Secured, index, issues, None);
            }
            // Sites with fewer issues than tails have none.
            let tail = tails
                .iter()
                .find(|(position, _)| *position == index && issues > LONG_TAILS.len())
                .map(|(_, lengths)| *lengths);
            self.issue(Slot::Searchable, index, issues, tail);
        }
    }

    fn finish(mut self) -> Site {
        let mut id = 25_000_000;
        for _ in 0..40 {
            let at = instant(FIRST_MS + self.rng.i64(0..END_MS - FIRST_MS));
            id += self.rng.i64(1..9);
            self.site.deleted_worklogs.insert((at, id));
        }
        self.site.next_id = 30_000_000;
        self.site
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() {
            return None;
        }
        choices.get(self.below(choices.len())).cloned()
    }

    /// A number below `limit`, by a draw that is the same on machines of every word size.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u32::try_from(limit.max(1)).unwrap_or(u32::MAX);
        self.rng.u32(0..limit) as usize
    }

    fn account(&mut self) -> AccountId {
        let index = self.below(self.site.users.len());
        Arc::clone(&self.site.users[index].account_id)
    }

    /// An instant between `from` and the end of the data.
    fn after(&mut self, from: DateTime<Utc>) -> DateTime<Utc> {
        let from = from.timestamp_millis();
        let span = (END_MS - from).max(2);
        // Most things happen soon.
        let span = if self.chance(80) { span.min(400 * HOUR_MS) } else { span };
        instant((from + self.rng.i64(0..span)).min(END_MS - 1))
    }

    fn restriction(&mut self) -> Option<&'static Restriction> {
        if self.chance(92) { None } else { RESTRICTIONS.get(self.below(RESTRICTIONS.len())) }
    }

    /// A text of its own, or one of the samples.
    fn rich_text(&mut self, own: impl FnOnce() -> String) -> RichText {
        match self.rng.u32(0..100) {
            0..3 => Arc::clone(&self.empty),
            3..45 => {
                let index = self.below(self.documents.len());
                Arc::clone(&self.documents[index])
            }
            _ => Arc::new(Document::paragraph(own())),
        }
    }

    fn project_index(&mut self, slot: Slot) -> usize {
        match slot {
            Slot::Archived => 5,
            Slot::Hidden => 6,
            Slot::Secured => 0,
            Slot::Searchable => {
                // The minimum of two draws: the first projects have most of the issues.
                let draw = self.below(self.live.len()).min(self.below(self.live.len()));
                self.live[draw]
            }
        }
    }

    fn issue(&mut self, slot: Slot, index: usize, issues: usize, tail: Option<(usize, usize)>) {
        let project_index = self.project_index(slot);
        self.next_issue += self.rng.i64(1..4);
        let id = self.next_issue;
        let step = self.rng.i64(1..3);
        let project = &mut self.site.projects[project_index];
        project.last_number += step;
        let (number, project) = (project.last_number, project.clone());
        let key = format!("{}-{number}", project.key);
        let created = self.created(index, issues);
        let mut issue = self.plain_issue(&project, id, key, number, created);
        if slot == Slot::Secured {
            issue.security_level_id = Some(10_101);
        } else if slot == Slot::Searchable && project.id == 10_000 && self.chance(4) {
            issue.security_level_id = Some(10_100);
        }
        self.relate(&mut issue);
        self.estimate(&mut issue);
        if project.id == 10_000 && self.chance(3) {
            issue.old_keys.push(format!("LEGACY-{id}"));
        }
        let (worklogs, comments) = tail.unwrap_or_else(|| (self.short_length(), self.short_length()));
        for position in 0..worklogs {
            let worklog = self.worklog(&issue, position, tail.is_some());
            issue.updated = issue.updated.max(worklog.updated);
            issue.worklogs.push(worklog);
        }
        issue.worklogs.sort_by_key(|worklog| (worklog.started, worklog.id));
        let spent: i64 = issue.worklogs.iter().map(|worklog| worklog.seconds).sum();
        issue.time_spent = (spent > 0).then_some(spent);
        for position in 0..comments {
            let comment = self.comment(&issue, position, tail.is_some());
            issue.updated = issue.updated.max(comment.updated);
            issue.comments.push(comment);
        }
        issue.comments.sort_by_key(|comment| (comment.created, comment.id));
        self.customise(&mut issue, &project);
        if tail.is_some() {
            self.site.long_tails.push(id);
        }
        self.site.insert(issue);
    }

    /// 0 to 5, small numbers more often: about 1.7 on average.
    fn short_length(&mut self) -> usize {
        let length = self.below(6);
        if self.chance(50) {
            length.min(self.below(4))
        } else {
            length.min(3 + self.below(3)).saturating_sub(self.below(2))
        }
    }

    fn created(&mut self, index: usize, issues: usize) -> DateTime<Utc> {
        if index % 37 == 5
            && let Some(edge) = self.pick(&self.edges.clone())
        {
            return edge;
        }
        let span = END_MS - FIRST_MS - 48 * HOUR_MS;
        let share =
            i64::try_from(index).unwrap_or_default() * (span / i64::try_from(issues.max(1)).unwrap_or(1));
        let mut at = FIRST_MS + share + self.rng.i64(0..30 * HOUR_MS);
        if index % 23 == 3 {
            at -= at % 60_000;
        }
        instant(at)
    }

    fn plain_issue(
        &mut self,
        project: &Project,
        id: i64,
        key: String,
        number: i64,
        created: DateTime<Utc>,
    ) -> Issue {
        let type_id = [10_000, 10_001, 10_001, 10_002, 10_002, 10_003, 10_004, 10_004][self.below(8)];
        let workflow = catalogue::workflow(project);
        let status_id = workflow[self.below(workflow.len())];
        let done = self.site.status(status_id).is_some_and(|status| status.category == StatusCategory::Done);
        let updated = self.after(created);
        let verb = text::VERBS[self.below(text::VERBS.len())];
        let thing = text::THINGS[self.below(text::THINGS.len())];
        let mut summary = format!("{verb} {thing} ({number})");
        if self.chance(12) {
            summary = format!("{summary} {}", text::ODD_ENDINGS[self.below(text::ODD_ENDINGS.len())]);
        }
        let description = (!self.chance(20)).then(|| {
            self.rich_text(|| format!("What {key} is about: {}.", thing.trim_start_matches("the ")))
        });
        let has = |field: &str| !project.absent_fields.contains(&field);
        let environment = (has("environment") && self.chance(15))
            .then(|| Arc::new(Document::paragraph(format!("Build {id}, Linux"))));
        let mut labels: Vec<String> = Vec::new();
        for _ in 0..[0, 0, 1, 1, 2, 3][self.below(6)] {
            let label = text::LABELS[self.below(text::LABELS.len())];
            if !labels.iter().any(|other| other == label) {
                labels.push(label.to_owned());
            }
        }
        let version_ids: Vec<i64> = project.versions.iter().map(|version| version.id).collect();
        let component_ids: Vec<i64> = project.components.iter().map(|component| component.id).collect();
        Issue {
            id,
            project_id: project.id,
            key,
            number,
            old_keys: Vec::new(),
            type_id,
            status_id,
            priority_id: (has("priority") && !self.chance(10)).then(|| self.rng.i64(1..6)),
            resolution_id: (done && !self.chance(5)).then(|| 10_000 + self.rng.i64(0..3)),
            resolution_date: done.then_some(updated),
            summary,
            description,
            environment,
            created,
            updated,
            status_category_changed: Some(if done { updated } else { created }),
            last_viewed: self.chance(4).then(|| self.after(created)),
            due_date: (has("duedate") && self.chance(30))
                .then(|| created.date_naive() + Days::new(u64::from(self.rng.u32(1..90)))),
            assignee: (!self.chance(25)).then(|| self.account()),
            reporter: (!self.chance(6)).then(|| self.account()),
            creator: (!self.chance(2)).then(|| self.account()),
            labels,
            component_ids: if self.chance(40) {
                self.pick(&component_ids).into_iter().collect()
            } else {
                Vec::new()
            },
            version_ids: if self.chance(15) {
                self.pick(&version_ids).into_iter().collect()
            } else {
                Vec::new()
            },
            fix_version_ids: if self.chance(10) {
                version_ids
            } else if self.chance(30) {
                self.pick(&version_ids).into_iter().collect()
            } else {
                Vec::new()
            },
            parent: None,
            security_level_id: None,
            votes: if self.chance(15) { self.rng.i64(1..20) } else { 0 },
            voters: Vec::new(),
            watches: self.rng.i64(0..6),
            watchers: Vec::new(),
            original_estimate: None,
            remaining_estimate: None,
            time_spent: None,
            comments: Vec::new(),
            worklogs: Vec::new(),
            attachments: Vec::new(),
            remote_links: Vec::new(),
            properties: BTreeMap::new(),
            histories: Vec::new(),
            custom: BTreeMap::new(),
        }
    }

    /// Gives sub-tasks and stories a parent of their project, now and then one that is gone or hidden.
    fn relate(&mut self, issue: &mut Issue) {
        let level = self.site.issue_type(issue.type_id).map_or(0, |it| it.hierarchy_level);
        if level < 1 {
            let draw = self.rng.u32(0..100);
            issue.parent = match draw {
                0 => Some(IssueRef { id: 9_000 + issue.number, key: format!("GONE-{}", issue.number) }),
                1 => self.parents.get(&(10_006, 1)).and_then(|hidden| hidden.first().cloned()),
                2..60 => self.recent_parent(issue.project_id, level + 1),
                _ if level < 0 => self.recent_parent(issue.project_id, level + 1),
                _ => None,
            };
            if level < 0 && issue.parent.is_none() {
                issue.type_id = 10_002;
            }
        }
        let level = self.site.issue_type(issue.type_id).map_or(0, |it| it.hierarchy_level);
        if issue.security_level_id.is_none() {
            self.parents
                .entry((issue.project_id, level))
                .or_default()
                .push(IssueRef { id: issue.id, key: issue.key.clone() });
        }
    }

    /// One of the last thirty issues of a project and level.
    fn recent_parent(&mut self, project: i64, level: i64) -> Option<IssueRef> {
        let number = self.parents.get(&(project, level)).map_or(0, Vec::len);
        let back = 1 + self.below(number.min(30));
        self.parents.get(&(project, level))?.get(number.checked_sub(back)?).cloned()
    }

    fn estimate(&mut self, issue: &mut Issue) {
        if issue.project_id == 10_003 || self.chance(50) {
            return;
        }
        let hours = self.rng.i64(1..60);
        issue.original_estimate = Some(hours * 3_600);
        issue.remaining_estimate = (!self.chance(20)).then(|| self.rng.i64(0..=hours) * 3_600);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::model::Caller;

    #[test]
    fn a_seed_gives_the_same_site_again() {
        let (first, second) = (generate(7, 300), generate(7, 300));
        assert_eq!(format!("{:?}", first.issues), format!("{:?}", second.issues));
        assert_ne!(format!("{:?}", first.issues), format!("{:?}", generate(8, 300).issues));
    }

    #[test]
    fn a_site_has_as_many_searchable_issues_as_asked_for() {
        for number in [0, 1, 20, 2_000] {
            assert_eq!(generate(1, number).searchable_issues(Caller::Demo).count(), number);
        }
    }

    #[test]
    fn each_long_tail_is_there_once() {
        for number in [20, 2_000] {
            let site = generate(1, number);
            let count = |lengths: Vec<usize>, wanted| lengths.iter().filter(|it| **it == wanted).count();
            let lengths = |issue: &Issue| {
                (issue.visible_worklogs(Caller::Demo).len(), issue.visible_comments(Caller::Demo).len())
            };
            let (worklogs, comments): (Vec<usize>, Vec<usize>) =
                site.searchable_issues(Caller::Demo).map(lengths).unzip();
            for wanted in [21, 150, 1200] {
                assert_eq!(count(worklogs.clone(), wanted), 1, "{wanted} worklogs");
            }
            for wanted in [20, 21, 224] {
                assert_eq!(count(comments.clone(), wanted), 1, "{wanted} comments");
            }
        }
    }

    #[test]
    fn the_default_site_has_the_promised_size() {
        let site = generate(1, 2_000);
        // A hundred and fifty of them only belong to groups.
        assert_eq!(site.users.len(), 60 + 150);
        let worklogs = site.visible_worklogs(Caller::Demo).count();
        let comments = site.visible_comments(Caller::Demo).count();
        assert!((4_000..6_500).contains(&worklogs), "{worklogs} worklogs");
        assert!((2_800..4_500).contains(&comments), "{comments} comments");
        let latest = site.issues.values().map(|issue| issue.updated).max();
        assert!(latest < Some(end_of_data()));
    }
}
