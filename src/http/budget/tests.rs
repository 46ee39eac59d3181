//! Who waits for what, and for how long, on a clock that the test turns.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use futures::FutureExt as _;

use super::state::{Grant, Look, Share, State, Ticket};
use super::*;
use crate::http::Tally;

const LONG: Duration = Duration::from_secs(1000);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn kind(template: &str) -> PauseScope {
    PauseScope::Endpoint(Method::Get, template.into())
}

/// A state, its clock, and a scan that asks.
struct Desk {
    state: State,
    now: Instant,
    scan: Tally,
}

impl Desk {
    fn new(concurrency: usize) -> Self {
        Self::with_rate(concurrency, None)
    }

    fn with_rate(concurrency: usize, interval: Option<Duration>) -> Self {
        Self { state: State::new(concurrency, interval), now: Instant::now(), scan: Tally::new() }
    }

    fn join(&mut self, kind: &PauseScope) -> Ticket {
        self.join_for(&self.scan.clone(), kind, LONG)
    }

    fn join_for(&mut self, scan: &Tally, kind: &PauseScope, may_wait: Duration) -> Ticket {
        self.state.join(scan.scan(), kind, may_wait, self.now).0
    }

    /// Leave to start, if it is given now.
    fn granted(&mut self, ticket: Ticket) -> Option<Grant> {
        match self.state.look(ticket, self.now) {
            Look::Fate(fate) => Some(fate.ok().unwrap()),
            Look::Wait(_) => None,
        }
    }

    fn enter(&mut self, kind: &PauseScope) -> Option<Grant> {
        let ticket = self.join(kind);
        let granted = self.granted(ticket);
        if granted.is_none() {
            self.state.leave(ticket, self.now);
        }
        granted
    }

    /// When one that waits looks again by itself.
    fn alarm(&mut self, ticket: Ticket) -> Option<Instant> {
        match self.state.look(ticket, self.now) {
            Look::Wait(alarm) => alarm,
            Look::Fate(_) => None,
        }
    }
}

#[test]
fn a_burst_pause_holds_back_its_endpoint_only() {
    let mut desk = Desk::new(5);
    let until = desk.now + ms(200);
    desk.state.pause(&kind("/a"), until, desk.now);
    let post = PauseScope::Endpoint(Method::Post, "/a".into());
    for other in [kind("/b"), post] {
        assert_eq!(desk.enter(&other).unwrap().paused, Duration::ZERO);
    }
    let held = desk.join(&kind("/a"));
    assert_eq!(desk.alarm(held), Some(until));
    desk.now = until;
    assert_eq!(desk.granted(held).unwrap().paused, ms(200));
    assert_eq!(desk.state.pauses(desk.now).count(), 0);
}

#[test]
fn a_quota_pause_holds_back_everything_and_only_gets_longer() {
    let mut desk = Desk::new(5);
    let until = desk.now + ms(200);
    desk.state.pause(&PauseScope::Everything, until, desk.now);
    desk.state.pause(&PauseScope::Everything, desk.now + ms(1), desk.now);
    let held = desk.join(&kind("/b"));
    desk.now += ms(199);
    assert!(desk.granted(held).is_none());
    desk.now += ms(1);
    assert_eq!(desk.granted(held).unwrap().paused, ms(200));
}

#[test]
fn a_pause_longer_than_a_request_may_wait_ends_it_at_once_whenever_it_begins() {
    let mut desk = Desk::new(1);
    let scan = desk.scan.clone();
    let _busy = desk.enter(&kind("/a")).unwrap();
    let queued = desk.join_for(&scan, &kind("/b"), Duration::from_secs(50));
    desk.state.pause(&PauseScope::Everything, desk.now + Duration::from_secs(100), desk.now);
    let late = desk.join_for(&scan, &kind("/c"), Duration::from_secs(50));
    for ticket in [queued, late] {
        let Look::Fate(Err(error)) = desk.state.look(ticket, desk.now) else { unreachable!() };
        assert_eq!((error.scope, error.remaining), (PauseScope::Everything, Duration::from_secs(100)));
    }
}

