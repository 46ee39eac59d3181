//! `jirrow describe`: one table as a page to read. Needs no connection; with one, the site's own fields are on it.

mod markdown;

use std::fmt::Write as _;

use datafusion::arrow::datatypes::Schema;

use super::arguments::{Describe, Options};
use super::{Failure, open, print};
use crate::catalog::{Described, Query, Session};
use crate::schema::{COMMENT, Column, ColumnType, Source, Table};

pub(super) async fn run(command: &Describe, options: &Options) -> Result<(), Failure> {
    let opened = open::perhaps(options).await?;
    let unconnected;
    let session = if let Some(opened) = &opened {
        &*opened.session
    } else {
        unconnected = open::unconnected(options)?;
        &unconnected
    };
    print(&match (&command.table, command.markdown) {
        (Some(name), false) => text(session, name).await?,
        (Some(name), true) => markdown::one(session, name).await?,
        (None, _) => markdown::all(session).await?,
    })
}

/// What has this name, to read.
pub(super) async fn text(session: &Session, name: &str) -> Result<String, Failure> {
    Ok(match session.described(name).await.map_err(Failure::failed)? {
        Described::File(table) => page(&table),
        Described::View(view, schema) => view_page(&view, &schema),
        Described::Other(schema) => format!("{name}\n\n{}", columns(&schema)),
    })
}

/// A view as a page to read.
fn view_page(view: &Query, schema: &Schema) -> String {
    let mut text = format!("{}: {}\n\n", view.name, view.question());
    for (name, value) in [("Cost", view.cost()), ("File", view.file.clone())] {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:14}{value}");
        }
    }
    let mut definitions = view.definitions().peekable();
    if definitions.peek().is_some() {
        text.push('\n');
    }
    for line in definitions {
        let _ = writeln!(text, "{line}");
    }
    let some: Vec<&str> = schema.fields().iter().take(4).map(|field| field.name().as_str()).collect();
    let example = format!("Example\n  SELECT {} FROM {} LIMIT 10", some.join(", "), view.name);
    format!("{text}\n{}\n{example}\n", columns(schema))
}

/// The columns of what no table file describes.
fn columns(schema: &Schema) -> String {
    let mut text = "Columns\n".to_owned();
    let width = schema.fields().iter().map(|field| field.name().chars().count()).max().unwrap_or(0);
    for field in schema.fields() {
        let (name, about) = (field.name(), field.metadata().get(COMMENT).map_or("", String::as_str));
        let line = format!("  {name:width$}  {:15}  {about}", field.data_type().to_string());
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A table as a page to read.
fn page(table: &Table) -> String {
    let mut text = format!("{}: {}\n\n", table.name.shortest(), table.about);
    for (name, value) in facts(table) {
        let _ = writeln!(text, "{name:14}{value}");
    }
    text.push_str("\nColumns\n");
    let name_width = table.columns.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
    for column in &table.columns {
        let (name, data_type) = (&column.name, type_name(&column.data_type));
        let line = format!("  {name:name_width$}  {data_type:15}  {}", about(table, column));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push_str("\nAccess paths\n");
    for path in &table.paths {
        let _ = writeln!(text, "  {}: {}", path.name, path.about);
        let _ = writeln!(text, "      {}", table.request_of(path));
    }
    let _ = writeln!(text, "\nExample\n  {}", example(table));
    text
}

/// What a table file says of the whole table, by name; nothing of what it leaves empty.
fn facts(table: &Table) -> Vec<(&'static str, String)> {
    let deployments: Vec<_> = table.deployments.iter().map(ToString::to_string).collect();
    let all = [
        ("Key", table.names_of(&table.key).collect::<Vec<_>>().join(", ")),
        ("Needs", table.needed().unwrap_or_default()),
        ("Also called", table.aliases.join(", ")),
        ("By JQL", table.function.as_ref().map(by_jql).unwrap_or_default()),
        ("Permission", table.permission.clone()),
        ("Exists on", deployments.join(", ")),
        ("OAuth scopes", table.scopes.join(", ")),
        ("More", table.documentation.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// How the rows are named that a search finds.
fn by_jql(function: &String) -> String {
    format!("FROM {function}('project = PAY AND text ~ \"refund\"') has the rows that this finds")
}

/// What there is to say of a column.
fn about(table: &Table, column: &Column) -> String {
    let mut about = vec![];
    about.extend((!column.about.is_empty()).then(|| column.about.clone()));
    if let Source::Lookup(lookup) = &column.source {
        let by = &table.columns[lookup.by].name;
        about.push(format!("from {}.{} by {by}", lookup.table, lookup.column));
    }
    about.extend(column.references.as_ref().map(|r| format!("joins {}.{}", r.table, r.column)));
    about.extend(column.hidden.then(|| "not in *".to_owned()));
    about.extend((!column.aliases.is_empty()).then(|| format!("also {}", column.aliases.join(", "))));
    about.join("; ")
}

/// A statement that shows some rows.
fn example(table: &Table) -> String {
    let shown = table.columns.iter().filter(|c| !c.hidden).take(4).map(|c| c.name.as_str());
    let columns = shown.collect::<Vec<_>>().join(", ");
    let needed = table
        .needed()
        .map(|needed| {
            format!(" WHERE {}", needed.replace('`', "").replace(" and ", " AND ").replace(" or ", " OR "))
        })
        .unwrap_or_default();
    format!("SELECT {columns} FROM {}{needed} LIMIT 10", table.name.shortest())
}

fn type_name(data_type: &ColumnType) -> String {
    match data_type {
        ColumnType::Int64 => "Int64".to_owned(),
        ColumnType::Float64 => "Float64".to_owned(),
        ColumnType::Boolean => "Boolean".to_owned(),
        ColumnType::Text => "Utf8".to_owned(),
        ColumnType::RichText => "Utf8 (rich text)".to_owned(),
        ColumnType::Json => "Utf8 (JSON)".to_owned(),
        ColumnType::Timestamp => "Timestamp (UTC)".to_owned(),
        ColumnType::Date => "Date32".to_owned(),
        ColumnType::List(_, item) => format!("List<{}>", type_name(item)),
        ColumnType::Struct(fields) => {
            format!("Struct({})", fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", "))
        }
    }
}
