//! One request on its way: its turns in the request budget, what is sent, what comes back, and whether it goes again,
//! until there is an answer worth decoding or no hope of one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use url::Url;

use super::budget::{Entry, Load, PauseScope, TooLong};
use super::client::Client;
use super::error::{HttpError, Kind};
use super::event::Event;
use super::failure::{Failure, describe};
use super::login::{Login, Permit};
use super::reply::{self, BadBody};
use super::retry::{self, Verdict};
use super::signals::Signals;
use super::tally::Tally;
use super::{Method, Request};

/// Most bytes read of an answer that is no success: enough for any message.
const MOST_ERROR_BYTES: usize = 64 << 10;
/// Most characters shown of an address: a query can hold pages of JQL.
const MOST_ADDRESS: usize = 1000;
/// Repetitions while a host's name has never been found: a misspelt one should not cost a quarter of a minute.
const RETRIES_OF_UNKNOWN_HOST: u32 = 1;

/// A request on its way. A clone is cheap: what is large is shared.
#[derive(Clone)]
pub(super) struct Journey {
    pub(super) request: Arc<Request>,
    pub(super) permit: Permit,
    /// The whole address as it is sent.
    pub(super) url: Arc<str>,
    /// Path and query for people, without secrets.
    pub(super) address: Arc<str>,
    pub(super) scope: PauseScope,
    pub(super) tally: Tally,
    pub(super) started: Instant,
    pub(super) tries: u32,
    pub(super) waited: Duration,
}

/// What came of one try.
struct Turn<T> {
    /// Time spent in pauses before it was sent.
    paused: Duration,
    answer: Result<T, Failure>,
}

/// What a decoder makes of a body. A body that it does not take comes back, to be described.
type Decoded<T> = Result<T, (BadBody, Vec<u8>)>;

impl Client {
    /// Tries until `decode` takes a body or there is no hope.
    pub(super) async fn exchange<T: Send + 'static>(
        &self,
        request: &Request,
        tally: &Tally,
        decode: impl Fn(Vec<u8>) -> Decoded<T> + Clone + Send + 'static,
    ) -> Result<T, HttpError> {
        let mut journey = self.set_out(request, tally, self.permit(None).await?)?;
        let mut is_renewed = false;
        loop {
            let Turn { paused, answer } = match self.turn_apart(&journey, decode.clone()).await {
                Ok(turn) => turn,
                Err(too_long) => return Err(self.held_back(&journey, &too_long)),
            };
            journey.waited += paused;
            journey.tries += 1;
            let failure = match answer {
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

    /// [`Client::turn`] and what is made of its answer, as a task of its own, which ends when this future is dropped.
    /// Whoever waits for rows may stop polling for as long as it reads something else of the same connection; a place that
    /// waited with it would be missing there, and the two would wait for each other. And while it is busy with some rows,
    /// others are decoded.
    async fn turn_apart<T: Send + 'static>(
        &self,
        journey: &Journey,
        decode: impl Fn(Vec<u8>) -> Decoded<T> + Send + 'static,
    ) -> Result<Turn<Decoded<T>>, TooLong> {
        let (client, journey) = (self.clone(), journey.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let Turn { paused, answer } = client.turn(&journey).await?;
            Ok(Turn { paused, answer: answer.map(decode) })
        });
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
    async fn turn(&self, journey: &Journey) -> Result<Turn<Vec<u8>>, TooLong> {
        let left = self.0.policy.max_wait.saturating_sub(journey.waited);
        let entry = self.0.budget.enter(journey.tally.scan(), &journey.scope, left).await?;
        let paused = entry.paused();
        self.count(&journey.tally, |it| it.add_throttled(paused + entry.slowed()));
        if journey.tries > 0 {
            self.count(&journey.tally, Tally::add_retry);
        }
        let answer = self.attempt(journey, &entry).await;
        entry.end(answer.as_ref().map_or_else(Failure::load, |_| Load::Fine));
        Ok(Turn { paused, answer })
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
    async fn attempt(&self, journey: &Journey, entry: &Entry) -> Result<Vec<u8>, Failure> {
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
        entry.learn(&Signals::of(&headers));
        if self.pays_points() && status.as_u16() != 429 && !status.is_server_error() {
            self.count(&journey.tally, |it| it.add_points(1));
        }
        let limit = if status.is_success() { self.0.max_page_bytes } else { MOST_ERROR_BYTES };
        let mut pieces = vec![];
        let mut length = 0;
        let mut end = Ok(());
        // Of a body whose length is known to be too much, nothing needs to come.
        if response.content_length().is_some_and(|length| length > limit as u64) {
            end = Err(Failure::new(Kind::TooLarge));
        }
        while end.is_ok() {
            match response.chunk().await {
                Ok(Some(piece)) if length + piece.len() > limit => end = Err(Failure::new(Kind::TooLarge)),
                Ok(Some(piece)) => {
                    length += piece.len();
                    pieces.push(piece);
                }
                Ok(None) => break,
                Err(error) => end = Err(self.transport_failure(&error)),
            }
        }
        // A buffer that grew with the body would have room for twice as much.
        let mut body = pieces.concat();
        drop(pieces);
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
            self.0.budget.pause(scope, delay);
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
}
