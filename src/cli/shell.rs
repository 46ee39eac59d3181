//! `jirrow shell`: statements one after the other, with history, completion and several lines. An error or Ctrl-C ends a
//! statement and not the shell. What is typed is shown on the terminal itself: standard output gets rows and nothing else.

use std::borrow::Cow;
use std::io::{IsTerminal, stdin};
use std::path::PathBuf;
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, CompletionType, Config, Context, Editor, Helper};

use self::completion::Vocabulary;
use super::arguments::{Options, Shell, Sql};
use super::open::{self, Opened};
use super::progress::{Clock, Progress};
use super::sql::{self, End};
use super::{Failure, describe, print, say, settings, tables, tell};
use crate::catalog::Session;

mod completion;
mod history;
mod text;

const PROMPT: &str = "jirrow> ";
/// Where the terminal can't edit several lines at once.
const CONTINUED: &str = "   ...> ";
/// Statements that are remembered.
const HISTORY: usize = 10_000;

/// The shell's own commands, and what they do.
const COMMANDS: [(&str, &str); 7] = [
    ("\\d", "list the tables"),
    ("\\d TABLE", "show a table's columns, key and access paths"),
    ("\\timing", "say how long each statement took, or no longer (`\\timing on`, `\\timing off`)"),
    ("\\explain", "show how the last statement is read, without reading it"),
    ("\\explain SQL", "the same for this one"),
    ("\\?", "this list"),
    ("\\q", "leave; so does Ctrl-D"),
];

/// Whether somebody types. Otherwise the shell is `sql`, which reads its input to the end.
pub(super) fn is_interactive() -> bool {
    stdin().is_terminal()
}

pub(super) async fn run(_: &Shell, options: &Options) -> Result<(), Failure> {
    if !is_interactive() {
        return sql::run(&Sql::default(), options).await;
    }
    let opened = open::session(options).await?;
    let mut shell = Desk::new(options, &opened)?;
    if !options.quiet {
        say(&format!("jirrow {}: `\\?` for help, `\\q` to leave", env!("CARGO_PKG_VERSION")));
    }
    let mut typed = String::new();
    loop {
        let prompt = if typed.is_empty() { PROMPT } else { CONTINUED };
        match shell.editor.readline(prompt) {
            Ok(line) => {
                typed.push_str(&line);
                if !is_whole(&typed) {
                    typed.push('\n');
                    continue;
                }
                shell.remember(&typed);
                if shell.obey(&std::mem::take(&mut typed)).await? == Next::Leave {
                    return Ok(());
                }
            }
            // Ctrl-C clears the line.
            Err(ReadlineError::Interrupted) => typed.clear(),
            Err(ReadlineError::Eof) => return Ok(()),
            Err(e) => return Err(Failure::failed(format!("can't read from the terminal: {e}"))),
        }
    }
}

/// Whether Enter ends the input: it is a command, or its last statement ends in `;`.
fn is_whole(typed: &str) -> bool {
    typed.trim_start().starts_with('\\') || is_farewell(typed) || text::is_complete(typed)
}

/// What people type to leave a shell.
fn is_farewell(typed: &str) -> bool {
    matches!(typed.trim().trim_end_matches(';').trim_end(), "exit" | "quit")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Prompt,
    Leave,
}

/// The state of a shell.
struct Desk<'a> {
    options: &'a Options,
    opened: &'a Opened,
    editor: Editor<Typing, FileHistory>,
    history: Option<PathBuf>,
    clock: Clock,
    /// What `\explain` explains.
    last: String,
}

impl<'a> Desk<'a> {
    fn new(options: &'a Options, opened: &'a Opened) -> Result<Self, Failure> {
        let unusable = |e: ReadlineError| Failure::failed(format!("can't use this terminal: {e}"));
        let config = Config::builder()
            .behavior(Behavior::PreferTerm)
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .max_history_size(HISTORY)
            .map_err(unusable)?
            .build();
        let mut editor = Editor::with_config(config).map_err(unusable)?;
        editor.set_helper(Some(Typing { session: Arc::clone(&opened.session) }));
        let mut history = history::file();
        if let Some(file) = &history {
            let loaded =
                history::prepare(file).map_err(ReadlineError::from).and_then(|()| editor.load_history(file));
            if let Err(e) = loaded {
                say(&format!("warning: there is no history: can't use `{}`: {e}", file.display()));
                history = None;
            }
        }
        Ok(Self { options, opened, editor, history, clock: Clock::Hidden, last: String::new() })
    }

