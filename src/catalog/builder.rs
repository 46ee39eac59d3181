//! Puts a session together: connections, table files, and what statements may do.

use std::sync::Arc;

use thiserror::Error;

use super::access::Access;
use super::context::context;
use super::options::Options;
use super::session::Session;
use crate::connection::{Connection, TimeZone};
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
}

/// Puts a session together.
#[derive(Default)]
pub struct SessionBuilder {
    connections: Vec<Deferred>,
    library: Option<Library>,
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
    /// When two connections have one name.
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
        let context = context(&env, default.as_deref(), self.access, &options);
        Ok(Session::new(context, env, default, self.access, options))
    }
}
