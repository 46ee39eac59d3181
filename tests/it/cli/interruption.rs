//! Runs that are stopped: by Ctrl-C, by force, by a reader that has seen enough.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jirrow::sandbox::{Sandbox, SandboxConfig};

use super::{Desk, Run, clean, connection, ended, finish, sandbox, sandbox_with, signal, wait_until};

/// A site that takes seconds to read.
async fn slow() -> Sandbox {
    let latency = Duration::from_millis(300);
    sandbox_with(SandboxConfig { latency, ..SandboxConfig::default() }).await
}

/// Starts a run that writes `out.csv`, and returns when rows are being read.
fn start(desk: &Desk, sandbox: &Sandbox) -> Child {
    let connection = connection(sandbox);
    let mut command =
        desk.command(["sql", "--connect", &connection, "-o", "out.csv", "SELECT Key, Summary FROM Issues"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    wait_until("rows are read", || sandbox.requests().iter().filter(|r| r.method == "POST").count() >= 2);
    child
}

fn interrupt(child: Child) -> (Run, Duration) {
    signal(&child, "INT");
    let start = Instant::now();
    let run = ended(child);
    (run, start.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_run_at_once_and_leaves_no_file() {
    let (desk, sandbox) = (Desk::new(), slow().await);
    let (run, time) = interrupt(start(&desk, &sandbox));
    let run = run.fails(130, &["interrupted; `out.csv` was not written"]);
    assert_eq!(run.summaries().len(), 1, "{}", run.stderr);
    assert!(time < Duration::from_secs(1), "it took {time:?}");
    assert_eq!(desk.files(), [] as [&str; 0], "an interrupted run leaves no file");
    // What was on its way when it ended is served, and nothing after that.
    std::thread::sleep(Duration::from_millis(400));
    let before = sandbox.requests().len();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(sandbox.requests().len(), before, "it still asks");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_the_old_file_as_it_was() {
    let (desk, sandbox) = (Desk::new(), slow().await);
    desk.write("out.csv", "old");
    let (run, _) = interrupt(start(&desk, &sandbox));
    run.fails(130, &["interrupted"]);
    assert_eq!((desk.files(), desk.read("out.csv")), (vec!["out.csv".to_owned()], b"old".to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_run_that_waits_to_try_again() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    sandbox.fail_always("GET /rest/api/3/project/search", 503);
    let connection = connection(&sandbox).replace("RetryDelay=0.01", "RetryDelay=20");
    let mut command = desk.command(["sql", "--connect", &connection, "SELECT * FROM Projects"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    wait_until("the first try failed", || sandbox.requests().iter().any(|r| r.status == 503));
    let (run, time) = interrupt(child);
    let run = run.fails(130, &["interrupted"]);
    assert!(
        !run.stderr.contains("written"),
        "of what went to stdout nothing can be taken back: {}",
        run.stderr
    );
    assert!(time < Duration::from_secs(1), "it took {time:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_run_that_waits_for_its_input() {
    let desk = Desk::new();
    let mut command = desk.command(["sql", "--sandbox"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let input = child.stdin.take();
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, "INT");
    let start = Instant::now();
    wait_until("it has ended", || child.try_wait().expect("a child").is_some());
    assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
    drop(input);
    ended(child).fails(130, &["interrupted"]);
}

#[test]
fn ctrl_c_ends_a_run_that_waits_for_its_file() {
    let desk = Desk::new();
    let made = Command::new("mkfifo").arg(desk.path().join("pipe.sql")).status();
    assert!(made.expect("mkfifo runs").success());
    let mut command = desk.command(["sql", "--sandbox", "-f", "pipe.sql"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, "INT");
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > Duration::from_secs(3) {
            child.kill().expect("it is killed");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    ended(child).fails(130, &["interrupted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_the_system_ends_leaves_no_file() {
    let (desk, sandbox) = (Desk::new(), slow().await);
    let child = start(&desk, &sandbox);
    signal(&child, "TERM");
    ended(child).fails(143, &["interrupted; `out.csv` was not written"]);
    assert_eq!(desk.files(), [] as [&str; 0], "a run that was ended leaves no file, hidden or not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_leaves_no_file_under_its_name() {
    let (desk, sandbox) = (Desk::new(), slow().await);
    let mut child = start(&desk, &sandbox);
    child.kill().expect("it is killed");
    assert_eq!(ended(child).code, None, "killed, not ended");
    assert!(!desk.files().contains(&"out.csv".to_owned()), "{:?}", desk.files());

    desk.write("out.csv", "old");
    sandbox.clear_requests();
    let mut child = start(&desk, &sandbox);
    child.kill().expect("it is killed");
    ended(child);
    assert_eq!(desk.read("out.csv"), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_stderr_is_no_error() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let connection = connection(&sandbox);
    let warned = format!("{connection};MaxConcurrency=50");
    for (arguments, code) in [
        (
            vec!["sql", "-v", "--connect", &warned, "--format", "csv", "SELECT 1 AS a FROM Projects LIMIT 1"],
            0,
        ),
        (vec!["sql", "-v", "--connect", &connection, "--format", "csv", "SELECT 1 AS a; SELECT x"], 1),
        (vec!["sql", "--no-such-option", &connection], 2),
    ] {
        let mut command = desk.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stderr.take());
        let run = ended(child);
        assert_eq!(run.code, Some(code), "{arguments:?}");
        assert_eq!(run.stdout, if code == 2 { "" } else { "a\n1\n" }, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_error() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let connection = connection(&sandbox);
    for (arguments, first) in [
        (vec!["sql", "--connect", &connection, "--format", "csv", "SELECT * FROM Issues"], "Id,Key,"),
        (vec!["sql", "--connect", &connection, "--format", "ndjson", "SELECT * FROM Issues"], "{\"Id\":"),
        (vec!["sql", "--connect", &connection, "SELECT * FROM Issues"], " "),
        (vec!["describe", "Issues"], "Issues: "),
        (vec!["schema", "table"], "{"),
    ] {
        let mut command = Command::new("bash");
        clean(&mut command);
        command.env("XDG_CACHE_HOME", desk.cache());
        command.args(["-o", "pipefail", "-c", "\"$@\" | head -1", "bash", env!("CARGO_BIN_EXE_jirrow")]);
        command.args(&arguments).current_dir(desk.path()).stdin(Stdio::null());
        let run = finish(command);
        assert_eq!(run.code, Some(0), "{arguments:?}\n{}", run.stderr);
        assert!(
            run.stdout.starts_with(first) && run.stdout.lines().count() == 1,
            "{arguments:?}\n{}",
            run.stdout
        );
        assert!(
            !run.stderr.contains("error") && !run.stderr.contains("pipe"),
            "{arguments:?}\n{}",
            run.stderr
        );
        run.keeps_the_canary();
    }
}
