//! The tasks beside the loop: leases, heartbeat, observation, cleaning, listening.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::{sync::Notify, task::JoinSet};
use twinbase_core::Primary;

use super::{heartbeat, janitor, observer, tenancy::Tenant};

/// The pause before listening is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Starts them; they end when the set is dropped.
pub(crate) fn start(tenant: &Arc<Tenant>, hints: &Arc<Notify>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let Tenant {
        sides,
        options,
        signals,
        status,
        ..
    } = &**tenant;
    let keeper = tenant.clone();
    tasks.spawn(async move { keeper.keep().await });
    tasks.spawn(listen(sides.primary.clone(), hints.clone()));
    tasks.spawn(janitor::clean(
        sides.clone(),
        options.clone(),
        status.subscribe(),
    ));
    tasks.spawn(observer::observe(
        sides.clone(),
        options.clone(),
        status.clone(),
    ));
    if let Some(every) = options.heartbeat {
        let (sides, signals, status) = (sides.clone(), signals.clone(), status.clone());
        tasks.spawn(heartbeat::beat(sides, every, signals, status));
    }
    tasks
}

/// Turns notifications of other processes into looks. Where there are none, polling does.
async fn listen(primary: Arc<dyn Primary>, hints: Arc<Notify>) {
    loop {
        match primary.listen().await {
            Ok(None) => return,
            Ok(Some(mut heard)) => {
                while heard.next().await.is_some() {
                    hints.notify_one();
                }
                // Something may have been said while nobody listened.
                hints.notify_one();
            }
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "notifications cannot be listened to; polling goes on"
            ),
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
