//! CSV as RFC 4180 describes it, in UTF-8 without a byte order mark, lines ended by LF.
//!
//! NULL is an empty field and the empty text `""`, so that a reader can tell them apart.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::json;
use super::text::{Cells, is_text};
use super::{Encoder, FormulaGuard};

pub(super) struct Csv {
    schema: SchemaRef,
    guard: FormulaGuard,
    started: bool,
}

impl Csv {
    pub(super) fn new(schema: &SchemaRef, guard: FormulaGuard) -> Self {
        Self { schema: schema.clone(), guard, started: false }
    }

    fn header(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        for (n, field) in self.schema.fields().iter().enumerate() {
            separate(n, out);
            text(field.name(), self.guard, out);
        }
        out.push(b'\n');
    }
}

impl Encoder for Csv {
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.header(out);
        let json = json::options();
        let mut columns = Vec::new();
        for (field, array) in self.schema.fields().iter().zip(batch.columns()) {
            let guard = if is_text(field.data_type()) { self.guard } else { FormulaGuard::Off };
            columns.push((guard, Cells::new(field, array, &json)?));
        }
        for row in 0..batch.num_rows() {
            for (n, (guard, cells)) in columns.iter_mut().enumerate() {
                separate(n, out);
                if let Some(value) = cells.get(row)? {
                    text(&value, *guard, out);
                }
            }
            out.push(b'\n');
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.header(out);
        Ok(())
    }
}

fn separate(column: usize, out: &mut Vec<u8>) {
    if column > 0 {
        out.push(b',');
    }
}

fn text(value: &str, guard: FormulaGuard, out: &mut Vec<u8>) {
    let prefix = match guard {
        FormulaGuard::On if value.starts_with(['=', '+', '-', '@', '\t', '\r']) => "'",
        _ => "",
    };
    if !value.is_empty() && !value.contains(['"', ',', '\n', '\r']) {
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(value.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(value.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
