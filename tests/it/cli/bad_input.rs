//! What goes wrong: each time one clear paragraph on stderr, the promised exit code, and no file.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use jirrow::sandbox::{Sandbox, SandboxConfig};

use super::secrets::{Reply, serve};
use super::{CANARY, Desk, USER, connection, connection_to, finish, sandbox, sandbox_with};

const PROJECTS: &str = "SELECT Id, Key FROM Projects";

/// The run of `arguments` fails so, and leaves no file.
#[track_caller]
fn fails(arguments: &[&str], code: i32, words: &[&str]) {
    let desk = Desk::new();
    desk.run(arguments).fails(code, words);
    assert_eq!(desk.files(), [] as [&str; 0], "a failed run leaves no file");
}

/// As [`fails`], for `sql -o out.csv` on a connection.
#[track_caller]
fn sql_fails(connection: &str, sql: &str, code: i32, words: &[&str]) {
    fails(&["sql", "--connect", connection, "-o", "out.csv", sql], code, words);
}

#[test]
fn a_value_in_a_message_is_clipped_and_does_not_steer_the_terminal() {
    let sql = "SELECT CAST(chr(27) || '[2J' || chr(8238) || repeat('x', 2000) AS INT)";
    let run = Desk::new().run(["sql", "--sandbox", sql]).fails(1, &["\\u{1b}[2J\\u{202e}xxx", "…"]);
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']) && run.stderr.len() < 500, "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token() {
    let sandbox =
        Sandbox::start(SandboxConfig { issues: 60, ..SandboxConfig::default() }).await.expect("a sandbox");
    let wrong = connection(&sandbox);
    for sql in [PROJECTS, "SELECT Id FROM Worklogs", "SELECT count(*) FROM Issues"] {
        sql_fails(&wrong, sql, 1, &["401 Unauthorized", "`User`", "token"]);
    }
    fails(&["check", "--connect", &wrong], 1, &["401 Unauthorized"]);
    let bearer = format!("URL={};APIToken={CANARY};RetryDelay=0.01", sandbox.url());
    sql_fails(&bearer, PROJECTS, 1, &["401 Unauthorized", "The token is wrong or has expired"]);
}

#[test]
fn a_host_that_does_not_exist() {
    let connection = connection_to("https://no-such-host.invalid");
    sql_fails(&connection, PROJECTS, 1, &["`https://no-such-host.invalid`", "Check the host in `URL`"]);
}

