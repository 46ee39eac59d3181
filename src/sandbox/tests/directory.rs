//! Groups, what classifies issues, and the parts of projects, over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::{As, Rig};
use crate::sandbox::assumptions::{AppMembers, LastPage, ResolutionDefault, UnstatedMaximum};
use crate::sandbox::model::{AccountKind, AccountState, Caller, Group, Project, ProjectStyle, VersionState};
use crate::sandbox::{Assumptions, SandboxConfig, generate};

/// Percent-encodes a value of a query.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn with(assumptions: Assumptions) -> SandboxConfig {
    SandboxConfig { issues: 50, assumptions, ..SandboxConfig::default() }
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// The texts of a member of rows.
fn texts<'a>(rows: &'a [Value], member: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[member].as_str().unwrap()).collect()
}

impl Rig {
    /// All rows behind a first page, by its links, and how many each page had.
    async fn pages(&self, path: &str) -> (Vec<Value>, Vec<usize>) {
        let (mut path, mut rows, mut lengths) = (path.to_owned(), Vec::new(), Vec::new());
        loop {
            let (status, page) = self.get(&path).await;
            assert_eq!(status, 200, "{path}: {page}");
            lengths.push(array(&page["values"]).len());
            rows.extend(array(&page["values"]).iter().cloned());
            assert_eq!(page["isLast"], json!(page.get("nextPage").is_none()), "{path}");
            let Some(next) = page.get("nextPage") else {
                assert_eq!(page["total"], json!(rows.len()), "{path}");
                return (rows, lengths);
            };
            path = next.as_str().unwrap().replace(&self.sandbox.url(), "");
        }
    }

    async fn status(&self, who: As, path: &str) -> u16 {
        self.answer(who, Method::GET, path, None).await.0
    }
}

#[tokio::test]
async fn groups_come_fifty_a_page_with_names_as_they_are() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (rows, lengths) = rig.pages("/rest/api/3/group/bulk?maxResults=1000").await;
    assert_eq!(lengths, [50, site.groups.len() - 50]);
    let expected: Vec<Value> =
        site.groups.iter().map(|it| json!({"name": it.name, "groupId": it.id})).collect();
    assert_eq!(rows, expected);
    for name in ["..", "a%2Fb%20c", "C++ guild", "R&D / platform", "say \"hello\"", "Größe 组 🔥"] {
        let group = site.groups.iter().find(|it| it.name == name).unwrap();
        let path = format!("/rest/api/3/group/bulk?groupName={}&groupName=none", encoded(name));
        assert_eq!(rig.pages(&path).await.0, [json!({"name": name, "groupId": group.id})]);
        let path = format!("/rest/api/2/group/bulk?groupId={}", group.id);
        assert_eq!(texts(&rig.pages(&path).await.0, "name"), [name]);
    }
    assert_eq!(rig.pages("/rest/api/3/group/bulk?groupId=none").await.0, [Value::Null; 0]);
    let (admins, _) = rig.pages("/rest/api/3/group/bulk?accessType=admin").await;
    assert_eq!(texts(&admins, "name"), ["jira-administrators"]);
    for wrong in ["accessType=all", "applicationKey=jira", "startAt=x"] {
        assert_eq!(rig.get(&format!("/rest/api/3/group/bulk?{wrong}")).await.0, 400, "{wrong}");
    }
}

/// Account ids of all members of a group, over as many pages as it takes.
async fn members(rig: &Rig, query: &str) -> Vec<String> {
    let (rows, lengths) = rig.pages(&format!("/rest/api/3/group/member?maxResults=1000&{query}")).await;
    let (last, full) = lengths.split_last().unwrap();
    assert!(full.iter().all(|it| *it == 50) && (*last > 0 || full.is_empty()), "{query}: {lengths:?}");
    texts(&rows, "accountId").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn members_of_every_group_are_found_by_id_and_by_name() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let sizes: BTreeSet<usize> = site.groups.iter().map(|it| site.active_members(it).count()).collect();
    assert!(sizes.contains(&0) && sizes.contains(&50) && sizes.contains(&51) && sizes.last() > Some(&120));
    for group in &site.groups {
        let active: Vec<&str> = site.active_members(group).map(|it| &*it.account_id).collect();
        let all: Vec<&str> = group.members.iter().map(|it| &**it).collect();
        assert_eq!(members(&rig, &format!("groupId={}", group.id)).await, active, "{}", group.name);
        let named = format!("groupname={}&includeInactiveUsers=true", encoded(&group.name));
        assert_eq!(members(&rig, &named).await, all, "{}", group.name);
    }
    let former = site.groups.iter().find(|it| it.name == "former colleagues").unwrap();
    assert!(!former.members.is_empty() && site.active_members(former).count() == 0);
}

