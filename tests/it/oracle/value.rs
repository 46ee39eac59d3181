//! What a column holds, in the oracle's own words, and the rows of a query's answer in the same words: read from the
//! batches by Arrow's plain accessors, without the connector's types.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, FieldRef, Fields, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
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
    IntList,
    Float,
    /// A choice and its second level.
    Cascade,
    /// A list of sprints.
    Sprints,
    /// Text that is an address on the site: its scheme and host, which differ from run to run, are left out.
    Address,
    /// JSON text, from which addresses on the site are left out.
    Json,
    /// A list of structs of these members.
    Structs(&'static [Column]),
}

static CASCADE: [Column; 2] = [("Value", Type::Text), ("Child", Type::Text)];

static SPRINT: [Column; 8] = [
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

/// Rows by the texts of their keys.
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

pub(crate) fn boolean(value: impl Into<Option<bool>>) -> Value {
    value.into().map_or(Value::Null, Value::Bool)
}

/// The text by which a row is told from the others.
pub(crate) fn key(row: &Row, columns: &[&str]) -> String {
    columns.iter().map(|column| row[column].key()).collect::<Vec<_>>().join("/")
}

impl Value {
    /// The text by which values of a key are told apart.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            other => panic!("{other:?} is no key"),
        }
    }
}

impl Type {
    /// Is it this type of Arrow's?
    fn is(self, data_type: &DataType) -> bool {
        match (self, data_type) {
            (Self::Int, DataType::Int64)
            | (Self::Bool, DataType::Boolean)
            | (Self::Text | Self::Address | Self::Json, DataType::Utf8)
            | (Self::Date, DataType::Date32)
            | (Self::Float, DataType::Float64) => true,
            (Self::Timestamp, DataType::Timestamp(TimeUnit::Microsecond, Some(zone))) => &**zone == "UTC",
            (Self::TextList, DataType::List(element)) => *element.data_type() == DataType::Utf8,
            (Self::IntList, DataType::List(element)) => *element.data_type() == DataType::Int64,
            (Self::Cascade, DataType::Struct(fields)) => have(fields, &CASCADE),
            (Self::Sprints, _) => Self::Structs(&SPRINT).is(data_type),
            (Self::Structs(members), DataType::List(element)) => match element.data_type() {
                DataType::Struct(fields) => have(fields, members),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Do they have these names and types, in this order?
fn have(fields: &Fields, columns: &[Column]) -> bool {
    let is = |(field, (name, kind)): (&FieldRef, &Column)| field.name() == name && kind.is(field.data_type());
    fields.len() == columns.len() && fields.iter().zip(columns).all(is)
}

/// The rows of an answer, which must have exactly these columns, in this order, and no key twice.
pub(crate) fn rows(batches: &[RecordBatch], columns: &[Column], key: &[&str]) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for batch in batches {
        let schema = batch.schema();
        if !have(schema.fields(), columns) {
            return Err(format!("columns: expected {columns:?}, found {:?}", schema.fields()));
        }
        for row in in_order(batch, columns) {
            if let Some(column) = key.iter().find(|column| row[*column] == Value::Null) {
                return Err(format!("the key column `{column}` is NULL in {row:?}"));
            }
            let text = self::key(&row, key);
            if let Some(other) = rows.insert(text, row) {
                return Err(format!("the key of {other:?} came twice"));
            }
        }
    }
    Ok(rows)
}

/// The rows of a batch that has these columns.
pub(super) fn in_order(batch: &RecordBatch, columns: &[Column]) -> Vec<Row> {
    let row = |index| {
        let cells = columns.iter().zip(batch.columns());
        cells.map(|((name, kind), array)| (*name, at(array, *kind, index))).collect()
    };
    (0..batch.num_rows()).map(row).collect()
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
        Type::IntList => {
            let list = array.as_list::<i32>().value(index);
            Value::List((0..list.len()).map(|i| at(&list, Type::Int, i)).collect())
        }
        Type::Float => Value::Float(array.as_primitive::<Float64Type>().value(index)),
        Type::Address => {
            let address = array.as_string::<i32>().value(index);
            let on_site = address.strip_prefix(ON_SITE);
            let on_site = on_site.map(|it| it.trim_start_matches(char::is_numeric));
            Value::Text(on_site.unwrap_or(address).to_owned())
        }
        Type::Json => {
            let text = array.as_string::<i32>().value(index);
            let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(json.to_string().len(), text.len(), "no compact JSON: {text}");
            Value::Text(without_addresses(json).to_string())
        }
        Type::Cascade => record(array, &CASCADE, index),
        Type::Sprints => at(array, Type::Structs(&SPRINT), index),
        Type::Structs(members) => {
            let list = array.as_list::<i32>().value(index);
            Value::List((0..list.len()).map(|i| record(&list, members, i)).collect())
        }
    }
}

/// How they begin in the sandbox's documents.
const BASE: &str = "{base}";

/// How addresses on the sandbox begin.
const ON_SITE: &str = "http://127.0.0.1:";

pub(super) fn without_addresses(mut json: serde_json::Value) -> serde_json::Value {
    for element in json.as_array_mut().into_iter().flatten() {
        *element = without_addresses(element.take());
    }
    if let Some(members) = json.as_object_mut() {
        members
            .retain(|_, it| !it.as_str().is_some_and(|it| it.starts_with(ON_SITE) || it.starts_with(BASE)));
        for member in members.values_mut() {
            *member = without_addresses(member.take());
        }
    }
    for element in json.as_array_mut().into_iter().flatten() {
        *element = without_addresses(element.take());
    }
    json
}

fn record(array: &dyn Array, members: &[Column], index: usize) -> Value {
    let members = members.iter().zip(array.as_struct().columns());
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
