//! The checked model of a table: plain data with every name resolved, as the planner and the decoder read it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use serde_json::Value;

use super::custom_fields::{CustomFields, RowsIn};
use super::deployment::Deployment;
use super::jql::JqlField;
use super::parameters::Parameter;
use super::places::OwnPlace;

/// A table's place: which service, which schema, and its name as it is spelled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The service's folder in `schemas/`, such as `jira`.
    pub service: String,
    /// `public` for curated tables, `rest` for endpoints one to one.
    pub schema: String,
    /// The name as its file spells it.
    pub name: String,
}

/// The schema of the curated tables, which unqualified names mean first.
pub const CURATED: &str = "public";

impl TableName {
    /// The name, with its schema before it unless that is the one of the curated tables.
    pub fn shortest(&self) -> String {
        match self.schema == CURATED {
            true => self.name.clone(),
            false => format!("{}.{}", self.schema, self.name),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// One table: what a row is, its columns, and the ways to read it.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where the table is found.
    pub name: TableName,
    /// Other names that resolve to it.
    pub aliases: Vec<String>,
    /// The function in FROM that gives those rows which a search in JQL finds.
    pub function: Option<String>,
    /// What one row is, in a sentence.
    pub about: String,
    /// Indexes of the columns that identify a row: unique and not NULL. None where the answer is the one row.
    pub key: Vec<usize>,
    /// How many rows a middling site has: the planner's only guess.
    pub typical_rows: usize,
    /// What the account needs in order to see rows.
    pub permission: String,
    /// OAuth scopes that the calls need.
    pub scopes: Vec<String>,
    /// The service's page about the endpoint.
    pub documentation: String,
    /// The columns, in order: those of the file, then those of the site's own fields once they are known.
    pub columns: Vec<Column>,
    /// Where the site's own fields are listed, if rows carry them.
    pub custom_fields: Option<CustomFields>,
    /// The custom field that its rows lie in.
    pub rows_in: Option<RowsIn>,
    /// The deployments that have it: those of its paths, in the file.
    pub deployments: Vec<Deployment>,
    /// The ways to read rows; the first is the plainest.
    pub paths: Vec<AccessPath>,
    /// The Arrow schema of all columns, hidden ones and `FieldErrors` included.
    pub arrow: SchemaRef,
}

/// The hidden column that every table has: misfit values as a JSON object, column name to raw value; NULL without one.
pub const FIELD_ERRORS: &str = "FieldErrors";

/// Arrow field metadata: `true` on columns that `*` leaves out.
pub const HIDDEN: &str = "jirrow.hidden";

/// Arrow field metadata: other names of a column, separated by commas.
pub const ALIASES: &str = "jirrow.aliases";

/// Arrow field metadata: what the column holds.
pub const COMMENT: &str = "comment";

impl Table {
    /// The column of this name or alias, compared without case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.answers_to(name))
    }

    /// The access path of this name.
    pub fn path(&self, name: &str) -> Option<&AccessPath> {
        self.paths.iter().find(|p| p.name == name)
    }

    /// The column of another table that holds the same as this one, if rows name their parent there by `key`: what is
    /// looked up by the key, and in the parent itself every column.
    pub fn counterpart<'t>(&'t self, column: usize, key: usize, parent: &str) -> Option<&'t str> {
        let own = self.columns.get(column)?;
        match &own.source {
            _ if self.name.name == parent => Some(&own.name),
            Source::Lookup(it) if it.table == parent && it.by == key => Some(&it.column),
            _ => None,
        }
    }

    /// The columns that list the values of this one, where paths answer to others too.
    pub fn listed_as(&self, column: usize) -> impl Iterator<Item = Reference> {
        let listed = self.paths.iter().filter_map(|path| path.listed.as_ref());
        listed.filter_map(move |OnlyListed { column: key, by }| {
            let name = match column == *key {
                true => &by.column,
                false => self.counterpart(column, *key, &by.table)?,
            };
            Some(Reference { table: by.table.clone(), column: name.to_owned() })
        })
    }

    /// Builds the Arrow schema: the columns in order, then the hidden `FieldErrors`.
    pub(super) fn arrow_schema(columns: &[Column], key: &[usize]) -> SchemaRef {
        let mut fields: Vec<Field> = columns
            .iter()
            .enumerate()
            .map(|(i, c)| {
                Field::new(&c.name, c.data_type.arrow(), !key.contains(&i)).with_metadata(c.metadata())
            })
            .collect();
        let about = "Values that do not fit their column, as JSON: column name to raw value";
        fields.push(Field::new(FIELD_ERRORS, DataType::Utf8, true).with_metadata(
            [(HIDDEN, "true"), (COMMENT, about)].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ));
        Arc::new(Schema::new(fields))
    }
}

