//! Live rebuild: a collection is made anew while everybody reads and writes, and readers move without noticing.

mod direct;
mod followed;
mod killed;
mod late;
mod old;
mod pointers;
mod stopping;
mod under_load;
mod undocumented;

use std::{num::NonZeroU32, time::Duration};

use twinbase::{
    core::{Replica, primary::Phase},
    prelude::*,
    sync::rebuild::{RebuildOptions, RebuildStatus},
};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, fast},
};

/// The collection that is rebuilt, and its generations.
const ACCOUNTS: &str = "accounts";
const SECOND: &str = "accounts_g2";

/// A worker whose leases are free soon after it was killed.
fn brief() -> WorkerOptions {
    WorkerOptions {
        lease_ttl: Duration::from_millis(600),
        lease_renew: Duration::from_millis(100),
        clean_every: Duration::from_millis(100),
        ..fast()
    }
}

/// Long enough to be seen, and the old collection is kept.
fn slowly(rows_per_second: u32) -> RebuildOptions {
    RebuildOptions {
        rate: NonZeroU32::new(rows_per_second),
        ..RebuildOptions::default()
    }
}

/// Accounts with documents.
async fn filled(setup: &Setup, count: usize) -> Vec<Account> {
    let accounts: Vec<_> = (0..count)
        .map(|n| account(&format!("key-{n:05}")))
        .collect();
    for some in accounts.chunks(500) {
        setup.twin.insert_many(some).await.unwrap();
    }
    setup.twin.drain(fast()).await.unwrap();
    accounts
}

async fn status(twin: &Twinbase) -> RebuildStatus {
    twin.rebuilds().of(ACCOUNTS).await.unwrap().unwrap()
}

/// Waits until the rebuild is in one of these phases.
async fn reaches(twin: &Twinbase, phases: &[Phase]) -> RebuildStatus {
    wait::until("a phase of the rebuild", SOON, async || {
        let now = status(twin).await;
        if phases.contains(&now.phase) {
            return Ok(now);
        }
        Err(format!("{now:?}"))
    })
    .await
}

/// Rebuilds to the end, and says what readers use.
async fn rebuilt(twin: &Twinbase, options: &RebuildOptions) -> RebuildStatus {
    twin.rebuilds().start(ACCOUNTS, options).await.unwrap();
    let rebuilds = twin.rebuilds();
    let followed = rebuilds.follow(ACCOUNTS, |_| {});
    tokio::time::timeout(SOON, followed).await.unwrap().unwrap()
}

async fn is_there(replica: &dyn Replica, generation: u32) -> bool {
    let schema = Account::schema().as_ref().clone();
    replica
        .exists(&schema.in_generation(generation))
        .await
        .unwrap()
}
