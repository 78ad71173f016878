//! The health document: the original's keys, and ours beside them.

use jiff::Timestamp;
use serde::Serialize;

use super::{Alert, Level};

/// How the system is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// `healthy`, `degraded` or `unhealthy`.
    pub status: Level,
    /// Both databases as the original names them: `cockroachdb` is the primary, `mongodb` the replica, whatever they are.
    pub databases: Databases,
    /// How far the replica is behind.
    pub sync: Sync,
    /// Where the queue is heading; null until it has been counted twice.
    pub trend: Option<Trend>,
    /// What is wrong, worst first.
    pub alerts: Vec<Alert>,
    /// The primary.
    pub primary: Side,
    /// The replica.
    pub replica: Side,
    /// The worker of this process; null when it has none.
    pub worker: Option<Worker>,
    /// How far the comparison of each collection with its rows has come; null when the primary did not say.
    pub verified: Option<Vec<CollectionVerified>>,
    /// The rebuilds that are under way, paused ones included; null when the primary did not say.
    pub rebuilds: Option<Vec<RebuildHealth>>,
    /// What is paused; null when that was not asked, or not answered.
    pub pauses: Option<Vec<Paused>>,
}

/// `connected` or `disconnected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Databases {
    /// The primary.
    pub cockroachdb: &'static str,
    /// The replica.
    pub mongodb: &'static str,
}

/// How far the replica is behind. What is not known is null, which is not zero.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    /// Pending and retrying events.
    pub queue_size: Option<u64>,
    /// The age of the oldest of them.
    pub sync_lag_seconds: Option<f64>,
    /// Events without attempts left.
    pub failed_events: Option<u64>,
}

/// Where the queue is heading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trend {
    /// Whether `queueSize` was counted; a large one is the database's own estimate.
    pub is_exact: bool,
    /// By how many events a second it shrinks; negative while it grows.
    pub per_second: f64,
    /// When it will be empty at this rate; null when it does not shrink.
    pub eta_seconds: Option<f64>,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Which database.
    pub kind: &'static str,
    /// Whether it answered.
    pub connected: bool,
    /// How long that took.
    pub latency_ms: Option<f64>,
}

/// The worker of this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// What it is doing.
    pub state: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// Documents and tombstones written.
    pub applied: u64,
    /// How many partitions of the outbox are its own.
    pub partitions: u32,
    /// How many workers are alive, this one included.
    pub workers: u32,
    /// When the last heartbeat that came through the whole path was written.
    pub last_heartbeat_at: Option<Timestamp>,
    /// How each collection is, as this worker sees it.
    pub collections: Vec<CollectionHealth>,
}

/// How a collection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectionHealth {
    /// Its name.
    pub collection: twinbase_core::Name,
    /// `ok`, `preparing`, `unprepared`, `backing off` or `refused`.
    pub state: &'static str,
    /// Since when it is failing, or else since when the worker runs.
    pub since: Timestamp,
    /// What a person can do about it; null unless it is failing.
    pub remedy: Option<&'static str>,
}

/// How both sides of a collection were found to agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionVerified {
    /// Its name.
    pub collection: String,
    /// When the last whole comparison began that came to its end: what was committed before was compared. Null when none did.
    pub verified_through: Option<Timestamp>,
    /// How many documents are known not to match their rows.
    pub wrong: u64,
    /// How many rows and documents the comparison that is under way has compared; null when none is.
    pub compared: Option<u64>,
}

/// A rebuild that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RebuildHealth {
    /// The collection.
    pub collection: String,
    /// How far it is, such as `filling` or `verifying`.
    pub phase: &'static str,
    /// Whether a person has paused it.
    pub paused: bool,
    /// Since when; null also when an earlier version paused it.
    pub paused_since: Option<Timestamp>,
    /// Whether its last attempt to go on has failed.
    pub failing: bool,
    /// What continues or ends it; null where it goes on by itself.
    pub remedy: Option<&'static str>,
}

/// Something that workers leave alone because an operator said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// `everything`, or `collection:` and its name.
    pub scope: String,
    /// Since when.
    pub since: Timestamp,
}
