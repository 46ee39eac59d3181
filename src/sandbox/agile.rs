//! Boards and sprints: `/rest/agile/1.0`. It is older than the rest: numbers as numbers, rich text as wiki
//! markup, and pages by place throughout.

use serde_json::{Value, json};

use super::assumptions::{AgileTotal, LostSprints};
use super::call::{Call, Refusal};
use super::endpoints::{Endpoint, Openness};
use super::jql::{Direction, Sort, compile, parse};
use super::model::{
    Access, Board, BoardKind, BoardLocation, CustomValue, Issue, Privacy, Project, Sprint, StatusCategory,
};
use super::page::slice;
use super::render::{Renderer, Selection};
use super::search::sorted;

/// Boards, sprints or projects on the largest page.
const MOST: i64 = 50;
/// Issues on the largest page, and on a page where nothing is said.
const MOST_ISSUES: i64 = 100;
const DEFAULT_ISSUES: i64 = 50;
/// Fields that issues have here only.
const AGILE_FIELDS: [&str; 4] = ["sprint", "closedSprints", "flagged", "epic"];

const ISSUES: &[&str] = &["startAt", "maxResults", "jql", "validateQuery", "fields", "expand"];

pub(super) static ENDPOINTS: &[Endpoint] = &[
    endpoint(
        &["board"],
        &[
            "startAt",
            "maxResults",
            "type",
            "name",
            "projectKeyOrId",
            "accountIdLocation",
            "projectLocation",
            "includePrivate",
            "negateLocationFiltering",
            "orderBy",
            "expand",
            "projectTypeLocation",
            "filterId",
        ],
        boards,
    ),
    endpoint(&["board", "*"], &[], board),
    endpoint(&["board", "*", "configuration"], &[], configuration),
    endpoint(&["board", "*", "sprint"], &["startAt", "maxResults", "state"], board_sprints),
    endpoint(&["board", "*", "issue"], ISSUES, board_issues),
    endpoint(&["board", "*", "backlog"], ISSUES, backlog),
    endpoint(&["board", "*", "sprint", "*", "issue"], ISSUES, board_sprint_issues),
    endpoint(&["board", "*", "epic", "none", "issue"], ISSUES, board_issues_without_epic),
    endpoint(&["board", "*", "epic", "*", "issue"], ISSUES, board_epic_issues),
    endpoint(&["epic", "none", "issue"], ISSUES, issues_without_epic),
    endpoint(&["epic", "*", "issue"], ISSUES, epic_issues),
    endpoint(&["board", "*", "project"], &["startAt", "maxResults"], board_projects),
    endpoint(&["board", "*", "epic"], &["startAt", "maxResults", "done"], board_epics),
    endpoint(&["board", "*", "version"], &["startAt", "maxResults", "released"], board_versions),
    endpoint(&["board", "*", "quickfilter"], &["startAt", "maxResults"], quick_filters),
    endpoint(&["sprint", "*"], &[], sprint),
    endpoint(&["sprint", "*", "issue"], ISSUES, sprint_issues),
];

/// What Data Center has of them.
pub(super) static DATA_CENTER: &[Endpoint] = &[
    endpoint(&["board"], &["startAt", "maxResults", "type", "name", "projectKeyOrId"], boards),
    endpoint(&["board", "*"], &[], board),
    endpoint(&["board", "*", "configuration"], &[], configuration),
    endpoint(&["board", "*", "sprint"], &["startAt", "maxResults", "state"], board_sprints),
    endpoint(&["board", "*", "issue"], ISSUES, board_issues),
    endpoint(&["board", "*", "backlog"], ISSUES, backlog),
    endpoint(&["board", "*", "project"], &["startAt", "maxResults"], board_projects),
    endpoint(&["board", "*", "epic"], &["startAt", "maxResults", "done"], board_epics),
    endpoint(&["board", "*", "version"], &["startAt", "maxResults", "released"], board_versions),
    endpoint(&["sprint", "*"], &[], sprint),
    endpoint(&["sprint", "*", "issue"], ISSUES, sprint_issues),
];

const fn endpoint(
    path: &'static [&'static str],
    query: &'static [&'static str],
    handle: fn(&Call<'_>) -> Result<Value, Refusal>,
) -> Endpoint {
    Endpoint { method: "GET", path, openness: Openness::AccountsOnly, query, body: &[], handle }
}

