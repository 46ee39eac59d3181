//! The values that an issue has for each kind of field that can be searched. An accessor says `None` where the
//! issue has no value, which no comparison passes, neither as it is nor turned round.

use chrono::{Datelike, NaiveDate};

use crate::sandbox::model::{AccountId, Caller, CustomValue, Issue, Site};

/// Where a field's values come from, and how they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Source {
    Key,
    Ids(Ids),
    Accounts(Accounts),
    Names(Names),
    Instant(Instants),
    Day(Days),
    Number(Numbers),
    /// Seconds, written as durations.
    Duration(Numbers),
    Text(Texts),
    Attachments,
    /// A custom field that only its app can compare.
    Opaque(i64),
}

/// Values that have a numeric id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Ids {
    Project,
    IssueType,
    HierarchyLevel,
    Status,
    StatusCategory,
    Priority,
    Resolution,
    Parent,
    Component,
    FixVersion,
    AffectedVersion,
    Level,
    Sprint(i64),
    Option(i64),
    Version(i64),
    ProjectOf(i64),
    /// The issue whose key a custom field holds.
    EpicLink(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Accounts {
    Assignee,
    Reporter,
    Creator,
    WorklogAuthor,
    Custom(i64),
}

/// Values that are names themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Names {
    Labels,
    CustomLabels(i64),
    Group(i64),
    Team(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Instants {
    Created,
    Updated,
    Resolved,
    LastViewed,
    StatusCategoryChanged,
    WorklogStarted,
    Custom(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Days {
    Due,
    Custom(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Numbers {
    Votes,
    Watchers,
    WorkRatio,
    /// The same, which is -1 where there is no estimate.
    WorkRatioOrLess,
    TimeSpent,
    OriginalEstimate,
    RemainingEstimate,
    Custom(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Texts {
    Summary,
    Description,
    Environment,
    Comment,
    WorklogComment,
    /// All of them, custom ones included.
    Everything,
    Custom(i64),
}

impl Source {
    pub(super) fn is_empty(self, issue: &Issue, site: &Site, caller: Caller) -> bool {
        let custom = |field: i64| issue.custom.get(&field).is_none_or(no_value);
        match self {
            Self::Key => false,
            Self::Ids(
                Ids::Sprint(field)
                | Ids::Option(field)
                | Ids::Version(field)
                | Ids::ProjectOf(field)
                | Ids::EpicLink(field),
            )
            | Self::Accounts(Accounts::Custom(field))
            | Self::Names(Names::CustomLabels(field) | Names::Group(field) | Names::Team(field))
            | Self::Instant(Instants::Custom(field))
            | Self::Day(Days::Custom(field))
            | Self::Number(Numbers::Custom(field))
            | Self::Duration(Numbers::Custom(field))
            | Self::Text(Texts::Custom(field))
            | Self::Opaque(field) => custom(field),
            Self::Ids(ids) => ids.any(issue, site, |_| true).is_none(),
            Self::Accounts(accounts) => accounts.any(issue, caller, |_| true).is_none(),
            Self::Names(names) => names.any(issue, |_| true).is_none(),
            Self::Instant(instants) => instants.any(issue, caller, |_| true).is_none(),
            Self::Day(days) => days.of(issue).is_none(),
            Self::Number(numbers) | Self::Duration(numbers) => numbers.of(issue).is_none(),
            Self::Text(texts) => texts.any(issue, caller, &mut |_| true).is_none(),
            Self::Attachments => issue.attachments.is_empty(),
        }
    }
}

/// Whether the index holds nothing of a value: a text without words is as good as none.
fn no_value(value: &CustomValue) -> bool {
    match value {
        CustomValue::Text(text) => text.is_empty(),
        CustomValue::RichText(text) => text.blocks.is_empty(),
        CustomValue::Choices(all) => all.is_empty(),
        CustomValue::Users(all) => all.is_empty(),
        CustomValue::Groups(all) => all.is_empty(),
        CustomValue::Versions(all) => all.is_empty(),
        CustomValue::Labels(all) => all.is_empty(),
        CustomValue::Sprints(all) => all.is_empty(),
        CustomValue::Json(value) | CustomValue::Misfit(value) => value.is_null(),
        _ => false,
    }
}

/// Whether one of several passes; none where there are none.
fn any_of<T>(mut all: impl Iterator<Item = T>, passes: impl FnMut(T) -> bool) -> Option<bool> {
    let mut passes = passes;
    let first = all.next()?;
    Some(passes(first) || all.any(passes))
}

impl Ids {
    /// Whether one of the issue's ids passes.
    pub(super) fn any(self, issue: &Issue, site: &Site, passes: impl Fn(i64) -> bool) -> Option<bool> {
        match self {
            Self::Project => Some(passes(issue.project_id)),
            Self::IssueType => Some(passes(issue.type_id)),
            Self::HierarchyLevel => site.issue_type(issue.type_id).map(|kind| passes(kind.hierarchy_level)),
            Self::Status => Some(passes(issue.status_id)),
            Self::StatusCategory => {
                site.status(issue.status_id).map(|status| passes(status.category.parts().0))
            }
            Self::Priority => issue.priority_id.map(passes),
            Self::Resolution => issue.resolution_id.map(passes),
            Self::Parent => issue.parent.as_ref().map(|parent| passes(parent.id)),
            Self::Component => any_of(issue.component_ids.iter().copied(), passes),
            Self::FixVersion => any_of(issue.fix_version_ids.iter().copied(), passes),
            Self::AffectedVersion => any_of(issue.version_ids.iter().copied(), passes),
            Self::Level => issue.security_level_id.map(passes),
            Self::Sprint(field) | Self::Option(field) | Self::Version(field) | Self::ProjectOf(field) => {
                match issue.custom.get(&field)? {
                    CustomValue::Choice(option) => Some(passes(option.id)),
                    CustomValue::Choices(options) => any_of(options.iter().map(|it| it.id), passes),
                    CustomValue::Cascade(option, child) => {
                        Some(passes(option.id) || child.as_ref().is_some_and(|child| passes(child.id)))
                    }
                    CustomValue::Version(id) | CustomValue::Project(id) => Some(passes(*id)),
                    CustomValue::Versions(ids) => any_of(ids.iter().copied(), passes),
                    CustomValue::Sprints(sprints) => any_of(sprints.iter().map(|it| it.id), passes),
                    _ => None,
                }
            }
            Self::EpicLink(field) => match issue.custom.get(&field)? {
                CustomValue::Text(key) => site.resolve(key).map(|epic| passes(epic.id)),
                _ => None,
            },
        }
    }
}

impl Accounts {
    /// Whether one of the issue's accounts passes.
    pub(super) fn any(
        self,
        issue: &Issue,
        caller: Caller,
        passes: impl Fn(&AccountId) -> bool,
    ) -> Option<bool> {
        match self {
            Self::Assignee => issue.assignee.as_ref().map(passes),
            Self::Reporter => issue.reporter.as_ref().map(passes),
            Self::Creator => issue.creator.as_ref().map(passes),
            Self::WorklogAuthor => {
                let visible = issue.worklogs.iter().filter(|it| it.visible_to(caller));
                any_of(visible.map(|it| &it.author), passes)
            }
            Self::Custom(field) => match issue.custom.get(&field)? {
                CustomValue::User(account) => Some(passes(account)),
                CustomValue::Users(accounts) => any_of(accounts.iter(), passes),
                _ => None,
            },
        }
    }
}

impl Names {
    /// Whether one of the issue's names passes.
    pub(super) fn any(self, issue: &Issue, passes: impl Fn(&str) -> bool) -> Option<bool> {
        match self {
            Self::Labels => any_of(issue.labels.iter(), |label| passes(label)),
            Self::CustomLabels(field) | Self::Group(field) | Self::Team(field) => {
                match issue.custom.get(&field)? {
                    CustomValue::Labels(labels) => any_of(labels.iter(), |label| passes(label)),
                    CustomValue::Group(group) => Some(passes(&group.name)),
                    CustomValue::Groups(groups) => any_of(groups.iter(), |group| passes(&group.name)),
                    CustomValue::Team(team) => Some(passes(&team.id)),
                    _ => None,
                }
            }
        }
    }
}

impl Instants {
    /// Whether one of the issue's instants, in milliseconds, passes.
    pub(super) fn any(self, issue: &Issue, caller: Caller, passes: impl Fn(i64) -> bool) -> Option<bool> {
        let at = match self {
            Self::WorklogStarted => {
                let visible = issue.worklogs.iter().filter(|it| it.visible_to(caller));
                return any_of(visible.map(|it| it.started.timestamp_millis()), passes);
            }
            Self::Created => Some(issue.created),
            Self::Updated => Some(issue.updated),
            Self::Resolved => issue.resolution_date,
            Self::LastViewed => issue.last_viewed,
            Self::StatusCategoryChanged => issue.status_category_changed,
            Self::Custom(field) => match issue.custom.get(&field)? {
                CustomValue::DateTime(at) => Some(*at),
                _ => None,
            },
        };
        at.map(|at| passes(at.timestamp_millis()))
    }
}

impl Days {
    /// The issue's day, counted.
    pub(super) fn of(self, issue: &Issue) -> Option<i64> {
        let day = match self {
            Self::Due => issue.due_date,
            Self::Custom(field) => match issue.custom.get(&field)? {
                CustomValue::Date(day) => Some(*day),
                _ => None,
            },
        };
        day.map(number_of)
    }
}

/// A day, counted.
pub(super) fn number_of(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

impl Numbers {
    #[expect(clippy::cast_precision_loss, reason = "no count of votes or seconds has more than 52 bits")]
    pub(super) fn of(self, issue: &Issue) -> Option<f64> {
        match self {
            Self::Votes => Some(issue.votes as f64),
            Self::Watchers => Some(issue.watches as f64),
            Self::WorkRatio => {
                let estimate = issue.original_estimate.filter(|it| *it > 0)?;
                Some((issue.time_spent.unwrap_or(0) * 100 / estimate) as f64)
            }
            Self::WorkRatioOrLess => Self::WorkRatio.of(issue).or(Some(-1.0)),
            Self::TimeSpent => issue.time_spent.map(|it| it as f64),
            Self::OriginalEstimate => issue.original_estimate.map(|it| it as f64),
            Self::RemainingEstimate => issue.remaining_estimate.map(|it| it as f64),
            Self::Custom(field) => match issue.custom.get(&field)? {
                CustomValue::Number(number) => Some(*number),
                _ => None,
            },
        }
    }
}

impl Texts {
    /// Whether one of the issue's texts passes.
    pub(super) fn any(
        self,
        issue: &Issue,
        caller: Caller,
        passes: &mut dyn FnMut(&str) -> bool,
    ) -> Option<bool> {
        match self {
            Self::Summary => (!issue.summary.is_empty()).then(|| passes(&issue.summary)),
            Self::Description | Self::Environment => {
                let text = if self == Self::Description { &issue.description } else { &issue.environment };
                text.as_ref().filter(|it| !it.blocks.is_empty()).map(|it| passes(&it.plain_text()))
            }
            Self::Comment => {
                let visible = issue.comments.iter().filter(|it| it.visible_to(caller));
                any_of(visible, |it| passes(&it.body.plain_text()))
            }
            Self::WorklogComment => {
                let visible = issue.worklogs.iter().filter(|it| it.visible_to(caller));
                any_of(visible.filter_map(|it| it.comment.as_ref()), |it| passes(&it.plain_text()))
            }
            Self::Everything => {
                let own = [Self::Summary, Self::Description, Self::Environment, Self::Comment];
                let mut found = own.iter().any(|it| it.any(issue, caller, passes) == Some(true));
                found |= issue
                    .custom
                    .keys()
                    .any(|field| Self::Custom(*field).any(issue, caller, passes) == Some(true));
                Some(found)
            }
            Self::Custom(field) => match issue.custom.get(&field)? {
                CustomValue::Text(text) => (!text.is_empty()).then(|| passes(text)),
                CustomValue::RichText(text) => (!text.blocks.is_empty()).then(|| passes(&text.plain_text())),
                _ => None,
            },
        }
    }

    /// The text that the field sorts by.
    pub(super) fn sort_text(self, issue: &Issue, caller: Caller) -> Option<String> {
        let mut found = None;
        self.any(issue, caller, &mut |text| {
            found = Some(text.to_lowercase());
            true
        })?;
        found
    }
}
