//! The operator's verbs, and retention.

use jiff::Timestamp;
use twinbase_core::{
    Key, MAX_RETRIES, Version,
    primary::{
        EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, Pause, PauseScope, Retired,
    },
};

use super::EventRow;
use crate::simulation::world::World;

impl World {
    fn status_of(row: &EventRow) -> EventStatus {
        if row.discarded.is_some() {
            EventStatus::Discarded
        } else if row.done.is_some() {
            EventStatus::Applied
        } else if row.has_failed() {
            EventStatus::Failed
        } else if row.next_attempt.is_some() {
            EventStatus::Retrying
        } else {
            EventStatus::Pending
        }
    }

    fn matches(&self, seq: i64, row: &EventRow, filter: &EventFilter) -> bool {
        let subject = &self.subjects[row.key];
        let status = Self::status_of(row);
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        let since = match status {
            EventStatus::Pending => Some(row.created),
            EventStatus::Retrying | EventStatus::Failed => row.failed_at,
            EventStatus::Applied | EventStatus::Discarded => row.done,
        };
        (filter.ids.is_empty() || filter.ids.contains(&seq.to_string()))
            && filter
                .status
                .map_or(row.done.is_none(), |wanted| wanted == status)
            && filter.error_key.as_ref().is_none_or(|wanted| {
                let error = row.error.as_ref();
                error.is_some_and(|(_, key)| key == wanted)
            })
            && is(&filter.aggregate_type, &subject.aggregate_type)
            && is(&filter.aggregate_id, subject.id.as_str())
            && is(&filter.event_type, &self.event_type(row))
            && filter
                .as_of
                .is_none_or(|as_of| since.is_some_and(|since| since <= as_of))
    }

    fn matching(&self, filter: &EventFilter) -> Vec<i64> {
        let rows = self.database.events.iter();
        rows.filter(|(seq, row)| self.matches(**seq, row, filter))
            .map(|(seq, _)| *seq)
            .collect()
    }

    fn record(&self, seq: i64) -> Option<EventRecord> {
        let row = self.database.events.get(&seq)?;
        let subject = &self.subjects[row.key];
        Some(EventRecord {
            at: self.place(seq, row),
            id: seq.to_string(),
            event_type: self.event_type(row),
            aggregate_type: subject.aggregate_type.to_string(),
            aggregate_id: subject.id.to_string(),
            version: Version::new(row.version),
            status: Self::status_of(row),
            retry_count: row.retry_count,
            created_at: row.created,
            processed_at: row.done,
            next_attempt_at: row.next_attempt,
            failed_at: row.failed_at,
            last_error: row.error.as_ref().map(|(error, _)| error.clone()),
            error_key: row.error.as_ref().map(|(_, key)| key.clone()),
            discard_reason: row.discarded.clone(),
            traceparent: row.traceparent.as_deref().map(str::to_owned),
        })
    }

