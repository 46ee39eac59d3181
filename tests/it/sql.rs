//! SQL in, rows out: the files in `tests/sql`, each against a sandbox of its own.

use std::path::PathBuf;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::catalog::{Access, QueryError};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

use crate::support::{Fixture, small};

struct Database(Fixture);

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Self::ColumnType>, Self::Error> {
        let batches = self.0.rows(sql).await?;
        let Some(first) = batches.first() else {
            return Ok(DBOutput::StatementComplete(0));
        };
        let types = first.schema().fields().iter().map(|f| column_type(f.data_type())).collect();
        Ok(DBOutput::Rows { types, rows: batches.iter().flat_map(texts).collect() })
    }

    async fn shutdown(&mut self) {}
}

fn column_type(data_type: &DataType) -> DefaultColumnType {
    match data_type {
        t if t.is_integer() => DefaultColumnType::Integer,
        t if t.is_floating() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Text,
    }
}

fn texts(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL");
    let cell = |column: &dyn Array, row| match ArrayFormatter::try_new(column, &options) {
        Ok(_) if column.is_null(row) => "NULL".to_owned(),
        Ok(formatter) => match formatter.value(row).to_string() {
            text if text.is_empty() => "(empty)".to_owned(),
            text => text.replace('\n', "\\n"),
        },
        Err(e) => e.to_string(),
    };
    (0..batch.num_rows()).map(|row| batch.columns().iter().map(|c| cell(c.as_ref(), row)).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_of_sql_gives_the_rows_that_it_names() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "slt"));
    files.sort();
    assert!(!files.is_empty(), "tests/sql has .slt files");
    for file in files {
        let mut runner =
            Runner::new(async || Ok(Database(Fixture::with_access(small(), "", Access::Local).await)));
        if std::env::var_os("JIRROW_BLESS").is_some() {
            let normal = |text: &String| text.clone();
            let done = runner
                .update_test_file(
                    &file,
                    "\t",
                    sqllogictest::default_validator,
                    normal,
                    sqllogictest::default_column_validator,
                )
                .await;
            done.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        } else {
            runner.run_file_async(&file).await.unwrap_or_else(|e| panic!("{}", e.display(false)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_analysis_says_its_question_and_its_cost_and_has_rows() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("queries/analyses");
    let fixture = Fixture::start(small(), "").await;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("-- Question: ") && text.contains("\n-- Cost: "), "{}", path.display());
        let batches = fixture.rows(&text).await.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(batches.iter().any(|b| b.num_rows() > 0), "{} has no rows", path.display());
    }
}
