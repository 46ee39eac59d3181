//! From a parsed statement to its logical plan: names resolved, the site's own fields asked for once more where a column
//! is not known. Statements of a session and the files of views go the same way.

use std::collections::VecDeque;
use std::time::Instant;

use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::copy::{self, Destination};
use super::statement::StatementCatalogs;
use super::{brackets, distinct_from, names};
use crate::scan::Environment;

/// Splits a text into statements.
pub(super) fn parsed(sql: &str) -> Result<VecDeque<Statement>> {
    let dialect = GenericDialect {};
    let text = brackets::replaced(sql);
    let mut statements =
        DFParserBuilder::new(text.as_str()).with_dialect(&dialect).build()?.parse_statements()?;
    statements.iter_mut().for_each(distinct_from::put_right);
    Ok(statements)
}

/// The statement's logical plan, and where its rows go if it says so. Where it names a column that is not there, the
/// site's own fields are asked for once more, unless this statement did so already: what is known of them may be older
/// than the field that is meant.
pub(super) async fn resolved(
    env: &Environment,
    mut state: SessionState,
    catalogs: StatementCatalogs,
    statement: Statement,
) -> Result<(LogicalPlan, Option<Destination>)> {
    let start = Instant::now();
    state.register_catalog_list(std::sync::Arc::new(catalogs.clone()));
    match read(&state, statement.clone()).await {
        Err(e) if names::is_unknown_column(&e) && !catalogs.named().is_empty() => {}
        planned => return planned,
    }
    for (connection, table) in catalogs.named() {
        env.renew_custom_fields(&connection, &table, start).await?;
    }
    // With all columns, so that the error names the nearest of them.
    state.register_catalog_list(std::sync::Arc::new(catalogs.with_all()));
    read(&state, statement).await
}

/// The logical plan of a statement, and where its rows go if it is a COPY.
async fn read(state: &SessionState, mut statement: Statement) -> Result<(LogicalPlan, Option<Destination>)> {
    names::resolve(state, &mut statement).await?;
    let Statement::CopyTo(copy) = statement else {
        return Ok((state.statement_to_plan(statement).await?, None));
    };
    let (query, destination) = copy::divided(copy)?;
    destination.check()?;
    Ok((state.statement_to_plan(query).await?, Some(destination)))
}
