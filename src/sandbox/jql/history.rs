//! What a field was, and when it changed: for the fields whose history a site searches, from the changes of the
//! issues themselves.

use std::collections::HashSet;

use super::JqlErrors;
use super::dates::Range;
use super::evaluate::Environment;
use super::fields::searched;
use super::filter::{Condition, Sense};
use super::tree::{HistoryOperator, Literal, Operand, Predicate};
use super::values::{Accounts, Ids, Source};
use crate::sandbox::model::{AccountId, History, HistoryItem, Issue};

/// A question about the past of an issue.
#[derive(Debug)]
pub(super) struct Past {
    tracked: Tracked,
    question: Question,
    by: Option<HashSet<AccountId>>,
    /// All moments that count, both ends included.
    during: Range,
}

#[derive(Debug)]
enum Question {
    /// It was one of these.
    Was(Wanted),
    /// It changed from one of these to one of those.
    Changed { from: Option<Wanted>, to: Option<Wanted> },
}

/// A field whose changes are searched.
#[derive(Clone, Copy, Debug)]
struct Tracked {
    source: Source,
    /// What the changes call it.
    id: &'static str,
}

/// Values as the changes store them.
#[derive(Debug)]
struct Wanted {
    values: HashSet<String>,
    empty: bool,
}

const TRACKED: [Tracked; 5] = [
    Tracked { source: Source::Ids(Ids::Status), id: "status" },
    Tracked { source: Source::Ids(Ids::Priority), id: "priority" },
    Tracked { source: Source::Ids(Ids::Resolution), id: "resolution" },
    Tracked { source: Source::Accounts(Accounts::Assignee), id: "assignee" },
    Tracked { source: Source::Accounts(Accounts::Reporter), id: "reporter" },
];

impl Wanted {
    fn has(&self, value: Option<&str>) -> bool {
        value.map_or(self.empty, |value| self.values.contains(value))
    }
}

impl Past {
    pub(super) fn holds(&self, issue: &Issue) -> bool {
        let changes = issue.histories.iter().flat_map(|history| {
            let items = history.items.iter().filter(|it| it.field_id.as_deref() == Some(self.tracked.id));
            items.map(move |item| (history, item))
        });
        match &self.question {
            Question::Changed { from, to } => changes.into_iter().any(|(history, item)| {
                self.counts(history)
                    && from.as_ref().is_none_or(|it| it.has(item.from.as_deref()))
                    && to.as_ref().is_none_or(|it| it.has(item.to.as_deref()))
            }),
            Question::Was(wanted) => self.was(issue, wanted, &changes.collect::<Vec<_>>()),
        }
    }

    fn counts(&self, history: &History) -> bool {
        let at = history.created.timestamp_millis();
        self.during.0 <= at && at <= self.during.1 && self.is_by(history.author.as_ref())
    }

    fn is_by(&self, author: Option<&AccountId>) -> bool {
        self.by.as_ref().is_none_or(|by| author.is_some_and(|author| by.contains(author)))
    }

    /// Whether one of the values was there at a moment that counts; each is there from one change to the next.
    fn was(&self, issue: &Issue, wanted: &Wanted, changes: &[(&History, &HistoryItem)]) -> bool {
        let first = match changes.first() {
            Some((_, item)) => item.from.clone(),
            None => self.tracked.now(issue),
        };
        let mut spans = vec![(first, issue.created.timestamp_millis(), issue.creator.as_ref())];
        for (history, item) in changes {
            spans.push((item.to.clone(), history.created.timestamp_millis(), history.author.as_ref()));
        }
        spans.iter().enumerate().any(|(index, (value, from, author))| {
            let until = spans.get(index + 1).map_or(i64::MAX, |(_, at, _)| *at);
            let overlaps = *from <= self.during.1 && self.during.0 < until;
            overlaps && wanted.has(value.as_deref()) && self.is_by(*author)
        })
    }
}

