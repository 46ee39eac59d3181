//! Profiles: connections that the user keeps in a file, `[profiles.NAME]` with the keys of connection strings.
//!
//! Reading the file checks its form and its keys, so that a mistake is told with its line whichever profile a run uses.
//! What a value means, `${NAME}` and the files of secrets are looked at when a profile is opened: a secret that can't
//! be had is no matter of a run that does not need it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::draft::Draft;
use super::error::ConnectionError;
use super::keys::{self, Key, Setting, Visibility};
use super::string::{self, Value};
use super::{MASK, Service, TimeZone};

/// Most bytes of a file with a secret: more is another kind of file.
const MOST_SECRET_BYTES: u64 = 64 << 10;

/// What is wrong with the file of profiles, or with one of them.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProfileError {
    /// The file can't be read.
    #[error("can't read the settings in `{}`: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A mistake in a place of the file.
    #[error("{}:{line}: {message}", file.display())]
    Mistake {
        /// The file.
        file: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong and what was meant. Never a value.
        message: String,
    },
    /// A profile that is not there.
    #[error("no profile `{name}` in `{}`{}", file.display(), list(known))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The file.
        file: PathBuf,
        /// Those that are there.
        known: Vec<String>,
    },
}

fn list(names: &[String]) -> String {
    match names {
        [] => ", which has none; write `[profiles.NAME]` with the keys of a connection string".to_owned(),
        names => format!("; it has {}", names.join(", ")),
    }
}

/// The user's settings: profiles, and which of them unqualified table names mean.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    file: PathBuf,
    default: Option<String>,
    by_name: BTreeMap<String, Profile>,
    warnings: Vec<String>,
}

/// One connection of the file, not opened.
#[derive(Clone)]
pub struct Profile {
    /// The catalog's name.
    pub name: String,
    file: PathBuf,
    line: usize,
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    key: &'static Key,
    line: usize,
    written: Written,
}

