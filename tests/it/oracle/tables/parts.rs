//! What projects are divided into. Parts of archived projects can be read, those of hidden ones can't.

use chrono::NaiveDate;
use jirrow::sandbox::model::{AssigneeType, Component, Project, Version, VersionState};

use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, boolean, date, int, text};

use Type::{Bool, Date, Int, Text};

pub(crate) static PROJECT_COMPONENTS: Table = Table {
    name: "ProjectComponents",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("ProjectId", Int),
        ("ProjectKey", Text),
        ("Name", Text),
        ("Description", Text),
        ("LeadAccountId", Text),
        ("LeadDisplayName", Text),
        ("AssigneeType", Text),
        ("AssigneeAccountId", Text),
        ("AssigneeDisplayName", Text),
        ("RealAssigneeType", Text),
        ("RealAssigneeAccountId", Text),
        ("RealAssigneeDisplayName", Text),
        ("IsAssigneeTypeValid", Bool),
    ],
    empty: &[],
    expected: Expected::Always(components),
};

pub(crate) static PROJECT_VERSIONS: Table = Table {
    name: "ProjectVersions",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("ProjectId", Int),
        ("Name", Text),
        ("Description", Text),
        ("Released", Bool),
        ("Archived", Bool),
        ("Overdue", Bool),
        ("StartDate", Date),
        ("ReleaseDate", Date),
    ],
    empty: &[],
    expected: Expected::Always(versions),
};

fn component(site: Seen<'_>, project: &Project, component: &Component) -> Row {
    let lead = site.person(component.lead.as_deref());
    let (kind, lead_to_follow) = match component.assignee_type {
        AssigneeType::ProjectDefault => ("PROJECT_DEFAULT", None),
        AssigneeType::Unassigned => ("UNASSIGNED", None),
        AssigneeType::ComponentLead => ("COMPONENT_LEAD", Some(&component.lead)),
        AssigneeType::ProjectLead => ("PROJECT_LEAD", Some(&project.lead)),
    };
    let assignee = site.person(lead_to_follow.and_then(|it| it.as_deref()));
    let nobody = assignee.0.is_none();
    Row::from([
        ("Id", int(component.id)),
        ("ProjectId", int(project.id)),
        ("ProjectKey", text(&*project.key)),
        ("Name", text(&*component.name)),
        ("Description", text(component.description.as_deref())),
        ("LeadAccountId", text(lead.0)),
        ("LeadDisplayName", text(lead.1)),
        ("AssigneeType", text(kind)),
        ("AssigneeAccountId", text(assignee.0)),
        ("AssigneeDisplayName", text(assignee.1)),
        ("RealAssigneeType", text(if nobody { "UNASSIGNED" } else { kind })),
        ("RealAssigneeAccountId", text(assignee.0)),
        ("RealAssigneeDisplayName", text(assignee.1)),
        ("IsAssigneeTypeValid", boolean(lead_to_follow.is_none() || !nobody)),
    ])
}

fn components(site: Seen<'_>) -> Vec<Row> {
    let rows = site
        .projects()
        .flat_map(|project| project.components.iter().map(move |it| component(site, project, it)));
    rows.collect()
}

fn version(project: &Project, version: &Version) -> Row {
    // The days of the model have gone by on every clock that a test can meet, or come in the next century.
    let today = NaiveDate::from_ymd_opt(2100, 1, 1).expect("a day");
    let (released, archived) = match version.state {
        VersionState::Unreleased => (false, false),
        VersionState::Released => (true, false),
        VersionState::Archived => (true, true),
        VersionState::Abandoned => (false, true),
    };
    let open = !released && !archived;
    Row::from([
        ("Id", int(version.id)),
        ("ProjectId", int(project.id)),
        ("Name", text(&*version.name)),
        ("Description", text(version.description.as_deref())),
        ("Released", boolean(released)),
        ("Archived", boolean(archived)),
        ("Overdue", boolean(version.release_date.filter(|_| open).map(|day| day < today))),
        ("StartDate", date(version.start_date)),
        ("ReleaseDate", date(version.release_date)),
    ])
}

fn versions(site: Seen<'_>) -> Vec<Row> {
    site.projects().flat_map(|project| project.versions.iter().map(|it| version(project, it))).collect()
}
