//! What DataFusion sees: a catalog a connection, its tables out of the table files, the system tables, name resolution,
//! and the session that plans and runs statements. While it plans it asks a site for its own fields alone, where a table
//! has them as columns.

mod access;
mod approximate;
mod boolean_text;
mod brackets;
mod builder;
mod catalogs;
mod context;
mod copies;
mod copy;
mod distinct_from;
mod files;
mod functions;
pub mod names;
mod number_text;
mod options;
mod parameters;
mod planned;
mod planning;
mod queries;
mod session;
mod settings;
mod show;
mod site_catalog;
mod statement;
mod sys;
mod table;
mod time_text;
mod time_zone;
mod unused_join;
mod views;

pub use access::{Access, UnknownAccess};
pub use builder::{SessionBuilder, SessionError};
pub use copies::Copies;
pub use parameters::{BadParameter, Parameter, ParameterError, Parameters};
pub use planned::{Outcome, Planned};
pub use queries::{Queries, QueriesError, Query};
pub use session::{Answer, Described, QueryError, Session};
