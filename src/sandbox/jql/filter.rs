//! A compiled condition, and whether an issue passes it.

use std::cmp::Ordering;
use std::collections::HashSet;

use chrono::NaiveTime;

use super::parser::Operator;
use crate::sandbox::model::{AccountId, Issue, Site};

/// A compiled condition.
#[derive(Debug)]
pub(in crate::sandbox) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    /// The issue's id is (not) one of these.
    Ids(HashSet<i64>, Sense),
    /// The issue's id compares so.
    Id(Operator, i64),
    /// The issue's key compares so.
    Key(Operator, String, i64),
    Projects(HashSet<i64>, Sense),
    /// The instant is (not) within the closed range.
    Instant(Instant, i64, i64, Sense),
    /// One of the issue's values is (not) among these.
    Values(Values, HashSet<String>, Sense),
    /// The field has no (or some) value.
    Empty(Values, Sense),
    /// All words occur in (or are missing from) the summary.
    Words(Vec<String>, Sense),
    Custom(i64, Sense),
    Nothing,
}

/// Whether a condition is taken as it is or turned round; an empty field fails both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Sense {
    Is,
    IsNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Instant {
    Created,
    Updated,
    Resolved,
    LastViewed,
    Due,
}

/// A field that is compared by its values' ids or names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Values {
    IssueType,
    HierarchyLevel,
    Status,
    StatusCategory,
    Priority,
    Resolution,
    Assignee,
    Reporter,
    Creator,
    Labels,
    Parent,
    Component,
    FixVersion,
    AffectedVersion,
    Level,
    /// An instant, asked for being empty only.
    At(Instant),
    Summary,
    Description,
    Environment,
}

impl Filter {
    /// Whether an issue passes.
    pub(in crate::sandbox) fn matches(&self, issue: &Issue, site: &Site) -> bool {
        let sensed = |found: bool, sense: Sense| found == (sense == Sense::Is);
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(issue, site)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(issue, site)),
            Self::Ids(ids, sense) => sensed(ids.contains(&issue.id), *sense),
            Self::Id(operator, id) => ordered(*operator, issue.id.cmp(id)),
            Self::Key(operator, project, number) => {
                let own = issue.key.rsplit_once('-').map_or("", |(project, _)| project);
                ordered(*operator, own.cmp(project).then(issue.number.cmp(number)))
            }
            Self::Projects(ids, sense) => sensed(ids.contains(&issue.project_id), *sense),
            Self::Instant(instant, low, high, sense) => {
                instant.of(issue).is_some_and(|at| sensed(*low <= at && at <= *high, *sense))
            }
            Self::Values(values, wanted, sense) => {
                let own = values.of(issue, site);
                !own.is_empty() && sensed(own.iter().any(|value| wanted.contains(value)), *sense)
            }
            Self::Empty(values, sense) => sensed(values.none(issue, site), *sense),
            Self::Words(words, sense) => {
                let summary = issue.summary.to_lowercase();
                sensed(words.iter().all(|word| summary.contains(word.as_str())), *sense)
            }
            Self::Custom(id, sense) => sensed(!issue.custom.contains_key(id), *sense),
            Self::Nothing => false,
        }
    }

    /// The only ids that can pass, where the filter itself names them.
    pub(in crate::sandbox) fn ids(&self) -> Option<&HashSet<i64>> {
        match self {
            Self::Ids(ids, Sense::Is) => Some(ids),
            Self::All(parts) => parts.iter().find_map(Self::ids),
            _ => None,
        }
    }
}

fn ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
}

impl Instant {
    fn of(self, issue: &Issue) -> Option<i64> {
        match self {
            Self::Created => Some(issue.created.timestamp_millis()),
            Self::Updated => Some(issue.updated.timestamp_millis()),
            Self::Resolved => issue.resolution_date.map(|at| at.timestamp_millis()),
            Self::LastViewed => issue.last_viewed.map(|at| at.timestamp_millis()),
            Self::Due => issue.due_date.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
        }
    }
}

impl Values {
    fn of(self, issue: &Issue, site: &Site) -> Vec<String> {
        let id = |id: Option<i64>| id.map(|id| id.to_string()).into_iter().collect::<Vec<_>>();
        let ids = |ids: &[i64]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let account = |account: &Option<AccountId>| {
            account.iter().map(|account| account.to_lowercase()).collect::<Vec<_>>()
        };
        match self {
            Self::IssueType => id(Some(issue.type_id)),
            Self::HierarchyLevel => id(site.issue_type(issue.type_id).map(|kind| kind.hierarchy_level)),
            Self::Status => id(Some(issue.status_id)),
            Self::StatusCategory => id(site.status(issue.status_id).map(|status| status.category.parts().0)),
            Self::Priority => id(issue.priority_id),
            Self::Resolution => {
                vec![issue.resolution_id.map_or_else(|| "unresolved".to_owned(), |id| id.to_string())]
            }
            Self::Assignee => account(&issue.assignee),
            Self::Reporter => account(&issue.reporter),
            Self::Creator => account(&issue.creator),
            Self::Labels => issue.labels.iter().map(|label| label.to_lowercase()).collect(),
            Self::Parent => id(issue.parent.as_ref().map(|parent| parent.id)),
            Self::Component => ids(&issue.component_ids),
            Self::FixVersion => ids(&issue.fix_version_ids),
            Self::AffectedVersion => ids(&issue.version_ids),
            Self::Level => id(issue.security_level_id),
            Self::At(_) | Self::Summary | Self::Description | Self::Environment => Vec::new(),
        }
    }

    fn none(self, issue: &Issue, site: &Site) -> bool {
        match self {
            Self::At(instant) => instant.of(issue).is_none(),
            Self::Summary => issue.summary.is_empty(),
            // The index holds text: a document without any is as good as none.
            Self::Description => issue.description.as_ref().is_none_or(|it| it.blocks.is_empty()),
            Self::Environment => issue.environment.is_none(),
            Self::Resolution => issue.resolution_id.is_none(),
            _ => self.of(issue, site).is_empty(),
        }
    }
}
