//! The health document, from what both sides say and what is wrong with it.

use std::time::Duration;

use twinbase_core::primary::Pause;
use twinbase_sync::{
    operate::scope_name, rebuild::RebuildStatus, verify::Verified, worker::CollectionStatus,
};

use super::{
    Alert, Health, Level, SideHealth,
    report::{
        CollectionHealth, CollectionVerified, Databases, HealthReport, Paused, RebuildHealth, Side,
        Sync, Trend, Worker,
    },
};

impl HealthReport {
    /// The document with these alerts; without `pauses` nobody asked for them, or the primary did not say.
    pub fn new(health: &Health, pauses: Option<&[Pause]>, alerts: Vec<Alert>) -> Self {
        Self {
            status: Level::of(&alerts),
            databases: Databases {
                cockroachdb: connected(&health.primary),
                mongodb: connected(&health.replica),
            },
            sync: numbers(health),
            trend: trend(health),
            alerts,
            primary: side(&health.primary),
            replica: side(&health.replica),
            worker: health.worker.as_ref().map(|worker| Worker {
                state: worker.state.name(),
                since: worker.since,
                applied: worker.applied,
                partitions: worker.partitions,
                workers: worker.workers,
                last_heartbeat_at: worker.heartbeat.map(|heartbeat| heartbeat.at),
                collections: worker.collections.iter().map(collection).collect(),
            }),
            verified: health
                .verified
                .as_ref()
                .map(|all| all.iter().map(verified).collect()),
            rebuilds: health
                .rebuilds
                .as_ref()
                .map(|all| all.iter().map(rebuild).collect()),
            pauses: pauses.map(|pauses| pauses.iter().map(paused).collect()),
        }
    }
}

fn trend(health: &Health) -> Option<Trend> {
    let (trend, outbox) = (health.trend?, health.outbox.as_ref()?);
    Some(Trend {
        is_exact: outbox.backlog_is_exact,
        per_second: trend.per_second,
        eta_seconds: trend.eta.map(|eta| eta.as_secs_f64()),
    })
}

fn collection(status: &CollectionStatus) -> CollectionHealth {
    CollectionHealth {
        collection: status.collection.clone(),
        state: status.state.name(),
        since: status.since,
        remedy: status.remedy,
    }
}

fn verified(of: &Verified) -> CollectionVerified {
    CollectionVerified {
        collection: of.collection.clone(),
        verified_through: of.through,
        wrong: of.wrong,
        compared: of.compared,
    }
}

/// What it waits for may name hosts, and is for operators.
fn rebuild(of: &RebuildStatus) -> RebuildHealth {
    RebuildHealth {
        collection: of.collection.clone(),
        phase: of.phase.name(),
        paused: of.paused,
        paused_since: of.paused_since,
        failing: of.is_failing(),
        remedy: of.remedy(),
    }
}

fn paused(pause: &Pause) -> Paused {
    Paused {
        scope: scope_name(&pause.scope),
        since: pause.since,
    }
}

fn numbers(health: &Health) -> Sync {
    let outbox = health.outbox.as_ref();
    Sync {
        queue_size: outbox.map(|outbox| outbox.backlog),
        sync_lag_seconds: health.lag().map(|lag| lag.as_secs_f64()),
        failed_events: outbox.map(|outbox| outbox.failed),
    }
}

const fn connected(side: &SideHealth) -> &'static str {
    if side.is_connected() {
        "connected"
    } else {
        "disconnected"
    }
}

/// With three digits: nobody reads nanoseconds.
fn millis(latency: &Duration) -> f64 {
    (latency.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

fn side(side: &SideHealth) -> Side {
    Side {
        kind: side.kind,
        connected: side.is_connected(),
        latency_ms: side.answer.as_ref().ok().map(millis),
    }
}
