//! Parquet: zstd, row groups that a reader can hold in memory, nested types as they are.
//!
//! The Arrow schema is embedded, and with it the columns' metadata: readers find a column's description
//! under `comment`.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::Encoder;

/// Enough for good compression, and as many as the readers of such files like.
const ROW_GROUP_ROWS: usize = 131_072;

/// A group is held in memory, compressed, until it is complete: a large result should take no more than a small one.
const ROW_GROUP_BYTES: usize = 4 << 20;

/// A dictionary of more is of values that seldom repeat; each column holds its own in memory.
const DICTIONARY_BYTES: usize = 256 << 10;

pub(super) struct Parquet {
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_created_by(concat!("jirrow ", env!("CARGO_PKG_VERSION")).to_string())
            .build();
        Ok(Self { writer: ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))? })
    }

    /// Takes what is encoded so far. Offsets are counted by the writer, not by its buffer.
    fn drain(&mut self, out: &mut Vec<u8>) {
        // The usual way costs no copy of a row group.
        match out.is_empty() {
            true => *out = std::mem::take(self.writer.inner_mut()),
            false => out.append(self.writer.inner_mut()),
        }
    }
}

impl Encoder for Parquet {
    fn batch(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.write(batch)?;
        self.drain(out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.writer.finish()?;
        self.drain(out);
        Ok(())
    }
}
