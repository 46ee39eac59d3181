#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    ListArray, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray, UnionArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::metadata::RowGroupMetaData;
use datafusion::parquet::file::reader::ChunkReader;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

use super::{Format, FormulaGuard, SinkError, WriteOptions, Written, fill_folder, write_file, write_stream};

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn batch_of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// Four rows of everything that can go wrong in a text format.
fn awkward() -> RecordBatch {
    let sprints = StructArray::from(vec![
        (Arc::new(Field::new("Name", DataType::Utf8, true)), text(&[Some("S \"1\""), None, Some("S|3")])),
        (
            Arc::new(Field::new("End", micros(vec![]).data_type().clone(), true)),
            micros(vec![Some(0), Some(1_500), None]),
        ),
    ]);
    let field = Arc::new(Field::new("item", sprints.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([2, 0, 0, 1]);
    let nulls = vec![true, true, false, true].into();
    let nested = ListArray::new(field, offsets, Arc::new(sprints), Some(nulls));
    batch_of(vec![
        ("Id", Arc::new(Int64Array::from(vec![Some(1), Some(-20), None, Some(4)]))),
        ("Te,xt", text(&[Some("a \"b\", c"), Some(""), None, Some("zwei\r\nZeilen")])),
        ("Mixed", text(&[Some("😀 日本"), Some("=1+1"), Some("שלום"), Some("a|b\\c<d>\u{1b}[31m\u{202e}")])),
        ("At", micros(vec![Some(1_767_323_045_000_000), Some(1_767_323_045_000_001), None, Some(-1_000)])),
        ("Day", Arc::new(Date32Array::from(vec![Some(20_455), None, Some(0), Some(-1)]))),
        ("Points", Arc::new(Float64Array::from(vec![Some(5.0), Some(0.25), None, Some(1e21)]))),
        (
            "Cost",
            Arc::new(
                Decimal128Array::from(vec![Some(1250), None, Some(-5), Some(0)])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
        ("Done", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, None]))),
        (
            "Kind",
            Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("Bug"), None, Some("Bug"), Some("")])),
        ),
        ("Sprints", Arc::new(nested)),
    ])
}

fn micros(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
}

fn stream_of(
    schema: SchemaRef,
    items: Vec<Result<RecordBatch, DataFusionError>>,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(items)))
}

fn stream(batches: Vec<RecordBatch>) -> SendableRecordBatchStream {
    stream_of(batches[0].schema(), batches.into_iter().map(Ok).collect())
}

async fn written(format: Format, options: WriteOptions, batches: Vec<RecordBatch>) -> String {
    let mut out = Vec::new();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let seen = AtomicU64::new(0);
    let progress = |rows| seen.store(rows, Ordering::Relaxed);
    let report = write_stream(&mut out, format, stream(batches), &options, &progress).await.unwrap();
    assert_eq!(report, Written { rows: rows as u64, bytes: out.len() as u64 });
    assert_eq!(seen.into_inner(), rows as u64);
    String::from_utf8(out).unwrap()
}

/// The text with what an editor would hide or a snapshot would normalise made visible.
fn visible(text: &str) -> String {
    text.replace('\r', "<CR>").replace('\u{1b}', "<ESC>").replace('\u{202e}', "<RLO>")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn csv_tells_null_from_empty_and_quotes_what_needs_it() {
    let batch = awkward();
    let got = written(Format::Csv, WriteOptions::default(), vec![batch.clone(), batch.slice(0, 1)]).await;
    insta::assert_snapshot!(visible(&got), @r##"
    Id,"Te,xt",Mixed,At,Day,Points,Cost,Done,Kind,Sprints
    1,"a ""b"", c",😀 日本,2026-01-02T03:04:05.000Z,2026-01-02,5.0,12.50,true,Bug,"[{""Name"":""S \""1\"""",""End"":""1970-01-01T00:00:00.000Z""},{""Name"":null,""End"":""1970-01-01T00:00:00.001500Z""}]"
    -20,"",=1+1,2026-01-02T03:04:05.000001Z,,0.25,,false,,[]
    ,,שלום,,1970-01-01,,-0.05,,Bug,
    4,"zwei<CR>
    Zeilen",a|b\c<d><ESC>[31m<RLO>,1969-12-31T23:59:59.999Z,1969-12-31,1e21,0.00,,"","[{""Name"":""S|3"",""End"":null}]"
    1,"a ""b"", c",😀 日本,2026-01-02T03:04:05.000Z,2026-01-02,5.0,12.50,true,Bug,"[{""Name"":""S \""1\"""",""End"":""1970-01-01T00:00:00.000Z""},{""Name"":null,""End"":""1970-01-01T00:00:00.001500Z""}]"
    "##);
}

