//! One page: its rows as a batch, and what it says about the pages after it, in one pass over the bytes.

use std::borrow::Cow;
use std::fmt;

use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::{Cell, Outcome};
use super::end::{MEMBERS, PageEnd};
use super::error::{self, DecodeError, kind, members_of, wrong_shape};
use super::layout::{Layout, Outer, Place, Shape};
use super::trie::{Found, List, ListSpot, Mode, NoList, Spot, Trie};
use super::{scalar, sprint};
use crate::schema::RowsPath;

/// One decoded page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows.
    pub batch: RecordBatch,
    /// What the answer says about itself and the pages after it.
    pub end: PageEnd,
    /// Records whose rows are not in `batch` because their list is cut short.
    pub incomplete: Vec<Incomplete>,
    /// How many values did not fit their column.
    pub field_errors: usize,
    /// Elements of the outermost array; one where the answer is itself the row.
    pub records: usize,
}

/// A record whose list of rows is not known to be whole: it is shorter than the length stated beside it, or no length
/// is stated, or the list is null or absent without a stated length of zero. None of its rows are in the batch; they
/// are to be read by the path that `complete` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// All columns that the path takes from the record around the rows, with the JSON text of their values, so that
    /// they can be given as constants to the other path. `None` for null and absent.
    pub outer: Vec<(usize, Option<String>)>,
    /// Elements that the list has; none where it is null or absent.
    pub held: usize,
    /// Elements that it should have; `None` where the record does not say.
    pub total: Option<u64>,
}

impl Layout {
    /// Decodes one answer.
    ///
    /// `constants` are the JSON texts of the constant columns' values, in the order in which [`Layout::new`] was given
    /// the columns.
    ///
    /// # Errors
    /// When the body is no JSON or has another shape than the access path declares, when a key is NULL, and when the
    /// constants are not those of the layout. Values that do not fit their column are no error: see `FieldErrors`.
    pub fn decode(&self, body: &[u8], constants: &[&str]) -> Result<Page, DecodeError> {
        let text = match simdutf8::basic::from_utf8(body) {
            Ok(text) => text,
            Err(_) => str::from_utf8(body).map_err(|e| DecodeError::Utf8 { offset: e.valid_up_to() })?,
        };
        if constants.len() != self.constants.len() {
            return Err(DecodeError::ConstantCount {
                expected: self.constants.len(),
                given: constants.len(),
            });
        }
        let mut values = Vec::with_capacity(constants.len());
        for (column, constant) in self.constants.iter().zip(constants) {
            match serde_json::from_str::<&RawValue>(constant) {
                Ok(value) => values.push(value.get()),
                Err(e) => {
                    return Err(DecodeError::Constant { column: column.clone(), message: error::words(&e) });
                }
            }
        }
        match Rows::new(self, Mode::Fast, &values).page(text) {
            Ok(page) => Ok(page),
            Err(Stop::Page(e)) => Err(e),
            // Either this is no JSON, or a value of an unexpected kind stands where only members of it are wanted.
            Err(Stop::Json(_)) => {
                let not_json = |e: serde_json::Error| DecodeError::not_json(text, &e);
                let whole = serde_json::from_str::<&RawValue>(text).map_err(not_json)?;
                Rows::new(self, Mode::Careful, &values).page(whole.get()).map_err(|stop| match stop {
                    Stop::Page(e) => e,
                    Stop::Json(e) => not_json(e),
                })
            }
        }
    }
}

/// Why decoding ended early.
enum Stop {
    /// The parser stopped: no JSON, or, in [`Mode::Fast`], a value of an unexpected kind.
    Json(serde_json::Error),
    /// The page can't be decoded.
    Page(DecodeError),
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Page(error)
    }
}

/// The rows of a page under construction.
struct Rows<'l, 'de> {
    layout: &'l Layout,
    mode: Mode,
    constants: &'l [&'de str],
    cells: Vec<Cell<'l, 'de>>,
    /// The row's record.
    found: Found<'de>,
    /// The name of the member that the row is, where rows are members.
    member: String,
    /// The records around the row, outermost first.
    outer: Vec<Found<'de>>,
    /// The elements of their lists.
    elements: Vec<Elements<'l, 'de>>,
    /// The row's misfit values, as an object without its closing brace.
    errors: String,
    finished: usize,
    records: usize,
    field_errors: usize,
    incomplete: Vec<Incomplete>,
    /// The error behind a parser's error that this room raised itself.
    failure: Option<DecodeError>,
}

