//! `sys_catalogs`, `sys_schemas`, `sys_tables`, `sys_views` and `sys_procedures`.

use datafusion::error::Result;
use datafusion::logical_expr::TableType;
use futures::future::BoxFuture;

use super::System;
use super::rows::{Heading, Row, Value, flag, list, text};
use super::scope::{Entry, Scope, What};
use crate::schema::{COMMENT, Table};

pub(super) const CATALOG_NAME: Heading = text("CatalogName", "The connection");
pub(super) const SCHEMA_NAME: Heading = text("SchemaName", "The schema in the connection");
pub(super) const TABLE_NAME: Heading = text("TableName", "The table, as its file spells it");

pub(super) static CATALOGS: System = System {
    name: "sys_catalogs",
    about: "One connection of the session.",
    columns: &[CATALOG_NAME],
    rows: |scope| {
        let mut names = scope.catalogs.catalog_names();
        names.sort_unstable();
        ready(names.iter().map(|name| vec![name.into()]).collect())
    },
};

pub(super) static SCHEMAS: System = System {
    name: "sys_schemas",
    about: "One schema of the connection.",
    columns: &[CATALOG_NAME, SCHEMA_NAME],
    rows: |scope| {
        ready(scope.schemas().into_iter().map(|name| vec![(&scope.connection).into(), name.into()]).collect())
    },
};

pub(super) static TABLES: System = System {
    name: "sys_tables",
    about: "One table or view of the connection, system tables included.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        TABLE_NAME,
        text("TableType", "TABLE, VIEW, or SYSTEM TABLE"),
        text("Description", "What one row is; of a view, the question that it answers").also("RowGrain"),
        flag("IsUpdateable", "Can rows be written? Connections only read, so far"),
        list("KeyColumns", "The columns that identify a row: unique and never NULL"),
        list(
            "RequiredColumns",
            "The columns that must be compared by = or IN; none where the table can be read whole",
        ),
        list("AccessPaths", "The ways in which rows are read over REST, the plainest first"),
        list("Aliases", "Other names that mean the table"),
        text("Permission", "What the account needs in order to see rows"),
        list("OAuthScopes", "The scopes that a token needs"),
        text("Documentation", "The address of the service's page about it"),
        list("Deployments", "Where the table exists: cloud, data_center (Data Center and Server), or both"),
    ],
    rows: |scope| {
        Box::pin(async move { Ok(scope.tables().await?.iter().map(|e| table(scope, e)).collect()) })
    },
};

pub(super) static VIEWS: System = System {
    name: "sys_views",
    about: "One view of the connection.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        text("TableName", "The view, as it was spelled when it was made").also("ViewName"),
        text("TableType", "VIEW"),
        text("Description", "The question that it answers, where the view says it"),
        flag("IsUpdateable", "Can rows be written? Never"),
        text("Definition", "The view's file, or the statement that made it"),
    ],
    rows: |scope| Box::pin(views(scope)),
};

pub(super) static PROCEDURES: System = System {
    name: "sys_procedures",
    about: "One stored procedure. There are none: what changes a site is no part of a SELECT.",
    columns: &[
        CATALOG_NAME,
        SCHEMA_NAME,
        text("ProcedureName", "The procedure"),
        text("Description", "What it does"),
        text("ProcedureType", "PROCEDURE or FUNCTION"),
    ],
    rows: |_| ready(vec![]),
};

/// Rows that are known at once.
pub(super) fn ready(rows: Vec<Row>) -> BoxFuture<'static, Result<Vec<Row>>> {
    Box::pin(std::future::ready(Ok(rows)))
}

/// The three columns that name a table.
pub(super) fn place(scope: &Scope, entry: &Entry) -> Row {
    vec![(&scope.connection).into(), (&entry.schema).into(), (&entry.name).into()]
}

fn table(scope: &Scope, entry: &Entry) -> Row {
    let mut row = place(scope, entry);
    match &entry.what {
        What::File(table) => {
            row.extend(["TABLE".into(), (&table.about).into(), false.into()]);
            row.extend(facts(table));
        }
        What::System(system) => {
            row.extend(["SYSTEM TABLE".into(), system.about.into(), false.into()]);
            row.extend(no_facts());
        }
        What::View(view) => {
            row.extend(["VIEW".into(), view.question().into(), false.into()]);
            row.extend(no_facts());
        }
        What::Made(made) => {
            let kind = match made.table_type() {
                TableType::Base => "TABLE",
                TableType::View => "VIEW",
                TableType::Temporary => "LOCAL TEMPORARY",
            };
            row.extend([kind.into(), made.schema().metadata().get(COMMENT).into(), false.into()]);
            row.extend(no_facts());
        }
    }
    row
}

