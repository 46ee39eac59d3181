//! `jirrow check`: who am I, where, in which time zone, and what may be read; or what is wrong and what to do.

use std::fmt::Write as _;

use futures::TryStreamExt;

use super::arguments::Options;
use super::open;
use super::progress::Progress;
use super::{Failure, print};
use crate::catalog::{Answer, QueryError, Session};
use crate::scan::Site;
use crate::schema::{Table, TableName};

pub(super) async fn run(options: &Options) -> Result<(), Failure> {
    let opened = open::session(options).await?;
    let session = &opened.session;
    let progress = Progress::start(options, &opened);
    let (mut all, mut refused) = (0, 0);
    for name in &opened.named {
        let site = session.sites().open(name).map_err(Failure::failed)?;
        print(&progress.watch(who(name, &site)).await?)?;
        let tables = session.tables_of(name).map_err(Failure::failed)?;
        let width = tables.iter().map(|table| table.name.name.chars().count()).max().unwrap_or_default();
        for table in &tables {
            let (line, ok) = progress.watch(readable(session, name, table, width)).await;
            refused += usize::from(!ok);
            print(&line)?;
        }
        all += tables.len();
    }
    progress.finish()?;
    match refused {
        0 => Ok(()),
        n => Err(Failure::failed(format!("{n} of {all} tables can't be read; see above"))),
    }
}

async fn who(name: &str, site: &Site) -> Result<String, Failure> {
    let account = site.account().await.map_err(Failure::failed)?;
    let server = site.server_info().await.map_err(Failure::failed)?;
    let mut text = String::new();
    let mut fact = |what: &str, value: Option<&str>| {
        let _ = writeln!(text, "{what:12}{}", site.client().clean(value.unwrap_or("(not told)")));
    };
    fact("Connection", Some(name));
    fact("Site", Some(server.base_url.as_deref().unwrap_or(site.connection().base())));
    fact("Deployment", server.deployment_type.as_deref());
    fact("Version", server.version.as_deref());
    fact("Account", account.display_name.as_deref());
    fact("Account id", Some(&account.account_id));
    fact("Time zone", account.time_zone.as_deref());
    Ok(text)
}

/// Reads one row of the table.
async fn readable(session: &Session, connection: &str, table: &Table, width: usize) -> (String, bool) {
    let name = &table.name.name;
    match first_row(session, connection, table).await {
        Ok(0) => (format!("{name:width$}  may be read; it has no rows, or the account sees none\n"), true),
        Ok(_) => (format!("{name:width$}  may be read\n"), true),
        Err(e) => (format!("{name:width$}  {e}\n"), false),
    }
}

async fn first_row(session: &Session, connection: &str, table: &Table) -> Result<usize, QueryError> {
    let key = table.arrow.field(table.key[0]).name();
    let TableName { schema, name, .. } = &table.name;
    let connection = connection.replace('"', "\"\"");
    let sql = format!("SELECT \"{key}\" FROM \"{connection}\".\"{schema}\".\"{name}\" LIMIT 1");
    let mut rows = 0;
    for statement in session.statements(&sql)? {
        if let Answer::Rows(mut stream) = session.run(statement, &sql).await? {
            while let Some(batch) = stream.try_next().await.map_err(|e| session.explained(&e, &sql))? {
                rows += batch.num_rows();
            }
        }
    }
    Ok(rows)
}
