//! The table of endpoints: method, path, who may call, which parameters are documented, and the
//! function that answers.

mod around;
mod lists;

use serde_json::Value;

use super::call::{Call, Refusal};
use super::{agile, changelog, comments, directory, issues, links, search, worklogs};

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Openness {
    /// Everybody; anonymous users see less.
    Anonymous,
    /// Accounts only.
    AccountsOnly,
}

pub(super) struct Endpoint {
    pub(super) method: &'static str,
    /// Segments below `/rest/api/N` or `/rest/agile/1.0`; `*` stands for any one.
    pub(super) path: &'static [&'static str],
    pub(super) openness: Openness,
    pub(super) query: &'static [&'static str],
    pub(super) body: &'static [&'static str],
    pub(super) handle: fn(&Call<'_>) -> Result<Value, Refusal>,
}

pub(super) enum Found {
    Endpoint(&'static Endpoint, Vec<String>),
    OtherMethod,
    Nothing,
}

/// The interfaces that have a table of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    /// `/rest/api`.
    Platform,
    /// `/rest/agile`.
    Agile,
}

/// The endpoint at these segments, and what stands for its variables.
pub(super) fn find(surface: Surface, method: &str, segments: &[String]) -> Found {
    let lists: &[&'static [Endpoint]] = match surface {
        Surface::Platform => &[around::FIXED, ENDPOINTS, lists::ENDPOINTS, around::ENDPOINTS],
        Surface::Agile => &[agile::ENDPOINTS],
    };
    let mut other = false;
    for endpoint in lists.iter().copied().flatten() {
        let fits = endpoint.path.len() == segments.len()
            && endpoint.path.iter().zip(segments).all(
                |(part, it)| {
                    if *part == "*" { !it.is_empty() } else { part == it }
                },
            );
        if !fits {
            continue;
        }
        if endpoint.method == method {
            let variables = endpoint.path.iter().zip(segments);
            let variables = variables.filter(|(part, _)| **part == "*").map(|(_, it)| it.clone());
            return Found::Endpoint(endpoint, variables.collect());
        }
        other = true;
    }
    if other { Found::OtherMethod } else { Found::Nothing }
}

const SEARCH: &[&str] = &[
    "jql",
    "nextPageToken",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "failFast",
    "reconcileIssues",
];

use Openness::{AccountsOnly, Anonymous};

/// Fixed paths stand before variable ones.
static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: &["serverInfo"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: directory::server_info,
    },
    Endpoint {
        method: "GET",
        path: &["myself"],
        openness: AccountsOnly,
        query: &["expand"],
        body: &[],
        handle: directory::myself,
    },
    Endpoint {
        method: "GET",
        path: &["search", "jql"],
        openness: Anonymous,
        query: SEARCH,
        body: &[],
        handle: search::search_by_get,
    },
    Endpoint {
        method: "POST",
        path: &["search", "jql"],
        openness: Anonymous,
        query: &[],
        body: &[
            "jql",
            "nextPageToken",
            "maxResults",
            "fields",
            "expand",
            "properties",
            "fieldsByKeys",
            "reconcileIssues",
        ],
        handle: search::search_by_post,
    },
    Endpoint {
        method: "POST",
        path: &["search", "approximate-count"],
        openness: Anonymous,
        query: &[],
        body: &["jql"],
        handle: search::approximate_count,
    },
    Endpoint {
        method: "GET",
        path: &["search"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: search::removed_search,
    },
    Endpoint {
        method: "POST",
        path: &["search"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: search::removed_search,
    },
    Endpoint {
        method: "POST",
        path: &["issue", "bulkfetch"],
        openness: Anonymous,
        query: &[],
        body: &["issueIdsOrKeys", "fields", "expand", "fieldsByKeys", "properties"],
        handle: issues::bulkfetch,
    },
    Endpoint {
        method: "GET",
        path: &["issue", "*"],
        openness: Anonymous,
        query: &["fields", "fieldsByKeys", "expand", "properties", "updateHistory", "failFast"],
        body: &[],
        handle: issues::issue,
    },
    Endpoint {
        method: "GET",
        path: &["issue", "*", "worklog"],
        openness: Anonymous,
        query: &["startAt", "maxResults", "startedAfter", "startedBefore", "expand"],
        body: &[],
        handle: worklogs::of_issue,
    },
    Endpoint {
        method: "GET",
        path: &["issue", "*", "comment"],
        openness: Anonymous,
        query: &["startAt", "maxResults", "orderBy", "expand"],
        body: &[],
        handle: comments::of_issue,
    },
    Endpoint {
        method: "GET",
        path: &["issue", "*", "changelog"],
        openness: Anonymous,
        query: &["startAt", "maxResults"],
        body: &[],
        handle: changelog::of_issue,
    },
    Endpoint {
        method: "POST",
        path: &["changelog", "bulkfetch"],
        openness: AccountsOnly,
        query: &[],
        body: &["issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"],
        handle: changelog::bulkfetch,
    },
    Endpoint {
        method: "GET",
        path: &["issueLinkType"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: links::types,
    },
    Endpoint {
        method: "POST",
        path: &["comment", "list"],
        openness: Anonymous,
        query: &["expand"],
        body: &["ids"],
        handle: comments::list,
    },
    Endpoint {
        method: "GET",
        path: &["worklog", "updated"],
        openness: AccountsOnly,
        query: &["since", "expand"],
        body: &[],
        handle: worklogs::updated,
    },
    Endpoint {
        method: "GET",
        path: &["worklog", "deleted"],
        openness: AccountsOnly,
        query: &["since"],
        body: &[],
        handle: worklogs::deleted,
    },
    Endpoint {
        method: "POST",
        path: &["worklog", "list"],
        openness: AccountsOnly,
        query: &["expand"],
        body: &["ids"],
        handle: worklogs::list,
    },
    Endpoint {
        method: "GET",
        path: &["project", "search"],
        openness: Anonymous,
        query: &[
            "startAt",
            "maxResults",
            "orderBy",
            "id",
            "keys",
            "query",
            "typeKey",
            "categoryId",
            "action",
            "expand",
            "status",
            "properties",
            "propertyQuery",
        ],
        body: &[],
        handle: directory::search_projects,
    },
    Endpoint {
        method: "GET",
        path: &["project", "*"],
        openness: Anonymous,
        query: &["expand", "properties"],
        body: &[],
        handle: directory::project,
    },
    Endpoint {
        method: "GET",
        path: &["users", "search"],
        openness: AccountsOnly,
        query: &["startAt", "maxResults"],
        body: &[],
        handle: directory::users,
    },
    Endpoint {
        method: "GET",
        path: &["user", "search"],
        openness: Anonymous,
        query: &["query", "username", "accountId", "startAt", "maxResults", "property"],
        body: &[],
        handle: directory::find_users,
    },
    Endpoint {
        method: "GET",
        path: &["field"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: directory::fields,
    },
    Endpoint {
        method: "GET",
        path: &["label"],
        openness: Anonymous,
        query: &["startAt", "maxResults"],
        body: &[],
        handle: directory::labels,
    },
    Endpoint {
        method: "GET",
        path: &["jql", "autocompletedata"],
        openness: Anonymous,
        query: &[],
        body: &[],
        handle: directory::jql_reference,
    },
    Endpoint {
        method: "GET",
        path: &["mypermissions"],
        openness: Anonymous,
        query: &[
            "projectKey",
            "projectId",
            "issueKey",
            "issueId",
            "permissions",
            "projectUuid",
            "projectConfigurationUuid",
            "commentId",
        ],
        body: &[],
        handle: directory::my_permissions,
    },
];
