//! Tells workers of other processes that something was committed.
//!
//! *Who.* A task of its own sends the notifications, so that no writer waits for
//! one. It starts with the first commit and ends with the last handle of the client.
//!
//! *When.* At once after a commit that comes alone; of commits that come faster, once in [`GAP`]
//! for all of them. One is under way at a time, and a commit meanwhile is covered by the next.
//!
//! *Failures.* A notification is a hint; without it a worker finds the event by polling.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, Receiver, Sender, error::TrySendError},
    time::{Instant, sleep_until},
};
use twinbase_core::primary::{PrimaryKind, Wake};

/// Far below what a person notices, and never more than 200 notifications a second.
const GAP: Duration = Duration::from_millis(5);

/// A handle on the task; cheap to clone.
#[derive(Clone)]
pub(super) struct Notifier {
    primary: Arc<dyn Wake>,
    /// The worker of this process holds every partition: there is nobody to tell.
    covers_all: Arc<AtomicBool>,
    /// Room for one: what is in it stands for all commits until the task takes it.
    task: Arc<Mutex<Option<Sender<()>>>>,
}

impl Notifier {
    /// Nothing is sent while `covers_all`; there is none where nobody could listen.
    pub(super) fn new(
        kind: PrimaryKind,
        primary: Arc<dyn Wake>,
        covers_all: Arc<AtomicBool>,
    ) -> Option<Self> {
        (kind != PrimaryKind::Sqlite).then(|| Self {
            primary,
            covers_all,
            task: Arc::default(),
        })
    }

    /// Something was committed. Does not wait.
    pub(super) fn committed(&self) {
        if self.covers_all.load(Ordering::Relaxed) {
            return;
        }
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = task.as_ref().map(|task| task.try_send(()));
        // None yet, or it ended with the runtime that it was started on.
        if let None | Some(Err(TrySendError::Closed(()))) = sent {
            let (sender, receiver) = mpsc::channel(1);
            if sender.try_send(()).is_ok() {
                tokio::spawn(run(Arc::clone(&self.primary), receiver));
                *task = Some(sender);
            }
        }
    }
}

async fn run(primary: Arc<dyn Wake>, mut commits: Receiver<()>) {
    while commits.recv().await.is_some() {
        let next = Instant::now() + GAP;
        if let Err(error) = primary.notify().await {
            tracing::debug!(%error, "other processes were not notified of a commit; they find it by polling");
        }
        sleep_until(next).await;
    }
}

#[cfg(test)]
#[path = "notifier_tests.rs"]
mod tests;
