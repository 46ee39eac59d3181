//! Each kind of field, with rows that fit and rows that don't.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{environment, ids, oracle, refusal};
use crate::sandbox::assumptions::{
    Assumptions, DateBounds, DurationUnits, LabelCase, MissingRatio, PlainDuration, RepeatedHour,
    UnknownBound,
};
use crate::sandbox::generate::generate;
use crate::sandbox::jql::{compile, parse};
use crate::sandbox::model::{Caller, CustomValue, Issue, Site};

/// The query finds what the oracle says, which is some issues and not all.
fn finds(site: &Site, jql: &str, keep: impl Fn(&Issue) -> bool) {
    let expected = oracle(site, keep);
    let all = site.searchable_issues(Caller::Demo).count();
    assert!(!expected.is_empty() && expected.len() < all, "{jql}: {} of {all}", expected.len());
    assert_eq!(ids(site, jql), expected, "{jql}");
}

fn ids_under(site: &Site, assumptions: Assumptions, jql: &str) -> Vec<i64> {
    let mut environment = environment(site);
    environment.assumptions = assumptions;
    let (filter, _) = compile(&parse(jql).unwrap(), environment).unwrap();
    oracle(site, |issue| filter.matches(issue, site))
}

fn number(issue: &Issue, field: i64) -> Option<f64> {
    match issue.custom.get(&field) {
        Some(CustomValue::Number(number)) => Some(*number),
        _ => None,
    }
}

#[test]
fn values_with_ids_answer_to_name_and_id() {
    let site = generate(1, 600);
    finds(&site, "status = 'in progress'", |it| [3, 10_011].contains(&it.status_id));
    finds(&site, "status in (3)", |it| it.status_id == 3);
    finds(&site, "status != \"进行中\"", |it| it.status_id != 10_022);
    finds(&site, "statusCategory = Done", |it| [10_001, 10_013, 10_021].contains(&it.status_id));
    assert_eq!(ids(&site, "statusCategory in (undefined, 'No Category')"), Vec::<i64>::new());
    finds(&site, "statusCategory = indeterminate", |it| {
        [3, 10_011, 10_012, 10_020, 10_022].contains(&it.status_id)
    });
    let is_type = |it: &Issue, names: &[&str]| {
        site.issue_type(it.type_id).is_some_and(|kind| names.contains(&kind.name.as_str()))
    };
    finds(&site, "issuetype in (bug, 'Sub-task')", |it| is_type(it, &["Bug", "Sub-task"]));
    finds(&site, "type != Bug", |it| !is_type(it, &["Bug"]));
    finds(&site, "type = 10001", |it| it.type_id == 10_001);
    finds(&site, "hierarchyLevel = -1", |it| is_type(it, &["Sub-task"]));
    finds(&site, "priority = highest", |it| it.priority_id == Some(1));
    finds(&site, "priority != Highest", |it| it.priority_id.is_some_and(|id| id != 1));
    finds(&site, "priority is empty", |it| it.priority_id.is_none());
    finds(&site, "priority in (EMPTY, 1)", |it| it.priority_id.is_none_or(|id| id == 1));
    finds(&site, "priority not in (EMPTY, 1)", |it| it.priority_id.is_some_and(|id| id != 1));
    finds(&site, "component = 'c++ bindings'", |it| it.component_ids == [10_103]);
    finds(&site, "component is not NULL", |it| !it.component_ids.is_empty());
    finds(&site, "fixVersion = '1.1'", |it| {
        it.fix_version_ids.contains(&10_201) || it.fix_version_ids.contains(&10_211)
    });
    finds(&site, "affectedVersion = 10200", |it| it.version_ids.contains(&10_200));
    finds(&site, "level = staff", |it| it.security_level_id == Some(10_100));
    finds(&site, "securityLevel is EMPTY", |it| it.security_level_id.is_none());
    assert!(refusal(&site, "level = 'Board only'").contains("does not exist"));
    let parent = site.searchable_issues(Caller::Demo).find_map(|it| it.parent.clone()).unwrap();
    finds(&site, &format!("parent = {}", parent.key), |it| it.parent.as_ref() == Some(&parent));
    finds(&site, "parent is EMPTY", |it| it.parent.is_none());
}

#[test]
fn a_resolution_can_be_asked_for_as_unresolved() {
    let site = generate(1, 600);
    finds(&site, "resolution = Unresolved", |it| it.resolution_id.is_none());
    finds(&site, "resolution != unresolved", |it| it.resolution_id.is_some());
    finds(&site, "resolution in (Done, Unresolved)", |it| it.resolution_id.is_none_or(|id| id == 10_000));
    finds(&site, "resolution != 'done'", |it| it.resolution_id.is_some_and(|id| id != 10_000));
}

