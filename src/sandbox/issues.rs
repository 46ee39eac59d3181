//! Single issues and blocks of issues by id or key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assumptions::{BulkfetchSize, MissingIssues};
use super::call::{Call, Refusal};
use super::model::{Access, Issue};
use super::render::{Renderer, Selection};
use super::search::some_properties;

/// Fields of which an issue can have many values; a large block may not ask for them.
const MANY_VALUED: [&str; 3] = ["comment", "worklog", "attachment"];
/// Expansions that a large block may not ask for.
const COSTLY: [&str; 6] =
    ["changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"];

/// Changes that an issue carries where `expand=changelog` asks for them.
const EMBEDDED_HISTORIES: usize = 40;

/// The issue that the path's first variable names.
pub(super) fn addressed<'a>(call: &Call<'a>) -> Result<&'a Issue, Refusal> {
    call.site
        .resolve(call.segment(0))
        .filter(|issue| call.site.access(issue, call.caller) != Access::Hidden)
        .ok_or_else(Refusal::no_issue)
}

/// `GET issue/{issueIdOrKey}`.
pub(super) fn issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let selection = Selection::new(&call.query_list("fields"), "*all", &call.site.fields);
    let mut answer = call.renderer.issue(issue, &selection);
    let expansions = call.query_list("expand");
    expand(call, &selection, &expansions, &mut answer);
    if expansions.iter().any(|it| it == "changelog") {
        answer["changelog"] = call.renderer.newest_histories(issue, EMBEDDED_HISTORIES);
    }
    if expansions.iter().any(|it| it == "transitions") {
        answer["transitions"] = call.renderer.transitions(issue);
    }
    let properties = Renderer::properties(issue, &call.query_list("properties"));
    // Whether an empty object is sent is not said anywhere.
    if properties != json!({}) {
        answer["properties"] = properties;
    }
    Ok(answer)
}

/// Puts names and schemas of the selected fields beside the rows, where they are asked for.
pub(super) fn expand(call: &Call<'_>, selection: &Selection, expand: &[String], answer: &mut Value) {
    let wanted = |name: &str| expand.iter().any(|it| it == name);
    if !wanted("names") && !wanted("schema") {
        return;
    }
    let (names, schema) = call.renderer.names_and_schema(selection);
    if wanted("names") {
        answer["names"] = names;
    }
    if wanted("schema") {
        answer["schema"] = schema;
    }
}

/// `POST issue/bulkfetch`: what can't be given this time stands in `issueErrors`.
pub(super) fn bulkfetch(call: &Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.body_list("issueIdsOrKeys")?.ok_or_else(Refusal::bad_payload)?;
    let fields = call.body_list("fields")?.unwrap_or_default();
    let expansions = call.body_list("expand")?.unwrap_or_default();
    let properties = some_properties(call.body_list("properties")?.unwrap_or_default())?;
    if wanted.is_empty() {
        return Err(Refusal::bad_request("At least one issue id or key is required."));
    }
    let narrow = (1..=100).contains(&fields.len())
        && !fields
            .iter()
            .any(|it| it.contains('*') || it.starts_with('-') || MANY_VALUED.contains(&it.as_str()))
        && !expansions.iter().any(|it| COSTLY.contains(&it.as_str()));
    let most = if narrow && call.assumptions.bulkfetch == BulkfetchSize::UpTo1000 { 1000 } else { 100 };
    if wanted.len() > most {
        return Err(Refusal::bad_request(&format!(
            "The number of issues to fetch exceeds the limit of {most}."
        )));
    }
    let mut found: BTreeMap<i64, &Issue> = BTreeMap::new();
    let mut errors = Vec::new();
    for text in &wanted {
        match call.site.resolve(text).filter(|it| call.site.access(it, call.caller) != Access::Hidden) {
            Some(issue) => {
                found.insert(issue.id, issue);
            }
            None if call.assumptions.missing_issues == MissingIssues::InIssueErrors => errors.push(json!({
                "id": text,
                "errorMessage": "Issue does not exist or you do not have permission to see it.",
            })),
            None => {}
        }
    }
    found.retain(|id, _| {
        let refused = call.issue_faults.draw(*id);
        if refused {
            errors.push(json!({
                "id": id.to_string(),
                "errorMessage": "The issue could not be loaded in time. Ask for it again.",
            }));
        }
        !refused
    });
    let selection = Selection::new(&fields, "*navigable", &call.site.fields);
    let expanded = |name: &str| expansions.iter().any(|it| it == name);
    let issues: Vec<Value> = found
        .values()
        .map(|issue| {
            let mut row = call.renderer.issue(issue, &selection);
            if expanded("changelog") {
                row["changelog"] = call.renderer.newest_histories(issue, EMBEDDED_HISTORIES);
            }
            if expanded("transitions") {
                row["transitions"] = call.renderer.transitions(issue);
            }
            if !properties.is_empty() {
                row["properties"] = Renderer::properties(issue, &properties);
            }
            row
        })
        .collect();
    let mut answer = json!({"expand": "schema,names", "issues": issues, "issueErrors": errors});
    expand(call, &selection, &expansions, &mut answer);
    Ok(answer)
}
