//! The site that the sandbox serves, as plain data. Tests read it as the oracle for what a query
//! should have returned, so it states values and knows nothing of JSON, HTTP or the connector.

mod agile;
mod around;
mod custom;
mod directory;
mod history;
mod link;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;

pub use agile::{Board, BoardKind, BoardLocation, Sprint};
pub use around::{
    BoardColumn, Feature, ProjectCategory, ProjectType, QuickFilter, RemoteLink, Transition, Workflow,
};
pub use custom::{CustomValue, GroupRef, Team};
pub use history::{History, HistoryItem};
pub use link::{Attachment, IssueLink, LinkEnd, LinkType};

pub use super::document::{Block, Cell, CellKind, Document, Inline, Mark, Task, TaskState};
pub use directory::{
    AssigneeType, Component, Group, GroupAccess, IssueType, NO_CATEGORY, Priority, Resolution, Status,
    StatusCategory, Version, VersionState,
};

/// Identifies a user; either 24 hexadecimal digits or a number, a colon and a UUID.
pub type AccountId = Arc<str>;

/// Rich text, shared between the places that hold the same document.
pub type RichText = Arc<Document>;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The account of the connection string.
    Demo,
    /// Nobody: no credentials were sent.
    Anonymous,
}

/// What a caller may do with an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Found by JQL, in the worklog feeds, and by id or key.
    Searchable,
    /// By id or key only: its project is archived.
    DirectOnly,
    /// Not at all; answers are as if it didn't exist.
    Hidden,
}

/// A whole site.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Projects in ascending id order, archived and hidden ones included.
    pub projects: Vec<Project>,
    /// Users; the first is the caller.
    pub users: Vec<User>,
    /// Groups in no order that means anything.
    pub groups: Vec<Group>,
    /// Issue types of the site, those of team-managed projects included.
    pub issue_types: Vec<IssueType>,
    /// Statuses; a name may stand for several of them.
    pub statuses: Vec<Status>,
    /// Priorities in their configured order, highest first.
    pub priorities: Vec<Priority>,
    /// Resolutions.
    pub resolutions: Vec<Resolution>,
    /// Security levels.
    pub security_levels: Vec<SecurityLevel>,
    /// The field catalogue.
    pub fields: Vec<Field>,
    /// Issues by id, those that the caller can't see included.
    pub issues: BTreeMap<i64, Issue>,
    /// Worklogs that were deleted: time and id, oldest first.
    pub deleted_worklogs: BTreeSet<(DateTime<Utc>, i64)>,
    /// The issues with very many worklogs, comments or changes, which random edits leave alone.
    pub long_tails: Vec<i64>,
    /// Types of issue links.
    pub link_types: Vec<LinkType>,
    /// Issue links by id, those to hidden issues and to issues that are gone included.
    pub links: BTreeMap<i64, IssueLink>,
    /// Boards in ascending id order, hidden and private ones included.
    pub boards: Vec<Board>,
    /// Sprints by id, those of hidden and of deleted boards included.
    pub sprints: BTreeMap<i64, Arc<Sprint>>,
    /// Categories of projects, those that no project has included.
    pub project_categories: Vec<ProjectCategory>,
    /// Kinds of projects, licensed or not.
    pub project_types: Vec<ProjectType>,
    pub(super) issue_links: BTreeSet<(i64, i64)>,
    pub(super) children: BTreeSet<(i64, i64)>,
    pub(super) keys: HashMap<String, i64>,
    pub(super) worklog_issues: HashMap<i64, i64>,
    pub(super) comment_issues: HashMap<i64, i64>,
    pub(super) worklog_feed: BTreeSet<(DateTime<Utc>, i64)>,
    pub(super) accounts: HashMap<AccountId, usize>,
    pub(super) next_id: i64,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Numeric id, stable.
    pub id: i64,
    /// Key, 2 to 10 letters.
    pub key: String,
    /// Name.
    pub name: String,
    /// Description, a plain string; absent, empty or filled.
    pub description: Option<String>,
    /// `software`, `business` or `service_desk`.
    pub kind: ProjectKind,
    /// Company-managed (`classic`) or team-managed (`next-gen`).
    pub style: ProjectStyle,
    /// Account id of the lead.
    pub lead: Option<AccountId>,
    /// Category, if it has one.
    pub category: Option<Named>,
    /// Whether the project shows as private.
    pub privacy: Privacy,
    /// Who can browse the project.
    pub audience: Audience,
    /// Live or archived.
    pub state: ProjectState,
    /// Components.
    pub components: Vec<Component>,
    /// Versions in their configured order.
    pub versions: Vec<Version>,
    /// How its issues go from status to status.
    pub workflow: Workflow,
    /// Who may move its issues along the workflow.
    pub transition_audience: Audience,
    /// Who sees watchers and voters other than themselves.
    pub crowd_audience: Audience,
    /// What it can have switched on.
    pub features: Vec<Feature>,
    /// What apps keep with it: values by key.
    pub properties: BTreeMap<String, Value>,
    /// Ids of system fields that this project's issues don't have at all.
    pub absent_fields: Vec<&'static str>,
    pub(super) last_number: i64,
}

