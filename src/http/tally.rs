//! Counters of what requests cost, shared between the tasks of a scan and summed in the client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters of one scan. A clone counts into the same numbers.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counters>);

/// Which scan a request is for: the one whose counters it counts into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScanId(usize);

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    throttled_us: AtomicU64,
    points: AtomicU64,
}

/// What a [`Tally`] stood at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Of these, repetitions of one that failed in passing.
    pub retries: u64,
    /// Body bytes received, after decompression.
    pub bytes: u64,
    /// Time spent waiting because the site asked to, or would have. Requests that wait side by side each count.
    pub throttled: Duration,
    /// Points of the hourly quota, by the price list; none for callers that no such quota holds for.
    pub points: u64,
}

impl Tally {
    /// All at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the counters stand.
    pub fn totals(&self) -> Totals {
        Totals {
            requests: self.0.requests.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            bytes: self.0.bytes.load(Ordering::Relaxed),
            throttled: Duration::from_micros(self.0.throttled_us.load(Ordering::Relaxed)),
            points: self.0.points.load(Ordering::Relaxed),
        }
    }

    /// The same as long as this or a clone of it lives.
    pub(super) fn scan(&self) -> ScanId {
        ScanId(Arc::as_ptr(&self.0).addr())
    }

    pub(super) fn add_request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_retry(&self) {
        self.0.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_bytes(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn add_throttled(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.throttled_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(super) fn add_points(&self, points: u64) {
        self.0.points.fetch_add(points, Ordering::Relaxed);
    }
}
