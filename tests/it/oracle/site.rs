//! What the account of the connection string may see of a site, decided from the bare facts of the model.

use jirrow::sandbox::Site;
use jirrow::sandbox::model::{Audience, Comment, Issue, Project, ProjectState, User, Worklog};

/// A site as the account sees it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a>(pub(crate) &'a Site);

/// Is the account, a member of the site, among them?
pub(crate) fn mine(audience: Audience) -> bool {
    match audience {
        Audience::Public | Audience::Members => true,
        Audience::Others => false,
    }
}

impl<'a> Seen<'a> {
    /// Projects that the account may browse, archived ones included.
    pub(crate) fn projects(self) -> impl Iterator<Item = &'a Project> {
        self.0.projects.iter().filter(|it| mine(it.audience))
    }

    /// The project of an issue.
    pub(crate) fn home(self, issue: &Issue) -> &'a Project {
        self.0.projects.iter().find(|it| it.id == issue.project_id).expect("an issue has a project")
    }

    /// May the account read the issue when it knows its id?
    pub(crate) fn readable(self, issue: &Issue) -> bool {
        let level = issue.security_level_id;
        let levels = &self.0.security_levels;
        let cleared = level.is_none_or(|id| levels.iter().any(|it| it.id == id && mine(it.audience)));
        cleared && mine(self.home(issue).audience)
    }

    /// Does a search find the issue? Not if its project is archived.
    pub(crate) fn found(self, issue: &Issue) -> bool {
        self.readable(issue) && self.home(issue).state == ProjectState::Live
    }

    /// The issues that a search finds.
    pub(crate) fn issues(self) -> impl Iterator<Item = &'a Issue> {
        self.0.issues.values().filter(move |it| self.found(it))
    }

    /// The issue of this id, if a search finds it.
    pub(crate) fn issue(self, id: i64) -> Option<&'a Issue> {
        self.0.issues.get(&id).filter(|it| self.found(it))
    }

    /// Worklogs of those issues that the account may read.
    pub(crate) fn worklogs(self) -> impl Iterator<Item = (&'a Issue, &'a Worklog)> {
        self.issues().flat_map(|issue| {
            let open = |it: &&Worklog| it.restriction.is_none_or(|r| mine(r.audience));
            issue.worklogs.iter().filter(open).map(move |it| (issue, it))
        })
    }

    /// Comments of those issues that the account may read.
    pub(crate) fn comments(self) -> impl Iterator<Item = (&'a Issue, &'a Comment)> {
        self.issues().flat_map(|issue| {
            let open = |it: &&Comment| it.restriction.is_none_or(|r| mine(r.audience));
            issue.comments.iter().filter(open).map(move |it| (issue, it))
        })
    }

    /// Account id and display name.
    pub(crate) fn person(self, account: Option<&str>) -> (Option<&'a str>, Option<&'a str>) {
        let user: Option<&User> = account.and_then(|id| self.0.users.iter().find(|it| &*it.account_id == id));
        (user.map(|it| &*it.account_id), user.map(|it| it.display_name.as_str()))
    }
}
