//! The client of a connection: what its requests share, and how it is asked. How one request goes is in `exchange`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use serde::de::IgnoredAny;

use super::budget::{Budget, Pause, PauseScope};
use super::error::{Circumstances, HttpError, Route, Scheme};
use super::event::{Event, Observer};
use super::login::{Login, Permit, Secrets};
use super::oauth::{Bare, OAuthClient};
use super::reply::{self, BadBody};
use super::tally::{Tally, Totals};
use super::{Request, transport};
use crate::connection::{Auth, BudgetLimits, Connection, RetryPolicy};

/// How bodies are written.
const JSON: &str = "application/json";
/// How a Data Center site wants to be asked for a token.
const FORM: &str = "application/x-www-form-urlencoded";
/// One client a connection, shared by all its scans. A clone is the same client.
#[derive(Clone)]
pub struct Client(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) http: reqwest::Client,
    pub(super) base: Arc<str>,
    pub(super) login: Login,
    pub(super) content_type: &'static str,
    pub(super) answers: Answers,
    pub(super) secrets: Secrets,
    pub(super) around: Circumstances,
    pub(super) policy: RetryPolicy,
    pub(super) max_page_bytes: usize,
    pub(super) budget: Arc<Budget>,
    pub(super) totals: Tally,
    pub(super) observer: Option<Observer>,
    /// Whether anything was ever answered: until then a failure to connect is more likely a wrong setting.
    pub(super) was_answered: AtomicBool,
}

/// Whether messages may show how an answer begins that is not as it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Shown,
    /// They hold tokens that nobody knows yet.
    Hidden,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base)
            .field("budget", &self.0.budget)
            .finish_non_exhaustive()
    }
}

/// What the clients of one connection share.
struct Parts {
    http: reqwest::Client,
    limits: BudgetLimits,
    policy: RetryPolicy,
    max_page_bytes: usize,
    secrets: Secrets,
    totals: Tally,
    observer: Option<Observer>,
}

impl Parts {
    /// A client that says nothing of who asks: the secrets are in what it sends.
    fn bare(&self, base: &str, content_type: &'static str, route: Route) -> Client {
        let base: Arc<str> = base.trim_end_matches('/').into();
        let permit = Permit { base: Arc::clone(&base), header: None };
        let around = Circumstances { scheme: Scheme::TokenRequest, route };
        self.client(base, Login::Fixed(permit), content_type, Answers::Hidden, around)
    }

    fn client(
        &self,
        base: Arc<str>,
        login: Login,
        content_type: &'static str,
        answers: Answers,
        around: Circumstances,
    ) -> Client {
        Client(Arc::new(Inner {
            http: self.http.clone(),
            base,
            login,
            content_type,
            answers,
            secrets: self.secrets.clone(),
            around,
            policy: self.policy,
            max_page_bytes: self.max_page_bytes,
            budget: Budget::new(&self.limits, self.observer.clone()),
            totals: self.totals.clone(),
            observer: self.observer.clone(),
            was_answered: AtomicBool::new(false),
        }))
    }
}

impl Client {
    /// Sets up the client of a connection. Opens nothing yet; reads `CaFile` if there is one.
    pub fn new(connection: &Connection) -> Result<Self, HttpError> {
        Self::build(connection, None)
    }

    /// [`Client::new`], with somebody who is told what happens.
    pub fn with_observer(connection: &Connection, observer: Observer) -> Result<Self, HttpError> {
        Self::build(connection, Some(observer))
    }

    fn build(connection: &Connection, observer: Option<Observer>) -> Result<Self, HttpError> {
        let parts = Parts {
            http: transport::build(connection)?,
            limits: connection.budget,
            policy: connection.retry,
            max_page_bytes: connection.max_page_bytes,
            secrets: Secrets::new(connection.redactor()),
            totals: Tally::new(),
            observer,
        };
        let route = match connection.is_cloud() {
            _ if connection.gateway.is_some() => Route::Gateway,
            true => Route::CloudSite,
            false => Route::Elsewhere,
        };
        let base: Arc<str> = connection.base().into();
        let (scheme, header) = match &connection.auth {
            Auth::Basic { user, secret } => {
                (Scheme::Basic, format!("Basic {}", STANDARD.encode(format!("{user}:{}", secret.expose()))))
            }
            Auth::Bearer { secret } => (Scheme::Bearer, format!("Bearer {}", secret.expose())),
            Auth::OAuthClient { id, secret } => {
                let asking = Bare {
                    site: parts.bare(connection.base(), JSON, route),
                    cloud: parts.bare(&connection.token_origin(), JSON, route),
                    forms: parts.bare(connection.base(), FORM, route),
                };
                let client = OAuthClient::new(connection, id, secret, asking, parts.secrets.clone());
                let around = Circumstances { scheme: Scheme::OAuthClient, route };
                return Ok(parts.client(base, Login::OAuth(Arc::new(client)), JSON, Answers::Shown, around));
            }
        };
        let mut header = HeaderValue::from_str(&header).map_err(|_| HttpError::Client {
            connection: connection.name.clone(),
            reason: "the token has characters that no header can carry".to_owned(),
        })?;
        header.set_sensitive(true);
        let permit = Permit { base: Arc::clone(&base), header: Some(header) };
        let around = Circumstances { scheme, route };
        Ok(parts.client(base, Login::Fixed(permit), JSON, Answers::Shown, around))
    }

