#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::date_trunc;
use datafusion::functions_nested::expr_fn::array_has;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{cast, col, lit};

use super::*;
use crate::schema::Library;

fn issues() -> std::sync::Arc<Table> {
    Library::built_in().table("jira", "public", "Issues").unwrap().unwrap()
}

fn values(expr: &Expr) -> Option<(String, Vec<String>)> {
    let issues = issues();
    restriction(expr, &issues).map(|r| (issues.columns[r.column].name.clone(), r.values))
}

fn name(column: &str) -> Expr {
    col(format!("\"{column}\""))
}

#[test]
fn equality_and_in_become_the_values_that_a_row_may_have() {
    let found = values(&name("Key").eq(lit("A")).or(name("Key").eq(lit("B"))));
    assert_eq!(found, Some(("Key".into(), vec!["A".into(), "B".into()])));
    let found = values(&name("Id").in_list(vec![lit(3_i64), lit(1_i64), lit(3_i64)], false));
    assert_eq!(found, Some(("Id".into(), vec!["1".into(), "3".into()])));
    assert_eq!(values(&lit("K-1").eq(name("Key"))), Some(("Key".into(), vec!["K-1".into()])));
}

#[test]
fn null_equals_nothing() {
    let null = lit(ScalarValue::Utf8(None));
    assert_eq!(values(&name("Key").eq(null.clone())), Some(("Key".into(), vec![])));
    let list = name("Key").in_list(vec![lit("A"), null], false);
    assert_eq!(values(&list), Some(("Key".into(), vec!["A".into()])));
}

#[test]
fn what_is_no_equality_on_a_usable_column_stays_with_the_engine() {
    assert_eq!(values(&name("Id").gt(lit(1_i64))), None);
    assert_eq!(values(&name("Summary").eq(lit("x"))), None);
    assert_eq!(values(&name("Key").in_list(vec![lit("A")], true)), None);
    assert_eq!(values(&name("Key").eq(lit("A")).or(name("Id").eq(lit(1_i64)))), None);
    assert_eq!(values(&name("Key").eq(name("Key"))), None);
}

#[test]
fn a_conjunction_keeps_the_values_that_all_of_it_accept() {
    let issues = issues();
    let filters = [
        name("Key").in_list(vec![lit("A"), lit("B")], false),
        name("Key").in_list(vec![lit("B"), lit("C")], false),
    ];
    let found = conjunction(&filters, &issues);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].values, ["B"]);
}

fn jql(expr: &Expr) -> Option<String> {
    term(expr, &issues()).map(|term| term.jql)
}

fn day(text: &str) -> Expr {
    lit(ScalarValue::Utf8(Some(text.into())).cast_to(&DataType::Date32).unwrap())
}

fn instant(text: &str) -> Expr {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    lit(ScalarValue::Utf8(Some(text.into())).cast_to(&instant).unwrap())
}