impl<'l, 'de> Rows<'l, 'de> {
    fn new(layout: &'l Layout, mode: Mode, constants: &'l [&'de str]) -> Self {
        Self {
            layout,
            mode,
            constants,
            cells: layout.slots.iter().map(|s| Cell::new(&s.reader)).collect(),
            found: Found::default(),
            member: String::new(),
            outer: vec![Found::default(); layout.shape.levels().len()],
            elements: layout
                .shape
                .levels()
                .iter()
                .map(|_| Elements { rows: &layout.rows, texts: vec![], names: vec![] })
                .collect(),
            errors: String::new(),
            finished: 0,
            records: 0,
            field_errors: 0,
            incomplete: Vec::new(),
            failure: None,
        }
    }

    fn page(mut self, text: &'de str) -> Result<Page, Stop> {
        let end = match &self.layout.shape {
            Shape::One => {
                let read = match self.mode {
                    Mode::Fast => whole(text, Record(&mut self)).map_err(Stop::Json),
                    Mode::Careful => self.record(text),
                };
                self.failed(read)?;
                PageEnd::new(&self.found.spots[self.layout.record_columns..])?
            }
            Shape::List(envelope) | Shape::Nested(envelope, _) => {
                let mut found = Found::default();
                found.reset(envelope);
                let read = match self.mode {
                    Mode::Fast => {
                        whole(text, Envelope { trie: envelope, found: &mut found, rows: &mut self })
                    }
                    Mode::Careful => envelope.text(text, &mut found, &mut self, Mode::Careful),
                };
                self.failed(read.map_err(Stop::Json))?;
                self.list_was_read(text, &found)?;
                PageEnd::new(&found.spots)?
            }
        };
        let arrays =
            self.cells.into_iter().map(Cell::finish).collect::<Result<_, _>>().map_err(DecodeError::Arrow)?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.finished));
        let batch = RecordBatch::try_new_with_options(self.layout.schema(), arrays, &options)
            .map_err(DecodeError::Arrow)?;
        Ok(Page {
            batch,
            end,
            incomplete: self.incomplete,
            field_errors: self.field_errors,
            records: self.records,
        })
    }

    /// Puts this room's own error in the place of the parser's that carried it.
    fn failed(&mut self, read: Result<(), Stop>) -> Result<(), Stop> {
        match (read, self.failure.take()) {
            (Err(_), Some(failure)) => Err(Stop::Page(failure)),
            (read, _) => read,
        }
    }

    /// Carries an error through the parser.
    fn carry<E: Error>(&mut self, stop: Stop) -> E {
        match stop {
            Stop::Json(e) => E::custom(e),
            Stop::Page(e) => {
                self.failure = Some(e);
                E::custom("the page can't be decoded")
            }
        }
    }

    /// An answer without its list of rows is an error body or a changed API, never zero rows, unless the table file says
    /// beside which member an empty list is left out.
    fn list_was_read(&self, text: &str, found: &Found<'_>) -> Result<(), DecodeError> {
        let beside = found.spots.get(MEMBERS.len());
        let RowsPath { arrays, members } = &self.layout.rows;
        let members = members.clone().filter(|_| arrays.len() == 1);
        let expected = if members.is_some() { "an object" } else { "an array" };
        let place = RowsPath { arrays: arrays.iter().take(1).cloned().collect(), members }.to_string();
        let found = match found.list {
            ListSpot::Read => return Ok(()),
            ListSpot::Absent if matches!(beside, Some(Spot::Value(text)) if *text != "null") => return Ok(()),
            ListSpot::Null => "null".to_owned(),
            ListSpot::Absent => members_of(text),
            ListSpot::Misplaced(other) => kind(other).to_owned(),
        };
        Err(DecodeError::WrongShape { place, expected, found })
    }

    /// Reads an element of the outermost array, or the answer that is itself the row.
    fn record(&mut self, text: &'de str) -> Result<(), Stop> {
        match &self.layout.shape {
            Shape::Nested(_, levels) => self.outer_record(levels, 0, text, self.records),
            Shape::List(_) | Shape::One => {
                self.row(text, self.records)?;
                self.records += 1;
                Ok(())
            }
        }
    }

    /// Reads a record around rows that is at hand as text: the element `index` of its list.
    fn outer_record(
        &mut self,
        levels: &'l [Outer],
        level: usize,
        text: &'de str,
        index: usize,
    ) -> Result<(), Stop> {
        if !text.starts_with('{') {
            let rows = self.layout.rows.to_string();
            let list: Vec<&str> = rows.split("[]").take(level + 1).collect();
            return Err(wrong_shape(format!("{}[{index}]", list.join("[]")), "an object", text).into());
        }
        self.begin_outer(levels, level);
        let (found, elements) = (&mut self.outer[level], &mut self.elements[level]);
        levels[level].trie.text(text, found, elements, self.mode).map_err(Stop::Json)?;
        self.finish_outer(levels, level)
    }

    fn begin_outer(&mut self, levels: &[Outer], level: usize) {
        self.outer[level].reset(&levels[level].trie);
        self.elements[level].texts.clear();
        self.elements[level].names.clear();
    }

    /// Decodes the list of a record whose members have all been met, if the list is whole.
    fn finish_outer(&mut self, levels: &'l [Outer], level: usize) -> Result<(), Stop> {
        let outer = &levels[level];
        self.records += usize::from(level == 0);
        let record = self.records.saturating_sub(1);
        let wrong = |expected, text| {
            let place = self.layout.rows.to_string().replacen("[]", &format!("[{record}]"), 1);
            Stop::Page(wrong_shape(place, expected, text))
        };
        let held = match self.outer[level].list {
            ListSpot::Read => Some(self.elements[level].texts.len()),
            ListSpot::Null | ListSpot::Absent => None,
            ListSpot::Misplaced(text) => return Err(wrong("an array", text)),
        };
        if outer.states_total {
            let total = match self.outer[level].spots.get(outer.columns.len()) {
                None | Some(Spot::Absent | Spot::Value("null")) => None,
                Some(Spot::Value(text)) => match scalar::int64(text).map(u64::try_from) {
                    Some(Ok(total)) => Some(total),
                    _ => return Err(wrong("a list with its length beside it", text)),
                },
                Some(Spot::Misplaced(text)) => return Err(wrong("a list with its length beside it", text)),
            };
            let whole = match (held, total) {
                (Some(held), Some(total)) => held as u64 >= total,
                (Some(_), None) => false,
                // A field that is hidden, or that the service had no time for, is absent too: only a stated zero is none.
                (None, total) => total == Some(0),
            };
            if !whole {
                let outer =
                    outer.columns.iter().zip(&self.outer[level].spots).map(|(&column, spot)| match spot {
                        Spot::Absent | Spot::Value("null") | Spot::Misplaced(_) => (column, None),
                        Spot::Value(text) => (column, Some((*text).to_owned())),
                    });
                self.incomplete.push(Incomplete {
                    outer: outer.collect(),
                    held: held.unwrap_or_default(),
                    total,
                });
                return Ok(());
            }
        }
        let elements = std::mem::take(&mut self.elements[level].texts);
        for (i, text) in elements.iter().enumerate() {
            if let Some(name) = self.elements[level].names.get_mut(i) {
                self.member = std::mem::take(name);
            }
            match level + 1 < levels.len() {
                true => self.outer_record(levels, level + 1, text, i)?,
                false => self.row(text, i)?,
            }
        }
        self.elements[level].texts = elements;
        Ok(())
    }

    /// Reads a row's record.
    fn row(&mut self, text: &'de str, index: usize) -> Result<(), Stop> {
        if let Some(object) = sprint::object(text) {
            return self.other_row(&object, index);
        }
        let fits = text.starts_with('{') || self.layout.scalars && text != "null";
        if !fits {
            return Err(self.wrong_element(index, text).into());
        }
        self.found.reset(&self.layout.record);
        self.layout.record.text(text, &mut self.found, &mut NoList, self.mode).map_err(Stop::Json)?;
        if !text.starts_with('{') {
            // A plain value has no members, which is no misfit.
            let inside = self.found.spots.iter_mut().filter(|it| matches!(it, Spot::Misplaced(_)));
            inside.for_each(|it| *it = Spot::Absent);
        }
        Ok(self.finish_row(index)?)
    }

    /// Reads a row's record that is not the page's own text.
    fn other_row(&mut self, object: &str, index: usize) -> Result<(), Stop> {
        let mut found = Found::default();
        found.reset(&self.layout.record);
        self.layout.record.text(object, &mut found, &mut NoList, Mode::Careful).map_err(Stop::Json)?;
        Ok(self.add_row(Some(&found.spots), index)?)
    }

    fn wrong_element(&self, index: usize, text: &str) -> DecodeError {
        let rows = self.layout.rows.to_string();
        let place = match (rows.strip_suffix("[]"), rows.strip_suffix("{}")) {
            (Some(list), _) => format!("{list}[{index}]"),
            (_, Some(object)) => format!("{object}.{}", self.member.escape_debug()),
            (None, None) => "(top level)".to_owned(),
        };
        wrong_shape(place, "an object", text)
    }

    /// Adds a row out of what was found; `index` is its place in its list.
    fn finish_row(&mut self, index: usize) -> Result<(), DecodeError> {
        self.add_row(None, index)
    }

    /// The same; `other` is what was found in the record, where that is not the page's own text.
    fn add_row(&mut self, other: Option<&[Spot<'_>]>, index: usize) -> Result<(), DecodeError> {
        for (slot, cell) in self.layout.slots.iter().zip(&mut self.cells) {
            let spots = other.unwrap_or(&self.found.spots);
            if slot.when.iter().any(|(at, text)| !is_text(&spots[*at], text)) {
                if slot.key {
                    return Err(DecodeError::NullKey { column: slot.name.clone(), row: self.finished });
                }
                cell.null();
                continue;
            }
            let spot = match slot.place {
                Place::Record(_)
                | Place::First(..)
                | Place::LastSegment(_)
                | Place::SegmentAfter(_)
                | Place::BeforeLast(..)
                    if other.is_some() =>
                {
                    Spot::Absent
                }
                Place::Record(at) => self.found.spots[at],
                Place::LastSegment(at) => last_segment(self.found.spots[at]),
                Place::SegmentAfter(at) => segment_after(self.found.spots[at], &slot.names),
                Place::BeforeLast(at, mark) => match before_last(self.found.spots[at], mark) {
                    Some(text) => {
                        cell.append_name(text);
                        continue;
                    }
                    None => self.found.spots[at],
                },
                Place::First(at, places) => first(&self.found.spots[at..at + places]),
                Place::Which(at) => {
                    let mut named = self.found.spots[at..].iter().zip(&slot.names);
                    if let Some((_, name)) = named.find(|(s, _)| is_there(s)) {
                        cell.append_name(name);
                        continue;
                    }
                    Spot::Absent
                }
                Place::Position => {
                    cell.append_number(index + 1);
                    continue;
                }
                Place::Member => {
                    cell.append_name(&self.member);
                    continue;
                }
                Place::Outer(level, at) => self.outer[level].spots[at],
                Place::Constant(at) => Spot::Value(self.constants[at]),
                Place::FieldErrors => continue,
            };
            let other = match (slot.place, other) {
                (Place::Record(at), Some(spots)) => Some(spots[at]),
                (Place::First(at, places), Some(spots)) => Some(first(&spots[at..at + places])),
                _ => None,
            };
            let (outcome, text) = match (other, spot) {
                (Some(spot @ (Spot::Value(text) | Spot::Misplaced(text))), _) => {
                    (cell.append_scalar_spot(spot), text)
                }
                (_, Spot::Value(text)) => (cell.append(text), text),
                (_, Spot::Absent) => {
                    cell.null();
                    (Outcome::Null, "")
                }
                (_, Spot::Misplaced(text)) => {
                    cell.null();
                    (Outcome::Misfit, text)
                }
            };
            match outcome {
                Outcome::TooLarge => return Err(DecodeError::TooLarge { column: slot.name.clone() }),
                Outcome::Null | Outcome::Misfit if slot.key => {
                    return Err(DecodeError::NullKey { column: slot.name.clone(), row: self.finished });
                }
                Outcome::Value | Outcome::Null => {}
                Outcome::Misfit => {
                    self.field_errors += 1;
                    if self.layout.wants_errors {
                        self.errors.push(if self.errors.is_empty() { '{' } else { ',' });
                        self.errors.push_str(&slot.member);
                        self.errors.push_str(text);
                    }
                }
            }
        }
        if self.layout.wants_errors {
            self.finish_errors()?;
        }
        self.finished += 1;
        Ok(())
    }

    fn finish_errors(&mut self) -> Result<(), DecodeError> {
        if !self.errors.is_empty() {
            self.errors.push('}');
        }
        for (slot, cell) in self.layout.slots.iter().zip(&mut self.cells) {
            if slot.place != Place::FieldErrors {
                continue;
            }
            if self.errors.is_empty() {
                cell.null();
            } else if cell.append_json(&self.errors) == Outcome::TooLarge {
                return Err(DecodeError::TooLarge { column: slot.name.clone() });
            }
        }
        self.errors.clear();
        Ok(())
    }
}

