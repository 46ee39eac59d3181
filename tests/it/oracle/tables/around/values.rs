//! Values as the server sends them: of custom fields, and what apps keep with issues and projects.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jirrow::sandbox::model::{CustomValue, Field, GroupRef, Issue, Named, Version};
use serde_json::{Value as Json, json};

use super::super::{Expected, Table};
use crate::oracle::custom;
use crate::oracle::site::Seen;
use crate::oracle::tables::within::of;
use crate::oracle::value::{Row, Type, Value, int, text};

use Type::{Int, Text};

pub(super) static ISSUE_CUSTOM_FIELDS: Table = Table {
    name: "IssueCustomFields",
    key: &["IssueId", "FieldId"],
    columns: &[
        ("IssueId", Int),
        ("IssueKey", Text),
        ("FieldId", Text),
        ("FieldName", Text),
        ("FieldType", Text),
        ("Value", Type::Json),
    ],
    empty: &[],
    expected: Expected::Always(custom_fields),
};

pub(super) static ISSUE_PROPERTIES: Table = Table {
    name: "IssueProperties",
    key: &["IssueId", "Key"],
    columns: &[("IssueId", Int), ("IssueKey", Text), ("Key", Text), ("Value", Type::Json)],
    empty: &[],
    expected: Expected::Always(|site| {
        let rows = site
            .issues()
            .flat_map(|issue| properties(&issue.properties).map(move |property| of(issue, property)));
        rows.collect()
    }),
};

pub(super) static PROJECT_PROPERTIES: Table = Table {
    name: "ProjectProperties",
    key: &["ProjectId", "Key"],
    columns: &[("ProjectId", Int), ("ProjectKey", Text), ("Key", Text), ("Value", Type::Json)],
    empty: &[],
    expected: Expected::Always(project_properties),
};

pub(super) static PROJECT_PROPERTY_KEYS: Table = Table {
    name: "ProjectPropertyKeys",
    key: &["ProjectId", "Key"],
    columns: &[("ProjectId", Int), ("ProjectKey", Text), ("Key", Text)],
    empty: &[],
    expected: Expected::Always(|site| {
        let mut rows = project_properties(site);
        for row in &mut rows {
            row.remove("Value");
        }
        rows
    }),
};

fn properties(all: &BTreeMap<String, Json>) -> impl Iterator<Item = [(&'static str, Value); 2]> {
    all.iter().map(|(key, value)| [("Key", text(&**key)), ("Value", Value::Text(value.to_string()))])
}

fn project_properties(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for project in site.projects() {
        rows.extend(properties(&project.properties).map(|property| {
            let mut row = Row::from(property);
            row.extend([("ProjectId", int(project.id)), ("ProjectKey", text(&*project.key))]);
            row
        }));
    }
    rows
}

fn custom_fields(site: Seen<'_>) -> Vec<Row> {
    let fields: BTreeMap<i64, &Field> =
        site.0.fields.iter().filter_map(|it| Some((it.custom_id?, it))).collect();
    let mut rows = vec![];
    for issue in site.issues() {
        for (number, held) in &issue.custom {
            let field = fields[number];
            // A moved issue keeps values of fields that only its old project has.
            if field.project_id.is_some_and(|owner| owner != issue.project_id) {
                continue;
            }
            let sent = sent(site, issue, held);
            if sent == Json::Null {
                continue;
            }
            rows.push(of(
                issue,
                [
                    ("FieldId", text(&*field.id)),
                    ("FieldName", text(&*field.name)),
                    ("FieldType", text(field.kind)),
                    ("Value", Value::Text(sent.to_string())),
                ],
            ));
        }
    }
    rows
}

/// What the server sends, without addresses on the site.
fn sent(site: Seen<'_>, issue: &Issue, held: &CustomValue) -> Json {
    let versions = || site.home(issue).versions.iter();
    match held {
        CustomValue::Text(it) => json!(it),
        CustomValue::RichText(it) => it.to_adf(),
        CustomValue::Number(it) => json!(it),
        CustomValue::Date(it) => json!(it.to_string()),
        CustomValue::DateTime(it) => json!(local(site, *it)),
        CustomValue::Choice(it) => option(it),
        CustomValue::Choices(them) => them.iter().map(option).collect(),
        CustomValue::Cascade(it, child) => {
            let mut value = option(it);
            if let Some(child) = child {
                value["child"] = option(child);
            }
            value
        }
        CustomValue::User(it) => person(site, it),
        CustomValue::Users(them) => them.iter().map(|it| person(site, it)).collect(),
        CustomValue::Group(it) => group(it),
        CustomValue::Groups(them) => them.iter().map(group).collect(),
        CustomValue::Version(id) => versions().find(|it| it.id == *id).map_or(Json::Null, version),
        CustomValue::Versions(ids) => versions().filter(|it| ids.contains(&it.id)).map(version).collect(),
        CustomValue::Project(id) => {
            let known = site.0.projects.iter().find(|it| it.id == *id);
            known.map_or(Json::Null, |it| parsed(&custom::project(it)))
        }
        CustomValue::Labels(them) => json!(them),
        CustomValue::Sprints(them) => {
            let sprint = |it: &std::sync::Arc<jirrow::sandbox::model::Sprint>| {
                let mut value = json!({
                    "id": it.id,
                    "name": it.name,
                    "state": it.state,
                    "boardId": it.board_id,
                    "goal": it.goal.as_deref().unwrap_or(""),
                });
                let times = [("startDate", it.start), ("endDate", it.end), ("completeDate", it.complete)];
                for (name, at) in times {
                    if let Some(at) = at {
                        value[name] = json!(at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
                    }
                }
                value
            };
            them.iter().map(sprint).collect()
        }
        CustomValue::Team(it) => parsed(&custom::team(it)),
        CustomValue::Json(it) | CustomValue::Misfit(it) => it.clone(),
    }
}

fn parsed(value: &Value) -> Json {
    match value {
        Value::Text(text) => serde_json::from_str(text).expect("JSON"),
        other => panic!("{other:?} is no JSON"),
    }
}

/// Times inside issues have the offset of the account's zone.
fn local(site: Seen<'_>, at: DateTime<Utc>) -> String {
    let zone = site.0.users[0].time_zone.expect("the account says its zone");
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

fn option(option: &Named) -> Json {
    json!({"value": option.name, "id": option.id.to_string()})
}

fn group(group: &GroupRef) -> Json {
    json!({"name": group.name, "groupId": group.id})
}

fn person(site: Seen<'_>, account: &str) -> Json {
    let Some(user) = site.0.users.iter().find(|it| &*it.account_id == account) else { return Json::Null };
    let mut value = json!({"avatarUrls": {}});
    let row = super::account(user);
    let members = [
        ("accountId", "AccountId"),
        ("accountType", "AccountType"),
        ("displayName", "DisplayName"),
        ("emailAddress", "EmailAddress"),
        ("active", "Active"),
        ("timeZone", "TimeZone"),
    ];
    for (member, column) in members {
        match &row[column] {
            Value::Text(text) => value[member] = json!(text),
            Value::Bool(is) => value[member] = json!(is),
            _ => {}
        }
    }
    value
}

fn version(version: &Version) -> Json {
    let mut value = json!({
        "id": version.id.to_string(),
        "name": version.name,
        "archived": version.state.is_archived(),
        "released": version.state.is_released(),
    });
    if let Some(description) = &version.description {
        value["description"] = json!(description);
    }
    if let Some(date) = version.release_date {
        value["releaseDate"] = json!(date.to_string());
    }
    value
}
