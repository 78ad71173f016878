//! How old the replica may be: one background task asks the primary, and reads use what it last reported.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};
use twinbase_core::{Primary, PrimaryError};

use super::{NotCaughtUp, floor::Floor};

/// A bound older than this is refreshed when somebody reads.
const REFRESH_AFTER: Duration = Duration::from_millis(500);

/// Without any reads it is refreshed so often, so that the first read after an idle hour has a useful bound.
const IDLE_REFRESH: Duration = Duration::from_secs(5);

/// The shortest time between two queries of the primary.
const PAUSE: Duration = Duration::from_millis(25);

/// Queries take at most one part in so many of the time: with a long backlog one takes long.
const SHARE: u32 = 5;

/// What the primary said about its oldest event that is not applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// When it was asked.
    asked: Instant,
    /// How old that event was.
    oldest: Duration,
}

impl Seen {
    /// How old a document may be that was read after the primary was asked: what was not applied
    /// then may not be applied now, and what came since may not be either.
    pub(crate) fn staleness(self) -> Duration {
        self.oldest + self.asked.elapsed()
    }
}

#[derive(Debug, Clone, Default)]
struct Known {
    last: Option<Seen>,
    /// Whether a database was put back and it is not known whether both sides agree: nothing bounds the replica's age.
    unproven: bool,
    /// Why the newest query failed.
    error: Option<Arc<PrimaryError>>,
    /// When that query began.
    asked: Option<Instant>,
}

/// The last known bound on the replica's age.
pub(crate) struct Age {
    primary: Arc<dyn Primary>,
    floor: Arc<Floor>,
    /// What the task knows; the task ends when this is dropped.
    known: Mutex<Option<watch::Receiver<Known>>>,
    refresh: Arc<Notify>,
}

impl Age {
    pub(super) fn new(primary: Arc<dyn Primary>, floor: Arc<Floor>) -> Self {
        Self {
            primary,
            floor,
            known: Mutex::new(None),
            refresh: Arc::default(),
        }
    }

    /// The last known bound; never waits.
    pub(crate) fn last(&self) -> Option<Seen> {
        let known = self.task();
        let last = known.borrow().last;
        if last.is_none_or(|seen| seen.asked.elapsed() > REFRESH_AFTER) {
            self.refresh.notify_one();
        }
        last
    }

    /// A bound on the replica's age that is at most `most`. It is too old when a query from now on says so.
    pub(crate) async fn at_most(&self, most: Duration) -> Result<Seen, NotCaughtUp> {
        let begun = Instant::now();
        let mut known = self.task();
        loop {
            let Known {
                last,
                unproven,
                error,
                asked,
            } = known.borrow_and_update().clone();
            let is_new = asked.is_some_and(|asked| asked >= begun);
            match (last, error) {
                (Some(seen), _) if seen.staleness() <= most => return Ok(seen),
                (_, Some(error)) if is_new => return Err(NotCaughtUp::Primary(error)),
                (_, None) if is_new && unproven => return Err(NotCaughtUp::Unproven),
                (Some(seen), None) if is_new => {
                    let staleness = seen.staleness();
                    return Err(NotCaughtUp::TooOld { staleness });
                }
                _ => {}
            }
            self.refresh.notify_one();
            if known.changed().await.is_err() {
                // The task panicked, or its runtime has ended.
                known = self.task();
            }
        }
    }

    /// What the task knows; starts it when it does not run.
    fn task(&self) -> watch::Receiver<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(known) if known.has_changed().is_ok() => known.clone(),
            ended => {
                let last = ended.as_ref().and_then(|known| known.borrow().last);
                let (sender, receiver) = watch::channel(Known {
                    last,
                    ..Known::default()
                });
                tokio::spawn(keep_asking(
                    self.primary.clone(),
                    self.floor.clone(),
                    sender,
                    self.refresh.clone(),
                ));
                *known = Some(receiver.clone());
                receiver
            }
        }
    }
}

async fn keep_asking(
    primary: Arc<dyn Primary>,
    floor: Arc<Floor>,
    known: watch::Sender<Known>,
    refresh: Arc<Notify>,
) {
    loop {
        let asked = Instant::now();
        let answer = primary.status().await;
        let rest = PAUSE.max(asked.elapsed() * SHARE);
        if let Ok(status) = &answer {
            floor.raise(status.floor);
        }
        known.send_modify(|known| {
            known.asked = Some(asked);
            match answer {
                Ok(status) => {
                    let oldest = status.oldest_unapplied.unwrap_or_default();
                    known.unproven = status.unproven;
                    known.last = (!status.unproven).then_some(Seen { asked, oldest });
                    known.error = None;
                }
                Err(error) => known.error = Some(Arc::new(error)),
            }
        });
        let next = async {
            sleep_until(asked + rest).await;
            tokio::select! {
                biased;
                () = sleep(IDLE_REFRESH) => {}
                () = refresh.notified() => {}
            }
        };
        tokio::select! {
            biased;
            () = next => {}
            () = known.closed() => return,
        }
    }
}

#[cfg(test)]
impl Seen {
    pub(crate) fn now(oldest: Duration) -> Self {
        let asked = Instant::now();
        Self { asked, oldest }
    }
}
