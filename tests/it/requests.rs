//! How many requests a statement costs: data requests, counted by the sandbox, with `/myself` and the list of
//! fields read before. The numbers of rows
//! are asserted with them: fewer requests for fewer rows are no success.

use std::collections::BTreeSet;
use std::time::Duration;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use jirrow::sandbox::assumptions::BulkfetchSize;
use jirrow::sandbox::model::{Access, Caller, CustomValue, Issue};
use jirrow::sandbox::{Assumptions, SandboxConfig};

use crate::oracle::all;
use crate::support::{Fixture, shown, small};

/// A statement, the number of its rows, and the most requests that it may cost.
struct Case {
    sql: String,
    rows: usize,
    most: usize,
}

fn case(sql: impl Into<String>, rows: usize, most: usize) -> Case {
    Case { sql: sql.into(), rows, most }
}

async fn site() -> Fixture {
    let fixture = Fixture::start(SandboxConfig { issues: 2_000, ..small() }, "").await;
    // Who asks, and which fields there are, is asked once a session; after this only data requests are left.
    fixture.warm().await;
    fixture
}

async fn assert_costs(fixture: &Fixture, cases: &[Case]) {
    for Case { sql, rows, most } in cases {
        let served = fixture.requests(sql).await;
        assert!(served.len() <= *most, "`{sql}`: {} requests, {most} allowed: {served:#?}", served.len());
        let found: usize = fixture.rows(sql).await.unwrap().iter().map(RecordBatch::num_rows).sum();
        assert_eq!(found, *rows, "rows of `{sql}`");
    }
}

/// An issue with so many worklogs that the account may see.
fn issue_with(fixture: &Fixture, worklogs: impl Fn(usize) -> bool) -> (Issue, usize) {
    let site = fixture.sandbox.site();
    let length = |it: &Issue| it.visible_worklogs(Caller::Demo).len();
    let issue = site
        .issues
        .values()
        .find(|it| site.access(it, Caller::Demo) == Access::Searchable && worklogs(length(it)));
    let issue = issue.expect("such an issue").clone();
    let length = length(&issue);
    (issue, length)
}

/// The statements of this suite that have a price, for those who ask more of their requests than how many they are.
pub(crate) fn statements(fixture: &Fixture) -> Vec<String> {
    let all = [whole_tables, one_thing, of_one_thing, of_all_of_a_kind, of_a_long_issue, around_issues];
    all.iter().flat_map(|cases| cases(fixture)).map(|case| case.sql).collect()
}

