//! `jirrow tables`: the catalog, a line a table. Needs no connection, and parses no table file.

use std::fmt::Write as _;

use super::arguments::{Options, Tables};
use super::{Failure, open, print, say};
use crate::catalog::Session;
use crate::schema::{CURATED, Listed};

pub(super) fn run(command: &Tables, options: &Options) -> Result<(), Failure> {
    let session = open::unconnected(options)?;
    let listed = session.listed().map_err(Failure::failed)?;
    let (shown, more) = fitting(listed, command.pattern.as_deref())?;
    print(&lines(&shown))?;
    if more > 0 && !options.quiet {
        say(&format!("{more} more, the service's endpoints one to one: `jirrow tables rest.`"));
    }
    Ok(())
}

/// The curated tables and the views, a line each.
pub(super) fn list(session: &Session) -> Result<String, Failure> {
    let listed = session.listed().map_err(Failure::failed)?;
    Ok(lines(&fitting(listed, None)?.0))
}

/// The tables whose name or description has this text; without one, the curated tables, the views, and the number of the others.
fn fitting(mut tables: Vec<Listed>, pattern: Option<&str>) -> Result<(Vec<Listed>, usize), Failure> {
    let all = tables.len();
    let Some(pattern) = pattern else {
        tables.retain(|t| t.name.schema == CURATED);
        let more = all - tables.len();
        return Ok((tables, more));
    };
    let wanted = pattern.to_lowercase();
    tables.retain(|t| {
        [&t.name.shortest(), &t.about]
            .into_iter()
            .chain(&t.aliases)
            .any(|text| text.to_lowercase().contains(&wanted))
    });
    match tables.is_empty() {
        true => Err(Failure::failed(format!("no table has `{pattern}` in its name or description"))),
        false => Ok((tables, 0)),
    }
}

fn lines(tables: &[Listed]) -> String {
    let names: Vec<String> = tables.iter().map(|t| t.name.shortest()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, table) in names.iter().zip(tables) {
        let _ = writeln!(text, "{name:width$}  {}", table.about);
    }
    text
}