#[test]
fn priorities_and_versions_compare_by_their_configured_order() {
    let site = generate(1, 600);
    finds(&site, "priority > Medium", |it| it.priority_id.is_some_and(|id| id < 3));
    finds(&site, "priority <= Medium", |it| it.priority_id.is_some_and(|id| id >= 3));
    finds(&site, "not priority <= Medium", |it| it.priority_id.is_some_and(|id| id < 3));
    finds(&site, "fixVersion > '1.0'", |it| {
        it.fix_version_ids.iter().any(|id| [10_201, 10_202, 10_211, 10_212].contains(id))
    });
    finds(&site, "fixVersion <= 10201", |it| {
        it.fix_version_ids.iter().any(|id| [10_200, 10_201].contains(id))
    });
}

#[test]
fn users_are_accounts_the_caller_and_members_of_groups() {
    let site = generate(1, 600);
    let me = site.me().unwrap().account_id.clone();
    finds(&site, "assignee = currentUser()", |it| it.assignee.as_ref() == Some(&me));
    finds(&site, "reporter != currentUser()", |it| it.reporter.as_ref().is_some_and(|it| *it != me));
    let group = site.groups.iter().find(|it| (2..20).contains(&it.members.len())).unwrap();
    let members = |account: Option<&crate::sandbox::model::AccountId>| {
        account.is_some_and(|it| group.members.contains(it))
    };
    let name = group.name.replace('\\', "\\\\").replace('"', "\\\"");
    finds(&site, &format!("assignee in membersOf(\"{name}\")"), |it| members(it.assignee.as_ref()));
    finds(
        &site,
        &format!("cf[10035] in (membersOf(\"{name}\"), '{me}')"),
        |it| matches!(it.custom.get(&10_035), Some(CustomValue::User(user)) if members(Some(user)) || *user == me),
    );
    finds(&site, &format!("worklogAuthor = '{me}'"), |it| {
        it.visible_worklogs(Caller::Demo).iter().any(|it| it.author == me)
    });
    assert!(refusal(&site, "assignee = nobody").starts_with("The value 'nobody' does not exist"));
    assert!(refusal(&site, "assignee = membersOf('x')").contains("does not support the list"));
    assert!(refusal(&site, "assignee in currentUser()").contains("non-list value"));
    assert!(refusal(&site, "assignee in membersOf('no such group')").contains("the group does not exist"));
}

#[test]
fn labels_are_compared_with_or_without_case_as_assumed() {
    let site = generate(1, 600);
    let has = |it: &Issue, label: &str| it.labels.iter().any(|own| own == label);
    finds(&site, "labels = BACKEND", |it| has(it, "backend"));
    finds(&site, "labels in ('say\"what\"', 'back\\\\slash')", |it| {
        has(it, "say\"what\"") || has(it, "back\\slash")
    });
    finds(&site, "labels != backend", |it| !it.labels.is_empty() && !has(it, "backend"));
    finds(&site, "labels is EMPTY", |it| it.labels.is_empty());
    finds(&site, "cf[10038] = 'RED'", |it| it.custom.contains_key(&10_038));
    let strict = Assumptions { label_case: LabelCase::Counts, ..Assumptions::default() };
    assert_eq!(ids_under(&site, strict, "labels = BACKEND"), Vec::<i64>::new());
    assert_eq!(ids_under(&site, strict, "labels = backend"), oracle(&site, |it| has(it, "backend")));
    assert!(refusal(&site, "labels = 'two words'").contains("contains spaces"));
}

