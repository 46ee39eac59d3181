//! What the shell must see of SQL without parsing it: where words, quotes and comments begin and end, and whether a
//! statement is complete.

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword without quotes, or a number.
    Word,
    /// A name in `"…"` or `` `…` ``.
    Name,
    /// A text in `'…'` or `$$…$$`.
    Text,
    Comment,
    /// Any other character that is no space.
    Sign(char),
}

/// A piece of SQL, in bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether its quote or comment ends.
    pub(super) is_closed: bool,
}

/// The pieces of a text, in order. Spaces are between them.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (kind, length) = piece(rest, first);
        let end = at + length.unwrap_or(rest.len());
        pieces.push(Piece { kind, start: at, end, is_closed: length.is_some() });
        at = end;
    }
    pieces
}

/// Kind and length of the piece that a text begins with; no length if it never ends.
fn piece(text: &str, first: char) -> (Kind, Option<usize>) {
    match first {
        '\'' => (Kind::Text, quoted(text, '\'')),
        '"' | '`' => (Kind::Name, quoted(text, first)),
        '-' if text.starts_with("--") => (Kind::Comment, Some(text.find('\n').unwrap_or(text.len()))),
        '/' if text.starts_with("/*") => (Kind::Comment, comment(text)),
        '$' => match dollar_tag(text) {
            Some(tag) => {
                let inside = &text[tag.len()..];
                (Kind::Text, inside.find(tag).map(|at| at + 2 * tag.len()))
            }
            None => (Kind::Sign('$'), Some(1)),
        },
        c if is_word(c) => (Kind::Word, Some(text.find(|c| !is_word(c)).unwrap_or(text.len()))),
        c => (Kind::Sign(c), Some(c.len_utf8())),
    }
}

/// Whether a character can be part of a name without quotes.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A quote inside is written twice.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// Comments may stand in comments.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// `$$` or `$tag$` at the beginning; `$1` and `$name` are parameters.
fn dollar_tag(text: &str) -> Option<&str> {
    let inside = &text[1..];
    let end = inside.find(|c: char| !is_word(c))?;
    let is_tag = inside[end..].starts_with('$') && !inside.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| &text[..end + 2])
}

/// Whether nothing is missing: the last statement ends in `;`, or there is none.
pub(super) fn is_complete(text: &str) -> bool {
    let pieces = pieces(text);
    let last = pieces.iter().rfind(|piece| piece.kind != Kind::Comment);
    let all_closed = pieces.iter().all(|piece| piece.is_closed);
    all_closed && last.is_none_or(|piece| piece.kind == Kind::Sign(';'))
}

/// Whether there is nothing but comments and `;`.
pub(super) fn is_blank(text: &str) -> bool {
    pieces(text).iter().all(|piece| matches!(piece.kind, Kind::Comment | Kind::Sign(';')))
}

/// The last statement, without its `;`.
pub(super) fn last_statement(text: &str) -> &str {
    let ends = || pieces(text).into_iter().filter(|piece| piece.kind == Kind::Sign(';'));
    let mut start = 0;
    let mut last = "";
    for end in ends().map(|piece| piece.start).chain([text.len()]) {
        if !is_blank(&text[start..end]) {
            last = text[start..end].trim();
        }
        start = (end + 1).min(text.len());
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_outside_of_quotes_and_comments() {
        for complete in [
            "",
            "  \n",
            "-- nothing",
            "SELECT 1;",
            "SELECT 1; -- one",
            "SELECT 1; /* one */ ",
            "SELECT ';';",
            "SELECT 'it''s';",
            "SELECT \"a;\"\"b\";",
            "SELECT $$it's;$$;",
            "SELECT $a$ $$ ; $b$ $a$;",
            "SELECT 1 -- it's\n;",
            "SELECT /* /* ; */ ' */ 1;",
            "SELECT $1;",
            "SELECT 1; SELECT 'größer';",
        ] {
            assert!(is_complete(complete), "{complete}");
        }
        for open in [
            "SELECT 1",
            "SELECT ';",
            "SELECT 'it'';",
            "SELECT \";",
            "SELECT $$;",
            "SELECT $a$;$$;",
            "SELECT 1 -- ;",
            "SELECT 1 /* ;",
            "SELECT /* /* */ ;",
            "SELECT 1; SELECT 2",
        ] {
            assert!(!is_complete(open), "{open}");
        }
    }

    #[test]
    fn the_last_statement_is_the_one_to_explain() {
        assert_eq!(last_statement("SELECT 1; SELECT ';' ; -- end"), "SELECT ';'");
        assert_eq!(last_statement("SELECT 1"), "SELECT 1");
        assert_eq!(last_statement(" ;; "), "");
    }

    #[test]
    fn pieces_are_cut_where_sql_cuts_them() {
        let text = "a.\"B c\" = 'd'--e";
        let found: Vec<&str> = pieces(text).iter().map(|it| &text[it.start..it.end]).collect();
        assert_eq!(found, ["a", ".", "\"B c\"", "=", "'d'", "--e"]);
    }
}
