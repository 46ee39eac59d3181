//! What to decode out of the pages of one access path, compiled once and used for every page.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use super::cell::Reader;
use super::end::MEMBERS;
use super::error::LayoutError;
use super::trie::{Kind, Trie};
use crate::schema::{AccessPath, OwnFrom, OwnPlace, Path, RowsPath, Source, Table};

/// What to decode out of the pages of one access path.
#[derive(Debug, Clone)]
pub struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) slots: Vec<Slot>,
    /// Names of the columns whose value each page is given.
    pub(super) constants: Vec<String>,
    pub(super) wants_errors: bool,
    pub(super) shape: Shape,
    /// Members of a row's record. Where the answer is the one row, the page's own members follow the columns'.
    pub(super) record: Trie,
    /// How many of `record`'s slots are columns'.
    pub(super) record_columns: usize,
    /// Rows may be plain values: every column that the path gives is the record itself, or the path says of one that it is.
    pub(super) scalars: bool,
    /// Where the rows are.
    pub(super) rows: RowsPath,
}

/// One column of the output.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) name: String,
    /// The name as a JSON string and a colon.
    pub(super) member: String,
    pub(super) key: bool,
    pub(super) place: Place,
    /// The names of its places, where the value is which of them the record has; the segment that the value follows.
    pub(super) names: Vec<String>,
    /// Places of the record that must hold these texts, or there is no value.
    pub(super) when: Vec<(usize, String)>,
    pub(super) reader: Reader,
}

/// Where an output column's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Record(usize),
    /// The last segment of the address in the record.
    LastSegment(usize),
    /// The segment that follows the one of the slot's name in the address in the record.
    SegmentAfter(usize),
    /// What stands before the last of this character in the text in the record.
    BeforeLast(usize, char),
    /// The first of so many places from this one that has a value.
    First(usize, usize),
    /// The name of the first of the slot's places, from this one, that has a value.
    Which(usize),
    /// The row's place in its list.
    Position,
    /// The name of the member that the row is.
    Member,
    /// In a record around the row: the level, the outermost being 0, and the place.
    Outer(usize, usize),
    Constant(usize),
    FieldErrors,
}

/// How rows lie in an answer.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// The answer is the one row.
    One,
    /// Rows are the elements of one array; the trie is that of the answer.
    List(Trie),
    /// Rows are the elements of an array in each element of an outer array, which may itself lie in such an element.
    /// The records around the rows are at least one, outermost first.
    Nested(Trie, Vec<Outer>),
}

impl Shape {
    /// The records around the rows, outermost first.
    pub(super) fn levels(&self) -> &[Outer] {
        match self {
            Self::One | Self::List(_) => &[],
            Self::Nested(_, levels) => levels,
        }
    }
}

/// A record around a list: of rows, or of further records around rows.
#[derive(Debug, Clone)]
pub(super) struct Outer {
    /// Its slots are `columns`, then the stated length, if there is one.
    pub(super) trie: Trie,
    /// Indexes of the table's columns that are in it: all of them, asked for or not.
    pub(super) columns: Vec<usize>,
    pub(super) states_total: bool,
}

impl Layout {
    /// Compiles the layout of these columns.
    ///
    /// `columns` are indexes into `table.columns`, in output order; the index `table.columns.len()` is the hidden
    /// `FieldErrors`. `constants` are the columns whose value each page is given. A column's value is the constant, or
    /// in a record around the row (`outer`), or where the path says (`from`), or else where the column says.
    ///
    /// # Errors
    /// When a column has none of these places on this path.
    pub fn new(
        table: &Table,
        path: &AccessPath,
        columns: &[usize],
        constants: &[usize],
    ) -> Result<Self, LayoutError> {
        let name_of = |index: usize| match table.columns.get(index) {
            Some(column) => Ok(column.name.clone()),
            None => Err(LayoutError::NoColumn { table: table.name.to_string(), index }),
        };
        let mut places = Places { table, path, constants, paths: Vec::new() };
        let (mut slots, mut fields) = (Vec::with_capacity(columns.len()), Vec::with_capacity(columns.len()));
        for &index in columns {
            let slot = places.slot(index)?;
            fields.push(Field::clone(table.arrow.field(index)));
            slots.push(slot);
        }
        let mut paths = places.paths;
        let record_columns = paths.len();
        let beside = path.empty_beside.as_deref();
        let pages: Vec<Path> = MEMBERS.into_iter().chain(beside).map(|m| vec![m.to_owned()]).collect();
        let slices = |paths: &'_ [Path], list: Option<(&Path, Kind)>| {
            Trie::new(paths.iter().map(Vec::as_slice), list.map(|(list, kind)| (list.as_slice(), kind)))
        };
        let innermost = if path.rows.members.is_some() { Kind::Members } else { Kind::Array };
        let shape = match path.rows.arrays.as_slice() {
            [] => {
                paths.extend(pages);
                Shape::One
            }
            [list] => Shape::List(slices(&pages, Some((list, innermost)))),
            [list, inner @ ..] => {
                let outer = inner.iter().enumerate().map(|(level, list)| {
                    let kind = if level + 1 == inner.len() { innermost } else { Kind::Array };
                    let here = || path.outer.iter().filter(|o| o.level == level);
                    let mut members: Vec<Path> = here().map(|o| o.from.clone()).collect();
                    let complete = path.complete.as_ref().filter(|_| level == 0);
                    members.extend(complete.map(|c| c.total.clone()));
                    Outer {
                        trie: slices(&members, Some((list, kind))),
                        columns: here().map(|o| o.column).collect(),
                        states_total: complete.is_some(),
                    }
                });
                Shape::Nested(slices(&pages, Some((list, Kind::Array))), outer.collect())
            }
        };
        let in_record = |c: &usize| match table.columns.get(*c).map(|c| &c.source) {
            Some(Source::Record(at)) => Some(at.is_empty()),
            Some(Source::First(_) | Source::Which(_)) => Some(false),
            _ => None,
        };
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            wants_errors: slots.iter().any(|s| s.place == Place::FieldErrors),
            slots,
            constants: constants.iter().map(|&c| name_of(c)).collect::<Result<_, _>>()?,
            shape,
            record: slices(&paths, None),
            record_columns,
            scalars: path.from.iter().any(OwnPlace::is_record)
                || path.provides.iter().any(|c| in_record(c).is_some())
                    && path.from.is_empty()
                    && path.provides.iter().filter_map(in_record).all(|is_record| is_record),
            rows: path.rows.clone(),
        })
    }

    /// Are its rows the elements of the answer's own list?
    pub fn is_list(&self) -> bool {
        matches!(self.shape, Shape::List(_)) && self.rows.members.is_none()
    }

    /// The schema of the batches: the table's fields of the chosen columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

