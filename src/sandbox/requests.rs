//! The log of served requests, which tests read to count requests and to see what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::faults::Fault;

/// The log keeps this many requests; older ones fall out.
const KEPT: usize = 100_000;

/// One request that the sandbox answered.
#[derive(Clone, Debug, Serialize)]
pub struct ServedRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Path as it was sent, the gateway's prefix included.
    pub path: String,
    /// Query string as it was sent; empty without one.
    pub query: String,
    /// Body as it was sent; empty without one.
    pub body: String,
    /// Status of the answer; 0 where the connection was cut instead.
    pub status: u16,
    /// Query parameters and body members that the endpoint doesn't document.
    pub unknown_parameters: Vec<String>,
    /// What was done to the answer on purpose.
    pub fault: Option<Fault>,
    /// Whether valid credentials came with it.
    pub authenticated: bool,
    /// Length of the answer's body in bytes, before any fault.
    pub bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct RequestLog(Mutex<Served>);

#[derive(Debug, Default)]
struct Served {
    newest: VecDeque<ServedRequest>,
    /// Of all requests, those that fell out included.
    totals: Totals,
}

/// What was served in all, since the start or the last clearing.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    requests: usize,
    faults: usize,
    bytes: usize,
    /// The time that the answers took to make.
    busy: Duration,
}

impl RequestLog {
    /// Adds a request, whose answer took so long to make.
    pub(super) fn push(&self, request: ServedRequest, busy: Duration) {
        let mut served = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        served.totals.requests += 1;
        served.totals.faults += usize::from(request.fault.is_some());
        served.totals.bytes += request.bytes;
        served.totals.busy += busy;
        if served.newest.len() == KEPT {
            served.newest.pop_front();
        }
        served.newest.push_back(request);
    }

    pub(super) fn all(&self) -> Vec<ServedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).newest.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Served::default();
    }

    /// How many requests there were, the bytes of the answers, and the time that these took to make.
    pub(super) fn summary(&self) -> Value {
        let totals = self.0.lock().unwrap_or_else(PoisonError::into_inner).totals;
        json!({
            "requests": totals.requests,
            "faults": totals.faults,
            "bytes": totals.bytes,
            "busySeconds": totals.busy.as_secs_f64(),
        })
    }

    /// The log with counts by method and path template, by status, and of faults.
    pub(super) fn to_json(&self) -> Value {
        let requests = self.all();
        let mut endpoints: BTreeMap<String, usize> = BTreeMap::new();
        let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
        for request in &requests {
            *endpoints.entry(format!("{} {}", request.method, request.path)).or_default() += 1;
            *statuses.entry(request.status.to_string()).or_default() += 1;
        }
        json!({
            "count": requests.len(),
            "faults": requests.iter().filter(|request| request.fault.is_some()).count(),
            "endpoints": endpoints,
            "statuses": statuses,
            "requests": requests,
        })
    }
}
