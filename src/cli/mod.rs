//! The command line: one file a command. It prints, shows progress, and owns the exit codes: 0 done, 1 failed,
//! 2 usage, 130 interrupted, and 143 or 129 ended by SIGTERM or SIGHUP. Data goes to stdout and everything else to stderr. No other room prints.

mod arguments;
mod check;
mod completions;
mod describe;
mod open;
mod preview;
mod progress;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod settings;
mod shell;
mod sql;
mod tables;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::connection::{Redactor, secrets_in};
use arguments::{Arguments, Command, Preview, Rows, Sql};

/// A failure, as the user reads it, and its exit code.
#[derive(Debug)]
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The exit code of a wrong command line.
    const USAGE: u8 = 2;
    /// The exit code after Ctrl-C.
    const INTERRUPTED: u8 = 130;

    /// The statement, the site or the file said no: exit code 1.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand alone in `map_err`")]
    fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// The command line itself is wrong: exit code 2.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand alone in `map_err`")]
    fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: Self::USAGE }
    }

    /// Ctrl-C while a statement of a shell ran.
    fn interrupted_statement() -> Self {
        Self { message: "interrupted".to_owned(), code: Self::INTERRUPTED }
    }

    /// Ended by Ctrl-C or by the system, with the exit code that says so.
    fn interrupted(command: &Command, code: u8) -> Self {
        let message = match command {
            Command::Sql(Sql { rows: Rows { output: Some(path), .. }, .. })
            | Command::Preview(Preview { rows: Rows { output: Some(path), .. }, .. }) => {
                format!("interrupted; `{}` was not written", path.display())
            }
            _ => "interrupted".to_owned(),
        };
        Self { message, code }
    }
}

/// Parses the command line, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return answer_of_the_parser(&answer),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return complain(&Failure::failed(format!("can't start: {e}"))),
    };
    let result = runtime.block_on(async {
        // A shell hears Ctrl-C itself: there it ends a statement.
        if matches!(arguments.command, Command::Shell(_)) && shell::is_interactive() {
            return run(&arguments).await;
        }
        tokio::select! {
            // First, so that it listens before the command begins.
            biased;
            code = end_was_asked() => Err(Failure::interrupted(&arguments.command, code)),
            result = run(&arguments) => result,
        }
    });
    // What still waits for a site does not hold up the exit.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if settings::was_interrupted() => {
            complain(&Failure::interrupted(&arguments.command, Failure::INTERRUPTED))
        }
        Err(failure) => complain(&failure),
    }
}

/// Waits for Ctrl-C, or until the system asks the run to end, and gives the exit code that says which it was. A run that
/// ends by itself takes its unfinished files with it.
async fn end_was_asked() -> u8 {
    let ctrl_c = async {
        // Where it can't be listened for, the system ends the run.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Failure::INTERRUPTED
    };
    #[cfg(unix)]
    {
        use std::io::{IsTerminal as _, stderr, stdout};
        use tokio::signal::unix::SignalKind;
        // `nohup` asks to outlive the terminal, which listening would undo. It leaves no terminal to write to.
        let follows_terminal = stdout().is_terminal() || stderr().is_terminal();
        let hang_up = follows_terminal.then(SignalKind::hangup);
        tokio::select! {
            biased;
            code = ctrl_c => code,
            code = signalled(Some(SignalKind::terminate())) => code,
            code = signalled(hang_up) => code,
        }
    }
    #[cfg(not(unix))]
    ctrl_c.await
}

/// Waits for a signal, forever if there is none to wait for, and gives its exit code as shells count them.
#[cfg(unix)]
async fn signalled(kind: Option<tokio::signal::unix::SignalKind>) -> u8 {
    let signal = kind.and_then(|kind| Some((kind, tokio::signal::unix::signal(kind).ok()?)));
    let Some((kind, mut signal)) = signal else { return std::future::pending().await };
    signal.recv().await;
    u8::try_from(128 + kind.as_raw_value()).unwrap_or(Failure::INTERRUPTED)
}

/// Help, the version, or what is wrong with the command line: the parser repeats arguments that it does not know.
fn answer_of_the_parser(answer: &clap::Error) -> ExitCode {
    if !usage::is_mistake(answer) {
        answer.exit();
    }
    say(&misplaced_secrets().redact(&usage::paragraph(answer)));
    ExitCode::from(Failure::USAGE)
}

fn complain(failure: &Failure) -> ExitCode {
    tell(failure);
    ExitCode::from(failure.code)
}

/// Writes a failure to stderr.
fn tell(failure: &Failure) {
    say(&format!("error: {}", harmless(&misplaced_secrets().redact(&failure.message))));
}

/// A message as a terminal may get it: what the values of a site in it would do to the screen is shown escaped.
fn harmless(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    for c in message.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(c.escape_default());
            }
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// The secrets of all arguments: a connection string may stand where a file, a table or SQL was meant, and messages
/// repeat such things.
fn misplaced_secrets() -> Redactor {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    arguments
        .flat_map(|text| secrets_in(&text))
        .fold(Redactor::new(), |redactor, it| redactor.with_secret(&it))
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Sql(command) => sql::run(command, &arguments.options).await,
        Command::Shell(command) => shell::run(command, &arguments.options).await,
        Command::Tables(command) => tables::run(command, &arguments.options),
        Command::Describe(command) => describe::run(command, &arguments.options).await,
        Command::Preview(command) => preview::run(command, &arguments.options).await,
        Command::Check => check::run(&arguments.options).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(command) => sandbox::run(command).await,
        Command::Schema(command) => schema::run(command),
        Command::Completions(command) => completions::run(command),
    }
}

/// Writes a line to stderr. A reader that went away, or a full disk behind it, must not end the run: nobody is left to
/// be told.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Writes to stdout; a reader that went away is no error.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("can't write to standard output: {e}")))
        }
        _ => Ok(()),
    }
}
