//! SQL in, rows out: the files in `tests/sql`, each against a sandbox of its own.

use std::path::PathBuf;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::catalog::{Access, Parameters, Queries, QueryError};
use jirrow::sandbox::SandboxConfig;
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

/// The parameters of the command that an analysis's header shows.
pub(crate) fn parameters(run: &str) -> Parameters {
    let given = run.split("--param ").skip(1).map(|it| it.trim().trim_matches('\'').parse().unwrap());
    Parameters::new(given).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_analysis_says_how_it_is_run_and_has_rows() {
    let fixture = Fixture::start(SandboxConfig { issues: 1_000, ..small() }, "").await;
    let queries = Queries::built_in();
    assert!(queries.analyses().count() > 5);
    for analysis in queries.analyses() {
        let (name, sql) = (&analysis.name, &analysis.sql);
        let start = format!("-- Run: jirrow sql -f {name}");
        let run = sql.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{start}"));
        let given = parameters(run);
        given.check_used(sql).unwrap();
        let batches = fixture.rows_with(sql, &given).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(batches.iter().any(|b| b.num_rows() > 0), "{name} has no rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_has_rows_and_each_key_once() {
    let fixture = Fixture::start(SandboxConfig { issues: 1_000, ..small() }, "").await;
    let queries = Queries::built_in();
    assert!(queries.views().count() > 10);
    for view in queries.views() {
        let name = &view.name;
        let key = view.sql.lines().find_map(|line| line.strip_prefix("-- Key: "));
        let key = key.unwrap_or_else(|| panic!("{name} says no key"));
        let sql = format!(
            "SELECT count(*), coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {name} GROUP BY {key})"
        );
        let batches = fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let number = |column: usize| batches[0].column(column).as_primitive::<Int64Type>().value(0);
        assert!(number(0) > 0, "{name} has no rows");
        assert_eq!(number(1), 0, "{name}: rows of one key");
    }
}
