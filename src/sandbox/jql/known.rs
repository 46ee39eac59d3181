//! The values of a query's literals: what the site has by that id or name. What it doesn't have is refused.

use std::collections::HashSet;
use std::sync::Arc;

use super::JqlErrors;
use super::dates::minutes;
use super::evaluate::{Environment, missing};
use super::filter::Case;
use super::tree::{Literal, Operator};
use super::values::{Ids, Names};
use crate::sandbox::assumptions::{DurationUnits, LabelCase, PlainDuration};
use crate::sandbox::catalogue;
use crate::sandbox::deployment::Deployment;
use crate::sandbox::model::{
    AccountId, Caller, CustomValue, NO_CATEGORY, Project, StatusCategory, User, Version,
};

/// Ids of values, and whether having none is among them.
#[derive(Default)]
pub(super) struct Known {
    pub(super) ids: HashSet<i64>,
    pub(super) empty: bool,
}

impl Environment<'_> {
    /// The ids of all literals.
    pub(super) fn known_ids(&self, ids: Ids, name: &str, literals: &[&Literal]) -> Result<Known, JqlErrors> {
        let mut known = Known::default();
        let mut errors = Vec::new();
        for literal in literals {
            match literal {
                Literal::Function { name: function, arguments } => {
                    match self.sprints(ids, function, arguments) {
                        Some(sprints) => known.ids.extend(sprints),
                        None => errors.push(no_function(function, arguments)),
                    }
                }
                _ if ids == Ids::Resolution && literal.text().eq_ignore_ascii_case("unresolved") => {
                    known.empty = true;
                }
                _ => {
                    let found = self.ids_of(ids, literal.text());
                    if found.is_empty() {
                        errors.push(missing(literal.text(), name));
                    }
                    known.ids.extend(found);
                }
            }
        }
        if errors.is_empty() { Ok(known) } else { Err(JqlErrors(errors)) }
    }

    fn sprints(&self, ids: Ids, function: &str, arguments: &[String]) -> Option<Vec<i64>> {
        let state = match function.to_lowercase().as_str() {
            "opensprints" => "active",
            "closedsprints" => "closed",
            "futuresprints" => "future",
            _ => return None,
        };
        let fits = matches!(ids, Ids::Sprint(_)) && arguments.is_empty();
        fits.then(|| self.site.sprints.values().filter(|it| it.state == state).map(|it| it.id).collect())
    }

    /// The values of that name, whatever its case, else the value of that id; none where the site has neither, or
    /// the caller may not see it.
    fn ids_of(&self, ids: Ids, text: &str) -> Vec<i64> {
        let site = self.site;
        let visible = || site.projects.iter().filter(|it| it.audience.includes(self.caller));
        match ids {
            Ids::Project | Ids::ProjectOf(_) => {
                let found = site.find_project(text).filter(|it| it.audience.includes(self.caller));
                found.map(|it| it.id).into_iter().collect()
            }
            Ids::IssueType => pick(text, site.issue_types.iter().map(|it| (it.id, it.name.as_str()))),
            Ids::Status => pick(text, site.statuses.iter().map(|it| (it.id, it.name.as_str()))),
            Ids::Priority => pick(text, site.priorities.iter().map(|it| (it.id, it.name.as_str()))),
            Ids::Resolution => pick(text, site.resolutions.iter().map(|it| (it.id, it.name.as_str()))),
            Ids::HierarchyLevel => text.parse().into_iter().collect(),
            Ids::StatusCategory => {
                // The category that no status has is known all the same.
                let parts = [NO_CATEGORY].into_iter().chain(StatusCategory::ALL.map(StatusCategory::parts));
                pick(text, parts.flat_map(|(id, key, name)| [(id, key), (id, name)]))
            }
            Ids::Level => {
                let levels = site.security_levels.iter().filter(|it| it.audience.includes(self.caller));
                pick(text, levels.map(|it| (it.id, it.name.as_str())))
            }
            Ids::Component => {
                let all = visible().flat_map(|it| &it.components);
                pick(text, all.map(|it| (it.id, it.name.as_str())))
            }
            Ids::FixVersion | Ids::AffectedVersion | Ids::Version(_) => {
                let all = visible().flat_map(|it| &it.versions);
                pick(text, all.map(|it| (it.id, it.name.as_str())))
            }
            Ids::Sprint(_) => {
                let hidden = |board: i64| {
                    site.boards.iter().any(|it| it.id == board)
                        && site.visible_board(board, self.caller).is_none()
                };
                let all = site.sprints.values().filter(|it| !hidden(it.board_id));
                pick(text, all.map(|it| (it.id, it.name.as_str())))
            }
            Ids::Parent | Ids::EpicLink(_) => self.issue(text).map(|issue| issue.id).into_iter().collect(),
            Ids::Option(field) => {
                let found = pick(text, catalogue::options(field).iter().map(|(id, name)| (*id, *name)));
                if found.is_empty() { self.options_in_use(field, text) } else { found }
            }
        }
    }

    /// An option that only issues know of.
    fn options_in_use(&self, field: i64, text: &str) -> Vec<i64> {
        let mut options: Vec<(i64, &str)> = Vec::new();
        for value in self.site.issues.values().filter_map(|issue| issue.custom.get(&field)) {
            match value {
                CustomValue::Choice(option) => options.push((option.id, &option.name)),
                CustomValue::Choices(all) => options.extend(all.iter().map(|it| (it.id, it.name.as_str()))),
                CustomValue::Cascade(option, child) => {
                    options.push((option.id, &option.name));
                    options.extend(child.iter().map(|it| (it.id, it.name.as_str())));
                }
                _ => {}
            }
        }
        options.sort_unstable();
        options.dedup();
        pick(text, options.into_iter())
    }

    /// The ids whose configured place is beyond that of the literal: of priorities, the more urgent are greater; a
    /// version is compared with those of its own project.
    pub(super) fn ids_beyond(
        &self,
        ids: Ids,
        name: &str,
        operator: Operator,
        literal: &Literal,
    ) -> Result<HashSet<i64>, JqlErrors> {
        let bounds = self.known_ids(ids, name, &[literal])?.ids;
        let beyond = |place: usize, bound: usize| match operator {
            Operator::Less => place < bound,
            Operator::LessOrEqual => place <= bound,
            Operator::Greater => place > bound,
            _ => place >= bound,
        };
        let mut found = HashSet::new();
        let mut compare = |ordered: Vec<i64>| {
            for bound in (0..ordered.len()).filter(|place| bounds.contains(&ordered[*place])) {
                let places = (0..ordered.len()).filter(|place| beyond(*place, bound));
                found.extend(places.map(|place| ordered[place]));
            }
        };
        if ids == Ids::Priority {
            compare(self.site.priorities.iter().rev().map(|it| it.id).collect());
        } else {
            let versions = |it: &Project| it.versions.iter().map(|it: &Version| it.id).collect();
            self.site.projects.iter().map(versions).for_each(compare);
        }
        Ok(found)
    }

    /// The accounts of all literals.
    pub(super) fn known_accounts(
        &self,
        name: &str,
        literals: &[&Literal],
    ) -> Result<HashSet<AccountId>, JqlErrors> {
        let mut accounts = HashSet::new();
        let mut errors = Vec::new();
        for literal in literals {
            match literal {
                Literal::Function { name: function, arguments } => {
                    match (function.to_lowercase().as_str(), arguments.as_slice()) {
                        ("currentuser", []) => {
                            let me = self.site.me().filter(|_| self.caller == Caller::Demo);
                            accounts.extend(me.map(|it| Arc::clone(&it.account_id)));
                        }
                        ("membersof", [group]) => {
                            let lower = group.to_lowercase();
                            let found = self
                                .site
                                .groups
                                .iter()
                                .find(|it| it.id == lower || it.name.to_lowercase() == lower);
                            match found {
                                Some(group) => accounts.extend(group.members.iter().cloned()),
                                None => errors.push(format!(
                                    "Function '{function}' can not generate a list of usernames for group '{group}'; the group does not exist."
                                )),
                            }
                        }
                        _ => errors.push(no_function(function, arguments)),
                    }
                }
                _ => match self.user(literal.text()) {
                    Some(user) => {
                        accounts.insert(Arc::clone(&user.account_id));
                    }
                    None => errors.push(missing(literal.text(), name)),
                },
            }
        }
        if errors.is_empty() { Ok(accounts) } else { Err(JqlErrors(errors)) }
    }

    /// A user by account id, on Data Center by name.
    fn user(&self, text: &str) -> Option<&User> {
        match self.deployment {
            Deployment::Cloud => self.site.user(text),
            Deployment::DataCenter => {
                let lower = text.to_lowercase();
                self.site.users.iter().find(|user| user.name == lower)
            }
        }
    }

    /// The names of all literals, in lower case where case does not count.
    pub(super) fn known_names(
        &self,
        names: Names,
        name: &str,
        literals: &[&Literal],
    ) -> Result<(HashSet<String>, Case), JqlErrors> {
        let case = match (names, self.assumptions.label_case) {
            (Names::Labels | Names::CustomLabels(_), LabelCase::Counts) => Case::Counts,
            _ => Case::Ignored,
        };
        let mut wanted = HashSet::new();
        let mut errors = Vec::new();
        for literal in literals {
            let text = literal.text();
            match (names, literal) {
                (_, Literal::Function { name: function, arguments }) => {
                    errors.push(no_function(function, arguments));
                }
                (Names::Labels | Names::CustomLabels(_), _) if text.contains(char::is_whitespace) => {
                    errors.push(format!("The label '{text}' contains spaces which is invalid."));
                }
                (Names::Labels | Names::CustomLabels(_), _) if case == Case::Counts => {
                    wanted.insert(text.to_owned());
                }
                (Names::Group(_), _) => {
                    let lower = text.to_lowercase();
                    let groups = self.site.groups.iter();
                    match groups.into_iter().find(|it| it.id == lower || it.name.to_lowercase() == lower) {
                        Some(group) => {
                            wanted.insert(group.name.to_lowercase());
                        }
                        None => errors.push(missing(text, name)),
                    }
                }
                _ => {
                    wanted.insert(text.to_lowercase());
                }
            }
        }
        if errors.is_empty() { Ok((wanted, case)) } else { Err(JqlErrors(errors)) }
    }

    /// A duration in seconds.
    #[expect(clippy::cast_precision_loss, reason = "nobody works for more than 52 bits of seconds")]
    pub(super) fn seconds(&self, name: &str, literal: &Literal) -> Result<f64, JqlErrors> {
        let text = literal.text().trim();
        let (day, week) = match self.assumptions.duration_units {
            DurationUnits::Working => (8 * 60, 5 * 8 * 60),
            DurationUnits::Calendar => (24 * 60, 7 * 24 * 60),
        };
        let each = match self.assumptions.plain_duration {
            PlainDuration::Minutes => 60,
            PlainDuration::Seconds => 1,
        };
        let found = match literal {
            Literal::Function { .. } | Literal::Empty => None,
            Literal::Bare(_) | Literal::Quoted(_) => match text.parse::<i64>() {
                Ok(number) => number.checked_mul(each),
                Err(_) => minutes(text, day, week).and_then(|it| it.checked_mul(60)),
            },
        };
        found.map(|it| it as f64).ok_or_else(|| {
            JqlErrors::one(format!(
                "'{text}' is not a valid duration for the field '{name}'. Use weeks, days, hours and minutes, such as '2d 4h'."
            ))
        })
    }
}

fn no_function(name: &str, arguments: &[String]) -> String {
    format!("Unable to find JQL function '{name}({})'.", arguments.join(", "))
}

/// The ids of all values of a name; of the value of that id where there are none.
fn pick<'a>(text: &str, all: impl Iterator<Item = (i64, &'a str)> + Clone) -> Vec<i64> {
    let lower = text.to_lowercase();
    let named: Vec<i64> =
        all.clone().filter(|(_, name)| name.to_lowercase() == lower).map(|(id, _)| id).collect();
    if !named.is_empty() {
        return named;
    }
    let Ok(number) = text.parse::<i64>() else { return Vec::new() };
    all.filter(|(id, _)| *id == number).map(|(id, _)| id).take(1).collect()
}
