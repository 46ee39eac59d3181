//! What was changed on an issue.

use chrono::{DateTime, Utc};

use super::AccountId;

/// One change of an issue: one or more fields at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Numeric id, unique in the site.
    pub id: i64,
    /// Who made it; none where it was done by the system or the account was erased.
    pub author: Option<AccountId>,
    /// When.
    pub created: DateTime<Utc>,
    /// The fields that changed, never none.
    pub items: Vec<HistoryItem>,
}

/// The change of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryItem {
    /// Name of the field as the changelog spells it (`Fix Version`, `Link`).
    pub field: String,
    /// Field id; missing on changes of what is no field, and of fields that are gone.
    pub field_id: Option<String>,
    /// `jira` or `custom`.
    pub field_type: &'static str,
    /// Value before: an id, an account id.
    pub from: Option<String>,
    /// Value before, for people.
    pub from_string: Option<String>,
    /// Value after.
    pub to: Option<String>,
    /// Value after, for people.
    pub to_string: Option<String>,
}

impl HistoryItem {
    /// A change of a system field, of which nothing is known yet but its name and id.
    pub(in crate::sandbox) fn of(field: &str, field_id: Option<&str>) -> Self {
        Self {
            field: field.to_owned(),
            field_id: field_id.map(str::to_owned),
            field_type: if field_id.is_some_and(|id| id.starts_with("customfield_")) {
                "custom"
            } else {
                "jira"
            },
            from: None,
            from_string: None,
            to: None,
            to_string: None,
        }
    }

    /// The same with the value before: as stored, and for people.
    pub(in crate::sandbox) fn before(mut self, value: Option<String>, text: Option<String>) -> Self {
        (self.from, self.from_string) = (value, text);
        self
    }

    /// The same with the value after: as stored, and for people.
    pub(in crate::sandbox) fn after(mut self, value: Option<String>, text: Option<String>) -> Self {
        (self.to, self.to_string) = (value, text);
        self
    }
}
