//! A connected site: its client, and who the account is. The first read of a session asks `/myself`, which also proves
//! that answers are not the anonymous ones: without a valid login many endpoints answer 200 with fewer rows.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::blocks::Trials;
use super::cache::MetadataCache;
use super::catalogue::Catalogues;
use super::jql_fields::JqlFields;
use super::once::Once;
use super::report::Report;
use crate::connection::Connection;
use crate::http::{BadBody, Client, HttpError, Method, Request, Tally};
use crate::schema::Deployment;

/// One connection, opened on first use.
#[derive(Debug)]
pub struct Site {
    connection: Connection,
    client: Client,
    /// Found out, or kept from an earlier run.
    deployment: OnceLock<(Deployment, Source)>,
    account: Once<Account>,
    pub(super) catalogues: Catalogues,
    /// What its JQL has; nothing where it does not say so.
    pub(super) jql_fields: Once<Option<Arc<JqlFields>>>,
    /// Which larger blocks of keys it takes.
    pub(super) trials: Trials,
}

/// Who says what a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The site.
    Site,
    /// What was kept of its word.
    Disk,
}

/// Where a site says who asks, and what it is.
const MYSELF: &str = "/rest/api/3/myself";
const SERVER_INFO: &str = "/rest/api/3/serverInfo";

/// Who asks (`GET /rest/api/3/myself`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Myself")]
pub struct Account {
    /// The account's id; on Data Center, which has none, the user's name.
    pub account_id: String,
    /// The name that Jira shows.
    pub display_name: Option<String>,
    /// The address, where the profile shows it.
    pub email_address: Option<String>,
    /// The IANA time zone in which JQL reads dates.
    pub time_zone: Option<String>,
}

/// The answer as either deployment writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Myself {
    account_id: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    email_address: Option<String>,
    time_zone: Option<String>,
}

impl TryFrom<Myself> for Account {
    type Error = &'static str;

    fn try_from(it: Myself) -> Result<Self, Self::Error> {
        let Myself { account_id, name, display_name, email_address, time_zone } = it;
        let account_id = account_id.or(name).ok_or("missing field `accountId`")?;
        Ok(Self { account_id, display_name, email_address, time_zone })
    }
}

/// What the site is (`GET /rest/api/3/serverInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerInfo {
    /// The address that the site gives itself.
    #[serde(default)]
    pub base_url: Option<String>,
    /// `Cloud` or `Server`.
    #[serde(default)]
    pub deployment_type: Option<String>,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
    /// The name that its administrators gave it.
    #[serde(default)]
    pub server_title: Option<String>,
}

impl Site {
    /// Prepares a connection; sends nothing.
    ///
    /// # Errors
    /// When the client can't be built, for instance because `CaFile` can't be read.
    pub fn new(connection: Connection, client: Client) -> Arc<Self> {
        Arc::new(Self {
            connection,
            client,
            deployment: OnceLock::new(),
            account: Once::default(),
            catalogues: Catalogues::default(),
            jql_fields: Once::default(),
            trials: Trials::default(),
        })
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Its client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What the site is, as far as its address or an earlier request tells.
    fn told(&self) -> Option<(Deployment, Source)> {
        match self.connection.is_cloud() {
            true => Some((Deployment::Cloud, Source::Site)),
            false => self.deployment.get().copied(),
        }
    }

    /// What the site is: by its address, by what was kept on disk, or else by logging in, which every session does
    /// before it reads anything.
    pub(super) async fn deployment(
        &self,
        cache: Option<&MetadataCache>,
        report: &Report,
    ) -> Result<Deployment, HttpError> {
        if let Some((told, _)) = self.told() {
            return Ok(told);
        }
        let (base, ttl) = (self.connection.base(), self.connection.metadata_ttl);
        let cache = cache.filter(|_| !ttl.is_zero());
        if let Some(cache) = cache
            && let Some(kept) = cache.deployment(base, ttl).await
        {
            return Ok(self.deployment.get_or_init(|| (kept, Source::Disk)).0);
        }
        self.account().await?;
        let deployment = self.told().map(|it| it.0).unwrap_or_default();
        if let Some(cache) = cache
            && let Err(e) = cache.keep_deployment(base, deployment).await
        {
            let folder = cache.folder().display();
            report.note(
                format!("what the site is can't be kept in `{folder}` ({e}); it is asked each time"),
                1,
            );
        }
        Ok(deployment)
    }

    /// Who asks; one request a session, or three where it shows that the site is no Cloud.
    ///
    /// # Errors
    /// When the site can't be reached, refuses the login, or is no Jira.
    pub async fn account(&self) -> Result<&Account, HttpError> {
        self.account.or_ask(|| self.log_in()).await
    }

    async fn log_in(&self) -> Result<Account, HttpError> {
        let gone = |e: &HttpError| e.status() == Some(404);
        let Some((deployment, source)) = self.told() else { return self.log_in_somewhere().await };
        match self.metadata(&deployment.address(MYSELF)).await {
            Err(e) if gone(&e) && source == Source::Disk => Err(self.client.no_jira(&format!(
                "it was {deployment} when it was last asked, and has no {} now; `--refresh` asks it again",
                deployment.address(MYSELF)
            ))),
            answer => answer,
        }
    }

    /// The login to a site of which nobody knows what it is. Where Cloud has it, Data Center has nothing at all.
    async fn log_in_somewhere(&self) -> Result<Account, HttpError> {
        let became = |deployment| self.deployment.get_or_init(|| (deployment, Source::Site)).0;
        let absent = match self.metadata(MYSELF).await {
            Ok(account) => {
                became(Deployment::Cloud);
                return Ok(account);
            }
            Err(e) if e.status() == Some(404) => e,
            Err(e) => return Err(e),
        };
        let address = Deployment::DataCenter.address(SERVER_INFO);
        let server: ServerInfo = match self.metadata(&address).await {
            Err(e) if e.status() == Some(404) => {
                let reason = format!("neither GET {MYSELF} nor GET {address} is there (404)");
                return Err(self.client.no_jira(&reason));
            }
            answer => answer?,
        };
        // A Cloud site has the address that was absent: whoever stands before this one hides it.
        if server.deployment_type.is_some_and(|kind| kind.eq_ignore_ascii_case("Cloud")) {
            return Err(absent);
        }
        self.metadata(&became(Deployment::DataCenter).address(MYSELF)).await
    }

    /// What the site says it is.
    ///
    /// # Errors
    /// When the site can't be reached.
    pub async fn server_info(&self) -> Result<ServerInfo, HttpError> {
        self.account().await?;
        self.metadata(&self.told().map(|it| it.0).unwrap_or_default().address(SERVER_INFO)).await
    }

    pub(super) async fn metadata<T: for<'de> Deserialize<'de> + Send + 'static>(
        &self,
        path: &str,
    ) -> Result<T, HttpError> {
        let request = Request {
            method: Method::Get,
            path: path.to_owned(),
            template: path.into(),
            query: vec![],
            body: None,
        };
        // A document of another shape would be the same again; only half a one is asked for again.
        let decode = |body: &[u8]| match serde_json::from_slice::<T>(body) {
            Err(e) if e.is_data() => match serde_json::from_slice::<IgnoredAny>(body) {
                Ok(_) => Ok(Err(e)),
                Err(cut) => Err(BadBody::new(cut.to_string())),
            },
            decoded => decoded.map(Ok).map_err(|e| BadBody::new(e.to_string())),
        };
        let decoded = self.client.send_with(&request, &Tally::default(), decode).await?;
        decoded.map_err(|e| self.client.other_shape(&request, &e.to_string()))
    }
}
