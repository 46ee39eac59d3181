//! The queries at hand: views, each a read-only table of `public`, and analyses, each a ready question with
//! `$parameters`. One is a file of SQL under a header of comments; the built-in ones are compiled in, and those of
//! `--queries` folders replace built-in ones of their name. Only headers are read here: SQL is parsed when a query is
//! named.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use thiserror::Error;

/// `(path below queries/, text)` of every built-in query, sorted.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/query_files.rs"));

/// The folders of a `--queries` folder.
const FOLDERS: [(&str, Kind); 2] = [("views", Kind::View), ("analyses", Kind::Analysis)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    View,
    Analysis,
}

/// The views and analyses that are at hand, by name.
#[derive(Debug, Default)]
pub struct Queries {
    views: BTreeMap<String, Arc<Query>>,
    analyses: BTreeMap<String, Arc<Query>>,
}

/// One view or analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its name: that of its file.
    pub name: String,
    /// The file, as messages call it.
    pub file: String,
    /// The whole file.
    pub sql: Cow<'static, str>,
}

/// A column of a table that a site need not have: where it has none, the query reads NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Optional {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) data_type: DataType,
}

/// Why the queries of a folder can't be used.
#[derive(Debug, Error)]
pub enum QueriesError {
    /// The folder or a file in it can't be read.
    #[error("can't read queries in `{}`: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It has neither of the folders that are looked into.
    #[error("`{}` has no folder `views` and none `analyses`; put files such as `views/MyView.sql` into it", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A name that SQL would have to quote.
    #[error("`{}`: a view is named by letters, digits and `_`, as its file is", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
}

impl Queries {
    /// The built-in queries.
    pub fn built_in() -> Self {
        let mut queries = Self::default();
        for (path, text) in BUILT_IN {
            let (folder, name) = path.trim_end_matches(".sql").split_once('/').unwrap_or_default();
            if let Some((_, kind)) = FOLDERS.iter().find(|(known, _)| *known == folder) {
                let (name, file) = (name.to_owned(), format!("queries/{path}"));
                queries.insert(*kind, Query { name, file, sql: Cow::Borrowed(text) });
            }
        }
        queries
    }

