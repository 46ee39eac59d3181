//! JQL as the site understands it: text to tokens, tokens to a tree, the tree to a filter over
//! issues. Every refusal carries the sentence that a real site would put into `errorMessages`.

mod dates;
mod evaluate;
mod filter;
mod lexer;
mod order;
mod parser;

pub(super) use evaluate::{Environment, Validation, compile, searchable_fields};
pub(super) use order::{SortField, SortKey};
pub(super) use parser::{Direction, parse, reserved_words};

/// Messages of a refused query, in the order of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JqlErrors(pub(super) Vec<String>);

impl JqlErrors {
    fn one(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    fn syntax(message: &str, position: lexer::Position) -> Self {
        Self::one(format!(
            "Error in the JQL Query: {message} (line {}, character {})",
            position.line, position.character
        ))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests;
