//! The client: sends one request until there is an answer worth decoding or no hope of one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::IgnoredAny;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use url::Url;

use super::budget::{Budget, Pause, PauseScope, TooLong};
use super::error::{Circumstances, HttpError, Kind, RequestError, Route, Scheme, hint};
use super::event::{Event, Observer};
use super::login::{Login, Permit, Secrets};
use super::oauth::{Bare, OAuthClient};
use super::reply::{self, BadBody};
use super::retry::{self, Asked, Verdict};
use super::tally::{Tally, Totals};
use super::{Method, Request, transport};
use crate::connection::{Auth, BudgetLimits, Connection, RetryPolicy};

/// Most bytes read of an answer that is no success: enough for any message.
const MOST_ERROR_BYTES: usize = 64 << 10;
/// Most characters shown of an address: a query can hold pages of JQL.
const MOST_ADDRESS: usize = 1000;
/// How bodies are written.
const JSON: &str = "application/json";
/// How a Data Center site wants to be asked for a token.
const FORM: &str = "application/x-www-form-urlencoded";
/// Repetitions while a host's name has never been found: a misspelt one should not cost a quarter of a minute.
const RETRIES_OF_UNKNOWN_HOST: u32 = 1;

/// One client a connection, shared by all its scans. A clone is the same client.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    base: Arc<str>,
    login: Login,
    content_type: &'static str,
    answers: Answers,
    secrets: Secrets,
    around: Circumstances,
    policy: RetryPolicy,
    max_page_bytes: usize,
    budget: Budget,
    totals: Tally,
    observer: Option<Observer>,
    /// Whether anything was ever answered: until then a failure to connect is more likely a wrong setting.
    was_answered: AtomicBool,
}

/// Whether messages may show how an answer begins that is not as it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
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

/// One failed try.
#[derive(Debug)]
struct Failure {
    kind: Kind,
    detail: String,
    messages: Vec<String>,
    asked: Asked,
    is_locked: bool,
    is_unknown_host: bool,
    /// The answer ended before its end, so that words may be missing.
    is_cut: bool,
    request_id: Option<String>,
    trace_id: Option<String>,
}

impl Failure {
    fn new(kind: Kind) -> Self {
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
}

/// A request on its way. A clone is cheap: what is large is shared.
#[derive(Clone)]
struct Journey {
    request: Arc<Request>,
    permit: Permit,
    /// The whole address as it is sent.
    url: Arc<str>,
    /// Path and query for people, without secrets.
    address: Arc<str>,
    scope: PauseScope,
    tally: Tally,
    started: Instant,
    tries: u32,
    waited: Duration,
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
            budget: Budget::new(&self.limits),
            totals: self.totals.clone(),
            observer: self.observer.clone(),
            was_answered: AtomicBool::new(false),
        }))
    }
}

