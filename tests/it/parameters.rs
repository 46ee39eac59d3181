//! What travels in query parameters changes no row: conditions of every kind on each column that has one give the rows
//! that they give over plain tables which hold all there is. What the service can't be sure to understand does not
//! travel, and what it refuses is read without.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use datafusion::arrow::array::RecordBatch;
use jirrow::catalog::Access;
use jirrow::sandbox::{Deployment, SandboxConfig, ServedRequest};

use crate::support::{Fixture, plan, shown, small, sorted};

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Id,
    Boolean,
    Instant,
}

/// A column that query parameters speak of.
struct Column {
    table: &'static str,
    name: &'static str,
    kind: Kind,
    /// The parameters.
    parameters: &'static [&'static str],
    /// A condition on another column, which some rows meet.
    other: &'static str,
    /// Does Data Center have it, too?
    on_data_center: bool,
    /// Of many parents, those whose rows are enough.
    within: &'static str,
}

const fn column(
    (table, name): (&'static str, &'static str),
    kind: Kind,
    parameters: &'static [&'static str],
    other: &'static str,
) -> Column {
    Column { table, name, kind, parameters, other, on_data_center: false, within: "true" }
}

impl Column {
    const fn everywhere(self) -> Self {
        Self { on_data_center: true, ..self }
    }

    const fn within(self, within: &'static str) -> Self {
        Self { within, ..self }
    }
}

/// A Kanban board and one with many sprints are among them.
const BOARDS: &str = "BoardId IN (1, 2, 3, 4, 5)";

/// The last has no contexts.
const FIELDS: &str =
    "FieldId IN ('customfield_10032', 'customfield_10033', 'customfield_10048', 'customfield_10052')";

const COLUMNS: [Column; 17] = [
    column(("Boards", "Type"), Kind::Text, &["type"], "Id % 3 = 0").everywhere(),
    column(("Sprints", "State"), Kind::Text, &["state"], "Id % 3 = 0").everywhere(),
    column(("BoardSprints", "State"), Kind::Text, &["state"], "SprintId % 3 = 0").everywhere().within(BOARDS),
    column(("BoardVersions", "Released"), Kind::Boolean, &["released"], "VersionId % 3 = 0")
        .everywhere()
        .within(BOARDS),
    column(("BoardEpics", "Done"), Kind::Boolean, &["done"], "EpicId % 3 = 0").everywhere().within(BOARDS),
    column(("AuditRecords", "Created"), Kind::Instant, &["from", "to"], "Id % 3 = 0"),
    column(("Filters", "OwnerAccountId"), Kind::Text, &["accountId"], "Id % 3 = 0"),
    column(("Dashboards", "OwnerAccountId"), Kind::Text, &["accountId"], "Id % 3 = 0"),
    column(("Projects", "ProjectType"), Kind::Text, &["typeKey"], "Id % 3 = 0"),
    column(("Projects", "CategoryId"), Kind::Id, &["categoryId"], "Id % 3 = 0"),
    column(("FieldContexts", "IsGlobalContext"), Kind::Boolean, &["isGlobalContext"], "Id % 3 = 0")
        .within(FIELDS),
    column(("FieldContexts", "IsAnyIssueType"), Kind::Boolean, &["isAnyIssueType"], "Id % 3 = 0")
        .within(FIELDS),
    column(
        ("IssueTypeSchemeMappings", "IssueTypeSchemeId"),
        Kind::Id,
        &["issueTypeSchemeId"],
        "IssueTypeId = 10002",
    ),
    column(
        ("IssueTypeScreenSchemeItems", "IssueTypeScreenSchemeId"),
        Kind::Id,
        &["issueTypeScreenSchemeId"],
        "IssueTypeId = 'default'",
    ),
    column(("SecurityLevels", "SecuritySchemeId"), Kind::Id, &["schemeId"], "Id % 2 = 0"),
    column(("SecurityLevelMembers", "SecuritySchemeId"), Kind::Id, &["schemeId"], "Id % 2 = 0"),
    column(("SecurityLevelMembers", "SecurityLevelId"), Kind::Id, &["levelId"], "Id % 2 = 0"),
];

