//! Components and versions of projects.

use std::cmp::Reverse;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::call::{Call, Refusal};
use super::model::{Component, Project, Version, VersionState};
use super::page::Paging;

/// The project with this id or key, whose case counts.
pub(super) fn find<'a>(call: &Call<'a>, wanted: &str) -> Result<&'a Project, Refusal> {
    call.site
        .visible_projects(call.caller)
        .find(|project| project.key == wanted || project.id.to_string() == wanted)
        .ok_or_else(|| Refusal::new(404, &[&format!("No project could be found with key '{wanted}'.")]))
}

fn today(call: &Call<'_>) -> NaiveDate {
    call.now.with_timezone(&call.renderer.zone()).date_naive()
}

/// Which way `orderBy` goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

/// The field of `orderBy`, one of `known`, and its direction. A plus sign that nobody encoded arrives as
/// a space.
fn order<'a>(call: &'a Call<'_>, known: &[&str]) -> Result<Option<(&'a str, Direction)>, Refusal> {
    let Some(text) = call.query("orderBy") else { return Ok(None) };
    let (field, direction) = match text.strip_prefix('-') {
        Some(field) => (field, Direction::Descending),
        None => (text.trim_start_matches(['+', ' ']), Direction::Ascending),
    };
    if known.contains(&field) {
        Ok(Some((field, direction)))
    } else {
        Err(Refusal::bad_request(&format!("The value '{text}' of 'orderBy' is not supported.")))
    }
}

fn sort<T: Copy, K: Ord>(rows: &mut [T], direction: Direction, key: impl Fn(T) -> K) {
    match direction {
        Direction::Ascending => rows.sort_by_key(|row| key(*row)),
        Direction::Descending => rows.sort_by_key(|row| Reverse(key(*row))),
    }
}

/// Whether `query` stands in the name or the description, whatever the case.
fn matches(call: &Call<'_>, name: &str, description: Option<&str>) -> bool {
    call.query("query").is_none_or(|text| {
        let text = text.to_lowercase();
        [Some(name), description].into_iter().flatten().any(|it| it.to_lowercase().contains(&text))
    })
}

/// Whether Jira's own components are asked for; the site has none from elsewhere.
fn own_components(call: &Call<'_>) -> Result<bool, Refusal> {
    match call.query("componentSource") {
        None | Some("jira" | "auto") => Ok(true),
        Some("compass") => Ok(false),
        Some(other) => {
            Err(Refusal::bad_request(&format!("The value '{other}' of 'componentSource' is not supported.")))
        }
    }
}

type Row<'a> = (&'a Project, &'a Component);

/// The components of a project by name.
fn components_of(project: &Project) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = project.components.iter().map(|it| (project, it)).collect();
    rows.sort_by_key(|(_, it)| it.name.to_lowercase());
    rows
}

/// `GET project/{projectIdOrKey}/components`: all of them.
pub(super) fn components(call: &Call<'_>) -> Result<Value, Refusal> {
    let project = find(call, call.segment(0))?;
    if !own_components(call)? {
        return Ok(json!([]));
    }
    Ok(components_of(project).into_iter().map(|(project, it)| call.renderer.component(project, it)).collect())
}

/// `GET project/{projectIdOrKey}/component`: pages of them, with numbers of issues.
pub(super) fn component_pages(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let project = find(call, call.segment(0))?;
    let mut rows = if own_components(call)? { components_of(project) } else { Vec::new() };
    rows.retain(|(_, it)| matches(call, &it.name, it.description.as_deref()));
    match order(call, &["description", "issueCount", "lead", "name"])? {
        Some(("issueCount", direction)) => sort(&mut rows, direction, |(project, it)| {
            call.renderer.counted_component(project, it)["issueCount"].as_u64()
        }),
        Some(("lead", direction)) => sort(&mut rows, direction, |(_, it)| it.lead.as_deref()),
        other => sort_components(&mut rows, other),
    }
    let endpoint = format!("project/{}/component", project.key);
    Ok(paging.page(call, &endpoint, &rows, |(project, it)| call.renderer.counted_component(project, it)))
}