/// One page of a list.
fn page<T: Copy>(call: &Call<'_>, rows: &[T], write: impl Fn(T) -> Value) -> Result<Value, Refusal> {
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", MOST)?.clamp(1, MOST);
    let values: Vec<Value> = slice(rows, start, size).into_iter().map(write).collect();
    let end = start + i64::try_from(values.len()).unwrap_or_default();
    let last = end >= i64::try_from(rows.len()).unwrap_or_default();
    let mut answer = json!({"maxResults": size, "startAt": start, "isLast": last, "values": values});
    if call.assumptions.agile_total == AgileTotal::Present {
        answer["total"] = json!(rows.len());
    }
    Ok(answer)
}

fn number(call: &Call<'_>) -> Option<i64> {
    call.segment(0).parse().ok()
}

fn addressed_board<'a>(call: &Call<'a>) -> Result<&'a Board, Refusal> {
    number(call).and_then(|id| call.site.visible_board(id, call.caller)).ok_or_else(|| {
        Refusal::new(404, &["The requested board cannot be viewed because it either does not exist or you do not have permission to view it."])
    })
}

fn addressed_sprint<'a>(call: &Call<'a>) -> Result<&'a Sprint, Refusal> {
    let site = call.site;
    let lost = |id: i64| {
        let searchable = |issue: &&Issue| site.access(issue, call.caller) == Access::Searchable;
        let found = call.assumptions.lost_sprints == LostSprints::ById
            && site.issues.values().filter(searchable).any(|issue| is_in(issue, id));
        site.sprints.get(&id).filter(|_| found).map(|sprint| &**sprint)
    };
    number(call)
        .and_then(|id| site.visible_sprint(id, call.caller).or_else(|| lost(id)))
        .ok_or_else(|| Refusal::new(404, &["Sprint does not exist"]))
}

/// Whether an issue is or was in a sprint.
fn is_in(issue: &Issue, sprint: i64) -> bool {
    issue.custom.values().any(|value| match value {
        CustomValue::Sprints(sprints) => sprints.iter().any(|it| it.id == sprint),
        _ => false,
    })
}

fn project_named<'a>(call: &Call<'a>, wanted: &str) -> Option<&'a Project> {
    let projects = &call.site.projects;
    projects
        .iter()
        .filter(|it| it.audience.includes(call.caller))
        .find(|it| it.key.eq_ignore_ascii_case(wanted) || it.id.to_string() == wanted)
}

/// The types of boards that a list of them can be told; the last is not there on Data Center.
const KINDS: [&str; 3] = ["scrum", "kanban", "simple"];

/// `GET board`.
fn boards(call: &Call<'_>) -> Result<Value, Refusal> {
    let kinds = call.query_list("type");
    let known = if call.renderer.is_data_center() { &KINDS[..2] } else { &KINDS[..] };
    if let Some(kind) = kinds.iter().find(|it| !known.contains(&it.as_str())) {
        return Err(Refusal::bad_request(&format!("The board type '{kind}' is not supported.")));
    }
    let project = match call.query("projectKeyOrId") {
        None => None,
        Some(wanted) => Some(project_named(call, wanted).ok_or_else(|| {
            Refusal::bad_request(&format!("No project could be found with key or id '{wanted}'."))
        })?),
    };
    let located = |board: &Board| {
        let place = call.query("projectLocation").is_none_or(|wanted| match &board.location {
            Some(BoardLocation::Project(id)) => project_named(call, wanted).is_some_and(|it| it.id == *id),
            _ => false,
        });
        let owner = call.query("accountIdLocation").is_none_or(|wanted| match &board.location {
            Some(BoardLocation::User(account)) => **account == *wanted,
            _ => false,
        });
        (place && owner) != (call.query("negateLocationFiltering") == Some("true"))
    };
    let filter = call.query("filterId").map(str::to_owned);
    let name = call.query("name").map(str::to_lowercase);
    let mut found: Vec<&Board> = call
        .site
        .visible_boards(call.caller)
        .filter(|it| kinds.is_empty() || kinds.iter().any(|kind| kind == it.kind.as_str()))
        .filter(|it| name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name)))
        .filter(|it| project.is_none_or(|project| it.project_ids.contains(&project.id)))
        .filter(|it| filter.as_ref().is_none_or(|filter| (20_000 + it.id).to_string() == *filter))
        .filter(|it| located(it))
        .collect();
    match call.query("orderBy").unwrap_or_default().trim() {
        "" => {}
        "name" | "+name" => found.sort_by_key(|it| it.name.to_lowercase()),
        "-name" => found.sort_by_key(|it| std::cmp::Reverse(it.name.to_lowercase())),
        other => {
            return Err(Refusal::bad_request(&format!("The value '{other}' of 'orderBy' is not supported.")));
        }
    }
    if call.query("includePrivate") == Some("true") {
        found.extend(call.site.boards.iter().filter(|it| it.privacy == Privacy::Private));
    }
    page(call, &found, |board| call.renderer.board(board))
}

