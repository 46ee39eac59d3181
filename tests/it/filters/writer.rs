//! Random conditions on the columns of a table.

use chrono_tz::Tz;

use super::columns::{Column, Kind, Shape};
use super::values::{Drawn, Reach, Values};

/// A condition.
#[derive(Clone)]
pub(crate) struct Filter {
    pub(crate) sql: String,
    /// An operand does not occur in its column: the service may refuse it.
    pub(crate) strange: bool,
}

/// A comparison that a condition on one column makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operator {
    Plain(&'static str),
    In,
    NotIn,
    Between,
    NotBetween,
    IsNull,
    IsNotNull,
    Distinct,
    NotDistinct,
    Has,
    HasNot,
}

use Operator::{
    Between, Distinct, Has, HasNot, In, IsNotNull, IsNull, NotBetween, NotDistinct, NotIn, Plain,
};

const SCALAR: [Operator; 14] = [
    Plain("="),
    Plain("<>"),
    Plain("<"),
    Plain("<="),
    Plain(">"),
    Plain(">="),
    In,
    NotIn,
    Between,
    NotBetween,
    IsNull,
    IsNotNull,
    Distinct,
    NotDistinct,
];

impl Operator {
    /// Those that a column of this type can be compared by.
    pub(crate) fn of(shape: Shape) -> &'static [Self] {
        match shape {
            Shape::TextList => &[Has, HasNot, IsNull, IsNotNull],
            Shape::Bool => &[Plain("="), Plain("<>"), IsNull, IsNotNull],
            _ => &SCALAR,
        }
    }

    /// Does it travel to the service, as the catalog says?
    pub(crate) fn travels(self, column: &Column) -> bool {
        let word = match self {
            IsNotNull if !column.has_nulls => return false,
            Plain(word) => word,
            In => "IN",
            NotIn => "NOT IN",
            NotBetween if matches!(column.kind, Kind::Floor) => return false,
            Between | NotBetween => "BETWEEN",
            IsNull => "IS NULL",
            IsNotNull => "IS NOT NULL",
            Has => "array_has",
            Distinct | NotDistinct | HasNot => return false,
        };
        column.operators.contains(&word)
    }

    /// Does it ask whether there is a value?
    pub(crate) fn is_about_null(self) -> bool {
        matches!(self, IsNull | IsNotNull)
    }
}

/// What may be part of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// Only what travels.
    Travels,
    /// Only what travels as JQL, of which any part of a condition can be; keys and floors stand in a conjunction alone.
    Jql,
    /// Whatever SQL has.
    Anything,
}

/// Writes conditions, the same for the same seed.
pub(crate) struct Writer {
    rng: fastrand::Rng,
    /// The session's zone.
    pub(crate) zone: Tz,
}

