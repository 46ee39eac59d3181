//! What a new user does first: looks at a table, completes a command, makes a mistake.

use super::{Desk, connection, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn preview_prints_the_first_twenty_rows_of_a_table_in_any_case() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let connection = connection(&sandbox);
    let run = desk.run(["preview", "--connect", &connection, "issues"]).succeeds();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 22, "a heading, a rule and twenty rows:\n{}", run.stdout);
    assert!(lines[0].contains(" Key ") && !run.stdout.contains("FieldErrors"), "{}", lines[0]);
    let data = sandbox.requests().iter().filter(|r| r.path.contains("/search/")).count();
    assert_eq!(data, 1, "one page is enough");
    let csv =
        desk.run(["preview", "--format", "csv", "jira.public.Projects", "--connect", &connection]).succeeds();
    let rows = desk.sql(&sandbox, &["--format", "csv", "SELECT * FROM Projects LIMIT 20"]).succeeds();
    assert_eq!(csv.stdout, rows.stdout);
    desk.run(["preview", "--connect", &connection, "Issues", "-o", "issues.parquet"]).succeeds();
    assert_eq!(desk.files(), ["issues.parquet"]);
    let unknown = desk.run(["preview", "--connect", &connection, "Isues"]);
    unknown.fails(1, &["Isues", "`Issues`"]);
    let odd = desk.run(["preview", "--connect", &connection, "a.b.c.d"]);
    odd.fails(2, &["`a.b.c.d` is no table's name"]);
}

#[test]
fn completions_know_commands_and_options() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = desk.run(["completions", shell]).succeeds();
        for word in ["preview", "describe", "profile", "no-progress"] {
            assert!(run.stdout.contains(word), "{shell}: `{word}`");
        }
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn a_mistake_on_the_command_line_is_one_line() {
    let desk = Desk::new();
    for (arguments, words) in [
        (&["sql", "--conect", "x"][..], &["'--conect'", "'--connect'", "`jirrow sql --help`"][..]),
        (&["sq"], &["'sq'", "'sql'"]),
        (&["sql", "--format", "xls", "SELECT 1"], &["xls", "csv"]),
        (&["describe"], &["<TABLE>"]),
    ] {
        let run = desk.run(arguments).fails(2, words);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    }
    let bare = desk.run([] as [&str; 0]);
    assert_eq!((bare.code, bare.stdout.as_str()), (Some(2), ""));
    assert!(bare.stderr.contains("Usage: jirrow"), "{}", bare.stderr);
}

#[test]
fn a_statement_without_tables_reads_no_table_file_and_makes_no_request() {
    let desk = Desk::new();
    desk.write("tables/jira/Issues.toml", "this is no TOML");
    let nobody = "URL=http://127.0.0.1:1;APIToken=x";
    let run =
        desk.run(["sql", "--schemas", "tables", "--connect", nobody, "--format", "csv", "select 1 as a"]);
    assert_eq!(run.succeeds().stdout, "a\n1\n");
    let broken = desk.run(["sql", "--schemas", "tables", "--connect", nobody, "select Key from Issues"]);
    broken.fails(1, &["Issues.toml:1"]);
}
