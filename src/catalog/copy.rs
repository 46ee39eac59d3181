//! COPY … TO: the rows of a query into local files. They are written as `-o FILE` writes them, so that both give the
//! same bytes, and a file or folder is there only when it is complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{Statement as Sql, Value};

use super::files;
use super::names;
use super::planned::defines;
use crate::sink::{self, Filled, Format, FormulaGuard, SinkError, WriteOptions};

/// Where the rows of a COPY go, and how.
#[derive(Debug)]
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
        CopyToSource::Query(query) if defines(&query) => {
            return plan_err!(
                "COPY writes rows to a file, and `SELECT … INTO` makes a table of them; leave INTO out"
            );
        }
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
        let taken = |path: &Path| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if self.is_folder && (self.path.is_file() || taken(&self.path)) {
            return plan_err!(
                "`{}` is there already and not an empty folder; name another one, or empty it",
                self.path.display()
            );
        }
        Ok(())
    }

    /// Where the file will be, if others may be written meanwhile: all links followed, and in lower case, since names that
    /// differ by case may be one. Nothing where that can't be told, or where it is a pipe or a device, which others may
    /// read or write, or many files that are open at once.
    fn place(&self) -> Option<PathBuf> {
        // Without a slash at its end, which would follow a link.
        let path: PathBuf = self.path.components().collect();
        let place = match fs::metadata(&path) {
            _ if !self.partitions.is_empty() => return None,
            Ok(there) if there.is_file() || there.is_dir() => fs::canonicalize(&path).ok()?,
            Ok(_) => return None,
            // A link that leads nowhere yet.
            Err(_) if fs::symlink_metadata(&path).is_ok() => return None,
            Err(_) => {
                let name = path.file_name()?;
                std::path::absolute(&path).ok()?.parent()?.canonicalize().ok()?.join(name)
            }
        };
        Some(PathBuf::from(place.to_string_lossy().to_lowercase()))
    }
}

/// A COPY that is planned.
pub(super) struct Copy {
    operators: Arc<dyn ExecutionPlan>,
    destination: Destination,
    /// Where its file will be; nothing if it must run alone, which it must if it reads files, too.
    pub(super) place: Option<PathBuf>,
}

impl Copy {
    pub(super) fn new(
        operators: Arc<dyn ExecutionPlan>,
        destination: Destination,
        reads_files: bool,
    ) -> Self {
        let place = if reads_files { None } else { destination.place() };
        Self { operators, destination, place }
    }

    /// Reads the rows and writes them, up to where the file or folder would appear.
    pub(super) async fn fill(self, context: Arc<TaskContext>) -> Result<Filled, SinkError> {
        let Self { operators, destination, .. } = self;
        let Destination { path, format, partitions, is_folder, options } = &destination;
        let rows = execute_stream(operators, context).map_err(|e| SinkError::Query(Box::new(e)))?;
        match is_folder {
            true => sink::fill_folder(path, *format, partitions, rows, options).await,
            false => sink::fill_file(path, *format, rows, options, &|_| {}).await,
        }
    }
}
