//! The replica as one worker sees it.

use std::sync::Arc;

use async_trait::async_trait;
use bson::Document;
use jiff::Timestamp;
use rand::Rng as _;
use twinbase_core::{
    AggregateId, Change, Outcome, Replica, ReplicaError, Schema,
    replica::{Applied, Apply, Documents, Find, Page, Reads, ReplicaKind, Stored},
};

use super::{
    documents::{Refusal, rejected},
    faults::{Fault, Sabotage},
    trace::mix,
    world::{Shared, Side, World},
};

/// The replica of a simulation, for one worker.
pub struct SimReplica {
    pub(super) shared: Shared,
    pub(super) caller: usize,
}

impl SimReplica {
    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        detail: u64,
        effect: impl FnMut(&mut World, Fault) -> T + Send + 'static,
    ) -> Result<T, ReplicaError> {
        self.shared
            .call(self.caller, (Side::Replica, what), detail, effect)
            .await
            .map_err(|fault| away(what, fault))
    }
}

fn away(operation: &'static str, fault: Fault) -> ReplicaError {
    ReplicaError::Unavailable {
        operation,
        source: fault.name().into(),
    }
}

#[async_trait]
impl Apply for SimReplica {
    async fn prepare(&self, _: &'static Schema) -> Result<(), ReplicaError> {
        self.call("prepare", 0, |_, _| ()).await
    }

    async fn apply(
        &self,
        schema: &'static Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        let detail = changes.iter().fold(0, |hash, change| {
            let hash = change
                .id
                .as_str()
                .bytes()
                .fold(hash, |h, b| mix(h, u64::from(b)));
            mix(hash, change.version.get().cast_unsigned())
        });
        let count = changes.len();
        let changes = changes.to_vec();
        let target: usize = self.shared.world().random.random_range(0..count.max(1));
        let answer = self
            .call("apply", detail, move |world, fault| {
                world.apply(schema, &changes, fault, target)
            })
            .await;
        match answer {
            Err(_) if self.shared.world().sabotage == Some(Sabotage::BlamesTheInnocent) => {
                Ok(vec![rejected("it is only away"); count])
            }
            Err(error) => Err(error),
            Ok(Ok(outcomes)) => Ok(outcomes),
            Ok(Err(Refusal::Whole)) => Err(ReplicaError::Unexpected {
                operation: "apply",
                reason: "a document that is not named is refused".into(),
            }),
            // Without the hook that would print it: it is meant to happen.
            Ok(Err(Refusal::Panic)) => {
                std::panic::resume_unwind(Box::new("a fault of the simulation"))
            }
        }
    }

    async fn sweep(
        &self,
        schema: &'static Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        self.call("sweep", 0, move |world, _| {
            world.sweep(schema, before, limit)
        })
        .await
    }
}

fn no_queries() -> ReplicaError {
    ReplicaError::InvalidQuery {
        reason: "a simulated replica has no query language".into(),
    }
}

#[async_trait]
impl Reads for SimReplica {
    async fn find(&self, _: &'static Schema, _: Find) -> Result<Documents, ReplicaError> {
        Err(no_queries())
    }

    async fn aggregate(
        &self,
        _: &'static Schema,
        _: Vec<Document>,
    ) -> Result<Documents, ReplicaError> {
        Err(no_queries())
    }

    async fn count(&self, _: &'static Schema, _: Document) -> Result<u64, ReplicaError> {
        Err(no_queries())
    }

    async fn get(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Stored>, ReplicaError> {
        let ids = ids.to_vec();
        self.call("get", 0, move |world, _| world.stored(schema, &ids))
            .await
    }

    async fn versions(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError> {
        let ids = ids.to_vec();
        self.call("versions", 0, move |world, _| world.versions(schema, &ids))
            .await
    }

    async fn scan(
        &self,
        schema: &'static Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page, ReplicaError> {
        let after = after.map(str::to_owned);
        self.call("scan", 0, move |world, _| {
            // Ids are zero-padded: byte order is the order of their numbers.
            let subjects = world.subjects.iter();
            let ids = subjects.filter(|subject| {
                *subject.schema == *schema
                    && after
                        .as_ref()
                        .is_none_or(|after| subject.id.as_str() > &**after)
            });
            let ids: Vec<_> = ids.map(|subject| subject.id.clone()).collect();
            let mut found = world.versions(schema, &ids);
            found.truncate(limit as usize);
            let full = found.len() == limit as usize;
            let last = found.last().filter(|_| full);
            Page {
                next: last.map(|last| last.id.to_string()),
                found,
                ..Page::default()
            }
        })
        .await
    }

    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
        Ok(Arc::new(Self {
            shared: self.shared.clone(),
            caller: self.caller,
        }))
    }
}

#[async_trait]
impl Replica for SimReplica {
    fn kind(&self) -> ReplicaKind {
        ReplicaKind::Embedded
    }

    fn location(&self) -> String {
        "simulated replica".into()
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        self.call("ping", 0, |_, _| ()).await
    }
}
