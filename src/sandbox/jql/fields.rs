//! What can be searched: names, operators and kind of each field, as the table of operators by field in Atlassian's
//! documentation has them.

use super::JqlErrors;
use super::tree::Operator::{
    self, Contains, Equal, Greater, GreaterOrEqual, In, Is, IsNot, Less, LessOrEqual, NotContains, NotEqual,
    NotIn,
};
use super::values::{Accounts, Days, Ids, Instants, Names, Numbers, Source, Texts};
use crate::sandbox::model::{Field, Site};

const MEMBERS: &[Operator] = &[Equal, NotEqual, In, NotIn];
const MEMBERS_OR_EMPTY: &[Operator] = &[Equal, NotEqual, In, NotIn, Is, IsNot];
const ORDERED: &[Operator] = &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn];
const ORDERED_OR_EMPTY: &[Operator] =
    &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn, Is, IsNot];
const WORDS: &[Operator] = &[Contains, NotContains];
const WORDS_OR_EMPTY: &[Operator] = &[Contains, NotContains, Is, IsNot];
const EMPTINESS: &[Operator] = &[Is, IsNot];

/// A field that can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Searched {
    pub(super) source: Source,
    pub(in crate::sandbox) operators: &'static [Operator],
    pub(in crate::sandbox) sorting: Sorting,
    /// The class of its values, as a site names it.
    pub(in crate::sandbox) class: &'static str,
}

/// Whether ORDER BY takes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Sorting {
    Sortable,
    Unsortable,
}

/// A field that every site has, by all its names; the first is its own.
pub(in crate::sandbox) struct SystemField {
    pub(in crate::sandbox) names: &'static [&'static str],
    pub(in crate::sandbox) field: Searched,
}

const fn sorted(source: Source, operators: &'static [Operator], class: &'static str) -> Searched {
    Searched { source, operators, sorting: Sorting::Sortable, class }
}

const fn unsorted(source: Source, operators: &'static [Operator], class: &'static str) -> Searched {
    Searched { source, operators, sorting: Sorting::Unsortable, class }
}

const fn named(names: &'static [&'static str], field: Searched) -> SystemField {
    SystemField { names, field }
}

const USER: &str = "com.atlassian.jira.user.ApplicationUser";
const VERSION: &str = "com.atlassian.jira.project.version.Version";
const ISSUE: &str = "com.atlassian.jira.issue.Issue";
const DATE: &str = "java.util.Date";
const NUMBER: &str = "java.lang.Number";
const TEXT: &str = "java.lang.String";
const OPTION: &str = "com.atlassian.jira.issue.customfields.option.Option";
const LABEL: &str = "com.atlassian.jira.issue.label.Label";
const PROJECT: &str = "com.atlassian.jira.project.Project";

