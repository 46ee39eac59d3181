//! OAuth 2.0 client credentials: a token is asked for with the client's id and secret, and asked for again before it
//! lapses or when it is refused; there is none to refresh it with. Cloud's tokens are good at the gateway only, so the
//! site's cloud id is found out first. Both facts are from "Create OAuth 2.0 credential for service accounts"
//! (support.atlassian.com); the form for Data Center from its "OAuth 2.0 provider API".

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::form_urlencoded;

use super::client::Client;
use super::error::HttpError;
use super::login::{Permit, Secrets};
use super::reply::BadBody;
use super::tally::Tally;
use super::{Method, Request};
use crate::connection::{Connection, OAuthServer, Secret};

/// Where a Cloud site tells its id to whoever asks.
const TENANT: &str = "/_edge/tenant_info";
/// How long before its end a token is no longer used: longer than a request waits for its turn, most often.
const MARGIN: Duration = Duration::from_mins(1);
/// The life of a token whose answer does not say it.
const DEFAULT_LIFE: Duration = Duration::from_mins(10);

/// One client of a connection, and its token.
pub(super) struct OAuthClient {
    id: Secret,
    secret: Secret,
    connection: Connection,
    /// Asks the site itself.
    site: Client,
    /// Asks Atlassian's authorisation server; never sent to for a site that is not Cloud's.
    cloud: Client,
    /// As `site`, with forms.
    forms: Client,
    secrets: Secrets,
    token: RwLock<Option<Token>>,
    /// Held by the one that asks for a token, so that the others wait for it.
    turn: Mutex<Option<Arc<str>>>,
}

#[derive(Clone)]
struct Token {
    permit: Permit,
    lapses: Instant,
}

/// Clients without credentials.
pub(super) struct Bare {
    pub(super) site: Client,
    pub(super) cloud: Client,
    pub(super) forms: Client,
}

/// Where tokens are asked for, and what they are good for.
struct Counter<'a> {
    client: &'a Client,
    path: &'static str,
    body: String,
    /// The base address of requests with the token.
    base: Arc<str>,
}

#[derive(Deserialize)]
struct Tenant {
    #[serde(rename = "cloudId")]
    cloud_id: String,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: Option<f64>,
}

impl OAuthClient {
    pub(super) fn new(
        connection: &Connection,
        id: &Secret,
        secret: &Secret,
        bare: Bare,
        secrets: Secrets,
    ) -> Self {
        let Bare { site, cloud, forms } = bare;
        Self {
            id: id.clone(),
            secret: secret.clone(),
            connection: connection.clone(),
            site,
            cloud,
            forms,
            secrets,
            token: RwLock::default(),
            turn: Mutex::default(),
        }
    }

    /// A token that is good for now; `refused` is one that a request just found to be good no longer.
    pub(super) async fn permit(self: &Arc<Self>, refused: Option<&Permit>) -> Result<Permit, HttpError> {
        if let Some(permit) = self.current(refused) {
            return Ok(permit);
        }
        // As a task of its own: whoever waits here may not be polled for long, and must not keep the turn meanwhile.
        let (client, refused) = (Arc::clone(self), refused.cloned());
        let mut task = JoinSet::new();
        task.spawn(boxed(client, refused));
        match task.join_next().await {
            Some(Ok(permit)) => permit,
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Nobody else holds the task, so only the end of the runtime can have stopped it.
            _ => Err(HttpError::Client {
                connection: self.connection.name.clone(),
                reason: "the program is ending".to_owned(),
            }),
        }
    }

    fn current(&self, refused: Option<&Permit>) -> Option<Permit> {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let is_good = token.lapses > Instant::now() && refused != Some(&token.permit);
        is_good.then_some(token.permit)
    }

