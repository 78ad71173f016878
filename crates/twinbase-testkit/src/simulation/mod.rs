//! Two sides in memory that go wrong in every way that a seed can think of, and an oracle beside them.
//!
//! The engine that is tested is the real one; it runs in virtual time on one thread, and whatever is random
//! comes from one seed, so a seed is a whole history and can be told again. A [`Simulation`] is
//! what both sides are: tables, documents, what happens to each call (`world`, `faults`), and what
//! lasts longer than one (`outages`).
//! [`SimPrimary`] and [`SimReplica`] are how one worker sees them. `oracle` judges each write, mark and
//! charge at the moment at which it happens; what can only be judged later is judged by [`Simulation::complete`],
//! [`Simulation::wait_at_most`] and [`Simulation::hold_all`].
//!
//! A call that is on its way goes on when its worker dies: that is what makes late deliveries.

mod clock;
mod damage;
mod database;
mod documents;
mod end;
mod faults;
mod keys;
mod oracle;
mod outages;
mod primary;
mod reads;
mod rebuilds;
mod replica;
mod trace;
mod workload;
mod world;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::AggregateId;

pub use clock::{SimClock, pass_until};
pub use damage::{Backup, PutBack};
pub use faults::{Fault, LONGEST_HOLD, Sabotage};
pub use keys::{Poison, registry};
pub use oracle::{Clause, Violation};
pub use outages::Outage;
pub use primary::SimPrimary;
pub use reads::Seen;
pub use replica::SimReplica;
pub use trace::{Line, Report};
pub use world::Simulation;

use clock::EPOCH;
use keys::subjects;
use world::World;

impl Simulation {
    /// A history that begins now, with `keys` aggregates of each type. Needs a runtime whose time is paused.
    pub fn new(seed: u64, keys: usize, sabotage: Option<Sabotage>) -> Self {
        let mut world = World::new(seed, EPOCH, subjects(keys), sabotage);
        let schemas: Vec<_> = registry().all().cloned().collect();
        world.database.register(&schemas);
        let names = schemas
            .iter()
            .map(|of| (of.aggregate_type.clone(), of.collection.clone()));
        world.collection_of = names.collect();
        Self::of(world)
    }

    /// Two empty sides at a time by their clock, for programs that write to them by themselves.
    pub fn empty(now: Timestamp) -> Self {
        Self::of(World::new(0, now, Vec::new(), None))
    }

    /// Commits an event as a program that knows nothing of Twinbase would; the aggregate becomes its payload.
    pub fn insert_event(&self, aggregate_type: &str, id: &AggregateId, payload: &str) {
        let mut world = self.world();
        let key = world.number(aggregate_type, id);
        let open = world.open(key, Some(payload.into()));
        world.commit(open);
    }

    /// Both sides as a new worker sees them, and the number under which it is known. It may hold
    /// so many events when it asks for more.
    pub fn join(&self, may_hold: usize) -> (usize, Arc<SimPrimary>, Arc<SimReplica>) {
        let caller = self.world().new_caller();
        let primary = SimPrimary {
            shared: self.clone(),
            caller,
            may_hold,
        };
        let replica = SimReplica {
            shared: self.clone(),
            caller,
        };
        (caller, Arc::new(primary), Arc::new(replica))
    }

    /// A clock for a worker.
    pub fn clock(&self) -> SimClock {
        SimClock::new(self.world().start)
    }

    /// Ends when a worker's process ends, or has ended since the last call.
    pub async fn crash(&self) {
        self.crash.notified().await;
    }

    /// The workers whose processes have ended since the last call.
    pub fn crashed(&self) -> Vec<usize> {
        std::mem::take(&mut self.world().crashed)
    }

    /// Notes something that happened beside the sides.
    pub fn count(&self, what: &'static str) {
        self.world().trace.count(what);
    }

    /// How many calls the sides had.
    pub fn steps(&self) -> u64 {
        self.world().trace.steps
    }

    /// Whether no promise has been broken.
    pub fn goes_well(&self) -> bool {
        self.world().trace.violation.is_none()
    }

    /// What happened so far.
    pub fn report(&self) -> Report {
        let world = self.world();
        Report {
            events: world.database.last_seq,
            ..world.trace.clone()
        }
    }

    /// Since when it runs, in virtual time.
    pub fn elapsed(&self) -> Duration {
        Instant::now().duration_since(self.world().start)
    }
}
