//! Links between issues, and attached files.

use chrono::{DateTime, Utc};

use super::{AccountId, Caller, Issue, IssueRef, Site};

/// A type of issue links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkType {
    /// Numeric id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// How the link reads on its outward issue: `is blocked by`.
    pub inward: String,
    /// How the link reads on its inward issue: `blocks`.
    pub outward: String,
}

/// A link between two issues. It shows on both: on the inward issue as a link to `outwardIssue`, on the
/// outward issue as a link to `inwardIssue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueLink {
    /// Numeric id, the same on both issues.
    pub id: i64,
    /// Id of its type.
    pub type_id: i64,
    /// The issue that is blocked; it may be hidden, or gone.
    pub outward_issue: IssueRef,
    /// The issue that blocks; it may be hidden, or gone.
    pub inward_issue: IssueRef,
}

/// The other end of a link, as an issue shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEnd<'a> {
    /// Stands in `outwardIssue`.
    Outward(&'a IssueRef),
    /// Stands in `inwardIssue`.
    Inward(&'a IssueRef),
}

/// A file that is attached to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Numeric id.
    pub id: i64,
    /// File name.
    pub filename: String,
    /// Who attached it; none where the account was erased.
    pub author: Option<AccountId>,
    /// When.
    pub created: DateTime<Utc>,
    /// Length in bytes.
    pub size: i64,
    /// Media type; images have a thumbnail.
    pub mime_type: &'static str,
}

impl IssueLink {
    /// The other end, seen from `issue`.
    pub fn seen_from(&self, issue: i64) -> LinkEnd<'_> {
        if self.inward_issue.id == issue {
            LinkEnd::Outward(&self.outward_issue)
        } else {
            LinkEnd::Inward(&self.inward_issue)
        }
    }
}

impl<'a> LinkEnd<'a> {
    /// The issue there.
    pub fn issue(self) -> &'a IssueRef {
        match self {
            Self::Outward(issue) | Self::Inward(issue) => issue,
        }
    }
}

impl Attachment {
    /// Whether there is a thumbnail.
    pub fn is_image(&self) -> bool {
        self.mime_type.starts_with("image/")
    }
}

impl Site {
    /// All links of an issue in ascending id order, those with a hidden or missing other end included.
    pub fn links_of(&self, issue: i64) -> impl Iterator<Item = &IssueLink> {
        self.issue_links
            .range((issue, i64::MIN)..=(issue, i64::MAX))
            .filter_map(|(_, link)| self.links.get(link))
    }

    /// The links of an issue whose other end `caller` may see.
    pub fn visible_links(&self, issue: &Issue, caller: Caller) -> impl Iterator<Item = &IssueLink> {
        let id = issue.id;
        self.links_of(id)
            .filter(move |link| self.visible_issue(link.seen_from(id).issue().id, caller).is_some())
    }

    /// A type of links by id.
    pub fn link_type(&self, id: i64) -> Option<&LinkType> {
        self.link_types.iter().find(|it| it.id == id)
    }

    /// Adds a link, which then shows on both issues.
    pub(in crate::sandbox) fn add_link(&mut self, link: IssueLink) {
        self.issue_links.insert((link.outward_issue.id, link.id));
        self.issue_links.insert((link.inward_issue.id, link.id));
        self.links.insert(link.id, link);
    }

    /// Takes a link off both issues.
    pub(in crate::sandbox) fn remove_link(&mut self, id: i64) -> Option<IssueLink> {
        let link = self.links.remove(&id)?;
        self.issue_links.remove(&(link.outward_issue.id, id));
        self.issue_links.remove(&(link.inward_issue.id, id));
        Some(link)
    }
}