/// What came of one try.
struct Turn {
    /// Time spent in pauses before it was sent.
    paused: Duration,
    answer: Result<Vec<u8>, Failure>,
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
    async fn permit(&self, refused: Option<&Permit>) -> Result<Permit, HttpError> {
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
    pub async fn send_with<T>(
        &self,
        request: &Request,
        tally: &Tally,
        decode: impl Fn(&[u8]) -> Result<T, BadBody>,
    ) -> Result<T, HttpError> {
        self.exchange(request, tally, move |body| decode(&body).map_err(|bad| (bad, body))).await
    }

    /// Tries until `decode` takes a body or there is no hope. A body that is not taken comes back, to be described.
    async fn exchange<T>(
        &self,
        request: &Request,
        tally: &Tally,
        decode: impl Fn(Vec<u8>) -> Result<T, (BadBody, Vec<u8>)>,
    ) -> Result<T, HttpError> {
        let mut journey = self.set_out(request, tally, self.permit(None).await?)?;
        let mut is_renewed = false;
        loop {
            let Turn { paused, answer } = match self.turn_apart(&journey).await {
                Ok(turn) => turn,
                Err(too_long) => return Err(self.held_back(&journey, &too_long)),
            };
            journey.waited += paused;
            journey.tries += 1;
            let failure = match answer.map(&decode) {
                Ok(Ok(decoded)) => return Ok(decoded),
                Ok(Err((bad, body))) => self.not_json(&bad, &body),
                Err(failure) => failure,
            };
            if failure.kind == Kind::Status(401) && !is_renewed && matches!(self.0.login, Login::OAuth(_)) {
                // The token may have been taken back, or the clocks differ.
                is_renewed = true;
                journey.permit = self.permit(Some(&journey.permit)).await?;
                continue;
            }
            self.recover(&mut journey, failure).await?;
        }
    }

    /// [`Client::turn`] as a task of its own, which ends when this future is dropped. Whoever waits for rows may stop
    /// polling for as long as it reads something else of the same connection; a place that waited with it would be
    /// missing there, and the two would wait for each other.
    async fn turn_apart(&self, journey: &Journey) -> Result<Turn, TooLong> {
        let (client, journey) = (self.clone(), journey.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { client.turn(&journey).await });
        match task.join_next().await {
            Some(Ok(turn)) => turn,
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Nobody else holds the task, so only the end of the runtime can have stopped it.
            _ => {
                let detail = "the program is ending".to_owned();
                let answer = Err(Failure { detail, ..Failure::new(Kind::Cut) });
                Ok(Turn { paused: Duration::ZERO, answer })
            }
        }
    }

    /// One try, from the queue of the request budget to the last byte. The place is given back at the end, whether or
    /// not anybody takes the answer.
    async fn turn(&self, journey: &Journey) -> Result<Turn, TooLong> {
        let left = self.0.policy.max_wait.saturating_sub(journey.waited);
        let entry = self.0.budget.enter(&journey.scope, left).await?;
        let paused = entry.paused;
        self.count(&journey.tally, |it| it.add_throttled(paused));
        if journey.tries > 0 {
            self.count(&journey.tally, Tally::add_retry);
        }
        let answer = self.attempt(journey).await;
        drop(entry);
        Ok(Turn { paused, answer })
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

    fn set_out(&self, request: &Request, tally: &Tally, permit: Permit) -> Result<Journey, HttpError> {
        let sent = request.address();
        let base = Arc::clone(&permit.base);
        let journey = Journey {
            request: Arc::new(request.clone()),
            permit,
            url: format!("{base}{sent}").into(),
            address: reply::clean(&sent, &self.0.secrets.redactor(), MOST_ADDRESS).into(),
            scope: PauseScope::Endpoint(request.method, Arc::clone(&request.template)),
            tally: tally.clone(),
            started: Instant::now(),
            tries: 0,
            waited: Duration::ZERO,
        };
        // A path that the address parser has to change was not encoded, or climbs out of the base address.
        let path_end = base.len() + request.path.len();
        let is_plain = request.path.starts_with('/')
            && !request.path.contains(['?', '#'])
            && Url::parse(&journey.url)
                .is_ok_and(|url| url.as_str().get(..path_end) == journey.url.get(..path_end));
        if is_plain {
            Ok(journey)
        } else {
            Err(self.give_up(&journey, Failure::new(Kind::ParametersRefused), None))
        }
    }

    /// One try: from sending to the last byte of an answer that is worth decoding.
    async fn attempt(&self, journey: &Journey) -> Result<Vec<u8>, Failure> {
        let request = &journey.request;
        self.count(&journey.tally, Tally::add_request);
        self.tell(|| Event::Sent {
            method: request.method,
            address: Arc::clone(&journey.address),
            attempt: journey.tries + 1,
        });
        let began = Instant::now();
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self.0.http.request(method, &*journey.url);
        if let Some(header) = &journey.permit.header {
            builder = builder.header(AUTHORIZATION, header.clone());
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, self.0.content_type).body(body.clone());
        }
        let mut response = builder.send().await.map_err(|error| self.transport_failure(&error))?;
        self.0.was_answered.store(true, Ordering::Relaxed);
        let status = response.status();
        let headers = response.headers().clone();
        let limit = if status.is_success() { self.0.max_page_bytes } else { MOST_ERROR_BYTES };
        let mut body = Vec::new();
        let mut end = Ok(());
        // Of a body whose length is known to be too much, nothing needs to come.
        if response.content_length().is_some_and(|length| length > limit as u64) {
            end = Err(Failure::new(Kind::TooLarge));
        }
        while end.is_ok() {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    end = Err(Failure::new(Kind::TooLarge));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => end = Err(self.transport_failure(&error)),
            }
        }
        self.count(&journey.tally, |it| it.add_bytes(body.len()));
        self.tell(|| Event::Answered {
            method: request.method,
            address: Arc::clone(&journey.address),
            status: status.as_u16(),
            elapsed: began.elapsed(),
            bytes: body.len(),
        });
        if !status.is_success() {
            // Whatever came of the body, the status is the answer; only its reason may be missing.
            let is_cut = end.is_err_and(|it| it.kind != Kind::TooLarge);
            let refusal = self.refusal(Kind::Status(status.as_u16()), &headers, &body);
            return Err(Failure { is_cut, ..refusal });
        }
        if let Err(failure) = end {
            return Err(self.with_ids(failure, &headers));
        }
        if body.starts_with(b"\xef\xbb\xbf") {
            body.drain(..3);
        }
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if reply::is_html(content_type, &body) {
            return Err(self.refusal(Kind::Html, &headers, &body));
        }
        Ok(body)
    }

