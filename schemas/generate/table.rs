//! The text of a table file.

use std::fmt::Write;

use serde_json::Value;

use super::columns::{self, Column};
use super::exceptions;
use super::operation::{Operation, Rows};

/// A value that a request must be given, which is a column too.
struct Input {
    column: String,
    data_type: &'static str,
    /// `path` or `query.NAME`.
    at: String,
}

/// The table file of an operation; nothing where it is no table.
///
/// # Errors
/// When no column identifies a row: then `exceptions.rs` must say which do.
pub(super) fn file(operation: &Operation<'_>) -> Result<Option<String>, String> {
    if exceptions::LEFT_OUT.iter().any(|(path, _)| *path == operation.path) {
        return Ok(None);
    }
    let Some(rows) = operation.rows() else { return Ok(None) };
    let mut columns = columns::of_rows(operation.document, &rows);
    for (name, data_type, from) in exceptions::columns(operation.path) {
        columns.push(Column::new(name, data_type, from.trim_matches('"')));
    }
    if rows.place.ends_with("{}") && !columns.iter().any(|c| c.name == "key") {
        columns.insert(0, Column::new("name", "", ""));
    }
    if columns.iter().all(|c| c.data_type.is_empty()) {
        columns.push(Column::new("value", &columns::plain(operation.document, rows.schema), ""));
    }
    let (address, inputs) = inputs(operation, &columns);
    let is_input = |name: &String| inputs.iter().any(|input| input.column.eq_ignore_ascii_case(name));
    let mut key = key(operation, &rows, &columns)?;
    key.retain(|name| !is_input(name));
    columns.retain(|column| !is_input(&column.name));
    for column in columns.iter_mut().filter(|c| !c.data_type.is_empty()) {
        column.ask = operation.ask(&column.name);
        if let Some(data_type) = exceptions::data_type(operation.path, &column.name) {
            data_type.clone_into(&mut column.data_type);
        }
    }
    let mut text = String::new();
    let _ = writeln!(text, "# Written by `cargo run --example rest-tables`; changes belong there.");
    let _ = writeln!(text, "about = {:?}", about(operation, &rows));
    let names: Vec<&str> =
        inputs.iter().map(|i| i.column.as_str()).chain(key.iter().map(String::as_str)).collect();
    let _ = writeln!(text, "key = {names:?}");
    let _ = writeln!(text, "typical_rows = 100");
    let _ = writeln!(text, "permission = {:?}", permission(operation));
    let _ = writeln!(text, "scopes = {:?}", scopes(operation));
    let _ = writeln!(text, "documentation = {:?}", documentation(operation));
    text.push_str("\n[columns]\n");
    for input in &inputs {
        let _ = writeln!(text, "{} = {{ type = {:?}, outer = true }}", input.column, input.data_type);
    }
    for (column, _) in exceptions::outer(operation.path) {
        let _ = writeln!(text, "{column} = {{ type = \"text\", outer = true }}");
    }
    for column in &columns {
        let line = match column.data_type.is_empty() {
            true => format!("{} = {{ type = \"text\", member = true }}", column.name),
            false => column.line(true),
        };
        let _ = writeln!(text, "{line}");
    }
    let name = if rows.place.is_empty() { "answer" } else { "list" };
    let _ = writeln!(text, "\n[[paths]]\nname = {name:?}\nabout = {:?}", how(operation, &rows));
    let _ = writeln!(text, "request = {:?}\nrows = {:?}", format!("GET {address}"), rows.place);
    if columns.iter().any(|c| c.ask.is_some()) {
        text.push_str("asks = \"query.expand\"\n");
    }
    let query: Vec<String> =
        exceptions::query(operation.path).iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !query.is_empty() {
        let _ = writeln!(text, "query = {{ {} }}", query.join(", "));
    }
    if rows.place.matches("[]").count() > 1 {
        text.push_str("whole = true\n");
    }
    for (column, from) in exceptions::outer(operation.path) {
        let _ = writeln!(text, "outer = {{ {column} = {from:?} }}");
    }
    if let Some(pages) = operation.pages(&rows) {
        let _ = writeln!(text, "paging = {:?}\npage_size = {}", pages.kind, pages.size);
    }
    if let Some(reach) = exceptions::reach(operation.path) {
        let _ = writeln!(text, "reach = {reach}");
    }
    if let Some((last, before)) = inputs.split_last() {
        let with: Vec<String> = before.iter().map(|i| format!("{} = {:?}", i.column, i.at)).collect();
        let with =
            if with.is_empty() { String::new() } else { format!(", with = {{ {} }}", with.join(", ")) };
        let _ = writeln!(
            text,
            "needs = {{ columns = [{:?}], at = {:?}, batch = 1{with} }}",
            last.column, last.at
        );
    }
    Ok(Some(text))
}

