//! Endpoints whose content nobody edits: screens, schemes, roles, dashboards. Each is a *document*, one object of the
//! list in a JSON file of `documents/`, which has a family of them:
//!
//! ```json
//! [{
//!   "path": "/rest/api/3/screens/{screenId}/tabs",
//!   "readers": "administrators",
//!   "query": ["projectKey"],
//!   "rows": "[]",
//!   "records_of": {
//!     "1": [{"id": 10000, "name": "Fields"}],
//!     "2": []
//!   }
//! }]
//! ```
//!
//! | member | what it says |
//! |---|---|
//! | `path` | the address, with `{variables}`; a method other than GET gets 405. A fixed path beats one with variables |
//! | `data_center` | whether Data Center has it too, at `/rest/api/2`, without what only Cloud says; or the members of this object that are others there (`null`: absent). What only Data Center has is at `/rest/api/2` itself |
//! | `readers` | who may call: `anonymous`, `accounts`, `administrators`, or `apps` (what logs in with OAuth); others get 401 or 403 |
//! | `query` | documented parameters that change nothing here; those of `filters`, `limits`, `expand` and `paging` need no mention. Any other parameter is flagged |
//! | `filters` | parameters that keep the records whose member has one of their values, or a list with one: `{"schemeId": "issueSecuritySchemeId"}` |
//! | `limits` | parameters that keep the records whose member is a time no earlier, or no later, than theirs: `{"from": {"least": "created"}}`. What is no time with an offset is a 400 |
//! | `known` | the values that parameters may have, `["true", "false"]` or the account ids of the site, `"accounts"`: any other is a 400 |
//! | `expand` | words of the parameter `expand`, and the members that records have only where it has them: `{"viewUrl": "view"}` |
//! | `paging` | how it pages; without it everything comes at once. `{"kind": "page", "default": 50}` is `startAt` and `maxResults`; `most` is the documented maximum, and `states` those of `total`, `isLast`, `nextPage` and `self` that the envelope has. `cursor` is `cursor` and `maxResults`, `offset` is `offset` and `limit`; their envelopes are always whole |
//! | `rows` | where the records are: `values[]`, `[]` (the answer is the list), `permissions{}`, `{}` (the answer is the object of them), or nothing: the answer is the record itself |
//! | `envelope` | further members of the answer |
//! | `records` | a list, an object for rows in `{}`, or the record itself |
//! | `records_of` | instead: the records by the values of the variables, joined by `/`, as in `"10000/10002"`. `1\|2` stands for either, `*` for any other. Values that it does not have, and those that it gives `null`, get 404 |
//! | `members` | the members that a record has, where those are not all that are written |
//! | `variables` | what variables name: `{"projectIdOrKey": "project"}` is a project that the caller sees, by its id in `records_of` whether it was asked for by id or key |
//! | `missing` | the message of that 404 |
//! | `refusal` | a status and a message that everybody gets: `[403, "…"]` |
//!
//! In texts `{base}` is the address of the server, `{screenId}` the value of a variable, `{accountId:3}` and
//! `{displayName:3}` those of the fourth user of the site (the first is the caller), `{groupId:team-01}` the id of a group.

mod asked;
mod data_center;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::assumptions::AgileTotal;
use super::call::{Call, Refusal};
use super::endpoints::{Openness, Surface};
use super::page::{self, Stated};
use asked::{Known, Limit};

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sandbox_documents.rs"));

/// All documents. A file with a mistake has none, which a test finds.
static DOCUMENTS: LazyLock<Vec<Document>> =
    LazyLock::new(|| FILES.iter().flat_map(|(_, text)| read(text).unwrap_or_default()).collect());

/// An endpoint and what it answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    path: String,
    readers: Readers,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    filters: BTreeMap<String, String>,
    #[serde(default)]
    limits: BTreeMap<String, Limit>,
    #[serde(default)]
    known: BTreeMap<String, Known>,
    #[serde(default)]
    expand: BTreeMap<String, String>,
    paging: Option<Paging>,
    #[serde(default)]
    rows: String,
    #[serde(default)]
    envelope: Map<String, Value>,
    #[serde(default)]
    records: Value,
    #[serde(default)]
    records_of: BTreeMap<String, Value>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    #[expect(
        clippy::zero_sized_map_values,
        reason = "a project is the only kind of thing that is named so far"
    )]
    variables: BTreeMap<String, Names>,
    missing: Option<String>,
    refusal: Option<(u16, String)>,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Readers {
    Anonymous,
    Accounts,
    Administrators,
    Apps,
}

