//! What can be wrong with a connection string. No variant can hold the value of a secret key, nor the whole string.

use thiserror::Error;

/// Why a connection string was refused, and what to write instead.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// There was no text.
    #[error(
        "the connection string is empty; write `URL=https://SITE.atlassian.net;User=YOU@EXAMPLE.COM;APIToken=${{JIRA_TOKEN}}`"
    )]
    Empty,
    /// A part between two semicolons is no `Key=Value`.
    #[error("{place} has no `=`; parts are `Key=Value`, and a value that holds `;` must stand in quotes")]
    NoEquals {
        /// Which part, by its neighbour: its own text may be the end of a secret.
        place: String,
    },
    /// `=` without a key before it.
    #[error(
        "{place} has no key before its `=`; parts are `Key=Value`, and a value that holds `;` must stand in quotes"
    )]
    NoKey {
        /// Which part, by its neighbour.
        place: String,
    },
    /// A quote was opened and never closed.
    #[error("the quoted value of `{key}` is never closed; a quote inside a quoted value is written twice")]
    UnclosedQuote {
        /// The key.
        key: &'static str,
    },
    /// Something follows a closing quote.
    #[error(
        "there is text between the closing quote of `{key}` and the next `;`; a quote inside a quoted value is written twice"
    )]
    TextAfterQuote {
        /// The key.
        key: &'static str,
    },
    /// No such key.
    #[error("{written} is no key of a connection string; the nearest is `{nearest}`")]
    UnknownKey {
        /// The key in backquotes, or where it stands if it may be the end of a secret.
        written: String,
        /// The known key nearest to it.
        nearest: &'static str,
    },
    /// The same key twice, possibly under two of its names.
    #[error("`{key}` is written twice; write it once")]
    Duplicate {
        /// The key.
        key: &'static str,
    },
    /// `${NAME}` names a variable that is not set.
    #[error("`{key}` refers to the environment variable `{variable}`, which is not set")]
    NoVariable {
        /// The key.
        key: &'static str,
        /// The variable.
        variable: String,
    },
    /// `${` without a name or without `}`.
    #[error("`{key}` has a `${{` that is no `${{NAME}}`; write `$${{` for the two characters themselves")]
    BadVariable {
        /// The key.
        key: &'static str,
    },
    /// A value outside what its key can be.
    #[error("{value} is no value of `{key}`, which is {expected}{}", did_you_mean(*.nearest))]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value in backquotes, or `the value` if it came out of the environment.
        value: String,
        /// What the value can be.
        expected: &'static str,
        /// The nearest permitted value, if it is one of a list.
        nearest: Option<&'static str>,
    },
    /// Two keys that exclude each other.
    #[error("`{first}` and `{second}` exclude each other; {advice}")]
    Conflict {
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The address cannot be used.
    #[error("{key} {problem}")]
    Address {
        /// The key in backquotes, or what stands for it.
        key: &'static str,
        /// What is wrong, and what to write. Never the address, which may hold a password.
        problem: String,
    },
    /// Credentials would travel readable.
    #[error(
        "`{host}` is reached over plain http, which would send the credentials readable; write `https://`, or `UseEncryptedEndpoints=false` if the way is safe"
    )]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// The credentials are missing or incomplete.
    #[error("{problem}; {advice}")]
    Credentials {
        /// What is missing.
        problem: &'static str,
        /// Which keys to write and where a token is made.
        advice: &'static str,
    },
    /// A credential has characters that no header can carry.
    #[error("the value of `{key}` {problem}")]
    BadCredential {
        /// The key.
        key: &'static str,
        /// What is wrong and what to do.
        problem: &'static str,
    },
}

impl ConnectionError {
    /// The key that the mistake is about, where it is about one.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::UnclosedQuote { key }
            | Self::TextAfterQuote { key }
            | Self::Duplicate { key }
            | Self::NoVariable { key, .. }
            | Self::BadVariable { key }
            | Self::BadValue { key, .. }
            | Self::BadCredential { key, .. } => Some(key),
            Self::Address { key, .. } => Some(key.trim_matches('`')),
            Self::Conflict { first, .. } => first.split('=').next(),
            Self::PlainHttp { .. } => Some("URL"),
            Self::Empty
            | Self::NoEquals { .. }
            | Self::NoKey { .. }
            | Self::UnknownKey { .. }
            | Self::Credentials { .. } => None,
        }
    }
}

fn did_you_mean(nearest: Option<&'static str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
