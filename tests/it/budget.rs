//! The request budget against a site that keeps its limits: as fast as allowed, next to nothing refused, all rows there.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use futures::StreamExt as _;
use jirrow::catalog::{Answer, Parameters, Session};
use jirrow::connection::Connection;
use jirrow::http::Event;
use jirrow::sandbox::assumptions::{LimitReadings, RefusalBody, ResetFormat, RetryAfter};
use jirrow::sandbox::{
    Deployment, Quota, QuotaForce, QuotaScope, QuotaWindow, RateLimit, Sandbox, SandboxConfig, UserBucket,
};

use crate::support::{Fixture, small};

/// One request for each issue.
const ONE_BY_ONE: &str = "SELECT IssueId, Id FROM IssueRemoteLinks";

fn limited(rate_limit: RateLimit) -> SandboxConfig {
    SandboxConfig { rate_limit: Some(rate_limit), ..small() }
}

fn quota(points: u64, length: Duration) -> Quota {
    let window = QuotaWindow::Every(length);
    Quota { points, window, scope: QuotaScope::Tenant, force: QuotaForce::Enforced }
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn statuses(fixture: &Fixture, status: u16) -> usize {
    fixture.sandbox.requests().iter().filter(|r| r.status == status).count()
}

/// A session with client credentials, and the points that were left when it began to wait for a quota.
fn app(sandbox: &Sandbox, keys: &str) -> (Session, Arc<Mutex<Vec<u64>>>) {
    let told = Arc::new(Mutex::new(vec![]));
    let text = format!("{};RetryDelay=1;{keys}", sandbox.oauth_connection_string());
    let connection: Connection = text.parse().unwrap();
    let log = Arc::clone(&told);
    let session = Session::builder().connection(connection).observer(Arc::new(move |event: &Event| {
        if let Event::Paused { points_left: Some(left), .. } = event {
            log.lock().unwrap().push(*left);
        }
    }));
    (session.build().unwrap(), told)
}

async fn rows_of(session: &Session, sql: &str) -> Vec<RecordBatch> {
    let statement = session.statements(sql).unwrap().pop_front().unwrap();
    let planned = session.plan_with(statement, sql, &Parameters::default()).await.unwrap();
    match session.start(planned, sql).await.unwrap() {
        Answer::Rows(stream) | Answer::Plan(stream) => stream.map(Result::unwrap).collect().await,
        Answer::Written(_) | Answer::Done => vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_many_requests_is_as_fast_as_the_site_allows_and_hardly_ever_refused() {
    let free = Fixture::start(SandboxConfig { issues: 400, ..small() }, "").await;
    free.warm().await;
    let started = Instant::now();
    let expected = count(&free.rows(ONE_BY_ONE).await.unwrap());
    // What this machine needs for as many requests that nobody holds back.
    let work = started.elapsed().as_secs_f64();
    let config = SandboxConfig { issues: 400, ..limited(RateLimit { burst: 0.2, ..RateLimit::default() }) };
    let fixture = Fixture::start(config, "MaxConcurrency=20").await;
    fixture.warm().await;
    fixture.sandbox.clear_requests();
    let started = Instant::now();
    let rows = count(&fixture.rows(ONE_BY_ONE).await.unwrap());
    let elapsed = started.elapsed().as_secs_f64();
    let served = fixture.sandbox.requests().iter().filter(|r| r.path.ends_with("/remotelink")).count();
    let refused = statuses(&fixture, 429);
    assert!(rows == expected && served >= 400, "{rows} rows of {expected}, {served} requests");
    assert!(refused * 50 <= served, "{refused} of {served} were refused");
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let allowed = (served - refused - 20) as f64 / 100.0;
    let enough = allowed + work;
    assert!(
        elapsed <= enough / 0.8,
        "{elapsed:.2} s where {allowed:.2} s are allowed and {work:.2} s are work"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_data_center_stays_within_the_bucket() {
    let user = UserBucket { size: 10.0, fill: 40.0, interval: Duration::from_secs(1) };
    let config = SandboxConfig {
        deployment: Deployment::DataCenter,
        ..limited(RateLimit { user, ..RateLimit::default() })
    };
    let fixture = Fixture::start(config, "").await;
    fixture.warm().await;
    fixture.sandbox.clear_requests();
    fixture.rows("SELECT * FROM Sprints").await.unwrap();
    let served = fixture.sandbox.requests().len();
    assert!(served > 40, "{served} requests are too few to say anything");
    assert_eq!(statuses(&fixture, 429), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_runs_out_is_waited_for_before_anything_is_refused() {
    let rate_limit = RateLimit { quota: Some(quota(1_500, Duration::from_secs(4))), ..RateLimit::default() };
    let sandbox = Sandbox::start(SandboxConfig { issues: 1_000, ..limited(rate_limit) }).await.unwrap();
    let (session, told) = app(&sandbox, "MaxConcurrency=2");
    // Descriptions come in blocks of a hundred, so that the quota runs out bit by bit.
    let rows = rows_of(&session, "SELECT Id, Description FROM Issues").await;
    assert_eq!(count(&rows), 1_000);
    let refused = sandbox.requests().iter().filter(|r| r.status == 429).count();
    assert_eq!(refused, 0);
    let told = told.lock().unwrap().clone();
    assert!(told.first().is_some_and(|left| *left < 300), "{told:?}");
    let totals = session.default_site().unwrap().client().totals();
    assert!(totals.throttled > Duration::from_millis(100), "{totals:?}");
}

/// One client uses the quota up, of which another knows nothing; gives the number of refusals.
async fn refusals_after_another_client(readings: LimitReadings) -> usize {
    let quota = Some(quota(300, Duration::from_secs(6)));
    let sandbox =
        Sandbox::start(limited(RateLimit { quota, readings, ..RateLimit::default() })).await.unwrap();
    let (greedy, _) = app(&sandbox, "");
    let (other, _) = app(&sandbox, "");
    assert_eq!(count(&rows_of(&other, "SELECT Key FROM Projects LIMIT 1").await), 1);
    rows_of(&greedy, "SELECT Id FROM Issues").await;
    assert!(count(&rows_of(&other, "SELECT * FROM Priorities").await) > 0);
    sandbox.requests().iter().filter(|r| r.status == 429).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_another_client_used_up_is_waited_for_whatever_the_refusal_looks_like() {
    let (given, page, bare) = tokio::join!(
        refusals_after_another_client(LimitReadings::default()),
        refusals_after_another_client(LimitReadings {
            refusal_body: RefusalBody::Html,
            reset_format: ResetFormat::Seconds,
            ..LimitReadings::default()
        }),
        refusals_after_another_client(LimitReadings {
            retry_after: RetryAfter::Missing,
            reset_format: ResetFormat::Seconds,
            refusal_body: RefusalBody::Html,
        }),
    );
    assert_eq!((given, page), (1, 1));
    assert!((1..=3).contains(&bare), "{bare}");
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_counted_as_the_site_counts_them_and_only_where_it_does() {
    let rate_limit =
        RateLimit { quota: Some(quota(50_000, Duration::from_hours(1))), ..RateLimit::default() };
    let sandbox = Sandbox::start(limited(rate_limit.clone())).await.unwrap();
    let (session, _) = app(&sandbox, "");
    rows_of(&session, "EXPLAIN SELECT Id FROM Issues").await;
    rows_of(&session, "SELECT Key FROM Projects").await;
    let before = sandbox.spent_points();
    let text =
        pretty_format_batches(&rows_of(&session, "EXPLAIN ANALYZE SELECT Id, Summary FROM Issues").await);
    let text = text.unwrap().to_string();
    let spent = sandbox.spent_points() - before;
    assert!(spent > 300, "{spent}");
    assert!(text.contains(&format!("points={spent}")), "{spent} points: {text}");
    rows_of(&session, "SELECT * FROM Users").await;
    let totals = session.default_site().unwrap().client().totals();
    assert_eq!(totals.points, sandbox.spent_points());

    let fixture = Fixture::start(limited(rate_limit), "").await;
    let text = pretty_format_batches(&fixture.rows("EXPLAIN ANALYZE SELECT Id FROM Issues").await.unwrap());
    assert_eq!(text.unwrap().to_string().matches("points=").count(), 1, "the estimate alone");
    assert_eq!(
        (fixture.sandbox.spent_points(), fixture.session.default_site().unwrap().client().totals().points),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_its_time_makes_no_more_be_fetched_and_one_that_leaves_nothing() {
    let fixture = Fixture::start(SandboxConfig { issues: 1_000, ..small() }, "").await;
    fixture.warm().await;
    fixture.sandbox.clear_requests();
    let session = &fixture.session;
    let statement = session.statements(ONE_BY_ONE).unwrap().pop_front().unwrap();
    let planned = session.plan_with(statement, ONE_BY_ONE, &Parameters::default()).await.unwrap();
    let Answer::Rows(mut rows) = session.start(planned, ONE_BY_ONE).await.unwrap() else { unreachable!() };
    rows.next().await.unwrap().unwrap();
    let served = || fixture.sandbox.requests().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let at_rest = served();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(served(), at_rest, "nobody reads, and still more is asked for");
    assert!(at_rest < 100, "{at_rest} requests for the first rows");
    rows.next().await.unwrap().unwrap();
    assert!(served() > at_rest);
    drop(rows);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let at_end = served();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(served() == at_end && at_end < 500, "{at_end}, then {}", served());
}
