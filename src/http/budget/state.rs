//! Who is next: the requests that wait, the limits that hold them, and what is known of each. All of it is a function of
//! what happened and of the time that is passed in; nobody waits here.
//!
//! Requests stand in lanes, one for each scan and kind of request, because what holds one of a lane holds all. Scans
//! take turns, so that one with a thousand requests delays another by no more than its turn; within a scan the oldest
//! request that may go is next.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::pace::{Level, Pace};
use super::points::{Left, Points};
use super::window::{Load, Window};
use super::{PauseScope, Paused, TooLong};
use crate::http::tally::ScanId;

/// How one that waits is known.
pub(super) type Ticket = u64;

#[derive(Debug)]
pub(super) struct State {
    window: Window,
    in_flight: usize,
    /// Time between two starts, if the user set a rate.
    interval: Option<Duration>,
    /// When the next request may start, under a rate.
    next_start: Option<Instant>,
    pauses: HashMap<PauseScope, Instant>,
    kinds: HashMap<PauseScope, Kind>,
    points: Points,
    next_ticket: Ticket,
    waiting: HashMap<Ticket, Waiting>,
    lanes: Vec<Lane>,
    /// Scans with lanes; the first has waited longest for its turn.
    turns: VecDeque<ScanId>,
    /// Pauses that nobody was told of yet.
    untold: Vec<Paused>,
}

/// As many requests of a kind go out before one of them is answered: nobody knows how many the site lets in at once.
const FIRST: usize = 10;

/// Two computations of one instant may differ by less than this.
const ROUNDING: Duration = Duration::from_millis(1);

/// What is known of requests of one kind.
#[derive(Debug, Default)]
struct Kind {
    pace: Pace,
    in_flight: usize,
    is_answered: bool,
    /// Seconds that the quickest answer of late took.
    usual: Option<f64>,
}

/// Requests of one scan and kind, oldest first. Only the first needs a clock: the others go after it.
#[derive(Debug)]
struct Lane {
    scan: ScanId,
    kind: PauseScope,
    tickets: VecDeque<Ticket>,
    /// Since when it could have gone, but for the pace.
    slowed: Option<Instant>,
    /// When the first one looks again.
    alarm: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    bell: Arc<Notify>,
    /// Pauses it has to wait for, in all, and the end of the last.
    paused: Duration,
    held: Option<Instant>,
    may_wait: Duration,
    fate: Option<Result<Grant, TooLong>>,
}

/// Leave to start.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) kind: PauseScope,
    pub(super) began: Instant,
    /// Among requests of its kind, and among all.
    numbers: [u64; 2],
    cost: u64,
    pub(super) paused: Duration,
    pub(super) slowed: Duration,
}

/// What one that waits is told when it looks.
pub(super) enum Look {
    Fate(Result<Grant, TooLong>),
    /// Look again when the bell rings, or then.
    Wait(Option<Instant>),
}

impl State {
    pub(super) fn new(concurrency: usize, interval: Option<Duration>) -> Self {
        Self {
            window: Window::new(concurrency),
            in_flight: 0,
            interval,
            next_start: None,
            pauses: HashMap::new(),
            kinds: HashMap::new(),
            points: Points::default(),
            next_ticket: 0,
            waiting: HashMap::new(),
            lanes: Vec::new(),
            turns: VecDeque::new(),
            untold: Vec::new(),
        }
    }

