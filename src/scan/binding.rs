//! What a scan learns when it starts: keys from the other side of a join, and how far down an ordered scan the best rows
//! reach. With keys the access path is chosen anew, by their number.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::{Schema, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, DynamicFilterPhysicalExpr};

use super::bound_keys::{self, KeyColumn, accepted};
use super::choice::{Candidate, Wanted, candidates};
use super::environment::Environment;
use super::error::ScanError;
use super::spec::{Order, ScanSpec};
use crate::pushdown::{self, Pushed};
use crate::schema::{Paging, Reference, Table};

/// What the query asks of a table, kept so that a path can be chosen anew when more is known.
#[derive(Debug, Clone)]
pub struct Question {
    /// What the WHERE clause says.
    pub pushed: Pushed,
    /// How many requests may be under way at once.
    pub concurrency: usize,
    /// The filters over the scan's columns of which its JQL says all, where somebody asks for them.
    pub said: Vec<Arc<dyn PhysicalExpr>>,
}

/// Values of one column beyond which JQL would be too long: the column's own keys have no such limit.
const LONGEST_LIST: usize = 100;

/// What other operators of the plan will tell a scan.
#[derive(Debug, Clone, Default)]
pub(super) struct Binding {
    /// Filters over the scan's columns. The engine filters again.
    pub(super) filters: Vec<Arc<dyn PhysicalExpr>>,
    /// For each of them: the columns that it leaves only values of another table's column, by their places.
    pub(super) origins: Vec<Vec<(usize, Reference)>>,
    /// Those of hash joins, which are complete before the join reads the scan; others may be complete only at its end.
    pub(super) of_joins: HashSet<u64>,
    /// The best rows of this order are wanted, and how many.
    pub(super) top: Option<Top>,
}

/// What the joins leave of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// All of it.
    Nowhere,
    /// Rows with some values.
    Somewhere,
    /// Nothing.
    NoRow,
}

/// The first rows of an order, of which an operator above keeps the best so far.
#[derive(Debug, Clone)]
pub(super) struct Top {
    pub(super) order: Order,
    /// How many rows are wanted, if no filter above takes any of them away.
    pub(super) rows: usize,
    /// Says which rows are still better than the worst of those that are kept.
    pub(super) filter: u64,
}

impl Binding {
    /// The columns of the scan that can be bound: keys of its paths, and what JQL compares by equality.
    pub(super) fn key_columns(table: &Table, columns: &[usize]) -> Vec<(usize, KeyColumn)> {
        let places = columns.iter().enumerate().filter(|(_, c)| is_key(table, **c));
        places
            .map(|(index, c)| (*c, KeyColumn { index, data_type: table.arrow.field(*c).data_type().clone() }))
            .collect()
    }

    /// Waits until the joins have read the sides that the keys come from.
    async fn wait(&self) -> Result<()> {
        for filter in &self.filters {
            for dynamic in bound_keys::dynamic_filters(filter)? {
                let of_join = dynamic.expression_id().is_some_and(|id| self.of_joins.contains(&id));
                if let Some(dynamic) = dynamic.downcast_ref::<DynamicFilterPhysicalExpr>().filter(|_| of_join)
                {
                    dynamic.wait_complete().await;
                }
            }
        }
        Ok(())
    }

    /// The values that the filters leave to a column, sorted; none where they leave it all.
    fn values(&self, key: &KeyColumn) -> Result<Option<Vec<String>>> {
        let mut keys = None;
        for filter in &self.filters {
            keys = bound_keys::both(keys, accepted(filter, key)?);
        }
        Ok(keys.map(|keys| keys.into_iter().collect()))
    }

