//! Names in brackets, `SELECT [Id] FROM [Worklogs]`, as Layer2's users and SQL Server's write them. The dialect reads
//! brackets as arrays and subscripts, so a name in them is told apart by what stands before it, and the brackets are
//! replaced in the text, byte for byte, so that the places in messages stay right. A list of one bare column is read as
//! a name; `make_array(column)` says what is meant.

use datafusion::sql::sqlparser::keywords::{
    Keyword, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_IDENTIFIER, RESERVED_FOR_TABLE_ALIAS,
};

/// Words after which a name can stand. After any other word, a bracket is a subscript or `ARRAY[…]`.
const BEFORE_NAMES: [&str; 31] = [
    "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "DESCRIBE", "DESC", "DISTINCT", "ELSE", "EXPLAIN",
    "FROM", "HAVING", "IN", "INTO", "IS", "JOIN", "LIKE", "NOT", "ON", "OR", "OVER", "SELECT", "TABLE",
    "THEN", "USING", "VIEW", "WHEN", "WHERE", "WITH",
];

/// The text with names in brackets as plain or double-quoted names of the same length.
pub(super) fn replaced(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut before = Before::Other;
    // Arrays and subscripts that are not closed yet: there are no names in brackets in them.
    let mut open = 0_usize;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let Token { kind, length } = token(rest, first);
        if first == '['
            && open == 0
            && before != Before::Operand
            && let Some(name) = name(rest)
        {
            let quote = if is_plain(name) { " " } else { "\"" };
            text.extend([quote, name, quote]);
            before = Before::Operand;
            rest = &rest[name.len() + 2..];
            continue;
        }
        let (read, after) = rest.split_at(length);
        text.push_str(read);
        rest = after;
        before = match (kind, first) {
            (Kind::Space, _) => before,
            (Kind::Operand, _) | (Kind::Other, ')') => Before::Operand,
            (Kind::Word, _) => {
                let names_follow = BEFORE_NAMES.iter().any(|word| word.eq_ignore_ascii_case(read));
                if names_follow && before != Before::Dot { Before::Other } else { Before::Operand }
            }
            (Kind::Other, '[') => {
                open += 1;
                Before::Other
            }
            (Kind::Other, ']') => {
                open = open.saturating_sub(1);
                Before::Operand
            }
            (Kind::Other, '.') => Before::Dot,
            (Kind::Other, _) => Before::Other,
        };
    }
    text
}

/// What stands before a bracket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A name, a literal or a closing bracket: a subscript follows.
    Operand,
    Dot,
    Other,
}

enum Kind {
    Space,
    Word,
    Operand,
    Other,
}

struct Token {
    kind: Kind,
    length: usize,
}

fn token(rest: &str, first: char) -> Token {
    let until = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
    let closed = |open: &str, close: &str| {
        rest[open.len()..].find(close).map_or(rest.len(), |at| open.len() + at + close.len())
    };
    let (kind, length) = if rest.starts_with("--") {
        (Kind::Space, until(&|c| c == '\n'))
    } else if rest.starts_with("/*") {
        (Kind::Space, closed("/*", "*/"))
    } else if rest.starts_with("$$") {
        (Kind::Operand, closed("$$", "$$"))
    } else if matches!(first, '\'' | '"' | '`') {
        // A doubled quote inside ends one text and begins the next, which comes to the same here.
        let quote = first.to_string();
        (Kind::Operand, closed(&quote, &quote))
    } else if first.is_whitespace() {
        (Kind::Space, until(&|c| !c.is_whitespace()))
    } else if first.is_alphanumeric() || matches!(first, '_' | '@' | '#' | '$') {
        let length = until(&|c| !(c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '$')));
        (if first.is_numeric() { Kind::Operand } else { Kind::Word }, length)
    } else {
        (Kind::Other, first.len_utf8())
    };
    Token { kind, length }
}

/// The name in the brackets that the text begins with, if it is one.
fn name(text: &str) -> Option<&str> {
    let (name, _) = text[1..].split_once(']')?;
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_name = starts && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.'));
    is_name.then_some(name)
}

/// Can it stand without quotes? Quoted, it must be written in the column's own case.
fn is_plain(name: &str) -> bool {
    let reserved = |keywords: &[Keyword]| {
        keywords.iter().any(|keyword| format!("{keyword:?}").eq_ignore_ascii_case(name))
    };
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && ![RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_TABLE_ALIAS, RESERVED_FOR_IDENTIFIER]
            .into_iter()
            .any(reserved)
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn a_name_in_brackets_is_a_name() {
        for (written, read) in [
            ("SELECT [Id], [Time Spent] FROM [Worklogs]", "SELECT  Id , \"Time Spent\" FROM  Worklogs "),
            (
                "select w.[Id] from [jira].[public].[Worklogs] w",
                "select w. Id  from  jira . public . Worklogs  w",
            ),
            ("SELECT [Group], [Values] FROM t", "SELECT \"Group\", \"Values\" FROM t"),
            ("SELECT a AS [A b] FROM t WHERE [x]=1", "SELECT a AS \"A b\" FROM t WHERE  x =1"),
            ("SELECT count([x]) FROM t ORDER BY [x]", "SELECT count( x ) FROM t ORDER BY  x "),
        ] {
            assert_eq!(replaced(written), read);
            assert_eq!(written.len(), read.len());
        }
    }

    #[test]
    fn arrays_subscripts_texts_and_comments_stay() {
        for sql in [
            "SELECT [1, 2], ['a'], [a, b], [[a], [b]], ARRAY[a], [], [[a, b], [c]]",
            "SELECT Labels[1], Labels[i], f(x)[i], t.l[i], 'x'[i], \"L\"[i], x[i][j]",
            "SELECT '[Id]', \"[Id]\", `[Id]`, 'it''s [Id]' -- [Id]\n/* [Id] */, $$[Id]$$",
            "SELECT [Id",
            "SELECT 'é [Id]",
        ] {
            assert_eq!(replaced(sql), sql);
        }
    }
}
