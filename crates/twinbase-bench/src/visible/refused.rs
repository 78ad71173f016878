//! What a collection that the replica refuses costs the others: its changes wait and are tried again,
//! and more of them come all the time.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use twinbase::prelude::*;
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::faults::{Fault, Faults, FaultyReplica};

use super::beside::{self, Disturbance};
use crate::{app, report::Measurement, servers::Servers};

/// One change in ten is of the collection that is refused.
const NOTE_EVERY: Duration = Duration::from_millis(20);

/// An aggregate beside the one that is measured.
#[derive(Debug, Clone, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "note", table = "notes")]
struct Note {
    #[key]
    id: AggregateId,
    text: String,
}

fn migrations() -> MigrationSet {
    MigrationSet {
        name: "bench_notes",
        migrations: vec![Migration {
            number: 1,
            name: "notes",
            sql: |_| "create table notes (id text primary key, text text not null)",
        }],
    }
}

/// With and without, in turn.
pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("refused").await?;
    let mongo = Mongo::connect(&pair.replica.url, Options::default()).await?;
    let (replica, faults) = FaultyReplica::new(Arc::new(mongo));
    let builder = app::builder()
        .aggregate::<Note>()
        .migrations(migrations())
        .primary(&pair.primary.url)
        .open_replica(replica);
    let twin = app::ready(builder).await?;
    let worker = twin.start_worker(app::worker())?;
    let mut refused = Refused {
        twin: twin.clone(),
        worker: worker.watch(),
        faults,
        writer: None,
        rounds: 0,
    };
    let measured = beside::measure(&twin, &pair, "a refused collection", 2.0, &mut refused).await?;
    worker.stop().await;
    twin.close().await;
    Ok(vec![measured])
}

struct Refused {
    twin: Twinbase,
    worker: tokio::sync::watch::Receiver<WorkerStatus>,
    faults: Faults,
    writer: Option<JoinHandle<Result<(), PrimaryError>>>,
    rounds: u64,
}

impl Disturbance for Refused {
    async fn begin(&mut self) -> anyhow::Result<()> {
        self.faults.set(Fault::Refuse("notes"));
        self.rounds += 1;
        self.writer = Some(tokio::spawn(notes(self.twin.clone(), self.rounds << 32)));
        Ok(())
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(writer) = self.writer.take() {
            writer.abort();
            if let Ok(Err(error)) = writer.await {
                return Err(anyhow::Error::new(error).context("write notes"));
            }
        }
        let is_refused =
            self.worker.borrow().collections.iter().any(|status| {
                status.collection == "notes" && status.state == CollectionState::Refused
            });
        anyhow::ensure!(is_refused, "the collection was not refused");
        self.faults.set(Fault::None);
        Ok(())
    }
}

/// Writes notes, for ever.
async fn notes(twin: Twinbase, first: u64) -> Result<(), PrimaryError> {
    for n in first.. {
        tokio::time::sleep(NOTE_EVERY).await;
        let note = Note {
            id: AggregateId::new(format!("note-{n}")).expect("a short text"),
            text: app::DESCRIPTION.to_owned(),
        };
        twin.insert(&note).await?;
    }
    Ok(())
}