/// `GET board/{boardId}`.
fn board(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.board(addressed_board(call)?))
}

/// `GET board/{boardId}/configuration`.
fn configuration(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.board_configuration(addressed_board(call)?))
}

/// `GET board/{boardId}/sprint`: closed ones, active ones, future ones.
fn board_sprints(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    if board.kind == BoardKind::Kanban {
        return Err(Refusal::bad_request("The board does not support sprints"));
    }
    let states = call.query_list("state");
    if let Some(state) = states.iter().find(|it| !["future", "active", "closed"].contains(&it.as_str())) {
        return Err(Refusal::bad_request(&format!("The sprint state '{state}' is not supported.")));
    }
    let sprints: Vec<&Sprint> = board
        .sprint_ids
        .iter()
        .filter_map(|id| call.site.sprints.get(id))
        .filter(|it| states.is_empty() || states.iter().any(|state| state == it.state))
        .map(|it| &**it)
        .collect();
    page(call, &sprints, |sprint| call.renderer.sprint(sprint))
}

/// `GET board/{boardId}/project`.
fn board_projects(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    let projects: Vec<&Project> = projects_of(call, board).collect();
    page(call, &projects, |project| call.renderer.project(project, &[]))
}

/// The projects of a board that the caller may browse.
fn projects_of<'a>(call: &Call<'a>, board: &'a Board) -> impl Iterator<Item = &'a Project> {
    let (site, caller) = (call.site, call.caller);
    let projects = board.project_ids.iter().filter_map(|id| site.project(*id));
    projects.filter(move |it| it.audience.includes(caller))
}

/// Whether a row passes a filter that leaves those for which something is true, or those for which it is not.
fn passes(call: &Call<'_>, name: &str, is: bool) -> Result<bool, Refusal> {
    match call.query(name) {
        None => Ok(true),
        Some("true") => Ok(is),
        Some("false") => Ok(!is),
        Some(text) => Err(Refusal::bad_request(&format!("The value '{text}' of '{name}' is not supported."))),
    }
}

/// `GET board/{boardId}/epic`: boards of team-managed projects show none.
fn board_epics(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    let mut epics: Vec<&Issue> = Vec::new();
    for issue in call.site.searchable_issues(call.caller) {
        let level = call.site.issue_type(issue.type_id).map(|kind| kind.hierarchy_level);
        if board.kind != BoardKind::Simple
            && level == Some(1)
            && board.project_ids.contains(&issue.project_id)
            && passes(call, "done", issue.resolution_date.is_some())?
        {
            epics.push(issue);
        }
    }
    page(call, &epics, |epic| call.renderer.epic(epic))
}

/// `GET board/{boardId}/version`.
fn board_versions(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    let mut versions = Vec::new();
    for project in projects_of(call, board) {
        for version in &project.versions {
            if passes(call, "released", version.state.is_released())? {
                versions.push((project, version));
            }
        }
    }
    page(call, &versions, |(project, version)| call.renderer.board_version(project, version))
}

/// `GET board/{boardId}/quickfilter`.
fn quick_filters(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    let filters: Vec<_> = board.quick_filters.iter().collect();
    page(call, &filters, |filter| Renderer::quick_filter(board.id, filter))
}

/// `GET sprint/{sprintId}`.
fn sprint(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.renderer.sprint(addressed_sprint(call)?))
}

/// `GET board/{boardId}/sprint/{sprintId}/issue`.
fn board_sprint_issues(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    let sprint = call.segment(1).parse().ok().filter(|id| board.sprint_ids.contains(id));
    let sprint: i64 = sprint.ok_or_else(|| Refusal::new(404, &["Sprint does not exist"]))?;
    issues(call, |issue| board.project_ids.contains(&issue.project_id) && is_in(issue, sprint))
}

/// Whether an issue's parent is an epic, or this one.
fn is_of_epic(call: &Call<'_>, issue: &Issue, epic: Option<i64>) -> bool {
    let parent = issue.parent.as_ref().and_then(|parent| call.site.issues.get(&parent.id));
    let is_epic =
        |it: &&Issue| call.site.issue_type(it.type_id).is_some_and(|kind| kind.hierarchy_level == 1);
    parent.filter(is_epic).is_some_and(|it| epic.is_none_or(|id| it.id == id))
}

