//! What is different at a site of Data Center.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::{Rig, SandboxConfig};
use crate::sandbox::Deployment;
use crate::sandbox::assumptions::{Assumptions, ExpandedChangelog, OffsetPage, UnvalidatedQuery};
use crate::sandbox::model::{Caller, CustomValue};

pub(super) async fn rig(assumptions: Assumptions) -> Rig {
    let deployment = Deployment::DataCenter;
    Rig::new(SandboxConfig { deployment, assumptions, issues: 150, ..SandboxConfig::default() }).await
}

pub(super) fn get(rig: &Rig, path: &str) -> RequestBuilder {
    let http: &Client = &rig.http;
    http.get(format!("{}{path}", rig.sandbox.url())).basic_auth("demo", Some("sandbox-token"))
}

pub(super) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

pub(super) async fn search(rig: &Rig, body: Value) -> (u16, Value) {
    let request = rig.http.post(format!("{}/rest/api/2/search", rig.sandbox.url()));
    let request = request.header("content-type", "application/json").body(body.to_string());
    answer(request.basic_auth("demo", Some("sandbox-token"))).await
}

#[tokio::test]
async fn only_its_own_interface_and_endpoints_are_there() {
    let rig = rig(Assumptions::default()).await;
    for path in
        ["/rest/api/3/myself", "/rest/api/3/serverInfo", "/_edge/tenant_info", "/ex/jira/x/rest/api/2/myself"]
    {
        assert_eq!(answer(get(&rig, path)).await.0, 404, "{path}");
    }
    for path in
        ["statuses/search", "users/search", "group/bulk", "label", "priority/search", "issue/PAY-1/changelog"]
    {
        let (status, body) = answer(get(&rig, &format!("/rest/api/2/{path}"))).await;
        let said = body["message"].as_str().unwrap_or_default().to_owned();
        assert!(status == 404 && said.starts_with("null for uri: http://"), "{path}: {status} {body}");
    }
    let (status, server) = answer(get(&rig, "/rest/api/2/serverInfo")).await;
    assert_eq!(
        (status, &server["deploymentType"], &server["version"]),
        (200, &json!("Server"), &json!("10.3.4"))
    );
    answer(get(&rig, "/rest/api/2/myself?accountId=x")).await;
    let unknown = rig.sandbox.requests().pop().unwrap().unknown_parameters;
    assert_eq!(unknown, ["accountId"]);
}

#[tokio::test]
async fn a_name_or_a_token_lets_in_and_anything_else_does_not() {
    let rig = rig(Assumptions::default()).await;
    let address = format!("{}/rest/api/2/myself", rig.sandbox.url());
    let token = rig.http.get(&address).bearer_auth("sandbox-token");
    let (status, me) = answer(token).await;
    assert_eq!((status, &me["name"], &me["key"]), (200, &json!("demo"), &json!("JIRAUSER10000")));
    assert!(me.get("accountId").is_none() && me.get("accountType").is_none(), "{me}");
    for (user, password) in [("demo@example.com", "sandbox-token"), ("demo", "wrong")] {
        let (status, _) = answer(rig.http.get(&address).basic_auth(user, Some(password))).await;
        assert_eq!(status, 401, "{user}");
    }
    assert_eq!(answer(rig.http.get(&address)).await.0, 401, "nobody");
}

#[tokio::test]
async fn a_search_pages_by_offset_and_says_what_it_cut() {
    let rig = rig(Assumptions { offset_page: OffsetPage::Hundred, ..Assumptions::default() }).await;
    let all = rig.sandbox.site().searchable_issues(Caller::Demo).count();
    let (_, first) = search(&rig, json!({"maxResults": 5_000, "fields": ["summary"]})).await;
    let page = |it: &Value| (it["startAt"].as_u64(), it["maxResults"].as_u64(), it["total"].as_u64());
    assert_eq!(page(&first), (Some(0), Some(100), Some(all as u64)));
    assert_eq!(first["issues"].as_array().unwrap().len(), 100);
    let (_, rest) = search(&rig, json!({"startAt": 100, "maxResults": 100, "fields": ["summary"]})).await;
    assert_eq!(rest["issues"].as_array().unwrap().len(), all - 100);
    let (_, count) = search(&rig, json!({"jql": "ORDER BY created", "maxResults": 0})).await;
    assert_eq!((count["total"].as_u64(), count["issues"].as_array().unwrap().len()), (Some(all as u64), 0));
}

#[tokio::test]
async fn an_unknown_issue_spoils_a_query_unless_it_need_not_be_valid() {
    let jql = "issue in (PAY-1, NOPE-1)";
    for (unvalidated_query, status) in [(UnvalidatedQuery::Refused, 400), (UnvalidatedQuery::PassesOver, 200)]
    {
        let rig = rig(Assumptions { unvalidated_query, ..Assumptions::default() }).await;
        assert_eq!(search(&rig, json!({"jql": jql})).await.0, 400);
        assert_eq!(search(&rig, json!({"jql": jql, "validateQuery": false})).await.0, status);
    }
    let rig = rig(Assumptions::default()).await;
    let id = rig.sandbox.site().users[0].account_id.to_string();
    assert_eq!(search(&rig, json!({"jql": "assignee = demo"})).await.0, 200);
    assert_eq!(search(&rig, json!({"jql": format!("assignee = \"{id}\"")})).await.0, 400);
}

#[tokio::test]
async fn issues_have_wiki_markup_names_and_sprints_as_text() {
    let rig =
        rig(Assumptions { expanded_changelog: ExpandedChangelog::NewestHundred, ..Assumptions::default() })
            .await;
    let site = rig.sandbox.site();
    let in_sprint = |it: &&crate::sandbox::model::Issue| {
        it.assignee.is_some() && it.custom.values().any(|it| matches!(it, CustomValue::Sprints(_)))
    };
    let issue = site.searchable_issues(Caller::Demo).find(in_sprint).unwrap();
    let path = format!("/rest/api/2/issue/{}?expand=changelog", issue.key);
    let (_, value) = answer(get(&rig, &path)).await;
    let fields = &value["fields"];
    assert!(fields["description"].is_null() || fields["description"].is_string());
    assert!(fields["assignee"]["name"].is_string() && fields["assignee"].get("accountId").is_none());
    let sprint = fields["customfield_10020"][0].as_str().unwrap();
    assert!(sprint.starts_with("com.atlassian.greenhopper.service.sprint.Sprint@"), "{sprint}");
    assert_eq!(value["changelog"]["histories"].as_array().unwrap().len(), issue.histories.len());
    let long = site.searchable_issues(Caller::Demo).max_by_key(|it| it.histories.len()).unwrap();
    assert!(long.histories.len() > 100);
    let query = json!({"jql": format!("issue = {}", long.id), "expand": ["changelog"]});
    let (_, found) = search(&rig, query).await;
    let changelog = &found["issues"][0]["changelog"];
    assert_eq!(changelog["histories"].as_array().unwrap().len(), 100);
    assert_eq!(changelog["total"].as_u64(), Some(long.histories.len() as u64));
}

#[tokio::test]
async fn users_come_as_a_stream_that_ends_by_saying_so() {
    let rig = rig(Assumptions::default()).await;
    let (mut names, mut cursor) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let (_, page) = answer(get(&rig, &format!("/rest/api/2/user/list?maxResults=7{cursor}"))).await;
        for user in page["values"].as_array().unwrap() {
            assert!(names.insert(user["name"].as_str().unwrap().to_owned()), "twice");
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break assert_eq!(page["isLast"], json!(true)),
        }
    }
    assert_eq!(names.len(), rig.sandbox.site().users.len());
}
