//! The values of custom fields.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Renderer;
use crate::sandbox::model::{CustomValue, Field, GroupRef, Issue, Project, Sprint, Team};

impl Renderer<'_> {
    /// The value of a custom field; none where the project doesn't have the field.
    pub(super) fn custom(
        &self,
        issue: &Issue,
        project: &Project,
        field: &Field,
        number: i64,
    ) -> Option<Value> {
        if field.project_id.is_some_and(|owner| owner != project.id) {
            return None;
        }
        let Some(value) = issue.custom.get(&number) else {
            // Projects with few fields leave the rest out, the others say null.
            return project.absent_fields.is_empty().then_some(Value::Null);
        };
        Some(match value {
            CustomValue::Text(text) => json!(text),
            CustomValue::RichText(text) => self.text(text),
            CustomValue::Number(number) => json!(number),
            CustomValue::Date(day) => json!(day.to_string()),
            CustomValue::DateTime(at) => json!(self.issue_time(*at)),
            CustomValue::Choice(option) => self.option(option),
            CustomValue::Choices(options) => options.iter().map(|option| self.option(option)).collect(),
            CustomValue::Cascade(option, child) => {
                let mut value = self.option(option);
                if let Some(child) = child {
                    value["child"] = self.option(child);
                }
                value
            }
            CustomValue::User(account) => self.account(Some(account)),
            CustomValue::Users(accounts) => {
                accounts.iter().map(|account| self.account(Some(account))).collect()
            }
            CustomValue::Group(group) => self.group_reference(group),
            CustomValue::Groups(groups) => groups.iter().map(|group| self.group_reference(group)).collect(),
            CustomValue::Version(id) => self.versions(project, &[*id]).get(0).cloned().unwrap_or_default(),
            CustomValue::Versions(ids) => self.versions(project, ids),
            CustomValue::Project(id) => {
                self.site.project(*id).map_or(Value::Null, |project| self.brief_project(project))
            }
            CustomValue::Labels(labels) => json!(labels),
            CustomValue::Sprints(sprints) if self.is_data_center() => {
                sprints.iter().map(|sprint| self.sprint_as_text(sprint)).collect()
            }
            CustomValue::Sprints(sprints) => {
                sprints.iter().map(|sprint| sprint_of_an_issue(sprint)).collect()
            }
            CustomValue::Team(team) => team_value(team),
            CustomValue::Json(value) | CustomValue::Misfit(value) => value.clone(),
        })
    }

    fn group_reference(&self, group: &GroupRef) -> Value {
        if self.is_data_center() {
            return json!({"name": group.name, "self": self.link(&format!("group?groupname={}", group.name))});
        }
        json!({
            "name": group.name,
            "groupId": group.id,
            "self": self.link(&format!("group?groupId={}", group.id)),
        })
    }

    /// A sprint as Data Center's field has it: what Java makes of an object. Newer versions name more members.
    fn sprint_as_text(&self, sprint: &Sprint) -> Value {
        let time = |at: Option<DateTime<Utc>>| {
            at.map_or_else(
                || "<null>".to_owned(),
                |at| at.with_timezone(&self.zone()).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
            )
        };
        let (id, board, state) = (sprint.id, sprint.board_id, sprint.state.to_uppercase());
        let (name, goal) = (&sprint.name, sprint.goal.as_deref().unwrap_or(""));
        let dates = format!(
            "startDate={},endDate={},completeDate={}",
            time(sprint.start),
            time(sprint.end),
            time(sprint.complete)
        );
        let members = match id % 2 {
            0 => format!(
                "id={id},rapidViewId={board},state={state},name={name},{dates},sequence={id},goal={goal}"
            ),
            _ => format!(
                "rapidViewId={board},state={state},name={name},goal={goal},{dates},activatedDate={},sequence={id},id={id},\
                 autoStartStop=false,synced=false,incompleteIssuesDestinationId=<null>",
                time(sprint.start)
            ),
        };
        json!(format!("com.atlassian.greenhopper.service.sprint.Sprint@{:x}[{members}]", id * 7_919))
    }
}

fn team_value(team: &Team) -> Value {
    json!({
        "id": team.id,
        "name": team.name,
        "title": team.name,
        "avatarUrl": "",
        "isVisible": true,
        "isVerified": false,
        "isShared": true,
    })
}

/// A sprint as the field of an issue has it, not as the board's endpoint tells it.
fn sprint_of_an_issue(sprint: &Sprint) -> Value {
    let mut value = json!({
        "id": sprint.id, "name": sprint.name, "state": sprint.state,
        "boardId": sprint.board_id, "goal": sprint.goal.as_deref().unwrap_or(""),
    });
    for (name, at) in
        [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.complete)]
    {
        if let Some(at) = at {
            value[name] = json!(zulu(at));
        }
    }
    value
}

fn zulu(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
