//! The columns of custom fields as the contract describes them, worked out from the model's fields once more, and what
//! an issue holds in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jirrow::sandbox::Site;
use jirrow::sandbox::model::{CustomValue, Field, Issue, Project, ProjectKind, ProjectStyle, Sprint, Team};
use serde_json::json;

use super::site::Seen;
use super::value::{Column, Type, Value, date, instant, int, text, texts};

/// What of a field's value a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Whole,
    DisplayName,
}

struct CustomColumn {
    number: i64,
    shown: Shown,
    name: &'static str,
    kind: Type,
}

/// Names live as long as the tests: rows are looked up by them.
fn lasting(name: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    name
}

/// `customer name` to `CustomerName`.
fn pascal(typed: &str, number: i64) -> String {
    let mut name = String::new();
    let mut starts = true;
    for letter in typed.chars() {
        if !letter.is_alphabetic() && !letter.is_numeric() {
            starts = true;
        } else if starts {
            name += &letter.to_uppercase().to_string();
            starts = false;
        } else {
            name.push(letter);
        }
    }
    match name.chars().next() {
        None => format!("Field{number}"),
        Some('0'..='9') => format!("_{name}"),
        _ => name,
    }
}

/// The columns of a field: whether the second of a user, and the type. A `…Json` column is hidden, and takes a name.
fn shapes(field: &Field) -> Vec<(Shown, Type)> {
    let custom = field.custom_type.unwrap_or_default();
    let list = field.kind == Some("array");
    let of = |one, several| if list { several } else { one };
    let kind = if list { field.items } else { field.kind };
    match kind.unwrap_or_default() {
        _ if custom.ends_with(":gh-sprint") => vec![(Shown::Whole, Type::Sprints)],
        "number" => vec![(Shown::Whole, Type::Float)],
        "date" => vec![(Shown::Whole, Type::Date)],
        "datetime" => vec![(Shown::Whole, Type::Timestamp)],
        "option-with-child" => vec![(Shown::Whole, Type::Cascade)],
        "option" | "version" | "component" | "group" | "string" => {
            vec![(Shown::Whole, of(Type::Text, Type::TextList))]
        }
        "user" => {
            let kind = of(Type::Text, Type::TextList);
            vec![(Shown::Whole, kind), (Shown::DisplayName, kind)]
        }
        _ => vec![(Shown::Whole, Type::Json)],
    }
}

fn custom_columns(site: &Site, system: &[Column]) -> Vec<CustomColumn> {
    let mut fields: BTreeMap<i64, &Field> = BTreeMap::new();
    for field in &site.fields {
        fields.extend(field.custom_id.map(|number| (number, field)));
    }
    // What is taken already: the columns, the hidden ones, and the other names of both.
    let others =
        ["DescriptionJson", "EnvironmentJson", "FieldErrors", "IssueKey", "IssueTypeName", "IsSubtask"];
    let more = ["StatusName", "PriorityName", "ResolutionName", "Resolved", "AffectedVersions"];
    let mut taken: BTreeSet<String> =
        system.iter().map(|(name, _)| *name).chain(others).chain(more).map(str::to_lowercase).collect();
    let mut columns = Vec::new();
    for (number, field) in fields {
        let base = pascal(&field.name, number);
        let mut named = |ending: &str| {
            let name = format!("{base}{ending}");
            match taken.insert(name.to_lowercase()) {
                true => name,
                false => format!("{name}_{number}"),
            }
        };
        if field.custom_type.is_some_and(|it| it == "textarea") {
            columns.push(CustomColumn {
                number,
                shown: Shown::Whole,
                name: lasting(named("")),
                kind: Type::Text,
            });
            named("Json");
            continue;
        }
        for (shown, kind) in shapes(field) {
            let name = named(if shown == Shown::Whole { "" } else { "DisplayName" });
            columns.push(CustomColumn { number, shown, name: lasting(name), kind });
        }
    }
    columns
}

/// The columns after those that every site has.
pub(super) fn columns(site: &Site, system: &[Column]) -> Vec<Column> {
    custom_columns(site, system).into_iter().map(|it| (it.name, it.kind)).collect()
}

fn sprint(sprint: &Sprint) -> Value {
    Value::Struct(vec![
        ("Id", int(sprint.id)),
        ("Name", text(&*sprint.name)),
        ("State", text(sprint.state)),
        ("BoardId", int(sprint.board_id)),
        ("Goal", text(sprint.goal.as_deref().unwrap_or(""))),
        ("StartDate", instant(sprint.start)),
        ("EndDate", instant(sprint.end)),
        ("CompleteDate", instant(sprint.complete)),
    ])
}

