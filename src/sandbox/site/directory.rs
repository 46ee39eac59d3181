//! Which groups, issue types, statuses, components and versions there are for whom.

use crate::sandbox::catalogue;
use crate::sandbox::model::{
    AccountState, Caller, Component, Group, IssueType, Project, ProjectStyle, Site, Status, User, Version,
};

impl Site {
    /// The projects that `caller` may browse, archived ones included, in ascending id order.
    pub fn visible_projects(&self, caller: Caller) -> impl Iterator<Item = &Project> {
        self.projects.iter().filter(move |project| project.audience.includes(caller))
    }

    /// A group by id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The members of a group in the order in which they are listed, inactive ones included.
    pub fn members<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a User> {
        group.members.iter().filter_map(|account| self.user(account))
    }

    /// The members of a group whose accounts are active.
    pub fn active_members<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a User> {
        self.members(group).filter(|user| user.state == AccountState::Active)
    }

    /// The groups that a user belongs to.
    pub fn groups_of<'a>(&'a self, account_id: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().filter(move |group| group.members.iter().any(|member| &**member == account_id))
    }

    /// The issue types of a project: its own where it is team-managed, else those that projects share.
    pub fn project_issue_types(&self, project: &Project) -> impl Iterator<Item = &IssueType> {
        let owner = match project.style {
            ProjectStyle::Classic => None,
            ProjectStyle::NextGen => Some(project.id),
        };
        self.issue_types.iter().filter(move |kind| kind.project_id == owner)
    }

    /// The issue types of the projects that `caller` may browse.
    pub fn visible_issue_types(&self, caller: Caller) -> impl Iterator<Item = &IssueType> {
        self.issue_types.iter().filter(move |kind| {
            self.visible_projects(caller).any(|project| match project.style {
                ProjectStyle::Classic => kind.project_id.is_none(),
                ProjectStyle::NextGen => kind.project_id == Some(project.id),
            })
        })
    }

    /// The statuses that issues of the projects that `caller` may browse can have.
    pub fn active_statuses(&self, caller: Caller) -> impl Iterator<Item = &Status> {
        self.statuses.iter().filter(move |status| {
            self.visible_projects(caller).any(|project| catalogue::workflow(project).contains(&status.id))
        })
    }

    /// A component by id, with its project.
    pub fn component(&self, id: i64) -> Option<(&Project, &Component)> {
        self.projects.iter().find_map(|project| {
            project.components.iter().find(|it| it.id == id).map(|component| (project, component))
        })
    }

    /// A version by id, with its project.
    pub fn version(&self, id: i64) -> Option<(&Project, &Version)> {
        self.projects.iter().find_map(|project| {
            project.versions.iter().find(|it| it.id == id).map(|version| (project, version))
        })
    }
}