    /// Adds the queries of a folder: `views/NAME.sql` and `analyses/NAME.sql`.
    ///
    /// # Errors
    /// When the folder or a file in it can't be read, or has a name that none can have.
    pub fn add_folder(&mut self, root: &Path) -> Result<(), QueriesError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| QueriesError::Unreadable { path, source }
        };
        fs::read_dir(root).map_err(unreadable(root))?;
        let folders = FOLDERS.map(|(folder, kind)| (root.join(folder), kind));
        if !folders.iter().any(|(folder, _)| folder.is_dir()) {
            return Err(QueriesError::Empty { path: root.to_owned() });
        }
        for (folder, kind) in folders.into_iter().filter(|(folder, _)| folder.is_dir()) {
            for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
                let path = entry.map_err(unreadable(&folder))?.path();
                if path.extension().is_none_or(|e| e != "sql") {
                    continue;
                }
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                if kind == Kind::View && !is_name(&name) {
                    return Err(QueriesError::Name { path });
                }
                let sql = Cow::Owned(fs::read_to_string(&path).map_err(unreadable(&path))?);
                self.insert(kind, Query { name, file: path.display().to_string(), sql });
            }
        }
        Ok(())
    }

    fn insert(&mut self, kind: Kind, query: Query) {
        let queries = match kind {
            Kind::View => &mut self.views,
            Kind::Analysis => &mut self.analyses,
        };
        queries.insert(query.name.to_lowercase(), Arc::new(query));
    }

    /// The views, sorted by name.
    pub fn views(&self) -> impl Iterator<Item = &Arc<Query>> {
        self.views.values()
    }

    /// The analyses, sorted by name.
    pub fn analyses(&self) -> impl Iterator<Item = &Arc<Query>> {
        self.analyses.values()
    }

    /// The view of this name in any case.
    pub fn view(&self, name: &str) -> Option<&Arc<Query>> {
        self.views.get(&name.to_lowercase())
    }

    /// The analysis of this name in any case.
    pub fn analysis(&self, name: &str) -> Option<&Arc<Query>> {
        self.analyses.get(&name.to_lowercase())
    }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Query {
    /// The question that it answers; empty where its header says none.
    pub fn question(&self) -> String {
        self.heading("Question").unwrap_or_default()
    }

    /// What it costs; empty where its header does not say it.
    pub fn cost(&self) -> String {
        self.heading("Cost").unwrap_or_default()
    }

    /// What its words mean, by line: the header's text behind its first empty line.
    pub fn definitions(&self) -> impl Iterator<Item = &str> {
        self.header().skip_while(|line| !line.is_empty()).skip_while(|line| line.is_empty())
    }

    /// Is it the user's own?
    pub(super) fn is_own(&self) -> bool {
        matches!(self.sql, Cow::Owned(_))
    }

    /// What stands in the header behind `-- Word:`, up to the next such word or an empty line.
    fn heading(&self, word: &str) -> Option<String> {
        let mut found: Option<String> = None;
        for line in self.header() {
            match (label(line), &mut found) {
                (Some((label, text)), None) if label == word => found = Some(text.to_owned()),
                (None, Some(text)) if !line.is_empty() => {
                    text.push(' ');
                    text.push_str(line);
                }
                (_, Some(_)) => break,
                (_, None) => {}
            }
        }
        found
    }

    /// The lines of comment that the file begins with, without their dashes.
    fn header(&self) -> impl Iterator<Item = &str> {
        let lines = self.sql.lines().map(str::trim).skip_while(|line| line.is_empty());
        lines.map_while(|line| line.strip_prefix("--")).map(str::trim)
    }

    /// `-- Optional: Table.Column TYPE, …`: the columns that a site need not have.
    ///
    /// # Errors
    /// When it is written otherwise.
    pub(super) fn optional(&self) -> Result<Vec<Optional>, String> {
        let Some(text) = self.heading("Optional") else { return Ok(vec![]) };
        let wrong = |entry: &str| {
            format!(
                "`{entry}`: an optional column is written `-- Optional: Table.Column DOUBLE`, and its type is one of DOUBLE, BIGINT, VARCHAR, BOOLEAN, DATE and TIMESTAMP"
            )
        };
        let entry = |entry: &str| {
            let (place, name) = entry.trim().split_once(' ')?;
            let (table, column) = place.split_once('.')?;
            let data_type = match name.trim().to_uppercase().as_str() {
                "DOUBLE" => DataType::Float64,
                "BIGINT" => DataType::Int64,
                "VARCHAR" => DataType::Utf8,
                "BOOLEAN" => DataType::Boolean,
                "DATE" => DataType::Date32,
                "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                _ => return None,
            };
            Some(Optional { table: table.to_owned(), column: column.to_owned(), data_type })
        };
        text.split(',').map(|part| entry(part).ok_or_else(|| wrong(part.trim()))).collect()
    }
}

/// `Word: text`.
fn label(line: &str) -> Option<(&str, &str)> {
    let (word, text) = line.split_once(':')?;
    let is_label = word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic);
    is_label.then_some((word, text.trim()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn query(sql: &str) -> Query {
        Query { name: "q".to_owned(), file: "q.sql".to_owned(), sql: Cow::Owned(sql.to_owned()) }
    }

    #[test]
    fn a_header_says_question_cost_and_optional_columns() {
        let read = query(
            "\n-- Question: who\n--   and when?\n-- Cost: one: two.\n--\n-- More: a\n-- Optional: Issues.A DOUBLE,\n--  \
             Issues.B  date\nSELECT 1 -- Question: no\n",
        );
        assert_eq!((read.question(), read.cost()), ("who and when?".to_owned(), "one: two.".to_owned()));
        assert_eq!(read.definitions().next(), Some("More: a"));
        let optional = read.optional().unwrap();
        let names: Vec<_> = optional.iter().map(|it| (&*it.table, &*it.column)).collect();
        assert_eq!(names, [("Issues", "A"), ("Issues", "B")]);
        assert_eq!(optional[1].data_type, DataType::Date32);
        assert_eq!(query("SELECT 1\n-- Question: no").question(), "");
        for wrong in ["Issues.A", "A DOUBLE", "Issues.A MONEY", ""] {
            let error = query(&format!("-- Optional: {wrong}\nSELECT 1")).optional().unwrap_err();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn every_built_in_query_says_its_question_and_its_cost() {
        let queries = Queries::built_in();
        let all: Vec<_> = queries.views().chain(queries.analyses()).collect();
        assert!(all.len() > 1);
        for query in all {
            assert!(query.question().ends_with('?') && query.question().len() < 160, "{}", query.file);
            assert!(query.cost().ends_with('.'), "{}", query.file);
            query.optional().unwrap();
        }
    }
}
