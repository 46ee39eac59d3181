//! Page tokens of the search: opaque to the caller, they remember the place of the last row in the
//! sorted list and which request they belong to.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::jql::SortKey;

/// Tokens live for a week.
const LIFETIME: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    #[serde(rename = "a")]
    pub(super) arguments: u64,
    #[serde(rename = "k")]
    pub(super) last: Vec<SortKey>,
    #[serde(rename = "t")]
    issued: i64,
}

impl Token {
    pub(super) fn new(arguments: u64, last: Vec<SortKey>, now: DateTime<Utc>) -> Self {
        Self { arguments, last, issued: now.timestamp_millis() }
    }

    pub(super) fn encode(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        // A check sum makes any other text useless.
        URL_SAFE_NO_PAD.encode(format!("{:016x}{text}", digest(&text)))
    }

    /// The token of a text, unless it was made up or is too old.
    pub(super) fn decode(text: &str, now: DateTime<Utc>) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (sum, text) = text.split_at_checked(16)?;
        if sum != format!("{:016x}", digest(text)) {
            return None;
        }
        let token: Self = serde_json::from_str(text).ok()?;
        let age = now.timestamp_millis() - token.issued;
        (age <= LIFETIME.num_milliseconds()).then_some(token)
    }
}

/// A number that stands for a value in tokens and choices; the same within one run.
pub(super) fn digest(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_for_a_week_and_a_forged_one_never() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let token = Token::new(7, vec![SortKey::Text("A".to_owned()), SortKey::Number(-3)], now);
        let text = token.encode();
        assert_eq!(Token::decode(&text, now + TimeDelta::days(7)), Some(token));
        assert_eq!(Token::decode(&text, now + TimeDelta::days(8)), None);
        assert_eq!(Token::decode(&text[1..], now), None);
        assert_eq!(Token::decode("", now), None);
        assert_eq!(Token::decode("nonsense", now), None);
    }
}
