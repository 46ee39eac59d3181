//! What one statement sees of the catalogs: their tables and views, and the files that it names. A site may have a
//! thousand fields of its own and a statement names three: planning takes its time from the columns that a table has, so
//! that a statement without a wildcard gets tables with the custom fields alone that its words can mean. A view is a
//! statement of its own in this.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::TableType;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Select, SelectItem, Statement as Sql, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::files::Files;
use super::functions::Calls;
use super::queries::{Optional, Query};
use super::site_catalog::SiteSchema;
use super::table::RestTable;
use super::views;
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

/// Who reads a view.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader {
    /// The views that are being planned, each in the one before it, with their connections.
    chain: Vec<(String, String)>,
    asks: Asks,
    catalogs: Option<Arc<dyn CatalogProviderList>>,
    planned: Planned,
}

/// May a site be asked for its own fields?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Asks {
    #[default]
    Site,
    /// A listing does not open a connection that it does not name.
    Nothing,
}

/// The views of a statement that were planned already, by connection and name.
type Planned = Arc<Mutex<BTreeMap<(String, String, Asks), Arc<dyn TableProvider>>>>;

impl Reader {
    /// Who asks no site for anything, and sees these catalogs.
    pub(super) fn silent(catalogs: Arc<dyn CatalogProviderList>) -> Self {
        Self { asks: Asks::Nothing, catalogs: Some(catalogs), ..Self::default() }
    }

    /// The catalogs that it sees, where they are not the session's.
    pub(super) fn catalogs(&self) -> Option<&Arc<dyn CatalogProviderList>> {
        self.catalogs.as_ref()
    }

    /// The reader of what stands in a view of the connection.
    pub(super) fn within(mut self, connection: &str, view: &str) -> Result<Self> {
        let place = (connection.to_lowercase(), view.to_owned());
        if self.chain.contains(&place) {
            let chain: Vec<_> = self.chain.iter().map(|(_, view)| format!("`{view}`")).collect();
            return plan_err!("`{view}` reads itself: {} → `{view}`", chain.join(" → "));
        }
        self.chain.push(place);
        Ok(self)
    }
}

/// The session's catalogs as one statement sees them.
#[derive(Debug)]
pub(super) struct StatementCatalogs(Arc<View>);

#[derive(Debug)]
struct View {
    catalogs: Arc<dyn CatalogProviderList>,
    words: Words,
    files: Arc<Files>,
    /// The functions that the statement calls in FROM.
    calls: Calls,
    /// The connections that the statement can mean, in lower case, among other words; nothing: all. The others are
    /// seen by listings of all columns alone, which open no site.
    meant: Option<BTreeSet<String>>,
    reader: Reader,
    /// Columns that tables of the site need not have.
    optional: Vec<Optional>,
    /// Connections and tables with custom fields that the statement has named.
    named: Mutex<BTreeSet<(String, TableName)>>,
}

impl StatementCatalogs {
    /// The catalogs of the state, as this statement sees them.
    pub(super) fn new(state: &SessionState, statement: &Statement, files: Files, calls: Calls) -> Self {
        Self::of_view(state, statement, files, calls, Reader::default(), vec![])
    }

    /// The catalogs of the state, as a view of the default connection sees them.
    pub(super) fn of_view(
        state: &SessionState,
        statement: &Statement,
        files: Files,
        calls: Calls,
        reader: Reader,
        optional: Vec<Optional>,
    ) -> Self {
        let mut meant = match reader.asks {
            Asks::Site => mentioned(statement),
            Asks::Nothing => Some(BTreeSet::new()),
        };
        if let Some(meant) = &mut meant
            && reader.asks == Asks::Site
        {
            meant.insert(state.config_options().catalog.default_catalog.to_lowercase());
        }
        Self(Arc::new(View {
            catalogs: Arc::clone(state.catalog_list()),
            words: Words::of(statement),
            files: Arc::new(files),
            calls,
            meant,
            reader,
            optional,
            named: Mutex::default(),
        }))
    }

    /// The same catalogs with all columns.
    pub(super) fn with_all(&self) -> Self {
        Self(Arc::new(View {
            catalogs: Arc::clone(&self.0.catalogs),
            words: Words::All,
            files: Arc::clone(&self.0.files),
            calls: self.0.calls.clone(),
            meant: self.0.meant.clone(),
            reader: self.0.reader.clone(),
            optional: self.0.optional.clone(),
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
        let site = schema.downcast_ref::<SiteSchema>();
        let (called, call) = match self.view.calls.get(name) {
            Some(call) => (site.map(|site| site.of_function(&call.function)).transpose()?, Some(call)),
            None => (None, None),
        };
        let name = called.as_deref().unwrap_or(name);
        let silent = site.is_some_and(|site| !self.is_meant && !site.is_open());
        if let Some(site) = site
            && let Some(query) = site.view(name)
        {
            return self.view(site, &query, if silent { Asks::Nothing } else { Asks::Site }).await;
        }
        let table = match site {
            Some(site) if silent => site.listed(name)?,
            _ => self.schema.table(name).await?,
        };
        let Some(table) = table else {
            return if silent { Ok(None) } else { self.view.files.open(name).await };
        };
        let any: &dyn Any = &*table;
        let Some(rest) = any.downcast_ref::<RestTable>() else { return Ok(Some(table)) };
        let own_name = rest.name().name.clone();
        let mut own = rest.clone();
        if let Some(place) = rest.custom_place().filter(|_| !silent) {
            self.view.named.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
            if let Words::Named(words) = &self.view.words {
                own = rest.narrowed(words);
            }
        }
        if let Some(call) = call {
            own = own.within(call.jql.clone());
        }
        views::with_optional(&own_name, Arc::new(own), &self.view.optional).map(Some)
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.schema.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.schema.table_exist(name)
    }
}

impl StatementSchema {
    /// A view, planned once a statement.
    async fn view(
        &self,
        site: &SiteSchema,
        query: &Arc<Query>,
        asks: Asks,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let reader = Reader { asks, ..self.view.reader.clone() };
        let key = (site.connection().to_lowercase(), query.name.to_lowercase(), asks);
        let known = |reader: &Reader| {
            reader.planned.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
        };
        if let Some(table) = known(&reader) {
            return Ok(Some(table));
        }
        match site.open_view(query, reader.clone()).await {
            Ok(table) => {
                let mut planned = reader.planned.lock().unwrap_or_else(PoisonError::into_inner);
                planned.insert(key, Arc::clone(&table));
                Ok(Some(table))
            }
            // A listing of all columns tells those of the others.
            Err(e) if self.view.meant.as_ref().is_some_and(|words| !words.contains(&key.1)) => {
                site.warn(&e);
                Ok(None)
            }
            Err(e) => Err(e),
        }
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
