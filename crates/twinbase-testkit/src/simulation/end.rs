//! What the oracle judges over time: completeness, waiting, leases.

use std::time::Duration;

use tokio::time::Instant;
use twinbase_core::{Body, HEARTBEAT};

use super::{
    Simulation,
    keys::{KeyNumber, Poison},
    oracle::{Clause, judge_wait},
    world::World,
};

impl Simulation {
    /// What is missing until everything that was not set aside is in the replica.
    pub fn missing(&self) -> Option<String> {
        self.shared.world().missing()
    }

    /// Whether no call is on its way for longer than calls take.
    pub fn is_quiet(&self) -> bool {
        let usual = Duration::from_millis(10);
        self.shared.world().busy_until < Instant::now() + usual
    }

    /// Judges that nothing is missing.
    pub fn complete(&self, waited: Duration) {
        let mut world = self.shared.world();
        if let Some(missing) = world.missing() {
            let detail = format!("{missing}, {waited:?} after the last fault");
            world.check(Err((Clause::Complete, detail)));
        }
    }

    /// Judges how long events of healthy aggregates wait; answers the longest wait.
    pub fn wait_at_most(&self, bound: Duration) -> Duration {
        let mut world = self.shared.world();
        let Some((seq, waited)) = world.longest_wait() else {
            return Duration::ZERO;
        };
        let row = &world.database.events[&seq];
        let verdict = judge_wait(&world.subjects[row.key], seq, row, waited, bound);
        world.check(verdict);
        waited
    }

    /// Whether these workers hold every partition by leases that have not expired.
    pub fn hold_all(&self, workers: &[String]) -> bool {
        let world = self.shared.world();
        world.partitions_of_all(workers) as usize == world.database.leases.len()
    }

    /// Judges that they do.
    pub fn must_hold_all(&self, workers: &[String], waited: Duration) {
        if !self.hold_all(workers) {
            let mut world = self.shared.world();
            let held = world.partitions_of_all(workers);
            let detail = format!("{waited:?} after a death only {held} partitions are held");
            world.check(Err((Clause::TakenOver, detail)));
        }
    }
}

impl World {
    fn missing(&self) -> Option<String> {
        let keys = 0..self.subjects.len();
        let behind = keys
            .filter(|key| *self.subjects[*key].schema != *HEARTBEAT)
            .find(|key| !self.is_there(*key) && !self.is_set_aside(*key));
        if let Some(key) = behind {
            let subject = &self.subjects[key];
            let found = self.documents.kept[key].as_ref().map(|kept| kept.version);
            let name = subject.key();
            return Some(format!(
                "{name} is at version {}, its document at {found:?}, poison {:?}, {}",
                subject.head(),
                subject.poison,
                self.events_of(key)
            ));
        }
        let mut waiting = self.database.waiting.iter().flatten();
        let (seq, waiting) = waiting.find(|(_, waiting)| {
            let subject = &self.subjects[waiting.key];
            *subject.schema != *HEARTBEAT && !is_refused(subject.poison)
        })?;
        let name = self.subjects[waiting.key].key();
        Some(format!("event {seq} of {name} waits"))
    }

    /// Its events that are not done, for people.
    fn events_of(&self, key: KeyNumber) -> String {
        let rows = self.database.events.iter();
        let open = rows.filter(|(_, row)| row.key == key && row.done.is_none());
        let open = open.map(|(seq, row)| format!("{seq} v{} x{}", row.version, row.retry_count));
        format!("open events {:?}", open.take(10).collect::<Vec<_>>())
    }

    fn is_there(&self, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        let head = subject.head();
        match &self.documents.kept[key] {
            // Its tombstone may have gone, or nothing was ever there.
            None => subject.is_deleted_at(head),
            Some(kept) if kept.version != head => false,
            Some(kept) => match &kept.body {
                Body::Tombstone(_) => subject.is_deleted_at(head),
                Body::Document(document) => {
                    !subject.is_deleted_at(head) && subject.is_content(head, document)
                }
            },
        }
    }

    /// Whether its newest event was discarded, or fails with good reason.
    fn is_set_aside(&self, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        let head = subject.head();
        let charged = self.database.charged.get(&key);
        let has_failed = charged.into_iter().flatten().any(|seq| {
            let row = &self.database.events[seq];
            row.version == head && row.has_failed() && subject.poison.is_some()
        });
        subject.discarded.contains(&head) || is_refused(subject.poison) || has_failed
    }
}

/// Whether what is wrong with it keeps its events from being applied, and does nothing worse. It
/// may take long until the last of them has failed: each is tried by itself.
fn is_refused(poison: Option<Poison>) -> bool {
    poison.is_some()
}
