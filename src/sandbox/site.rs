//! Looking things up in the site, what a caller may see of it, and the indexes behind both.

mod directory;

use super::model::{
    Access, Caller, Comment, Issue, IssueType, Project, ProjectState, Site, Status, User, Worklog,
};

impl Site {
    /// The caller's own account.
    pub fn me(&self) -> Option<&User> {
        self.users.first()
    }

    /// A user by account id.
    pub fn user(&self, account_id: &str) -> Option<&User> {
        self.users.get(*self.accounts.get(account_id)?)
    }

    /// A project by id.
    pub fn project(&self, id: i64) -> Option<&Project> {
        let index = self.projects.binary_search_by_key(&id, |project| project.id).ok()?;
        self.projects.get(index)
    }

    /// A project by id, key or name, whatever the case.
    pub fn find_project(&self, text: &str) -> Option<&Project> {
        self.projects
            .iter()
            .find(|project| project.key.eq_ignore_ascii_case(text))
            .or_else(|| self.projects.iter().find(|project| project.id.to_string() == text))
            .or_else(|| {
                let name = text.to_lowercase();
                self.projects.iter().find(|project| project.name.to_lowercase() == name)
            })
    }

    /// An issue by id or by any key that it has or had, whatever the case.
    pub fn resolve(&self, id_or_key: &str) -> Option<&Issue> {
        if id_or_key.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.issues.get(&id_or_key.parse().ok()?);
        }
        self.issues.get(self.keys.get(&id_or_key.to_ascii_uppercase())?)
    }

    /// What `caller` may do with `issue`.
    pub fn access(&self, issue: &Issue, caller: Caller) -> Access {
        let Some(project) = self.project(issue.project_id) else { return Access::Hidden };
        let secured = issue.security_level_id.is_some_and(|level| {
            !self.security_levels.iter().any(|other| other.id == level && other.audience.includes(caller))
        });
        if secured || !project.audience.includes(caller) {
            Access::Hidden
        } else if project.state == ProjectState::Archived {
            Access::DirectOnly
        } else {
            Access::Searchable
        }
    }

    /// The issue with `id`, if `caller` may see it.
    pub fn visible_issue(&self, id: i64, caller: Caller) -> Option<&Issue> {
        self.issues.get(&id).filter(|issue| self.access(issue, caller) != Access::Hidden)
    }

    /// The issues that a search by `caller` can find, in ascending id order.
    pub fn searchable_issues(&self, caller: Caller) -> impl Iterator<Item = &Issue> {
        self.issues.values().filter(move |issue| self.access(issue, caller) == Access::Searchable)
    }

    /// The worklogs that the worklog feed shows to `caller`, issue by issue.
    pub fn visible_worklogs(&self, caller: Caller) -> impl Iterator<Item = &Worklog> {
        self.searchable_issues(caller)
            .flat_map(|issue| &issue.worklogs)
            .filter(move |worklog| worklog.visible_to(caller))
    }

    /// The comments of searchable issues that `caller` may read, with their issues.
    pub fn visible_comments(&self, caller: Caller) -> impl Iterator<Item = (&Issue, &Comment)> {
        self.searchable_issues(caller).flat_map(move |issue| {
            issue.comments.iter().filter(move |it| it.visible_to(caller)).map(move |it| (issue, it))
        })
    }

    /// The issues whose parent is `id`, in ascending id order.
    pub fn children(&self, id: i64) -> impl Iterator<Item = &Issue> {
        self.children.range((id, i64::MIN)..=(id, i64::MAX)).filter_map(|(_, child)| self.issues.get(child))
    }

    /// A worklog by id, with its issue.
    pub fn worklog(&self, id: i64) -> Option<(&Issue, &Worklog)> {
        let issue = self.issues.get(self.worklog_issues.get(&id)?)?;
        issue.worklogs.iter().find(|worklog| worklog.id == id).map(|worklog| (issue, worklog))
    }

    /// A comment by id, with its issue.
    pub fn comment(&self, id: i64) -> Option<(&Issue, &Comment)> {
        let issue = self.issues.get(self.comment_issues.get(&id)?)?;
        issue.comments.iter().find(|comment| comment.id == id).map(|comment| (issue, comment))
    }

    /// An issue type by id.
    pub fn issue_type(&self, id: i64) -> Option<&IssueType> {
        self.issue_types.iter().find(|it| it.id == id)
    }

    /// A status by id.
    pub fn status(&self, id: i64) -> Option<&Status> {
        self.statuses.iter().find(|it| it.id == id)
    }

    /// Adds an issue with its keys, comments and worklogs to the indexes.
    pub(super) fn insert(&mut self, issue: Issue) {
        self.keys.insert(issue.key.clone(), issue.id);
        for key in &issue.old_keys {
            self.keys.insert(key.clone(), issue.id);
        }
        for worklog in &issue.worklogs {
            self.worklog_issues.insert(worklog.id, issue.id);
            self.worklog_feed.insert((worklog.updated, worklog.id));
        }
        for comment in &issue.comments {
            self.comment_issues.insert(comment.id, issue.id);
        }
        if let Some(parent) = &issue.parent {
            self.children.insert((parent.id, issue.id));
        }
        self.issues.insert(issue.id, issue);
    }

    /// Takes an issue and all that belongs to it, its links too, out of the site.
    pub(super) fn remove(&mut self, id: i64) -> Option<Issue> {
        let issue = self.issues.remove(&id)?;
        self.keys.retain(|_, owner| *owner != id);
        for worklog in &issue.worklogs {
            self.worklog_issues.remove(&worklog.id);
            self.worklog_feed.remove(&(worklog.updated, worklog.id));
        }
        for comment in &issue.comments {
            self.comment_issues.remove(&comment.id);
        }
        if let Some(parent) = &issue.parent {
            self.children.remove(&(parent.id, id));
        }
        let links: Vec<i64> = self.links_of(id).map(|link| link.id).collect();
        for link in links {
            self.remove_link(link);
        }
        Some(issue)
    }

    /// A number that nothing with a number of its own has.
    pub(super) fn fresh_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }
}