    fn session(&self) -> &'a Session {
        &self.opened.session
    }

    fn remember(&mut self, typed: &str) {
        let line = typed.trim();
        if line.is_empty() || !history::may_keep(line, self.session()) {
            return;
        }
        // A history that can't be written is no reason to stop working; it was said once if it can't be read.
        if let (Ok(true), Some(file)) = (self.editor.add_history_entry(line), &self.history) {
            let _ = self.editor.append_history(file);
        }
    }

    /// Does what was typed.
    async fn obey(&mut self, typed: &str) -> Result<Next, Failure> {
        if is_farewell(typed) {
            return Ok(Next::Leave);
        }
        let line = typed.trim();
        let Some(command) = line.strip_prefix('\\') else {
            if text::is_blank(line) {
                return Ok(Next::Prompt);
            }
            text::last_statement(line).clone_into(&mut self.last);
            return self.statements(line).await;
        };
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let (word, rest) = (word.trim_end_matches(';'), rest.trim().trim_end_matches(';').trim_end());
        let done = match (word, rest) {
            ("q", "") => return Ok(Next::Leave),
            ("?" | "h", "") => print(&help()),
            ("d", "") => self.list(),
            ("d", table) => self.describe(table).await,
            ("timing", wish) => self.timing(wish),
            ("explain", "") if self.last.is_empty() => {
                Err(Failure::usage("there is no statement yet; write it after `\\explain`"))
            }
            ("explain", "") => return self.statements(&format!("EXPLAIN {}", self.last)).await,
            ("explain", sql) => {
                sql.clone_into(&mut self.last);
                return self.statements(&format!("EXPLAIN {sql}")).await;
            }
            _ => Err(Failure::usage(format!("`\\{word}` is no command here; `\\?` lists them"))),
        };
        if let Err(failure) = done {
            tell(&failure);
        }
        Ok(Next::Prompt)
    }

    /// The tables of files, and after them what else the session has.
    fn list(&self) -> Result<(), Failure> {
        let mut text = tables::list(self.session())?;
        for name in self.session().other_tables() {
            text.push_str(&name);
            text.push('\n');
        }
        print(&text)
    }

    /// With the site's own fields, which it may be asked for.
    async fn describe(&self, table: &str) -> Result<(), Failure> {
        let text = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => return Err(Failure::interrupted_statement()),
            text = describe::text(self.session(), table) => text?,
        };
        print(&text)
    }

    fn timing(&mut self, wish: &str) -> Result<(), Failure> {
        self.clock = match (wish, self.clock) {
            ("on", _) | ("", Clock::Hidden) => Clock::Shown,
            ("off", _) | ("", Clock::Shown) => Clock::Hidden,
            _ => return Err(Failure::usage("`\\timing` takes `on` or `off`, or nothing to change it")),
        };
        say(if self.clock == Clock::Shown { "timing is on" } else { "timing is off" });
        Ok(())
    }

    /// Runs statements until they end, fail, or Ctrl-C is pressed; the requests of an interrupted one stop.
    async fn statements(&self, sql: &str) -> Result<Next, Failure> {
        let progress = Progress::follow(self.options, self.opened, self.clock);
        let printed = Sql::default();
        let end = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted_statement()),
            end = sql::execute(&printed, self.session(), sql, &progress) => end,
        };
        match end {
            Ok(End::Done) => {
                if let Err(failure) = progress.finish() {
                    tell(&failure);
                }
            }
            // Nobody reads the rows any more.
            Ok(End::Unread) => {
                progress.abandon();
                return Ok(Next::Leave);
            }
            Err(failure) => {
                progress.fail();
                let failure =
                    if settings::was_interrupted() { Failure::interrupted_statement() } else { failure };
                tell(&failure);
            }
        }
        Ok(Next::Prompt)
    }
}

fn help() -> String {
    let line = |(command, about): &(&str, &str)| format!("{command:14}{about}\n");
    let commands: String = COMMANDS.iter().map(line).collect();
    format!(
        "{commands}Statements end in `;` and may have several lines. Tab completes, Up recalls, Ctrl-C stops a statement.\n"
    )
}

/// What the editor asks while somebody types.
struct Typing {
    session: Arc<Session>,
}

impl Completer for Typing {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let commands = COMMANDS.iter().map(|(command, _)| *command).filter(|it| !it.contains(' ')).collect();
        let offer = Vocabulary::of(&self.session, commands).offer(line, at);
        let pair = |word: String| Pair { display: word.clone(), replacement: word };
        Ok((offer.start, offer.words.into_iter().map(pair).collect()))
    }
}

impl Validator for Typing {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(typed.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Hinter for Typing {
    type Hint = String;
}

impl Highlighter for Typing {
    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        Cow::Borrowed(candidate)
    }
}

impl Helper for Typing {}
