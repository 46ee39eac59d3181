//! Builds requests out of an access path, the columns that are wanted, keys and a page's arguments. Pure: no socket.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::paging::{Argument, Cursor};
use super::spec::Conditions;
use crate::http::{self, Request};
use crate::pushdown;
use crate::schema::{AccessPath, ColumnType, CountRequest, Destination, Method, Table};

/// What every request of a scan has in common.
#[derive(Debug, Clone)]
pub(super) struct RequestBuilder {
    method: Method,
    address: Arc<str>,
    query: Vec<(String, String)>,
    body: Map<String, Value>,
    keys: Option<Place>,
    /// Where the values go that go along with a key, in the order in which they follow it.
    with: Vec<Place>,
    /// Where JQL goes, and how its rows are ordered.
    search: Option<(Destination, String)>,
}

/// Where keys go.
#[derive(Debug, Clone)]
struct Place {
    at: Destination,
    /// The name that the address has for them.
    name: String,
    form: KeyForm,
}

/// The request that estimates the rows of a path.
pub(super) fn count(
    path: &AccessPath,
    count: &CountRequest,
    within: Option<&str>,
    jql: &[String],
) -> Request {
    let all = path.search.as_ref().map(|search| search.all.as_str()).unwrap_or_default();
    let jql = condition(all, within, jql);
    let (mut query, mut body) = (vec![], None);
    match &count.at {
        Destination::Query(name) | Destination::Joined(name) => query.push((name.clone(), jql)),
        Destination::Body(name) => {
            let mut members: Map<String, Value> = count.body.iter().cloned().collect();
            members.insert(name.clone(), jql.into());
            body = Some(Value::Object(members).to_string());
        }
        Destination::Address | Destination::Jql(_) => {}
    }
    let path = count.address.clone();
    Request { method: count.method.into(), template: path.as_str().into(), path, query, body }
}

/// All that a search asks for: what is in parentheses binds as if it stood alone. Without any condition, what `all` says.
fn condition(all: &str, within: Option<&str>, terms: &[String]) -> String {
    let within = within.map(|jql| format!("({jql})"));
    let conditions: Vec<&str> = within.iter().chain(terms).map(String::as_str).collect();
    match conditions.is_empty() {
        true => all.to_owned(),
        false => conditions.join(" AND "),
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::Get,
            Method::Post => Self::Post,
        }
    }
}

/// How keys are written in a JSON body: as the service documents the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyForm {
    /// `"10001"`: ids or keys.
    Text,
    /// `10001`: ids alone.
    Number,
}

impl RequestBuilder {
    /// The common part: fixed arguments, asks, JQL.
    pub(super) fn new(table: &Table, path: &AccessPath, columns: &[usize], conditions: &Conditions) -> Self {
        let Conditions { within, jql, order, parameters } = conditions;
        let mut query = path.query.clone();
        let mut body: Map<String, Value> = path.body.iter().cloned().collect();
        query.retain(|(fixed, _)| parameters.iter().all(|(name, _)| name != fixed));
        query.extend(parameters.iter().cloned());
        let asks = path.asks_of(table, columns);
        match &path.asks {
            Some(Destination::Query(name) | Destination::Joined(name)) if !asks.is_empty() => {
                query.push((name.clone(), asks.into_iter().collect::<Vec<_>>().join(",")));
            }
            // An absent list means "all fields" to some calls: ask for the id at least.
            Some(Destination::Body(name)) => {
                let asks = if asks.is_empty() { json!(["id"]) } else { json!(asks) };
                body.insert(name.clone(), asks);
            }
            _ => {}
        }
        if let Some(search) = &path.search {
            put_jql(
                &search.at,
                &condition(&search.all, within.as_deref(), jql),
                order,
                &mut query,
                &mut body,
            );
        }
        let keys = path.needs.as_ref().map(|n| {
            let numbers = |c: &usize| table.columns[*c].data_type == ColumnType::Int64;
            let form = match n.columns.as_slice() {
                [only] if numbers(only) => KeyForm::Number,
                _ => KeyForm::Text,
            };
            Place { at: n.at.clone(), name: n.name.clone(), form }
        });
        let along = path.needs.iter().flat_map(|n| &n.with);
        let with = along.map(|c| Place { at: c.at.clone(), name: c.name.clone(), form: KeyForm::Text });
        let with = with.collect();
        let search = path.search.as_ref().map(|s| (s.at.clone(), order.clone()));
        Self { method: path.method, address: path.address.as_str().into(), query, body, keys, with, search }
    }

