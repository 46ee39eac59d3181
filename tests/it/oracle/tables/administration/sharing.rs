//! Dashboards and filters, and whom they are shared with.

use super::super::Table;
use super::record::{Place, columns, records, rows, table, within};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type};

use Type::{Address, Bool, Int, Json, Text, Timestamp};

const DASHBOARD: [Place; 14] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("OwnerAccountId", Text, "/owner/accountId"),
    ("OwnerDisplayName", Text, "/owner/displayName"),
    ("IsFavourite", Bool, "/isFavourite"),
    ("Popularity", Int, "/popularity"),
    ("Rank", Int, "/rank"),
    ("IsWritable", Bool, "/isWritable"),
    ("SystemDashboard", Bool, "/systemDashboard"),
    ("AutomaticRefreshMs", Int, "/automaticRefreshMs"),
    ("ViewUrl", Address, "/view"),
    ("SharePermissions", Json, "/sharePermissions"),
    ("EditPermissions", Json, "/editPermissions"),
];
pub(super) static DASHBOARDS: Table = table("Dashboards", &["Id"], &columns(&DASHBOARD), |site| {
    rows(&records(site, "dashboards", "/rest/api/3/dashboard/search"), &DASHBOARD)
});

const GADGET: [Place; 8] = [
    ("DashboardId", Int, "@0"),
    ("Id", Int, "/id"),
    ("Title", Text, "/title"),
    ("ModuleKey", Text, "/moduleKey"),
    ("Uri", Text, "/uri"),
    ("Color", Text, "/color"),
    ("PositionRow", Int, "/position/row"),
    ("PositionColumn", Int, "/position/column"),
];
pub(super) static DASHBOARD_GADGETS: Table =
    table("DashboardGadgets", &["DashboardId", "Id"], &columns(&GADGET), |site| {
        rows(&records(site, "dashboards", "/rest/api/3/dashboard/{dashboardId}/gadget"), &GADGET)
    });

const FILTER: [Place; 15] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("Jql", Text, "/jql"),
    ("OwnerAccountId", Text, "/owner/accountId"),
    ("OwnerDisplayName", Text, "/owner/displayName"),
    ("Favourite", Bool, "/favourite"),
    ("FavouritedCount", Int, "/favouritedCount"),
    ("IsWritable", Bool, "/isWritable"),
    ("ApproximateLastUsed", Timestamp, "/approximateLastUsed"),
    ("ViewUrl", Address, "/viewUrl"),
    ("SearchUrl", Address, "/searchUrl"),
    ("SharePermissions", Json, "/sharePermissions"),
    ("EditPermissions", Json, "/editPermissions"),
    ("Subscriptions", Json, "/subscriptions"),
];
pub(super) static FILTERS: Table = table("Filters", &["Id"], &columns(&FILTER), |site| {
    rows(&records(site, "filters", "/rest/api/3/filter/search"), &FILTER)
});

const FAVOURITE: [Place; 12] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("Jql", Text, "/jql"),
    ("OwnerAccountId", Text, "/owner/accountId"),
    ("OwnerDisplayName", Text, "/owner/displayName"),
    ("Favourite", Bool, "/favourite"),
    ("FavouritedCount", Int, "/favouritedCount"),
    ("ApproximateLastUsed", Timestamp, "/approximateLastUsed"),
    ("ViewUrl", Address, "/viewUrl"),
    ("SearchUrl", Address, "/searchUrl"),
    ("SharePermissions", Json, "/sharePermissions"),
];
pub(super) static FAVOURITE_FILTERS: Table =
    table("FavouriteFilters", &["Id"], &columns(&FAVOURITE), |site| {
        rows(&records(site, "filters", "/rest/api/3/filter/favourite"), &FAVOURITE)
    });

const SHARE: [Place; 11] = [
    ("FilterId", Int, "^/id"),
    ("Id", Int, "/id"),
    ("Type", Text, "/type"),
    ("GroupId", Text, "/group/groupId"),
    ("GroupName", Text, "/group/name"),
    ("ProjectId", Int, "/project/id"),
    ("ProjectKey", Text, "/project/key"),
    ("RoleId", Int, "/role/id"),
    ("RoleName", Text, "/role/name"),
    ("UserAccountId", Text, "/user/accountId"),
    ("UserDisplayName", Text, "/user/displayName"),
];

fn shares(site: Seen<'_>, list: &str) -> Vec<Row> {
    rows(&within(&records(site, "filters", "/rest/api/3/filter/search"), list), &SHARE)
}

pub(super) static FILTER_PERMISSIONS: Table =
    table("FilterPermissions", &["FilterId", "Id"], &columns(&SHARE), |site| {
        shares(site, "/sharePermissions")
    });

pub(super) static FILTER_EDIT_PERMISSIONS: Table =
    table("FilterEditPermissions", &["FilterId", "Id"], &columns(&SHARE), |site| {
        shares(site, "/editPermissions")
    });
