//! Turns a table file's text into a checked [`Table`], or says which file and line is wrong and what was meant.

use std::ops::Range;

use thiserror::Error;
use toml::Spanned;

use super::custom_fields::{CustomFields, PLACE, RowsIn};
use super::deployment::Deployment;
use super::file::{ColumnFile, Columns, CustomFieldsFile, PathFile, Places, RowsInFile, TableFile};
use super::jql::JqlField;
use super::model::{
    AccessPath, Column, ColumnType, FIELD_ERRORS, Lookup, Path, Reference, Source, StructField, Table,
    TableName,
};
use super::{nearest, paths};

/// A mistake in a table file.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{file}:{line}: {message}")]
pub struct SchemaError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong, and the nearest right word.
    pub message: String,
}

/// A mistake and the bytes of the file that hold it.
pub(super) struct Mistake {
    at: Range<usize>,
    message: String,
}

pub(super) fn mistake<T>(at: Range<usize>, message: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake { at, message: message.into() })
}

/// Parses and checks the text of a table file.
pub(super) fn table(file: &str, name: TableName, text: &str) -> Result<Table, SchemaError> {
    let located = |m: Mistake| SchemaError {
        file: file.to_owned(),
        line: text[..m.at.start.min(text.len())].matches('\n').count() + 1,
        message: m.message,
    };
    let parsed: TableFile = toml::from_str(text).map_err(|e| located(syntax(&e)))?;
    checked(name, parsed).map_err(located)
}

/// TOML's or serde's complaint, with the nearest key where one is unknown.
fn syntax(error: &toml::de::Error) -> Mistake {
    let said = error.message();
    let mut quoted = said.split('`').skip(1).step_by(2);
    let message = match (said.starts_with("unknown"), quoted.next()) {
        (true, Some(unknown)) => {
            let what = if said.starts_with("unknown variant") { "value" } else { "key" };
            let known: Vec<&str> = quoted.collect();
            match nearest(unknown, known.iter().copied()) {
                Some(near) => format!("unknown {what} `{unknown}`; did you mean `{near}`?"),
                None => format!("unknown {what} `{unknown}`; known here: {}", known.join(", ")),
            }
        }
        _ => said.to_owned(),
    };
    Mistake { at: error.span().unwrap_or(0..0), message }
}

fn checked(name: TableName, file: TableFile) -> Result<Table, Mistake> {
    let columns = columns(&file.columns)?;
    let find = |at: &Range<usize>, wanted: &str| find(&columns, at, wanted);
    let key_at = file.key.span();
    let key = file.key.get_ref().iter().map(|k| find(&key_at, k)).collect::<Result<Vec<_>, _>>()?;
    for &k in &key {
        if !is_key_type(&columns[k].data_type) {
            return mistake(key_at, format!("key column `{}` must be `int64` or `text`", columns[k].name));
        }
    }
    let paths = paths::checked(&file.paths, &columns, &key)?;
    if key.is_empty() && paths.iter().any(|p| !p.rows.arrays.is_empty()) {
        return mistake(
            key_at,
            "`key` is empty, which is for a table of one row (`rows = \"\"`); name the columns that identify a row",
        );
    }
    if paths.iter().all(|p| p.candidates) {
        return mistake(key_at, "no path gives rows; write one under `[[paths]]` without `candidates`");
    }
    let custom_fields = file.custom_fields.as_ref().map(|c| custom_fields(c, &file)).transpose()?;
    let rows_in = file.rows_in.as_ref().map(|r| rows_in(r, &file)).transpose()?;
    let arrow = Table::arrow_schema(&columns, &key);
    let has =
        |deployment: &Deployment| paths.iter().any(|p| !p.candidates && p.deployments.contains(deployment));
    let deployments: Vec<Deployment> = Deployment::ALL.into_iter().filter(has).collect();
    let function = file.function.as_ref().map(|f| function(f, &paths, &deployments)).transpose()?;
    Ok(Table {
        name,
        aliases: file.aliases,
        function,
        about: file.about,
        key,
        typical_rows: file.typical_rows,
        permission: file.permission,
        scopes: file.scopes,
        documentation: file.documentation,
        columns,
        custom_fields,
        rows_in,
        deployments,
        paths,
        arrow,
    })
}

/// The name of the function that restricts the rows by JQL, which each deployment must have a search for.
fn function(
    spanned: &Spanned<String>,
    paths: &[AccessPath],
    deployments: &[Deployment],
) -> Result<String, Mistake> {
    let (at, name) = (spanned.span(), spanned.get_ref());
    let searches = |path: &AccessPath| path.search.is_some() && path.needs.is_none() && !path.candidates;
    let is_search = |d: &Deployment| paths.iter().any(|path| searches(path) && path.deployments.contains(d));
    if let Some(without) = deployments.iter().find(|d| !is_search(d)) {
        return mistake(
            at,
            format!("`function` needs a path with `jql` and without `needs`, which {without} has not"),
        );
    }
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_word) {
        true => Ok(name.clone()),
        false => {
            mistake(at, format!("`{name}` is no name of a function: lower-case letters, digits and `_`"))
        }
    }
}

