//! SQL over Jira.

pub mod catalog;
pub mod cli;
pub mod connection;
pub mod decode;
pub mod http;
pub mod pushdown;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scan;
pub mod schema;
pub mod sink;
