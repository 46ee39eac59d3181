//! The table files at hand: the built-in ones, compiled in, and those of `--schemas` folders, which hide built-in
//! tables of the same name. Files are parsed when a table is first asked for, never before.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::check::{self, SchemaError};
use super::model::{CURATED, Table, TableName};

/// A table file that is compiled in.
#[derive(Debug)]
struct BuiltIn {
    /// Below `schemas/`.
    path: &'static str,
    about: &'static str,
    aliases: &'static [&'static str],
    function: Option<&'static str>,
    text: &'static str,
}

/// Every built-in table file, sorted.
const BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/table_files.rs"));

/// What a listing shows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where the table is found.
    pub name: TableName,
    /// What one row is.
    pub about: String,
    /// Other names that resolve to it.
    pub aliases: Vec<String>,
    /// The function in FROM that gives those rows which a search in JQL finds.
    pub function: Option<String>,
}

/// The table files of all services, by name.
#[derive(Debug, Default)]
pub struct Library {
    built_in: bool,
    /// Filled when a table is first asked for: many a statement names none.
    files: OnceLock<Files>,
}

type Files = BTreeMap<TableName, File>;

#[derive(Debug)]
struct File {
    label: String,
    text: Cow<'static, str>,
    /// What is known of a built-in file without parsing it.
    head: Option<&'static BuiltIn>,
    parsed: Mutex<Option<Result<Arc<Table>, SchemaError>>>,
}

impl Library {
    /// The built-in table files.
    pub fn built_in() -> Self {
        Self { built_in: true, files: OnceLock::new() }
    }

    fn files(&self) -> &Files {
        self.files.get_or_init(|| self.first())
    }

    /// The files without those of folders.
    fn first(&self) -> Files {
        let built_in = if self.built_in { BUILT_IN } else { &[] };
        let files = built_in.iter().map(|file| {
            let label = format!("schemas/{}", file.path);
            (
                place(file.path),
                File { label, text: file.text.into(), head: Some(file), parsed: Mutex::new(None) },
            )
        });
        files.collect()
    }

    /// Adds the table files of a folder laid out as `SERVICE/Table.toml` or `SERVICE/SCHEMA/Table.toml`.
    ///
    /// # Errors
    /// When the folder or a file in it can't be read.
    pub fn add_folder(&mut self, root: &Path) -> std::io::Result<()> {
        let mut files = self.files.take().unwrap_or_else(|| self.first());
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "toml") {
                    let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                    let text = fs::read_to_string(&path)?;
                    let label = path.display().to_string();
                    let file = File { label, text: text.into(), head: None, parsed: Mutex::new(None) };
                    files.insert(place(&below), file);
                }
            }
        }
        self.files = files.into();
        Ok(())
    }

    /// The names of a schema's tables, sorted. Parses nothing.
    pub fn names(&self, service: &str, schema: &str) -> Vec<&TableName> {
        self.files().keys().filter(|n| n.service == service && n.schema == schema).collect()
    }

    /// What a listing shows of a schema's tables, sorted by name. Parses the files of `--schemas` folders alone.
    ///
    /// # Errors
    /// When one of those has a mistake.
    pub fn listed(&self, service: &str, schema: &str) -> Result<Vec<Listed>, SchemaError> {
        let listed = |name: &TableName| {
            let Some(head) = self.files()[name].head else {
                let table = self.parsed(name)?;
                return Ok(Listed {
                    name: name.clone(),
                    about: table.about.clone(),
                    aliases: table.aliases.clone(),
                    function: table.function.clone(),
                });
            };
            Ok(Listed {
                name: name.clone(),
                about: head.about.to_owned(),
                aliases: head.aliases.iter().map(|a| (*a).to_owned()).collect(),
                function: head.function.map(str::to_owned),
            })
        };
        self.names(service, schema).into_iter().map(listed).collect()
    }

    /// The table of this name or alias, compared without case. Aliases are looked at only if no name fits. Parses that
    /// table's file alone, besides those of `--schemas` folders.
    ///
    /// # Errors
    /// When the table's file has a mistake; for an alias, when a file of a folder has one.
    pub fn table(&self, service: &str, schema: &str, name: &str) -> Result<Option<Arc<Table>>, SchemaError> {
        let wanted = name.to_lowercase();
        for known in self.names(service, schema) {
            if known.name.to_lowercase() == wanted {
                return self.parsed(known).map(Some);
            }
        }
        for known in self.listed(service, schema)? {
            if known.aliases.iter().any(|a| a.to_lowercase() == wanted) {
                return self.parsed(&known.name).map(Some);
            }
        }
        Ok(None)
    }

    /// The table of a service whose rows the function of this name gives, compared without case. Parses the files of
    /// `--schemas` folders alone.
    ///
    /// # Errors
    /// When one of those has a mistake.
    pub fn function(
        &self,
        service: &str,
        schema: &str,
        name: &str,
    ) -> Result<Option<TableName>, SchemaError> {
        let is_called = |it: &Listed| it.function.as_ref().is_some_and(|f| f.eq_ignore_ascii_case(name));
        Ok(self.listed(service, schema)?.into_iter().find(is_called).map(|it| it.name))
    }

    fn parsed(&self, name: &TableName) -> Result<Arc<Table>, SchemaError> {
        let file = &self.files()[name];
        let mut parsed = file.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed
            .get_or_insert_with(|| check::table(&file.label, name.clone(), &file.text).map(Arc::new))
            .clone()
    }
}

/// The table that a file below the root is: `SERVICE/Table.toml` or `SERVICE/SCHEMA/Table.toml`.
fn place(below: &str) -> TableName {
    let mut parts: Vec<&str> = below.trim_end_matches(".toml").split('/').collect();
    let name = parts.pop().unwrap_or_default().to_owned();
    let service = parts.first().copied().unwrap_or("jira").to_owned();
    let schema = parts.get(1).copied().unwrap_or(CURATED).to_owned();
    TableName { service, schema, name }
}
