//! The same tables on Data Center: the rows of the model with names in place of account ids, wiki markup as it is, and
//! nothing of what only Cloud knows; and the tables that are not there say so.

use std::collections::BTreeMap;
use std::sync::Arc;

use jirrow::connection::Connection;
use jirrow::sandbox::assumptions::PickedGroups;
use jirrow::sandbox::model::{AccountId, BoardLocation, CustomValue, Document, RichText, User};
use jirrow::sandbox::{Assumptions, Deployment, SandboxConfig, Site};
use jirrow::scan::MetadataCache;
use jirrow::schema::{self, Library};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::tables::{self, Table};
use super::value::{self, Row, Rows, Value, key, text};
use super::{INSIDE_ISSUES, Seen, TABLES, WORKLOGS, read};
use crate::support::{Fixture, small};

fn there() -> SandboxConfig {
    SandboxConfig { deployment: Deployment::DataCenter, ..small() }
}

/// The site as Data Center would have it: every account id is a user's name, every text is wiki markup.
fn with_names(site: &Site) -> Site {
    let mut site = site.clone();
    let users: BTreeMap<AccountId, User> =
        site.users.iter().map(|it| (Arc::clone(&it.account_id), it.clone())).collect();
    let named = |account: &mut AccountId| *account = users[account].name.as_str().into();
    let perhaps = |account: &mut Option<AccountId>| account.iter_mut().for_each(named);
    let wiki = |text: &mut RichText| *text = Arc::new(Document::paragraph(text.to_wiki()));

    let is_subtask: Vec<i64> =
        site.issue_types.iter().filter(|it| it.hierarchy_level < 0).map(|it| it.id).collect();
    site.users.iter_mut().for_each(|it| named(&mut it.account_id));
    for project in &mut site.projects {
        perhaps(&mut project.lead);
        project.components.iter_mut().for_each(|it| perhaps(&mut it.lead));
    }
    for group in &mut site.groups {
        group.id.clone_from(&group.name);
        group.members.iter_mut().for_each(named);
    }
    for board in &mut site.boards {
        if let Some(BoardLocation::User(account)) = &mut board.location {
            named(account);
        }
    }
    for issue in site.issues.values_mut() {
        [&mut issue.assignee, &mut issue.reporter, &mut issue.creator].into_iter().for_each(perhaps);
        issue.description.iter_mut().for_each(wiki);
        issue.environment.iter_mut().for_each(wiki);
        issue.status_category_changed = None;
        if !is_subtask.contains(&issue.type_id) {
            issue.parent = None;
        }
        for comment in &mut issue.comments {
            [&mut comment.author, &mut comment.update_author].into_iter().for_each(perhaps);
            wiki(&mut comment.body);
        }
        for worklog in &mut issue.worklogs {
            [&mut worklog.author, &mut worklog.update_author].into_iter().for_each(named);
            worklog.comment.iter_mut().for_each(wiki);
        }
        issue.watchers.iter_mut().for_each(named);
        issue.voters.iter_mut().for_each(named);
        issue.attachments.iter_mut().for_each(|it| perhaps(&mut it.author));
        for history in &mut issue.histories {
            perhaps(&mut history.author);
            for item in &mut history.items {
                item.field_id = None;
                if item.field == "assignee" {
                    for id in [&mut item.from, &mut item.to].into_iter().flatten() {
                        id.clone_from(&users[id.as_str()].key);
                    }
                }
            }
        }
        for held in issue.custom.values_mut() {
            match held {
                CustomValue::User(account) => named(account),
                CustomValue::Users(accounts) => accounts.iter_mut().for_each(named),
                CustomValue::RichText(text) => wiki(text),
                _ => {}
            }
        }
    }
    site
}

