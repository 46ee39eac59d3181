//! What fields held, and when.

use jirrow::sandbox::by_hand::Set;

use super::{at, lines, written};
use crate::support::Fixture;

/// PAY-1 lives through many changes, two of them at one instant; PAY-2 never changed.
async fn site() -> Fixture {
    written(|pen| {
        let first = pen.issue("PAY", at("2026-03-02 09:00")).unwrap();
        pen.with(first, &[Set::Points(Some(3.0)), Set::Assignee(Some(1))]).unwrap();
        pen.change(first, at("2026-03-03 23:30"), &[Set::Assignee(None), Set::Summary("new")]).unwrap();
        pen.change(first, at("2026-03-04 10:00"), &[Set::Status("In Progress")]).unwrap();
        pen.change(first, at("2026-03-04 10:00"), &[Set::Points(Some(5.0)), Set::Assignee(Some(2))]).unwrap();
        pen.change(first, at("2026-03-05 12:00"), &[Set::Summary("newer")]).unwrap();
        pen.change(
            first,
            at("2026-03-05 13:00"),
            &[Set::Points(None), Set::Status("Done"), Set::Resolution(Some("Done"))],
        )
        .unwrap();
        let second = pen.issue("PAY", at("2026-03-05 02:00")).unwrap();
        pen.with(second, &[Set::Points(Some(0.5))]).unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn states_follow_one_another_without_a_gap() {
    let fixture = site().await;
    let site = fixture.sandbox.site();
    let (one, two) = (&site.users[1], &site.users[2]);
    let sql = "SELECT IssueKey, ValidFrom, ValidTo, IsCurrent, StatusId, Status, StatusCategory, AssigneeAccountId, \
               Assignee, Priority, Resolution, StoryPoints, SprintIds FROM IssueStates ORDER BY IssueId, ValidFrom";
    let expected = [
        format!(
            "PAY-1 | 2026-03-02 09:00:00 | 2026-03-03 23:30:00 | false | 10000 | To Do | new | {} | {} | Medium | NULL | 3.0 | NULL",
            one.account_id, one.display_name
        ),
        "PAY-1 | 2026-03-03 23:30:00 | 2026-03-04 10:00:00 | false | 10000 | To Do | new | NULL | NULL | Medium | NULL | \
         3.0 | NULL"
            .to_owned(),
        format!(
            "PAY-1 | 2026-03-04 10:00:00 | 2026-03-05 13:00:00 | false | 3 | In Progress | indeterminate | {} | {} | Medium \
             | NULL | 5.0 | NULL",
            two.account_id, two.display_name
        ),
        format!(
            "PAY-1 | 2026-03-05 13:00:00 | NULL | true | 10001 | Done | done | {} | {} | Medium | Done | NULL | NULL",
            two.account_id, two.display_name
        ),
        "PAY-2 | 2026-03-05 02:00:00 | NULL | true | 10000 | To Do | new | NULL | NULL | Medium | NULL | 0.5 | NULL"
            .to_owned(),
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_what_held_at_its_end_in_the_sessions_zone() {
    let fixture = site().await;
    let sql = "SELECT Day, IssueKey, Status, Assignee IS NOT NULL, StoryPoints FROM IssueDailySnapshot \
               WHERE Day < DATE '2026-03-07' ORDER BY Day, IssueId";
    let in_utc = [
        "2026-03-02 | PAY-1 | To Do | true | 3.0",
        "2026-03-03 | PAY-1 | To Do | false | 3.0",
        "2026-03-04 | PAY-1 | In Progress | true | 5.0",
        "2026-03-05 | PAY-1 | Done | true | NULL",
        "2026-03-05 | PAY-2 | To Do | false | 0.5",
        "2026-03-06 | PAY-1 | Done | true | NULL",
        "2026-03-06 | PAY-2 | To Do | false | 0.5",
    ];
    assert_eq!(lines(&fixture, sql).await, in_utc);
    let last = "SELECT count(*) FROM IssueDailySnapshot WHERE Day = CAST(now() AS DATE)";
    assert_eq!(lines(&fixture, last).await, ["2"]);
    assert_eq!(
        lines(&fixture, "SELECT max(Day) = CAST(now() AS DATE) FROM IssueDailySnapshot").await,
        ["true"]
    );
    // In Auckland it is thirteen hours later, in Los Angeles eight hours earlier.
    fixture.rows("SET jirrow.time_zone = 'Pacific/Auckland'").await.unwrap();
    let in_auckland = [
        "2026-03-02 | PAY-1 | To Do | true | 3.0",
        "2026-03-03 | PAY-1 | To Do | true | 3.0",
        "2026-03-04 | PAY-1 | In Progress | true | 5.0",
        "2026-03-05 | PAY-1 | In Progress | true | 5.0",
        "2026-03-05 | PAY-2 | To Do | false | 0.5",
        "2026-03-06 | PAY-1 | Done | true | NULL",
        "2026-03-06 | PAY-2 | To Do | false | 0.5",
    ];
    assert_eq!(lines(&fixture, sql).await, in_auckland);
    fixture.rows("SET jirrow.time_zone = 'America/Los_Angeles'").await.unwrap();
    let begins = "SELECT IssueKey, min(Day) FROM IssueDailySnapshot GROUP BY IssueKey ORDER BY 1";
    assert_eq!(lines(&fixture, begins).await, ["PAY-1 | 2026-03-02", "PAY-2 | 2026-03-04"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_valid_from_the_change_that_set_it_to_the_next_one() {
    let fixture = written(|pen| {
        let first = pen.issue("PAY", at("2026-03-02 09:00")).unwrap();
        let state = jirrow::sandbox::model::VersionState::Unreleased;
        let one = pen.version("PAY", "1.0", state, None).unwrap();
        let two = pen.version("PAY", "2.0", state, None).unwrap();
        pen.change(first, at("2026-03-03 09:00"), &[Set::Summary("b"), Set::AddFixVersion(one)]).unwrap();
        pen.change(first, at("2026-03-04 09:00"), &[Set::RemoveFixVersion(one), Set::AddFixVersion(two)])
            .unwrap();
        pen.change(first, at("2026-03-05 09:00"), &[Set::Summary("c")]).unwrap();
        pen.change(first, at("2026-03-05 09:00"), &[Set::Summary("d"), Set::Assignee(Some(1))]).unwrap();
        pen.change(first, at("2026-03-06 09:00"), &[Set::AddFixVersion(one), Set::Assignee(None)]).unwrap();
        pen.issue("PAY", at("2026-03-02 09:00")).unwrap();
    })
    .await;
    let someone = fixture.sandbox.site().users[1].display_name.clone();
    let sql = "SELECT Field, Element IS NOT NULL, ChangeNumber, ValueText, ValidFrom, ValidTo, IsCurrent, \
               HistoryId IS NULL FROM IssueFieldValidity ORDER BY FieldId, ValidFrom, HistoryId, ValueText";
    let expected = [
        "assignee | false | 0 | NULL | 2026-03-02 09:00:00 | 2026-03-05 09:00:00 | false | true".to_owned(),
        format!(
            "assignee | false | 1 | {someone} | 2026-03-05 09:00:00 | 2026-03-06 09:00:00 | false | false"
        ),
        "assignee | false | 2 | NULL | 2026-03-06 09:00:00 | NULL | true | false".to_owned(),
        "Fix Version | true | 1 | 1.0 | 2026-03-03 09:00:00 | 2026-03-04 09:00:00 | false | false".to_owned(),
        "Fix Version | true | 1 | 2.0 | 2026-03-04 09:00:00 | NULL | true | false".to_owned(),
        "Fix Version | true | 3 | 1.0 | 2026-03-06 09:00:00 | NULL | true | false".to_owned(),
        "summary | false | 0 | Written 1 | 2026-03-02 09:00:00 | 2026-03-03 09:00:00 | false | true"
            .to_owned(),
        "summary | false | 1 | b | 2026-03-03 09:00:00 | 2026-03-05 09:00:00 | false | false".to_owned(),
        "summary | false | 2 | c | 2026-03-05 09:00:00 | 2026-03-05 09:00:00 | false | false".to_owned(),
        "summary | false | 3 | d | 2026-03-05 09:00:00 | NULL | true | false".to_owned(),
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}
