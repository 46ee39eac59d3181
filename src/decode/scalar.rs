//! Single values out of their JSON text. Each function takes the text of one valid JSON value and gives nothing where it
//! does not fit.

use std::borrow::Cow;

/// The content of a JSON string, borrowed unless it has escapes. Nothing for other values and for lone surrogates.
pub(super) fn string(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if inner.as_bytes().contains(&b'\\') {
        serde_json::from_str::<String>(text).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Text: a string's content; a number or boolean as its JSON text.
pub(super) fn text(text: &str) -> Option<Cow<'_, str>> {
    match text.as_bytes().first()? {
        b'"' => string(text),
        b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(text)),
    }
}

/// A whole number: `3`, `3.0`, `1.0E3`, `"3"`. Exact, or nothing.
pub(super) fn int64(text: &str) -> Option<i64> {
    match text.as_bytes().first()? {
        b'"' => {
            let inner = string(text)?;
            let digits = inner.strip_prefix('-').unwrap_or(&inner);
            let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if all_digits { inner.parse().ok() } else { None }
        }
        b'-' | b'0'..=b'9' => text.parse().ok().or_else(|| whole(text)),
        _ => None,
    }
}

/// The exact value of a number with a fraction or an exponent, where that is whole.
fn whole(number: &str) -> Option<i64> {
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (number, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().all(|b| b == b'0') {
        return Some(0);
    }
    let zeros_at_end = digits().rev().take_while(|b| *b == b'0').count();
    let significant = whole.len() + fraction.len() - zeros_at_end;
    let places = i64::try_from(zeros_at_end).ok()? - i64::try_from(fraction.len()).ok()?;
    let places = u32::try_from(exponent.parse::<i64>().ok()?.checked_add(places)?).ok()?;
    let mut value = 0_i64;
    for digit in digits().take(significant) {
        let digit = i64::from(digit - b'0');
        value = value.checked_mul(10)?.checked_add(if negative { -digit } else { digit })?;
    }
    value.checked_mul(10_i64.checked_pow(places)?)
}

/// A number, also where it is written as a string. Nothing beyond the range of finite numbers.
pub(super) fn float64(text: &str) -> Option<f64> {
    let owned;
    let number = match text.as_bytes().first()? {
        b'"' => {
            owned = string(text)?;
            &*owned
        }
        _ => text,
    };
    // Rust's parser also takes `inf`, `nan`, `+1` and `.5`.
    let starts = number.strip_prefix('-').unwrap_or(number).starts_with(|c: char| c.is_ascii_digit());
    let value = if starts { number.parse::<f64>().ok()? } else { return None };
    value.is_finite().then_some(value)
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An instant in microseconds: text with an offset, or a whole number of epoch milliseconds.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    match text.as_bytes().first()? {
        b'"' => super::instant::instant(&string(text)?),
        _ => int64(text)?.checked_mul(1000),
    }
}

/// A day, as days since 1970-01-01.
pub(super) fn date(text: &str) -> Option<i32> {
    super::instant::day(&string(text)?)
}

/// The same JSON without blanks between its parts.
pub(super) fn compact(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let Some(first) = next_blank(bytes, 0) else { return Cow::Borrowed(text) };
    let mut compact = String::with_capacity(text.len());
    let (mut from, mut blank) = (0, Some(first));
    while let Some(at) = blank {
        compact.push_str(&text[from..at]);
        from = at + bytes[at..].iter().take_while(|b| is_blank(**b)).count();
        blank = next_blank(bytes, from);
    }
    compact.push_str(&text[from..]);
    Cow::Owned(compact)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The next blank at or after `from` that is not in a string; `from` is not in one either.
fn next_blank(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if is_blank(byte) {
            return Some(at);
        }
        at += 1;
        if byte == b'"' {
            while let Some(&inner) = bytes.get(at) {
                at += if inner == b'\\' { 2 } else { 1 };
                if inner == b'"' {
                    break;
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_or_refused() {
        for (json, value) in [
            ("3", 3),
            ("-0", 0),
            ("3.0", 3),
            ("-3.000", -3),
            ("1.0E7", 10_000_000),
            ("120e-1", 12),
            ("1.5e1", 15),
            ("0.0e999999999999999999999", 0),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808.0", i64::MIN),
            ("922337203685477580.7e1", i64::MAX),
            ("\"10001\"", 10_001),
            ("\"-5\"", -5),
            ("\"\\u0031\"", 1),
        ] {
            assert_eq!(int64(json), Some(value), "{json}");
        }
        for json in [
            "3.5",
            "1e-1",
            "9223372036854775808",
            "1e19",
            "1e999",
            "1e99999999999999999999",
            "\"\"",
            "\"-\"",
            "\"+5\"",
            "\"3.0\"",
            "\" 3\"",
            "\"99999999999999999999\"",
            "true",
            "null",
            "[]",
            "{}",
        ] {
            assert_eq!(int64(json), None, "{json}");
        }
    }

    #[test]
    fn numbers_are_finite_or_refused() {
        assert_eq!(float64("12.5"), Some(12.5));
        assert_eq!(float64("\"-1.0E7\""), Some(-1.0e7));
        for json in
            ["1e999", "\"inf\"", "\"NaN\"", "\"+1\"", "\".5\"", "\"\"", "\"-\"", "\"1 \"", "true", "[1]"]
        {
            assert_eq!(float64(json), None, "{json}");
        }
    }

    #[test]
    fn strings_with_escapes_are_unescaped_and_lone_surrogates_refused() {
        assert_eq!(string(r#""a\n\"\u00e9\ud83d\ude00""#).as_deref(), Some("a\n\"é😀"));
        assert_eq!(string(r#""\ud83d""#), None);
        assert_eq!(string(r#""a\\""#).as_deref(), Some("a\\"));
    }

    #[test]
    fn compacting_leaves_strings_alone() {
        let json = "{ \"a b\" :\t[ 1 , \"x \\\" y\\\\\" ] ,\r\n \"c\": { } }";
        assert_eq!(compact(json), "{\"a b\":[1,\"x \\\" y\\\\\"],\"c\":{}}");
        assert!(matches!(compact("{\"a b\":1}"), Cow::Borrowed(_)));
    }
}
