//! COPY statements of one run: they are read at the same time, and nobody can tell by their files.

use std::process::Stdio;
use std::time::Duration;

use jirrow::sandbox::{Sandbox, SandboxConfig};

use super::{Desk, clean, connection, ended, finish, sandbox, sandbox_with, signal, wait_until};

/// The places, among all requests, of those to this path.
fn places(sandbox: &Sandbox, path: &str) -> Vec<usize> {
    let requests = sandbox.requests();
    let places = requests.iter().enumerate().filter(|(_, request)| request.path.contains(path));
    places.map(|(place, _)| place).collect()
}

fn text(desk: &Desk, name: &str) -> String {
    String::from_utf8(desk.read(name)).unwrap()
}

/// A site that takes so many milliseconds for each answer.
async fn late(milliseconds: u64) -> Sandbox {
    let latency = Duration::from_millis(milliseconds);
    sandbox_with(SandboxConfig { issues: 300, latency, ..SandboxConfig::default() }).await
}

/// As many requests as the statements cost one by one, in turns.
#[tokio::test(flavor = "multi_thread")]
async fn copies_share_the_requests_that_the_site_allows() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let tables = ["Worklogs", "Comments", "Issues", "Users", "Projects", "Boards"];
    // How an issue's key is looked up may cost one request more, by which rows come first.
    let rows_of = |table: &str| match table {
        "Worklogs" => "(SELECT * EXCLUDE (IssueKey) FROM Worklogs)".to_owned(),
        _ => table.to_owned(),
    };
    let copy = |table: &str, folder: &str| format!("COPY {} TO '{folder}/{table}.ndjson'", rows_of(table));
    for folder in ["alone", "beside"] {
        std::fs::create_dir(desk.path().join(folder)).unwrap();
    }
    desk.sql(&sandbox, &["SELECT Id FROM Issues LIMIT 1"]).succeeds();
    let asked = || {
        let requests = sandbox.requests();
        let data = requests.iter().filter(|r| !r.path.ends_with("/myself"));
        data.map(|r| format!("{} {}", r.method, r.path)).collect::<Vec<_>>()
    };
    let mut alone = vec![];
    for table in tables {
        sandbox.clear_requests();
        desk.sql(&sandbox, &[&copy(table, "alone")]).succeeds();
        alone.extend(asked());
    }
    sandbox.clear_requests();
    let all = tables.map(|table| copy(table, "beside")).join("; ");
    let one_at_a_time = format!("{};MaxConcurrency=1", connection(&sandbox));
    let run = desk.run(["sql", "--connect", &one_at_a_time, &all]).succeeds();
    let mut beside = asked();
    alone.sort();
    beside.sort();
    assert_eq!(beside, alone);
    let mut rows = 0;
    for table in tables {
        let [one, other] = ["alone", "beside"].map(|folder| {
            let mut lines: Vec<String> =
                text(&desk, &format!("{folder}/{table}.ndjson")).lines().map(str::to_owned).collect();
            lines.sort();
            lines
        });
        assert_eq!(one, other, "{table}");
        rows += one.len();
    }
    let said = run.summaries()[0].replace(',', "");
    assert!(rows > 1_000 && said.starts_with(&format!("{rows} rows")), "{rows}: {said}");
    let (worklogs, users) = (places(&sandbox, "worklog"), places(&sandbox, "users/search"));
    assert!(users[0] < *worklogs.last().unwrap(), "{worklogs:?} {users:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_appears_after_a_statement_that_fails() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let fails = "COPY (SELECT CAST(Summary AS BIGINT) AS n FROM Issues) TO 'fails.csv'";
    let run = desk.sql(&sandbox, &[&format!("{fails}; COPY (SELECT 1 AS one) TO 'one.csv'")]);
    run.fails(1, &["Cast"]);
    assert_eq!(desk.files(), [] as [&str; 0]);
    // Those before it appear, and of those after it none is begun that was not yet.
    sandbox.clear_requests();
    let fails = "COPY (SELECT CAST(Name AS BIGINT) AS n FROM Projects) TO 'fails.csv'";
    let rest = ["Worklogs", "Comments", "Users"].map(|table| format!("COPY {table} TO '{table}.csv'"));
    let all = format!("COPY Issues TO 'issues.ndjson'; {fails}; {}; SELECT 1 AS one", rest.join("; "));
    let run = desk.sql(&sandbox, &[&all]).fails(1, &["Cast"]);
    assert_eq!(run.stdout, "");
    assert!(run.summaries()[0].starts_with("300 rows"), "{}", run.stderr);
    assert_eq!(desk.files(), ["issues.ndjson"]);
    assert_eq!(text(&desk, "issues.ndjson").lines().count(), 300);
    assert_eq!(places(&sandbox, "users/search"), [] as [usize; 0]);
}

