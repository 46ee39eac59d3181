//! What issues are classified by: statuses, priorities, resolutions, issue types.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all endpoints have one signature, whether they can refuse or not"
)]

use serde_json::Value;

use super::call::{Call, Refusal};
use super::model::{Priority, Resolution, Status, StatusCategory};
use super::page::Paging;
use super::render::Renderer;

/// `GET status`: the statuses of workflows that projects which the caller sees go by.
pub(super) fn statuses(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.active_statuses(call.caller).map(|it| call.renderer.listed_status(it)).collect())
}

/// `GET statuses/search`: all statuses, those that no workflow has included.
pub(super) fn search_statuses(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 200)?;
    let category = match call.query("statusCategory") {
        None => None,
        Some(name) => {
            let found = StatusCategory::ALL.into_iter().find(|it| it.search_name() == name);
            Some(found.ok_or_else(|| {
                Refusal::bad_request(&format!(
                    "The status category '{name}' is not one of TODO, IN_PROGRESS and DONE."
                ))
            })?)
        }
    };
    let text = call.query("searchString").unwrap_or_default().to_lowercase();
    if text.chars().count() > 255 {
        return Err(Refusal::bad_request("The search string is longer than 255 characters."));
    }
    let project = call.query("projectId");
    let found: Vec<&Status> = call
        .site
        .statuses
        .iter()
        .filter(|it| category.is_none_or(|category| it.category == category))
        .filter(|it| it.name.to_lowercase().contains(&text))
        .filter(|it| project.is_none_or(|wanted| it.project_id.is_some_and(|id| id.to_string() == wanted)))
        .collect();
    Ok(paging.page(call, "statuses/search", &found, Renderer::found_status))
}

/// `GET statuses`: those of the ids that are asked for.
pub(super) fn statuses_by_id(call: &Call<'_>) -> Result<Value, Refusal> {
    chosen(call, "id", |status, wanted| status.id.to_string() == wanted)
}

/// `GET statuses/byNames`: those of the names that are asked for, whatever the case.
pub(super) fn statuses_by_name(call: &Call<'_>) -> Result<Value, Refusal> {
    chosen(call, "name", |status, wanted| status.name.to_lowercase() == wanted.to_lowercase())
}

fn chosen(call: &Call<'_>, name: &str, is: impl Fn(&Status, &str) -> bool) -> Result<Value, Refusal> {
    let wanted = call.query_all(name);
    if wanted.is_empty() {
        return Err(Refusal::bad_request(&format!("The query parameter '{name}' is required.")));
    }
    let found = call.site.statuses.iter().filter(|status| wanted.iter().any(|wanted| is(status, wanted)));
    Ok(found.map(Renderer::found_status).collect())
}

/// `GET statuscategory`.
pub(super) fn status_categories(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.status_categories())
}

/// `GET priority`.
pub(super) fn priorities(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.priorities.iter().map(|it| call.renderer.priority(it)).collect())
}

/// `GET priority/search`. All projects have all priorities, so that `projectId` changes nothing.
pub(super) fn search_priorities(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let (ids, default) = (call.query_all("id"), call.query_flag("onlyDefault")?);
    let name = call.query("priorityName").unwrap_or_default().to_lowercase();
    let found: Vec<&Priority> = call
        .site
        .priorities
        .iter()
        .filter(|it| ids.is_empty() || ids.contains(&it.id.to_string().as_str()))
        .filter(|it| it.name.to_lowercase().contains(&name))
        .filter(|it| !default || it.is_default)
        .collect();
    Ok(paging.page(call, "priority/search", &found, |it| call.renderer.found_priority(it)))
}

/// `GET resolution`.
pub(super) fn resolutions(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.resolutions.iter().map(|it| call.renderer.resolution(it)).collect())
}

/// `GET resolution/search`. The document says of `id` both that it chooses and that it filters out;
/// here it chooses.
pub(super) fn search_resolutions(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let (ids, default) = (call.query_all("id"), call.query_flag("onlyDefault")?);
    let found: Vec<&Resolution> = call
        .site
        .resolutions
        .iter()
        .filter(|it| ids.is_empty() || ids.contains(&it.id.to_string().as_str()))
        .filter(|it| !default || it.is_default)
        .collect();
    Ok(paging.page(call, "resolution/search", &found, |it| call.renderer.found_resolution(it)))
}

/// `GET issuetype`: the types of the projects that the caller sees.
pub(super) fn issue_types(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.visible_issue_types(call.caller).map(|it| call.renderer.issue_type(it)).collect())
}

/// `GET issuetype/project`.
pub(super) fn issue_types_of_project(call: &Call<'_>) -> Result<Value, Refusal> {
    if call.query("projectId").is_none() {
        return Err(Refusal::bad_request("The query parameter 'projectId' is required."));
    }
    let id = call.query_number("projectId", 0)?;
    let level = match call.query("level") {
        None => None,
        Some(_) => Some(call.query_number("level", 0)?),
    };
    let project = call
        .site
        .visible_projects(call.caller)
        .find(|project| project.id == id)
        .ok_or_else(|| Refusal::new(404, &[&format!("No project could be found with id '{id}'.")]))?;
    let kinds = call.site.project_issue_types(project);
    let found = kinds.filter(|kind| level.is_none_or(|level| kind.hierarchy_level == level));
    Ok(found.map(|it| call.renderer.issue_type(it)).collect())
}