/// Columns that have no value there, whatever they have on Cloud.
fn unknown(table: &str) -> &'static [&'static str] {
    match table {
        "Comments" => &["VisibilityIdentifier", "JsdPublic"],
        "Worklogs" => &["VisibilityIdentifier"],
        "Projects" => &["Style", "Simplified", "Private", "TotalIssueCount", "LastIssueUpdateTime", "Uuid"],
        "Users" | "GroupMembers" | "MySelf" | "Watchers" | "Votes" => &["AccountType"],
        "BoardConfiguration" => &["Type", "LocationType", "LocationId", "ProjectKey"],
        "Fields" => &["Key", "ScopeType", "ScopeProjectId"],
        "Boards" => &["ProjectId", "ProjectKey", "ProjectName", "LocationName", "UserAccountId", "IsPrivate"],
        "IssueTypes" => &["HierarchyLevel", "ScopeType", "ProjectId", "EntityId"],
        "Priorities" | "Resolutions" | "IssueTypeSchemes" | "SecurityLevels" => &["IsDefault"],
        "Statuses" | "PermissionSchemes" | "NotificationSchemes" | "Screens" => &["ScopeType", "ProjectId"],
        "Notifications" => &["Recipient"],
        "ProjectSecurityLevels" => &["IsDefault", "SecuritySchemeId"],
        "FavouriteFilters" => &["FavouritedCount", "ApproximateLastUsed"],
        "PrioritySchemePriorities" => {
            &["Name", "Description", "IsDefault", "Sequence", "StatusColor", "IconUrl"]
        }
        "ProjectRoles" => {
            &["TranslatedName", "Description", "Type", "Admin", "Default", "RoleConfigurable", "ScopeType"]
        }
        "Dashboards" => &[
            "Description",
            "OwnerAccountId",
            "OwnerDisplayName",
            "IsFavourite",
            "Popularity",
            "Rank",
            "IsWritable",
            "SystemDashboard",
            "AutomaticRefreshMs",
            "SharePermissions",
            "EditPermissions",
        ],
        "Workflows" => {
            &["IsEditable", "ScopeType", "ProjectId", "VersionId", "VersionNumber", "Created", "Updated"]
        }
        "CustomFields" => {
            &["Type", "Items", "CustomType", "StableId", "ContextsCount", "LastUsedType", "LastUsed"]
        }
        "IssueTransitions" => {
            &["HasScreen", "IsGlobal", "IsInitial", "IsConditional", "IsAvailable", "IsLooped"]
        }
        "ProjectIssueTypes" => &["HierarchyLevel"],
        "PermissionGrants" => &["HolderValue"],
        "Roles" => &[
            "TranslatedName",
            "Admin",
            "Default",
            "RoleConfigurable",
            "CurrentUserRole",
            "ScopeType",
            "ProjectId",
        ],
        _ => &[],
    }
}

fn expected(table: &Table, site: &Site, readings: Assumptions) -> Rows {
    let rows = table.expected_under(&with_names(site), readings);
    let rows = rows.into_values().filter_map(|mut row| {
        for column in unknown(table.name) {
            row.insert(column, Value::Null);
        }
        change(table, site, &mut row).then_some(row)
    });
    rows.map(|row| (key(&row, table.key), row)).collect()
}

