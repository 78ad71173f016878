//! Reading pending events.
//!
//! Two statements, of which the last read chooses the next; only speed depends on it: `pending`, and
//! `pending_newest` for a backlog of which most is superseded, with the payloads of the newest event of
//! each aggregate alone. Most of the cost of an event is turning its payload into text, and next comes
//! sorting the events to know the newest.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio_postgres::{Error, Row, types::ToSql};
use twinbase_core::{
    Event, EventRef, Partition, PrimaryError, Value, Version,
    primary::{Pending, PendingRequest, PrimaryKind},
};

use super::{Postgres, bind::BoundValue, places::Place, read, sql};
use crate::queue::Names;

const OPERATION: &str = "read pending events";

/// What the last read says about the next one. Only speed depends on it.
#[derive(Debug, Default)]
pub(super) struct Experience {
    /// How many percent of the events of the last read were superseded, 0 unless a limit ended it.
    superseded: AtomicUsize,
    /// The mean length of a payload.
    mean_bytes: AtomicUsize,
}

impl Experience {
    /// How many rows to ask for at most: rows that `max_bytes` leaves no room
    /// for would be sent for nothing.
    fn limit(&self, request: &PendingRequest) -> u32 {
        const FEW: usize = 16;
        let fit = match self.mean_bytes.load(Relaxed) {
            0 => return request.limit,
            mean => request.max_bytes / mean,
        };
        let twice = fit.saturating_mul(2).max(FEW);
        u32::try_from(twice).map_or(request.limit, |rows| rows.min(request.limit))
    }

    /// Whether to read the payloads of the newest events alone.
    fn is_newest(&self, kind: PrimaryKind) -> bool {
        kind == PrimaryKind::Postgres && self.superseded.load(Relaxed) > 50
    }

    fn learn(&self, pending: &Pending, superseded: usize, payloads: usize, bytes: usize) {
        let percent = superseded * 100 / pending.events.len().max(1);
        let percent = if pending.cut { percent } else { 0 };
        self.superseded.store(percent, Relaxed);
        if let Some(mean) = bytes.checked_div(payloads) {
            self.mean_bytes.store(mean.max(1), Relaxed);
        }
    }
}

impl Postgres {
    /// See [`twinbase_core::primary::Outbox::pending`].
    pub(super) async fn read_pending(
        &self,
        request: &PendingRequest,
    ) -> Result<Pending, PrimaryError> {
        if request.cursors.is_empty() || request.limit == 0 || request.per_partition == 0 {
            let cut = !request.cursors.is_empty();
            return Ok(Pending {
                cut,
                ..Pending::default()
            });
        }
        let is_newest = self.experience.is_newest(self.kind);
        let limit = if is_newest {
            request.limit
        } else {
            self.experience.limit(request)
        };
        let mut reading = Reading {
            request,
            limit,
            types: Names::default(),
            events: Vec::new(),
            places: Vec::new(),
            payloads: 0,
            bytes: 0,
            full: false,
            collections: None,
        };
        self.read(&mut reading, is_newest).await?;
        let (payloads, bytes) = (reading.payloads, reading.bytes);
        self.places.remember(reading.places.drain(..));
        let mut pending = reading.pending();
        let past = superseded(&pending.events);
        self.experience.learn(&pending, past.len(), payloads, bytes);
        for at in past {
            pending.events[at].payload = None;
        }
        Ok(pending)
    }

    async fn read(&self, reading: &mut Reading<'_>, is_newest: bool) -> Result<(), PrimaryError> {
        let request = reading.request;
        let (partitions, after): (Vec<i16>, Vec<i64>) = request
            .cursors
            .iter()
            .map(|(p, after)| (p.0, *after))
            .unzip();
        let (types, hashes): (Vec<&str>, Vec<i64>) = request
            .mappings
            .iter()
            .map(|(of, hash)| (of.as_ref(), *hash))
            .unzip();
        let now = Value::Timestamp(request.now);
        let now = BoundValue(&now);
        let (each, all) = (i64::from(request.per_partition), i64::from(reading.limit));
        // The server counts bytes as it stores them: fewer than it sends, where it compresses, or more, of
        // many short fields. So what ends a read is mostly counted here.
        let bytes = i64::try_from(request.max_bytes)
            .unwrap_or(i64::MAX)
            .saturating_mul(2)
            .max(1);
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![
            &partitions,
            &after,
            &now,
            &each,
            &all,
            &request.except,
            &types,
            &hashes,
        ];
        let text = if is_newest {
            params.push(&bytes);
            &*sql::PENDING_NEWEST
        } else {
            sql::of(self.kind, &sql::PENDING, &sql::COCKROACH_PENDING)
        };
        self.session(&self.outbox, OPERATION)
            .await?
            .stream(OPERATION, text, &params, |row| reading.take(&row))
            .await
            .map(drop)
    }
}

