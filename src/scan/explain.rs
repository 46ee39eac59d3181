//! What EXPLAIN says of a scan: its requests as they will be sent, the price, and the ways that were not taken.

use std::fmt::Write as _;

use super::choice::{Candidate, Price};
use super::environment::Environment;
use super::error::ScanError;
use super::paging::Cursor;
use super::request::RequestBuilder;
use super::spec::{Keys, ScanSpec};
use crate::http::Request;

/// One line: table, path, requests (the first whole, later ones as a template), and the price.
pub(super) fn scan(env: &Environment, spec: &ScanSpec, price: Price) -> Result<String, ScanError> {
    let mut text = format!("{}.{}.{} by `{}`: ", spec.connection, spec.schema, spec.table, spec.path);
    requests(env, spec, price.keys, &mut text)?;
    if let Some(limit) = spec.limit {
        let _ = write!(text, ", limit={limit}");
    }
    let Price { requests, chain, points, .. } = price;
    let _ = write!(text, ", est. requests={requests} chain={chain} points={points}");
    Ok(text)
}

/// The ways that were not taken, and what they would have cost.
pub(super) fn alternatives(others: &[Candidate]) -> String {
    let other =
        |c: &Candidate| format!("`{}` requests={} chain={}", c.scan.path, c.price.requests, c.price.chain);
    others.iter().map(other).collect::<Vec<_>>().join("; ")
}

fn requests(env: &Environment, spec: &ScanSpec, asked: usize, text: &mut String) -> Result<(), ScanError> {
    let table = env.table_of(spec)?;
    let path = spec.path_in(&table)?;
    let columns = spec.columns_read(&table)?;
    let builder = RequestBuilder::new(&table, path, &columns, &spec.conditions(&table, path));
    let page = Cursor::start(path.paging, spec.page_size(path));
    let batch = path.most_keys(&table, &columns);
    match &spec.keys {
        None => written(builder.build(&[], &page), text),
        Some(Keys::Given { column, values, with }) => {
            let along = with.iter().filter_map(|values| values.first());
            let first: Vec<String> = values.iter().take(batch).chain(along).cloned().collect();
            match first.is_empty() {
                true => text.push_str("no request: no key can match"),
                false => written(builder.build(&first, &page), text),
            }
            if values.len() > batch {
                let _ = write!(text, " and so on, {batch} of {} {column} a request", values.len());
            }
        }
        Some(Keys::From { scan, first, .. }) => {
            if let Some(first) = first {
                requests(env, first, asked, text)?;
                text.push_str("; where that is not all: ");
            }
            requests(env, scan, asked, text)?;
            text.push_str(" then ");
            let keys = match batch {
                1 => "…".to_owned(),
                _ => format!("… {batch} of ~{asked}"),
            };
            let along = path.needs.iter().flat_map(|n| &n.with).map(|_| "…".to_owned());
            let keys: Vec<String> = std::iter::once(keys).chain(along).collect();
            written(builder.build(&keys, &page), text);
        }
    }
    Ok(())
}

fn written(request: Option<Request>, text: &mut String) {
    let Some(Request { method, path, query, body, .. }) = request else {
        text.push_str("no request: the key can't stand in an address");
        return;
    };
    // A key that is yet to come is shown as what stands for it.
    let _ = write!(text, "{method} {}", path.replace("%E2%80%A6", "…"));
    for (i, (name, value)) in query.iter().enumerate() {
        let _ = write!(text, "{}{name}={value}", if i == 0 { '?' } else { '&' });
    }
    if let Some(body) = body {
        let _ = write!(text, " {body}");
    }
}
