//! Random SELECTs out of tables whose rows are known, so that filters name values that occur.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta};

use super::reference::Known;
use crate::oracle::value::{Type, Value};

/// Is the order of all rows given?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Given,
    Any,
}

/// One statement in both spellings.
pub(crate) struct Statement {
    pub(crate) ours: String,
    pub(crate) theirs: String,
    pub(crate) order: Order,
    pub(crate) kind: &'static str,
}

/// Columns that hold another table's key.
const REFERENCES: [(&str, &str, &str, &str); 41] = [
    ("Worklogs", "IssueId", "Issues", "Id"),
    ("Worklogs", "IssueKey", "Issues", "Key"),
    ("Worklogs", "AuthorAccountId", "Users", "AccountId"),
    ("Comments", "IssueId", "Issues", "Id"),
    ("Comments", "AuthorAccountId", "Users", "AccountId"),
    ("Issues", "ProjectId", "Projects", "Id"),
    ("Issues", "ProjectKey", "Projects", "Key"),
    ("Issues", "AssigneeAccountId", "Users", "AccountId"),
    ("Issues", "ParentId", "Issues", "Id"),
    ("Projects", "LeadAccountId", "Users", "AccountId"),
    ("Worklogs", "IssueId", "Comments", "IssueId"),
    ("Comments", "UpdateAuthorAccountId", "Worklogs", "AuthorAccountId"),
    ("Issues", "IssueTypeId", "IssueTypes", "Id"),
    ("Issues", "PriorityId", "Priorities", "Id"),
    ("Issues", "ResolutionId", "Resolutions", "Id"),
    ("Issues", "StatusId", "Statuses", "Id"),
    ("Statuses", "StatusCategoryId", "StatusCategories", "Id"),
    ("IssueLinks", "IssueId", "Issues", "Id"),
    ("IssueLinks", "LinkedIssueKey", "Issues", "Key"),
    ("IssueLinks", "TypeId", "IssueLinkTypes", "Id"),
    ("Attachments", "IssueId", "Issues", "Id"),
    ("IssueChangelogs", "IssueId", "Issues", "Id"),
    ("IssueFieldHistory", "HistoryId", "IssueChangelogs", "Id"),
    ("IssueSubtasks", "IssueKey", "Issues", "Key"),
    ("IssueSubtasks", "SubtaskId", "Issues", "Id"),
    ("IssueLabels", "IssueId", "Issues", "Id"),
    ("IssueLabels", "Label", "Labels", "Label"),
    ("IssueComponents", "ComponentId", "ProjectComponents", "Id"),
    ("IssueFixVersions", "VersionId", "ProjectVersions", "Id"),
    ("IssueSprints", "SprintId", "Sprints", "Id"),
    ("ProjectComponents", "LeadAccountId", "Users", "AccountId"),
    ("ProjectComponents", "ProjectId", "Projects", "Id"),
    ("ProjectVersions", "ProjectId", "Projects", "Id"),
    ("GroupMembers", "AccountId", "Users", "AccountId"),
    ("GroupMembers", "GroupId", "Groups", "Id"),
    ("MySelf", "AccountId", "Users", "AccountId"),
    ("Boards", "ProjectKey", "Projects", "Key"),
    ("BoardSprints", "BoardId", "Boards", "Id"),
    ("BoardSprints", "SprintId", "Sprints", "Id"),
    ("SprintIssues", "IssueId", "Issues", "Id"),
    ("SprintIssues", "SprintId", "Sprints", "Id"),
];

/// Writes statements, the same for the same seed.
pub(crate) struct Statements {
    rng: fastrand::Rng,
    tables: Arc<Vec<Known>>,
}

/// A text in both spellings under construction.
#[derive(Clone, Default)]
struct Sql {
    ours: String,
    theirs: String,
}

impl Sql {
    fn both(mut self, text: &str) -> Self {
        self.ours.push_str(text);
        self.theirs.push_str(text);
        self
    }

    fn and(mut self, other: &Self) -> Self {
        self.ours.push_str(&other.ours);
        self.theirs.push_str(&other.theirs);
        self
    }
}

