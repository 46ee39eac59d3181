//! A query as its text has it, before anything is looked up.

/// A query: what to keep, and in which order.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) struct Query {
    pub(in crate::sandbox) filter: Option<Clause>,
    pub(in crate::sandbox) order: Vec<(String, Direction)>,
}

/// Ascending or descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Direction {
    Ascending,
    Descending,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Comparison {
        field: String,
        operator: Operator,
        operand: Operand,
    },
    /// What a field was, or that it changed.
    History {
        field: String,
        operator: HistoryOperator,
        /// What it was; none for `changed`.
        operand: Option<Operand>,
        predicates: Vec<(Predicate, Operand)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
    Contains,
    NotContains,
}

/// Operators that look into the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum HistoryOperator {
    Was,
    WasNot,
    WasIn,
    WasNotIn,
    Changed,
}

/// What narrows an operator that looks into the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Predicate {
    Before,
    After,
    On,
    During,
    By,
    From,
    To,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) enum Operand {
    One(Literal),
    List(Vec<Literal>),
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) enum Literal {
    /// `EMPTY` or `NULL`.
    Empty,
    /// A word without quotes.
    Bare(String),
    /// A string in quotes.
    Quoted(String),
    /// A function call.
    Function { name: String, arguments: Vec<String> },
}

impl Operand {
    pub(super) fn literals(&self) -> &[Literal] {
        match self {
            Self::One(literal) => std::slice::from_ref(literal),
            Self::List(literals) => literals,
        }
    }
}

impl Literal {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Empty => "EMPTY",
            Self::Bare(text) | Self::Quoted(text) | Self::Function { name: text, .. } => text,
        }
    }
}

impl Operator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Contains => "~",
            Self::NotContains => "!~",
        }
    }

    /// The operator that a `NOT` in front makes of it.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Is => Self::IsNot,
            Self::IsNot => Self::Is,
            Self::Contains => Self::NotContains,
            Self::NotContains => Self::Contains,
        }
    }
}

impl HistoryOperator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Was => "was",
            Self::WasNot => "was not",
            Self::WasIn => "was in",
            Self::WasNotIn => "was not in",
            Self::Changed => "changed",
        }
    }
}
