//! Turns a query tree into a filter over issues and a list of sort fields. All values are looked up
//! once; what doesn't exist is refused here, as a real site refuses it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::JqlErrors;
use super::fields::{Searched, searched};
use super::filter::{Condition, Filter, Sense};
use super::order::Sort;
use super::tree::{Clause, Literal, Operand, Operator, Query};
use super::values::{Numbers, Source};
use super::words::Words;
use crate::sandbox::assumptions::{
    ArchivedKey, Assumptions, DateBounds, IdComparison, MissingRatio, UnknownBound, UnknownKey,
};
use crate::sandbox::deployment::Deployment;
use crate::sandbox::model::{Access, Caller, Issue, Site};

/// What a query's meaning depends on besides its text.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Environment<'a> {
    pub(in crate::sandbox) deployment: Deployment,
    pub(in crate::sandbox) validation: Validation,
    pub(in crate::sandbox) site: &'a Site,
    pub(in crate::sandbox) caller: Caller,
    pub(in crate::sandbox) now: DateTime<Utc>,
    pub(in crate::sandbox) zone: Tz,
    pub(in crate::sandbox) assumptions: Assumptions,
}

/// What an issue that does not exist does to the query that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Validation {
    /// The query is refused.
    Refuses,
    /// It matches nothing.
    PassesOver,
}