/// What a variable of a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Names {
    Project,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    kind: Kind,
    default: i64,
    most: Option<i64>,
    #[serde(default)]
    states: Vec<Stated>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Page,
    Cursor,
    Offset,
}

/// All documents of a file: those of Cloud, and as documents of their own those of Data Center.
fn read(text: &str) -> Result<Vec<Document>, serde_json::Error> {
    let written: Vec<Map<String, Value>> = serde_json::from_str(text)?;
    let documents = written.into_iter().flat_map(|mut cloud| {
        let there = match cloud.remove("data_center") {
            Some(Value::Bool(true)) => Some(Map::new()),
            Some(Value::Object(others)) => Some(others),
            _ => None,
        };
        let there = there.map(|others| data_center::document(cloud.clone(), others));
        [Some(cloud), there].into_iter().flatten()
    });
    documents.map(|it| serde_json::from_value(Value::Object(it))).collect()
}

/// The documents that fit these segments, each with what stands for its variables.
pub(super) fn fitting(
    surface: Surface,
    segments: &[String],
) -> impl Iterator<Item = (&'static Document, Vec<String>)> {
    DOCUMENTS.iter().filter_map(move |it| Some((it, it.fit(surface, segments)?)))
}

/// The records of the document at this address, which has no variables.
pub(super) fn records(path: &str) -> &'static Value {
    DOCUMENTS.iter().find(|it| it.path == path).map_or(&Value::Null, |it| &it.records)
}

impl Document {
    fn fit(&self, surface: Surface, segments: &[String]) -> Option<Vec<String>> {
        let root = match surface {
            Surface::Platform => "/rest/api/3/",
            Surface::Agile => "/rest/agile/1.0/",
            Surface::DataCenterPlatform => "/rest/api/2/",
            Surface::DataCenterAgile => return None,
        };
        let parts: Vec<&str> = self.path.strip_prefix(root)?.split('/').collect();
        let fits = parts.len() == segments.len()
            && parts.iter().zip(segments).all(|(part, it)| match name(part) {
                Some(_) => !it.is_empty(),
                None => part == it,
            });
        let variables = parts.iter().zip(segments).filter(|(part, _)| name(part).is_some());
        fits.then(|| variables.map(|(_, it)| it.clone()).collect())
    }

    pub(super) fn openness(&self) -> Openness {
        match self.readers {
            Readers::Anonymous => Openness::Anonymous,
            Readers::Accounts | Readers::Administrators | Readers::Apps => Openness::AccountsOnly,
        }
    }

    pub(super) fn takes(&self, parameter: &str) -> bool {
        let of_pages = self.paging.as_ref().is_some_and(|it| it.kind.parameters().contains(&parameter));
        of_pages
            || self.query.iter().any(|it| it == parameter)
            || self.filters.contains_key(parameter)
            || self.limits.contains_key(parameter)
            || parameter == "expand" && !self.expand.is_empty()
    }

    pub(super) fn answer(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let allowed = match self.readers {
            Readers::Anonymous | Readers::Accounts => true,
            Readers::Administrators => call.rights.administers,
            Readers::Apps => call.rights.is_app,
        };
        if !allowed {
            let message = match self.readers {
                Readers::Apps => "Only apps can use this operation.",
                _ => "Only administrators of the site can use this operation.",
            };
            return Err(Refusal::new(403, &[message]));
        }
        if let Some((status, message)) = &self.refusal {
            return Err(Refusal::new(*status, &[message]));
        }
        self.check_asked(call)?;
        let mut records = self.records(call)?;
        self.fill(&mut records, call);
        if call.renderer.is_data_center() {
            data_center::retell(&mut records);
        }
        self.choose_members(&mut records);
        if let Value::Array(rows) = &mut records {
            rows.retain(|row| self.is_asked_for(row, call));
            self.shorten(rows, call);
        }
        let mut envelope = self.envelope.clone();
        if let (Some(paging), Value::Array(rows)) = (&self.paging, &mut records)
            && let Value::Object(stated) = self.cut(paging, rows, call)?
        {
            envelope.extend(stated);
        }
        Ok(match self.rows.trim_end_matches("[]").trim_end_matches("{}") {
            "" => records,
            member => {
                envelope.insert(member.to_owned(), records);
                Value::Object(envelope)
            }
        })
    }

