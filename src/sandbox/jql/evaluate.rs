//! Turns a query tree into a filter over issues and a list of sort fields. All values are looked up
//! once; what doesn't exist is refused here, as a real site refuses it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::JqlErrors;
use super::parser::{Clause, Direction, Literal, Operand, Operator, Query};
use crate::sandbox::assumptions::{Assumptions, EpochPrecision, IdComparison, UnknownKey};
use crate::sandbox::model::{Access, AccountId, Caller, Issue, Site, StatusCategory};

/// What a query's meaning depends on besides its text.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Environment<'a> {
    pub(in crate::sandbox) site: &'a Site,
    pub(in crate::sandbox) caller: Caller,
    pub(in crate::sandbox) now: DateTime<Utc>,
    pub(in crate::sandbox) zone: Tz,
    pub(in crate::sandbox) assumptions: Assumptions,
}

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

/// The filter and the sort fields of a query; an unbounded one is refused.
pub(in crate::sandbox) fn compile(
    query: &Query,
    environment: Environment<'_>,
) -> Result<(Filter, Vec<(SortField, Direction)>), JqlErrors> {
    let Some(clause) = &query.filter else {
        return Err(JqlErrors::one(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        ));
    };
    let mut errors = Vec::new();
    let filter = environment.clause(clause, Sense::Is, &mut errors);
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

    /// The first and last millisecond that a date literal stands for.
    fn range(&self, field: &str, literal: &Literal) -> Result<(i64, i64), JqlErrors> {
        let refused = || {
            JqlErrors::one(format!(
                "Date value '{}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
                literal.text()
            ))
        };
        let text = match literal {
            Literal::Function(name) => {
                return self
                    .function(name)
                    .ok_or_else(|| JqlErrors::one(format!("Unable to find JQL function '{name}()'.")));
            }
            Literal::Bare(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let exact: i64 = text.parse().map_err(|_| refused())?;
                return Ok(match self.assumptions.epoch {
                    EpochPrecision::Exact => (exact, exact),
                    EpochPrecision::Minute => (exact - exact.rem_euclid(60_000), exact),
                });
            }
            Literal::Bare(text) | Literal::Quoted(text) => text.trim(),
        };
        let dashed = text.replace('/', "-");
        if let Ok(minute) = NaiveDateTime::parse_from_str(&dashed, "%Y-%m-%d %H:%M") {
            let first = self.local(minute);
            return Ok((first, first + 59_999));
        }
        if let Ok(day) = NaiveDate::parse_from_str(&dashed, "%Y-%m-%d") {
            return Ok(self.day(day));
        }
        let offset = period(text).ok_or_else(refused)?;
        let at = (self.now + offset).timestamp_millis();
        Ok((at, at))
    }

    fn function(&self, name: &str) -> Option<(i64, i64)> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let week = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
        let start = |day| Some((self.day(day).0, self.day(day).0));
        match name {
            "now" => Some((self.now.timestamp_millis(), self.now.timestamp_millis())),
            "startofday" => start(today),
            "endofday" => Some((self.day(today).1, self.day(today).1)),
            "startofweek" => start(week),
            "startofmonth" => start(today.with_day(1)?),
            "startofyear" => start(NaiveDate::from_ymd_opt(today.year(), 1, 1)?),
            _ => None,
        }
    }

    fn day(&self, day: NaiveDate) -> (i64, i64) {
        let first = self.local(day.and_time(NaiveTime::MIN));
        let next = day.succ_opt().map_or(i64::MAX, |next| self.local(next.and_time(NaiveTime::MIN)));
        (first, next - 1)
    }

    /// A local time of the caller's zone; in the hour that daylight saving skips, the same time an
    /// hour later, in the hour that it repeats, the first.
    fn local(&self, time: NaiveDateTime) -> i64 {
        self.zone
            .from_local_datetime(&time)
            .earliest()
            .or_else(|| self.zone.from_local_datetime(&(time + TimeDelta::hours(1))).earliest())
            .map_or_else(|| time.and_utc().timestamp_millis(), |at| at.timestamp_millis())
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
                    Some(me) if self.caller == Caller::Demo => me.account_id.to_string(),
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
                site.user(text).map(|user| vec![user.account_id.to_lowercase()])
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

/// `-4w 2d`: the sign counts for all parts.
pub(super) fn period(text: &str) -> Option<TimeDelta> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut minutes: i64 = 0;
    let mut parts = 0;
    for part in rest.split_whitespace() {
        let unit = part.chars().last()?;
        let number: i64 = part.get(..part.len() - unit.len_utf8())?.parse().ok().filter(|it| *it >= 0)?;
        let each = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            _ => return None,
        };
        minutes = minutes.checked_add(number.checked_mul(each)?)?;
        parts += 1;
    }
    if parts == 0 { None } else { TimeDelta::try_minutes(sign * minutes) }
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
