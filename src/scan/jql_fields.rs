//! The fields that a site's JQL has, and the operators of each: asked once a session, when a condition is first to travel,
//! or taken from disk while it is good there. A condition whose field or operator the site does not have stays with the
//! engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cache::MetadataCache;
use super::choice::FindTable;
use super::environment::Environment;
use super::error::ScanError;
use super::report::Report;
use super::site::Site;
use crate::http::HttpError;
use crate::pushdown::Term;
use crate::schema::{KeySource, Table};

/// Operators by field, both in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JqlFields(BTreeMap<String, BTreeSet<String>>);

/// The answer (`GET /rest/api/3/jql/autocompletedata`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReferenceData {
    visible_field_names: Vec<FieldData>,
}

#[derive(Deserialize)]
struct FieldData {
    #[serde(default)]
    value: String,
    /// `cf[10016]`, whatever the field is called.
    #[serde(default)]
    cfid: Option<String>,
    #[serde(default)]
    operators: Vec<String>,
}

impl From<ReferenceData> for JqlFields {
    fn from(it: ReferenceData) -> Self {
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for FieldData { value, cfid, operators } in it.visible_field_names {
            let operators: BTreeSet<String> = operators.iter().map(|it| it.to_lowercase()).collect();
            for name in std::iter::once(value).chain(cfid) {
                fields.entry(name.to_lowercase()).or_default().extend(operators.iter().cloned());
            }
        }
        Self(fields)
    }
}

impl JqlFields {
    /// Does the site have all that the condition uses?
    fn have(&self, term: &Term) -> bool {
        term.uses.iter().all(|(field, operator)| {
            self.0.get(&field.to_lowercase()).is_some_and(|operators| operators.contains(*operator))
        })
    }
}

impl Site {
    /// The fields that the address lists: as this session knows them, or the disk, or the site. None where the account may
    /// not read them, or the site does not have the address: then it will say what it refuses.
    async fn jql_fields(
        &self,
        address: &str,
        cache: Option<&MetadataCache>,
        report: &Report,
    ) -> Result<Option<Arc<JqlFields>>, HttpError> {
        let read = || async {
            let place = self.place_on_disk(address, cache).await?;
            if let Some((cache, entry)) = &place
                && let Some(fields) = cache.jql_fields(entry, self.connection().metadata_ttl).await
            {
                return Ok(Some(Arc::new(fields)));
            }
            let asked = tokio::try_join!(self.account(), self.metadata::<ReferenceData>(address));
            let fields = match asked {
                Ok((_, data)) => JqlFields::from(data),
                Err(e) if matches!(e.status(), Some(403 | 404 | 410)) => return Ok(None),
                Err(e) => return Err(e),
            };
            if let Some((cache, entry)) = &place
                && let Err(e) = cache.keep_jql_fields(entry, &fields).await
            {
                let folder = cache.folder().display();
                report.note(
                    format!(
                        "the fields of JQL can't be kept in `{folder}` ({e}); they are asked for each time"
                    ),
                    1,
                );
            }
            Ok(Some(Arc::new(fields)))
        };
        self.jql_fields.or_ask(read).await.cloned()
    }
}

impl Environment {
    /// Those of the conditions that the site can take, by the list of its fields at `address`. Asks for that where there
    /// are any conditions and nothing tells yet.
    ///
    /// # Errors
    /// When the site can't be asked.
    pub async fn supported(
        &self,
        connection: &str,
        table: &Table,
        address: Option<&str>,
        terms: Vec<Term>,
    ) -> Result<Vec<Term>, ScanError> {
        let Some(address) = address.filter(|_| !terms.is_empty()) else { return Ok(terms) };
        let site = self.site(connection)?;
        let fields = site
            .jql_fields(address, self.cache.as_ref(), &self.report)
            .await
            .map_err(|source| ScanError::Http { table: table.name.name.clone(), source })?;
        Ok(match fields {
            Some(fields) => terms.into_iter().filter(|term| fields.have(term)).collect(),
            None => terms,
        })
    }
}

/// Where the site lists the fields by which this table's paths are restricted, or those that list its keys.
pub fn fields_address(table: &Table, find: FindTable<'_>) -> Option<String> {
    let own = |table: &Table| table.paths.iter().find_map(|path| path.search.as_ref()?.fields.clone());
    own(table).or_else(|| {
        let mut keys = table.paths.iter().filter_map(|path| path.needs.as_ref()?.keys.as_ref());
        keys.find_map(|keys| match keys {
            KeySource::Table { table, .. } => own(&*find(table)?),
            KeySource::Path(_) => None,
        })
    })
}
