//! The operator's verbs.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError,
    primary::{EventCursor, EventFilter, EventGroup, EventRecord, Events},
};

use super::SimPrimary;

#[async_trait]
impl Events for SimPrimary {
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        let (filter, after) = (filter.clone(), after.copied());
        self.call("events", 0, move |world| {
            world.page(&filter, after.as_ref(), limit)
        })
        .await
    }

    async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        let id = id.to_owned();
        self.call("event", 0, move |world| world.one(&id)).await
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        let filter = filter.clone();
        self.call("count events", 0, move |world| world.count(&filter))
            .await
    }

    async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        self.call("event groups", 0, move |world| world.groups(limit))
            .await
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
