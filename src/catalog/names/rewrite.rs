//! The walk over a statement: keeps the names in scope as SQL does, and spells identifiers by them.
//!
//! Queries are walked by hand, since scopes follow FROM, WITH and ORDER BY and not the order of the syntax
//! tree; the expressions between them by the parser's visitor.

use std::mem;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::sql::parser::{CopyToSource, DFParser, Statement};
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, FromTable, Ident, Insert, Join, JoinConstraint, JoinOperator, Merge,
    MergeAction, ObjectName, ObjectNamePart, Query, Select, SelectFlavor, SelectItem, SetExpr,
    Statement as Sql, TableAlias, TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind,
    WildcardAdditionalOptions,
};

use super::Relation;
use super::scope::{Called, Column, Precedence, Scope, Source, exact, same, spell_fields};

/// A common table expression: its name, and its columns where they are known.
#[derive(Debug, Clone)]
struct Cte {
    name: String,
    columns: Option<Vec<Column>>,
}

/// The state of the walk: what is in scope at the current place.
pub(super) struct Walker<'a> {
    relations: &'a [Relation],
    ctes: Vec<Cte>,
    /// Of the enclosing SELECTs, innermost last.
    pub(super) scopes: Vec<Scope>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(relations: &'a [Relation]) -> Self {
        Self { relations, ctes: Vec::new(), scopes: Vec::new() }
    }

    pub(super) fn statement(&mut self, statement: &mut Statement) -> Result<()> {
        match statement {
            Statement::Statement(sql) => self.sql(sql),
            Statement::Explain(explain) => self.statement(&mut explain.statement),
            Statement::CopyTo(copy) => {
                if let CopyToSource::Relation(name) = &copy.source
                    && self.table(name).columns().iter().any(|column| column.hidden)
                {
                    copy.source = CopyToSource::Query(select_all(name)?);
                }
                let columns = match &mut copy.source {
                    CopyToSource::Query(query) => self.query(query)?,
                    CopyToSource::Relation(name) => self.table(name).columns,
                };
                for partition in &mut copy.partitioned_by {
                    let found = columns.iter().flatten().find(|column| same(&column.name, partition));
                    if let Some(column) = found {
                        partition.clone_from(&column.name);
                    }
                }
                Ok(())
            }
            Statement::CreateExternalTable(table) => {
                keep_name(&mut table.name);
                Ok(())
            }
            Statement::Reset(_) => Ok(()),
        }
    }

    fn sql(&mut self, sql: &mut Sql) -> Result<()> {
        match sql {
            Sql::Query(query) => self.query(query).map(drop),
            Sql::Explain { statement, .. } | Sql::Prepare { statement, .. } => self.sql(statement),
            Sql::CreateView(view) => {
                keep_name(&mut view.name);
                view.columns.iter_mut().for_each(|column| keep_case(&mut column.name));
                self.query(&mut view.query).map(drop)
            }
            Sql::CreateTable(table) => {
                keep_name(&mut table.name);
                table.columns.iter_mut().for_each(|column| keep_case(&mut column.name));
                match &mut table.query {
                    Some(query) => self.query(query).map(drop),
                    None => Ok(()),
                }
            }
            Sql::Insert(insert) => self.insert(insert),
            Sql::Update(update) => self.scoped(|me| me.update(update)),
            Sql::Delete(delete) => self.scoped(|me| {
                let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
                    &mut delete.from;
                me.from(tables)?;
                me.from(delete.using.iter_mut().flatten())?;
                me.expressions(&mut delete.selection)
            }),
            Sql::Merge(merge) => self.scoped(|me| me.merge(merge)),
            _ => Ok(()),
        }
    }

    fn scoped<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scopes.push(Scope::default());
        let result = walk(self);
        self.scopes.pop();
        result
    }

    fn insert(&mut self, insert: &mut Insert) -> Result<()> {
        if let TableObject::TableName(name) = &insert.table {
            let target = self.table(name);
            insert.columns.iter_mut().for_each(|column| spell_target(column, &target));
        }
        match &mut insert.source {
            Some(source) => self.query(source).map(drop),
            None => Ok(()),
        }
    }

    fn update(&mut self, update: &mut Update) -> Result<()> {
        self.from(std::slice::from_mut(&mut update.table))?;
        let target = self.scope().sources.first().cloned().unwrap_or_default();
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) =
            &mut update.from
        {
            self.from(tables)?;
        }
        self.assignments(&mut update.assignments, &target)?;
        self.expressions(&mut update.selection)
    }

    fn merge(&mut self, merge: &mut Merge) -> Result<()> {
        self.factor(&mut merge.table)?;
        let target = self.scope().sources.first().cloned().unwrap_or_default();
        self.factor(&mut merge.source)?;
        self.expressions(&mut *merge.on)?;
        for clause in &mut merge.clauses {
            self.expressions(clause)?;
            match &mut clause.action {
                MergeAction::Insert(insert) => {
                    insert.columns.iter_mut().for_each(|column| spell_target(column, &target));
                }
                MergeAction::Update(update) => self.assignments(&mut update.assignments, &target)?,
                MergeAction::Delete { .. } => {}
            }
        }
        Ok(())
    }

    fn assignments(&mut self, assignments: &mut [Assignment], target: &Source) -> Result<()> {
        for assignment in assignments {
            self.expressions(&mut assignment.value)?;
            match &mut assignment.target {
                AssignmentTarget::ColumnName(name) => spell_target(name, target),
                AssignmentTarget::Tuple(names) => {
                    for name in names {
                        spell_target(name, target);
                    }
                }
            }
        }
        Ok(())
    }

    /// Rewrites a query and returns its columns; `None` where a table function's are among them.
    pub(super) fn query(&mut self, query: &mut Query) -> Result<Option<Vec<Column>>> {
        if !query.pipe_operators.is_empty() {
            return plan_err!("`|>` is not available; write a subquery or WITH instead");
        }
        let outer_ctes = self.ctes.len();
        let result = self.query_with(query);
        self.ctes.truncate(outer_ctes);
        result
    }

    fn query_with(&mut self, query: &mut Query) -> Result<Option<Vec<Column>>> {
        if let Some(with) = &mut query.with {
            for cte in &mut with.cte_tables {
                let known = self.ctes.len();
                if with.recursive {
                    let columns = self.first_term(&cte.query)?;
                    let columns = aliased(columns, &mut cte.alias);
                    self.ctes.push(Cte { name: cte.alias.name.value.clone(), columns });
                }
                let columns = self.query(&mut cte.query)?;
                self.ctes.truncate(known);
                let columns = aliased(columns, &mut cte.alias);
                self.ctes.push(Cte { name: cte.alias.name.value.clone(), columns });
            }
        }
        let (columns, mut scope) = self.body(&mut query.body)?;
        // A SELECT's own tables stay in scope for the ORDER BY after it; a UNION's do not.
        scope.outputs = columns.clone().unwrap_or_default();
        scope.precedence = Precedence::Outputs;
        self.scopes.push(scope);
        let ordered = self.expressions(&mut query.order_by);
        self.scopes.pop();
        ordered?;
        Ok(columns)
    }

    /// The columns of a recursive expression: those of its first term, which does not name it.
    fn first_term(&mut self, query: &Query) -> Result<Option<Vec<Column>>> {
        let mut body = query.body.as_ref();
        while let SetExpr::SetOperation { left, .. } = body {
            body = left;
        }
        Ok(self.body(&mut body.clone())?.0)
    }

    fn body(&mut self, body: &mut SetExpr) -> Result<(Option<Vec<Column>>, Scope)> {
        match body {
            SetExpr::Select(select) => {
                self.scopes.push(Scope::default());
                let columns = self.select(select);
                let scope = self.scopes.pop().unwrap_or_default();
                Ok((columns?, scope))
            }
            SetExpr::Query(query) => Ok((self.query(query)?, Scope::default())),
            SetExpr::SetOperation { left, right, .. } => {
                let (columns, _) = self.body(left)?;
                self.body(right)?;
                Ok((columns, Scope::default()))
            }
            SetExpr::Values(values) => {
                self.expressions(values)?;
                let width = values.rows.first().map_or(0, |row| row.len());
                let columns = (1..=width).map(|n| Column::named(format!("column{n}"), None)).collect();
                Ok((Some(columns), Scope::default()))
            }
            SetExpr::Insert(sql) | SetExpr::Update(sql) | SetExpr::Delete(sql) | SetExpr::Merge(sql) => {
                self.sql(sql)?;
                Ok((None, Scope::default()))
            }
            SetExpr::Table(_) => Ok((None, Scope::default())),
        }
    }

    fn select(&mut self, select: &mut Select) -> Result<Option<Vec<Column>>> {
        self.from(&mut select.from)?;
        if select.projection.is_empty() && select.flavor == SelectFlavor::FromFirstNoSelect {
            select.projection.push(SelectItem::Wildcard(WildcardAdditionalOptions::default()));
        }
        let mut known = true;
        let mut columns = Vec::new();
        for item in mem::take(&mut select.projection) {
            let (items, outputs) = self.select_item(item)?;
            select.projection.extend(items);
            match outputs {
                Some(outputs) => columns.extend(outputs),
                None => known = false,
            }
        }
        self.expressions(&mut select.selection)?;
        self.scope_mut().outputs.clone_from(&columns);
        self.expressions(&mut select.distinct)?;
        self.expressions(&mut select.group_by)?;
        self.expressions(&mut select.having)?;
        self.expressions(&mut select.named_window)?;
        self.expressions(&mut select.qualify)?;
        self.expressions(&mut select.sort_by)?;
        self.expressions(&mut select.distribute_by)?;
        self.expressions(&mut select.cluster_by)?;
        Ok(known.then_some(columns))
    }

    fn select_item(&mut self, mut item: SelectItem) -> Result<(Vec<SelectItem>, Option<Vec<Column>>)> {
        let outputs = match &mut item {
            SelectItem::UnnamedExpr(expr) => {
                let output = self.output(expr)?;
                Some(vec![output])
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let output = self.output(expr)?;
                keep_case(alias);
                Some(vec![Column::named(&alias.value, output.data_type)])
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                self.expressions(expr)?;
                aliases.iter_mut().for_each(keep_case);
                Some(aliases.iter().map(|alias| Column::named(&alias.value, None)).collect())
            }
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => return self.wildcard(item),
        };
        Ok((vec![item], outputs))
    }

    /// Spells an expression of the SELECT list and says which column comes out.
    fn output(&mut self, expr: &mut Expr) -> Result<Column> {
        self.expressions(expr)?;
        let mut inner = &*expr;
        while let Expr::Nested(nested) = inner {
            inner = nested;
        }
        Ok(match inner {
            Expr::Identifier(name) => Column::named(&name.value, self.type_of(std::slice::from_ref(name))),
            Expr::CompoundIdentifier(parts) => {
                let data_type = self.type_of(parts);
                let is_field = self.is_field_access(parts);
                Column::named(
                    if is_field { "" } else { parts.last().map_or("", |name| &name.value) },
                    data_type,
                )
            }
            _ => Column::named("", None),
        })
    }

    /// The type of a column or struct field already spelled; `None` if unknown.
    fn type_of(&self, parts: &[Ident]) -> Option<DataType> {
        let (column, fields) = match self.qualified(parts) {
            Some((at, source)) => (source.column(&parts[at])?, &parts[at + 1..]),
            None => (self.scope().sources.iter().find_map(|source| source.column(&parts[0]))?, &parts[1..]),
        };
        spell_fields(column.data_type.as_ref(), &mut fields.to_vec())
    }

    /// Whether the parts end in a struct field, whose heading DataFusion makes up.
    fn is_field_access(&self, parts: &[Ident]) -> bool {
        self.qualified(parts).map_or(parts.len() > 1, |(at, _)| at + 1 < parts.len())
    }

    fn from<'t>(&mut self, tables: impl IntoIterator<Item = &'t mut TableWithJoins>) -> Result<()> {
        tables.into_iter().try_for_each(|table| self.table_with_joins(table))
    }

    fn table_with_joins(&mut self, table: &mut TableWithJoins) -> Result<()> {
        let first = self.scope().sources.len();
        self.factor(&mut table.relation)?;
        table.joins.iter_mut().try_for_each(|join| self.join(first, join))
    }

    /// `first`: where in the scope the left side of the join begins.
    fn join(&mut self, first: usize, join: &mut Join) -> Result<()> {
        let right = self.scope().sources.len();
        self.factor(&mut join.relation)?;
        let kind = mem::discriminant(&join.join_operator);
        if let Some(constraint) = constraint_of(&mut join.join_operator) {
            self.natural_to_using(first, right, constraint);
            match constraint {
                JoinConstraint::Using(columns) => {
                    for column in columns.iter_mut() {
                        self.spell_name(column)?;
                    }
                    let merged: Vec<String> =
                        columns.iter().filter_map(last).map(|c| c.value.clone()).collect();
                    let sources = &mut self.scope_mut().sources;
                    let right_join = [JoinOperator::Right, JoinOperator::RightOuter];
                    let is_right =
                        right_join.iter().any(|op| mem::discriminant(&op(JoinConstraint::None)) == kind);
                    let dropped = if is_right { &mut sources[first..right] } else { &mut sources[right..] };
                    for source in dropped {
                        source.merged.extend(merged.iter().cloned());
                    }
                }
                other => self.expressions(other)?,
            }
        } else {
            self.expressions(&mut join.join_operator)?;
        }
        // Of a semi or anti join only one side's columns come out.
        let sources = &mut self.scope_mut().sources;
        match join.join_operator {
            JoinOperator::Semi(_)
            | JoinOperator::LeftSemi(_)
            | JoinOperator::Anti(_)
            | JoinOperator::LeftAnti(_) => sources.truncate(right),
            JoinOperator::RightSemi(_) | JoinOperator::RightAnti(_) => drop(sources.drain(first..right)),
            _ => {}
        }
        Ok(())
    }

    /// `NATURAL` joins by the columns that are seen: two hidden ones of one name must not take part.
    fn natural_to_using(&self, first: usize, right: usize, constraint: &mut JoinConstraint) {
        let sources = &self.scope().sources;
        let (left, right) = (&sources[first..right], &sources[right..]);
        let hides = |sources: &[Source]| sources.iter().flat_map(Source::columns).any(|column| column.hidden);
        if *constraint != JoinConstraint::Natural || !hides(left) || !hides(right) {
            return;
        }
        let seen = |sources: &[Source]| -> Vec<String> {
            let columns = sources.iter().flat_map(Source::columns);
            columns.filter(|column| !column.hidden).map(|column| column.name.clone()).collect()
        };
        let left = seen(left);
        let common = seen(right).into_iter().filter(|name| left.contains(name));
        let common: Vec<ObjectName> = common.map(|name| exact(&name).into()).collect();
        *constraint = if common.is_empty() { JoinConstraint::None } else { JoinConstraint::Using(common) };
    }

    fn factor(&mut self, factor: &mut TableFactor) -> Result<()> {
        let source = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let source = self.table(name);
                renamed(source, alias)
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let columns = self.subquery(*lateral, subquery)?;
                renamed(Source { columns, ..Source::default() }, alias)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                return self.table_with_joins(table_with_joins);
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let first = self.scope().sources.len();
                self.table_with_joins(table_with_joins)?;
                let inner = self.scope_mut().sources.split_off(first);
                let columns = inner.iter().flat_map(Source::columns).cloned().collect();
                renamed(Source { columns: Some(columns), ..Source::default() }, alias)
            }
            other => {
                self.expressions(other)?;
                match other {
                    TableFactor::Table { alias, .. }
                    | TableFactor::TableFunction { alias, .. }
                    | TableFactor::Function { alias, .. }
                    | TableFactor::UNNEST { alias, .. } => renamed(Source::default(), alias),
                    _ => Source::default(),
                }
            }
        };
        self.scope_mut().sources.push(source);
        Ok(())
    }

    /// A derived table; only a LATERAL one sees the relations before it.
    fn subquery(&mut self, lateral: bool, query: &mut Query) -> Result<Option<Vec<Column>>> {
        if lateral {
            return self.query(query);
        }
        let current = self.scopes.pop();
        let columns = self.query(query);
        self.scopes.extend(current);
        columns
    }

    /// A table or CTE of a FROM clause.
    fn table(&self, name: &ObjectName) -> Source {
        let path: Vec<Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).cloned().collect();
        if let [name] = path.as_slice()
            && let Some(cte) = self.ctes.iter().rev().find(|cte| same(&cte.name, &name.value))
        {
            return Source { columns: cte.columns.clone(), path, ..Source::default() };
        }
        let full = path.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
        let relation = self.relations.iter().find(|relation| same(&relation.name, &full));
        let columns = relation.map(|relation| Column::of_schema(&relation.schema));
        Source { path, called: Called::ByName, columns, merged: Vec::new() }
    }

    pub(super) fn scope(&self) -> &Scope {
        static NOTHING: Scope =
            Scope { sources: Vec::new(), outputs: Vec::new(), precedence: Precedence::Columns };
        self.scopes.last().unwrap_or(&NOTHING)
    }

    fn scope_mut(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let innermost = self.scopes.len() - 1;
        &mut self.scopes[innermost]
    }
}

