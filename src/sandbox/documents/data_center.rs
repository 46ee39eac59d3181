//! Documents as Data Center has them: at its own address, with names in place of account ids, and without what only
//! Cloud says.

use serde_json::{Map, Value};

const CLOUD: &str = "/rest/api/3/";
const DATA_CENTER: &str = "/rest/api/2/";

/// Members that no answer of Data Center has: scopes, the ids beside the names that parameters are there, and what a role
/// says of itself besides its name.
const CLOUD_ONLY: [&str; 10] = [
    "scope",
    "simplified",
    "value",
    "groupId",
    "recipient",
    "translatedName",
    "admin",
    "default",
    "roleConfigurable",
    "currentUserRole",
];

/// The document that Data Center has in place of Cloud's, of which these members are others.
pub(super) fn document(mut document: Map<String, Value>, others: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::String(path)) = document.get_mut("path") {
        *path = path.replacen(CLOUD, DATA_CENTER, 1);
    }
    document.extend(others);
    document.retain(|_, value| !value.is_null());
    document
}

/// Says the same in the words of Data Center.
pub(super) fn retell(value: &mut Value) {
    match value {
        Value::String(text) => {
            *text = text
                .replace("/rest/api/3/search/jql?", "/rest/api/2/search?")
                .replace("/user?accountId=", "/user?username=")
                .replace(CLOUD, DATA_CENTER);
        }
        Value::Array(values) => values.iter_mut().for_each(retell),
        Value::Object(members) => {
            members.retain(|name, _| !CLOUD_ONLY.contains(&name.as_str()));
            // Who has a role is named by the one member, be it a user or a group.
            members.remove("actorGroup");
            let actor =
                members.remove("actorUser").and_then(|mut user| user.get_mut("accountId").map(Value::take));
            if let Some(name) = members.remove("accountId").or(actor) {
                members.insert("name".to_owned(), name);
            }
            members.values_mut().for_each(retell);
        }
        _ => {}
    }
}
