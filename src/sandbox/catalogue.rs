//! The fixed parts of the generated site: projects, issue types, statuses, and the field catalogue.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::model::{
    AccountId, AssigneeType, Audience, Component, Field, IssueType, LinkType, Named, Navigable, Priority,
    Privacy, Project, ProjectKind, ProjectState, ProjectStyle, Resolution, SecurityLevel, Status,
    StatusCategory, Version, VersionState,
};
use super::workflows;

/// System fields: id, name, schema type, items, navigable, name in JQL.
type SystemField =
    (&'static str, &'static str, Option<&'static str>, Option<&'static str>, bool, &'static str);

const SYSTEM_FIELDS: [SystemField; 42] = [
    (
        "statuscategorychangedate",
        "Status Category Changed",
        Some("datetime"),
        None,
        true,
        "statusCategoryChangedDate",
    ),
    ("issuetype", "Issue Type", Some("issuetype"), None, true, "issuetype"),
    ("parent", "Parent", None, None, true, "parent"),
    ("timespent", "Time Spent", Some("number"), None, true, "timespent"),
    ("project", "Project", Some("project"), None, true, "project"),
    ("fixVersions", "Fix versions", Some("array"), Some("version"), true, "fixVersion"),
    ("aggregatetimespent", "Σ Time Spent", Some("number"), None, true, ""),
    ("resolution", "Resolution", Some("resolution"), None, true, "resolution"),
    ("resolutiondate", "Resolved", Some("datetime"), None, true, "resolved"),
    ("workratio", "Work Ratio", Some("number"), None, true, "workratio"),
    ("watches", "Watchers", Some("watches"), None, true, "watchers"),
    ("lastViewed", "Last Viewed", Some("datetime"), None, true, "lastViewed"),
    ("issuerestriction", "Restrict to", Some("issuerestriction"), None, false, ""),
    ("created", "Created", Some("datetime"), None, true, "created"),
    ("priority", "Priority", Some("priority"), None, true, "priority"),
    ("labels", "Labels", Some("array"), Some("string"), true, "labels"),
    ("timeestimate", "Remaining Estimate", Some("number"), None, true, "remainingEstimate"),
    ("aggregatetimeoriginalestimate", "Σ Original Estimate", Some("number"), None, true, ""),
    ("versions", "Affects versions", Some("array"), Some("version"), true, "affectedVersion"),
    ("issuelinks", "Linked Issues", Some("array"), Some("issuelinks"), true, ""),
    ("assignee", "Assignee", Some("user"), None, true, "assignee"),
    ("updated", "Updated", Some("datetime"), None, true, "updated"),
    ("status", "Status", Some("status"), None, true, "status"),
    ("components", "Components", Some("array"), Some("component"), true, "component"),
    ("issuekey", "Key", None, None, true, "key"),
    ("timeoriginalestimate", "Original Estimate", Some("number"), None, true, "originalEstimate"),
    ("description", "Description", Some("string"), None, true, "description"),
    ("timetracking", "Time tracking", Some("timetracking"), None, false, ""),
    ("security", "Security Level", Some("securitylevel"), None, true, "level"),
    ("attachment", "Attachment", Some("array"), Some("attachment"), false, "attachments"),
    ("aggregatetimeestimate", "Σ Remaining Estimate", Some("number"), None, true, ""),
    ("summary", "Summary", Some("string"), None, true, "summary"),
    ("creator", "Creator", Some("user"), None, true, "creator"),
    ("subtasks", "Sub-tasks", Some("array"), Some("issuelinks"), true, ""),
    ("reporter", "Reporter", Some("user"), None, true, "reporter"),
    ("aggregateprogress", "Σ Progress", Some("progress"), None, true, ""),
    ("environment", "Environment", Some("string"), None, true, "environment"),
    ("duedate", "Due date", Some("date"), None, true, "due"),
    ("progress", "Progress", Some("progress"), None, true, "progress"),
    ("votes", "Votes", Some("votes"), None, true, "votes"),
    ("comment", "Comment", Some("comments-page"), None, false, "comment"),
    ("worklog", "Log Work", Some("array"), Some("worklog"), false, ""),
];

/// Custom fields: number, name, schema type, items, last part of the custom type.
type CustomField = (i64, &'static str, &'static str, Option<&'static str>, &'static str);

const CUSTOM_FIELDS: [CustomField; 38] = [
    (10014, "Epic Link", "any", None, "com.pyxis.greenhopper.jira:gh-epic-link"),
    (10016, "Story Points", "number", None, "float"),
    (10019, "Rank", "any", None, "com.pyxis.greenhopper.jira:gh-lexo-rank"),
    (10020, "Sprint", "array", Some("json"), "com.pyxis.greenhopper.jira:gh-sprint"),
    (10026, "Story Points", "number", None, "float"),
    (10030, "Customer name", "string", None, "textfield"),
    (10031, "Release notes", "string", None, "textarea"),
    (10032, "Severity", "option", None, "select"),
    (10033, "Platforms", "array", Some("option"), "multiselect"),
    (10034, "Location", "option-with-child", None, "cascadingselect"),
    (10035, "Reviewer", "user", None, "userpicker"),
    (10036, "Target date", "date", None, "datepicker"),
    (10037, "Incident start", "datetime", None, "datetime"),
    (10038, "Tags", "array", Some("string"), "labels"),
    (10039, "Runbook", "string", None, "url"),
    (10040, "Approvers", "array", Some("user"), "multiuserpicker"),
    (10041, "Größe (€)", "number", None, "float"),
    (
        10042,
        "Development",
        "any",
        None,
        "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf",
    ),
    (10043, "2nd contact", "string", None, "textfield"),
    (10044, "Summary", "string", None, "textfield"),
    (10045, "→ ↗", "string", None, "textfield"),
    (10046, "Imported from", "string", None, "readonlyfield"),
    (10047, "Found during", "option", None, "radiobuttons"),
    (10048, "Checks done", "array", Some("option"), "multicheckboxes"),
    (10049, "Owning group", "group", None, "grouppicker"),
    (10050, "Groups to inform", "array", Some("group"), "multigrouppicker"),
    (10051, "Found in", "version", None, "version"),
    (10052, "Backport to", "array", Some("version"), "multiversion"),
    (10053, "Related project", "project", None, "project"),
    (10054, "Team", "team", None, "atlassian-team"),
    (10055, "Time to resolution", "sd-servicelevelagreement", None, "com.atlassian.servicedesk:sd-sla-field"),
    (
        10056,
        "Request participants",
        "array",
        Some("user"),
        "com.atlassian.servicedesk:sd-request-participants",
    ),
    (10057, "顧客番号", "number", None, "float"),
    // The name that the second field called Story Points might get.
    (10058, "Story Points 10026", "number", None, "float"),
    (10059, "Delivery note", "string", None, "textfield"),
    (10060, "DELIVERY NOTE", "string", None, "textfield"),
    (10061, "Moon phase", "moon-phase", None, "com.example.almanac:moon-phase"),
    (10062, "Story Points_10026", "number", None, "float"),
];

/// Names of the fields that a site has beside those.
const MORE_NAMES: [&str; 12] = [
    "Budget",
    "Cost centre",
    "Review round",
    "Contract no.",
    "Region",
    "Go-live",
    "Audit trail id",
    "Vendor",
    "Risk",
    "Phase",
    "Approved",
    "Übergabe",
];

/// Kinds of the fields that a site has beside those: schema type, items, last part of the custom type.
pub(super) const MORE_KINDS: [(&str, Option<&str>, &str); 10] = [
    ("number", None, "float"),
    ("string", None, "textfield"),
    ("option", None, "select"),
    ("date", None, "datepicker"),
    ("string", None, "textarea"),
    ("array", Some("string"), "labels"),
    ("user", None, "userpicker"),
    ("datetime", None, "datetime"),
    ("array", Some("option"), "multiselect"),
    ("any", None, "com.example.forge:static-field"),
];

/// The options of a field, in their configured order; a choice of a choice stands behind it.
pub(super) fn options(field: i64) -> &'static [(i64, &'static str)] {
    match field {
        10_032 => &[(10_300, "Minor"), (10_301, "Major"), (10_302, "Blocker"), (10_303, "Nobody's choice")],
        10_033 => &[(10_310, "iOS"), (10_311, "Android, old")],
        10_034 => &[(10_320, "Europe"), (10_321, "Berlin")],
        10_047 => &[(10_330, "Review"), (10_331, "Test"), (10_332, "Betrieb (Größe > 1)")],
        10_048 => &[(10_340, "Spelling"), (10_341, "Licence, \"all\""), (10_342, "Load")],
        FIRST_MORE.. => &[(10_400, "Yes"), (10_401, "No")],
        _ => &[],
    }
}

