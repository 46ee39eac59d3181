//! A system table as DataFusion sees it. Planning computes no row: the stream does, when it is first polled.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::System;
use super::rows::{self, batch};
use super::scope::Scope;
use crate::pushdown;
use crate::scan::Environment;

/// The column whose values say which tables a query is about.
const TABLE_NAME: &str = "TableName";

/// A system table of one connection.
#[derive(Debug)]
pub(in crate::catalog) struct SystemTable {
    system: &'static System,
    env: Arc<Environment>,
    connection: String,
    schema: SchemaRef,
}

impl SystemTable {
    /// This system table of this connection.
    pub(in crate::catalog) fn new(system: &'static System, env: &Arc<Environment>, connection: &str) -> Self {
        Self {
            system,
            env: Arc::clone(env),
            connection: connection.to_owned(),
            schema: rows::schema(system.columns),
        }
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match pushdown::values_of(filter, TABLE_NAME) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
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
        let mut only: Option<BTreeSet<String>> = None;
        for values in filters.iter().filter_map(|f| pushdown::values_of(f, TABLE_NAME)) {
            let values: BTreeSet<String> = values.into_iter().collect();
            only = Some(only.map_or_else(|| values.clone(), |known| &known & &values));
        }
        let scope = Scope {
            env: Arc::clone(&self.env),
            connection: self.connection.clone(),
            catalogs: session.catalog_list(),
            only,
        };
        let rows = Rows { system: self.system, schema: Arc::clone(&self.schema), scope: Arc::new(scope) };
        let scan = StreamingTableExec::try_new(
            Arc::clone(&self.schema),
            vec![Arc::new(rows)],
            projection,
            None,
            false,
            limit,
        )?;
        Ok(Arc::new(scan))
    }
}

/// The rows of one scan.
#[derive(Debug)]
struct Rows {
    system: &'static System,
    schema: SchemaRef,
    scope: Arc<Scope>,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (system, schema, scope) = (self.system, Arc::clone(&self.schema), Arc::clone(&self.scope));
        let rows = futures::stream::once(async move {
            let rows = (system.rows)(&scope).await?;
            batch(system.columns, schema, &rows)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
