//! What a connection string comes to, as a user would write it.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use super::*;

fn parse(text: &str) -> Result<Connection, ConnectionError> {
    Connection::parse(text, &|name| (name == "JIRA_TOKEN").then(|| "tok3n".to_owned()))
}

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_shortest_string_has_the_documented_defaults() {
    let it = parse("URL=example.atlassian.net;User=me@example.com;APIToken=${JIRA_TOKEN}").unwrap();
    assert_eq!((it.name.as_str(), it.base()), ("jira", "https://example.atlassian.net"));
    assert!(
        matches!(&it.auth, Auth::Basic { user, secret } if user == "me@example.com" && secret.expose() == "tok3n")
    );
    assert_eq!(it.timeout, Duration::from_mins(1));
    assert_eq!(it.budget, BudgetLimits { max_concurrency: 5, max_requests_per_second: None });
    assert_eq!(it.retry.max_retries, 4);
    assert_eq!((it.retry.delay, it.retry.max_wait), (Duration::from_secs(2), Duration::from_hours(1)));
    assert_eq!((it.max_page_bytes, it.on_parent_error), (67_108_864, OnParentError::Fail));
    assert_eq!((it.time_zone, it.read_only), (TimeZone::Zone(chrono_tz::Tz::UTC), true));
    assert!(it.warnings().is_empty() && it.is_cloud() && !it.is_loopback());
}

#[test]
fn every_key_is_understood() {
    let it = parse(
        "dc=Service=Jira;Host=jira.example.org;Port=8443;Password=pat;AuthScheme=pat;CaFile=ca.pem;\
         UseHostVerification=no;Timeout=1.5;MaxConcurrency=3;MaxRequestsPerSecond=0.5;MaxRetries=0;RetryDelay=0;\
         MaxWait=10;MaxPageBytes=2 MiB;TimeZone=europe/berlin;OnParentError=WARN;ReadOnly=false;Other='BatchSize=1,A=b'",
    )
    .unwrap();
    assert_eq!((it.name.as_str(), it.base()), ("dc", "https://jira.example.org:8443"));
    assert!(matches!(&it.auth, Auth::Bearer { secret } if secret.expose() == "pat"));
    assert_eq!(it.tls.host, HostVerification::Off);
    assert_eq!(it.timeout, Duration::from_millis(1500));
    assert_eq!(it.budget, BudgetLimits { max_concurrency: 3, max_requests_per_second: Some(0.5) });
    assert_eq!(
        it.retry,
        RetryPolicy { max_retries: 0, delay: Duration::ZERO, max_wait: Duration::from_secs(10) }
    );
    assert_eq!((it.max_page_bytes, it.on_parent_error), (2 << 20, OnParentError::Warn));
    assert_eq!((it.time_zone, it.read_only), (TimeZone::Zone(chrono_tz::Europe::Berlin), false));
    let warnings = it.warnings().join("\n");
    assert!(
        warnings.contains("UseHostVerification=false") && warnings.contains("`BatchSize` in `Other`"),
        "{warnings}"
    );
}

#[test]
fn a_cloud_id_sends_requests_through_the_gateway() {
    let it = parse("URL=https://example.atlassian.net;CloudId=11-22;User=a@b.c;APIToken=x").unwrap();
    assert_eq!(it.base(), "https://api.atlassian.com/ex/jira/11-22");
    assert_eq!(it.site.as_str(), "https://example.atlassian.net/");
    let it = parse("CloudId=11-22;User=a@b.c;APIToken=x").unwrap();
    assert_eq!(it.base(), "https://api.atlassian.com/ex/jira/11-22");
    let it = parse("URL=https://api.atlassian.com/ex/jira/11-22/;APIToken=x").unwrap();
    assert_eq!(it.base(), "https://api.atlassian.com/ex/jira/11-22");
    assert!(error("CloudId=../x;APIToken=x").contains("tenant_info"));
}

#[test]
fn a_site_on_this_machine_has_its_gateway_there() {
    for text in [
        "URL=http://127.0.0.1:8080;CloudId=11-22;APIToken=x",
        "URL=http://127.0.0.1:8080/ex/jira/11-22;APIToken=x",
    ] {
        let it = parse(text).unwrap();
        assert_eq!(it.base(), "http://127.0.0.1:8080/ex/jira/11-22");
        assert!(it.is_loopback() && it.gateway.is_some_and(|it| it.cloud_id == "11-22"));
    }
}

#[test]
fn an_oauth_client_asks_with_its_id_and_secret_alone() {
    for text in [
        "URL=x;AuthScheme=oauthclient;OAuthClientId=i;OAuthClientSecret=s",
        "URL=x;OAuthClientId=i;OAuth Client Secret=s",
    ] {
        let it = parse(text).unwrap();
        assert!(
            matches!(&it.auth, Auth::OAuthClient { id, secret } if (id.expose(), secret.expose()) == ("i", "s"))
        );
        assert!(it.warnings().is_empty() && !format!("{it:?}").contains("\"s\""));
    }
    assert!(error("URL=x;AuthScheme=OAuthClient;OAuthClientId=i").contains("`OAuthClientSecret`"));
    assert!(error("URL=x;AuthScheme=OAuthClient;APIToken=i").contains("exclude each other"));
    let it = parse("URL=x;User=u;APIToken=t;OAuthClientId=i").unwrap();
    assert!(it.warnings()[0].contains("no effect"), "{:?}", it.warnings());
}