/// The number of the first field beside those of every site.
pub(super) const FIRST_MORE: i64 = 11_000;

/// The team-managed project's id, which owns one of the two fields named `Story Points`.
pub(super) const TEAM_MANAGED_PROJECT: i64 = 10_002;

/// The project whose issues carry neither comments nor worklogs where one project's don't.
pub(super) const PROJECT_WITHOUT_LISTS: i64 = 10_003;

pub(super) fn fields() -> Vec<Field> {
    let system = SYSTEM_FIELDS.iter().map(|(id, name, kind, items, navigable, clause)| Field {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        custom_id: None,
        kind: *kind,
        items: *items,
        custom_type: None,
        navigable: if *navigable { Navigable::Yes } else { Navigable::No },
        clause_names: if clause.is_empty() { Vec::new() } else { vec![(*clause).to_owned()] },
        project_id: None,
    });
    let custom = CUSTOM_FIELDS.iter().map(|(number, name, kind, items, custom_type)| Field {
        project_id: (*number == 10026).then_some(TEAM_MANAGED_PROJECT),
        ..custom_field(*number, (*name).to_owned(), kind, *items, custom_type)
    });
    system.chain(custom).collect()
}

fn custom_field(
    number: i64,
    name: String,
    kind: &'static str,
    items: Option<&'static str>,
    custom_type: &'static str,
) -> Field {
    Field {
        id: format!("customfield_{number}"),
        custom_id: Some(number),
        kind: Some(kind),
        items,
        custom_type: Some(custom_type),
        navigable: Navigable::Yes,
        clause_names: vec![format!("cf[{number}]"), name.clone()],
        name,
        project_id: None,
    }
}

