//! The system tables: what they hold for a small folder of table files, what they never hold, and what they cost.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jirrow::catalog::{Access, Queries, Session};
use jirrow::connection::{Connection, KEYS};
use jirrow::sandbox::Sandbox;
use jirrow::scan::Deferred;
use jirrow::schema::Library;

use crate::support::{Fixture, small};

const CANARY: &str = "hunter2-canary";

/// Two tables that are not Jira's: their names are in no Rust code.
const THINGS: &str = r#"
about = "One thing."
key = ["Id"]
aliases = ["Thing"]
typical_rows = 10
permission = "none"
scopes = ["read:a", "read:b"]
documentation = "https://example.org/things"
[columns]
Id = { type = "int64", from = "id" }
Name = { type = "text", from = "name", aliases = ["Title", "Label"], about = "What people call it" }
Tags = { type = "list<text>", from = "tags[]", hidden = true }
[[paths]]
name = "list"
about = "all"
request = "GET /rest/api/3/things"
rows = "[]"
"#;

const PARTS: &str = r#"
about = "One part of a thing."
key = ["ThingId", "Place"]
typical_rows = 10
permission = "see things"
scopes = ["read:a"]
documentation = "https://example.org/parts"
[columns]
ThingId = { type = "int64", outer = true }
ThingName = { type = "text", lookup = "Things.Name", by = "ThingId" }
Place = { type = "int64", from = "place" }
Maker = { type = "text", from = "maker", references = "Makers.Name" }
[[paths]]
name = "of one thing"
about = "the parts of one"
request = "GET /rest/api/3/things/{ThingId}/parts"
rows = "[]"
needs = { columns = ["ThingId"], at = "path", batch = 1 }
"#;

/// A session over table files of a user, and no others. The site is never asked.
async fn folder() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    for (name, text) in [("Things", THINGS), ("Parts", PARTS)] {
        std::fs::write(folder.path().join(format!("jira/{name}.toml")), text).unwrap();
    }
    let mut library = Library::default();
    library.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(small()).await.unwrap();
    let own = format!("URL=http://127.0.0.1:1;User=a@b.c;APIToken={CANARY};Timeout=7;Other='x={CANARY}'");
    let other = format!("second={}", sandbox.connection_string());
    let mut builder = Session::builder().library(library).queries(Queries::default());
    for text in [own, other] {
        builder = builder.connection(text.parse::<Connection>().unwrap());
    }
    Fixture { sandbox, session: builder.build().unwrap() }
}

fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let cell =
        |column: &dyn Array, row| ArrayFormatter::try_new(column, &options).unwrap().value(row).to_string();
    let row = |batch: &RecordBatch, row| {
        batch.columns().iter().map(|c| cell(c.as_ref(), row)).collect::<Vec<_>>().join(" | ")
    };
    batches.iter().flat_map(|b| (0..b.num_rows()).map(move |i| row(b, i))).collect()
}

