//! Each key once: drops the rows of a scan whose key came before. The first version is kept.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};

/// The keys that a scan has given so far.
pub(super) struct Seen {
    columns: Vec<usize>,
    keys: Keys,
}

enum Keys {
    Numbers(HashSet<i64>),
    Rows(RowConverter, HashSet<OwnedRow>),
}

impl Seen {
    /// Nothing seen yet; `columns` are the key's places in batches of this schema.
    pub(super) fn new(schema: &SchemaRef, columns: Vec<usize>) -> Result<Self, ArrowError> {
        let keys = match columns[..] {
            [one] if *schema.field(one).data_type() == DataType::Int64 => Keys::Numbers(HashSet::new()),
            _ => {
                let fields =
                    columns.iter().map(|c| SortField::new(schema.field(*c).data_type().clone())).collect();
                Keys::Rows(RowConverter::new(fields)?, HashSet::new())
            }
        };
        Ok(Self { columns, keys })
    }

    /// The batch without the rows whose key came before.
    pub(super) fn fresh(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let fresh: BooleanArray = match &mut self.keys {
            Keys::Numbers(seen) => {
                let keys = batch.column(self.columns[0]).as_primitive::<Int64Type>();
                keys.values().iter().map(|k| Some(seen.insert(*k))).collect()
            }
            Keys::Rows(converter, seen) => {
                let columns: Vec<_> = self.columns.iter().map(|c| batch.column(*c).clone()).collect();
                let rows = converter.convert_columns(&columns)?;
                rows.iter().map(|r| Some(seen.insert(r.owned()))).collect()
            }
        };
        if fresh.true_count() == fresh.len() { Ok(batch.clone()) } else { filter_record_batch(batch, &fresh) }
    }
}