#[tokio::test]
async fn a_member_is_written_with_nulls_where_a_profile_is_closed() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let group = site.groups.iter().max_by_key(|it| it.members.len()).unwrap();
    let path = format!("/rest/api/3/group/member?groupId={}&maxResults=2&startAt=4", group.id);
    let (_, page) = rig.get(&path).await;
    assert_eq!((&page["maxResults"], &page["startAt"]), (&json!(2), &json!(4)));
    let next = page["nextPage"].as_str().unwrap();
    assert!(next.contains(&group.id) && next.ends_with("maxResults=2&startAt=6"), "{next}");
    let (rows, _) = rig.pages(&format!("/rest/api/3/group/member?groupId={}", group.id)).await;
    for row in rows {
        let user = site.user(row["accountId"].as_str().unwrap()).unwrap();
        assert_eq!(row.get("emailAddress"), Some(&json!(user.email)));
        assert_eq!(row.get("timeZone"), Some(&json!(user.time_zone.map(chrono_tz::Tz::name))));
        assert_eq!((&row["name"], &row["key"]), (&json!(""), &json!("")));
        assert_eq!(row["active"], json!(user.state == AccountState::Active));
    }
}

#[tokio::test]
async fn a_group_is_asked_for_in_one_way_and_must_exist() {
    let rig = Rig::small().await;
    let id = rig.sandbox.site().groups[0].id.clone();
    for (query, expected) in [
        (String::new(), 400),
        (format!("groupId={id}&groupname=jira-developers"), 400),
        (format!("groupId={id}&includeInactiveUsers=yes"), 400),
        ("groupId=jira-developers".to_owned(), 404),
        ("groupname=Jira-Developers".to_owned(), 404),
        (format!("groupId={id}"), 200),
    ] {
        assert_eq!(rig.get(&format!("/rest/api/3/group/member?{query}")).await.0, expected, "{query}");
    }
}

#[tokio::test]
async fn the_switches_change_the_lists() {
    let apps =
        Rig::new(with(Assumptions { app_members: AppMembers::LeftOut, ..Assumptions::default() })).await;
    let site = apps.sandbox.site();
    let of = |name: &str| -> &Group { site.groups.iter().find(|it| it.name == name).unwrap() };
    assert_eq!(members(&apps, &format!("groupId={}", of("add-ons").id)).await, [""; 0]);
    let everybody = members(&apps, &format!("groupId={}", of("jira-software-users").id)).await;
    let people = site.active_members(of("jira-software-users")).filter(|it| it.kind != AccountKind::App);
    assert_eq!(everybody.len(), people.count());

    let unmarked = Assumptions { last_page: LastPage::Unmarked, ..Assumptions::default() };
    let rig = Rig::new(with(unmarked)).await;
    let (_, first) = rig.get("/rest/api/3/group/bulk").await;
    let (_, last) = rig.get("/rest/api/3/group/bulk?startAt=50").await;
    assert_eq!((first.get("isLast"), last.get("isLast")), (Some(&json!(false)), None));
    assert_eq!(last.get("nextPage"), None);

    let as_asked = Assumptions { unstated_maximum: UnstatedMaximum::AsAsked, ..Assumptions::default() };
    let rig = Rig::new(with(as_asked)).await;
    let (_, lengths) = rig.pages("/rest/api/3/project/OS/version?maxResults=200").await;
    assert_eq!(lengths, [130]);

    let default = Assumptions { resolution_default: ResolutionDefault::Default, ..Assumptions::default() };
    for (assumptions, member) in [(Assumptions::default(), "isDefault"), (default, "default")] {
        let rig = Rig::new(with(assumptions)).await;
        let (rows, _) = rig.pages("/rest/api/3/resolution/search").await;
        assert_eq!(rows[0].get(member), Some(&json!(true)));
        assert_eq!(["isDefault", "default"].iter().filter(|it| rows[0].get(**it).is_some()).count(), 1);
    }
}

