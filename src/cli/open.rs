//! Opens a session from the options: table files, connections, or the embedded sandbox.

use std::env::VarError;
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Duration;

use etcetera::{BaseStrategy, choose_base_strategy};

use super::arguments::Options;
use super::{Failure, say};
use crate::catalog::{Session, SessionError};
use crate::connection::Connection;
use crate::http::{Event, Observer};
use crate::scan::MetadataCache;
use crate::schema::Library;

/// A session, and the sandbox that it may read from: it is served as long as this lives.
pub(super) struct Opened {
    pub(super) session: Session,
    #[cfg(feature = "sandbox")]
    _sandbox: Option<crate::sandbox::Sandbox>,
}

/// The table files: built-in ones, then those of `--schemas`.
pub(super) fn library(options: &Options) -> Result<Library, Failure> {
    let mut library = Library::built_in();
    for folder in &options.schemas {
        let unreadable =
            |e| Failure::failed(format!("can't read table files in `{}`: {e}", folder.display()));
        library.add_folder(folder).map_err(unreadable)?;
    }
    Ok(library)
}

/// Opens the session. Sends nothing to any site.
pub(super) async fn session(options: &Options) -> Result<Opened, Failure> {
    #[cfg(feature = "sandbox")]
    let sandbox = match options.sandbox {
        true => Some(super::sandbox::start().await?),
        false => None,
    };
    let mut strings = options.connect.clone();
    if strings.is_empty() && !options.sandbox {
        strings.extend(of_the_environment()?);
    }
    #[cfg(feature = "sandbox")]
    strings.splice(0..0, sandbox.iter().map(crate::sandbox::Sandbox::connection_string));
    #[cfg(not(feature = "sandbox"))]
    if options.sandbox {
        return Err(Failure::usage("this build has no sandbox; build it with `--features sandbox`"));
    }
    if strings.is_empty() {
        return Err(Failure::usage(
            "no connection: write `--connect 'URL=https://example.atlassian.net;User=me@example.com;APIToken=…'` \
             (or set JIRROW_CONNECT), or try `--sandbox`, which needs no account",
        ));
    }
    let mut builder = Session::builder().library(library(options)?).access(options.access);
    if let Some(zone) = options.time_zone {
        builder = builder.time_zone(zone);
    }
    if let Some(cache) = metadata_cache(options)? {
        builder = builder.metadata_cache(cache);
    }
    for (at, text) in strings.iter().enumerate() {
        let mut connection: Connection = text.parse().map_err(Failure::usage)?;
        if options.sandbox && at == 0 {
            // It is another site each time.
            connection.metadata_ttl = Duration::ZERO;
        }
        if !options.quiet {
            for warning in connection.warnings() {
                say(&format!("warning: {warning}"));
            }
        }
        builder = builder.connection(connection);
    }
    if options.verbose {
        builder = builder.observer(log());
    }
    let session = builder.build().map_err(|e| match e {
        SessionError::Duplicate { .. } => Failure::usage(e),
        SessionError::Client(_) => Failure::failed(e),
    })?;
    Ok(Opened {
        session,
        #[cfg(feature = "sandbox")]
        _sandbox: sandbox,
    })
}

/// Where lists of custom fields are kept between runs: in the user's cache folder, if there is one.
fn metadata_cache(options: &Options) -> Result<Option<MetadataCache>, Failure> {
    let Ok(folders) = choose_base_strategy() else { return Ok(None) };
    let cache = MetadataCache::new(folders.cache_dir().join("jirrow"));
    if options.refresh {
        let folder = cache.folder().display();
        cache
            .clear()
            .map_err(|e| Failure::failed(format!("can't forget what is kept in `{folder}`: {e}")))?;
    }
    Ok(Some(cache))
}

/// The connection of `JIRROW_CONNECT`. Whoever names a site on the command line means that one and no other.
fn of_the_environment() -> Result<Option<String>, Failure> {
    match std::env::var("JIRROW_CONNECT") {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage("`JIRROW_CONNECT` is no UTF-8 text; set it anew")),
    }
}

/// Says each request on stderr.
fn log() -> Observer {
    Arc::new(|event: &Event| match event {
        Event::Answered { method, address, status, elapsed, bytes } => {
            say(&format!("{method} {address} {status} {} ms {bytes} bytes", elapsed.as_millis()));
        }
        Event::Retrying { method, address, reason, delay } => {
            say(&format!("{method} {address} again in {} ms: {reason}", delay.as_millis()));
        }
        Event::Paused { scope, delay } => say(&format!("pause of {} s for {scope}", delay.as_secs())),
        _ => {}
    })
}

/// May progress be shown?
pub(super) fn shows_progress(options: &Options) -> bool {
    !options.quiet && !options.no_progress && !options.verbose && stderr().is_terminal()
}
