//! Reading pending events.
//!
//! Three statements, of which the last reads choose the next; only speed depends on it:
//!
//! * *by partition*: one partition after the other, for the first read, while there are few, and for a
//!   backlog of which a quarter is superseded: there more events of one aggregate meet;
//! * *by age*: the oldest of all partitions, for a backlog: neighbours in the table cost least;
//! * *newest*: by partition, with the payloads of the newest event of each aggregate alone, for
//!   a backlog of which most is superseded. Most of the cost of an event is turning its payload into
//!   text, and next comes sorting the events to know the newest.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
};

use tokio_postgres::{Error, Row, types::ToSql};
use twinbase_core::{
    Event, EventRef, Partition, PrimaryError, Value, Version,
    primary::{Pending, PendingRequest, PrimaryKind},
};

use super::{Postgres, bind::BoundValue, read, sql};

const OPERATION: &str = "read pending events";

/// Of so many reads by age one is by partition, to find out how much is superseded.
const PROBE_EVERY: u32 = 16;

/// Which statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Partition,
    Age,
    Newest,
}

/// What the last reads say about the next one. Only speed depends on it.
#[derive(Debug, Default)]
pub(super) struct Experience {
    /// How many percent of the events of the last read by partition were superseded.
    superseded: AtomicUsize,
    /// How many reads in a row were ended by a limit.
    cut: AtomicU32,
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

    fn order(&self, kind: PrimaryKind) -> Order {
        let cut = self.cut.load(Relaxed);
        if cut == 0 || kind != PrimaryKind::Postgres {
            return Order::Partition;
        }
        match self.superseded.load(Relaxed) {
            51.. => Order::Newest,
            ..25 if !cut.is_multiple_of(PROBE_EVERY) => Order::Age,
            _ => Order::Partition,
        }
    }

    fn learn(
        &self,
        order: Order,
        pending: &Pending,
        superseded: usize,
        payloads: usize,
        bytes: usize,
    ) {
        if order != Order::Age {
            let percent = superseded * 100 / pending.events.len().max(1);
            self.superseded.store(percent, Relaxed);
        }
        if pending.cut {
            self.cut.fetch_add(1, Relaxed);
        } else {
            self.cut.store(0, Relaxed);
        }
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
                events: vec![],
                cut,
            });
        }
        let order = self.experience.order(self.kind);
        let mut reading = Reading::new(request);
        if order != Order::Newest {
            reading.limit = self.experience.limit(request);
        }
        self.read(&mut reading, order).await?;
        let (payloads, bytes) = (reading.payloads, reading.bytes);
        let mut pending = reading.pending();
        let past = superseded(&pending.events);
        self.experience
            .learn(order, &pending, past.len(), payloads, bytes);
        for at in past {
            pending.events[at].payload = None;
        }
        Ok(pending)
    }

    async fn read(&self, reading: &mut Reading<'_>, order: Order) -> Result<(), PrimaryError> {
        let request = reading.request;
        let (partitions, after): (Vec<i16>, Vec<i64>) = request
            .cursors
            .iter()
            .map(|(p, after)| (p.0, *after))
            .unzip();
        let (types, hashes): (Vec<&str>, Vec<i64>) = request.mappings.iter().copied().unzip();
        let now = Value::Timestamp(request.now);
        let now = BoundValue(&now);
        let (each, all) = (i64::from(request.per_partition), i64::from(reading.limit));
        // The server counts bytes as it stores them: fewer than it sends, where it compresses, or more, of
        // many short fields. So what ends a read is mostly counted here.
        let bytes = i64::try_from(request.max_bytes)
            .unwrap_or(i64::MAX)
            .saturating_mul(2)
            .max(1);
        let of_all: Vec<Option<i64>> = Partition::all()
            .map(|p| {
                request
                    .cursors
                    .iter()
                    .find(|(of, _)| *of == p)
                    .map(|(_, after)| *after)
            })
            .collect();
        let mut params: Vec<&(dyn ToSql + Sync)> = match order {
            Order::Age => vec![&of_all],
            Order::Partition | Order::Newest => vec![&partitions, &after],
        };
        let others: [&(dyn ToSql + Sync); 6] =
            [&now, &each, &all, &request.except, &types, &hashes];
        params.extend(others);
        let text = match order {
            Order::Age => &sql::PENDING_BY_AGE,
            Order::Partition => sql::pending(self.kind),
            Order::Newest => {
                params.push(&bytes);
                sql::PENDING_NEWEST
            }
        };
        self.session(OPERATION)
            .await?
            .visit(OPERATION, text, &params, |row| reading.take(row))
            .await
    }
}

/// A read under way.
struct Reading<'a> {
    request: &'a PendingRequest,
    limit: u32,
    types: Vec<Arc<str>>,
    events: Vec<Event>,
    payloads: usize,
    bytes: usize,
    full: bool,
}

impl<'a> Reading<'a> {
    const fn new(request: &'a PendingRequest) -> Self {
        Self {
            request,
            limit: request.limit,
            types: Vec::new(),
            events: Vec::new(),
            payloads: 0,
            bytes: 0,
            full: false,
        }
    }

    fn take(&mut self, row: &Row) -> Result<ControlFlow<()>, Error> {
        /// The column that `pending_newest` has besides those of `pending`.
        const IS_LAST: usize = 11;
        let event = self.event(row)?;
        self.payloads += usize::from(event.payload.is_some());
        self.bytes += event.payload.as_ref().map_or(0, String::len);
        self.events.push(event);
        if self.bytes >= self.request.max_bytes && self.payloads > 0 {
            self.full = true;
            return Ok(ControlFlow::Break(()));
        }
        self.full = row.len() > IS_LAST && row.try_get(IS_LAST)?;
        Ok(ControlFlow::Continue(()))
    }

    fn event(&mut self, row: &Row) -> Result<Event, Error> {
        let retry_count: i64 = row.try_get(7)?;
        Ok(Event {
            at: EventRef {
                partition: Partition(row.try_get(0)?),
                seq: row.try_get(1)?,
            },
            event_type: self.interned(row.try_get(2)?),
            aggregate_type: self.interned(row.try_get(3)?),
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
        // In order, but for a read by age.
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
    fn the_last_reads_choose_the_next_one() {
        let read = |superseded: usize, cut: bool| {
            let experience = Experience::default();
            let events = (0..100).map(|n| event(n, "a", n)).collect();
            let pending = Pending { events, cut };
            experience.learn(Order::Partition, &pending, superseded, 0, 0);
            experience
        };
        let order = |of: &Experience| of.order(PrimaryKind::Postgres);
        assert_eq!(order(&read(0, false)), Order::Partition, "few wait");
        assert_eq!(order(&read(0, true)), Order::Age, "a backlog");
        assert_eq!(
            order(&read(30, true)),
            Order::Partition,
            "some is superseded"
        );
        assert_eq!(order(&read(60, true)), Order::Newest, "most is superseded");
        let backlog = read(0, true);
        assert_eq!(backlog.order(PrimaryKind::Cockroach), Order::Partition);
        let cut = Pending {
            events: vec![],
            cut: true,
        };
        let mut orders = Vec::new();
        for _ in 0..2 * PROBE_EVERY {
            orders.push(order(&backlog));
            backlog.learn(order(&backlog), &cut, 0, 0, 0);
        }
        let probes = orders.iter().filter(|of| **of == Order::Partition);
        assert_eq!(probes.count(), 2, "whether much is superseded by now");
    }
}
