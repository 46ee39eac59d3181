//! `jirrow tables`: the catalog, a line a table. Needs no connection.

use std::fmt::Write as _;

use super::arguments::{Options, Tables};
use super::{Failure, open, print};
use crate::catalog::Session;

pub(super) fn run(command: &Tables, options: &Options) -> Result<(), Failure> {
    let session = Session::builder().library(open::library(options)?).build().map_err(Failure::failed)?;
    print(&list(&session, command.pattern.as_deref())?)
}

/// The tables whose name or description has this text.
pub(super) fn list(session: &Session, pattern: Option<&str>) -> Result<String, Failure> {
    let mut tables = session.tables().map_err(Failure::failed)?;
    if let Some(pattern) = pattern {
        let wanted = pattern.to_lowercase();
        tables.retain(|t| {
            [&t.name.name, &t.about]
                .into_iter()
                .chain(&t.aliases)
                .any(|text| text.to_lowercase().contains(&wanted))
        });
        if tables.is_empty() {
            return Err(Failure::failed(format!("no table has `{pattern}` in its name or description")));
        }
    }
    let width = tables.iter().map(|t| t.name.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for table in tables {
        let _ = writeln!(text, "{:width$}  {}", table.name.name, table.about);
    }
    Ok(text)
}
