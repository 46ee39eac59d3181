//! What the documents do not say, or say wrongly.

/// Operations that are no table, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("/rest/agile/1.0/board/{boardId}/reports", "the document says nothing of its rows"),
    (
        "/rest/api/3/bulk/issues/fields",
        "goes on by two cursors that no other list has; reads nothing that others don't",
    ),
    (
        "/rest/api/3/bulk/issues/transition",
        "goes on by two cursors that no other list has; reads nothing that others don't",
    ),
    ("/rest/api/3/data-policy", "for apps alone"),
    ("/rest/api/3/data-policy/project", "for apps alone"),
    ("/rest/api/3/issue/createmeta", "deprecated for its size; the two paged calls below it replace it"),
    ("/rest/api/3/project-template/live-template", "for apps alone"),
    ("/rest/api/3/project/{projectId}/email", "one record"),
    ("/rest/api/3/projectvalidate/key", "checks a text; reads nothing"),
    ("/rest/api/3/projectvalidate/validProjectKey", "checks a text; reads nothing"),
    ("/rest/api/3/projectvalidate/validProjectName", "checks a text; reads nothing"),
    ("/rest/api/3/search", "removed from the service"),
    (
        "/rest/api/3/user/search/query/key",
        "pages by parameters that no other list has; user/search/query reads the same",
    ),
    ("/rest/api/3/webhook/failed", "goes on by an address in the answer; for apps alone"),
    ("/rest/api/3/user/email", "for apps alone"),
    ("/rest/api/3/user/email/bulk", "for apps alone"),
    ("/rest/api/3/workflow/rule/config", "for apps alone"),
];

/// Where rows lie, where the document shows no list or more than one.
pub(super) fn rows(path: &str) -> Option<&'static str> {
    Some(match path {
        "/rest/api/3/jql/autocompletedata" => "visibleFieldNames[]",
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes" => "issueTypes[]",
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}" => "fields[]",
        "/rest/api/3/issue/picker" => "sections[].issues[]",
        "/rest/api/3/issue/{issueIdOrKey}/remotelink" => "[]",
        "/rest/api/3/issue/{issueIdOrKey}/votes" => "voters[]",
        "/rest/api/3/issue/{issueIdOrKey}/watchers" => "watchers[]",
        "/rest/api/3/permissions" | "/rest/api/3/mypermissions" => "permissions{}",
        "/rest/api/3/project/{projectIdOrKey}/role" => "{}",
        "/rest/api/3/project/{projectIdOrKey}/role/{id}" | "/rest/api/3/role/{id}/actors" => "actors[]",
        "/rest/agile/1.0/board/{boardId}/epic"
        | "/rest/agile/1.0/board/{boardId}/project"
        | "/rest/agile/1.0/board/{boardId}/sprint"
        | "/rest/agile/1.0/board/{boardId}/version" => "values[]",
        path if path.starts_with("/rest/agile/") && path.ends_with("/issue") => "issues[]",
        _ => return None,
    })
}

/// The schema of a row, where the document has it and does not say so.
pub(super) fn row(path: &str) -> Option<&'static str> {
    match path {
        path if path.starts_with("/rest/agile/") && path.ends_with("/issue") => {
            Some("/components/schemas/IssueBean")
        }
        _ => None,
    }
}

/// Query parameters that the documents call optional, and without which there are no rows.
pub(super) fn inputs(path: &str) -> &'static [&'static str] {
    match path {
        "/rest/api/3/component" => &["projectIdsOrKeys"],
        // It shows no more than some, and says how many there are.
        "/rest/api/3/groups/picker" | "/rest/api/3/user/search" => &["query"],
        "/rest/api/3/group" | "/rest/api/3/group/member" => &["groupId"],
        "/rest/api/3/issue/picker" => &["query", "currentJQL"],
        "/rest/api/3/jql/autocompletedata/suggestions" => &["fieldName", "fieldValue"],
        "/rest/api/3/mypermissions" => &["permissions"],
        "/rest/api/3/search/jql" => &["jql"],
        "/rest/api/3/user" | "/rest/api/3/user/properties" => &["accountId"],
        "/rest/api/3/user/assignable/search" => &["project"],
        "/rest/api/3/user/bulk/migration" => &["key"],
        "/rest/api/3/user/viewissue/search" => &["query", "projectKey"],
        _ => &[],
    }
}

/// The type of a column whose schema and example differ.
pub(super) fn data_type(path: &str, column: &str) -> Option<&'static str> {
    match (path, column) {
        // A number in the schema, a text in the example: either is read.
        ("/rest/api/3/webhook", "expirationDate") => Some("timestamp"),
        _ => None,
    }
}

