//! The scan as plain data. A [`ScanSpec`] names its connection and never holds a secret, a client or a closure: any
//! process that has the connection can run it.

use serde::{Deserialize, Serialize};

use super::error::ScanError;
use crate::schema::{AccessPath, Table};

/// One access path with what is pushed into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSpec {
    /// The connection's name.
    pub connection: String,
    /// The table's schema, `public` or `rest`.
    pub schema: String,
    /// The table's name.
    pub table: String,
    /// The access path's name.
    pub path: String,
    /// The columns to give, in order; none means that only the number of rows matters.
    pub columns: Vec<String>,
    /// JQL terms that the service applies, joined by AND. The engine applies the same filters again.
    pub jql: Vec<String>,
    /// The keys that the path needs, if it needs any.
    pub keys: Option<Keys>,
    /// Stop after so many rows.
    pub limit: Option<usize>,
}

impl ScanSpec {
    /// The access path, in the spec's table.
    pub(super) fn path_in<'a>(&self, table: &'a Table) -> Result<&'a AccessPath, ScanError> {
        let unknown = || ScanError::Path { table: self.table.clone(), path: self.path.clone() };
        table.path(&self.path).ok_or_else(unknown)
    }

    /// The indexes of the columns, in the spec's table.
    pub(super) fn columns_in(&self, table: &Table) -> Result<Vec<usize>, ScanError> {
        let unknown = |name: &String| ScanError::Column { table: self.table.clone(), column: name.clone() };
        self.columns.iter().map(|name| table.arrow.index_of(name).map_err(|_| unknown(name))).collect()
    }
}

/// Where the keys of a path come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keys {
    /// From the query.
    Given {
        /// The column that they are values of.
        column: String,
        /// The values, each once.
        values: Vec<String>,
    },
    /// From the only column of another scan, as values of `column`.
    From {
        /// The column that they are values of.
        column: String,
        /// The scan that lists them.
        scan: Box<ScanSpec>,
    },
}
