//! Groups, who is in them, and who asks.

use jirrow::sandbox::Assumptions;
use jirrow::sandbox::assumptions::AppMembers;
use jirrow::sandbox::model::{AccountKind, AccountState, User};

use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, boolean, text};

use Type::{Bool, Text};

pub(crate) static GROUPS: Table = Table {
    name: "Groups",
    key: &["Id"],
    columns: &[("Id", Text), ("Name", Text)],
    empty: &[],
    expected: Expected::Always(groups),
};

pub(crate) static GROUP_MEMBERS: Table = Table {
    name: "GroupMembers",
    key: &["GroupId", "AccountId"],
    columns: &[
        ("GroupId", Text),
        ("GroupName", Text),
        ("AccountId", Text),
        ("DisplayName", Text),
        ("EmailAddress", Text),
        ("AccountType", Text),
        ("Active", Bool),
        ("TimeZone", Text),
    ],
    empty: &[],
    expected: Expected::ByReading(group_members),
};

pub(crate) static MY_SELF: Table = Table {
    name: "MySelf",
    key: &["AccountId"],
    columns: &[
        ("AccountId", Text),
        ("DisplayName", Text),
        ("EmailAddress", Text),
        ("AccountType", Text),
        ("Active", Bool),
        ("TimeZone", Text),
        ("Locale", Text),
    ],
    empty: &[],
    expected: Expected::Always(my_self),
};

fn groups(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.groups.iter().map(|it| Row::from([("Id", text(&*it.id)), ("Name", text(&*it.name))]));
    rows.collect()
}

pub(super) fn account(user: &User) -> Row {
    let kind = match user.kind {
        AccountKind::Atlassian => "atlassian",
        AccountKind::App => "app",
        AccountKind::Customer => "customer",
    };
    Row::from([
        ("AccountId", text(&*user.account_id)),
        ("DisplayName", text(&*user.display_name)),
        ("EmailAddress", text(user.email.as_deref())),
        ("AccountType", text(kind)),
        ("Active", boolean(user.state == AccountState::Active)),
        ("TimeZone", text(user.time_zone.map(chrono_tz::Tz::name))),
    ])
}

pub(super) fn group_members(site: Seen<'_>, readings: Assumptions) -> Vec<Row> {
    let mut rows = vec![];
    for group in &site.0.groups {
        let members = site.0.users.iter().filter(|it| group.members.contains(&it.account_id));
        for member in members {
            if member.kind == AccountKind::App && readings.app_members == AppMembers::LeftOut {
                continue;
            }
            let mut row = account(member);
            row.extend([("GroupId", text(&*group.id)), ("GroupName", text(&*group.name))]);
            rows.push(row);
        }
    }
    rows
}

/// The account of the connection string is the first.
fn my_self(site: Seen<'_>) -> Vec<Row> {
    let me = &site.0.users[0];
    let mut row = account(me);
    row.insert("Locale", text(me.locale.as_deref()));
    vec![row]
}