/// The filter and the sort fields of a query; Cloud refuses an unbounded one.
pub(in crate::sandbox) fn compile(
    query: &Query,
    environment: Environment<'_>,
) -> Result<(Filter, Vec<Sort>), JqlErrors> {
    let mut errors = Vec::new();
    let condition = match &query.filter {
        Some(clause) => environment.clause(clause, Sense::Is, &mut errors),
        None if environment.deployment == Deployment::DataCenter => Condition::All(Vec::new()),
        None => {
            return Err(JqlErrors::one(
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
            ));
        }
    };
    let mut order = Vec::new();
    for (field, direction) in &query.order {
        match environment.sort(field, *direction) {
            Ok(sorts) => order.extend(sorts),
            Err(JqlErrors(found)) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(JqlErrors(errors));
    }
    Ok((Filter { condition, caller: environment.caller }, order))
}

impl Environment<'_> {
    fn clause(&self, clause: &Clause, sense: Sense, errors: &mut Vec<String>) -> Condition {
        let found = match (clause, sense) {
            (Clause::Not(inner), Sense::Is) => return self.clause(inner, Sense::IsNot, errors),
            (Clause::Not(inner), Sense::IsNot) => return self.clause(inner, Sense::Is, errors),
            (Clause::And(parts), Sense::Is) | (Clause::Or(parts), Sense::IsNot) => {
                return Condition::All(parts.iter().map(|part| self.clause(part, sense, errors)).collect());
            }
            (Clause::Or(parts), Sense::Is) | (Clause::And(parts), Sense::IsNot) => {
                return Condition::Any(parts.iter().map(|part| self.clause(part, sense, errors)).collect());
            }
            (Clause::Comparison { field, operator, operand }, _) => {
                let operator = if sense == Sense::Is { *operator } else { operator.negated() };
                self.comparison(field, operator, operand)
            }
            (Clause::History { field, operator, operand, predicates }, _) => {
                self.history(field, *operator, operand.as_ref(), predicates, sense)
            }
        };
        found.unwrap_or_else(|JqlErrors(found)| {
            errors.extend(found);
            Condition::Nothing
        })
    }

    /// A name that several fields share stands for any of them.
    fn comparison(&self, name: &str, operator: Operator, operand: &Operand) -> Result<Condition, JqlErrors> {
        let mut parts = Vec::new();
        for field in searched(self.site, name)? {
            parts.push(self.on(field, name, operator, operand)?);
        }
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => Ok(Condition::Any(parts)),
        }
    }

    fn on(
        &self,
        field: Searched,
        name: &str,
        operator: Operator,
        operand: &Operand,
    ) -> Result<Condition, JqlErrors> {
        use Operator::{
            Contains, Equal, Greater, GreaterOrEqual, In, Is, IsNot, Less, LessOrEqual, NotContains,
            NotEqual, NotIn,
        };
        let emptiness = matches!(operand, Operand::One(Literal::Empty)).then_some(operator);
        let operator = match emptiness {
            Some(Equal) => Is,
            Some(NotEqual) => IsNot,
            _ => operator,
        };
        if !field.operators.contains(&operator) {
            return Err(unsupported(operator, name));
        }
        let among_empty = !matches!(operator, Is | IsNot) && operand.literals().contains(&Literal::Empty);
        if among_empty && !field.operators.contains(&Is) {
            return Err(JqlErrors::one(format!(
                "The field '{name}' does not support searching for EMPTY values."
            )));
        }
        let source = match (field.source, self.assumptions.missing_ratio) {
            (Source::Number(Numbers::WorkRatio), MissingRatio::MinusOne) => {
                Source::Number(Numbers::WorkRatioOrLess)
            }
            (source, _) => source,
        };
        match (operator, operand) {
            (Is, _) => Ok(Condition::Empty(source, Sense::Is)),
            (IsNot, _) => Ok(Condition::Empty(source, Sense::IsNot)),
            (Contains, Operand::One(literal)) => words(source, name, literal, Sense::Is),
            (NotContains, Operand::One(literal)) => words(source, name, literal, Sense::IsNot),
            (Less | LessOrEqual | Greater | GreaterOrEqual, Operand::One(literal)) => {
                self.ordered(source, name, operator, literal)
            }
            (Equal | In, _) => self.membership(source, name, operator, operand, Sense::Is),
            (NotEqual | NotIn, _) => self.membership(source, name, operator, operand, Sense::IsNot),
            _ => Err(unsupported(operator, name)),
        }
    }

    fn ordered(
        &self,
        source: Source,
        name: &str,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Condition, JqlErrors> {
        Ok(match source {
            Source::Key => self.key_bound(name, operator, literal),
            Source::Ids(ids) => {
                Condition::Ids(ids, self.ids_beyond(ids, name, operator, literal)?, Sense::Is)
            }
            Source::Instant(instants) => {
                let (low, high) = self.beyond(operator, self.instants(name, literal)?);
                Condition::Instant(instants, low, high, Sense::Is)
            }
            Source::Day(days) => {
                let (low, high) = self.beyond(operator, self.days(name, literal)?);
                Condition::Day(days, low, high, Sense::Is)
            }
            Source::Number(numbers) => Condition::Number(numbers, operator, number(name, literal)?),
            Source::Duration(numbers) => Condition::Number(numbers, operator, self.seconds(name, literal)?),
            _ => return Err(unsupported(operator, name)),
        })
    }

    /// What lies beyond a range, in closed form.
    fn beyond(&self, operator: Operator, (first, last): (i64, i64)) -> (i64, i64) {
        // The upper edge of a bound that is not inside: its beginning, or its end.
        let edge = match self.assumptions.date_bounds {
            DateBounds::Beginning => first,
            DateBounds::WholeUnit => last,
        };
        match operator {
            Operator::Less => (i64::MIN, first.saturating_sub(1)),
            Operator::LessOrEqual => (i64::MIN, edge),
            Operator::Greater => (edge.saturating_add(1), i64::MAX),
            _ => (first, i64::MAX),
        }
    }

    fn membership(
        &self,
        source: Source,
        name: &str,
        operator: Operator,
        operand: &Operand,
        sense: Sense,
    ) -> Result<Condition, JqlErrors> {
        let mut literals: Vec<&Literal> = operand.literals().iter().collect();
        let with_empty = literals.contains(&&Literal::Empty);
        literals.retain(|literal| **literal != Literal::Empty);
        let takes_list = matches!(operator, Operator::In | Operator::NotIn);
        let within_list = matches!(operand, Operand::List(_));
        for literal in &literals {
            if let Literal::Function { name: function, .. } = literal {
                let is_list = LIST_FUNCTIONS.contains(&function.to_lowercase().as_str());
                if is_list && !takes_list {
                    return Err(JqlErrors::one(format!(
                        "Operator '{}' does not support the list returned by function '{function}' for field '{name}'.",
                        operator.as_str()
                    )));
                }
                if !is_list && takes_list && !within_list {
                    return Err(JqlErrors::one(format!(
                        "Operator '{}' does not support the non-list value '{function}()' for field '{name}'.",
                        operator.as_str()
                    )));
                }
            }
        }
        let among = match source {
            Source::Key => self.issues(name, &literals, sense)?,
            Source::Ids(ids) => {
                let resolved = self.known_ids(ids, name, &literals)?;
                let among = Condition::Ids(ids, resolved.ids, sense);
                return Ok(or_empty(among, source, sense, with_empty || resolved.empty));
            }
            Source::Accounts(accounts) => {
                Condition::Accounts(accounts, self.known_accounts(name, &literals)?, sense)
            }
            Source::Names(names) => {
                let (wanted, case) = self.known_names(names, name, &literals)?;
                Condition::Names(names, wanted, case, sense)
            }
            Source::Instant(instants) => {
                let ranges: Result<Vec<_>, JqlErrors> =
                    literals.iter().map(|literal| self.instants(name, literal)).collect();
                let part = |(low, high)| Condition::Instant(instants, low, high, sense);
                Condition::among(ranges?.into_iter().map(part).collect(), sense)
            }
            Source::Day(days) => {
                let ranges: Result<Vec<_>, JqlErrors> =
                    literals.iter().map(|literal| self.days(name, literal)).collect();
                let part = |(low, high)| Condition::Day(days, low, high, sense);
                Condition::among(ranges?.into_iter().map(part).collect(), sense)
            }
            Source::Number(numbers) | Source::Duration(numbers) => {
                let operator = if sense == Sense::Is { Operator::Equal } else { Operator::NotEqual };
                let wanted: Result<Vec<f64>, JqlErrors> = literals
                    .iter()
                    .map(|literal| match source {
                        Source::Duration(_) => self.seconds(name, literal),
                        _ => number(name, literal),
                    })
                    .collect();
                let part = |number| Condition::Number(numbers, operator, number);
                Condition::among(wanted?.into_iter().map(part).collect(), sense)
            }
            Source::Text(_) | Source::Attachments | Source::Opaque(_) => {
                return Err(unsupported(operator, name));
            }
        };
        Ok(or_empty(among, source, sense, with_empty))
    }

    /// An issue that the caller may see, by id or key.
    pub(super) fn issue(&self, text: &str) -> Option<&Issue> {
        self.site.resolve(text).filter(|issue| self.site.access(issue, self.caller) != Access::Hidden)
    }

    fn key_bound(&self, name: &str, operator: Operator, literal: &Literal) -> Condition {
        let text = literal.text();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let by_number = name.eq_ignore_ascii_case("id")
            && self.assumptions.id_comparison == IdComparison::Numeric
            && is_number;
        let written = text
            .rsplit_once('-')
            .and_then(|(project, number)| Some((project.to_uppercase(), number.parse::<i64>().ok()?)));
        match (self.issue(text), self.assumptions.unknown_bound) {
            (Some(bound), _) if by_number => Condition::Id(operator, bound.id),
            (Some(bound), _) => {
                Condition::Key(operator, super::filter::project_key(bound).to_owned(), bound.number)
            }
            // A bound that is no issue gives no rows and no error.
            (None, UnknownBound::NoRows) => Condition::Nothing,
            (None, UnknownBound::Compared) => match (text.parse(), written) {
                (Ok(id), _) if by_number => Condition::Id(operator, id),
                (_, Some((project, number))) => Condition::Key(operator, project, number),
                _ => Condition::Nothing,
            },
        }
    }

    fn issues(&self, name: &str, literals: &[&Literal], sense: Sense) -> Result<Condition, JqlErrors> {
        let mut ids = HashSet::new();
        let mut errors = Vec::new();
        let many = literals.len() > 1;
        for literal in literals {
            let is_known = |issue: &&Issue| {
                self.assumptions.archived_key == ArchivedKey::Known
                    || self.site.access(issue, self.caller) == Access::Searchable
            };
            match self.issue(literal.text()).filter(is_known) {
                Some(issue) => {
                    ids.insert(issue.id);
                }
                None if self.validation == Validation::PassesOver => {}
                None if many && self.assumptions.unknown_key == UnknownKey::Ignored => {}
                None => errors.push(format!(
                    "An issue with key '{}' does not exist for field '{name}'.",
                    literal.text()
                )),
            }
        }
        if errors.is_empty() { Ok(Condition::Issues(ids, sense)) } else { Err(JqlErrors(errors)) }
    }
}

