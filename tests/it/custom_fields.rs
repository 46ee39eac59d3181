//! Custom fields as columns: what they are called, what they hold, when the site is asked for them, and what is kept of
//! the answer. What is expected is written by hand or read from the sandbox's model.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use jirrow::sandbox::SandboxConfig;
use jirrow::sandbox::model::CustomValue;

use crate::oracle::Seen;
use crate::support::{Fixture, small};

/// The sandbox's fields by name: column, type as DataFusion writes it.
const COLUMNS: [(&str, &str); 26] = [
    ("EpicLink", "Utf8"),
    ("StoryPoints", "Float64"),
    ("Rank", "Utf8"),
    ("Sprint", "List"),
    ("StoryPoints_10026", "Float64"),
    ("CustomerName", "Utf8"),
    ("ReleaseNotes", "Utf8"),
    ("ReleaseNotesJson", "Utf8"),
    ("Severity", "Utf8"),
    ("Platforms", "List"),
    ("Location", "Struct"),
    ("Reviewer", "Utf8"),
    ("ReviewerDisplayName", "Utf8"),
    ("TargetDate", "Date32"),
    ("IncidentStart", "Timestamp(µs, \"UTC\")"),
    ("Tags", "List"),
    ("Runbook", "Utf8"),
    ("Approvers", "List"),
    ("ApproversDisplayName", "List"),
    ("Größe", "Float64"),
    ("Development", "Utf8"),
    ("_2ndContact", "Utf8"),
    ("Summary_10044", "Utf8"),
    ("Field10045", "Utf8"),
    ("Key", "Utf8"),
    ("Id", "Int64"),
];

fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_) => "List".to_owned(),
        DataType::Struct(_) => "Struct".to_owned(),
        other => other.to_string(),
    }
}

async fn number(fixture: &Fixture, sql: &str) -> i64 {
    let batches = fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_custom_field_is_a_typed_column_by_name() {
    let fixture = Fixture::start(small(), "").await;
    for (name, expected) in COLUMNS {
        for spelled in [name.to_owned(), name.to_lowercase(), format!("\"{name}\"")] {
            let sql = format!("SELECT {spelled} FROM Issues");
            let batches = fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
            let schema = batches[0].schema();
            assert_eq!(
                (schema.field(0).name().as_str(), kind(schema.field(0).data_type()).as_str()),
                (name, expected)
            );
            assert_eq!(rows(&batches), 300, "{sql}");
        }
    }
}
