//! Lists inside records may be cut short. A record whose list is not whole is read again, from the path that lists all
//! of it.

use std::sync::Arc;

use futures::stream;
use futures::{StreamExt, TryStreamExt};

use super::environment::Environment;
use super::error::ScanError;
use super::parents::left_out;
use super::reader::{Item, Reader};
use super::run::Batches;
use super::spec::ScanSpec;
use crate::decode::Incomplete;

/// Reads the whole list of a record whose own list was cut short.
pub(super) struct Rest {
    reader: Arc<Reader>,
    /// The columns that the record around the list supplies, as constants.
    constants: Vec<usize>,
    key: usize,
}

pub(super) fn rest_reader(
    env: &Arc<Environment>,
    embedded: &Arc<Reader>,
    spec: &ScanSpec,
) -> Result<Option<Rest>, ScanError> {
    let table = &embedded.table;
    let Some(complete) = &spec.path_in(table)?.complete else { return Ok(None) };
    let columns = spec.columns_read(table)?;
    let in_record = |c: &usize| table.columns.get(*c).is_none_or(|column| column.source.is_in_record());
    let path = &table.paths[complete.otherwise];
    // Of records further in, the other path knows better.
    let gives = |c: &usize| path.outer.iter().any(|o| o.column == *c);
    let constants: Vec<usize> = columns.iter().filter(|c| !in_record(c) && !gives(c)).copied().collect();
    let spec =
        ScanSpec { limit: None, keys: None, within: None, jql: vec![], parameters: vec![], ..spec.clone() };
    let reader = Reader::new(env, table, path, &columns, &constants, &spec, &embedded.metrics)?;
    Ok(Some(Rest { reader: Arc::new(reader), constants, key: complete.column }))
}

impl Rest {
    pub(super) fn read(&self, embedded: &Arc<Reader>, record: &Incomplete) -> Batches {
        let raw =
            |column: usize| record.outer.iter().find(|(c, _)| *c == column).and_then(|(_, raw)| raw.clone());
        let constants = self.constants.iter().map(|c| raw(*c).unwrap_or_else(|| "null".to_owned())).collect();
        let Some(key) = raw(self.key).map(|raw| raw.trim_matches('"').to_owned()) else {
            let (table, address) = (embedded.table.name.name.clone(), embedded.address.clone());
            return stream::iter([Err(ScanError::NoKey { table, address })]).boxed();
        };
        let chain = self.reader.chain(vec![key.clone()], constants);
        let embedded = Arc::clone(embedded);
        chain
            .then(move |item| {
                let (embedded, key) = (Arc::clone(&embedded), key.clone());
                async move {
                    match item {
                        Ok(Item::Rows(batch)) => Ok(Some(batch)),
                        Ok(_) => Ok(None),
                        Err(e) if embedded.vanished(&e, &key).await? => Ok(None),
                        Err(e) => left_out(&embedded, &key, e).map(|()| None),
                    }
                }
            })
            .try_filter_map(|batch| async move { Ok(batch) })
            .boxed()
    }
}
