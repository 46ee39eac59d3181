//! Values of custom fields.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::{AccountId, Named, RichText, Sprint};

/// The value of a custom field.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomValue {
    /// A single line of text, an address, or the key of an epic.
    Text(String),
    /// Rich text.
    RichText(RichText),
    /// A number.
    Number(f64),
    /// A day.
    Date(NaiveDate),
    /// An instant.
    DateTime(DateTime<Utc>),
    /// A choice.
    Choice(Named),
    /// Several choices.
    Choices(Vec<Named>),
    /// A choice with, perhaps, a second level.
    Cascade(Named, Option<Named>),
    /// A user.
    User(AccountId),
    /// Several users.
    Users(Vec<AccountId>),
    /// A group.
    Group(GroupRef),
    /// Several groups.
    Groups(Vec<GroupRef>),
    /// Id of a version of the project.
    Version(i64),
    /// Ids of versions of the project.
    Versions(Vec<i64>),
    /// Id of a project.
    Project(i64),
    /// Strings.
    Labels(Vec<String>),
    /// Sprints: closed ones, then at most one that is active or future.
    Sprints(Vec<Arc<Sprint>>),
    /// A team.
    Team(Team),
    /// Anything else, as JSON.
    Json(Value),
    /// What a field of this type should never hold, as it is sent.
    Misfit(Value),
}

/// A group as a field holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRef {
    /// Group id, a UUID.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A team as a field holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Team id, a UUID.
    pub id: String,
    /// Name.
    pub name: String,
}
