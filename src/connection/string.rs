//! The text of a connection string: `[NAME=]Key=Value;…` into keys and values. It knows quotes and `${ENV}`, and not
//! what any value means. Messages name keys and neighbours, never a value.

use super::error::ConnectionError;
use super::keys::{self, Key, Visibility};
use super::secret::Secret;

/// A connection string, split.
#[derive(Clone, Default)]
pub(super) struct Parts {
    /// The `NAME=` before the first key.
    pub(super) name: Option<String>,
    /// The keys as written, in order, each once.
    pub(super) values: Vec<(&'static Key, Value)>,
}

/// One value after quotes and environment variables.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) text: String,
    /// Whether any of it came out of the environment: such a text is never shown in a message.
    pub(super) from_environment: bool,
    /// As it was written, `${NAME}` and all.
    pub(super) written: String,
}

/// Splits a connection string. `env` gives the environment's variables.
pub(super) fn split(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Parts, ConnectionError> {
    let (name, mut rest) = split_name(text);
    let mut parts = Parts { name: name.map(str::to_owned), values: Vec::new() };
    let mut before: Option<Neighbour> = None;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if rest.is_empty() {
            return Ok(parts);
        }
        let end = rest.find([';', '=']).unwrap_or(rest.len());
        let written = rest[..end].trim();
        if !rest[end..].starts_with('=') {
            return Err(ConnectionError::NoEquals { place: place(before.as_ref()) });
        }
        if written.is_empty() {
            return Err(ConnectionError::NoKey { place: place(before.as_ref()) });
        }
        let key = keys::find(written).ok_or_else(|| unknown(written, before.as_ref()))?;
        if parts.values.iter().any(|(other, _)| other.id == key.id) {
            return Err(ConnectionError::Duplicate { key: key.name });
        }
        let (raw, quoted, after) = read_value(key.name, rest[end + 1..].trim_start())?;
        parts.values.push((key, expand(key.name, &raw, env)?));
        before = Some(Neighbour { key, quoted });
        rest = after;
    }
}

/// What a text holds in places where connection strings and addresses have secrets, whatever else it is or lacks.
/// For messages that repeat what a person wrote in the wrong place.
pub fn secrets_in(text: &str) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (at, _) in text.match_indices('=') {
        let start = text[..at].rfind([';', '=', '\'', '"']).map_or(0, |separator| separator + 1);
        let Some(key) = keys::find(&text[start..at]).filter(|key| key.visibility == Visibility::Secret)
        else {
            continue;
        };
        let rest = text[at + 1..].trim_start();
        match read_value(key.name, rest) {
            Ok((value, ..)) => secrets.push(value),
            // Where its end is can't be known.
            Err(_) => secrets.push(rest.chars().skip(1).collect()),
        }
    }
    for (at, _) in text.match_indices("://") {
        let authority = text[at + 3..].split(['/', '?', '#', ';']).next().unwrap_or_default();
        secrets.extend(
            authority.rsplit_once('@').and_then(|(user, _)| Some(user.split_once(':')?.1.to_owned())),
        );
    }
    secrets.retain(|secret| !secret.is_empty() && !secret.starts_with("${"));
    secrets.into_iter().map(Secret::new).collect()
}

/// The key before the one that a message is about.
struct Neighbour {
    key: &'static Key,
    quoted: bool,
}

fn place(before: Option<&Neighbour>) -> String {
    before
        .map_or_else(|| "the connection string".to_owned(), |it| format!("the part after `{}`", it.key.name))
}

/// The error for an unknown key. After an unquoted secret the "key" may be the rest of that secret, which held a `;`:
/// it is shown only if it is a typo of a known key.
fn unknown(written: &str, before: Option<&Neighbour>) -> ConnectionError {
    let nearest = keys::nearest(written);
    let may_be_secret = before.is_some_and(|it| it.key.visibility == Visibility::Secret && !it.quoted);
    let looks_like_a_key =
        written.chars().count() <= 40 && written.chars().all(|c| c.is_alphabetic() || c == ' ');
    let written = if nearest.is_typo || (looks_like_a_key && !may_be_secret) {
        format!("`{written}`")
    } else {
        format!("the text before `=` in {}", place(before))
    };
    ConnectionError::UnknownKey { written, nearest: nearest.name }
}

/// `NAME=` is a name if it is no key itself and a key follows it: `prod=URL=…`. A misspelt first key
/// (`Usr=a@b.c;Token=…`) is not taken for a name.
fn split_name(text: &str) -> (Option<&str>, &str) {
    let Some((head, tail)) = text.split_once('=') else {
        return (None, text);
    };
    let name = head.trim();
    let is_identifier = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_identifier || keys::find(name).is_some() {
        return (None, text);
    }
    let tail = tail.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    let Some((next, _)) = tail.split_once('=') else {
        return (None, text);
    };
    let next = next.trim();
    let is_key = keys::find(next).is_some()
        || (!next.contains(';') && keys::nearest(next).is_typo && !keys::nearest(name).is_typo);
    if is_key { (Some(name), tail) } else { (None, text) }
}

/// The quotes that close a value which begins with this one.
fn closers(open: char) -> Option<&'static [char]> {
    match open {
        '\'' => Some(&['\'']),
        '"' => Some(&['"']),
        '‘' | '’' | '‚' => Some(&['’', '‘']),
        '“' | '”' | '„' => Some(&['”', '“']),
        _ => None,
    }
}