/// What can't be planned is an error after the files of the statements before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_met_when_its_statement_comes() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    for (mistake, words) in [
        ("COPY (SELECT nope FROM Users) TO 'b.csv'", "nope"),
        ("COPY Users TO 'none/b.csv'", "no folder"),
        ("COPY Users TO 'b'", "says no format"),
        ("COPY (SELECT 1 AS n INTO t) TO 'b.csv'", "leave INTO out"),
    ] {
        let desk = Desk::new();
        let all = format!("COPY Projects TO 'a.csv'; {mistake}; COPY Projects TO 'c.csv'");
        desk.sql(&sandbox, &[&all]).fails(1, &[words]);
        assert_eq!(desk.files(), ["a.csv"], "{mistake}");
    }
    let first = desk.sql(&sandbox, &["COPY (SELECT nope FROM Users) TO 'b.csv'; COPY Projects TO 'c.csv'"]);
    first.fails(1, &["nope"]);
    assert_eq!(desk.files(), [] as [&str; 0]);
}

/// Files that a statement reads are those that the statements before it have written, however it names them.
#[tokio::test(flavor = "multi_thread")]
async fn what_reads_a_file_comes_after_what_writes_it() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    for format in ["csv", "parquet"] {
        let old = format!(
            "COPY (SELECT 1 AS Id WHERE false) TO 'p.{format}'; CREATE VIEW v AS SELECT * FROM 'p.{format}'"
        );
        let reads = ["'p.FORMAT'", "v", "(SELECT * FROM v)", "e"].map(|it| it.replace("FORMAT", format));
        let stored = format!("CREATE EXTERNAL TABLE e STORED AS {format} LOCATION 'p.{format}'");
        let mut all = vec![
            old,
            stored,
            format!("COPY (SELECT CAST(Id AS BIGINT) AS Id FROM Projects) TO 'p.{format}'"),
        ];
        for (at, from) in reads.iter().enumerate() {
            all.push(format!("COPY (SELECT count(*) AS n FROM {from}) TO 'n{at}.csv'"));
            all.push(format!("COPY (SELECT (SELECT count(*) FROM {from}) AS n) TO 'm{at}.csv'"));
        }
        desk.sql(&sandbox, &[&all.join("; ")]).succeeds();
        let there = desk.sql(&sandbox, &["--format", "csv", "SELECT count(*) AS n FROM Projects"]).succeeds();
        for (at, from) in reads.iter().enumerate() {
            assert_eq!(text(&desk, &format!("n{at}.csv")), there.stdout, "{format}, {from}");
            assert_eq!(text(&desk, &format!("m{at}.csv")), there.stdout, "{format}, {from}");
        }
    }
    // A file that is not there before, and one that is read before it is replaced.
    let all = "COPY (SELECT 1 AS n) TO 'new.csv'; COPY (SELECT n + 1 AS n FROM 'new.csv') TO 'next.csv'; \
               COPY (SELECT 7 AS n) TO 'new.csv'; COPY (SELECT sum(n) AS n FROM '*.csv') TO 'sum.parquet'; \
               SELECT n FROM 'next.csv'";
    let empty = Desk::new();
    assert_eq!(empty.sql(&sandbox, &["--format", "csv", all]).succeeds().stdout, "n\n2\n");
    let sum = empty.sql(&sandbox, &["--format", "csv", "SELECT n FROM 'sum.parquet'"]).succeeds();
    assert_eq!(sum.stdout, "n\n9\n");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_writes_where_another_does_comes_after_it() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let (slow, quick) = ("COPY (SELECT Key FROM Issues) TO", "COPY (SELECT 1 AS one) TO");
    // The same file by another name: by a link to it, to where it will be, and to its folder.
    std::fs::create_dir(desk.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", desk.path().join("link")).unwrap();
    std::os::unix::fs::symlink("real/later.csv", desk.path().join("later.csv")).unwrap();
    let here = desk.path().display();
    for (first, second) in [
        ("a.csv", "a.csv"),
        ("./a.csv", "real/../a.csv"),
        ("link/b.csv", "real/b.csv"),
        ("later.csv", "real/later.csv"),
        ("real/c.csv", &format!("file://{here}/link/c.csv")),
    ] {
        desk.sql(&sandbox, &[&format!("{slow} '{first}'; {quick} '{second}'")]).succeeds();
        assert_eq!(text(&desk, first), "one\n1\n", "{first}, {second}");
    }
    // A file in a folder that the first one makes; a folder that is not empty any more; one stream for both.
    desk.sql(&sandbox, &[&format!("{slow} 'made/' STORED AS CSV; {quick} 'made/one.csv'")]).succeeds();
    assert_eq!(text(&desk, "made/one.csv"), "one\n1\n");
    let twice = format!("{slow} 'twice/' STORED AS CSV; {quick} 'twice/' STORED AS CSV");
    desk.sql(&sandbox, &[&twice]).fails(1, &["`twice/` is there already and not an empty folder"]);
    assert_eq!(text(&desk, "twice/data.csv").lines().count(), 301);
    std::os::unix::fs::symlink("found/x.csv", desk.path().join("x.csv")).unwrap();
    desk.sql(&sandbox, &[&format!("{slow} 'found/' STORED AS CSV; {quick} 'x.csv'")]).succeeds();
    assert_eq!(text(&desk, "found/x.csv"), "one\n1\n");
    let streams = format!("{slow} '/dev/stdout' STORED AS CSV; {quick} '/dev/stdout' STORED AS CSV");
    let run = desk.sql(&sandbox, &[&streams]).succeeds();
    assert!(run.stdout.starts_with("Key\n") && run.stdout.ends_with("\none\n1\n"), "{}", run.stdout);
}

