//! The table files against Atlassian's OpenAPI documents, wherever these are at hand: each request that a path can make
//! is valid by a validator that others wrote, and answers built out of the documents' schemas decode, with all that may
//! be in them and with nothing that need not.
//!
//! Paths are asked alone here, all of them; the requests of statements, with what WHERE, joins and counts make of them,
//! are in `statements`.
//!
//! `JIRROW_SPECS` names the folder of the documents; without it, `../shared/specs` beside the checkout is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Json, Response};
use datafusion::arrow::array::RecordBatch;
use jirrow::catalog::{Answer, Session};
use jirrow::connection::Connection;
use jirrow::sandbox::{Sandbox, SandboxConfig, ServedRequest};
use jirrow::schema::{
    AccessPath, Column, ColumnType, Deployment, Library, Method, OwnFrom, OwnPlace, Source, Table,
};
use serde_json::{Value, json};

use crate::support::small;

mod statements;

#[path = "../../schemas/generate/main.rs"]
#[expect(dead_code, reason = "the command's own entry is not called here")]
mod generate;

/// The documents' folder; says so where there is none.
fn documents() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs");
    let folder = std::env::var_os("JIRROW_SPECS").map_or(beside, PathBuf::from);
    if folder.join("jira-platform-v3.json").exists() {
        return Some(folder);
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: the contract with the OpenAPI documents, which are not in `{}` (JIRROW_SPECS names their folder)",
        folder.display()
    );
    None
}

/// Runs a task of the script; what it says if it fails.
fn script(python: &Path, arguments: &[&Path], task: &str) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/contract.py");
    let output =
        Command::new(python).arg("-IW").arg("ignore").arg(script).arg(task).args(arguments).output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Requests, one of those that differ in nothing that the documents could tell apart.
#[derive(Default)]
struct Recorded(BTreeMap<String, Value>);

impl Recorded {
    fn add(&mut self, request: &ServedRequest) {
        let ServedRequest { method, path, query, body, .. } = request;
        let parameters: BTreeSet<String> = query.split('&').map(without_numbers).collect();
        let members = serde_json::from_str(body).map_or(Value::Null, |body| shape(&body));
        let shape = format!("{method} {} {parameters:?} {members}", without_numbers(path));
        let one = || json!({"method": method, "path": path, "query": query, "body": body});
        self.0.entry(shape).or_insert_with(one);
    }

    fn held_against(self, documents: &Path, python: &Path) -> Result<(), String> {
        let desk = tempfile::tempdir().unwrap();
        let requests = desk.path().join("requests.json");
        std::fs::write(&requests, Value::Array(self.0.into_values().collect()).to_string()).unwrap();
        script(python, &[documents, &requests], "requests")
    }
}

/// Numbers and ids of a length are alike; one that is longer may be more than is allowed.
fn without_numbers(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !c.is_alphanumeric());
    let alike = |word: &str| match word.contains(|c: char| c.is_ascii_digit()) {
        true => word.replace(char::is_alphanumeric, "0"),
        false => word.to_owned(),
    };
    words.map(alike).collect()
}

/// What a schema sees of a value: of a list, its items of different shapes, and about how many it has.
fn shape(value: &Value) -> Value {
    match value {
        Value::Number(_) => json!(without_numbers(&value.to_string())),
        Value::String(text) => json!({"text": without_numbers(text)}),
        Value::Array(items) => {
            let shapes: BTreeSet<String> = items.iter().map(|item| shape(item).to_string()).collect();
            json!([items.len().to_string().len(), shapes])
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        other => other.clone(),
    }
}

/// Every table file.
fn tables() -> Vec<Arc<Table>> {
    let library = Library::built_in();
    let of = |schema| library.names("jira", schema).into_iter().map(move |name| (schema, name.name.clone()));
    let names: Vec<_> = of("public").chain(of("rest")).collect();
    names.iter().map(|(schema, name)| library.table("jira", schema, name).unwrap().unwrap()).collect()
}

/// The table's file with this path as the only one that answers, and pages as small as this.
fn alone(table: &Table, path: &AccessPath, page_size: Option<i64>) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/jira");
    let folder = if table.name.schema == "public" { folder } else { folder.join(&table.name.schema) };
    let text = std::fs::read_to_string(folder.join(&table.name.name).with_extension("toml")).unwrap();
    let mut file: toml::Table = toml::from_str(&text).unwrap();
    // Its search may not be among those that answer.
    file.remove("function");
    for other in file["paths"].as_array_mut().unwrap() {
        let other = other.as_table_mut().unwrap();
        // Which of its keys are listed is asked of another path.
        other.remove("listed");
        if other["name"].as_str() != Some(&path.name) {
            other.insert("candidates".to_owned(), true.into());
        }
        if let (true, Some(size)) = (other.contains_key("page_size"), page_size) {
            other.insert("page_size".to_owned(), size.into());
        }
    }
    toml::to_string(&file).unwrap()
}

