//! The simulated sides keep the contract: else nothing that is seen on them is proven.

use std::sync::Arc;

use async_trait::async_trait;
use twinbase_core::{AggregateId, Clock as _, Primary, Replica, SystemClock};
use twinbase_testkit::{conformance::primary::Database, simulation::Simulation};

struct Simulated(Simulation);

#[async_trait]
impl Database for Simulated {
    async fn open(&self) -> Arc<dyn Primary> {
        self.0.join(usize::MAX).1
    }

    async fn foreign(&self, _: &[&str]) -> Result<(), String> {
        Err("a simulated primary has no SQL".to_owned())
    }

    async fn foreign_event(&self, aggregate_type: &str, id: &str) -> Result<(), String> {
        let id = AggregateId::new(id).map_err(|error| error.to_string())?;
        self.0.insert_event(aggregate_type, &id, "{}");
        Ok(())
    }
}

async fn fresh(_: &str) -> Option<Simulated> {
    Some(Simulated(Simulation::empty(SystemClock.now())))
}

mod primary {
    use super::fresh;

    twinbase_testkit::primary_conformance!(without_sql: super::fresh);
}

#[expect(clippy::unused_async, reason = "other replicas ask a server")]
async fn fresh_replica(_: &str) -> Option<(Arc<dyn Replica>, ())> {
    let (_, _, replica) = Simulation::empty(SystemClock.now()).join(usize::MAX);
    Some((replica, ()))
}

mod replica {
    twinbase_testkit::replica_conformance!(without_queries: crate::simulation::fresh_replica);
}
