//! Random edits to the live site while it is being read: what a connector has to live with during a
//! long scan. Every edit is written down for tests.

mod around;
pub mod by_hand;
mod directory;
mod related;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::assumptions::ChildEdit;
use super::model::{
    Access, Caller, Comment, CustomValue, Document, HistoryItem, Issue, ProjectState, Site, Worklog,
};

pub use around::AroundLog;
pub use directory::DirectoryLog;

/// What was edited since the start; an id can stand in several lists, and several times in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditLog {
    /// Ids of new issues.
    pub created: Vec<i64>,
    /// Ids of deleted issues.
    pub deleted: Vec<i64>,
    /// Ids of issues whose `updated` was set.
    pub updated: Vec<i64>,
    /// Moved issues: id, key before, key after.
    pub moved: Vec<(i64, String, String)>,
    /// Ids of new worklogs.
    pub worklogs_created: Vec<i64>,
    /// Ids of edited worklogs.
    pub worklogs_updated: Vec<i64>,
    /// Ids of deleted worklogs, those of deleted issues included.
    pub worklogs_deleted: Vec<i64>,
    /// Ids of new comments.
    pub comments_created: Vec<i64>,
    /// Ids of edited comments.
    pub comments_updated: Vec<i64>,
    /// Ids of deleted comments, those of deleted issues included.
    pub comments_deleted: Vec<i64>,
    /// What was edited beside the issues.
    pub directory: DirectoryLog,
    /// What was edited around the issues.
    pub around: AroundLog,
    /// Ids of new links.
    pub links_created: Vec<i64>,
    /// Ids of deleted links, those of deleted issues included.
    pub links_deleted: Vec<i64>,
    /// Ids of new attachments.
    pub attachments_created: Vec<i64>,
    /// Ids of deleted attachments, those of deleted issues included.
    pub attachments_deleted: Vec<i64>,
    /// Ids of new changes of issues.
    pub histories_created: Vec<i64>,
    /// Ids of issues whose sprints were set.
    pub sprints_changed: Vec<i64>,
}

#[derive(Debug)]
pub(super) struct Editor {
    rate: f64,
    pub(super) rng: fastrand::Rng,
    /// Numbers for what is edited beside the issues.
    beside: fastrand::Rng,
    /// Numbers for what is edited around them.
    around: fastrand::Rng,
    child_edit: ChildEdit,
    pub(super) log: EditLog,
}

impl Editor {
    pub(super) fn new(rate: f64, seed: u64, child_edit: ChildEdit) -> Self {
        Self {
            rate,
            rng: fastrand::Rng::with_seed(seed ^ 0xed_17),
            beside: fastrand::Rng::with_seed(seed ^ 0xbe_51de),
            around: fastrand::Rng::with_seed(seed ^ 0xa2_0b2d),
            child_edit,
            log: EditLog::default(),
        }
    }

    /// How many edits follow this request.
    pub(super) fn draw(&mut self) -> usize {
        let mut number = 0;
        let mut left = self.rate;
        while left > 0.0 {
            if self.rng.f64() < left {
                number += 1;
            }
            left -= 1.0;
        }
        number
    }

    /// Applies one random edit of an issue and now and then one of what surrounds the issues.
    pub(super) fn apply(&mut self, site: &mut Site, now: DateTime<Utc>) {
        self.apply_beside(site, now);
        self.apply_around(site);
        let Some(id) = self.victim(site) else { return };
        match self.rng.u32(0..100) {
            0..14 => self.update(site, id, now),
            14..17 => self.change_labels(site, id, now),
            17..19 => self.recompose(site, id, now),
            19..22 => self.replan(site, id, now),
            22..24 => self.attach(site, id, now),
            24..26 => self.detach(site, id, now),
            26..29 => self.link(site, id, now),
            29..30 => self.unlink(site, id, now),
            30..45 => self.add_worklog(site, id, now),
            45..55 => self.change_worklog(site, id, now),
            55..62 => self.delete_worklog(site, id, now),
            62..74 => self.add_comment(site, id, now),
            74..80 => self.change_comment(site, id, now),
            80..84 => self.delete_comment(site, id, now),
            84..93 => self.create(site, id, now),
            93..98 => self.relocate(site, id, now),
            _ => self.delete(site, id, now),
        }
    }

    /// A random issue that the caller can find and that is no long tail.
    pub(super) fn victim(&mut self, site: &Site) -> Option<i64> {
        // By place and not by number: new ids lie so far above the others that a number would nearly always fall
        // into the gap, and every edit hit the first new issue.
        let number = u32::try_from(site.issues.len()).ok().filter(|number| *number > 0)?;
        (0..20).find_map(|_| {
            let (id, issue) = site.issues.iter().nth(self.rng.u32(0..number) as usize)?;
            let fit = site.access(issue, Caller::Demo) == Access::Searchable && !site.long_tails.contains(id);
            fit.then_some(*id)
        })
    }

    pub(super) fn touch(&mut self, issue: &mut Issue, now: DateTime<Utc>) {
        issue.updated = now;
        self.log.updated.push(issue.id);
    }

