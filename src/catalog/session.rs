//! The session: connections as catalogs, the settings that make plans cheap for a source where a request costs, and
//! the statements that it runs. Reading is all that it does: SELECT, EXPLAIN, SHOW, DESCRIBE and SET.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::logical_expr::{LogicalPlan, Statement as Command};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use futures::future::BoxFuture;
use thiserror::Error;

use super::site_catalog::{SCHEMAS, SiteCatalog};
use super::statement::{StatementCatalogs, Words};
use super::{boolean_text, brackets, names, show, sys};
use crate::connection::{Connection, Service, TimeZone};
use crate::http::{HttpError, Observer};
use crate::scan::{CustomTables, Deferred, Environment, MetadataCache, Report, ScanError, Site, Sites};
use crate::schema::{Library, Table};

/// Memory that sorts, joins and aggregates may take before they spill to disk.
const MEMORY: usize = 2 << 30;

/// A statement that could not be planned or run, in one paragraph for the person who typed it.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct QueryError(String);

/// Why there is no session.
#[derive(Debug, Error)]
pub enum SessionError {
    /// Two connections of one name: one of them would be read in place of the other.
    #[error(
        "two connections are called `{name}`, as those without a name and the sandbox's are called `jira`; \
         write a name before one of them: `--connect 'NAME=URL=…'`"
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
        Ok(Session { context: context(&env, default.as_deref()), env, default })
    }
}

/// Plans and runs statements over the connections.
pub struct Session {
    context: SessionContext,
    env: Arc<Environment>,
    default: Option<String>,
}

/// What a statement gives.
pub enum Answer {
    /// Rows, as they come.
    Rows(SendableRecordBatchStream),
    /// What EXPLAIN says: a column of headings, and one of text with lines.
    Plan(SendableRecordBatchStream),
    /// It changed the session and has nothing to print.
    Done,
}

/// A statement that is planned and not yet started.
pub struct Planned(Plan);

enum Plan {
    /// It changes a setting.
    Setting(LogicalPlan),
    Rows(Arc<dyn ExecutionPlan>),
    Explanation(Arc<dyn ExecutionPlan>),
}

impl Planned {
    /// What it will give.
    pub fn outcome(&self) -> Outcome {
        match &self.0 {
            Plan::Setting(_) => Outcome::Nothing,
            Plan::Rows(_) | Plan::Explanation(_) => Outcome::Rows,
        }
    }
}

/// What a statement will give, seen without planning it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Rows, or a refusal.
    Rows,
    /// SET and RESET change the session and give none.
    Nothing,
}

impl Outcome {
    /// Of this statement.
    pub fn of(statement: &Statement) -> Self {
        match statement {
            Statement::Reset(_) => Self::Nothing,
            Statement::Statement(statement) if matches!(**statement, ast::Statement::Set(_)) => Self::Nothing,
            _ => Self::Rows,
        }
    }
}

impl Session {
    /// An empty builder.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// What the scans report.
    pub fn report(&self) -> &Report {
        &self.env.report
    }

    /// The connections, by name.
    pub fn sites(&self) -> &Sites {
        &self.env.sites
    }

    /// The connection that unqualified table names mean.
    pub fn default_connection(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// The site that unqualified table names mean, opened if it is not yet. None, too, where it can't be opened:
    /// [`Sites::open`] says why.
    pub fn default_site(&self) -> Option<Arc<Site>> {
        self.env.sites.open(self.default_connection()?).ok()
    }

    /// The kind of system that unqualified table names mean.
    fn service(&self) -> &'static str {
        let service = self.default_connection().and_then(|name| self.env.sites.service(name));
        service.unwrap_or(Service::Jira).name()
    }

    /// The tables of the default connection, sorted by name.
    ///
    /// # Errors
    /// When a table file has a mistake.
    pub fn tables(&self) -> Result<Vec<Arc<Table>>, QueryError> {
        let service = self.service();
        let mut tables = vec![];
        for schema in SCHEMAS {
            for name in self.env.library.names(service, schema) {
                let table = self.env.library.table(service, schema, &name.name);
                tables.extend(table.map_err(|e| QueryError(e.to_string()))?);
            }
        }
        Ok(tables)
    }

