//! What a statement may do: read, and with [`Access::Local`] also use files of this machine and define views and tables
//! for the session. Judged twice: on the parsed statement, before anything is opened, and on its plan.

use std::fmt;
use std::str::FromStr;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{DdlStatement, LogicalPlan, Statement as Command};
use datafusion::sql::parser::Statement;

use super::files;

/// How far the statements of a session may reach. Whatever it is, connections are only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// SELECT, EXPLAIN, SHOW, DESCRIBE and SET over the connections. No file is opened and nothing is defined.
    #[default]
    Read,
    /// Also local files: `FROM 'file.parquet'`, COPY and CREATE EXTERNAL TABLE; and views and tables that live as long as
    /// the session.
    Local,
}

impl Access {
    /// The names, the more careful one first.
    pub const NAMES: [&str; 2] = ["read", "local"];
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Local => "local",
        })
    }
}

impl FromStr for Access {
    type Err = UnknownAccess;

    fn from_str(text: &str) -> Result<Self, UnknownAccess> {
        match text.to_lowercase().as_str() {
            "read" => Ok(Self::Read),
            "local" => Ok(Self::Local),
            _ => Err(UnknownAccess(text.to_owned())),
        }
    }
}

/// No access has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no access; write `read` (SELECT over the connections alone) or `local` (also files of this machine)"
)]
pub struct UnknownAccess(String);

/// What to do about a refusal of [`Access::Read`].
const OPEN: &str = "this session only reads its connections (`Access=read`); `jirrow sql --access local` allows it, \
                    as `Access::Local` does in the library";

/// The refusal of something that opens files.
pub(super) fn no_files(what: &str) -> DataFusionError {
    plan_datafusion_err!("{what}, and no file may be opened here: {OPEN}")
}

/// Refuses a parsed statement, before it is planned: planning opens files for their schema.
pub(super) fn check_statement(statement: &Statement, access: Access) -> Result<()> {
    match statement {
        Statement::CopyTo(_) if access == Access::Read => {
            Err(no_files("COPY writes a file (so does `-o FILE` of the command line, which needs no access)"))
        }
        Statement::CopyTo(copy) => files::local_path(&copy.target).map(drop),
        Statement::CreateExternalTable(_) if access == Access::Read => {
            Err(no_files("CREATE EXTERNAL TABLE reads files"))
        }
        Statement::CreateExternalTable(table) => {
            table.locations.iter().try_for_each(|location| files::local_path(location).map(drop))
        }
        Statement::Explain(explain) => match explain.statement.as_ref() {
            Statement::CopyTo(_) => {
                plan_err!("EXPLAIN says nothing of COPY; EXPLAIN the SELECT in it, whose rows it writes")
            }
            inner => check_statement(inner, access),
        },
        Statement::Statement(_) | Statement::Reset(_) => Ok(()),
    }
}

/// Refuses a plan with anything in it that is not allowed, at whatever depth.
pub(super) fn check_plan(plan: &LogicalPlan, access: Access) -> Result<()> {
    // The outermost node may change the session; what lies within it, for instance under EXPLAIN, may only read.
    match plan {
        LogicalPlan::Statement(Command::SetVariable(set)) => return check_setting(&set.variable, access),
        LogicalPlan::Statement(Command::ResetVariable(reset)) => {
            return check_setting(&reset.variable, access);
        }
        LogicalPlan::Ddl(ddl) => check_definition(ddl, access)?,
        other => check_node(other)?,
    }
    plan.apply_with_subqueries(|node| {
        if !std::ptr::eq(node, plan) {
            check_node(node)?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn check_node(node: &LogicalPlan) -> Result<()> {
    let why = match node {
        LogicalPlan::Dml(_) => {
            "connections are read-only; INSERT, UPDATE, DELETE and MERGE are not available"
        }
        LogicalPlan::Copy(_) | LogicalPlan::Ddl(_) => {
            "EXPLAIN is for what reads; EXPLAIN the SELECT in the statement"
        }
        LogicalPlan::Statement(Command::Prepare(_) | Command::Execute(_) | Command::Deallocate(_)) => {
            "prepared statements are not available; run the SELECT itself, with `--param` for its parameters"
        }
        LogicalPlan::Statement(Command::TransactionStart(_) | Command::TransactionEnd(_)) => {
            "there are no transactions: every statement reads the site as it is then; leave BEGIN and COMMIT out"
        }
        LogicalPlan::Statement(_) => "SET and RESET stand alone",
        _ => return Ok(()),
    };
    plan_err!("{why}")
}

fn check_definition(ddl: &DdlStatement, access: Access) -> Result<()> {
    match ddl {
        DdlStatement::CreateExternalTable(_)
        | DdlStatement::CreateMemoryTable(_)
        | DdlStatement::CreateView(_)
        | DdlStatement::DropTable(_)
        | DdlStatement::DropView(_) => match access {
            Access::Local => Ok(()),
            Access::Read => plan_err!("only SELECT, EXPLAIN, SHOW, DESCRIBE and SET are available: {OPEN}"),
        },
        _ => plan_err!(
            "of definitions there are CREATE and DROP of a VIEW, a TABLE (AS SELECT) and an EXTERNAL TABLE; no other ones"
        ),
    }
}

/// Settings of the runtime say how much memory is taken and where files are spilled to.
fn check_setting(variable: &str, access: Access) -> Result<()> {
    match access {
        Access::Read if variable.starts_with("datafusion.runtime.") => {
            plan_err!("`{variable}` decides over the memory and the folders of this machine: {OPEN}")
        }
        _ => Ok(()),
    }
}
