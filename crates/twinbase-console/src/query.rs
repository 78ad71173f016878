//! Parameters of the query. Each is read once; what is left in the end is unknown and refused.

use axum::http::Uri;
use jiff::Timestamp;
use twinbase::prelude::*;
use url::form_urlencoded;

use crate::{Problem, ProblemKind};

/// Longer than any query of ours can be.
const LONGEST_BYTES: usize = 8 * 1024;

/// How many items a page has when nobody says.
const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The parameters of one request.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = uri.query().unwrap_or_default();
        if query.len() > LONGEST_BYTES {
            return Err(Problem::new(
                ProblemKind::InvalidParameter,
                "The query may have at most 8 KiB.",
            ));
        }
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Ok(Self {
            pairs: pairs.collect(),
        })
    }

    /// A parameter that may be left out, but not be given twice.
    pub(crate) fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Problem> {
        let Some(at) = self.pairs.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.pairs.swap_remove(at);
        if self.pairs.iter().any(|(given, _)| given == name) {
            return Err(Problem::parameter(name, "is given more than once"));
        }
        let value = read(&value).map_err(|detail| Problem::parameter(name, detail))?;
        Ok(Some(value))
    }

    /// How many items the page may have.
    pub(crate) fn limit(&mut self) -> Result<u32, Problem> {
        let limit = self.take("limit", |text| {
            let limit = text.parse().ok();
            let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit));
            limit.ok_or("must be a number from 1 to 200")
        })?;
        Ok(limit.unwrap_or(DEFAULT_LIMIT))
    }

    /// Which events.
    pub(crate) fn filter(&mut self) -> Result<EventFilter, Problem> {
        Ok(EventFilter {
            ids: Vec::new(),
            status: self.take("status", status)?,
            error_key: self.take("errorKey", text)?,
            aggregate_type: self.take("aggregateType", text)?,
            aggregate_id: self.take("aggregateId", text)?,
            event_type: self.take("eventType", text)?,
            as_of: self.take("asOf", time)?,
        })
    }

    /// Refuses parameters that nobody has read.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(Problem::parameter(&name, "does not exist here"))
            }
        }
    }
}

/// A status by its name.
pub(crate) fn status(text: &str) -> Result<EventStatus, &'static str> {
    EventStatus::parse(text).ok_or("must be pending, retrying, applied, failed or discarded")
}

/// A time as RFC 3339 has it, in the years that every database can keep.
pub(crate) fn time(text: &str) -> Result<Timestamp, &'static str> {
    let at: Option<Timestamp> = text.parse().ok();
    at.filter(|at| *at >= Timestamp::UNIX_EPOCH && text.len() <= 64)
        .ok_or("must be a time such as 2030-01-31T09:00:00Z, from 1970 on")
}

fn text(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > 1_024 || text.contains('\0') {
        return Err("must have 1 to 1,024 bytes and no NUL");
    }
    Ok(text.to_owned())
}
