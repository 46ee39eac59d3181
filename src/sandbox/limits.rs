//! The limits of a site, where it has any: on Cloud a token bucket for each method and path template, and points by the
//! hour for OAuth clients; on Data Center a token bucket for each user. What is not published about them (how large
//! buckets are, how refusals look) can be set.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Timelike, Utc};
use serde_json::Value;

use super::assumptions::{LimitReadings, RefusalBody, ResetFormat, RetryAfter};
use super::deployment::Deployment;

/// Requests a second that one method and path template gets.
const STEADY: f64 = 100.0;
/// Those that get more.
const OWN: &[(&str, &str, f64)] = &[
    ("GET", "issue/*", 150.0),
    ("GET", "issue/*/changelog", 200.0),
    ("GET", "user", 150.0),
    ("POST", "search/approximate-count", 150.0),
];
/// Points for each object of an answer, and the member that lists them; `""` is the answer itself.
const PRICES: &[(&str, &str, u64)] = &[
    ("search/jql", "issues", 1),
    ("issue/bulkfetch", "issues", 1),
    ("issue/*", "", 1),
    ("project/search", "values", 1),
    ("project/*", "", 1),
    ("dashboard/search", "values", 1),
    ("dashboard", "dashboards", 1),
    ("users/search", "", 2),
    ("user", "", 2),
    ("group/bulk", "values", 2),
    ("group/member", "values", 2),
    ("role", "", 2),
];
/// The part of a quota from which on answers say what is left.
const TOLD: f64 = 0.8;

/// The limits that a site keeps.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Seconds of the steady rate that a bucket holds on Cloud.
    pub burst: f64,
    /// Points for OAuth clients; without it they are not counted.
    pub quota: Option<Quota>,
    /// The bucket of a user of Data Center.
    pub user: UserBucket,
    /// What is served where nothing is published.
    pub readings: LimitReadings,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { burst: 1.0, quota: None, user: UserBucket::default(), readings: LimitReadings::default() }
    }
}

/// Points that OAuth clients have.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// How many.
    pub points: u64,
    /// For how long.
    pub window: QuotaWindow,
    /// For what.
    pub scope: QuotaScope,
    /// Whether it holds.
    pub force: QuotaForce,
}

/// When a quota is full again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaWindow {
    /// At the top of each hour, as Jira's.
    Hour,
    /// After so long, for tests.
    Every(Duration),
}

/// What shares a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaScope {
    /// All sites of the app.
    Global,
    /// This site.
    Tenant,
}

/// Whether a quota holds for the app already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaForce {
    /// It does.
    Enforced,
    /// Headers say, with the prefix `Beta-`, what would be left if it did.
    Announced,
}

/// A token bucket as an administrator of Data Center sets it.
#[derive(Clone, Copy, Debug)]
pub struct UserBucket {
    /// How many requests it holds.
    pub size: f64,
    /// How many come back in each interval, bit by bit.
    pub fill: f64,
    /// The interval.
    pub interval: Duration,
}

impl Default for UserBucket {
    fn default() -> Self {
        Self { size: 50.0, fill: 10.0, interval: Duration::from_mins(1) }
    }
}

pub(super) type Headers = Vec<(&'static str, String)>;

/// A request that is not let in.
pub(super) struct Limited {
    pub(super) headers: Headers,
    pub(super) body: RefusalBody,
}

/// What a request takes from.
pub(super) struct Claim<'a> {
    pub(super) method: &'a str,
    /// Its path with `*` for what varies.
    pub(super) template: String,
    /// An app, whose requests cost points.
    pub(super) is_app: bool,
}

pub(super) struct Limiter {
    limits: RateLimit,
    deployment: Deployment,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Tokens by what shares them, and when they were counted.
    buckets: HashMap<String, (f64, Instant)>,
    spent: u64,
    /// When the quota is full again.
    resets: Option<DateTime<Utc>>,
}

struct Rate {
    size: f64,
    per_second: f64,
}

