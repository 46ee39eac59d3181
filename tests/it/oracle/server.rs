//! The site itself: the one row that is in no model.

use super::value::{self, Column, Row, Type, Value, int, text};
use crate::support::Fixture;

use Type::{Address, Int, Text, Timestamp};

const COLUMNS: [Column; 10] = [
    ("BaseUrl", Address),
    ("DisplayUrl", Address),
    ("ServerTitle", Text),
    ("DeploymentType", Text),
    ("Version", Text),
    ("BuildNumber", Int),
    ("BuildDate", Timestamp),
    ("ServerTime", Timestamp),
    ("ServerTimeZone", Text),
    ("ScmInfo", Text),
];

/// Reads the site's own row and holds it against literals, and its clock against this machine's.
pub(super) async fn assert_row(fixture: &Fixture, case: &str) {
    let microseconds = || Value::Timestamp(chrono::Utc::now().timestamp_micros());
    let batches = fixture.rows("SELECT * FROM ServerInfo").await.unwrap_or_else(|e| panic!("{case}: {e}"));
    let mut rows = value::rows(&batches, &COLUMNS, &["BaseUrl"]).unwrap_or_else(|e| panic!("{case}: {e}"));
    let row = rows.first_entry().unwrap_or_else(|| panic!("{case}: no row")).remove();
    assert!(rows.is_empty(), "{case}: {} rows", rows.len() + 1);
    let time = row["ServerTime"].clone();
    // The sandbox's clock is this machine's, or one that is ahead.
    let is_late = matches!((&time, microseconds()), (Value::Timestamp(at), Value::Timestamp(now)) if *at < now - 600_000_000);
    assert!(!is_late && time != Value::Null, "{case}: {time:?}");
    let expected = Row::from([
        // The sandbox lies at the root of its host.
        ("BaseUrl", text("")),
        ("DisplayUrl", text("")),
        ("ServerTitle", text("Jira")),
        ("DeploymentType", text("Cloud")),
        ("Version", text("1001.0.0-SNAPSHOT")),
        ("BuildNumber", int(100_290)),
        ("BuildDate", value::instant("2026-09-28T08:11:12Z".parse::<chrono::DateTime<chrono::Utc>>().ok())),
        ("ServerTime", time),
        ("ServerTimeZone", text("Etc/UTC")),
        ("ScmInfo", text("0000000000000000000000000000000000000000")),
    ]);
    assert_eq!(row, expected, "{case}");
}
