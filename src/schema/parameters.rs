//! Query parameters that take over a part of a WHERE clause: the columns that each speaks of, and what of a condition the
//! service is sure to understand. The push-down reads nothing else about them.

use std::ops::Range;

use super::check::{Mistake, find, mistake};
use super::file::{ParameterFile, PathFile, Words};
use super::model::{Column, ColumnType, Destination, Keyed, Method};

/// A query parameter by which the service leaves rows out that a condition leaves out, too. What it gives is never less
/// than what SQL means by the condition: the engine filters again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the request.
    pub name: String,
    /// Indexes of the columns that it speaks of.
    pub columns: Vec<usize>,
    /// What of a condition it takes.
    pub takes: Takes,
}

/// What a parameter takes of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Values that a column may have, of `=` and `IN`.
    Values {
        /// All values that the service is sure to know; none where they are ids.
        known: Vec<String>,
        /// Values that must not be asked for.
        except: Vec<String>,
        /// How several values are written.
        several: Several,
    },
    /// An instant beyond which no value of the columns can lie.
    Bound {
        /// Which side it is.
        side: Bound,
        /// How it is written.
        form: InstantForm,
    },
}

/// How a parameter takes several values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Several {
    /// Not at all: a condition with more than one stays with the engine.
    #[default]
    Never,
    /// Once, with commas.
    Joined,
    /// Once for each.
    Repeated,
}

/// A side of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Nothing is less.
    Lower,
    /// Nothing is more.
    Upper,
}

/// How a parameter writes an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstantForm {
    /// `1767323040000`: since 1970.
    Milliseconds,
    /// `2026-01-02T03:04:00.000Z`.
    Text,
}

/// The parameters of a path.
pub(super) fn checked(
    at: &Range<usize>,
    p: &PathFile,
    method: Method,
    columns: &[Column],
    needs: Option<&Keyed>,
) -> Result<Vec<Parameter>, Mistake> {
    if !p.parameters.is_empty() && (method == Method::Post || p.jql.is_some()) {
        return mistake(at.clone(), "`parameters` are for a GET that no `jql` restricts");
    }
    let of_keys = needs.into_iter().flat_map(|n| std::iter::once(&n.at).chain(n.with.iter().map(|c| &c.at)));
    let reserved: Vec<&String> = of_keys
        .filter_map(|place| match place {
            Destination::Query(name) | Destination::Joined(name) => Some(name),
            _ => None,
        })
        .collect();
    p.parameters.iter().map(|(name, file)| parameter(at, name, file, columns, &reserved)).collect()
}

fn parameter(
    at: &Range<usize>,
    name: &str,
    file: &ParameterFile,
    all: &[Column],
    reserved: &[&String],
) -> Result<Parameter, Mistake> {
    let refuse = |why: &str| mistake(at.clone(), format!("`parameters`: `{name}` {why}"));
    if reserved.iter().any(|it| *it == name) {
        return refuse("is where the keys go");
    }
    let names = match &file.column {
        Words::One(column) => std::slice::from_ref(column),
        Words::Several(columns) => columns,
    };
    let columns = names.iter().map(|column| find(all, at, column)).collect::<Result<Vec<_>, _>>()?;
    let has_type = |data_type: ColumnType| columns.iter().all(|c| all[*c].data_type == data_type);
    let takes = match (file.bound, file.form) {
        (Some(side), Some(form)) => {
            if columns.is_empty() || !has_type(ColumnType::Timestamp) {
                return refuse("has a `bound`, which is for timestamps");
            }
            if !file.values.is_empty() || !file.except.is_empty() || file.several != Several::Never {
                return refuse("has a `bound`, so that it takes no `values`, `except` or `several`");
            }
            Takes::Bound { side, form }
        }
        (None, None) => {
            let is_boolean = has_type(ColumnType::Boolean);
            if columns.len() != 1
                || !(is_boolean || has_type(ColumnType::Int64) || has_type(ColumnType::Text))
            {
                return refuse("asks for the values of one `text`, `int64` or `boolean` column");
            }
            let known = match is_boolean && file.values.is_empty() {
                true => ["true", "false"].map(str::to_owned).to_vec(),
                false => file.values.clone(),
            };
            if is_boolean && known.iter().any(|value| value != "true" && value != "false") {
                return refuse("asks for a boolean, which is `true` or `false`");
            }
            Takes::Values { known, except: file.except.clone(), several: file.several }
        }
        _ => return refuse("needs both `bound` and `form`, or neither"),
    };
    Ok(Parameter { name: name.to_owned(), columns, takes })
}
