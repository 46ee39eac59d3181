//! Tables whose rows lie in one custom field, such as the sprints of an issue. Its id differs from site to site; the table
//! file knows its type, and writes `{field}` where the id goes.

use serde_json::Value;

use super::CatalogueField;
use crate::schema::model::Table;

/// Where a table file's paths have the field's id.
pub(in crate::schema) const PLACE: &str = "{field}";

/// The custom field that a table's rows lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsIn {
    /// The address that lists the site's fields.
    pub address: String,
    /// The field's type, as its maker calls it.
    pub kind: String,
}

impl RowsIn {
    /// The field of this type; of several the one with the lowest number. A site may have none.
    pub fn find<'f>(&self, fields: &'f [CatalogueField]) -> Option<&'f CatalogueField> {
        let is_it =
            |f: &&CatalogueField| f.schema.as_ref().and_then(|s| s.custom.as_ref()) == Some(&self.kind);
        fields.iter().filter(is_it).min_by_key(|f| (f.number().is_none(), f.number(), &f.id))
    }
}

impl Table {
    /// The table, with the id of its custom field in its paths; without one, a table that has no paths and no rows.
    pub fn with_rows_in(&self, field: Option<&CatalogueField>) -> Self {
        let mut table = self.clone();
        let Some(field) = field else {
            table.paths.clear();
            return table;
        };
        for path in &mut table.paths {
            for member in path.rows.arrays.iter_mut().flatten() {
                *member = member.replace(PLACE, &field.id);
            }
            for (_, value) in &mut path.body {
                put(value, &field.id);
            }
            for (_, value) in &mut path.query {
                *value = value.replace(PLACE, &field.id);
            }
        }
        table
    }
}

fn put(value: &mut Value, id: &str) {
    match value {
        Value::String(text) => *text = text.replace(PLACE, id),
        Value::Array(values) => values.iter_mut().for_each(|v| put(v, id)),
        Value::Object(members) => members.values_mut().for_each(|v| put(v, id)),
        _ => {}
    }
}
