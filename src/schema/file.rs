//! The table file as it is written: closed, strict TOML. Every key is documented here, once, for the parser, for
//! `jirrow schema table` and for the message that names the nearest key.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use toml::Spanned;

use super::deployment::Deployment;
use super::jql::Operand;
use super::model::Paging;
use super::parameters::{Bound, InstantForm, Several};
use super::places::PlaceFile;

/// A table file: one table of the service whose folder it is in; the file's name is the table's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    /// What one row is, in a sentence that an analyst understands.
    pub(super) about: String,
    /// The columns that identify a row: unique, and never NULL. Empty where the answer is the one row.
    #[schemars(with = "Vec<String>")]
    pub(super) key: Spanned<Vec<String>>,
    /// Other names that resolve to this table.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// The name of a function in FROM that gives those rows which a search in JQL finds: `jql`, called as `jql('…')`.
    #[schemars(with = "Option<String>")]
    pub(super) function: Option<Spanned<String>>,
    /// How many rows a middling site has. The planner compares access paths by it.
    pub(super) typical_rows: usize,
    /// What the account needs in order to see rows.
    pub(super) permission: String,
    /// The OAuth scopes that the calls need.
    pub(super) scopes: Vec<String>,
    /// The address of the service's page about the endpoint.
    pub(super) documentation: String,
    /// Where the site's own fields are listed, if rows carry them: each becomes a column.
    #[schemars(with = "Option<CustomFieldsFile>")]
    pub(super) custom_fields: Option<Spanned<CustomFieldsFile>>,
    /// The custom field that rows lie in, which differs from site to site: the paths write `{field}` for its id. A site
    /// without such a field has no rows.
    #[schemars(with = "Option<RowsInFile>")]
    pub(super) rows_in: Option<Spanned<RowsInFile>>,
    /// The columns, in order: `Name = { type = "…", from = "…" }`, or `name = "…"`, the type alone, where the member is
    /// called as the column.
    #[schemars(with = "BTreeMap<String, Written>")]
    pub(super) columns: Columns,
    /// The ways to read rows over REST.
    #[schemars(with = "Vec<PathFile>")]
    pub(super) paths: Vec<Spanned<PathFile>>,
}

/// A custom field, told by its type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RowsInFile {
    /// `GET /address` that lists the site's fields.
    pub(super) request: String,
    /// The field's type, as its maker calls it: `com.pyxis.greenhopper.jira:gh-sprint`.
    pub(super) field_type: String,
}

