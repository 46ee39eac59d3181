//! What sites say about themselves, kept on disk between runs: the fields, and those of JQL, in one file for each address and account, the
//! deployment in one for each address, readable by their owner alone, without any secret. A file that is damaged, of another version or about something else is as good as
//! none, because the site can always be asked.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::jql_fields::JqlFields;
use crate::schema::{CatalogueField, Deployment};

/// Raised when the file's meaning changes.
const VERSION: u32 = 1;

/// The beginnings of the names of this folder's files: with the fields of a site, those of its JQL, and its deployment.
const FIELDS: &str = "fields-";
const JQL: &str = "jql-";
const DEPLOYMENT: &str = "deployment-";

/// A folder of kept metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataCache {
    folder: PathBuf,
}

/// Whose metadata it is: an address as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) address: String,
    pub(super) account: String,
    pub(super) scheme: String,
}

impl Entry {
    /// The same for the same entry. Two of one name would be told apart by what is inside.
    fn file_name(&self, prefix: &str) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{prefix}{:016x}.json", hasher.finish())
    }

    /// Of what a site tells everybody.
    fn of_all(address: &str) -> Self {
        Self { address: address.to_owned(), account: String::new(), scheme: String::new() }
    }
}

/// A file of the folder.
#[derive(Serialize, Deserialize)]
struct Kept<F> {
    version: u32,
    #[serde(flatten)]
    entry: Entry,
    /// When the site said so, in seconds since 1970.
    asked: u64,
    fields: F,
}

impl MetadataCache {
    /// Keeps metadata in this folder, which is made when there is something to keep.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Forgets what is kept, of all sites and accounts.
    ///
    /// # Errors
    /// When the folder can't be read or a file in it not be removed.
    pub fn clear(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if [FIELDS, JQL, DEPLOYMENT].iter().any(|it| name.starts_with(it)) && name.ends_with(".json") {
                match fs::remove_file(&path) {
                    // Another run may have been quicker.
                    Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                    removed => removed?,
                }
            }
        }
        Ok(())
    }

    /// The fields that were kept for this entry, unless they are older than `ttl`.
    pub(super) async fn fields(&self, entry: &Entry, ttl: Duration) -> Option<Vec<CatalogueField>> {
        self.read(entry, FIELDS, ttl).await
    }

    /// Keeps fields that the site listed just now.
    pub(super) async fn keep_fields(&self, entry: &Entry, fields: &[CatalogueField]) -> io::Result<()> {
        self.write(entry, FIELDS, fields).await
    }

    /// The fields of JQL that were kept for this entry, unless they are older than `ttl`.
    pub(super) async fn jql_fields(&self, entry: &Entry, ttl: Duration) -> Option<JqlFields> {
        self.read(entry, JQL, ttl).await
    }

    /// Keeps the fields of JQL that the site listed just now.
    pub(super) async fn keep_jql_fields(&self, entry: &Entry, fields: &JqlFields) -> io::Result<()> {
        self.write(entry, JQL, fields).await
    }

    /// The deployment that was kept for this address, unless that is longer ago than `ttl`.
    pub(super) async fn deployment(&self, address: &str, ttl: Duration) -> Option<Deployment> {
        self.read(&Entry::of_all(address), DEPLOYMENT, ttl).await
    }

    /// Keeps the deployment that the site turned out to be just now.
    pub(super) async fn keep_deployment(&self, address: &str, deployment: Deployment) -> io::Result<()> {
        self.write(&Entry::of_all(address), DEPLOYMENT, &deployment).await
    }

    async fn read<F: DeserializeOwned>(&self, entry: &Entry, prefix: &str, ttl: Duration) -> Option<F> {
        let text = tokio::fs::read(self.folder.join(entry.file_name(prefix))).await.ok()?;
        let kept: Kept<F> = serde_json::from_slice(&text).ok()?;
        // A file out of the future was written by a clock that went wrong.
        let age = now().checked_sub(kept.asked)?;
        let good = kept.version == VERSION && kept.entry == *entry && Duration::from_secs(age) < ttl;
        good.then_some(kept.fields)
    }

    async fn write<F: Serialize + ?Sized>(&self, entry: &Entry, prefix: &str, fields: &F) -> io::Result<()> {
        let kept = Kept { version: VERSION, entry: entry.clone(), asked: now(), fields };
        let text = serde_json::to_vec(&kept)?;
        let (folder, name) = (self.folder.clone(), entry.file_name(prefix));
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &text));
        written.await.unwrap_or_else(|e| Err(io::Error::other(e)))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Writes beside the name and renames, so that nobody reads half a file.
fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // Readable by its owner alone.
    let mut file = tempfile::Builder::new().prefix(FIELDS).tempfile_in(folder)?;
    io::Write::write_all(&mut file, text)?;
    file.persist(folder.join(name))?;
    Ok(())
}
