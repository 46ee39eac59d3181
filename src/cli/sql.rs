//! `jirrow sql`: runs statements; each SELECT prints, or with `-o` the last one is written.

use std::fmt::Write as _;
use std::io::{IsTerminal, stdin, stdout};
use std::path::Path;

use datafusion::arrow::array::AsArray;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::sql::parser::Statement;
use futures::{StreamExt as _, TryStreamExt};

use super::arguments::{Options, Sql};
use super::open;
use super::progress::Progress;
use super::{Failure, print};
use crate::catalog::{Answer, Copies, Outcome, Parameters, Session};
use crate::sink::{self, Format, FormulaGuard, SinkError, WriteOptions};

/// The widest cell on a terminal; files and pipes get cells whole.
const CELL_WIDTH: usize = 60;

pub(super) async fn run(command: &Sql, options: &Options) -> Result<(), Failure> {
    let format = format(command)?;
    if command.rows.output.is_none() && format.is_binary() && stdout().is_terminal() {
        return Err(Failure::usage(format!("{format} is not for a terminal; write it with `-o FILE`")));
    }
    let text = statements(command, options).await?;
    let opened = open::session(options).await?;
    let progress = Progress::start(options, &opened);
    match execute(command, &opened.session, &text, &progress).await {
        Ok(End::Done) => progress.finish(),
        Ok(End::Unread) => {
            progress.abandon();
            Ok(())
        }
        Err(failure) => {
            if failure.code == Failure::USAGE {
                progress.abandon();
            }
            Err(failure)
        }
    }
}

/// How statements ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All ran.
    Done,
    /// Whoever read the rows went away.
    Unread,
}

/// Runs the statements of a text; `command` says where their rows go.
pub(super) async fn execute(
    command: &Sql,
    session: &Session,
    text: &str,
    progress: &Progress<'_>,
) -> Result<End, Failure> {
    let format = format(command)?;
    let parameters = Parameters::new(command.param.iter().cloned()).map_err(Failure::usage)?;
    parameters.check_used(text).map_err(Failure::usage)?;
    let mut statements = session.statements(text).map_err(Failure::failed)?;
    let gives_rows = |statement: &Statement| Outcome::of(statement) == Outcome::Rows;
    writable(command, statements.is_empty(), statements.iter().any(gives_rows))?;
    let mut rows = 0;
    loop {
        let mut copies = Copies::new(session, &mut statements, text, &parameters);
        while let Some(written) = progress.watch(copies.next()).await {
            rows += written.map_err(Failure::failed)?.rows;
            progress.rows(rows);
        }
        drop(copies);
        let Some(statement) = statements.pop_front() else { return Ok(End::Done) };
        let planned = progress.watch(session.plan_with(statement, text, &parameters));
        let planned = planned.await.map_err(Failure::failed)?;
        // With -o only the last result is written; the others are planned, so that a mistake in them is seen.
        if command.rows.output.is_some()
            && planned.outcome() == Outcome::Rows
            && statements.iter().any(gives_rows)
        {
            continue;
        }
        let stream = match progress.watch(session.start(planned, text)).await.map_err(Failure::failed)? {
            Answer::Plan(stream) if format == Format::Table && command.rows.output.is_none() => {
                let plan = progress.watch(plan_text(stream)).await;
                print(&plan.map_err(|e| Failure::failed(session.explained(&e, text)))?)?;
                continue;
            }
            Answer::Rows(stream) | Answer::Plan(stream) => stream,
            // COPY is not among them.
            Answer::Written(_) | Answer::Done => continue,
        };
        match deliver(command, format, stream, rows, progress).await {
            Ok(written) => rows += written,
            Err(SinkError::BrokenPipe) => return Ok(End::Unread),
            Err(SinkError::Query(e)) => return Err(Failure::failed(session.explained(&e, text))),
            Err(e) => return Err(Failure::failed(e)),
        }
    }
}

fn format(command: &Sql) -> Result<Format, Failure> {
    match (&command.rows.output, command.rows.format) {
        (Some(path), None) => Format::for_path(path).map_err(Failure::usage),
        (_, Some(format)) => Ok(format),
        (None, None) => Ok(Format::Table),
    }
}

