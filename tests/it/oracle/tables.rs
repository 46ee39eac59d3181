//! The tables as a user reads about them: columns by hand, and the rows that the account should get, computed from the
//! sandbox's model alone.

pub(crate) mod administration;
pub(crate) mod agile;
mod around;
mod changes;
mod classes;
mod groups;
mod links;
mod parts;
mod within;

use std::collections::BTreeMap;

use jirrow::sandbox::model::{
    AccountKind, AccountState, Issue, Navigable, Privacy, ProjectKind, ProjectState, ProjectStyle,
    Restriction, RichText, StatusCategory, Version,
};

use super::custom::{self, CustomFields};
use super::site::Seen;
use super::value::{Column, Row, Rows, Type, Value, date, instant, int, key, text, texts};
use jirrow::sandbox::{Assumptions, Site};

use Type::{Bool, Date, Int, Text, TextList, Timestamp};

/// A table: what a user knows about it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Columns that are never NULL and together tell a row from all others.
    pub(crate) key: &'static [&'static str],
    /// Those that it has on every site.
    pub(crate) columns: &'static [Column],
    /// Columns without a value in any row of the sandbox's site, and why.
    pub(crate) empty: &'static [(&'static str, &'static str)],
    expected: Expected,
}

/// How the rows that the account should get are computed.
enum Expected {
    /// They are the same whatever of what is unverified about Jira is true.
    Always(fn(Seen<'_>) -> Vec<Row>),
    /// It depends.
    ByReading(fn(Seen<'_>, Assumptions) -> Vec<Row>),
}

impl Table {
    /// The columns on this site: an issue has those of its custom fields too.
    pub(crate) fn columns_on(&self, site: &Site) -> Vec<Column> {
        let mut columns = self.columns.to_vec();
        if self.name == ISSUES.name {
            columns.extend(custom::columns(site, self.columns));
        }
        columns
    }

    /// The rows that the account should get.
    pub(crate) fn expected(&self, site: &Site) -> Rows {
        self.expected_under(site, Assumptions::default())
    }

    /// The rows that it should get where these readings of Jira's documentation hold.
    pub(crate) fn expected_under(&self, site: &Site, readings: Assumptions) -> Rows {
        let rows = match self.expected {
            Expected::Always(rows) => rows(Seen(site)),
            Expected::ByReading(rows) => rows(Seen(site), readings),
        };
        let number = rows.len();
        let rows: Rows = rows.into_iter().map(|row| (key(&row, self.key), row)).collect();
        assert_eq!(rows.len(), number, "the model of `{}` repeats a key", self.name);
        rows
    }
}

/// All whose rows are in the model.
pub(crate) const TABLES: [&Table; 31] = [
    &ISSUES,
    &WORKLOGS,
    &COMMENTS,
    &PROJECTS,
    &USERS,
    &FIELDS,
    &links::ISSUE_LINKS,
    &links::ISSUE_LINK_TYPES,
    &links::ATTACHMENTS,
    &changes::ISSUE_CHANGELOGS,
    &changes::ISSUE_FIELD_HISTORY,
    &within::ISSUE_SUBTASKS,
    &within::ISSUE_LABELS,
    &within::ISSUE_COMPONENTS,
    &within::ISSUE_FIX_VERSIONS,
    &within::ISSUE_SPRINTS,
    &agile::BOARDS,
    &agile::SPRINTS,
    &agile::BOARD_SPRINTS,
    &agile::SPRINT_ISSUES,
    &parts::PROJECT_COMPONENTS,
    &parts::PROJECT_VERSIONS,
    &groups::GROUPS,
    &groups::GROUP_MEMBERS,
    &groups::MY_SELF,
    &classes::STATUSES,
    &classes::STATUS_CATEGORIES,
    &classes::PRIORITIES,
    &classes::RESOLUTIONS,
    &classes::ISSUE_TYPES,
    &classes::LABELS,
];

/// Tables that are read like those, but not under each reading of the open questions, which would take long: one list
/// a module.
const MORE: [&[&Table]; 2] = [around::TABLES, administration::TABLES];

/// Those.
pub(crate) fn more() -> impl Iterator<Item = &'static Table> {
    MORE.into_iter().flatten().copied()
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Table> {
    TABLES.into_iter().chain(more())
}

/// The table of this name.
pub(crate) fn named(name: &str) -> &'static Table {
    all().find(|it| it.name == name).expect("a table of this name")
}

/// Tables whose rows are lists inside issues, which come by search and by blocks of issues.
pub(crate) const INSIDE_ISSUES: [&Table; 7] = [
    &links::ISSUE_LINKS,
    &links::ATTACHMENTS,
    &within::ISSUE_SUBTASKS,
    &within::ISSUE_LABELS,
    &within::ISSUE_COMPONENTS,
    &within::ISSUE_FIX_VERSIONS,
    &within::ISSUE_SPRINTS,
];

pub(crate) static ISSUES: Table = Table {
    name: "Issues",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Key", Text),
        ("Summary", Text),
        ("Description", Text),
        ("Environment", Text),
        ("IssueType", Text),
        ("IssueTypeId", Int),
        ("Subtask", Bool),
        ("Status", Text),
        ("StatusId", Int),
        ("StatusCategory", Text),
        ("StatusCategoryChanged", Timestamp),
        ("Priority", Text),
        ("PriorityId", Int),
        ("Resolution", Text),
        ("ResolutionId", Int),
        ("ResolutionDate", Timestamp),
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("ProjectName", Text),
        ("ParentId", Int),
        ("ParentKey", Text),
        ("AssigneeAccountId", Text),
        ("AssigneeDisplayName", Text),
        ("ReporterAccountId", Text),
        ("ReporterDisplayName", Text),
        ("CreatorAccountId", Text),
        ("CreatorDisplayName", Text),
        ("Labels", TextList),
        ("Components", TextList),
        ("FixVersions", TextList),
        ("AffectsVersions", TextList),
        ("Created", Timestamp),
        ("Updated", Timestamp),
        ("DueDate", Date),
        ("LastViewed", Timestamp),
        ("Votes", Int),
        ("Watchers", Int),
        ("WorkRatio", Int),
        ("TimeSpentSeconds", Int),
        ("OriginalEstimateSeconds", Int),
        ("RemainingEstimateSeconds", Int),
        ("AggregateTimeSpentSeconds", Int),
        ("AggregateOriginalEstimateSeconds", Int),
        ("AggregateRemainingEstimateSeconds", Int),
        ("SecurityLevel", Text),
    ],
    empty: &[],
    expected: Expected::Always(issues),
};

pub(crate) static WORKLOGS: Table = Table {
    name: "Worklogs",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Comment", Text),
        ("Started", Timestamp),
        ("TimeSpent", Text),
        ("TimeSpentSeconds", Int),
        ("AuthorAccountId", Text),
        ("AuthorDisplayName", Text),
        ("UpdateAuthorAccountId", Text),
        ("UpdateAuthorDisplayName", Text),
        ("Created", Timestamp),
        ("Updated", Timestamp),
        ("VisibilityType", Text),
        ("VisibilityValue", Text),
        ("VisibilityIdentifier", Text),
    ],
    empty: &[],
    expected: Expected::Always(worklogs),
};

pub(crate) static COMMENTS: Table = Table {
    name: "Comments",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Body", Text),
        ("AuthorAccountId", Text),
        ("AuthorDisplayName", Text),
        ("UpdateAuthorAccountId", Text),
        ("UpdateAuthorDisplayName", Text),
        ("Created", Timestamp),
        ("Updated", Timestamp),
        ("VisibilityType", Text),
        ("VisibilityValue", Text),
        ("VisibilityIdentifier", Text),
        ("JsdPublic", Bool),
    ],
    empty: &[],
    expected: Expected::Always(comments),
};

