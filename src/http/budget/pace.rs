//! How fast requests of one kind may start, from what answers say is left: a model of the site's token bucket. An
//! answer tells what was left when its request was judged; since then the bucket has filled at its rate, and each
//! request that started later has taken one. So the wait is over about when the site would let the next one in, whatever
//! the latency, and a bucket that others empty too is seen with each answer.

use std::time::Duration;

use tokio::time::Instant;

/// What an answer says of the bucket that its request was taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::http) struct Level {
    /// Requests that may follow at once.
    pub(in crate::http) left: f64,
    /// Requests a second by which that grows.
    pub(in crate::http) rate: f64,
}

/// The share of a second's requests that is left in the bucket for others, who take from it as well.
const RESERVE: f64 = 0.1;
/// However little is left, requests are no further apart, or twice the time that one takes to come in, if that is more:
/// numbers that mean something else must not stop a scan.
const LONGEST: Duration = Duration::from_secs(2);

/// The starts of one kind of request. Knows nothing at first, and then holds nothing back.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Requests started so far; the number of the last one.
    started: u64,
    last: Option<Instant>,
    seen: Option<Seen>,
    /// The most that was ever left: the bucket holds at least one more.
    most: f64,
}

#[derive(Debug)]
struct Seen {
    level: Level,
    /// When the request began whose answer said so, and its number.
    began: Instant,
    number: u64,
    /// When the first of the answers came that are compared with one another.
    since: Instant,
}

impl Pace {
    /// When the next request may start, if it has to wait.
    pub(super) fn ready(&self, now: Instant) -> Option<Instant> {
        let seen = self.seen.as_ref()?;
        let rate = seen.level.rate;
        let tokens = self.tokens(seen, now).min(self.most + 1.0);
        let missing = 1.0 + (rate * RESERVE).min(self.most / 2.0) - tokens;
        if missing <= 0.0 {
            return None;
        }
        let latest = self.last.map_or(now, |last| last + LONGEST.max(seconds(2.0 / rate)));
        Some((now + seconds(missing / rate)).min(latest)).filter(|at| *at > now)
    }

    /// What is in the bucket at `now`, by what one answer said.
    fn tokens(&self, seen: &Seen, now: Instant) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "requests within one bucket")]
        let taken = (self.started - seen.number) as f64;
        let filled = seen.level.rate * now.saturating_duration_since(seen.began).as_secs_f64();
        seen.level.left + filled - taken
    }

    /// Counts a start, and gives its number.
    pub(super) fn start(&mut self, now: Instant) -> u64 {
        self.started += 1;
        self.last = Some(now);
        self.started
    }

    /// Takes what the answer to a request says. Requests that are on their way together need not arrive in their order,
    /// so of their answers the lowest holds.
    pub(super) fn learn(&mut self, level: Level, began: Instant, number: u64, now: Instant) {
        self.most = self.most.max(level.left);
        let new = Seen { level, began, number, since: now };
        self.seen = Some(match self.seen.take() {
            Some(known) if began < known.since => match self.tokens(&new, now) < self.tokens(&known, now) {
                true => Seen { since: known.since, ..new },
                false => known,
            },
            _ => new,
        });
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_full_bucket_holds_nothing_back_and_an_empty_one_until_it_has_one() {
        let now = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.ready(now), None);
        let number = pace.start(now);
        pace.learn(Level { left: 50.0, rate: 100.0 }, now, number, now);
        assert_eq!(pace.ready(now), None);
        let number = pace.start(now);
        pace.learn(Level { left: 0.0, rate: 100.0 }, now, number, now);
        // One for itself, ten for others.
        let at = pace.ready(now).unwrap();
        assert!(at > now + ms(105) && at < now + ms(115), "{:?}", at - now);
        assert_eq!(pace.ready(at + ms(1)), None);
    }

    #[test]
    fn requests_that_began_later_have_taken_theirs() {
        let now = Instant::now();
        let mut pace = Pace::default();
        let first = pace.start(now);
        for _ in 0..10 {
            pace.start(now);
        }
        pace.learn(Level { left: 14.0, rate: 10.0 }, now, first, now + ms(10));
        assert_eq!(pace.ready(now), None);
        for _ in 0..3 {
            pace.start(now);
        }
        assert!(pace.ready(now).is_some());
    }

    #[test]
    fn of_requests_that_were_on_their_way_together_the_lowest_answer_holds() {
        let now = Instant::now();
        let mut pace = Pace::default();
        let numbers = [(); 10].map(|()| pace.start(now));
        // They arrived in the opposite order.
        for (left, number) in (0..10).rev().zip(numbers.into_iter().rev()) {
            pace.learn(Level { left: f64::from(left), rate: 10.0 }, now, number, now + ms(10));
        }
        assert!(pace.ready(now + ms(10)).is_some());
        let later = pace.start(now + ms(20));
        pace.learn(Level { left: 8.0, rate: 10.0 }, now + ms(20), later, now + ms(30));
        assert_eq!(pace.ready(now + ms(30)), None);
    }

    #[test]
    fn nonsense_stops_nobody_for_long() {
        let now = Instant::now();
        let mut pace = Pace::default();
        let number = pace.start(now);
        pace.learn(Level { left: -1e9, rate: 0.5 }, now, number, now);
        assert!(pace.ready(now).unwrap() <= now + ms(4_000));
        assert_eq!(pace.ready(now + ms(4_000)), None);
    }
}
