//! The command line as the user types it: one definition gives parsing and `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::{Access, BadParameter, Parameter, UnknownAccess};
use crate::connection::{TimeZone, UnknownTimeZone, keys_help};
use crate::sink::{Format, SinkError};

/// SQL over Jira: every table a SELECT away, with the fewest REST calls that can answer it.
#[derive(Debug, Parser)]
#[command(name = "jirrow", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  jirrow sql --sandbox \"SELECT Key, Summary FROM Issues LIMIT 10\"
  jirrow sql --profile work \"SELECT * FROM Projects\"
  jirrow sql --connect 'URL=https://example.atlassian.net;User=me@example.com;APIToken=${JIRA_TOKEN}' \\
      \"SELECT * FROM Worklogs\" -o worklogs.parquet
  jirrow preview --sandbox Worklogs
  jirrow tables
  jirrow check --connect '…'

Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted, 143 ended by SIGTERM.")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(next_help_heading = "Global options")]
pub(super) struct Options {
    /// A site: `[NAME=]Key=Value;…` (repeatable; unnamed it is `jira`). Without it, --sandbox and --profile, the
    /// variable JIRROW_CONNECT.
    #[arg(long, global = true, value_name = "[NAME=]STRING")]
    #[arg(long_help = format!(
        "A site: `[NAME=]Key=Value;…`. Repeatable, each with a name of its own; one without is called `jira`, as the \
         sandbox is. Values are quoted with ' or \", and `${{NAME}}` stands for a variable of the environment. \
         JIRROW_CONNECT in the environment is read only if none of --connect, --sandbox and --profile is given.\n\n{}",
        keys_help()))]
    pub(super) connect: Vec<String>,
    /// The profile of the settings that unqualified table names mean.
    #[arg(long, global = true, value_name = "NAME")]
    #[arg(long_help = "\
        The profile of the settings that unqualified table names mean; all others are catalogs of their names, too. \
        Without it that is the first --connect or the sandbox, else JIRROW_CONNECT, else the settings' \
        `default_profile` or only profile. A connection of the command line hides the profile of its name.")]
    pub(super) profile: Option<String>,
    /// The settings' file; without it `~/.config/jirrow/config.toml`, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Start the embedded Jira look-alike on a free port and read from it: no account needed.
    #[arg(long, global = true)]
    pub(super) sandbox: bool,
    /// A folder of table files (`jira/Table.toml`); they hide built-in tables of the same name (repeatable).
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) schemas: Vec<PathBuf>,
    /// A folder of queries: `views/NAME.sql`, each a table, and `analyses/NAME.sql`, which `sql -f NAME` runs; they replace
    /// built-in ones of the same name (repeatable).
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) queries: Vec<PathBuf>,
    /// The time zone in which times without one are read and days begin: an IANA name, or `user` for the account's own;
    /// without it that of the connection (`TimeZone=`), which is UTC unless it says another.
    #[arg(long, global = true, value_name = "ZONE", value_parser = time_zone)]
    pub(super) time_zone: Option<TimeZone>,
    /// What statements may do: `read` (SELECT over the connections alone) or `local` (also FROM 'file', COPY, CREATE
    /// EXTERNAL TABLE, CREATE VIEW and CREATE TABLE on this machine). Connections are only read in any case.
    #[arg(long, global = true, value_name = "ACCESS", default_value = "local", value_parser = access)]
    pub(super) access: Access,
    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say each request on stderr.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// With -v: the form of what is said of each request.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) log_format: LogFormat,
    /// Show no progress, even on a terminal.
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
    /// Forget what is kept on this machine about sites (their lists of custom fields), and ask them anew.
    #[arg(long, global = true)]
    pub(super) refresh: bool,
    /// A warning is a failure: exit code 1.
    #[arg(long, global = true)]
    pub(super) strict: bool,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run SQL statements and print or write the rows.
    Sql(Sql),
    /// Run statements one after the other as you type them.
    Shell(Shell),
    /// List the tables and views.
    Tables(Tables),
    /// Show a table's columns, key, access paths and permissions; of a view its question, cost and columns.
    Describe(Describe),
    /// Print the first 20 rows of a table.
    Preview(Preview),
    /// Who am I, where, in which time zone, and what may be read; or what is wrong and what to do.
    Check,
    /// Serve the embedded Jira look-alike until Ctrl-C.
    #[cfg(feature = "sandbox")]
    Sandbox(Sandbox),
    /// Print the JSON Schema of a kind of file that people write, for editors.
    Schema(Schema),
    /// Print a shell's completions of commands and options.
    Completions(Completions),
}

/// `jirrow sql`
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  jirrow sql --sandbox \"SELECT Status, count(*) FROM Issues GROUP BY Status\"
  jirrow sql --sandbox -o issues.csv \"SELECT Key, Summary, Updated FROM Issues WHERE ProjectKey = 'DEMO'\"
  jirrow sql --sandbox \"EXPLAIN SELECT * FROM Worklogs\"
  jirrow sql --sandbox --param key=PAY-5 'SELECT * FROM Worklogs WHERE IssueKey = $key'
  jirrow sql --sandbox \"SELECT i.Key, t.Team FROM Issues i JOIN 'teams.csv' t ON t.ProjectKey = i.ProjectKey\"
  jirrow sql --sandbox -f sprint_burndown --param sprint=6
  jirrow sql -f report.sql --format json > report.json")]
