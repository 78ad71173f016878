//! The primary's tables: heads and events with their index of what waits.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    EventRef, MAX_RETRIES, Operation, Partition, Schema, Version,
    primary::{CollectionRecord, EventRecord, EventStatus, Pause, PauseScope, Raised, WalkRecord},
};

use super::{
    keys::KeyNumber,
    primary::{OperationRow, WorkerRow},
    world::World,
};

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(super) struct EventRow {
    pub(super) key: KeyNumber,
    /// As operators see it.
    pub(super) record: EventRecord,
    /// `None` for a deletion.
    pub(super) payload: Option<Arc<str>>,
    /// That of the program that composed the payload; none of a foreign one.
    pub(super) mapping: Option<i64>,
    /// When others could see it.
    pub(super) committed: Instant,
    /// One with a higher number had been seen by then.
    pub(super) is_late: bool,
}

impl EventRow {
    pub(super) fn has_failed(&self) -> bool {
        self.record.status == EventStatus::Failed
    }

    /// Whether it is neither applied nor discarded.
    pub(super) fn is_open(&self) -> bool {
        self.record.processed_at.is_none()
    }

    pub(super) fn waits(&self) -> bool {
        self.is_open() && !self.has_failed()
    }

    pub(super) fn is_charged(&self) -> bool {
        self.is_open() && self.record.retry_count > 0
    }

    /// Makes it applied or discarded.
    pub(super) fn end(&mut self, now: Timestamp) {
        self.record.processed_at = Some(now);
        self.record.next_attempt_at = None;
        self.record.retry_count = self.record.retry_count.min(MAX_RETRIES);
    }

    fn status(&self) -> EventStatus {
        let record = &self.record;
        if record.discard_reason.is_some() {
            EventStatus::Discarded
        } else if record.processed_at.is_some() {
            EventStatus::Applied
        } else if record.retry_count > MAX_RETRIES {
            EventStatus::Failed
        } else if record.next_attempt_at.is_some() {
            EventStatus::Retrying
        } else {
            EventStatus::Pending
        }
    }
}

/// A change in a transaction that has not committed.
#[derive(Debug)]
pub(super) struct Open {
    /// Its event, whose version comes with the commit.
    pub(super) row: EventRow,
    /// What the aggregate becomes, of which the event may have a part only.
    pub(super) state: Option<Arc<str>>,
    /// [`World::era`] when it began.
    era: u32,
}

/// The tables.
#[derive(Default, Clone)]
pub(super) struct Database {
    pub(super) events: BTreeMap<i64, Arc<EventRow>>,
    pub(super) last_seq: i64,
    /// What waits: the rows themselves, so that reading passes over thousands quickly.
    pub(super) waiting: BTreeMap<EventRef, Arc<EventRow>>,
    /// By aggregate, what is not done and was charged.
    pub(super) charged: BTreeMap<(KeyNumber, i64), Arc<EventRow>>,
    /// By partition, the highest number that was ever shown.
    pub(super) shown: BTreeMap<Partition, i64>,
    pub(super) workers: BTreeMap<String, WorkerRow>,
    /// Who holds a partition.
    pub(super) leases: BTreeMap<Partition, String>,
    pub(super) pauses: BTreeMap<PauseScope, Pause>,
    pub(super) operations: BTreeMap<String, OperationRow>,
    /// By collection.
    pub(super) walks: BTreeMap<String, WalkRecord>,
    /// Where documents lie, by collection.
    pub(super) collections: BTreeMap<String, CollectionRecord>,
    /// Above what versions are given out, and since when a comparison is due.
    pub(super) floor: Version,
    pub(super) raised: Option<Raised>,
    /// By type, the mapping that was registered last.
    pub(super) mappings: BTreeMap<String, i64>,
}