fn custom_fields(spanned: &Spanned<CustomFieldsFile>, file: &TableFile) -> Result<CustomFields, Mistake> {
    let (at, custom) = (spanned.span(), spanned.get_ref());
    let address = listing(&at, &custom.request)?;
    let carries = |path: &Spanned<PathFile>| path.get_ref().provides.is_none();
    let paths: Vec<usize> = (0..file.paths.len()).filter(|i| carries(&file.paths[*i])).collect();
    if paths.is_empty() {
        return mistake(at, "`custom_fields` needs a path without `provides`, which gives all of the record");
    }
    Ok(CustomFields { address, from: members_of(&custom.from), deployment: Deployment::Cloud, paths })
}

fn rows_in(spanned: &Spanned<RowsInFile>, file: &TableFile) -> Result<RowsIn, Mistake> {
    let (at, rows_in) = (spanned.span(), spanned.get_ref());
    if !file.paths.iter().all(|path| path.get_ref().rows.contains(PLACE)) {
        return mistake(at, format!("`rows_in` needs `{PLACE}` in the `rows` of every path"));
    }
    Ok(RowsIn { address: listing(&at, &rows_in.request)?, kind: rows_in.field_type.clone() })
}

/// The address that lists the site's fields.
pub(super) fn listing(at: &Range<usize>, request: &str) -> Result<String, Mistake> {
    match request.split_once(' ') {
        Some(("GET", address)) if address.starts_with('/') && !address.contains('{') => {
            Ok(address.to_owned())
        }
        _ => mistake(at.clone(), "the `request` that lists fields must read `GET /address`"),
    }
}

/// The index of a column that the file names.
pub(super) fn find(columns: &[Column], at: &Range<usize>, wanted: &str) -> Result<usize, Mistake> {
    match columns.iter().position(|c| c.name == wanted) {
        Some(i) => Ok(i),
        None => mistake(
            at.clone(),
            match nearest(wanted, columns.iter().map(|c| c.name.as_str())) {
                Some(near) => format!("no column `{wanted}` in this file; did you mean `{near}`?"),
                None => format!("no column `{wanted}` in this file"),
            },
        ),
    }
}

/// Values that can stand in a request and be compared as keys.
pub(super) fn is_key_type(data_type: &ColumnType) -> bool {
    matches!(data_type, ColumnType::Int64 | ColumnType::Text)
}

fn columns(file: &Columns) -> Result<Vec<Column>, Mistake> {
    let mut columns: Vec<Column> = Vec::with_capacity(file.0.len());
    for (name, spanned) in &file.0 {
        let at = spanned.span();
        let c = spanned.get_ref();
        for taken in std::iter::once(name).chain(&c.aliases) {
            if taken.eq_ignore_ascii_case(FIELD_ERRORS) || columns.iter().any(|other| other.answers_to(taken))
            {
                return mistake(at, format!("the name `{taken}` is taken by another column"));
            }
        }
        let (source, rest) = source(name, spanned)?;
        let data_type = column_type(&at, &c.data_type, rest, c)?;
        let jql = c.jql.as_ref().map(|words| JqlField::of(&at, name, &data_type, words)).transpose()?;
        columns.push(Column {
            name: name.clone(),
            aliases: c.aliases.clone(),
            about: c.about.clone(),
            data_type,
            source,
            ask: c.ask.clone(),
            hidden: c.hidden,
            jql,
            references: c
                .references
                .as_ref()
                .map(|r| reference(&at, &format!("`references` of column `{name}`"), r))
                .transpose()?,
        });
    }
    resolve_lookups(file, columns)
}

/// Where a column's values are, and the members inside the elements of a list. A look-up is resolved later.
fn source(name: &str, spanned: &Spanned<ColumnFile>) -> Result<(Source, Option<Path>), Mistake> {
    let (at, c) = (spanned.span(), spanned.get_ref());
    let words = [
        c.from.is_some(),
        c.outer,
        c.lookup.is_some() && c.by.is_some(),
        c.which.is_some(),
        c.position,
        c.member,
    ];
    if words.iter().filter(|given| **given).count() != 1 || c.lookup.is_some() != c.by.is_some() {
        return mistake(
            at,
            format!(
                "column `{name}` needs exactly one of `from`, `which`, `position = true`, `member = true`, `outer = true`, or `lookup` with `by`"
            ),
        );
    }
    Ok(match (&c.from, &c.which) {
        (Some(Places::One(from)), _) => {
            let (record, rest) = split_list(from);
            (Source::Record(record), rest)
        }
        (Some(Places::Several(from)), _) => {
            if from.len() < 2 || from.iter().any(|f| f.contains("[]")) {
                return mistake(
                    at,
                    format!("column `{name}`: several places in `from` are two or more, without lists"),
                );
            }
            (Source::First(from.iter().map(|f| members_of(f)).collect()), None)
        }
        (None, Some(which)) => {
            if c.data_type != "text" || which.is_empty() {
                return mistake(at, format!("column `{name}`: `which` names places, and its type is `text`"));
            }
            (Source::Which(which.iter().map(|(name, from)| (name.clone(), members_of(from))).collect()), None)
        }
        (None, None) if c.position && c.data_type != "int64" => {
            return mistake(at, format!("column `{name}`: the type of a `position` is `int64`"));
        }
        (None, None) if c.position => (Source::Position, None),
        (None, None) if c.member && c.data_type != "text" => {
            return mistake(at, format!("column `{name}`: the type of a `member` is `text`"));
        }
        (None, None) if c.member => (Source::Member, None),
        (None, None) if c.outer => (Source::Outer, None),
        (None, None) => (Source::Lookup(Lookup { table: String::new(), column: String::new(), by: 0 }), None),
    })
}

