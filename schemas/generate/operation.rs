//! One reading operation: its name, its parameters, where its rows lie and how it pages.

use serde_json::Value;

use super::document::Document;
use super::exceptions;

/// A GET of the document.
pub(super) struct Operation<'d> {
    pub(super) document: &'d Document,
    pub(super) path: &'d str,
    pub(super) facts: &'d Value,
}

/// Where rows lie, and what one of them is.
pub(super) struct Rows<'d> {
    /// As the table file writes it.
    pub(super) place: String,
    /// The schema of a row.
    pub(super) schema: &'d Value,
    /// A row of the document's example.
    pub(super) example: Option<Value>,
}

/// How an endpoint goes on after a page.
pub(super) struct Pages {
    pub(super) kind: &'static str,
    pub(super) size: u64,
}

impl<'d> Operation<'d> {
    pub(super) fn id(&self) -> &'d str {
        self.facts["operationId"].as_str().unwrap_or_default()
    }

    /// The operation's id without `get`, as Azure Data Factory's connector names its tables.
    pub(super) fn table_name(&self) -> String {
        let id = self.id();
        let name = id.strip_prefix("get").filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(id);
        let mut letters = name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    fn parameters(&self, place: &str) -> impl Iterator<Item = &'d Value> {
        let all = self.facts["parameters"].as_array().into_iter().flatten();
        let place = place.to_owned();
        all.filter(move |p| p["in"] == place.as_str())
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&'d Value> {
        self.parameters("query").find(|p| p["name"] == name)
    }

    /// The word of the parameter `expand` that brings this column, if it comes on request only.
    pub(super) fn ask(&self, column: &str) -> Option<String> {
        let text = self.parameter("expand")?["description"].as_str()?;
        if let Some(word) = exceptions::ask(self.path, column) {
            return Some(word.to_owned()).filter(|word| !word.is_empty());
        }
        text.contains(&format!("`{column}`")).then(|| column.to_owned())
    }

    /// The variables of the path, in order.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'d str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Query parameters without which it gives no rows.
    pub(super) fn inputs(&self) -> Vec<&'d Value> {
        let also = exceptions::inputs(self.path);
        self.parameters("query")
            .filter(|p| p["required"] == true || also.iter().any(|name| p["name"] == *name))
            .collect()
    }

    fn answer(&self) -> Option<&'d Value> {
        self.facts["responses"]["200"]["content"].get("application/json")
    }

    /// Where its rows lie; nothing where it answers no JSON, or one record that a path variable names.
    pub(super) fn rows(&self) -> Option<Rows<'d>> {
        let answer = self.answer()?;
        let whole = self.document.resolved(&answer["schema"]);
        let example = answer["example"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let example = example.or_else(|| answer.get("example").filter(|e| !e.is_string()).cloned());
        let place = match exceptions::rows(self.path) {
            Some(place) => place.to_owned(),
            None => self.place(whole)?,
        };
        let (mut schema, mut example) = (whole, example);
        for step in place.split_inclusive(['.', ']', '}']) {
            let (name, kind) = match (step.strip_suffix("[]"), step.strip_suffix("{}")) {
                (Some(name), _) => (name, "items"),
                (_, Some(name)) => (name, "additionalProperties"),
                _ => (step.trim_end_matches('.'), ""),
            };
            if !name.is_empty() {
                schema = self.document.resolved(&schema["properties"][name]);
                example = example.and_then(|mut e| e.get_mut(name).map(Value::take));
            }
            if !kind.is_empty() {
                schema = self.document.resolved(&schema[kind]);
                example = example.and_then(|mut e| match e.as_object_mut() {
                    Some(members) => members.values_mut().next().map(Value::take),
                    None => e.get_mut(0).map(Value::take),
                });
            }
        }
        if let Some(known) = exceptions::row(self.path) {
            schema = self.document.at(known);
        }
        Some(Rows { place, schema, example: example.filter(|e| !e.is_null()) })
    }

    fn place(&self, whole: &Value) -> Option<String> {
        if whole["type"] == "array" {
            return Some("[]".to_owned());
        }
        let properties = self.document.properties(whole)?;
        let lists: Vec<&String> = properties
            .iter()
            .filter(|(_, schema)| self.document.resolved(schema)["type"] == "array")
            .map(|(name, _)| name)
            .collect();
        match lists.as_slice() {
            [list] if self.is_envelope(whole) || properties.len() <= 3 => Some(format!("{list}[]")),
            several if several.iter().any(|l| *l == "values") => Some("values[]".to_owned()),
            // The issues of boards and sprints have names and schemas beside them.
            several if several.iter().any(|l| *l == "issues") => Some("issues[]".to_owned()),
            _ => self.variables().next().is_none().then(String::new),
        }
    }

    /// Does the answer tell where its page stands?
    fn is_envelope(&self, whole: &Value) -> bool {
        let properties = self.document.properties(whole);
        let has = |name: &&str| properties.is_some_and(|p| p.contains_key(*name));
        ["startAt", "isLast", "last", "lastPage", "total", "nextPageToken", "limit"].iter().any(has)
    }

    /// How it pages; nothing where everything comes at once.
    pub(super) fn pages(&self, rows: &Rows<'_>) -> Option<Pages> {
        let given = |name: &str| self.parameter(name).is_some();
        let answer = self.answer().map(|a| self.document.resolved(&a["schema"]));
        let says = |name: &str| {
            answer.and_then(|a| self.document.properties(a)).is_some_and(|p| p.contains_key(name))
        };
        let size = |parameter: &str, unstated: u64| {
            let schema = self.parameter(parameter).map(|p| &p["schema"]);
            let stated = schema.and_then(|s| s["maximum"].as_u64().or_else(|| s["default"].as_u64()));
            exceptions::page_size(self.path).or(stated).filter(|n| *n > 0).unwrap_or(unstated)
        };
        let (kind, size) = if rows.place == "[]" && given("startAt") && given("maxResults") {
            ("bare_array", size("maxResults", 50))
        } else if given("nextPageToken") && says("nextPageToken") {
            ("token", size("maxResults", 50))
        } else if given("cursor") && says("nextPageCursor") {
            ("cursor", size("maxResults", 50))
        } else if given("since") && says("lastPage") {
            ("since_until", 1000)
        } else if given("offset") && given("limit") {
            ("offset_limit", size("limit", 1000))
        } else if given("startAt") && given("maxResults") {
            ("page", size("maxResults", 50))
        } else if given("maxResults") && says("total") && rows.place.ends_with("[]") {
            ("capped", size("maxResults", 50))
        } else {
            return None;
        };
        Some(Pages { kind, size })
    }
}
