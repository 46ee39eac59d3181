//! A folder of files: one file, or one for each value of the partition columns (`Status=Done/data.parquet`), as query
//! engines read them. The folder is made beside its name and renamed when all of it is complete.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tempfile::TempDir;

use super::schema::Projection;
use super::target::{Filled, Place, behind_links, folder_of, refused};
use super::text::Cells;
use super::{Encoder, Format, SinkError, WriteOptions, Written, encoder, json, read_ahead, send};

/// Files that may be open at once.
const MOST: usize = 500;

/// The value in the name of the folder whose rows have NULL in the partition column, as Hive calls it.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Fills a folder; `partitions` are the columns whose values name the folders within, and which are not in the files then.
///
/// # Errors
/// When something is in the folder already, there are too many partitions, or as [`super::fill_file`].
pub async fn fill_folder(
    path: &Path,
    format: Format,
    partitions: &[String],
    stream: SendableRecordBatchStream,
    options: &WriteOptions,
) -> Result<Filled, SinkError> {
    let mut stream = read_ahead(stream);
    let encoding = |source| SinkError::Encode { format, source };
    let hidden = beside(path)?;
    let schema = stream.schema();
    let by = partitions
        .iter()
        .map(|column| schema.index_of(column))
        .collect::<Result<Vec<_>, _>>()
        .map_err(encoding)?;
    let rest: Vec<usize> = (0..schema.fields().len()).filter(|c| !by.contains(c)).collect();
    let projection = Projection::new(&schema.project(&rest).map_err(encoding)?, format);
    let open = |folder: &str| -> Result<Part, SinkError> {
        let folder = hidden.path().join(folder);
        fs::create_dir_all(&folder).map_err(|e| refused(path, e))?;
        let file = File::create(folder.join(format!("data.{format}"))).map_err(|e| refused(path, e))?;
        let encoder = encoder(format, &projection, options).map_err(encoding)?;
        Ok(Part { file: BufWriter::new(file), encoder, name: format!("`{}`", path.display()) })
    };
    let mut parts = BTreeMap::new();
    if by.is_empty() {
        parts.insert(String::new(), open("")?);
    }
    let mut written = Written::default();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| SinkError::Query(Box::new(error)))?;
        for (folder, rows) in divided(&batch, &schema, &by).map_err(encoding)? {
            if !parts.contains_key(&folder) {
                if parts.len() == MOST {
                    return Err(SinkError::Partitions { most: MOST });
                }
                parts.insert(folder.clone(), open(&folder)?);
            }
            if let Some(part) = parts.get_mut(&folder) {
                let rows = rows.project(&rest).and_then(|rows| projection.apply(&rows)).map_err(encoding)?;
                part.write(&rows, &mut written).map_err(|e| e.of(format))?;
            }
        }
        written.rows += batch.num_rows() as u64;
    }
    for part in parts.into_values() {
        part.finish(&mut written).map_err(|e| e.of(format))?.sync_all().map_err(|e| refused(path, e))?;
    }
    Ok(Filled { place: Place::Folder(hidden, path.to_owned()), written })
}

/// An empty folder next to `path`, which is removed unless it [`appear`]s.
fn beside(path: &Path) -> Result<TempDir, SinkError> {
    let path = &real(path)?;
    if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file() {
        return Err(SinkError::Taken { path: path.clone() });
    }
    let (folder, Some(name)) = (folder_of(path), path.file_name()) else {
        return Err(SinkError::IsFolder { path: path.clone() });
    };
    if !folder.is_dir() {
        return Err(SinkError::NoFolder { folder: folder.to_owned(), path: path.clone() });
    }
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.", name.to_string_lossy());
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(folder).map_err(|source| refused(path, source))
}

pub(super) fn appear(hidden: TempDir, path: &Path) -> Result<(), SinkError> {
    let path = real(path)?;
    match fs::remove_dir(&path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(refused(&path, e)),
        _ => {}
    }
    fs::rename(hidden.path(), &path).map_err(|e| refused(&path, e))?;
    // There is nothing to remove any more.
    let _ = hidden.keep();
    Ok(())
}

/// The folder itself where a link names it, without a slash at its end: a link can't be replaced by a folder.
fn real(path: &Path) -> Result<PathBuf, SinkError> {
    let plain: PathBuf = path.components().collect();
    behind_links(&plain).map_err(|e| refused(path, e))
}

/// The rows of each partition of a batch, with the partition's folder.
fn divided(
    batch: &RecordBatch,
    schema: &Arc<Schema>,
    by: &[usize],
) -> Result<Vec<(String, RecordBatch)>, ArrowError> {
    if by.is_empty() {
        return Ok(vec![(String::new(), batch.clone())]);
    }
    let json = json::options();
    let mut columns = Vec::new();
    for column in by {
        let field = &schema.fields()[*column];
        columns.push((field.name(), Cells::new(field, batch.column(*column), &json)?));
    }
    let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for row in 0..batch.num_rows() {
        let mut folder = String::new();
        for (name, cells) in &mut columns {
            let separator = if folder.is_empty() { "" } else { "/" };
            let value = match cells.get(row)? {
                None => NULL_PARTITION.to_owned(),
                Some(text) if text == NULL_PARTITION => {
                    let message =
                        format!("column `{name}` has the text `{text}`, which names the folder of NULL");
                    return Err(ArrowError::InvalidArgumentError(message));
                }
                Some(text) => encoded(&text),
            };
            let _ = write!(folder, "{separator}{}={value}", encoded(name));
        }
        groups.entry(folder).or_default().push(row as u64);
    }
    let taken = groups
        .into_iter()
        .map(|(folder, rows)| Ok((folder, take_record_batch(batch, &UInt64Array::from(rows))?)));
    taken.collect()
}

/// As one name of a folder: what separates names, or is special to a file system, percent-encoded.
fn encoded(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '=' => {
                let _ = write!(name, "%{:02X}", u32::from(c));
            }
            c if c.is_ascii_control() => {
                let _ = write!(name, "%{:02X}", u32::from(c));
            }
            c => name.push(c),
        }
    }
    name
}

/// One file that is being written.
struct Part {
    file: BufWriter<File>,
    encoder: Box<dyn Encoder>,
    name: String,
}

/// Why a part could not be written.
enum PartError {
    Encode(ArrowError),
    Sink(SinkError),
}

impl PartError {
    fn of(self, format: Format) -> SinkError {
        match self {
            Self::Encode(source) => SinkError::Encode { format, source },
            Self::Sink(error) => error,
        }
    }
}

impl Part {
    fn write(&mut self, batch: &RecordBatch, written: &mut Written) -> Result<(), PartError> {
        let mut bytes = Vec::new();
        self.encoder.batch(batch, &mut bytes).map_err(PartError::Encode)?;
        send(&mut self.file, &self.name, &mut bytes, written).map_err(PartError::Sink)
    }

    fn finish(mut self, written: &mut Written) -> Result<File, PartError> {
        let mut bytes = Vec::new();
        self.encoder.finish(&mut bytes).map_err(PartError::Encode)?;
        send(&mut self.file, &self.name, &mut bytes, written).map_err(PartError::Sink)?;
        let failed =
            |e: io::Error| PartError::Sink(SinkError::Write { target: self.name.clone(), source: e });
        self.file.into_inner().map_err(|e| failed(e.into_error()))
    }
}
