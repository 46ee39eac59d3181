//! A token that servers, redirects and mistakes of the user try to bring onto the screen.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};

use super::{CANARY, Desk, USER, canary_forms, connection, connection_to, sandbox, whole_forms};

/// What a server was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    pub authorization: Option<String>,
}

/// What it answers.
pub struct Reply {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), headers: vec![("content-type", content_type.to_owned())] }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Answering = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A server that answers every request by one function.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panicked here").clone()
    }
}

/// Starts it on loopback; it lives as long as the test's runtime.
pub async fn serve(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let state: (Answering, _) = (Arc::new(answering), Arc::clone(&seen));
    let router = axum::Router::new().fallback(answer).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { url, seen }
}

async fn answer(
    State((answering, seen)): State<(Answering, Arc<Mutex<Vec<Seen>>>)>,
    request: Request,
) -> Response<Body> {
    let authorization =
        request.headers().get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let asked = Seen { authorization };
    let reply = answering(&asked);
    seen.lock().expect("no test panicked here").push(asked);
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    for (name, value) in reply.headers {
        let value = HeaderValue::from_str(&value).expect("a header");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

/// All that a careless server knows of the credentials.
fn gossip(asked: &Seen) -> String {
    let header = asked.authorization.clone().unwrap_or_default();
    format!("Authorization: {header} means {USER}:{CANARY}, that is {}", whole_forms().join(" or "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_echoes_the_credentials_does_not_bring_them_out() {
    for status in [400, 401, 403, 404, 429, 500, 503] {
        let server = serve(move |asked| {
            let text =
                serde_json::json!({"errorMessages": [gossip(asked)], "errors": {"token": gossip(asked)}});
            Reply::new(status, "application/json", text.to_string())
                .header("x-arequestid", CANARY)
                .header("atl-traceid", gossip(asked))
                .header("ratelimit-reason", gossip(asked))
        })
        .await;
        say_nothing(&server.url, &status.to_string());
        assert!(server.seen().iter().any(|r| r.authorization.is_some()), "the server had nothing to echo");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_echoes_the_credentials_does_not_bring_them_out() {
    for (status, content_type) in
        [(200, "text/html"), (200, "text/plain"), (401, "text/html"), (403, "text/plain")]
    {
        let server = serve(move |asked| {
            Reply::new(
                status,
                content_type,
                format!("<html><title>{0}</title><body>{0}</body></html>", gossip(asked)),
            )
        })
        .await;
        say_nothing(&server.url, "GET `");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_called_by_the_credentials_does_not_bring_them_out() {
    let server = serve(|asked| {
        let text =
            serde_json::json!({"accountId": "a", "displayName": gossip(asked), "values": gossip(asked)});
        Reply::new(200, "application/json", text.to_string())
    })
    .await;
    say_nothing(&server.url, "Projects");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_carries_the_credentials_does_not_bring_them_out() {
    for target in ["https://elsewhere.invalid/", "http://user:pass@127.0.0.1:1/", "/", "::no address"] {
        let server = serve(move |_| {
            let all: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
            Reply::new(302, "text/plain", "").header("location", format!("{target}?a={all}&b={CANARY}"))
        })
        .await;
        say_nothing(&server.url, "GET `");
    }
}

/// Runs that fail at `url`, told in a few words and in many: none says the token.
#[track_caller]
fn say_nothing(url: &str, word: &str) {
    let desk = Desk::new();
    let connection = format!("{};MaxRetries=1;MaxWait=1", connection_to(url));
    let sql = "SELECT Id, Key FROM Projects";
    desk.run(["sql", "--connect", &connection, "-o", "out.csv", sql]).fails(1, &[word]);
    desk.run(["sql", "--connect", &connection, "-o", "out.csv", "-v", sql]).fails_in_the_end(1, &[word]);
    let run = desk.run(["check", "--connect", &connection, "-v"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    run.keeps_the_canary();
    assert_eq!(desk.files(), [] as [&str; 0], "a failed run leaves no file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_works_does_not_say_its_token_either() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    desk.sql(&sandbox, &["-v", "SELECT count(*) FROM Worklogs; EXPLAIN SELECT * FROM Issues; SHOW ALL"])
        .succeeds();
    desk.sql(&sandbox, &["-v", "EXPLAIN ANALYZE SELECT Id, Started FROM Worklogs"]).succeeds();
    desk.run(["check", "-v", "--connect", &connection(&sandbox)]).succeeds();
    desk.sql(&sandbox, &["-o", "a.parquet", "SELECT Id, Key FROM Projects"]).succeeds();
    let file = String::from_utf8_lossy(&desk.read("a.parquet")).into_owned();
    assert!(canary_forms().iter().all(|form| !file.contains(form)), "the token is in the file");
}

#[test]
fn a_connection_string_in_the_wrong_place_is_not_repeated() {
    let desk = Desk::new();
    let text = format!("URL=https://example.com;User={USER};APIToken={CANARY}");
    let quoted = format!("URL=https://example.com;User={USER};api token = '{CANARY}';Timeout=5");
    for text in [text.as_str(), &quoted] {
        for arguments in [
            vec!["check", text],
            vec![text],
            vec!["sql", "--sandbox", text],
            vec!["sql", text],
            vec!["describe", text],
            vec!["tables", text],
            vec!["tables", "--schemas", text],
            vec!["sql", "--sandbox", "--format", text, "SELECT 1"],
            vec!["sql", "--sandbox", "-o", text, "SELECT 1"],
            vec!["sql", "--sandbox", "-f", text],
            vec!["check", "--conect", text],
            vec!["https://demo:canary-7f@example.com/"],
        ] {
            let run = desk.run(&arguments);
            assert!(matches!(run.code, Some(1 | 2)), "{arguments:?}\n{}", run.stderr);
            run.keeps_the_canary();
        }
        let option = format!("--conect={text}");
        let run = desk.run(["check", &option]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.keeps_the_canary();
    }
    assert_eq!(desk.files(), [] as [&str; 0]);
}

#[test]
fn help_does_not_show_the_connection_of_the_environment() {
    let desk = Desk::new();
    for arguments in [&["--help"][..], &["sql", "--help"], &["sql", "--no-such-option"]] {
        let mut command = desk.command(arguments);
        command.env("JIRROW_CONNECT", connection_to("https://example.com"));
        super::finish(command).keeps_the_canary();
    }
}
