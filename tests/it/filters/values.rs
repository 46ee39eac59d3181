//! Operands of comparisons: values that occur, values near them, and whatever else people or attackers write.

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::columns::{Column, Datum, Shape};

/// An operand as SQL writes it.
#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) sql: String,
    /// The value occurs in the column as it is.
    pub(crate) occurs: bool,
    /// For putting the sides of a range into order.
    pub(crate) order: Option<Datum>,
}

/// How far from the rows' own values an operand may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One that occurs, or one beside it that the service can be told.
    Near,
    /// Anything.
    Anything,
}

const TEXTS: [&str; 34] = [
    "",
    " ",
    "\"",
    "'",
    "\\",
    "it's \"done\" \\ or",
    "a\\\"b",
    "\\u0041",
    "\u{1}",
    "\n",
    "\t",
    "\r\n",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "İ",
    "ß",
    "SS",
    "ſ",
    "进行中",
    "\u{1f600}",
    "e\u{301}",
    "%",
    "_",
    "EMPTY",
    "null",
    "order",
    "currentUser()",
    "x\" OR key > \"A",
    "x\\\" OR key > \\\"A",
    "\") OR (project is not EMPTY",
    "Unresolved",
];

const INTS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "1.5",
    "-0.5",
    "1e3",
    "1e300",
    "9223372036854775807",
    "-9223372036854775807",
    "10000000000000000",
    "'12'",
    "10000.0",
    "3 - 4",
    "CAST(NULL AS BIGINT)",
];

const FLOATS: [&str; 13] = [
    "0",
    "-0.0",
    "0.1 + 0.2",
    "1e15",
    "1e16",
    "-1e300",
    "1e-9",
    "9007199254740993",
    "CAST('NaN' AS DOUBLE)",
    "CAST('inf' AS DOUBLE)",
    "'3'",
    "-1",
    "CAST(NULL AS DOUBLE)",
];

const DAYS: [&str; 16] = [
    "DATE '1969-12-31'",
    "DATE '1970-01-01'",
    "DATE '1899-12-31'",
    "DATE '1900-01-01'",
    "DATE '0001-01-01'",
    "DATE '9999-12-31'",
    "'2026-02-28'",
    "CURRENT_DATE",
    "CURRENT_DATE - INTERVAL '7' DAY",
    "CURRENT_DATE - INTERVAL '200' DAY",
    "now()",
    "TIMESTAMP '2026-03-29 01:30:00'",
    "TIMESTAMP '2026-03-09 00:00:00Z'",
    "DATE '2026-02-28' + INTERVAL '1' MONTH",
    "CAST('2026-03-01T23:59:59' AS TIMESTAMP)",
    "CAST(NULL AS DATE)",
];

const INSTANTS: [&str; 20] = [
    "TIMESTAMP '1969-12-31 23:59:59.999'",
    "TIMESTAMP '1970-01-01 00:00:00Z'",
    "TIMESTAMP '1970-01-01 00:00:59.999Z'",
    "TIMESTAMP '1970-01-01 00:01:00Z'",
    "TIMESTAMP '1700-01-01 00:00:00'",
    "TIMESTAMP '2262-04-11 00:00:00'",
    "CAST('0001-01-01 00:00:00' AS TIMESTAMP(6))",
    "CAST('9999-12-31 23:59:59.999999' AS TIMESTAMP(6))",
    "DATE '9999-12-31'",
    "DATE '0001-01-01'",
    "now()",
    "now() - INTERVAL '30' DAY",
    "CURRENT_DATE - INTERVAL '7' DAY",
    "CURRENT_DATE - INTERVAL '250' DAY",
    "TIMESTAMP '2026-10-25 02:30:00'",
    "TIMESTAMP '2026-03-29 03:00:00'",
    "TIMESTAMP '2026-11-01 01:30:00'",
    "'2026-04-01'",
    "date_trunc('month', TIMESTAMP '2026-05-17 12:00:00')",
    "CAST(NULL AS TIMESTAMP)",
];

/// A text as SQL writes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Draws operands for comparisons with columns.
pub(crate) struct Values<'a> {
    pub(crate) rng: &'a mut fastrand::Rng,
    pub(crate) zone: Tz,
}

