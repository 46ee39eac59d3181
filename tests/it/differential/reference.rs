//! The oracle's rows as plain tables in memory.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use jirrow::sandbox::Site;

use crate::oracle::tables::Table;
use crate::oracle::value::{Row, Type, Value};

/// A table whose rows are known.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<(&'static str, Type)>,
    pub(crate) rows: Vec<Row>,
}

/// The plain tables, and a session over them.
pub(crate) struct Reference {
    context: SessionContext,
    tables: Arc<Vec<Known>>,
}

impl Reference {
    pub(crate) fn new(site: &Site, tables: &[&Table]) -> Self {
        let config = SessionConfig::new().with_target_partitions(1);
        let context = SessionContext::new_with_config(config);
        let mut known = vec![];
        for table in tables {
            let rows: Vec<Row> = table.expected(site).into_values().collect();
            let columns: Vec<_> = table.columns.iter().filter(|(_, kind)| is_plain(*kind)).copied().collect();
            let arrays: Vec<ArrayRef> =
                columns.iter().map(|(name, kind)| array(&rows, name, *kind)).collect();
            let fields: Vec<Field> = columns
                .iter()
                .zip(&arrays)
                .map(|((name, _), array)| Field::new(*name, array.data_type().clone(), true))
                .collect();
            let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
            context.register_batch(table.name.to_lowercase(), batch).unwrap();
            known.push(Known { name: table.name, columns, rows });
        }
        Self { context, tables: Arc::new(known) }
    }

    pub(crate) fn tables(&self) -> Arc<Vec<Known>> {
        Arc::clone(&self.tables)
    }

    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        self.context.sql(sql).await?.collect().await
    }
}

/// Types that this module can put into an array; columns of others are left out of the statements.
fn is_plain(kind: Type) -> bool {
    matches!(kind, Type::Int | Type::Bool | Type::Text | Type::Timestamp | Type::Date | Type::TextList)
}

fn array(rows: &[Row], name: &str, kind: Type) -> ArrayRef {
    let values = rows.iter().map(|row| &row[name]);
    match kind {
        Type::Int => Arc::new(values.map(int).collect::<Int64Array>()),
        Type::Bool => Arc::new(
            values.map(|v| if let Value::Bool(b) = v { Some(*b) } else { None }).collect::<BooleanArray>(),
        ),
        Type::Timestamp => {
            let values = values.map(|v| if let Value::Timestamp(t) = v { Some(*t) } else { None });
            Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        Type::Date => Arc::new(
            values.map(|v| if let Value::Date(d) = v { Some(*d) } else { None }).collect::<Date32Array>(),
        ),
        Type::TextList => {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for value in values {
                match value {
                    Value::List(items) => builder.append_value(items.iter().map(text)),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        _ => Arc::new(values.map(text).collect::<StringArray>()),
    }
}

fn int(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

pub(crate) fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}
