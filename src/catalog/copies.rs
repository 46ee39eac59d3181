//! COPY statements that run at the same time. Each alone would wait for its own pages most of the time; together they share
//! what the site lets one credential do. To who looks at the files they ran one after the other: a file appears after
//! those of the statements before it, and none after a statement that failed.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::execution::TaskContext;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::copy::Copy;
use crate::sink::{Filled, SinkError, Written};

/// As many at most, since each holds some pages and a group of rows: of all columns of `Issues` they took 265 MB in
/// Parquet, where one took 127 MB.
const AT_ONCE: usize = 4;

/// COPY statements that follow one another and are apart: none reads a file, or writes where another does. Dropping it
/// leaves nothing behind but the files that have appeared.
pub struct Copies {
    context: Arc<TaskContext>,
    waiting: VecDeque<(usize, Copy)>,
    filling: FuturesUnordered<Filling>,
    /// What is there before its turn.
    filled: BTreeMap<usize, Result<Filled, SinkError>>,
    /// Whose turn it is.
    turn: usize,
}

/// One of them, by its place among them.
struct Filling {
    place: usize,
    work: BoxFuture<'static, Result<Filled, SinkError>>,
}

impl Future for Filling {
    type Output = (usize, Result<Filled, SinkError>);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let place = self.place;
        self.work.as_mut().poll(task).map(|filled| (place, filled))
    }
}

impl Copies {
    pub(super) fn new(context: Arc<TaskContext>, copies: Vec<Copy>) -> Self {
        let (filling, filled) = (FuturesUnordered::new(), BTreeMap::new());
        Self { context, waiting: copies.into_iter().enumerate().collect(), filling, filled, turn: 0 }
    }

    /// What the next statement has written, once it is the next one's turn and its file is there; nothing after the
    /// last one, or one that failed.
    ///
    /// # Errors
    /// When the statement's rows end in one, or can't be written.
    pub async fn next(&mut self) -> Option<Result<Written, SinkError>> {
        loop {
            if let Some(filled) = self.filled.remove(&self.turn) {
                self.turn += 1;
                let written = filled.and_then(Filled::appear);
                if written.is_err() {
                    self.keep_before(self.turn);
                }
                return Some(written);
            }
            while self.filling.len() < AT_ONCE
                && let Some((place, copy)) = self.waiting.pop_front()
            {
                let work = Box::pin(copy.fill(Arc::clone(&self.context)));
                self.filling.push(Filling { place, work });
            }
            let (place, filled) = self.filling.next().await?;
            if filled.is_err() {
                self.keep_before(place);
            }
            self.filled.insert(place, filled);
        }
    }

    /// Leaves out the statements from this place on: they would not have run.
    fn keep_before(&mut self, place: usize) {
        self.waiting.retain(|(waiting, _)| *waiting < place);
        self.filled.retain(|filled, _| *filled < place);
        let filling = mem::take(&mut self.filling);
        self.filling = filling.into_iter().filter(|filling| filling.place < place).collect();
    }
}
