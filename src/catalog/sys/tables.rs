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
        text("Description", "What one row is").also("RowGrain"),
        flag("IsUpdateable", "Can rows be written? Connections only read, so far"),
        list("KeyColumns", "The columns that identify a row: unique and never NULL"),
        list(
            "RequiredColumns",
            "The columns one of which must be compared by = or IN; none where the table can be read whole",
        ),
        list("AccessPaths", "The ways in which rows are read over REST, the plainest first"),
        list("Aliases", "Other names that mean the table"),
        text("Permission", "What the account needs in order to see rows"),
        list("OAuthScopes", "The scopes that a token needs"),
        text("Documentation", "The address of the service's page about it"),
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
        text("Description", "What one row is, where the view says it"),
        flag("IsUpdateable", "Can rows be written? Never"),
        text("Definition", "The statement that made the view"),
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
fn facts(table: &Table) -> [Value; 7] {
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
    ]
}

fn no_facts() -> [Value; 7] {
    std::array::from_fn(|_| Value::Null)
}

async fn views(scope: &Scope) -> Result<Vec<Row>> {
    let mut rows = vec![];
    for entry in scope.tables().await? {
        if let What::Made(made) = &entry.what
            && made.table_type() == TableType::View
        {
            let mut row = place(scope, &entry);
            let about = made.schema().metadata().get(COMMENT).into();
            row.extend(["VIEW".into(), about, false.into(), made.get_table_definition().into()]);
            rows.push(row);
        }
    }
    Ok(rows)
}
