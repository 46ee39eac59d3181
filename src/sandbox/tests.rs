//! The sandbox over HTTP.

mod agile;
mod around;
mod changelog;
mod custom;
mod data_center;
mod documents;
mod jql;
mod related;

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::assumptions::{
    BulkfetchSize, EmbeddedLists, FeedBoundary, IdOnly, IsLast, LastToken, MissingIssues, ShortPages,
    WrongCredentials,
};
use super::model::{Audience, Caller, ProjectState};
use super::*;

mod directory;

/// A client with the demo's credentials, and the sandbox that it talks to.
struct Rig {
    sandbox: Sandbox,
    http: Client,
}

/// Whether a request carries the demo's credentials.
#[derive(Clone, Copy)]
enum As {
    Demo,
    Nobody,
    Stranger,
}

/// A client that goes straight to loopback, whatever proxy the machine has.
fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

impl Rig {
    async fn new(config: SandboxConfig) -> Self {
        Self { sandbox: Sandbox::start(config).await.unwrap(), http: client() }
    }

    async fn small() -> Self {
        Self::new(SandboxConfig { issues: 300, ..SandboxConfig::default() }).await
    }

    async fn send(
        &self,
        who: As,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.sandbox.url()));
        request = match who {
            As::Demo => request.basic_auth("demo@example.com", Some("sandbox-token")),
            As::Stranger => request.basic_auth("demo@example.com", Some("wrong")),
            As::Nobody => request,
        };
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        request.send().await
    }

    async fn answer(&self, who: As, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.send(who, method, path, body).await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(As::Demo, Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.answer(As::Demo, Method::POST, path, Some(&body)).await
    }

    /// All pages of a search, and how many rows each had.
    async fn search(&self, mut body: Value) -> (Vec<Value>, Vec<usize>) {
        let (mut rows, mut lengths) = (Vec::new(), Vec::new());
        loop {
            let (status, page) = self.post("/rest/api/3/search/jql", body.clone()).await;
            assert_eq!(status, 200, "{page}");
            let issues = page["issues"].as_array().unwrap();
            lengths.push(issues.len());
            rows.extend(issues.iter().cloned());
            match page.get("nextPageToken").and_then(Value::as_str) {
                Some(token) => body["nextPageToken"] = json!(token),
                None => return (rows, lengths),
            }
        }
    }
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect()
}

fn messages(body: &Value) -> String {
    body["errorMessages"].to_string()
}

const ALL: &str = "updated >= '1970/01/01 00:00'";

#[tokio::test]
async fn a_search_for_ids_gives_five_thousand_a_page_and_real_fields_a_hundred() {
    let rig = Rig::small().await;
    let (rows, lengths) = rig.search(json!({"jql": ALL, "maxResults": 5000})).await;
    assert_eq!(lengths, [300]);
    assert_eq!(rows[0], json!({"id": rows[0]["id"]}));
    let (rows, lengths) = rig.search(json!({"jql": ALL, "maxResults": 5000, "fields": ["summary"]})).await;
    assert_eq!(rows.len(), 300);
    assert_eq!(lengths[0], 100);
    let (rows, lengths) = rig.search(json!({"jql": ALL})).await;
    assert_eq!((rows.len(), lengths[0]), (300, 50));
    assert_eq!(ids(&rows).into_iter().collect::<HashSet<_>>().len(), 300);
}

#[tokio::test]
async fn pages_in_the_middle_are_sometimes_short() {
    let rig = Rig::new(SandboxConfig::default()).await;
    let body = json!({"jql": ALL, "maxResults": 100, "fields": ["summary"]});
    let (rows, lengths) = rig.search(body.clone()).await;
    assert_eq!(rows.len(), 2_000);
    let middle = &lengths[..lengths.len() - 1];
    assert!(middle.iter().any(|length| *length < 100), "{lengths:?}");
    let assumptions = Assumptions { short_pages: ShortPages::Never, ..Assumptions::default() };
    let rig = Rig::new(SandboxConfig { assumptions, ..SandboxConfig::default() }).await;
    assert_eq!(rig.search(body).await.1, [100; 20]);
}

