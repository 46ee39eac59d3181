//! Edits to what surrounds the issues: components, versions, labels, members of groups. They come beside
//! the edits of issues and are drawn from numbers of their own.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Editor;
use crate::sandbox::model::{
    Access, AccountId, AssigneeType, Caller, Component, CustomValue, HistoryItem, Project, ProjectState,
    Site, Version, VersionState,
};

/// Percentage of edits of issues that one of these comes beside.
const SHARE: u32 = 20;

/// What was edited beside the issues; an id can stand in several lists, and several times in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryLog {
    /// Ids of new components.
    pub components_created: Vec<i64>,
    /// Ids of renamed components. The issues that have them count as not updated.
    pub components_renamed: Vec<i64>,
    /// Ids of deleted components. Issues lose them and count as not updated.
    pub components_deleted: Vec<i64>,
    /// Ids of new versions.
    pub versions_created: Vec<i64>,
    /// Ids of renamed versions. The issues that have them count as not updated.
    pub versions_renamed: Vec<i64>,
    /// Ids of deleted versions. Issues lose them and count as not updated.
    pub versions_deleted: Vec<i64>,
    /// Ids of issues that got or lost a label; they count as updated too.
    pub relabelled: Vec<i64>,
    /// New members: group id, account id.
    pub members_added: Vec<(String, AccountId)>,
    /// Members that left: group id, account id.
    pub members_removed: Vec<(String, AccountId)>,
}

/// A random place in a list of this length; none in an empty one.
fn place(rng: &mut fastrand::Rng, length: usize) -> Option<usize> {
    let length = u32::try_from(length).ok().filter(|length| *length > 0)?;
    Some(rng.u32(0..length) as usize)
}

impl Editor {
    /// Applies one of these edits, or more often none.
    pub(super) fn apply_beside(&mut self, site: &mut Site, now: DateTime<Utc>) {
        if self.beside.u32(0..100) >= SHARE {
            return;
        }
        match self.beside.u32(0..10) {
            0 => self.add_component(site),
            1 => self.rename_component(site),
            2 => self.delete_component(site),
            3 => self.add_version(site),
            4 => self.rename_version(site),
            5 => self.delete_version(site),
            6 | 7 => self.relabel(site, now),
            8 => self.add_member(site),
            _ => self.remove_member(site),
        }
    }

