//! What waits, as the worker reads it.

use std::{collections::HashMap, sync::Arc};

use twinbase_core::{
    Event, EventRef, Partition, Version,
    primary::{Pending, PendingRequest},
};

use crate::simulation::{
    database::EventRow, faults::Sabotage, keys::KeyNumber, oracle::Clause, world::World,
};

impl World {
    pub(super) fn pending(&mut self, caller: usize, request: &PendingRequest) -> Pending {
        let records = self.database.collections.values();
        let mut pending = Pending {
            collections: Some(records.map(|record| record.revision).sum()),
            ..Pending::default()
        };
        let left_alone = self.left_alone(request);
        let mut bytes = 0;
        let mut read = Vec::new();
        'all: for (partition, after) in &request.cursors {
            let rows = self.due(*partition, *after, request, &left_alone);
            pending.cut |= rows.len() >= request.per_partition as usize;
            for row in rows {
                bytes += row.payload.as_ref().map_or(0, |payload| payload.len());
                read.push(row);
                if read.len() >= request.limit as usize || bytes >= request.max_bytes {
                    pending.cut = true;
                    break 'all;
                }
            }
        }
        let mut newest: HashMap<KeyNumber, Version> = HashMap::with_capacity(read.len());
        for row in &read {
            let version = newest.entry(row.key).or_default();
            *version = row.record.version.max(*version);
        }
        let events = read.iter().map(|row| self.event(row, &newest));
        pending.events = events.collect();
        for event in &pending.events {
            let shown = self.database.shown.entry(event.at.partition).or_default();
            *shown = event.at.seq.max(*shown);
        }
        self.hand_over(caller, &mut pending.events);
        pending
    }

    /// Events of a partition that may be read now, in order.
    fn due(
        &self,
        partition: Partition,
        after: i64,
        request: &PendingRequest,
        left_alone: &[&str],
    ) -> Vec<Arc<EventRow>> {
        let rows = |after: i64| {
            let at = |seq| EventRef { partition, seq };
            let waiting = self.database.waiting.range(at(after)..=at(i64::MAX));
            waiting.map(|(_, row)| row)
        };
        let is_blocked = self.sabotage == Some(Sabotage::BlocksBehindPoison)
            && rows(0).any(|row| row.is_charged());
        let forgets = self.sabotage == Some(Sabotage::ForgetsLateCommits);
        let is_shown = |row: &&Arc<EventRow>| {
            let due = row.record.next_attempt_at;
            due.is_none_or(|due| due <= request.now)
                && (row.is_charged() || !is_blocked)
                && !(forgets && row.is_late)
                && !left_alone.contains(&&*row.record.aggregate_type)
        };
        let shown = rows(after.saturating_add(1)).filter(is_shown).cloned();
        shown.take(request.per_partition as usize).collect()
    }

    /// The types whose events are not for the caller: they are paused, or it does not know their mapping.
    fn left_alone<'a>(&'a self, request: &'a PendingRequest) -> Vec<&'a str> {
        let registered = self.database.mappings.keys().map(String::as_str);
        let outdated = registered.filter(|of_type| {
            let known = request.mappings.iter().find(|(known, _)| known == of_type);
            let mapping = known.map(|(_, mapping)| *mapping);
            self.database.is_outdated(of_type, mapping)
        });
        outdated
            .chain(request.except.iter().map(AsRef::as_ref))
            .collect()
    }

    /// As the contract allows, an event comes without its payload when a newer one is in the answer.
    fn event(&self, row: &EventRow, newest: &HashMap<KeyNumber, Version>) -> Event {
        let record = row.record.clone();
        Event {
            at: record.at,
            event_type: record.event_type.into(),
            aggregate_type: self.subjects[row.key].key.aggregate_type.clone(),
            aggregate_id: record.aggregate_id,
            version: record.version,
            mapping: row.mapping,
            payload: (newest[&row.key] == record.version).then(|| self.payload(row)),
            retry_count: record.retry_count,
            created_at: record.created_at,
            traceparent: record.traceparent.map(Into::into),
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
    fn held(&mut self, caller: usize) -> usize {
        let held = &mut self.callers[caller].held;
        held.retain(|text| Arc::strong_count(text) > 1);
        held.iter().map(|text| Arc::strong_count(text) - 1).sum()
    }

    /// Judges what a worker holds when it wants more.
    pub(super) fn judge_held(&mut self, caller: usize, bound: usize) {
        let held = self.held(caller);
        let bound = match self.sabotage {
            Some(Sabotage::AllowsLittle) => 10,
            _ => bound,
        };
        self.trace.most_held = self.trace.most_held.max(held);
        if held > bound {
            let detail = format!("a worker holds {held} events and wants more");
            self.broken(Clause::BoundedMemory, detail);
        }
    }
}