impl Limiter {
    pub(super) fn new(limits: RateLimit, deployment: Deployment) -> Self {
        Self { limits, deployment, state: Mutex::default() }
    }

    /// Lets a request in, with headers for its answer, or does not.
    pub(super) fn admit(
        &self,
        claim: &Claim<'_>,
        now: Instant,
        clock: DateTime<Utc>,
    ) -> Result<Headers, Limited> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(quota) = self.quota(claim) {
            let resets = state.window(quota, clock);
            if quota.force == QuotaForce::Enforced && state.spent >= quota.points {
                let reason = match quota.scope {
                    QuotaScope::Global => "jira-quota-global-based",
                    QuotaScope::Tenant => "jira-quota-tenant-based",
                };
                let wait = (resets - clock).to_std().unwrap_or_default();
                let mut headers = self.refusal(reason, wait, resets);
                headers.extend(points_headers(quota, state.spent, wait));
                return Err(Limited { headers, body: self.limits.readings.refusal_body });
            }
        }
        let (key, rate) = self.rate(claim);
        let (tokens, counted) = state.buckets.entry(key).or_insert((rate.size, now));
        let filled = rate.per_second * now.saturating_duration_since(*counted).as_secs_f64();
        (*tokens, *counted) = ((*tokens + filled).min(rate.size), now);
        if *tokens < 1.0 {
            let wait = Duration::from_secs_f64((1.0 - *tokens) / rate.per_second);
            let mut headers = self.level(&rate, *tokens);
            let resets = clock + chrono::TimeDelta::from_std(wait).unwrap_or_default();
            headers.extend(self.refusal("jira-burst-based", wait, resets));
            return Err(Limited { headers, body: self.limits.readings.refusal_body });
        }
        *tokens -= 1.0;
        Ok(self.level(&rate, *tokens))
    }

    /// Counts the points of an answer, and gives headers that say what is left.
    pub(super) fn charge(&self, claim: &Claim<'_>, answer: &Value, clock: DateTime<Utc>) -> Headers {
        let Some(quota) = self.quota(claim) else { return vec![] };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let resets = state.window(quota, clock);
        state.spent += 1 + price(&claim.template, answer);
        points_headers(quota, state.spent, (resets - clock).to_std().unwrap_or_default())
    }

    /// Points that were spent since the quota was full.
    pub(super) fn spent(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).spent
    }

    fn quota(&self, claim: &Claim<'_>) -> Option<&Quota> {
        self.limits.quota.as_ref().filter(|_| claim.is_app)
    }

    /// What a request is counted with, and how many of these are let in.
    fn rate(&self, claim: &Claim<'_>) -> (String, Rate) {
        match self.deployment {
            Deployment::Cloud => {
                let (method, template) = (claim.method, claim.template.as_str());
                let own = OWN.iter().find(|it| (it.0, it.1) == (method, template));
                let per_second = own.map_or(STEADY, |it| it.2);
                let size = (self.limits.burst * per_second).max(1.0);
                (format!("{method} {template}"), Rate { size, per_second })
            }
            Deployment::DataCenter => {
                let UserBucket { size, fill, interval } = self.limits.user;
                (String::new(), Rate { size, per_second: fill / interval.as_secs_f64() })
            }
        }
    }

    fn level(&self, rate: &Rate, tokens: f64) -> Headers {
        let left = ("x-ratelimit-remaining", tokens.floor().to_string());
        match self.deployment {
            Deployment::Cloud => vec![("x-ratelimit-limit", rate.per_second.to_string()), left],
            Deployment::DataCenter => {
                let UserBucket { size, fill, interval } = self.limits.user;
                vec![
                    ("x-ratelimit-limit", size.to_string()),
                    left,
                    ("x-ratelimit-fillrate", fill.to_string()),
                    ("x-ratelimit-interval-seconds", interval.as_secs_f64().to_string()),
                    ("retry-after", "0".to_owned()),
                ]
            }
        }
    }

    fn refusal(&self, reason: &str, wait: Duration, resets: DateTime<Utc>) -> Headers {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        if self.deployment == Deployment::DataCenter {
            return vec![("retry-after", seconds.to_string())];
        }
        let format = match self.limits.readings.reset_format {
            ResetFormat::Minutes => "%Y-%m-%dT%H:%MZ",
            ResetFormat::Seconds => "%Y-%m-%dT%H:%M:%SZ",
        };
        let mut headers = vec![
            ("ratelimit-reason", reason.to_owned()),
            ("x-ratelimit-reset", resets.format(format).to_string()),
        ];
        if self.limits.readings.retry_after == RetryAfter::Given {
            headers.push(("retry-after", seconds.to_string()));
        }
        headers
    }
}

