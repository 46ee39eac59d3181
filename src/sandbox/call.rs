//! One API call as the endpoints see it: typed access to its parameters, and what a refusal is.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::assumptions::Assumptions;
use super::faults::IssueFaults;
use super::jql::{Environment, JqlErrors, Validation};
use super::model::{Caller, Site};
use super::orders::Orders;
use super::render::Renderer;

/// Everything that an endpoint may look at.
pub(super) struct Call<'a> {
    pub(super) site: &'a Site,
    pub(super) renderer: Renderer<'a>,
    pub(super) assumptions: Assumptions,
    pub(super) issue_faults: &'a IssueFaults,
    pub(super) orders: &'a Orders,
    pub(super) caller: Caller,
    pub(super) rights: Rights,
    pub(super) now: DateTime<Utc>,
    /// Values of the path's variable segments.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Map<String, Value>,
}

/// What a caller may do that not every account may.
#[derive(Clone, Copy)]
pub(super) struct Rights {
    pub(super) administers: bool,
    /// It logged in with a token of OAuth.
    pub(super) is_app: bool,
}

/// An answer that is not 200.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Refusal {
    pub(super) fn new(status: u16, messages: &[&str]) -> Self {
        Self { status, body: json!({"errorMessages": messages, "errors": {}}) }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(400, &[message])
    }

    /// What an unreadable body gets, without a word on what is wrong with it.
    pub(super) fn bad_payload() -> Self {
        Self::bad_request("Invalid request payload. Refer to the REST API documentation and try again.")
    }

    pub(super) fn no_issue() -> Self {
        Self::new(404, &["Issue does not exist or you do not have permission to see it."])
    }
}

impl From<JqlErrors> for Refusal {
    fn from(JqlErrors(messages): JqlErrors) -> Self {
        Self { status: 400, body: json!({"errorMessages": messages, "errors": {}}) }
    }
}

impl<'a> Call<'a> {
    pub(super) fn environment(&self) -> Environment<'a> {
        self.environment_with(Validation::Refuses)
    }

    pub(super) fn environment_with(&self, validation: Validation) -> Environment<'a> {
        Environment {
            validation,
            deployment: self.renderer.deployment,
            site: self.site,
            caller: self.caller,
            now: self.now,
            zone: self.renderer.zone(),
            assumptions: self.assumptions,
        }
    }

    pub(super) fn segment(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// The first query parameter of that name.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All query parameters of that name, each cut at commas.
    pub(super) fn query_list(&self, name: &str) -> Vec<String> {
        self.query
            .iter()
            .filter(|(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// All query parameters of that name as they are: a comma is part of the value.
    pub(super) fn query_all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// `true` or `false`, whatever the case, as Java reads it; false where it is absent.
    pub(super) fn query_flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.query(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) => Err(Refusal::bad_request(&format!(
                "The value '{text}' of '{name}' is neither true nor false."
            ))),
        }
    }

    pub(super) fn query_number(&self, name: &str, default: i64) -> Result<i64, Refusal> {
        match self.query(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| {
                Refusal::bad_request(&format!("The value '{text}' of '{name}' is not a number."))
            }),
        }
    }

    /// A string member of the body; null is as good as absent.
    pub(super) fn body_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::bad_payload()),
        }
    }

    pub(super) fn body_number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(Refusal::bad_payload),
        }
    }

    /// A list of strings of the body.
    pub(super) fn body_list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(Refusal::bad_payload))
                .collect::<Result<Vec<String>, Refusal>>()
                .map(Some),
            Some(_) => Err(Refusal::bad_payload()),
        }
    }

    /// A list of numeric ids of the body, 1000 at most.
    pub(super) fn body_ids(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let Some(Value::Array(values)) = self.body.get(name) else { return Err(Refusal::bad_payload()) };
        if values.len() > 1000 {
            return Err(Refusal::bad_request("The number of ids exceeds the limit of 1000."));
        }
        values.iter().map(|value| value.as_i64().ok_or_else(Refusal::bad_payload)).collect()
    }
}