/// As many more custom fields as asked for: of mixed kinds, a few with a name that others have too.
pub(super) fn more_fields(number: usize) -> Vec<Field> {
    (FIRST_MORE..)
        .zip(0..number)
        .map(|(id, index)| {
            let (kind, items, custom_type) = MORE_KINDS[index % MORE_KINDS.len()];
            let name = MORE_NAMES[index / MORE_KINDS.len() % MORE_NAMES.len()];
            let name = if index % 50 == 49 { name.to_owned() } else { format!("{name} {}", index + 1) };
            custom_field(id, name, kind, items, custom_type)
        })
        .collect()
}

pub(super) fn link_types() -> Vec<LinkType> {
    [
        (10_000, "Blocks", "is blocked by", "blocks"),
        (10_001, "Cloners", "is cloned by", "clones"),
        (10_002, "Duplicate", "is duplicated by", "duplicates"),
        (10_003, "Relates", "relates to", "relates to"),
        (10_004, "Problem/Incident", "is caused by", "causes"),
        (10_005, "Test \"case\", 案件", "is tested by", "tests"),
    ]
    .map(|(id, name, inward, outward)| LinkType {
        id,
        name: name.to_owned(),
        inward: inward.to_owned(),
        outward: outward.to_owned(),
    })
    .to_vec()
}

