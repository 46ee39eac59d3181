//! SET and RESET: a name and a value that are wrong are told when the statement is planned, with the nearest name; what
//! DataFusion and Jirrow both know, the time zone, stays the same in both.

use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{LogicalPlan, ResetVariable, SetVariable, Statement};

use datafusion::sql::parser::Statement as ParsedStatement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, ObjectNamePart, Set, Statement as Sql,
};

use super::options::{APPROXIMATE_COUNT, Options, PUSHDOWN, TIME_ZONE, zone_name};
use crate::connection::TimeZone;

/// DataFusion's name of the zone.
const ENGINE_ZONE: &str = "datafusion.execution.time_zone";

/// Settings of the runtime are not in the configuration: the engine knows them when it sets them.
const RUNTIME: &str = "datafusion.runtime.";

/// A change of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The session's zone: Jirrow's setting and the engine's.
    Zone(TimeZone),
    /// Any other setting.
    Set(SetVariable),
    /// A setting of the engine back to its default.
    Reset(ResetVariable),
}

impl Change {
    /// What a SET or RESET means, where `defaults` are the session's own; nothing for another plan.
    pub(super) fn of(plan: &LogicalPlan, config: &ConfigOptions, defaults: &Options) -> Result<Option<Self>> {
        Ok(Some(match plan {
            LogicalPlan::Statement(Statement::SetVariable(set)) => Self::set(set, config)?,
            LogicalPlan::Statement(Statement::ResetVariable(reset)) => Self::reset(reset, config, defaults)?,
            _ => return Ok(None),
        }))
    }

    fn set(set: &SetVariable, config: &ConfigOptions) -> Result<Self> {
        known(&set.variable, config)?;
        if set.variable.starts_with(RUNTIME) {
            return Ok(Self::Set(set.clone()));
        }
        let mut trial = config.clone();
        if set.variable == ENGINE_ZONE {
            trial.set(TIME_ZONE, &set.value)?;
        } else {
            trial.set(&set.variable, &set.value).map_err(|e| refused(set, &e))?;
        }
        Ok(match set.variable.as_str() {
            ENGINE_ZONE | TIME_ZONE => Self::Zone(Options::of(&trial).time_zone),
            _ => Self::Set(set.clone()),
        })
    }

    fn reset(reset: &ResetVariable, config: &ConfigOptions, defaults: &Options) -> Result<Self> {
        known(&reset.variable, config)?;
        let to = |value: bool| SetVariable { variable: reset.variable.clone(), value: value.to_string() };
        Ok(match reset.variable.as_str() {
            ENGINE_ZONE | TIME_ZONE => Self::Zone(defaults.time_zone),
            PUSHDOWN => Self::Set(to(defaults.pushdown)),
            APPROXIMATE_COUNT => Self::Set(to(defaults.approximate_count)),
            _ => Self::Reset(reset.clone()),
        })
    }

    /// The statements that make the change; `account` is the zone of the account, for [`TimeZone::User`].
    pub(super) fn statements(self, account: Option<String>) -> Vec<LogicalPlan> {
        let set = |variable: &str, value: String| {
            Statement::SetVariable(SetVariable { variable: variable.to_owned(), value })
        };
        let statements = match self {
            Self::Set(set) => vec![Statement::SetVariable(set)],
            Self::Reset(reset) => vec![Statement::ResetVariable(reset)],
            Self::Zone(zone) => {
                let name = zone_name(zone).to_owned();
                let engine = match zone {
                    TimeZone::Zone(_) => name.clone(),
                    TimeZone::User => account.unwrap_or_else(|| "UTC".to_owned()),
                };
                vec![set(TIME_ZONE, name), set(ENGINE_ZONE, engine)]
            }
        };
        statements.into_iter().map(LogicalPlan::Statement).collect()
    }
}

/// `SET jirrow.time_zone = user`: the parser takes the word for a function.
pub(super) fn read_words(statement: &mut ParsedStatement) {
    if let ParsedStatement::Statement(sql) = statement
        && let Sql::Set(Set::SingleAssignment { values, .. }) = sql.as_mut()
    {
        for value in values {
            if let Expr::Function(Function { name, args: FunctionArguments::None, .. }) = value
                && let [ObjectNamePart::Identifier(word)] = name.0.as_slice()
            {
                *value = Expr::Identifier(word.clone());
            }
        }
    }
}

/// A value that the engine does not take. Our own settings say themselves what they take.
fn refused(set: &SetVariable, error: &DataFusionError) -> DataFusionError {
    let why = error.find_root().strip_backtrace();
    let why = why.split_once(": ").map_or(why.as_str(), |(_, why)| why);
    DataFusionError::Configuration(match set.variable.starts_with("jirrow.") {
        true => why.to_owned(),
        false => format!("`{}` does not take `{}`: {why}", set.variable, set.value),
    })
}

/// Refuses a name that is no setting, with the nearest that is one.
fn known(name: &str, config: &ConfigOptions) -> Result<()> {
    let entries = config.entries();
    let names = || entries.iter().map(|entry| entry.key.as_str());
    if name.starts_with(RUNTIME) || names().any(|known| known == name) {
        return Ok(());
    }
    let ending = names().find(|known| known.strip_suffix(name).is_some_and(|before| before.ends_with('.')));
    let hint = match ending.or_else(|| crate::schema::nearest(name, names())) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; `SHOW ALL` lists them".to_owned(),
    };
    Err(DataFusionError::Configuration(format!("no setting `{name}`{hint}")))
}
