//! Writes the model as the JSON that Jira sends: numbers as strings where Jira has them so, `self`
//! links everywhere, fields only where they were asked for.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::assumptions::{Assumptions, EmbeddedComments, IssueOffset};
use super::model::{
    AccountState, Caller, Comment, CustomValue, Field, Issue, Named, Navigable, Privacy, Project,
    ProjectState, ProjectStyle, Restriction, RichText, Site, Status, User, Version, VersionState, Worklog,
};

/// Worklogs and comments inside an issue.
const EMBEDDED: usize = 20;

/// Which interface is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// `/rest/api/2` and `/rest/api/latest`: rich text as wiki markup.
    V2,
    /// `/rest/api/3`: rich text as documents.
    V3,
}

impl Interface {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}

/// The fields that a request asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    ids: Vec<String>,
    /// Neither fields nor anything else than `id` and `key`.
    pub(super) identity: Option<Identity>,
}

/// A selection of `id` and `key` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Id,
    Key,
}

impl Selection {
    /// Reads `fields`; `default` stands for an absent list.
    pub(super) fn new(requested: &[String], default: &str, catalogue: &[Field]) -> Self {
        let positive: Vec<&str> = requested.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        let mut names: Vec<&str> = positive.clone();
        if names.iter().all(|name| name.starts_with('-')) {
            names.insert(0, if names.is_empty() { default } else { "*all" });
        }
        let identity = names.iter().all(|name| ["id", "key", "issuekey"].contains(name)).then(|| {
            if names.contains(&"key") || names.contains(&"issuekey") { Identity::Key } else { Identity::Id }
        });
        let mut ids: Vec<String> = Vec::new();
        for field in catalogue {
            let mut wanted = false;
            for name in &names {
                if let Some(excluded) = name.strip_prefix('-') {
                    wanted &= excluded != field.id;
                } else {
                    wanted |= *name == "*all"
                        || (*name == "*navigable" && field.navigable == Navigable::Yes)
                        || *name == field.id;
                }
            }
            if wanted && field.id != "issuekey" {
                ids.push(field.id.clone());
            }
        }
        Self { ids, identity }
    }

    #[cfg(test)]
    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }
}

/// Writes JSON for one caller at one address.
#[derive(Clone)]
pub(super) struct Renderer<'a> {
    pub(super) site: &'a Site,
    /// `http://127.0.0.1:1234`, with the gateway's prefix where the request had it.
    pub(super) base: &'a str,
    pub(super) interface: Interface,
    pub(super) caller: Caller,
    pub(super) assumptions: Assumptions,
}

