//! Rows inside records inside records, values that stand in one of several places, and places in lists.

use super::{decode, layout, shown, table, table_of};

const HISTORY: &str = "IssueId = { type = 'int64', outer = true }
HistoryId = { type = 'int64', outer = true }
Number = { type = 'int64', position = true }
Field = { type = 'text', from = 'field' }";

const CHANGES: &str = "
[[paths]]
name = 'bulk'
about = 'b'
request = 'POST /b'
rows = 'issues[].histories[].items[]'
whole = true
outer = { IssueId = 'issueId', HistoryId = 'histories[].id' }
";

#[test]
fn rows_in_lists_of_lists_take_values_from_every_record_around_them() {
    let table = table_of(HISTORY, CHANGES);
    // The members of a record may stand before or after its list.
    let json = r#"{"issues":[
        {"issueId":"1","histories":[
            {"id":10,"items":[{"id":100,"field":"a"},{"id":101,"field":"b"}]},
            {"items":[{"id":102,"field":"c"}],"id":"11"},
            {"id":12,"items":[]}, {"id":13}, {"id":14,"items":null}]},
        {"histories":[{"id":20,"items":[{"id":200,"field":null}]}],"issueId":2},
        {"issueId":3,"histories":[]}, {"issueId":4}]}"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["100", "101", "102", "200"]);
    assert_eq!(shown(&page, "IssueId"), ["1", "1", "1", "2"]);
    assert_eq!(shown(&page, "HistoryId"), ["10", "10", "11", "20"]);
    assert_eq!(shown(&page, "Number"), ["1", "2", "1", "1"]);
    assert_eq!(shown(&page, "Field"), ["a", "b", "c", "-"]);
    assert_eq!((page.records, page.field_errors, page.incomplete.len()), (4, 0, 0));
}

