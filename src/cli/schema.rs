//! `jirrow schema`: the JSON Schemas of the files that people write.

use super::arguments::{Schema, SchemaName};
use super::{Failure, print};
use crate::connection::profiles_json_schema;

pub(super) fn run(command: &Schema) -> Result<(), Failure> {
    let schema = match command.name {
        SchemaName::Table => serde_json::to_string_pretty(&crate::schema::json_schema()),
        SchemaName::Config => serde_json::to_string_pretty(&profiles_json_schema()),
    };
    let text = schema.map_err(Failure::failed)?;
    print(&format!("{text}\n"))
}
