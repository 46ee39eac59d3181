//! What belongs to schemes, and which projects use them.

use super::super::Table;
use super::record::{Place, columns, of_any, of_projects, records, rows, table, within};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type};

use Type::{Address, Bool, Int, Text};

const SCREEN_SCHEME: [Place; 7] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("DefaultScreenId", Int, "/screens/default"),
    ("CreateScreenId", Int, "/screens/create"),
    ("EditScreenId", Int, "/screens/edit"),
    ("ViewScreenId", Int, "/screens/view"),
];
pub(super) static SCREEN_SCHEMES: Table = table("ScreenSchemes", &["Id"], &columns(&SCREEN_SCHEME), |site| {
    rows(&records(site, "endpoints/screen_schemes", "/rest/api/3/screenscheme"), &SCREEN_SCHEME)
});

const TYPE_SCREENS: &str = "endpoints/issue_type_screen_schemes";

const SCHEME: [Place; 3] =
    [("Id", Int, "/id"), ("Name", Text, "/name"), ("Description", Text, "/description")];
pub(super) static ISSUE_TYPE_SCREEN_SCHEMES: Table =
    table("IssueTypeScreenSchemes", &["Id"], &columns(&SCHEME), |site| {
        rows(&records(site, TYPE_SCREENS, "/rest/api/3/issuetypescreenscheme"), &SCHEME)
    });

const SCHEME_ITEM: [Place; 3] = [
    ("IssueTypeScreenSchemeId", Int, "/issueTypeScreenSchemeId"),
    ("IssueTypeId", Text, "/issueTypeId"),
    ("ScreenSchemeId", Int, "/screenSchemeId"),
];
pub(super) static ISSUE_TYPE_SCREEN_SCHEME_ITEMS: Table = table(
    "IssueTypeScreenSchemeItems",
    &["IssueTypeScreenSchemeId", "IssueTypeId"],
    &columns(&SCHEME_ITEM),
    |site| rows(&records(site, TYPE_SCREENS, "/rest/api/3/issuetypescreenscheme/mapping"), &SCHEME_ITEM),
);

fn projects(site: Seen<'_>, file: &str, path: &str, places: &[Place]) -> Vec<Row> {
    rows(&within(&records(site, file, path), "/projectIds"), places)
}

const TYPE_SCREENS_PROJECT: [Place; 2] =
    [("ProjectId", Int, ""), ("IssueTypeScreenSchemeId", Int, "^/issueTypeScreenScheme/id")];
pub(super) static ISSUE_TYPE_SCREEN_SCHEME_PROJECTS: Table =
    table("IssueTypeScreenSchemeProjects", &["ProjectId"], &columns(&TYPE_SCREENS_PROJECT), |site| {
        projects(site, TYPE_SCREENS, "/rest/api/3/issuetypescreenscheme/project", &TYPE_SCREENS_PROJECT)
    });

const TYPES_PROJECT: [Place; 2] =
    [("ProjectId", Int, ""), ("IssueTypeSchemeId", Int, "^/issueTypeScheme/id")];
pub(super) static ISSUE_TYPE_SCHEME_PROJECTS: Table =
    table("IssueTypeSchemeProjects", &["ProjectId"], &columns(&TYPES_PROJECT), |site| {
        let path = "/rest/api/3/issuetypescheme/project";
        projects(site, "endpoints/issue_type_schemes", path, &TYPES_PROJECT)
    });

const WORKFLOW_PROJECT: [Place; 2] =
    [("ProjectId", Int, ""), ("WorkflowSchemeId", Int, "^/workflowScheme/id")];
pub(super) static WORKFLOW_SCHEME_PROJECTS: Table =
    table("WorkflowSchemeProjects", &["ProjectId"], &columns(&WORKFLOW_PROJECT), |site| {
        let path = "/rest/api/3/workflowscheme/project";
        projects(site, "endpoints/workflow_scheme_project_associations", path, &WORKFLOW_PROJECT)
    });

const NOTIFICATION_PROJECT: [Place; 2] =
    [("ProjectId", Int, "/projectId"), ("NotificationSchemeId", Int, "/notificationSchemeId")];
pub(super) static NOTIFICATION_SCHEME_PROJECTS: Table =
    table("NotificationSchemeProjects", &["ProjectId"], &columns(&NOTIFICATION_PROJECT), |site| {
        let path = "/rest/api/3/notificationscheme/project";
        rows(&records(site, "endpoints/issue_notification_schemes", path), &NOTIFICATION_PROJECT)
    });

const SECURITY_PROJECT: [Place; 2] =
    [("ProjectId", Int, "/projectId"), ("SecuritySchemeId", Int, "/issueSecuritySchemeId")];
pub(super) static SECURITY_SCHEME_PROJECTS: Table =
    table("SecuritySchemeProjects", &["ProjectId"], &columns(&SECURITY_PROJECT), |site| {
        let path = "/rest/api/3/issuesecurityschemes/project";
        rows(&records(site, "endpoints/issue_security_schemes", path), &SECURITY_PROJECT)
    });

const LEVEL: [Place; 6] = [
    ("ProjectId", Int, "@0"),
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsDefault", Bool, "/isDefault"),
    ("SecuritySchemeId", Int, "/issueSecuritySchemeId"),
];
pub(super) static PROJECT_SECURITY_LEVELS: Table =
    table("ProjectSecurityLevels", &["ProjectId", "Id"], &columns(&LEVEL), |site| {
        let path = "/rest/api/3/project/{projectKeyOrId}/securitylevel";
        rows(&of_projects(site, "endpoints/project_permission_schemes", path, &[]), &LEVEL)
    });

const CONFIGURED_FIELD: [Place; 6] = [
    ("FieldConfigurationId", Int, "@0"),
    ("FieldId", Text, "/id"),
    ("Description", Text, "/description"),
    ("IsHidden", Bool, "/isHidden"),
    ("IsRequired", Bool, "/isRequired"),
    ("Renderer", Text, "/renderer"),
];
pub(super) static FIELD_CONFIGURATION_ITEMS: Table = table(
    "FieldConfigurationItems",
    &["FieldConfigurationId", "FieldId"],
    &columns(&CONFIGURED_FIELD),
    |site| {
        let path = "/rest/api/3/fieldconfiguration/{id}/fields";
        let configurations = ["10000", "10001"];
        rows(&of_any(site, "endpoints/issue_field_configurations", path, &configurations), &CONFIGURED_FIELD)
    },
);

const PRIORITY: [Place; 8] = [
    ("PrioritySchemeId", Int, "@0"),
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsDefault", Bool, "/isDefault"),
    ("Sequence", Text, "/sequence"),
    ("StatusColor", Text, "/statusColor"),
    ("IconUrl", Address, "/iconUrl"),
];
pub(super) static PRIORITY_SCHEME_PRIORITIES: Table =
    table("PrioritySchemePriorities", &["PrioritySchemeId", "Id"], &columns(&PRIORITY), |site| {
        let path = "/rest/api/3/priorityscheme/{schemeId}/priorities";
        rows(&of_any(site, "endpoints/priority_schemes", path, &["1", "10200", "10201"]), &PRIORITY)
    });

const EVENT: [Place; 2] = [("Id", Int, "/id"), ("Name", Text, "/name")];
pub(super) static ISSUE_EVENTS: Table = table("IssueEvents", &["Id"], &columns(&EVENT), |site| {
    rows(&records(site, "endpoints/issues", "/rest/api/3/events"), &EVENT)
});
