//! What a statement's scans have to say besides rows: totals for the summary line, notes that a user should read, and
//! warnings that `--strict` turns into a failure.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Collects what the scans of a session report. Shared by all of them.
#[derive(Debug, Default)]
pub struct Report {
    rows: AtomicU64,
    notes: Mutex<BTreeMap<String, u64>>,
    warnings: Mutex<BTreeMap<String, u64>>,
}

/// What one statement reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rows that the scans decoded.
    pub rows_read: u64,
    /// Facts that the user should know, such as as of when a feed was complete.
    pub notes: Vec<String>,
    /// Things that are not as they should be, such as values that did not fit their column.
    pub warnings: Vec<String>,
}

impl Report {
    /// Counts decoded rows.
    pub fn rows(&self, n: usize) {
        self.rows.fetch_add(n as u64, Ordering::Relaxed);
    }

    /// Rows decoded so far.
    pub fn rows_read(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Adds a note; `{n}` in it becomes the sum of `n` over all calls with the same text.
    pub fn note(&self, text: impl Into<String>, n: usize) {
        add(&self.notes, text.into(), n);
    }

    /// Adds a warning; `{n}` as in [`Self::note`].
    pub fn warn(&self, text: impl Into<String>, n: usize) {
        add(&self.warnings, text.into(), n);
    }

    /// Everything so far; starts afresh.
    pub fn take(&self) -> Findings {
        Findings {
            rows_read: self.rows.swap(0, Ordering::Relaxed),
            notes: drain(&self.notes),
            warnings: drain(&self.warnings),
        }
    }
}

fn add(to: &Mutex<BTreeMap<String, u64>>, text: String, n: usize) {
    *to.lock().unwrap_or_else(PoisonError::into_inner).entry(text).or_default() += n as u64;
}

fn drain(from: &Mutex<BTreeMap<String, u64>>) -> Vec<String> {
    let drained = std::mem::take(&mut *from.lock().unwrap_or_else(PoisonError::into_inner));
    drained.into_iter().map(|(text, n)| text.replace("{n}", &n.to_string())).collect()
}
