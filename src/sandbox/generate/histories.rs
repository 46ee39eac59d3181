//! What was changed on the issues before they came to be as they are: each field's chain of values ends
//! with the value that the issue has, and all of it happened between its creation and its last update.

use chrono::{DateTime, Utc};

use super::agile::SPRINT_FIELD;
use super::supplement::Supplement;
use crate::sandbox::catalogue;
use crate::sandbox::model::{CustomValue, History, HistoryItem, Issue, LinkEnd, Project, StatusCategory};
use crate::sandbox::text;

/// Changes of the issue with most of them: that of the second long tail.
const MOST: usize = 250;

/// A value as the changelog has it: as stored, and for people.
type Side = (Option<String>, Option<String>);

/// A change that has no number and author yet.
type Change = (DateTime<Utc>, HistoryItem);

impl Supplement {
    pub(super) fn histories(&mut self) {
        let tails = self.site.long_tails.clone();
        let mut id = 100_000;
        self.each_issue(|it, issue, project| {
            // One of the issues with very many comments was never changed.
            if tails.get(3) == Some(&issue.id) {
                return;
            }
            let mut changes = it.changes(issue, project);
            if tails.get(1) == Some(&issue.id) {
                it.ranked(issue, &mut changes);
            }
            changes.sort_by_key(|(at, _)| *at);
            let mut histories: Vec<History> = Vec::new();
            for (at, item) in changes {
                match histories.last_mut() {
                    Some(last)
                        if last.created == at && last.items.iter().all(|it| it.field != item.field) =>
                    {
                        last.items.push(item);
                    }
                    _ => {
                        id += it.rng.i64(1..4);
                        let author = (!it.chance(5)).then(|| it.account());
                        histories.push(History { id, author, created: at, items: vec![item] });
                    }
                }
            }
            issue.histories = histories;
        });
    }

    /// Fills up to the largest number of changes.
    fn ranked(&mut self, issue: &Issue, changes: &mut Vec<Change>) {
        let mut at: Vec<DateTime<Utc>> = changes.iter().map(|(at, _)| *at).collect();
        at.sort_unstable();
        at.dedup();
        let rank = HistoryItem::of("Rank", Some("customfield_10019"))
            .before(Some(String::new()), Some(String::new()))
            .after(Some(String::new()), Some("Ranked higher".to_owned()));
        while at.len() < MOST {
            let moment = self.between(issue.created, issue.updated);
            if !at.contains(&moment) {
                at.push(moment);
                changes.push((moment, rank.clone()));
            }
        }
    }

