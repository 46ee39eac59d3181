//! The HTTP side: addresses, credentials, headers, the log, and answers that go wrong on purpose.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::SandboxClock;
use super::assumptions::{Assumptions, RefusalBody, WrongCredentials};
use super::call::{Call, Refusal, Rights};
use super::deployment::Deployment;
use super::edit::Editor;
use super::endpoints::{Found, Handler, Openness, Surface, find};
use super::faults::{Fault, Faults, IssueFaults};
use super::kept::Kept;
use super::limits::{self, Claim, Headers, Limited, Limiter};
use super::model::{Caller, Site};
use super::oauth::Tokens;
use super::orders::Orders;
use super::render::{Interface, Renderer};
use super::requests::{RequestLog, ServedRequest};
use super::{Account, Credentials, directory, generate};

/// Where clients ask for tokens.
const TOKEN_PATH: &str = "/oauth/token";
/// The largest request body.
const MOST_BYTES: usize = 16 << 20;

pub(super) struct Shared {
    pub(super) deployment: Deployment,
    pub(super) address: SocketAddr,
    pub(super) site: RwLock<Arc<Site>>,
    pub(super) log: RequestLog,
    pub(super) editor: Mutex<Editor>,
    pub(super) broken: Mutex<Vec<(String, u16)>>,
    pub(super) faults: Faults,
    pub(super) issue_faults: IssueFaults,
    pub(super) credentials: Credentials,
    pub(super) account: Account,
    pub(super) assumptions: Assumptions,
    pub(super) latency: Duration,
    pub(super) clock: SandboxClock,
    pub(super) started: Instant,
    pub(super) counter: AtomicU64,
    pub(super) tokens: Tokens,
    pub(super) limiter: Option<Limiter>,
    pub(super) orders: Orders,
    pub(super) kept: Kept<Question, Reply>,
}

/// All of a request that its answer depends on.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Question {
    method: String,
    path: String,
    query: String,
    body: Bytes,
    /// Says who asks.
    authorization: Option<HeaderValue>,
}

/// An answer, and the parameters of the request that nobody documented.
#[derive(Clone)]
pub(super) struct Reply {
    answer: Answer,
    unknown: Vec<String>,
}

/// An answer before anything is done to it.
#[derive(Clone)]
struct Answer {
    status: u16,
    content_type: &'static str,
    body: Bytes,
    headers: Vec<(&'static str, String)>,
}

impl Answer {
    fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            content_type: "application/json;charset=UTF-8",
            body: value.to_string().into(),
            headers: Vec::new(),
        }
    }

    fn html(status: u16, title: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        Self { status, content_type: "text/html;charset=UTF-8", body: body.into(), headers: Vec::new() }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &refusal.body)
    }
}

impl From<Limited> for Answer {
    fn from(Limited { headers, body }: Limited) -> Self {
        let answer = match body {
            RefusalBody::Json => Refusal::new(429, &["Rate limit exceeded."]).into(),
            RefusalBody::Html => Self::html(429, "Too Many Requests"),
        };
        Self { headers, ..answer }
    }
}

/// What came of reading a request's credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Login {
    Valid,
    None,
    Wrong,
}

impl Shared {
    /// Forgets what was made of the site as it was.
    pub(super) fn was_edited(&self) {
        self.orders.clear();
        self.kept.clear();
    }

    fn now(&self) -> DateTime<Utc> {
        match self.clock {
            SandboxClock::Fixed(at) => at,
            SandboxClock::Real => {
                // On a machine whose clock is behind the data, time goes on from the data's end.
                let earliest = generate::end_of_data() + TimeDelta::hours(1);
                let elapsed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
                Utc::now().max(earliest + elapsed)
            }
        }
    }

