//! Rebuilds beside everything that goes wrong, and people who pause, cancel and undo them.

use std::{num::NonZeroU32, time::Duration};

use rand::Rng as _;
use tokio::time::{Instant, timeout};
use twinbase_core::primary::Phase;
use twinbase_sync::{
    operate::Outbox,
    rebuild::{RebuildOptions, Rebuilds},
    worker::Signals,
};

use super::{
    history::{History, RECOVERED},
    readers,
};

/// How long collections are rebuilt again and again.
const LASTS: Duration = Duration::from_mins(4);

/// At how many ticks something is written where little is.
const SELDOM: f64 = 0.03;

/// A command that takes longer has met a death.
const LOST: Duration = Duration::from_mins(2);

/// How many documents somebody changes meanwhile, once.
const DAMAGED: usize = 3;

/// The collections that are rebuilt.
const COLLECTIONS: [&str; 2] = ["notes", "labels"];

/// What a person does to a rebuild.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Start,
    Pause,
    Resume,
    Cancel,
    RollBack,
}

impl History {
    /// Collections are rebuilt, again and again, while readers look and everything goes wrong but for refusals.
    pub(super) async fn rebuild(&mut self) {
        let seed = self.fleet.random().random();
        let _readers = readers::start(&self.sim, 2, seed);
        if self.fleet.random().random() {
            self.sim.cure();
        }
        self.sim.rough();
        let end = Instant::now() + LASTS;
        // Where little is written, what was deleted before a rebuild stays deleted until long after it.
        let share = [1.0, SELDOM][self.fleet.random().random_range(0..2)];
        while Instant::now() < end && self.sim.goes_well() {
            self.tick().await;
            if self.fleet.random().random_bool(share) {
                self.write();
            }
            self.meddle_with_rebuilds();
            match self.fleet.random().random_range(0..2_000) {
                0..4 => self.fleet.jump(),
                4..8 => self.fleet.kill_leader(),
                8..10 => self.fleet.kill_one(),
                10..12 => self.fleet.stop_one(),
                12..16 => self.sim.meddle(),
                16 => drop(self.sim.damage(DAMAGED)),
                // What was applied before a rebuild, after it has begun.
                17..77 => self.sim.replay(),
                _ => {}
            }
        }
        self.lull().await;
        self.rebuilds_end().await;
        self.make_sure().await;
    }

    /// Somebody does something to a rebuild, now and then.
    pub(super) fn meddle_with_rebuilds(&mut self) {
        let draw = self.fleet.random().random_range(0..1_000);
        if draw >= 20 {
            return;
        }
        let random = self.fleet.random();
        let collection = COLLECTIONS[random.random_range(0..COLLECTIONS.len())];
        let verb = match (self.phase(collection), draw) {
            (Phase::Ended, _) | (_, 8) => Verb::Start,
            (Phase::Settling | Phase::Kept, 9..14) => Verb::RollBack,
            (_, 4..7) => Verb::Pause,
            (_, 7) => Verb::Cancel,
            _ => Verb::Resume,
        };
        self.command(verb, collection);
    }

    fn phase(&self, collection: &str) -> Phase {
        let record = self.sim.record(collection);
        let rebuild = record.and_then(|record| record.rebuild);
        rebuild.map_or(Phase::Ended, |rebuild| rebuild.phase)
    }

    fn command(&mut self, verb: Verb, collection: &'static str) {
        let rebuilds = Rebuilds::new(Outbox::new(self.fleet.visitor(), Signals::default()));
        let random = self.fleet.random();
        let options = RebuildOptions {
            keep: Duration::from_secs([0, 0, 20, 600][random.random_range(0..4)]),
            rate: [None, NonZeroU32::new(10)][random.random_range(0..2)],
        };
        tokio::spawn(async move {
            let done = async {
                match verb {
                    Verb::Start => rebuilds.start(collection, &options).await,
                    Verb::Pause => rebuilds.pause(collection).await,
                    Verb::Resume => rebuilds.resume(collection).await,
                    Verb::Cancel => rebuilds.cancel(collection).await,
                    Verb::RollBack => rebuilds.roll_back(collection).await,
                }
            };
            // Most are refused: there is nothing to be done that to.
            drop(timeout(LOST, done).await);
        });
    }

    /// When nothing goes wrong any more, every rebuild that does not rest comes to its end.
    async fn rebuilds_end(&mut self) {
        self.sim.cure();
        for collection in COLLECTIONS {
            let rebuilds = Rebuilds::new(Outbox::new(self.fleet.visitor(), Signals::default()));
            drop(rebuilds.resume(collection).await);
            self.rebuild_ends(collection).await;
            if self.phase(collection) == Phase::Kept {
                drop(rebuilds.roll_back(collection).await);
                self.rebuild_ends(collection).await;
            }
        }
    }

    async fn rebuild_ends(&mut self, collection: &str) {
        let began = Instant::now();
        while self.sim.goes_well() {
            if matches!(self.phase(collection), Phase::Kept | Phase::Ended) {
                return;
            }
            let what = format!("rebuilt: {:?}", self.sim.record(collection));
            self.sim.in_time(&what, began, RECOVERED);
            self.tick().await;
        }
    }
}
