//! Where the site is: from `URL`, or `Host`, `Port` and `UseEncryptedEndpoints`, to one address with a context path
//! and nothing after it. Forgiving about what people copy out of a browser; strict about plain http.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::error::ConnectionError;

/// The host that forwards to Cloud sites by their cloud id.
pub(super) const GATEWAY_HOST: &str = "api.atlassian.com";

/// First path segments of Jira's own pages and endpoints. What stands before one of them is the context path.
const OWN_PATHS: &[&str] =
    &["rest", "browse", "secure", "issues", "projects", "plugins", "servicedesk", "login.jsp", "login"];

/// Whether plain http was asked for, allowed, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// `UseEncryptedEndpoints` was not written.
    Unsaid,
    /// `UseEncryptedEndpoints=true`.
    Required,
    /// `UseEncryptedEndpoints=false`.
    Waived,
}

/// What a `URL` said.
#[derive(Debug)]
pub(super) struct Address {
    /// The site, its path being the context path alone.
    pub(super) site: Url,
    /// The cloud id, if the URL was that of the gateway.
    pub(super) cloud_id: Option<String>,
}

/// Reads `URL`.
pub(super) fn from_url(text: &str, encryption: Encryption) -> Result<Address, ConnectionError> {
    let wrong = |problem: &str| ConnectionError::Address { key: "`URL`", problem: problem.to_owned() };
    let text = text.trim();
    let whole = match text.split_once("://") {
        Some(_) => text.to_owned(),
        None if encryption == Encryption::Waived => format!("http://{text}"),
        None => format!("https://{text}"),
    };
    let mut site = Url::parse(&whole).map_err(|error| {
        wrong(&format!(
            "is no address ({error}); write it as `https://SITE.atlassian.net` or `https://HOST/CONTEXT`"
        ))
    })?;
    if !matches!(site.scheme(), "http" | "https") || site.host().is_none() {
        return Err(wrong("begins with neither `https://` nor `http://`"));
    }
    if !site.username().is_empty() || site.password().is_some() {
        return Err(wrong("holds a user or password; write them as `User` and `APIToken` instead"));
    }
    if site.path().contains("/Lists/") {
        return Err(wrong("is that of a SharePoint list; only Jira sites can be read so far"));
    }
    site.set_query(None);
    site.set_fragment(None);
    let mut cloud_id = None;
    let host = site.host_str().unwrap_or_default().to_owned();
    // The sandbox has the gateway's path, too.
    if host == GATEWAY_HOST || (is_loopback(&site) && site.path().starts_with("/ex/jira/")) {
        let path: Vec<&str> = site.path().split('/').filter(|it| !it.is_empty()).collect();
        let ["ex", "jira", id, ..] = path[..] else {
            return Err(wrong(
                "is the gateway without a site; write `URL=https://SITE.atlassian.net` and `CloudId=…`",
            ));
        };
        cloud_id = Some(id.to_owned());
        let path = format!("/ex/jira/{id}");
        site.set_path(&path);
    } else {
        let path = context_path(&site);
        site.set_path(&path);
    }
    check_encryption(&site, encryption)?;
    Ok(Address { site, cloud_id })
}

/// Puts `Host` and `Port` together.
pub(super) fn from_host(
    host: &str,
    port: Option<u16>,
    encryption: Encryption,
) -> Result<Url, ConnectionError> {
    let wrong = |problem: &str| ConnectionError::Address { key: "`Host`", problem: problem.to_owned() };
    let host = host.trim();
    if host.contains(['/', '@', '?', '#']) {
        return Err(wrong("is more than a host name; write the whole address as `URL`"));
    }
    let scheme = if encryption == Encryption::Waived { "http" } else { "https" };
    let bracketed = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    let mut site = Url::parse(&format!("{scheme}://{bracketed}"))
        .map_err(|error| wrong(&format!("is no host name ({error})")))?;
    if let Some(port) = port {
        if site.port().is_some() {
            return Err(wrong("holds a port already; write it there or as `Port`"));
        }
        // Fails only for addresses that can have no port, which http addresses are not.
        let _ = site.set_port(Some(port));
    }
    check_encryption(&site, encryption)?;
    Ok(site)
}

