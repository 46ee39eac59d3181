//! The wire: how the `reqwest` client is set up for a connection, and what its errors mean. Retries and limits are
//! not its business.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use url::Url;

use super::error::{HttpError, Kind};
use crate::connection::{Connection, HostVerification, PeerVerification};

/// Time to find a way to the host, after which it counts as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Redirects followed within the origin.
const MOST_REDIRECTS: usize = 5;

/// Sets up the client. Credentials are not part of it: they are added to each request.
pub(super) fn build(connection: &Connection) -> Result<reqwest::Client, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Status and priority names come translated otherwise.
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jirrow/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(Policy::custom(follow))
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(connection.timeout)
        // Retries are counted and told in one place, which is not there.
        .retry(reqwest::retry::never());
    if connection.is_loopback() {
        builder = builder.no_proxy();
        if connection.base().starts_with("http:") {
            // Redirects stay within the origin, so no certificate is ever looked at: a machine without any will do.
            builder = builder.tls_certs_only([]);
        }
    }
    if let Some(path) = &connection.tls.ca_file {
        let wrong = |reason: String| HttpError::CaFile { path: path.clone(), reason };
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let certificates =
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(innermost(&error)))?;
        if certificates.is_empty() {
            return Err(wrong("holds no certificate".to_owned()));
        }
        builder = match connection.tls.host {
            HostVerification::On => builder.tls_certs_merge(certificates),
            HostVerification::Off => {
                builder.tls_certs_only(certificates).tls_danger_accept_invalid_hostnames(true)
            }
        };
    }
    if connection.tls.peer == PeerVerification::Off {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder
        .build()
        .map_err(|error| HttpError::Client { connection: connection.name.clone(), reason: innermost(&error) })
}

/// Why a redirect is not followed. Names the host at most: the rest of the address may carry anything.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RedirectRefused {
    Elsewhere(String),
    TooMany,
}

impl fmt::Display for RedirectRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere(origin) => write!(f, "to `{origin}`"),
            Self::TooMany => write!(f, "more than {MOST_REDIRECTS} times"),
        }
    }
}

impl std::error::Error for RedirectRefused {}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if !is_same {
        let refused = RedirectRefused::Elsewhere(origin_of(attempt.url()));
        return attempt.error(refused);
    }
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error(RedirectRefused::TooMany);
    }
    attempt.follow()
}

/// Scheme, host and port, without user, path or query.
fn origin_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// A failure below HTTP.
pub(super) struct TransportFailure {
    pub(super) kind: Kind,
    /// What the system or the other end said; may hold anything and is to be cleaned.
    pub(super) detail: String,
    /// The host's name is not known.
    pub(super) is_unknown_host: bool,
}

/// What a `reqwest` error means.
pub(super) fn classify(error: &reqwest::Error) -> TransportFailure {
    let detail = innermost(error);
    let kind = if error.is_redirect() {
        Kind::Redirect
    } else if error.is_builder() {
        Kind::ParametersRefused
    } else if error.is_connect() {
        if is_about_encryption(&detail) { Kind::Tls } else { Kind::Connect }
    } else if error.is_timeout() {
        Kind::Timeout
    } else {
        Kind::Cut
    };
    // The innermost words of a timeout say no more than the kind does.
    let detail = if kind == Kind::Timeout { String::new() } else { detail };
    TransportFailure { kind, detail, is_unknown_host: error.is_dns() }
}

/// Handshakes fail as plain I/O errors; only their words tell. An end of file during one is a cut connection.
fn is_about_encryption(detail: &str) -> bool {
    let detail = detail.to_ascii_lowercase();
    ["certificate", "corrupt message", "alert", "handshakefailure", "peer is incompatible", "invalid peer"]
        .iter()
        .any(|words| detail.contains(words))
}

/// The last cause's words. Those before it repeat the address or say "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    let mut words = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !text.is_empty() {
            words = text;
        }
        cause = inner.source();
    }
    if words.is_empty() && error.url().is_none() { error.to_string() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_user_path_or_query() {
        let url = Url::parse("https://me:pw@login.example.org:8443/a?token=x#y");
        assert_eq!(url.as_ref().map(origin_of), Ok("https://login.example.org:8443".to_owned()));
    }

    #[test]
    fn a_bad_certificate_is_told_from_a_refused_connection() {
        assert!(is_about_encryption("invalid peer certificate: UnknownIssuer"));
        assert!(is_about_encryption("received corrupt message of type InvalidContentType"));
        assert!(!is_about_encryption("Connection refused (os error 111)"));
        assert!(!is_about_encryption("tls handshake eof"));
    }
}