impl State {
    /// Begins another window where one is over; gives the end of the one that is on.
    fn window(&mut self, quota: &Quota, clock: DateTime<Utc>) -> DateTime<Utc> {
        if let Some(resets) = self.resets.filter(|resets| *resets > clock) {
            return resets;
        }
        let length = match quota.window {
            QuotaWindow::Hour => Duration::from_secs(3600 - u64::from(clock.minute() * 60 + clock.second())),
            QuotaWindow::Every(length) => length,
        };
        let resets = clock + chrono::TimeDelta::from_std(length).unwrap_or_default();
        (self.spent, self.resets) = (0, Some(resets));
        resets
    }
}

/// What headers say of a quota.
fn points_headers(quota: &Quota, spent: u64, time: Duration) -> Headers {
    let name = match quota.scope {
        QuotaScope::Global => "global-app-quota",
        QuotaScope::Tenant => "tenant-app-quota",
    };
    let window = match quota.window {
        QuotaWindow::Hour => 3600.0,
        QuotaWindow::Every(length) => length.as_secs_f64().ceil(),
    };
    let (policy, limit) = match quota.force {
        QuotaForce::Enforced => ("ratelimit-policy", "ratelimit"),
        QuotaForce::Announced => ("beta-ratelimit-policy", "beta-ratelimit"),
    };
    let mut headers = vec![(policy, format!("\"{name}\";q={};w={window}", quota.points))];
    #[expect(clippy::cast_precision_loss, reason = "points of an hour")]
    let used = spent as f64 / quota.points as f64;
    if used > TOLD {
        let left = quota.points.saturating_sub(spent);
        headers.push((limit, format!("\"{name}\";r={left};t={}", time.as_secs_f64().ceil())));
        headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
    }
    headers
}

/// Points for the objects of an answer.
fn price(template: &str, answer: &Value) -> u64 {
    if answer.is_null() {
        return 0;
    }
    let Some((_, member, points)) = PRICES.iter().find(|it| it.0 == template) else { return 0 };
    let objects = if member.is_empty() { answer } else { &answer[*member] };
    points * objects.as_array().map_or(1, Vec::len) as u64
}

