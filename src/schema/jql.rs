//! How a service compares a column in JQL: the field, what its operands are, and what is known of its values. The
//! push-down reads nothing else about a column.

use std::ops::Range;

use super::check::{Mistake, mistake};
use super::file::{JqlFieldFile, JqlWords};
use super::model::ColumnType;

/// A column as JQL compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JqlField {
    /// The field, as JQL names it: `project`, `cf[10016]`.
    pub field: String,
    /// What it is compared with.
    pub by: Operand,
    /// How many values the field has for one of the column.
    pub speaks_of: SpeaksOf,
    /// The column is NULL exactly where the field is empty.
    pub empty: bool,
    /// All values that there are, where they are few and known; none where they are not.
    pub values: Vec<String>,
    /// `ORDER BY` the field gives the rows in the order of the column, but for those of one minute; it is never empty.
    pub sorts: bool,
}

/// How many values a JQL field has for one value of its column. Of several, what the field has can be asked, not what it
/// lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeaksOf {
    /// One: the column's.
    Value,
    /// Those that the column has as a list.
    List,
    /// Those of several rows.
    Rows,
}

/// What a JQL field is compared with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// A text that names something, whatever its case.
    Name,
    /// The number by which something is known.
    Id,
    /// A number that has an order.
    Number,
    /// A duration in seconds, which JQL compares in minutes.
    Minutes,
    /// A day.
    Day,
    /// An instant, which JQL compares by the minute at least.
    Instant,
}

impl Operand {
    /// What columns of this type are compared with, if nothing else is said; nothing for types that JQL can't compare.
    fn of(data_type: &ColumnType) -> Option<Self> {
        match data_type {
            ColumnType::Text => Some(Self::Name),
            ColumnType::List(_, item) => Self::of(item).filter(|it| *it == Self::Name),
            ColumnType::Int64 => Some(Self::Id),
            ColumnType::Float64 => Some(Self::Number),
            ColumnType::Date => Some(Self::Day),
            ColumnType::Timestamp => Some(Self::Instant),
            _ => None,
        }
    }

    /// Can columns of this type be compared with it?
    pub(super) fn fits(self, data_type: &ColumnType) -> bool {
        match self {
            Self::Name => Self::of(data_type) == Some(Self::Name),
            Self::Id | Self::Minutes => *data_type == ColumnType::Int64,
            Self::Number => matches!(data_type, ColumnType::Int64 | ColumnType::Float64),
            Self::Day => *data_type == ColumnType::Date,
            Self::Instant => *data_type == ColumnType::Timestamp,
        }
    }
}

impl JqlField {
    /// A field of which no more is known than what it is compared with.
    pub(super) fn plain(field: String, by: Operand, data_type: &ColumnType) -> Self {
        let speaks_of = match data_type {
            ColumnType::List(..) => SpeaksOf::List,
            _ => SpeaksOf::Value,
        };
        Self { field, by, speaks_of, empty: false, values: vec![], sorts: false }
    }

    /// What a table file says of a column.
    pub(super) fn of(
        at: &Range<usize>,
        column: &str,
        data_type: &ColumnType,
        words: &JqlWords,
    ) -> Result<Self, Mistake> {
        let refuse = |why: &str| mistake(at.clone(), format!("`jql` of column `{column}`: {why}"));
        let plain = |field: &String, by: Option<Operand>| match by.or_else(|| Operand::of(data_type)) {
            Some(by) if by.fits(data_type) => Ok(Self::plain(field.clone(), by, data_type)),
            _ => refuse("its type can't be compared so"),
        };
        let JqlFieldFile { field, by, many, empty, values, sorts } = match words {
            JqlWords::Field(field) => return plain(field, None),
            JqlWords::Words(words) => words,
        };
        let known = plain(field, *by)?;
        let speaks_of = if *many { SpeaksOf::Rows } else { known.speaks_of };
        if *empty && speaks_of != SpeaksOf::Value {
            return refuse(
                "a field that speaks of several rows or values is never NULL in one, so not `empty`",
            );
        }
        if !values.is_empty() && known.by != Operand::Name {
            return refuse("`values` are names");
        }
        if *sorts && known.by != Operand::Instant {
            return refuse("`sorts` is for instants");
        }
        Ok(Self { speaks_of, empty: *empty, values: values.clone(), sorts: *sorts, ..known })
    }
}
