//! OAuth 2.0 client credentials, as a service account has them: `POST /oauth/token` gives tokens that lapse, and that
//! open the site behind the gateway's path only.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::token::digest;

/// The id of the client; its secret is the account's token.
pub(super) const CLIENT_ID: &str = "sandbox-client";

/// How long a token lives, unless [`Tokens::set_life`] says otherwise.
const LIFE: Duration = Duration::from_hours(1);

/// The tokens that were given.
pub(super) struct Tokens {
    life: Mutex<Duration>,
    given: Mutex<Vec<(String, Instant)>>,
    number: AtomicU64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { life: Mutex::new(LIFE), given: Mutex::default(), number: AtomicU64::new(0) }
    }
}

impl Tokens {
    /// How long the tokens live that are given from now on.
    pub(super) fn set_life(&self, life: Duration) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = life;
    }

    /// Takes all tokens back.
    pub(super) fn revoke(&self) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether a token opens this path now.
    pub(super) fn open(&self, token: &str, path: &str) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        path.starts_with("/ex/jira/")
            && given.iter().any(|(known, lapses)| known == token && *lapses > Instant::now())
    }

    /// Answers `POST /oauth/token`: status and body.
    pub(super) fn answer(&self, body: &[u8], secret: &str) -> (u16, Value) {
        let refused =
            |status, error: &str| (status, json!({ "error": error, "error_description": "Unauthorized" }));
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return refused(400, "invalid_request") };
        if body["grant_type"] != "client_credentials" {
            return refused(403, "unauthorized_client");
        }
        if body["client_id"] != CLIENT_ID || body["client_secret"] != secret {
            return refused(401, "access_denied");
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let token = format!("sandbox-access-{number}-{:016x}", digest((number, secret)));
        let life = *self.life.lock().unwrap_or_else(PoisonError::into_inner);
        self.given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((token.clone(), Instant::now() + life));
        let answer = json!({
            "access_token": token, "expires_in": life.as_secs_f64(), "token_type": "Bearer", "scope": "read:jira-work",
        });
        (200, answer)
    }
}
