//! The primary as one worker sees it: each call takes its course through the world.

mod collections;
mod leases;
mod operate;
mod operations;
mod outbox;
mod reading;
mod rows;
mod timeline;
mod walks;
mod writes;

pub(super) use leases::WorkerRow;
pub(super) use operations::OperationRow;

use twinbase_core::{EventRef, PrimaryError};

use super::{
    outages::Outage,
    trace::mix,
    world::{Simulation, World},
};

/// The primary of a simulation, for one worker.
#[derive(Clone)]
pub struct SimPrimary {
    pub(super) shared: Simulation,
    pub(super) caller: usize,
    /// The most events that the worker may hold when it asks for more.
    pub(super) may_hold: usize,
}

impl SimPrimary {
    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        detail: u64,
        mut effect: impl FnMut(&mut World) -> T + Send + 'static,
    ) -> Result<T, PrimaryError> {
        self.shared
            .call(
                self.caller,
                (Outage::Primary, what),
                detail,
                move |world, _| effect(world),
            )
            .await
            .map_err(|fault| PrimaryError::Unavailable {
                operation: what,
                source: fault.name().into(),
            })
    }
}

/// What a simulated database cannot do: it has no SQL.
fn no_sql(operation: &'static str) -> PrimaryError {
    PrimaryError::Refused {
        operation,
        reason: "a simulated primary has no SQL".into(),
    }
}

fn hash(events: &[EventRef]) -> u64 {
    events
        .iter()
        .fold(0, |hash, event| mix(hash, event.seq.cast_unsigned()))
}