#[test]
fn a_request_that_queued_before_a_pause_began_still_waits_for_it() {
    let mut desk = Desk::new(1);
    let first = desk.enter(&kind("/a")).unwrap();
    let second = desk.join(&kind("/a"));
    desk.state.pause(&kind("/a"), desk.now + ms(200), desk.now);
    // Waiting for a place meanwhile is no pause.
    desk.now += ms(150);
    desk.state.release(&first, desk.now);
    assert!(desk.granted(second).is_none());
    desk.now += ms(50);
    assert_eq!(desk.granted(second).unwrap().paused, ms(200));
}

#[test]
fn a_rate_spaces_the_starts() {
    let mut desk = Desk::with_rate(5, Some(ms(50)));
    let began = desk.now;
    for start in 0..5 {
        let ticket = desk.join(&kind("/a"));
        while desk.granted(ticket).is_none() {
            desk.now = desk.alarm(ticket).unwrap();
        }
        assert_eq!(desk.now - began, ms(50 * start));
    }
}

#[test]
fn scans_take_turns_however_much_one_of_them_wants() {
    let mut desk = Desk::new(2);
    let (long, short) = (Tally::new(), Tally::new());
    let many: Vec<_> = (0..1000).map(|_| desk.join_for(&long, &kind("/a"), LONG)).collect();
    let mut busy: Vec<Grant> = many[..2].iter().map(|it| desk.granted(*it).unwrap()).collect();
    let mut next = 2;
    for template in ["/a", "/b", "/a"] {
        let ticket = desk.join_for(&short, &kind(template), LONG);
        let mut rounds = 0;
        let grant = loop {
            if let Some(grant) = desk.granted(ticket) {
                break grant;
            }
            rounds += 1;
            desk.state.release(&busy.remove(0), desk.now);
            if let Some(grant) = desk.granted(many[next]) {
                busy.push(grant);
                next += 1;
            }
        };
        assert!(rounds <= 2, "{rounds}");
        busy.push(grant);
    }
}

#[test]
fn one_that_goes_away_gives_up_its_place_in_the_queue_or_in_flight() {
    let mut desk = Desk::new(1);
    let first = desk.enter(&kind("/a")).unwrap();
    let [gone, let_in, last] = [(); 3].map(|()| desk.join(&kind("/a")));
    desk.state.leave(gone, desk.now);
    desk.state.release(&first, desk.now);
    // It was let in, and leaves before it looks.
    desk.state.leave(let_in, desk.now);
    assert!(desk.granted(last).is_some());
}

#[test]
fn one_that_waited_for_a_place_is_woken_when_it_is_time_that_it_lacks() {
    let mut desk = Desk::new(1);
    let first = desk.enter(&kind("/a")).unwrap();
    let (ticket, bell) = desk.state.join(desk.scan.scan(), &kind("/a"), LONG, desk.now);
    assert_eq!(desk.alarm(ticket), None);
    let level = Level { left: 0.0, rate: 1.0 };
    desk.state.learn(&first, Some((level, Share::Kind)), &[], desk.now);
    desk.state.release(&first, desk.now);
    assert!(bell.notified().now_or_never().is_some());
    assert_eq!(desk.alarm(ticket), Some(desk.now + Duration::from_secs(1)));
    // Once.
    bell.notified().now_or_never();
    assert_eq!(desk.alarm(ticket), Some(desk.now + Duration::from_secs(1)));
    assert!(bell.notified().now_or_never().is_none());
}