pub(crate) static PROJECTS: Table = Table {
    name: "Projects",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("Key", Text),
        ("Name", Text),
        ("Description", Text),
        ("ProjectType", Text),
        ("Style", Text),
        ("Simplified", Bool),
        ("CategoryId", Int),
        ("Category", Text),
        ("CategoryDescription", Text),
        ("LeadAccountId", Text),
        ("LeadDisplayName", Text),
        ("Url", Text),
        ("Archived", Bool),
        ("ArchivedDate", Timestamp),
        ("ArchivedByAccountId", Text),
        ("Private", Bool),
        ("TotalIssueCount", Int),
        ("LastIssueUpdateTime", Timestamp),
        ("Uuid", Text),
    ],
    empty: &[
        ("Url", "no project of the model has an address"),
        ("ArchivedDate", "the model knows that a project is archived, not since when"),
        ("ArchivedByAccountId", "the model knows that a project is archived, not by whom"),
    ],
    expected: Expected::Always(projects),
};

pub(crate) static USERS: Table = Table {
    name: "Users",
    key: &["AccountId"],
    columns: &[
        ("AccountId", Text),
        ("AccountType", Text),
        ("DisplayName", Text),
        ("EmailAddress", Text),
        ("Active", Bool),
        ("TimeZone", Text),
        ("Locale", Text),
        ("Name", Text),
        ("Key", Text),
    ],
    empty: &[("Name", "Data Center only"), ("Key", "Data Center only")],
    expected: Expected::Always(users),
};