/// What only a table file says, in the order of the columns.
fn facts(table: &Table) -> [Value; 8] {
    let names = |columns: &[usize]| table.names_of(columns).map(str::to_owned).collect::<Vec<_>>();
    let paths = table.paths.iter().filter(|p| !p.candidates);
    [
        names(&table.key).into(),
        names(&table.required()).into(),
        paths.map(|p| format!("{}: {}", p.name, table.request_of(p))).collect::<Vec<_>>().into(),
        table.aliases.clone().into(),
        (&table.permission).into(),
        table.scopes.clone().into(),
        (&table.documentation).into(),
        table.deployments.iter().map(|d| d.word().to_owned()).collect::<Vec<_>>().into(),
    ]
}

fn no_facts() -> [Value; 8] {
    std::array::from_fn(|_| Value::Null)
}

async fn views(scope: &Scope) -> Result<Vec<Row>> {
    let mut rows = vec![];
    for entry in scope.tables().await? {
        let (about, definition) = match &entry.what {
            What::View(view) => (view.question().into(), (&*view.sql).into()),
            What::Made(made) if made.table_type() == TableType::View => {
                (made.schema().metadata().get(COMMENT).into(), made.get_table_definition().into())
            }
            _ => continue,
        };
        let mut row = place(scope, &entry);
        row.extend(["VIEW".into(), about, false.into(), definition]);
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::catalog::{
        CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
        MemorySchemaProvider, SchemaProvider,
    };
    use datafusion::datasource::ViewTable;
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::logical_expr::LogicalPlanBuilder;

    use super::*;
    use crate::connection::Connection;
    use crate::scan::{CustomTables, Environment, Sites};

    /// A connection with a table and a view that a session made, and the table `Worklogs` of a file.
    fn scope() -> Scope {
        let connection: Connection = "URL=http://127.0.0.1:1;APIToken=t".parse().unwrap();
        let mut sites = Sites::default();
        sites.add(connection.into()).unwrap();
        let env = Environment {
            library: Arc::new(crate::schema::Library::built_in()),
            sites,
            report: Arc::default(),
            custom: CustomTables::default(),
            cache: None,
        };
        let schema = MemorySchemaProvider::new();
        let columns = Schema::new(vec![Field::new("Note", DataType::Utf8View, true)]);
        let table = Arc::new(EmptyTable::new(Arc::new(columns)));
        let plan = LogicalPlanBuilder::empty(true).build().unwrap();
        let view = ViewTable::new(plan, Some("CREATE VIEW Mine AS SELECT 1".to_owned()));
        schema.register_table("Notes".to_owned(), Arc::clone(&table) as _).unwrap();
        schema.register_table("Worklogs".to_owned(), table).unwrap();
        schema.register_table("Mine".to_owned(), Arc::new(view)).unwrap();
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema("public", Arc::new(schema)).unwrap();
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog("jira".to_owned(), Arc::new(catalog));
        Scope { env: Arc::new(env), connection: "jira".to_owned(), catalogs: Arc::new(catalogs), only: None }
    }

    #[tokio::test]
    async fn views_and_tables_that_the_session_made_are_listed_as_such() {
        let scope = scope();
        let rows = (TABLES.rows)(&scope).await.unwrap();
        let kinds: Vec<_> = rows.iter().map(|row| (row[2].clone(), row[3].clone())).collect();
        let expected = [("Mine", "VIEW"), ("Notes", "TABLE"), ("Worklogs", "TABLE")];
        assert_eq!(kinds, expected.map(|(name, kind)| (name.into(), kind.into())));
        // Only a file says what the rows are.
        assert_eq!([&rows[1][4], &rows[1][6]], [&Value::Null; 2]);
        assert_eq!(rows[2][6], Value::List(vec!["Id".to_owned()]));

        let views = (VIEWS.rows)(&scope).await.unwrap();
        let definition: Value = "CREATE VIEW Mine AS SELECT 1".into();
        assert_eq!(views.len(), 1);
        assert_eq!([&views[0][2], &views[0][6]], [&"Mine".into(), &definition]);

        let scope = Scope { only: Some(["Notes".to_owned()].into()), ..scope };
        let columns = (super::super::columns::TABLE_COLUMNS.rows)(&scope).await.unwrap();
        assert_eq!(columns.len(), 1);
        assert_eq!([&columns[0][3], &columns[0][4]], [&"Note".into(), &"VARCHAR".into()]);
    }
}
