//! The schema that leaves the house: without Jirrow's own metadata, in types that the format can hold.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::Format;
use super::json;
use super::text::Cells;

/// Prefix of the metadata keys that mean something to Jirrow only.
const OWN: &str = "jirrow.";

/// From the batches of a query to those that are written.
pub(super) struct Projection {
    schema: SchemaRef,
}

impl Projection {
    pub(super) fn new(schema: &Schema, format: Format) -> Self {
        let fields: Fields = schema.fields().iter().map(|field| outer(field, format)).collect();
        let metadata = schema.metadata().clone().into_iter().filter(|(key, _)| !key.starts_with(OWN));
        Self { schema: Arc::new(Schema::new_with_metadata(fields, metadata.collect())) }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = batch.columns().iter().zip(self.schema.fields()).map(|(column, field)| {
            match column.data_type() {
                same if same == field.data_type() => Ok(Arc::clone(column)),
                DataType::Union(..) => as_text(field, column),
                _ => cast(column, field.data_type()),
            }
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

fn outer(field: &FieldRef, format: Format) -> FieldRef {
    let metadata = field.metadata().clone().into_iter().filter(|(key, _)| !key.starts_with(OWN)).collect();
    let data_type = plain(field.data_type(), format);
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()).with_metadata(metadata))
}

/// A column whose cells have types of their own: Parquet has no such thing, and few readers of Arrow do.
fn as_text(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let json = json::options();
    let mut cells = Cells::new(field, column, &json)?;
    let texts = (0..column.len()).map(|row| cells.get(row)).collect::<Result<StringArray, _>>()?;
    Ok(Arc::new(texts))
}

/// Nested fields lose the metadata too. An Arrow file holds one dictionary a column, and readers of some age
/// know no views, so there both become plain values.
fn plain(data_type: &DataType, format: Format) -> DataType {
    let inner = |field: &FieldRef| outer(field, format);
    match data_type {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Map(field, sorted) => DataType::Map(inner(field), *sorted),
        DataType::Union(..) if format.is_binary() => DataType::Utf8,
        DataType::Dictionary(_, values) if format == Format::Arrow => plain(values, format),
        DataType::Utf8View if format == Format::Arrow => DataType::Utf8,
        DataType::BinaryView if format == Format::Arrow => DataType::Binary,
        other => other.clone(),
    }
}