/// One column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name, as headings spell it.
    pub name: String,
    /// Other names that resolve to it.
    pub aliases: Vec<String>,
    /// What it holds, where the name does not say it.
    pub about: String,
    /// Its type.
    pub data_type: ColumnType,
    /// Where its values are.
    pub source: Source,
    /// The word by which the caller must ask for it (`fields=`, `expand=`).
    pub ask: Option<String>,
    /// Left out of `*`.
    pub hidden: bool,
    /// How JQL compares it.
    pub jql: Option<JqlField>,
    /// The other table's key that its values are.
    pub references: Option<Reference>,
}

impl Column {
    /// Is this the column's name or one of its aliases, case aside?
    pub fn answers_to(&self, name: &str) -> bool {
        let same = |n: &String| n.to_lowercase() == name.to_lowercase();
        same(&self.name) || self.aliases.iter().any(same)
    }

    fn metadata(&self) -> std::collections::HashMap<String, String> {
        let mut metadata = std::collections::HashMap::new();
        if self.hidden {
            metadata.insert(HIDDEN.to_owned(), "true".to_owned());
        }
        if !self.aliases.is_empty() {
            metadata.insert(ALIASES.to_owned(), self.aliases.join(","));
        }
        if !self.about.is_empty() {
            metadata.insert(COMMENT.to_owned(), self.about.clone());
        }
        metadata
    }
}

/// Where a column's values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the row's own record.
    Record(Path),
    /// In the first of these places of the record that has a value.
    First(Vec<Path>),
    /// The name of the place that the record has: the first of these, in the order of their names.
    Which(Vec<(String, Path)>),
    /// The row's place in its list, counted from 1.
    Position,
    /// The name of the member that the row is.
    Member,
    /// Not in the record: from the record around it, or from the key that was asked; each access path says which.
    Outer,
    /// In another table, looked up by a column of this one.
    Lookup(Lookup),
}

impl Source {
    /// Is it in the row's own record, or known from the record's place?
    pub fn is_in_record(&self) -> bool {
        matches!(self, Self::Record(_) | Self::First(_) | Self::Which(_) | Self::Position | Self::Member)
    }
}

/// A value that lives in another table: `table.column` of the row whose key equals this table's column `by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The other table's name, in the same schema.
    pub table: String,
    /// The other table's column.
    pub column: String,
    /// This table's column that holds the other table's key.
    pub by: usize,
}

/// A foreign key: values are those of `table.column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The other table's name, in the same schema.
    pub table: String,
    /// The other table's key.
    pub column: String,
}

/// The members that lead from a JSON record to a value; empty is the record itself.
pub type Path = Vec<String>;

/// A column's type, as the table file spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// `int64`: whole numbers, also where the service writes them as text.
    Int64,
    /// `float64`.
    Float64,
    /// `boolean`.
    Boolean,
    /// `text`.
    Text,
    /// `timestamp`: an instant, in UTC with microseconds; text with an offset, or epoch milliseconds.
    Timestamp,
    /// `date`: a day without a zone.
    Date,
    /// `rich_text`: Atlassian Document Format as plain text, or wiki markup as it is.
    RichText,
    /// `json`: whatever the service sent, as compact JSON text.
    Json,
    /// `list<…>`: elements, and the members that lead from an element to its value.
    List(Path, Box<ColumnType>),
    /// `struct`: named members.
    Struct(Vec<StructField>),
}

/// One member of a `struct` column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructField {
    /// The member's name.
    pub name: String,
    /// Where it is, from the struct's own record.
    pub from: Path,
    /// Its type.
    pub data_type: ColumnType,
}

impl ColumnType {
    /// The Arrow type: timestamps are `Timestamp(Microsecond, "UTC")`, dates `Date32`, text in all its forms `Utf8`.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Text | Self::RichText | Self::Json => DataType::Utf8,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::List(_, item) => DataType::List(Arc::new(Field::new_list_field(item.arrow(), true))),
            Self::Struct(fields) => DataType::Struct(
                fields.iter().map(|f| Field::new(&f.name, f.data_type.arrow(), true)).collect::<Fields>(),
            ),
        }
    }
}

