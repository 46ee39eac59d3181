//! What an answer says about itself and the pages after it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{DecodeError, wrong_shape};
use super::scalar;
use super::trie::Spot;

/// What an answer says about itself and the pages after it: the members of these names in the top-level object,
/// wherever they stand. A member that is absent, null or of another type is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageEnd {
    /// `nextPageToken`: issue search.
    pub next_page_token: Option<String>,
    /// `nextPageCursor`: plans.
    pub next_page_cursor: Option<String>,
    /// `nextCursor`: lists of Data Center without a total.
    pub next_cursor: Option<String>,
    /// `isLast`: most `startAt` lists.
    pub is_last: Option<bool>,
    /// `lastPage`: the worklog feeds.
    pub last_page: Option<bool>,
    /// `last`: plans.
    pub last: Option<bool>,
    /// `isLastPage`: service management.
    pub is_last_page: Option<bool>,
    /// `total`: elements of the whole list.
    pub total: Option<u64>,
    /// `startAt`: elements before this page.
    pub start_at: Option<u64>,
    /// `maxResults`: the page size in effect, which may be less than what was asked.
    pub max_results: Option<u64>,
    /// `until`: the worklog feeds; epoch milliseconds.
    pub until: Option<i64>,
    /// `offset`: the audit log.
    pub offset: Option<u64>,
    /// `limit`: the page size in effect, where it is so called.
    pub limit: Option<u64>,
    /// `size`: elements of this page.
    pub size: Option<u64>,
    /// `warningMessages`: what the service wants the reader to know.
    pub warning_messages: Vec<String>,
    /// `issueErrors`: issues of a block that the service has and did not give this time (`POST issue/bulkfetch`, schema
    /// `BulkIssueResults`). Ids that are unknown or hidden are not among them.
    pub refused: Vec<Refused>,
}

/// A record that was asked for by its id and that the service did not give, though it may when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its id, as the service writes it; empty where it names none.
    pub id: String,
    /// The service's own words, neither clipped nor escaped; the whole element where it has no `errorMessage`.
    pub message: String,
}

/// The members of a page's end, in the order in which [`PageEnd::new`] takes them.
pub(super) const MEMBERS: [&str; 16] = [
    "nextPageToken",
    "nextPageCursor",
    "isLast",
    "lastPage",
    "last",
    "isLastPage",
    "total",
    "startAt",
    "maxResults",
    "until",
    "offset",
    "limit",
    "size",
    "warningMessages",
    "issueErrors",
    "nextCursor",
];

impl PageEnd {
    /// Takes the members of [`MEMBERS`].
    ///
    /// # Errors
    /// When a token for the next page is there and can't be read: that must not look like the end. When what was
    /// refused is no list: that must not look like nothing.
    pub(super) fn new(spots: &[Spot<'_>]) -> Result<Self, DecodeError> {
        let text = |at: usize| match spots.get(at) {
            Some(Spot::Value(text)) => Some(*text),
            _ => None,
        };
        let token = |at: usize| match text(at) {
            None | Some("null") => Ok(None),
            Some(text) => match scalar::text(text) {
                Some(token) => Ok(Some(token.into_owned())),
                None => Err(wrong_shape(MEMBERS[at].to_owned(), "a string", text)),
            },
        };
        let boolean = |at| text(at).and_then(scalar::boolean);
        let count = |at| text(at).and_then(scalar::int64).and_then(|n| u64::try_from(n).ok());
        Ok(Self {
            next_page_token: token(0)?,
            next_page_cursor: token(1)?,
            next_cursor: token(15)?,
            is_last: boolean(2),
            last_page: boolean(3),
            last: boolean(4),
            is_last_page: boolean(5),
            total: count(6),
            start_at: count(7),
            max_results: count(8),
            until: text(9).and_then(scalar::int64),
            offset: count(10),
            limit: count(11),
            size: count(12),
            warning_messages: text(13).map(messages).unwrap_or_default(),
            refused: text(14).map_or(Ok(Vec::new()), refused)?,
        })
    }
}

/// The elements of `issueErrors`; each counts, whatever it looks like.
fn refused(text: &str) -> Result<Vec<Refused>, DecodeError> {
    #[derive(Deserialize)]
    struct Members<'t> {
        #[serde(borrow)]
        id: Option<&'t RawValue>,
        #[serde(borrow, rename = "errorMessage")]
        message: Option<&'t RawValue>,
    }
    if text == "null" {
        return Ok(Vec::new());
    }
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return Err(wrong_shape(MEMBERS[14].to_owned(), "an array", text));
    };
    let readable = |value: Option<&RawValue>| value.and_then(|v| scalar::text(v.get())).map(Cow::into_owned);
    let refused = elements.into_iter().map(|element| {
        let element = element.get();
        // An array would be taken for the members in their order.
        let members = element.starts_with('{').then(|| serde_json::from_str::<Members<'_>>(element));
        let (id, message) = match members {
            Some(Ok(Members { id, message })) => (readable(id), readable(message)),
            _ => (None, None),
        };
        Refused { id: id.unwrap_or_default(), message: message.unwrap_or_else(|| element.to_owned()) }
    });
    Ok(refused.collect())
}

/// The strings of an array, or the one string; anything else as its JSON text.
fn messages(text: &str) -> Vec<String> {
    let message = |text: &str| match scalar::text(text) {
        Some(message) => message.into_owned(),
        None => text.to_owned(),
    };
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(several) => several.into_iter().map(|m| message(m.get())).collect(),
        Err(_) if text == "null" => Vec::new(),
        Err(_) => vec![message(text)],
    }
}