/// Conditions on a column with these values, which the rows have. All that a statement can say: what travels and what
/// does not.
fn conditions(column: &Column, values: &[String]) -> Vec<String> {
    let Column { name: c, other, .. } = column;
    let mut all: Vec<String> = vec![
        format!("{c} IS NULL"),
        format!("{c} IS NOT NULL"),
        format!("{c} = NULL"),
        format!("{c} IS NULL OR {other}"),
    ];
    match column.kind {
        Kind::Boolean => {
            let forms = [
                "C",
                "NOT C",
                "C = true",
                "C = false",
                "C <> true",
                "C IN (true, false)",
                "C IN (false)",
                "C IS TRUE",
                "C IS FALSE",
                "C IS NOT TRUE",
                "C IS NOT FALSE",
                "C IS UNKNOWN",
                "C OR NOT C",
                "C AND D",
                "NOT C AND D",
                "C OR D",
                "NOT C OR D",
                "NOT (C AND D)",
                "NOT (C OR D)",
                "C = (D)",
            ];
            let word = |word: &str| match word.trim_matches(['(', ')']) {
                "C" => word.replace('C', c),
                "D" => word.replace('D', other),
                _ => word.to_owned(),
            };
            all.extend(forms.map(|form| form.split(' ').map(word).collect::<Vec<_>>().join(" ")));
        }
        Kind::Text | Kind::Id => {
            let (none, strange) = match column.kind {
                Kind::Id => ("424242", "-1"),
                _ => ("'Nothing-such'", "'a, b'"),
            };
            for (i, value) in values.iter().enumerate() {
                let next = &values[(i + 1) % values.len()];
                all.extend([
                    format!("{c} = {value}"),
                    format!("{value} = {c}"),
                    format!("{c} <> {value}"),
                    format!("NOT ({c} = {value})"),
                    format!("{c} NOT IN ({value}, {next})"),
                    format!("{c} IN ({value}, {next})"),
                    format!("{c} = {value} OR {c} = {next}"),
                    format!("{c} = {value} AND {c} = {next}"),
                    format!("{c} IN ({value}, NULL)"),
                    format!("{c} IN ({value}, {none})"),
                    format!("{c} = {value} OR {other}"),
                    format!("{c} = {value} AND {other}"),
                    format!("({c} = {value} AND {other}) OR ({c} = {next} AND NOT {other})"),
                    format!("{c} IS NOT DISTINCT FROM {value}"),
                    format!("{c} >= {value}"),
                ]);
            }
            all.push(format!("{c} IN ({})", values.join(", ")));
            all.extend([none, strange].map(|it| format!("{c} = {it}")));
            if column.kind == Kind::Text {
                let first = &values[0];
                all.extend([
                    format!("{c} = upper({first})"),
                    format!("upper({c}) = upper({first})"),
                    format!("{c} = {first} || ' '"),
                    format!("{c} = ''"),
                    format!("{c} = 'unknown'"),
                ]);
            }
        }
        Kind::Instant => all.extend(of_instants(column, values)),
    }
    all
}

/// Of an instant, in every order and as days.
fn of_instants(column: &Column, values: &[String]) -> Vec<String> {
    let Column { name: c, other, .. } = column;
    let mut all = vec![];
    for (i, value) in values.iter().enumerate().step_by(11) {
        let next = &values[(i + 5) % values.len()];
        for operator in ["=", "<", "<=", ">", ">=", "<>"] {
            all.push(format!("{c} {operator} {value}"));
            all.push(format!("{value} {operator} {c}"));
            all.push(format!("CAST({c} AS DATE) {operator} CAST({value} AS DATE)"));
            all.push(format!("{c} {operator} CAST({value} AS DATE)"));
        }
        all.extend([
            format!("{c} BETWEEN {value} AND {next}"),
            format!("{c} BETWEEN {next} AND {value}"),
            format!("{c} NOT BETWEEN {value} AND {next}"),
            format!("{c} > {value} OR {other}"),
            format!("NOT ({c} > {value}) AND {other}"),
            format!("{c} IN ({value}, {next})"),
            format!("{c} > {value} AND {c} >= {next}"),
        ]);
    }
    let far = ["1900-01-01T00:00:00Z", "1970-01-01T00:00:30Z", "2200-12-31T00:00:00Z"];
    all.extend(far.iter().flat_map(|at| [format!("{c} > '{at}'"), format!("{c} < '{at}'")]));
    all.push(format!("{c} >= '2026-08-12 05:00:00'"));
    all.push(format!("{c} >= '2026-08-11' AND {c} < '2026-08-13'"));
    all
}

