//! Reading what waits.
//!
//! Two ways, of which the last read chooses the next: with all payloads in one
//! statement; or, when most events were superseded by a newer one of their
//! aggregate, first without payloads and then those of the newest. Most of the
//! cost of an event is turning its payload into text, here and on the server.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use tokio_postgres::{Error, Row};
use twinbase_core::{
    Event, EventRef, Partition, PrimaryError, Value, Version,
    primary::{Pending, PendingRequest},
};

use super::{Postgres, bind::BoundValue, read, session::Session, sql};

const OPERATION: &str = "read pending events";

/// The column of the payload in `pending`.
const PAYLOAD: usize = 9;

/// What the last reads tell about the next one. Hints: nothing but speed depends on them.
#[derive(Debug, Default)]
pub(super) struct Experience {
    /// Whether more than half of the events were superseded.
    superseded: AtomicBool,
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
                events: vec![],
                cut,
            });
        }
        let mut session = self.session(OPERATION).await?;
        if self.experience.superseded.load(Relaxed)
            && let Some(pending) = self.newest_alone(&mut session, request).await?
        {
            return Ok(pending);
        }
        let limit = self.experience.limit(request);
        let mut reading = Reading::new(request, limit);
        reading.read(&mut session, sql::PENDING).await?;
        let bytes = reading.bytes;
        let mut pending = reading.pending();
        let older = superseded(&pending.events);
        self.learn(pending.events.len(), older.len());
        if let Some(mean) = bytes.checked_div(pending.events.len()) {
            self.experience.mean_bytes.store(mean.max(1), Relaxed);
        }
        for at in older {
            pending.events[at].payload = None;
        }
        Ok(pending)
    }

    /// First the events, then the payloads of the newest. `None` when these are
    /// more than fits: then events cannot do without a payload because of a newer one.
    async fn newest_alone(
        &self,
        session: &mut Session,
        request: &PendingRequest,
    ) -> Result<Option<Pending>, PrimaryError> {
        let mut reading = Reading::new(request, request.limit);
        reading.read(session, sql::PENDING_KEYS).await?;
        let mut pending = reading.pending();
        let older: HashSet<usize> = superseded(&pending.events).into_iter().collect();
        self.learn(pending.events.len(), older.len());
        let newest: Vec<usize> = (0..pending.events.len())
            .filter(|at| !older.contains(at))
            .collect();
        let (partitions, seqs) = newest
            .iter()
            .map(|at| pending.events[*at].at)
            .map(|at| (at.partition.0, at.seq))
            .unzip::<i16, i64, Vec<_>, Vec<_>>();
        let (mut next, mut bytes) = (newest.iter(), 0);
        session
            .visit(OPERATION, sql::PAYLOADS, &[&partitions, &seqs], |row| {
                let payload: Option<String> = row.try_get(0)?;
                bytes += payload.as_ref().map_or(0, String::len);
                if let Some(at) = next.next() {
                    pending.events[*at].payload = payload;
                }
                Ok(if bytes > request.max_bytes {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })
            .await?;
        if bytes > request.max_bytes {
            self.experience.superseded.store(false, Relaxed);
            return Ok(None);
        }
        drop_overtaken(&mut pending, &newest);
        Ok(Some(pending))
    }

    fn learn(&self, events: usize, superseded: usize) {
        self.experience
            .superseded
            .store(superseded * 2 > events, Relaxed);
    }
}

/// A read under way.
struct Reading<'a> {
    request: &'a PendingRequest,
    limit: u32,
    types: Vec<Arc<str>>,
    events: Vec<Event>,
    bytes: usize,
    full: bool,
}

impl<'a> Reading<'a> {
    const fn new(request: &'a PendingRequest, limit: u32) -> Self {
        Self {
            request,
            limit,
            types: Vec::new(),
            events: Vec::new(),
            bytes: 0,
            full: false,
        }
    }

    async fn read(&mut self, session: &mut Session, text: &str) -> Result<(), PrimaryError> {
        let request = self.request;
        let (partitions, after): (Vec<i16>, Vec<i64>) = request
            .cursors
            .iter()
            .map(|(p, after)| (p.0, *after))
            .unzip();
        let now = Value::Timestamp(request.now);
        let (each, all) = (i64::from(request.per_partition), i64::from(self.limit));
        session
            .visit(
                OPERATION,
                text,
                &[
                    &partitions,
                    &after,
                    &BoundValue(&now),
                    &each,
                    &all,
                    &request.except,
                ],
                |row| self.take(row),
            )
            .await
    }

