//! What the values of a field become: its kind in the catalogue, turned into the columns that hold them.

use super::FieldSchema;
use crate::schema::deployment::Deployment;
use crate::schema::jql::Operand;
use crate::schema::model::{ColumnType, StructField};

/// One of the columns that a field makes.
pub(super) struct Part {
    /// What its name has after the field's: nothing for the first.
    pub(super) ending: &'static str,
    pub(super) data_type: ColumnType,
    /// The member of the value, or of each object, that it holds; all of it if absent.
    pub(super) member: Option<&'static str>,
    pub(super) hidden: bool,
    /// What JQL compares it with, if it can.
    pub(super) jql: Option<Operand>,
    /// What should be said besides the field's name.
    pub(super) about: &'static str,
}

impl Part {
    fn new(data_type: ColumnType) -> Self {
        Self { ending: "", data_type, member: None, hidden: false, jql: None, about: "" }
    }

    fn of(member: &'static str, data_type: ColumnType) -> Self {
        Self { member: Some(member), ..Self::new(data_type) }
    }
}

/// What JQL compares the first column of a field with: of Jira's own types alone, since an app's may mean anything by
/// its operators.
fn compared_with(custom: &str) -> Option<Operand> {
    match custom.strip_prefix("com.atlassian.jira.plugin.system.customfieldtypes:")? {
        "float" => Some(Operand::Number),
        "datepicker" => Some(Operand::Day),
        "datetime" => Some(Operand::Instant),
        "select" | "radiobuttons" | "multiselect" | "multicheckboxes" | "labels" | "userpicker"
        | "multiuserpicker" | "version" | "multiversion" | "grouppicker" | "multigrouppicker" => {
            Some(Operand::Name)
        }
        _ => None,
    }
}

/// The columns of a field. The catalogue does not say what is in a value of kind `any` or of an app's own kinds, so that
/// it comes as JSON text.
pub(super) fn parts(schema: Option<&FieldSchema>, deployment: Deployment) -> Vec<Part> {
    let Some(schema) = schema else { return vec![json()] };
    let custom = schema.custom.as_deref().unwrap_or_default();
    let mut parts = shaped(schema, custom, deployment);
    if let Some(first) = parts.first_mut() {
        first.jql = compared_with(custom).filter(|by| by.fits(&first.data_type));
    }
    parts
}

fn shaped(schema: &FieldSchema, custom: &str, deployment: Deployment) -> Vec<Part> {
    match (schema.kind.as_str(), schema.items.as_deref()) {
        ("array", _) if is(custom, "gh-sprint") => vec![sprints()],
        ("array", Some(items)) => lists(items, deployment),
        ("string", _) if is(custom, "textarea") => vec![
            Part::new(ColumnType::RichText),
            Part {
                ending: "Json",
                hidden: true,
                about: "the text as the server sent it",
                ..Part::new(ColumnType::Json)
            },
        ],
        (kind, _) => singles(kind, deployment).unwrap_or_else(|| vec![json()]),
    }
}

/// Is the custom type the one whose name has this last part?
fn is(custom: &str, last: &str) -> bool {
    custom.rsplit(':').next() == Some(last)
}

fn json() -> Part {
    Part { about: "as JSON, where text stands in quotes", ..Part::new(ColumnType::Json) }
}

/// The columns of a single value; none for a kind that has no type of its own.
fn singles(kind: &str, deployment: Deployment) -> Option<Vec<Part>> {
    Some(match kind {
        "number" => vec![Part::new(ColumnType::Float64)],
        "date" => vec![Part::new(ColumnType::Date)],
        "datetime" => vec![Part::new(ColumnType::Timestamp)],
        "string" => vec![Part::new(ColumnType::Text)],
        "option" => vec![Part::of("value", ColumnType::Text)],
        "option-with-child" => vec![Part::new(cascade())],
        "version" | "component" | "group" => vec![Part::of("name", ColumnType::Text)],
        "user" => vec![
            match deployment {
                Deployment::Cloud => {
                    Part { about: "the account id", ..Part::of("accountId", ColumnType::Text) }
                }
                Deployment::DataCenter => {
                    Part { about: "the user's name", ..Part::of("name", ColumnType::Text) }
                }
            },
            Part {
                ending: "DisplayName",
                about: "the display name",
                ..Part::of("displayName", ColumnType::Text)
            },
        ],
        _ => return None,
    })
}

/// The columns of an array: lists of what single values become.
fn lists(items: &str, deployment: Deployment) -> Vec<Part> {
    let list = |part: Part| {
        let within = part.member.map(str::to_owned).into_iter().collect();
        Part { data_type: ColumnType::List(within, Box::new(part.data_type)), member: None, ..part }
    };
    singles(items, deployment).map_or_else(|| vec![json()], |parts| parts.into_iter().map(list).collect())
}

fn member(name: &str, from: &[&str], data_type: ColumnType) -> StructField {
    StructField { name: name.to_owned(), from: from.iter().map(|&m| m.to_owned()).collect(), data_type }
}

fn cascade() -> ColumnType {
    ColumnType::Struct(vec![
        member("Value", &["value"], ColumnType::Text),
        member("Child", &["child", "value"], ColumnType::Text),
    ])
}

/// Sprints as Cloud writes them; the texts of Data Center are read as such objects.
fn sprints() -> Part {
    let sprint = ColumnType::Struct(vec![
        member("Id", &["id"], ColumnType::Int64),
        member("Name", &["name"], ColumnType::Text),
        member("State", &["state"], ColumnType::Text),
        member("BoardId", &["boardId"], ColumnType::Int64),
        member("Goal", &["goal"], ColumnType::Text),
        member("StartDate", &["startDate"], ColumnType::Timestamp),
        member("EndDate", &["endDate"], ColumnType::Timestamp),
        member("CompleteDate", &["completeDate"], ColumnType::Timestamp),
    ]);
    Part {
        about: "the sprints that it is or was in",
        ..Part::new(ColumnType::List(vec![], Box::new(sprint)))
    }
}
