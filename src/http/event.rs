//! What the client tells while it works, for logs and progress displays. Events hold no secret.

use std::sync::Arc;
use std::time::Duration;

use super::Method;
use super::budget::PauseScope;

/// Who is told. Called on the task that does the request, so it must not block.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// One thing that happened to a request. Addresses are path and query after the connection's base address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A try begins.
    Sent {
        /// How.
        method: Method,
        /// Where.
        address: Arc<str>,
        /// 1 for the first.
        attempt: u32,
    },
    /// An answer was read to its end, whatever it says.
    Answered {
        /// How.
        method: Method,
        /// Where.
        address: Arc<str>,
        /// HTTP status.
        status: u16,
        /// From the try's beginning to the last byte.
        elapsed: Duration,
        /// Of the body, after decompression.
        bytes: usize,
    },
    /// A try failed in passing and will be repeated.
    Retrying {
        /// How.
        method: Method,
        /// Where.
        address: Arc<str>,
        /// What went wrong.
        reason: String,
        /// How long the client waits first.
        delay: Duration,
    },
    /// Requests wait from now on: the site asked for it, or its quota would refuse them.
    Paused {
        /// Which requests wait.
        scope: PauseScope,
        /// How long.
        delay: Duration,
        /// The points that are left, where they are too few and nothing was refused yet.
        points_left: Option<u64>,
    },
}