#[derive(Clone)]
enum Written {
    /// May hold `${NAME}`.
    Text(String),
    /// `{ file = "…" }`.
    File(PathBuf),
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.entries.iter().map(|entry| entry.key.name);
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("keys", &keys.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Profiles {
    /// Reads the file.
    pub fn read(file: &Path) -> Result<Self, ProfileError> {
        let text = std::fs::read_to_string(file)
            .map_err(|e| ProfileError::Unreadable { file: file.to_owned(), reason: e.to_string() })?;
        let mut read = Self::parse(file, &text)?;
        if read.by_name.values().any(Profile::holds_secret) {
            read.warnings.extend(readable_by_others(file));
        }
        Ok(read)
    }

    /// Reads the text of such a file; paths in it are taken from the file's folder.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ProfileError> {
        let source = Source { file, text };
        let root = DeTable::parse(text)
            .map_err(|e| source.mistake(e.span().map_or(0, |span| span.start), e.message().to_owned()))?;
        let mut read = Self { file: file.to_owned(), ..Self::default() };
        let mut default_at = 0;
        for (word, value) in root.get_ref() {
            match word.get_ref().as_ref() {
                "default_profile" => {
                    let name = value.get_ref().as_str().ok_or_else(|| {
                        source.mistake(value.span().start, "`default_profile` is a profile's name in quotes")
                    })?;
                    default_at = value.span().start;
                    read.default = Some(name.to_owned());
                }
                "profiles" => {
                    let table = source.table(value, "`profiles`")?;
                    for (name, value) in table {
                        let profile = source.profile(name, value)?;
                        read.by_name.insert(profile.name.clone(), profile);
                    }
                }
                other => {
                    let words = ["profiles", "default_profile"];
                    let near = words.into_iter().min_by_key(|it| strsim::damerau_levenshtein(it, other));
                    return Err(source.mistake(
                        word.span().start,
                        format!(
                            "`{other}` is no setting; the nearest is `{}`. A connection is `[profiles.NAME]`",
                            near.unwrap_or_default()
                        ),
                    ));
                }
            }
        }
        match &read.default {
            Some(name) if !read.by_name.contains_key(name) => {
                let names: Vec<String> = read.names().map(|name| format!("`{name}`")).collect();
                let message = format!("there is no profile `{name}`; there are {}", names.join(", "));
                Err(source.mistake(default_at, message))
            }
            _ => Ok(read),
        }
    }

    /// The profiles, by name.
    pub fn all(&self) -> impl Iterator<Item = &Profile> {
        self.by_name.values()
    }

    /// Their names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// When there is none; the error names those that there are.
    pub fn get(&self, name: &str) -> Result<&Profile, ProfileError> {
        self.by_name.get(name).ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
            file: self.file.clone(),
            known: self.names().map(|name| format!("`{name}`")).collect(),
        })
    }

    /// The profile that unqualified names mean where nothing else is said: `default_profile`, or the only one.
    pub fn default_name(&self) -> Option<&str> {
        self.default.as_deref().or_else(|| self.names().next().filter(|_| self.by_name.len() == 1))
    }

    /// What every run should say about the file.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl Profile {
    /// The kind of remote system; reads nothing. What is no kind of system is told when the profile is opened.
    pub fn service(&self) -> Service {
        Service::Jira
    }

    /// The zone of `TimeZone`; reads nothing but the environment. What is no zone is told when the profile is opened.
    pub fn time_zone(&self, env: &dyn Fn(&str) -> Option<String>) -> TimeZone {
        let entry = self.entries.iter().find(|entry| entry.key.id == Setting::TimeZone);
        let zone = entry.and_then(|entry| match &entry.written {
            Written::Text(text) => string::expand(entry.key.name, text, env).ok(),
            Written::File(_) => None,
        });
        zone.and_then(|zone| TimeZone::from_name(zone.text.trim())).unwrap_or_default()
    }

    /// Reads the values, the environment's variables and the files of secrets among them. The second part are
    /// warnings about those files.
    pub fn draft(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<(Draft, Vec<String>), ProfileError> {
        let (mut values, mut warnings) = (vec![], vec![]);
        for Entry { key, written, .. } in &self.entries {
            let value = match written {
                Written::Text(text) => string::expand(key.name, text, env).map_err(|e| self.explained(&e))?,
                Written::File(path) => {
                    warnings.extend(readable_by_others(path));
                    let text = secret_of(path).map_err(|problem| {
                        let message = format!("`{}`: {problem}", key.name);
                        self.mistake(self.line_of(key.name), &message)
                    })?;
                    Value { text, from_environment: true, written: MASK.to_owned() }
                }
            };
            values.push((*key, value));
        }
        Ok((Draft::new(self.name.clone(), values), warnings))
    }

    /// What is wrong with a connection, at the line of the file where it stands.
    pub fn explained(&self, error: &ConnectionError) -> ProfileError {
        let line = error.key().map_or(self.line, |key| self.line_of(key));
        self.mistake(line, &error.to_string())
    }

    fn mistake(&self, line: usize, message: &str) -> ProfileError {
        let message = format!("profile `{}`: {message}", self.name);
        ProfileError::Mistake { file: self.file.clone(), line, message }
    }

    fn line_of(&self, key: &str) -> usize {
        self.entries.iter().find(|entry| entry.key.name == key).map_or(self.line, |entry| entry.line)
    }

    /// Whether a secret stands in the file itself.
    fn holds_secret(&self) -> bool {
        self.entries.iter().any(|Entry { key, written, .. }| {
            let is_reference = |text: &str| {
                let text = text.trim();
                text.is_empty() || (text.starts_with("${") && text.find('}') == Some(text.len() - 1))
            };
            key.visibility == Visibility::Secret
                && matches!(written, Written::Text(text) if !is_reference(text))
        })
    }
}