/// The columns in the order of the file.
#[derive(Debug)]
pub(super) struct Columns(pub(super) Vec<(String, Spanned<ColumnFile>)>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Columns;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("columns: `Name = { type = \"…\", from = \"…\" }`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
                let mut columns = Vec::new();
                while let Some((name, written)) = map.next_entry::<String, Spanned<Written>>()? {
                    let at = written.span();
                    let column = match written.into_inner() {
                        Written::Whole(column) => *column,
                        Written::Type(data_type) => ColumnFile::plain(&name, data_type),
                    };
                    columns.push((name, Spanned::new(at, column)));
                }
                Ok(Columns(columns))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A column as it is written.
#[derive(JsonSchema)]
#[serde(untagged)]
enum Written {
    /// The type alone: `name = "text"` is `name = { type = "text", from = "name" }`.
    Type(String),
    /// All that there is to say.
    Whole(Box<ColumnFile>),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherWay;
        impl<'de> Visitor<'de> for EitherWay {
            type Value = Written;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type, or `{ type = \"…\", from = \"…\" }`")
            }
            fn visit_str<E: serde::de::Error>(self, data_type: &str) -> Result<Written, E> {
                Ok(Written::Type(data_type.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                ColumnFile::deserialize(MapAccessDeserializer::new(map)).map(|c| Written::Whole(Box::new(c)))
            }
        }
        deserializer.deserialize_any(EitherWay)
    }
}

impl ColumnFile {
    /// A column that is called as the member that holds its value.
    fn plain(name: &str, data_type: String) -> Self {
        let list = if data_type.starts_with("list<") { "[]" } else { "" };
        Self { from: Some(Places::One(format!("{name}{list}"))), data_type, ..Self::default() }
    }
}

/// One column.
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the table file")]
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnFile {
    /// `int64`, `float64`, `boolean`, `text`, `timestamp`, `date`, `rich_text`, `json`, `struct`, or `list<…>` of one.
    #[serde(rename = "type")]
    pub(super) data_type: String,
    /// Where the value is in the row's record: members joined by dots; `[]` after a list's member, then the members
    /// inside an element (`fields.components[].name`). Of several places, the first that has a value.
    pub(super) from: Option<Places>,
    /// The value is the name of the place that the record has: `{ inward = "inwardIssue", outward = "outwardIssue" }`.
    pub(super) which: Option<BTreeMap<String, String>>,
    /// The value is the row's place in its list, counted from 1.
    #[serde(default)]
    pub(super) position: bool,
    /// The value is the name of the member that the row is: `rows = "permissions{}"`.
    #[serde(default)]
    pub(super) member: bool,
    /// The value is not in the record: each access path takes it from the record around the row or from the key asked.
    #[serde(default)]
    pub(super) outer: bool,
    /// The value is in another table: `Table.Column`. Needs `by`.
    pub(super) lookup: Option<String>,
    /// This table's column that holds the other table's key.
    pub(super) by: Option<String>,
    /// The members of a `struct`, or of the structs in a list.
    pub(super) fields: Option<Members>,
    /// The word by which the caller must ask for the value (`fields=`, `expand=`).
    pub(super) ask: Option<String>,
    /// Left out of `SELECT *`; usable by name.
    #[serde(default)]
    pub(super) hidden: bool,
    /// How JQL compares the column: `"project"`, or `{ field = "votes", by = "number", … }`.
    pub(super) jql: Option<JqlWords>,
    /// The column of which this one holds a value, as a foreign key does: `Table.Column`, the other table's key.
    pub(super) references: Option<String>,
    /// Other names that resolve to this column.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// What the column holds, where its name does not say it.
    #[serde(default)]
    pub(super) about: String,
}

/// How JQL compares a column: the field alone, or with what is known of it.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(super) enum JqlWords {
    /// The field; what it is compared with goes by the column's type.
    Field(String),
    /// The field, and what is known of it.
    Words(JqlFieldFile),
}

impl<'de> Deserialize<'de> for JqlWords {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherWay;
        impl<'de> Visitor<'de> for EitherWay {
            type Value = JqlWords;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field of JQL, or `{ field = \"…\", … }`")
            }
            fn visit_str<E: serde::de::Error>(self, field: &str) -> Result<JqlWords, E> {
                Ok(JqlWords::Field(field.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<JqlWords, A::Error> {
                JqlFieldFile::deserialize(MapAccessDeserializer::new(map)).map(JqlWords::Words)
            }
        }
        deserializer.deserialize_any(EitherWay)
    }
}

/// A field of JQL. What JQL finds by it must be no less than what SQL means: the engine filters again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JqlFieldFile {
    /// The field, as JQL names it.
    pub(super) field: String,
    /// What it is compared with, where the column's type does not say it: `text` and `list<text>` are compared by `name`
    /// whatever its case, `int64` by `id`, `float64` by `number`, `date` by `day`, `timestamp` by `instant`.
    pub(super) by: Option<Operand>,
    /// Rows are several to an issue, and the field speaks of all of them: what it has can be asked, not what it lacks.
    /// So are lists.
    #[serde(default)]
    pub(super) many: bool,
    /// The column is NULL exactly where the field is empty: no value of it is a misfit.
    #[serde(default)]
    pub(super) empty: bool,
    /// All names that there are, where they are few and the same on every site.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// `ORDER BY` the field gives the rows in the order of the column, but for those of one minute, and it is never empty.
    #[serde(default)]
    pub(super) sorts: bool,
}

/// One place in the record, or several of which the first that has a value counts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Places {
    /// The only place.
    One(String),
    /// The first of these that has a value.
    Several(Vec<String>),
}

/// The members of a struct: `{ Value = { type = "text", from = "value" } }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Members(#[schemars(with = "BTreeMap<String, Written>")] pub(super) Columns);

/// The site's own fields as columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomFieldsFile {
    /// `GET /address` of the field catalogue: an array of fields with `id`, `name`, `custom` and `schema`.
    pub(super) request: String,
    /// The members that lead from the row's record to its fields by id. Paths without `provides` give them, and ask
    /// for each by its id.
    pub(super) from: String,
}

