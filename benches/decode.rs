//! One page of issues, from bytes to Arrow columns: beside the floor (the parser reading past everything) and the usual
//! way (a document in memory, then its members). What counts are ratios of one run, which it prints at its end.
//!
//! `cargo bench --bench decode`; with `-- --check` it only takes the ratios, and fails where one misses its bound.
#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::BytesCount;
use jirrow::decode::Layout;
use jirrow::schema::Library;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Scalar columns of different types and depths, and where a document has their values.
const SCALARS: [(&str, &str); 14] = [
    ("Id", "/id"),
    ("Key", "/key"),
    ("Summary", "/fields/summary"),
    ("IssueType", "/fields/issuetype/name"),
    ("Status", "/fields/status/name"),
    ("StatusId", "/fields/status/id"),
    ("StatusCategory", "/fields/status/statusCategory/key"),
    ("Priority", "/fields/priority/name"),
    ("ProjectKey", "/fields/project/key"),
    ("AssigneeDisplayName", "/fields/assignee/displayName"),
    ("ReporterDisplayName", "/fields/reporter/displayName"),
    ("Created", "/fields/created"),
    ("Updated", "/fields/updated"),
    ("TimeSpentSeconds", "/fields/timespent"),
];

/// The first forty columns of `*` without those that Jira computes from the others: rich text and lists are among them.
const COLUMNS: [&str; 40] = [
    "Id",
    "Key",
    "Summary",
    "Description",
    "Environment",
    "IssueType",
    "IssueTypeId",
    "Subtask",
    "Status",
    "StatusId",
    "StatusCategory",
    "StatusCategoryChanged",
    "Priority",
    "PriorityId",
    "Resolution",
    "ResolutionId",
    "ResolutionDate",
    "ProjectId",
    "ProjectKey",
    "ProjectName",
    "ParentId",
    "ParentKey",
    "AssigneeAccountId",
    "AssigneeDisplayName",
    "ReporterAccountId",
    "ReporterDisplayName",
    "CreatorAccountId",
    "CreatorDisplayName",
    "Labels",
    "Components",
    "FixVersions",
    "AffectsVersions",
    "Created",
    "Updated",
    "DueDate",
    "LastViewed",
    "Votes",
    "Watchers",
    "WorkRatio",
    "TimeSpentSeconds",
];

/// Of the floor's speed, at least, with fourteen scalar columns.
const LEAST_OF_FLOOR_SCALARS: f64 = 0.5;
/// Of the floor's speed, at least, with forty columns.
const LEAST_OF_FLOOR_COLUMNS: f64 = 0.3;
/// Times the speed of the document in memory, at least, with fourteen scalar columns.
const LEAST_OF_DOCUMENT: f64 = 4.0;
/// Turns that the ratios are taken from. A turn is short, so that few are interrupted by what else the machine does.
const TURNS: usize = 300;

/// A page as issue search gives it when every field is asked for: 100 issues, 630 KB, 124 custom fields of which nearly
/// all are null.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let issues: Vec<String> = (0..100).map(issue).collect();
    let page =
        format!(r#"{{"issues":[{}],"nextPageToken":"Ck1tZXRhZGF0YQ","isLast":false}}"#, issues.join(","));
    assert!((620_000..640_000).contains(&page.len()), "the page has {} bytes", page.len());
    page
});

const SITE: &str = "https://example.atlassian.net/rest/api/3";

