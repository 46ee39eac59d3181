#![expect(clippy::unwrap_used, reason = "a failing test should panic")]
