//! Watchers and votes, links to elsewhere, transitions, properties, features, and what boards are set up as.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde_json::{Map, Value, json};

use super::Renderer;
use crate::sandbox::model::{
    Feature, Issue, IssueType, Project, ProjectCategory, ProjectType, QuickFilter, RemoteLink, Status,
    Transition, User, Version,
};

impl Renderer<'_> {
    /// The transitions that the caller can do on an issue.
    pub(in crate::sandbox) fn transitions(&self, issue: &Issue) -> Value {
        self.site.possible_transitions(issue, self.caller).map(|it| self.transition(issue, it)).collect()
    }

    /// One of them.
    pub(in crate::sandbox) fn transition(&self, issue: &Issue, transition: &Transition) -> Value {
        let mut value = json!({
            "id": transition.id.to_string(),
            "name": transition.name,
            "to": self.site.status(transition.to).map(|status| self.status(status)),
        });
        if self.is_data_center() {
            value["opsbarSequence"] = json!(transition.id);
            return value;
        }
        value["hasScreen"] = json!(transition.has_screen);
        value["isGlobal"] = json!(transition.from.is_none());
        value["isInitial"] = json!(false);
        value["isAvailable"] = json!(true);
        value["isConditional"] = json!(transition.is_conditional);
        value["looped"] = json!(transition.to == issue.status_id);
        value
    }

    /// Whether the caller is among these accounts.
    pub(super) fn has_caller(&self, accounts: &[crate::sandbox::model::AccountId]) -> bool {
        accounts.iter().filter_map(|id| self.site.user(id)).any(|user| self.site.is_caller(user, self.caller))
    }

    /// How many watch an issue, whether the caller does, and who, as far as the caller may know.
    pub(in crate::sandbox) fn watchers(&self, issue: &Issue) -> Value {
        let shown = self.site.visible_watchers(issue, self.caller);
        let mut value = self.watches(issue);
        value["watchers"] = self.people(&shown);
        value
    }

    /// The same without who.
    pub(super) fn watches(&self, issue: &Issue) -> Value {
        json!({
            "self": self.link(&format!("issue/{}/watchers", issue.key)),
            "watchCount": issue.watches,
            "isWatching": self.has_caller(&issue.watchers),
        })
    }

    /// How many vote for an issue, whether the caller does, and who, as far as the caller may know.
    pub(in crate::sandbox) fn voters(&self, issue: &Issue) -> Value {
        let shown = self.site.visible_voters(issue, self.caller);
        let mut value = self.votes(issue);
        value["voters"] = self.people(&shown);
        value
    }

    /// The same without who.
    pub(super) fn votes(&self, issue: &Issue) -> Value {
        json!({
            "self": self.link(&format!("issue/{}/votes", issue.key)),
            "votes": issue.votes,
            "hasVoted": self.has_caller(&issue.voters),
        })
    }

    fn people(&self, users: &[&User]) -> Value {
        users.iter().map(|user| self.user(user)).collect()
    }

    /// A link to elsewhere.
    pub(in crate::sandbox) fn remote_link(&self, issue: &Issue, link: &RemoteLink) -> Value {
        let mut object = json!({"url": link.url, "title": link.title, "icon": {}, "status": {"icon": {}}});
        if let Some(summary) = &link.summary {
            object["summary"] = json!(summary);
        }
        if let Some((url, title)) = &link.icon {
            object["icon"] = json!({"url16x16": url, "title": title});
        }
        if let Some(resolved) = link.resolved {
            object["status"] = json!({"resolved": resolved, "icon": {}});
        }
        let application = link.application.as_ref().map_or_else(
            || json!({}),
            |(kind, name)| match kind.as_str() {
                "" => json!({"name": name}),
                kind => json!({"type": kind, "name": name}),
            },
        );
        let mut value = json!({
            "id": link.id,
            "self": self.link(&format!("issue/{}/remotelink/{}", issue.key, link.id)),
            "application": application,
            "object": object,
        });
        if let Some(id) = &link.global_id {
            value["globalId"] = json!(id);
        }
        if let Some(relationship) = &link.relationship {
            value["relationship"] = json!(relationship);
        }
        value
    }

    /// The keys of properties at `place`.
    pub(in crate::sandbox) fn property_keys(
        &self,
        place: &str,
        properties: &BTreeMap<String, Value>,
    ) -> Value {
        let key = |key: &String| {
            let encoded = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC);
            json!({"self": self.link(&format!("{place}/properties/{encoded}")), "key": key})
        };
        json!({"keys": properties.keys().map(key).collect::<Vec<_>>()})
    }

    /// Those properties of an issue that are asked for: by key, all (`*all`), without some (`-key`).
    pub(in crate::sandbox) fn properties(issue: &Issue, asked: &[String]) -> Value {
        let all = asked.iter().any(|it| it == "*all");
        let left_out = |key: &str| asked.iter().any(|it| it.strip_prefix('-') == Some(key));
        let wanted = |key: &String| (all || asked.contains(key)) && !left_out(key);
        let chosen = issue.properties.iter().filter(|(key, _)| wanted(key));
        Value::Object(chosen.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
    }

    /// An issue type with the statuses that it can have in a project.
    pub(in crate::sandbox) fn type_with_statuses(&self, kind: &IssueType, statuses: &[&Status]) -> Value {
        let statuses: Vec<Value> = statuses.iter().map(|it| self.listed_status(it)).collect();
        json!({
            "self": self.link(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "name": kind.name,
            "subtask": kind.hierarchy_level < 0,
            "statuses": statuses,
        })
    }

    /// A category as the list of them shows it.
    pub(in crate::sandbox) fn listed_category(&self, category: &ProjectCategory) -> Value {
        json!({
            "self": self.link(&format!("projectCategory/{}", category.id)),
            "id": category.id.to_string(),
            "name": category.name,
            "description": category.description,
        })
    }

    /// A kind of projects.
    pub(in crate::sandbox) fn project_type(kind: &ProjectType) -> Value {
        json!({
            "key": kind.key,
            "formattedKey": kind.name,
            "descriptionI18nKey": format!("jira.project.type.{}.description", kind.key),
            "icon": "PHN2Zy8+",
            "color": kind.color,
        })
    }

    /// A feature of a project.
    pub(in crate::sandbox) fn feature(&self, project: &Project, feature: &Feature) -> Value {
        json!({
            "projectId": project.id,
            "state": feature.state,
            "toggleLocked": feature.is_locked,
            "feature": feature.key,
            "prerequisites": feature.needs,
            "localisedName": feature.name,
            "localisedDescription": feature.description,
            "imageUri": format!("{}/images/features/{}.svg", self.base, feature.key),
        })
    }

    /// A version as boards list it: its day is an instant.
    pub(in crate::sandbox) fn board_version(&self, project: &Project, version: &Version) -> Value {
        let mut value = json!({
            "self": self.link(&format!("version/{}", version.id)),
            "id": version.id,
            "projectId": project.id,
            "name": version.name,
            "archived": version.state.is_archived(),
            "released": version.state.is_released(),
        });
        if let Some(description) = &version.description {
            value["description"] = json!(description);
        }
        let begin = version.release_date.map(|date| date.and_time(NaiveTime::MIN));
        if let Some(begin) = begin.and_then(|it| it.and_local_timezone(self.zone()).earliest()) {
            value["releaseDate"] = json!(begin.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string());
        }
        value
    }

    /// A quick filter of the board with this id.
    pub(in crate::sandbox) fn quick_filter(board: i64, filter: &QuickFilter) -> Value {
        json!({
            "id": filter.id,
            "boardId": board,
            "name": filter.name,
            "jql": filter.jql,
            "description": filter.description,
            "position": filter.position,
        })
    }

    /// An epic as boards list it.
    pub(in crate::sandbox) fn epic(&self, epic: &Issue) -> Value {
        json!({
            "id": epic.id,
            "key": epic.key,
            "self": self.agile_link(&format!("epic/{}", epic.id)),
            "name": epic.summary,
            "summary": epic.summary,
            "color": {"key": "color_4"},
            "done": epic.resolution_date.is_some(),
        })
    }
}
