//! The field catalogue of a site: asked once a session, or taken from disk while it is good there. What it says is
//! trusted only together with a proof that the login is valid: without one Jira lists fewer fields and calls it success.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::cache::{Entry, MetadataCache};
use super::once::Once;
use super::report::Report;
use super::site::Site;
use crate::connection::Auth;
use crate::http::HttpError;
use crate::schema::CatalogueField;

/// The site's own fields.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) fields: Vec<CatalogueField>,
    /// When the site said so; nothing if it comes from disk.
    asked: Option<Instant>,
}

impl Catalogue {
    /// Might the site have another one by now, for all that was learnt since `start`?
    pub(super) fn is_older_than(&self, start: Instant) -> bool {
        self.asked.is_none_or(|asked| asked < start)
    }
}

/// The catalogues of one site, by the address that lists them.
#[derive(Debug, Default)]
pub(super) struct Catalogues(Mutex<BTreeMap<String, Reading>>);

/// One reading of a catalogue, under way or done.
type Reading = Arc<Once<Arc<Catalogue>>>;

impl Catalogues {
    fn reading(&self, address: &str) -> Reading {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(readings.entry(address.to_owned()).or_default())
    }

    fn replace(&self, address: &str, old: &Reading) -> Reading {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = readings.entry(address.to_owned()).or_default();
        // Another statement may have begun to read it anew already.
        if Arc::ptr_eq(reading, old) {
            *reading = Reading::default();
        }
        Arc::clone(reading)
    }
}

impl Site {
    /// The catalogue at this address: the one of this session, or of the disk, or asked for.
    pub(super) async fn catalogue(
        &self,
        address: &str,
        cache: Option<&MetadataCache>,
        report: &Report,
    ) -> Result<Arc<Catalogue>, HttpError> {
        let read = || async {
            if let Some((cache, entry)) = self.place_on_disk(address, cache).await?
                && let Some(fields) = cache.fields(&entry, self.connection().metadata_ttl).await
            {
                return Ok(Arc::new(Catalogue { fields, asked: None }));
            }
            self.ask_for_catalogue(address, cache, report).await
        };
        self.catalogues.reading(address).or_ask(read).await.cloned()
    }

    /// The catalogue as the site has it now, if what is known is older than `start`.
    pub(super) async fn renewed_catalogue(
        &self,
        address: &str,
        cache: Option<&MetadataCache>,
        report: &Report,
        start: Instant,
    ) -> Result<Arc<Catalogue>, HttpError> {
        let mut reading = self.catalogues.reading(address);
        if reading.get().is_some_and(|known| known.is_older_than(start)) {
            reading = self.catalogues.replace(address, &reading);
        }
        reading.or_ask(|| self.ask_for_catalogue(address, cache, report)).await.cloned()
    }

    async fn ask_for_catalogue(
        &self,
        address: &str,
        cache: Option<&MetadataCache>,
        report: &Report,
    ) -> Result<Arc<Catalogue>, HttpError> {
        let (_, mut fields) =
            tokio::try_join!(self.account(), self.metadata::<Vec<CatalogueField>>(address))?;
        let asked = Some(Instant::now());
        fields.retain(|f| f.custom);
        for field in &mut fields {
            field.each_text(|text| *text = self.client().redact(text));
        }
        if let Some((cache, entry)) = self.place_on_disk(address, cache).await?
            && let Err(e) = cache.keep_fields(&entry, &fields).await
        {
            report.note(
                format!(
                    "the list of custom fields can't be kept in `{}` ({e}); it is asked for each time",
                    cache.folder().display()
                ),
                1,
            );
        }
        Ok(Arc::new(Catalogue { fields, asked }))
    }

    /// Where what this site tells this account at an address is kept, if anywhere. A token alone does not say whose it is, so the
    /// site is asked.
    pub(super) async fn place_on_disk<'c>(
        &self,
        address: &str,
        cache: Option<&'c MetadataCache>,
    ) -> Result<Option<(&'c MetadataCache, Entry)>, HttpError> {
        let connection = self.connection();
        let Some(cache) = cache.filter(|_| !connection.metadata_ttl.is_zero()) else { return Ok(None) };
        let (scheme, account) = match &connection.auth {
            Auth::Basic { user, .. } => ("Basic", user.clone()),
            Auth::Bearer { .. } => ("Bearer", self.account().await?.account_id.clone()),
            Auth::OAuthClient { .. } => ("OAuthClient", self.account().await?.account_id.clone()),
        };
        let address = format!("{}{address}", connection.base());
        Ok(Some((cache, Entry { address, account, scheme: scheme.to_owned() })))
    }
}
