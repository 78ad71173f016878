//! The engine's metrics: their names, and the one place that says what each means.
//!
//! Labels are a collection, a kind, a phase, a result, a side or a state; never an id, a
//! user or an error's text. Where the numbers go is the business of whoever installs
//! a recorder; without one they cost next to nothing.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// As it is now.
    Gauge,
    /// A distribution.
    Histogram,
}

/// A metric that exists.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name, with its unit.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it counts or measures.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(#[doc = $help] pub const $constant: &str = $name;)*
        /// Every metric that the engine has.
        pub const ALL: &[Metric] = &[
            $(Metric { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help },)*
        ];
    };
}

metrics! {
    EVENTS_READ = Counter "twinbase_events_read_total" [] "Events read from the outbox.";
    EVENTS = Counter "twinbase_events_total" ["collection", "result"] "Events by what became of them: applied, superseded, charged or failed.";
    BATCH_EVENTS = Histogram "twinbase_batch_events" [] "Events in a batch.";
    BATCH_DOCUMENTS = Histogram "twinbase_batch_documents" [] "Documents in a batch, after coalescing.";
    PHASE_SECONDS = Histogram "twinbase_phase_seconds" ["phase"] "Time of a batch in each phase: read, map, apply, mark.";
    APPLY_LAG_SECONDS = Histogram "twinbase_apply_lag_seconds" ["collection"] "From the writing of an event to the end of the batch that applied it.";
    PRIMARY_SECONDS = Histogram "twinbase_primary_seconds" ["operation"] "How long the primary took to answer the worker.";
    REPLICA_SECONDS = Histogram "twinbase_replica_seconds" ["operation"] "How long the replica took to answer the worker.";
    UNAVAILABLE = Counter "twinbase_unavailable_total" ["side"] "Batches and reads that a side did not answer; nothing is lost by them.";
    LAG_SECONDS = Gauge "twinbase_lag_seconds" [] "Age of the oldest pending event; 0 when there is none.";
    BACKLOG_EVENTS = Gauge "twinbase_backlog_events" ["status"] "Events that are not done, by status: pending, retrying, failed; counted up to 100000.";
    BACKLOG_CAP_EVENTS = Gauge "twinbase_backlog_cap_events" [] "The backlog above which an alarm is raised; nothing is dropped.";
    COLLECTION_LAG_SECONDS = Gauge "twinbase_collection_lag_seconds" ["collection"] "Age of the collection's oldest event that is not applied, failed ones included; 0 when there is none.";
    COLLECTION_BACKLOG_EVENTS = Gauge "twinbase_collection_backlog_events" ["collection"] "Pending and retrying events of the collection.";
    HEARTBEAT_SECONDS = Histogram "twinbase_heartbeat_seconds" [] "From the commit of a heartbeat to its document being read from the replica.";
    TIMELINE_UNPROVEN = Gauge "twinbase_timeline_unproven" [] "1 from when a database was found to be put back or replaced until a whole verification found no difference, as the worker that sends heartbeats sees it.";
    HEARTBEAT_AGE_SECONDS = Gauge "twinbase_heartbeat_age_seconds" [] "Time since a heartbeat came through the whole path, as the worker that sends them sees it; 0 for the others.";
    COMPARED = Counter "twinbase_compared_total" ["collection"] "Rows and documents that the slow comparison of both sides has compared.";
    WRONG_DOCUMENTS = Gauge "twinbase_wrong_documents" ["collection"] "Documents that do not match their rows, by the last whole comparison or the one under way, as the worker that leads sees it.";
    VERIFIED_AGE_SECONDS = Gauge "twinbase_verified_age_seconds" ["collection"] "Time since the last whole comparison began that came to its end, as the worker that leads sees it; NaN when none has, and elsewhere.";
    LEASES_HELD = Gauge "twinbase_leases_held" [] "Partitions that this worker holds.";
    WORKERS = Gauge "twinbase_workers" [] "Workers that are alive.";
    WORKER_STATE = Gauge "twinbase_worker_state" ["state"] "1 for the state that the worker is in, 0 for the others.";
    COLLECTION_STATE = Gauge "twinbase_collection_state" ["collection", "state"] "1 for the state that the collection is in as this worker sees it, 0 for the others.";
    PAUSED = Gauge "twinbase_paused" [] "How many pauses are in force.";
    WAKE_UPS = Counter "twinbase_wake_ups_total" ["source"] "Reads of pending events by what caused them: commit, notification, poll.";
    RETIRED_EVENTS = Counter "twinbase_retired_events_total" [] "Old events that retention removed.";
    FORGOTTEN_HEADS = Counter "twinbase_forgotten_heads_total" [] "Heads of long-deleted aggregates that retention removed.";
    SWEPT_TOMBSTONES = Counter "twinbase_swept_tombstones_total" ["collection"] "Tombstones that were removed.";
}

/// Describes to the recorder what each metric means. Call it once, after installing one.
pub fn describe() {
    for metric in ALL {
        let unit = if metric.name.ends_with("_seconds") {
            Unit::Seconds
        } else {
            Unit::Count
        };
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, unit, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, unit, metric.help),
            Kind::Histogram => describe_histogram!(metric.name, unit, metric.help),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_unit_and_counters_that_they_only_grow() {
        for metric in ALL {
            assert!(metric.name.starts_with("twinbase_"), "{}", metric.name);
            let counts = metric.name.ends_with("_total");
            assert_eq!(counts, metric.kind == Kind::Counter, "{}", metric.name);
        }
    }
}
