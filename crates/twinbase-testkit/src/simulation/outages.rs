//! What lasts longer than one call: a side that is away, writes that are blocked, a collection that is refused.

use std::time::Duration;

use tokio::time::Instant;
use twinbase_core::ReplicaError;

use super::{Simulation, faults::Sabotage, oracle::Clause, world::World};

/// How often a worker may ask a side that does not do its work, for each minute of it.
///
/// A collection is tried again within 5 s at the latest, and sooner at first, by jitter in half the time; beside
/// that, leases are renewed each 2 s and the outbox is measured each 5 s.
const ASKS_A_MINUTE: u64 = 300;

/// The collection that may be refused alone.
const REFUSED: &str = "label";

/// Something that a server does not do for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// The primary is away.
    Primary,
    /// The replica is away.
    Replica,
    /// The replica refuses all writes, as when its disk is full.
    Writes,
    /// The replica refuses the writes of one collection.
    Collection,
    /// The replica cannot make the indexes of one collection.
    Prepare,
}

impl Outage {
    /// All of them, with their names in tallies.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Primary, "outage: primary away"),
        (Self::Replica, "outage: replica away"),
        (Self::Writes, "outage: writes blocked"),
        (Self::Collection, "outage: collection refused"),
        (Self::Prepare, "outage: indexes refused"),
    ];
}

/// Until when each lasts or has lasted, and how often it was met since it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outages {
    until: [Instant; Outage::ALL.len()],
    met: [u64; Outage::ALL.len()],
}

impl Outages {
    pub(super) const fn new(start: Instant) -> Self {
        Self {
            until: [start; Outage::ALL.len()],
            met: [0; Outage::ALL.len()],
        }
    }

    pub(super) fn begin(&mut self, outage: Outage, lasts: Duration) {
        self.until[outage as usize] = Instant::now() + lasts;
        self.met[outage as usize] = 0;
    }

    pub(super) fn end_all(&mut self) {
        let now = Instant::now();
        self.until = self.until.map(|until| until.min(now));
    }

    /// Whether a call meets it.
    pub(super) fn meets(&mut self, outage: Outage) -> bool {
        let meets = self.until[outage as usize] > Instant::now();
        self.met[outage as usize] += u64::from(meets);
        meets
    }

    /// Until when the events of a type could not be applied.
    pub(super) fn excuses(&self, aggregate_type: &str) -> Instant {
        let all = [Outage::Primary, Outage::Replica, Outage::Writes];
        let own = (aggregate_type == REFUSED).then_some(Outage::Collection);
        let until = all.into_iter().chain(own).map(|of| self.until[of as usize]);
        until.fold(self.until[0], Instant::max)
    }
}

impl World {
    /// Why the replica does not write to a collection now.
    pub(super) fn refusal(
        &mut self,
        operation: &'static str,
        of_type: &str,
    ) -> Option<ReplicaError> {
        let is_near = self.sabotage == Some(Sabotage::RefusesTheNeighbours);
        let is_it = is_near || of_type == REFUSED;
        let reason = if self.outages.meets(Outage::Writes) {
            "writes are blocked"
        } else if is_it && operation != "prepare" && self.outages.meets(Outage::Collection) {
            "this collection is refused"
        } else if is_it && operation == "prepare" && self.outages.meets(Outage::Prepare) {
            "an index of this collection is refused"
        } else {
            return None;
        };
        Some(ReplicaError::Refused {
            operation,
            reason: reason.into(),
        })
    }
}

impl Simulation {
    /// Begins an outage.
    pub fn outage(&self, outage: Outage, lasts: Duration) {
        let mut world = self.world();
        world.trace.count(Outage::ALL[outage as usize].1);
        world.outages.begin(outage, lasts);
    }

    /// Judges how often so many workers have asked since an outage began that has lasted so long. Returns how often.
    pub fn asked_at_most(&self, outage: Outage, lasted: Duration, workers: usize) -> u64 {
        let mut world = self.world();
        let met = world.outages.met[outage as usize];
        let minutes = lasted.as_secs().div_ceil(60);
        let bound = match world.sabotage {
            Some(Sabotage::AllowsOneCall) => 1,
            _ => ASKS_A_MINUTE * minutes * workers as u64,
        };
        if met > bound {
            let detail = format!("{workers} workers met {outage:?} {met} times in {lasted:?}");
            world.broken(Clause::NobodyHammers, detail);
        }
        met
    }
}