/// A library in which the table has this file.
fn with(table: &Table, text: &str) -> Library {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("jira").join(&table.name.schema);
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(&table.name.name).with_extension("toml"), text).unwrap();
    let mut library = Library::built_in();
    library.add_folder(folder.path()).unwrap();
    library
}

fn session(connection: &str, library: Library) -> Session {
    let connection: Connection = connection.parse().unwrap();
    Session::builder().connection(connection).library(library).build().unwrap()
}

/// A SELECT of all that the path itself gives, with a value for each column that it must be given.
fn select(table: &Table, path: &AccessPath, keys: &dyn Fn(&Column) -> String) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<String> = path.provides.iter().map(|c| quoted(&table.columns[*c].name)).collect();
    let needs = path
        .needs
        .iter()
        .flat_map(|n| n.columns.iter().take(1).copied().chain(n.with.iter().map(|w| w.column)));
    let term = |c: usize| {
        let column = &table.columns[c];
        format!("{} IN ({})", quoted(&column.name), keys(column))
    };
    let terms: Vec<String> = needs.map(term).collect();
    let clause = if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) };
    format!("SELECT {} FROM {}.{}{clause}", columns.join(", "), table.name.schema, quoted(&table.name.name))
}

fn quoted_value(column: &Column, value: &str) -> String {
    match column.data_type {
        ColumnType::Int64 | ColumnType::Boolean => value.to_owned(),
        _ => format!("'{value}'"),
    }
}

/// Members of a row without which it has no key or would not be what was asked for, and those of the records around it
/// that are columns, level by level.
fn kept(table: &Table, path: &AccessPath) -> (Vec<String>, Vec<Vec<String>>) {
    let asked = path.needs.iter().flat_map(|n| &n.columns);
    let key = table.key.iter().chain(asked).filter(|c| path.provides.contains(c));
    let members = key.filter_map(|c| match path.from.iter().find(|it| it.column == *c) {
        Some(OwnPlace { from: OwnFrom::Record(from) | OwnFrom::LastSegment(from), .. }) => {
            Some(from.join("."))
        }
        Some(_) => None,
        None => match &table.columns[*c].source {
            Source::Record(from) => Some(from.join(".")),
            Source::First(places) => places.first().map(|from| from.join(".")),
            _ => None,
        },
    });
    let levels = path.rows.arrays.len().saturating_sub(1);
    let outer = (0..levels).map(|level| {
        path.outer.iter().filter(|o| o.level == level).map(|o| o.from.join(".")).collect::<Vec<_>>()
    });
    (members.collect(), outer.collect())
}

