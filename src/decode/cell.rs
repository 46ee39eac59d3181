//! One column under construction: takes the JSON text of one value a row and converts it to the column's type.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, NullBufferBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::array::{ArrayRef, ListArray, StructArray};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{Field, FieldRef, Fields};
use datafusion::arrow::error::ArrowError;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::trie::{Found, Mode, NoList, Spot, Trie};
use super::{adf, scalar, sprint};
use crate::schema::{ColumnType, StructField};

/// Rows and bytes of text that a column has room for at first. The builders' own choice is ten times as much as a page of
/// issues has, and a scan holds many pages at once.
const ROWS: usize = 128;
const TEXT: usize = 1024;

/// A column's type, compiled for reading.
#[derive(Debug, Clone)]
pub(super) enum Reader {
    Int64,
    Float64,
    Boolean,
    Text,
    Timestamp,
    Date,
    RichText,
    Json,
    /// The members that lead from an element to its value (none: the element is the value), and the value's type.
    List {
        within: Option<Trie>,
        item: Box<Reader>,
        field: FieldRef,
    },
    Struct {
        members: Trie,
        readers: Vec<Reader>,
        fields: Fields,
    },
}

impl Reader {
    pub(super) fn new(data_type: &ColumnType) -> Self {
        match data_type {
            ColumnType::Int64 => Self::Int64,
            ColumnType::Float64 => Self::Float64,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Text => Self::Text,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::Date => Self::Date,
            ColumnType::RichText => Self::RichText,
            ColumnType::Json => Self::Json,
            ColumnType::List(path, item) => Self::List {
                within: (!path.is_empty()).then(|| Trie::new([path.as_slice()], None)),
                item: Box::new(Self::new(item)),
                field: Arc::new(Field::new_list_field(item.arrow(), true)),
            },
            ColumnType::Struct(fields) => Self::Struct {
                members: Trie::new(fields.iter().map(|f| f.from.as_slice()), None),
                readers: fields.iter().map(|f| Self::new(&f.data_type)).collect(),
                fields: fields.iter().map(arrow_member).collect(),
            },
        }
    }
}

fn arrow_member(member: &StructField) -> Field {
    Field::new(&member.name, member.data_type.arrow(), true)
}

/// What became of a value. In every case the cell is one row longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is in the column.
    Value,
    /// It was `null`, and so is the column.
    Null,
    /// It, or a part of it, does not fit the column's type and became NULL.
    Misfit,
    /// The column would exceed what one batch can hold (2 GiB of text or 2^31 elements).
    TooLarge,
}

