//! A connection as it is written, its values read and not yet checked: the place where a secret that nobody wrote can
//! still be put in.

use super::error::ConnectionError;
use super::keys::{KEYS, Key, Setting};
use super::secret::Secret;
use super::string::{self, Parts, Value};
use super::{Connection, settings};

/// A connection that may lack its secret.
#[derive(Clone)]
pub struct Draft {
    parts: Parts,
}

/// The secret that a connection lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSecret {
    /// The key that would hold it.
    pub key: &'static str,
    /// Whose it is, where the connection says so: its `User`.
    pub user: Option<String>,
}

impl Draft {
    /// Reads a connection string. `env` gives the environment's variables for `${NAME}`.
    pub fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConnectionError> {
        Ok(Self { parts: string::split(text, env)? })
    }

    pub(super) fn new(name: String, values: Vec<(&'static Key, Value)>) -> Self {
        Self { parts: Parts { name: Some(name), values } }
    }

    /// The connection's name.
    pub fn name(&self) -> &str {
        self.parts.name.as_deref().unwrap_or(settings::DEFAULT_NAME)
    }

    /// The secret that the way of logging in needs and that is not written. None, too, where it can't be told what is
    /// missing: then [`Draft::connection`] says what to write.
    pub fn missing_secret(&self) -> Option<MissingSecret> {
        let user = self.text(Setting::User);
        let scheme = self.text(Setting::AuthScheme).map(str::to_ascii_lowercase);
        let has_client = self.text(Setting::OAuthClientId).is_some();
        let missing = |id, user: Option<&str>| {
            let key = KEYS.iter().find(|key| key.id == id)?;
            Some(MissingSecret { key: key.name, user: user.map(str::to_owned) })
        };
        match scheme.as_deref() {
            Some("oauthclient") => has_client.then_some(())?,
            Some("pat" | "bearer") => return self.lacks_token().then(|| missing(Setting::ApiToken, None))?,
            None if has_client && user.is_none() && self.lacks_token() => {}
            _ if user.is_some() && self.lacks_token() => return missing(Setting::ApiToken, user),
            _ => return None,
        }
        match self.text(Setting::OAuthClientSecret) {
            None => missing(Setting::OAuthClientSecret, None),
            Some(_) => None,
        }
    }

    /// Puts the missing secret in; changes nothing where none is missing.
    pub fn with_secret(mut self, secret: &Secret) -> Self {
        let missing = self.missing_secret();
        let key = missing.and_then(|it| KEYS.iter().find(|key| key.name == it.key));
        if let Some(key) = key {
            // An empty value is as good as none, but it would be found first.
            self.parts.values.retain(|(other, _)| other.id != key.id);
            let (text, written) = (secret.expose().to_owned(), super::MASK.to_owned());
            let value = Value { text, from_environment: true, written };
            self.parts.values.push((key, value));
        }
        self
    }

    /// The connection, checked and with the defaults filled in.
    pub fn connection(self) -> Result<Connection, ConnectionError> {
        settings::build(self.parts)
    }

    fn lacks_token(&self) -> bool {
        self.text(Setting::ApiToken).is_none() && self.text(Setting::Password).is_none()
    }

    fn text(&self, id: Setting) -> Option<&str> {
        let (_, value) = self.parts.values.iter().find(|(key, _)| key.id == id)?;
        Some(value.text.trim()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::super::Auth;
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft::parse(text, &|_| Some(String::new())).map_err(|e| e.to_string()).unwrap()
    }

    fn missing(text: &str) -> Option<(&'static str, Option<String>)> {
        draft(text).missing_secret().map(|it| (it.key, it.user))
    }

    #[test]
    fn the_secret_that_the_login_needs_is_missing_and_no_other() {
        let me = || Some("me".to_owned());
        for (text, expected) in [
            ("URL=x;User=me", Some(("APIToken", me()))),
            ("URL=x;User=me;AuthScheme=Basic", Some(("APIToken", me()))),
            ("URL=x;User=me;APIToken=${EMPTY}", Some(("APIToken", me()))),
            ("URL=x;AuthScheme=PAT", Some(("APIToken", None))),
            ("URL=x;OAuthClientId=i", Some(("OAuthClientSecret", None))),
            ("URL=x;AuthScheme=OAuthClient;OAuthClientId=i", Some(("OAuthClientSecret", None))),
            ("URL=x;AuthScheme=OAuthClient", None),
            ("URL=x;User=me;Password=p", None),
            ("URL=x;APIToken=t", None),
            ("URL=x", None),
        ] {
            assert_eq!(missing(text), expected, "{text}");
        }
    }

    #[test]
    fn what_was_asked_for_takes_the_place_of_what_was_missing() {
        for text in ["w=URL=x;User=me", "w=URL=x;User=me;APIToken=${EMPTY}"] {
            let it = draft(text).with_secret(&Secret::new("tok3n"));
            assert_eq!((it.name().to_owned(), it.missing_secret()), ("w".to_owned(), None));
            let auth = it.connection().unwrap().auth;
            assert!(matches!(auth, Auth::Basic { secret, .. } if secret.expose() == "tok3n"));
        }
        let written = draft("URL=x;User=me;APIToken=own").with_secret(&Secret::new("other"));
        let auth = written.connection().unwrap().auth;
        assert!(matches!(auth, Auth::Basic { secret, .. } if secret.expose() == "own"));
    }
}
