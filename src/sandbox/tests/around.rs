//! What surrounds issues and projects, over HTTP.

use super::*;

#[tokio::test]
async fn as_many_watch_and_vote_as_the_issue_says_where_the_caller_may_know() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (mut hidden, mut own) = (0, 0);
    for issue in site.searchable_issues(Caller::Demo).take(150) {
        assert_eq!(usize::try_from(issue.watches), Ok(issue.watchers.len()));
        assert_eq!(usize::try_from(issue.votes), Ok(issue.voters.len()));
        let (_, watchers) = rig.get(&format!("/rest/api/3/issue/{}/watchers", issue.id)).await;
        let (_, votes) = rig.get(&format!("/rest/api/3/issue/{}/votes", issue.id)).await;
        assert_eq!((&watchers["watchCount"], &votes["votes"]), (&json!(issue.watches), &json!(issue.votes)));
        let shown = |value: &Value| value.as_array().unwrap().len();
        if site.project(issue.project_id).unwrap().crowd_audience.includes(Caller::Demo) {
            assert_eq!(shown(&watchers["watchers"]), issue.watchers.len());
            assert_eq!(shown(&votes["voters"]), issue.voters.len());
        } else {
            hidden += issue.watchers.len() - shown(&watchers["watchers"]);
            assert_eq!(shown(&votes["voters"]), 0);
        }
        own += usize::from(watchers["isWatching"] == json!(true));
    }
    assert!(hidden > 5 && own > 0, "{hidden} hidden, {own} own");
}

#[tokio::test]
async fn transitions_are_the_same_inside_issues_and_alone() {
    let rig = Rig::small().await;
    let body = json!({"jql": ALL, "fields": ["key"], "expand": "transitions", "maxResults": 5_000});
    let (rows, lengths) = rig.search(body).await;
    assert_eq!(lengths, [100; 3], "a page with transitions is no page of keys alone");
    let mut without = 0;
    for row in &rows[..40] {
        let id = row["id"].as_str().unwrap();
        let (_, alone) = rig.get(&format!("/rest/api/3/issue/{id}/transitions")).await;
        assert_eq!(alone["transitions"], row["transitions"]);
        without += usize::from(alone["transitions"] == json!([]));
        let (_, whole) = rig.get(&format!("/rest/api/3/issue/{id}?fields=key&expand=transitions")).await;
        assert_eq!(alone["transitions"], whole["transitions"]);
    }
    assert!(without > 0, "no project where the caller may not move issues");
}

#[tokio::test]
async fn properties_come_by_key_and_of_one_issue_all_at_once() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let issue = site.searchable_issues(Caller::Demo).find(|it| it.properties.len() > 1).unwrap();
    let place = format!("/rest/api/3/issue/{}", issue.id);
    let (_, keys) = rig.get(&format!("{place}/properties")).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), issue.properties.len());
    let (_, all) = rig.get(&format!("{place}?fields=summary&properties=*all")).await;
    assert_eq!(all["properties"], json!(issue.properties));
    for (key, value) in &issue.properties {
        let encoded = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC);
        let (_, one) = rig.get(&format!("{place}/properties/{encoded}")).await;
        assert_eq!(one, json!({"key": key, "value": value}));
    }
    assert_eq!(rig.get(&format!("{place}/properties/nope")).await.0, 404);
    // A search gives those that are named.
    let key = issue.properties.keys().next().unwrap();
    let jql = format!("id = {}", issue.id);
    let (rows, _) = rig.search(json!({"jql": jql, "fields": ["key"], "properties": [key, "*all"]})).await;
    assert_eq!(rows[0]["properties"], json!({key: issue.properties[key]}));
}

#[tokio::test]
async fn the_level_of_epics_finds_those_of_every_project() {
    let rig = Rig::small().await;
    let body = json!({"jql": "hierarchyLevel = 1", "fields": ["issuetype", "project"], "maxResults": 100});
    let (rows, _) = rig.search(body).await;
    assert!(rows.iter().all(|row| row["fields"]["issuetype"]["hierarchyLevel"] == json!(1)));
    let types: BTreeSet<String> = rows.iter().map(|it| it["fields"]["issuetype"]["id"].to_string()).collect();
    assert_eq!(types.len(), 2, "epics of company-managed projects and of the team-managed one");
}