/// Is there a statement, and with `-o` one whose rows can be written?
fn writable(command: &Sql, is_empty: bool, gives_rows: bool) -> Result<(), Failure> {
    match &command.rows.output {
        _ if is_empty => Err(no_sql()),
        Some(path) if !gives_rows => Err(Failure::usage(format!(
            "no statement gives rows for `{}`; add a SELECT, or leave -o out",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn no_sql() -> Failure {
    Failure::usage("no SQL: write it as an argument, name a file with -f, or pipe it in")
}

async fn statements(command: &Sql, options: &Options) -> Result<String, Failure> {
    match (&command.statements, &command.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) if !path.exists() && path.components().count() == 1 => analysis(path, options),
        (None, Some(path)) => {
            let (name, path) = (format!("`{}`", path.display()), path.clone());
            read(&name, move || std::fs::read_to_string(path)).await
        }
        (None, None) if stdin().is_terminal() => Err(no_sql()),
        (None, None) => read("standard input", || std::io::read_to_string(stdin())).await,
    }
}

/// The analysis of this name.
fn analysis(name: &Path, options: &Options) -> Result<String, Failure> {
    let queries = open::queries(options)?;
    let wanted = name.to_string_lossy();
    if let Some(analysis) = queries.analysis(&wanted) {
        return Ok(analysis.sql.clone().into_owned());
    }
    let names: Vec<&str> = queries.analyses().map(|it| it.name.as_str()).collect();
    let names = names.join("`, `");
    Err(Failure::failed(format!(
        "can't read `{wanted}`: there is no such file, and no analysis of this name; the analyses are `{names}`"
    )))
}

/// Reads on a thread of its own: waiting for input, which a pipe can make long, must not keep Ctrl-C from being heard.
async fn read(
    name: &str,
    reading: impl FnOnce() -> std::io::Result<String> + Send + 'static,
) -> Result<String, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::failed(format!("can't read {name}: {e}"));
    let text = tokio::task::spawn_blocking(reading).await;
    text.map_err(|e| unreadable(&e))?.map_err(|e| unreadable(&e))
}

/// A plan is text with lines: a table would escape them.
async fn plan_text(mut stream: SendableRecordBatchStream) -> datafusion::error::Result<String> {
    let mut text = String::new();
    while let Some(batch) = stream.try_next().await? {
        let (headings, plans) =
            (batch.column(0).as_string_opt::<i32>(), batch.column(1).as_string_opt::<i32>());
        if let (Some(headings), Some(plans)) = (headings, plans) {
            for (heading, plan) in headings.iter().zip(plans) {
                let (heading, plan) = (heading.unwrap_or_default(), plan.unwrap_or_default());
                let _ = writeln!(text, "{heading}\n{}\n", plan.trim_end());
            }
        }
    }
    Ok(text)
}

async fn deliver(
    command: &Sql,
    format: Format,
    stream: SendableRecordBatchStream,
    before: u64,
    progress: &Progress<'_>,
) -> Result<u64, SinkError> {
    // Rows that are there already would never let Ctrl-C be heard.
    let schema = stream.schema();
    let stream = stream.then(|batch| async {
        tokio::task::yield_now().await;
        batch
    });
    let stream: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema, stream));
    let to_terminal = command.rows.output.is_none() && stdout().is_terminal();
    let options = WriteOptions {
        formula_guard: if command.rows.formula_guard { FormulaGuard::On } else { FormulaGuard::Off },
        max_cell_width: to_terminal.then_some(CELL_WIDTH),
    };
    let written = if let Some(path) = &command.rows.output {
        progress.watch(sink::write_file(path, format, stream, &options, &|_| {})).await?
    } else {
        let on_rows = |rows| {
            progress.rows(before + rows);
            if to_terminal {
                progress.step_aside();
            }
        };
        let mut out = std::io::stdout();
        progress.watch(sink::write_stream(&mut out, format, stream, &options, &on_rows)).await?
    };
    progress.rows(before + written.rows);
    Ok(written.rows)
}
