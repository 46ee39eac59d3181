//! The keys of a connection string, once: the parser, the messages that name the nearest key and the help text all
//! read this table.

use std::fmt::Write as _;

/// What a key sets. Private to the room: outside, a key is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Setting {
    Service,
    Url,
    Host,
    Port,
    UseEncryptedEndpoints,
    User,
    Password,
    ApiToken,
    AuthScheme,
    OAuthClientId,
    OAuthClientSecret,
    CloudId,
    CaFile,
    UseHostVerification,
    UsePeerVerification,
    Timeout,
    MaxConcurrency,
    MaxRequestsPerSecond,
    MaxRetries,
    RetryDelay,
    MaxWait,
    MaxPageBytes,
    TimeZone,
    CustomFieldNames,
    OnParentError,
    MetadataTtl,
    ReadOnly,
    Other,
}

/// Whether a key's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The value may stand in messages.
    Shown,
    /// The value is a credential and stands nowhere.
    Secret,
}

/// One key of a connection string.
#[derive(Debug)]
pub struct Key {
    pub(super) id: Setting,
    /// The documented spelling.
    pub name: &'static str,
    /// Other spellings that mean the same. Case, spaces, `_` and `-` never matter.
    pub aliases: &'static [&'static str],
    /// What the value is and does, one line of Markdown.
    pub about: &'static str,
    /// What holds when the key is not written; empty if nothing does.
    pub default: &'static str,
    /// Whether the value may be shown.
    pub visibility: Visibility,
}

const fn key(
    id: Setting,
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    default: &'static str,
) -> Key {
    Key { id, name, aliases, about, default, visibility: Visibility::Shown }
}

const fn secret(
    name: &'static str,
    id: Setting,
    aliases: &'static [&'static str],
    about: &'static str,
) -> Key {
    Key { id, name, aliases, about, default: "", visibility: Visibility::Secret }
}

/// Every key, in the order of the documentation.
pub static KEYS: &[Key] = &[
    key(Setting::Service, "Service", &[], "the kind of remote system: `jira`", "jira"),
    key(
        Setting::Url,
        "URL",
        &["Uri", "Site", "Server", "Endpoint", "BaseUrl"],
        "address of the site, with its context path if it has one",
        "",
    ),
    key(Setting::Host, "Host", &["HostName"], "instead of `URL`: the host name alone", ""),
    key(Setting::Port, "Port", &[], "with `Host`: the port", "443, or 80 unencrypted"),
    key(
        Setting::UseEncryptedEndpoints,
        "UseEncryptedEndpoints",
        &["UseSsl", "UseTls"],
        "`false` allows credentials over plain http to a host other than this machine",
        "true",
    ),
    key(
        Setting::User,
        "User",
        &["UserName", "UserId", "Uid", "Email"],
        "account of Basic authentication; on Cloud its e-mail address",
        "",
    ),
    secret("Password", Setting::Password, &["Pwd"], "password (Data Center), or a token as in `APIToken`"),
    secret(
        "APIToken",
        Setting::ApiToken,
        &["Token", "PersonalAccessToken", "Pat"],
        "API token or personal access token",
    ),
    key(
        Setting::AuthScheme,
        "AuthScheme",
        &["Authentication", "AuthenticationType"],
        "`Basic` (User with APIToken or Password), `PAT` (the token alone, sent as Bearer) or `OAuthClient`",
        "Basic if `User` is given, else PAT",
    ),
    secret(
        "OAuthClientId",
        Setting::OAuthClientId,
        &[],
        "the id of an OAuth 2.0 client, such as a service account has",
    ),
    secret(
        "OAuthClientSecret",
        Setting::OAuthClientSecret,
        &[],
        "its secret; tokens are asked for with both and last about an hour",
    ),
    key(
        Setting::CloudId,
        "CloudId",
        &[],
        "go through `api.atlassian.com/ex/jira/{CloudId}`, as scoped tokens and service accounts must",
        "",
    ),
    key(
        Setting::CaFile,
        "CaFile",
        &["CaCertificate", "CaBundle"],
        "PEM file of certificate authorities to trust besides the system's",
        "",
    ),
    key(
        Setting::UseHostVerification,
        "UseHostVerification",
        &[],
        "`false` accepts a certificate made out to another host; needs `CaFile`",
        "true",
    ),
    key(Setting::UsePeerVerification, "UsePeerVerification", &[], "`false` accepts any certificate", "true"),
    key(
        Setting::Timeout,
        "Timeout",
        &[],
        "seconds without a byte after which a request counts as failed",
        "60",
    ),
    key(
        Setting::MaxConcurrency,
        "MaxConcurrency",
        &["MaxConnections", "MaxConcurrentConnections"],
        "requests in flight at once, at most 100; more than 10 is unkind to the site",
        "5",
    ),
    key(
        Setting::MaxRequestsPerSecond,
        "MaxRequestsPerSecond",
        &[],
        "ceiling on requests started per second; may be a fraction",
        "none beyond the site's own limits",
    ),
    key(
        Setting::MaxRetries,
        "MaxRetries",
        &[],
        "further tries of a request that failed in passing, at most 20",
        "4",
    ),
    key(
        Setting::RetryDelay,
        "RetryDelay",
        &["RequestInterval"],
        "seconds before a retry; doubles each time up to 30, times a random 0.7 to 1.3",
        "2",
    ),
    key(
        Setting::MaxWait,
        "MaxWait",
        &[],
        "seconds that one request may wait in all, quota pauses included",
        "3600",
    ),
    key(
        Setting::MaxPageBytes,
        "MaxPageBytes",
        &[],
        "largest answer in bytes after decompression; units such as `64 MiB` are understood",
        "64 MiB",
    ),
    key(
        Setting::TimeZone,
        "TimeZone",
        &["Tz"],
        "zone of literals and dates without one: an IANA name, or `user` for the account's own",
        "UTC",
    ),
    key(
        Setting::CustomFieldNames,
        "CustomFieldNames",
        &[],
        "what columns of custom fields are called: `name` (`StoryPoints`) or `id` (`customfield_10016`)",
        "name",
    ),
    key(
        Setting::OnParentError,
        "OnParentError",
        &[],
        "`fail` or `warn` when one parent of many (a board, a project) can't be read",
        "fail",
    ),
    key(
        Setting::MetadataTtl,
        "MetadataTtl",
        &[],
        "seconds for which the list of custom fields, and whether the site is Cloud or Data Center, are kept on this machine; 0 keeps none",
        "3600",
    ),
    key(Setting::ReadOnly, "ReadOnly", &[], "no effect yet: sites are only read", "true"),
    key(Setting::Other, "Other", &[], "`'BatchSize=1,…'` as CData users write it; has no effect", ""),
];

