//! `jirrow schema`: the JSON Schemas of the files that people write.

use super::arguments::{Schema, SchemaName};
use super::{Failure, print};

pub(super) fn run(command: &Schema) -> Result<(), Failure> {
    let schema = match command.name {
        SchemaName::Table => crate::schema::json_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::failed)?;
    print(&format!("{text}\n"))
}
