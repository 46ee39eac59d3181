//! Where rows go: files and streams in the formats that people and programs read.
//!
//! A sink takes a stream of record batches and nothing else: it knows no table, no service and no SQL. Every
//! format is an encoder from batches to bytes; this file moves the bytes, so that all formats share the same
//! promises: a file appears only when it is complete, a broken pipe is told from other errors, and Jirrow's
//! own field metadata (`jirrow.…`) is not written.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::common::spawn_buffered;
use futures::StreamExt;

mod arrow;
mod csv;
mod folder;
mod json;
mod markdown;
mod parquet;
mod schema;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod text;

pub use folder::{NULL_PARTITION, fill_folder};
use schema::Projection;
pub use target::Filled;
use target::{Place, Target};

/// A format of result rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Columns aligned for a terminal.
    Table,
    /// Comma-separated values as RFC 4180 describes them.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A table as GitHub renders it.
    Markdown,
    /// Apache Parquet, compressed with zstd.
    Parquet,
    /// The Apache Arrow IPC file format.
    Arrow,
}

/// The names of formats: the first of each is the one that is shown.
const NAMES: [(&str, Format); 9] = [
    ("table", Format::Table),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("ndjson", Format::Ndjson),
    ("jsonl", Format::Ndjson),
    ("markdown", Format::Markdown),
    ("md", Format::Markdown),
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
];

/// File extensions and what is written to such a file.
const EXTENSIONS: [(&str, Format); 8] = [
    ("parquet", Format::Parquet),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("ndjson", Format::Ndjson),
    ("jsonl", Format::Ndjson),
    ("arrow", Format::Arrow),
    ("md", Format::Markdown),
    ("txt", Format::Table),
];

impl Format {
    /// The format that a file's extension asks for, whatever its case.
    pub fn for_path(path: &Path) -> Result<Self, SinkError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        EXTENSIONS
            .iter()
            .find(|(known, _)| Some(*known) == extension.as_deref())
            .map(|(_, format)| *format)
            .ok_or_else(|| SinkError::UnknownExtension { path: path.to_owned() })
    }

    /// Whether its bytes are no text, and so nothing for a terminal.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// The formats' names, each once.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name).filter(|name| !matches!(*name, "jsonl" | "md"))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name);
        f.pad(name)
    }
}

impl FromStr for Format {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        let wanted = text.trim().to_lowercase();
        match NAMES.iter().find(|(name, _)| *name == wanted) {
            Some((_, format)) => Ok(*format),
            None => Err(SinkError::UnknownFormat { name: text.to_string() }),
        }
    }
}

/// Whether CSV text is kept from being taken for a formula by a spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormulaGuard {
    /// Text is written as it is.
    #[default]
    Off,
    /// Text that starts with `=`, `+`, `-`, `@`, a tab or a carriage return gets a `'` in front.
    On,
}

/// What the formats leave open.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// For [`Format::Csv`].
    pub formula_guard: FormulaGuard,
    /// For [`Format::Table`]: longer cells are cut, in columns of a terminal. `None` shows them whole.
    pub max_cell_width: Option<usize>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Rows, headings not counted.
    pub rows: u64,
    /// Bytes of the file or stream.
    pub bytes: u64,
}

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The rows themselves ended in an error; nothing is wrong with the target.
    #[error("{0}")]
    Query(#[source] Box<DataFusionError>),
    /// The reader of the stream went away. Usual (`… | head`), and no reason for a message.
    #[error("the reader of the output has closed it")]
    BrokenPipe,
    /// No format has this name.
    #[error("unknown format `{name}`{}; the formats are {}", nearest(name), Format::names().collect::<Vec<_>>().join(", "))]
    UnknownFormat {
        /// As it was given.
        name: String,
    },
    /// The extension of a file says no format.
    #[error(
        "no format is known by the name of `{}`; end it in {}, or give the format by name",
        path.display(), EXTENSIONS.map(|(extension, _)| format!(".{extension}")).join(", ")
    )]
    UnknownExtension {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The file's folder is not there.
    #[error("cannot write `{}`: there is no folder `{}`; create it first", path.display(), folder.display())]
    NoFolder {
        /// The file that was to be written.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// A folder that should come into being holds something already.
    #[error("cannot write the folder `{}`: it is there already and not empty; name another one, or empty it", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// More partitions than files may be open.
    #[error("cannot write more than {most} partitions at once; partition by columns of fewer values")]
    Partitions {
        /// How many may be.
        most: usize,
    },
    /// A folder stands where the file should.
    #[error("cannot write `{}`: it is a folder; name a file in it", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot write {target}: {source}{}", advice(source))]
    Write {
        /// `` `path` `` or `the output`.
        target: String,
        /// What it said.
        source: io::Error,
    },
    /// The format cannot hold these values.
    #[error("cannot write {format}: {source}; choose another format, or cast the column to text")]
    Encode {
        /// The format.
        format: Format,
        /// What does not fit.
        source: ArrowError,
    },
}

fn nearest(name: &str) -> String {
    let score = |known: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), known);
    let best = NAMES.iter().map(|(known, _)| *known).max_by(|a, b| score(a).total_cmp(&score(b)));
    best.filter(|known| score(known) >= 0.5)
        .map(|known| format!("; did you mean `{known}`?"))
        .unwrap_or_default()
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space, or write elsewhere",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder that you may write to"
        }
        _ => "",
    }
}

