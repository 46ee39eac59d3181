//! What a table *is*: the table file's language, its checks, and Arrow types. A table is data: everything that the
//! planner, the decoder and the catalog know about a Jira endpoint stands in one TOML file in `schemas/`, and this
//! room turns it into a checked [`Table`]. It knows no HTTP, no DataFusion and no connection.

mod check;
pub mod custom_fields;
mod deployment;
mod facts;
mod file;
mod jql;
mod library;
mod model;
mod parameters;
mod paths;
mod places;
#[cfg(test)]
mod tests;

pub use check::SchemaError;
pub use custom_fields::{CatalogueField, CustomFieldNames, CustomFields};
pub use deployment::Deployment;
pub use file::json_schema;
pub use jql::{JqlField, Operand, SpeaksOf};
pub use library::{Library, Listed};
pub use model::{
    ALIASES, AccessPath, COMMENT, CURATED, Column, ColumnType, Companion, Complete, CountRequest,
    Destination, FIELD_ERRORS, HIDDEN, KeySource, Keyed, Larger, Lookup, Members, Method, NoRows, OnlyListed,
    OuterColumn, Paging, Path, Reference, RowsPath, Search, Source, StructField, Table, TableName,
};
pub use parameters::{Bound, InstantForm, Parameter, Several, Takes};
pub use places::{OwnFrom, OwnPlace};

/// The nearest of `known` to `name`, if it is near enough to be a slip of the fingers.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&name, &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= 1 + k.len().max(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}
