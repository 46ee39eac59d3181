//! Workflows and the schemes that hand them out.

use super::super::Table;
use super::record::{Place, columns, records, rows, table, within};
use crate::oracle::value::{Type, Value, text};

use Type::{Bool, Int, Json, Text, TextList, Timestamp};

const WORKFLOW: [Place; 10] = [
    ("Id", Text, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsEditable", Bool, "/isEditable"),
    ("ScopeType", Text, "/scope/type"),
    ("ProjectId", Int, "/scope/project/id"),
    ("VersionId", Text, "/version/id"),
    ("VersionNumber", Int, "/version/versionNumber"),
    ("Created", Timestamp, "/created"),
    ("Updated", Timestamp, "/updated"),
];
const SEARCH: &str = "/rest/api/3/workflows/search";

pub(super) static WORKFLOWS: Table = table("Workflows", &["Id"], &columns(&WORKFLOW), |site| {
    rows(&records(site, "workflows", SEARCH), &WORKFLOW)
});

const STATUS: [Place; 7] = [
    ("WorkflowId", Text, "^/id"),
    ("WorkflowName", Text, "^/name"),
    ("StatusId", Int, "/statusReference"),
    ("StatusName", Text, "/no such member"),
    ("Deprecated", Bool, "/deprecated"),
    ("Properties", Json, "/properties"),
    ("ApprovalConfiguration", Json, "/approvalConfiguration"),
];
pub(super) static WORKFLOW_STATUSES: Table =
    table("WorkflowStatuses", &["WorkflowId", "StatusId"], &columns(&STATUS), |site| {
        let mut rows = rows(&within(&records(site, "workflows", SEARCH), "/statuses"), &STATUS);
        for row in &mut rows {
            let status = site.0.statuses.iter().find(|it| row["StatusId"] == Value::Int(it.id));
            row.insert("StatusName", text(status.map(|it| &*it.name)));
        }
        rows
    });

const TRANSITION: [Place; 15] = [
    ("WorkflowId", Text, "^/id"),
    ("WorkflowName", Text, "^/name"),
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("Type", Text, "/type"),
    ("ToStatusId", Int, "/toStatusReference"),
    ("FromStatusIds", TextList, "/links/*/fromStatusReference"),
    ("ScreenId", Int, "/transitionScreen/parameters/screenId"),
    ("CustomIssueEventId", Int, "/customIssueEventId"),
    ("Conditions", Json, "/conditions"),
    ("Validators", Json, "/validators"),
    ("Actions", Json, "/actions"),
    ("Triggers", Json, "/triggers"),
    ("Properties", Json, "/properties"),
];
pub(super) static WORKFLOW_TRANSITIONS: Table =
    table("WorkflowTransitions", &["WorkflowId", "Id"], &columns(&TRANSITION), |site| {
        rows(&within(&records(site, "workflows", SEARCH), "/transitions"), &TRANSITION)
    });

const SCHEMES: &str = "/rest/api/3/workflowscheme";

const SCHEME: [Place; 6] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("DefaultWorkflow", Text, "/defaultWorkflow"),
    ("IssueTypeMappings", Json, "/issueTypeMappings"),
    ("Draft", Bool, "/draft"),
];
pub(super) static WORKFLOW_SCHEMES: Table = table("WorkflowSchemes", &["Id"], &columns(&SCHEME), |site| {
    rows(&records(site, "workflows", SCHEMES), &SCHEME)
});

const MAPPING: [Place; 3] =
    [("WorkflowSchemeId", Int, "^/id"), ("IssueTypeId", Text, "#"), ("WorkflowName", Text, "")];
pub(super) static WORKFLOW_SCHEME_ISSUE_TYPES: Table =
    table("WorkflowSchemeIssueTypes", &["WorkflowSchemeId", "IssueTypeId"], &columns(&MAPPING), |site| {
        rows(&within(&records(site, "workflows", SCHEMES), "/issueTypeMappings"), &MAPPING)
    });
