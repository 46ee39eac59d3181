//! Name resolution: an unquoted identifier means the column of that name whatever its case.
//!
//! DataFusion compares columns exactly and lower-cases what is not quoted, so that a column called `IssueId`
//! would need quotes in every statement. Before planning, each unquoted identifier that means a column is
//! therefore replaced by the column's own spelling, quoted. The statement is read as SQL scopes it (FROM,
//! subqueries, CTEs, output names in ORDER BY), because one name may mean different columns in its parts.
//!
//! Two words of Arrow field metadata steer it: [`ALIASES`] gives a column further names, [`HIDDEN`] keeps it
//! out of `*`. This room knows statements and schemas; it knows no service and makes no request.

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;

use crate::schema::{ALIASES, HIDDEN};

mod explain;
mod expressions;
mod rewrite;
mod scope;
#[cfg(test)]
mod tests;
mod wildcard;

pub use explain::{explain_plan_error, is_unknown_column};
pub(super) use rewrite::select_all;

/// What the rewriter must know about one relation of a statement.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The table as the statement names it, qualified as there (`issues`, `rest.issues`), in any case.
    pub name: String,
    /// Its columns, with [`ALIASES`] and [`HIDDEN`] in the fields' metadata.
    pub schema: SchemaRef,
}

/// Replaces unquoted column names by the columns' own spelling, and takes hidden columns out of wildcards.
///
/// Tables missing from `relations` are left as they are. A heading is the column as `relations` spells it, or
/// the alias as the statement spells it. Fails when a name fits two columns that differ only in case.
pub fn rewrite(statement: &mut Statement, relations: &[Relation]) -> Result<()> {
    rewrite::Walker::new(relations).statement(statement)
}

/// [`rewrite`] with the schemas that the session's catalogs give.
pub async fn resolve(state: &SessionState, statement: &mut Statement) -> Result<()> {
    let mut relations = Vec::new();
    for reference in state.resolve_table_references(statement)? {
        // A name that no catalog knows is left to the planner, whose error says so.
        if let Some(schema) = schema_of(state, &reference).await? {
            relations.push(Relation { name: reference.to_string(), schema });
        }
    }
    rewrite(statement, &relations)
}

/// Plans a statement after [`rewrite`], with the schemas that the session's catalogs give.
pub async fn plan(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan> {
    resolve(state, &mut statement).await?;
    state.statement_to_plan(statement).await
}

async fn schema_of(state: &SessionState, reference: &TableReference) -> Result<Option<SchemaRef>> {
    let Ok(schema) = state.schema_for_ref(reference.clone()) else { return Ok(None) };
    Ok(schema.table(reference.table()).await?.map(|table| table.schema()))
}
