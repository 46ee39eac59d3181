//! JQL that a person wrote, cut into tokens as far as it takes to put it into parentheses beside other conditions: what
//! is accepted can't reach out of them. What it says is the service's to judge.

use std::str::FromStr;

use thiserror::Error;

/// A condition in JQL, as it was written, and its ORDER BY, which is no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawJql {
    /// The condition. Every quote and bracket in it is closed, and none closes what stands outside.
    pub condition: String,
    /// What stood behind ORDER BY.
    pub order: Option<String>,
}

/// A text that can't stand in parentheses as a condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}{}", self.place())]
pub struct BadJql {
    what: &'static str,
    /// Where, and what stands there; nowhere if it is the whole.
    at: Option<(usize, String)>,
}

impl BadJql {
    fn whole(what: &'static str) -> Self {
        Self { what, at: None }
    }

    /// At this byte of the text.
    fn new(what: &'static str, text: &str, at: usize) -> Self {
        const SHOWN: usize = 30;
        let mut shown: String = text[at..].chars().take(SHOWN).collect();
        if text[at..].chars().count() > SHOWN {
            shown.push('…');
        }
        Self { what, at: Some((text[..at].chars().count() + 1, shown)) }
    }

    fn place(&self) -> String {
        match &self.at {
            Some((character, shown)) => format!(", at character {character}: `{shown}`"),
            None => String::new(),
        }
    }
}

impl FromStr for RawJql {
    type Err = BadJql;

    fn from_str(text: &str) -> Result<Self, BadJql> {
        let tokens = tokens(text)?;
        let mut open: Vec<(char, usize)> = vec![];
        let mut cut = None;
        for (i, token) in tokens.iter().enumerate() {
            let word = |at: usize, word: &str| tokens.get(at).is_some_and(|it| it.is_word(text, word));
            match token.kind {
                Kind::Sign(opening @ ('(' | '[')) => open.push((opening, token.start)),
                Kind::Sign(closing @ (')' | ']')) => match (open.pop(), closing) {
                    (Some(('(', _)), ')') | (Some(('[', _)), ']') => {}
                    (Some((_, start)), _) => {
                        return Err(BadJql::new(
                            "this bracket is closed by one of another kind",
                            text,
                            start,
                        ));
                    }
                    (None, _) => return Err(BadJql::new("this bracket closes nothing", text, token.start)),
                },
                Kind::Word if word(i, "order") && word(i + 1, "by") => match open.last() {
                    Some(_) => {
                        return Err(BadJql::new(
                            "ORDER BY stands at the end, outside all brackets",
                            text,
                            token.start,
                        ));
                    }
                    None => cut = cut.or(Some(i)),
                },
                _ => {}
            }
        }
        if let Some((_, start)) = open.first() {
            return Err(BadJql::new("this bracket is not closed", text, *start));
        }
        // From token to token: a blank at the end may belong to the last one.
        let own = &tokens[..cut.unwrap_or(tokens.len())];
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            return Err(BadJql::whole("it has no condition"));
        };
        let condition = &text[first.start..last.end];
        let order = cut.map(|cut| order(text, &tokens[cut + 2..])).transpose()?;
        Ok(Self { condition: condition.to_owned(), order })
    }
}

