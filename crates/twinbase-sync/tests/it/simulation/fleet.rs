//! Workers on machines: they start, die, stop, and start again.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{task::JoinHandle, time::Instant};
use twinbase_sync::{
    Sides,
    worker::{Signals, Worker, WorkerOptions},
};
use twinbase_testkit::simulation::{SimClock, Simulation, registry};

/// Small, so that a backlog of some hundred events is more than a worker may hold.
const BATCH_EVENTS: u32 = 20;
const IN_FLIGHT: usize = 3;

/// An engine widens its batches up to this when most of what it reads is superseded.
const WIDEST: usize = 8;

/// What a worker may hold when it asks for more: its batches, and one of a collection that fails, which does not
/// count among them.
const MAY_HOLD: usize = (IN_FLIGHT + 1) * BATCH_EVENTS as usize * WIDEST;

/// A place for a worker.
struct Slot {
    clock: SimClock,
    worker: Option<Running>,
    starts_at: Instant,
}

struct Running {
    caller: usize,
    worker: Worker,
    signals: Signals,
}

pub(super) struct Fleet {
    sim: Simulation,
    slots: Vec<Slot>,
    /// Workers that finish what they have in hand.
    stopping: Vec<(usize, JoinHandle<()>)>,
    random: StdRng,
}

impl Fleet {
    /// One to three workers.
    pub(super) fn new(sim: Simulation, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed.rotate_left(32));
        let count = random.random_range(1..=3);
        let slots = (0..count)
            .map(|_| Slot {
                clock: sim.clock(),
                worker: None,
                starts_at: Instant::now(),
            })
            .collect();
        Self {
            sim,
            slots,
            stopping: Vec::new(),
            random,
        }
    }

    pub(super) fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    /// Ends the workers whose processes have ended, and starts those whose time has come.
    pub(super) fn tend(&mut self) {
        for dead in self.sim.crashed() {
            let rest = Duration::from_millis(self.random.random_range(10..6_000));
            let mut slots = self.slots.iter_mut();
            let is_it = |slot: &&mut Slot| slot.worker.as_ref().is_some_and(|w| w.caller == dead);
            if let Some(slot) = slots.find(is_it) {
                slot.end(Instant::now() + rest);
            }
            for (caller, stopping) in &self.stopping {
                if *caller == dead {
                    stopping.abort();
                }
            }
        }
        self.stopping
            .retain(|(_, stopping)| !stopping.is_finished());
        for slot in &mut self.slots {
            if slot.worker.is_none() && slot.starts_at <= Instant::now() {
                slot.start(&self.sim, self.random.random());
                self.sim.count("worker started");
            }
        }
    }

    /// Stops one in order; it may take its time over what it has in hand.
    pub(super) fn stop_one(&mut self) {
        let at = self.random.random_range(0..self.slots.len());
        let slot = &mut self.slots[at];
        if let Some(running) = slot.worker.take() {
            self.sim.count("worker stopped");
            let stopping = tokio::spawn(running.worker.stop());
            self.stopping.push((running.caller, stopping));
            slot.starts_at = Instant::now() + Duration::from_secs(1);
        }
    }

    /// Ends one without a word, for some seconds.
    pub(super) fn kill_one(&mut self) {
        let at = self.random.random_range(0..self.slots.len());
        let rest = Duration::from_millis(self.random.random_range(500..5_000));
        self.slots[at].end(Instant::now() + rest);
    }

    /// Ends the one that leads, if one does.
    pub(super) fn kill_leader(&mut self) {
        let leads = |slot: &&mut Slot| {
            let running = slot.worker.as_ref();
            running.is_some_and(|running| running.worker.status().leads)
        };
        let rest = Duration::from_millis(self.random.random_range(10..3_000));
        if let Some(slot) = self.slots.iter_mut().find(leads) {
            slot.end(Instant::now() + rest);
            self.sim.count("leader killed");
        }
    }

    /// Ends all without a word: they begin again at the next tick.
    pub(super) fn kill_all(&mut self) {
        for slot in &mut self.slots {
            slot.end(Instant::now());
        }
        for (_, stopping) in self.stopping.drain(..) {
            stopping.abort();
        }
    }

    /// Both sides as a command sees them.
    pub(super) fn visitor(&self) -> Sides {
        sides(&self.sim, self.sim.clock()).1
    }

    /// Sets a clock to another time.
    pub(super) fn jump(&mut self) {
        let most = i64::try_from(SimClock::MOST_OFF.as_millis()).expect("a small number");
        let at = self.random.random_range(0..self.slots.len());
        let millis = self.random.random_range(-most..=most);
        self.slots[at].clock.set_off(millis);
        self.sim.count("clock jump");
    }

    /// Tells one worker of a commit, as its own process would.
    pub(super) fn wake_one(&mut self) {
        let at = self.random.random_range(0..self.slots.len());
        if let Some(running) = &self.slots[at].worker {
            running.signals.wake.notify();
        }
    }

    /// How many places for workers there are.
    pub(super) fn size(&self) -> usize {
        self.slots.len()
    }

    /// The ids of those that live.
    pub(super) fn ids(&self) -> Vec<String> {
        let running = self.slots.iter().flat_map(|slot| &slot.worker);
        running.map(|running| running.worker.status().id).collect()
    }
}

/// Both sides as a new caller sees them.
pub(super) fn sides(sim: &Simulation, clock: SimClock) -> (usize, Sides) {
    let (caller, primary, replica) = sim.join(MAY_HOLD);
    let sides = Sides {
        primary,
        replica,
        registry: registry(),
        clock: std::sync::Arc::new(clock),
    };
    (caller, sides)
}

impl Slot {
    fn start(&mut self, sim: &Simulation, seed: u64) {
        let (caller, sides) = sides(sim, self.clock.clone());
        let options = WorkerOptions {
            batch_events: BATCH_EVENTS,
            batches_in_flight: IN_FLIGHT,
            // Short of an hour, so that no head is forgotten: that takes longer than a history lasts.
            retention: Duration::from_mins(2),
            verify_every: Some(Duration::from_mins(2)),
            seed: Some(seed),
            ..WorkerOptions::default()
        };
        let signals = Signals::default();
        self.worker = Some(Running {
            caller,
            worker: Worker::start(sides, options, signals.clone()).expect("valid options"),
            signals,
        });
    }

    fn end(&mut self, starts_at: Instant) {
        if let Some(running) = self.worker.take() {
            running.worker.abort();
        }
        self.starts_at = starts_at;
    }
}
