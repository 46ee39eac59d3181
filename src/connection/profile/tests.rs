//! What the file of settings comes to, as a user would write it.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use super::*;
use crate::connection::{Auth, Connection};

fn parse(text: &str) -> Result<Profiles, ProfileError> {
    Profiles::parse(Path::new("/home/me/config.toml"), text)
}

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn open(profile: &Profile) -> Result<Connection, ProfileError> {
    let env = |name: &str| (name == "TOKEN").then(|| "tok3n".to_owned());
    let (draft, _) = profile.draft(&env)?;
    draft.connection().map_err(|e| profile.explained(&e))
}

#[test]
fn a_profile_has_the_keys_of_a_connection_string_in_any_spelling() {
    let it = parse(
        "default_profile = \"work\"\n[profiles.work]\nurl = \"example.atlassian.net\"\nUser = \"me\"\n\
         api_token = \"${TOKEN}\"\nMaxConcurrency = 3\nMaxRequestsPerSecond = 0.5\nReadOnly = false\n\
         Timezone = \"Europe/Berlin\"\n[profiles.other]\nAPIToken = 'x'\n",
    )
    .unwrap();
    assert_eq!((it.default_name(), it.names().collect::<Vec<_>>()), (Some("work"), vec!["other", "work"]));
    let work = it.get("work").unwrap();
    assert_eq!(work.time_zone(&|_| None), TimeZone::Zone(chrono_tz::Europe::Berlin));
    let same = "work=URL=example.atlassian.net;User=me;APIToken=tok3n;MaxConcurrency=3;MaxRequestsPerSecond=0.5;\
                ReadOnly=false;TimeZone=Europe/Berlin";
    let same = Connection::parse(same, &|_| None).unwrap();
    assert_eq!(format!("{:?}", open(work).unwrap()), format!("{same:?}"));
    assert_eq!(
        it.get("wrk").unwrap_err().to_string(),
        "no profile `wrk` in `/home/me/config.toml`; it has `other`, `work`"
    );
}

#[test]
fn the_only_profile_is_the_default_and_one_of_several_must_be_named() {
    let default = |text: &str| parse(text).unwrap().default_name().map(str::to_owned);
    assert_eq!(default("[profiles.a]\nURL='x'").as_deref(), Some("a"));
    assert_eq!(default("[profiles.a]\nURL='x'\n[profiles.b]\nURL='x'"), None);
    assert_eq!(default(""), None);
}

#[test]
fn a_mistake_is_told_with_file_line_and_what_was_meant() {
    for (text, words) in [
        (
            "\n[profiles.a]\nUlr = 'x'",
            "/home/me/config.toml:3: profile `a`: `Ulr` is no key of a connection; the nearest is `URL`",
        ),
        ("[profiles.a]\nURL = 'x'\nUri = 'y'", "config.toml:3: profile `a`: `URL` is written twice"),
        ("[profiles.a]\nURL = ['x']", "config.toml:2: profile `a`: `URL` is a text, a number"),
        ("[profiles.a]\nURL = { file = 'x' }", "config.toml:2: profile `a`: `URL` is no secret"),
        (
            "[profiles.a]\nToken = { path = 'x' }",
            "config.toml:2: profile `a`: `APIToken` is a text or `{ file",
        ),
        ("[profiles.a]\nToken = {}", "config.toml:2: profile `a`: `APIToken` has no `file`"),
        ("[profiles.'a b']\n", "config.toml:1: `a b` is no name of a profile"),
        ("[profile.a]\n", "config.toml:1: `profile` is no setting; the nearest is `profiles`"),
        ("default_profile = 'b'\n[profiles.a]\n", "config.toml:1: there is no profile `b`; there are `a`"),
        ("profiles = 1", "config.toml:1: `profiles` is a table"),
        ("[profiles]\na = 1", "config.toml:2: `a` is a table"),
        ("[profiles.a]\nURL = x", "config.toml:2: "),
    ] {
        let error = error(text);
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn a_wrong_value_is_told_with_its_line_when_the_profile_is_opened() {
    for (text, words) in [
        (
            "[profiles.a]\nURL = 'x'\nToken = 't'\nTimeout = 'soon'",
            ":4: profile `a`: `soon` is no value of `Timeout`",
        ),
        ("\n[profiles.a]\nURL = 'x'", ":2: profile `a`: the credentials are missing"),
        (
            "[profiles.a]\nURL = 'x'\nToken = '${NOPE}'",
            ":3: profile `a`: `APIToken` refers to the environment variable `NOPE`",
        ),
        (
            "[profiles.a]\nToken = 't'\nURL = 'http://x.org'",
            ":3: profile `a`: `x.org` is reached over plain http",
        ),
        (
            "[profiles.a]\nURL = 'x'\n\nToken = { file = 'none' }",
            ":4: profile `a`: `APIToken`: can't read the secret in `/home/me/none`",
        ),
    ] {
        let profiles = parse(text).unwrap();
        let error = open(profiles.get("a").unwrap()).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn no_mistake_shows_a_secret() {
    for text in [
        "[profiles.a]\nToken = hunter2",
        "[profiles.a]\nToken = 'hunter2",
        "[profiles.a]\nToken = 'hunter2'x",
        "[profiles.a]\nToken = ['hunter2']",
        "[profiles.a]\nToken = { hunter2 = 1 }",
    ] {
        let error = error(text);
        assert!(!error.contains("hunter"), "{error}");
    }
    assert!(!format!("{:?}", parse("[profiles.a]\nToken = 'hunter2'").unwrap()).contains("hunter"));
}

#[test]
fn a_secret_file_is_read_when_the_profile_is_opened_and_without_the_line_break_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[profiles.a]\nURL = 'x'\nAPIToken = { file = 'token' }";
    let profiles = Profiles::parse(&folder.path().join("config.toml"), text).unwrap();
    let profile = profiles.get("a").unwrap();
    for (content, secret) in [("s3cret\n", Some("s3cret")), ("\n", None), ("two\nlines", None)] {
        std::fs::write(folder.path().join("token"), content).unwrap();
        let opened = open(profile);
        let read = opened.as_ref().ok().map(|it| match &it.auth {
            Auth::Bearer { secret } => secret.expose(),
            _ => "",
        });
        assert_eq!(read, secret, "{content:?}: {opened:?}");
        assert!(!format!("{opened:?}").contains("lines"));
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_a_secret_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let warnings = |text: &str, mode| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        Profiles::read(&file).unwrap().warnings().join("\n")
    };
    let plain = "[profiles.a]\nURL='x'\nToken='t'";
    assert!(warnings(plain, 0o644).contains("mode 644"), "{}", warnings(plain, 0o644));
    assert!(warnings(plain, 0o640).contains("chmod 600"));
    assert_eq!(warnings(plain, 0o600), "");
    assert_eq!(warnings("[profiles.a]\nURL='x'\nToken='${T}'\nPassword={ file = 'x' }", 0o644), "");
}

#[test]
fn the_json_schema_knows_every_key() {
    let schema = profiles_json_schema();
    let keys = &schema["properties"]["profiles"]["additionalProperties"]["properties"];
    for key in keys::KEYS {
        assert!(keys[key.name]["description"].is_string(), "{}", key.name);
    }
    assert!(keys["APIToken"]["anyOf"].is_array() && keys["URL"]["anyOf"].is_null());
}
