//! What surrounds the issues and none of them refers to: groups with their members, more people,
//! components and versions beyond those that issues have. It draws from numbers of its own, so that
//! nothing here changes an issue.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::people;
use crate::sandbox::catalogue::TEAM_MANAGED_PROJECT;
use crate::sandbox::model::{
    AccountId, AccountKind, AccountState, AssigneeType, Component, Group, GroupAccess, IssueType,
    RESTRICTIONS, Site, User, Version, VersionState,
};

/// Tells these numbers from those that the issues are drawn from.
const STREAM: u64 = 0xd1_4ec7;

/// People who belong to groups and have nothing to do with any issue.
const BYSTANDERS: usize = 150;

/// The number of the first of them; far above the numbers of the others.
const FIRST_BYSTANDER: usize = 5_001;

/// Names that hold what means something in an address, in HTML or in SQL.
const ODD_GROUPS: [&str; 14] = [
    "R&D / platform",
    "C++ guild",
    "100% remote",
    "a%2Fb%20c",
    "say \"hello\"",
    "it's -- ours",
    "Größe 组 🔥",
    "two  spaces, a comma",
    "..",
    "a=b&c?d#e;f",
    "<b>bold</b>",
    "back\\slash",
    "0",
    "null",
];

/// Ordinary groups, so that the list of groups has more than one page.
const TEAMS: usize = 45;

/// Components of the project that has most.
const COMPONENTS: usize = 60;

/// Versions of the project that has most.
const VERSIONS: i64 = 130;

const ODD_PARTS: [&str; 12] = [
    "Slash/Part",
    "100% covered",
    "Comma, part",
    "Quote \"q\"",
    "“typographic”",
    "组件",
    "..",
    "a+b",
    "it's",
    "<i>part</i>",
    "back\\slash",
    "_",
];

/// Adds to `site` what the issues don't need.
pub(super) fn furnish(site: &mut Site, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed ^ STREAM);
    for user in people::people(&mut rng, FIRST_BYSTANDER..FIRST_BYSTANDER + BYSTANDERS) {
        site.accounts.insert(Arc::clone(&user.account_id), site.users.len());
        site.users.push(user);
    }
    own_types(site);
    let leads: Vec<AccountId> =
        site.users.iter().rev().take(20).map(|it| Arc::clone(&it.account_id)).collect();
    for index in 0..site.projects.len() {
        let project = &mut site.projects[index];
        let (components, versions) = match &*project.key {
            "SELECT" => (COMPONENTS - project.components.len(), 0),
            "OS" => (2, VERSIONS),
            "OLD" => (1, 1),
            "BOARD" => (2, 2),
            key if key.starts_with('T') => (rng.u32(0..4) as usize, i64::from(rng.u32(0..4))),
            _ => (0, 0),
        };
        for component in &mut project.components {
            component.assignee_type = assignee_type(component.id);
        }
        let first = 1_000_000 + project.id * 1_000;
        project.components.extend((first..).take(components).map(|id| component(&mut rng, id, &leads)));
        project.versions.extend((0..versions).map(|number| version(first + number, number)));
    }
    site.groups = groups(&mut rng, &site.users);
}

/// Gives the issues of the team-managed project its own types instead of those of the same names.
fn own_types(site: &mut Site) {
    let own = |id: i64| {
        let shared = site.issue_types.iter().find(|it| it.id == id)?;
        let own = |it: &&IssueType| it.project_id == Some(TEAM_MANAGED_PROJECT) && it.name == shared.name;
        site.issue_types.iter().find(own).map(|it| it.id)
    };
    for issue in site.issues.values_mut().filter(|it| it.project_id == TEAM_MANAGED_PROJECT) {
        issue.type_id = own(issue.type_id).unwrap_or(issue.type_id);
    }
}

fn assignee_type(id: i64) -> AssigneeType {
    match id % 4 {
        0 => AssigneeType::ProjectDefault,
        1 => AssigneeType::ComponentLead,
        2 => AssigneeType::ProjectLead,
        _ => AssigneeType::Unassigned,
    }
}

/// Absent, empty, or a text.
fn description(id: i64) -> Option<String> {
    match id % 3 {
        0 => None,
        1 => Some(String::new()),
        _ => Some(format!("What \"{id}\" is,\r\nand what it is not.")),
    }
}

