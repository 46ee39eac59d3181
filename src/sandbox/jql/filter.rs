//! A compiled condition, and whether an issue passes it.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::history::Past;
use super::tree::Operator;
use super::values::{Accounts, Days, Ids, Instants, Names, Numbers, Source, Texts};
use super::words::Words;
use crate::sandbox::model::{AccountId, Caller, Issue, Site};

/// A compiled query: which issues it finds for whom.
#[derive(Debug)]
pub(in crate::sandbox) struct Filter {
    pub(super) condition: Condition,
    pub(super) caller: Caller,
}

/// A compiled condition.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// The issue's id is (not) one of these.
    Issues(HashSet<i64>, Sense),
    /// The issue's id compares so.
    Id(Operator, i64),
    /// The issue's key compares so.
    Key(Operator, String, i64),
    Ids(Ids, HashSet<i64>, Sense),
    Accounts(Accounts, HashSet<AccountId>, Sense),
    /// One of the names is (not) among these, which are in lower case where case does not count.
    Names(Names, HashSet<String>, Case, Sense),
    /// The instant is (not) within the closed range.
    Instant(Instants, i64, i64, Sense),
    /// The day is (not) within the closed range.
    Day(Days, i64, i64, Sense),
    Number(Numbers, Operator, f64),
    /// The text has (not) these words.
    Words(Texts, Words, Sense),
    /// The field has no (or some) value.
    Empty(Source, Sense),
    Past(Box<Past>, Sense),
    Nothing,
}

/// Whether a condition is taken as it is or turned round; an empty field fails both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Sense {
    Is,
    IsNot,
}

/// Whether names that differ in case only are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Ignored,
    Counts,
}

impl Filter {
    /// Whether an issue passes.
    pub(in crate::sandbox) fn matches(&self, issue: &Issue, site: &Site) -> bool {
        self.condition.matches(issue, site, self.caller)
    }

    /// The only ids that can pass, where the filter itself names them.
    pub(in crate::sandbox) fn ids(&self) -> Option<&HashSet<i64>> {
        self.condition.ids()
    }
}

impl Condition {
    pub(super) fn matches(&self, issue: &Issue, site: &Site, caller: Caller) -> bool {
        let sensed = |found: bool, sense: Sense| found == (sense == Sense::Is);
        let known = |found: Option<bool>, sense: Sense| found.is_some_and(|found| sensed(found, sense));
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(issue, site, caller)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(issue, site, caller)),
            Self::Issues(ids, sense) => sensed(ids.contains(&issue.id), *sense),
            Self::Id(operator, id) => compares(*operator, issue.id.cmp(id)),
            Self::Key(operator, project, number) => {
                compares(*operator, project_key(issue).cmp(project).then(issue.number.cmp(number)))
            }
            Self::Ids(ids, wanted, sense) => known(ids.any(issue, site, |id| wanted.contains(&id)), *sense),
            Self::Accounts(accounts, wanted, sense) => {
                known(accounts.any(issue, caller, |account| wanted.contains(account)), *sense)
            }
            Self::Names(names, wanted, case, sense) => {
                let found = names.any(issue, |name| match case {
                    Case::Counts => wanted.contains(name),
                    Case::Ignored => wanted.contains(&name.to_lowercase()),
                });
                known(found, *sense)
            }
            Self::Instant(instants, low, high, sense) => {
                known(instants.any(issue, caller, |at| *low <= at && at <= *high), *sense)
            }
            Self::Day(days, low, high, sense) => {
                known(days.of(issue).map(|day| *low <= day && day <= *high), *sense)
            }
            Self::Number(numbers, operator, number) => numbers
                .of(issue)
                .and_then(|own| own.partial_cmp(number))
                .is_some_and(|order| compares(*operator, order)),
            Self::Words(texts, words, sense) => {
                known(texts.any(issue, caller, &mut |text| words.are_in(text)), *sense)
            }
            Self::Empty(source, sense) => sensed(source.is_empty(issue, site, caller), *sense),
            Self::Past(past, sense) => sensed(past.holds(issue), *sense),
            Self::Nothing => false,
        }
    }

    fn ids(&self) -> Option<&HashSet<i64>> {
        match self {
            Self::Issues(ids, Sense::Is) => Some(ids),
            Self::All(parts) => parts.iter().find_map(Self::ids),
            _ => None,
        }
    }

    /// One of them, in their sense: any of them is, or none of them is.
    pub(super) fn among(parts: Vec<Self>, sense: Sense) -> Self {
        match sense {
            Sense::Is => Self::Any(parts),
            Sense::IsNot => Self::All(parts),
        }
    }
}

/// The key of the issue's project, as the issue's key has it.
pub(super) fn project_key(issue: &Issue) -> &str {
    issue.key.rsplit_once('-').map_or("", |(project, _)| project)
}

fn compares(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::NotEqual => order.is_ne(),
        _ => order.is_eq(),
    }
}
