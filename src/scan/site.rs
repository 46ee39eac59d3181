//! A connected site: its client, and who the account is. The first read of a session asks `/myself`, which also proves
//! that answers are not the anonymous ones: without a valid login many endpoints answer 200 with fewer rows.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::OnceCell;

use super::catalogue::Catalogues;
use crate::connection::Connection;
use crate::http::{BadBody, Client, HttpError, Method, Request, Tally};

/// One connection, opened on first use.
#[derive(Debug)]
pub struct Site {
    connection: Connection,
    client: Client,
    account: OnceCell<Account>,
    pub(super) catalogues: Catalogues,
}

/// Who asks (`GET /rest/api/3/myself`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account's id.
    pub account_id: String,
    /// The name that Jira shows.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The address, where the profile shows it.
    #[serde(default)]
    pub email_address: Option<String>,
    /// The IANA time zone in which JQL reads dates.
    #[serde(default)]
    pub time_zone: Option<String>,
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
        Arc::new(Self { connection, client, account: OnceCell::new(), catalogues: Catalogues::default() })
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Its client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who asks; one request a session.
    ///
    /// # Errors
    /// When the site can't be reached or refuses the login.
    pub async fn account(&self) -> Result<&Account, HttpError> {
        self.account.get_or_try_init(|| self.metadata("/rest/api/3/myself")).await
    }

    /// What the site is.
    ///
    /// # Errors
    /// When the site can't be reached.
    pub async fn server_info(&self) -> Result<ServerInfo, HttpError> {
        self.metadata("/rest/api/3/serverInfo").await
    }

    pub(super) async fn metadata<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, HttpError> {
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
