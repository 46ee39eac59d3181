//! What surrounds issues, boards and projects: links to elsewhere, workflows, columns of boards, features, categories.

use super::{AccountId, Caller, Issue, Project, Site, User};

/// A link from an issue to a page or a record somewhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteLink {
    /// Numeric id, unique in the site.
    pub id: i64,
    /// By which the other system knows it.
    pub global_id: Option<String>,
    /// Type and name of the other system.
    pub application: Option<(String, String)>,
    /// How it reads.
    pub relationship: Option<String>,
    /// Where it leads.
    pub url: String,
    /// What stands there.
    pub title: String,
    /// A line more.
    pub summary: Option<String>,
    /// Address and title of a picture.
    pub icon: Option<(String, String)>,
    /// Whether it is done, where the other system says so.
    pub resolved: Option<bool>,
}

/// How issues of a project go from status to status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// Ids of its statuses.
    pub status_ids: Vec<i64>,
    /// Its transitions but for the one that creates issues.
    pub transitions: Vec<Transition>,
}

/// A step from one status to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Numeric id, unique in the workflow.
    pub id: i64,
    /// Name; not unique.
    pub name: String,
    /// Id of the status that it begins in; none where it can be done in all.
    pub from: Option<i64>,
    /// Id of the status that it leads to.
    pub to: i64,
    /// Whether a screen comes with it.
    pub has_screen: bool,
    /// Whether it depends on conditions.
    pub is_conditional: bool,
}

/// A category of projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCategory {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
}

/// A kind of projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectType {
    /// Key: `software`.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Colour; none on one of them.
    pub color: &'static str,
}

/// Something that a project can have switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Key.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Description for people.
    pub description: &'static str,
    /// `ENABLED`, `DISABLED` or `COMING_SOON`.
    pub state: &'static str,
    /// Whether it stays as it is.
    pub is_locked: bool,
    /// Keys of the features that it needs.
    pub needs: &'static [&'static str],
}

/// A column of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardColumn {
    /// Name; not unique.
    pub name: String,
    /// Ids of the statuses that it shows.
    pub status_ids: Vec<i64>,
    /// Fewest and most issues, where there is such a limit.
    pub limits: (Option<i64>, Option<i64>),
}

/// A quick filter of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickFilter {
    /// Numeric id, unique in the site.
    pub id: i64,
    /// Name.
    pub name: String,
    /// What it leaves.
    pub jql: String,
    /// Description; may be empty.
    pub description: String,
    /// Its place; not unique.
    pub position: i64,
}

impl Site {
    /// Those who watch an issue as far as `caller` may know: everybody, or the caller alone.
    pub fn visible_watchers(&self, issue: &Issue, caller: Caller) -> Vec<&User> {
        self.crowd(issue, &issue.watchers, caller, |user| self.is_caller(user, caller))
    }

    /// Those who vote for an issue as far as `caller` may know: everybody, or nobody.
    pub fn visible_voters(&self, issue: &Issue, caller: Caller) -> Vec<&User> {
        self.crowd(issue, &issue.voters, caller, |_| false)
    }

    fn crowd<'a>(
        &'a self,
        issue: &Issue,
        accounts: &[AccountId],
        caller: Caller,
        shown: impl Fn(&User) -> bool,
    ) -> Vec<&'a User> {
        let open = self.project(issue.project_id).is_some_and(|it| it.crowd_audience.includes(caller));
        accounts.iter().filter_map(|id| self.user(id)).filter(|user| open || shown(user)).collect()
    }

    /// Whether the account is the caller's own.
    pub fn is_caller(&self, user: &User, caller: Caller) -> bool {
        caller == Caller::Demo && self.me().is_some_and(|me| me.account_id == user.account_id)
    }

    /// The transitions that `caller` can do on an issue as it is.
    pub fn possible_transitions<'a>(
        &'a self,
        issue: &'a Issue,
        caller: Caller,
    ) -> impl Iterator<Item = &'a Transition> {
        let project = self.project(issue.project_id);
        let project: Option<&Project> = project.filter(|it| it.transition_audience.includes(caller));
        let all = project.into_iter().flat_map(|it| &it.workflow.transitions);
        all.filter(|it| it.from.is_none_or(|from| from == issue.status_id))
    }
}
