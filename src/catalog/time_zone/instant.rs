//! The instant that a text, a date or a zoneless timestamp is in a zone. A time that the clocks skip in spring is read by
//! the offset before the change, so that it is as long after midnight as it says; one that they pass twice in autumn is
//! the first.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Days, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::catalog::time_text::with_seconds;

/// `session_instant(zoneless)`
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Instant {
    zone: Arc<str>,
    unit: TimeUnit,
    signature: Signature,
}

impl Instant {
    /// In this zone; instants are counted in nanoseconds if `unit` says so, else in microseconds.
    pub(super) fn new(zone: &Arc<str>, unit: TimeUnit) -> Self {
        let unit = match unit {
            TimeUnit::Nanosecond => unit,
            _ => TimeUnit::Microsecond,
        };
        Self {
            zone: Arc::clone(zone),
            unit,
            signature: Signature::new(TypeSignature::Any(1), Volatility::Immutable),
        }
    }

    /// The instant in the function's unit.
    fn counted(&self, instant: DateTime<Utc>) -> Result<i64> {
        match self.unit {
            TimeUnit::Nanosecond => instant.timestamp_nanos_opt().ok_or_else(|| {
                exec_datafusion_err!(
                    "`{instant}` is too far away to be compared with nanoseconds, such as now()"
                )
            }),
            _ => Ok(instant.timestamp_micros()),
        }
    }
}

impl ScalarUDFImpl for Instant {
    fn name(&self) -> &'static str {
        "session_instant"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(self.unit, Some("UTC".into())))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = Tz::from_str(&self.zone)?;
        let is_scalar = matches!(arguments.args[0], ColumnarValue::Scalar(_));
        let array = arguments.args[0].to_array(arguments.number_rows)?;
        let instants: Vec<Option<i64>> = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                let texts = cast(&array, &DataType::Utf8)?;
                let read = |text: &str| self.counted(of_text(text, zone)?);
                texts
                    .as_string::<i32>()
                    .iter()
                    .map(|text| text.map(read).transpose())
                    .collect::<Result<_>>()?
            }
            _ => {
                let local = cast(&array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let local = local.as_primitive::<TimestampMicrosecondType>();
                let at = |row| {
                    local
                        .is_valid(row)
                        .then(|| local.value_as_datetime(row))
                        .flatten()
                        .map(|t| of_local(t, zone))
                };
                (0..local.len())
                    .map(|row| at(row).map(|instant| self.counted(instant)).transpose())
                    .collect::<Result<_>>()?
            }
        };
        let instants: ArrayRef = match self.unit {
            TimeUnit::Nanosecond => Arc::new(TimestampNanosecondArray::from(instants).with_timezone("UTC")),
            _ => Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC")),
        };
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&instants, 0)?),
            false => ColumnarValue::Array(instants),
        })
    }
}

/// The instant that a text means: by its own offset, or in the zone.
fn of_text(text: &str, zone: Tz) -> Result<DateTime<Utc>> {
    let text = text.trim();
    let unreadable = || {
        exec_datafusion_err!(
            "`{text}` is no time; write it like `2026-03-29`, `2026-03-29 14:30` or `2026-03-29T14:30:00Z`"
        )
    };
    let whole = with_seconds(text);
    let text = whole.as_deref().unwrap_or(text);
    let east = FixedOffset::east_opt(3_600).ok_or_else(unreadable)?;
    let as_utc = string_to_datetime(&Utc, text).map_err(|_| unreadable())?;
    let as_east = string_to_datetime(&east, text).map_err(|_| unreadable())?;
    // Only a text with an offset of its own is the same instant wherever it is read.
    Ok(if as_utc == as_east { as_utc } else { of_local(as_utc.naive_utc(), zone) })
}

/// The instant at which clocks in the zone show this.
fn of_local(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let offset = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix(),
        LocalResult::None => {
            // No zone changes its clocks twice in a day.
            let before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
            zone.offset_from_utc_datetime(&before).fix()
        }
    };
    (local - offset).and_utc()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn utc(text: &str, zone: &str) -> String {
        of_text(text, zone.parse().unwrap()).map_or_else(|e| e.to_string(), |t| t.format("%F %T").to_string())
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_as_long_after_midnight_as_it_says() {
        assert_eq!(utc("2026-03-29 01:59:59", "Europe/Berlin"), "2026-03-29 00:59:59");
        assert_eq!(utc("2026-03-29 02:30:00", "Europe/Berlin"), "2026-03-29 01:30:00");
        assert_eq!(utc("2026-03-29T03:00", "Europe/Berlin"), "2026-03-29 01:00:00");
        assert_eq!(utc("2026-03-08 02:30:00", "America/New_York"), "2026-03-08 07:30:00");
    }

    #[test]
    fn of_a_time_that_the_clocks_pass_twice_it_is_the_first() {
        assert_eq!(utc("2026-10-25 02:30:00", "Europe/Berlin"), "2026-10-25 00:30:00");
        assert_eq!(utc("2026-10-25 03:00", "Europe/Berlin"), "2026-10-25 02:00:00");
        assert_eq!(utc("2026-11-01 01:30:00", "America/New_York"), "2026-11-01 05:30:00");
    }

    #[test]
    fn an_offset_in_the_text_goes_before_the_zone() {
        assert_eq!(utc("2026-10-25T02:30:00+01:00", "Europe/Berlin"), "2026-10-25 01:30:00");
        assert_eq!(utc("2026-10-25T02:30:00Z", "America/New_York"), "2026-10-25 02:30:00");
        assert_eq!(utc("2026-07-01", "America/New_York"), "2026-07-01 04:00:00");
        assert!(utc("yesterday", "UTC").contains("`yesterday` is no time"));
    }
}