/// Is it a string of this content?
fn is_text(spot: &Spot<'_>, text: &str) -> bool {
    matches!(spot, Spot::Value(value) if scalar::string(value).is_some_and(|it| it == text))
}

/// The digits at the end of an address; another value as it is, which fits no number.
fn last_segment(spot: Spot<'_>) -> Spot<'_> {
    let Spot::Value(text) = spot else { return spot };
    let segment = text.strip_suffix('"').and_then(|it| it.rsplit_once('/'));
    match segment {
        Some((_, digits)) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
            Spot::Value(digits)
        }
        _ => spot,
    }
}

/// The digits in an address after the last segment of one of these names; another value as it is, which fits no number.
fn segment_after<'s>(spot: Spot<'s>, names: &[String]) -> Spot<'s> {
    let Spot::Value(text) = spot else { return spot };
    let segments: Vec<&str> = text.trim_matches('"').split('/').collect();
    let found = segments.windows(2).rev().find(|pair| names.iter().any(|name| name == pair[0]));
    match found {
        Some([_, digits]) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
            Spot::Value(digits)
        }
        _ => spot,
    }
}

/// What stands in a text before the last `mark`, if that is so and nothing in it is escaped.
fn before_last(spot: Spot<'_>, mark: char) -> Option<&str> {
    let Spot::Value(text) = spot else { return None };
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (before, _) = inner.rsplit_once(mark)?;
    (!inner.contains('\\')).then_some(before)
}

