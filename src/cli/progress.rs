//! Progress on stderr while rows are read, and the summary line when they are.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::Options;
use super::open::{Opened, shows_progress};
use super::settings::Said;
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
    said: Said,
    /// What was there before: a shell has one account a statement.
    before: Standing,
    clock: Clock,
    quiet: bool,
    strict: bool,
}

/// Whether the summary says how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    Shown,
    Hidden,
}

/// Counters of a session at one time.
#[derive(Default)]
struct Standing {
    totals: Totals,
    warnings: usize,
}

impl<'a> Progress<'a> {
    /// As [`Self::start`], for one statement of a session that had others before.
    pub(super) fn follow(options: &Options, opened: &'a Opened, clock: Clock) -> Self {
        let mut progress = Self::start(options, opened);
        progress.before = Standing { totals: totals(&opened.session), warnings: opened.said.count() };
        progress.clock = clock;
        progress
    }

    /// Starts the clock; shows a line if stderr is a terminal and nobody objects.
    pub(super) fn start(options: &Options, opened: &'a Opened) -> Self {
        let bar = match shows_progress(options) {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self {
            session: &opened.session,
            said: opened.said.clone(),
            started: Instant::now(),
            rows: AtomicU64::new(0),
            is_said: AtomicBool::new(false),
            bar,
            before: Standing::default(),
            clock: Clock::Shown,
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
        let (rows, totals) = (session.report().rows_read(), self.cost());
        #[expect(clippy::cast_precision_loss, reason = "a display")]
        let rate = rows as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let mut text = format!(
            "{} rows read, {} requests, {}, {rate:.0} rows/s",
            HumanCount(rows),
            HumanCount(totals.requests),
            HumanBytes(totals.bytes),
        );
        for pause in session.sites().opened().iter().flat_map(|s| s.client().pauses()) {
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

    /// Ends a statement of a shell that failed: of one that never reached a site there is nothing to say.
    pub(super) fn fail(self) {
        if self.cost().requests == 0 && self.rows.load(Ordering::Relaxed) == 0 {
            self.abandon();
        }
    }

    fn cost(&self) -> Totals {
        let (now, before) = (totals(self.session), self.before.totals);
        Totals {
            requests: now.requests - before.requests,
            retries: now.retries - before.retries,
            bytes: now.bytes - before.bytes,
            throttled: now.throttled.saturating_sub(before.throttled),
            points: now.points - before.points,
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
        let totals = self.cost();
        let warnings = self.said.count() - self.before.warnings + findings.warnings.len();
        if self.quiet {
            return warnings;
        }
        for note in &findings.notes {
            say(&format!("note: {note}"));
        }
        for warning in &findings.warnings {
            say(&format!("warning: {warning}"));
        }
        let points = match totals.points {
            0 => String::new(),
            points => format!(", {} points", HumanCount(points)),
        };
        let throttled = match totals.throttled {
            t if t < Duration::from_millis(50) => String::new(),
            t => format!(", {:.1} s throttled", t.as_secs_f64()),
        };
        let seconds = match self.clock {
            Clock::Shown => format!("{:.1} s, ", self.started.elapsed().as_secs_f64()),
            Clock::Hidden => String::new(),
        };
        say(&format!(
            "{} rows, {} requests ({} retries){points}{throttled}, {}, {seconds}{} warnings",
            HumanCount(self.rows.load(Ordering::Relaxed)),
            HumanCount(totals.requests),
            HumanCount(totals.retries),
            HumanBytes(totals.bytes),
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
    session.sites().opened().iter().map(|s| s.client().totals()).fold(Totals::default(), |a, b| Totals {
        requests: a.requests + b.requests,
        retries: a.retries + b.retries,
        bytes: a.bytes + b.bytes,
        throttled: a.throttled + b.throttled,
        points: a.points + b.points,
    })
}
