//! Two rows a table, written down as literals: read off the sandbox's JSON for seed 1 and 300 issues, with the times
//! turned into UTC and the rich text into plain text by hand. They pin the generated data too.

use jirrow::sandbox::SandboxConfig;

use super::read;
use super::tables::{COMMENTS, FIELDS, ISSUES, PROJECTS, Table, USERS, WORKLOGS};
use super::value::{Row, Value, date, instant, int, key, text, texts};
use crate::support::{Fixture, small};

const NULL: Value = Value::Null;
const YES: Value = Value::Bool(true);
const NO: Value = Value::Bool(false);

fn at(utc: &str) -> Value {
    instant(Some(utc.parse().expect("an instant")))
}

fn day(text: &str) -> Value {
    date(Some(text.parse().expect("a day")))
}

fn none() -> Value {
    Value::List(vec![])
}

/// Reads a table and holds its rows of these keys against the literals.
async fn assert_rows<const N: usize>(table: &Table, rows: [[(&'static str, Value); N]; 2]) {
    assert_eq!(
        N,
        table.columns.len(),
        "a literal row of `{}` must have all columns of every site",
        table.name
    );
    let fixture = Fixture::start(SandboxConfig { seed: 1, issues: 300, ..small() }, "").await;
    let found = read(&fixture, table, &format!("SELECT * FROM {}", table.name)).await.unwrap();
    for row in rows.map(Row::from) {
        let key = key(&row, table.key);
        for (column, value) in &row {
            assert_eq!(found[&key][column], *value, "`{}.{column}` of {key}", table.name);
        }
    }
}

#[expect(clippy::too_many_lines, reason = "two rows of all columns")]
#[tokio::test(flavor = "multi_thread")]
async fn two_issues() {
    let sub_task = [
        ("Id", int(10_034)),
        ("Key", text("SELECT-6")),
        ("Summary", text("Document access tokens (6)")),
        (
            "Description",
            text(
                "See the page (https://example.com/a?b=1&c=2), https://example.com/ and https://example.com/browse/PAY-1",
            ),
        ),
        ("Environment", NULL),
        ("IssueType", text("Sub-task")),
        ("IssueTypeId", int(10_003)),
        ("Subtask", YES),
        ("Status", text("进行中")),
        ("StatusId", int(10_022)),
        ("StatusCategory", text("indeterminate")),
        ("StatusCategoryChanged", at("2026-01-13T20:42:39.461Z")),
        ("Priority", text("Lowest")),
        ("PriorityId", int(5)),
        ("Resolution", NULL),
        ("ResolutionId", NULL),
        ("ResolutionDate", NULL),
        ("ProjectId", int(10_001)),
        ("ProjectKey", text("SELECT")),
        ("ProjectName", text("Service, \"Select\"")),
        ("ParentId", int(10_031)),
        ("ParentKey", text("SELECT-5")),
        ("AssigneeAccountId", NULL),
        ("AssigneeDisplayName", NULL),
        ("ReporterAccountId", text("5b77bc27c50177b39030d978")),
        ("ReporterDisplayName", text("Léa Çelik")),
        ("CreatorAccountId", NULL),
        ("CreatorDisplayName", NULL),
        ("Labels", texts(["backend"])),
        ("Components", texts(["Portal"])),
        ("FixVersions", none()),
        ("AffectsVersions", none()),
        ("Created", at("2026-01-13T20:42:39.461Z")),
        ("Updated", at("2026-01-30T08:43:18.772Z")),
        ("DueDate", day("2026-04-07")),
        ("LastViewed", NULL),
        ("Votes", int(16)),
        ("Watchers", int(1)),
        ("WorkRatio", int(19)),
        ("TimeSpentSeconds", int(28_860)),
        ("OriginalEstimateSeconds", int(151_200)),
        ("RemainingEstimateSeconds", NULL),
        ("AggregateTimeSpentSeconds", int(28_860)),
        ("AggregateOriginalEstimateSeconds", int(151_200)),
        ("AggregateRemainingEstimateSeconds", NULL),
        ("SecurityLevel", NULL),
    ];
    // It has a sub-task, PAY-27.
    let task = [
        ("Id", int(10_084)),
        ("Key", text("PAY-24")),
        ("Summary", text("Add the rate limiter (24)")),
        (
            "Description",
            text("first line\nsecond line\n---\nscreenshot.png\n[2a5c9f2e-6d1c-4a0b-9b34-000000000002]"),
        ),
        ("Environment", text("Build 10084, Linux")),
        ("IssueType", text("Task")),
        ("IssueTypeId", int(10_002)),
        ("Subtask", NO),
        ("Status", text("Done")),
        ("StatusId", int(10_001)),
        ("StatusCategory", text("done")),
        ("StatusCategoryChanged", at("2026-02-17T18:22:41.288Z")),
        ("Priority", NULL),
        ("PriorityId", NULL),
        ("Resolution", text("Done")),
        ("ResolutionId", int(10_000)),
        ("ResolutionDate", at("2026-02-17T18:22:41.288Z")),
        ("ProjectId", int(10_000)),
        ("ProjectKey", text("PAY")),
        ("ProjectName", text("Payments")),
        ("ParentId", NULL),
        ("ParentKey", NULL),
        ("AssigneeAccountId", text("557058:593f9627-7c3e-4d2a-9f10-abf121c3d8a5")),
        ("AssigneeDisplayName", text("Karol Kowalski")),
        ("ReporterAccountId", NULL),
        ("ReporterDisplayName", NULL),
        ("CreatorAccountId", text("557058:b9f383a4-7c3e-4d2a-9f10-e20a38b9304b")),
        ("CreatorDisplayName", text("Ana Ito")),
        ("Labels", none()),
        ("Components", none()),
        ("FixVersions", texts(["2.0 \"beta\""])),
        ("AffectsVersions", texts(["1.1"])),
        ("Created", at("2026-02-05T12:09:17.892Z")),
        ("Updated", at("2026-07-22T23:26:57.052Z")),
        ("DueDate", day("2026-03-09")),
        ("LastViewed", NULL),
        ("Votes", int(0)),
        ("Watchers", int(3)),
        ("WorkRatio", int(0)),
        ("TimeSpentSeconds", NULL),
        ("OriginalEstimateSeconds", int(212_400)),
        ("RemainingEstimateSeconds", int(126_000)),
        ("AggregateTimeSpentSeconds", int(8_100)),
        ("AggregateOriginalEstimateSeconds", int(313_200)),
        ("AggregateRemainingEstimateSeconds", int(180_000)),
        ("SecurityLevel", NULL),
    ];
    assert_rows(&ISSUES, [sub_task, task]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_worklogs() {
    let for_developers = [
        ("Id", int(30_231)),
        ("IssueId", int(10_144)),
        ("IssueKey", text("MOBILE-21")),
        ("Comment", text("Worked on MOBILE-21, part 3")),
        ("Started", at("2026-02-27T22:48:13.984Z")),
        ("TimeSpent", text("30m")),
        ("TimeSpentSeconds", int(1_800)),
        ("AuthorAccountId", text("5b2237a6c7f4e5c44c95357a")),
        ("AuthorDisplayName", text("Daria García")),
        ("UpdateAuthorAccountId", text("5b2237a6c7f4e5c44c95357a")),
        ("UpdateAuthorDisplayName", text("Daria García")),
        ("Created", at("2026-03-01T04:38:34.272Z")),
        ("Updated", at("2026-03-01T04:38:34.272Z")),
        ("VisibilityType", text("role")),
        ("VisibilityValue", text("Developers")),
        ("VisibilityIdentifier", text("Developers")),
    ];
    let edited_by_another = [
        ("Id", int(30_036)),
        ("IssueId", int(10_023)),
        ("IssueKey", text("MOBILE-2")),
        ("Comment", NULL),
        ("Started", at("2026-01-21T21:54:14.251Z")),
        ("TimeSpent", text("2h")),
        ("TimeSpentSeconds", int(7_200)),
        ("AuthorAccountId", text("557058:b6d1beb1-7c3e-4d2a-9f10-88dc97e5aab5")),
        ("AuthorDisplayName", text("Björn Horvat")),
        ("UpdateAuthorAccountId", text("557058:593f9627-7c3e-4d2a-9f10-abf121c3d8a5")),
        ("UpdateAuthorDisplayName", text("Karol Kowalski")),
        ("Created", at("2026-01-22T22:41:35.760Z")),
        ("Updated", at("2026-02-01T22:03:02.868Z")),
        ("VisibilityType", NULL),
        ("VisibilityValue", NULL),
        ("VisibilityIdentifier", NULL),
    ];
    assert_rows(&WORKLOGS, [for_developers, edited_by_another]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_comments() {
    let for_a_group = [
        ("Id", int(21_265)),
        ("IssueId", int(10_595)),
        ("IssueKey", text("SELECT-117")),
        ("Body", text("Remark 1 on SELECT-117")),
        ("AuthorAccountId", text("557058:b9f383a4-7c3e-4d2a-9f10-e20a38b9304b")),
        ("AuthorDisplayName", text("Ana Ito")),
        ("UpdateAuthorAccountId", text("557058:b9f383a4-7c3e-4d2a-9f10-e20a38b9304b")),
        ("UpdateAuthorDisplayName", text("Ana Ito")),
        ("Created", at("2026-09-21T19:18:23.404Z")),
        ("Updated", at("2026-09-22T23:33:07.317Z")),
        ("VisibilityType", text("group")),
        ("VisibilityValue", text("jira-developers")),
        ("VisibilityIdentifier", text("276f955c-63d7-42c8-9520-92d01dca0625")),
        ("JsdPublic", YES),
    ];
    let without_author = [
        ("Id", int(20_306)),
        ("IssueId", int(10_268)),
        ("IssueKey", text("OFFICEWORK-33")),
        ("Body", text("Remark 1 on OFFICEWORK-33")),
        ("AuthorAccountId", NULL),
        ("AuthorDisplayName", NULL),
        ("UpdateAuthorAccountId", text("557058:593f9627-7c3e-4d2a-9f10-abf121c3d8a5")),
        ("UpdateAuthorDisplayName", text("Karol Kowalski")),
        ("Created", at("2026-05-07T15:16:37.822Z")),
        ("Updated", at("2026-05-07T15:16:37.822Z")),
        ("VisibilityType", NULL),
        ("VisibilityValue", NULL),
        ("VisibilityIdentifier", NULL),
        ("JsdPublic", YES),
    ];
    assert_rows(&COMMENTS, [for_a_group, without_author]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projects() {
    let live = [
        ("Id", int(10_000)),
        ("Key", text("PAY")),
        ("Name", text("Payments")),
        ("Description", text("Everything about \"money\":\r\ninvoices, cards, refunds.")),
        ("ProjectType", text("software")),
        ("Style", text("classic")),
        ("Simplified", NO),
        ("CategoryId", int(10_000)),
        ("Category", text("Products")),
        ("CategoryDescription", text("")),
        ("LeadAccountId", text("5b10a2844c20165700ede21f")),
        ("LeadDisplayName", text("Demo User")),
        ("Url", NULL),
        ("Archived", NULL),
        ("ArchivedDate", NULL),
        ("ArchivedByAccountId", NULL),
        ("Private", NO),
        ("TotalIssueCount", int(101)),
        ("LastIssueUpdateTime", at("2026-09-30T23:40:29.929Z")),
        ("Uuid", text("e1f6a7d0-0000-4000-8000-000000010000")),
    ];
    let archived = [
        ("Id", int(10_005)),
        ("Key", text("OLD")),
        ("Name", text("Old things")),
        ("Description", text("")),
        ("ProjectType", text("business")),
        ("Style", text("classic")),
        ("Simplified", NO),
        ("CategoryId", NULL),
        ("Category", NULL),
        ("CategoryDescription", NULL),
        ("LeadAccountId", text("5b10a2844c20165700ede21f")),
        ("LeadDisplayName", text("Demo User")),
        ("Url", NULL),
        ("Archived", YES),
        ("ArchivedDate", NULL),
        ("ArchivedByAccountId", NULL),
        ("Private", NO),
        ("TotalIssueCount", int(6)),
        ("LastIssueUpdateTime", at("2026-09-26T20:15:41.430Z")),
        ("Uuid", text("e1f6a7d0-0000-4000-8000-000000010005")),
    ];
    assert_rows(&PROJECTS, [live, archived]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users() {
    let caller = [
        ("AccountId", text("5b10a2844c20165700ede21f")),
        ("AccountType", text("atlassian")),
        ("DisplayName", text("Demo User")),
        ("EmailAddress", text("demo@example.com")),
        ("Active", YES),
        ("TimeZone", text("Europe/Berlin")),
        ("Locale", text("en_GB")),
        ("Name", NULL),
        ("Key", NULL),
    ];
    let app = [
        ("AccountId", text("5bcd06f82a7799127b9e31c8")),
        ("AccountType", text("app")),
        ("DisplayName", text("Automation for Fatima")),
        ("EmailAddress", NULL),
        ("Active", YES),
        ("TimeZone", text("America/New_York")),
        ("Locale", NULL),
        ("Name", NULL),
        ("Key", NULL),
    ];
    assert_rows(&USERS, [caller, app]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_fields() {
    let labels = [
        ("Id", text("labels")),
        ("Key", text("labels")),
        ("Name", text("Labels")),
        ("Custom", NO),
        ("Orderable", NO),
        ("Navigable", YES),
        ("Searchable", YES),
        ("ClauseNames", texts(["labels"])),
        ("Type", text("array")),
        ("Items", text("string")),
        ("SystemName", text("labels")),
        ("CustomType", NULL),
        ("CustomId", NULL),
        ("ScopeType", NULL),
        ("ScopeProjectId", NULL),
    ];
    let story_points = [
        ("Id", text("customfield_10026")),
        ("Key", text("customfield_10026")),
        ("Name", text("Story Points")),
        ("Custom", YES),
        ("Orderable", YES),
        ("Navigable", YES),
        ("Searchable", YES),
        ("ClauseNames", texts(["cf[10026]", "Story Points"])),
        ("Type", text("number")),
        ("Items", NULL),
        ("SystemName", NULL),
        ("CustomType", text("com.atlassian.jira.plugin.system.customfieldtypes:float")),
        ("CustomId", int(10_026)),
        ("ScopeType", text("PROJECT")),
        ("ScopeProjectId", int(10_002)),
    ];
    assert_rows(&FIELDS, [labels, story_points]).await;
}