/// One way to read rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PathFile {
    /// A name, unique in the table.
    pub(super) name: String,
    /// What it reads and how, in a phrase.
    pub(super) about: String,
    /// The deployments that have it: `cloud` (alone, where nothing is said), `data_center` (Data Center and Server), or
    /// both. On Data Center an address that begins with `/rest/api/3/` is read as `/rest/api/2/`.
    #[serde(default = "cloud")]
    pub(super) deployments: Vec<Deployment>,
    /// `GET /address` or `POST /address`; `{Column}` where a key goes.
    pub(super) request: String,
    /// Query parameters that never change.
    #[serde(default)]
    pub(super) query: BTreeMap<String, Words>,
    /// Body members that never change.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(super) body: BTreeMap<String, serde_json::Value>,
    /// Where the rows are: `values[]`, `[]` (the answer is the array), `issues[].fields.comment.comments[]` (a list in
    /// each record of a list; more levels are possible), `permissions{}` (the members of an object; the last level only;
    /// a member that is null is no row), or `""` (the answer is the one row).
    pub(super) rows: String,
    /// Of rows that are members of an object: those alone whose name begins so.
    pub(super) only: Option<String>,
    /// The lists inside the records are never cut short.
    #[serde(default)]
    pub(super) whole: bool,
    /// How it goes on after a page.
    #[serde(default = "single")]
    pub(super) paging: Paging,
    /// How many rows a page holds at best. Needed where it pages.
    pub(super) page_size: Option<usize>,
    /// Query parameters that take over a part of the WHERE clause, each with the column that it speaks of:
    /// `{ state = { column = "State", values = ["open", "closed"], several = "joined" } }`, or, of instants,
    /// `{ from = { column = "Created", bound = "lower", form = "text" } }`. A GET without `jql` can have them; of the same
    /// name in `query` they take the place.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, ParameterFile>,
    /// The service looks through so many rows and no more, and does not say whether there are others: a scan says so.
    pub(super) reach: Option<u64>,
    /// The columns that it gives, where that is not all of them.
    pub(super) provides: Option<Vec<String>>,
    /// Columns that this path finds elsewhere in the row's record: column to members, or to
    /// `{ at = "members", last_segment = true }`, `{ at = "members", segment_after = "issue" }`,
    /// `{ at = "members", before_last = "-" }`, `{ member = true }`, with
    /// `when = { member = "text" }` and `ask = "word"` if need be.
    #[serde(default)]
    pub(super) from: BTreeMap<String, PlaceFile>,
    /// Columns that are in a record around the row: column to members of the outermost record (`id`), or of one further
    /// in (`changeHistories[].id`).
    #[serde(default)]
    pub(super) outer: BTreeMap<String, String>,
    /// Where the columns' `ask` words go: `query.NAME` (joined by commas) or `body.NAME` (an array).
    pub(super) asks: Option<String>,
    /// The keys that it must be given.
    pub(super) needs: Option<NeedsFile>,
    /// Where the keys come from when the query gives none.
    pub(super) keys: Option<KeysFile>,
    /// It answers to keys of which no list has a record (issues of archived projects): a row counts only where the column is
    /// listed, and keys that a query gives are asked for there first.
    pub(super) listed: Option<ListedFile>,
    /// How one knows that a list inside a record is whole, where it may be cut short.
    pub(super) complete: Option<CompleteFile>,
    /// How the service says that a parent has no rows by nature: its status, and words of the answer.
    pub(super) no_rows: Option<NoRowsFile>,
    /// How JQL restricts it.
    pub(super) jql: Option<JqlFile>,
    /// Where the service estimates the number of rows, for `SET jirrow.approximate_count = true`. Needs `jql`.
    pub(super) count: Option<CountFile>,
    /// Its keys may have no row any more: it feeds other paths and never answers a query.
    #[serde(default)]
    pub(super) candidates: bool,
    /// Quota points that each record costs, besides one for the request (apps with OAuth only).
    #[serde(default)]
    pub(super) points: usize,
    /// The address, with `{key}` in it, that answers 404 for a key without a record. Asked only for keys that an answer
    /// refuses to give (`issueErrors`), to tell those that are gone from those that would be lost.
    pub(super) exists: Option<String>,
    /// The member that is in every answer: one that has it, and not the list of rows, has left out an empty list. Without
    /// this word an answer without the list is an error.
    pub(super) empty_beside: Option<String>,
}

fn cloud() -> Vec<Deployment> {
    vec![Deployment::Cloud]
}

fn few() -> f64 {
    0.05
}

fn single() -> Paging {
    Paging::Single
}

