//! JQL as the site understands it: text to tokens, tokens to a tree, the tree to a filter over
//! issues. Every refusal carries the sentence that a real site would put into `errorMessages`.

mod dates;
mod evaluate;
mod fields;
mod filter;
mod history;
mod known;
mod lexer;
mod order;
mod parser;
mod reference;
mod tree;
mod values;
mod words;

pub(super) use evaluate::{Environment, Validation, compile};
pub(super) use order::{Sort, SortKey};
pub(super) use parser::parse;
pub(super) use reference::reference;
pub(super) use tree::Direction;

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
