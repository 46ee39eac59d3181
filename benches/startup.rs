//! How long `jirrow sql "select 1"` takes beside a program that does nothing but that with DataFusion: what is above one
//! is what Jirrow itself does before the first statement. Medians of runs that take turns.
//!
//! `cargo bench --bench startup`, or `--profile dev` for what tests compile.
#![allow(clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a measurement, not a library")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use datafusion::prelude::SessionContext;

/// In the environment of this program where it plays the one that is compared with.
const ROLE: &str = "JIRROW_BENCH_BASELINE";
const RUNS: usize = 20;
/// Above this, start-up does something that it need not.
const TARGET: f64 = 1.5;

fn main() {
    if std::env::var_os(ROLE).is_some() {
        baseline();
        return;
    }
    let own = std::env::current_exe().expect("this program");
    let baseline = || {
        let mut command = Command::new(&own);
        command.env(ROLE, "1");
        command
    };
    let nobody = "URL=https://example.atlassian.net;User=me@example.com;APIToken=x";
    let jirrow = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jirrow"));
        command.env_remove("JIRROW_CONNECT").args(["sql", "-q", "--connect", nobody, "select 1"]);
        command
    };
    // The first run of each reads the program from the disk.
    time(baseline());
    time(jirrow());
    let (mut others, mut ours): (Vec<Duration>, Vec<Duration>) =
        (0..RUNS).map(|_| (time(baseline()), time(jirrow()))).unzip();
    let (other, our) = (median(&mut others), median(&mut ours));
    let ratio = our.as_secs_f64() / other.as_secs_f64();
    println!("a bare session  {:7.1} ms", other.as_secs_f64() * 1000.0);
    println!("jirrow sql      {:7.1} ms", our.as_secs_f64() * 1000.0);
    println!("ratio           {ratio:7.2} (at most {TARGET})");
}

/// What every program with DataFusion does.
fn baseline() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let frame = SessionContext::new().sql("select 1").await.expect("a plan");
        frame.show().await.expect("a row");
    });
}

fn time(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let began = Instant::now();
    let output = command.output().expect("it starts");
    let time = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    time
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