/// Turns batches into the bytes of one format. Calls come in the order of the methods.
trait Encoder: Send {
    /// One batch; an encoder may keep it back.
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError>;

    /// What is left, and the end. Called also when there was no batch.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError>;
}

/// Writes a file, which appears under its name only when it is complete: as [`fill_file`], and at once.
///
/// # Errors
/// As [`fill_file`] and [`Filled::appear`].
pub async fn write_file(
    path: &Path,
    format: Format,
    stream: SendableRecordBatchStream,
    options: &WriteOptions,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Written, SinkError> {
    fill_file(path, format, stream, options, progress).await?.appear()
}

/// Writes all rows to a hidden file beside the path, which takes its place when it appears; an existing file stays as it is
/// until then, also when the rows end in an error or the future is dropped. What is no regular file (`/dev/stdout`, a
/// pipe) is written directly. `progress` gets the number of rows so far.
///
/// # Errors
/// When the rows end in one, do not fit the format, or the operating system refuses.
pub async fn fill_file(
    path: &Path,
    format: Format,
    stream: SendableRecordBatchStream,
    options: &WriteOptions,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Filled, SinkError> {
    let mut target = Target::open(path)?;
    let name = format!("`{}`", path.display());
    let written = pump(target.file(), &name, format, read_ahead(stream), options, progress).await?;
    Ok(Filled { place: Place::File(target), written })
}

/// The same rows, of which the next are read while some are written: a file takes them all.
fn read_ahead(stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
    spawn_buffered(stream, 1)
}

/// Writes to an open stream, batch by batch.
pub async fn write_stream(
    out: &mut (dyn Write + Send),
    format: Format,
    stream: SendableRecordBatchStream,
    options: &WriteOptions,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Written, SinkError> {
    pump(out, "the output", format, stream, options, progress).await
}

async fn pump(
    out: &mut (dyn Write + Send),
    target: &str,
    format: Format,
    mut stream: SendableRecordBatchStream,
    options: &WriteOptions,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Written, SinkError> {
    let refused = |source| SinkError::Encode { format, source };
    let projection = Projection::new(&stream.schema(), format);
    let mut encoder = encoder(format, &projection, options).map_err(refused)?;
    let mut written = Written::default();
    let mut bytes = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| SinkError::Query(Box::new(error)))?;
        let batch = projection.apply(&batch).map_err(refused)?;
        encoder.batch(&batch, &mut bytes).map_err(refused)?;
        send(out, target, &mut bytes, &mut written)?;
        written.rows += batch.num_rows() as u64;
        progress(written.rows);
    }
    encoder.finish(&mut bytes).map_err(refused)?;
    send(out, target, &mut bytes, &mut written)?;
    Ok(written)
}

fn send(
    out: &mut (dyn Write + Send),
    target: &str,
    bytes: &mut Vec<u8>,
    written: &mut Written,
) -> Result<(), SinkError> {
    if bytes.is_empty() {
        return Ok(());
    }
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => SinkError::BrokenPipe,
        _ => SinkError::Write { target: target.to_string(), source },
    })?;
    written.bytes += bytes.len() as u64;
    bytes.clear();
    Ok(())
}

fn encoder(
    format: Format,
    projection: &Projection,
    options: &WriteOptions,
) -> Result<Box<dyn Encoder>, ArrowError> {
    let schema = projection.schema();
    Ok(match format {
        Format::Table => Box::new(table::Table::new(schema, options.max_cell_width)),
        Format::Csv => Box::new(csv::Csv::new(schema, options.formula_guard)),
        Format::Json => Box::new(json::Array::new()),
        Format::Ndjson => Box::new(json::Lines::new()),
        Format::Markdown => Box::new(markdown::Markdown::new(schema)),
        Format::Parquet => Box::new(parquet::Parquet::new(schema)?),
        Format::Arrow => Box::new(arrow::Ipc::new(schema)?),
    })
}
