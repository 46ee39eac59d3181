//! Conditions that a site refuses: a value that it does not know, an operator that a field of this site does not have. Such
//! a condition is left to the engine; what a site refuses is never taken for "no rows".

use std::sync::Arc;

use super::error::ScanError;
use super::paging::Cursor;
use super::reader::Reader;
use super::request::RequestBuilder;
use super::spec::Conditions;
use crate::http::HttpError;
use crate::schema::{AccessPath, Table};

/// The pushed conditions of a scan, each with a request that has it alone.
pub(super) struct Refusable {
    /// The request with what the statement itself says in JQL, and nothing else. That is no condition to do without.
    within: Option<RequestBuilder>,
    terms: Vec<(String, RequestBuilder)>,
    builder: Builder,
    /// The query parameters that say something of the rows, and the requests without them.
    parameters: Option<(String, Arc<RequestBuilder>)>,
}

/// Makes the requests of the scan with these conditions.
type Builder = Box<dyn Fn(&[String]) -> RequestBuilder + Send + Sync>;

impl Refusable {
    pub(super) fn new(
        table: &Arc<Table>,
        path: &AccessPath,
        columns: &[usize],
        conditions: &Conditions,
    ) -> Self {
        let (table, path, columns, conditions) =
            (Arc::clone(table), path.clone(), columns.to_vec(), conditions.clone());
        let (jql, is_within) = (conditions.jql.clone(), conditions.within.is_some());
        let said: Vec<String> =
            conditions.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let parameters = (!said.is_empty()).then(|| {
            let without = Conditions { parameters: vec![], ..conditions.clone() };
            (said.join("&"), Arc::new(RequestBuilder::new(&table, &path, &columns, &without)))
        });
        let builder = move |terms: &[String]| {
            let conditions = Conditions { jql: terms.to_vec(), ..conditions.clone() };
            RequestBuilder::new(&table, &path, &columns, &conditions)
        };
        let within = is_within.then(|| builder(&[]));
        let alone = |term: String| (term.clone(), builder(&[term]));
        let terms = jql.into_iter().map(alone).collect();
        Self { within, terms, builder: Box::new(builder), parameters }
    }

    /// Can it be for a condition that the site answers so? To a parameter with a value that it does not know it may say,
    /// too, that there is nothing of the kind; where a key stands in the address, that is said of the key.
    pub(super) fn may_be_why(&self, refusal: &HttpError, keys: &[String]) -> bool {
        match refusal.status() {
            Some(400) => true,
            Some(404) => self.parameters.is_some() && keys.is_empty(),
            _ => false,
        }
    }
}

/// The requests of a scan without what the site refuses.
pub(super) struct Without {
    pub(super) requests: Arc<RequestBuilder>,
    /// The conditions in JQL that it takes.
    pub(super) kept: Vec<String>,
}

impl Reader {
    /// The same requests without the conditions that the site refuses; none where it refuses something else. Each
    /// condition is tried alone, where there are several: one row is asked for.
    pub(super) async fn without_refused(&self, refusal: &HttpError) -> Result<Option<Without>, ScanError> {
        let Refusable { within, terms, builder, parameters } = &self.refusable;
        if let Some((said, without)) = parameters {
            self.note_refused(said, refusal);
            let kept = terms.iter().map(|(term, _)| term.clone()).collect();
            return Ok(Some(Without { requests: Arc::clone(without), kept }));
        }
        if terms.is_empty() {
            return Ok(None);
        }
        if let Some(alone) = within
            && let Some(said) = self.refusal_of(alone).await?
        {
            return Err(self.http(said));
        }
        let (mut kept, mut refused) = (vec![], vec![]);
        for (term, alone) in terms {
            let answer = match terms.len() {
                1 => Some(refusal.clone()),
                _ => self.refusal_of(alone).await?,
            };
            match answer {
                Some(said) => refused.push((term, said)),
                None => kept.push(term.clone()),
            }
        }
        if refused.is_empty() {
            // Each is right by itself, and all of them together are not: the engine does it all.
            let all: Vec<&str> = terms.iter().map(|it| it.0.as_str()).collect();
            self.note_refused(&all.join(" AND "), refusal);
            kept.clear();
        }
        for (term, said) in refused {
            self.note_refused(term, &said);
        }
        Ok(Some(Without { requests: Arc::new(builder(&kept)), kept }))
    }

    async fn refusal_of(&self, alone: &RequestBuilder) -> Result<Option<HttpError>, ScanError> {
        let Some(request) = alone.build(&[], &Cursor::start(self.paging, 1)) else { return Ok(None) };
        let answer = self.site.client().send(&request, &self.metrics.tally).await;
        self.metrics.sync();
        match answer {
            Ok(_) => Ok(None),
            Err(e) if e.status() == Some(400) => Ok(Some(e)),
            Err(e) => Err(self.http(e)),
        }
    }

    fn note_refused(&self, term: &str, refusal: &HttpError) {
        let said = refusal.server_messages().join(" ");
        self.env.report.note(format!("the site refused `{term}` ({said}); read without it"), 1);
    }
}
