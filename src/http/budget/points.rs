//! The points that are left of quotas, and what a request of each kind is likely to cost. Answers tell the first, whoever
//! reads their rows the second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::PauseScope;

/// The time until a quota is full again comes in seconds, so that two answers differ by as much.
const WHOLE_SECONDS: Duration = Duration::from_secs(3);

/// What is left of one quota.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) struct Left {
    /// What the site calls it.
    pub(in crate::http) name: Arc<str>,
    pub(in crate::http) points: u64,
    pub(in crate::http) resets: Instant,
}

/// A quota that has not enough for a request.
#[derive(Debug)]
pub(super) struct Shortage {
    pub(super) left: u64,
    pub(super) until: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Points {
    quotas: HashMap<Arc<str>, (u64, Instant)>,
    /// What requests of a kind cost of late.
    costs: HashMap<PauseScope, u64>,
    /// What those in flight may cost.
    reserved: u64,
}

impl Points {
    /// Which quota has not enough for another request of this kind.
    pub(super) fn shortage(&self, kind: &PauseScope, now: Instant) -> Option<Shortage> {
        let needed = self.reserved + self.cost(kind);
        let short = self.quotas.values().filter(|(left, resets)| *resets > now && *left < needed);
        short.max_by_key(|(_, resets)| *resets).map(|(left, until)| Shortage { left: *left, until: *until })
    }

    fn cost(&self, kind: &PauseScope) -> u64 {
        self.costs.get(kind).copied().unwrap_or(1)
    }

    /// Sets aside what a request may cost.
    pub(super) fn reserve(&mut self, kind: &PauseScope) -> u64 {
        let cost = self.cost(kind);
        self.reserved += cost;
        cost
    }

    /// The request is over that this was set aside for.
    pub(super) fn settle(&mut self, cost: u64) {
        self.reserved -= cost;
    }

    /// Takes what an answer says is left.
    pub(super) fn learn(&mut self, left: &[Left], now: Instant) {
        self.quotas.retain(|_, (_, resets)| *resets > now);
        for Left { name, points, resets } in left {
            // Until it is full again it only shrinks: an answer that says more has been overtaken.
            let same = self.quotas.get(name).filter(|known| known.1 + WHOLE_SECONDS > *resets);
            let points = same.map_or(*points, |known| known.0.min(*points));
            self.quotas.insert(Arc::clone(name), (points, *resets));
        }
    }

    /// Takes what a request has cost. The dearest counts, and is forgotten little by little.
    pub(super) fn spent(&mut self, kind: &PauseScope, points: u64) {
        let usual = self.costs.entry(kind.clone()).or_default();
        *usual = points.max(*usual - *usual / 10);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_for_the_quota_that_can_not_pay_it() {
        let now = Instant::now();
        let soon = now + Duration::from_mins(1);
        let (dear, cheap) =
            (PauseScope::Everything, PauseScope::Endpoint(super::super::Method::Get, "/a".into()));
        let mut points = Points::default();
        assert!(points.shortage(&dear, now).is_none());
        points.spent(&dear, 101);
        let left = |name: &str, points| Left { name: name.into(), points, resets: soon };
        points.learn(&[left("a", 1000), left("b", 200)], now);
        assert!(points.shortage(&dear, now).is_none());
        let cost = points.reserve(&dear);
        let short = points.shortage(&dear, now).unwrap();
        assert_eq!((short.left, short.until), (200, soon));
        assert!(points.shortage(&cheap, now).is_none(), "what it can pay goes on");
        points.settle(cost);
        assert!(points.shortage(&dear, now).is_none());
        points.learn(&[left("b", 99)], now);
        assert!(points.shortage(&dear, now).is_some());
        assert!(points.shortage(&dear, soon).is_none(), "it is full again");
    }
}
