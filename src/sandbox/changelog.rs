//! Changes: of one issue, and of many at once.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::assumptions::{BulkCreated, BulkItems, LastToken, TokenBinding};
use super::call::{Call, Refusal};
use super::issues::addressed;
use super::jql::SortKey;
use super::model::{Access, Caller, History, HistoryItem, Issue};
use super::page::Paging;
use super::token::{Token, digest};

/// Changes on the largest page of one issue.
const MOST: i64 = 100;
/// Issues that one request for many may name.
const MOST_ISSUES: usize = 1_000;
/// Fields that it may name.
const MOST_FIELDS: usize = 10;
/// Changes on its largest page, and on a page where nothing is said.
const MOST_BULK: i64 = 10_000;
const DEFAULT_BULK: i64 = 1_000;

/// `GET issue/{issueIdOrKey}/changelog`: oldest first.
pub(super) fn of_issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let histories: Vec<&History> = issue.histories.iter().collect();
    let write = |it: &History| call.renderer.history(it, call.renderer.history_time(it.created), |_| true);
    let endpoint = format!("issue/{}/changelog", issue.id);
    Ok(Paging::read(call, MOST, MOST)?.page(call, &endpoint, &histories, write))
}

/// A change's place among those of many issues: time, issue, number.
fn place(issue: &Issue, history: &History) -> [i64; 3] {
    [history.created.timestamp_millis(), issue.id, history.id]
}

/// `POST changelog/bulkfetch`: by time and issue, so that the changes of one issue are spread over the pages.
pub(super) fn bulkfetch(call: &Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.body_list("issueIdsOrKeys")?.ok_or_else(Refusal::bad_payload)?;
    let fields = call.body_list("fieldIds")?.unwrap_or_default();
    let size = call.body_number("maxResults")?.unwrap_or(DEFAULT_BULK);
    if wanted.is_empty() || wanted.len() > MOST_ISSUES {
        return Err(Refusal::bad_request("The number of issue ids or keys has to be between 1 and 1,000."));
    }
    if fields.len() > MOST_FIELDS || fields.iter().collect::<BTreeSet<_>>().len() < fields.len() {
        return Err(Refusal::bad_request("At most 10 different field ids can be given."));
    }
    if !(1..=MOST_BULK).contains(&size) {
        return Err(Refusal::bad_request("The max results parameter has to be between 1 and 10,000."));
    }
    let bound = digest((
        "changelog",
        (&wanted, &fields),
        match call.assumptions.token_binding {
            TokenBinding::AllArguments => Some(size),
            TokenBinding::QueryOnly => None,
        },
        call.caller == Caller::Demo,
    ));
    let last = match call.body_text("nextPageToken")?.filter(|it| !it.is_empty()) {
        None => None,
        Some(text) => {
            let token = Token::decode(text, call.now).filter(|token| token.arguments == bound);
            let token = token
                .ok_or_else(|| Refusal::bad_request("The provided next page token is invalid or expired."))?;
            Some(token.last)
        }
    };
    let fits = |item: &HistoryItem| {
        fields.is_empty() || item.field_id.as_ref().is_some_and(|id| fields.contains(id))
    };
    let issues: BTreeSet<i64> = wanted
        .iter()
        .filter_map(|text| call.site.resolve(text))
        .filter(|issue| call.site.access(issue, call.caller) != Access::Hidden)
        .map(|issue| issue.id)
        .collect();
    let mut rows: Vec<(&Issue, &History)> = issues
        .iter()
        .filter_map(|id| call.site.issues.get(id))
        .flat_map(|issue| issue.histories.iter().map(move |history| (issue, history)))
        .filter(|(_, history)| history.items.iter().any(fits))
        .filter(|(issue, history)| {
            last.as_ref()
                .is_none_or(|last| place(issue, history).map(SortKey::Number).as_slice() > last.as_slice())
        })
        .collect();
    rows.sort_by_key(|(issue, history)| place(issue, history));
    let size = usize::try_from(size).unwrap_or(1);
    let more = rows.len() > size;
    rows.truncate(size);
    let mut answer = json!({"issueChangeLogs": grouped(call, &rows, fits)});
    match (more, rows.last(), call.assumptions.last_token) {
        (true, Some((issue, history)), _) => {
            let last = place(issue, history).map(SortKey::Number).to_vec();
            answer["nextPageToken"] = json!(Token::new(bound, last, call.now).encode());
        }
        (_, _, LastToken::Null) => answer["nextPageToken"] = Value::Null,
        _ => {}
    }
    Ok(answer)
}

/// The changes of a page by issue, in the order in which the issues come up.
fn grouped(call: &Call<'_>, rows: &[(&Issue, &History)], fits: impl Fn(&HistoryItem) -> bool) -> Vec<Value> {
    let mut groups: Vec<(i64, Vec<Value>)> = Vec::new();
    let mut places = HashMap::new();
    for (issue, history) in rows {
        let created = match call.assumptions.bulk_created {
            BulkCreated::EpochMilliseconds => json!(history.created.timestamp_millis()),
            BulkCreated::Text => call.renderer.history_time(history.created),
        };
        let whole = call.assumptions.bulk_items == BulkItems::WholeChange;
        let value = call.renderer.history(history, created, |item| whole || fits(item));
        let place = *places.entry(issue.id).or_insert_with(|| {
            groups.push((issue.id, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(value);
    }
    groups
        .into_iter()
        .map(|(id, histories)| json!({"issueId": id.to_string(), "changeHistories": histories}))
        .collect()
}
