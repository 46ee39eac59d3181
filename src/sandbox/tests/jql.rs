//! JQL over HTTP.

use serde_json::{Value, json};

use super::{ALL, Rig, data_center, ids, messages};
use crate::sandbox::assumptions::EmptyOrder;
use crate::sandbox::model::Caller;
use crate::sandbox::{Assumptions, SandboxConfig};

#[tokio::test]
async fn pages_of_an_order_with_empty_values_give_every_issue_once() {
    for empty_order in [EmptyOrder::Greatest, EmptyOrder::Least, EmptyOrder::Last] {
        let assumptions = Assumptions { empty_order, ..Assumptions::default() };
        let rig = Rig::new(SandboxConfig { assumptions, issues: 300, ..SandboxConfig::default() }).await;
        for order in ["due desc", "assignee, votes desc", "cf[10016] asc, due", "labels desc", "summary"] {
            let jql = format!("{ALL} order by {order}");
            let (whole, _) = rig.search(json!({"jql": jql, "maxResults": 5000})).await;
            let (rows, _) = rig.search(json!({"jql": jql, "fields": ["due"], "maxResults": 7})).await;
            assert_eq!(ids(&rows), ids(&whole), "{empty_order:?} {order}");
            let mut all = ids(&rows);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 300, "{empty_order:?} {order}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_bad_request_with_all_that_is_wrong() {
    let rig = Rig::small().await;
    let jql = "summary = x and (assignee = nobody or status = Nowhere) order by comment";
    for path in ["/rest/api/3/search/jql", "/rest/api/3/search/approximate-count"] {
        let (status, answer) = rig.post(path, json!({"jql": jql})).await;
        assert_eq!(status, 400, "{path}");
        let text = messages(&answer);
        for part in
            ["'=' is not supported by the 'summary' field", "'nobody'", "'Nowhere'", "using field 'comment'"]
        {
            assert!(text.contains(part), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn both_deployments_say_which_operators_their_fields_have() {
    let cloud = Rig::small().await.get("/rest/api/3/jql/autocompletedata").await;
    let rig = data_center::rig(Assumptions::default()).await;
    let server = data_center::answer(data_center::get(&rig, "/rest/api/2/jql/autocompletedata")).await;
    for (status, answer) in [cloud, server] {
        assert_eq!(status, 200);
        let fields = answer["visibleFieldNames"].as_array().unwrap();
        let of = |name: &str| fields.iter().find(|it| it["value"] == name).unwrap_or(&Value::Null);
        assert_eq!(of("summary")["operators"], json!(["~", "!~", "is", "is not"]));
        assert_eq!(of("comment")["orderable"], "false");
        assert_eq!(of("Severity")["cfid"], "cf[10032]");
        assert_eq!(of("cf[10016]")["types"], json!(["java.lang.Number"]));
        assert!(answer["jqlReservedWords"].as_array().unwrap().contains(&json!("select")));
    }
}

#[tokio::test]
async fn data_center_knows_users_by_name() {
    let rig = data_center::rig(Assumptions::default()).await;
    let site = rig.sandbox.site();
    let user = site.searchable_issues(Caller::Demo).find_map(|it| it.assignee.clone()).unwrap();
    let all = site.searchable_issues(Caller::Demo);
    let expected = all.filter(|it| it.assignee.as_ref() == Some(&user)).count();
    let find = async |name: &str| {
        let body = json!({"jql": format!("assignee = '{name}'"), "maxResults": 0});
        data_center::search(&rig, body).await
    };
    let (status, answer) = find(&site.user(&user).unwrap().name).await;
    assert_eq!((status, &answer["total"]), (200, &json!(expected)));
    assert_eq!(find(&user).await.0, 400);
}
