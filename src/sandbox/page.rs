//! The envelope with `startAt`, `maxResults`, `total` and `isLast`, and the range that it shows.

use serde_json::{Value, json};

use super::assumptions::{LastPage, UnstatedMaximum};
use super::call::{Call, Refusal};

/// The smallest limit of a page whose limit is stated nowhere.
const UNSTATED: i64 = 50;

/// The range of rows that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    start: i64,
    size: i64,
}

impl Paging {
    /// `startAt` and `maxResults`, of which `most` is documented; it is lowered without a word.
    pub(super) fn read(call: &Call<'_>, default: i64, most: i64) -> Result<Self, Refusal> {
        Ok(Self {
            start: call.query_number("startAt", 0)?.max(0),
            size: call.query_number("maxResults", default)?.clamp(1, most),
        })
    }

    /// The same where no maximum is documented.
    pub(super) fn without_maximum(call: &Call<'_>, default: i64) -> Result<Self, Refusal> {
        let most = match call.assumptions.unstated_maximum {
            UnstatedMaximum::AsTheDefault => default.max(UNSTATED),
            UnstatedMaximum::AsAsked => 1000,
        };
        Self::read(call, default, most)
    }

    /// The page of `rows` that was asked for at `endpoint`. Its links repeat the other parameters.
    pub(super) fn page<T: Copy>(
        self,
        call: &Call<'_>,
        endpoint: &str,
        rows: &[T],
        write: impl FnMut(T) -> Value,
    ) -> Value {
        let values: Vec<Value> = slice(rows, self.start, self.size).into_iter().map(write).collect();
        let end = self.start + i64::try_from(values.len()).unwrap_or_default();
        let total = i64::try_from(rows.len()).unwrap_or_default();
        let mut answer = json!({
            "self": self.link(call, endpoint, self.start),
            "maxResults": self.size,
            "startAt": self.start,
            "total": total,
            "values": values,
        });
        if end < total {
            answer["isLast"] = json!(false);
            answer["nextPage"] = json!(self.link(call, endpoint, end));
        } else if call.assumptions.last_page == LastPage::Marked {
            answer["isLast"] = json!(true);
        }
        answer
    }

    fn link(self, call: &Call<'_>, endpoint: &str, start: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = call.query.iter().filter(|(name, _)| name != "startAt" && name != "maxResults");
        query.extend_pairs(others);
        query.append_pair("maxResults", &self.size.to_string());
        query.append_pair("startAt", &start.to_string());
        call.renderer.link(&format!("{endpoint}?{}", query.finish()))
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
