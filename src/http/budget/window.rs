//! How many requests may be in flight: as many as the user allows, fewer after signs that the site has too much to do,
//! and one more for every round that went well.

use std::time::Duration;

use tokio::time::Instant;

/// What an answer, or that there was none, says about the site's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Load {
    /// It answers.
    Fine,
    /// It refuses or does not answer in time.
    TooMuch,
    /// Nothing either way: a connection was cut, or a quota has come to its end.
    Unknown,
}

/// Of the requests in flight this part stays after a refusal, and that after an answer that took far too long.
const REFUSED: f64 = 0.5;
const SLOW: f64 = 0.8;
/// An answer takes too long when it takes this long, and so many times as long as its endpoint's quickest of late.
const SLOW_TIME: Duration = Duration::from_secs(4);
const SLOW_FACTOR: f64 = 8.0;

#[derive(Debug)]
pub(super) struct Window {
    ceiling: usize,
    allowed: f64,
    /// What began before says nothing about what was done then.
    narrowed: Option<Instant>,
}

impl Window {
    pub(super) fn new(ceiling: usize) -> Self {
        Self { ceiling, allowed: as_float(ceiling), narrowed: None }
    }

    /// Requests that may be in flight.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100")]
    pub(super) fn allowed(&self) -> usize {
        (self.allowed as usize).clamp(1, self.ceiling)
    }

    /// Takes the outcome of a request that began at `began`. `usual` is what its endpoint takes at best, in seconds.
    pub(super) fn learn(&mut self, load: Load, began: Instant, now: Instant, usual: f64) {
        let took = now.saturating_duration_since(began);
        match load {
            Load::Fine if took > SLOW_TIME && took.as_secs_f64() > SLOW_FACTOR * usual => {
                self.narrow(SLOW, began, now);
            }
            Load::Fine => {
                self.allowed = (self.allowed + 1.0 / self.allowed).min(as_float(self.ceiling));
            }
            Load::TooMuch => self.narrow(REFUSED, began, now),
            Load::Unknown => {}
        }
    }

    /// Once for all requests that were in flight together.
    fn narrow(&mut self, factor: f64, began: Instant, now: Instant) {
        if self.narrowed.is_none_or(|at| began >= at) {
            self.allowed = (self.allowed * factor).max(1.0);
            self.narrowed = Some(now);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "1 to 100")]
fn as_float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_of_refusals_halves_it_once_and_good_answers_bring_it_back() {
        let began = Instant::now();
        let now = began + Duration::from_secs(1);
        let mut window = Window::new(8);
        for _ in 0..8 {
            window.learn(Load::TooMuch, began, now, 0.1);
        }
        assert_eq!(window.allowed(), 4);
        window.learn(Load::TooMuch, now, now, 0.1);
        assert_eq!(window.allowed(), 2);
        for _ in 0..9 {
            window.learn(Load::TooMuch, now + Duration::from_secs(9), now + Duration::from_secs(9), 0.1);
        }
        assert_eq!(window.allowed(), 1, "never none");
        let rounds = (0..100).take_while(|_| {
            window.learn(Load::Fine, now, now, 0.1);
            window.allowed() < 8
        });
        assert!((20..40).contains(&rounds.count()));
        window.learn(Load::Fine, now, now, 0.1);
        assert_eq!(window.allowed(), 8, "never more");
    }

    #[test]
    fn an_answer_that_takes_far_longer_than_usual_narrows_it_and_one_that_always_does_not() {
        let began = Instant::now();
        let now = began + Duration::from_secs(5);
        let mut window = Window::new(5);
        window.learn(Load::Fine, began, now, 1.0);
        window.learn(Load::Unknown, began, now, 0.1);
        assert_eq!(window.allowed(), 5);
        window.learn(Load::Fine, began, now, 0.1);
        assert_eq!(window.allowed(), 4);
    }
}
