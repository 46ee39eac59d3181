//! What the README shows works as it stands there.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use jirrow::catalog::{Answer, Queries, Query, Session};
use jirrow::connection::{Connection, Profiles};
use jirrow::sandbox::Sandbox;
use jirrow::sandbox::model::BoardKind;
use jirrow::sandbox::model::{Caller, Issue, StatusCategory};
use jirrow::schema::Library;

use crate::oracle::Seen;
use crate::oracle::tables::agile::boards;
use crate::support::small;

/// The only block of this language in the README that has this text.
fn block(language: &str, text: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let opening = format!("```{language}\n");
    let blocks = readme.split(&opening).skip(1).map(|block| block.split("```").next().unwrap());
    let mut blocks = blocks.filter(|block| block.contains(text));
    let block = blocks.next().unwrap().to_owned();
    assert!(blocks.next().is_none(), "the README has several blocks of {language} with `{text}`");
    block
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_one_new_file_of_ten_lines() {
    let text = block("toml", "avatar");
    assert!(text.lines().count() <= 10, "{text}");
    let desk = crate::cli::Desk::new();
    std::fs::create_dir_all(desk.path().join("mine/jira")).unwrap();
    desk.write("mine/jira/ProjectAvatars.toml", &text);
    let sql = "SELECT id, isSystemAvatar FROM ProjectAvatars ORDER BY id LIMIT 1";
    let rows = desk.run(["sql", "--sandbox", "--schemas", "mine", "--format", "csv", sql]).succeeds().stdout;
    assert_eq!(rows, "id,isSystemAvatar\n10000,true\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_search_in_jql_has_rows() {
    let fixture = crate::support::Fixture::start(small(), "").await;
    let batches = fixture.rows(&block("sql", "jql('")).await.unwrap();
    assert!(batches.iter().map(RecordBatch::num_rows).sum::<usize>() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_own_table_has_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    std::fs::write(folder.path().join("jira/OpenSprints.toml"), block("toml", "One sprint")).unwrap();
    let mut library = Library::built_in();
    library.add_folder(folder.path()).unwrap();

    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().library(library).connection(connection).build().unwrap();
    let sql = "SELECT Name, BoardId FROM OpenSprints";
    let statement = session.statements(sql).unwrap().pop_front().unwrap();
    let Answer::Rows(stream) = session.run(statement, sql).await.unwrap() else { panic!("no rows") };
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    let mut found: Vec<(i64, &str)> = vec![];
    for batch in &batches {
        let boards = batch.column(1).as_primitive::<Int64Type>().values();
        let keys = batch.column(0).as_string::<i32>().iter().map(Option::unwrap);
        found.extend(boards.iter().copied().zip(keys));
    }
    found.sort_unstable();

    let site = sandbox.site();
    let mut expected: Vec<(i64, &str)> = vec![];
    for board in boards(Seen(&site)).filter(|it| it.kind != BoardKind::Kanban) {
        let shown = board.sprint_ids.iter().map(|id| &site.sprints[id]);
        expected.extend(shown.filter(|it| it.state != "closed").map(|it| (board.id, it.name.as_str())));
    }
    expected.sort_unstable();
    assert!(expected.len() > 3);
    assert_eq!(found, expected);
}

#[test]
fn the_readmes_profiles_are_settings() {
    let profiles = Profiles::parse(&PathBuf::from("config.toml"), &block("ini", "")).unwrap();
    assert_eq!((profiles.default_name(), profiles.names().count()), (Some("work"), 2));
    let robot = profiles.get("robot").unwrap();
    let (draft, _) = robot.draft(&|name| Some(name.to_lowercase())).unwrap();
    assert!(draft.connection().unwrap().is_cloud());
}

#[test]
fn the_readme_lists_every_view_and_analysis_with_its_question() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let queries = Queries::built_in();
    let rows = |heading: &str, queries: Vec<&Arc<Query>>| {
        let rows: Vec<String> =
            queries.iter().map(|it| format!("| {} | {} |\n", it.name, it.question())).collect();
        format!("| {heading} | question |\n|---|---|\n{}\n", rows.concat())
    };
    for table in [rows("view", queries.views().collect()), rows("analysis", queries.analyses().collect())] {
        assert!(readme.contains(&table), "the README should have this table:\n{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_own_view_has_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("views")).unwrap();
    std::fs::write(folder.path().join("views/OpenBugs.sql"), block("sql", "IssueType = 'Bug'")).unwrap();
    let mut queries = Queries::built_in();
    queries.add_folder(folder.path()).unwrap();
    let sandbox = Sandbox::start(small()).await.unwrap();
    let connection: Connection = sandbox.connection_string().parse().unwrap();
    let session = Session::builder().queries(queries).connection(connection).build().unwrap();
    let sql = "SELECT count(*) FROM openbugs WHERE StoryPoints IS NULL OR StoryPoints >= 0";
    let statement = session.statements(sql).unwrap().pop_front().unwrap();
    let Answer::Rows(stream) = session.run(statement, sql).await.unwrap() else { panic!("no rows") };
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    let found = batches[0].column(0).as_primitive::<Int64Type>().value(0);
    let site = sandbox.site();
    let is_open = |it: &&Issue| {
        site.status(it.status_id).is_some_and(|status| status.category != StatusCategory::Done)
            && site.issue_type(it.type_id).is_some_and(|kind| kind.name == "Bug")
    };
    let expected = site.searchable_issues(Caller::Demo).filter(is_open).count();
    assert!(expected > 3);
    assert_eq!(usize::try_from(found), Ok(expected));
}
