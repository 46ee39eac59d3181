//! `sys_primarykeys`, `sys_foreignkeys` and `sys_keycolumns`, all out of the table files. A service promises neither,
//! so their names are made here: `PK_Worklogs`, `FK_Worklogs_IssueId`.

use datafusion::error::Result;

use super::System;
use super::rows::{Row, Value, count, flag, number, text};
use super::scope::{Entry, Scope, What};
use super::tables::{CATALOG_NAME, SCHEMA_NAME, TABLE_NAME, place};
use crate::schema::{Reference, Table};

const COLUMN_NAME: super::Heading = text("ColumnName", "The column of the key");
const FOREIGN_KEY: super::Heading =
    text("ForeignKeyName", "The foreign key, named after the table and the column");
const OTHER_CATALOG: super::Heading =
    text("ReferencedCatalogName", "The connection of the table that a foreign key leads to");
const OTHER_SCHEMA: super::Heading = text("ReferencedSchemaName", "The schema of that table");
const OTHER_TABLE: super::Heading = text("ReferencedTableName", "That table");
const OTHER_COLUMN: super::Heading = text("ReferencedColumnName", "The key of that table");

pub(super) static PRIMARY_KEYS: System = System {
    name: "sys_primarykeys",
    about: "One column of a table's key.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        TABLE_NAME,
        COLUMN_NAME,
        number("KeySeq", "The column's place in the key, counted from one"),
        text("KeyName", "The key, named after the table"),
    ],
    rows: |scope| Box::pin(primary(scope)),
};

pub(super) static FOREIGN_KEYS: System = System {
    name: "sys_foreignkeys",
    about: "One column that holds another table's key. The service does not promise that the other row is there.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        TABLE_NAME,
        COLUMN_NAME,
        text("PrimaryKeyName", "The key of the table that it leads to"),
        FOREIGN_KEY,
        OTHER_CATALOG,
        OTHER_SCHEMA,
        OTHER_TABLE,
        OTHER_COLUMN,
        text("ForeignKeyType", "IMPORT: each key stands once, at the table that holds it"),
    ],
    rows: |scope| Box::pin(foreign(scope)),
};

pub(super) static KEY_COLUMNS: System = System {
    name: "sys_keycolumns",
    about: "One column that is part of its table's key, holds another table's key, or both.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        TABLE_NAME,
        COLUMN_NAME,
        flag("IsKey", "Is it part of the table's key?"),
        flag("IsForeignKey", "Does it hold another table's key?"),
        text("PrimaryKeyName", "The table's key, where it is part of it"),
        FOREIGN_KEY,
        OTHER_CATALOG,
        OTHER_SCHEMA,
        OTHER_TABLE,
        OTHER_COLUMN,
    ],
    rows: |scope| Box::pin(columns(scope)),
};

/// A table with a file, and the place where it is.
struct Filed<'a> {
    scope: &'a Scope,
    entry: &'a Entry,
    table: &'a Table,
}

impl Filed<'_> {
    /// The columns that name one of its columns.
    fn column(&self, column: usize) -> Row {
        let mut row = place(self.scope, self.entry);
        row.push((&self.table.columns[column].name).into());
        row
    }

    fn reference(&self, column: usize) -> Option<Reference> {
        self.table.reference(column, |other| self.scope.key_of(self.table, other))
    }

    fn foreign_key(&self, column: usize) -> String {
        format!("FK_{}_{}", self.entry.name, self.table.columns[column].name)
    }

    /// The four columns that name a referenced one.
    fn other(&self, reference: Reference) -> [Value; 4] {
        let (catalog, schema) = (&self.scope.connection, &self.entry.schema);
        [catalog.into(), schema.into(), reference.table.into(), reference.column.into()]
    }
}

fn primary_key(table: &str) -> Value {
    format!("PK_{table}").into()
}

/// The rows that each table with a file gives.
async fn rows(scope: &Scope, of: impl Fn(&Filed<'_>) -> Vec<Row>) -> Result<Vec<Row>> {
    let entries = scope.tables().await?;
    let filed = |entry: &Entry| match &entry.what {
        What::File(table) => of(&Filed { scope, entry, table }),
        _ => vec![],
    };
    Ok(entries.iter().flat_map(filed).collect())
}

async fn primary(scope: &Scope) -> Result<Vec<Row>> {
    rows(scope, |at| {
        let key = at.table.key.iter().enumerate();
        let row = |(i, column): (usize, &usize)| {
            let mut row = at.column(*column);
            row.extend([count(i + 1), primary_key(&at.entry.name)]);
            row
        };
        key.map(row).collect()
    })
    .await
}

async fn foreign(scope: &Scope) -> Result<Vec<Row>> {
    rows(scope, |at| {
        let row = |column| {
            let reference = at.reference(column)?;
            let mut row = at.column(column);
            row.extend([primary_key(&reference.table), at.foreign_key(column).into()]);
            row.extend(at.other(reference));
            row.push("IMPORT".into());
            Some(row)
        };
        (0..at.table.columns.len()).filter_map(row).collect()
    })
    .await
}

async fn columns(scope: &Scope) -> Result<Vec<Row>> {
    rows(scope, |at| {
        let row = |column| {
            let (is_key, reference) = (at.table.key.contains(&column), at.reference(column));
            if !is_key && reference.is_none() {
                return None;
            }
            let mut row = at.column(column);
            row.extend([is_key.into(), reference.is_some().into()]);
            row.push(if is_key { primary_key(&at.entry.name) } else { Value::Null });
            row.push(reference.as_ref().map(|_| at.foreign_key(column)).into());
            row.extend(reference.map_or([const { Value::Null }; 4], |r| at.other(r)));
            Some(row)
        };
        (0..at.table.columns.len()).filter_map(row).collect()
    })
    .await
}
