//! What a statement may do: under `Access=read` nothing but reading the connections, under `Access=local` also files of
//! this machine, and definitions for the session.

use std::fs;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use jirrow::catalog::{Access, Described};
use tempfile::TempDir;

use crate::support::{Fixture, small};

const ONLY: &str = "only SELECT, EXPLAIN, SHOW, DESCRIBE and SET are available: this session only reads its connections (`Access=read`); `jirrow sql --access local` allows it, as `Access::Local` does in the library";
const FILES: &str = "and no file may be opened here: this session only reads its connections (`Access=read`)";

async fn refusal(fixture: &Fixture, sql: &str) -> String {
    match fixture.rows(sql).await {
        Ok(batches) => panic!("`{sql}` is allowed:\n{}", pretty_format_batches(&batches).unwrap()),
        Err(e) => e.to_string(),
    }
}

/// Headings and rows, compact.
fn text(batches: &[RecordBatch]) -> String {
    let table = pretty_format_batches(batches).unwrap().to_string();
    let lines = table.lines().filter(|line| !line.starts_with('+'));
    let cells = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        cells.join(",")
    };
    lines.map(cells).collect::<Vec<_>>().join("\n")
}

async fn answer(fixture: &Fixture, sql: &str) -> String {
    match fixture.rows(sql).await {
        Ok(batches) => text(&batches),
        Err(e) => format!("error: {e}"),
    }
}

async fn local() -> Fixture {
    Fixture::with_access(small(), "", Access::Local).await
}

