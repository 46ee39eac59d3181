//! Answers that are kept: who asks the same again gets the same bytes, and a measurement measures who asks and not the
//! sandbox. An edit of the site forgets them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Whether equal requests get the answer that the first of them got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// Each answer is made anew: the clock goes on, and what is refused at random may be given.
    #[default]
    Fresh,
    /// Answers are kept, in memory and without a limit.
    Kept,
}

pub(super) struct Kept<K, V>(Option<Mutex<HashMap<K, V>>>);

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    pub(super) fn new(answers: Answers) -> Self {
        Self((answers == Answers::Kept).then(Mutex::default))
    }

    /// The value that was kept, or the one that `make` makes; that is kept where `is_good`.
    pub(super) fn of(&self, key: impl FnOnce() -> K, make: impl FnOnce() -> V, is_good: fn(&V) -> bool) -> V {
        let Some(kept) = &self.0 else { return make() };
        let key = key();
        let known = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let value = make();
            if is_good(&value) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value.clone());
            }
            value
        })
    }

    /// Forgets all: the site is another one.
    pub(super) fn clear(&self) {
        if let Some(kept) = &self.0 {
            kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}
