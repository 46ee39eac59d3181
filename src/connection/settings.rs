//! From the split string to a [`Connection`]: every value checked, every default filled in, every contradiction named.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::address::{self, Encryption};
use super::error::ConnectionError;
use super::keys::{KEYS, Key, Setting, Visibility};
use super::secret::Secret;
use super::string::{Parts, Value};
use super::{
    Auth, BudgetLimits, Connection, Gateway, HostVerification, OnParentError, Other, PeerVerification,
    RetryPolicy, Service, TimeZone, Tls, Written,
};

use crate::schema::CustomFieldNames;

/// What a connection is called that has no name.
pub(super) const DEFAULT_NAME: &str = "jira";

/// Where an API token or personal access token is made.
const TOKEN_ADVICE: &str = "write `User=YOU@EXAMPLE.COM;APIToken=…` for a Cloud site (tokens are made at https://id.atlassian.com/manage-profile/security/api-tokens), or `APIToken=…` alone for a personal access token of Data Center (made in your profile there)";

/// Builds the connection that a split string describes.
pub(super) fn build(parts: Parts) -> Result<Connection, ConnectionError> {
    if parts.values.is_empty() {
        return Err(ConnectionError::Empty);
    }
    let written = Written::of(&parts.values);
    let settings = Settings { values: parts.values };
    let mut notes = Vec::new();
    let service = settings.choice(Setting::Service, &[("jira", Service::Jira)])?.unwrap_or(Service::Jira);
    let (site, gateway) = settings.address()?;
    let auth = settings.auth(&mut notes)?;
    let other = settings.other(&mut notes)?;
    Ok(Connection {
        name: parts.name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
        service,
        site,
        gateway,
        auth,
        tls: settings.tls()?,
        timeout: settings.seconds(Setting::Timeout, Zero::Refused)?.unwrap_or(Duration::from_mins(1)),
        budget: settings.budget()?,
        retry: settings.retry()?,
        max_page_bytes: settings.bytes(Setting::MaxPageBytes)?.unwrap_or(64 << 20),
        on_parent_error: settings
            .choice(Setting::OnParentError, &[("fail", OnParentError::Fail), ("warn", OnParentError::Warn)])?
            .unwrap_or(OnParentError::Fail),
        time_zone: settings.time_zone()?,
        custom_field_names: settings
            .choice(
                Setting::CustomFieldNames,
                &[("name", CustomFieldNames::Name), ("id", CustomFieldNames::Id)],
            )?
            .unwrap_or_default(),
        metadata_ttl: settings
            .seconds(Setting::MetadataTtl, Zero::Allowed)?
            .unwrap_or(Duration::from_hours(1)),
        read_only: settings.flag(Setting::ReadOnly)?.unwrap_or(true),
        other,
        notes,
        written,
    })
}

/// Whether a number of seconds may be none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zero {
    Allowed,
    Refused,
}

struct Settings {
    values: Vec<(&'static Key, Value)>,
}

impl Settings {
    fn get(&self, id: Setting) -> Option<(&'static Key, &Value)> {
        self.values.iter().find(|(key, _)| key.id == id).map(|(key, value)| (*key, value))
    }

    /// A value with something in it; `Key=` is the same as not writing the key.
    fn text(&self, id: Setting) -> Option<(&'static Key, &str)> {
        let (key, value) = self.get(id)?;
        let text = value.text.trim();
        (!text.is_empty()).then_some((key, text))
    }

    fn bad(&self, id: Setting, expected: &'static str, nearest: Option<&'static str>) -> ConnectionError {
        let (key, shown) = match self.get(id) {
            Some((key, value)) if !value.from_environment && key.visibility == Visibility::Shown => {
                (key.name, format!("`{}`", clip(&value.text)))
            }
            Some((key, _)) => (key.name, "the value".to_owned()),
            None => (KEYS[0].name, "the value".to_owned()),
        };
        ConnectionError::BadValue { key, value: shown, expected, nearest }
    }

    fn choice<T: Copy>(
        &self,
        id: Setting,
        choices: &[(&'static str, T)],
    ) -> Result<Option<T>, ConnectionError> {
        let Some((_, text)) = self.text(id) else {
            return Ok(None);
        };
        if let Some((_, value)) = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Some(*value));
        }
        let nearest = nearest_of(text, choices.iter().map(|(name, _)| *name));
        Err(self.bad(id, expected_choice(id), nearest))
    }

