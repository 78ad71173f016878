//! A replica that fails on purpose, in front of a real one.
//!
//! The ways of failing are those of a network and of servers: away before the
//! write, away after it (the answer is lost), held until released, or one
//! document refused. Nothing is simulated about the write itself: when it
//! happens, the real replica does it.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bson::{Bson, Document};
use jiff::Timestamp;
use tokio::sync::watch;
use twinbase_core::{
    AggregateId, Change, Outcome, Replica, ReplicaError, Schema,
    replica::{
        Applied, Apply, Collation, DocumentPage, Documents, Find, Page, Reads, ReplicaKind, Stored,
    },
};

/// What happens to an apply.
#[derive(Debug, Clone, Default)]
pub enum Fault {
    /// Nothing: the write goes through.
    #[default]
    None,
    /// The replica is away: no write, no answer.
    Down,
    /// The write happens and the answer is lost.
    FailAfterWrite,
    /// The write waits until the fault is another one.
    Hold,
    /// Reads wait until the fault is another one; writes go through.
    HoldReads,
    /// The write happens, and a copy of it arrives once more after the next one, as a network may deliver it.
    Twice,
    /// Changes of this id are refused, the others go through.
    Reject(AggregateId),
    /// Changes of these ids are refused, the others go through.
    RejectIf(fn(&AggregateId) -> bool),
    /// Every write to this physical collection is refused, and no document is named.
    Refuse(&'static str),
    /// Preparing this collection fails; writes go through.
    RefusePrepare(&'static str),
    /// Searches by words are refused, as by a server without an index of words; everything else goes through.
    NoTextSearch,
    /// A write with a change of this id panics, as an error of the program would; others go through.
    Panic(AggregateId),
}

/// The switch of a [`FaultyReplica`]. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    now: Arc<watch::Sender<Fault>>,
    next: Arc<Mutex<VecDeque<Fault>>>,
    held: Arc<watch::Sender<usize>>,
    late: Arc<Mutex<Option<Copied>>>,
}

/// A write that arrives once more.
type Copied = (Schema, Vec<Change>);

impl Faults {
    /// From now on, this.
    pub fn set(&self, fault: Fault) {
        self.now.send_replace(fault);
    }

    /// For the next applies, one after the other, these; then what was [`set`](Self::set).
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.queue().extend(faults);
    }

    /// How many of the scripted faults have not happened yet.
    pub fn remaining(&self) -> usize {
        self.queue().len()
    }

    /// How many applies are held right now.
    pub fn held(&self) -> usize {
        *self.held.borrow()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Fault>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self) -> Fault {
        if let Some(fault) = self.queue().pop_front() {
            return fault;
        }
        let mut now = self.now.subscribe();
        let fault = now.borrow_and_update().clone();
        if !matches!(fault, Fault::Hold) {
            return fault;
        }
        self.held.send_modify(|held| *held += 1);
        let released = now.wait_for(|fault| !matches!(fault, Fault::Hold)).await;
        let fault = released.map(|fault| fault.clone()).unwrap_or_default();
        self.held.send_modify(|held| *held -= 1);
        fault
    }
}

/// A replica with a [`Faults`] switch in front of its applies and, when it is down, of everything.
pub type FaultyReplica = Faulty<dyn Replica>;

/// A [`FaultyReplica`], or one of its sessions of reads.
pub struct Faulty<R: ?Sized> {
    inner: Arc<R>,
    faults: Faults,
}

impl FaultyReplica {
    /// Puts a switch in front of a replica; it begins with no fault.
    pub fn new(inner: Arc<dyn Replica>) -> (Arc<Self>, Faults) {
        let faults = Faults::default();
        let replica = Faulty {
            inner,
            faults: faults.clone(),
        };
        (Arc::new(replica), faults)
    }
}

impl<R: ?Sized> Faulty<R> {
    fn reachable(&self, operation: &'static str) -> Result<&R, ReplicaError> {
        if matches!(*self.faults.now.borrow(), Fault::Down) {
            return Err(away(operation));
        }
        Ok(&*self.inner)
    }

    async fn readable(&self, operation: &'static str) -> Result<&R, ReplicaError> {
        let mut now = self.faults.now.subscribe();
        // The sender lives as long as this.
        let _ = now
            .wait_for(|fault| !matches!(fault, Fault::HoldReads))
            .await;
        self.reachable(operation)
    }
}

impl FaultyReplica {
    /// Delivers the copy that is on its way, and has this one on its way from now on. Nobody waits for its answer.
    async fn deliver_late(&self, next: Option<Copied>) {
        let late = &self.faults.late;
        let earlier = std::mem::replace(
            &mut *late.lock().unwrap_or_else(PoisonError::into_inner),
            next,
        );
        if let Some((schema, changes)) = earlier {
            self.inner.apply(&schema, &changes).await.ok();
        }
    }

    /// Applies all changes but those of some ids.
    async fn apply_but(
        &self,
        refused: impl Fn(&AggregateId) -> bool + Send + Sync,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        let accepted = changes.iter().filter(|change| !refused(&change.id));
        let accepted: Vec<_> = accepted.cloned().collect();
        let mut outcomes = self.inner.apply(schema, &accepted).await?.into_iter();
        let outcome = |change: &Change| {
            if refused(&change.id) {
                Some(Outcome::Rejected {
                    code: Some(121),
                    reason: "a fault of the test".into(),
                })
            } else {
                outcomes.next()
            }
        };
        Ok(changes.iter().filter_map(outcome).collect())
    }
}

