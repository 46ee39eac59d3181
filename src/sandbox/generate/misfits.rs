//! Values that their field's type doesn't allow, as migrations and apps leave them behind.

use serde_json::{Value, json};

use super::supplement::Supplement;
use crate::sandbox::model::{CustomValue, Issue, Project, ProjectStyle};

impl Supplement {
    /// One misfit on this share of the issues.
    pub(super) fn misfits(&mut self, share: f64) {
        if share > 0.0 {
            self.each_issue(|it, issue, project| {
                if it.rng.f64() < share {
                    it.misfit(issue, project);
                }
            });
        }
    }

    fn misfit(&mut self, issue: &mut Issue, project: &Project) {
        let points = if project.style == ProjectStyle::NextGen { 10_026 } else { 10_016 };
        let choices: [(i64, Value); 12] = [
            (points, json!("a lot")),
            (10_041, json!({"value": 3})),
            (10_032, json!("Major")),
            (10_032, json!(17)),
            (10_034, json!("Europe")),
            (10_036, json!("soon")),
            (10_036, json!("2026-13-45")),
            (10_037, json!("yesterday at noon")),
            (10_030, json!({"name": "a text that became an object"})),
            (10_033, json!({"value": "iOS"})),
            (10_035, json!("former.user")),
            (10_038, json!("red green")),
        ];
        let (field, value) = choices[self.below(choices.len())].clone();
        issue.custom.insert(field, CustomValue::Misfit(value));
    }
}
