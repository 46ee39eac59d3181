//! What an administrator reads of how a site is set up, and what others are told instead.

use std::fs;

use jirrow::catalog::Session;
use jirrow::connection::Connection;
use jirrow::sandbox::assumptions::{CursorEnd, LastPage};
use jirrow::sandbox::{Account, Assumptions, Sandbox, SandboxConfig};
use jirrow::schema::Library;

use super::tables::administration::{TABLES, WEBHOOKS};
use super::tables::named;
use super::value::{Row, Value};
use super::{assert_whole, read, value};
use crate::support::{Fixture, small};

#[tokio::test(flavor = "multi_thread")]
async fn no_reading_of_how_pages_end_changes_a_row_of_administration() {
    let assumptions = Assumptions {
        cursor_end: CursorEnd::IsLast,
        last_page: LastPage::Unmarked,
        ..Assumptions::default()
    };
    let fixture = Fixture::start(SandboxConfig { issues: 0, assumptions, ..small() }, "").await;
    for table in TABLES.iter().copied() {
        assert_whole(&fixture, table, &format!("SELECT * FROM {}", table.name), "other ends").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_every_kind_of_list_give_each_row_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("jira")).unwrap();
    for name in ["AuditRecords", "Plans", "Filters"] {
        let file = format!("schemas/jira/{name}.toml");
        let text = fs::read_to_string(file).unwrap();
        let few =
            text.replace("page_size = 1000", "page_size = 7").replace("page_size = 50", "page_size = 7");
        assert_ne!(few, text);
        fs::write(folder.path().join(format!("jira/{name}.toml")), few).unwrap();
    }
    let mut library = Library::built_in();
    library.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(SandboxConfig { issues: 0, ..small() }).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().connection(connection).library(library).build().unwrap();
    let fixture = Fixture { sandbox, session };
    for (name, rows) in [("AuditRecords", 40), ("Plans", 53), ("Filters", 61)] {
        fixture.sandbox.clear_requests();
        assert_whole(&fixture, named(name), &format!("SELECT * FROM {name}"), "seven a page").await;
        let pages = fixture.sandbox.requests().iter().filter(|r| !r.path.ends_with("/myself")).count();
        assert_eq!(pages, usize::div_ceil(rows, 7), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_one_thing_are_asked_for_alone() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    fixture.warm().await;
    for (name, column, filter, most) in [
        ("Filters", "Id", "Id = 10002", 1),
        ("FilterPermissions", "FilterId", "FilterId = 10003", 1),
        ("FilterEditPermissions", "FilterId", "FilterId = 10002", 1),
        ("DashboardGadgets", "DashboardId", "DashboardId = 10010", 1),
        ("PermissionGrants", "PermissionSchemeId", "PermissionSchemeId = 10100", 1),
        ("ProjectsPermissionScheme", "ProjectId", "ProjectId = 10002", 1),
        ("ProjectRoles", "ProjectId", "ProjectId = 10000", 1),
        ("ScreenTabs", "ScreenId", "ScreenId = 1", 1),
        ("FieldContexts", "FieldId", "FieldId = 'customfield_10033'", 1),
        ("PlanTeams", "PlanId", "PlanId = 100", 1),
        ("MyPermissions", "Key", "Key = 'ADMINISTER'", 1),
        ("ProjectRoleActors", "RoleId", "ProjectId = 10000 AND RoleId = 10003", 1),
        ("ScreenTabFields", "TabId", "ScreenId = 1 AND TabId = 10001", 1),
        ("FieldOptions", "ContextId", "FieldId = 'customfield_10033' AND ContextId = 10133", 1),
        // All at once, and for the others the parents first.
        ("Permissions", "Key", "Key = 'ADMINISTER'", 1),
    ] {
        let table = named(name);
        let sql = format!("SELECT * FROM {name} WHERE {filter}");
        fixture.sandbox.clear_requests();
        let found = read(&fixture, table, &sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let requests = fixture.sandbox.requests();
        let data: Vec<&str> =
            requests.iter().map(|r| r.path.as_str()).filter(|it| !it.ends_with("/myself")).collect();
        assert!(data.len() <= most, "{sql}: {data:#?}");
        let wanted: Vec<(&str, &str)> = filter
            .split(" AND ")
            .map(|it| it.split_once(" = ").expect("a comparison"))
            .map(|(column, value)| (column, value.trim_matches('\'')))
            .collect();
        let mut expected = table.expected(&fixture.sandbox.site());
        expected.retain(|_, row| wanted.iter().all(|(column, value)| key_of(row, column) == *value));
        assert!(!expected.is_empty(), "{sql}: `{column}` has no such value");
        assert_eq!(value::differences(&expected, &found), Vec::<String>::new(), "{sql}");
    }
}

fn key_of(row: &Row, column: &str) -> String {
    match &row[column] {
        Value::Null => String::new(),
        value => value.key(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_tables_of_administration_cost_their_pages_and_their_parents() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    fixture.warm().await;
    let site = fixture.sandbox.site();
    let custom = site.fields.iter().filter(|it| it.custom_id.is_some()).count();
    for (name, most) in [
        ("Filters", 2),
        ("FilterPermissions", 2),
        ("PermissionGrants", 1),
        ("RoleActors", 1),
        ("MyPermissions", 2),
        ("WorkflowTransitions", 1),
        ("AuditRecords", 1),
        ("Plans", 2),
        ("ScreenTabs", 1 + 4),
        ("ScreenTabFields", 1 + 4 + 4),
        ("FieldContexts", 1 + custom),
    ] {
        let served = fixture.requests(&format!("SELECT * FROM {name}")).await;
        assert!(served.len() <= most, "{name}: {} requests, {most} allowed: {served:#?}", served.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_without_contexts_have_none_and_any_other_refusal_is_an_error() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    let of_summary = "SELECT * FROM FieldContexts WHERE FieldId = 'summary'";
    assert_eq!(read(&fixture, named("FieldContexts"), of_summary).await.unwrap().len(), 0);
    fixture.sandbox.fail_always("GET /rest/api/3/field/customfield_10014/context", 403);
    let error = read(&fixture, named("FieldContexts"), "SELECT * FROM FieldContexts").await.unwrap_err();
    assert!(error.contains("customfield_10014/context") && error.contains("403"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_administrators_is_an_error_for_other_accounts_and_never_no_rows() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, account: Account::Member, ..small() }, "").await;
    let mut refused = vec![];
    for table in TABLES.iter().copied() {
        match read(&fixture, table, &format!("SELECT * FROM {}", table.name)).await {
            Ok(rows) => assert!(!rows.is_empty(), "`{}`: no rows instead of an error", table.name),
            Err(error) => {
                assert!(error.contains("403") && error.contains("administrators"), "{error}");
                refused.push(table.name);
            }
        }
    }
    for name in ["AuditRecords", "Roles", "Screens", "Plans", "SecurityLevels", "ApplicationRoles"] {
        assert!(refused.contains(&name), "{name} is in none of {refused:?}");
    }
    let rows = read(&fixture, named("MyPermissions"), "SELECT * FROM MyPermissions").await.unwrap();
    assert_eq!(rows["ADMINISTER"]["HavePermission"], Value::Bool(false));
    assert_eq!(rows["BROWSE_PROJECTS"]["HavePermission"], Value::Bool(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_for_apps() {
    let fixture = Fixture::start(SandboxConfig { issues: 0, ..small() }, "").await;
    let error = read(&fixture, &WEBHOOKS, "SELECT * FROM Webhooks").await.unwrap_err();
    assert!(error.contains("403") && error.contains("Only apps"), "{error}");

    let sandbox = Sandbox::start(SandboxConfig { issues: 0, ..small() }).await.unwrap();
    let connection: Connection = sandbox.oauth_connection_string().parse().unwrap();
    let session = Session::builder().connection(connection).build().unwrap();
    let fixture = Fixture { sandbox, session };
    assert_whole(&fixture, &WEBHOOKS, "SELECT * FROM Webhooks", "an app").await;
}

#[test]
fn the_documents_fill_every_column() {
    let site = jirrow::sandbox::generate(1, 50);
    for table in TABLES.iter().copied().chain([&WEBHOOKS]) {
        let rows = table.expected(&site);
        for (column, _) in table.columns_on(&site) {
            assert!(
                rows.values().any(|row| row[column] != Value::Null),
                "`{}.{column}` is empty",
                table.name
            );
        }
    }
}
