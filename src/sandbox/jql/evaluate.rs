//! Turns a query tree into a filter over issues and a list of sort fields. All values are looked up
//! once; what doesn't exist is refused here, as a real site refuses it.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::JqlErrors;
use super::filter::{Filter, Instant, Sense, Values};
use super::order::SortField;
use super::parser::{Clause, Direction, Literal, Operand, Operator, Query};
use crate::sandbox::assumptions::{Assumptions, IdComparison, UnknownKey};
use crate::sandbox::deployment::Deployment;
use crate::sandbox::model::{Access, Caller, Issue, Site, StatusCategory};

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
) -> Result<(Filter, Vec<(SortField, Direction)>), JqlErrors> {
    let mut errors = Vec::new();
    let filter = match &query.filter {
        Some(clause) => environment.clause(clause, Sense::Is, &mut errors),
        None if environment.deployment == Deployment::DataCenter => Filter::All(Vec::new()),
        None => {
            return Err(JqlErrors::one(
                "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
            ));
        }
    };
    let mut order = Vec::new();
    for (field, direction) in &query.order {
        match field.to_lowercase().as_str() {
            "id" | "key" | "issue" | "issuekey" => order.push((SortField::Key, *direction)),
            "created" | "createddate" => order.push((SortField::Created, *direction)),
            "updated" | "updateddate" => order.push((SortField::Updated, *direction)),
            "project" => order.push((SortField::Project, *direction)),
            _ => errors.push(format!("Not able to sort using field '{field}'.")),
        }
    }
    if errors.is_empty() { Ok((filter, order)) } else { Err(JqlErrors(errors)) }
}