#[test]
fn the_endpoints_table_files_are_those_that_the_documents_give() {
    let Some(documents) = documents() else { return };
    let folder = tempfile::tempdir().unwrap();
    let names = ["jira-platform-v3.json", "jira-software.json"].map(|name| documents.join(name));
    generate::generate(&folder.path().to_owned(), &names).unwrap();
    let files = |folder: &Path| -> BTreeMap<_, String> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| (path.file_name().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
            .collect()
    };
    let (made, kept) =
        (files(folder.path()), files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/jira/rest")));
    let differ: Vec<_> =
        made.keys().chain(kept.keys()).filter(|name| made.get(*name) != kept.get(*name)).collect();
    assert!(
        differ.is_empty(),
        "run `cargo run --example rest-tables` (schemas/generate/main.rs says how): {differ:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_that_a_path_can_make_is_valid_under_the_documents() {
    let (Some(folder), Some(python)) = (documents(), crate::python::python()) else { return };
    let sandbox = Sandbox::start(SandboxConfig { issues: 12, ..small() }).await.unwrap();
    let connection = format!("{};RetryDelay=0.01;OnParentError=warn", sandbox.connection_string());
    let (mut recorded, mut silent) = (Recorded::default(), vec![]);
    for table in tables() {
        for path in table.paths.iter().filter(|p| !p.candidates && p.deployments.contains(&Deployment::Cloud))
        {
            let text = alone(&table, path, Some(2));
            let session = session(&connection, with(&table, &text));
            // What lists its own keys needs none here.
            let listed = path.needs.as_ref().is_none_or(|n| n.keys.is_some());
            let sql = match listed {
                true => select(&table, &AccessPath { needs: None, ..path.clone() }, &|_| String::new()),
                // Of some variables the documents list the values.
                false => select(&table, path, &|column| match column.name.as_str() {
                    "type" => "'project'".to_owned(),
                    _ => quoted_value(column, "10000"),
                }),
            };
            sandbox.clear_requests();
            // What is answered is other tests' business: some of the keys do not exist.
            let answered = rows(&session, &sql).await;
            let mut asked = false;
            for request in sandbox.requests() {
                asked |= fits(&path.address, &request.path);
                recorded.add(&request);
            }
            if !asked {
                silent.push(format!("{}, `{}`: {answered:?}", table.name, path.name));
            }
        }
    }
    assert!(silent.is_empty(), "paths that were not asked:\n{}", silent.join("\n"));
    recorded.held_against(&folder, python).unwrap_or_else(|mistakes| panic!("{mistakes}"));
}

/// Is this path one of the address, whose places stand for anything?
fn fits(address: &str, path: &str) -> bool {
    let (parts, segments): (Vec<_>, Vec<_>) = (address.split('/').collect(), path.split('/').collect());
    parts.len() == segments.len()
        && parts.iter().zip(&segments).all(|(part, segment)| part.starts_with('{') || part == segment)
}

/// A site that answers what the documents' schemas say.
#[derive(Default)]
struct Site {
    /// Method and address with places, the answer with all members, the one with none that need not be.
    answers: Vec<(String, Value, Value)>,
    /// The answer that is just now read, and which of the two. Others are whole.
    read: Mutex<(usize, Variant)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Variant {
    #[default]
    Full,
    Bare,
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let uri = request.uri().clone();
    let asked = format!("{} {}", request.method(), uri.path());
    let (read, variant) = *site.read.lock().unwrap();
    let fitting = site
        .answers
        .iter()
        .enumerate()
        .filter(|(_, (address, full, _))| fits(address, &asked) && !full.is_null());
    let best = fitting.min_by_key(|(at, (address, ..))| (address.matches('{').count(), *at != read));
    let Some((at, (_, full, bare))) = best else {
        return (axum::http::StatusCode::NOT_FOUND, Json(json!({"errorMessages": ["not in the documents"]})))
            .into_response();
    };
    let later = ["startAt=", "start=", "offset="].iter().any(|name| {
        uri.query().unwrap_or_default().split('&').any(|p| p.strip_prefix(name).is_some_and(|n| n != "0"))
    });
    let answer = if at == read && variant == Variant::Bare { bare } else { full };
    Json(if later && answer.is_array() { json!([]) } else { answer.clone() }).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_with_all_and_with_nothing_optional_decode_without_field_errors() {
    let (Some(folder), Some(python)) = (documents(), crate::python::python()) else { return };
    let tables = tables();
    let paths: Vec<(&Table, &AccessPath)> = tables
        .iter()
        .flat_map(|table| table.paths.iter().map(move |path| (&**table, path)))
        // The documents are Cloud's, and leave the fields of an issue open.
        .filter(|(_, path)| {
            path.deployments.contains(&Deployment::Cloud) && !path.rows.to_string().contains(".fields")
        })
        .collect();
    let wanted: Vec<Value> = paths
        .iter()
        .map(|(table, path)| {
            let (keys, outer) = kept(table, path);
            let method = if path.method == Method::Get { "GET" } else { "POST" };
            json!({"method": method, "path": path.address, "rows": path.rows.to_string(), "keys": keys, "outer": outer})
        })
        .collect();
    let desk = tempfile::tempdir().unwrap();
    let (asked, given) = (desk.path().join("wanted.json"), desk.path().join("answers.json"));
    std::fs::write(&asked, Value::Array(wanted).to_string()).unwrap();
    script(python, &[&folder, &asked, &given], "answers").unwrap_or_else(|e| panic!("{e}"));
    let given: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&given).unwrap()).unwrap();

    let (mut complaints, mut read) = (vec![], 0);
    for ((table, path), given) in paths.iter().zip(&given) {
        let at = format!("{}, `{}`", table.name, path.name);
        if given["missing"] == true {
            complaints.push(format!("{at}: {} {} is not in the documents", path.method, path.address));
        }
        if let Some(invalid) = given["invalid"].as_str() {
            complaints.push(format!("{at}: the answer made for it is not valid: {invalid}"));
        }
    }
    let mut answers: Vec<(String, Value, Value)> = vec![];
    for ((_, path), given) in paths.iter().zip(&given) {
        let mut full = given["full"].clone();
        if let (true, Some(fields)) = (path.address.ends_with("/field"), full.as_array_mut()) {
            let sprint =
                json!({"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint", "customId": 10020});
            fields
                .push(json!({"id": "customfield_10020", "name": "Sprint", "custom": true, "schema": sprint}));
        }
        answers.push((format!("{} {}", path.method, path.address), full, given["bare"].clone()));
    }
    let site = Arc::new(Site { answers, read: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&site));
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (at, ((table, path), given)) in paths.iter().zip(&given).enumerate() {
        if path.candidates || given["full"] == Value::Null {
            continue;
        }
        let library = with(table, &alone(table, path, None));
        let session = session(&format!("URL={url};User=a@b.c;APIToken=t;MaxRetries=0"), library);
        // What a record has itself must be what is asked for.
        let sql = select(table, path, &|column| match column.source {
            Source::Outer => quoted_value(column, "10000"),
            Source::Member => ["one0", "one1"].map(|value| quoted_value(column, value)).join(", "),
            _ => ["10000", "10001"].map(|value| quoted_value(column, value)).join(", "),
        });
        for variant in [Variant::Full, Variant::Bare] {
            *site.read.lock().unwrap() = (at, variant);
            match rows(&session, &sql).await {
                Err(e) => complaints.push(format!("{}, `{}`, {variant:?}: {e}", table.name, path.name)),
                Ok(0) if given["described"] == true => {
                    complaints.push(format!("{}, `{}`, {variant:?}: no rows", table.name, path.name));
                }
                Ok(number) => read += number,
            }
            let warnings = session.report().take().warnings;
            if !warnings.is_empty() {
                complaints.push(format!("{}, `{}`, {variant:?}: {warnings:?}", table.name, path.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    assert!(read > 500, "{read} rows in all");
}

pub(crate) async fn rows(session: &Session, sql: &str) -> Result<usize, String> {
    Ok(batches(session, sql).await?.iter().map(RecordBatch::num_rows).sum())
}

async fn batches(session: &Session, sql: &str) -> Result<Vec<RecordBatch>, String> {
    use futures::TryStreamExt;
    let text = |e: jirrow::catalog::QueryError| e.to_string();
    let statement = session.statements(sql).map_err(text)?.pop_front().ok_or("no statement")?;
    match session.run(statement, sql).await.map_err(text)? {
        Answer::Rows(stream) => {
            stream.try_collect().await.map_err(|e| session.explained(&e, sql).to_string())
        }
        _ => Ok(vec![]),
    }
}