#[test]
fn refusals_let_fewer_in_until_answers_come_again() {
    let mut desk = Desk::new(8);
    let grants = [(); 8].map(|()| desk.enter(&kind("/a")).unwrap());
    desk.now += ms(100);
    for grant in &grants {
        desk.state.went(grant, Load::TooMuch, desk.now);
        desk.state.release(grant, desk.now);
    }
    let in_flight = |desk: &mut Desk| std::iter::from_fn(|| desk.enter(&kind("/a"))).collect::<Vec<_>>();
    let mut now_in_flight = in_flight(&mut desk);
    assert_eq!(now_in_flight.len(), 4);
    for _ in 0..20 {
        desk.now += ms(100);
        for grant in now_in_flight {
            desk.state.went(&grant, Load::Fine, desk.now);
            desk.state.release(&grant, desk.now);
        }
        now_in_flight = in_flight(&mut desk);
    }
    assert_eq!(now_in_flight.len(), 8);
}

#[test]
fn a_quota_with_too_little_left_is_waited_for_and_told() {
    let mut desk = Desk::new(2);
    let (dear, cheap) = (kind("/issues"), kind("/projects"));
    desk.state.spent(&dear, 101);
    let grant = desk.enter(&dear).unwrap();
    let resets = desk.now + Duration::from_mins(10);
    let left = [Left { name: "tenant".into(), points: 90, resets }];
    desk.state.learn(&grant, None, &left, desk.now);
    desk.state.release(&grant, desk.now);
    let ticket = desk.join(&dear);
    assert_eq!(desk.alarm(ticket), Some(resets));
    let told = desk.state.untold();
    assert_eq!((&told[0].scope, told[0].points_left, told.len()), (&dear, Some(90), 1));
    assert!(desk.enter(&cheap).is_some(), "what the rest can pay goes on");
    desk.now = resets;
    assert_eq!(desk.granted(ticket).unwrap().paused, Duration::from_mins(10));
}

/// A site's token bucket, and requests that need some time to get there and back.
#[derive(Debug)]
struct Simulation {
    size: f64,
    rate: f64,
    concurrency: usize,
    scans: usize,
    /// One way, and by how much of that it varies.
    delay: Duration,
    jitter: f64,
    /// Requests a second by others.
    others: f64,
}

#[derive(Debug, PartialEq)]
struct Outcome {
    refused: usize,
    seconds: f64,
}

enum Step {
    Arrives(Grant),
    Answered(Grant, f64, bool),
}

impl Simulation {
    /// Until so many requests were answered.
    fn run(&self, requests: usize) -> Outcome {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut desk = Desk::new(self.concurrency);
        let began = desk.now;
        let scans: Vec<Tally> = (0..self.scans).map(|_| Tally::new()).collect();
        let (mut tokens, mut filled) = (self.size, desk.now);
        let mut waiting: Vec<Ticket> = Vec::new();
        let mut steps: Vec<(Instant, Step)> = Vec::new();
        let (mut done, mut refused, mut asked) = (0, 0, 0);
        while done < requests {
            while waiting.len() < self.concurrency && asked < requests {
                waiting.push(desk.join_for(&scans[asked % self.scans], &kind("/a"), LONG));
                asked += 1;
            }
            let mut alarms = Vec::new();
            let mut started = Vec::new();
            waiting.retain(|ticket| match desk.state.look(*ticket, desk.now) {
                Look::Fate(fate) => {
                    started.push(fate.ok().unwrap());
                    false
                }
                Look::Wait(alarm) => {
                    alarms.extend(alarm);
                    true
                }
            });
            let mut later = |now: Instant| now + self.delay.mul_f64(1.0 + self.jitter * rng.f64());
            steps.extend(started.into_iter().map(|grant| (later(desk.now), Step::Arrives(grant))));
            let first = (0..steps.len()).min_by_key(|index| steps[*index].0);
            let alarm = alarms.into_iter().min();
            let Some(first) = first.filter(|it| alarm.is_none_or(|alarm| steps[*it].0 <= alarm)) else {
                desk.now = alarm.unwrap();
                continue;
            };
            let (now, step) = steps.swap_remove(first);
            desk.now = now;
            match step {
                Step::Arrives(grant) => {
                    let grown = (now - filled).as_secs_f64() * (self.rate - self.others);
                    (tokens, filled) = ((tokens + grown).clamp(0.0, self.size), now);
                    let is_let_in = tokens >= 1.0;
                    tokens -= f64::from(u8::from(is_let_in));
                    steps.push((later(now), Step::Answered(grant, tokens.floor(), is_let_in)));
                }
                Step::Answered(grant, left, is_let_in) => {
                    let level = Level { left, rate: self.rate };
                    desk.state.learn(&grant, Some((level, Share::Kind)), &[], now);
                    desk.state.went(&grant, if is_let_in { Load::Fine } else { Load::TooMuch }, now);
                    if is_let_in {
                        done += 1;
                    } else {
                        refused += 1;
                        asked -= 1;
                        desk.state.pause(&kind("/a"), now + Duration::from_secs(2), now);
                    }
                    desk.state.release(&grant, now);
                }
            }
        }
        Outcome { refused, seconds: (desk.now - began).as_secs_f64() }
    }

