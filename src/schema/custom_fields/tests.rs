#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::schema::{ColumnType, Library};

fn field(number: u64, name: &str, kind: &str) -> CatalogueField {
    typed(number, name, kind, None, "com.example:own")
}

fn typed(number: u64, name: &str, kind: &str, items: Option<&str>, custom: &str) -> CatalogueField {
    CatalogueField {
        id: format!("customfield_{number}"),
        name: name.to_owned(),
        custom: true,
        schema: Some(FieldSchema {
            kind: kind.to_owned(),
            items: items.map(str::to_owned),
            custom: Some(custom.to_owned()),
        }),
        scope: None,
    }
}

fn text(number: u64, name: &str) -> CatalogueField {
    field(number, name, "string")
}

fn system() -> Vec<Column> {
    static TABLE: LazyLock<Arc<Table>> =
        LazyLock::new(|| Library::built_in().table("jira", "public", "Issues").unwrap().unwrap());
    TABLE.columns.clone()
}

fn made(catalogue: &[CatalogueField], names: CustomFieldNames) -> Vec<Column> {
    columns(&system(), &[], catalogue, (&["fields".to_owned()], Deployment::Cloud), names)
}

fn names(catalogue: &[CatalogueField]) -> Vec<String> {
    made(catalogue, CustomFieldNames::Name).into_iter().map(|c| c.name).collect()
}

fn name_of(name: &str) -> String {
    names(&[text(10_016, name)]).remove(0)
}

#[test]
fn words_are_capitalised_and_joined() {
    for (typed, name) in [
        ("Story Points", "StoryPoints"),
        ("story points", "StoryPoints"),
        ("customer's e-mail", "CustomerSEMail"),
        ("iOS version", "IOSVersion"),
        ("SLA-breached?", "SLABreached"),
        ("  spaced   out  ", "SpacedOut"),
        ("snake_case_name", "SnakeCaseName"),
        ("R&D / costs (k€)", "RDCostsK"),
        ("a\"b'c,d.e\nf", "ABCDEF"),
        ("Story Points (migrated)", "StoryPointsMigrated"),
        ("Q3 2026", "Q32026"),
    ] {
        assert_eq!(name_of(typed), name, "{typed}");
    }
}

#[test]
fn letters_of_every_script_are_kept() {
    for (typed, name) in [
        ("Größe (€)", "Größe"),
        ("état du réseau", "ÉtatDuRéseau"),
        ("顧客 名", "顧客名"),
        ("приоритет клиента", "ПриоритетКлиента"),
        ("ß-Faktor", "SSFaktor"),
        ("📱 device", "Device"),
    ] {
        assert_eq!(name_of(typed), name, "{typed}");
    }
}

#[test]
fn a_name_without_letters_is_the_number_and_a_leading_digit_gets_an_underscore() {
    for (typed, name) in
        [("", "Field10016"), ("→ ↗", "Field10016"), ("___", "Field10016"), ("2nd contact", "_2ndContact")]
    {
        assert_eq!(name_of(typed), name, "{typed}");
    }
    assert_eq!(name_of("% 100"), "_100");
}

#[test]
fn of_one_name_the_lowest_number_keeps_it_whatever_the_case() {
    let fields = [text(10_026, "story points"), text(9_999, "Story Points"), text(10_016, "STORY points")];
    assert_eq!(names(&fields), ["StoryPoints", "STORYPoints_10016", "StoryPoints_10026"]);
    // 9 is less than 10, though not as text.
    assert_eq!(names(&[text(10, "X"), text(9, "X")]), ["X", "X_10"]);
    assert_eq!(names(&[text(2, "ÄRGER"), text(1, "ärger")]), ["Ärger", "ÄRGER_2"]);
}

#[test]
fn a_system_column_always_wins_by_its_name_or_alias() {
    let fields = [
        text(1, "Summary"),
        text(2, "summary"),
        text(3, "Issue Key"),
        text(4, "Field errors"),
        text(5, "affected VERSIONS"),
    ];
    assert_eq!(
        names(&fields),
        ["Summary_1", "Summary_2", "IssueKey_3", "FieldErrors_4", "AffectedVERSIONS_5"]
    );
}

