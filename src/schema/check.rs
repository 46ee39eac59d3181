//! Turns a table file's text into a checked [`Table`], or says which file and line is wrong and what was meant.

use std::ops::Range;

use thiserror::Error;
use toml::Spanned;

use super::file::{ColumnFile, Columns, KeysFile, PathFile, TableFile, Words};
use super::model::{
    AccessPath, Column, ColumnType, Complete, Destination, FIELD_ERRORS, KeySource, Keyed, Lookup, Method,
    Paging, Path, RowsPath, Search, Source, StructField, Table, TableName,
};
use super::nearest;

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
struct Mistake {
    at: Range<usize>,
    message: String,
}

fn mistake<T>(at: Range<usize>, message: impl Into<String>) -> Result<T, Mistake> {
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
    if key.is_empty() {
        return mistake(key_at, "`key` is empty; name the columns that identify a row");
    }
    let paths = file.paths.iter().map(|p| path(p, &columns, &file.paths)).collect::<Result<Vec<_>, _>>()?;
    if paths.iter().all(|p| p.candidates) {
        return mistake(key_at, "no path gives rows; write one under `[[paths]]` without `candidates`");
    }
    let arrow = Table::arrow_schema(&columns, &key);
    Ok(Table {
        name,
        aliases: file.aliases,
        about: file.about,
        key,
        typical_rows: file.typical_rows,
        permission: file.permission,
        scopes: file.scopes,
        documentation: file.documentation,
        columns,
        paths,
        arrow,
    })
}

fn find(columns: &[Column], at: &Range<usize>, wanted: &str) -> Result<usize, Mistake> {
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
        let (source, rest) = match (&c.from, c.outer, &c.lookup, &c.by) {
            (Some(from), false, None, None) => {
                let (record, rest) = split_list(from);
                (Source::Record(record), rest)
            }
            (None, true, None, None) => (Source::Outer, None),
            (None, false, Some(_), Some(_)) => {
                (Source::Lookup(Lookup { table: String::new(), column: String::new(), by: 0 }), None)
            }
            _ => {
                return mistake(
                    at,
                    format!(
                        "column `{name}` needs exactly one of `from`, `outer = true`, or `lookup` with `by`"
                    ),
                );
            }
        };
        columns.push(Column {
            name: name.clone(),
            aliases: c.aliases.clone(),
            about: c.about.clone(),
            data_type: column_type(&at, &c.data_type, rest, c)?,
            source,
            ask: c.ask.clone(),
            hidden: c.hidden,
            jql: c.jql.clone(),
        });
    }
    resolve_lookups(file, columns)
}

