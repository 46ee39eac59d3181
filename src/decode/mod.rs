//! JSON bytes to Arrow record batches, in one pass and without a tree in between. A [`Layout`] is compiled once from a
//! table, one of its access paths and the wanted columns; it then turns each answer into a [`Page`]: the rows, what the
//! answer says about the pages after it, and the values that did not fit. The room knows no HTTP and no plans.
//!
//! A value that does not fit its column becomes NULL there, is counted, and stands as it came in the hidden column
//! `FieldErrors`. An answer of another shape than the table file declares is an error, never zero rows.

mod adf;
mod cell;
mod end;
mod error;
mod instant;
mod layout;
mod page;
mod scalar;
mod sprint;
#[cfg(test)]
mod tests;
mod trie;

pub use end::{PageEnd, Refused};
pub use error::{DecodeError, LayoutError};
pub use layout::Layout;
pub use page::{Incomplete, Page};
