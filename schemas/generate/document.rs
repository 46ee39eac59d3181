//! An OpenAPI document, as far as tables need it.

use serde_json::{Map, Value};

use super::Operation;

/// A document, parsed.
pub(super) struct Document(Value);

impl Document {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The reading operations of Jira's own interfaces, in the order of their paths.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let reading = paths.filter_map(|(path, methods)| Some((path, methods.get("get")?)));
        let own = reading
            .filter(|(path, _)| path.starts_with("/rest/api/3/") || path.starts_with("/rest/agile/1.0/"));
        own.map(|(path, facts)| Operation { document: self, path, facts }).collect()
    }

    /// The schema behind references and behind an `allOf` of one.
    pub(super) fn resolved<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        loop {
            if let Some(reference) = schema["$ref"].as_str() {
                let pointer = reference.trim_start_matches('#');
                schema = self.at(pointer);
            } else if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
                schema = only;
            } else {
                return schema;
            }
        }
    }

    /// What this JSON pointer points at.
    pub(super) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The properties of an object; nothing where the document leaves it open, or has sentences for their names.
    pub(super) fn properties<'a>(&'a self, schema: &'a Value) -> Option<&'a Map<String, Value>> {
        let properties = self.resolved(schema)["properties"].as_object()?;
        let are_names = properties.keys().all(|name| !name.contains([' ', '.', '[']));
        Some(properties).filter(|_| are_names && !properties.is_empty())
    }
}
