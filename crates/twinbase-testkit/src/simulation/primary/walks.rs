//! Walks that are kept.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError,
    primary::{WalkRecord, Walks},
};

use super::SimPrimary;

#[async_trait]
impl Walks for SimPrimary {
    async fn walks(&self) -> Result<Vec<WalkRecord>, PrimaryError> {
        self.call("walks", 0, |world| {
            world.database.walks.values().cloned().collect()
        })
        .await
    }

    async fn keep_walk(&self, walk: &WalkRecord, before: &str) -> Result<bool, PrimaryError> {
        let (walk, before) = (walk.clone(), before.to_owned());
        self.call("keep walk", 0, move |world| {
            let now = world.now();
            let kept = world.database.walks.get(&walk.collection);
            let is_taken = kept.is_some_and(|kept| kept.walker != before);
            if !is_taken {
                let walk = WalkRecord {
                    saved_at: now,
                    ..walk.clone()
                };
                world.database.walks.insert(walk.collection.clone(), walk);
            }
            !is_taken
        })
        .await
    }
}
