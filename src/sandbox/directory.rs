//! What surrounds the issues: server, people, projects, fields, permissions.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all endpoints have one signature, whether they can refuse or not"
)]

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::{Call, Refusal};
use super::jql;
use super::model::{Access, AccountState, Caller, Field, Project, ProjectState};
use super::page::{Paging, slice};
use super::render::CLOUD_ONLY;
use super::{documents, groups};

/// The sandbox's cloud id.
pub(super) const CLOUD_ID: &str = "5a4d1f9e-77a3-4d0c-9a57-1d2f3c4b5a69";

/// `GET serverInfo`.
pub(super) fn server_info(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(json!({
        "baseUrl": call.renderer.base,
        "displayUrl": call.renderer.base,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_290,
        "buildDate": "2026-09-28T10:11:12.000+0200",
        "serverTime": call.renderer.local_time(call.now),
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "Jira",
        "defaultLocale": {"locale": "en_US"},
        "serverTimeZone": "Etc/UTC",
    }))
}

/// `GET myself`.
pub(super) fn myself(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(call.site.me().map_or(Value::Null, |me| groups::with_memberships(call, me)))
}

/// `GET /_edge/tenant_info`.
pub(super) fn tenant_info() -> Value {
    json!({"cloudId": CLOUD_ID})
}

/// `GET users/search`: everybody, inactive accounts and apps too.
pub(super) fn users(call: &Call<'_>) -> Result<Value, Refusal> {
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", 50)?.clamp(0, 1000);
    let users: Vec<_> = call.site.users.iter().collect();
    Ok(slice(&users, start, size).into_iter().map(|user| call.renderer.full_user(user)).collect())
}

/// `GET user/search`: active accounts whose name or address begins so.
pub(super) fn find_users(call: &Call<'_>) -> Result<Value, Refusal> {
    if call.query("query").is_none() && call.query("accountId").is_none() {
        return Err(Refusal::bad_request("The query parameter is missing."));
    }
    if call.caller == Caller::Anonymous {
        return Ok(json!([]));
    }
    let start = call.query_number("startAt", 0)?.max(0);
    let size = call.query_number("maxResults", 50)?.clamp(0, 1000);
    let begins = |text: &str, wanted: &str| {
        text.to_lowercase().split_whitespace().any(|word| word.starts_with(wanted))
    };
    let users: Vec<_> = call
        .site
        .users
        .iter()
        .filter(|user| user.state == AccountState::Active)
        .filter(|user| call.query("accountId").is_none_or(|id| *user.account_id == *id))
        .filter(|user| {
            call.query("query").is_none_or(|text| {
                let text = text.to_lowercase();
                begins(&user.display_name, &text) || user.email.as_deref().is_some_and(|it| begins(it, &text))
            })
        })
        .take(1000)
        .collect();
    Ok(slice(&users, start, size).into_iter().map(|user| call.renderer.user(user)).collect())
}

/// The types that a search of projects can be told.
const PROJECT_TYPES: [&str; 3] = ["business", "service_desk", "software"];

