//! What Tab offers: keywords, and tables and columns as the table files have them. It asks no site, so that typing never
//! waits for one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::text::{Kind, Piece, is_word, pieces};
use crate::catalog::Session;
use crate::schema::{CURATED, Table, TableName};

/// Words of SQL that people type, and functions that they use most.
const KEYWORDS: &str = "\
    ALL, ANALYZE, AND, ANY, AS, ASC, AVG, BETWEEN, BY, CASE, CAST, COALESCE, COPY, COUNT, CREATE, CROSS JOIN, \
    CURRENT_DATE, DATE, DATE_TRUNC, DESC, DESCRIBE, DISTINCT, DROP, ELSE, END, EXCEPT, EXCLUDE, EXISTS, \
    EXPLAIN, EXTRACT, FALSE, FILTER, FIRST, FROM, FULL JOIN, GROUP BY, HAVING, ILIKE, IN, INNER JOIN, \
    INTERSECT, INTERVAL, IS, JOIN, LAST, LEFT JOIN, LIKE, LIMIT, MAX, MIN, NOT, NOW, NULL, NULLS, OFFSET, ON, \
    OR, ORDER BY, OVER, PARTITION BY, QUALIFY, RESET, RIGHT JOIN, SELECT, SET, SHOW, SUM, TABLE, THEN, \
    TIMESTAMP, TRUE, UNION, UNNEST, USING, VALUES, VIEW, WHEN, WHERE, WITH";

/// Words after which a table is named.
const BEFORE_TABLES: &[&str] = &["FROM", "JOIN", "DESCRIBE", "DESC", "TABLE", "INTO"];

/// What can be completed at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Where the word begins that is replaced, in bytes.
    pub(super) start: usize,
    /// What may stand there.
    pub(super) words: Vec<String>,
}

/// What is known without asking a site.
pub(super) struct Vocabulary {
    /// The curated ones of the default connection.
    pub(super) tables: Vec<Arc<Table>>,
    /// Its endpoints one to one, which are offered after `rest.` only: there are many.
    pub(super) endpoints: Vec<TableName>,
    /// Other tables of it.
    pub(super) others: Vec<String>,
    pub(super) connections: Vec<String>,
    /// Commands of the shell.
    pub(super) commands: Vec<&'static str>,
}

impl Vocabulary {
    /// That of a session. A table file with a mistake offers nothing; using its table tells the mistake.
    pub(super) fn of(session: &Session, commands: Vec<&'static str>) -> Self {
        let connections = session.sites().names().map(str::to_owned).collect();
        let (tables, others) = (session.known_tables().unwrap_or_default(), session.other_tables());
        let listed = session.listed().unwrap_or_default().into_iter().map(|listed| listed.name);
        let endpoints = listed.filter(|name| name.schema != CURATED).collect();
        Self { tables, endpoints, others, connections, commands }
    }

    /// What may stand at a place of a text.
    pub(super) fn offer(&self, text: &str, at: usize) -> Offer {
        if let Some(offer) = self.command(text, at) {
            return offer;
        }
        let typed_from = text[..at]
            .rfind(|c| !is_word(c))
            .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let typed = &text[typed_from..at];
        let all = pieces(text);
        // A comment goes on to the end of its line.
        let is_open = |it: &&Piece| !it.is_closed || text[it.start..it.end].starts_with("--");
        let inside = |it: &&Piece| it.start < at && (at < it.end || (is_open(it) && at == it.end));
        if let Some(piece) = all.iter().find(inside)
            && matches!(piece.kind, Kind::Text | Kind::Comment | Kind::Name)
        {
            return Offer { start: at, words: vec![] };
        }
        let statement = statement_at(&all, at);
        let before: Vec<&Piece> = statement.iter().filter(|it| it.end <= typed_from).collect();
        let word = |piece: &Piece| text[piece.start..piece.end].trim_matches(['"', '`']).to_owned();
        let is_sign = |piece: Option<&&Piece>, sign| piece.is_some_and(|it| it.kind == Kind::Sign(sign));
        let words = if is_sign(before.last(), '.') {
            let mut path = vec![];
            let mut rest = before.as_slice();
            while let [head @ .., name, dot] = rest
                && dot.kind == Kind::Sign('.')
            {
                path.insert(0, word(name));
                rest = head;
            }
            self.below(&path, &self.named(text, statement))
        } else if before.last().is_some_and(|it| {
            it.kind == Kind::Word
                && BEFORE_TABLES.iter().any(|word| word.eq_ignore_ascii_case(&text[it.start..it.end]))
        }) {
            self.relations()
        } else {
            let named = self.named(text, statement);
            let tables = match named.is_empty() {
                true => self.tables.iter().collect(),
                false => named.iter().map(|(_, table)| table).collect::<Vec<_>>(),
            };
            let mut words = columns(tables);
            words.extend(self.relations());
            let is_lower = typed.chars().all(char::is_lowercase) && !typed.is_empty();
            words.extend(keywords().map(|word| if is_lower { word.to_lowercase() } else { word.to_owned() }));
            words
        };
        Offer { start: typed_from, words: fitting(words, typed) }
    }

