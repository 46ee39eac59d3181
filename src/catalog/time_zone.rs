//! The session's time zone in expressions. Times of a service are instants, stored in UTC. Where a statement sets them
//! beside something without a zone (a text, a date, a zoneless timestamp), or asks for their day or hour, the session's
//! zone is meant; DataFusion alone would take UTC, the zone of the column.
//!
//! An analyzer rule makes it so before types are coerced: what has no zone goes through [`Instant`], which knows the
//! edges of daylight saving, and what functions take apart is cast to the zone first. In UTC there is nothing to do.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, plan_err};
use datafusion::functions::datetime::to_local_time;
use datafusion::logical_expr::expr::{Between, InList, InSubquery, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Cast, Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, Operator, ScalarUDF,
    TryCast, Union,
};
use datafusion::optimizer::AnalyzerRule;

mod instant;

use instant::Instant;

/// The rule.
#[derive(Debug)]
pub(super) struct SessionZone;

impl AnalyzerRule for SessionZone {
    fn name(&self) -> &'static str {
        "session_zone"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        match &config.execution.time_zone {
            Some(zone) if !matches!(zone.as_str(), "UTC" | "+00:00") => {
                let zone = Zone { name: zone.as_str().into() };
                plan.transform_up_with_subqueries(|plan| zone.plan(plan)).map(|plan| plan.data)
            }
            _ => Ok(plan),
        }
    }
}

/// Functions that take an instant apart by its zone: the arguments that they do it to, and whether an instant comes out.
const BY_ZONE: [(&str, &[usize], Outcome); 6] = [
    ("date_trunc", &[1], Outcome::Instant),
    ("date_bin", &[1, 2], Outcome::Instant),
    ("date_part", &[1], Outcome::Value),
    ("to_char", &[0], Outcome::Value),
    ("to_local_time", &[0], Outcome::Value),
    ("to_date", &[0], Outcome::Value),
];

/// Functions whose arguments are of one type.
const ALIKE: [&str; 5] = ["coalesce", "nullif", "nvl", "greatest", "least"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Instant,
    Value,
}

/// What a type says about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A point in time.
    Instant(TimeUnit),
    /// A date or timestamp that becomes an instant by a zone.
    Zoneless,
    /// Read as a time, where one is compared with it.
    Text,
    Other,
}

impl Kind {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Timestamp(unit, Some(_)) => Self::Instant(*unit),
            DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64 => Self::Zoneless,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Self::Text,
            _ => Self::Other,
        }
    }

    /// Does it become an instant by a zone, beside an instant?
    fn needs_zone(self) -> bool {
        matches!(self, Self::Zoneless | Self::Text)
    }
}

struct Zone {
    name: Arc<str>,
}

impl Zone {
    fn plan(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let plan = match plan {
            LogicalPlan::Union(union) => return self.union(union),
            other => other,
        };
        if let LogicalPlan::Join(join) = &plan {
            self.check_using(join)?;
        }
        with_expressions(plan, &|expr, schema| self.expression(expr, schema))
    }

    /// Where an input of a UNION has instants in a column, the dates of the others become instants.
    fn union(&self, union: Union) -> Result<Transformed<LogicalPlan>> {
        let kind = |input: &LogicalPlan, column| Kind::of(input.schema().field(column).data_type());
        let width = union.schema.fields().len();
        let units: Vec<Option<TimeUnit>> = (0..width)
            .map(|column| {
                union.inputs.iter().find_map(|input| match kind(input, column) {
                    Kind::Instant(unit) => Some(unit),
                    _ => None,
                })
            })
            .collect();
        let read = |input: &LogicalPlan, column: usize| match units[column] {
            Some(unit) if kind(input, column) == Kind::Zoneless => Some(unit),
            _ => None,
        };
        if !union.inputs.iter().any(|input| (0..width).any(|column| read(input, column).is_some())) {
            return Ok(Transformed::no(LogicalPlan::Union(union)));
        }
        let inputs = union.inputs.iter().map(|input| {
            let columns = input.schema().iter().enumerate().map(|(i, (relation, field))| {
                let column = Expr::Column(Column::new(relation.cloned(), field.name()));
                match read(input, i) {
                    Some(unit) => self.instant(column, unit).alias_qualified(relation.cloned(), field.name()),
                    None => column,
                }
            });
            LogicalPlanBuilder::from(input.as_ref().clone()).project(columns)?.build().map(Arc::new)
        });
        let union = Union::try_new_with_loose_types(inputs.collect::<Result<_>>()?)?;
        Ok(Transformed::yes(LogicalPlan::Union(union)))
    }

