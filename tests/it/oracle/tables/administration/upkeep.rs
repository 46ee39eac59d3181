//! What keeps a site going: who is told of what, applications, the audit log, plans, webhooks.

use super::super::Table;
use super::record::{Place, columns, records, rows, table, within};
use crate::oracle::value::Type;

use Type::{Bool, Int, Json, Text, TextList, Timestamp};

const NOTIFICATION_SCHEME: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("ScopeType", Text, "/scope/type"),
    ("ProjectId", Int, "/scope/project/id"),
];
pub(super) static NOTIFICATION_SCHEMES: Table =
    table("NotificationSchemes", &["Id"], &columns(&NOTIFICATION_SCHEME), |site| {
        rows(&records(site, "schemes", "/rest/api/3/notificationscheme"), &NOTIFICATION_SCHEME)
    });

const NOTIFICATION: [Place; 8] = [
    ("NotificationSchemeId", Int, "^^/id"),
    ("EventId", Int, "^/event/id"),
    ("EventName", Text, "^/event/name"),
    ("Id", Int, "/id"),
    ("Type", Text, "/notificationType"),
    ("Parameter", Text, "/parameter"),
    ("Recipient", Text, "/recipient"),
    ("EmailAddress", Text, "/emailAddress"),
];
pub(super) static NOTIFICATIONS: Table =
    table("Notifications", &["NotificationSchemeId", "EventId", "Id"], &columns(&NOTIFICATION), |site| {
        let schemes = records(site, "schemes", "/rest/api/3/notificationscheme");
        let events = within(&schemes, "/notificationSchemeEvents");
        rows(&within(&events, "/notifications"), &NOTIFICATION)
    });

const APPLICATION_ROLE: [Place; 12] = [
    ("Key", Text, "/key"),
    ("Name", Text, "/name"),
    ("Groups", TextList, "/groups"),
    ("DefaultGroups", TextList, "/defaultGroups"),
    ("SelectedByDefault", Bool, "/selectedByDefault"),
    ("Defined", Bool, "/defined"),
    ("Platform", Bool, "/platform"),
    ("HasUnlimitedSeats", Bool, "/hasUnlimitedSeats"),
    ("NumberOfSeats", Int, "/numberOfSeats"),
    ("RemainingSeats", Int, "/remainingSeats"),
    ("UserCount", Int, "/userCount"),
    ("UserCountDescription", Text, "/userCountDescription"),
];
pub(super) static APPLICATION_ROLES: Table =
    table("ApplicationRoles", &["Key"], &columns(&APPLICATION_ROLE), |site| {
        rows(&records(site, "site", "/rest/api/3/applicationrole"), &APPLICATION_ROLE)
    });

const PROVIDER: [Place; 3] = [("Key", Text, "/key"), ("Name", Text, "/name"), ("Url", Text, "/url")];
pub(super) static TIME_TRACKING_PROVIDERS: Table =
    table("TimeTrackingProviders", &["Key"], &columns(&PROVIDER), |site| {
        rows(&records(site, "site", "/rest/api/3/configuration/timetracking/list"), &PROVIDER)
    });

const AUDIT_RECORD: [Place; 16] = [
    ("Id", Int, "/id"),
    ("Created", Timestamp, "/created"),
    ("Summary", Text, "/summary"),
    ("Category", Text, "/category"),
    ("Description", Text, "/description"),
    ("EventSource", Text, "/eventSource"),
    ("AuthorAccountId", Text, "/authorAccountId"),
    ("AuthorKey", Text, "/authorKey"),
    ("RemoteAddress", Text, "/remoteAddress"),
    ("ObjectId", Text, "/objectItem/id"),
    ("ObjectName", Text, "/objectItem/name"),
    ("ObjectType", Text, "/objectItem/typeName"),
    ("ObjectParentId", Text, "/objectItem/parentId"),
    ("ObjectParentName", Text, "/objectItem/parentName"),
    ("ChangedValues", Json, "/changedValues"),
    ("AssociatedItems", Json, "/associatedItems"),
];
pub(super) static AUDIT_RECORDS: Table = table("AuditRecords", &["Id"], &columns(&AUDIT_RECORD), |site| {
    rows(&records(site, "audit", "/rest/api/3/auditing/record"), &AUDIT_RECORD)
});

const PLAN: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Status", Text, "/status"),
    ("ScenarioId", Int, "/scenarioId"),
    ("IssueSources", Json, "/issueSources"),
];
pub(super) static PLANS: Table = table("Plans", &["Id"], &columns(&PLAN), |site| {
    rows(&records(site, "plans", "/rest/api/3/plans/plan"), &PLAN)
});

const TEAM: [Place; 4] =
    [("PlanId", Int, "@0"), ("Id", Text, "/id"), ("Name", Text, "/name"), ("Type", Text, "/type")];
pub(super) static PLAN_TEAMS: Table = table("PlanTeams", &["PlanId", "Id"], &columns(&TEAM), |site| {
    rows(&records(site, "plans", "/rest/api/3/plans/plan/{planId}/team"), &TEAM)
});

const WEBHOOK: [Place; 7] = [
    ("Id", Int, "/id"),
    ("Url", Text, "/url"),
    ("Events", TextList, "/events"),
    ("JqlFilter", Text, "/jqlFilter"),
    ("FieldIdsFilter", TextList, "/fieldIdsFilter"),
    ("IssuePropertyKeysFilter", TextList, "/issuePropertyKeysFilter"),
    ("ExpirationDate", Timestamp, "/expirationDate"),
];
pub(crate) static WEBHOOKS: Table = table("Webhooks", &["Id"], &columns(&WEBHOOK), |site| {
    rows(&records(site, "webhooks", "/rest/api/3/webhook"), &WEBHOOK)
});
