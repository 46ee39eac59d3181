//! The kinds of site that a service runs as, and what a table is on one of them: the access paths that exist there, with
//! the addresses that it has.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{AccessPath, KeySource, Table};

/// What Cloud calls its newest interface, and Data Center and Server the only one they have.
const INTERFACES: [&str; 2] = ["/rest/api/3/", "/rest/api/2/"];

/// Who runs the site.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Deployment {
    /// Jira Cloud.
    #[default]
    Cloud,
    /// Jira Data Center or Server.
    DataCenter,
}

impl Deployment {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Cloud, Self::DataCenter];

    /// The word in table files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::DataCenter => "data_center",
        }
    }

    /// An address as this deployment has it: where Cloud is asked at `/rest/api/3/`, Data Center is at `/rest/api/2/`.
    pub fn address(self, address: &str) -> String {
        let [cloud, data_center] = INTERFACES;
        match (self, address.strip_prefix(cloud)) {
            (Self::DataCenter, Some(rest)) => format!("{data_center}{rest}"),
            _ => address.to_owned(),
        }
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cloud => "Cloud",
            Self::DataCenter => "Data Center",
        })
    }
}

impl Table {
    /// Does it exist on this deployment?
    pub fn exists_on(&self, deployment: Deployment) -> bool {
        self.deployments.contains(&deployment)
    }

    /// The table as this deployment has it: only the access paths that are there, at the addresses that they have there.
    /// Its columns are the same everywhere.
    pub fn on(self: &Arc<Self>, deployment: Deployment) -> Arc<Self> {
        let here = |path: &AccessPath| path.deployments.contains(&deployment);
        if deployment == Deployment::Cloud && self.paths.iter().all(here) {
            return Arc::clone(self);
        }
        let mut table = Self::clone(self);
        // The places that the remaining paths have among one another; a path names none that is elsewhere only.
        let places: Vec<usize> =
            (0..table.paths.len()).map(|i| self.paths[..i].iter().filter(|p| here(p)).count()).collect();
        table.paths.retain(here);
        for path in &mut table.paths {
            path.move_to(deployment);
            if let Some(KeySource::Path(place)) = path.needs.as_mut().and_then(|n| n.keys.as_mut()) {
                *place = places[*place];
            }
            if let Some(complete) = &mut path.complete {
                complete.otherwise = places[complete.otherwise];
            }
        }
        if let Some(custom) = &mut table.custom_fields {
            custom.address = deployment.address(&custom.address);
            custom.deployment = deployment;
            custom.paths.retain(|i| self.paths.get(*i).is_some_and(here));
            custom.paths.iter_mut().for_each(|i| *i = places[*i]);
        }
        if let Some(rows_in) = &mut table.rows_in {
            rows_in.address = deployment.address(&rows_in.address);
        }
        Arc::new(table)
    }
}

impl AccessPath {
    fn move_to(&mut self, deployment: Deployment) {
        self.address = deployment.address(&self.address);
        self.exists = self.exists.as_ref().map(|address| deployment.address(address));
        if let Some(search) = &mut self.search {
            search.fields = search.fields.as_ref().map(|address| deployment.address(address));
        }
        if let Some(count) = &mut self.count {
            count.address = deployment.address(&count.address);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::super::{SchemaError, TableName, check};
    use super::*;

    const BOTH: &str = r#"deployments = ["cloud", "data_center"]"#;

    fn read(paths: &str) -> Result<Arc<Table>, SchemaError> {
        let text = format!(
            r#"
            about = "One thing."
            key = ["Id"]
            typical_rows = 10
            permission = "none"
            scopes = []
            documentation = ""
            [columns]
            Id = {{ type = "int64", from = "id" }}
            Name = {{ type = "text", from = "name" }}
            {paths}"#
        );
        let name = TableName { service: "jira".into(), schema: "public".into(), name: "Things".into() };
        check::table("Things.toml", name, &text).map(Arc::new)
    }

    fn path(name: &str, request: &str, more: &str) -> String {
        format!(
            "[[paths]]\nname = \"{name}\"\nabout = \"\"\nrequest = \"{request}\"\nrows = \"[]\"\n{more}\n"
        )
    }

    fn ids(source: &str) -> String {
        format!(
            "needs = {{ columns = [\"Id\"], at = \"query.id\", batch = 9 }}\nkeys = {{ path = \"{source}\" }}"
        )
    }

    #[test]
    fn a_path_is_clouds_alone_unless_it_says_more() {
        let cloud = read(&path("list", "GET /rest/api/3/thing", "")).unwrap();
        assert!(cloud.exists_on(Deployment::Cloud) && !cloud.exists_on(Deployment::DataCenter));
        assert!(Arc::ptr_eq(&cloud, &cloud.on(Deployment::Cloud)), "nothing to change");
        assert!(cloud.on(Deployment::DataCenter).paths.is_empty());
    }

    #[test]
    fn a_path_of_both_is_at_each_ones_own_address() {
        let more = format!("exists = \"/rest/api/3/thing/{{key}}\"\n{BOTH}");
        let both = read(&path("list", "GET /rest/api/3/thing", &more)).unwrap();
        let there = both.on(Deployment::DataCenter);
        assert_eq!(there.paths[0].address, "/rest/api/2/thing");
        assert_eq!(there.paths[0].exists.as_deref(), Some("/rest/api/2/thing/{key}"));
        assert_eq!(both.on(Deployment::Cloud).paths[0].address, "/rest/api/3/thing");
        let agile = Deployment::DataCenter.address("/rest/agile/1.0/board");
        assert_eq!(agile, "/rest/agile/1.0/board");
    }

    #[test]
    fn paths_that_name_one_another_still_do_where_others_are_gone() {
        let paths = [
            path("search", "GET /rest/api/3/thing/search", ""),
            path("by id", "GET /rest/api/3/thing", &format!("{}\n{BOTH}", ids("ids"))),
            path("other", "GET /rest/api/3/other", ""),
            path("ids", "GET /rest/api/3/ids", &format!("provides = [\"Id\"]\n{BOTH}")),
        ];
        let there = read(&paths.concat()).unwrap().on(Deployment::DataCenter);
        let names: Vec<&str> = there.paths.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["by id", "ids"]);
        assert_eq!(there.paths[0].needs.as_ref().unwrap().keys, Some(KeySource::Path(1)));
    }

    #[test]
    fn a_path_can_not_go_on_with_one_that_is_elsewhere() {
        let paths = [
            path("by id", "GET /rest/api/3/thing", &format!("{}\n{BOTH}", ids("ids"))),
            path("ids", "GET /rest/api/3/ids", "provides = [\"Id\"]"),
        ];
        let error = read(&paths.concat()).unwrap_err();
        assert_eq!(
            error.message,
            "path `by id` is there on data_center, where path `ids`, which it goes on with, is not"
        );
        let none = read(&path("list", "GET /rest/api/3/thing", "deployments = []")).unwrap_err();
        assert_eq!(none.message, "`deployments` is empty; name `cloud`, `data_center`, or both");
    }
}