#[test]
fn a_name_with_a_number_that_is_itself_taken_is_made_unique() {
    let mut own = system();
    own[2].aliases = vec!["summary_7".to_owned(), "Summary_7_7".to_owned()];
    let made = columns(&own, &[], &[text(7, "Summary")], (&[], Deployment::Cloud), CustomFieldNames::Name);
    assert_eq!(made[0].name, "Summary_7_7_7");
    // A field without letters is called by its number, and so may another be.
    assert_eq!(names(&[text(2, ""), text(1, "field 2")]), ["Field2", "Field2_2"]);
    assert_eq!(names(&[text(3, "10"), text(10, "10"), text(1, "")]), ["Field1", "_10", "_10_10"]);
}

#[test]
fn columns_beside_the_first_take_part_in_the_rule() {
    let reviewer = field(10_035, "Reviewer", "user");
    assert_eq!(names(std::slice::from_ref(&reviewer)), ["Reviewer", "ReviewerDisplayName"]);
    let below = text(10_001, "Reviewer display name");
    assert_eq!(
        names(&[reviewer.clone(), below]),
        ["ReviewerDisplayName", "Reviewer", "ReviewerDisplayName_10035"]
    );
    let above = text(10_100, "reviewer display name");
    assert_eq!(
        names(&[above, reviewer.clone()]),
        ["Reviewer", "ReviewerDisplayName", "ReviewerDisplayName_10100"]
    );
    let other = field(10_036, "reviewer", "user");
    assert_eq!(
        names(&[other, reviewer]),
        ["Reviewer", "ReviewerDisplayName", "Reviewer_10036", "ReviewerDisplayName_10036"]
    );
    // `Description` and `DescriptionJson` are Jira's own.
    let rich = typed(1, "Description", "string", None, "com.atlassian:textarea");
    assert_eq!(names(&[rich]), ["Description_1", "DescriptionJson_1"]);
}

#[test]
fn every_column_answers_to_its_id() {
    let fields = [text(10_044, "Summary"), field(10_035, "Reviewer", "user")];
    let table = Library::built_in().table("jira", "public", "Issues").unwrap().unwrap();
    let table = table.with_custom_columns(made(&fields, CustomFieldNames::Name));
    for (name, column) in [
        ("customfield_10044", "Summary_10044"),
        ("CUSTOMFIELD_10035", "Reviewer"),
        ("customfield_10035DisplayName", "ReviewerDisplayName"),
        ("summary", "Summary"),
    ] {
        let found = table.column(name).map(|i| table.columns[i].name.as_str());
        assert_eq!(found, Some(column), "{name}");
    }
}

#[test]
fn by_id_the_columns_are_called_by_id_and_answer_to_the_name() {
    let fields = [
        field(10_035, "Reviewer", "user"),
        text(10_044, "Summary"),
        text(10_045, "→"),
        text(10_050, "reviewer"),
    ];
    let found: Vec<(String, Vec<String>)> =
        made(&fields, CustomFieldNames::Id).into_iter().map(|c| (c.name, c.aliases)).collect();
    let expected = [
        ("customfield_10035", "Reviewer"),
        ("customfield_10035DisplayName", "ReviewerDisplayName"),
        ("customfield_10044", "Summary_10044"),
        ("customfield_10045", "Field10045"),
        ("customfield_10050", "Reviewer_10050"),
    ];
    let expected: Vec<_> = expected.map(|(n, a)| (n.to_owned(), vec![a.to_owned()])).to_vec();
    assert_eq!(found, expected);
}

/// Names and types of the columns of one field called `F`.
fn kinds(kind: &str, items: Option<&str>, custom: &str) -> Vec<(String, ColumnType, String, bool)> {
    let made = made(&[typed(1, "F", kind, items, custom)], CustomFieldNames::Name);
    made.into_iter()
        .map(|c| {
            let Source::Record(path) = c.source else {
                return (c.name, c.data_type, String::new(), c.hidden);
            };
            assert_eq!(c.ask.as_deref(), Some("customfield_1"));
            (c.name, c.data_type, path.join("."), c.hidden)
        })
        .collect()
}

fn list(member: &[&str], item: ColumnType) -> ColumnType {
    ColumnType::List(member.iter().map(|&m| m.to_owned()).collect(), Box::new(item))
}

