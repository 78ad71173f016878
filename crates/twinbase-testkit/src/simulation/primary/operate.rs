//! The operator's verbs.

use async_trait::async_trait;
use twinbase_core::{
    Key, PrimaryError,
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
            let mut records: Vec<_> = world.matching(&filter).cloned().collect();
            records.sort_by_key(|record| std::cmp::Reverse(order(record.cursor())));
            records
                .retain(|record| after.is_none_or(|after| order(record.cursor()) < order(after)));
            records.truncate(limit as usize);
            records
        })
        .await
    }

    async fn history(&self, of: &Key, limit: u32) -> Result<Vec<EventRecord>, PrimaryError> {
        let of = of.clone();
        self.call("history", 0, move |world| {
            let rows = world.database.events.values();
            let rows = rows.filter(|row| world.subjects[row.key].key == of);
            let mut records: Vec<_> = rows.map(|row| row.record.clone()).collect();
            records.sort_by_key(|record| std::cmp::Reverse(record.version));
            records.truncate(limit as usize);
            records
        })
        .await
    }

    async fn event(&self, _: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        Err(no_sql("show an event"))
    }

    async fn applied(
        &self,
        _: Option<&EventCursor>,
        _: u32,
    ) -> Result<Vec<(EventRecord, Option<String>)>, PrimaryError> {
        Err(no_sql("list what was applied last"))
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        let filter = filter.clone();
        self.call("count events", 0, move |world| {
            world.matching(&filter).count() as u64
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

/// Whether a filter means an event.
fn matches(record: &EventRecord, filter: &EventFilter) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.is_none() || wanted.as_deref() == found
    };
    let since = match record.status {
        EventStatus::Pending => Some(record.created_at),
        EventStatus::Retrying | EventStatus::Failed => record.failed_at,
        EventStatus::Applied | EventStatus::Discarded => record.processed_at,
    };
    let status = filter.status;
    (filter.ids.is_empty() || filter.ids.contains(&record.id))
        && status.map_or(record.processed_at.is_none(), |of| of == record.status)
        && (!filter.is_deferred || record.next_attempt_at.is_some())
        && is(&filter.error_key, record.error_key.as_deref())
        && is(&filter.aggregate_type, Some(&record.aggregate_type))
        && is(&filter.aggregate_id, Some(&record.aggregate_id))
        && is(&filter.event_type, Some(&record.event_type))
        && (filter.as_of.is_none() || since.is_some() && since <= filter.as_of)
        && (filter.since.is_none() || since.is_some() && since >= filter.since)
}

/// The filter with a status, which is this where it has none.
fn by_default(filter: &EventFilter, status: EventStatus) -> EventFilter {
    EventFilter {
        status: filter.status.or(Some(status)),
        ..filter.clone()
    }
}

impl World {
    /// The events that a filter means, the oldest first.
    fn matching(&self, filter: &EventFilter) -> impl Iterator<Item = &EventRecord> {
        let records = self.database.events.values().map(|row| &row.record);
        records.filter(move |record| matches(record, filter))
    }

    /// Changes matching rows that can be changed, the oldest first; answers how many.
    fn change(
        &mut self,
        filter: &EventFilter,
        limit: u32,
        can: impl Fn(EventStatus) -> bool,
        change: impl Fn(&mut EventRow),
    ) -> u64 {
        let records = self.matching(filter);
        let able = records.filter(|record| can(record.status));
        let seqs: Vec<_> = able.map(|of| of.at.seq).take(limit as usize).collect();
        for seq in &seqs {
            self.database.alter(*seq, &change);
            let row = &self.database.events[seq];
            let discarded = &mut self.subjects[row.key].discarded;
            if row.record.status == EventStatus::Discarded {
                discarded.insert(row.record.version.get());
            } else {
                discarded.remove(&row.record.version.get());
            }
        }
        seqs.len() as u64
    }

    pub(in crate::simulation) fn retry(&mut self, filter: &EventFilter, limit: u32) -> u64 {
        self.trace.count("operator: retry");
        let can = |of| matches!(of, EventStatus::Failed | EventStatus::Retrying);
        self.change(filter, limit, can, |row| {
            row.record.retry_count = 1;
            row.record.next_attempt_at = None;
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
        let filter = by_default(filter, EventStatus::Failed);
        let can = |of| !matches!(of, EventStatus::Applied | EventStatus::Discarded);
        self.change(&filter, limit, can, |row| {
            row.end(now);
            row.record.discard_reason = Some(reason.to_owned());
        })
    }

    pub(in crate::simulation) fn restore(&mut self, filter: &EventFilter, limit: u32) -> u64 {
        self.trace.count("operator: restore");
        let filter = by_default(filter, EventStatus::Discarded);
        let can = |of| of == EventStatus::Discarded;
        self.change(&filter, limit, can, |row| {
            row.record.processed_at = None;
            row.record.discard_reason = None;
            row.record.retry_count = 1;
        })
    }
}
