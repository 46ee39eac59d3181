//! Views and analyses on the command line.

use super::{Desk, sandbox};

#[test]
fn views_are_listed_and_described_without_a_connection() {
    let desk = Desk::new();
    let all = desk.run(["tables"]).succeeds().stdout;
    let line = all.lines().find(|line| line.starts_with("SprintReport ")).expect("a line of the view");
    assert!(line.ends_with("carried over, with how many points?"), "{line}");
    assert!(desk.run(["tables", "velocity"]).succeeds().stdout.starts_with("SprintVelocity"));
    let page = desk.run(["describe", "sprintreport"]).succeeds().stdout;
    for part in [
        "SprintReport: which issues were committed",
        "\nCost          as IssueStates",
        "\nFile          queries/views/SprintReport.sql\n",
        "\nIsCommitted: it was in the sprint at the start.",
        "\n  PointsAtEnd         Float64",
        "\nExample\n  SELECT SprintId, Sprint, SprintState, BoardId FROM SprintReport LIMIT 10\n",
    ] {
        assert!(page.contains(part), "`{part}` is not in: {page}");
    }
    desk.run(["describe", "SprintReprot"]).fails(1, &["`SprintReprot`", "`SprintReport`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_is_run_by_its_name_unless_a_file_has_it() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    let run =
        desk.sql(&sandbox, &["-f", "Issue_History", "--param", "key=PAY-5", "--format", "csv"]).succeeds();
    assert!(run.stdout.starts_with("Created,AuthorDisplayName,Field,FromText,ToText\n"), "{}", run.stdout);
    desk.sql(&sandbox, &["-f", "issue_history"]).fails(1, &["`$key` has no value"]);
    desk.sql(&sandbox, &["-f", "isue_history"])
        .fails(1, &["`isue_history`", "no such file", "`issue_history`"]);
    desk.write("issue_history", "SELECT 7 AS Own");
    let own = desk.sql(&sandbox, &["-f", "issue_history", "--format", "csv"]).succeeds();
    assert_eq!(own.stdout, "Own\n7\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_queries_adds_and_replaces() {
    let (desk, sandbox) = (Desk::new(), sandbox().await);
    for (path, sql) in [
        ("mine/views/Answers.sql", "-- Question: what is the answer?\nSELECT 42 AS Answer"),
        ("mine/analyses/issue_history.sql", "SELECT $key || '!' AS Said"),
        ("mine/views/Broken.sql", "SELECT Keyy\nFROM Issues"),
    ] {
        std::fs::create_dir_all(desk.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(desk.path().join(path), sql).unwrap();
    }
    let with = |arguments: &[&str]| {
        let more = ["--queries", "mine", "--format", "csv"];
        desk.sql(&sandbox, &[arguments, more.as_slice()].concat())
    };
    assert_eq!(with(&["SELECT * FROM answers"]).succeeds().stdout, "Answer\n42\n");
    let said = with(&["-f", "issue_history", "--param", "key=a"]).succeeds();
    assert_eq!(said.stdout, "Said\na!\n");
    with(&["SELECT * FROM Broken"]).fails(1, &["view `Broken`", "Broken.sql, line 1", "`Keyy`", "`Key`"]);
    let listed = desk.run(["tables", "--queries", "mine", "answer"]).succeeds().stdout;
    assert!(listed.starts_with("Answers "), "{listed}");
    desk.run(["tables", "--queries", "nowhere"]).fails(1, &["`nowhere`"]);
    std::fs::create_dir(desk.path().join("empty")).unwrap();
    desk.run(["tables", "--queries", "empty"]).fails(1, &["`empty`", "views/MyView.sql"]);
    std::fs::create_dir_all(desk.path().join("odd/views")).unwrap();
    std::fs::write(desk.path().join("odd/views/my view.sql"), "SELECT 1").unwrap();
    desk.run(["tables", "--queries", "odd"]).fails(1, &["my view.sql", "letters"]);
}