/// `Table.Column`; whether they exist is another file's business.
pub(super) fn reference(at: &Range<usize>, word: &str, text: &str) -> Result<Reference, Mistake> {
    match text.split_once('.') {
        Some((table, column)) if !table.is_empty() && !column.is_empty() => {
            Ok(Reference { table: table.to_owned(), column: column.to_owned() })
        }
        _ => mistake(at.clone(), format!("{word} must read `Table.Column`")),
    }
}

fn resolve_lookups(file: &Columns, mut columns: Vec<Column>) -> Result<Vec<Column>, Mistake> {
    for (i, (name, spanned)) in file.0.iter().enumerate() {
        let (at, c) = (spanned.span(), spanned.get_ref());
        if let (Some(lookup), Some(by)) = (&c.lookup, &c.by) {
            let Some((table, column)) = lookup.split_once('.') else {
                return mistake(at, format!("`lookup` of column `{name}` must read `Table.Column`"));
            };
            let by = find(&columns, &at, by)?;
            if !is_key_type(&columns[by].data_type) || matches!(columns[by].source, Source::Lookup(_)) {
                return mistake(
                    at,
                    format!("column `{name}` must be looked up `by` an int64 or text of its own record"),
                );
            }
            columns[i].source =
                Source::Lookup(Lookup { table: table.to_owned(), column: column.to_owned(), by });
        }
    }
    Ok(columns)
}

const TYPES: [&str; 9] =
    ["int64", "float64", "boolean", "text", "timestamp", "date", "rich_text", "json", "struct"];

fn column_type(
    at: &Range<usize>,
    name: &str,
    rest: Option<Path>,
    c: &ColumnFile,
) -> Result<ColumnType, Mistake> {
    let (item, is_list) = match name.strip_prefix("list<").and_then(|n| n.strip_suffix('>')) {
        Some(item) => (item, true),
        None => (name, false),
    };
    if is_list != rest.is_some() {
        return mistake(at.clone(), "a `list<…>` is read `from` a member with `[]`, and nothing else is");
    }
    let plain = match item {
        "int64" => ColumnType::Int64,
        "float64" => ColumnType::Float64,
        "boolean" => ColumnType::Boolean,
        "text" => ColumnType::Text,
        "timestamp" => ColumnType::Timestamp,
        "date" => ColumnType::Date,
        "rich_text" => ColumnType::RichText,
        "json" => ColumnType::Json,
        "struct" => members(at, c)?,
        _ => {
            return mistake(
                at.clone(),
                match nearest(item, TYPES) {
                    Some(near) => format!("unknown type `{item}`; did you mean `{near}`?"),
                    None => format!("unknown type `{item}`; known: {} and list<…> of one", TYPES.join(", ")),
                },
            );
        }
    };
    if c.fields.is_some() && item != "struct" {
        return mistake(at.clone(), "`fields` belongs to the type `struct` or `list<struct>`");
    }
    Ok(match rest {
        Some(rest) => ColumnType::List(rest, Box::new(plain)),
        None => plain,
    })
}

fn members(at: &Range<usize>, c: &ColumnFile) -> Result<ColumnType, Mistake> {
    let Some(fields) = &c.fields else {
        return mistake(at.clone(), "a `struct` needs `fields = { Name = { type = \"…\", from = \"…\" } }`");
    };
    let field = |(name, spanned): &(String, Spanned<ColumnFile>)| {
        let (at, member) = (spanned.span(), spanned.get_ref());
        let Some(Places::One(from)) = &member.from else {
            return mistake(at, format!("member `{name}` needs `from`, one place"));
        };
        let (from, rest) = split_list(from);
        let data_type = column_type(&at, &member.data_type, rest, member)?;
        Ok(StructField { name: name.clone(), from, data_type })
    };
    Ok(ColumnType::Struct(fields.0.0.iter().map(field).collect::<Result<_, _>>()?))
}

/// `a.b[].c` to `a.b` and `c`; without `[]`, all of it and nothing.
fn split_list(from: &str) -> (Path, Option<Path>) {
    match from.split_once("[]") {
        Some((list, item)) => (members_of(list), Some(members_of(item))),
        None => (members_of(from), None),
    }
}

/// The members between the dots.
pub(super) fn members_of(path: &str) -> Path {
    path.split('.').filter(|m| !m.is_empty()).map(str::to_owned).collect()
}
