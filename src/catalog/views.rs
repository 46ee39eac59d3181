//! Views as tables. A view's file is parsed and planned when it is named, over the tables of the connection that it is
//! read from, and its plan becomes part of the plan of the statement: filters, columns and the session's time zone reach
//! through it to the tables, and a table of which nothing is used is not read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{ScalarValue, TableReference, plan_datafusion_err, plan_err};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr_fn::try_cast;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, TableType, ident, lit,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use futures::future::BoxFuture;

use super::access::{self, Access};
use super::files::Files;
use super::functions::Calls;
use super::names;
use super::parameters::Parameters;
use super::planning;
use super::queries::{Optional, Queries, Query};
use super::site_catalog::SCHEMAS;
use super::statement::{Reader, StatementCatalogs};
use crate::scan::{Environment, ScanError};
use crate::schema::{ALIASES, COMMENT, HIDDEN};

/// The views of a session, and what they are planned with.
pub(super) struct Views {
    pub(super) queries: Arc<Queries>,
    pub(super) access: Access,
    state: OnceLock<Box<CurrentState>>,
}

/// The state of a session, as long as there is one.
type CurrentState = dyn Fn() -> Option<SessionState> + Send + Sync;

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").field("queries", &self.queries).finish_non_exhaustive()
    }
}

impl Views {
    /// Those of a session that may do as much.
    pub(super) fn new(queries: Arc<Queries>, access: Access) -> Self {
        Self { queries, access, state: OnceLock::new() }
    }

    /// Plans with this state from now on. The state holds the catalogs, and they hold the views: it must be held weakly.
    pub(super) fn attach(&self, state: Box<CurrentState>) {
        self.state.get_or_init(|| state);
    }

    /// A view as a table of a connection.
    pub(super) fn open<'a>(
        &'a self,
        env: &'a Environment,
        connection: &'a str,
        query: &'a Arc<Query>,
        reader: Reader,
    ) -> BoxFuture<'a, Result<Arc<dyn TableProvider>>> {
        Box::pin(async move {
            let plan = self
                .plan(env, connection, query, reader)
                .await
                .map_err(|e| explained(e, query, || self.tables(connection)))?;
            Ok(Arc::new(FileView::new(plan, query)) as _)
        })
    }

    async fn plan(
        &self,
        env: &Environment,
        connection: &str,
        query: &Query,
        reader: Reader,
    ) -> Result<LogicalPlan> {
        let mut state = self.state()?;
        if let Some(catalogs) = reader.catalogs() {
            state.register_catalog_list(Arc::clone(catalogs));
        }
        let catalog = &mut state.config_mut().options_mut().catalog;
        connection.clone_into(&mut catalog.default_catalog);
        SCHEMAS[0].clone_into(&mut catalog.default_schema);
        let optional = query.optional().map_err(|e| plan_datafusion_err!("{e}"))?;
        let mut statement = only_query(&query.sql)?;
        access::check_statement(&statement, self.access)?;
        let calls = Calls::taken_from(&mut statement, env, &Parameters::default())?;
        let files = Files::new(self.access, state.clone());
        let catalogs = StatementCatalogs::of_view(
            &state,
            &statement,
            files,
            calls,
            reader.within(connection, &query.name)?,
            optional,
        );
        let (plan, _) = planning::resolved(env, state, catalogs, statement).await?;
        access::check_plan(&plan, Access::Read)?;
        match plan.get_parameter_names()?.iter().next() {
            Some(name) => plan_err!(
                "a view has no parameters, and this one has `{name}`: it can be an analysis, below `analyses`"
            ),
            None => Ok(plan),
        }
    }

    fn state(&self) -> Result<SessionState> {
        let state = self.state.get().and_then(|state| state());
        state.ok_or_else(|| plan_datafusion_err!("the session has ended"))
    }

    /// The tables of a connection, for messages.
    fn tables(&self, connection: &str) -> Vec<String> {
        let Ok(state) = self.state() else { return vec![] };
        let catalog = state.catalog_list().catalog(connection);
        let schemas = SCHEMAS.iter().filter_map(|name| catalog.as_ref()?.schema(name));
        schemas.flat_map(|schema| schema.table_names()).collect()
    }
}