#[test]
fn a_port_where_nobody_listens() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("an address").port()
    };
    let url = format!("http://127.0.0.1:{port}");
    sql_fails(
        &connection_to(&url),
        PROJECTS,
        1,
        &[&format!("`{url}`"), "Connection refused", "Check the host"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_a_web_page() {
    let page = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Who are you?</body></html>";
    let server = serve(move |_| Reply::new(200, "text/html;charset=UTF-8", page)).await;
    for sql in [PROJECTS, "SELECT Id FROM Worklogs"] {
        sql_fails(&connection_to(&server.url), sql, 1, &["with a web page instead of data", "login page"]);
    }
    fails(&["check", "--connect", &connection_to(&server.url)], 1, &["web page"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_no_json() {
    let server = serve(|_| Reply::new(200, "application/json", "{\"accountId\": ")).await;
    sql_fails(&connection_to(&server.url), PROJECTS, 1, &["no complete JSON"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_no_jira_is_asked_once_and_named() {
    for answer in ["{\"values\": []}", "[1]", "{\"accountId\": 7}"] {
        let server = serve(move |_| Reply::new(200, "application/json", answer)).await;
        let words = ["`/rest/api/3/myself`", &server.url, "another shape", "`URL`"];
        sql_fails(&connection_to(&server.url), PROJECTS, 1, &words);
        assert_eq!(server.seen().len(), 1, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_says_what_it_cost_and_what_it_found() {
    let sandbox = sandbox().await;
    let desk = Desk::new();
    sandbox.fail_always("POST /rest/api/3/worklog/list", 500);
    let failing = "SELECT Id, Started FROM Worklogs";
    let run = desk.sql(&sandbox, &["-o", "out.csv", failing]).fails(1, &["500"]);
    let [summary] = run.summaries()[..] else { panic!("one summary: {}", run.stderr) };
    assert!(summary.starts_with("0 rows, ") && !summary.contains("(0 retries)"), "{summary}");
    let two = format!("SELECT 1 AS a; {failing}");
    let run = desk.sql(&sandbox, &["--format", "csv", &two]).fails_in_the_end(1, &["500"]);
    assert!(run.summaries()[0].starts_with("1 rows, "), "{}", run.stderr);
    assert_eq!(desk.sql(&sandbox, &["SELEC 1"]).fails(1, &["line 1"]).summaries().len(), 1);
    let quiet = desk.sql(&sandbox, &["-q", failing]).fails(1, &["500"]);
    assert!(quiet.stderr.starts_with("error: "), "{}", quiet.stderr);

    // What was found on the way is not lost with the rows.
    let sandbox = self::sandbox().await;
    sandbox.fail_always("GET /rest/api/3/field", 500);
    let text = "SELECT Id FROM Worklogs; SELECT Id FROM Fields";
    let run = desk.sql(&sandbox, &["--format", "csv", text]).fails_in_the_end(1, &["500"]);
    assert!(run.stderr.starts_with("note: `Worklogs` is complete as of "), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_of_one_name_are_a_matter_of_usage() {
    let (one, other) = (sandbox().await, sandbox().await);
    let (a, b) = (connection(&one), connection(&other));
    let word = ["`jira`", "NAME="];
    fails(&["sql", "--connect", &a, "--connect", &b, PROJECTS], 2, &word);
    fails(&["sql", "--sandbox", "--connect", &a, PROJECTS], 2, &word);
    fails(&["check", "--connect", &format!("x={a}"), "--connect", &format!("x={b}")], 2, &["`x`"]);
    assert!(one.requests().is_empty() && other.requests().is_empty());
    let named = format!("second={b}");
    let both =
        "SELECT count(*) FROM jira.public.Projects UNION ALL SELECT count(*) FROM second.public.Projects";
    Desk::new().run(["sql", "--connect", &a, "--connect", &named, both]).succeeds();
    assert!(!one.requests().is_empty() && !other.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_rows_for_it_is_a_matter_of_usage() {
    let sandbox = sandbox().await;
    sql_fails(
        &connection(&sandbox),
        "SET datafusion.execution.batch_size = 100",
        2,
        &["`out.csv`", "no statement gives rows"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_statement_is_refused_and_not_passed_over() {
    let sandbox = sandbox().await;
    sql_fails(&connection(&sandbox), "PREPARE p AS SELECT 1; EXECUTE p", 1, &["prepared statements"]);
    sql_fails(&connection(&sandbox), "START TRANSACTION; SELECT 1", 1, &["no transactions"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_host_gets_no_credentials() {
    let other = serve(|_| Reply::new(200, "application/json", "{}")).await;
    let elsewhere = format!("{}/login?from={CANARY}", other.url);
    let server =
        serve(move |_| Reply::new(302, "text/plain", "").header("location", elsewhere.clone())).await;
    sql_fails(&connection_to(&server.url), PROJECTS, 1, &["redirect"]);
    let seen = other.seen();
    assert!(seen.iter().all(|r| r.authorization.is_none()), "credentials went to another origin: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_table_names_the_nearest() {
    let sandbox = sandbox().await;
    let connection = connection(&sandbox);
    sql_fails(&connection, "SELECT * FROM Worklgs", 1, &["no table", "did you mean `Worklogs`"]);
    sql_fails(&connection, "SELECT * FROM jira.public.Isues", 1, &["no table", "`Issues`"]);
    assert!(sandbox.requests().is_empty(), "a mistake in a name needs no request: {:?}", sandbox.requests());
    // Beside a table with custom fields, those may have been asked for.
    sql_fails(&connection, "SELECT * FROM Issues i JOIN Projcts p ON true", 1, &["no table", "`Projects`"]);
    let asked: Vec<String> = sandbox.requests().into_iter().map(|r| r.path).collect();
    let metadata = ["/rest/api/3/myself", "/rest/api/3/field"];
    assert!(asked.iter().all(|path| metadata.contains(&path.as_str())), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_names_the_nearest() {
    let sandbox = sandbox().await;
    let connection = connection(&sandbox);
    for sql in [
        "SELECT TimeSpentSecond FROM Worklogs",
        "SELECT Id FROM Worklogs WHERE TimeSpendSeconds > 1",
        "SELECT sum(TimeSpentSecnds) FROM Worklogs GROUP BY IssueId",
    ] {
        sql_fails(&connection, sql, 1, &["no column", "did you mean", "`TimeSpentSeconds`"]);
    }
    assert!(sandbox.requests().is_empty(), "a mistake in a name needs no request: {:?}", sandbox.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_sql_is_told_with_its_line_and_column() {
    let sandbox = sandbox().await;
    let connection = connection(&sandbox);
    sql_fails(&connection, "SELEC Id FROM Worklogs", 1, &["line 1, column 1", "SELEC"]);
    sql_fails(&connection, "SELECT Id\nFROM Worklogs\nWHERE )", 1, &["line 3, column 7", "WHERE )"]);
    sql_fails(&connection, "SELECT Id FROM Projects WHERE Key = 'PAY", 1, &["line 1, column 37"]);
    sql_fails(&connection, "SELECT 1;\nSELECT (2\n", 1, &["line 2, column 10", "SELECT (2"]);
    assert!(sandbox.requests().is_empty(), "bad SQL needs no request: {:?}", sandbox.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_writes_is_refused() {
    let sandbox = sandbox().await;
    let connection = connection(&sandbox);
    for (sql, word) in
        [("DELETE FROM Projects", "read-only"), ("INSERT INTO Projects (Key) VALUES ('X')", "read-only")]
    {
        sql_fails(&connection, sql, 1, &[word]);
    }
    let desk = Desk::new();
    for (sql, word) in [
        ("DROP TABLE Projects", "a table of the connection"),
        ("CREATE TABLE Projects AS SELECT 1", "a table of the connection"),
        ("COPY (SELECT 1) TO 'http://127.0.0.1:1/copied.csv'", "an http(s) address"),
        ("CREATE EXTERNAL TABLE a STORED AS CSV LOCATION 'http://127.0.0.1:1/a.csv'", "an http(s) address"),
    ] {
        desk.sql(&sandbox, &[sql]).fails(1, &[word]);
        desk.sql(&sandbox, &["-o", "out.csv", sql]).fails(2, &["no statement gives rows for `out.csv`"]);
    }
    assert_eq!(desk.files(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_while_it_runs() {
    let sandbox = sandbox().await;
    sql_fails(&connection(&sandbox), "SELECT 1 / (Id - Id) FROM Projects", 1, &["ivide by zero"]);
    sql_fails(&connection(&sandbox), "SELECT CAST(Key AS INT) FROM Projects", 1, &["Cannot cast"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_always_fails_leaves_no_file() {
    let sandbox = sandbox().await;
    sandbox.fail_always("POST /rest/api/3/worklog/list", 500);
    sql_fails(
        &connection(&sandbox),
        "SELECT Id, Started FROM Worklogs",
        1,
        &["`Worklogs`", "500", "5 tries"],
    );
    let desk = Desk::new();
    desk.write("out.csv", "old");
    desk.sql(&sandbox, &["-o", "out.csv", "SELECT Id, Started FROM Worklogs"]).fails(1, &["500"]);
    assert_eq!((desk.files(), desk.read("out.csv")), (vec!["out.csv".to_owned()], b"old".to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_can_not_be_written() {
    let sandbox = sandbox().await;
    let desk = Desk::new();
    desk.write("file", "a regular file");
    desk.write("folder.csv/file", "");
    for (target, words) in [
        ("nowhere/out.csv", ["`nowhere/out.csv`", "no folder `nowhere`"]),
        ("file/out.csv", ["`file/out.csv`", "cannot write"]),
        ("folder.csv", ["`folder.csv`", "folder"]),
    ] {
        desk.sql(&sandbox, &["-o", target, PROJECTS]).fails(1, &words);
        assert_eq!(desk.files(), ["file", "folder.csv"], "{target}");
    }
    assert_eq!(desk.read("file"), b"a regular file");
    desk.sql(&sandbox, &["-o", "out.docx", PROJECTS]).fails(2, &["`out.docx`", ".parquet", ".csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let sandbox = sandbox().await;
    let desk = Desk::new();
    if Path::new("/dev/full").exists() {
        let words = ["`/dev/full`", "No space left", "free some space"];
        desk.sql(&sandbox, &["--format", "csv", "-o", "/dev/full", PROJECTS]).fails(1, &words);
        desk.sql(&sandbox, &["--format", "parquet", "-o", "/dev/full", PROJECTS]).fails(1, &words);
        for arguments in [&["sql", PROJECTS, "--connect"][..], &["check", "--connect"]] {
            let mut command = desk.command(arguments.iter().chain(&[connection(&sandbox).as_str()]));
            let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
            let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("the binary starts");
            super::ended(child).fails(1, &["No space left"]);
        }
    }
    let volume = desk.path().join("disk");
    std::fs::create_dir(&volume).expect("a folder");
    let Some(_mounted) = Mounted::small(&volume) else {
        // Not by a macro, whose output the test harness keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: a full disk, since no tmpfs can be mounted; /dev/full was tried"
        );
        return;
    };
    std::fs::write(volume.join("out.csv"), "old").expect("a file");
    let sql = "SELECT * FROM Issues";
    desk.sql(&sandbox, &["-o", "disk/out.csv", sql])
        .fails(1, &["`disk/out.csv`", "No space left", "free some space"]);
    let left: Vec<_> =
        std::fs::read_dir(&volume).expect("the disk").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left, ["out.csv"], "a partial file is left");
    assert_eq!(std::fs::read(volume.join("out.csv")).expect("the old file"), b"old");
}

/// A disk of 32 KiB, unmounted when dropped.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn small(at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=32k", "jirrow-test"]).arg(at);
        let done = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let status = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(status.is_ok_and(|s| s.success()), "`{}` stays mounted", self.0.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_file_with_a_mistake() {
    let sandbox = sandbox().await;
    let good = "about = \"A thing.\"\nkey = [\"Id\"]\ntypical_rows = 1\npermission = \"none\"\nscopes = []\n\
                documentation = \"https://example.com\"\n[columns]\nId = { type = \"int64\", from = \"id\" }\n\
                [[paths]]\nname = \"list\"\nabout = \"all\"\nrequest = \"GET /rest/api/3/field\"\nrows = \"[]\"\n";
    for (what, text, words) in [
        ("no TOML", good.replace("[columns]", "[columns"), ["Things.toml:7", ""]),
        ("a type that isn't", good.replace("int64", "int46"), ["Things.toml:8", "int46"]),
        ("a word that isn't", good.replace("key =", "kee ="), ["Things.toml", "kee"]),
        ("a key that isn't a column", good.replace("[\"Id\"]", "[\"Idd\"]"), ["Things.toml", "Idd"]),
        ("a path without rows", good.replace("rows = \"[]\"\n", ""), ["Things.toml", "rows"]),
    ] {
        let desk = Desk::new();
        desk.write("mine/jira/Things.toml", &text);
        let arguments = ["--schemas", "mine", "-o", "out.csv", "SELECT * FROM Things"];
        desk.sql(&sandbox, &arguments).fails(1, &words);
        desk.run(["describe", "Things", "--schemas", "mine"]).fails(1, &words);
        assert_eq!(desk.files(), ["mine"], "{what}");
    }
    assert!(
        sandbox.requests().is_empty(),
        "a mistake in a table file needs no request: {:?}",
        sandbox.requests()
    );
    let desk = Desk::new();
    desk.sql(&sandbox, &["--schemas", "nowhere", PROJECTS]).fails(1, &["`nowhere`"]);
    desk.write("mine/jira/Things.toml", good);
    desk.sql(&sandbox, &["--schemas", "mine", "--format", "csv", "SELECT count(*) FROM Projects"]).succeeds();
}

#[test]
fn a_mistake_in_the_connection_string_is_told_without_its_secret() {
    for (text, words) in [
        (format!("URL=https://example.com;User={USER};APITokn={CANARY}"), vec!["APITokn", "`APIToken`"]),
        (format!("ULR=https://example.com;User={USER};APIToken={CANARY}"), vec!["`ULR`", "`URL`"]),
        (format!("URL=https://example.com;User={USER}"), vec!["`User`", "`APIToken`"]),
        ("URL=https://example.com".to_owned(), vec!["APIToken"]),
        (format!("User={USER};APIToken={CANARY}"), vec!["URL"]),
        (
            format!("URL=https://example.com;User={USER};APIToken='{CANARY}"),
            vec!["`APIToken`", "never closed"],
        ),
        (format!("URL=https://{USER}:{CANARY}@example.com"), vec!["`URL`"]),
        (format!("URL=http://example.com;User={USER};APIToken={CANARY}"), vec!["plain http", "https://"]),
        (format!("URL=https://example.com;APIToken={CANARY};AuthScheme=Basik"), vec!["Basik", "`Basic`"]),
        (format!("URL=https://example.com;APIToken={CANARY};APIToken={CANARY}"), vec!["`APIToken`", "twice"]),
        (
            format!("URL=https://example.com;User={USER};APIToken=${{NO_SUCH_VARIABLE}}"),
            vec!["NO_SUCH_VARIABLE"],
        ),
        (String::new(), vec!["empty"]),
        (CANARY.to_owned(), vec!["no key of a connection string"]),
    ] {
        sql_fails(&text, PROJECTS, 2, &words);
    }
}

#[test]
fn a_mistake_on_the_command_line_is_a_matter_of_usage() {
    let desk = Desk::new();
    for (arguments, word) in [
        (vec!["--no-such-option"], "--no-such-option"),
        (vec!["sql", "--sandbox", "--no-such-option", "SELECT 1"], "--no-such-option"),
        (vec!["no-such-command"], "no-such-command"),
        (vec!["sql", "--sandbox", "--format", "xlsx", "SELECT 1"], "`xlsx`"),
        (vec!["sandbox", "--port", "many"], "many"),
        (vec!["schema", "nothing"], "nothing"),
        (vec!["sql", "--sandbox", "-f", "a.sql", "SELECT 1"], "--file"),
        (vec!["describe"], "TABLE"),
        (vec!["sandbox", "--faults", "7"], "--faults"),
    ] {
        let run = desk.run(&arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}\n{}", run.stderr);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("error: "), "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains(word), "{arguments:?}: `{word}` is not in:\n{}", run.stderr);
    }
    assert_eq!(desk.run([] as [&str; 0]).code, Some(2), "nothing at all");
    desk.run(["sql", "SELECT 1"]).fails(2, &["no connection", "--connect", "--sandbox"]);
    desk.run(["sql", "--sandbox", "-f", "nowhere.sql"]).fails(1, &["`nowhere.sql`"]);
}

#[test]
fn no_sql_is_a_matter_of_usage() {
    let desk = Desk::new();
    for arguments in [
        &["sql", "--sandbox"][..],
        &["sql", "--sandbox", "-o", "out.csv", ""],
        &["sql", "--sandbox", " -- nothing\n ; "],
    ] {
        desk.run(arguments).fails(2, &["no SQL", "-f"]);
    }
    desk.write("empty.sql", "");
    desk.run(["sql", "--sandbox", "-f", "empty.sql"]).fails(2, &["no SQL"]);
    assert_eq!(desk.files(), ["empty.sql"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_statement_with_a_mistake_stops_there() {
    let sandbox = sandbox().await;
    let desk = Desk::new();
    let text = "SELECT 1 AS a; SELECT Kee FROM Projects; SELECT 3 AS c";
    let run = desk.sql(&sandbox, &["--format", "csv", text]).fails_in_the_end(1, &["`Key`"]);
    assert_eq!(run.stdout, "a\n1\n");
    desk.sql(&sandbox, &["-o", "out.csv", text]).fails(1, &["`Key`"]);
    assert_eq!(desk.files(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken() {
    let sandbox = sandbox_with(SandboxConfig { issues: 60, ..SandboxConfig::default() }).await;
    let desk = Desk::new();
    let port = sandbox.address().port().to_string();
    finish(desk.command(["sandbox", "--port", &port])).fails(1, &[&port, "another port"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_parameters_zones_and_access_is_usage() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    for (arguments, word) in [
        (vec!["--param", "a=1", "SELECT $b"], "no statement has a parameter `$a`"),
        (vec!["--param", "a=1", "--param", "A=2", "SELECT $a"], "parameter `a` has two values"),
        (vec!["--param", "a", "SELECT $a"], "NAME=VALUE"),
        (vec!["--time-zone", "Europe/Berln", "SELECT 1"], "did you mean `Europe/Berlin`?"),
        (vec!["--access", "write", "SELECT 1"], "`write` is no access"),
    ] {
        let run = desk.sql(&sandbox, &arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(word), "`{word}` is not in: {}", run.stderr);
    }
    desk.sql(&sandbox, &["SELECT $b"])
        .fails(1, &["parameter `$b` has no value; give it one with `--param b=…`"]);
    assert!(sandbox.requests().is_empty(), "{:?}", sandbox.requests());
}
