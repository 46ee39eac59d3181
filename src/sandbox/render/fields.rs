//! The fields: which of them a request asks for, and how the catalogue describes them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Renderer;
use crate::sandbox::model::{Field, Navigable, Site};

/// The fields that a request asks for.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Selection {
    /// Places in the catalogue.
    places: Vec<usize>,
    /// Neither fields nor anything else than `id` and `key`.
    pub(in crate::sandbox) identity: Option<Identity>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    With,
    Without,
}

/// A selection of `id` and `key` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Identity {
    Id,
    Key,
}

impl Selection {
    /// Reads `fields`; `default` stands for an absent list.
    pub(in crate::sandbox) fn new(requested: &[String], default: &str, catalogue: &[Field]) -> Self {
        let positive: Vec<&str> = requested.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        let mut names: Vec<&str> = positive.clone();
        if names.iter().all(|name| name.starts_with('-')) {
            names.insert(0, if names.is_empty() { default } else { "*all" });
        }
        let identity = names.iter().all(|name| ["id", "key", "issuekey"].contains(name)).then(|| {
            if names.contains(&"key") || names.contains(&"issuekey") { Identity::Key } else { Identity::Id }
        });
        // The last word on a field counts.
        let mut last: HashMap<&str, (usize, Wish)> = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            match name.strip_prefix('-') {
                Some(excluded) => last.insert(excluded, (place, Wish::Without)),
                None => last.insert(name, (place, Wish::With)),
            };
        }
        let place = |name: &str| last.get(name).copied();
        let (all, navigable) = (place("*all"), place("*navigable"));
        let places = catalogue
            .iter()
            .enumerate()
            .filter(|(_, field)| field.id != "issuekey")
            .filter(|(_, field)| {
                [place(&field.id), all, navigable.filter(|_| field.navigable == Navigable::Yes)]
                    .into_iter()
                    .flatten()
                    .max_by_key(|(place, _)| *place)
                    .is_some_and(|(_, wish)| wish == Wish::With)
            })
            .map(|(place, _)| place)
            .collect();
        Self { places, identity }
    }

    /// The selected fields in the order of the catalogue.
    pub(in crate::sandbox) fn fields<'a>(&self, site: &'a Site) -> impl Iterator<Item = &'a Field> {
        self.places.iter().filter_map(|place| site.fields.get(*place))
    }
}

impl Renderer<'_> {
    /// One entry of the field catalogue.
    pub(in crate::sandbox) fn catalogue_entry(&self, field: &Field) -> Value {
        if self.is_data_center() {
            return Self::short_catalogue_entry(field);
        }
        let mut value = json!({
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "untranslatedName": field.name,
            "custom": field.custom_id.is_some(),
            "orderable": field.custom_id.is_some(),
            "navigable": field.navigable == Navigable::Yes,
            "searchable": !field.clause_names.is_empty(),
            "clauseNames": field.clause_names,
        });
        if let Some(schema) = schema(field) {
            value["schema"] = schema;
        }
        if let Some(project) = field.project_id {
            value["scope"] = json!({"type": "PROJECT", "project": {"id": project.to_string()}});
        }
        value
    }

    /// The same on Data Center, where no project has fields of its own.
    fn short_catalogue_entry(field: &Field) -> Value {
        let mut value = json!({
            "id": field.id,
            "name": field.name,
            "custom": field.custom_id.is_some(),
            "orderable": field.custom_id.is_some(),
            "navigable": field.navigable == Navigable::Yes,
            "searchable": !field.clause_names.is_empty(),
            "clauseNames": field.clause_names,
        });
        if let Some(mut schema) = schema(field) {
            if schema["custom"] == "com.pyxis.greenhopper.jira:gh-sprint" {
                schema["items"] = json!("string");
            }
            value["schema"] = schema;
        }
        value
    }

    /// The `names` and `schema` members that `expand` brings.
    pub(in crate::sandbox) fn names_and_schema(&self, selection: &Selection) -> (Value, Value) {
        let chosen = || selection.fields(self.site);
        let names: Map<String, Value> = chosen().map(|field| (field.id.clone(), json!(field.name))).collect();
        let schemas: Map<String, Value> =
            chosen().filter_map(|field| Some((field.id.clone(), schema(field)?))).collect();
        (Value::Object(names), Value::Object(schemas))
    }
}

fn schema(field: &Field) -> Option<Value> {
    let mut schema = json!({"type": field.kind?});
    if let Some(items) = field.items {
        schema["items"] = json!(items);
    }
    match (field.custom_id, field.custom_type) {
        (Some(number), Some(kind)) => {
            let kind = if kind.contains(':') {
                kind.to_owned()
            } else {
                format!("com.atlassian.jira.plugin.system.customfieldtypes:{kind}")
            };
            schema["custom"] = json!(kind);
            schema["customId"] = json!(number);
        }
        _ => schema["system"] = json!(field.id),
    }
    Some(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_adds_and_takes_away() {
        let site = Site { fields: crate::sandbox::catalogue::fields(), ..Site::default() };
        let fields = &site.fields;
        let strings = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let ids = |selection: &Selection| selection.fields(&site).map(|it| it.id.clone()).collect::<Vec<_>>();
        let some = Selection::new(&strings(&["summary", "nonsense", "created"]), "id", fields);
        assert_eq!(ids(&some), ["created", "summary"]);
        assert_eq!(some.identity, None);
        let most = Selection::new(&strings(&["*all", "-comment"]), "id", fields);
        assert_eq!(ids(&most).len(), fields.len() - 2);
        let back = Selection::new(&strings(&["-comment", "comment", "-summary"]), "id", fields);
        assert_eq!(ids(&back), ["comment"]);
        assert_eq!(Selection::new(&[], "id", fields).identity, Some(Identity::Id));
        assert_eq!(Selection::new(&strings(&["key", "id"]), "id", fields).identity, Some(Identity::Key));
        let navigable = Selection::new(&[], "*navigable", fields);
        assert!(!ids(&navigable).contains(&"worklog".to_owned()));
        assert!(ids(&navigable).contains(&"customfield_10016".to_owned()));
    }
}