fn away(operation: &'static str) -> ReplicaError {
    ReplicaError::Unavailable {
        operation,
        source: "a fault of the test".into(),
    }
}

fn refused(operation: &'static str) -> ReplicaError {
    ReplicaError::Refused {
        operation,
        reason: "a fault of the test".into(),
    }
}

#[async_trait]
impl Apply for FaultyReplica {
    async fn prepare(&self, schema: &Schema) -> Result<(), ReplicaError> {
        if matches!(*self.faults.now.borrow(), Fault::RefusePrepare(of) if of == schema.collection)
        {
            return Err(refused("prepare collections"));
        }
        self.reachable("prepare a collection")?
            .prepare(schema)
            .await
    }

    async fn apply(
        &self,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        match self.faults.take().await {
            Fault::Refuse(of) if of == schema.physical() => return Err(refused("apply changes")),
            Fault::None
            | Fault::Hold
            | Fault::HoldReads
            | Fault::NoTextSearch
            | Fault::Refuse(_)
            | Fault::RefusePrepare(_) => {}
            Fault::Down => return Err(away("apply changes")),
            Fault::FailAfterWrite => {
                self.inner.apply(schema, changes).await?;
                return Err(away("apply changes"));
            }
            Fault::Panic(id) => {
                assert!(changes.iter().all(|c| c.id != id), "a fault of the test");
            }
            Fault::Twice => {
                let outcomes = self.inner.apply(schema, changes).await?;
                self.deliver_late(Some((schema.clone(), changes.to_vec())))
                    .await;
                return Ok(outcomes);
            }
            Fault::Reject(id) => return self.apply_but(|of| *of == id, schema, changes).await,
            Fault::RejectIf(refused) => return self.apply_but(refused, schema, changes).await,
        }
        let outcomes = self.inner.apply(schema, changes).await?;
        self.deliver_late(None).await;
        Ok(outcomes)
    }

    async fn drop_collection(&self, schema: &Schema) -> Result<(), ReplicaError> {
        self.reachable("drop a collection")?
            .drop_collection(schema)
            .await
    }

    async fn publish(&self, schema: &Schema) -> Result<(), ReplicaError> {
        self.reachable("publish a collection")?
            .publish(schema)
            .await
    }

    async fn sweep(
        &self,
        schema: &Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        self.reachable("sweep tombstones")?
            .sweep(schema, before, limit)
            .await
    }
}

/// Implements reads by the replica in front of which this stands, when that is to be reached.
macro_rules! forward {
    ($($operation:literal: fn $name:ident($($arg:ident: $takes:ty),*) -> $returns:ty;)*) => {
        #[async_trait]
        impl<R: Reads + ?Sized + 'static> Reads for Faulty<R> {
            async fn find(&self, schema: &Schema, find: Find) -> Result<Documents, ReplicaError> {
                let is_blind = matches!(*self.faults.now.borrow(), Fault::NoTextSearch);
                if is_blind && find.filter.to_string().contains("$text") {
                    let reason = "a fault of the test".into();
                    return Err(ReplicaError::NoTextSearch { reason });
                }
                self.readable("find documents").await?.find(schema, find).await
            }

            $(async fn $name(
                &self,
                schema: &Schema,
                $($arg: $takes),*
            ) -> Result<$returns, ReplicaError> {
                self.readable($operation).await?.$name(schema, $($arg),*).await
            })*

            fn collated(&self, collation: &Collation) -> Result<Arc<dyn Reads>, ReplicaError> {
                let inner = self.inner.collated(collation)?;
                let faults = self.faults.clone();
                Ok(Arc::new(Faulty { inner, faults }))
            }

            async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
                let inner = self.reachable("start a session")?.session().await?;
                let faults = self.faults.clone();
                Ok(Arc::new(Faulty { inner, faults }))
            }

            fn may_lag(&self) -> bool {
                self.inner.may_lag()
            }
        }
    };
}

forward! {
    "run a pipeline": fn aggregate(pipeline: Vec<Document>) -> Documents;
    "count documents": fn count(filter: Document) -> u64;
    "find distinct values": fn distinct(field: &str, filter: Document) -> Vec<Bson>;
    "get documents": fn get(ids: &[AggregateId]) -> Vec<Stored>;
    "read versions": fn versions(ids: &[AggregateId]) -> Vec<Applied>;
    "see whether a collection is there": fn exists() -> bool;
    "scan documents": fn scan(after: Option<&str>, limit: u32) -> Page;
    "read a page of documents": fn documents_after(after: Option<&str>, limit: u32) -> DocumentPage;
}

#[async_trait]
impl Replica for FaultyReplica {
    fn kind(&self) -> ReplicaKind {
        self.inner.kind()
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    async fn collections(&self) -> Result<Vec<String>, ReplicaError> {
        self.reachable("list collections")?.collections().await
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        self.reachable("ping")?.ping().await
    }

    async fn backup(&self, file: &Path) -> Result<bool, ReplicaError> {
        self.reachable("copy")?.backup(file).await
    }

    async fn scrub(&self) -> Result<bool, ReplicaError> {
        self.reachable("scrub")?.scrub().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
