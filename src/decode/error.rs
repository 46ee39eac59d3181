//! What can go wrong: while a layout is made, and while a page is decoded.

use std::fmt;

use datafusion::arrow::error::ArrowError;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use thiserror::Error;

/// Columns that an access path can't give: a mistake of the planner or of a table file.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum LayoutError {
    /// The table has no column of this index.
    #[error("table `{table}` has no column number {index}")]
    NoColumn {
        /// The table.
        table: String,
        /// The index that was asked for.
        index: usize,
    },
    /// The column is in no record of this path's answers and no constant is given for it.
    #[error(
        "path `{path}` of table `{table}` does not give column `{column}`; say where it is in `from` or `outer`, or \
         read it by another path"
    )]
    NoPlace {
        /// The table.
        table: String,
        /// The access path.
        path: String,
        /// The column.
        column: String,
    },
}

/// A page that can't be decoded. None of these quotes values of the page.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The body is no JSON, or is cut off.
    #[error("the answer is not JSON: {message} at line {line}, column {column} (byte {offset})")]
    NotJson {
        /// The line, counted from one.
        line: usize,
        /// The byte in the line, counted from one; zero where the line is empty.
        column: usize,
        /// Bytes before the place.
        offset: usize,
        /// The parser's words.
        message: String,
    },
    /// The body is not UTF-8.
    #[error("the answer is not UTF-8: byte {offset} begins no character")]
    Utf8 {
        /// Bytes before the place.
        offset: usize,
    },
    /// JSON, but not the kind of answer that the access path declares: an error body, or a changed API.
    #[error(
        "expected {expected} at `{place}` of the answer, found {found}; compare the table file with the service's documentation"
    )]
    WrongShape {
        /// Where, in the table file's notation; `values[3]` is the fourth element.
        place: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A key column of a row is null, absent, or does not fit its type.
    #[error(
        "row {row} of the page has no value for the key column `{column}`; compare the table file with the service's documentation"
    )]
    NullKey {
        /// The column.
        column: String,
        /// The row in the page, counted from zero.
        row: usize,
    },
    /// A column of one page exceeds what a batch can hold.
    #[error("column `{column}` of one page exceeds 2 GiB; select fewer columns or a smaller page")]
    TooLarge {
        /// The column.
        column: String,
    },
    /// Constants were given for more or fewer columns than the layout has.
    #[error("the layout has {expected} constant columns, and {given} values were given")]
    ConstantCount {
        /// As many as the layout has.
        expected: usize,
        /// As many as were given.
        given: usize,
    },
    /// A constant is not one JSON value.
    #[error("the value given for column `{column}` is not JSON: {message}")]
    Constant {
        /// The column.
        column: String,
        /// The parser's words.
        message: String,
    },
    /// Arrow refused the columns.
    #[error("the columns make no batch: {0}")]
    Arrow(#[from] ArrowError),
}

impl DecodeError {
    /// What serde_json says about `text`, without the place in its message, which would be there twice.
    pub(super) fn not_json(text: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        Self::NotJson {
            line,
            column,
            offset: (before + column.saturating_sub(1)).min(text.len()),
            message: words(error),
        }
    }
}

/// serde_json's message without the place.
pub(super) fn words(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

pub(super) fn wrong_shape(place: String, expected: &'static str, found: &str) -> DecodeError {
    DecodeError::WrongShape { place, expected, found: kind(found).to_owned() }
}

/// What a JSON value is, for messages.
pub(super) fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The names of an object's first members, for messages: an error body shows itself by them.
pub(super) fn members_of(text: &str) -> String {
    const SHOWN: usize = 5;
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = members.next_entry::<String, IgnoredAny>()? {
                if names.len() < SHOWN {
                    names.push(format!("`{}`", name.chars().take(40).collect::<String>().escape_debug()));
                }
            }
            Ok(names)
        }
    }
    match serde_json::Deserializer::from_str(text).deserialize_map(Names) {
        Ok(names) if !names.is_empty() => format!("an object with {}", names.join(", ")),
        Ok(_) => "an empty object".to_owned(),
        Err(_) => kind(text.trim_start()).to_owned(),
    }
}