#[test]
fn the_kind_of_a_field_is_its_columns_type() {
    use ColumnType::{Date, Float64, Int64, Json, RichText, Struct, Text, Timestamp};
    let one = |data_type, path: &str| vec![("F".to_owned(), data_type, path.to_owned(), false)];
    let at = "fields.customfield_1";
    let float = "com.atlassian.jira.plugin.system.customfieldtypes:float";
    assert_eq!(kinds("number", None, float), one(Float64, at));
    assert_eq!(kinds("date", None, "x:datepicker"), one(Date, at));
    assert_eq!(kinds("datetime", None, "x:datetime"), one(Timestamp, at));
    assert_eq!(kinds("string", None, "x:textfield"), one(Text, at));
    assert_eq!(kinds("string", None, "x:url"), one(Text, at));
    assert_eq!(kinds("option", None, "x:select"), one(Text, "fields.customfield_1.value"));
    for kind in ["version", "component", "group"] {
        assert_eq!(kinds(kind, None, "x:y"), one(Text, "fields.customfield_1.name"), "{kind}");
        assert_eq!(kinds("array", Some(kind), "x:y"), one(list(&["name"], Text), at), "{kind}");
    }
    assert_eq!(kinds("array", Some("option"), "x:multiselect"), one(list(&["value"], Text), at));
    assert_eq!(kinds("array", Some("string"), "x:labels"), one(list(&[], Text), at));
    assert_eq!(kinds("array", Some("number"), "x:y"), one(list(&[], Float64), at));
    assert_eq!(kinds("array", Some("date"), "x:y"), one(list(&[], Date), at));
    let user = |name: &str, data_type, path: &str| (name.to_owned(), data_type, path.to_owned(), false);
    assert_eq!(
        kinds("user", None, "x:userpicker"),
        [
            user("F", Text, "fields.customfield_1.accountId"),
            user("FDisplayName", Text, "fields.customfield_1.displayName")
        ]
    );
    assert_eq!(
        kinds("array", Some("user"), "x:people"),
        [user("F", list(&["accountId"], Text), at), user("FDisplayName", list(&["displayName"], Text), at)]
    );
    assert_eq!(
        kinds("string", None, "com.atlassian.jira.plugin.system.customfieldtypes:textarea"),
        [("F".to_owned(), RichText, at.to_owned(), false), ("FJson".to_owned(), Json, at.to_owned(), true)]
    );
    let Struct(members) = &kinds("option-with-child", None, "x:cascadingselect")[0].1 else { unreachable!() };
    let members: Vec<_> = members.iter().map(|m| (m.name.as_str(), m.from.join("."), &m.data_type)).collect();
    assert_eq!(members, [("Value", "value".to_owned(), &Text), ("Child", "child.value".to_owned(), &Text)]);

    let sprint = kinds("array", Some("json"), "com.pyxis.greenhopper.jira:gh-sprint");
    let ColumnType::List(within, item) = &sprint[0].1 else { unreachable!() };
    let Struct(members) = &**item else { unreachable!() };
    let members: Vec<_> = members.iter().map(|m| (m.name.as_str(), &m.data_type)).collect();
    assert!(within.is_empty());
    assert_eq!(
        members,
        [
            ("Id", &Int64),
            ("Name", &Text),
            ("State", &Text),
            ("BoardId", &Int64),
            ("Goal", &Text),
            ("StartDate", &Timestamp),
            ("EndDate", &Timestamp),
            ("CompleteDate", &Timestamp)
        ]
    );
}

#[test]
fn what_has_no_type_of_its_own_is_json_text_and_says_so() {
    for (kind, items) in [
        ("any", None),
        ("project", None),
        ("team", None),
        ("sd-request-lang", None),
        ("array", Some("json")),
        ("array", Some("project")),
        ("array", None),
        ("", None),
    ] {
        let made = made(&[typed(1, "F", kind, items, "com.example:own")], CustomFieldNames::Name);
        assert_eq!(made.len(), 1, "{kind}");
        assert_eq!(made[0].data_type, ColumnType::Json, "{kind}");
        assert!(made[0].about.contains("as JSON"), "{}", made[0].about);
    }
    let unknown = CatalogueField { schema: None, ..text(1, "F") };
    assert_eq!(made(&[unknown], CustomFieldNames::Name)[0].data_type, ColumnType::Json);
}