impl World {
    /// Changes an aggregate in a transaction, to a payload or to nothing: it is locked, and its event has its number.
    pub(super) fn open(&mut self, key: KeyNumber, state: Option<Arc<str>>) -> Open {
        let now = self.now();
        let subject = &mut self.subjects[key];
        subject.locked = true;
        self.database.last_seq += 1;
        let seq = self.database.last_seq;
        let record = EventRecord {
            at: EventRef {
                partition: subject.partition,
                seq,
            },
            id: seq.to_string(),
            event_type: String::new(),
            aggregate_type: subject.key.aggregate_type.to_string(),
            aggregate_id: subject.key.id.to_string(),
            version: Version::NONE,
            status: EventStatus::Pending,
            retry_count: 0,
            created_at: now,
            processed_at: None,
            next_attempt_at: None,
            failed_at: None,
            last_error: None,
            error_key: None,
            discard_reason: None,
            traceparent: None,
        };
        let row = EventRow {
            key,
            record,
            payload: state.clone(),
            mapping: None,
            committed: Instant::now(),
            is_late: false,
        };
        Open {
            row,
            state,
            era: self.era,
        }
    }

    /// Commits a change: the aggregate has a new version, and its event is pending.
    pub(super) fn commit(&mut self, open: Open) {
        let Open {
            mut row,
            state,
            era,
        } = open;
        if era != self.era {
            return;
        }
        let EventRef { partition, seq } = row.record.at;
        row.committed = Instant::now();
        row.is_late = self.database.shown.get(&partition) > Some(&seq);
        if row.is_late {
            self.trace.count("late commit");
        }
        let subject = &mut self.subjects[row.key];
        subject.locked = false;
        let again = subject.head() > 0 && subject.is_deleted_at(subject.head());
        if again && state.is_some() {
            self.trace.count("created again");
        }
        let operation = match (&state, subject.head()) {
            (None, _) => Operation::Deleted,
            (Some(_), 0) => Operation::Created,
            (Some(_), _) => Operation::Updated,
        };
        let version = subject.head().max(self.database.floor.get()) + 1;
        subject.history.insert(version, state.clone());
        row.record.version = Version::new(version);
        let key = row.key;
        row.record.event_type = format!("{}.{}", row.record.aggregate_type, operation.name());
        self.database.events.insert(seq, Arc::new(row));
        self.database.alter(seq, |_| ());
        self.judge_given(key, version, state.as_ref());
    }

    /// The payload of an event.
    pub(super) fn payload(&self, row: &EventRow) -> String {
        let subject = &self.subjects[row.key];
        match &row.payload {
            Some(payload) => subject.shown(payload),
            None => subject.only_id(),
        }
    }
}

impl Database {
    /// Changes a row, and brings its status and the indexes to what it is then.
    pub(super) fn alter(&mut self, seq: i64, change: impl FnOnce(&mut EventRow)) {
        let Some(mut shared) = self.events.remove(&seq) else {
            return;
        };
        let (at, charged) = (shared.record.at, (shared.key, seq));
        self.waiting.remove(&at);
        self.charged.remove(&charged);
        let row = Arc::make_mut(&mut shared);
        change(row);
        row.record.status = row.status();
        let (waits, is_charged) = (row.waits(), row.is_charged());
        if waits {
            self.waiting.insert(at, shared.clone());
        }
        if is_charged {
            self.charged.insert(charged, shared.clone());
        }
        self.events.insert(seq, shared);
    }

    /// An aggregate's events that are not done and were charged.
    pub(super) fn charged_of(&self, key: KeyNumber) -> impl Iterator<Item = &Arc<EventRow>> {
        let charged = self.charged.range((key, 0)..=(key, i64::MAX));
        charged.map(|(_, row)| row)
    }

    pub(super) fn register(&mut self, schemas: &[Arc<Schema>]) {
        for schema in schemas {
            let hash = schema.mapping_hash();
            self.mappings
                .insert(schema.aggregate_type.to_string(), hash);
        }
    }

    /// Whether a type is registered with another mapping than its caller has, who may have none.
    pub(super) fn is_outdated(&self, aggregate_type: &str, mapping: Option<i64>) -> bool {
        let registered = self.mappings.get(aggregate_type);
        registered.is_some_and(|registered| Some(*registered) != mapping)
    }
}