    /// USING and NATURAL know no expression that could read a date in the zone.
    fn check_using(&self, join: &Join) -> Result<()> {
        for (left, right) in &join.on {
            let kinds = (
                Kind::of(&left.get_type(join.left.schema())?),
                Kind::of(&right.get_type(join.right.schema())?),
            );
            if let (Kind::Instant(_), other) | (other, Kind::Instant(_)) = kinds
                && other.needs_zone()
            {
                return plan_err!(
                    "`{left}` and `{right}` are a time and a date, which the zone `{}` sets apart: join ON them instead \
                     of USING or NATURAL",
                    self.name
                );
            }
        }
        Ok(())
    }

    fn expression(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let kind = |expr: &Expr| expr.get_type(schema).map_or(Kind::Other, |t| Kind::of(&t));
        Ok(match expr {
            Expr::InSubquery(membership) => Transformed::yes(self.membership(membership, &kind)?),
            Expr::Case(mut case) => {
                let results = case.when_then_expr.iter_mut().map(|(_, then)| &mut **then);
                self.alike(results.chain(case.else_expr.as_deref_mut()).collect::<Vec<_>>(), &kind);
                if let Some(operand) = case.expr.as_deref_mut() {
                    let whens = case.when_then_expr.iter_mut().map(|(when, _)| &mut **when);
                    self.alike(std::iter::once(operand).chain(whens).collect::<Vec<_>>(), &kind);
                }
                Transformed::yes(Expr::Case(case))
            }
            Expr::BinaryExpr(BinaryExpr { mut left, op, mut right }) if sets_beside(op) => {
                // A text that is subtracted is an interval.
                let reads =
                    |kind: Kind| kind == Kind::Zoneless || (kind == Kind::Text && op != Operator::Minus);
                match (kind(&left), kind(&right)) {
                    (Kind::Instant(unit), other) if reads(other) => *right = self.instant(*right, unit),
                    (other, Kind::Instant(unit)) if reads(other) => *left = self.instant(*left, unit),
                    _ => {}
                }
                Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
            }
            Expr::Between(Between { mut expr, negated, mut low, mut high }) => {
                let parts = [&mut *expr, &mut *low, &mut *high];
                self.alike(parts, &kind);
                Transformed::yes(Expr::Between(Between { expr, negated, low, high }))
            }
            Expr::InList(InList { mut expr, mut list, negated }) => {
                self.alike(std::iter::once(&mut *expr).chain(&mut list).collect::<Vec<_>>(), &kind);
                Transformed::yes(Expr::InList(InList { expr, list, negated }))
            }
            Expr::ScalarFunction(function) => self.function(function, &kind, schema),
            Expr::Cast(Cast { expr, field }) => {
                let expr = Box::new(self.cast(*expr, field.data_type(), &kind));
                Transformed::yes(Expr::Cast(Cast { expr, field }))
            }
            Expr::TryCast(TryCast { expr, field }) => {
                let expr = match Kind::of(field.data_type()) {
                    // What is no time must stay NULL.
                    Kind::Instant(_) => expr,
                    _ => Box::new(self.cast(*expr, field.data_type(), &kind)),
                };
                Transformed::yes(Expr::TryCast(TryCast { expr, field }))
            }
            other => Transformed::no(other),
        })
    }

    /// `instant IN (SELECT date …)`, and the other way round.
    fn membership(&self, membership: InSubquery, kind: &dyn Fn(&Expr) -> Kind) -> Result<Expr> {
        let InSubquery { expr, subquery, negated } = membership;
        let plan = &subquery.subquery;
        let found = Kind::of(plan.schema().field(0).data_type());
        let (expr, subquery) = match (kind(&expr), found) {
            (Kind::Instant(unit), found) if found.needs_zone() => {
                let column = Expr::Column(Column::from(plan.schema().qualified_field(0)));
                let instants = vec![self.instant(column, unit)];
                let plan = LogicalPlanBuilder::from(plan.as_ref().clone()).project(instants)?.build()?;
                (expr, subquery.with_plan(Arc::new(plan)))
            }
            (own, Kind::Instant(unit)) if own.needs_zone() => (Box::new(self.instant(*expr, unit)), subquery),
            _ => (expr, subquery),
        };
        Ok(Expr::InSubquery(InSubquery { expr, subquery, negated }))
    }

