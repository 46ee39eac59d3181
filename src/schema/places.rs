//! Where an access path finds a column in the row's record, if that is not where the column says.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::{Mistake, find, members_of, mistake};
use super::model::{Column, ColumnType, Path, RowsPath};

/// A place as it is written: members joined by dots, or more than that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum PlaceFile {
    /// Members joined by dots.
    Members(String),
    /// More than that.
    Said(SaidFile),
}

/// A place of which there is more to say.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidFile {
    /// Members joined by dots; empty for the record itself.
    pub(super) at: Option<String>,
    /// There is an address, of which the last segment is the value.
    #[serde(default)]
    pub(super) last_segment: bool,
    /// There is an address, of which the segment after the last of this name is the value: `"issue"`.
    pub(super) segment_after: Option<String>,
    /// There is a text, of which what stands before the last of this character is the value, if it has one: `"-"`.
    pub(super) before_last: Option<char>,
    /// The word by which the caller asks for it, where it is not the column's own.
    pub(super) ask: Option<String>,
    /// Instead of members: the value is the name of the member that the row is (`rows = "object{}"`).
    #[serde(default)]
    pub(super) member: bool,
    /// A member of the record and what it must be, or there is no value: `{ type = "user" }`.
    #[serde(default)]
    pub(super) when: BTreeMap<String, String>,
}

/// A column of which a path says where its value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPlace {
    /// The column's index.
    pub column: usize,
    /// Where the value is.
    pub from: OwnFrom,
    /// Members that must be texts of this content, or there is no value.
    pub when: Vec<(Path, String)>,
    /// The word by which the caller asks for it, where it is not the column's own.
    pub ask: Option<String>,
}

/// Where the value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnFrom {
    /// In the row's record.
    Record(Path),
    /// At the end of an address in the row's record.
    LastSegment(Path),
    /// In an address in the row's record, after the last segment of this name.
    SegmentAfter(Path, String),
    /// In a text of the row's record, before the last of this character.
    BeforeLast(Path, char),
    /// The name of the member that the row is.
    Member,
}

impl OwnPlace {
    /// Is it the record itself, which may be no object then?
    pub fn is_record(&self) -> bool {
        match &self.from {
            OwnFrom::Record(at)
            | OwnFrom::LastSegment(at)
            | OwnFrom::SegmentAfter(at, _)
            | OwnFrom::BeforeLast(at, _) => at.is_empty(),
            OwnFrom::Member => false,
        }
    }
}

/// The places of a path, checked.
pub(super) fn checked(
    at: &Range<usize>,
    file: &BTreeMap<String, PlaceFile>,
    columns: &[Column],
    rows: &RowsPath,
) -> Result<Vec<OwnPlace>, Mistake> {
    let place = |(name, place): (&String, &PlaceFile)| {
        let column = find(columns, at, name)?;
        let (from, when, ask) = match place {
            PlaceFile::Members(members) => (OwnFrom::Record(members_of(members)), vec![], None),
            PlaceFile::Said(said) => {
                let when = said.when.iter().map(|(member, text)| (members_of(member), text.clone()));
                let part = (said.last_segment, &said.segment_after, said.before_last);
                let from = match (&said.at, part, said.member) {
                    (Some(members), (false, None, None), false) => OwnFrom::Record(members_of(members)),
                    (Some(members), (true, None, None), false) => OwnFrom::LastSegment(members_of(members)),
                    (Some(members), (false, Some(name), None), false) => {
                        OwnFrom::SegmentAfter(members_of(members), name.clone())
                    }
                    (Some(members), (false, None, Some(mark)), false) => {
                        OwnFrom::BeforeLast(members_of(members), mark)
                    }
                    (None, (false, None, None), true) => OwnFrom::Member,
                    _ => {
                        return mistake(
                            at.clone(),
                            format!(
                                "`from`: `{name}` needs either `at` (with one of `last_segment`, `segment_after` and `before_last`, or none) or `member = true`"
                            ),
                        );
                    }
                };
                (from, when.collect(), said.ask.clone())
            }
        };
        let data_type = &columns[column].data_type;
        if matches!(from, OwnFrom::LastSegment(_) | OwnFrom::SegmentAfter(..))
            && *data_type != ColumnType::Int64
        {
            return mistake(
                at.clone(),
                format!("`from`: `last_segment` and `segment_after` are for `int64`, which `{name}` is not"),
            );
        }
        if matches!(from, OwnFrom::BeforeLast(..)) && *data_type != ColumnType::Text {
            return mistake(
                at.clone(),
                format!("`from`: `before_last` is for `text`, which `{name}` is not"),
            );
        }
        if from == OwnFrom::Member && (rows.members.is_none() || *data_type != ColumnType::Text) {
            return mistake(
                at.clone(),
                format!(
                    "`from`: `{name}` can be a `member` only as `text`, and of rows that are members of an object"
                ),
            );
        }
        Ok(OwnPlace { column, from, when, ask })
    };
    file.iter().map(place).collect()
}
