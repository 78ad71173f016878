//! The tasks beside the loop: leases, notifications, preparation, cleaning, observation, heartbeat.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::task::JoinSet;

use super::{heartbeat, janitor, leases, observer, prepare, rebuild, shared::Shared, verifier};
use crate::operate::Operations;

/// The pause before listening is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// How often operations of processes that are gone are looked for.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(10);

/// Starts them; they end when the set is dropped.
pub(crate) fn start(shared: &Arc<Shared>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(leases::keep(shared.clone()));
    tasks.spawn(listen(shared.clone()));
    for schema in shared.sides.registry.all() {
        tasks.spawn(prepare::prepare(shared.clone(), schema.clone()));
    }
    tasks.spawn(janitor::clean(shared.clone()));
    tasks.spawn(observer::observe(shared.clone()));
    tasks.spawn(take_over(shared.clone()));
    tasks.spawn(rebuild::lead(shared.clone()));
    tasks.spawn(heartbeat::beat(shared.clone(), shared.options.heartbeat));
    if let Some(every) = shared.options.verify_every {
        tasks.spawn(verifier::walk(shared.clone(), every));
    }
    tasks
}

/// Goes on with the operations of processes that are gone.
async fn take_over(shared: Arc<Shared>) {
    let operations = Operations::new(shared.sides.clone(), shared.signals.clone());
    // One that takes hours is no reason to leave another one.
    let mut taken = JoinSet::new();
    loop {
        tokio::time::sleep(TAKE_OVER_EVERY).await;
        leases::led(&shared).await;
        while taken.try_join_next().is_some() {}
        match operations.take_over().await {
            Ok(Some(work)) => drop(taken.spawn(work)),
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(%error, "whether an operation was left is not known; it is asked again");
            }
        }
    }
}

/// Turns notifications of other processes into polls. Where there are none, polling finds commits.
async fn listen(shared: Arc<Shared>) {
    loop {
        match shared.sides.primary.listen().await {
            Ok(None) => return,
            Ok(Some(mut hints)) => {
                while hints.next().await.is_some() {
                    shared.notified.notify_one();
                }
                // Some may have been sent while nobody listened.
                shared.notified.notify_one();
            }
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "notifications cannot be listened to; polling goes on"
            ),
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