/// The key that a person wrote, whatever its case, spaces, `_` and `-`.
pub(super) fn find(written: &str) -> Option<&'static Key> {
    let wanted = fold(written);
    KEYS.iter().find(|key| spellings(key).any(|name| fold(name) == wanted))
}

/// How near a written name is to the nearest known key.
pub(super) struct Nearest {
    pub(super) name: &'static str,
    /// Near enough for a typo, not only the least far.
    pub(super) is_typo: bool,
}

/// The known key nearest to what a person wrote.
pub(super) fn nearest(written: &str) -> Nearest {
    let wanted = fold(written);
    let mut best = (usize::MAX, KEYS[0].name);
    for key in KEYS {
        for name in spellings(key) {
            let distance = strsim::damerau_levenshtein(&fold(name), &wanted);
            if distance < best.0 {
                best = (distance, key.name);
            }
        }
    }
    Nearest { name: best.1, is_typo: best.0 <= (wanted.chars().count() / 3).max(1) }
}

/// The keys as a Markdown table, for `--help` and the README.
pub fn keys_help() -> String {
    let mut text = String::from("| key | meaning | default |\n|---|---|---|\n");
    for key in KEYS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {} | {} |", key.name, key.about, key.default);
    }
    text
}

fn spellings(key: &'static Key) -> impl Iterator<Item = &'static str> {
    std::iter::once(key.name).chain(key.aliases.iter().copied())
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_keys_share_a_spelling() {
        let mut seen = HashSet::new();
        for key in KEYS {
            for name in spellings(key) {
                assert!(seen.insert(fold(name)), "{name}");
            }
        }
    }

    #[test]
    fn a_key_is_found_in_any_case_and_with_spaces() {
        for written in ["APIToken", "api token", "API_TOKEN", "  Api-Token "] {
            assert_eq!(find(written).map(|key| key.name), Some("APIToken"), "{written}");
        }
        assert!(find("Nonsense").is_none());
    }

    #[test]
    fn the_nearest_key_is_the_documented_name_of_the_nearest_spelling() {
        for (written, name) in [("Ulr", "URL"), ("Tokn", "APIToken"), ("MaxConcurency", "MaxConcurrency")] {
            let nearest = nearest(written);
            assert_eq!((nearest.name, nearest.is_typo), (name, true), "{written}");
        }
        assert!(!nearest("Whatever").is_typo);
    }

    #[test]
    fn the_help_names_every_key() {
        let help = keys_help();
        assert_eq!(help.lines().count(), KEYS.len() + 2);
        assert!(help.lines().all(|line| line.matches('|').count() == 4), "{help}");
    }
}