pub(crate) static FIELDS: Table = Table {
    name: "Fields",
    key: &["Id"],
    columns: &[
        ("Id", Text),
        ("Key", Text),
        ("Name", Text),
        ("Custom", Bool),
        ("Orderable", Bool),
        ("Navigable", Bool),
        ("Searchable", Bool),
        ("ClauseNames", TextList),
        ("Type", Text),
        ("Items", Text),
        ("SystemName", Text),
        ("CustomType", Text),
        ("CustomId", Int),
        ("ScopeType", Text),
        ("ScopeProjectId", Int),
    ],
    empty: &[],
    expected: Expected::Always(fields),
};

fn rich(document: Option<&RichText>) -> Value {
    document.map_or(Value::Null, |it| Value::Text(it.plain_text()))
}

/// Names in the order in which the project lists its versions.
fn versions(all: &[Version], ids: &[i64]) -> Value {
    texts(all.iter().filter(|it| ids.contains(&it.id)).map(|it| &it.name))
}

/// The name of a status, and its category.
fn classes_of_status(site: Seen<'_>, id: i64) -> (Value, Value) {
    let status = site.0.statuses.iter().find(|it| it.id == id).expect("a status");
    let category = match status.category {
        StatusCategory::ToDo => "new",
        StatusCategory::InProgress => "indeterminate",
        StatusCategory::Done => "done",
    };
    (text(&*status.name), text(category))
}

fn issues(site: Seen<'_>) -> Vec<Row> {
    let is_subtask = |issue: &Issue| {
        site.0.issue_types.iter().any(|it| it.id == issue.type_id && it.hierarchy_level == -1)
    };
    let mut subtasks: BTreeMap<i64, Vec<&Issue>> = BTreeMap::new();
    for subtask in site.0.issues.values().filter(|it| is_subtask(it) && site.readable(it)) {
        subtasks.entry(subtask.parent.as_ref().expect("a parent").id).or_default().push(subtask);
    }
    let custom = CustomFields::new(site, ISSUES.columns);
    let row = |issue: &Issue| {
        let with_subtasks = |seconds: fn(&Issue) -> Option<i64>| {
            let family = [issue].into_iter().chain(subtasks.get(&issue.id).into_iter().flatten().copied());
            let known: Vec<i64> = family.filter_map(seconds).collect();
            int(Some(known.iter().sum()).filter(|_| !known.is_empty()))
        };
        let project = site.home(issue);
        // A moved issue keeps values of fields that its new project does not show.
        let shown = |field: &str| !project.absent_fields.contains(&field);
        let kind = site.0.issue_types.iter().find(|it| it.id == issue.type_id).expect("a type");
        let status = site.0.statuses.iter().find(|it| it.id == issue.status_id).expect("a status");
        let priority = issue.priority_id.filter(|_| shown("priority"));
        let priority = site.0.priorities.iter().find(|it| Some(it.id) == priority);
        let resolution = site.0.resolutions.iter().find(|it| Some(it.id) == issue.resolution_id);
        let level = site.0.security_levels.iter().find(|it| Some(it.id) == issue.security_level_id);
        // A parent is named even where it is hidden or gone, and then by the key that it had.
        let parent = issue.parent.as_ref();
        let parent_key = parent.map(|it| match site.0.issues.get(&it.id) {
            Some(known) if site.readable(known) => &*known.key,
            _ => &*it.key,
        });
        let assignee = site.person(issue.assignee.as_deref());
        let reporter = site.person(issue.reporter.as_deref());
        let creator = site.person(issue.creator.as_deref());
        let components = project.components.iter().filter(|it| issue.component_ids.contains(&it.id));
        let ratio = match issue.original_estimate {
            None | Some(0) => -1,
            Some(estimate) => issue.time_spent.unwrap_or_default() * 100 / estimate,
        };
        let mut row = Row::from([
            ("Id", int(issue.id)),
            ("Key", text(&*issue.key)),
            ("Summary", text(&*issue.summary)),
            ("Description", rich(issue.description.as_ref())),
            ("Environment", rich(issue.environment.as_ref().filter(|_| shown("environment")))),
            ("IssueType", text(&*kind.name)),
            ("IssueTypeId", int(kind.id)),
            ("Subtask", Value::Bool(kind.hierarchy_level == -1)),
            ("Status", text(&*status.name)),
            ("StatusId", int(status.id)),
            (
                "StatusCategory",
                text(match status.category {
                    StatusCategory::ToDo => "new",
                    StatusCategory::InProgress => "indeterminate",
                    StatusCategory::Done => "done",
                }),
            ),
            ("StatusCategoryChanged", instant(issue.status_category_changed)),
            ("Priority", text(priority.map(|it| &*it.name))),
            ("PriorityId", int(priority.map(|it| it.id))),
            ("Resolution", text(resolution.map(|it| &*it.name))),
            ("ResolutionId", int(resolution.map(|it| it.id))),
            ("ResolutionDate", instant(issue.resolution_date)),
            ("ProjectId", int(project.id)),
            ("ProjectKey", text(&*project.key)),
            ("ProjectName", text(&*project.name)),
            ("ParentId", int(parent.map(|it| it.id))),
            ("ParentKey", text(parent_key)),
            ("AssigneeAccountId", text(assignee.0)),
            ("AssigneeDisplayName", text(assignee.1)),
            ("ReporterAccountId", text(reporter.0)),
            ("ReporterDisplayName", text(reporter.1)),
            ("CreatorAccountId", text(creator.0)),
            ("CreatorDisplayName", text(creator.1)),
            ("Labels", texts(&issue.labels)),
            ("Components", texts(components.map(|it| &it.name))),
            ("FixVersions", versions(&project.versions, &issue.fix_version_ids)),
            ("AffectsVersions", versions(&project.versions, &issue.version_ids)),
            ("Created", instant(issue.created)),
            ("Updated", instant(issue.updated)),
            ("DueDate", date(issue.due_date.filter(|_| shown("duedate")))),
            ("LastViewed", instant(issue.last_viewed)),
            ("Votes", int(issue.votes)),
            ("Watchers", int(issue.watches)),
            ("WorkRatio", int(ratio)),
            ("TimeSpentSeconds", int(issue.time_spent)),
            ("OriginalEstimateSeconds", int(issue.original_estimate)),
            ("RemainingEstimateSeconds", int(issue.remaining_estimate)),
            ("AggregateTimeSpentSeconds", with_subtasks(|it| it.time_spent)),
            ("AggregateOriginalEstimateSeconds", with_subtasks(|it| it.original_estimate)),
            ("AggregateRemainingEstimateSeconds", with_subtasks(|it| it.remaining_estimate)),
            ("SecurityLevel", text(level.map(|it| &*it.name))),
        ]);
        row.extend(custom.of(issue));
        row
    };
    site.issues().map(row).collect()
}

