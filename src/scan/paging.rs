//! How a path goes on after a page: a pure state machine over the closed set of [`Paging`] kinds. A scan ends when the
//! service says that it ended, never because a page was short; a service that goes round in circles is an error.

use thiserror::Error;

use crate::decode::PageEnd;
use crate::schema::Paging;

/// Where a chain of pages stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    paging: Paging,
    page_size: usize,
    position: Position,
    total: Option<u64>,
    restarts: usize,
    empty_pages: usize,
    /// Continuations so far, and the one at the last power of two: a service that goes round in circles, however wide,
    /// comes back to it (Brent's algorithm).
    steps: u64,
    milestone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    Start,
    Offset(u64),
    Token(String),
    Since(i64),
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Another page.
    Page(Cursor),
    /// The service said that this was the last page.
    End,
}

/// A service that does not end its pages as documented.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum PagingError {
    /// A continuation came again.
    #[error("the service gave a continuation that it had given before; reading on would never end")]
    Circle,
    /// Another page than the one that was asked for.
    #[error("rows from {asked} on were asked for, and the service answered with those from {given} on")]
    WrongPage {
        /// Where the page should start.
        asked: u64,
        /// Where it says that it starts.
        given: u64,
    },
    /// Page after page without a row, and no end.
    #[error("{0} pages in a row were empty and the service says that more follow")]
    Empty(usize),
    /// The total kept shrinking.
    #[error(
        "the total number of rows shrank while the pages were read, {0} times; run it again when fewer rows are deleted"
    )]
    Shrinking(usize),
    /// A service that gives no more rows than so many.
    #[error(
        "the service gives no more than {given} of its {total} rows, and has no way to ask for the others"
    )]
    Capped {
        /// The rows that it gave.
        given: u64,
        /// Those that it says there are.
        total: u64,
    },
    /// An envelope without the member that says how to go on.
    #[error("the answer has neither `{0}` nor anything else that says whether more pages follow")]
    NoEnd(&'static str),
}

/// Empty pages in a row that are put up with before it is an error.
const EMPTY_PAGES: usize = 20;

/// Times that an offset scan starts again because its total shrank.
const RESTARTS: usize = 3;

impl Cursor {
    /// The first page.
    pub(super) fn start(paging: Paging, page_size: usize) -> Self {
        Self {
            paging,
            page_size,
            position: Position::Start,
            total: None,
            restarts: 0,
            empty_pages: 0,
            steps: 0,
            milestone: None,
        }
    }

    /// How many rows it asks for.
    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Is this the first page of the chain?
    pub(super) fn is_start(&self) -> bool {
        self.position == Position::Start
    }

    /// The arguments that ask for this page: name and value. Numbers are numbers in a JSON body.
    pub(super) fn arguments(&self) -> Vec<(&'static str, Argument)> {
        let offset = self.position();
        let size = Argument::Number(self.page_size as u64);
        let token = |name| match &self.position {
            Position::Token(t) => Some((name, Argument::Text(t.clone()))),
            _ => None,
        };
        match self.paging {
            Paging::Single => vec![],
            Paging::Page | Paging::BareArray => {
                vec![("startAt", Argument::Number(offset)), ("maxResults", size)]
            }
            Paging::Token => [("maxResults", size)].into_iter().chain(token("nextPageToken")).collect(),
            Paging::Capped => vec![("maxResults", size)],
            Paging::Cursor => [("maxResults", size)].into_iter().chain(token("cursor")).collect(),
            Paging::SinceUntil => match self.position {
                Position::Since(since) => vec![("since", Argument::Text(since.to_string()))],
                _ => vec![],
            },
            Paging::OffsetLimit => vec![("offset", Argument::Number(offset)), ("limit", size)],
            Paging::StartLimit => vec![("start", Argument::Number(offset)), ("limit", size)],
        }
    }

    /// What follows a page of so many records that ended so.
    ///
    /// # Errors
    /// When the service contradicts itself in a way that could lose rows or never end.
    pub(super) fn next(mut self, end: &PageEnd, records: usize) -> Result<Next, PagingError> {
        self.empty_pages = if records == 0 { self.empty_pages + 1 } else { 0 };
        if self.empty_pages > EMPTY_PAGES {
            return Err(PagingError::Empty(self.empty_pages));
        }
        match self.paging {
            Paging::Single => Ok(Next::End),
            Paging::BareArray if records == 0 => Ok(Next::End),
            Paging::BareArray => Ok(self.advance(0)),
            Paging::Token if end.is_last == Some(true) => Ok(Next::End),
            Paging::Token => match end.next_page_token {
                None if end.is_last == Some(false) => Err(PagingError::NoEnd("nextPageToken")),
                ref token => self.token(token.as_ref()),
            },
            Paging::Capped => match end.total {
                None => Err(PagingError::NoEnd("total")),
                Some(total) if total > records as u64 => {
                    Err(PagingError::Capped { given: records as u64, total })
                }
                Some(_) => Ok(Next::End),
            },
            Paging::Cursor if end.last.or(end.is_last) == Some(true) => Ok(Next::End),
            Paging::Cursor => match end.next_page_cursor.as_ref().or(end.next_cursor.as_ref()) {
                None => Err(PagingError::NoEnd("nextPageCursor")),
                cursor => self.token(cursor),
            },
            Paging::SinceUntil => self.since(end),
            Paging::StartLimit if end.is_last_page == Some(true) => Ok(Next::End),
            Paging::StartLimit if end.is_last_page.is_none() => Err(PagingError::NoEnd("isLastPage")),
            Paging::StartLimit => Ok(self.advance(records as u64)),
            Paging::Page | Paging::OffsetLimit => self.offset(end, records as u64),
        }
    }

