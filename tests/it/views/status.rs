//! Stays in statuses, and the changes between them.

use jirrow::sandbox::by_hand::Set;

use super::{at, lines, written};
use crate::support::Fixture;

/// PAY-1 never changed; PAY-2 was done, reopened, and changed twice in one second; PAY-3 moved to a team's project;
/// PAY-4 was deleted.
async fn site() -> Fixture {
    written(|pen| {
        pen.issue("PAY", at("2026-03-02 09:00")).unwrap();
        let second = pen.issue("PAY", at("2026-03-02 10:00")).unwrap();
        for (time, status) in [
            ("2026-03-03 10:00", "In Progress"),
            ("2026-03-04 10:00", "Done"),
            ("2026-03-04 10:00", "In Progress"),
            ("2026-03-05 09:30", "To Do"),
        ] {
            pen.change(second, at(time), &[Set::Status(status), Set::Summary(status)]).unwrap();
        }
        let third = pen.issue("PAY", at("2026-03-02 11:00")).unwrap();
        pen.change(third, at("2026-03-02 12:00"), &[Set::Status("In Progress")]).unwrap();
        pen.change(third, at("2026-03-02 12:30"), &[Set::Assignee(Some(1))]).unwrap();
        pen.relocate(third, at("2026-03-02 13:00"), "MOBILE").unwrap();
        let fourth = pen.issue("PAY", at("2026-03-02 12:00")).unwrap();
        pen.change(fourth, at("2026-03-02 12:01"), &[Set::Status("Done")]).unwrap();
        pen.delete(fourth).unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stay_in_a_status_has_its_beginning_and_end() {
    let fixture = site().await;
    let closed = "SELECT IssueKey, StayNumber, StatusId, Status, StatusCategory, EnteredAt, LeftAt, IsCurrent, \
                  CASE WHEN LeftAt IS NOT NULL THEN Seconds END, EnteredByAccountId IS NOT NULL \
                  FROM IssueStatusDurations ORDER BY IssueId, StayNumber";
    let expected = [
        "PAY-1 | 1 | 10000 | To Do | new | 2026-03-02 09:00:00 | NULL | true | NULL | false",
        "PAY-2 | 1 | 10000 | To Do | new | 2026-03-02 10:00:00 | 2026-03-03 10:00:00 | false | 86400 | false",
        "PAY-2 | 2 | 3 | In Progress | indeterminate | 2026-03-03 10:00:00 | 2026-03-04 10:00:00 | false | 86400 | true",
        "PAY-2 | 3 | 10001 | Done | done | 2026-03-04 10:00:00 | 2026-03-04 10:00:00 | false | 0 | true",
        "PAY-2 | 4 | 3 | In Progress | indeterminate | 2026-03-04 10:00:00 | 2026-03-05 09:30:00 | false | 84600 | true",
        "PAY-2 | 5 | 10000 | To Do | new | 2026-03-05 09:30:00 | NULL | true | NULL | true",
        "MOBILE-1 | 1 | 10000 | To Do | new | 2026-03-02 11:00:00 | 2026-03-02 12:00:00 | false | 3600 | false",
        "MOBILE-1 | 2 | 3 | In Progress | indeterminate | 2026-03-02 12:00:00 | 2026-03-02 13:00:00 | false | 3600 | true",
        "MOBILE-1 | 3 | 10011 | In Progress | indeterminate | 2026-03-02 13:00:00 | NULL | true | NULL | true",
    ];
    assert_eq!(lines(&fixture, closed).await, expected);
    // What is open counts up to now.
    let open = "SELECT count(*), bool_and(Seconds = to_unixtime(now()) - to_unixtime(EnteredAt)) \
                FROM IssueStatusDurations WHERE IsCurrent";
    assert_eq!(lines(&fixture, open).await, ["3 | true"]);
    let one = "SELECT StayNumber, Status FROM IssueStatusDurations WHERE IssueKey = 'PAY-1'";
    assert_eq!(lines(&fixture, one).await, ["1 | To Do"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_status_says_where_it_led() {
    let fixture = site().await;
    let sql = "SELECT IssueKey, TransitionNumber, FromStatus, ToStatus, Direction, IsReopened, SecondsInFrom, \
               TransitionedAt FROM IssueStatusTransitions ORDER BY IssueId, TransitionNumber";
    let expected = [
        "PAY-2 | 1 | To Do | In Progress | forward | false | 86400 | 2026-03-03 10:00:00",
        "PAY-2 | 2 | In Progress | Done | forward | false | 86400 | 2026-03-04 10:00:00",
        "PAY-2 | 3 | Done | In Progress | backward | true | 0 | 2026-03-04 10:00:00",
        "PAY-2 | 4 | In Progress | To Do | backward | false | 84600 | 2026-03-05 09:30:00",
        "MOBILE-1 | 1 | To Do | In Progress | forward | false | 3600 | 2026-03-02 12:00:00",
        "MOBILE-1 | 2 | In Progress | In Progress | same | false | 3600 | 2026-03-02 13:00:00",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}