/// What else differs in a row; is it there at all?
fn change(table: &Table, site: &Site, row: &mut Row) -> bool {
    match table.name {
        "Users" => {
            let user = site.users.iter().find(|it| row["AccountId"] == text(&*it.name)).expect("a user");
            row.extend([("Name", text(&*user.name)), ("Key", text(&*user.key))]);
        }
        "Fields" => {
            let gone = ["statuscategorychangedate", "issuerestriction"].map(text);
            if row["CustomType"] == text("com.pyxis.greenhopper.jira:gh-sprint") {
                row.insert("Items", text("string"));
            }
            return !gone.contains(&row["Id"]);
        }
        // A workflow has no other name there than its name.
        "Workflows" => {
            row.insert("Id", row["Name"].clone());
        }
        "FavouriteFilters" => {
            let (Value::Text(search), Value::Text(shares)) = (&row["SearchUrl"], &row["SharePermissions"])
            else {
                unreachable!()
            };
            let search = search.replace("/rest/api/3/search/jql?", "/rest/api/2/search?");
            let mut shares: serde_json::Value = serde_json::from_str(shares).expect("JSON");
            rename_users(&mut shares);
            row.extend([("SearchUrl", text(&*search)), ("SharePermissions", text(&*shares.to_string()))]);
        }
        // Of the epics of all sites, only the type of this name is known to be one.
        "Epics" => return row["IssueType"] == text("Epic"),
        "IssueCustomFields" => {
            let Value::Text(json) = &row["Value"] else { unreachable!() };
            let sent: serde_json::Value = serde_json::from_str(json).expect("JSON");
            if sent["type"] == "doc" {
                let words = sent["content"][0]["content"][0]["text"].as_str().unwrap_or_default();
                row.insert("Value", Value::Text(serde_json::Value::from(words).to_string()));
            }
        }
        "Projects" if row["Archived"] == Value::Null => {
            row.insert("Archived", Value::Bool(false));
        }
        "Attachments" => {
            let (Value::Int(id), Value::Text(name)) = (&row["Id"], &row["Filename"]) else { unreachable!() };
            let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
            let content = format!("/secure/attachment/{id}/{name}");
            let thumbnail = format!("/secure/thumbnail/{id}/{name}");
            row.insert("ContentUrl", Value::Text(content));
            if row["ThumbnailUrl"] != Value::Null {
                row.insert("ThumbnailUrl", Value::Text(thumbnail));
            }
        }
        "Issues" => {
            // A project among the values of a field.
            for value in row.values_mut() {
                if let Value::Text(json) = value
                    && json.starts_with(r#"{"avatarUrls""#)
                    && let Ok(mut project) = serde_json::from_str::<serde_json::Value>(json)
                {
                    project.as_object_mut().expect("an object").remove("simplified");
                    *json = project.to_string();
                }
            }
        }
        _ => {}
    }
    true
}

/// Users by name, projects without a style.
fn rename_users(json: &mut serde_json::Value) {
    json.as_array_mut().into_iter().flatten().for_each(rename_users);
    if let Some(members) = json.as_object_mut() {
        members.remove("simplified");
        if let Some(name) = members.remove("accountId") {
            members.insert("name".to_owned(), name);
        }
        members.values_mut().for_each(rename_users);
    }
}

/// The tables that say they exist there.
fn existing() -> Vec<&'static Table> {
    let library = Library::built_in();
    let exists = |table: &&Table| {
        let file = library.table("jira", "public", table.name).unwrap().expect("a file");
        file.exists_on(schema::Deployment::DataCenter)
    };
    tables::all().filter(exists).collect()
}

async fn assert_whole(fixture: &Fixture, table: &Table, sql: &str, case: &str) {
    let found = read(fixture, table, sql).await.unwrap_or_else(|e| panic!("{case}, {}: {e}", table.name));
    let mut found = found;
    let mut expected = expected(table, &fixture.sandbox.site(), fixture.sandbox.assumptions());
    if table.name == "IssueCustomFields" {
        // What is sent of people, groups, projects, sprints and instants differs too much; the columns of Issues are held to it.
        let differs = ["user", "group", "project", "array", "datetime"].map(text);
        for row in expected.values_mut().chain(found.values_mut()) {
            if differs.contains(&row["FieldType"]) {
                row.insert("Value", Value::Null);
            }
        }
    }
    assert!(!expected.is_empty(), "{case}: the model has no `{}`", table.name);
    let differences = value::differences(&expected, &found);
    let (first, number) = (differences.iter().take(10).collect::<Vec<_>>(), differences.len());
    assert!(differences.is_empty(), "{case}, {}: {number} differences: {first:#?}", table.name);
    let findings = fixture.session.report().take();
    assert_eq!(findings.warnings, Vec::<String>::new(), "{case}, {}", table.name);
}

