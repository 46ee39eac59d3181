//! The sandbox's documents, read as the plain JSON that they are, and rows made of their records.

use std::path::Path;

use serde_json::Value as Json;

use super::super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{self, Column, Row, Type, Value, boolean, instant, int, text};

/// A column, and where its value is: a pointer into the record, with `^` in front into the record around it (`^^`: around
/// that), `@0` for the first variable of the path, `#` for the name of the member.
pub(super) type Place = (&'static str, Type, &'static str);

/// A record with what is around it.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) json: Json,
    /// Innermost first.
    around: Vec<Json>,
    pub(super) variables: Vec<String>,
    member: String,
}

pub(super) const fn columns<const N: usize>(places: &[Place; N]) -> [Column; N] {
    let mut columns = [("", Type::Int); N];
    let mut index = 0;
    while index < N {
        columns[index] = (places[index].0, places[index].1);
        index += 1;
    }
    columns
}

/// A table without columns that are always empty.
pub(super) const fn table(
    name: &'static str,
    key: &'static [&'static str],
    columns: &'static [Column],
    rows: fn(Seen<'_>) -> Vec<Row>,
) -> Table {
    Table { name, key, columns, empty: &[], expected: Expected::Always(rows) }
}

/// The document of a path, whose places for accounts and groups hold those of the site.
fn document(site: Seen<'_>, file: &str, path: &str) -> Json {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox/documents");
    let text = std::fs::read_to_string(folder.join(format!("{file}.json"))).expect("a file of documents");
    let documents: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    let mut found = documents.into_iter().find(|it| it["path"] == path).expect("a document of this path");
    fill(site, &mut found);
    found
}

fn fill(site: Seen<'_>, json: &mut Json) {
    match json {
        Json::String(text) => {
            for (index, user) in site.0.users.iter().enumerate().take(10) {
                *text = text.replace(&format!("{{accountId:{index}}}"), &user.account_id);
                *text = text.replace(&format!("{{displayName:{index}}}"), &user.display_name);
            }
            for group in &site.0.groups {
                *text = text.replace(&format!("{{groupId:{}}}", group.name), &group.id);
            }
        }
        Json::Array(elements) => elements.iter_mut().for_each(|it| fill(site, it)),
        Json::Object(members) => members.values_mut().for_each(|it| fill(site, it)),
        _ => {}
    }
}

fn split(json: &Json, variables: &[String]) -> Vec<Record> {
    let record = |json: &Json, member: &str| Record {
        json: json.clone(),
        around: vec![],
        variables: variables.to_vec(),
        member: member.to_owned(),
    };
    match json {
        Json::Array(elements) => elements.iter().map(|it| record(it, "")).collect(),
        other => vec![record(other, "")],
    }
}

/// The records of a document, those under `*` left out.
pub(super) fn records(site: Seen<'_>, file: &str, path: &str) -> Vec<Record> {
    let document = document(site, file, path);
    match document["records_of"].as_object() {
        None => split(&document["records"], &[]),
        Some(lists) => {
            let lists = lists.iter().filter(|(key, _)| !key.contains('*'));
            let of = |(key, list): (&String, &Json)| {
                let variables: Vec<String> = key.split('/').map(str::to_owned).collect();
                split(list, &variables)
            };
            lists.flat_map(of).collect()
        }
    }
}

/// The records that a document has for any value of its variable, once for each of these.
pub(super) fn of_any(site: Seen<'_>, file: &str, path: &str, values: &[&str]) -> Vec<Record> {
    let document = document(site, file, path);
    let of = |value: &&str| split(&document["records_of"]["*"], &[(*value).to_owned()]);
    values.iter().flat_map(of).collect()
}

/// The records of each project that the account sees, where `rest` are the variables behind the project.
pub(super) fn of_projects(site: Seen<'_>, file: &str, path: &str, rest: &[&str]) -> Vec<Record> {
    let document = document(site, file, path);
    let mut found = vec![];
    for project in site.projects() {
        let id = project.id.to_string();
        let key = |first: &str| [&[first], rest].concat().join("/");
        let lists = &document["records_of"];
        let own = lists.get(key(&id)).or_else(|| lists.get(key("*")));
        let variables: Vec<String> = [&[&*id], rest].concat().into_iter().map(str::to_owned).collect();
        found.extend(own.into_iter().flat_map(|it| split(it, &variables)));
    }
    found
}

/// The elements of a list, or the members of an object, inside each record.
pub(super) fn within(records: &[Record], pointer: &str) -> Vec<Record> {
    let mut found = vec![];
    for record in records {
        let inner = record.json.pointer(pointer).expect("a list inside the record");
        let members: Vec<(String, Json)> = match inner {
            Json::Object(members) => members.iter().map(|(name, it)| (name.clone(), it.clone())).collect(),
            list => list.as_array().expect("a list").iter().map(|it| (String::new(), it.clone())).collect(),
        };
        found.extend(members.into_iter().map(|(member, json)| {
            let around = [vec![record.json.clone()], record.around.clone()].concat();
            Record { json, around, variables: record.variables.clone(), member }
        }));
    }
    found
}

pub(super) fn rows(records: &[Record], places: &[Place]) -> Vec<Row> {
    let row = |record: &Record| places.iter().map(|it| (it.0, record.value(it.1, it.2))).collect();
    records.iter().map(row).collect()
}

impl Record {
    fn value(&self, kind: Type, place: &str) -> Value {
        let given = |text: &str| convert(kind, &Json::from(text));
        if let Some(index) = place.strip_prefix('@') {
            return given(&self.variables[index.parse::<usize>().expect("a number")]);
        }
        if place == "#" {
            return given(&self.member);
        }
        let pointer = place.trim_start_matches('^');
        let json = match place.len() - pointer.len() {
            0 => &self.json,
            level => &self.around[level - 1],
        };
        // `/links/*/from`: a member of each element.
        match pointer.split_once("/*") {
            None => json.pointer(pointer).map_or(Value::Null, |it| convert(kind, it)),
            Some((list, member)) => {
                let list = json.pointer(list).and_then(Json::as_array);
                let each = |it: &Json| convert(Type::Text, it.pointer(member).expect("a member"));
                list.map_or(Value::Null, |list| Value::List(list.iter().map(each).collect()))
            }
        }
    }
}

fn convert(kind: Type, json: &Json) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    match kind {
        Type::Int => int(json.as_i64().or_else(|| json.as_str()?.parse().ok())),
        Type::Bool => boolean(json.as_bool()),
        Type::Text => text(json.as_str()),
        Type::Address => text(json.as_str().map(|it| it.trim_start_matches("{base}"))),
        Type::Timestamp if json.is_i64() => Value::Timestamp(json.as_i64().expect("milliseconds") * 1_000),
        Type::Timestamp => {
            let at = json.as_str().expect("text");
            let at = chrono::DateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S%.3f%z");
            instant(at.expect("an instant").to_utc())
        }
        Type::TextList => {
            Value::List(json.as_array().expect("a list").iter().map(|it| text(it.as_str())).collect())
        }
        Type::Json => Value::Text(value::without_addresses(json.clone()).to_string()),
        other => panic!("{other:?} is in no document"),
    }
}
