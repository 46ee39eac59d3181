//! Recorded time.

use super::{at, lines, written};
use crate::support::Fixture;

/// Around the end of an ISO week of two years, and of days in New York.
async fn site() -> Fixture {
    written(|pen| {
        let first = pen.issue("PAY", at("2025-12-01 09:00")).unwrap();
        let second = pen.issue("PAY", at("2025-12-01 09:00")).unwrap();
        for (issue, user, started, minutes) in [
            // A Sunday, whose week is the last of 2025.
            (first, 0, "2025-12-28 23:30", 60),
            // A Monday, of the first week of 2026; in New York it is still Sunday.
            (first, 0, "2025-12-29 01:00", 30),
            (second, 0, "2025-12-31 12:00", 15),
            (second, 0, "2026-01-04 23:59", 15),
            (second, 1, "2026-01-05 00:00", 90),
        ] {
            pen.worklog(issue, user, at(started), minutes * 60).unwrap();
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_time_is_summed_by_person_and_iso_week_in_the_sessions_zone() {
    let fixture = site().await;
    let users = fixture.sandbox.site();
    let (ann, bob) = (&users.users[0], &users.users[1]);
    let sql = "SELECT AuthorDisplayName, WeekStart, IsoYear, IsoWeek, TimeSpentSeconds, Hours, Worklogs, Issues, Days \
               FROM WorklogWeeks ORDER BY WeekStart, AuthorAccountId";
    let in_utc = [
        format!("{} | 2025-12-22 | 2025 | 52 | 3600 | 1.0 | 1 | 1 | 1", ann.display_name),
        format!("{} | 2025-12-29 | 2026 | 1 | 3600 | 1.0 | 3 | 2 | 3", ann.display_name),
        format!("{} | 2026-01-05 | 2026 | 2 | 5400 | 1.5 | 1 | 1 | 1", bob.display_name),
    ];
    assert_eq!(lines(&fixture, sql).await, in_utc);
    fixture.rows("SET jirrow.time_zone = 'America/New_York'").await.unwrap();
    let mut in_new_york = [
        format!("{} | 2025-12-22 | 2025 | 52 | 5400 | 1.5 | 2 | 1 | 1", ann.display_name),
        format!("{} | 2025-12-29 | 2026 | 1 | 1800 | 0.5 | 2 | 1 | 2", ann.display_name),
        format!("{} | 2025-12-29 | 2026 | 1 | 5400 | 1.5 | 1 | 1 | 1", bob.display_name),
    ];
    let mut found = lines(&fixture, sql).await;
    found.sort();
    in_new_york.sort();
    assert_eq!(found, in_new_york);
}
