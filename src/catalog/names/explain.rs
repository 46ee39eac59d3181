//! What an error of the planner means to the person who typed the statement.

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::scope::same;

/// Names at most this share of their length apart are near enough to be suggested.
const NEAR: f64 = 0.6;

/// Most characters shown of an error that may repeat a value.
const MOST_SHOWN: usize = 300;

/// Says in one message, in the user's words, why `sql` could not be planned.
///
/// An unknown column or table is named with the nearest ones, `tables` being those that the session knows; a
/// syntax error shows its line with a caret; any other error loses DataFusion's prefixes.
pub fn explain_plan_error<T: AsRef<str>>(error: &DataFusionError, sql: &str, tables: &[T]) -> String {
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                unknown_column(field, valid_fields, sql, tables)
            }
            SchemaError::AmbiguousReference { field } => {
                format!("column `{}` is ambiguous; qualify it with its table", field.name)
            }
            other => other.to_string(),
        },
        DataFusionError::SQL(parser, _) => syntax_error(parser, sql),
        root => {
            let message = plain(root);
            // Arrow repeats the value that it can't take, however long it is.
            let message = match root {
                DataFusionError::ArrowError(..) => clipped(message),
                _ => message,
            };
            match unknown_table(&message) {
                Some(name) => no_such("table", &typed(name, sql), "", tables.iter().map(AsRef::as_ref)),
                None => message,
            }
        }
    }
}

/// Does the statement name a column that none of its tables has?
pub fn is_unknown_column(error: &DataFusionError) -> bool {
    let DataFusionError::SchemaError(schema, _) = error.find_root() else { return false };
    matches!(schema.as_ref(), SchemaError::FieldNotFound { .. })
}

/// The name as the statement spells it: DataFusion has put it into lower case.
fn typed(name: &str, sql: &str) -> String {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let words = || {
        tokens.iter().filter_map(|token| match token {
            Token::Word(word) => Some(word.value.as_str()),
            Token::SingleQuotedString(text) => Some(text.as_str()),
            _ => None,
        })
    };
    let exactly = words().find(|word| *word == name);
    exactly.or_else(|| words().find(|word| same(word, name))).unwrap_or(name).to_owned()
}

fn unknown_column<T: AsRef<str>>(field: &Column, valid: &[Column], sql: &str, tables: &[T]) -> String {
    let relation = |column: &Column| column.relation.as_ref().map(|relation| relation.table().to_string());
    let qualifier = relation(field);
    let mut relations: Vec<_> = valid.iter().map(relation).collect();
    relations.dedup();
    let table = match (&qualifier, relations.as_slice()) {
        (Some(table), _) | (None, [Some(table)]) => Some(table),
        _ => None,
    };
    let spelled = |table: &String| {
        tables
            .iter()
            .map(AsRef::as_ref)
            .find(|known| same(known, table))
            .map_or_else(|| typed(table, sql), String::from)
    };
    let place = table.map(|table| format!(" in `{}`", spelled(table))).unwrap_or_default();
    let candidates = valid.iter().filter(|column| qualifier.is_none() || relation(column) == qualifier);
    no_such("column", &typed(&field.name, sql), &place, candidates.map(|column| column.name.as_str()))
}

fn no_such<'a>(what: &str, name: &str, place: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = nearest(name, known);
    let hint = match nearest.as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean `{one}`?"),
        [others @ .., last] => format!("; did you mean `{}` or `{last}`?", others.join("`, `")),
    };
    format!("no {what} `{name}`{place}{hint}")
}

/// At most three names, the nearest first; one alone if it is much nearer than the rest.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let wanted = plain(name);
    let mut scored: Vec<(f64, &str)> = known
        .map(|known| (strsim::normalized_damerau_levenshtein(&wanted, &plain(known)), known))
        .filter(|(score, _)| *score >= NEAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored.into_iter().take_while(|(score, _)| *score > best - 0.15).take(3).map(|(_, known)| known).collect()
}

/// The last part of the name in DataFusion's ``table 'a.b.c' not found``.
fn unknown_table(message: &str) -> Option<&str> {
    let name = message.strip_prefix("table '")?.strip_suffix("' not found")?;
    Some(name.rsplit('.').next().unwrap_or(name))
}

fn syntax_error(error: &ParserError, sql: &str) -> String {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => return "the statement is nested too deeply".to_string(),
    };
    let Some((what, line, column)) = position(message).or_else(|| end(message, sql)) else {
        return format!("syntax error: {message}");
    };
    let mut text = format!("syntax error at line {line}, column {column}: {}", lower_first(what));
    if let Some(shown) = line.checked_sub(1).and_then(|n| sql.lines().nth(n)) {
        // Tabs stay tabs, so that the caret stands below the same place.
        let before = shown.chars().take(column.saturating_sub(1));
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        text = format!("{text}\n  {shown}\n  {indent}^");
    }
    text
}

/// Splits `Expected: …, found: … at Line: 1, Column: 8`.
fn position(message: &str) -> Option<(&str, usize, usize)> {
    let (what, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let digits = column.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((what, line.trim().parse().ok()?, digits.parse().ok()?))
}

/// The parser tells no position where the text ends too early: it is the end of the text.
fn end<'a>(message: &'a str, sql: &str) -> Option<(&'a str, usize, usize)> {
    message.ends_with(", found: EOF").then_some(())?;
    let text = sql.trim_end();
    let column = text.lines().last().map_or(0, |line| line.chars().count()) + 1;
    Some((message, text.lines().count().max(1), column))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// The message without `Error during planning: ` and its like, and without a backtrace.
fn plain(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    match error {
        DataFusionError::Plan(_)
        | DataFusionError::Configuration(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Execution(_)
        | DataFusionError::External(_)
        | DataFusionError::Context(..) => {
            let message = text.split_once(": ").filter(|(prefix, _)| is_prefix(prefix));
            message.map_or_else(|| text.clone(), |(_, message)| message.to_string())
        }
        _ => text,
    }
}

fn clipped(message: String) -> String {
    match message.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

fn is_prefix(text: &str) -> bool {
    let known = [
        "Error during planning",
        "Invalid or Unsupported Configuration",
        "This feature is not implemented",
        "Execution error",
        "External error",
    ];
    known.contains(&text)
}
