//! The `rest` schema: every list endpoint of the documents is a table, and the sandbox has rows for each of them.

mod empty;

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::catalog::Session;
use jirrow::connection::Connection;
use jirrow::sandbox::Sandbox;
use jirrow::schema::{FIELD_ERRORS, Library, Table};

use crate::support::{Fixture, small};

/// The tables of Azure Data Factory's connector, version 2.0.
const DATA_FACTORY: [&str; 75] = [
    "AdvancedSettings",
    "AllAccessibleProjectTypes",
    "AllApplicationRoles",
    "AllAvailableDashboardGadgets",
    "AllDashboards",
    "AllFieldConfigurations",
    "AllFieldConfigurationSchemes",
    "AllIssueTypeSchemes",
    "AllLabels",
    "AllPermissions",
    "AllPermissionSchemes",
    "AllProjectCategories",
    "AllProjectRoles",
    "AllProjectTypes",
    "AllUserDataClassificationLevels",
    "AllUsers",
    "AllUsersDefault",
    "AllWorkflowSchemes",
    "ApplicationProperty",
    "ApproximateLicenseCount",
    "AttachmentMeta",
    "AutoComplete",
    "AvailableTimeTrackingImplementations",
    "Banner",
    "BulkGetGroups",
    "Configuration",
    "CurrentUser",
    "DashboardsPaginated",
    "DefaultEditor",
    "DefaultShareScope",
    "Events",
    "FavouriteFilters",
    "FieldAutoCompleteForQueryString",
    "FieldConfigurationSchemeMappings",
    "Fields",
    "FieldsPaginated",
    "FiltersPaginated",
    "FindComponentsForProjects",
    "FindGroups",
    "IdsOfWorklogsDeletedSince",
    "IdsOfWorklogsModifiedSince",
    "IssueAllTypes",
    "IssueLimitReport",
    "IssueLinkTypes",
    "IssueNavigatorDefaultColumns",
    "IssuePickerResource",
    "IssueSecuritySchemes",
    "IssueTypeSchemesMapping",
    "IssueTypeScreenSchemeMappings",
    "IssueTypeScreenSchemes",
    "License",
    "Locale",
    "MyFilters",
    "NotificationSchemes",
    "NotificationSchemeToProjectMappings",
    "Plans",
    "PrioritySchemes",
    "Recent",
    "Screens",
    "ScreenSchemes",
    "Search",
    "SearchProjects",
    "SearchProjectsUsingSecuritySchemes",
    "SearchResolutions",
    "SearchSecuritySchemes",
    "SearchWorkflows",
    "SecurityLevelMembers",
    "SecurityLevels",
    "SelectedTimeTrackingImplementation",
    "ServerInfo",
    "SharedTimeTrackingConfiguration",
    "StatusCategories",
    "Statuses",
    "TrashedFieldsPaginated",
    "UserDefaultColumns",
];

