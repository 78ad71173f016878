//! The outbox, and waking up.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use rand::Rng as _;
use twinbase_core::{
    AggregateId, EventRef, Key, PrimaryError, Schema, Version,
    primary::{FailedAttempt, Hints, Outbox, OutboxStatus, Pending, PendingRequest, Retired, Wake},
};

use super::{SimPrimary, hash};
use crate::simulation::trace::mix;

#[async_trait]
impl Outbox for SimPrimary {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        let caller = self.caller;
        self.shared.world().judge_held(caller, self.may_hold);
        let detail = request
            .cursors
            .iter()
            .fold(u64::from(request.limit), |hash, (_, after)| {
                mix(hash, after.cast_unsigned())
            });
        let request = request.clone();
        self.call("read", detail, move |world| world.pending(caller, &request))
            .await
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        let (events, healed) = (events.to_vec(), healed.to_vec());
        self.call("mark", hash(&events), move |world| {
            world.mark(&events, &healed)
        })
        .await
    }

    async fn record_failed(&self, charges: &[FailedAttempt]) -> Result<u64, PrimaryError> {
        let events: Vec<_> = charges.iter().map(|charge| charge.at).collect();
        let charges = charges.to_vec();
        self.call("charge", hash(&events), move |world| world.charge(&charges))
            .await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        let ids = ids.to_vec();
        self.call("unapplied", ids.len() as u64, move |world| {
            let waiting = world.database.waiting.iter().flatten();
            let keys: HashSet<_> = waiting.map(|(_, waiting)| waiting.key).collect();
            let is_waiting = |id: &&AggregateId| {
                let key = world.numbers.find(schema.aggregate_type, id);
                key.is_some_and(|key| keys.contains(&key))
            };
            ids.iter().filter(is_waiting).cloned().collect()
        })
        .await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.call("status", 0, |world| world.outbox_status(None))
            .await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        self.call("status by type", 0, |world| {
            let types: BTreeSet<_> = world.subjects.iter().map(|of| &of.aggregate_type).collect();
            let all = types
                .into_iter()
                .map(|of| (of.clone(), world.outbox_status(Some(of))));
            all.filter(|(_, status)| status.backlog + status.failed > 0)
                .collect()
        })
        .await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        self.call("retire", 0, move |world| world.retire(before, limit))
            .await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        let heads = heads.to_vec();
        self.call("forget", 0, move |world| world.forget(&heads))
            .await
    }
}

#[async_trait]
impl Wake for SimPrimary {
    async fn notify(&self) -> Result<(), PrimaryError> {
        let hints = self.shared.hints.clone();
        self.call("notify", 0, move |_| hints.notify_waiters())
            .await
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        let shared = self.shared.clone();
        self.call("listen", 0, move |_| {
            // Counts from now, whenever it is polled first.
            let next = shared.hints.clone().notified_owned();
            // One connection in ten is lost with the next hint.
            let hints = stream::unfold((shared.clone(), next), |(shared, next)| async move {
                next.await;
                let next = shared.hints.clone().notified_owned();
                let goes_on = shared.world().random.random_bool(0.9);
                goes_on.then_some(((), (shared, next)))
            });
            Some(hints.boxed())
        })
        .await
    }
}