#[test]
fn comparisons_become_conditions_in_jql() {
    let minutes = "created >= 1767323040000";
    for (expr, expected) in [
        (name("ProjectKey").eq(lit("PAY")), "project = \"PAY\""),
        (name("ProjectKey").in_list(vec![lit("A"), lit("B\"")], false), "project in (\"A\", \"B\\\"\")"),
        (name("StatusId").eq(lit(3_i64)), "status = 3"),
        (name("StatusId").not_eq(lit(3_i64)), "status != 3"),
        (name("StatusId").in_list(vec![lit(3_i64), lit(4_i64)], true), "status not in (3, 4)"),
        (name("StatusCategory").not_eq(lit("done")), "statusCategory != \"done\""),
        (name("Votes").gt(lit(5_i64)), "votes > 5"),
        (lit(5_i64).gt(name("Votes")), "votes < 5"),
        (!name("Votes").gt(lit(5_i64)), "votes <= 5"),
        (name("Votes").between(lit(1_i64), lit(5_i64)), "votes >= 1 AND votes <= 5"),
        (name("DueDate").lt(day("2026-01-02")), "duedate < \"2026-01-02\""),
        (name("DueDate").not_eq(day("2026-01-02")), "duedate != \"2026-01-02\""),
        (name("Created").gt_eq(instant("2026-01-02T03:04:05Z")), minutes),
        (name("Created").gt(instant("2026-01-02T03:04:05Z")), minutes),
        (name("Created").lt(instant("2026-01-02T03:04:00Z")), "created <= 1767323100000"),
        (
            name("Created").eq(instant("2026-01-02T03:04:05Z")),
            "created >= 1767323040000 AND created <= 1767323100000",
        ),
        (name("TimeSpentSeconds").gt_eq(lit(5_430_i64)), "timespent >= \"90m\""),
        (name("TimeSpentSeconds").lt_eq(lit(5_430_i64)), "timespent <= \"91m\""),
        (name("Resolution").is_null(), "resolution is EMPTY"),
        (name("DueDate").is_not_null(), "duedate is not EMPTY"),
        (array_has(name("Labels"), lit("x y")), "labels = \"x y\""),
        // As it stands where the value is of another representation of text.
        (
            array_has(
                cast(name("Labels"), DataType::new_list(DataType::Utf8View, true)),
                lit(ScalarValue::Utf8View(Some("x".into()))),
            ),
            "labels = \"x\"",
        ),
        (
            name("ProjectKey")
                .eq(lit("A"))
                .or(name("Votes").gt(lit(1_i64)))
                .and(name("StatusId").eq(lit(3_i64))),
            "(project = \"A\" OR votes > 1) AND status = 3",
        ),
        // What JQL can't say is left out of a conjunction.
        (name("ProjectKey").eq(lit("A")).and(name("Summary").eq(lit("x"))), "project = \"A\""),
        (!name("Votes").gt(lit(1_i64)).or(name("Summary").eq(lit("x"))), "votes <= 1"),
        // A day of an instant is another one elsewhere on earth.
        (
            cast(name("Created"), DataType::Date32).eq(day("2026-01-02")),
            "created >= 1767225600000 AND created <= 1767484860000",
        ),
        (
            cast(
                cast(
                    name("Created"),
                    DataType::Timestamp(TimeUnit::Microsecond, Some("Asia/Kolkata".into())),
                ),
                DataType::Date32,
            )
            .gt_eq(day("2026-01-02")),
            "created >= 1767225600000",
        ),
        // January, and a day around it for the zones.
        (
            date_trunc(lit("month"), name("Created")).eq(instant("2026-01-01T00:00:00Z")),
            "created >= 1767139200000 AND created <= 1769990460000",
        ),
        // The week in which a month begins may begin in the month before.
        (
            date_trunc(lit("week"), date_trunc(lit("month"), name("Created")))
                .lt_eq(instant("2026-01-01T00:00:00Z")),
            "created <= 1770595260000",
        ),
        (
            date_trunc(lit("year"), name("DueDate")).gt_eq(instant("2026-01-01T00:00:00Z")),
            "duedate >= \"2025-12-30\"",
        ),
    ] {
        assert_eq!(jql(&expr).as_deref(), Some(expected), "{expr}");
    }
}

#[test]
fn what_jql_might_find_less_by_stays_with_the_engine() {
    for expr in [
        // Names in other letters are the same to JQL, so that it would leave out what SQL keeps.
        name("Status").not_eq(lit("Done")),
        name("StatusCategory").not_eq(lit("Done")),
        !name("ProjectKey").in_list(vec![lit("A")], false),
        !array_has(name("Labels"), lit("x")),
        // A misfit is NULL here, and no empty field there; a list is never NULL.
        name("DueDate").is_null(),
        name("Labels").is_not_null(),
        // To JQL an empty text asks for what is empty.
        name("Status").eq(lit("")),
        name("Status").eq(lit(" Done")),
        name("StatusId").eq(lit(-1_i64)),
        name("StatusId").in_list(vec![lit(3_i64), lit(ScalarValue::Int64(None))], true),
        name("Created").not_eq(instant("2026-01-02T03:04:05Z")),
        name("ProjectKey").eq(lit("A")).or(name("Summary").eq(lit("x"))),
        name("ProjectKey").eq(name("Status")),
        name("Summary").eq(lit("x")),
        name("Id").gt(lit(1_i64)),
        name("Key").lt(lit("PAY-1")),
        // Before 1970 lies nothing that could be left out.
        name("Created").gt(instant("1969-12-31T00:00:00Z")),
    ] {
        assert_eq!(jql(&expr), None, "{expr}");
    }
}

fn said(table: &str, path: &str, filters: &[Expr]) -> String {
    let table = Library::built_in().table("jira", "public", table).unwrap().unwrap();
    let arguments = arguments(table.path(path).unwrap(), &Pushed::of(filters, &table));
    let pairs: Vec<String> =
        arguments.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let is_taken = filters.iter().any(|filter| Pushed::takes(filter, &table));
    assert!(pairs.is_empty() || is_taken, "{pairs:?} travels, and nobody says so");
    pairs.join("&")
}

#[test]
fn a_feed_begins_before_the_earliest_instant_that_a_row_may_have() {
    let since = |expr: &Expr| said("Worklogs", "feed", std::slice::from_ref(expr));
    let start = instant("2026-01-02T03:04:05Z");
    let minute_before = "since=1767322985000";
    let both = name("Updated")
        .between(start.clone(), instant("2027-01-01T00:00:00Z"))
        .and(name("Id").gt(lit(1_i64)));
    for (expr, expected) in [
        (name("Updated").gt(start.clone()), minute_before),
        (start.clone().lt_eq(name("Created")), minute_before),
        (both, minute_before),
        (name("Updated").eq(start.clone()), minute_before),
        (
            name("Created").gt(start.clone()).and(name("Updated").gt(instant("2026-01-01T00:00:00Z"))),
            minute_before,
        ),
        (name("Updated").lt(start.clone()), ""),
        (name("Updated").gt(start.clone()).or(name("Id").gt(lit(1_i64))), ""),
        (name("Started").gt(start), ""),
    ] {
        assert_eq!(since(&expr), expected, "{expr}");
    }
}

