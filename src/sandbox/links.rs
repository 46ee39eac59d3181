//! Types of issue links. The links themselves are a field of the issues.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all endpoints have one signature, whether they can refuse or not"
)]

use serde_json::{Value, json};

use super::call::{Call, Refusal};

/// `GET issueLinkType`.
pub(super) fn types(call: &Call<'_>) -> Result<Value, Refusal> {
    let types: Vec<Value> = call.site.link_types.iter().map(|kind| call.renderer.link_type(kind)).collect();
    Ok(json!({"issueLinkTypes": types}))
}