    async fn renewed(&self, refused: Option<&Permit>) -> Result<Permit, HttpError> {
        let mut gateway = self.turn.lock().await;
        // Somebody may have been here first.
        if let Some(permit) = self.current(refused) {
            return Ok(permit);
        }
        let counter = self.counter(&mut gateway).await?;
        let request = Request {
            method: Method::Post,
            path: counter.path.to_owned(),
            template: counter.path.into(),
            query: vec![],
            body: Some(counter.body),
        };
        let answer: Answer = parsed(counter.client, &request).await?;
        let life =
            answer.expires_in.and_then(|it| Duration::try_from_secs_f64(it).ok()).unwrap_or(DEFAULT_LIFE);
        // A short life is spent, but for its last tenth.
        let margin = MARGIN.min(life / 10);
        self.secrets.add(&Secret::new(&answer.access_token));
        let header = HeaderValue::from_str(&format!("Bearer {}", answer.access_token));
        let mut header = header.map_err(|_| {
            counter.client.other_shape(&request, "the token has characters that no header can carry")
        })?;
        header.set_sensitive(true);
        let permit = Permit { base: counter.base, header: Some(header) };
        let token = Token { permit: permit.clone(), lapses: Instant::now() + life.saturating_sub(margin) };
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(permit)
    }

    /// `gateway` is what an earlier call found out.
    async fn counter(&self, gateway: &mut Option<Arc<str>>) -> Result<Counter<'_>, HttpError> {
        let server = self.connection.oauth_server();
        if gateway.is_none() && server != OAuthServer::DataCenter {
            *gateway = match &self.connection.gateway {
                Some(_) => Some(self.connection.base().into()),
                None => self.find_gateway(server).await?,
            };
        }
        Ok(match gateway {
            Some(base) => Counter {
                client: &self.cloud,
                path: "/oauth/token",
                body: json!({
                    "grant_type": "client_credentials",
                    "client_id": self.id.expose(),
                    "client_secret": self.secret.expose(),
                })
                .to_string(),
                base: Arc::clone(base),
            },
            None => Counter {
                client: &self.forms,
                path: "/rest/oauth2/latest/token",
                body: form_urlencoded::Serializer::new(String::new())
                    .append_pair("grant_type", "client_credentials")
                    .append_pair("client_id", self.id.expose())
                    .append_pair("client_secret", self.secret.expose())
                    .append_pair("scope", "READ")
                    .finish(),
                base: self.connection.base().into(),
            },
        })
    }

    /// The gateway's address by the id that the site tells; none for a site that may be Data Center and tells none.
    async fn find_gateway(&self, server: OAuthServer) -> Result<Option<Arc<str>>, HttpError> {
        let request = Request {
            method: Method::Get,
            path: TENANT.to_owned(),
            template: TENANT.into(),
            query: vec![],
            body: None,
        };
        let tenant: Tenant = match parsed(&self.site, &request).await {
            Err(e) if server == OAuthServer::Unknown && e.status() == Some(404) => return Ok(None),
            tenant => tenant?,
        };
        let address = self.connection.gateway_for(&tenant.cloud_id);
        let address = address
            .ok_or_else(|| self.site.other_shape(&request, "`cloudId` is no id; write `CloudId=…`"))?;
        Ok(Some(address.as_str().trim_end_matches('/').into()))
    }
}

/// A client sends through another client: the one future in the other needs a box around it.
fn boxed(client: Arc<OAuthClient>, refused: Option<Permit>) -> BoxFuture<'static, Result<Permit, HttpError>> {
    Box::pin(async move { client.renewed(refused.as_ref()).await })
}

