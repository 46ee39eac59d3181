//! Reading a table over REST: the choice of an access path, paging, the operators, their metrics and EXPLAIN text.
//! A scan is plain data ([`ScanSpec`]); an [`Environment`] has what it takes to run one.

mod binding;
mod bound_keys;
mod cache;
mod catalogue;
mod choice;
mod count;
mod custom_fields;
mod dedupe;
mod environment;
mod error;
mod exec;
mod explain;
mod jql_fields;
mod keys;
mod late;
mod lookup;
mod metrics;
mod paging;
mod parents;
mod reader;
mod refusable;
mod report;
mod request;
mod rest;
mod run;
mod site;
mod sites;
mod spec;
mod trace;

pub use binding::Question;
pub use cache::MetadataCache;
pub use choice::{Candidate, FindTable, Price, Wanted, candidates, unbound};
pub use count::RestCountExec;
pub use custom_fields::CustomTables;
pub use environment::Environment;
pub use error::ScanError;
pub use exec::RestScanExec;
pub use jql_fields::fields_address;
pub use late::LateBinding;
pub use lookup::LookupExec;
pub use paging::PagingError;
pub use report::{Findings, Report};
pub use site::{Account, ServerInfo, Site};
pub use sites::{Deferred, OpenError, Sites};
pub use spec::{Keys, Order, ScanSpec};
