//! From a filter to the events that it means.
//!
//! Each status is found by an index of its own, and what waits partition by partition, so that
//! a page costs what is on it, however much there is. A filter that leaves most of a status out
//! costs a look at those, too.

use rusqlite::{Connection, params_from_iter, types::Value};
use twinbase_core::{
    Partition,
    primary::{EventCursor, EventFilter, EventStatus},
};

use crate::sqlite::{bind::time, partition::partition_of};

/// Everything that a filter means.
pub(super) struct Scans(Vec<Scan>);

/// Events of one status, in a range of one index.
struct Scan {
    status: EventStatus,
    /// `"Outbox" .. where ..`
    text: String,
    params: Vec<Value>,
}

/// Where an event lies in a list: when it was done, if it is, and its number.
type Place = (Option<String>, i64);

/// When an applied event was done. Who marks events by hand gives no time.
const APPLIED_AT: &str = "coalesce(processed_at, created_at)";

impl Scans {
    /// The events of these statuses that the filter means, whatever status it names.
    pub(super) fn of(filter: &EventFilter, statuses: &[EventStatus]) -> Self {
        let scans = statuses
            .iter()
            .flat_map(|status| found(filter, *status))
            .map(|scan| scan.matching(filter))
            .collect();
        Self(scans)
    }

    /// How many there are, counted up to a limit.
    pub(super) fn count(&self, connection: &Connection, limit: u64) -> rusqlite::Result<u64> {
        let mut count = 0;
        for scan in &self.0 {
            let sql = format!("select count(*) from (select 1 from {} limit ?)", scan.text);
            let rest = Value::Integer((limit - count).cast_signed());
            let params = scan.params.iter().chain([&rest]);
            let found: i64 = connection
                .prepare_cached(&sql)?
                .query_row(params_from_iter(params), |row| row.get(0))?;
            count += found.unsigned_abs();
        }
        Ok(count)
    }

    /// The numbers of the first events after a place, the newest first.
    pub(super) fn newest(
        &self,
        connection: &Connection,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut places = Vec::new();
        for scan in &self.0 {
            let (range, params) = scan.after(after);
            places.extend(scan.places(connection, &range, "desc", params, limit)?);
        }
        places.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers(places, limit))
    }

    /// The numbers of the first events, the oldest first.
    pub(super) fn oldest(&self, connection: &Connection, limit: u32) -> rusqlite::Result<Vec<i64>> {
        let mut places = Vec::new();
        for scan in &self.0 {
            let params = scan.params.clone();
            places.extend(scan.places(connection, &scan.text, "asc", params, limit)?);
        }
        places.sort_unstable();
        Ok(numbers(places, limit))
    }
}

fn numbers(mut places: Vec<Place>, limit: u32) -> Vec<i64> {
    places.truncate(limit as usize);
    places.into_iter().map(|(_, seq)| seq).collect()
}

/// The ranges that have this status: of the named events, or of the status's own index.
fn found(filter: &EventFilter, status: EventStatus) -> Vec<Scan> {
    if !filter.ids.is_empty() {
        let ids: serde_json::Value = filter.ids.iter().map(String::as_str).collect();
        let scan = Scan::of(None, status);
        return vec![scan.and("id in (select value from json_each(?))", ids.to_string())];
    }
    match status {
        EventStatus::Pending => {
            let of = |partition: Partition| {
                Scan::of(Some("Outbox_pending"), status).and("\"partition\" = ?", partition.0)
            };
            match &filter.aggregate_id {
                Some(id) => vec![of(partition_of(id))],
                None => Partition::all().map(of).collect(),
            }
        }
        EventStatus::Retrying | EventStatus::Failed => {
            vec![Scan::of(Some("Outbox_charged"), status)]
        }
        EventStatus::Applied => vec![Scan::of(Some("Outbox_done"), status)],
        EventStatus::Discarded => vec![Scan::of(Some("Outbox_discarded"), status)],
    }
}

impl Scan {
    /// The status decides, in the words of the indexes' own conditions.
    fn of(index: Option<&str>, status: EventStatus) -> Self {
        let condition = match status {
            EventStatus::Pending => {
                "processed = false and retry_count <= 5 \
                 and (retry_count <= 0 or next_attempt_at is null)"
            }
            EventStatus::Retrying => {
                "processed = false and retry_count > 0 and retry_count <= 5 \
                 and next_attempt_at is not null"
            }
            EventStatus::Failed => "processed = false and retry_count > 0 and retry_count > 5",
            EventStatus::Applied => "processed = true and discarded_at is null",
            EventStatus::Discarded => "processed = true and discarded_at is not null",
        };
        let index = index.map_or_else(String::new, |index| format!(" indexed by \"{index}\""));
        Self {
            status,
            text: format!("\"Outbox\"{index} where {condition}"),
            params: Vec::new(),
        }
    }

    fn and(mut self, condition: &str, param: impl Into<Value>) -> Self {
        self.text = format!("{} and {condition}", self.text);
        self.params.push(param.into());
        self
    }

    fn and_if(self, condition: &str, param: Option<impl Into<Value>>) -> Self {
        match param {
            Some(param) => self.and(condition, param),
            None => self,
        }
    }

    fn matching(self, filter: &EventFilter) -> Self {
        let by_then = match self.status {
            EventStatus::Pending | EventStatus::Retrying => "created_at <= ?",
            // Before `failed_at` was kept, nothing better is known.
            EventStatus::Failed => "ifnull(failed_at, created_at) <= ?",
            EventStatus::Applied => "coalesce(processed_at, created_at) <= ?",
            EventStatus::Discarded => "discarded_at <= ?",
        };
        self.and_if("ifnull(error_key, '') = ?", filter.error_key.clone())
            .and_if("aggregate_type = ?", filter.aggregate_type.clone())
            .and_if("aggregate_id = ?", filter.aggregate_id.clone())
            .and_if("event_type = ?", filter.event_type.clone())
            .and_if(by_then, filter.as_of.map(time))
    }

    /// By what the events of this status are ordered, before `seq`.
    const fn done_at(&self) -> Option<&'static str> {
        match self.status {
            EventStatus::Pending | EventStatus::Retrying | EventStatus::Failed => None,
            EventStatus::Applied => Some(APPLIED_AT),
            EventStatus::Discarded => Some("discarded_at"),
        }
    }

    /// What lies behind a place.
    fn after(&self, place: Option<&EventCursor>) -> (String, Vec<Value>) {
        let (text, mut params) = (&self.text, self.params.clone());
        let Some(place) = place else {
            return (text.clone(), params);
        };
        let condition = match (self.done_at(), place.processed_at) {
            (Some(done_at), Some(at)) => {
                params.push(time(at).into());
                format!("({done_at}, seq) < (?, ?)")
            }
            _ => "seq < ?".to_owned(),
        };
        params.push(place.seq.into());
        (format!("{text} and {condition}"), params)
    }

    fn page(&self, range: &str, direction: &str) -> String {
        let (place, order) = match self.done_at() {
            Some(at) => (at, format!("{at} {direction}, seq {direction}")),
            None => ("null", format!("seq {direction}")),
        };
        format!("select {place}, seq from {range} order by {order} limit ?")
    }

    fn places(
        &self,
        connection: &Connection,
        range: &str,
        direction: &str,
        mut params: Vec<Value>,
        limit: u32,
    ) -> rusqlite::Result<Vec<Place>> {
        params.push(limit.into());
        connection
            .prepare_cached(&self.page(range, direction))?
            .query_map(params_from_iter(params), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect()
    }
}

#[cfg(test)]
mod tests;
