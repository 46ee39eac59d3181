//! Mistakes on the command line, as one paragraph: the parser says the same in four.

use clap::error::ErrorKind;

/// Whether the parser's answer is a mistake of the user, and not the help or version that was asked for.
pub(super) fn is_mistake(answer: &clap::Error) -> bool {
    !matches!(
        answer.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::DisplayVersion
    )
}

/// The parser's words without its line breaks.
pub(super) fn paragraph(mistake: &clap::Error) -> String {
    let text = mistake.render().to_string();
    let mut sentences: Vec<String> = vec![];
    let mut usage = String::new();
    for paragraph in text.split("\n\n") {
        // Lists of arguments and of permitted values stand one a line.
        let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(line) = words.strip_prefix("Usage: ") {
            line.clone_into(&mut usage);
        } else if let Some(tip) = words.strip_prefix("tip: ") {
            sentences.push(tip.split(" tip: ").collect::<Vec<_>>().join("; "));
        } else if !words.starts_with("For more information") && !words.is_empty() {
            sentences.push(words);
        }
    }
    let command: Vec<&str> = usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    let command = if command.is_empty() { "jirrow".to_owned() } else { command.join(" ") };
    let usage = if usage.is_empty() { String::new() } else { format!("; usage: `{usage}`") };
    format!("{}{usage}; `{command} --help` says more", sentences.join("; "))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::arguments::Arguments;
    use super::*;

    fn said(arguments: &[&str]) -> Option<String> {
        let all = std::iter::once("jirrow").chain(arguments.iter().copied());
        Arguments::try_parse_from(all).err().map(|answer| {
            assert!(is_mistake(&answer), "{answer}");
            paragraph(&answer)
        })
    }

    #[test]
    fn a_mistake_is_one_line_that_says_what_to_write() {
        for (arguments, words) in [
            (
                &["sql", "--conect", "x"][..],
                &["unexpected argument '--conect'", "'--connect'", "`jirrow sql --help`"][..],
            ),
            (&["sqll"], &["unrecognized subcommand 'sqll'", "'sql'", "`jirrow --help`"]),
            (&["describe"], &["required", "<TABLE>", "`jirrow describe --help`"]),
            (&["sql", "--format", "xls"], &["'xls'", "csv"]),
            (&["completions", "csh"], &["'csh'", "possible values: bash"]),
            (&["sql", "-f", "a", "select 1"], &["cannot be used with"]),
            (&["sql", "-q", "-v", "select 1"], &["cannot be used with"]),
        ] {
            let text = said(arguments).unwrap_or_default();
            assert!(text.starts_with("error: ") && !text.contains('\n'), "{text}");
            for word in words {
                assert!(text.contains(word), "`{word}` is not in: {text}");
            }
        }
    }
}
