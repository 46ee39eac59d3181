//! Searching for words, which is no search for parts of a text: words are compared by their stems, whatever their
//! case, and the text that is searched for has signs of its own.

use super::JqlErrors;

/// What a text must have: all of these, each one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    wanted: Vec<Vec<Term>>,
    unwanted: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// These words one after the other.
    Phrase(Vec<String>),
    /// One word with `*` for any and `?` for one character.
    Pattern(Vec<char>),
}

impl Words {
    pub(super) fn parse(field: &str, text: &str) -> Result<Self, JqlErrors> {
        let refused = || JqlErrors::one(format!("Unable to parse the text '{text}' for field '{field}'."));
        let mut words = Self { wanted: Vec::new(), unwanted: Vec::new() };
        let mut alternative = false;
        let mut negated = false;
        for part in parts(text).ok_or_else(refused)? {
            match part.as_str() {
                "AND" | "&&" => continue,
                "OR" | "||" => {
                    alternative = true;
                    continue;
                }
                "NOT" | "!" => {
                    negated = true;
                    continue;
                }
                _ => {}
            }
            let (unwanted, part) = match (part.strip_prefix(['-', '!']), part.strip_prefix('+')) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ => (negated, part.as_str()),
            };
            let term = Term::parse(part).ok_or_else(|| {
                if part.starts_with(['*', '?']) {
                    return JqlErrors::one(format!(
                        "The text query '{text}' for field '{field}' is not allowed to start with '{}'.",
                        part.chars().next().unwrap_or('*')
                    ));
                }
                refused()
            })?;
            match (unwanted, words.wanted.last_mut()) {
                (true, _) => words.unwanted.push(term),
                (false, Some(last)) if alternative => last.push(term),
                (false, _) => words.wanted.push(vec![term]),
            }
            (alternative, negated) = (false, false);
        }
        if words.wanted.is_empty() && words.unwanted.is_empty() {
            return Err(refused());
        }
        Ok(words)
    }

    pub(super) fn are_in(&self, text: &str) -> bool {
        let words: Vec<String> = words_of(text).collect();
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        self.wanted.iter().all(|choices| choices.iter().any(|term| term.is_in(&words, &stems)))
            && !self.unwanted.iter().any(|term| term.is_in(&words, &stems))
    }
}

impl Term {
    fn parse(part: &str) -> Option<Self> {
        if let Some(phrase) = part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            let words: Vec<String> = words_of(phrase).map(|word| stem(&word)).collect();
            return (!words.is_empty()).then_some(Self::Phrase(words));
        }
        // How alike or how important a word is does not decide whether it is found.
        let part = part.split(['~', '^']).next()?;
        if part.contains(['*', '?']) && !part.contains('\\') {
            return (!part.starts_with(['*', '?']))
                .then(|| Self::Pattern(part.to_lowercase().chars().collect()));
        }
        let plain = part.replace('\\', "");
        let words: Vec<String> = words_of(&plain).map(|word| stem(&word)).collect();
        (!words.is_empty()).then_some(Self::Phrase(words))
    }

    fn is_in(&self, words: &[String], stems: &[String]) -> bool {
        match self {
            Self::Phrase(wanted) => stems.windows(wanted.len()).any(|window| window == wanted),
            Self::Pattern(pattern) => {
                words.iter().any(|word| fits(pattern, &word.chars().collect::<Vec<char>>()))
            }
        }
    }
}

/// Cuts a text query at blanks, but not within its quotes; none where it has signs that are no words, or an open quote.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let part = parts.last_mut()?;
        match character {
            '\\' => {
                part.push(character);
                part.push(characters.next()?);
            }
            '"' => {
                quoted = !quoted;
                part.push(character);
            }
            '(' | ')' | '[' | ']' | '{' | '}' | ':' | '/' if !quoted => return None,
            blank if blank.is_whitespace() && !quoted => parts.push(String::new()),
            other => part.push(other),
        }
    }
    parts.retain(|part| !part.is_empty());
    (!quoted).then_some(parts)
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// A word without the commonest English endings.
fn stem(word: &str) -> String {
    for ending in ["ings", "ing", "ed", "es", "s"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 3
        {
            return stem.trim_end_matches('e').to_owned();
        }
    }
    if word.len() > 3 { word.trim_end_matches('e').to_owned() } else { word.to_owned() }
}

fn fits(pattern: &[char], word: &[char]) -> bool {
    match (pattern, word) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=word.len()).any(|from| fits(rest, &word[from..])),
        (['?', pattern @ ..], [_, word @ ..]) => fits(pattern, word),
        ([wanted, pattern @ ..], [found, word @ ..]) => wanted == found && fits(pattern, word),
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn found(query: &str, text: &str) -> bool {
        Words::parse("summary", query).unwrap().are_in(text)
    }

    #[test]
    fn words_are_found_whole_by_their_stems_and_in_any_order() {
        let text = "Rounding invoices twice, \"core\" API";
        for query in
            ["invoice", "ROUND", "api core", "\"invoices twice\"", "inv*", "cor?", "+api -web", "web OR api"]
        {
            assert!(found(query, text), "{query}");
        }
        for query in ["nvoice", "invoices web", "\"twice invoices\"", "api -core", "c?re?"] {
            assert!(!found(query, text), "{query}");
        }
    }

    #[test]
    fn what_is_no_query_for_words_is_refused() {
        for query in ["", "*voice", "?x", "\"open", "a:b", "(a", "---"] {
            assert!(Words::parse("summary", query).is_err(), "{query}");
        }
    }
}