impl Renderer<'_> {
    /// The address of `path` in the interface that is spoken.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}/rest/api/{}/{path}", self.base, self.interface.number())
    }

    /// The caller's time zone; UTC where the caller is nobody.
    pub(super) fn zone(&self) -> Tz {
        match self.caller {
            Caller::Demo => self.site.me().and_then(|me| me.time_zone).unwrap_or(Tz::UTC),
            Caller::Anonymous => Tz::UTC,
        }
    }

    /// An instant in the caller's zone.
    pub(super) fn local_time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone()).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
    }

    /// An instant with the offset `+0000`.
    pub(super) fn utc_time(at: DateTime<Utc>) -> String {
        at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    }

    fn issue_time(&self, at: DateTime<Utc>) -> String {
        match self.assumptions.issue_offset {
            IssueOffset::Caller => self.local_time(at),
            IssueOffset::Utc => Self::utc_time(at),
        }
    }

    fn text(&self, text: &RichText) -> Value {
        match self.interface {
            Interface::V3 => text.to_adf(),
            Interface::V2 => Value::String(text.to_wiki()),
        }
    }

    fn optional_text(&self, text: Option<&RichText>) -> Value {
        text.map_or(Value::Null, |text| self.text(text))
    }

    fn avatars(&self, kind: &str, id: &str) -> Value {
        let address = |size: &str| {
            format!("{}/rest/api/2/universal_avatar/view/type/{kind}/avatar/{id}?size={size}", self.base)
        };
        json!({
            "48x48": address("large"), "24x24": address("small"),
            "16x16": address("xsmall"), "32x32": address("medium"),
        })
    }

    pub(super) fn user(&self, user: &User) -> Value {
        let encoded =
            percent_encoding::utf8_percent_encode(&user.account_id, percent_encoding::NON_ALPHANUMERIC);
        let mut value = json!({
            "self": self.link(&format!("user?accountId={encoded}")),
            "accountId": &*user.account_id,
            "accountType": user.kind.as_str(),
            "avatarUrls": self.avatars("user", "10100"),
            "displayName": user.display_name,
            "active": user.state == AccountState::Active,
        });
        if let Some(email) = &user.email {
            value["emailAddress"] = json!(email);
        }
        if let Some(zone) = user.time_zone {
            value["timeZone"] = json!(zone.name());
        }
        value
    }

    /// A user as `/users/search` and `/myself` show it, with the locale.
    pub(super) fn full_user(&self, user: &User) -> Value {
        let mut value = self.user(user);
        if let Some(locale) = &user.locale {
            value["locale"] = json!(locale);
        }
        value
    }

    fn account(&self, account: Option<&str>) -> Value {
        account.and_then(|id| self.site.user(id)).map_or(Value::Null, |user| self.user(user))
    }

    fn named(&self, kind: &str, named: &Named) -> Value {
        json!({
            "self": self.link(&format!("{kind}/{}", named.id)),
            "id": named.id.to_string(),
            "name": named.name,
        })
    }

    fn option(&self, option: &Named) -> Value {
        json!({
            "self": self.link(&format!("customFieldOption/{}", option.id)),
            "value": option.name,
            "id": option.id.to_string(),
        })
    }

    fn status(&self, status: &Status) -> Value {
        let (id, key, name) = status.category.parts();
        json!({
            "self": self.link(&format!("status/{}", status.id)),
            "description": "",
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.base),
            "name": status.name,
            "id": status.id.to_string(),
            "statusCategory": {
                "self": self.link(&format!("statuscategory/{id}")),
                "id": id,
                "key": key,
                "colorName": if key == "done" { "green" } else if key == "new" { "blue-gray" } else { "yellow" },
                "name": name,
            },
        })
    }

    fn version(&self, version: &Version) -> Value {
        let mut value = json!({
            "self": self.link(&format!("version/{}", version.id)),
            "id": version.id.to_string(),
            "description": "",
            "name": version.name,
            "archived": version.state == VersionState::Archived,
            "released": version.state != VersionState::Unreleased,
        });
        if let Some(date) = version.release_date {
            value["releaseDate"] = json!(date.to_string());
        }
        value
    }

    fn issue_type(&self, id: i64) -> Value {
        self.site.issue_type(id).map_or(Value::Null, |kind| {
            json!({
                "self": self.link(&format!("issuetype/{id}")),
                "id": id.to_string(),
                "description": "",
                "iconUrl": format!("{}/images/icons/issuetypes/{id}.png", self.base),
                "name": kind.name,
                "subtask": kind.hierarchy_level < 0,
                "avatarId": 10_300 + id % 100,
                "hierarchyLevel": kind.hierarchy_level,
            })
        })
    }

    /// A project as it shows inside an issue.
    fn brief_project(&self, project: &Project) -> Value {
        let mut value = json!({
            "self": self.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind.as_str(),
            "simplified": project.style == ProjectStyle::NextGen,
            "avatarUrls": self.avatars("project", "10400"),
        });
        if let Some(category) = &project.category {
            value["projectCategory"] = self.category(category);
        }
        value
    }

    fn category(&self, category: &Named) -> Value {
        let mut value = self.named("projectCategory", category);
        value["description"] = json!("");
        value
    }

    /// A project as `project/search` shows it; `expand` brings description, lead and more.
    pub(super) fn project(&self, project: &Project, expand: &[&str]) -> Value {
        let mut value = self.brief_project(project);
        value["expand"] = json!("description,lead,issueTypes,url,projectKeys,permissions,insight");
        value["style"] = json!(match project.style {
            ProjectStyle::Classic => "classic",
            ProjectStyle::NextGen => "next-gen",
        });
        value["isPrivate"] = json!(project.privacy == Privacy::Private);
        value["properties"] = json!({});
        value["entityId"] = json!(format!("e1f6a7d0-0000-4000-8000-{:012}", project.id));
        value["uuid"] = value["entityId"].clone();
        if project.state == ProjectState::Archived {
            value["archived"] = json!(true);
        }
        if expand.contains(&"description") {
            value["description"] = json!(project.description.clone().unwrap_or_default());
        }
        if expand.contains(&"lead")
            && let Some(lead) = &project.lead
        {
            value["lead"] = self.account(Some(lead));
        }
        if expand.contains(&"issueTypes") {
            value["issueTypes"] = self.site.issue_types.iter().map(|kind| self.issue_type(kind.id)).collect();
        }
        if expand.contains(&"projectKeys") {
            value["projectKeys"] = json!([project.key]);
        }
        if expand.contains(&"insight") {
            let own: Vec<&Issue> =
                self.site.issues.values().filter(|issue| issue.project_id == project.id).collect();
            let mut insight = json!({"totalIssueCount": own.len()});
            if let Some(last) = own.iter().map(|issue| issue.updated).max() {
                insight["lastIssueUpdateTime"] = json!(self.local_time(last));
            }
            value["insight"] = insight;
        }
        value
    }

    /// A project as `project/{idOrKey}` shows it: everything that needs no asking.
    pub(super) fn whole_project(&self, project: &Project, expand: &[&str]) -> Value {
        let expand: Vec<&str> = expand.iter().copied().chain(["description", "lead", "issueTypes"]).collect();
        let mut value = self.project(project, &expand);
        value["components"] = project
            .components
            .iter()
            .map(|it| {
                let mut component = self.named("component", &Named { id: it.id, name: it.name.clone() });
                if let Some(description) = &it.description {
                    component["description"] = json!(description);
                }
                component
            })
            .collect();
        value["versions"] = project.versions.iter().map(|it| self.version(it)).collect();
        value["assigneeType"] = json!("UNASSIGNED");
        value["roles"] = json!({});
        value
    }

    fn restriction(restriction: &Restriction) -> Value {
        json!({
            "type": restriction.kind,
            "value": restriction.value,
            "identifier": restriction.identifier,
        })
    }

    /// A comment; `time` writes its instants.
    pub(super) fn comment(
        &self,
        issue: i64,
        comment: &Comment,
        time: impl Fn(DateTime<Utc>) -> String,
    ) -> Value {
        let mut value = json!({
            "self": self.link(&format!("issue/{issue}/comment/{}", comment.id)),
            "id": comment.id.to_string(),
            "body": self.text(&comment.body),
            "created": time(comment.created),
            "updated": time(comment.updated),
            "jsdPublic": true,
        });
        if let Some(author) = &comment.author {
            value["author"] = self.account(Some(author));
        }
        if let Some(author) = &comment.update_author {
            value["updateAuthor"] = self.account(Some(author));
        }
        if let Some(restriction) = comment.restriction {
            value["visibility"] = Self::restriction(restriction);
        }
        value
    }

    /// A worklog; `time` writes its instants.
    pub(super) fn worklog(&self, worklog: &Worklog, time: impl Fn(DateTime<Utc>) -> String) -> Value {
        let mut value = json!({
            "self": self.link(&format!("issue/{}/worklog/{}", worklog.issue_id, worklog.id)),
            "author": self.account(Some(&worklog.author)),
            "updateAuthor": self.account(Some(&worklog.update_author)),
            "created": time(worklog.created),
            "updated": time(worklog.updated),
            "started": time(worklog.started),
            "timeSpent": duration(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
            "id": worklog.id.to_string(),
            "issueId": worklog.issue_id.to_string(),
        });
        if let Some(comment) = &worklog.comment {
            value["comment"] = self.text(comment);
        }
        if let Some(restriction) = worklog.restriction {
            value["visibility"] = Self::restriction(restriction);
        }
        value
    }

    /// An issue with the selected fields.
    pub(super) fn issue(&self, issue: &Issue, selection: &Selection) -> Value {
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
            .ids
            .iter()
            .filter(|id| !project.absent_fields.contains(&id.as_str()))
            .filter_map(|id| Some((id.clone(), self.field(issue, project, id)?)))
            .collect()
    }

    /// The value of one field; none where the project doesn't have it.
    fn field(&self, issue: &Issue, project: &Project, id: &str) -> Option<Value> {
        if let Some(number) = id.strip_prefix("customfield_") {
            return self.custom(issue, project, number.parse().ok()?);
        }
        let value = match id {
            "summary" => json!(issue.summary),
            "description" => self.optional_text(issue.description.as_ref()),
            "environment" => self.optional_text(issue.environment.as_ref()),
            "issuetype" => self.issue_type(issue.type_id),
            "project" => self.brief_project(project),
            "status" => self.site.status(issue.status_id).map_or(Value::Null, |status| self.status(status)),
            "priority" => self.one_of("priority", &self.site.priorities, issue.priority_id),
            "resolution" => self.one_of("resolution", &self.site.resolutions, issue.resolution_id),
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
                .map(|it| self.named("component", &Named { id: it.id, name: it.name.clone() }))
                .collect(),
            "versions" => self.versions(project, &issue.version_ids),
            "fixVersions" => self.versions(project, &issue.fix_version_ids),
            "parent" => self.parent(issue)?,
            "subtasks" => self.subtasks(issue),
            "issuelinks" | "attachment" => json!([]),
            "security" => {
                let level =
                    self.site.security_levels.iter().find(|it| Some(it.id) == issue.security_level_id);
                level.map_or(Value::Null, |it| {
                    let mut value = self.named("securitylevel", &Named { id: it.id, name: it.name.clone() });
                    value["description"] = json!("");
                    value
                })
            }
            "votes" => json!({
                "self": self.link(&format!("issue/{}/votes", issue.key)), "votes": issue.votes, "hasVoted": false,
            }),
            "watches" => json!({
                "self": self.link(&format!("issue/{}/watchers", issue.key)),
                "watchCount": issue.watches,
                "isWatching": false,
            }),
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
            "comment" => self.embedded_comments(issue),
            "worklog" => self.embedded_worklogs(issue),
            _ => return None,
        };
        Some(value)
    }

    fn one_of(&self, kind: &str, choices: &[Named], id: Option<i64>) -> Value {
        choices.iter().find(|it| Some(it.id) == id).map_or(Value::Null, |it| self.named(kind, it))
    }

    fn versions(&self, project: &Project, ids: &[i64]) -> Value {
        project.versions.iter().filter(|it| ids.contains(&it.id)).map(|it| self.version(it)).collect()
    }

    /// A parent shows even where the caller can't see it, or where it is gone.
    fn parent(&self, issue: &Issue) -> Option<Value> {
        let parent = issue.parent.as_ref()?;
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
    fn related(&self, issue: &Issue) -> Value {
        json!({
            "summary": issue.summary,
            "status": self.site.status(issue.status_id).map(|status| self.status(status)),
            "priority": self.one_of("priority", &self.site.priorities, issue.priority_id),
            "issuetype": self.issue_type(issue.type_id),
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

    fn custom(&self, issue: &Issue, project: &Project, number: i64) -> Option<Value> {
        let field = self.site.fields.iter().find(|field| field.custom_id == Some(number))?;
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
            CustomValue::Labels(labels) => json!(labels),
            CustomValue::Sprints(sprints) => sprints
                .iter()
                .map(|sprint| {
                    let mut value = json!({
                        "id": sprint.id, "name": sprint.name, "state": sprint.state,
                        "boardId": sprint.board_id, "goal": "",
                    });
                    if let (Some(start), Some(end)) = (sprint.start, sprint.end) {
                        value["startDate"] = json!(start.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
                        value["endDate"] = json!(end.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
                    }
                    value
                })
                .collect(),
            CustomValue::Json(value) => value.clone(),
        })
    }

    /// One entry of the field catalogue.
    pub(super) fn catalogue_entry(field: &Field) -> Value {
        let mut value = json!({
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "untranslatedName": field.name,
            "custom": field.custom_id.is_some(),
            "orderable": field.custom_id.is_some(),
            "navigable": field.navigable == Navigable::Yes,
            "searchable": !field.clause_names.is_empty(),
            "clauseNames": field.clause_names,
        });
        if let Some(schema) = schema(field) {
            value["schema"] = schema;
        }
        if let Some(project) = field.project_id {
            value["scope"] = json!({"type": "PROJECT", "project": {"id": project.to_string()}});
        }
        value
    }

    /// The `names` and `schema` members that `expand` brings.
    pub(super) fn names_and_schema(&self, selection: &Selection) -> (Value, Value) {
        let chosen = || self.site.fields.iter().filter(|field| selection.ids.contains(&field.id));
        let names: Map<String, Value> = chosen().map(|field| (field.id.clone(), json!(field.name))).collect();
        let schemas: Map<String, Value> =
            chosen().filter_map(|field| Some((field.id.clone(), schema(field)?))).collect();
        (Value::Object(names), Value::Object(schemas))
    }
}

fn schema(field: &Field) -> Option<Value> {
    let mut schema = json!({"type": field.kind?});
    if let Some(items) = field.items {
        schema["items"] = json!(items);
    }
    match (field.custom_id, field.custom_type) {
        (Some(number), Some(kind)) => {
            let kind = if kind.contains(':') {
                kind.to_owned()
            } else {
                format!("com.atlassian.jira.plugin.system.customfieldtypes:{kind}")
            };
            schema["custom"] = json!(kind);
            schema["customId"] = json!(number);
        }
        _ => schema["system"] = json!(field.id),
    }
    Some(schema)
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

/// `3h 20m`; a day has eight hours, a week five days.
pub(super) fn duration(seconds: i64) -> String {
    let mut left = seconds;
    let parts: Vec<String> = [("w", 144_000), ("d", 28_800), ("h", 3_600), ("m", 60)]
        .into_iter()
        .filter_map(|(unit, length)| {
            let number = left / length;
            left %= length;
            (number > 0).then(|| format!("{number}{unit}"))
        })
        .collect();
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_use_working_days() {
        assert_eq!(duration(12_000), "3h 20m");
        assert_eq!(duration(28_800 + 144_000), "1w 1d");
        assert_eq!(duration(0), "0m");
    }

    #[test]
    fn a_selection_adds_and_takes_away() {
        let fields = super::super::catalogue::fields();
        let strings = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let some = Selection::new(&strings(&["summary", "nonsense", "created"]), "id", &fields);
        assert_eq!(some.ids(), ["created", "summary"]);
        assert_eq!(some.identity, None);
        let most = Selection::new(&strings(&["*all", "-comment"]), "id", &fields);
        assert_eq!(most.ids().len(), fields.len() - 2);
        assert_eq!(Selection::new(&[], "id", &fields).identity, Some(Identity::Id));
        assert_eq!(Selection::new(&strings(&["key", "id"]), "id", &fields).identity, Some(Identity::Key));
        let navigable = Selection::new(&[], "*navigable", &fields);
        assert!(!navigable.ids().contains(&"worklog".to_owned()));
        assert!(navigable.ids().contains(&"customfield_10016".to_owned()));
    }
}