    fn changes(&mut self, issue: &Issue, project: &Project) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.chance(10) {
            return changes;
        }
        self.statuses(issue, project, &mut changes);
        let text = |text: &str| (None, Some(text.to_owned()));
        if self.chance(35) {
            let mut sides = vec![(None, None)];
            if self.chance(40) {
                let account = self.account();
                sides.push(self.person(Some(&account)));
            }
            sides.push(self.person(issue.assignee.as_deref()));
            self.chain(issue, &HistoryItem::of("assignee", Some("assignee")), &sides, &mut changes);
        }
        if self.chance(15) {
            let first = format!("{} {}", text::VERBS[self.below(12)], text::THINGS[self.below(16)]);
            let mut sides = vec![text(&first), text(&issue.summary)];
            if self.chance(30) {
                sides.insert(1, text(&format!("{first}?")));
            }
            self.chain(issue, &HistoryItem::of("summary", Some("summary")), &sides, &mut changes);
        }
        if self.chance(15) && !issue.labels.is_empty() {
            let fewer = issue.labels[1..].join(" ");
            let sides = [text(&fewer), text(&issue.labels.join(" "))];
            self.chain(issue, &HistoryItem::of("labels", Some("labels")), &sides, &mut changes);
        }
        if self.chance(4)
            && let Some(description) = &issue.description
        {
            let long = "An older and longer description.\r\n".repeat(200);
            let sides = [(None, None), text(&long), text(&description.to_wiki())];
            self.chain(issue, &HistoryItem::of("description", Some("description")), &sides, &mut changes);
        }
        if self.chance(40) {
            for id in issue.fix_version_ids.iter().take(2) {
                let name = project.versions.iter().find(|it| it.id == *id).map(|it| it.name.clone());
                let sides = [(None, None), (Some(id.to_string()), name)];
                self.chain(issue, &HistoryItem::of("Fix Version", Some("fixVersions")), &sides, &mut changes);
            }
        }
        self.custom_changes(issue, &mut changes);
        self.related_changes(issue, &mut changes);
        changes
    }

    /// From the first status of the workflow to that of the issue; what is done was resolved by the same change.
    fn statuses(&mut self, issue: &Issue, project: &Project, changes: &mut Vec<Change>) {
        let workflow = catalogue::workflow(project);
        let mut path = vec![workflow[0]];
        for _ in 0..[0, 0, 1, 1, 3][self.below(5)] {
            let next = workflow[self.below(workflow.len())];
            if path.last() != Some(&next) {
                path.push(next);
            }
        }
        if path.last() != Some(&issue.status_id) {
            path.push(issue.status_id);
        }
        let side = |id: &i64| (Some(id.to_string()), self.site.status(*id).map(|it| it.name.clone()));
        let sides: Vec<Side> = path.iter().map(side).collect();
        if sides.len() < 2 {
            return;
        }
        let done = self.site.status(issue.status_id).is_some_and(|it| it.category == StatusCategory::Done);
        let last = issue.resolution_date.filter(|_| done);
        let mut at: Vec<DateTime<Utc>> =
            (1..sides.len()).map(|_| self.between(issue.created, last.unwrap_or(issue.updated))).collect();
        at.sort_unstable();
        if let (Some(end), Some(last)) = (at.last_mut(), last) {
            *end = last;
        }
        push(&HistoryItem::of("status", Some("status")), &sides, &at, changes);
        let resolution = self.site.resolutions.iter().find(|it| Some(it.id) == issue.resolution_id);
        if let (Some(resolution), Some(last)) = (resolution, last) {
            let item = HistoryItem::of("resolution", Some("resolution"))
                .after(Some(resolution.id.to_string()), Some(resolution.name.clone()));
            changes.push((last, item));
        }
    }

    fn custom_changes(&mut self, issue: &Issue, changes: &mut Vec<Change>) {
        if let Some(CustomValue::Sprints(sprints)) = issue.custom.get(&SPRINT_FIELD)
            && self.chance(70)
        {
            let side = |number: usize| {
                let ids: Vec<String> = sprints[..number].iter().map(|it| it.id.to_string()).collect();
                let names: Vec<&str> = sprints[..number].iter().map(|it| it.name.as_str()).collect();
                (Some(ids.join(", ")), Some(names.join(", ")))
            };
            let sides: Vec<Side> = (0..=sprints.len()).map(side).collect();
            self.chain(issue, &HistoryItem::of("Sprint", Some("customfield_10020")), &sides, changes);
        }
        for field in ["customfield_10016", "customfield_10026"] {
            let value = field
                .trim_start_matches("customfield_")
                .parse()
                .ok()
                .and_then(|id: i64| issue.custom.get(&id));
            if let Some(CustomValue::Number(points)) = value
                && self.chance(30)
            {
                let sides = [(None, None), (None, Some(points.to_string()))];
                self.chain(issue, &HistoryItem::of("Story Points", Some(field)), &sides, changes);
            }
        }
        if self.chance(3) {
            // The field is gone, and its id with it.
            let item = HistoryItem { field_type: "custom", ..HistoryItem::of("Old estimate", None) };
            let sides = [(None, Some("3".to_owned())), (None, None)];
            self.chain(issue, &item, &sides, changes);
        }
    }

    fn related_changes(&mut self, issue: &Issue, changes: &mut Vec<Change>) {
        let ends: Vec<(String, String)> = self
            .site
            .links_of(issue.id)
            .filter_map(|link| {
                let kind = self.site.link_type(link.type_id)?;
                let end = link.seen_from(issue.id);
                let reads = match end {
                    LinkEnd::Outward(_) => &kind.outward,
                    LinkEnd::Inward(_) => &kind.inward,
                };
                let key = end.issue().key.clone();
                Some((format!("This issue {reads} {key}"), key))
            })
            .collect();
        for (sentence, key) in ends {
            if self.chance(60) {
                let sides = [(None, None), (Some(key), Some(sentence))];
                self.chain(issue, &HistoryItem::of("Link", None), &sides, changes);
            }
        }
        for file in &issue.attachments {
            let item = HistoryItem::of("Attachment", Some("attachment"))
                .after(Some(file.id.to_string()), Some(file.filename.clone()));
            changes.push((file.created, item));
        }
    }

    fn person(&self, account: Option<&str>) -> Side {
        let user = account.and_then(|id| self.site.user(id));
        (user.map(|user| user.account_id.to_string()), user.map(|user| user.display_name.clone()))
    }

    /// One change between each two neighbours, at random moments in order.
    fn chain(&mut self, issue: &Issue, item: &HistoryItem, sides: &[Side], changes: &mut Vec<Change>) {
        let mut at: Vec<DateTime<Utc>> =
            (1..sides.len()).map(|_| self.between(issue.created, issue.updated)).collect();
        at.sort_unstable();
        push(item, sides, &at, changes);
    }
}

fn push(item: &HistoryItem, sides: &[Side], at: &[DateTime<Utc>], changes: &mut Vec<Change>) {
    for (pair, at) in sides.windows(2).zip(at) {
        if pair[0] != pair[1] {
            let (before, after) = (pair[0].clone(), pair[1].clone());
            changes.push((*at, item.clone().before(before.0, before.1).after(after.0, after.1)));
        }
    }
}
