//! Issue search: token paging by the place of the last row, so that an issue whose sort value
//! changes between two pages moves, as it does on a live site.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::assumptions::{IdOnly, IsLast, LastToken, SearchPage, ShortPages, StartAt, TokenBinding};
use super::call::{Call, Refusal};
use super::issues::expand;
use super::jql::{Direction, Sort, SortKey, compile, parse};
use super::model::{Access, Issue, Site};
use super::render::{Identity, Renderer, Selection};
use super::token::{Token, digest};

/// The largest page of ids and keys.
const MOST_IDS: i64 = 5_000;
/// The largest page with real fields.
const MOST_ROWS: i64 = 100;
/// Changes that an issue carries where `expand=changelog` asks for them.
const EMBEDDED_HISTORIES: usize = 20;
/// Rows where `maxResults` is absent.
const DEFAULT_ROWS: i64 = 50;

struct Arguments {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    properties: Vec<String>,
    max_results: i64,
    token: Option<String>,
}

/// `GET search/jql`.
pub(super) fn search_by_get(call: &Call<'_>) -> Result<Value, Refusal> {
    if call.query("startAt").is_some() && call.assumptions.start_at == StartAt::Refused {
        return Err(Refusal::bad_payload());
    }
    search(
        call,
        &Arguments {
            jql: call.query("jql").unwrap_or_default().to_owned(),
            fields: call.query_list("fields"),
            expand: call.query_list("expand"),
            properties: some_properties(call.query_list("properties"))?,
            max_results: call.query_number("maxResults", DEFAULT_ROWS)?,
            token: call.query("nextPageToken").filter(|it| !it.is_empty()).map(str::to_owned),
        },
    )
}

/// `POST search/jql`.
pub(super) fn search_by_post(call: &Call<'_>) -> Result<Value, Refusal> {
    if call.body.contains_key("startAt") && call.assumptions.start_at == StartAt::Refused {
        return Err(Refusal::bad_payload());
    }
    let reconciled = match call.body.get("reconcileIssues") {
        Some(Value::Array(ids)) => ids.len(),
        None | Some(Value::Null) => 0,
        Some(_) => return Err(Refusal::bad_payload()),
    };
    if reconciled > 50 {
        return Err(Refusal::bad_request("The number of issues to reconcile exceeds the limit of 50."));
    }
    let properties = some_properties(call.body_list("properties")?.unwrap_or_default())?;
    let expand = call.body_text("expand")?.unwrap_or_default();
    search(
        call,
        &Arguments {
            jql: call.body_text("jql")?.unwrap_or_default().to_owned(),
            fields: call.body_list("fields")?.unwrap_or_default(),
            expand: expand.split(',').map(|it| it.trim().to_owned()).collect(),
            properties,
            max_results: call.body_number("maxResults")?.unwrap_or(DEFAULT_ROWS),
            token: call.body_text("nextPageToken")?.map(str::to_owned),
        },
    )
}

/// Keys of issue properties, of which a search gives few, and never all.
pub(super) fn some_properties(keys: Vec<String>) -> Result<Vec<String>, Refusal> {
    if keys.len() > 5 {
        return Err(Refusal::bad_request("The number of issue properties exceeds the limit of 5."));
    }
    Ok(keys.into_iter().filter(|key| !key.starts_with('*')).collect())
}