/// A column under construction.
pub(super) enum Cell<'l, 'de> {
    Int64(Int64Builder),
    Float64(Float64Builder),
    Boolean(BooleanBuilder),
    Text(StringBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    RichText(StringBuilder),
    Json(StringBuilder),
    List(Box<ListCell<'l, 'de>>),
    Struct(Box<StructCell<'l, 'de>>),
}

pub(super) struct ListCell<'l, 'de> {
    field: &'l FieldRef,
    within: Option<&'l Trie>,
    found: Found<'de>,
    item: Cell<'l, 'de>,
    items: usize,
    ends: Vec<i32>,
    valid: NullBufferBuilder,
}

pub(super) struct StructCell<'l, 'de> {
    fields: &'l Fields,
    members: &'l Trie,
    found: Found<'de>,
    cells: Vec<Cell<'l, 'de>>,
    valid: NullBufferBuilder,
}

impl<'l, 'de> Cell<'l, 'de> {
    pub(super) fn new(reader: &'l Reader) -> Self {
        let text = || StringBuilder::with_capacity(ROWS, TEXT);
        match reader {
            Reader::Int64 => Self::Int64(Int64Builder::with_capacity(ROWS)),
            Reader::Float64 => Self::Float64(Float64Builder::with_capacity(ROWS)),
            Reader::Boolean => Self::Boolean(BooleanBuilder::with_capacity(ROWS)),
            Reader::Text => Self::Text(text()),
            Reader::Timestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::with_capacity(ROWS).with_timezone("UTC"))
            }
            Reader::Date => Self::Date(Date32Builder::with_capacity(ROWS)),
            Reader::RichText => Self::RichText(text()),
            Reader::Json => Self::Json(text()),
            Reader::List { within, item, field } => Self::List(Box::new(ListCell {
                field,
                within: within.as_ref(),
                found: Found::default(),
                item: Cell::new(item),
                items: 0,
                ends: vec![0],
                valid: NullBufferBuilder::new(0),
            })),
            Reader::Struct { members, readers, fields } => Self::Struct(Box::new(StructCell {
                fields,
                members,
                found: Found::default(),
                cells: readers.iter().map(Cell::new).collect(),
                valid: NullBufferBuilder::new(0),
            })),
        }
    }

    /// Adds a NULL.
    pub(super) fn null(&mut self) {
        match self {
            Self::Int64(b) => b.append_null(),
            Self::Float64(b) => b.append_null(),
            Self::Boolean(b) => b.append_null(),
            Self::Text(b) | Self::RichText(b) | Self::Json(b) => b.append_null(),
            Self::Timestamp(b) => b.append_null(),
            Self::Date(b) => b.append_null(),
            Self::List(list) => {
                list.ends.push(list.ends.last().copied().unwrap_or_default());
                list.valid.append_null();
            }
            Self::Struct(record) => {
                record.cells.iter_mut().for_each(Cell::null);
                record.valid.append_null();
            }
        }
    }

    /// Adds the value that this JSON text is; NULL where it is `null` or does not fit.
    pub(super) fn append(&mut self, text: &'de str) -> Outcome {
        if text == "null" {
            self.null();
            return Outcome::Null;
        }
        match self {
            Self::List(list) => list.append(text),
            Self::Struct(record) => record.append(text),
            scalar => scalar.append_scalar(text),
        }
    }

    /// The same for a single value, whose text need not be that of the page.
    fn append_scalar(&mut self, text: &str) -> Outcome {
        if text == "null" {
            self.null();
            return Outcome::Null;
        }
        let fits = match self {
            Self::Int64(b) => scalar::int64(text).map(|v| b.append_value(v)),
            Self::Float64(b) => scalar::float64(text).map(|v| b.append_value(v)),
            Self::Boolean(b) => scalar::boolean(text).map(|v| b.append_value(v)),
            Self::Timestamp(b) => scalar::timestamp(text).map(|v| b.append_value(v)),
            Self::Date(b) => scalar::date(text).map(|v| b.append_value(v)),
            Self::Text(b) => return append_text(b, scalar::text(text)),
            Self::RichText(b) => return append_text(b, rich_text(text)),
            Self::Json(b) => return append_text(b, Some(scalar::compact(text))),
            Self::List(_) | Self::Struct(_) => None,
        };
        if fits.is_some() {
            Outcome::Value
        } else {
            self.null();
            Outcome::Misfit
        }
    }

    /// Adds JSON text that is not part of the page, such as the misfit values of a row.
    pub(super) fn append_json(&mut self, text: &str) -> Outcome {
        if let Self::Json(b) = self {
            return append_text(b, Some(Cow::Borrowed(text)));
        }
        self.null();
        Outcome::Misfit
    }

    /// Appends a number that is no JSON text.
    pub(super) fn append_number(&mut self, number: usize) {
        match (self, i64::try_from(number)) {
            (Self::Int64(b), Ok(number)) => b.append_value(number),
            (cell, _) => cell.null(),
        }
    }

    /// Appends a text that is no JSON.
    pub(super) fn append_name(&mut self, name: &str) {
        match self {
            Self::Text(b) => b.append_value(name),
            cell => cell.null(),
        }
    }

    fn append_spot(&mut self, spot: Spot<'de>) -> Outcome {
        match spot {
            Spot::Value(text) => self.append(text),
            other => self.append_scalar_spot(other),
        }
    }

    /// Appends what was found in a text that is not the page's, of which only single values can be taken.
    pub(super) fn append_scalar_spot(&mut self, spot: Spot<'_>) -> Outcome {
        match spot {
            Spot::Value(text) => self.append_scalar(text),
            Spot::Absent => {
                self.null();
                Outcome::Null
            }
            Spot::Misplaced(_) => {
                self.null();
                Outcome::Misfit
            }
        }
    }

    /// The finished column.
    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Int64(mut b) => Arc::new(b.finish()),
            Self::Float64(mut b) => Arc::new(b.finish()),
            Self::Boolean(mut b) => Arc::new(b.finish()),
            Self::Text(mut b) | Self::RichText(mut b) | Self::Json(mut b) => Arc::new(b.finish()),
            Self::Timestamp(mut b) => Arc::new(b.finish()),
            Self::Date(mut b) => Arc::new(b.finish()),
            Self::List(list) => {
                let mut list = *list;
                let ends = OffsetBuffer::new(ScalarBuffer::from(list.ends));
                Arc::new(ListArray::try_new(
                    Arc::clone(list.field),
                    ends,
                    list.item.finish()?,
                    list.valid.finish(),
                )?)
            }
            Self::Struct(record) => {
                let mut record = *record;
                let rows = record.valid.len();
                let arrays = record.cells.into_iter().map(Cell::finish).collect::<Result<_, _>>()?;
                let valid = record.valid.finish();
                Arc::new(StructArray::try_new_with_length(record.fields.clone(), arrays, valid, rows)?)
            }
        })
    }
}

