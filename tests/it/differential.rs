//! Random statements give the same rows through the connector as over plain tables in memory, filled by the oracle: the
//! same engine, with nothing of names, push-down, paging or decoding in between. Each statement is written twice, for
//! the connector without quotes and in any case, for the plain tables with the columns' own spelling in quotes.
//!
//! `JIRROW_STATEMENTS=5000` runs more of them, `JIRROW_SEED=7` others; a failure prints its seed.

mod reference;
mod statements;

use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;
use jirrow::sandbox::SandboxConfig;

use crate::oracle::TABLES;
use crate::support::{Fixture, shown, small};
use reference::Reference;
use statements::{Order, Statement, Statements};

/// Statements in an ordinary run of the tests.
const STATEMENTS: usize = 200;

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Every row as text, in order, or sorted where the statement does not order all of them.
fn rows_of(batches: &[RecordBatch], order: Order) -> Vec<String> {
    let mut rows = shown(batches);
    if order == Order::Any {
        rows.sort();
    }
    rows
}

/// The first rows that differ.
fn difference(ours: &[String], theirs: &[String]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let row = |rows: &[String]| rows.get(at).cloned().unwrap_or_else(|| "no row".to_owned());
    Some(format!(
        "{} rows and {} expected; row {at}: {} but expected {}",
        ours.len(),
        theirs.len(),
        row(ours),
        row(theirs)
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn random_statements_give_the_rows_of_plain_tables() {
    let fixture = Fixture::start(SandboxConfig { issues: 120, ..small() }, "").await;
    let reference = Reference::new(&fixture.sandbox.site(), &TABLES);
    let seed = setting("JIRROW_SEED").unwrap_or(1);
    let number = setting("JIRROW_STATEMENTS").unwrap_or(STATEMENTS);
    let mut kinds: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut statements = Statements::new(seed, reference.tables());
    for index in 0..number {
        let Statement { ours, theirs, order, kind } = statements.next();
        let case = format!("seed {seed}, statement {index}:\n{ours}\n");
        let expected = reference.rows(&theirs).await.unwrap_or_else(|e| panic!("{case}{theirs}\n{e}"));
        let found = fixture.rows(&ours).await.unwrap_or_else(|e| panic!("{case}{e}"));
        let expected = rows_of(&expected, order);
        if let Some(difference) = difference(&rows_of(&found, order), &expected) {
            panic!("{case}{difference}");
        }
        fixture.sandbox.clear_requests();
        kinds.entry(kind).or_default()[usize::from(!expected.is_empty())] += 1;
    }
    // Statements whose result is always empty would prove nothing.
    for (kind, [empty, filled]) in &kinds {
        assert!(filled >= empty, "{kind}: {filled} with rows, {empty} without");
    }
    assert!(number < 100 || kinds.len() >= 6, "{kinds:?}");
}