/// A project as values name it, without addresses.
pub(super) fn project(project: &Project) -> Value {
    let kind = match project.kind {
        ProjectKind::Software => "software",
        ProjectKind::Business => "business",
        ProjectKind::ServiceDesk => "service_desk",
    };
    let mut value = json!({
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": kind,
        "simplified": project.style == ProjectStyle::NextGen,
        "avatarUrls": {},
    });
    if let Some(category) = &project.category {
        value["projectCategory"] =
            json!({"id": category.id.to_string(), "name": category.name, "description": ""});
    }
    Value::Text(value.to_string())
}

pub(super) fn team(team: &Team) -> Value {
    let (id, name) = (&team.id, &team.name);
    let flags = json!({"avatarUrl": "", "isShared": true, "isVerified": false, "isVisible": true});
    let mut value = json!({"id": id, "name": name, "title": name});
    for (flag, is) in flags.as_object().into_iter().flatten() {
        value[flag] = is.clone();
    }
    Value::Text(value.to_string())
}

fn value(site: Seen<'_>, issue: &Issue, field: &Field, value: &CustomValue, shown: Shown) -> Value {
    let person = |account: &str| {
        let (id, name) = site.person(Some(account));
        if shown == Shown::Whole { id } else { name }
    };
    // A moved issue keeps what its new project does not have.
    let versions = || site.home(issue).versions.iter();
    match value {
        // Of kinds that say nothing about their values there is the JSON that was sent.
        CustomValue::Text(it) if field.kind == Some("any") => {
            Value::Text(serde_json::Value::from(it.as_str()).to_string())
        }
        CustomValue::Text(it) => text(&**it),
        CustomValue::RichText(it) => Value::Text(it.plain_text()),
        CustomValue::Number(it) => Value::Float(*it),
        CustomValue::Date(it) => date(Some(*it)),
        CustomValue::DateTime(it) => instant(*it),
        CustomValue::Choice(it) => text(&*it.name),
        CustomValue::Choices(them) => texts(them.iter().map(|it| &it.name)),
        CustomValue::Cascade(it, child) => Value::Struct(vec![
            ("Value", text(&*it.name)),
            ("Child", text(child.as_ref().map(|it| &*it.name))),
        ]),
        CustomValue::User(it) => text(person(it)),
        CustomValue::Users(them) => Value::List(them.iter().map(|it| text(person(it))).collect()),
        CustomValue::Group(it) => text(&*it.name),
        CustomValue::Groups(them) => texts(them.iter().map(|it| &it.name)),
        CustomValue::Version(id) => text(versions().find(|it| it.id == *id).map(|it| &*it.name)),
        CustomValue::Versions(ids) => texts(versions().filter(|it| ids.contains(&it.id)).map(|it| &it.name)),
        CustomValue::Project(id) => {
            site.0.projects.iter().find(|it| it.id == *id).map_or(Value::Null, project)
        }
        CustomValue::Labels(them) => texts(them),
        CustomValue::Sprints(them) => Value::List(them.iter().map(|it| sprint(it)).collect()),
        CustomValue::Team(it) => team(it),
        CustomValue::Json(it) => Value::Text(it.to_string()),
        CustomValue::Misfit(_) => Value::Null,
    }
}

/// What each issue holds in its custom fields.
pub(super) struct CustomFields<'a> {
    site: Seen<'a>,
    columns: Vec<(CustomColumn, &'a Field)>,
}

impl<'a> CustomFields<'a> {
    pub(super) fn new(site: Seen<'a>, system: &[Column]) -> Self {
        let field = |it: &CustomColumn| {
            site.0.fields.iter().find(|field| field.custom_id == Some(it.number)).expect("a field")
        };
        let columns = custom_columns(site.0, system);
        Self {
            site,
            columns: columns
                .into_iter()
                .map(|it| {
                    let field = field(&it);
                    (it, field)
                })
                .collect(),
        }
    }

    pub(super) fn of(&self, issue: &Issue) -> impl Iterator<Item = (&'static str, Value)> {
        self.columns.iter().map(|(column, field)| {
            // A moved issue keeps values of fields that only its old project has.
            let known = field.project_id.is_none_or(|owner| owner == issue.project_id);
            let held = issue.custom.get(&column.number).filter(|_| known);
            (column.name, held.map_or(Value::Null, |it| value(self.site, issue, field, it, column.shown)))
        })
    }
}