    fn touch_parent(&mut self, issue: &mut Issue, now: DateTime<Utc>) {
        if self.child_edit == ChildEdit::BumpsUpdated {
            self.touch(issue, now);
        }
    }

    fn update(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let before = issue.summary.clone();
        issue.summary.push('*');
        let item = HistoryItem::of("summary", Some("summary"))
            .before(None, Some(before))
            .after(None, Some(issue.summary.clone()));
        self.record(site, id, now, vec![item]);
    }

    fn add_worklog(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let new = site.fresh_id();
        let Some(author) = site.me().map(|me| Arc::clone(&me.account_id)) else { return };
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let worklog = Worklog {
            id: new,
            issue_id: id,
            update_author: Arc::clone(&author),
            author,
            comment: Some(Arc::new(Document::paragraph(format!("Logged {new}")))),
            started: now - TimeDelta::hours(1),
            seconds: 3_600,
            created: now,
            updated: now,
            restriction: None,
        };
        issue.time_spent = Some(issue.time_spent.unwrap_or(0) + worklog.seconds);
        issue.worklogs.push(worklog);
        issue.worklogs.sort_by_key(|it| (it.started, it.id));
        self.touch_parent(issue, now);
        site.worklog_issues.insert(new, id);
        site.worklog_feed.insert((now, new));
        self.log.worklogs_created.push(new);
    }

    fn change_worklog(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let length = issue.worklogs.len();
        if length == 0 {
            return;
        }
        let index = self.rng.usize(0..length);
        let worklog = &mut issue.worklogs[index];
        site.worklog_feed.remove(&(worklog.updated, worklog.id));
        worklog.seconds += 60;
        worklog.updated = now;
        site.worklog_feed.insert((now, worklog.id));
        self.log.worklogs_updated.push(worklog.id);
        issue.time_spent = issue.time_spent.map(|spent| spent + 60);
        self.touch_parent(issue, now);
    }

    fn delete_worklog(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let length = issue.worklogs.len();
        if length == 0 {
            return;
        }
        let worklog = issue.worklogs.remove(self.rng.usize(0..length));
        issue.time_spent = issue.time_spent.map(|spent| spent - worklog.seconds).filter(|spent| *spent > 0);
        self.touch_parent(issue, now);
        site.worklog_issues.remove(&worklog.id);
        site.worklog_feed.remove(&(worklog.updated, worklog.id));
        site.deleted_worklogs.insert((now, worklog.id));
        self.log.worklogs_deleted.push(worklog.id);
    }

    fn add_comment(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let new = site.fresh_id();
        let author = site.me().map(|me| Arc::clone(&me.account_id));
        let Some(issue) = site.issues.get_mut(&id) else { return };
        issue.comments.push(Comment {
            id: new,
            update_author: author.clone(),
            author,
            body: Arc::new(Document::paragraph(format!("Said {new}"))),
            created: now,
            updated: now,
            restriction: None,
        });
        self.touch_parent(issue, now);
        site.comment_issues.insert(new, id);
        self.log.comments_created.push(new);
    }

    fn change_comment(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let length = issue.comments.len();
        if length == 0 {
            return;
        }
        let index = self.rng.usize(0..length);
        let comment = &mut issue.comments[index];
        comment.body = Arc::new(Document::paragraph(format!("Said otherwise {}", comment.id)));
        comment.updated = now;
        self.log.comments_updated.push(comment.id);
        self.touch_parent(issue, now);
    }

    fn delete_comment(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let length = issue.comments.len();
        if length == 0 {
            return;
        }
        let comment = issue.comments.remove(self.rng.usize(0..length));
        self.touch_parent(issue, now);
        site.comment_issues.remove(&comment.id);
        self.log.comments_deleted.push(comment.id);
    }

    /// A new issue like the given one, without its children.
    fn create(&mut self, site: &mut Site, like: i64, now: DateTime<Utc>) {
        let id = site.fresh_id();
        let Some(mut issue) = site.issues.get(&like).cloned() else { return };
        let Some(project) = site.projects.iter_mut().find(|it| it.id == issue.project_id) else { return };
        project.last_number += 1;
        issue.id = id;
        issue.number = project.last_number;
        issue.key = format!("{}-{}", project.key, issue.number);
        issue.old_keys.clear();
        issue.summary = format!("New {id}");
        (issue.created, issue.updated) = (now, now);
        issue.comments.clear();
        issue.worklogs.clear();
        issue.attachments.clear();
        issue.histories.clear();
        issue.remote_links.clear();
        issue.time_spent = None;
        self.log.created.push(id);
        site.insert(issue);
    }

