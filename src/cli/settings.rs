//! The settings of the user: profiles and connection strings, as connections that are made on first use. A secret that
//! nobody wrote is asked for then, if somebody is there to be asked.

use std::io::{IsTerminal, stderr, stdin};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use etcetera::BaseStrategy as _;

use super::arguments::Options;
use super::{Failure, say};
use crate::connection::{Connection, ConnectionError, Draft, Profile, Profiles, Secret};
use crate::scan::{Deferred, OpenError};

/// Whether the user pressed Ctrl-C where a secret was asked for. The terminal gives no signal then that could end the
/// run by itself.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether a question was answered by Ctrl-C since this was last asked.
pub(super) fn was_interrupted() -> bool {
    INTERRUPTED.swap(false, Ordering::Relaxed)
}

/// Warnings that are said when they are found: of files and connections, which are opened at any time.
#[derive(Clone)]
pub(super) struct Said {
    quiet: bool,
    count: Arc<AtomicUsize>,
}

impl Said {
    pub(super) fn new(options: &Options) -> Self {
        Self { quiet: options.quiet, count: Arc::default() }
    }

    /// Says a warning and counts it.
    pub(super) fn warn(&self, warning: &str) {
        self.count.fetch_add(1, Ordering::Relaxed);
        if !self.quiet {
            say(&format!("warning: {warning}"));
        }
    }

    /// How many there were.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// The profiles: of `--config`, which must be there, or of the user's own file, which need not.
pub(super) fn profiles(options: &Options) -> Result<Profiles, Failure> {
    let file = match &options.config {
        Some(file) => file.clone(),
        None => match own_file() {
            Some(file) if file.exists() => file,
            _ => return Ok(Profiles::default()),
        },
    };
    Profiles::read(&file).map_err(Failure::usage)
}

/// `~/.config/jirrow/config.toml`, or where the system keeps such files.
fn own_file() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("jirrow").join("config.toml"))
}

/// The connection of a profile.
pub(super) fn of_profile(profile: &Profile, said: &Said) -> Deferred {
    let (profile, said) = (profile.clone(), said.clone());
    Deferred {
        name: profile.name.clone(),
        service: profile.service(),
        time_zone: profile.time_zone(&variable),
        open: Box::new(move || {
            let (draft, warnings) = profile.draft(&variable)?;
            for warning in &warnings {
                said.warn(warning);
            }
            let draft = ask_for_secret(draft)?;
            let connection = draft.connection().map_err(|e| profile.explained(&e))?;
            Ok(checked(connection, &said))
        }),
    }
}

/// The connection of a string. What is wrong with it is told at once.
pub(super) fn of_string(text: &str, said: &Said) -> Result<Deferred, ConnectionError> {
    let draft = Draft::parse(text, &variable)?;
    if draft.missing_secret().is_none() || !somebody_is_there() {
        return Ok(checked(draft.connection()?, said).into());
    }
    // With any secret it must be right, and the real one changes nothing of this.
    let sample = draft.clone().with_secret(&Secret::new("asked-for-later")).connection()?;
    let said = said.clone();
    Ok(Deferred {
        name: sample.name,
        service: sample.service,
        time_zone: sample.time_zone,
        open: Box::new(move || Ok(checked(ask_for_secret(draft.clone())?.connection()?, &said))),
    })
}

fn checked(connection: Connection, said: &Said) -> Connection {
    for warning in connection.warnings() {
        said.warn(&warning);
    }
    connection
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn somebody_is_there() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks for the secret that is missing, without echo. Where nobody is there the draft stays as it is, and whoever makes
/// the connection says what to write.
fn ask_for_secret(draft: Draft) -> Result<Draft, OpenError> {
    let Some(missing) = draft.missing_secret().filter(|_| somebody_is_there()) else { return Ok(draft) };
    let user = missing.user.map(|user| format!(" of {}", user.escape_debug())).unwrap_or_default();
    // In place of a line that shows progress.
    let question = format!("\r\x1b[2K{}{user} for connection `{}`: ", missing.key, draft.name());
    match rpassword::prompt_password(question) {
        Ok(answer) => Ok(draft.with_secret(&Secret::new(answer.trim()))),
        Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {
            INTERRUPTED.store(true, Ordering::Relaxed);
            Err("interrupted".into())
        }
        Err(e) => Err(format!("can't ask for `{}`: {e}; write it into the connection", missing.key).into()),
    }
}
