//! Edits of what hangs on an issue: labels, components, sprints, files, links; and the change that each
//! edit leaves behind.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Editor;
use crate::sandbox::generate::SPRINT_FIELD;
use crate::sandbox::model::{
    Attachment, CustomValue, History, HistoryItem, IssueLink, IssueRef, Site, Sprint,
};

impl Editor {
    /// Sets `updated` of an issue and writes down what changed, by the demo's account.
    pub(super) fn record(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>, items: Vec<HistoryItem>) {
        let new = site.fresh_id();
        let author = site.me().map(|me| Arc::clone(&me.account_id));
        let Some(issue) = site.issues.get_mut(&id) else { return };
        issue.histories.push(History { id: new, author, created: now, items });
        issue.histories.sort_by_key(|history| (history.created, history.id));
        self.touch(issue, now);
        self.log.histories_created.push(new);
    }

    /// Takes the first label away, or adds one.
    pub(super) fn change_labels(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let before = issue.labels.join(" ");
        if issue.labels.is_empty() || self.rng.bool() {
            let label = format!("edited-{}", self.rng.u32(0..20));
            if issue.labels.contains(&label) {
                return;
            }
            issue.labels.push(label);
        } else {
            issue.labels.remove(0);
        }
        let item = HistoryItem::of("labels", Some("labels"))
            .before(None, Some(before))
            .after(None, Some(issue.labels.join(" ")));
        self.record(site, id, now, vec![item]);
    }

    /// Gives an issue another component of its project, or takes its own away.
    pub(super) fn recompose(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get(&id) else { return };
        let Some(project) = site.project(issue.project_id) else { return };
        let named = |id: Option<&i64>| {
            let component = id.and_then(|id| project.components.iter().find(|it| it.id == *id));
            (component.map(|it| it.id.to_string()), component.map(|it| it.name.clone()))
        };
        let free: Vec<i64> = project
            .components
            .iter()
            .map(|it| it.id)
            .filter(|it| !issue.component_ids.contains(it))
            .collect();
        let before = named(issue.component_ids.first());
        let after =
            if free.is_empty() || self.rng.bool() { None } else { Some(free[self.rng.usize(0..free.len())]) };
        if before.0.is_none() && after.is_none() {
            return;
        }
        let to = named(after.as_ref());
        let item =
            HistoryItem::of("Component", Some("components")).before(before.0, before.1).after(to.0, to.1);
        if let Some(issue) = site.issues.get_mut(&id) {
            if !issue.component_ids.is_empty() {
                issue.component_ids.remove(0);
            }
            issue.component_ids.extend(after);
            issue.component_ids.sort_unstable();
        }
        self.record(site, id, now, vec![item]);
    }

    /// Moves an issue to another open sprint, or out of the one that it is in.
    pub(super) fn replan(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get(&id) else { return };
        let open: Vec<Arc<Sprint>> = site
            .boards
            .iter()
            .filter(|board| board.project_ids.contains(&issue.project_id))
            .flat_map(|board| &board.sprint_ids)
            .filter_map(|sprint| site.sprints.get(sprint))
            .filter(|sprint| sprint.state != "closed")
            .cloned()
            .collect();
        let before = match issue.custom.get(&SPRINT_FIELD) {
            Some(CustomValue::Sprints(sprints)) => sprints.clone(),
            _ => Vec::new(),
        };
        let mut after: Vec<Arc<Sprint>> = before.iter().filter(|it| it.state == "closed").cloned().collect();
        if !open.is_empty() && (after.len() == before.len() || self.rng.bool()) {
            after.push(Arc::clone(&open[self.rng.usize(0..open.len())]));
        }
        if before == after {
            return;
        }
        let named = |sprints: &[Arc<Sprint>]| {
            let ids: Vec<String> = sprints.iter().map(|it| it.id.to_string()).collect();
            let names: Vec<&str> = sprints.iter().map(|it| it.name.as_str()).collect();
            (Some(ids.join(", ")), Some(names.join(", ")))
        };
        let (from, to) = (named(&before), named(&after));
        let item =
            HistoryItem::of("Sprint", Some("customfield_10020")).before(from.0, from.1).after(to.0, to.1);
        if let Some(issue) = site.issues.get_mut(&id) {
            if after.is_empty() {
                issue.custom.remove(&SPRINT_FIELD);
            } else {
                issue.custom.insert(SPRINT_FIELD, CustomValue::Sprints(after));
            }
        }
        self.log.sprints_changed.push(id);
        self.record(site, id, now, vec![item]);
    }

    /// Attaches a file.
    pub(super) fn attach(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let new = site.fresh_id();
        let author = site.me().map(|me| Arc::clone(&me.account_id));
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let filename = format!("attached {new}.png");
        issue.attachments.push(Attachment {
            id: new,
            filename: filename.clone(),
            author,
            created: now,
            size: new % 10_000,
            mime_type: "image/png",
        });
        self.log.attachments_created.push(new);
        let item =
            HistoryItem::of("Attachment", Some("attachment")).after(Some(new.to_string()), Some(filename));
        self.record(site, id, now, vec![item]);
    }

    /// Takes a file off an issue.
    pub(super) fn detach(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(issue) = site.issues.get_mut(&id) else { return };
        if issue.attachments.is_empty() {
            return;
        }
        let file = issue.attachments.remove(self.rng.usize(0..issue.attachments.len()));
        self.log.attachments_deleted.push(file.id);
        let item = HistoryItem::of("Attachment", Some("attachment"))
            .before(Some(file.id.to_string()), Some(file.filename));
        self.record(site, id, now, vec![item]);
    }

    /// Links an issue with another one.
    pub(super) fn link(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let Some(other) = self.victim(site).filter(|other| *other != id) else { return };
        if site.link_types.is_empty() {
            return;
        }
        let kind = site.link_types[self.rng.usize(0..site.link_types.len())].clone();
        let new = site.fresh_id();
        let end = |id: i64| site.issues.get(&id).map(|issue| IssueRef { id, key: issue.key.clone() });
        let (Some(inward_issue), Some(outward_issue)) = (end(id), end(other)) else { return };
        let said = |reads: &str, key: &str| {
            let sentence = Some(format!("This issue {reads} {key}"));
            HistoryItem::of("Link", None).after(Some(key.to_owned()), sentence)
        };
        let items =
            [(id, said(&kind.outward, &outward_issue.key)), (other, said(&kind.inward, &inward_issue.key))];
        site.add_link(IssueLink { id: new, type_id: kind.id, outward_issue, inward_issue });
        self.log.links_created.push(new);
        for (id, item) in items {
            self.record(site, id, now, vec![item]);
        }
    }

    /// Takes a link off an issue and off the other end.
    pub(super) fn unlink(&mut self, site: &mut Site, id: i64, now: DateTime<Utc>) {
        let links: Vec<i64> = site
            .links_of(id)
            .filter(|link| !site.long_tails.contains(&link.seen_from(id).issue().id))
            .map(|link| link.id)
            .collect();
        if links.is_empty() {
            return;
        }
        let Some(link) = site.remove_link(links[self.rng.usize(0..links.len())]) else { return };
        self.log.links_deleted.push(link.id);
        let ends = [(&link.inward_issue, &link.outward_issue), (&link.outward_issue, &link.inward_issue)];
        for (own, other) in ends {
            let item = HistoryItem::of("Link", None)
                .before(Some(other.key.clone()), Some(format!("This issue was linked to {}", other.key)));
            self.record(site, own.id, now, vec![item]);
        }
    }
}
