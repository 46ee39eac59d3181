//! Groups, their members, and the accounts that are asked for by id.

use serde_json::{Value, json};

use super::assumptions::AppMembers;
use super::call::{Call, Refusal};
use super::model::{AccountKind, Caller, Group, GroupAccess, User};
use super::page::Paging;
use super::render::Renderer;

/// Groups that the picker shows at most.
const PICKED: i64 = 20;

/// The applications that `applicationKey` can name.
const APPLICATIONS: [&str; 4] = ["jira-core", "jira-product-discovery", "jira-servicedesk", "jira-software"];

/// `GET group/bulk`. Ids and names that no group has are passed over; both together must fit.
pub(super) fn all(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 50)?;
    let (ids, names) = (call.query_all("groupId"), call.query_all("groupName"));
    let access = match call.query("accessType") {
        None => None,
        Some("site-admin") => Some(GroupAccess::SiteAdmin),
        Some("admin") => Some(GroupAccess::Admin),
        Some("user") => Some(GroupAccess::User),
        Some(other) => {
            return Err(Refusal::bad_request(&format!("The access type '{other}' is not valid.")));
        }
    };
    let application = call.query("applicationKey");
    if let Some(key) = application.filter(|key| !APPLICATIONS.contains(key)) {
        return Err(Refusal::bad_request(&format!("The application key '{key}' is not valid.")));
    }
    // The one product that the site has.
    let opens = |group: &Group| {
        application.is_none_or(|key| key == "jira-software" && group.access == GroupAccess::User)
    };
    let found: Vec<&Group> = call
        .site
        .groups
        .iter()
        .filter(|group| ids.is_empty() || ids.contains(&group.id.as_str()))
        .filter(|group| names.is_empty() || names.contains(&group.name.as_str()))
        .filter(|group| access.is_none_or(|access| group.access == access))
        .filter(|group| opens(group))
        .collect();
    Ok(paging.page(call, "group/bulk", &found, Renderer::group))
}

/// `GET group/member`: at most 50 a page whatever is asked for.
pub(super) fn members(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::read(call, 50, 50)?;
    let inactive = call.query_flag("includeInactiveUsers")?;
    let (id, name) = (call.query("groupId"), call.query("groupname"));
    let (wanted, found) = match (id, name) {
        (Some(_), Some(_)) => {
            return Err(Refusal::bad_request("Give either the id or the name of a group, not both."));
        }
        (None, None) => {
            return Err(Refusal::bad_request("The id or the name of a group is required."));
        }
        (Some(id), None) => (id, call.site.group(id)),
        (None, Some(name)) => (name, call.site.groups.iter().find(|group| group.name == name)),
    };
    let group =
        found.ok_or_else(|| Refusal::new(404, &[&format!("The group '{wanted}' does not exist.")]))?;
    let listed = |user: &&User| match call.assumptions.app_members {
        AppMembers::Included => true,
        AppMembers::LeftOut => user.kind != AccountKind::App,
    };
    let members: Vec<&User> = if inactive {
        call.site.members(group).filter(listed).collect()
    } else {
        call.site.active_members(group).filter(listed).collect()
    };
    Ok(paging.page(call, "group/member", &members, |user| call.renderer.member(user)))
}

/// `GET groups/picker`: groups whose name holds the text, by name, and how many there are.
pub(super) fn pick(call: &Call<'_>) -> Result<Value, Refusal> {
    let limit = call.query_number("maxResults", PICKED)?.clamp(1, PICKED);
    let (excluded, excluded_ids) = (call.query_all("exclude"), call.query_all("excludeId"));
    if !excluded.is_empty() && !excluded_ids.is_empty() {
        return Err(Refusal::bad_request("Groups can be excluded by name or by id, not by both."));
    }
    let text = call.query("query").unwrap_or_default();
    let insensitive = call.query_flag("caseInsensitive")?;
    let place = |name: &str| {
        if insensitive { name.to_lowercase().find(&text.to_lowercase()) } else { name.find(text) }
    };
    let mut found: Vec<&Group> = call
        .site
        .groups
        .iter()
        .filter(|_| call.caller == Caller::Demo)
        .filter(|group| place(&group.name).is_some())
        .filter(|group| !excluded.contains(&group.name.as_str()))
        .filter(|group| !excluded_ids.contains(&group.id.as_str()))
        .collect();
    found.sort_by_key(|group| group.name.as_str());
    let total = found.len();
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let groups: Vec<Value> = found
        .iter()
        .map(|group| {
            json!({
                "name": group.name,
                "html": highlighted(&group.name, place(&group.name).unwrap_or_default(), text.len()),
                "labels": [],
                "groupId": group.id,
            })
        })
        .collect();
    Ok(json!({
        "header": format!("Showing {} of {total} matching groups", groups.len()),
        "total": total,
        "groups": groups,
    }))
}

/// `name` as HTML with the match in bold; without bold where small letters are longer than capitals.
fn highlighted(name: &str, place: usize, length: usize) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts = name.split_at_checked(place).and_then(|(before, rest)| {
        let (found, after) = rest.split_at_checked(length)?;
        Some((before, found, after))
    });
    match parts {
        Some((before, found, after)) if !found.is_empty() => {
            format!("{}<b>{}</b>{}", escape(before), escape(found), escape(after))
        }
        _ => escape(name),
    }
}

/// The account that `accountId` names.
fn asked<'a>(call: &Call<'a>) -> Result<&'a User, Refusal> {
    let Some(id) = call.query("accountId").filter(|id| !id.is_empty()) else {
        return Err(Refusal::bad_request("The query parameter 'accountId' is required."));
    };
    call.site.user(id).ok_or_else(|| {
        Refusal::new(404, &["The user does not exist, or you do not have permission to see it."])
    })
}

/// `GET user`.
pub(super) fn user(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(with_memberships(call, asked(call)?))
}

/// A user with groups and applications: their number, and which where `expand` asks for that.
pub(super) fn with_memberships(call: &Call<'_>, user: &User) -> Value {
    let expand = call.query_list("expand");
    let groups: Vec<Value> =
        call.site.groups_of(&user.account_id).map(|it| call.renderer.group_of_user(it)).collect();
    let mut value = call.renderer.full_user(user);
    let shown = expand.iter().any(|it| it == "groups");
    value["groups"] = json!({"size": groups.len(), "items": if shown { groups } else { Vec::new() }});
    value["applicationRoles"] = json!({"size": 1, "items": []});
    value["expand"] = json!("groups,applicationRoles");
    value
}

/// `GET user/bulk`: those of the accounts that there are, ten a page unless more are asked for.
pub(super) fn users(call: &Call<'_>) -> Result<Value, Refusal> {
    let paging = Paging::without_maximum(call, 10)?;
    let wanted = call.query_all("accountId");
    if wanted.is_empty() {
        return Err(Refusal::bad_request("The query parameter 'accountId' is required."));
    }
    let found: Vec<&User> =
        call.site.users.iter().filter(|user| wanted.contains(&&*user.account_id)).collect();
    Ok(paging.page(call, "user/bulk", &found, |user| call.renderer.user(user)))
}

/// `GET user/groups`.
pub(super) fn of_user(call: &Call<'_>) -> Result<Value, Refusal> {
    let user = asked(call)?;
    Ok(call.site.groups_of(&user.account_id).map(|it| call.renderer.group_of_user(it)).collect())
}
