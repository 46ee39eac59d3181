//! What the client does with a server that behaves as sites, proxies and networks do.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::script::{Answer, Server};
use super::*;
use crate::connection::Connection;

const TOKEN: &str = "hunter2/top=secret";
const OK: &str = r#"{"ok":true}"#;

fn connection(address: &str, keys: &str) -> Connection {
    let delay = if keys.contains("RetryDelay") { "" } else { "RetryDelay=0" };
    let text = format!("URL={address};User=me@example.com;APIToken='{TOKEN}';{delay};{keys}");
    Connection::parse(&text, &|_| None).unwrap()
}

fn client(server: &Server, keys: &str) -> Client {
    Client::new(&connection(&server.address, keys)).unwrap()
}

fn get(path: &str) -> Request {
    Request { method: Method::Get, path: path.into(), template: path.into(), query: Vec::new(), body: None }
}

/// The script, one request, its outcome, and what the server and the counters saw.
struct Played {
    outcome: Result<String, HttpError>,
    server: Server,
    totals: Totals,
}

impl Played {
    fn error(&self) -> &HttpError {
        self.outcome.as_ref().unwrap_err()
    }
}

async fn play(script: Vec<Answer>, keys: &str) -> Played {
    let server = Server::play(script).await;
    let client = client(&server, keys);
    let tally = Tally::new();
    let outcome = client.send(&get("/rest/a"), &tally).await.map(|body| String::from_utf8(body).unwrap());
    assert_eq!(tally.totals(), client.totals());
    Played { outcome, server, totals: client.totals() }
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_it_wants() {
    let server = Server::play(vec![Answer::json(OK)]).await;
    let client = client(&server, "");
    let request = Request {
        method: Method::Post,
        path: format!("/rest/{}/x", encode_segment("a/b c").unwrap()),
        template: "/rest/{Name}/x".into(),
        query: vec![("jql".into(), "a = \"b&c\"".into()), ("fields".into(), "id,*all".into())],
        body: Some(r#"{"a":1}"#.into()),
    };
    client.send(&request, &Tally::new()).await.unwrap();
    let seen = &server.seen()[0];
    let line = "POST /rest/a%2Fb%20c/x?jql=a%20%3D%20%22b%26c%22&fields=id,*all HTTP/1.1\r\n";
    assert!(seen.head.starts_with(line), "{}", seen.head);
    let head = seen.head.to_lowercase();
    for header in [
        "authorization: basic bwvazxhhbxbszs5jb206ahvudgvymi90b3a9c2vjcmv0",
        "accept: application/json",
        "accept-language: en",
        "accept-encoding: ",
        "content-type: application/json",
        concat!("user-agent: jirrow/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert_eq!(seen.body, r#"{"a":1}"#);
}

#[tokio::test]
async fn what_fails_in_passing_is_tried_again_and_the_rows_arrive() {
    let html = Answer::status(200, &[("content-type", "text/html")], "<html><title>Log in</title>");
    let bare_html = Answer::status(200, &[("content-type", "application/json")], " <!doctype html>");
    let truncated = Answer::json(r#"{"values":[1,2"#);
    let bad_gzip = Answer::status(200, &[("content-encoding", "gzip")], "this is no gzip");
    for fault in [
        Answer::Cut,
        Answer::Short(5, OK.into()),
        Answer::Stall,
        html,
        bare_html,
        truncated,
        bad_gzip,
        Answer::json(""),
        Answer::status(500, &[], ""),
        Answer::status(502, &[], "<html>"),
        Answer::status(503, &[], ""),
        Answer::status(503, &[("retry-after", "0")], ""),
        Answer::status(504, &[], ""),
        Answer::status(429, &[("retry-after", "0")], "<html>"),
        Answer::status(429, &[], ""),
    ] {
        let script = vec![fault.clone(), fault.clone(), fault.clone(), Answer::json(OK)];
        let played = play(script, "Timeout=0.3").await;
        assert_eq!(played.outcome.as_deref().ok(), Some(OK), "{fault:?}: {:?}", played.outcome);
        assert_eq!((played.totals.requests, played.totals.retries), (4, 3), "{fault:?}");
    }
}

#[tokio::test]
async fn half_a_refusal_is_asked_for_again_until_its_reason_is_whole() {
    let whole = Answer::status(400, &[], r#"{"errorMessages":["The board does not support sprints"]}"#);
    let played = play(vec![Answer::HalfRefusal(400), Answer::HalfRefusal(400), whole], "").await;
    assert_eq!(played.error().server_messages(), ["The board does not support sprints"]);
    assert_eq!((played.error().status(), played.totals.retries), (Some(400), 2));
    let played = play(vec![Answer::HalfRefusal(404)], "MaxRetries=2").await;
    assert_eq!((played.error().status(), played.totals.retries), (Some(404), 2));
}

#[tokio::test]
async fn a_fault_that_stays_ends_in_an_error_after_the_retries() {
    let cases = [
        (Answer::Cut, Kind::Cut),
        (Answer::Short(5, OK.into()), Kind::Cut),
        (Answer::Stall, Kind::Timeout),
        (Answer::After(Duration::from_secs(9), Box::new(Answer::Cut)), Kind::Timeout),
        (Answer::status(200, &[], "<html><title>Log in</title>"), Kind::Html),
        (Answer::json(r#"{"values":["#), Kind::NotJson),
        (Answer::status(500, &[], ""), Kind::Status(500)),
        (Answer::status(429, &[], ""), Kind::Status(429)),
    ];
    for (fault, kind) in cases {
        let played = play(vec![fault], "MaxRetries=2;Timeout=0.2").await;
        assert_eq!(played.error().kind(), Some(kind));
        assert_eq!((played.server.seen().len(), played.totals.retries), (3, 2), "{kind:?}");
        assert!(played.error().to_string().contains("[3 tries in "), "{}", played.error());
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated_and_says_what_to_do() {
    let cases = [
        (400, "look at the names and values"),
        (401, "personal access token"),
        (403, "ask for the permission"),
        (404, "or this account may not see it"),
        (410, "update jirrow"),
    ];
    for (status, advice) in cases {
        let headers = [("X-AREQUESTID", "123x4"), ("atl-traceid", "abc")];
        let body = r#"{"errorMessages":["the server's own words"],"errors":{"jql":"bad"}}"#;
        let played = play(vec![Answer::status(status, &headers, body), Answer::json(OK)], "").await;
        let error = played.error();
        assert_eq!((error.status(), played.server.seen().len()), (Some(status), 1));
        assert_eq!(error.server_messages(), ["the server's own words", "jql: bad"]);
        let text = error.to_string();
        for part in [
            "GET `/rest/a` was answered ",
            &status.to_string(),
            "the server's own words",
            "123x4",
            "abc",
            advice,
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let locked = Answer::status(401, &[("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")], "");
    assert!(play(vec![locked], "").await.error().to_string().contains("CAPTCHA"));
}

#[tokio::test]
async fn the_largest_answer_is_bounded_after_decompression() {
    let large = format!("[{}1]", " ".repeat(5000));
    let played = play(vec![Answer::json(&large)], "MaxPageBytes=5003").await;
    assert_eq!(played.outcome.as_deref().ok(), Some(large.as_str()));
    let played = play(vec![Answer::json(&large)], "MaxPageBytes=5002").await;
    assert_eq!((played.error().kind(), played.server.seen().len()), (Some(Kind::TooLarge), 1));
    assert!(played.error().to_string().contains("Raise `MaxPageBytes`"));
    // Five thousand spaces, as zstd's one raw block of a run: a short body that unpacks to a long one.
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x88, 0x12];
    bomb.write_all(&(((5000_u32 << 3) | 0b011).to_le_bytes()[..3])).unwrap();
    bomb.push(b' ');
    let zstd = Answer::Reply(200, vec![("content-encoding".into(), "zstd".into())], bomb);
    let played = play(vec![zstd], "MaxPageBytes=4999").await;
    assert_eq!(played.error().kind(), Some(Kind::TooLarge), "{}", played.error());
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_and_one_elsewhere_gets_no_credentials() {
    let inside = Answer::status(307, &[("location", "/rest/b")], "");
    let played = play(vec![inside.clone(), Answer::json(OK)], "").await;
    assert!(played.outcome.is_ok());
    assert!(
        played.server.seen()[1].head.starts_with("GET /rest/b ")
            && played.server.seen()[1].head.contains("authorization")
    );

    let elsewhere = Server::play(vec![Answer::json(OK)]).await;
    let location = format!("{}/login?token=x", elsewhere.address);
    let played = play(vec![Answer::status(302, &[("location", &location)], "")], "").await;
    assert_eq!((played.error().kind(), played.server.seen().len()), (Some(Kind::Redirect), 1));
    assert!(elsewhere.seen().is_empty());
    let text = played.error().to_string();
    assert!(
        text.contains(&elsewhere.address) && !text.contains("login?") && !text.contains("token=x"),
        "{text}"
    );

    let played = play(vec![inside], "").await;
    assert_eq!((played.error().kind(), played.server.seen().len()), (Some(Kind::Redirect), 6));
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_allowed() {
    let server =
        Server::play(vec![Answer::After(Duration::from_millis(60), Box::new(Answer::json(OK)))]).await;
    let client = client(&server, "MaxConcurrency=3");
    let (request, tally) = (get("/a"), Tally::new());
    let all = futures::future::join_all((0..12).map(|_| client.send(&request, &tally))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((server.most_in_flight(), client.concurrency(), tally.totals().requests), (3, 3, 12));
}

#[tokio::test]
async fn a_request_that_waits_to_retry_holds_no_place() {
    let server = Server::play(vec![Answer::status(500, &[], ""), Answer::json(OK)]).await;
    let client = client(&server, "MaxConcurrency=1;RetryDelay=1");
    let (slow, quick, tally) = (get("/slow"), get("/quick"), Tally::new());
    let started = Instant::now();
    let slow = async { (client.send(&slow, &tally).await.is_ok(), started.elapsed()) };
    let quick = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (client.send(&quick, &tally).await.is_ok(), started.elapsed())
    };
    let ((slow_ok, slow), (quick_ok, quick)) = tokio::join!(slow, quick);
    assert!(slow_ok && quick_ok && slow >= Duration::from_millis(690) && quick < slow, "{slow:?} {quick:?}");
}

#[tokio::test]
async fn a_request_that_is_dropped_gives_its_place_back_at_once() {
    let server = Server::play(vec![Answer::Stall, Answer::json(OK)]).await;
    let client = client(&server, "MaxConcurrency=1;Timeout=50");
    let (request, tally) = (get("/a"), Tally::new());
    let dropped = tokio::time::timeout(Duration::from_millis(100), client.send(&request, &tally)).await;
    assert!(dropped.is_err());
    let next = tokio::time::timeout(Duration::from_secs(10), client.send(&request, &tally)).await;
    assert!(next.unwrap().is_ok());
}

#[tokio::test]
async fn a_reader_that_stops_polling_holds_no_place() {
    let late = || Answer::After(Duration::from_millis(50), Box::new(Answer::json(OK)));
    let server = Server::play(vec![late(), late()]).await;
    let client = client(&server, "MaxConcurrency=1");
    let (first, second, tally) = (get("/first"), get("/second"), Tally::new());
    let mut first = Box::pin(client.send(&first, &tally));
    // It is on its way, or queues for a place that would be kept for it, and then nobody looks at it.
    assert!(tokio::time::timeout(Duration::from_millis(10), &mut first).await.is_err());
    let mut queued = Box::pin(client.send(&second, &tally));
    assert!(tokio::time::timeout(Duration::from_millis(10), &mut queued).await.is_err());
    let third = tokio::time::timeout(Duration::from_secs(10), client.send(&second, &tally)).await;
    assert!(third.unwrap().is_ok());
    assert!(first.await.is_ok() && queued.await.is_ok());
    assert_eq!((server.most_in_flight(), tally.totals().requests), (1, 3));
}

#[tokio::test]
async fn what_a_server_says_is_cleaned_for_whoever_repeats_it() {
    let server = Server::play(vec![Answer::json(OK)]).await;
    let client = client(&server, "");
    let shown = client.clean(&format!("\u{1b}[2J{TOKEN}\n{}", "x".repeat(1000)));
    assert!(shown.starts_with("\\u{1b}[2J***\\nxxx") && shown.chars().count() < 330, "{shown}");
}

#[tokio::test]
async fn a_burst_limit_pauses_its_endpoint_and_a_quota_everything() {
    for (reason, other_waits) in
        [("jira-burst-based", false), ("jira-quota-global-based", true), ("new", false)]
    {
        let limited = Answer::status(429, &[("retry-after", "1"), ("ratelimit-reason", reason)], "<html>");
        let server = Server::play(vec![limited, Answer::json(OK)]).await;
        let client = client(&server, "");
        let (same, other, tally) = (get("/same"), get("/other"), Tally::new());
        let started = Instant::now();
        let same = async { (client.send(&same, &tally).await.is_ok(), started.elapsed()) };
        let other = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let pauses = client.pauses();
            (client.send(&other, &tally).await.is_ok(), started.elapsed(), pauses)
        };
        let ((same_ok, same), (other_ok, other, pauses)) = tokio::join!(same, other);
        assert!(same_ok && other_ok && same >= Duration::from_millis(990), "{reason}: {same:?}");
        assert_eq!(other >= Duration::from_millis(990), other_waits, "{reason}: {other:?}");
        let template = "/same".into();
        let scope =
            if other_waits { PauseScope::Everything } else { PauseScope::Endpoint(Method::Get, template) };
        assert_eq!(pauses.iter().map(|pause| &pause.scope).collect::<Vec<_>>(), [&scope]);
        assert!(tally.totals().throttled >= Duration::from_millis(900) && client.pauses().is_empty());
    }
}

#[tokio::test]
async fn a_longer_wait_than_allowed_fails_at_once_for_all_whom_it_holds_back() {
    let limited =
        Answer::status(429, &[("retry-after", "3000"), ("ratelimit-reason", "jira-quota-tenant-based")], "");
    let server = Server::play(vec![limited, Answer::json(OK)]).await;
    let client = client(&server, "MaxWait=60");
    let tally = Tally::new();
    let first = client.send(&get("/a"), &tally).await.unwrap_err();
    let second = client.send(&get("/b"), &tally).await.unwrap_err();
    assert_eq!((first.kind(), second.kind()), (Some(Kind::Status(429)), Some(Kind::Paused)));
    assert!(
        first.to_string().contains("in 50 min") && second.to_string().contains("in 50 min"),
        "{first}\n{second}"
    );
    assert!(second.to_string().contains("MaxWait") && server.seen().len() == 1);
}

#[tokio::test]
async fn what_waits_in_a_pause_or_in_the_queue_is_not_sent_when_nobody_wants_it_any_more() {
    let limited = Answer::status(429, &[("retry-after", "1")], "");
    let server = Server::play(vec![limited, Answer::json(OK)]).await;
    let client = client(&server, "");
    let (request, tally) = (get("/a"), Tally::new());
    let both = futures::future::join(client.send(&request, &tally), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.send(&request, &tally).await
    });
    assert!(tokio::time::timeout(Duration::from_millis(300), both).await.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.seen().len(), 1);

    let late = Answer::After(Duration::from_millis(200), Box::new(Answer::json(OK)));
    let server = Server::play(vec![late]).await;
    let client = self::client(&server, "MaxConcurrency=1");
    let first = client.send(&request, &tally);
    let queued = tokio::time::timeout(Duration::from_millis(100), client.send(&request, &tally));
    let (first, queued) = tokio::join!(first, queued);
    assert!(first.is_ok() && queued.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_scan_of_a_few_requests_is_done_long_before_one_of_hundreds() {
    let late = Answer::After(Duration::from_millis(5), Box::new(Answer::json(OK)));
    let server = Server::play(vec![late]).await;
    let client = client(&server, "MaxConcurrency=2");
    let (long, short) = (Tally::new(), Tally::new());
    let (a, b) = (get("/long"), get("/short"));
    let long = futures::future::join_all((0..300).map(|_| client.send(&a, &long)));
    let short = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = server.seen().len();
        for _ in 0..3 {
            client.send(&b, &short).await.unwrap();
        }
        server.seen().len() - before
    };
    let (long, meanwhile) = tokio::join!(long, short);
    assert!(long.iter().all(Result::is_ok));
    assert!(meanwhile <= 15, "{meanwhile} requests while the short scan made three");
}

#[tokio::test]
async fn requests_go_slower_where_answers_say_that_little_is_left() {
    let headers = [("x-ratelimit-limit", "20"), ("x-ratelimit-remaining", "0")];
    let server = Server::play(vec![Answer::status(200, &headers, OK)]).await;
    let client = client(&server, "");
    let (request, other, tally) = (get("/a"), get("/b"), Tally::new());
    let started = Instant::now();
    for _ in 0..4 {
        client.send(&request, &tally).await.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(140), "{:?}", started.elapsed());
    assert!(tally.totals().throttled >= Duration::from_millis(70), "{:?}", tally.totals());
    let one = Tally::new();
    client.send(&other, &one).await.unwrap();
    assert_eq!(one.totals().throttled, Duration::ZERO, "only what is short is slowed");
}

#[tokio::test]
async fn nobody_listening_is_an_error_about_the_connection() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Client::new(&connection(&format!("http://127.0.0.1:{port}"), "")).unwrap();
    let error = client.send(&get("/a"), &Tally::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.request().unwrap().tries), (Some(Kind::Connect), 5));
    assert!(error.to_string().contains(&format!("to `http://127.0.0.1:{port}`")), "{error}");
    assert!(error.to_string().contains("Check the host"), "{error}");
}

#[tokio::test]
async fn a_server_that_speaks_no_encryption_is_an_error_about_certificates() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://{}", listener.local_addr().unwrap());
    let answers = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let plain = Client::new(&connection(&plain, "UsePeerVerification=false")).unwrap();
    let error = plain.send(&get("/a"), &Tally::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.request().unwrap().tries), (Some(Kind::Tls), 1), "{error}");
    assert!(error.to_string().contains("`CaFile="), "{error}");
    answers.abort();
}

#[tokio::test]
async fn a_path_that_leaves_the_base_address_is_not_sent() {
    assert_eq!(encode_segment("."), None);
    assert_eq!(encode_segment(".."), None);
    assert_eq!(encode_segment(""), None);
    assert_eq!(encode_segment("..%2f../é").as_deref(), Some("..%252f..%2F%C3%A9"));
    let server = Server::play(vec![Answer::json(OK)]).await;
    let client = client(&server, "");
    for path in ["/a/../b", "/a/%2e%2E/b", "/a b", "/a?b=c", "/a#b", "a", "/a\\b", "@evil.example/a", ""] {
        let error = client.send(&get(path), &Tally::new()).await.unwrap_err();
        assert_eq!(error.kind(), Some(Kind::ParametersRefused), "{path}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn no_error_event_or_debug_text_shows_the_secret() {
    use std::fmt::Write as _;

    use base64::Engine as _;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("me@example.com:{TOKEN}"));
    let encoded: String = url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect();
    let echo = format!("you sent {TOKEN} and {basic} and {encoded}");
    let events = Arc::new(Mutex::new(String::new()));
    let mut said = String::new();
    for answer in [
        Answer::status(403, &[("x-arequestid", TOKEN), ("atl-traceid", &basic)], &echo),
        Answer::status(
            400,
            &[],
            &serde_json::json!({ "errorMessages": [echo], "errors": { TOKEN: TOKEN } }).to_string(),
        ),
        Answer::status(200, &[], &format!("<title>{echo}</title>")),
        Answer::json(&echo),
        Answer::status(302, &[("location", &format!("http://me:{encoded}@127.0.0.1:1/{encoded}"))], ""),
        Answer::Cut,
    ] {
        let server = Server::play(vec![answer]).await;
        let log = Arc::clone(&events);
        let observer: Observer = Arc::new(move |event| {
            let _ = writeln!(log.lock().unwrap(), "{event:?}");
        });
        let client = Client::with_observer(&connection(&server.address, "MaxRetries=1"), observer).unwrap();
        let mut request = get("/rest/a");
        request.query = vec![("jql".into(), format!("text ~ {TOKEN}"))];
        let error = client.send(&request, &Tally::new()).await.unwrap_err();
        let _ = write!(said, "{error}\n{error:?}\n{error:#?}\n{:?}\n{client:?}\n", error.server_messages());
    }
    said += &events.lock().unwrap();
    let shown = ["hunter", "secret", &basic[..20], &encoded[..10]];
    assert!(shown.iter().all(|piece| !said.contains(piece)), "{said}");
    assert!(said.contains("***") && said.contains("Retrying {") && said.contains("Answered {"), "{said}");
}

#[tokio::test]
async fn a_decoder_that_refuses_bytes_as_no_json_gets_them_again() {
    let server = Server::play(vec![Answer::json("[1"), Answer::json("\u{feff}[1,2]")]).await;
    let client = client(&server, "");
    let decode = |body: &[u8]| {
        serde_json::from_slice::<Vec<u8>>(body).map_err(|error| BadBody::new(error.to_string()))
    };
    assert_eq!(client.send_with(&get("/a"), &Tally::new(), decode).await.unwrap(), [1, 2]);
}

#[test]
fn a_request_can_be_sent_from_any_thread() {
    fn assert_send<T: Send>(_: &T) {}
    let client = Client::new(&connection("http://127.0.0.1:1", "")).unwrap();
    let (request, tally) = (get("/a"), Tally::new());
    // A decoder that counts is not `Sync`, and need not be.
    let decoded = std::cell::Cell::new(0);
    assert_send(&client.send(&request, &tally));
    assert_send(&client.send_with(&request, &tally, move |_| {
        decoded.set(decoded.get() + 1);
        Ok(decoded.get())
    }));
}

#[tokio::test]
async fn a_file_without_certificates_is_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "no certificate").unwrap();
    for path in [file.path().to_str().unwrap(), "no/such/file.pem"] {
        let error = Client::new(&connection("https://127.0.0.1", &format!("CaFile={path}"))).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
}
