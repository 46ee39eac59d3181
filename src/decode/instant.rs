//! Days and instants as Jira writes them: `2024-01-02`, `2021-01-17T12:34:00.000+0000`, `…-03:00`, `…Z`, with or
//! without seconds and fractions.

const DAY: i64 = 86_400;

/// Days since 1970-01-01 of `YYYY-MM-DD`; nothing for any other text or a day that no calendar has.
pub(super) fn day(text: &str) -> Option<i32> {
    let (day, rest) = leading_day(text.as_bytes())?;
    rest.is_empty().then_some(day)
}

/// Microseconds since 1970-01-01T00:00Z of `YYYY-MM-DDTHH:MM[:SS[.fraction]]` and an offset (`Z`, `±hh`, `±hhmm` or
/// `±hh:mm`). A blank may stand for the `T`. Digits below the microsecond are cut off. Text without an offset is no
/// instant, and neither is a leap second, which the microsecond count has no place for.
pub(super) fn instant(text: &str) -> Option<i64> {
    let (day, rest) = leading_day(text.as_bytes())?;
    let (b'T' | b't' | b' ', rest) = rest.split_first()? else { return None };
    let (hour, rest) = two(rest, 23)?;
    let (minute, mut rest) = two(rest.strip_prefix(b":")?, 59)?;
    let (mut second, mut micros) = (0, 0);
    if let Some(seconds) = rest.strip_prefix(b":") {
        (second, rest) = two(seconds, 59)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            (micros, rest) = micros_of(fraction)?;
        }
    }
    let seconds = i64::from(day) * DAY + hour * 3600 + minute * 60 + second - offset(rest)?;
    Some(seconds * 1_000_000 + micros)
}

fn leading_day(text: &[u8]) -> Option<(i32, &[u8])> {
    let (century, rest) = two(text, 99)?;
    let (of_century, rest) = two(rest, 99)?;
    let (month, rest) = two(rest.strip_prefix(b"-")?, 12)?;
    let (day, rest) = two(rest.strip_prefix(b"-")?, 31)?;
    let year = century * 100 + of_century;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        0 => return None,
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day == 0 || day > length {
        return None;
    }
    Some((i32::try_from(days_since_1970(year, month, day)).ok()?, rest))
}

/// The civil calendar counted from March, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year, month and day of a count of days since 1970-01-01.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn two(text: &[u8], most: i64) -> Option<(i64, &[u8])> {
    let [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] = text else { return None };
    let value = i64::from(a - b'0') * 10 + i64::from(b - b'0');
    (value <= most).then_some((value, rest))
}

fn micros_of(fraction: &[u8]) -> Option<(i64, &[u8])> {
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = fraction.split_at(digits);
    if digits.is_empty() {
        return None;
    }
    let mut micros = 0;
    for place in 0..6 {
        micros = micros * 10 + digits.get(place).map_or(0, |b| i64::from(b - b'0'));
    }
    Some((micros, rest))
}

/// Seconds east of Greenwich.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text.split_first()? {
        (b'Z' | b'z', []) => return Some(0),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two(rest, 23)?;
    let minutes = match rest {
        [] => 0,
        rest => {
            let (minutes, end) = two(rest.strip_prefix(b":").unwrap_or(rest), 59)?;
            if !end.is_empty() {
                return None;
            }
            minutes
        }
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::{civil, day, instant};

    #[test]
    fn every_way_in_which_jira_writes_an_offset_means_the_same_instant() {
        for text in [
            "2021-01-17T12:34:00.000+0000",
            "2021-01-17T12:34:00.000Z",
            "2021-01-17T12:34Z",
            "2021-01-17 12:34:00+00",
            "2021-01-17T14:34:00+02:00",
            "2021-01-17T09:34:00.000-0300",
            "2021-01-17T18:04:00.0000000+0530",
        ] {
            assert_eq!(instant(text), Some(1_610_886_840_000_000), "{text}");
        }
        assert_eq!(instant("1969-12-31T23:59:59.999999Z"), Some(-1));
        assert_eq!(instant("2021-01-17T12:34:00.1234567Z"), Some(1_610_886_840_123_456));
    }

    #[test]
    fn text_that_is_no_instant_is_refused() {
        for text in [
            "2021-01-17T12:34:00",
            "2021-01-17",
            "2021-01-17T12Z",
            "2021-01-17T24:00:00Z",
            "2021-01-17T12:60:00Z",
            "2016-12-31T23:59:60Z",
            "2021-01-17T12:34:00.Z",
            "2021-01-17T12:34:00+2400",
            "2021-01-17T12:34:00+02:60",
            "2021-01-17T12:34:00+02:00x",
            "2021-01-17T12:34:00Zx",
            "2021-13-17T12:34:00Z",
            "17/Jan/21 12:34 PM",
            "",
            "２021-01-17",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-02-29"), Some(11_016));
        assert_eq!(day("0000-03-01"), Some(-719_468));
        assert_eq!(day("9999-12-31"), Some(2_932_896));
        for text in [
            "1900-02-29",
            "2023-02-29",
            "2024-04-31",
            "2024-00-10",
            "2024-01-00",
            "2024-1-2",
            "2024-01-02T00:00Z",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_survives_the_way_there_and_back() {
        for days in (-719_468..2_932_896).step_by(97) {
            let (y, m, d) = civil(days);
            assert_eq!(day(&format!("{y:04}-{m:02}-{d:02}")).map(i64::from), Some(days));
        }
    }
}
