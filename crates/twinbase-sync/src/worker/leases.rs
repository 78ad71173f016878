//! What this worker may work on: its leases, what is paused, and whether it is outdated.
//!
//! A background task renews the leases, reports to the others how this worker is, and reads the
//! pauses. The loop takes the result. While the primary does not answer the loop goes on with what
//! it had, because leases only save work (see [`super`]).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use twinbase_core::{
    Name, Partition, PrimaryError, Registry,
    primary::{Leased, Pause, PauseScope, WorkerReport},
};

use super::{CollectionStatus, metrics, shared::Shared};
use crate::error_chain;

/// How long giving the leases back may take when the worker stops.
const RELEASE: Duration = Duration::from_secs(2);

/// What a person reads of a worker that is outdated.
pub(crate) const OUTDATED: &str =
    "A program with a newer mapping has registered; restart this one with it.";

/// What this worker may work on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Its partitions; `None` until the primary has answered once.
    pub(crate) partitions: Option<Vec<Partition>>,
    /// What is paused.
    pub(crate) pauses: Vec<Pause>,
    /// Whether a program with a newer mapping has to do the work.
    pub(crate) is_outdated: bool,
    /// Why the leases could not be renewed.
    pub(crate) error: Option<String>,
}

impl Held {
    /// Every partition, without leases: for a single pass.
    pub(crate) fn all(pauses: Vec<Pause>) -> Self {
        Self {
            partitions: Some(Partition::all().collect()),
            pauses,
            ..Self::default()
        }
    }

    /// The partitions.
    pub(crate) fn partitions(&self) -> &[Partition] {
        self.partitions.as_deref().unwrap_or_default()
    }

    /// Whether the primary has answered, well or not.
    pub(crate) const fn is_known(&self) -> bool {
        self.partitions.is_some() || self.error.is_some()
    }

    /// Whether there is nothing to work on because the primary does not answer.
    pub(crate) fn is_lost(&self) -> bool {
        self.error.is_some() && self.partitions().is_empty()
    }

    /// Whether a person paused every worker.
    pub(crate) fn is_paused(&self) -> bool {
        let mut scopes = self.pauses.iter().map(|pause| &pause.scope);
        scopes.any(|scope| *scope == PauseScope::Everything)
    }

    /// Whether there are partitions to work on now.
    pub(crate) fn may_work(&self) -> bool {
        !self.partitions().is_empty() && !self.is_paused()
    }

    /// Of all workers, the one with the first partition does what is to be done once: it cleans,
    /// observes the outbox, and sends heartbeats.
    pub(crate) fn leads(&self) -> bool {
        self.partitions().contains(&Partition(0))
    }

    /// The types whose collections are paused.
    pub(crate) fn paused_types(&self, registry: &Registry) -> Vec<Name> {
        self.pauses
            .iter()
            .filter_map(|pause| match &pause.scope {
                PauseScope::Everything => None,
                PauseScope::Collection(name) => registry.by_collection(name),
            })
            .map(|schema| schema.aggregate_type.clone())
            .collect()
    }
}

/// Takes leases and renews them until it is dropped.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let mut controls = shared.signals.controls.subscribe();
    let mut failures = 0;
    loop {
        let mut pause = shared.options.lease_renew;
        if let Err(error) = renew(&shared).await {
            failures += 1;
            pause = pause.min(shared.backoff(failures));
            let text = error_chain(&error);
            if failures == 1 {
                tracing::warn!(
                    error = text,
                    "leases were not renewed; the worker goes on with what it holds"
                );
            }
            shared.held.send_if_modified(|held| {
                let is_news = held.error.as_ref() != Some(&text);
                held.error = Some(text);
                is_news
            });
        } else {
            failures = 0;
        }
        tokio::select! {
            biased;
            Ok(()) = controls.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Renews leases and reads the pauses, once.
async fn renew(shared: &Shared) -> Result<(), PrimaryError> {
    let primary = &shared.sides.primary;
    let pauses = primary.pauses().await?;
    let outdated = primary.outdated(&shared.mappings).await?;
    let is_outdated = !outdated.is_empty();
    let leased = if is_outdated {
        yield_to_newer(shared, &outdated).await?;
        Leased::default()
    } else {
        let report = report(shared);
        let leased = primary.lease(&report, shared.options.lease_ttl).await;
        shared.signals.writes.note(&leased);
        leased?
    };
    metrics::leases(&leased, &pauses);
    let new = Held {
        partitions: Some(leased.held),
        pauses,
        is_outdated,
        error: None,
    };
    publish(shared, new, leased.workers);
    Ok(())
}

/// Gives the leases back, because a program with a newer mapping has registered: it does the work.
async fn yield_to_newer(shared: &Shared, types: &[String]) -> Result<(), PrimaryError> {
    if !shared.held.borrow().is_outdated {
        tracing::warn!(
            ?types,
            remedy = OUTDATED,
            "this worker is outdated and gives its leases back"
        );
    }
    if !shared.held.borrow().partitions().is_empty() {
        shared.sides.primary.release(&shared.id).await?;
    }
    Ok(())
}

/// Publishes what this worker holds, one of so many that are alive.
fn publish(shared: &Shared, new: Held, workers: u32) {
    let covers_all = workers <= 1 && new.partitions().len() == Partition::all().count();
    let signal = &shared.signals.covers_all;
    signal.store(covers_all, Ordering::Relaxed);
    shared.status.send_modify(|status| {
        status.partitions = u32::try_from(new.partitions().len()).unwrap_or(u32::MAX);
        status.workers = workers;
        status.leads = new.leads();
        status.pauses.clone_from(&new.pauses);
    });
    shared.held.send_if_modified(|held| {
        let changes = *held != new;
        *held = new;
        changes
    });
    shared.renewed.notify_waiters();
}

/// Gives everything back.
pub(crate) async fn release(shared: &Shared) {
    shared.signals.covers_all.store(false, Ordering::Relaxed);
    let release = shared.sides.primary.release(&shared.id);
    let error = match tokio::time::timeout(RELEASE, release).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error_chain(&error),
        Err(late) => late.to_string(),
    };
    tracing::debug!(error, "leases were not given back; they end by themselves");
}

/// Waits until this worker leads.
///
/// In the order in which tasks came to wait, see [`Shared::reaches`].
pub(crate) async fn led(shared: &Shared) {
    loop {
        let renewed = shared.renewed.notified();
        if shared.held.borrow().leads() {
            return;
        }
        renewed.await;
    }
}

/// The most of a reason that is shown beside its state: it comes with causes of several layers.
const REASON_CHARS: usize = 500;

/// A collection's state, and why, for operators.
fn failure(of: &CollectionStatus) -> String {
    let state = format!("{} {}", of.collection, of.state.name());
    let reason = of.error.iter().flat_map(|error| error.chars());
    let reason: String = reason.take(REASON_CHARS).collect();
    match (reason.is_empty(), of.remedy) {
        (true, _) => state,
        (false, None) => format!("{state} ({reason})"),
        (false, Some(remedy)) => format!("{state} ({reason}. {remedy})"),
    }
}

fn report(shared: &Shared) -> WorkerReport {
    let status = shared.status.borrow();
    let failing = status.collections.iter().filter(|of| of.state.is_failing());
    let failing = failing.map(failure);
    WorkerReport {
        id: shared.id.clone(),
        machine: shared.machine.clone(),
        process: std::process::id(),
        state: status.state.name().to_owned(),
        applied: status.applied,
        superseded: status.superseded,
        failed_attempts: status.failed_attempts,
        failing: failing.collect::<Vec<_>>().join(", "),
    }
}