fn search(call: &Call<'_>, arguments: &Arguments) -> Result<Value, Refusal> {
    if !(1..=MOST_IDS).contains(&arguments.max_results) {
        return Err(Refusal::bad_request("The max results parameter has to be between 1 and 5,000."));
    }
    let (filter, mut order) = compile(&parse(&arguments.jql)?, call.environment())?;
    // Rows of equal sort values stay apart by id; without ORDER BY the newest come first.
    order.push(Sort::by_id(if order.is_empty() { Direction::Descending } else { Direction::Ascending }));
    let bound = digest((
        &arguments.jql,
        match call.assumptions.token_binding {
            TokenBinding::AllArguments => Some((&arguments.fields, &arguments.expand, arguments.max_results)),
            TokenBinding::QueryOnly => None,
        },
        call.caller == super::model::Caller::Demo,
    ));
    let last = match &arguments.token {
        None => None,
        Some(text) => {
            let token = Token::decode(text, call.now).filter(|token| token.arguments == bound);
            Some(
                token
                    .ok_or_else(|| {
                        Refusal::bad_request("The provided next page token is invalid or expired.")
                    })?
                    .last,
            )
        }
    };
    let selection = Selection::new(&arguments.fields, "id", &call.site.fields);
    let size = page_size(call, arguments, &selection, last.as_ref());
    let visible = |issue: &&Issue| {
        call.site.access(issue, call.caller) == Access::Searchable && filter.matches(issue, call.site)
    };
    let wanted = size + 1;
    let mut page: Vec<&Issue> = match (order.as_slice(), filter.ids()) {
        (_, Some(ids)) => {
            let candidates = ids.iter().filter_map(|id| call.site.issues.get(id)).filter(visible);
            sorted(candidates, call.site, &order, last.as_deref(), wanted)
        }
        // The issues are stored by id: read on from the last one.
        ([only], None) if only.is_by_id() => {
            let end = match last.as_deref() {
                Some([SortKey::Number(id)]) => *id,
                _ => i64::MAX,
            };
            call.site.issues.range(..end).rev().map(|(_, issue)| issue).filter(visible).take(wanted).collect()
        }
        (_, None) => {
            let ids = call.orders.of(&arguments.jql, call.caller, call.now, || {
                let all = call.site.issues.values().filter(visible);
                let found = sorted(all, call.site, &order, None, usize::MAX);
                found.into_iter().map(|issue| issue.id).collect()
            });
            let issue = |id: &i64| call.site.issues.get(id);
            let from = last.as_deref().map_or(0, |last| {
                let directions = directions(&order);
                let is_before =
                    |issue: &Issue| !compare(&directions, &place(issue, call.site, &order), last).is_gt();
                ids.partition_point(|id| issue(id).is_some_and(is_before))
            });
            ids[from..].iter().filter_map(issue).take(wanted).collect()
        }
    };
    let more = page.len() > size;
    page.truncate(size);
    let expanded = |name: &str| arguments.expand.iter().any(|it| it == name);
    let issues: Vec<Value> = page
        .iter()
        .map(|issue| {
            let mut row = row(call, issue, &selection);
            if expanded("changelog") {
                row["changelog"] = call.renderer.newest_histories(issue, EMBEDDED_HISTORIES);
            }
            if expanded("transitions") {
                row["transitions"] = call.renderer.transitions(issue);
            }
            if !arguments.properties.is_empty() {
                row["properties"] = Renderer::properties(issue, &arguments.properties);
            }
            row
        })
        .collect();
    let mut answer = json!({"issues": issues});
    match (more, page.last(), call.assumptions.last_token) {
        (true, Some(issue), _) => {
            answer["nextPageToken"] =
                json!(Token::new(bound, place(issue, call.site, &order), call.now).encode());
        }
        (_, _, LastToken::Null) => answer["nextPageToken"] = Value::Null,
        _ => {}
    }
    if call.assumptions.is_last == IsLast::Present {
        answer["isLast"] = json!(!more);
    }
    expand(call, &selection, &arguments.expand, &mut answer);
    Ok(answer)
}

fn page_size(
    call: &Call<'_>,
    arguments: &Arguments,
    selection: &Selection,
    last: Option<&Vec<SortKey>>,
) -> usize {
    let alone = selection.identity.is_some() && arguments.expand.iter().all(String::is_empty);
    let asked = if alone || call.assumptions.search_page == SearchPage::AsAsked {
        arguments.max_results
    } else {
        arguments.max_results.min(MOST_ROWS)
    };
    let size = usize::try_from(asked).unwrap_or(1);
    let short = selection.identity.is_none()
        && call.assumptions.short_pages == ShortPages::Sometimes
        && last.is_some_and(|last| digest(last) % 4 == 0);
    if short { (size * 2 / 3).max(1) } else { size }
}

fn row(call: &Call<'_>, issue: &Issue, selection: &Selection) -> Value {
    match (selection.identity, call.assumptions.id_only) {
        (Some(Identity::Id), IdOnly::IdAlone) => json!({"id": issue.id.to_string()}),
        (Some(_), _) => json!({
            "id": issue.id.to_string(),
            "key": issue.key,
            "self": call.renderer.link(&format!("issue/{}", issue.id)),
        }),
        (None, _) => call.renderer.issue(issue, selection),
    }
}

fn place(issue: &Issue, site: &Site, order: &[Sort]) -> Vec<SortKey> {
    let mut keys = Vec::new();
    fill(issue, site, order, &mut keys);
    keys
}

