//! A second opinion on JQL: Atlassian's own parser, the npm package `@atlaskit/jql-ast`, reads what the sandbox and the
//! connector take for JQL.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jirrow::sandbox::{Sandbox, SandboxConfig, ServedRequest};
use serde_json::{Value, json};

use crate::cli::{CANARY, USER, sandbox_with};
use crate::support::{Fixture, small};

const PACKAGE: &str = include_str!("node/package.json");
const LOCK: &str = include_str!("node/package-lock.json");

/// Fails unless Atlassian's parser takes every query.
pub fn assert_accepted(queries: &[String]) {
    let Some(verdicts) = verdicts(queries) else { return };
    for (query, objection) in queries.iter().zip(verdicts) {
        assert_eq!(objection, None, "Atlassian's parser refuses `{query}`");
    }
}

/// What Atlassian's parser objects to in each query; `None` if the caller of the suite does without.
pub fn verdicts(queries: &[String]) -> Option<Vec<Option<String>>> {
    let modules = modules()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/node/parse.js");
    let mut command = Command::new("node");
    command.arg(script).env("NODE_PATH", modules).env_remove("NODE_OPTIONS");
    let answer = run(&mut command, &json!(queries).to_string()).unwrap_or_else(|report| panic!("{report}"));
    let verdicts: Vec<Option<String>> = serde_json::from_str(&answer).expect("a list of objections");
    assert_eq!(verdicts.len(), queries.len());
    Some(verdicts)
}

/// The folder of the packages, made once for all test runs.
fn modules() -> Option<&'static Path> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if std::env::var("JIRROW_SKIP").is_ok_and(|names| names.split(',').any(|name| name.trim() == "node")) {
        // Not by a macro, whose output the test harness keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the tests with Atlassian's JQL parser, since JIRROW_SKIP has `node`"
        );
        return None;
    }
    match MADE.get_or_init(make) {
        Ok(path) => Some(path),
        Err(reason) => {
            panic!("{reason}\nInstall node and npm, or set JIRROW_SKIP=node to do without")
        }
    }
}

