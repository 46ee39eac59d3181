//! Parameters of a statement: `$name` in the SQL stands for a value that comes beside it. A value is text and takes the
//! type that its place needs, so that nothing of it is ever read as SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{ScalarValue, plan_datafusion_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::time_text::with_seconds;

/// The values of a run's parameters, by name; names match whatever their case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, Parameter>);

/// One parameter: its name as it was written, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    value: String,
}

impl Parameter {
    /// A parameter; `name` is without the `$`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl FromStr for Parameter {
    type Err = BadParameter;

    fn from_str(text: &str) -> Result<Self, BadParameter> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let bare = name.strip_prefix('$').unwrap_or(name);
        let is_name = bare.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_')
            && bare.chars().all(|c| c.is_alphanumeric() || c == '_');
        match text.contains('=') && is_name {
            true => Ok(Self::new(bare, value)),
            false => Err(BadParameter),
        }
    }
}

/// A text that is no parameter. It is not repeated: a value may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is written `NAME=VALUE`, and stands in the SQL as `$NAME`")]
pub struct BadParameter;

/// A run's parameters do not fit its statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Two values for one name.
    #[error("parameter `{0}` has two values; give it one")]
    Twice(String),
    /// Nothing refers to it.
    #[error("no statement has a parameter `${name}`{hint}")]
    Unused {
        /// The name.
        name: String,
        /// The nearest one, or what to do.
        hint: String,
    },
}

impl Parameters {
    /// The values of these parameters.
    ///
    /// # Errors
    /// When two have one name.
    pub fn new(parameters: impl IntoIterator<Item = Parameter>) -> Result<Self, ParameterError> {
        let mut known = Self::default();
        for parameter in parameters {
            if let Some(before) = known.0.insert(parameter.name.to_lowercase(), parameter) {
                return Err(ParameterError::Twice(before.name));
            }
        }
        Ok(known)
    }

    /// Is each of them in this SQL?
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check_used(&self, sql: &str) -> Result<(), ParameterError> {
        let used = names_in(sql);
        match self.0.iter().find(|(key, _)| !used.iter().any(|u| u.to_lowercase() == **key)) {
            None => Ok(()),
            Some((_, Parameter { name, .. })) => {
                let near = crate::schema::nearest(name, used.iter().map(String::as_str));
                let known: Vec<String> = used.iter().map(|name| format!("`${name}`")).collect();
                let hint = match (near, known.is_empty()) {
                    (Some(near), _) => format!("; did you mean `{near}`?"),
                    (None, false) => format!("; the statements have {}", known.join(", ")),
                    (None, true) => "; leave it out, or use it".to_owned(),
                };
                Err(ParameterError::Unused { name: name.clone(), hint })
            }
        }
    }

