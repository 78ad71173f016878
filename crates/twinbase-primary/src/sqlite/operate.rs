//! Leases, controls and the operator's verbs.

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    EventRef, Key, PrimaryError, Version,
    primary::{
        Controls, EventCursor, EventFilter, EventGroup, EventRecord, Events, Hints, Leased, Leases,
        Pause, PauseScope, Retired, Suspect, Wake, WorkerRecord, WorkerReport,
    },
};

use super::Sqlite;

fn missing<T>(operation: &'static str) -> Result<T, PrimaryError> {
    Err(PrimaryError::Refused {
        operation,
        reason: "it is not there yet".into(),
    })
}

#[async_trait]
impl Leases for Sqlite {
    async fn lease(
        &self,
        _worker: &WorkerReport,
        _ttl: std::time::Duration,
        _gone: &[String],
    ) -> Result<Leased, PrimaryError> {
        missing("lease")
    }
    async fn release(&self, _worker: &str) -> Result<(), PrimaryError> {
        missing("release")
    }
    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        missing("workers")
    }
    async fn started(&self, _worker: &str, _events: &[EventRef]) -> Result<(), PrimaryError> {
        missing("started")
    }
    async fn finished(&self, _events: &[EventRef]) -> Result<(), PrimaryError> {
        missing("finished")
    }
    async fn suspects(&self, _gone: &[String]) -> Result<Vec<Suspect>, PrimaryError> {
        missing("suspects")
    }
}

#[async_trait]
impl Controls for Sqlite {
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        Ok(vec![])
    }
    async fn pause(&self, _scope: &PauseScope, _reason: &str) -> Result<bool, PrimaryError> {
        missing("pause")
    }
    async fn resume(&self, _scope: &PauseScope) -> Result<bool, PrimaryError> {
        missing("resume")
    }
}

#[async_trait]
impl Events for Sqlite {
    async fn events(
        &self,
        _filter: &EventFilter,
        _after: Option<&EventCursor>,
        _limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        missing("events")
    }
    async fn event(&self, _id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        missing("event")
    }
    async fn count_events(&self, _filter: &EventFilter) -> Result<u64, PrimaryError> {
        missing("count")
    }
    async fn event_groups(&self, _limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        missing("groups")
    }
    async fn retry(&self, _filter: &EventFilter, _limit: u32) -> Result<u64, PrimaryError> {
        missing("retry")
    }
    async fn discard(
        &self,
        _filter: &EventFilter,
        _reason: &str,
        _limit: u32,
    ) -> Result<u64, PrimaryError> {
        missing("discard")
    }
    async fn restore(&self, _filter: &EventFilter, _limit: u32) -> Result<u64, PrimaryError> {
        missing("restore")
    }
    async fn retire(&self, _before: Timestamp, _limit: u32) -> Result<Retired, PrimaryError> {
        Ok(Retired::default())
    }
    async fn forget(&self, _heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        Ok(0)
    }
}

#[async_trait]
impl Wake for Sqlite {
    async fn notify(&self) -> Result<(), PrimaryError> {
        Ok(())
    }
    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        Ok(None)
    }
}
