//! What the site says of its JQL: fields with their operators, functions, and words that need quotes.

use serde_json::{Value, json};

use super::fields::{SYSTEM, Searched, Sorting, custom, system};
use super::parser::{is_plain, reserved_words};
use super::tree::Operator;
use crate::sandbox::model::Site;

/// Functions, and whether they stand for several values.
const FUNCTIONS: [(&str, bool, &str); 14] = [
    ("currentUser()", false, "com.atlassian.jira.user.ApplicationUser"),
    ("membersOf(\"\")", true, "com.atlassian.jira.user.ApplicationUser"),
    ("openSprints()", true, "com.atlassian.greenhopper.service.sprint.Sprint"),
    ("closedSprints()", true, "com.atlassian.greenhopper.service.sprint.Sprint"),
    ("futureSprints()", true, "com.atlassian.greenhopper.service.sprint.Sprint"),
    ("now()", false, "java.util.Date"),
    ("startOfDay()", false, "java.util.Date"),
    ("endOfDay()", false, "java.util.Date"),
    ("startOfWeek()", false, "java.util.Date"),
    ("endOfWeek()", false, "java.util.Date"),
    ("startOfMonth()", false, "java.util.Date"),
    ("endOfMonth()", false, "java.util.Date"),
    ("startOfYear()", false, "java.util.Date"),
    ("endOfYear()", false, "java.util.Date"),
];

/// The answer of `GET jql/autocompletedata`.
pub(in crate::sandbox) fn reference(site: &Site) -> Value {
    let mut fields: Vec<Value> = SYSTEM
        .iter()
        .flat_map(|it| it.names.iter().map(move |name| entry(name, name, None, it.field)))
        .collect();
    for field in &site.fields {
        let (Some(number), Some(searched)) = (field.custom_id, custom(field)) else { continue };
        let cfid = format!("cf[{number}]");
        let lower = field.name.to_lowercase();
        let shared = site.fields.iter().any(|other| {
            other.custom_id.is_some()
                && other.custom_id != field.custom_id
                && other.name.to_lowercase() == lower
        });
        // A name that does not say which field is meant is not offered.
        let value = match shared || system(&lower).is_some() {
            true => cfid.clone(),
            false => encoded(&field.name),
        };
        fields.push(entry(&value, &format!("{} - {cfid}", field.name), Some(&cfid), searched));
    }
    let functions: Vec<Value> = FUNCTIONS
        .iter()
        .map(|(name, is_list, class)| {
            let mut function = json!({"value": name, "displayName": name, "types": [class]});
            if *is_list {
                function["isList"] = json!("true");
            }
            function
        })
        .collect();
    json!({
        "visibleFieldNames": fields,
        "visibleFunctionNames": functions,
        "jqlReservedWords": reserved_words().collect::<Vec<_>>(),
    })
}

fn entry(value: &str, display: &str, cfid: Option<&str>, field: Searched) -> Value {
    let operators: Vec<&str> = field.operators.iter().map(|it: &Operator| it.as_str()).collect();
    let mut entry = json!({
        "value": value,
        "displayName": display,
        "orderable": (field.sorting == Sorting::Sortable).to_string(),
        "searchable": "true",
        "operators": operators,
        "types": [field.class],
    });
    if let Some(cfid) = cfid {
        entry["cfid"] = json!(cfid);
    }
    entry
}

/// A name as a query has to write it.
fn encoded(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