async fn assert_tables(fixture: &Fixture, case: &str) {
    for table in existing() {
        assert_whole(fixture, table, &format!("SELECT * FROM {}", table.name), case).await;
    }
}

/// Every table whose rows hang on issues, with all issues named.
async fn assert_issue_by_issue(fixture: &Fixture, case: &str) {
    let ids: Vec<String> = Seen(&fixture.sandbox.site()).issues().map(|it| it.id.to_string()).collect();
    let more =
        ["Comments", "IssueChangelogs", "IssueFieldHistory", "IssueAffectedVersions", "Watchers", "Votes"];
    let more = more.map(tables::named);
    for table in INSIDE_ISSUES.into_iter().chain(more).chain([&WORKLOGS]) {
        let sql = format!("SELECT * FROM {} WHERE IssueId IN ({})", table.name, ids.join(", "));
        assert_whole(fixture, table, &sql, &format!("{case}, issue by issue")).await;
    }
    let sql = format!("SELECT * FROM Issues WHERE Id IN ({})", ids.join(", "));
    assert_whole(fixture, &tables::ISSUES, &sql, &format!("{case}, by id")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_table_that_is_there_has_the_models_rows() {
    let fixture = Fixture::start(there(), "").await;
    assert!(existing().len() >= 50, "{}", existing().len());
    assert_tables(&fixture, "Data Center").await;
    assert_issue_by_issue(&fixture, "Data Center").await;
    let elsewhere: Vec<_> =
        fixture.sandbox.requests().into_iter().filter(|it| it.path.starts_with("/rest/api/3/")).collect();
    assert_eq!(elsewhere.len(), 1, "the first login alone asks Cloud's interface: {elsewhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_alone_reads_the_same() {
    let fixture = Fixture::start(there(), "").await;
    let token = format!("URL={};AuthScheme=PAT;APIToken=sandbox-token", fixture.sandbox.url());
    let connection: Connection = token.parse().unwrap();
    let session = jirrow::catalog::Session::builder().connection(connection).build().unwrap();
    let fixture = Fixture { session, ..fixture };
    assert_whole(&fixture, &tables::USERS, "SELECT * FROM Users", "by token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_change_no_row_there() {
    let fixture = Fixture::start(SandboxConfig { faults: 0.2, issues: 120, ..there() }, "").await;
    assert_tables(&fixture, "faults").await;
    assert_issue_by_issue(&fixture, "faults").await;
    assert!(fixture.sandbox.requests().iter().any(|r| r.fault.is_some()), "nothing went wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reading_of_an_open_question_changes_a_row_there() {
    for (name, assumptions) in Assumptions::data_center_readings() {
        let fixture = Fixture::start(SandboxConfig { assumptions, issues: 110, ..there() }, "").await;
        let main = existing().into_iter().filter(|it| TABLES.iter().any(|main| main.name == it.name));
        for table in main {
            assert_whole(&fixture, table, &format!("SELECT * FROM {}", table.name), &name).await;
        }
        assert_issue_by_issue(&fixture, &name).await;
        // Keys that name no issue take none of the others along.
        let site = fixture.sandbox.site();
        let known = Seen(&site).issues().next().unwrap();
        let sql = format!("SELECT * FROM Issues WHERE Key IN ('NOPE-1', '{}', 'PAY-999999')", known.key);
        let found = read(&fixture, &tables::ISSUES, &sql).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&known.id.to_string()], "{name}");
        for sql in ["SELECT * FROM Issues WHERE Key = 'NOPE-1'", "SELECT * FROM Issues WHERE Id = 1"] {
            assert!(read(&fixture, &tables::ISSUES, sql).await.unwrap().is_empty(), "{name}: {sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_says_so() {
    let fixture = Fixture::start(there(), "").await;
    let library = Library::built_in();
    let mut missing = vec![];
    for name in library.names("jira", "public") {
        let table = library.table("jira", "public", &name.name).unwrap().unwrap();
        if table.exists_on(schema::Deployment::DataCenter) {
            continue;
        }
        missing.push(name.name.clone());
        let error = fixture.rows(&format!("SELECT * FROM {}", name.name)).await.unwrap_err().to_string();
        let says = format!("table `{}` does not exist on Data Center", name.name);
        assert!(error.contains(&says), "{}: {error}", name.name);
    }
    assert!(missing.contains(&"Labels".to_owned()), "{missing:?}");
    let listed = "SELECT TableName FROM sys_tables WHERE SchemaName = 'public' AND NOT array_has(Deployments, 'data_center') ORDER BY 1";
    let batches = fixture.rows(listed).await.unwrap();
    let listed: Vec<String> = batches
        .iter()
        .flat_map(|batch| {
            let names = datafusion::arrow::array::AsArray::as_string::<i32>(batch.column(0));
            names.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    missing.sort();
    assert_eq!(listed, missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_groups_that_the_site_cuts_off_is_an_error() {
    let assumptions = Assumptions { picked_groups: PickedGroups::Twenty, ..Assumptions::default() };
    let fixture = Fixture::start(SandboxConfig { assumptions, ..there() }, "").await;
    for sql in ["SELECT * FROM Groups", "SELECT * FROM Groups LIMIT 5", "SELECT * FROM GroupMembers"] {
        let error = fixture.rows(sql).await.unwrap_err().to_string();
        assert!(error.contains("no more than 20 of its"), "{sql}: {error}");
    }
    // Of a group that is known by name, the members are.
    let group = fixture.sandbox.site().groups[0].name.clone();
    fixture.rows(&format!("SELECT AccountId FROM GroupMembers WHERE GroupId = '{group}'")).await.unwrap();
}

/// What a statement asks for, `/myself` left out.
async fn assert_costs(fixture: &Fixture, sql: &str, most: usize) {
    let served = fixture.requests(sql).await;
    assert!(served.len() <= most, "`{sql}`: {} requests, {most} allowed: {served:#?}", served.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_tables_cost_few_requests_there() {
    let fixture = Fixture::start(SandboxConfig { issues: 2_000, ..there() }, "").await;
    fixture.warm().await;
    let site = fixture.sandbox.site();
    let seen = Seen(&site);
    let (issue, worklogs) = (seen.issues().next().unwrap(), seen.worklogs().count());
    let feed_and_list = 2 * worklogs.div_ceil(1_000) + 3;
    let long = |number: usize| usize::from(number > 20) * number.div_ceil(100);
    let mut comments = BTreeMap::new();
    seen.comments().for_each(|(issue, _)| *comments.entry(issue.id).or_insert(0_usize) += 1);
    let long_comments: usize = comments.into_values().map(long).sum();
    assert_costs(&fixture, "SELECT * FROM Issues", 4).await;
    assert_costs(&fixture, "SELECT Id FROM Issues", 2).await;
    assert_costs(&fixture, "SELECT * FROM Issues LIMIT 10", 1).await;
    assert_costs(&fixture, &format!("SELECT * FROM Issues WHERE Key = '{}'", issue.key), 1).await;
    assert_costs(&fixture, &format!("SELECT * FROM IssueLinks WHERE IssueId = {}", issue.id), 1).await;
    assert_costs(&fixture, "SELECT * FROM IssueLinks", 2).await;
    assert_costs(&fixture, "SELECT * FROM Comments", 20 + 2 + long_comments).await;
    assert_costs(&fixture, "SELECT Id, Created, Items FROM IssueChangelogs", 20).await;
    assert_costs(&fixture, "SELECT Id, IssueId, Comment FROM Worklogs", feed_and_list).await;
    assert_costs(&fixture, "SELECT * FROM Projects", 1).await;
    assert_costs(&fixture, "SELECT * FROM Projects WHERE Key = 'PAY'", 1).await;
    assert_costs(&fixture, "SELECT * FROM Users", 1).await;
    fixture.rows("SET jirrow.approximate_count = true").await.unwrap();
    assert_costs(&fixture, "SELECT COUNT(*) FROM Issues", 1).await;
}

/// Method and path of what was asked since the last look.
fn asked(fixture: &Fixture) -> Vec<String> {
    let asked = fixture.sandbox.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    fixture.sandbox.clear_requests();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_site_is_is_found_out_once_and_kept() {
    let (fixture, folder) = (Fixture::start(there(), "").await, tempfile::tempdir().unwrap());
    let string = fixture.sandbox.connection_string();
    let sandbox = fixture.sandbox;
    let cold = Fixture { session: session_of(&string, folder.path()), sandbox };
    cold.rows("SELECT * FROM Priorities").await.unwrap();
    let found_out = [
        "GET /rest/api/3/myself",
        "GET /rest/api/2/serverInfo",
        "GET /rest/api/2/myself",
        "GET /rest/api/2/priority",
    ];
    assert_eq!(asked(&cold), found_out);
    cold.rows("SELECT * FROM Resolutions").await.unwrap();
    assert_eq!(asked(&cold), ["GET /rest/api/2/resolution"]);

    let warm = Fixture { session: session_of(&string, folder.path()), ..cold };
    warm.rows("EXPLAIN SELECT * FROM Priorities").await.unwrap();
    assert_eq!(asked(&warm), Vec::<String>::new());
    warm.rows("SELECT * FROM Priorities").await.unwrap();
    assert_eq!(asked(&warm), ["GET /rest/api/2/myself", "GET /rest/api/2/priority"]);

    // What is kept may be of another site at the same address: then the login says so.
    warm.sandbox.fail_always("GET /rest/api/2/myself", 404);
    let late = Fixture { session: session_of(&string, folder.path()), ..warm };
    let error = late.rows("SELECT * FROM Priorities").await.unwrap_err().to_string();
    assert!(
        error.contains("it was Data Center when it was last asked") && error.contains("--refresh"),
        "{error}"
    );
}

fn session_of(connection: &str, folder: &std::path::Path) -> jirrow::catalog::Session {
    let connection: Connection = format!("{connection};RetryDelay=0.01").parse().unwrap();
    let cache = MetadataCache::new(folder);
    jirrow::catalog::Session::builder().connection(connection).metadata_cache(cache).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_cloud_is_known_by_its_login() {
    let fixture = Fixture::start(small(), "").await;
    fixture.rows("SELECT * FROM StatusCategories").await.unwrap();
    assert_eq!(asked(&fixture), ["GET /rest/api/3/myself", "GET /rest/api/3/statuscategory"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_jira_is_an_error_that_says_what_to_check() {
    let fixture = Fixture::start(there(), "").await;
    for path in ["GET /rest/api/3/myself", "GET /rest/api/2/serverInfo"] {
        fixture.sandbox.fail_always(path, 404);
    }
    let error = fixture.rows("SELECT * FROM Projects").await.unwrap_err().to_string();
    for part in ["is no Jira site", "GET /rest/api/2/serverInfo", "context path"] {
        assert!(error.contains(part), "no {part} in: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_named_as_such() {
    for (name, assumptions) in Assumptions::data_center_readings() {
        if name != "default" && !name.starts_with("wrong_credentials") {
            continue;
        }
        let fixture = Fixture::start(SandboxConfig { assumptions, ..there() }, "").await;
        let string = fixture.sandbox.connection_string().replace("sandbox-token", "wrong");
        let connection: Connection = format!("{string};RetryDelay=0.01").parse().unwrap();
        let session = jirrow::catalog::Session::builder().connection(connection).build().unwrap();
        let fixture = Fixture { session, ..fixture };
        for sql in ["SELECT * FROM Projects", "SELECT Key FROM Issues"] {
            let error = fixture.rows(sql).await.unwrap_err().to_string();
            assert!(error.contains("401"), "{name}: {error}");
        }
    }
}