/// One way to read rows over REST.
#[derive(Debug, Clone)]
pub struct AccessPath {
    /// Its name within the table.
    pub name: String,
    /// What it reads and how.
    pub about: String,
    /// The deployments that have it.
    pub deployments: Vec<Deployment>,
    /// GET, or a POST that only reads.
    pub method: Method,
    /// The address below the site, with `{Column}` where a key goes.
    pub address: String,
    /// Query parameters that never change.
    pub query: Vec<(String, String)>,
    /// Body members that never change.
    pub body: Vec<(String, Value)>,
    /// Where the rows are in the answer.
    pub rows: RowsPath,
    /// How it goes on after a page.
    pub paging: Paging,
    /// How many rows a page holds at best.
    pub page_size: usize,
    /// Query parameters that take over a part of a WHERE clause.
    pub parameters: Vec<Parameter>,
    /// How many rows the service looks through at most, where it does not say whether there are more.
    pub reach: Option<u64>,
    /// Indexes of the columns that it gives.
    pub provides: Vec<usize>,
    /// Columns whose values this path finds elsewhere in the row's record.
    pub from: Vec<OwnPlace>,
    /// Columns whose values are in a record around the row, and where.
    pub outer: Vec<OuterColumn>,
    /// Where the columns' `ask` words go.
    pub asks: Option<Destination>,
    /// The columns whose values it must be given.
    pub needs: Option<Keyed>,
    /// What must be listed elsewhere for a row to count.
    pub listed: Option<OnlyListed>,
    /// How one knows that a list inside a record is whole.
    pub complete: Option<Complete>,
    /// How JQL restricts it.
    pub search: Option<Search>,
    /// Where the service estimates the number of rows.
    pub count: Option<CountRequest>,
    /// Its keys may have no row any more: it feeds other paths and never answers a query.
    pub candidates: bool,
    /// What an answer says for a parent that has no rows by nature.
    pub no_rows: Option<NoRows>,
    /// Quota points that each record costs, besides one for the request.
    pub points: usize,
    /// The address, with `{key}` in it, that answers 404 for a key without a record. Asked only for keys that an answer
    /// refuses to give.
    pub exists: Option<String>,
    /// The member beside which the list of rows may be left out where it is empty.
    pub empty_beside: Option<String>,
}

/// A column whose value is in a record around the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OuterColumn {
    /// The column's index.
    pub column: usize,
    /// Which record: 0 is the outermost.
    pub level: usize,
    /// The members that lead from that record to the value.
    pub from: Path,
}

/// How the service says that a parent has no rows by nature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRows {
    /// The status of the answer.
    pub status: u16,
    /// Words that the answer has, whatever their case.
    pub message: String,
}

/// The method of a reading call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Arguments in the address.
    Get,
    /// Arguments in a JSON body.
    Post,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

/// Where rows are in an answer: `values[]`, `[]` (the answer is the array), `issues[].fields.worklog.worklogs[]`
/// (an array in each record of an outer array; there may be more of them), `permissions{}` (the members of an object),
/// or nothing (the answer is the one row).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsPath {
    /// The members that lead to each array, outermost first: one for a plain list, more for lists inside records, none
    /// where the answer is itself the row.
    pub arrays: Vec<Path>,
    /// The last of them is no array but an object, whose members are the rows.
    pub members: Option<Members>,
}

/// Rows that are the members of an object; those that are null are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// What the names of the members that are rows begin with; mostly nothing.
    pub prefix: String,
}

impl fmt::Display for RowsPath {
    /// As the table file writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, list) in self.arrays.iter().enumerate() {
            let dot = if i > 0 && !list.is_empty() { "." } else { "" };
            let is_object = self.members.is_some() && i + 1 == self.arrays.len();
            write!(f, "{dot}{}{}", list.join("."), if is_object { "{}" } else { "[]" })?;
        }
        Ok(())
    }
}

/// The ways in which Jira's endpoints page (a closed set).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// Everything at once.
    Single,
    /// `startAt` and `maxResults`; ends at `isLast`, at `total`, or with an empty page.
    Page,
    /// `startAt` and `maxResults` over an array without an envelope; ends with an empty page only.
    BareArray,
    /// `nextPageToken` and `maxResults`; ends without a next token.
    Token,
    /// `cursor` and `maxResults`; ends at `last` or `isLast`.
    Cursor,
    /// `maxResults` alone: the service gives so many rows and no more. It is an error if its `total` is greater.
    Capped,
    /// `since`; the next `since` is the answer's `until`; ends at `lastPage`.
    SinceUntil,
    /// `offset` and `limit`; ends at `total`.
    OffsetLimit,
    /// `start` and `limit`; ends at `isLastPage`.
    StartLimit,
}

