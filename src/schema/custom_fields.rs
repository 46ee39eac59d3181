//! Columns out of a site's own fields: the catalogue that the service gives in, typed and named columns out. Pure and
//! without an order of its own: the same catalogue makes the same columns however the service lists it.

mod kind;
mod name;
#[cfg(test)]
mod tests;
mod within;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::deployment::Deployment;
use super::jql::JqlField;
use super::model::{Column, FIELD_ERRORS, Path, Source, Table};
use kind::Part;
pub(super) use within::PLACE;
pub use within::RowsIn;

/// How a table carries the site's custom fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomFields {
    /// The address that lists the fields.
    pub address: String,
    /// The members that lead from a row's record to the one whose members are the fields, by id.
    pub from: Path,
    /// Whose site it is: people are known by other names.
    pub deployment: Deployment,
    /// Indexes of the access paths that give them: those that give all that is in the record.
    pub paths: Vec<usize>,
}

/// What the columns of custom fields are called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CustomFieldNames {
    /// By the field's name: `StoryPoints`. Each answers to its id too.
    #[default]
    Name,
    /// By the field's id: `customfield_10016`. Each answers to its name too, where that is free.
    Id,
}

/// One entry of the field catalogue (`GET /rest/api/3/field`), as far as columns need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CatalogueField {
    /// The id, such as `customfield_10016`.
    pub id: String,
    /// The name that people see; several fields may have one name.
    #[serde(default)]
    pub name: String,
    /// Did somebody add it to the site? Fields of Jira's own have their columns in the table file.
    #[serde(default)]
    pub custom: bool,
    /// What its values are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<FieldSchema>,
    /// Where it is known, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<FieldScope>,
}

/// What the values of a field are.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldSchema {
    /// The kind: `number`, `array`, `user`, …
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Of an array, the kind of its elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The field's own type, as its maker calls it: `com.pyxis.greenhopper.jira:gh-sprint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<String>,
}

/// Where a field is known: team-managed projects bring fields of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldScope {
    /// The only project that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<FieldProject>,
}

/// A project that has a field of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldProject {
    /// Its id.
    #[serde(default)]
    pub id: String,
}

impl CatalogueField {
    /// Gives every text of the entry, whoever wrote it, to be looked through.
    pub fn each_text(&mut self, mut look: impl FnMut(&mut String)) {
        look(&mut self.id);
        look(&mut self.name);
        if let Some(schema) = &mut self.schema {
            let FieldSchema { kind, items, custom } = schema;
            [Some(kind), items.as_mut(), custom.as_mut()].into_iter().flatten().for_each(&mut look);
        }
        if let Some(project) = self.scope.as_mut().and_then(|s| s.project.as_mut()) {
            look(&mut project.id);
        }
    }

    /// The number by which fields of one name are told apart.
    fn number(&self) -> Option<u64> {
        self.id.strip_prefix("customfield_").and_then(|digits| digits.parse().ok())
    }

    /// What is appended to a name that another field has: the number, or else the id without its signs.
    fn suffix(&self) -> String {
        self.number().map_or_else(|| name::words(&self.id), |number| number.to_string())
    }
}

/// A column that a field makes, before it has a name.
struct Draft<'f> {
    field: &'f CatalogueField,
    part: Part,
    /// The name that it has if nobody else does.
    wanted: String,
    /// The name by its id.
    by_id: String,
}

impl Draft<'_> {
    fn column(self, name: String, aliases: Vec<String>, from: &[String]) -> Column {
        let mut path = from.to_vec();
        path.push(self.field.id.clone());
        path.extend(self.part.member.map(str::to_owned));
        let jql = self.part.jql.zip(self.field.number());
        let jql = jql.map(|(by, number)| JqlField::plain(format!("cf[{number}]"), by, &self.part.data_type));
        Column {
            name,
            aliases,
            about: about(self.field, &self.part),
            data_type: self.part.data_type,
            source: Source::Record(path),
            ask: Some(self.field.id.clone()),
            hidden: self.part.hidden,
            jql,
            references: None,
        }
    }
}