pub(in crate::sandbox) static SYSTEM: &[SystemField] = &[
    named(&["project"], sorted(Source::Ids(Ids::Project), MEMBERS_OR_EMPTY, PROJECT)),
    named(&["issuekey", "key", "id", "issue"], sorted(Source::Key, ORDERED, ISSUE)),
    // No issue is without a type, a status, or a level of its type: asking for that is refused.
    named(
        &["issuetype", "type"],
        sorted(Source::Ids(Ids::IssueType), MEMBERS, "com.atlassian.jira.issue.issuetype.IssueType"),
    ),
    named(&["hierarchyLevel"], unsorted(Source::Ids(Ids::HierarchyLevel), MEMBERS, NUMBER)),
    named(&["status"], sorted(Source::Ids(Ids::Status), MEMBERS, "com.atlassian.jira.issue.status.Status")),
    named(
        &["statusCategory"],
        unsorted(
            Source::Ids(Ids::StatusCategory),
            MEMBERS_OR_EMPTY,
            "com.atlassian.jira.issue.status.category.StatusCategory",
        ),
    ),
    named(
        &["priority"],
        sorted(Source::Ids(Ids::Priority), ORDERED_OR_EMPTY, "com.atlassian.jira.issue.priority.Priority"),
    ),
    named(
        &["resolution"],
        sorted(
            Source::Ids(Ids::Resolution),
            MEMBERS_OR_EMPTY,
            "com.atlassian.jira.issue.resolution.Resolution",
        ),
    ),
    named(&["assignee"], sorted(Source::Accounts(Accounts::Assignee), MEMBERS_OR_EMPTY, USER)),
    named(&["reporter"], sorted(Source::Accounts(Accounts::Reporter), MEMBERS_OR_EMPTY, USER)),
    named(&["creator"], sorted(Source::Accounts(Accounts::Creator), MEMBERS_OR_EMPTY, USER)),
    named(&["labels"], sorted(Source::Names(Names::Labels), MEMBERS_OR_EMPTY, LABEL)),
    named(
        &["component"],
        sorted(
            Source::Ids(Ids::Component),
            MEMBERS_OR_EMPTY,
            "com.atlassian.jira.bc.project.component.ProjectComponent",
        ),
    ),
    named(&["fixVersion"], sorted(Source::Ids(Ids::FixVersion), ORDERED_OR_EMPTY, VERSION)),
    named(&["affectedVersion"], sorted(Source::Ids(Ids::AffectedVersion), ORDERED_OR_EMPTY, VERSION)),
    named(&["parent"], unsorted(Source::Ids(Ids::Parent), MEMBERS_OR_EMPTY, ISSUE)),
    named(
        &["level", "securityLevel"],
        sorted(
            Source::Ids(Ids::Level),
            MEMBERS_OR_EMPTY,
            "com.atlassian.jira.issue.security.IssueSecurityLevel",
        ),
    ),
    named(&["created", "createdDate"], sorted(Source::Instant(Instants::Created), ORDERED_OR_EMPTY, DATE)),
    named(&["updated", "updatedDate"], sorted(Source::Instant(Instants::Updated), ORDERED_OR_EMPTY, DATE)),
    named(
        &["resolved", "resolutiondate"],
        sorted(Source::Instant(Instants::Resolved), ORDERED_OR_EMPTY, DATE),
    ),
    named(&["lastViewed"], sorted(Source::Instant(Instants::LastViewed), ORDERED_OR_EMPTY, DATE)),
    named(
        &["statusCategoryChangedDate"],
        sorted(Source::Instant(Instants::StatusCategoryChanged), ORDERED_OR_EMPTY, DATE),
    ),
    named(&["due", "duedate"], sorted(Source::Day(Days::Due), ORDERED_OR_EMPTY, DATE)),
    named(&["summary"], sorted(Source::Text(Texts::Summary), WORDS_OR_EMPTY, TEXT)),
    named(&["description"], unsorted(Source::Text(Texts::Description), WORDS_OR_EMPTY, TEXT)),
    named(&["environment"], unsorted(Source::Text(Texts::Environment), WORDS_OR_EMPTY, TEXT)),
    named(&["comment"], unsorted(Source::Text(Texts::Comment), WORDS_OR_EMPTY, TEXT)),
    named(&["text"], unsorted(Source::Text(Texts::Everything), &[Contains], TEXT)),
    named(&["votes"], sorted(Source::Number(Numbers::Votes), ORDERED_OR_EMPTY, NUMBER)),
    named(&["watchers"], sorted(Source::Number(Numbers::Watchers), ORDERED_OR_EMPTY, NUMBER)),
    named(&["workRatio"], sorted(Source::Number(Numbers::WorkRatio), ORDERED_OR_EMPTY, NUMBER)),
    named(&["timeSpent"], sorted(Source::Duration(Numbers::TimeSpent), ORDERED_OR_EMPTY, NUMBER)),
    named(
        &["originalEstimate", "timeOriginalEstimate"],
        sorted(Source::Duration(Numbers::OriginalEstimate), ORDERED_OR_EMPTY, NUMBER),
    ),
    named(
        &["remainingEstimate", "timeEstimate"],
        sorted(Source::Duration(Numbers::RemainingEstimate), ORDERED_OR_EMPTY, NUMBER),
    ),
    named(&["worklogAuthor"], unsorted(Source::Accounts(Accounts::WorklogAuthor), MEMBERS, USER)),
    named(&["worklogDate"], unsorted(Source::Instant(Instants::WorklogStarted), ORDERED, DATE)),
    named(&["worklogComment"], unsorted(Source::Text(Texts::WorklogComment), WORDS, TEXT)),
    named(
        &["attachments"],
        unsorted(Source::Attachments, EMPTINESS, "com.atlassian.jira.issue.attachment.Attachment"),
    ),
];

