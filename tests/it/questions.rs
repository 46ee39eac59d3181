//! Thirty questions that analysts ask, each with the plan that EXPLAIN shows and the requests that the answer cost. A
//! request more is a regression, and so is a plan that reads other rows than the question is about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use datafusion::arrow::array::RecordBatch;
use jirrow::sandbox::SandboxConfig;

use crate::support::{Fixture, plan, small, sorted};

const QUESTIONS: &[&str] = &[
    // One thing, or a few.
    "SELECT Key, Summary, Status FROM Issues WHERE Key = 'PAY-5'",
    "SELECT Key, Summary FROM Issues WHERE Key IN ('PAY-5', 'PAY-7', 'PAY-8')",
    "SELECT Author.DisplayName, w.Started, w.TimeSpentSeconds FROM Worklogs w JOIN Users Author ON Author.AccountId = w.AuthorAccountId WHERE w.IssueKey = 'PAY-5'",
    "SELECT Created, Body FROM Comments WHERE IssueKey = 'PAY-5' ORDER BY Created",
    // What is open, what is late, whose it is.
    "SELECT Key, Summary FROM Issues WHERE ProjectKey = 'PAY' AND StatusCategory <> 'done'",
    "SELECT Key, AssigneeDisplayName FROM Issues WHERE Resolution IS NULL AND Priority IN ('High', 'Highest')",
    "SELECT Key, DueDate FROM Issues WHERE DueDate < '2026-09-01' AND Resolution IS NULL ORDER BY DueDate",
    "SELECT Key FROM Issues WHERE AssigneeAccountId IS NULL AND IssueType = 'Bug'",
    "SELECT Key FROM Issues WHERE array_has(Labels, 'backend') AND Created >= '2026-06-01'",
    "SELECT Key, StoryPoints FROM Issues WHERE StoryPoints >= 8",
    "SELECT Key FROM Issues WHERE Summary LIKE '%login%' AND ProjectKey = 'PAY'",
    "SELECT Key, Votes FROM Issues WHERE Votes > 3 OR Watchers > 5",
    // The newest.
    "SELECT Key, Summary, Created FROM Issues ORDER BY Created DESC LIMIT 10",
    "SELECT Key, Updated FROM Issues WHERE ProjectKey = 'PAY' ORDER BY Updated DESC, Key LIMIT 5",
    "SELECT Key FROM Issues WHERE Updated >= '2026-09-01' AND Updated < '2026-09-08'",
    "SELECT Key FROM Issues LIMIT 20",
    // How many.
    "SELECT count(*) FROM Issues",
    "SELECT ProjectKey, count(*) FROM Issues GROUP BY ProjectKey ORDER BY 1",
    "SELECT DISTINCT Status FROM Issues WHERE ProjectKey = 'PAY'",
    "SELECT date_trunc('month', Created) AS Month, count(*) FROM Issues WHERE IssueType = 'Bug' GROUP BY 1 ORDER BY 1",
    // Time.
    "SELECT AuthorDisplayName, sum(TimeSpentSeconds) / 3600.0 AS Hours FROM Worklogs GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
    "SELECT i.Key, sum(w.TimeSpentSeconds) FROM Worklogs w JOIN Issues i ON w.IssueId = i.Id WHERE i.ProjectKey = 'PAY' AND i.Updated > '2026-09-20' GROUP BY 1 ORDER BY 1",
    "SELECT IssueId, TimeSpentSeconds FROM Worklogs WHERE Updated >= '2026-09-20'",
    "SELECT w.Id FROM Worklogs w JOIN Issues i ON w.IssueKey = i.Key WHERE i.Key IN ('PAY-5', 'PAY-7')",
    // What belongs to issues.
    "SELECT l.IssueKey FROM IssueLabels l WHERE l.Label = 'backend'",
    "SELECT IssueKey, Component FROM IssueComponents WHERE IssueKey = 'PAY-5'",
    "SELECT h.IssueId, h.ToText, h.Created FROM IssueFieldHistory h JOIN Issues i ON h.IssueId = i.Id WHERE i.Key = 'PAY-5' AND h.Field = 'status'",
    "SELECT Key FROM Issues WHERE Id IN (SELECT IssueId FROM IssueLinks WHERE IssueKey = 'PAY-5')",
    // Projects, boards, sprints.
    "SELECT p.Key, v.Name, v.ReleaseDate FROM ProjectVersions v JOIN Projects p ON v.ProjectId = p.Id WHERE p.Key = 'PAY' AND NOT v.Released",
    "SELECT b.Name, s.Name, s.State FROM Boards b JOIN BoardSprints s ON s.BoardId = b.Id WHERE b.Id = 1",
];

#[tokio::test(flavor = "multi_thread")]
async fn thirty_questions_cost_what_they_say() {
    assert_eq!(QUESTIONS.len(), 30);
    let fixture = Fixture::start(SandboxConfig { issues: 1_000, ..small() }, "").await;
    fixture.warm().await;
    let mut text = String::new();
    for sql in QUESTIONS {
        writeln!(text, "{sql}\n{}", plan(&fixture, sql).await).unwrap();
        fixture.sandbox.clear_requests();
        let rows: usize = fixture.rows(sql).await.unwrap().iter().map(RecordBatch::num_rows).sum();
        let mut served: BTreeMap<String, usize> = BTreeMap::new();
        for request in fixture.sandbox.requests().iter().filter(|it| !it.path.ends_with("/myself")) {
            assert_eq!(request.status, 200, "{sql}: {request:?}");
            // Addresses with a key in them are one kind of request.
            let path: Vec<_> =
                request
                    .path
                    .split('/')
                    .map(|part| {
                        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
                            "{id}"
                        } else {
                            part
                        }
                    })
                    .collect();
            let path = path.join("/").replace("/api/{id}/", "/api/3/");
            *served.entry(format!("{} {path}", request.method)).or_default() += 1;
        }
        let total: usize = served.values().sum();
        writeln!(text, "=> {rows} rows, {total} requests").unwrap();
        for (request, times) in served {
            writeln!(text, "   {times} × {request}").unwrap();
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

/// The rows are those of the same question over plain tables that hold all there is.
#[tokio::test(flavor = "multi_thread")]
async fn thirty_questions_have_the_rows_that_they_have_without_push_down() {
    let fixture = Fixture::start(small(), "").await;
    for sql in QUESTIONS.iter().filter(|sql| !sql.contains("LIMIT") || sql.contains("ORDER BY")) {
        let mut both = vec![];
        for pushdown in ["true", "false"] {
            fixture.rows(&format!("SET jirrow.pushdown = {pushdown}")).await.unwrap();
            both.push(sorted(&fixture.rows(sql).await.unwrap()));
        }
        assert_eq!(both[0], both[1], "{sql}");
    }
}