fn resolve_lookups(file: &Columns, mut columns: Vec<Column>) -> Result<Vec<Column>, Mistake> {
    for (i, (name, spanned)) in file.0.iter().enumerate() {
        let (at, c) = (spanned.span(), spanned.get_ref());
        if let (Some(lookup), Some(by)) = (&c.lookup, &c.by) {
            let Some((table, column)) = lookup.split_once('.') else {
                return mistake(at, format!("`lookup` of column `{name}` must read `Table.Column`"));
            };
            let by = find(&columns, &at, by)?;
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
        let Some(from) = &member.from else {
            return mistake(at, format!("member `{name}` needs `from`"));
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

fn members_of(path: &str) -> Path {
    path.split('.').filter(|m| !m.is_empty()).map(str::to_owned).collect()
}

fn path(
    spanned: &Spanned<PathFile>,
    columns: &[Column],
    all: &[Spanned<PathFile>],
) -> Result<AccessPath, Mistake> {
    let at = spanned.span();
    let p = spanned.get_ref();
    if all.iter().filter(|other| other.get_ref().name == p.name).count() > 1 {
        return mistake(at, format!("two paths are named `{}`", p.name));
    }
    let (method, address) = match p.request.split_once(' ') {
        Some(("GET", address)) if address.starts_with('/') => (Method::Get, address),
        Some(("POST", address)) if address.starts_with('/') => (Method::Post, address),
        _ => return mistake(at, "`request` must read `GET /address` or `POST /address`"),
    };
    let page_size = match (p.paging, p.page_size) {
        (Paging::Single, None) => usize::MAX,
        (Paging::Single, Some(_)) => return mistake(at, "`page_size` without `paging`"),
        (_, Some(n)) if n > 0 => n,
        _ => return mistake(at, format!("path `{}` pages, so it needs `page_size`", p.name)),
    };
    let rows = rows(&at, &p.rows)?;
    let pairs = |map: &std::collections::BTreeMap<String, String>| {
        map.iter()
            .map(|(column, from)| Ok((find(columns, &at, column)?, members_of(from))))
            .collect::<Result<Vec<_>, Mistake>>()
    };
    let (from, outer) = (pairs(&p.from)?, pairs(&p.outer)?);
    if !outer.is_empty() && rows.arrays.len() != 2 {
        return mistake(
            at,
            "`outer` needs rows that lie in a list inside a record, such as `issues[].comments[]`",
        );
    }
    let needs = needs(&at, p, columns, all, address)?;
    let provides = provides(&at, p, columns, &outer, needs.as_ref())?;
    let complete = match &p.complete {
        None => None,
        Some(c) => Some(Complete {
            total: members_of(&c.total),
            otherwise: path_index(&at, &c.otherwise, all)?,
            column: find(columns, &at, &c.column)?,
        }),
    };
    if rows.arrays.len() == 2 && complete.is_none() {
        return mistake(
            at,
            "lists inside records may be cut short: say in `complete` where their true length is",
        );
    }
    let search = match &p.jql {
        None => None,
        Some(j) => Some(Search { at: destination(&at, &j.at)?, all: j.all.clone(), order: j.order.clone() }),
    };
    Ok(AccessPath {
        name: p.name.clone(),
        about: p.about.clone(),
        method,
        address: address.to_owned(),
        query: p.query.iter().flat_map(|(k, v)| words(k, v)).collect(),
        body: p.body.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        rows,
        paging: p.paging,
        page_size,
        provides,
        from,
        outer,
        asks: p.asks.as_ref().map(|a| destination(&at, a)).transpose()?,
        needs,
        complete,
        search,
        candidates: p.candidates,
        points: p.points,
    })
}

fn words(name: &str, words: &Words) -> Vec<(String, String)> {
    match words {
        Words::One(word) => vec![(name.to_owned(), word.clone())],
        Words::Several(words) => words.iter().map(|w| (name.to_owned(), w.clone())).collect(),
    }
}

fn rows(at: &Range<usize>, text: &str) -> Result<RowsPath, Mistake> {
    let mut arrays: Vec<Path> = text.split("[]").map(members_of).collect();
    match arrays.pop() {
        Some(rest) if rest.is_empty() && arrays.len() <= 2 => Ok(RowsPath { arrays }),
        _ => mistake(at.clone(), "`rows` must read `list[]`, `list[].list[]`, `[]` or be empty"),
    }
}

fn destination(at: &Range<usize>, text: &str) -> Result<Destination, Mistake> {
    match text.split_once('.') {
        Some(("query", name)) => Ok(Destination::Query(name.to_owned())),
        Some(("body", name)) => Ok(Destination::Body(name.to_owned())),
        None if text == "path" => Ok(Destination::Address),
        _ => mistake(
            at.clone(),
            format!("`{text}` is no place in a request: write `query.NAME`, `body.NAME` or `path`"),
        ),
    }
}

fn needs(
    at: &Range<usize>,
    p: &PathFile,
    columns: &[Column],
    all: &[Spanned<PathFile>],
    address: &str,
) -> Result<Option<Keyed>, Mistake> {
    let Some(n) = &p.needs else {
        if p.keys.is_some() {
            return mistake(at.clone(), "`keys` without `needs`");
        }
        return match address.contains('{') {
            true => mistake(
                at.clone(),
                "the address has a `{Column}`, so the path needs `needs = { … at = \"path\" }`",
            ),
            false => Ok(None),
        };
    };
    let needed = n.columns.iter().map(|c| find(columns, at, c)).collect::<Result<Vec<_>, _>>()?;
    let into = destination(at, &n.at)?;
    if needed.is_empty() || n.batch == 0 {
        return mistake(at.clone(), "`needs` must name a column, and `batch` be at least one");
    }
    if into == Destination::Address && (n.batch != 1 || !address.contains(&format!("{{{}}}", n.columns[0]))) {
        return mistake(
            at.clone(),
            format!("a key in the path needs `batch = 1` and `{{{}}}` in the address", n.columns[0]),
        );
    }
    let keys = match &p.keys {
        None => None,
        Some(KeysFile { path: Some(path), table: None, column: None }) => {
            Some(KeySource::Path(path_index(at, path, all)?))
        }
        Some(KeysFile { path: None, table: Some(table), column: Some(column) }) => {
            Some(KeySource::Table { table: table.clone(), column: column.clone() })
        }
        Some(_) => {
            return mistake(
                at.clone(),
                "`keys` must read `{ path = \"…\" }` or `{ table = \"…\", column = \"…\" }`",
            );
        }
    };
    Ok(Some(Keyed { columns: needed, at: into, batch: n.batch, keys }))
}

fn path_index(at: &Range<usize>, name: &str, all: &[Spanned<PathFile>]) -> Result<usize, Mistake> {
    match all.iter().position(|p| p.get_ref().name == name) {
        Some(i) => Ok(i),
        None => mistake(
            at.clone(),
            match nearest(name, all.iter().map(|p| p.get_ref().name.as_str())) {
                Some(near) => format!("no path `{name}` in this file; did you mean `{near}`?"),
                None => format!("no path `{name}` in this file"),
            },
        ),
    }
}

/// All columns that are in the row's record, in the record around it, or the one key that a request asks for.
fn provides(
    at: &Range<usize>,
    p: &PathFile,
    columns: &[Column],
    outer: &[(usize, Path)],
    needs: Option<&Keyed>,
) -> Result<Vec<usize>, Mistake> {
    if let Some(named) = &p.provides {
        return named.iter().map(|c| find(columns, at, c)).collect();
    }
    let asked = |i: usize| needs.is_some_and(|n| n.batch == 1 && n.columns == [i]);
    Ok((0..columns.len())
        .filter(|&i| {
            matches!(columns[i].source, Source::Record(_)) || outer.iter().any(|(c, _)| *c == i) || asked(i)
        })
        .collect())
}
