//! `jql('…')` in FROM: what travels, what it costs, and what the site's refusals become.

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use jirrow::catalog::{Parameter, Parameters};
use jirrow::sandbox::{Deployment, SandboxConfig};
use serde_json::Value;

use crate::support::{Fixture, small};

async fn site() -> Fixture {
    let fixture = Fixture::start(small(), "").await;
    fixture.warm().await;
    fixture
}

/// The searches that a statement sends, each with what it asks for.
async fn searches(fixture: &Fixture, sql: &str) -> Vec<String> {
    fixture.sandbox.clear_requests();
    fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let asked = fixture.sandbox.requests().into_iter();
    let searches = asked.filter_map(|it| {
        let body: Value = serde_json::from_str(&it.body).ok()?;
        Some(body.get("jql")?.as_str()?.to_owned())
    });
    searches.collect()
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_goes_in_parentheses_before_what_where_says() {
    let fixture = site().await;
    for (sql, jql) in [
        (
            "SELECT Key FROM jql('project = PAY OR project = \"SELECT\" ORDER BY updated') WHERE StatusCategory <> 'done'",
            "(project = PAY OR project = \"SELECT\") AND statusCategory != \"done\" ORDER BY created ASC, key ASC",
        ),
        ("SELECT Id FROM jql('project = PAY')", "(project = PAY) ORDER BY created ASC, key ASC"),
        ("SELECT count(*) FROM jql('project = PAY')", "(project = PAY) ORDER BY created ASC, key ASC"),
        (
            "SELECT Key FROM jql('project = PAY ORDER BY key') ORDER BY Created DESC LIMIT 3",
            "(project = PAY) ORDER BY created DESC, key DESC",
        ),
    ] {
        let asked = searches(&fixture, sql).await;
        assert!(!asked.is_empty() && asked.iter().all(|it| it == jql), "{sql}: {asked:?}");
        let explained = fixture.rows(&format!("EXPLAIN {sql}")).await.unwrap();
        let plans = explained.last().unwrap().column(1).as_string::<i32>().iter().flatten();
        let shown = serde_json::to_string(jql.split(" ORDER BY").next().unwrap()).unwrap();
        let shown = shown.trim_matches('"');
        assert!(plans.collect::<String>().contains(shown), "{sql}: EXPLAIN without {shown}");
    }
    fixture.rows("SET jirrow.pushdown = false").await.unwrap();
    let asked = searches(&fixture, "SELECT Key FROM jql('project = PAY') WHERE Votes > 1").await;
    assert!(asked.iter().all(|it| it.starts_with("(project = PAY) ORDER BY")), "{asked:?}");
    assert!(!asked.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_search_cost_no_more_than_those_of_a_condition() {
    let fixture = site().await;
    for (sql, most) in [
        ("SELECT count(*) FROM jql('project = PAY')", 1),
        ("SELECT Id, Key FROM jql('project = PAY')", 1),
        ("SELECT Summary FROM jql('key = PAY-5') LIMIT 1", 1),
        ("SELECT Summary FROM jql('project = PAY') LIMIT 10", 1),
        ("SELECT Summary FROM jql('project = PAY') WHERE false", 0),
        // Ids, and a block of a hundred.
        ("SELECT * FROM jql('project = PAY')", 2),
        // The ids of the one issue, its block, and its worklogs.
        ("SELECT w.Id FROM Worklogs w JOIN jql('key = PAY-5') i ON w.IssueId = i.Id", 2),
    ] {
        let served = fixture.requests(sql).await;
        assert!(served.len() <= most, "{sql}: {served:?}");
    }
    fixture.rows("SET jirrow.approximate_count = true").await.unwrap();
    let served = fixture.requests("SELECT count(*) FROM jql('project = PAY')").await;
    assert_eq!(served, ["POST /rest/api/3/search/approximate-count"]);
    let found = fixture.rows("SELECT count(*) FROM jql('project = PAY')").await.unwrap();
    assert_eq!(found[0].column(0).as_primitive::<Int64Type>().value(0), 98);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_the_search_is_dropped_with_a_note() {
    let fixture = site().await;
    fixture.session.report().take();
    fixture.rows("SELECT Key FROM jql('project = PAY ORDER BY rank') LIMIT 1").await.unwrap();
    let notes = fixture.session.report().take().notes;
    let said = "ORDER BY of SQL decides over the order of rows, not that of the JQL: `rank`";
    assert!(notes.iter().any(|note| note == said), "{notes:?}");
    fixture.rows("SELECT Key FROM jql('project = PAY') LIMIT 1").await.unwrap();
    assert!(fixture.session.report().take().notes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_site_refuses_of_the_search_is_an_error_that_says_why() {
    let fixture = site().await;
    for sql in [
        "SELECT Key FROM jql('project = NOPE')",
        "SELECT * FROM jql('project = NOPE')",
        "SELECT count(*) FROM jql('project = NOPE')",
        // What is pushed beside it is not to blame, whether it would be refused or not.
        "SELECT Key FROM jql('project = NOPE') WHERE StatusCategory <> 'done'",
        "SELECT Key FROM jql('project = NOPE') WHERE ProjectKey = 'NADA'",
    ] {
        let error = fixture.rows(sql).await.expect_err(sql).to_string();
        assert!(error.contains("400") && error.contains("NOPE"), "{sql}: {error}");
    }
    // A condition that the site refuses is the engine's, and the search stays.
    let found = fixture.rows("SELECT Key FROM jql('project = PAY') WHERE ProjectKey = 'NOPE'").await.unwrap();
    assert_eq!(count(&found), 0);
    let sql = "SELECT Key FROM jql('project = PAY') WHERE ProjectKey IN ('PAY', 'NOPE') AND Votes >= 0";
    assert_eq!(count(&fixture.rows(sql).await.unwrap()), 98);
    let asked = searches(&fixture, sql).await;
    assert!(asked.iter().all(|it| it.starts_with("(project = PAY)")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_is_the_search() {
    let fixture = site().await;
    let with = |value: &str| Parameters::new([Parameter::new("q", value), Parameter::new("key", "PAY-5")]);
    let sql = "SELECT i.Key FROM jql($Q) i WHERE i.Key = $key";
    assert_eq!(count(&fixture.rows_with(sql, &with("project = PAY").unwrap()).await.unwrap()), 1);
    assert_eq!(count(&fixture.rows_with(sql, &with("project = \"SELECT\"").unwrap()).await.unwrap()), 0);
    let error = fixture.rows_with(sql, &with("project = PAY) OR (key > 1").unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("closes nothing"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_and_hidden_columns_are_as_those_of_the_table() {
    let fixture = site().await;
    let schema = |batches: Vec<RecordBatch>| batches[0].schema();
    let own = schema(fixture.rows("SELECT * FROM Issues").await.unwrap());
    let found = schema(fixture.rows("SELECT * FROM jql('project = PAY')").await.unwrap());
    assert_eq!(own, found);
    assert!(own.column_with_name("StoryPoints").is_some() && own.column_with_name("FieldErrors").is_none());
    let sql = "SELECT j.storypoints FROM jql('project = PAY') j WHERE CUSTOMFIELD_10016 > 0";
    assert!(count(&fixture.rows(sql).await.unwrap()) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_center_is_searched_too() {
    let config = SandboxConfig { deployment: Deployment::DataCenter, ..small() };
    let fixture = Fixture::start(config, "").await;
    fixture.warm().await;
    let own = count(&fixture.rows("SELECT Id FROM Issues WHERE ProjectKey = 'PAY'").await.unwrap());
    for sql in [
        "SELECT Id, Key FROM jql('project = PAY ORDER BY key')",
        "SELECT * FROM jql('project = PAY')",
        "SELECT Key FROM jql('project = PAY OR project = \"SELECT\"') WHERE ProjectKey = 'PAY'",
    ] {
        assert_eq!(count(&fixture.rows(sql).await.unwrap()), own, "{sql}");
    }
    let found =
        fixture.rows("SELECT Key FROM jql('project = \"SELECT\"') WHERE Key = 'PAY-5'").await.unwrap();
    assert_eq!(count(&found), 0);
    let error = fixture.rows("SELECT Key FROM jql('project = NOPE')").await.unwrap_err().to_string();
    assert!(error.contains("400") && error.contains("NOPE"), "{error}");
}