    fn take(&mut self, row: &Row) -> Result<ControlFlow<()>, Error> {
        let event = self.event(row)?;
        self.bytes += event.payload.as_ref().map_or(0, String::len);
        self.events.push(event);
        self.full = self.bytes >= self.request.max_bytes;
        Ok(if self.full {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    fn event(&mut self, row: &Row) -> Result<Event, Error> {
        let retry_count: i64 = row.try_get(6)?;
        let payload = match row.len() {
            PAYLOAD => None,
            _ => Some(row.try_get(PAYLOAD)?),
        };
        Ok(Event {
            at: EventRef {
                partition: Partition(row.try_get(0)?),
                seq: row.try_get(1)?,
            },
            event_type: self.interned(row.try_get(2)?),
            aggregate_type: self.interned(row.try_get(3)?),
            aggregate_id: row.try_get(4)?,
            version: Version::new(row.try_get(5)?),
            payload,
            traceparent: row.try_get::<_, Option<&str>>(8)?.map(Box::from),
            retry_count: u32::try_from(retry_count).unwrap_or(0),
            // Infinity is a time for PostgreSQL: it must not hold an event up.
            created_at: row
                .try_get::<_, read::Time>(7)
                .map(|at| at.0)
                .unwrap_or_default(),
        })
    }

    /// The same text for all events of a type: there are few types, and many events.
    fn interned(&mut self, text: &str) -> Arc<str> {
        /// More are a foreign writer's doing, and not worth looking through.
        const MOST: usize = 64;
        if let Some(known) = self.types.iter().find(|known| &***known == text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        if self.types.len() < MOST {
            self.types.push(Arc::clone(&new));
        }
        new
    }

    /// The events in order, and whether there may be more of them.
    fn pending(mut self) -> Pending {
        let mut ranks = HashMap::new();
        for (rank, (partition, _)) in self.request.cursors.iter().enumerate() {
            ranks.entry(*partition).or_insert((rank, 0u32));
        }
        for event in &self.events {
            if let Some((_, count)) = ranks.get_mut(&event.at.partition) {
                *count += 1;
            }
        }
        let rank = |event: &Event| ranks.get(&event.at.partition).map(|(rank, _)| *rank);
        let order = |event: &Event| (rank(event), event.at.seq);
        // As good as always in order; a plan that walks the partitions otherwise costs only this.
        if !self.events.is_sorted_by_key(order) {
            self.events.sort_by_key(order);
        }
        let each = self.request.per_partition;
        let cut = self.full
            || self.events.len() >= self.limit as usize
            || ranks.values().any(|(_, count)| *count >= each);
        Pending {
            events: self.events,
            cut,
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

/// Takes out aggregates whose newest event was done or failed between the two
/// statements: without its payload their older ones cannot be applied.
fn drop_overtaken(pending: &mut Pending, newest: &[usize]) {
    let overtaken: HashSet<(Arc<str>, String)> = newest
        .iter()
        .map(|at| &pending.events[*at])
        .filter(|event| event.payload.is_none())
        .map(|event| {
            (
                Arc::clone(&event.aggregate_type),
                event.aggregate_id.clone(),
            )
        })
        .collect();
    if overtaken.is_empty() {
        return;
    }
    pending.cut = true;
    pending.events.retain(|event| {
        let key = (
            Arc::clone(&event.aggregate_type),
            event.aggregate_id.clone(),
        );
        !overtaken.contains(&key)
    });
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
            event_type: Arc::from("a.updated"),
            aggregate_type: Arc::from("a"),
            aggregate_id: id.to_owned(),
            version: Version::new(version),
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
    fn an_aggregate_whose_newest_event_was_overtaken_is_left_for_the_next_read() {
        let mut newest = event(2, "b", 1);
        newest.payload = Some("{}".to_owned());
        let mut pending = Pending {
            events: vec![event(1, "a", 1), newest, event(3, "a", 2)],
            cut: false,
        };
        drop_overtaken(&mut pending, &[1, 2]);
        assert_eq!(pending.events.len(), 1);
        assert_eq!(pending.events[0].aggregate_id, "b");
        assert!(pending.cut);
    }
}