/// A path's segments with `*` for those that vary.
pub(super) fn template(segments: &[String], variables: &[String]) -> String {
    let mut variables = variables.iter().peekable();
    let parts = segments.iter().map(|segment| match variables.next_if(|it| *it == segment) {
        Some(_) => "*",
        None => segment,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use serde_json::json;

    use super::*;

    fn claim(method: &'static str, template: &str) -> Claim<'static> {
        Claim { method, template: template.to_owned(), is_app: true }
    }

    fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
        headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    #[test]
    fn a_bucket_lets_its_size_in_at_once_and_then_its_rate() {
        let limiter = Limiter::new(RateLimit { burst: 0.1, ..RateLimit::default() }, Deployment::Cloud);
        let (now, clock) = (Instant::now(), Utc::now());
        let let_in = |at: Instant, claim: &Claim<'_>| limiter.admit(claim, at, clock).is_ok();
        let search = claim("POST", "search/jql");
        assert_eq!((0..50).filter(|_| let_in(now, &search)).count(), 10);
        // Another method and another path have their own, and some have more.
        assert_eq!((0..50).filter(|_| let_in(now, &claim("GET", "search/jql"))).count(), 10);
        assert_eq!((0..50).filter(|_| let_in(now, &claim("GET", "issue/*"))).count(), 15);
        let seconds = (1..=3_000).filter(|it| let_in(now + Duration::from_millis(*it), &search)).count();
        assert!((298..=300).contains(&seconds), "{seconds}");
        let refused = limiter.admit(&search, now + Duration::from_secs(3), clock).err().unwrap().headers;
        assert_eq!(header(&refused, "ratelimit-reason"), Some("jira-burst-based"));
        assert_eq!(header(&refused, "retry-after"), Some("1"));
        assert_eq!(header(&refused, "x-ratelimit-limit"), Some("100"));
    }

    #[test]
    fn points_are_counted_until_the_top_of_the_hour() {
        let quota = Quota {
            points: 250,
            window: QuotaWindow::Hour,
            scope: QuotaScope::Tenant,
            force: QuotaForce::Enforced,
        };
        let limiter =
            Limiter::new(RateLimit { quota: Some(quota), ..RateLimit::default() }, Deployment::Cloud);
        let clock: DateTime<Utc> = "2026-03-26T15:59:00Z".parse().unwrap();
        let (now, search) = (Instant::now(), claim("POST", "search/jql"));
        let page = json!({ "issues": vec![1; 100] });
        assert!(limiter.admit(&search, now, clock).is_ok());
        let headers = limiter.charge(&search, &page, clock);
        assert_eq!(headers, [("ratelimit-policy", "\"tenant-app-quota\";q=250;w=3600".to_owned())]);
        let headers = limiter.charge(&search, &page, clock);
        assert_eq!(header(&headers, "ratelimit"), Some("\"tenant-app-quota\";r=48;t=60"));
        assert_eq!(header(&headers, "x-ratelimit-nearlimit"), Some("true"));
        limiter.charge(&claim("GET", "users/search"), &json!([1, 2]), clock);
        assert_eq!(limiter.spent(), 2 * 101 + 5);
        assert!(limiter.admit(&search, now, clock).is_ok());
        limiter.charge(&search, &page, clock);
        let refused = limiter.admit(&search, now, clock).err().unwrap().headers;
        assert_eq!(header(&refused, "ratelimit-reason"), Some("jira-quota-tenant-based"));
        assert_eq!(header(&refused, "x-ratelimit-reset"), Some("2026-03-26T16:00Z"));
        let other = Claim { is_app: false, ..claim("POST", "search/jql") };
        assert!(limiter.admit(&other, now, clock).is_ok(), "for apps alone");
        assert!(limiter.admit(&search, now, clock + chrono::TimeDelta::minutes(1)).is_ok());
    }

    #[test]
    fn a_user_of_data_center_has_one_bucket_for_everything() {
        let limiter = Limiter::new(RateLimit::default(), Deployment::DataCenter);
        let (now, clock) = (Instant::now(), Utc::now());
        let many = (0..60).filter(|it| {
            let template = if it % 2 == 0 { "search" } else { "field" };
            limiter.admit(&claim("GET", template), now, clock).is_ok()
        });
        assert_eq!(many.count(), 50);
        let refused = limiter.admit(&claim("GET", "search"), now, clock).err().unwrap().headers;
        assert_eq!(refused.iter().rev().find(|it| it.0 == "retry-after").map(|it| it.1.as_str()), Some("6"));
        assert!(limiter.admit(&claim("GET", "search"), now + Duration::from_secs(7), clock).is_ok());
    }

    #[test]
    fn what_varies_in_a_path_is_left_out() {
        let [issue, id, worklog] = ["issue", "PAY-1", "worklog"].map(str::to_owned);
        assert_eq!(template(&[issue, id.clone(), worklog], &[id]), "issue/*/worklog");
    }
}