#[test]
fn a_record_of_another_shape_around_rows_is_an_error_that_names_its_place() {
    let table = table_of(HISTORY, CHANGES);
    for (json, place) in [
        (r#"{"issues":[7]}"#, "issues[0]"),
        (r#"{"issues":[{"issueId":1,"histories":["x"]}]}"#, "issues[].histories[0]"),
        (r#"{"issues":[{"issueId":1,"histories":{"id":1}}]}"#, "issues[0]"),
        (r#"{"issues":[{"issueId":1,"histories":[{"id":1,"items":"none"}]}]}"#, "issues[0]"),
        (r#"{"issues":[{"issueId":1,"histories":[{"id":1,"items":["x"]}]}]}"#, "items[0]"),
    ] {
        let error = layout(&table).decode(json.as_bytes(), &[]).unwrap_err().to_string();
        assert!(error.contains(place), "{json}: {error}");
    }
}

#[test]
fn plain_values_in_a_records_list_are_rows() {
    let paths = "
[[paths]]
name = 'labels'
about = 'l'
request = 'GET /l'
rows = 'issues[].fields.labels[]'
whole = true
outer = { IssueId = 'id' }
provides = ['IssueId', 'Label', 'Number']";
    let columns = "IssueId = { type = 'int64', outer = true }
Label = { type = 'text', from = '' }
Number = { type = 'int64', position = true }";
    let table = table_of(columns, paths);
    let wanted: Vec<usize> =
        ["IssueId", "Label", "Number"].iter().map(|c| table.column(c).unwrap()).collect();
    let layout = crate::decode::Layout::new(&table, &table.paths[0], &wanted, &[]).unwrap();
    let json = r#"{"issues":[{"id":"1","fields":{"labels":["a","say \"b\""]}},{"id":2,"fields":{"labels":[]}},{"id":3,"fields":{}}]}"#;
    let page = layout.decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Label"), ["a", "say \"b\""]);
    assert_eq!(shown(&page, "IssueId"), ["1", "1"]);
    assert_eq!(shown(&page, "Number"), ["1", "2"]);
}

#[test]
fn of_several_places_the_first_with_a_value_counts_and_which_names_it() {
    let columns = "Direction = { type = 'text', which = { inward = 'in', outward = 'out' } }
Other = { type = 'int64', from = ['in.id', 'out.id'] }";
    let table = table(columns, "values[]");
    let json = r#"{"values":[{"id":1,"in":{"id":7}},{"id":2,"out":{"id":"8"}},{"id":3},{"id":4,"in":null,"out":{"id":9}},
        {"id":5,"in":{},"out":{"id":6}},{"id":6,"in":{"id":"x"}},{"id":7,"in":"odd"}]}"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(
        shown(&page, "Direction"),
        ["inward", "outward", "-", "outward", "inward", "inward", "inward"]
    );
    assert_eq!(shown(&page, "Other"), ["7", "8", "-", "9", "6", "-", "-"]);
    assert_eq!(shown(&page, "FieldErrors")[5..], [r#"{"Other":"x"}"#, r#"{"Other":"odd"}"#]);
    assert_eq!(page.field_errors, 2);
}

/// A sprint as Data Center writes it.
fn sprint(members: &str) -> String {
    format!("\"com.atlassian.greenhopper.service.sprint.Sprint@1f[{members}]\"")
}

#[test]
fn sprints_that_are_texts_are_the_same_values_as_objects() {
    let columns = "Sprints = { type = 'list<struct>', from = 'sprints[]', fields = { Id = { type = 'int64', from = 'id' }, \
                   Name = { type = 'text', from = 'name' }, Board = { type = 'int64', from = 'boardId' }, \
                   Start = { type = 'timestamp', from = 'startDate' } } }";
    let text =
        sprint("id=1,rapidViewId=2,state=CLOSED,name=A\\u002c, b,startDate=2026-01-02T03:04:05.678+01:00");
    let object =
        r#"{"id":1,"boardId":2,"state":"closed","name":"A,, b","startDate":"2026-01-02T02:04:05.678Z"}"#;
    let page = decode(
        columns,
        &format!(
            r#"{{"values":[{{"id":1,"sprints":[{text}]}},{{"id":2,"sprints":[{object}]}},
        {{"id":3,"sprints":[{text},{text}]}},{{"id":4,"sprints":["none"]}},{{"id":5,"sprints":[null]}}]}}"#
        ),
    );
    let sprints = shown(&page, "Sprints");
    assert_eq!(sprints[0], sprints[1]);
    assert!(sprints[0].contains("A,, b") && sprints[0].contains("2026-01-02T02:04:05.678"), "{}", sprints[0]);
    assert_eq!(sprints[2].matches("A,, b").count(), 2);
    assert_eq!(shown(&page, "FieldErrors")[3..], [r#"{"Sprints":["none"]}"#, "-"]);
    assert_eq!(page.field_errors, 1);
}

#[test]
fn rows_that_are_sprint_texts_are_rows() {
    let paths = "
[[paths]]
name = 'sprints'
about = 's'
request = 'GET /s'
rows = 'issues[].sprints[]'
whole = true
outer = { IssueId = 'id' }";
    let columns = "IssueId = { type = 'int64', outer = true }
State = { type = 'text', from = ['state', 'status'] }
Goal = { type = 'text', from = 'goal' }";
    let table = table_of(columns, paths);
    let json = format!(
        r#"{{"issues":[{{"id":"7","sprints":[{},{}]}},{{"id":8,"sprints":null}}]}}"#,
        sprint("id=1,state=ACTIVE,name=A,goal="),
        sprint("state=FUTURE,id=2,name=B,goal=<null>")
    );
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["1", "2"]);
    assert_eq!(shown(&page, "IssueId"), ["7", "7"]);
    assert_eq!(shown(&page, "State"), ["active", "future"]);
    assert_eq!(shown(&page, "Goal"), ["", "-"]);
    let other = json.replace("Sprint@", "Sprint#");
    assert!(layout(&table).decode(other.as_bytes(), &[]).is_err(), "any other text is no row");
}

#[test]
fn a_list_further_in_is_whole_where_the_outermost_one_is_as_long_as_it_says() {
    let paths = CHANGES
        .replace("whole = true", "complete = { total = 'total', otherwise = 'one', column = 'IssueId' }")
        + "
[[paths]]
name = 'one'
about = 'o'
request = 'GET /one/{IssueId}'
rows = 'histories[].items[]'
whole = true
needs = { columns = ['IssueId'], at = 'path', batch = 1 }
outer = { HistoryId = 'id' }";
    let table = table_of(HISTORY, &paths);
    let json = r#"{"issues":[
        {"issueId":1,"total":1,"histories":[{"id":10,"items":[{"id":100},{"id":101}]}]},
        {"issueId":2,"total":2,"histories":[{"id":20,"items":[{"id":200}]}]},
        {"issueId":3,"histories":[{"id":30,"items":[{"id":300}]}]}]}"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["100", "101"]);
    let cut: Vec<_> = page.incomplete.iter().map(|i| (i.outer[0].1.clone(), i.held, i.total)).collect();
    assert_eq!(cut, [(Some("2".to_owned()), 1, Some(2)), (Some("3".to_owned()), 1, None)]);
}
