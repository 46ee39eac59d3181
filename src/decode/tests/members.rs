//! Rows that are the members of an object.

use super::{layout, shown, table, table_of, wrong_shape};

const NAMED: &str = "Name = { type = 'text', member = true }\nText = { type = 'text', from = 'text' }";

#[test]
fn the_members_of_an_object_are_rows_that_know_their_names() {
    let table = table(NAMED, "all{}");
    let json = r#"{"other":[1],"all":{"a":{"id":1,"text":"A"},"b \"c\"":{"text":"B","id":"2"},"gone":null}}"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["1", "2"]);
    assert_eq!(shown(&page, "Name"), ["a", "b \"c\""]);
    assert_eq!(shown(&page, "Text"), ["A", "B"]);
    assert_eq!((page.records, page.field_errors), (2, 0));
    let empty = layout(&table).decode(br#"{"all":{}}"#, &[]).unwrap();
    assert_eq!(empty.batch.num_rows(), 0);
}

#[test]
fn the_answer_itself_may_be_the_object() {
    let table = table(NAMED, "{}");
    let json = r#"{"total":{"id":1},"x":{"id":2,"text":7}}"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "Name"), ["total", "x"], "no member is one of the page's own");
}

#[test]
fn members_of_a_prefix_inside_records_are_rows_of_any_kind() {
    let columns = "IssueId = { type = 'int64', outer = true }
Field = { type = 'text', member = true }
Value = { type = 'json', from = '' }";
    let paths = "
[[paths]]
name = 'in issues'
about = 'f'
request = 'GET /f'
rows = 'issues[].fields{}'
only = 'customfield_'
whole = true
outer = { IssueId = 'id' }
provides = ['IssueId', 'Field', 'Value']";
    let table = table_of(columns, paths);
    let wanted: Vec<usize> = ["IssueId", "Field", "Value"].iter().map(|c| table.column(c).unwrap()).collect();
    let layout = crate::decode::Layout::new(&table, &table.paths[0], &wanted, &[]).unwrap();
    let json = r#"{"issues":[
        {"fields":{"summary":"s","customfield_1":5,"customfield_2":null,"customfield_3":[1, 2]},"id":"10"},
        {"id":11,"fields":{}}, {"id":12}, {"id":13,"fields":{"customfield_1":{"value":"x"}}}]}"#;
    let page = layout.decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "IssueId"), ["10", "10", "13"]);
    assert_eq!(shown(&page, "Field"), ["customfield_1", "customfield_3", "customfield_1"]);
    assert_eq!(shown(&page, "Value"), ["5", "[1,2]", r#"{"value":"x"}"#]);
}

#[test]
fn another_shape_is_an_error_and_never_no_rows() {
    let layout = layout(&table(NAMED, "all{}"));
    for (json, place) in [
        (r#"{"all":[]}"#, "all{}"),
        (r#"{"all":null}"#, "all{}"),
        (r#"{"errorMessages":["x"]}"#, "all{}"),
        (r#"{"all":{"a":7}}"#, "all.a"),
    ] {
        assert_eq!(wrong_shape(&layout, json).0, place, "{json}");
    }
}

#[test]
fn an_empty_object_may_be_left_out_where_the_table_file_says_beside_what() {
    let columns = "Name = { type = 'text', member = true }\nValue = { type = 'json', from = '' }";
    let paths = "
[[paths]]
name = 'of one'
about = 'f'
request = 'GET /f'
rows = 'properties{}'
empty_beside = 'id'
provides = ['Name', 'Value']";
    let table = table_of(columns, paths);
    let wanted = [table.column("Name").unwrap(), table.column("Value").unwrap()];
    let layout = crate::decode::Layout::new(&table, &table.paths[0], &wanted, &[]).unwrap();
    for none in [r#"{"id":"1"}"#, r#"{"key":"A-1","id":1,"fields":{}}"#, r#"{"properties":{},"id":1}"#] {
        assert_eq!(layout.decode(none.as_bytes(), &[]).unwrap().records, 0, "{none}");
    }
    for wrong in [r#"{"errorMessages":[]}"#, r#"{"id":null}"#, r#"{"id":1,"properties":[]}"#] {
        assert_eq!(wrong_shape(&layout, wrong).0, "properties{}", "{wrong}");
    }
}

#[test]
fn a_path_may_find_values_at_the_end_of_an_address_and_in_the_name_of_a_member() {
    let columns = "Name = { type = 'text', from = 'name' }
About = { type = 'text', from = 'about' }";
    let paths = "
[[paths]]
name = 'names'
about = 'f'
request = 'GET /f'
rows = '{}'
from = { Id = { at = '', last_segment = true }, Name = { member = true } }";
    let table = table_of(columns, paths);
    let page = layout(&table).decode(br#"{"A":"http://x/role/7","b \"c\"":"/role/10002"}"#, &[]).unwrap();
    assert_eq!(shown(&page, "Id"), ["7", "10002"]);
    assert_eq!(shown(&page, "Name"), ["A", "b \"c\""]);
    assert_eq!((shown(&page, "About"), page.field_errors), (vec!["-".to_owned(); 2], 0));
    for no_id in [r#"{"A":"http://x/role/"}"#, r#"{"A":"http://x/role/7a"}"#, r#"{"A":"7"}"#] {
        let found = layout(&table).decode(no_id.as_bytes(), &[]);
        assert_eq!(found.is_ok(), no_id.contains(r#":"7""#), "{no_id}");
    }
}

#[test]
fn a_path_may_find_a_value_within_an_address() {
    let paths = "
[[paths]]
name = 'listed'
about = 'f'
request = 'GET /f'
rows = '[]'
from = { Issue = { at = 'self', segment_after = 'issue' } }";
    let table = table_of("Issue = { type = 'int64', from = 'issue.id' }", paths);
    let page = br#"[{"id":1,"self":"https://issue/3/issue/10010/comment/7"},{"id":2,"self":null},{"id":3}]"#;
    let page = layout(&table).decode(page, &[]).unwrap();
    assert_eq!(
        (shown(&page, "Issue"), page.field_errors),
        (["10010", "-", "-"].map(str::to_owned).to_vec(), 0)
    );
    let odd = br#"[{"id":1,"self":"https://x/issue/PAY-1"},{"id":2,"self":"https://x/comment/7x"}]"#;
    let odd = layout(&table).decode(odd, &[]).unwrap();
    assert_eq!((shown(&odd, "Issue"), odd.field_errors), (vec!["-".to_owned(); 2], 2));
}

#[test]
fn a_path_may_find_a_value_before_a_mark_in_a_text() {
    let paths = "
[[paths]]
name = 'keys'
about = 'f'
request = 'GET /f'
rows = '[]'
from = { Project = { at = 'key', before_last = '-' } }";
    let table = table_of("Project = { type = 'text', from = 'project.key' }", paths);
    let page = br#"[{"id":1,"key":"PAY-1"},{"id":2,"key":"A-B-22"},{"id":3,"key":null},{"id":4}]"#;
    let page = layout(&table).decode(page, &[]).unwrap();
    assert_eq!(shown(&page, "Project"), ["PAY", "A-B", "-", "-"]);
    assert_eq!(page.field_errors, 0);
    let odd = layout(&table).decode(br#"[{"id":1,"key":"PAY"},{"id":2,"key":{}}]"#, &[]).unwrap();
    assert_eq!((shown(&odd, "Project"), odd.field_errors), (vec!["PAY".to_owned(), "-".to_owned()], 1));
}

#[test]
fn a_value_may_count_only_beside_a_certain_other_one() {
    let columns = "User = { type = 'text', from = 'user.id' }
Group = { type = 'text', from = 'group.id' }";
    let paths = "
[[paths]]
name = 'actors'
about = 'f'
request = 'GET /f'
rows = '[]'

[paths.from]
User = { at = 'name', when = { type = 'user' } }
Group = { at = 'name', when = { type = 'group' } }";
    let table = table_of(columns, paths);
    let json = r#"[{"id":1,"type":"user","name":"ann"},{"id":2,"name":"devs","type":"group"},
        {"id":3,"name":"?","type":"app"},{"id":4,"name":"?"},{"id":5,"type":"user"}]"#;
    let page = layout(&table).decode(json.as_bytes(), &[]).unwrap();
    assert_eq!(shown(&page, "User"), ["ann", "-", "-", "-", "-"]);
    assert_eq!(shown(&page, "Group"), ["-", "devs", "-", "-", "-"]);
    assert_eq!(page.field_errors, 0);
}
