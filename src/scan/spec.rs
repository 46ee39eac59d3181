//! The scan as plain data. A [`ScanSpec`] names its connection and never holds a secret, a client or a closure: any
//! process that has the connection can run it.

use serde::{Deserialize, Serialize};

use super::error::ScanError;
use super::listed::checked_column;
use crate::schema::{AccessPath, Deployment, FIELD_ERRORS, Paging, Table};

/// One access path with what is pushed into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSpec {
    /// The connection's name.
    pub connection: String,
    /// What its site is: tables and addresses differ.
    pub deployment: Deployment,
    /// The table's schema, `public` or `rest`.
    pub schema: String,
    /// The table's name.
    pub table: String,
    /// The access path's name.
    pub path: String,
    /// The columns to give, in order; none means that only the number of rows matters.
    pub columns: Vec<String>,
    /// The condition in JQL that says which of the table's rows there are at all: no other part of the engine knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// JQL terms that the service applies, joined by AND. The engine applies the same filters again.
    pub jql: Vec<String>,
    /// Query parameters that leave out rows which can't matter: names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, String)>,
    /// The keys that the path needs, if it needs any.
    pub keys: Option<Keys>,
    /// Stop after so many rows.
    pub limit: Option<usize>,
    /// The order of the rows, by JQL, where the first of them are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// What a request says of the rows that it wants.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    /// What there is at all, in JQL.
    pub(super) within: Option<String>,
    pub(super) jql: Vec<String>,
    /// The order of JQL.
    pub(super) order: String,
    pub(super) parameters: Vec<(String, String)>,
}

/// An order of rows in which the service gives them, but for those of one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// A column that JQL sorts by.
    pub column: String,
    /// The greatest first?
    pub descending: bool,
    /// How many rows are wanted, where nothing else is asked of them.
    pub rows: Option<usize>,
}

