//! How long `jirrow sql "select 1"` takes beside a program that does nothing but that with DataFusion: what is above one
//! is what Jirrow itself does before the first statement; and how long a listing of all tables takes beside one of about
//! twenty, which shows that no table file is read for it. Medians of runs that take turns.
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
/// Above this, a listing costs more than its lines.
const LISTING: f64 = 1.2;

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
    compare(("a bare session", &baseline), ("jirrow sql", &jirrow), TARGET);
    let tables = |pattern: &'static str| {
        move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_jirrow"));
            command.env_remove("JIRROW_CONNECT").args(["tables", pattern]);
            command
        }
    };
    compare(("twenty tables", &tables("Issue ")), ("all tables", &tables("")), LISTING);
}

/// Two programs in turns, and how much longer the second takes.
fn compare(one: (&str, &dyn Fn() -> Command), other: (&str, &dyn Fn() -> Command), target: f64) {
    // The first run of each reads the program from the disk.
    time(one.1());
    time(other.1());
    let (mut ones, mut others): (Vec<Duration>, Vec<Duration>) =
        (0..RUNS).map(|_| (time(one.1()), time(other.1()))).unzip();
    let (first, second) = (median(&mut ones), median(&mut others));
    println!("{:15} {:7.1} ms", one.0, first.as_secs_f64() * 1000.0);
    println!("{:15} {:7.1} ms", other.0, second.as_secs_f64() * 1000.0);
    println!("{:15} {:7.2} (at most {target})", "ratio", second.as_secs_f64() / first.as_secs_f64());
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
