//! The identifiers of expressions, spelled by what is in scope.

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, OneOrManyWithParens, Query, VisitMut, VisitorMut,
};

use super::rewrite::Walker;
use super::scope::{Source, exact, same, spell_fields};

impl Walker<'_> {
    /// Spells every identifier of an expression, or of whatever holds expressions.
    pub(super) fn expressions<T: VisitMut>(&mut self, node: &mut T) -> Result<()> {
        let mut visitor = Expressions { walker: self, nested: 0, parameters: Vec::new() };
        match VisitMut::visit(node, &mut visitor) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// An unqualified name: the innermost scope that has it.
    pub(super) fn spell(&self, name: &mut Ident) -> Result<()> {
        if name.quote_style.is_some() {
            return Ok(());
        }
        for scope in self.scopes.iter().rev() {
            if let Some(column) = scope.column(name)? {
                *name = exact(&column.name);
                return Ok(());
            }
            if scope.is_opaque() {
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn spell_name(&self, name: &mut ObjectName) -> Result<()> {
        match name.0.last_mut() {
            Some(ObjectNamePart::Identifier(name)) => self.spell(name),
            _ => Ok(()),
        }
    }

    /// The relation that the first parts name, and where the column is.
    pub(super) fn qualified(&self, parts: &[Ident]) -> Option<(usize, &Source)> {
        let sources = || self.scopes.iter().rev().flat_map(|scope| &scope.sources);
        let candidates = || {
            (1..parts.len()).flat_map(move |at| {
                sources()
                    .filter(move |source| source.answers_to(&parts[..at]))
                    .map(move |source| (at, source))
            })
        };
        let has = |(at, source): &(usize, &Source)| source.column(&parts[*at]).is_some();
        // `Fields` is the relation that the FROM clause calls so, before one that it calls `rest.Fields`.
        let mut exact = candidates().filter(|(at, source)| source.path.len() == *at);
        exact.find(has).or_else(|| candidates().find(has)).or_else(|| candidates().next())
    }

    /// `[[schema.]relation.]column[.field…]`.
    fn spell_compound(&self, parts: &mut [Ident]) -> Result<()> {
        if let Some((at, source)) = self.qualified(parts) {
            source.spell_qualifier(&mut parts[..at]);
            let column = source.column(&parts[at]);
            if let Some(column) = column {
                parts[at] = exact(&column.name);
                spell_fields(column.data_type.as_ref(), &mut parts[at + 1..]);
            }
            return Ok(());
        }
        self.spell(&mut parts[0])?;
        for scope in self.scopes.iter().rev() {
            if let Some(column) = scope.sources.iter().find_map(|source| source.column(&parts[0])) {
                spell_fields(column.data_type.as_ref(), &mut parts[1..]);
                break;
            }
        }
        Ok(())
    }
}

/// The parser's visitor over one expression tree. Subqueries go back to the walker, for their own scopes.
struct Expressions<'w, 'a> {
    walker: &'w mut Walker<'a>,
    /// Depth of subqueries that the walker has already rewritten and the visitor still goes through.
    nested: usize,
    /// Of the enclosing lambda functions, in lower case: they are no columns.
    parameters: Vec<Vec<String>>,
}

impl Expressions<'_, '_> {
    fn is_parameter(&self, name: &Ident) -> bool {
        name.quote_style.is_none() && self.parameters.iter().flatten().any(|known| same(known, &name.value))
    }
}

impl VisitorMut for Expressions<'_, '_> {
    type Break = DataFusionError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        if self.nested == 0
            && let Err(error) = self.walker.query(query)
        {
            return ControlFlow::Break(error);
        }
        self.nested += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Self::Break> {
        self.nested -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if self.nested > 0 {
            return ControlFlow::Continue(());
        }
        let spelled = match expr {
            Expr::Identifier(name) if self.is_parameter(name) => {
                *name = exact(&name.value.to_lowercase());
                Ok(())
            }
            Expr::CompoundIdentifier(parts) if self.is_parameter(&parts[0]) => {
                parts[0] = exact(&parts[0].value.to_lowercase());
                Ok(())
            }
            Expr::Identifier(name) => self.walker.spell(name),
            Expr::CompoundIdentifier(parts) => self.walker.spell_compound(parts),
            Expr::CompoundFieldAccess { access_chain, .. } => {
                access_chain.iter_mut().for_each(settle_field);
                Ok(())
            }
            Expr::Lambda(lambda) => {
                let parameters = match &mut lambda.params {
                    OneOrManyWithParens::One(parameter) => std::slice::from_mut(parameter),
                    OneOrManyWithParens::Many(parameters) => parameters.as_mut_slice(),
                };
                let unquoted = parameters.iter_mut().filter(|p| p.name.quote_style.is_none());
                let names = unquoted.map(|parameter| {
                    let name = parameter.name.value.to_lowercase();
                    parameter.name = exact(&name);
                    name
                });
                self.parameters.push(names.collect());
                Ok(())
            }
            _ => Ok(()),
        };
        match spelled {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if self.nested == 0 && matches!(expr, Expr::Lambda(_)) {
            self.parameters.pop();
        }
        ControlFlow::Continue(())
    }
}

/// `….field` after a subscript is the planner's: no column of that name may take its place.
fn settle_field(access: &mut AccessExpr) {
    if let AccessExpr::Dot(Expr::Identifier(name)) = access
        && name.quote_style.is_none()
    {
        *name = exact(&name.value.to_lowercase());
    }
}
