//! Views and analyses: each has the rows, written down here, that a small hand-made history asks for; and they are
//! listed, read, replaced and refused as tables are.

mod analyses;
mod catalog;
mod flow;
mod sprints;
mod states;
mod status;
mod worklogs;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::sandbox::SandboxConfig;
use jirrow::sandbox::by_hand::Pen;

use crate::support::Fixture;

/// A site without issues, sprints and versions but those that are written by hand.
async fn written(write: impl FnOnce(&mut Pen<'_>)) -> Fixture {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..SandboxConfig::default() }, "").await;
    fixture.sandbox.write(|pen| {
        pen.clear_plans();
        write(pen);
    });
    fixture
}

/// An instant: `2026-03-02 09:00`, or with seconds.
fn at(text: &str) -> DateTime<Utc> {
    let seconds = if text.len() == 16 { ":00Z" } else { "Z" };
    format!("{text}{seconds}").replace(' ', "T").parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Rows, their values between bars.
fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let options =
        FormatOptions::default().with_null("NULL").with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S"));
    let cell =
        |column: &dyn Array, row| ArrayFormatter::try_new(column, &options).unwrap().value(row).to_string();
    let row = |batch: &RecordBatch, row| {
        batch.columns().iter().map(|c| cell(c.as_ref(), row)).collect::<Vec<_>>().join(" | ")
    };
    batches.iter().flat_map(|b| (0..b.num_rows()).map(move |i| row(b, i))).collect()
}

async fn lines(fixture: &Fixture, sql: &str) -> Vec<String> {
    texts(&fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")))
}
