//! What a connection string said, key by key, for people and tools that ask a connection about itself. It holds no
//! credential: a secret is `***` before it gets here, and a value out of the environment stays `${NAME}`.

use super::keys::{Key, Setting, Visibility};
use super::secret::MASK;
use super::string::Value;

/// The keys that a connection string has, each with a text that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written(Vec<(&'static str, String)>);

impl Written {
    pub(super) fn of(values: &[(&'static Key, Value)]) -> Self {
        let shown = |(key, value): &(&'static Key, Value)| {
            // Nobody knows what the values in `Other` are.
            let hidden = key.visibility == Visibility::Secret || key.id == Setting::Other;
            let text = match (hidden, key.id) {
                (true, _) => MASK,
                // What a browser's address has after the page is no part of the site, and may be a ticket of its own.
                (false, Setting::Url) => value.written.split(['?', '#']).next().unwrap_or_default(),
                (false, _) => &value.written,
            };
            (key.name, text.to_owned())
        };
        Self(values.iter().filter(|(_, value)| !value.written.trim().is_empty()).map(shown).collect())
    }

    /// The value of this key: as written, `***` for a secret; `None` where the key was left out or left empty.
    pub fn value(&self, key: &Key) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == key.name).map(|(_, text)| text.as_str())
    }
}

/// What kind of value a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `true` or `false`.
    Flag,
    /// A number, perhaps with a fraction.
    Number,
    /// Anything else.
    Text,
}

impl Key {
    /// What kind of value it takes.
    pub fn kind(&self) -> ValueKind {
        match self.id {
            Setting::UseEncryptedEndpoints
            | Setting::UseHostVerification
            | Setting::UsePeerVerification
            | Setting::ReadOnly => ValueKind::Flag,
            Setting::Port
            | Setting::Timeout
            | Setting::MaxConcurrency
            | Setting::MaxRequestsPerSecond
            | Setting::MaxRetries
            | Setting::RetryDelay
            | Setting::MaxWait
            | Setting::MetadataTtl => ValueKind::Number,
            _ => ValueKind::Text,
        }
    }

    /// The values that it takes, where they are few.
    pub fn choices(&self) -> &'static [&'static str] {
        match (self.kind(), self.id) {
            (ValueKind::Flag, _) => &["true", "false"],
            (_, Setting::Service) => &["jira"],
            (_, Setting::AuthScheme) => &["Basic", "PAT", "OAuthClient"],
            (_, Setting::CustomFieldNames) => &["name", "id"],
            (_, Setting::OnParentError) => &["fail", "warn"],
            _ => &[],
        }
    }

    /// Whether a connection string needs it, or what may stand in for it by its own description.
    pub fn is_required(&self) -> bool {
        matches!(self.id, Setting::Url | Setting::ApiToken)
    }

    /// The group that it belongs to.
    pub fn category(&self) -> &'static str {
        match self.id {
            Setting::Service
            | Setting::Url
            | Setting::Host
            | Setting::Port
            | Setting::UseEncryptedEndpoints
            | Setting::CloudId => "Connection",
            Setting::User
            | Setting::Password
            | Setting::ApiToken
            | Setting::AuthScheme
            | Setting::OAuthClientId
            | Setting::OAuthClientSecret => "Authentication",
            Setting::CaFile | Setting::UseHostVerification | Setting::UsePeerVerification => "TLS",
            Setting::Timeout
            | Setting::MaxConcurrency
            | Setting::MaxRequestsPerSecond
            | Setting::MaxRetries
            | Setting::RetryDelay
            | Setting::MaxWait
            | Setting::MaxPageBytes => "Requests",
            _ => "Miscellaneous",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::super::{Connection, KEYS};
    use super::*;

    const NEEDED: &str = "URL=https://127.0.0.1;CaFile=ca.pem";

    #[test]
    fn what_is_written_is_shown_without_secrets_and_without_the_environment() {
        let text =
            "URL=https://${SITE}/jira?ticket=hunter4;User=a@b.c;APIToken=hunter2;Other='x=hunter3';Timeout=";
        let connection = Connection::parse(text, &|_| Some("127.0.0.1".to_owned())).unwrap();
        let shown: Vec<_> =
            KEYS.iter().filter_map(|k| Some((k.name, connection.written.value(k)?))).collect();
        let expected =
            [("URL", "https://${SITE}/jira"), ("User", "a@b.c"), ("APIToken", "***"), ("Other", "***")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_choice_that_is_listed_is_taken() {
        let no_environment = |_: &str| None;
        for key in KEYS {
            for choice in key.choices() {
                let login = match *choice {
                    "Basic" => "User=a@b.c;APIToken=t",
                    "OAuthClient" => "OAuthClientId=i;OAuthClientSecret=s",
                    _ => "APIToken=t",
                };
                let text = format!("{NEEDED};{login};{}={choice}", key.name);
                Connection::parse(&text, &no_environment).map_err(|e| format!("{text}: {e}")).unwrap();
            }
        }
    }

    #[test]
    fn numbers_and_flags_take_nothing_else() {
        for key in KEYS.iter().filter(|k| k.kind() != ValueKind::Text) {
            let text = format!("Host=127.0.0.1;APIToken=t;{}=x", key.name);
            assert!(Connection::parse(&text, &|_| None).is_err(), "{text}");
        }
    }
}
