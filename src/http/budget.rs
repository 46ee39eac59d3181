//! The request budget: how many requests are in flight at once, how many start in a second, and which of them must
//! wait because the site said so. Whoever enters holds a place until the answer is read, and never while waiting to
//! try again or while the caller is slow.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::Method;
use crate::connection::BudgetLimits;

/// Which requests a pause holds back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PauseScope {
    /// Every request of the connection: a quota is used up.
    Everything,
    /// One method and path template: a burst limit was met.
    Endpoint(Method, Arc<str>),
}

impl fmt::Display for PauseScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("every request"),
            Self::Endpoint(method, template) => write!(f, "{method} {template}"),
        }
    }
}

/// A pause that is on now, for a progress display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Which requests wait.
    pub scope: PauseScope,
    /// For how much longer.
    pub remaining: Duration,
}

/// A pause longer than the request may wait.
#[derive(Clone, Debug)]
pub(super) struct TooLong {
    pub(super) scope: PauseScope,
    pub(super) remaining: Duration,
}

/// A place in flight. Dropping it gives the place to the next.
pub(super) struct Entry {
    /// Time spent in pauses on the way in.
    pub(super) paused: Duration,
    _place: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
pub(super) struct Budget {
    places: Arc<Semaphore>,
    concurrency: usize,
    /// Time between two starts, if the user set a rate.
    interval: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the next request may start, under a rate.
    next_start: Option<Instant>,
    pauses: HashMap<PauseScope, Instant>,
}

impl Budget {
    pub(super) fn new(limits: &BudgetLimits) -> Self {
        let concurrency = limits.max_concurrency.max(1);
        Self {
            places: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            interval: limits
                .max_requests_per_second
                .filter(|rate| *rate > 0.0)
                .and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok()),
            state: Mutex::default(),
        }
    }

    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Waits for a place, for the rate and for pauses, in the order of asking. Fails at once when a pause is longer
    /// than `may_wait`.
    pub(super) async fn enter(&self, scope: &PauseScope, may_wait: Duration) -> Result<Entry, TooLong> {
        let mut paused = Duration::ZERO;
        loop {
            if let Some((held, until)) = self.pause_of(scope) {
                let now = Instant::now();
                let remaining = until.saturating_duration_since(now);
                if paused + remaining > may_wait {
                    return Err(TooLong { scope: held, remaining });
                }
                sleep_until(until).await;
                paused += now.elapsed();
                continue;
            }
            // The semaphore is never closed; were it to be, requests would go on without it.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            if let Some(start) = self.next_start() {
                // Under a rate the places are not what is scarce, so this one may be held meanwhile.
                sleep_until(start).await;
            }
            // A pause may have begun while this request stood in the queue.
            if self.pause_of(scope).is_none() {
                return Ok(Entry { paused, _place: place });
            }
        }
    }

    /// Holds requests back for some time. A pause only ever gets longer.
    pub(super) fn pause(&self, scope: PauseScope, delay: Duration) {
        let until = Instant::now() + delay;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let end = state.pauses.entry(scope).or_insert(until);
        *end = until.max(*end);
    }

    /// The pauses that are on now.
    pub(super) fn pauses(&self) -> Vec<Pause> {
        let now = Instant::now();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .pauses
            .iter()
            .filter(|(_, until)| **until > now)
            .map(|(scope, until)| Pause { scope: scope.clone(), remaining: *until - now })
            .collect()
    }

    /// The pause that holds back a scope longest, if any does.
    fn pause_of(&self, scope: &PauseScope) -> Option<(PauseScope, Instant)> {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pauses.retain(|_, until| *until > now);
        [scope, &PauseScope::Everything]
            .into_iter()
            .filter_map(|it| state.pauses.get(it).map(|until| (it.clone(), *until)))
            .max_by_key(|(_, until)| *until)
    }

    /// Takes the next moment at which a request may start under the rate.
    fn next_start(&self) -> Option<Instant> {
        let interval = self.interval?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let start = state.next_start.map_or(now, |next| next.max(now));
        state.next_start = Some(start + interval);
        Some(start)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn budget(max_concurrency: usize, max_requests_per_second: Option<f64>) -> Arc<Budget> {
        Arc::new(Budget::new(&BudgetLimits { max_concurrency, max_requests_per_second }))
    }

    fn endpoint(template: &str) -> PauseScope {
        PauseScope::Endpoint(Method::Get, template.into())
    }

    const LONG: Duration = Duration::from_secs(1000);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[tokio::test]
    async fn a_burst_pause_holds_back_its_endpoint_only() {
        let budget = budget(5, None);
        budget.pause(endpoint("/a"), ms(200));
        let post = PauseScope::Endpoint(Method::Post, "/a".into());
        for other in [endpoint("/b"), post] {
            assert_eq!(budget.enter(&other, LONG).await.ok().unwrap().paused, Duration::ZERO);
        }
        assert!(budget.enter(&endpoint("/a"), LONG).await.ok().unwrap().paused >= ms(150));
        assert!(budget.pauses().is_empty());
    }

    #[tokio::test]
    async fn a_quota_pause_holds_back_everything_and_only_gets_longer() {
        let budget = budget(5, None);
        budget.pause(PauseScope::Everything, ms(200));
        budget.pause(PauseScope::Everything, ms(1));
        assert!(budget.pauses()[0].remaining > ms(100));
        assert!(budget.enter(&endpoint("/b"), LONG).await.ok().unwrap().paused >= ms(150));
    }

    #[tokio::test]
    async fn a_pause_longer_than_the_request_may_wait_fails_at_once() {
        let budget = budget(5, None);
        budget.pause(PauseScope::Everything, Duration::from_secs(100));
        let start = Instant::now();
        let error = budget.enter(&endpoint("/b"), Duration::from_secs(50)).await.err().unwrap();
        assert_eq!(error.scope, PauseScope::Everything);
        assert!(error.remaining > Duration::from_secs(90) && start.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_request_that_queued_before_a_pause_began_still_waits_for_it() {
        let budget = budget(1, None);
        let first = budget.enter(&endpoint("/a"), LONG).await.ok().unwrap();
        let second = tokio::spawn({
            let budget = Arc::clone(&budget);
            async move { budget.enter(&endpoint("/a"), LONG).await.ok().map(|entry| entry.paused) }
        });
        tokio::task::yield_now().await;
        budget.pause(endpoint("/a"), ms(200));
        drop(first);
        assert!(second.await.unwrap().unwrap() >= ms(150));
    }

    #[tokio::test]
    async fn a_rate_spaces_the_starts() {
        let budget = budget(5, Some(20.0));
        let start = Instant::now();
        for _ in 0..5 {
            drop(budget.enter(&endpoint("/a"), LONG).await.ok().unwrap());
        }
        assert!(start.elapsed() >= ms(200), "{:?}", start.elapsed());
    }
}
