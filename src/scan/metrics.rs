//! What a scan counts, as EXPLAIN ANALYZE shows it.

use std::sync::{Mutex, OnceLock, PoisonError};

use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder, Time};

use crate::http::{Tally, Totals};

/// The counters of one scan.
#[derive(Debug)]
pub(super) struct ScanMetrics {
    /// Counted by the client.
    pub(super) tally: Tally,
    synced: Mutex<Totals>,
    requests: Count,
    retries: Count,
    bytes: Count,
    throttled: Time,
    /// Registered with the first point: where no quota holds, none is shown.
    points: OnceLock<Count>,
    set: ExecutionPlanMetricsSet,
    partition: usize,
    /// Answers that were decoded.
    pub(super) pages: Count,
    /// Rows that were decoded.
    pub(super) decoded: Count,
    /// Rows dropped because their key had come before.
    pub(super) duplicates: Count,
    /// Values that did not fit their column.
    pub(super) field_errors: Count,
    /// Rows that leave the scan.
    pub(super) output: Count,
}

impl ScanMetrics {
    pub(super) fn new(set: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let counter = |name| MetricBuilder::new(set).counter(name, partition);
        Self {
            tally: Tally::new(),
            synced: Mutex::default(),
            requests: counter("requests"),
            retries: counter("retries"),
            bytes: counter("bytes"),
            throttled: MetricBuilder::new(set).subset_time("throttled", partition),
            points: OnceLock::new(),
            set: set.clone(),
            partition,
            pages: counter("pages"),
            decoded: counter("rows_decoded"),
            duplicates: counter("duplicates_dropped"),
            field_errors: counter("field_errors"),
            output: MetricBuilder::new(set).output_rows(partition),
        }
    }

    /// Carries the client's counts over.
    pub(super) fn sync(&self) {
        let now = self.tally.totals();
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        self.requests.add(new(now.requests, synced.requests));
        self.retries.add(new(now.retries, synced.retries));
        self.bytes.add(new(now.bytes, synced.bytes));
        let throttled = now.throttled.saturating_sub(synced.throttled);
        // Nothing would count as a nanosecond.
        if !throttled.is_zero() {
            self.throttled.add_duration(throttled);
        }
        if now.points > 0 {
            let points = || MetricBuilder::new(&self.set).counter("points", self.partition);
            self.points.get_or_init(points).add(new(now.points, synced.points));
        }
        *synced = now;
    }
}