    /// A live project that the caller sees and that is as `fits` says.
    fn project<'a>(&mut self, site: &'a mut Site, fits: fn(&Project) -> bool) -> Option<&'a mut Project> {
        let mut projects: Vec<&mut Project> = site
            .projects
            .iter_mut()
            .filter(|it| it.state == ProjectState::Live && it.audience.includes(Caller::Demo) && fits(it))
            .collect();
        let index = place(&mut self.beside, projects.len())?;
        Some(projects.swap_remove(index))
    }

    fn add_component(&mut self, site: &mut Site) {
        let id = site.fresh_id();
        let Some(project) = self.project(site, |_| true) else { return };
        project.components.push(Component {
            id,
            name: format!("New part {id}"),
            description: None,
            lead: None,
            assignee_type: AssigneeType::Unassigned,
        });
        self.log.directory.components_created.push(id);
    }

    fn rename_component(&mut self, site: &mut Site) {
        let Some(project) = self.project(site, |it| !it.components.is_empty()) else { return };
        let Some(index) = place(&mut self.beside, project.components.len()) else { return };
        let component = &mut project.components[index];
        component.name.push('*');
        self.log.directory.components_renamed.push(component.id);
    }

    fn delete_component(&mut self, site: &mut Site) {
        let Some(project) = self.project(site, |it| !it.components.is_empty()) else { return };
        let Some(index) = place(&mut self.beside, project.components.len()) else { return };
        let id = project.components.remove(index).id;
        for issue in site.issues.values_mut() {
            issue.component_ids.retain(|it| *it != id);
        }
        self.log.directory.components_deleted.push(id);
    }

    fn add_version(&mut self, site: &mut Site) {
        let id = site.fresh_id();
        let Some(project) = self.project(site, |_| true) else { return };
        let place = place(&mut self.beside, project.versions.len() + 1).unwrap_or_default();
        // Anywhere in the order, so that what follows moves to other pages.
        project.versions.insert(
            place,
            Version {
                id,
                name: format!("new {id}"),
                description: None,
                state: VersionState::Unreleased,
                start_date: None,
                release_date: None,
            },
        );
        self.log.directory.versions_created.push(id);
    }

    fn rename_version(&mut self, site: &mut Site) {
        let Some(project) = self.project(site, |it| !it.versions.is_empty()) else { return };
        let Some(index) = place(&mut self.beside, project.versions.len()) else { return };
        let version = &mut project.versions[index];
        version.name.push('*');
        self.log.directory.versions_renamed.push(version.id);
    }

    fn delete_version(&mut self, site: &mut Site) {
        let Some(project) = self.project(site, |it| !it.versions.is_empty()) else { return };
        let Some(index) = place(&mut self.beside, project.versions.len()) else { return };
        let id = project.versions.remove(index).id;
        for issue in site.issues.values_mut() {
            issue.version_ids.retain(|it| *it != id);
            issue.fix_version_ids.retain(|it| *it != id);
            issue.custom.retain(|_, value| match value {
                CustomValue::Version(version) => *version != id,
                CustomValue::Versions(versions) => {
                    versions.retain(|it| *it != id);
                    !versions.is_empty()
                }
                _ => true,
            });
        }
        self.log.directory.versions_deleted.push(id);
    }

    /// Gives an issue a label that nothing had, or takes one away.
    fn relabel(&mut self, site: &mut Site, now: DateTime<Utc>) {
        let number = site.fresh_id();
        let found = (0..20).find_map(|_| {
            let index = place(&mut self.beside, site.issues.len())?;
            let (id, issue) = site.issues.iter().nth(index)?;
            let fit = site.access(issue, Caller::Demo) == Access::Searchable && !site.long_tails.contains(id);
            fit.then_some(*id)
        });
        let Some(issue) = found.and_then(|id| site.issues.get_mut(&id)) else { return };
        let (id, before) = (issue.id, issue.labels.join(" "));
        if self.beside.bool() || issue.labels.pop().is_none() {
            issue.labels.push(format!("label-{number}"));
        }
        let after = issue.labels.join(" ");
        let item =
            HistoryItem::of("labels", Some("labels")).before(None, Some(before)).after(None, Some(after));
        self.record(site, id, now, vec![item]);
        self.log.directory.relabelled.push(id);
    }

    /// Adds a user to a group at the place that the order of the list gives.
    fn add_member(&mut self, site: &mut Site) {
        let Some(user) = place(&mut self.beside, site.users.len()).map(|index| &site.users[index]) else {
            return;
        };
        let Some(index) = place(&mut self.beside, site.groups.len()) else { return };
        let group = &mut site.groups[index];
        if let Err(index) = group.members.binary_search(&user.account_id) {
            group.members.insert(index, Arc::clone(&user.account_id));
            self.log.directory.members_added.push((group.id.clone(), Arc::clone(&user.account_id)));
        }
    }

    fn remove_member(&mut self, site: &mut Site) {
        let Some(index) = place(&mut self.beside, site.groups.len()) else { return };
        let group = &mut site.groups[index];
        let Some(index) = place(&mut self.beside, group.members.len()) else { return };
        let account = group.members.remove(index);
        self.log.directory.members_removed.push((group.id.clone(), account));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::assumptions::ChildEdit;
    use crate::sandbox::generate::{end_of_data, generate};

    #[test]
    fn what_is_gone_is_nowhere_and_all_is_written_down() {
        let before = generate(1, 300);
        let mut site = before.clone();
        let mut editor = Editor::new(1.0, 1, ChildEdit::BumpsUpdated);
        for _ in 0..2_000 {
            editor.apply(&mut site, end_of_data());
        }
        let log = &editor.log.directory;
        for list in [&log.components_renamed, &log.versions_renamed, &log.relabelled] {
            assert!(!list.is_empty());
        }
        assert!(!log.members_added.is_empty() && !log.members_removed.is_empty());
        let components = |site: &Site| -> BTreeSet<i64> {
            site.projects.iter().flat_map(|it| &it.components).map(|it| it.id).collect()
        };
        let versions = |site: &Site| -> BTreeSet<i64> {
            site.projects.iter().flat_map(|it| &it.versions).map(|it| it.id).collect()
        };
        for (old, new, created, deleted) in [
            (components(&before), components(&site), &log.components_created, &log.components_deleted),
            (versions(&before), versions(&site), &log.versions_created, &log.versions_deleted),
        ] {
            let mut expected = old;
            expected.extend(created);
            expected.retain(|id| !deleted.contains(id));
            assert!(!created.is_empty() && !deleted.is_empty());
            assert_eq!(new, expected);
        }
        let (components, versions) = (components(&site), versions(&site));
        for issue in site.issues.values() {
            assert!(issue.component_ids.iter().all(|id| components.contains(id)), "{}", issue.key);
            let ids = issue.version_ids.iter().chain(&issue.fix_version_ids);
            assert!({ ids }.all(|id| versions.contains(id)), "{}", issue.key);
        }
        for group in &site.groups {
            assert!(group.members.is_sorted() && group.members.iter().all(|it| site.user(it).is_some()));
        }
    }
}
