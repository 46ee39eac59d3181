//! What ORDER BY makes of a result.

use super::environment;
use crate::sandbox::assumptions::EmptyOrder;
use crate::sandbox::generate::generate;
use crate::sandbox::jql::{Direction, Sort, compile, parse};
use crate::sandbox::model::{Caller, CustomValue, Issue, Site};
use crate::sandbox::search::sorted;

fn rows<'a>(site: &'a Site, jql: &str, empty: EmptyOrder) -> Vec<&'a Issue> {
    let mut environment = environment(site);
    environment.assumptions.empty_order = empty;
    let (filter, mut order) = compile(&parse(jql).unwrap(), environment).unwrap();
    order.push(Sort::by_id(Direction::Ascending));
    let found = site.searchable_issues(Caller::Demo).filter(|issue| filter.matches(issue, site));
    sorted(found, site, &order, None, usize::MAX)
}

/// The rows are in the order of what the function makes of them, ties by id.
fn in_order<K: Ord + std::fmt::Debug>(site: &Site, field: &str, of: impl Fn(&Issue) -> K) {
    let found = rows(site, &format!("project is not EMPTY order by {field}"), EmptyOrder::Greatest);
    let keys: Vec<(K, i64)> = found.iter().map(|it| (of(it), it.id)).collect();
    assert!(keys.is_sorted(), "{field}: {keys:?}");
    let down = rows(site, &format!("project is not EMPTY order by {field} desc"), EmptyOrder::Greatest);
    assert!(down.iter().map(|it| of(it)).is_sorted_by(|left, right| left >= right), "{field} desc");
}

/// What has no value is the greatest.
fn last<T>(value: Option<T>) -> (bool, Option<T>) {
    (value.is_none(), value)
}

#[test]
fn every_kind_of_field_sorts_in_its_own_way() {
    let site = generate(1, 300);
    in_order(&site, "priority", |it| last(it.priority_id.map(|id| -id)));
    in_order(&site, "due", |it| last(it.due_date));
    in_order(&site, "resolved", |it| last(it.resolution_date.map(|at| at.timestamp_millis())));
    in_order(&site, "votes", |it| it.votes);
    in_order(&site, "timeSpent", |it| last(it.time_spent));
    in_order(&site, "summary", |it| it.summary.to_lowercase());
    in_order(&site, "issuetype", |it| site.issue_type(it.type_id).map(|it| it.name.to_lowercase()));
    in_order(&site, "fixVersion", |it| last(it.fix_version_ids.iter().copied().min()));
    in_order(&site, "assignee", |it| {
        last(it.assignee.as_ref().and_then(|it| site.user(it)).map(|it| it.display_name.to_lowercase()))
    });
    in_order(&site, "labels", |it| last(it.labels.iter().map(|it| it.to_lowercase()).min()));
    in_order(&site, "cf[10057]", |it| {
        last(match it.custom.get(&10_057) {
            Some(CustomValue::Number(number)) => Some((number * 10.0).to_string().parse::<i128>().unwrap()),
            _ => None,
        })
    });
    in_order(&site, "Rank", |it| match it.custom.get(&10_019) {
        Some(CustomValue::Text(rank)) => Some(rank.clone()),
        _ => None,
    });
}

#[test]
fn issues_without_a_value_stand_where_it_is_assumed() {
    let site = generate(1, 300);
    for (empty, ascending, descending) in [
        (EmptyOrder::Greatest, false, true),
        (EmptyOrder::Least, true, false),
        (EmptyOrder::Last, false, false),
    ] {
        for (direction, first) in [("asc", ascending), ("desc", descending)] {
            let found = rows(&site, &format!("project is not EMPTY order by due {direction}"), empty);
            let ends = [found[0].due_date.is_none(), found[found.len() - 1].due_date.is_none()];
            assert_eq!(ends, [first, !first], "{empty:?} {direction}");
        }
    }
}
