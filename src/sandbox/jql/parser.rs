//! Reads tokens into a query tree.

use super::JqlErrors;
use super::lexer::{Position, Token, tokens};
use super::tree::{Clause, Direction, HistoryOperator, Literal, Operand, Operator, Predicate, Query};

/// The most fields that ORDER BY takes.
const MOST_SORT_FIELDS: usize = 7;

/// Parses a query.
pub(in crate::sandbox) fn parse(text: &str) -> Result<Query, JqlErrors> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let filter =
        if parser.at_keyword("order") || *parser.peek() == Token::End { None } else { Some(parser.or()?) };
    let order = if parser.at_keyword("order") { parser.order()? } else { Vec::new() };
    if *parser.peek() != Token::End {
        return Err(parser.unexpected("either 'OR' or 'AND'"));
    }
    Ok(Query { filter, order })
}

const PREDICATES: [(&str, Predicate); 7] = [
    ("before", Predicate::Before),
    ("after", Predicate::After),
    ("on", Predicate::On),
    ("during", Predicate::During),
    ("by", Predicate::By),
    ("from", Predicate::From),
    ("to", Predicate::To),
];

struct Parser {
    tokens: Vec<(Token, Position)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn position(&self) -> Position {
        self.tokens
            .get(self.next)
            .or(self.tokens.last())
            .map_or(Position { line: 1, character: 1 }, |(_, position)| *position)
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        if found {
            self.next += 1;
        }
        found
    }

    fn unexpected(&self, wanted: &str) -> JqlErrors {
        let found = match self.peek() {
            Token::End => "the end of the query".to_owned(),
            Token::Word(text) | Token::Quoted(text) => format!("'{text}'"),
            Token::Operator(text) => format!("'{text}'"),
            other => format!("{other:?}").to_lowercase(),
        };
        JqlErrors::syntax(&format!("Expecting {wanted} but got {found}."), self.position())
    }

    fn or(&mut self) -> Result<Clause, JqlErrors> {
        let mut clauses = vec![self.and()?];
        while self.keyword("or") || self.take(&Token::Or) {
            clauses.push(self.and()?);
        }
        Ok(one_or(clauses, Clause::Or))
    }

    fn and(&mut self) -> Result<Clause, JqlErrors> {
        let mut clauses = vec![self.not()?];
        while self.keyword("and") || self.take(&Token::And) {
            clauses.push(self.not()?);
        }
        Ok(one_or(clauses, Clause::And))
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == wanted;
        if found {
            self.next += 1;
        }
        found
    }

