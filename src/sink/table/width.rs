//! How many columns of a terminal a text takes.
//!
//! After Unicode's East Asian Width (UAX #11) and the emoji that terminals draw two columns wide. Sequences are
//! counted as they are drawn: a joined or modified emoji takes the room of its first.

use super::unicode::{WIDE, ZERO};

const JOINER: char = '\u{200d}';

/// Asks for the coloured, two columns wide form of the character before it.
const EMOJI_FORM: char = '\u{fe0f}';

/// The colours of skin that an emoji can be given.
const SKIN: std::ops::RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';

fn within(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after.checked_sub(1).is_some_and(|at| c <= ranges[at].1)
}

fn of_char(c: char) -> usize {
    match c {
        // Flags are two letters of one column each.
        '\u{20}'..='\u{2ff}' | '\u{1f1e6}'..='\u{1f1ff}' => 1,
        c if SKIN.contains(&c) => 2,
        c if within(&ZERO, c) => 0,
        c if within(&WIDE, c) => 2,
        _ => 1,
    }
}

/// The width of each character where it stands.
fn widths(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut before = '\0';
    // Columns of the character that marks, joiners and colours go with.
    let mut drawn = 0;
    text.char_indices().map(move |(at, c)| {
        let width = match c {
            // In other scripts a joiner joins letters that have their own room.
            _ if before == JOINER && drawn == 2 => 0,
            EMOJI_FORM if drawn == 1 => 1,
            c if drawn == 2 && SKIN.contains(&c) => 0,
            c => of_char(c),
        };
        drawn = match (c, width) {
            (EMOJI_FORM, 1) => 2,
            (_, 0) => drawn,
            (_, width) => width,
        };
        before = c;
        (at, width)
    })
}

/// Columns that `text` takes; it holds no control characters.
pub(super) fn width(text: &str) -> usize {
    widths(text).map(|(_, width)| width).sum()
}

/// The beginning of `text` that fits into `max` columns, with `…` in place of the rest.
pub(super) fn clip(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_string();
    }
    let mut taken = 0;
    let end = widths(text).find(|(_, width)| {
        taken += width;
        taken > max.saturating_sub(1)
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_sorted_and_apart() {
        for ranges in [&WIDE[..], &ZERO[..]] {
            assert!(ranges.iter().all(|(first, last)| first <= last));
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
        assert!(!WIDE.iter().any(|(first, last)| within(&ZERO, *first) || within(&ZERO, *last)));
    }

    #[test]
    fn a_text_is_as_wide_as_it_is_drawn() {
        for (text, expected) in [
            ("größer", 6),
            ("gro\u{308}ßer", 6),
            ("日本語", 6),
            ("ｱｲ", 2),
            ("한국", 4),
            // The same syllables in pieces, as macOS writes file names.
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", 4),
            ("か\u{3099}", 2),
            ("😀", 2),
            ("👍🏽", 2),
            ("🏽", 2),
            ("👩‍👩‍👧", 2),
            ("🏳️‍🌈", 2),
            ("👩‍❤️‍👨", 2),
            ("🏃🏿‍♀️", 2),
            ("🇩🇪", 2),
            ("❤", 1),
            ("❤️", 2),
            ("1️⃣", 2),
            ("🌡", 1),
            ("🌡️", 2),
            ("क्षि", 3),
            ("ശ്രീ\u{200d}", 3),
            ("ยิ้ม", 2),
            ("שָׁלוֹם", 4),
            ("\u{200b}\u{feff}", 0),
        ] {
            assert_eq!(width(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_never_cut_inside_of_what_is_drawn_as_one() {
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(clip("ab👩‍👩‍👧cd", 5), "ab👩‍👩‍👧…");
        assert_eq!(clip("ab👩‍👩‍👧cd", 4), "ab…");
        assert_eq!(clip("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
    }
}
