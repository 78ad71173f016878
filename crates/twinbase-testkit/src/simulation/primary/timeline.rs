//! The timeline of a simulated primary, which is never put back, and its collections, which are never rebuilt.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError, Version,
    primary::{Cause, CollectionRecord, Collections, Timeline, Timelines},
};

use super::{SimPrimary, no_sql};

#[async_trait]
impl Timelines for SimPrimary {
    async fn timeline(&self) -> Result<Timeline, PrimaryError> {
        self.call("timeline", 0, |_| Timeline {
            recorded: Some("simulated".into()),
            database: Some("simulated".into()),
            ..Timeline::default()
        })
        .await
    }

    async fn raise_floor(&self, _: Version, _: Cause) -> Result<(), PrimaryError> {
        Err(no_sql("raise the floor of versions"))
    }

    async fn record_database(&self) -> Result<(), PrimaryError> {
        Ok(())
    }

    async fn prove_timeline(&self, _: Version) -> Result<(), PrimaryError> {
        Ok(())
    }
}

#[async_trait]
impl Collections for SimPrimary {
    async fn collections(&self) -> Result<Vec<CollectionRecord>, PrimaryError> {
        self.call("collections", 0, |_| Vec::new()).await
    }

    async fn record_collection(&self, _: &CollectionRecord) -> Result<bool, PrimaryError> {
        Err(no_sql("record where a collection lies"))
    }
}
