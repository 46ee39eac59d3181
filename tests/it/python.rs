//! Second opinions: pyarrow and DuckDB read the files that the binary writes, and Python's `jira` package reads the
//! sandbox. All three are other people's readings of the formats and of Jira's API; what they should find comes
//! from the sandbox's data.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use jirrow::sandbox::model::{Caller, Issue, Site};
use jirrow::sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::cli::{CANARY, Desk, USER, clean, sandbox_with};

const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// Python with the packages, made once for all test runs; `None` if the caller of the suite does without.
pub fn python() -> Option<&'static Path> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if std::env::var("JIRROW_SKIP").is_ok_and(|names| names.split(',').any(|name| name.trim() == "python")) {
        // Not by a macro, whose output the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "skipped: the tests with Python, since JIRROW_SKIP has `python`");
        return None;
    }
    match MADE.get_or_init(make) {
        Ok(path) => Some(path),
        Err(reason) => {
            panic!("{reason}\nInstall python3 with its venv module, or set JIRROW_SKIP=python to do without")
        }
    }
}

/// Makes the virtual environment, unless an earlier run has: its folder is called after what is in it.
fn make() -> Result<PathBuf, String> {
    let version = run(Command::new("python3").arg("--version"))?;
    let name: String = format!("{version}-{REQUIREMENTS}")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, complete) = (folder.join("bin").join("python"), folder.join("complete"));
    if complete.exists() && run(Command::new(&python).arg("--version")).is_ok() {
        return Ok(python);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("can't remove `{}`: {e}", folder.display()))?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, REQUIREMENTS).map_err(|e| format!("can't write `{}`: {e}", list.display()))?;
    let options =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "-r"];
    run(Command::new(&python).args(options).arg(&list))?;
    fs::write(&complete, "").map_err(|e| format!("can't write `{}`: {e}", complete.display()))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?} can't be run: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!("{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr))),
    }
}

/// Runs a script of this folder, which gets the expected values as a JSON file.
pub fn holds(python: &Path, desk: &Desk, script: &str, expected: &Value) {
    desk.write("expected.json", &expected.to_string());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python").join(script);
    let mut command = Command::new(python);
    clean(&mut command);
    // Isolated: nothing of the user's own Python takes part.
    command.arg("-I").arg(path).arg("expected.json").current_dir(desk.path());
    run(&mut command).unwrap_or_else(|report| panic!("{report}"));
}

async fn site() -> Sandbox {
    sandbox_with(SandboxConfig::default()).await
}

fn issue_values(site: &Site, issue: &Issue) -> Value {
    let status = site.status(issue.status_id).map(|s| &s.name);
    let project = site.project(issue.project_id).map(|p| &p.key);
    json!({
        "id": issue.id,
        "key": issue.key,
        "summary": issue.summary,
        "status": status,
        "project": project,
        "labels": issue.labels,
        "due": issue.due_date.map(|d| d.to_string()),
        "assignee": issue.assignee.as_deref(),
        "parent": issue.parent.as_ref().map(|p| &p.key),
        "created": issue.created.timestamp_micros(),
        "updated": issue.updated.timestamp_micros(),
        "resolved": issue.resolution_date.map(|t| t.timestamp_micros()),
        "spent": issue.time_spent,
    })
}

fn worklog_values(issue: &Issue) -> Vec<Value> {
    let visible = issue.visible_worklogs(Caller::Demo).into_iter();
    visible
        .map(|w| {
            json!({
                "id": w.id,
                "issue": issue.id,
                "key": issue.key,
                "comment": w.comment.as_ref().map(|c| c.to_wiki()),
                "started": w.started.timestamp_micros(),
                "created": w.created.timestamp_micros(),
                "seconds": w.seconds,
                "author": &*w.author,
            })
        })
        .collect()
}

fn comment_values(issue: &Issue) -> Vec<Value> {
    let visible = issue.visible_comments(Caller::Demo).into_iter();
    visible
        .map(|c| {
            json!({
                "id": c.id,
                "body": c.body.to_wiki(),
                "created": c.created.timestamp_micros(),
                "updated": c.updated.timestamp_micros(),
                "author": c.author.as_deref(),
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pyarrow_and_duckdb_read_the_files_with_the_promised_types_and_all_rows() {
    let Some(python) = python() else { return };
    let (desk, sandbox) = (Desk::new(), site().await);
    let worklogs =
        "SELECT Id, IssueId, IssueKey, Comment, Started, TimeSpent, TimeSpentSeconds FROM Worklogs";
    let issues =
        "SELECT Id, Key, Summary, Subtask, Labels, DueDate, Created, Votes / 2.0 AS Half FROM Issues";
    for extension in ["parquet", "arrow", "csv"] {
        desk.sql(&sandbox, &["-o", &format!("worklogs.{extension}"), worklogs]).succeeds();
        desk.sql(&sandbox, &["-o", &format!("issues.{extension}"), issues]).succeeds();
    }
    desk.sql(&sandbox, &["-o", "empty.parquet", &format!("{worklogs} WHERE Id < 0")]).succeeds();
    let site = sandbox.site();
    let searchable = || site.searchable_issues(Caller::Demo);
    let expected = json!({
        "worklogs": searchable().flat_map(worklog_values).collect::<Vec<_>>(),
        "issues": searchable().map(|i| issue_values(&site, i)).collect::<Vec<_>>(),
    });
    holds(python, &desk, "files.py", &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jira_package_reads_issues_worklogs_and_comments_of_the_sandbox() {
    let Some(python) = python() else { return };
    let (desk, sandbox) = (Desk::new(), site().await);
    let site = sandbox.site();
    let (mut worklogs, mut comments) = (BTreeMap::new(), BTreeMap::new());
    for id in &site.long_tails {
        let issue = &site.issues[id];
        worklogs.insert(issue.key.clone(), worklog_values(issue));
        comments.insert(issue.key.clone(), comment_values(issue));
    }
    let mut lengths: Vec<usize> = worklogs.values().chain(comments.values()).map(Vec::len).collect();
    lengths.sort_unstable();
    for length in [21, 150, 224, 1_200] {
        assert!(lengths.contains(&length), "no issue has {length} of them: {lengths:?}");
    }
    let issues: Vec<Value> = site.searchable_issues(Caller::Demo).map(|i| issue_values(&site, i)).collect();
    let expected = json!({
        "url": sandbox.url(), "user": USER, "token": CANARY, "issues": issues, "worklogs": worklogs, "comments": comments,
    });
    holds(python, &desk, "api.py", &expected);
}