    /// Moves an issue to another project, where its old key goes on leading to it.
    fn relocate(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(home) = site.issues.get(&id).map(|issue| issue.project_id) else { return };
        let name = |site: &Site, id: i64| site.project(id).map(|project| project.name.clone());
        let home_name = name(site, home);
        let goals: Vec<usize> = (0..site.projects.len())
            .filter(|index| {
                let project = &site.projects[*index];
                project.id != home
                    && project.state == ProjectState::Live
                    && project.audience.includes(Caller::Demo)
            })
            .collect();
        if goals.is_empty() {
            return;
        }
        let project = &mut site.projects[goals[self.rng.usize(0..goals.len())]];
        project.last_number += 1;
        let (project_id, number) = (project.id, project.last_number);
        let key = format!("{}-{number}", project.key);
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let old = std::mem::replace(&mut issue.key, key.clone());
        issue.old_keys.push(old.clone());
        (issue.project_id, issue.number) = (project_id, number);
        issue.component_ids.clear();
        issue.version_ids.clear();
        issue.fix_version_ids.clear();
        let foreign = |field: i64| {
            let known = site.fields.iter().find(|it| it.custom_id == Some(field));
            known.and_then(|it| it.project_id).is_some_and(|owner| owner != project_id)
        };
        issue.custom.retain(|field, value| {
            !foreign(*field) && !matches!(value, CustomValue::Version(_) | CustomValue::Versions(_))
        });
        site.keys.insert(key.clone(), id);
        let items = vec![
            HistoryItem::of("project", Some("project"))
                .before(Some(home.to_string()), home_name)
                .after(Some(project_id.to_string()), name(site, project_id)),
            HistoryItem::of("Key", None).before(None, Some(old.clone())).after(None, Some(key.clone())),
        ];
        self.record(site, id, now, items);
        self.log.moved.push((id, old, key));
    }

    fn delete(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        self.log.links_deleted.extend(site.links_of(id).map(|link| link.id));
        let Some(issue) = site.remove(id) else { return };
        self.log.attachments_deleted.extend(issue.attachments.iter().map(|file| file.id));
        self.log.deleted.push(id);
        self.log.comments_deleted.extend(issue.comments.iter().map(|comment| comment.id));
        for worklog in &issue.worklogs {
            site.deleted_worklogs.insert((now, worklog.id));
            self.log.worklogs_deleted.push(worklog.id);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;
    use crate::sandbox::generate::{end_of_data, generate};

    #[test]
    fn edits_keep_the_indexes_right_and_the_long_tails_alone() {
        let mut site = generate(1, 300);
        let before = site.clone();
        let mut editor = Editor::new(1.0, 1, ChildEdit::BumpsUpdated);
        for _ in 0..2_000 {
            editor.apply(&mut site, end_of_data() + TimeDelta::hours(1));
        }
        let log = &editor.log;
        assert!(!log.created.is_empty() && !log.deleted.is_empty() && !log.moved.is_empty());
        assert!(!log.worklogs_deleted.is_empty() && !log.comments_updated.is_empty());
        for issue in site.issues.values() {
            assert_eq!(site.resolve(&issue.key).unwrap().id, issue.id);
            for key in &issue.old_keys {
                assert_eq!(site.resolve(key).unwrap().id, issue.id);
            }
            for worklog in &issue.worklogs {
                assert_eq!(site.worklog(worklog.id).unwrap().0.id, issue.id);
                assert!(site.worklog_feed.contains(&(worklog.updated, worklog.id)));
            }
            for comment in &issue.comments {
                assert_eq!(site.comment(comment.id).unwrap().0.id, issue.id);
            }
        }
        let worklogs: usize = site.issues.values().map(|issue| issue.worklogs.len()).sum();
        assert_eq!(site.worklog_feed.len(), worklogs);
        assert!(!log.links_created.is_empty() && !log.links_deleted.is_empty());
        assert!(!log.attachments_created.is_empty() && !log.attachments_deleted.is_empty());
        assert!(!log.sprints_changed.is_empty() && log.histories_created.len() > 200);
        for link in site.links.values() {
            for end in [&link.outward_issue, &link.inward_issue] {
                assert!(site.links_of(end.id).any(|other| other.id == link.id));
            }
        }
        assert_eq!(site.issue_links.len(), 2 * site.links.len());
        for id in &before.long_tails {
            assert_eq!(site.issues[id].worklogs.len(), before.issues[id].worklogs.len());
            assert_eq!(site.issues[id].updated, before.issues[id].updated);
        }
    }

    #[test]
    fn new_issues_do_not_draw_the_edits_to_themselves() {
        let mut site = generate(1, 300);
        let mut editor = Editor::new(1.0, 1, ChildEdit::BumpsUpdated);
        for _ in 0..300 {
            editor.apply(&mut site, end_of_data() + TimeDelta::hours(1));
        }
        let touched: std::collections::BTreeSet<_> = editor.log.updated.iter().collect();
        assert!(touched.len() > 100, "{} issues edited", touched.len());
    }

    #[test]
    fn the_number_of_edits_follows_the_rate() {
        let total = |rate| {
            let mut editor = Editor::new(rate, 1, ChildEdit::BumpsUpdated);
            (0..1_000).map(|_| editor.draw()).sum::<usize>()
        };
        assert_eq!(total(0.0), 0);
        assert_eq!(total(2.0), 2_000);
        assert!((400..600).contains(&total(0.5)));
    }
}