/// The values of a column, as SQL writes them.
async fn values(fixture: &Fixture, column: &Column) -> Vec<String> {
    let Column { table, name, kind, .. } = column;
    let sql = format!("SELECT DISTINCT {name} FROM Plain{table} WHERE {name} IS NOT NULL ORDER BY {name}");
    let quoted = |value: String| match kind {
        Kind::Id | Kind::Boolean => value,
        Kind::Text | Kind::Instant => format!("'{value}'"),
    };
    shown(&fixture.rows(&sql).await.unwrap()).into_iter().map(quoted).collect()
}

/// A site, and plain tables with all that it has in those of the columns.
async fn site(deployment: Deployment, columns: &[&Column]) -> Fixture {
    let config = SandboxConfig { issues: 150, deployment, ..small() };
    let fixture = Fixture::with_access(config, "", Access::Local).await;
    let tables: BTreeSet<&str> = columns.iter().map(|column| column.table).collect();
    for table in tables {
        fixture.rows(&format!("CREATE TABLE Plain{table} AS SELECT * FROM {table}")).await.unwrap();
    }
    fixture
}

/// Those of the requests that have one of the parameters.
fn with_parameter<'r>(requests: &'r [ServedRequest], parameters: &[&str]) -> Vec<&'r ServedRequest> {
    let has = |request: &&ServedRequest| {
        let names = request.query.split('&').filter_map(|pair| pair.split_once('=')).map(|pair| pair.0);
        names.into_iter().any(|name| parameters.contains(&name))
    };
    requests.iter().filter(has).collect()
}

/// Refusals of what nobody could know to be unknown, of which the summary speaks.
fn is_told(fixture: &Fixture, request: &ServedRequest) -> bool {
    let notes = fixture.session.report().take().notes;
    let is_refusal = request.status == 400 || request.status == 404;
    is_refusal
        && notes.iter().any(|note| note.contains("the site refused") && note.contains("read without it"))
}

