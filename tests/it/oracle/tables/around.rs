//! What surrounds issues, boards, projects and people.

mod boards;
mod projects;
mod values;

use jirrow::sandbox::model::{Audience, Issue, User, VersionState};

use super::classes_of_status;
use super::groups::{account, group_members};
use super::within::of;
use super::{Expected, Table};
use crate::oracle::site::{Seen, mine};
use crate::oracle::value::{Row, Type, Value, boolean, date, instant, int, text};

use Type::{Bool, Date, Int, Text, TextList, Timestamp};

pub(crate) const TABLES: &[&Table] = &[
    &ISSUE_AFFECTED_VERSIONS,
    &ISSUE_TRANSITIONS,
    &WATCHERS,
    &VOTES,
    &ISSUE_REMOTE_LINKS,
    &WORKLOGS_DELETED,
    &EPICS,
    &boards::BOARD_ISSUES,
    &boards::BOARD_CONFIGURATION,
    &boards::BOARD_COLUMNS,
    &boards::BOARD_EPICS,
    &boards::BOARD_PROJECTS,
    &boards::BOARD_VERSIONS,
    &boards::BOARD_QUICK_FILTERS,
    &projects::PROJECT_STATUSES,
    &projects::PROJECT_ISSUE_TYPES,
    &projects::PROJECT_TYPES,
    &projects::PROJECT_CATEGORIES,
    &projects::PROJECT_FEATURES,
    &values::ISSUE_CUSTOM_FIELDS,
    &values::ISSUE_PROPERTIES,
    &values::PROJECT_PROPERTIES,
    &values::PROJECT_PROPERTY_KEYS,
    &USER_GROUPS,
];

static ISSUE_AFFECTED_VERSIONS: Table = Table {
    name: "IssueAffectedVersions",
    key: &["IssueId", "VersionId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("VersionId", Int),
        ("Version", Text),
        ("Description", Text),
        ("Released", Bool),
        ("Archived", Bool),
        ("ReleaseDate", Date),
    ],
    empty: &[("Description", "the versions that issues have are not described")],
    expected: Expected::Always(affected_versions),
};

static ISSUE_TRANSITIONS: Table = Table {
    name: "IssueTransitions",
    key: &["IssueId", "Id"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Id", Int),
        ("Name", Text),
        ("ToStatusId", Int),
        ("ToStatus", Text),
        ("ToStatusCategory", Text),
        ("HasScreen", Bool),
        ("IsGlobal", Bool),
        ("IsInitial", Bool),
        ("IsConditional", Bool),
        ("IsAvailable", Bool),
        ("IsLooped", Bool),
    ],
    empty: &[],
    expected: Expected::Always(transitions),
};

static WATCHERS: Table = Table {
    name: "Watchers",
    key: &["IssueId", "AccountId"],
    columns: PEOPLE,
    empty: &[],
    expected: Expected::Always(watchers),
};

static VOTES: Table = Table {
    name: "Votes",
    key: &["IssueId", "AccountId"],
    columns: PEOPLE,
    empty: &[],
    expected: Expected::Always(votes),
};

const PEOPLE: &[super::Column] = &[
    ("IssueId", Int),
    ("IssueKey", Text),
    ("AccountId", Text),
    ("DisplayName", Text),
    ("EmailAddress", Text),
    ("AccountType", Text),
    ("Active", Bool),
    ("TimeZone", Text),
];

static ISSUE_REMOTE_LINKS: Table = Table {
    name: "IssueRemoteLinks",
    key: &["IssueId", "Id"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Id", Int),
        ("GlobalId", Text),
        ("Relationship", Text),
        ("Url", Text),
        ("Title", Text),
        ("Summary", Text),
        ("Resolved", Bool),
        ("ApplicationType", Text),
        ("ApplicationName", Text),
        ("IconUrl", Text),
        ("IconTitle", Text),
    ],
    empty: &[],
    expected: Expected::Always(remote_links),
};

static WORKLOGS_DELETED: Table = Table {
    name: "WorklogsDeleted",
    key: &["Id"],
    columns: &[("Id", Int), ("Deleted", Timestamp)],
    empty: &[],
    expected: Expected::Always(worklogs_deleted),
};

static EPICS: Table = Table {
    name: "Epics",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Key", Text),
        ("Summary", Text),
        ("IssueType", Text),
        ("IssueTypeId", Int),
        ("Status", Text),
        ("StatusId", Int),
        ("StatusCategory", Text),
        ("Priority", Text),
        ("Resolution", Text),
        ("ResolutionDate", Timestamp),
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("ParentId", Int),
        ("ParentKey", Text),
        ("AssigneeAccountId", Text),
        ("AssigneeDisplayName", Text),
        ("ReporterAccountId", Text),
        ("ReporterDisplayName", Text),
        ("Labels", TextList),
        ("Created", Timestamp),
        ("Updated", Timestamp),
        ("DueDate", Date),
    ],
    empty: &[
        ("ParentId", "the site has no level above epics"),
        ("ParentKey", "the site has no level above epics"),
    ],
    expected: Expected::Always(epics),
};

