//! Client credentials: tokens are asked for, used through the gateway, and asked for again when they lapse.

use std::time::Duration;

use jirrow::catalog::Session;
use jirrow::connection::Connection;
use jirrow::sandbox::{Sandbox, SandboxConfig, ServedRequest};

use crate::support::{Fixture, small};

const SQL: &str = "SELECT count(*) FROM Projects";

async fn fixture(config: SandboxConfig, keys: &str) -> Fixture {
    let sandbox = Sandbox::start(config).await.unwrap();
    let text = format!("{};RetryDelay=0.01;{keys}", sandbox.oauth_connection_string());
    let connection: Connection = text.parse().unwrap();
    let session = Session::builder().connection(connection).build().unwrap();
    Fixture { sandbox, session }
}

fn paths(requests: &[ServedRequest]) -> Vec<&str> {
    requests.iter().map(|r| r.path.as_str()).collect()
}

fn count(fixture: &Fixture, path: &str) -> usize {
    fixture.sandbox.requests().iter().filter(|r| r.path == path).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_once_and_opens_the_site_through_the_gateway() {
    let it = fixture(small(), "").await;
    it.rows(SQL).await.unwrap();
    it.rows("SELECT Id FROM Issues").await.unwrap();
    let requests = it.sandbox.requests();
    assert_eq!(paths(&requests)[..2], ["/_edge/tenant_info", "/oauth/token"]);
    let gateway = format!("/ex/jira/{}/rest/api/3/", it.sandbox.cloud_id());
    assert!(requests.len() > 4);
    for request in &requests[2..] {
        assert!(request.path.starts_with(&gateway) && request.authenticated, "{}", request.path);
    }
    for request in &requests[..2] {
        assert!(!request.authenticated, "{} needs no credentials", request.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_id_that_is_written_is_not_asked_for() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let cloud_id = sandbox.cloud_id();
    drop(sandbox);
    let it = fixture(small(), &format!("CloudId={cloud_id}")).await;
    it.rows(SQL).await.unwrap();
    assert_eq!((count(&it, "/_edge/tenant_info"), count(&it, "/oauth/token")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_again_before_it_lapses() {
    let it = fixture(small(), "").await;
    it.sandbox.set_token_life(Duration::from_millis(200));
    it.rows(SQL).await.unwrap();
    tokio::time::sleep(Duration::from_millis(220)).await;
    it.rows(SQL).await.unwrap();
    assert_eq!((count(&it, "/_edge/tenant_info"), count(&it, "/oauth/token")), (1, 2));
    assert!(it.sandbox.requests().iter().all(|r| r.status != 401), "none was used after its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_asked_for_again_once() {
    let it = fixture(small(), "").await;
    it.rows(SQL).await.unwrap();
    it.sandbox.revoke_tokens();
    it.rows(SQL).await.unwrap();
    let refused = it.sandbox.requests().iter().filter(|r| r.status == 401).count();
    assert_eq!((refused, count(&it, "/oauth/token")), (1, 2));

    // A site that refuses every token is asked twice, and no more.
    it.sandbox.clear_requests();
    let path = format!("GET /ex/jira/{}", it.sandbox.cloud_id());
    it.sandbox.fail_always(&path, 401);
    let error = it.rows(SQL).await.unwrap_err().to_string();
    assert!(error.contains("401") && error.contains("lacks the scope"), "{error}");
    let refused = it.sandbox.requests().iter().filter(|r| r.status == 401).count();
    assert_eq!((refused, count(&it, "/oauth/token")), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_side_by_side_wait_for_one_token() {
    let it = fixture(SandboxConfig { latency: Duration::from_millis(50), ..small() }, "").await;
    let sql = "SELECT count(*) FROM Projects AS p JOIN Fields AS f ON f.Name = p.Name FULL JOIN Users AS u ON u.DisplayName = p.Name";
    let (one, other) = tokio::join!(it.rows(sql), it.rows("SELECT count(*) FROM Issues"));
    one.unwrap();
    other.unwrap();
    assert_eq!(count(&it, "/oauth/token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_says_which_keys_are_wrong_and_shows_nothing() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let text = sandbox.oauth_connection_string().replace("sandbox-token", "c4nary/secret");
    let connection: Connection = text.parse().unwrap();
    let session = Session::builder().connection(connection).build().unwrap();
    let it = Fixture { sandbox, session };
    let error = it.rows(SQL).await.unwrap_err().to_string();
    assert!(error.contains("`/oauth/token`") && error.contains("`OAuthClientSecret` is wrong"), "{error}");
    assert!(!error.contains("c4nary"), "{error}");
    assert_eq!(count(&it, "/oauth/token"), 1, "a refusal is no fault in passing");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_on_the_way_to_a_token_are_tried_again() {
    let it = fixture(SandboxConfig { faults: 0.3, ..small() }, "MaxRetries=20;Timeout=2").await;
    it.rows(SQL).await.unwrap();
}
