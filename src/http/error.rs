//! What went wrong with a request, in one paragraph that ends with what to do. Errors hold what a server said only
//! after secrets are taken out, control characters escaped, and the rest clipped.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::Method;

/// Why there is no answer to read rows from.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The file of certificate authorities can't be used.
    #[error("`CaFile` {}: {reason}; it must be a readable PEM file with certificates", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No client can be built from the connection's settings.
    #[error(
        "no HTTP client can be built for connection `{connection}`: {reason}; if it is about certificates, write `CaFile=…`"
    )]
    Client {
        /// The connection's name.
        connection: String,
        /// What is wrong.
        reason: String,
    },
    /// The answer is JSON, but another document than the endpoint is documented to give.
    #[error(
        "{method} `{template}` was answered by `{base}` with JSON of another shape than Jira's ({reason}). \
         Is `URL` the Jira site itself, with its context path?"
    )]
    Shape {
        /// How.
        method: Method,
        /// The endpoint.
        template: Arc<str>,
        /// The connection's base address, which holds no user and no secret.
        base: String,
        /// What the decoder said: redacted, escaped, clipped.
        reason: String,
    },
    /// There is no Jira at the connection's address.
    #[error("`{base}` is no Jira site: {reason}. Is `URL` the Jira site itself, with its context path?")]
    NoJira {
        /// The connection's base address, which holds no user and no secret.
        base: String,
        /// What shows it.
        reason: String,
    },
    /// A request failed for good.
    #[error("{0}")]
    Request(Box<RequestError>),
}

impl HttpError {
    /// The failed request, if there was one.
    pub fn request(&self) -> Option<&RequestError> {
        match self {
            Self::Request(error) => Some(error),
            _ => None,
        }
    }

    /// What kind of failure the last try met.
    pub fn kind(&self) -> Option<Kind> {
        self.request().map(|error| error.kind)
    }

    /// The HTTP status, if the failure is one.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            Some(Kind::Status(status)) => Some(status),
            _ => None,
        }
    }

    /// What the server said, message by message: redacted, escaped, clipped. Empty if it said nothing.
    pub fn server_messages(&self) -> &[String] {
        self.request().map_or(&[], |error| &error.messages)
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// No connection: no such host, nobody listening, no way through.
    Connect,
    /// The certificate or the encryption was not acceptable.
    Tls,
    /// No byte came for as long as `Timeout` allows.
    Timeout,
    /// The connection ended before the answer did, or the answer's compression was damaged.
    Cut,
    /// A web page came where data was asked for.
    Html,
    /// What came is no JSON, or not the whole of it.
    NotJson,
    /// More came than `MaxPageBytes`.
    TooLarge,
    /// The answer points to another origin, or in a circle.
    Redirect,
    /// A status that is no success.
    Status(u16),
    /// The site asks for a longer pause than `MaxWait` allows.
    Paused,
    /// The request's path is not a plain encoded path, so it was not sent.
    ParametersRefused,
}

