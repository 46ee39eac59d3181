//! A sandbox, a session over it, and the rows of a statement.

use std::time::Duration;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use jirrow::catalog::{Access, Answer, Parameters, QueryError, Session};
use jirrow::connection::Connection;
use jirrow::sandbox::{Sandbox, SandboxConfig};

/// A sandbox and a session that reads it.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) session: Session,
}

impl Fixture {
    /// Starts both; `keys` are added to the connection string.
    pub(crate) async fn start(config: SandboxConfig, keys: &str) -> Self {
        Self::with_access(config, keys, Access::Read).await
    }

    /// The same, whose statements may do as much.
    pub(crate) async fn with_access(config: SandboxConfig, keys: &str, access: Access) -> Self {
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        let text = format!("{};RetryDelay=0.01;{keys}", sandbox.connection_string());
        let connection: Connection = text.parse().expect("the sandbox's connection string");
        let session = Session::builder().connection(connection).access(access).build().expect("a session");
        Self { sandbox, session }
    }

    /// The rows of one statement. Jira takes no notice of arguments that an endpoint does not have, so that a misspelt
    /// one would go unseen: here it fails the test.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        self.rows_with(sql, &Parameters::default()).await
    }

    /// The same, with values for the statement's `$parameters`.
    pub(crate) async fn rows_with(
        &self,
        sql: &str,
        parameters: &Parameters,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let statement = self.session.statements(sql)?.pop_front().expect("one statement");
        let planned = self.session.plan_with(statement, sql, parameters).await?;
        let rows = match self.session.start(planned, sql).await? {
            Answer::Rows(stream) | Answer::Plan(stream) => {
                stream.try_collect().await.map_err(|e| self.session.explained(&e, sql))
            }
            Answer::Written(_) | Answer::Done => Ok(vec![]),
        };
        for request in self.sandbox.requests() {
            let (path, unknown) = (request.path, request.unknown_parameters);
            assert!(unknown.is_empty(), "{path} was asked with arguments that it does not have: {unknown:?}");
        }
        rows
    }

    /// Reads who asks and which fields the site and its JQL have, so that the requests after it are for data.
    pub(crate) async fn warm(&self) {
        self.rows("EXPLAIN SELECT Id FROM Issues WHERE ProjectKey = 'PAY'").await.expect("a plan");
        self.session.default_site().expect("a site").account().await.expect("an account");
    }

    /// How many requests the sandbox served for this statement, `/myself` left out.
    pub(crate) async fn requests(&self, sql: &str) -> Vec<String> {
        self.sandbox.clear_requests();
        self.rows(sql).await.expect("rows");
        let served = self.sandbox.requests();
        let data = served.iter().filter(|r| !r.path.ends_with("/myself"));
        data.map(|r| format!("{} {}", r.method, r.path)).collect()
    }
}

/// The physical plan of a statement, as EXPLAIN shows it.
pub(crate) async fn plan(fixture: &Fixture, sql: &str) -> String {
    let batches = fixture.rows(&format!("EXPLAIN {sql}")).await.unwrap();
    let last = batches.last().unwrap();
    let plans = last.column(1).as_string::<i32>();
    plans.value(plans.len() - 1).trim_end().to_owned()
}

/// Every row as text, in order.
pub(crate) fn shown(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = vec![];
    for batch in batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join(" | "));
        }
    }
    rows
}

/// The same, sorted.
pub(crate) fn sorted(batches: &[RecordBatch]) -> Vec<String> {
    let mut rows = shown(batches);
    rows.sort();
    rows
}

/// A small site without faults.
pub(crate) fn small() -> SandboxConfig {
    SandboxConfig { issues: 300, latency: Duration::ZERO, ..SandboxConfig::default() }
}