    fn flag(&self, id: Setting) -> Result<Option<bool>, ConnectionError> {
        let choices = [
            ("true", true),
            ("false", false),
            ("yes", true),
            ("no", false),
            ("on", true),
            ("off", false),
            ("1", true),
            ("0", false),
        ];
        self.choice(id, &choices)
    }

    fn number<T: FromStr + PartialOrd>(
        &self,
        id: Setting,
        range: std::ops::RangeInclusive<T>,
        expected: &'static str,
    ) -> Result<Option<T>, ConnectionError> {
        let Some((_, text)) = self.text(id) else {
            return Ok(None);
        };
        match text.parse::<T>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.bad(id, expected, None)),
        }
    }

    fn seconds(&self, id: Setting, zero: Zero) -> Result<Option<Duration>, ConnectionError> {
        let (least, expected) = match zero {
            Zero::Allowed => (0.0, "a number of seconds from 0 to a year, such as `2` or `0.5`"),
            Zero::Refused => (0.001, "a number of seconds above 0 and up to a year, such as `60`"),
        };
        let seconds = self.number(id, least..=366.0 * 86_400.0, expected)?;
        Ok(seconds.map(Duration::from_secs_f64))
    }

    fn bytes(&self, id: Setting) -> Result<Option<usize>, ConnectionError> {
        let expected = "a number of bytes above 0, such as `67108864` or `64 MiB`";
        let Some((_, text)) = self.text(id) else {
            return Ok(None);
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let unit: usize = match text[digits..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1000,
            "k" | "kib" => 1 << 10,
            "mb" => 1_000_000,
            "m" | "mib" => 1 << 20,
            "gb" => 1_000_000_000,
            "g" | "gib" => 1 << 30,
            _ => return Err(self.bad(id, expected, None)),
        };
        let bytes = text[..digits].parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
        bytes.filter(|bytes| *bytes > 0).map(Some).ok_or_else(|| self.bad(id, expected, None))
    }

    fn address(&self) -> Result<(url::Url, Option<Gateway>), ConnectionError> {
        let encryption = match self.flag(Setting::UseEncryptedEndpoints)? {
            None => Encryption::Unsaid,
            Some(true) => Encryption::Required,
            Some(false) => Encryption::Waived,
        };
        let port = self.number(Setting::Port, 1..=u16::MAX, "a port from 1 to 65535")?;
        let mut cloud_id = self.cloud_id()?;
        let site = match (self.text(Setting::Url), self.text(Setting::Host)) {
            (Some(_), Some(_)) => {
                return Err(ConnectionError::Conflict {
                    first: "URL",
                    second: "Host",
                    advice: "write one of them",
                });
            }
            (Some(_), None) if port.is_some() => {
                return Err(ConnectionError::Conflict {
                    first: "URL",
                    second: "Port",
                    advice: "write the port in the address, as `https://HOST:PORT`",
                });
            }
            (Some((_, url)), None) => {
                let address = address::from_url(url, encryption)?;
                if let Some(id) = address.cloud_id {
                    check_cloud_id(&id).ok_or(ConnectionError::Address {
                        key: "`URL`",
                        problem: "has no cloud id after `/ex/jira/`".to_owned(),
                    })?;
                    if cloud_id.as_ref().is_some_and(|other| *other != id) {
                        return Err(ConnectionError::Conflict {
                            first: "URL",
                            second: "CloudId",
                            advice: "they name two sites; write the id once",
                        });
                    }
                    cloud_id = Some(id);
                }
                Some(address.site)
            }
            (None, Some((_, host))) => Some(address::from_host(host, port, encryption)?),
            (None, None) => None,
        };
        let gateway = cloud_id.map(|id| Gateway::to(site.as_ref(), id)).transpose()?;
        match (site, gateway) {
            (Some(site), gateway) => Ok((site, gateway)),
            (None, Some(gateway)) => Ok((gateway.address.clone(), Some(gateway))),
            (None, None) => Err(ConnectionError::Address {
                key: "the address of the site",
                problem: "is missing; write `URL=https://SITE.atlassian.net` or `URL=https://HOST/CONTEXT`"
                    .to_owned(),
            }),
        }
    }

    fn cloud_id(&self) -> Result<Option<String>, ConnectionError> {
        let Some((_, id)) = self.text(Setting::CloudId) else {
            return Ok(None);
        };
        let expected = "an id such as `11223344-a1b2-3b33-c444-def123456789`; `https://SITE.atlassian.net/_edge/tenant_info` shows a site's";
        check_cloud_id(id).ok_or_else(|| self.bad(Setting::CloudId, expected, None))?;
        Ok(Some(id.to_owned()))
    }

    fn auth(&self, notes: &mut Vec<String>) -> Result<Auth, ConnectionError> {
        #[derive(Clone, Copy)]
        enum Scheme {
            Basic,
            Bearer,
            OAuthClient,
        }
        // `APIToken` is how CData users write Basic with a token; `Bearer` is what a PAT is sent as.
        let schemes = [
            ("Basic", Scheme::Basic),
            ("PAT", Scheme::Bearer),
            ("APIToken", Scheme::Basic),
            ("Bearer", Scheme::Bearer),
            ("OAuthClient", Scheme::OAuthClient),
        ];
        let secret = match (self.text(Setting::ApiToken), self.text(Setting::Password)) {
            (Some(_), Some(_)) => {
                return Err(ConnectionError::Conflict {
                    first: "APIToken",
                    second: "Password",
                    advice: "write the one that the site expects: a token on Cloud",
                });
            }
            (Some((key, text)), None) | (None, Some((key, text))) => Some((key.name, text)),
            (None, None) => None,
        };
        let user = self.text(Setting::User).map(|(_, text)| text);
        let scheme = self.choice(Setting::AuthScheme, &schemes)?.unwrap_or(match user {
            Some(_) => Scheme::Basic,
            None if secret.is_none() && self.text(Setting::OAuthClientId).is_some() => Scheme::OAuthClient,
            None => Scheme::Bearer,
        });
        if !matches!(scheme, Scheme::OAuthClient) && self.text(Setting::OAuthClientId).is_some() {
            notes.push("`OAuthClientId` has no effect without `AuthScheme=OAuthClient`".to_owned());
        }
        if let Some((key, text)) = secret {
            check_secret(key, text)?;
        }
        let missing = |problem| ConnectionError::Credentials { problem, advice: TOKEN_ADVICE };
        match (scheme, user, secret) {
            (Scheme::OAuthClient, user, secret) => self.client_credentials(user.or(secret.map(|it| it.0))),
            (_, None, None) => Err(missing("the credentials are missing")),
            (_, Some(_), None) => Err(missing("`User` has no `APIToken` or `Password` beside it")),
            (Scheme::Basic, None, Some(_)) => Err(missing("`AuthScheme=Basic` needs a `User`")),
            (Scheme::Basic, Some(user), Some((_, text))) => {
                if user.contains(':') || user.contains(char::is_control) {
                    return Err(ConnectionError::BadCredential {
                        key: "User",
                        problem: "has a colon or a control character, which Basic authentication cannot carry; write the account's e-mail address or name",
                    });
                }
                Ok(Auth::Basic { user: user.to_owned(), secret: Secret::new(text) })
            }
            (Scheme::Bearer, user, Some((key, text))) => {
                if user.is_some() {
                    notes.push(
                        "`User` has no effect beside `AuthScheme=PAT`: the token alone says who asks"
                            .to_owned(),
                    );
                }
                if !text.chars().all(|c| c.is_ascii_graphic()) {
                    return Err(ConnectionError::BadCredential {
                        key,
                        problem: "has spaces or letters that no token has; with a `User` beside it, it is sent as a password",
                    });
                }
                Ok(Auth::Bearer { secret: Secret::new(text) })
            }
        }
    }

    /// `user_or_token` says that there are other credentials, too.
    fn client_credentials(&self, user_or_token: Option<&str>) -> Result<Auth, ConnectionError> {
        if user_or_token.is_some() {
            return Err(ConnectionError::Conflict {
                first: "AuthScheme=OAuthClient",
                second: "User, APIToken or Password",
                advice: "an OAuth client asks with `OAuthClientId` and `OAuthClientSecret` alone",
            });
        }
        let part = |id| {
            let (key, text) = self.text(id).ok_or(ConnectionError::Credentials {
                problem: "an OAuth client needs both `OAuthClientId` and `OAuthClientSecret`",
                advice: "write both; an organisation's administrator makes them for a service account at \
                         https://admin.atlassian.com (Data Center: in the administration of Jira)",
            })?;
            check_secret(key.name, text)?;
            Ok(Secret::new(text))
        };
        Ok(Auth::OAuthClient { id: part(Setting::OAuthClientId)?, secret: part(Setting::OAuthClientSecret)? })
    }

    fn tls(&self) -> Result<Tls, ConnectionError> {
        let ca_file = self.text(Setting::CaFile).map(|(_, text)| PathBuf::from(text));
        let host = match self.flag(Setting::UseHostVerification)? {
            Some(false) => HostVerification::Off,
            _ => HostVerification::On,
        };
        let peer = match self.flag(Setting::UsePeerVerification)? {
            Some(false) => PeerVerification::Off,
            _ => PeerVerification::On,
        };
        if host == HostVerification::Off && peer == PeerVerification::On && ca_file.is_none() {
            return Err(ConnectionError::Conflict {
                first: "UseHostVerification=false",
                second: "the system's certificate authorities",
                advice: "write the authority to trust instead as `CaFile=…`",
            });
        }
        Ok(Tls { ca_file, host, peer })
    }

    fn budget(&self) -> Result<BudgetLimits, ConnectionError> {
        let max_concurrency =
            self.number(Setting::MaxConcurrency, 1..=100, "a whole number from 1 to 100")?.unwrap_or(5);
        let max_requests_per_second = self.number(
            Setting::MaxRequestsPerSecond,
            0.001..=10_000.0,
            "a number from 0.001 to 10000, such as `20` or `0.5`",
        )?;
        Ok(BudgetLimits { max_concurrency, max_requests_per_second })
    }

    fn retry(&self) -> Result<RetryPolicy, ConnectionError> {
        let default = RetryPolicy::default();
        Ok(RetryPolicy {
            max_retries: self
                .number(Setting::MaxRetries, 0..=20, "a whole number from 0 to 20")?
                .unwrap_or(default.max_retries),
            delay: self.seconds(Setting::RetryDelay, Zero::Allowed)?.unwrap_or(default.delay),
            max_wait: self.seconds(Setting::MaxWait, Zero::Allowed)?.unwrap_or(default.max_wait),
        })
    }

    fn time_zone(&self) -> Result<TimeZone, ConnectionError> {
        let Some((_, text)) = self.text(Setting::TimeZone) else {
            return Ok(TimeZone::default());
        };
        TimeZone::from_name(text).ok_or_else(|| {
            let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).chain(["user"]);
            self.bad(
                Setting::TimeZone,
                "a zone of the IANA list such as `Europe/Berlin`, or `user`",
                nearest_of(text, names),
            )
        })
    }

    fn other(&self, notes: &mut Vec<String>) -> Result<Other, ConnectionError> {
        let mut pairs = Vec::new();
        let Some((_, text)) = self.text(Setting::Other) else {
            return Ok(Other::default());
        };
        for part in text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(ConnectionError::BadValue {
                    key: "Other",
                    value: "the value".to_owned(),
                    expected: "a list such as `'BatchSize=1,Name=Value'`",
                    nearest: None,
                });
            };
            let name = name.trim();
            let reason = if name.eq_ignore_ascii_case("BatchSize") {
                "rows are read a page at a time, as large as the site allows"
            } else {
                "no such setting is known"
            };
            notes.push(format!("`{}` in `Other` has no effect: {reason}", clip(name)));
            pairs.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Other(pairs))
    }
}

fn expected_choice(id: Setting) -> &'static str {
    match id {
        Setting::Service => "`jira`",
        Setting::AuthScheme => "`Basic`, `PAT` or `OAuthClient`",
        Setting::OnParentError => "`fail` or `warn`",
        Setting::CustomFieldNames => "`name` or `id`",
        _ => "`true` or `false`",
    }
}

pub(super) fn check_cloud_id(id: &str) -> Option<()> {
    let fits = !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then_some(())
}

fn check_secret(key: &'static str, text: &str) -> Result<(), ConnectionError> {
    if text.contains(char::is_control) {
        return Err(ConnectionError::BadCredential {
            key,
            problem: "has a line break or another control character; look at where it was copied from",
        });
    }
    Ok(())
}

fn nearest_of(text: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let text = text.to_lowercase();
    names
        .map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &text), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= (name.chars().count() / 2).max(1))
        .map(|(_, name)| name)
}

/// A value as far as a message shows it.
fn clip(text: &str) -> String {
    let clean: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 { format!("{clean}…") } else { clean }
}