/// What the values of required columns are on the sandbox's site: a value, or a statement that gives it. `Table.column`
/// goes before the column alone; without either it is `10000`.
const INPUTS: &[(&str, &str)] = &[
    ("accountId", "SELECT AccountId FROM MySelf"),
    ("AllGadgets.dashboardId", "10010"),
    ("AllSystemAvatars.type", "project"),
    ("boardId", "SELECT Id FROM Boards WHERE Type = 'scrum' ORDER BY 1 LIMIT 1"),
    ("BoardByFilterId.filterId", "SELECT FilterId FROM BoardConfiguration ORDER BY BoardId LIMIT 1"),
    (
        "ChangeLogs.issueIdOrKey",
        "SELECT IssueId FROM IssueChangelogs GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    ),
    ("contextId", "10132"),
    ("currentJQL", "project = PAY ORDER BY key"),
    (
        "epicId",
        "SELECT ParentId FROM Issues WHERE ParentId IN (SELECT Id FROM Epics) AND ProjectId IN (SELECT ProjectId FROM \
         BoardProjects WHERE BoardId IN (SELECT min(Id) FROM Boards WHERE Type = 'scrum')) ORDER BY 1 LIMIT 1",
    ),
    (
        "epicIdOrKey",
        "SELECT ParentKey FROM Issues WHERE ParentId IN (SELECT Id FROM Epics) ORDER BY ParentId LIMIT 1",
    ),
    ("fieldId", "customfield_10032"),
    ("fieldName", "reporter"),
    ("fieldValue", "a"),
    ("filterId", "10001"),
    ("FindGroups.query", "jira-"),
    (
        "FindUsers.query",
        "SELECT split_part(DisplayName, ' ', 1) FROM Users WHERE Active AND AccountType = 'atlassian' ORDER BY 1 LIMIT 1",
    ),
    ("groupId", "SELECT GroupId FROM GroupMembers GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"),
    ("issueIdOrKey", "SELECT IssueKey FROM Comments GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"),
    ("IssuePropertyKeys.issueIdOrKey", "SELECT IssueId FROM IssueProperties ORDER BY 1 LIMIT 1"),
    ("IssueWatchers.issueIdOrKey", "SELECT IssueId FROM Watchers ORDER BY 1 LIMIT 1"),
    (
        "IssueWorklog.issueIdOrKey",
        "SELECT IssueId FROM Worklogs GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    ),
    ("jql", "project = PAY ORDER BY key"),
    ("givenName", "SELECT Name FROM Statuses ORDER BY Id LIMIT 1"),
    ("permissions", "BROWSE_PROJECTS"),
    ("PermissionSchemeGrants.schemeId", "0"),
    ("planId", "100"),
    ("project", "SELECT Key FROM Projects ORDER BY Id LIMIT 1"),
    ("projectId", "SELECT Id FROM Projects ORDER BY Id LIMIT 1"),
    ("projectIdOrKey", "SELECT Key FROM Projects ORDER BY Id LIMIT 1"),
    ("projectKeyOrId", "SELECT Key FROM Projects ORDER BY Id LIMIT 1"),
    ("projectIdsOrKeys", "SELECT ProjectKey FROM ProjectComponents ORDER BY Id LIMIT 1"),
    ("query", "a"),
    ("RemoteIssueLinks.issueIdOrKey", "SELECT IssueId FROM IssueRemoteLinks ORDER BY 1 LIMIT 1"),
    ("roleId", "10002"),
    ("screenId", "1"),
    ("sprintId", "SELECT SprintId FROM SprintIssues ORDER BY 1 LIMIT 1"),
    ("StatusesById.id", "SELECT Id FROM Statuses ORDER BY Id LIMIT 1"),
    ("Votes.issueIdOrKey", "SELECT IssueId FROM Votes ORDER BY 1 LIMIT 1"),
];

fn tables() -> Vec<std::sync::Arc<Table>> {
    let library = Library::built_in();
    let names = library.names("jira", "rest");
    names.iter().map(|name| library.table("jira", "rest", &name.name).unwrap().unwrap()).collect()
}

#[test]
fn the_tables_of_azure_data_factory_are_there_under_their_names() {
    let tables = tables();
    let missing: Vec<_> =
        DATA_FACTORY.iter().filter(|name| !tables.iter().any(|t| t.name.name == **name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Tables that only what logs in as an app may read.
const FOR_APPS: [&str; 1] = ["DynamicWebhooksForApp"];

/// A session that logs in as an app.
async fn app() -> Fixture {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.oauth_connection_string().parse().unwrap();
    let session = Session::builder().connection(connection).build().unwrap();
    Fixture { sandbox, session }
}

/// The first value of a statement.
async fn first(fixture: &Fixture, sql: &str) -> String {
    let rows = fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let first = rows.iter().find(|batch| batch.num_rows() > 0).expect(sql);
    let options = FormatOptions::default();
    ArrayFormatter::try_new(first.column(0), &options).unwrap().value(0).to_string()
}

/// A value for each required column of a table, by what the site has.
async fn inputs(fixture: &Fixture, table: &Table) -> Vec<(String, String)> {
    let mut inputs = vec![];
    for column in table.required() {
        let name = &table.columns[column].name;
        let special = format!("{}.{name}", table.name.name);
        let known = |wanted: &str| INPUTS.iter().find(|(known, _)| *known == wanted).map(|(_, value)| *value);
        let value = known(&special).or_else(|| known(name)).unwrap_or("10000");
        let value = if value.starts_with("SELECT ") { first(fixture, value).await } else { value.to_owned() };
        inputs.push((name.clone(), value));
    }
    inputs
}

fn where_clause(inputs: &[(String, String)]) -> String {
    let terms: Vec<String> =
        inputs.iter().map(|(name, value)| format!("\"{name}\" = '{}'", value.replace('\'', "''"))).collect();
    if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) }
}

/// How many rows have a key that another row has too.
fn repeated(rows: &RecordBatch, key: &[usize]) -> usize {
    let columns: Vec<_> = key.iter().map(|k| rows.column(*k).clone()).collect();
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let converter = RowConverter::new(fields).unwrap();
    let keys = converter.convert_columns(&columns).unwrap();
    rows.num_rows() - keys.iter().map(|k| k.as_ref().to_vec()).collect::<BTreeSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_looks_no_further_than_some_rows_says_so() {
    let fixture = Fixture::start(small(), "").await;
    first(&fixture, "SELECT count(*) FROM FindUsers WHERE query = 'a'").await;
    let notes = fixture.session.report().take().notes;
    assert!(notes.iter().any(|it| it.contains("`FindUsers`") && it.contains("first 1000 rows")), "{notes:?}");
    first(&fixture, "SELECT count(*) FROM AllUsers").await;
    assert!(fixture.session.report().take().notes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_a_number_may_be_asked_for_as_one() {
    let fixture = Fixture::start(small(), "").await;
    let board = first(&fixture, "SELECT Id FROM Boards WHERE Type = 'scrum' ORDER BY 1 LIMIT 1").await;
    let as_text =
        first(&fixture, &format!("SELECT count(*) FROM AllSprints WHERE boardId = '{board}'")).await;
    assert_ne!(as_text, "0");
    for filter in [format!("boardId = {board}"), format!("boardId IN ({board}, {board})")] {
        assert_eq!(
            first(&fixture, &format!("SELECT count(*) FROM AllSprints WHERE {filter}")).await,
            as_text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_has_rows_unique_keys_and_no_column_that_is_always_null() {
    let (account, app) = (Fixture::start(small(), "").await, app().await);
    let mut complaints = vec![];
    for table in tables() {
        let name = &table.name.name;
        let fixture = if FOR_APPS.contains(&name.as_str()) { &app } else { &account };
        let inputs = inputs(fixture, &table).await;
        let sql = format!("SELECT *, \"{FIELD_ERRORS}\" FROM rest.\"{name}\"{}", where_clause(&inputs));
        let rows = match fixture.rows(&sql).await {
            Ok(rows) if rows.iter().any(|batch| batch.num_rows() > 0) => rows,
            Ok(_) => {
                complaints.push(format!("{name}: no rows by {sql}"));
                continue;
            }
            Err(e) => {
                complaints.push(format!("{name}: {e}"));
                continue;
            }
        };
        let rows = concat_batches(&rows[0].schema(), &rows).unwrap();
        let errors = rows.column_by_name(FIELD_ERRORS).unwrap();
        if let Some(row) = (0..errors.len()).find(|row| errors.is_valid(*row)) {
            complaints.push(format!("{name}: {}", errors.as_string::<i32>().value(row)));
        }
        if !table.key.is_empty() && repeated(&rows, &table.key) > 0 {
            complaints.push(format!("{name}: {} rows repeat a key", repeated(&rows, &table.key)));
        }
        let empty: BTreeSet<&str> = (0..table.columns.len())
            .filter(|c| rows.column(*c).null_count() == rows.num_rows())
            .map(|c| table.columns[c].name.as_str())
            .collect();
        let reviewed: BTreeSet<&str> = empty::columns(name).collect();
        if empty != reviewed {
            complaints.push(format!("{name}: always NULL: {empty:?}; reviewed: {reviewed:?}"));
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
