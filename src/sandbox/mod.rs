//! The sandbox: an embedded look-alike of a Jira Cloud or Data Center site on loopback, for the demo without an
//! account and for tests. It is written from Jira's documentation alone and shares no code with the
//! connector: the two meet over HTTP only, so that a misreading has to be made twice to go unseen.
//! Where the documentation is silent, [`assumptions`] names the readings and which one is served.

mod agile;
mod around;
pub mod assumptions;
mod call;
mod catalogue;
mod changelog;
mod classification;
mod comments;
mod data_center;
mod deployment;
mod directory;
mod document;
mod documents;
mod edit;
mod endpoints;
mod faults;
mod generate;
mod groups;
mod issues;
mod jql;
mod kept;
mod limits;
mod links;
pub mod model;
mod oauth;
mod orders;
mod page;
mod project_parts;
mod render;
mod requests;
mod search;
mod server;
mod site;
mod text;
mod token;
mod workflows;
mod worklogs;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use assumptions::Assumptions;
pub use deployment::Deployment;
pub use edit::{AroundLog, DirectoryLog, EditLog, by_hand};
pub use faults::Fault;
pub use generate::generate;
pub use kept::Answers;
pub use limits::{Quota, QuotaForce, QuotaScope, QuotaWindow, RateLimit, UserBucket};
pub use model::Site;
pub use requests::ServedRequest;

use edit::Editor;
use generate::generate_for;
use requests::RequestLog;
use server::Shared;

/// How the sandbox behaves.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// What the site is.
    pub deployment: Deployment,
    /// Port on loopback; 0 takes a free one.
    pub port: u16,
    /// The same seed and number of issues give the same site.
    pub seed: u64,
    /// Issues that a search can find.
    pub issues: usize,
    /// Time before each answer.
    pub latency: Duration,
    /// Share of requests, 0 to 1, that go wrong; a tenth of it is the share of issues that
    /// `issue/bulkfetch` can't give at first.
    pub faults: f64,
    /// Expected number of random edits to the site after each request.
    pub edits: f64,
    /// The limits that it keeps; without them it only says in headers that there is room.
    pub rate_limit: Option<RateLimit>,
    /// Custom fields beside those of every site; null on nearly all issues.
    pub custom_fields: usize,
    /// Share of issues, 0 to 1, on which one custom field holds what its type doesn't allow.
    pub misfits: f64,
    /// What is served where the documentation is silent.
    pub assumptions: Assumptions,
    /// Whether equal requests get the answer that the first of them got.
    pub answers: Answers,
    /// The account that is let in.
    pub credentials: Credentials,
    /// What that account may do.
    pub account: Account,
    /// The site's clock.
    pub now: SandboxClock,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            deployment: Deployment::Cloud,
            port: 0,
            seed: 1,
            issues: 2_000,
            latency: Duration::ZERO,
            faults: 0.0,
            edits: 0.0,
            rate_limit: None,
            custom_fields: 0,
            misfits: 0.0,
            assumptions: Assumptions::default(),
            answers: Answers::default(),
            credentials: Credentials::default(),
            account: Account::default(),
            now: SandboxClock::Real,
        }
    }
}

/// A user and the API token that the sandbox accepts. These are made up and open nothing else.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Mail address of the account.
    pub user: String,
    /// Its token.
    pub token: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { user: "demo@example.com".to_owned(), token: "sandbox-token".to_owned() }
    }
}

/// What the account that is let in may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Account {
    /// Administer the site; projects, issues and boards that others keep to themselves stay hidden from it all the same.
    #[default]
    Administrator,
    /// Work in its projects.
    Member,
}

/// The clock of the site: what `now()` in JQL means, the last minute of feeds, the time of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxClock {
    /// The machine's clock, but never earlier than the generated data.
    Real,
    /// Always this instant.
    Fixed(DateTime<Utc>),
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or loopback can't be used.
    #[error("the sandbox can't listen on `127.0.0.1:{port}`; choose another port, or 0 for a free one")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// A rate that is no share.
    #[error("`faults` is {rate}; give a share from 0 to 1")]
    FaultRate {
        /// What was asked for.
        rate: f64,
    },
    /// A rate that is no share.
    #[error("`misfits` is {rate}; give a share from 0 to 1")]
    MisfitRate {
        /// What was asked for.
        rate: f64,
    },
    /// A number of edits that is no number of edits.
    #[error("`edits` is {rate}; give a number from 0 to 1000")]
    EditRate {
        /// What was asked for.
        rate: f64,
    },
}

/// A running sandbox; it stops when this is dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
}

