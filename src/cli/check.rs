//! `jirrow check`: who am I, where, in which time zone, and what may be read; or what is wrong and what to do.

use std::fmt::Write as _;
use std::time::Duration;

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
    let mut reserved = 0;
    for name in &opened.named {
        let site = session.sites().open(name).map_err(Failure::failed)?;
        print(&progress.watch(who(session, name, &site)).await?)?;
        let tables = session.tables_of(name).map_err(Failure::failed)?;
        let deployment = session.deployment(name).await.map_err(Failure::failed)?;
        let width = tables.iter().map(|table| table.name.name.chars().count()).max().unwrap_or_default();
        for table in &tables {
            if !table.exists_on(deployment) {
                print(&format!("{:width$}  does not exist on {deployment}\n", table.name.name))?;
                continue;
            }
            let found = progress.watch(first_row(session, name, table)).await;
            refused += usize::from(matches!(found, Found::Failure(_)));
            reserved += usize::from(matches!(found, Found::Reserved));
            print(&format!("{:width$}  {}\n", table.name.name, found.text(table)))?;
        }
        all += tables.len();
    }
    progress.finish()?;
    if reserved > 0 {
        print(&format!("{reserved} of {all} tables are for administrators, or for apps\n"))?;
    }
    match refused {
        0 => Ok(()),
        n => Err(Failure::failed(format!("{n} of {all} tables can't be read; see above"))),
    }
}

async fn who(session: &Session, name: &str, site: &Site) -> Result<String, Failure> {
    let account = site.account().await.map_err(Failure::failed)?;
    let server = site.server_info().await.map_err(Failure::failed)?;
    let deployment = session.deployment(name).await.map_err(Failure::failed)?;
    let mut text = String::new();
    let mut fact = |what: &str, value: Option<&str>| {
        let _ = writeln!(text, "{what:12}{}", site.client().clean(value.unwrap_or("(not told)")));
    };
    fact("Connection", Some(name));
    fact("Site", Some(server.base_url.as_deref().unwrap_or(site.connection().base())));
    fact("Deployment", Some(&deployment.to_string()));
    fact("Version", server.version.as_deref());
    fact("Account", account.display_name.as_deref());
    fact("Account id", Some(&account.account_id));
    fact("Time zone", account.time_zone.as_deref());
    Ok(text)
}

/// How long a table is read for its first row: one that is asked for issue by issue, and that no issue has, would take a
/// request an issue.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of reading a table.
enum Found {
    Rows(usize),
    /// The account lacks a right that most accounts lack.
    Reserved,
    /// No row among what was read in the time that one table is given.
    NoneSoFar,
    /// It can be read with values in the WHERE clause alone.
    Needs(String),
    Failure(QueryError),
}

impl Found {
    fn text(&self, table: &Table) -> String {
        match self {
            Self::Rows(0) => "may be read; it has no rows, or the account sees none".to_owned(),
            Self::Rows(_) => "may be read".to_owned(),
            Self::NoneSoFar => format!("may be read; no row in the first {} s", PATIENCE.as_secs()),
            Self::Reserved => format!("may not be read by this account: needs {}", table.permission),
            Self::Needs(values) => format!("needs {values} in the WHERE clause"),
            Self::Failure(error) => error.to_string(),
        }
    }
}

/// Is it a right that most accounts lack?
fn is_rare(permission: &str) -> bool {
    ["Administer", "the caller is an app"].iter().any(|it| permission.contains(it))
}

/// Reads one row of the table.
async fn first_row(session: &Session, connection: &str, table: &Table) -> Found {
    if let Some(values) = table.needed() {
        return Found::Needs(values);
    }
    let column = table.arrow.field(table.key.first().copied().unwrap_or_default()).name();
    let TableName { schema, name, .. } = &table.name;
    let connection = connection.replace('"', "\"\"");
    let sql = format!("SELECT \"{column}\" FROM \"{connection}\".\"{schema}\".\"{name}\" LIMIT 1");
    let mut rows = 0;
    let run = async {
        for statement in session.statements(&sql)? {
            if let Answer::Rows(mut stream) = session.run(statement, &sql).await? {
                while let Some(batch) = stream.try_next().await.transpose() {
                    match batch {
                        Ok(batch) => rows += batch.num_rows(),
                        Err(e) if is_rare(&table.permission) && session.status(&e) == Some(403) => {
                            return Ok(Found::Reserved);
                        }
                        Err(e) => return Err(session.explained(&e, &sql)),
                    }
                }
            }
        }
        Ok(Found::Rows(rows))
    };
    match tokio::time::timeout(PATIENCE, run).await {
        Ok(found) => found.unwrap_or_else(Found::Failure),
        Err(_) => Found::NoneSoFar,
    }
}
