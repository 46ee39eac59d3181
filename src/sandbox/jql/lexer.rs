//! Cuts JQL text into tokens.

use super::JqlErrors;

/// Where a token begins; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) character: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An unquoted word: field, keyword, number or value.
    Word(String),
    /// A quoted string with its escapes resolved.
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`.
    Operator(&'static str),
    And,
    Or,
    Not,
    Open,
    Close,
    BracketOpen,
    BracketClose,
    Comma,
    End,
}

/// Characters that end an unquoted word.
const SPECIAL: &str = "\"'=!<>()~,[]|&{}*/%+^$#@?;";

pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Position)>, JqlErrors> {
    let mut lexer =
        Lexer { characters: text.chars().peekable(), position: Position { line: 1, character: 1 } };
    let mut found = Vec::new();
    loop {
        let (token, position) = lexer.token()?;
        let end = token == Token::End;
        found.push((token, position));
        if end {
            return Ok(found);
        }
    }
}

/// What parts words; other blanks, such as that which keeps words on one line, are parts of words.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

struct Lexer<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    position: Position,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.characters.next()?;
        if character == '\n' {
            self.position = Position { line: self.position.line + 1, character: 1 };
        } else {
            self.position.character += 1;
        }
        Some(character)
    }

    fn follows(&mut self, wanted: char) -> bool {
        if self.characters.peek() == Some(&wanted) {
            self.next();
            return true;
        }
        false
    }

    fn token(&mut self) -> Result<(Token, Position), JqlErrors> {
        while self.characters.peek().copied().is_some_and(is_space) {
            self.next();
        }
        let position = self.position;
        let Some(character) = self.next() else { return Ok((Token::End, position)) };
        let token = match character {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::BracketOpen,
            ']' => Token::BracketClose,
            ',' => Token::Comma,
            '=' => Token::Operator("="),
            '~' => Token::Operator("~"),
            '<' => Token::Operator(if self.follows('=') { "<=" } else { "<" }),
            '>' => Token::Operator(if self.follows('=') { ">=" } else { ">" }),
            '!' if self.follows('=') => Token::Operator("!="),
            '!' if self.follows('~') => Token::Operator("!~"),
            '!' => Token::Not,
            '&' => {
                self.follows('&');
                Token::And
            }
            '|' => {
                self.follows('|');
                Token::Or
            }
            '"' | '\'' => Token::Quoted(self.quoted(character, position)?),
            special if SPECIAL.contains(special) => {
                return Err(JqlErrors::syntax(
                    &format!(
                        "The character '{special}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u{:04x}' instead.",
                        u32::from(special)
                    ),
                    position,
                ));
            }
            control if control.is_control() => return Err(illegal(control, position)),
            other => {
                let mut word = String::from(other);
                if other == '\\' {
                    word = self.escape(position)?.to_string();
                }
                while let Some(next) = self.characters.peek().copied() {
                    if is_space(next) || SPECIAL.contains(next) {
                        break;
                    }
                    let at = self.position;
                    self.next();
                    if next == '\\' {
                        word.push(self.escape(at)?);
                    } else if next.is_control() {
                        return Err(illegal(next, at));
                    } else {
                        word.push(next);
                    }
                }
                Token::Word(word)
            }
        };
        Ok((token, position))
    }

    fn quoted(&mut self, quote: char, start: Position) -> Result<String, JqlErrors> {
        let mut text = String::new();
        loop {
            let at = self.position;
            match self.next() {
                None => {
                    return Err(JqlErrors::syntax(
                        &format!("The quoted string '{text}' has not been completed."),
                        start,
                    ));
                }
                Some(character) if character == quote => return Ok(text),
                Some('\\') => text.push(self.escape(at)?),
                Some(character) if character.is_control() && !matches!(character, '\n' | '\r') => {
                    return Err(illegal(character, at));
                }
                Some(character) => text.push(character),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, at: Position) -> Result<char, JqlErrors> {
        let bad = |sequence: &str| {
            JqlErrors::syntax(
                &format!(
                    "'\\{sequence}' is an illegal JQL escape sequence. The valid escape sequences are \\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX."
                ),
                at,
            )
        };
        match self.next() {
            Some('t') => Ok('\t'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some(plain @ ('"' | '\'' | '\\' | ' ')) => Ok(plain),
            Some('u') => {
                let mut digits = String::new();
                for _ in 0..4 {
                    let Some(digit) = self.characters.peek().copied().filter(char::is_ascii_hexdigit) else {
                        return Err(bad(&format!("u{digits}")));
                    };
                    digits.push(digit);
                    self.next();
                }
                u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .ok_or_else(|| bad(&format!("u{digits}")))
            }
            Some(other) => Err(bad(&other.to_string())),
            None => Err(bad("")),
        }
    }
}

fn illegal(character: char, position: Position) -> JqlErrors {
    JqlErrors::syntax(
        &format!("The character '\\u{:04x}' must be written as an escape sequence.", u32::from(character)),
        position,
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Token> {
        tokens(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn words_operators_and_strings_come_apart() {
        assert_eq!(
            kinds(r#"project!="a \"b\" \u0041"&&id>=-4w"#),
            vec![
                Token::Word("project".to_owned()),
                Token::Operator("!="),
                Token::Quoted("a \"b\" A".to_owned()),
                Token::And,
                Token::Word("id".to_owned()),
                Token::Operator(">="),
                Token::Word("-4w".to_owned()),
                Token::End,
            ]
        );
    }

    #[test]
    fn a_bad_escape_names_its_place() {
        let error = tokens("a = \"x\\d\"").unwrap_err();
        assert!(error.0[0].contains("'\\d' is an illegal JQL escape sequence"), "{error:?}");
        assert!(error.0[0].ends_with("(line 1, character 7)"), "{error:?}");
    }

    #[test]
    fn raw_tabs_and_open_strings_are_refused_and_raw_newlines_are_not() {
        assert!(tokens("a = \"x\ty\"").is_err());
        assert!(tokens("a = \"x").is_err());
        assert!(tokens("a = \"x\ny\"").is_ok());
        assert!(tokens("a = b*c").is_err());
    }
}