fn restricted(row: &mut Row, restriction: Option<&Restriction>) {
    row.extend([
        ("VisibilityType", text(restriction.map(|it| it.kind))),
        ("VisibilityValue", text(restriction.map(|it| it.value))),
        ("VisibilityIdentifier", text(restriction.map(|it| it.identifier))),
    ]);
}

/// Working time as Jira shows it: weeks of five days, days of eight hours.
fn time_spent(seconds: i64) -> String {
    let minutes = seconds / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let (days, hours) = (hours / 8, hours % 8);
    let (weeks, days) = (days / 5, days % 5);
    let parts = [(weeks, "w"), (days, "d"), (hours, "h"), (minutes, "m")];
    let parts = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

fn worklogs(site: Seen<'_>) -> Vec<Row> {
    let rows = site.worklogs().map(|(issue, worklog)| {
        let author = site.person(Some(&worklog.author));
        let update_author = site.person(Some(&worklog.update_author));
        let mut row = Row::from([
            ("Id", int(worklog.id)),
            ("IssueId", int(issue.id)),
            ("IssueKey", text(&*issue.key)),
            ("Comment", rich(worklog.comment.as_ref())),
            ("Started", instant(worklog.started)),
            ("TimeSpent", Value::Text(time_spent(worklog.seconds))),
            ("TimeSpentSeconds", int(worklog.seconds)),
            ("AuthorAccountId", text(author.0)),
            ("AuthorDisplayName", text(author.1)),
            ("UpdateAuthorAccountId", text(update_author.0)),
            ("UpdateAuthorDisplayName", text(update_author.1)),
            ("Created", instant(worklog.created)),
            ("Updated", instant(worklog.updated)),
        ]);
        restricted(&mut row, worklog.restriction);
        row
    });
    rows.collect()
}

fn comments(site: Seen<'_>) -> Vec<Row> {
    let rows = site.comments().map(|(issue, comment)| {
        let author = site.person(comment.author.as_deref());
        let update_author = site.person(comment.update_author.as_deref());
        let mut row = Row::from([
            ("Id", int(comment.id)),
            ("IssueId", int(issue.id)),
            ("IssueKey", text(&*issue.key)),
            ("Body", rich(Some(&comment.body))),
            ("AuthorAccountId", text(author.0)),
            ("AuthorDisplayName", text(author.1)),
            ("UpdateAuthorAccountId", text(update_author.0)),
            ("UpdateAuthorDisplayName", text(update_author.1)),
            ("Created", instant(comment.created)),
            ("Updated", instant(comment.updated)),
            // No comment of the model is an internal one.
            ("JsdPublic", Value::Bool(true)),
        ]);
        restricted(&mut row, comment.restriction);
        row
    });
    rows.collect()
}

fn projects(site: Seen<'_>) -> Vec<Row> {
    let rows = site.projects().map(|project| {
        let category = project.category.as_ref();
        let lead = site.person(project.lead.as_deref());
        // The count is of all issues, those that the account can't see included.
        let own = || site.0.issues.values().filter(|it| it.project_id == project.id);
        Row::from([
            ("Id", int(project.id)),
            ("Key", text(&*project.key)),
            ("Name", text(&*project.name)),
            // Jira sends an empty text where nobody wrote a description.
            ("Description", text(project.description.as_deref().unwrap_or(""))),
            (
                "ProjectType",
                text(match project.kind {
                    ProjectKind::Software => "software",
                    ProjectKind::Business => "business",
                    ProjectKind::ServiceDesk => "service_desk",
                }),
            ),
            (
                "Style",
                text(match project.style {
                    ProjectStyle::Classic => "classic",
                    ProjectStyle::NextGen => "next-gen",
                }),
            ),
            ("Simplified", Value::Bool(project.style == ProjectStyle::NextGen)),
            ("CategoryId", int(category.map(|it| it.id))),
            ("Category", text(category.map(|it| &*it.name))),
            ("CategoryDescription", text(category.map(|_| ""))),
            ("LeadAccountId", text(lead.0)),
            ("LeadDisplayName", text(lead.1)),
            ("Url", Value::Null),
            // Live projects don't say that they are not archived.
            (
                "Archived",
                match project.state {
                    ProjectState::Live => Value::Null,
                    ProjectState::Archived => Value::Bool(true),
                },
            ),
            ("ArchivedDate", Value::Null),
            ("ArchivedByAccountId", Value::Null),
            ("Private", Value::Bool(project.privacy == Privacy::Private)),
            ("TotalIssueCount", int(i64::try_from(own().count()).expect("a count"))),
            ("LastIssueUpdateTime", instant(own().map(|it| it.updated).max())),
            ("Uuid", Value::Text(format!("e1f6a7d0-0000-4000-8000-0000000{}", project.id))),
        ])
    });
    rows.collect()
}

fn users(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.users.iter().map(|user| {
        Row::from([
            ("AccountId", text(&*user.account_id)),
            (
                "AccountType",
                text(match user.kind {
                    AccountKind::Atlassian => "atlassian",
                    AccountKind::App => "app",
                    AccountKind::Customer => "customer",
                }),
            ),
            ("DisplayName", text(&*user.display_name)),
            ("EmailAddress", text(user.email.as_deref())),
            ("Active", Value::Bool(user.state == AccountState::Active)),
            ("TimeZone", text(user.time_zone.map(chrono_tz::Tz::name))),
            ("Locale", text(user.locale.as_deref())),
            ("Name", Value::Null),
            ("Key", Value::Null),
        ])
    });
    rows.collect()
}

fn fields(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.fields.iter().map(|field| {
        let custom = field.custom_id.is_some();
        // Types of Jira's own are named in full, apps name theirs themselves.
        let custom_type = field.custom_type.filter(|_| custom).map(|it| match it.contains(':') {
            true => it.to_owned(),
            false => format!("com.atlassian.jira.plugin.system.customfieldtypes:{it}"),
        });
        Row::from([
            ("Id", text(&*field.id)),
            ("Key", text(&*field.id)),
            ("Name", text(&*field.name)),
            ("Custom", Value::Bool(custom)),
            ("Orderable", Value::Bool(custom)),
            ("Navigable", Value::Bool(field.navigable == Navigable::Yes)),
            ("Searchable", Value::Bool(!field.clause_names.is_empty())),
            ("ClauseNames", texts(&field.clause_names)),
            ("Type", text(field.kind)),
            ("Items", text(field.items)),
            ("SystemName", text(Some(&*field.id).filter(|_| !custom && field.kind.is_some()))),
            ("CustomType", text(custom_type.as_deref())),
            ("CustomId", int(field.custom_id)),
            ("ScopeType", text(field.project_id.map(|_| "PROJECT"))),
            ("ScopeProjectId", int(field.project_id)),
        ])
    });
    rows.collect()
}
