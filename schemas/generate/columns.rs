//! The columns of a row, out of its schema: scalars typed, objects `struct`, arrays `list<…>`, free-form objects `json`.

use std::fmt::Write;

use serde_json::Value;

use super::document::Document;
use super::operation::Rows;

/// Objects inside objects that are told member by member; what lies deeper is JSON text.
const DEPTH: usize = 2;

/// A column, or the member of a struct.
pub(super) struct Column {
    pub(super) name: String,
    /// The type, as the table file writes it.
    pub(super) data_type: String,
    /// Where the value is, from the record; `[]` after a list.
    pub(super) from: String,
    /// The members of a struct, as the table file writes them.
    pub(super) fields: Option<String>,
    /// The only values, where the document lists them.
    pub(super) about: String,
    /// The word by which a request must ask for it.
    pub(super) ask: Option<String>,
}

impl Column {
    pub(super) fn new(name: &str, data_type: &str, from: &str) -> Self {
        let (name, data_type, from) = (name.to_owned(), data_type.to_owned(), from.to_owned());
        Self { name, data_type, from, fields: None, about: String::new(), ask: None }
    }
}

/// The columns of a row; the row's members that only the document's example shows, too.
pub(super) fn of_rows(document: &Document, rows: &Rows<'_>) -> Vec<Column> {
    let properties = document.properties(rows.schema);
    let mut columns: Vec<Column> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| column(document, name, schema, DEPTH, &mut vec![]))
        .collect();
    for (name, value) in rows.example.as_ref().and_then(Value::as_object).into_iter().flatten() {
        if properties.is_none_or(|p| !p.contains_key(name)) {
            let (data_type, list) = of_value(value);
            let from = format!("{name}{list}");
            columns.push(Column::new(name, &data_type, &from));
        }
    }
    columns
}

/// The type of a plain row: an element that is no object.
pub(super) fn plain(document: &Document, schema: &Value) -> String {
    typed(document, schema, 0, &mut vec![]).0
}

/// A type and its `[]`, out of an example.
fn of_value(value: &Value) -> (String, &'static str) {
    let text = |text: &String| {
        let instant = text.len() >= 19 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
        if instant { "timestamp" } else { "text" }
    };
    match value {
        Value::Bool(_) => ("boolean".to_owned(), ""),
        Value::Number(n) if n.is_f64() => ("float64".to_owned(), ""),
        Value::Number(_) => ("int64".to_owned(), ""),
        Value::String(t) => (text(t).to_owned(), ""),
        Value::Array(items) if items.first().is_some_and(Value::is_string) => ("list<text>".to_owned(), "[]"),
        _ => ("json".to_owned(), ""),
    }
}

fn column<'d>(
    document: &'d Document,
    name: &str,
    schema: &'d Value,
    depth: usize,
    above: &mut Vec<&'d Value>,
) -> Column {
    let (data_type, list, fields) = typed(document, schema, depth, above);
    let schema = document.resolved(schema);
    let values = schema["enum"].as_array().filter(|_| data_type == "text");
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    let about = if values.is_empty() { String::new() } else { format!("One of {}", values.join(", ")) };
    Column { name: name.to_owned(), data_type, from: format!("{name}{list}"), fields, about, ask: None }
}

/// The type of a value, the `[]` of a list, and the members of a struct.
fn typed<'d>(
    document: &'d Document,
    schema: &'d Value,
    depth: usize,
    above: &mut Vec<&'d Value>,
) -> (String, &'static str, Option<String>) {
    let schema = document.resolved(schema);
    let scalar = |name: &str| (name.to_owned(), "", None);
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => scalar("timestamp"),
        (Some("string"), Some("date")) => scalar("date"),
        (Some("string"), _) => scalar("text"),
        (Some("integer"), _) => scalar("int64"),
        (Some("number"), _) => scalar("float64"),
        (Some("boolean"), _) => scalar("boolean"),
        (Some("array"), _) => match typed(document, &schema["items"], depth, above) {
            // A list of lists has no word; neither has a list of what is anything.
            (item, "", fields) if item != "json" => (format!("list<{item}>"), "[]", fields),
            _ => scalar("json"),
        },
        _ => {
            // A record that holds itself ends here.
            let is_above = above.iter().any(|known| std::ptr::eq(*known, schema));
            let properties = document.properties(schema).filter(|_| depth > 0 && !is_above);
            let Some(properties) = properties else { return scalar("json") };
            above.push(schema);
            let mut fields = String::new();
            for (name, schema) in properties {
                let member = column(document, name, schema, depth - 1, above);
                let comma = if fields.is_empty() { "" } else { ", " };
                let _ = write!(fields, "{comma}{}", member.line(false));
            }
            above.pop();
            ("struct".to_owned(), "", Some(fields))
        }
    }
}

impl Column {
    /// `name = { type = "text", from = "name" }`.
    pub(super) fn line(&self, with_about: bool) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let name = match self.name.chars().all(plain) {
            true => self.name.clone(),
            false => format!("{:?}", self.name),
        };
        let has_about = with_about && !self.about.is_empty();
        let list = if self.data_type.starts_with("list<") { "[]" } else { "" };
        if self.fields.is_none()
            && !has_about
            && self.ask.is_none()
            && self.from == format!("{}{list}", self.name)
        {
            return format!("{name} = {:?}", self.data_type);
        }
        // Several places stand as they are.
        let from = match self.from.starts_with('[') && self.from.contains('"') {
            true => self.from.clone(),
            false => format!("{:?}", self.from),
        };
        let mut line = format!("{name} = {{ type = {:?}, from = {from}", self.data_type);
        if let Some(fields) = &self.fields {
            let _ = write!(line, ", fields = {{ {fields} }}");
        }
        if let Some(word) = &self.ask {
            let _ = write!(line, ", ask = {word:?}");
        }
        if has_about {
            let _ = write!(line, ", about = {:?}", self.about);
        }
        line + " }"
    }
}
