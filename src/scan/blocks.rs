//! Larger blocks of keys than a service promises to take. One is tried; where it is refused, or breaks down under it, all
//! go in blocks of the promised size.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::Mutex as Turn;
use tokio::task::JoinSet;

use super::error::ScanError;
use super::reader::{Item, Reader};
use super::site::Site;
use crate::http::Kind;
use crate::schema::{AccessPath, Table, TableName};

/// What the larger blocks came to, by table and path: what a site takes may depend on what is asked for.
#[derive(Debug, Default)]
pub(super) struct Trials(Mutex<BTreeMap<(TableName, String), Arc<Trial>>>);

#[derive(Debug, Default)]
struct Trial {
    /// Does the site take them? Nothing before the first has been tried.
    is_taken: Mutex<Option<bool>>,
    /// Held by whoever tries first.
    first: Turn<()>,
}

impl Trial {
    fn is_taken(&self) -> Option<bool> {
        *self.is_taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, is_taken: bool) {
        *self.is_taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(is_taken);
    }
}

/// A block of more keys than the service promises to take.
#[derive(Debug)]
pub(super) struct Larger {
    keys: usize,
    trial: Arc<Trial>,
}

impl Larger {
    /// Those of so many keys; none where that is no more than the path promises.
    pub(super) fn of(table: &Table, path: &AccessPath, keys: usize, site: &Site) -> Option<Self> {
        path.needs.as_ref().filter(|needs| keys > needs.batch)?;
        let mut trials = site.trials.0.lock().unwrap_or_else(PoisonError::into_inner);
        let trial = trials.entry((table.name.clone(), path.name.clone())).or_default();
        Some(Self { keys, trial: Arc::clone(trial) })
    }
}

impl Reader {
    /// How many keys to put into a request, by what is known now.
    pub(super) fn block(&self) -> usize {
        let larger = self.larger.as_ref().filter(|it| it.trial.is_taken() != Some(false));
        larger.map_or(self.batch, |it| it.keys)
    }

    /// The rows of more keys than are promised to be taken at once.
    pub(super) fn larger_block(
        self: &Arc<Self>,
        keys: Vec<String>,
    ) -> BoxStream<'static, Result<Item, ScanError>> {
        let reader = Arc::clone(self);
        let rows = async move {
            if let Some(items) = Arc::clone(&reader).at_once(keys.clone()).await? {
                return Ok(stream::iter(items.into_iter().map(Ok)).boxed());
            }
            let blocks: Vec<Vec<String>> = keys.chunks(reader.batch).map(<[String]>::to_vec).collect();
            let concurrency = reader.site.client().concurrency();
            let pages = move |keys| reader.pages(keys, vec![]);
            Ok::<_, ScanError>(stream::iter(blocks).map(pages).flatten_unordered(concurrency).boxed())
        };
        stream::once(rows).try_flatten().boxed()
    }

    /// The rows of all these keys in one answer; nothing where the site does not give it. This is a task of its own, since
    /// another scan may wait for its outcome while nobody asks for these rows.
    async fn at_once(self: Arc<Self>, keys: Vec<String>) -> Result<Option<Vec<Item>>, ScanError> {
        let mut task = JoinSet::new();
        task.spawn(async move { self.tried(keys).await });
        match task.join_next().await {
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Some(Ok(items)) => items,
            // The program is ending.
            _ => Ok(None),
        }
    }

    /// While nobody knows whether the site takes such blocks, one request finds out and the others wait for it.
    async fn tried(self: Arc<Self>, keys: Vec<String>) -> Result<Option<Vec<Item>>, ScanError> {
        let Some(Larger { trial, .. }) = &self.larger else { return Ok(None) };
        let first = match trial.is_taken() {
            None => Some(trial.first.lock().await),
            Some(_) => None,
        };
        match trial.is_taken() {
            Some(false) => return Ok(None),
            Some(true) => drop(first),
            None => {}
        }
        match self.first_page(keys).await {
            Ok(page) => {
                trial.ended(true);
                Ok(Some(page.items))
            }
            Err(ScanError::Http { source, .. }) if is_too_much(source.kind()) => {
                // Of an answer that is too long only this one is known.
                if source.kind() != Some(Kind::TooLarge) {
                    trial.ended(false);
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// May a smaller block succeed where this failed?
fn is_too_much(kind: Option<Kind>) -> bool {
    matches!(
        kind,
        Some(Kind::TooLarge | Kind::Timeout | Kind::Cut | Kind::Status(400 | 413 | 500 | 502 | 503 | 504))
    )
}
