//! The outbox as the worker uses it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use twinbase_core::{
    Event, EventRef, Key, MAX_RETRIES, State, Version,
    primary::{FailedAttempt, OutboxStatus, Pending, PendingRequest},
};

use super::{Waiting, at};
use crate::simulation::{
    faults::Sabotage,
    keys::KeyNumber,
    oracle::{Clause, judge_charge, judge_mark},
    world::World,
};

impl World {
    pub(in crate::simulation) fn pending(
        &mut self,
        caller: usize,
        request: &PendingRequest,
    ) -> Pending {
        let mut pending = Pending::default();
        let left_alone = self.left_alone(request);
        let mut bytes = 0;
        let mut read = Vec::new();
        'all: for (partition, after) in &request.cursors {
            let seqs = self.due(at(*partition), *after, request, &left_alone);
            pending.cut |= seqs.len() >= request.per_partition as usize;
            for seq in seqs {
                let payload = self.database.events[&seq].payload.as_ref();
                bytes += payload.map_or(0, |payload| payload.len());
                read.push(seq);
                if read.len() >= request.limit as usize || bytes >= request.max_bytes {
                    pending.cut = true;
                    break 'all;
                }
            }
        }
        let mut newest: HashMap<KeyNumber, i64> = HashMap::with_capacity(read.len());
        for row in read.iter().map(|seq| &self.database.events[seq]) {
            let version = newest.entry(row.key).or_default();
            *version = row.version.max(*version);
        }
        let events = read.iter().map(|seq| self.event(*seq, &newest));
        pending.events = events.collect();
        for event in &pending.events {
            let shown = &mut self.database.shown[at(event.at.partition)];
            *shown = event.at.seq.max(*shown);
        }
        self.hand_over(caller, &mut pending.events);
        pending
    }

    /// Events of a partition that may be read now, in order.
    fn due(
        &self,
        partition: usize,
        after: i64,
        request: &PendingRequest,
        left_alone: &[&str],
    ) -> Vec<i64> {
        let waiting = &self.database.waiting[partition];
        let sabotage = self.sabotage;
        let is_blocked = sabotage == Some(Sabotage::BlocksBehindPoison)
            && waiting.values().any(|waiting| waiting.is_charged);
        let forgets = sabotage == Some(Sabotage::ForgetsLateCommits);
        let is_shown = |waiting: &Waiting| {
            waiting.due.is_none_or(|due| due <= request.now)
                && (waiting.is_charged || !is_blocked)
                && !(forgets && waiting.is_late)
                && !left_alone.contains(&&*self.subjects[waiting.key].aggregate_type)
        };
        waiting
            .range(after.saturating_add(1)..)
            .filter(|(_, waiting)| is_shown(waiting))
            .map(|(seq, _)| *seq)
            .take(request.per_partition as usize)
            .collect()
    }

    /// The types whose events are not for the caller: they are paused, or it does not know their mapping.
    fn left_alone<'a>(&'a self, request: &'a PendingRequest) -> Vec<&'a str> {
        let registered = self.database.mappings.keys().map(String::as_str);
        let outdated = registered.filter(|of_type| {
            let known = request.mappings.iter().find(|(known, _)| known == of_type);
            let mapping = known.map(|(_, mapping)| *mapping);
            self.database.is_outdated(of_type, mapping)
        });
        outdated.chain(request.except.iter().copied()).collect()
    }

    /// As the contract allows, an event comes without its payload when a newer one is in the answer.
    fn event(&self, seq: i64, newest: &HashMap<KeyNumber, i64>) -> Event {
        let row = &self.database.events[&seq];
        let subject = &self.subjects[row.key];
        Event {
            at: self.place(seq, row),
            event_type: self.event_type(row).into(),
            aggregate_type: subject.aggregate_type.clone(),
            aggregate_id: subject.id.as_str().to_owned(),
            version: Version::new(row.version),
            mapping: row.mapping,
            payload: (newest[&row.key] == row.version).then(|| self.payload(row)),
            retry_count: row.retry_count,
            created_at: row.created,
            traceparent: row.traceparent.clone(),
        }
    }

    /// Gives all events of a type in this answer the same text: it has as many owners as there are events held.
    fn hand_over(&mut self, caller: usize, events: &mut [Event]) {
        let mut texts: Vec<Arc<str>> = Vec::new();
        for event in events {
            let known = texts.iter().find(|text| **text == event.event_type);
            if let Some(known) = known {
                event.event_type = known.clone();
            } else {
                texts.push(event.event_type.clone());
            }
        }
        self.callers[caller].held.extend(texts);
    }

    /// How many events a worker holds.
    pub(in crate::simulation) fn held(&mut self, caller: usize) -> usize {
        let held = &mut self.callers[caller].held;
        held.retain(|text| Arc::strong_count(text) > 1);
        held.iter().map(|text| Arc::strong_count(text) - 1).sum()
    }

    pub(in crate::simulation) fn mark(
        &mut self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> u64 {
        let now = self.now();
        let mut marked = 0;
        for event in events {
            let Some(row) = self.database.events.get_mut(&event.seq) else {
                continue;
            };
            let (key, version) = (row.key, row.version);
            if row.waits() {
                row.done = Some(now);
                row.next_attempt = None;
                marked += 1;
                self.index(event.seq);
            }
            let verdict = judge_mark(&self.subjects[key], self.memory[key], version);
            self.check(verdict);
        }
        for (key, version) in healed {
            if let Some(key) = self.numbers.find(&key.aggregate_type, &key.id) {
                let verdict = judge_mark(&self.subjects[key], self.memory[key], version.get());
                self.check(verdict);
                marked += self.heal(key, version.get(), now);
            }
        }
        marked
    }

    /// Takes back the marks of the last time: the primary crashed before they were on disk.
    pub(in crate::simulation) fn take_back_marks(&mut self, of_last: Duration) {
        let since = self.now().saturating_sub(of_last).unwrap_or(Timestamp::MIN);
        let rows = self.database.events.iter_mut();
        let marked = rows.filter(|(_, row)| {
            row.discarded.is_none() && row.done.is_some_and(|done| done >= since)
        });
        let mut seqs = Vec::new();
        for (seq, row) in marked {
            row.done = None;
            row.committed = tokio::time::Instant::now();
            seqs.push(*seq);
        }
        for seq in seqs {
            self.index(seq);
            self.trace.count("mark taken back");
        }
    }

    fn heal(&mut self, key: KeyNumber, version: i64, now: Timestamp) -> u64 {
        let Some(charged) = self.database.charged.get(&key).cloned() else {
            return 0;
        };
        let mut healed = 0;
        for seq in charged {
            let Some(row) = self.database.events.get_mut(&seq) else {
                continue;
            };
            if row.version <= version {
                row.done = Some(now);
                row.next_attempt = None;
                row.retry_count = row.retry_count.min(MAX_RETRIES);
                healed += 1;
                self.index(seq);
            }
        }
        healed
    }

    pub(in crate::simulation) fn charge(&mut self, charges: &[FailedAttempt]) -> u64 {
        let now = self.now();
        let mut counted = 0;
        for charge in charges {
            let seq = charge.at.seq;
            let Some(row) = self.database.events.get_mut(&seq) else {
                continue;
            };
            if !row.waits() || row.retry_count != charge.seen_retry_count {
                continue;
            }
            row.retry_count += 1;
            if charge.next_attempt_at.is_none() {
                row.retry_count = row.retry_count.max(MAX_RETRIES + 1);
            }
            row.next_attempt = charge.next_attempt_at.filter(|_| row.waits());
            row.failed_at = Some(now);
            let is_kept = self.sabotage != Some(Sabotage::HidesFailures);
            row.error = is_kept.then(|| (charge.error.clone(), charge.error_key.clone()));
            let (key, failed) = (row.key, row.has_failed());
            counted += 1;
            self.index(seq);
            if failed {
                self.trace.count("set aside");
            }
            let memory = &mut self.memory[key];
            memory.charged += 1;
            let verdict = judge_charge(&self.subjects[key], self.memory[key], &charge.error_key);
            self.check(verdict);
        }
        counted
    }

    pub(in crate::simulation) fn state(&self, key: KeyNumber) -> State {
        let subject = &self.subjects[key];
        let head = subject.head();
        let payload = subject.at(head).map(|payload| subject.shown(payload));
        State {
            id: subject.id.clone(),
            version: Version::new(head),
            payload,
        }
    }

    /// The outbox in numbers, of one type or of all.
    pub(in crate::simulation) fn outbox_status(
        &self,
        aggregate_type: Option<&str>,
    ) -> OutboxStatus {
        let now = self.now();
        let mut status = OutboxStatus::default();
        let is_of = |key: KeyNumber| {
            aggregate_type.is_none_or(|of| *of == *self.subjects[key].aggregate_type)
        };
        let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
        for (seq, waiting) in self.database.waiting.iter().flatten() {
            if is_of(waiting.key) {
                let row = &self.database.events[seq];
                status.backlog += 1;
                status.retrying += u64::from(waiting.is_charged);
                status.oldest_pending = status.oldest_pending.max(Some(age(row.created)));
            }
        }
        status.oldest_unapplied = status.oldest_pending;
        for seq in self.database.charged.values().flatten() {
            let row = &self.database.events[seq];
            if is_of(row.key) && row.has_failed() {
                status.failed += 1;
                status.oldest_unapplied = status.oldest_unapplied.max(Some(age(row.created)));
            }
        }
        status
    }

    /// Judges what a worker holds when it wants more.
    pub(in crate::simulation) fn judge_held(&mut self, caller: usize, bound: usize) {
        let held = self.held(caller);
        let bound = match self.sabotage {
            Some(Sabotage::AllowsLittle) => 10,
            _ => bound,
        };
        self.most_held = self.most_held.max(held);
        if held > bound {
            let detail = format!("a worker holds {held} events and wants more");
            self.check(Err((Clause::BoundedMemory, detail)));
        }
    }

    /// The oldest event that waits, of aggregates that nothing is wrong with.
    pub(in crate::simulation) fn longest_wait(&self) -> Option<(i64, Duration)> {
        let now = tokio::time::Instant::now();
        let all = self.database.waiting.iter().flatten();
        let healthy = all.filter(|(_, waiting)| {
            let subject = &self.subjects[waiting.key];
            subject.poison.is_none() && !subject.is_heartbeat()
        });
        let waits = healthy.map(|(seq, waiting)| {
            let aggregate_type = &self.subjects[waiting.key].aggregate_type;
            let since = self.outages.excuses(aggregate_type).max(waiting.committed);
            // None while an outage lasts.
            (*seq, now.saturating_duration_since(since))
        });
        waits.max_by_key(|(_, waited)| *waited)
    }
}
