//! What a column holds, in the oracle's own words, and the rows of a query's answer in the same words: read from the
//! batches by Arrow's plain accessors, without the connector's types.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};

/// One value of one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
    /// Days since 1970.
    Date(i32),
    List(Vec<Value>),
    Float(f64),
    /// Members and their values.
    Struct(Vec<(&'static str, Value)>),
}

/// The type of a column, as the contract states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Bool,
    Text,
    Timestamp,
    Date,
    TextList,
    Float,
    /// A choice and its second level.
    Cascade,
    /// A list of sprints.
    Sprints,
}

const CASCADE: [Column; 2] = [("Value", Type::Text), ("Child", Type::Text)];

const SPRINT: [Column; 8] = [
    ("Id", Type::Int),
    ("Name", Type::Text),
    ("State", Type::Text),
    ("BoardId", Type::Int),
    ("Goal", Type::Text),
    ("StartDate", Type::Timestamp),
    ("EndDate", Type::Timestamp),
    ("CompleteDate", Type::Timestamp),
];

/// A row: values by column.
pub(crate) type Row = BTreeMap<&'static str, Value>;

/// Rows by the text of their key.
pub(crate) type Rows = BTreeMap<String, Row>;

/// A column: its name and type.
pub(crate) type Column = (&'static str, Type);

pub(crate) fn int(value: impl Into<Option<i64>>) -> Value {
    value.into().map_or(Value::Null, Value::Int)
}

pub(crate) fn text<'a>(value: impl Into<Option<&'a str>>) -> Value {
    value.into().map_or(Value::Null, |it| Value::Text(it.to_owned()))
}

/// Jira writes instants to the millisecond.
pub(crate) fn instant(value: impl Into<Option<DateTime<Utc>>>) -> Value {
    value.into().map_or(Value::Null, |it| Value::Timestamp(it.timestamp_millis() * 1_000))
}

pub(crate) fn date(value: Option<NaiveDate>) -> Value {
    value.map_or(Value::Null, |it| {
        let days = it.signed_duration_since(NaiveDate::default()).num_days();
        Value::Date(i32::try_from(days).expect("a day of this age"))
    })
}

pub(crate) fn texts<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Value {
    Value::List(values.into_iter().map(|it| Value::Text(it.as_ref().to_owned())).collect())
}

impl Value {
    /// The text by which rows are told apart.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            other => panic!("{other:?} is no key"),
        }
    }
}

impl Type {
    fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Int64 => Self::Int,
            DataType::Boolean => Self::Bool,
            DataType::Utf8 => Self::Text,
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => Self::Timestamp,
            DataType::Date32 => Self::Date,
            DataType::List(element) if *element.data_type() == DataType::Utf8 => Self::TextList,
            DataType::Float64 => Self::Float,
            DataType::Struct(_) if has(data_type, &CASCADE) => Self::Cascade,
            DataType::List(element) if has(element.data_type(), &SPRINT) => Self::Sprints,
            _ => return None,
        })
    }
}

/// Is it a struct of exactly these members?
fn has(data_type: &DataType, members: &[Column]) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    let found = fields.iter().map(|it| (it.name().as_str(), Type::of(it.data_type())));
    found.eq(members.iter().map(|(name, kind)| (*name, Some(*kind))))
}

/// The rows of an answer, which must have exactly these columns, in this order, and no key twice.
pub(crate) fn rows(batches: &[RecordBatch], columns: &[Column], key: &str) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for batch in batches {
        let schema = batch.schema();
        let found: Vec<_> =
            schema.fields().iter().map(|f| (f.name().as_str(), Type::of(f.data_type()))).collect();
        let expected: Vec<_> = columns.iter().map(|(name, kind)| (*name, Some(*kind))).collect();
        if found != expected {
            return Err(format!("columns: expected {expected:?}, found {found:?}"));
        }
        for index in 0..batch.num_rows() {
            let row: Row = columns
                .iter()
                .zip(batch.columns())
                .map(|((name, kind), array)| (*name, at(array, *kind, index)))
                .collect();
            if row[key] == Value::Null {
                return Err(format!("the key `{key}` is NULL in {row:?}"));
            }
            if let Some(other) = rows.insert(row[key].key(), row) {
                return Err(format!("`{key}` {:?} came twice", other[key]));
            }
        }
    }
    Ok(rows)
}

fn at(array: &dyn Array, kind: Type, index: usize) -> Value {
    if array.is_null(index) {
        return Value::Null;
    }
    match kind {
        Type::Int => Value::Int(array.as_primitive::<Int64Type>().value(index)),
        Type::Bool => Value::Bool(array.as_boolean().value(index)),
        Type::Text => Value::Text(array.as_string::<i32>().value(index).to_owned()),
        Type::Timestamp => Value::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(index)),
        Type::Date => Value::Date(array.as_primitive::<Date32Type>().value(index)),
        Type::TextList => {
            let list = array.as_list::<i32>().value(index);
            Value::List((0..list.len()).map(|i| at(&list, Type::Text, i)).collect())
        }
        Type::Float => Value::Float(array.as_primitive::<Float64Type>().value(index)),
        Type::Cascade => record(array, &CASCADE, index),
        Type::Sprints => {
            let list = array.as_list::<i32>().value(index);
            Value::List((0..list.len()).map(|i| record(&list, &SPRINT, i)).collect())
        }
    }
}

fn record(array: &dyn Array, members: &[Column], index: usize) -> Value {
    let columns = array.as_struct().columns();
    let members = members.iter().zip(columns);
    Value::Struct(members.map(|((name, kind), column)| (*name, at(column, *kind, index))).collect())
}

/// What differs between the rows that should be there and those that are; nothing if they are equal.
pub(crate) fn differences(expected: &Rows, found: &Rows) -> Vec<String> {
    let missing =
        expected.keys().filter(|key| !found.contains_key(*key)).map(|key| format!("{key}: missing"));
    let surplus =
        found.keys().filter(|key| !expected.contains_key(*key)).map(|key| format!("{key}: not expected"));
    let values = expected.iter().filter_map(|(key, row)| Some((key, row, found.get(key)?))).flat_map(
        |(key, row, other)| {
            row.iter().filter(|(name, value)| other[*name] != **value).map(move |(name, value)| {
                format!("{key}.{name}: expected {value:?}, found {:?}", other[name])
            })
        },
    );
    missing.chain(surplus).chain(values).collect()
}
