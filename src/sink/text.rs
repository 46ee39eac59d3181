//! Values as text, the same in every format that is made of text.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, UnionArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::EncoderOptions;
use datafusion::arrow::json::writer::{NullableEncoder, make_encoder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// One column of a batch, cell by cell.
pub(super) struct Cells<'a> {
    array: &'a ArrayRef,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Plain(ArrayFormatter<'a>),
    Instants(Instants),
    /// Lists, structs and maps are compact JSON.
    Json(NullableEncoder<'a>),
    /// Each cell has a type of its own.
    Union(&'a UnionArray, Vec<(i8, Cells<'a>)>),
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        field: &'a FieldRef,
        array: &'a ArrayRef,
        json: &'a EncoderOptions,
    ) -> Result<Self, ArrowError> {
        let kind = match array.data_type() {
            DataType::Timestamp(..) => Kind::Instants(Instants::new(array)?),
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let children =
                    fields.iter().map(|(id, field)| Ok((id, Self::new(field, union.child(id), json)?)));
                Kind::Union(union, children.collect::<Result<_, ArrowError>>()?)
            }
            nested if nested.is_nested() => Kind::Json(make_encoder(field, array, json)?),
            _ => Kind::Plain(ArrayFormatter::try_new(array, &PLAIN)?),
        };
        Ok(Self { array, kind })
    }

    /// The text of a cell; `None` is NULL.
    pub(super) fn get(&mut self, row: usize) -> Result<Option<String>, ArrowError> {
        if let Kind::Union(union, children) = &mut self.kind {
            let id = union.type_id(row);
            let row = union.value_offset(row);
            return match children.iter_mut().find(|(child, _)| *child == id) {
                Some((_, child)) => child.get(row),
                None => Ok(None),
            };
        }
        if self.array.is_null(row) || self.array.data_type() == &DataType::Null {
            return Ok(None);
        }
        Ok(Some(match &mut self.kind {
            Kind::Plain(formatter) => {
                let text = formatter.value(row).try_to_string()?;
                // A dictionary's key may lead to NULL.
                if text.is_empty() && self.array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
                    return Ok(None);
                }
                text
            }
            Kind::Instants(instants) => instants.text(row),
            Kind::Json(encoder) => {
                let mut bytes = Vec::new();
                encoder.encode(row, &mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Kind::Union(..) => String::new(),
        }))
    }
}

const PLAIN: FormatOptions<'static> = FormatOptions::new().with_display_error(false);

/// Whether a column holds text, which alone can be taken for a formula.
pub(super) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Union(..) => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Timestamps as RFC 3339 with milliseconds, or as many digits more as are not zero.
pub(super) struct Instants {
    ticks: ArrayRef,
    unit: TimeUnit,
    suffix: &'static str,
}

impl Instants {
    pub(super) fn new(array: &dyn Array) -> Result<Self, ArrowError> {
        let DataType::Timestamp(unit, zone) = array.data_type() else {
            return Err(ArrowError::CastError(format!("{} is no timestamp", array.data_type())));
        };
        // A zoned timestamp is stored as UTC whatever its zone, a zoneless one belongs to no zone.
        let suffix = if zone.is_some() { "Z" } else { "" };
        Ok(Self { ticks: cast(array, &DataType::Int64)?, unit: *unit, suffix })
    }

    pub(super) fn text(&self, row: usize) -> String {
        let ticks = self.ticks.as_primitive::<Int64Type>().value(row);
        let per_second: i64 = match self.unit {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        };
        let nanos = ticks.rem_euclid(per_second) * (1_000_000_000 / per_second);
        let time: Option<DateTime<Utc>> = u32::try_from(nanos)
            .ok()
            .and_then(|nanos| DateTime::from_timestamp(ticks.div_euclid(per_second), nanos));
        // Years that no calendar library knows: the number is better than nothing.
        let Some(time) = time else { return ticks.to_string() };
        let pattern = match nanos {
            n if n % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3f",
            n if n % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.6f",
            _ => "%Y-%m-%dT%H:%M:%S%.9f",
        };
        format!("{}{}", time.format(pattern), self.suffix)
    }
}

/// Text in which nothing can move a terminal's cursor, change its colours or the order of its letters.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_control(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// C0, DEL, C1, line separators, and the marks that turn or isolate the direction of writing.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