#[test]
fn values_travel_in_parameters_where_the_service_is_sure_to_know_them() {
    let state = |expr: Expr| said("Sprints", "of boards", &[expr]);
    let null = lit(ScalarValue::Utf8(None));
    let is = |value: &str| name("State").eq(lit(value));
    for (expr, expected) in [
        (is("active"), "state=active"),
        (is("active").or(is("future")), "state=active,future"),
        (name("State").in_list(vec![lit("closed"), null], false), "state=closed"),
        (is("Active"), ""),
        (is("active").or(is("archived")), ""),
        (name("State").not_eq(lit("active")), ""),
        (is("active").or(name("Name").eq(lit("x"))), ""),
        (name("State").in_list(vec![lit("closed")], true), ""),
    ] {
        assert_eq!(state(expr.clone()), expected, "{expr}");
    }
    assert_eq!(said("Sprints", "of boards", &[is("active").or(is("future")), is("future")]), "state=future");
    assert_eq!(said("Boards", "list", &[name("Type").eq(lit("scrum"))]), "type=scrum");
    let two = name("Type").in_list(vec![lit("scrum"), lit("kanban")], false);
    assert_eq!(said("Boards", "list", &[two]), "", "one value is all that is sure");
    assert_eq!(said("Boards", "plain list", &[name("Type").eq(lit("simple"))]), "");
}

#[test]
fn ids_travel_in_parameters_as_long_as_they_could_be_some() {
    let owner = |id: &str| said("Filters", "search", &[name("OwnerAccountId").eq(lit(id))]);
    assert_eq!(owner("557058:9a-B_c"), "accountId=557058:9a-B_c");
    for id in ["", "unknown", "a b", "a,b", "a&b", "-1", "é", &"a".repeat(129)] {
        assert_eq!(owner(id), "", "{id}");
    }
    let schemes = |ids: std::ops::Range<i64>| {
        said("SecurityLevels", "list", &[name("SecuritySchemeId").in_list(ids.map(lit).collect(), false)])
    };
    assert_eq!(schemes(1..3), "schemeId=1&schemeId=2");
    assert_eq!(schemes(1..52), "", "an address would be too long");
    assert_eq!(schemes(-1..1), "");
}

#[test]
fn a_boolean_is_true_or_false_and_never_unknown() {
    let done = |expr: Expr| said("BoardEpics", "of one board", &[expr]);
    let column = || name("Done");
    for (expr, expected) in [
        (column(), "done=true"),
        (!column(), "done=false"),
        (column().is_true(), "done=true"),
        (column().is_false(), "done=false"),
        (column().eq(lit(true)), "done=true"),
        (column().in_list(vec![lit(false)], false), "done=false"),
        (column().is_not_true(), ""),
        (column().is_not_false(), ""),
        (column().is_unknown(), ""),
        (column().or(!column()), ""),
        (column().or(name("Name").eq(lit("x"))), ""),
        (!(column().is_true()), ""),
    ] {
        assert_eq!(done(expr.clone()), expected, "{expr}");
    }
}

#[test]
fn instants_travel_in_parameters_further_out_than_they_are() {
    let created = |expr: Expr| said("AuditRecords", "list", &[expr]);
    let at = || instant("2026-01-02T03:04:05.678901Z");
    let column = || name("Created");
    for (expr, expected) in [
        (column().gt(at()), "from=2026-01-02T03:03:05.678Z"),
        (column().lt_eq(at()), "to=2026-01-02T03:05:05.679Z"),
        (at().gt(column()), "to=2026-01-02T03:05:05.679Z"),
        (column().eq(at()), "from=2026-01-02T03:03:05.678Z&to=2026-01-02T03:05:05.679Z"),
        (column().lt(instant("1960-01-01T00:00:00Z")), "to=1970-01-01T00:00:00.000Z"),
        (column().gt(instant("1960-01-01T00:00:00Z")), ""),
        (column().lt(instant("9999-12-31T23:59:59Z")), ""),
        (column().not_eq(at()), ""),
        (column().not_between(at(), at()), ""),
        (column().gt(lit(ScalarValue::TimestampMicrosecond(None, Some("UTC".into())))), ""),
        (
            date_trunc(lit("month"), column()).eq(instant("2026-02-01T00:00:00Z")),
            "from=2026-01-30T23:59:00.000Z&to=2026-03-05T00:01:00.001Z",
        ),
        // A day is another time elsewhere on earth.
        (
            cast(column(), DataType::Date32).eq(day("2026-01-02")),
            "from=2025-12-31T23:59:00.000Z&to=2026-01-04T00:01:00.001Z",
        ),
    ] {
        assert_eq!(created(expr.clone()), expected, "{expr}");
    }
}
