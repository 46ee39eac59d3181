//! Columns of endpoints that no row of the sandbox fills, and why.

/// Tables, columns, reason.
const EMPTY: &[(&[&str], &[&str], &str)] = &[
    (&["AllProjects"], &["archived"], "live projects do not say that they are not"),
    (
        &[
            "BoardIssuesForEpic",
            "BoardIssuesForSprint",
            "IssuesForBacklog",
            "IssuesForBoard",
            "IssuesForEpic",
            "IssuesForSprint",
            "IssuesWithoutEpic",
            "IssuesWithoutEpicForBoard",
        ],
        &[
            "changelog",
            "editmeta",
            "fieldsToInclude",
            "names",
            "operations",
            "properties",
            "renderedFields",
            "schema",
            "transitions",
            "versionedRepresentations",
        ],
        "of `expand`, which the document calls unused for boards and sprints; for searches the sandbox expands changelogs and transitions alone",
    ),
    (
        &["SearchAndReconsileIssuesUsingJql"],
        &[
            "editmeta",
            "fieldsToInclude",
            "names",
            "operations",
            "properties",
            "renderedFields",
            "schema",
            "versionedRepresentations",
        ],
        "of `expand`, which the document calls unused for boards and sprints; for searches the sandbox expands changelogs and transitions alone",
    ),
    (
        &["AllUsers", "AllUsersDefault", "BulkGetUsers", "CurrentUser", "FindUsers", "User", "Votes"],
        &["appType", "guest", "key", "name"],
        "withdrawn for privacy, or of apps and guests alone",
    ),
    (&["IssueWatchers"], &["key", "name"], "withdrawn for privacy, or of apps and guests alone"),
    (
        &["AllUsers", "AllUsersDefault"],
        &["applicationRoles", "expand", "groups"],
        "lists of users leave them out, or show them of the account itself alone",
    ),
    (
        &["BulkGetUsers", "Votes"],
        &["applicationRoles", "expand", "groups", "locale"],
        "lists of users leave them out, or show them of the account itself alone",
    ),
    (
        &["FindUsers"],
        &["applicationRoles", "emailAddress", "expand", "groups", "locale"],
        "lists of users leave them out, or show them of the account itself alone",
    ),
    (
        &["IssueWatchers"],
        &["emailAddress"],
        "lists of users leave them out, or show them of the account itself alone",
    ),
    (
        &["AllProjects", "SearchProjects"],
        &["archivedBy", "archivedDate", "deleted", "deletedBy", "deletedDate", "retentionTillDate"],
        "of archived and deleted projects, which are not listed",
    ),
    (
        &["AllProjects"],
        &[
            "assigneeType",
            "components",
            "email",
            "favourite",
            "insight",
            "issueTypeHierarchy",
            "landingPageInfo",
            "permissions",
            "roles",
            "url",
            "versions",
        ],
        "of one project asked by its key, or not set on this site",
    ),
    (
        &["SearchProjects"],
        &[
            "assigneeType",
            "components",
            "email",
            "favourite",
            "issueTypeHierarchy",
            "landingPageInfo",
            "permissions",
            "roles",
            "url",
            "versions",
        ],
        "of one project asked by its key, or not set on this site",
    ),
    (
        &["AllWorkflowSchemes"],
        &[
            "issueTypes",
            "lastModified",
            "lastModifiedUser",
            "originalDefaultWorkflow",
            "originalIssueTypeMappings",
            "updateDraftIfNeeded",
        ],
        "of drafts, and of what is being published",
    ),
    (
        &["SearchWorkflows"],
        &["loopedTransitionContainerLayout", "taskId"],
        "of drafts, and of what is being published",
    ),
    (
        &["ProjectVersions"],
        &[
            "approvers",
            "driver",
            "expand",
            "issuesStatusForFixVersion",
            "moveUnfixedIssuesTo",
            "operations",
            "project",
            "releaseDateSet",
            "startDateSet",
        ],
        "for writing, or where `expand` asks for what this site does not have",
    ),
    (
        &["ProjectVersionsPaginated"],
        &["approvers", "driver", "expand", "moveUnfixedIssuesTo", "operations", "project"],
        "for writing, or where `expand` asks for what this site does not have",
    ),
    (&["AllVersions"], &["description"], "the versions of the first project have none"),
    (
        &["ProjectVersions", "ProjectVersionsPaginated"],
        &["description", "overdue", "startDate", "userStartDate"],
        "the versions of the first project have none",
    ),
    (
        &["FindComponentsForProjects"],
        &["ari", "metadata"],
        "of Compass, for writing, or the first project has none",
    ),
    (
        &["ProjectComponents"],
        &["ari", "lead", "leadAccountId", "leadUserName", "metadata"],
        "of Compass, for writing, or the first project has none",
    ),
    (
        &["ProjectComponentsPaginated"],
        &["componentBean", "lead"],
        "of Compass, for writing, or the first project has none",
    ),
    (
        &["Priorities"],
        &["avatarId", "isDefault", "schemes"],
        "of other calls of the family, or where `expand` asks",
    ),
    (
        &["PrioritySchemes"],
        &["default", "defaultPriorityId", "priorities", "projects", "self"],
        "of other calls of the family, or where `expand` asks",
    ),
    (&["SearchPriorities"], &["avatarId", "schemes"], "of other calls of the family, or where `expand` asks"),
    (&["SearchResolutions"], &["default", "iconUrl"], "of other calls of the family, or where `expand` asks"),
    (&["AllPermissionSchemes", "FiltersPaginated"], &["expand"], "of other calls of the family"),
    (&["AllPermissions"], &["deprecatedKey", "havePermission"], "of other calls of the family"),
    (&["MyPermissions"], &["deprecatedKey"], "of other calls of the family"),
    (&["ProjectRole"], &["avatarUrl", "user"], "the first project or filter has none of them"),
    (&["ProjectRoleDetails"], &["scope"], "the first project or filter has none of them"),
    (
        &["SharePermissions"],
        &["group", "project", "role", "user"],
        "the first project or filter has none of them",
    ),
    (
        &["AllBoards"],
        &["admins", "canEdit", "favourite"],
        "where `expand` asks, which the document does not list",
    ),
    (
        &["AutoComplete"],
        &["auto", "deprecated", "deprecatedSearcherKey"],
        "of fields that this site does not have",
    ),
    (
        &["ChangeLogs"],
        &["historyMetadata"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["Comments"],
        &["jsdAuthorCanSeeRequest", "properties", "renderedBody", "visibility"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["FavouriteFilters"],
        &["sharedUsers"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["FieldsPaginated"],
        &["isUnscreenable", "projectsCount", "typeDisplayName"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["FindGroups"],
        &["avatarUrl", "managedBy", "usageType"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["IssueSecuritySchemes"],
        &["levels"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["IssueTypesForProject"],
        &["entityId", "scope"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["IssueWorklog"],
        &["properties", "visibility"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["OptionsForContext"],
        &["optionId"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["ServerInfo"],
        &["displayUrlConfluence", "displayUrlServicedeskHelpCenter", "healthChecks"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
    (
        &["Transitions"],
        &["expand", "fields"],
        "where `expand` asks, of other products, or the record that is asked for has none",
    ),
];

/// The columns of a table that are known to be empty.
pub(super) fn columns(table: &str) -> impl Iterator<Item = &'static str> {
    let of_table = move |(tables, ..): &&(&[&str], _, _)| tables.contains(&table);
    EMPTY.iter().filter(of_table).flat_map(|(_, columns, _)| columns.iter().copied())
}
