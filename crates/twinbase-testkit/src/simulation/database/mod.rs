//! The primary's tables: heads and events with their index of what waits.

mod leases;
mod operate;
mod outbox;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{EventRef, MAX_RETRIES, Operation, Partition, primary::Pause};

use self::leases::WorkerRow;
use super::{keys::KeyNumber, world::World};

const PARTITIONS: usize = 16;

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(super) struct EventRow {
    pub(super) key: KeyNumber,
    pub(super) version: i64,
    pub(super) deletes: bool,
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
}

impl World {
    /// Begins a transaction that holds an aggregate: its event has its number from now on.
    pub(super) fn begin(&mut self, key: KeyNumber) -> i64 {
        self.subjects[key].locked = true;
        self.database.last_seq += 1;
        self.database.last_seq
    }

    /// Commits it: the aggregate has a new version, and its event waits.
    pub(super) fn commit(&mut self, key: KeyNumber, seq: i64, deletes: bool, created: Timestamp) {
        let is_late = seq < self.database.shown[self.partition(key)];
        if is_late {
            self.trace.count("late commit");
        }
        let subject = &mut self.subjects[key];
        subject.locked = false;
        if !deletes && subject.head() > 0 && subject.is_deleted_at(subject.head()) {
            self.trace.count("created again");
        }
        subject.history.push(deletes);
        let row = EventRow {
            key,
            version: subject.head(),
            deletes,
            created,
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
        let operation = match (row.deletes, row.version) {
            (true, _) => Operation::Deleted,
            (false, 1) => Operation::Created,
            (false, _) => Operation::Updated,
        };
        self.subjects[row.key].schema.event_type(operation)
    }

    /// The payload of an event.
    pub(super) fn payload(&self, row: &EventRow) -> String {
        let subject = &self.subjects[row.key];
        if row.deletes {
            format!(r#"{{"id":"{}"}}"#, subject.id)
        } else {
            subject.payload(row.version, row.created)
        }
    }
}

/// The place of a partition in what is kept by partition.
pub(super) fn at(partition: Partition) -> usize {
    usize::try_from(partition.0).unwrap_or_default() % PARTITIONS
}
