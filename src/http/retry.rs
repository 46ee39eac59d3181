//! Whether a failed try is repeated, and when: a pure function of what the answer said and of the connection's
//! [`RetryPolicy`]. The numbers and the meaning of the headers are those of Atlassian's "Rate limiting" and "Build an
//! app that respects rate limits"; headers that Data Center sends are read the same way.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::Kind;
use crate::connection::RetryPolicy;

/// No wait that a server asks for is read as longer than this: clocks overflow before servers relent.
const LONGEST_ASKED: Duration = Duration::from_hours(366 * 24);
/// After a cut connection the first repetition comes sooner by this factor: the other end is most often back.
const QUICK: u32 = 8;

/// What an answer says about when to come again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// `Retry-After`.
    pub(super) retry_after: Option<Duration>,
    /// `X-RateLimit-Reset`, as time from the answer; zero if it is past.
    pub(super) reset: Option<Duration>,
    /// All requests share what is used up: `RateLimit-Reason` names a quota, or it is the bucket of a user of Data Center.
    pub(super) is_quota: bool,
}

impl Asked {
    /// Reads the headers. Instants are taken relative to the server's own `Date`, if it sends one, so that a clock
    /// that is wrong here makes no difference.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let now = text(DATE.as_str()).and_then(http_date).unwrap_or_else(Utc::now);
        Self {
            retry_after: text(RETRY_AFTER.as_str()).and_then(|value| {
                seconds(value).or_else(|| http_date(value).map(|instant| until(instant, now)))
            }),
            reset: text("x-ratelimit-reset").and_then(instant).map(|instant| until(instant, now)),
            is_quota: text("ratelimit-reason")
                .is_some_and(|reason| reason.to_ascii_lowercase().contains("quota"))
                || headers.contains_key("x-ratelimit-fillrate"),
        }
    }

    /// How long to wait, if the server or the client itself (`own`) is to say. An explicit `Retry-After: 0` means now.
    fn wait(&self, own: Duration) -> Duration {
        match self.retry_after {
            Some(Duration::ZERO) => Duration::ZERO,
            Some(asked) if self.is_quota => asked.max(own).max(self.reset.unwrap_or_default()),
            Some(asked) => asked.max(own),
            None => self.reset.unwrap_or_default().max(own),
        }
    }
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It would fail again.
    GiveUp,
    /// This request tries again after a time.
    Retry(Duration),
    /// All requests of the method and path template wait, this one among them.
    PauseEndpoint(Duration),
    /// All requests wait, this one among them.
    PauseEverything(Duration),
}

/// Judges a failure. `retries` is how many repetitions there were already; `jitter` is 0.7 to 1.3.
pub(super) fn judge(kind: Kind, asked: &Asked, policy: &RetryPolicy, retries: u32, jitter: f64) -> Verdict {
    if retries >= policy.max_retries {
        return Verdict::GiveUp;
    }
    let own = backoff(policy, retries, jitter);
    match kind {
        Kind::Status(429) if asked.is_quota => Verdict::PauseEverything(asked.wait(own)),
        Kind::Status(429) => Verdict::PauseEndpoint(asked.wait(own)),
        Kind::Status(503) if asked.retry_after.is_some() => Verdict::PauseEndpoint(asked.wait(own)),
        Kind::Status(500 | 502 | 503 | 504) => Verdict::Retry(own),
        Kind::Connect | Kind::Timeout | Kind::Cut | Kind::Html | Kind::NotJson => {
            Verdict::Retry(if retries == 0 { own / QUICK } else { backoff(policy, retries - 1, jitter) })
        }
        Kind::Status(_)
        | Kind::Tls
        | Kind::TooLarge
        | Kind::Redirect
        | Kind::Paused
        | Kind::ParametersRefused => Verdict::GiveUp,
    }
}

/// The client's own delay before repetition `retries` + 1.
fn backoff(policy: &RetryPolicy, retries: u32, jitter: f64) -> Duration {
    let doubled = policy.delay.saturating_mul(2_u32.saturating_pow(retries));
    doubled.min(RetryPolicy::LONGEST_DELAY.max(policy.delay)).mul_f64(jitter)
}

/// A random number from 0.7 to 1.3. The randomness of hash keys is enough to keep clients out of step.
pub(super) fn jitter() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit the 52 of a double")]
    let part = bits as f64 / f64::from(u32::MAX);
    0.7 + 0.6 * part
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)?;
    Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST_ASKED, |asked| asked.min(LONGEST_ASKED)))
}

