//! The fixed parts of the generated site that hang on kinds of projects: workflows, features, categories, and the
//! columns of boards.

use super::model::{
    BoardColumn, BoardKind, Feature, ProjectCategory, ProjectKind, ProjectStyle, ProjectType, Transition,
    Workflow,
};

/// A transition: id, name, the status that it begins in, the one that it leads to, whether it has a screen and whether
/// it depends on conditions.
type Step = (i64, &'static str, Option<i64>, i64, bool, bool);

/// Every status can be reached from every other one, and from itself.
const CLASSIC: [Step; 3] = [
    (11, "To Do", None, 10_000, false, false),
    (21, "In Progress", None, 3, false, false),
    (31, "Done", None, 10_001, true, false),
];

const TEAM_MANAGED: [Step; 4] = [
    (11, "To Do", None, 10_010, false, false),
    (21, "In Progress", None, 10_011, false, false),
    (31, "Ask for a \"review\"", Some(10_011), 10_012, false, true),
    (41, "Done", None, 10_013, false, false),
];

/// Two transitions of one name, and a status out of which there is no way but one.
const SERVICE_DESK: [Step; 6] = [
    (5, "Respond to customer", Some(10_000), 10_020, true, true),
    (761, "Resolve", Some(10_020), 10_021, true, true),
    (762, "开始", Some(10_020), 10_022, false, false),
    (781, "Resolve", Some(10_022), 10_021, true, true),
    (791, "Cancel", Some(10_000), 10_021, true, false),
    (801, "Back to the start", None, 10_000, false, false),
];

/// The statuses that issues of a project of this style and kind can have.
pub(super) fn statuses(kind: ProjectKind, style: ProjectStyle) -> &'static [i64] {
    match (kind, style) {
        (ProjectKind::ServiceDesk, _) => &[10_000, 10_020, 10_022, 10_021],
        (_, ProjectStyle::NextGen) => &[10_010, 10_011, 10_012, 10_013],
        (_, ProjectStyle::Classic) => &[10_000, 3, 10_001],
    }
}

/// The workflow of a project of this style and kind.
pub(super) fn workflow(kind: ProjectKind, style: ProjectStyle) -> Workflow {
    let steps: &[Step] = match (kind, style) {
        (ProjectKind::ServiceDesk, _) => &SERVICE_DESK,
        (_, ProjectStyle::NextGen) => &TEAM_MANAGED,
        (_, ProjectStyle::Classic) => &CLASSIC,
    };
    let transitions = steps.iter().map(|&(id, name, from, to, has_screen, is_conditional)| Transition {
        id,
        name: name.to_owned(),
        from,
        to,
        has_screen,
        is_conditional,
    });
    Workflow { status_ids: statuses(kind, style).to_vec(), transitions: transitions.collect() }
}

/// The features of a project of this style and kind; business projects have none.
pub(super) fn features(kind: ProjectKind, style: ProjectStyle) -> Vec<Feature> {
    let feature = |key, name, state, is_locked, needs| Feature {
        key,
        name,
        description: if is_locked { "" } else { "Plan the \"work\",\nthen do it." },
        state,
        is_locked,
        needs,
    };
    match (kind, style) {
        (ProjectKind::Business, _) => vec![],
        (ProjectKind::ServiceDesk, _) => vec![feature("jsm.queues", "Queues", "ENABLED", true, &[])],
        (ProjectKind::Software, ProjectStyle::Classic) => vec![
            feature("jsw.classic.roadmap", "Timeline", "ENABLED", true, &[]),
            feature("jsw.classic.backlog", "Backlog", "ENABLED", true, &[]),
            feature("jsw.classic.deployments", "Deployments", "COMING_SOON", false, &[]),
        ],
        (ProjectKind::Software, ProjectStyle::NextGen) => vec![
            feature("jsw.agility.board", "Board", "ENABLED", true, &[]),
            feature("jsw.agility.backlog", "Backlog", "ENABLED", false, &[]),
            feature("jsw.agility.sprints", "Sprints", "ENABLED", false, &["jsw.agility.backlog"]),
            feature("jsw.agility.reports", "Berichte 📈", "DISABLED", false, &["jsw.agility.sprints"]),
        ],
    }
}

/// The categories; no project has the last one.
pub(super) fn project_categories() -> Vec<ProjectCategory> {
    [
        (10_000, "Products", ""),
        (10_001, "Back office", ""),
        (10_002, "Späteres \"…\"", "Nothing yet,\nbut soon"),
    ]
    .map(|(id, name, description)| ProjectCategory {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
    })
    .to_vec()
}

/// The kinds of projects; the site has none of the last one.
pub(super) fn project_types() -> Vec<ProjectType> {
    [
        ("software", "Software", "#F15C75"),
        ("service_desk", "Service Desk", "#67AB49"),
        ("business", "Business", "#1D7F8A"),
        ("product_discovery", "Product Discovery", "#0052CC"),
    ]
    .map(|(key, name, color)| ProjectType { key, name, color })
    .to_vec()
}

/// The columns of a board; a Kanban board has one more, into which nothing is sorted.
pub(super) fn columns(kind: BoardKind) -> Vec<BoardColumn> {
    let column = |name: &str, status_ids: &[i64], limits| BoardColumn {
        name: name.to_owned(),
        status_ids: status_ids.to_vec(),
        limits,
    };
    let mut columns = vec![
        column("To Do", &[10_000, 10_010], (None, None)),
        column("In Progress", &[3, 10_011, 10_012, 10_020, 10_022], (Some(2), Some(4))),
        column("Done", &[10_001, 10_013, 10_021], (None, None)),
    ];
    if kind == BoardKind::Kanban {
        columns.push(column("Done", &[], (None, Some(1))));
    }
    columns
}
