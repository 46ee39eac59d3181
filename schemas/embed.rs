//! Build script: embeds every table file below `schemas/`, every view and analysis below `queries/` and every document of
//! the sandbox, so that a new one is a new file and no Rust. What a listing shows of a table stands beside its text, so
//! that no file is parsed for it.
#![expect(clippy::print_stdout, reason = "how a build script talks to Cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("schemas", "toml", "table_files.rs", |path, text, include| {
        let about = line(text, "about").unwrap_or("\"\"");
        let aliases = line(text, "aliases").unwrap_or("[]");
        let function = line(text, "function").map_or("None".to_owned(), |name| format!("Some({name})"));
        format!(
            "BuiltIn {{ path: {path:?}, about: {about}, aliases: &{aliases}, function: {function}, text: {include} }}"
        )
    })?;
    embed("queries", "sql", "query_files.rs", pair)?;
    embed("src/sandbox/documents", "json", "sandbox_documents.rs", pair)
}

/// The path below the folder, and the text.
fn pair(path: &str, _: &str, include: &str) -> String {
    format!("({path:?}, {include})")
}

/// Writes the files below `folder` whose names end so as a list in Rust. `entry` is given a file's path below it, its
/// text, and the expression that includes the text.
fn embed(
    folder: &str,
    extension: &str,
    target: &str,
    entry: fn(&str, &str, &str) -> String,
) -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(folder);
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    find(&root, extension, &mut files)?;
    files.sort();

    let mut code = String::from("&[\n");
    for file in files {
        let path = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let include = format!("include_str!({:?})", file.display().to_string());
        let _ = writeln!(code, "    {},", entry(&path, &fs::read_to_string(&file)?, &include));
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(target), code)
}

/// What stands after `name = ` on a line of a table file's head. TOML writes a string, and a list of them, as Rust does;
/// a test compares all of them with what the parser reads.
fn line<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.split("\n[").next()?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
}

fn find(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, extension, found)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    Ok(())
}
