//! What queries mean, against the model.

mod fields;
mod history;
mod operators;
mod order;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::dates::period;
use super::evaluate::{Environment, Validation, compile};
use super::parse;
use crate::sandbox::assumptions::{ArchivedKey, Assumptions, EpochPrecision, UnknownKey};
use crate::sandbox::deployment::Deployment;
use crate::sandbox::generate::{end_of_data, generate};
use crate::sandbox::model::{Access, Caller, Issue, Site};

fn environment(site: &Site) -> Environment<'_> {
    Environment {
        deployment: Deployment::Cloud,
        validation: Validation::Refuses,
        site,
        caller: Caller::Demo,
        now: end_of_data(),
        zone: Tz::Europe__Berlin,
        assumptions: Assumptions::default(),
    }
}

fn ids(site: &Site, jql: &str) -> Vec<i64> {
    let (filter, _) = compile(&parse(jql).unwrap(), environment(site)).unwrap();
    site.searchable_issues(Caller::Demo)
        .filter(|issue| filter.matches(issue, site))
        .map(|issue| issue.id)
        .collect()
}

fn refusal(site: &Site, jql: &str) -> String {
    compile(&parse(jql).unwrap(), environment(site)).unwrap_err().0.join(" / ")
}

fn oracle(site: &Site, keep: impl Fn(&Issue) -> bool) -> Vec<i64> {
    site.searchable_issues(Caller::Demo).filter(|issue| keep(issue)).map(|issue| issue.id).collect()
}

#[test]
fn projects_answer_to_key_id_and_name_in_any_case() {
    let site = generate(1, 200);
    let expected = oracle(&site, |issue| issue.project_id == 10_001);
    assert!(!expected.is_empty());
    for jql in ["project = 'select'", "project = 10001", "project in (\"service, \\\"SELECT\\\"\")"] {
        assert_eq!(ids(&site, jql), expected, "{jql}");
    }
    assert_eq!(ids(&site, "NOT project = 'SELECT'"), oracle(&site, |issue| issue.project_id != 10_001));
}

#[test]
fn an_inequality_drops_issues_without_a_value() {
    let site = generate(1, 200);
    let account = site.users[3].account_id.clone();
    let expected = oracle(&site, |issue| issue.assignee.as_ref().is_some_and(|it| *it != account));
    assert_eq!(ids(&site, &format!("assignee != '{account}'")), expected);
    assert_eq!(ids(&site, &format!("!(assignee in ('{account}'))")), expected);
    assert_eq!(ids(&site, "assignee is EMPTY"), oracle(&site, |issue| issue.assignee.is_none()));
}

#[test]
fn a_string_date_is_a_minute_or_a_day_of_the_callers_zone() {
    let site = generate(1, 2_000);
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // 29 March 2026 has 23 hours in Berlin.
    let day = oracle(&site, |issue| {
        issue.created >= at("2026-03-28T23:00:00Z") && issue.created < at("2026-03-29T22:00:00Z")
    });
    assert!(!day.is_empty());
    assert_eq!(ids(&site, "created = '2026-03-29'"), day);
    assert_eq!(ids(&site, "created >= '2026/03/29' and created < \"2026-03-30 00:00\""), day);
    let minute = oracle(&site, |issue| {
        issue.created >= at("2026-03-29T00:59:00Z") && issue.created < at("2026-03-29T01:00:00Z")
    });
    assert!(!minute.is_empty());
    assert_eq!(ids(&site, "created = '2026-03-29 01:59'"), minute);
}

#[test]
fn epoch_milliseconds_are_exact_or_cut_to_the_minute_as_assumed() {
    let site = generate(1, 50);
    let issue =
        site.searchable_issues(Caller::Demo).find(|it| it.updated.timestamp_millis() % 60_000 > 1).unwrap();
    let jql = format!("updated < {} and id = {}", issue.updated.timestamp_millis(), issue.id);
    assert_eq!(ids(&site, &jql), Vec::<i64>::new());
    let jql = format!("updated <= {} and id = {}", issue.updated.timestamp_millis(), issue.id);
    assert_eq!(ids(&site, &jql), vec![issue.id]);
    let mut minute = environment(&site);
    minute.assumptions.epoch = EpochPrecision::Minute;
    let (filter, _) = compile(&parse(&jql).unwrap(), minute).unwrap();
    assert!(!filter.matches(issue, &site));
}

#[test]
fn a_bound_that_is_no_issue_gives_no_rows_and_no_error() {
    let site = generate(1, 50);
    assert_eq!(ids(&site, "id > 1"), Vec::<i64>::new());
    assert_eq!(ids(&site, "key >= 'NOPE-1'"), Vec::<i64>::new());
    let first = site.searchable_issues(Caller::Demo).next().unwrap();
    assert_eq!(ids(&site, &format!("id > {}", first.id)).len(), 49);
}

#[test]
fn what_the_site_does_not_have_is_refused() {
    let site = generate(1, 50);
    let id = site.searchable_issues(Caller::Demo).next().unwrap().id;
    for (jql, part) in [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("project = 'BOARD'", "The value 'BOARD' does not exist"),
        ("nope = 1", "Field 'nope' does not exist"),
        ("summary = 'x'", "The operator '=' is not supported by the 'summary' field."),
        ("key is EMPTY", "The operator 'is' is not supported by the 'key' field."),
        ("key = 'NOPE-1'", "An issue with key 'NOPE-1' does not exist for field 'key'."),
        ("updated >= '1767225600000'", "Date value '1767225600000' for field 'updated' is invalid."),
        ("project is not EMPTY order by comment", "Not able to sort using field 'comment'."),
        ("order by key", "Unbounded JQL queries are not allowed here."),
    ] {
        let message = refusal(&site, jql);
        assert!(message.starts_with(part), "{jql}: {message}");
    }
    let list = format!("id in ({id}, 1)");
    assert!(refusal(&site, &list).contains("'1'"));
    let archived =
        site.issues.values().find(|it| site.access(it, Caller::Demo) == Access::DirectOnly).unwrap().id;
    let archived = format!("id = {archived}");
    assert_eq!(ids(&site, &archived), Vec::<i64>::new());
    let mut strict = environment(&site);
    strict.assumptions.archived_key = ArchivedKey::Unknown;
    assert!(compile(&parse(&archived).unwrap(), strict).is_err());
    let mut lenient = environment(&site);
    lenient.assumptions.unknown_key = UnknownKey::Ignored;
    assert!(compile(&parse(&list).unwrap(), lenient).is_ok());
}

#[test]
fn periods_count_from_now() {
    assert_eq!(period("-4w 2d"), TimeDelta::try_days(-30));
    assert_eq!(period("90m"), TimeDelta::try_minutes(90));
    assert_eq!(period("4x"), None);
    assert_eq!(period(""), None);
}
