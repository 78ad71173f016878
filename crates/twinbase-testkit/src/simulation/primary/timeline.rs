//! The timeline of a simulated primary.

use std::collections::HashMap;

use async_trait::async_trait;
use twinbase_core::{
    AggregateId, PrimaryError, Schema, Version,
    primary::{Cause, Raised, Timeline, Timelines},
};

use super::SimPrimary;
use crate::simulation::faults::Sabotage;

/// It is the same database whatever is put back, so that the heartbeat alone tells.
const NAME: &str = "simulated";

#[async_trait]
impl Timelines for SimPrimary {
    async fn timeline(&self) -> Result<Timeline, PrimaryError> {
        self.call("timeline", 0, |world| Timeline {
            floor: world.database.floor,
            recorded: Some(NAME.into()),
            database: Some(NAME.into()),
            unproven: world.database.raised.clone(),
        })
        .await
    }

    async fn recorded(&self) -> Result<Timeline, PrimaryError> {
        self.timeline().await
    }

    async fn heads(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashMap<AggregateId, Version>, PrimaryError> {
        let of_type = schema.aggregate_type.clone();
        let ids = ids.to_vec();
        self.call("heads", ids.len() as u64, move |world| {
            let keys = world.of_ids(&of_type, &ids);
            let heads = keys.map(|key| {
                let subject = &world.subjects[key];
                (subject.key.id.clone(), Version::new(subject.head()))
            });
            heads.filter(|(_, head)| *head > Version::NONE).collect()
        })
        .await
    }

    async fn raise_floor(&self, at_least: Version, cause: Cause) -> Result<(), PrimaryError> {
        self.call("raise floor", 0, move |world| {
            let at = world.now();
            world.trace.count("floor raised");
            if world.sabotage != Some(Sabotage::ForgetsTheFloor) {
                world.database.floor = world.database.floor.max(at_least);
            }
            world.database.raised = Some(Raised { at, cause });
        })
        .await
    }

    async fn record_database(&self) -> Result<(), PrimaryError> {
        Ok(())
    }

    async fn prove_timeline(&self, floor: Version) -> Result<(), PrimaryError> {
        self.call("prove timeline", 0, move |world| {
            if world.database.floor == floor {
                world.database.raised = None;
                world.trace.count("timeline proven");
            }
        })
        .await
    }
}
