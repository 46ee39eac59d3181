#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::DFParser;

use super::{ALIASES, HIDDEN, explain_plan_error, plan};

fn ints(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn texts(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn with(field: Field, key: &str, value: &str) -> Field {
    field.with_metadata(HashMap::from([(key.to_string(), value.to_string())]))
}

fn register(session: &SessionContext, name: &str, columns: Vec<(Field, ArrayRef)>) {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    session.register_table(name, Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap())).unwrap();
}

/// `issues` and `worklogs` with PascalCase columns and a hidden one each, `local` with lower-case ones.
fn session() -> SessionContext {
    let session = SessionContext::new_with_config(
        SessionConfig::new().with_target_partitions(1).with_information_schema(true),
    );
    let int = |name: &str| Field::new(name, DataType::Int64, true);
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let user = StructArray::from(vec![
        (Arc::new(text("DisplayName")), texts((0..5).map(|i| format!("u{i}")))),
        (Arc::new(int("Id")), ints(0..5)),
    ]);
    let created =
        TimestampMicrosecondArray::from_iter_values((0..5).map(|i| i * 1_000_000)).with_timezone("UTC");
    register(
        &session,
        "issues",
        vec![
            (int("Id"), ints(0..5)),
            (text("Key"), texts((0..5).map(|i| format!("A-{i}")))),
            (int("Order"), ints(0..5)),
            (
                with(int("StoryPoints"), ALIASES, "story_points, customfield_10016"),
                ints((0..5).map(|i| i * 10)),
            ),
            (
                Field::new("Created", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
                Arc::new(created),
            ),
            (Field::new("Assignee", DataType::Struct(user.fields().clone()), true), Arc::new(user)),
            (with(text("FieldErrors"), HIDDEN, "true"), texts((0..5).map(|i| format!("e{i}")))),
        ],
    );
    register(
        &session,
        "worklogs",
        vec![
            (int("Id"), ints(0..9)),
            (with(int("IssueId"), ALIASES, "issue_id"), ints((0..9).map(|i| i / 2))),
            (int("Seconds"), ints(0..9)),
            (with(text("FieldErrors"), HIDDEN, "true"), texts((0..9).map(|i| format!("f{i}")))),
        ],
    );
    register(
        &session,
        "local",
        vec![(int("id"), ints(0..3)), (text("note"), texts((0..3).map(|i| format!("n{i}"))))],
    );
    session
}

async fn run(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let state = session.state();
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect)?;
    let plan = plan(&state, statement).await?;
    let frame = session.execute_logical_plan(plan).await?;
    let schema = Arc::clone(frame.schema().inner());
    let mut batches = frame.collect().await?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// `Heading, Heading | first row | …`, at most three rows.
async fn answer(session: &SessionContext, sql: &str) -> String {
    let batches = match run(session, sql).await {
        Ok(batches) => batches,
        Err(error) => {
            return format!("error: {}", explain_plan_error(&error, sql, &["Issues", "Worklogs", "local"]));
        }
    };
    let headings: Vec<_> = batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    let table = pretty_format_batches(&batches).unwrap().to_string();
    let rows = table.lines().skip(3).filter(|line| line.starts_with('|')).take(3);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(","));
    [headings.join(",")].into_iter().chain(cells).collect::<Vec<_>>().join(" | ")
}

async fn expect(cases: &[(&str, &str)]) {
    let session = session();
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let got = answer(&session, sql).await;
        if got != *expected {
            wrong.push(format!("{sql}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn an_unquoted_name_means_the_column_whatever_its_case() {
    expect(&[
        ("SELECT id, KEY, storypoints FROM Issues LIMIT 1", "Id,Key,StoryPoints | 0,A-0,0"),
        ("SELECT Id, \"Key\" FROM Issues LIMIT 1", "Id,Key | 0,A-0"),
        ("SELECT i.id, I.key FROM Issues i WHERE i.STORYPOINTS > 30", "Id,Key | 4,A-4"),
        ("SELECT issues.id, public.ISSUES.key FROM Issues LIMIT 1", "Id,Key | 0,A-0"),
        ("SELECT \"I\".id, i.key FROM Issues AS \"I\" LIMIT 1", "Id,Key | 0,A-0"),
        ("SELECT id AS Ident, storypoints + 1 FROM Issues ORDER BY ident DESC LIMIT 1", "Ident,issues.StoryPoints + Int64(1) | 4,41"),
        ("SELECT storypoints * -1 AS id FROM issues ORDER BY id LIMIT 1", "id | -40"),
        ("SELECT lower(Key) AS key FROM issues ORDER BY key DESC LIMIT 1", "key | a-4"),
        (
            "SELECT i.key, sum(w.seconds) AS Total FROM issues i JOIN worklogs w ON w.issueid = i.id \
             GROUP BY i.key HAVING sum(w.seconds) > 1 ORDER BY TOTAL LIMIT 2",
            "Key,Total | A-1,5 | A-4,8",
        ),
        ("SELECT key, count(*) AS n FROM issues GROUP BY key ORDER BY key LIMIT 1", "Key,n | A-0,1"),
        ("SELECT key, count(*) FROM issues GROUP BY 1 ORDER BY count(*), KEY LIMIT 1", "Key,count(*) | A-0,1"),
        ("SELECT id % 2 AS Rest, count(*) AS n FROM issues GROUP BY REST HAVING n > 2 ORDER BY n", "Rest,n | 0,3"),
        ("SELECT id, row_number() OVER (PARTITION BY storypoints ORDER BY created) AS Rn FROM issues QUALIFY rn = 1 ORDER BY id LIMIT 1", "Id,Rn | 0,1"),
        ("SELECT id, sum(storypoints) OVER w AS s FROM issues WINDOW w AS (ORDER BY id) ORDER BY id DESC LIMIT 1", "Id,s | 4,100"),
        ("SELECT date_trunc('month', created) AS m, extract(year FROM CREATED) AS y, cast(created AS date) AS d FROM issues LIMIT 1", "m,y,d | 1970-01-01T00:00:00Z,1970,1970-01-01"),
        ("SELECT CASE WHEN id = 1 THEN key ELSE 'x' END AS k FROM issues LIMIT 2", "k | x | A-1"),
        ("SELECT max(id) FILTER (WHERE storypoints > 1) AS m, array_agg(key ORDER BY id DESC) AS a FROM issues", "m,a | 4,[A-4, A-3, A-2, A-1, A-0]"),
        ("SELECT assignee.displayname AS D, i.assignee.DISPLAYNAME AS E, assignee['DisplayName'] AS F FROM issues i LIMIT 1", "D,E,F | u0,u0,u0"),
        ("SELECT DISTINCT ON (id % 2) key FROM issues ORDER BY id % 2, ID DESC", "Key | A-4 | A-3"),
        ("SELECT \"Order\" FROM issues WHERE \"Order\" > 3", "Order | 4"),
    ])
    .await;
}

#[test]
fn statements_that_change_rows_are_spelled_too() {
    let schema = |names: &[&str]| {
        Arc::new(Schema::new(
            names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect::<Vec<_>>(),
        ))
    };
    let relations = [
        super::Relation { name: "rest.t".into(), schema: schema(&["Id", "Größe"]) },
        super::Relation { name: "s".into(), schema: schema(&["TId", "Neu"]) },
    ];
    for (sql, expected) in [
        (
            "UPDATE rest.t SET größe = GRÖSSE + id WHERE ID = 1",
            "UPDATE rest.t SET \"Größe\" = GRÖSSE + \"Id\" WHERE \"Id\" = 1",
        ),
        ("DELETE FROM rest.t WHERE GRÖßE = 1", "DELETE FROM rest.t WHERE \"Größe\" = 1"),
        ("INSERT INTO rest.t (ID) SELECT tid FROM s", "INSERT INTO rest.t (\"Id\") SELECT \"TId\" FROM s"),
        (
            "MERGE INTO rest.t AS x USING s ON x.id = s.tid WHEN MATCHED THEN UPDATE SET größe = s.neu \
             WHEN NOT MATCHED THEN INSERT (id) VALUES (tid)",
            "MERGE INTO rest.t AS x USING s ON x.\"Id\" = s.\"TId\" WHEN MATCHED THEN UPDATE SET \"Größe\" = s.\"Neu\" \
             WHEN NOT MATCHED THEN INSERT (\"Id\") VALUES (\"TId\")",
        ),
    ] {
        let mut statement = DFParser::parse_sql(sql).unwrap().pop_front().unwrap();
        super::rewrite(&mut statement, &relations).unwrap();
        assert_eq!(statement.to_string(), expected);
    }
}

#[test]
fn a_parameter_of_a_lambda_function_is_no_column() {
    let schema = Arc::new(Schema::new(vec![Field::new("Id", DataType::Int64, true)]));
    let dialect = datafusion::sql::sqlparser::dialect::DuckDbDialect {};
    let sql = "SELECT list_transform([ID], iD -> id + 1) FROM t";
    let mut statement = DFParser::parse_sql_with_dialect(sql, &dialect).unwrap().pop_front().unwrap();
    super::rewrite(&mut statement, &[super::Relation { name: "T".into(), schema }]).unwrap();
    assert_eq!(statement.to_string(), "SELECT list_transform([\"Id\"], \"id\" -> \"id\" + 1) FROM t");
}

#[tokio::test]
async fn every_part_of_a_statement_has_its_own_scope() {
    expect(&[
        ("WITH c AS (SELECT id, key FROM issues) SELECT c.ID, KEY FROM C LIMIT 1", "Id,Key | 0,A-0"),
        ("WITH c(Num, name) AS (SELECT id, key FROM issues) SELECT num, NAME FROM c LIMIT 1", "Num,name | 0,A-0"),
        ("WITH issues AS (SELECT key AS K FROM issues) SELECT k FROM issues LIMIT 1", "K | A-0"),
        ("WITH RECURSIVE r AS (SELECT 1 AS Level UNION ALL SELECT level + 1 FROM r WHERE LEVEL < 3) SELECT max(level) AS m FROM r", "m | 3"),
        ("SELECT s.ID FROM (SELECT id FROM issues WHERE \"Order\" > 3) s", "Id | 4"),
        ("SELECT s.ID FROM (SELECT (id) FROM issues) s LIMIT 1", "Id | 0"),
        ("SELECT s.N FROM (SELECT id AS n FROM issues) s WHERE s.n = 1", "n | 1"),
        ("SELECT s.MyKey FROM (SELECT upper(key) AS mykey FROM issues) s LIMIT 1", "mykey | A-0"),
        ("SELECT key FROM issues WHERE id IN (SELECT issueid FROM worklogs WHERE seconds > 7)", "Key | A-4"),
        ("SELECT key FROM issues i WHERE NOT EXISTS (SELECT 1 FROM worklogs WHERE ISSUEID = i.id AND seconds < 8)", "Key | A-4"),
        ("SELECT i.id, l.note FROM issues i JOIN local l ON l.id = i.id ORDER BY id DESC LIMIT 1", "Id,note | 2,n2"),
        ("SELECT count(*) AS n FROM issues JOIN worklogs USING (id)", "n | 5"),
        ("SELECT id FROM issues UNION ALL SELECT id FROM local ORDER BY ID DESC LIMIT 1", "Id | 4"),
        ("SELECT a.id, x.SECONDS FROM issues a, LATERAL (SELECT seconds FROM worklogs w WHERE w.issueid = a.id) x ORDER BY x.seconds DESC LIMIT 1", "Id,Seconds | 4,8"),
        ("SELECT u.Id FROM unnest([7]) AS u(id)", "id | 7"),
        ("SELECT VALUE FROM generate_series(1, 1)", "value | 1"),
        ("SELECT Num FROM (VALUES (1), (2)) AS v(num) WHERE NUM > 1", "num | 2"),
        ("SELECT key FROM issues LEFT SEMI JOIN worklogs ON issueid = issues.id ORDER BY id LIMIT 1", "Key | A-0"),
        ("SELECT COLUMN_NAME FROM information_schema.columns WHERE table_name = 'local' LIMIT 1", "column_name | id"),
    ])
    .await;
}

#[tokio::test]
async fn an_alias_of_a_column_resolves_and_the_heading_is_the_column() {
    expect(&[
        (
            "SELECT story_points, CUSTOMFIELD_10016 + 1 AS p FROM issues WHERE Story_Points > 30",
            "StoryPoints,p | 40,41",
        ),
        ("SELECT w.issue_id FROM worklogs w ORDER BY ISSUE_ID DESC LIMIT 1", "IssueId | 4"),
        (
            "SELECT * EXCLUDE (story_points, created, assignee, \"Order\") FROM issues LIMIT 1",
            "Id,Key | 0,A-0",
        ),
        ("SELECT s.issue_id FROM (SELECT * FROM worklogs) s LIMIT 1", "IssueId | 0"),
    ])
    .await;
}

#[tokio::test]
async fn a_hidden_column_is_not_in_a_wildcard_and_usable_by_name() {
    expect(&[
        ("SELECT * FROM worklogs LIMIT 1", "Id,IssueId,Seconds | 0,0,0"),
        ("SELECT w.* FROM worklogs W LIMIT 1", "Id,IssueId,Seconds | 0,0,0"),
        ("SELECT fielderrors FROM worklogs WHERE FIELDERRORS = 'f3'", "FieldErrors | f3"),
        ("SELECT *, fielderrors FROM worklogs LIMIT 1", "Id,IssueId,Seconds,FieldErrors | 0,0,0,f0"),
        ("SELECT * EXCLUDE (fielderrors, ID) FROM worklogs LIMIT 1", "IssueId,Seconds | 0,0"),
        ("SELECT * EXCEPT (id) FROM worklogs LIMIT 1", "IssueId,Seconds | 0,0"),
        ("SELECT * REPLACE (seconds * 2 AS SECONDS) FROM worklogs WHERE id = 4", "Id,IssueId,Seconds | 4,2,8"),
        ("SELECT COUNT(*) AS n FROM worklogs", "n | 9"),
        (
            "SELECT * EXCLUDE (assignee, created) FROM issues i JOIN worklogs w ON w.issueid = i.id WHERE w.id = 8",
            "Id,Key,Order,StoryPoints,Id,IssueId,Seconds | 4,A-4,4,40,8,4,8",
        ),
        ("SELECT i.* EXCLUDE (assignee, created, key), w.seconds FROM issues i, worklogs w WHERE w.id = 1 AND i.id = 1", "Id,Order,StoryPoints,Seconds | 1,1,10,1"),
        ("SELECT * EXCLUDE (assignee, created, story_points, \"Order\") FROM issues JOIN worklogs USING (ID) WHERE seconds = 3", "Id,Key,IssueId,Seconds | 3,A-3,1,3"),
        ("SELECT * EXCLUDE (assignee, created, story_points, \"Order\") FROM issues NATURAL JOIN worklogs WHERE seconds = 3", "Id,Key,IssueId,Seconds | 3,A-3,1,3"),
        ("SELECT * EXCLUDE (key, created, assignee, story_points, \"Order\") FROM issues RIGHT JOIN worklogs USING (id) WHERE seconds = 7", "Id,IssueId,Seconds | 7,3,7"),
        ("SELECT * EXCLUDE (key, created, assignee, \"Order\") FROM worklogs LEFT JOIN issues USING (id) WHERE seconds = 7", "Id,IssueId,Seconds,StoryPoints | 7,3,7,"),
        ("SELECT * FROM (SELECT * FROM worklogs) LIMIT 1", "Id,IssueId,Seconds | 0,0,0"),
        ("SELECT i.key, s.* FROM issues i JOIN (SELECT fielderrors FROM worklogs WHERE id = 2) s ON i.id = 0", "Key,FieldErrors | A-0,f2"),
        ("SELECT * FROM worklogs LEFT SEMI JOIN issues ON issues.id = worklogs.id WHERE seconds = 2", "Id,IssueId,Seconds | 2,1,2"),
        ("SELECT * EXCLUDE (nothing) FROM worklogs", "error: no column `nothing` in `Worklogs`"),
    ])
    .await;
}

#[tokio::test]
async fn statements_that_write_keep_the_spelling() {
    let session = session();
    run(&session, "CREATE VIEW v AS SELECT id, KEY AS MyKey FROM issues").await.unwrap();
    run(&session, "CREATE TABLE t AS SELECT id, key FROM issues").await.unwrap();
    run(&session, "INSERT INTO t (ID, key) SELECT id + 100, 'new' FROM local").await.unwrap();
    assert_eq!(answer(&session, "SELECT ID, mykey FROM v LIMIT 1").await, "Id,MyKey | 0,A-0");
    assert_eq!(answer(&session, "SELECT max(ID) AS m, max(KEY) AS k FROM t").await, "m,k | 102,new");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.parquet").display().to_string();
    run(&session, &format!("COPY worklogs TO '{path}'")).await.unwrap();
    session
        .register_parquet("back", &path, datafusion::prelude::ParquetReadOptions::default())
        .await
        .unwrap();
    assert_eq!(answer(&session, "SELECT * FROM back LIMIT 1").await, "Id,IssueId,Seconds | 0,0,0");

    let path = folder.path().join("parts").display().to_string();
    let sql =
        format!("COPY (SELECT id, seconds FROM worklogs) TO '{path}' STORED AS PARQUET PARTITIONED BY (ID)");
    run(&session, &sql).await.unwrap();
    assert!(folder.path().join("parts").join("Id=3").is_dir());

    let explained = answer(&session, "EXPLAIN SELECT id FROM issues").await;
    assert!(explained.starts_with("plan_type,plan"), "{explained}");
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_explained_with_the_nearest() {
    expect(&[
        ("SELECT idd FROM Issues", "error: no column `idd` in `Issues`; did you mean `Id`?"),
        ("SELECT i.story_point FROM issues i", "error: no column `story_point` in `i`; did you mean `StoryPoints`?"),
        ("SELECT \"id\" FROM issues", "error: no column `id` in `Issues`; did you mean `Id`?"),
        ("SELECT * FROM isues", "error: no table `isues`; did you mean `Issues`?"),
        ("SELECT * FROM qqqqqq", "error: no table `qqqqqq`"),
        (
            "SELECT note FROM issues JOIN local ON local.id = issues.id WHERE id = 1",
            "error: column `id` is ambiguous: it fits `Id` and `id`; qualify it with its table, or quote it",
        ),
        ("SELECT id FROM issues, worklogs", "error: column `Id` is ambiguous; qualify it with its table"),
        (
            "SELECT id,\n  key FRO issues",
            "error: syntax error at line 2, column 11: expected: end of statement, found: issues\n    key FRO issues\n            ^",
        ),
        (
            "SELECT id\nFROM (issues\n",
            "error: syntax error at line 2, column 13: expected: ), found: EOF\n  FROM (issues\n              ^",
        ),
    ])
    .await;
}
