//! A try that failed: what is known of it, and what the caller is told when it was the last.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;

use super::budget::{Load, TooLong};
use super::client::{Answers, Client};
use super::error::{HttpError, Kind, RequestError, hint};
use super::exchange::Journey;
use super::reply::{self, BadBody};
use super::retry::Asked;
use super::transport;

/// One failed try.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) detail: String,
    pub(super) messages: Vec<String>,
    pub(super) asked: Asked,
    pub(super) is_locked: bool,
    pub(super) is_unknown_host: bool,
    /// The answer ended before its end, so that words may be missing.
    pub(super) is_cut: bool,
    pub(super) request_id: Option<String>,
    pub(super) trace_id: Option<String>,
}

impl Failure {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: String::new(),
            messages: Vec::new(),
            asked: Asked::default(),
            is_locked: false,
            is_unknown_host: false,
            is_cut: false,
            request_id: None,
            trace_id: None,
        }
    }
    /// What it says about how much the site has to do.
    pub(super) fn load(&self) -> Load {
        match self.kind {
            Kind::Status(429) if self.asked.is_quota => Load::Unknown,
            Kind::Status(429 | 503 | 504) | Kind::Timeout => Load::TooMuch,
            // Refusals are answers like others, and what is wrong with a body is not for want of strength.
            Kind::Status(400..500) | Kind::NotJson | Kind::TooLarge => Load::Fine,
            _ => Load::Unknown,
        }
    }
}

impl Client {
    pub(super) fn transport_failure(&self, error: &reqwest::Error) -> Failure {
        let seen = transport::classify(error);
        Failure {
            detail: reply::clean_line(&seen.detail, &self.0.secrets.redactor()),
            is_unknown_host: seen.is_unknown_host,
            ..Failure::new(seen.kind)
        }
    }

    pub(super) fn not_json(&self, bad: &BadBody, body: &[u8]) -> Failure {
        let begins = String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
        Failure {
            detail: reply::clean_line(&bad.message, &self.0.secrets.redactor()),
            messages: vec![match self.0.answers {
                Answers::Shown => {
                    let begins = reply::clean(&begins, &self.0.secrets.redactor(), 60);
                    format!("{} bytes, `{begins}`", body.len())
                }
                Answers::Hidden => format!("{} bytes", body.len()),
            }],
            ..Failure::new(Kind::NotJson)
        }
    }

    pub(super) fn refusal(&self, kind: Kind, headers: &HeaderMap, body: &[u8]) -> Failure {
        let login = headers.get("x-seraph-loginreason").and_then(|value| value.to_str().ok());
        let messages = match (kind, self.0.answers) {
            // What calls itself a page may still be the document with the token.
            (Kind::Html, Answers::Hidden) => Vec::new(),
            _ => reply::messages(body, &self.0.secrets.redactor()),
        };
        let failure = Failure {
            messages,
            asked: Asked::of(headers),
            is_locked: login.is_some_and(|reason| reason.contains("AUTHENTICATION_DENIED")),
            ..Failure::new(kind)
        };
        self.with_ids(failure, headers)
    }

    pub(super) fn with_ids(&self, failure: Failure, headers: &HeaderMap) -> Failure {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok())?;
            Some(reply::clean(value, &self.0.secrets.redactor(), 80))
        };
        Failure { request_id: text("x-arequestid"), trace_id: text("atl-traceid"), ..failure }
    }

    pub(super) fn give_up(
        &self,
        journey: &Journey,
        failure: Failure,
        refused_wait: Option<Duration>,
    ) -> HttpError {
        HttpError::Request(Box::new(RequestError {
            method: journey.request.method,
            base: journey.permit.base.to_string(),
            address: journey.address.to_string(),
            template: Arc::clone(&journey.request.template),
            hint: hint(failure.kind, failure.is_locked, self.0.around),
            kind: failure.kind,
            detail: failure.detail,
            messages: failure.messages,
            refused_wait,
            tries: journey.tries,
            elapsed: journey.started.elapsed(),
            request_id: failure.request_id,
            trace_id: failure.trace_id,
        }))
    }

    pub(super) fn held_back(&self, journey: &Journey, too_long: &TooLong) -> HttpError {
        let failure = Failure { detail: format!("{} waits", too_long.scope), ..Failure::new(Kind::Paused) };
        self.give_up(journey, failure, Some(too_long.remaining))
    }
}

/// A failure in a few words, for a log line.
pub(super) fn describe(failure: &Failure) -> String {
    let kind = match failure.kind {
        Kind::Status(status) => format!("answered {status}"),
        Kind::Html => "answered with a web page".to_owned(),
        Kind::NotJson => "answered with what is no complete JSON".to_owned(),
        Kind::Connect => "no connection".to_owned(),
        Kind::Timeout => "no byte came in time".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    if failure.detail.is_empty() { kind } else { format!("{kind} ({})", failure.detail) }
}