    fn offset(mut self, end: &PageEnd, records: u64) -> Result<Next, PagingError> {
        let at = self.position();
        if let Some(given) = end.start_at.or(end.offset).filter(|given| *given != at) {
            return Err(PagingError::WrongPage { asked: at, given });
        }
        let shrank = matches!((self.total, end.total), (Some(before), Some(now)) if now < before);
        let missing = records == 0 && end.total.is_some_and(|total| at < total);
        if shrank || missing {
            self.restarts += 1;
            if self.restarts > RESTARTS {
                return Err(PagingError::Shrinking(self.restarts));
            }
            return Ok(Next::Page(Self { position: Position::Offset(0), total: None, ..self }));
        }
        self.total = end.total;
        match (end.is_last, end.total) {
            (Some(true), _) => Ok(Next::End),
            (None, Some(total)) if at + records >= total => Ok(Next::End),
            (Some(false), None) => Ok(self.advance(records)),
            (None, None) if records > 0 => Err(PagingError::NoEnd("total")),
            _ if records == 0 => Ok(Next::End),
            _ => Ok(self.advance(records)),
        }
    }

    /// Where an offset scan stands.
    fn position(&self) -> u64 {
        match self.position {
            Position::Offset(n) => n,
            _ => 0,
        }
    }

    /// On by what came; or, where the server filters after it counted (a bare array), by what was asked.
    fn advance(self, records: u64) -> Next {
        let step = if self.paging == Paging::BareArray { self.page_size as u64 } else { records };
        Next::Page(Self { position: Position::Offset(self.position() + step), ..self })
    }

    fn token(mut self, token: Option<&String>) -> Result<Next, PagingError> {
        let Some(token) = token else { return Ok(Next::End) };
        if self.milestone.as_ref() == Some(token) {
            return Err(PagingError::Circle);
        }
        self.steps += 1;
        if self.steps.is_power_of_two() {
            self.milestone = Some(token.clone());
        }
        Ok(Next::Page(Self { position: Position::Token(token.clone()), ..self }))
    }

    fn since(self, end: &PageEnd) -> Result<Next, PagingError> {
        match (end.last_page, end.until) {
            (Some(true), _) => Ok(Next::End),
            (Some(false), Some(until)) if matches!(self.position, Position::Since(since) if until <= since) => {
                Err(PagingError::Circle)
            }
            (Some(false), Some(until)) => Ok(Next::Page(Self { position: Position::Since(until), ..self })),
            (Some(false), None) => Err(PagingError::NoEnd("until")),
            (None, _) => Err(PagingError::NoEnd("lastPage")),
        }
    }
}