/// Functions that stand for several values.
pub(in crate::sandbox) const LIST_FUNCTIONS: [&str; 4] =
    ["membersof", "opensprints", "closedsprints", "futuresprints"];

fn or_empty(among: Condition, source: Source, sense: Sense, with_empty: bool) -> Condition {
    if with_empty { Condition::among(vec![among, Condition::Empty(source, sense)], sense) } else { among }
}

fn words(source: Source, name: &str, literal: &Literal, sense: Sense) -> Result<Condition, JqlErrors> {
    let operator = if sense == Sense::Is { Operator::Contains } else { Operator::NotContains };
    match (source, literal) {
        (Source::Text(texts), Literal::Bare(text) | Literal::Quoted(text)) => {
            Ok(Condition::Words(texts, Words::parse(name, text)?, sense))
        }
        _ => Err(JqlErrors::one(format!(
            "The operator '{}' does not take the value '{}' for the field '{name}'.",
            operator.as_str(),
            literal.text()
        ))),
    }
}

fn number(name: &str, literal: &Literal) -> Result<f64, JqlErrors> {
    let parsed = match literal {
        Literal::Bare(text) | Literal::Quoted(text) => text.trim().parse::<f64>().ok(),
        Literal::Empty | Literal::Function { .. } => None,
    };
    parsed.filter(|number| number.is_finite()).ok_or_else(|| {
        JqlErrors::one(format!("Value '{}' for the field '{name}' is not a number.", literal.text()))
    })
}

pub(super) fn unsupported(operator: Operator, field: &str) -> JqlErrors {
    JqlErrors::one(format!("The operator '{}' is not supported by the '{field}' field.", operator.as_str()))
}

pub(super) fn missing(text: &str, field: &str) -> String {
    format!("The value '{text}' does not exist for the field '{field}'.")
}