/// A read under way.
struct Reading<'a> {
    request: &'a PendingRequest,
    limit: u32,
    types: Names,
    events: Vec<Event>,
    places: Vec<(EventRef, Place)>,
    payloads: usize,
    bytes: usize,
    full: bool,
    collections: Option<i64>,
}

impl Reading<'_> {
    fn take(&mut self, row: &Row) -> Result<ControlFlow<()>, Error> {
        /// CockroachDB has no such column.
        const PLACE: usize = 11;
        /// The column that `pending_newest` has besides those of `pending`.
        const IS_LAST: usize = 12;
        let Some(partition) = row.try_get(0)? else {
            self.collections = Some(row.try_get(1)?);
            return Ok(ControlFlow::Continue(()));
        };
        let event = self.event(row, Partition(partition))?;
        self.payloads += usize::from(event.payload.is_some());
        self.bytes += event.payload.as_ref().map_or(0, String::len);
        if row.len() > PLACE {
            self.places.push((event.at, row.try_get(PLACE)?));
        }
        self.events.push(event);
        if self.bytes >= self.request.max_bytes && self.payloads > 0 {
            self.full = true;
            return Ok(ControlFlow::Break(()));
        }
        self.full = row.len() > IS_LAST && row.try_get(IS_LAST)?;
        Ok(ControlFlow::Continue(()))
    }

    fn event(&mut self, row: &Row, partition: Partition) -> Result<Event, Error> {
        let retry_count: i64 = row.try_get(7)?;
        Ok(Event {
            at: EventRef {
                partition,
                seq: row.try_get(1)?,
            },
            event_type: self.types.get(row.try_get(2)?),
            aggregate_type: self.types.get(row.try_get(3)?),
            aggregate_id: row.try_get(4)?,
            version: Version::new(row.try_get(5)?),
            mapping: row.try_get(6)?,
            payload: row.try_get(10)?,
            traceparent: row.try_get::<_, Option<&str>>(9)?.map(Box::from),
            retry_count: u32::try_from(retry_count).unwrap_or(0),
            // Infinity is a time for PostgreSQL: it must not hold an event up.
            created_at: row
                .try_get::<_, read::Time>(8)
                .map(|at| at.0)
                .unwrap_or_default(),
        })
    }

    /// The events, and whether there may be more of them.
    fn pending(self) -> Pending {
        let mut counts: HashMap<Partition, u32> = HashMap::new();
        for event in &self.events {
            *counts.entry(event.at.partition).or_default() += 1;
        }
        let each = self.request.per_partition;
        let cut = self.full
            || self.events.len() >= self.limit as usize
            || counts.values().any(|count| *count >= each);
        Pending {
            events: self.events,
            cut,
            collections: self.collections,
        }
    }
}

/// The places of events whose aggregate has a newer one among them.
fn superseded(events: &[Event]) -> Vec<usize> {
    let mut newest: HashMap<(&str, &str), usize> = HashMap::with_capacity(events.len());
    let mut older = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let key = (&*event.aggregate_type, event.aggregate_id.as_str());
        let best = newest.entry(key).or_insert(at);
        let version = events[*best].version;
        if event.version > version {
            older.push(std::mem::replace(best, at));
        } else if event.version < version {
            older.push(at);
        }
    }
    older
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64, id: &str, version: i64) -> Event {
        Event {
            at: EventRef {
                partition: Partition(0),
                seq,
            },
            event_type: "a.updated".into(),
            aggregate_type: "a".into(),
            aggregate_id: id.to_owned(),
            version: Version::new(version),
            mapping: None,
            payload: None,
            traceparent: None,
            retry_count: 0,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_is_the_one_with_the_highest_version_wherever_it_is() {
        let events = [
            event(1, "a", 2),
            event(2, "b", 1),
            event(3, "a", 3),
            event(4, "a", 1),
            event(5, "c", 7),
            event(6, "c", 7),
        ];
        assert_eq!(superseded(&events), [0, 3], "the same twice is not older");
    }

    #[test]
    fn the_last_read_chooses_the_next_one() {
        let after = |superseded: usize, cut: bool| {
            let experience = Experience::default();
            let events = (0..100).map(|n| event(n, "a", n)).collect();
            let pending = Pending {
                events,
                cut,
                collections: None,
            };
            experience.learn(&pending, superseded, 0, 0);
            experience.is_newest(PrimaryKind::Postgres)
        };
        assert!(!after(60, false), "few wait");
        assert!(!after(50, true), "the sorts cost more than they save");
        assert!(after(60, true), "most is superseded");
    }
}