    /// Waits, or holds others back too, so that the next try makes sense; or ends the journey.
    async fn recover(&self, journey: &mut Journey, failure: Failure) -> Result<(), HttpError> {
        let retries = journey.tries - 1;
        let is_hopeless = failure.is_unknown_host
            && retries >= RETRIES_OF_UNKNOWN_HOST
            && !self.0.was_answered.load(Ordering::Relaxed);
        let judge = |kind| retry::judge(kind, &failure.asked, &self.0.policy, retries, retry::jitter());
        let verdict = match judge(failure.kind) {
            _ if is_hopeless => Verdict::GiveUp,
            // Half a refusal is asked for again: what it means may stand in its other half.
            Verdict::GiveUp if failure.is_cut => judge(Kind::Cut),
            verdict => verdict,
        };
        let (delay, scope) = match verdict {
            Verdict::GiveUp => return Err(self.give_up(journey, failure, None)),
            Verdict::Retry(delay) => (delay, None),
            Verdict::PauseEndpoint(delay) => (delay, Some(journey.scope.clone())),
            Verdict::PauseEverything(delay) => (delay, Some(PauseScope::Everything)),
        };
        let is_too_long = delay > self.0.policy.max_wait.saturating_sub(journey.waited);
        let scope = scope.filter(|_| !delay.is_zero());
        if let Some(scope) = &scope {
            // Even a request that can't wait so long tells the others.
            self.0.budget.pause(scope.clone(), delay);
            self.tell(|| Event::Paused { scope: scope.clone(), delay });
        }
        if is_too_long {
            return Err(self.give_up(journey, failure, Some(delay)));
        }
        self.tell(|| Event::Retrying {
            method: journey.request.method,
            address: Arc::clone(&journey.address),
            reason: describe(&failure),
            delay,
        });
        // A pause is waited for where the next try enters the budget.
        if scope.is_none() {
            sleep(delay).await;
            journey.waited += delay;
        }
        Ok(())
    }

    fn transport_failure(&self, error: &reqwest::Error) -> Failure {
        let seen = transport::classify(error);
        Failure {
            detail: reply::clean_line(&seen.detail, &self.0.secrets.redactor()),
            is_unknown_host: seen.is_unknown_host,
            ..Failure::new(seen.kind)
        }
    }

    fn not_json(&self, bad: &BadBody, body: &[u8]) -> Failure {
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

    fn refusal(&self, kind: Kind, headers: &HeaderMap, body: &[u8]) -> Failure {
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

    fn with_ids(&self, failure: Failure, headers: &HeaderMap) -> Failure {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok())?;
            Some(reply::clean(value, &self.0.secrets.redactor(), 80))
        };
        Failure { request_id: text("x-arequestid"), trace_id: text("atl-traceid"), ..failure }
    }

    fn give_up(&self, journey: &Journey, failure: Failure, refused_wait: Option<Duration>) -> HttpError {
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

    fn held_back(&self, journey: &Journey, too_long: &TooLong) -> HttpError {
        let failure = Failure { detail: format!("{} waits", too_long.scope), ..Failure::new(Kind::Paused) };
        self.give_up(journey, failure, Some(too_long.remaining))
    }

    fn count(&self, tally: &Tally, add: impl Fn(&Tally)) {
        add(tally);
        add(&self.0.totals);
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.0.observer {
            observer(&event());
        }
    }
}

/// A failure in a few words, for a log line.
fn describe(failure: &Failure) -> String {
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
