//! Cycle times, the backlog, releases, and what they come to by project and person.

use chrono::{TimeDelta, Utc};
use jirrow::sandbox::by_hand::Set;
use jirrow::sandbox::model::VersionState;

use super::{at, lines, written};

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_done_when_it_was_last_done_and_begun_when_it_was_first_begun() {
    let fixture = written(|pen| {
        let mut issue = |project: &str, changes: &[(&str, &str)]| {
            let id = pen.issue(project, at("2026-03-02 09:00")).unwrap();
            for (time, status) in changes {
                pen.change(id, at(time), &[Set::Status(status)]).unwrap();
            }
        };
        issue("PAY", &[]);
        issue("PAY", &[("2026-03-03 09:00", "In Progress"), ("2026-03-05 09:00", "Done")]);
        // Done, reopened, done again.
        issue(
            "PAY",
            &[
                ("2026-03-03 09:00", "In Progress"),
                ("2026-03-03 10:00", "Done"),
                ("2026-03-04 09:00", "In Progress"),
                ("2026-03-04 11:00", "Done"),
            ],
        );
        issue("PAY", &[("2026-03-03 09:00", "Done"), ("2026-03-04 09:00", "To Do")]);
        issue("PAY", &[("2026-03-03 09:00", "Done")]);
        // From one status in progress into another.
        issue(
            "MOBILE",
            &[
                ("2026-03-02 10:00", "In Progress"),
                ("2026-03-02 12:00", "In Review"),
                ("2026-03-02 15:00", "Done"),
            ],
        );
    })
    .await;
    let sql = "SELECT IssueKey, StartedAt, DoneAt, LeadSeconds, CycleSeconds, ActiveSeconds, IsDone, Reopened, Transitions \
               FROM IssueCycleTimes ORDER BY IssueId";
    let expected = [
        "PAY-1 | NULL | NULL | NULL | NULL | 0 | false | 0 | 0",
        "PAY-2 | 2026-03-03 09:00:00 | 2026-03-05 09:00:00 | 259200 | 172800 | 172800 | true | 0 | 2",
        "PAY-3 | 2026-03-03 09:00:00 | 2026-03-04 11:00:00 | 180000 | 93600 | 10800 | true | 1 | 4",
        "PAY-4 | NULL | NULL | NULL | NULL | 0 | false | 1 | 2",
        "PAY-5 | NULL | 2026-03-03 09:00:00 | 86400 | NULL | 0 | true | 0 | 1",
        "MOBILE-1 | 2026-03-02 10:00:00 | 2026-03-02 15:00:00 | 21600 | 18000 | 18000 | true | 0 | 3",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_ages_by_days() {
    // Noon, so that a day more or less is no matter of the hour.
    let today = Utc::now().date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc();
    let ago = |days| today - TimeDelta::days(days);
    let fixture = written(|pen| {
        let first = pen.issue("PAY", ago(0) - TimeDelta::hours(12)).unwrap();
        pen.with(first, &[Set::Points(Some(3.0))]).unwrap();
        let second = pen.issue("PAY", ago(31)).unwrap();
        pen.change(second, ago(20), &[Set::Status("In Progress")]).unwrap();
        pen.change(second, ago(3), &[Set::Assignee(Some(1))]).unwrap();
        let third = pen.issue("PAY", ago(400)).unwrap();
        pen.change(third, ago(1), &[Set::Status("Done")]).unwrap();
        pen.issue("PAY", ago(366)).unwrap();
    })
    .await;
    let sql = "SELECT IssueKey, StatusCategory, StoryPoints, AgeDays, AgeBucket, DaysSinceUpdate, DaysInCategory, IsOverdue \
               FROM BacklogAgeing ORDER BY IssueId";
    let expected = [
        "PAY-1 | new | 3.0 | 0 | 1: up to a week | 0 | 0 | false",
        "PAY-2 | indeterminate | NULL | 31 | 3: up to 90 days | 3 | 20 | false",
        "PAY-4 | new | NULL | 366 | 5: over a year | 366 | 366 | false",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_as_far_as_its_issues() {
    let day = |days| (Utc::now() + TimeDelta::days(days)).date_naive();
    let fixture = written(|pen| {
        let one = pen.version("PAY", "1.0", VersionState::Unreleased, Some(day(-2))).unwrap();
        let two = pen.version("PAY", "2.0", VersionState::Unreleased, Some(day(10))).unwrap();
        pen.version("PAY", "0.9", VersionState::Released, Some(day(-30))).unwrap();
        // Of another project, with the same name.
        let other = pen.version("MOBILE", "1.0", VersionState::Unreleased, None).unwrap();
        let created = at("2026-03-02 09:00");
        for (points, versions, status) in [
            (Some(3.0), vec![one], "Done"),
            (None, vec![one, two], "In Progress"),
            (Some(5.0), vec![one], "To Do"),
            (Some(1.0), vec![], "Done"),
        ] {
            let id = pen.issue("PAY", created).unwrap();
            pen.with(id, &[Set::Points(points), Set::Status(status)]).unwrap();
            pen.with(id, &versions.into_iter().map(Set::AddFixVersion).collect::<Vec<_>>()).unwrap();
        }
        let id = pen.issue("MOBILE", created).unwrap();
        pen.with(id, &[Set::AddFixVersion(other), Set::Status("Done")]).unwrap();
    })
    .await;
    let sql = "SELECT ProjectKey, Version, IsReleased, Issues, ToDoIssues, InProgressIssues, DoneIssues, \
               round(PercentDone, 1), Points, DonePoints, IssuesWithoutPoints, IsOverdue, DaysToRelease \
               FROM ReleaseProgress ORDER BY ProjectId, Version";
    let expected = [
        "PAY | 0.9 | true | 0 | 0 | 0 | 0 | NULL | 0.0 | 0.0 | 0 | false | NULL",
        "PAY | 1.0 | false | 3 | 1 | 1 | 1 | 33.3 | 8.0 | 3.0 | 1 | true | -2",
        "PAY | 2.0 | false | 1 | 0 | 1 | 0 | 0.0 | 0.0 | 0.0 | 1 | false | 10",
        "MOBILE | 1.0 | false | 1 | 0 | 0 | 1 | 100.0 | 0.0 | 0.0 | 1 | false | NULL",
    ];
    assert_eq!(lines(&fixture, sql).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_and_people_are_summed_up() {
    let ago = |hours| Utc::now() - TimeDelta::hours(hours);
    let fixture = written(|pen| {
        let open = pen.issue("PAY", ago(48)).unwrap();
        pen.with(open, &[Set::Assignee(Some(1))]).unwrap();
        pen.issue("PAY", ago(96)).unwrap();
        for (created, resolved) in [(24 * 100, 24 * 96), (24 * 10, 24 * 8), (24 * 90, 24 * 89)] {
            let id = pen.issue("PAY", ago(created)).unwrap();
            pen.with(id, &[Set::Assignee(Some(1))]).unwrap();
            pen.change(id, ago(resolved), &[Set::Status("Done"), Set::Resolution(Some("Done"))]).unwrap();
        }
        pen.issue("OS", ago(1)).unwrap();
    })
    .await;
    let sums = "Issues, OpenIssues, DoneIssues, CreatedLast30Days, ResolvedLast30Days, round(AverageOpenDays, 1), \
                round(MedianOpenDays, 1), round(AverageDaysToResolve, 1), round(MedianDaysToResolve, 1)";
    let projects =
        format!("SELECT ProjectKey, OpenAssignedIssues, {sums} FROM ProjectSummaries ORDER BY ProjectId");
    let expected = [
        "PAY | 1 | 5 | 2 | 3 | 3 | 1 | 3.0 | 3.0 | 2.3 | 2.0",
        "OS | 0 | 1 | 1 | 0 | 1 | 0 | 0.0 | 0.0 | NULL | NULL",
    ];
    assert_eq!(lines(&fixture, &projects).await, expected);
    let someone = fixture.sandbox.site().users[1].display_name.clone();
    let people = format!("SELECT Assignee, {sums} FROM AssigneeSummaries ORDER BY Assignee NULLS LAST");
    let expected = [
        format!("{someone} | 4 | 1 | 3 | 2 | 1 | 2.0 | 2.0 | 2.3 | 2.0"),
        "NULL | 2 | 2 | 0 | 2 | 0 | 2.0 | 2.0 | NULL | NULL".to_owned(),
    ];
    assert_eq!(lines(&fixture, &people).await, expected);
}
