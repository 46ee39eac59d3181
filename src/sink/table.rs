//! A table for terminals: aligned columns, nothing in a cell that a terminal would obey.
//!
//! The first rows decide the columns' widths; the rows after them are printed as they come, and one that needs
//! more room takes it on its own line.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::Encoder;
use super::json;
use super::text::{Cells, escaped};

mod unicode;
mod width;

use width::{clip, width};

/// Rows that are held back to find the widths: more than a screen, and little to wait for.
const MEASURED_ROWS: usize = 500;

pub(super) struct Table {
    schema: SchemaRef,
    max_width: usize,
    /// Held back until the widths are known.
    rows: Vec<Vec<String>>,
    /// Empty until the heading is printed.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub(super) fn new(schema: &SchemaRef, max_width: Option<usize>) -> Self {
        let max_width = max_width.unwrap_or(usize::MAX).max(1);
        Self { schema: schema.clone(), max_width, rows: Vec::new(), widths: None }
    }

    fn heading(&mut self, out: &mut Vec<u8>) -> Vec<usize> {
        if let Some(widths) = &self.widths {
            return widths.clone();
        }
        let names: Vec<String> =
            self.schema.fields().iter().map(|field| clip(&escaped(field.name()), self.max_width)).collect();
        let mut widths: Vec<usize> = names.iter().map(|name| width(name)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = width(cell).max(*widest);
            }
        }
        self.line(&names, &widths, out);
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        out.extend_from_slice(rules.join("┼").as_bytes());
        out.push(b'\n');
        self.widths = Some(widths.clone());
        widths
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        let widths = self.heading(out);
        for row in std::mem::take(&mut self.rows) {
            self.line(&row, &widths, out);
        }
    }

    fn line(&self, cells: &[String], widths: &[usize], out: &mut Vec<u8>) {
        let mut line = String::new();
        for (n, (cell, column)) in cells.iter().zip(widths).enumerate() {
            line.push_str(if n == 0 { " " } else { " │ " });
            let padding = " ".repeat(column.saturating_sub(width(cell)));
            if self.schema.field(n).data_type().is_numeric() {
                line.push_str(&padding);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&padding);
            }
        }
        out.extend_from_slice(line.trim_end_matches(' ').as_bytes());
        out.push(b'\n');
    }
}

impl Encoder for Table {
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let schema = self.schema.clone();
        let json = json::options();
        let columns = schema.fields().iter().zip(batch.columns());
        let mut columns =
            columns.map(|(field, array)| Cells::new(field, array, &json)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter_mut().map(|column| {
                Ok(column.get(row)?.map_or(String::new(), |text| clip(&escaped(&text), self.max_width)))
            });
            self.rows.push(cells.collect::<Result<_, ArrowError>>()?);
        }
        if self.widths.is_some() || self.rows.len() >= MEASURED_ROWS {
            self.flush(out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.flush(out);
        Ok(())
    }
}