/// `GET project/search`.
pub(super) fn search_projects(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::read(call, 50, 100)?;
    let (ids, keys) = (call.query_list("id"), call.query_list("keys"));
    let types = call.query_list("typeKey");
    if let Some(other) = types.iter().find(|it| !PROJECT_TYPES.contains(&it.as_str())) {
        return Err(Refusal::bad_request(&format!("The project type '{other}' is not known.")));
    }
    let category = call.query("categoryId").map(|_| call.query_number("categoryId", 0)).transpose()?;
    let statuses = call.query_list("status");
    let text = call.query("query").map(str::to_lowercase);
    let expand = call.query_list("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    let mut found: Vec<&Project> = call
        .site
        .projects
        .iter()
        .filter(|it| it.audience.includes(call.caller))
        .filter(|it| match it.state {
            ProjectState::Live => statuses.is_empty() || statuses.iter().any(|status| status == "live"),
            ProjectState::Archived => statuses.iter().any(|status| status == "archived"),
        })
        .filter(|it| ids.is_empty() || ids.contains(&it.id.to_string()))
        .filter(|it| keys.is_empty() || keys.contains(&it.key))
        .filter(|it| types.is_empty() || types.iter().any(|kind| kind == it.kind.as_str()))
        .filter(|it| category.is_none_or(|wanted| it.category.as_ref().is_some_and(|own| own.id == wanted)))
        .filter(|it| {
            text.as_ref().is_none_or(|text| {
                it.name.to_lowercase().contains(text) || it.key.to_lowercase().contains(text)
            })
        })
        .collect();
    // The document says so of all that a search may ask for; of ids and keys empty pages have been seen.
    if found.is_empty() && (category.is_some() || !types.is_empty()) {
        return Err(Refusal::new(404, &["No projects were found that match the search criteria."]));
    }
    let order = call.query("orderBy").unwrap_or("key").trim();
    match order.trim_start_matches(['-', '+', ' ']) {
        "key" => found.sort_by_key(|it| it.key.as_str()),
        "name" => found.sort_by_key(|it| it.name.to_lowercase()),
        "category" | "issueCount" | "lastIssueUpdatedDate" | "archivedDate" | "deletedDate" => {}
        _ => {
            return Err(Refusal::bad_request(&format!("The value '{order}' of 'orderBy' is not supported.")));
        }
    }
    if order.starts_with('-') {
        found.reverse();
    }
    Ok(paging.page(call, "project/search", &found, |it| call.renderer.project(it, &expand)))
}

/// `GET project`: all live ones at once, which the document calls deprecated.
pub(super) fn projects(call: &Call<'_>) -> Result<Value, Refusal> {
    let expand = call.query_list("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    let seen = call.site.projects.iter().filter(|it| it.audience.includes(call.caller));
    let live = seen.filter(|it| it.state == ProjectState::Live);
    Ok(live.map(|it| call.renderer.project(it, &expand)).collect())
}

/// `GET label`: each label of an issue that the caller may see, once.
pub(super) fn labels(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::read(call, 1000, 1000)?;
    let visible = call.site.issues.values().filter(|it| call.site.access(it, call.caller) != Access::Hidden);
    let labels: BTreeSet<&str> = visible.flat_map(|it| &it.labels).map(String::as_str).collect();
    let labels: Vec<&str> = labels.into_iter().collect();
    Ok(paging.page(call, "label", &labels, Value::from))
}

/// `GET project/{projectIdOrKey}`.
pub(super) fn project(call: &Call<'_>) -> Result<Value, Refusal> {
    let wanted = call.segment(0);
    let expand = call.query_list("expand");
    let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
    call.site
        .projects
        .iter()
        .filter(|it| it.audience.includes(call.caller))
        .find(|it| it.key.eq_ignore_ascii_case(wanted) || it.id.to_string() == wanted)
        .map(|it| call.renderer.whole_project(it, &expand))
        .ok_or_else(|| Refusal::new(404, &[&format!("No project could be found with key '{wanted}'.")]))
}

/// `GET field`.
pub(super) fn fields(call: &Call<'_>) -> Result<Value, Refusal> {
    let has = |id: &str| !call.renderer.is_data_center() || !CLOUD_ONLY.contains(&id);
    let fields = call.site.fields.iter().filter(|field| has(&field.id));
    Ok(fields.map(|field| call.renderer.catalogue_entry(field)).collect())
}

/// `GET jql/autocompletedata`.
pub(super) fn jql_reference(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(jql::reference(call.site))
}

/// Permissions that the account has not, whatever it administers.
const LACKING: [&str; 3] = ["SYSTEM_ADMIN", "com.example.almanac__almanac-admin", "DELETE_ALL_WORKLOGS"];

/// `GET mypermissions`: those of the list of all permissions that are asked for.
pub(super) fn my_permissions(call: &Call<'_>) -> Result<Value, Refusal> {
    let known = documents::records("/rest/api/3/permissions");
    let wanted = call.query("permissions").unwrap_or_default().split(',').map(str::trim);
    let mut wanted: Vec<&str> = wanted.filter(|it| !it.is_empty()).collect();
    if call.renderer.is_data_center() {
        wanted = known.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    }
    if wanted.is_empty() {
        return Err(Refusal::bad_request("The 'permissions' query parameter is required."));
    }
    let mut permissions = Map::new();
    for name in wanted {
        let Some(permission) = known.get(name) else {
            return Err(Refusal::bad_request(&format!("Unrecognized permission '{name}'.")));
        };
        let granted = match call.caller {
            Caller::Demo => !LACKING.contains(&name) && (name != "ADMINISTER" || call.rights.administers),
            Caller::Anonymous => name == "BROWSE_PROJECTS",
        };
        let mut permission = permission.clone();
        permission["havePermission"] = json!(granted);
        permissions.insert(name.to_owned(), permission);
    }
    Ok(json!({"permissions": permissions}))
}

/// Custom fields that have contexts, and how many; the documents have the contexts themselves.
const CONTEXTS: [(i64, u32); 6] =
    [(10_016, 1), (10_032, 1), (10_033, 2), (10_034, 1), (10_047, 1), (10_048, 1)];

/// `GET field/search`.
pub(super) fn search_fields(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let (kinds, ids, expand) = (call.query_list("type"), call.query_list("id"), call.query_list("expand"));
    let text = call.query("query").unwrap_or_default().to_lowercase();
    let mut found: Vec<&Field> = call
        .site
        .fields
        .iter()
        .filter(|it| {
            let kind = if it.custom_id.is_some() { "custom" } else { "system" };
            kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind)
        })
        .filter(|it| ids.is_empty() || ids.contains(&it.id))
        .filter(|it| it.name.to_lowercase().contains(&text))
        .collect();
    found.sort_by_key(|it| it.name.as_str());
    Ok(paging.page(call, "field/search", &found, |it| searched_field(call, it, &expand)))
}

/// `GET customFields` of Data Center, where `startAt` is the number of a page.
pub(super) fn custom_fields(call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.query("search").unwrap_or_default().to_lowercase();
    let found: Vec<(&Field, i64)> = call
        .site
        .fields
        .iter()
        .filter(|it| it.name.to_lowercase().contains(&text))
        .filter_map(|it| Some((it, it.custom_id?)))
        .collect();
    let size = call.query_number("maxResults", 50)?.max(1);
    let page = call.query_number("startAt", 1)?.max(1);
    let shown = slice(&found, (page - 1).saturating_mul(size), size);
    let expand = ["searcherKey", "isLocked", "screensCount"].map(str::to_owned);
    let values: Vec<Value> = shown
        .into_iter()
        .map(|(field, number)| {
            let mut value = searched_field(call, field, &expand);
            value["self"] = json!(call.renderer.link(&format!("customFields/{}", field.id)));
            value["numericId"] = json!(number);
            value["type"] = json!("Text Field (single line)");
            value["isManaged"] = json!(false);
            value["isAllProjects"] = json!(true);
            value["projectsCount"] = json!(0);
            value.as_object_mut().map(|it| it.remove("schema"));
            value
        })
        .collect();
    let is_last = page.saturating_mul(size) >= i64::try_from(found.len()).unwrap_or_default();
    Ok(json!({
        "maxResults": size,
        "startAt": page,
        "total": found.len(),
        "isLast": is_last,
        "values": values,
    }))
}

fn searched_field(call: &Call<'_>, field: &Field, expand: &[String]) -> Value {
    let number = field.custom_id.unwrap_or_default();
    let entry = call.renderer.catalogue_entry(field);
    let mut found = json!({"id": field.id, "name": field.name, "schema": entry["schema"]});
    if number % 2 == 0 {
        found["description"] =
            json!(if number % 4 == 0 { String::new() } else { format!("About \"{}\"", field.name) });
    }
    let contexts = CONTEXTS.iter().find(|(id, _)| *id == number).map_or(0, |(_, contexts)| *contexts);
    let last_used = match number % 3 {
        0 => json!({"type": "TRACKED", "value": "2026-09-01T07:37:40.000+0000"}),
        1 => json!({"type": "NOT_TRACKED"}),
        _ => json!({"type": "NO_INFORMATION"}),
    };
    let expanded = [
        ("key", json!(field.id)),
        ("stableId", json!(format!("sfid:{}", field.id))),
        ("isLocked", json!(number % 5 == 0)),
        ("searcherKey", json!(format!("{}searcher", field.kind.unwrap_or_default()))),
        ("screensCount", json!(number % 7)),
        ("contextsCount", json!(contexts)),
        ("lastUsed", last_used),
    ];
    for (word, value) in expanded.into_iter().filter(|(word, _)| expand.iter().any(|it| it == word)) {
        found[word] = value;
    }
    found
}
