//! The scan as plain data. A [`ScanSpec`] names its connection and never holds a secret, a client or a closure: any
//! process that has the connection can run it.

use serde::{Deserialize, Serialize};

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
