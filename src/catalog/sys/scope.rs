//! What a scan of a system table may look at: one connection's schemas, and the tables in them that the query is about.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::Result;

use super::System;
use crate::catalog::queries::Query;
use crate::catalog::site_catalog::SiteSchema;
use crate::connection::Connection;
use crate::scan::{Environment, ScanError};
use crate::schema::Table;

/// One connection, as far as a query asks about it.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) env: Arc<Environment>,
    pub(super) connection: String,
    pub(super) catalogs: Arc<dyn CatalogProviderList>,
    /// The names of the tables that can be in the answer; all where that is not said.
    pub(super) only: Option<BTreeSet<String>>,
}

/// A table in a schema.
pub(super) struct Entry {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) what: What,
}

/// What kind of table it is.
pub(super) enum What {
    /// One that a table file describes, without the custom fields of the site.
    File(Arc<Table>),
    /// A system table.
    System(&'static System),
    /// A view of `queries/`.
    View(Arc<Query>),
    /// One that the session made: a view, or a local table.
    Made(Arc<dyn TableProvider>),
}

impl Scope {
    /// The connection.
    pub(super) fn site(&self) -> Result<Connection> {
        Ok(self.env.site(&self.connection)?.connection().clone())
    }

    /// The schemas of the connection, in order.
    pub(super) fn schemas(&self) -> Vec<String> {
        self.catalogs.catalog(&self.connection).map(|c| c.schema_names()).unwrap_or_default()
    }

    /// The tables that the query is about, sorted by schema and name. Makes no request.
    pub(super) async fn tables(&self) -> Result<Vec<Entry>> {
        let service = self.env.service(&self.connection)?;
        let mut entries = vec![];
        let Some(catalog) = self.catalogs.catalog(&self.connection) else { return Ok(entries) };
        for schema_name in catalog.schema_names() {
            let Some(schema) = catalog.schema(&schema_name) else { continue };
            let files = self.env.library.names(service, &schema_name);
            let mut names = schema.table_names();
            names.retain(|name| self.only.as_ref().is_none_or(|only| only.contains(name)));
            names.sort_unstable();
            for name in names {
                let what = if let Some(system) = super::find(&name) {
                    What::System(system)
                } else if let Some(view) = view(&*schema, &name) {
                    What::View(view)
                } else if files.iter().any(|file| file.name == name) {
                    match self.env.library.table(service, &schema_name, &name).map_err(ScanError::from)? {
                        Some(table) => What::File(table),
                        None => continue,
                    }
                } else {
                    match schema.table(&name).await? {
                        Some(table) => What::Made(table),
                        None => continue,
                    }
                };
                entries.push(Entry { schema: schema_name.clone(), name, what });
            }
        }
        Ok(entries)
    }

    /// The columns of a view, in a listing that leaves out those that can't be told and says why.
    pub(super) async fn columns_of(&self, entry: &Entry) -> Result<Option<SchemaRef>> {
        let schema = self.catalogs.catalog(&self.connection).and_then(|it| it.schema(&entry.schema));
        let Some(schema) = schema else { return Ok(None) };
        match schema.table(&entry.name).await {
            Ok(table) => Ok(table.map(|table| table.schema())),
            Err(e) if self.only.is_none() => {
                self.env.report.warn(e.find_root().to_string(), 1);
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// The table with all columns that it has on this site: asks for its custom fields where it has some.
    pub(super) async fn whole(&self, table: &Arc<Table>) -> Result<Arc<Table>> {
        Ok(self.env.with_custom_fields(&self.connection, Arc::clone(table)).await?)
    }

    /// The one key column of another table, if the table is there and has just one.
    pub(super) fn key_of(&self, table: &Table, other: &str) -> Option<String> {
        let name = &table.name;
        let other = self.env.library.table(&name.service, &name.schema, other).ok()??;
        match other.key[..] {
            [key] => Some(other.columns[key].name.clone()),
            _ => None,
        }
    }
}

fn view(schema: &dyn SchemaProvider, name: &str) -> Option<Arc<Query>> {
    let schema: &dyn Any = schema;
    schema.downcast_ref::<SiteSchema>()?.view(name)
}