/// Adds text to a column of text: NULL for nothing.
pub(super) fn append_text(builder: &mut StringBuilder, text: Option<Cow<'_, str>>) -> Outcome {
    let Some(text) = text else {
        builder.append_null();
        return Outcome::Misfit;
    };
    if i32::try_from(builder.values_slice().len() + text.len()).is_err() {
        builder.append_null();
        return Outcome::TooLarge;
    }
    builder.append_value(text);
    Outcome::Value
}

/// Wiki markup as it is, a document as plain text.
fn rich_text(text: &str) -> Option<Cow<'_, str>> {
    match text.as_bytes().first()? {
        b'"' => scalar::string(text),
        b'{' => adf::plain_text(text).map(Cow::Owned),
        _ => None,
    }
}

impl<'de> ListCell<'_, 'de> {
    fn append(&mut self, text: &'de str) -> Outcome {
        let mut outcome = Outcome::Misfit;
        if text.starts_with('[') {
            // The text is valid JSON, so that only the shape of an element could be refused, and none is.
            let mut json = serde_json::Deserializer::from_str(text);
            outcome = json.deserialize_seq(Items(self)).unwrap_or(Outcome::Misfit);
            self.valid.append_non_null();
        } else {
            self.valid.append_null();
        }
        let end = i32::try_from(self.items);
        self.ends.push(end.unwrap_or(i32::MAX));
        if end.is_err() { Outcome::TooLarge } else { outcome }
    }

    fn item(&mut self, text: &'de str) -> Outcome {
        self.items += 1;
        let Some(within) = self.within else { return self.item.append(text) };
        self.found.reset(within);
        match within.text(text, &mut self.found, &mut NoList, Mode::Careful) {
            Ok(()) => self.item.append_spot(self.found.spots[0]),
            Err(_) => self.item.append_spot(Spot::Misplaced(text)),
        }
    }
}

struct Items<'c, 'l, 'de>(&'c mut ListCell<'l, 'de>);

impl<'de> Visitor<'de> for Items<'_, '_, 'de> {
    type Value = Outcome;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Outcome, A::Error> {
        let mut worst = Outcome::Value;
        while let Some(element) = elements.next_element::<&'de RawValue>()? {
            worst = worse(worst, self.0.item(element.get()));
        }
        Ok(worst)
    }
}

impl<'de> StructCell<'_, 'de> {
    fn append(&mut self, text: &'de str) -> Outcome {
        if let Some(object) = sprint::object(text) {
            return self.append_other(&object);
        }
        self.found.reset(self.members);
        let read = self.members.text(text, &mut self.found, &mut NoList, Mode::Careful);
        if !text.starts_with('{') || read.is_err() {
            self.cells.iter_mut().for_each(Cell::null);
            self.valid.append_null();
            return Outcome::Misfit;
        }
        self.valid.append_non_null();
        let mut worst = Outcome::Value;
        for (cell, spot) in self.cells.iter_mut().zip(&self.found.spots) {
            worst = worse(worst, cell.append_spot(*spot));
        }
        worst
    }
}

impl StructCell<'_, '_> {
    /// Appends an object that is not the page's.
    fn append_other(&mut self, object: &str) -> Outcome {
        let mut found = Found::default();
        found.reset(self.members);
        if self.members.text(object, &mut found, &mut NoList, Mode::Careful).is_err() {
            found.reset(self.members);
        }
        self.valid.append_non_null();
        let parts = self.cells.iter_mut().zip(&found.spots);
        parts.map(|(cell, spot)| cell.append_scalar_spot(*spot)).fold(Outcome::Value, worse)
    }
}

/// Of the outcomes of a value's parts, the one that counts for the whole. A NULL part is a part as any other.
fn worse(so_far: Outcome, part: Outcome) -> Outcome {
    match (so_far, part) {
        (Outcome::TooLarge, _) | (_, Outcome::TooLarge) => Outcome::TooLarge,
        (Outcome::Misfit, _) | (_, Outcome::Misfit) => Outcome::Misfit,
        _ => Outcome::Value,
    }
}