/// The one query that a view's file has.
fn only_query(sql: &str) -> Result<Statement> {
    let mut statements = planning::parsed(sql)?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(Statement::Statement(statement)), true) if matches!(*statement, Sql::Query(_)) => {
            Ok(Statement::Statement(statement))
        }
        _ => plan_err!("a view is one SELECT, and nothing else"),
    }
}

/// A view's file has a mistake.
#[derive(Debug)]
pub(super) struct ViewError(String);

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ViewError {}

/// Says in which file and line the mistake is. What a site says stays as it is: it is no mistake of the view.
fn explained(error: DataFusionError, query: &Query, tables: impl FnOnce() -> Vec<String>) -> DataFusionError {
    if let DataFusionError::External(inner) = error.find_root()
        && !inner.is::<ScanError>()
    {
        return error;
    }
    let message = names::explain_plan_error(&error, &query.sql, &tables());
    let line = match message.starts_with("syntax error at line") {
        true => None,
        false => line_of(&message, &query.sql),
    };
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    let text = format!("view `{}` ({}{line}): {message}", query.name, query.file);
    DataFusionError::External(Box::new(ViewError(text)))
}

/// The line of the first word that the message quotes.
fn line_of(message: &str, sql: &str) -> Option<u64> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().ok()?;
    let quoted = message.split(['`', '\'', '"']).skip(1).step_by(2);
    let word = |name: &str| {
        let name = name.rsplit('.').next().unwrap_or(name).to_lowercase();
        tokens.iter().find(|token| match &token.token {
            Token::Word(word) => word.value.to_lowercase() == name,
            Token::Placeholder(id) => id.to_lowercase() == name,
            _ => false,
        })
    };
    { quoted }.find_map(word).map(|token| token.span.start.line)
}

/// A view's plan as a table. What columns of tables are called besides, and whether `*` shows them, is not the view's.
#[derive(Debug)]
struct FileView {
    view: ViewTable,
    schema: SchemaRef,
}

impl FileView {
    fn new(plan: LogicalPlan, query: &Query) -> Self {
        let own = |field: &Field| {
            let mut metadata = field.metadata().clone();
            metadata.retain(|key, _| key != ALIASES && key != HIDDEN);
            field.clone().with_metadata(metadata)
        };
        let fields: Vec<Field> = plan.schema().fields().iter().map(|field| own(field)).collect();
        let about = HashMap::from([(COMMENT.to_owned(), query.question())]);
        let schema = Arc::new(Schema::new_with_metadata(fields, about));
        Self { view: ViewTable::new(plan, Some(query.sql.clone().into_owned())), schema }
    }
}

#[async_trait]
impl TableProvider for FileView {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn get_table_definition(&self) -> Option<&str> {
        self.view.get_table_definition()
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        self.view.get_logical_plan()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        self.view.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.view.scan(session, projection, filters, limit).await
    }
}

/// The table with those of its optional columns that it does not have, which are NULL. One that it has is of the type
/// that the view reads it as: what does not fit is NULL.
pub(super) fn with_optional(
    name: &str,
    table: Arc<dyn TableProvider>,
    optional: &[Optional],
) -> Result<Arc<dyn TableProvider>> {
    let schema = table.schema();
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let answers = |field: &Field, wanted: &str| {
        let aliases = field.metadata().get(ALIASES).map_or("", String::as_str);
        same(field.name(), wanted) || aliases.split(',').any(|alias| same(alias.trim(), wanted))
    };
    let wanted: Vec<&Optional> = optional.iter().filter(|it| same(&it.table, name)).collect();
    if wanted.is_empty() {
        return Ok(table);
    }
    let mut columns: Vec<Expr> = vec![];
    for field in schema.fields() {
        let read = wanted.iter().find(|it| answers(field, &it.column));
        columns.push(match read {
            Some(it) if it.data_type != *field.data_type() => {
                try_cast(ident(field.name()), it.data_type.clone())
                    .alias_with_metadata(field.name(), Some(field.metadata().clone().into()))
            }
            _ => ident(field.name()),
        });
    }
    for it in wanted.iter().filter(|it| !schema.fields().iter().any(|field| answers(field, &it.column))) {
        columns.push(lit(ScalarValue::try_new_null(&it.data_type)?).alias(&it.column));
    }
    let plan = LogicalPlanBuilder::scan(TableReference::bare(name), provider_as_source(table), None)?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}
