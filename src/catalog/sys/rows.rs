//! The columns and rows of system tables: plain values first, one record batch at the end.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int32Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::Result;

use crate::schema::{ALIASES, COMMENT};

/// One column of a system table.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) name: &'static str,
    kind: Kind,
    about: &'static str,
    alias: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
}

const fn heading(name: &'static str, kind: Kind, about: &'static str) -> Heading {
    Heading { name, kind, about, alias: None }
}

pub(super) const fn text(name: &'static str, about: &'static str) -> Heading {
    heading(name, Kind::Text, about)
}

pub(super) const fn number(name: &'static str, about: &'static str) -> Heading {
    heading(name, Kind::Number, about)
}

pub(super) const fn flag(name: &'static str, about: &'static str) -> Heading {
    heading(name, Kind::Flag, about)
}

pub(super) const fn list(name: &'static str, about: &'static str) -> Heading {
    heading(name, Kind::List, about)
}

impl Heading {
    /// The same column, which answers to another name too.
    pub(super) const fn also(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    fn field(&self) -> Field {
        let data_type = match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Int32,
            Kind::Flag => DataType::Boolean,
            Kind::List => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        };
        let mut metadata = vec![(COMMENT.to_owned(), self.about.to_owned())];
        metadata.extend(self.alias.map(|alias| (ALIASES.to_owned(), alias.to_owned())));
        Field::new(self.name, data_type, true).with_metadata(metadata.into_iter().collect())
    }
}

/// The Arrow schema of these columns.
pub(super) fn schema(columns: &[Heading]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Heading::field).collect::<Vec<_>>()))
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Text(String),
    Number(i32),
    Flag(bool),
    List(Vec<String>),
}

impl Value {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(&self) -> Option<i32> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }
}

/// One row, a value a column.
pub(super) type Row = Vec<Value>;

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<String>> for Value {
    fn from(items: Vec<String>) -> Self {
        Self::List(items)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A position counted from one, or a size; what does not fit can't be told and is NULL.
pub(super) fn count(number: usize) -> Value {
    i32::try_from(number).ok().into()
}

/// The rows as one batch.
pub(super) fn batch(columns: &[Heading], schema: SchemaRef, rows: &[Row]) -> Result<RecordBatch> {
    let arrays = columns.iter().enumerate().map(|(i, heading)| {
        let values = rows.iter().map(|row| &row[i]);
        let array: ArrayRef = match heading.kind {
            Kind::Text => Arc::new(values.map(Value::text).collect::<StringArray>()),
            Kind::Number => Arc::new(values.map(Value::number).collect::<Int32Array>()),
            Kind::Flag => Arc::new(values.map(Value::flag).collect::<BooleanArray>()),
            Kind::List => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                for value in values {
                    match value {
                        Value::List(items) => lists.append_value(items.iter().map(Some)),
                        _ => lists.append_null(),
                    }
                }
                Arc::new(lists.finish())
            }
        };
        array
    });
    Ok(RecordBatch::try_new(schema, arrays.collect())?)
}
