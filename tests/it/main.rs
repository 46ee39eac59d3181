//! The promises, kept over real HTTP: the library and the binary against the embedded sandbox. One binary for all
//! suites, because linking is what costs.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test should panic")]

mod oracle;
mod requests;
mod support;
