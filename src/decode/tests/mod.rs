//! What the room promises, seen from outside. The tables of these tests are written as table files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test should panic")]

mod members;
mod nested;
mod pages;
mod random;
mod values;

use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{DecodeError, Layout, Page};
use crate::schema::{Library, Table};

/// A table with these columns and paths, given as TOML.
fn table_of(columns: &str, paths: &str) -> Arc<Table> {
    let text = format!(
        "about = 't'\nkey = ['Id']\ntypical_rows = 1\npermission = ''\nscopes = []\ndocumentation = ''\n[columns]\n\
         Id = {{ type = 'int64', from = 'id' }}\n{columns}\n{paths}"
    );
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("jira")).unwrap();
    fs::write(folder.path().join("jira/T.toml"), text).unwrap();
    let mut library = Library::default();
    library.add_folder(folder.path()).unwrap();
    library.table("jira", "public", "T").unwrap().unwrap()
}

/// A table whose rows are at `rows`.
fn table(columns: &str, rows: &str) -> Arc<Table> {
    table_of(
        columns,
        &format!("[[paths]]\nname = 'list'\nabout = 'l'\nrequest = 'GET /l'\nrows = '{rows}'\n"),
    )
}

/// All columns of the table's first path, `FieldErrors` last.
fn layout(table: &Table) -> Layout {
    let columns: Vec<usize> = (0..=table.columns.len()).collect();
    Layout::new(table, &table.paths[0], &columns, &[]).unwrap()
}

fn decode(columns: &str, json: &str) -> Page {
    layout(&table(columns, "values[]")).decode(json.as_bytes(), &[]).unwrap()
}

/// The values of a column as text; NULL is `-`.
fn shown(page: &Page, column: &str) -> Vec<String> {
    let array = page.batch.column_by_name(column).unwrap();
    (0..array.len()).map(|row| show(array, row)).collect()
}

fn show(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "-".to_owned();
    }
    ArrayFormatter::try_new(array, &FormatOptions::default().with_null("-")).unwrap().value(row).to_string()
}

/// Decodes one record with one column `X` of this type: its value, and its `FieldErrors`.
fn one(definition: &str, value: &str) -> (String, String) {
    let page =
        decode(&format!("X = {{ {definition} }}"), &format!(r#"{{"values":[{{"id":1,"x":{value}}}]}}"#));
    let errors = shown(&page, "FieldErrors").remove(0);
    assert_eq!(page.field_errors, usize::from(errors != "-"), "{definition} {value}");
    (shown(&page, "X").remove(0), errors)
}

fn wrong_shape(layout: &Layout, json: &str) -> (String, String) {
    match layout.decode(json.as_bytes(), &[]) {
        Err(DecodeError::WrongShape { place, found, .. }) => (place, found),
        other => panic!("{json} gave {other:?}"),
    }
}
