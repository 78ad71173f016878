//! Notifications: few, never two at once, and none that nobody needs.

use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use twinbase_core::{PrimaryError, primary::Hints};
use twinbase_testkit::wait;

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

/// Counts notifications; each takes a permit and ends in a failure.
struct Bell {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    permits: Semaphore,
}

#[async_trait]
impl Wake for Bell {
    async fn notify(&self) -> Result<(), PrimaryError> {
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst);
        assert_eq!(under_way, 0, "one at once");
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        Err(crate::fail::unavailable("notify", "nobody is there"))
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        Ok(None)
    }
}

impl Bell {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            begun: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            permits: Semaphore::new(permits),
        })
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    async fn has_begun(&self, count: usize) {
        let reached = async || match self.begun() {
            begun if begun >= count => Ok(()),
            begun => Err(format!("{begun} notifications")),
        };
        wait::until("notifications", DEADLINE, reached).await;
    }

    /// The task has ended and let go of the database.
    async fn is_alone(self: &Arc<Self>) {
        let alone = async || match Arc::strong_count(self) {
            1 => Ok(()),
            count => Err(format!("{count} handles")),
        };
        wait::until("the end of the task", DEADLINE, alone).await;
    }
}

fn notifier(kind: PrimaryKind, bell: &Arc<Bell>) -> (Notifier, Arc<AtomicBool>) {
    let covers_all = Arc::new(AtomicBool::new(false));
    let notifier = Notifier::new(kind, bell.clone(), covers_all.clone());
    (notifier.unwrap(), covers_all)
}

#[tokio::test]
async fn commits_share_a_notification_and_those_during_one_are_told_by_the_next() {
    let bell = Bell::new(0);
    let (notifier, _) = notifier(PrimaryKind::Postgres, &bell);
    (0..1_000).for_each(|_| notifier.committed());
    bell.has_begun(1).await;
    (0..1_000).for_each(|_| notifier.clone().committed());
    assert_eq!(bell.begun(), 1, "the first is still under way");
    bell.permits.add_permits(10);
    bell.has_begun(2).await;
    // The last handle: what was told to it is still done, and then the task ends.
    notifier.committed();
    drop(notifier);
    bell.is_alone().await;
    assert_eq!(bell.begun(), 3);
}

#[tokio::test]
async fn however_many_commits_there_are_a_gap_lies_between_notifications() {
    let bell = Bell::new(1_000);
    let (notifier, _) = notifier(PrimaryKind::Cockroach, &bell);
    let started = Instant::now();
    while started.elapsed() < 20 * GAP {
        notifier.committed();
        tokio::task::yield_now().await;
    }
    let gaps = started.elapsed().as_millis() / GAP.as_millis();
    let most = usize::try_from(gaps).unwrap() + 1;
    let begun = bell.begun();
    assert!((2..=most).contains(&begun), "{begun} in {gaps} gaps");
}

#[tokio::test]
async fn nobody_is_told_who_is_not_there() {
    let bell = Bell::new(1_000);
    let on_sqlite = Notifier::new(PrimaryKind::Sqlite, bell.clone(), Arc::default());
    assert!(on_sqlite.is_none());
    let (notifier, covers_all) = notifier(PrimaryKind::Postgres, &bell);
    covers_all.store(true, Ordering::Relaxed);
    notifier.committed();
    covers_all.store(false, Ordering::Relaxed);
    notifier.committed();
    bell.has_begun(1).await;
    drop(notifier);
    bell.is_alone().await;
    assert_eq!(bell.begun(), 1);
}

#[test]
fn a_task_that_ended_with_its_runtime_is_started_again() {
    let bell = Bell::new(1_000);
    let (notifier, _) = notifier(PrimaryKind::Postgres, &bell);
    for count in 1..=2 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            notifier.committed();
            bell.has_begun(count).await;
        });
    }
}
