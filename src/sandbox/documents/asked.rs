//! What parameters ask of the records of a document: which of them there are to be, and which values are no answerable
//! question.

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use serde_json::Value;

use super::Document;
use crate::sandbox::call::{Call, Refusal};

/// The values that a parameter may have.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Known {
    /// One of these.
    These(Vec<String>),
    /// What the site has of this kind.
    Some(Kind),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The account ids of its users.
    Accounts,
}

/// The member that an instant bounds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Limit {
    /// It is no earlier.
    Least(String),
    /// It is no later.
    Most(String),
}

impl Limit {
    pub(super) fn member(&self) -> &String {
        match self {
            Self::Least(member) | Self::Most(member) => member,
        }
    }
}

impl Document {
    /// Refuses values that a parameter can't have.
    pub(super) fn check_asked(&self, call: &Call<'_>) -> Result<(), Refusal> {
        for (parameter, known) in &self.known {
            let is_known = |wanted: &str| match known {
                Known::These(values) => values.iter().any(|it| it == wanted),
                Known::Some(Kind::Accounts) => call.site.users.iter().any(|it| *it.account_id == *wanted),
            };
            if let Some(other) = call.query_all(parameter).into_iter().find(|wanted| !is_known(wanted)) {
                let text = format!("The value '{other}' of '{parameter}' is not known.");
                return Err(Refusal::bad_request(&text));
            }
        }
        for parameter in self.limits.keys() {
            if let Some(text) = call.query(parameter).filter(|text| instant(text).is_none()) {
                return Err(Refusal::bad_request(&format!(
                    "The value '{text}' of '{parameter}' is no time."
                )));
            }
        }
        Ok(())
    }

    /// Whether a record has a value that each of the filters asks for, between the limits.
    pub(super) fn is_asked_for(&self, row: &Value, call: &Call<'_>) -> bool {
        let value = |member: &str| member.split('.').fold(row, |value, name| &value[name]);
        let is_wanted = self.filters.iter().all(|(parameter, member)| {
            let (wanted, value) = (call.query_list(parameter), value(member));
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let is = |value: &Value| wanted.contains(&text(value));
            wanted.is_empty() || value.as_array().map_or_else(|| is(value), |several| several.iter().any(is))
        });
        is_wanted
            && self.limits.iter().all(|(parameter, limit)| {
                let asked = call.query(parameter).and_then(instant);
                let own = value(limit.member()).as_str().and_then(instant);
                asked.is_none_or(|asked| match limit {
                    Limit::Least(_) => own.is_some_and(|own| own >= asked),
                    Limit::Most(_) => own.is_some_and(|own| own <= asked),
                })
            })
    }
}

/// A time with an offset. Without one nobody says which zone is meant.
fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    let read = DateTime::parse_from_rfc3339(text);
    read.or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")).ok()
}
