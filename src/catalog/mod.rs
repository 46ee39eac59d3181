//! What DataFusion sees: a catalog a connection, its tables out of the table files, the system tables, name resolution,
//! and the session that plans and runs statements. While it plans it asks a site for its own fields alone, where a table
//! has them as columns.

mod boolean_text;
mod brackets;
pub mod names;
mod session;
mod show;
mod site_catalog;
mod statement;
mod sys;
mod table;

pub use session::{Answer, Outcome, Planned, QueryError, Session, SessionBuilder, SessionError};
