//! The promises, kept over real HTTP: the library and the binary against the embedded sandbox. One binary for all
//! suites, because linking is what costs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a failing test should panic"
)]

mod access;
mod bind_joins;
mod budget;
mod cli;
mod contract;
mod custom_fields;
mod differential;
mod filters;
mod house;
mod joins;
mod jql;
mod jql_parser;
mod oauth;
mod oracle;
mod other_names;
mod parameters;
mod plans;
mod python;
mod questions;
mod readme;
mod requests;
mod rest;
mod session;
mod shell;
mod sql;
mod support;
mod sys;
mod tables;
mod unlisted;
mod views;