#[test]
fn numbers_compare_as_numbers_and_not_as_text() {
    let site = generate(1, 600);
    finds(&site, "votes > 9", |it| it.votes > 9);
    finds(&site, "watchers in (1, 2)", |it| [1, 2].contains(&it.watches));
    finds(&site, "cf[10016] = 13", |it| number(it, 10_016) == Some(13.0));
    finds(&site, "cf[10016] != '0.5'", |it| number(it, 10_016).is_some_and(|it| it > 0.5));
    finds(&site, "cf[10057] = -1.5", |it| number(it, 10_057) == Some(-1.5));
    finds(&site, "cf[10057] not in (0, 42)", |it| {
        number(it, 10_057).is_some_and(|it| it < 0.0 || it > 0.0 && it < 1.0 || it > 42.5)
    });
    finds(&site, "cf[10057] >= 1e15", |it| number(it, 10_057) == Some(1e15));
    finds(&site, "cf[10016] is EMPTY", |it| number(it, 10_016).is_none());
    finds(&site, "workRatio >= 100", |it| {
        it.original_estimate.is_some_and(|estimate| it.time_spent.unwrap_or(0) * 100 / estimate >= 100)
    });
    finds(&site, "workRatio is EMPTY", |it| it.original_estimate.is_none());
    let ratio = |it: &Issue| it.original_estimate.map(|all| it.time_spent.unwrap_or(0) * 100 / all);
    finds(&site, "workRatio < 100", |it| ratio(it).is_some_and(|it| it < 100));
    let minus_one = Assumptions { missing_ratio: MissingRatio::MinusOne, ..Assumptions::default() };
    assert_eq!(
        ids_under(&site, minus_one, "workRatio < 100"),
        oracle(&site, |it| ratio(it).is_none_or(|it| it < 100))
    );
    assert_eq!(ids_under(&site, minus_one, "workRatio is EMPTY"), Vec::<i64>::new());
    assert!(refusal(&site, "votes > many").contains("is not a number"));
}

#[test]
fn a_name_of_several_fields_is_any_of_them() {
    let site = generate(1, 600);
    let points = |it: &Issue| number(it, 10_016).or(number(it, 10_026));
    assert!(oracle(&site, |it| number(it, 10_026) == Some(3.0)).len() > 1);
    finds(&site, "'story points' = 3", |it| points(it) == Some(3.0));
    finds(&site, "\"Story Points[Number]\" > 3", |it| points(it).is_some_and(|it| it > 3.0));
    finds(&site, "\"Delivery note\" is not EMPTY", |it| {
        [10_059, 10_060]
            .iter()
            .any(|field| it.custom.get(field).is_some_and(|it| *it != CustomValue::Text(String::new())))
    });
    // What every site has does not share its name.
    finds(&site, "Summary ~ invoice", |it| it.summary.to_lowercase().contains("invoice"));
    assert!(refusal(&site, "customfield_10016 = 1").starts_with("Field 'customfield_10016' does not exist"));
    assert!(refusal(&site, "cf[1] = 1").starts_with("Field 'cf[1]' does not exist"));
}

#[test]
fn durations_have_units_or_count_minutes_as_assumed() {
    let site = generate(1, 600);
    let default = Assumptions::default();
    finds(&site, "originalEstimate >= 1d", |it| it.original_estimate.is_some_and(|it| it >= 8 * 3_600));
    finds(&site, "timeOriginalEstimate < '1d 2h'", |it| it.original_estimate.is_some_and(|it| it < 36_000));
    finds(&site, "remainingEstimate = 60", |it| it.remaining_estimate == Some(3_600));
    finds(&site, "timeSpent > 4h", |it| it.time_spent.is_some_and(|it| it > 4 * 3_600));
    finds(&site, "timeSpent is EMPTY", |it| it.time_spent.is_none());
    let seconds = Assumptions { plain_duration: PlainDuration::Seconds, ..default };
    assert_eq!(
        ids_under(&site, seconds, "remainingEstimate = 3600"),
        oracle(&site, |it| it.remaining_estimate == Some(3_600))
    );
    let calendar = Assumptions { duration_units: DurationUnits::Calendar, ..default };
    assert_eq!(
        ids_under(&site, calendar, "originalEstimate > 1d"),
        oracle(&site, |it| it.original_estimate.is_some_and(|it| it > 24 * 3_600))
    );
    assert!(refusal(&site, "timeSpent > soon").contains("not a valid duration"));
}

#[test]
fn days_have_no_time_of_day() {
    let site = generate(1, 600);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let due = |it: &Issue, keep: &dyn Fn(NaiveDate) -> bool| it.due_date.is_some_and(keep);
    finds(&site, "due < 2026-03-01", |it| due(it, &|it| it < day("2026-03-01")));
    finds(&site, "duedate >= '2026/03/01'", |it| due(it, &|it| it >= day("2026-03-01")));
    let one = site.searchable_issues(Caller::Demo).find_map(|it| it.due_date).unwrap();
    finds(&site, &format!("due = '{one}'"), |it| it.due_date == Some(one));
    finds(&site, &format!("due != {one}"), |it| due(it, &|it| it != one));
    let today = environment(&site).now.with_timezone(&environment(&site).zone).date_naive();
    finds(&site, "due > startOfDay(-1w)", |it| due(it, &|it| it > today - Days::new(7)));
    finds(
        &site,
        "cf[10036] <= '-100d'",
        |it| matches!(it.custom.get(&10_036), Some(CustomValue::Date(it)) if *it <= today - Days::new(100)),
    );
    for refused in ["due = '2026-03-01 10:00'", "due > 1767225600000", "due = '1.3.2026'", "due = 2026-3-1"] {
        assert!(refusal(&site, refused).starts_with("Date value"), "{refused}");
    }
}

