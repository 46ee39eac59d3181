//! What a scan runs in: the table files, the connected sites, and the report. A [`ScanSpec`] is resolved against it.

use std::sync::Arc;

use super::cache::MetadataCache;
use super::custom_fields::CustomTables;
use super::error::ScanError;
use super::report::Report;
use super::site::Site;
use super::sites::Sites;
use super::spec::ScanSpec;
use crate::schema::{Deployment, Library, Table};

/// Table files, connections by name, and where scans report.
#[derive(Debug)]
pub struct Environment {
    /// The table files.
    pub library: Arc<Library>,
    /// The connections, by name.
    pub sites: Sites,
    /// Where scans report.
    pub report: Arc<Report>,
    /// Tables with the custom fields of their site, as far as they were asked for.
    pub custom: CustomTables,
    /// Where what sites say about themselves is kept between runs, if anywhere.
    pub cache: Option<MetadataCache>,
}

impl Environment {
    /// The site of this connection, opened if it is not yet.
    ///
    /// # Errors
    /// When there is no such connection here, or it can't be opened.
    pub fn site(&self, connection: &str) -> Result<Arc<Site>, ScanError> {
        self.sites.open(connection)
    }

    /// The kind of system behind this connection, which is not opened for it.
    ///
    /// # Errors
    /// When there is no such connection here.
    pub fn service(&self, connection: &str) -> Result<&'static str, ScanError> {
        match self.sites.service(connection) {
            Some(service) => Ok(service.name()),
            // Says which connections there are.
            None => Ok(self.site(connection)?.connection().service.name()),
        }
    }

    /// What the connection's site is. Asks the site where neither its address nor what was kept from an earlier run
    /// tells, once a session, by the request that every session begins with.
    ///
    /// # Errors
    /// When the site can't be asked, or is no Jira.
    pub async fn deployment(&self, connection: &str) -> Result<Deployment, ScanError> {
        let site = self.site(connection)?;
        let asked = site.deployment(self.cache.as_ref(), &self.report).await;
        asked.map_err(|source| ScanError::Deployment { name: connection.to_owned(), source })
    }

    /// The table of this name as this deployment has it: with the columns of custom fields if
    /// [`Self::with_custom_fields`] has added them, as planning does before there is a spec.
    ///
    /// # Errors
    /// When its file is missing or has a mistake.
    pub fn table(
        &self,
        connection: &str,
        deployment: Deployment,
        schema: &str,
        name: &str,
    ) -> Result<Arc<Table>, ScanError> {
        let service = self.service(connection)?;
        let table = self
            .library
            .table(service, schema, name)?
            .ok_or_else(|| ScanError::Table { name: format!("{schema}.{name}") })?;
        Ok(self.custom.whole(connection, &table.name).unwrap_or_else(|| table.on(deployment)))
    }

    /// The table of a spec.
    ///
    /// # Errors
    /// As [`Self::table`].
    pub fn table_of(&self, spec: &ScanSpec) -> Result<Arc<Table>, ScanError> {
        self.table(&spec.connection, spec.deployment, &spec.schema, &spec.table)
    }
}