/// The word of `expand` that brings a column, where the document does not call it as the column; nothing for columns that
/// must not be asked for.
pub(super) fn ask(path: &str, column: &str) -> Option<&'static str> {
    Some(match (path, column) {
        ("/rest/api/3/dashboard/search", "view") => "viewUrl",
        ("/rest/api/3/dashboard/search", "isFavourite") => "favourite",
        ("/rest/api/3/dashboard/search", "popularity") => "favouritedCount",
        ("/rest/api/3/issue/{issueIdOrKey}/transitions", "fields") => "transitions.fields",
        ("/rest/api/3/project/{projectIdOrKey}/version", "issuesStatusForFixVersion") => "issuesstatus",
        ("/rest/api/3/workflows/search", "transitions") => "values.transitions",
        // They come without, and `versionedRepresentations` would take their place.
        ("/rest/api/3/search/jql", "fields" | "expand" | "versionedRepresentations") => "",
        _ => return None,
    })
}

/// Columns that lie in a record around the row.
pub(super) fn outer(path: &str) -> &'static [(&'static str, &'static str)] {
    match path {
        // An issue may stand in several sections.
        "/rest/api/3/issue/picker" => &[("section", "id")],
        _ => &[],
    }
}

/// Query parameters that never change, with their values as the table file writes them.
pub(super) fn query(path: &str) -> &'static [(&'static str, &'static str)] {
    match path {
        // Without it, an issue is its id alone.
        "/rest/api/3/search/jql" => &[("fields", r#""*all""#)],
        // Without these, rows are left out.
        "/rest/api/3/group/member" => &[("includeInactiveUsers", r#""true""#)],
        "/rest/api/3/plans/plan" => &[("includeArchived", r#""true""#), ("includeTrashed", r#""true""#)],
        "/rest/api/3/project/search" => &[("status", r#"["live", "archived"]"#)],
        _ => &[],
    }
}

/// Columns besides the document's, for keys that lie inside a member: name, type, place.
pub(super) fn columns(path: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    match path {
        "/rest/api/3/dashboard/gadgets" => &[("gadget", "text", r#"["moduleKey", "uri"]"#)],
        "/rest/api/3/field/{fieldId}/context/issuetypemapping" => {
            &[("mapped", "text", r#"["issueTypeId", "isAnyIssueType"]"#)]
        }
        "/rest/api/3/field/{fieldId}/context/projectmapping" => {
            &[("mapped", "text", r#"["projectId", "isGlobalContext"]"#)]
        }
        "/rest/api/3/version/{id}/relatedwork" => &[("work", "text", r#"["relatedWorkId", "category"]"#)],
        "/rest/api/3/workflow/search" => &[("entityId", "text", r#""id.entityId""#)],
        _ => &[],
    }
}

/// The columns that tell a row from the others of its request, where they are not named as keys mostly are.
pub(super) fn key(path: &str) -> Option<&'static [&'static str]> {
    Some(match path {
        "/rest/api/3/dashboard/gadgets" => &["gadget"],
        "/rest/api/3/permissions" | "/rest/api/3/mypermissions" => &["key"],
        // One row may be for all issue types, or for all projects.
        "/rest/api/3/field/{fieldId}/context/issuetypemapping"
        | "/rest/api/3/field/{fieldId}/context/projectmapping" => &["contextId", "mapped"],
        "/rest/api/3/field/{fieldId}/context/defaultValue" => &["contextId"],
        // The release note of a version has no id.
        "/rest/api/3/version/{id}/relatedwork" => &["work"],
        // Several fields may have one name, and then one value; only what is shown has the id.
        "/rest/api/3/jql/autocompletedata" => &["displayName"],
        "/rest/api/3/issue/picker" => &["section", "id"],
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}" => &["fieldId"],
        "/rest/api/3/workflow/search" => &["entityId"],
        "/rest/agile/1.0/board/{boardId}/features" => &["boardFeature"],
        "/rest/api/3/project/{projectIdOrKey}/features" => &["feature"],
        // A project has one scheme of a kind.
        "/rest/api/3/fieldconfigurationscheme/project"
        | "/rest/api/3/issuetypescheme/project"
        | "/rest/api/3/issuetypescreenscheme/project"
        | "/rest/api/3/workflowscheme/project" => &[],
        _ => return None,
    })
}

/// How many rows the service looks through at most; it does not say whether there are more.
pub(super) fn reach(path: &str) -> Option<u64> {
    match path {
        "/rest/api/3/user/search"
        | "/rest/api/3/user/search/query"
        | "/rest/api/3/user/assignable/search"
        | "/rest/api/3/user/assignable/multiProjectSearch"
        | "/rest/api/3/user/permission/search"
        | "/rest/api/3/user/viewissue/search" => Some(1000),
        _ => None,
    }
}

/// How many rows a page holds at best, where that is more than its default.
pub(super) fn page_size(path: &str) -> Option<u64> {
    match path {
        "/rest/api/3/users/search" | "/rest/api/3/users" | "/rest/api/3/label"
        // They look through so many users and no more, and take a page before they filter it.
        | "/rest/api/3/user/search"
        | "/rest/api/3/user/assignable/search"
        | "/rest/api/3/user/assignable/multiProjectSearch"
        | "/rest/api/3/user/permission/search"
        | "/rest/api/3/user/viewissue/search"
        // What they do not show they only count.
        | "/rest/api/3/groups/picker"
        | "/rest/api/3/user/picker" => Some(1000),
        _ => None,
    }
}