#[test]
fn a_comment_has_the_fields_own_name_and_id() {
    let mut points = field(10_026, "Story \u{1b}[31mPoints\n", "number");
    points.scope = Some(FieldScope { project: Some(FieldProject { id: "10002".to_owned() }) });
    let made = made(&[points], CustomFieldNames::Name);
    assert_eq!(
        made[0].about,
        r#"Custom field "Story \u{1b}[31mPoints\n", customfield_10026; only in project 10002"#
    );
}

#[test]
fn fields_of_jiras_own_make_no_column_and_one_that_comes_twice_makes_one() {
    let own = CatalogueField { custom: false, ..text(1, "Resolution time") };
    assert_eq!(names(&[own, text(2, "A"), text(2, "A")]), ["A"]);
}

#[test]
fn the_catalogue_reads_as_jira_writes_it() {
    let json = r#"[
        {"id":"summary","key":"summary","name":"Summary","custom":false,"clauseNames":["summary"],
         "schema":{"type":"string","system":"summary"}},
        {"id":"issuekey","name":"Key","custom":false},
        {"id":"customfield_10026","key":"customfield_10026","name":"Story Points","custom":true,
         "scope":{"type":"PROJECT","project":{"id":"10002"}},
         "schema":{"type":"number","custom":"com.atlassian.jira.plugin.system.customfieldtypes:float","customId":10026}},
        {"id":"customfield_10020","name":"Sprint","custom":true,"schema":{"type":"array","items":"json",
         "custom":"com.pyxis.greenhopper.jira:gh-sprint","customId":10020,"configuration":{"a":1}}}]"#;
    let fields: Vec<CatalogueField> = serde_json::from_str(json).unwrap();
    assert_eq!(names(&fields), ["Sprint", "StoryPoints"]);
    // What is kept of it makes the same columns.
    let kept: Vec<CatalogueField> = serde_json::from_str(&serde_json::to_string(&fields).unwrap()).unwrap();
    assert_eq!(kept, fields);
}

#[test]
fn a_later_reading_adds_columns_and_renames_none() {
    let from = ["fields".to_owned()];
    let again = |before: &[Column], fields: &[CatalogueField]| {
        columns(&system(), before, fields, (&from, Deployment::Cloud), CustomFieldNames::Name)
    };
    let before = again(&[], &[text(5, "Team"), text(6, "Cost"), field(7, "Buyer", "user")]);
    // `Cost` is now called `Budget`, an older field came to be called `Team`, the buyer is gone.
    let after = again(&before, &[text(5, "Team"), text(6, "Budget"), text(1, "Team"), text(9, "Zone")]);
    let names: Vec<&str> = after.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Team", "Cost", "Buyer", "BuyerDisplayName", "Team_1", "Zone"]);
    assert_eq!(after[1].aliases, ["customfield_6", "Budget"]);
    assert_eq!(again(&after, &[text(6, "Budget")]).len(), after.len());
    // Two that changed names: neither takes the other's while somebody may still mean the first.
    let swapped = again(&before, &[text(5, "Cost"), text(6, "Team")]);
    assert_eq!(swapped[0].aliases, ["customfield_5"]);
    assert_eq!(swapped[1].aliases, ["customfield_6"]);
}

#[test]
fn the_paths_that_give_all_of_the_record_give_custom_fields() {
    let table = Library::built_in().table("jira", "public", "Issues").unwrap().unwrap().on(Deployment::Cloud);
    let more = table.with_custom_columns(made(&[text(1, "Team")], CustomFieldNames::Name));
    let team = more.column("Team").unwrap();
    let giving: Vec<&str> =
        more.paths.iter().filter(|p| p.provides.contains(&team)).map(|p| p.name.as_str()).collect();
    assert_eq!(giving, ["search", "bulkfetch", "search by key"]);
    assert_eq!(more.arrow.fields().len(), more.columns.len() + 1);
    assert_eq!(more.arrow.index_of(FIELD_ERRORS).unwrap(), more.columns.len());
}