    fn not(&mut self) -> Result<Clause, JqlErrors> {
        self.deeper()?;
        let clause = if self.keyword("not") || self.take(&Token::Not) {
            Clause::Not(Box::new(self.not()?))
        } else if self.take(&Token::Open) {
            let inner = self.or()?;
            if !self.take(&Token::Close) {
                return Err(self.unexpected("')'"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(clause)
    }

    fn comparison(&mut self) -> Result<Clause, JqlErrors> {
        let field = self.field()?;
        if self.at_keyword("was") || self.at_keyword("changed") {
            return self.history(field);
        }
        let operator = self.operator()?;
        let operand = match operator {
            Operator::In | Operator::NotIn => self.several()?,
            Operator::Is | Operator::IsNot if !self.at_empty() => {
                return Err(self.unexpected("'EMPTY' or 'NULL'"));
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
                if self.at_empty() =>
            {
                return Err(self.unexpected("either a value, list or function"));
            }
            _ => Operand::One(self.literal()?),
        };
        Ok(Clause::Comparison { field, operator, operand })
    }

    fn history(&mut self, field: String) -> Result<Clause, JqlErrors> {
        let operator = if self.keyword("changed") {
            HistoryOperator::Changed
        } else {
            self.next += 1;
            match (self.keyword("not"), self.keyword("in")) {
                (false, false) => HistoryOperator::Was,
                (false, true) => HistoryOperator::WasIn,
                (true, false) => HistoryOperator::WasNot,
                (true, true) => HistoryOperator::WasNotIn,
            }
        };
        let operand = match operator {
            HistoryOperator::Changed => None,
            HistoryOperator::Was | HistoryOperator::WasNot => Some(Operand::One(self.literal()?)),
            HistoryOperator::WasIn | HistoryOperator::WasNotIn => Some(self.several()?),
        };
        let mut predicates = Vec::new();
        while let Some((_, predicate)) = PREDICATES.into_iter().find(|(word, _)| self.at_keyword(word)) {
            self.next += 1;
            let operand =
                if *self.peek() == Token::Open { self.list()? } else { Operand::One(self.literal()?) };
            predicates.push((predicate, operand));
        }
        Ok(Clause::History { field, operator, operand, predicates })
    }

    /// A list, or a function that may stand for one.
    fn several(&mut self) -> Result<Operand, JqlErrors> {
        if *self.peek() == Token::Open {
            return self.list();
        }
        let at = self.next;
        if let Ok(function @ Literal::Function { .. }) = self.literal() {
            return Ok(Operand::One(function));
        }
        self.next = at;
        Err(self.unexpected("'('"))
    }

    fn at_empty(&self) -> bool {
        self.at_keyword("empty") || self.at_keyword("null")
    }

    /// The name of a field, with what stands in brackets behind it: the number of a custom field, the type of
    /// all fields of that name, or a property.
    fn field(&mut self) -> Result<String, JqlErrors> {
        let custom = self.at_keyword("cf");
        let mut field = match self.peek().clone() {
            Token::Word(word) if custom => word.to_lowercase(),
            Token::Word(word) => {
                self.refuse_reserved(&word)?;
                word
            }
            Token::Quoted(text) => text,
            _ => return Err(self.unexpected("a field name")),
        };
        self.next += 1;
        if !self.take(&Token::BracketOpen) {
            return if custom { Err(self.unexpected("'['")) } else { Ok(field) };
        }
        let inside = match self.peek().clone() {
            Token::Word(word) if !custom || word.bytes().all(|byte| byte.is_ascii_digit()) => word,
            Token::Quoted(text) if !custom => text,
            _ => return Err(self.unexpected("a number")),
        };
        self.next += 1;
        if !self.take(&Token::BracketClose) {
            return Err(self.unexpected("']'"));
        }
        field = format!("{field}[{inside}]");
        if let Token::Word(path) = self.peek()
            && path.starts_with('.')
        {
            field.push_str(path);
            self.next += 1;
        }
        Ok(field)
    }

    fn refuse_reserved(&self, word: &str) -> Result<(), JqlErrors> {
        if reserved_words().any(|reserved| reserved.eq_ignore_ascii_case(word)) {
            return Err(JqlErrors::syntax(
                &format!(
                    "'{word}' is a reserved JQL word. You must surround it in quotation marks to use it in a query."
                ),
                self.position(),
            ));
        }
        Ok(())
    }

    fn operator(&mut self) -> Result<Operator, JqlErrors> {
        if self.keyword("in") {
            return Ok(Operator::In);
        }
        if self.keyword("not") {
            if self.keyword("in") {
                return Ok(Operator::NotIn);
            }
            return Err(self.unexpected("'IN'"));
        }
        if self.keyword("is") {
            return Ok(if self.keyword("not") { Operator::IsNot } else { Operator::Is });
        }
        let operator = match self.peek() {
            Token::Operator("=") => Operator::Equal,
            Token::Operator("!=") => Operator::NotEqual,
            Token::Operator("<") => Operator::Less,
            Token::Operator("<=") => Operator::LessOrEqual,
            Token::Operator(">") => Operator::Greater,
            Token::Operator(">=") => Operator::GreaterOrEqual,
            Token::Operator("~") => Operator::Contains,
            Token::Operator("!~") => Operator::NotContains,
            _ => {
                return Err(self.unexpected(
                    "operator but got something else. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'",
                ));
            }
        };
        self.next += 1;
        Ok(operator)
    }

    /// Values in parentheses; lists within the list are as good as their values.
    fn list(&mut self) -> Result<Operand, JqlErrors> {
        if !self.take(&Token::Open) {
            return Err(self.unexpected("'('"));
        }
        let mut literals = Vec::new();
        loop {
            if *self.peek() == Token::Open {
                self.deeper()?;
                literals.extend_from_slice(self.list()?.literals());
                self.depth -= 1;
            } else {
                literals.push(self.literal()?);
            }
            if self.take(&Token::Close) {
                return Ok(Operand::List(literals));
            }
            if !self.take(&Token::Comma) {
                return Err(self.unexpected("',' or ')'"));
            }
        }
    }

    fn literal(&mut self) -> Result<Literal, JqlErrors> {
        if self.at_empty() {
            self.next += 1;
            return Ok(Literal::Empty);
        }
        let literal = match self.peek().clone() {
            Token::Quoted(text) => Literal::Quoted(text),
            Token::Word(word) => {
                self.refuse_reserved(&word)?;
                Literal::Bare(word)
            }
            _ => return Err(self.unexpected("either a value, list or function")),
        };
        self.next += 1;
        if !self.take(&Token::Open) {
            return Ok(literal);
        }
        Ok(Literal::Function { name: literal.text().to_owned(), arguments: self.arguments()? })
    }

    /// What stands between the parentheses of a function: values only.
    fn arguments(&mut self) -> Result<Vec<String>, JqlErrors> {
        let mut arguments = Vec::new();
        if self.take(&Token::Close) {
            return Ok(arguments);
        }
        loop {
            match self.peek().clone() {
                Token::Quoted(text) => arguments.push(text),
                Token::Word(word) => {
                    self.refuse_reserved(&word)?;
                    arguments.push(word);
                }
                _ => return Err(self.unexpected("a value")),
            }
            self.next += 1;
            if self.take(&Token::Close) {
                return Ok(arguments);
            }
            if !self.take(&Token::Comma) {
                return Err(self.unexpected("',' or ')'"));
            }
        }
    }

    fn deeper(&mut self) -> Result<(), JqlErrors> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(JqlErrors::syntax("The query is nested too deeply.", self.position()));
        }
        Ok(())
    }

    fn order(&mut self) -> Result<Vec<(String, Direction)>, JqlErrors> {
        self.next += 1;
        if !self.keyword("by") {
            return Err(self.unexpected("'by'"));
        }
        let mut order = Vec::new();
        loop {
            let field = self.field()?;
            let direction = if self.keyword("desc") {
                Direction::Descending
            } else {
                self.keyword("asc");
                Direction::Ascending
            };
            order.push((field, direction));
            if !self.take(&Token::Comma) {
                break;
            }
        }
        if order.len() > MOST_SORT_FIELDS {
            return Err(JqlErrors::one(format!(
                "The maximum number of fields to order by is {MOST_SORT_FIELDS}."
            )));
        }
        Ok(order)
    }
}

fn one_or(mut clauses: Vec<Clause>, many: fn(Vec<Clause>) -> Clause) -> Clause {
    if clauses.len() == 1
        && let Some(only) = clauses.pop()
    {
        return only;
    }
    many(clauses)
}

/// Words that must be quoted, in lower case.
const RESERVED: &str = "abort access add after alias all alter and any are as asc at audit avg before begin between boolean \
    break by byte catch cf changed char character check checkpoint collate collation column commit \
    connect continue count create current date decimal declare decrement default defaults define delete \
    delimiter desc difference distinct divide do double drop during else empty encoding end equals \
    escape exclusive exec execute exists explain false fetch field file first float for from function go \
    goto grant greater group having identified if immediate in increment index initial inner inout input \
    insert int integer intersect intersection into is isempty isnull join last left less like limit lock \
    long max min minus mode modify modulo more multiply next noaudit not notin nowait null number object \
    of on option or order outer output power previous prior privileges public raise raw remainder rename \
    resource return returns revoke right row rowid rownum rows select session set share size sqrt start \
    strict string subtract sum synonym table then to trans transaction trigger true uid union unique \
    update user validate values view was when whenever where while with";

/// Whether a text is a word that needs no quotes.
pub(super) fn is_plain(text: &str) -> bool {
    let found = tokens(text);
    matches!(found.as_deref(), Ok([(Token::Word(word), _), _]) if word == text)
        && !reserved_words().any(|reserved| reserved.eq_ignore_ascii_case(text))
}

/// The words that must be quoted.
pub(super) fn reserved_words() -> impl Iterator<Item = &'static str> {
    RESERVED.split(' ')
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    #[test]
    fn and_binds_closer_than_or() {
        let query = parse("a = 1 or b = 2 and not (c in (3, 'x') || d is not empty)").unwrap();
        let Some(Clause::Or(either)) = query.filter else { panic!("{query:?}") };
        assert!(matches!(either[1], Clause::And(_)), "{either:?}");
    }

    #[test]
    fn reserved_words_need_quotes() {
        let error = parse("project = SELECT").unwrap_err();
        assert_eq!(
            error.0[0],
            "Error in the JQL Query: 'SELECT' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 11)"
        );
        assert!(parse("project = 'SELECT'").is_ok());
        assert_eq!(reserved_words().count(), 182);
    }

    #[test]
    fn seven_sort_fields_are_taken_and_eight_are_not() {
        let seven = ["key"; 7].join(", ");
        assert_eq!(parse(&format!("order by {seven}")).unwrap().order.len(), 7);
        assert!(parse(&format!("order by {seven}, id")).is_err());
    }

    #[test]
    fn what_is_not_a_query_is_refused_at_its_place() {
        for (text, place) in [
            ("project = 'A' project", "(line 1, character 15)"),
            ("project", "(line 1, character 8)"),
            ("(project = 'A'", "(line 1, character 15)"),
            ("id in ()", "(line 1, character 8)"),
            ("id = 1\nand", "(line 2, character 4)"),
            ("id = 1 order", "(line 1, character 13)"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.0[0].ends_with(place), "{text}: {error:?}");
        }
    }
}