#[test]
fn missing_credentials_say_which_keys_to_write_and_where_a_token_is_made() {
    for text in ["URL=x.atlassian.net", "URL=x.atlassian.net;User=a@b.c", "URL=x;AuthScheme=Basic;APIToken=y"]
    {
        let error = error(text);
        assert!(
            error.contains("`User=") && error.contains("APIToken=") && error.contains("api-tokens"),
            "{error}"
        );
    }
    assert!(error("APIToken=x").contains("`URL="));
    assert!(error("").contains("URL="));
}

#[test]
fn a_misspelt_value_names_the_nearest() {
    let login = "URL=x;APIToken=y";
    assert!(error(&format!("{login};OnParentError=wrn")).ends_with("did you mean `warn`?"));
    assert!(error(&format!("{login};TimeZone=Europe/Berln")).ends_with("did you mean `Europe/Berlin`?"));
    assert!(error(&format!("{login};AuthScheme=Basik")).ends_with("did you mean `Basic`?"));
    assert!(error(&format!("{login};ReadOnly=ture")).ends_with("did you mean `true`?"));
    assert_eq!(
        error(&format!("{login};MaxRetries=many")),
        "`many` is no value of `MaxRetries`, which is a whole number from 0 to 20"
    );
    for text in [
        "Timeout=0",
        "Timeout=NaN",
        "Timeout=inf",
        "MaxConcurrency=0",
        "MaxPageBytes=0",
        "MaxPageBytes=99999999999 GiB",
        "RetryDelay=-1",
    ] {
        assert!(error(&format!("{login};{text}")).contains("is no value of"), "{text}");
    }
    assert!(error(&format!("{login};AuthScheme=OAuthClent")).ends_with("did you mean `OAuthClient`?"));
}

#[test]
fn protections_that_are_off_warn_on_every_run() {
    let it = parse("URL=http://jira.example.org;UseEncryptedEndpoints=false;UsePeerVerification=0;APIToken=x;MaxConcurrency=50").unwrap();
    let warnings = it.warnings();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(error("URL=x;APIToken=y;UseHostVerification=false").contains("CaFile"));
}

#[test]
fn no_output_of_a_connection_shows_the_secret() {
    let it = parse("URL=x;User=me;Password='hunter;2';Other='x=hunter2'").unwrap();
    let debug = format!("{it:?} {it:#?}");
    assert!(!debug.contains("hunter") && debug.contains("***"), "{debug}");
    for text in [
        "URL=x;User=me;Password=\"hunter\n2\"",
        "URL=x;Password='hunter 2'",
        "URL=x;User=me;Password=hunter;APIToken=hunter",
        "URL=http://hunter:hunter@x;APIToken=x",
        "URL=x;Other=hunter;APIToken=x",
    ] {
        assert!(!error(text).contains("hunter"), "{text}");
    }
    assert!(!error("URL=x;APIToken=y;MaxRetries=${JIRA_TOKEN}").contains("tok3n"));
}

mod properties {
    use base64::Engine as _;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(?s).{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("URL=x;APIToken={text}"));
            let _ = parse(&format!("APIToken=y;URL={text}"));
        }

        #[test]
        fn a_quoted_value_comes_back_as_it_was(secret in "[ -~]{0,20}[!-~]") {
            let secret = secret.trim().to_owned();
            let quoted = secret.replace('\'', "\'\'").replace("${", "$${");
            let it = parse(&format!("URL=x;User=u;Password='{quoted}';Timeout=9")).unwrap();
            prop_assert!(matches!(&it.auth, Auth::Basic { secret: read, .. } if read.expose() == secret), "{quoted}");
            prop_assert_eq!(it.timeout, Duration::from_secs(9));
        }

        #[test]
        fn no_form_of_a_secret_survives_redaction(
            secret in "[!-~]{8,40}",
            before in "[a-z ]{0,9}",
            after in "[a-z ]{0,9}",
        ) {
            let standard = base64::engine::general_purpose::STANDARD;
            let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
            let it = parse(&format!("URL=x;User=u@v;Password='{}'", secret.replace('\'', "\'\'").replace("${", "$${")))
                .unwrap();
            for form in [
                secret.clone(),
                standard.encode(&secret),
                url_safe.encode(&secret),
                url_safe.encode(format!("u@v:{secret}")),
                utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string(),
                url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
                serde_json::to_string(&secret).unwrap(),
            ] {
                let clean = it.redactor().redact(&format!("{before}{form}{after}"));
                prop_assert!(clean.contains(MASK) && !clean.contains(&form), "{form}: {clean}");
            }
        }
    }
}

#[test]
fn custom_fields_are_called_by_name_and_kept_for_an_hour_unless_it_says_otherwise() {
    let it = parse("URL=x;APIToken=t").unwrap();
    assert_eq!((it.custom_field_names, it.metadata_ttl), (CustomFieldNames::Name, Duration::from_hours(1)));
    let it = parse("URL=x;APIToken=t;customfieldnames=ID;MetadataTtl=0").unwrap();
    assert_eq!((it.custom_field_names, it.metadata_ttl), (CustomFieldNames::Id, Duration::ZERO));
    for (text, part) in
        [("CustomFieldNames=ids", "`name` or `id`"), ("MetadataTtl=-1", "a number of seconds")]
    {
        let error = parse(&format!("URL=x;APIToken=t;{text}")).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
