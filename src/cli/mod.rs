//! The command line: one file a command. It prints, shows progress, and owns the exit codes: 0 done, 1 failed,
//! 2 usage, 130 interrupted. Data goes to stdout and everything else to stderr. No other room prints.
#![expect(clippy::print_stderr, reason = "the one room that speaks to the user")]

mod arguments;
mod check;
mod describe;
mod open;
mod progress;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod sql;
mod tables;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// A failure, as the user reads it, and its exit code.
#[derive(Debug)]
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The statement, the site or the file said no: exit code 1.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand alone in `map_err`")]
    fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// The command line itself is wrong: exit code 2.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand alone in `map_err`")]
    fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 2 }
    }

    /// Interrupted: exit code 130, and nothing half-written.
    fn interrupted() -> Self {
        Self { message: "interrupted; nothing was left half-written".to_owned(), code: 130 }
    }
}

/// Parses the command line, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return complain(&Failure::failed(format!("can't start: {e}"))),
    };
    let result = runtime.block_on(async {
        tokio::select! {
            result = run(&arguments) => result,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    });
    // What still waits for a site does not hold up the exit.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure),
    }
}

fn complain(failure: &Failure) -> ExitCode {
    eprintln!("error: {}", failure.message);
    ExitCode::from(failure.code)
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Sql(command) => sql::run(command, &arguments.options).await,
        Command::Tables(command) => tables::run(command, &arguments.options),
        Command::Describe(command) => describe::run(command, &arguments.options),
        Command::Check => check::run(&arguments.options).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(command) => sandbox::run(command).await,
        Command::Schema(command) => schema::run(command),
    }
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
