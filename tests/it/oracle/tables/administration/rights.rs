//! Permissions, roles and security: who may do what.

use super::super::Table;
use super::record::{Place, columns, of_projects, records, rows, table, within};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, Value};

use Type::{Bool, Int, Text};

const PERMISSION: [Place; 5] = [
    ("Key", Text, "#"),
    ("Id", Text, "/id"),
    ("Name", Text, "/name"),
    ("Type", Text, "/type"),
    ("Description", Text, "/description"),
];

fn permissions(site: Seen<'_>) -> Vec<Row> {
    // One record, the object of them.
    rows(&within(&records(site, "permissions", "/rest/api/3/permissions"), ""), &PERMISSION)
}

pub(super) static PERMISSIONS: Table = table("Permissions", &["Key"], &columns(&PERMISSION), permissions);

pub(super) static MY_PERMISSIONS: Table = table(
    "MyPermissions",
    &["Key"],
    &[
        ("Key", Text),
        ("Id", Text),
        ("Name", Text),
        ("Type", Text),
        ("Description", Text),
        ("HavePermission", Bool),
    ],
    |site| {
        let mut rows = permissions(site);
        for row in &mut rows {
            let key = row["Key"].key();
            let lacking = ["SYSTEM_ADMIN", "com.example.almanac__almanac-admin", "DELETE_ALL_WORKLOGS"];
            row.insert("HavePermission", Value::Bool(!lacking.contains(&&*key)));
        }
        rows
    },
);

const SCHEME: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("ScopeType", Text, "/scope/type"),
    ("ProjectId", Int, "/scope/project/id"),
];
pub(super) static PERMISSION_SCHEMES: Table =
    table("PermissionSchemes", &["Id"], &columns(&SCHEME), |site| {
        rows(&records(site, "permissions", "/rest/api/3/permissionscheme"), &SCHEME)
    });

const GRANT: [Place; 6] = [
    ("Id", Int, "/id"),
    ("PermissionSchemeId", Int, "^/id"),
    ("Permission", Text, "/permission"),
    ("HolderType", Text, "/holder/type"),
    ("HolderParameter", Text, "/holder/parameter"),
    ("HolderValue", Text, "/holder/value"),
];
pub(super) static PERMISSION_GRANTS: Table = table("PermissionGrants", &["Id"], &columns(&GRANT), |site| {
    rows(&within(&records(site, "permissions", "/rest/api/3/permissionscheme"), "/permissions"), &GRANT)
});

const SCHEME_OF_PROJECT: [Place; 4] = [
    ("ProjectId", Int, "@0"),
    ("PermissionSchemeId", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
];
pub(super) static PROJECTS_PERMISSION_SCHEME: Table =
    table("ProjectsPermissionScheme", &["ProjectId"], &columns(&SCHEME_OF_PROJECT), |site| {
        let path = "/rest/api/3/project/{projectKeyOrId}/permissionscheme";
        rows(&of_projects(site, "permissions", path, &[]), &SCHEME_OF_PROJECT)
    });

const ROLE: [Place; 10] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("TranslatedName", Text, "/translatedName"),
    ("Description", Text, "/description"),
    ("Admin", Bool, "/admin"),
    ("Default", Bool, "/default"),
    ("RoleConfigurable", Bool, "/roleConfigurable"),
    ("CurrentUserRole", Bool, "/currentUserRole"),
    ("ScopeType", Text, "/scope/type"),
    ("ProjectId", Int, "/scope/project/id"),
];
pub(super) static ROLES: Table =
    table("Roles", &["Id"], &columns(&ROLE), |site| rows(&records(site, "roles", "/rest/api/3/role"), &ROLE));

const DEFAULT_ACTOR: [Place; 8] = [
    ("Id", Int, "/id"),
    ("RoleId", Int, "^/id"),
    ("RoleName", Text, "^/name"),
    ("Type", Text, "/type"),
    ("DisplayName", Text, "/displayName"),
    ("UserAccountId", Text, "/actorUser/accountId"),
    ("GroupId", Text, "/actorGroup/groupId"),
    ("GroupName", Text, "/actorGroup/name"),
];
pub(super) static ROLE_ACTORS: Table = table("RoleActors", &["Id"], &columns(&DEFAULT_ACTOR), |site| {
    rows(&within(&records(site, "roles", "/rest/api/3/role"), "/actors"), &DEFAULT_ACTOR)
});

