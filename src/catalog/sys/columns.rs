//! `sys_tablecolumns`: every column of every table, its types, and what a filter on it can do.

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::error::Result;

use super::System;
use super::rows::{self, Row, Value, count, flag, list, number, text};
use super::scope::{Scope, What};
use super::tables::{CATALOG_NAME, SCHEMA_NAME, TABLE_NAME, place};
use super::types::sql_type;
use crate::pushdown;
use crate::schema::{ALIASES, COMMENT, Column, ColumnType, HIDDEN, Source, Table};

pub(super) static TABLE_COLUMNS: System = System {
    name: "sys_tablecolumns",
    about: "One column of a table or view of the connection.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        TABLE_NAME,
        text("ColumnName", "The column, as headings spell it"),
        text(
            "DataTypeName",
            "Its type in SQL: BIGINT, DOUBLE, BOOLEAN, VARCHAR, TIMESTAMP, DATE, LIST, STRUCT",
        ),
        number("DataType", "Its type as a number of java.sql.Types"),
        number("Length", "Bytes of a number, date or timestamp; characters of a text at most"),
        number("DisplaySize", "Characters that a value takes at most"),
        number("NumericPrecision", "Digits of a number; characters of a text, date or timestamp"),
        number("NumericScale", "Digits after the point; of a second for timestamps"),
        flag("IsNullable", "Can it be NULL?"),
        text("Description", "What it holds, where its name does not say it"),
        number("Ordinal", "Its place in the table, counted from one"),
        flag("IsAutoIncrement", "Does the service count it up? Never told"),
        flag("IsGeneratedColumn", "Is it computed from other columns? It is looked up by one of them"),
        flag("IsHidden", "Is it left out of *? It can be named all the same"),
        flag("IsArray", "Is it a list?"),
        flag("IsReadOnly", "Can't it be written? Connections only read, so far"),
        flag("IsKey", "Is it part of the table's key?"),
        text("ArrowType", "Its Arrow type, as arrow_typeof() writes it"),
        flag("IsFilterable", "Does a filter on it travel to the service? All others are applied here"),
        list("FilterOperators", "The operators that travel to the service"),
        flag("IsRequired", "Is it one of the columns without which the table can't be read?"),
        list("Aliases", "Other names that mean the column"),
        text("LookupTable", "The table that its value is looked up in, in requests of their own"),
        text("LookupColumn", "The column there"),
        text(
            "DataFactoryType",
            "Its type in the words of Azure Data Factory's connector: string, integer, number, datetime, boolean, object, array",
        ),
    ],
    rows: |scope| Box::pin(all(scope)),
};

async fn all(scope: &Scope) -> Result<Vec<Row>> {
    let mut found = vec![];
    for entry in scope.tables().await? {
        let place = place(scope, &entry);
        match &entry.what {
            What::File(table) => {
                let table = scope.whole(table).await?;
                of_schema(&place, &table.arrow, Some(&table), &mut found);
            }
            What::System(system) => of_schema(&place, &rows::schema(system.columns), None, &mut found),
            What::View(_) => {
                if let Some(schema) = scope.columns_of(&entry).await? {
                    of_schema(&place, &schema, None, &mut found);
                }
            }
            What::Made(made) => of_schema(&place, &made.schema(), None, &mut found),
        }
    }
    Ok(found)
}

fn of_schema(place: &[Value], schema: &SchemaRef, table: Option<&Table>, found: &mut Vec<Row>) {
    let required = table.map(Table::required).unwrap_or_default();
    for (i, field) in schema.fields().iter().enumerate() {
        let mut row = place.to_vec();
        row.extend(of_field(i, field, table));
        row.extend(of_file(i, table, &required));
        let aliases =
            field.metadata().get(ALIASES).map(|names| names.split(',').map(str::to_owned).collect());
        row.push(Value::List(aliases.unwrap_or_default()));
        row.extend(looked_up(i, table));
        row.push(factory_type(field.data_type(), table.and_then(|t| t.columns.get(i))).into());
        found.push(row);
    }
}

/// From `ColumnName` to `ArrowType`.
fn of_field(i: usize, field: &Field, table: Option<&Table>) -> [Value; 17] {
    let sql = sql_type(field.data_type());
    let metadata = |key: &str| field.metadata().get(key);
    let generated =
        table.and_then(|t| t.columns.get(i)).is_some_and(|column| matches!(column.source, Source::Lookup(_)));
    [
        field.name().into(),
        sql.name.into(),
        sql.code.into(),
        sql.length.into(),
        sql.display.into(),
        sql.precision.into(),
        sql.scale.into(),
        field.is_nullable().into(),
        metadata(COMMENT).into(),
        count(i + 1),
        false.into(),
        generated.into(),
        metadata(HIDDEN).is_some_and(|hidden| hidden == "true").into(),
        matches!(
            field.data_type(),
            DataType::List(_)
                | DataType::ListView(_)
                | DataType::LargeList(_)
                | DataType::LargeListView(_)
                | DataType::FixedSizeList(..)
        )
        .into(),
        true.into(),
        table.is_some_and(|t| t.key.contains(&i)).into(),
        field.data_type().to_string().into(),
    ]
}

/// `IsFilterable`, `FilterOperators`, `IsRequired`.
fn of_file(i: usize, table: Option<&Table>, required: &[usize]) -> [Value; 3] {
    let operators = match table {
        Some(table) if i < table.columns.len() => pushdown::operators(table, i),
        _ => vec![],
    };
    let names: Vec<String> = operators.into_iter().map(str::to_owned).collect();
    [(!names.is_empty()).into(), names.into(), required.contains(&i).into()]
}

/// `DataFactoryType`. JSON text is an object there.
fn factory_type(data_type: &DataType, column: Option<&Column>) -> &'static str {
    if column.is_some_and(|column| column.data_type == ColumnType::Json) {
        return "object";
    }
    match data_type {
        DataType::Boolean => "boolean",
        DataType::Struct(_) | DataType::Map(..) => "object",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "array",
        data_type if data_type.is_integer() => "integer",
        data_type if data_type.is_numeric() => "number",
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "datetime",
        _ => "string",
    }
}

/// `LookupTable`, `LookupColumn`.
fn looked_up(i: usize, table: Option<&Table>) -> [Value; 2] {
    match table.and_then(|t| t.columns.get(i)).map(|column| &column.source) {
        Some(Source::Lookup(lookup)) => [(&lookup.table).into(), (&lookup.column).into()],
        _ => [Value::Null, Value::Null],
    }
}
