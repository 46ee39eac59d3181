//! Any JSON is met without a panic, and rows agree with those of a plain reader over `serde_json::Value`.

use std::sync::LazyLock;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{layout, table, table_of};
use crate::decode::Layout;

const COLUMNS: &str = "
Text = { type = 'text', from = 'a' }
Number = { type = 'float64', from = 'b' }
Whole = { type = 'int64', from = 'a.b' }
Flag = { type = 'boolean', from = 'b.a' }
When = { type = 'timestamp', from = 'c' }
Day = { type = 'date', from = 'a' }
Rich = { type = 'rich_text', from = 'c' }
Json = { type = 'json', from = 'b' }
Texts = { type = 'list<text>', from = 'c[].a' }
Record = { type = 'struct', from = 'a', fields = { A = { type = 'int64', from = 'a' }, B = { type = 'json', from = 'b' } } }
";

fn any_string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]",
        "[0-9]{1,19}",
        "\\PC{0,6}",
        Just("2024-02-29".to_owned()),
        Just("2024-02-29T01:02:03.5+0100".to_owned()),
        Just("doc".to_owned()),
    ]
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "b",
        "c",
        "id",
        "type",
        "content",
        "text",
        "values",
        "total",
        "nextPageToken",
    ])
    .prop_map(str::to_owned)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-5_i64..5).prop_map(Value::from),
        // Binary fractions: `Value` reads others inexactly.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 64.0)),
        any_string().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((member(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let nested = "[[paths]]\nname = 'e'\nabout = 'e'\nrequest = 'GET /e'\nrows = 'values[].a.b[]'\n\
                  outer = { Around = 'c' }\ncomplete = { total = 'a.total', otherwise = 'o', column = 'Around' }\n\
                  [[paths]]\nname = 'o'\nabout = 'o'\nrequest = 'GET /o/{Around}'\nrows = '[]'\n\
                  needs = { columns = ['Around'], at = 'path', batch = 1 }\n";
    vec![
        layout(&table(COLUMNS, "values[]")),
        layout(&table(COLUMNS, "[]")),
        layout(&table(COLUMNS, "")),
        layout(&table_of(&format!("Around = {{ type = 'text', outer = true }}{COLUMNS}"), nested)),
    ]
});

const PLAIN: &str = "T = { type = 'text', from = 'a' }
N = { type = 'float64', from = 'b' }
B = { type = 'boolean', from = 'c' }
W = { type = 'int64', from = 'a.b' }
J = { type = 'json', from = 'c' }";

static PLAIN_LAYOUT: LazyLock<Layout> = LazyLock::new(|| layout(&table(PLAIN, "values[]")));

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) if s.strip_prefix('-').unwrap_or(s).starts_with(|c: char| c.is_ascii_digit()) => {
            s.parse().ok().filter(|f: &f64| f.is_finite())
        }
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64(),
        Value::String(s) if s.strip_prefix('-').unwrap_or(s).bytes().all(|b| b.is_ascii_digit()) => {
            s.parse().ok()
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_json_and_no_bytes_make_it_panic(json in any_json(), cut in 0_usize..200, bytes in any::<Vec<u8>>()) {
        let lists = [json.to_string(), format!(r#"{{"values":[{json}]}}"#), format!(r#"{{"values":[{{"id":1,"a":{json}}}]}}"#),
            format!(r#"{{"values":[{{"a":{{"total":1,"b":[{{"id":1,"c":{json}}}]}},"c":{json}}}]}}"#)];
        for layout in LAYOUTS.iter() {
            for text in &lists {
                let page = layout.decode(text.as_bytes(), &[]);
                if let Ok(page) = &page {
                    prop_assert_eq!(page.batch.schema(), layout.schema());
                }
                let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(text)?)?;
                prop_assert_eq!(layout.decode(pretty.as_bytes(), &[]).is_ok(), page.is_ok());
                let _ = layout.decode(text.as_bytes().get(..cut).unwrap_or_default(), &[]);
            }
            prop_assert!(layout.decode(&bytes, &[]).is_err());
        }
    }

    #[test]
    fn rows_agree_with_those_of_a_plain_reader(records in prop::collection::vec(prop::collection::vec((member(), any_json()), 0..6), 0..6)) {
        let rows: Vec<Value> = records
            .into_iter()
            .enumerate()
            .map(|(i, members)| {
                let mut record: Map<String, Value> = members.into_iter().collect();
                record.insert("id".to_owned(), Value::from(i));
                Value::Object(record)
            })
            .collect();
        let body = Value::Object(Map::from_iter([("values".to_owned(), Value::Array(rows.clone()))]));
        let page = PLAIN_LAYOUT.decode(serde_json::to_string_pretty(&body)?.as_bytes(), &[])?;
        prop_assert_eq!(page.batch.num_rows(), rows.len());
        let column = |name: &str| page.batch.column_by_name(name).unwrap();
        let (texts, numbers) = (column("T").as_string::<i32>(), column("N").as_primitive::<Float64Type>());
        let (flags, wholes) = (column("B").as_boolean(), column("W").as_primitive::<Int64Type>());
        let (jsons, errors) = (column("J").as_string::<i32>(), column("FieldErrors").as_string::<i32>());
        let mut misfits = 0;
        for (i, row) in rows.iter().enumerate() {
            prop_assert_eq!(texts.is_valid(i).then(|| texts.value(i).to_owned()), text(&row["a"]));
            prop_assert_eq!(numbers.is_valid(i).then(|| numbers.value(i)), number(&row["b"]));
            prop_assert_eq!(flags.is_valid(i).then(|| flags.value(i)), row["c"].as_bool());
            // Whole floats are met elsewhere; here the reader knows integers only.
            let inner = &row["a"]["b"];
            if !inner.is_f64() {
                prop_assert_eq!(wholes.is_valid(i).then(|| wholes.value(i)), whole(inner));
            }
            let json = (!row["c"].is_null()).then(|| row["c"].to_string());
            prop_assert_eq!(jsons.is_valid(i).then(|| jsons.value(i).to_owned()), json);
            let told: Map<String, Value> =
                if errors.is_valid(i) { serde_json::from_str(errors.value(i))? } else { Map::new() };
            misfits += told.len();
            for (name, from) in [("T", &row["a"]), ("N", &row["b"]), ("B", &row["c"])] {
                let is_null = column(name).is_null(i);
                prop_assert_eq!(told.get(name), (is_null && !from.is_null()).then_some(from));
            }
        }
        prop_assert_eq!(page.field_errors, misfits);
    }
}