/// A custom field, by its type.
pub(in crate::sandbox) fn custom(field: &Field) -> Option<Searched> {
    let id = field.custom_id?;
    let own_type = field.custom_type.unwrap_or_default();
    Some(match (own_type, field.kind.unwrap_or_default(), field.items.unwrap_or_default()) {
        ("com.pyxis.greenhopper.jira:gh-epic-link", ..) => {
            unsorted(Source::Ids(Ids::EpicLink(id)), MEMBERS_OR_EMPTY, ISSUE)
        }
        ("com.pyxis.greenhopper.jira:gh-sprint", ..) => sorted(
            Source::Ids(Ids::Sprint(id)),
            MEMBERS_OR_EMPTY,
            "com.atlassian.greenhopper.service.sprint.Sprint",
        ),
        ("com.pyxis.greenhopper.jira:gh-lexo-rank", ..) => {
            sorted(Source::Opaque(id), EMPTINESS, "java.lang.Object")
        }
        (_, "number", _) => sorted(Source::Number(Numbers::Custom(id)), ORDERED_OR_EMPTY, NUMBER),
        (_, "date", _) => sorted(Source::Day(Days::Custom(id)), ORDERED_OR_EMPTY, DATE),
        (_, "datetime", _) => sorted(Source::Instant(Instants::Custom(id)), ORDERED_OR_EMPTY, DATE),
        (_, "option" | "option-with-child", _) | (_, "array", "option") => {
            sorted(Source::Ids(Ids::Option(id)), MEMBERS_OR_EMPTY, OPTION)
        }
        (_, "user", _) | (_, "array", "user") => {
            sorted(Source::Accounts(Accounts::Custom(id)), MEMBERS_OR_EMPTY, USER)
        }
        (_, "group", _) | (_, "array", "group") => sorted(
            Source::Names(Names::Group(id)),
            MEMBERS_OR_EMPTY,
            "com.atlassian.crowd.embedded.api.Group",
        ),
        (_, "version", _) | (_, "array", "version") => {
            sorted(Source::Ids(Ids::Version(id)), ORDERED_OR_EMPTY, VERSION)
        }
        (_, "project", _) => sorted(Source::Ids(Ids::ProjectOf(id)), MEMBERS_OR_EMPTY, PROJECT),
        (_, "array", "string") => sorted(Source::Names(Names::CustomLabels(id)), MEMBERS_OR_EMPTY, LABEL),
        (_, "team", _) => unsorted(Source::Names(Names::Team(id)), MEMBERS_OR_EMPTY, "java.lang.Object"),
        (_, "string", _) => sorted(Source::Text(Texts::Custom(id)), WORDS_OR_EMPTY, TEXT),
        _ => unsorted(Source::Opaque(id), EMPTINESS, "java.lang.Object"),
    })
}

/// What people call the type of a custom field; together with the name it addresses all fields of both.
fn type_name(field: &Field) -> &'static str {
    match field.custom_type.unwrap_or_default() {
        "float" => "Number",
        "select" => "Dropdown",
        "multiselect" => "Select List (multiple choices)",
        "radiobuttons" => "Radio Buttons",
        "multicheckboxes" => "Checkboxes",
        "cascadingselect" => "Select List (cascading)",
        "textfield" => "Short text",
        "textarea" => "Paragraph",
        "readonlyfield" => "Text Field (read only)",
        "url" => "URL Field",
        "datepicker" => "Date",
        "datetime" => "Time stamp",
        "labels" => "Labels",
        "userpicker" => "User Picker (single user)",
        "multiuserpicker" => "User Picker (multiple users)",
        "grouppicker" => "Group Picker (single group)",
        "multigrouppicker" => "Group Picker (multiple groups)",
        "version" => "Version Picker (single version)",
        "multiversion" => "Version Picker (multiple versions)",
        "project" => "Project Picker (single project)",
        _ => "Other",
    }
}

/// All fields of a name: one, unless several custom fields share it. The names of the fields that every site has
/// are theirs alone.
pub(super) fn searched(site: &Site, name: &str) -> Result<Vec<Searched>, JqlErrors> {
    let lower = name.to_lowercase();
    if let Some(system) = system(&lower) {
        return Ok(vec![system]);
    }
    let typed = lower.strip_suffix(']').and_then(|it| it.split_once('['));
    let found: Vec<Searched> = site
        .fields
        .iter()
        .filter(|field| match field.custom_id {
            None => false,
            Some(id) => match typed {
                Some(("cf", number)) => number == id.to_string(),
                _ if field.name.to_lowercase() == lower => true,
                Some((name, kind)) => {
                    field.name.to_lowercase() == name && type_name(field).to_lowercase() == kind
                }
                None => false,
            },
        })
        .filter_map(custom)
        .collect();
    if found.is_empty() {
        return Err(JqlErrors::one(format!(
            "Field '{name}' does not exist or you do not have permission to view it."
        )));
    }
    Ok(found)
}

/// A field that every site has.
pub(in crate::sandbox) fn system(lower: &str) -> Option<Searched> {
    SYSTEM.iter().find(|it| it.names.iter().any(|own| own.to_lowercase() == lower)).map(|it| it.field)
}