fn whole_tables(fixture: &Fixture) -> Vec<Case> {
    let site = fixture.sandbox.site();
    let issues = site.searchable_issues(Caller::Demo).count();
    let worklogs = site.visible_worklogs(Caller::Demo).count();
    let comments = site.visible_comments(Caller::Demo).count();
    let long_lists = site.searchable_issues(Caller::Demo).map(|it| it.visible_comments(Caller::Demo).len());
    let long_lists: usize = long_lists.filter(|length| *length > 20).map(|length| length.div_ceil(100)).sum();
    let projects = site.projects.iter().filter(|it| it.audience.includes(Caller::Demo)).count();
    let feed_and_list = 2 * worklogs.div_ceil(1_000) + 3;
    let keys = issues.div_ceil(5_000);
    vec![
        case(
            "SELECT Id, IssueId, Comment, Started, TimeSpentSeconds, Updated FROM Worklogs",
            worklogs,
            feed_and_list,
        ),
        case("SELECT * FROM Worklogs", worklogs, feed_and_list + keys + 1),
        case("SELECT * FROM Issues", issues, issues.div_ceil(100) + keys + 3),
        case("SELECT * FROM Comments", comments, issues.div_ceil(100) + keys + long_lists),
        case("SELECT * FROM Users", site.users.len(), site.users.len().div_ceil(1_000) + 1),
        case("SELECT * FROM Projects", projects, projects.div_ceil(100) + 1),
        case("SELECT * FROM Fields", site.fields.len(), 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_tables_cost_their_pages_and_little_more() {
    let fixture = site().await;
    let cases = whole_tables(&fixture);
    let rows = |table: &str| cases.iter().find(|it| it.sql == format!("SELECT * FROM {table}")).unwrap().rows;
    let (issues, worklogs) = (rows("Issues"), rows("Worklogs"));
    assert!(issues == 2_000 && worklogs >= 1_200, "{issues} issues, {worklogs} worklogs");
    assert_costs(&fixture, &cases).await;
}

fn one_thing(fixture: &Fixture) -> Vec<Case> {
    let (issue, worklogs) = issue_with(fixture, |length| (1..=20).contains(&length));
    let (id, key) = (issue.id, &issue.key);
    vec![
        case(format!("SELECT * FROM Issues WHERE Key = '{key}'"), 1, 1),
        case(format!("SELECT * FROM Issues WHERE Id = {id}"), 1, 1),
        case(format!("SELECT * FROM Worklogs WHERE IssueKey = '{key}'"), worklogs, 1),
        case("SELECT * FROM Issues LIMIT 10", 10, 1),
        case("SELECT * FROM Projects WHERE Key = 'PAY'", 1, 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_thing_costs_one_request() {
    let fixture = site().await;
    assert_costs(&fixture, &one_thing(&fixture)).await;
}

/// The sprint with the most issues, and how many.
fn longest_sprint(fixture: &Fixture) -> (i64, usize) {
    let site = fixture.sandbox.site();
    let in_sprint = |sprint: i64| {
        let of_issue = |it: &&Issue| {
            it.custom
                .values()
                .any(|it| matches!(it, CustomValue::Sprints(them) if them.iter().any(|it| it.id == sprint)))
        };
        site.searchable_issues(Caller::Demo).filter(of_issue).count()
    };
    (1..=14).map(|id| (id, in_sprint(id))).max_by_key(|it| it.1).expect("a sprint")
}

fn of_one_thing(fixture: &Fixture) -> Vec<Case> {
    let site = fixture.sandbox.site();
    // An issue with links and changes, a sprint with more than a page of issues.
    let issue = site.searchable_issues(Caller::Demo).find(|it| {
        (2..100).contains(&it.histories.len()) && site.visible_links(it, Caller::Demo).count() > 0
    });
    let issue = issue.expect("such an issue");
    let (id, key) = (issue.id, &issue.key);
    let (changes, links) = (issue.histories.len(), site.visible_links(issue, Caller::Demo).count());
    let (sprint, length) = longest_sprint(fixture);
    let project = site.projects.iter().max_by_key(|it| it.versions.len()).expect("a project");
    let (project, versions) = (project.id, project.versions.len());
    vec![
        case(format!("SELECT * FROM IssueLinks WHERE IssueKey = '{key}'"), links, 1),
        case(format!("SELECT * FROM IssueLinks WHERE IssueId = {id}"), links, 1),
        // Whether it is listed, then the changes; its key costs one more.
        case(format!("SELECT Id, Created, Items FROM IssueChangelogs WHERE IssueId = {id}"), changes, 2),
        case(format!("SELECT Id, Created, Items FROM IssueChangelogs WHERE IssueKey = '{key}'"), changes, 3),
        case(format!("SELECT * FROM IssueChangelogs WHERE IssueId = {id}"), changes, 3),
        case(format!("SELECT * FROM ProjectVersions WHERE ProjectId = {project}"), versions, 1),
        case(format!("SELECT * FROM SprintIssues WHERE SprintId = {sprint}"), length, length.div_ceil(50)),
        case(format!("SELECT * FROM Sprints WHERE Id = {sprint}"), 1, 1),
        case("SELECT count(*) FROM Labels", 1, 1),
        case("SELECT * FROM MySelf", 1, 1),
        case("SELECT * FROM ServerInfo", 1, 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_one_thing_costs_its_pages() {
    let fixture = site().await;
    let versions = fixture.sandbox.site().projects.iter().map(|it| it.versions.len()).max();
    let (_, length) = longest_sprint(&fixture);
    assert!(length > 50 && versions > Some(100), "{length} issues, {versions:?} versions");
    assert_costs(&fixture, &of_one_thing(&fixture)).await;
}

fn of_all_of_a_kind(fixture: &Fixture) -> Vec<Case> {
    let site = fixture.sandbox.site();
    let boards: Vec<_> = site.visible_boards(Caller::Demo).collect();
    let shown: BTreeSet<i64> = boards.iter().flat_map(|it| &it.sprint_ids).copied().collect();
    let pages = |length: usize| length.div_ceil(50).max(1);
    let of_boards = pages(boards.len()) + boards.iter().map(|it| pages(it.sprint_ids.len())).sum::<usize>();
    let members: usize = site.groups.iter().map(|it| it.members.len()).sum();
    let of_groups =
        pages(site.groups.len()) + site.groups.iter().map(|it| pages(it.members.len())).sum::<usize>();
    let projects: Vec<_> = site.visible_projects(Caller::Demo).collect();
    let versions: usize = projects.iter().map(|it| it.versions.len()).sum();
    let issues: Vec<_> = site.searchable_issues(Caller::Demo).collect();
    let links: usize = issues.iter().map(|it| site.visible_links(it, Caller::Demo).count()).sum();
    vec![
        case("SELECT * FROM Sprints", shown.len(), of_boards),
        case("SELECT GroupId, AccountId, Active FROM GroupMembers", members, of_groups),
        // What the groups are called is looked up, in their list.
        case("SELECT * FROM GroupMembers", members, of_groups + pages(site.groups.len())),
        case("SELECT * FROM ProjectVersions", versions, projects.len() + 1),
        // Ids first, then blocks of a hundred issues.
        case("SELECT * FROM IssueLinks", links, issues.len().div_ceil(100) + 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_all_of_a_kind_costs_one_list_and_their_pages() {
    let fixture = site().await;
    let site = fixture.sandbox.site();
    assert!(site.visible_boards(Caller::Demo).count() > 50 && site.groups.len() > 50);
    assert_costs(&fixture, &of_all_of_a_kind(&fixture)).await;
}

fn of_a_long_issue(fixture: &Fixture) -> Vec<Case> {
    let (issue, worklogs) = issue_with(fixture, |length| length >= 1_200);
    vec![case(format!("SELECT * FROM Worklogs WHERE IssueKey = '{}'", issue.key), worklogs, 2)]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklogs_of_a_long_issue_cost_one_more_request() {
    let fixture = site().await;
    assert_costs(&fixture, &of_a_long_issue(&fixture)).await;
}

fn around_issues(fixture: &Fixture) -> Vec<Case> {
    let site = fixture.sandbox.site();
    let issues: Vec<&Issue> = site.searchable_issues(Caller::Demo).collect();
    let blocks = 1 + issues.len().div_ceil(100);
    let with_votes = issues.iter().filter(|it| it.votes > 0).count();
    let voters = issues.iter().map(|it| site.visible_voters(it, Caller::Demo).len()).sum();
    let transitions = issues.iter().map(|it| site.possible_transitions(it, Caller::Demo).count()).sum();
    let (one, me) = (issues.iter().find(|it| it.properties.len() > 1).unwrap(), site.me().unwrap());
    let members = site.groups.iter().map(|it| it.members.len());
    let types = site.visible_projects(Caller::Demo).map(|it| site.project_issue_types(it).count()).sum();
    let of_one = |table: &str| format!("SELECT * FROM {table} WHERE IssueId = {}", one.id);
    let transitions_of_one = site.possible_transitions(one, Caller::Demo).count();
    vec![
        case("SELECT IssueId, AccountId FROM Votes", voters, blocks + with_votes),
        case("SELECT * FROM IssueTransitions", transitions, blocks),
        case(of_one("IssueTransitions"), transitions_of_one, 1),
        case(of_one("IssueProperties"), one.properties.len(), 3),
        case("SELECT * FROM ProjectIssueTypes", types, 1),
        case(
            "SELECT AccountId, GroupId FROM UserGroups",
            members.clone().sum(),
            site.groups.len().div_ceil(50) + members.map(|it| it.div_ceil(50).max(1)).sum::<usize>(),
        ),
        case(
            format!("SELECT GroupId FROM UserGroups WHERE AccountId = '{}'", me.account_id),
            site.groups_of(&me.account_id).count(),
            1,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_surrounds_issues_is_asked_for_where_there_is_any() {
    let fixture = site().await;
    assert_costs(&fixture, &around_issues(&fixture)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_asks_for_no_page_ahead() {
    let fixture = site().await;
    fixture.sandbox.clear_requests();
    for _ in 0..20 {
        fixture.rows("SELECT * FROM Issues LIMIT 10").await.unwrap();
    }
    // Time for a request that was sent ahead to be seen.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let served = fixture.sandbox.requests().len();
    assert_eq!(served, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_costs_its_pages_of_ids() {
    let fixture = site().await;
    let sql = "SELECT COUNT(*) FROM Issues";
    let served = fixture.requests(sql).await;
    assert!(served.len() <= 2_000usize.div_ceil(5_000) + 1, "{served:#?}");
    let batches = fixture.rows(sql).await.unwrap();
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().value(0), 2_000);
}

/// The fields that the searches and fetches of a statement ask for, each once.
async fn fields_asked(fixture: &Fixture, sql: &str) -> BTreeSet<String> {
    fixture.sandbox.clear_requests();
    fixture.rows(sql).await.unwrap();
    let bodies = fixture.sandbox.requests().into_iter().filter_map(|it| serde_json::from_str(&it.body).ok());
    let fields =
        bodies.flat_map(|body: serde_json::Value| body["fields"].as_array().cloned().unwrap_or_default());
    fields.filter_map(|field| Some(field.as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn distinct_and_group_by_ask_for_their_columns_alone() {
    let fixture = site().await;
    for (sql, fields) in [
        ("SELECT DISTINCT Status FROM Issues", vec!["status"]),
        ("SELECT StatusCategory, count(*) FROM Issues GROUP BY StatusCategory", vec!["status"]),
        ("SELECT ProjectKey, max(Votes) FROM Issues GROUP BY ProjectKey", vec!["project", "votes"]),
        // A key begins with its project's.
        ("SELECT count(DISTINCT ProjectKey) FROM Issues", vec!["key"]),
        ("SELECT count(*) FROM Issues WHERE StatusCategory <> 'done'", vec!["status"]),
    ] {
        let mut asked = fields_asked(&fixture, sql).await;
        // The ids that lead to blocks, or that tell rows apart.
        asked.retain(|field| field != "id");
        assert_eq!(asked.into_iter().collect::<Vec<_>>(), fields, "{sql}");
    }
}

/// One page of a search has up to a hundred rows; only beyond them are the ids of the rest listed and asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_costs_one_request_where_its_rows_fit_on_a_page() {
    let fixture = Fixture::start(SandboxConfig { issues: 40, ..small() }, "").await;
    fixture.sandbox.write(|pen| {
        for (day, issues) in
            [("2019-05-04", 99), ("2019-05-14", 100), ("2019-05-24", 101), ("2019-06-04", 420)]
        {
            let at = format!("{day}T10:00:00Z").parse().unwrap();
            for _ in 0..issues {
                pen.issue("PAY", at).unwrap();
            }
        }
    });
    fixture.warm().await;
    for (from, until, rows, requests) in [
        ("2019-05-01", "2019-05-03", 0, 1),
        ("2019-05-03", "2019-05-10", 99, 1),
        ("2019-05-10", "2019-05-20", 100, 1),
        ("2019-05-20", "2019-05-30", 101, 3),
        ("2019-06-03", "2019-06-10", 420, 3),
    ] {
        let filter = format!("ProjectKey = 'PAY' AND Created > '{from}' AND Created < '{until}'");
        let sql = format!("SELECT Id, Key, Summary, Status FROM Issues WHERE {filter}");
        let served = fixture.requests(&sql).await;
        assert_eq!(served.len(), requests, "{sql}: {served:#?}");
        let found = fixture.rows(&sql).await.unwrap();
        let ids: BTreeSet<i64> =
            found.iter().flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec()).collect();
        let given: usize = found.iter().map(RecordBatch::num_rows).sum();
        assert_eq!((ids.len(), given), (rows, rows), "{sql}");
    }
    // A condition that the site refuses is found out once: three requests, then the page without it.
    let refused =
        "SELECT count(Summary) FROM Issues WHERE ProjectKey = 'PAY' AND Status IN ('Done', 'No such status')";
    let served = fixture.requests(refused).await;
    assert_eq!(served.len(), 3 + 3, "{served:#?}");
    // Whom a project has, its keys say.
    let served = fixture.requests("SELECT count(*) FROM Issues WHERE ProjectKey = 'PAY'").await;
    assert_eq!(served.len(), 1, "{served:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_by_id_are_one_request_and_their_issues_another() {
    let fixture = Fixture::start(SandboxConfig { issues: 400, ..small() }, "").await;
    fixture.warm().await;
    let all = shown(&fixture.rows("SELECT Id, IssueId, Created FROM Comments ORDER BY Id").await.unwrap());
    let some: Vec<&String> = all.iter().step_by(9).collect();
    assert!(some.len() > 10, "{}", all.len());
    let ids: Vec<&str> = some.iter().filter_map(|row| row.split(" | ").next()).collect();
    let sql =
        format!("SELECT Id, IssueId, Created FROM Comments WHERE Id IN ({}, 1) ORDER BY Id", ids.join(", "));
    let listed = "POST /rest/api/3/search/jql".to_owned();
    let issues: BTreeSet<&str> = some.iter().filter_map(|row| row.split(" | ").nth(1)).collect();
    let expected: Vec<String> = std::iter::once("POST /rest/api/3/comment/list".to_owned())
        .chain(vec![listed; issues.len().div_ceil(100)])
        .collect();
    assert_eq!(fixture.requests(&sql).await, expected);
    assert_eq!(shown(&fixture.rows(&sql).await.unwrap()).iter().collect::<Vec<_>>(), some);
    // Their issues' keys are one request more.
    let sql = sql.replace("IssueId,", "IssueKey,");
    assert_eq!(fixture.requests(&sql).await.len(), expected.len() + 1);
}

/// A thousand issues come at once where the site gives them; where it does not, a hundred, and one request was in vain.
#[tokio::test(flavor = "multi_thread")]
async fn larger_blocks_are_tried_once() {
    for (bulkfetch, setting, requests) in [
        (BulkfetchSize::UpTo1000, "", [1 + 3; 2]),
        (BulkfetchSize::AtMost100, "", [1 + 1 + 21, 1 + 21]),
        // An answer that is too long says nothing of the next one; the last block is no larger one.
        (BulkfetchSize::UpTo1000, "MaxPageBytes=300000", [1 + 2 + 21; 2]),
    ] {
        let assumptions = Assumptions { bulkfetch, ..Assumptions::default() };
        let config = SandboxConfig { issues: 2_100, assumptions, ..small() };
        let fixture = Fixture::start(config, setting).await;
        fixture.warm().await;
        let there = fixture.sandbox.site().searchable_issues(Caller::Demo).count();
        assert!(there > 2_000, "{there}");
        for most in requests {
            let served = fixture.requests("SELECT Id, Summary, Status, Created FROM Issues").await;
            assert_eq!(served.len(), most, "{bulkfetch:?}{setting}");
            let rows = fixture.rows("SELECT Id, Summary, Status, Created FROM Issues").await.unwrap();
            assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), there);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offset_skips_rows_of_the_order_that_the_statement_names() {
    let fixture = Fixture::start(small(), "").await;
    fixture.warm().await;
    let ids = |batches: Vec<RecordBatch>| -> Vec<i64> {
        batches.iter().flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    };
    let all = ids(fixture.rows("SELECT Id FROM Issues ORDER BY Created DESC, Id").await.unwrap());
    assert_eq!(all.len(), 300);
    for (limit, offset) in [(5, 3), (10, 98), (150, 250), (5, 300), (0, 5)] {
        let sql = format!("SELECT Id FROM Issues ORDER BY Created DESC, Id LIMIT {limit} OFFSET {offset}");
        let found = ids(fixture.rows(&sql).await.unwrap());
        let expected: Vec<i64> = all.iter().skip(offset).take(limit).copied().collect();
        assert_eq!(found, expected, "{sql}");
        let sql = format!("SELECT Id FROM Issues LIMIT {limit} OFFSET {offset}");
        let rows = ids(fixture.rows(&sql).await.unwrap());
        assert_eq!(rows.len(), expected.len(), "{sql}");
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "{sql}");
    }
    let found =
        ids(fixture.rows("SELECT Id FROM Issues ORDER BY Created DESC, Id OFFSET 290").await.unwrap());
    assert_eq!(found, all[290..]);
    // Rows before the offset are read as well, and no page beyond.
    let served = fixture.requests("SELECT Summary FROM Issues LIMIT 5 OFFSET 3").await;
    assert_eq!(served.len(), 1, "{served:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_asks_about_the_site_is_asked_once() {
    let config = SandboxConfig { issues: 2_000, ..small() };
    let metadata = ["/rest/api/3/field", "/rest/api/3/jql/autocompletedata", "/rest/api/3/myself"];
    for sql in [
        "SELECT a.Key FROM Issues a JOIN Issues b ON a.ParentId = b.Id WHERE a.StatusId > 1 AND b.StatusCategory <> 'done'",
        "SELECT Key FROM Issues WHERE ProjectKey = 'PAY' UNION ALL SELECT Key FROM jql('project = PAY') WHERE StatusCategory <> 'done'",
        "SELECT (SELECT max(Votes) FROM Issues WHERE ProjectKey = 'PAY') AS m, count(*) FROM Issues WHERE StatusCategory <> 'done'",
    ] {
        // A connection of its own, which knows nothing yet.
        let fixture = Fixture::start(config.clone(), "").await;
        fixture.sandbox.clear_requests();
        fixture.rows(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let mut asked: Vec<String> = fixture.sandbox.requests().into_iter().map(|it| it.path).collect();
        asked.retain(|path| metadata.contains(&path.as_str()));
        let once: BTreeSet<&String> = asked.iter().collect();
        assert_eq!(once.len(), asked.len(), "{sql}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_keys_that_go_together_only_those_are_asked_for_that_the_query_names() {
    let fixture = Fixture::start(small(), "").await;
    fixture.warm().await;
    let asked = fixture.requests("SELECT * FROM ScreenTabFields WHERE TabId = 10000").await;
    let fields: Vec<_> = asked.iter().filter(|r| r.ends_with("/fields")).collect();
    assert_eq!(fields.len(), 1, "{asked:?}");
    let asked = fixture.requests("SELECT * FROM ScreenTabFields WHERE ScreenId = 1").await;
    assert!(asked.iter().all(|r| r.contains("/screens/1/")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_row_costs_no_request() {
    let fixture = site().await;
    for table in all().map(|it| it.name).chain(["ServerInfo"]) {
        for sql in [
            format!("SELECT * FROM {table} WHERE false"),
            format!("SELECT * FROM {table} LIMIT 0"),
            format!("EXPLAIN SELECT * FROM {table}"),
        ] {
            let served = fixture.requests(&sql).await;
            assert!(served.is_empty(), "`{sql}`: {served:#?}");
        }
        let none: usize = fixture
            .rows(&format!("SELECT * FROM {table} WHERE false"))
            .await
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(none, 0);
    }
}
