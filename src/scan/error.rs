//! What can go wrong in a scan, with the table that it was for.

use thiserror::Error;

use super::paging::PagingError;
use crate::decode::{DecodeError, LayoutError};
use crate::http::HttpError;
use crate::schema::{Deployment, SchemaError};

/// A scan that can't give its rows. It never ends early instead.
#[derive(Debug, Error)]
pub enum ScanError {
    /// A request failed for good.
    #[error("table `{table}`: {source}")]
    Http {
        /// The table.
        table: String,
        /// What happened.
        source: HttpError,
    },
    /// A site that can't be told what it is.
    #[error("connection `{name}`: {source}")]
    Deployment {
        /// The connection's name.
        name: String,
        /// What happened.
        source: HttpError,
    },
    /// A table that the site does not have, being what it is.
    #[error(
        "table `{table}` does not exist on {deployment}: no call is known there that gives its rows; column Deployments of \
         `sys_tables` says where each table exists"
    )]
    Elsewhere {
        /// The table.
        table: String,
        /// What the site is.
        deployment: Deployment,
    },
    /// A column that is looked up in a table which the site does not have.
    #[error(
        "table `{table}`: column `{column}` can't be read on {deployment}: it is looked up in `{other}`, which does not \
         exist there; leave it out"
    )]
    LookupElsewhere {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The table that has its values.
        other: String,
        /// What the site is.
        deployment: Deployment,
    },
    /// The list of the site's own fields can't be had, without which the table would lack columns.
    #[error("table `{table}`: the site's custom fields can't be listed: {source}")]
    Catalogue {
        /// The table.
        table: String,
        /// What happened.
        source: HttpError,
    },
    /// An answer that is not what the table file says.
    #[error("table `{table}`, {address}: {source}")]
    Decode {
        /// The table.
        table: String,
        /// Method and address.
        address: String,
        /// What was wrong.
        source: DecodeError,
    },
    /// Pages that do not end as documented.
    #[error("table `{table}`, {address}: {source}")]
    Paging {
        /// The table.
        table: String,
        /// Method and address.
        address: String,
        /// What was wrong.
        source: PagingError,
    },
    /// A record whose list was cut short, without the key by which the rest could be asked for.
    #[error(
        "table `{table}`, {address}: a record has more rows than came with it, and no key to ask for the rest"
    )]
    NoKey {
        /// The table.
        table: String,
        /// Method and address.
        address: String,
    },
    /// A table that is read by key alone, and no key came.
    #[error("table `{table}` needs {needed} in the WHERE clause, or a join that gives it")]
    Needs {
        /// The table.
        table: String,
        /// What a query must compare.
        needed: String,
    },
    /// A record that exists and that the service would not give, however often it was asked.
    #[error(
        "table `{table}`, {address}: the service does not give the record `{key}`: {said}; run it again later"
    )]
    Refused {
        /// The table.
        table: String,
        /// Method and address.
        address: String,
        /// The record's key.
        key: String,
        /// The service's reason.
        said: String,
    },
    /// A spec whose columns its path can't give.
    #[error("table `{table}`: {source}")]
    Layout {
        /// The table.
        table: String,
        /// What does not fit.
        source: LayoutError,
    },
    /// A table file with a mistake.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// No table file of this name.
    #[error("no table `{name}` in the table files; `jirrow tables` lists them")]
    Table {
        /// Schema and name.
        name: String,
    },
    /// No such path in the table's file.
    #[error("table `{table}` has no access path `{path}`; the scan was planned with another table file")]
    Path {
        /// The table.
        table: String,
        /// The path.
        path: String,
    },
    /// No such column in the table's file.
    #[error("table `{table}` has no column `{column}`; the scan was planned with another table file")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// No such connection.
    #[error("no connection `{name}` here; known: {known}")]
    Connection {
        /// The name that was asked for.
        name: String,
        /// Those that are known.
        known: String,
    },
    /// A connection that can't be opened.
    #[error("connection `{name}`: {source}")]
    Open {
        /// Its name.
        name: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Arrow refused a batch.
    #[error("table `{table}`: {source}")]
    Arrow {
        /// The table.
        table: String,
        /// What it said.
        source: datafusion::arrow::error::ArrowError,
    },
}

impl ScanError {
    /// The same, where it was for this table that somebody asked what the site is.
    #[must_use]
    pub fn of_table(self, table: &str) -> Self {
        match self {
            Self::Deployment { source, .. } => Self::Http { table: table.to_owned(), source },
            other => other,
        }
    }
}

impl From<ScanError> for datafusion::error::DataFusionError {
    fn from(error: ScanError) -> Self {
        Self::External(Box::new(error))
    }
}
