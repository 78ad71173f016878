//! The replica as one worker sees it.

use std::sync::Arc;

use async_trait::async_trait;
use bson::{Bson, Document};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use rand::Rng as _;
use twinbase_core::{
    AggregateId, Body, Change, Outcome, Replica, ReplicaError, Schema,
    replica::{
        Applied, Apply, Collation, DocumentPage, Documents, Find, Page, Reads, ReplicaKind, Stored,
    },
};

use super::{
    documents::{Physical, Refusal, rejected, stored, version},
    faults::{Fault, Sabotage},
    keys::Subject,
    outages::Outage,
    trace::{mix, mix_text},
    world::{Simulation, World},
};

/// The replica of a simulation, for one worker.
#[derive(Clone)]
pub struct SimReplica {
    pub(super) shared: Simulation,
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
            .call(self.caller, (Outage::Replica, what), detail, effect)
            .await
            .map_err(|fault| ReplicaError::Unavailable {
                operation: what,
                source: fault.name().into(),
            })
    }
}

#[async_trait]
impl Apply for SimReplica {
    async fn prepare(&self, schema: &Schema) -> Result<(), ReplicaError> {
        let at = Physical::of(schema);
        let refusal = self.call("prepare", 0, move |world, _| {
            let refusal = world.refusal("prepare", &at.of_type);
            if refusal.is_none() {
                world.made.insert(at.name.clone());
            }
            refusal
        });
        refusal.await?.map_or(Ok(()), Err)
    }

    async fn apply(
        &self,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        let at = Physical::of(schema);
        let detail = changes.iter().fold(0, |hash, change| {
            let hash = mix_text(hash, change.id.as_str());
            mix(hash, change.version.get().cast_unsigned())
        });
        let count = changes.len();
        let changes = changes.to_vec();
        let target: usize = self.shared.world().random.random_range(0..count.max(1));
        let answer = self
            .call("apply", detail, move |world, fault| {
                world.apply(&at, &changes, fault, target)
            })
            .await;
        match answer {
            Err(_) if self.shared.world().sabotage == Some(Sabotage::BlamesTheInnocent) => {
                Ok(vec![rejected(0); count])
            }
            Ok(Ok(outcomes)) => Ok(outcomes),
            Err(error) | Ok(Err(Refusal::Whole(error))) => Err(error),
            // Without the hook that would print it: it is meant to happen.
            Ok(Err(Refusal::Panic)) => {
                std::panic::resume_unwind(Box::new("a fault of the simulation"))
            }
        }
    }

    async fn drop_collection(&self, schema: &Schema) -> Result<(), ReplicaError> {
        let at = Physical::of(schema);
        // Nobody sends it twice: of a name that is used already, the second would take what was written since.
        let mut is_done = false;
        self.call("drop a collection", 0, move |world, _| {
            if std::mem::replace(&mut is_done, true) {
                return;
            }
            world.made.remove(&at.name);
            for subject in &mut world.subjects {
                subject.mend(&at.name);
                subject.copies.remove(&at.name);
            }
        })
        .await
    }

    async fn sweep(
        &self,
        schema: &Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        let at = Physical::of(schema);
        self.call("sweep", 0, move |world, _| {
            let is_old =
                |kept: &mut Change| matches!(kept.body, Body::Tombstone(made) if made < before);
            let of_type = |subject: &&mut Subject| *subject.key.aggregate_type == *at.of_type;
            let subjects = world.subjects.iter_mut().filter(of_type);
            let copies = subjects.filter_map(|subject| subject.copies.get_mut(&at.name));
            let swept = copies.filter_map(|copy| copy.kept.take_if(is_old));
            let removed = swept.take(limit as usize).count();
            for _ in 0..removed {
                world.trace.count("tombstone swept");
            }
            removed as u64
        })
        .await
    }
}

fn no_queries() -> ReplicaError {
    ReplicaError::InvalidQuery {
        reason: "a simulated replica finds all documents, or one by its id".into(),
    }
}

#[async_trait]
impl Reads for SimReplica {
    async fn find(&self, schema: &Schema, find: Find) -> Result<Documents, ReplicaError> {
        let at = Physical::of(schema);
        let found = self.call("find", 0, move |world, _| world.found(&at, &find.filter));
        let found = found.await?.ok_or_else(no_queries)?;
        Ok(stream::iter(found.into_iter().map(Ok)).boxed())
    }

    async fn aggregate(&self, _: &Schema, _: Vec<Document>) -> Result<Documents, ReplicaError> {
        Err(no_queries())
    }

    async fn count(&self, schema: &Schema, filter: Document) -> Result<u64, ReplicaError> {
        let at = Physical::of(schema);
        let found = self.call("count", 0, move |world, _| world.found(&at, &filter));
        Ok(found.await?.ok_or_else(no_queries)?.len() as u64)
    }

    async fn distinct(&self, _: &Schema, _: &str, _: Document) -> Result<Vec<Bson>, ReplicaError> {
        Err(no_queries())
    }

    async fn get(&self, schema: &Schema, ids: &[AggregateId]) -> Result<Vec<Stored>, ReplicaError> {
        let at = Physical::of(schema);
        let ids = ids.to_vec();
        self.call("get", 0, move |world, _| {
            world.kept(&at, &ids).map(stored).collect()
        })
        .await
    }

    async fn versions(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError> {
        let at = Physical::of(schema);
        let ids = ids.to_vec();
        self.call("versions", 0, move |world, _| {
            world.kept(&at, &ids).map(version).collect()
        })
        .await
    }

    async fn exists(&self, schema: &Schema) -> Result<bool, ReplicaError> {
        let at = Physical::of(schema);
        self.call("exists", 0, move |world, _| world.made.contains(&at.name))
            .await
    }

    async fn scan(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page, ReplicaError> {
        let at = Physical::of(schema);
        let after = after.map(str::to_owned);
        self.call("scan", 0, move |world, _| {
            let found = world.kept_after(&at, after.as_deref()).map(version);
            let found: Vec<_> = found.take(limit as usize).collect();
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

    async fn documents_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DocumentPage, ReplicaError> {
        let at = Physical::of(schema);
        let after = after.map(str::to_owned);
        self.call("documents after", 0, move |world, _| {
            let mut page = DocumentPage::default();
            let found = world.kept_after(&at, after.as_deref()).map(stored);
            for stored in found.take(limit as usize) {
                let bytes = stored.document.and_then(|document| document.to_vec().ok());
                page.take(stored.id.as_str(), stored.version, bytes.as_deref());
            }
            let is_full = page.found.len() == limit as usize;
            let last = page.found.last().filter(|_| is_full);
            page.next = last.map(|last| last.id.to_string());
            page
        })
        .await
    }

    fn collated(&self, _: &Collation) -> Result<Arc<dyn Reads>, ReplicaError> {
        Err(no_queries())
    }

    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
        Ok(Arc::new(self.clone()))
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

    async fn collections(&self) -> Result<Vec<String>, ReplicaError> {
        self.call("list collections", 0, |world, _| {
            world.made.iter().map(ToString::to_string).collect()
        })
        .await
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        self.call("ping", 0, |_, _| ()).await
    }
}
