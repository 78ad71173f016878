//! One history: calm, storm, lull, and again, on one thread in virtual time.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::Instant;
use twinbase_testkit::simulation::{Outage, PutBack, Report, Sabotage, Simulation, pass_until};

use super::fleet::Fleet;

/// How many aggregates of each type there are.
const KEYS: usize = 40;

/// How often something happens beside the workers.
const TICK: Duration = Duration::from_millis(50);

/// How many times a storm comes.
const ROUNDS: u64 = 2;

/// How long a calm lasts, before and after the death in it.
const CALM: Duration = Duration::from_secs(20);

/// How long an outage in a calm lasts: workers have long backed off by then, and a history lasts longer than a tombstone.
const OUTAGE: Duration = Duration::from_mins(4);

/// Longer than a tombstone lives by any clock.
const NAP: Duration = Duration::from_mins(12);

/// In a calm, an event of a healthy aggregate is applied within this while one aggregate in six is
/// poison: events that shared a batch with one that panics are tried one by one.
const STARVES: Duration = Duration::from_secs(10);

/// The same when a worker dies: a lease lives 7 s, and others look each 2 s.
const TAKEN_OVER: Duration = Duration::from_secs(10);

/// After the last fault everything is applied within this: a call is held for up to 90 s, a clock that jumped by 45 s
/// back makes a retry wait 90 s longer than its minute, leases of the dead end, and an event that kills
/// must kill its worker some five times with a lease's time in between.
pub(super) const RECOVERED: Duration = Duration::from_mins(8);

/// What a history was, and its longest waits.
pub(super) struct Told {
    pub(super) report: Report,
    pub(super) lasted: Duration,
    /// The longest that an event of a healthy aggregate waited in a calm.
    pub(super) waited: Duration,
    /// The longest until nothing was missing after a storm.
    pub(super) recovered: Duration,
    /// How often each worker asked in one outage, at most.
    pub(super) asked: u64,
}

/// Tells the history of a seed, in about so many calls.
pub(super) fn tell(seed: u64, steps: u64, sabotage: Option<Sabotage>) -> Told {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        // The time of a runtime is known inside of it only.
        .block_on(async { History::new(seed, sabotage).tell(steps).await })
}

pub(super) struct History {
    seed: u64,
    pub(super) sim: Simulation,
    pub(super) fleet: Fleet,
    /// How much is written at a tick at most.
    rate: u32,
    waited: Duration,
    recovered: Duration,
    asked: u64,
}

impl History {
    fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        let sim = Simulation::new(seed, KEYS, sabotage);
        let mut fleet = Fleet::new(sim.clone(), seed);
        Self {
            seed,
            sim,
            rate: fleet.random().random_range(1..=6),
            fleet,
            waited: Duration::ZERO,
            recovered: Duration::ZERO,
            asked: 0,
        }
    }

    async fn tell(mut self, steps: u64) -> Told {
        for round in 1..=ROUNDS {
            self.sim.calm_with_poison();
            self.calm(STARVES).await;
            self.death().await;
            // Seeds in a row have all of them.
            let of = usize::try_from(self.seed + round).unwrap_or_default();
            self.outage(Outage::ALL[of % Outage::ALL.len()].0).await;
            self.storm(steps * round / ROUNDS).await;
            self.lull().await;
            if self.sim.goes_well() {
                self.rebuild().await;
            }
            if self.sim.goes_well() {
                self.damage().await;
            }
            if self.sim.goes_well() && (self.seed + round).is_multiple_of(2) {
                // Seeds in a row have both sides.
                let (side, _) = PutBack::ALL[of / 2 % PutBack::ALL.len()];
                self.put_back(side).await;
            }
            if self.seed.is_multiple_of(5) && round < ROUNDS {
                self.nap().await;
            }
        }
        Told {
            report: self.sim.report(),
            lasted: self.sim.elapsed(),
            waited: self.waited,
            recovered: self.recovered,
            asked: self.asked,
        }
    }

    /// Waits until the next tick, and sees to workers that die before it.
    pub(super) async fn tick(&mut self) {
        let next = Instant::now() + TICK;
        loop {
            self.fleet.tend();
            tokio::select! {
                biased;
                () = self.sim.crash() => {}
                () = pass_until(next) => return,
            }
        }
    }

    pub(super) fn write(&mut self) {
        let random = self.fleet.random();
        let burst = random.random_bool(0.002);
        let count = random.random_range(0..=self.rate);
        self.sim.write(if burst { 400 } else { count });
        if self.fleet.random().random() {
            self.fleet.wake_one();
        }
    }

    async fn calm(&mut self, bound: Duration) {
        let end = Instant::now() + CALM;
        while Instant::now() < end && self.sim.goes_well() {
            self.tick().await;
            self.write();
            self.waited = self.waited.max(self.sim.wait_at_most(bound));
        }
    }

    /// A worker dies in the calm.
    async fn death(&mut self) {
        self.fleet.kill_one();
        let died = Instant::now();
        while !self.sim.hold_all(&self.fleet.ids()) && self.sim.goes_well() {
            self.tick().await;
            self.write();
            if died.elapsed() > TAKEN_OVER {
                self.sim.must_hold_all(&self.fleet.ids(), died.elapsed());
            }
        }
        self.calm(TAKEN_OVER + STARVES).await;
    }

    /// Something is away or refused for minutes: it is not hammered, no failed attempt is recorded, and nobody
    /// else waits for it. The primary forgets marks when it is back.
    async fn outage(&mut self, outage: Outage) {
        self.sim.outage(outage, OUTAGE);
        let bound = match outage {
            Outage::Collection => STARVES,
            _ => TAKEN_OVER + STARVES,
        };
        if outage == Outage::Prepare {
            // Who starts anew prepares.
            self.fleet.kill_one();
        }
        let began = Instant::now();
        while began.elapsed() < OUTAGE && self.sim.goes_well() {
            self.tick().await;
            if self.fleet.random().random_bool(0.1) {
                self.write();
            }
            self.waited = self.waited.max(self.sim.wait_at_most(bound));
        }
        let workers = self.fleet.size();
        let asked = self.sim.asked_at_most(outage, OUTAGE, workers);
        self.asked = self.asked.max(asked / workers as u64);
        if outage == Outage::Primary {
            self.sim.crash_primary();
        }
        self.calm(bound).await;
    }

    async fn storm(&mut self, until: u64) {
        self.sim.storm();
        while self.sim.steps() < until && self.sim.goes_well() {
            self.tick().await;
            self.write();
            match self.fleet.random().random_range(0..400) {
                0..4 => self.sim.meddle(),
                4..8 => self.fleet.jump(),
                8 => self.fleet.stop_one(),
                9 => self.sim.replay(),
                _ => {}
            }
            self.meddle_with_rebuilds();
        }
    }

    /// Nothing is written until tombstones are gone.
    async fn nap(&mut self) {
        let end = Instant::now() + NAP;
        while Instant::now() < end && self.sim.goes_well() {
            self.tick().await;
        }
    }

    pub(super) async fn lull(&mut self) {
        self.sim.lull();
        let began = Instant::now();
        // A transaction that is open may still commit.
        pass_until(began + Duration::from_secs(5)).await;
        while self.sim.missing().is_some() && began.elapsed() < RECOVERED && self.sim.goes_well() {
            self.tick().await;
        }
        self.recovered = self.recovered.max(began.elapsed());
        // The next calm shall be one.
        while !self.sim.is_quiet() && self.sim.goes_well() {
            self.tick().await;
        }
        if self.sim.goes_well() {
            self.sim.complete(began.elapsed());
        }
    }
}
