//! What the site says of its fields is what it does.

use serde_json::Value;

use super::{environment, refusal};
use crate::sandbox::generate::generate;
use crate::sandbox::jql::{compile, parse, reference};
use crate::sandbox::model::{Caller, Site};

/// A value that a field takes, by the class that the site names.
fn value(site: &Site, field: &str, class: &str) -> String {
    let account = &site.users[0].account_id;
    let issue = site.searchable_issues(Caller::Demo).next().unwrap().key.clone();
    match class.rsplit('.').next().unwrap() {
        "Project" => "PAY".to_owned(),
        "Issue" => issue,
        "IssueType" => "Bug".to_owned(),
        "Number" | "Sprint" => "1".to_owned(),
        "Status" | "StatusCategory" => "Done".to_owned(),
        "Priority" => "High".to_owned(),
        "Resolution" => "Duplicate".to_owned(),
        "ApplicationUser" => format!("\"{account}\""),
        "Label" => "red".to_owned(),
        "ProjectComponent" => "API".to_owned(),
        "Version" => "\"1.0\"".to_owned(),
        "IssueSecurityLevel" => "Staff".to_owned(),
        "Date" => "2026-03-01".to_owned(),
        "String" => "word".to_owned(),
        "Option" => match field {
            "Severity" => "Major",
            "Platforms" => "iOS",
            "Location" => "Berlin",
            "\"Found during\"" => "Test",
            "\"Checks done\"" => "Load",
            _ => "Yes",
        }
        .to_owned(),
        "Group" => "jira-developers".to_owned(),
        _ => "\"36885b3c-1bf0-4f85-a357-c5b858c31de4\"".to_owned(),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

const OPERATORS: [&str; 12] = ["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "~", "!~"];

#[test]
fn every_listed_operator_works_and_every_other_is_refused() {
    let site = generate(1, 100);
    let reference = reference(&site);
    let fields = reference["visibleFieldNames"].as_array().unwrap();
    assert!(fields.len() > 80, "{} fields", fields.len());
    let mut refused = 0;
    for entry in fields {
        let field = entry["value"].as_str().unwrap();
        let value = value(&site, field, texts(&entry["types"])[0]);
        let listed = texts(&entry["operators"]);
        for operator in OPERATORS {
            let jql = match operator {
                "in" | "not in" => format!("{field} {operator} ({value}, {value})"),
                "is" | "is not" => format!("{field} {operator} EMPTY"),
                _ => format!("{field} {operator} {value}"),
            };
            if listed.contains(&operator) {
                let found = compile(&parse(&jql).unwrap(), environment(&site));
                assert!(found.is_ok(), "{jql}: {:?}", found.err());
            } else {
                refused += 1;
                let message = refusal(&site, &jql);
                assert!(
                    message.starts_with(&format!("The operator '{operator}' is not supported by the '")),
                    "{jql}: {message}"
                );
            }
        }
        let with_empty = compile(&parse(&format!("{field} in (EMPTY)")).unwrap(), environment(&site));
        assert_eq!(
            with_empty.is_ok(),
            listed.contains(&"in") && listed.contains(&"is"),
            "{field} in (EMPTY)"
        );
        let sorted = format!("project is not EMPTY order by {field}");
        let sorted = compile(&parse(&sorted).unwrap(), environment(&site));
        assert_eq!(sorted.is_ok(), entry["orderable"] == "true", "order by {field}");
        if let Some(cfid) = entry["cfid"].as_str() {
            assert!(
                compile(&parse(&format!("{cfid} is EMPTY")).unwrap(), environment(&site)).is_ok(),
                "{cfid}"
            );
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn a_name_that_several_fields_share_is_listed_by_number() {
    let site = generate(1, 10);
    let reference = reference(&site);
    let fields = reference["visibleFieldNames"].as_array().unwrap();
    let of = |number: &str| fields.iter().find(|it| it["cfid"] == number).unwrap()["value"].as_str().unwrap();
    assert_eq!(of("cf[10016]"), "cf[10016]");
    assert_eq!(of("cf[10044]"), "cf[10044]");
    assert_eq!(of("cf[10030]"), "\"Customer name\"");
    assert_eq!(of("cf[10032]"), "Severity");
}

#[test]
fn every_listed_function_is_known() {
    let site = generate(1, 100);
    for entry in reference(&site)["visibleFunctionNames"].as_array().unwrap() {
        let call = entry["value"].as_str().unwrap().replace("\"\"", "\"jira-developers\"");
        let field = match texts(&entry["types"])[0] {
            "java.util.Date" => "created",
            it if it.ends_with("Sprint") => "sprint",
            _ => "assignee",
        };
        let (right, wrong) = if entry["isList"] == "true" { ("in", "=") } else { ("=", "in") };
        assert!(
            compile(&parse(&format!("{field} {right} {call}")).unwrap(), environment(&site)).is_ok(),
            "{call}"
        );
        assert!(
            compile(&parse(&format!("{field} {wrong} {call}")).unwrap(), environment(&site)).is_err(),
            "{call}"
        );
    }
}

#[test]
fn what_the_catalogue_calls_a_field_is_a_name_in_queries() {
    let site = generate(1, 10);
    let names = site.fields.iter().flat_map(|it| &it.clause_names);
    // A bar for people, which no query compares.
    let unknown: Vec<&String> = names
        .filter(|name| {
            let name = name.replace('"', "\\\"");
            parse(&format!("\"{name}\" is EMPTY")).is_ok_and(|query| {
                compile(&query, environment(&site)).is_err_and(|it| it.0[0].starts_with("Field"))
            })
        })
        .collect();
    assert_eq!(unknown, ["progress"]);
}