fn fill(issue: &Issue, site: &Site, order: &[Sort], keys: &mut Vec<SortKey>) {
    for sort in order {
        sort.keys(issue, site, keys);
    }
}

fn directions(order: &[Sort]) -> Vec<Direction> {
    order.iter().flat_map(|sort| std::iter::repeat_n(sort.direction(), sort.width())).collect()
}

/// Which of two places comes first.
fn compare(directions: &[Direction], left: &[SortKey], right: &[SortKey]) -> Ordering {
    directions
        .iter()
        .zip(left.iter().zip(right))
        .map(|(direction, (left, right))| match direction {
            Direction::Ascending => left.cmp(right),
            Direction::Descending => right.cmp(left),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The first `wanted` issues behind `last` in the order.
pub(super) fn sorted<'a>(
    issues: impl Iterator<Item = &'a Issue>,
    site: &Site,
    order: &[Sort],
    last: Option<&[SortKey]>,
    wanted: usize,
) -> Vec<&'a Issue> {
    let directions = directions(order);
    let compare = |left: &[SortKey], right: &[SortKey]| compare(&directions, left, right);
    // Most issues of a large site are on other pages: what can't be on this one is dropped as soon as that shows.
    let crowded = wanted.saturating_mul(2).saturating_add(100);
    let mut rows: Vec<(Vec<SortKey>, &Issue)> = Vec::new();
    let mut worst: Option<Vec<SortKey>> = None;
    let mut keys = Vec::new();
    for issue in issues {
        keys.clear();
        fill(issue, site, order, &mut keys);
        if last.is_some_and(|last| compare(&keys, last).is_le())
            || worst.as_deref().is_some_and(|worst| compare(&keys, worst).is_gt())
        {
            continue;
        }
        rows.push((keys.clone(), issue));
        if rows.len() == crowded {
            rows.select_nth_unstable_by(wanted, |(left, _), (right, _)| compare(left, right));
            rows.truncate(wanted + 1);
            worst = rows.last().map(|(keys, _)| keys.clone());
        }
    }
    rows.sort_by(|(left, _), (right, _)| compare(left, right));
    rows.truncate(wanted);
    rows.into_iter().map(|(_, issue)| issue).collect()
}

/// `POST search/approximate-count`.
pub(super) fn approximate_count(call: &Call<'_>) -> Result<Value, Refusal> {
    let jql = call.body_text("jql")?.unwrap_or_default();
    let (filter, _) = compile(&parse(jql)?, call.environment())?;
    let count =
        call.site.searchable_issues(call.caller).filter(|issue| filter.matches(issue, call.site)).count();
    Ok(json!({"count": count}))
}

/// The search that is no more.
pub(super) fn removed_search(_: &Call<'_>) -> Result<Value, Refusal> {
    Err(Refusal::new(
        410,
        &[
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
        ],
    ))
}

/// `GET issue/picker`: in one section the issues of the caller's history, in the other one those of the query; at most
/// twenty each.
pub(super) fn pick(call: &Call<'_>) -> Result<Value, Refusal> {
    const SHOWN: usize = 20;
    let text = call.query("query").unwrap_or_default().to_lowercase();
    let jql = call.query("currentJQL").unwrap_or_default();
    let (filter, order) = compile(&parse(jql)?, call.environment())?;
    let fits = |issue: &&Issue| {
        call.site.access(issue, call.caller) == Access::Searchable
            && (issue.key.to_lowercase().contains(&text) || issue.summary.to_lowercase().contains(&text))
    };
    let row = |issue: &Issue| {
        json!({
            "id": issue.id,
            "key": issue.key,
            "keyHtml": issue.key,
            "img": "/images/icons/issuetypes/task.png",
            "summary": issue.summary,
            "summaryText": issue.summary,
        })
    };
    let all = call.site.issues.values().filter(fits);
    let history: Vec<&Issue> = all.clone().take(2).collect();
    let found = sorted(all.filter(|issue| filter.matches(issue, call.site)), call.site, &order, None, SHOWN);
    let section = |id: &str, label: &str, issues: &[&Issue]| {
        json!({
            "id": id,
            "label": label,
            "sub": format!("Showing {} of {} matching issues", issues.len(), issues.len()),
            "issues": issues.iter().map(|issue| row(issue)).collect::<Vec<_>>(),
        })
    };
    Ok(json!({"sections": [
        section("hs", "History Search", &history),
        section("cs", "Current Search", &found),
    ]}))
}