#[test]
fn a_written_minute_bounds_as_assumed() {
    let site = generate(1, 2_000);
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let (first, next) = (at("2026-03-29T00:59:00Z"), at("2026-03-29T01:00:00Z"));
    assert!(oracle(&site, |it| it.created > first && it.created < next).len() > 1);
    let whole = Assumptions { date_bounds: DateBounds::WholeUnit, ..Assumptions::default() };
    let minute = "'2026-03-29 01:59'";
    for (operator, beginning, unit) in [
        (
            "<",
            &(|it: &Issue| it.created < first) as &dyn Fn(&Issue) -> bool,
            &(|it: &Issue| it.created < first) as &dyn Fn(&Issue) -> bool,
        ),
        ("<=", &|it| it.created <= first, &|it| it.created < next),
        (">", &|it| it.created > first, &|it| it.created >= next),
        (">=", &|it| it.created >= first, &|it| it.created >= first),
    ] {
        let jql = format!("created {operator} {minute}");
        assert_eq!(ids(&site, &jql), oracle(&site, beginning), "{jql}");
        assert_eq!(ids_under(&site, whole, &jql), oracle(&site, unit), "{jql}");
    }
}

#[test]
fn a_repeated_hour_is_the_first_or_the_second_as_assumed() {
    let mut site = generate(1, 20);
    // Berlin goes back from three to two at one o'clock UTC.
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let (first, second) = (at("2025-10-26T00:30:00Z"), at("2025-10-26T01:30:00Z"));
    let found: Vec<i64> = site.searchable_issues(Caller::Demo).map(|it| it.id).take(2).collect();
    site.issues.get_mut(&found[0]).unwrap().created = first;
    site.issues.get_mut(&found[1]).unwrap().created = second;
    assert_eq!(ids(&site, "created = '2025-10-26 02:30'"), [found[0]]);
    let later = Assumptions { repeated_hour: RepeatedHour::Second, ..Assumptions::default() };
    assert_eq!(ids_under(&site, later, "created = '2025-10-26 02:30'"), [found[1]]);
}

#[test]
fn date_functions_take_steps() {
    let site = generate(1, 2_000);
    // The clock of these tests stands at midnight UTC of the first of October, two o'clock in Berlin.
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let since = |from: &'static str| move |it: &Issue| it.created >= at(from);
    finds(&site, "created >= startOfDay(-3)", since("2026-09-27T22:00:00Z"));
    finds(&site, "created >= startOfWeek()", since("2026-09-27T22:00:00Z"));
    finds(&site, "created >= startOfMonth(-1M)", since("2026-08-31T22:00:00Z"));
    finds(&site, "created >= startOfMonth(\"-1w\")", since("2026-09-23T22:00:00Z"));
    finds(&site, "created >= startOfYear('+3M')", since("2026-03-31T22:00:00Z"));
    finds(&site, "created > endOfMonth(-7)", |it| it.created > at("2026-03-31T21:59:59.999Z"));
    finds(&site, "created <= endOfWeek(-10w)", |it| it.created <= at("2026-07-26T21:59:59.999Z"));
    finds(
        &site,
        "created > now() and created < now() or created > '-30d'",
        since("2026-09-01T00:00:00.001Z"),
    );
    assert!(refusal(&site, "created > startOfDay(x)").starts_with("Duration for function"));
    assert!(refusal(&site, "created > startOfEra()").starts_with("Unable to find JQL function"));
    assert!(refusal(&site, "created > '2026-02-30'").starts_with("Date value"));
}

