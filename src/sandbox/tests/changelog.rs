//! Changes of issues over HTTP.

use std::collections::BTreeMap;

use super::super::assumptions::{BulkCreated, BulkItems};
use super::super::model::{Access, Issue};
use super::*;

#[test]
fn the_changes_of_an_issue_end_with_what_it_is() {
    let site = generate(1, 1_000);
    for issue in site.issues.values() {
        assert!(issue.histories.is_sorted_by_key(|it| (it.created, it.id)), "{}", issue.key);
        let mut last: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for history in &issue.histories {
            assert!((issue.created..=issue.updated).contains(&history.created), "{}", issue.key);
            for item in &history.items {
                if let Some(before) = last.get(&*item.field).filter(|_| item.field == "status") {
                    assert_eq!(*before, item.from.as_deref(), "{}", issue.key);
                }
                let after = if item.field == "summary" { &item.to_string } else { &item.to };
                last.insert(&item.field, after.as_deref());
            }
        }
        let status = issue.status_id.to_string();
        assert!(last.get("status").is_none_or(|it| *it == Some(&*status)), "{}", issue.key);
        assert!(last.get("assignee").is_none_or(|it| *it == issue.assignee.as_deref()), "{}", issue.key);
        assert!(last.get("summary").is_none_or(|it| *it == Some(&*issue.summary)), "{}", issue.key);
    }
    let items: Vec<_> = site.issues.values().flat_map(|it| &it.histories).flat_map(|it| &it.items).collect();
    for field in [
        "status",
        "assignee",
        "summary",
        "labels",
        "Sprint",
        "Fix Version",
        "Story Points",
        "description",
        "Link",
        "Old estimate",
    ] {
        assert!(items.iter().any(|item| item.field == field), "{field}");
    }
    assert!(items.iter().any(|item| item.field_id.is_none() && item.from.is_none()));
    assert!(site.issues.values().flat_map(|it| &it.histories).any(|it| it.author.is_none()));
    let lengths: Vec<usize> = site.long_tails.iter().map(|id| site.issues[id].histories.len()).collect();
    assert_eq!((lengths[1], lengths[3]), (250, 0));
}

#[tokio::test]
async fn an_issues_changes_come_oldest_first_a_hundred_a_page() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let issue = &site.issues[&site.long_tails[1]];
    let mut found = Vec::new();
    for (start, length) in [(0, 100), (100, 100), (200, 50), (250, 0)] {
        let path = format!("/rest/api/3/issue/{}/changelog?startAt={start}&maxResults=5000", issue.key);
        let (status, page) = rig.get(&path).await;
        assert_eq!((status, &page["total"], &page["maxResults"]), (200, &json!(250), &json!(100)));
        assert_eq!(page["isLast"], json!(start + length == 250));
        let values = page["values"].as_array().unwrap();
        assert_eq!(values.len(), length);
        found.extend(ids(values));
    }
    assert_eq!(found, issue.histories.iter().map(|it| it.id).collect::<Vec<_>>());
    let (_, embedded) = rig.get(&format!("/rest/api/3/issue/{}?expand=changelog&fields=id", issue.id)).await;
    let newest: Vec<i64> = found.iter().rev().take(40).copied().collect();
    assert_eq!(ids(embedded["changelog"]["histories"].as_array().unwrap()), newest);
    assert_eq!(embedded["changelog"]["total"], json!(250));
    let jql = format!("id = {}", issue.id);
    let (_, page) = rig.post("/rest/api/3/search/jql", json!({"jql": jql, "expand": "changelog"})).await;
    assert_eq!(ids(page["issues"][0]["changelog"]["histories"].as_array().unwrap()), newest[..20]);
    assert_eq!(rig.get("/rest/api/3/issue/NOPE-1/changelog").await.0, 404);
}

/// All pages of a bulk request, as (issue, change) in the order in which they came.
async fn bulk(rig: &Rig, mut body: Value) -> (Vec<(String, Value)>, usize) {
    let (mut rows, mut pages) = (Vec::new(), 0);
    loop {
        let (status, page) = rig.post("/rest/api/3/changelog/bulkfetch", body.clone()).await;
        assert_eq!(status, 200, "{page}");
        pages += 1;
        for issue in page["issueChangeLogs"].as_array().unwrap() {
            let id = issue["issueId"].as_str().unwrap();
            let histories = issue["changeHistories"].as_array().unwrap();
            assert!(!histories.is_empty());
            rows.extend(histories.iter().map(|it| (id.to_owned(), it.clone())));
        }
        match page.get("nextPageToken").and_then(Value::as_str) {
            Some(token) => body["nextPageToken"] = json!(token),
            None => return (rows, pages),
        }
    }
}

