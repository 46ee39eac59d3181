//! `sys_connection_props` and `sys_information`: what the connection string said, and what answers. Neither can hold a
//! secret: the connection keeps what was written with `***` in place of secrets.

use datafusion::error::Result;
use futures::future::BoxFuture;

use super::System;
use super::rows::{Row, Value, count, flag, list, number, text};
use super::scope::Scope;
use super::tables::ready;
use crate::connection::{KEYS, Key, ValueKind, Visibility};

pub(super) static PROPERTIES: System = System {
    name: "sys_connection_props",
    about: "One key of a connection string, written or not.",
    columns: &[
        text("Name", "The key"),
        text("ShortDescription", "What it sets"),
        text("Type", "Text, Number or Boolean"),
        text("Default", "What holds where it is not written; NULL if nothing does"),
        list("Values", "The values that it takes, where they are few"),
        text(
            "Value",
            "What the connection string says: *** for secrets, ${NAME} for a variable of the environment; NULL where the \
             key is not written",
        ),
        flag("Required", "Must it be written? Another key may stand in for it, as Host does for URL"),
        text("Category", "The group that it belongs to"),
        flag("IsSessionProperty", "Is it kept by the session rather than the connection? None is"),
        text("Sensitivity", "SECRET for credentials, which nothing shows; else PUBLIC"),
        text("PropertyName", "The key as a name in code: apiToken"),
        number("Ordinal", "Its place among the keys, counted from one"),
        number("CatOrdinal", "The place of its group, counted from one"),
        text("Hierarchy", "The keys that it needs beside it. Not told"),
        flag("Visible", "Should a form show it? All of them"),
        list("Aliases", "Other spellings that mean the same; case, spaces, _ and - never matter"),
    ],
    rows: |scope| properties(scope),
};

pub(super) static INFORMATION: System = System {
    name: "sys_information",
    about: "The program that answers, and what it is connected to.",
    columns: &[
        text("Product", "The program"),
        text("Version", "Its version"),
        text("Datasource", "The kind of service that the connection reads"),
        text("NodeId", "The machine. Not told"),
        text("HelpURL", "Where help is found; NULL while there is no such page"),
        text("License", "The licence"),
        text("Connection", "The connection's name"),
        text("URL", "The address that it reads"),
    ],
    rows: |scope| information(scope),
};

fn properties(scope: &Scope) -> BoxFuture<'_, Result<Vec<Row>>> {
    Box::pin(async {
        let site = scope.site()?;
        let mut categories: Vec<&str> = vec![];
        let mut rows = vec![];
        for (i, key) in KEYS.iter().enumerate() {
            if !categories.contains(&key.category()) {
                categories.push(key.category());
            }
            let category = categories.iter().position(|c| *c == key.category()).unwrap_or_default();
            rows.push(property(key, i + 1, category + 1, site.written.value(key)));
        }
        Ok(rows)
    })
}

fn property(key: &Key, ordinal: usize, category: usize, value: Option<&str>) -> Row {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let kind = match key.kind() {
        ValueKind::Flag => "Boolean",
        ValueKind::Number => "Number",
        ValueKind::Text => "Text",
    };
    let secret = key.visibility == Visibility::Secret;
    vec![
        key.name.into(),
        key.about.into(),
        kind.into(),
        Some(key.default).filter(|text| !text.is_empty()).into(),
        owned(key.choices()).into(),
        value.into(),
        key.is_required().into(),
        key.category().into(),
        false.into(),
        if secret { "SECRET" } else { "PUBLIC" }.into(),
        property_name(key.name).into(),
        count(ordinal),
        count(category),
        Value::Null,
        true.into(),
        owned(key.aliases).into(),
    ]
}

/// `APIToken` as `apiToken`: the capitals at the beginning in lower case, but for the one that begins the next word.
fn property_name(key: &str) -> String {
    let capitals = key.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = if capitals == key.len() { capitals } else { capitals.saturating_sub(1).max(1) };
    key[..lowered].to_ascii_lowercase() + &key[lowered..]
}

fn information(scope: &Scope) -> BoxFuture<'_, Result<Vec<Row>>> {
    let site = match scope.site() {
        Ok(site) => site,
        Err(e) => return Box::pin(std::future::ready(Err(e))),
    };
    let help = Some(env!("CARGO_PKG_HOMEPAGE")).filter(|address| !address.is_empty());
    ready(vec![vec![
        "Jirrow".into(),
        env!("CARGO_PKG_VERSION").into(),
        site.service.name().into(),
        Value::Null,
        help.into(),
        env!("CARGO_PKG_LICENSE").into(),
        (&site.name).into(),
        site.base().into(),
    ]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names_in_code() {
        for (key, name) in [
            ("APIToken", "apiToken"),
            ("URL", "url"),
            ("User", "user"),
            ("CaFile", "caFile"),
            ("OAuthClientId", "oAuthClientId"),
        ] {
            assert_eq!(property_name(key), name);
        }
    }
}
