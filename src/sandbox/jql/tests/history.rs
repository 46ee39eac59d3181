//! What was, and what changed.

use chrono::{DateTime, Utc};

use super::{ids, oracle, refusal};
use crate::sandbox::generate::generate;
use crate::sandbox::model::{History, HistoryItem, Issue};

fn changes<'a>(issue: &'a Issue, field: &'a str) -> impl Iterator<Item = (&'a History, &'a HistoryItem)> {
    issue.histories.iter().flat_map(move |history| {
        let items = history.items.iter().filter(move |it| it.field_id.as_deref() == Some(field));
        items.map(move |item| (history, item))
    })
}

fn was(issue: &Issue, status: &str) -> bool {
    let mut all = changes(issue, "status").peekable();
    match all.peek() {
        None => issue.status_id.to_string() == status,
        Some(_) => all.any(|(_, it)| [&it.from, &it.to].into_iter().any(|it| it.as_deref() == Some(status))),
    }
}

#[test]
fn a_status_was_what_the_changes_say_or_has_always_been() {
    let site = generate(1, 400);
    let expected = oracle(&site, |it| was(it, "3"));
    assert!(!expected.is_empty() && expected.len() < 400);
    assert_eq!(ids(&site, "status was 3"), expected);
    assert_eq!(ids(&site, "status was in (3, 10001)"), oracle(&site, |it| was(it, "3") || was(it, "10001")));
    let never = oracle(&site, |it| !was(it, "3"));
    assert_eq!(ids(&site, "status was not 3"), never);
    assert_eq!(ids(&site, "not status was 3"), never);
    assert_eq!(ids(&site, "not status was not in (3)"), expected);
    assert_eq!(ids(&site, "status was 3 before '2020-01-01'"), Vec::<i64>::new());
}

#[test]
fn changes_are_found_by_value_time_and_author() {
    let site = generate(1, 400);
    let at = "2026-06-30T22:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let changed = |keep: &dyn Fn(&History, &HistoryItem) -> bool, field: &'static str| {
        let found = oracle(&site, |it| changes(it, field).any(|(history, item)| keep(history, item)));
        assert!(!found.is_empty() && found.len() < 400, "{field}");
        found
    };
    assert_eq!(ids(&site, "status changed"), changed(&|_, _| true, "status"));
    assert_eq!(
        ids(&site, "status changed from 'to do' to 'in progress'"),
        changed(
            &|_, it| {
                ["10000", "10010"].contains(&it.from.as_deref().unwrap_or_default())
                    && ["3", "10011"].contains(&it.to.as_deref().unwrap_or_default())
            },
            "status"
        )
    );
    assert_eq!(
        ids(&site, "assignee changed from EMPTY after '2026-06-30'"),
        changed(&|history, it| it.from.is_none() && history.created >= at, "assignee")
    );
    let author =
        site.issues.values().flat_map(|it| changes(it, "status")).find_map(|(it, _)| it.author.clone());
    let author = author.unwrap();
    assert_eq!(
        ids(&site, &format!("status changed by '{author}' during ('2026-01-01', now())")),
        changed(&|history, _| history.author.as_ref() == Some(&author), "status")
    );
    assert!(refusal(&site, "summary changed").starts_with("History searches do not support"));
    assert!(refusal(&site, "status was Nowhere").contains("does not exist"));
    assert!(refusal(&site, "status was Done from 3").contains("not supported"));
}
