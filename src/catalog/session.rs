//! The session: plans and runs statements over the connections. What they may do is [`Access`]'s to say; connections
//! themselves are only read.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::CatalogProviderList;
use datafusion::common::{TableReference, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{CreateMemoryTable, DdlStatement, LogicalPlan};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{CopyToStatement, Statement};
use futures::future::BoxFuture;
use thiserror::Error;

use super::access;
use super::builder::SessionBuilder;
use super::catalogs::Catalogs;
use super::context::NO_CONNECTION;
use super::copy::{Copy, Destination};
use super::files::{self, Files};
use super::functions::Calls;
use super::options::Options;
use super::parameters::Parameters;
use super::planned::{Plan, Planned};
use super::queries::{Queries, Query};
use super::settings::{self, Change};
use super::site_catalog::{self, SCHEMAS, SiteCatalog};
use super::statement::{Reader, StatementCatalogs};
use super::views::{ViewError, Views};
use super::{names, planning, show};
use crate::connection::{Service, TimeZone};
use crate::http::HttpError;
use crate::scan::{Environment, Report, ScanError, Site, Sites};
use crate::schema::{Deployment, Listed, Table, TableName};
use crate::sink::{Filled, SinkError, Written};

/// A statement that could not be planned or run, in one paragraph for the person who typed it.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct QueryError(String);

/// Why a COPY could not be planned.
pub(super) struct CopyError {
    pub(super) error: QueryError,
    /// Did a site say so, or not answer? It would do so again, whatever files there are.
    pub(super) is_of_site: bool,
}

/// Plans and runs statements over the connections.
pub struct Session {
    context: SessionContext,
    env: Arc<Environment>,
    views: Arc<Views>,
    default: Option<String>,
    /// As they are before any SET.
    options: Options,
}

/// What a statement gives.
pub enum Answer {
    /// Rows, as they come.
    Rows(SendableRecordBatchStream),
    /// What EXPLAIN says: a column of headings, and one of text with lines.
    Plan(SendableRecordBatchStream),
    /// COPY has written its rows.
    Written(Written),
    /// It changed the session and has nothing to print.
    Done,
}

/// What a name means that is to be described.
pub enum Described {
    /// A table of a file.
    File(Arc<Table>),
    /// A view of `queries/`, and its columns.
    View(Arc<Query>, SchemaRef),
    /// A system table, or a view or table that the session defined.
    Other(SchemaRef),
}

impl Session {
    /// An empty builder.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    pub(super) fn new(
        context: SessionContext,
        env: Arc<Environment>,
        views: Arc<Views>,
        default: Option<String>,
        options: Options,
    ) -> Self {
        Self { context, env, views, default, options }
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

    /// What a listing shows of the default connection's tables: the curated ones, the views, then the service's endpoints,
    /// sorted by name. Parses the files of `--schemas` folders alone.
    ///
    /// # Errors
    /// When one of those has a mistake.
    pub fn listed(&self) -> Result<Vec<Listed>, QueryError> {
        let mut listed = vec![];
        for schema in SCHEMAS {
            let tables = self.env.library.listed(self.service(), schema);
            listed.extend(tables.map_err(|e| QueryError(e.to_string()))?);
            if schema == SCHEMAS[0] {
                listed.extend(self.listed_views());
            }
        }
        Ok(listed)
    }

    /// The curated tables of a connection, sorted by name.
    ///
    /// # Errors
    /// When there is no such connection here, or a table file has a mistake.
    pub fn tables_of(&self, connection: &str) -> Result<Vec<Arc<Table>>, QueryError> {
        let service = self.env.service(connection).map_err(|e| QueryError(e.to_string()))?;
        self.curated(service)
    }

    /// What the connection's site is: Cloud, or Data Center. Asks the site if nothing tells yet.
    ///
    /// # Errors
    /// When there is no such connection here, or its site can't be asked.
    pub async fn deployment(&self, connection: &str) -> Result<Deployment, QueryError> {
        self.env.deployment(connection).await.map_err(|e| QueryError(e.to_string()))
    }

    fn curated(&self, service: &str) -> Result<Vec<Arc<Table>>, QueryError> {
        let library = &self.env.library;
        let tables = library.names(service, SCHEMAS[0]).into_iter().map(|name| {
            let table = library.table(service, &name.schema, &name.name);
            Ok(table.map_err(|e| QueryError(e.to_string()))?.into_iter())
        });
        Ok(tables.collect::<Result<Vec<_>, QueryError>>()?.into_iter().flatten().collect())
    }

    /// The curated tables of the default connection, with the columns of custom fields where the site was asked for them
    /// already. Asks nothing.
    ///
    /// # Errors
    /// When a table file has a mistake.
    pub fn known_tables(&self) -> Result<Vec<Arc<Table>>, QueryError> {
        let connection = self.default_connection().unwrap_or_default();
        let whole = |table: Arc<Table>| self.env.custom.whole(connection, &table.name).unwrap_or(table);
        Ok(self.curated(self.service())?.into_iter().map(whole).collect())
    }

    /// The table of this name or alias, which may have its schema before it: `rest.Fields`.
    ///
    /// # Errors
    /// When there is none (the nearest is named) or its file has a mistake.
    pub fn table(&self, name: &str) -> Result<Arc<Table>, QueryError> {
        let reference = TableReference::from(name);
        for schema in SCHEMAS {
            if reference.schema().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(schema)) {
                continue;
            }
            let table = self.env.library.table(self.service(), schema, reference.table());
            if let Some(table) = table.map_err(|e| QueryError(e.to_string()))? {
                return Ok(table);
            }
        }
        let tables = self.listed()?;
        let known: Vec<String> = tables.iter().map(|t| t.name.shortest()).collect();
        Err(QueryError(match crate::schema::nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("no table `{name}`; did you mean `{near}`?"),
            None => format!("no table `{name}`; `jirrow tables` lists them"),
        }))
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

    /// What there is under this name: a table of a file as [`Self::whole_table`] has it, or what else the catalog has.
    ///
    /// # Errors
    /// As [`Self::whole_table`], where nothing has this name.
    pub async fn described(&self, name: &str) -> Result<Described, QueryError> {
        if let Some((view, schema)) = self.view(name).await.map_err(|e| self.explained(&e, name))? {
            return Ok(Described::View(view, schema));
        }
        let Err(unknown) = self.table(name) else {
            return self.whole_table(name).await.map(Described::File);
        };
        let failed = |e: DataFusionError| self.explained(&e, name);
        let Ok(schema) = self.context.state().schema_for_ref(name) else { return Err(unknown) };
        let table = schema.table(TableReference::from(name).table()).await.map_err(failed)?;
        table.map(|table| Described::Other(table.schema())).ok_or(unknown)
    }

    /// The views and analyses at hand.
    pub fn queries(&self) -> &Queries {
        &self.views.queries
    }

    fn listed_views(&self) -> impl Iterator<Item = Listed> {
        let (service, queries) = (self.service(), self.queries());
        let views = queries.views();
        let views =
            views.filter_map(move |it| site_catalog::view(&self.env, queries, service, SCHEMAS[0], &it.name));
        views.map(move |view| {
            let (schema, name) = (SCHEMAS[0].to_owned(), view.name.clone());
            let name = TableName { service: service.to_owned(), schema, name };
            Listed { name, about: view.question(), aliases: vec![], function: None }
        })
    }

    /// The view of this name, and its columns. Without a connection, as far as the table files tell them.
    async fn view(&self, name: &str) -> datafusion::error::Result<Option<(Arc<Query>, SchemaRef)>> {
        let queries = &self.views.queries;
        let Some(query) = site_catalog::view(&self.env, queries, self.service(), SCHEMAS[0], name) else {
            return Ok(None);
        };
        let (connection, reader) = if let Some(connection) = self.default_connection() {
            (connection, Reader::default())
        } else {
            let catalog = SiteCatalog::new(&self.env, &self.views, NO_CONNECTION, self.service());
            let catalogs = Catalogs::default();
            catalogs.register_catalog(NO_CONNECTION.to_owned(), Arc::new(catalog));
            (NO_CONNECTION, Reader::silent(Arc::new(catalogs)))
        };
        let table = self.views.open(&self.env, connection, &query, reader).await?;
        Ok(Some((query, table.schema())))
    }

    /// The names of tables of the default connection that no table file describes: the system tables', and those that
    /// the session defined.
    pub fn other_tables(&self) -> Vec<String> {
        let state = self.context.state();
        let Ok(schema) = state.schema_for_ref("any") else { return vec![] };
        let files = self.env.library.names(self.service(), SCHEMAS[0]);
        let mut names = schema.table_names();
        names.retain(|name| files.iter().all(|file| file.name != *name));
        names
    }

    /// Splits a text into statements.
    ///
    /// # Errors
    /// With line and column, when it is no SQL.
    pub fn statements(&self, sql: &str) -> Result<VecDeque<Statement>, QueryError> {
        planning::parsed(sql).map_err(|e| self.explained(&e, sql))
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
    /// When it names what is not there, does not fit its types, or may not be done here.
    pub fn plan<'a>(
        &'a self,
        statement: Statement,
        sql: &'a str,
    ) -> BoxFuture<'a, Result<Planned, QueryError>> {
        // Boxed, so that DataFusion's futures are compiled here and not in every caller.
        Box::pin(async move { self.plan_with(statement, sql, &Parameters::default()).await })
    }

    /// As [`Self::plan`], with values for the `$parameters` of the statement. Values that it does not use are no error;
    /// [`Parameters::check_used`] finds them.
    ///
    /// # Errors
    /// Also when a parameter has no value, or one that does not fit its place.
    pub fn plan_with<'a>(
        &'a self,
        statement: Statement,
        sql: &'a str,
        parameters: &'a Parameters,
    ) -> BoxFuture<'a, Result<Planned, QueryError>> {
        Box::pin(
            async move { self.planned(statement, parameters).await.map_err(|e| self.explained(&e, sql)) },
        )
    }

    /// Starts what is planned; rows are read as they are polled.
    ///
    /// # Errors
    /// When an operator can't start; of a COPY or CREATE TABLE also when its rows end in an error.
    pub fn start<'a>(&'a self, planned: Planned, sql: &'a str) -> BoxFuture<'a, Result<Answer, QueryError>> {
        Box::pin(async move { self.started(planned).await.map_err(|e| self.explained(&e, sql)) })
    }

    /// What an error of a running statement means to the person who typed it.
    pub fn explained(&self, error: &DataFusionError, sql: &str) -> QueryError {
        if let DataFusionError::External(inner) = error.find_root()
            && let Some(error) = inner.downcast_ref::<SinkError>()
        {
            return match error {
                SinkError::Query(query) => self.explained(query, sql),
                other => QueryError(other.to_string()),
            };
        }
        if let DataFusionError::External(inner) = error.find_root()
            && let Some(error) = inner.downcast_ref::<ViewError>()
        {
            return QueryError(error.to_string());
        }
        if let Some(scan) = scan_error(error) {
            return QueryError(scan.to_string());
        }
        let state = self.context.state();
        let catalog = state.catalog_list().catalog(&state.config_options().catalog.default_catalog);
        let schemas = SCHEMAS.iter().filter_map(|name| catalog.as_ref()?.schema(name));
        let tables: Vec<String> = schemas.flat_map(|schema| schema.table_names()).collect();
        QueryError(names::explain_plan_error(error, sql, &tables))
    }

    /// The HTTP status with which a request of a running statement failed, if that is why the statement did.
    pub fn status(&self, error: &DataFusionError) -> Option<u16> {
        let error = scan_error(error)?;
        let status = |error: &(dyn std::error::Error + 'static)| error.downcast_ref::<HttpError>()?.status();
        status(error).or_else(|| status(error.source()?))
    }

    /// As [`Self::plan_with`], of a COPY.
    pub(super) async fn plan_copy(
        &self,
        copy: CopyToStatement,
        sql: &str,
        parameters: &Parameters,
    ) -> Result<Copy, CopyError> {
        let planned = self.planned(Statement::CopyTo(copy), parameters).await.map_err(|e| CopyError {
            is_of_site: scan_error(&e).is_some(),
            error: self.explained(&e, sql),
        })?;
        match planned.0 {
            Plan::Copy(copy) => Ok(copy),
            _ => Err(CopyError {
                is_of_site: false,
                error: QueryError("COPY has no rows to write".to_owned()),
            }),
        }
    }

    /// What an operator runs in.
    pub(super) fn task(&self) -> Arc<TaskContext> {
        self.context.task_ctx()
    }

    async fn planned(
        &self,
        mut statement: Statement,
        parameters: &Parameters,
    ) -> datafusion::error::Result<Planned> {
        access::check_statement(&statement, self.views.access)?;
        settings::read_words(&mut statement);
        self.follow_account_zone().await?;
        show::spell_out(&self.context.state(), &mut statement).await?;
        let (plan, destination) = self.resolved(statement, parameters).await?;
        let plan = parameters.bind(plan)?;
        access::check_plan(&plan, self.views.access)?;
        if let Some(change) = Change::of(&plan, self.context.state().config_options(), &self.options)? {
            return Ok(Planned(Plan::Setting(change)));
        }
        if let LogicalPlan::Ddl(ddl) = &plan {
            self.check_name(ddl)?;
            return Ok(Planned(Plan::Definition(plan)));
        }
        let explains = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
        let reads_files = destination.is_some() && files::reads_files(&plan)?;
        let operators = self.context.execute_logical_plan(plan).await?.create_physical_plan().await?;
        Ok(Planned(match (destination, explains) {
            (Some(destination), _) => Plan::Copy(Copy::new(operators, destination, reads_files)),
            (None, true) => Plan::Explanation(operators),
            (None, false) => Plan::Rows(operators),
        }))
    }

    async fn resolved(
        &self,
        mut statement: Statement,
        parameters: &Parameters,
    ) -> datafusion::error::Result<(LogicalPlan, Option<Destination>)> {
        let calls = Calls::taken_from(&mut statement, &self.env, parameters)?;
        let state = self.context.state();
        let files = Files::new(self.views.access, state.clone());
        let catalogs = StatementCatalogs::new(&state, &statement, files, calls);
        planning::resolved(&self.env, state, catalogs, statement).await
    }

    async fn started(&self, planned: Planned) -> datafusion::error::Result<Answer> {
        let rows = |operators| execute_stream(operators, self.task());
        match planned.0 {
            Plan::Setting(change) => {
                let account = match &change {
                    Change::Zone(TimeZone::User) => self.account_zone().await?,
                    _ => None,
                };
                for statement in change.statements(account) {
                    self.context.execute_logical_plan(statement).await?;
                }
                Ok(Answer::Done)
            }
            Plan::Definition(LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)))
                if table.or_replace && !table.if_not_exists && !table.temporary =>
            {
                self.replace(table).await.map(|()| Answer::Done)
            }
            Plan::Definition(plan) => self.context.execute_logical_plan(plan).await.map(|_| Answer::Done),
            Plan::Copy(copy) => {
                let written = copy.fill(self.task()).await.and_then(Filled::appear);
                written.map(Answer::Written).map_err(|e| DataFusionError::External(Box::new(e)))
            }
            Plan::Rows(operators) => rows(operators).map(Answer::Rows),
            Plan::Explanation(operators) => rows(operators).map(Answer::Plan),
        }
    }

    /// CREATE OR REPLACE TABLE. DataFusion's own lets the old table go before it reads the rows of the new one, which may
    /// end in an error.
    async fn replace(&self, table: CreateMemoryTable) -> datafusion::error::Result<()> {
        let CreateMemoryTable { name, input, constraints, column_defaults, .. } = table;
        let schema = Arc::clone(input.schema().inner());
        let mut seen = HashSet::new();
        if let Some(twice) = schema.fields().iter().find(|field| !seen.insert(field.name())) {
            return plan_err!(
                "`{name}` would have two columns called `{}`; rename one of them with AS",
                twice.name()
            );
        }
        let rows = DataFrame::new(self.context.state(), Arc::unwrap_or_clone(input));
        let rows = MemTable::try_new(Arc::clone(&schema), rows.collect_partitioned().await?)?
            .with_constraints(constraints)
            .with_column_defaults(column_defaults.into_iter().collect());
        self.context.register_table(name, Arc::new(rows))?;
        Ok(())
    }

    /// A table of the site can't be defined anew, nor dropped.
    fn check_name(&self, ddl: &DdlStatement) -> datafusion::error::Result<()> {
        let name = match ddl {
            DdlStatement::CreateExternalTable(it) => &it.name,
            DdlStatement::CreateMemoryTable(it) => &it.name,
            DdlStatement::CreateView(it) => &it.name,
            DdlStatement::DropTable(it) => &it.name,
            DdlStatement::DropView(it) => &it.name,
            _ => return Ok(()),
        };
        let Some(connection) = self.default_connection() else { return Ok(()) };
        match site_catalog::fixed(&self.env, &self.views.queries, self.service(), SCHEMAS[0], name.table())? {
            None => Ok(()),
            Some(own) => plan_err!("{}", site_catalog::taken(&own, connection)),
        }
    }

    /// The zone of the account's profile, asked once.
    async fn account_zone(&self) -> datafusion::error::Result<Option<String>> {
        let Some(name) = self.default_connection() else { return Ok(None) };
        let site = self.env.sites.open(name)?;
        let account = site.account().await.map_err(|source| DataFusionError::External(Box::new(source)))?;
        Ok(account.time_zone.clone())
    }

    /// `TimeZone=user`: before the first statement, the site is asked which zone that is.
    async fn follow_account_zone(&self) -> datafusion::error::Result<()> {
        let unknown = {
            let state = self.context.state_ref();
            let state = state.read();
            let config = state.config_options();
            Options::of(config).time_zone == TimeZone::User && config.execution.time_zone.is_none()
        };
        if unknown {
            let account = self.account_zone().await?;
            for statement in Change::Zone(TimeZone::User).statements(account) {
                self.context.execute_logical_plan(statement).await?;
            }
        }
        Ok(())
    }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;
    use crate::catalog::{Outcome, SessionError};
    use crate::connection::Connection;

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