/// The value of a paging argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// A number, in a JSON body too.
    Number(u64),
    /// Text.
    Text(String),
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use super::*;

    fn page(next: Next) -> Cursor {
        match next {
            Next::Page(cursor) => cursor,
            Next::End => unreachable!("another page was due"),
        }
    }

    fn offset(end: &Cursor) -> Option<Argument> {
        end.arguments().into_iter().find(|(n, _)| *n == "startAt").map(|(_, a)| a)
    }

    #[test]
    fn a_page_shorter_than_asked_does_not_end_the_scan() {
        let end = PageEnd { total: Some(10), is_last: Some(false), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Page, 100).next(&end, 3).unwrap());
        assert_eq!(offset(&next), Some(Argument::Number(3)));
        let last = PageEnd { total: Some(10), ..PageEnd::default() };
        assert_eq!(next.next(&last, 7).unwrap(), Next::End);
    }

    #[test]
    fn a_bare_array_ends_with_an_empty_page_only_and_steps_by_what_was_asked() {
        let end = PageEnd::default();
        let next = page(Cursor::start(Paging::BareArray, 1000).next(&end, 2).unwrap());
        assert_eq!(offset(&next), Some(Argument::Number(1000)));
        assert_eq!(next.next(&end, 0).unwrap(), Next::End);
    }

    #[test]
    fn a_total_that_shrinks_starts_the_scan_again_three_times_at_most() {
        let total = |n| PageEnd { total: Some(n), ..PageEnd::default() };
        let mut cursor = Cursor::start(Paging::Page, 2);
        for _ in 0..3 {
            cursor = page(cursor.next(&total(9), 2).unwrap());
            cursor = page(cursor.next(&total(8), 2).unwrap());
            assert_eq!(offset(&cursor), Some(Argument::Number(0)));
        }
        cursor = page(cursor.next(&total(9), 2).unwrap());
        assert_eq!(cursor.next(&total(8), 2), Err(PagingError::Shrinking(4)));
    }

    #[test]
    fn a_total_that_shrinks_on_the_last_page_is_no_end() {
        let first = PageEnd { total: Some(150), is_last: Some(false), ..PageEnd::default() };
        let last = PageEnd { total: Some(149), is_last: Some(true), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Page, 100).next(&first, 100).unwrap());
        assert_eq!(offset(&page(next.next(&last, 49).unwrap())), Some(Argument::Number(0)));
    }

    #[test]
    fn a_page_that_was_not_asked_for_is_an_error() {
        let end = PageEnd { total: Some(9), start_at: Some(0), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Page, 2).next(&end, 2).unwrap());
        assert_eq!(next.next(&end, 2), Err(PagingError::WrongPage { asked: 2, given: 0 }));
    }

    #[test]
    fn a_total_that_is_reached_does_not_end_a_scan_that_says_it_goes_on() {
        let end = PageEnd { total: Some(2), is_last: Some(false), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Page, 2).next(&end, 2).unwrap());
        assert_eq!(next.next(&PageEnd { total: Some(3), is_last: Some(true), ..end }, 1).unwrap(), Next::End);
    }

    #[test]
    fn tokens_that_go_round_in_a_wide_circle_are_an_error() {
        let mut cursor = Cursor::start(Paging::Token, 100);
        for step in 0..100 {
            let token = format!("t{}", step % 7);
            match cursor.next(&PageEnd { next_page_token: Some(token), ..PageEnd::default() }, 1) {
                Ok(next) => cursor = page(next),
                Err(e) => return assert_eq!(e, PagingError::Circle),
            }
        }
        unreachable!("a circle of seven was not seen in a hundred steps");
    }

    #[test]
    fn a_service_that_says_more_follows_must_say_how() {
        let end = PageEnd { is_last: Some(false), last: Some(false), ..PageEnd::default() };
        for paging in [Paging::Token, Paging::Cursor] {
            assert!(
                matches!(Cursor::start(paging, 9).next(&end, 9), Err(PagingError::NoEnd(_))),
                "{paging:?}"
            );
        }
    }

    #[test]
    fn an_empty_page_before_the_total_is_no_end() {
        let end = PageEnd { total: Some(9), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Page, 2).next(&end, 2).unwrap());
        assert_eq!(offset(&page(next.next(&end, 0).unwrap())), Some(Argument::Number(0)));
    }

    #[test]
    fn a_token_ends_the_scan_when_it_is_absent_and_is_an_error_when_it_repeats() {
        let token = PageEnd { next_page_token: Some("t".into()), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Token, 100).next(&token, 0).unwrap());
        assert_eq!(next.clone().next(&PageEnd::default(), 4).unwrap(), Next::End);
        assert_eq!(next.next(&token, 4), Err(PagingError::Circle));
        let last = PageEnd { is_last: Some(true), ..token };
        assert_eq!(Cursor::start(Paging::Token, 100).next(&last, 4).unwrap(), Next::End);
    }

    #[test]
    fn a_feed_goes_on_at_its_until_and_must_move() {
        let end = PageEnd { until: Some(7), last_page: Some(false), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::SinceUntil, 1000).next(&end, 1).unwrap());
        assert_eq!(next.arguments(), [("since", Argument::Text("7".into()))]);
        assert_eq!(next.clone().next(&end, 1), Err(PagingError::Circle));
        let last = PageEnd { last_page: Some(true), ..end };
        assert_eq!(next.next(&last, 0).unwrap(), Next::End);
    }

    #[test]
    fn a_list_that_is_cut_off_is_an_error_and_no_end() {
        let cursor = || Cursor::start(Paging::Capped, 100);
        let total = |n| PageEnd { total: Some(n), ..PageEnd::default() };
        assert_eq!(cursor().arguments(), [("maxResults", Argument::Number(100))]);
        assert_eq!(cursor().next(&total(20), 20).unwrap(), Next::End);
        assert_eq!(cursor().next(&total(21), 20), Err(PagingError::Capped { given: 20, total: 21 }));
    }

    #[test]
    fn data_centers_cursor_goes_on_until_it_says_that_it_ended() {
        let more = PageEnd { next_cursor: Some("7".into()), is_last: Some(false), ..PageEnd::default() };
        let next = page(Cursor::start(Paging::Cursor, 100).next(&more, 3).unwrap());
        assert!(next.arguments().contains(&("cursor", Argument::Text("7".into()))));
        let last = PageEnd { is_last: Some(true), ..more };
        assert_eq!(next.next(&last, 3).unwrap(), Next::End);
    }

    #[test]
    fn an_envelope_that_says_nothing_about_the_end_is_an_error() {
        let silent = PageEnd::default();
        for paging in [
            Paging::Page,
            Paging::Cursor,
            Paging::Capped,
            Paging::SinceUntil,
            Paging::OffsetLimit,
            Paging::StartLimit,
        ] {
            assert!(Cursor::start(paging, 10).next(&silent, 10).is_err(), "{paging:?}");
        }
    }
}
