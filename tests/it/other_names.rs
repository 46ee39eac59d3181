//! The names that users of CData's driver know lead to tables, as tables' own names or as aliases.

use jirrow::schema::Library;

/// Its tables and views of issues, boards, projects and people, and the lists of Jira's that have a table here.
const NAMES: [&str; 54] = [
    "Attachments",
    "Boards",
    "BoardIssues",
    "BoardSprints",
    "Comments",
    "Epics",
    "Fields",
    "Groups",
    "GroupsUsers",
    "IssueAffectedVersions",
    "IssueChangelogs",
    "IssueComponents",
    "IssueCustomFields",
    "IssueFixVersions",
    "IssueLabels",
    "IssueLinks",
    "IssueLinkTypes",
    "IssuePriorities",
    "IssueProperties",
    "IssueRemoteLinks",
    "IssueResolutions",
    "Issues",
    "IssueSprints",
    "IssueSubtasks",
    "IssueTransitions",
    "IssueTypes",
    "Labels",
    "ProjectCategories",
    "ProjectComponents",
    "Projects",
    "ProjectsIssueTypes",
    "ProjectStatuses",
    "ProjectTypes",
    "ProjectVersions",
    "SprintIssues",
    "Sprints",
    "Statuses",
    "UserGroups",
    "Users",
    "Votes",
    "Watchers",
    "WorkflowStatusCategories",
    "WorkflowStatuses",
    "WorklogDeleted",
    "Worklogs",
    // What other tools call them.
    "BacklogIssues",
    "BoardConfigurations",
    "IssueFields",
    "IssueStatuses",
    "IssueVotes",
    "IssueWatchers",
    "IssueWorklogs",
    "ProjectProperties",
    "Versions",
];

/// Those about administration.
const OF_ADMINISTRATION: [&str; 19] = [
    "Audit",
    "CustomFieldContext",
    "Dashboards",
    "Filters",
    "FiltersUsers",
    "IssueCustomFieldOptions",
    "IssueSecurityLevelMembers",
    "MyPermissions",
    "PermissionGrants",
    "PermissionSchemes",
    "ProjectRoleActors",
    "ProjectsPermissionScheme",
    "RoleActors",
    "Roles",
    "SecurityLevels",
    "SecuritySchemes",
    "TimeTrackingProviders",
    "Workflows",
    "WorkflowSchemes",
];

/// Names that lead nowhere.
fn unknown<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let library = Library::built_in();
    let leads = |name: &str| library.table("jira", "public", name).expect("no mistake in a file").is_some();
    names.iter().copied().filter(|name| !leads(name)).collect()
}

#[test]
fn names_of_other_tools_lead_to_tables() {
    assert_eq!(unknown(&NAMES), Vec::<&str>::new());
}

#[test]
fn names_about_administration_lead_to_tables() {
    assert_eq!(unknown(&OF_ADMINISTRATION), Vec::<&str>::new());
}
