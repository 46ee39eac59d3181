//! A history written by hand, for tests that state what comes of it: issues, their changes, sprints, versions and
//! worklogs, each at an instant that the test names. Every change leaves the record that Jira's changelog would have of
//! it, and what it says has happened is not checked: a change may well be older than its issue.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::sandbox::catalogue;
use crate::sandbox::generate::SPRINT_FIELD;
use crate::sandbox::model::{
    AccountId, CustomValue, Document, History, HistoryItem, Issue, IssueRef, IssueType, Resolution, Site,
    Sprint, Version, VersionState, Worklog,
};

/// The field that holds story points.
const POINTS_FIELD: i64 = 10_016;

/// What a test writes a site's history with.
#[derive(Debug)]
pub struct Pen<'a>(pub(in crate::sandbox) &'a mut Site);

/// A value that a change gives to a field.
#[derive(Clone, Debug)]
pub enum Set<'a> {
    /// The status of this name, of the workflow of the issue's project.
    Status(&'a str),
    /// The resolution of this name, or none.
    Resolution(Option<&'a str>),
    /// Story points, or none.
    Points(Option<f64>),
    /// The sprints of these ids.
    Sprints(&'a [i64]),
    /// The assignee, by the place among the site's users, or none.
    Assignee(Option<usize>),
    /// The summary.
    Summary(&'a str),
    /// One more fix version, by its id.
    AddFixVersion(i64),
    /// One fix version less, by its id.
    RemoveFixVersion(i64),
}

/// A sprint as it is told.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// Its name.
    pub name: &'a str,
    /// `future`, `active` or `closed`.
    pub state: &'static str,
    /// The board that made it and shows it.
    pub board: i64,
    /// When it began; of a future one, when it is to begin, if that is known.
    pub start: Option<DateTime<Utc>>,
    /// When it was to end.
    pub end: Option<DateTime<Utc>>,
    /// When it was closed; an active one is not.
    pub complete: Option<DateTime<Utc>>,
}

/// What the pen was told to write about is not in the site.
#[derive(Debug, thiserror::Error)]
#[error("the site has no {0}")]
pub struct NoSuch(String);

fn no_such(what: &str, name: impl std::fmt::Display) -> NoSuch {
    NoSuch(format!("{what} `{name}`"))
}

/// A value as the changelog has it: as stored, and for people.
type Side = (Option<String>, Option<String>);

impl Pen<'_> {
    /// Moves the account that is let in to another time zone.
    pub fn time_zone(&mut self, zone: Tz) {
        if let Some(me) = self.0.users.first_mut() {
            me.time_zone = Some(zone);
        }
    }

    /// Takes away what the generator made of sprints and versions.
    pub fn clear_plans(&mut self) {
        self.0.sprints.clear();
        self.0.boards.iter_mut().for_each(|board| board.sprint_ids.clear());
        self.0.projects.iter_mut().for_each(|project| project.versions.clear());
    }

    /// A new issue of the project, of its first ordinary type and in the first status of its workflow, without an
    /// assignee. Returns its id.
    ///
    /// # Errors
    /// When there is no such project.
    pub fn issue(&mut self, project: &str, created: DateTime<Utc>) -> Result<i64, NoSuch> {
        let id = self.0.fresh_id();
        let me = self.0.me().map(|me| Arc::clone(&me.account_id));
        let found = self.0.projects.iter_mut().find(|it| it.key == project);
        let project = found.ok_or_else(|| no_such("project", project))?;
        project.last_number += 1;
        let (project_id, number) = (project.id, project.last_number);
        let own_type = |it: &&IssueType| {
            it.hierarchy_level == 0 && it.project_id.is_none_or(|owner| owner == project_id)
        };
        let type_id = self.0.issue_types.iter().find(own_type).map_or(10_001, |it| it.id);
        let issue = Issue {
            id,
            project_id,
            key: format!("{}-{number}", project.key),
            number,
            old_keys: vec![],
            type_id,
            status_id: catalogue::workflow(project)[0],
            priority_id: Some(3),
            resolution_id: None,
            resolution_date: None,
            summary: format!("Written {number}"),
            description: None,
            environment: None,
            created,
            updated: created,
            status_category_changed: Some(created),
            last_viewed: None,
            due_date: None,
            assignee: None,
            reporter: me.clone(),
            creator: me,
            labels: vec![],
            component_ids: vec![],
            version_ids: vec![],
            fix_version_ids: vec![],
            parent: None,
            security_level_id: None,
            votes: 0,
            voters: vec![],
            watches: 0,
            watchers: vec![],
            original_estimate: None,
            remaining_estimate: None,
            time_spent: None,
            comments: vec![],
            worklogs: vec![],
            attachments: vec![],
            remote_links: vec![],
            properties: BTreeMap::new(),
            histories: vec![],
            custom: BTreeMap::new(),
        };
        self.0.insert(issue);
        Ok(id)
    }

    /// A new sub-task of an issue. Returns its id.
    ///
    /// # Errors
    /// When there is no such issue.
    pub fn subtask(&mut self, parent: i64, created: DateTime<Utc>) -> Result<i64, NoSuch> {
        let found = self.0.issues.get(&parent).ok_or_else(|| no_such("issue", parent))?;
        let (project_id, key) = (found.project_id, found.key.clone());
        let project = self.0.project(project_id).ok_or_else(|| no_such("project", project_id))?.key.clone();
        let kind = self
            .0
            .issue_types
            .iter()
            .find(|it| it.hierarchy_level < 0 && it.project_id.is_none_or(|owner| owner == project_id));
        let type_id = kind.ok_or_else(|| no_such("sub-task type of", &project))?.id;
        let id = self.issue(&project, created)?;
        let issue = self.found(id)?;
        issue.type_id = type_id;
        issue.parent = Some(IssueRef { id: parent, key });
        self.0.children.insert((parent, id));
        Ok(id)
    }

    /// What an issue has from its creation on, of which no record tells.
    ///
    /// # Errors
    /// When the issue, or what it is given, is not there.
    pub fn with(&mut self, issue: i64, values: &[Set<'_>]) -> Result<(), NoSuch> {
        values.iter().try_for_each(|value| self.set(issue, value, None).map(drop))
    }

    /// Changes an issue at one instant, in one record of its history.
    ///
    /// # Errors
    /// When the issue, or what it is given, is not there.
    pub fn change(&mut self, issue: i64, at: DateTime<Utc>, values: &[Set<'_>]) -> Result<(), NoSuch> {
        let items = values.iter().map(|value| self.set(issue, value, Some(at)));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        self.record(issue, at, items)
    }

    fn record(&mut self, issue: i64, at: DateTime<Utc>, items: Vec<HistoryItem>) -> Result<(), NoSuch> {
        let id = self.0.fresh_id();
        let author = self.0.me().map(|me| Arc::clone(&me.account_id));
        let issue = self.found(issue)?;
        issue.histories.push(History { id, author, created: at, items });
        issue.histories.sort_by_key(|history| (history.created, history.id));
        issue.updated = issue.updated.max(at);
        Ok(())
    }

    fn found(&mut self, issue: i64) -> Result<&mut Issue, NoSuch> {
        self.0.issues.get_mut(&issue).ok_or_else(|| no_such("issue", issue))
    }

    fn set(&mut self, id: i64, value: &Set<'_>, at: Option<DateTime<Utc>>) -> Result<HistoryItem, NoSuch> {
        let issue = self.0.issues.get(&id).ok_or_else(|| no_such("issue", id))?;
        let project = self.0.project(issue.project_id).ok_or_else(|| no_such("project", issue.project_id))?;
        let version = |id: i64| -> Result<Side, NoSuch> {
            let found = project.versions.iter().find(|it| it.id == id);
            let found = found.ok_or_else(|| no_such("version", id))?;
            Ok((Some(id.to_string()), Some(found.name.clone())))
        };
        match value {
            Set::Status(name) => self.set_status(id, name, at),
            Set::Resolution(name) => {
                let named = |found: Option<&Resolution>| -> Side {
                    (found.map(|it| it.id.to_string()), found.map(|it| it.name.clone()))
                };
                let all = &self.0.resolutions;
                let before = named(all.iter().find(|it| Some(it.id) == issue.resolution_id));
                let after = name.map(|name| {
                    all.iter().find(|it| it.name == name).ok_or_else(|| no_such("resolution", name))
                });
                let after = after.transpose()?;
                let (id_after, after) = (after.map(|it| it.id), named(after));
                let issue = self.found(id)?;
                issue.resolution_id = id_after;
                issue.resolution_date = id_after.map(|_| at.unwrap_or(issue.created));
                let item = HistoryItem::of("resolution", Some("resolution"));
                Ok(item.before(before.0, before.1).after(after.0, after.1))
            }
            Set::Points(points) => {
                let text = |value: Option<f64>| value.map(|it| it.to_string());
                let before = match issue.custom.get(&POINTS_FIELD) {
                    Some(CustomValue::Number(points)) => Some(*points),
                    _ => None,
                };
                let issue = self.found(id)?;
                match points {
                    Some(points) => issue.custom.insert(POINTS_FIELD, CustomValue::Number(*points)),
                    None => issue.custom.remove(&POINTS_FIELD),
                };
                let item = HistoryItem::of("Story Points", Some("customfield_10016"));
                Ok(item.before(None, text(before)).after(None, text(*points)))
            }
            Set::Sprints(ids) => self.set_sprints(id, ids),
            Set::Assignee(place) => {
                let side = |account: Option<&AccountId>| -> Side {
                    let user = account.and_then(|it| self.0.user(it));
                    (user.map(|it| it.account_id.to_string()), user.map(|it| it.display_name.clone()))
                };
                let user = |place: usize| self.0.users.get(place).ok_or_else(|| no_such("user", place));
                let after = place.map(user).transpose()?.map(|user| Arc::clone(&user.account_id));
                let (from, to) = (side(issue.assignee.as_ref()), side(after.as_ref()));
                self.found(id)?.assignee = after;
                let item = HistoryItem::of("assignee", Some("assignee"));
                Ok(item.before(from.0, from.1).after(to.0, to.1))
            }
            Set::Summary(text) => {
                let before = issue.summary.clone();
                (*text).clone_into(&mut self.found(id)?.summary);
                let item = HistoryItem::of("summary", Some("summary"));
                Ok(item.before(None, Some(before)).after(None, Some((*text).to_owned())))
            }
            Set::AddFixVersion(added) => {
                let side = version(*added)?;
                self.found(id)?.fix_version_ids.push(*added);
                Ok(HistoryItem::of("Fix Version", Some("fixVersions")).after(side.0, side.1))
            }
            Set::RemoveFixVersion(removed) => {
                let side = version(*removed)?;
                self.found(id)?.fix_version_ids.retain(|it| it != removed);
                Ok(HistoryItem::of("Fix Version", Some("fixVersions")).before(side.0, side.1))
            }
        }
    }

    fn set_status(&mut self, id: i64, name: &str, at: Option<DateTime<Utc>>) -> Result<HistoryItem, NoSuch> {
        let issue = self.0.issues.get(&id).ok_or_else(|| no_such("issue", id))?;
        let project = self.0.project(issue.project_id).ok_or_else(|| no_such("project", issue.project_id))?;
        let named = |id: i64| self.0.status(id).map(|it| it.name.as_str());
        let workflow = catalogue::workflow(project);
        let status = workflow.iter().find(|status| named(**status) == Some(name));
        let status = *status.ok_or_else(|| no_such("status", name))?;
        let before = (Some(issue.status_id.to_string()), named(issue.status_id).map(str::to_owned));
        let category = |id| self.0.status(id).map(|it| it.category);
        let recategorised = category(status) != category(issue.status_id);
        let issue = self.found(id)?;
        issue.status_id = status;
        if let Some(at) = at.filter(|_| recategorised) {
            issue.status_category_changed = Some(at);
        }
        let item = HistoryItem::of("status", Some("status"));
        Ok(item.before(before.0, before.1).after(Some(status.to_string()), Some(name.to_owned())))
    }

    fn set_sprints(&mut self, id: i64, ids: &[i64]) -> Result<HistoryItem, NoSuch> {
        let issue = self.0.issues.get(&id).ok_or_else(|| no_such("issue", id))?;
        let sprint = |id: &i64| self.0.sprints.get(id).cloned().ok_or_else(|| no_such("sprint", id));
        let after = ids.iter().map(sprint).collect::<Result<Vec<_>, _>>()?;
        let before = match issue.custom.get(&SPRINT_FIELD) {
            Some(CustomValue::Sprints(sprints)) => sprints.clone(),
            _ => vec![],
        };
        let text = |sprints: &[Arc<Sprint>]| -> Side {
            let ids: Vec<String> = sprints.iter().map(|it| it.id.to_string()).collect();
            let names: Vec<&str> = sprints.iter().map(|it| it.name.as_str()).collect();
            (Some(ids.join(", ")), Some(names.join(", ")))
        };
        let (from, to) = (text(&before), text(&after));
        let issue = self.found(id)?;
        match after.is_empty() {
            true => issue.custom.remove(&SPRINT_FIELD),
            false => issue.custom.insert(SPRINT_FIELD, CustomValue::Sprints(after)),
        };
        let item = HistoryItem::of("Sprint", Some("customfield_10020"));
        Ok(item.before(from.0, from.1).after(to.0, to.1))
    }

    /// A new sprint. Returns its id.
    ///
    /// # Errors
    /// When there is no such board.
    pub fn sprint(&mut self, planned: &Planned<'_>) -> Result<i64, NoSuch> {
        let id = self.0.sprints.keys().last().map_or(1, |last| last + 1);
        let board = self.0.boards.iter_mut().find(|it| it.id == planned.board);
        board.ok_or_else(|| no_such("board", planned.board))?.sprint_ids.push(id);
        let sprint = Sprint {
            id,
            name: planned.name.to_owned(),
            state: planned.state,
            board_id: planned.board,
            start: planned.start,
            end: planned.end,
            complete: planned.complete,
            goal: None,
        };
        self.0.sprints.insert(id, Arc::new(sprint));
        Ok(id)
    }

    /// A new version of the project. Returns its id.
    ///
    /// # Errors
    /// When there is no such project.
    pub fn version(
        &mut self,
        project: &str,
        name: &str,
        state: VersionState,
        release_date: Option<NaiveDate>,
    ) -> Result<i64, NoSuch> {
        let id = self.0.fresh_id();
        let found = self.0.projects.iter_mut().find(|it| it.key == project);
        found.ok_or_else(|| no_such("project", project))?.versions.push(Version {
            id,
            name: name.to_owned(),
            description: None,
            state,
            start_date: None,
            release_date,
        });
        Ok(id)
    }

    /// A worklog of a user, by the place among the site's. Returns its id.
    ///
    /// # Errors
    /// When the issue or the user is not there.
    pub fn worklog(
        &mut self,
        issue: i64,
        user: usize,
        started: DateTime<Utc>,
        seconds: i64,
    ) -> Result<i64, NoSuch> {
        let id = self.0.fresh_id();
        let author = self.0.users.get(user).map(|user| Arc::clone(&user.account_id));
        let author = author.ok_or_else(|| no_such("user", user))?;
        let found = self.found(issue)?;
        found.worklogs.push(Worklog {
            id,
            issue_id: issue,
            update_author: Arc::clone(&author),
            author,
            comment: Some(Arc::new(Document::paragraph(format!("Logged {id}")))),
            started,
            seconds,
            created: started,
            updated: started,
            restriction: None,
        });
        found.worklogs.sort_by_key(|it| (it.started, it.id));
        found.time_spent = Some(found.time_spent.unwrap_or(0) + seconds);
        self.0.worklog_issues.insert(id, issue);
        self.0.worklog_feed.insert((started, id));
        Ok(id)
    }

    /// Moves an issue to another project, in whose workflow it gets the status of the place that it had.
    ///
    /// # Errors
    /// When the issue or the project is not there.
    pub fn relocate(&mut self, issue: i64, at: DateTime<Utc>, project: &str) -> Result<(), NoSuch> {
        let found = self.0.issues.get(&issue).ok_or_else(|| no_such("issue", issue))?;
        let (home, old_status, old_key) = (found.project_id, found.status_id, found.key.clone());
        let home_project = self.0.project(home).ok_or_else(|| no_such("project", home))?;
        let (home_name, place) = (
            home_project.name.clone(),
            catalogue::workflow(home_project).iter().position(|it| *it == old_status).unwrap_or(0),
        );
        let goal = self.0.projects.iter_mut().find(|it| it.key == project);
        let goal = goal.ok_or_else(|| no_such("project", project))?;
        goal.last_number += 1;
        let key = format!("{}-{}", goal.key, goal.last_number);
        let (id, name, number) = (goal.id, goal.name.clone(), goal.last_number);
        let status = catalogue::workflow(goal).get(place).copied().unwrap_or(catalogue::workflow(goal)[0]);
        let named = |status| self.0.status(status).map(|it| it.name.clone());
        let mut items = vec![
            HistoryItem::of("project", Some("project"))
                .before(Some(home.to_string()), Some(home_name))
                .after(Some(id.to_string()), Some(name)),
            HistoryItem::of("Key", None).before(None, Some(old_key.clone())).after(None, Some(key.clone())),
        ];
        if status != old_status {
            items.push(
                HistoryItem::of("status", Some("status"))
                    .before(Some(old_status.to_string()), named(old_status))
                    .after(Some(status.to_string()), named(status)),
            );
        }
        let found = self.found(issue)?;
        found.key.clone_from(&key);
        found.old_keys.push(old_key);
        (found.project_id, found.number, found.status_id) = (id, number, status);
        self.0.keys.insert(key, issue);
        self.record(issue, at, items)
    }

    /// Takes the fields' ids out of all records, as those of Data Center have none.
    pub fn forget_field_ids(&mut self) {
        for history in self.0.issues.values_mut().flat_map(|issue| &mut issue.histories) {
            history.items.iter_mut().for_each(|item| item.field_id = None);
        }
    }

    /// Deletes an issue and all that belongs to it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete(&mut self, issue: i64) -> Result<(), NoSuch> {
        self.0.remove(issue).map(drop).ok_or_else(|| no_such("issue", issue))
    }
}