/// Installs the packages that the lock file names, unless an earlier run has.
fn make() -> Result<PathBuf, String> {
    run(Command::new("node").arg("--version"), "")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jql-parser");
    let (modules, complete) = (folder.join("node_modules"), folder.join("complete"));
    if fs::read_to_string(&complete).is_ok_and(|found| found == LOCK) && modules.exists() {
        return Ok(modules);
    }
    let failed = |e: std::io::Error| format!("`{}` can't be filled: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK)] {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    let options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
    run(Command::new("npm").args(options).current_dir(&folder), "")?;
    fs::write(&complete, LOCK).map_err(failed)?;
    Ok(modules)
}

fn run(command: &mut Command, input: &str) -> Result<String, String> {
    let failed = |e: std::io::Error, command: &Command| format!("{command:?} can't be run: {e}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| failed(e, command))?;
    // A program that does not read ends, and says itself why.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|e| failed(e, command))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!("{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr))),
    }
}

/// What the sandbox objects to in the text of a query, before it looks anything up.
async fn objection(http: &reqwest::Client, sandbox: &Sandbox, query: &str) -> Option<String> {
    let request = http
        .post(format!("{}/rest/api/3/search/jql", sandbox.url()))
        .basic_auth(USER, Some(CANARY))
        .header("Content-Type", "application/json")
        .body(json!({"jql": query, "maxResults": 1}).to_string());
    let text = request.send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let message = answer["errorMessages"][0].as_str()?;
    message.starts_with("Error in the JQL Query").then(|| message.to_owned())
}

/// The same of many queries.
async fn objections(http: &reqwest::Client, sandbox: &Sandbox, queries: &[String]) -> Vec<Option<String>> {
    stream::iter(queries).map(|query| objection(http, sandbox, query)).buffered(8).collect().await
}

/// Fields, in all the ways to write them.
const FIELDS: [&str; 12] = [
    "project",
    "PROJECT",
    "cf[10016]",
    "CF [ 10016 ]",
    "\"Story Points\"",
    "'Story Points'",
    "\"Story Points[Number]\"",
    "Severity[Dropdown]",
    "issue.property[deployment].state",
    "issue.property[\"two words\"].state.name",
    "10001",
    "gr\\u00f6\\u00DFe",
];

/// What can stand behind a field, right or wrong.
const REST: [&str; 117] = [
    "= x",
    "= 'x'",
    "= \"x\"",
    "!= x",
    "!='x'",
    "> 1",
    ">= -1",
    "< 1.5",
    "<= -4w",
    "~ word",
    "!~ \"two words\"",
    "= EMPTY",
    "!= null",
    "~ empty",
    "is EMPTY",
    "IS NOT NULL",
    "is not empty",
    "in (a)",
    "in (a, 'b', 3)",
    "not in (a)",
    "NOT IN (EMPTY, null)",
    "in ((a, b), c)",
    "in openSprints()",
    "not in membersOf('x y')",
    "in (currentUser(), membersOf(x))",
    "= currentUser()",
    "> startOfDay(-1d)",
    ">= startOfMonth(\"-1w\")",
    "= f(1, -2, 'x')",
    "= 'f'(1)",
    "= 1(1)",
    "= f( )",
    "= ''",
    "= 'it\\'s'",
    "= \"it's\"",
    "= 'say \"x\"'",
    "= \"say \\\"x\\\"\"",
    "= \"\\t\\n\\r\\\\\\ \\u0041\"",
    "= \"a\nb\"",
    "= a\\ b",
    "= \\u0041",
    "= a.b",
    "= 10:30",
    "= 2026-01-01",
    "= A-1",
    "= A_1",
    "= é",
    "= 进行中",
    "= \u{a0}",
    "= a\u{a0}b",
    "= \"\u{1f600}\"",
    "was x",
    "was not x",
    "was in (a, b)",
    "was not in f()",
    "was EMPTY",
    "changed",
    "CHANGED BEFORE -1d AFTER 2020-01-01",
    "changed on startOfDay()",
    "changed during (a, b)",
    "changed by (a, b)",
    "changed from a to EMPTY",
    "was x by currentUser() before '2026-01-01'",
    "= a\tand b\n= c",
    // From here on nothing is right.
    "",
    "=",
    "= =",
    "== x",
    "<> x",
    "=! x",
    "!> x",
    "= +1",
    "> EMPTY",
    "is x",
    "is 'EMPTY'",
    "is empty()",
    "is not f()",
    "not = x",
    "not is empty",
    "in x",
    "in 1",
    "in EMPTY",
    "in ()",
    "in (a,)",
    "in (a b)",
    "in (,a)",
    "in (a",
    "= ()",
    "= (a)",
    "= [a]",
    "= a b",
    "= \"a\" 'b'",
    "= f(g())",
    "= f(EMPTY)",
    "= f(a,)",
    "= f(",
    "= x@y",
    "= a*b",
    "= a;b",
    "= #a",
    "= {a}",
    "= \"a",
    "= 'a",
    "= \"x\\d\"",
    "= \"x\\/y\"",
    "= \"\\u00\"",
    "= \"a\tb\"",
    "= \"a\u{1}b\"",
    "like x",
    "= select",
    "= Date",
    "= order",
    "= before",
    "was",
    "was before x",
    "changed to",
    "changed y",
];

/// Queries as a whole, right or wrong.
const QUERIES: [&str; 65] = [
    "",
    " ",
    "order by key",
    "ORDER BY key asc, cf[10016] desc, \"b\" , c DESC",
    "a = 1 order by x[y]",
    "a = 1 and b = 2 or c = 3",
    "a = 1 && b = 2 & c = 3 | d = 4 || e = 5",
    "not a = 1",
    "NOT (a = 1)",
    "not(a=1)",
    "!a = 1",
    "!(a = 1 and !b = 2)",
    "not not a = 1",
    "!!a = 1",
    "((a = 1))",
    "(a = 1 or (b = 2)) and not c changed",
    "a=1 and not b=2",
    "\ta\n=\r1 ",
    "\"and\" = 'or'",
    "'order' = by1",
    "a = 1 order by \"order\"",
    "a != 1 and b !~ 2",
    "a=-1",
    "a>=-1",
    "key in (A-1,A-2)order by key",
    "a = 1 Order By b",
    // From here on nothing is right.
    "a",
    "a b",
    "a b = 1",
    "and",
    "a = 1 and",
    "and a = 1",
    "a=1AND b=2",
    "a = 1 b = 2",
    "a = 1 and and b = 2",
    "a = 1 not b = 2",
    "not",
    "()",
    "(a = 1",
    "a = 1)",
    "(a = 1))",
    "() and a = 1",
    "order",
    "a = 1 order",
    "a = 1 order by",
    "order by",
    "order by a b",
    "order by a,",
    "order by ,a",
    "order by asc",
    "order by a desc asc",
    "order by a and b = 1",
    "cf = 1",
    "cf[] = 1",
    "cf[x] = 1",
    "cf[1 = 1",
    "cf 1 = 1",
    "a[] = 1",
    "a[b = 1",
    "limit = 5",
    "empty = 1 1",
    "= 1",
    "a = 1; b = 2",
    "a = 1 -- b",
    "a = 1 /* b */",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_takes_for_jql_what_atlassians_parser_does() {
    let rest = REST.iter().enumerate().flat_map(|(index, rest)| {
        // Every end behind two of the beginnings.
        [index, index + 5].map(|it| format!("{} {rest}", FIELDS[it % FIELDS.len()]))
    });
    let queries: Vec<String> = rest.chain(QUERIES.map(str::to_owned)).collect();
    let Some(verdicts) = verdicts(&queries) else { return };
    let sandbox = sandbox_with(SandboxConfig { issues: 10, ..small() }).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut accepted = 0;
    let objections = objections(&http, &sandbox, &queries).await;
    for ((query, theirs), ours) in queries.iter().zip(&verdicts).zip(objections) {
        assert_eq!(ours.is_none(), theirs.is_none(), "`{query}`: {ours:?} against {theirs:?}");
        accepted += usize::from(theirs.is_none());
    }
    assert!(accepted > 120 && queries.len() - accepted > 120, "{accepted} of {} accepted", queries.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_words_need_quotes_for_both_parsers() {
    let sandbox = sandbox_with(SandboxConfig { issues: 10, ..small() }).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/rest/api/3/jql/autocompletedata", sandbox.url());
    let answer = http.get(url).basic_auth(USER, Some(CANARY)).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let words =
        answer["jqlReservedWords"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned());
    // Three words of the site's list are plain to Atlassian's parser, and two stand for no value.
    let plain = ["all", "are", "at", "empty", "null"];
    let words: Vec<String> = words.filter(|word| !plain.contains(&word.as_str())).collect();
    assert!(words.len() > 150, "{}", words.len());
    for (form, right) in [("project = '{}'", true), ("project = {}", false), ("{} = 1", false)] {
        let queries: Vec<String> = words.iter().map(|word| form.replace("{}", word)).collect();
        let Some(verdicts) = verdicts(&queries) else { return };
        let objections = objections(&http, &sandbox, &queries).await;
        for ((query, theirs), ours) in queries.iter().zip(verdicts).zip(objections) {
            assert_eq!((theirs.is_none(), ours.is_none()), (right, right), "`{query}`: {theirs:?} {ours:?}");
        }
    }
}

/// The query of a served search.
pub(crate) fn query_of(request: &ServedRequest) -> Option<String> {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let sent = body["jql"].as_str().map(str::to_owned);
    sent.or_else(|| {
        let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(name, _)| *name == "jql")?;
        let value = value.replace('+', " ");
        Some(percent_encoding::percent_decode_str(&value).decode_utf8().ok()?.into_owned())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_statements_ask_jira_for_is_jql_to_atlassians_parser() {
    let fixture = Fixture::start(small(), "").await;
    let key = fixture.sandbox.site().issues.values().next().expect("an issue").key.clone();
    let statements = [
        "SELECT Key, Summary FROM Issues".to_owned(),
        "SELECT Key FROM Issues WHERE ProjectKey = 'SELECT' AND Status <> 'it''s \"done\" \\ or'".to_owned(),
        "SELECT Key FROM Issues WHERE Updated >= TIMESTAMP '2026-03-29 01:30:00Z' ORDER BY Created DESC LIMIT 10".to_owned(),
        "SELECT Key FROM Issues WHERE AssigneeAccountId IS NULL OR Created < DATE '2026-05-01'".to_owned(),
        format!("SELECT * FROM Comments WHERE IssueKey IN ('{key}', 'nobody''s')"),
        "SELECT * FROM Epics".to_owned(),
        "SELECT * FROM IssueLinks LIMIT 5".to_owned(),
        "SELECT * FROM BoardIssues LIMIT 5".to_owned(),
        "SELECT COUNT(*) FROM Issues".to_owned(),
        "SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id WHERE i.ProjectKey = 'PAY'".to_owned(),
    ];
    let asked: Vec<usize> = stream::iter(&statements)
        .then(|sql| {
            let fixture = &fixture;
            async move { fixture.rows(sql).await.map(|_| fixture.sandbox.requests().len()) }
        })
        .try_collect()
        .await
        .expect("rows");
    assert!(asked.last() > Some(&10), "{asked:?}");
    let mut queries: Vec<String> = fixture.sandbox.requests().iter().filter_map(query_of).collect();
    queries.sort();
    queries.dedup();
    assert!(queries.len() > 3, "{queries:?}");
    assert_accepted(&queries);
}