/// Types that company-managed projects share, then those of the team-managed project: the same names
/// in other words, and one that no issue has.
pub(super) fn issue_types() -> Vec<IssueType> {
    [
        (10_000, "Epic", 1, "A big user story that needs to be broken down.", None),
        (10_001, "Story", 0, "", None),
        (10_002, "Task", 0, "A small, distinct piece of work.", None),
        (10_003, "Sub-task", -1, "A part of\r\nsomething else.", None),
        (10_004, "Bug", 0, "What \"should not\" be so", None),
        (10_050, "Epic", 1, "", Some(TEAM_MANAGED_PROJECT)),
        (10_051, "Story", 0, "Worth telling", Some(TEAM_MANAGED_PROJECT)),
        (10_052, "Task", 0, "", Some(TEAM_MANAGED_PROJECT)),
        (10_053, "Sub-task", -1, "", Some(TEAM_MANAGED_PROJECT)),
        (10_054, "Bug", 0, "", Some(TEAM_MANAGED_PROJECT)),
        (10_055, "Wunsch ✨", 0, "", Some(TEAM_MANAGED_PROJECT)),
    ]
    .map(|(id, name, hierarchy_level, description, project_id)| IssueType {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        hierarchy_level,
        project_id,
    })
    .to_vec()
}

/// Statuses of company-managed projects and of the team-managed one; the last two are in no workflow.
pub(super) fn statuses() -> Vec<Status> {
    use StatusCategory::{Done, InProgress, ToDo};
    [
        (10_000, "To Do", ToDo, "", None),
        (3, "In Progress", InProgress, "Somebody is at it.", None),
        (10_001, "Done", Done, "", None),
        (10_010, "To Do", ToDo, "", Some(TEAM_MANAGED_PROJECT)),
        (10_011, "In Progress", InProgress, "", Some(TEAM_MANAGED_PROJECT)),
        (10_012, "In Review", InProgress, "Waits for a second pair of \"eyes\"", Some(TEAM_MANAGED_PROJECT)),
        (10_013, "Done", Done, "", Some(TEAM_MANAGED_PROJECT)),
        (10_020, "Waiting for support", InProgress, "", None),
        (10_021, "Resolved", Done, "", None),
        (10_022, "进行中", InProgress, "", None),
        (10_030, "Someday / maybe", ToDo, "", None),
        (10_031, "100% done", Done, "", Some(TEAM_MANAGED_PROJECT)),
    ]
    .map(|(id, name, category, description, project_id)| Status {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        category,
        project_id,
    })
    .to_vec()
}

pub(super) fn priorities() -> Vec<Priority> {
    [
        (1, "Highest", "Blocks all work", "#d04437"),
        (2, "High", "", "#f15c75"),
        (3, "Medium", "Could \"hurt\"", "#f79232"),
        (4, "Low", "", "#707070"),
        (5, "Lowest", "Trifles", "#999999"),
        (10_100, "P0 / 停机", "No issue has it", "#000000"),
    ]
    .map(|(id, name, description, color)| Priority {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        color: color.to_owned(),
        is_default: id == 3,
    })
    .to_vec()
}

pub(super) fn resolutions() -> Vec<Resolution> {
    [
        (10_000, "Done", "Work is complete."),
        (10_001, "Won't Do", ""),
        (10_002, "Duplicate", "There is another one\nof the same"),
        (10_003, "Cannot \"reproduce\"", ""),
    ]
    .map(|(id, name, description)| Resolution {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        is_default: id == 10_000,
    })
    .to_vec()
}

/// The statuses that issues of a project of this style and kind can have.
pub(super) fn workflow(project: &Project) -> &'static [i64] {
    workflows::statuses(project.kind, project.style)
}

pub(super) fn security_levels() -> Vec<SecurityLevel> {
    vec![
        SecurityLevel { id: 10_100, name: "Staff".to_owned(), audience: Audience::Members },
        SecurityLevel { id: 10_101, name: "Board only".to_owned(), audience: Audience::Others },
    ]
}

