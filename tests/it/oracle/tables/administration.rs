//! What administrators set up and nobody edits in the sandbox. Its content is in the sandbox's documents, plain JSON
//! files; here they are read by hand: which member each column holds is said anew, with nothing of the table files.

mod fields;
mod members;
mod record;
mod rights;
mod sharing;
mod upkeep;
mod workflows;

use super::Table;

/// All tables of this kind that an administrator's account can read.
pub(crate) const TABLES: &[&Table] = &[
    &sharing::DASHBOARDS,
    &sharing::DASHBOARD_GADGETS,
    &sharing::FILTERS,
    &sharing::FAVOURITE_FILTERS,
    &sharing::FILTER_PERMISSIONS,
    &sharing::FILTER_EDIT_PERMISSIONS,
    &rights::PERMISSIONS,
    &rights::MY_PERMISSIONS,
    &rights::PERMISSION_SCHEMES,
    &rights::PERMISSION_GRANTS,
    &rights::PROJECTS_PERMISSION_SCHEME,
    &rights::ROLES,
    &rights::ROLE_ACTORS,
    &rights::PROJECT_ROLES,
    &rights::PROJECT_ROLE_ACTORS,
    &rights::SECURITY_SCHEMES,
    &rights::SECURITY_LEVELS,
    &rights::SECURITY_LEVEL_MEMBERS,
    &workflows::WORKFLOWS,
    &workflows::WORKFLOW_STATUSES,
    &workflows::WORKFLOW_TRANSITIONS,
    &workflows::WORKFLOW_SCHEMES,
    &workflows::WORKFLOW_SCHEME_ISSUE_TYPES,
    &fields::SCREENS,
    &fields::SCREEN_TABS,
    &fields::SCREEN_TAB_FIELDS,
    &fields::CUSTOM_FIELDS,
    &fields::FIELD_CONTEXTS,
    &fields::FIELD_OPTIONS,
    &fields::FIELD_CONFIGURATIONS,
    &fields::ISSUE_TYPE_SCHEMES,
    &fields::ISSUE_TYPE_SCHEME_MAPPINGS,
    &fields::PRIORITY_SCHEMES,
    &upkeep::NOTIFICATION_SCHEMES,
    &upkeep::NOTIFICATIONS,
    &upkeep::APPLICATION_ROLES,
    &upkeep::TIME_TRACKING_PROVIDERS,
    &upkeep::AUDIT_RECORDS,
    &upkeep::PLANS,
    &upkeep::PLAN_TEAMS,
    &members::SCREEN_SCHEMES,
    &members::ISSUE_TYPE_SCREEN_SCHEMES,
    &members::ISSUE_TYPE_SCREEN_SCHEME_ITEMS,
    &members::ISSUE_TYPE_SCREEN_SCHEME_PROJECTS,
    &members::ISSUE_TYPE_SCHEME_PROJECTS,
    &members::WORKFLOW_SCHEME_PROJECTS,
    &members::NOTIFICATION_SCHEME_PROJECTS,
    &members::SECURITY_SCHEME_PROJECTS,
    &members::PROJECT_SECURITY_LEVELS,
    &members::FIELD_CONFIGURATION_ITEMS,
    &members::PRIORITY_SCHEME_PRIORITIES,
    &members::ISSUE_EVENTS,
];

/// The one that only apps can read.
pub(crate) use upkeep::WEBHOOKS;
