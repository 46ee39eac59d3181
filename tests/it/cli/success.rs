//! What works: where data and words go, the formats, the commands.

use std::process::Stdio;

use jirrow::sandbox::model::Caller;
use serde_json::Value;

use super::{Desk, canary_forms, connection, ended, sandbox, signal, wait_until};

const PROJECTS: &str = "SELECT Id, Key FROM Projects ORDER BY Id";

/// The README's first query.
const WORKLOGS: &str =
    "SELECT Id, IssueId, IssueKey, Comment, Started, TimeSpent, TimeSpentSeconds FROM Worklogs";

#[tokio::test(flavor = "multi_thread")]
async fn data_goes_to_stdout_and_the_summary_to_stderr() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let run = desk.sql(&sandbox, &["--format", "csv", PROJECTS]).succeeds();
    let visible = sandbox.site().projects.iter().filter(|p| p.audience.includes(Caller::Demo)).count();
    assert_eq!(run.stdout.lines().count(), visible + 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("Id,Key\n"), "{}", run.stdout);
    let summary: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(summary.len(), 1, "{}", run.stderr);
    for part in [&format!("{visible} rows, "), " requests (0 retries)", " KiB, ", " s, ", "0 warnings"] {
        assert!(summary[0].contains(part), "`{part}` is not in: {}", summary[0]);
    }
}

