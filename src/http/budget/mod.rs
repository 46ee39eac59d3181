//! The request budget: how many requests are in flight at once, how fast they start, and which of them must wait because
//! the site said so, or soon would. Whoever enters holds a place until the answer is read, and never while waiting to
//! try again or while the caller is slow.
//!
//! What is known and who is next is in `state`, which runs on no clock of its own: `pace` keeps each kind of request
//! below its burst limit, `window` the number in flight below what the site can bear, `points` the hourly quota. Here
//! is the waiting.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Method;
use super::event::{Event, Observer};
use super::signals::Signals;
use super::tally::ScanId;
use crate::connection::BudgetLimits;
use state::{Grant, Look, State, Ticket};

mod pace;
mod points;
mod state;
mod window;

pub(super) use pace::Level;
pub(super) use points::Left;
pub(super) use state::Share;
pub(super) use window::Load;

/// Which requests a pause holds back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PauseScope {
    /// Every request of the connection: a quota is used up.
    Everything,
    /// One method and path template: a burst limit was met, or a quota has too little left for it.
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

/// A pause that has just begun.
#[derive(Clone, Debug)]
struct Paused {
    scope: PauseScope,
    delay: Duration,
    points_left: Option<u64>,
}

/// A place in flight. Dropping it gives the place to the next.
pub(super) struct Entry {
    budget: Arc<Budget>,
    grant: Grant,
}

/// A place in the queue. Dropping it gives it up.
struct Place<'a> {
    budget: &'a Budget,
    ticket: Ticket,
}

pub(super) struct Budget {
    concurrency: usize,
    state: Mutex<State>,
    observer: Option<Observer>,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("concurrency", &self.concurrency)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Budget {
    pub(super) fn new(limits: &BudgetLimits, observer: Option<Observer>) -> Arc<Self> {
        let concurrency = limits.max_concurrency.max(1);
        let interval = limits
            .max_requests_per_second
            .filter(|rate| *rate > 0.0)
            .and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Arc::new(Self { concurrency, state: Mutex::new(State::new(concurrency, interval)), observer })
    }

    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Waits for this scan's turn, for a place, for the limits that are known, and for pauses. Fails at once when pauses
    /// are longer than `may_wait`.
    pub(super) async fn enter(
        self: &Arc<Self>,
        scan: ScanId,
        kind: &PauseScope,
        may_wait: Duration,
    ) -> Result<Entry, TooLong> {
        let (ticket, bell) = self.state().join(scan, kind, may_wait, Instant::now());
        let place = Place { budget: self, ticket };
        loop {
            let look = self.with(|state, now| state.look(place.ticket, now));
            let alarm = match look {
                Look::Fate(Ok(grant)) => return Ok(Entry { budget: Arc::clone(self), grant }),
                Look::Fate(Err(too_long)) => return Err(too_long),
                Look::Wait(alarm) => alarm,
            };
            match alarm {
                None => bell.notified().await,
                Some(alarm) => tokio::select! {
                    () = bell.notified() => {}
                    () = sleep_until(alarm) => {}
                },
            }
        }
    }

    /// Holds requests back for some time. A pause only ever gets longer.
    pub(super) fn pause(&self, scope: &PauseScope, delay: Duration) {
        self.with(|state, now| state.pause(scope, now + delay, now));
    }

    /// Takes what a request of this kind has cost.
    pub(super) fn spent(&self, kind: &PauseScope, points: u64) {
        self.state().spent(kind, points);
    }

    /// The pauses that are on now.
    pub(super) fn pauses(&self) -> Vec<Pause> {
        let state = self.state();
        let pauses = state.pauses(Instant::now());
        pauses.map(|(scope, remaining)| Pause { scope: scope.clone(), remaining }).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the state, and tells what pauses that began.
    fn with<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state, Instant::now());
        let untold = state.untold();
        drop(state);
        if let Some(observer) = &self.observer {
            for Paused { scope, delay, points_left } in untold {
                observer(&Event::Paused { scope, delay, points_left });
            }
        }
        changed
    }
}

impl Entry {
    /// Time that pauses took on the way in.
    pub(super) fn paused(&self) -> Duration {
        self.grant.paused
    }

    /// Time on the way in for which the request held back so as not to be refused.
    pub(super) fn slowed(&self) -> Duration {
        self.grant.slowed
    }

    /// Takes what the answer says of the site's limits.
    pub(super) fn learn(&self, signals: &Signals) {
        self.budget.with(|state, now| {
            let left = signals.left(now);
            state.learn(&self.grant, signals.level, &left, now);
        });
    }

    /// Takes how it went, and gives the place to the next.
    pub(super) fn end(self, load: Load) {
        self.budget.with(|state, now| state.went(&self.grant, load, now));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.budget.with(|state, now| state.release(&self.grant, now));
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.budget.with(|state, now| state.leave(self.ticket, now));
    }
}

#[cfg(test)]
mod tests;