impl Environment<'_> {
    fn clause(&self, clause: &Clause, sense: Sense, errors: &mut Vec<String>) -> Filter {
        match (clause, sense) {
            (Clause::Not(inner), Sense::Is) => self.clause(inner, Sense::IsNot, errors),
            (Clause::Not(inner), Sense::IsNot) => self.clause(inner, Sense::Is, errors),
            (Clause::And(parts), Sense::Is) | (Clause::Or(parts), Sense::IsNot) => {
                Filter::All(parts.iter().map(|part| self.clause(part, sense, errors)).collect())
            }
            (Clause::Or(parts), Sense::Is) | (Clause::And(parts), Sense::IsNot) => {
                Filter::Any(parts.iter().map(|part| self.clause(part, sense, errors)).collect())
            }
            (Clause::Comparison { field, operator, operand }, _) => {
                let operator = if sense == Sense::Is { *operator } else { operator.negated() };
                match self.comparison(field, operator, operand) {
                    Ok(filter) => filter,
                    Err(JqlErrors(found)) => {
                        errors.extend(found);
                        Filter::Nothing
                    }
                }
            }
        }
    }

    fn comparison(&self, field: &str, operator: Operator, operand: &Operand) -> Result<Filter, JqlErrors> {
        let values = match field.to_lowercase().as_str() {
            "project" => return self.projects(field, operator, operand),
            "id" | "key" | "issue" | "issuekey" => return self.keys(field, operator, operand),
            "created" | "createddate" => return self.instant(field, Instant::Created, operator, operand),
            "updated" | "updateddate" => return self.instant(field, Instant::Updated, operator, operand),
            "resolved" | "resolutiondate" => {
                return self.instant(field, Instant::Resolved, operator, operand);
            }
            "lastviewed" => return self.instant(field, Instant::LastViewed, operator, operand),
            "due" | "duedate" => return self.instant(field, Instant::Due, operator, operand),
            "summary" => return text_field(field, Values::Summary, operator, operand),
            "description" => return text_field(field, Values::Description, operator, operand),
            "environment" => return text_field(field, Values::Environment, operator, operand),
            "issuetype" | "type" => Values::IssueType,
            "hierarchylevel" => Values::HierarchyLevel,
            "status" => Values::Status,
            "statuscategory" => Values::StatusCategory,
            "priority" => Values::Priority,
            "resolution" => Values::Resolution,
            "assignee" => Values::Assignee,
            "reporter" => Values::Reporter,
            "creator" => Values::Creator,
            "labels" => Values::Labels,
            "parent" => Values::Parent,
            "component" => Values::Component,
            "fixversion" => Values::FixVersion,
            "affectedversion" => Values::AffectedVersion,
            "level" => Values::Level,
            other => return self.custom(field, other, operator, operand),
        };
        self.values(field, values, operator, operand)
    }

    fn custom(
        &self,
        field: &str,
        lower: &str,
        operator: Operator,
        operand: &Operand,
    ) -> Result<Filter, JqlErrors> {
        let id = self
            .site
            .fields
            .iter()
            .find(|known| {
                known.custom_id.is_some()
                    && known.clause_names.iter().any(|name| name.to_lowercase() == lower)
            })
            .and_then(|known| known.custom_id);
        match (id, operator, operand) {
            (None, ..) => Err(JqlErrors::one(format!(
                "Field '{field}' does not exist or you do not have permission to view it."
            ))),
            (Some(id), Operator::Is | Operator::Equal, Operand::Empty) => Ok(Filter::Custom(id, Sense::Is)),
            (Some(id), Operator::IsNot | Operator::NotEqual, Operand::Empty) => {
                Ok(Filter::Custom(id, Sense::IsNot))
            }
            (Some(_), ..) => Err(unsupported(operator, field)),
        }
    }

    fn projects(&self, field: &str, operator: Operator, operand: &Operand) -> Result<Filter, JqlErrors> {
        let (literals, sense) = match membership(field, operator, operand)? {
            Membership::Empty(Sense::Is) => return Ok(Filter::Nothing),
            Membership::Empty(Sense::IsNot) => return Ok(Filter::All(Vec::new())),
            Membership::Among(literals, sense) => (literals, sense),
        };
        let mut ids = HashSet::new();
        let mut errors = Vec::new();
        for literal in literals {
            match self.site.find_project(literal.text()) {
                Some(project) if project.audience.includes(self.caller) => {
                    ids.insert(project.id);
                }
                _ => errors.push(missing(literal.text(), field)),
            }
        }
        if errors.is_empty() { Ok(Filter::Projects(ids, sense)) } else { Err(JqlErrors(errors)) }
    }

    fn issue(&self, text: &str) -> Option<&Issue> {
        self.site.resolve(text).filter(|issue| self.site.access(issue, self.caller) != Access::Hidden)
    }

    fn keys(&self, field: &str, operator: Operator, operand: &Operand) -> Result<Filter, JqlErrors> {
        if let (
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            Operand::One(literal),
        ) = (operator, operand)
        {
            // A bound that is no issue gives no rows and no error.
            let Some(bound) = self.issue(literal.text()) else { return Ok(Filter::Nothing) };
            let by_number = field.eq_ignore_ascii_case("id")
                && self.assumptions.id_comparison == IdComparison::Numeric
                && literal.text().bytes().all(|byte| byte.is_ascii_digit());
            if by_number {
                return Ok(Filter::Id(operator, bound.id));
            }
            let project = bound.key.rsplit_once('-').map_or("", |(project, _)| project);
            return Ok(Filter::Key(operator, project.to_owned(), bound.number));
        }
        let (literals, sense) = match membership(field, operator, operand)? {
            Membership::Empty(_) => return Err(unsupported(operator, field)),
            Membership::Among(literals, sense) => (literals, sense),
        };
        let mut ids = HashSet::new();
        let mut errors = Vec::new();
        let many = literals.len() > 1;
        for literal in literals {
            match self.issue(literal.text()) {
                Some(issue) => {
                    ids.insert(issue.id);
                }
                None if self.validation == Validation::PassesOver => {}
                None if many && self.assumptions.unknown_key == UnknownKey::Ignored => {}
                None => errors.push(format!(
                    "An issue with key '{}' does not exist for field '{field}'.",
                    literal.text()
                )),
            }
        }
        if errors.is_empty() { Ok(Filter::Ids(ids, sense)) } else { Err(JqlErrors(errors)) }
    }

    fn instant(
        &self,
        field: &str,
        instant: Instant,
        operator: Operator,
        operand: &Operand,
    ) -> Result<Filter, JqlErrors> {
        let ranges = |literals: &[Literal]| -> Result<Vec<(i64, i64)>, JqlErrors> {
            literals.iter().map(|literal| self.range(field, literal)).collect()
        };
        let (literals, sense) = match (operator, operand) {
            (
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
                Operand::One(literal),
            ) => {
                let (first, _) = self.range(field, literal)?;
                let (low, high) = match operator {
                    Operator::Less => (i64::MIN, first - 1),
                    Operator::LessOrEqual => (i64::MIN, first),
                    Operator::Greater => (first + 1, i64::MAX),
                    _ => (first, i64::MAX),
                };
                return Ok(Filter::Instant(instant, low, high, Sense::Is));
            }
            _ => match membership(field, operator, operand)? {
                Membership::Empty(sense) => return Ok(Filter::Empty(Values::At(instant), sense)),
                Membership::Among(literals, sense) => (literals, sense),
            },
        };
        let filters: Vec<Filter> = ranges(literals)?
            .into_iter()
            .map(|(low, high)| Filter::Instant(instant, low, high, sense))
            .collect();
        Ok(if sense == Sense::Is { Filter::Any(filters) } else { Filter::All(filters) })
    }

    fn values(
        &self,
        field: &str,
        values: Values,
        operator: Operator,
        operand: &Operand,
    ) -> Result<Filter, JqlErrors> {
        let (literals, sense) = match membership(field, operator, operand)? {
            Membership::Empty(sense) => return Ok(Filter::Empty(values, sense)),
            Membership::Among(literals, sense) => (literals, sense),
        };
        let mut wanted = HashSet::new();
        let mut errors = Vec::new();
        let mut empty = false;
        for literal in literals {
            let text = match literal {
                Literal::Function(name) if name == "empty" => {
                    empty = true;
                    continue;
                }
                Literal::Function(name) if name == "currentuser" => match self.site.me() {
                    Some(me) if self.caller == Caller::Demo => match self.deployment {
                        Deployment::Cloud => me.account_id.to_string(),
                        Deployment::DataCenter => me.name.clone(),
                    },
                    _ => continue,
                },
                Literal::Function(name) => {
                    errors.push(format!("Unable to find JQL function '{name}()'."));
                    continue;
                }
                Literal::Bare(text) | Literal::Quoted(text) => text.clone(),
            };
            match self.known(values, &text) {
                Some(known) => wanted.extend(known),
                None => errors.push(missing(&text, field)),
            }
        }
        if !errors.is_empty() {
            return Err(JqlErrors(errors));
        }
        let among = Filter::Values(values, wanted, sense);
        Ok(match (empty, sense) {
            (false, _) => among,
            (true, Sense::Is) => Filter::Any(vec![among, Filter::Empty(values, Sense::Is)]),
            (true, Sense::IsNot) => Filter::All(vec![among, Filter::Empty(values, Sense::IsNot)]),
        })
    }

    /// The comparable forms of a value by id or name; none where the site has no such value.
    fn known(&self, values: Values, text: &str) -> Option<Vec<String>> {
        let lower = text.to_lowercase();
        let by_name = |pairs: Vec<(i64, &str)>| {
            let found: Vec<String> = pairs
                .iter()
                .filter(|(id, name)| id.to_string() == lower || name.to_lowercase() == lower)
                .map(|(id, _)| id.to_string())
                .collect();
            (!found.is_empty()).then_some(found)
        };
        let site = self.site;
        match values {
            Values::IssueType => {
                by_name(site.issue_types.iter().map(|it| (it.id, it.name.as_str())).collect())
            }
            Values::Status => by_name(site.statuses.iter().map(|it| (it.id, it.name.as_str())).collect()),
            Values::StatusCategory => {
                use StatusCategory::{Done, InProgress, ToDo};
                let parts = [ToDo, InProgress, Done].map(StatusCategory::parts);
                let found: Vec<String> = parts
                    .iter()
                    .filter(|(id, key, name)| {
                        id.to_string() == lower || *key == lower || name.to_lowercase() == lower
                    })
                    .map(|(id, _, _)| id.to_string())
                    .collect();
                (!found.is_empty()).then_some(found)
            }
            Values::Priority => by_name(site.priorities.iter().map(|it| (it.id, it.name.as_str())).collect()),
            Values::Resolution if lower == "unresolved" => Some(vec!["unresolved".to_owned()]),
            Values::Resolution => {
                by_name(site.resolutions.iter().map(|it| (it.id, it.name.as_str())).collect())
            }
            Values::Level => {
                by_name(site.security_levels.iter().map(|it| (it.id, it.name.as_str())).collect())
            }
            Values::Assignee | Values::Reporter | Values::Creator => {
                let user = match self.deployment {
                    Deployment::Cloud => site.user(text),
                    Deployment::DataCenter => site.users.iter().find(|user| user.name == lower),
                };
                user.map(|user| vec![user.account_id.to_lowercase()])
            }
            Values::Component => by_name(
                site.projects
                    .iter()
                    .flat_map(|it| &it.components)
                    .map(|it| (it.id, it.name.as_str()))
                    .collect(),
            ),
            Values::FixVersion | Values::AffectedVersion => by_name(
                site.projects
                    .iter()
                    .flat_map(|it| &it.versions)
                    .map(|it| (it.id, it.name.as_str()))
                    .collect(),
            ),
            Values::Parent => self.issue(text).map(|issue| vec![issue.id.to_string()]),
            Values::Labels => Some(vec![lower]),
            Values::HierarchyLevel => lower.parse::<i64>().ok().map(|_| vec![lower]),
            Values::At(_) | Values::Summary | Values::Description | Values::Environment => None,
        }
    }
}

