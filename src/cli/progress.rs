//! Progress on stderr while rows are read, and the summary line when they are.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::Options;
use super::open::shows_progress;
use super::{Failure, say};
use crate::catalog::Session;
use crate::http::Totals;

/// One command's account: what it cost, what it found. It is said when the command ends, however it ends.
pub(super) struct Progress<'a> {
    session: &'a Session,
    started: Instant,
    /// Rows that were handed on.
    rows: AtomicU64,
    is_said: AtomicBool,
    bar: ProgressBar,
    quiet: bool,
    strict: bool,
}

impl<'a> Progress<'a> {
    /// Starts the clock; shows a line if stderr is a terminal and nobody objects.
    pub(super) fn start(options: &Options, session: &'a Session) -> Self {
        let bar = match shows_progress(options) {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self {
            session,
            started: Instant::now(),
            rows: AtomicU64::new(0),
            is_said: AtomicBool::new(false),
            bar,
            quiet: options.quiet,
            strict: options.strict,
        }
    }

    /// Runs `work` and shows where its scans stand.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        if self.bar.is_hidden() {
            return work.await;
        }
        self.bar.reset();
        let mut work = std::pin::pin!(work);
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                done = &mut work => {
                    self.bar.finish_and_clear();
                    return done;
                }
                _ = tick.tick() => {
                    self.bar.set_message(self.standing());
                    self.bar.tick();
                }
            }
        }
    }

    /// Hides the line while rows are printed to the same terminal.
    pub(super) fn step_aside(&self) {
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// How many rows were handed on in all.
    pub(super) fn rows(&self, rows: u64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    fn standing(&self) -> String {
        let session = self.session;
        let (rows, totals) = (session.report().rows_read(), totals(session));
        #[expect(clippy::cast_precision_loss, reason = "a display")]
        let rate = rows as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let mut text = format!(
            "{} rows read, {} requests, {}, {rate:.0} rows/s",
            HumanCount(rows),
            HumanCount(totals.requests),
            HumanBytes(totals.bytes),
        );
        for pause in session.sites().values().flat_map(|s| s.client().pauses()) {
            let _ = write!(text, "; the site asked {} to wait {} s", pause.scope, pause.remaining.as_secs());
        }
        text
    }

    /// Prints notes, warnings and the summary line; under `--strict` a warning is a failure.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.conclude() > 0 && self.strict {
            true => Err(Failure::failed("there were warnings, and --strict makes them a failure")),
            false => Ok(()),
        }
    }

    /// Ends without a word: nothing was run, or nobody listens any more.
    pub(super) fn abandon(self) {
        self.is_said.store(true, Ordering::Relaxed);
    }

    /// Says notes, warnings and the summary, once; gives the number of warnings.
    fn conclude(&self) -> usize {
        self.bar.finish_and_clear();
        if self.is_said.swap(true, Ordering::Relaxed) {
            return 0;
        }
        let findings = self.session.report().take();
        let totals = totals(self.session);
        // Those of connections are said when they are opened.
        let standing: usize = self.session.sites().values().map(|s| s.connection().warnings().len()).sum();
        let warnings = standing + findings.warnings.len();
        if self.quiet {
            return warnings;
        }
        for note in &findings.notes {
            say(&format!("note: {note}"));
        }
        for warning in &findings.warnings {
            say(&format!("warning: {warning}"));
        }
        let throttled = match totals.throttled {
            Duration::ZERO => String::new(),
            t => format!(", {:.1} s throttled", t.as_secs_f64()),
        };
        say(&format!(
            "{} rows, {} requests ({} retries){throttled}, {}, {:.1} s, {} warnings",
            HumanCount(self.rows.load(Ordering::Relaxed)),
            HumanCount(totals.requests),
            HumanCount(totals.retries),
            HumanBytes(totals.bytes),
            self.started.elapsed().as_secs_f64(),
            warnings,
        ));
        warnings
    }
}

impl Drop for Progress<'_> {
    /// A failed or interrupted run says what it cost, too.
    fn drop(&mut self) {
        self.conclude();
    }
}

fn totals(session: &Session) -> Totals {
    session.sites().values().map(|s| s.client().totals()).fold(Totals::default(), |a, b| Totals {
        requests: a.requests + b.requests,
        retries: a.retries + b.retries,
        bytes: a.bytes + b.bytes,
        throttled: a.throttled + b.throttled,
    })
}
