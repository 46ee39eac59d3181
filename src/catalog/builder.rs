//! Puts a session together: connections, table files, and what statements may do.

use std::sync::Arc;

use thiserror::Error;

use super::access::Access;
use super::context::context;
use super::options::Options;
use super::queries::Queries;
use super::session::Session;
use super::site_catalog::SCHEMAS;
use super::views::Views;
use crate::connection::{Connection, Service, TimeZone};
use crate::http::Observer;
use crate::scan::{CustomTables, Deferred, Environment, MetadataCache, Report, Sites};
use crate::schema::Library;

/// Why there is no session.
#[derive(Debug, Error)]
pub enum SessionError {
    /// Two connections of one name, in whatever case: one of them would be read in place of the other.
    #[error(
        "two connections are called `{name}`, as those without a name and the sandbox's are called `jira`, \
         and case makes no difference; name one of them otherwise: `--connect 'NAME=URL=…'`, `[profiles.NAME]`"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A view of the user's that has a table's name: one of them would be read in place of the other.
    #[error("the view `{name}` ({file}) has the name of a table; name its file otherwise")]
    ViewIsTable {
        /// The name.
        name: String,
        /// The view's file.
        file: String,
    },
}

/// Puts a session together.
#[derive(Default)]
pub struct SessionBuilder {
    connections: Vec<Deferred>,
    library: Option<Library>,
    queries: Option<Queries>,
    observer: Option<Observer>,
    cache: Option<MetadataCache>,
    access: Access,
    time_zone: Option<TimeZone>,
}

impl SessionBuilder {
    /// Adds a connection; the first is the one that unqualified table names mean.
    pub fn connection(self, connection: Connection) -> Self {
        self.deferred(connection.into())
    }

    /// As [`Self::connection`], for one that is made on first use.
    pub fn deferred(mut self, connection: Deferred) -> Self {
        self.connections.push(connection);
        self
    }

    /// Uses these table files instead of the built-in ones.
    pub fn library(mut self, library: Library) -> Self {
        self.library = Some(library);
        self
    }

    /// Uses these views and analyses instead of the built-in ones.
    pub fn queries(mut self, queries: Queries) -> Self {
        self.queries = Some(queries);
        self
    }

    /// Is told of every request.
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Keeps what sites say about themselves (their custom fields) between sessions; otherwise each session asks anew.
    pub fn metadata_cache(mut self, cache: MetadataCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// How far statements may reach; [`Access::Read`] unless it is said.
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The time zone in which times without one are read and days begin, whatever the connections say (`TimeZone=`).
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = Some(zone);
        self
    }

    /// The session. Opens no connection and sends nothing.
    ///
    /// # Errors
    /// When two connections have one name, or a view has a table's.
    pub fn build(self) -> Result<Session, SessionError> {
        let default = self.connections.first().map(|c| c.name.clone());
        let mut sites = Sites::new(self.observer);
        for connection in self.connections {
            sites.add(connection).map_err(|Deferred { name, .. }| SessionError::Duplicate { name })?;
        }
        let env = Arc::new(Environment {
            library: Arc::new(self.library.unwrap_or_else(Library::built_in)),
            sites,
            report: Arc::new(Report::default()),
            custom: CustomTables::default(),
            cache: self.cache,
        });
        let zone = self.time_zone.or_else(|| env.sites.time_zone(default.as_deref()?));
        let options = Options::new(zone.unwrap_or_default());
        let queries = Arc::new(self.queries.unwrap_or_else(Queries::built_in));
        check_names(&queries, &env.library)?;
        let views = Arc::new(Views::new(queries, self.access));
        let context = context(&env, &views, default.as_deref(), self.access, &options);
        Ok(Session::new(context, env, views, default, options))
    }
}

/// A table's file hides a built-in view, but not one that the user wrote.
fn check_names(queries: &Queries, library: &Library) -> Result<(), SessionError> {
    let tables = library.names(Service::Jira.name(), SCHEMAS[0]);
    let is_table = |name: &str| tables.iter().any(|table| table.name.to_lowercase() == name.to_lowercase());
    match queries.views().find(|view| view.is_own() && is_table(&view.name)) {
        Some(view) => Err(SessionError::ViewIsTable { name: view.name.clone(), file: view.file.clone() }),
        None => Ok(()),
    }
}
