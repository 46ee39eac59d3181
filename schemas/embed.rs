//! Build script: embeds every table file below `schemas/`, so that a new table is a new file and no Rust. What a listing
//! shows of a table stands beside its text, so that no file is parsed for it.
#![expect(clippy::print_stdout, reason = "how a build script talks to Cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("schemas");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    table_files(&root, &mut files)?;
    files.sort();

    let mut code = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file)?;
        let _ = writeln!(
            code,
            "    BuiltIn {{ path: {name:?}, about: {}, aliases: &{}, text: include_str!({:?}) }},",
            line(&text, "about").unwrap_or("\"\""),
            line(&text, "aliases").unwrap_or("[]"),
            file.display().to_string()
        );
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("table_files.rs"), code)
}

/// What stands after `name = ` on a line of the file's head. TOML writes a string, and a list of them, as Rust does; a
/// test compares all of them with what the parser reads.
fn line<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.split("\n[").next()?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
}

fn table_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            table_files(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
    Ok(())
}
