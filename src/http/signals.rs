//! What the headers of any answer say of limits that are still far: how much of a burst limit and of an hourly quota is
//! left. What a refusal asks for is in `retry`.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::budget::{Left, Level, Share};

/// No quota is longer than a day; what says so is no time until it is full again.
const LONGEST_QUOTA: u64 = 24 * 60 * 60;

/// What an answer says of limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Signals {
    /// The bucket that the request was taken from, and who shares it.
    pub(super) level: Option<(Level, Share)>,
    /// Quotas by name: points left, and the time until they are full again.
    quotas: Vec<(Arc<str>, u64, Duration)>,
}

impl Signals {
    /// Reads `X-RateLimit-Limit` and `-Remaining`, which on Cloud count by the second; Data Center says in further
    /// headers at which rate they come back. `RateLimit` tells of quotas. The same with the prefix `Beta-` is about a
    /// quota that is not enforced, and holds nothing back.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let number = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok()?;
            Some(value).filter(|value| value.is_finite() && *value >= 0.0)
        };
        let fill = number("x-ratelimit-fillrate").zip(number("x-ratelimit-interval-seconds"));
        let rate = match fill {
            Some((tokens, interval)) => Some((tokens / interval, Share::User)),
            None => number("x-ratelimit-limit").map(|limit| (limit, Share::Kind)),
        };
        let level = number("x-ratelimit-remaining").zip(rate);
        let level = level.filter(|(_, (rate, _))| rate.is_finite() && *rate > 0.0);
        let quotas = headers.get_all("ratelimit").iter().filter_map(|value| value.to_str().ok());
        Self {
            level: level.map(|(left, (rate, share))| (Level { left, rate }, share)),
            quotas: quotas.flat_map(items).filter_map(quota).collect(),
        }
    }

    /// What is left of quotas, for an answer that came at `now`.
    pub(super) fn left(&self, now: Instant) -> Vec<Left> {
        let left = self.quotas.iter().map(|(name, points, time)| Left {
            name: Arc::clone(name),
            points: *points,
            resets: now + *time,
        });
        left.collect()
    }
}

/// `"name";r=11000;t=600`, its members in any order.
fn quota(item: &str) -> Option<(Arc<str>, u64, Duration)> {
    let mut parts = split(item, ';');
    let name = parts.next()?.trim().trim_matches('"').into();
    let (mut left, mut time) = (None, None);
    for part in parts {
        let (key, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"').parse::<u64>();
        match key.trim().to_ascii_lowercase().as_str() {
            "r" => left = value.ok(),
            "t" => time = value.ok(),
            _ => {}
        }
    }
    Some((name, left?, Duration::from_secs(time.filter(|time| *time <= LONGEST_QUOTA)?)))
}

fn items(header: &str) -> impl Iterator<Item = &str> {
    split(header, ',')
}

/// The parts between separators that do not stand in quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == separator && !quoted
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn signals(headers: &[(&'static str, &'static str)]) -> Signals {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            map.append(name, value);
        });
        Signals::of(&map)
    }

    fn quotas(headers: &[(&'static str, &'static str)]) -> Vec<(String, u64, u64)> {
        let quotas = signals(headers).quotas;
        quotas.iter().map(|(name, points, time)| (name.to_string(), *points, time.as_secs())).collect()
    }

    #[test]
    fn a_quota_is_read_whatever_the_order_of_its_parts() {
        let one = ("global-app-quota".to_owned(), 11_000, 600);
        for header in [
            r#""global-app-quota";r=11000;t=600"#,
            r#" "global-app-quota" ; T=600 ; r=11000;q=65000"#,
            "global-app-quota;t=600;r=11000",
        ] {
            assert_eq!(quotas(&[("ratelimit", header)]), std::slice::from_ref(&one), "{header}");
        }
        let two = quotas(&[("ratelimit", r#""a,;b";r=1;t=2, "tenant";t=4;r=3"#), ("ratelimit", "c;r=5;t=6")]);
        assert_eq!(two, [("a,;b".to_owned(), 1, 2), ("tenant".to_owned(), 3, 4), ("c".to_owned(), 5, 6)]);
    }

    #[test]
    fn what_says_too_little_or_is_not_in_force_holds_nothing_back() {
        for header in
            ["", "\"a\"", "\"a\";t=5", "\"a\";r=5", "\"a\";r=x;t=5", "\"a\";r;t=5", "a;r=1;t=999999999999"]
        {
            assert_eq!(quotas(&[("ratelimit", header)]), [], "{header}");
        }
        assert_eq!(quotas(&[("beta-ratelimit", "\"a\";r=1;t=2")]), []);
        for headers in [
            [("x-ratelimit-limit", "0"), ("x-ratelimit-remaining", "0")],
            [("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "-1")],
            [("x-ratelimit-limit", "NaN"), ("x-ratelimit-remaining", "1")],
        ] {
            assert_eq!(signals(&headers).level, None, "{headers:?}");
        }
    }

    #[test]
    fn a_bucket_is_a_kind_of_requests_own_on_cloud_and_the_users_on_data_center() {
        let cloud = signals(&[("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "7")]);
        assert_eq!(cloud.level, Some((Level { left: 7.0, rate: 100.0 }, Share::Kind)));
        let site = signals(&[
            ("x-ratelimit-limit", "50"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-fillrate", "30"),
            ("x-ratelimit-interval-seconds", "60"),
        ]);
        assert_eq!(site.level.unwrap(), (Level { left: 7.0, rate: 0.5 }, Share::User));
    }
}