    /// What lets the next request in. Asks for a token where there is none that is good.
    pub(super) async fn permit(&self, refused: Option<&Permit>) -> Result<Permit, HttpError> {
        match &self.0.login {
            Login::Fixed(permit) => Ok(permit.clone()),
            Login::OAuth(client) => client.permit(refused).await,
        }
    }

    /// Sends a request and gives the answer's bytes, which are one whole JSON document.
    pub async fn send(&self, request: &Request, tally: &Tally) -> Result<Vec<u8>, HttpError> {
        let whole = |body: Vec<u8>| match serde_json::from_slice::<IgnoredAny>(&body) {
            Ok(_) => Ok(body),
            Err(error) => Err((BadBody::new(error.to_string()), body)),
        };
        self.exchange(request, tally, whole).await
    }

    /// Sends a request and decodes the answer in one go. Where `decode` says that the bytes are no whole JSON
    /// document, the request is repeated like one that was cut off. What else may be wrong with a document is part of
    /// `T`: asking again would bring the same. No place in the request budget is held while `decode` runs.
    pub async fn send_with<T: Send + 'static>(
        &self,
        request: &Request,
        tally: &Tally,
        decode: impl Fn(&[u8]) -> Result<T, BadBody> + Clone + Send + 'static,
    ) -> Result<T, HttpError> {
        self.exchange(request, tally, move |body| decode(&body).map_err(|bad| (bad, body))).await
    }

    /// Counts the points that the records of an answer cost, beside the one for its request, where a quota of points holds
    /// for this caller: for apps with OAuth.
    pub fn charge(&self, request: &Request, tally: &Tally, points: u64) {
        if self.pays_points() {
            self.count(tally, |it| it.add_points(points));
            let kind = PauseScope::Endpoint(request.method, Arc::clone(&request.template));
            self.0.budget.spent(&kind, points + 1);
        }
    }

    /// Whether an hourly quota of points holds for this caller.
    pub(super) fn pays_points(&self) -> bool {
        matches!(self.0.login, Login::OAuth(_))
    }

    /// Most requests that this client has in flight at once.
    pub fn concurrency(&self) -> usize {
        self.0.budget.concurrency()
    }

    /// What all requests of this client cost so far.
    pub fn totals(&self) -> Totals {
        self.0.totals.totals()
    }

    /// A text that a server wrote, fit for a screen: without this connection's secrets, on one line, control
    /// characters escaped, clipped.
    pub fn clean(&self, text: &str) -> String {
        reply::clean_line(text, &self.0.secrets.redactor())
    }

    /// A text that a server wrote, without this connection's secrets and the tokens that it was given, otherwise as it is.
    pub fn redact(&self, text: &str) -> String {
        self.0.secrets.redactor().redact(text)
    }

    /// Whether a text has one of this connection's secrets in it, tokens that it was given included.
    pub fn holds_secret(&self, text: &str) -> bool {
        self.redact(text) != text
    }

    /// The error for an answer that is whole JSON, but not what the endpoint is documented to give. `reason` is what
    /// the decoder said; it may repeat the answer, and is cleaned here.
    pub fn other_shape(&self, request: &Request, reason: &str) -> HttpError {
        HttpError::Shape {
            method: request.method,
            template: Arc::clone(&request.template),
            base: self.0.base.to_string(),
            reason: self.clean(reason),
        }
    }

    /// The error for a site that has none of Jira's addresses, or not those that it had.
    pub fn no_jira(&self, reason: &str) -> HttpError {
        HttpError::NoJira { base: self.0.base.to_string(), reason: self.clean(reason) }
    }

    /// What the client is waiting for because the site asked it to.
    pub fn pauses(&self) -> Vec<Pause> {
        self.0.budget.pauses()
    }

    pub(super) fn count(&self, tally: &Tally, add: impl Fn(&Tally)) {
        add(tally);
        add(&self.0.totals);
    }

    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.0.observer {
            observer(&event());
        }
    }
}