struct Places<'t> {
    table: &'t Table,
    path: &'t AccessPath,
    constants: &'t [usize],
    /// Members of the row's record that were asked for so far.
    paths: Vec<Path>,
}

impl Places<'_> {
    fn slot(&mut self, index: usize) -> Result<Slot, LayoutError> {
        if index == self.table.columns.len() {
            let name = self.table.arrow.field(index).name();
            return Ok(slot(name, Place::FieldErrors, Reader::Json, false));
        }
        let table = || self.table.name.to_string();
        let Some(column) = self.table.columns.get(index) else {
            return Err(LayoutError::NoColumn { table: table(), index });
        };
        let provided = self.path.provides.contains(&index);
        let (mut when, mut names) = (vec![], vec![]);
        let place = if let Some(at) = self.constants.iter().position(|c| *c == index) {
            Place::Constant(at)
        } else if let Some(outer) = self.path.outer.iter().find(|o| o.column == index) {
            let same_level = self.path.outer.iter().filter(|o| o.level == outer.level);
            Place::Outer(outer.level, same_level.take_while(|o| o.column != index).count())
        } else {
            let first = self.paths.len();
            match (self.path.from.iter().find(|it| it.column == index), &column.source) {
                (Some(own), _) => {
                    when.clone_from(&own.when);
                    match &own.from {
                        OwnFrom::Member => Place::Member,
                        OwnFrom::Record(from) => {
                            self.paths.push(from.clone());
                            Place::Record(first)
                        }
                        OwnFrom::LastSegment(from) => {
                            self.paths.push(from.clone());
                            Place::LastSegment(first)
                        }
                        OwnFrom::SegmentAfter(from, name) => {
                            self.paths.push(from.clone());
                            names.push(name.clone());
                            Place::SegmentAfter(first)
                        }
                        OwnFrom::BeforeLast(from, mark) => {
                            self.paths.push(from.clone());
                            Place::BeforeLast(first, *mark)
                        }
                    }
                }
                (None, Source::Record(from)) if provided => {
                    self.paths.push(from.clone());
                    Place::Record(first)
                }
                (None, Source::First(places)) if provided => {
                    self.paths.extend(places.iter().cloned());
                    Place::First(first, places.len())
                }
                (None, Source::Which(places)) if provided => {
                    self.paths.extend(places.iter().map(|(_, from)| from.clone()));
                    Place::Which(first)
                }
                (None, Source::Position) if provided => Place::Position,
                (None, Source::Member) if provided => Place::Member,
                _ => {
                    let (path, column) = (self.path.name.clone(), column.name.clone());
                    return Err(LayoutError::NoPlace { table: table(), path, column });
                }
            }
        };
        if let (Source::Which(places), Place::Which(_)) = (&column.source, place) {
            names.extend(places.iter().map(|(name, _)| name.clone()));
        }
        let key = self.table.key.contains(&index);
        let when = when
            .into_iter()
            .map(|(member, text)| {
                self.paths.push(member);
                (self.paths.len() - 1, text)
            })
            .collect();
        Ok(Slot { names, when, ..slot(&column.name, place, Reader::new(&column.data_type), key) })
    }
}

fn slot(name: &str, place: Place, reader: Reader, key: bool) -> Slot {
    let member = format!("{}:", serde_json::Value::from(name));
    Slot { name: name.to_owned(), member, key, place, names: vec![], when: vec![], reader }
}
