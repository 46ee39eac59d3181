//! Writes the table files of the `rest` schema out of Atlassian's OpenAPI documents: one table a list endpoint, under the
//! name of its operation. A new release of the documents is one command:
//!
//! ```text
//! cargo run --example rest-tables -- schemas/jira/rest jira-platform-v3.json jira-software.json
//! ```
//!
//! The documents are at <https://developer.atlassian.com/cloud/jira/platform/swagger-v3.v3.json> and
//! <https://developer.atlassian.com/cloud/jira/software/swagger.v3.json>. Names, types and structure come from them;
//! their sentences don't. What the documents do not say, or say wrongly, stands in `exceptions.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for those who build")]

mod columns;
mod document;
mod exceptions;
mod operation;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use document::Document;
use operation::Operation;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: rest-tables FOLDER DOCUMENT.json…");
        return ExitCode::from(2);
    };
    match generate(&folder, &arguments.collect::<Vec<_>>()) {
        Ok(number) => {
            println!("{number} table files in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Replaces the folder's table files.
pub(crate) fn generate(folder: &PathBuf, documents: &[PathBuf]) -> Result<usize, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for path in documents {
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let document = Document::read(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        for operation in document.operations() {
            let Some(text) = table::file(&operation)? else { continue };
            let mut name = operation.table_name();
            if files.contains_key(&name) {
                name.push_str("OfBoards");
            }
            if files.insert(name.clone(), text).is_some() {
                return Err(format!("two operations are named {name}"));
            }
        }
    }
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in fs::read_dir(folder).map_err(|e| e.to_string())? {
        let old = entry.map_err(|e| e.to_string())?.path();
        if old.extension().is_some_and(|e| e == "toml") {
            fs::remove_file(&old).map_err(|e| format!("{}: {e}", old.display()))?;
        }
    }
    for (name, text) in &files {
        let path = folder.join(name).with_extension("toml");
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(files.len())
}