/// Sends a request whose answer is such a document. What is wrong with one is not told in its own words, which may be a
/// token.
async fn parsed<T: for<'de> Deserialize<'de> + Send + 'static>(
    client: &Client,
    request: &Request,
) -> Result<T, HttpError> {
    let decode = |body: &[u8]| match serde_json::from_slice::<T>(body) {
        Err(e) if !e.is_data() => Err(BadBody::new("it ends too early or is no JSON".to_owned())),
        decoded => Ok(decoded.ok()),
    };
    let decoded = client.send_with(request, &Tally::default(), decode).await?;
    decoded.ok_or_else(|| client.other_shape(request, "a member is missing or of another type"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::super::script::{Answer, Seen, Server};
    use super::*;

    const SECRET: &str = "hunter2/top=secret";
    const TOKEN: &str = r#"{"access_token":"t0ken-of-an-hour","expires_in":3600}"#;

    async fn play(script: Vec<Answer>) -> (Result<Vec<u8>, String>, Vec<Seen>) {
        let server = Server::play(script).await;
        let text = format!(
            "URL={}/jira;AuthScheme=OAuthClient;OAuthClientId=me&you;OAuthClientSecret='{SECRET}';RetryDelay=0;MaxRetries=1",
            server.address
        );
        let client = Client::new(&Connection::parse(&text, &|_| None).unwrap()).unwrap();
        let request = Request {
            method: Method::Get,
            path: "/rest/a".into(),
            template: "/rest/a".into(),
            query: vec![],
            body: None,
        };
        let answer = client.send(&request, &Tally::new()).await.map_err(|e| format!("{e} {e:?}"));
        assert!(!format!("{client:?}").contains("hunter"));
        if answer.is_ok() {
            assert_eq!(client.redact("a t0ken-of-an-hour of me&you"), "a *** of ***");
        }
        (answer, server.seen())
    }

    fn first_line(seen: &Seen) -> &str {
        seen.head.lines().next().unwrap_or_default()
    }

    #[tokio::test]
    async fn a_site_that_tells_no_cloud_id_is_asked_for_a_token_by_a_form() {
        let none = Answer::status(404, &[], "");
        let (answer, seen) = play(vec![none, Answer::json(TOKEN), Answer::json("{}")]).await;
        assert_eq!(answer.unwrap(), b"{}");
        let lines: Vec<&str> = seen.iter().map(first_line).collect();
        assert_eq!(
            lines,
            [
                "GET /jira/_edge/tenant_info HTTP/1.1",
                "POST /jira/rest/oauth2/latest/token HTTP/1.1",
                "GET /jira/rest/a HTTP/1.1"
            ]
        );
        let form = "grant_type=client_credentials&client_id=me%26you&client_secret=hunter2%2Ftop%3Dsecret&scope=READ";
        assert_eq!(seen[1].body, form);
        assert!(seen[1].head.to_lowercase().contains("content-type: application/x-www-form-urlencoded"));
        assert!(!seen[0].head.to_lowercase().contains("authorization"));
        assert!(seen[2].head.contains("Bearer t0ken-of-an-hour"));
    }

    #[tokio::test]
    async fn a_cloud_site_is_asked_for_a_token_in_json_and_read_through_the_gateway() {
        let tenant = Answer::json(r#"{"cloudId":"11-22"}"#);
        let (answer, seen) = play(vec![tenant, Answer::json(TOKEN), Answer::json("{}")]).await;
        assert_eq!(answer.unwrap(), b"{}");
        assert_eq!(first_line(&seen[1]), "POST /oauth/token HTTP/1.1");
        let body: serde_json::Value = serde_json::from_str(&seen[1].body).unwrap();
        assert_eq!(
            body,
            json!({"grant_type": "client_credentials", "client_id": "me&you", "client_secret": SECRET})
        );
        assert_eq!(first_line(&seen[2]), "GET /ex/jira/11-22/rest/a HTTP/1.1");
    }

    #[tokio::test]
    async fn no_message_shows_a_secret_or_a_token() {
        let tenant = || Answer::json(r#"{"cloudId":"11-22"}"#);
        for script in [
            vec![tenant(), Answer::json(&TOKEN[..40])],
            vec![tenant(), Answer::status(200, &[("content-type", "text/html")], TOKEN)],
            vec![tenant(), Answer::json(r#"{"access_token":["t0ken-of-an-hour"]}"#)],
            vec![tenant(), Answer::json("{\"access_token\":\"t0ken-of\\nhour\"}")],
            vec![tenant(), Answer::status(401, &[], &format!(r#"{{"error_description":"not {SECRET}"}}"#))],
            vec![tenant(), Answer::json(TOKEN), Answer::status(400, &[], "t0ken-of-an-hour is no good")],
            vec![Answer::json(r#"{"cloudId":"../t0ken-of"}"#)],
        ] {
            let (answer, _) = play(script.clone()).await;
            let error = answer.unwrap_err();
            assert!(!error.contains("hunter") && !error.contains("t0ken-of"), "{script:?}: {error}");
        }
    }

    #[tokio::test]
    async fn a_secret_follows_no_redirect_to_another_origin() {
        let other = Server::play(vec![Answer::json(TOKEN)]).await;
        let away = Answer::status(307, &[("location", &format!("{}/oauth/token", other.address))], "");
        let (answer, _) = play(vec![Answer::json(r#"{"cloudId":"11-22"}"#), away]).await;
        assert!(answer.unwrap_err().contains("redirected"));
        assert!(other.seen().is_empty());
    }
}
