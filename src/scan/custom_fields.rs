//! Tables with the columns of their site's own fields. The catalogue is asked for when such a table is first named; from
//! then on the table has those columns for the whole session, and a later reading only adds some.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::catalogue::Catalogue;
use super::environment::Environment;
use super::error::ScanError;
use crate::schema::custom_fields::{self, RowsIn};
use crate::schema::{Table, TableName};

/// The tables that have been given columns, by connection and name.
#[derive(Debug, Default)]
pub struct CustomTables(Mutex<HashMap<(String, TableName), Arc<Extended>>>);

/// A table, the same with the site's own fields, and where each of those is.
#[derive(Debug)]
struct Extended {
    file: Arc<Table>,
    whole: Arc<Table>,
    /// Indexes of the columns in `whole`, by name and alias in lower case.
    places: HashMap<String, usize>,
    catalogue: Arc<Catalogue>,
}

impl CustomTables {
    fn get(&self, connection: &str, table: &TableName) -> Option<Arc<Extended>> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.get(&(connection.to_owned(), table.clone())).cloned()
    }

    /// The table with all its columns, if they are known.
    pub fn whole(&self, connection: &str, table: &TableName) -> Option<Arc<Table>> {
        self.get(connection, table).map(|t| Arc::clone(&t.whole))
    }

    /// The table with no other custom fields than those that `words` (in lower case) name: what a statement of these
    /// words can mean, and little enough to plan with where a site has a thousand fields. None if it has no such fields.
    pub fn narrowed(
        &self,
        connection: &str,
        table: &TableName,
        words: &BTreeSet<String>,
    ) -> Option<Arc<Table>> {
        let extended = self.get(connection, table)?;
        let named: BTreeSet<usize> = words.iter().filter_map(|w| extended.places.get(w)).copied().collect();
        if named.is_empty() {
            return Some(Arc::clone(&extended.file));
        }
        let columns = named.into_iter().map(|c| extended.whole.columns[c].clone());
        Some(Arc::new(extended.file.with_custom_columns(columns)))
    }
}

impl Environment {
    /// The table with the columns of the connection's custom fields; itself if it carries none. May ask the site for
    /// them, once a session.
    ///
    /// # Errors
    /// When the site does not list its fields: a table without some of its columns would look like one that has none.
    pub async fn with_custom_fields(
        &self,
        connection: &str,
        table: Arc<Table>,
    ) -> Result<Arc<Table>, ScanError> {
        if table.rows_in.is_none() && table.custom_fields.is_none() {
            return Ok(table);
        }
        let deployment = self.deployment(connection).await.map_err(|e| e.of_table(&table.name.name))?;
        if !table.exists_on(deployment) {
            return Ok(table);
        }
        let table = table.on(deployment);
        if let Some(rows_in) = &table.rows_in {
            return self.with_rows_in(connection, &table, rows_in).await;
        }
        let Some(custom) = &table.custom_fields else { return Ok(table) };
        let site = self.site(connection)?;
        let catalogue = site
            .catalogue(&custom.address, self.cache.as_ref(), &self.report)
            .await
            .map_err(|source| ScanError::Catalogue { table: table.name.name.clone(), source })?;
        self.extend(connection, &table, catalogue)
    }

    /// The table with the id of the custom field that its rows lie in. Where the site seems to have none, its fields are
    /// asked for again: those that were kept from an earlier run may be old.
    async fn with_rows_in(
        &self,
        connection: &str,
        table: &Arc<Table>,
        rows_in: &RowsIn,
    ) -> Result<Arc<Table>, ScanError> {
        if let Some(known) = self.custom.get(connection, &table.name) {
            return Ok(Arc::clone(&known.whole));
        }
        let (site, start) = (self.site(connection)?, Instant::now());
        let failed = |source| ScanError::Catalogue { table: table.name.name.clone(), source };
        let (address, cache, report) = (&rows_in.address, self.cache.as_ref(), &self.report);
        let mut catalogue = site.catalogue(address, cache, report).await.map_err(failed)?;
        if rows_in.find(&catalogue.fields).is_none() {
            catalogue = site.renewed_catalogue(address, cache, report, start).await.map_err(failed)?;
        }
        let whole = Arc::new(table.with_rows_in(rows_in.find(&catalogue.fields)));
        let extended = Extended {
            file: Arc::clone(&whole),
            whole: Arc::clone(&whole),
            places: HashMap::new(),
            catalogue,
        };
        let mut tables = self.custom.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert((connection.to_owned(), table.name.clone()), Arc::new(extended));
        Ok(whole)
    }

    /// Asks for the custom fields of this table again, unless they are as new as `start`.
    ///
    /// # Errors
    /// As [`Self::with_custom_fields`].
    pub async fn renew_custom_fields(
        &self,
        connection: &str,
        table: &TableName,
        start: Instant,
    ) -> Result<(), ScanError> {
        let Some(extended) = self.custom.get(connection, table) else { return Ok(()) };
        let Some(custom) = &extended.file.custom_fields else { return Ok(()) };
        let catalogue = self
            .site(connection)?
            .renewed_catalogue(&custom.address, self.cache.as_ref(), &self.report, start)
            .await
            .map_err(|source| ScanError::Catalogue { table: table.name.clone(), source })?;
        self.extend(connection, &extended.file, catalogue).map(drop)
    }

    fn extend(
        &self,
        connection: &str,
        file: &Arc<Table>,
        catalogue: Arc<Catalogue>,
    ) -> Result<Arc<Table>, ScanError> {
        let names = self.site(connection)?.connection().custom_field_names;
        let mut tables = self.custom.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (connection.to_owned(), file.name.clone());
        let before = tables.get(&key);
        if let Some(known) = before
            && Arc::ptr_eq(&known.catalogue, &catalogue)
        {
            return Ok(Arc::clone(&known.whole));
        }
        let own = file.columns.len();
        let before = before.map_or(&[][..], |known| &known.whole.columns[own..]);
        let from = file.custom_fields.as_ref().map(|c| (c.from.as_slice(), c.deployment)).unwrap_or_default();
        let columns = custom_fields::columns(&file.columns, before, &catalogue.fields, from, names);
        let whole = Arc::new(file.with_custom_columns(columns));
        let answers = |(c, column): (usize, &crate::schema::Column)| {
            let names: Vec<_> = std::iter::once(&column.name).chain(&column.aliases).cloned().collect();
            names.into_iter().map(move |name| (name.to_lowercase(), c))
        };
        let places = whole.columns.iter().enumerate().skip(own).flat_map(answers).collect();
        let extended = Extended { file: Arc::clone(file), whole: Arc::clone(&whole), places, catalogue };
        tables.insert(key, Arc::new(extended));
        Ok(whole)
    }
}