fn addressed_epic(call: &Call<'_>, segment: usize) -> Result<i64, Refusal> {
    let epic = call.site.resolve(call.segment(segment));
    let is_epic =
        |it: &&Issue| call.site.issue_type(it.type_id).is_some_and(|kind| kind.hierarchy_level == 1);
    let seen = epic.filter(is_epic).filter(|it| call.site.access(it, call.caller) == Access::Searchable);
    seen.map(|it| it.id).ok_or_else(|| {
        Refusal::new(404, &["The requested epic does not exist, or you do not have permission to view it."])
    })
}

/// `GET epic/{epicIdOrKey}/issue`.
fn epic_issues(call: &Call<'_>) -> Result<Value, Refusal> {
    let epic = addressed_epic(call, 0)?;
    issues(call, |issue| is_of_epic(call, issue, Some(epic)))
}

/// `GET epic/none/issue`.
fn issues_without_epic(call: &Call<'_>) -> Result<Value, Refusal> {
    issues(call, |issue| !is_of_epic(call, issue, None))
}

/// `GET board/{boardId}/epic/{epicId}/issue`.
fn board_epic_issues(call: &Call<'_>) -> Result<Value, Refusal> {
    let (board, epic) = (addressed_board(call)?, addressed_epic(call, 1)?);
    issues(call, |issue| board.project_ids.contains(&issue.project_id) && is_of_epic(call, issue, Some(epic)))
}

/// `GET board/{boardId}/epic/none/issue`.
fn board_issues_without_epic(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    issues(call, |issue| board.project_ids.contains(&issue.project_id) && !is_of_epic(call, issue, None))
}

/// `GET board/{boardId}/issue`: epics are on no board with sprints.
fn board_issues(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    issues(call, |issue| shows(call, board, issue))
}

fn shows(call: &Call<'_>, board: &Board, issue: &Issue) -> bool {
    let epic = call.site.issue_type(issue.type_id).is_some_and(|kind| kind.hierarchy_level > 0);
    board.project_ids.contains(&issue.project_id) && (board.kind != BoardKind::Scrum || !epic)
}

/// `GET board/{boardId}/backlog`: what is not done and in no sprint that is active or planned.
fn backlog(call: &Call<'_>) -> Result<Value, Refusal> {
    let board = addressed_board(call)?;
    issues(call, |issue| {
        let status = call.site.status(issue.status_id);
        let done = status.is_some_and(|status| status.category == StatusCategory::Done);
        let planned = issue.custom.values().any(|value| match value {
            CustomValue::Sprints(sprints) => sprints.iter().any(|it| it.state != "closed"),
            _ => false,
        });
        shows(call, board, issue) && !done && !planned
    })
}

/// `GET sprint/{sprintId}/issue`.
fn sprint_issues(call: &Call<'_>) -> Result<Value, Refusal> {
    let sprint = addressed_sprint(call)?;
    issues(call, |issue| is_in(issue, sprint.id))
}

/// One page of the issues that belong, those of the query only, by rank where it has no order.
fn issues(call: &Call<'_>, belongs: impl Fn(&Issue) -> bool) -> Result<Value, Refusal> {
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", DEFAULT_ISSUES)?.clamp(0, MOST_ISSUES);
    let text = call.query("jql").unwrap_or_default();
    let query = match parse(text)? {
        query if query.filter.is_some() => query,
        // Here a query may be an order alone, or nothing.
        _ => parse(&format!("project is not EMPTY {text}"))?,
    };
    let (filter, mut order) = compile(&query, call.environment())?;
    order.push(Sort::by_id(Direction::Ascending));
    let visible = call
        .site
        .issues
        .values()
        .filter(|issue| call.site.access(issue, call.caller) == Access::Searchable && belongs(issue))
        .filter(|issue| filter.matches(issue, call.site));
    let found = sorted(visible, call.site, &order, None, usize::MAX);
    let asked = call.query_list("fields");
    let selection = Selection::new(&asked, "*navigable", &call.site.fields);
    let rows: Vec<Value> = slice(&found, start, size)
        .into_iter()
        .map(|issue| {
            let mut row = call.renderer.issue(issue, &selection);
            for name in
                AGILE_FIELDS.iter().filter(|name| asked.is_empty() || asked.iter().any(|it| it == *name))
            {
                row["fields"][*name] = call.renderer.agile_field(issue, name);
            }
            row
        })
        .collect();
    Ok(json!({
        "expand": "schema,names", "startAt": start, "maxResults": size, "total": found.len(), "issues": rows,
    }))
}
