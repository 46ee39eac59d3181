//! COPY statements that run at the same time. Each alone would wait for its own pages most of the time; together they share
//! what the site lets one credential do. To who looks at the files they ran one after the other: a file appears after
//! those of the statements before it, and none after a statement that failed.

use std::collections::VecDeque;
use std::future;
use std::mem;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::copy::Copy;
use super::parameters::Parameters;
use super::session::{CopyError, QueryError, Session};
use crate::sink::{Filled, SinkError, Written};

/// How many are filled at the same time at most, since each holds some pages and a group of rows: four of all columns of
/// `Issues` took 265 MB in Parquet, where one took 127 MB.
const AT_ONCE: usize = 4;

/// How many may be under way, with those that are filled and wait for their turn: each has an open file.
const UNDER_WAY: usize = 16;

/// The COPY statements that a list of statements begins with. Those are filled at the same time that are apart: none reads a
/// file, or writes where another does. The others wait for those before them. Dropping it leaves nothing behind but the
/// files that have appeared.
pub struct Copies<'a> {
    session: &'a Session,
    statements: &'a mut VecDeque<Statement>,
    sql: &'a str,
    parameters: &'a Parameters,
    /// The first of the statements, on its way to a plan.
    planning: Option<Planning<'a>>,
    /// Has it turned out to wait for those that are under way?
    waits: bool,
    under_way: VecDeque<UnderWay>,
    /// The number of the first that is under way, whose turn it is.
    turn: usize,
    filling: FuturesUnordered<Filling>,
    has_failed: bool,
}

struct Planning<'a> {
    /// The places of those that were under way when it began: what is to be there may have been missing.
    beside: Vec<PathBuf>,
    plan: BoxFuture<'a, Result<Copy, CopyError>>,
}

struct UnderWay {
    /// Where its file will be; nothing where it must be alone.
    place: Option<PathBuf>,
    filled: Option<Result<Filled, QueryError>>,
}

/// A statement that is being filled, by its number.
struct Filling {
    number: usize,
    work: BoxFuture<'static, Result<Filled, SinkError>>,
}

impl Future for Filling {
    type Output = (usize, Result<Filled, SinkError>);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let number = self.number;
        self.work.as_mut().poll(task).map(|filled| (number, filled))
    }
}

impl<'a> Copies<'a> {
    /// Those that the statements, which come out of `sql`, begin with. They are taken off one by one.
    pub fn new(
        session: &'a Session,
        statements: &'a mut VecDeque<Statement>,
        sql: &'a str,
        parameters: &'a Parameters,
    ) -> Self {
        Self {
            session,
            statements,
            sql,
            parameters,
            planning: None,
            waits: false,
            under_way: VecDeque::new(),
            turn: 0,
            filling: FuturesUnordered::new(),
            has_failed: false,
        }
    }

    /// What the next statement has written, once all before it are done and its file is there; nothing after the last one,
    /// or one that failed.
    ///
    /// # Errors
    /// When the statement can't be planned, its rows end in an error, or can't be written.
    pub async fn next(&mut self) -> Option<Result<Written, QueryError>> {
        loop {
            if let Some(filled) = self.under_way.front_mut().and_then(|it| it.filled.take()) {
                self.under_way.pop_front();
                self.turn += 1;
                let written = filled.and_then(|filled| filled.appear().map_err(|e| self.explained(e)));
                if written.is_err() {
                    self.end_before(self.turn);
                }
                return Some(written);
            }
            self.plan_next();
            if self.planning.is_none() && self.filling.is_empty() {
                return None;
            }
            // Who has failed is heard before another is begun.
            tokio::select! {
                biased;
                Some((number, filled)) = self.filling.next() => {
                    if filled.is_err() {
                        self.end_before(number + 1);
                    }
                    let filled = filled.map_err(|e| self.explained(e));
                    if let Some(it) = self.under_way.get_mut(number - self.turn) {
                        it.filled = Some(filled);
                    }
                }
                (beside, plan) = planned(&mut self.planning) => {
                    self.planning = None;
                    self.begin(&beside, plan);
                }
            }
        }
    }

    /// Starts to plan the next statement, if it may be begun now.
    fn plan_next(&mut self) {
        self.waits &= !self.under_way.is_empty();
        let has_room = self.filling.len() < AT_ONCE && self.under_way.len() < UNDER_WAY;
        if self.planning.is_some() || self.has_failed || self.waits || !has_room {
            return;
        }
        let beside: Option<Vec<PathBuf>> = self.under_way.iter().map(|it| it.place.clone()).collect();
        if let (Some(Statement::CopyTo(next)), Some(beside)) = (self.statements.front(), beside) {
            let plan = self.session.plan_copy(next.clone(), self.sql, self.parameters);
            self.planning = Some(Planning { beside, plan: Box::pin(plan) });
        }
    }

    /// Begins the statement that was planned beside those at these places, or has it wait for them.
    fn begin(&mut self, beside: &[PathBuf], plan: Result<Copy, CopyError>) {
        let (place, filled) = match plan {
            Ok(copy) if beside.is_empty() || is_apart(copy.place.as_ref(), beside) => {
                let (place, number) = (copy.place.clone(), self.turn + self.under_way.len());
                self.filling.push(Filling { number, work: Box::pin(copy.fill(self.session.task())) });
                (place, None)
            }
            Err(e) if beside.is_empty() || e.is_of_site => {
                self.has_failed = true;
                (None, Some(Err(e.error)))
            }
            // What it lacks may be what those before it write.
            _ => {
                self.waits = true;
                return;
            }
        };
        self.statements.pop_front();
        self.under_way.push_back(UnderWay { place, filled });
    }

    /// One has failed: the statements from this number on would not have run.
    fn end_before(&mut self, number: usize) {
        self.has_failed = true;
        self.planning = None;
        self.under_way.truncate(number - self.turn);
        let filling = mem::take(&mut self.filling);
        self.filling = filling.into_iter().filter(|filling| filling.number < number).collect();
    }

    fn explained(&self, error: SinkError) -> QueryError {
        self.session.explained(&DataFusionError::External(Box::new(error)), self.sql)
    }
}

/// Is this a place apart from those? Not where one lies in the other.
fn is_apart(place: Option<&PathBuf>, others: &[PathBuf]) -> bool {
    let apart = |place: &PathBuf, other: &PathBuf| !place.starts_with(other) && !other.starts_with(place);
    place.is_some_and(|place| others.iter().all(|other| apart(place, other)))
}

/// The plan, once it is made, and what it was made beside.
async fn planned(planning: &mut Option<Planning<'_>>) -> (Vec<PathBuf>, Result<Copy, CopyError>) {
    match planning {
        Some(Planning { beside, plan }) => {
            let plan = plan.as_mut().await;
            (mem::take(beside), plan)
        }
        None => future::pending().await,
    }
}
