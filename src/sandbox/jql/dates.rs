//! The instants and days that date literals, periods and date functions stand for, in the caller's zone.

use chrono::{
    DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike,
};

use super::JqlErrors;
use super::evaluate::Environment;
use super::tree::Literal;
use super::values::number_of;
use crate::sandbox::assumptions::{EpochPrecision, RepeatedHour};

/// What a literal stands for, first and last, both included.
pub(super) type Range = (i64, i64);

impl Environment<'_> {
    /// The first and last millisecond that a date literal stands for.
    pub(super) fn instants(&self, field: &str, literal: &Literal) -> Result<Range, JqlErrors> {
        match literal {
            Literal::Bare(text) if is_number(text) => {
                let exact: i64 = text.parse().map_err(|_| invalid(field, literal))?;
                Ok(match self.assumptions.epoch {
                    EpochPrecision::Exact => (exact, exact),
                    EpochPrecision::Minute => (exact - exact.rem_euclid(60_000), exact),
                })
            }
            Literal::Function { name, arguments } => {
                let at = self.local_function(field, name, arguments)?;
                let at = self.instant_of(at);
                Ok((at, at))
            }
            _ => match written(literal.text()) {
                Some(Written::Minute(minute)) => {
                    let first = self.instant_of(minute);
                    Ok((first, first + 59_999))
                }
                Some(Written::Day(day)) => Ok(self.day(day)),
                None => {
                    let offset = period(literal.text()).ok_or_else(|| invalid(field, literal))?;
                    let at = (self.now + offset).timestamp_millis();
                    Ok((at, at))
                }
            },
        }
    }

    /// The day that a date literal stands for. A day has neither minutes nor milliseconds.
    pub(super) fn days(&self, field: &str, literal: &Literal) -> Result<Range, JqlErrors> {
        let day = match literal {
            Literal::Function { name, arguments } => self.local_function(field, name, arguments)?.date(),
            _ => match written(literal.text()) {
                Some(Written::Day(day)) => day,
                Some(Written::Minute(_)) => return Err(invalid(field, literal)),
                None => {
                    let offset = period(literal.text()).ok_or_else(|| invalid(field, literal))?;
                    (self.now + offset).with_timezone(&self.zone).date_naive()
                }
            },
        };
        Ok((number_of(day), number_of(day)))
    }

    /// What a date function gives, in the caller's local time.
    fn local_function(
        &self,
        field: &str,
        name: &str,
        arguments: &[String],
    ) -> Result<NaiveDateTime, JqlErrors> {
        let unknown =
            || JqlErrors::one(format!("Unable to find JQL function '{name}({})'.", arguments.join(", ")));
        let now = self.now.with_timezone(&self.zone).naive_local();
        let lower = name.to_lowercase();
        if lower == "now" {
            return if arguments.is_empty() { Ok(now) } else { Err(unknown()) };
        }
        let (side, unit) = match (lower.strip_prefix("startof"), lower.strip_prefix("endof")) {
            (Some(unit), _) => (Side::Start, unit),
            (_, Some(unit)) => (Side::End, unit),
            _ => return Err(unknown()),
        };
        let unit = match unit {
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return Err(unknown()),
        };
        let (number, step) = match arguments {
            [] => (0, unit),
            [text] => increment(text, unit).ok_or_else(|| {
                JqlErrors::one(format!(
                    "Duration for function '{name}' should have the format (+/-)n(yMwdhm), e.g -1M for 1 month earlier, but '{text}' is given for field '{field}'."
                ))
            })?,
            _ => return Err(unknown()),
        };
        // Steps of the function's own unit are taken before the edge is looked for: months differ in length.
        let edge = if step == unit { step.add(now, number) } else { Some(now) }
            .and_then(|at| unit.edge(at, side))
            .and_then(|at| if step == unit { Some(at) } else { step.add(at, number) });
        edge.ok_or_else(|| invalid(field, &Literal::Bare(format!("{name}()"))))
    }

    fn day(&self, day: NaiveDate) -> Range {
        let first = self.instant_of(day.and_time(NaiveTime::MIN));
        let next = day.succ_opt().map_or(i64::MAX, |next| self.instant_of(next.and_time(NaiveTime::MIN)));
        (first, next - 1)
    }

    /// A local time of the caller's zone; in the hour that daylight saving skips, the same time an hour later.
    fn instant_of(&self, time: NaiveDateTime) -> i64 {
        let found = self.zone.from_local_datetime(&time);
        let found = match self.assumptions.repeated_hour {
            RepeatedHour::First => found.earliest(),
            RepeatedHour::Second => found.latest(),
        };
        found
            .or_else(|| self.zone.from_local_datetime(&(time + TimeDelta::hours(1))).earliest())
            .map_or_else(|| time.and_utc().timestamp_millis(), |at: DateTime<_>| at.timestamp_millis())
    }
}

