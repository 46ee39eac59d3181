//! Rows that are read parent by parent, of a project, a board, a sprint or a group: a parent that can't be read fails the
//! query, or is left out and named, unless it has no rows by nature.

use jirrow::sandbox::assumptions::LostSprints;
use jirrow::sandbox::model::{Board, BoardKind};
use jirrow::sandbox::{Assumptions, SandboxConfig};

use super::super::tables::{Table, named};
use super::super::value::{self, Rows, Value};
use super::super::{assert_whole, read};
use crate::support::{Fixture, small};

/// Table, the endpoint of one parent that fails, and that parent.
const PARENTS: [(&str, &str, i64); 5] = [
    ("ProjectComponents", "GET /rest/api/3/project/10000/components", 10_000),
    ("ProjectVersions", "GET /rest/api/3/project/10000/versions", 10_000),
    ("SprintIssues", "GET /rest/agile/1.0/sprint/11/issue", 11),
    // These two come last, as the rows of sprints lie behind those of boards.
    ("BoardSprints", "GET /rest/agile/1.0/board/5/sprint", 5),
    ("Sprints", "GET /rest/agile/1.0/board/5/sprint", 5),
];

fn whole(table: &Table) -> String {
    format!("SELECT * FROM {}", table.name)
}

/// The rows without those that only this parent has.
fn without(fixture: &Fixture, table: &Table, parent: i64) -> Rows {
    let mut rows = table.expected(&fixture.sandbox.site());
    let all = rows.len();
    match table.name {
        // A sprint of this board is shown by others too, which nobody left out.
        "Sprints" => {
            let shown = without(fixture, named("BoardSprints"), parent);
            rows.retain(|_, row| shown.values().any(|it| it["SprintId"] == row["Id"]));
        }
        "SprintIssues" => rows.retain(|_, row| row["SprintId"] != Value::Int(parent)),
        "BoardSprints" => rows.retain(|_, row| row["BoardId"] != Value::Int(parent)),
        _ => rows.retain(|_, row| row["ProjectId"] != Value::Int(parent)),
    }
    assert!(!rows.is_empty() && rows.len() < all, "`{}`: {} of {all}", table.name, rows.len());
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parents_that_can_be_read_give_their_rows_with_a_warning_for_the_others() {
    for status in [500, 404, 403] {
        let fixture = Fixture::start(SandboxConfig { issues: 130, ..small() }, "OnParentError=warn").await;
        for (name, endpoint, parent) in PARENTS {
            let table = named(name);
            fixture.sandbox.fail_always(endpoint, status);
            let found = read(&fixture, table, &whole(table)).await.unwrap();
            let expected = without(&fixture, table, parent);
            assert_eq!(value::differences(&expected, &found), Vec::<String>::new(), "{name}, {status}");
            let warnings = fixture.session.report().take().warnings;
            assert_eq!(warnings.len(), 1, "{name}, {status}: {warnings:?}");
            for part in [format!("table `{name}`"), format!("`{parent}`"), status.to_string()] {
                assert!(warnings[0].contains(&part), "no {part} in: {}", warnings[0]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_parents_is_needed_even_where_parents_may_fail() {
    for (name, endpoint) in [
        ("ProjectComponents", "GET /rest/api/3/project/search"),
        ("GroupMembers", "GET /rest/api/3/group/bulk"),
        ("Sprints", "GET /rest/agile/1.0/board"),
    ] {
        let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "OnParentError=warn").await;
        fixture.sandbox.fail_always(endpoint, 500);
        let found = read(&fixture, named(name), &whole(named(name))).await;
        assert!(found.is_err(), "`{name}`: {} rows", found.unwrap().len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_sprints_by_nature_is_no_failure_and_any_other_refusal_is_one() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    let site = fixture.sandbox.site();
    let kanban: Vec<&Board> = site.boards.iter().filter(|it| it.kind == BoardKind::Kanban).collect();
    assert!(kanban.len() > 1 && kanban[0].id == 3);
    for name in ["Sprints", "BoardSprints"] {
        let table = named(name);
        assert_whole(&fixture, table, &whole(table), "with Kanban boards").await;
    }
    let of_one = read(&fixture, named("BoardSprints"), "SELECT * FROM BoardSprints WHERE BoardId = 3").await;
    assert_eq!(of_one.unwrap().len(), 0);
    fixture.sandbox.fail_always("GET /rest/agile/1.0/board/3/sprint", 400);
    for name in ["Sprints", "BoardSprints"] {
        let error = read(&fixture, named(name), &whole(named(name))).await.expect_err("an error");
        for part in [&format!("table `{name}`"), "board/3/sprint", "400"] {
            assert!(error.contains(part), "no {part} in: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_that_are_not_there_have_no_rows_and_the_summary_says_so() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    for (name, filter) in [
        // Hidden, private, never there.
        ("ProjectComponents", "ProjectId = 10006"),
        ("ProjectVersions", "ProjectId IN (10006, 4711)"),
        ("BoardSprints", "BoardId IN (6, 9)"),
        ("SprintIssues", "SprintId = 13"),
        ("Sprints", "Id IN (13, 300, 4711)"),
        ("GroupMembers", "GroupId = 'no such group'"),
    ] {
        let sql = format!("SELECT * FROM {name} WHERE {filter}");
        let found = read(&fixture, named(name), &sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        assert_eq!(found.len(), 0, "{sql}");
        let notes = fixture.session.report().take().notes;
        assert!(notes.iter().any(|it| it.contains("do not exist, or may not be seen")), "{sql}: {notes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sprint_without_a_board_is_there_by_id_where_the_site_gives_it() {
    let assumptions = Assumptions { lost_sprints: LostSprints::ById, ..Assumptions::default() };
    let fixture = Fixture::start(SandboxConfig { assumptions, issues: 130, ..small() }, "").await;
    let of_issues = named("IssueSprints").expected(&fixture.sandbox.site());
    let in_it = of_issues.values().filter(|row| row["SprintId"] == Value::Int(13)).count();
    assert!(in_it > 0);
    for (name, filter, rows) in [("Sprints", "Id = 13", 1), ("SprintIssues", "SprintId = 13", in_it)] {
        let sql = format!("SELECT * FROM {name} WHERE {filter}");
        assert_eq!(read(&fixture, named(name), &sql).await.unwrap().len(), rows, "{sql}");
    }
}
