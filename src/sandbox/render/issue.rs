//! An issue: each of its fields as it is sent, where it was asked for and its project has it.

use serde_json::{Map, Value, json};

use super::{Renderer, Selection, duration};
use crate::sandbox::assumptions::{EmbeddedComments, EmbeddedLists};
use crate::sandbox::catalogue::PROJECT_WITHOUT_LISTS;
use crate::sandbox::model::{Field, Issue, Named, Project};

/// Fields that Data Center does not have.
pub(in crate::sandbox) const CLOUD_ONLY: [&str; 2] = ["statuscategorychangedate", "issuerestriction"];

/// Worklogs and comments inside an issue.
const EMBEDDED: usize = 20;

impl Renderer<'_> {
    /// An issue with the selected fields.
    pub(in crate::sandbox) fn issue(&self, issue: &Issue, selection: &Selection) -> Value {
        json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": self.link(&format!("issue/{}", issue.id)),
            "key": issue.key,
            "fields": self.fields(issue, selection),
        })
    }

    fn fields(&self, issue: &Issue, selection: &Selection) -> Map<String, Value> {
        let Some(project) = self.site.project(issue.project_id) else { return Map::new() };
        selection
            .fields(self.site)
            .filter(|field| !project.absent_fields.contains(&field.id.as_str()))
            .filter_map(|field| Some((field.id.clone(), self.field(issue, project, field)?)))
            .collect()
    }

    /// The value of one field; none where the project doesn't have it.
    fn field(&self, issue: &Issue, project: &Project, field: &Field) -> Option<Value> {
        if self.is_data_center() && CLOUD_ONLY.contains(&field.id.as_str()) {
            return None;
        }
        if let Some(number) = field.custom_id {
            return self.custom(issue, project, field, number);
        }
        let value = match field.id.as_str() {
            "summary" => json!(issue.summary),
            "description" => self.optional_text(issue.description.as_ref()),
            "environment" => self.optional_text(issue.environment.as_ref()),
            "issuetype" => self.type_of(issue),
            "project" => self.brief_project(project),
            "status" => self.site.status(issue.status_id).map_or(Value::Null, |status| self.status(status)),
            "priority" => self.priority_of(issue),
            "resolution" => self.resolution_of(issue),
            "resolutiondate" => json!(issue.resolution_date.map(|at| self.issue_time(at))),
            "created" => json!(self.issue_time(issue.created)),
            "updated" => json!(self.issue_time(issue.updated)),
            "lastViewed" => json!(issue.last_viewed.map(|at| self.issue_time(at))),
            "statuscategorychangedate" => json!(issue.status_category_changed.map(|at| self.issue_time(at))),
            "duedate" => json!(issue.due_date.map(|day| day.to_string())),
            "assignee" => self.account(issue.assignee.as_deref()),
            "reporter" => self.account(issue.reporter.as_deref()),
            "creator" => self.account(issue.creator.as_deref()),
            "labels" => json!(issue.labels),
            "components" => project
                .components
                .iter()
                .filter(|it| issue.component_ids.contains(&it.id))
                .map(|it| self.brief_component(it))
                .collect(),
            "versions" => self.versions(project, &issue.version_ids),
            "fixVersions" => self.versions(project, &issue.fix_version_ids),
            "parent" => self.parent(issue)?,
            "subtasks" => self.subtasks(issue),
            "issuelinks" => self.links(issue),
            "attachment" => issue.attachments.iter().map(|file| self.attachment(file)).collect(),
            "security" => {
                let level =
                    self.site.security_levels.iter().find(|it| Some(it.id) == issue.security_level_id);
                level.map_or(Value::Null, |it| {
                    let mut value = self.named("securitylevel", &Named { id: it.id, name: it.name.clone() });
                    value["description"] = json!("");
                    value
                })
            }
            "votes" => self.votes(issue),
            "watches" => self.watches(issue),
            "issuerestriction" => json!({"issuerestrictions": {}, "shouldDisplay": false}),
            "timeoriginalestimate" => json!(issue.original_estimate),
            "timeestimate" => json!(issue.remaining_estimate),
            "timespent" => json!(issue.time_spent),
            "aggregatetimeoriginalestimate" => json!(self.sum(issue, |it| it.original_estimate)),
            "aggregatetimeestimate" => json!(self.sum(issue, |it| it.remaining_estimate)),
            "aggregatetimespent" => json!(self.sum(issue, |it| it.time_spent)),
            "timetracking" => time_tracking(issue),
            "progress" => progress(issue.time_spent, issue.remaining_estimate),
            "aggregateprogress" => {
                progress(self.sum(issue, |it| it.time_spent), self.sum(issue, |it| it.remaining_estimate))
            }
            "workratio" => json!(work_ratio(issue)),
            "comment" | "worklog" if !self.embeds_lists(project) => return None,
            "comment" => self.embedded_comments(issue),
            "worklog" => self.embedded_worklogs(issue),
            _ => return None,
        };
        Some(value)
    }

    pub(super) fn versions(&self, project: &Project, ids: &[i64]) -> Value {
        project.versions.iter().filter(|it| ids.contains(&it.id)).map(|it| self.issue_version(it)).collect()
    }

    /// A parent shows even where the caller can't see it, or where it is gone.
    fn parent(&self, issue: &Issue) -> Option<Value> {
        let parent = issue.parent.as_ref()?;
        // Elsewhere an epic is the value of a custom field.
        let is_subtask = self.site.issue_type(issue.type_id).is_some_and(|it| it.hierarchy_level < 0);
        if self.is_data_center() && !is_subtask {
            return None;
        }
        let known = self.site.visible_issue(parent.id, self.caller);
        let mut value = json!({
            "id": parent.id.to_string(),
            "key": known.map_or(&parent.key, |known| &known.key),
            "self": self.link(&format!("issue/{}", parent.id)),
        });
        if let Some(known) = known {
            value["fields"] = self.related(known);
        }
        Some(value)
    }

    /// The fields of an issue that another one shows.
    pub(super) fn related(&self, issue: &Issue) -> Value {
        json!({
            "summary": issue.summary,
            "status": self.site.status(issue.status_id).map(|status| self.status(status)),
            "priority": self.priority_of(issue),
            "issuetype": self.type_of(issue),
        })
    }

    /// The sub-tasks that the caller may see.
    fn own_subtasks(&self, issue: &Issue) -> impl Iterator<Item = &Issue> {
        self.site
            .children(issue.id)
            .filter(|child| self.site.issue_type(child.type_id).is_some_and(|it| it.hierarchy_level < 0))
            .filter(|child| self.site.visible_issue(child.id, self.caller).is_some())
    }

    fn subtasks(&self, issue: &Issue) -> Value {
        self.own_subtasks(issue)
            .map(|child| {
                json!({
                    "id": child.id.to_string(),
                    "key": child.key,
                    "self": self.link(&format!("issue/{}", child.id)),
                    "fields": self.related(child),
                })
            })
            .collect()
    }

    /// The seconds of an issue and its sub-tasks together; none where none of them has any.
    fn sum(&self, issue: &Issue, seconds: impl Fn(&Issue) -> Option<i64>) -> Option<i64> {
        let children = self.own_subtasks(issue).filter_map(&seconds);
        seconds(issue).into_iter().chain(children).reduce(|left, right| left + right)
    }

    fn embeds_lists(&self, project: &Project) -> bool {
        match self.assumptions.embedded_lists {
            EmbeddedLists::Everywhere => true,
            EmbeddedLists::NotInOneProject => project.id != PROJECT_WITHOUT_LISTS,
        }
    }

    fn embedded_comments(&self, issue: &Issue) -> Value {
        let visible = issue.visible_comments(self.caller);
        let shown = match self.assumptions.embedded_comments {
            EmbeddedComments::Twenty => EMBEDDED.min(visible.len()),
            EmbeddedComments::All => visible.len(),
        };
        let comments: Vec<Value> = visible[..shown]
            .iter()
            .map(|comment| self.comment(issue.id, comment, |at| self.issue_time(at)))
            .collect();
        json!({
            "comments": comments,
            "self": self.link(&format!("issue/{}/comment", issue.id)),
            "maxResults": shown,
            "total": visible.len(),
            "startAt": 0,
        })
    }

    fn embedded_worklogs(&self, issue: &Issue) -> Value {
        let visible = issue.visible_worklogs(self.caller);
        let worklogs: Vec<Value> = visible
            .iter()
            .take(EMBEDDED)
            .map(|worklog| self.worklog(worklog, |at| self.issue_time(at)))
            .collect();
        json!({"startAt": 0, "maxResults": EMBEDDED, "total": visible.len(), "worklogs": worklogs})
    }
}

fn time_tracking(issue: &Issue) -> Value {
    let mut value = Map::new();
    for (name, seconds) in [
        ("originalEstimate", issue.original_estimate),
        ("remainingEstimate", issue.remaining_estimate),
        ("timeSpent", issue.time_spent),
    ] {
        if let Some(seconds) = seconds {
            value.insert(name.to_owned(), json!(duration(seconds)));
            value.insert(format!("{name}Seconds"), json!(seconds));
        }
    }
    Value::Object(value)
}

fn progress(spent: Option<i64>, remaining: Option<i64>) -> Value {
    let spent = spent.unwrap_or(0);
    let total = spent + remaining.unwrap_or(0);
    let mut value = json!({"progress": spent, "total": total});
    if total > 0 {
        value["percent"] = json!(spent * 100 / total);
    }
    value
}

/// Time spent in hundredths of the estimate; -1 without an estimate.
fn work_ratio(issue: &Issue) -> i64 {
    issue
        .original_estimate
        .filter(|it| *it > 0)
        .map_or(-1, |estimate| issue.time_spent.unwrap_or(0) * 100 / estimate)
}
