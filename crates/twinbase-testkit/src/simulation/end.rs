//! What the oracle judges over time: completeness, waiting, leases.

use std::time::Duration;

use tokio::time::Instant;
use twinbase_core::Body;

use super::{
    Simulation,
    database::Waiting,
    keys::KeyNumber,
    oracle::{Clause, judge_wait},
    world::World,
};

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
            world.check(Err((Clause::Complete, detail)));
        }
        if let Some(seq) = world.hidden() {
            let detail = format!("event {seq} has failed, and nothing tells why");
            world.check(Err((Clause::VisiblyFailed, detail)));
        }
    }

    /// Judges how long events of healthy aggregates wait; answers the longest wait.
    pub fn wait_at_most(&self, bound: Duration) -> Duration {
        let mut world = self.world();
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
        let world = self.world();
        world.partitions_of_all(workers) as usize == world.database.leases.len()
    }

    /// Judges that they do.
    pub fn must_hold_all(&self, workers: &[String], waited: Duration) {
        if !self.hold_all(workers) {
            let mut world = self.world();
            let held = world.partitions_of_all(workers);
            let detail = format!("{waited:?} after a death only {held} partitions are held");
            world.check(Err((Clause::TakenOver, detail)));
        }
    }
}

impl World {
    /// What waits, of aggregates that nothing is wrong with.
    fn healthy(&self) -> impl Iterator<Item = (i64, &Waiting)> {
        let all = self.database.waiting.iter().flatten();
        all.map(|(seq, waiting)| (*seq, waiting))
            .filter(|(_, waiting)| {
                let subject = &self.subjects[waiting.key];
                subject.poison.is_none() && !subject.is_heartbeat()
            })
    }

    /// The one that waits longest of them.
    fn longest_wait(&self) -> Option<(i64, Duration)> {
        let now = Instant::now();
        let waits = self.healthy().map(|(seq, waiting)| {
            let aggregate_type = &self.subjects[waiting.key].aggregate_type;
            let since = self.outages.excuses(aggregate_type).max(waiting.committed);
            // None while an outage lasts.
            (seq, now.saturating_duration_since(since))
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
            let found = self.documents[key].as_ref().map(|kept| kept.version);
            let name = subject.key();
            return Some(format!(
                "{name} is at version {}, its document at {found:?}, poison {:?}, {}",
                subject.head(),
                subject.poison,
                self.events_of(key)
            ));
        }
        // What is poison is tried for long: each of its events, the newest first, until it has failed.
        let (seq, waiting) = self.healthy().next()?;
        let name = self.subjects[waiting.key].key();
        let others = self.events_of(waiting.key);
        Some(format!("event {seq} of {name} is pending, {others}"))
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
        match &self.documents[key] {
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

    /// Whether its newest event was discarded, or has failed with good reason.
    fn is_set_aside(&self, key: KeyNumber) -> bool {
        let subject = &self.subjects[key];
        let head = subject.head();
        let charged = self.database.charged.get(&key).into_iter().flatten();
        let mut rows = charged.map(|seq| &self.database.events[seq]);
        let has_failed = rows.any(|row| row.version == head && row.has_failed());
        subject.discarded.contains(&head) || has_failed && subject.poison.is_some()
    }

    /// The first event that has failed and does not tell why.
    fn hidden(&self) -> Option<i64> {
        let mut rows = self.database.events.iter();
        let hidden = rows.find(|(_, row)| {
            let error = row.error.as_ref();
            row.has_failed() && error.is_none_or(|(error, key)| error.is_empty() || key.is_empty())
        });
        hidden.map(|(seq, _)| *seq)
    }
}
