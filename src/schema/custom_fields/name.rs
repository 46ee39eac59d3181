//! Names for columns: words out of what people typed, and which of them are taken.

use std::collections::HashSet;

/// The words of a name, capitalised and joined; the rest of each word as it was typed. What is neither letter nor digit
/// only separates, in any script.
pub(super) fn words(name: &str) -> String {
    let mut joined = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_alphanumeric()) {
        let mut letters = word.chars();
        joined.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        joined.push_str(letters.as_str());
    }
    joined
}

/// Names in use, whatever their case.
#[derive(Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// Takes a name; false if it was taken before.
    pub(super) fn insert(&mut self, name: &str) -> bool {
        self.0.insert(name.to_lowercase())
    }

    /// Takes the name with the suffix, repeated until nobody has it.
    pub(super) fn insert_with(&mut self, name: &str, suffix: &str) -> String {
        let mut name = format!("{name}_{suffix}");
        while !self.insert(&name) {
            name = format!("{name}_{suffix}");
        }
        name
    }
}