impl ScanSpec {
    /// The access path, in the spec's table.
    pub(super) fn path_in<'a>(&self, table: &'a Table) -> Result<&'a AccessPath, ScanError> {
        let unknown = || ScanError::Path { table: self.table.clone(), path: self.path.clone() };
        table.path(&self.path).ok_or_else(unknown)
    }

    /// The columns that are decoded: those of the spec; for `FieldErrors` all that the path gives; and the key where
    /// rows may repeat.
    pub(super) fn columns_read(&self, table: &Table) -> Result<Vec<usize>, ScanError> {
        let path = self.path_in(table)?;
        let mut columns = self.columns_in(table)?;
        let mut also = |more: &[usize]| {
            for column in more {
                if !columns.contains(column) {
                    columns.push(*column);
                }
            }
        };
        if self.columns.iter().any(|c| c == FIELD_ERRORS) {
            also(&path.provides);
        }
        if self.may_repeat(table)? {
            also(&table.key);
        }
        also(checked_column(path).as_slice());
        Ok(columns)
    }

    /// How many rows to ask for in a page: no more than the limit. A bare array is stepped through by what was asked, so
    /// it keeps its size; what is capped must show all that there is.
    pub(super) fn page_size(&self, path: &AccessPath) -> usize {
        // Some rows more show that the ones before them are the first.
        let first = self.order.as_ref().and_then(|order| order.rows).map(|rows| rows + rows / 2 + 10);
        match self.limit.or(first) {
            Some(limit) if !matches!(path.paging, Paging::BareArray | Paging::Capped) => {
                path.page_size.min(limit.max(1))
            }
            _ => path.page_size,
        }
    }

    /// Can the pages of this scan name a row twice? Not where everything comes at once, nor where each of a set of
    /// keys is asked for once. A list that is cut short may be read anew page by page, and from its start where it
    /// shrinks.
    pub(super) fn may_repeat(&self, table: &Table) -> Result<bool, ScanError> {
        let path = self.path_in(table)?;
        let pages = |path: &AccessPath| !matches!(path.paging, Paging::Single | Paging::Capped);
        let keys_repeat = matches!(&self.keys, Some(Keys::Given { values, .. }) if values.len() > 1);
        // A key may be listed again whose row was on the first page.
        let begins_elsewhere = matches!(&self.keys, Some(Keys::From { first: Some(_), .. }));
        // A row that does not say which parent it came from may have several.
        let parents_share = path.needs.as_ref().is_some_and(|n| n.columns.is_empty());
        Ok(keys_repeat
            || begins_elsewhere
            || parents_share
            || pages(path)
            || path.complete.as_ref().is_some_and(|c| pages(&table.paths[c.otherwise])))
    }

    /// What its requests say besides columns, keys and pages.
    pub(super) fn conditions(&self, table: &Table, path: &AccessPath) -> Conditions {
        let (within, jql, parameters) = (self.within.clone(), self.jql.clone(), self.parameters.clone());
        Conditions { within, jql, order: self.jql_order(table, path), parameters }
    }

    /// The order that JQL is given: its own, or that of the path.
    fn jql_order(&self, table: &Table, path: &AccessPath) -> String {
        let own = self.order.as_ref().and_then(|order| {
            let field = &table.columns[table.column(&order.column)?].jql.as_ref()?.field;
            let direction = if order.descending { "DESC" } else { "ASC" };
            Some(format!("{field} {direction}, key {direction}"))
        });
        let of_path = || path.search.as_ref().map(|search| search.order.clone()).unwrap_or_default();
        own.unwrap_or_else(of_path)
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
        /// The values of the columns that go along, in the order of the path: each key is asked for with each of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<Vec<String>>,
    },
    /// From another scan: its first column has values of `column`, the others those of the columns that go along.
    From {
        /// The column that they are values of.
        column: String,
        /// The scan that lists them.
        scan: Box<ScanSpec>,
        /// By column of that scan: the only values that the query asks for; none where it asks for all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<Vec<String>>,
        /// A scan of the same rows, page by page, whose first page may have them all. If it has not, keys are listed and
        /// the rest is asked for by them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<Box<ScanSpec>>,
    },
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;
    use crate::schema::Library;

    fn repeats(table: &str, path: &str, keys: Option<Keys>) -> bool {
        let table = Library::built_in().table("jira", "public", table).unwrap().unwrap();
        let spec = ScanSpec {
            connection: "jira".to_owned(),
            deployment: Deployment::Cloud,
            schema: "public".to_owned(),
            table: table.name.name.clone(),
            path: path.to_owned(),
            columns: vec![],
            within: None,
            jql: vec![],
            parameters: vec![],
            keys,
            limit: None,
            order: None,
        };
        spec.may_repeat(&table).unwrap()
    }

    fn given(values: &[&str]) -> Keys {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        Keys::Given { column: "IssueId".to_owned(), values, with: vec![] }
    }

    #[test]
    fn a_list_that_is_completed_page_by_page_may_repeat_its_keys() {
        for table in ["Comments", "Worklogs"] {
            assert!(repeats(table, "embedded", Some(given(&["1"]))), "{table}");
            assert!(repeats(table, "of one issue", Some(given(&["1"]))), "{table}");
        }
    }

    #[test]
    fn what_comes_whole_for_each_key_does_not_repeat() {
        assert!(!repeats("Worklogs", "list", Some(given(&["1"]))));
        assert!(!repeats("Fields", "list", None));
        assert!(!repeats("Issues", "bulkfetch", Some(given(&["1"]))));
        assert!(repeats("Issues", "bulkfetch", Some(given(&["1", "2"]))));
    }

    #[test]
    fn a_spec_travels_as_text_and_comes_back_the_same() {
        let listing = ScanSpec {
            connection: "jira".to_owned(),
            deployment: Deployment::Cloud,
            schema: "public".to_owned(),
            table: "Issues".to_owned(),
            path: "ids".to_owned(),
            columns: vec!["Id".to_owned()],
            within: Some("text ~ \"x\"".to_owned()),
            jql: vec!["project = \"A\"".to_owned()],
            parameters: vec![],
            keys: None,
            limit: None,
            order: None,
        };
        let keys = Some(Keys::From {
            column: "Id".to_owned(),
            scan: Box::new(listing.clone()),
            only: vec![],
            first: None,
        });
        let spec = ScanSpec { path: "bulkfetch".to_owned(), keys, limit: Some(3), ..listing };
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<ScanSpec>(&text).unwrap(), spec);
    }
}
