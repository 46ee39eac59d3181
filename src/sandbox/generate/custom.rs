//! Values of custom fields: each kind on some issues, none on most.

use chrono::Days;
use serde_json::json;

use super::Generator;
use crate::sandbox::model::{CustomValue, Issue, Named, Project, ProjectStyle};

impl Generator {
    pub(super) fn customise(&mut self, issue: &mut Issue, project: &Project) {
        let option = |id: i64, name: &str| Named { id, name: name.to_owned() };
        let custom = &mut issue.custom;
        custom.insert(10_019, CustomValue::Text(format!("0|i{:05x}:", issue.id)));
        if self.chance(40) {
            let field = if project.style == ProjectStyle::NextGen { 10_026 } else { 10_016 };
            let points = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0][self.below(7)];
            custom.insert(field, CustomValue::Number(points));
        }
        if self.chance(30) {
            // Sprints are given out later. The draws stay, so that a seed goes on giving the same issues.
            let _ = (self.rng.i64(1..30), self.below(3));
        }
        let chosen = self.rng.u32(..);
        let on = |bit: u32| (chosen >> (2 * bit)).trailing_zeros() >= 2;
        if on(0) {
            custom.insert(10_030, CustomValue::Text(format!("Customer \"{}\"", issue.number % 17)));
        }
        if on(1) {
            let notes = self.rich_text(|| format!("Noted for {}", issue.id));
            custom.insert(10_031, CustomValue::RichText(notes));
        }
        if on(2) {
            let severities = [option(10_300, "Minor"), option(10_301, "Major"), option(10_302, "Blocker")];
            custom.extend(self.pick(&severities).map(|choice| (10_032, CustomValue::Choice(choice))));
        }
        if on(3) {
            let platforms = vec![option(10_310, "iOS"), option(10_311, "Android, old")];
            custom.insert(10_033, CustomValue::Choices(platforms));
        }
        if on(4) {
            let child = self.chance(60).then(|| option(10_321, "Berlin"));
            custom.insert(10_034, CustomValue::Cascade(option(10_320, "Europe"), child));
        }
        if on(5) {
            custom.insert(10_035, CustomValue::User(self.account()));
        }
        if on(6) {
            custom.insert(10_036, CustomValue::Date(issue.created.date_naive() + Days::new(30)));
        }
        if on(7) {
            custom.insert(10_037, CustomValue::DateTime(issue.created));
        }
        if on(8) {
            custom.insert(10_038, CustomValue::Labels(vec!["red".to_owned(), "say\"what\"".to_owned()]));
        }
        if on(9) {
            custom.insert(10_039, CustomValue::Text(format!("https://example.com/runbook/{}", issue.id)));
        }
        if on(10) {
            custom.insert(10_040, CustomValue::Users(vec![self.account(), self.account()]));
        }
        if on(11) {
            custom.insert(10_041, CustomValue::Number(1.0e7 + f64::from(self.rng.u32(0..1000)) / 4.0));
        }
        if on(12) {
            custom.insert(
                10_042,
                CustomValue::Json(json!({"pullRequests": {"count": issue.votes, "state": "OPEN"}})),
            );
        }
        if on(13) {
            custom.insert(10_044, CustomValue::Text(format!("Other summary {}", issue.id)));
        }
    }
}