    fn login(&self, headers: &HeaderMap, path: &str) -> Login {
        let Some(header) = headers.get(AUTHORIZATION) else { return Login::None };
        let text = header.to_str().unwrap_or_default();
        let valid = match text.split_once(' ') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
                let site = self.site.read().unwrap_or_else(PoisonError::into_inner);
                let user = match self.deployment {
                    Deployment::Cloud => self.credentials.user.as_str(),
                    Deployment::DataCenter => site.me().map_or("", |me| &me.name),
                };
                let expected = format!("{user}:{}", self.credentials.token).into_bytes();
                STANDARD.decode(rest.trim()).is_ok_and(|it| it == expected)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => {
                rest.trim() == self.credentials.token || self.tokens.open(rest.trim(), path)
            }
            _ => false,
        };
        if valid { Login::Valid } else { Login::Wrong }
    }

    fn rights(&self, caller: Caller, asked: &Asked<'_>) -> Rights {
        let header = asked.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let token = header.split_once(' ').map_or("", |(_, token)| token.trim());
        Rights {
            administers: caller == Caller::Demo && self.account == Account::Administrator,
            is_app: self.tokens.open(token, asked.path),
        }
    }
}

/// Answers one request.
pub(super) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let method = parts.method.as_str().to_owned();
    match path.as_str() {
        "/__sandbox/requests" => return requests(&shared, &method),
        "/__sandbox/summary" => return respond(&shared, Answer::json(200, &summary(&shared))),
        _ => {}
    }
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return respond(&shared, Answer::html(413, "Payload Too Large"));
    };
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let login = shared.login(&parts.headers, &path);
    let line = format!("{method} {path}");
    let broken = {
        let broken = shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.iter().find(|(prefix, _)| line.starts_with(prefix.as_str())).map(|(_, status)| *status)
    };
    let fault = if broken.is_some() { None } else { shared.faults.draw(&method, &path, &query, &body) };
    let began = Instant::now();
    let Reply { answer, unknown } = match broken {
        Some(status) => {
            Reply { answer: Refusal::new(status, &["Out of order."]).into(), unknown: Vec::new() }
        }
        None => reply(
            &shared,
            &Asked {
                method: &method,
                path: &path,
                query: &query,
                body: &body,
                headers: &parts.headers,
                login,
            },
        ),
    };
    let (bytes, busy) = (answer.body.len(), began.elapsed());
    let (status, response) = match fault {
        None => (answer.status, respond(&shared, answer)),
        Some(fault) => spoil(&shared, fault, answer),
    };
    let is_token_request = path == TOKEN_PATH;
    let served = ServedRequest {
        method,
        path,
        query,
        // The log is there for everybody to read.
        body: if is_token_request { String::new() } else { String::from_utf8_lossy(&body).into_owned() },
        status,
        unknown_parameters: unknown,
        fault,
        authenticated: login == Login::Valid,
        bytes,
    };
    shared.log.push(served, busy);
    edit(&shared);
    response
}

fn edit(shared: &Shared) {
    let mut editor = shared.editor.lock().unwrap_or_else(PoisonError::into_inner);
    let number = editor.draw();
    if number > 0 {
        let mut site = shared.site.write().unwrap_or_else(PoisonError::into_inner);
        let site = Arc::make_mut(&mut site);
        for _ in 0..number {
            editor.apply(site, shared.now());
        }
        shared.was_edited();
    }
}

struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    body: &'a Bytes,
    headers: &'a HeaderMap,
    login: Login,
}

/// Takes the gateway's prefix off; none where the cloud id is another one.
fn local_path(path: &str) -> Option<(&str, &str)> {
    match path.strip_prefix("/ex/jira/") {
        None => Some(("", path)),
        Some(rest) => {
            let rest = rest.strip_prefix(directory::CLOUD_ID)?;
            Some((path.get(..path.len() - rest.len())?, rest))
        }
    }
}

/// The answer to a request, or the one that an equal request got.
fn reply(shared: &Shared, asked: &Asked<'_>) -> Reply {
    let question = || Question {
        method: asked.method.to_owned(),
        path: asked.path.to_owned(),
        query: asked.query.to_owned(),
        body: asked.body.clone(),
        authorization: asked.headers.get(AUTHORIZATION).cloned(),
    };
    let make = || {
        let mut unknown = Vec::new();
        Reply { answer: answer(shared, asked, &mut unknown), unknown }
    };
    shared.kept.of(question, make, |reply| reply.answer.status == 200)
}

