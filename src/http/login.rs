//! Who asks: the header that lets requests in and where it is good, and the secrets that no text may show. Both may come
//! while a client works.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::header::HeaderValue;

use super::oauth::OAuthClient;
use crate::connection::{Redactor, Secret};

/// How a client says who asks.
pub(super) enum Login {
    /// The same for as long as it lives.
    Fixed(Permit),
    /// By a token that lapses.
    OAuth(Arc<OAuthClient>),
}

/// Where requests go at the moment, and the header that lets them in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Permit {
    pub(super) base: Arc<str>,
    /// None where nothing but a token is asked for.
    pub(super) header: Option<HeaderValue>,
}

/// What is taken out of texts: the connection's secrets, and tokens as they come.
#[derive(Clone, Default)]
pub(super) struct Secrets(Arc<RwLock<Arc<Redactor>>>);

impl Secrets {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(redactor))))
    }

    /// From now on this one is taken out, too.
    pub(super) fn add(&self, secret: &Secret) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(known.as_ref().clone().with_secret(secret));
    }

    pub(super) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
