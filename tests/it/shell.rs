//! The shell on a real terminal, typed at by Python's `pexpect`; and away from one, where it is `sql`.

use std::time::Duration;

use jirrow::sandbox::SandboxConfig;
use serde_json::json;

use crate::cli::{CANARY, Desk, USER, connection, sandbox, sandbox_with};
use crate::python::{holds, python};

#[tokio::test(flavor = "multi_thread")]
async fn away_from_a_terminal_it_does_as_sql() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let connection = connection(&sandbox);
    let text = "SET datafusion.execution.batch_size = 100; SELECT count(*) AS n FROM Projects";
    let run = |command: &str| desk.run_with_input(&[command, "--connect", &connection], text).succeeds();
    assert_eq!(run("shell").stdout, run("sql").stdout);
    assert_eq!(desk.files(), [] as [&str; 0], "it keeps no history");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_it_recalls_completes_and_stops_statements() {
    let Some(python) = python() else { return };
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let latency = Duration::from_millis(300);
    let slow = sandbox_with(SandboxConfig { latency, ..SandboxConfig::default() }).await;
    let expected = json!({
        "jirrow": env!("CARGO_BIN_EXE_jirrow"),
        "connection": connection(&sandbox),
        "without_secret": format!("URL={};User={USER}", sandbox.url()),
        "slow": connection(&slow),
        "slow_url": slow.url(),
        "secret": CANARY,
        "home": desk.path().join("home"),
    });
    holds(python, &desk, "shell.py", &expected);
}
