//! The heartbeat: a change of a row of our own that goes through the whole path, so
//! that lag is measured when nothing else is written. Only the worker that leads sends it.

use std::{sync::Arc, time::Duration};

use metrics::{gauge, histogram};
use tokio::time::Instant;
use twinbase_core::{
    HEARTBEAT, Key, PrimaryError, Token, Value, heartbeat_id,
    primary::{Pause, PauseScope},
    write::{Action, Assignment, Condition, Target, Write},
};

use super::{EngineError, WorkerState, WorkerStatus, leases, shared::Shared, status::Heartbeat};
use crate::{Freshness, metrics as names, timeline};

/// How long a heartbeat is waited for; then the next is sent.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How often the timeline is looked at where no heartbeats are sent.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How long the last heartbeat may hold up the end of a worker.
const LAST: Duration = Duration::from_secs(1);

/// Looks at the timeline and sends heartbeats, where they are not switched off, until it is dropped.
pub(crate) async fn beat(shared: Arc<Shared>, every: Option<Duration>) {
    let progress = shared.signals.progress.subscribe();
    let freshness = Freshness::new(shared.sides.clone(), progress);
    leases::led(&shared).await;
    check_timeline(&shared, &freshness).await;
    loop {
        // In one order, so that a simulation repeats.
        tokio::select! {
            biased;
            () = tokio::time::sleep(every.unwrap_or(LOOK_EVERY)) => {}
            // What can be reached again may be another database, or the same one at an earlier state.
            () = reached_again(&shared) => {}
        }
        leases::led(&shared).await;
        check_timeline(&shared, &freshness).await;
        if every.is_none() || is_paused(&shared.status.borrow().pauses) {
            continue;
        }
        match once(&shared, &freshness).await {
            Ok(Some(heartbeat)) => {
                histogram!(names::HEARTBEAT_SECONDS).record(heartbeat.took);
                let status = &shared.status;
                status.send_modify(|status| status.heartbeat = Some(heartbeat));
            }
            Ok(None) => tracing::warn!("a heartbeat did not come through"),
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a heartbeat could not be written"
            ),
        }
    }
}

/// One more before a worker that leads ends, so that a primary which is put back to before it is noticed when the next one begins.
pub(crate) async fn last(shared: &Shared) {
    let is_free = {
        let status = shared.status.borrow();
        status.leads && status.state == WorkerState::Idle && !is_paused(&status.pauses)
    };
    if !is_free || shared.options.heartbeat.is_none() {
        return;
    }
    let progress = shared.signals.progress.subscribe();
    let freshness = Freshness::new(shared.sides.clone(), progress);
    // Nothing is lost without it.
    let _ = tokio::time::timeout(LAST, once(shared, &freshness)).await;
}

/// Returns when a side could not be reached and can be reached again.
async fn reached_again(shared: &Shared) {
    shared.reaches(|s| s == WorkerState::BackingOff).await;
    shared.reaches(|s| s != WorkerState::BackingOff).await;
}

/// Sees whether a database was put back.
async fn check_timeline(shared: &Shared, freshness: &Freshness) {
    match timeline::check(&shared.sides).await {
        Ok(timeline) => {
            if timeline.is_emptied() {
                tracing::error!(
                    "the primary was emptied: rows of Twinbase's own are gone, and it takes no changes; put the dump back whole, then run `recover`"
                );
            }
            freshness.note_floor(timeline.floor);
            gauge!(names::TIMELINE_UNPROVEN).set(f64::from(u8::from(timeline.unproven.is_some())));
        }
        Err(error @ EngineError::OtherReplica) => {
            tracing::error!(remedy = error.remedy(), "{error}");
        }
        Err(error) => tracing::debug!(
            error = &error as &dyn std::error::Error,
            "whether a database was put back is not known"
        ),
    }
}

/// Whether a pause stops heartbeats: one of other collections leaves their path open.
fn is_paused(pauses: &[Pause]) -> bool {
    pauses.iter().any(|pause| match &pause.scope {
        PauseScope::Everything => true,
        PauseScope::Collection(name) => *name == HEARTBEAT.collection,
    })
}

/// How long ago a heartbeat came through.
pub(crate) struct Age {
    last: Option<Heartbeat>,
    since: Instant,
}

impl Age {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            last: None,
            since: now,
        }
    }

    /// The time since one came through, or since this worker has had to send them: not in a pause, and not while another one leads. A
    /// worker that never got a lease does not know of another one.
    pub(crate) fn at(&mut self, status: &WorkerStatus, now: Instant) -> Duration {
        let leaves_it = !status.leads && status.workers > 0;
        if status.heartbeat != self.last || is_paused(&status.pauses) || leaves_it {
            self.last = status.heartbeat;
            self.since = now;
        }
        now.duration_since(self.since)
    }
}

/// Writes one and waits for it; `None` when it did not come through.
async fn once(shared: &Shared, freshness: &Freshness) -> Result<Option<Heartbeat>, PrimaryError> {
    let Shared { sides, signals, .. } = shared;
    let at = sides.clock.now();
    let written = sides.primary.write(&change(at)).await;
    signals.writes.note(&written);
    let written = written?;
    if written.states.is_empty() {
        tracing::error!(
            "the row of heartbeats is not there, so nothing shows whether changes arrive"
        );
        return Ok(None);
    }
    let committed = Instant::now();
    signals.wake.notify();
    let mut token = Token::default();
    for state in written.states {
        let key = Key::new(HEARTBEAT.aggregate_type.as_ref(), state.id);
        token.insert(key, state.version);
    }
    let arrived = freshness.caught_up(&token, TIMEOUT).await;
    Ok(arrived.is_ok().then(|| Heartbeat {
        at,
        took: committed.elapsed(),
    }))
}

fn change(at: jiff::Timestamp) -> Write {
    Write {
        target: Target::Aggregate(Arc::clone(&HEARTBEAT)),
        action: Action::Update {
            set: vec![Assignment::set("at", Value::Timestamp(at))],
            filter: vec![Condition::key(&HEARTBEAT, &heartbeat_id())],
        },
        expected: None,
        traceparent: None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn pause(scope: PauseScope) -> Pause {
        Pause {
            scope,
            since: Timestamp::UNIX_EPOCH,
            reason: "a test".into(),
        }
    }

    #[test]
    fn only_a_pause_on_its_path_or_another_leader_excuses_a_heartbeat() {
        let start = Instant::now();
        let mut age = Age::new(start);
        let mut status = WorkerStatus {
            leads: true,
            ..WorkerStatus::default()
        };
        let mut age = |status: &WorkerStatus, seconds| {
            let age = age.at(status, start + Duration::from_secs(seconds));
            age.as_secs()
        };
        assert_eq!(age(&status, 5), 5);
        status.heartbeat = Some(Heartbeat {
            at: Timestamp::UNIX_EPOCH,
            took: Duration::from_millis(20),
        });
        assert_eq!((age(&status, 10), age(&status, 13)), (0, 3));
        status.pauses = vec![pause(PauseScope::Collection("todos".into()))];
        assert_eq!(age(&status, 90), 80);
        let own = PauseScope::Collection(HEARTBEAT.collection.to_string());
        for scope in [PauseScope::Everything, own] {
            status.pauses = vec![pause(scope)];
            assert_eq!(age(&status, 100), 0);
        }
        status.pauses.clear();
        assert_eq!(age(&status, 107), 7);
        status.leads = false;
        assert_eq!(age(&status, 120), 20, "without a lease nobody else leads");
        status.workers = 2;
        assert_eq!(age(&status, 121), 0);
    }
}
