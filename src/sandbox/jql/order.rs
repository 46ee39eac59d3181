//! What a result can be sorted by.

use serde::{Deserialize, Serialize};

use crate::sandbox::model::Issue;

/// A field of ORDER BY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) enum SortField {
    /// Project key, then number.
    Key,
    Created,
    Updated,
    Project,
    /// The numeric id; the order of a query without ORDER BY.
    Id,
}

/// One part of an issue's place in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::sandbox) enum SortKey {
    Number(i64),
    Text(String),
}

impl SortField {
    pub(in crate::sandbox) fn keys(self, issue: &Issue, keys: &mut Vec<SortKey>) {
        let project = || issue.key.rsplit_once('-').map_or("", |(project, _)| project).to_owned();
        match self {
            Self::Key => keys.extend([SortKey::Text(project()), SortKey::Number(issue.number)]),
            Self::Project => keys.push(SortKey::Text(project())),
            Self::Created => keys.push(SortKey::Number(issue.created.timestamp_millis())),
            Self::Updated => keys.push(SortKey::Number(issue.updated.timestamp_millis())),
            Self::Id => keys.push(SortKey::Number(issue.id)),
        }
    }

    /// How many sort keys it makes.
    pub(in crate::sandbox) fn width(self) -> usize {
        if self == Self::Key { 2 } else { 1 }
    }
}
