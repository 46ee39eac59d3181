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

use super::parameters::Parameters;
use super::planned::{Plan, Planned};
use super::session::{QueryError, Session};
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
    /// Are all statements before it done? Else a file that it reads, or should, may not be written yet.
    is_alone: bool,
    plan: BoxFuture<'a, Result<Planned, QueryError>>,
}

struct UnderWay {
    /// Where its file will be; nothing where it must be alone.
    place: Option<PathBuf>,
    filled: Option<Result<Filled, SinkError>>,
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
                let written = filled.and_then(Filled::appear);
                if written.is_err() {
                    self.end_before(self.turn);
                }
                return Some(written.map_err(|e| self.explained(e)));
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
                    if let Some(it) = self.under_way.get_mut(number - self.turn) {
                        it.filled = Some(filled);
                    }
                }
                (is_alone, planned) = planned(&mut self.planning) => {
                    self.planning = None;
                    if let Err(e) = self.begin(is_alone, planned) {
                        self.has_failed = true;
                        return Some(Err(e));
                    }
                }
            }
        }
    }

    /// Starts to plan the next statement, if it may be begun now.
    fn plan_next(&mut self) {
        let is_alone = self.under_way.is_empty();
        let has_room = self.filling.len() < AT_ONCE && self.under_way.len() < UNDER_WAY;
        if self.planning.is_some() || self.has_failed || !is_alone && (self.waits || !has_room) {
            return;
        }
        if let Some(next @ Statement::CopyTo(_)) = self.statements.front() {
            let plan = self.session.plan_with(next.clone(), self.sql, self.parameters);
            self.planning = Some(Planning { is_alone, plan });
        }
    }

    /// Begins the statement that is planned, or has it wait.
    fn begin(&mut self, is_alone: bool, planned: Result<Planned, QueryError>) -> Result<(), QueryError> {
        self.waits = false;
        let copy = match planned {
            Ok(Planned(Plan::Copy(copy))) if is_alone || self.is_apart(copy.place.as_ref()) => copy,
            Err(e) if is_alone => return Err(e),
            // It may be what those before it write that it lacks.
            _ => {
                self.waits = true;
                return Ok(());
            }
        };
        self.statements.pop_front();
        let number = self.turn + self.under_way.len();
        self.under_way.push_back(UnderWay { place: copy.place.clone(), filled: None });
        self.filling.push(Filling { number, work: Box::pin(copy.fill(self.session.task())) });
        Ok(())
    }

    /// Is this a place apart from those of all that are under way?
    fn is_apart(&self, place: Option<&PathBuf>) -> bool {
        let Some(place) = place else { return false };
        let apart = |other: &PathBuf| !place.starts_with(other) && !other.starts_with(place);
        self.under_way.iter().all(|it| it.place.as_ref().is_some_and(apart))
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

/// The plan, if one is being made.
async fn planned(planning: &mut Option<Planning<'_>>) -> (bool, Result<Planned, QueryError>) {
    match planning {
        Some(planning) => (planning.is_alone, planning.plan.as_mut().await),
        None => future::pending().await,
    }
}