/// The text of the file and its name, for mistakes.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1
    }

    fn mistake(&self, at: usize, message: impl Into<String>) -> ProfileError {
        ProfileError::Mistake { file: self.file.to_owned(), line: self.line(at), message: message.into() }
    }

    fn table<'t>(
        &self,
        value: &'t Spanned<DeValue<'_>>,
        what: &str,
    ) -> Result<&'t DeTable<'t>, ProfileError> {
        value.get_ref().as_table().ok_or_else(|| {
            let message = format!("{what} is a table; write `[profiles.NAME]` and its keys below");
            self.mistake(value.span().start, message)
        })
    }

    fn profile(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Profile, ProfileError> {
        let (at, name) = (name.span().start, name.get_ref().as_ref());
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_name {
            let message = format!(
                "`{name}` is no name of a profile: it stands before tables in SQL, so letters, digits and `_` make it"
            );
            return Err(self.mistake(at, message));
        }
        let mut entries: Vec<Entry> = vec![];
        for (word, value) in self.table(value, &format!("`{name}`"))? {
            let entry = self.entry(name, word, value)?;
            if entries.iter().any(|other| other.key.id == entry.key.id) {
                let message =
                    format!("profile `{name}`: `{}` is written twice; write it once", entry.key.name);
                return Err(self.mistake(word.span().start, message));
            }
            entries.push(entry);
        }
        Ok(Profile { name: name.to_owned(), file: self.file.to_owned(), line: self.line(at), entries })
    }

    fn entry(
        &self,
        profile: &str,
        word: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Entry, ProfileError> {
        let at = word.span().start;
        let wrong = |message: String| self.mistake(at, format!("profile `{profile}`: {message}"));
        let written = word.get_ref().as_ref();
        let Some(key) = keys::find(written) else {
            let nearest = keys::nearest(written).name;
            return Err(wrong(format!("`{written}` is no key of a connection; the nearest is `{nearest}`")));
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Table(table) => {
                let path = self.secret_file(key, table).map_err(wrong)?;
                return Ok(Entry { key, line: self.line(at), written: Written::File(path) });
            }
            _ => {
                let message = format!("`{}` is a text, a number, or true or false", key.name);
                return Err(wrong(message));
            }
        };
        Ok(Entry { key, line: self.line(at), written: Written::Text(text) })
    }

    /// The path in `{ file = "…" }`.
    fn secret_file(&self, key: &Key, table: &DeTable<'_>) -> Result<PathBuf, String> {
        let name = key.name;
        if key.visibility != Visibility::Secret {
            return Err(format!(
                "`{name}` is no secret, so it stands in no file of its own; write its value"
            ));
        }
        let mut path = None;
        for (word, value) in table {
            match (word.get_ref().as_ref(), value.get_ref().as_str()) {
                ("file", Some(text)) => path = Some(text),
                _ => return Err(format!("`{name}` is a text or `{{ file = \"…\" }}`, and nothing else")),
            }
        }
        let path = path.ok_or_else(|| format!("`{name}` has no `file`; write `{{ file = \"…\" }}`"))?;
        if let Some(below) = path.strip_prefix("~/") {
            let home =
                etcetera::home_dir().map_err(|_| format!("`{name}`: there is no home folder for `~`"))?;
            return Ok(home.join(below));
        }
        Ok(self.file.parent().unwrap_or(Path::new("")).join(path))
    }
}

/// What a file holds, without the line break that editors put at its end.
fn secret_of(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let unreadable = |e: std::io::Error| format!("can't read the secret in `{}`: {e}", path.display());
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_SECRET_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MOST_SECRET_BYTES {
        return Err(format!("`{}` is too large for a secret", path.display()));
    }
    match text.trim() {
        "" => Err(format!("`{}` is empty; write the secret into it", path.display())),
        secret => Ok(secret.to_owned()),
    }
}

/// The warning for a file with a secret that other accounts of this machine can read.
#[cfg(unix)]
fn readable_by_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then(|| {
        format!(
            "`{0}` holds a secret, and others can read it (mode {mode:o}); `chmod 600 {0}`",
            path.display()
        )
    })
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> Option<String> {
    None
}

/// The JSON Schema of the file, for editors.
pub fn profiles_json_schema() -> serde_json::Value {
    use serde_json::{Map, Value, json};
    let mut properties = Map::new();
    for key in keys::KEYS {
        let plain = json!({ "type": ["string", "number", "boolean"] });
        let mut property = match key.visibility {
            Visibility::Shown => plain,
            Visibility::Secret => json!({ "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "description": "the secret is what this file holds; a path without `/` before it starts at the settings' folder",
                    "properties": { "file": { "type": "string" } },
                    "required": ["file"],
                    "additionalProperties": false
                }
            ] }),
        };
        let default = if key.default.is_empty() { String::new() } else { format!(" ({})", key.default) };
        property["description"] = Value::String(format!("{}{default}", key.about));
        for alias in key.aliases {
            let mut same = property.clone();
            same["description"] = Value::String(format!("the same as `{}`", key.name));
            properties.insert((*alias).to_owned(), same);
        }
        properties.insert(key.name.to_owned(), property);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Jirrow's settings",
        "description": "config.toml: connections by name. `${NAME}` in a text stands for a variable of the environment.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "default_profile": {
                "type": "string",
                "description": "the profile that unqualified table names mean where nothing else is said"
            },
            "profiles": {
                "type": "object",
                "description": "connections; each is a catalog of its name",
                "propertyNames": { "pattern": r"^[\p{L}_][\p{L}\p{N}_]*$" },
                "additionalProperties": { "type": "object", "additionalProperties": false, "properties": properties }
            }
        }
    })
}

#[cfg(test)]
mod tests;
