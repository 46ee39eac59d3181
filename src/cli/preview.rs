//! `jirrow preview`: the first rows of a table, by the same way as any SELECT.

use super::arguments::{Options, Preview, Rows, Sql};
use super::{Failure, sql};

/// Rows that are enough to see what a table holds, and that cost a request or two.
const ROWS: usize = 20;

pub(super) async fn run(command: &Preview, options: &Options) -> Result<(), Failure> {
    let statement = format!("SELECT * FROM {} LIMIT {ROWS}", quoted(&command.table)?);
    let Rows { format, output, formula_guard } = &command.rows;
    let rows = Rows { format: *format, output: output.clone(), formula_guard: *formula_guard };
    sql::run(&Sql { statements: Some(statement), rows, ..Sql::default() }, options).await
}

/// The name as SQL takes it whatever it is, a keyword too: each part between dots in quotes, inside which the catalog
/// looks at no case.
fn quoted(name: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "`{name}` is no table's name; write `TABLE`, `SCHEMA.TABLE` or `CONNECTION.SCHEMA.TABLE`"
        ))
    };
    let (mut parts, mut part, mut is_quoted) = (vec![], String::new(), false);
    for letter in name.trim().chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
    }
    parts.push(part);
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    match is_quoted || parts.len() > 3 || parts.contains(&"") {
        true => Err(wrong()),
        false => Ok(format!("\"{}\"", parts.join("\".\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_name_is_quoted() {
        for (typed, sql) in [
            ("Issues", "\"Issues\""),
            (" order ", "\"order\""),
            ("second.public.issues", "\"second\".\"public\".\"issues\""),
            ("public.\"A. b\"", "\"public\".\"A. b\""),
        ] {
            assert_eq!(quoted(typed).map_err(|e| e.message), Ok(sql.to_owned()));
        }
        for typed in ["", "a..b", "a.b.c.d", "\"a", "x\"; drop"] {
            assert!(quoted(typed).is_err(), "{typed}");
        }
    }
}
