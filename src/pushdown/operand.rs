//! Operands of JQL out of SQL's values. An operand of equality is the value itself, or there is none; a bound may lie
//! further out than the value, never further in.

use chrono::{Datelike, NaiveDate};
use datafusion::common::ScalarValue;

use super::jql::quote;
pub(super) use crate::schema::Bound;
use crate::schema::Operand;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// The last millisecond of the year 9999.
const LAST: i64 = 253_402_300_799_999;
/// Numbers beyond are not whole to a double.
const LARGEST: f64 = 1e15;

/// The value as the operand of `=`. None where JQL might find less by it than SQL does, or nothing at all: an empty text
/// asks for what is empty, and blanks at the ends may be cut off.
pub(super) fn exact(by: Operand, value: &ScalarValue) -> Option<String> {
    match by {
        Operand::Name => {
            let text = value.try_as_str().flatten()?;
            (!text.is_empty() && text.trim() == text && text.len() <= 1_000).then(|| quote(text))
        }
        Operand::Id => match value {
            ScalarValue::Int64(Some(id)) if *id > 0 => Some(id.to_string()),
            _ => None,
        },
        Operand::Number => number(value),
        Operand::Day => match value {
            ScalarValue::Date32(Some(day)) => written(i64::from(*day)),
            _ => None,
        },
        Operand::Minutes | Operand::Instant => None,
    }
}

/// The value, or one further out, as a bound. None where all values lie on this side of it.
pub(super) fn bound(by: Operand, value: &ScalarValue, side: Bound) -> Option<String> {
    match by {
        Operand::Number => number(value),
        Operand::Day => match value {
            ScalarValue::Date32(Some(day)) => day_bound(i64::from(*day), side),
            _ => None,
        },
        Operand::Minutes => {
            let ScalarValue::Int64(Some(seconds)) = value else { return None };
            let minutes = match side {
                Bound::Lower => seconds.div_euclid(60),
                Bound::Upper => seconds.div_euclid(60).checked_add(1)?,
            };
            (minutes >= 0 || side == Bound::Upper).then(|| format!("\"{}m\"", minutes.max(0)))
        }
        Operand::Instant => instant_bound(micros(value)?, side),
        Operand::Name | Operand::Id => None,
    }
}

/// A bound where a day is compared with an instant, an instant with a day or with the time of another zone, or either with
/// the beginning of a span of so many microseconds: far enough out for every zone.
pub(super) fn about(by: Operand, value: &ScalarValue, span: i64, side: Bound) -> Option<String> {
    let (first, last) = around(value, span)?;
    let out = match side {
        Bound::Lower => first,
        Bound::Upper => last,
    };
    match (by, side) {
        (Operand::Instant, side) => instant_bound(out, side),
        (Operand::Day, Bound::Lower) => day_bound(out.div_euclid(DAY * 1_000) - 1, side),
        (Operand::Day, Bound::Upper) => day_bound(out.div_euclid(DAY * 1_000) + 2, side),
        _ => None,
    }
}

/// The longest that a unit of `date_trunc` takes, in microseconds.
pub(super) fn longest(unit: &str) -> Option<i64> {
    let days = match unit.to_ascii_lowercase().as_str() {
        "microsecond" | "millisecond" | "second" | "minute" | "hour" | "day" => 1,
        "week" => 7,
        "month" => 31,
        "quarter" => 92,
        "year" => 366,
        _ => return None,
    };
    Some(days * DAY * 1_000)
}

/// Microseconds since 1970 between which a day or a local time lies in every zone, or what begins there and takes so many.
pub(super) fn around(value: &ScalarValue, span: i64) -> Option<(i64, i64)> {
    let (first, last) = match value {
        ScalarValue::Date32(Some(day)) => {
            let start = i64::from(*day).checked_mul(DAY)?.checked_mul(1_000)?;
            (start, start.checked_add(DAY * 1_000)?)
        }
        other => (micros(other)?, micros(other)?),
    };
    Some((first.checked_sub(DAY * 1_000)?, last.checked_add(DAY * 1_000)?.checked_add(span)?))
}

/// Epoch milliseconds, which no zone can move, at the minute before or after: the service may keep or compare instants by
/// the minute.
fn instant_bound(micros: i64, side: Bound) -> Option<String> {
    let millis = micros.div_euclid(1_000);
    match side {
        Bound::Lower => {
            let minute = millis.div_euclid(MINUTE) * MINUTE;
            (minute > 0).then(|| minute.min(LAST + 1).to_string())
        }
        Bound::Upper => {
            let minute = (millis.div_euclid(MINUTE) + 1) * MINUTE;
            (minute <= LAST).then(|| minute.max(0).to_string())
        }
    }
}

/// A day between the years 1900 and 9999, which is what JQL is sure to read.
fn day_bound(day: i64, side: Bound) -> Option<String> {
    match (written(day), side) {
        (Some(day), _) => Some(day),
        (None, Bound::Lower) if day > 0 => Some("\"9999-12-31\"".to_owned()),
        (None, Bound::Upper) if day < 0 => Some("\"1900-01-01\"".to_owned()),
        (None, _) => None,
    }
}

fn written(day: i64) -> Option<String> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let day = epoch.checked_add_signed(chrono::TimeDelta::try_days(day)?)?;
    (1900..=9999).contains(&day.year()).then(|| format!("\"{}\"", day.format("%Y-%m-%d")))
}

fn number(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Int64(Some(v)) => Some(v.to_string()),
        ScalarValue::Float64(Some(v)) if v.abs() <= LARGEST => Some(format!("{v}")),
        _ => None,
    }
}

/// Microseconds since 1970, of an instant or of a local time.
pub(super) fn micros(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampSecond(Some(v), _) => v.checked_mul(1_000_000),
        ScalarValue::TimestampMillisecond(Some(v), _) => v.checked_mul(1_000),
        ScalarValue::TimestampMicrosecond(Some(v), _) => Some(*v),
        ScalarValue::TimestampNanosecond(Some(v), _) => Some(v.div_euclid(1_000)),
        _ => None,
    }
}