/// A plan that was made while a folder was not there yet is none for when it is.
#[tokio::test(flavor = "multi_thread")]
async fn what_appears_while_a_statement_is_planned_counts() {
    let (desk, one, two) = (Desk::new(), sandbox().await, late(300).await);
    let (one, two) = (connection(&one), format!("two={}", connection(&two)));
    let run = |sql: &str| desk.run(["sql", "--connect", &one, "--connect", &two, sql]);
    // The fields are known then, and those of JQL are asked for by the plan, after it has looked at the folder.
    run("SELECT count(*) FROM two.public.Issues").succeeds();
    let made = "COPY Projects TO 'made/' STORED AS CSV";
    let found = "COPY (SELECT Key FROM two.public.Issues WHERE Status = 'Done')";
    for again in ["'made/' STORED AS CSV", "'made' STORED AS CSV"] {
        let run = run(&format!("{made}; {found} TO {again}"));
        run.fails(1, &["is there already and not an empty folder"]);
        std::fs::remove_dir_all(desk.path().join("made")).unwrap();
    }
}

/// Settings and SELECTs in between are where they stand.
#[tokio::test(flavor = "multi_thread")]
async fn other_statements_divide_copies() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let day = "(SELECT date_trunc('day', TIMESTAMPTZ '2026-07-01T23:00:00Z') AS d)";
    let all = format!(
        "COPY {day} TO 'a.csv'; SET jirrow.time_zone = 'Europe/Berlin'; COPY {day} TO 'b.csv'; COPY {day} TO 'c.csv'; \
         SELECT count(*) AS n FROM 'c.csv'; COPY (SELECT $n AS n) TO 'n.csv'"
    );
    let run = desk.sql(&sandbox, &["--format", "csv", "--param", "n=5", &all]).succeeds();
    assert_eq!(run.stdout, "n\n1\n");
    let (utc, berlin) = ("d\n2026-07-01T00:00:00.000Z\n", "d\n2026-07-01T22:00:00.000Z\n");
    assert_eq!(["a.csv", "b.csv", "c.csv"].map(|name| text(&desk, name)), [utc, berlin, berlin]);
    assert_eq!(text(&desk, "n.csv"), "n\n5\n");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_nothing_of_copies_that_are_not_complete() {
    let (desk, sandbox) = (Desk::new(), late(300).await);
    let all =
        ["Projects", "Issues", "Worklogs", "Comments"].map(|table| format!("COPY {table} TO '{table}.csv'"));
    let mut command = desk.command(["sql", "--connect", &connection(&sandbox), &all.join("; ")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the first is there, and others are read", || {
        desk.files().contains(&"Projects.csv".to_owned()) && !places(&sandbox, "worklog").is_empty()
    });
    signal(&child, "INT");
    let run = ended(child).fails(130, &["interrupted"]);
    assert_eq!(run.summaries().len(), 1, "{}", run.stderr);
    assert_eq!(desk.files(), ["Projects.csv"]);
}

