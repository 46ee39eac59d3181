//! What an answer is before anybody reads rows out of it: data, a web page, or a refusal with a reason. Error bodies
//! come in several shapes and may be anything; what is shown of them is redacted, then escaped, then clipped.

use serde_json::Value;

use crate::connection::Redactor;

/// Most characters shown of what a server says.
const MOST_SHOWN: usize = 300;

/// What a decoder says about bytes that are no whole JSON document. Such an answer is asked for again, since most
/// often something on the way has cut or replaced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBody {
    /// Where and what; a line without data of rows.
    pub message: String,
}

impl BadBody {
    /// Takes what a JSON parser said.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Whether a successful answer is a web page: by what it says of itself or by how it begins.
pub(super) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    let says_so = content_type.is_some_and(|it| {
        let it = it.trim().to_ascii_lowercase();
        it.starts_with("text/html") || it.starts_with("application/xhtml")
    });
    says_so || body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// What the server says in a body, message by message: Jira's `errorMessages` and `errors`, the gateway's `message`,
/// Service Management's `errorMessage`, a page's title, or the text itself.
pub(super) fn messages(body: &[u8], redactor: &Redactor) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let found = match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut found = Vec::new();
            collect(&value, &mut found);
            if found.is_empty() && !text.is_empty() && !matches!(text, "{}" | "[]" | "null") {
                found.push(text.to_owned());
            }
            found
        }
        Err(_) if is_html(None, text.as_bytes()) => title(text).into_iter().collect(),
        Err(_) if text.is_empty() => Vec::new(),
        Err(_) => vec![text.to_owned()],
    };
    let mut room = MOST_SHOWN;
    let mut shown = Vec::new();
    for message in found {
        if room == 0 {
            break;
        }
        let clean = clean(&message, redactor, room);
        room = room.saturating_sub(clean.chars().count());
        if !clean.is_empty() {
            shown.push(clean);
        }
    }
    shown
}

/// A text from outside, fit for a screen: without secrets, on one line, at most `room` characters.
pub(super) fn clean(text: &str, redactor: &Redactor, room: usize) -> String {
    let text = redactor.redact(text);
    let mut shown = String::new();
    let mut left = room;
    for letter in text.trim().chars() {
        if left == 0 {
            shown.push('…');
            break;
        }
        left -= 1;
        if letter.is_control() || is_direction_mark(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// [`clean`] with the usual room.
pub(super) fn clean_line(text: &str, redactor: &Redactor) -> String {
    clean(text, redactor, MOST_SHOWN)
}

/// Characters that make a terminal show the text after them in another order.
fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn collect(value: &Value, found: &mut Vec<String>) {
    let Value::Object(object) = value else {
        return;
    };
    for name in ["errorMessages", "warningMessages"] {
        if let Some(Value::Array(messages)) = object.get(name) {
            found.extend(messages.iter().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    match object.get("errors") {
        Some(Value::Object(fields)) => {
            found.extend(fields.iter().map(|(field, what)| format!("{field}: {}", plain(what))));
        }
        Some(Value::Array(errors)) => {
            for error in errors {
                match error {
                    Value::Object(_) => {
                        let said = ["message", "detail", "title"].iter().find_map(|name| error.get(name));
                        found.push(plain(said.unwrap_or(error)));
                    }
                    _ => found.push(plain(error)),
                }
            }
        }
        _ => {}
    }
    if found.is_empty() {
        let names = ["errorMessage", "message", "error_description", "detail", "error", "title"];
        let said = names.iter().find_map(|name| object.get(*name)).filter(|it| !it.is_null());
        found.extend(said.map(plain));
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = page[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| format!("page titled \"{title}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Secret;

    fn said(body: &str) -> Vec<String> {
        messages(body.as_bytes(), &Redactor::new())
    }

    #[test]
    fn every_shape_of_error_body_gives_its_messages() {
        assert_eq!(
            said(r#"{"errorMessages":["no"],"errors":{"jql":"bad"},"status":400}"#),
            ["no", "jql: bad"]
        );
        assert_eq!(
            said(r#"{"code":401,"message":"Unauthorized; scope does not match"}"#),
            ["Unauthorized; scope does not match"]
        );
        assert_eq!(said(r#"{"errorMessage":"gone","i18nErrorMessage":{}}"#), ["gone"]);
        assert_eq!(said(r#"{"errors":[{"code":"X","message":"m"},"n"]}"#), ["m", "n"]);
        assert_eq!(said("<!doctype html><TITLE lang=en>Log\n in</TITLE><p>x"), ["page titled \"Log in\""]);
        assert_eq!(said("plain words"), ["plain words"]);
        assert_eq!(said(r#"{"a":1}"#), [r#"{"a":1}"#]);
        for nothing in ["", "{}", r#"{"errorMessages":[],"errors":{}}"#.trim_end(), "<html></html>"] {
            assert!(said(nothing).len() <= usize::from(nothing.contains("errorMessages")), "{nothing}");
        }
    }

    #[test]
    fn what_a_server_says_is_clipped_and_cannot_steer_a_terminal() {
        let shown = said(&format!("\u{1b}[31mred\u{202e}\r\n{}", "x".repeat(1000))).concat();
        assert!(shown.starts_with("\\u{1b}[31mred\\u{202e}\\r\\nxx"), "{shown}");
        assert!(!shown.contains(char::is_control) && shown.chars().count() < 330, "{}", shown.len());
        let many = said(&format!(r#"{{"errorMessages":["{}","{}","c"]}}"#, "a".repeat(200), "b".repeat(200)));
        assert_eq!(many.iter().map(String::len).collect::<Vec<_>>(), [200, 100 + '…'.len_utf8()]);
    }

    #[test]
    fn a_secret_on_the_clipping_edge_is_taken_out_whole() {
        let redactor = Redactor::new().with_secret(&Secret::new("hunter2hunter2"));
        for before in 280..305 {
            let body = format!("{}hunter2hunter2", "x".repeat(before));
            assert!(!messages(body.as_bytes(), &redactor).concat().contains("hu"), "{before}");
        }
    }

    #[test]
    fn a_web_page_is_known_by_its_type_or_its_first_sign() {
        assert!(is_html(Some("Text/HTML; charset=utf-8"), b"{}"));
        assert!(is_html(Some("application/json"), b" \n<html>"));
        assert!(!is_html(Some("application/json"), b"{\"a\":\"<\"}"));
        assert!(!is_html(None, b""));
    }
}
