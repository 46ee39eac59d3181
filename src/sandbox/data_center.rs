//! Jira Data Center: its own list of endpoints, all at `/rest/api/2` and `/rest/agile/1.0`, and the answers that Cloud
//! has in no such form: search by offset, whole lists, users by name.

use serde_json::{Value, json};

use super::assumptions::{ExpandedChangelog, OffsetPage, PickedGroups, UnvalidatedQuery};
use super::call::{Call, Refusal};
use super::endpoints::{Endpoint, Openness};
use super::issues::{addressed, expand};
use super::jql::{Direction, Sort, Validation, compile, parse};
use super::model::{Access, AccountState, Group, Issue, Project, ProjectState, User};
use super::page::slice;
use super::render::{Renderer, Selection};
use super::search::sorted;
use super::{around, classification, comments, directory, groups, links, project_parts, worklogs};

/// The version that the site says it has.
const VERSION: [u32; 3] = [10, 3, 4];
/// Rows where `maxResults` is absent.
const DEFAULT_ROWS: i64 = 50;
/// The newest changes that a search shows, where it does not show all.
const NEWEST_HISTORIES: usize = 100;
/// Users on the largest page of their stream.
const MOST_USERS: i64 = 2_000;
/// Groups that the picker shows, where it does not show all.
const PICKED: usize = 20;

use Openness::{AccountsOnly, Anonymous};

const SEARCH: &[&str] = &["jql", "startAt", "maxResults", "validateQuery", "fields", "expand"];

/// Fixed paths stand before variable ones.
pub(super) static PLATFORM: &[Endpoint] = &[
    get(&["serverInfo"], Anonymous, &["doHealthCheck"], server_info),
    get(&["myself"], AccountsOnly, &[], directory::myself),
    get(&["search"], Anonymous, SEARCH, search_by_get),
    post(&["search"], Anonymous, SEARCH, search_by_post),
    get(&["issue", "*"], Anonymous, &["fields", "expand", "properties", "updateHistory"], issue),
    get(&["issue", "*", "worklog"], Anonymous, &[], worklogs::all_of_issue),
    get(
        &["issue", "*", "comment"],
        Anonymous,
        &["startAt", "maxResults", "orderBy", "expand"],
        comments::of_issue,
    ),
    get(&["issue", "*", "transitions"], Anonymous, &["transitionId", "expand"], around::transitions),
    get(&["issue", "*", "watchers"], Anonymous, &[], around::watchers),
    get(&["issue", "*", "votes"], Anonymous, &[], around::votes),
    get(&["issue", "*", "remotelink"], Anonymous, &["globalId"], around::remote_links),
    get(&["issue", "*", "properties"], Anonymous, &[], around::issue_property_keys),
    get(&["issue", "*", "properties", "*"], Anonymous, &[], around::issue_property),
    get(&["project", "*", "properties"], Anonymous, &[], around::project_property_keys),
    get(&["project", "*", "properties", "*"], Anonymous, &[], around::project_property),
    get(&["project", "*", "statuses"], Anonymous, &[], around::statuses),
    get(&["project", "type"], Anonymous, &[], around::project_types),
    get(&["projectCategory"], AccountsOnly, &[], around::project_categories),
    get(&["issueLinkType"], Anonymous, &[], links::types),
    get(&["worklog", "updated"], AccountsOnly, &["since"], worklogs::updated),
    get(&["worklog", "deleted"], AccountsOnly, &["since"], worklogs::deleted),
    post(&["worklog", "list"], AccountsOnly, &["ids"], worklogs::list),
    get(&["project"], Anonymous, &["includeArchived", "expand", "recent", "browseArchive"], projects),
    get(&["project", "*"], Anonymous, &["expand"], directory::project),
    get(&["project", "*", "components"], Anonymous, &[], project_parts::components),
    get(&["project", "*", "versions"], Anonymous, &["expand"], project_parts::versions),
    get(&["component", "*"], Anonymous, &[], project_parts::component),
    get(&["version", "*"], Anonymous, &["expand"], project_parts::version),
    get(&["user", "list"], AccountsOnly, &["cursor", "maxResults"], user_stream),
    get(
        &["user", "search"],
        AccountsOnly,
        &["username", "startAt", "maxResults", "includeActive", "includeInactive"],
        find_users,
    ),
    get(&["groups", "picker"], AccountsOnly, &["query", "exclude", "maxResults", "userName"], pick_groups),
    get(
        &["group", "member"],
        AccountsOnly,
        &["groupname", "includeInactiveUsers", "startAt", "maxResults"],
        groups::members,
    ),
    get(&["status"], Anonymous, &[], classification::statuses),
    get(&["statuscategory"], AccountsOnly, &[], classification::status_categories),
    get(&["priority"], AccountsOnly, &[], classification::priorities),
    get(&["resolution"], AccountsOnly, &[], classification::resolutions),
    get(&["issuetype"], Anonymous, &[], classification::issue_types),
    get(&["field"], Anonymous, &[], directory::fields),
    get(
        &["customFields"],
        AccountsOnly,
        &[
            "startAt",
            "maxResults",
            "search",
            "types",
            "projectIds",
            "screenIds",
            "sortColumn",
            "sortOrder",
            "lastValueUpdate",
        ],
        directory::custom_fields,
    ),
    get(&["jql", "autocompletedata"], Anonymous, &[], directory::jql_reference),
    get(
        &["mypermissions"],
        Anonymous,
        &["projectKey", "projectId", "issueKey", "issueId"],
        directory::my_permissions,
    ),
];