impl Tracked {
    /// The value that an issue has now, as the changes would store it.
    fn now(self, issue: &Issue) -> Option<String> {
        let account = |account: &Option<AccountId>| account.as_ref().map(ToString::to_string);
        let id = |id: Option<i64>| id.map(|id| id.to_string());
        match self.source {
            Source::Ids(Ids::Status) => id(Some(issue.status_id)),
            Source::Ids(Ids::Priority) => id(issue.priority_id),
            Source::Ids(Ids::Resolution) => id(issue.resolution_id),
            Source::Accounts(Accounts::Assignee) => account(&issue.assignee),
            Source::Accounts(Accounts::Reporter) => account(&issue.reporter),
            _ => None,
        }
    }
}

impl Environment<'_> {
    pub(super) fn history(
        &self,
        name: &str,
        operator: HistoryOperator,
        operand: Option<&Operand>,
        predicates: &[(Predicate, Operand)],
        sense: Sense,
    ) -> Result<Condition, JqlErrors> {
        let fields = searched(self.site, name)?;
        let tracked =
            TRACKED.into_iter().find(|it| fields.first().is_some_and(|field| field.source == it.source));
        let Some(tracked) = tracked else {
            return Err(JqlErrors::one(format!("History searches do not support the '{name}' field.")));
        };
        let (mut from, mut to, mut by, mut during) = (None, None, None, (i64::MIN, i64::MAX));
        for (predicate, operand) in predicates {
            match predicate {
                Predicate::From if operand_free(operator) => {
                    from = Some(self.wanted(tracked, name, operand.literals())?);
                }
                Predicate::To if operand_free(operator) => {
                    to = Some(self.wanted(tracked, name, operand.literals())?);
                }
                Predicate::From | Predicate::To => {
                    return Err(JqlErrors::one(format!(
                        "The predicate of '{}' is not supported for the field '{name}'.",
                        operator.as_str()
                    )));
                }
                Predicate::By => {
                    let literals: Vec<&Literal> = operand.literals().iter().collect();
                    by = Some(self.known_accounts(name, &literals)?);
                }
                _ => {
                    let (low, high) = self.moments(name, *predicate, operand)?;
                    during = (during.0.max(low), during.1.min(high));
                }
            }
        }
        let question = match operand {
            None => Question::Changed { from, to },
            Some(operand) => Question::Was(self.wanted(tracked, name, operand.literals())?),
        };
        let turned = matches!(operator, HistoryOperator::WasNot | HistoryOperator::WasNotIn);
        let sense = if turned == (sense == Sense::IsNot) { Sense::Is } else { Sense::IsNot };
        Ok(Condition::Past(Box::new(Past { tracked, question, by, during }), sense))
    }

    fn wanted(&self, tracked: Tracked, name: &str, literals: &[Literal]) -> Result<Wanted, JqlErrors> {
        let empty = literals.contains(&Literal::Empty);
        let literals: Vec<&Literal> = literals.iter().filter(|it| **it != Literal::Empty).collect();
        if let Source::Ids(ids) = tracked.source {
            let known = self.known_ids(ids, name, &literals)?;
            let values = known.ids.iter().map(ToString::to_string).collect();
            return Ok(Wanted { values, empty: empty || known.empty });
        }
        let accounts = self.known_accounts(name, &literals)?;
        Ok(Wanted { values: accounts.iter().map(ToString::to_string).collect(), empty })
    }

    fn moments(&self, name: &str, predicate: Predicate, operand: &Operand) -> Result<Range, JqlErrors> {
        let ranges: Result<Vec<Range>, JqlErrors> =
            operand.literals().iter().map(|literal| self.instants(name, literal)).collect();
        match (predicate, ranges?.as_slice()) {
            (Predicate::Before, [(first, _)]) => Ok((i64::MIN, first.saturating_sub(1))),
            (Predicate::After, [(_, last)]) => Ok((last.saturating_add(1), i64::MAX)),
            (Predicate::On, [range]) => Ok(*range),
            (Predicate::During, [(first, _), (_, last)]) => Ok((*first, *last)),
            _ => Err(JqlErrors::one(format!(
                "A date predicate of the field '{name}' has too many or too few dates."
            ))),
        }
    }
}

fn operand_free(operator: HistoryOperator) -> bool {
    operator == HistoryOperator::Changed
}
