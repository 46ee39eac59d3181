//! What surrounds issues and projects: transitions, watchers, votes, links to elsewhere, properties, statuses,
//! features, categories.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all endpoints have one signature, whether they can refuse or not"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Call, Refusal};
use super::issues::addressed;
use super::model::{Project, Status};
use super::project_parts;
use super::render::Renderer;

/// `GET issue/{issueIdOrKey}/transitions`.
pub(super) fn transitions(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let wanted = call.query("transitionId");
    let transitions: Vec<Value> = call
        .site
        .possible_transitions(issue, call.caller)
        .filter(|it| wanted.is_none_or(|id| it.id.to_string() == id))
        .map(|it| call.renderer.transition(issue, it))
        .collect();
    Ok(json!({"expand": "transitions", "transitions": transitions}))
}

/// `GET issue/{issueIdOrKey}/watchers`.
pub(super) fn watchers(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.watchers(addressed(call)?))
}

/// `GET issue/{issueIdOrKey}/votes`.
pub(super) fn votes(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.voters(addressed(call)?))
}

/// `GET issue/{issueIdOrKey}/remotelink`: all links, or the one with the given global id.
pub(super) fn remote_links(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let mut links = issue.remote_links.iter();
    match call.query("globalId") {
        None => Ok(links.map(|it| call.renderer.remote_link(issue, it)).collect()),
        Some(id) => links
            .find(|it| it.global_id.as_deref() == Some(id))
            .map(|it| call.renderer.remote_link(issue, it))
            .ok_or_else(|| Refusal::new(404, &["There is no such link."])),
    }
}

/// `GET issue/{issueIdOrKey}/properties`.
pub(super) fn issue_property_keys(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    Ok(call.renderer.property_keys(&format!("issue/{}", issue.key), &issue.properties))
}

/// `GET issue/{issueIdOrKey}/properties/{propertyKey}`.
pub(super) fn issue_property(call: &Call<'_>) -> Result<Value, Refusal> {
    property(call, &addressed(call)?.properties)
}

/// `GET project/{projectIdOrKey}/properties`.
pub(super) fn project_property_keys(call: &Call<'_>) -> Result<Value, Refusal> {
    let project = project(call)?;
    Ok(call.renderer.property_keys(&format!("project/{}", project.id), &project.properties))
}

/// `GET project/{projectIdOrKey}/properties/{propertyKey}`.
pub(super) fn project_property(call: &Call<'_>) -> Result<Value, Refusal> {
    property(call, &project(call)?.properties)
}

fn property(call: &Call<'_>, properties: &BTreeMap<String, Value>) -> Result<Value, Refusal> {
    let key = call.segment(1);
    let value = properties.get(key);
    value
        .map(|value| json!({"key": key, "value": value}))
        .ok_or_else(|| Refusal::new(404, &[&format!("The property '{key}' does not exist.")]))
}

fn project<'a>(call: &Call<'a>) -> Result<&'a Project, Refusal> {
    project_parts::find(call, call.segment(0))
}

/// `GET project/{projectIdOrKey}/statuses`: by issue type.
pub(super) fn statuses(call: &Call<'_>) -> Result<Value, Refusal> {
    let project = project(call)?;
    let ids = &project.workflow.status_ids;
    let statuses: Vec<&Status> = ids.iter().filter_map(|id| call.site.status(*id)).collect();
    let kinds = call.site.project_issue_types(project);
    Ok(kinds.map(|kind| call.renderer.type_with_statuses(kind, &statuses)).collect())
}

/// `GET project/{projectIdOrKey}/features`.
pub(super) fn features(call: &Call<'_>) -> Result<Value, Refusal> {
    let project = project(call)?;
    let features: Vec<Value> = project.features.iter().map(|it| call.renderer.feature(project, it)).collect();
    Ok(json!({"features": features}))
}

/// `GET project/type`.
pub(super) fn project_types(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.project_types.iter().map(Renderer::project_type).collect())
}

/// `GET projectCategory`.
pub(super) fn project_categories(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.project_categories.iter().map(|it| call.renderer.listed_category(it)).collect())
}
