//! A process with a worker, which notes that it applies.

use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use twinbase::prelude::*;

use super::place::Place;

/// Apply until asked to stop.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (twin, mut progress) = arguments.place.open().await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let worker = twin.start_worker(options())?;
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
