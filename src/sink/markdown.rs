//! A table in GitHub's Markdown, numbers aligned to the right.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::Encoder;
use super::json;
use super::text::{Cells, escaped};

pub(super) struct Markdown {
    schema: SchemaRef,
    started: bool,
}

impl Markdown {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self { schema: schema.clone(), started: false }
    }

    fn header(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let fields = self.schema.fields();
        line(fields.iter().map(|field| cell(field.name())), out);
        let rules = fields.iter().map(|field| if field.data_type().is_numeric() { "--:" } else { "---" });
        line(rules.map(String::from), out);
    }
}

impl Encoder for Markdown {
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.header(out);
        let json = json::options();
        let columns = self.schema.fields().iter().zip(batch.columns());
        let mut columns =
            columns.map(|(field, array)| Cells::new(field, array, &json)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns
                .iter_mut()
                .map(|column| Ok(column.get(row)?.map_or(String::new(), |text| cell(&text))));
            let cells = cells.collect::<Result<Vec<_>, ArrowError>>()?;
            line(cells.into_iter(), out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.header(out);
        Ok(())
    }
}

fn line(cells: impl Iterator<Item = String>, out: &mut Vec<u8>) {
    out.push(b'|');
    for cell in cells {
        out.push(b' ');
        out.extend_from_slice(cell.as_bytes());
        out.extend_from_slice(b" |");
    }
    out.push(b'\n');
}

/// Lines become `<br>`. `|` would end the cell, `\` escape what follows, and `<` open an HTML element.
fn cell(text: &str) -> String {
    let lines: Vec<String> = text
        .replace("\r\n", "\n")
        .split('\n')
        .map(|line| escaped(line).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;"))
        .collect();
    lines.join("<br>")
}