#[tokio::test]
async fn the_picker_shows_twenty_by_name_and_counts_the_rest() {
    let rig = Rig::small().await;
    let (_, found) = rig.get("/rest/api/3/groups/picker?query=team-&maxResults=100").await;
    let names = texts(array(&found["groups"]), "name");
    assert_eq!((names.len(), &found["total"]), (20, &json!(45)));
    assert_eq!(found["header"], json!("Showing 20 of 45 matching groups"));
    assert!(names.is_sorted());
    assert_eq!(found["groups"][0]["html"], json!("<b>team-</b>00"));
    let (_, none) = rig.get("/rest/api/3/groups/picker?query=TEAM").await;
    assert_eq!((&none["groups"], &none["total"]), (&json!([]), &json!(0)));
    let (_, some) =
        rig.get("/rest/api/3/groups/picker?query=TEAM-0&caseInsensitive=true&exclude=team-03").await;
    assert_eq!(some["total"], json!(9));
    let (_, bold) = rig.get("/rest/api/3/groups/picker?query=bold").await;
    assert_eq!(bold["groups"][0]["html"], json!("&lt;b&gt;<b>bold</b>&lt;/b&gt;"));
    let (status, nothing) = rig.answer(As::Nobody, Method::GET, "/rest/api/3/groups/picker", None).await;
    assert_eq!((status, &nothing["groups"]), (200, &json!([])));
}

#[tokio::test]
async fn a_user_is_found_by_id_with_groups() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    for user in [&site.users[0], &site.users[1], &site.users[7]] {
        let account = encoded(&user.account_id);
        let (_, found) = rig.get(&format!("/rest/api/3/user?accountId={account}&expand=groups")).await;
        let (_, groups) = rig.get(&format!("/rest/api/3/user/groups?accountId={account}")).await;
        let expected: Vec<&str> = site
            .groups
            .iter()
            .filter(|it| it.members.contains(&user.account_id))
            .map(|it| it.id.as_str())
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(texts(array(&groups), "groupId"), expected);
        assert_eq!(found["displayName"], json!(user.display_name));
        assert_eq!(found["groups"], json!({"size": expected.len(), "items": groups}));
    }
    for path in ["user", "user/groups"] {
        assert_eq!(rig.get(&format!("/rest/api/3/{path}")).await.0, 400, "{path}");
        assert_eq!(rig.get(&format!("/rest/api/3/{path}?accountId=5b10")).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn users_by_ids_come_ten_a_page() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let wanted: Vec<&str> = site.users.iter().take(25).map(|it| &*it.account_id).collect();
    let query: Vec<String> = wanted.iter().map(|it| format!("accountId={}", encoded(it))).collect();
    let path = format!("/rest/api/3/user/bulk?accountId=nobody&{}", query.join("&"));
    let (rows, lengths) = rig.pages(&path).await;
    assert_eq!((texts(&rows, "accountId"), lengths), (wanted, vec![10, 10, 5]));
    assert_eq!(rig.pages(&format!("{path}&maxResults=30")).await.1, [25]);
    assert_eq!(rig.get("/rest/api/3/user/bulk").await.0, 400);
}

#[tokio::test]
async fn statuses_of_workflows_are_listed_and_search_finds_the_others_too() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (_, listed) = rig.get("/rest/api/3/status").await;
    let listed = array(&listed);
    let (found, lengths) = rig.pages("/rest/api/3/statuses/search?maxResults=5000").await;
    assert_eq!((found.len(), lengths), (site.statuses.len(), vec![site.statuses.len()]));
    assert_eq!(listed.len() + 2, found.len());
    let used: BTreeSet<String> =
        site.searchable_issues(Caller::Demo).map(|it| it.status_id.to_string()).collect();
    let ids: BTreeSet<String> = texts(listed, "id").into_iter().map(str::to_owned).collect();
    assert!(used.is_subset(&ids));
    assert!(texts(listed, "name").into_iter().collect::<BTreeSet<_>>().len() < listed.len());
    for (row, status) in found.iter().zip(&site.statuses) {
        let scope = match status.project_id {
            Some(id) => json!({"type": "PROJECT", "project": {"id": id.to_string()}}),
            None => json!({"type": "GLOBAL"}),
        };
        assert_eq!((&row["scope"], &row["name"]), (&scope, &json!(status.name)));
        if let Some(row) = listed.iter().find(|it| it["id"] == row["id"]) {
            let owner = status.project_id.map(|id| json!(id.to_string()));
            assert_eq!(row.pointer("/scope/project/id"), owner.as_ref());
        }
    }
    for (query, expected) in [
        ("projectId=10002", Some(5)),
        ("projectId=10000", Some(0)),
        ("searchString=DONE", Some(3)),
        ("searchString=DONE&statusCategory=DONE&projectId=10002", Some(2)),
        ("statusCategory=TODO&maxResults=1", Some(3)),
        ("statusCategory=done", None),
    ] {
        let (status, page) = rig.get(&format!("/rest/api/3/statuses/search?{query}")).await;
        assert_eq!((status == 200).then(|| page["total"].as_i64().unwrap()), expected, "{query}");
    }
    let (_, anonymous) = rig.answer(As::Nobody, Method::GET, "/rest/api/3/status", None).await;
    assert_eq!(texts(array(&anonymous), "name"), ["To Do", "In Progress", "Done"]);
}