    /// As [`Self::tables`], with the columns of custom fields where the site was asked for them already. Asks nothing.
    ///
    /// # Errors
    /// When a table file has a mistake.
    pub fn known_tables(&self) -> Result<Vec<Arc<Table>>, QueryError> {
        let connection = self.default_connection().unwrap_or_default();
        let whole = |table: Arc<Table>| self.env.custom.whole(connection, &table.name).unwrap_or(table);
        Ok(self.tables()?.into_iter().map(whole).collect())
    }

    /// The table of this name or alias.
    ///
    /// # Errors
    /// When there is none (the nearest is named) or its file has a mistake.
    pub fn table(&self, name: &str) -> Result<Arc<Table>, QueryError> {
        let tables = self.tables()?;
        let answers = |t: &&Arc<Table>| {
            std::iter::once(&t.name.name).chain(&t.aliases).any(|n| n.to_lowercase() == name.to_lowercase())
        };
        tables.iter().find(answers).cloned().ok_or_else(|| {
            let known = tables.iter().map(|t| t.name.name.as_str());
            QueryError(match crate::schema::nearest(name, known) {
                Some(near) => format!("no table `{name}`; did you mean `{near}`?"),
                None => format!("no table `{name}`; `jirrow tables` lists them"),
            })
        })
    }

    /// The table of this name or alias with the columns of the default connection's custom fields, which may be asked
    /// for. Without a connection, as [`Self::table`].
    ///
    /// # Errors
    /// As [`Self::table`], and when the site does not list its fields.
    pub async fn whole_table(&self, name: &str) -> Result<Arc<Table>, QueryError> {
        let table = self.table(name)?;
        match &self.default {
            Some(connection) => {
                let whole = self.env.with_custom_fields(connection, table).await;
                whole.map_err(|e| QueryError(e.to_string()))
            }
            None => Ok(table),
        }
    }

    /// Splits a text into statements.
    ///
    /// # Errors
    /// With line and column, when it is no SQL.
    pub fn statements(&self, sql: &str) -> Result<VecDeque<Statement>, QueryError> {
        let dialect = GenericDialect {};
        let text = brackets::replaced(sql);
        let parsed = DFParserBuilder::new(text.as_str())
            .with_dialect(&dialect)
            .build()
            .and_then(|mut p| p.parse_statements());
        parsed.map_err(|e| self.explained(&e, sql))
    }

    /// Plans one statement and starts it; rows are read as they are polled. `sql` is the text that it came from.
    ///
    /// # Errors
    /// As [`Self::plan`] and [`Self::start`].
    pub async fn run(&self, statement: Statement, sql: &str) -> Result<Answer, QueryError> {
        let planned = self.plan(statement, sql).await?;
        self.start(planned, sql).await
    }