fn answer(shared: &Shared, asked: &Asked<'_>, unknown: &mut Vec<String>) -> Answer {
    match shared.deployment {
        Deployment::Cloud => cloud(shared, asked, unknown),
        Deployment::DataCenter => data_center(shared, asked, unknown),
    }
}

/// The part of a path below the interface, segment by segment.
fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|it| percent_decode_str(it).decode_utf8_lossy().into_owned()).collect()
}

/// Data Center has one interface and no gateway, and judges credentials before it looks where they lead.
fn data_center(shared: &Shared, asked: &Asked<'_>, unknown: &mut Vec<String>) -> Answer {
    if asked.login == Login::Wrong && shared.assumptions.wrong_credentials == WrongCredentials::Refused {
        return Answer::html(401, "Unauthorized (401)")
            .header("WWW-Authenticate", "OAuth realm=\"sandbox\"")
            .header("X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
    }
    let segments = segments(asked.path);
    let root: Vec<&str> = segments.iter().take(3).map(String::as_str).collect();
    let surface = match root[..] {
        ["rest", "api", "2" | "latest"] => Surface::DataCenterPlatform,
        ["rest", "agile", "1.0" | "latest"] => Surface::DataCenterAgile,
        _ => return Answer::html(404, "Oops, you've found a dead link."),
    };
    let nothing = || {
        let message = format!("null for uri: http://{}{}", shared.address, asked.path);
        Answer::json(404, &json!({"message": message, "status-code": 404}))
    };
    call(shared, asked, unknown, (surface, Interface::V2, ""), &segments[3..], nothing)
}

fn cloud(shared: &Shared, asked: &Asked<'_>, unknown: &mut Vec<String>) -> Answer {
    if asked.path == "/_edge/tenant_info" {
        return Answer::json(200, &directory::tenant_info());
    }
    if (asked.method, asked.path) == ("POST", TOKEN_PATH) {
        let (status, answer) = shared.tokens.answer(asked.body, &shared.credentials.token);
        return Answer::json(status, &answer);
    }
    let Some((prefix, path)) = local_path(asked.path) else {
        return Answer::json(404, &json!({"code": 404, "message": "No site with this cloud id"}));
    };
    let nothing = || Answer::from(Refusal::new(404, &[&format!("No resource was found at '{path}'.")]));
    let segments = segments(path);
    let root: Vec<&str> = segments.iter().take(3).map(String::as_str).collect();
    let (surface, interface) = match root[..] {
        ["rest", "api", "3"] => (Surface::Platform, Interface::V3),
        ["rest", "api", "2" | "latest"] => (Surface::Platform, Interface::V2),
        ["rest", "agile", "1.0" | "latest"] => (Surface::Agile, Interface::V2),
        _ => return nothing(),
    };
    call(shared, asked, unknown, (surface, interface, prefix), &segments[3..], nothing)
}

/// Calls what answers at these segments; `nothing` where nothing does.
fn call(
    shared: &Shared,
    asked: &Asked<'_>,
    unknown: &mut Vec<String>,
    (surface, interface, prefix): (Surface, Interface, &str),
    segments: &[String],
    nothing: impl Fn() -> Answer,
) -> Answer {
    let (handler, variables) = match find(surface, asked.method, segments) {
        Found::Handler(handler, variables) => (handler, variables),
        Found::OtherMethod => return Answer::from(Refusal::new(405, &["Method Not Allowed"])),
        Found::Nothing => return nothing(),
    };
    let caller = match (asked.login, handler.openness(), shared.assumptions.wrong_credentials) {
        (Login::Valid, ..) => Caller::Demo,
        (Login::None, Openness::Anonymous, _)
        | (Login::Wrong, Openness::Anonymous, WrongCredentials::Anonymous) => Caller::Anonymous,
        (Login::None, Openness::AccountsOnly, _) | (Login::Wrong, ..) => return unauthorized(asked.login),
    };
    let rights = shared.rights(caller, asked);
    let template = limits::template(segments, &variables);
    let claim = Claim { method: asked.method, template, is_app: rights.is_app };
    // Not by the site's clock: waiting takes real time.
    let admitted = shared.limiter.as_ref().map(|it| it.admit(&claim, Instant::now(), Utc::now()));
    let mut headers = match admitted {
        Some(Err(limited)) => return limited.into(),
        Some(Ok(headers)) => headers,
        None => Headers::new(),
    };
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
    let body = match body(asked, handler) {
        Ok(body) => body,
        Err(refusal) => return refusal.into(),
    };
    unknown.extend(
        query
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !handler.takes_parameter(name))
            .chain(body.keys().filter(|name| !handler.takes_member(name)))
            .cloned(),
    );
    let base = format!("http://{}{prefix}", shared.address);
    let guard = shared.site.read().unwrap_or_else(PoisonError::into_inner);
    let site: &Site = &guard;
    let assumptions = shared.assumptions;
    let call = Call {
        site,
        renderer: Renderer {
            site,
            base: &base,
            interface,
            deployment: shared.deployment,
            caller,
            assumptions,
        },
        assumptions,
        issue_faults: &shared.issue_faults,
        orders: &shared.orders,
        caller,
        rights,
        now: shared.now(),
        path: variables,
        query,
        body,
    };
    let answer = handler.answer(&call);
    if let Some(limiter) = &shared.limiter {
        headers.extend(limiter.charge(&claim, answer.as_ref().unwrap_or(&Value::Null), Utc::now()));
    }
    let mut answer: Answer = match answer {
        Ok(value) => Answer::json(200, &value),
        Err(refusal) => refusal.into(),
    };
    answer.headers.extend(headers);
    match asked.login {
        Login::Valid => match shared.deployment {
            Deployment::Cloud => answer.header("X-AACCOUNTID", site.me().map_or("", |me| &me.account_id)),
            Deployment::DataCenter => answer.header("X-AUSERNAME", site.me().map_or("", |me| &me.name)),
        },
        Login::Wrong => answer.header("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"),
        Login::None => answer,
    }
}