/// Kind of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectKind {
    /// Jira Software.
    Software,
    /// Jira Work Management.
    Business,
    /// Jira Service Management.
    ServiceDesk,
}

/// How a project is administered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectStyle {
    /// Company-managed.
    Classic,
    /// Team-managed.
    NextGen,
}

/// Whether a project is marked private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Not private.
    Open,
    /// Private.
    Private,
}

/// Who can browse a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone, anonymous users too.
    Public,
    /// The caller, not anonymous users.
    Members,
    /// Not the caller.
    Others,
}

/// Live or archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectState {
    /// In use.
    Live,
    /// Archived: found by nobody's JQL.
    Archived,
}

/// Something with an id and a name: category, option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// Account id, on Cloud.
    pub account_id: AccountId,
    /// What the user logs in with, on Data Center.
    pub name: String,
    /// What stays when that name changes, on Data Center.
    pub key: String,
    /// Display name.
    pub display_name: String,
    /// Mail address, where the profile shows it.
    pub email: Option<String>,
    /// Whether the account can log in.
    pub state: AccountState,
    /// Kind of the account.
    pub kind: AccountKind,
    /// Time zone, where the profile shows it.
    pub time_zone: Option<Tz>,
    /// Locale such as `de_DE`, where the profile shows it.
    pub locale: Option<String>,
}

/// Whether an account is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Active.
    Active,
    /// Deactivated or deleted.
    Inactive,
}

/// Kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    Atlassian,
    /// An app.
    App,
    /// A customer of a service desk.
    Customer,
}

/// A security level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityLevel {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Who sees issues of this level.
    pub audience: Audience,
}

/// One entry of the field catalogue.
#[derive(Clone, Debug)]
pub struct Field {
    /// `summary`, `customfield_10016`.
    pub id: String,
    /// Display name; not unique.
    pub name: String,
    /// Numeric id of a custom field.
    pub custom_id: Option<i64>,
    /// `schema.type`; absent for the few fields without a schema (`issuekey`, `thumbnail`).
    pub kind: Option<&'static str>,
    /// `schema.items` of an array.
    pub items: Option<&'static str>,
    /// `schema.custom` of a custom field.
    pub custom_type: Option<&'static str>,
    /// Part of `*navigable`.
    pub navigable: Navigable,
    /// Names in JQL.
    pub clause_names: Vec<String>,
    /// The team-managed project that owns the field.
    pub project_id: Option<i64>,
}

/// Whether a field belongs to `*navigable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Navigable {
    /// It does.
    Yes,
    /// Only `*all` or its name brings it.
    No,
}

/// A reference to an issue that may be hidden or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueRef {
    /// Its id.
    pub id: i64,
    /// The key that it had.
    pub key: String,
}

/// An issue.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Numeric id, stable.
    pub id: i64,
    /// Its project.
    pub project_id: i64,
    /// Key now.
    pub key: String,
    /// Number within the project: the digits of the key.
    pub number: i64,
    /// Keys that it had in other projects; they still resolve.
    pub old_keys: Vec<String>,
    /// Id of its type.
    pub type_id: i64,
    /// Id of its status.
    pub status_id: i64,
    /// Id of its priority.
    pub priority_id: Option<i64>,
    /// Id of its resolution.
    pub resolution_id: Option<i64>,
    /// When it was resolved.
    pub resolution_date: Option<DateTime<Utc>>,
    /// Summary, one line.
    pub summary: String,
    /// Description.
    pub description: Option<RichText>,
    /// Environment.
    pub environment: Option<RichText>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it was last updated.
    pub updated: DateTime<Utc>,
    /// When the status last changed its category.
    pub status_category_changed: Option<DateTime<Utc>>,
    /// When the caller last looked at it.
    pub last_viewed: Option<DateTime<Utc>>,
    /// Due day.
    pub due_date: Option<NaiveDate>,
    /// Assignee.
    pub assignee: Option<AccountId>,
    /// Reporter.
    pub reporter: Option<AccountId>,
    /// Creator.
    pub creator: Option<AccountId>,
    /// Labels.
    pub labels: Vec<String>,
    /// Ids of components of its project.
    pub component_ids: Vec<i64>,
    /// Ids of affected versions.
    pub version_ids: Vec<i64>,
    /// Ids of fix versions.
    pub fix_version_ids: Vec<i64>,
    /// Parent: epic of a story, story of a sub-task.
    pub parent: Option<IssueRef>,
    /// Id of its security level.
    pub security_level_id: Option<i64>,
    /// Votes: as many as there are voters.
    pub votes: i64,
    /// Who votes for it.
    pub voters: Vec<AccountId>,
    /// Watchers: as many as are listed.
    pub watches: i64,
    /// Who watches it.
    pub watchers: Vec<AccountId>,
    /// Original estimate in seconds.
    pub original_estimate: Option<i64>,
    /// Remaining estimate in seconds.
    pub remaining_estimate: Option<i64>,
    /// Time spent in seconds: the sum of all worklogs.
    pub time_spent: Option<i64>,
    /// Comments, oldest first, restricted ones included.
    pub comments: Vec<Comment>,
    /// Worklogs by start time, restricted ones included.
    pub worklogs: Vec<Worklog>,
    /// Attached files, oldest first.
    pub attachments: Vec<Attachment>,
    /// Links to elsewhere.
    pub remote_links: Vec<RemoteLink>,
    /// What apps keep with it: values by key.
    pub properties: BTreeMap<String, Value>,
    /// What was changed, oldest first.
    pub histories: Vec<History>,
    /// Values of custom fields by numeric field id.
    pub custom: BTreeMap<i64, CustomValue>,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Numeric id.
    pub id: i64,
    /// Author; none where a customer's account was erased.
    pub author: Option<AccountId>,
    /// Who edited it last.
    pub update_author: Option<AccountId>,
    /// Text.
    pub body: RichText,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// When it was last edited.
    pub updated: DateTime<Utc>,
    /// Restriction to a group or role.
    pub restriction: Option<&'static Restriction>,
}