    /// The records for the variables of the address.
    fn records(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let mut values = Vec::with_capacity(call.path.len());
        for (name, value) in self.names().zip(&call.path) {
            values.push(match self.variables.get(name) {
                None => value.clone(),
                Some(Names::Project) => project(call, value)?,
            });
        }
        let is = |wanted: &str, value: &str| wanted == "*" || wanted.split('|').any(|it| it == value);
        let fits = |key: &str| {
            let key: Vec<&str> = key.split('/').collect();
            key.len() == values.len() && key.iter().zip(&values).all(|(wanted, value)| is(wanted, value))
        };
        let fitting = self.records_of.iter().filter(|(key, _)| fits(key));
        let closest = fitting.min_by_key(|(key, _)| key.matches('*').count()).map(|(_, records)| records);
        let found = if self.records_of.is_empty() { Some(&self.records) } else { closest };
        found.filter(|it| !it.is_null()).cloned().ok_or_else(|| {
            let message = self.missing.as_deref().unwrap_or("No resource was found with these values.");
            Refusal::new(404, &[message])
        })
    }

    /// Leaves of each record the members that it has here.
    fn choose_members(&self, records: &mut Value) {
        let choose = |record: &mut Value| {
            if let Some(members) = record.as_object_mut() {
                members.retain(|name, _| self.members.contains(name));
            }
        };
        match records {
            _ if self.members.is_empty() => {}
            Value::Array(rows) => rows.iter_mut().for_each(choose),
            record => choose(record),
        }
    }

    /// The names of the path's variables.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(name)
    }

    /// Puts what they stand for into the places of a text.
    fn fill(&self, value: &mut Value, call: &Call<'_>) {
        match value {
            Value::String(text) if text.contains('{') => *text = self.filled(text, call),
            Value::Array(values) => values.iter_mut().for_each(|it| self.fill(it, call)),
            Value::Object(members) => members.values_mut().for_each(|it| self.fill(it, call)),
            _ => {}
        }
    }

    fn filled(&self, text: &str, call: &Call<'_>) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(place, end)| Some((self.place(place, call)?, end)));
            if let Some((value, end)) = known {
                filled.push_str(&value);
                rest = end;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled + rest
    }

    fn place(&self, place: &str, call: &Call<'_>) -> Option<String> {
        if place == "base" {
            return Some(call.renderer.base.to_owned());
        }
        if let Some((_, value)) = self.names().zip(&call.path).find(|(name, _)| *name == place) {
            return Some(value.clone());
        }
        let (kind, wanted) = place.split_once(':')?;
        let user = || call.site.users.get(wanted.parse::<usize>().ok()?);
        match kind {
            "accountId" if call.renderer.is_data_center() => user().map(|it| it.name.clone()),
            "groupId" if call.renderer.is_data_center() => Some(wanted.to_owned()),
            "accountId" => user().map(|it| it.account_id.to_string()),
            "displayName" => user().map(|it| it.display_name.clone()),
            "groupId" => call.site.groups.iter().find(|it| it.name == wanted).map(|it| it.id.clone()),
            _ => None,
        }
    }

    /// Takes the members away that nobody asked for.
    fn shorten(&self, rows: &mut [Value], call: &Call<'_>) {
        let asked = call.query_list("expand");
        for (_, member) in self.expand.iter().filter(|(word, _)| !asked.contains(word)) {
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                row.remove(member);
            }
        }
    }

    /// Leaves the page that was asked for, and gives what stands beside it.
    fn cut(&self, paging: &Paging, rows: &mut Vec<Value>, call: &Call<'_>) -> Result<Value, Refusal> {
        let page = page::Paging::named(call, paging.kind.parameters(), paging.default, paging.most)?;
        let envelope = match paging.kind {
            Kind::Page => {
                let hides_total = call.assumptions.agile_total == AgileTotal::Absent
                    && self.path.starts_with("/rest/agile/");
                let mut states = paging.states.clone();
                states.retain(|it| *it != Stated::Total || !hides_total);
                let address = self.filled(&format!("{{base}}{}", self.path), call);
                page.envelope(call, &address, &states, rows.len()).into()
            }
            Kind::Offset => page.offset_envelope(rows.len()),
            Kind::Cursor => page.cursor_envelope(call, rows.len()),
        };
        *rows = page.slice(&rows.iter().collect::<Vec<_>>()).into_iter().cloned().collect();
        Ok(envelope)
    }
}

