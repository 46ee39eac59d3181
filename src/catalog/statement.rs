//! What one statement sees of the catalogs: their tables, and the files that it names. A site may have a thousand fields of its own and a statement names three:
//! planning takes its time from the columns that a table has, so that a statement without a wildcard gets tables with the
//! custom fields alone that its words can mean.

use std::any::Any;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::TableType;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Select, SelectItem, Statement as Sql, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::files::Files;
use super::site_catalog::SiteSchema;
use super::table::RestTable;
use crate::schema::TableName;

/// The columns that a statement can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Words {
    /// Those that are called like one of its words, in lower case.
    Named(BTreeSet<String>),
    /// All: it has a wildcard, or is no query.
    All,
}

impl Words {
    /// Of a statement. Where its columns can't be told from its text, all of them.
    fn of(statement: &Statement) -> Self {
        let mut inner = statement;
        while let Statement::Explain(explain) = inner {
            inner = &explain.statement;
        }
        let Statement::Statement(sql) = inner else { return Self::All };
        let mut query = &**sql;
        while let Sql::Explain { statement, .. } = query {
            query = statement;
        }
        if !matches!(query, Sql::Query(_)) || query.visit(&mut Wildcards).is_break() {
            return Self::All;
        }
        let text = query.to_string();
        let Ok(tokens) = Tokenizer::new(&GenericDialect {}, &text).tokenize() else { return Self::All };
        let words: BTreeSet<String> = tokens
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(word.value.to_lowercase()),
                _ => None,
            })
            .collect();
        // The one lists columns that the statement does not name, the other joins by them.
        match words.contains(INFORMATION_SCHEMA) || words.contains("natural") {
            true => Self::All,
            false => Self::Named(words),
        }
    }
}

/// Looks for whatever brings columns that no word names.
struct Wildcards;

impl Visitor for Wildcards {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let wild = |i: &SelectItem| matches!(i, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        match select.projection.is_empty() || select.projection.iter().any(wild) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { .. } | TableFactor::Derived { .. } => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// The words and texts of a statement in lower case, among which are the connections that it means; nothing where they
/// can't be told.
fn mentioned(statement: &Statement) -> Option<BTreeSet<String>> {
    let text = statement.to_string();
    let tokens = Tokenizer::new(&GenericDialect {}, &text).tokenize().ok()?;
    let mentioned = tokens.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        Token::SingleQuotedString(text) => Some(text.to_lowercase()),
        _ => None,
    });
    Some(mentioned.collect())
}

/// The session's catalogs as one statement sees them.
#[derive(Debug)]
pub(super) struct StatementCatalogs(Arc<View>);

#[derive(Debug)]
struct View {
    catalogs: Arc<dyn CatalogProviderList>,
    words: Words,
    files: Arc<Files>,
    /// The connections that the statement can mean, in lower case, among other words; nothing: all. The others are
    /// seen by listings of all columns alone, which open no site.
    meant: Option<BTreeSet<String>>,
    /// Connections and tables with custom fields that the statement has named.
    named: Mutex<BTreeSet<(String, TableName)>>,
}

impl StatementCatalogs {
    /// The catalogs of the state, as this statement sees them.
    pub(super) fn new(state: &SessionState, statement: &Statement, files: Files) -> Self {
        let mut meant = mentioned(statement);
        if let Some(meant) = &mut meant {
            meant.insert(state.config_options().catalog.default_catalog.to_lowercase());
        }
        Self(Arc::new(View {
            catalogs: Arc::clone(state.catalog_list()),
            words: Words::of(statement),
            files: Arc::new(files),
            meant,
            named: Mutex::default(),
        }))
    }

    /// The same catalogs with all columns.
    pub(super) fn with_all(&self) -> Self {
        Self(Arc::new(View {
            catalogs: Arc::clone(&self.0.catalogs),
            words: Words::All,
            files: Arc::clone(&self.0.files),
            meant: self.0.meant.clone(),
            named: Mutex::default(),
        }))
    }

