//! The accounts of the generated site.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::sandbox::model::{AccountKind, AccountState, User};
use crate::sandbox::text;

/// Users: the caller first, then people, apps and customers with every kind of gap in their profile.
pub(super) fn users(rng: &mut fastrand::Rng, number: usize) -> Vec<User> {
    let mut users = vec![User {
        account_id: Arc::from("5b10a2844c20165700ede21f"),
        name: "demo".to_owned(),
        key: "JIRAUSER10000".to_owned(),
        display_name: "Demo User".to_owned(),
        email: Some("demo@example.com".to_owned()),
        state: AccountState::Active,
        kind: AccountKind::Atlassian,
        time_zone: Some(Tz::Europe__Berlin),
        locale: Some("en_GB".to_owned()),
    }];
    users.extend(people(rng, 1..number));
    users
}

/// Accounts for these numbers, which their names and addresses follow from.
pub(super) fn people(rng: &mut fastrand::Rng, numbers: Range<usize>) -> Vec<User> {
    let mut users = Vec::with_capacity(numbers.len());
    let mut names = BTreeSet::new();
    for index in numbers {
        let given = text::GIVEN_NAMES[index % text::GIVEN_NAMES.len()];
        let family = text::FAMILY_NAMES[(index * 7 + index / 16) % text::FAMILY_NAMES.len()];
        let kind = match index % 12 {
            5 => AccountKind::App,
            9 => AccountKind::Customer,
            _ => AccountKind::Atlassian,
        };
        let mut display_name = match kind {
            AccountKind::App => format!("Automation for {given}"),
            _ => format!("{given} {family}"),
        };
        let state = if index % 11 == 7 { AccountState::Inactive } else { AccountState::Active };
        if index % 33 == 7 {
            "Former user".clone_into(&mut display_name);
        } else if !names.insert(display_name.clone()) && index % 2 == 0 {
            display_name = format!("{display_name} ({index})");
        }
        let account_id = if index % 3 == 1 {
            format!("557058:{:08x}-7c3e-4d2a-9f10-{:012x}", rng.u32(..), rng.u64(0..1 << 48))
        } else {
            format!("5b{:06x}{:016x}", rng.u32(0..1 << 24), rng.u64(..))
        };
        let name = format!("{}.{}{index}", given.to_lowercase(), family.to_lowercase());
        users.push(User {
            account_id: Arc::from(account_id),
            // Users from before keys were numbers have their first name as key.
            key: if index % 3 == 0 { name.clone() } else { format!("JIRAUSER{}", 10_000 + index) },
            name,
            display_name,
            email: (kind == AccountKind::Atlassian && index % 4 != 0)
                .then(|| format!("user{index}@example.com")),
            state,
            kind,
            time_zone: [Some(Tz::Europe__Berlin), Some(Tz::America__New_York), Some(Tz::Asia__Kolkata), None]
                [index % 4],
            locale: (index % 5 != 0).then(|| ["en_US", "de_DE", "ja_JP"][index % 3].to_owned()),
        });
    }
    users
}
