//! Parameters of the query that several lists have.

use twinbase::prelude::*;
use twinbase_web::{
    Params, Problem,
    params::{plain, time},
};

/// How many items a page may have.
pub(crate) const MOST_ITEMS: u32 = 200;

/// Longer than any key or type of an event.
const LONGEST_TEXT: usize = 1_024;

/// Which events.
pub(crate) fn filter(params: &mut Params) -> Result<EventFilter, Problem> {
    Ok(EventFilter {
        ids: Vec::new(),
        status: params.take("status", status)?,
        error_key: params.take("errorKey", plain(LONGEST_TEXT))?,
        aggregate_type: params.take("aggregateType", plain(LONGEST_TEXT))?,
        aggregate_id: params.take("aggregateId", plain(LONGEST_TEXT))?,
        event_type: params.take("eventType", plain(LONGEST_TEXT))?,
        as_of: params.take("asOf", time)?,
        is_deferred: false,
    })
}

/// A status by its name.
pub(crate) fn status(text: &str) -> Result<EventStatus, &'static str> {
    EventStatus::parse(text).ok_or("must be pending, retrying, applied, failed or discarded")
}