static USER_GROUPS: Table = Table {
    name: "UserGroups",
    key: &["AccountId", "GroupId"],
    columns: &[("AccountId", Text), ("GroupId", Text), ("GroupName", Text)],
    empty: &[],
    expected: Expected::ByReading(|site, readings| {
        let only = |mut row: Row| {
            row.retain(|name, _| ["AccountId", "GroupId", "GroupName"].contains(name));
            row
        };
        group_members(site, readings).into_iter().map(only).collect()
    }),
};

/// The level of an issue's type: 1 for epics.
fn level(site: Seen<'_>, issue: &Issue) -> i64 {
    site.0.issue_types.iter().find(|it| it.id == issue.type_id).expect("a type").hierarchy_level
}

fn affected_versions(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        let own = site.home(issue).versions.iter().filter(|it| issue.version_ids.contains(&it.id));
        rows.extend(own.map(|it| {
            of(
                issue,
                [
                    ("VersionId", int(it.id)),
                    ("Version", text(&*it.name)),
                    ("Description", text(it.description.as_deref())),
                    (
                        "Released",
                        boolean(matches!(it.state, VersionState::Released | VersionState::Archived)),
                    ),
                    (
                        "Archived",
                        boolean(matches!(it.state, VersionState::Abandoned | VersionState::Archived)),
                    ),
                    ("ReleaseDate", date(it.release_date)),
                ],
            )
        }));
    }
    rows
}

/// Where the account may not move issues they have no transitions.
fn transitions(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues().filter(|it| mine(site.home(it).transition_audience)) {
        for transition in &site.home(issue).workflow.transitions {
            if transition.from.is_some_and(|from| from != issue.status_id) {
                continue;
            }
            let (name, category) = classes_of_status(site, transition.to);
            rows.push(of(
                issue,
                [
                    ("Id", int(transition.id)),
                    ("Name", text(&*transition.name)),
                    ("ToStatusId", int(transition.to)),
                    ("ToStatus", name),
                    ("ToStatusCategory", category),
                    ("HasScreen", boolean(transition.has_screen)),
                    ("IsGlobal", boolean(transition.from.is_none())),
                    ("IsInitial", boolean(false)),
                    ("IsConditional", boolean(transition.is_conditional)),
                    ("IsAvailable", boolean(true)),
                    ("IsLooped", boolean(transition.to == issue.status_id)),
                ],
            ));
        }
    }
    rows
}

fn people<'a>(site: Seen<'a>, of_issue: impl Fn(&'a Issue) -> Vec<&'a User>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        rows.extend(of_issue(issue).into_iter().map(|user| {
            let mut row = account(user);
            row.extend([("IssueId", int(issue.id)), ("IssueKey", text(&*issue.key))]);
            row
        }));
    }
    rows
}

/// Where the account may not see who watches, it sees itself.
fn watchers(site: Seen<'_>) -> Vec<Row> {
    people(site, |issue| {
        let open = mine(site.home(issue).crowd_audience);
        let shown = site.0.users.iter().take(if open { usize::MAX } else { 1 });
        shown.filter(|it| issue.watchers.contains(&it.account_id)).collect()
    })
}

fn votes(site: Seen<'_>) -> Vec<Row> {
    people(site, |issue| match site.home(issue).crowd_audience {
        Audience::Others => vec![],
        _ => site.0.users.iter().filter(|it| issue.voters.contains(&it.account_id)).collect(),
    })
}

fn remote_links(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        rows.extend(issue.remote_links.iter().map(|it| {
            let application = it.application.as_ref();
            let kind = application.map(|(kind, _)| &**kind).filter(|kind| !kind.is_empty());
            of(
                issue,
                [
                    ("Id", int(it.id)),
                    ("GlobalId", text(it.global_id.as_deref())),
                    ("Relationship", text(it.relationship.as_deref())),
                    ("Url", text(&*it.url)),
                    ("Title", text(&*it.title)),
                    ("Summary", text(it.summary.as_deref())),
                    ("Resolved", boolean(it.resolved)),
                    ("ApplicationType", text(kind)),
                    ("ApplicationName", text(application.map(|(_, name)| &**name))),
                    ("IconUrl", text(it.icon.as_ref().map(|(url, _)| &**url))),
                    ("IconTitle", text(it.icon.as_ref().map(|(_, title)| &**title))),
                ],
            )
        }));
    }
    rows
}

fn worklogs_deleted(site: Seen<'_>) -> Vec<Row> {
    let rows = site
        .0
        .deleted_worklogs
        .iter()
        .map(|(at, id)| Row::from([("Id", int(*id)), ("Deleted", instant(*at))]));
    rows.collect()
}

/// Their columns are those of the issues that they are.
fn epics(site: Seen<'_>) -> Vec<Row> {
    let mut rows = super::issues(site);
    let level_of = |row: &Row| match row["Id"] {
        Value::Int(id) => level(site, &site.0.issues[&id]),
        _ => unreachable!("an issue has an id"),
    };
    rows.retain(|row| level_of(row) == 1);
    for row in &mut rows {
        row.retain(|name, _| EPICS.columns.iter().any(|(column, _)| column == name));
    }
    rows
}
