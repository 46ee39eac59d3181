//! Connections: one service at one address with one credential, as a connection string or a profile describes it. This
//! room knows strings, the environment and secrets; it knows no request and no table.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::schema::CustomFieldNames;

mod address;
mod draft;
mod error;
mod keys;
mod oauth;
mod profile;
mod secret;
mod settings;
mod string;
mod written;

pub use draft::{Draft, MissingSecret};
pub use error::ConnectionError;
pub use keys::{KEYS, Key, Visibility, keys_help};
pub use oauth::OAuthServer;
pub use profile::{Profile, ProfileError, Profiles, profiles_json_schema};
pub use secret::{MASK, Redactor, Secret, redact};
pub use string::secrets_in;
pub use written::{ValueKind, Written};

/// Requests at once from which a site may feel it: Atlassian's advice is five to ten.
const KIND_CONCURRENCY: usize = 10;

/// Everything a connection string says, checked and with the defaults filled in. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The catalog's name; `jira` unless the string begins with `NAME=`.
    pub name: String,
    /// The kind of remote system.
    pub service: Service,
    /// The site as people know it, its path being the context path. Requests go to [`Connection::base`].
    pub site: Url,
    /// The gateway through which requests go instead, if `CloudId` is given.
    pub gateway: Option<Gateway>,
    /// Who asks.
    pub auth: Auth,
    /// How certificates are judged.
    pub tls: Tls,
    /// Longest time without a byte before a request counts as failed.
    pub timeout: Duration,
    /// Ceilings of the request budget.
    pub budget: BudgetLimits,
    /// When and how long to wait before trying again.
    pub retry: RetryPolicy,
    /// Largest answer, in bytes after decompression.
    pub max_page_bytes: usize,
    /// What one unreadable parent of many does to a query.
    pub on_parent_error: OnParentError,
    /// Zone of literals and dates that name none.
    pub time_zone: TimeZone,
    /// What columns of custom fields are called.
    pub custom_field_names: CustomFieldNames,
    /// How long the list of custom fields stays good on disk, where the session keeps any there; zero keeps none.
    pub metadata_ttl: Duration,
    /// Whether writes to the service are refused.
    pub read_only: bool,
    /// The list in `Other`, none of which has an effect yet.
    pub other: Other,
    /// What the string says without effect, as sentences for [`Connection::warnings`].
    pub notes: Vec<String>,
    /// What was written, key by key, as far as it may be shown.
    pub written: Written,
}

/// The kinds of remote system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Jira Cloud or Data Center.
    Jira,
}

impl Service {
    /// The word in connection strings and table files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jira => "jira",
        }
    }
}

/// Atlassian's gateway, which scoped tokens and service accounts must use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The site's id there.
    pub cloud_id: String,
    /// `https://api.atlassian.com/ex/jira/{CloudId}`; for a site on this machine the same path there.
    pub address: Url,
}

impl Gateway {
    /// The gateway to one Cloud site: Atlassian's, or this machine's own if the site is there (the sandbox), so that
    /// its credentials stay here. Fails for an id that is no path segment.
    fn to(site: Option<&Url>, cloud_id: String) -> Result<Self, ConnectionError> {
        let origin = match site.filter(|site| address::is_loopback(site)) {
            Some(site) => site.origin().ascii_serialization(),
            None => format!("https://{}", address::GATEWAY_HOST),
        };
        let text = format!("{origin}/ex/jira/{cloud_id}");
        let address = Url::parse(&text).map_err(|error| ConnectionError::Address {
            key: "`CloudId`",
            problem: format!("makes no address ({error})"),
        })?;
        Ok(Self { cloud_id, address })
    }
}

/// Who asks, and how the request says so.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Basic base64(user:secret)`: an API token on Cloud, a password on Data Center.
    Basic {
        /// The account; an e-mail address on Cloud.
        user: String,
        /// Its token or password.
        secret: Secret,
    },
    /// `Authorization: Bearer secret`: a personal access token of Data Center, or a service account's token.
    Bearer {
        /// The token.
        secret: Secret,
    },
    /// OAuth 2.0 client credentials: `Authorization: Bearer token`, the token being asked for with these.
    OAuthClient {
        /// `OAuthClientId`.
        id: Secret,
        /// `OAuthClientSecret`.
        secret: Secret,
    },
}

/// How the server's certificate is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM file with certificate authorities to trust besides the system's. With [`HostVerification::Off`] they are
    /// the only ones trusted.
    pub ca_file: Option<PathBuf>,
    /// Whether the certificate must be made out to the host.
    pub host: HostVerification,
    /// Whether the certificate must come from a trusted authority.
    pub peer: PeerVerification,
}

/// Whether a certificate must be made out to the host that presents it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostVerification {
    /// It must.
    #[default]
    On,
    /// `UseHostVerification=false`.
    Off,
}

/// Whether a certificate must come from a trusted authority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerVerification {
    /// It must.
    #[default]
    On,
    /// `UsePeerVerification=false`: anybody between here and there can read along.
    Off,
}

