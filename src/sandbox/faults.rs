//! Decides which answers go wrong, and how, and which issues of a block can't be given at first. The
//! same request never fails more than three times in a row, and no issue is refused more often than
//! that, so that a client with four tries always gets through.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// A request fails at most this many times in a row, and an issue is refused as often.
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

/// Decides which issues `issue/bulkfetch` can't give this time.
#[derive(Debug)]
pub(super) struct IssueFaults {
    rate: f64,
    state: Mutex<IssueState>,
}

#[derive(Debug)]
struct IssueState {
    rng: fastrand::Rng,
    streaks: HashMap<i64, u8>,
    /// Issues that a test wants refused, and how often still.
    ordered: HashMap<i64, u32>,
    refused: usize,
}

impl IssueFaults {
    /// `rate` is that of requests that go wrong.
    pub(super) fn new(rate: f64, seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed ^ 0x15_5e);
        let state = IssueState { rng, streaks: HashMap::new(), ordered: HashMap::new(), refused: 0 };
        // Fewer, because one block asks for a hundred issues.
        Self { rate: rate / 10.0, state: Mutex::new(state) }
    }

    /// Orders `times` refusals of an issue.
    pub(super) fn refuse(&self, id: i64, times: u32) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ordered.insert(id, times);
    }

    /// How many refusals there were.
    pub(super) fn refused(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).refused
    }

    /// Whether this issue is refused this time.
    pub(super) fn draw(&self, id: i64) -> bool {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let ordered = state.ordered.get_mut(&id).filter(|left| **left > 0);
        let refused = match ordered {
            Some(left) => {
                *left -= 1;
                true
            }
            None if self.rate <= 0.0 => false,
            None => {
                let streak = state.streaks.entry(id).or_default();
                let refused = *streak < LONGEST_STREAK && state.rng.f64() < self.rate;
                *streak = if refused { *streak + 1 } else { 0 };
                refused
            }
        };
        state.refused += usize::from(refused);
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_issue_is_refused_three_times_in_a_row_at_most() {
        let faults = IssueFaults::new(10.0, 1);
        for _ in 0..5 {
            assert_eq!([(); 4].map(|()| faults.draw(7)), [true, true, true, false]);
        }
        assert_eq!(faults.refused(), 15);
    }

    #[test]
    fn issues_are_refused_at_a_tenth_of_the_rate_and_never_without_one() {
        let faults = IssueFaults::new(0.2, 1);
        let refused = (0..10_000).filter(|id| faults.draw(*id)).count();
        assert!((150..250).contains(&refused), "{refused}");
        let none = IssueFaults::new(0.0, 1);
        assert!((0..1_000).all(|id| !none.draw(id)));
        none.refuse(7, 2);
        assert_eq!(
            [(); 3].map(|()| (none.draw(7), none.draw(8))),
            [(true, false), (true, false), (false, false)]
        );
    }

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
