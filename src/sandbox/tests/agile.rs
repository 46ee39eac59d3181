//! Boards and sprints over HTTP.

use super::super::assumptions::AgileTotal;
use super::super::model::CustomValue;
use super::*;

/// All pages of a list of boards, sprints or projects.
async fn all(rig: &Rig, path: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let (status, page) = rig.get(&format!("/rest/agile/1.0/{path}{sign}startAt={}", rows.len())).await;
        assert_eq!(status, 200, "{page}");
        rows.extend(page["values"].as_array().unwrap().iter().cloned());
        if page["isLast"] == json!(true) {
            return rows;
        }
    }
}

fn numbers(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn boards_are_listed_fifty_a_page_without_hidden_and_private_ones() {
    let rig = Rig::small().await;
    let (_, first) = rig.get("/rest/agile/1.0/board?maxResults=1000").await;
    assert_eq!((first["values"].as_array().unwrap().len(), &first["isLast"]), (50, &json!(false)));
    let expected: Vec<i64> = (1..60).filter(|id| ![6, 9].contains(id)).collect();
    assert_eq!(first["total"], json!(expected.len()));
    assert_eq!(numbers(&all(&rig, "board").await), expected);
    let private = all(&rig, "board?includePrivate=true").await;
    let last = private.last().unwrap();
    assert_eq!((&last["id"], last.get("name"), last.get("type")), (&json!(9), None, None));
    assert_eq!(numbers(&all(&rig, "board?type=scrum,simple").await), [1, 2, 4, 5, 7, 10]);
    assert_eq!(numbers(&all(&rig, "board?name=pay").await), [1, 11]);
    assert_eq!(numbers(&all(&rig, "board?projectKeyOrId=os").await), [5, 10]);
    assert_eq!(numbers(&all(&rig, "board?type=scrum&orderBy=-name").await), [2, 1, 5, 7, 10]);
    for (path, status) in [
        ("board?type=odd", 400),
        ("board?projectKeyOrId=BOARD", 400),
        ("board/6", 404),
        ("board/9", 404),
        ("board/x", 404),
    ] {
        assert_eq!(rig.get(&format!("/rest/agile/1.0/{path}")).await.0, status, "{path}");
    }
    let (_, board) = rig.get("/rest/agile/1.0/board/1").await;
    assert_eq!((&board["type"], &board["location"]["projectKey"]), (&json!("scrum"), &json!("PAY")));
    let (_, own) = rig.get("/rest/agile/1.0/board/8").await;
    assert_eq!(own["location"]["userAccountId"], json!(&*rig.sandbox.site().me().unwrap().account_id));
    assert_eq!(rig.answer(As::Nobody, Method::GET, "/rest/agile/1.0/board", None).await.0, 401);
}

#[tokio::test]
async fn a_configuration_names_the_estimation_field_of_boards_with_sprints() {
    let rig = Rig::small().await;
    let (_, scrum) = rig.get("/rest/agile/1.0/board/1/configuration").await;
    assert_eq!(scrum["estimation"]["field"]["fieldId"], json!("customfield_10016"));
    assert_eq!(scrum["columnConfig"]["columns"][1]["max"], json!(4));
    let (_, kanban) = rig.get("/rest/agile/1.0/board/3/configuration").await;
    assert_eq!(kanban.get("estimation"), None);
    assert!(kanban["subQuery"]["query"].is_string());
    assert_eq!(ids(&all(&rig, "board/10/project").await), [10_000, 10_004]);
}

#[tokio::test]
async fn sprints_come_closed_active_future_and_a_board_without_them_is_refused() {
    let rig = Rig::small().await;
    let sprints = all(&rig, "board/5/sprint").await;
    assert_eq!(numbers(&sprints), (101..=220).collect::<Vec<_>>());
    let (_, page) = rig.get("/rest/agile/1.0/board/5/sprint?maxResults=200").await;
    assert_eq!(page["maxResults"], json!(50));
    assert_eq!(numbers(&all(&rig, "board/2/sprint").await), [5, 6, 7, 8, 9, 10, 14, 11, 12]);
    assert_eq!(numbers(&all(&rig, "board/2/sprint?state=active,future").await), [10, 14, 11, 12]);
    assert_eq!(all(&rig, "board/7/sprint").await.len(), 0);
    let (status, refused) = rig.get("/rest/agile/1.0/board/3/sprint").await;
    assert_eq!((status, messages(&refused)), (400, "[\"The board does not support sprints\"]".to_owned()));
    assert_eq!(rig.get("/rest/agile/1.0/board/1/sprint?state=odd").await.0, 400);
    for sprint in &sprints {
        let state = sprint["state"].as_str().unwrap();
        assert_eq!(sprint.get("startDate").is_some(), state != "future");
        assert_eq!(sprint.get("completeDate").is_some(), state == "closed");
    }
    assert_eq!(rig.get("/rest/agile/1.0/sprint/10").await.1["originBoardId"], json!(1));
    for (hidden, what) in [(13, "of a deleted board"), (300, "of a hidden board"), (999, "unknown")] {
        for rest in ["", "/issue"] {
            let path = format!("/rest/agile/1.0/sprint/{hidden}{rest}");
            assert_eq!(rig.get(&path).await.0, 404, "{what}");
        }
    }
}

#[tokio::test]
async fn issues_and_sprints_agree() {
    let rig = Rig::new(SandboxConfig { issues: 1_000, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let held = |id: i64| -> Vec<i64> {
        let holds = |value: &CustomValue| match value {
            CustomValue::Sprints(sprints) => sprints.iter().any(|it| it.id == id),
            _ => false,
        };
        site.searchable_issues(Caller::Demo)
            .filter(|it| it.custom.values().any(holds))
            .map(|it| it.id)
            .collect()
    };
    assert!(!held(13).is_empty(), "the sprint of the deleted board is on no issue");
    for id in [1, 10, 14, 23, 218] {
        let mut found = Vec::new();
        loop {
            let path = format!("/rest/agile/1.0/sprint/{id}/issue?fields=summary&startAt={}", found.len());
            let (status, page) = rig.get(&path).await;
            assert_eq!((status, &page["maxResults"]), (200, &json!(50)));
            assert_eq!(page["total"], json!(held(id).len()));
            let rows = page["issues"].as_array().unwrap();
            if rows.is_empty() {
                break;
            }
            found.extend(ids(rows));
        }
        assert_eq!(found, held(id));
    }
    for issue in site.issues.values() {
        if let Some(CustomValue::Sprints(sprints)) = issue.custom.get(&10_020) {
            let open = sprints.iter().filter(|it| it.state != "closed").count();
            assert!(open < 2 && sprints.iter().take(sprints.len() - open).all(|it| it.state == "closed"));
            assert!(sprints.iter().all(|it| site.sprints[&it.id] == *it));
        }
    }
}

#[tokio::test]
async fn issues_of_a_board_take_a_query_and_carry_the_fields_of_boards() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let own: Vec<i64> = site
        .searchable_issues(Caller::Demo)
        .filter(|it| it.project_id == 10_000 && it.type_id != 10_000)
        .map(|it| it.id)
        .collect();
    let (_, page) = rig.get("/rest/agile/1.0/board/1/issue?maxResults=1000").await;
    assert_eq!((&page["total"], &page["maxResults"]), (&json!(own.len()), &json!(100)));
    let rows = page["issues"].as_array().unwrap();
    assert_eq!(ids(rows), own[..own.len().min(100)]);
    assert!(rows[0]["fields"].get("closedSprints").is_some() && rows[0]["fields"].get("flagged").is_some());
    assert!(rows[0]["fields"]["description"].is_string() || rows[0]["fields"]["description"].is_null());
    let newest = "/rest/agile/1.0/board/1/issue?jql=order%20by%20created%20desc&fields=created&maxResults=1";
    let (_, page) = rig.get(newest).await;
    let last = own.iter().max_by_key(|id| site.issues[id].created).unwrap();
    assert_eq!(ids(page["issues"].as_array().unwrap()), [*last]);
    let (_, page) =
        rig.get(&format!("/rest/agile/1.0/board/1/issue?jql=id%20%3D%20{}&fields=sprint", own[0])).await;
    assert_eq!(ids(page["issues"].as_array().unwrap()), [own[0]]);
    assert_eq!(page["issues"][0]["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["sprint"]);
    assert_eq!(rig.get("/rest/agile/1.0/board/1/issue?jql=nonsense%20%3D%201").await.0, 400);
    assert!(rig.sandbox.requests().iter().all(|it| it.unknown_parameters.is_empty()));
    rig.get("/rest/agile/1.0/sprint/1/issue?state=closed").await;
    assert_eq!(rig.sandbox.requests().last().unwrap().unknown_parameters, ["state"]);
}

#[tokio::test]
async fn the_length_of_a_list_may_be_missing() {
    let assumptions = Assumptions { agile_total: AgileTotal::Absent, ..Assumptions::default() };
    let rig = Rig::new(SandboxConfig { issues: 20, assumptions, ..SandboxConfig::default() }).await;
    let (_, page) = rig.get("/rest/agile/1.0/board").await;
    assert_eq!((page.get("total"), &page["isLast"]), (None, &json!(false)));
}