type Handle = fn(&Call<'_>) -> Result<Value, Refusal>;

const fn get(
    path: &'static [&'static str],
    openness: Openness,
    query: &'static [&'static str],
    handle: Handle,
) -> Endpoint {
    Endpoint { method: "GET", path, openness, query, body: &[], handle }
}

const fn post(
    path: &'static [&'static str],
    openness: Openness,
    body: &'static [&'static str],
    handle: Handle,
) -> Endpoint {
    Endpoint { method: "POST", path, openness, query: &[], body, handle }
}

/// `GET serverInfo`.
#[expect(clippy::unnecessary_wraps, reason = "all endpoints have one signature")]
fn server_info(call: &Call<'_>) -> Result<Value, Refusal> {
    let [major, minor, patch] = VERSION;
    Ok(json!({
        "baseUrl": call.renderer.base,
        "version": format!("{major}.{minor}.{patch}"),
        "versionNumbers": VERSION,
        "deploymentType": "Server",
        "buildNumber": 10_030_004,
        "buildDate": "2026-02-10T00:00:00.000+0100",
        "databaseBuildNumber": 10_030_004,
        "serverTime": call.renderer.local_time(call.now),
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "Sandbox Jira",
    }))
}

/// The arguments of a search.
struct Search {
    jql: String,
    start: i64,
    size: i64,
    fields: Vec<String>,
    expand: Vec<String>,
    validation: Validation,
}

impl Search {
    fn validation(call: &Call<'_>, validate: bool) -> Validation {
        match (validate, call.assumptions.unvalidated_query) {
            (false, UnvalidatedQuery::PassesOver) => Validation::PassesOver,
            _ => Validation::Refuses,
        }
    }
}

/// `GET search`.
fn search_by_get(call: &Call<'_>) -> Result<Value, Refusal> {
    let validate = call.query("validateQuery").is_none_or(|it| it != "false");
    search(
        call,
        &Search {
            jql: call.query("jql").unwrap_or_default().to_owned(),
            start: call.query_number("startAt", 0)?,
            size: call.query_number("maxResults", DEFAULT_ROWS)?,
            fields: call.query_list("fields"),
            expand: call.query_list("expand"),
            validation: Search::validation(call, validate),
        },
    )
}

/// `POST search`.
fn search_by_post(call: &Call<'_>) -> Result<Value, Refusal> {
    let validate = match call.body.get("validateQuery") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(validate)) => *validate,
        Some(_) => return Err(Refusal::bad_payload()),
    };
    search(
        call,
        &Search {
            jql: call.body_text("jql")?.unwrap_or_default().to_owned(),
            start: call.body_number("startAt")?.unwrap_or(0),
            size: call.body_number("maxResults")?.unwrap_or(DEFAULT_ROWS),
            fields: call.body_list("fields")?.unwrap_or_default(),
            expand: call.body_list("expand")?.unwrap_or_default(),
            validation: Search::validation(call, validate),
        },
    )
}

fn search(call: &Call<'_>, asked: &Search) -> Result<Value, Refusal> {
    if asked.start < 0 || asked.size < 0 {
        return Err(Refusal::bad_request("Neither 'startAt' nor 'maxResults' can be negative."));
    }
    // The server property `jira.search.views.default.max`.
    let most = match call.assumptions.offset_page {
        OffsetPage::Thousand => 1_000,
        OffsetPage::Hundred => 100,
    };
    let size = asked.size.min(most);
    let environment = call.environment_with(asked.validation);
    let (filter, mut order) = compile(&parse(&asked.jql)?, environment)?;
    order.push(Sort::by_id(if order.is_empty() { Direction::Descending } else { Direction::Ascending }));
    let found = call.orders.of(&asked.jql, call.caller, call.now, || {
        let visible = call.site.issues.values().filter(|issue| {
            call.site.access(issue, call.caller) == Access::Searchable && filter.matches(issue, call.site)
        });
        let found = sorted(visible, call.site, &order, None, usize::MAX);
        found.into_iter().map(|issue| issue.id).collect()
    });
    let selection = Selection::new(&asked.fields, "*navigable", &call.site.fields);
    let most_histories = match call.assumptions.expanded_changelog {
        ExpandedChangelog::Whole => usize::MAX,
        ExpandedChangelog::NewestHundred => NEWEST_HISTORIES,
    };
    let issues: Vec<Value> = slice(&found, asked.start, size)
        .iter()
        .filter_map(|id| call.site.issues.get(id))
        .map(|issue| whole(call, issue, &selection, &asked.expand, most_histories))
        .collect();
    let mut answer = json!({
        "expand": "names,schema",
        "startAt": asked.start,
        "maxResults": size,
        "total": found.len(),
        "issues": issues,
    });
    expand(call, &selection, &asked.expand, &mut answer);
    Ok(answer)
}

