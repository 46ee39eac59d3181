//! Worklogs: of one issue, by ids, and the feeds of changed and deleted ones.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::assumptions::FeedBoundary;
use super::call::{Call, Refusal};
use super::issues::addressed;
use super::model::{Access, Worklog};
use super::render::Renderer;

/// Ids on one page of a feed.
const FEED_PAGE: usize = 1000;
/// Worklogs on the largest page of one issue.
const MOST: i64 = 5_000;
/// What a feed does not show yet.
const UNSETTLED: TimeDelta = TimeDelta::minutes(1);

/// `GET issue/{issueIdOrKey}/worklog`.
pub(super) fn of_issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", MOST)?.clamp(0, MOST);
    let after = call.query_number("startedAfter", i64::MIN)?;
    let before = call.query_number("startedBefore", i64::MAX)?;
    let visible: Vec<&Worklog> = issue
        .visible_worklogs(call.caller)
        .into_iter()
        .filter(|worklog| {
            let started = worklog.started.timestamp_millis();
            after <= started && started < before
        })
        .collect();
    let worklogs: Vec<Value> = visible
        .iter()
        .skip(usize::try_from(start).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or_default())
        .map(|worklog| call.renderer.worklog(worklog, |at| call.renderer.local_time(at)))
        .collect();
    Ok(json!({"startAt": start, "maxResults": size, "total": visible.len(), "worklogs": worklogs}))
}

/// The same on Data Center, where it takes no argument.
pub(super) fn all_of_issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let worklogs: Vec<Value> = issue
        .visible_worklogs(call.caller)
        .into_iter()
        .map(|worklog| call.renderer.worklog(worklog, |at| call.renderer.local_time(at)))
        .collect();
    let all = worklogs.len();
    Ok(json!({"startAt": 0, "maxResults": all, "total": all, "worklogs": worklogs}))
}

/// `POST worklog/list`: in no order that a caller could rely on, unknown ids left out.
pub(super) fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let mut ids = call.body_ids("ids")?;
    ids.sort_unstable_by_key(|id| (id.wrapping_mul(7_919).rem_euclid(1_013), *id));
    ids.dedup();
    Ok(ids
        .into_iter()
        .filter_map(|id| call.site.worklog(id))
        .filter(|(issue, worklog)| {
            call.site.access(issue, call.caller) == Access::Searchable && worklog.visible_to(call.caller)
        })
        .map(|(_, worklog)| call.renderer.worklog(worklog, Renderer::utc_time))
        .collect())
}

/// `GET worklog/updated`.
pub(super) fn updated(call: &Call<'_>) -> Result<Value, Refusal> {
    let since = call.query_number("since", 0)?;
    let seen = call.site.worklog_feed.range((lower(call, since), i64::MIN)..).filter(|(_, id)| {
        call.site.worklog(*id).is_some_and(|(issue, worklog)| {
            call.site.access(issue, call.caller) == Access::Searchable && worklog.visible_to(call.caller)
        })
    });
    Ok(feed(call, "updated", since, seen))
}

/// `GET worklog/deleted`.
pub(super) fn deleted(call: &Call<'_>) -> Result<Value, Refusal> {
    let since = call.query_number("since", 0)?;
    let seen = call.site.deleted_worklogs.range((lower(call, since), i64::MIN)..);
    Ok(feed(call, "deleted", since, seen))
}

fn lower(call: &Call<'_>, since: i64) -> DateTime<Utc> {
    let first = match call.assumptions.feed_boundary {
        FeedBoundary::Inclusive => since,
        FeedBoundary::Exclusive => since.saturating_add(1),
    };
    DateTime::from_timestamp_millis(first).unwrap_or(if first < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// One page: oldest first, without the last minute.
fn feed<'a>(
    call: &Call<'_>,
    name: &str,
    since: i64,
    rows: impl Iterator<Item = &'a (DateTime<Utc>, i64)>,
) -> Value {
    let settled = call.now - UNSETTLED;
    let mut rows = rows.take_while(|(at, _)| *at < settled);
    let mut page: Vec<(DateTime<Utc>, i64)> = rows.by_ref().take(FEED_PAGE).copied().collect();
    let mut rest = rows.next().copied();
    if call.assumptions.feed_boundary == FeedBoundary::Exclusive {
        // What is left of the last instant would be lost.
        while let (Some((at, id)), Some((last, _))) = (rest, page.last())
            && at == *last
        {
            page.push((at, id));
            rest = rows.next().copied();
        }
    }
    let until = page.last().map_or(since, |(at, _)| at.timestamp_millis());
    let values: Vec<Value> = page
        .iter()
        .map(|(at, id)| json!({"worklogId": id, "updatedTime": at.timestamp_millis(), "properties": []}))
        .collect();
    json!({
        "values": values,
        "since": since,
        "until": until,
        "self": call.renderer.link(&format!("worklog/{name}?since={since}")),
        "nextPage": call.renderer.link(&format!("worklog/{name}?since={until}")),
        "lastPage": rest.is_none(),
    })
}