fn component(rng: &mut fastrand::Rng, id: i64, leads: &[AccountId]) -> Component {
    let number = usize::try_from(id % 1_000).unwrap_or_default();
    let lead = rng.u32(0..100) < 60;
    let chosen = rng.u32(0..20) as usize;
    Component {
        id,
        name: ODD_PARTS.get(number).map_or_else(|| format!("Part {number}"), |name| (*name).to_owned()),
        description: description(id),
        lead: leads.get(chosen).filter(|_| lead).cloned(),
        assignee_type: assignee_type(id),
    }
}

fn version(id: i64, number: i64) -> Version {
    let state = match number {
        0..80 if number % 5 == 0 => VersionState::Archived,
        0..80 => VersionState::Released,
        _ if number % 13 == 0 => VersionState::Abandoned,
        _ => VersionState::Unreleased,
    };
    let day = |days: u64| {
        NaiveDate::from_ymd_opt(2025, 1, 1).and_then(|first| first.checked_add_days(Days::new(days)))
    };
    let begun = u64::try_from(number * 4).unwrap_or_default();
    let release_date = match (state, number % 4) {
        // Promised for a day that went by, or that is far away.
        (VersionState::Unreleased, 0) => day(begun),
        (VersionState::Unreleased, 1) => NaiveDate::from_ymd_opt(2199, 12, 31),
        (VersionState::Unreleased, _) => None,
        _ => day(begun + 10),
    };
    Version {
        id,
        name: match number {
            7 => "v0.7 / \"späte\" Änderung + 100%".to_owned(),
            _ => format!("v0.{number}"),
        },
        description: description(id),
        state,
        start_date: day(begun).filter(|_| number % 2 == 0),
        release_date,
    }
}

fn groups(rng: &mut fastrand::Rng, users: &[User]) -> Vec<Group> {
    let everybody = || users.iter();
    let caller = || users.iter().take(1);
    let people = || everybody().filter(|it| it.kind == AccountKind::Atlassian).skip(1);
    let inactive = || everybody().filter(|it| it.state == AccountState::Inactive);
    let active = || everybody().filter(|it| it.state == AccountState::Active && it.kind != AccountKind::App);
    let apps = || everybody().filter(|it| it.kind == AccountKind::App);
    let [developers, _, confidential, _] = &RESTRICTIONS;
    let mut groups = vec![
        group(
            developers.identifier,
            developers.value,
            GroupAccess::Nothing,
            caller().chain(people().take(12)),
        ),
        group(confidential.identifier, confidential.value, GroupAccess::Nothing, people().skip(3).take(5)),
    ];
    let mut add = |name: &str, access, members: &mut dyn Iterator<Item = &User>| {
        let id = uuid(rng);
        groups.push(group(&id, name, access, members));
    };
    add("jira-software-users", GroupAccess::User, &mut everybody());
    add("site-admins", GroupAccess::SiteAdmin, &mut people().take(2));
    add("jira-administrators", GroupAccess::Admin, &mut people().take(3));
    add("nobody yet", GroupAccess::Nothing, &mut everybody().take(0));
    add("former colleagues", GroupAccess::Nothing, &mut inactive());
    add("exactly fifty", GroupAccess::Nothing, &mut active().take(50));
    add("one more than fifty", GroupAccess::Nothing, &mut active().take(51));
    add("add-ons", GroupAccess::Nothing, &mut apps());
    for (index, name) in ODD_GROUPS.iter().enumerate() {
        add(name, GroupAccess::Nothing, &mut people().skip(index).step_by(9).take(index % 7 + 1));
    }
    for index in 0..TEAMS {
        let access = if index % 9 == 0 { GroupAccess::User } else { GroupAccess::Nothing };
        add(&format!("team-{index:02}"), access, &mut everybody().skip(index).step_by(13).take(index % 6));
    }
    groups
}

/// A group whose members stand in the order of their account ids, which says nothing to a reader.
fn group<'a>(id: &str, name: &str, access: GroupAccess, members: impl Iterator<Item = &'a User>) -> Group {
    let mut members: Vec<AccountId> = members.map(|user| Arc::clone(&user.account_id)).collect();
    members.sort();
    members.dedup();
    Group { id: id.to_owned(), name: name.to_owned(), members, access }
}

fn uuid(rng: &mut fastrand::Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