/// Reads one value: (value, whether it was quoted, what follows it).
fn read_value<'a>(key: &'static str, text: &'a str) -> Result<(String, bool, &'a str), ConnectionError> {
    let Some(closers) = text.chars().next().and_then(closers) else {
        let end = text.find(';').unwrap_or(text.len());
        return Ok((text[..end].trim_end().to_owned(), false, &text[end..]));
    };
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if !closers.contains(&letter) {
            value.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == letter) {
            letters.next();
            value.push(letter);
        } else {
            let after = text[at + letter.len_utf8()..].trim_start();
            if after.is_empty() || after.starts_with(';') {
                return Ok((value, true, after));
            }
            return Err(ConnectionError::TextAfterQuote { key });
        }
    }
    Err(ConnectionError::UnclosedQuote { key })
}

/// Puts environment variables in: `${NAME}`; `$${` stands for `${` itself. What a variable holds is taken as it is.
pub(super) fn expand(
    key: &'static str,
    raw: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Value, ConnectionError> {
    let mut value = Value { text: String::new(), from_environment: false, written: raw.to_owned() };
    let mut rest = raw;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            value.text.push_str(&rest[..at]);
            value.text.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        value.text.push_str(&rest[..at]);
        let (variable, after) = rest[at + 2..].split_once('}').ok_or(ConnectionError::BadVariable { key })?;
        let variable = variable.trim();
        let is_name = variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return Err(ConnectionError::BadVariable { key });
        }
        let found = env(variable)
            .ok_or_else(|| ConnectionError::NoVariable { key, variable: variable.to_owned() })?;
        value.text.push_str(&found);
        value.from_environment = true;
        rest = after;
    }
    value.text.push_str(rest);
    Ok(value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "semi;colon${X}".to_owned())
    }

    fn pairs(text: &str) -> Vec<(&'static str, String)> {
        let parts = split(text, &env).map_err(|error| error.to_string()).unwrap();
        parts.values.into_iter().map(|(key, value)| (key.name, value.text)).collect()
    }

    fn error(text: &str) -> String {
        split(text, &env).err().unwrap().to_string()
    }

    #[test]
    fn values_may_be_bare_or_in_any_quotes_with_inner_quotes_doubled() {
        let text =
            "URL = https://x ; user='a;b' ;Api Token=\"c\"\"d\";;TimeZone=“Europe/Berlin”; Host=„e““f”";
        let expected = [
            ("URL", "https://x"),
            ("User", "a;b"),
            ("APIToken", "c\"d"),
            ("TimeZone", "Europe/Berlin"),
            ("Host", "e“f"),
        ];
        assert_eq!(pairs(text), expected.map(|(key, value)| (key, value.to_owned())));
        assert_eq!(pairs("User=‘it’’s’"), [("User", "it’s".to_owned())]);
        assert_eq!(pairs("Token=abc=="), [("APIToken", "abc==".to_owned())]);
    }

    #[test]
    fn a_variable_is_put_in_as_it_is() {
        assert_eq!(
            pairs("Token=${TOKEN};User='x${TOKEN}y$${TOKEN}'"),
            [("APIToken", "semi;colon${X}".to_owned()), ("User", "xsemi;colon${X}y${TOKEN}".to_owned()),]
        );
        assert_eq!(
            error("Token=${NOPE}"),
            "`APIToken` refers to the environment variable `NOPE`, which is not set"
        );
        assert!(error("Token=hunter${2").contains("`$${`") && !error("Token=hunter${2").contains("hunter"));
    }

    #[test]
    fn a_name_before_the_first_key_names_the_connection() {
        let name = |text: &str| split(text, &env).unwrap().name;
        assert_eq!(name("prod=URL=x;User=y").as_deref(), Some("prod"));
        assert_eq!(name(" my_site = api token=y").as_deref(), Some("my_site"));
        assert_eq!(name("URL=x;User=y"), None);
        assert_eq!(name("User=URL=x"), None);
    }

    #[test]
    fn a_misspelt_first_key_is_not_taken_for_a_name() {
        assert_eq!(
            error("Usr=a@b.c;Token=x"),
            "`Usr` is no key of a connection string; the nearest is `User`"
        );
        assert_eq!(
            error("prod=Ulr=https://x;Token=x"),
            "`Ulr` is no key of a connection string; the nearest is `URL`"
        );
    }

    #[test]
    fn a_key_stands_once_under_any_of_its_names() {
        assert_eq!(error("Token=a;API Token=b"), "`APIToken` is written twice; write it once");
    }

    #[test]
    fn no_message_shows_a_piece_of_a_secret() {
        for text in [
            "Token=hunter;two",
            "Token=x;hunter=2",
            "Token=x;=hunter",
            "Token='hunter",
            "Token='x'hunter",
            "Token=x;hunter two",
            "hunter2",
            "name=hunter2==",
        ] {
            let error = error(text);
            assert!(!error.contains("hunter"), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_are_found_in_a_text_that_is_no_connection_string_too() {
        let found = |text: &str| secrets_in(text).iter().map(|it| it.expose().to_owned()).collect::<Vec<_>>();
        assert_eq!(found("URL=https://a.b;User=c;APIToken=s3cret;Timeout=5"), ["s3cret"]);
        assert_eq!(found("prod=Token=s3cret=="), ["s3cret=="]);
        assert_eq!(found("--conect=api token = 's;3' ;Pwd=\"x\"\"y\""), ["s;3", "x\"y"]);
        assert_eq!(found("Usr=c;Password='never closed;x"), ["never closed;x"]);
        assert_eq!(found("https://me:s3cret@a.b/c"), ["s3cret"]);
        assert_eq!(found("APIToken=${JIRA_TOKEN};Password="), [] as [&str; 0]);
        assert_eq!(found("SELECT * FROM t WHERE a = 'b' AND Url = 'https://a.b/@c:d'"), [] as [&str; 0]);
    }
}
