//! Comments: of one issue and by ids.

use serde_json::{Value, json};

use super::call::{Call, Refusal};
use super::issues::addressed;
use super::model::{Access, Comment};
use super::render::Renderer;

/// Comments on the largest page.
const MOST: i64 = 100;

/// `GET issue/{issueIdOrKey}/comment`.
pub(super) fn of_issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let start = call.query_number("startAt", 0)?.max(0);
    let most = if call.renderer.is_data_center() { 1_048_576 } else { MOST };
    let size = call.query_number("maxResults", most)?.clamp(0, most);
    let mut visible: Vec<&Comment> = issue.visible_comments(call.caller);
    match call.query("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => visible.reverse(),
        Some(other) => {
            return Err(Refusal::bad_request(&format!("Comments can't be ordered by '{other}'.")));
        }
    }
    let comments: Vec<Value> = visible
        .iter()
        .skip(usize::try_from(start).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or_default())
        .map(|comment| call.renderer.comment(issue.id, comment, |at| call.renderer.local_time(at)))
        .collect();
    Ok(json!({"startAt": start, "maxResults": size, "total": visible.len(), "comments": comments}))
}

/// `POST comment/list`: ascending by id, unknown ids left out.
pub(super) fn list(call: &Call<'_>) -> Result<Value, Refusal> {
    let mut ids = call.body_ids("ids")?;
    ids.sort_unstable();
    ids.dedup();
    let values: Vec<Value> = ids
        .into_iter()
        .filter_map(|id| call.site.comment(id))
        .filter(|(issue, comment)| {
            call.site.access(issue, call.caller) != Access::Hidden && comment.visible_to(call.caller)
        })
        .map(|(issue, comment)| call.renderer.comment(issue.id, comment, Renderer::utc_time))
        .collect();
    Ok(json!({
        "isLast": true, "maxResults": 1_048_576, "startAt": 0, "total": values.len(), "values": values,
    }))
}
