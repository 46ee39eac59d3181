//! What the query parameters of a path can say of a WHERE clause: values that the service is sure to understand as SQL
//! does, and instants a little further out than those of the clause. The rest is left to the engine.

use chrono::{DateTime, SecondsFormat};

use super::Pushed;
use crate::schema::{AccessPath, Bound, ColumnType, InstantForm, Parameter, Several, Table, Takes};

/// What the requests of a path say of a WHERE clause in their query.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// Names and values, a name once for each of several values where the service has it so.
    pub parameters: Vec<(String, String)>,
    /// The share of the rows that they are thought to leave.
    pub share: f64,
}

/// Values of one parameter beyond which an address would be too long.
const MOST_VALUES: usize = 50;

/// Nothing that is known by an id has a longer one.
const LONGEST_ID: usize = 128;

/// So much further out than the clause has it, in milliseconds, an instant is sent: the service may go by the minute, or
/// by another clock.
const MARGIN: i64 = 60_000;

/// The last millisecond of the year 9999.
const LAST: i64 = 253_402_300_799_999;

/// What of the WHERE clause the path's parameters say.
pub fn arguments(path: &AccessPath, pushed: &Pushed) -> Arguments {
    let mut all = Arguments { parameters: vec![], share: 1.0 };
    for parameter in &path.parameters {
        let Some((values, share)) = said(parameter, pushed) else { continue };
        all.parameters.extend(values.into_iter().map(|value| (parameter.name.clone(), value)));
        all.share *= share;
    }
    all
}

/// The operators on the column that parameters take over, at least for some values.
pub(super) fn operators(table: &Table, column: usize) -> Vec<&'static str> {
    let of_column = parameters(table).filter(|parameter| parameter.columns.contains(&column));
    let operators = of_column.flat_map(|parameter| match &parameter.takes {
        Takes::Values { .. } if table.columns[column].data_type == ColumnType::Boolean => {
            vec!["=", "IS TRUE", "IS FALSE"]
        }
        Takes::Values { several: Several::Never, .. } => vec!["="],
        Takes::Values { .. } => vec!["=", "IN"],
        Takes::Bound { side: Bound::Lower, .. } => vec!["=", ">", ">=", "BETWEEN"],
        Takes::Bound { side: Bound::Upper, .. } => vec!["=", "<", "<=", "BETWEEN"],
    });
    operators.collect()
}

/// Do parameters ask for values of this column?
pub(super) fn asks_for(table: &Table, column: usize) -> bool {
    parameters(table).any(|it| matches!(it.takes, Takes::Values { .. }) && it.columns.contains(&column))
}

/// Do parameters bound this column on this side?
pub(super) fn bounds(table: &Table, column: usize, edge: Bound) -> bool {
    parameters(table).any(|it| match it.takes {
        Takes::Bound { side, .. } => side == edge && it.columns.contains(&column),
        Takes::Values { .. } => false,
    })
}

fn parameters(table: &Table) -> impl Iterator<Item = &Parameter> {
    table.paths.iter().flat_map(|path| &path.parameters)
}

/// The values that the parameter has, and the share of the rows that they leave; nothing where it must not say anything.
fn said(parameter: &Parameter, pushed: &Pushed) -> Option<(Vec<String>, f64)> {
    match &parameter.takes {
        Takes::Values { known, except, several } => {
            let values = pushed.values(*parameter.columns.first()?)?;
            let is_understood = |value: &String| match known.is_empty() {
                true => is_id(value) && !except.contains(value),
                false => known.contains(value),
            };
            if values.is_empty() || values.len() > MOST_VALUES || !values.iter().all(is_understood) {
                return None;
            }
            let values_sent = match (values, several) {
                ([one], _) => vec![one.clone()],
                (_, Several::Never) => return None,
                (_, Several::Joined) => vec![values.join(",")],
                (_, Several::Repeated) => values.to_vec(),
            };
            Some((values_sent, share(values.len(), known.len())))
        }
        Takes::Bound { side, form } => {
            let of_column =
                pushed.edges.iter().filter(|it| it.side == *side && parameter.columns.contains(&it.column));
            let instants = of_column.map(|edge| edge.micros);
            let (millis, share) = match side {
                Bound::Lower => (earlier(instants.max()?)?, 0.1),
                Bound::Upper => (later(instants.min()?)?, 0.5),
            };
            Some((vec![written(millis, *form)?], share))
        }
    }
}

/// The share of the rows that has one of so many values.
fn share(values: usize, known: usize) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    match known {
        0 => (0.1 * count(values)).min(0.9),
        1 => 0.5,
        known => count(values) / count(known),
    }
}

/// Could something be known by this? What has other characters is no id, and may mean something else to the service.
fn is_id(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value.chars().all(plain)
        && value.len() <= LONGEST_ID
}

/// Milliseconds, further back; nothing where no instant lies before.
fn earlier(micros: i64) -> Option<i64> {
    let millis = micros.div_euclid(1_000) - MARGIN;
    (millis > 0).then_some(millis.min(LAST))
}

/// Milliseconds, further on; nothing where no instant lies behind.
fn later(micros: i64) -> Option<i64> {
    let millis = micros.div_euclid(1_000) + 1 + MARGIN;
    (millis <= LAST).then_some(millis.max(0))
}

fn written(millis: i64, form: InstantForm) -> Option<String> {
    Some(match form {
        InstantForm::Milliseconds => millis.to_string(),
        InstantForm::Text => {
            DateTime::from_timestamp_millis(millis)?.to_rfc3339_opts(SecondsFormat::Millis, true)
        }
    })
}