impl Sandbox {
    /// Generates the site and begins to serve it on loopback.
    pub async fn start(config: SandboxConfig) -> Result<Self, SandboxError> {
        if !(0.0..=1.0).contains(&config.faults) {
            return Err(SandboxError::FaultRate { rate: config.faults });
        }
        if !(0.0..=1.0).contains(&config.misfits) {
            return Err(SandboxError::MisfitRate { rate: config.misfits });
        }
        if !(0.0..=1000.0).contains(&config.edits) {
            return Err(SandboxError::EditRate { rate: config.edits });
        }
        let bind = |source| SandboxError::Bind { port: config.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let shared = Arc::new(Shared {
            deployment: config.deployment,
            address,
            site: RwLock::new(Arc::new(generate_for(&config))),
            log: RequestLog::default(),
            editor: Mutex::new(Editor::new(config.edits, config.seed, config.assumptions.child_edit)),
            broken: Mutex::default(),
            faults: faults::Faults::new(config.faults, config.seed),
            issue_faults: faults::IssueFaults::new(config.faults, config.seed),
            credentials: config.credentials,
            account: config.account,
            assumptions: config.assumptions,
            latency: config.latency,
            clock: config.now,
            started: Instant::now(),
            counter: AtomicU64::new(0),
            tokens: oauth::Tokens::default(),
            limiter: config.rate_limit.map(|limits| limits::Limiter::new(limits, config.deployment)),
            orders: orders::Orders::default(),
            kept: kept::Kept::new(config.answers),
        });
        let router = axum::Router::new().fallback(server::serve).with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // A sender that is dropped says the same as one that sends.
                    let _ = stopped.await;
                })
                .await;
            // Serving ends by the signal alone: it has no error of its own.
            drop(served);
        });
        Ok(Self { shared, stop: Some(stop) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The address of the same site behind the gateway: `…/ex/jira/{cloudId}`.
    pub fn gateway_url(&self) -> String {
        format!("{}/ex/jira/{}", self.url(), directory::CLOUD_ID)
    }

    /// The cloud id that `/_edge/tenant_info` tells.
    pub fn cloud_id(&self) -> &'static str {
        directory::CLOUD_ID
    }

    /// `URL=…;User=…;APIToken=…`, as the connector reads it.
    pub fn connection_string(&self) -> String {
        let Credentials { user, token } = &self.shared.credentials;
        if self.shared.deployment == Deployment::DataCenter {
            let site = self.site();
            let name = site.me().map_or("", |me| &me.name);
            return format!("URL={};User={name};Password={token}", self.url());
        }
        format!("URL={};User={user};APIToken={token}", self.url())
    }

    /// The readings of the documentation that it follows.
    pub fn assumptions(&self) -> Assumptions {
        self.shared.assumptions
    }

    /// `URL=…;AuthScheme=OAuthClient;…`: the same account by client credentials.
    pub fn oauth_connection_string(&self) -> String {
        let Credentials { token, .. } = &self.shared.credentials;
        let (url, id) = (self.url(), oauth::CLIENT_ID);
        format!("URL={url};AuthScheme=OAuthClient;OAuthClientId={id};OAuthClientSecret={token}")
    }

    /// How long tokens of client credentials live that are given from now on: an hour, if nothing is said.
    pub fn set_token_life(&self, life: Duration) {
        self.shared.tokens.set_life(life);
    }

    /// Points that OAuth clients have spent since their quota was full; 0 where none are counted.
    pub fn spent_points(&self) -> u64 {
        self.shared.limiter.as_ref().map_or(0, limits::Limiter::spent)
    }

    /// Takes all tokens of client credentials back.
    pub fn revoke_tokens(&self) {
        self.shared.tokens.revoke();
    }

    /// The site as it is now. Later edits don't show in it.
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.shared.site.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The requests served since the start or the last clearing, oldest first.
    pub fn requests(&self) -> Vec<ServedRequest> {
        self.shared.log.all()
    }

    /// Empties the log of requests.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// From now on every request whose method and path begin so (`POST /rest/api/3/search/jql`)
    /// fails with `status`.
    pub fn fail_always(&self, method_and_path_prefix: &str, status: u16) {
        let mut broken = self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.push((method_and_path_prefix.to_owned(), status));
    }

    /// The next `times` answers of `issue/bulkfetch` to requests for this issue have it in
    /// `issueErrors`, as one that may be given when it is asked for again.
    pub fn refuse_issue(&self, id: i64, times: u32) {
        self.shared.issue_faults.refuse(id, times);
    }

    /// How often `issue/bulkfetch` did not give an issue that is there, since the start.
    pub fn refused_issues(&self) -> usize {
        self.shared.issue_faults.refused()
    }

    /// Writes into the site by hand.
    pub fn write(&self, write: impl FnOnce(&mut by_hand::Pen<'_>)) {
        let mut site = self.shared.site.write().unwrap_or_else(PoisonError::into_inner);
        write(&mut by_hand::Pen(Arc::make_mut(&mut site)));
        self.shared.was_edited();
    }

    /// What was edited since the start.
    pub fn edited(&self) -> EditLog {
        self.shared.editor.lock().unwrap_or_else(PoisonError::into_inner).log.clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error says that the server is gone already.
            let _ = stop.send(());
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a failing test should panic")]
mod tests;
