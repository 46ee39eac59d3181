//! Groups and their members, the values that classify issues, and the parts of projects: as issues
//! show them, and as the lists of them do, which say more.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::Renderer;
use crate::sandbox::assumptions::ResolutionDefault;
use crate::sandbox::model::{
    Component, Group, Issue, IssueType, NO_CATEGORY, Priority, Project, Resolution, Status, StatusCategory,
    User, Version,
};

/// `scope` of what a team-managed project owns.
fn scope(project: i64) -> Value {
    json!({"type": "PROJECT", "project": {"id": project.to_string()}})
}

/// A day as people of the site write it.
fn day_for_people(day: NaiveDate) -> String {
    day.format("%d/%b/%y").to_string()
}

impl Renderer<'_> {
    /// A status as issues show it.
    pub(super) fn status(&self, status: &Status) -> Value {
        json!({
            "self": self.link(&format!("status/{}", status.id)),
            "description": status.description,
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.base),
            "name": status.name,
            "id": status.id.to_string(),
            "statusCategory": self.status_category(status.category.parts()),
        })
    }

    /// A status as `status` lists it: with the project that owns it.
    pub(in crate::sandbox) fn listed_status(&self, status: &Status) -> Value {
        let mut value = self.status(status);
        if let Some(project) = status.project_id.filter(|_| !self.is_data_center()) {
            value["scope"] = scope(project);
        }
        value
    }

    /// A status as `statuses/search` lists it.
    pub(in crate::sandbox) fn found_status(status: &Status) -> Value {
        json!({
            "id": status.id.to_string(),
            "name": status.name,
            "statusCategory": status.category.search_name(),
            "scope": status.project_id.map_or_else(|| json!({"type": "GLOBAL"}), scope),
            "description": status.description,
        })
    }

    fn status_category(&self, (id, key, name): (i64, &str, &str)) -> Value {
        let color = match key {
            "done" => "green",
            "new" => "blue-gray",
            "undefined" => "medium-gray",
            _ => "yellow",
        };
        json!({
            "self": self.link(&format!("statuscategory/{id}")),
            "id": id,
            "key": key,
            "colorName": color,
            "name": name,
        })
    }

    /// All status categories, the one that no status has first.
    pub(in crate::sandbox) fn status_categories(&self) -> Value {
        std::iter::once(NO_CATEGORY)
            .chain(StatusCategory::ALL.map(StatusCategory::parts))
            .map(|parts| self.status_category(parts))
            .collect()
    }

    /// The issue's type.
    pub(super) fn type_of(&self, issue: &Issue) -> Value {
        self.site.issue_type(issue.type_id).map_or(Value::Null, |kind| self.issue_type(kind))
    }

    /// An issue type, alike wherever it shows.
    pub(in crate::sandbox) fn issue_type(&self, kind: &IssueType) -> Value {
        let id = kind.id;
        let mut value = json!({
            "self": self.link(&format!("issuetype/{id}")),
            "id": id.to_string(),
            "description": kind.description,
            "iconUrl": format!("{}/images/icons/issuetypes/{id}.png", self.base),
            "name": kind.name,
            "subtask": kind.hierarchy_level < 0,
            "avatarId": 10_300 + id % 100,
        });
        if self.is_data_center() {
            return value;
        }
        value["hierarchyLevel"] = json!(kind.hierarchy_level);
        if let Some(project) = kind.project_id {
            value["entityId"] = json!(format!("7a3c11d4-0000-4000-8000-{id:012}"));
            value["scope"] = scope(project);
        }
        value
    }

    /// The issue's priority.
    pub(super) fn priority_of(&self, issue: &Issue) -> Value {
        let found = self.site.priorities.iter().find(|it| Some(it.id) == issue.priority_id);
        found.map_or(Value::Null, |priority| {
            json!({
                "self": self.link(&format!("priority/{}", priority.id)),
                "iconUrl": self.priority_icon(priority),
                "name": priority.name,
                "id": priority.id.to_string(),
            })
        })
    }

    fn priority_icon(&self, priority: &Priority) -> String {
        format!("{}/images/icons/priorities/{}.svg", self.base, priority.id)
    }

    /// A priority as `priority` lists it.
    pub(in crate::sandbox) fn priority(&self, priority: &Priority) -> Value {
        json!({
            "self": self.link(&format!("priority/{}", priority.id)),
            "statusColor": priority.color,
            "description": priority.description,
            "iconUrl": self.priority_icon(priority),
            "name": priority.name,
            "id": priority.id.to_string(),
        })
    }

    /// A priority as `priority/search` lists it.
    pub(in crate::sandbox) fn found_priority(&self, priority: &Priority) -> Value {
        let mut value = self.priority(priority);
        value["isDefault"] = json!(priority.is_default);
        value
    }

    /// The issue's resolution.
    pub(super) fn resolution_of(&self, issue: &Issue) -> Value {
        let found = self.site.resolutions.iter().find(|it| Some(it.id) == issue.resolution_id);
        found.map_or(Value::Null, |resolution| self.resolution(resolution))
    }

    /// A resolution, as issues show it and `resolution` lists it.
    pub(in crate::sandbox) fn resolution(&self, resolution: &Resolution) -> Value {
        json!({
            "self": self.link(&format!("resolution/{}", resolution.id)),
            "id": resolution.id.to_string(),
            "description": resolution.description,
            "name": resolution.name,
        })
    }

    /// A resolution as `resolution/search` lists it.
    pub(in crate::sandbox) fn found_resolution(&self, resolution: &Resolution) -> Value {
        let mut value = self.resolution(resolution);
        let member = match self.assumptions.resolution_default {
            ResolutionDefault::IsDefault => "isDefault",
            ResolutionDefault::Default => "default",
        };
        value[member] = json!(resolution.is_default);
        value
    }

    /// A component as issues show it, and as `component` lists it: not a word of its project.
    pub(in crate::sandbox) fn brief_component(&self, component: &Component) -> Value {
        let mut value = json!({
            "self": self.link(&format!("component/{}", component.id)),
            "id": component.id.to_string(),
            "name": component.name,
        });
        if let Some(description) = &component.description {
            value["description"] = json!(description);
        }
        value
    }

    /// A component with all that belongs to it.
    pub(in crate::sandbox) fn component(&self, project: &Project, component: &Component) -> Value {
        let mut value = self.brief_component(component);
        if let Some(lead) = &component.lead {
            value["lead"] = self.account(Some(lead));
        }
        value["assigneeType"] = json!(component.assignee_type.as_str());
        value["realAssigneeType"] = json!(component.real_assignee_type(project).as_str());
        if let Some(assignee) = component.assignee(project) {
            value["assignee"] = self.account(Some(assignee));
            value["realAssignee"] = self.account(Some(assignee));
        }
        value["isAssigneeTypeValid"] = json!(component.assignee_is_valid(project));
        value["project"] = json!(project.key);
        value["projectId"] = json!(project.id);
        value
    }

    /// A component as the pages of its project have it: with the number of issues that the caller may see.
    pub(in crate::sandbox) fn counted_component(&self, project: &Project, component: &Component) -> Value {
        let mut value = self.component(project, component);
        let issues = self.site.issues.values().filter(|it| it.component_ids.contains(&component.id));
        let seen = issues.filter(|it| self.site.visible_issue(it.id, self.caller).is_some());
        value["issueCount"] = json!(seen.count());
        value
    }

    /// A version as issues show it.
    pub(super) fn issue_version(&self, version: &Version) -> Value {
        let mut value = json!({
            "self": self.link(&format!("version/{}", version.id)),
            "id": version.id.to_string(),
            "name": version.name,
            "archived": version.state.is_archived(),
            "released": version.state.is_released(),
        });
        if let Some(description) = &version.description {
            value["description"] = json!(description);
        }
        if let Some(date) = version.release_date {
            value["releaseDate"] = json!(date.to_string());
        }
        value
    }

    /// A version with all that belongs to it, as it stands on `today`.
    pub(in crate::sandbox) fn version(
        &self,
        project: &Project,
        version: &Version,
        today: NaiveDate,
    ) -> Value {
        let mut value = self.issue_version(version);
        if let Some(date) = version.release_date {
            value["userReleaseDate"] = json!(day_for_people(date));
        }
        if let Some(date) = version.start_date {
            value["startDate"] = json!(date.to_string());
            value["userStartDate"] = json!(day_for_people(date));
        }
        if let Some(overdue) = version.overdue(today) {
            value["overdue"] = json!(overdue);
        }
        value["projectId"] = json!(project.id);
        value
    }

    /// How many issues are to be fixed in a version, by the category of their status.
    pub(in crate::sandbox) fn fixed_in(&self, version: &Version) -> Value {
        let issues = self.site.issues.values().filter(|it| it.fix_version_ids.contains(&version.id));
        let seen: Vec<StatusCategory> = issues
            .filter(|it| self.site.visible_issue(it.id, self.caller).is_some())
            .filter_map(|it| self.site.status(it.status_id))
            .map(|status| status.category)
            .collect();
        let count = |category| seen.iter().filter(|it| **it == category).count();
        json!({
            "unmapped": 0,
            "toDo": count(StatusCategory::ToDo),
            "inProgress": count(StatusCategory::InProgress),
            "done": count(StatusCategory::Done),
        })
    }

    /// A group as `group/bulk` lists it.
    pub(in crate::sandbox) fn group(group: &Group) -> Value {
        json!({"name": group.name, "groupId": group.id})
    }

    /// A group as `user/groups` lists it.
    pub(in crate::sandbox) fn group_of_user(&self, group: &Group) -> Value {
        if self.is_data_center() {
            return json!({"name": group.name, "self": self.link(&format!("group?groupname={}", group.name))});
        }
        let mut value = Self::group(group);
        value["self"] = json!(self.link(&format!("group?groupId={}", group.id)));
        value
    }

    /// A member of a group: what the profile doesn't show is null here, where other lists leave it out.
    pub(in crate::sandbox) fn member(&self, user: &User) -> Value {
        let mut value = self.user(user);
        if self.is_data_center() {
            return value;
        }
        value["name"] = json!("");
        value["key"] = json!("");
        value["emailAddress"] = json!(user.email);
        value["timeZone"] = json!(user.time_zone.map(Tz::name));
        value
    }
}
