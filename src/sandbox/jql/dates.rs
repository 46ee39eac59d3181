//! The instants that date literals, periods and date functions stand for, in the caller's zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

use super::JqlErrors;
use super::evaluate::Environment;
use super::parser::Literal;
use crate::sandbox::assumptions::EpochPrecision;

impl Environment<'_> {
    /// The first and last millisecond that a date literal stands for.
    pub(super) fn range(&self, field: &str, literal: &Literal) -> Result<(i64, i64), JqlErrors> {
        let refused = || {
            JqlErrors::one(format!(
                "Date value '{}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
                literal.text()
            ))
        };
        let text = match literal {
            Literal::Function(name) => {
                return self
                    .function(name)
                    .ok_or_else(|| JqlErrors::one(format!("Unable to find JQL function '{name}()'.")));
            }
            Literal::Bare(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let exact: i64 = text.parse().map_err(|_| refused())?;
                return Ok(match self.assumptions.epoch {
                    EpochPrecision::Exact => (exact, exact),
                    EpochPrecision::Minute => (exact - exact.rem_euclid(60_000), exact),
                });
            }
            Literal::Bare(text) | Literal::Quoted(text) => text.trim(),
        };
        let dashed = text.replace('/', "-");
        if let Ok(minute) = NaiveDateTime::parse_from_str(&dashed, "%Y-%m-%d %H:%M") {
            let first = self.local(minute);
            return Ok((first, first + 59_999));
        }
        if let Ok(day) = NaiveDate::parse_from_str(&dashed, "%Y-%m-%d") {
            return Ok(self.day(day));
        }
        let offset = period(text).ok_or_else(refused)?;
        let at = (self.now + offset).timestamp_millis();
        Ok((at, at))
    }

    fn function(&self, name: &str) -> Option<(i64, i64)> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let week = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
        let start = |day| Some((self.day(day).0, self.day(day).0));
        match name {
            "now" => Some((self.now.timestamp_millis(), self.now.timestamp_millis())),
            "startofday" => start(today),
            "endofday" => Some((self.day(today).1, self.day(today).1)),
            "startofweek" => start(week),
            "startofmonth" => start(today.with_day(1)?),
            "startofyear" => start(NaiveDate::from_ymd_opt(today.year(), 1, 1)?),
            _ => None,
        }
    }

    fn day(&self, day: NaiveDate) -> (i64, i64) {
        let first = self.local(day.and_time(NaiveTime::MIN));
        let next = day.succ_opt().map_or(i64::MAX, |next| self.local(next.and_time(NaiveTime::MIN)));
        (first, next - 1)
    }

    /// A local time of the caller's zone; in the hour that daylight saving skips, the same time an
    /// hour later, in the hour that it repeats, the first.
    fn local(&self, time: NaiveDateTime) -> i64 {
        self.zone
            .from_local_datetime(&time)
            .earliest()
            .or_else(|| self.zone.from_local_datetime(&(time + TimeDelta::hours(1))).earliest())
            .map_or_else(|| time.and_utc().timestamp_millis(), |at| at.timestamp_millis())
    }
}

/// `-4w 2d`: the sign counts for all parts.
pub(super) fn period(text: &str) -> Option<TimeDelta> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut minutes: i64 = 0;
    let mut parts = 0;
    for part in rest.split_whitespace() {
        let unit = part.chars().last()?;
        let number: i64 = part.get(..part.len() - unit.len_utf8())?.parse().ok().filter(|it| *it >= 0)?;
        let each = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            _ => return None,
        };
        minutes = minutes.checked_add(number.checked_mul(each)?)?;
        parts += 1;
    }
    if parts == 0 { None } else { TimeDelta::try_minutes(sign * minutes) }
}