/// The columns of a catalogue's custom fields, by number.
///
/// `system` are the table file's own columns: their names and aliases always win. Of several fields that want one name,
/// the lowest number keeps it and the others append theirs: `StoryPoints_10026`. Every column answers to its id, those
/// that stand beside a field's first one to the id with their own ending (`customfield_10035DisplayName`).
///
/// `before` are the columns that this function gave for an earlier reading of the same site. They stay as they are, so
/// that what was planned with them goes on; a field that was renamed meanwhile answers to its new name too, where that
/// is free.
pub fn columns(
    system: &[Column],
    before: &[Column],
    catalogue: &[CatalogueField],
    (from, deployment): (&[String], Deployment),
    names: CustomFieldNames,
) -> Vec<Column> {
    let mut fields: Vec<&CatalogueField> = catalogue.iter().filter(|f| f.custom).collect();
    fields.sort_unstable_by_key(|f| (f.number().is_none(), f.number(), *f));
    fields.dedup_by(|a, b| a.id == b.id);
    let mut taken = name::Taken::default();
    taken.insert(FIELD_ERRORS);
    for name in system.iter().chain(before).flat_map(|c| std::iter::once(&c.name).chain(&c.aliases)) {
        taken.insert(name);
    }
    let mut columns = before.to_vec();
    let mut places = HashMap::new();
    for (place, column) in before.iter().enumerate() {
        places
            .extend(std::iter::once(&column.name).chain(&column.aliases).map(|n| (n.to_lowercase(), place)));
    }
    let (old, new): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .flat_map(|field| drafts(field, deployment))
        .partition(|draft| before.iter().any(|c| c.ask.as_ref() == Some(&draft.field.id)));

    // Ids first: a field that is called like another one's id does not take it.
    let ids: Vec<Option<String>> =
        new.iter().map(|d| taken.insert(&d.by_id).then(|| d.by_id.clone())).collect();
    // Then the names that are kept, and only then those with a number, which give way to all others.
    let kept: Vec<bool> = new.iter().map(|d| taken.insert(&d.wanted)).collect();
    for ((draft, id), kept) in new.into_iter().zip(ids).zip(kept) {
        let name = match kept {
            true => draft.wanted.clone(),
            false => taken.insert_with(&draft.wanted, &draft.field.suffix()),
        };
        let (name, other) = match (names, id) {
            (CustomFieldNames::Id, Some(id)) => (id, Some(name)),
            (_, id) => (name, id),
        };
        columns.push(draft.column(name, other.into_iter().collect(), from));
    }
    for draft in old {
        if let Some(place) = places.get(&draft.by_id.to_lowercase())
            && taken.insert(&draft.wanted)
        {
            columns[*place].aliases.push(draft.wanted);
        }
    }
    columns
}

fn drafts(field: &CatalogueField, deployment: Deployment) -> Vec<Draft<'_>> {
    let words = name::words(&field.name);
    let base = match words.chars().next() {
        None => format!("Field{}", field.suffix()),
        Some(first) if first.is_numeric() => format!("_{words}"),
        Some(_) => words,
    };
    let draft = |part: Part| Draft {
        field,
        wanted: format!("{base}{}", part.ending),
        by_id: format!("{}{}", field.id, part.ending),
        part,
    };
    kind::parts(field.schema.as_ref(), deployment).into_iter().map(draft).collect()
}

/// What people read about the column. The name comes from the site, so its control characters are shown escaped.
fn about(field: &CatalogueField, part: &Part) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    let name: String = field.name.chars().flat_map(|c| shown(c).chars().collect::<Vec<_>>()).collect();
    let mut about = format!("Custom field \"{name}\", {}", field.id);
    if let Some(project) = field.scope.as_ref().and_then(|s| s.project.as_ref()) {
        about.push_str("; only in project ");
        about.extend(project.id.escape_default());
    }
    if !part.about.is_empty() {
        about.push_str("; ");
        about.push_str(part.about);
    }
    about
}

impl Table {
    /// This table with more columns after its own: values of the record, given by the paths that carry custom fields.
    pub fn with_custom_columns(&self, columns: impl IntoIterator<Item = Column>) -> Self {
        let mut table = self.clone();
        let own = table.columns.len();
        table.columns.extend(columns);
        let more = own..table.columns.len();
        for path in self.custom_fields.iter().flat_map(|c| &c.paths) {
            table.paths[*path].provides.extend(more.clone());
        }
        table.arrow = Self::arrow_schema(&table.columns, &table.key);
        table
    }
}
