//! Where rows are, what pages say about the next ones, and what is no such page.

use super::{decode, layout, shown, table, table_of, wrong_shape};
use crate::decode::{DecodeError, Incomplete, Layout, LayoutError, PageEnd, Refused};
use crate::schema::Library;

const COMMENTS: &str = "
[[paths]]
name = 'embedded'
about = 'e'
request = 'GET /e'
rows = 'issues[].fields.comment.comments[]'
outer = { IssueId = 'id', IssueKey = 'key', Summary = 'fields.summary' }
complete = { total = 'fields.comment.total', otherwise = 'of one issue', column = 'IssueId' }

[[paths]]
name = 'of one issue'
about = 'o'
request = 'GET /issue/{IssueId}/comment'
rows = 'comments[]'
paging = 'page'
page_size = 100
needs = { columns = ['IssueId'], at = 'path', batch = 1 }
";

const COMMENT_COLUMNS: &str = "IssueId = { type = 'int64', outer = true }
IssueKey = { type = 'text', outer = true }
Summary = { type = 'text', outer = true }
Body = { type = 'text', from = 'body' }";

#[test]
fn what_a_page_says_about_the_next_is_read_wherever_it_stands() {
    let members = r#""nextPageToken":"t\u0031","nextPageCursor":"c","isLast":false,"lastPage":true,"last":false,
        "isLastPage":true,"total":7,"startAt":0,"maxResults":"50","until":1438013693136,"offset":1,"limit":2,"size":3,
        "warningMessages":["w",{"a":1}],"issueErrors":[{"id":"10","errorMessage":"later"}],"nextCursor":"12""#;
    let rows = r#""values":[{"id":1,"total":99,"isLast":true}]"#;
    let expected = PageEnd {
        next_page_token: Some("t1".to_owned()),
        next_page_cursor: Some("c".to_owned()),
        next_cursor: Some("12".to_owned()),
        is_last: Some(false),
        last_page: Some(true),
        last: Some(false),
        is_last_page: Some(true),
        total: Some(7),
        start_at: Some(0),
        max_results: Some(50),
        until: Some(1_438_013_693_136),
        offset: Some(1),
        limit: Some(2),
        size: Some(3),
        warning_messages: vec!["w".to_owned(), r#"{"a":1}"#.to_owned()],
        refused: vec![refused("10", "later")],
    };
    for json in [format!("{{{members},{rows}}}"), format!("{{{rows},{members}}}")] {
        let page = decode("", &json);
        assert_eq!(page.end, expected);
        assert_eq!((page.records, page.batch.num_rows()), (1, 1));
    }
    let odd = r#"{"isLast":"no","total":-1,"until":1.5,"nextPageToken":null,"warningMessages":null,"issueErrors":null,"values":[]}"#;
    assert_eq!(decode("", odd).end, PageEnd::default());
}

fn refused(id: &str, message: &str) -> Refused {
    Refused { id: id.to_owned(), message: message.to_owned() }
}

#[test]
fn no_refused_record_goes_unseen_whatever_its_element_looks_like() {
    let odd = r#"{"issueErrors":[{"errorMessage":"\u0061 b","id":10001,"more":{}}, {"id":"7"}, {"errorMessage":"m"},
        {"id":null,"errorMessage":null}, "words", null, ["1","2"], {"id":{"a":1},"errorMessage":"o"}],"values":[{"id":1}]}"#;
    let expected = [
        refused("10001", "a b"),
        refused("7", r#"{"id":"7"}"#),
        refused("", "m"),
        refused("", r#"{"id":null,"errorMessage":null}"#),
        refused("", r#""words""#),
        refused("", "null"),
        refused("", r#"["1","2"]"#),
        refused("", "o"),
    ];
    let page = decode("", odd);
    assert_eq!(page.end.refused, expected);
    assert_eq!(page.batch.num_rows(), 1);
    // The same where the page has to be read a second time, with care.
    let careful = odd.replace(r#"{"id":1}]"#, r#"{"id":1,"x":5}]"#);
    let page = decode("X = { type = 'text', from = 'x.y' }", &careful);
    assert_eq!((page.end.refused.as_slice(), page.field_errors), (&expected[..], 1));
    assert_eq!(decode("", r#"{"values":[],"issueErrors":[]}"#).end.refused, []);
}

#[test]
fn refused_records_that_are_no_list_are_an_error_and_never_none() {
    let layout = layout(&table("", "values[]"));
    for (odd, found) in
        [(r#"{"id":"1"}"#, "an object"), ("true", "a boolean"), ("7", "a number"), (r#""x""#, "a string")]
    {
        let json = format!(r#"{{"values":[],"issueErrors":{odd}}}"#);
        assert_eq!(wrong_shape(&layout, &json), ("issueErrors".to_owned(), found.to_owned()));
    }
}

#[test]
fn a_token_that_cannot_be_read_is_no_end_of_the_list() {
    let layout = layout(&table("", "values[]"));
    for token in [r#"{"a":1}"#, "[]", r#""\ud83d""#] {
        let json = format!(r#"{{"values":[],"nextPageToken":{token}}}"#);
        assert_eq!(wrong_shape(&layout, &json).0, "nextPageToken");
    }
}

#[test]
fn an_answer_without_its_rows_is_an_error_and_never_zero_rows() {
    let layout = layout(&table("", "a.values[]"));
    let wrong = |json| wrong_shape(&layout, json);
    let at_list = |found: &str| ("a.values[]".to_owned(), found.to_owned());
    assert_eq!(
        wrong(r#"{"errorMessages":["x"],"errors":{}}"#),
        at_list("an object with `errorMessages`, `errors`")
    );
    assert_eq!(wrong("{}"), at_list("an empty object"));
    assert_eq!(wrong(r#"{"a":{"values":null}}"#), at_list("null"));
    assert_eq!(wrong(r#"{"a":{"values":{}}}"#), at_list("an object"));
    assert_eq!(wrong(r#"{"a":{"values":"x"}}"#), at_list("a string"));
    assert_eq!(wrong(r#"{"a":{"values":1e999}}"#), at_list("a number"));
    assert_eq!(wrong(r#"{"a":null}"#), at_list("an object with `a`"));
    assert_eq!(wrong(r#"{"a":[]}"#), at_list("an array"));
    assert_eq!(wrong(r#" [{"id":1}] "#), at_list("an array"));
    assert_eq!(wrong(" null "), at_list("null"));
    assert_eq!(wrong("true"), at_list("a boolean"));
}

#[test]
fn an_element_that_is_no_object_is_an_error_that_names_it() {
    let layout = layout(&table("", "values[]"));
    for (odd, found) in [("null", "null"), ("5", "a number"), ("[]", "an array"), (r#""\ud83d""#, "a string")]
    {
        let json = format!(r#"{{"values":[{{"id":1}},{odd}]}}"#);
        assert_eq!(wrong_shape(&layout, &json), ("values[1]".to_owned(), found.to_owned()));
    }
    assert!(layout.decode(br#"{"values":[{"id":1}]}"#, &[]).is_ok());
}

#[test]
fn an_answer_can_be_the_array() {
    let table = table("", "[]");
    let layout = layout(&table);
    let page = layout.decode(b" [ {\"id\":1} ,{\"total\":5,\"id\":2}]\r\n", &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["1", "2"]);
    assert_eq!((page.records, page.end), (2, PageEnd::default()));
    assert_eq!(layout.decode(b"[]", &[]).unwrap().records, 0);
    assert_eq!(wrong_shape(&layout, r#"{"errorMessages":[]}"#), ("[]".to_owned(), "an object".to_owned()));
    assert_eq!(wrong_shape(&layout, "[3]"), ("[0]".to_owned(), "a number".to_owned()));
}

#[test]
fn an_answer_can_be_the_one_row() {
    let layout = layout(&table("Total = { type = 'text', from = 'total' }", ""));
    let page = layout.decode(br#"{"total":5,"id":"1"}"#, &[]).unwrap();
    assert_eq!((shown(&page, "Id"), shown(&page, "Total")), (vec!["1".to_owned()], vec!["5".to_owned()]));
    assert_eq!((page.records, page.end.total), (1, Some(5)));
    assert_eq!(wrong_shape(&layout, "[]").1, "an array");
    assert_eq!(wrong_shape(&layout, "null").1, "null");
}

#[test]
fn rows_can_be_plain_values_only_where_every_column_is_the_record_itself() {
    let labels = "about = 't'\nkey = ['Label']\ntypical_rows = 1\npermission = ''\nscopes = []\ndocumentation = ''\n\
                  [columns]\nLabel = { type = 'text', from = '' }\n\
                  [[paths]]\nname = 'l'\nabout = 'l'\nrequest = 'GET /l'\nrows = 'values[]'\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("jira")).unwrap();
    std::fs::write(folder.path().join("jira/Labels.toml"), labels).unwrap();
    let mut library = Library::default();
    library.add_folder(folder.path()).unwrap();
    let table = library.table("jira", "public", "Labels").unwrap().unwrap();
    let labels = layout(&table);
    let page = labels.decode(br#"{"values":["a","b c"],"total":2}"#, &[]).unwrap();
    assert_eq!(shown(&page, "Label"), ["a", "b c"]);
    assert_eq!(wrong_shape(&labels, r#"{"values":["a",null]}"#).0, "values[1]");
    let whole = layout(&super::table("All = { type = 'json', from = '' }", "values[]"));
    assert_eq!(wrong_shape(&whole, r#"{"values":["a"]}"#).0, "values[0]");
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let layout = layout(&table("", "values[]"));
    let at = |json: &[u8]| match layout.decode(json, &[]) {
        Err(DecodeError::NotJson { line, column, offset, .. }) => (line, column, offset),
        other => panic!("{other:?}"),
    };
    assert_eq!(at(b""), (1, 0, 0));
    assert_eq!(at(b"<html>"), (1, 1, 0));
    assert_eq!(at(b"{\"values\":[\n{\"id\":1}\n"), (3, 0, 21));
    assert_eq!(at(b"{\"values\":[\n{\"id\":01}]}"), (2, 8, 19));
    assert_eq!(at(b"{\"values\":[]} x"), (1, 15, 14));
    assert_eq!(at(b"{\"values\":[]}{}"), (1, 14, 13));
    assert!(layout.decode(b"{\"values\":[]} \r\n\t", &[]).is_ok());
    match layout.decode(b"{\"values\":[{\"id\":\"\xff\"}]}", &[]) {
        Err(DecodeError::Utf8 { offset }) => assert_eq!(offset, 18),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_without_its_key_is_an_error() {
    let layout = layout(&table("", "values[]"));
    for odd in ["{}", r#"{"id":null}"#, r#"{"id":"x"}"#, r#"{"id":{}}"#] {
        match layout.decode(format!(r#"{{"values":[{{"id":1}},{odd}]}}"#).as_bytes(), &[]) {
            Err(DecodeError::NullKey { column, row }) => assert_eq!((column.as_str(), row), ("Id", 1)),
            other => panic!("{odd} gave {other:?}"),
        }
    }
}

#[test]
fn rows_inside_records_take_the_records_values_wherever_they_stand() {
    let layout = layout(&table_of(COMMENT_COLUMNS, COMMENTS));
    let page = layout
        .decode(
            br#"{"issues":[
                {"id":"10","key":"A-1","fields":{"comment":{"total":2,"comments":[{"id":1,"body":"a"},{"id":2}]}}},
                {"fields":{"comment":{"comments":[{"body":"b","id":3}],"total":1},"summary":"s"},"key":"A-2","id":"11"},
                {"id":"12","fields":{"comment":{"comments":[],"total":0}}},
                {"id":"13","fields":{"comment":{"comments":null,"total":0}}},
                {"id":"14","fields":{"comment":{"total":0}}}],"nextPageToken":"n"}"#,
            &[],
        )
        .unwrap();
    assert_eq!(shown(&page, "Id"), ["1", "2", "3"]);
    assert_eq!(shown(&page, "IssueId"), ["10", "10", "11"]);
    assert_eq!(shown(&page, "IssueKey"), ["A-1", "A-1", "A-2"]);
    assert_eq!(shown(&page, "Summary"), ["-", "-", "s"]);
    assert_eq!(shown(&page, "Body"), ["a", "-", "b"]);
    assert_eq!(page.incomplete, []);
    assert_eq!((page.records, page.end.next_page_token.as_deref()), (5, Some("n")));
}

#[test]
fn a_list_that_is_cut_short_gives_no_rows_but_its_records_values() {
    let table = table_of(COMMENT_COLUMNS, COMMENTS);
    // The key and the body only: the record's values are there all the same.
    let layout = Layout::new(&table, &table.paths[0], &[0, 4], &[]).unwrap();
    let page = layout
        .decode(
            br#"{"issues":[
                {"fields":{"comment":{"comments":[{"id":1},{"id":2}],"total":3},"summary":"\u0061 b"},"id":"10","key":null},
                {"id":"11","fields":{"comment":{"comments":[{"id":3}],"total":"1"}}},
                {"id":"12","fields":{"comment":{"comments":[{"id":4}]}}},
                {"id":"13","fields":{"comment":{"total":5}}},
                {"id":"14","fields":{"comment":{"comments":[{"id":6},{"id":7}],"total":1}}}]}"#,
            &[],
        )
        .unwrap();
    assert_eq!(shown(&page, "Id"), ["3", "6", "7"], "a list may have grown beyond its stated length");
    let outer = |id: &str, summary: Option<&str>| {
        vec![(1, Some(format!("\"{id}\""))), (2, None), (3, summary.map(str::to_owned))]
    };
    assert_eq!(
        page.incomplete,
        [
            Incomplete { outer: outer("10", Some(r#""\u0061 b""#)), held: 2, total: Some(3) },
            Incomplete { outer: outer("12", None), held: 1, total: None },
            Incomplete { outer: outer("13", None), held: 0, total: Some(5) },
        ]
    );
}

#[test]
fn a_list_that_is_not_there_is_no_empty_list() {
    let layout = layout(&table_of(COMMENT_COLUMNS, COMMENTS));
    for fields in
        ["{}", "null", r#"{"comment":null}"#, r#"{"comment":{}}"#, r#"{"comment":{"comments":null}}"#]
    {
        let json = format!(
            r#"{{"issues":[{{"id":"10","key":"A-1","fields":{fields}}},{{"key":"A-2","id":"11"}}]}}"#
        );
        let page = layout.decode(json.as_bytes(), &[]).unwrap();
        assert_eq!((page.records, page.batch.num_rows()), (2, 0));
        let missing = |id: &str, key: &str| {
            let outer = vec![(1, Some(format!("\"{id}\""))), (2, Some(format!("\"{key}\""))), (3, None)];
            Incomplete { outer, held: 0, total: None }
        };
        assert_eq!(page.incomplete, [missing("10", "A-1"), missing("11", "A-2")], "{fields}");
    }
}

#[test]
fn a_list_inside_a_record_that_is_none_is_an_error() {
    let layout = layout(&table_of(COMMENT_COLUMNS, COMMENTS));
    let wrong = |record: &str| wrong_shape(&layout, &format!(r#"{{"issues":[{{"id":1}},{record}]}}"#)).0;
    let list = "issues[1].fields.comment.comments[]";
    assert_eq!(wrong(r#"{"fields":{"comment":{"comments":{}}}}"#), list);
    assert_eq!(wrong(r#"{"fields":{"comment":"x"}}"#), list);
    assert_eq!(wrong(r#"{"fields":[]}"#), list);
    assert_eq!(wrong(r#"{"fields":{"comment":{"comments":[],"total":"many"}}}"#), list);
    assert_eq!(wrong("null"), "issues[1]");
    let row = r#"{"fields":{"comment":{"total":2,"comments":[{"id":1},7]}}}"#;
    assert_eq!(wrong(row), "issues[].fields.comment.comments[1]");
}

#[test]
fn misfits_around_and_inside_a_row_are_told_together() {
    let layout = layout(&table_of(COMMENT_COLUMNS, COMMENTS));
    let page = layout
        .decode(
            br#"{"issues":[{"id":"x","fields":{"comment":{"total":2,"comments":[{"id":1,"body":[]},{"id":2}]}}}]}"#,
            &[],
        )
        .unwrap();
    assert_eq!(shown(&page, "FieldErrors"), [r#"{"IssueId":"x","Body":[]}"#, r#"{"IssueId":"x"}"#]);
    assert_eq!(page.field_errors, 3);
}

#[test]
fn constants_fill_their_columns() {
    let table = table_of(COMMENT_COLUMNS, COMMENTS);
    let layout = Layout::new(&table, &table.paths[1], &[1, 0, 2, 5], &[2, 3, 1]).unwrap();
    let body = br#"{"comments":[{"id":1},{"id":2}],"startAt":0}"#;
    let page = layout.decode(body, &[r#""A-1""#, "null", r#" "10" "#]).unwrap();
    assert_eq!(shown(&page, "IssueId"), ["10", "10"]);
    assert_eq!(shown(&page, "IssueKey"), ["A-1", "A-1"]);
    let names: Vec<_> = layout.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["IssueId", "Id", "IssueKey", "FieldErrors"]);
    let page = layout.decode(body, &["null", "null", "\"x\""]).unwrap();
    assert_eq!(shown(&page, "FieldErrors"), [r#"{"IssueId":"x"}"#, r#"{"IssueId":"x"}"#]);

    assert!(matches!(layout.decode(body, &["1"]), Err(DecodeError::ConstantCount { expected: 3, given: 1 })));
    assert!(
        matches!(layout.decode(body, &["A-1", "null", "1"]), Err(DecodeError::Constant { column, .. }) if column == "IssueKey")
    );
}

#[test]
fn a_column_without_a_place_on_the_path_is_refused() {
    let table = table_of(COMMENT_COLUMNS, COMMENTS);
    let no_place =
        |path: usize, column: usize| match Layout::new(&table, &table.paths[path], &[0, column], &[]) {
            Err(LayoutError::NoPlace { column, .. }) => column,
            other => panic!("{other:?}"),
        };
    assert_eq!(no_place(1, 2), "IssueKey");
    assert_eq!(no_place(1, 1), "IssueId");
    assert!(matches!(
        Layout::new(&table, &table.paths[0], &[6], &[]),
        Err(LayoutError::NoColumn { index: 6, .. })
    ));

    let issues = Library::built_in().table("jira", "public", "Issues").unwrap().unwrap();
    let ids = issues.path("ids").unwrap();
    let summary = issues.column("Summary").unwrap();
    assert!(
        matches!(Layout::new(&issues, ids, &[0, summary], &[]), Err(LayoutError::NoPlace { .. })),
        "not provided"
    );
}

#[test]
fn a_path_can_find_a_column_elsewhere() {
    let worklogs = Library::built_in().table("jira", "public", "Worklogs").unwrap().unwrap();
    let layout = Layout::new(&worklogs, worklogs.path("feed").unwrap(), &[0], &[]).unwrap();
    let body = br#"{"values":[{"worklogId":103,"updatedTime":1438013671562,"properties":[]}],"lastPage":true,"id":1}"#;
    let page = layout.decode(body, &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["103"]);
    assert_eq!(page.end.last_page, Some(true));
}

#[test]
fn rows_are_counted_without_any_column() {
    let table = table("", "values[]");
    let layout = Layout::new(&table, &table.paths[0], &[], &[]).unwrap();
    let page = layout.decode(br#"{"values":[{},{"id":2}]}"#, &[]).unwrap();
    assert_eq!((page.batch.num_rows(), page.batch.num_columns()), (2, 0));
}

#[test]
fn misfits_are_counted_where_field_errors_is_not_asked_for() {
    let table = table("X = { type = 'int64', from = 'x' }", "values[]");
    let layout = Layout::new(&table, &table.paths[0], &[1], &[]).unwrap();
    let page = layout.decode(br#"{"values":[{"x":"a"},{"x":[]},{"x":1}]}"#, &[]).unwrap();
    assert_eq!(
        (page.field_errors, shown(&page, "X")),
        (2, vec!["-".to_owned(), "-".to_owned(), "1".to_owned()])
    );
}

#[test]
fn every_built_in_path_has_a_layout_of_all_that_it_provides() {
    let library = Library::built_in();
    for name in library.names("jira", "public") {
        let table = library.table("jira", "public", &name.name).unwrap().unwrap();
        for path in &table.paths {
            let asked: Vec<usize> = match &path.needs {
                Some(needs) if needs.batch == 1 => needs.all_columns().collect(),
                _ => Vec::new(),
            };
            let layout = Layout::new(&table, path, &path.provides, &asked).unwrap();
            assert_eq!(layout.schema().fields().len(), path.provides.len(), "{name} {}", path.name);
        }
    }
}
