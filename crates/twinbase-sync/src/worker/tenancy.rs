//! What this worker may work on: its leases, and what is paused.
//!
//! A task renews the leases, tells the others how this worker is, and looks at
//! the pauses. The engine reads the result; when the primary does not answer it goes on with
//! what it had, because leases only save work (see [`super`]).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::sync::watch;
use twinbase_core::{
    Partition, PrimaryError, Registry,
    primary::{Pause, PauseScope, WorkerReport},
};

use super::{Signals, WorkerOptions, WorkerStatus, identity::Identity, metrics};
use crate::Sides;

/// How long giving the leases back may take when the worker stops.
const RELEASE: Duration = Duration::from_secs(2);

/// What this worker may work on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tenancy {
    /// The partitions that it holds.
    pub(crate) held: Vec<Partition>,
    /// How many workers are alive.
    pub(crate) workers: u32,
    /// What is paused.
    pub(crate) pauses: Vec<Pause>,
}

impl Tenancy {
    /// Everything, without asking: for a single pass.
    pub(crate) fn whole(pauses: Vec<Pause>) -> Self {
        Self {
            held: Partition::all().collect(),
            workers: 1,
            pauses,
        }
    }

    /// Whether a person paused every worker.
    pub(crate) fn is_paused(&self) -> bool {
        self.pauses
            .iter()
            .any(|pause| pause.scope == PauseScope::Everything)
    }

    /// The types whose collections are paused.
    pub(crate) fn paused_types(&self, registry: &Registry) -> Vec<&'static str> {
        self.pauses
            .iter()
            .filter_map(|pause| match &pause.scope {
                PauseScope::Everything => None,
                PauseScope::Collection(name) => registry.by_collection(name),
            })
            .map(|schema| schema.aggregate_type)
            .collect()
    }
}

/// Keeps a worker's tenancy.
pub(crate) struct Tenant {
    pub(crate) sides: Sides,
    pub(crate) identity: Arc<Identity>,
    pub(crate) options: Arc<WorkerOptions>,
    pub(crate) signals: Signals,
    pub(crate) status: watch::Sender<WorkerStatus>,
    pub(crate) tenancy: watch::Sender<Tenancy>,
}

impl Tenant {
    /// Takes or renews leases and looks at the pauses, once.
    pub(crate) async fn renew(&self) -> Result<(), PrimaryError> {
        let primary = &self.sides.primary;
        let report = self.report();
        let pauses = primary.pauses().await?;
        let leased = primary.lease(&report, self.options.lease_ttl).await;
        self.signals.writes.note(&leased);
        let leased = leased?;
        let covers_all = leased.workers <= 1 && leased.held.len() == Partition::all().count();
        self.signals.covers_all.store(covers_all, Ordering::Relaxed);
        metrics::record_tenancy(&leased, &pauses);
        self.status.send_modify(|status| {
            status.partitions = u32::try_from(leased.held.len()).unwrap_or(u32::MAX);
            status.workers = leased.workers;
            status.pauses.clone_from(&pauses);
        });
        self.tenancy.send_if_modified(|tenancy| {
            let new = Tenancy {
                held: leased.held,
                workers: leased.workers,
                pauses,
            };
            let changes = *tenancy != new;
            *tenancy = new;
            changes
        });
        Ok(())
    }

    /// Renews until it is dropped.
    pub(crate) async fn keep(&self) {
        let mut controls = self.signals.controls.listen();
        // A pause may have been changed since the first renewal.
        controls.mark_changed();
        loop {
            tokio::select! {
                biased;
                Ok(()) = controls.changed() => {}
                () = tokio::time::sleep(self.options.lease_renew) => {}
            }
            if let Err(error) = self.renew().await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "leases were not renewed; the worker goes on with what it holds"
                );
            }
        }
    }

    /// Gives everything back.
    pub(crate) async fn release(&self) {
        self.signals.covers_all.store(false, Ordering::Relaxed);
        let release = self.sides.primary.release(&self.identity.id);
        match tokio::time::timeout(RELEASE, release).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "leases were not given back; they end by themselves"
            ),
            Err(_) => tracing::debug!("leases were not given back in time; they end by themselves"),
        }
    }

    fn report(&self) -> WorkerReport {
        let status = self.status.borrow();
        WorkerReport {
            id: self.identity.id.clone(),
            machine: self.identity.machine.clone(),
            process: self.identity.process,
            state: status.state.name().to_owned(),
            applied: status.applied,
            superseded: status.superseded,
            charged: status.charged,
        }
    }
}
