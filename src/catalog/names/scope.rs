//! What a name can mean at one place of a statement: the relations in scope and their columns.

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::{DataFusionError, plan_datafusion_err};
use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::Ident;

use super::{ALIASES, HIDDEN};

/// One column that a name can mean.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As its table file (or the statement's alias) spells it; empty for a computed column without alias.
    pub(super) name: String,
    aliases: Vec<String>,
    pub(super) hidden: bool,
    /// Known for columns of tables and their plain projections: struct fields are resolved by it.
    pub(super) data_type: Option<DataType>,
}

impl Column {
    pub(super) fn named(name: impl Into<String>, data_type: Option<DataType>) -> Self {
        Self { name: name.into(), aliases: Vec::new(), hidden: false, data_type }
    }

    fn of_field(field: &Field) -> Self {
        let aliases = field.metadata().get(ALIASES).map(String::as_str).unwrap_or_default();
        Self {
            name: field.name().clone(),
            aliases: aliases.split(',').map(str::trim).filter(|a| !a.is_empty()).map(String::from).collect(),
            hidden: field.metadata().get(HIDDEN).is_some_and(|value| value == "true"),
            data_type: Some(field.data_type().clone()),
        }
    }

    /// All columns of a schema, hidden ones included.
    pub(super) fn of_schema(schema: &Schema) -> Vec<Self> {
        schema.fields().iter().map(|field| Self::of_field(field)).collect()
    }
}

/// What a relation is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Called {
    /// Its alias, and nothing else.
    #[default]
    ByAlias,
    /// The table's own name, which may be qualified further than the FROM clause does.
    ByName,
}

/// A relation of a FROM clause.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// What qualifies its columns: the alias, or the table's name as typed. Empty if nothing does.
    pub(super) path: Vec<Ident>,
    pub(super) called: Called,
    /// `None` when the columns are unknown (a table function): its names are left to the planner.
    pub(super) columns: Option<Vec<Column>>,
    /// Columns that `*` shows once for a `USING` join, and in another relation.
    pub(super) merged: Vec<String>,
}

impl Source {
    pub(super) fn columns(&self) -> &[Column] {
        self.columns.as_deref().unwrap_or_default()
    }

    /// The column that `name` means here. Its own name goes before its aliases.
    pub(super) fn column(&self, name: &Ident) -> Option<&Column> {
        let columns = self.columns();
        if name.quote_style.is_some() {
            return columns.iter().find(|column| column.name == name.value);
        }
        columns
            .iter()
            .find(|column| same(&column.name, &name.value))
            .or_else(|| columns.iter().find(|column| column.aliases.iter().any(|a| same(a, &name.value))))
    }

    /// Whether `qualifier` (`issues`, `public.issues`) names this relation.
    pub(super) fn answers_to(&self, qualifier: &[Ident]) -> bool {
        let fits = match self.called {
            Called::ByAlias => qualifier.len() == 1,
            Called::ByName => !qualifier.is_empty(),
        };
        let pairs = self.path.iter().rev().zip(qualifier.iter().rev());
        fits && !self.path.is_empty()
            && pairs.into_iter().all(|(own, typed)| match typed.quote_style {
                Some(_) => own.value == typed.value,
                None => same(&own.value, &typed.value),
            })
    }

    /// Spells a qualifier that [`Self::answers_to`] accepts as the FROM clause does.
    pub(super) fn spell_qualifier(&self, qualifier: &mut [Ident]) {
        for (own, typed) in self.path.iter().rev().zip(qualifier.iter_mut().rev()) {
            typed.clone_from(own);
        }
    }
}

/// What an output name of the SELECT list (`AS total`) is worth beside a column of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Precedence {
    /// GROUP BY, HAVING, QUALIFY: a column of FROM goes first.
    #[default]
    Columns,
    /// ORDER BY: the output goes first.
    Outputs,
}

/// The names of one SELECT.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    pub(super) outputs: Vec<Column>,
    pub(super) precedence: Precedence,
}

impl Scope {
    /// The column that an unqualified, unquoted name means in this scope alone.
    pub(super) fn column(&self, name: &Ident) -> Result<Option<&Column>> {
        let sources = || pick(name, self.sources.iter().flat_map(Source::columns));
        let outputs = || pick(name, self.outputs.iter());
        match self.precedence {
            Precedence::Columns => Ok(sources()?.or(outputs()?)),
            Precedence::Outputs => match outputs()? {
                Some(output) => Ok(Some(output)),
                None => sources(),
            },
        }
    }

    /// Whether a name that is not found here may still be one of this scope's.
    pub(super) fn is_opaque(&self) -> bool {
        self.sources.iter().any(|source| source.columns.is_none())
    }
}

/// The only spelling among `columns` that `name` fits; names go before aliases.
fn pick<'a>(name: &Ident, columns: impl Iterator<Item = &'a Column> + Clone) -> Result<Option<&'a Column>> {
    let by_name = columns.clone().filter(|column| same(&column.name, &name.value));
    match only(name, by_name)? {
        Some(column) => Ok(Some(column)),
        None => only(name, columns.filter(|column| column.aliases.iter().any(|a| same(a, &name.value)))),
    }
}

fn only<'a>(name: &Ident, mut found: impl Iterator<Item = &'a Column>) -> Result<Option<&'a Column>> {
    let Some(first) = found.next() else { return Ok(None) };
    match found.find(|other| other.name != first.name) {
        None => Ok(Some(first)),
        Some(other) => Err(ambiguous(&name.value, &first.name, &other.name)),
    }
}

/// Names equal whatever their case, in any script.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

/// The identifier that DataFusion takes literally.
pub(super) fn exact(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

/// Spells a column's struct fields in `parts`, and returns the type of the last one.
pub(super) fn spell_fields(data_type: Option<&DataType>, parts: &mut [Ident]) -> Option<DataType> {
    let Some((first, rest)) = parts.split_first_mut() else { return data_type.cloned() };
    let field = field_of(data_type?, first)?;
    *first = exact(field.name());
    spell_fields(Some(field.data_type()), rest)
}

fn field_of<'a>(data_type: &'a DataType, name: &Ident) -> Option<&'a Field> {
    let DataType::Struct(fields) = data_type else { return None };
    find_field(fields, name)
}

fn find_field<'a>(fields: &'a Fields, name: &Ident) -> Option<&'a Field> {
    let exactly = fields.iter().find(|field| *field.name() == name.value);
    let found = match name.quote_style {
        Some(_) => exactly,
        None => exactly.or_else(|| fields.iter().find(|field| same(field.name(), &name.value))),
    };
    found.map(AsRef::as_ref)
}

fn ambiguous(name: &str, one: &str, other: &str) -> DataFusionError {
    plan_datafusion_err!(
        "column `{name}` is ambiguous: it fits `{one}` and `{other}`; qualify it with its table, or quote it"
    )
}