#[tokio::test]
async fn the_first_status_category_is_none() {
    let rig = Rig::small().await;
    let (_, rows) = rig.get("/rest/api/3/statuscategory").await;
    let keys: Vec<(i64, &str)> =
        array(&rows).iter().map(|it| (it["id"].as_i64().unwrap(), it["key"].as_str().unwrap())).collect();
    assert_eq!(keys, [(1, "undefined"), (2, "new"), (4, "indeterminate"), (3, "done")]);
    assert_eq!(rows[0]["name"], json!("No Category"));
}

#[tokio::test]
async fn priorities_and_resolutions_are_arrays_and_pages() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (_, priorities) = rig.get("/rest/api/3/priority").await;
    assert_eq!(array(&priorities).len(), site.priorities.len());
    let (found, _) = rig.pages("/rest/api/3/priority/search").await;
    for ((row, listed), priority) in found.iter().zip(array(&priorities)).zip(&site.priorities) {
        let expected = (json!(priority.name), json!(priority.description), json!(priority.color));
        assert_eq!((row["name"].clone(), row["description"].clone(), row["statusColor"].clone()), expected);
        assert_eq!(row["isDefault"], json!(priority.is_default));
        assert_eq!(listed.get("isDefault"), None);
        assert!(listed["iconUrl"].is_string());
    }
    for (query, expected) in [
        ("id=1&id=5&id=99", vec!["1", "5"]),
        ("id=1,5", vec![]),
        ("priorityName=low", vec!["4", "5"]),
        ("onlyDefault=true", vec!["3"]),
        ("onlyDefault=true&id=1", vec![]),
    ] {
        let (rows, _) = rig.pages(&format!("/rest/api/3/priority/search?{query}")).await;
        assert_eq!(texts(&rows, "id"), expected, "{query}");
    }
    let (_, resolutions) = rig.get("/rest/api/3/resolution").await;
    let names: Vec<&str> = site.resolutions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(texts(array(&resolutions), "name"), names);
    let (rows, lengths) = rig.pages("/rest/api/3/resolution/search?maxResults=3").await;
    assert_eq!((texts(&rows, "name"), lengths), (names, vec![3, 1]));
    let (rows, _) = rig.pages("/rest/api/3/resolution/search?id=10002").await;
    assert_eq!(texts(&rows, "id"), ["10002"]);
}