fn any_field() -> impl Strategy<Value = CatalogueField> {
    let name = proptest::collection::vec(
        prop_oneof![
            Just("a"),
            Just("A"),
            Just("b"),
            Just(" "),
            Just("_"),
            Just("7"),
            Just("summary"),
            Just("ß"),
            Just("Display name"),
            Just("json"),
            Just("field"),
            Just("customfield"),
            Just("→"),
            Just("İ"),
        ],
        0..4,
    );
    let kind = prop_oneof![Just("string"), Just("user"), Just("number"), Just("any")];
    (1_u64..40, name, kind, any::<bool>()).prop_map(|(number, name, kind, rich)| {
        let custom = if rich { "x:textarea" } else { "x:own" };
        typed(number, &name.concat(), kind, None, custom)
    })
}

fn by_column(columns: &[Column]) -> std::collections::BTreeMap<String, String> {
    let key = |c: &Column| format!("{:?} {}", c.source, c.hidden);
    columns.iter().map(|c| (key(c), c.name.clone())).collect()
}

proptest! {
    #[test]
    fn names_are_unique_and_no_system_columns(
        fields in proptest::collection::vec(any_field(), 0..30), by_id: bool,
    ) {
        let naming = if by_id { CustomFieldNames::Id } else { CustomFieldNames::Name };
        let own = system();
        let made = made(&fields, naming);
        let mut seen = std::collections::HashSet::from([FIELD_ERRORS.to_lowercase()]);
        for column in own.iter().chain(&made) {
            for name in std::iter::once(&column.name).chain(&column.aliases) {
                prop_assert!(seen.insert(name.to_lowercase()), "{name} twice");
            }
        }
        let ids: std::collections::BTreeSet<&str> = fields.iter().map(|f| f.id.as_str()).collect();
        for id in ids {
            prop_assert!(made.iter().any(|c| c.answers_to(id)), "{id}");
        }
    }

    #[test]
    fn the_order_of_the_answer_changes_nothing(
        fields in proptest::collection::vec(any_field(), 0..20).prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle())),
    ) {
        let names = |fields: &[CatalogueField]| made(fields, CustomFieldNames::Name)
            .into_iter().map(|c| (c.name, c.aliases, c.about)).collect::<Vec<_>>();
        prop_assert_eq!(names(&fields.0), names(&fields.1));
    }

    #[test]
    fn a_field_of_another_name_renames_nothing(
        fields in proptest::collection::vec(any_field(), 0..20), number in 100_u64..200,
    ) {
        let before = by_column(&made(&fields, CustomFieldNames::Name));
        for new in [0, number] {
            let mut more = fields.clone();
            more.push(field(new, "Wholly different", "user"));
            let after = by_column(&made(&more, CustomFieldNames::Name));
            prop_assert!(before.iter().all(|(key, name)| after.get(key) == Some(name)));
        }
    }

    #[test]
    fn a_later_reading_keeps_every_name(
        first in proptest::collection::vec(any_field(), 0..15),
        second in proptest::collection::vec(any_field(), 0..15),
    ) {
        let from = ["fields".to_owned()];
        let before = columns(&system(), &[], &first, (&from, Deployment::Cloud), CustomFieldNames::Name);
        let after = columns(&system(), &before, &second, (&from, Deployment::Cloud), CustomFieldNames::Name);
        let kept: Vec<_> = after.iter().take(before.len()).map(|c| (&c.name, &c.source)).collect();
        prop_assert_eq!(kept, before.iter().map(|c| (&c.name, &c.source)).collect::<Vec<_>>());
        let mut seen = std::collections::HashSet::new();
        for name in after.iter().flat_map(|c| std::iter::once(&c.name).chain(&c.aliases)) {
            prop_assert!(seen.insert(name.to_lowercase()), "{name} twice");
        }
    }
}

#[test]
fn people_are_known_by_name_where_there_are_no_account_ids() {
    let fields = [field(1, "Buyer", "user"), typed(2, "Team", "array", Some("user"), "x:people")];
    let from = (&["fields".to_owned()][..], Deployment::DataCenter);
    let made = columns(&system(), &[], &fields, from, CustomFieldNames::Name);
    assert_eq!(
        made[0].source,
        Source::Record(["fields", "customfield_1", "name"].map(str::to_owned).to_vec())
    );
    assert_eq!(made[2].data_type, list(&["name"], ColumnType::Text));
    assert!(made[0].about.ends_with("the user's name"), "{}", made[0].about);
}