/// Whether an address is this machine, so that what is sent to it stays here.
pub(super) fn is_loopback(site: &Url) -> bool {
    match site.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip: Ipv4Addr| ip.is_loopback())
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Whether a site is one of Atlassian's Cloud sites by its name. Sites with a domain of their own can't be told.
pub(super) fn is_cloud(site: &Url) -> bool {
    site.host_str().is_some_and(|host| {
        host == GATEWAY_HOST || host.ends_with(".atlassian.net") || host.ends_with(".jira.com")
    })
}

fn check_encryption(site: &Url, encryption: Encryption) -> Result<(), ConnectionError> {
    if site.scheme() == "https" || encryption == Encryption::Waived {
        return Ok(());
    }
    if encryption == Encryption::Required {
        return Err(ConnectionError::Conflict {
            first: "UseEncryptedEndpoints=true",
            second: "URL=http://…",
            advice: "write `https://`, or drop `UseEncryptedEndpoints`",
        });
    }
    if is_loopback(site) {
        return Ok(());
    }
    Err(ConnectionError::PlainHttp { host: site.host_str().unwrap_or_default().to_owned() })
}

/// The part of a path that is the site's and not a page's: `/jira` of `/jira/browse/X-1`. Cloud sites have none, and
/// `/jira/…` there is a page.
fn context_path(site: &Url) -> String {
    if is_cloud(site) {
        return String::new();
    }
    let segments = site.path().split('/').filter(|segment| !segment.is_empty());
    let own: Vec<&str> = segments.take_while(|segment| !OWN_PATHS.contains(segment)).collect();
    if own.is_empty() { String::new() } else { format!("/{}", own.join("/")) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn url(text: &str) -> String {
        from_url(text, Encryption::Unsaid).map_err(|error| error.to_string()).unwrap().site.to_string()
    }

    fn error(text: &str) -> String {
        from_url(text, Encryption::Unsaid).unwrap_err().to_string()
    }

    #[test]
    fn what_a_browser_shows_becomes_the_site() {
        for text in [
            "example.atlassian.net",
            "https://example.atlassian.net/",
            "https://example.atlassian.net/rest/api/3",
            "https://example.atlassian.net/browse/X-1?focusedId=2#comment",
            "https://example.atlassian.net/jira/software/projects/X/boards/1",
        ] {
            assert_eq!(url(text), "https://example.atlassian.net/", "{text}");
        }
        assert_eq!(url("https://tracker.example.org:8443"), "https://tracker.example.org:8443/");
    }

    #[test]
    fn a_context_path_is_kept() {
        for text in ["https://h/jira", "https://h/jira/", "h/jira/browse/X-1", "https://h/jira/rest/api/2/"] {
            assert_eq!(url(text), "https://h/jira", "{text}");
        }
        assert_eq!(url("https://h/tools/jira"), "https://h/tools/jira");
    }

    #[test]
    fn the_gateways_address_gives_the_cloud_id() {
        let address =
            from_url("https://api.atlassian.com/ex/jira/11-22/rest/api/3", Encryption::Unsaid).unwrap();
        assert_eq!(address.cloud_id.as_deref(), Some("11-22"));
        assert!(error("https://api.atlassian.com").contains("`CloudId=…`"));
    }

    #[test]
    fn credentials_go_over_plain_http_only_to_this_machine_or_where_it_is_written() {
        for text in ["http://127.0.0.1:8080", "http://localhost/jira", "http://[::1]:1", "http://a.localhost"]
        {
            url(text);
        }
        assert!(error("http://jira.example.org").contains("UseEncryptedEndpoints=false"));
        assert!(error("http://localhost.example.org").contains("`localhost.example.org`"));
        assert!(from_url("http://jira.example.org", Encryption::Waived).is_ok());
        assert!(from_url("http://127.0.0.1", Encryption::Required).is_err());
        assert_eq!(from_url("jira.local", Encryption::Waived).unwrap().site.scheme(), "http");
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_shown() {
        let error = error("https://me:hunter2@example.org");
        assert!(error.contains("`User`") && !error.contains("hunter2"), "{error}");
        assert!(!super::tests::error("https://me:hunter2@exa mple.org:99999").contains("hunter2"));
    }

    #[test]
    fn a_host_and_a_port_make_an_address() {
        let site = |host, port| from_host(host, port, Encryption::Unsaid).unwrap().to_string();
        assert_eq!(site("jira.example.org", None), "https://jira.example.org/");
        assert_eq!(site("::1", Some(8443)), "https://[::1]:8443/");
        assert!(from_host("https://x", None, Encryption::Unsaid).is_err());
    }
}
