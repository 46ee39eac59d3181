//! Custom fields of every kind over HTTP.

use std::collections::BTreeMap;

use super::super::generate::generate_for;
use super::super::model::CustomValue;
use super::*;

/// The first issue that the caller can find with a value of this field, and the value as it is sent.
async fn first_value(rig: &Rig, field: i64) -> (i64, Value) {
    let site = rig.sandbox.site();
    let issue = site
        .searchable_issues(Caller::Demo)
        .find(|issue| issue.custom.contains_key(&field))
        .unwrap_or_else(|| panic!("no issue has field {field}"));
    let id = format!("customfield_{field}");
    let (_, answer) = rig.get(&format!("/rest/api/3/issue/{}?fields={id}", issue.id)).await;
    (issue.id, answer["fields"][&id].clone())
}

#[tokio::test]
async fn every_custom_field_has_values_of_its_shape() {
    let rig = Rig::new(SandboxConfig::default()).await;
    let (_, catalogue) = rig.get("/rest/api/3/field").await;
    let custom: Vec<&Value> =
        catalogue.as_array().unwrap().iter().filter(|field| field["custom"] == json!(true)).collect();
    assert_eq!(custom.len(), 38);
    for field in custom {
        let schema = &field["schema"];
        let number = schema["customId"].as_i64().unwrap();
        let (_, value) = first_value(&rig, number).await;
        let textarea = schema["custom"].as_str().unwrap().ends_with(":textarea");
        let fits = match (schema["type"].as_str().unwrap(), schema["items"].as_str()) {
            ("string", None) if textarea => value["type"] == json!("doc"),
            ("string" | "date" | "datetime", None) => value.is_string(),
            ("number", None) => value.is_number(),
            ("option" | "option-with-child", None) => value["value"].is_string() && value["id"].is_string(),
            ("user", None) => value["accountId"].is_string(),
            ("group", None) => value["groupId"].is_string() && value["name"].is_string(),
            ("version", None) => value["name"].is_string() && value["released"].is_boolean(),
            ("project", None) => value["key"].is_string(),
            ("team", None) => value["id"].is_string() && value["name"].is_string(),
            ("array", Some("string")) => value[0].is_string(),
            ("array", Some("option")) => value[0]["value"].is_string(),
            ("array", Some("user")) => value[0]["accountId"].is_string(),
            ("array", Some("group")) => value[0]["groupId"].is_string(),
            ("array", Some("version")) => value[0]["name"].is_string(),
            ("array", Some("json")) => value[0]["boardId"].is_number() && value[0]["state"].is_string(),
            ("any" | "sd-servicelevelagreement" | "moon-phase", None) => !value.is_null(),
            other => panic!("{other:?} is no known kind"),
        };
        assert!(fits, "{}: {value}", field["name"]);
    }
    let site = rig.sandbox.site();
    let cascades: Vec<bool> = site
        .issues
        .values()
        .filter_map(|issue| match issue.custom.get(&10_034)? {
            CustomValue::Cascade(_, child) => Some(child.is_some()),
            _ => None,
        })
        .collect();
    assert!(cascades.contains(&true) && cascades.contains(&false));
}

#[tokio::test]
async fn a_field_is_null_on_most_issues_and_absent_from_a_project_with_few_fields() {
    let rig = Rig::small().await;
    let (rows, _) = rig.search(json!({"jql": ALL, "fields": ["customfield_10049", "project"]})).await;
    let mut seen: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for row in &rows {
        let few = row["fields"]["project"]["key"] == json!("OFFICEWORK");
        let kind = match row["fields"].get("customfield_10049") {
            None => "absent",
            Some(Value::Null) => "null",
            Some(_) => "value",
        };
        *seen.entry((few, kind)).or_default() += 1;
    }
    assert_eq!((seen.get(&(false, "absent")), seen.get(&(true, "null"))), (None, None));
    assert!(seen[&(false, "null")] > 2 * seen[&(false, "value")] && seen[&(true, "absent")] > 0, "{seen:?}");
}

#[test]
fn misfits_stand_on_the_share_of_issues_that_was_asked_for() {
    let misfits = |share: f64| {
        let site = generate_for(&SandboxConfig { issues: 500, misfits: share, ..SandboxConfig::default() });
        let values = site.issues.values().flat_map(|issue| issue.custom.values());
        values.filter(|value| matches!(value, CustomValue::Misfit(_))).count()
    };
    assert_eq!(misfits(0.0), 0);
    assert!((100..180).contains(&misfits(0.25)), "{}", misfits(0.25));
}

#[tokio::test]
async fn misfits_are_sent_as_they_are_and_a_share_above_one_is_refused() {
    let rig = Rig::new(SandboxConfig { issues: 300, misfits: 1.0, ..SandboxConfig::default() }).await;
    let site = rig.sandbox.site();
    let misfit = |value: &CustomValue| match value {
        CustomValue::Misfit(value) => Some(value.clone()),
        _ => None,
    };
    for issue in site.searchable_issues(Caller::Demo).take(5) {
        let (field, value) =
            issue.custom.iter().find_map(|(field, value)| Some((field, misfit(value)?))).unwrap();
        let (_, answer) = rig.get(&format!("/rest/api/3/issue/{}", issue.id)).await;
        assert_eq!(answer["fields"][format!("customfield_{field}")], value);
    }
    let config = SandboxConfig { misfits: 1.5, ..SandboxConfig::default() };
    assert!(matches!(Sandbox::start(config).await, Err(SandboxError::MisfitRate { .. })));
}

#[tokio::test]
async fn many_more_fields_change_nothing_else_and_are_sent_where_they_are_asked_for() {
    let plain = generate(1, 300);
    let config = SandboxConfig { issues: 300, custom_fields: 1_500, ..SandboxConfig::default() };
    let rig = Rig::new(config).await;
    let site = rig.sandbox.site();
    assert_eq!(site.fields.len(), plain.fields.len() + 1_500);
    for (id, issue) in &site.issues {
        let mut usual = issue.custom.clone();
        usual.retain(|field, _| *field < 11_000);
        assert_eq!(usual, plain.issues[id].custom);
    }
    let filled: usize = site.issues.values().map(|issue| issue.custom.range(11_000..).count()).sum();
    assert!((1_500..=4_500).contains(&filled), "{filled}");
    let (issue, value) = first_value(&rig, 11_002).await;
    assert!(value["value"].is_string(), "{issue}: {value}");
    let names: Vec<String> = (11_000..12_500).map(|id| format!("customfield_{id}")).collect();
    for (fields, most) in [(json!(["summary"]), 1), (json!(["*all"]), 2_000), (json!(names), 1_500)] {
        let (status, page) =
            rig.post("/rest/api/3/search/jql", json!({"jql": ALL, "fields": fields, "maxResults": 20})).await;
        let lengths =
            page["issues"].as_array().unwrap().iter().map(|it| it["fields"].as_object().unwrap().len());
        let longest = lengths.max().unwrap();
        assert!(status == 200 && longest <= most && longest >= most.min(1_500), "{fields}: {longest}");
    }
}

#[test]
fn a_sandbox_with_more_of_one_thing_has_the_same_of_the_others() {
    let plain = generate(1, 300);
    let config = SandboxConfig { issues: 300, custom_fields: 7, misfits: 0.5, ..SandboxConfig::default() };
    let other = generate_for(&config);
    assert_eq!(plain.links, other.links);
    for (id, issue) in &plain.issues {
        assert_eq!(issue.histories, other.issues[id].histories);
        assert_eq!(issue.attachments, other.issues[id].attachments);
    }
}