/// A worklog.
#[derive(Clone, Debug)]
pub struct Worklog {
    /// Numeric id.
    pub id: i64,
    /// The issue.
    pub issue_id: i64,
    /// Whose time it is.
    pub author: AccountId,
    /// Who edited it last.
    pub update_author: AccountId,
    /// Text; absent on many.
    pub comment: Option<RichText>,
    /// When the work began.
    pub started: DateTime<Utc>,
    /// Length in seconds.
    pub seconds: i64,
    /// When it was logged.
    pub created: DateTime<Utc>,
    /// When it was last edited.
    pub updated: DateTime<Utc>,
    /// Restriction to a group or role.
    pub restriction: Option<&'static Restriction>,
}

/// A restriction of a comment or worklog to a group or role.
#[derive(Debug, PartialEq, Eq)]
pub struct Restriction {
    /// `group` or `role`.
    pub kind: &'static str,
    /// Name of the group or role.
    pub value: &'static str,
    /// Group id, or the role's name.
    pub identifier: &'static str,
    /// Whether the caller belongs to it.
    pub audience: Audience,
}

/// The restrictions that the generator uses: the caller belongs to the first two only.
pub static RESTRICTIONS: [Restriction; 4] = [
    Restriction {
        kind: "group",
        value: "jira-developers",
        identifier: "276f955c-63d7-42c8-9520-92d01dca0625",
        audience: Audience::Members,
    },
    Restriction { kind: "role", value: "Developers", identifier: "Developers", audience: Audience::Members },
    Restriction {
        kind: "group",
        value: "hr-confidential",
        identifier: "5c0f8b7e-1f0d-4c36-8a53-0d0f6d3b9a11",
        audience: Audience::Others,
    },
    Restriction {
        kind: "role",
        value: "Administrators",
        identifier: "Administrators",
        audience: Audience::Others,
    },
];

impl Audience {
    /// Whether `caller` belongs to it.
    pub fn includes(self, caller: Caller) -> bool {
        match self {
            Self::Public => true,
            Self::Members => caller == Caller::Demo,
            Self::Others => false,
        }
    }
}

impl Comment {
    /// Whether `caller` may read it, given that they may read the issue.
    pub fn visible_to(&self, caller: Caller) -> bool {
        self.restriction.is_none_or(|restriction| restriction.audience.includes(caller))
    }
}

impl Worklog {
    /// Whether `caller` may read it, given that they may read the issue.
    pub fn visible_to(&self, caller: Caller) -> bool {
        self.restriction.is_none_or(|restriction| restriction.audience.includes(caller))
    }
}

impl Issue {
    /// The comments that `caller` may read, oldest first.
    pub fn visible_comments(&self, caller: Caller) -> Vec<&Comment> {
        self.comments.iter().filter(|comment| comment.visible_to(caller)).collect()
    }

    /// The worklogs that `caller` may read, in start order.
    pub fn visible_worklogs(&self, caller: Caller) -> Vec<&Worklog> {
        self.worklogs.iter().filter(|worklog| worklog.visible_to(caller)).collect()
    }
}

impl ProjectKind {
    /// As `projectTypeKey` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Business => "business",
            Self::ServiceDesk => "service_desk",
        }
    }
}

impl AccountKind {
    /// As `accountType` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Atlassian => "atlassian",
            Self::App => "app",
            Self::Customer => "customer",
        }
    }
}
