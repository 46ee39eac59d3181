//! What a session asks a site for once. Whoever needs it while it is being asked for waits for the same answer, and shares
//! an error too: a wrong password is not tried by each scan in turn, since some sites lock an account after a few. Whoever
//! comes later asks again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::http::HttpError;

/// An answer, once there is one.
#[derive(Debug)]
pub(super) struct Once<T> {
    answer: OnceCell<T>,
    failures: Mutex<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    number: u64,
    last: Option<HttpError>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { answer: OnceCell::new(), failures: Mutex::default() }
    }
}

impl<T> Once<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.answer.get()
    }

    /// The answer; asks for it unless that was done, or is being done.
    pub(super) async fn or_ask<F: Future<Output = Result<T, HttpError>>>(
        &self,
        ask: impl FnOnce() -> F,
    ) -> Result<&T, HttpError> {
        let before = self.failures().number;
        let asked = || async {
            let failure =
                Some(self.failures()).filter(|it| it.number > before).and_then(|it| it.last.clone());
            if let Some(failure) = failure {
                return Err(failure);
            }
            let answer = ask().await;
            if let Err(e) = &answer {
                let mut failures = self.failures();
                failures.number += 1;
                failures.last = Some(e.clone());
            }
            answer
        };
        self.answer.get_or_try_init(asked).await
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
