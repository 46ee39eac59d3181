//! What DataFusion sees: a catalog a connection, its tables out of the table files, the system tables, name resolution, and the session
//! that plans and runs statements. It asks nothing of a site while it plans.

mod boolean_text;
mod brackets;
pub mod names;
mod session;
mod show;
mod site_catalog;
mod sys;
mod table;

pub use session::{Answer, Outcome, Planned, QueryError, Session, SessionBuilder, SessionError};
