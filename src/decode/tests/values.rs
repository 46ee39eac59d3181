//! Each type, each misfit.

use super::{decode, one, shown};

fn fits(definition: &str, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        assert_eq!(
            one(definition, value),
            ((*expected).to_owned(), "-".to_owned()),
            "{definition} of {value}"
        );
    }
}

fn misfits(definition: &str, values: &[&str]) {
    for value in values {
        let expected = ("-".to_owned(), format!(r#"{{"X":{value}}}"#));
        assert_eq!(one(definition, value), expected, "{definition} of {value}");
    }
}

#[test]
fn null_and_absent_are_null_in_every_type_and_no_error() {
    for definition in [
        "type = 'int64', from = 'x'",
        "type = 'float64', from = 'x'",
        "type = 'boolean', from = 'x'",
        "type = 'text', from = 'x'",
        "type = 'timestamp', from = 'x'",
        "type = 'date', from = 'x'",
        "type = 'rich_text', from = 'x'",
        "type = 'json', from = 'x'",
        "type = 'list<text>', from = 'x[]'",
        "type = 'struct', from = 'x', fields = { A = { type = 'text', from = 'a' } }",
    ] {
        fits(definition, &[("null", "-")]);
        let page =
            decode(&format!("X = {{ {definition} }}"), r#"{"values":[{"id":1},{"id":2,"x":null},{"id":3}]}"#);
        assert_eq!(shown(&page, "X"), ["-", "-", "-"], "{definition}");
        assert_eq!(page.field_errors, 0);
    }
}

#[test]
fn whole_numbers_come_from_numbers_and_digits() {
    let definition = "type = 'int64', from = 'x'";
    fits(definition, &[("7", "7"), ("-7.0", "-7"), ("1.0E7", "10000000"), (r#""10001""#, "10001")]);
    misfits(
        definition,
        &[
            "7.5",
            "1e999",
            "9223372036854775808",
            r#""7.0""#,
            r#""seven""#,
            r#""""#,
            "true",
            "[7]",
            r#"{"a":7}"#,
        ],
    );
}

#[test]
fn numbers_come_from_numbers_and_numeric_text() {
    let definition = "type = 'float64', from = 'x'";
    fits(definition, &[("7", "7.0"), ("-7.25", "-7.25"), ("1.0E7", "10000000.0"), (r#""2.5""#, "2.5")]);
    misfits(definition, &["1e999", r#""inf""#, r#""""#, "false", "[]", "{}"]);
}

#[test]
fn booleans_are_true_and_false_only() {
    let definition = "type = 'boolean', from = 'x'";
    fits(definition, &[("true", "true"), ("false", "false")]);
    misfits(definition, &["1", r#""true""#, "[]", "{}"]);
}

#[test]
fn text_takes_any_scalar_as_it_is_written() {
    let definition = "type = 'text', from = 'x'";
    fits(
        definition,
        &[
            (r#""""#, ""),
            (r#""a b""#, "a b"),
            (r#""é\ud83d\ude00\/\u0041\n""#, "é😀/A\n"),
            ("1.50", "1.50"),
            ("1e999", "1e999"),
            ("true", "true"),
        ],
    );
    misfits(definition, &[r#""\ud83d""#, r#""\ude00\ud83d""#, "[]", "{}"]);
}

#[test]
fn timestamps_are_utc_whatever_offset_was_written() {
    let definition = "type = 'timestamp', from = 'x'";
    fits(
        definition,
        &[
            (r#""2024-01-02T03:04:05.678+0000""#, "2024-01-02T03:04:05.678Z"),
            (r#""2024-01-02T03:04:05.678-0330""#, "2024-01-02T06:34:05.678Z"),
            (r#""2024-01-01T00:30+02:00""#, "2023-12-31T22:30:00Z"),
            (r#""2024-01-02T03\u003a04:05Z""#, "2024-01-02T03:04:05Z"),
            ("1438013671562", "2015-07-27T16:14:31.562Z"),
            ("-1", "1969-12-31T23:59:59.999Z"),
        ],
    );
    misfits(
        definition,
        &[
            r#""2024-01-02T03:04:05""#,
            r#""2024-01-02""#,
            r#""2023-02-29T00:00:00Z""#,
            r#""2016-12-31T23:59:60Z""#,
            r#""yesterday""#,
            r#""1438013671562""#,
            "0.5",
            "9223372036854775807",
            "true",
            "[]",
            "{}",
        ],
    );
}

#[test]
fn dates_are_days_only() {
    let definition = "type = 'date', from = 'x'";
    fits(definition, &[(r#""2024-02-29""#, "2024-02-29"), (r#""1969-12-31""#, "1969-12-31")]);
    misfits(
        definition,
        &[
            r#""2023-02-29""#,
            r#""2024-01-02T00:00:00Z""#,
            r#""02/Jan/24""#,
            r#""""#,
            "20240102",
            "true",
            "[]",
            "{}",
        ],
    );
}

#[test]
fn json_is_what_came_without_blanks() {
    fits(
        "type = 'json', from = 'x'",
        &[
            ("{ \"a b\" : [ 1 , \" c \\\" d \" ] ,\n \"e\":null }", r#"{"a b":[1," c \" d "],"e":null}"#),
            (r#"{"a":1e999,"b":"\ud83d"}"#, r#"{"a":1e999,"b":"\ud83d"}"#),
            (r#""a b""#, r#""a b""#),
            ("1.50", "1.50"),
            ("[]", "[]"),
        ],
    );
}

#[test]
fn rich_text_is_markup_as_it_is_or_a_document_as_plain_text() {
    let definition = "type = 'rich_text', from = 'x'";
    fits(
        definition,
        &[
            (r#""h1. *Wiki*\nline""#, "h1. *Wiki*\nline"),
            (r#"{"version":1,"type":"doc","content":[]}"#, ""),
            (
                r#"{"content":[{"content":[{"text":"a","type":"text"}],"type":"paragraph"}],"type":"doc"}"#,
                "a",
            ),
        ],
    );
    misfits(
        definition,
        &[
            "1",
            "true",
            "[]",
            "{}",
            r#"{"a":1}"#,
            r#"{"type":"doc","content":1}"#,
            r#"{"type":"text","text":"\ud83d"}"#,
        ],
    );
}

#[test]
fn a_document_nested_beyond_the_parser_is_a_misfit_and_no_crash() {
    let deep = |levels: usize| {
        let open = r#"{"type":"panel","content":["#.repeat(levels);
        format!("{open}{}", "]}".repeat(levels))
    };
    let definition = "type = 'rich_text', from = 'x'";
    fits(definition, &[(&deep(50), "")]);
    misfits(definition, &[&deep(100), &deep(20_000)]);
}

#[test]
fn lists_take_each_element_through_its_members() {
    let definition = "type = 'list<text>', from = 'x[]'";
    fits(definition, &[("[]", "[]"), (r#"["a",null,"b"]"#, "[a, -, b]")]);
    misfits(definition, &["1", r#""a""#, "true", "{}"]);

    let definition = "type = 'list<int64>', from = 'x[].a.b'";
    fits(definition, &[(r#"[{"a":{"b":1}},{"a":{"b":null}},{"a":null},{},null]"#, "[1, -, -, -, -]")]);
    for value in [r#"[{"a":{"b":1}},{"a":{"b":"x"}}]"#, r#"[{"a":{"b":1}},{"a":2}]"#, r#"[{"a":{"b":1}},3]"#]
    {
        let raw = format!(r#"{{"X":{value}}}"#);
        assert_eq!(
            one(definition, value),
            ("[1, -]".to_owned(), raw),
            "a misfit element is NULL and is told"
        );
    }
}

#[test]
fn structs_and_lists_of_them_take_their_members() {
    let fields = "fields = { Value = { type = 'text', from = 'value' }, Child = { type = 'int64', from = 'child.id' } }";
    let definition = format!("type = 'struct', from = 'x', {fields}");
    fits(
        &definition,
        &[
            (r#"{"child":{"id":"3"},"value":"a"}"#, "{Value: a, Child: 3}"),
            (r#"{"value":"a","value":"b"}"#, "{Value: a, Child: -}"),
            ("{}", "{Value: -, Child: -}"),
        ],
    );
    misfits(&definition, &["1", r#""a""#, "[]", "true"]);
    let partly = r#"{"value":"a","child":"none"}"#;
    assert_eq!(one(&definition, partly), ("{Value: a, Child: -}".to_owned(), format!(r#"{{"X":{partly}}}"#)));

    let definition = format!("type = 'list<struct>', from = 'x[]', {fields}");
    fits(
        &definition,
        &[(r#"[{"value":"a"},null,{"child":{"id":4}}]"#, "[{Value: a, Child: -}, -, {Value: -, Child: 4}]")],
    );
    let partly = r#"[{"value":"a"},"b"]"#;
    assert_eq!(
        one(&definition, partly),
        ("[{Value: a, Child: -}, -]".to_owned(), format!(r#"{{"X":{partly}}}"#))
    );
}

#[test]
fn a_scalar_where_members_are_wanted_is_a_misfit_of_every_column_below() {
    let columns = "A = { type = 'text', from = 'f.s.name' }\nB = { type = 'int64', from = 'f.s.id' }\n\
                   C = { type = 'text', from = 'f.c' }";
    for odd in [r#""Open""#, "5", "[1]", "true", "1e999", r#""\ud83d""#] {
        let json = format!(
            r#"{{"values":[{{"id":1,"f":{{"c":"x","s":{odd}}}}},{{"id":2,"f":{{"s":{{"name":"y"}}}}}}]}}"#
        );
        let page = decode(columns, &json);
        assert_eq!(shown(&page, "A"), ["-", "y"]);
        assert_eq!(shown(&page, "B"), ["-", "-"]);
        assert_eq!(shown(&page, "C"), ["x", "-"]);
        assert_eq!(shown(&page, "FieldErrors"), [format!(r#"{{"A":{odd},"B":{odd}}}"#), "-".to_owned()]);
        assert_eq!(page.field_errors, 2);
    }
}

#[test]
fn several_misfits_of_a_row_are_collected_as_they_came() {
    let columns = "A = { type = 'int64', from = 'a' }\n\"Größe \\\"B\\\"\" = { type = 'date', from = 'b' }";
    let page = decode(columns, r#"{"values":[{"id":1,"b":"x y","a": [ 1 ]}]}"#);
    assert_eq!(shown(&page, "FieldErrors"), [r#"{"A":[ 1 ],"Größe \"B\"":"x y"}"#]);
    let parsed: serde_json::Value = serde_json::from_str(&shown(&page, "FieldErrors")[0]).unwrap();
    assert_eq!(parsed["Größe \"B\""], "x y");
}

#[test]
fn one_value_can_be_read_as_two_columns_and_its_members_as_more() {
    let columns = "Text = { type = 'rich_text', from = 'd' }\nRaw = { type = 'json', from = 'd' }\n\
                   Kind = { type = 'text', from = 'd.type' }\nAll = { type = 'json', from = '' }";
    let page = decode(columns, r#"{"values":[{"d":{"type":"doc"},"id":1},{"id":2,"d":"wiki"},{"id":3}]}"#);
    assert_eq!(shown(&page, "Text"), ["", "wiki", "-"]);
    assert_eq!(shown(&page, "Raw"), [r#"{"type":"doc"}"#, r#""wiki""#, "-"]);
    assert_eq!(shown(&page, "Kind"), ["doc", "-", "-"]);
    assert_eq!(
        shown(&page, "All"),
        [r#"{"d":{"type":"doc"},"id":1}"#, r#"{"id":2,"d":"wiki"}"#, r#"{"id":3}"#]
    );
    assert_eq!(shown(&page, "FieldErrors"), ["-", r#"{"Kind":"wiki"}"#, "-"]);
}

#[test]
fn members_come_in_any_order_and_the_first_of_repeated_ones_counts() {
    let columns = "A = { type = 'text', from = 'f.a' }\nB = { type = 'text', from = 'f.b' }";
    let page = decode(
        columns,
        r#"{"values":[{"f":{"b":"1","a":"2"},"id":1},
            {"id":2,"f":{"a":"3","a":"4"},"f":{"b":"5"},"id":9},
            {"id":3,"f":null,"f":{"a":"6"}},
            {"id":4,"f":{"a":null,"a":"7","\u0062":"8"}}],"values":[{"id":5}]}"#,
    );
    assert_eq!(shown(&page, "Id"), ["1", "2", "3", "4"]);
    assert_eq!(shown(&page, "A"), ["2", "3", "-", "-"]);
    assert_eq!(shown(&page, "B"), ["1", "-", "-", "8"]);
}

#[test]
fn unknown_members_are_skipped_whatever_they_hold() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let json = format!(
        r#"{{"x":{deep},"\ud83d":1,"values":[{{"big":1e999,"half":"\ud83d","\ud83d":[{{}}],"id":1,"ix":2,"xd":{deep}}}]}}"#
    );
    assert_eq!(shown(&decode("", &json), "Id"), ["1"]);
}
