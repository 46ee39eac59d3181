//! Keys that a search does not know: Jira refuses the whole search for one of them. Those that it names are left out, once
//! it is sure that they are why.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::error::ScanError;
use super::paging::Cursor;
use super::reader::Reader;
use crate::http::{self, HttpError, Request, encode_segment};

/// How one finds out that a search does not know a key.
#[derive(Clone, Copy)]
enum Test {
    /// It has no record.
    IsGone,
    /// The search refuses it alone, too.
    IsRefused,
}

impl Reader {
    /// Those of the keys that the search knows, after it has refused all of them; all of them where they are not why.
    pub(super) async fn known(&self, refusal: &HttpError, keys: &[String]) -> Result<Vec<String>, ScanError> {
        let named = named(refusal, keys);
        let mut unknown = BTreeSet::new();
        if let Some(first) = named.first()
            && !self.exists(first).await?
        {
            // What it says of this one is true, and it says the same of the others.
            unknown.extend(named.iter().cloned());
        } else {
            let suspects = if named.is_empty() { keys } else { &named };
            unknown.extend(self.unknown(suspects, Test::IsGone).await?);
        }
        note_gone(self, unknown.len());
        if unknown.is_empty() {
            unknown.extend(self.unknown(&named, Test::IsRefused).await?);
            self.note_unlisted(unknown.len());
        }
        Ok(keys.iter().filter(|key| !unknown.contains(*key)).cloned().collect())
    }

    /// They exist, and no search finds them.
    fn note_unlisted(&self, number: usize) {
        let text = format!(
            "{{n}} issues that were asked for exist and are left out of `{}`: the site's search does not know them, as if they were archived",
            self.table.name.name
        );
        if number > 0 {
            self.env.report.note(text, number);
        }
    }

    async fn unknown(&self, keys: &[String], test: Test) -> Result<BTreeSet<String>, ScanError> {
        let tested = stream::iter(keys.to_vec()).map(|key| async move {
            let is_unknown = match test {
                Test::IsGone => !self.exists(&key).await?,
                Test::IsRefused => self.is_refused(&key).await?,
            };
            Ok::<_, ScanError>(is_unknown.then_some(key))
        });
        let unknown: Vec<_> = tested.buffered(self.site.client().concurrency()).try_collect().await?;
        Ok(unknown.into_iter().flatten().collect())
    }

    /// Does the search refuse this key alone, and say that it is for the key?
    async fn is_refused(&self, key: &str) -> Result<bool, ScanError> {
        let keys = [key.to_owned()];
        let Some(request) = self.requests.build(&keys, &Cursor::start(self.paging, 1)) else {
            return Ok(true);
        };
        let answer = self.site.client().send(&request, &self.metrics.tally).await;
        self.metrics.sync();
        match answer {
            Ok(_) => Ok(false),
            Err(e) if e.status() == Some(400) => Ok(named(&e, &keys).contains(&keys[0])),
            Err(e) => Err(self.http(e)),
        }
    }

    /// Does the record of this key exist, and may the account see it? Jira answers 404 where not, in either case.
    pub(super) async fn exists(&self, key: &str) -> Result<bool, ScanError> {
        let (Some(address), Some(segment)) = (&self.exists, encode_segment(key)) else { return Ok(true) };
        let (address, query) = address.split_once('?').unwrap_or((address, ""));
        let path = address.replace("{key}", &segment);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request =
            Request { method: http::Method::Get, path, template: address.into(), query, body: None };
        let answer = self.site.client().send(&request, &self.metrics.tally).await;
        self.metrics.sync();
        match answer {
            Ok(_) => Ok(true),
            Err(e) if says_gone(&e) => Ok(false),
            Err(e) => Err(self.http(e)),
        }
    }
}

/// Does the service itself say that there is nothing of this key? A proxy, or an address that the site does not have, says
/// 404 in other words.
pub(super) fn says_gone(refusal: &HttpError) -> bool {
    let elsewhere = |said: &String| said.starts_with("null for uri") || said.starts_with("page titled");
    let said = refusal.server_messages();
    refusal.status() == Some(404) && !said.is_empty() && !said.iter().any(elsewhere)
}

/// Says that so many keys which the query names have no row.
pub(super) fn note_gone(reader: &Reader, number: usize) {
    if number > 0 {
        let name = &reader.table.name.name;
        let text = format!("{{n}} keys asked of `{name}` do not exist, or may not be seen");
        reader.env.report.note(text, number);
    }
}

/// The keys that the refusal names, each in a message of its own: one that repeats the whole search names all of them.
fn named(refusal: &HttpError, keys: &[String]) -> Vec<String> {
    let said = refusal.server_messages();
    let of_message = |said: &String| {
        let mut named = keys.iter().filter(|key| names(said, key));
        named.next().filter(|_| named.next().is_none()).cloned()
    };
    let mut named: Vec<String> = said.iter().filter_map(of_message).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// Does the message name this key, and not only a longer one?
fn names(said: &str, key: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    !key.is_empty()
        && said.match_indices(key).any(|(at, _)| {
            !is_part(said[..at].chars().next_back()) && !is_part(said[at + key.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_a_whole() {
        let said = "An issue with key 'PAY-10' does not exist for field 'issue'.";
        assert!(names(said, "PAY-10"));
        for other in ["PAY-1", "AY-10", "PAY", "10", ""] {
            assert!(!names(said, other), "{other}");
        }
        assert!(names("'PAY-10', PAY-1", "PAY-1"));
        assert!(names("7", "7"));
    }
}
