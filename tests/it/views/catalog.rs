//! Views among the tables.

use jirrow::catalog::{Queries, Session};
use jirrow::connection::Connection;
use jirrow::sandbox::Sandbox;
use jirrow::sandbox::model::Caller;

use super::{lines, texts, written};
use crate::support::{Fixture, small};

/// A folder of queries of a user's.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, sql) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, sql).unwrap();
    }
    folder
}

fn queries(files: &[(&str, &str)]) -> Queries {
    let mut queries = Queries::built_in();
    queries.add_folder(folder(files).path()).unwrap();
    queries
}

/// A session over a small site with views of a user's. The connection `second` is never opened unless it is named.
async fn with(files: &[(&str, &str)]) -> Fixture {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().connection(connection).queries(queries(files)).build().unwrap();
    Fixture { sandbox, session }
}

async fn error(fixture: &Fixture, sql: &str) -> String {
    fixture.rows(sql).await.expect_err(sql).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_listed_wherever_tables_are() {
    let fixture = written(|_| {}).await;
    let question =
        "how long was each issue in each status, from when until when, every time that it was there?";
    let name = "IssueStatusDurations";
    let kind = format!("SELECT TableType, Description FROM sys_tables WHERE TableName = '{name}'");
    assert_eq!(lines(&fixture, &kind).await, [format!("VIEW | {question}")]);
    let views = format!(
        "SELECT Description, Definition LIKE '-- Question: how long%' FROM sys_views WHERE TableName = '{name}'"
    );
    assert_eq!(lines(&fixture, &views).await, [format!("{question} | true")]);
    let columns = format!(
        "SELECT ColumnName, DataTypeName, IsHidden, Aliases FROM sys_tablecolumns WHERE TableName = '{name}' AND Ordinal < 6"
    );
    let expected = [
        "IssueId | BIGINT | false | []",
        "IssueKey | VARCHAR | false | []",
        "ProjectKey | VARCHAR | false | []",
        "IssueType | VARCHAR | false | []",
        "StayNumber | BIGINT | false | []",
    ];
    assert_eq!(lines(&fixture, &columns).await, expected);
    let information = format!(
        "SELECT t.table_type, count(*) FROM information_schema.tables t JOIN information_schema.columns c \
         ON c.table_name = t.table_name WHERE t.table_name = '{name}' GROUP BY t.table_type"
    );
    assert_eq!(lines(&fixture, &information).await, ["VIEW | 14"]);
    assert_eq!(lines(&fixture, &format!("SHOW COLUMNS FROM {}", name.to_lowercase())).await.len(), 14);
    assert!(lines(&fixture, "SHOW TABLES").await.iter().any(|line| line.contains(&format!("{name} | VIEW"))));
    let described = fixture.session.described(&name.to_lowercase()).await.unwrap();
    assert!(matches!(described, jirrow::catalog::Described::View(view, columns)
        if view.question() == question && columns.fields().len() == 14));
    assert!(fixture.session.other_tables().contains(&name.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_view_is_a_table_and_replaces_a_built_in_one() {
    let fixture = with(&[
        ("views/Open.sql", "-- Question: which are open?\nSELECT Key, DescriptionJson, StoryPoints FROM issues WHERE Resolution IS NULL"),
        ("views/WorklogWeeks.sql", "-- Cost: none.\nSELECT 7 AS Answer;\n"),
        ("views/Counted.sql", "SELECT count(*) AS n FROM OPEN o JOIN [issues] i ON i.[key] = o.KEY"),
    ])
    .await;
    let open = lines(&fixture, "SELECT count(*) FROM Issues WHERE Resolution IS NULL").await;
    assert_eq!(lines(&fixture, "SELECT count(*) FROM open").await, open);
    assert_eq!(lines(&fixture, "SELECT N FROM counted").await, open);
    assert_eq!(lines(&fixture, "SELECT * FROM worklogWEEKS").await, ["7"]);
    // A hidden column that a view shows is the view's own.
    let star = "SELECT column_name FROM information_schema.columns WHERE table_name = 'Open' ORDER BY 1";
    assert_eq!(lines(&fixture, star).await, ["DescriptionJson", "Key", "StoryPoints"]);
    let rows = fixture.rows("SELECT * FROM Open LIMIT 1").await.unwrap();
    assert_eq!(rows[0].num_columns(), 3);
    let error = error(&fixture, "SELECT * FROM Opne").await;
    assert_eq!(error, "no table `Opne`; did you mean `Open`?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_view_is_told_with_its_file_and_line() {
    let folder = folder(&[
        ("views/Syntax.sql", "-- Question: a?\nSELECT Key\nFROM Issues WHERE )"),
        ("views/NoColumn.sql", "-- Question: a?\nSELECT Key,\n  Summry\nFROM Issues"),
        ("views/NoTable.sql", "\n\nSELECT 1 FROM Isues"),
        ("views/Writes.sql", "INSERT INTO Issues SELECT 1"),
        ("views/Two.sql", "SELECT 1; SELECT 2"),
        ("views/Asks.sql", "SELECT Key FROM Issues\nWHERE Id = $id"),
        ("views/Ring.sql", "SELECT * FROM Ring2"),
        ("views/Ring2.sql", "SELECT *\nFROM Ring"),
        ("views/Outer.sql", "SELECT *\nFROM NoColumn"),
        ("views/Bad.sql", "-- Optional: Issues.X MONEY\nSELECT 1"),
    ]);
    let mut queries = Queries::built_in();
    queries.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().connection(connection).queries(queries).build().unwrap();
    let fixture = Fixture { sandbox, session };
    let file = |name: &str| folder.path().join(format!("views/{name}.sql")).display().to_string();
    let no_column = format!(
        "view `NoColumn` ({}, line 3): no column `Summry` in `Issues`; did you mean `Summary`?",
        file("NoColumn")
    );
    for (name, expected) in [
        ("Syntax", format!("view `Syntax` ({}): syntax error at line 3", file("Syntax"))),
        ("NoColumn", no_column.clone()),
        (
            "NoTable",
            format!("view `NoTable` ({}, line 3): no table `Isues`; did you mean `Issues`", file("NoTable")),
        ),
        ("Writes", format!("view `Writes` ({}): a view is one SELECT, and nothing else", file("Writes"))),
        ("Two", format!("view `Two` ({}): a view is one SELECT", file("Two"))),
        (
            "Asks",
            format!(
                "view `Asks` ({}, line 2): a view has no parameters, and this one has `$id`",
                file("Asks")
            ),
        ),
        ("Ring", "`Ring` reads itself: `Ring` → `Ring2` → `Ring`".to_owned()),
        ("Outer", no_column),
        ("Bad", format!("view `Bad` ({}): `Issues.X MONEY`: an optional column", file("Bad"))),
    ] {
        let found = error(&fixture, &format!("SELECT * FROM {name}")).await;
        assert!(found.contains(&expected), "{found}\n{expected}");
    }
    // A listing leaves them out and says so; asked for by name, it fails.
    let all = lines(&fixture, "SELECT DISTINCT table_name FROM information_schema.columns").await;
    assert!(all.contains(&"WorklogWeeks".to_owned()) && !all.contains(&"NoColumn".to_owned()));
    let findings = fixture.session.report().take();
    assert!(findings.warnings.iter().any(|text| text.contains("NoColumn.sql")), "{findings:?}");
    let error = error(&fixture, "SELECT * FROM sys_tablecolumns WHERE TableName = 'NoTable'").await;
    assert!(error.contains("no table `Isues`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_cannot_have_a_tables_name_nor_be_replaced_by_a_statement() {
    let session = Session::builder().queries(queries(&[("views/issues.sql", "SELECT 1 AS a")])).build();
    let error = session.err().unwrap().to_string();
    assert!(
        error.contains("`issues`") && error.contains("issues.sql") && error.contains("a table"),
        "{error}"
    );
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let builder = Session::builder().connection(connection).access(jirrow::catalog::Access::Local);
    let fixture = Fixture { sandbox, session: builder.build().unwrap() };
    let error = self::error(&fixture, "CREATE VIEW worklogweeks AS SELECT 1").await;
    assert!(error.contains("`WorklogWeeks`") && error.contains("no statement may replace"), "{error}");
}

#[test]
fn no_built_in_view_has_a_tables_name() {
    let session = Session::builder().build().unwrap();
    let queries = Queries::built_in();
    for view in queries.views() {
        let same = |name: &String| name.to_lowercase() == view.name.to_lowercase();
        let listed = session.listed().unwrap();
        let found: Vec<_> =
            listed.iter().filter(|it| same(&it.name.name) || it.aliases.iter().any(same)).collect();
        assert_eq!(found.len(), 1, "{}: {found:?}", view.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_reads_the_connection_that_it_is_read_from() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let other = written(|pen| {
        pen.issue("PAY", super::at("2026-03-02 09:00")).unwrap();
    })
    .await;
    let (one, two) = (sandbox.connection_string(), format!("second={}", other.sandbox.connection_string()));
    let mut builder = Session::builder()
        .queries(queries(&[("views/Inner.sql", "SELECT Status FROM IssueStatusDurations")]));
    for text in [one, two] {
        builder = builder.connection(text.parse::<Connection>().unwrap());
    }
    let fixture = Fixture { sandbox, session: builder.build().unwrap() };
    assert_eq!(lines(&fixture, "SELECT Status FROM SECOND.public.inner").await, ["To Do"]);
    assert_eq!(lines(&fixture, "SELECT IssueKey FROM second.public.IssueStatusDurations").await, ["PAY-1"]);
    assert!(fixture.sandbox.requests().is_empty(), "the default connection was asked");
    assert!(lines(&fixture, "SELECT IssueKey FROM IssueStatusDurations").await.len() > 300);
    // A listing of the default connection's views opens no other one.
    other.sandbox.clear_requests();
    let listed =
        lines(&fixture, "SELECT count(*) > 20 FROM information_schema.columns WHERE table_catalog = 'jira'")
            .await;
    assert_eq!(listed, ["true"]);
    assert!(other.sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_costs_what_its_tables_cost_and_nothing_for_what_is_not_used() {
    let fixture = Fixture::start(small(), "").await;
    fixture.warm().await;
    let issues =
        fixture.requests("SELECT Id, Key, ProjectKey, Created, StatusId, Status FROM Issues").await.len();
    let changes = fixture.requests("SELECT * EXCLUDE (IssueKey) FROM IssueFieldHistory").await.len();
    let all = fixture.requests("SELECT * FROM IssueStatusDurations").await;
    // The issues that were read say whose histories to ask for, so that nobody lists them again; statuses are one more.
    assert_eq!(all.len(), issues + changes - 1 + 1, "{all:#?}");
    // Without the category of a status, nobody asks for statuses.
    let fewer = fixture.requests("SELECT IssueKey, Status, Seconds FROM IssueStatusDurations").await;
    assert_eq!(fewer.len(), issues + changes - 1, "{fewer:#?}");
    let worklogs =
        fixture.requests("SELECT IssueId, Started, TimeSpentSeconds, AuthorAccountId FROM Worklogs").await;
    assert_eq!(fixture.requests("SELECT * FROM WorklogWeeks").await.len(), worklogs.len());
    let site = fixture.sandbox.site();
    let id = site.searchable_issues(Caller::Demo).next().expect("an issue").id;
    let one = format!("SELECT Status, Seconds FROM IssueStatusDurations WHERE IssueId = {id}");
    let one = fixture.requests(&one).await;
    assert_eq!(one.len(), 2, "{one:#?}");
    // Nothing is read of views that are not named.
    fixture.sandbox.clear_requests();
    texts(&fixture.rows("SELECT 1").await.unwrap());
    assert!(fixture.sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_none_after_unnest_or_among_other_groups() {
    let fixture = Fixture::start(small(), "").await;
    for (counted, rows) in [
        (
            "SELECT DISTINCT Id, Label FROM (SELECT Id, unnest(Labels) AS Label FROM Issues)",
            "SELECT IssueId FROM IssueLabels",
        ),
        (
            "SELECT Id, Who FROM (SELECT DISTINCT i.Id, w.AuthorAccountId AS Who FROM Issues i JOIN Worklogs w \
             ON w.IssueId = i.Id) GROUP BY Id, Who",
            "SELECT DISTINCT IssueId, AuthorAccountId FROM Worklogs",
        ),
        (
            "SELECT l.IssueId FROM IssueLabels l LEFT JOIN (SELECT Id, unnest(Labels) AS Label FROM Issues) i ON i.Id = l.IssueId",
            "SELECT a.IssueId FROM IssueLabels a JOIN IssueLabels b ON a.IssueId = b.IssueId",
        ),
    ] {
        let found = lines(&fixture, &format!("SELECT count(*) FROM ({counted})")).await;
        assert_eq!(found, lines(&fixture, &format!("SELECT count(*) FROM ({rows})")).await, "{counted}");
        assert_ne!(found, ["0"], "{counted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_joined_by_its_key_and_not_used_is_not_read() {
    let fixture = Fixture::start(small(), "").await;
    fixture.warm().await;
    let worklogs = fixture.requests("SELECT Id FROM Worklogs").await.len();
    for (joins, more) in [
        ("LEFT JOIN Users u ON u.AccountId = w.AuthorAccountId", 0),
        (
            "LEFT JOIN Users u ON u.AccountId = w.AuthorAccountId LEFT JOIN Priorities p ON p.Id = w.IssueId",
            0,
        ),
        ("LEFT JOIN (SELECT Id AS Other FROM Priorities WHERE Name <> 'x') p ON p.Other = w.IssueId", 0),
        ("LEFT JOIN (SELECT Name, count(*) AS n FROM Priorities GROUP BY Name) p ON p.Name = w.TimeSpent", 0),
        // Not by the key, or not by all of it, or no left join, or used.
        ("LEFT JOIN Priorities p ON p.Name = w.TimeSpent", 1),
        ("LEFT JOIN (SELECT Name, Id FROM Priorities GROUP BY Name, Id) p ON p.Name = w.TimeSpent", 1),
        ("LEFT JOIN (SELECT unnest([Id, Id]) AS Id FROM Priorities) p ON p.Id = w.IssueId", 1),
        ("JOIN Priorities p ON p.Name = w.TimeSpent", 1),
        ("LEFT JOIN Priorities p ON p.Id = w.IssueId WHERE p.Id IS NULL", 1),
    ] {
        let sql = format!("SELECT w.Id FROM Worklogs w {joins}");
        assert_eq!(fixture.requests(&sql).await.len(), worklogs + more, "{sql}");
    }
}
