//! The orders of searches, kept for the pages that follow: a search of 200,000 issues would else filter and sort them
//! all for each of its pages. An edit of the site forgets them, so that a page shows what the edit did.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::model::Caller;

/// More searches at once than this forget the others.
const KEPT: usize = 16;

/// Which search: its JQL, who asks, and the minute, since JQL can name times relative to now.
type Search = (String, bool, i64);

#[derive(Debug, Default)]
pub(super) struct Orders(Mutex<HashMap<Search, Arc<[i64]>>>);

impl Orders {
    /// The ids that a search finds in its order: `find` is asked where nobody knows.
    pub(super) fn of(
        &self,
        jql: &str,
        caller: Caller,
        now: DateTime<Utc>,
        find: impl FnOnce() -> Vec<i64>,
    ) -> Arc<[i64]> {
        let search = (jql.to_owned(), caller == Caller::Demo, now.timestamp().div_euclid(60));
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&search).cloned();
        if let Some(ids) = known {
            return ids;
        }
        let ids: Arc<[i64]> = find().into();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(search, Arc::clone(&ids));
        ids
    }

    /// Forgets all: the site is another one.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
