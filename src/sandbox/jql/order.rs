//! What a result can be sorted by.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::JqlErrors;
use super::evaluate::Environment;
use super::fields::{Sorting, searched};
use super::filter::project_key;
use super::tree::Direction;
use super::values::{Accounts, Ids, Names, Source};
use crate::sandbox::assumptions::EmptyOrder;
use crate::sandbox::model::{Caller, CustomValue, Issue, Site};

/// One field of ORDER BY.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Sort {
    by: By,
    direction: Direction,
    empty: EmptyOrder,
    caller: Caller,
}

#[derive(Clone, Debug)]
enum By {
    /// Project key, then number.
    Key,
    /// The numeric id; the order of a query without ORDER BY.
    Id,
    Project,
    /// Values by id, in the order that is configured or that their names have.
    Ranked(Ids, HashMap<i64, i64>),
    Source(Source),
    /// A custom field whose text an app keeps in order.
    Rank(i64),
}

/// One part of an issue's place in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::sandbox) enum SortKey {
    Number(i64),
    Text(String),
}

impl Sort {
    /// By the numeric id, which no two issues share.
    pub(in crate::sandbox) fn by_id(direction: Direction) -> Self {
        Self { by: By::Id, direction, empty: EmptyOrder::Greatest, caller: Caller::Anonymous }
    }

    pub(in crate::sandbox) fn is_by_id(&self) -> bool {
        matches!(self.by, By::Id)
    }

    pub(in crate::sandbox) fn direction(&self) -> Direction {
        self.direction
    }

    pub(in crate::sandbox) fn keys(&self, issue: &Issue, site: &Site, keys: &mut Vec<SortKey>) {
        match &self.by {
            By::Key => {
                keys.extend([
                    SortKey::Number(alphabetical(project_key(issue))),
                    SortKey::Number(issue.number),
                ]);
            }
            By::Project => keys.push(SortKey::Number(alphabetical(project_key(issue)))),
            By::Id => keys.push(SortKey::Number(issue.id)),
            by => {
                let value = by.value(issue, site, self.caller);
                keys.push(SortKey::Number(self.place_of_empty(value.is_none())));
                keys.push(value.unwrap_or(SortKey::Number(0)));
            }
        }
    }

    /// How many sort keys it makes.
    pub(in crate::sandbox) fn width(&self) -> usize {
        if matches!(self.by, By::Id | By::Project) { 1 } else { 2 }
    }

    /// Compared before the values, and in their direction.
    fn place_of_empty(&self, empty: bool) -> i64 {
        let greater = match (self.empty, self.direction) {
            (EmptyOrder::Greatest, _) | (EmptyOrder::Last, Direction::Ascending) => empty,
            (EmptyOrder::Least, _) | (EmptyOrder::Last, Direction::Descending) => !empty,
        };
        i64::from(greater)
    }
}

impl By {
    /// What an issue is sorted by; the least of several values.
    fn value(&self, issue: &Issue, site: &Site, caller: Caller) -> Option<SortKey> {
        let least = std::cell::Cell::new(None::<i64>);
        let keep = |number: i64| {
            least.set(Some(least.get().map_or(number, |it| it.min(number))));
            false
        };
        match self {
            Self::Ranked(ids, places) => {
                ids.any(issue, site, |id| places.get(&id).is_some_and(|place| keep(*place)));
            }
            Self::Source(Source::Instant(instants)) => {
                instants.any(issue, caller, keep);
            }
            Self::Source(Source::Day(days)) => least.set(days.of(issue)),
            Self::Source(Source::Number(numbers) | Source::Duration(numbers)) => {
                least.set(numbers.of(issue).map(in_order));
            }
            Self::Source(Source::Text(texts)) => return texts.sort_text(issue, caller).map(SortKey::Text),
            Self::Source(Source::Accounts(accounts)) => return by_name(*accounts, issue, site, caller),
            Self::Source(Source::Names(names)) => return first_name(*names, issue),
            Self::Rank(field) => match issue.custom.get(field)? {
                CustomValue::Text(rank) => return Some(SortKey::Text(rank.clone())),
                _ => return None,
            },
            _ => return None,
        }
        least.get().map(SortKey::Number)
    }
}

/// A number that compares as a project's key does, of which no character after the tenth counts: keys have ten at most.
fn alphabetical(key: &str) -> i64 {
    let place = |byte: u8| match byte {
        b'0'..=b'9' => i64::from(byte - b'0') + 1,
        b'A'..=b'Z' => i64::from(byte - b'A') + 11,
        _ => 37,
    };
    key.bytes().map(place).chain(std::iter::repeat(0)).take(10).fold(0, |number, place| number * 64 + place)
}