    /// Inside a command of the shell: its own name, or a table's.
    fn command(&self, text: &str, at: usize) -> Option<Offer> {
        let head = text[..at].trim_start();
        if !head.starts_with('\\') || head.starts_with("\\explain ") {
            return None;
        }
        let start = text[..at].rfind(char::is_whitespace).map_or(0, |before| before + 1);
        let words = match head.split_once(char::is_whitespace) {
            None => self.commands.iter().map(|it| (*it).to_owned()).collect(),
            Some(("\\d", _)) => {
                let files = self.tables.iter().map(|it| &it.name.name);
                files.chain(&self.others).cloned().collect()
            }
            Some(_) => vec![],
        };
        Some(Offer { start, words: fitting(words, &text[start..at]) })
    }

    fn relations(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|table| &table.name.name);
        let others = self.others.iter().chain(&self.connections);
        let called = self.tables.iter().filter_map(|table| table.function.as_ref());
        tables.chain(others).map(|name| quoted(name)).chain(called.map(|it| format!("{it}('"))).collect()
    }

    /// What stands below `a.` or `a.b.`: columns of a table, schemas of a connection, tables of a schema.
    fn below(&self, path: &[String], named: &[(String, Arc<Table>)]) -> Vec<String> {
        let is = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let Some(last) = path.last() else { return vec![] };
        let tables: Vec<&Arc<Table>> =
            named.iter().filter(|(name, _)| is(name, last)).map(|(_, table)| table).collect();
        if !tables.is_empty() {
            return columns(tables);
        }
        let all = || self.tables.iter().map(|table| &table.name).chain(&self.endpoints);
        let schemas: BTreeSet<&String> = all().map(|name| &name.schema).collect();
        if path.len() == 1 && self.connections.iter().any(|name| is(name, last)) {
            return schemas.into_iter().map(|name| quoted(name)).collect();
        }
        if schemas.iter().any(|schema| is(schema, last)) {
            return all().filter(|name| is(&name.schema, last)).map(|name| quoted(&name.name)).collect();
        }
        // A name that the rest of the statement is still to give.
        columns(&self.tables)
    }

    /// The tables that a statement names, each under its own name and the one that it is given there.
    fn named(&self, text: &str, statement: &[Piece]) -> Vec<(String, Arc<Table>)> {
        let mut named = vec![];
        let word = |piece: &Piece| text[piece.start..piece.end].trim_matches(['"', '`']).to_owned();
        let is_name = |piece: &&Piece| matches!(piece.kind, Kind::Word | Kind::Name);
        for (n, piece) in statement.iter().enumerate().filter(|(_, piece)| is_name(piece)) {
            let typed = word(piece);
            let Some(table) = self.table(&typed) else { continue };
            // `Key` may be a column as well as a table's alias: a table stands after such a word, a dot or a comma.
            let stands =
                n.checked_sub(1).map(|before| &statement[before]).is_some_and(|before| match before.kind {
                    Kind::Word => BEFORE_TABLES.iter().any(|it| it.eq_ignore_ascii_case(&word(before))),
                    Kind::Sign(sign) => matches!(sign, '.' | ',' | '('),
                    _ => false,
                });
            if !stands {
                continue;
            }
            let mut after = statement[n + 1..].iter();
            // What a function is called with.
            if after.as_slice().first().is_some_and(|it| it.kind == Kind::Sign('(')) {
                after.find(|it| it.kind == Kind::Sign(')'));
            }
            let mut alias = after.next();
            if alias.is_some_and(|it| word(it).eq_ignore_ascii_case("as")) {
                alias = after.next();
            }
            if let Some(alias) = alias.filter(is_name).map(word).filter(|it| !is_keyword(it)) {
                named.push((alias, Arc::clone(&table)));
            }
            named.push((typed, table));
        }
        named
    }

    fn table(&self, name: &str) -> Option<Arc<Table>> {
        let wanted = name.to_lowercase();
        let answers = |table: &&Arc<Table>| {
            let names = std::iter::once(&table.name.name).chain(&table.aliases).chain(&table.function);
            names.into_iter().any(|it| it.to_lowercase() == wanted)
        };
        self.tables.iter().find(answers).cloned()
    }
}

fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.split(',').map(str::trim)
}

fn is_keyword(word: &str) -> bool {
    keywords().flat_map(|it| it.split(' ')).any(|it| it.eq_ignore_ascii_case(word))
}

/// The pieces of the statement around a place.
fn statement_at(pieces: &[Piece], at: usize) -> &[Piece] {
    let is_end = |piece: &Piece| piece.kind == Kind::Sign(';');
    let start = pieces.iter().rposition(|it| is_end(it) && it.end <= at).map_or(0, |end| end + 1);
    let length = pieces[start..].iter().position(is_end).unwrap_or(pieces.len() - start);
    &pieces[start..start + length]
}

fn columns<'a>(tables: impl IntoIterator<Item = &'a Arc<Table>>) -> Vec<String> {
    let columns = tables.into_iter().flat_map(|table| &table.columns).map(|column| quoted(&column.name));
    columns.collect()
}

/// A name as SQL must have it.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_numeric());
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Those that begin as was typed, each once, in their order.
fn fitting(words: Vec<String>, typed: &str) -> Vec<String> {
    let wanted = typed.to_lowercase();
    let mut seen = BTreeSet::new();
    let fits = |word: &String| word.trim_start_matches('"').to_lowercase().starts_with(&wanted);
    words.into_iter().filter(fits).filter(|word| seen.insert(word.to_lowercase())).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn offered(text: &str) -> Vec<String> {
        let session = Session::builder()
            .connection("URL=http://127.0.0.1:1;APIToken=x".parse().unwrap())
            .connection("second=URL=http://127.0.0.1:1;APIToken=x".parse().unwrap())
            .build()
            .unwrap();
        let at = text.find('|').unwrap();
        Vocabulary::of(&session, vec!["\\d", "\\timing"]).offer(&text.replace('|', ""), at).words
    }

    #[test]
    fn tables_are_offered_where_a_table_stands_whatever_the_case() {
        assert_eq!(offered("SELECT * FROM worklogs|"), ["Worklogs", "WorklogsDeleted"]);
        assert_eq!(offered("select * from seco|"), ["second"]);
        assert_eq!(offered("SELECT * FROM jira.publ|"), ["public"]);
        assert_eq!(offered("SELECT * FROM jira.public.WORKLOGS|"), ["Worklogs", "WorklogsDeleted"]);
        assert_eq!(offered("SELECT * FROM rest.AllDashb|"), ["AllDashboards"]);
        assert_eq!(offered("\\d worklogs|"), ["Worklogs", "WorklogsDeleted"]);
        assert_eq!(offered("\\d sys_v|"), ["sys_views"]);
        assert_eq!(offered("SELECT * FROM sys_v|"), ["sys_views"]);
        assert_eq!(offered("\\ti|"), ["\\timing"]);
    }

    #[test]
    fn columns_are_those_of_the_tables_that_the_statement_names() {
        assert_eq!(offered("SELECT timespents| FROM Worklogs"), ["TimeSpentSeconds"]);
        assert!(offered("SELECT timespents| FROM Projects").is_empty());
        assert!(offered("SELECT timespents|").contains(&"TimeSpentSeconds".to_owned()));
        assert_eq!(
            offered("SELECT w.timespents| FROM Projects p JOIN worklogs AS w ON true"),
            ["TimeSpentSeconds"]
        );
        assert_eq!(offered("SELECT i.summ| FROM jql('project = PAY') AS i"), ["Summary"]);
        assert_eq!(offered("SELECT * FROM jq|"), ["jql('"]);
        assert_eq!(offered("SELECT w.timespents|"), ["TimeSpentSeconds"]);
        assert!(offered("SELECT p.timespents| FROM Projects p JOIN worklogs AS w ON true").is_empty());
        assert_eq!(
            offered("SELECT 1 FROM Projects; SELECT worklogs.timespents| FROM Worklogs"),
            ["TimeSpentSeconds"]
        );
    }

    #[test]
    fn keywords_follow_the_case_that_was_begun() {
        assert_eq!(offered("selec|").last().map(String::as_str), Some("select"));
        assert_eq!(offered("SELEC|").last().map(String::as_str), Some("SELECT"));
    }

    #[test]
    fn nothing_is_offered_inside_texts_and_comments() {
        for text in ["SELECT 'sel|", "SELECT 'sel|'", "SELECT 1 -- sel|", "SELECT /* sel|", "SELECT \"sel|"] {
            assert!(offered(text).is_empty(), "{text}");
        }
    }
}
