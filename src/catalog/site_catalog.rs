//! One connection as a DataFusion catalog: its schemas are those of the table files, and a file is parsed when its
//! table is first named. Beside the site's tables, a schema holds the views of `queries/`, and the views and tables that
//! the session defined.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::TableType;

use super::files;
use super::queries::{Queries, Query};
use super::statement::Reader;
use super::sys::{self, SystemTable};
use super::table::RestTable;
use super::views::Views;
use crate::scan::{Environment, ScanError};
use crate::schema::{CURATED, Table};

/// The schemas of a connection, in the order in which unqualified names are looked up: the curated tables, then the
/// service's endpoints one to one.
pub(super) const SCHEMAS: [&str; 2] = [CURATED, "rest"];

/// One connection.
#[derive(Debug)]
pub(super) struct SiteCatalog {
    schemas: Vec<(&'static str, Arc<SiteSchema>)>,
}

impl SiteCatalog {
    /// The catalog of this connection and service.
    pub(super) fn new(
        env: &Arc<Environment>,
        views: &Arc<Views>,
        connection: &str,
        service: &'static str,
    ) -> Self {
        let schema = |name| SiteSchema {
            env: Arc::clone(env),
            views: Arc::clone(views),
            connection: connection.to_owned(),
            service,
            name,
            defined: RwLock::default(),
        };
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

/// The name of the connection's own table or view that this name means, if it means one.
pub(super) fn fixed(
    env: &Environment,
    queries: &Queries,
    service: &str,
    schema: &str,
    name: &str,
) -> Result<Option<String>> {
    if schema == SCHEMAS[0] && sys::find(name).is_some() {
        return Ok(Some(name.to_lowercase()));
    }
    if let Some(view) = view(env, queries, service, schema, name) {
        return Ok(Some(view.name.clone()));
    }
    let table = env.library.table(service, schema, name).map_err(ScanError::from)?;
    Ok(table.map(|table| table.name.name.clone()))
}

/// The table of a file that a name in this schema means: an unqualified name is one of the first schema, and goes on to
/// the others.
fn of_file(env: &Environment, service: &str, schema: &str, name: &str) -> Result<Option<Arc<Table>>> {
    let others: &[&str] = if schema == SCHEMAS[0] { &SCHEMAS[1..] } else { &[] };
    for schema in std::iter::once(&schema).chain(others) {
        if let Some(table) = env.library.table(service, schema, name).map_err(ScanError::from)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// The view of this name: a table file of the name goes first.
pub(super) fn view(
    env: &Environment,
    queries: &Queries,
    service: &str,
    schema: &str,
    name: &str,
) -> Option<Arc<Query>> {
    let same = |known: &str| known.to_lowercase() == name.to_lowercase();
    let query = queries.view(name).filter(|_| schema == SCHEMAS[0] && !service.is_empty())?;
    (!env.library.names(service, schema).iter().any(|n| same(&n.name))).then(|| Arc::clone(query))
}

/// Why a connection's own table stays.
pub(super) fn taken(table: &str, connection: &str) -> String {
    format!(
        "`{table}` is a table of the connection `{connection}`, which no statement may replace or drop; choose another name"
    )
}

/// What the session defined, by its name in lower case.
type Defined = BTreeMap<String, (String, Arc<dyn TableProvider>)>;

/// One schema of a connection.
#[derive(Debug)]
pub(super) struct SiteSchema {
    env: Arc<Environment>,
    views: Arc<Views>,
    connection: String,
    service: &'static str,
    name: &'static str,
    defined: RwLock<Defined>,
}

impl SiteSchema {
    fn defined(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        let defined = self.defined.read().unwrap_or_else(PoisonError::into_inner);
        defined.get(&name.to_lowercase()).map(|(_, table)| Arc::clone(table))
    }

    fn change<T>(&self, name: &str, change: impl FnOnce(&mut Defined, String) -> T) -> Result<T> {
        if let Some(own) = fixed(&self.env, &self.views.queries, self.service, self.name, name)? {
            return plan_err!("{}", taken(&own, &self.connection));
        }
        let mut defined = self.defined.write().unwrap_or_else(PoisonError::into_inner);
        Ok(change(&mut defined, name.to_lowercase()))
    }
}

#[async_trait]
impl SchemaProvider for SiteSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.env.library.names(self.service, self.name).into_iter().map(|n| n.name.clone()).collect();
        if self.system() {
            names.extend(sys::names().map(str::to_owned));
        }
        let views: Vec<String> = self.view_names().collect();
        names.extend(views);
        let defined = self.defined.read().unwrap_or_else(PoisonError::into_inner);
        names.extend(defined.values().map(|(name, _)| name.clone()));
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.known(name)? {
            Some(Known::File(table)) => {
                let table = self.env.with_custom_fields(&self.connection, table).await?;
                Ok(Some(Arc::new(RestTable::new(&self.env, &self.connection, table))))
            }
            Some(Known::Own(table)) => Ok(Some(table)),
            Some(Known::View(query)) => self.open_view(&query, Reader::default()).await.map(Some),
            None => Ok(None),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        match self.defined(name) {
            Some(table) => Ok(Some(table.table_type())),
            None if self.view(name).is_some() => Ok(Some(TableType::View)),
            None => Ok(self.table_exist(name).then_some(TableType::Base)),
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let before = self.change(&name, |defined, key| defined.insert(key, (name.clone(), table)))?;
        Ok(before.map(|(_, table)| table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.change(name, |defined, key| defined.remove(&key))?.map(|(_, table)| table))
    }

    /// Parses no built-in file.
    fn table_exist(&self, name: &str) -> bool {
        let same = |known: &str| known.to_lowercase() == name.to_lowercase();
        self.defined(name).is_some()
            || (self.system() && sys::find(name).is_some())
            || self.view(name).is_some()
            || SCHEMAS.iter().filter(|schema| self.name == SCHEMAS[0] || **schema == self.name).any(
                |schema| {
                    let listed = self.env.library.listed(self.service, schema).unwrap_or_default();
                    listed.iter().any(|t| same(&t.name.name) || t.aliases.iter().any(|a| same(a)))
                },
            )
    }
}

/// A table as far as it is known without asking the site.
enum Known {
    /// One that a table file describes, without the custom fields of the site.
    File(Arc<Table>),
    /// A system table, or one that the session defined.
    Own(Arc<dyn TableProvider>),
    /// A view of `queries/`.
    View(Arc<Query>),
}

impl SiteSchema {
    /// The connection's name.
    pub(super) fn connection(&self) -> &str {
        &self.connection
    }

    /// The name of the table whose rows a function gives.
    pub(super) fn of_function(&self, function: &str) -> Result<String> {
        let table = self.env.library.function(self.service, self.name, function).map_err(ScanError::from)?;
        let Some(table) = table else {
            return plan_err!("`{}.{}` has no function `{function}`", self.connection, self.name);
        };
        Ok(table.name)
    }

    /// The view of this name, if it is the schema that has views. Parses nothing.
    pub(super) fn view(&self, name: &str) -> Option<Arc<Query>> {
        view(&self.env, &self.views.queries, self.service, self.name, name)
    }

    fn view_names(&self) -> impl Iterator<Item = String> {
        self.views.queries.views().filter(|it| self.view(&it.name).is_some()).map(|it| it.name.clone())
    }

    /// A view as a table.
    pub(super) async fn open_view(
        &self,
        query: &Arc<Query>,
        reader: Reader,
    ) -> Result<Arc<dyn TableProvider>> {
        self.views.open(&self.env, &self.connection, query, reader).await
    }

    /// Says what a listing had to leave out.
    pub(super) fn warn(&self, error: &datafusion::error::DataFusionError) {
        self.env.report.warn(error.find_root().to_string(), 1);
    }

    /// Is the connection in use?
    pub(super) fn is_open(&self) -> bool {
        self.env.sites.opened().iter().any(|site| site.connection().name == self.connection)
    }

    /// The table as its file has it, for a listing: asks the site for no fields of its own.
    pub(super) fn listed(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.known(name)?.and_then(|known| match known {
            Known::File(table) => Some(Arc::new(RestTable::new(&self.env, &self.connection, table)) as _),
            Known::Own(table) => Some(table),
            Known::View(_) => None,
        }))
    }

    fn known(&self, name: &str) -> Result<Option<Known>> {
        // First, because looking for a name that no file has parses them all.
        if let Some(system) = sys::find(name).filter(|_| self.system()) {
            return Ok(Some(Known::Own(Arc::new(SystemTable::new(system, &self.env, &self.connection)))));
        }
        if let Some(table) = self.defined(name) {
            return Ok(Some(Known::Own(table)));
        }
        if let Some(query) = self.view(name) {
            return Ok(Some(Known::View(query)));
        }
        // What looks like a path is no table's name nor alias.
        if files::is_path(name) {
            return Ok(None);
        }
        Ok(of_file(&self.env, self.service, self.name, name)?.map(Known::File))
    }

    /// Is it the schema with the system tables: the one that unqualified names mean?
    fn system(&self) -> bool {
        self.name == SCHEMAS[0]
    }
}