fn body(asked: &Asked<'_>, handler: Handler) -> Result<Map<String, Value>, Refusal> {
    if !handler.takes_body() {
        return Ok(Map::new());
    }
    let json = asked.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).is_some_and(|it| {
        it.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
    });
    if !json {
        return Err(Refusal::new(415, &["Unsupported Media Type"]));
    }
    match serde_json::from_slice(asked.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::bad_payload()),
        Err(_) => Err(Refusal::bad_request(
            "There was an error parsing JSON. Check that your request body is valid.",
        )),
    }
}

fn unauthorized(login: Login) -> Answer {
    let message = "Client must be authenticated to access this resource.";
    if login == Login::Wrong {
        // The site's front door answers in plain text.
        return Answer {
            status: 401,
            content_type: "text/plain;charset=UTF-8",
            body: Bytes::from_static(message.as_bytes()),
            headers: vec![("X-Seraph-LoginReason", "AUTHENTICATED_FAILED".to_owned())],
        };
    }
    Answer::json(401, &json!({"message": message, "status-code": 401}))
}

fn requests(shared: &Shared, method: &str) -> Response<Body> {
    match method {
        "DELETE" => {
            shared.log.clear();
            respond(shared, Answer::json(200, &json!({})))
        }
        "GET" => respond(shared, Answer::json(200, &shared.log.to_json())),
        _ => respond(shared, Answer::html(405, "Method Not Allowed")),
    }
}

/// What was asked in all, and the rows that the account could have got.
fn summary(shared: &Shared) -> Value {
    let mut summary = shared.log.summary();
    let site = Arc::clone(&shared.site.read().unwrap_or_else(PoisonError::into_inner));
    summary["rows"] = json!({
        "issues": site.searchable_issues(Caller::Demo).count(),
        "worklogs": site.visible_worklogs(Caller::Demo).count(),
        "comments": site.visible_comments(Caller::Demo).count(),
        "projects": site.visible_projects(Caller::Demo).count(),
        "users": site.users.len(),
    });
    summary
}