#[tokio::test]
async fn csv_guards_against_formulas_when_asked() {
    let values =
        [Some("=1"), Some("+1"), Some("-1"), Some("@a"), Some("\tx"), Some("\rx"), Some("a=1"), None];
    let batch = batch_of(vec![("-T", text(&values)), ("N", Arc::new(Int64Array::from(vec![-1; 8])))]);
    let options = WriteOptions { formula_guard: FormulaGuard::On, ..WriteOptions::default() };
    let got = written(Format::Csv, options, vec![batch]).await;
    assert_eq!(got, "'-T,N\n'=1,-1\n'+1,-1\n'-1,-1\n'@a,-1\n'\tx,-1\n\"'\rx\",-1\na=1,-1\n,-1\n");
}

#[tokio::test]
async fn json_is_one_array_with_every_column_in_every_object() {
    let got = written(Format::Json, WriteOptions::default(), vec![awkward(), awkward().slice(2, 1)]).await;
    let parsed: Vec<HashMap<String, serde_json::Value>> = serde_json::from_str(&got).unwrap();
    assert!(parsed.len() == 5 && parsed.iter().all(|row| row.len() == 10), "{got}");
    insta::assert_snapshot!(visible(&got), @r##"
    [
    {"Id":1,"Te,xt":"a \"b\", c","Mixed":"😀 日本","At":"2026-01-02T03:04:05.000Z","Day":"2026-01-02","Points":5.0,"Cost":12.50,"Done":true,"Kind":"Bug","Sprints":[{"Name":"S \"1\"","End":"1970-01-01T00:00:00.000Z"},{"Name":null,"End":"1970-01-01T00:00:00.001500Z"}]},
    {"Id":-20,"Te,xt":"","Mixed":"=1+1","At":"2026-01-02T03:04:05.000001Z","Day":null,"Points":0.25,"Cost":null,"Done":false,"Kind":null,"Sprints":[]},
    {"Id":null,"Te,xt":null,"Mixed":"שלום","At":null,"Day":"1970-01-01","Points":null,"Cost":-0.05,"Done":null,"Kind":"Bug","Sprints":null},
    {"Id":4,"Te,xt":"zwei\r\nZeilen","Mixed":"a|b\\c<d>\u001b[31m<RLO>","At":"1969-12-31T23:59:59.999Z","Day":"1969-12-31","Points":1.0e21,"Cost":0.00,"Done":null,"Kind":"","Sprints":[{"Name":"S|3","End":null}]},
    {"Id":null,"Te,xt":null,"Mixed":"שלום","At":null,"Day":"1970-01-01","Points":null,"Cost":-0.05,"Done":null,"Kind":"Bug","Sprints":null}
    ]
    "##);
    let empty = RecordBatch::new_empty(awkward().schema());
    assert_eq!(written(Format::Json, WriteOptions::default(), vec![empty]).await, "[]\n");
}

#[tokio::test]
async fn ndjson_is_one_object_a_line() {
    let got = written(Format::Ndjson, WriteOptions::default(), vec![awkward(), awkward()]).await;
    assert_eq!(got.lines().count(), 8);
    assert!(
        got.lines().all(|line| serde_json::from_str::<HashMap<String, serde_json::Value>>(line).is_ok()),
        "{got}"
    );
    let empty = RecordBatch::new_empty(awkward().schema());
    assert_eq!(written(Format::Ndjson, WriteOptions::default(), vec![empty]).await, "");
}

#[tokio::test]
async fn a_table_is_aligned_and_shows_control_characters_escaped() {
    let got =
        written(Format::Table, WriteOptions::default(), vec![awkward().project(&[0, 1, 2, 3, 6]).unwrap()])
            .await;
    insta::assert_snapshot!(visible(&got), @r##"
      Id │ Te,xt          │ Mixed                      │ At                          │  Cost
    ─────┼────────────────┼────────────────────────────┼─────────────────────────────┼───────
       1 │ a "b", c       │ 😀 日本                    │ 2026-01-02T03:04:05.000Z    │ 12.50
     -20 │                │ =1+1                       │ 2026-01-02T03:04:05.000001Z │
         │                │ שלום                       │                             │ -0.05
       4 │ zwei\r\nZeilen │ a|b\c<d>\u{1b}[31m\u{202e} │ 1969-12-31T23:59:59.999Z    │  0.00
    "##);
    let options = WriteOptions { max_cell_width: Some(8), ..WriteOptions::default() };
    let got = written(Format::Table, options, vec![awkward().project(&[1, 2, 9]).unwrap()]).await;
    insta::assert_snapshot!(visible(&got), @r##"
     Te,xt    │ Mixed    │ Sprints
    ──────────┼──────────┼──────────
     a "b", c │ 😀 日本  │ [{"Name…
              │ =1+1     │ []
              │ שלום     │
     zwei\r\… │ a|b\c<d… │ [{"Name…
    "##);
}

#[tokio::test]
async fn a_table_without_rows_has_its_heading() {
    let empty = RecordBatch::new_empty(awkward().schema()).project(&[0, 2]).unwrap();
    assert_eq!(
        written(Format::Table, WriteOptions::default(), vec![empty.clone()]).await,
        " Id │ Mixed\n────┼───────\n"
    );
    assert_eq!(
        written(Format::Markdown, WriteOptions::default(), vec![empty.clone()]).await,
        "| Id | Mixed |\n| --: | --- |\n"
    );
    assert_eq!(written(Format::Csv, WriteOptions::default(), vec![empty]).await, "Id,Mixed\n");
}

#[tokio::test]
async fn a_long_table_keeps_the_widths_of_its_first_rows() {
    let many = batch_of(vec![("N", Arc::new(Int64Array::from_iter_values(100..700)))]);
    let late = batch_of(vec![("N", Arc::new(Int64Array::from(vec![7, 12_345])))]);
    let got = written(Format::Table, WriteOptions::default(), vec![many, late]).await;
    assert!(got.starts_with("   N\n─────\n 100\n") && got.ends_with(" 699\n   7\n 12345\n"), "{got}");
}

#[tokio::test]
async fn markdown_escapes_what_would_end_a_cell() {
    let got =
        written(Format::Markdown, WriteOptions::default(), vec![awkward().project(&[0, 1, 2, 9]).unwrap()])
            .await;
    insta::assert_snapshot!(visible(&got), @r##"
    | Id | Te,xt | Mixed | Sprints |
    | --: | --- | --- | --- |
    | 1 | a "b", c | 😀 日本 | [{"Name":"S \\"1\\"","End":"1970-01-01T00:00:00.000Z"},{"Name":null,"End":"1970-01-01T00:00:00.001500Z"}] |
    | -20 |  | =1+1 | [] |
    |  |  | שלום |  |
    | 4 | zwei<br>Zeilen | a\|b\\c&lt;d>\\u{1b}[31m\\u{202e} | [{"Name":"S\|3","End":null}] |
    "##);
}

fn with_metadata() -> RecordBatch {
    let batch = awkward();
    let metadata =
        [("comment", "The number"), ("jirrow.hidden", "true")].map(|(k, v)| (k.to_string(), v.to_string()));
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[0] = fields[0].clone().with_metadata(HashMap::from(metadata));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec()).unwrap()
}

#[tokio::test]
async fn parquet_comes_back_as_it_went_with_its_comments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let batches = vec![with_metadata(); 3];
    let report =
        write_file(&path, Format::Parquet, stream(batches), &WriteOptions::default(), &|_| ()).await.unwrap();
    let file = fs::File::open(&path).unwrap();
    assert_eq!(report, Written { rows: 12, bytes: fs::metadata(&path).unwrap().len() });
    assert!(file.get_bytes(0, 4).unwrap().starts_with(b"PAR1"));

    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let metadata = reader.metadata().clone();
    assert_eq!(metadata.file_metadata().created_by(), Some(concat!("jirrow ", env!("CARGO_PKG_VERSION"))));
    let compression = metadata.row_group(0).column(0).compression();
    assert!(matches!(compression, Compression::ZSTD(_)), "{compression:?}");
    let rows: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    let schema = rows[0].schema();
    assert_eq!(
        schema.field(0).metadata(),
        &HashMap::from([("comment".to_string(), "The number".to_string())])
    );
    assert_eq!(rows[0].slice(0, 4).columns(), awkward().columns());
}

#[tokio::test]
async fn parquet_row_groups_stay_below_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let batch = batch_of(vec![("N", Arc::new(Int64Array::from_iter_values(0..100_000)))]);
    write_file(&path, Format::Parquet, stream(vec![batch; 3]), &WriteOptions::default(), &|_| ())
        .await
        .unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap();
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(groups, [131_072, 131_072, 37_856]);
}

#[tokio::test]
async fn arrow_files_hold_plain_values_and_the_comments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.arrow");
    // Two dictionaries for one column, which the file format does not allow.
    let other = with_metadata().slice(1, 3);
    let batches = vec![
        with_metadata(),
        RecordBatch::try_new(with_metadata().schema(), other.columns().to_vec()).unwrap(),
    ];
    write_file(&path, Format::Arrow, stream(batches), &WriteOptions::default(), &|_| ()).await.unwrap();
    let reader = FileReader::try_new(fs::File::open(&path).unwrap(), None).unwrap();
    assert_eq!(
        reader.schema().field(0).metadata(),
        &HashMap::from([("comment".to_string(), "The number".to_string())])
    );
    let rows: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 7);
    assert_eq!(rows[0].column(9), awkward().column(9));
    assert_eq!(rows[0].column(8).data_type(), &DataType::Utf8);
}

#[tokio::test]
async fn a_value_that_says_its_own_type_is_written_as_that_type() {
    let fields =
        [(0_i8, Field::new("int", DataType::Int64, true)), (1, Field::new("text", DataType::Utf8, true))];
    let children =
        vec![Arc::new(Int64Array::from(vec![7, 0, 0])) as ArrayRef, text(&[None, Some("=a"), None])];
    let union = UnionArray::try_new(
        fields.into_iter().map(|(id, field)| (id, Arc::new(field))).collect(),
        vec![0, 1, 1].into(),
        None,
        children,
    );
    let batch = batch_of(vec![("V", Arc::new(union.unwrap()))]);
    let csv = written(Format::Csv, WriteOptions::default(), vec![batch.clone()]).await;
    assert_eq!(csv, "V\n7\n=a\n\n");
    let lines = written(Format::Ndjson, WriteOptions::default(), vec![batch.clone()]).await;
    assert_eq!(lines, "{\"V\":7}\n{\"V\":\"=a\"}\n{\"V\":null}\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write_file(&path, Format::Parquet, stream(vec![batch]), &WriteOptions::default(), &|_| ()).await.unwrap();
    let mut reader =
        ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap().build().unwrap();
    assert_eq!(reader.next().unwrap().unwrap().column(0), &text(&[Some("7"), Some("=a"), None]));
}

#[tokio::test]
async fn an_error_in_the_rows_keeps_the_old_file_and_leaves_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "old").unwrap();
    let broken = vec![Ok(awkward()), Err(DataFusionError::Execution("gone".into()))];
    let rows = stream_of(awkward().schema(), broken);
    let error = write_file(&path, Format::Csv, rows, &WriteOptions::default(), &|_| ()).await.unwrap_err();
    assert!(matches!(error, SinkError::Query(_)), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names_in(folder.path()), ["a.csv"]);
}

#[tokio::test]
async fn an_interrupted_run_leaves_no_file() {
    for format in [Format::Csv, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.out");
        let rows = futures::stream::iter([Ok(awkward())]).chain(futures::stream::pending());
        let rows: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(awkward().schema(), rows));
        let options = WriteOptions::default();
        let mut run = Box::pin(write_file(&path, format, rows, &options, &|_| ()));
        assert!(futures::poll!(&mut run).is_pending());
        let hidden = names_in(folder.path());
        assert!(hidden.len() == 1 && hidden[0].starts_with(".a.out"), "{hidden:?}");
        drop(run);
        assert_eq!(names_in(folder.path()), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_complete_file_replaces_the_old_one_and_keeps_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "old").unwrap();
    let target = folder.path().join("link.csv");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&path, &target).unwrap();
    #[cfg(not(unix))]
    let target = path.clone();
    let batch = batch_of(vec![("N", Arc::new(Int64Array::from(vec![1])))]);
    write_file(&target, Format::Csv, stream(vec![batch]), &WriteOptions::default(), &|_| ()).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "N\n1\n");
    #[cfg(unix)]
    assert!(fs::symlink_metadata(&target).unwrap().is_symlink());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_nowhere_leads_to_a_whole_file_or_to_none() {
    let folder = tempfile::tempdir().unwrap();
    let (link, second) = (folder.path().join("link.csv"), folder.path().join("second.csv"));
    std::os::unix::fs::symlink("second.csv", &link).unwrap();
    std::os::unix::fs::symlink("a.csv", &second).unwrap();
    let broken = vec![Ok(awkward()), Err(DataFusionError::Execution("gone".into()))];
    let rows = stream_of(awkward().schema(), broken);
    write_file(&link, Format::Csv, rows, &WriteOptions::default(), &|_| ()).await.unwrap_err();
    let mut names = names_in(folder.path());
    names.sort();
    assert_eq!(names, ["link.csv", "second.csv"]);
    let batch = batch_of(vec![("N", Arc::new(Int64Array::from(vec![1])))]);
    write_file(&link, Format::Csv, stream(vec![batch]), &WriteOptions::default(), &|_| ()).await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "N\n1\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_a_circle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("link", &link).unwrap();
    let (rows, options) = (stream(vec![awkward()]), WriteOptions::default());
    let error = fill_folder(&link, Format::Csv, &[], rows, &options).await.unwrap_err().to_string();
    assert!(error.contains("too many links"), "{error}");
    assert!(refusal(&link).await.starts_with("cannot write "));
    assert_eq!(names_in(folder.path()), ["link"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_an_empty_folder_or_to_nowhere_gets_a_folder() {
    for is_there in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join("link"), folder.path().join("real"));
        std::os::unix::fs::symlink("real", &link).unwrap();
        if is_there {
            fs::create_dir(&real).unwrap();
        }
        let batch = batch_of(vec![("N", Arc::new(Int64Array::from(vec![1])))]);
        let (rows, options) = (stream(vec![batch]), WriteOptions::default());
        fill_folder(&link.join(""), Format::Csv, &[], rows, &options).await.unwrap().appear().unwrap();
        assert_eq!(fs::read_to_string(real.join("data.csv")).unwrap(), "N\n1\n");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_as_readable_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (ours, usual) = (folder.path().join("a.csv"), folder.path().join("usual"));
    fs::write(&usual, "").unwrap();
    write_file(&ours, Format::Csv, stream(vec![awkward()]), &WriteOptions::default(), &|_| ()).await.unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&ours), mode(&usual));
}

async fn refusal(path: &Path) -> String {
    let rows = stream(vec![awkward()]);
    write_file(path, Format::Csv, rows, &WriteOptions::default(), &|_| ()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_cannot_be_written_is_said_with_its_path_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let missing = folder.path().join("no").join("a.csv");
    assert_eq!(
        refusal(&missing).await,
        format!("cannot write `{place}/no/a.csv`: there is no folder `{place}/no`; create it first")
    );
    assert_eq!(
        refusal(folder.path()).await,
        format!("cannot write `{place}`: it is a folder; name a file in it")
    );
    if Path::new("/dev/full").exists() {
        let message = refusal(Path::new("/dev/full")).await;
        assert!(message.starts_with("cannot write `/dev/full`: No space left on device"), "{message}");
        assert!(message.ends_with("; free some space, or write elsewhere"), "{message}");
    }
    if Path::new("/proc/self").exists() {
        let message = refusal(Path::new("/proc/self/a.csv")).await;
        assert!(
            message.starts_with("cannot write `/proc/self/a.csv`: ") && !message.contains("/.a.csv"),
            "{message}"
        );
    }
    if Path::new("/dev/null").exists() {
        let rows = stream(vec![awkward()]);
        write_file(Path::new("/dev/null"), Format::Csv, rows, &WriteOptions::default(), &|_| ())
            .await
            .unwrap();
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_went_away_is_told_from_other_errors() {
    let rows = stream(vec![awkward()]);
    let error =
        write_stream(&mut Closed, Format::Csv, rows, &WriteOptions::default(), &|_| ()).await.unwrap_err();
    assert!(matches!(error, SinkError::BrokenPipe), "{error}");
}

#[test]
fn formats_are_found_by_name_and_by_extension() {
    assert_eq!("JSONL".parse::<Format>().unwrap(), Format::Ndjson);
    assert_eq!(Format::Ndjson.to_string(), "ndjson");
    for name in Format::names() {
        assert_eq!(name.parse::<Format>().unwrap().to_string(), name);
    }
    assert_eq!(Format::for_path(Path::new("a.b/X.PARQUET")).unwrap(), Format::Parquet);
    assert!(Format::Arrow.is_binary() && !Format::Csv.is_binary());
    assert_eq!(
        "parqet".parse::<Format>().unwrap_err().to_string(),
        "unknown format `parqet`; did you mean `parquet`?; the formats are table, csv, json, ndjson, markdown, parquet, arrow"
    );
    assert_eq!(
        Format::for_path(Path::new("out.xlsx")).unwrap_err().to_string(),
        "no format is known by the name of `out.xlsx`; end it in .parquet, .csv, .json, .ndjson, .jsonl, .arrow, .md, .txt, or give the format by name"
    );
}