    /// What is wrong with how it goes; nothing, if the allowance is filled and next to nothing refused.
    fn fault(&self, requests: u32) -> Option<String> {
        let Outcome { refused, seconds } = self.run(requests as usize);
        let limits = (f64::from(requests) - self.size) / (self.rate - self.others);
        #[expect(clippy::cast_precision_loss, reason = "1 to 100")]
        let round_trips = f64::from(requests) / self.concurrency as f64 * 2.0 * self.delay.as_secs_f64();
        // Each way takes longer by half of what it varies by.
        let best = limits.max(round_trips * (1.0 + self.jitter / 2.0));
        let share = best / seconds;
        let is_good = share >= 0.8 && refused * 50 <= requests as usize;
        (!is_good).then(|| format!("{share:.2} of the allowance, {refused} refused: {self:?}"))
    }
}

#[test]
fn the_allowance_is_filled_and_next_to_nothing_refused() {
    let mut faults = Vec::new();
    for size in [10.0, 100.0, 300.0] {
        for (rate, concurrency) in [(100.0, 5), (100.0, 50), (200.0, 20), (5.0, 5)] {
            for (delay, jitter) in [(1, 0.0), (1, 2.0), (25, 0.5), (200, 0.2)] {
                let delay = ms(delay);
                let simulation = Simulation { size, rate, concurrency, scans: 2, delay, jitter, others: 0.0 };
                // Nobody can meet a tenth of a second with requests that arrive within a sixth of one.
                if !(size < 100.0 && rate > 50.0 && delay > ms(100)) {
                    faults.extend(simulation.fault(1_000));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_site_that_others_ask_too_is_asked_for_what_they_leave() {
    let simulation = Simulation {
        size: 100.0,
        rate: 100.0,
        concurrency: 10,
        scans: 1,
        delay: ms(10),
        jitter: 0.5,
        others: 60.0,
    };
    assert_eq!(simulation.fault(1_000), None);
}

#[tokio::test]
async fn whoever_waits_is_woken_when_its_time_comes() {
    let limits = BudgetLimits { max_concurrency: 1, max_requests_per_second: Some(100.0) };
    let budget = Budget::new(&limits, None);
    budget.pause(&kind("/a"), ms(30));
    let all = (0..20).map(|number| {
        let (budget, scan) = (Arc::clone(&budget), Tally::new());
        let kind = kind(if number % 2 == 0 { "/a" } else { "/b" });
        async move { budget.enter(scan.scan(), &kind, LONG).await.ok().unwrap().end(Load::Fine) }
    });
    let woken = tokio::time::timeout(Duration::from_secs(20), futures::future::join_all(all)).await;
    assert_eq!(woken.unwrap().len(), 20);
}
