//! The system tables: what a connection has, as tables of its `public` schema, with the column names that CData's users
//! know first and ours after them. They are read from the table files, the connection and the session; nothing is
//! computed before one of them is scanned, and a filter on `TableName` leaves the other tables alone.
//!
//! `sys_catalogs` lists every connection of the session. All others speak of their own connection:
//! `SELECT … FROM second.public.sys_tables` asks another one.

mod columns;
mod connection;
mod keys;
mod provider;
mod rows;
mod scope;
mod tables;
mod types;

use futures::future::BoxFuture;

use rows::{Heading, Row};
use scope::Scope;

pub(super) use provider::SystemTable;

/// One system table.
#[derive(Debug)]
pub(super) struct System {
    /// Its name.
    pub(super) name: &'static str,
    about: &'static str,
    columns: &'static [Heading],
    rows: for<'a> fn(&'a Scope) -> BoxFuture<'a, datafusion::error::Result<Vec<Row>>>,
}

/// All of them, sorted by name.
static ALL: [&System; 11] = [
    &tables::CATALOGS,
    &connection::PROPERTIES,
    &keys::FOREIGN_KEYS,
    &connection::INFORMATION,
    &keys::KEY_COLUMNS,
    &keys::PRIMARY_KEYS,
    &tables::PROCEDURES,
    &tables::SCHEMAS,
    &columns::TABLE_COLUMNS,
    &tables::TABLES,
    &tables::VIEWS,
];

/// The names of the system tables, sorted.
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> {
    ALL.iter().map(|system| system.name)
}

/// The system table of this name in any case.
pub(super) fn find(name: &str) -> Option<&'static System> {
    ALL.iter().find(|system| system.name.eq_ignore_ascii_case(name)).copied()
}
