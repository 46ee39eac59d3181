//! Boards and sprints.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Renderer;
use crate::sandbox::model::{
    Board, BoardColumn, BoardKind, BoardLocation, CustomValue, Issue, Privacy, Sprint,
};

impl Renderer<'_> {
    /// The address of `path` in the interface of boards.
    pub(in crate::sandbox) fn agile_link(&self, path: &str) -> String {
        format!("{}/rest/agile/1.0/{path}", self.base)
    }

    /// A board. A private one has neither name nor type.
    pub(in crate::sandbox) fn board(&self, board: &Board) -> Value {
        let mut value = json!({"id": board.id, "self": self.agile_link(&format!("board/{}", board.id))});
        if board.privacy == Privacy::Private {
            value["isPrivate"] = json!(true);
            return value;
        }
        value["name"] = json!(board.name);
        value["type"] = json!(board.kind.as_str());
        value["isPrivate"] = json!(false);
        match &board.location {
            Some(BoardLocation::Project(id)) => {
                if let Some(project) = self.site.project(*id) {
                    let name = format!("{} ({})", project.name, project.key);
                    value["location"] = json!({
                        "projectId": id,
                        "displayName": name,
                        "projectName": project.name,
                        "projectKey": project.key,
                        "projectTypeKey": project.kind.as_str(),
                        "avatarURI": format!("{}/rest/api/2/universal_avatar/view/type/project/avatar/10400", self.base),
                        "name": name,
                    });
                }
            }
            Some(BoardLocation::User(account)) => {
                let name = self.site.user(account).map_or("", |user| &user.display_name);
                value["location"] = json!({"userAccountId": &**account, "displayName": name, "name": name});
            }
            None => {}
        }
        value
    }

    /// Columns, estimation and ranking of a board.
    pub(in crate::sandbox) fn board_configuration(&self, board: &Board) -> Value {
        let column = |column: &BoardColumn| {
            let statuses: Vec<Value> = column
                .status_ids
                .iter()
                .map(|id| json!({"id": id.to_string(), "self": self.link(&format!("status/{id}"))}))
                .collect();
            let mut value = json!({"name": column.name, "statuses": statuses});
            for (name, limit) in [("min", column.limits.0), ("max", column.limits.1)] {
                if let Some(limit) = limit {
                    value[name] = json!(limit);
                }
            }
            value
        };
        let columns: Vec<Value> = board.columns.iter().map(column).collect();
        let filter = 20_000 + board.id;
        let mut value = json!({
            "id": board.id,
            "name": board.name,
            "type": board.kind.as_str(),
            "self": self.agile_link(&format!("board/{}/configuration", board.id)),
            "filter": {"id": filter.to_string(), "self": self.link(&format!("filter/{filter}"))},
            "columnConfig": {"columns": columns, "constraintType": "issueCount"},
            "ranking": {"rankCustomFieldId": 10_019},
        });
        match &board.location {
            Some(BoardLocation::Project(id)) => {
                if let Some(project) = self.site.project(*id) {
                    value["location"] = json!({
                        "type": "project", "key": project.key, "id": id.to_string(), "name": project.name,
                        "self": self.link(&format!("project/{id}")),
                    });
                }
            }
            Some(BoardLocation::User(account)) => {
                value["location"] = json!({"type": "user", "id": &**account});
            }
            None => {}
        }
        match board.kind {
            BoardKind::Kanban => {
                value["subQuery"] =
                    json!({"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"});
            }
            BoardKind::Scrum | BoardKind::Simple => {
                let field =
                    if board.kind == BoardKind::Simple { "customfield_10026" } else { "customfield_10016" };
                value["estimation"] = json!({
                    "type": "field", "field": {"fieldId": field, "displayName": "Story Points"},
                });
            }
        }
        value
    }

    /// A sprint as the endpoints of boards and sprints tell it.
    pub(in crate::sandbox) fn sprint(&self, sprint: &Sprint) -> Value {
        let mut value = json!({
            "id": sprint.id,
            "self": self.agile_link(&format!("sprint/{}", sprint.id)),
            "state": sprint.state,
            "name": sprint.name,
            "originBoardId": sprint.board_id,
        });
        let time = |at: DateTime<Utc>| {
            json!(at.with_timezone(&self.zone()).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
        };
        for (name, at) in
            [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.complete)]
        {
            if let Some(at) = at {
                value[name] = time(at);
            }
        }
        if let Some(goal) = &sprint.goal {
            value["goal"] = json!(goal);
        }
        value
    }

    /// The fields that issues have at the endpoints of boards only.
    pub(in crate::sandbox) fn agile_field(&self, issue: &Issue, name: &str) -> Value {
        let sprints: Vec<&Sprint> = issue
            .custom
            .values()
            .filter_map(|value| match value {
                CustomValue::Sprints(sprints) => Some(sprints),
                _ => None,
            })
            .flatten()
            .map(|sprint| &**sprint)
            .collect();
        match name {
            "sprint" => sprints
                .iter()
                .find(|it| it.state != "closed")
                .map_or(Value::Null, |sprint| self.sprint(sprint)),
            "closedSprints" => {
                sprints.iter().filter(|it| it.state == "closed").map(|it| self.sprint(it)).collect()
            }
            "flagged" => json!(false),
            _ => {
                let epic = issue.parent.as_ref().and_then(|it| self.site.visible_issue(it.id, self.caller));
                epic.filter(|it| self.site.issue_type(it.type_id).is_some_and(|it| it.hierarchy_level == 1))
                    .map_or(Value::Null, |epic| self.epic(epic))
            }
        }
    }
}
