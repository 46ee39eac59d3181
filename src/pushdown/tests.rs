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

#[test]
fn a_feed_begins_at_the_earliest_instant_that_a_row_may_have() {
    let worklogs = Library::built_in().table("jira", "public", "Worklogs").unwrap().unwrap();
    let floors = |expr: &Expr| {
        let floors = Pushed::of(std::slice::from_ref(expr), &worklogs).floors;
        floors
            .iter()
            .map(|f| (worklogs.columns[f.column].name.clone(), f.micros / 1_000_000))
            .collect::<Vec<_>>()
    };
    let (start, second) = (instant("2026-01-02T03:04:05Z"), 1_767_323_045);
    assert_eq!(floors(&name("Updated").gt(start.clone())), [("Updated".to_owned(), second)]);
    assert_eq!(floors(&start.clone().lt_eq(name("Created"))), [("Created".to_owned(), second)]);
    let both = name("Updated")
        .between(start.clone(), instant("2027-01-01T00:00:00Z"))
        .and(name("Id").gt(lit(1_i64)));
    assert_eq!(floors(&both), [("Updated".to_owned(), second)]);
    assert_eq!(floors(&name("Updated").lt(start.clone())), []);
    assert_eq!(floors(&name("Updated").gt(start).or(name("Id").gt(lit(1_i64)))), []);
}