    /// If one of them is an instant, the zoneless ones become instants.
    fn alike<'e>(&self, parts: impl IntoIterator<Item = &'e mut Expr>, kind: &dyn Fn(&Expr) -> Kind) {
        let parts: Vec<(Kind, &mut Expr)> = parts.into_iter().map(|part| (kind(part), part)).collect();
        let unit = parts.iter().find_map(|(kind, _)| match kind {
            Kind::Instant(unit) => Some(*unit),
            _ => None,
        });
        let Some(unit) = unit else { return };
        for (_, part) in parts.into_iter().filter(|(kind, _)| kind.needs_zone()) {
            *part = self.instant(std::mem::take(part), unit);
        }
    }

    fn function(
        &self,
        mut function: ScalarFunction,
        kind: &dyn Fn(&Expr) -> Kind,
        schema: &DFSchema,
    ) -> Transformed<Expr> {
        let name = function.func.name();
        if ALIKE.contains(&name) {
            self.alike(&mut function.args, kind);
            return Transformed::yes(Expr::ScalarFunction(function));
        }
        let Some((_, places, outcome)) = BY_ZONE.iter().find(|(known, ..)| *known == name) else {
            return Transformed::no(Expr::ScalarFunction(function));
        };
        let mut result = None;
        for place in *places {
            let Some(argument) = function.args.get_mut(*place) else { continue };
            match kind(argument) {
                Kind::Instant(unit) => {
                    result = result.or_else(|| argument.get_type(schema).ok());
                    *argument = self.local(std::mem::take(argument), unit);
                }
                // An origin without a zone, beside an instant.
                other if other.needs_zone() && result.is_some() => {
                    let zoned = self.instant(std::mem::take(argument), TimeUnit::Microsecond);
                    *argument = self.local(zoned, TimeUnit::Microsecond);
                }
                _ => {}
            }
        }
        let expr = Expr::ScalarFunction(function);
        match result {
            // Whatever zone an instant is shown in, all of them are of one type.
            Some(data_type) if *outcome == Outcome::Instant => {
                Transformed::yes(Expr::Cast(Cast::new(Box::new(expr), data_type)))
            }
            _ => Transformed::yes(expr),
        }
    }

    /// What a cast to `target` starts from.
    fn cast(&self, expr: Expr, target: &DataType, kind: &dyn Fn(&Expr) -> Kind) -> Expr {
        match (kind(&expr), target) {
            (
                Kind::Instant(unit),
                DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_),
            ) => self.local(expr, unit),
            // Arrow keeps the numbers, which are UTC's.
            (Kind::Instant(unit), DataType::Timestamp(_, None)) => {
                to_local_time().call(vec![self.local(expr, unit)])
            }
            (from, DataType::Timestamp(unit, Some(_))) if from.needs_zone() => self.instant(expr, *unit),
            _ => expr,
        }
    }

    /// The same instant, as this zone's.
    fn local(&self, expr: Expr, unit: TimeUnit) -> Expr {
        Expr::Cast(Cast::new(Box::new(expr), DataType::Timestamp(unit, Some(Arc::clone(&self.name)))))
    }

    /// The instant that a zoneless value is in this zone.
    fn instant(&self, expr: Expr, unit: TimeUnit) -> Expr {
        ScalarUDF::from(Instant::new(&self.name, unit)).call(vec![expr])
    }
}

/// The plan with each of its expressions, from the inside out, as `map` makes it by the columns that it may name. What they
/// are called stays.
pub(super) fn with_expressions(
    plan: LogicalPlan,
    map: &dyn Fn(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        let source = DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?;
        schema.merge(&source);
    }
    let names = NamePreserver::new(&plan);
    let mapped = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let mapped = expr.transform_up(|expr| map(expr, &schema))?;
        Ok(mapped.update_data(|expr| name.restore(expr)))
    })?;
    mapped.map_data(LogicalPlan::recompute_schema)
}

/// Do values on both sides of it have to be of one kind?
pub(super) fn sets_beside(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
            | Operator::Minus
    )
}