/// Nothing of a statement waits for one after it, be it only for its plan.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_does_not_wait_for_the_plan_of_a_later_statement() {
    let (desk, one, two) = (Desk::new(), sandbox().await, sandbox().await);
    two.fail_always("GET /rest/api/3/field", 503);
    let slow = format!("two={}", connection(&two).replace("RetryDelay=0.01", "RetryDelay=20"));
    let all = "COPY Projects TO 'a.csv'; COPY two.public.Issues TO 'b.csv'";
    let mut command = desk.command(["sql", "--connect", &connection(&one), "--connect", &slow, all]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the first is there", || desk.files() == ["a.csv"]);
    wait_until("the second is planned", || two.requests().iter().any(|request| request.status == 503));
    signal(&child, "INT");
    ended(child).fails(130, &["interrupted"]);
    assert_eq!(desk.files(), ["a.csv"]);
}

/// A plan that the site refused is not made again when its statement's turn comes: some lock an account after a few wrong
/// passwords.
#[tokio::test(flavor = "multi_thread")]
async fn a_later_statement_tries_a_wrong_password_once() {
    let (desk, sandbox) = (Desk::new(), late(50).await);
    let wrong = connection(&sandbox).replace("APIToken=", "APIToken=not-");
    let (right, wrong) = (connection(&sandbox), format!("two={wrong}"));
    let all = "COPY Projects TO 'a.csv'; COPY two.public.Issues TO 'b.csv'";
    desk.run(["sql", "--connect", &right, "--connect", &wrong, all]).fails(1, &["401"]);
    let refused = |path: &str| {
        let requests = sandbox.requests();
        requests.iter().filter(|request| request.status == 401 && request.path.ends_with(path)).count()
    };
    // Both are asked at once, and the one that is refused first ends the other.
    assert!(refused("/myself") <= 1 && refused("/field") <= 1, "{:?}", sandbox.requests());
    assert_eq!(desk.files(), ["a.csv"]);
}

/// The files that are open at once are no more, however many statements there are.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_copies_need_few_open_files() {
    let (desk, sandbox) = (Desk::new(), late(300).await);
    // Small batches, so that rows come before the last page does.
    let mut all = ["SET datafusion.execution.batch_size = 20", "COPY Issues TO 'first.csv'"]
        .map(str::to_owned)
        .to_vec();
    all.extend((0..200).map(|n| format!("COPY (SELECT {n} AS n) TO 'n{n}.csv'")));
    let parts = "COPY (SELECT *, Id % 40 AS part FROM Issues) TO 'PARTS' STORED AS CSV PARTITIONED BY (part)";
    all.extend(["a", "b", "c"].map(|folder| parts.replace("PARTS", folder)));
    desk.write("all.sql", &all.join(";\n"));
    let jirrow = env!("CARGO_BIN_EXE_jirrow");
    let limited =
        format!("ulimit -n 80 && exec '{jirrow}' sql --connect '{}' -f all.sql", connection(&sandbox));
    let mut command = std::process::Command::new("sh");
    clean(&mut command);
    command.env("XDG_CACHE_HOME", desk.cache()).args(["-c", &limited]).current_dir(desk.path());
    let run = finish(command).succeeds();
    assert!(run.summaries()[0].starts_with("1,400 rows"), "{}", run.stderr);
    assert_eq!(desk.files().len(), 1 + 201 + 3);
}
