//! Writes the model as the JSON that Jira sends: numbers as strings where Jira has them so, `self`
//! links everywhere, fields only where they were asked for. Here are the parts that several answers
//! share, people, projects, comments and worklogs.

mod agile;
mod around;
mod custom;
mod directory;
mod fields;
mod issue;
mod related;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

pub(super) use fields::{Identity, Selection};
pub(super) use issue::CLOUD_ONLY;

use super::assumptions::{Assumptions, IssueOffset};
use super::deployment::Deployment;
use super::model::{
    AccountState, Caller, Comment, Issue, Named, Privacy, Project, ProjectState, ProjectStyle, Restriction,
    RichText, Site, User, Worklog,
};

/// Which interface is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// `/rest/api/2` and `/rest/api/latest`: rich text as wiki markup.
    V2,
    /// `/rest/api/3`: rich text as documents.
    V3,
}

impl Interface {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}

/// Writes JSON for one caller at one address.
#[derive(Clone)]
pub(super) struct Renderer<'a> {
    pub(super) site: &'a Site,
    /// `http://127.0.0.1:1234`, with the gateway's prefix where the request had it.
    pub(super) base: &'a str,
    pub(super) interface: Interface,
    pub(super) deployment: Deployment,
    pub(super) caller: Caller,
    pub(super) assumptions: Assumptions,
}