/// What the request must be given, and its address with the columns' names. They take the place of the row's members of
/// their names, which hold the same; but `id` is the row's own, so that `/role/{id}` is asked by `roleId`.
fn inputs(operation: &Operation<'_>, columns: &[Column]) -> (String, Vec<Input>) {
    let mut address = operation.path.to_owned();
    let mut inputs = vec![];
    let taken = |name: &str| columns.iter().any(|c| c.name.eq_ignore_ascii_case(name));
    for variable in operation.variables() {
        let before = operation.path.split(&format!("/{{{variable}}}")).next().unwrap_or_default();
        let before = before.rsplit('/').next().unwrap_or_default().trim_end_matches('s');
        let column = match variable == "id" && taken(variable) {
            true => format!("{before}{}", variable[..1].to_uppercase() + &variable[1..]),
            false => variable.to_owned(),
        };
        address = address.replace(&format!("{{{variable}}}"), &format!("{{{column}}}"));
        inputs.push(Input { column, data_type: "text", at: "path".to_owned() });
    }
    for parameter in operation.inputs() {
        let name = parameter["name"].as_str().unwrap_or_default();
        // A name is found whatever its case; the row's own is the true one.
        let column = if name == "name" && taken(name) { "givenName" } else { name };
        inputs.push(Input { column: column.to_owned(), data_type: "text", at: format!("query.{name}") });
    }
    (address, inputs)
}

/// The columns that tell a row from the others of the same request.
fn key(operation: &Operation<'_>, rows: &Rows<'_>, columns: &[Column]) -> Result<Vec<String>, String> {
    if rows.place.is_empty() {
        return Ok(vec![]);
    }
    if let Some(key) = exceptions::key(operation.path) {
        return Ok(key.iter().map(|k| (*k).to_owned()).collect());
    }
    let is_key = |c: &&Column| c.data_type.is_empty() || c.data_type == "text" || c.data_type == "int64";
    let candidates: Vec<&Column> = columns.iter().filter(is_key).collect();
    if let Some(member) = candidates.iter().find(|c| c.data_type.is_empty()) {
        return Ok(vec![member.name.clone()]);
    }
    for name in ["id", "accountId", "key", "groupId", "worklogId", "value", "name"] {
        if candidates.iter().any(|c| c.name == name) {
            return Ok(vec![name.to_owned()]);
        }
    }
    let ids: Vec<String> = candidates.iter().map(|c| c.name.clone()).filter(|n| n.ends_with("Id")).collect();
    match ids.is_empty() {
        true => Err(format!("no column identifies a row of {}", operation.path)),
        false => Ok(ids),
    }
}

fn about(operation: &Operation<'_>, rows: &Rows<'_>) -> String {
    let flag = |name: &str| operation.facts[name] == true;
    let state = match (flag("deprecated"), flag("x-experimental")) {
        (true, _) => " (deprecated)",
        (_, true) => " (experimental)",
        _ => "",
    };
    let what = match rows.place.as_str() {
        "" => "The answer".to_owned(),
        "[]" => "One element of the answer".to_owned(),
        place => format!("One element of `{place}` in the answer"),
    };
    format!("{what} to `GET {}`, as documented{state}.", operation.path)
}

fn how(operation: &Operation<'_>, rows: &Rows<'_>) -> String {
    match operation.pages(rows) {
        Some(pages) => format!("all rows, {} a page", pages.size),
        None if rows.place.is_empty() => "the one row".to_owned(),
        None => "all rows at once".to_owned(),
    }
}

/// The permissions that the document names, by their names.
fn permission(operation: &Operation<'_>) -> String {
    let text = operation.facts["description"].as_str().unwrap_or_default();
    let required = text.split("required:**").nth(1).unwrap_or_default();
    let known = [
        ("*Administer Jira*", "Administer Jira"),
        ("*Administer projects*", "Administer projects"),
        ("*Administer Projects*", "Administer projects"),
        ("*Browse projects*", "Browse projects"),
        ("*Browse Projects*", "Browse projects"),
        ("*Browse users and groups*", "Browse users and groups"),
    ];
    let mut named: Vec<&str> =
        known.iter().filter(|(mark, _)| required.contains(mark)).map(|(_, name)| *name).collect();
    named.dedup();
    match named.is_empty() {
        true if required.trim_start().starts_with("None") => "none".to_owned(),
        true => "access to Jira".to_owned(),
        false => named.join(" or "),
    }
}

fn scopes(operation: &Operation<'_>) -> Vec<String> {
    let all = operation.facts["x-atlassian-oauth2-scopes"].as_array().into_iter().flatten();
    let current: Vec<&Value> = all.collect();
    let current = current.iter().find(|s| s["state"] == "Current").or(current.first());
    let names = current.and_then(|s| s["scopes"].as_array()).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn documentation(operation: &Operation<'_>) -> String {
    let tag = operation.facts["tags"][0].as_str().unwrap_or_default();
    let tag: String = tag.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let tag = tag.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    let product = match operation.path.starts_with("/rest/agile/") {
        true => "software/rest",
        false => "platform/rest/v3",
    };
    format!("https://developer.atlassian.com/cloud/jira/{product}/api-group-{tag}/")
}
