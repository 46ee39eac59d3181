//! The envelope with `startAt`, `maxResults`, `total` and `isLast`, and the range that it shows.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::assumptions::{CursorEnd, LastPage, UnstatedMaximum};
use super::call::{Call, Refusal};

/// The smallest limit of a page whose limit is stated nowhere.
const UNSTATED: i64 = 50;

/// The parameters of most endpoints.
pub(super) const PLACES: [&str; 2] = ["startAt", "maxResults"];

/// What an envelope may say besides `startAt` and `maxResults`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stated {
    #[serde(rename = "self")]
    Own,
    Total,
    IsLast,
    NextPage,
}

impl Stated {
    pub(super) const ALL: [Self; 4] = [Self::Own, Self::Total, Self::IsLast, Self::NextPage];
}

/// The range of rows that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    start: i64,
    size: i64,
}

impl Paging {
    /// `startAt` and `maxResults`, of which `most` is documented; it is lowered without a word.
    pub(super) fn read(call: &Call<'_>, default: i64, most: i64) -> Result<Self, Refusal> {
        Self::named(call, PLACES, default, Some(most))
    }

    /// The same where no maximum is documented.
    pub(super) fn without_maximum(call: &Call<'_>, default: i64) -> Result<Self, Refusal> {
        Self::named(call, PLACES, default, None)
    }

    /// The same under the names that the endpoint has for the place and for the number of rows.
    pub(super) fn named(
        call: &Call<'_>,
        [start, size]: [&str; 2],
        default: i64,
        most: Option<i64>,
    ) -> Result<Self, Refusal> {
        let most = most.unwrap_or(match call.assumptions.unstated_maximum {
            UnstatedMaximum::AsTheDefault => default.max(UNSTATED),
            UnstatedMaximum::AsAsked => 1000,
        });
        Ok(Self {
            start: call.query_number(start, 0)?.max(0),
            size: call.query_number(size, default)?.clamp(1, most),
        })
    }

    /// The page of `rows` that was asked for at `endpoint`. Its links repeat the other parameters.
    pub(super) fn page<T: Copy>(
        self,
        call: &Call<'_>,
        endpoint: &str,
        rows: &[T],
        write: impl FnMut(T) -> Value,
    ) -> Value {
        let values: Vec<Value> = self.slice(rows).into_iter().map(write).collect();
        let address = call.renderer.link(endpoint);
        let mut answer = self.envelope(call, &address, &Stated::ALL, rows.len());
        answer.insert("values".to_owned(), values.into());
        Value::Object(answer)
    }

    /// The rows of the page.
    pub(super) fn slice<T: Copy>(self, rows: &[T]) -> Vec<T> {
        slice(rows, self.start, self.size)
    }

    /// What stands beside the rows of the page, where there are `total` of them in all.
    pub(super) fn envelope(
        self,
        call: &Call<'_>,
        address: &str,
        states: &[Stated],
        total: usize,
    ) -> Map<String, Value> {
        let (total, end) = self.ends(total);
        let mut answer = Map::new();
        let mut state = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        state("maxResults", self.size.into());
        state("startAt", self.start.into());
        // Without a total there is nothing else to tell the end by.
        let marked = call.assumptions.last_page == LastPage::Marked || !states.contains(&Stated::Total);
        for member in states {
            match member {
                Stated::Total => state("total", total.into()),
                Stated::Own => state("self", self.link(call, address, self.start).into()),
                Stated::IsLast if end < total || marked => state("isLast", (end >= total).into()),
                Stated::NextPage if end < total => state("nextPage", self.link(call, address, end).into()),
                Stated::IsLast | Stated::NextPage => None,
            };
        }
        answer
    }

    /// The same for pages by `offset` and `limit`.
    pub(super) fn offset_envelope(self, total: usize) -> Value {
        json!({"offset": self.start, "limit": self.size, "total": total})
    }

    /// The same for pages by `cursor`. The last page has a next cursor too, as in the documents' example.
    pub(super) fn cursor_envelope(self, call: &Call<'_>, total: usize) -> Value {
        let cursor = if self.start == 0 { String::new() } else { self.start.to_string() };
        let (length, end) = self.ends(total);
        let next = end.to_string();
        match call.assumptions.cursor_end {
            CursorEnd::Last => json!({
                "cursor": cursor, "nextPageCursor": next, "last": end >= length, "size": end - self.start, "total": total,
            }),
            CursorEnd::IsLast => json!({
                "cursor": cursor, "nextPageCursor": next, "isLast": end >= length, "maxResults": self.size, "total": total,
            }),
        }
    }

    /// How many rows there are, and where the page ends.
    fn ends(self, total: usize) -> (i64, i64) {
        let total = i64::try_from(total).unwrap_or_default();
        (total, (self.start + self.size).min(total).max(self.start))
    }

    fn link(self, call: &Call<'_>, address: &str, start: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = call.query.iter().filter(|(name, _)| name != "startAt" && name != "maxResults");
        query.extend_pairs(others);
        query.append_pair("maxResults", &self.size.to_string());
        query.append_pair("startAt", &start.to_string());
        format!("{address}?{}", query.finish())
    }
}

/// `size` rows from `start` on, or fewer.
pub(super) fn slice<T: Copy>(rows: &[T], start: i64, size: i64) -> Vec<T> {
    rows.iter()
        .skip(usize::try_from(start).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or_default())
        .copied()
        .collect()
}