    /// Plans one statement, so that mistakes in it are seen. No row is read and no setting changed.
    ///
    /// # Errors
    /// When it names what is not there, does not fit its types, or is no read.
    pub fn plan<'a>(
        &'a self,
        statement: Statement,
        sql: &'a str,
    ) -> BoxFuture<'a, Result<Planned, QueryError>> {
        // Boxed, so that DataFusion's futures are compiled here and not in every caller.
        Box::pin(async move { self.planned(statement).await.map_err(|e| self.explained(&e, sql)) })
    }

    /// Starts what is planned; rows are read as they are polled.
    ///
    /// # Errors
    /// When a setting does not exist or does not take the value, or an operator can't start.
    pub fn start<'a>(&'a self, planned: Planned, sql: &'a str) -> BoxFuture<'a, Result<Answer, QueryError>> {
        Box::pin(async move { self.started(planned).await.map_err(|e| self.explained(&e, sql)) })
    }

    /// What an error of a running statement means to the person who typed it.
    pub fn explained(&self, error: &DataFusionError, sql: &str) -> QueryError {
        if let Some(scan) = scan_error(error) {
            return QueryError(scan.to_string());
        }
        let tables: Vec<&str> = SCHEMAS
            .iter()
            .flat_map(|schema| self.env.library.names(self.service(), schema))
            .map(|n| n.name.as_str())
            .chain(sys::names())
            .collect();
        QueryError(names::explain_plan_error(error, sql, &tables))
    }

    async fn planned(&self, mut statement: Statement) -> datafusion::error::Result<Planned> {
        self.follow_account_zone().await?;
        show::spell_out(&self.context.state(), &mut statement).await?;
        let plan = self.resolved(statement).await?;
        let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false);
        reading.verify_plan(&plan).map_err(|_| refused(&plan))?;
        match &plan {
            LogicalPlan::Statement(Command::SetVariable(_) | Command::ResetVariable(_)) => {
                return Ok(Planned(Plan::Setting(plan)));
            }
            LogicalPlan::Statement(_) => return Err(refused(&plan)),
            _ => {}
        }
        let explains = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
        let operators = self.context.execute_logical_plan(plan).await?.create_physical_plan().await?;
        Ok(Planned(if explains { Plan::Explanation(operators) } else { Plan::Rows(operators) }))
    }

    /// The statement's logical plan. Where it names a column that is not there, the site's own fields are asked for once
    /// more, unless this statement did so already: what is known of them may be older than the field that is meant.
    async fn resolved(&self, statement: Statement) -> datafusion::error::Result<LogicalPlan> {
        let start = Instant::now();
        let mut state = self.context.state();
        let catalogs = StatementCatalogs::new(state.catalog_list(), Words::of(&statement));
        state.register_catalog_list(Arc::new(catalogs.clone()));
        match names::plan(&state, statement.clone()).await {
            Err(e) if names::is_unknown_column(&e) && !catalogs.named().is_empty() => {}
            planned => return planned,
        }
        for (connection, table) in catalogs.named() {
            self.env.renew_custom_fields(&connection, &table, start).await?;
        }
        // With all columns, so that the error names the nearest of them.
        state.register_catalog_list(Arc::new(catalogs.with_all()));
        names::plan(&state, statement).await
    }

    async fn started(&self, planned: Planned) -> datafusion::error::Result<Answer> {
        let rows = |operators| execute_stream(operators, self.context.task_ctx());
        match planned.0 {
            Plan::Setting(plan) => self.context.execute_logical_plan(plan).await.map(|_| Answer::Done),
            Plan::Rows(operators) => rows(operators).map(Answer::Rows),
            Plan::Explanation(operators) => rows(operators).map(Answer::Plan),
        }
    }

    /// `TimeZone=user`: the zone of the account's profile, asked once.
    async fn follow_account_zone(&self) -> datafusion::error::Result<()> {
        let sites = &self.env.sites;
        let follows = |name: &&str| sites.time_zone(name) == Some(TimeZone::User);
        let Some(name) = self.default_connection().filter(follows) else { return Ok(()) };
        let site = sites.open(name)?;
        let account = site.account().await.map_err(|source| DataFusionError::External(Box::new(source)))?;
        if let Some(zone) = &account.time_zone {
            let state = self.context.state_ref();
            state.write().config_mut().options_mut().execution.time_zone = Some(zone.clone());
        }
        Ok(())
    }
}

/// Reading is all that a session does.
fn refused(plan: &LogicalPlan) -> DataFusionError {
    let what = match plan {
        LogicalPlan::Copy(_) => "COPY writes files; write the result of a SELECT with `-o FILE` instead",
        LogicalPlan::Dml(_) => {
            "connections are read-only; INSERT, UPDATE, DELETE and MERGE are not available"
        }
        LogicalPlan::Statement(Command::Prepare(_) | Command::Execute(_) | Command::Deallocate(_)) => {
            "prepared statements are not available; run the SELECT itself"
        }
        LogicalPlan::Statement(Command::TransactionStart(_) | Command::TransactionEnd(_)) => {
            "there are no transactions: every statement reads the site as it is then; leave BEGIN and COMMIT out"
        }
        _ => "only SELECT, EXPLAIN, SHOW, DESCRIBE and SET are available",
    };
    DataFusionError::Plan(what.to_owned())
}

/// The scan's own error inside DataFusion's wrappings.
fn scan_error(error: &DataFusionError) -> Option<&(dyn std::error::Error + 'static)> {
    match error.find_root() {
        DataFusionError::External(inner) if inner.is::<ScanError>() || inner.is::<HttpError>() => {
            Some(inner.as_ref())
        }
        _ => None,
    }
}