impl Renderer<'_> {
    /// The address of `path` in the interface that is spoken.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}/rest/api/{}/{path}", self.base, self.interface.number())
    }

    /// The caller's time zone; UTC where the caller is nobody.
    pub(super) fn zone(&self) -> Tz {
        match self.caller {
            Caller::Demo => self.site.me().and_then(|me| me.time_zone).unwrap_or(Tz::UTC),
            Caller::Anonymous => Tz::UTC,
        }
    }

    /// An instant in the caller's zone.
    pub(super) fn local_time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone()).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
    }

    /// An instant with the offset `+0000`.
    pub(super) fn utc_time(at: DateTime<Utc>) -> String {
        at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    }

    fn issue_time(&self, at: DateTime<Utc>) -> String {
        match self.assumptions.issue_offset {
            IssueOffset::Caller => self.local_time(at),
            IssueOffset::Utc => Self::utc_time(at),
        }
    }

    fn text(&self, text: &RichText) -> Value {
        match self.interface {
            Interface::V3 => text.to_adf(),
            Interface::V2 => Value::String(text.to_wiki()),
        }
    }

    fn optional_text(&self, text: Option<&RichText>) -> Value {
        text.map_or(Value::Null, |text| self.text(text))
    }

    fn avatars(&self, kind: &str, id: &str) -> Value {
        let address = |size: &str| {
            format!("{}/rest/api/2/universal_avatar/view/type/{kind}/avatar/{id}?size={size}", self.base)
        };
        json!({
            "48x48": address("large"), "24x24": address("small"),
            "16x16": address("xsmall"), "32x32": address("medium"),
        })
    }

    /// Is it Data Center, where much of what Cloud says is unknown?
    pub(super) fn is_data_center(&self) -> bool {
        self.deployment == Deployment::DataCenter
    }

    pub(super) fn user(&self, user: &User) -> Value {
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let mut value = json!({
            "avatarUrls": self.avatars("user", "10100"),
            "displayName": user.display_name,
            "active": user.state == AccountState::Active,
        });
        match self.deployment {
            Deployment::Cloud => {
                value["self"] = json!(self.link(&format!("user?accountId={}", encoded(&user.account_id))));
                value["accountId"] = json!(&*user.account_id);
                value["accountType"] = json!(user.kind.as_str());
            }
            Deployment::DataCenter => {
                value["self"] = json!(self.link(&format!("user?username={}", encoded(&user.name))));
                value["name"] = json!(user.name);
                value["key"] = json!(user.key);
            }
        }
        if let Some(email) = &user.email {
            value["emailAddress"] = json!(email);
        }
        if let Some(zone) = user.time_zone {
            value["timeZone"] = json!(zone.name());
        }
        value
    }

    /// A user as `/users/search` and `/myself` show it, with the locale.
    pub(super) fn full_user(&self, user: &User) -> Value {
        let mut value = self.user(user);
        if let Some(locale) = &user.locale {
            value["locale"] = json!(locale);
        }
        value
    }

    fn account(&self, account: Option<&str>) -> Value {
        account.and_then(|id| self.site.user(id)).map_or(Value::Null, |user| self.user(user))
    }

    fn named(&self, kind: &str, named: &Named) -> Value {
        json!({
            "self": self.link(&format!("{kind}/{}", named.id)),
            "id": named.id.to_string(),
            "name": named.name,
        })
    }

    fn option(&self, option: &Named) -> Value {
        json!({
            "self": self.link(&format!("customFieldOption/{}", option.id)),
            "value": option.name,
            "id": option.id.to_string(),
        })
    }

    /// A project as it shows inside an issue.
    fn brief_project(&self, project: &Project) -> Value {
        let mut value = json!({
            "self": self.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind.as_str(),
            "avatarUrls": self.avatars("project", "10400"),
        });
        if !self.is_data_center() {
            value["simplified"] = json!(project.style == ProjectStyle::NextGen);
        }
        if let Some(category) = &project.category {
            value["projectCategory"] = self.category(category);
        }
        value
    }

    fn category(&self, category: &Named) -> Value {
        let mut value = self.named("projectCategory", category);
        value["description"] = json!("");
        value
    }

    /// A project as `project/search` shows it; `expand` brings description, lead and more.
    pub(super) fn project(&self, project: &Project, expand: &[&str]) -> Value {
        let mut value = self.brief_project(project);
        value["expand"] = json!("description,lead,issueTypes,url,projectKeys,permissions,insight");
        if self.is_data_center() {
            value["expand"] = json!("description,lead,url,projectKeys");
            value["archived"] = json!(project.state == ProjectState::Archived);
        } else {
            value["style"] = json!(match project.style {
                ProjectStyle::Classic => "classic",
                ProjectStyle::NextGen => "next-gen",
            });
            value["isPrivate"] = json!(project.privacy == Privacy::Private);
            value["properties"] = json!({});
            value["entityId"] = json!(format!("e1f6a7d0-0000-4000-8000-{:012}", project.id));
            value["uuid"] = value["entityId"].clone();
            if project.state == ProjectState::Archived {
                value["archived"] = json!(true);
            }
        }
        if expand.contains(&"description") {
            value["description"] = json!(project.description.clone().unwrap_or_default());
        }
        if expand.contains(&"lead")
            && let Some(lead) = &project.lead
        {
            value["lead"] = self.account(Some(lead));
        }
        if expand.contains(&"issueTypes") {
            value["issueTypes"] =
                self.site.project_issue_types(project).map(|it| self.issue_type(it)).collect();
        }
        if expand.contains(&"projectKeys") {
            value["projectKeys"] = json!([project.key]);
        }
        if expand.contains(&"insight") && !self.is_data_center() {
            let own: Vec<&Issue> =
                self.site.issues.values().filter(|issue| issue.project_id == project.id).collect();
            let mut insight = json!({"totalIssueCount": own.len()});
            if let Some(last) = own.iter().map(|issue| issue.updated).max() {
                insight["lastIssueUpdateTime"] = json!(self.local_time(last));
            }
            value["insight"] = insight;
        }
        value
    }

    /// A project as `project/{idOrKey}` shows it: everything that needs no asking.
    pub(super) fn whole_project(&self, project: &Project, expand: &[&str]) -> Value {
        let expand: Vec<&str> = expand.iter().copied().chain(["description", "lead", "issueTypes"]).collect();
        let mut value = self.project(project, &expand);
        value["components"] = project.components.iter().map(|it| self.brief_component(it)).collect();
        value["versions"] = project.versions.iter().map(|it| self.issue_version(it)).collect();
        value["assigneeType"] = json!("UNASSIGNED");
        value["roles"] = json!({});
        value
    }

    fn restriction(&self, restriction: &Restriction) -> Value {
        let mut value = json!({"type": restriction.kind, "value": restriction.value});
        if !self.is_data_center() {
            value["identifier"] = json!(restriction.identifier);
        }
        value
    }

    /// A comment; `time` writes its instants.
    pub(super) fn comment(
        &self,
        issue: i64,
        comment: &Comment,
        time: impl Fn(DateTime<Utc>) -> String,
    ) -> Value {
        let mut value = json!({
            "self": self.link(&format!("issue/{issue}/comment/{}", comment.id)),
            "id": comment.id.to_string(),
            "body": self.text(&comment.body),
            "created": time(comment.created),
            "updated": time(comment.updated),
        });
        if !self.is_data_center() {
            value["jsdPublic"] = json!(true);
        }
        if let Some(author) = &comment.author {
            value["author"] = self.account(Some(author));
        }
        if let Some(author) = &comment.update_author {
            value["updateAuthor"] = self.account(Some(author));
        }
        if let Some(restriction) = comment.restriction {
            value["visibility"] = self.restriction(restriction);
        }
        value
    }

    /// A worklog; `time` writes its instants.
    pub(super) fn worklog(&self, worklog: &Worklog, time: impl Fn(DateTime<Utc>) -> String) -> Value {
        let mut value = json!({
            "self": self.link(&format!("issue/{}/worklog/{}", worklog.issue_id, worklog.id)),
            "author": self.account(Some(&worklog.author)),
            "updateAuthor": self.account(Some(&worklog.update_author)),
            "created": time(worklog.created),
            "updated": time(worklog.updated),
            "started": time(worklog.started),
            "timeSpent": duration(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
            "id": worklog.id.to_string(),
            "issueId": worklog.issue_id.to_string(),
        });
        if let Some(comment) = &worklog.comment {
            value["comment"] = self.text(comment);
        }
        if let Some(restriction) = worklog.restriction {
            value["visibility"] = self.restriction(restriction);
        }
        value
    }
}

/// `3h 20m`; a day has eight hours, a week five days.
pub(super) fn duration(seconds: i64) -> String {
    let mut left = seconds;
    let parts: Vec<String> = [("w", 144_000), ("d", 28_800), ("h", 3_600), ("m", 60)]
        .into_iter()
        .filter_map(|(unit, length)| {
            let number = left / length;
            left %= length;
            (number > 0).then(|| format!("{number}{unit}"))
        })
        .collect();
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_use_working_days() {
        assert_eq!(duration(12_000), "3h 20m");
        assert_eq!(duration(28_800 + 144_000), "1w 1d");
        assert_eq!(duration(0), "0m");
    }
}
