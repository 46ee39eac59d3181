//! One request a parent (a project, a board, an issue), and what becomes of a parent that can't be read: it has no rows by
//! nature, it was deleted meanwhile, it is left out with a warning, or the scan fails. Never fewer rows without a word.

use std::sync::Arc;

use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt};

use super::error::ScanError;
use super::keys::tuples;
use super::reader::{Item, Reader};
use super::run::{self, Purpose};
use super::spec::{Keys, ScanSpec};
use super::unknown::{note_gone, says_gone};
use crate::connection::OnParentError;

/// Where the parents of a scan come from.
#[derive(Clone)]
pub(super) struct Parents {
    reader: Arc<Reader>,
    /// The scan that lists them; none where the query names them.
    listed_by: Option<Arc<ScanSpec>>,
}

impl Parents {
    /// Those of a scan that asks for one key at a time.
    pub(super) fn of(reader: &Arc<Reader>, spec: &ScanSpec) -> Self {
        let listed_by = match &spec.keys {
            Some(Keys::From { scan, .. }) => Some(Arc::new(scan.as_ref().clone())),
            _ => None,
        };
        Self { reader: Arc::clone(reader), listed_by }
    }

    /// The rows of one parent: its key, and the values that go along with it.
    pub(super) fn rows(
        &self,
        key: Vec<String>,
        constants: Vec<String>,
    ) -> BoxStream<'static, Result<Item, ScanError>> {
        let parents = self.clone();
        self.reader
            .chain(key.clone(), constants)
            .then(move |item| {
                let (parents, key) = (parents.clone(), key.clone());
                async move {
                    match item {
                        Ok(item) => Ok(Some(item)),
                        Err(e) if parents.may_be_without_rows(&e, &key).await? => Ok(None),
                        Err(e) => left_out(&parents.reader, &key.join(", "), e).map(|()| None),
                    }
                }
            })
            .try_filter_map(|item| async move { Ok(item) })
            .boxed()
    }

    /// Does the error only say that this parent has no rows?
    async fn may_be_without_rows(&self, error: &ScanError, key: &[String]) -> Result<bool, ScanError> {
        let ScanError::Http { source, .. } = error else { return Ok(false) };
        if self.reader.says_no_rows(source) {
            return Ok(true);
        }
        if source.status() != Some(404) {
            return Ok(false);
        }
        let (name, report) = (&self.reader.table.name.name, &self.reader.env.report);
        let Some(scan) = &self.listed_by else {
            let is_gone = says_gone(source);
            if is_gone {
                note_gone(&self.reader, 1);
            }
            return Ok(is_gone);
        };
        // A 404 alone does not say that the parent is gone: it may be a right that is missing.
        let listed = run::open(&self.reader.env, scan, &self.reader.metrics, Purpose::Keys)?;
        let gone = listed
            .try_filter(|batch| {
                let found = tuples(batch).any(|k| k == key);
                async move { found }
            })
            .boxed()
            .try_next()
            .await?
            .is_none();
        if gone {
            report.note(format!("{{n}} parents of `{name}` were deleted while they were read"), 1);
        }
        Ok(gone)
    }
}

/// `OnParentError`: a parent that can't be read fails the scan, or is left out and named in a warning.
pub(super) fn left_out(reader: &Reader, key: &str, error: ScanError) -> Result<(), ScanError> {
    match reader.site.connection().on_parent_error {
        OnParentError::Fail => Err(error),
        OnParentError::Warn => {
            let key = reader.site.client().clean(key);
            reader.env.report.warn(format!("parent `{key}` was left out, or came in part: {error}"), 1);
            Ok(())
        }
    }
}