/// A whole number that compares as the number does.
fn in_order(number: f64) -> i64 {
    // Negative and positive zero are one number.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

fn by_name(accounts: Accounts, issue: &Issue, site: &Site, caller: Caller) -> Option<SortKey> {
    let least = std::cell::RefCell::new(None::<String>);
    accounts.any(issue, caller, |account| {
        let name =
            site.user(account).map_or_else(|| account.to_string(), |it| it.display_name.to_lowercase());
        let mut least = least.borrow_mut();
        if least.as_ref().is_none_or(|it| name < *it) {
            *least = Some(name);
        }
        false
    })?;
    least.into_inner().map(SortKey::Text)
}

fn first_name(names: Names, issue: &Issue) -> Option<SortKey> {
    let least = std::cell::RefCell::new(None::<String>);
    names.any(issue, |name| {
        let name = name.to_lowercase();
        let mut least = least.borrow_mut();
        if least.as_ref().is_none_or(|it| name < *it) {
            *least = Some(name);
        }
        false
    })?;
    least.into_inner().map(SortKey::Text)
}

impl Environment<'_> {
    /// How a field of ORDER BY sorts: of several fields of one name, one after the other.
    pub(super) fn sort(&self, name: &str, direction: Direction) -> Result<Vec<Sort>, JqlErrors> {
        let refused = || JqlErrors::one(format!("Not able to sort using field '{name}'."));
        let mut sorts = Vec::new();
        for field in searched(self.site, name)? {
            if field.sorting == Sorting::Unsortable {
                return Err(refused());
            }
            let by = match field.source {
                Source::Key => By::Key,
                Source::Ids(Ids::Project) => By::Project,
                Source::Ids(ids) => By::Ranked(ids, self.places(ids)),
                Source::Opaque(field) => By::Rank(field),
                source => By::Source(source),
            };
            sorts.push(Sort { by, direction, empty: self.assumptions.empty_order, caller: self.caller });
        }
        Ok(sorts)
    }

    /// The place of each value: as configured, or by name.
    fn places(&self, ids: Ids) -> HashMap<i64, i64> {
        let site = self.site;
        let configured = |all: Vec<i64>| (0..).zip(all).map(|(place, id)| (id, place)).collect();
        // Values of one name share a place.
        let named = |all: Vec<(String, i64)>| {
            let names: BTreeSet<String> = all.iter().map(|(name, _)| name.clone()).collect();
            let places: HashMap<String, i64> = names.into_iter().zip(0..).collect();
            all.into_iter().filter_map(|(name, id)| Some((id, *places.get(&name)?))).collect()
        };
        match ids {
            // The most urgent is the greatest.
            Ids::Priority => configured(site.priorities.iter().rev().map(|it| it.id).collect()),
            Ids::Status => configured(site.statuses.iter().map(|it| it.id).collect()),
            Ids::Resolution => configured(site.resolutions.iter().map(|it| it.id).collect()),
            Ids::Level => configured(site.security_levels.iter().map(|it| it.id).collect()),
            Ids::IssueType => {
                named(site.issue_types.iter().map(|it| (it.name.to_lowercase(), it.id)).collect())
            }
            Ids::Component => {
                let all = site.projects.iter().flat_map(|it| &it.components);
                named(all.map(|it| (it.name.to_lowercase(), it.id)).collect())
            }
            Ids::FixVersion | Ids::AffectedVersion | Ids::Version(_) => {
                configured(site.projects.iter().flat_map(|it| &it.versions).map(|it| it.id).collect())
            }
            Ids::ProjectOf(_) => {
                named(site.projects.iter().map(|it| (it.name.to_lowercase(), it.id)).collect())
            }
            Ids::Sprint(_) => configured(site.sprints.keys().copied().collect()),
            Ids::Option(field) => {
                configured(crate::sandbox::catalogue::options(field).iter().map(|(id, _)| *id).collect())
            }
            Ids::EpicLink(_) | Ids::Parent | Ids::HierarchyLevel | Ids::StatusCategory | Ids::Project => {
                HashMap::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_keys_and_numbers_keep_their_order() {
        let keys = ["A", "A1", "AA", "AB", "AB_C", "ABCDEFGHIJ", "B", "OS", "PAY", "SELECT", "ZZZZZZZZZZ"];
        assert!(
            keys.is_sorted_by(|left, right| (left < right) == (alphabetical(left) < alphabetical(right)))
        );
        assert!(alphabetical("ZZZZZZZZZZ") > alphabetical("ABCDEFGHIJ") && alphabetical("A") > 0);
        let numbers = [-1e300, -2.0, -1.5, 0.0, 0.25, 1.0, 3.0, 1e15];
        assert!(numbers.is_sorted_by(|left, right| in_order(*left) < in_order(*right)));
        assert_eq!(in_order(-0.0), in_order(0.0));
    }
}