impl Writer {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), zone: Tz::UTC }
    }

    pub(crate) fn below(&mut self, number: usize) -> usize {
        self.rng.usize(0..number)
    }

    /// The column compared by the operator with values that occur, or lie beside those.
    pub(crate) fn comparison(&mut self, column: &Column, operator: Operator) -> Filter {
        let mut strange = false;
        let sql = self.compared(&column.quoted(), column, operator, Reach::Near, &mut strange);
        Filter { sql, strange }
    }

    /// The column as another type, compared by the operator; none where there is nothing of the sort.
    pub(crate) fn cast(&mut self, column: &Column, operator: Operator) -> Option<Filter> {
        let mut strange = false;
        let sql = self.odd(column, operator, Aim::Travels, &mut strange)?;
        Some(Filter { sql, strange })
    }

    /// One column or another has a value: neither restricts the rows by itself.
    pub(crate) fn either(&mut self, columns: [&Column; 2]) -> Filter {
        let mut strange = false;
        let sides = columns.map(|it| self.compared(&it.quoted(), it, Plain("="), Reach::Near, &mut strange));
        Filter { sql: sides.join(" OR "), strange }
    }

    /// A condition of up to three levels.
    pub(crate) fn filter(&mut self, columns: &[Column]) -> Filter {
        let aim = if self.rng.u32(0..20) == 0 { Aim::Anything } else { Aim::Travels };
        let mut strange = false;
        let depth = self.rng.u32(0..4);
        let sql = self.tree(columns, depth, aim, &mut strange);
        Filter { sql, strange }
    }

    fn tree(&mut self, columns: &[Column], depth: u32, aim: Aim, strange: &mut bool) -> String {
        if depth == 0 {
            return self.leaf(columns, aim, strange);
        }
        let depth = depth - 1;
        let branch = self.rng.u32(0..12);
        let aim = match (aim, branch) {
            (Aim::Travels, 4..) if columns.iter().any(Column::is_in_jql) => Aim::Jql,
            (Aim::Travels, 4..) => return self.leaf(columns, aim, strange),
            _ => aim,
        };
        match branch {
            0..=3 => {
                let left = self.tree(columns, depth, aim, strange);
                // One side of a conjunction is enough.
                let other = if self.rng.u32(0..3) == 0 { Aim::Anything } else { aim };
                let right = self.tree(columns, depth, other, strange);
                if self.rng.bool() {
                    format!("({left} AND {right})")
                } else {
                    format!("({right} AND {left})")
                }
            }
            4..=6 => {
                let sides = [0; 2].map(|_| self.tree(columns, depth, aim, strange));
                format!("({})", sides.join(" OR "))
            }
            7 => {
                let three = [0; 3].map(|_| self.leaf(columns, aim, strange));
                format!("({})", three.join([" AND ", " OR "][self.below(2)]))
            }
            8..=9 => format!("NOT ({})", self.negatable(columns, depth, aim, strange)),
            10 => {
                let inner = self.tree(columns, depth, aim, strange);
                let word = match aim {
                    Aim::Travels | Aim::Jql => "IS TRUE",
                    Aim::Anything => ["IS TRUE", "IS NOT TRUE", "IS NOT FALSE", "IS UNKNOWN"][self.below(4)],
                };
                format!("({inner}) {word}")
            }
            _ => {
                let inner = self.negatable(columns, depth, aim, strange);
                format!("({inner}) IS FALSE")
            }
        }
    }

    /// A condition whose opposite travels where that is the aim.
    fn negatable(&mut self, columns: &[Column], depth: u32, aim: Aim, strange: &mut bool) -> String {
        if aim == Aim::Anything || self.rng.u32(0..20) == 0 {
            return self.tree(columns, depth, aim, strange);
        }
        let parts: Vec<String> = (0..=depth.min(1)).map(|_| self.opposite(columns, strange)).collect();
        let word = [" AND ", " OR "][self.below(2)];
        parts.join(word)
    }

    fn opposite(&mut self, columns: &[Column], strange: &mut bool) -> String {
        let turned: [(Operator, Operator); 11] = [
            (Plain("="), Plain("<>")),
            (Plain("<>"), Plain("=")),
            (Plain("<"), Plain(">=")),
            (Plain("<="), Plain(">")),
            (Plain(">"), Plain("<=")),
            (Plain(">="), Plain("<")),
            (In, NotIn),
            (NotIn, In),
            (NotBetween, Between),
            (IsNull, IsNotNull),
            (IsNotNull, IsNull),
        ];
        for _ in 0..600 {
            let column = &columns[self.below(columns.len())];
            let (operator, opposite) = turned[self.below(turned.len())];
            if column.shape != Shape::TextList && opposite.travels(column) && column.is_in_jql() {
                let reach = self.reach();
                return self.compared(&column.quoted(), column, operator, reach, strange);
            }
        }
        self.leaf(columns, Aim::Anything, strange)
    }

    fn reach(&mut self) -> Reach {
        if self.rng.u32(0..8) == 0 { Reach::Anything } else { Reach::Near }
    }

    fn leaf(&mut self, columns: &[Column], aim: Aim, strange: &mut bool) -> String {
        for _ in 0..600 {
            let column = &columns[self.below(columns.len())];
            let operators = Operator::of(column.shape);
            let operator = operators[self.below(operators.len())];
            let fits = match aim {
                Aim::Anything => true,
                Aim::Travels => operator.travels(column),
                Aim::Jql => operator.travels(column) && column.is_in_jql(),
            };
            if !fits {
                continue;
            }
            let reach = self.reach();
            if self.rng.u32(0..6) == 0
                && let Some(sql) = self.odd(column, operator, aim, strange)
            {
                return sql;
            }
            return self.compared(&column.quoted(), column, operator, reach, strange);
        }
        "true".to_owned()
    }

    fn operand(&mut self, column: &Column, reach: Reach, strange: &mut bool) -> Drawn {
        let drawn = Values { rng: &mut self.rng, zone: self.zone }.draw(column, reach);
        *strange |= !drawn.occurs;
        drawn
    }

    fn compared(
        &mut self,
        subject: &str,
        column: &Column,
        operator: Operator,
        reach: Reach,
        strange: &mut bool,
    ) -> String {
        match operator {
            IsNull => format!("{subject} IS NULL"),
            IsNotNull => format!("{subject} IS NOT NULL"),
            Has | HasNot => {
                let value = self.operand(column, reach, strange).sql;
                let not = if operator == HasNot { "NOT " } else { "" };
                match self.rng.u32(0..6) {
                    0 => format!("{not}({value} = ANY({subject}))"),
                    1 => format!("{not}array_contains({subject}, {value})"),
                    _ => format!("{not}array_has({subject}, {value})"),
                }
            }
            In | NotIn => {
                let number = 1 + self.below(4);
                let mut values: Vec<String> =
                    (0..number).map(|_| self.operand(column, reach, strange).sql).collect();
                if reach == Reach::Anything && self.rng.u32(0..4) == 0 {
                    values.push("NULL".to_owned());
                }
                let word = if operator == In { "IN" } else { "NOT IN" };
                format!("{subject} {word} ({})", values.join(", "))
            }
            Between | NotBetween => {
                let mut sides = [0; 2].map(|_| self.operand(column, reach, strange));
                let ordered = self.rng.u32(0..5) != 0;
                if ordered && sides[0].order > sides[1].order {
                    sides.swap(0, 1);
                }
                let word = if operator == Between { "BETWEEN" } else { "NOT BETWEEN" };
                format!("{subject} {word} {} AND {}", sides[0].sql, sides[1].sql)
            }
            Distinct | NotDistinct => {
                let value = self.operand(column, reach, strange).sql;
                let not = if operator == Distinct { "" } else { "NOT " };
                format!("({subject} IS {not}DISTINCT FROM {value})")
            }
            Plain(word) => {
                let value = self.operand(column, reach, strange).sql;
                let swapped = match word {
                    "<" => ">",
                    "<=" => ">=",
                    ">" => "<",
                    ">=" => "<=",
                    same => same,
                };
                match self.rng.u32(0..5) {
                    0 => format!("({value}) {swapped} {subject}"),
                    _ => format!("{subject} {word} {value}"),
                }
            }
        }
    }

    /// The column as another type, or behind a function.
    fn odd(&mut self, column: &Column, operator: Operator, aim: Aim, strange: &mut bool) -> Option<String> {
        let name = column.quoted();
        let travelling = match column.shape {
            Shape::Instant if matches!(operator, Plain("<" | "<=" | ">" | ">=" | "=")) => {
                let unit = ["hour", "day", "week", "month", "quarter", "year"][self.below(6)];
                vec![
                    format!("CAST({name} AS DATE)"),
                    format!("{name}::date"),
                    format!("date_trunc('{unit}', {name})"),
                ]
            }
            Shape::Day => vec![format!("CAST({name} AS TIMESTAMP)")],
            Shape::Float if !matches!(operator, In | NotIn) => vec![format!("CAST({name} AS DOUBLE)")],
            _ => vec![],
        };
        let engine = match column.shape {
            Shape::Text => {
                let value = self.operand(column, Reach::Near, strange).sql;
                return (aim == Aim::Anything).then(|| match self.below(4) {
                    0 => format!("lower({name}) = lower({value})"),
                    1 => format!("{name} LIKE {value}"),
                    2 => format!("coalesce({name}, 'x') <> {value}"),
                    _ => format!("{name} || '' = {value}"),
                });
            }
            Shape::Instant => {
                vec![format!("date_bin(INTERVAL '1' DAY, {name})"), format!("{name} + INTERVAL '1' DAY")]
            }
            Shape::Day => vec![format!("{name} - INTERVAL '1' DAY"), format!("date_trunc('month', {name})")],
            Shape::Int | Shape::Float => {
                vec![format!("{name} + 0"), format!("-(-{name})"), format!("{name}::text")]
            }
            Shape::Bool | Shape::TextList => vec![],
        };
        let choices = if aim == Aim::Anything { engine } else { travelling };
        if choices.is_empty() || operator.is_about_null() {
            return None;
        }
        let subject = choices[self.below(choices.len())].clone();
        // Texts are compared with texts.
        if subject.ends_with("::text") {
            let value = self.operand(column, Reach::Near, strange).sql;
            return Some(format!("{subject} = CAST({value} AS VARCHAR)"));
        }
        if let (true, Plain(word)) = (column.shape == Shape::Instant && aim != Aim::Anything, operator) {
            // An instant would turn the days back into instants, and nothing would travel.
            let day = Values { rng: &mut self.rng, zone: self.zone }.day_of(column)?;
            return Some(format!("{subject} {word} {day}"));
        }
        let reach = self.reach();
        Some(self.compared(&subject, column, operator, reach, strange))
    }
}
