//! COPY … TO: the rows of a query into local files. They are written as `-o FILE` writes them, so that both give the
//! same bytes, and a file or folder is there only when it is complete.

use std::path::{Path, PathBuf};

use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{Statement as Sql, Value};

use super::files;
use super::names;
use crate::sink::{self, Format, FormulaGuard, SinkError, WriteOptions, Written};

/// Where the rows of a COPY go, and how.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    path: PathBuf,
    format: Format,
    /// Columns whose values name the folders that the files are in.
    partitions: Vec<String>,
    /// Whether the path is a folder.
    is_folder: bool,
    options: WriteOptions,
}

/// Divides a COPY whose names are resolved into the query that gives the rows and where they go.
pub(super) fn divided(copy: CopyToStatement) -> Result<(Statement, Destination)> {
    let CopyToStatement { source, target, partitioned_by, stored_as, options } = copy;
    let path = files::local_path(&target)?;
    let wrong = |e: SinkError| plan_datafusion_err!("{e}");
    let format = match &stored_as {
        Some(name) => name.parse().map_err(wrong)?,
        None => Format::for_path(&path).map_err(|_| {
            plan_datafusion_err!(
                "`{target}` says no format; end it in .parquet, .csv, .json, .ndjson or .arrow, or write `STORED AS PARQUET`"
            )
        })?,
    };
    let is_folder = !partitioned_by.is_empty()
        || target.ends_with(['/', '\\'])
        || (stored_as.is_some() && path.extension().is_none() && path.is_dir());
    let destination = Destination {
        path,
        format,
        partitions: partitioned_by,
        is_folder,
        options: write_options(&options)?,
    };
    let query = match source {
        CopyToSource::Query(query) => query,
        CopyToSource::Relation(name) => names::select_all(&name)?,
    };
    Ok((Statement::Statement(Box::new(Sql::Query(query))), destination))
}

fn write_options(options: &[(String, Value)]) -> Result<WriteOptions> {
    let mut write = WriteOptions::default();
    for (name, value) in options {
        let key = name.to_lowercase();
        if key.strip_prefix("format.").unwrap_or(&key) != "formula_guard" {
            return plan_err!(
                "COPY has no option `{name}`; it has `formula_guard` (true or false), which keeps CSV text from being taken for a formula"
            );
        }
        let text = match value {
            Value::Boolean(flag) => flag.to_string(),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.to_lowercase(),
            other => other.to_string().to_lowercase(),
        };
        write.formula_guard = match text.as_str() {
            "true" | "on" => FormulaGuard::On,
            "false" | "off" => FormulaGuard::Off,
            _ => return plan_err!("`{name}` is true or false, not `{text}`"),
        };
    }
    Ok(write)
}

impl Destination {
    /// Refuses what can be seen before there are rows: that a folder for the file is missing, or is not empty.
    pub(super) fn check(&self) -> Result<()> {
        let taken = |path: &Path| std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if self.is_folder && (self.path.is_file() || taken(&self.path)) {
            return plan_err!(
                "`{}` is there already and not an empty folder; name another one, or empty it",
                self.path.display()
            );
        }
        Ok(())
    }

    /// Writes the rows.
    pub(super) async fn write(&self, rows: SendableRecordBatchStream) -> Result<Written, SinkError> {
        if self.is_folder {
            return sink::write_folder(&self.path, self.format, &self.partitions, rows, &self.options).await;
        }
        sink::write_file(&self.path, self.format, rows, &self.options, &|_| {}).await
    }
}