    /// Puts the values into a plan.
    pub(super) fn bind(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let names = plan.get_parameter_names()?;
        if names.is_empty() {
            return Ok(plan);
        }
        let without: BTreeSet<&String> = names.iter().filter(|id| self.value(id).is_none()).collect();
        if let Some(id) = without.first() {
            return Err(unbound(id));
        }
        let bound = plan.transform_up_with_subqueries(|plan| {
            let counts_rows = matches!(plan, LogicalPlan::Limit(_));
            let names = NamePreserver::new(&plan);
            let mapped = plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let bound = expr.transform_up(|expr| match expr {
                    Expr::Placeholder(Placeholder { id, field }) => {
                        let needed = match (&field, counts_rows) {
                            (Some(field), _) => Some(field.data_type()),
                            (None, true) => Some(&DataType::Int64),
                            (None, false) => None,
                        };
                        Ok(Transformed::yes(Expr::Literal(self.typed(&id, needed)?, None)))
                    }
                    other => Ok(Transformed::no(other)),
                })?;
                Ok(bound.update_data(|expr| name.restore(expr)))
            })?;
            mapped.map_data(LogicalPlan::recompute_schema)
        })?;
        Ok(bound.data)
    }

    /// The value of the parameter that SQL writes so, `$` and all.
    pub(super) fn value(&self, id: &str) -> Option<&str> {
        let name = id.strip_prefix('$')?.to_lowercase();
        self.0.get(&name).map(|parameter| parameter.value.as_str())
    }

    fn typed(&self, id: &str, needed: Option<&DataType>) -> Result<ScalarValue> {
        let given = self.value(id).unwrap_or_default();
        let whole = with_seconds(given).filter(|_| matches!(needed, Some(DataType::Timestamp(..))));
        let text = whole.as_deref().unwrap_or(given);
        let plain = || ScalarValue::Utf8(Some(text.to_owned()));
        let Some(needed) = needed.filter(|t| !t.is_null()) else { return Ok(plain()) };
        let read = |data_type| ScalarValue::try_from_string(text.to_owned(), data_type);
        // Beside a whole number there may also stand another one: `3 * $share`.
        let typed = match read(needed) {
            Err(_) if needed.is_integer() => read(&DataType::Float64),
            read => read,
        };
        let typed = typed.map_err(|_| {
            plan_datafusion_err!("parameter `{id}`: `{text}` does not fit; its place needs {}", kind(needed))
        })?;
        // A time is read where it is compared, in the session's zone.
        Ok(if matches!(needed, DataType::Timestamp(..)) { plain() } else { typed })
    }
}

/// Why a parameter without a value can't be used.
pub(super) fn unbound(id: &str) -> DataFusionError {
    match id.strip_prefix('$') {
        Some(name) => {
            plan_datafusion_err!("parameter `{id}` has no value; give it one with `--param {name}=…`")
        }
        None => {
            plan_datafusion_err!("`{id}` has no name to give it a value by; write a parameter as `$name`")
        }
    }
}

/// What a person calls the type.
fn kind(data_type: &DataType) -> String {
    match data_type {
        t if t.is_numeric() => "a number".to_owned(),
        DataType::Boolean => "`true` or `false`".to_owned(),
        DataType::Date32 | DataType::Date64 => "a date such as `2026-03-29`".to_owned(),
        DataType::Timestamp(..) => {
            "a time such as `2026-03-29`, `2026-03-29 14:30` or `2026-03-29T14:30:00Z`".to_owned()
        }
        other => other.to_string(),
    }
}

/// The parameters of a text of SQL, without their `$`, in the order in which they first stand there. Text that is no
/// SQL has none.
fn names_in(sql: &str) -> Vec<String> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let names = tokens.iter().filter_map(|token| match token {
        Token::Placeholder(id) => id.strip_prefix('$'),
        _ => None,
    });
    let mut found: Vec<String> = vec![];
    for name in names {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_a_name_and_a_value_which_may_hold_anything() {
        let read = |text: &str| text.parse::<Parameter>();
        assert_eq!(read("a=b=c").unwrap(), Parameter::new("a", "b=c"));
        assert_eq!(read("$a=").unwrap(), Parameter::new("a", ""));
        assert_eq!(read("größe_2= x ").unwrap(), Parameter::new("größe_2", " x "));
        for text in ["a", "=b", "a b=c", "", "a-b=c"] {
            assert_eq!(read(text), Err(BadParameter), "{text}");
        }
    }

    #[test]
    fn a_parameter_that_no_statement_has_is_named_with_the_nearest() {
        let parameters = Parameters::new([Parameter::new("Since", "x"), Parameter::new("key", "y")]).unwrap();
        assert_eq!(parameters.check_used("SELECT $since; SELECT $KEY"), Ok(()));
        let error = parameters.check_used("SELECT $since, '$key', $keys -- $key").unwrap_err().to_string();
        assert_eq!(error, "no statement has a parameter `$key`; did you mean `keys`?");
        let twice = Parameters::new([Parameter::new("a", "1"), Parameter::new("A", "2")]).unwrap_err();
        assert!(matches!(twice, ParameterError::Twice(_)));
    }
}