    pub(in crate::simulation) fn page(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Vec<EventRecord> {
        let order = |cursor: EventCursor| (cursor.processed_at, cursor.seq);
        let seqs = self.matching(filter).into_iter();
        let mut records: Vec<_> = seqs.filter_map(|seq| self.record(seq)).collect();
        records.sort_by_key(|record| std::cmp::Reverse(order(record.cursor())));
        records.retain(|record| after.is_none_or(|after| order(record.cursor()) < order(*after)));
        records.truncate(limit as usize);
        records
    }

    pub(in crate::simulation) fn one(&self, id: &str) -> Option<(EventRecord, String)> {
        let seq = id.parse().ok()?;
        let payload = self.payload(self.database.events.get(&seq)?);
        Some((self.record(seq)?, payload))
    }

    pub(in crate::simulation) fn count(&self, filter: &EventFilter) -> u64 {
        self.matching(filter).len() as u64
    }

    pub(in crate::simulation) fn groups(&self, limit: u32) -> Vec<EventGroup> {
        let mut groups: Vec<EventGroup> = Vec::new();
        for (seq, row) in &self.database.events {
            let (Some((error, key)), None) = (&row.error, row.done) else {
                continue;
            };
            let at = groups.iter().position(|group| group.error_key == *key);
            let at = at.unwrap_or_else(|| {
                groups.push(EventGroup {
                    error_key: key.clone(),
                    failed: 0,
                    retrying: 0,
                    oldest: row.created,
                    last_failed_at: None,
                    sample_error: error.clone(),
                    sample_id: seq.to_string(),
                });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.failed += u64::from(row.has_failed());
            group.retrying += u64::from(!row.has_failed());
            group.oldest = group.oldest.min(row.created);
            group.last_failed_at = group.last_failed_at.max(row.failed_at);
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.failed + group.retrying));
        groups.truncate(limit as usize);
        groups
    }

    /// Changes matching rows, the oldest first; answers how many.
    fn change(
        &mut self,
        filter: &EventFilter,
        limit: u32,
        can: impl Fn(&EventRow) -> bool,
        change: impl Fn(&mut EventRow),
    ) -> u64 {
        let mut seqs = self.matching(filter);
        seqs.retain(|seq| can(&self.database.events[seq]));
        seqs.truncate(limit as usize);
        for seq in &seqs {
            if let Some(row) = self.database.events.get_mut(seq) {
                change(row);
                let discarded = &mut self.subjects[row.key].discarded;
                if row.discarded.is_some() {
                    discarded.insert(row.version);
                } else {
                    discarded.remove(&row.version);
                }
            }
            self.index(*seq);
        }
        seqs.len() as u64
    }

    pub(in crate::simulation) fn retry(&mut self, filter: &EventFilter, limit: u32) -> u64 {
        self.trace.count("operator: retry");
        let can = |row: &EventRow| {
            row.has_failed()
                || row.done.is_none() && row.retry_count > 0 && row.next_attempt.is_some()
        };
        self.change(filter, limit, can, |row| {
            row.retry_count = 1;
            row.next_attempt = None;
        })
    }

    pub(in crate::simulation) fn discard(
        &mut self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> u64 {
        self.trace.count("operator: discard");
        let now = self.now();
        let mut filter = filter.clone();
        filter.status = filter.status.or(Some(EventStatus::Failed));
        let can = |row: &EventRow| row.done.is_none();
        self.change(&filter, limit, can, |row| {
            row.done = Some(now);
            row.discarded = Some(reason.to_owned());
            row.next_attempt = None;
            row.retry_count = row.retry_count.min(MAX_RETRIES);
        })
    }

    pub(in crate::simulation) fn restore(&mut self, filter: &EventFilter, limit: u32) -> u64 {
        self.trace.count("operator: restore");
        let mut filter = filter.clone();
        filter.status = filter.status.or(Some(EventStatus::Discarded));
        let can = |row: &EventRow| row.discarded.is_some();
        self.change(&filter, limit, can, |row| {
            row.done = None;
            row.discarded = None;
            row.next_attempt = None;
            row.retry_count = 1;
        })
    }

    pub(in crate::simulation) fn retire(&mut self, before: Timestamp, limit: u32) -> Retired {
        let rows = self.database.events.iter();
        let is_old = |row: &EventRow| row.done.is_some_and(|done| done < before);
        let mut old: Vec<_> = rows
            .filter(|(_, row)| is_old(row))
            .map(|(seq, row)| (row.done, *seq))
            .collect();
        old.sort_unstable();
        old.truncate(limit as usize);
        let mut retired = Retired::default();
        for (_, seq) in old {
            let Some(row) = self.database.events.remove(&seq) else {
                continue;
            };
            retired.removed += 1;
            let subject = &self.subjects[row.key];
            if row.payload.is_none() && row.version == subject.head() {
                retired
                    .deleted
                    .push((subject.key(), Version::new(row.version)));
            }
            self.trace.count("event retired");
        }
        retired
    }

    /// Removes heads: the next change of such an aggregate has version 1 again.
    pub(in crate::simulation) fn forget(&mut self, heads: &[(Key, Version)]) -> u64 {
        let mut forgotten = 0;
        for (key, version) in heads {
            let Some(key) = self.numbers.find(&key.aggregate_type, &key.id) else {
                continue;
            };
            let mut rows = self.database.events.values();
            let waits = rows.any(|row| row.key == key && row.done.is_none());
            let subject = &mut self.subjects[key];
            if subject.head() == version.get() && !subject.locked && !waits {
                subject.history.clear();
                subject.discarded.clear();
                self.memory[key].highest = 0;
                forgotten += 1;
            }
        }
        forgotten
    }

    pub(in crate::simulation) fn pause(&mut self, scope: &PauseScope, reason: &str) -> bool {
        self.trace.count("operator: pause");
        let since = self.now();
        let pauses = &mut self.database.pauses;
        if let Some(known) = pauses.iter_mut().find(|pause| pause.scope == *scope) {
            reason.clone_into(&mut known.reason);
            return false;
        }
        pauses.push(Pause {
            scope: scope.clone(),
            since,
            reason: reason.to_owned(),
        });
        true
    }

    pub(in crate::simulation) fn resume(&mut self, scope: &PauseScope) -> bool {
        self.trace.count("operator: resume");
        let before = self.database.pauses.len();
        self.database.pauses.retain(|pause| pause.scope != *scope);
        self.database.pauses.len() < before
    }
}
