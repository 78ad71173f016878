//! What happens beside the workers: commits, operators, outages, and what is wrong with aggregates.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::sleep;
use twinbase_core::primary::{EventFilter, EventStatus, PauseScope};

use super::{
    Simulation,
    faults::Weather,
    keys::{KeyNumber, Poison},
    world::World,
};

/// As many as there are.
const ALL: u32 = u32::MAX;

/// What a program expects of a replica and of a row. A panic is an error of the program, and rarer.
const HARMLESS: [Poison; 2] = [Poison::Named, Poison::Unmappable];

impl Simulation {
    /// Calls go wrong from now on, as the seed has it.
    pub fn storm(&self) {
        let mut world = self.shared.world();
        world.weather = Weather::storm(&mut world.random);
        world.spread_poison(&HARMLESS, 0.06);
        world.spread_poison(&[Poison::Panics], 0.01);
    }

    /// No call goes wrong from now on, and nothing is paused. What is on its way stays on its way, and what
    /// is poison stays poison, but for half of it: somebody repaired that, and retries what failed.
    pub fn lull(&self) {
        let mut world = self.shared.world();
        world.weather = Weather::default();
        world.away_until = [world.start; 2];
        world.database.pauses.clear();
        for key in 0..world.subjects.len() {
            if world.random.random() {
                world.poison(key, None);
            }
        }
        world.retry(&failed(), ALL);
    }

    /// Nothing goes wrong but for one more aggregate in six, which is poison.
    pub fn calm_with_poison(&self) {
        let mut world = self.shared.world();
        world.spread_poison(&HARMLESS, 0.16);
    }

    /// Commits so many changes, some of them late, and tells those who listen.
    pub fn write(&self, count: u32) {
        for _ in 0..count {
            let mut world = self.shared.world();
            let key = world.pick();
            if world.subjects[key].locked {
                continue;
            }
            let created = world.now();
            let deletes = world.decides_to_delete(key);
            let seq = world.begin(key);
            if world.random.random_bool(0.96) {
                world.commit(key, seq, deletes, created);
                continue;
            }
            let open = Duration::from_millis(world.random.random_range(20..5_000));
            let shared = self.shared.clone();
            tokio::spawn(async move {
                sleep(open).await;
                shared.world().commit(key, seq, deletes, created);
            });
        }
        if self.shared.world().random.random() {
            self.shared.hints.notify_waiters();
        }
    }

    /// Something that an operator does, or that happens to a whole side.
    pub fn meddle(&self) {
        let mut world = self.shared.world();
        let limit = world.random.random_range(1..20);
        match world.random.random_range(0..9) {
            0 => drop(world.retry(&EventFilter::default(), limit)),
            1 => drop(world.retry(&failed(), ALL)),
            2 => drop(world.discard(&failed(), "a person", limit)),
            3 => drop(world.discard(&pending(), "a person", 1)),
            4 => drop(world.restore(&EventFilter::default(), limit)),
            5 => self.pause(&mut world, PauseScope::Everything),
            6 => self.pause(&mut world, PauseScope::Collection("notes".into())),
            side => {
                let lasts = Duration::from_millis(world.random.random_range(500..15_000));
                world.outage(side - 7, lasts);
            }
        }
    }

    /// Pauses for some seconds.
    fn pause(&self, world: &mut World, scope: PauseScope) {
        world.pause(&scope, "a person");
        let lasts = Duration::from_millis(world.random.random_range(500..8_000));
        let shared = self.shared.clone();
        tokio::spawn(async move {
            sleep(lasts).await;
            shared.world().resume(&scope);
        });
    }
}

fn failed() -> EventFilter {
    of(EventStatus::Failed)
}

fn pending() -> EventFilter {
    of(EventStatus::Pending)
}

fn of(status: EventStatus) -> EventFilter {
    EventFilter {
        status: Some(status),
        ..EventFilter::default()
    }
}

impl World {
    fn spread_poison(&mut self, kinds: &[Poison], share: f64) {
        // Not the heartbeat, which is the last.
        for key in 0..self.subjects.len() - 1 {
            if self.random.random_bool(share) {
                let kind = kinds[self.random.random_range(0..kinds.len())];
                self.poison(key, Some(kind));
            }
        }
    }

    /// An aggregate to change: half of the changes are of few.
    fn pick(&mut self) -> KeyNumber {
        let all = self.subjects.len() - 1;
        let few = self.random.random_bool(0.5);
        self.random
            .random_range(0..if few { all.min(8) } else { all })
    }

    fn decides_to_delete(&mut self, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        !subject.is_deleted_at(subject.head()) && self.random.random_bool(0.2)
    }
}
