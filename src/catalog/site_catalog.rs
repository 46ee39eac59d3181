//! One connection as a DataFusion catalog: its schemas are those of the table files, and a file is parsed when its
//! table is first named.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::TableType;

use super::sys::{self, SystemTable};
use super::table::RestTable;
use crate::scan::{Environment, ScanError};

/// The schemas of a connection, the one that unqualified names mean first.
pub(super) const SCHEMAS: [&str; 1] = ["public"];

/// One connection.
#[derive(Debug)]
pub(super) struct SiteCatalog {
    schemas: Vec<(&'static str, Arc<SiteSchema>)>,
}

impl SiteCatalog {
    /// The catalog of this connection and service.
    pub(super) fn new(env: &Arc<Environment>, connection: &str, service: &'static str) -> Self {
        let schema =
            |name| SiteSchema { env: Arc::clone(env), connection: connection.to_owned(), service, name };
        Self { schemas: SCHEMAS.iter().map(|name| (*name, Arc::new(schema(name)))).collect() }
    }
}

impl CatalogProvider for SiteCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let (_, schema) = self.schemas.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Arc::clone(schema) as _)
    }
}

/// One schema of a connection.
#[derive(Debug)]
struct SiteSchema {
    env: Arc<Environment>,
    connection: String,
    service: &'static str,
    name: &'static str,
}

#[async_trait]
impl SchemaProvider for SiteSchema {
    fn table_names(&self) -> Vec<String> {
        let files = self.env.library.names(self.service, self.name).into_iter().map(|n| n.name.clone());
        match self.system() {
            true => files.chain(sys::names().map(str::to_owned)).collect(),
            false => files.collect(),
        }
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        // First, because looking for a name that no file has parses them all.
        if let Some(system) = sys::find(name).filter(|_| self.system()) {
            return Ok(Some(Arc::new(SystemTable::new(system, &self.env, &self.connection))));
        }
        let Some(table) = self.env.library.table(self.service, self.name, name).map_err(ScanError::from)?
        else {
            return Ok(None);
        };
        let table = self.env.with_custom_fields(&self.connection, table).await?;
        Ok(Some(Arc::new(RestTable::new(&self.env, &self.connection, table))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::Base))
    }

    /// Parses a file only for a name that is no file's own: it may be an alias.
    fn table_exist(&self, name: &str) -> bool {
        let same = |known: &str| known.to_lowercase() == name.to_lowercase();
        (self.system() && sys::find(name).is_some())
            || self.env.library.names(self.service, self.name).iter().any(|n| same(&n.name))
            || self.env.library.table(self.service, self.name, name).is_ok_and(|t| t.is_some())
    }
}

impl SiteSchema {
    /// Is it the schema with the system tables: the one that unqualified names mean?
    fn system(&self) -> bool {
        self.name == SCHEMAS[0]
    }
}