#[tokio::test]
async fn every_order_gives_every_issue_once_and_in_order() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    for (order, direction) in [("created", "asc"), ("updated", "desc"), ("key", "asc"), ("project", "desc")] {
        let jql = format!("{ALL} order by {order} {direction}");
        let (rows, _) = rig.search(json!({"jql": jql, "fields": ["created"], "maxResults": 37})).await;
        let found = ids(&rows);
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), 300, "{jql}");
        let sorted = match order {
            "created" => found.is_sorted_by_key(|id| site.issues[id].created),
            "updated" => found.is_sorted_by_key(|id| std::cmp::Reverse(site.issues[id].updated)),
            "key" => found.is_sorted_by_key(|id| {
                let issue = &site.issues[id];
                (site.project(issue.project_id).unwrap().key.clone(), issue.number)
            }),
            _ => found.is_sorted_by_key(|id| {
                std::cmp::Reverse(site.project(site.issues[id].project_id).unwrap().key.clone())
            }),
        };
        assert!(sorted, "{jql}");
    }
}

#[tokio::test]
async fn search_refuses_what_jira_refuses() {
    let rig = Rig::small().await;
    let search = async |body: Value| rig.post("/rest/api/3/search/jql", body).await;
    for (body, part) in [
        (json!({"jql": ""}), "Unbounded"),
        (json!({"jql": "order by key desc"}), "Unbounded"),
        (json!({"jql": ALL, "maxResults": 0}), "between 1 and 5,000"),
        (json!({"jql": ALL, "maxResults": 5001}), "between 1 and 5,000"),
        (json!({"jql": ALL, "startAt": 0}), "Invalid request payload"),
        (json!({"jql": ALL, "expand": ["names"]}), "Invalid request payload"),
        (json!({"jql": ALL, "nextPageToken": "made up"}), "token"),
        (json!({"jql": "project = SELECT"}), "reserved JQL word"),
    ] {
        let (status, answer) = search(body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(messages(&answer).contains(part), "{body}: {answer}");
        assert_eq!(answer["errors"], json!({}));
    }
    let (_, page) = search(json!({"jql": ALL, "maxResults": 10})).await;
    let token = page["nextPageToken"].clone();
    assert_eq!(search(json!({"jql": ALL, "maxResults": 10, "nextPageToken": token})).await.0, 200);
    assert_eq!(search(json!({"jql": ALL, "maxResults": 11, "nextPageToken": token})).await.0, 400);
    let other = json!({"jql": format!("{ALL} "), "maxResults": 10, "nextPageToken": token});
    assert_eq!(search(other).await.0, 400);
    let (status, answer) = rig.get("/rest/api/3/search?jql=project=PAY").await;
    assert_eq!(status, 410);
    assert!(messages(&answer).contains("/rest/api/3/search/jql"));
}

#[tokio::test]
async fn the_switches_change_what_is_served() {
    let assumptions = Assumptions {
        id_only: IdOnly::IdKeySelf,
        is_last: IsLast::Absent,
        last_token: LastToken::Null,
        bulkfetch: BulkfetchSize::AtMost100,
        ..Assumptions::default()
    };
    let rig = Rig::new(SandboxConfig { issues: 150, assumptions, ..SandboxConfig::default() }).await;
    let (_, page) = rig.post("/rest/api/3/search/jql", json!({"jql": ALL, "maxResults": 5000})).await;
    assert!(page["issues"][0]["key"].is_string());
    assert_eq!(page.get("isLast"), None);
    assert_eq!(page.get("nextPageToken"), Some(&Value::Null));
    let wanted: Vec<&Value> = page["issues"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    let body = json!({"issueIdsOrKeys": wanted, "fields": ["summary"]});
    assert_eq!(rig.post("/rest/api/3/issue/bulkfetch", body.clone()).await.0, 400);
    let rig = Rig::new(SandboxConfig { issues: 150, ..SandboxConfig::default() }).await;
    let (status, answer) = rig.post("/rest/api/3/issue/bulkfetch", body.clone()).await;
    assert_eq!((status, answer["issues"].as_array().unwrap().len()), (200, 150));
    let mut wide = body;
    wide["fields"] = json!(["summary", "worklog"]);
    assert_eq!(rig.post("/rest/api/3/issue/bulkfetch", wide.clone()).await.0, 400);
    wide["fields"] = Value::Null;
    assert_eq!(rig.post("/rest/api/3/issue/bulkfetch", wide).await.0, 400);
}

#[tokio::test]
async fn bulkfetch_answers_in_id_order_resolves_old_keys_and_leaves_out_what_is_missing() {
    for missing_issues in [MissingIssues::LeftOut, MissingIssues::InIssueErrors] {
        let assumptions = Assumptions { missing_issues, ..Assumptions::default() };
        let rig = Rig::new(SandboxConfig { issues: 300, assumptions, ..SandboxConfig::default() }).await;
        let site = rig.sandbox.site();
        let moved = site.searchable_issues(Caller::Demo).find(|issue| !issue.old_keys.is_empty()).unwrap();
        let first = site.searchable_issues(Caller::Demo).next().unwrap();
        let hidden = site
            .issues
            .values()
            .find(|issue| site.access(issue, Caller::Demo) == model::Access::Hidden)
            .unwrap();
        let body = json!({
            "issueIdsOrKeys": [moved.old_keys[0].to_lowercase(), first.key, "NOPE-1", hidden.id.to_string(), first.id.to_string()],
            "fields": ["summary"],
        });
        let (status, answer) = rig.post("/rest/api/3/issue/bulkfetch", body).await;
        assert_eq!(status, 200);
        assert_eq!(ids(answer["issues"].as_array().unwrap()), [first.id, moved.id]);
        assert_eq!(answer["issues"][1]["key"], json!(moved.key));
        let errors: Vec<&Value> =
            answer["issueErrors"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        match missing_issues {
            MissingIssues::LeftOut => assert_eq!(errors, [&Value::Null; 0]),
            MissingIssues::InIssueErrors => {
                assert_eq!(errors, [&json!("NOPE-1"), &json!(hidden.id.to_string())]);
            }
        }
    }
}

/// Ids of the issues that a block has, and of those that it refused.
async fn block(rig: &Rig, wanted: &[String]) -> (Vec<i64>, Vec<i64>) {
    let body = json!({"issueIdsOrKeys": wanted, "fields": ["summary"]});
    let (status, answer) = rig.post("/rest/api/3/issue/bulkfetch", body).await;
    assert_eq!(status, 200);
    let refused = answer["issueErrors"].as_array().unwrap();
    assert!(refused.iter().all(|it| it["errorMessage"].is_string()));
    (ids(answer["issues"].as_array().unwrap()), ids(refused))
}

#[tokio::test]
async fn a_refused_issue_is_named_by_its_id_and_given_later() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let [one, other] = site.searchable_issues(Caller::Demo).take(2).collect::<Vec<_>>()[..] else { panic!() };
    rig.sandbox.refuse_issue(one.id, 2);
    let wanted = [one.key.clone(), other.key.clone(), one.id.to_string()];
    for _ in 0..2 {
        assert_eq!(block(&rig, &wanted).await, (vec![other.id], vec![one.id]));
    }
    assert_eq!(block(&rig, &wanted).await, (vec![one.id, other.id], vec![]));
    assert_eq!(rig.sandbox.refused_issues(), 2);
}

#[tokio::test]
async fn faults_refuse_issues_of_a_block_too() {
    let rig = Rig::new(SandboxConfig { issues: 300, faults: 0.5, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let wanted: Vec<String> =
        site.searchable_issues(Caller::Demo).take(100).map(|it| it.id.to_string()).collect();
    let body = json!({"issueIdsOrKeys": wanted, "fields": ["summary"]});
    let mut refused = 0;
    for _ in 0..20 {
        let sent = rig.send(As::Demo, Method::POST, "/rest/api/3/issue/bulkfetch", Some(&body)).await;
        let Ok(response) = sent else { continue };
        let Ok(answer) = serde_json::from_str::<Value>(&response.text().await.unwrap_or_default()) else {
            continue;
        };
        if let Some(issues) = answer["issues"].as_array() {
            let errors = answer["issueErrors"].as_array().unwrap().len();
            assert_eq!(issues.len() + errors, 100);
            refused += errors;
        }
    }
    assert!(refused > 0 && refused <= rig.sandbox.refused_issues(), "{refused}");
}

#[tokio::test]
async fn one_project_may_not_show_its_lists_inside_issues() {
    let assumptions =
        Assumptions { embedded_lists: EmbeddedLists::NotInOneProject, ..Assumptions::default() };
    let rig = Rig::new(SandboxConfig { issues: 300, assumptions, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let lists = json!({"jql": ALL, "fields": ["comment", "worklog", "project"], "maxResults": 100});
    let (rows, _) = rig.search(lists).await;
    let (without, with): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row["fields"]["project"]["key"] == json!("OFFICEWORK"));
    assert!(!without.is_empty() && !with.is_empty());
    for list in ["comment", "worklog"] {
        assert!(without.iter().all(|row| row["fields"].get(list).is_none()), "{list}");
        assert!(with.iter().all(|row| row["fields"][list]["total"].is_number()), "{list}");
    }
    let issue = site
        .searchable_issues(Caller::Demo)
        .find(|it| it.key.starts_with("OFFICEWORK-") && !it.visible_comments(Caller::Demo).is_empty());
    let (_, page) = rig.get(&format!("/rest/api/3/issue/{}/comment", issue.unwrap().id)).await;
    assert_ne!(page["total"], json!(0));
}

#[tokio::test]
async fn embedded_lists_stop_at_twenty_and_tell_the_true_total() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    for id in &site.long_tails {
        let issue = &site.issues[id];
        let (_, answer) = rig.get(&format!("/rest/api/3/issue/{id}")).await;
        let (worklogs, comments) = (&answer["fields"]["worklog"], &answer["fields"]["comment"]);
        assert_eq!(worklogs["total"], json!(issue.worklogs.len()));
        assert_eq!(worklogs["worklogs"].as_array().unwrap().len(), issue.worklogs.len().min(20));
        assert_eq!(comments["total"], json!(issue.comments.len()));
        assert_eq!(comments["comments"].as_array().unwrap().len(), issue.comments.len().min(20));
        let (_, all) = rig.get(&format!("/rest/api/3/issue/{id}/worklog")).await;
        assert_eq!(all["worklogs"].as_array().unwrap().len(), issue.worklogs.len());
        let (_, page) =
            rig.get(&format!("/rest/api/3/issue/{}/comment?maxResults=5000&startAt=200", issue.key)).await;
        assert_eq!(page["maxResults"], json!(100));
        assert_eq!(page["comments"].as_array().unwrap().len(), issue.comments.len().saturating_sub(200));
    }
}

/// All ids of a worklog feed from the beginning.
async fn feed(rig: &Rig, name: &str) -> Vec<i64> {
    let (mut since, mut found) = (0, Vec::new());
    for _ in 0..50 {
        let (status, page) = rig.get(&format!("/rest/api/3/worklog/{name}?since={since}")).await;
        assert_eq!(status, 200);
        let rows = page["values"].as_array().unwrap();
        assert!(rows.is_sorted_by_key(|row| row["updatedTime"].as_i64()));
        found.extend(rows.iter().map(|row| row["worklogId"].as_i64().unwrap()));
        if page["lastPage"] == json!(true) {
            return found;
        }
        assert!(page["nextPage"].as_str().unwrap().ends_with(&format!("since={}", page["until"])));
        since = page["until"].as_i64().unwrap();
    }
    panic!("the feed does not end");
}

#[tokio::test]
async fn the_worklog_feed_and_list_give_every_visible_worklog() {
    for boundary in [FeedBoundary::Inclusive, FeedBoundary::Exclusive] {
        let assumptions = Assumptions { feed_boundary: boundary, ..Assumptions::default() };
        let rig = Rig::new(SandboxConfig { assumptions, ..SandboxConfig::default() }).await;
        let found = feed(&rig, "updated").await;
        let site = rig.sandbox.site();
        let expected: BTreeSet<i64> = site.visible_worklogs(Caller::Demo).map(|it| it.id).collect();
        assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected);
        let deleted: BTreeSet<i64> = feed(&rig, "deleted").await.into_iter().collect();
        assert_eq!(deleted, site.deleted_worklogs.iter().map(|(_, id)| *id).collect());
        let block: Vec<i64> = found.into_iter().take(999).chain([1]).collect();
        let (status, rows) = rig.post("/rest/api/3/worklog/list", json!({"ids": block})).await;
        assert_eq!(status, 200);
        let rows = rows.as_array().unwrap();
        let got: Vec<i64> = ids(rows);
        assert_eq!(got.iter().collect::<BTreeSet<_>>(), block[..999].iter().collect());
        assert_ne!(got, block[..999]);
        assert_eq!(rig.post("/rest/api/3/worklog/list", json!({"ids": vec![1; 1001]})).await.0, 400);
    }
}

#[tokio::test]
async fn the_feed_hides_the_last_minute() {
    let site = generate(1, 50);
    let newest = site.visible_worklogs(Caller::Demo).max_by_key(|it| it.updated).unwrap();
    for (later, seen) in [(30, false), (90, true)] {
        let now = SandboxClock::Fixed(newest.updated + TimeDelta::seconds(later));
        let rig = Rig::new(SandboxConfig { issues: 50, now, ..SandboxConfig::default() }).await;
        assert_eq!(feed(&rig, "updated").await.contains(&newest.id), seen);
    }
}

#[tokio::test]
async fn anonymous_callers_see_the_public_project_and_wrong_tokens_nothing() {
    let rig = Rig::small().await;
    let search = json!({"jql": ALL, "fields": ["project"], "maxResults": 5000});
    let (status, page) = rig.answer(As::Nobody, Method::POST, "/rest/api/3/search/jql", Some(&search)).await;
    assert_eq!(status, 200);
    let rows = page["issues"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.len() < 100);
    assert!(rows.iter().all(|row| row["fields"]["project"]["key"] == json!("OS")));
    let (_, projects) = rig.answer(As::Nobody, Method::GET, "/rest/api/3/project/search", None).await;
    assert_eq!(projects["total"], json!(1));
    for path in ["/rest/api/3/myself", "/rest/api/3/users/search", "/rest/api/3/worklog/updated"] {
        assert_eq!(rig.answer(As::Nobody, Method::GET, path, None).await.0, 401, "{path}");
    }
    let response =
        rig.send(As::Stranger, Method::POST, "/rest/api/3/search/jql", Some(&search)).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["x-seraph-loginreason"], "AUTHENTICATED_FAILED");
    let assumptions =
        Assumptions { wrong_credentials: WrongCredentials::Anonymous, ..Assumptions::default() };
    let rig = Rig::new(SandboxConfig { issues: 50, assumptions, ..SandboxConfig::default() }).await;
    assert_eq!(rig.answer(As::Stranger, Method::POST, "/rest/api/3/search/jql", Some(&search)).await.0, 200);
    assert_eq!(rig.answer(As::Stranger, Method::GET, "/rest/api/3/myself", None).await.0, 401);
}

#[tokio::test]
async fn projects_page_by_a_hundred_and_keep_archived_ones_apart() {
    let rig = Rig::new(SandboxConfig { issues: 20, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let (_, page) = rig.get("/rest/api/3/project/search?maxResults=1000&expand=description,lead").await;
    let live = site
        .projects
        .iter()
        .filter(|it| it.state == ProjectState::Live && it.audience != Audience::Others)
        .count();
    assert_eq!(
        (&page["maxResults"], &page["total"], &page["isLast"]),
        (&json!(100), &json!(live), &json!(true))
    );
    assert_eq!(page.get("nextPage"), None);
    let (_, first) = rig.get("/rest/api/3/project/search?maxResults=2").await;
    assert_eq!(first["isLast"], json!(false));
    assert!(first["nextPage"].as_str().unwrap().contains("startAt=2"));
    let (_, archived) = rig.get("/rest/api/3/project/search?status=archived").await;
    assert_eq!(archived["values"][0]["key"], json!("OLD"));
    assert_eq!(archived["values"][0].get("description"), None);
    assert_eq!(rig.get("/rest/api/3/project/pay").await.1["name"], json!("Payments"));
    assert_eq!(rig.get("/rest/api/3/project/BOARD").await.0, 404);
}

#[tokio::test]
async fn labels_are_plain_strings_each_once_and_those_of_visible_issues() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let seen = site.issues.values().filter(|it| site.access(it, Caller::Demo) != model::Access::Hidden);
    let expected: BTreeSet<&String> = seen.flat_map(|it| &it.labels).collect();
    let (_, whole) = rig.get("/rest/api/3/label").await;
    assert_eq!((&whole["values"], &whole["isLast"]), (&json!(expected), &json!(true)));
    assert_eq!((&whole["maxResults"], &whole["total"]), (&json!(1000), &json!(expected.len())));
    let mut found = Vec::new();
    for start in (0..expected.len()).step_by(2) {
        let (_, page) = rig.get(&format!("/rest/api/3/label?maxResults=2&startAt={start}")).await;
        let last = start + 2 >= expected.len();
        assert_eq!((&page["isLast"], page.get("nextPage").is_some()), (&json!(last), !last));
        found.extend(page["values"].as_array().unwrap().clone());
    }
    assert_eq!(json!(found), json!(expected));
}

#[tokio::test]
async fn users_are_a_bare_array_that_ends_empty() {
    let rig = Rig::new(SandboxConfig::default()).await;
    let (_, first) = rig.get("/rest/api/3/users/search").await;
    assert_eq!(first.as_array().unwrap().len(), 50);
    let (_, second) = rig.get("/rest/api/3/users/search?startAt=50").await;
    assert_eq!(second.as_array().unwrap().len(), 50);
    let (_, last) = rig.get("/rest/api/3/users/search?startAt=200").await;
    assert_eq!(last.as_array().unwrap().len(), 10);
    assert_eq!(rig.get("/rest/api/3/users/search?startAt=210").await.1, json!([]));
    assert!(first.as_array().unwrap().iter().any(|user| user.get("emailAddress").is_none()));
    assert!(first.as_array().unwrap().iter().any(|user| user["active"] == json!(false)));
}

#[tokio::test]
async fn timestamps_carry_the_callers_offset_and_text_follows_the_interface() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let issue = site
        .searchable_issues(Caller::Demo)
        .find(|it| it.description.as_ref().is_some_and(|text| text.blocks.len() > 3))
        .unwrap();
    let (_, three) = rig.get(&format!("/rest/api/3/issue/{}", issue.id)).await;
    let (_, two) = rig.get(&format!("/rest/api/latest/issue/{}", issue.id)).await;
    let text = issue.description.as_ref().unwrap();
    assert_eq!(three["fields"]["description"], text.to_adf());
    assert_eq!(two["fields"]["description"], json!(text.to_wiki()));
    let created = three["fields"]["created"].as_str().unwrap();
    assert!(created.ends_with("+0100") || created.ends_with("+0200"), "{created}");
    assert_eq!(DateTime::parse_from_str(created, "%Y-%m-%dT%H:%M:%S%.3f%z").unwrap(), issue.created);
    assert!(two["self"].as_str().unwrap().contains("/rest/api/2/issue/"));
}

#[tokio::test]
async fn the_gateway_serves_the_same_site_under_its_cloud_id_only() {
    let rig = Rig::small().await;
    let (_, info) = rig.get("/_edge/tenant_info").await;
    let cloud = info["cloudId"].as_str().unwrap();
    let (status, me) = rig.get(&format!("/ex/jira/{cloud}/rest/api/3/myself")).await;
    assert_eq!((status, &me["timeZone"]), (200, &json!("Europe/Berlin")));
    assert!(me["self"].as_str().unwrap().starts_with(&rig.sandbox.gateway_url()));
    assert_eq!(rig.get("/ex/jira/other/rest/api/3/myself").await.0, 404);
    assert_eq!(rig.get("/rest/api/3/nothing").await.0, 404);
    assert_eq!(rig.answer(As::Demo, Method::DELETE, "/rest/api/3/issue/1", None).await.0, 405);
}

#[tokio::test]
async fn kept_answers_are_forgotten_with_the_site_that_they_were_made_of() {
    let config = SandboxConfig { issues: 50, answers: Answers::Kept, ..SandboxConfig::default() };
    let rig = Rig::new(config).await;
    let body = json!({"jql": ALL, "maxResults": 50, "validateQuery": true});
    let (rows, _) = rig.search(body.clone()).await;
    assert_eq!(rig.search(body.clone()).await.0, rows);
    assert_eq!(rig.sandbox.requests()[1].unknown_parameters, ["validateQuery"]);
    rig.sandbox.write(|pen| pen.delete(ids(&rows)[7]).unwrap());
    assert_eq!(rig.search(body).await.0.len(), rows.len() - 1);
    let (status, _) = rig.answer(As::Stranger, Method::GET, "/rest/api/3/myself", None).await;
    assert_eq!((status, rig.get("/rest/api/3/myself").await.0), (401, 200));
}

#[tokio::test]
async fn a_page_shows_what_was_edited_since_the_page_before() {
    let rig = Rig::small().await;
    let body = json!({"jql": format!("{ALL} ORDER BY created ASC, key ASC"), "maxResults": 100});
    let (rows, _) = rig.search(body.clone()).await;
    let last = *ids(&rows).last().unwrap();
    let (_, page) = rig.post("/rest/api/3/search/jql", body.clone()).await;
    rig.sandbox.write(|pen| pen.delete(last).unwrap());
    let mut next = body;
    next["nextPageToken"] = page["nextPageToken"].clone();
    let (rest, _) = rig.search(next).await;
    assert_eq!(ids(&rest), ids(&rows)[100..299]);
}

#[tokio::test]
async fn the_log_names_parameters_that_nobody_documented() {
    let rig = Rig::small().await;
    rig.post("/rest/api/3/search/jql", json!({"jql": ALL, "validateQuery": true})).await;
    rig.get("/rest/api/3/worklog/updated?since=0&until=5").await;
    let log = rig.sandbox.requests();
    assert_eq!(log[0].unknown_parameters, ["validateQuery"]);
    assert_eq!(log[1].unknown_parameters, ["until"]);
    assert!(log[0].authenticated && log[0].bytes > 0);
    let (_, json) = rig.get("/__sandbox/requests").await;
    assert_eq!(json["count"], json!(2));
    let (_, summary) = rig.get("/__sandbox/summary").await;
    assert_eq!(summary["requests"], json!(2));
    assert_eq!(summary["bytes"], json!(log[0].bytes + log[1].bytes));
    assert_eq!(summary["rows"]["issues"], json!(300));
    rig.answer(As::Nobody, Method::DELETE, "/__sandbox/requests", None).await;
    assert_eq!(rig.sandbox.requests().len(), 0);
}

#[tokio::test]
async fn an_endpoint_can_be_broken_for_good() {
    let rig = Rig::small().await;
    rig.sandbox.fail_always("GET /rest/api/3/field", 500);
    assert_eq!(rig.get("/rest/api/3/field").await.0, 500);
    assert_eq!(rig.get("/rest/api/3/myself").await.0, 200);
}

#[tokio::test]
async fn the_fourth_try_always_succeeds() {
    let rig = Rig::new(SandboxConfig { issues: 50, faults: 1.0, ..SandboxConfig::default() }).await;
    for round in 0..15 {
        for attempt in 0..4 {
            let answered =
                match rig.send(As::Demo, Method::GET, &format!("/rest/api/3/field?x={round}"), None).await {
                    Ok(response) if response.status() == 200 => response
                        .text()
                        .await
                        .ok()
                        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
                        .is_some(),
                    _ => false,
                };
            assert_eq!(answered, attempt == 3, "round {round}, attempt {attempt}");
        }
    }
    let faults: HashSet<Fault> = rig.sandbox.requests().iter().filter_map(|it| it.fault).collect();
    assert_eq!(faults.len(), 11, "{faults:?}");
}

#[tokio::test]
async fn issues_that_stay_are_all_found_while_others_are_edited() {
    let config = SandboxConfig { issues: 500, edits: 3.0, ..SandboxConfig::default() };
    let rig = Rig::new(config).await;
    let before: BTreeSet<i64> = rig.sandbox.site().searchable_issues(Caller::Demo).map(|it| it.id).collect();
    let jql = format!("{ALL} order by updated asc");
    let (rows, _) = rig.search(json!({"jql": jql, "fields": ["updated"], "maxResults": 20})).await;
    let found: BTreeSet<i64> = ids(&rows).into_iter().collect();
    let log = rig.sandbox.edited();
    assert!(log.updated.len() > 20 && !log.deleted.is_empty(), "{log:?}");
    let gone: BTreeSet<i64> = log.deleted.iter().copied().collect();
    assert_eq!(before.difference(&found).filter(|id| !gone.contains(id)).count(), 0);
}

#[tokio::test]
async fn a_seed_serves_the_same_bytes_again() {
    let rigs = [Rig::small().await, Rig::small().await];
    let body = json!({"jql": ALL, "fields": ["*all"], "maxResults": 100});
    let mut texts = Vec::new();
    for rig in &rigs {
        let (_, page) = rig.post("/rest/api/3/search/jql", body.clone()).await;
        texts.push(page["issues"].to_string().replace(&rig.sandbox.url(), ""));
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn a_project_without_a_field_leaves_it_out() {
    let rig = Rig::small().await;
    let (rows, _) = rig.search(json!({"jql": "project = 10003", "fields": ["*all"]})).await;
    assert!(!rows.is_empty());
    for row in rows {
        for field in ["environment", "duedate", "priority", "timetracking"] {
            assert_eq!(row["fields"].get(field), None);
        }
        assert!(row["fields"].get("summary").is_some());
    }
}

#[tokio::test]
async fn a_dropped_sandbox_stops_listening() {
    let rig = Rig::small().await;
    let url = format!("{}/rest/api/3/serverInfo", rig.sandbox.url());
    assert_eq!(rig.http.get(&url).send().await.unwrap().status(), 200);
    drop(rig);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(client().get(&url).send().await.is_err());
}