/// Columns of a SELECT, each once: a heading may not repeat.
fn listed(parts: &[Sql]) -> Sql {
    let mut once: Vec<Sql> = vec![];
    for part in parts {
        if once.iter().all(|known| known.theirs != part.theirs) {
            once.push(part.clone());
        }
    }
    joined(&once, ", ")
}

fn joined(parts: &[Sql], between: &str) -> Sql {
    parts
        .iter()
        .enumerate()
        .fold(Sql::default(), |sql, (i, part)| sql.both(if i == 0 { "" } else { between }).and(part))
}

/// A table in a FROM clause.
#[derive(Clone, Copy)]
struct From {
    table: usize,
    alias: &'static str,
}

impl Statements {
    pub(crate) fn new(seed: u64, tables: Arc<Vec<Known>>) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), tables }
    }

    pub(crate) fn next(&mut self) -> Statement {
        match self.rng.u32(0..100) {
            0..30 => self.plain(),
            30..50 => self.join(),
            50..68 => self.aggregate(),
            68..78 => self.window(),
            78..86 => self.membership(),
            86..93 => self.set_operation(),
            _ => self.common_table(),
        }
    }

    /// The letters of a name in any case: what needs no quotes needs no case either.
    fn any_case(&mut self, name: &str) -> String {
        match self.rng.u32(0..4) {
            0 => name.to_owned(),
            1 => name.to_lowercase(),
            2 => name.to_uppercase(),
            _ => name
                .chars()
                .map(|c| if self.rng.bool() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect(),
        }
    }

    fn table(&mut self) -> From {
        From { table: self.rng.usize(0..self.tables.len()), alias: "" }
    }

    fn named(&self, name: &str, alias: &'static str) -> From {
        let table = self.tables.iter().position(|t| t.name == name).expect("a known table");
        From { table, alias }
    }

    fn from(&mut self, from: From) -> Sql {
        let name = self.tables[from.table].name;
        let ours = match self.rng.u32(0..3) {
            0 => format!("public.{}", self.any_case(name)),
            1 => format!("jira.public.{name}"),
            _ => self.any_case(name),
        };
        let sql = Sql { ours, theirs: name.to_lowercase() };
        if from.alias.is_empty() { sql } else { sql.both(" AS ").both(from.alias) }
    }

    fn column(&mut self, from: From, name: &str) -> Sql {
        let ours = match self.rng.u32(0..5) {
            0 => format!("\"{name}\""),
            _ if name == "From" || name == "To" => format!("\"{name}\""),
            _ => self.any_case(name),
        };
        let dot = if from.alias.is_empty() { String::new() } else { format!("{}.", from.alias) };
        Sql { ours: format!("{dot}{ours}"), theirs: format!("{dot}\"{name}\"") }
    }

    fn random_column(&mut self, from: From, of: impl Fn(Type) -> bool) -> Option<(&'static str, Type)> {
        let columns: Vec<_> =
            self.tables[from.table].columns.iter().filter(|(_, k)| of(*k)).copied().collect();
        self.rng.choice(columns)
    }

    fn some_columns(&mut self, from: From, at_most: usize) -> Vec<&'static str> {
        let mut names: Vec<_> = self.tables[from.table].columns.iter().map(|(name, _)| *name).collect();
        self.rng.shuffle(&mut names);
        let number = self.rng.usize(1..=at_most.min(names.len()));
        names.truncate(number);
        names
    }

    /// A value of the column in some row; nothing where the column is empty.
    fn value(&mut self, from: From, name: &str) -> Option<Value> {
        let tables = Arc::clone(&self.tables);
        let rows = &tables[from.table].rows;
        let values: Vec<&Value> = rows.iter().map(|r| &r[name]).filter(|v| **v != Value::Null).collect();
        self.rng.choice(values).cloned()
    }

    fn literal(value: &Value) -> Option<String> {
        Some(match value {
            Value::Int(number) => number.to_string(),
            Value::Bool(b) => b.to_string(),
            Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Value::Timestamp(t) => {
                format!("'{}'", DateTime::from_timestamp_micros(*t)?.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
            }
            Value::Date(days) => {
                format!("DATE '{}'", NaiveDate::default() + TimeDelta::days(i64::from(*days)))
            }
            _ => return None,
        })
    }

    /// One comparison, of a column that has values.
    fn term(&mut self, from: From) -> Sql {
        for _ in 0..5 {
            if let Some(term) = self.comparison(from) {
                return term;
            }
        }
        Sql::default().both("1 = 1")
    }

    fn comparison(&mut self, from: From) -> Option<Sql> {
        let (name, kind) = self.random_column(from, |_| true)?;
        let column = self.column(from, name);
        let value = self.value(from, name)?;
        if self.rng.u32(0..8) == 0 {
            let test = if self.rng.bool() { " IS NULL" } else { " IS NOT NULL" };
            return Some(column.both(test));
        }
        if kind == Type::TextList {
            let Value::List(items) = value else { return None };
            let item = Self::literal(self.rng.choice(items.iter())?)?;
            return Some(Sql::default().both("array_has(").and(&column).both(&format!(", {item})")));
        }
        let literal = Self::literal(&value)?;
        if kind == Type::Text && self.rng.u32(0..3) == 0 {
            let Value::Text(text) = &value else { return None };
            let start: String = text.chars().take(3).collect();
            let pattern = start.replace('\'', "''").replace(['%', '_', '\\'], "_");
            let like = if self.rng.bool() { "LIKE" } else { "NOT LIKE" };
            return Some(column.both(&format!(" {like} '{pattern}%'")));
        }
        Some(match self.rng.u32(0..6) {
            0 if kind != Type::Bool => {
                let mut literals = vec![literal];
                for _ in 0..self.rng.u32(1..5) {
                    literals.extend(self.value(from, name).as_ref().and_then(Self::literal));
                }
                let not = if self.rng.u32(0..4) == 0 { "NOT " } else { "" };
                column.both(&format!(" {not}IN ({})", literals.join(", ")))
            }
            1 if kind != Type::Bool => {
                let other = self.value(from, name).as_ref().and_then(Self::literal)?;
                column.both(&format!(" BETWEEN {literal} AND {other}"))
            }
            2 => Sql::default().both(&literal).both(" = ").and(&column),
            _ => {
                let operator =
                    self.rng.choice(["=", "<>", "<", "<=", ">", ">=", "=", ">="]).expect("an operator");
                column.both(&format!(" {operator} {literal}"))
            }
        })
    }

    /// A condition of one to three terms.
    fn condition(&mut self, from: From) -> Sql {
        let terms: Vec<Sql> = (0..self.rng.u32(1..=3)).map(|_| self.term(from)).collect();
        let word = if self.rng.u32(0..3) == 0 { " AND " } else { " OR " };
        let all = Sql::default().both("(").and(&joined(&terms, word)).both(")");
        if self.rng.u32(0..6) == 0 { Sql::default().both("NOT ").and(&all) } else { all }
    }

    /// Columns by which all rows of a table are told apart, after one of any type.
    fn total_order(&mut self, from: From, limit: bool) -> Sql {
        let first = self.random_column(from, |k| k != Type::TextList).map(|(name, _)| name);
        let keys: Vec<&'static str> = self.tables[from.table]
            .columns
            .iter()
            .filter(|(_, k)| *k != Type::TextList)
            .map(|(n, _)| *n)
            .collect();
        let mut parts = vec![];
        for name in first.into_iter().chain(keys) {
            let direction = match self.rng.u32(0..4) {
                0 => " DESC",
                1 => " ASC NULLS FIRST",
                2 => " DESC NULLS LAST",
                _ => "",
            };
            parts.push(self.column(from, name).both(direction));
        }
        let mut sql = Sql::default().both(" ORDER BY ").and(&joined(&parts, ", "));
        if limit {
            sql = sql.both(&format!(" LIMIT {}", self.rng.u32(1..40)));
            if self.rng.bool() {
                sql = sql.both(&format!(" OFFSET {}", self.rng.u32(0..15)));
            }
        }
        sql
    }

    fn statement(sql: Sql, order: Order, kind: &'static str) -> Statement {
        Statement { ours: sql.ours, theirs: sql.theirs, order, kind }
    }

    fn select(&mut self, from: From, columns: &[&str]) -> Sql {
        let columns: Vec<Sql> = columns.iter().map(|c| self.column(from, c)).collect();
        let table = self.from(from);
        Sql::default().both("SELECT ").and(&listed(&columns)).both(" FROM ").and(&table)
    }

    fn plain(&mut self) -> Statement {
        let from = self.table();
        let columns = self.some_columns(from, 8);
        let distinct = self.rng.u32(0..8) == 0;
        let mut sql = self.select(from, &columns);
        if distinct {
            sql = Sql {
                ours: sql.ours.replacen("SELECT", "SELECT DISTINCT", 1),
                theirs: sql.theirs.replacen("SELECT", "SELECT DISTINCT", 1),
            };
        }
        if self.rng.u32(0..4) > 0 {
            sql = sql.both(" WHERE ").and(&self.condition(from));
        }
        if distinct || self.rng.u32(0..3) == 0 {
            return Self::statement(sql, Order::Any, "plain");
        }
        let limit = self.rng.bool();
        let order = self.total_order(from, limit);
        Self::statement(sql.and(&order), Order::Given, "ordered")
    }

    fn pair(&mut self) -> (From, &'static str, From, &'static str) {
        let known = |name: &str| self.tables.iter().any(|t| t.name == name);
        let usable: Vec<_> = REFERENCES.iter().filter(|(a, _, b, _)| known(a) && known(b)).collect();
        let (a, left, b, right) = **self.rng.choice(&usable).expect("a reference");
        (self.named(a, "a"), left, self.named(b, "b"), right)
    }

    fn join(&mut self) -> Statement {
        let (a, left, b, right) = self.pair();
        let mut columns: Vec<Sql> = self.some_columns(a, 3).iter().map(|c| self.column(a, c)).collect();
        columns.extend(self.some_columns(b, 3).iter().map(|c| self.column(b, c)).collect::<Vec<_>>());
        let how = self.rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN"]).expect("a join");
        let (from_a, from_b) = (self.from(a), self.from(b));
        let (left, right) = (self.column(a, left), self.column(b, right));
        let mut sql = Sql::default().both("SELECT ").and(&listed(&columns)).both(" FROM ").and(&from_a);
        sql = sql.both(&format!(" {how} ")).and(&from_b).both(" ON ").and(&left).both(" = ").and(&right);
        // Without a filter the pairs of some tables are too many to be worth it.
        let side = if self.rng.bool() { a } else { b };
        sql = sql.both(" WHERE ").and(&self.condition(side));
        Self::statement(sql, Order::Any, "join")
    }

    fn aggregate(&mut self) -> Statement {
        let from = self.table();
        let mut parts: Vec<Sql> = vec![];
        let groups: Vec<_> = (0..self.rng.u32(0..3))
            .filter_map(|_| self.random_column(from, |k| k != Type::TextList))
            .collect();
        let groups: Vec<Sql> = groups.iter().map(|(name, _)| self.column(from, name)).collect();
        parts.extend(groups.iter().cloned());
        parts.push(Sql::default().both("count(*)"));
        for _ in 0..self.rng.u32(0..3) {
            let (function, of): (_, fn(Type) -> bool) = match self.rng.u32(0..5) {
                0 => ("count(", |_| true),
                1 => ("count(DISTINCT ", |k| k != Type::TextList),
                2 => ("sum(", |k| k == Type::Int),
                3 => ("min(", |k| matches!(k, Type::Int | Type::Text | Type::Timestamp | Type::Date)),
                _ => ("max(", |k| matches!(k, Type::Int | Type::Text | Type::Timestamp | Type::Date)),
            };
            if let Some((name, _)) = self.random_column(from, of) {
                parts.push(Sql::default().both(function).and(&self.column(from, name)).both(")"));
            }
        }
        let table = self.from(from);
        let mut sql = Sql::default().both("SELECT ").and(&listed(&parts)).both(" FROM ").and(&table);
        if self.rng.bool() {
            sql = sql.both(" WHERE ").and(&self.condition(from));
        }
        if !groups.is_empty() {
            sql = sql.both(" GROUP BY ").and(&joined(&groups, ", "));
            if self.rng.u32(0..3) == 0 {
                sql = sql.both(" HAVING count(*) > 1");
            }
        }
        Self::statement(sql, Order::Any, "aggregate")
    }

    fn window(&mut self) -> Statement {
        let from = self.table();
        let shown = self.some_columns(from, 3);
        let partition = self.random_column(from, |k| k != Type::TextList).map(|(n, _)| n);
        let number = self.random_column(from, |k| k == Type::Int).map(|(n, _)| n);
        let order = self.total_order(from, false);
        let over = match partition {
            Some(name) if self.rng.bool() => Sql::default()
                .both(" OVER (PARTITION BY ")
                .and(&self.column(from, name))
                .and(&order)
                .both(")"),
            _ => Sql::default().both(" OVER (").and(&order).both(")"),
        };
        let mut parts: Vec<Sql> = shown.iter().map(|c| self.column(from, c)).collect();
        parts.push(Sql::default().both("row_number()").and(&over));
        if let Some(name) = number {
            let function = self.rng.choice(["sum(", "lag(", "max("]).expect("a function");
            parts.push(Sql::default().both(function).and(&self.column(from, name)).both(")").and(&over));
        }
        let table = self.from(from);
        let sql = Sql::default().both("SELECT ").and(&listed(&parts)).both(" FROM ").and(&table);
        Self::statement(sql, Order::Any, "window")
    }

    /// IN and EXISTS over another table, and their negations.
    fn membership(&mut self) -> Statement {
        let (a, left, b, right) = self.pair();
        let columns: Vec<Sql> = self.some_columns(a, 4).iter().map(|c| self.column(a, c)).collect();
        let (from_a, from_b) = (self.from(a), self.from(b));
        let (left, right, condition) = (self.column(a, left), self.column(b, right), self.condition(b));
        let sql = Sql::default()
            .both("SELECT ")
            .and(&joined(&columns, ", "))
            .both(" FROM ")
            .and(&from_a)
            .both(" WHERE ");
        let not = if self.rng.u32(0..3) == 0 { "NOT " } else { "" };
        let sql = if self.rng.bool() {
            let sql =
                sql.and(&left).both(&format!(" {not}IN (SELECT ")).and(&right).both(" FROM ").and(&from_b);
            sql.both(" WHERE ").and(&condition).both(" AND ").and(&right).both(" IS NOT NULL)")
        } else {
            let sql =
                sql.both(&format!("{not}EXISTS (SELECT 1 FROM ")).and(&from_b).both(" WHERE ").and(&right);
            sql.both(" = ").and(&left).both(" AND ").and(&condition).both(")")
        };
        Self::statement(sql, Order::Any, "membership")
    }

    fn set_operation(&mut self) -> Statement {
        let from = self.table();
        let column = self.random_column(from, |k| k != Type::TextList).map_or("Id", |(name, _)| name);
        let mut halves = vec![];
        for _ in 0..2 {
            let sql = self.select(from, &[column]).both(" WHERE ");
            halves.push(sql.and(&self.condition(from)));
        }
        let word = self.rng.choice([" UNION ALL ", " UNION ", " EXCEPT ", " INTERSECT "]).expect("a word");
        Self::statement(joined(&halves, word), Order::Any, "set operation")
    }

    fn common_table(&mut self) -> Statement {
        let from = self.table();
        let mut columns = self.some_columns(from, 4);
        columns.sort_unstable();
        let inner = self.select(from, &columns).both(" WHERE ");
        let inner = inner.and(&self.condition(from));
        let cte = From { alias: "c", ..from };
        let counted = self.column(cte, columns[0]);
        let sql = Sql::default().both("WITH chosen AS (").and(&inner).both(") SELECT ").and(&counted);
        let mut sql =
            sql.both(", count(*) AS n FROM chosen AS c GROUP BY ").and(&self.column(cte, columns[0]));
        let _ = write!(sql.ours, " HAVING N >= 1");
        let _ = write!(sql.theirs, " HAVING n >= 1");
        Self::statement(sql, Order::Any, "common table")
    }
}
