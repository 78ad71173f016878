//! Leases and marks, as the real primaries keep them, by the database's own clock.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use twinbase_core::{
    EventRef, Partition,
    primary::{Leased, Suspect, WorkerRecord, WorkerReport},
};

use super::at;
use crate::simulation::{faults::Sabotage, world::World};

/// A worker that has told of itself.
pub(in crate::simulation) struct WorkerRow {
    report: WorkerReport,
    started: Timestamp,
    seen: Timestamp,
    expires: Timestamp,
}

/// An event in somebody's hand, or nobody's after a death.
#[derive(Default)]
pub(in crate::simulation) struct Mark {
    worker: Option<String>,
    pub(in crate::simulation) alone: u32,
}

impl World {
    fn is_alive(&self, worker: &str) -> bool {
        let row = self.database.workers.get(worker);
        row.is_some_and(|row| row.expires > self.now())
    }

    pub(in crate::simulation) fn lease(
        &mut self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Leased {
        let now = self.now();
        for id in gone.iter().filter(|id| **id != worker.id) {
            if let Some(row) = self.database.workers.get_mut(id) {
                row.expires = row.expires.min(now);
            }
        }
        let row = WorkerRow {
            report: worker.clone(),
            started: now,
            seen: now,
            expires: now.saturating_add(ttl).unwrap_or(Timestamp::MAX),
        };
        let known = self.database.workers.insert(worker.id.clone(), row);
        if let (Some(known), Some(row)) = (known, self.database.workers.get_mut(&worker.id)) {
            row.started = known.started;
        }
        self.bury(&worker.id);
        self.balance(&worker.id)
    }

    /// The share of each living worker: the oldest have one more when they are not all equal.
    fn shares(&self) -> BTreeMap<String, usize> {
        let alive = self.database.workers.iter();
        let mut alive: Vec<_> = alive
            .filter(|(_, row)| row.expires > self.now())
            .map(|(id, row)| (row.started, id.clone()))
            .collect();
        alive.sort_unstable();
        let (all, workers) = (self.database.leases.len(), alive.len());
        let shares = alive.into_iter().enumerate();
        shares
            .map(|(rank, (_, id))| (id, all / workers + usize::from(rank < all % workers)))
            .collect()
    }

    /// Keeps what is ours; takes what is free or a dead worker's, then what others have beyond their share.
    fn balance(&mut self, us: &str) -> Leased {
        let shares = self.shares();
        let mut leased = Leased {
            workers: u32::try_from(shares.len()).unwrap_or(u32::MAX),
            ..Leased::default()
        };
        let (mut free, mut beyond) = (Vec::new(), Vec::new());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let is_kept = self.sabotage == Some(Sabotage::KeepsLeasesOfTheDead);
        for partition in Partition::all() {
            let holder = self.database.leases[at(partition)].as_deref();
            match holder.and_then(|id| Some((id, shares.get(id)?))) {
                Some((id, _)) if id == us => leased.held.push(partition),
                Some((id, share)) => {
                    let count = counts.entry(id).or_default();
                    *count += 1;
                    if *count > *share {
                        beyond.push((partition, false));
                    }
                }
                None if holder.is_some() && is_kept => {}
                None => free.push((partition, holder.is_some())),
            }
        }
        let share = shares.get(us).copied().unwrap_or_default();
        let takes = free.into_iter().rev().chain(beyond.into_iter().rev());
        let missing = share.saturating_sub(leased.held.len());
        for (partition, is_dead) in takes.take(missing) {
            self.database.leases[at(partition)] = Some(us.to_owned());
            leased.held.push(partition);
            leased.inherited |= is_dead;
            self.trace
                .count(if is_dead { "taken over" } else { "taken" });
        }
        leased.held.sort_unstable();
        leased
    }

    /// Counts the deaths of other workers that died with marks, and takes the marks out of their hands.
    fn bury(&mut self, us: &str) {
        let marks = self.database.marks.values();
        let mut dead: Vec<_> = marks.filter_map(|mark| mark.worker.clone()).collect();
        dead.sort_unstable();
        dead.dedup();
        dead.retain(|worker| worker != us && !self.is_alive(worker));
        for worker in dead {
            let alone = u32::from(self.in_hand_of(&worker) == 1);
            for mark in self.database.marks.values_mut() {
                if mark.worker.as_ref() == Some(&worker) {
                    mark.worker = None;
                    mark.alone += alone;
                }
            }
        }
    }

    fn in_hand_of(&self, worker: &str) -> usize {
        let marks = self.database.marks.values();
        marks
            .filter(|mark| mark.worker.as_deref() == Some(worker))
            .count()
    }

    pub(in crate::simulation) fn release(&mut self, worker: &str) {
        self.trace.count("released");
        for holder in &mut self.database.leases {
            if holder.as_deref() == Some(worker) {
                *holder = None;
            }
        }
        let is_ours = |mark: &Mark| mark.worker.as_deref() == Some(worker);
        let marks = &mut self.database.marks;
        marks.retain(|_, mark| !is_ours(mark) || mark.alone > 0);
        for mark in marks.values_mut().filter(|mark| is_ours(mark)) {
            mark.worker = None;
        }
        self.database.workers.remove(worker);
    }

    pub(in crate::simulation) fn workers(&self) -> Vec<WorkerRecord> {
        let now = self.now();
        let rows = self.database.workers.values();
        rows.map(|row| WorkerRecord {
            report: row.report.clone(),
            started_at: row.started,
            seen_at: row.seen,
            alive: row.expires > now,
            partitions: self.partitions_of(&row.report.id),
        })
        .collect()
    }

    fn partitions_of(&self, worker: &str) -> u32 {
        let leases = self.database.leases.iter().flatten();
        let held = leases.filter(|holder| *holder == worker).count();
        u32::try_from(held).unwrap_or(u32::MAX) * u32::from(self.is_alive(worker))
    }

    /// How many partitions these workers hold by leases that have not expired.
    pub(in crate::simulation) fn partitions_of_all(&self, workers: &[String]) -> u32 {
        workers.iter().map(|id| self.partitions_of(id)).sum()
    }

    pub(in crate::simulation) fn started(&mut self, worker: &str, events: &[EventRef]) {
        self.bury(worker);
        for event in events {
            let mark = self.database.marks.entry(*event).or_default();
            mark.worker = Some(worker.to_owned());
        }
    }

    pub(in crate::simulation) fn finished(&mut self, events: &[EventRef]) {
        for event in events {
            self.database.marks.remove(event);
        }
    }

    pub(in crate::simulation) fn suspects(&self, gone: &[String]) -> Vec<Suspect> {
        let marks = self.database.marks.iter();
        let mut in_hand: BTreeMap<&str, u32> = BTreeMap::new();
        for worker in self.database.marks.values().flat_map(|mark| &mark.worker) {
            *in_hand.entry(worker).or_default() += 1;
        }
        let is_waiting = |at: &EventRef| {
            let row = self.database.events.get(&at.seq);
            row.is_some_and(|row| row.done.is_none())
        };
        marks
            .filter(|(at, _)| is_waiting(at))
            .filter_map(|(at, mark)| {
                let Some(worker) = &mark.worker else {
                    return Some((at, mark.alone));
                };
                let is_dead = gone.contains(worker) || !self.is_alive(worker);
                let alone = u32::from(in_hand[worker.as_str()] == 1);
                is_dead.then_some((at, mark.alone + alone))
            })
            .map(|(at, alone)| Suspect { at: *at, alone })
            .collect()
    }
}
