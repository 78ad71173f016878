//! What the loop, its batches and the background tasks of one worker share.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use twinbase_core::{EventRef, Name};

use super::{
    Signals, WorkerOptions, WorkerState, WorkerStatus,
    collections::{Collection, Collections, Moment},
    leases::Held,
    metrics,
};
use crate::{Sides, backoff::Backoff};

/// What the parts of one worker share.
pub(crate) struct Shared {
    /// Its id; new at each start.
    pub(crate) id: String,
    /// Where it runs, for people.
    pub(crate) machine: String,
    pub(crate) sides: Sides,
    /// The mapping of each type that this worker knows.
    pub(crate) mappings: Vec<(Name, i64)>,
    pub(crate) options: WorkerOptions,
    pub(crate) signals: Signals,
    pub(crate) status: watch::Sender<WorkerStatus>,
    pub(crate) held: watch::Sender<Held>,
    /// Notified when another process committed.
    pub(crate) notified: Notify,
    /// Notified when a record of a collection was changed.
    pub(crate) recorded: Notify,
    /// For those that wait until this worker leads.
    pub(crate) renewed: Notify,
    /// For those that wait for a state.
    entered: Notify,
    collections: Mutex<Collections>,
    /// Events of batches that panicked: each is tried by itself.
    isolated: Mutex<HashSet<EventRef>>,
    random: Mutex<StdRng>,
}

impl Shared {
    pub(crate) fn new(sides: Sides, options: WorkerOptions, signals: Signals) -> Self {
        let mut random = options
            .seed
            .map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64);
        let id = uuid::Builder::from_random_bytes(random.random());
        let id = id.into_uuid().to_string();
        let now = sides.clock.now();
        let collections = Collections::new(&sides.registry, &options, now);
        let status = WorkerStatus {
            id: id.clone(),
            since: now,
            collections: collections.status(),
            ..WorkerStatus::default()
        };
        Self {
            id,
            machine: this_machine(),
            mappings: sides.registry.mappings(),
            sides,
            options,
            signals,
            status: watch::Sender::new(status),
            held: watch::Sender::new(Held::default()),
            notified: Notify::new(),
            recorded: Notify::new(),
            renewed: Notify::new(),
            entered: Notify::new(),
            collections: Mutex::new(collections),
            isolated: Mutex::default(),
            random: Mutex::new(random),
        }
    }

    /// Reads how the collections are.
    pub(crate) fn collections(&self) -> MutexGuard<'_, Collections> {
        lock(&self.collections)
    }

    /// Changes how the collection of a type is, and publishes it.
    pub(crate) fn update<T: Default>(
        &self,
        of: &str,
        change: impl FnOnce(&mut Collection, Moment) -> T,
    ) -> T {
        let moment = Moment {
            now: Instant::now(),
            at: self.sides.clock.now(),
            jitter: self.jitter(),
        };
        let mut collections = self.collections();
        let one = collections.find(of);
        let result = one.map(|one| change(one, moment)).unwrap_or_default();
        let new = collections.status();
        // Under the lock, so that an older status cannot replace a newer one.
        self.status.send_if_modified(|status| {
            let changes = status.collections != new;
            if changes {
                metrics::collections(&new);
                status.collections = new;
            }
            changes
        });
        result
    }

    /// Publishes what the worker is doing.
    pub(crate) fn enter(&self, state: WorkerState) {
        let now = self.sides.clock.now();
        self.status.send_if_modified(|status| {
            let changes = status.state != state;
            if changes {
                (status.state, status.since) = (state, now);
                metrics::state(state);
            }
            changes
        });
        self.entered.notify_waiters();
    }

    /// Waits for a state.
    ///
    /// Tasks go on in the order in which they came to wait; a watch wakes them in a random one, and a simulation
    /// could not be repeated.
    pub(crate) async fn reaches(&self, is_it: impl Fn(WorkerState) -> bool) {
        loop {
            let entered = self.entered.notified();
            if is_it(self.status.borrow().state) {
                return;
            }
            entered.await;
        }
    }

    pub(crate) fn isolated(&self) -> MutexGuard<'_, HashSet<EventRef>> {
        lock(&self.isolated)
    }

    /// Whether what was read then is not to be written any more: what guarded against its being older may have gone since. A process that
    /// was suspended notices by one of both clocks.
    pub(crate) fn is_too_old(&self, read_at: Instant, began: Timestamp) -> bool {
        let wall = self.sides.clock.now().duration_since(began);
        read_at.elapsed().max(wall.unsigned_abs()) > self.options.batch_max_age
    }

    /// A number from 0 to 1 for jitter.
    pub(crate) fn jitter(&self) -> f64 {
        lock(&self.random).random()
    }

    /// The pause after so many failures in a row.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        Backoff {
            base: self.options.backoff_base,
            cap: self.options.backoff_cap,
        }
        .delay(failures, self.jitter())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The host's name where the system shows it.
fn this_machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
