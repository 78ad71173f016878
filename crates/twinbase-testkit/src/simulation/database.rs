//! The primary's tables: heads and events with their index of what waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{EventRef, MAX_RETRIES, Operation, Partition, Schema, primary::Pause};

use super::{keys::KeyNumber, primary::WorkerRow, world::World};

const PARTITIONS: usize = 16;

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(super) struct EventRow {
    pub(super) key: KeyNumber,
    pub(super) version: i64,
    /// `None` for a deletion.
    pub(super) payload: Option<Arc<str>>,
    pub(super) traceparent: Option<Box<str>>,
    pub(super) mapping: Option<i64>,
    pub(super) created: Timestamp,
    /// When others could see it.
    pub(super) committed: Instant,
    /// One with a higher number had been seen by then.
    pub(super) is_late: bool,
    pub(super) retry_count: u32,
    pub(super) next_attempt: Option<Timestamp>,
    pub(super) failed_at: Option<Timestamp>,
    /// What went wrong last, and its fingerprint.
    pub(super) error: Option<(String, String)>,
    pub(super) done: Option<Timestamp>,
    pub(super) discarded: Option<String>,
}

impl EventRow {
    pub(super) fn has_failed(&self) -> bool {
        self.done.is_none() && self.retry_count > MAX_RETRIES
    }

    pub(super) fn waits(&self) -> bool {
        self.done.is_none() && self.retry_count <= MAX_RETRIES
    }
}

/// A change in a transaction that has not committed.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) key: KeyNumber,
    seq: i64,
    pub(super) payload: Option<Arc<str>>,
    created: Timestamp,
    pub(super) traceparent: Option<Box<str>>,
    /// That of the program that composed the payload; none of a foreign one.
    pub(super) mapping: Option<i64>,
    /// Its event has the id alone; the row has everything.
    pub(super) is_partial: bool,
}

/// What the index of waiting events knows of one, so that reading passes over thousands quickly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) key: KeyNumber,
    pub(super) due: Option<Timestamp>,
    pub(super) committed: Instant,
    pub(super) is_late: bool,
    pub(super) is_charged: bool,
}

/// The tables.
#[derive(Default)]
pub(super) struct Database {
    pub(super) events: BTreeMap<i64, EventRow>,
    pub(super) last_seq: i64,
    /// By partition, what waits.
    pub(super) waiting: [BTreeMap<i64, Waiting>; PARTITIONS],
    /// By aggregate, what is not done and was charged.
    pub(super) charged: BTreeMap<KeyNumber, BTreeSet<i64>>,
    /// By partition, the highest number that was ever shown.
    pub(super) shown: [i64; PARTITIONS],
    pub(super) workers: BTreeMap<String, WorkerRow>,
    pub(super) leases: [Option<String>; PARTITIONS],
    pub(super) pauses: Vec<Pause>,
    /// By type, the mapping that was registered last.
    pub(super) mappings: BTreeMap<String, i64>,
}

impl World {
    /// Changes an aggregate in a transaction, to a payload or to nothing: it is locked, and its event has its number.
    pub(super) fn open(&mut self, key: KeyNumber, payload: Option<Arc<str>>) -> Open {
        self.subjects[key].locked = true;
        self.database.last_seq += 1;
        Open {
            key,
            seq: self.database.last_seq,
            payload,
            created: self.now(),
            traceparent: None,
            mapping: None,
            is_partial: false,
        }
    }

    /// Commits a change: the aggregate has a new version, and its event is pending.
    pub(super) fn commit(&mut self, open: Open) {
        let (key, seq) = (open.key, open.seq);
        let is_late = seq < self.database.shown[self.partition(key)];
        if is_late {
            self.trace.count("late commit");
        }
        let subject = &mut self.subjects[key];
        subject.locked = false;
        let again = subject.head() > 0 && subject.is_deleted_at(subject.head());
        if again && open.payload.is_some() {
            self.trace.count("created again");
        }
        subject.history.push(open.payload.clone());
        let partial = || format!(r#"{{"id":"{}"}}"#, subject.id).into();
        let payload = if open.is_partial {
            open.payload.map(|_| partial())
        } else {
            open.payload
        };
        let row = EventRow {
            key,
            version: subject.head(),
            payload,
            traceparent: open.traceparent,
            mapping: open.mapping,
            created: open.created,
            committed: Instant::now(),
            is_late,
            retry_count: 0,
            next_attempt: None,
            failed_at: None,
            error: None,
            done: None,
            discarded: None,
        };
        self.database.events.insert(seq, row);
        self.index(seq);
    }

    pub(super) fn partition(&self, key: KeyNumber) -> usize {
        usize::try_from(self.subjects[key].partition.0).unwrap_or_default()
    }

    /// Where an event lies.
    pub(super) fn place(&self, seq: i64, row: &EventRow) -> EventRef {
        EventRef {
            partition: self.subjects[row.key].partition,
            seq,
        }
    }

    /// Brings the indexes to what a row is.
    pub(super) fn index(&mut self, seq: i64) {
        let Some(row) = self.database.events.get(&seq) else {
            return;
        };
        let key = row.key;
        let is_charged = row.done.is_none() && row.retry_count > 0;
        let waiting = row.waits().then_some(Waiting {
            key,
            due: row.next_attempt,
            committed: row.committed,
            is_late: row.is_late,
            is_charged,
        });
        let partition = self.partition(key);
        let index = &mut self.database.waiting[partition];
        match waiting {
            Some(waiting) => index.insert(seq, waiting),
            None => index.remove(&seq),
        };
        let charged = self.database.charged.entry(key).or_default();
        if is_charged {
            charged.insert(seq);
        } else {
            charged.remove(&seq);
        }
        if charged.is_empty() {
            self.database.charged.remove(&key);
        }
    }

    pub(super) fn event_type(&self, row: &EventRow) -> String {
        let operation = match (&row.payload, row.version) {
            (None, _) => Operation::Deleted,
            (Some(_), 1) => Operation::Created,
            (Some(_), _) => Operation::Updated,
        };
        let aggregate_type = &self.subjects[row.key].aggregate_type;
        format!("{aggregate_type}.{}", operation.name())
    }

    /// The payload of an event.
    pub(super) fn payload(&self, row: &EventRow) -> String {
        let subject = &self.subjects[row.key];
        match &row.payload {
            Some(payload) => subject.shown(payload),
            None => format!(r#"{{"id":"{}"}}"#, subject.id),
        }
    }
}

impl Database {
    pub(super) fn register(&mut self, schemas: &[&'static Schema]) {
        for schema in schemas {
            let hash = schema.mapping_hash();
            self.mappings.insert(schema.aggregate_type.to_owned(), hash);
        }
    }

    /// Whether a type is registered with another mapping than its caller has, who may have none.
    pub(super) fn is_outdated(&self, aggregate_type: &str, mapping: Option<i64>) -> bool {
        let registered = self.mappings.get(aggregate_type);
        registered.is_some_and(|registered| Some(*registered) != mapping)
    }
}

/// The place of a partition in what is kept by partition.
pub(super) fn at(partition: Partition) -> usize {
    usize::try_from(partition.0).unwrap_or_default() % PARTITIONS
}
