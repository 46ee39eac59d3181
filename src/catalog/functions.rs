//! Functions in FROM: `jql('project = PAY') AS i` is the table whose file has a function of that name, with those rows
//! alone that the search finds. A call is replaced, before anything else reads the statement, by a name that the
//! statement's catalogs know: whatever a table can do in a statement, the call then can.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectNamePart, TableAlias, TableFactor, Value, VisitMut,
    VisitorMut,
};

use super::parameters::{Parameters, unbound};
use super::site_catalog::SCHEMAS;
use crate::connection::Service;
use crate::pushdown::{RawJql, quote};
use crate::scan::{Environment, ScanError};

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The function, as its table file spells it.
    pub(super) function: String,
    /// What its rows are found by.
    pub(super) jql: RawJql,
}

/// The calls of a statement, by the names that stand in their place.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(BTreeMap<String, Call>);

impl Calls {
    /// Takes the calls out of a statement.
    ///
    /// # Errors
    /// Where one is not given one text, or a text that is no condition in JQL.
    pub(super) fn taken_from(
        statement: &mut Statement,
        env: &Environment,
        parameters: &Parameters,
    ) -> Result<Self> {
        let mut taker = Taker { env, parameters, calls: Self::default() };
        match taker.take(statement) {
            ControlFlow::Continue(()) => Ok(taker.calls),
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// The call that this name stands for.
    pub(super) fn get(&self, name: &str) -> Option<&Call> {
        self.0.get(name)
    }
}

struct Taker<'a> {
    env: &'a Environment,
    parameters: &'a Parameters,
    calls: Calls,
}

impl Taker<'_> {
    fn take(&mut self, statement: &mut Statement) -> ControlFlow<DataFusionError> {
        match statement {
            Statement::Statement(sql) => VisitMut::visit(sql, self),
            Statement::Explain(explain) => self.take(&mut explain.statement),
            Statement::CopyTo(copy) => match &mut copy.source {
                CopyToSource::Query(query) => VisitMut::visit(query, self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        }
    }

    fn call(&mut self, factor: &mut TableFactor) -> Result<()> {
        let TableFactor::Table { name, alias, args, .. } = factor else { return Ok(()) };
        let (Some(given), Some(ObjectNamePart::Identifier(last))) = (&args, name.0.last_mut()) else {
            return Ok(());
        };
        let library = &self.env.library;
        let known = |schema| library.function(Service::Jira.name(), schema, &last.value);
        let mut tables = SCHEMAS.iter().filter_map(|schema| known(schema).transpose());
        if tables.next().transpose().map_err(ScanError::from)?.is_none() {
            return Ok(());
        }
        let function = last.value.to_lowercase();
        let text = self.text(&function, &given.args)?;
        let jql: RawJql = text.parse().map_err(|e| plan_datafusion_err!("the JQL of `{function}`: {e}"))?;
        let key = format!("{function}({})", quote(&jql.condition));
        alias.get_or_insert_with(|| TableAlias {
            explicit: true,
            name: Ident::new(&function),
            columns: vec![],
            at: None,
        });
        *last = Ident::with_quote('"', &key);
        *args = None;
        self.calls.0.insert(key, Call { function, jql });
        Ok(())
    }

    /// The one text that a function is given. No expression: what is put together out of parts can mean another search.
    fn text(&self, function: &str, given: &[FunctionArg]) -> Result<String> {
        let value = match given {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => &value.value,
            _ => return not_one_text(function),
        };
        match value {
            Value::Placeholder(id) => match self.parameters.value(id) {
                Some(text) => Ok(text.to_owned()),
                None => Err(unbound(id)),
            },
            value => value.clone().into_string().map_or_else(|| not_one_text(function), Ok),
        }
    }
}

fn not_one_text<T>(function: &str) -> Result<T> {
    plan_err!(
        "`{function}` takes one text in single quotes, `{function}('project = PAY')`, or a parameter, `{function}($name)`"
    )
}

impl VisitorMut for Taker<'_> {
    type Break = DataFusionError;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match self.call(factor) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}
