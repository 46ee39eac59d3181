#![expect(clippy::panic, clippy::unwrap_used, reason = "a failing test should panic")]

use super::*;

const GOOD: &str = r#"
about = "One thing."
key = ["Id"]
typical_rows = 10
permission = "none"
scopes = []
documentation = ""

[columns]
Id = { type = "int64", from = "id" }
OwnerId = { type = "int64", outer = true }
OwnerKey = { type = "text", lookup = "Owners.Key", by = "OwnerId" }
Names = { type = "list<text>", from = "names[].value" }
Pair = { type = "struct", from = "pair", fields = { Value = { type = "text", from = "value" } } }

[[paths]]
name = "embedded"
about = "things in owners"
request = "POST /owners"
rows = "owners[].things[]"
asks = "body.fields"
needs = { columns = ["OwnerId"], at = "body.ids", batch = 100 }
keys = { table = "Owners", column = "Id" }
outer = { OwnerId = "id" }
complete = { total = "total", otherwise = "of one", column = "OwnerId" }

[[paths]]
name = "of one"
about = "things of one owner"
request = "GET /owner/{OwnerId}/things"
rows = "values[]"
paging = "page"
page_size = 50
needs = { columns = ["OwnerId"], at = "path", batch = 1 }
"#;

fn read(text: &str) -> Result<Table, SchemaError> {
    let name = TableName { service: "jira".into(), schema: "public".into(), name: "Things".into() };
    check::table("Things.toml", name, text)
}

#[test]
fn a_table_file_reads() {
    let table = read(GOOD).unwrap();
    assert_eq!(table.key, [0]);
    assert_eq!(table.arrow.fields().len(), 6, "with FieldErrors");
    assert!(!table.arrow.field(0).is_nullable());
    assert_eq!(table.column("ownerkey"), Some(2));
}

#[test]
fn a_mistake_names_its_line_and_what_was_meant() {
    let cases = [
        (
            "typical_rows = 10",
            "typical_row = 10",
            4,
            "unknown key `typical_row`; did you mean `typical_rows`?",
        ),
        ("key = [\"Id\"]", "key = [\"Idd\"]", 3, "no column `Idd` in this file; did you mean `Id`?"),
        ("key = [\"Id\"]", "key = []", 3, "`key` is empty"),
        ("key = [\"Id\"]", "key = [\"Names\"]", 3, "must be `int64` or `text`"),
        (
            "\"int64\", from = \"id\"",
            "\"int46\", from = \"id\"",
            10,
            "unknown type `int46`; did you mean `int64`?",
        ),
        ("\"list<text>\"", "\"text\"", 13, "a `list<…>` is read"),
        ("lookup = \"Owners.Key\", by", "lookup = \"Owners\", by", 12, "must read `Table.Column`"),
        (", outer = true", "", 11, "needs exactly one of"),
        ("OwnerKey =", "id =", 12, "the name `id` is taken"),
        ("POST /owners", "PUT /owners", 16, "`request` must read"),
        ("\"page\"", "\"pages\"", 32, "unknown value `pages`; did you mean `page`?"),
        ("page_size = 50", "", 27, "needs `page_size`"),
        ("\"body.fields\"", "\"header.fields\"", 16, "is no place in a request"),
        ("\"body.fields\"", "\"path\"", 16, "only a key can stand in the path"),
        ("at = \"body.ids\"", "at = \"jql.owner\"", 16, "keys in the JQL need `jql = "),
        ("POST /owners", "GET /owners", 16, "a GET has no body"),
        (
            "otherwise = \"of one\"",
            "otherwise = \"of ones\"",
            16,
            "no path `of ones` in this file; did you mean `of one`?",
        ),
        ("outer = { OwnerId = \"id\" }", "", 16, "`outer` must give `OwnerId`"),
        ("at = \"path\", batch = 1", "at = \"path\", batch = 2", 27, "needs `batch = 1`"),
        ("batch = 100", "batch = 100, larger = { batch = 100, asks = 9 }", 16, "more keys than a `batch`"),
        ("batch = 100", "batch = 100, larger = { batch = 900 }", 16, "it says `asks` where the path does"),
        (
            "columns = [\"OwnerId\"], at = \"body.ids\"",
            "columns = [\"Names\"], at = \"body.ids\"",
            16,
            "must be `int64` or `text`",
        ),
    ];
    for (good, bad, line, message) in cases {
        assert!(GOOD.contains(good), "{good}");
        let error = read(&GOOD.replacen(good, bad, 1)).err().unwrap_or_else(|| panic!("`{bad}` was taken"));
        assert!(error.message.contains(message), "`{bad}`: {}", error.message);
        assert_eq!(error.line, line, "`{bad}`: {error}");
    }
}

