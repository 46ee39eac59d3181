//! Sprints: what was planned, what came of it.

use jirrow::catalog::{Parameter, Parameters};
use jirrow::sandbox::by_hand::{Pen, Planned, Set};

use super::{at, lines, texts, written};
use crate::support::Fixture;

/// Sprint 1 ran from Monday, March 2nd, to Friday the 13th; sprint 2 runs; sprint 3 has planned dates and has not begun.
async fn site() -> Fixture {
    written(|pen| {
        let sprint = |name, state, start: &str, complete: Option<&str>| Planned {
            name,
            state,
            board: 1,
            start: Some(at(start)),
            end: Some(at("2026-03-13 17:00")),
            complete: complete.map(at),
        };
        let one = pen.sprint(&sprint("One", "closed", "2026-03-02 09:00", Some("2026-03-13 18:00"))).unwrap();
        let two = pen.sprint(&sprint("Two", "active", "2026-03-16 09:00", None)).unwrap();
        let three = pen.sprint(&sprint("Three", "future", "2026-03-30 09:00", None)).unwrap();
        assert_eq!([one, two, three], [1, 2, 3]);
        let created = at("2026-03-01 09:00");
        let issue = |pen: &mut Pen<'_>, values: &[Set<'_>]| {
            let id = pen.issue("PAY", created).unwrap();
            pen.with(id, values).unwrap();
            id
        };
        // PAY-1 is committed from its creation, and done.
        let id = issue(pen, &[Set::Sprints(&[1]), Set::Points(Some(3.0))]);
        pen.change(id, at("2026-03-03 09:00"), &[Set::Status("In Progress")]).unwrap();
        pen.change(id, at("2026-03-10 09:00"), &[Set::Status("Done")]).unwrap();
        // PAY-2 is committed, grows, is not done, and goes on in the next sprint.
        let id = issue(pen, &[Set::Points(Some(5.0))]);
        pen.change(id, at("2026-03-01 10:00"), &[Set::Sprints(&[1])]).unwrap();
        pen.change(id, at("2026-03-05 09:00"), &[Set::Points(Some(8.0))]).unwrap();
        pen.change(id, at("2026-03-13 18:00"), &[Set::Sprints(&[1, 2])]).unwrap();
        // PAY-3 is added without an estimate, done, and reopened when the sprint is over.
        let id = issue(pen, &[]);
        pen.change(id, at("2026-03-04 09:00"), &[Set::Sprints(&[1])]).unwrap();
        pen.change(id, at("2026-03-05 09:00"), &[Set::Points(Some(2.0))]).unwrap();
        pen.change(id, at("2026-03-06 09:00"), &[Set::Status("Done")]).unwrap();
        pen.change(id, at("2026-03-14 09:00"), &[Set::Status("To Do"), Set::Points(Some(99.0))]).unwrap();
        // PAY-4 is committed and removed.
        let id = issue(pen, &[Set::Sprints(&[1]), Set::Points(Some(1.0))]);
        pen.change(id, at("2026-03-06 09:00"), &[Set::Sprints(&[])]).unwrap();
        // PAY-5 is committed, removed, and added again.
        let id = issue(pen, &[Set::Sprints(&[1]), Set::Points(Some(1.0))]);
        pen.change(id, at("2026-03-05 09:00"), &[Set::Sprints(&[])]).unwrap();
        pen.change(id, at("2026-03-07 09:00"), &[Set::Sprints(&[1])]).unwrap();
        // PAY-6 is added and removed.
        let id = issue(pen, &[Set::Points(Some(4.0))]);
        pen.change(id, at("2026-03-04 09:00"), &[Set::Sprints(&[1])]).unwrap();
        pen.change(id, at("2026-03-06 09:00"), &[Set::Sprints(&[])]).unwrap();
        // PAY-7 was done before the sprint began.
        let id = issue(pen, &[Set::Sprints(&[1]), Set::Points(Some(2.0))]);
        pen.change(id, at("2026-03-01 12:00"), &[Set::Status("Done")]).unwrap();
        // PAY-8 was removed before the sprint began.
        let id = issue(pen, &[Set::Sprints(&[1, 3])]);
        pen.change(id, at("2026-03-02 08:59"), &[Set::Sprints(&[3])]).unwrap();
        // PAY-9 was removed when the sprint was over, PAY-10 in one second out of it and into it again.
        let id = issue(pen, &[Set::Sprints(&[1])]);
        pen.change(id, at("2026-03-20 09:00"), &[Set::Sprints(&[])]).unwrap();
        let id = issue(pen, &[Set::Sprints(&[1])]);
        pen.change(id, at("2026-03-06 09:00"), &[Set::Sprints(&[])]).unwrap();
        pen.change(id, at("2026-03-06 09:00"), &[Set::Sprints(&[1])]).unwrap();
        // PAY-11 is a sub-task; PAY-12 was deleted.
        let id = pen.subtask(id, created).unwrap();
        pen.with(id, &[Set::Sprints(&[1]), Set::Points(Some(7.0))]).unwrap();
        let id = issue(pen, &[Set::Sprints(&[1])]);
        pen.delete(id).unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_committed_added_removed_completed_and_carried_over_by_its_history() {
    let fixture = site().await;
    let sql = "SELECT Sprint, IssueKey, IsSubtask, \
               array_to_string(array_remove_all([CASE WHEN IsCommitted THEN 'committed' ELSE '' END, \
               CASE WHEN IsAdded THEN 'added' ELSE '' END, CASE WHEN IsRemoved THEN 'removed' ELSE '' END, \
               CASE WHEN IsCompleted THEN 'completed' ELSE '' END, CASE WHEN IsCarriedOver THEN 'carried over' ELSE '' END, \
               CASE WHEN IsCompletedOutside THEN 'outside' ELSE '' END], ''), ' '), \
               AddedAt, RemovedAt, StatusAtEnd, PointsAtStart, PointsAtEnd FROM SprintReport ORDER BY SprintId, IssueId";
    let expected = [
        "One | PAY-1 | false | committed completed | NULL | NULL | Done | 3.0 | 3.0",
        "One | PAY-2 | false | committed carried over | NULL | NULL | To Do | 5.0 | 8.0",
        "One | PAY-3 | false | added completed | 2026-03-04 09:00:00 | NULL | Done | NULL | 2.0",
        "One | PAY-4 | false | committed removed | NULL | 2026-03-06 09:00:00 | To Do | 1.0 | 1.0",
        "One | PAY-5 | false | committed carried over | NULL | NULL | To Do | 1.0 | 1.0",
        "One | PAY-6 | false | added removed | 2026-03-04 09:00:00 | 2026-03-06 09:00:00 | To Do | 4.0 | 4.0",
        "One | PAY-7 | false | committed outside | NULL | NULL | Done | 2.0 | 2.0",
        "One | PAY-9 | false | committed carried over | NULL | NULL | To Do | NULL | NULL",
        "One | PAY-10 | false | committed carried over | NULL | NULL | To Do | NULL | NULL",
        "One | PAY-11 | true | committed carried over | NULL | NULL | To Do | 7.0 | 7.0",
        "Two | PAY-2 | false | committed | NULL | NULL | To Do | 8.0 | 8.0",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
    let twice = "SELECT count(*) - count(DISTINCT SprintId * 1000000000 + IssueId) FROM SprintReport";
    assert_eq!(lines(&fixture, twice).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_velocity_counts_what_the_report_says_without_sub_tasks() {
    let fixture = site().await;
    let sql = "SELECT * EXCLUDE (StartDate, EndDate) FROM SprintVelocity ORDER BY SprintId";
    let expected = [
        "1 | One | closed | 1 | 2026-03-13 18:00:00 | 7 | 2 | 2 | 2 | 4 | 12.0 | 4.0 | 5.0 | 5.0 | 9.0",
        "2 | Two | active | 1 | NULL | 1 | 0 | 0 | 0 | 0 | 8.0 | 0.0 | 0.0 | 0.0 | 0.0",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burndown_has_what_was_left_at_the_end_of_each_day() {
    let fixture = site().await;
    let sql = fixture.session.queries().analysis("sprint_burndown").unwrap().sql.clone();
    let parameters = Parameters::new([Parameter::new("sprint", "1")]).unwrap();
    let rows = texts(&fixture.rows_with(&sql, &parameters).await.unwrap());
    let expected = [
        "2026-03-02 | 7 | 6 | 12.0 | 10.0",
        "2026-03-03 | 7 | 6 | 12.0 | 10.0",
        "2026-03-04 | 9 | 8 | 16.0 | 14.0",
        "2026-03-05 | 8 | 7 | 20.0 | 18.0",
        "2026-03-06 | 6 | 4 | 15.0 | 11.0",
        "2026-03-07 | 7 | 5 | 16.0 | 12.0",
        "2026-03-08 | 7 | 5 | 16.0 | 12.0",
        "2026-03-09 | 7 | 5 | 16.0 | 12.0",
        "2026-03-10 | 7 | 4 | 16.0 | 9.0",
        "2026-03-11 | 7 | 4 | 16.0 | 9.0",
        "2026-03-12 | 7 | 4 | 16.0 | 9.0",
        "2026-03-13 | 7 | 4 | 16.0 | 9.0",
    ];
    assert_eq!(rows, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_without_the_ids_of_fields_tell_the_same() {
    let fixture = site().await;
    let views = ["IssueStates", "IssueStatusTransitions", "SprintReport"];
    let sql = |view: &str| match view {
        "IssueStates" => format!("SELECT * FROM {view} ORDER BY IssueId, ValidFrom"),
        "SprintReport" => format!("SELECT * FROM {view} ORDER BY SprintId, IssueId"),
        _ => format!("SELECT * FROM {view} ORDER BY IssueId, TransitionNumber"),
    };
    let mut before = vec![];
    for view in views {
        before.push(lines(&fixture, &sql(view)).await);
        assert!(before.last().is_some_and(|rows| rows.len() > 3));
    }
    fixture.sandbox.write(|pen| {
        pen.forget_field_ids();
    });
    for (view, before) in views.into_iter().zip(before) {
        assert_eq!(lines(&fixture, &sql(view)).await, before, "{view}");
    }
}