async fn lines(fixture: &Fixture, sql: &str) -> Vec<String> {
    texts(&fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")))
}

/// The system tables, as `sys_tables` lists them.
async fn system_tables(fixture: &Fixture) -> Vec<String> {
    lines(fixture, "SELECT TableName FROM sys_tables WHERE TableType = 'SYSTEM TABLE' ORDER BY 1").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_small_folder_are_these() {
    let fixture = folder().await;
    let tables = "SELECT * FROM sys_tables WHERE TableType <> 'SYSTEM TABLE'";
    let expected = [
        "jira | public | Parts | TABLE | One part of a thing. | false | [ThingId, Place] | [ThingId] | \
         [of one thing: GET /rest/api/3/things/{ThingId}/parts by ThingId] | [] | see things | [read:a] | \
         https://example.org/parts | [cloud]",
        "jira | public | Things | TABLE | One thing. | false | [Id] | [] | [list: GET /rest/api/3/things] | [Thing] | \
         none | [read:a, read:b] | https://example.org/things | [cloud]",
    ];
    assert_eq!(lines(&fixture, tables).await, expected);

    let columns =
        "SELECT * EXCEPT (CatalogName, SchemaName) FROM sys_tablecolumns WHERE TableName = 'Things'";
    let most = i32::MAX;
    let expected = [
        "Things | Id | BIGINT | -5 | 8 | 20 | 19 | 0 | false | NULL | 1 | false | false | false | false | true | true | \
         Int64 | false | [] | false | [] | NULL | NULL | integer"
            .to_owned(),
        format!(
            "Things | Name | VARCHAR | 12 | {most} | {most} | {most} | NULL | true | What people call it | 2 | false | \
             false | false | false | true | false | Utf8 | false | [] | false | [Title, Label] | NULL | NULL | string"
        ),
        "Things | Tags | LIST | 2003 | NULL | NULL | NULL | NULL | true | NULL | 3 | false | false | true | true | true | \
         false | List(Utf8) | false | [] | false | [] | NULL | NULL | array"
            .to_owned(),
        format!(
            "Things | FieldErrors | VARCHAR | 12 | {most} | {most} | {most} | NULL | true | Values that do not fit \
             their column, as JSON: column name to raw value | 4 | false | false | true | false | true | false | Utf8 | \
             false | [] | false | [] | NULL | NULL | string"
        ),
    ];
    assert_eq!(lines(&fixture, columns).await, expected);

    let filters = "SELECT ColumnName, IsGeneratedColumn, IsKey, IsFilterable, FilterOperators, IsRequired, LookupTable, \
                   LookupColumn FROM sys_tablecolumns WHERE TableName IN ('Parts', 'Nothing') AND NOT IsHidden";
    let expected = [
        "ThingId | false | true | true | [=, IN] | true | NULL | NULL",
        "ThingName | true | false | false | [] | false | Things | Name",
        "Place | false | true | false | [] | false | NULL | NULL",
        "Maker | false | false | false | [] | false | NULL | NULL",
    ];
    assert_eq!(lines(&fixture, filters).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_references_come_from_the_table_files() {
    let fixture = folder().await;
    let expected = [
        "jira | public | Parts | ThingId | 1 | PK_Parts",
        "jira | public | Parts | Place | 2 | PK_Parts",
        "jira | public | Things | Id | 1 | PK_Things",
    ];
    assert_eq!(lines(&fixture, "SELECT * FROM sys_primarykeys").await, expected);
    // A column that another is looked up by holds the other table's key; the one key of a table that is there.
    let expected = [
        "jira | public | Parts | ThingId | PK_Things | FK_Parts_ThingId | jira | public | Things | Id | IMPORT",
        "jira | public | Parts | Maker | PK_Makers | FK_Parts_Maker | jira | public | Makers | Name | IMPORT",
    ];
    assert_eq!(lines(&fixture, "SELECT * FROM sys_foreignkeys").await, expected);
    let expected = [
        "jira | public | Parts | ThingId | true | true | PK_Parts | FK_Parts_ThingId | jira | public | Things | Id",
        "jira | public | Parts | Place | true | false | PK_Parts | NULL | NULL | NULL | NULL | NULL",
        "jira | public | Parts | Maker | false | true | NULL | FK_Parts_Maker | jira | public | Makers | Name",
    ];
    assert_eq!(lines(&fixture, "SELECT * FROM sys_keycolumns WHERE TableName = 'Parts'").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn sys_catalogs_lists_all_connections_and_the_others_list_their_own() {
    let fixture = folder().await;
    assert_eq!(lines(&fixture, "SELECT * FROM sys_catalogs").await, ["jira", "second"]);
    assert_eq!(lines(&fixture, "SELECT * FROM sys_schemas").await, ["jira | public", "jira | rest"]);
    assert_eq!(
        lines(&fixture, "SELECT * FROM second.public.sys_schemas").await,
        ["second | public", "second | rest"]
    );
    for table in ["sys_tables", "sys_tablecolumns", "sys_keycolumns", "sys_foreignkeys", "sys_primarykeys"] {
        let sql = format!("SELECT DISTINCT CatalogName FROM second.public.{table}");
        assert_eq!(lines(&fixture, &sql).await, ["second"], "{table}");
    }
    let value = "WHERE Name = 'Timeout'";
    let own = lines(&fixture, &format!("SELECT Value FROM sys_connection_props {value}")).await;
    let other =
        lines(&fixture, &format!("SELECT Value FROM second.public.sys_connection_props {value}")).await;
    assert_eq!((own, other), (vec!["7".to_owned()], vec!["NULL".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_tells_what_was_written_and_no_secret() {
    let fixture = folder().await;
    let written = "SELECT Name, Value FROM sys_connection_props WHERE Value IS NOT NULL ORDER BY Ordinal";
    let expected =
        ["URL | http://127.0.0.1:1", "User | a@b.c", "APIToken | ***", "Timeout | 7", "Other | ***"];
    assert_eq!(lines(&fixture, written).await, expected);
    let all = lines(&fixture, "SELECT Name FROM sys_connection_props ORDER BY Ordinal").await;
    assert_eq!(all, KEYS.iter().map(|key| key.name).collect::<Vec<_>>());

    let mut tables = system_tables(&fixture).await;
    tables.extend(["information_schema.df_settings".into(), "information_schema.columns".into()]);
    for table in tables {
        for prefix in ["", "EXPLAIN VERBOSE "] {
            let shown = lines(&fixture, &format!("{prefix}SELECT * FROM {table}")).await.join("\n");
            assert!(!shown.contains("hunter2"), "{prefix}{table}: {shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_has_a_value_in_some_row() {
    // Reviewed: no procedures, no views in this session; a program that tells no machine and has no page of help; keys
    // that need no other; no time that the service counts.
    let empty = BTreeSet::from([
        "sys_connection_props.Hierarchy",
        "sys_information.HelpURL",
        "sys_information.NodeId",
        "sys_procedures.CatalogName",
        "sys_procedures.SchemaName",
        "sys_procedures.ProcedureName",
        "sys_procedures.Description",
        "sys_procedures.ProcedureType",
    ]);
    let fixture = Fixture::start(small(), "Timeout=9").await;
    let mut found = BTreeSet::new();
    for table in system_tables(&fixture).await {
        let sql = format!("SELECT * FROM {table}");
        let statement = fixture.session.statements(&sql).unwrap().pop_front().unwrap();
        let jirrow::catalog::Answer::Rows(stream) = fixture.session.run(statement, &sql).await.unwrap()
        else {
            panic!("rows");
        };
        let schema = stream.schema();
        let batches: Vec<RecordBatch> = futures::TryStreamExt::try_collect(stream).await.unwrap();
        for (i, field) in schema.fields().iter().enumerate() {
            let null = |b: &RecordBatch| b.column(i).null_count() == b.num_rows();
            let empty_list = |b: &RecordBatch| {
                b.column(i).as_list_opt::<i32>().is_some_and(|list| list.values().is_empty())
            };
            if batches.iter().all(|b| null(b) || empty_list(b)) {
                found.insert(format!("{table}.{}", field.name()));
            }
        }
    }
    // No table of Jira's needs a filter; the small folder above has one that does.
    found.remove("sys_tables.RequiredColumns");
    assert_eq!(found, empty.into_iter().map(str::to_owned).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reference_leads_to_the_key_of_a_table() {
    let fixture = Fixture::start(small(), "").await;
    let strays = "SELECT f.TableName, f.ColumnName, f.ReferencedTableName FROM sys_foreignkeys f LEFT JOIN sys_primarykeys p \
                  ON p.TableName = f.ReferencedTableName AND p.ColumnName = f.ReferencedColumnName \
                  AND p.KeyName = f.PrimaryKeyName WHERE p.KeySeq IS NULL OR p.KeySeq <> 1";
    assert_eq!(lines(&fixture, strays).await, [""; 0]);
    let types = "SELECT f.TableName, f.ColumnName FROM sys_foreignkeys f JOIN sys_tablecolumns a ON a.TableName = \
                 f.TableName AND a.ColumnName = f.ColumnName JOIN sys_tablecolumns b ON b.TableName = \
                 f.ReferencedTableName AND b.ColumnName = f.ReferencedColumnName WHERE a.DataType <> b.DataType";
    assert_eq!(lines(&fixture, types).await, [""; 0]);
    let some = "SELECT ColumnName, ReferencedTableName FROM sys_foreignkeys WHERE TableName = 'Worklogs'";
    let expected = ["IssueId | Issues", "AuthorAccountId | Users", "UpdateAuthorAccountId | Users"];
    assert_eq!(lines(&fixture, some).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn system_tables_ask_the_site_for_no_row() {
    let fixture = Fixture::start(small(), "").await;
    for sql in [
        "SELECT * FROM sys_tablecolumns WHERE TableName = 'Worklogs'",
        "SELECT * FROM sys_tablecolumns WHERE TableName IN ('Users', 'Comments') AND IsKey",
        "SELECT * FROM sys_tablecolumns WHERE TableName = 'sys_tables' OR TableName = 'Users'",
        "SELECT c.ColumnName FROM sys_tables t JOIN sys_tablecolumns c ON c.TableName = t.TableName \
         WHERE t.TableName = 'Worklogs'",
        "SHOW TABLES",
        "DESCRIBE Worklogs",
    ] {
        assert!(!fixture.rows(sql).await.unwrap().is_empty(), "{sql}");
    }
    for table in system_tables(&fixture).await.iter().filter(|name| *name != "sys_tablecolumns") {
        fixture.rows(&format!("SELECT * FROM {table}")).await.unwrap();
    }
    assert!(fixture.sandbox.requests().is_empty(), "{:?}", fixture.sandbox.requests());

    // All columns of all tables are the site's own fields too, which only the site knows.
    for sql in ["SELECT * FROM sys_tablecolumns", "SHOW COLUMNS FROM Worklogs"] {
        assert!(!fixture.rows(sql).await.unwrap().is_empty(), "{sql}");
    }
    let asked: BTreeSet<String> = fixture.sandbox.requests().into_iter().map(|r| r.path).collect();
    let metadata = ["/rest/api/3/field", "/rest/api/3/myself"];
    assert!(asked.iter().all(|path| metadata.contains(&path.as_str())), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn layer2s_statements_run_as_typed() {
    let fixture = Fixture::start(small(), "").await;
    let plain = "SELECT Id, IssueId, IssueKey, Comment, Started, TimeSpent, TimeSpentSeconds FROM Worklogs";
    // The pages of the list arrive in any order.
    let sorted = async |sql: &str| {
        let mut rows = lines(&fixture, sql).await;
        rows.sort_unstable();
        rows
    };
    let rows = sorted(plain).await;
    assert!(rows.len() > 100);
    for (open, close) in [("[", "]"), ("\"", "\"")] {
        let quoted = |name: &str| format!("{open}{name}{close}");
        let columns = ["Id", "IssueId", "IssueKey", "Comment", "Started", "TimeSpent", "TimeSpentSeconds"];
        let columns = columns.map(quoted).join(", ");
        let sql = format!("SELECT {columns} FROM {}", quoted("Worklogs"));
        assert!(sorted(&sql).await == rows, "{sql}");
    }
    assert!(lines(&fixture, "SELECT * FROM sys_tables").await.len() > 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_file_that_a_statement_does_not_need_is_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    for (name, text) in [("Things", THINGS), ("Broken", "about = 1")] {
        std::fs::write(folder.path().join(format!("jira/{name}.toml")), text).unwrap();
    }
    let mut library = Library::default();
    library.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().library(library).connection(connection).build().unwrap();
    let fixture = Fixture { sandbox, session };
    for sql in [
        "SELECT 1",
        "SELECT * FROM sys_catalogs",
        "SELECT * FROM sys_connection_props",
        "SELECT ColumnName FROM sys_tablecolumns WHERE TableName = 'Things'",
        "SELECT KeyName FROM sys_primarykeys WHERE TableName = 'Things'",
        "EXPLAIN SELECT * FROM sys_tables",
        "SHOW TABLES",
    ] {
        fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    let error = fixture.rows("SELECT * FROM sys_tables").await.unwrap_err().to_string();
    assert!(error.contains("Broken.toml:1"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_opens_no_connection_that_it_does_not_name() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let robot = Deferred {
        name: "robot".to_owned(),
        service: connection.service,
        time_zone: connection.time_zone,
        open: Box::new(|| Err("it was opened".into())),
    };
    let session = Session::builder().connection(connection).deferred(robot).build().unwrap();
    let fixture = Fixture { sandbox, session };
    let listed = "SELECT count(*) > 0 FROM information_schema.columns WHERE table_name = 'Issues'";
    for sql in ["SHOW COLUMNS FROM Issues", "SELECT count(*) FROM information_schema.views", listed] {
        assert!(!lines(&fixture, sql).await.is_empty(), "{sql}");
    }
    // It is listed all the same, with what the table files say.
    let catalogs = "SELECT DISTINCT table_catalog FROM information_schema.columns ORDER BY 1";
    assert_eq!(lines(&fixture, catalogs).await, ["jira", "robot"]);
    for sql in ["SHOW COLUMNS FROM robot.public.Issues", &format!("{listed} AND table_catalog = 'robot'")] {
        let error = fixture.rows(sql).await.unwrap_err().to_string();
        assert!(error.contains("it was opened"), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_found_by_its_name_in_any_case() {
    let sandbox = Sandbox::start(small()).await.unwrap();
    let first: Connection = sandbox.connection_string().parse().unwrap();
    let work: Connection = format!("Work={}", sandbox.connection_string()).parse().unwrap();
    let session = Session::builder().connection(first).connection(work).access(Access::Local);
    let fixture = Fixture { sandbox, session: session.build().unwrap() };
    let expected = lines(&fixture, "SELECT count(*) FROM Projects").await;
    for name in ["Work", "WORK", "\"work\"", "\"Work\""] {
        assert_eq!(lines(&fixture, &format!("SELECT count(*) FROM {name}.public.Projects")).await, expected);
        let columns = lines(&fixture, &format!("SHOW COLUMNS FROM {name}.public.Projects")).await;
        assert!(columns.iter().any(|line| line.contains("Key")), "{name}: {columns:?}");
    }
    fixture.rows("CREATE VIEW WORK.public.v AS SELECT 1 AS n").await.unwrap();
    assert_eq!(lines(&fixture, "SELECT n FROM work.public.V").await, ["1"]);
}