/// A request that failed for good.
#[derive(Clone, Debug)]
pub struct RequestError {
    /// How.
    pub method: Method,
    /// The connection's base address, which holds no user and no secret.
    pub base: String,
    /// Path and query after the base address, without secrets.
    pub address: String,
    /// The endpoint.
    pub template: Arc<str>,
    /// The last try's failure.
    pub kind: Kind,
    /// What the client saw, such as the system's word for a refused connection; may be empty.
    pub detail: String,
    /// What the server said, message by message: redacted, escaped, clipped.
    pub messages: Vec<String>,
    /// The next wait, if it was longer than `MaxWait` left room for.
    pub refused_wait: Option<Duration>,
    /// How often the request was sent.
    pub tries: u32,
    /// From the first try to the failure, waits included.
    pub elapsed: Duration,
    /// `X-AREQUESTID` of the last answer, which Atlassian's support can look up.
    pub request_id: Option<String>,
    /// `atl-traceid` of the last answer, likewise.
    pub trace_id: Option<String>,
    /// What to do, as sentences; may be empty.
    pub hint: String,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` ", self.method, self.address)?;
        match self.kind {
            Kind::Connect => write!(f, "found no connection to `{}`", self.base)?,
            Kind::Tls => write!(f, "found no encryption to trust at `{}`", self.base)?,
            Kind::Timeout => f.write_str("got no byte for as long as `Timeout` allows")?,
            Kind::Cut => f.write_str("was cut off before the answer ended")?,
            Kind::Html => write!(f, "was answered by `{}` with a web page instead of data", self.base)?,
            Kind::NotJson => f.write_str("was answered with what is no complete JSON")?,
            Kind::TooLarge => f.write_str("was answered with more than `MaxPageBytes` allows")?,
            Kind::Redirect => f.write_str("was redirected to where credentials must not go")?,
            Kind::Status(status) => write!(f, "was answered {}", status_text(status))?,
            Kind::Paused => f.write_str("was not sent, since the site asks to wait")?,
            Kind::ParametersRefused => {
                f.write_str("was not sent, since its path is not a plain encoded one")?;
            }
        }
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        if !self.messages.is_empty() {
            write!(f, ": {}", self.messages.join(" · "))?;
        }
        if let Some(wait) = self.refused_wait {
            write!(f, "; the next try is due in {}, later than `MaxWait` allows", span(wait))?;
        }
        f.write_str(" [")?;
        if self.tries > 1 {
            write!(f, "{} tries in ", self.tries)?;
        }
        f.write_str(&span(self.elapsed))?;
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        if let Some(id) = &self.trace_id {
            write!(f, ", trace {id}")?;
        }
        f.write_str("]")?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, ". {}", self.hint) }
    }
}

impl std::error::Error for RequestError {}

/// What hints depend on: how the client asks and whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    pub(super) scheme: Scheme,
    pub(super) route: Route,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Basic,
    Bearer,
    /// By a token that was asked for.
    OAuthClient,
    /// Asks for such a token.
    TokenRequest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Atlassian's gateway, by `CloudId`.
    Gateway,
    /// A Cloud site by its own address.
    CloudSite,
    /// Anything else.
    Elsewhere,
}

/// The next step after a failure. `is_locked` is set when the answer says that Jira wants a CAPTCHA solved first.
pub(super) fn hint(kind: Kind, is_locked: bool, around: Circumstances) -> String {
    let text = match kind {
        Kind::Status(401 | 403) if is_locked => {
            "Too many failed logins: log in once with a browser and solve the CAPTCHA, then correct `User` and the token"
        }
        Kind::Status(400 | 401 | 403) if around.scheme == Scheme::TokenRequest => {
            "`OAuthClientId` or `OAuthClientSecret` is wrong, or the credential was taken back: look at the service account's credentials"
        }
        Kind::Status(404) if around.scheme == Scheme::TokenRequest => {
            "Is `URL` the site itself? For a Cloud site with a domain of its own write `CloudId`, which https://SITE.atlassian.net/_edge/tenant_info shows; Data Center gives such tokens in recent versions only"
        }
        Kind::Status(401) => match (around.scheme, around.route) {
            (Scheme::OAuthClient | Scheme::TokenRequest, _) => {
                "A token that was just given is not accepted: it lacks the scope for this endpoint, or the service account may not use this site"
            }
            (Scheme::Basic, Route::CloudSite) => {
                "`User` (an e-mail address) or `APIToken` is wrong, or the token has expired; Cloud takes no passwords, and a token with scopes needs `CloudId`, which https://SITE.atlassian.net/_edge/tenant_info shows"
            }
            (Scheme::Bearer, Route::CloudSite) => {
                "a Cloud site takes a token with its `User` (an e-mail address); a service account's token also needs `CloudId`, which https://SITE.atlassian.net/_edge/tenant_info shows"
            }
            (_, Route::Gateway) => {
                "The token is wrong, has expired, lacks the scope for this endpoint, or belongs to another site than `CloudId`; a token without scopes works at the site's own address only, without `CloudId`"
            }
            (Scheme::Basic, Route::Elsewhere) => {
                "`User` or the password or token beside it is wrong; a personal access token is written alone, without `User`"
            }
            (Scheme::Bearer, Route::Elsewhere) => {
                "The token is wrong or has expired; for an account's password or API token write `User` too"
            }
        },
        Kind::Status(403) => {
            "The account may not read this: ask for the permission, or for a token with the scope, or leave the table out"
        }
        Kind::Status(404) => "It does not exist, or this account may not see it; Jira does not say which",
        Kind::Status(410) => "Atlassian has removed this endpoint: update jirrow",
        Kind::Status(400) => {
            "The site does not accept these parameters: look at the names and values in the query, or report it with this message"
        }
        Kind::Status(405) => {
            "The site does not know this way of asking: is it the Jira that `URL` should name?"
        }
        Kind::Status(407) => "The proxy wants a login: write it into `HTTPS_PROXY`",
        Kind::Status(413 | 414) => {
            "The site finds the request too long: select fewer columns or shorter lists"
        }
        Kind::Status(429) => {
            "The site allows no more for now: lower `MaxConcurrency` or `MaxRequestsPerSecond`, or raise `MaxRetries` and `MaxWait`"
        }
        Kind::Status(301..=399) => "Write the address that the site redirects to as `URL`",
        Kind::Status(500..) => {
            "The site or something before it is in trouble: try again later, or look at https://status.atlassian.com"
        }
        Kind::Paused => "Wait, or raise `MaxWait`",
        Kind::Connect => {
            "Check the host in `URL`, the network, and the proxy in `HTTPS_PROXY` and `NO_PROXY`"
        }
        Kind::Tls => {
            "If the certificate comes from your own authority, or a proxy reads along, write that authority's file as `CaFile=…`; if the site speaks plain http, write `http://`"
        }
        Kind::Timeout => "Try again, or raise `Timeout`",
        Kind::Cut => "Try again; if it stays so, a proxy or a limit on the way cuts answers short",
        Kind::Html => {
            "That is a login page, a proxy's page, or not Jira: is `URL` the site itself, with its context path, and need you a VPN or a login before it?"
        }
        Kind::NotJson => {
            "Is `URL` the Jira site itself, with its context path? If so, something on the way changes its answers"
        }
        Kind::TooLarge => "Raise `MaxPageBytes`, or select fewer columns",
        Kind::Redirect => {
            "If that is where the site lives now, write it as `URL`; if it is a login page, the site is behind one"
        }
        Kind::ParametersRefused => "A value put into a path must be one encoded segment",
        Kind::Status(_) => "",
    };
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn status_text(status: u16) -> String {
    let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

/// A time span as people say it.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}
