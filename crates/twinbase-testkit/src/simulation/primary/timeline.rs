//! The timeline of a simulated primary: it is never put back.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError, Version,
    primary::{Cause, Timeline, Timelines},
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

    async fn recorded(&self) -> Result<Timeline, PrimaryError> {
        self.timeline().await
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
