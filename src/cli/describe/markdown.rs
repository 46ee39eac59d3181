//! `jirrow describe --markdown`: the reference of tables and views, for a wiki or a repository.

use std::fmt::Write as _;

use datafusion::arrow::datatypes::Schema;

use super::{about, example, facts, type_name};
use crate::catalog::{Described, Query, Session};
use crate::cli::Failure;
use crate::schema::{COMMENT, Table};

/// One table or view.
pub(super) async fn one(session: &Session, name: &str) -> Result<String, Failure> {
    Ok(match session.described(name).await.map_err(Failure::failed)? {
        Described::File(table) => of_table(&table),
        Described::View(view, schema) => of_view(&view, &schema),
        Described::Other(schema) => format!("## {name}\n\n{}", columns(&schema)),
    })
}

/// All tables and views, the curated ones first.
pub(super) async fn all(session: &Session) -> Result<String, Failure> {
    let listed = session.listed().map_err(Failure::failed)?;
    let mut text = "# Tables\n".to_owned();
    for table in listed {
        let _ = write!(text, "\n{}", one(session, &table.name.shortest()).await?);
    }
    Ok(text)
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ")
}

fn of_table(table: &Table) -> String {
    let mut text = format!("## {}\n\n{}\n\n", table.name.shortest(), table.about);
    for (name, value) in facts(table) {
        let _ = writeln!(text, "- {name}: {value}");
    }
    text.push_str("\n| column | type | |\n|---|---|---|\n");
    for column in &table.columns {
        let (data_type, about) = (type_name(&column.data_type), about(table, column));
        let _ = writeln!(text, "| {} | {} | {} |", cell(&column.name), cell(&data_type), cell(&about));
    }
    text.push('\n');
    for path in &table.paths {
        // The request itself names paths in backquotes.
        let _ = writeln!(text, "- {}: {}, `` {} ``", path.name, path.about, table.request_of(path));
    }
    let _ = writeln!(text, "\n```sql\n{}\n```", example(table));
    text
}

fn of_view(view: &Query, schema: &Schema) -> String {
    let mut text = format!("## {}\n\n{}\n\n", view.name, view.question());
    if !view.cost().is_empty() {
        let _ = writeln!(text, "- Cost: {}\n", view.cost());
    }
    text + &columns(schema)
}

fn columns(schema: &Schema) -> String {
    let mut text = "| column | type | |\n|---|---|---|\n".to_owned();
    for field in schema.fields() {
        let about = field.metadata().get(COMMENT).map_or("", String::as_str);
        let data_type = field.data_type().to_string();
        let _ = writeln!(text, "| {} | {} | {} |", cell(field.name()), cell(&data_type), cell(about));
    }
    text
}
