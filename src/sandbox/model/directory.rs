//! What a site is administered by: groups, the values that classify issues, and the parts of projects.

use chrono::NaiveDate;

use super::{AccountId, Project};

/// A group of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// A UUID; stable.
    pub id: String,
    /// Name; it can be changed, and it may hold any sign.
    pub name: String,
    /// Account ids in the order in which members are listed; inactive accounts and apps included.
    pub members: Vec<AccountId>,
    /// What membership opens.
    pub access: GroupAccess,
}

/// What membership of a group opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupAccess {
    /// Administration of the site.
    SiteAdmin,
    /// Administration of the product.
    Admin,
    /// The product.
    User,
    /// Nothing of itself.
    Nothing,
}

/// A priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Colour, `#d04437`.
    pub color: String,
    /// Whether new issues get it.
    pub is_default: bool,
}

/// A resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Whether it is offered first.
    pub is_default: bool,
}

/// An issue type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueType {
    /// Numeric id.
    pub id: i64,
    /// Name; not unique, as team-managed projects have types of their own.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// 1 for epics, 0 for ordinary issues, -1 for sub-tasks.
    pub hierarchy_level: i64,
    /// The team-managed project that owns it; none where company-managed projects share it.
    pub project_id: Option<i64>,
}

/// A status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Numeric id.
    pub id: i64,
    /// Name; not unique.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Category.
    pub category: StatusCategory,
    /// The team-managed project that owns it; none where company-managed projects share it.
    pub project_id: Option<i64>,
}

/// Category of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusCategory {
    /// To Do.
    ToDo,
    /// In Progress.
    InProgress,
    /// Done.
    Done,
}

/// Id, key and name of the category that no status has and that the list of categories begins with.
pub const NO_CATEGORY: (i64, &str, &str) = (1, "undefined", "No Category");

impl StatusCategory {
    /// All that a status can have.
    pub const ALL: [Self; 3] = [Self::ToDo, Self::InProgress, Self::Done];

    /// Id, key and name as Jira has them.
    pub fn parts(self) -> (i64, &'static str, &'static str) {
        match self {
            Self::ToDo => (2, "new", "To Do"),
            Self::InProgress => (4, "indeterminate", "In Progress"),
            Self::Done => (3, "done", "Done"),
        }
    }

    /// As `statuses/search` says it.
    pub fn search_name(self) -> &'static str {
        match self {
            Self::ToDo => "TODO",
            Self::InProgress => "IN_PROGRESS",
            Self::Done => "DONE",
        }
    }
}

/// A component of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Numeric id.
    pub id: i64,
    /// Name; unique within the project.
    pub name: String,
    /// Description; absent, empty or filled.
    pub description: Option<String>,
    /// Account id of its lead.
    pub lead: Option<AccountId>,
    /// Who gets issues of this component.
    pub assignee_type: AssigneeType,
}

/// Who gets issues of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeType {
    /// Whoever the project says, which is nobody in all projects here.
    ProjectDefault,
    /// The component's lead.
    ComponentLead,
    /// The project's lead.
    ProjectLead,
    /// Nobody.
    Unassigned,
}

impl AssigneeType {
    /// As `assigneeType` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProjectDefault => "PROJECT_DEFAULT",
            Self::ComponentLead => "COMPONENT_LEAD",
            Self::ProjectLead => "PROJECT_LEAD",
            Self::Unassigned => "UNASSIGNED",
        }
    }
}

impl Component {
    /// Who gets its issues: nobody where the type says so, or where the lead that it names is missing.
    pub fn assignee<'a>(&'a self, project: &'a Project) -> Option<&'a AccountId> {
        match self.assignee_type {
            AssigneeType::ComponentLead => self.lead.as_ref(),
            AssigneeType::ProjectLead => project.lead.as_ref(),
            AssigneeType::ProjectDefault | AssigneeType::Unassigned => None,
        }
    }

    /// Whether the lead that the type names is there.
    pub fn assignee_is_valid(&self, project: &Project) -> bool {
        match self.assignee_type {
            AssigneeType::ComponentLead | AssigneeType::ProjectLead => self.assignee(project).is_some(),
            AssigneeType::ProjectDefault | AssigneeType::Unassigned => true,
        }
    }

    /// What applies in the end: as `assignee_type`, or nobody where that can't be.
    pub fn real_assignee_type(&self, project: &Project) -> AssigneeType {
        match (self.assignee_type, self.assignee(project)) {
            (kind @ (AssigneeType::ComponentLead | AssigneeType::ProjectLead), Some(_)) => kind,
            _ => AssigneeType::Unassigned,
        }
    }
}

/// A version of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Numeric id.
    pub id: i64,
    /// Name; unique within the project.
    pub name: String,
    /// Description; absent, empty or filled.
    pub description: Option<String>,
    /// Release state.
    pub state: VersionState,
    /// First day.
    pub start_date: Option<NaiveDate>,
    /// Release date.
    pub release_date: Option<NaiveDate>,
}

/// State of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// Not yet released.
    Unreleased,
    /// Released.
    Released,
    /// Released and archived.
    Archived,
    /// Archived without ever having been released.
    Abandoned,
}

impl VersionState {
    /// Whether it was released.
    pub fn is_released(self) -> bool {
        matches!(self, Self::Released | Self::Archived)
    }

    /// Whether it is archived.
    pub fn is_archived(self) -> bool {
        matches!(self, Self::Archived | Self::Abandoned)
    }
}

impl Version {
    /// Whether its release date went by without a release; none where that can't be said, as it is
    /// released, archived, or has no date.
    pub fn overdue(&self, today: NaiveDate) -> Option<bool> {
        match self.state {
            VersionState::Unreleased => self.release_date.map(|date| date < today),
            VersionState::Released | VersionState::Archived | VersionState::Abandoned => None,
        }
    }
}
