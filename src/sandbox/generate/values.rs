//! Values of the custom fields that came later, and of those that a site has beside the usual ones.

use std::sync::Arc;

use chrono::Days;
use serde_json::{Value, json};

use super::supplement::Supplement;
use crate::sandbox::catalogue::{self, FIRST_MORE, MORE_KINDS};
use crate::sandbox::model::{
    CustomValue, Document, GroupRef, Issue, Named, Project, ProjectKind, ProjectStyle, Team,
};

const GROUPS: [(&str, &str); 4] = [
    ("jira-developers", "276f955c-63d7-42c8-9520-92d01dca0625"),
    ("R&D / \"core\" 100%+", "0f2c1d9e-6a51-4f5b-8d7e-7c1f0a9b3e44"),
    ("系统管理员", "1a9e8d7c-3b2a-4c5d-9e8f-6a7b8c9d0e1f"),
    ("org-admins", "9b7f2a34-58c1-4b0e-a1d2-c3e4f5a6b7c8"),
];

const TEAMS: [(&str, &str); 3] = [
    ("Ledger", "36885b3c-1bf0-4f85-a357-c5b858c31de4"),
    ("Mobile, \"night shift\"", "4c1f6f0e-9d0c-4b8e-8f3a-2d7c5b1a9e60"),
    ("Équipe données", "b1d2c3e4-f5a6-4798-8a9b-0c1d2e3f4a5b"),
];

fn option(id: i64, name: &str) -> Named {
    Named { id, name: name.to_owned() }
}

impl Supplement {
    /// Each kind on some issues of every project, none on most.
    pub(super) fn values(&mut self) {
        self.each_issue(|it, issue, project| {
            it.plain_values(issue);
            it.references(issue, project);
            it.app_values(issue, project);
        });
    }

    fn plain_values(&mut self, issue: &mut Issue) {
        let Issue { id, number, .. } = *issue;
        let mut put = |field: i64, value: CustomValue| issue.custom.insert(field, value);
        if self.chance(15) {
            put(10_046, CustomValue::Text(format!("tracker #{id}\tline {number}")));
        }
        if self.chance(15) {
            let phase =
                [(10_330, "Review"), (10_331, "Test"), (10_332, "Betrieb (Größe > 1)")][self.below(3)];
            put(10_047, CustomValue::Choice(option(phase.0, phase.1)));
        }
        if self.chance(15) {
            let all =
                [option(10_340, "Spelling"), option(10_341, "Licence, \"all\""), option(10_342, "Load")];
            let length = 1 + self.below(3);
            put(10_048, CustomValue::Choices(all[..length].to_vec()));
        }
        if self.chance(10) {
            put(10_057, CustomValue::Number([0.0, -1.5, 1e15, 0.1, 42.0][self.below(5)]));
        }
        for (field, share) in [(10_058, 12), (10_062, 5)] {
            if self.chance(share) {
                let number = f64::from(self.rng.u32(0..40)) / 2.0;
                put(field, CustomValue::Number(number));
            }
        }
        for (field, text) in [(10_059, "Leave at the door"), (10_060, "LEAVE AT THE DOOR")] {
            if self.chance(10) {
                // A text can be empty and not null.
                let text = if self.chance(10) { String::new() } else { format!("{text} {number}") };
                put(field, CustomValue::Text(text));
            }
        }
        if self.chance(8) {
            let text = ["one line", "two\r\nlines", "=1+1", " padded "][self.below(4)];
            put(10_045, CustomValue::Text(text.to_owned()));
        }
        if self.chance(8) {
            put(10_043, CustomValue::Text(format!("+49 30 {number:06}")));
        }
    }