fn is_there(spot: &Spot<'_>) -> bool {
    !matches!(spot, Spot::Absent | Spot::Value("null"))
}

/// The first of these places that has a value.
fn first<'s>(spots: &[Spot<'s>]) -> Spot<'s> {
    spots.iter().find(|spot| is_there(spot)).copied().unwrap_or_default()
}

/// Reads all of `text`, up to and including the blanks after the value.
fn whole<'de, S: DeserializeSeed<'de, Value = ()>>(text: &'de str, seed: S) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    seed.deserialize(&mut json)?;
    json.end()
}

/// The answer around the outermost array.
struct Envelope<'e, 'l, 'de> {
    trie: &'l Trie,
    found: &'e mut Found<'de>,
    rows: &'e mut Rows<'l, 'de>,
}

impl<'de> DeserializeSeed<'de> for Envelope<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.trie.any(deserializer, self.found, self.rows)
    }
}

impl<'de> List<'de> for Rows<'_, 'de> {
    fn read<A: SeqAccess<'de>>(&mut self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(Record(self))?.is_some() {}
        Ok(())
    }

    fn read_members<A: MapAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, text)) = member(&mut members, &self.layout.rows)? {
            self.member = name;
            self.record(text).map_err(|stop| self.carry(stop))?;
        }
        Ok(())
    }
}

