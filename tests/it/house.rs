//! The rules of the house, held by reading the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jirrow::schema::Library;

/// The rooms, each of which may import those after it only.
const ORDER: [&str; 9] =
    ["cli", "catalog", "sink", "scan", "pushdown", "decode", "http", "connection", "schema"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// `room of the file -> rooms that it names after `crate::``.
fn imports() -> BTreeMap<String, Vec<(String, PathBuf)>> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    sources(&source, &mut files);
    let mut imports: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for file in files {
        let below = file.strip_prefix(&source).unwrap();
        let room = below.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("crate::") {
            let named: String =
                text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            imports.entry(room.clone()).or_default().push((named, file.clone()));
        }
    }
    imports
}

#[test]
fn imports_run_one_way() {
    let place = |room: &str| ORDER.iter().position(|known| *known == room);
    for (room, named) in imports() {
        for (other, file) in named {
            if room == other || room == "lib" || room == "main" {
                continue;
            }
            if room == "sandbox" || other == "sandbox" {
                assert!(room == "cli" && other == "sandbox", "{}: {room} imports {other}", file.display());
                continue;
            }
            let (from, to) = (place(&room), place(&other));
            assert!(
                from.is_some() && to.is_some(),
                "{}: `{room}` or `{other}` is no known room",
                file.display()
            );
            assert!(from < to, "{}: {room} imports {other}, against the house's order", file.display());
        }
    }
}

#[test]
fn no_table_is_named_in_the_code() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    for room in ["catalog", "scan", "pushdown", "decode", "http", "connection", "sink", "schema", "cli"] {
        sources(&root.join(room), &mut files);
    }
    let library = Library::built_in();
    let names = library.names("jira", "public").into_iter();
    let tables: Vec<String> = names.map(|name| format!("\"{}\"", name.name)).collect();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        if file.components().any(|c| c.as_os_str() == "tests") || file.ends_with("tests.rs") {
            continue;
        }
        for line in code.lines().filter(|l| !l.trim_start().starts_with("//")) {
            for table in &tables {
                assert!(!line.contains(table), "{}: a table's name in code: {line}", file.display());
            }
        }
    }
}