/// What stands behind ORDER BY: fields and directions. A condition there would be lost with it.
fn order(text: &str, tokens: &[Token]) -> Result<String, BadJql> {
    let conjunctions = ["and", "or", "not", "order"];
    let is_order = |it: &&Token| match it.kind {
        Kind::Word => !conjunctions.iter().any(|word| it.is_word(text, word)),
        Kind::Quoted | Kind::Sign(',' | '[' | ']') => true,
        Kind::Sign(_) => false,
    };
    if let Some(other) = tokens.iter().find(|it| !is_order(it)) {
        return Err(BadJql::new("behind ORDER BY stand fields, ASC and DESC alone", text, other.start));
    }
    match tokens {
        [first, ..] => Ok(text[first.start..].trim_end().to_owned()),
        [] => Err(BadJql::whole("its ORDER BY names no field")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Without quotes: a field, a keyword, a number, a value.
    Word,
    Quoted,
    /// Any character that ends a word.
    Sign(char),
}

/// A token and the bytes that it has.
#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

impl Token {
    fn is_word(self, text: &str, word: &str) -> bool {
        self.kind == Kind::Word && text[self.start..self.end].eq_ignore_ascii_case(word)
    }
}

/// Characters that end a word without quotes.
const SIGNS: &str = "\"'=!<>()~,[]|&{}*/%+^$#@?;";

fn tokens(text: &str) -> Result<Vec<Token>, BadJql> {
    let mut found = vec![];
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let after = start + first.len_utf8();
        let (kind, end) = match first {
            c if c.is_whitespace() => {
                start = after;
                continue;
            }
            quote @ ('"' | '\'') => (Kind::Quoted, quoted(text, start, quote)?),
            sign if SIGNS.contains(sign) => (Kind::Sign(sign), after),
            _ => (Kind::Word, word(text, start)?),
        };
        found.push(Token { kind, start, end });
        start = end;
    }
    Ok(found)
}

/// The end of the text in quotes that begins here. What follows a backslash is no quote, whatever it means.
fn quoted(text: &str, start: usize, quote: char) -> Result<usize, BadJql> {
    let mut rest = text[start..].char_indices().skip(1);
    while let Some((at, c)) = rest.next() {
        match c {
            c if c == quote => return Ok(start + at + c.len_utf8()),
            '\\' => {
                rest.next();
            }
            _ => {}
        }
    }
    Err(BadJql::new("this quote is not closed", text, start))
}

/// The end of the word that begins here. A backslash makes one of the characters that the grammar lists part of the word:
/// of any other the service might think differently.
fn word(text: &str, start: usize) -> Result<usize, BadJql> {
    let mut rest = text[start..].char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some((_, 't' | 'n' | 'r' | 'u' | '\\' | '\'' | '"' | ' ')) => {}
                _ => return Err(BadJql::new("this escape is none of JQL", text, start + at)),
            },
            c if c.is_whitespace() || SIGNS.contains(c) => return Ok(start + at),
            _ => {}
        }
    }
    Ok(text.len())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<RawJql, String> {
        text.parse().map_err(|e: BadJql| e.to_string())
    }

    fn condition(text: &str) -> String {
        let RawJql { condition, order } = read(text).unwrap();
        assert_eq!(order, None, "{text}");
        condition
    }

    #[test]
    fn a_condition_stays_as_it_was_written() {
        for text in [
            "project = PAY",
            "project = PAY AND text ~ \"foo (bar\"",
            "text ~ 'it\\'s ) here' or (a = 1 and (b = 2))",
            "summary ~ \"\\\"exact phrase\\\"\"",
            "cf[10016] > 3 AND issue.property[deploy.state].by = x",
            "assignee in membersOf(\"jira-users\") AND created >= -7d",
            "summary ~ order AND summary ~ a\\\"b\\ c",
            "text ~ \"ORDER BY\"",
            "status was in (Done)\n  and labels = Größe",
        ] {
            assert_eq!(condition(text), text);
            assert_eq!(condition(&format!("  {text}\n")), text);
        }
    }

    #[test]
    fn order_by_is_cut_off() {
        for (text, condition, order) in [
            ("project = PAY ORDER BY created DESC, key", "project = PAY", "created DESC, key"),
            ("project = PAY\norder  \n by cf[10016]  ", "project = PAY", "cf[10016]"),
            ("(a = 1)Order By \"Story Points\"", "(a = 1)", "\"Story Points\""),
        ] {
            let order = Some(order.to_owned());
            assert_eq!(read(text), Ok(RawJql { condition: condition.to_owned(), order }), "{text}");
        }
    }

    #[test]
    fn what_is_not_balanced_is_refused_with_its_place() {
        for (text, said) in [
            ("a = 1) OR (b = 2", "this bracket closes nothing, at character 6: `) OR (b = 2`"),
            ("é = 1 and (b = 2", "this bracket is not closed, at character 11: `(b = 2`"),
            ("cf[1) = 2", "this bracket is closed by one of another kind, at character 3: `[1) = 2`"),
            ("text ~ \"foo", "this quote is not closed, at character 8: `\"foo`"),
            ("text ~ 'foo\\'", "this quote is not closed, at character 8: `'foo\\'`"),
            ("a = b\\", "this escape is none of JQL, at character 6: `\\`"),
            ("a = b\\) or x = (1", "this escape is none of JQL, at character 6: `\\) or x = (1`"),
            (
                "(a = 1 order by b)",
                "ORDER BY stands at the end, outside all brackets, at character 8: `order by b)`",
            ),
            (
                "a = 1 order by b and c = 2",
                "behind ORDER BY stand fields, ASC and DESC alone, at character 18: `and c = 2`",
            ),
            (
                "a = 1 order by b = 2",
                "behind ORDER BY stand fields, ASC and DESC alone, at character 18: `= 2`",
            ),
            ("a = 1 order by", "its ORDER BY names no field"),
            ("", "it has no condition"),
            (" \n", "it has no condition"),
            ("order by created", "it has no condition"),
        ] {
            assert_eq!(read(text), Err(said.to_owned()), "{text}");
        }
    }

    /// Does the bracket before the text close at its very end? Written without tokens.
    fn stays_inside(condition: &str) -> bool {
        let all: Vec<char> = format!("({condition})").chars().collect();
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        for (i, c) in all.iter().enumerate() {
            match (escaped, quote, *c) {
                (true, ..) => escaped = false,
                (_, _, '\\') => escaped = true,
                (_, Some(open), c) => quote = Some(open).filter(|open| *open != c),
                (_, None, c @ ('"' | '\'')) => quote = Some(c),
                (_, None, '(') => depth += 1,
                (_, None, ')') if depth == 1 => return i + 1 == all.len(),
                (_, None, ')') => depth -= 1,
                _ => {}
            }
        }
        false
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("a".to_owned()),
            Just("\"".to_owned()),
            Just("'".to_owned()),
            Just("\\".to_owned()),
            Just("(".to_owned()),
            Just(")".to_owned()),
            Just("[x]".to_owned()),
            Just(" ORDER BY ".to_owned()),
            Just(" = ".to_owned()),
            Just(" AND ".to_owned()),
            Just("\"b\"".to_owned()),
            Just("(c = 'd')".to_owned()),
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_is_accepted_stays_in_its_brackets(text in pieces()) {
            if let Ok(RawJql { condition, .. }) = text.parse() {
                prop_assert!(stays_inside(&condition), "{text:?}: {condition:?}");
                // Nor does the same with more beside it.
                prop_assert!(format!("{text}) OR (a = 1").parse::<RawJql>().is_err(), "{text:?}");
                prop_assert!(format!("{text}\"").parse::<RawJql>().is_err(), "{text:?}");
                prop_assert_eq!(condition.parse::<RawJql>().map(|it| it.condition), Ok(condition));
            }
        }

        #[test]
        fn whatever_is_quoted_is_accepted(value in any::<String>()) {
            let text = format!("summary ~ {}", super::super::quote(&value));
            prop_assert_eq!(text.parse::<RawJql>().map(|it| it.condition), Ok(text.clone()));
        }
    }
}
