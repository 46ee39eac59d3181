//! The endpoints for what surrounds issues and projects.

use serde_json::Value;

use super::Endpoint;
use super::Openness::{self, AccountsOnly, Anonymous};
use crate::sandbox::around;
use crate::sandbox::call::{Call, Refusal};

pub(super) static ENDPOINTS: &[Endpoint] = &[
    endpoint(
        &["issue", "*", "transitions"],
        Anonymous,
        &[
            "expand",
            "transitionId",
            "skipRemoteOnlyCondition",
            "includeUnavailableTransitions",
            "sortByOpsBarAndStatus",
        ],
        around::transitions,
    ),
    endpoint(&["issue", "*", "watchers"], Anonymous, &[], around::watchers),
    endpoint(&["issue", "*", "votes"], Anonymous, &[], around::votes),
    endpoint(&["issue", "*", "remotelink"], Anonymous, &["globalId"], around::remote_links),
    endpoint(&["issue", "*", "properties"], Anonymous, &[], around::issue_property_keys),
    endpoint(&["issue", "*", "properties", "*"], Anonymous, &[], around::issue_property),
    endpoint(&["project", "*", "properties"], Anonymous, &[], around::project_property_keys),
    endpoint(&["project", "*", "properties", "*"], Anonymous, &[], around::project_property),
    endpoint(&["project", "*", "statuses"], Anonymous, &[], around::statuses),
    endpoint(&["project", "*", "features"], AccountsOnly, &[], around::features),
    endpoint(&["projectCategory"], AccountsOnly, &[], around::project_categories),
];

/// Stands before the paths with variables.
pub(super) static FIXED: &[Endpoint] =
    &[endpoint(&["project", "type"], Anonymous, &[], around::project_types)];

const fn endpoint(
    path: &'static [&'static str],
    openness: Openness,
    query: &'static [&'static str],
    handle: fn(&Call<'_>) -> Result<Value, Refusal>,
) -> Endpoint {
    Endpoint { method: "GET", path, openness, query, body: &[], handle }
}