#[tokio::test]
async fn a_bulk_request_spreads_the_changes_of_an_issue_over_its_pages_and_gives_each_once() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let visible = |it: &&Issue| site.access(it, Caller::Demo) != Access::Hidden;
    let wanted: Vec<String> =
        site.issues.values().map(|it| it.key.clone()).chain(["NOPE-1".to_owned()]).collect();
    let (rows, pages) = bulk(&rig, json!({"issueIdsOrKeys": wanted, "maxResults": 100})).await;
    let expected: Vec<i64> = {
        let histories = site
            .issues
            .values()
            .filter(visible)
            .flat_map(|it| it.histories.iter().map(move |h| (h.created, it.id, h.id)));
        histories.collect::<BTreeSet<_>>().into_iter().map(|(_, _, id)| id).collect()
    };
    assert_eq!(pages, expected.len().div_ceil(100));
    let mut found: Vec<i64> = ids(&rows.iter().map(|(_, row)| row.clone()).collect::<Vec<_>>());
    assert_eq!(found.len(), expected.len());
    found.sort_unstable();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert!(rows.iter().all(|(_, row)| row["created"].is_i64()));
    let (whole, pages) = bulk(&rig, json!({"issueIdsOrKeys": [site.issues[&site.long_tails[1]].key]})).await;
    assert_eq!((whole.len(), pages), (250, 1));
}

#[tokio::test]
async fn a_bulk_request_filters_by_field_and_refuses_what_is_too_much() {
    for bulk_items in [BulkItems::WholeChange, BulkItems::FittingOnly] {
        let assumptions =
            Assumptions { bulk_items, bulk_created: BulkCreated::Text, ..Assumptions::default() };
        let rig = Rig::new(SandboxConfig { issues: 300, assumptions, ..SandboxConfig::default() }).await;
        let site = rig.sandbox.site();
        let wanted: Vec<String> = site.issues.keys().map(ToString::to_string).collect();
        let (rows, _) = bulk(&rig, json!({"issueIdsOrKeys": wanted, "fieldIds": ["resolution"]})).await;
        let fields: BTreeSet<&str> = rows
            .iter()
            .flat_map(|(_, row)| row["items"].as_array().unwrap())
            .map(|item| item["fieldId"].as_str().unwrap_or(""))
            .collect();
        match bulk_items {
            BulkItems::WholeChange => assert!(fields.contains("resolution") && fields.contains("status")),
            BulkItems::FittingOnly => assert_eq!(fields.into_iter().collect::<Vec<_>>(), ["resolution"]),
        }
        assert!(rows.iter().all(|(_, row)| row["created"].as_str().unwrap().ends_with("00")));
        for body in [
            json!({}),
            json!({"issueIdsOrKeys": []}),
            json!({"issueIdsOrKeys": vec!["1"; 1_001]}),
            json!({"issueIdsOrKeys": ["1"], "maxResults": 10_001}),
            json!({"issueIdsOrKeys": ["1"], "maxResults": 0}),
            json!({"issueIdsOrKeys": ["1"], "fieldIds": (0..11).map(|it| it.to_string()).collect::<Vec<_>>()}),
            json!({"issueIdsOrKeys": ["1"], "nextPageToken": "made up"}),
        ] {
            assert_eq!(rig.post("/rest/api/3/changelog/bulkfetch", body.clone()).await.0, 400, "{body}");
        }
    }
}

#[tokio::test]
async fn real_sites_oddities_of_assignees_are_there() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let assigned = |it: &&Issue| {
        it.histories.iter().any(|it| it.items.iter().any(|it| it.field == "assignee" && it.from.is_none()))
    };
    let issue = site.searchable_issues(Caller::Demo).find(assigned).unwrap();
    let (_, page) = rig.get(&format!("/rest/api/3/issue/{}/changelog", issue.id)).await;
    let items = page["values"].as_array().unwrap().iter().flat_map(|it| it["items"].as_array().unwrap());
    let item = items.into_iter().find(|it| it["field"] == json!("assignee") && it["from"].is_null()).unwrap();
    assert_eq!(item["tmpFromAccountId"], Value::Null);
    assert_eq!(item["tmpToAccountId"], item["to"]);
}