async fn check(deployment: Deployment, zones: &[Tz]) {
    let here = |column: &&Column| deployment == Deployment::Cloud || column.on_data_center;
    let columns: Vec<&Column> = COLUMNS.iter().filter(here).collect();
    let fixture = site(deployment, &columns).await;
    for column in columns {
        let Column { table, name, parameters, within, .. } = column;
        let values = values(&fixture, column).await;
        let zones = if column.kind == Kind::Instant { zones } else { &zones[..1] };
        let (mut sent, mut found_some, mut left_out_some) = (0, 0, 0);
        for zone in zones {
            fixture.rows(&format!("SET jirrow.time_zone = '{}'", zone.name())).await.unwrap();
            // A sprint costs a request a board.
            let few = if *table == "Sprints" { 4 } else { 1 };
            for condition in conditions(column, &values).iter().step_by(few) {
                let condition = format!("({condition}) AND {within}");
                let case = format!("{deployment:?}, {zone}: {table} WHERE {condition}");
                let all = fixture.rows(&format!("SELECT * FROM Plain{table} WHERE {condition}")).await;
                let expected = sorted(&all.unwrap_or_else(|e| panic!("{case}: {e}")));
                fixture.session.report().take();
                fixture.sandbox.clear_requests();
                let rows = fixture.rows(&format!("SELECT * FROM {table} WHERE {condition}")).await;
                let rows = rows.unwrap_or_else(|e| panic!("{case}: {e}"));
                assert_eq!(sorted(&rows), expected, "{case}");
                let requests = fixture.sandbox.requests();
                let of_parameters = with_parameter(&requests, parameters);
                for request in &of_parameters {
                    // A board that is no scrum board has no sprints, and some fields no contexts.
                    let has_none = [(400, "/sprint"), (404, "/context")]
                        .iter()
                        .any(|(status, end)| request.status == *status && request.path.ends_with(end));
                    assert!(
                        request.status == 200 || has_none || is_told(&fixture, request),
                        "{case}: {} to {}?{}",
                        request.status,
                        request.path,
                        request.query
                    );
                }
                sent += usize::from(!of_parameters.is_empty());
                let total: usize = rows.iter().map(RecordBatch::num_rows).sum();
                found_some += usize::from(total > 0 && !of_parameters.is_empty());
                left_out_some += usize::from(of_parameters.is_empty() && total > 0);
            }
        }
        fixture.rows("RESET jirrow.time_zone").await.unwrap();
        assert!(sent >= 3 && found_some >= 2, "{table}.{name}: sent {sent}, of which with rows {found_some}");
        assert!(left_out_some >= 2, "{table}.{name}: {left_out_some} conditions stayed with the engine");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_in_query_parameters_find_the_rows_that_they_find_in_plain_tables() {
    check(Deployment::Cloud, &[Tz::UTC, Tz::Asia__Kolkata, Tz::America__New_York]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_do_so_on_data_center() {
    check(Deployment::DataCenter, &[Tz::UTC]).await;
}

/// A condition, and the pairs of the query that it becomes.
const SENT: [(&str, &str, &str); 29] = [
    ("Boards", "Type = 'scrum'", "type=scrum"),
    ("Boards", "'simple' = Type AND Name <> ''", "type=simple"),
    ("Sprints", "State = 'active'", "state=active"),
    ("Sprints", "State IN ('future', 'active')", "state=active,future"),
    ("Sprints", "State = 'closed' OR State = 'active'", "state=active,closed"),
    ("BoardSprints", "BoardId = 1 AND State = 'closed'", "state=closed"),
    ("BoardSprints", "State = 'closed'", "state=closed"),
    ("BoardVersions", "Released", "released=true"),
    ("BoardVersions", "NOT Released", "released=false"),
    ("BoardVersions", "Released IS FALSE", "released=false"),
    ("BoardVersions", "Released = true AND Name LIKE '1%'", "released=true"),
    ("BoardEpics", "Done IS TRUE", "done=true"),
    ("BoardEpics", "Done = false", "done=false"),
    ("AuditRecords", "Created >= '2026-08-12T07:00:00Z'", "from=2026-08-12T06:59:00.000Z"),
    ("AuditRecords", "Created < '2026-08-12T07:00:00Z'", "to=2026-08-12T07:01:00.001Z"),
    (
        "AuditRecords",
        "Created BETWEEN '2026-08-12T07:00:00+02:00' AND '2026-08-13T00:00:00Z'",
        "from=2026-08-12T04:59:00.000Z&to=2026-08-13T00:01:00.001Z",
    ),
    (
        "AuditRecords",
        "Created = '2026-08-12T07:00:00.011Z'",
        "from=2026-08-12T06:59:00.011Z&to=2026-08-12T07:01:00.012Z",
    ),
    (
        "AuditRecords",
        "CAST(Created AS DATE) = DATE '2026-08-12'",
        "from=2026-08-10T23:59:00.000Z&to=2026-08-14T00:01:00.001Z",
    ),
    ("Projects", "ProjectType = 'service_desk'", "typeKey=service_desk"),
    ("Projects", "ProjectType IN ('software', 'business')", "typeKey=business,software"),
    ("Projects", "CategoryId = 10001", "categoryId=10001"),
    ("Projects", "CategoryId = 10000 AND ProjectType = 'software'", "categoryId=10000&typeKey=software"),
    ("FieldContexts", "IsGlobalContext", "isGlobalContext=true"),
    ("FieldContexts", "NOT IsAnyIssueType", "isAnyIssueType=false"),
    ("IssueTypeSchemeMappings", "IssueTypeSchemeId = 10110", "issueTypeSchemeId=10110"),
    (
        "IssueTypeSchemeMappings",
        "IssueTypeSchemeId IN (10120, 10110)",
        "issueTypeSchemeId=10110&issueTypeSchemeId=10120",
    ),
    ("IssueTypeScreenSchemeItems", "IssueTypeScreenSchemeId = 10000", "issueTypeScreenSchemeId=10000"),
    ("SecurityLevels", "SecuritySchemeId = 10000", "schemeId=10000"),
    (
        "SecurityLevelMembers",
        "SecuritySchemeId = 10000 AND SecurityLevelId = 10100",
        "levelId=10100&schemeId=10000",
    ),
];

/// Conditions that say nothing which the service is sure to take as SQL does.
const KEPT: [(&str, &str); 22] = [
    ("Boards", "Type = 'Scrum'"),
    ("Boards", "Type = 'agility'"),
    ("Boards", "Type IN ('scrum', 'kanban')"),
    ("Boards", "Type <> 'scrum'"),
    ("Boards", "Type = 'scrum' OR Id = 1"),
    ("Boards", "Type IS NULL"),
    ("Boards", "upper(Type) = 'SCRUM'"),
    ("Sprints", "State IN ('closed', 'archived')"),
    ("Sprints", "State = 'active' OR State IS NULL"),
    ("Sprints", "State <> 'closed'"),
    ("BoardVersions", "Released IS NOT TRUE"),
    ("BoardVersions", "Released OR Name = '1.0'"),
    ("BoardVersions", "Released IN (true, false)"),
    ("BoardEpics", "Done IS NOT FALSE"),
    ("AuditRecords", "Created > '2026-08-12T07:00:00Z' OR Id = 1"),
    ("AuditRecords", "Created <> '2026-08-12T07:00:00Z'"),
    ("AuditRecords", "Created > '1960-01-01T00:00:00Z'"),
    ("Filters", "OwnerAccountId = 'unknown'"),
    ("Filters", "OwnerAccountId = 'a b'"),
    ("Dashboards", "OwnerAccountId = 'x,y'"),
    ("Projects", "ProjectType = 'product_discovery'"),
    ("Projects", "CategoryId IN (10000, 10001)"),
];

/// The parameters that say something of the table's rows.
fn parameters_of(table: &str) -> Vec<&'static str> {
    COLUMNS.iter().filter(|column| column.table == table).flat_map(|it| it.parameters).copied().collect()
}

/// The pairs of these requests that say something of the table's rows, once for all that are alike.
fn said(requests: &[ServedRequest], table: &str) -> BTreeSet<String> {
    let names = parameters_of(table);
    let of = |request: &ServedRequest| {
        let pairs = url::form_urlencoded::parse(request.query.as_bytes());
        let said = pairs.filter(|(name, _)| names.contains(&&**name));
        said.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    requests.iter().map(of).filter(|pairs| !pairs.is_empty()).collect()
}

fn bytes(requests: &[ServedRequest]) -> usize {
    requests.iter().map(|request| request.bytes).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_say_what_the_service_can_take_over_and_bring_less() {
    let fixture = Fixture::start(SandboxConfig { issues: 150, ..small() }, "").await;
    fixture.warm().await;
    let owner = fixture.sandbox.site().users[2].account_id.to_string();
    let of_owner = ["Filters", "Dashboards"]
        .map(|table| (table, format!("OwnerAccountId = '{owner}'"), format!("accountId={owner}")));
    let fixed =
        SENT.iter().map(|(table, condition, pairs)| (*table, (*condition).to_owned(), (*pairs).to_owned()));
    for (table, condition, pairs) in fixed.chain(of_owner) {
        let sql = format!("SELECT * FROM {table} WHERE {condition}");
        let explained = plan(&fixture, &sql).await;
        assert!(explained.contains(&pairs), "{sql}: no {pairs} in\n{explained}");
        fixture.sandbox.clear_requests();
        let rows = sorted(&fixture.rows(&sql).await.unwrap());
        let requests = fixture.sandbox.requests();
        assert_eq!(said(&requests, table), BTreeSet::from([pairs]), "{sql}");

        fixture.rows("SET jirrow.pushdown = false").await.unwrap();
        assert!(said_in_plan(&plan(&fixture, &sql).await, table).is_empty(), "{sql}, without push-down");
        fixture.sandbox.clear_requests();
        assert_eq!(sorted(&fixture.rows(&sql).await.unwrap()), rows, "{sql}");
        let all = fixture.sandbox.requests();
        fixture.rows("RESET jirrow.pushdown").await.unwrap();
        assert_eq!(said(&all, table), BTreeSet::new(), "{sql}, without push-down");
        assert!(
            requests.len() < all.len() || bytes(&requests) < bytes(&all),
            "{sql}: {} requests and {} bytes, of {} and {} without",
            requests.len(),
            bytes(&requests),
            all.len(),
            bytes(&all)
        );
    }
}

/// Parameters that a plan's requests have.
fn said_in_plan(plan: &str, table: &str) -> Vec<&'static str> {
    let has = |name: &&str| plan.contains(&format!("?{name}=")) || plan.contains(&format!("&{name}="));
    parameters_of(table).into_iter().filter(has).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_might_take_otherwise_is_not_said() {
    let fixture = Fixture::start(SandboxConfig { issues: 20, ..small() }, "").await;
    for (table, condition) in KEPT {
        let sql = format!("SELECT * FROM {table} WHERE {condition}");
        fixture.sandbox.clear_requests();
        fixture.rows(&sql).await.unwrap();
        assert_eq!(said(&fixture.sandbox.requests(), table), BTreeSet::new(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_pages_are_asked_for_and_expected() {
    let fixture = Fixture::start(SandboxConfig { issues: 20, ..small() }, "").await;
    fixture.warm().await;
    let boards = "SELECT Id FROM Boards";
    let (all, simple) = (fixture.requests(boards).await, format!("{boards} WHERE Type = 'simple'"));
    let few = fixture.requests(&simple).await;
    assert!(few.len() < all.len(), "{few:?}, {all:?}");
    let (all, few) = (plan(&fixture, boards).await, plan(&fixture, &simple).await);
    assert!(all.contains("est. requests=2 ") && few.contains("est. requests=1 "), "{all}\n{few}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_site_refuses_is_read_without_and_told() {
    let fixture = Fixture::start(SandboxConfig { issues: 20, ..small() }, "").await;
    for (table, condition, pair) in [
        ("Filters", "OwnerAccountId = 'nobody-123'", "accountId=nobody-123"),
        ("Projects", "CategoryId = 424242", "categoryId=424242"),
    ] {
        let sql = &format!("SELECT * FROM {table} WHERE {condition}");
        fixture.session.report().take();
        fixture.sandbox.clear_requests();
        assert_eq!(shown(&fixture.rows(sql).await.unwrap()), [""; 0], "{sql}");
        assert_eq!(said(&fixture.sandbox.requests(), table), BTreeSet::from([pair.to_owned()]), "{sql}");
        let notes = fixture.session.report().take().notes;
        let told = |note: &String| note.contains(&format!("the site refused `{pair}`"));
        assert!(notes.iter().any(told), "{notes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_without_sprints_is_asked_once() {
    let fixture = Fixture::start(SandboxConfig { issues: 20, ..small() }, "").await;
    fixture.warm().await;
    let all = fixture.requests("SELECT SprintId FROM BoardSprints").await;
    let active = fixture.requests("SELECT SprintId FROM BoardSprints WHERE State = 'active'").await;
    assert!(active.len() <= all.len(), "{active:#?}, {all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_says_which_operators_travel() {
    let fixture = Fixture::start(SandboxConfig { issues: 20, ..small() }, "").await;
    let sql = "SELECT TableName || '.' || ColumnName, FilterOperators FROM sys_tablecolumns WHERE IsFilterable AND \
               TableName || '.' || ColumnName IN ('Boards.Type', 'Sprints.State', 'BoardEpics.Done', \
               'AuditRecords.Created', 'Worklogs.Updated', 'Projects.CategoryId') ORDER BY 1";
    assert_eq!(
        shown(&fixture.rows(sql).await.unwrap()),
        [
            "AuditRecords.Created | [=, >, >=, BETWEEN, <, <=]",
            "BoardEpics.Done | [=, IS TRUE, IS FALSE]",
            "Boards.Type | [=]",
            "Projects.CategoryId | [=]",
            "Sprints.State | [=, IN]",
            "Worklogs.Updated | [=, >, >=, BETWEEN]",
        ]
    );
}
