//! JSON: one array of objects, or one object a line. Every column is in every object, NULL as `null`.
//!
//! Columns that hold JSON text stay text: what they hold is the service's document, not a part of the row.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch, UnionArray};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{
    Encoder as ValueEncoder, EncoderFactory, EncoderOptions, JsonFormat, LineDelimited, NullableEncoder,
    Writer, WriterBuilder, make_encoder,
};

use super::Encoder;
use super::text::Instants;

/// An array with one object a line, which is as easily read by people and `diff` as by programs.
#[derive(Debug, Default)]
pub(super) struct LinedArray {
    has_rows: Cell<bool>,
}

impl JsonFormat for LinedArray {
    fn start_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, out: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        self.has_rows.set(true);
        Ok(out.write_all(if is_first_row { b"\n" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(if self.has_rows.get() { b"\n]\n" } else { b"]\n" })?)
    }
}

pub(super) struct Json<F: JsonFormat> {
    writer: Writer<Vec<u8>, F>,
}

/// One array of objects.
pub(super) type Array = Json<LinedArray>;

/// One object a line.
pub(super) type Lines = Json<LineDelimited>;

impl<F: JsonFormat> Json<F> {
    pub(super) fn new() -> Self {
        let builder = WriterBuilder::new().with_explicit_nulls(true).with_encoder_factory(Arc::new(OwnTypes));
        Self { writer: builder.build(Vec::new()) }
    }
}

impl<F: JsonFormat + Send> Encoder for Json<F> {
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.write(batch)?;
        out.append(self.writer.get_mut());
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.finish()?;
        out.append(self.writer.get_mut());
        Ok(())
    }
}

/// How nested values are encoded wherever they stand.
pub(super) fn options() -> EncoderOptions {
    EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(Arc::new(OwnTypes))
}

/// The types that Arrow's JSON writer does otherwise, or not at all.
#[derive(Debug)]
struct OwnTypes;

impl EncoderFactory for OwnTypes {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn datafusion::arrow::array::Array,
        options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn ValueEncoder + 'a> = match array.data_type() {
            DataType::Timestamp(..) => Box::new(Quoted(Instants::new(array)?)),
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let children =
                    fields.iter().map(|(id, field)| Ok((id, make_encoder(field, union.child(id), options)?)));
                Box::new(Variant { union, children: children.collect::<Result<_, ArrowError>>()? })
            }
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.logical_nulls())))
    }
}

struct Quoted(Instants);

impl ValueEncoder for Quoted {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(self.0.text(row).as_bytes());
        out.push(b'"');
    }
}

/// A value that says its own type, as the functions give that look into JSON text.
struct Variant<'a> {
    union: &'a UnionArray,
    children: Vec<(i8, NullableEncoder<'a>)>,
}

impl ValueEncoder for Variant<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let id = self.union.type_id(row);
        let row = self.union.value_offset(row);
        match self.children.iter_mut().find(|(child, _)| *child == id) {
            Some((_, child)) if !child.is_null(row) => child.encode(row, out),
            _ => out.extend_from_slice(b"null"),
        }
    }
}
