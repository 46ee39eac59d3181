//! The shell's history: a file in the user's folder for such things, for the user alone, without secrets.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::catalog::Session;
use crate::connection::secrets_in;

/// Where it is kept: `~/.local/state/jirrow/history`, or where the system keeps such files.
pub(super) fn file() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(folder.join("jirrow").join("history"))
}

/// Makes the file if it is not there, readable by nobody else.
pub(super) fn prepare(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let opened = options.mode(0o600).open(file)?;
        opened.set_permissions(fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    options.open(file).map(drop)
}

/// Whether a line may be remembered: it holds no secret of a connection, nor what looks like a connection with one.
pub(super) fn may_keep(line: &str, session: &Session) -> bool {
    let given = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let given = given.chain(std::env::var("JIRROW_CONNECT"));
    let is_given = given.flat_map(|text| secrets_in(&text)).any(|secret| line.contains(secret.expose()));
    let sites = session.sites().opened();
    secrets_in(line).is_empty() && !is_given && !sites.iter().any(|site| site.client().holds_secret(line))
}
