//! Profiles: connections in a file, each opened on first use.

use std::fs;
use std::path::PathBuf;

use jirrow::sandbox::Sandbox;

use super::{CANARY, Desk, Run, USER, sandbox};

const COUNT: &str = "SELECT count(*) AS n FROM Projects";

/// A desk whose settings are this text.
fn desk(settings: &str) -> Desk {
    let desk = Desk::new();
    desk.write("home/.config/jirrow/config.toml", settings);
    private(desk.path().join("home/.config/jirrow/config.toml"));
    desk
}

fn private(path: PathBuf) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn profile(name: &str, sandbox: &Sandbox) -> String {
    format!("[profiles.{name}]\nURL = \"{}\"\nUser = \"{USER}\"\nAPIToken = \"${{CANARY}}\"\n", sandbox.url())
}

fn run(desk: &Desk, arguments: &[&str]) -> Run {
    let mut command = desk.command(arguments);
    super::finish({
        command.env("CANARY", CANARY);
        command
    })
}

/// Whether a site was asked for data.
fn was_asked(sandbox: &Sandbox) -> bool {
    let asked = !sandbox.requests().is_empty();
    sandbox.clear_requests();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_profile_is_where_tables_are_looked_up() {
    let sandbox = sandbox().await;
    let desk = desk(&profile("work", &sandbox));
    let run = run(&desk, &["sql", "--format", "csv", COUNT]).succeeds();
    assert!(run.stdout.starts_with("n\n") && was_asked(&sandbox), "{}", run.stdout);
    self::run(&desk, &["check"]).succeeds().stdout.find("Connection  work").expect("the profile's name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_nearer_says_where_tables_are_looked_up() {
    let (work, home, third) = (sandbox().await, sandbox().await, sandbox().await);
    let desk =
        desk(&format!("default_profile = \"work\"\n{}{}", profile("work", &work), profile("home", &home)));
    let connection = super::connection(&third);
    let environment = format!("URL={};User={USER};APIToken={CANARY}", third.url());
    let asked = || [&work, &home, &third].map(was_asked);
    let sql = |options: &[&str], variable: Option<&str>| {
        let mut command = desk.command(["sql", "--format", "csv", COUNT].iter().chain(options));
        command.env("CANARY", CANARY);
        if let Some(text) = variable {
            command.env("JIRROW_CONNECT", text);
        }
        super::finish(command).succeeds();
        asked()
    };
    assert_eq!(sql(&[], None), [true, false, false], "default_profile");
    assert_eq!(sql(&[], Some(&environment)), [false, false, true], "JIRROW_CONNECT before default_profile");
    assert_eq!(
        sql(&["--profile", "home"], Some(&environment)),
        [false, true, false],
        "--profile before that"
    );
    assert_eq!(
        sql(&["--connect", &connection], None),
        [false, false, true],
        "--connect before default_profile"
    );
    let both = ["--connect", connection.as_str(), "--profile", "home"];
    assert_eq!(sql(&both, None), [false, true, false], "--profile says which is the default");
    let hidden = format!("work={connection}");
    assert_eq!(
        sql(&["--connect", &hidden], None),
        [false, false, true],
        "a profile of the same name is hidden"
    );
    let both = ["sql", COUNT, "--profile", "work", "--connect", hidden.as_str()];
    run(&desk, &both).fails(2, &["two connections are called `work`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_opened_on_first_use_and_its_secret_read_then() {
    let (work, home) = (sandbox().await, sandbox().await);
    let settings = format!(
        "default_profile = \"work\"\n{}{}[profiles.broken]\nURL = \"{}\"\nUser = \"{USER}\"\n\
         APIToken = {{ file = \"no-such-file\" }}\n[profiles.unset]\nURL = \"${{NO_SUCH_VARIABLE}}\"\nAPIToken = 'x'\n",
        profile("work", &work),
        profile("home", &home),
        home.url(),
    );
    let desk = desk(&settings);
    run(&desk, &["sql", COUNT]).succeeds();
    assert_eq!([was_asked(&work), was_asked(&home)], [true, false]);
    let joined = "SELECT count(*) FROM Projects JOIN home.public.Projects AS other ON other.Id = Projects.Id";
    run(&desk, &["sql", joined]).succeeds();
    assert_eq!([was_asked(&work), was_asked(&home)], [true, true]);
    let broken = ["connection `broken`: ", "config.toml:13: profile `broken`: `APIToken`", "no-such-file"];
    run(&desk, &["sql", "SELECT * FROM broken.public.Projects"]).fails(1, &broken);
    let unset = ["config.toml:15: profile `unset`: `URL`", "`NO_SUCH_VARIABLE`"];
    run(&desk, &["sql", "--profile", "unset", COUNT]).fails(1, &unset);
    assert_eq!([was_asked(&work), was_asked(&home)], [false, false]);
    run(&desk, &["sql", "--profile", "broken", "SELECT 1"]).succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_file_lets_in_and_shows_nowhere() {
    let sandbox = sandbox().await;
    let desk = Desk::new();
    desk.write("settings/token", &format!("{CANARY}\n"));
    private(desk.path().join("settings/token"));
    let text = profile("work", &sandbox).replace("\"${CANARY}\"", "{ file = \"token\" }");
    desk.write("settings/jirrow.toml", &text);
    let arguments = ["check", "--config", "settings/jirrow.toml", "-v", "--log-format", "json"];
    let run = desk.run(arguments).succeeds();
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
    let line = run.stderr.lines().next().expect("a log");
    let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    assert_eq!((&line["event"], &line["status"]), (&"answered".into(), &200.into()));

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(desk.path().join("settings/token"), fs::Permissions::from_mode(0o644)).unwrap();
        let run = desk.run(["check", "--config", "settings/jirrow.toml"]).succeeds();
        assert!(run.stderr.contains("warning: `settings/token` holds a secret"), "{}", run.stderr);
        assert!(run.stderr.contains(", 1 warnings"), "{}", run.stderr);
        let strict = desk.run(["check", "--strict", "--config", "settings/jirrow.toml"]);
        assert_eq!(strict.code, Some(1), "{}", strict.stderr);
    }
}

#[test]
fn a_mistake_in_the_settings_names_file_and_line() {
    let desk = desk("[profiles.work]\nURL = 'https://x.example.org'\nUsr = 'me'\n");
    let words = ["config.toml:3: profile `work`: `Usr`", "nearest is `User`"];
    run(&desk, &["sql", "--sandbox", "SELECT 1"]).fails(2, &words);
    let desk = self::desk(&format!("[profiles.work]\nURL = 'https://x.example.org'\nAPIToken = {CANARY}\n"));
    run(&desk, &["sql", "SELECT 1"]).fails(2, &["config.toml:3: "]);
}

#[test]
fn settings_that_are_named_must_be_there() {
    let desk = Desk::new();
    desk.run(["sql", "--sandbox", "SELECT 1"]).succeeds();
    desk.run(["sql", "--sandbox", "--config", "none.toml", "SELECT 1"]).fails(2, &["`none.toml`"]);
    desk.run(["sql", "--sandbox", "--profile", "x", "SELECT 1"]).fails(2, &["no profile `x`"]);
    desk.run(["sql", "SELECT 1"]).fails(2, &["no connection", "--sandbox", "config.toml"]);
}

#[test]
fn one_of_several_profiles_must_be_chosen() {
    let desk = desk("[profiles.a]\nURL = 'x.example.org'\n[profiles.b]\nURL = 'y.example.org'\n");
    run(&desk, &["sql", "SELECT 1"]).fails(2, &["the profiles a, b", "--profile NAME", "default_profile"]);
}

#[test]
fn a_missing_secret_is_an_error_where_nobody_can_be_asked() {
    let desk = desk("[profiles.a]\nURL = 'https://x.example.org'\nUser = 'me@example.org'\n");
    let words = ["config.toml:1: profile `a`", "`User` has no `APIToken`", "APIToken=…"];
    run(&desk, &["sql", COUNT]).fails(1, &words);
    run(&desk, &["sql", "SELECT 1"]).succeeds();
}

#[test]
fn the_schema_of_the_settings_is_there_for_editors() {
    let run = Desk::new().run(["schema", "config"]).succeeds();
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(schema["properties"]["profiles"].is_object(), "{}", run.stdout);
}