/// A folder with a file of each format that holds this secret.
fn canary() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["canary.csv", "canary.txt", "canary"] {
        fs::write(folder.path().join(name), "a,b\nCANARY-7f3a,1\n").unwrap();
    }
    for name in ["canary.json", "canary.ndjson"] {
        fs::write(folder.path().join(name), "{\"a\": \"CANARY-7f3a\"}\n").unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_reads_only_says_so_to_everything_else() {
    let fixture = Fixture::start(small(), "").await;
    for (sql, reason) in [
        ("CREATE VIEW v AS SELECT Key FROM Issues", ONLY),
        ("CREATE TABLE t AS SELECT Key FROM Issues", ONLY),
        ("CREATE TABLE t (a INT)", ONLY),
        ("SELECT Key INTO t FROM Issues", ONLY),
        ("DROP VIEW v", ONLY),
        ("DROP TABLE Issues", ONLY),
        ("CREATE SCHEMA s", "no other ones"),
        ("CREATE DATABASE d", "no other ones"),
        ("COPY Issues TO 'x.csv'", FILES),
        ("COPY (SELECT 1) TO 'x.parquet'", FILES),
        ("COPY (SELECT 1) TO 'http://example.org/x.csv'", FILES),
        ("EXPLAIN COPY (SELECT 1) TO 'x.csv'", "EXPLAIN says nothing of COPY"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'x.csv'", "EXPLAIN says nothing of COPY"),
        ("CREATE EXTERNAL TABLE e STORED AS CSV LOCATION '/etc/passwd'", FILES),
        ("EXPLAIN CREATE EXTERNAL TABLE e STORED AS CSV LOCATION '/etc/passwd'", FILES),
        ("EXPLAIN CREATE VIEW v AS SELECT 1", "EXPLAIN is for what reads"),
        ("EXPLAIN ANALYZE INSERT INTO Issues (Summary) VALUES ('x')", "connections are read-only"),
        ("INSERT INTO Issues (Summary) VALUES ('x')", "connections are read-only"),
        ("UPDATE Issues SET Summary = 'x'", "connections are read-only"),
        ("DELETE FROM Issues", "connections are read-only"),
        ("PREPARE p AS COPY (SELECT 1) TO 'x.csv'", "Unsupported SQL statement"),
        ("PREPARE p AS SELECT 1", "prepared statements are not available"),
        ("START TRANSACTION", "there are no transactions"),
        ("SELECT * FROM '/etc/passwd'", FILES),
        ("SELECT * FROM \"/etc/passwd\"", FILES),
        ("SELECT * FROM 'x.parquet'", FILES),
        ("SELECT * FROM jira.public.\"/etc/passwd\"", FILES),
        ("SELECT * FROM 'file:///etc/passwd'", FILES),
        ("EXPLAIN SELECT * FROM './x.csv'", FILES),
        ("DESCRIBE './x.csv'", FILES),
        ("SELECT Key FROM Issues WHERE Key IN (SELECT a FROM 'x.csv')", FILES),
        ("WITH c AS (SELECT * FROM 'x.csv') SELECT * FROM c", FILES),
        ("SELECT 1 UNION ALL SELECT a FROM 'x.csv'", FILES),
        ("SELECT * FROM 'http://127.0.0.1:1/x.csv'", "an http(s) address is never a table"),
        ("SELECT * FROM 'https://example.org/x.parquet'", "an http(s) address is never a table"),
        ("SELECT * FROM 's3://bucket/x.parquet'", "no store is configured for `s3`"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM parquet_metadata('x.parquet')", "parquet_metadata"),
        ("SET datafusion.runtime.temp_directory = '/'", "the folders of this machine"),
        ("RESET datafusion.runtime.memory_limit", "the memory and the folders"),
    ] {
        let said = refusal(&fixture, sql).await;
        assert!(said.contains(reason), "{sql}\n  said: {said}\n  not:  {reason}");
    }
    assert!(!Path::new("x.csv").exists() && !Path::new("x.parquet").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_setting_opens_files_to_a_session_that_reads_only() {
    let fixture = Fixture::start(small(), "").await;
    let folder = canary();
    let entries = fixture.rows("SELECT name FROM information_schema.df_settings").await.unwrap();
    assert!(entries[0].num_rows() > 50);
    for setting in [
        "SET datafusion.catalog.information_schema = true",
        "SET datafusion.catalog.default_schema = 'public'",
        "SET datafusion.sql_parser.dialect = 'duckdb'",
        "SET datafusion.sql_parser.enable_ident_normalization = false",
    ] {
        fixture.rows(setting).await.unwrap();
    }
    let path = folder.path().display().to_string();
    for setting in ["datafusion.catalog.location", "datafusion.catalog.format"] {
        let _ = fixture.rows(&format!("SET {setting} = '{path}/canary.csv'")).await;
    }
    for name in ["canary.csv", "canary.json", "canary.ndjson", "canary.txt", "canary", ""] {
        for form in
            [format!("'{path}/{name}'"), format!("\"{path}/{name}\""), format!("'file://{path}/{name}'")]
        {
            let sql = format!("SELECT * FROM {form}");
            let said = refusal(&fixture, &sql).await;
            assert!(said.contains("no file may be opened here"), "{sql}: {said}");
            assert!(!said.contains("CANARY"), "{sql}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_session_reads_the_files_of_this_machine() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("teams.csv"), "projectkey,Crew\nPAY,\"Blue\nteam\"\nSELECT,Red\n").unwrap();
    fs::write(path("list.json"), "[{\"a\": 1, \"B\": \"x\"}, {\"a\": 2, \"B\": \"y\"}]").unwrap();
    fs::write(path("lines.ndjson"), "{\"a\": 1}\n{\"a\": 2}\n").unwrap();
    fs::create_dir(path("many")).unwrap();
    fs::write(path("many/1.csv"), "n\n1\n").unwrap();
    fs::write(path("many/2.csv"), "n\n2\n").unwrap();
    for (sql, expected) in [
        (format!("SELECT count(*) AS n FROM '{}'", path("teams.csv")), "n\n2"),
        (
            format!(
                "SELECT CREW, count(*) AS n FROM Issues i JOIN '{}' t ON t.ProjectKey = i.projectkey WHERE CREW = 'Red' GROUP BY crew",
                path("teams.csv")
            ),
            "Crew,n\nRed,81",
        ),
        (format!("SELECT A, b FROM '{}' ORDER BY A DESC", path("list.json")), "a,B\n2,y\n1,x"),
        (format!("SELECT sum(a) AS n FROM '{}'", path("lines.ndjson")), "n\n3"),
        (format!("SELECT sum(n) AS n FROM '{}/'", path("many")), "n\n3"),
        (format!("SELECT sum(n) AS n FROM '{}'", path("many")), "n\n3"),
        (format!("SELECT sum(n) AS n FROM '{}'", path("many/*.csv")), "n\n3"),
        (format!("SELECT sum(n) AS n FROM 'file://{}'", path("many/2.csv")), "n\n2"),
    ] {
        assert_eq!(answer(&fixture, &sql).await, expected, "{sql}");
    }
    fs::write(path("many/3.csv"), "n\n3\n").unwrap();
    assert_eq!(answer(&fixture, &format!("SELECT sum(n) AS n FROM '{}/'", path("many"))).await, "n\n6");
    for (sql, reason) in [
        ("SELECT * FROM '/etc/passwd'".to_owned(), "those end in .parquet, .csv"),
        (format!("SELECT * FROM '{}'", path("none.csv")), "can't read"),
        ("SELECT * FROM 'http://127.0.0.1:1/x.csv'".to_owned(), "an http(s) address is never a table"),
        ("SELECT * FROM 'HTTPS://example.org/x.csv'".to_owned(), "an http(s) address is never a table"),
        ("SELECT * FROM 's3://bucket/x.parquet'".to_owned(), "no store is configured for `s3`"),
        ("COPY (SELECT 1) TO 's3://bucket/x.parquet'".to_owned(), "no store is configured for `s3`"),
        (
            "CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'http://127.0.0.1:1/x.csv'".to_owned(),
            "an http(s) address is never a table",
        ),
        ("CREATE SCHEMA s".to_owned(), "no other ones"),
        ("INSERT INTO Issues (Summary) VALUES ('x')".to_owned(), "connections are read-only"),
    ] {
        let said = refusal(&fixture, &sql).await;
        assert!(said.contains(reason), "{sql}\n  said: {said}\n  not:  {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_read_whole_or_not_at_all() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (file, text) in [
        ("TEAMS.CSV", "n\n1\n"),
        ("kinds/a.csv", "n\n1\n"),
        ("kinds/b.ndjson", "{\"n\": 1}\n"),
        ("cases/a.csv", "n\n1\n"),
        ("cases/B.CSV", "n\n2\n"),
        ("lines/a.jsonl", "{\"n\": 1}\n"),
        ("lines/b.ndjson", "{\"n\": 2}\n"),
        ("one/a.json", "[{\"n\": 1}]"),
        ("one/README", "about json"),
        ("one/notjson", "about json"),
    ] {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    for (name, expected) in [("TEAMS.CSV", "n\n1"), ("cases/*.CSV", "n\n2"), ("one/", "n\n1")] {
        assert_eq!(answer(&fixture, &format!("SELECT n FROM '{}'", path(name))).await, expected, "{name}");
    }
    for (name, files) in [
        ("kinds/", ["`a.csv`", "`b.ndjson`"]),
        ("cases/", ["`a.csv`", "`B.CSV`"]),
        ("lines/*", ["`a.jsonl`", "`b.ndjson`"]),
    ] {
        let said = refusal(&fixture, &format!("SELECT n FROM '{}'", path(name))).await;
        assert!(files.iter().all(|file| said.contains(file)) && said.contains("end differently"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_tables_of_the_session_stand_beside_the_sites() {
    let fixture = local().await;
    assert!(!fixture.session.other_tables().contains(&"MyIssues".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("e.csv").display().to_string();
    fs::write(&csv, "id,Note\n10014,first\n").unwrap();
    for sql in [
        "CREATE VIEW MyIssues AS SELECT * FROM issues WHERE key = 'PAY-5'".to_owned(),
        "CREATE TABLE Kept AS SELECT id, KEY AS MyKey FROM myissues".to_owned(),
        format!("CREATE EXTERNAL TABLE Notes STORED AS CSV LOCATION '{csv}'"),
    ] {
        fixture.rows(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    assert!(fixture.session.other_tables().contains(&"MyIssues".to_owned()));
    let Ok(Described::Other(schema)) = fixture.session.described("KEPT").await else { panic!("columns") };
    assert_eq!(
        schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
        ["Id", "MyKey"]
    );
    for (sql, expected) in [
        ("SELECT ID, kEy FROM MYISSUES", "Id,Key\n10014,PAY-5"),
        ("SELECT mykey FROM jira.public.KEPT WHERE ID = 10014", "MyKey\nPAY-5"),
        ("SELECT n.note, k.mykey FROM notes n JOIN kept k ON k.id = n.ID", "Note,MyKey\nfirst,PAY-5"),
        (
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_name IN ('MyIssues', 'Kept', 'Notes') ORDER BY 1",
            "table_name,table_type\nKept,BASE TABLE\nMyIssues,VIEW\nNotes,BASE TABLE",
        ),
    ] {
        assert_eq!(answer(&fixture, sql).await, expected, "{sql}");
    }
    // Hidden columns stay out of a view's `*`, and so out of the view.
    let batches = fixture.rows("SELECT * FROM MyIssues").await.unwrap();
    let direct = fixture.rows("SELECT * FROM Issues WHERE Key = 'PAY-5'").await.unwrap();
    assert_eq!(text(&batches), text(&direct));
    assert!(refusal(&fixture, "SELECT FieldErrors FROM MyIssues").await.contains("no column `FieldErrors`"));
    for (sql, reason) in [
        ("CREATE VIEW issues AS SELECT 1 AS a", "`Issues` is a table of the connection `jira`"),
        (
            "CREATE OR REPLACE TABLE worklogs AS SELECT 1 AS a",
            "`Worklogs` is a table of the connection `jira`",
        ),
        ("CREATE TABLE issue AS SELECT 1 AS a", "`Issues` is a table of the connection `jira`"),
        ("DROP TABLE Issues", "`Issues` is a table of the connection `jira`"),
        ("CREATE VIEW myissues AS SELECT 1 AS a", "already exists"),
        ("INSERT INTO Kept VALUES (1, 'x')", "connections are read-only"),
        ("EXPLAIN CREATE VIEW w AS SELECT 1", "EXPLAIN is for what reads"),
        ("DROP VIEW nothing", "nothing"),
    ] {
        let said = refusal(&fixture, sql).await;
        assert!(said.contains(reason), "{sql}\n  said: {said}\n  not:  {reason}");
    }
    fixture.rows("CREATE OR REPLACE VIEW MyIssues AS SELECT 1 AS One").await.unwrap();
    assert_eq!(answer(&fixture, "SELECT ONE FROM myissues").await, "One\n1");
    fixture.rows("DROP VIEW MYISSUES").await.unwrap();
    fixture.rows("DROP TABLE kept").await.unwrap();
    fixture.rows("DROP TABLE IF EXISTS kept").await.unwrap();
    assert!(refusal(&fixture, "SELECT * FROM myissues").await.contains("no table `myissues`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_can_not_be_replaced_stays() {
    let fixture = local().await;
    let replace = |select: &str| format!("CREATE OR REPLACE TABLE kept AS {select}");
    fixture.rows(&replace("SELECT 1 AS n")).await.unwrap();
    let said = refusal(&fixture, &replace("SELECT CAST(Summary AS INT) AS n FROM Issues")).await;
    assert!(said.contains("Cannot cast"), "{said}");
    let twice = "SELECT a.Key, b.Key FROM Projects a CROSS JOIN Projects b";
    refusal(&fixture, &replace(twice)).await;
    assert_eq!(answer(&fixture, "SELECT n FROM kept").await, "n\n1");
    fixture.rows(&replace("SELECT n + 1 AS m FROM kept")).await.unwrap();
    assert_eq!(answer(&fixture, "SELECT * FROM kept").await, "m\n2");
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_writes_what_the_same_select_with_an_output_file_writes() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let select = "SELECT key, Labels, Created, '' AS empty, NULL AS nothing, '=1' AS f FROM Issues WHERE Key = 'PAY-5'";
    for format in ["csv", "json", "ndjson", "parquet", "arrow"] {
        let target = path(&format!("x.{format}"));
        fixture.rows(&format!("COPY ({select}) TO '{target}'")).await.unwrap();
        let statement = fixture.session.statements(select).unwrap().pop_front().unwrap();
        let jirrow::catalog::Answer::Rows(rows) = fixture.session.run(statement, select).await.unwrap()
        else {
            panic!("rows")
        };
        let beside = folder.path().join(format!("y.{format}"));
        let options = jirrow::sink::WriteOptions::default();
        jirrow::sink::write_file(&beside, format.parse().unwrap(), rows, &options, &|_| {}).await.unwrap();
        assert_eq!(fs::read(&target).unwrap(), fs::read(&beside).unwrap(), "{format}");
    }
    assert_eq!(
        fs::read_to_string(path("x.csv")).unwrap(),
        "Key,Labels,Created,empty,nothing,f\nPAY-5,\"[\"\"f(x)\"\"]\",2026-01-03T18:39:00.000Z,\"\",,=1\n"
    );
    let guarded = format!("COPY (SELECT '=1' AS f) TO '{}' OPTIONS (formula_guard true)", path("g.csv"));
    fixture.rows(&guarded).await.unwrap();
    assert_eq!(fs::read_to_string(path("g.csv")).unwrap(), "f\n'=1\n");
    fixture.rows(&format!("COPY Projects TO '{}' STORED AS CSV", path("p.data"))).await.unwrap();
    assert!(fs::read_to_string(path("p.data")).unwrap().starts_with("Id,Key,Name"));
    // What was written can be read back.
    for format in ["csv", "json", "parquet", "arrow", "ndjson"] {
        let sql = format!("SELECT KEY FROM '{}'", path(&format!("x.{format}")));
        assert_eq!(answer(&fixture, &sql).await, "Key\nPAY-5", "{sql}");
    }
    for (sql, reason) in [
        (format!("COPY (SELECT 1) TO '{}'", path("x")), "says no format"),
        (format!("COPY (SELECT 1) TO '{}' OPTIONS (delimiter ';')", path("x.csv")), "no option `delimiter`"),
        (format!("COPY (SELECT 1) TO '{}'", path("none/x.csv")), "there is no folder"),
        (format!("COPY (SELECT nope FROM Issues) TO '{}'", path("z.csv")), "no column `nope`"),
    ] {
        let said = refusal(&fixture, &sql).await;
        assert!(said.contains(reason), "{sql}\n  said: {said}\n  not:  {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_partitions_a_folder_by_columns_in_any_case() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    let copy = format!(
        "COPY (SELECT key, projectkey FROM Issues) TO '{}' STORED AS PARQUET PARTITIONED BY (PROJECTKEY)",
        parts.display()
    );
    fixture.rows(&copy).await.unwrap();
    assert!(parts.join("ProjectKey=PAY").join("data.parquet").is_file());
    let sql = format!("SELECT count(KEY) AS n FROM '{}/' WHERE ProjectKey = 'PAY'", parts.display());
    assert_eq!(answer(&fixture, &sql).await, "n\n98");
    assert!(refusal(&fixture, &copy).await.contains("not an empty folder"));
    let one = folder.path().join("one");
    fixture.rows(&format!("COPY Projects TO '{}/' STORED AS CSV", one.display())).await.unwrap();
    assert!(fs::read_to_string(one.join("data.csv")).unwrap().starts_with("Id,Key,Name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_name_folders_come_back_as_they_were() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts").display().to_string();
    let into = format!("TO '{parts}' STORED AS PARQUET PARTITIONED BY (p)");
    let values = "(1, 'a/b'), (2, NULL), (3, 'x=y %'), (4, '')";
    fixture.rows(&format!("COPY (SELECT * FROM (VALUES {values}) AS t(n, p)) {into}")).await.unwrap();
    let read = format!("SELECT n, p, p IS NULL AS none FROM '{parts}/' ORDER BY n");
    let expected = "n,p,none\n1,a/b,false\n2,,true\n3,x=y %,false\n4,,false";
    assert_eq!(answer(&fixture, &read).await, expected);
    assert_eq!(answer(&fixture, &format!("SELECT n FROM '{parts}/' WHERE p IS NULL")).await, "n\n2");
    // A text that would be taken for NULL.
    let odd = "COPY (SELECT 1 AS n, '__HIVE_DEFAULT_PARTITION__' AS p)";
    let said = refusal(&fixture, &format!("{odd} {}", into.replace("parts", "odd"))).await;
    assert!(said.contains("names the folder of NULL"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_fails_or_is_dropped_leaves_nothing() {
    let fixture = local().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.csv"), "old").unwrap();
    let failing = "SELECT Key, CAST(Summary AS INT) AS n FROM Issues";
    for target in ["old.csv", "new.csv", "new.parquet"] {
        let target = folder.path().join(target).display().to_string();
        assert!(fixture.rows(&format!("COPY ({failing}) TO '{target}'")).await.is_err());
    }
    let parts = folder.path().join("parts").display().to_string();
    let sql = format!("COPY ({failing}) TO '{parts}' STORED AS CSV PARTITIONED BY (n)");
    assert!(fixture.rows(&sql).await.is_err());
    for target in ["late.csv", "late/"] {
        let sql = format!("COPY Issues TO '{}/{target}' STORED AS CSV", folder.path().display());
        let statement = fixture.session.statements(&sql).unwrap().pop_front().unwrap();
        let planned = fixture.session.plan(statement, &sql).await.unwrap();
        let started = fixture.session.start(planned, &sql);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(1), started).await.is_err());
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["old.csv"]);
    assert_eq!(fs::read_to_string(folder.path().join("old.csv")).unwrap(), "old");
}