/// An alias keeps the case in which it was typed.
fn keep_case(alias: &mut Ident) {
    if alias.quote_style.is_none() {
        *alias = exact(&alias.value);
    }
}

/// What is defined keeps the case in which it was named.
fn keep_name(name: &mut ObjectName) {
    if let Some(ObjectNamePart::Identifier(name)) = name.0.last_mut() {
        keep_case(name);
    }
}

/// Applies the column list of an alias (`AS c(Num, Name)`).
fn aliased(columns: Option<Vec<Column>>, alias: &mut TableAlias) -> Option<Vec<Column>> {
    if alias.columns.is_empty() {
        return columns;
    }
    let types: Vec<_> = columns.into_iter().flatten().map(|column| column.data_type).collect();
    let renamed = alias.columns.iter_mut().enumerate().map(|(n, column)| {
        keep_case(&mut column.name);
        Column::named(&column.name.value, types.get(n).cloned().flatten())
    });
    Some(renamed.collect())
}

fn renamed(source: Source, alias: &mut Option<TableAlias>) -> Source {
    let Some(alias) = alias else { return source };
    let columns = aliased(source.columns, alias);
    Source { path: vec![alias.name.clone()], columns, ..Source::default() }
}

fn constraint_of(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::Semi(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::Anti(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint)
        | JoinOperator::StraightJoin(constraint) => Some(constraint),
        _ => None,
    }
}

fn last(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(ObjectNamePart::as_ident)
}

/// A column of the table that a statement writes to.
fn spell_target(name: &mut ObjectName, target: &Source) {
    if let Some(ObjectNamePart::Identifier(name)) = name.0.last_mut()
        && let Some(column) = target.column(name)
    {
        *name = exact(&column.name);
    }
}

/// `SELECT * FROM name`.
pub(in crate::catalog) fn select_all(name: &ObjectName) -> Result<Box<Query>> {
    if let Some(Statement::Statement(sql)) =
        DFParser::parse_sql(&format!("SELECT * FROM {name}"))?.pop_front()
        && let Sql::Query(query) = *sql
    {
        return Ok(query);
    }
    plan_err!("`{name}` is no table name")
}