    fn references(&mut self, issue: &mut Issue, project: &Project) {
        let group = |it: &mut Self| {
            let (name, id) = GROUPS[it.below(GROUPS.len())];
            GroupRef { id: id.to_owned(), name: name.to_owned() }
        };
        if self.chance(10) {
            let value = group(self);
            issue.custom.insert(10_049, CustomValue::Group(value));
        }
        if self.chance(10) {
            let mut groups = vec![group(self)];
            let other = group(self);
            if !groups.contains(&other) {
                groups.push(other);
            }
            issue.custom.insert(10_050, CustomValue::Groups(groups));
        }
        let versions: Vec<i64> = project.versions.iter().map(|version| version.id).collect();
        if self.chance(20)
            && let Some(version) = self.pick(&versions)
        {
            issue.custom.insert(10_051, CustomValue::Version(version));
        }
        if self.chance(20) && !versions.is_empty() {
            let length = 1 + self.below(versions.len());
            issue.custom.insert(10_052, CustomValue::Versions(versions[..length].to_vec()));
        }
        if self.chance(10) {
            let id = [10_000, 10_001, 10_002, 10_003, 10_004][self.below(5)];
            issue.custom.insert(10_053, CustomValue::Project(id));
        }
        if self.chance(15) {
            let (name, id) = TEAMS[self.below(TEAMS.len())];
            issue.custom.insert(10_054, CustomValue::Team(Team { id: id.to_owned(), name: name.to_owned() }));
        }
        if self.chance(8) {
            let (first, second) = (self.account(), self.account());
            issue.custom.insert(10_056, CustomValue::Users(vec![first, second]));
        }
        // Company-managed projects keep the epic in a field of its own too.
        if project.style == ProjectStyle::Classic
            && let Some(parent) = &issue.parent
            && self.site.issue_type(issue.type_id).is_some_and(|kind| kind.hierarchy_level == 0)
        {
            issue.custom.insert(10_014, CustomValue::Text(parent.key.clone()));
        }
    }

    fn app_values(&mut self, issue: &mut Issue, project: &Project) {
        if project.kind == ProjectKind::ServiceDesk && self.chance(60) {
            let value = self.service_level(issue);
            issue.custom.insert(10_055, CustomValue::Json(value));
        }
        if self.chance(10) {
            let value = match self.below(5) {
                0 => json!({"phase": "full", "share": 1}),
                1 => json!("waning"),
                2 => json!([0.25, null]),
                3 => json!(7),
                _ => json!(false),
            };
            issue.custom.insert(10_061, CustomValue::Json(value));
        }
        // An app may write its object as text.
        if !issue.custom.contains_key(&10_042) && self.chance(10) {
            issue.custom.insert(10_042, CustomValue::Json(json!("{}")));
        }
    }

    fn service_level(&mut self, issue: &Issue) -> Value {
        let goal: i64 = 14_400_000;
        let elapsed = self.rng.i64(0..2 * goal);
        let friendly = |milliseconds: i64| json!({"millis": milliseconds, "friendly": format!("{}m", milliseconds / 60_000)});
        let at = |milliseconds: i64| json!({"epochMillis": milliseconds});
        let start = issue.created.timestamp_millis();
        let mut value = json!({"id": "5", "name": "Time to resolution", "completedCycles": []});
        let cycle = json!({
            "startTime": at(start), "breached": elapsed > goal, "goalDuration": friendly(goal),
            "elapsedTime": friendly(elapsed), "remainingTime": friendly(goal - elapsed),
        });
        if issue.resolution_date.is_some() {
            value["completedCycles"] = json!([cycle]);
        } else {
            value["ongoingCycle"] = cycle;
            value["ongoingCycle"]["paused"] = json!(false);
        }
        value
    }

    /// More fields, each with a value on one to three issues.
    pub(super) fn more_values(&mut self, number: usize) {
        self.site.fields.extend(catalogue::more_fields(number));
        let ids: Vec<i64> = self.site.issues.keys().copied().collect();
        for (field, index) in (FIRST_MORE..).zip(0..number) {
            for _ in 0..=self.below(3) {
                let Some(id) = self.pick(&ids) else { return };
                let value = self.more_value(index, id);
                if let Some(issue) = self.site.issues.get_mut(&id) {
                    issue.custom.insert(field, value);
                }
            }
        }
    }

    fn more_value(&mut self, index: usize, id: i64) -> CustomValue {
        let created = self.site.issues.get(&id).map(|issue| issue.created).unwrap_or_default();
        let choice =
            |number: usize| option(10_400 + i64::try_from(number).unwrap_or_default(), ["Yes", "No"][number]);
        match MORE_KINDS[index % MORE_KINDS.len()].2 {
            "float" => CustomValue::Number(f64::from(self.rng.u32(0..10_000)) / 8.0),
            "textfield" => CustomValue::Text(format!("Value {index} of {id}")),
            "select" => CustomValue::Choice(choice(self.below(2))),
            "datepicker" => CustomValue::Date(created.date_naive() + Days::new(7)),
            "textarea" => {
                CustomValue::RichText(Arc::new(Document::paragraph(format!("Text {index} of {id}"))))
            }
            "labels" => CustomValue::Labels(vec![format!("label-{index}")]),
            "userpicker" => CustomValue::User(self.account()),
            "datetime" => CustomValue::DateTime(created),
            "multiselect" => CustomValue::Choices(vec![choice(0), choice(1)]),
            _ => CustomValue::Json(json!({"index": index})),
        }
    }
}