fn invalid(field: &str, literal: &Literal) -> JqlErrors {
    JqlErrors::one(format!(
        "Date value '{}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        literal.text()
    ))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

enum Written {
    Minute(NaiveDateTime),
    Day(NaiveDate),
}

/// A date in one of the four formats.
fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    let shape: String =
        text.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    let slashes = shape.contains('/');
    match shape.replace('/', "-").as_str() {
        _ if slashes && shape.contains('-') => None,
        "0000-00-00" => NaiveDate::parse_from_str(&text.replace('/', "-"), "%Y-%m-%d").ok().map(Written::Day),
        "0000-00-00 00:00" => {
            NaiveDateTime::parse_from_str(&text.replace('/', "-"), "%Y-%m-%d %H:%M").ok().map(Written::Minute)
        }
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    fn add(self, time: NaiveDateTime, number: i32) -> Option<NaiveDateTime> {
        let months = |months: i32| {
            let magnitude = Months::new(months.unsigned_abs());
            if months < 0 { time.checked_sub_months(magnitude) } else { time.checked_add_months(magnitude) }
        };
        let many = i64::from(number);
        let delta = match self {
            Self::Minute => TimeDelta::try_minutes(many),
            Self::Hour => TimeDelta::try_hours(many),
            Self::Day => TimeDelta::try_days(many),
            Self::Week => TimeDelta::try_weeks(many),
            Self::Month => return months(number),
            Self::Year => return months(number.checked_mul(12)?),
        };
        time.checked_add_signed(delta?)
    }

    /// The first or last millisecond of the unit that a time lies in; weeks begin on Monday.
    fn edge(self, time: NaiveDateTime, side: Side) -> Option<NaiveDateTime> {
        let day = time.date();
        let first = match self {
            Self::Minute => return time.with_second(0)?.with_nanosecond(0),
            Self::Hour => return time.with_minute(0)?.with_second(0)?.with_nanosecond(0),
            Self::Day => day,
            Self::Week => day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday())),
            Self::Month => day.with_day(1)?,
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1)?,
        };
        let first = first.and_time(NaiveTime::MIN);
        match side {
            Side::Start => Some(first),
            Side::End => self.add(first, 1)?.checked_sub_signed(TimeDelta::milliseconds(1)),
        }
    }
}

/// `-1`, `+2w`: a number of steps, and their unit.
fn increment(text: &str, own: Unit) -> Option<(i32, Unit)> {
    let text = text.trim();
    let (digits, unit) = match text.chars().last()? {
        'y' => (text.strip_suffix('y')?, Unit::Year),
        'M' => (text.strip_suffix('M')?, Unit::Month),
        'w' => (text.strip_suffix('w')?, Unit::Week),
        'd' => (text.strip_suffix('d')?, Unit::Day),
        'h' => (text.strip_suffix('h')?, Unit::Hour),
        'm' => (text.strip_suffix('m')?, Unit::Minute),
        _ => (text, own),
    };
    Some((digits.parse().ok()?, unit))
}

/// `-4w 2d`: the sign counts for all parts.
pub(super) fn period(text: &str) -> Option<TimeDelta> {
    let (sign, rest) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim().strip_prefix('+').unwrap_or(text.trim())),
    };
    let minutes = minutes(rest, 24 * 60, 7 * 24 * 60)?;
    TimeDelta::try_minutes(sign * minutes)
}

/// `2d 4h` in minutes, of which a day and a week have so many.
pub(super) fn minutes(text: &str, day: i64, week: i64) -> Option<i64> {
    let mut minutes: i64 = 0;
    let mut parts = 0;
    for part in text.split_whitespace() {
        let unit = part.chars().last()?;
        let number: i64 = part.get(..part.len() - unit.len_utf8())?.parse().ok().filter(|it| *it >= 0)?;
        let each = match unit {
            'm' => 1,
            'h' => 60,
            'd' => day,
            'w' => week,
            _ => return None,
        };
        minutes = minutes.checked_add(number.checked_mul(each)?)?;
        parts += 1;
    }
    (parts > 0).then_some(minutes)
}
