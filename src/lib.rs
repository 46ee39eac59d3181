//! Jirrow: SQL over Jira. Every table of a site is described by a file in `schemas/`; a statement is planned by
//! DataFusion, read over REST with few requests, and its rows go to the screen or a file.
//!
//! ```no_run
//! use futures::TryStreamExt;
//! use jirrow::catalog::{Answer, Session};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = "URL=https://example.atlassian.net;User=me@example.com;APIToken=${JIRA_TOKEN}".parse()?;
//! let session = Session::builder().connection(connection).build()?;
//! let sql = "SELECT Key, Summary FROM Issues LIMIT 10";
//! for statement in session.statements(sql)? {
//!     if let Answer::Rows(mut rows) = session.run(statement, sql).await? {
//!         while let Some(batch) = rows.try_next().await? {
//!             println!("{} rows", batch.num_rows());
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a query
//!
//! SQL text → session (names resolved whatever their case) → catalog → table → push-down (expressions → what the
//! service understands) → access path chosen by estimated cost → scan → pages fetched inside the request budget →
//! bytes decoded straight into Arrow columns → DataFusion (remaining filters, joins, aggregates) → rows on screen or in a
//! sink. Nothing runs back up that list.
//!
//! # The rooms
//!
//! | room | holds | knows nothing of |
//! |---|---|---|
//! | [`cli`] | the commands, progress, exit codes | |
//! | [`catalog`] | the session, catalogs, tables, system tables, name resolution | HTTP |
//! | [`sink`] | where rows go: files and streams in their formats | Jira |
//! | [`scan`] | the choice of an access path, paging, the operators, EXPLAIN | SQL text |
//! | [`pushdown`] | expressions → keys and JQL | requests |
//! | [`decode`] | JSON bytes → record batches | HTTP |
//! | [`http`] | one client: authentication, retries, the request budget | tables |
//! | [`connection`] | connection strings, profiles and secrets | HTTP |
//! | [`schema`] | the table files and what they mean | everything else |
//! | `sandbox` | the look-alike site | all the others, and they it: they meet over HTTP only |
//!
//! A room imports those below it in this table, never one above; a test holds it to that.
//!
//! # The words
//!
//! A *connection* is one service at one address with one credential, and a DataFusion catalog of the same name. A *table
//! file* declares a table: what a row is, its key, its columns and its access paths. An *access path* is one way to read
//! a table's rows over REST, as an index is to a database. A *scan* is the chosen access path with what is pushed into
//! it: plain data ([`scan::ScanSpec`]). A *page* is one response. The *request budget* is what the site lets this
//! credential do now. A *sink* is where rows go. A *view* is a file of SQL below `queries/views`, and a table; an *analysis*
//! is a ready question with `$parameters`.

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
