//! Documents as they are served.

use std::collections::BTreeSet;

use super::*;
const SCREENS: &str = "/rest/api/3/screens";

#[tokio::test]
async fn a_document_pages_filters_and_refers_to_the_server() {
    let rig = Rig::new(SandboxConfig { issues: 0, ..SandboxConfig::default() }).await;
    let (status, page) = rig.get(&format!("{SCREENS}?maxResults=3")).await;
    assert_eq!(
        (status, &page["total"], &page["maxResults"], &page["isLast"]),
        (200, &json!(4), &json!(3), &json!(false))
    );
    let next = page["nextPage"].as_str().unwrap().strip_prefix(&rig.sandbox.url()).unwrap();
    let (_, last) = rig.get(next).await;
    assert_eq!((&last["startAt"], &last["isLast"], last.get("nextPage")), (&json!(3), &json!(true), None));
    let screens = last["values"].as_array().unwrap();
    assert_eq!(screens.len(), 1);
    let project = format!("{}/rest/api/3/project/10002", rig.sandbox.url());
    assert_eq!(screens[0]["scope"]["project"]["self"], project);

    let (_, page) = rig.get(&format!("{SCREENS}?id=3&id=1&maxResults=1000")).await;
    let ids: BTreeSet<i64> =
        page["values"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
    assert_eq!((ids, &page["maxResults"]), (BTreeSet::from([1, 3]), &json!(100)));
    assert!(rig.sandbox.requests().iter().all(|it| it.unknown_parameters.is_empty()));
    rig.get(&format!("{SCREENS}?expand=all")).await;
    assert_eq!(rig.sandbox.requests().last().unwrap().unknown_parameters, ["expand"]);
}

#[tokio::test]
async fn a_document_has_records_for_the_variables_that_it_knows_alone() {
    let rig = Rig::new(SandboxConfig { issues: 0, ..SandboxConfig::default() }).await;
    let (status, tabs) = rig.get(&format!("{SCREENS}/1/tabs")).await;
    assert_eq!((status, tabs.as_array().unwrap().len()), (200, 2));
    let (status, fields) = rig.get(&format!("{SCREENS}/1/tabs/10001/fields")).await;
    assert_eq!((status, fields.as_array().unwrap().len()), (200, 2));
    for path in ["7/tabs", "2/tabs/10001/fields"] {
        let (status, refusal) = rig.get(&format!("{SCREENS}/{path}")).await;
        assert_eq!(status, 404, "{path}");
        assert!(messages(&refusal).contains("was not found"), "{refusal}");
    }
    let (status, _) = rig.post(SCREENS, json!({})).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn a_document_for_administrators_is_for_nobody_else() {
    let rig =
        Rig::new(SandboxConfig { issues: 0, account: Account::Member, ..SandboxConfig::default() }).await;
    let (status, refusal) = rig.get(SCREENS).await;
    assert_eq!(status, 403);
    assert!(messages(&refusal).contains("administrators"), "{refusal}");
    assert_eq!(rig.answer(As::Nobody, Method::GET, SCREENS, None).await.0, 401);
}
