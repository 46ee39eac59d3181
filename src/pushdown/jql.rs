//! JQL text. Every operand is quoted, which avoids both the reserved words and the special characters of the grammar
//! (Atlassian's published lexer, `@atlaskit/jql-parser`).

mod raw;

use std::fmt::Write as _;

pub use raw::{BadJql, RawJql};

/// A string operand: double quotes, `"` and `\` escaped, control characters as `\uXXXX`.
pub fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The grammar's own reading of a double-quoted string.
    fn unquote(quoted: &str) -> Option<String> {
        let mut chars = quoted.strip_prefix('"')?.strip_suffix('"')?.chars();
        let mut value = String::new();
        while let Some(c) = chars.next() {
            match c {
                '"' => return None,
                '\\' => match chars.next()? {
                    c @ ('"' | '\\') => value.push(c),
                    'u' => {
                        let hex: String = chars.by_ref().take(4).collect();
                        value.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                    }
                    _ => return None,
                },
                c if c.is_control() => return None,
                c => value.push(c),
            }
        }
        Some(value)
    }

    proptest! {
        #[test]
        fn whatever_is_quoted_reads_back_as_it_was(value in any::<String>()) {
            prop_assert_eq!(unquote(&quote(&value)), Some(value));
        }
    }

    #[test]
    fn backslashes_and_control_characters_are_escaped() {
        assert_eq!(quote("a\"b\\c\n\u{7f}"), "\"a\\\"b\\\\c\\u000a\\u007f\"");
    }
}
