//! The table of endpoints: method, path, who may call, which parameters are documented, and the
//! function that answers.

mod around;
mod lists;

use serde_json::Value;

use super::call::{Call, Refusal};
use super::documents::{self, Document};
use super::{agile, changelog, comments, data_center, directory, issues, links, search, worklogs};

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

/// What answers a request.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// A function, over the model of the site.
    Endpoint(&'static Endpoint),
    /// A document.
    Document(&'static Document),
}

impl Handler {
    pub(super) fn openness(self) -> Openness {
        match self {
            Self::Endpoint(it) => it.openness,
            Self::Document(it) => it.openness(),
        }
    }

    /// Whether a body is part of the request.
    pub(super) fn takes_body(self) -> bool {
        matches!(self, Self::Endpoint(it) if it.method == "POST")
    }

    pub(super) fn takes_parameter(self, name: &str) -> bool {
        match self {
            Self::Endpoint(it) => it.query.contains(&name),
            Self::Document(it) => it.takes(name),
        }
    }

    pub(super) fn takes_member(self, name: &str) -> bool {
        matches!(self, Self::Endpoint(it) if it.body.contains(&name))
    }

    pub(super) fn answer(self, call: &Call<'_>) -> Result<Value, Refusal> {
        match self {
            Self::Endpoint(it) => (it.handle)(call),
            Self::Document(it) => it.answer(call),
        }
    }
}

pub(super) enum Found {
    Handler(Handler, Vec<String>),
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
    /// `/rest/api` of Data Center.
    DataCenterPlatform,
    /// `/rest/agile` of Data Center.
    DataCenterAgile,
}

/// What answers at these segments, and what stands for its variables: of several the one with fewest.
pub(super) fn find(surface: Surface, method: &str, segments: &[String]) -> Found {
    let lists: &[&'static [Endpoint]] = match surface {
        Surface::Platform => &[around::FIXED, ENDPOINTS, lists::ENDPOINTS, around::ENDPOINTS],
        Surface::Agile => &[agile::ENDPOINTS],
        Surface::DataCenterPlatform => &[data_center::PLATFORM],
        Surface::DataCenterAgile => &[agile::DATA_CENTER],
    };
    let endpoints = lists.iter().copied().flatten();
    let endpoints = endpoints.filter_map(|it| Some((it.method, Handler::Endpoint(it), it.fit(segments)?)));
    let documents = documents::fitting(surface, segments)
        .map(|(it, variables)| ("GET", Handler::Document(it), variables));
    let fitting: Vec<_> = endpoints.chain(documents).collect();
    let other = !fitting.is_empty();
    let found = fitting.into_iter().filter(|it| it.0 == method).min_by_key(|it| it.2.len());
    match found {
        Some((_, handler, variables)) => Found::Handler(handler, variables),
        None if other => Found::OtherMethod,
        None => Found::Nothing,
    }
}

impl Endpoint {
    /// What stands for its variables, if it is at these segments.
    fn fit(&self, segments: &[String]) -> Option<Vec<String>> {
        let fits = self.path.len() == segments.len()
            && self.path.iter().zip(segments).all(
                |(part, it)| {
                    if *part == "*" { !it.is_empty() } else { part == it }
                },
            );
        let variables = self.path.iter().zip(segments).filter(|(part, _)| **part == "*");
        fits.then(|| variables.map(|(_, it)| it.clone()).collect())
    }
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
        path: &["field", "search"],
        openness: AccountsOnly,
        query: &["startAt", "maxResults", "type", "id", "query", "orderBy", "expand", "projectIds"],
        body: &[],
        handle: directory::search_fields,
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
