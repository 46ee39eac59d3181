//! `SHOW COLUMNS FROM worklogs`: DataFusion looks for a table of exactly that name in `information_schema`, in every
//! connection, so the statement is given the table's full name as it is spelled there.

use std::any::Any;

use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Ident, ObjectName};

use super::table::RestTable;

/// Spells the table of SHOW COLUMNS out. A table that is not there is left to the planner, whose error says so.
pub(super) async fn spell_out(state: &SessionState, statement: &mut Statement) -> Result<()> {
    let Statement::Statement(inner) = &*statement else { return Ok(()) };
    let ast::Statement::ShowColumns { show_options, .. } = &**inner else { return Ok(()) };
    let Some(written) = show_options.show_in.as_ref().and_then(|it| it.parent_name.clone()) else {
        return Ok(());
    };
    let Some(reference) = state.resolve_table_references(statement)?.into_iter().find(|r| {
        written.0.last().is_some_and(|last| last.as_ident().is_some_and(|i| same(&i.value, r.table())))
    }) else {
        return Ok(());
    };
    let Ok(schema) = state.schema_for_ref(reference.clone()) else { return Ok(()) };
    let names = schema.table_names().into_iter().find(|name| same(name, reference.table()));
    let (schema, own) = match names {
        Some(name) => (None, name),
        // By one of its other names.
        None => match schema.table(reference.table()).await?.as_deref() {
            Some(table) => match (table as &dyn Any).downcast_ref::<RestTable>() {
                Some(table) => (Some(table.name().schema.clone()), table.name().name.clone()),
                None => return Ok(()),
            },
            None => return Ok(()),
        },
    };
    let catalog = &state.config_options().catalog;
    let full = reference.resolve(&catalog.default_catalog, &catalog.default_schema);
    let catalogs = state.catalog_list().catalog_names();
    let catalog =
        catalogs.iter().find(|name| same(name, &full.catalog)).map_or(&*full.catalog, String::as_str);
    let name =
        [catalog, schema.as_deref().unwrap_or(&full.schema), &own].map(|part| Ident::with_quote('"', part));
    if let Statement::Statement(inner) = statement
        && let ast::Statement::ShowColumns { show_options, .. } = &mut **inner
        && let Some(show_in) = &mut show_options.show_in
    {
        show_in.parent_name = Some(ObjectName::from(name.to_vec()));
    }
    Ok(())
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