#[test]
fn what_a_path_says_of_a_place_must_fit_the_column_and_the_rows() {
    let with = |from: &str| {
        GOOD.replacen("request = \"GET /owner", &format!("from = {{ {from} }}\nrequest = \"GET /owner"), 1)
    };
    read(&with(r#"Id = { at = "self", last_segment = true, when = { type = "thing" } }"#)).unwrap();
    for (from, message) in [
        (r#"Names = { at = "self", last_segment = true }"#, "which `Names` is not"),
        ("Id = { last_segment = true }", "needs either `at`"),
        (r#"Id = { at = "id", before_last = "-" }"#, "is for `text`, which `Id` is not"),
        (r#"Id = { at = "id", last_segment = true, before_last = "-" }"#, "needs either `at`"),
        (r#"Id = { at = "id", member = true }"#, "needs either `at`"),
        ("OwnerKey = { member = true }", "of rows that are members of an object"),
        (r#"Idd = "id""#, "did you mean `Id`?"),
    ] {
        let error = read(&with(from)).err().unwrap_or_else(|| panic!("`{from}` was taken"));
        assert!(error.message.contains(message), "{from}: {error}");
    }
}

#[test]
fn what_must_be_listed_is_what_a_path_is_asked_by_or_gives() {
    let with = |listed: &str| {
        let listed = format!("listed = {{ {listed} }}\nrequest = \"GET /owner");
        GOOD.replacen("request = \"GET /owner", &listed, 1)
    };
    for column in ["OwnerId", "Id"] {
        read(&with(&format!(r#"column = "{column}", by = "Owners.Id""#))).unwrap();
    }
    for (listed, message) in [
        (r#"column = "Names", by = "Owners.Id""#, "an `int64` or `text` that they need or give"),
        (r#"column = "OwnerKey", by = "Owners.Id""#, "an `int64` or `text` that they need or give"),
        (r#"column = "OwnerId", by = "Owners""#, "must read `Table.Column`"),
        (r#"column = "OwnersId", by = "Owners.Id""#, "did you mean `OwnerId`?"),
    ] {
        let error = read(&with(listed)).err().unwrap_or_else(|| panic!("`{listed}` was taken"));
        assert!(error.message.contains(message), "{listed}: {error}");
    }
}

#[test]
fn a_parameter_must_fit_its_column_and_its_path() {
    let with = |words: &str| {
        let text = GOOD.replacen("Pair =", "At = { type = \"timestamp\", from = \"at\" }\nPair =", 1);
        text.replacen(
            "request = \"GET /owner",
            &format!("parameters = {{ {words} }}\nrequest = \"GET /owner"),
            1,
        )
    };
    let table = read(&with(
        r#"id = { column = "Id", several = "repeated" }, from = { column = "At", bound = "lower", form = "text" }"#,
    ));
    let parameters = &table.unwrap().paths[1].parameters;
    assert_eq!(parameters.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["from", "id"]);
    for (words, message) in [
        (r#"id = { column = "Idd" }"#, "did you mean `Id`?"),
        (r#"names = { column = "Names" }"#, "asks for the values of one"),
        (r#"id = { column = ["Id", "OwnerId"] }"#, "asks for the values of one"),
        (r#"at = { column = "At" }"#, "asks for the values of one"),
        (r#"at = { column = "At", bound = "lower" }"#, "needs both `bound` and `form`"),
        (r#"id = { column = "Id", bound = "lower", form = "text" }"#, "which is for timestamps"),
        (r#"at = { column = "At", bound = "lower", form = "text", values = ["1"] }"#, "takes no `values`"),
        (r#"id = { column = "Id", several = "join" }"#, "did you mean `joined`?"),
    ] {
        let error = read(&with(words)).err().unwrap_or_else(|| panic!("`{words}` was taken"));
        assert!(error.message.contains(message), "{words}: {error}");
    }
    let post = GOOD.replacen("asks =", "parameters = { id = { column = \"Id\" } }\nasks =", 1);
    assert!(read(&post).unwrap_err().message.contains("are for a GET"));
    let keys = with(r#"id = { column = "Id" }"#).replacen("at = \"path\"", "at = \"query.id\"", 1);
    assert!(read(&keys.replacen("/{OwnerId}/", "/", 1)).unwrap_err().message.contains("where the keys go"));
}

#[test]
fn a_function_needs_a_search_and_a_plain_name() {
    let listed = "name = \"listed\"\nabout = \"all\"\nrequest = \"POST /things\"\nrows = \"things[]\"";
    let jql = "jql = { at = \"body.jql\", order = \"key ASC\", fields = \"GET /fields\" }";
    let with = |name: &str, words: &str| {
        let head = GOOD.replacen("[columns]", &format!("function = \"{name}\"\n[columns]"), 1);
        format!("{head}\n[[paths]]\n{listed}\nprovides = [\"Id\"]\n{words}\n")
    };
    assert_eq!(read(&with("find", jql)).unwrap().function.as_deref(), Some("find"));
    for (name, words, message) in [
        ("find", "", "needs a path with `jql` and without `needs`"),
        ("Find it", jql, "is no name of a function"),
        ("", jql, "is no name of a function"),
    ] {
        let error = read(&with(name, words)).err().unwrap_or_else(|| panic!("`{name}` was taken"));
        assert!(error.message.contains(message), "{error}");
        assert_eq!(error.line, 9, "{error}");
    }
}

#[test]
fn custom_fields_need_a_list_and_a_path_that_gives_them() {
    let with = |words: &str| GOOD.replacen("[columns]", &format!("custom_fields = {words}\n[columns]"), 1);
    let table = read(&with(r#"{ request = "GET /field", from = "fields" }"#)).unwrap();
    let custom = table.custom_fields.unwrap();
    assert_eq!(
        (custom.address.as_str(), custom.from, custom.paths),
        ("/field", vec!["fields".to_owned()], vec![0, 1])
    );
    for (words, message) in [
        (r#"{ request = "POST /field", from = "fields" }"#, "must read `GET /address`"),
        (r#"{ request = "GET /field/{Id}", from = "fields" }"#, "must read `GET /address`"),
        (r#"{ request = "GET /field" }"#, "from"),
        (r#"{ request = "GET /field", form = "fields" }"#, "did you mean `from`?"),
    ] {
        let error = read(&with(words)).err().unwrap_or_else(|| panic!("`{words}` was taken"));
        assert!(error.message.contains(message), "{words}: {error}");
        assert_eq!(error.line, 9, "{error}");
    }
}

#[test]
fn the_built_in_tables_have_no_mistake() {
    let library = Library::built_in();
    for schema in ["public", "rest"] {
        let names = library.names("jira", schema);
        assert!(names.len() >= 6);
        for name in names {
            library.table("jira", schema, &name.name).unwrap();
        }
        for listed in library.listed("jira", schema).unwrap() {
            let table = library.table("jira", schema, &listed.name.name).unwrap().unwrap();
            assert_eq!(
                (listed.about, listed.aliases, listed.function),
                (table.about.clone(), table.aliases.clone(), table.function.clone()),
                "{schema}"
            );
        }
    }
}
