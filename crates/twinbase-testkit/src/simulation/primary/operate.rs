//! The operator's verbs.

use async_trait::async_trait;
use twinbase_core::{
    MAX_RETRIES, PrimaryError, Version,
    primary::{EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, Events},
};

use super::{SimPrimary, no_sql};
use crate::simulation::{database::EventRow, world::World};

#[async_trait]
impl Events for SimPrimary {
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        let (filter, after) = (filter.clone(), after.copied());
        let order = |cursor: EventCursor| (cursor.processed_at, cursor.seq);
        self.call("events", 0, move |world| {
            let seqs = world.matching(&filter).into_iter();
            let mut records: Vec<_> = seqs.filter_map(|seq| world.record(seq)).collect();
            records.sort_by_key(|record| std::cmp::Reverse(order(record.cursor())));
            records
                .retain(|record| after.is_none_or(|after| order(record.cursor()) < order(after)));
            records.truncate(limit as usize);
            records
        })
        .await
    }

    async fn event(&self, _: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        Err(no_sql("show an event"))
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        let filter = filter.clone();
        self.call("count events", 0, move |world| {
            world.matching(&filter).len() as u64
        })
        .await
    }

    async fn event_groups(&self, _: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        Err(no_sql("group failures"))
    }

    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        let filter = filter.clone();
        self.call("retry", 0, move |world| world.retry(&filter, limit))
            .await
    }

    async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> Result<u64, PrimaryError> {
        let (filter, reason) = (filter.clone(), reason.to_owned());
        self.call("discard", 0, move |world| {
            world.discard(&filter, &reason, limit)
        })
        .await
    }

    async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        let filter = filter.clone();
        self.call("restore", 0, move |world| world.restore(&filter, limit))
            .await
    }
}

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
}
