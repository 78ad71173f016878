//! What the oracle judges over time: completeness, waiting, leases.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use twinbase_core::{Partition, primary::EventRecord};

use super::{Simulation, database::EventRow, keys::KeyNumber, oracle::Clause, world::World};

impl Simulation {
    /// What is missing until every event is applied, discarded or failed, and each document as it has to be.
    pub fn missing(&self) -> Option<String> {
        self.world().missing()
    }

    /// Whether no call is on its way for longer than calls take.
    pub fn is_quiet(&self) -> bool {
        let usual = Duration::from_millis(10);
        self.world().busy_until < Instant::now() + usual
    }

    /// Judges that nothing is missing.
    pub fn complete(&self, waited: Duration) {
        let mut world = self.world();
        if let Some(missing) = world.missing() {
            let detail = format!("{missing}, {waited:?} after the last fault");
            world.broken(Clause::Complete, detail);
        }
        if let Some(event) = world.hidden() {
            let detail = format!("event {} has failed, and nothing tells why", event.id);
            world.broken(Clause::VisiblyFailed, detail);
        }
    }

    /// Judges how long events of healthy aggregates wait; answers the longest wait.
    pub fn wait_at_most(&self, bound: Duration) -> Duration {
        let mut world = self.world();
        let Some((row, waited)) = world.longest_wait() else {
            return Duration::ZERO;
        };
        if waited > bound {
            let subject = &world.subjects[row.key];
            let detail = format!(
                "event {} of {} at version {} of {} waits since {waited:?}, charged {} times, due {:?}",
                row.record.id,
                subject.key,
                row.record.version,
                subject.head(),
                row.record.retry_count,
                row.record.next_attempt_at
            );
            world.broken(Clause::NobodyStarves, detail);
        }
        waited
    }

    /// Whether these workers hold every partition by leases that have not expired.
    pub fn hold_all(&self, workers: &[String]) -> bool {
        let world = self.world();
        world.partitions_of_all(workers) as usize == Partition::all().count()
    }

    /// Judges that they do.
    pub fn must_hold_all(&self, workers: &[String], waited: Duration) {
        if !self.hold_all(workers) {
            let mut world = self.world();
            let held = world.partitions_of_all(workers);
            let detail = format!("{waited:?} after a death only {held} partitions are held");
            world.broken(Clause::TakenOver, detail);
        }
    }
}

impl World {
    /// What waits, of aggregates that nothing is wrong with.
    fn healthy(&self) -> impl Iterator<Item = &Arc<EventRow>> {
        self.database.waiting.values().filter(|row| {
            let subject = &self.subjects[row.key];
            subject.poison.is_none() && !subject.is_heartbeat()
        })
    }

    /// The one that waits longest of them.
    fn longest_wait(&self) -> Option<(&Arc<EventRow>, Duration)> {
        let now = Instant::now();
        let waits = self.healthy().map(|row| {
            let excuse = self.outages.excuses(&row.record.aggregate_type);
            // None while an outage lasts.
            let since = excuse.max(row.committed);
            (row, now.saturating_duration_since(since))
        });
        waits.max_by_key(|(_, waited)| *waited)
    }

    fn missing(&self) -> Option<String> {
        let keys = 0..self.subjects.len();
        let behind = keys
            .filter(|key| !self.subjects[*key].is_heartbeat())
            .find(|key| !self.is_there(*key) && !self.is_set_aside(*key));
        if let Some(key) = behind {
            let subject = &self.subjects[key];
            let copies = subject.copies.iter();
            let found =
                copies.map(|(at, of)| (at, of.kept.as_ref().map(|kept| kept.version.get())));
            let found: Vec<_> = found.collect();
            return Some(format!(
                "{} is at version {}, its documents at {found:?}, poison {:?}, {}",
                subject.key,
                subject.head(),
                subject.poison,
                self.events_of(key)
            ));
        }
        // What is poison is tried for long: each of its events, the newest first, until it has failed.
        let row = self.healthy().next()?;
        let (seq, name) = (&row.record.id, &self.subjects[row.key].key);
        let others = self.events_of(row.key);
        Some(format!("event {seq} of {name} is pending, {others}"))
    }

    /// Its events that are not done, for people.
    fn events_of(&self, key: KeyNumber) -> String {
        let rows = self.database.events.values();
        let open = rows.filter(|row| row.key == key && row.is_open());
        let open = open.map(|row| {
            let record = &row.record;
            format!("{} v{} x{}", record.id, record.version, record.retry_count)
        });
        format!("open events {:?}", open.take(10).collect::<Vec<_>>())
    }

    fn is_there(&self, key: KeyNumber) -> bool {
        let mut physical = self.must_have(key).into_iter();
        physical.all(|name| self.is_in(&name, key))
    }

    fn is_in(&self, physical: &str, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        let head = subject.head();
        match subject.kept(physical) {
            // Its tombstone may have gone, or nothing was ever there.
            None => subject.is_deleted_at(head),
            Some(kept) => kept.version.get() == head && subject.is_content(head, &kept.body),
        }
    }

    /// Whether its newest event was discarded, or has failed with good reason.
    fn is_set_aside(&self, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        let head = subject.head();
        let mut rows = self.database.charged_of(key);
        let has_failed = rows.any(|row| row.record.version.get() == head && row.has_failed());
        subject.discarded.contains(&head) || has_failed && subject.poison.is_some()
    }

    /// The first event that has failed and does not tell why.
    fn hidden(&self) -> Option<&EventRecord> {
        let is_told = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let rows = self.database.events.values();
        let mut failed = rows.filter(|row| row.has_failed()).map(|row| &row.record);
        failed.find(|of| !(is_told(&of.last_error) && is_told(&of.error_key)))
    }
}