/// An issue with what `expand` adds to it.
fn whole(call: &Call<'_>, issue: &Issue, selection: &Selection, expand: &[String], most: usize) -> Value {
    let mut row = call.renderer.issue(issue, selection);
    if expand.iter().any(|it| it == "changelog") {
        row["changelog"] = call.renderer.newest_histories(issue, most);
    }
    row
}

/// `GET issue/{issueIdOrKey}`.
fn issue(call: &Call<'_>) -> Result<Value, Refusal> {
    let issue = addressed(call)?;
    let selection = Selection::new(&call.query_list("fields"), "*all", &call.site.fields);
    let expansions = call.query_list("expand");
    let mut answer = whole(call, issue, &selection, &expansions, usize::MAX);
    let properties = Renderer::properties(issue, &call.query_list("properties"));
    if properties != json!({}) {
        answer["properties"] = properties;
    }
    expand(call, &selection, &expansions, &mut answer);
    Ok(answer)
}

/// `GET project`: all of them in one answer.
fn projects(call: &Call<'_>) -> Result<Value, Refusal> {
    let archived = call.query_flag("includeArchived")?;
    let expand = call.query_list("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    let mut found: Vec<&Project> = call
        .site
        .projects
        .iter()
        .filter(|it| it.audience.includes(call.caller))
        .filter(|it| archived || it.state == ProjectState::Live)
        .collect();
    found.sort_by_key(|it| it.name.to_lowercase());
    Ok(found.into_iter().map(|it| call.renderer.project(it, &expand)).collect())
}

/// `GET user/list`: everybody, in no order that means anything, and without a word on how many there are.
fn user_stream(call: &Call<'_>) -> Result<Value, Refusal> {
    let size = call.query_number("maxResults", MOST_USERS)?.clamp(1, MOST_USERS);
    let start = call.query_number("cursor", 0)?.max(0);
    let mut users: Vec<&User> = call.site.users.iter().collect();
    users.sort_by_key(|user| user.key.as_str());
    let page = slice(&users, start, size);
    let end = start + i64::try_from(page.len()).unwrap_or_default();
    let last = end >= i64::try_from(users.len()).unwrap_or_default();
    let values: Vec<Value> = page.into_iter().map(|user| call.renderer.full_user(user)).collect();
    let link = |cursor: i64| call.renderer.link(&format!("user/list?cursor={cursor}&maxResults={size}"));
    let mut answer = json!({"self": link(start), "maxResults": size, "isLast": last, "values": values});
    if !last {
        answer["nextCursor"] = json!(end.to_string());
        answer["nextPage"] = json!(link(end));
    }
    Ok(answer)
}

/// `GET user/search`: users whose name, display name or address begins so; a dot stands for all. A thousand at most.
fn find_users(call: &Call<'_>) -> Result<Value, Refusal> {
    let Some(text) = call.query("username") else {
        return Err(Refusal::bad_request("The username query parameter was not provided"));
    };
    let active = call.query("includeActive").is_none_or(|it| it == "true");
    let inactive = call.query_flag("includeInactive")?;
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", 50)?.clamp(0, 1_000);
    let text = text.to_lowercase();
    let begins =
        |it: &str| text == "." || it.to_lowercase().split_whitespace().any(|it| it.starts_with(&text));
    let mut users: Vec<&User> = call
        .site
        .users
        .iter()
        .filter(|user| if user.state == AccountState::Active { active } else { inactive })
        .filter(|user| {
            begins(&user.name) || begins(&user.display_name) || user.email.as_deref().is_some_and(begins)
        })
        .collect();
    users.sort_by_key(|user| user.name.as_str());
    users.truncate(1_000);
    Ok(slice(&users, start, size).into_iter().map(|user| call.renderer.user(user)).collect())
}

/// `GET groups/picker`: groups whose name holds the text, by name, and how many there are.
fn pick_groups(call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.query("query").unwrap_or_default().to_lowercase();
    let excluded = call.query_all("exclude");
    let mut found: Vec<&Group> = call
        .site
        .groups
        .iter()
        .filter(|group| group.name.to_lowercase().contains(&text))
        .filter(|group| !excluded.contains(&group.name.as_str()))
        .collect();
    found.sort_by_key(|group| group.name.as_str());
    let total = found.len();
    // The server property `jira.ajax.autocomplete.limit`.
    let most = match call.assumptions.picked_groups {
        PickedGroups::AsAsked => usize::MAX,
        PickedGroups::Twenty => PICKED,
    };
    let asked = call.query_number("maxResults", i64::try_from(PICKED).unwrap_or_default())?;
    found.truncate(usize::try_from(asked).unwrap_or_default().min(most));
    let groups: Vec<Value> =
        found.iter().map(|group| json!({"name": group.name, "html": group.name, "labels": []})).collect();
    let header = format!("Showing {} of {total} matching groups", groups.len());
    Ok(json!({"header": header, "total": total, "groups": groups}))
}
