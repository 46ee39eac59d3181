//! Decides which answers go wrong, and how. The same request never fails more than three times in a
//! row, so that a client with four tries always gets through.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// A request fails at most this many times in a row.
const LONGEST_STREAK: u8 = 3;

/// A way in which an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Fault {
    /// 429 with a JSON body.
    RateLimited,
    /// 429 with an HTML body.
    RateLimitedHtml,
    /// 500 with Jira's error shape.
    InternalError,
    /// 502 with an HTML body, as proxies send it.
    BadGateway,
    /// 503 with `Retry-After: 0`.
    Unavailable,
    /// 504.
    GatewayTimeout,
    /// The connection ends before the answer.
    ConnectionCut,
    /// The body ends before its announced length.
    ShortBody,
    /// A chunked body ends in the middle.
    CutChunk,
    /// 200 with a login page.
    LoginPage,
    /// 200 with JSON that ends too early.
    InvalidJson,
}

const FAULTS: [Fault; 11] = [
    Fault::RateLimited,
    Fault::RateLimitedHtml,
    Fault::InternalError,
    Fault::BadGateway,
    Fault::Unavailable,
    Fault::GatewayTimeout,
    Fault::ConnectionCut,
    Fault::ShortBody,
    Fault::CutChunk,
    Fault::LoginPage,
    Fault::InvalidJson,
];

#[derive(Debug)]
pub(super) struct Faults {
    rate: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: fastrand::Rng,
    streaks: HashMap<u64, u8>,
}

impl Faults {
    pub(super) fn new(rate: f64, seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed ^ 0xfa_017);
        Self { rate, state: Mutex::new(State { rng, streaks: HashMap::new() }) }
    }

    /// What shall go wrong with this request, if anything.
    pub(super) fn draw(&self, method: &str, path: &str, query: &str, body: &[u8]) -> Option<Fault> {
        if self.rate <= 0.0 {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (method, path, query, body).hash(&mut hasher);
        let request = hasher.finish();
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let streak = state.streaks.entry(request).or_default();
        if *streak >= LONGEST_STREAK || state.rng.f64() >= self.rate {
            state.streaks.remove(&request);
            return None;
        }
        *streak += 1;
        let index = state.rng.u32(0..u32::try_from(FAULTS.len()).unwrap_or(1));
        FAULTS.get(index as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_fails_three_times_in_a_row_at_most() {
        let faults = Faults::new(1.0, 1);
        for _ in 0..5 {
            for _ in 0..3 {
                assert!(faults.draw("GET", "/a", "", b"").is_some());
            }
            assert_eq!(faults.draw("GET", "/a", "", b""), None);
        }
    }

    #[test]
    fn the_rate_is_about_what_was_asked_for() {
        let faults = Faults::new(0.2, 1);
        let failed = (0..10_000).filter(|it| faults.draw("GET", &it.to_string(), "", b"").is_some()).count();
        assert!((1_800..2_200).contains(&failed), "{failed}");
        assert_eq!(Faults::new(0.0, 1).draw("GET", "/", "", b""), None);
    }

    #[test]
    fn a_seed_gives_the_same_faults_again() {
        let run = || {
            let faults = Faults::new(0.5, 9);
            (0..100).map(|it| faults.draw("GET", &it.to_string(), "", b"")).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}