/// The next member that is a row, with its name.
fn member<'de, A: MapAccess<'de>>(
    members: &mut A,
    rows: &RowsPath,
) -> Result<Option<(String, &'de str)>, A::Error> {
    let prefix = rows.members.as_ref().map_or("", |m| m.prefix.as_str());
    while let Some(name) = members.next_key::<Cow<'de, str>>()? {
        if !name.starts_with(prefix) {
            members.next_value::<IgnoredAny>()?;
            continue;
        }
        let text = members.next_value::<&'de RawValue>()?.get();
        if text != "null" {
            return Ok(Some((name.into_owned(), text)));
        }
    }
    Ok(None)
}

/// The elements of a list inside a record, as text: the record says only at its end whether they count.
struct Elements<'l, 'de> {
    rows: &'l RowsPath,
    texts: Vec<&'de str>,
    /// Their names, where they are the members of an object.
    names: Vec<String>,
}

impl<'de> List<'de> for Elements<'_, 'de> {
    fn read<A: SeqAccess<'de>>(&mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<&'de RawValue>()? {
            self.texts.push(element.get());
        }
        Ok(())
    }

    fn read_members<A: MapAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, text)) = member(&mut members, self.rows)? {
            self.names.push(name);
            self.texts.push(text);
        }
        Ok(())
    }
}

/// Reads one element of the outermost array, or the answer that is itself the row.
struct Record<'r, 'l, 'de>(&'r mut Rows<'l, 'de>);

impl<'de> DeserializeSeed<'de> for Record<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let rows = self.0;
        if rows.mode == Mode::Fast && !rows.layout.record.wants_root() {
            return deserializer.deserialize_any(Record(rows));
        }
        let text = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
        rows.record(text).map_err(|stop| rows.carry(stop))
    }
}

impl<'de> Visitor<'de> for Record<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let rows = self.0;
        let layout = rows.layout;
        let read = if let Shape::Nested(_, levels) = &layout.shape {
            rows.begin_outer(levels, 0);
            levels[0].trie.object(members, &mut rows.outer[0], &mut rows.elements[0], rows.mode)?;
            rows.finish_outer(levels, 0)
        } else {
            rows.found.reset(&layout.record);
            layout.record.object(members, &mut rows.found, &mut NoList, rows.mode)?;
            rows.records += 1;
            rows.finish_row(rows.records - 1).map_err(Stop::Page)
        };
        read.map_err(|stop| rows.carry(stop))
    }
}