    /// Connections and tables with custom fields that the statement has named.
    pub(super) fn named(&self) -> BTreeSet<(String, TableName)> {
        self.0.named.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clone for StatementCatalogs {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl CatalogProviderList for StatementCatalogs {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.0.catalogs.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.0.catalogs.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let catalog = self.0.catalogs.catalog(name)?;
        let is_meant = self.0.meant.as_ref().is_none_or(|meant| meant.contains(&name.to_lowercase()));
        Some(Arc::new(StatementCatalog { catalog, is_meant, view: Arc::clone(&self.0) }))
    }
}

#[derive(Debug)]
struct StatementCatalog {
    catalog: Arc<dyn CatalogProvider>,
    is_meant: bool,
    view: Arc<View>,
}

impl CatalogProvider for StatementCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.catalog.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let schema = self.catalog.schema(name)?;
        Some(Arc::new(StatementSchema { schema, is_meant: self.is_meant, view: Arc::clone(&self.view) }))
    }
}

#[derive(Debug)]
struct StatementSchema {
    schema: Arc<dyn SchemaProvider>,
    is_meant: bool,
    view: Arc<View>,
}

#[async_trait]
impl SchemaProvider for StatementSchema {
    fn owner_name(&self) -> Option<&str> {
        self.schema.owner_name()
    }

    fn table_names(&self) -> Vec<String> {
        self.schema.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let schema: &dyn Any = &*self.schema;
        if !self.is_meant
            && let Some(site) = schema.downcast_ref::<SiteSchema>()
            && !site.is_open()
        {
            return site.listed(name);
        }
        let Some(table) = self.schema.table(name).await? else {
            return self.view.files.open(name).await;
        };
        let any: &dyn Any = &*table;
        let Some(rest) = any.downcast_ref::<RestTable>() else { return Ok(Some(table)) };
        let Some(place) = rest.custom_place() else { return Ok(Some(table)) };
        self.view.named.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        Ok(Some(match &self.view.words {
            Words::Named(words) => Arc::new(rest.narrowed(words)),
            Words::All => table,
        }))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.schema.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.schema.table_exist(name)
    }
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn words(sql: &str) -> Words {
        Words::of(&DFParser::parse_sql(sql).unwrap().pop_front().unwrap())
    }

    #[test]
    fn a_statement_of_names_can_mean_the_columns_that_it_names() {
        for sql in [
            "SELECT i.Größe, \"Story Points\" FROM Issues i WHERE Team = 'a' GROUP BY 1 ORDER BY rank",
            "EXPLAIN ANALYZE SELECT Größe FROM t WHERE \"Story Points\" * 2 > (SELECT count(*) FROM u WHERE Team.x > rank)",
            "WITH c AS (SELECT Größe, \"Story Points\" FROM t) SELECT Team FROM c JOIN u ON c.rank = u.rank",
            "SELECT Größe FROM t UNION ALL SELECT \"Story Points\" FROM u JOIN v USING (Team) QUALIFY rank = 1",
        ] {
            let Words::Named(words) = words(sql) else { panic!("{sql}") };
            for word in ["größe", "story points", "team", "rank"] {
                assert!(words.contains(word), "{sql}: {words:?}");
            }
            assert!(!words.contains("a"), "{sql}: a text is no name");
        }
    }

    #[test]
    fn a_statement_that_takes_columns_unnamed_can_mean_all() {
        for sql in [
            "SELECT * FROM t",
            "SELECT a, t.* FROM t",
            "SELECT * EXCLUDE (a) FROM t",
            "SELECT a FROM (SELECT * FROM t)",
            "WITH c AS (SELECT * FROM t) SELECT a FROM c",
            "SELECT a FROM t WHERE a IN (SELECT * FROM u)",
            "SELECT a FROM t NATURAL JOIN u",
            "FROM t",
            "EXPLAIN SELECT * FROM t",
            "DESCRIBE t",
            "SHOW COLUMNS FROM t",
            "CREATE VIEW v AS SELECT a FROM t",
            "COPY t TO 'x.csv'",
            "SELECT a FROM t UNION ALL SELECT * FROM u",
        ] {
            assert_eq!(words(sql), Words::All, "{sql}");
        }
    }
}