impl Values<'_> {
    /// An operand for this column.
    pub(crate) fn draw(&mut self, column: &Column, reach: Reach) -> Drawn {
        if reach == Reach::Anything && self.rng.u32(0..4) == 0 || column.values.is_empty() {
            return Drawn { sql: self.whatever(column), occurs: false, order: None };
        }
        let own = column.values[self.rng.usize(0..column.values.len())].clone();
        let (sql, datum) = match &own {
            Datum::Bool(value) => (value.to_string(), own.clone()),
            Datum::Text(text) => self.text(text, reach),
            Datum::Int(number) => self.int(*number, reach),
            Datum::Float(number) => self.float(*number, reach),
            Datum::Day(day) => self.day(*day),
            Datum::Instant(at) => self.instant(*at),
        };
        Drawn { sql, occurs: datum == own, order: Some(datum) }
    }

    /// The day, in the session's zone, of an instant that occurs.
    pub(crate) fn day_of(&mut self, column: &Column) -> Option<String> {
        let Datum::Instant(micros) = column.values.get(self.rng.usize(0..column.values.len().max(1)))? else {
            return None;
        };
        let local = DateTime::from_timestamp_micros(*micros)?.with_timezone(&self.zone);
        Some(format!("DATE '{}'", local.format("%Y-%m-%d")))
    }

    fn whatever(&mut self, column: &Column) -> String {
        let one_of = |rng: &mut fastrand::Rng, them: &[&str]| them[rng.usize(0..them.len())].to_owned();
        match column.shape {
            Shape::Bool => one_of(self.rng, &["true", "false", "NULL"]),
            Shape::Text | Shape::TextList => match self.rng.u32(0..12) {
                0 => "NULL".to_owned(),
                1 => quoted(&"x".repeat(1_500)),
                _ => quoted(TEXTS[self.rng.usize(0..TEXTS.len())]),
            },
            Shape::Int => one_of(self.rng, &INTS),
            Shape::Float => one_of(self.rng, &FLOATS),
            Shape::Day => one_of(self.rng, &DAYS),
            Shape::Instant => one_of(self.rng, &INSTANTS),
        }
    }

    fn text(&mut self, own: &str, reach: Reach) -> (String, Datum) {
        let text = match self.rng.u32(0..if reach == Reach::Near { 10 } else { 14 }) {
            0 => own.to_uppercase(),
            1 => own.to_lowercase(),
            10 => format!("{own} "),
            11 => format!(" {own}"),
            12 => format!("{own}\u{a0}"),
            13 => own.chars().rev().collect(),
            _ => own.to_owned(),
        };
        let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let (start, end) = text.split_at(half);
        let sql = match self.rng.u32(0..8) {
            0 => format!("{} || {}", quoted(start), quoted(end)),
            1 => format!("concat({}, {})", quoted(start), quoted(end)),
            2 => format!("CAST({} AS VARCHAR)", quoted(&text)),
            3 if text == own.to_uppercase() => format!("upper({})", quoted(&text.to_lowercase())),
            _ => quoted(&text),
        };
        (sql, Datum::Text(text))
    }

    fn int(&mut self, own: i64, reach: Reach) -> (String, Datum) {
        let steps: &[i64] = match reach {
            Reach::Near => &[0],
            Reach::Anything => &[0, 0, 0, 1, -1, 59, 60, -59, -60],
        };
        let number = own + steps[self.rng.usize(0..steps.len())];
        let sql = match self.rng.u32(0..8) {
            0 => format!("({} + 7)", number - 7),
            1 => format!("'{number}'"),
            2 => format!("CAST('{number}' AS BIGINT)"),
            3 if reach == Reach::Anything => format!("{number}.0"),
            4 if reach == Reach::Anything => format!("{number}.5"),
            _ => number.to_string(),
        };
        (sql, Datum::Int(number))
    }

    fn float(&mut self, own: f64, reach: Reach) -> (String, Datum) {
        let steps: &[f64] = match reach {
            Reach::Near => &[0.0],
            Reach::Anything => &[0.0, 0.0, 0.5, -0.5, 1.0, 1e-9],
        };
        let number = own + steps[self.rng.usize(0..steps.len())];
        let sql = match self.rng.u32(0..6) {
            0 => format!("({number} * 1)"),
            1 => format!("CAST('{number}' AS DOUBLE)"),
            _ => number.to_string(),
        };
        (sql, Datum::Float(number))
    }

    fn day(&mut self, own: i32) -> (String, Datum) {
        let day = own + [0, 0, 0, 1, -1, 30][self.rng.usize(0..6)];
        let date = NaiveDate::default() + TimeDelta::days(i64::from(day));
        let sql = match self.rng.u32(0..8) {
            0 => format!("'{date}'"),
            1 => format!("CAST('{date}' AS DATE)"),
            2 => format!("DATE '{}' + INTERVAL '3' DAY", date - TimeDelta::days(3)),
            3 => format!("TIMESTAMP '{date} 00:00:00'"),
            4 => format!("TIMESTAMP '{date} 12:30:00Z'"),
            _ => format!("DATE '{date}'"),
        };
        (sql, Datum::Day(day))
    }

    fn instant(&mut self, own: i64) -> (String, Datum) {
        let minute = own - own.rem_euclid(60_000_000);
        let micros = match self.rng.u32(0..16) {
            0 => minute,
            1 => minute + 59_999_999,
            2 => minute + 59_999_000,
            3 => minute - 1,
            4 => minute + 60_000_000,
            5 => own + 1,
            6 => own - 1,
            7 => own + 1_000,
            8 => own - own.rem_euclid(1_000_000),
            9 => own + 60_000_000,
            10 => own - own.rem_euclid(86_400_000_000),
            11 => own + 7 * 86_400_000_000,
            _ => own,
        };
        let at = DateTime::from_timestamp_micros(micros).expect("an instant");
        let local = at.with_timezone(&self.zone);
        let sql = match self.rng.u32(0..9) {
            0 => format!("TIMESTAMP '{}'", local.format("%Y-%m-%d %H:%M:%S%.6f")),
            1 => format!("'{}'", local.format("%Y-%m-%dT%H:%M:%S%.6f%:z")),
            2 => format!("'{}'", local.format("%Y-%m-%d %H:%M:%S%.6f")),
            3 => format!("DATE '{}'", local.format("%Y-%m-%d")),
            4 => format!("'{}'", local.format("%Y-%m-%d")),
            5 => format!(
                "TIMESTAMP '{}' + INTERVAL '1' HOUR",
                (at - TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S%.6fZ")
            ),
            _ => format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.6fZ")),
        };
        (sql, Datum::Instant(micros))
    }
}
