//! Screens, custom fields and their contexts, and the schemes of types, priorities and fields.

use jirrow::sandbox::model::Field;

use super::super::Table;
use super::record::{Place, columns, records, rows, table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, Value, boolean, int, text};

use Type::{Bool, Int, Text, Timestamp};

const SCREEN: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("ScopeType", Text, "/scope/type"),
    ("ProjectId", Int, "/scope/project/id"),
];
pub(super) static SCREENS: Table = table("Screens", &["Id"], &columns(&SCREEN), |site| {
    rows(&records(site, "screens", "/rest/api/3/screens"), &SCREEN)
});

const TAB: [Place; 3] = [("ScreenId", Int, "@0"), ("Id", Int, "/id"), ("Name", Text, "/name")];
pub(super) static SCREEN_TABS: Table = table("ScreenTabs", &["Id"], &columns(&TAB), |site| {
    rows(&records(site, "screens", "/rest/api/3/screens/{screenId}/tabs"), &TAB)
});

const TAB_FIELD: [Place; 4] =
    [("ScreenId", Int, "@0"), ("TabId", Int, "@1"), ("Id", Text, "/id"), ("Name", Text, "/name")];
pub(super) static SCREEN_TAB_FIELDS: Table =
    table("ScreenTabFields", &["TabId", "Id"], &columns(&TAB_FIELD), |site| {
        rows(&records(site, "screens", "/rest/api/3/screens/{screenId}/tabs/{tabId}/fields"), &TAB_FIELD)
    });

pub(super) static CUSTOM_FIELDS: Table = table(
    "CustomFields",
    &["Id"],
    &[
        ("Id", Text),
        ("CustomId", Int),
        ("Name", Text),
        ("Description", Text),
        ("Type", Text),
        ("Items", Text),
        ("CustomType", Text),
        ("SearcherKey", Text),
        ("StableId", Text),
        ("IsLocked", Bool),
        ("ScreensCount", Int),
        ("ContextsCount", Int),
        ("LastUsedType", Text),
        ("LastUsed", Timestamp),
    ],
    |site| site.0.fields.iter().filter_map(|it| Some(custom_field(site, it, it.custom_id?))).collect(),
);

fn custom_field(site: Seen<'_>, field: &Field, number: i64) -> Row {
    let path = "/rest/api/3/field/{fieldId}/context";
    let contexts = records(site, "field_contexts", path);
    let contexts = contexts.iter().filter(|it| it.variables == [&*field.id]).count();
    // Types of Jira's own are named in full, apps name theirs themselves.
    let custom_type = field.custom_type.map(|it| match it.contains(':') {
        true => it.to_owned(),
        false => format!("com.atlassian.jira.plugin.system.customfieldtypes:{it}"),
    });
    let description = match number % 4 {
        0 => Some(String::new()),
        2 => Some(format!("About \"{}\"", field.name)),
        _ => None,
    };
    let tracked = number % 3 == 0;
    Row::from([
        ("Id", text(&*field.id)),
        ("CustomId", int(number)),
        ("Name", text(&*field.name)),
        ("Description", text(description.as_deref())),
        ("Type", text(field.kind)),
        ("Items", text(field.items)),
        ("CustomType", text(custom_type.as_deref())),
        ("SearcherKey", Value::Text(format!("{}searcher", field.kind.unwrap_or_default()))),
        ("StableId", Value::Text(format!("sfid:customfield_{number}"))),
        ("IsLocked", boolean(number % 5 == 0)),
        ("ScreensCount", int(number % 7)),
        ("ContextsCount", int(i64::try_from(contexts).expect("a count"))),
        (
            "LastUsedType",
            text(["TRACKED", "NOT_TRACKED", "NO_INFORMATION"][usize::try_from(number % 3).expect("a rest")]),
        ),
        // 2026-09-01T07:37:40Z.
        ("LastUsed", if tracked { Value::Timestamp(1_788_248_260_000_000) } else { Value::Null }),
    ])
}

const CONTEXT: [Place; 6] = [
    ("Id", Int, "/id"),
    ("FieldId", Text, "@0"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsGlobalContext", Bool, "/isGlobalContext"),
    ("IsAnyIssueType", Bool, "/isAnyIssueType"),
];
pub(super) static FIELD_CONTEXTS: Table = table("FieldContexts", &["Id"], &columns(&CONTEXT), |site| {
    rows(&records(site, "field_contexts", "/rest/api/3/field/{fieldId}/context"), &CONTEXT)
});

const OPTION: [Place; 6] = [
    ("Id", Int, "/id"),
    ("FieldId", Text, "@0"),
    ("ContextId", Int, "@1"),
    ("Value", Text, "/value"),
    ("Disabled", Bool, "/disabled"),
    ("ParentId", Int, "/optionId"),
];
pub(super) static FIELD_OPTIONS: Table = table("FieldOptions", &["Id"], &columns(&OPTION), |site| {
    rows(&records(site, "field_contexts", "/rest/api/3/field/{fieldId}/context/{contextId}/option"), &OPTION)
});

const CONFIGURATION: [Place; 4] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsDefault", Bool, "/isDefault"),
];
pub(super) static FIELD_CONFIGURATIONS: Table =
    table("FieldConfigurations", &["Id"], &columns(&CONFIGURATION), |site| {
        rows(&records(site, "schemes", "/rest/api/3/fieldconfiguration"), &CONFIGURATION)
    });

pub(super) static PRIORITY_SCHEMES: Table =
    table("PrioritySchemes", &["Id"], &columns(&CONFIGURATION), |site| {
        rows(&records(site, "schemes", "/rest/api/3/priorityscheme"), &CONFIGURATION)
    });

const TYPE_SCHEME: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("DefaultIssueTypeId", Int, "/defaultIssueTypeId"),
    ("IsDefault", Bool, "/isDefault"),
];
pub(super) static ISSUE_TYPE_SCHEMES: Table =
    table("IssueTypeSchemes", &["Id"], &columns(&TYPE_SCHEME), |site| {
        rows(&records(site, "schemes", "/rest/api/3/issuetypescheme"), &TYPE_SCHEME)
    });

const TYPE_OF_SCHEME: [Place; 2] =
    [("IssueTypeSchemeId", Int, "/issueTypeSchemeId"), ("IssueTypeId", Int, "/issueTypeId")];
pub(super) static ISSUE_TYPE_SCHEME_MAPPINGS: Table = table(
    "IssueTypeSchemeMappings",
    &["IssueTypeSchemeId", "IssueTypeId"],
    &columns(&TYPE_OF_SCHEME),
    |site| rows(&records(site, "schemes", "/rest/api/3/issuetypescheme/mapping"), &TYPE_OF_SCHEME),
);