impl Kind {
    /// The names of the place and of the number of rows.
    fn parameters(self) -> [&'static str; 2] {
        match self {
            Self::Page => page::PLACES,
            Self::Cursor => ["cursor", "maxResults"],
            Self::Offset => ["offset", "limit"],
        }
    }
}

/// The name of a segment that is a variable.
fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The id of a project that the caller sees.
fn project(call: &Call<'_>, wanted: &str) -> Result<String, Refusal> {
    let known = call.site.visible_projects(call.caller);
    let mut ids = known.filter(|it| it.key.eq_ignore_ascii_case(wanted) || it.id.to_string() == wanted);
    let found = ids.next().map(|it| it.id.to_string());
    found.ok_or_else(|| Refusal::new(404, &[&format!("No project could be found with key '{wanted}'.")]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_document_can_be_served() {
        let mut paths = BTreeSet::new();
        let mut mistakes = vec![];
        for (file, text) in FILES {
            match read(text) {
                Err(e) => mistakes.push(format!("{file}: {e}")),
                Ok(documents) => {
                    for it in documents {
                        let other = !paths.insert(it.path.clone());
                        let found = mistake(&it).or(other.then_some("another document has this path"));
                        mistakes.extend(found.map(|found| format!("{file}, {}: {found}", it.path)));
                    }
                }
            }
        }
        assert!(mistakes.is_empty(), "{mistakes:#?}");
    }

    fn mistake(document: &Document) -> Option<&'static str> {
        let all: Vec<&Value> = match document.records_of.is_empty() {
            true => vec![&document.records],
            false => document.records_of.values().filter(|it| !it.is_null()).collect(),
        };
        let are_rows = |it: &Value| match &document.rows {
            rows if rows.ends_with("[]") => it.is_array(),
            rows => it.is_object() && (rows.is_empty() || rows.ends_with("{}")),
        };
        let names: Vec<&str> = document.names().collect();
        let has = |member: &str| {
            let pointer = format!("/{}", member.replace('.', "/"));
            all.iter().filter_map(|it| it.as_array()).flatten().any(|row| row.pointer(&pointer).is_some())
        };
        let names_variables = |key: &String| key.split('/').count() == names.len();
        let paging = document.paging.as_ref();
        let of_pages = |name: &String| paging.is_some_and(|it| it.kind.parameters().contains(&&**name));
        let root = |it: &&str| document.path.starts_with(it);
        if !["/rest/api/3/", "/rest/api/2/", "/rest/agile/1.0/"].iter().any(root) {
            Some("the path is below none of `/rest/api/3/`, `/rest/api/2/` and `/rest/agile/1.0/`")
        } else if document.refusal.is_some() {
            None
        } else if document.records.is_null() == document.records_of.is_empty() {
            Some("it needs either `records` or `records_of`")
        } else if !all.iter().all(|it| are_rows(it)) {
            Some("the records are not what `rows` says")
        } else if paging.is_some() && !document.rows.ends_with("[]") {
            Some("only lists page")
        } else if !document.records_of.keys().all(names_variables)
            || document.variables.keys().any(|it| !names.contains(&&**it))
        {
            Some("the variables are not those of the path")
        } else if !document
            .filters
            .values()
            .chain(document.expand.values())
            .chain(document.limits.values().map(Limit::member))
            .all(|it| has(it))
        {
            Some("a filter, a limit or a word of `expand` is for a member that no record has")
        } else if document.known.keys().any(|it| !document.takes(it)) {
            Some("`known` is for a parameter that it does not take")
        } else if document.query.iter().any(of_pages) {
            Some("`query` repeats a parameter of the pages")
        } else {
            None
        }
    }
}