fn context(env: &Arc<Environment>, default: Option<&str>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(default.is_none())
        .with_default_catalog_and_schema(default.unwrap_or("jira"), SCHEMAS[0]);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::Generic;
    // A round robin would read every page ahead of a LIMIT.
    options.optimizer.enable_round_robin_repartition = false;
    // The smaller side of a join is always collected: it is what binds keys to the other one.
    options.optimizer.hash_join_single_partition_threshold = 1 << 40;
    options.optimizer.hash_join_single_partition_threshold_rows = 1 << 40;
    let zone = default.and_then(|name| env.sites.time_zone(name));
    if let Some(TimeZone::Zone(zone)) = zone {
        options.execution.time_zone = Some(zone.name().to_owned());
    }

    let top = std::num::NonZeroUsize::MIN.saturating_add(2);
    let pool = TrackConsumersPool::new(FairSpillPool::new(MEMORY), top);
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build_arc().unwrap_or_default();
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    let mut context = SessionContext::new_with_state(state);
    for name in env.sites.names() {
        let service = env.sites.service(name).unwrap_or(Service::Jira);
        let catalog = SiteCatalog::new(env, name, service.name());
        context.register_catalog(name, Arc::new(catalog));
    }
    let boolean_text =
        FunctionRegistry::register_expr_planner(&mut context, Arc::new(boolean_text::BooleanText));
    if let Err(e) = boolean_text {
        env.report.warn(format!("booleans can't be compared with text: {e}"), 1);
    }
    if let Err(e) = datafusion_functions_json::register_all(&mut context) {
        env.report.warn(format!("the JSON functions are not available: {e}"), 1);
    }
    context
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn session(strings: &[&str]) -> Result<Session, SessionError> {
        let connection = |text: &&str| format!("{text};User=a@b.c;APIToken=t").parse::<Connection>().unwrap();
        strings.iter().map(connection).fold(Session::builder(), SessionBuilder::connection).build()
    }

    #[test]
    fn two_connections_of_one_name_are_no_session() {
        let (one, other) = ("URL=https://one.example.org", "URL=https://other.example.org");
        let error = session(&[one, other]).err().unwrap().to_string();
        assert!(error.contains("`jira`") && error.contains("NAME="), "{error}");
        let named = format!("second={other}");
        assert!(session(&[&named, one, &named]).is_err());
        let session = session(&[one, &named]).unwrap();
        assert_eq!(session.sites().names().collect::<Vec<_>>(), ["jira", "second"]);
        assert_eq!(session.default_connection(), Some("jira"));
    }

    #[tokio::test]
    async fn what_is_neither_a_read_nor_a_setting_is_refused_with_a_reason() {
        let session = session(&["URL=http://127.0.0.1:1"]).unwrap();
        for (sql, reason) in [
            ("PREPARE p AS SELECT 1", "prepared statements"),
            ("EXECUTE p", "prepared statements"),
            ("DEALLOCATE p", "prepared statements"),
            ("START TRANSACTION", "no transactions"),
            ("COMMIT", "no transactions"),
            ("ROLLBACK", "no transactions"),
        ] {
            let statement = session.statements(sql).unwrap().pop_front().unwrap();
            assert_eq!(Outcome::of(&statement), Outcome::Rows, "{sql}");
            let error = session.run(statement, sql).await.err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(reason), "{sql}: {error}");
        }
    }

    #[tokio::test]
    async fn a_setting_is_known_before_it_is_planned_and_made_when_it_is_started() {
        let session = session(&["URL=http://127.0.0.1:1"]).unwrap();
        let size = || usize::from(session.context.state().config().options().execution.batch_size);
        let default = size();
        for (sql, after) in [
            ("SET datafusion.execution.batch_size = 77", 77),
            ("RESET datafusion.execution.batch_size", default),
            ("SET TIME ZONE = 'UTC'", default),
        ] {
            let statement = session.statements(sql).unwrap().pop_front().unwrap();
            assert_eq!(Outcome::of(&statement), Outcome::Nothing, "{sql}");
            let before = size();
            let planned = session.plan(statement, sql).await.unwrap();
            assert_eq!(size(), before, "{sql}");
            assert!(matches!(session.start(planned, sql).await.unwrap(), Answer::Done), "{sql}");
            assert_eq!(size(), after, "{sql}");
        }
    }
}
