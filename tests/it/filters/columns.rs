//! The columns that a filter can be about, with the values that their table holds.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use jirrow::pushdown;
use jirrow::schema::{Bound, Operand, Parameter, SpeaksOf, Table, Takes};

/// A value of a column, or the one that a list has.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Datum {
    Bool(bool),
    Text(String),
    Int(i64),
    Float(f64),
    /// Days since 1970.
    Day(i32),
    /// Microseconds since 1970.
    Instant(i64),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Text,
    Int,
    Float,
    Day,
    Instant,
    TextList,
}

/// What the service compares a column with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Name,
    Id,
    Number,
    Minutes,
    Day,
    Instant,
    List,
    /// What an issue is asked for by.
    Key,
    /// What a change feed can begin at.
    Floor,
    /// Nothing: the engine does it all.
    Engine,
}

/// A column and what it holds.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) kind: Kind,
    /// The operators that travel, as the catalog names them.
    pub(crate) operators: Vec<&'static str>,
    /// The values that occur, each as often as it does; NULLs are left out.
    pub(crate) values: Vec<Datum>,
    pub(crate) has_nulls: bool,
}

impl Column {
    /// Does JQL know it?
    pub(crate) fn is_in_jql(&self) -> bool {
        !matches!(self.kind, Kind::Key | Kind::Floor | Kind::Engine)
    }

    /// The name in quotes.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }
}

/// The columns of a table that a filter can be about, out of all rows.
pub(crate) fn columns(table: &Table, rows: &[RecordBatch]) -> Vec<Column> {
    let Some(first) = rows.first() else { return vec![] };
    let places: BTreeMap<String, usize> =
        first.schema().fields().iter().enumerate().map(|(i, field)| (field.name().clone(), i)).collect();
    let mut columns = vec![];
    for (index, column) in table.columns.iter().enumerate() {
        let Some(place) = places.get(&column.name) else { continue };
        let Some(shape) = shape(first.column(*place).data_type()) else { continue };
        let mut values = vec![];
        let mut has_nulls = false;
        for batch in rows {
            let array = batch.column(*place);
            has_nulls |= array.null_count() > 0;
            for row in (0..array.len()).filter(|row| !array.is_null(*row)) {
                read(array, shape, row, &mut values);
            }
        }
        let kind = match &column.jql {
            Some(jql) if jql.speaks_of == SpeaksOf::List => Kind::List,
            Some(jql) => match jql.by {
                Operand::Name => Kind::Name,
                Operand::Id => Kind::Id,
                Operand::Number => Kind::Number,
                Operand::Minutes => Kind::Minutes,
                Operand::Day => Kind::Day,
                Operand::Instant => Kind::Instant,
            },
            None if has_floor(table, index) => Kind::Floor,
            None if !pushdown::operators(table, index).is_empty() => Kind::Key,
            None => Kind::Engine,
        };
        let operators = pushdown::operators(table, index);
        columns.push(Column { name: column.name.clone(), shape, kind, operators, values, has_nulls });
    }
    columns
}

/// Can a list begin at an instant that the column has at least?
fn has_floor(table: &Table, column: usize) -> bool {
    let is_floor = |it: &Parameter| {
        matches!(it.takes, Takes::Bound { side: Bound::Lower, .. }) && it.columns.contains(&column)
    };
    table.paths.iter().flat_map(|path| &path.parameters).any(is_floor)
}

fn shape(data_type: &DataType) -> Option<Shape> {
    Some(match data_type {
        DataType::Boolean => Shape::Bool,
        DataType::Utf8 => Shape::Text,
        DataType::Int64 => Shape::Int,
        DataType::Float64 => Shape::Float,
        DataType::Date32 => Shape::Day,
        DataType::Timestamp(TimeUnit::Microsecond, _) => Shape::Instant,
        DataType::List(item) if *item.data_type() == DataType::Utf8 => Shape::TextList,
        _ => return None,
    })
}

fn read(array: &dyn Array, shape: Shape, row: usize, values: &mut Vec<Datum>) {
    values.push(match shape {
        Shape::Bool => Datum::Bool(array.as_boolean().value(row)),
        Shape::Text => Datum::Text(array.as_string::<i32>().value(row).to_owned()),
        Shape::Int => Datum::Int(array.as_primitive::<Int64Type>().value(row)),
        Shape::Float => Datum::Float(array.as_primitive::<Float64Type>().value(row)),
        Shape::Day => Datum::Day(array.as_primitive::<Date32Type>().value(row)),
        Shape::Instant => Datum::Instant(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        Shape::TextList => {
            let items = array.as_list::<i32>().value(row);
            values.extend(items.as_string::<i32>().iter().flatten().map(|it| Datum::Text(it.to_owned())));
            return;
        }
    });
}
