//! Where a result goes to: hidden beside its name until it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use super::{SinkError, Written, folder};

/// Links that are followed from one to the next; Linux follows as many.
const MOST_LINKS: usize = 40;

/// A file or folder that has all of its rows and not yet its name. Dropping it leaves nothing behind.
#[derive(Debug)]
#[must_use = "it is removed unless it appears"]
pub struct Filled {
    pub(super) place: Place,
    pub(super) written: Written,
}

#[derive(Debug)]
pub(super) enum Place {
    File(Target),
    /// Hidden beside this path.
    Folder(TempDir, PathBuf),
}

impl Filled {
    /// Gives it its name. A file that had the name before is replaced.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn appear(self) -> Result<Written, SinkError> {
        match self.place {
            Place::File(target) => target.complete()?,
            Place::Folder(hidden, path) => folder::appear(hidden, &path)?,
        }
        Ok(self.written)
    }
}

/// An open file. Dropping it before [`Target::complete`] leaves nothing behind.
#[derive(Debug)]
pub(super) enum Target {
    /// Takes the place of `path` when complete.
    Hidden { file: NamedTempFile, path: PathBuf },
    /// A device or a pipe: there is nothing to replace.
    Direct { file: File, path: PathBuf },
}

impl Target {
    pub(super) fn open(path: &Path) -> Result<Self, SinkError> {
        let refused = |source| refused(path, source);
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(SinkError::IsFolder { path: path.to_owned() }),
            Ok(found) if found.is_file() => {
                // A link stays a link: what it points to is replaced.
                let path = fs::canonicalize(path).map_err(refused)?;
                let target = Self::beside(path)?;
                if let Self::Hidden { file, .. } = &target {
                    file.as_file().set_permissions(found.permissions()).map_err(refused)?;
                }
                Ok(target)
            }
            Ok(_) => Self::direct(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::beside(behind_links(path).map_err(refused)?)
            }
            Err(error) => Err(refused(error)),
        }
    }

    fn direct(path: &Path) -> Result<Self, SinkError> {
        let opened = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = opened.map_err(|source| refused(path, source))?;
        Ok(Self::Direct { file, path: path.to_owned() })
    }

    fn beside(path: PathBuf) -> Result<Self, SinkError> {
        let folder = folder_of(&path);
        let Some(name) = path.file_name() else { return Err(SinkError::IsFolder { path }) };
        if !folder.is_dir() {
            return Err(SinkError::NoFolder { folder: folder.to_owned(), path });
        }
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            // As any new file, and not for its owner alone: the umask takes its part away.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(|source| refused(&path, source))?;
        Ok(Self::Hidden { file, path })
    }

    pub(super) fn file(&mut self) -> &mut (dyn Write + Send) {
        match self {
            Self::Hidden { file, .. } => file.as_file_mut(),
            Self::Direct { file, .. } => file,
        }
    }

    /// Gives the file its name, after its bytes are safely on the disk.
    fn complete(self) -> Result<(), SinkError> {
        match self {
            Self::Hidden { file, path } => {
                file.as_file().sync_all().map_err(|source| refused(&path, source))?;
                file.persist(&path).map_err(|error| refused(&path, error.error))?;
                Ok(())
            }
            Self::Direct { mut file, path } => file.flush().map_err(|source| refused(&path, source)),
        }
    }
}

/// Where a link leads in the end, whether something is there or not; any other path is itself.
pub(super) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        // Any other trouble than that it is no link shows when the path is used.
        let Ok(next) = fs::read_link(&path) else { return Ok(path) };
        path = folder_of(&path).join(next);
    }
    Err(io::Error::other("too many links lead from one to the next"))
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn refused(path: &Path, mut source: io::Error) -> SinkError {
    if source.raw_os_error().is_none() {
        // tempfile names its own file after what the system said, which means nothing to the user.
        let message = source.to_string();
        let said = message.split(" at path ").next().unwrap_or_default().to_string();
        source = io::Error::new(source.kind(), said);
    }
    SinkError::Write { target: format!("`{}`", path.display()), source }
}