const DETAILS: &str = "/rest/api/3/project/{projectIdOrKey}/roledetails";

const ROLE_OF_PROJECT: [Place; 10] = [
    ("ProjectId", Int, "@0"),
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("TranslatedName", Text, "/translatedName"),
    ("Description", Text, "/description"),
    ("Type", Text, "/type"),
    ("Admin", Bool, "/admin"),
    ("Default", Bool, "/default"),
    ("RoleConfigurable", Bool, "/roleConfigurable"),
    ("ScopeType", Text, "/scope/type"),
];
pub(super) static PROJECT_ROLES: Table =
    table("ProjectRoles", &["ProjectId", "Id"], &columns(&ROLE_OF_PROJECT), |site| {
        rows(&of_projects(site, "roles", DETAILS, &[]), &ROLE_OF_PROJECT)
    });

const ACTOR: [Place; 8] = [
    ("Id", Int, "/id"),
    ("ProjectId", Int, "@0"),
    ("RoleId", Int, "@1"),
    ("Type", Text, "/type"),
    ("DisplayName", Text, "/displayName"),
    ("UserAccountId", Text, "/actorUser/accountId"),
    ("GroupId", Text, "/actorGroup/groupId"),
    ("GroupName", Text, "/actorGroup/name"),
];
pub(super) static PROJECT_ROLE_ACTORS: Table =
    table("ProjectRoleActors", &["Id", "ProjectId", "RoleId"], &columns(&ACTOR), |site| {
        let path = "/rest/api/3/project/{projectIdOrKey}/role/{id}";
        let mut found = vec![];
        for (id, role) in [(10_002, "10002"), (10_003, "10003"), (10_004, "10004"), (10_005, "10005")] {
            let has = |project: &str| {
                of_projects(site, "roles", DETAILS, &[])
                    .iter()
                    .any(|it| it.variables == [project] && it.json["id"] == id)
            };
            let of_role = of_projects(site, "roles", path, &[role]);
            let of_role: Vec<_> = of_role.into_iter().filter(|it| has(&it.variables[0])).collect();
            found.extend(rows(&within(&of_role, "/actors"), &ACTOR));
        }
        found
    });

const SECURITY_SCHEME: [Place; 4] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("DefaultSecurityLevelId", Int, "/defaultSecurityLevelId"),
];
pub(super) static SECURITY_SCHEMES: Table =
    table("SecuritySchemes", &["Id"], &columns(&SECURITY_SCHEME), |site| {
        rows(&records(site, "security", "/rest/api/3/issuesecurityschemes"), &SECURITY_SCHEME)
    });

const SECURITY_LEVEL: [Place; 5] = [
    ("Id", Int, "/id"),
    ("Name", Text, "/name"),
    ("Description", Text, "/description"),
    ("IsDefault", Bool, "/isDefault"),
    ("SecuritySchemeId", Int, "/issueSecuritySchemeId"),
];
pub(super) static SECURITY_LEVELS: Table =
    table("SecurityLevels", &["Id"], &columns(&SECURITY_LEVEL), |site| {
        rows(&records(site, "security", "/rest/api/3/issuesecurityschemes/level"), &SECURITY_LEVEL)
    });

const SECURITY_MEMBER: [Place; 7] = [
    ("Id", Int, "/id"),
    ("SecurityLevelId", Int, "/issueSecurityLevelId"),
    ("SecuritySchemeId", Int, "/issueSecuritySchemeId"),
    ("HolderType", Text, "/holder/type"),
    ("HolderParameter", Text, "/holder/parameter"),
    ("HolderValue", Text, "/holder/value"),
    ("Managed", Bool, "/managed"),
];
pub(super) static SECURITY_LEVEL_MEMBERS: Table =
    table("SecurityLevelMembers", &["Id"], &columns(&SECURITY_MEMBER), |site| {
        rows(&records(site, "security", "/rest/api/3/issuesecurityschemes/level/member"), &SECURITY_MEMBER)
    });
