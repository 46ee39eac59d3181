//! What projects consist of, and what they are sorted by.

use jirrow::sandbox::model::{IssueType, Project, ProjectStyle};

use super::super::{Expected, Table, classes_of_status};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, boolean, int, text, texts};

use Type::{Address, Bool, Int, Text, TextList};

pub(super) static PROJECT_STATUSES: Table = Table {
    name: "ProjectStatuses",
    key: &["ProjectId", "IssueTypeId", "StatusId"],
    columns: &[
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("IssueTypeId", Int),
        ("IssueType", Text),
        ("Subtask", Bool),
        ("StatusId", Int),
        ("Status", Text),
        ("Description", Text),
        ("StatusCategory", Text),
    ],
    empty: &[],
    expected: Expected::Always(statuses),
};

pub(super) static PROJECT_ISSUE_TYPES: Table = Table {
    name: "ProjectIssueTypes",
    key: &["ProjectId", "IssueTypeId"],
    columns: &[
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("IssueTypeId", Int),
        ("IssueType", Text),
        ("Description", Text),
        ("Subtask", Bool),
        ("HierarchyLevel", Int),
    ],
    empty: &[],
    expected: Expected::Always(issue_types),
};

pub(super) static PROJECT_TYPES: Table = Table {
    name: "ProjectTypes",
    key: &["Key"],
    columns: &[("Key", Text), ("Name", Text), ("DescriptionKey", Text), ("Color", Text)],
    empty: &[],
    expected: Expected::Always(|_| {
        let row = |key: &str, name, description, color| {
            Row::from([
                ("Key", text(key)),
                ("Name", text(name)),
                ("DescriptionKey", text(description)),
                ("Color", text(color)),
            ])
        };
        vec![
            row("software", "Software", "jira.project.type.software.description", "#F15C75"),
            row("service_desk", "Service Desk", "jira.project.type.service_desk.description", "#67AB49"),
            row("business", "Business", "jira.project.type.business.description", "#1D7F8A"),
            row(
                "product_discovery",
                "Product Discovery",
                "jira.project.type.product_discovery.description",
                "#0052CC",
            ),
        ]
    }),
};

pub(super) static PROJECT_CATEGORIES: Table = Table {
    name: "ProjectCategories",
    key: &["Id"],
    columns: &[("Id", Int), ("Name", Text), ("Description", Text)],
    empty: &[],
    expected: Expected::Always(|site| {
        let rows = site.0.project_categories.iter().map(|it| {
            Row::from([
                ("Id", int(it.id)),
                ("Name", text(&*it.name)),
                ("Description", text(&*it.description)),
            ])
        });
        rows.collect()
    }),
};

pub(super) static PROJECT_FEATURES: Table = Table {
    name: "ProjectFeatures",
    key: &["ProjectId", "Feature"],
    columns: &[
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("Feature", Text),
        ("Name", Text),
        ("Description", Text),
        ("State", Text),
        ("ToggleLocked", Bool),
        ("Prerequisites", TextList),
        ("ImageUrl", Address),
    ],
    empty: &[],
    expected: Expected::Always(features),
};

/// A project's types: its own where it is team-managed, else those that belong to no project.
fn types_of<'a>(site: Seen<'a>, project: &'a Project) -> impl Iterator<Item = &'a IssueType> {
    let owner = (project.style == ProjectStyle::NextGen).then_some(project.id);
    site.0.issue_types.iter().filter(move |it| it.project_id == owner)
}

fn statuses(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for project in site.projects() {
        for kind in types_of(site, project) {
            rows.extend(project.workflow.status_ids.iter().map(|id| {
                let status = site.0.statuses.iter().find(|it| it.id == *id).expect("a status");
                let (name, category) = classes_of_status(site, *id);
                Row::from([
                    ("ProjectId", int(project.id)),
                    ("ProjectKey", text(&*project.key)),
                    ("IssueTypeId", int(kind.id)),
                    ("IssueType", text(&*kind.name)),
                    ("Subtask", boolean(kind.hierarchy_level == -1)),
                    ("StatusId", int(*id)),
                    ("Status", name),
                    ("Description", text(&*status.description)),
                    ("StatusCategory", category),
                ])
            }));
        }
    }
    rows
}

fn issue_types(site: Seen<'_>) -> Vec<Row> {
    let rows = site.projects().flat_map(|project| {
        types_of(site, project).map(|it| {
            Row::from([
                ("ProjectId", int(project.id)),
                ("ProjectKey", text(&*project.key)),
                ("IssueTypeId", int(it.id)),
                ("IssueType", text(&*it.name)),
                ("Description", text(&*it.description)),
                ("Subtask", boolean(it.hierarchy_level == -1)),
                ("HierarchyLevel", int(it.hierarchy_level)),
            ])
        })
    });
    rows.collect()
}

fn features(site: Seen<'_>) -> Vec<Row> {
    let rows = site.projects().flat_map(|project| {
        project.features.iter().map(|it| {
            Row::from([
                ("ProjectId", int(project.id)),
                ("ProjectKey", text(&*project.key)),
                ("Feature", text(it.key)),
                ("Name", text(it.name)),
                ("Description", text(it.description)),
                ("State", text(it.state)),
                ("ToggleLocked", boolean(it.is_locked)),
                ("Prerequisites", texts(it.needs)),
                ("ImageUrl", text(&*format!("/images/features/{}.svg", it.key))),
            ])
        })
    });
    rows.collect()
}
