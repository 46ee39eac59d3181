//! The one type that may hold a credential, and the text filter that takes credentials out of what others wrote.
//! A server, a proxy or a library may echo a token; nothing of that kind may reach a screen, a log or a file.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// What stands in place of a secret, everywhere.
pub const MASK: &str = "***";

/// Fewest characters of a base64 form that is looked for inside a longer base64 text: shorter ones match by chance.
const SHORTEST_INNER_BASE64: usize = 8;

/// A password, token or client secret. It prints as `***`, cannot be serialised, and gives its text only to
/// [`Secret::expose`], so that every place which uses one can be found by that word.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in. From here on only [`Secret::expose`] shows it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the header that carries it and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Takes secrets out of texts: in plain, URL-encoded (whichever characters an encoder chose, once or twice), base64
/// (alone, or inside a longer base64 text such as that of `user:secret`), JSON-escaped and HTML-escaped form.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Looked for as they are and percent-encoded.
    secrets: Vec<Secret>,
    /// Looked for as they are. Longest first, so that a form which contains another is replaced whole.
    forms: Vec<String>,
}

impl Redactor {
    /// A filter that knows no secret yet and changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret in all its forms.
    pub fn with_secret(mut self, secret: &Secret) -> Self {
        self.add_text(secret.expose());
        self
    }

    /// Adds what Basic authentication makes of a user and a secret, besides the secret itself.
    pub fn with_basic(mut self, user: &str, secret: &Secret) -> Self {
        self.add_text(secret.expose());
        if !secret.expose().is_empty() {
            let pair = format!("{user}:{}", secret.expose());
            self.add_base64(&pair);
            self.sort();
        }
        self
    }

    /// The text with `***` wherever a known secret stood. To be called before a text is clipped, since half a secret
    /// is no longer recognised.
    pub fn redact(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for form in &self.forms {
            if clean.contains(form.as_str()) {
                clean = clean.replace(form.as_str(), MASK);
            }
        }
        self.secrets.iter().fold(clean, |clean, secret| replace_encoded(&clean, secret.expose()))
    }

    fn add_text(&mut self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        self.secrets.push(Secret::new(secret));
        self.add_base64(secret);
        // serde_json cannot fail on a string; were it to, the plain form is still there.
        if let Ok(json) = serde_json::to_string(secret) {
            self.forms.push(json[1..json.len() - 1].to_owned());
        }
        let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.forms.push(html.replace('"', "&quot;").replace('\'', "&#39;"));
        self.forms.push(html.replace('"', "&#34;").replace('\'', "&apos;"));
        self.sort();
    }

    fn add_base64(&mut self, text: &str) {
        for engine in [&STANDARD, &URL_SAFE] {
            self.forms.push(engine.encode(text).trim_end_matches('=').to_owned());
            // Inside a longer text the same bytes start at one of three positions of a four-character group. Only the
            // characters that these bytes alone decide can be looked for.
            for before in 0..3_usize {
                let mut bytes = vec![0; before];
                bytes.extend_from_slice(text.as_bytes());
                let encoded = engine.encode(&bytes);
                let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
                if end.saturating_sub(start) >= SHORTEST_INNER_BASE64 {
                    self.forms.push(encoded[start..end].to_owned());
                }
            }
        }
    }

    fn sort(&mut self) {
        self.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.forms.len())
    }
}

/// [`Redactor`] for one text: the text without these secrets in plain, base64, URL-encoded and escaped form.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    secrets.iter().fold(Redactor::new(), Redactor::with_secret).redact(text)
}

/// The text with the mask for every place where the secret stands, each of its bytes plain or percent-encoded.
fn replace_encoded(text: &str, secret: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = after_secret(rest.as_bytes(), secret);
        if let Some(after) = after {
            clean.push_str(MASK);
            rest = &rest[rest.len() - after.len()..];
        } else {
            clean.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    clean
}

/// What follows the secret that a text begins with, if it does. A secret that itself holds `%` can be read in several
/// ways, so all of them are followed, and the longest is taken.
fn after_secret<'a>(text: &'a [u8], secret: &str) -> Option<&'a [u8]> {
    let mut open = vec![text];
    for byte in secret.bytes() {
        open = open.into_iter().flat_map(|rest| after_byte(rest, byte)).collect();
        open.sort_unstable_by_key(|rest| rest.len());
        open.dedup_by_key(|rest| rest.len());
        if open.is_empty() {
            return None;
        }
    }
    open.first().copied()
}

/// What may follow one byte of a secret in a text: after the byte itself, `%XX`, `%25XX`, or `+` for a space.
fn after_byte(text: &[u8], byte: u8) -> impl Iterator<Item = &[u8]> {
    let is_hex = |digits: [u8; 2]| {
        std::str::from_utf8(&digits).ok().and_then(|it| u8::from_str_radix(it, 16).ok()) == Some(byte)
    };
    let twice = match text {
        [b'%', b'2', b'5', high, low, rest @ ..] if is_hex([*high, *low]) => Some(rest),
        _ => None,
    };
    let once = match text {
        [b'%', high, low, rest @ ..] if is_hex([*high, *low]) => Some(rest),
        _ => None,
    };
    let plain = match text {
        [first, rest @ ..] if *first == byte || (*first == b'+' && byte == b' ') => Some(rest),
        _ => None,
    };
    [twice, once, plain].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const SOME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'=');
    const TOKEN: &str = "ATATT3x/Ff+GN0\"z&é=9";

    #[test]
    fn a_secret_prints_as_asterisks() {
        let secret = Secret::new(TOKEN);
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
    }

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let secret = Secret::new(TOKEN);
        let forms = [
            TOKEN.to_owned(),
            STANDARD.encode(TOKEN),
            URL_SAFE.encode(TOKEN),
            utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(TOKEN, SOME).to_string(),
            utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string().replace('%', "%25"),
            TOKEN.replace('/', "%2f").replace('+', "%2b"),
            url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect(),
            serde_json::to_string(TOKEN).unwrap_or_default(),
            "ATATT3x/Ff+GN0&quot;z&amp;é=9".to_owned(),
        ];
        for form in forms {
            let clean = redact(&format!("before {form} after"), std::slice::from_ref(&secret));
            assert!(clean.starts_with("before ") && clean.ends_with(" after"), "{clean}");
            assert!(clean.contains(MASK) && !clean.contains("GN0") && clean.len() < 26, "{clean}");
        }
    }

    #[test]
    fn a_basic_header_is_taken_out_for_any_user() {
        let secret = Secret::new(TOKEN);
        for user in ["a", "ab", "abc", "someone@example.com"] {
            let header = STANDARD.encode(format!("{user}:{TOKEN}"));
            let known = Redactor::new().with_basic(user, &secret).redact(&format!("Basic {header}"));
            assert_eq!(known.trim_end_matches('='), "Basic ***", "{user}");
            let unknown = redact(&header, std::slice::from_ref(&secret));
            assert!(unknown.contains(MASK), "{user}: {unknown}");
        }
    }

    #[test]
    fn a_secret_that_looks_encoded_is_taken_out_however_it_is_read() {
        let token = "%25Aa!0a";
        for form in [token, "%2525Aa%210a", "%252525Aa%25210a"] {
            let clean = redact(&format!("a {form} b"), &[Secret::new(token)]);
            assert_eq!(clean, "a *** b", "{form}");
        }
    }

    #[test]
    fn an_empty_secret_changes_nothing() {
        assert_eq!(redact("some text", &[Secret::new("")]), "some text");
    }
}