    /// Do these values come from where the table's rows are listed by?
    fn is_listed(&self, table: &Table, column: usize, key: &KeyColumn) -> Result<bool> {
        let by: Vec<Reference> = table.listed_as(column).collect();
        for (filter, origins) in self.filters.iter().zip(&self.origins) {
            let is_so = origins.iter().any(|(place, origin)| *place == key.index && by.contains(origin));
            if is_so && accepted(filter, key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for the joins, and leaves to each of the columns the values that they do.
    pub(super) async fn restrict(
        &self,
        table: &Table,
        pushed: &mut Pushed,
        columns: &[(usize, KeyColumn)],
    ) -> Result<Bound> {
        self.wait().await?;
        let mut bound = Bound::Nowhere;
        for (column, key) in columns {
            let Some(values) = self.values(key)? else { continue };
            bound = Bound::Somewhere;
            pushed.restrict(*column, values);
            if self.is_listed(table, *column, key)? {
                pushed.listed.insert(*column);
            }
        }
        Ok(if pushed.is_impossible() { Bound::NoRow } else { bound })
    }

    /// Is there anything to learn?
    pub(super) fn is_bound(&self) -> bool {
        !self.filters.is_empty()
    }

    /// The scan as it is to be run, now that the filters are known; none where no row can match.
    pub(super) async fn applied(
        &self,
        env: &Environment,
        spec: &ScanSpec,
        question: &Question,
    ) -> Result<Option<ScanSpec>> {
        let table = env.table_of(spec)?;
        let columns = Self::key_columns(&table, &spec.columns_in(&table)?);
        let mut pushed = question.pushed.clone();
        match self.restrict(&table, &mut pushed, &columns).await? {
            Bound::Nowhere => return Ok(Some(spec.clone())),
            Bound::NoRow => return Ok(None),
            Bound::Somewhere => {}
        }
        for (column, _) in &columns {
            let few = pushed.values(*column).filter(|values| values.len() <= LONGEST_LIST);
            let term = few.and_then(|values| pushdown::equals(&table, *column, values));
            pushed.terms.extend(term);
        }
        let address = {
            let find = |name: &str| env.table(&spec.connection, spec.deployment, &spec.schema, name).ok();
            super::fields_address(&table, &find)
        };
        let terms = std::mem::take(&mut pushed.terms);
        pushed.terms = env.supported(&spec.connection, &table, address.as_deref(), terms).await?;
        let question = Question { pushed, ..question.clone() };
        Ok(Some(self.chosen(env, spec, &question)?.map_or_else(|| spec.clone(), |chosen| chosen.scan)))
    }

    /// The cheapest way to give the columns of `spec`, by what the question says; none where it is the spec itself.
    pub(super) fn chosen(
        &self,
        env: &Environment,
        spec: &ScanSpec,
        question: &Question,
    ) -> Result<Option<Candidate>, ScanError> {
        let table = env.table_of(spec)?;
        let columns = spec.columns_in(&table)?;
        let find = |name: &str| env.table(&spec.connection, spec.deployment, &spec.schema, name).ok();
        let wanted = Wanted {
            connection: &spec.connection,
            deployment: spec.deployment,
            columns: &columns,
            within: spec.within.as_deref(),
            pushed: &question.pushed,
            limit: spec.limit,
            concurrency: question.concurrency,
        };
        let fits = |c: &Candidate| c.lookups.is_empty() && c.scan.columns == spec.columns;
        let best = candidates(&table, &wanted, &find).into_iter().find(fits);
        let Some(top) = &self.top else { return Ok(best) };
        // The first rows of an order are on the first pages of a search, if nothing else is asked of them.
        let wanted = Wanted { limit: Some(top.rows), ..wanted };
        let ordered = candidates(&table, &wanted, &find).into_iter().find(|c| {
            let sorts = |name: &str| table.path(name).is_some_and(|path| path.search.is_some());
            fits(c) && c.scan.keys.is_none() && sorts(&c.scan.path)
        });
        let time = |c: &Candidate| c.price.time(question.concurrency);
        Ok(match (best, ordered) {
            (Some(best), Some(ordered)) if time(&best) < time(&ordered) => Some(best),
            (_, Some(Candidate { scan, price, lookups })) => {
                let scan = ScanSpec { limit: None, order: Some(top.order.clone()), ..scan };
                Some(Candidate { scan, price, lookups })
            }
            (best, None) => best,
        })
    }
}

impl fmt::Display for Binding {
    /// What EXPLAIN says of it; there may be thousands of keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 300;
        if self.filters.is_empty() {
            return Ok(());
        }
        let filters: Vec<_> = self.filters.iter().map(ToString::to_string).collect();
        let text = filters.join(" AND ");
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, ", bound by {}…", &text[..end]),
            None => write!(f, ", bound by {text}"),
        }
    }
}