fn sort_components(rows: &mut [Row<'_>], order: Option<(&str, Direction)>) {
    match order {
        Some(("description", direction)) => sort(rows, direction, |(_, it)| it.description.as_deref()),
        Some((_, direction)) => sort(rows, direction, |(_, it)| it.name.to_lowercase()),
        None => {}
    }
}

/// `GET component`: the components of the named projects; none where no project is named, as the site
/// has no components that belong to no project.
pub(super) fn components_of_projects(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let mut rows = Vec::new();
    for wanted in call.query_all("projectIdsOrKeys") {
        rows.extend(components_of(find(call, wanted)?));
    }
    rows.retain(|(_, it)| matches(call, &it.name, it.description.as_deref()));
    sort_components(&mut rows, order(call, &["description", "name"])?);
    Ok(paging.page(call, "component", &rows, |(_, it)| call.renderer.brief_component(it)))
}

/// `GET component/{id}`.
pub(super) fn component(call: &Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.segment(0);
    wanted
        .parse()
        .ok()
        .and_then(|id| call.site.component(id))
        .filter(|(project, _)| project.audience.includes(call.caller))
        .map(|(project, it)| call.renderer.component(project, it))
        .ok_or_else(|| Refusal::new(404, &[&format!("The component with id {wanted} does not exist.")]))
}

/// `GET project/{projectIdOrKey}/versions`: all of them in the order that the project gave them.
pub(super) fn versions(call: &Call<'_>) -> Result<Value, Refusal> {
    let project = find(call, call.segment(0))?;
    Ok(project.versions.iter().map(|it| call.renderer.version(project, it, today(call))).collect())
}

/// `GET project/{projectIdOrKey}/version`: pages of them.
pub(super) fn version_pages(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let project = find(call, call.segment(0))?;
    let states = call.query_list("status");
    if let Some(other) =
        states.iter().find(|it| !["released", "unreleased", "archived"].contains(&it.as_str()))
    {
        return Err(Refusal::bad_request(&format!("The version status '{other}' is not supported.")));
    }
    let state = |it: &Version| match it.state {
        VersionState::Unreleased => "unreleased",
        VersionState::Released => "released",
        VersionState::Archived | VersionState::Abandoned => "archived",
    };
    let mut rows: Vec<(usize, &Version)> = project
        .versions
        .iter()
        .enumerate()
        .filter(|(_, it)| states.is_empty() || states.iter().any(|wanted| wanted == state(it)))
        .filter(|(_, it)| matches(call, &it.name, it.description.as_deref()))
        .collect();
    // Versions without the date that they are sorted by stand last either way.
    match order(call, &["description", "name", "releaseDate", "sequence", "startDate"])? {
        None => {}
        Some(("description", direction)) => sort(&mut rows, direction, |(_, it)| it.description.as_deref()),
        Some(("name", direction)) => sort(&mut rows, direction, |(_, it)| it.name.to_lowercase()),
        Some(("releaseDate", direction)) => {
            sort(&mut rows, direction, |(_, it)| it.release_date);
            rows.sort_by_key(|(_, it)| it.release_date.is_none());
        }
        Some(("startDate", direction)) => {
            sort(&mut rows, direction, |(_, it)| it.start_date);
            rows.sort_by_key(|(_, it)| it.start_date.is_none());
        }
        Some((_, direction)) => sort(&mut rows, direction, |(place, _)| place),
    }
    let endpoint = format!("project/{}/version", project.key);
    Ok(paging.page(call, &endpoint, &rows, |(_, it)| whole_version(call, project, it)))
}

/// A version with what `expand` asks for.
fn whole_version(call: &Call<'_>, project: &Project, version: &Version) -> Value {
    let mut value = call.renderer.version(project, version, today(call));
    if call.query_list("expand").iter().any(|it| it == "issuesstatus") {
        value["issuesStatusForFixVersion"] = call.renderer.fixed_in(version);
    }
    value
}

/// `GET version/{id}`.
pub(super) fn version(call: &Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.segment(0);
    wanted
        .parse()
        .ok()
        .and_then(|id| call.site.version(id))
        .filter(|(project, _)| project.audience.includes(call.caller))
        .map(|(project, it)| whole_version(call, project, it))
        .ok_or_else(|| Refusal::new(404, &[&format!("Could not find version for id '{wanted}'.")]))
}