#[tokio::test]
async fn issue_types_repeat_their_names_and_say_whose_they_are() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (_, rows) = rig.get("/rest/api/3/issuetype").await;
    let rows = array(&rows);
    assert_eq!(rows.len(), site.issue_types.len());
    assert!(texts(rows, "name").into_iter().collect::<BTreeSet<_>>().len() < rows.len());
    for (row, kind) in rows.iter().zip(&site.issue_types) {
        assert_eq!((&row["name"], &row["description"]), (&json!(kind.name), &json!(kind.description)));
        assert_eq!(row["hierarchyLevel"], json!(kind.hierarchy_level));
        assert_eq!(row["subtask"], json!(kind.hierarchy_level == -1));
        let owner = kind.project_id.map(|id| json!(id.to_string()));
        assert_eq!(row.pointer("/scope/project/id"), owner.as_ref());
        assert_eq!(row.get("entityId").is_some(), owner.is_some());
    }
    for project in site.projects.iter().filter(|it| it.audience.includes(Caller::Demo)) {
        let path = format!("/rest/api/3/issuetype/project?projectId={}", project.id);
        let (_, own) = rig.get(&path).await;
        let own: BTreeSet<&str> = texts(array(&own), "id").into_iter().collect();
        let issues = site.issues.values().filter(|it| it.project_id == project.id);
        let used: BTreeSet<String> = issues.map(|it| it.type_id.to_string()).collect();
        assert!(used.iter().all(|id| own.contains(id.as_str())), "{}: {used:?}", project.key);
        assert_eq!(own.len(), if project.style == ProjectStyle::NextGen { 6 } else { 5 });
        let (_, whole) = rig.get(&format!("/rest/api/3/project/{}", project.key)).await;
        assert_eq!(texts(array(&whole["issueTypes"]), "id").into_iter().collect::<BTreeSet<_>>(), own);
        let (_, epics) = rig.get(&format!("{path}&level=1")).await;
        assert_eq!(texts(array(&epics), "name"), ["Epic"]);
    }
    for (query, expected) in
        [("", 400), ("projectId=PAY", 400), ("projectId=10006", 404), ("projectId=1", 404)]
    {
        assert_eq!(rig.get(&format!("/rest/api/3/issuetype/project?{query}")).await.0, expected, "{query}");
    }
    let (_, anonymous) = rig.answer(As::Nobody, Method::GET, "/rest/api/3/issuetype", None).await;
    assert!(array(&anonymous).iter().all(|it| it.get("scope").is_none()));
}

/// The projects that the caller sees, and one that it doesn't.
fn projects(site: &crate::sandbox::Site) -> (Vec<&Project>, &Project) {
    let (seen, hidden): (Vec<_>, Vec<_>) =
        site.projects.iter().partition(|it| it.audience.includes(Caller::Demo));
    (seen, hidden[0])
}