fn respond(shared: &Shared, answer: Answer) -> Response<Body> {
    let body = Body::from(answer.body);
    with_headers(shared, answer.status, answer.content_type, answer.headers, body)
}

fn with_headers(
    shared: &Shared,
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Body,
) -> Response<Body> {
    let number = shared.counter.fetch_add(1, Ordering::Relaxed);
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fixed = match shared.deployment {
        Deployment::Cloud => [
            ("x-arequestid", format!("{number:08x}-5eed-4000-8000-000000000000")),
            ("atl-traceid", format!("{number:032x}")),
            ("x-ratelimit-limit", "100".to_owned()),
            ("x-ratelimit-remaining", (99 - number % 50).to_string()),
        ]
        .to_vec(),
        // A bucket of each user's own.
        Deployment::DataCenter => [
            ("x-arequestid", format!("{}x{number}x1", number % 1440)),
            ("x-ratelimit-limit", "50".to_owned()),
            ("x-ratelimit-remaining", (49 - number % 25).to_string()),
            ("x-ratelimit-fillrate", "50".to_owned()),
            ("x-ratelimit-interval-seconds", "1".to_owned()),
            ("retry-after", "0".to_owned()),
        ]
        .to_vec(),
    };
    let headers = fixed.into_iter().chain(headers);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The status of the spoilt answer, and the answer.
fn spoil(shared: &Shared, fault: Fault, answer: Answer) -> (u16, Response<Body>) {
    let limited = |answer: Answer| {
        let reset = (shared.now() + TimeDelta::minutes(1)).format("%Y-%m-%dT%H:%MZ").to_string();
        answer
            .header("Retry-After", "0")
            .header("RateLimit-Reason", "jira-burst-based")
            .header("X-RateLimit-Remaining", "0")
            .header("X-RateLimit-Reset", reset)
    };
    let status = |status: u16, answer: Answer| (status, respond(shared, answer));
    match fault {
        Fault::RateLimited => status(429, limited(Refusal::new(429, &["Rate limit exceeded."]).into())),
        Fault::RateLimitedHtml => status(429, limited(Answer::html(429, "Too Many Requests"))),
        Fault::InternalError => status(500, Refusal::new(500, &["Internal server error"]).into()),
        Fault::BadGateway => status(502, Answer::html(502, "502 Bad Gateway")),
        Fault::Unavailable => {
            status(503, Answer::html(503, "Service Unavailable").header("Retry-After", "0"))
        }
        Fault::GatewayTimeout => status(504, Answer::html(504, "Gateway Timeout")),
        Fault::LoginPage => status(200, Answer::html(200, "Log in with your account")),
        Fault::InvalidJson => {
            let mut body = answer.body[..answer.body.len() / 2].to_vec();
            body.extend_from_slice(b"{\"");
            status(200, Answer { status: 200, body: body.into(), ..answer })
        }
        Fault::ConnectionCut => {
            (0, with_headers(shared, answer.status, answer.content_type, answer.headers, cut(&[])))
        }
        Fault::ShortBody | Fault::CutChunk => {
            let bytes = answer.body;
            let half = &bytes[..bytes.len() / 2];
            let mut response =
                with_headers(shared, answer.status, answer.content_type, answer.headers, cut(half));
            if fault == Fault::ShortBody {
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            }
            (answer.status, response)
        }
    }
}

/// A body that ends in an error after these bytes, which makes the server drop the connection.
fn cut(bytes: &[u8]) -> Body {
    let first = (!bytes.is_empty()).then(|| Ok(Bytes::copy_from_slice(bytes)));
    let error = stream::once(async {
        // The first bytes shall have left by then.
        tokio::time::sleep(Duration::from_millis(2)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    if bytes.is_empty() {
        let error = stream::once(async {
            Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        });
        return Body::from_stream(error);
    }
    Body::from_stream(stream::iter(first).chain(error))
}
