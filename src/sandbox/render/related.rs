//! What hangs on an issue: links, attachments, changes.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Renderer;
use crate::sandbox::assumptions::HiddenLinks;
use crate::sandbox::deployment::Deployment;
use crate::sandbox::model::{Attachment, History, HistoryItem, Issue, IssueLink, LinkEnd, LinkType};

impl Renderer<'_> {
    /// The links of an issue, by id.
    pub(super) fn links(&self, issue: &Issue) -> Value {
        self.site.links_of(issue.id).filter_map(|link| self.issue_link(issue, link)).collect()
    }

    fn issue_link(&self, issue: &Issue, link: &IssueLink) -> Option<Value> {
        let end = link.seen_from(issue.id);
        let known = self.site.visible_issue(end.issue().id, self.caller);
        if known.is_none() && self.assumptions.hidden_links == HiddenLinks::LeftOut {
            return None;
        }
        let mut other = json!({
            "id": end.issue().id.to_string(),
            "key": known.map_or(&end.issue().key, |known| &known.key),
            "self": self.link(&format!("issue/{}", end.issue().id)),
        });
        if let Some(known) = known {
            other["fields"] = self.related(known);
        }
        let mut value = json!({
            "id": link.id.to_string(),
            "self": self.link(&format!("issueLink/{}", link.id)),
            "type": self.site.link_type(link.type_id).map(|kind| self.link_type(kind)),
        });
        let member = match end {
            LinkEnd::Outward(_) => "outwardIssue",
            LinkEnd::Inward(_) => "inwardIssue",
        };
        value[member] = other;
        Some(value)
    }

    /// A type of links.
    pub(in crate::sandbox) fn link_type(&self, kind: &LinkType) -> Value {
        json!({
            "id": kind.id.to_string(),
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": self.link(&format!("issueLinkType/{}", kind.id)),
        })
    }

    /// An attached file.
    pub(super) fn attachment(&self, file: &Attachment) -> Value {
        let name = percent_encoding::utf8_percent_encode(&file.filename, percent_encoding::NON_ALPHANUMERIC);
        let place = |kind: &str| match self.deployment {
            Deployment::Cloud => self.link(&format!("attachment/{kind}/{}", file.id)),
            Deployment::DataCenter if kind == "content" => {
                format!("{}/secure/attachment/{}/{name}", self.base, file.id)
            }
            Deployment::DataCenter => format!("{}/secure/{kind}/{}/{name}", self.base, file.id),
        };
        let mut value = json!({
            "self": self.link(&format!("attachment/{}", file.id)),
            "id": file.id.to_string(),
            "filename": file.filename,
            "created": self.issue_time(file.created),
            "size": file.size,
            "mimeType": file.mime_type,
            "content": place("content"),
        });
        if let Some(author) = &file.author {
            value["author"] = self.account(Some(author));
        }
        if file.is_image() {
            value["thumbnail"] = json!(place("thumbnail"));
        }
        value
    }

    /// The newest changes of an issue, with the number of all.
    pub(in crate::sandbox) fn newest_histories(&self, issue: &Issue, most: usize) -> Value {
        let newest: Vec<Value> = issue
            .histories
            .iter()
            .rev()
            .take(most)
            .map(|it| self.history(it, json!(self.issue_time(it.created)), |_| true))
            .collect();
        let newest: Vec<Value> =
            if self.is_data_center() { newest.into_iter().rev().collect() } else { newest };
        json!({"startAt": 0, "maxResults": newest.len(), "total": issue.histories.len(), "histories": newest})
    }

    /// A change, with its time as it is given and those of its items that are `wanted`.
    pub(in crate::sandbox) fn history(
        &self,
        history: &History,
        created: Value,
        wanted: impl Fn(&HistoryItem) -> bool,
    ) -> Value {
        let items: Vec<Value> =
            history.items.iter().filter(|item| wanted(item)).map(|it| self.history_item(it)).collect();
        let mut value = json!({"id": history.id.to_string(), "items": items});
        value["created"] = created;
        if let Some(author) = &history.author {
            value["author"] = self.account(Some(author));
        }
        value
    }

    /// The time of a change as the endpoints of changes write it.
    pub(in crate::sandbox) fn history_time(&self, at: DateTime<Utc>) -> Value {
        json!(self.local_time(at))
    }
}

impl Renderer<'_> {
    fn history_item(&self, item: &HistoryItem) -> Value {
        let mut value = json!({
            "field": item.field,
            "fieldtype": item.field_type,
            "from": item.from,
            "fromString": item.from_string,
            "to": item.to,
            "toString": item.to_string,
        });
        if self.is_data_center() {
            if item.field == "assignee" {
                let key = |id: Option<&String>| id.and_then(|id| self.site.user(id)).map(|user| &user.key);
                value["from"] = json!(key(item.from.as_ref()));
                value["to"] = json!(key(item.to.as_ref()));
            }
            return value;
        }
        if let Some(id) = &item.field_id {
            value["fieldId"] = json!(id);
        }
        // Real sites send two members more for people.
        if item.field == "assignee" {
            value["tmpFromAccountId"] = json!(item.from);
            value["tmpToAccountId"] = json!(item.to);
        }
        value
    }
}
