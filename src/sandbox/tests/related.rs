//! Links, attachments and sub-tasks over HTTP.

use std::collections::BTreeMap;

use super::super::assumptions::HiddenLinks;
use super::super::model::Access;
use super::*;

async fn rows(rig: &Rig, field: &str) -> Vec<Value> {
    rig.search(json!({"jql": ALL, "fields": [field], "maxResults": 100})).await.0
}

#[tokio::test]
async fn a_link_shows_on_both_issues_under_one_id_and_with_one_end_each() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let mut seen: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let all = rows(&rig, "issuelinks").await;
    for row in &all {
        let own: i64 = row["id"].as_str().unwrap().parse().unwrap();
        for link in row["fields"]["issuelinks"].as_array().unwrap() {
            let id: i64 = link["id"].as_str().unwrap().parse().unwrap();
            let known = &site.links[&id];
            let (member, end, here) = match (link.get("outwardIssue"), link.get("inwardIssue")) {
                (Some(other), None) => ("outwardIssue", other, &known.inward_issue),
                (None, Some(other)) => ("inwardIssue", other, &known.outward_issue),
                _ => panic!("{link}"),
            };
            assert_eq!(here.id, own);
            assert_eq!(end["id"], json!(known.seen_from(own).issue().id.to_string()));
            assert!(end["fields"]["status"]["name"].is_string(), "{link}");
            assert_eq!(link["type"]["name"], json!(site.link_type(known.type_id).unwrap().name));
            seen.entry(id).or_default().insert(member);
        }
    }
    let searchable =
        |id: i64| site.issues.get(&id).is_some_and(|it| site.access(it, Caller::Demo) == Access::Searchable);
    let both =
        |id: &i64| searchable(site.links[id].inward_issue.id) && searchable(site.links[id].outward_issue.id);
    assert!(seen.len() > 30);
    assert!(seen.iter().all(|(id, members)| members.len() == if both(id) { 2 } else { 1 }));
    let pairs: Vec<(i64, i64)> =
        site.links.values().map(|it| (it.inward_issue.id, it.outward_issue.id)).collect();
    assert!(pairs.iter().collect::<BTreeSet<_>>().len() < pairs.len(), "no pair has two links");
}

#[tokio::test]
async fn a_link_to_a_hidden_or_lost_issue_is_left_out_or_bare() {
    let mut shown = Vec::new();
    for hidden_links in [HiddenLinks::LeftOut, HiddenLinks::Shown] {
        let assumptions = Assumptions { hidden_links, ..Assumptions::default() };
        let rig = Rig::new(SandboxConfig { issues: 300, assumptions, ..SandboxConfig::default() }).await;
        let all = rows(&rig, "issuelinks").await;
        let links: Vec<&Value> =
            all.iter().flat_map(|row| row["fields"]["issuelinks"].as_array().unwrap()).collect();
        let end = |link: &Value| link.get("outwardIssue").or(link.get("inwardIssue")).unwrap().clone();
        let bare: Vec<Value> =
            links.iter().map(|it| end(it)).filter(|it| it.get("fields").is_none()).collect();
        assert!(bare.iter().all(|it| it["key"].is_string()));
        let site = rig.sandbox.site();
        let visible: usize = site
            .searchable_issues(Caller::Demo)
            .map(|issue| site.visible_links(issue, Caller::Demo).count())
            .sum();
        assert_eq!(links.len() - bare.len(), visible);
        shown.push(bare);
    }
    assert!(shown[0].is_empty());
    let keys: Vec<&str> = shown[1].iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert!(
        keys.iter().any(|key| key.starts_with("GONE-")) && keys.iter().any(|key| key.starts_with("BOARD-")),
        "{keys:?}"
    );
}

#[tokio::test]
async fn link_types_are_a_list_of_their_own() {
    let rig = Rig::small().await;
    let (status, answer) = rig.get("/rest/api/3/issueLinkType").await;
    assert_eq!((status, answer["issueLinkTypes"].as_array().unwrap().len()), (200, 6));
    let first = &answer["issueLinkTypes"][0];
    assert_eq!([&first["name"], &first["inward"], &first["outward"]], ["Blocks", "is blocked by", "blocks"]);
}

#[tokio::test]
async fn attachments_have_odd_names_and_images_a_thumbnail() {
    let rig = Rig::new(SandboxConfig { issues: 600, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let all = rows(&rig, "attachment").await;
    let files: Vec<&Value> =
        all.iter().flat_map(|row| row["fields"]["attachment"].as_array().unwrap()).collect();
    let expected: usize = site.searchable_issues(Caller::Demo).map(|issue| issue.attachments.len()).sum();
    assert_eq!(files.len(), expected);
    let names: BTreeSet<&str> = files.iter().map(|file| file["filename"].as_str().unwrap()).collect();
    assert!(names.iter().any(|it| it.starts_with('=')) && names.iter().any(|it| it.contains('"')));
    assert!(files.iter().any(|file| file.get("author").is_none()));
    assert!(files.iter().any(|file| file["size"].as_i64() > Some(i64::from(i32::MAX))));
    for file in files {
        let image = file["mimeType"].as_str().unwrap().starts_with("image/");
        assert_eq!(file.get("thumbnail").is_some(), image);
        assert!(file["content"].is_string() && file["id"].is_string());
    }
}

#[tokio::test]
async fn sub_tasks_are_those_that_name_the_issue_as_their_parent() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let mut found = 0;
    for row in rows(&rig, "subtasks").await {
        let own: i64 = row["id"].as_str().unwrap().parse().unwrap();
        let expected: Vec<Value> = site
            .issues
            .values()
            .filter(|it| it.parent.as_ref().is_some_and(|parent| parent.id == own))
            .filter(|it| site.issue_type(it.type_id).is_some_and(|kind| kind.hierarchy_level == -1))
            .filter(|it| site.access(it, Caller::Demo) != Access::Hidden)
            .map(|it| json!([it.id.to_string(), it.key, it.summary]))
            .collect();
        let listed: Vec<Value> = row["fields"]["subtasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| json!([it["id"], it["key"], it["fields"]["summary"]]))
            .collect();
        assert_eq!(listed, expected);
        found += listed.len();
    }
    assert!(found > 10, "{found}");
}
