//! Analyses by name.

use jirrow::catalog::{Parameter, Parameters};
use jirrow::sandbox::by_hand::Set;

use super::{at, texts, written};
use crate::support::Fixture;

async fn site() -> Fixture {
    written(|pen| {
        let first = pen.issue("PAY", at("2026-03-02 09:00")).unwrap();
        pen.change(first, at("2026-03-03 09:00"), &[Set::Status("In Progress"), Set::Points(Some(2.0))])
            .unwrap();
        pen.change(first, at("2026-03-05 09:00"), &[Set::Status("Done"), Set::Resolution(Some("Done"))])
            .unwrap();
        let second = pen.issue("PAY", at("2026-03-04 09:00")).unwrap();
        pen.change(second, at("2026-03-05 09:00"), &[Set::Status("Done")]).unwrap();
        pen.change(second, at("2026-03-06 09:00"), &[Set::Status("To Do")]).unwrap();
        pen.change(second, at("2026-03-09 09:00"), &[Set::Status("Done")]).unwrap();
        let third = pen.issue("MOBILE", at("2026-03-04 23:30")).unwrap();
        for (issue, user, started, hours) in [
            (first, 0, "2026-02-28 23:00", 8),
            (first, 0, "2026-03-01 00:00", 1),
            (first, 1, "2026-03-02 10:00", 2),
            (third, 0, "2026-03-02 23:59", 3),
            (third, 0, "2026-03-03 00:00", 8),
        ] {
            pen.worklog(issue, user, at(started), hours * 3_600).unwrap();
        }
    })
    .await
}

async fn run(fixture: &Fixture, name: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let sql = fixture.session.queries().analysis(name).unwrap_or_else(|| panic!("{name}")).sql.clone();
    let given = parameters.iter().map(|(name, value)| Parameter::new(*name, *value));
    let given = Parameters::new(given).unwrap();
    given.check_used(&sql).unwrap();
    texts(&fixture.rows_with(&sql, &given).await.unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_stand_as_they_did_at_an_instant() {
    let fixture = site().await;
    let found = run(&fixture, "issues_as_of", &[("project", "PAY"), ("at", "2026-03-05 10:00:00")]).await;
    let expected = [
        "PAY-1 | Story | Done | done | NULL | Medium | Done | 2.0 | NULL | 2026-03-05 09:00:00",
        "PAY-2 | Story | Done | done | NULL | Medium | NULL | NULL | NULL | 2026-03-05 09:00:00",
    ];
    assert_eq!(found, expected);
    fixture.rows("SET jirrow.time_zone = 'Europe/Berlin'").await.unwrap();
    // Nine in Berlin is before the changes.
    let found = run(&fixture, "issues_as_of", &[("project", "PAY"), ("at", "2026-03-05 09:00:00")]).await;
    let expected = [
        "PAY-1 | Story | In Progress | indeterminate | NULL | Medium | NULL | 2.0 | NULL | 2026-03-03 09:00:00",
        "PAY-2 | Story | To Do | new | NULL | Medium | NULL | NULL | NULL | 2026-03-04 09:00:00",
    ];
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_issues_flow_from_day_to_day() {
    let fixture = site().await;
    let mut found = run(&fixture, "cumulative_flow", &[("project", "PAY"), ("since", "2026-03-03")]).await;
    found.truncate(7);
    let expected = [
        "2026-03-03 | 0 | 1 | 0",
        "2026-03-04 | 0 | 1 | 1",
        "2026-03-05 | 2 | 0 | 0",
        "2026-03-06 | 1 | 0 | 1",
        "2026-03-07 | 1 | 0 | 1",
        "2026-03-08 | 1 | 0 | 1",
        "2026-03-09 | 2 | 0 | 0",
    ];
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_in_status_is_that_of_done_issues() {
    let fixture = site().await;
    let expected =
        ["To Do | 2 | 2.5 | 2.5 | 1.5", "In Progress | 1 | 2.0 | 2.0 | 1.0", "Done | 1 | 1.0 | 1.0 | 1.0"];
    assert_eq!(run(&fixture, "time_in_status", &[("project", "PAY")]).await, expected);
    assert!(run(&fixture, "time_in_status", &[("project", "MOBILE")]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issues_history_and_the_hours_of_people() {
    let fixture = site().await;
    let users = fixture.sandbox.site();
    let (me, other) = (&users.users[0].display_name, &users.users[1].display_name);
    let expected = [
        format!("2026-03-03 09:00:00 | {me} | status | To Do | In Progress"),
        format!("2026-03-03 09:00:00 | {me} | Story Points | NULL | 2"),
        format!("2026-03-05 09:00:00 | {me} | status | In Progress | Done"),
        format!("2026-03-05 09:00:00 | {me} | resolution | NULL | Done"),
    ];
    assert_eq!(run(&fixture, "issue_history", &[("key", "PAY-1")]).await, expected);
    let mut expected = [
        format!("{me} | MOBILE | 3.0 | 1 | 1"),
        format!("{me} | PAY | 1.0 | 1 | 1"),
        format!("{other} | PAY | 2.0 | 1 | 1"),
    ];
    expected.sort();
    let mut found = run(&fixture, "hours_by_person", &[("from", "2026-03-01"), ("to", "2026-03-02")]).await;
    found.sort();
    assert_eq!(found, expected);
    let expected = ["PAY-1 | 11.0 | 2 | 2026-03-02 10:00:00", "MOBILE-1 | 11.0 | 1 | 2026-03-03 00:00:00"];
    let mut found = run(&fixture, "hours_per_issue", &[]).await;
    found.sort();
    found.reverse();
    assert_eq!(found, expected);
}