enum Membership<'a> {
    Among(&'a [Literal], Sense),
    Empty(Sense),
}

fn membership<'a>(
    field: &str,
    operator: Operator,
    operand: &'a Operand,
) -> Result<Membership<'a>, JqlErrors> {
    Ok(match (operator, operand) {
        (Operator::Equal, Operand::One(literal)) => {
            Membership::Among(std::slice::from_ref(literal), Sense::Is)
        }
        (Operator::NotEqual, Operand::One(literal)) => {
            Membership::Among(std::slice::from_ref(literal), Sense::IsNot)
        }
        (Operator::In, Operand::List(literals)) => Membership::Among(literals, Sense::Is),
        (Operator::NotIn, Operand::List(literals)) => Membership::Among(literals, Sense::IsNot),
        (Operator::Equal | Operator::Is, Operand::Empty) => Membership::Empty(Sense::Is),
        (Operator::NotEqual | Operator::IsNot, Operand::Empty) => Membership::Empty(Sense::IsNot),
        _ => return Err(unsupported(operator, field)),
    })
}

fn unsupported(operator: Operator, field: &str) -> JqlErrors {
    JqlErrors::one(format!("The operator '{}' is not supported by the '{field}' field.", operator.as_str()))
}

fn missing(text: &str, field: &str) -> String {
    format!("The value '{text}' does not exist for the field '{field}'.")
}