/// Where an argument goes in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into the `{Column}` place of the address, as one segment.
    Address,
    /// Into this query parameter: joined by commas for words, repeated for keys.
    Query(String),
    /// Into this query parameter, joined by commas whatever it is.
    Joined(String),
    /// Into this member of the JSON body, as an array (a string for JQL).
    Body(String),
    /// Into the JQL, as values of this field: `issue in (…)`.
    Jql(String),
}

/// A path that reads rows by key.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// Indexes of the columns, any one of which it can take; none where the key is no column.
    pub columns: Vec<usize>,
    /// The name of the key: its place in the address, and its column's name if it has one.
    pub name: String,
    /// Where the keys go.
    pub at: Destination,
    /// How many keys a request takes.
    pub batch: usize,
    /// More keys, which the service may take.
    pub larger: Option<Larger>,
    /// Columns whose values go along with each key; then a request takes one key.
    pub with: Vec<Companion>,
    /// Where the keys come from when the query gives none.
    pub keys: Option<KeySource>,
}

/// A block of more keys than the service promises to take everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Larger {
    /// How many keys.
    pub batch: usize,
    /// Most words that may be asked for with them, and there must be one; none where all requests are the same.
    pub asks: Option<usize>,
    /// Words that may not be asked for with them.
    pub unless: Vec<String>,
}

/// A column whose value goes along with a key: the screen of a tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// The column's index.
    pub column: usize,
    /// Its name, which is its place in the address.
    pub name: String,
    /// Where its value goes.
    pub at: Destination,
}

impl AccessPath {
    /// The words by which these columns are asked for, each once.
    pub fn asks_of<'a>(&'a self, table: &'a Table, columns: &[usize]) -> BTreeSet<&'a str> {
        let ask = |c: &usize| {
            let own = self.from.iter().find(|own| own.column == *c);
            own.and_then(|own| own.ask.as_deref()).or_else(|| table.columns.get(*c)?.ask.as_deref())
        };
        columns.iter().filter_map(ask).collect()
    }

    /// How many keys a request for these columns may take at most; one where it takes none.
    pub fn most_keys(&self, table: &Table, columns: &[usize]) -> usize {
        let Some(needs) = &self.needs else { return 1 };
        let asks = self.asks_of(table, columns);
        let fits = |it: &&Larger| {
            it.asks.is_none_or(|most| (1..=most).contains(&asks.len()))
                && !it.unless.iter().any(|word| asks.contains(word.as_str()))
        };
        needs.larger.as_ref().filter(fits).map_or(needs.batch, |it| it.batch)
    }
}

impl Keyed {
    /// All columns of which a value can stand in a request.
    pub fn all_columns(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().copied().chain(self.with.iter().map(|c| c.column))
    }
}

/// Where keys come from when the query gives none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// From another path of the same table; they are values of the first of the needed columns.
    Path(usize),
    /// From a column of another table.
    Table {
        /// The parent table, in the same schema.
        table: String,
        /// Its column.
        column: String,
        /// Its columns for those that go along with the key, in their order.
        with: Vec<String>,
    },
}

/// The service answers to keys of which no list has a record: rows count only where the values of a column are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyListed {
    /// The column's index.
    pub column: usize,
    /// The column that lists its values, in the same schema.
    pub by: Reference,
}

/// Lists inside records may be cut short: the list counts as whole only if its length is the `total` beside it.
#[derive(Debug, Clone)]
pub struct Complete {
    /// Where the true length is, in the outer record.
    pub total: Path,
    /// The share of the records whose list is thought to be cut short.
    pub cut: f64,
    /// The index of the path that reads the whole list of one outer record.
    pub otherwise: usize,
    /// The column (given by `outer`) that this path needs.
    pub column: usize,
}

/// A request that estimates how many rows a path has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRequest {
    /// GET, or a POST that only reads.
    pub method: Method,
    /// The address below the site.
    pub address: String,
    /// Where the JQL goes.
    pub at: Destination,
    /// Body members that never change.
    pub body: Vec<(String, Value)>,
    /// Where the number is in the answer.
    pub value: Path,
}

/// How JQL restricts a path.
#[derive(Debug, Clone)]
pub struct Search {
    /// Where the JQL goes.
    pub at: Destination,
    /// A restriction that every row meets, where unbounded JQL is refused; empty where it is not.
    pub all: String,
    /// An order that does not move while rows are edited.
    pub order: String,
    /// Where the site lists the fields that its JQL has.
    pub fields: Option<String>,
}