    /// The request for these keys (none where the path needs none) and this page; nothing if a key can't stand in an
    /// address (empty, `.` or `..`), which means that it has no row. The values that go along with a key follow it.
    pub(super) fn build(&self, keys: &[String], page: &Cursor) -> Option<Request> {
        let mut path = self.address.to_string();
        let mut query = self.query.clone();
        let mut body = self.body.clone();
        let (keys, along) = match self.with.len() {
            0 => (keys, &[][..]),
            with => keys.split_at_checked(keys.len().checked_sub(with)?)?,
        };
        let along = self.with.iter().zip(along.iter().map(std::slice::from_ref));
        for (place, values) in self.keys.iter().map(|place| (place, keys)).chain(along) {
            match &place.at {
                Destination::Address => {
                    let segment = http::encode_segment(values.first()?)?;
                    path = path.replace(&format!("{{{}}}", place.name), &segment);
                }
                Destination::Jql(field) => {
                    // Ids go as numbers: what is quoted is read as a key.
                    let operand = |key: &String| match key.bytes().all(|b| b.is_ascii_digit()) {
                        true => key.clone(),
                        false => pushdown::quote(key),
                    };
                    let operands: Vec<String> = values.iter().map(operand).collect();
                    let (at, order) = self.search.as_ref()?;
                    put_jql(
                        at,
                        &format!("{field} in ({})", operands.join(", ")),
                        order,
                        &mut query,
                        &mut body,
                    );
                }
                Destination::Query(name) => query.extend(values.iter().map(|k| (name.clone(), k.clone()))),
                Destination::Joined(name) => query.push((name.clone(), values.join(","))),
                Destination::Body(name) => {
                    let value = |k: &String| match (place.form, k.parse::<i64>()) {
                        (KeyForm::Number, Ok(n)) => json!(n),
                        _ => json!(k),
                    };
                    body.insert(name.clone(), values.iter().map(value).collect());
                }
            }
        }
        for (name, argument) in page.arguments() {
            match (self.method, argument) {
                (Method::Get, argument) => {
                    query.retain(|(known, _)| known != name);
                    query.push((name.to_owned(), argument.text()));
                }
                (Method::Post, Argument::Number(n)) => {
                    body.insert(name.to_owned(), n.into());
                }
                (Method::Post, Argument::Text(t)) => {
                    body.insert(name.to_owned(), t.into());
                }
            }
        }
        let body = (self.method == Method::Post).then(|| Value::Object(body).to_string());
        Some(Request { method: self.method.into(), path, template: Arc::clone(&self.address), query, body })
    }
}

/// Puts JQL where it goes, in place of what is there.
fn put_jql(
    at: &Destination,
    terms: &str,
    order: &str,
    query: &mut Vec<(String, String)>,
    body: &mut Map<String, Value>,
) {
    let text = format!("{terms} ORDER BY {order}").trim_start().to_owned();
    match at {
        Destination::Query(name) | Destination::Joined(name) => {
            query.retain(|(known, _)| known != name);
            query.push((name.clone(), text));
        }
        Destination::Body(name) => {
            body.insert(name.clone(), text.into());
        }
        Destination::Address | Destination::Jql(_) => {}
    }
}

impl Argument {
    fn text(self) -> String {
        match self {
            Self::Number(n) => n.to_string(),
            Self::Text(t) => t,
        }
    }
}