#[test]
fn options_sprints_groups_and_pickers_answer_to_name_and_id() {
    let site = generate(1, 1_000);
    let custom =
        |it: &Issue, field: i64, keep: &dyn Fn(&CustomValue) -> bool| it.custom.get(&field).is_some_and(keep);
    let choice =
        |wanted: i64| move |it: &CustomValue| matches!(it, CustomValue::Choice(it) if it.id == wanted);
    finds(&site, "cf[10032] = 'major'", |it| custom(it, 10_032, &choice(10_301)));
    finds(&site, "Severity in (10302)", |it| custom(it, 10_032, &choice(10_302)));
    finds(&site, "Severity != Blocker", |it| custom(it, 10_032, &|it| !choice(10_302)(it)));
    finds(&site, "\"Checks done\" = Load", |it| {
        custom(it, 10_048, &|it| matches!(it, CustomValue::Choices(it) if it.len() == 3))
    });
    finds(&site, "Location = Berlin", |it| {
        custom(it, 10_034, &|it| matches!(it, CustomValue::Cascade(_, Some(_))))
    });
    let in_sprint = |it: &Issue, keep: &dyn Fn(i64, &str) -> bool| {
        custom(it, 10_020, &|it| match it {
            CustomValue::Sprints(all) => all.iter().any(|it| keep(it.id, it.state)),
            _ => false,
        })
    };
    finds(&site, "sprint = 10", |it| in_sprint(it, &|id, _| id == 10));
    finds(&site, "sprint = 'pay sprint 10'", |it| in_sprint(it, &|id, _| id == 10));
    finds(&site, "sprint in openSprints()", |it| in_sprint(it, &|_, state| state == "active"));
    finds(&site, "sprint not in (closedSprints(), futureSprints())", |it| {
        in_sprint(it, &|_, _| true) && !in_sprint(it, &|_, state| state != "active")
    });
    finds(&site, "Sprint is EMPTY", |it| !it.custom.contains_key(&10_020));
    finds(&site, "\"Owning group\" = 'JIRA-developers'", |it| {
        custom(it, 10_049, &|it| matches!(it, CustomValue::Group(it) if it.name == "jira-developers"))
    });
    finds(&site, "'Found in' = '1.0'", |it| {
        custom(it, 10_051, &|it| *it == CustomValue::Version(10_200) || *it == CustomValue::Version(10_210))
    });
    finds(&site, "'Related project' = PAY", |it| {
        custom(it, 10_053, &|it| *it == CustomValue::Project(10_000))
    });
    finds(&site, "Team = '36885b3c-1bf0-4f85-a357-c5b858c31de4'", |it| {
        custom(it, 10_054, &|it| matches!(it, CustomValue::Team(it) if it.name == "Ledger"))
    });
    finds(&site, "Development is EMPTY", |it| !it.custom.contains_key(&10_042));
    finds(&site, "attachments is not EMPTY", |it| !it.attachments.is_empty());
    for refused in
        ["Severity = Trivial", "sprint = 300", "sprint = 'Secret sprint 1'", "'Owning group' = nobody"]
    {
        assert!(refusal(&site, refused).contains("does not exist for the field"), "{refused}");
    }
}

#[test]
fn the_options_that_are_offered_are_those_that_issues_have() {
    let site = generate(1, 600);
    for issue in site.issues.values() {
        for (field, value) in &issue.custom {
            let chosen: Vec<i64> = match value {
                CustomValue::Choice(it) => vec![it.id],
                CustomValue::Choices(all) => all.iter().map(|it| it.id).collect(),
                CustomValue::Cascade(it, child) => [it].into_iter().chain(child).map(|it| it.id).collect(),
                _ => continue,
            };
            let offered = crate::sandbox::catalogue::options(*field);
            assert!(
                chosen.iter().all(|id| offered.iter().any(|(other, _)| other == id)),
                "{field}: {chosen:?}"
            );
        }
    }
}

#[test]
fn text_is_searched_by_words() {
    let site = generate(1, 600);
    let has = |it: &Issue, word: &str| it.summary.to_lowercase().contains(word);
    finds(&site, "summary ~ 'invoice'", |it| has(it, "invoice"));
    finds(&site, "summary !~ invoices", |it| !has(it, "invoice"));
    finds(&site, "not summary ~ invoices", |it| !has(it, "invoice"));
    assert_eq!(ids(&site, "summary ~ nvoice"), Vec::<i64>::new());
    finds(&site, "comment is not EMPTY", |it| !it.visible_comments(Caller::Demo).is_empty());
    finds(&site, "environment ~ linux", |it| it.environment.is_some());
    finds(&site, "'Imported from' ~ tracker", |it| it.custom.contains_key(&10_046));
    finds(&site, "text ~ tracker", |it| it.custom.contains_key(&10_046));
    assert!(refusal(&site, "summary ~ '*x'").contains("not allowed to start with"));
}

#[test]
fn an_unknown_bound_gives_no_rows_or_compares_as_assumed() {
    let site = generate(1, 200);
    let compared = Assumptions { unknown_bound: UnknownBound::Compared, ..Assumptions::default() };
    assert_eq!(ids(&site, "key < 'PAY-999999' and project = PAY"), Vec::<i64>::new());
    assert_eq!(
        ids_under(&site, compared, "key < 'PAY-999999' and project = PAY"),
        oracle(&site, |it| it.project_id == 10_000)
    );
    assert_eq!(ids_under(&site, compared, "id > 1").len(), 200);
}