#[test]
fn the_first_command_of_the_readme_writes_a_file_with_all_rows() {
    let desk = Desk::new();
    let run = desk.run(["sql", "--sandbox", "-o", "worklogs.parquet", WORKLOGS]).succeeds();
    let site = jirrow::sandbox::generate(1, 2_000);
    let rows = site.visible_worklogs(Caller::Demo).count().to_string();
    let last = run.stderr.lines().last().unwrap_or_default().replace(',', "");
    assert!(last.starts_with(&format!("{rows} rows ")), "{rows} rows were expected: {}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(desk.files(), ["worklogs.parquet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_goes_to_stdout() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let of = |format: &str| desk.sql(&sandbox, &["--format", format, PROJECTS]).succeeds();
    let rows = of("csv").stdout.lines().count() - 1;

    let table = of("table").stdout;
    assert!(table.contains(" Key") && table.contains('│'), "{table}");
    assert_eq!(table.lines().count(), rows + 2, "{table}");
    let markdown = of("markdown").stdout;
    assert!(markdown.starts_with("| Id"), "{markdown}");
    assert_eq!(markdown.lines().count(), rows + 2, "{markdown}");
    let json: Value = serde_json::from_str(&of("json").stdout).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(rows));
    assert!(json[0]["Id"].is_i64() && json[0]["Key"].is_string(), "{json}");
    let lines = of("ndjson").stdout;
    assert_eq!(lines.lines().filter(|l| serde_json::from_str::<Value>(l).is_ok()).count(), rows, "{lines}");
    assert!(of("parquet").bytes.ends_with(b"PAR1"));
    assert!(of("arrow").bytes.ends_with(b"ARROW1"));
    assert_eq!(desk.files(), [] as [&str; 0], "nothing but stdout was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_extension_says_the_format_of_a_file() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    for (name, begins) in [
        ("a.csv", "Id,Key\n"),
        ("a.json", "[\n{\"Id\":"),
        ("a.ndjson", "{\"Id\":"),
        ("a.jsonl", "{\"Id\":"),
        ("a.arrow", "ARROW1"),
        ("a.parquet", "PAR1"),
        ("a.md", "| Id"),
        ("a.txt", " "),
    ] {
        let run = desk.sql(&sandbox, &["-o", name, PROJECTS]).succeeds();
        assert_eq!(run.stdout, "", "{name}");
        let bytes = desk.read(name);
        assert!(bytes.starts_with(begins.as_bytes()), "{name}: {}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(desk.files().len(), 8, "{:?}", desk.files());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_replaced() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    desk.write("a.csv", "old");
    desk.sql(&sandbox, &["-o", "a.csv", PROJECTS]).succeeds();
    assert!(desk.read("a.csv").starts_with(b"Id,Key\n"));
    assert_eq!(desk.files(), ["a.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_come_from_a_file_or_from_stdin() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let expected = desk.sql(&sandbox, &["--format", "csv", PROJECTS]).succeeds().stdout;
    desk.write("q.sql", &format!("-- a comment\n{PROJECTS};\n"));
    assert_eq!(desk.sql(&sandbox, &["--format", "csv", "-f", "q.sql"]).succeeds().stdout, expected);
    let arguments = ["sql", "--connect", &connection(&sandbox), "--format", "csv"];
    assert_eq!(desk.run_with_input(&arguments, PROJECTS).succeeds().stdout, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_may_stand_in_the_environment() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let mut command = desk.command(["sql", "--format", "csv", "SELECT count(*) AS n FROM Projects"]);
    command.env("JIRROW_CONNECT", "URL=${SITE};User=demo@example.com;APIToken=${TOKEN}");
    command.env("SITE", sandbox.url()).env("TOKEN", super::CANARY);
    let run = super::finish(command).succeeds();
    assert!(run.stdout.starts_with("n\n"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_on_the_command_line_is_read_and_not_that_of_the_environment() {
    let (desk, production, named) = (Desk::new(), sandbox().await, sandbox().await);
    let other = connection(&named);
    for arguments in [
        &["sql", "--sandbox", "SELECT count(*) FROM Projects"][..],
        &["check", "--sandbox"],
        &["sql", "--connect", &other, "SELECT count(*) FROM Projects"],
        &["sql", "--connect", &format!("named={other}"), "SELECT count(*) FROM Projects"],
    ] {
        let mut command = desk.command(arguments);
        command.env("JIRROW_CONNECT", connection(&production));
        super::finish(command).succeeds();
    }
    assert!(production.requests().is_empty(), "{:?}", production.requests());
    assert!(!named.requests().is_empty());
    let help = desk.run(["sql", "--help"]).succeeds().stdout;
    assert!(help.contains("JIRROW_CONNECT"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_select_prints_and_with_a_file_only_the_last_is_written() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let text = "SET datafusion.execution.batch_size = 100; SELECT 1 AS first; SELECT 2 AS second";
    let run = desk.sql(&sandbox, &["--format", "csv", text]).succeeds();
    assert_eq!(run.stdout, "first\n1\nsecond\n2\n");
    let run = desk.sql(&sandbox, &["-o", "a.csv", text]).succeeds();
    assert_eq!(run.stdout, "");
    assert_eq!(desk.read("a.csv"), b"second\n2\n");
    // The last that gives rows, and not the last of all.
    let text = "SELECT 1 AS first; SELECT 2 AS second; SET datafusion.execution.batch_size = 100";
    desk.sql(&sandbox, &["-o", "b.csv", text]).succeeds();
    assert_eq!(desk.read("b.csv"), b"second\n2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_written_is_not_read() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let skipped = "SELECT IssueKey FROM Worklogs UNION ALL SELECT IssueKey FROM Comments";
    let explained = "EXPLAIN ANALYZE SELECT * FROM Users";
    let text = format!("{skipped}; {explained}; SELECT 2 AS second");
    desk.sql(&sandbox, &["-o", "a.csv", &text]).succeeds();
    assert_eq!(desk.read("a.csv"), b"second\n2\n");
    // What the site is, is asked by the login where its address does not say it.
    let asked: Vec<String> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(asked, ["/rest/api/3/myself"]);
}

#[test]
fn a_format_that_is_named_goes_before_the_extension_and_help_says_so() {
    let desk = Desk::new();
    desk.run(["sql", "--sandbox", "-o", "a.txt", "--format", "csv", "SELECT 1 AS a"]).succeeds();
    assert_eq!(desk.read("a.txt"), b"a\n1\n");
    let help = desk.run(["sql", "-h"]).succeeds().stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("without it the extension of -o's file decides"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_asks_the_site_for_no_data() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let run = desk.sql(&sandbox, &["EXPLAIN SELECT Id, TimeSpentSeconds FROM Worklogs"]).succeeds();
    for part in ["GET /rest/api/3/worklog/updated", "POST /rest/api/3/worklog/list", "requests=", "chain="] {
        assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
    }
    let asked: Vec<String> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert!(asked.iter().all(|path| path.ends_with("/myself")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_says_nothing_and_verbose_says_each_request() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let quiet = desk.sql(&sandbox, &["--quiet", "--format", "csv", PROJECTS]).succeeds();
    assert_eq!(quiet.stderr, "");
    let verbose = desk.sql(&sandbox, &["-v", "--format", "csv", PROJECTS]).succeeds();
    assert_eq!(verbose.stdout, quiet.stdout);
    for line in ["GET /rest/api/3/myself 200 ", "GET /rest/api/3/project/search?"] {
        assert!(verbose.stderr.contains(line), "{}", verbose.stderr);
    }
    let together = desk.run(["tables", "-q", "-v"]);
    assert_eq!(together.code, Some(2), "{}", together.stderr);
}

/// A connection that warns on every run.
fn greedy(sandbox: &jirrow::sandbox::Sandbox) -> String {
    format!("{};MaxConcurrency=50", connection(sandbox))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_said_and_counted_and_is_a_failure_when_strict() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let arguments = ["sql", "--connect", &greedy(&sandbox), "--format", "csv", PROJECTS];
    let lax = desk.run(arguments).succeeds();
    assert!(lax.stderr.contains("warning: ") && lax.stderr.contains("MaxConcurrency"), "{}", lax.stderr);
    assert!(lax.stderr.contains("1 warnings"), "{}", lax.stderr);
    let strict = desk.run(arguments.iter().chain(&["--strict"])).fails_in_the_end(1, &["--strict"]);
    assert_eq!(strict.stdout, lax.stdout, "the rows are printed all the same");
    let quiet = desk.run(arguments.iter().chain(&["--strict", "-q"])).fails_in_the_end(1, &["--strict"]);
    assert!(!quiet.stderr.contains("warning: "), "{}", quiet.stderr);
    desk.sql(&sandbox, &["--strict", PROJECTS]).succeeds();
}

#[test]
fn tables_lists_all_or_those_that_fit() {
    let desk = Desk::new();
    let all = desk.run(["tables"]).succeeds().stdout;
    for name in ["Comments", "Fields", "Issues", "Projects", "Users", "Worklogs"] {
        assert!(all.lines().any(|line| line.starts_with(name)), "{name} is not in:\n{all}");
    }
    let some = desk.run(["tables", "WORKLOG"]).succeeds().stdout;
    assert!(some.lines().count() < all.lines().count() && some.contains("Worklogs  "), "{some}");
    desk.run(["tables", "nothing-like-it"]).fails(1, &["nothing-like-it"]);
}

#[test]
fn describe_shows_a_table_by_any_of_its_names() {
    let desk = Desk::new();
    let page = desk.run(["describe", "Worklogs"]).succeeds().stdout;
    for part in [
        "Key           Id",
        "TimeSpentSeconds",
        "Int64",
        "Timestamp (UTC)",
        "Access paths",
        "Browse projects",
        "SELECT ",
    ] {
        assert!(page.contains(part), "`{part}` is not in:\n{page}");
    }
    assert_eq!(desk.run(["describe", "WORKLOG"]).succeeds().stdout, page);
    desk.run(["describe", "Worklgs"]).fails(1, &["`Worklgs`", "`Worklogs`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn describe_shows_what_the_connection_has_beside_the_files() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let page = |arguments: &[&str]| desk.run(["describe"].iter().chain(arguments)).succeeds().stdout;
    let connection = connection(&sandbox);
    let whole = page(&["Issues", "--connect", &connection]);
    assert!(whole.contains("Story Points") && !page(&["Issues"]).contains("Story Points"), "{whole}");
    let system = page(&["SYS_tables"]);
    assert!(system.contains("TableName") && system.contains("Utf8"), "{system}");
    assert_eq!(page(&["SYS_tables", "--connect", &connection]), system);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_reads_the_tables_of_every_connection_that_is_named() {
    let (desk, first, second) = (Desk::new(), sandbox().await, sandbox().await);
    second.fail_always("GET /rest/api/3/project/search", 403);
    let (first, second) = (connection(&first), format!("second={}", connection(&second)));
    let run = desk.run(["check", "--connect", &first, "--connect", &second]);
    let run = run.fails_in_the_end(1, &[" tables can't be read"]);
    let (one, other) = run.stdout.split_once("second").expect("both connections");
    // A port may have these digits, too.
    let is_refused = |said: &str| said.contains("answered 403 Forbidden");
    assert!(!is_refused(one) && is_refused(other), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_who_where_and_what_may_be_read() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let run = desk.run(["check", "--connect", &connection(&sandbox)]).succeeds();
    for part in ["Cloud", "Demo User", "Europe/Berlin", &sandbox.url()] {
        assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
    }
    let worklogs =
        |out: &str| out.lines().any(|it| it.starts_with("Worklogs ") && it.ends_with("  may be read"));
    assert!(worklogs(&run.stdout), "{}", run.stdout);
    sandbox.fail_always("GET /rest/api/3/field", 403);
    let run = desk.run(["check", "--connect", &connection(&sandbox)]).fails_in_the_end(1, &["1 of "]);
    assert!(run.stdout.contains("answered 403 Forbidden"), "{}", run.stdout);
    assert!(worklogs(&run.stdout), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_shows_names_as_they_are_and_escapes_what_steers_a_terminal() {
    let desk = Desk::new();
    let server = super::secrets::serve(|_| {
        let text = serde_json::json!({"accountId": "a", "displayName": "Zoë O'Brien \"Z\"\u{1b}[2J"});
        super::secrets::Reply::new(200, "application/json", text.to_string())
    })
    .await;
    let run = desk.run(["check", "--connect", &super::connection_to(&server.url)]);
    assert!(run.stdout.contains("Zoë O'Brien \"Z\"\\u{1b}[2J\n"), "{}", run.stdout);
}

#[test]
fn schema_table_prints_a_json_schema() {
    let schema: Value =
        serde_json::from_str(&Desk::new().run(["schema", "table"]).succeeds().stdout).expect("JSON");
    assert!(schema["properties"]["columns"].is_object(), "{schema}");
}

#[test]
fn help_and_version_go_to_stdout() {
    let desk = Desk::new();
    let help = desk.run(["--help"]).succeeds();
    assert!(
        help.stdout.contains("Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted"),
        "{}",
        help.stdout
    );
    let version = desk.run(["--version"]).succeeds();
    assert_eq!(version.stdout, format!("jirrow {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_sandbox_command_prints_its_connection_string_and_serves_until_it_is_interrupted() {
    let desk = Desk::new();
    let log = desk.path().join("connection");
    let mut command = desk.command(["sandbox", "--issues", "60"]);
    command.stdout(std::fs::File::create(&log).expect("a file")).stderr(Stdio::piped());
    let child = command.spawn().expect("the binary starts");
    wait_until("the connection string is there", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.ends_with('\n'))
    });
    let string = std::fs::read_to_string(&log).expect("a connection string");
    let count = "SELECT count(*) AS n FROM Issues";
    let run = desk.run(["sql", "--connect", string.trim(), "--format", "csv", count]).succeeds();
    assert_eq!(run.stdout, "n\n60\n");
    signal(&child, "INT");
    assert_eq!(ended(child).code, Some(130));
    let run = desk.run(["sql", "--connect", &format!("{};RetryDelay=0.01", string.trim()), count]);
    run.fails(1, &["found no connection"]);
}

#[test]
fn a_site_of_data_center_is_read_with_the_same_commands() {
    let desk = Desk::new();
    let log = desk.path().join("connection");
    let mut command = desk.command(["sandbox", "--issues", "60", "--deployment", "data-center"]);
    command.stdout(std::fs::File::create(&log).expect("a file")).stderr(Stdio::piped());
    let child = command.spawn().expect("the binary starts");
    wait_until("the connection string is there", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.ends_with('\n'))
    });
    let string = std::fs::read_to_string(&log).expect("a connection string");
    let run = desk.run(["check", "--connect", string.trim()]).succeeds();
    for line in ["Deployment  Data Center\n", "Version     10.3.4\n", "Account id  demo\n"] {
        assert!(run.stdout.contains(line), "no {line:?} in {}", run.stdout);
    }
    assert!(
        run.stdout
            .lines()
            .any(|it| it.starts_with("Labels ") && it.ends_with("does not exist on Data Center"))
    );
    let sql = "SELECT count(*) AS n FROM Issues i JOIN Users u ON u.AccountId = i.ReporterAccountId WHERE u.Name = 'demo' OR 1 = 1";
    let count = desk.run(["sql", "--connect", string.trim(), "--format", "csv", sql]).succeeds();
    assert_ne!(count.stdout, "n\n0\n");
    let run = desk.run(["sql", "--connect", string.trim(), "SELECT * FROM Labels"]);
    run.fails(1, &["`Labels` does not exist on Data Center"]);
    let described = desk.run(["describe", "Labels"]).succeeds();
    assert!(described.stdout.contains("Exists on     Cloud\n"), "{}", described.stdout);
    signal(&child, "INT");
    assert_eq!(ended(child).code, Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_custom_fields_is_kept_between_runs_until_it_is_refreshed() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let lists = |options: &[&str]| {
        sandbox.clear_requests();
        let sql = "SELECT count(StoryPoints) FROM Issues";
        desk.sql(&sandbox, &[&[sql], options].concat()).succeeds();
        sandbox.requests().iter().filter(|r| r.path.ends_with("/rest/api/3/field")).count()
    };
    assert_eq!((lists(&[]), lists(&[]), lists(&["--refresh"]), lists(&[])), (1, 0, 1, 0));
    let kept: Vec<_> = std::fs::read_dir(desk.cache().join("jirrow")).unwrap().collect();
    // The fields, and what the site is.
    assert_eq!(kept.len(), 2);
    for file in kept {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(canary_forms().iter().all(|form| !text.contains(form.as_str())), "a secret is kept: {text}");
    }
}

#[test]
fn of_the_sandbox_in_the_process_nothing_is_kept() {
    let desk = Desk::new();
    desk.run(["sql", "--sandbox", "SELECT count(StoryPoints) FROM Issues"]).succeeds();
    assert_eq!(std::fs::read_dir(desk.cache()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_and_the_time_zone_come_from_the_command_line() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let sql = "SELECT Key FROM Issues WHERE Key = $key; SELECT $Key AS k, date_trunc('day', TIMESTAMPTZ '2026-07-01T23:00:00Z') AS d";
    let run = desk
        .sql(&sandbox, &["--format", "csv", "--param", "key=PAY-5", "--time-zone", "europe/berlin", sql])
        .succeeds();
    assert_eq!(run.stdout, "Key\nPAY-5\nk,d\nPAY-5,2026-07-01T22:00:00.000Z\n");
    let by = |zone: &[&str]| {
        let count = "SELECT EXTRACT(hour FROM TIMESTAMPTZ '2026-07-01T23:00:00Z') AS h";
        let arguments: Vec<&str> = ["--format", "csv"].iter().chain(zone).copied().chain([count]).collect();
        desk.sql(&sandbox, &arguments).succeeds().stdout
    };
    assert_eq!(by(&[]), "h\n23\n");
    assert_eq!(by(&["--time-zone", "Asia/Tokyo"]), "h\n8\n");
    assert_eq!(by(&["--time-zone", "user"]), "h\n1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_open_to_the_command_line_unless_access_is_read() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let copy = "CREATE VIEW p AS SELECT Key, Name FROM Projects WHERE Key = 'PAY'; COPY p TO 'p.csv'";
    let run = desk.sql(&sandbox, &[copy]).succeeds();
    assert_eq!((run.stdout.as_str(), desk.files()), ("", vec!["p.csv".to_owned()]));
    assert!(run.stderr.starts_with("1 rows, "), "{}", run.stderr);
    let read = "SELECT KEY FROM 'p.csv'";
    assert_eq!(desk.sql(&sandbox, &["--format", "csv", read]).succeeds().stdout, "Key\nPAY\n");
    desk.sql(&sandbox, &["--access", "read", read]).fails(1, &["no file may be opened here"]);
}