/// Projects in id order: five that the caller works in, an archived one, a hidden one, then as many
/// more as `extra` asks for.
pub(super) fn projects(extra: usize, leads: &[AccountId]) -> Vec<Project> {
    use Audience::{Members, Others, Public};
    use ProjectKind::{Business, ServiceDesk, Software};
    use ProjectStyle::{Classic, NextGen};
    let lead = |index: usize| leads.get(index % leads.len().max(1)).cloned();
    let project = |id, key: &str, name: &str, kind, style, audience| Project {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        description: None,
        kind,
        style,
        lead: lead(usize::try_from(id).unwrap_or_default()),
        category: None,
        privacy: Privacy::Open,
        audience,
        state: ProjectState::Live,
        components: Vec::new(),
        versions: Vec::new(),
        workflow: workflows::workflow(kind, style),
        transition_audience: Members,
        crowd_audience: Members,
        features: workflows::features(kind, style),
        properties: BTreeMap::new(),
        absent_fields: Vec::new(),
        last_number: 0,
    };
    let mut projects = vec![
        Project {
            description: Some("Everything about \"money\":\r\ninvoices, cards, refunds.".to_owned()),
            category: Some(Named { id: 10_000, name: "Products".to_owned() }),
            components: components(10_100, &["API", "Web", "Ledger (core)", "C++ bindings"]),
            versions: versions(10_200),
            ..project(10_000, "PAY", "Payments", Software, Classic, Members)
        },
        Project {
            description: Some(String::new()),
            components: components(10_110, &["Portal"]),
            ..project(10_001, "SELECT", "Service, \"Select\"", ServiceDesk, Classic, Members)
        },
        Project {
            privacy: Privacy::Private,
            versions: versions(10_210),
            ..project(TEAM_MANAGED_PROJECT, "MOBILE", "Mobile App 📱", Software, NextGen, Members)
        },
        Project {
            category: Some(Named { id: 10_001, name: "Back office".to_owned() }),
            absent_fields: vec!["environment", "duedate", "priority", "timetracking"],
            crowd_audience: Others,
            lead: None,
            ..project(PROJECT_WITHOUT_LISTS, "OFFICEWORK", "Büro", Business, Classic, Members)
        },
        Project {
            description: Some("Open to everyone.".to_owned()),
            transition_audience: Others,
            ..project(10_004, "OS", "Open source", Software, Classic, Public)
        },
        Project {
            state: ProjectState::Archived,
            ..project(10_005, "OLD", "Old things", Business, Classic, Members)
        },
        Project {
            privacy: Privacy::Private,
            ..project(10_006, "BOARD", "Board of directors", Business, Classic, Others)
        },
    ];
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap_or_default());
    projects.extend((0..extra).map(|index| {
        let key: String = ['T', letter(index / 676), letter(index / 26), letter(index)].iter().collect();
        let id = 10_007 + i64::try_from(index).unwrap_or_default();
        project(id, &key, &format!("Team {}", index + 1), Software, Classic, Members)
    }));
    projects
}

fn components(first: i64, names: &[&str]) -> Vec<Component> {
    (first..)
        .zip(names)
        .map(|(id, name)| Component {
            id,
            name: (*name).to_owned(),
            description: (id % 2 == 0).then(|| format!("All of {name}")),
            lead: None,
            assignee_type: AssigneeType::ProjectDefault,
        })
        .collect()
}

fn versions(first: i64) -> Vec<Version> {
    let names = [
        ("1.0", VersionState::Archived, NaiveDate::from_ymd_opt(2026, 2, 1)),
        ("1.1", VersionState::Released, NaiveDate::from_ymd_opt(2026, 5, 17)),
        ("2.0 \"beta\"", VersionState::Unreleased, None),
    ];
    (first..)
        .zip(names)
        .map(|(id, (name, state, release_date))| Version {
            id,
            name: name.to_owned(),
            description: None,
            state,
            start_date: None,
            release_date,
        })
        .collect()
}
