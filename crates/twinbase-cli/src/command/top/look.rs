//! One look at everything, as data.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use twinbase::{
    Health, Twinbase,
    core::{
        PrimaryError,
        primary::{EventGroup, OutboxStatus, Pause, WorkerRecord},
    },
    health::{Alert, HealthReport, Seen},
};

use crate::{
    Host,
    command::{outbox, pauses, workers},
    place, program,
};

/// The most groups of failures that are asked for: more than any terminal shows.
const GROUPS: u32 = 20;

/// Everything as of one moment. What could not be read is an error, which is not nothing.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) at: Timestamp,
    /// The program that looks.
    pub(super) program: &'static str,
    /// What starts a worker, as one sentence.
    pub(super) worker_remedy: String,
    /// The backlog above which there is an alarm.
    pub(super) backlog_cap: u64,
    pub(super) health: Health,
    pub(super) collections: Result<Vec<Collection>, String>,
    pub(super) workers: Result<Vec<WorkerRecord>, String>,
    pub(super) pauses: Result<Vec<Pause>, String>,
    pub(super) groups: Result<Vec<EventGroup>, String>,
}

/// How far one collection is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Collection {
    /// Its name, or the type of its events when there is no schema of it.
    pub(super) name: String,
    /// Age of its oldest event that is not applied, failed ones included; zero when there is none.
    pub(super) lag: Duration,
    pub(super) pending: u64,
    pub(super) retrying: u64,
    pub(super) failed: u64,
}

impl Look {
    pub(super) async fn take(twin: &Twinbase, host: &impl Host) -> Self {
        let primary = &twin.sides().primary;
        let outbox = twin.outbox();
        let (health, by_type, workers, pauses, groups) = tokio::join!(
            twin.health(),
            primary.status_by_type(),
            primary.workers(),
            primary.pauses(),
            outbox.groups(GROUPS),
        );
        let why = |error: PrimaryError| error.to_string();
        Self {
            at: twin.sides().clock.now(),
            program: program::name(),
            worker_remedy: host.worker_remedy(),
            backlog_cap: host.backlog_cap(),
            health,
            collections: by_type.map_err(why).map(|by_type| {
                let status = |name: &str| by_type.iter().find(|(found, _)| &**found == name);
                let known = twin.registry().iter().map(|schema| {
                    let status = status(&schema.aggregate_type).map(|(_, status)| status);
                    Collection::new(&schema.collection, status)
                });
                // What this program has no schema of is shown by its type.
                let is_unknown = |name: &str| {
                    let mut schemas = twin.registry().all();
                    schemas.all(|schema| schema.aggregate_type != name)
                };
                let others = by_type.iter().filter(|(name, _)| is_unknown(name));
                let others = others.map(|(name, status)| Collection::new(name, Some(status)));
                known.chain(others).collect()
            }),
            workers: workers.map_err(why),
            pauses: pauses.map_err(why),
            groups: groups.map_err(|error| error.to_string()),
        }
    }

    /// What is wrong, worst first.
    pub(super) fn alerts(&self) -> Vec<Alert> {
        Seen {
            health: &self.health,
            workers: self.workers.as_deref().ok(),
            pauses: self.pauses.as_deref().ok(),
            backlog_cap: Some(self.backlog_cap),
        }
        .alerts()
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let mut whole = json!(HealthReport::new(&self.health, None, self.alerts()));
        whole["at"] = json!(self.at);
        for (name, side) in [
            ("primary", &self.health.primary),
            ("replica", &self.health.replica),
        ] {
            whole[name]["location"] = place(side.kind, &side.location).into();
            whole[name]["error"] = side.answer.as_ref().err().cloned().into();
        }
        whole["collections"] = list(&self.collections, Collection::json);
        whole["workers"] = list(&self.workers, workers::json);
        whole["pauses"] = list(&self.pauses, pauses::json);
        whole["failures"] = list(&self.groups, outbox::group_json);
        whole
    }
}

/// What is not known is null.
fn list<T>(items: &Result<Vec<T>, String>, one: impl Fn(&T) -> Value) -> Value {
    let items = items.as_ref().ok();
    items.map_or(Value::Null, |items| items.iter().map(one).collect())
}

impl Collection {
    fn new(name: &str, status: Option<&OutboxStatus>) -> Self {
        let status = status.cloned().unwrap_or_default();
        Self {
            name: name.to_owned(),
            lag: status.oldest_unapplied.unwrap_or_default(),
            pending: status.backlog.saturating_sub(status.retrying),
            retrying: status.retrying,
            failed: status.failed,
        }
    }

    fn json(&self) -> Value {
        json!({
            "collection": self.name, "lagSeconds": self.lag.as_secs_f64(),
            "pending": self.pending, "retrying": self.retrying, "failed": self.failed,
        })
    }
}
