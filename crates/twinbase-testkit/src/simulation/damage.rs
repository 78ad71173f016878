//! What happens to a whole side behind everybody's back: documents that somebody changes, and a side that is put back.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bson::doc;
use rand::{Rng as _, seq::IteratorRandom as _};
use tokio::time::Instant;
use twinbase_core::{Body, Change, Version};

use super::{
    Simulation,
    database::Database,
    keys::{Copied, KeyNumber, Subject},
    oracle::Clause,
    world::World,
};

/// Both sides as they were at one moment.
pub struct Backup {
    database: Database,
    /// Of each aggregate, its payloads by version.
    histories: Vec<BTreeMap<i64, Option<Arc<str>>>>,
    /// Of each aggregate, what each physical collection has of it.
    copies: Vec<BTreeMap<Arc<str>, Copied>>,
}

/// A side that is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutBack {
    /// What was committed since the copy is lost.
    Primary,
    /// What was applied since the copy is lost.
    Replica,
}

impl PutBack {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 2] = [
        (Self::Primary, "primary put back"),
        (Self::Replica, "replica put back"),
    ];
}

/// What somebody does to a document.
const DAMAGE: [&str; 4] = [
    "drift: changed",
    "drift: removed",
    "drift: added",
    "drift: raised",
];

impl Simulation {
    /// The names of what somebody does to documents.
    pub fn damages() -> impl Iterator<Item = &'static str> {
        DAMAGE.into_iter()
    }

    /// Somebody repaired what was poison, and nothing was discarded: from now on both sides can agree.
    pub fn cure(&self) {
        let mut world = self.world();
        for key in 0..world.subjects.len() {
            world.poison(key, None);
            world.subjects[key].discarded.clear();
        }
        world.retry(&twinbase_core::primary::EventFilter::default(), u32::MAX);
    }

    /// Copies both sides.
    pub fn back_up(&self) -> Backup {
        let world = self.world();
        let histories = world.subjects.iter().map(|of| of.history.clone());
        let copies = world.subjects.iter().map(|of| of.copies.clone());
        Backup {
            histories: histories.collect(),
            copies: copies.collect(),
            database: world.database.clone(),
        }
    }

    /// Puts a side back, while no worker runs: what happened to it since is lost, and so is what is open.
    pub fn put_back(&self, side: PutBack, backup: &Backup) {
        let mut world = self.world();
        let name = PutBack::ALL.iter().find(|(of, _)| *of == side);
        world.trace.count(name.map_or("", |(_, name)| *name));
        if side == PutBack::Primary {
            world.era += 1;
            world.database = backup.database.clone();
        }
        for key in 0..world.subjects.len() {
            let subject = &mut world.subjects[key];
            match side {
                PutBack::Primary => {
                    subject.history = backup.histories.get(key).cloned().unwrap_or_default();
                    subject.locked = false;
                    // Attempts that were recorded since are lost with the rest.
                    subject.charged = 0;
                }
                PutBack::Replica => {
                    let before = backup.copies.get(key).cloned().unwrap_or_default();
                    for (physical, copy) in &mut subject.copies {
                        *copy = before.get(physical).cloned().unwrap_or_default();
                    }
                }
            }
            for copy in subject.copies.values_mut() {
                copy.restart();
                copy.is_damaged = true;
            }
        }
    }

    /// Whether the floor of versions was raised since a side was put back.
    pub fn is_unproven(&self) -> bool {
        self.world().database.raised.is_some()
    }

    /// Damages so many documents behind everybody's back. Returns the ids of their aggregates, by type.
    pub fn damage(&self, count: usize) -> Vec<(String, String)> {
        let mut world = self.world();
        let world = &mut *world;
        let is_whole = |key: &KeyNumber| {
            let subject = &world.subjects[*key];
            !subject.is_heartbeat() && !subject.locked && subject.head() > 0
        };
        let whole = (0..world.subjects.len()).filter(is_whole);
        let chosen = whole.choose_multiple(&mut world.random, count);
        let mut damaged = Vec::new();
        for key in chosen {
            let how = world.random.random_range(0..2);
            let physical = world.serving(key).as_ref().into();
            let what = world.subjects[key].damage(&physical, how);
            world.trace.count(what);
            let of = &world.subjects[key].key;
            damaged.push((of.aggregate_type.to_string(), of.id.to_string()));
        }
        damaged.sort();
        damaged
    }

    /// Both sides were found to agree: what was damaged is mended, where readers find it.
    pub fn trust(&self) {
        let mut world = self.world();
        for key in 0..world.subjects.len() {
            let physical = world.serving(key).as_ref().into();
            let copy = world.subjects[key].copy(&physical);
            copy.restart();
            world.subjects[key].mend(&physical);
        }
    }

    /// Judges that something has happened in time.
    pub fn in_time(&self, what: &str, since: Instant, within: Duration) {
        if since.elapsed() > within {
            let detail = format!("it was not {what} within {within:?}");
            self.world().broken(Clause::Proof, detail);
        }
    }

    /// Judges what a verification found while nothing was written.
    pub fn judge_proof(&self, damaged: &[(String, String)], found: &[(String, String)]) {
        if damaged != found {
            let detail = format!("{damaged:?} were damaged and {found:?} were found");
            self.world().broken(Clause::Proof, detail);
        }
    }
}

impl Copied {
    /// From now on what it has counts, and nothing that it had before.
    fn restart(&mut self) {
        self.highest = self.kept.as_ref().map_or(0, |kept| kept.version.get());
    }
}

impl Subject {
    /// One of two ways to damage what it has in a physical collection.
    fn damage(&mut self, physical: &Arc<str>, how: u32) -> &'static str {
        let head = self.head();
        let made_up = Body::Document(doc! { "text": "made up" });
        let change = |version, body| {
            Some(Change {
                id: self.key.id.clone(),
                version: Version::new(version),
                body,
            })
        };
        let (kept, what) = match (self.is_deleted_at(head), how) {
            (false, 0) => (change(head, made_up), 0),
            (false, _) => (None, 1),
            (true, 0) => (change(head, made_up), 2),
            (true, _) => (change(head + 5, made_up), 3),
        };
        // What is written below a version that somebody made up is superseded until that is mended.
        let version = kept.as_ref().map_or(0, |kept| kept.version.get());
        let copy = self.copy(physical);
        copy.kept = kept;
        copy.highest = copy.highest.max(version);
        copy.is_damaged = true;
        DAMAGE[what]
    }
}

impl World {
    /// Whether a touch is only said to have happened.
    pub(super) fn forgets_touches(&self) -> bool {
        self.sabotage == Some(super::faults::Sabotage::ForgetsTouches)
    }
}
