//! A process with a worker, which notes that it applies.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use twinbase::prelude::*;
use twinbase_testkit::faults::{Fault, FaultyReplica};

use crate::{
    app::{builder, open},
    progress::Progress,
};

/// Apply until asked to stop.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The primary's URL.
    primary: String,
    /// The replica's URL.
    replica: String,
    /// Where to note that something was applied.
    progress: PathBuf,
    /// Die when the document with this id is to be written.
    #[arg(long)]
    abort_on: Option<String>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut twin = open(&arguments.primary, &arguments.replica).await?;
    if let Some(id) = &arguments.abort_on {
        let sides = twin.sides();
        let (deadly, faults) = FaultyReplica::new(sides.replica.clone());
        faults.set(Fault::Abort(AggregateId::new(id)?));
        let sides = builder()
            .open_primary(sides.primary.clone())
            .open_replica(deadly);
        twin = sides.open().await?;
    }
    let mut progress = Progress::open(&arguments.progress)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let worker = twin.start_worker(options());
    let mut status = worker.watch();
    let mut applied = 0;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            changed = status.changed() => changed?,
        }
        let now = status.borrow_and_update().clone();
        if now.applied > applied {
            applied = now.applied;
            progress.add(&applied.to_string())?;
        }
    }
    worker.stop().await;
    twin.close().await;
    Ok(())
}

/// Leases that change hands as often as processes die here.
fn options() -> WorkerOptions {
    WorkerOptions {
        lease_ttl: Duration::from_secs(1),
        lease_renew: Duration::from_millis(200),
        backoff_cap: Duration::from_millis(200),
        heartbeat: None,
        ..WorkerOptions::default()
    }
}
