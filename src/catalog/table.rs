//! One table of a connection: turns DataFusion's request for a scan into the cheapest access path.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::options::Options;
use crate::pushdown::{Pushed, RawJql};
use crate::scan::{
    Environment, FindTable, LookupExec, Question, RestScanExec, ScanError, Wanted, candidates,
    fields_address, unbound,
};
use crate::schema::{Deployment, KeySource, Keyed, Table, TableName};

/// A table that is read over REST.
#[derive(Debug, Clone)]
pub(super) struct RestTable {
    env: Arc<Environment>,
    connection: String,
    table: Arc<Table>,
    /// What its rows are found by, if not all of them are meant.
    within: Option<RawJql>,
}

impl RestTable {
    pub(super) fn new(env: &Arc<Environment>, connection: &str, table: Arc<Table>) -> Self {
        Self { env: Arc::clone(env), connection: connection.to_owned(), table, within: None }
    }

    /// Those rows of the table that the search finds.
    pub(super) fn within(self, jql: RawJql) -> Self {
        Self { within: Some(jql), ..self }
    }

    /// The table's place and name, as its file spells it.
    pub(super) fn name(&self) -> &TableName {
        &self.table.name
    }

    /// The names of the columns that identify a row; none where the table has one row.
    pub(super) fn key(&self) -> impl Iterator<Item = &str> {
        self.table.names_of(&self.table.key)
    }

    /// The connection and name of a table with custom fields; nothing for other tables.
    pub(super) fn custom_place(&self) -> Option<(String, TableName)> {
        self.table.custom_fields.as_ref().map(|_| (self.connection.clone(), self.table.name.clone()))
    }

    /// The table with the custom fields alone that one of the words (in lower case) can mean.
    pub(super) fn narrowed(&self, words: &BTreeSet<String>) -> Self {
        let narrowed = self.env.custom.narrowed(&self.connection, &self.table.name, words);
        Self::new(&self.env, &self.connection, narrowed.unwrap_or_else(|| Arc::clone(&self.table)))
    }
}

#[async_trait]
impl TableProvider for RestTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.table.arrow)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Everything that is pushed is a superset, so the engine filters again.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match Pushed::takes(filter, &self.table) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let name = &self.table.name.name;
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.table.arrow.fields().len()).collect());
        // The engine filters again in any case, so that the rows are the same without it.
        let pushed = if Options::of(session.config_options()).pushdown { filters } else { &[] };
        let fields = wanted.iter().map(|c| self.table.arrow.field(*c).clone());
        let nothing = Arc::new(EmptyExec::new(Arc::new(Schema::new(fields.collect::<Vec<_>>()))));
        if Pushed::of(pushed, &self.table).is_impossible() {
            return Ok(nothing);
        }
        let deployment = self.env.deployment(&self.connection).await.map_err(|e| e.of_table(name))?;
        if !self.table.exists_on(deployment) {
            return Err(ScanError::Elsewhere { table: name.clone(), deployment }.into());
        }
        let table = self.table.on(deployment);
        if table.paths.is_empty() {
            let text = format!("`{name}` has no rows: the site has no field that they could lie in");
            self.env.report.note(text, 1);
            return Ok(nothing);
        }
        if let Some(order) = self.within.as_ref().and_then(|jql| jql.order.as_ref()) {
            let text =
                format!("ORDER BY of SQL decides over the order of rows, not that of the JQL: `{order}`");
            self.env.report.note(text, 1);
        }
        // What its columns alone could use may be a path of elsewhere.
        let mut pushed = Pushed::of(pushed, &table);
        let schema = &table.name.schema;
        let find = |name: &str| self.env.table(&self.connection, deployment, schema, name).ok();
        let fields = fields_address(&table, &find);
        let terms = std::mem::take(&mut pushed.terms);
        pushed.terms = self.env.supported(&self.connection, &table, fields.as_deref(), terms).await?;
        let concurrency = self.env.site(&self.connection)?.client().concurrency();
        let said = match Options::of(session.config_options()).approximate_count {
            true => said(session, &table, &wanted, filters, &pushed)?,
            false => vec![],
        };
        let question = Question { pushed, concurrency, said };
        let asked = Wanted {
            connection: &self.connection,
            deployment,
            columns: &wanted,
            within: self.within.as_ref().map(|jql| jql.condition.as_str()),
            pushed: &question.pushed,
            limit,
            concurrency,
        };
        let env = Arc::clone(&self.env);
        let scan = match candidates(&table, &asked, &find).split_first() {
            Some((chosen, others)) => RestScanExec::new(env, chosen, others, question.clone())?,
            None => match (unbound(&table, &asked, &find).first(), table.needed()) {
                (Some(chosen), Some(needed)) => {
                    RestScanExec::new(env, chosen, &[], question.clone())?.needing(needed)
                }
                _ => {
                    return plan_err!(
                        "table `{}` {}",
                        table.name.shortest(),
                        needed(&table, deployment, &find)
                    );
                }
            },
        };
        let given: Vec<_> = scan.spec().columns.iter().collect();
        if wanted.iter().map(|c| table.arrow.field(*c).name()).eq(given.iter().copied()) {
            return Ok(Arc::new(scan));
        }
        let site = (self.connection.as_str(), deployment);
        let looked_up = LookupExec::new(Arc::clone(&self.env), &table, site, &wanted, Arc::new(scan))?;
        Ok(Arc::new(looked_up))
    }
}

/// Those of the filters of which JQL says all, as the engine has them over these columns.
fn said(
    session: &dyn Session,
    table: &Table,
    columns: &[usize],
    filters: &[Expr],
    pushed: &Pushed,
) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    let schema = DFSchema::try_from(table.arrow.project(columns)?)?;
    let said = filters.iter().filter(|filter| pushed.says(filter, table));
    said.map(|filter| session.create_physical_expr(filter.clone(), &schema)).collect()
}

/// What a table without an open path wants to be told.
fn needed(table: &Table, deployment: Deployment, find: FindTable<'_>) -> String {
    let lost = table.paths.iter().find_map(|path| match path.needs.as_ref()?.keys.as_ref()? {
        KeySource::Table { table, .. } => find(table).filter(|parent| !parent.exists_on(deployment)),
        KeySource::Path(_) => None,
    });
    match (table.needed(), lost) {
        (None, None) => "has no access path that gives these columns".to_owned(),
        (Some(needed), None) => format!("needs {needed} in the WHERE clause"),
        (_, Some(parent)) => {
            let columns: Vec<usize> =
                table.paths.iter().filter_map(|p| p.needs.as_ref()).flat_map(Keyed::all_columns).collect();
            let named: Vec<String> = table.names_of(&columns).map(|name| format!("`{name} = …`")).collect();
            format!(
                "needs {} in the WHERE clause on {deployment}, where `{}` does not exist to list them",
                named.join(" and "),
                parent.name.name
            )
        }
    }
}
