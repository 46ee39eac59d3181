//! What a statement is once it is planned, and what it will give.

use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;

use super::copy::Copy;
use super::settings::Change;

/// A statement that is planned and not yet started.
pub struct Planned(pub(super) Plan);

pub(super) enum Plan {
    /// It changes a setting.
    Setting(Change),
    /// It defines a table or view of the session, or drops one.
    Definition(LogicalPlan),
    /// Rows go to a file.
    Copy(Copy),
    Rows(Arc<dyn ExecutionPlan>),
    Explanation(Arc<dyn ExecutionPlan>),
}

impl Planned {
    /// What it will give.
    pub fn outcome(&self) -> Outcome {
        match &self.0 {
            Plan::Setting(_) | Plan::Definition(_) | Plan::Copy(_) => Outcome::Nothing,
            Plan::Rows(_) | Plan::Explanation(_) => Outcome::Rows,
        }
    }
}

/// What a statement will give, seen without planning it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Rows, or a refusal.
    Rows,
    /// SET, RESET, CREATE and DROP change the session and COPY writes files: they give none.
    Nothing,
}

impl Outcome {
    /// Of this statement.
    pub fn of(statement: &Statement) -> Self {
        use ast::Statement as Sql;
        match statement {
            Statement::Reset(_) | Statement::CopyTo(_) | Statement::CreateExternalTable(_) => Self::Nothing,
            Statement::Statement(statement) => match **statement {
                Sql::Query(ref query) if defines(query) => Self::Nothing,
                Sql::Set(_) | Sql::CreateView(_) | Sql::CreateTable(_) | Sql::Drop { .. } => Self::Nothing,
                _ => Self::Rows,
            },
            Statement::Explain(_) => Self::Rows,
        }
    }
}

/// `SELECT … INTO` is CREATE TABLE AS.
pub(super) fn defines(query: &ast::Query) -> bool {
    matches!(&*query.body, ast::SetExpr::Select(select) if select.into.is_some())
}