fn text_field(
    field: &str,
    values: Values,
    operator: Operator,
    operand: &Operand,
) -> Result<Filter, JqlErrors> {
    let words =
        |literal: &Literal| literal.text().to_lowercase().split_whitespace().map(str::to_owned).collect();
    match (operator, operand) {
        (Operator::Contains, Operand::One(literal)) if values == Values::Summary => {
            Ok(Filter::Words(words(literal), Sense::Is))
        }
        (Operator::NotContains, Operand::One(literal)) if values == Values::Summary => {
            Ok(Filter::Words(words(literal), Sense::IsNot))
        }
        (Operator::Is, Operand::Empty) => Ok(Filter::Empty(values, Sense::Is)),
        (Operator::IsNot, Operand::Empty) => Ok(Filter::Empty(values, Sense::IsNot)),
        _ => Err(unsupported(operator, field)),
    }
}

/// Fields that the sandbox can search: name, whether ORDER BY takes it, operators.
pub(in crate::sandbox) fn searchable_fields() -> BTreeMap<&'static str, (bool, &'static [&'static str])> {
    const NAMES: &[&str] = &["=", "!=", "in", "not in", "is", "is not"];
    const KEYS: &[&str] = &["=", "!=", "in", "not in", "<", "<=", ">", ">="];
    const TIMES: &[&str] = &["=", "!=", "in", "not in", "<", "<=", ">", ">=", "is", "is not"];
    const TEXTS: &[&str] = &["~", "!~", "is", "is not"];
    BTreeMap::from([
        ("project", (true, NAMES)),
        ("issuekey", (true, KEYS)),
        ("created", (true, TIMES)),
        ("updated", (true, TIMES)),
        ("resolved", (false, TIMES)),
        ("lastViewed", (false, TIMES)),
        ("due", (false, TIMES)),
        ("issuetype", (false, NAMES)),
        ("hierarchyLevel", (false, NAMES)),
        ("status", (false, NAMES)),
        ("statusCategory", (false, NAMES)),
        ("priority", (false, NAMES)),
        ("resolution", (false, NAMES)),
        ("assignee", (false, NAMES)),
        ("reporter", (false, NAMES)),
        ("creator", (false, NAMES)),
        ("labels", (false, NAMES)),
        ("parent", (false, NAMES)),
        ("component", (false, NAMES)),
        ("fixVersion", (false, NAMES)),
        ("affectedVersion", (false, NAMES)),
        ("summary", (false, TEXTS)),
        ("description", (false, &["is", "is not"])),
        ("environment", (false, &["is", "is not"])),
    ])
}
