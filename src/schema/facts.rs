//! What a table says of itself to people and to the system tables: how its access paths read, which columns a query
//! must give, and which columns hold another table's key.

use super::model::{AccessPath, KeySource, Reference, Source, Table};

impl Table {
    /// The names of these columns.
    pub fn names_of<'a>(&'a self, columns: &'a [usize]) -> impl Iterator<Item = &'a str> {
        columns.iter().map(|c| self.columns[*c].name.as_str())
    }

    /// How a path is asked: `GET /rest/api/3/project/search by Key`, where its keys come from otherwise, and where it is
    /// if not wherever the table is.
    pub fn request_of(&self, path: &AccessPath) -> String {
        let only: Vec<_> = path.deployments.iter().map(ToString::to_string).collect();
        let asked = self.asked_of(path);
        match self.deployments.iter().all(|d| path.deployments.contains(d)) {
            true => asked,
            false => format!("{asked} (on {})", only.join(", ")),
        }
    }

    fn asked_of(&self, path: &AccessPath) -> String {
        let Some(needs) = &path.needs else { return format!("{} {}", path.method, path.address) };
        let columns = match needs.columns.as_slice() {
            [] => needs.name.clone(),
            columns => self.names_of(columns).collect::<Vec<_>>().join(" or "),
        };
        let along: Vec<&str> = needs.with.iter().map(|c| c.name.as_str()).collect();
        let along = if along.is_empty() { String::new() } else { format!(" and {}", along.join(" and ")) };
        let from = match &needs.keys {
            None => String::new(),
            Some(KeySource::Path(i)) => format!(", else from `{}`", self.paths[*i].name),
            Some(KeySource::Table { table, column, .. }) => format!(", else from {table}.{column}"),
        };
        format!("{} {} by {columns}{along}{from}", path.method, path.address)
    }

    /// The columns that a query must compare by `=` or `IN`, because no path can do without; none where one can. One of
    /// them will do, except for those that go along with a key: see [`Table::needed`].
    pub fn required(&self) -> Vec<usize> {
        let mut required = vec![];
        for path in self.paths.iter().filter(|p| !p.candidates) {
            match &path.needs {
                Some(needs) if needs.keys.is_none() => required.extend(needs.all_columns()),
                _ => return vec![],
            }
        }
        required.sort_unstable();
        required.dedup();
        required
    }

    /// What a query must compare, in words: `` `TabId = …` and `ScreenId = …` ``; nothing where it need not.
    pub fn needed(&self) -> Option<String> {
        let mut ways: Vec<String> = vec![];
        for path in self.paths.iter().filter(|p| !p.candidates) {
            let needs = path.needs.as_ref().filter(|n| n.keys.is_none())?;
            for column in &needs.columns {
                let together = std::iter::once(*column).chain(needs.with.iter().map(|c| c.column));
                let names: Vec<String> =
                    together.map(|c| format!("`{} = …`", self.columns[c].name)).collect();
                ways.push(names.join(" and "));
            }
        }
        ways.dedup();
        (!ways.is_empty()).then(|| ways.join(" or "))
    }

    /// The other table's key that this column's values are. A column that others are looked up by is one without
    /// saying so; the name of the key is then the other file's to say, by `key_of`.
    pub fn reference(&self, column: usize, key_of: impl Fn(&str) -> Option<String>) -> Option<Reference> {
        if let Some(declared) = &self.columns[column].references {
            return Some(declared.clone());
        }
        self.columns.iter().find_map(|c| match &c.source {
            Source::Lookup(lookup) if lookup.by == column => {
                Some(Reference { table: lookup.table.clone(), column: key_of(&lookup.table)? })
            }
            _ => None,
        })
    }
}