/// A query parameter that takes over a part of the WHERE clause. What the service gives by it must be no less than what
/// SQL means: the engine filters again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterFile {
    /// The column of which it names the value. Of instants several may share it: what is asked of any of them, it can say.
    pub(super) column: Words,
    /// Of a text: all values that the service is sure to know, as the rows have them. A condition on another value stays
    /// with the engine. Without this word a text is an id, of which any may be asked for. A boolean is `true` or `false`
    /// unless one of them alone is named here.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// Of ids: those that name nothing the service could look for.
    #[serde(default)]
    pub(super) except: Vec<String>,
    /// How it takes several values: `never` (where nothing is said), `joined` (once, with commas) or `repeated`.
    #[serde(default)]
    pub(super) several: Several,
    /// Of an instant: on which side of it the service leaves rows out, `lower` (earlier ones) or `upper` (later ones). By
    /// whatever moment it goes, a value of the columns is never later than that (`lower`), or never earlier (`upper`).
    pub(super) bound: Option<Bound>,
    /// How an instant is written: `milliseconds` (since 1970) or `text` (`2026-01-02T03:04:00.000Z`).
    pub(super) form: Option<InstantForm>,
}

/// One word, or several (a parameter that is repeated).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Words {
    /// One value.
    One(String),
    /// The parameter is repeated.
    Several(Vec<String>),
}

/// The keys that a path must be given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedsFile {
    /// Columns, any one of which will do.
    #[serde(default)]
    pub(super) columns: Vec<String>,
    /// Instead of columns: the name, in the address, of a key that is no column. Only the parents give it.
    pub(super) parent: Option<String>,
    /// Where the keys go: `path`, `query.NAME` (repeated), `joined.NAME` (one parameter, with commas), `body.NAME` (an
    /// array) or `jql.FIELD` (`FIELD in (…)`).
    pub(super) at: String,
    /// How many keys a request takes.
    pub(super) batch: usize,
    /// More keys, which the service may take.
    pub(super) larger: Option<LargerFile>,
    /// Further columns whose values go along with each key, and where: `{ ScreenId = "path" }`. Needs `batch = 1`.
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

/// Larger blocks of keys than the service promises to take everywhere. They are tried once; where they are refused, all
/// blocks are of the promised size.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LargerFile {
    /// How many keys.
    pub(super) batch: usize,
    /// Of a path that asks for its columns (`asks`): only where no more words than these are asked for.
    pub(super) asks: Option<usize>,
    /// Only where none of these words is asked for.
    #[serde(default)]
    pub(super) unless: Vec<String>,
}

/// Where keys come from when the query gives none: `{ path = "…" }` of this table, or `{ table = "…", column = "…" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysFile {
    /// Another path of this table.
    pub(super) path: Option<String>,
    /// A parent table.
    pub(super) table: Option<String>,
    /// The parent's column.
    pub(super) column: Option<String>,
    /// The parent's columns for those that go along: `{ ScreenId = "ScreenId" }`.
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

/// The column whose values must be listed, and where they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedFile {
    /// The column of this table.
    pub(super) column: String,
    /// The column that lists its values: `Table.Column`.
    pub(super) by: String,
}

/// The list in an outermost record counts as whole only if its length is the total beside it. Lists further in are whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompleteFile {
    /// Where the true length is, in the record around the list.
    pub(super) total: String,
    /// The share of the records whose list is thought to be cut short.
    #[serde(default = "few")]
    pub(super) cut: f64,
    /// The path that reads the whole list of one such record.
    pub(super) otherwise: String,
    /// The column that this path needs; `outer` must give it.
    pub(super) column: String,
}

/// The answer for a parent that has no rows by nature, such as a Kanban board asked for its sprints.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoRowsFile {
    /// The status of the answer.
    pub(super) status: u16,
    /// Words that the answer has.
    pub(super) message: String,
}

/// How JQL restricts a path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JqlFile {
    /// Where it goes, such as `body.jql`.
    pub(super) at: String,
    /// A restriction that every row meets, where unbounded JQL is refused.
    #[serde(default)]
    pub(super) all: String,
    /// An order that does not move while rows are edited.
    pub(super) order: String,
    /// `GET /address` that lists the fields which this site's JQL has, and the operators of each.
    pub(super) fields: Option<String>,
}

/// A request that estimates how many rows a path has: `{ request = "POST /address", at = "body.jql", value = "count" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CountFile {
    /// `GET /address` or `POST /address`.
    pub(super) request: String,
    /// Where the JQL goes, such as `body.jql`.
    pub(super) at: String,
    /// Body members that never change.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(super) body: BTreeMap<String, serde_json::Value>,
    /// Where the number is in the answer.
    pub(super) value: String,
}

/// The JSON Schema of a table file, for editors (`jirrow schema table`).
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(TableFile).to_value()
}
