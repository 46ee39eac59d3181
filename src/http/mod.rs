//! One HTTP client a connection: authentication, retries, the request budget, and what is told about them. It knows
//! addresses, headers and bytes; it knows no tables and does not read the rows. Every request here is a read, and so
//! safe to repeat.
//!
//! Data meets the files in this order: a [`Request`] waits in the `budget` for its turn, goes out through the
//! `transport`, its answer is judged by `reply`, `retry` says whether and when to try again, and what is left is rows'
//! bytes or an [`HttpError`].

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

mod budget;
mod client;
mod error;
mod event;
mod exchange;
mod failure;
mod login;
mod oauth;
mod reply;
mod retry;
mod signals;
mod tally;
mod transport;

pub use budget::{Pause, PauseScope};
pub use client::Client;
pub use error::{HttpError, Kind, RequestError};
pub use event::{Event, Observer};
pub use reply::BadBody;
pub use tally::{Tally, Totals};

/// The characters that RFC 3986 lets stand in a path segment whatever they mean there.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a query, also those that keep lists of fields readable and mean nothing to a query parser.
const QUERY: &AsciiSet = &SEGMENT.remove(b',').remove(b':').remove(b'/').remove(b'*').remove(b'@');

/// The methods that read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Without a body.
    Get,
    /// With a JSON body; of the endpoints that take one, only those that read are ever sent.
    Post,
}

impl Method {
    /// `GET` or `POST`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One read, relative to a connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Begins with `/`, is percent-encoded ([`encode_segment`]), and follows the connection's base address.
    pub path: String,
    /// The path with names in place of values, as `/rest/api/3/issue/{IssueId}/worklog`: with the method the scope of
    /// a burst limit, and how errors name the endpoint.
    pub template: Arc<str>,
    /// Names and values, not encoded.
    pub query: Vec<(String, String)>,
    /// JSON, for POST.
    pub body: Option<String>,
}

impl Request {
    /// Path and query as they are sent, after the connection's base address.
    pub fn address(&self) -> String {
        let mut address = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            address.extend(utf8_percent_encode(name, QUERY));
            address.push('=');
            address.extend(utf8_percent_encode(value, QUERY));
        }
        address
    }
}

impl fmt::Debug for Request {
    /// Without the body, which may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("template", &self.template)
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

/// A value as one path segment, percent-encoded. None for those that name no row and would change the path: empty,
/// `.` and `..`.
pub fn encode_segment(value: &str) -> Option<String> {
    match value {
        "" | "." | ".." => None,
        _ => Some(utf8_percent_encode(value, SEGMENT).to_string()),
    }
}

#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;