/// Can rows be asked for by values of this column?
pub(super) fn is_key(table: &Table, column: usize) -> bool {
    column < table.columns.len() && pushdown::operators(table, column).contains(&"IN")
}

/// Instants that lie within a minute of one another may come in any order: the service may sort by the minute.
const GRAIN: i64 = 60_000_000;

/// Looks on while an ordered scan runs, and tells when no later row can be among the best.
pub(super) struct Watch {
    filter: Arc<dyn PhysicalExpr>,
    /// The place of the order's column.
    column: usize,
    order: Order,
    schema: Arc<Schema>,
    /// A value that no later row can be better than.
    best: Option<i64>,
    /// Pages so far.
    pages: usize,
    /// Later pages may be the first ones again: a list by offset starts anew where rows are deleted meanwhile.
    may_start_anew: bool,
}

impl Watch {
    /// For a scan that runs in its order.
    pub(super) fn new(
        binding: &Binding,
        spec: &ScanSpec,
        paging: Paging,
        schema: &Schema,
    ) -> Result<Option<Self>> {
        let Some((top, order)) = binding.top.as_ref().zip(spec.order.as_ref()) else { return Ok(None) };
        for filter in &binding.filters {
            for dynamic in bound_keys::dynamic_filters(filter)? {
                if dynamic.expression_id() == Some(top.filter) {
                    let fields =
                        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
                    let nullable = Schema::new(fields.collect::<Vec<_>>());
                    let column = schema.index_of(&order.column)?;
                    let watch = Self {
                        filter: dynamic,
                        column,
                        order: order.clone(),
                        pages: 0,
                        may_start_anew: paging != Paging::Token,
                        schema: Arc::new(nullable),
                        best: None,
                    };
                    return Ok(Some(watch));
                }
            }
        }
        Ok(None)
    }

    /// A page that goes on to the operator above.
    pub(super) fn saw(&mut self, page: &RecordBatch) {
        let values = page.column(self.column).as_primitive::<TimestampMicrosecondType>();
        // What comes is no better than the worst row of the last page, give or take a minute.
        let worst = match self.order.descending {
            true => min(values).map(|v| v.saturating_add(GRAIN)),
            false => max(values).map(|v| v.saturating_sub(GRAIN)),
        };
        self.best = worst.or(self.best);
        self.pages += 1;
    }

    /// Can a row that has not come yet be among the best? It can unless the filter is false for every row whose value is
    /// no better than what has come; the other columns are unknown.
    pub(super) fn may_go_on(&self) -> Result<bool> {
        let Some(best) = self.best.filter(|_| !self.may_start_anew || self.pages == 1) else {
            return Ok(true);
        };
        let column = |(i, field): (usize, &Arc<datafusion::arrow::datatypes::Field>)| -> ArrayRef {
            match i == self.column {
                true => Arc::new(TimestampMicrosecondArray::from(vec![best]).with_timezone("UTC")),
                false => new_null_array(field.data_type(), 1),
            }
        };
        let columns = self.schema.fields().iter().enumerate().map(column).collect();
        let row = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        let answer = self.filter.evaluate(&row)?.into_array(1)?;
        let answer: Option<&BooleanArray> = answer.as_boolean_opt();
        Ok(answer.is_none_or(|answer| answer.is_null(0) || answer.value(0)))
    }
}

/// The column that a filter of the best rows compares first.
pub(super) fn first_key(filter: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    Some(filter.children().first()?.downcast_ref::<Column>()?.index())
}
