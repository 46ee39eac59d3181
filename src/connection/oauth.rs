//! Where an OAuth client gets its tokens. No key of a connection says so: a secret goes to Atlassian's own server or to the
//! site itself, and a mistake in an address can send it nowhere else.

use url::Url;

use super::{Connection, address};

/// Atlassian's authorisation server.
const CLOUD: &str = "https://auth.atlassian.com";

/// The server that gives tokens to a connection's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthServer {
    /// `POST /oauth/token`, in JSON. Its tokens are good at the gateway, so the site's cloud id is needed.
    Cloud,
    /// The site's own `POST /rest/oauth2/latest/token`, as a form.
    DataCenter,
    /// A site on this machine, which can be of either kind: that it tells a cloud id makes it the first.
    Unknown,
}

impl Connection {
    /// The kind of server that gives tokens for this site, as far as its address says.
    pub fn oauth_server(&self) -> OAuthServer {
        match self.is_cloud() {
            true => OAuthServer::Cloud,
            false if address::is_loopback(&self.site) => OAuthServer::Unknown,
            false => OAuthServer::DataCenter,
        }
    }

    /// The origin of a Cloud site's tokens: Atlassian's server, or this machine if the site is there.
    pub fn token_origin(&self) -> String {
        match self.is_loopback() {
            true => self.site.origin().ascii_serialization(),
            false => CLOUD.to_owned(),
        }
    }

    /// The gateway's address for this site and a cloud id that the site told. None for what can be no id.
    pub fn gateway_for(&self, cloud_id: &str) -> Option<Url> {
        super::settings::check_cloud_id(cloud_id)?;
        super::Gateway::to(Some(&self.site), cloud_id.to_owned()).ok().map(|gateway| gateway.address)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn connection(text: &str) -> Connection {
        Connection::parse(&format!("{text};OAuthClientId=i;OAuthClientSecret=s"), &|_| None).unwrap()
    }

    #[test]
    fn secrets_go_to_atlassian_or_to_the_site_itself() {
        for (text, server, origin) in [
            ("URL=x.atlassian.net", OAuthServer::Cloud, CLOUD),
            ("URL=jira.example.org;CloudId=1-2", OAuthServer::Cloud, CLOUD),
            ("CloudId=1-2", OAuthServer::Cloud, CLOUD),
            ("URL=jira.example.org/jira", OAuthServer::DataCenter, CLOUD),
            ("URL=http://127.0.0.1:7/x", OAuthServer::Unknown, "http://127.0.0.1:7"),
            ("URL=http://127.0.0.1:7;CloudId=1-2", OAuthServer::Cloud, "http://127.0.0.1:7"),
        ] {
            let it = connection(text);
            assert_eq!((it.oauth_server(), it.token_origin().as_str()), (server, origin), "{text}");
        }
        let gateway = |text, id| connection(text).gateway_for(id).map(|url| url.to_string());
        let cloud = "https://api.atlassian.com/ex/jira/1-2";
        assert_eq!(gateway("URL=x.atlassian.net", "1-2").as_deref(), Some(cloud));
        assert_eq!(gateway("URL=http://[::1]:7", "1-2").as_deref(), Some("http://[::1]:7/ex/jira/1-2"));
        assert_eq!(gateway("URL=x.atlassian.net", "../1"), None);
    }
}