/// Ceilings that the user sets on top of what the site allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetLimits {
    /// Requests in flight at once, 1 to 100.
    pub max_concurrency: usize,
    /// Requests started per second; none beyond the site's own limits if absent.
    pub max_requests_per_second: Option<f64>,
}

/// When a request that failed in passing is sent again. The numbers are those that Atlassian recommends for 429
/// answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Further tries after the first.
    pub max_retries: u32,
    /// The first wait; it doubles each time up to [`RetryPolicy::LONGEST_DELAY`], times a random 0.7 to 1.3.
    pub delay: Duration,
    /// Longest time that one request waits in all, between tries and in pauses that the site asks for.
    pub max_wait: Duration,
}

impl RetryPolicy {
    /// Where the doubling ends.
    pub const LONGEST_DELAY: Duration = Duration::from_secs(30);
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_retries: 4, delay: Duration::from_secs(2), max_wait: Duration::from_hours(1) }
    }
}

/// What one unreadable parent of many (a board, a project) does to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnParentError {
    /// The query fails.
    Fail,
    /// The parent is left out and named in the summary.
    Warn,
}

/// The zone of literals and dates that name none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeZone {
    /// A zone of the IANA list.
    Zone(chrono_tz::Tz),
    /// The zone of the account's profile, which the site tells.
    User,
}

impl TimeZone {
    /// A zone by its IANA name in any case, or `user`. None if there is no such zone.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("user") {
            return Some(Self::User);
        }
        chrono_tz::TZ_VARIANTS
            .iter()
            .find(|zone| zone.name().eq_ignore_ascii_case(name))
            .copied()
            .map(Self::Zone)
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(text: &str) -> Result<Self, UnknownTimeZone> {
        Self::from_name(text).ok_or_else(|| {
            let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).chain(["user"]);
            UnknownTimeZone { name: text.to_owned(), nearest: crate::schema::nearest(text, zones) }
        })
    }
}

/// No time zone has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone `{name}`{}", match nearest {
    Some(near) => format!("; did you mean `{near}`?"),
    None => "; write an IANA name such as `Europe/Berlin`, or `user` for the account's own".to_owned(),
})]
pub struct UnknownTimeZone {
    name: String,
    nearest: Option<&'static str>,
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::Zone(chrono_tz::Tz::UTC)
    }
}

/// The list in `Other`: names and values. Its `Debug` shows the names only, since nobody knows what the values are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Other(pub Vec<(String, String)>);

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Connection {
    /// Reads a connection string. `env` gives the environment's variables for `${NAME}`; [`str::parse`] takes the
    /// process's own.
    pub fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConnectionError> {
        Draft::parse(text, env)?.connection()
    }

    /// The address that request paths are appended to, without a slash at its end.
    pub fn base(&self) -> &str {
        let address = self.gateway.as_ref().map_or(&self.site, |gateway| &gateway.address);
        address.as_str().trim_end_matches('/')
    }

    /// Whether requests stay on this machine.
    pub fn is_loopback(&self) -> bool {
        address::is_loopback(self.gateway.as_ref().map_or(&self.site, |gateway| &gateway.address))
    }

    /// Whether the site is Jira Cloud by its address. A site with a domain of its own can't be told from Data Center
    /// without asking it.
    pub fn is_cloud(&self) -> bool {
        self.gateway.is_some() || address::is_cloud(&self.site)
    }

    /// What takes this connection's secrets out of texts that others wrote.
    pub fn redactor(&self) -> Redactor {
        match &self.auth {
            Auth::Basic { user, secret } => Redactor::new().with_basic(user, secret),
            Auth::Bearer { secret } => Redactor::new().with_secret(secret),
            Auth::OAuthClient { id, secret } => {
                Redactor::new().with_basic(id.expose(), secret).with_secret(id)
            }
        }
    }

    /// What every run should say about this connection: protections that are off, settings without effect.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.tls.peer == PeerVerification::Off {
            warnings.push(format!(
                "connection `{}`: `UsePeerVerification=false`: whoever is on the way can read the credentials",
                self.name
            ));
        } else if self.tls.host == HostVerification::Off {
            warnings.push(format!(
                "connection `{}`: `UseHostVerification=false`: any host with a certificate of `CaFile` is believed",
                self.name
            ));
        }
        if self.base().starts_with("http:") && !self.is_loopback() {
            warnings.push(format!(
                "connection `{}`: `UseEncryptedEndpoints=false`: the credentials travel readable",
                self.name
            ));
        }
        if self.budget.max_concurrency > KIND_CONCURRENCY {
            warnings.push(format!(
                "connection `{}`: `MaxConcurrency={}` is more than the {KIND_CONCURRENCY} that Atlassian advises at most",
                self.name, self.budget.max_concurrency
            ));
        }
        warnings.extend(self.notes.iter().map(|note| format!("connection `{}`: {note}", self.name)));
        warnings
    }
}

impl FromStr for Connection {
    type Err = ConnectionError;

    /// [`Connection::parse`] with the process's environment.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, &|name| std::env::var(name).ok())
    }
}

#[cfg(test)]
mod tests;
