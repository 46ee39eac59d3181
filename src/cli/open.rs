//! Opens a session from the options: table files, connections, or the embedded sandbox.

use std::env::VarError;
use std::io::{IsTerminal, stderr};
use std::sync::Arc;

use chrono::{SecondsFormat, Utc};
use etcetera::{BaseStrategy, choose_base_strategy};
use serde_json::{Value, json};

use super::arguments::{LogFormat, Options};
use super::settings::{self, Said};
use super::{Failure, say};
use crate::catalog::{Queries, Session, SessionBuilder};
use crate::connection::Profiles;
use crate::http::{Event, Observer};
use crate::scan::{Deferred, MetadataCache};
use crate::schema::Library;

/// A session, and the sandbox that it may read from: it is served as long as this lives.
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    /// The connections that the user named or that unqualified names mean, and not every profile.
    pub(super) named: Vec<String>,
    /// What was said already.
    pub(super) said: Said,
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

/// The views and analyses: built-in ones, then those of `--queries`.
pub(super) fn queries(options: &Options) -> Result<Queries, Failure> {
    let mut queries = Queries::built_in();
    for folder in &options.queries {
        queries.add_folder(folder).map_err(Failure::failed)?;
    }
    Ok(queries)
}

/// A session over table files, views and analyses alone, without a connection.
pub(super) fn unconnected(options: &Options) -> Result<Session, Failure> {
    let builder = Session::builder().library(library(options)?).queries(queries(options)?);
    builder.build().map_err(Failure::failed)
}

/// Puts the session together. Opens no connection and sends nothing to any site.
pub(super) async fn session(options: &Options) -> Result<Opened, Failure> {
    match perhaps(options).await? {
        Some(opened) => Ok(opened),
        None => Err(no_connection(&settings::profiles(options)?)),
    }
}

/// As [`session`]; nothing where no connection is named and none is the default.
pub(super) async fn perhaps(options: &Options) -> Result<Option<Opened>, Failure> {
    #[cfg(feature = "sandbox")]
    let sandbox = match options.sandbox {
        true => Some(super::sandbox::start().await?),
        false => None,
    };
    let profiles = settings::profiles(options)?;
    let said = Said::new(options);
    for warning in profiles.warnings() {
        said.warn(warning);
    }
    let mut strings = options.connect.clone();
    if strings.is_empty() && !options.sandbox && options.profile.is_none() {
        strings.extend(of_the_environment()?);
    }
    #[cfg(feature = "sandbox")]
    // It is another site each time, so nothing is kept of it.
    strings.splice(0..0, sandbox.iter().map(|it| format!("{};MetadataTtl=0", it.connection_string())));
    #[cfg(not(feature = "sandbox"))]
    if options.sandbox {
        return Err(Failure::usage("this build has no sandbox; build it with `--features sandbox`"));
    }
    let chosen = match &options.profile {
        None if !strings.is_empty() => None,
        None => profiles.default_name(),
        Some(name) => Some(profiles.get(name).map_err(Failure::usage)?.name.as_str()),
    };
    if chosen.is_none() && strings.is_empty() {
        return Ok(None);
    }
    // The first is the one that unqualified names mean.
    let mut offers: Vec<Deferred> = vec![];
    for profile in profiles.all().filter(|profile| chosen == Some(&profile.name)) {
        offers.push(settings::of_profile(profile, &said));
    }
    for text in &strings {
        offers.push(settings::of_string(text, &said).map_err(Failure::usage)?);
    }
    let named: Vec<String> = offers.iter().map(|offer| offer.name.clone()).collect();
    let is_hidden = |name: &str| named.iter().any(|it| it.to_lowercase() == name.to_lowercase());
    for profile in profiles.all().filter(|profile| !is_hidden(&profile.name)) {
        offers.push(settings::of_profile(profile, &said));
    }
    let builder =
        Session::builder().library(library(options)?).queries(queries(options)?).access(options.access);
    let mut builder = offers.into_iter().fold(builder, SessionBuilder::deferred);
    if let Some(zone) = options.time_zone {
        builder = builder.time_zone(zone);
    }
    if let Some(cache) = metadata_cache(options)? {
        builder = builder.metadata_cache(cache);
    }
    if options.verbose {
        builder = builder.observer(log(options.log_format));
    }
    let session = builder.build().map_err(Failure::usage)?;
    Ok(Some(Opened {
        session: Arc::new(session),
        named,
        said,
        #[cfg(feature = "sandbox")]
        _sandbox: sandbox,
    }))
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

fn no_connection(profiles: &Profiles) -> Failure {
    let names: Vec<&str> = profiles.names().collect();
    Failure::usage(match names.as_slice() {
        [] => "no connection: write `--connect 'URL=https://example.atlassian.net;User=me@example.com;APIToken=…'` \
               (or set JIRROW_CONNECT, or write a profile into ~/.config/jirrow/config.toml), or try `--sandbox`, \
               which needs no account"
            .to_owned(),
        names => format!(
            "there are the profiles {}, and none is the default: write `--profile NAME`, or \
             `default_profile = \"NAME\"` into the settings",
            names.join(", ")
        ),
    })
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
fn log(format: LogFormat) -> Observer {
    Arc::new(move |event: &Event| {
        let line = match (format, event) {
            (LogFormat::Text, Event::Answered { method, address, status, elapsed, bytes }) => {
                format!("{method} {address} {status} {} ms {bytes} bytes", elapsed.as_millis())
            }
            (LogFormat::Text, Event::Retrying { method, address, reason, delay }) => {
                format!("{method} {address} again in {} ms: {reason}", delay.as_millis())
            }
            (LogFormat::Text, Event::Paused { scope, delay, points_left }) => {
                let why = points_left.map(|left| format!(": {left} points are left")).unwrap_or_default();
                format!("pause of {:.1} s for {scope}{why}", delay.as_secs_f64())
            }
            (LogFormat::Json, event) => match members(event) {
                Some(mut members) => {
                    members["time"] = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true).into();
                    members.to_string()
                }
                None => return,
            },
            _ => return,
        };
        say(&line);
    })
}

/// An event as a line of JSON has it.
fn members(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Answered { method, address, status, elapsed, bytes } => json!({
            "event": "answered", "method": method.name(), "address": &**address, "status": status,
            "elapsed_ms": elapsed.as_millis(), "bytes": bytes,
        }),
        Event::Retrying { method, address, reason, delay } => json!({
            "event": "retrying", "method": method.name(), "address": &**address, "reason": reason,
            "delay_ms": delay.as_millis(),
        }),
        Event::Paused { scope, delay, points_left } => json!({
            "event": "paused", "scope": scope.to_string(), "delay_ms": delay.as_millis(), "points_left": points_left,
        }),
        _ => return None,
    })
}

/// May progress be shown?
pub(super) fn shows_progress(options: &Options) -> bool {
    !options.quiet && !options.no_progress && !options.verbose && stderr().is_terminal()
}