fn user(number: usize) -> String {
    let avatar = |size| {
        format!(r#""{size}":"https://avatar-management.example.net/5b10a2844c20165700ede{number:03}/{size}""#)
    };
    format!(
        r#"{{"self":"{SITE}/user?accountId=5b10a2844c20165700ede{number:03}","accountId":"5b10a2844c20165700ede{number:03}","avatarUrls":{{{},{}}},"displayName":"Person {number}","active":true,"timeZone":"Europe/Berlin","accountType":"atlassian"}}"#,
        avatar("48x48"),
        avatar("24x24"),
    )
}

/// A description of two paragraphs and a list; every third issue has none, every fifth says something with escapes.
fn description(number: usize) -> String {
    if number.is_multiple_of(3) {
        return "null".to_owned();
    }
    let text = |words: &str| format!(r#"{{"type":"text","text":"{words}"}}"#);
    let strong = |words: &str| format!(r#"{{"type":"text","text":"{words}","marks":[{{"type":"strong"}}]}}"#);
    let paragraph = |content: &str| format!(r#"{{"type":"paragraph","content":[{content}]}}"#);
    let item = |words: &str| format!(r#"{{"type":"listItem","content":[{}]}}"#, paragraph(&text(words)));
    let quoted =
        if number.is_multiple_of(5) { r"It says \u201eno such file\u201c.\n" } else { "It says nothing." };
    format!(
        r#"{{"type":"doc","version":1,"content":[{},{},{{"type":"bulletList","content":[{},{}]}}]}}"#,
        paragraph(
            &(text("Steps that lead to it, as a customer wrote them, and what ")
                + ","
                + &strong("should happen"))
        ),
        paragraph(&text(quoted)),
        item("Open the page"),
        item("Press the button twice"),
    )
}

fn issue(number: usize) -> String {
    let id = 10_000 + number;
    let named = |kind: &str, id: usize, name: &str| {
        format!(r#"{{"self":"{SITE}/{kind}/{id}","id":"{id}","name":"{name}"}}"#)
    };
    let some =
        |every: usize, value: String| if number.is_multiple_of(every) { value } else { "null".to_owned() };
    let several =
        |every: usize, value: String| if number.is_multiple_of(every) { value } else { String::new() };
    let mut issue = format!(
        r#"{{"expand":"renderedFields,names,schema,operations,editmeta,changelog","id":"{id}","self":"{SITE}/issue/{id}","key":"DEMO-{number}","fields":{{"statuscategorychangedate":"2026-02-01T09:30:00.000+0100","issuetype":{{"self":"{SITE}/issuetype/10001","id":"10001","description":"Something to be done","name":"Story","subtask":false,"avatarId":10315,"hierarchyLevel":0}},"timespent":{},"project":{{"self":"{SITE}/project/10000","id":"10000","key":"DEMO","name":"Demonstration","projectTypeKey":"software","simplified":false}},"fixVersions":[{}],"aggregatetimespent":null,"resolution":{},"resolutiondate":{},"workratio":-1,"lastViewed":null,"watches":{{"self":"{SITE}/issue/DEMO-{number}/watchers","watchCount":{},"isWatching":false}},"created":"2026-01-17T12:34:00.000+0100","priority":{},"labels":[{}],"timeestimate":null,"versions":[],"issuelinks":[],"assignee":{},"updated":"2026-02-17T12:34:56.789+0100","status":{{"self":"{SITE}/status/3","description":"","name":"In Progress","id":"3","statusCategory":{{"self":"{SITE}/statuscategory/4","id":4,"key":"indeterminate","colorName":"yellow","name":"In Progress"}}}},"components":[{}],"description":{},"summary":"Summary of issue {number}, as long as they are","creator":{},"subtasks":[],"reporter":{},"environment":null,"duedate":{},"progress":{{"progress":0,"total":0}},"votes":{{"self":"{SITE}/issue/DEMO-{number}/votes","votes":{},"hasVoted":false}}"#,
        some(2, (number * 60).to_string()),
        several(4, named("version", 10_100, "1.0")),
        some(3, named("resolution", 10_000, "Done")),
        some(3, r#""2026-02-16T10:00:00.000+0100""#.to_owned()),
        number % 7,
        named("priority", 2, "High"),
        several(2, r#""backend","customer-request""#.to_owned()),
        some(2, user(number)),
        several(3, named("component", 10_200, "Reports")),
        description(number),
        user(1),
        user(2),
        some(6, r#""2026-03-31""#.to_owned()),
        number % 3,
    );
    for field in 0..124 {
        let value = match field {
            16 => some(2, format!("{}.0", number % 13)),
            20 => format!(
                r#"[{{"id":{0},"name":"Sprint {0}","state":"active","boardId":1,"goal":""}}]"#,
                number / 10
            ),
            30 => {
                some(4, format!(r#"{{"self":"{SITE}/customFieldOption/10030","value":"Blue","id":"10030"}}"#))
            }
            19 => format!(r#""0|i{number:05}:""#),
            _ => "null".to_owned(),
        };
        let _ = write!(issue, r#","customfield_{}":{value}"#, 10_000 + field);
    }
    issue.push_str("}}");
    issue
}

fn layout(columns: impl IntoIterator<Item = &'static str>) -> Layout {
    let table = Library::built_in().table("jira", "public", "Issues").unwrap().unwrap();
    let columns: Vec<usize> = columns.into_iter().map(|name| table.column(name).unwrap()).collect();
    let layout = Layout::new(&table, table.path("search").unwrap(), &columns, &[]).unwrap();
    let page = layout.decode(PAGE.as_bytes(), &[]).unwrap();
    assert_eq!((page.batch.num_rows(), page.field_errors), (100, 0));
    layout
}

fn scalars() -> Layout {
    layout(SCALARS.map(|(name, _)| name))
}

/// Reads the page into a document and looks at the values of [`SCALARS`]; nothing is kept of them, which is less than
/// anybody could do with it.
fn document(page: &str) -> usize {
    let document: Value = serde_json::from_str(page).unwrap();
    let issues = document["issues"].as_array().unwrap();
    let size = |value: &Value| value.as_str().map_or_else(|| usize::from(value.is_i64()), str::len);
    issues.iter().flat_map(|issue| SCALARS.map(|(_, at)| issue.pointer(at).map_or(0, size))).sum()
}

fn main() -> ExitCode {
    let checks = std::env::args().any(|argument| argument == "--check");
    if !checks {
        divan::main();
    }
    let all_met = ratios();
    if checks && !all_met { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints the medians and their ratios; says whether every bound is met.
fn ratios() -> bool {
    let page = PAGE.as_str();
    let (scalars, columns) = (scalars(), layout(COLUMNS));
    let ways: [&dyn Fn(); 4] = [
        &|| _ = black_box(serde_json::from_str::<IgnoredAny>(black_box(page)).unwrap()),
        &|| _ = black_box(scalars.decode(black_box(page.as_bytes()), &[]).unwrap()),
        &|| _ = black_box(columns.decode(black_box(page.as_bytes()), &[]).unwrap()),
        &|| _ = black_box(document(black_box(page))),
    ];
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..TURNS {
        for (way, times) in ways.iter().zip(&mut times) {
            // Once before: what the way before it left to be tidied up in memory is not its own.
            way();
            let began = Instant::now();
            way();
            times.push(began.elapsed());
        }
    }
    let [floor, scalars, columns, document] = times.map(|times| median(times).as_secs_f64());
    println!("\nmedians of {TURNS} turns; the page has {} bytes", page.len());
    for (name, time) in [
        ("read past", floor),
        ("14 scalar columns", scalars),
        ("40 columns", columns),
        ("document, 14 members", document),
    ] {
        println!("{name:21} {:7.0} µs {:7.0} MB/s", time * 1e6, page.len() as f64 / time / 1e6);
    }
    let mut all_met = true;
    for (name, ratio, least) in [
        ("14 scalar columns, of the floor's speed", floor / scalars, LEAST_OF_FLOOR_SCALARS),
        ("40 columns, of the floor's speed", floor / columns, LEAST_OF_FLOOR_COLUMNS),
        ("14 scalar columns, times the document's", document / scalars, LEAST_OF_DOCUMENT),
    ] {
        let met = ratio >= least;
        all_met &= met;
        println!("{name:40} {ratio:5.2} (at least {least}){}", if met { "" } else { " MISSED" });
    }
    all_met
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[divan::bench]
fn scalars_14(bencher: Bencher) {
    let (layout, page) = (scalars(), PAGE.as_bytes());
    bencher.counter(BytesCount::of_slice(page)).bench(|| layout.decode(page, &[]).unwrap());
}

#[divan::bench]
fn columns_40(bencher: Bencher) {
    let (layout, page) = (layout(COLUMNS), PAGE.as_bytes());
    bencher.counter(BytesCount::of_slice(page)).bench(|| layout.decode(page, &[]).unwrap());
}

#[divan::bench]
fn floor_ignored(bencher: Bencher) {
    let page = PAGE.as_str();
    bencher.counter(BytesCount::of_str(page)).bench(|| serde_json::from_str::<IgnoredAny>(page).unwrap());
}

#[divan::bench]
fn document_14_members(bencher: Bencher) {
    let page = PAGE.as_str();
    bencher.counter(BytesCount::of_str(page)).bench(|| document(page));
}
