//! What happens beside the workers: commits, operators, outages, and what is wrong with aggregates.

use std::time::Duration;

use rand::{Rng as _, seq::IteratorRandom as _};
use tokio::time::sleep;
use twinbase_core::{
    AggregateId,
    primary::{EventFilter, EventStatus, PauseScope},
};

use super::{
    Simulation,
    faults::Weather,
    keys::{KeyNumber, Poison},
    outages::Outage,
    world::World,
};

/// As many as there are.
const ALL: u32 = u32::MAX;

/// How much a primary forgets of what it has answered when it crashes before its marks are on disk.
const MARKS_LOST: Duration = Duration::from_millis(800);

/// What a program expects of a replica and of a row. A panic is an error of the program, and rarer.
const HARMLESS: [Poison; 3] = [Poison::Named, Poison::Unmappable, Poison::Unreadable];

/// How old the events are that somebody has applied again, at most.
const REPLAYED: Duration = Duration::from_mins(5);

/// The share of events by foreign writers that leave out what did not change.
const PARTIAL: f64 = 0.1;

impl Simulation {
    /// Calls go wrong from now on, as the seed has it.
    pub fn storm(&self) {
        let mut world = self.world();
        world.weather = Weather::storm(&mut world.random);
        world.spread_poison(&HARMLESS, 0.06);
        world.spread_poison(&[Poison::Panics], 0.01);
    }

    /// Calls go wrong from now on, but the replica refuses nothing.
    pub fn rough(&self) {
        let mut world = self.world();
        world.weather = Weather::storm(&mut world.random).without_refusals();
    }

    /// No call goes wrong from now on, and nothing is paused. What is on its way stays on its way, and what
    /// is poison stays poison, but for half of it: somebody repaired that, and retries what failed.
    pub fn lull(&self) {
        let mut world = self.world();
        world.weather = Weather::default();
        world.outages.end_all();
        world.database.pauses.clear();
        for key in 0..world.subjects.len() {
            if world.random.random() {
                world.poison(key, None);
            }
        }
        world.retry(&of(EventStatus::Failed), ALL);
    }

    /// Nothing goes wrong but for one more aggregate in six, which is poison.
    pub fn calm_with_poison(&self) {
        let mut world = self.world();
        world.spread_poison(&HARMLESS, 0.16);
    }

    /// Commits so many changes, some of them late, and tells those who listen.
    pub fn write(&self, count: u32) {
        for _ in 0..count {
            let mut world = self.world();
            let key = world.pick();
            if world.subjects[key].locked {
                continue;
            }
            let deletes = world.decides_to_delete(key);
            let number = world.next_change();
            let payload = (!deletes).then(|| world.subjects[key].next_payload(number));
            let mut open = world.open(key, payload);
            // A foreign writer may leave out what it did not change.
            if world.random.random_bool(PARTIAL) {
                let only_id = || world.subjects[key].only_id().into();
                open.row.payload = open.row.payload.map(|_| only_id());
            } else {
                let registered = &world.database.mappings;
                open.row.mapping = registered.get(&open.row.record.aggregate_type).copied();
            }
            if world.random.random_bool(0.96) {
                world.commit(open);
                continue;
            }
            let lasts = Duration::from_millis(world.random.random_range(20..5_000));
            let shared = self.clone();
            tokio::spawn(async move {
                sleep(lasts).await;
                shared.world().commit(open);
            });
        }
        if self.world().random.random() {
            self.hints.notify_waiters();
        }
    }

    /// Somebody has old events applied again, of aggregates that are deleted by now.
    pub fn replay(&self) {
        let mut world = self.world();
        let world = &mut *world;
        let since = world.now().saturating_sub(REPLAYED).unwrap_or_default();
        let rows = world.database.events.values().filter(|row| {
            let subject = &world.subjects[row.key];
            let is_done = row.record.status == EventStatus::Applied;
            let is_over = subject.is_deleted_at(subject.head()) && !subject.is_heartbeat();
            is_done && is_over && row.payload.is_some() && row.record.created_at > since
        });
        let rows = rows.map(|row| row.record.at.seq);
        for seq in rows.choose_multiple(&mut world.random, 3) {
            world.database.alter(seq, |row| {
                row.record.processed_at = None;
                row.committed = tokio::time::Instant::now();
            });
            world.trace.count("operator: replay");
        }
    }

    /// Something is wrong with an aggregate from now on, or nothing any more.
    pub fn poison(&self, aggregate_type: &str, id: &AggregateId, poison: Option<Poison>) {
        let mut world = self.world();
        let key = world.number(aggregate_type, id);
        world.poison(key, poison);
    }

    /// The primary crashes, and forgets the marks that were not on disk.
    pub fn crash_primary(&self) {
        self.world().take_back_marks(MARKS_LOST);
    }

    /// Something that an operator does, or that happens to a whole side.
    pub fn meddle(&self) {
        let mut world = self.world();
        let limit = world.random.random_range(1..20);
        match world.random.random_range(0..10) {
            0 => drop(world.retry(&EventFilter::default(), limit)),
            1 => drop(world.retry(&of(EventStatus::Failed), ALL)),
            2 => drop(world.discard(&of(EventStatus::Failed), "a person", limit)),
            3 => drop(world.discard(&of(EventStatus::Pending), "a person", 1)),
            4 => drop(world.restore(&EventFilter::default(), limit)),
            5 => self.pause(&mut world, PauseScope::Everything),
            6 => self.pause(&mut world, PauseScope::Collection("notes".into())),
            7 => world.take_back_marks(MARKS_LOST),
            _ => {
                let (outage, _) = Outage::ALL[world.random.random_range(0..Outage::ALL.len())];
                let lasts = Duration::from_millis(world.random.random_range(500..15_000));
                drop(world);
                self.outage(outage, lasts);
            }
        }
    }

    /// Pauses for some seconds.
    fn pause(&self, world: &mut World, scope: PauseScope) {
        world.pause(&scope, "a person");
        let lasts = Duration::from_millis(world.random.random_range(500..8_000));
        let shared = self.clone();
        tokio::spawn(async move {
            sleep(lasts).await;
            shared.world().resume(&scope);
        });
    }
}

fn of(status: EventStatus) -> EventFilter {
    EventFilter {
        status: Some(status),
        ..EventFilter::default()
    }
}

impl World {
    /// The number of a change; it is never given again, whatever is put back.
    fn next_change(&mut self) -> i64 {
        self.changes += 1;
        self.changes
    }

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
    pub(super) fn pick(&mut self) -> KeyNumber {
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
