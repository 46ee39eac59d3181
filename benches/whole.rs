//! The whole program against a sandbox in a process of its own: ten columns of all issues into a Parquet file, beside
//! what the latency alone takes; and the peak memory of all columns, at 20,000 issues and at ten times as many.
//!
//! `cargo bench --bench whole`; with `-- --check` it fails where a bound is missed, with `-- --small` it leaves out the
//! large site, whose sandbox needs a few gigabytes.
#![allow(clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a measurement, not a library")]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use datafusion::parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

const JIRROW: &str = env!("CARGO_BIN_EXE_jirrow");
const COLUMNS: &str =
    "Id, Key, Summary, IssueType, Status, Priority, ProjectKey, AssigneeDisplayName, Created, Updated";
const SIZES: [usize; 2] = [20_000, 200_000];
/// Custom fields beside those that every site has.
const CUSTOM_FIELDS: usize = 80;
const LATENCY: Duration = Duration::from_millis(50);
const CONCURRENCY: u32 = 10;
/// Runs for the time, of which the best counts: the others share the machine with something.
const RUNS: usize = 3;
/// Of what the latency alone takes, at most; and what comes on top for the program itself.
const MOST_OF_LATENCY: f64 = 1.3;
const START: f64 = 1.0;
/// Times the peak memory of the small site, at most, and megabytes.
const MOST_GROWTH: f64 = 1.2;
const MOST_MEGABYTES: f64 = 300.0;

fn main() -> ExitCode {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    let sizes = if has("--small") { &SIZES[..1] } else { &SIZES[..] };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut all_met = true;
    let mut peaks: Vec<f64> = vec![];
    for &size in sizes {
        let site = Site::start(size);
        let run = |sql: &str| site.run(sql, folder.path());
        let ten = format!("SELECT {COLUMNS} FROM Issues");
        // The first run fills the cache of metadata.
        run(&ten);
        let best = (0..RUNS).map(|_| run(&ten)).min_by_key(|run| run.time).expect("a run");
        let alone = best.latency_alone();
        let most = MOST_OF_LATENCY * alone + START;
        let time = best.time.as_secs_f64();
        println!("{size} issues, ten columns:");
        println!(
            "  {time:6.2} s (at most {most:.2}{}); {} requests, {} of them one after the other, which alone take {alone:.2} s",
            missed(time <= most),
            best.requests,
            best.chain,
        );
        println!(
            "  {:6.2} s of that the sandbox made answers; peak memory {:.0} MB",
            best.busy, best.megabytes
        );
        all_met &= time <= most;
        // The sandbox makes its answers in the first run and keeps them.
        run("SELECT * FROM Issues");
        let all = run("SELECT * FROM Issues");
        println!("{size} issues, all {} columns:", all.columns);
        println!(
            "  {:6.2} s; {} requests, {} of them one after the other, which alone take {:.2} s; peak memory {:.0} MB (at most {MOST_MEGABYTES}{})",
            all.time.as_secs_f64(),
            all.requests,
            all.chain,
            all.latency_alone(),
            all.megabytes,
            missed(all.megabytes <= MOST_MEGABYTES)
        );
        all_met &= all.megabytes <= MOST_MEGABYTES;
        peaks.push(all.megabytes);
    }
    if let [small, large] = peaks[..] {
        let growth = large / small;
        println!("peak memory grows by {growth:.2} (at most {MOST_GROWTH}{})", missed(growth <= MOST_GROWTH));
        all_met &= growth <= MOST_GROWTH;
    }
    if has("--check") && !all_met { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn missed(met: bool) -> &'static str {
    if met { "" } else { ", MISSED" }
}

/// What one run took.
struct Run {
    time: Duration,
    megabytes: f64,
    requests: u32,
    /// Requests that waited for one another: the searches, and the first block after the last of them.
    chain: u32,
    /// Seconds in which the sandbox made answers.
    busy: f64,
    columns: usize,
}

impl Run {
    /// The seconds of the longest chain of requests, and of all of them so many at once.
    fn latency_alone(&self) -> f64 {
        let latency = LATENCY.as_secs_f64();
        f64::from(self.chain) * latency + f64::from(self.requests) * latency / f64::from(CONCURRENCY)
    }
}

/// A sandbox in a process of its own.
struct Site {
    process: Child,
    connection: String,
    url: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Site {
    fn start(issues: usize) -> Self {
        let mut process = Command::new(JIRROW)
            .args(["sandbox", "--issues", &issues.to_string(), "--latency", &LATENCY.as_millis().to_string()])
            .args(["--custom-fields", &CUSTOM_FIELDS.to_string(), "--keep-answers"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox");
        let mut connection = String::new();
        let out = process.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut connection).expect("its connection string");
        let connection = connection.trim_end().to_owned();
        let url =
            connection.split(';').next().and_then(|part| part.strip_prefix("URL=")).expect("an address");
        Self {
            process,
            url: url.to_owned(),
            connection,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
        }
    }

    fn get(&self, path: &str) -> Value {
        let text = self.runtime.block_on(async {
            let answer = self.http.get(format!("{}/__sandbox/{path}", self.url)).send().await;
            answer.expect("an answer").text().await.expect("its text")
        });
        serde_json::from_str(&text).expect("JSON")
    }

    fn forget_requests(&self) {
        let request = self.http.delete(format!("{}/__sandbox/requests", self.url));
        self.runtime.block_on(request.send()).expect("an answer");
    }

    /// Runs one statement, and holds its rows against those that there are.
    fn run(&self, sql: &str, folder: &Path) -> Run {
        let file = folder.join("rows.parquet");
        self.forget_requests();
        let began = Instant::now();
        let mut child = Command::new(JIRROW)
            .env_remove("JIRROW_CONNECT")
            .env("XDG_CACHE_HOME", folder)
            .env("XDG_CONFIG_HOME", folder)
            .args([
                "sql",
                "-q",
                "--connect",
                &format!("{};MaxConcurrency={CONCURRENCY}", self.connection),
                "-o",
            ])
            .arg(&file)
            .arg(sql)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut peak = 0.0;
        let status = loop {
            if let Some(status) = child.try_wait().expect("its status") {
                break status;
            }
            peak = peak_megabytes(child.id()).unwrap_or(peak);
            std::thread::sleep(Duration::from_millis(5));
        };
        let time = began.elapsed();
        assert!(status.success(), "{sql} failed");
        let (summary, log) = (self.get("summary"), self.get("requests"));
        let reader = SerializedFileReader::new(File::open(&file).expect("the file")).expect("Parquet");
        assert_eq!(Some(reader.metadata().file_metadata().num_rows()), summary["rows"]["issues"].as_i64());
        let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
        Run {
            time,
            megabytes: peak,
            requests: number(&summary["requests"]),
            chain: number(&log["endpoints"]["POST /rest/api/3/search/jql"]) + 1,
            busy: summary["busySeconds"].as_f64().unwrap_or_default(),
            columns: reader.metadata().file_metadata().schema_descr().root_schema().get_fields().len(),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("the sandbox ends");
    }
}

/// The most memory that a process has held so far, where the system tells.
fn peak_megabytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}
