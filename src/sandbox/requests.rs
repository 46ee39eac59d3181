//! The log of served requests, which tests read to count requests and to see what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

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
pub(super) struct RequestLog(Mutex<VecDeque<ServedRequest>>);

impl RequestLog {
    pub(super) fn push(&self, request: ServedRequest) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn all(&self) -> Vec<ServedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