#[tokio::test]
async fn components_of_a_project_come_whole_and_in_pages() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (seen, hidden) = projects(&site);
    let numbers: Vec<usize> = seen.iter().map(|it| it.components.len()).collect();
    assert!(numbers.contains(&0) && numbers.contains(&60), "{numbers:?}");
    for project in seen {
        let (_, whole) = rig.get(&format!("/rest/api/3/project/{}/components", project.key)).await;
        let (pages, lengths) = rig.pages(&format!("/rest/api/3/project/{}/component", project.id)).await;
        let brief = rig.pages(&format!("/rest/api/3/component?projectIdsOrKeys={}", project.key)).await.0;
        assert_eq!(lengths.len(), project.components.len().div_ceil(50).max(1));
        let number = project.components.len();
        assert_eq!((array(&whole).len(), pages.len(), brief.len()), (number, number, number));
        let rows: BTreeMap<&str, &Value> =
            texts(array(&whole), "id").into_iter().zip(array(&whole)).collect();
        for component in &project.components {
            let id = component.id.to_string();
            let row = rows[id.as_str()];
            assert_eq!(row["name"], json!(component.name));
            assert_eq!(row.get("description"), component.description.as_ref().map(|it| json!(it)).as_ref());
            let lead = component.lead.as_ref().map(|it| json!(&**it));
            assert_eq!(row.pointer("/lead/accountId"), lead.as_ref());
            assert_eq!(row["assigneeType"], json!(component.assignee_type.as_str()));
            let assignee = component.assignee(project).map(|it| json!(&**it));
            assert_eq!(row.pointer("/realAssignee/accountId"), assignee.as_ref());
            assert_eq!((&row["project"], &row["projectId"]), (&json!(project.key), &json!(project.id)));
            let counted = pages.iter().find(|it| it["id"] == row["id"]).unwrap();
            let issues = site.issues.values().filter(|it| it.component_ids.contains(&component.id));
            let visible = issues.filter(|it| site.visible_issue(it.id, Caller::Demo).is_some());
            assert_eq!(counted["issueCount"], json!(visible.count()));
            assert_eq!(&rig.get(&format!("/rest/api/3/component/{id}")).await.1, row);
            let brief = brief.iter().find(|it| it["id"] == row["id"]).unwrap();
            assert_eq!(brief.get("project"), None);
        }
    }
    for path in [
        format!("project/{}/components", hidden.key),
        format!("project/{}/component", hidden.id),
        format!("component?projectIdsOrKeys=PAY&projectIdsOrKeys={}", hidden.key),
        format!("component/{}", hidden.components[0].id),
        "project/pay/components".to_owned(),
        "component?projectIdsOrKeys=PAY,SELECT".to_owned(),
        "component/1".to_owned(),
        "component/x".to_owned(),
    ] {
        assert_eq!(rig.get(&format!("/rest/api/3/{path}")).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn versions_of_a_project_come_whole_and_in_pages() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let (seen, hidden) = projects(&site);
    let numbers: Vec<usize> = seen.iter().map(|it| it.versions.len()).collect();
    assert!(numbers.contains(&0) && numbers.contains(&130), "{numbers:?}");
    let mut overdue = BTreeSet::new();
    for project in seen {
        let (_, whole) = rig.get(&format!("/rest/api/3/project/{}/versions", project.id)).await;
        let path = format!("/rest/api/3/project/{}/version?maxResults=1000", project.key);
        let (pages, lengths) = rig.pages(&path).await;
        assert_eq!(lengths.len(), project.versions.len().div_ceil(50).max(1));
        assert_eq!((&pages, pages.len()), (array(&whole), project.versions.len()));
        for (row, version) in pages.iter().zip(&project.versions) {
            assert_eq!((&row["id"], &row["name"]), (&json!(version.id.to_string()), &json!(version.name)));
            assert_eq!(row.get("description"), version.description.as_ref().map(|it| json!(it)).as_ref());
            let day = |day: Option<chrono::NaiveDate>| day.map(|it| json!(it.to_string()));
            assert_eq!(row.get("startDate"), day(version.start_date).as_ref());
            assert_eq!(row.get("releaseDate"), day(version.release_date).as_ref());
            let (released, archived) = match version.state {
                VersionState::Unreleased => (false, false),
                VersionState::Released => (true, false),
                VersionState::Archived => (true, true),
                VersionState::Abandoned => (false, true),
            };
            assert_eq!((&row["released"], &row["archived"]), (&json!(released), &json!(archived)));
            assert_eq!(row["projectId"], json!(project.id));
            overdue.insert(row.get("overdue").map(ToString::to_string));
        }
    }
    assert_eq!(overdue.len(), 3, "{overdue:?}");
    let own = &site.projects[0].versions[0];
    let (_, row) = rig.get(&format!("/rest/api/3/version/{}?expand=issuesstatus", own.id)).await;
    let fixed =
        site.searchable_issues(Caller::Demo).filter(|it| it.fix_version_ids.contains(&own.id)).count();
    let counts = row["issuesStatusForFixVersion"].as_object().unwrap();
    assert_eq!(counts.values().map(|it| it.as_u64().unwrap()).sum::<u64>(), u64::try_from(fixed).unwrap());
    for path in [
        format!("project/{}/versions", hidden.key),
        format!("project/{}/version", hidden.key),
        format!("version/{}", hidden.versions[0].id),
        "project/NOPE/versions".to_owned(),
        "version/1".to_owned(),
    ] {
        assert_eq!(rig.get(&format!("/rest/api/3/{path}")).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn parts_of_a_project_are_chosen_and_sorted_as_asked() {
    let rig = Rig::small().await;
    let site = rig.sandbox.site();
    let os = site.projects.iter().find(|it| it.key == "OS").unwrap();
    let number = |states: &[VersionState]| os.versions.iter().filter(|it| states.contains(&it.state)).count();
    for (status, expected) in [
        ("released", number(&[VersionState::Released])),
        ("unreleased", number(&[VersionState::Unreleased])),
        ("archived", number(&[VersionState::Archived, VersionState::Abandoned])),
        (
            "archived,released",
            number(&[VersionState::Archived, VersionState::Abandoned, VersionState::Released]),
        ),
    ] {
        let (rows, _) = rig.pages(&format!("/rest/api/3/project/OS/version?status={status}")).await;
        assert!(expected > 0 && rows.len() == expected, "{status}: {}", rows.len());
    }
    let (rows, _) = rig.pages("/rest/api/3/project/OS/version?orderBy=-releaseDate").await;
    let dates: Vec<Option<&str>> = rows.iter().map(|it| it["releaseDate"].as_str()).collect();
    let known: Vec<&str> = dates.iter().flatten().copied().collect();
    assert!(
        known.is_sorted_by(|left, right| left >= right) && dates[known.len()..].iter().all(Option::is_none)
    );
    let (rows, _) = rig.pages("/rest/api/3/project/OS/version?orderBy=%2Bname&query=V0.1").await;
    assert!(rows.len() > 10 && texts(&rows, "name").is_sorted());
    let (rows, _) = rig.pages("/rest/api/3/project/PAY/component?orderBy=-issueCount").await;
    let counts: Vec<i64> = rows.iter().map(|it| it["issueCount"].as_i64().unwrap()).collect();
    assert!(counts[0] > 0 && counts.is_sorted_by(|left, right| left >= right), "{counts:?}");
    for wrong in [
        "project/OS/version?orderBy=id",
        "project/OS/version?status=live",
        "project/PAY/component?orderBy=id",
        "component?projectIdsOrKeys=PAY&orderBy=lead",
        "project/PAY/components?componentSource=all",
    ] {
        assert_eq!(rig.get(&format!("/rest/api/3/{wrong}")).await.0, 400, "{wrong}");
    }
    let (_, none) = rig.get("/rest/api/3/project/PAY/components?componentSource=compass").await;
    assert_eq!(none, json!([]));
    assert_eq!(rig.pages("/rest/api/3/component").await.0, [Value::Null; 0]);
}

#[tokio::test]
async fn anonymous_callers_see_the_parts_of_the_public_project_and_no_people() {
    let rig = Rig::small().await;
    for (path, expected) in [
        ("group/bulk", 401),
        ("group/member?groupname=jira-developers", 401),
        ("statuses/search", 401),
        ("statuscategory", 401),
        ("priority", 401),
        ("priority/search", 401),
        ("resolution", 401),
        ("resolution/search", 401),
        ("user?accountId=5b10a2844c20165700ede21f", 401),
        ("user/bulk?accountId=5b10a2844c20165700ede21f", 401),
        ("user/groups?accountId=5b10a2844c20165700ede21f", 401),
        ("project/OS/versions", 200),
        ("project/OS/component", 200),
        ("project/PAY/versions", 404),
        ("project/PAY/component", 404),
        ("component/10100", 404),
        ("version/10200", 404),
        ("issuetype/project?projectId=10000", 404),
        ("issuetype/project?projectId=10004", 200),
    ] {
        assert_eq!(rig.status(As::Nobody, &format!("/rest/api/3/{path}")).await, expected, "{path}");
        if expected != 200 {
            assert_eq!(rig.status(As::Demo, &format!("/rest/api/2/{path}")).await, 200, "{path}");
        }
        assert_eq!(rig.status(As::Stranger, &format!("/rest/api/3/{path}")).await, 401, "{path}");
    }
}

#[tokio::test]
async fn parameters_of_the_lists_are_known_and_others_are_recorded() {
    let rig = Rig::small().await;
    for (path, unknown) in [
        ("group/bulk?startAt=0&maxResults=5&groupId=a&groupName=b&accessType=user", &[][..]),
        ("group/bulk?query=a", &["query"]),
        ("group/member?groupId=a&includeInactiveUsers=true&startAt=0&maxResults=5", &[]),
        ("group/member?groupName=a", &["groupName"]),
        ("status?maxResults=5", &["maxResults"]),
        ("issuetype?startAt=0", &["startAt"]),
        ("project/PAY/components?maxResults=5", &["maxResults"]),
        ("project/PAY/versions?status=released", &["status"]),
        ("project/PAY/version?status=released&orderBy=name&query=a&expand=operations", &[]),
        ("component?projectIdsOrKeys=PAY&componentSource=jira", &["componentSource"]),
    ] {
        rig.sandbox.clear_requests();
        rig.get(&format!("/rest/api/3/{path}")).await;
        assert_eq!(rig.sandbox.requests()[0].unknown_parameters, unknown, "{path}");
    }
}

#[test]
fn a_seed_gives_the_same_directory_again() {
    let all = |seed| {
        let site = generate(seed, 100);
        format!("{:?}{:?}{:?}", site.groups, site.users, site.projects)
    };
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
}