pub(super) struct Sql {
    /// The statements, separated by `;`; without it and without -f they are read from standard input. They run one
    /// after the other, but COPY statements that follow one another are read at the same time.
    #[arg(value_name = "SQL", conflicts_with = "file")]
    pub(super) statements: Option<String>,
    /// Read the statements from a file, or run the analysis of this name (`sql -f` with a name that is none lists them).
    #[arg(short, long, value_name = "FILE|ANALYSIS")]
    pub(super) file: Option<PathBuf>,
    /// A value for `$NAME` in the SQL (repeatable). It takes the type that its place needs, and is never read as SQL.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub(super) param: Vec<Parameter>,
    #[command(flatten)]
    pub(super) rows: Rows,
}

/// How rows are given.
#[derive(Debug, Default, Args)]
pub(super) struct Rows {
    /// The format of the rows: table, csv, json, ndjson, markdown, parquet or arrow; without it the extension of -o's
    /// file decides, and what is printed is a table.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(super) format: Option<Format>,
    /// Write the last result to a file: .parquet, .csv, .json, .ndjson, .arrow (.md, .txt).
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// In CSV, put a ' before text that a spreadsheet would take for a formula.
    #[arg(long)]
    pub(super) formula_guard: bool,
}

fn format(text: &str) -> Result<Format, SinkError> {
    text.parse()
}

fn access(text: &str) -> Result<Access, UnknownAccess> {
    text.parse()
}

fn parameter(text: &str) -> Result<Parameter, BadParameter> {
    text.parse()
}

fn time_zone(text: &str) -> Result<TimeZone, UnknownTimeZone> {
    text.parse()
}

/// `jirrow shell`
#[derive(Debug, Args)]
#[command(after_help = "\
Statements end in `;` and may have several lines. Tab completes tables, columns and keywords, Up recalls what was typed,
Ctrl-C stops a statement, Ctrl-D leaves. `\\d` lists the tables, `\\d TABLE` shows one, `\\explain` shows how the last
statement is read, `\\timing` says how long each took, `\\q` leaves, and `\\?` lists these. Rows go to standard output;
where standard input is no terminal, the shell does as `jirrow sql`.

Examples:
  jirrow shell --sandbox
  jirrow shell --profile work")]
pub(super) struct Shell {}

/// `jirrow tables`
#[derive(Debug, Args)]
pub(super) struct Tables {
    /// Only tables whose name, alias or description has this text.
    pub(super) pattern: Option<String>,
}

/// `jirrow describe`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jirrow describe Worklogs
  jirrow describe rest.AllDashboards
  jirrow describe --markdown > tables.md")]
pub(super) struct Describe {
    /// The table's name or alias, in any case.
    #[arg(required_unless_present = "markdown")]
    pub(super) table: Option<String>,
    /// As Markdown; without a table's name, a reference of all tables and views.
    #[arg(long)]
    pub(super) markdown: bool,
}

/// `jirrow preview`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jirrow preview --sandbox Issues
  jirrow preview Worklogs -o worklogs.csv
  jirrow preview second.public.Issues --format json")]
pub(super) struct Preview {
    /// The table's name or alias, in any case; with its connection, `second.public.Issues`.
    pub(super) table: String,
    #[command(flatten)]
    pub(super) rows: Rows,
}

/// `jirrow completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jirrow completions bash > ~/.local/share/bash-completion/completions/jirrow
  jirrow completions zsh > \"${fpath[1]}/_jirrow\"
  jirrow completions fish > ~/.config/fish/completions/jirrow.fish
  jirrow completions powershell >> $PROFILE")]
pub(super) struct Completions {
    /// The shell.
    pub(super) shell: clap_complete::Shell,
}

/// `jirrow schema`
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The kind of file.
    pub(super) name: SchemaName,
}

/// The kinds of files that people write.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SchemaName {
    /// A table file of `--schemas DIR`.
    Table,
    /// The settings, `config.toml`, with their profiles.
    Config,
}

/// `jirrow sandbox`
#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// What the site is: cloud, or data-center.
    #[arg(long, value_enum, default_value_t, value_name = "DEPLOYMENT")]
    pub(super) deployment: Deployment,
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// The same seed makes the same data.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// How many issues.
    #[arg(long, default_value_t = 2000)]
    pub(super) issues: usize,
    /// Milliseconds before each answer.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub(super) latency: u64,
    /// The share of requests that fail in passing (429, 5xx, cut connections, …), 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub(super) faults: f64,
    /// Edits of the site for each request that it answers, such as 0.5.
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub(super) edits: f64,
    /// Refuse whoever asks faster than Jira allows: 100 requests a second of one kind, more of a few.
    #[arg(long)]
    pub(super) rate_limit: bool,
    /// The points that OAuth clients may spend in an hour (Jira's default is 65000).
    #[arg(long, value_name = "POINTS")]
    pub(super) quota: Option<u64>,
    /// More custom fields, beside the few dozen that there always are; empty on nearly all issues.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) custom_fields: usize,
    /// Give equal requests the answer that the first of them got, for measurements of who asks; answers stay in memory.
    #[arg(long, conflicts_with_all = ["faults", "edits", "rate_limit"])]
    pub(super) keep_answers: bool,
}

/// What the sandbox poses as.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Deployment {
    /// Jira Cloud.
    #[default]
    Cloud,
    /// Jira Data Center: names instead of account ids, `/rest/api/2` alone.
    DataCenter,
}