    /// Takes a place in the queue.
    pub(super) fn join(
        &mut self,
        scan: ScanId,
        kind: &PauseScope,
        may_wait: Duration,
        now: Instant,
    ) -> (Ticket, Arc<Notify>) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let bell = Arc::new(Notify::new());
        let mut waiting =
            Waiting { bell: Arc::clone(&bell), paused: Duration::ZERO, held: None, may_wait, fate: None };
        if let Some((scope, until)) = self.pause_of(kind, now) {
            waiting.hold(&scope, until, now);
        }
        self.waiting.insert(ticket, waiting);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.scan == scan && lane.kind == *kind) {
            lane.tickets.push_back(ticket);
        } else {
            if !self.lanes.iter().any(|lane| lane.scan == scan) {
                self.turns.push_back(scan);
            }
            let tickets = VecDeque::from([ticket]);
            self.lanes.push(Lane { scan, kind: kind.clone(), tickets, slowed: None, alarm: None });
        }
        (ticket, bell)
    }

    /// What has become of one that waits.
    pub(super) fn look(&mut self, ticket: Ticket, now: Instant) -> Look {
        self.dispatch(now);
        if let Some(waiting) = self.waiting.get_mut(&ticket)
            && let Some(fate) = waiting.fate.take()
        {
            self.waiting.remove(&ticket);
            self.leave_lane(ticket);
            return Look::Fate(fate);
        }
        let Some(index) = self.lanes.iter().position(|lane| lane.tickets.front() == Some(&ticket)) else {
            return Look::Wait(None);
        };
        let alarm = self.due(&self.lanes[index], now);
        self.lanes[index].alarm = alarm;
        Look::Wait(alarm)
    }

    /// One that waits goes away. If it was let in meanwhile, its place is free again.
    pub(super) fn leave(&mut self, ticket: Ticket, now: Instant) {
        let Some(waiting) = self.waiting.remove(&ticket) else { return };
        self.leave_lane(ticket);
        if let Some(Ok(grant)) = waiting.fate {
            self.release(&grant, now);
        }
    }

    /// A request is over.
    pub(super) fn release(&mut self, grant: &Grant, now: Instant) {
        self.in_flight -= 1;
        if let Some(kind) = self.kinds.get_mut(&grant.kind) {
            kind.in_flight -= 1;
        }
        self.points.settle(grant.cost);
        self.dispatch(now);
    }

    /// Holds requests back for some time. A pause only ever gets longer.
    pub(super) fn pause(&mut self, scope: &PauseScope, until: Instant, now: Instant) {
        self.hold(scope, until, None, now);
    }

    fn hold(&mut self, scope: &PauseScope, until: Instant, points_left: Option<u64>, now: Instant) {
        let end = self.pauses.entry(scope.clone()).or_insert(until);
        *end = until.max(*end);
        let until = *end;
        self.untold.push(Paused { scope: scope.clone(), delay: until - now, points_left });
        let held = self.lanes.iter().filter(|lane| *scope == PauseScope::Everything || lane.kind == *scope);
        for ticket in held.flat_map(|lane| &lane.tickets) {
            if let Some(waiting) = self.waiting.get_mut(ticket) {
                waiting.hold(scope, until, now);
            }
        }
    }

    /// Takes what an answer says of the limits.
    pub(super) fn learn(
        &mut self,
        grant: &Grant,
        level: Option<(Level, Share)>,
        left: &[Left],
        now: Instant,
    ) {
        if let Some((level, share)) = level {
            let (scope, number) = match share {
                Share::Kind => (&grant.kind, grant.numbers[0]),
                Share::User => (&PauseScope::Everything, grant.numbers[1]),
            };
            self.kinds.entry(scope.clone()).or_default().pace.learn(level, grant.began, number, now);
        }
        self.kinds.entry(grant.kind.clone()).or_default().is_answered = true;
        self.points.learn(left, now);
        self.dispatch(now);
    }

    /// Takes how a request went.
    pub(super) fn went(&mut self, grant: &Grant, load: Load, now: Instant) {
        let kind = self.kinds.entry(grant.kind.clone()).or_default();
        let took = now.saturating_duration_since(grant.began).as_secs_f64();
        let usual = kind.usual.unwrap_or(took);
        if load == Load::Fine {
            // What was quick once need not be so for ever.
            kind.usual = Some(took.min(usual * 1.02));
        }
        self.window.learn(load, grant.began, now, usual);
    }

    /// Takes what a request of a kind has cost.
    pub(super) fn spent(&mut self, kind: &PauseScope, points: u64) {
        self.points.spent(kind, points);
    }

    /// The pauses that are on now.
    pub(super) fn pauses(&self, now: Instant) -> impl Iterator<Item = (&PauseScope, Duration)> {
        let on = self.pauses.iter().filter(move |(_, until)| **until > now);
        on.map(move |(scope, until)| (scope, *until - now))
    }

    /// Pauses that began since this was asked last.
    pub(super) fn untold(&mut self) -> Vec<Paused> {
        std::mem::take(&mut self.untold)
    }

    /// Lets in who may start now, and sees to it that the others look again in time.
    fn dispatch(&mut self, now: Instant) {
        self.pauses.retain(|_, until| *until > now);
        self.let_in(now);
        self.ring_earlier(now);
    }

    fn let_in(&mut self, now: Instant) {
        while self.in_flight < self.window.allowed() && self.next_start.is_none_or(|start| start <= now) {
            let Some(index) = self.next_lane(now) else { return };
            let lane = &mut self.lanes[index];
            let slowed = lane.slowed.take().map_or(Duration::ZERO, |since| now - since);
            lane.alarm = None;
            let (scan, kind, ticket) = (lane.scan, lane.kind.clone(), lane.tickets.pop_front());
            if let Some(bell) = lane.tickets.front().and_then(|next| self.waiting.get(next)) {
                bell.bell.notify_one();
            }
            self.turns.retain(|other| *other != scan);
            self.turns.push_back(scan);
            self.forget_empty_lanes();
            let waiting = ticket.and_then(|ticket| self.waiting.get_mut(&ticket));
            let Some(waiting) = waiting.filter(|waiting| waiting.fate.is_none()) else { continue };
            let scopes = [kind.clone(), PauseScope::Everything];
            let numbers = scopes.map(|scope| self.kinds.entry(scope).or_default().pace.start(now));
            self.kinds.entry(kind.clone()).or_default().in_flight += 1;
            let cost = self.points.reserve(&kind);
            let paused = waiting.paused;
            waiting.fate = Some(Ok(Grant { kind, began: now, numbers, cost, paused, slowed }));
            waiting.bell.notify_one();
            self.in_flight += 1;
            self.next_start =
                self.interval.map(|interval| now.max(self.next_start.unwrap_or(now)) + interval);
        }
    }

    /// The lane whose first request is next, if any may start.
    fn next_lane(&mut self, now: Instant) -> Option<usize> {
        for turn in 0..self.turns.len() {
            let scan = self.turns[turn];
            let mut lanes: Vec<_> =
                (0..self.lanes.len()).filter(|index| self.lanes[*index].scan == scan).collect();
            lanes.sort_by_key(|index| self.lanes[*index].tickets.front().copied());
            for index in lanes {
                let kind = self.lanes[index].kind.clone();
                if self.pause_of(&kind, now).is_some() {
                    self.lanes[index].slowed = None;
                    continue;
                }
                if self.pace_of(&kind, now).is_some() {
                    self.lanes[index].slowed.get_or_insert(now);
                    continue;
                }
                if self.kinds.get(&kind).is_some_and(|it| !it.is_answered && it.in_flight >= FIRST) {
                    continue;
                }
                if let Some(short) = self.points.shortage(&kind, now) {
                    self.hold(&kind, short.until, Some(short.left), now);
                    continue;
                }
                return Some(index);
            }
        }
        None
    }

    /// When a lane may go on, as far as that is known. A place in flight comes with a bell.
    fn due(&self, lane: &Lane, now: Instant) -> Option<Instant> {
        let pause = self.pause_of(&lane.kind, now).map(|(_, until)| until);
        let limits = [pause, self.pace_of(&lane.kind, now), self.next_start];
        limits.into_iter().flatten().max().filter(|at| *at > now)
    }

    /// Wakes those whose alarm is set too late, or not at all: what held them was a place in flight, and now is time.
    fn ring_earlier(&mut self, now: Instant) {
        for lane in &self.lanes {
            let is_late = |due: Instant| lane.alarm.is_none_or(|alarm| due + ROUNDING < alarm);
            if self.due(lane, now).is_some_and(is_late)
                && let Some(first) = lane.tickets.front().and_then(|it| self.waiting.get(it))
            {
                first.bell.notify_one();
            }
        }
    }

    /// The pause that holds a kind of request longest, if any does.
    fn pause_of(&self, kind: &PauseScope, now: Instant) -> Option<(PauseScope, Instant)> {
        let on = [kind, &PauseScope::Everything].into_iter();
        let on = on.filter_map(|it| self.pauses.get(it).map(|until| (it, *until)));
        on.filter(|(_, until)| *until > now)
            .max_by_key(|(_, until)| *until)
            .map(|(it, until)| (it.clone(), until))
    }

    fn pace_of(&self, kind: &PauseScope, now: Instant) -> Option<Instant> {
        let paces = [kind, &PauseScope::Everything].into_iter().filter_map(|it| self.kinds.get(it));
        paces.filter_map(|it| it.pace.ready(now)).max()
    }

    fn leave_lane(&mut self, ticket: Ticket) {
        for lane in &mut self.lanes {
            let was_first = lane.tickets.front() == Some(&ticket);
            lane.tickets.retain(|other| *other != ticket);
            if was_first {
                lane.alarm = None;
                if let Some(next) = lane.tickets.front().and_then(|next| self.waiting.get(next)) {
                    next.bell.notify_one();
                }
            }
        }
        self.forget_empty_lanes();
    }

    fn forget_empty_lanes(&mut self) {
        self.lanes.retain(|lane| !lane.tickets.is_empty());
        let lanes = &self.lanes;
        self.turns.retain(|scan| lanes.iter().any(|lane| lane.scan == *scan));
    }
}

/// Who takes from the same bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Share {
    /// Requests of one method and path template.
    Kind,
    /// Whatever one user sends.
    User,
}

impl Waiting {
    fn hold(&mut self, scope: &PauseScope, until: Instant, now: Instant) {
        let from = self.held.map_or(now, |held| held.max(now));
        if until > from && self.fate.is_none() {
            self.paused += until - from;
            self.held = Some(until);
            if self.paused > self.may_wait {
                self.fate = Some(Err(TooLong { scope: scope.clone(), remaining: until - now }));
                self.bell.notify_one();
            }
        }
    }
}
