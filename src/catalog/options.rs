//! The settings of a session that are Jirrow's own: `SET jirrow.… = …`. They stand beside DataFusion's in `SHOW ALL`
//! and `information_schema.df_settings`.

use std::any::Any;

use datafusion::common::config_err;
use datafusion::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::error::{DataFusionError, Result};

use crate::connection::{TimeZone, UnknownTimeZone};

/// `jirrow.pushdown`
pub(super) const PUSHDOWN: &str = "jirrow.pushdown";
/// `jirrow.time_zone`
pub(super) const TIME_ZONE: &str = "jirrow.time_zone";
/// `jirrow.approximate_count`
pub(super) const APPROXIMATE_COUNT: &str = "jirrow.approximate_count";

/// The settings that are Jirrow's own.
#[derive(Debug, Clone)]
pub(super) struct Options {
    /// Whether WHERE may travel to the service.
    pub(super) pushdown: bool,
    /// Whether `COUNT(*)` may be the service's estimate.
    pub(super) approximate_count: bool,
    /// The zone in which texts without one are read.
    pub(super) time_zone: TimeZone,
}

impl Options {
    pub(super) fn new(time_zone: TimeZone) -> Self {
        Self { pushdown: true, approximate_count: false, time_zone }
    }

    /// The options of a configuration; the defaults where it has none.
    pub(super) fn of(config: &ConfigOptions) -> Self {
        config.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(TimeZone::default()))
    }
}

/// The zone's name, as it is written.
pub(super) fn zone_name(zone: TimeZone) -> &'static str {
    match zone {
        TimeZone::User => "user",
        TimeZone::Zone(zone) => zone.name(),
    }
}

impl ConfigExtension for Options {
    const PREFIX: &'static str = "jirrow";
}

impl ExtensionOptions for Options {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "pushdown" => self.pushdown = flag(PUSHDOWN, value)?,
            "approximate_count" => self.approximate_count = flag(APPROXIMATE_COUNT, value)?,
            "time_zone" => self.time_zone = zone(value)?,
            _ => return config_err!("no setting `jirrow.{key}`"),
        }
        Ok(())
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        let entry = |key: &str, value: String, description| ConfigEntry {
            key: key.to_owned(),
            value: Some(value),
            description,
        };
        vec![
            entry(
                APPROXIMATE_COUNT,
                self.approximate_count.to_string(),
                "Whether COUNT(*) of a whole table may be the service's estimate, which costs one request, where it has one (false: counted exactly)",
            ),
            entry(
                PUSHDOWN,
                self.pushdown.to_string(),
                "Whether conditions of WHERE travel to the service; without them the same rows come, out of more that are read (true)",
            ),
            entry(
                TIME_ZONE,
                zone_name(self.time_zone).to_owned(),
                "The time zone in which times without one are read and days begin: an IANA name, or `user` for the account's own; as `TimeZone=` and `--time-zone` (UTC)",
            ),
        ]
    }
}

fn flag(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => config_err!("`{name}` is true or false, not `{value}`"),
    }
}

fn zone(value: &str) -> Result<TimeZone> {
    value.parse().map_err(|e: UnknownTimeZone| DataFusionError::Configuration(e.to_string()))
}