fn until(instant: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (instant - now).to_std().unwrap_or_default().min(LONGEST_ASKED)
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

/// ISO 8601 with or without seconds (both are seen), or seconds since 1970.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.to_utc());
    }
    if let Ok(date) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z") {
        return Some(date.to_utc());
    }
    let bare = text.strip_suffix('Z').unwrap_or(text);
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok())
        .map(|date| date.and_utc())
        .or_else(|| text.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const DATE_OF_ANSWER: (&str, &str) = ("date", "Thu, 26 Mar 2026 15:59:00 GMT");

    fn asked(headers: &[(&'static str, &'static str)]) -> Asked {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Asked::of(&pairs.collect())
    }

    fn verdict(kind: Kind, headers: &[(&'static str, &'static str)], retries: u32) -> Verdict {
        judge(kind, &asked(headers), &RetryPolicy::default(), retries, 1.0)
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_reset_is_read_with_and_without_seconds_and_by_the_servers_clock() {
        for reset in [
            "2026-03-26T16:00Z",
            "2026-03-26T16:00:00Z",
            "2026-03-26T17:00+01:00",
            "2026-03-26T16:00",
            "1774540800",
        ] {
            assert_eq!(
                asked(&[DATE_OF_ANSWER, ("x-ratelimit-reset", reset)]).reset,
                Some(secs(60)),
                "{reset}"
            );
        }
        assert_eq!(
            asked(&[DATE_OF_ANSWER, ("x-ratelimit-reset", "2026-03-26T15:00Z")]).reset,
            Some(Duration::ZERO)
        );
        assert_eq!(asked(&[("x-ratelimit-reset", "soon")]).reset, None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked(&[("retry-after", "7")]).retry_after, Some(secs(7)));
        assert_eq!(
            asked(&[DATE_OF_ANSWER, ("retry-after", "Thu, 26 Mar 2026 15:59:30 GMT")]).retry_after,
            Some(secs(30))
        );
        assert_eq!(asked(&[("retry-after", "99999999999999999999999")]).retry_after, Some(LONGEST_ASKED));
        assert_eq!(asked(&[("retry-after", "-1")]).retry_after, None);
    }

    #[test]
    fn after_a_429_the_longer_of_the_servers_and_the_own_delay_holds() {
        let limited = Kind::Status(429);
        assert_eq!(verdict(limited, &[("retry-after", "7")], 0), Verdict::PauseEndpoint(secs(7)));
        assert_eq!(verdict(limited, &[("retry-after", "1")], 2), Verdict::PauseEndpoint(secs(8)));
        assert_eq!(verdict(limited, &[("retry-after", "0")], 2), Verdict::PauseEndpoint(Duration::ZERO));
        assert_eq!(verdict(limited, &[], 1), Verdict::PauseEndpoint(secs(4)));
        assert_eq!(
            verdict(limited, &[DATE_OF_ANSWER, ("x-ratelimit-reset", "2026-03-26T16:00Z")], 0),
            Verdict::PauseEndpoint(secs(60))
        );
    }

    #[test]
    fn a_quota_stops_everything_until_the_reset_and_any_other_reason_one_endpoint() {
        let reset = ("x-ratelimit-reset", "2026-03-26T16:00Z");
        for reason in ["jira-quota-global-based", "jira-quota-tenant-based"] {
            let headers = [DATE_OF_ANSWER, reset, ("ratelimit-reason", reason), ("retry-after", "5")];
            assert_eq!(verdict(Kind::Status(429), &headers, 0), Verdict::PauseEverything(secs(60)));
        }
        for reason in ["jira-burst-based", "jira-cost-based", "something-new"] {
            let headers = [("ratelimit-reason", reason), ("retry-after", "5")];
            assert_eq!(verdict(Kind::Status(429), &headers, 0), Verdict::PauseEndpoint(secs(5)));
        }
    }

    #[test]
    fn the_bucket_of_a_user_of_data_center_stops_everything() {
        let headers = [("x-ratelimit-fillrate", "10"), ("retry-after", "6")];
        assert_eq!(verdict(Kind::Status(429), &headers, 0), Verdict::PauseEverything(secs(6)));
    }

    #[test]
    fn the_delay_doubles_to_thirty_seconds() {
        let policy = RetryPolicy { max_retries: 20, ..RetryPolicy::default() };
        let delays: Vec<u64> = (0..6).map(|retries| backoff(&policy, retries, 1.0).as_secs()).collect();
        assert_eq!(delays, [2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff(&policy, 19, 1.3), secs(39));
        assert!((0..1000).map(|_| jitter()).all(|it| (0.7..=1.3).contains(&it)));
    }

    #[test]
    fn what_fails_in_passing_is_repeated_four_times_and_what_stays_is_not() {
        for kind in [Kind::Cut, Kind::Timeout, Kind::Connect, Kind::Html, Kind::NotJson] {
            assert_eq!(verdict(kind, &[], 0), Verdict::Retry(Duration::from_millis(250)), "{kind:?}");
            assert_eq!(verdict(kind, &[], 1), Verdict::Retry(secs(2)), "{kind:?}");
            assert_eq!(verdict(kind, &[], 4), Verdict::GiveUp, "{kind:?}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(verdict(Kind::Status(status), &[], 1), Verdict::Retry(secs(4)), "{status}");
        }
        assert_eq!(verdict(Kind::Status(503), &[("retry-after", "9")], 0), Verdict::PauseEndpoint(secs(9)));
        for status in [302, 400, 401, 403, 404, 405, 410, 413, 501] {
            assert_eq!(verdict(Kind::Status(status), &[], 0), Verdict::GiveUp, "{status}");
        }
        for kind in [Kind::Tls, Kind::TooLarge, Kind::Redirect] {
            assert_eq!(verdict(kind, &[], 0), Verdict::GiveUp, "{kind:?}");
        }
    }

    #[test]
    fn a_delay_of_zero_waits_nowhere() {
        let policy = RetryPolicy { delay: Duration::ZERO, ..RetryPolicy::default() };
        assert_eq!(judge(Kind::Cut, &Asked::default(), &policy, 3, 1.3), Verdict::Retry(Duration::ZERO));
        let limited = judge(Kind::Status(429), &Asked::default(), &policy, 3, 1.3);
        assert_eq!(limited, Verdict::PauseEndpoint(Duration::ZERO));
        assert!(instant("2026-03-26T16:00Z").unwrap() > instant("2026-03-26T15:59:59.5Z").unwrap());
    }
}
