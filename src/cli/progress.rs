//! Progress on stderr while rows are read, and the summary line when they are.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::arguments::Options;
use super::open::shows_progress;
use crate::catalog::Session;
use crate::http::Totals;

/// One command's account: what it cost, what it found.
pub(super) struct Progress {
    started: Instant,
    bar: ProgressBar,
    quiet: bool,
    strict: bool,
}

impl Progress {
    /// Starts the clock; shows a line if stderr is a terminal and nobody objects.
    pub(super) fn start(options: &Options) -> Self {
        let bar = match shows_progress(options) {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { started: Instant::now(), bar, quiet: options.quiet, strict: options.strict }
    }

    /// Runs `work` and shows where its scans stand.
    pub(super) async fn watch<T>(&self, session: &Session, work: impl Future<Output = T>) -> T {
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
                    self.bar.set_message(self.standing(session));
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

    fn standing(&self, session: &Session) -> String {
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
    pub(super) fn finish(self, session: &Session, rows: u64) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let findings = session.report().take();
        let totals = totals(session);
        // Those of connections are said when they are opened.
        let standing: usize = session.sites().values().map(|s| s.connection().warnings().len()).sum();
        let warnings = standing + findings.warnings.len();
        if !self.quiet {
            for note in &findings.notes {
                eprintln!("note: {note}");
            }
            for warning in &findings.warnings {
                eprintln!("warning: {warning}");
            }
            let throttled = match totals.throttled {
                Duration::ZERO => String::new(),
                t => format!(", {:.1} s throttled", t.as_secs_f64()),
            };
            eprintln!(
                "{} rows, {} requests ({} retries){throttled}, {}, {:.1} s, {} warnings",
                HumanCount(rows),
                HumanCount(totals.requests),
                HumanCount(totals.retries),
                HumanBytes(totals.bytes),
                self.started.elapsed().as_secs_f64(),
                warnings,
            );
        }
        match self.strict && warnings > 0 {
            true => Err(Failure::failed("there were warnings, and --strict makes them a failure")),
            false => Ok(()),
        }
    }
}

impl Drop for Progress {
    /// An interrupted run leaves no line behind.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
