//! Operations against events that are a list in memory, in virtual time.

use std::{
    num::NonZeroU32,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use tokio::task::JoinHandle;
use twinbase_core::{
    SystemClock,
    primary::{EventCursor, EventGroup, EventRecord, Hints},
};

use super::{
    super::{Phase, Rate},
    *,
};

/// How many events there are of each status, and how the primary is.
#[derive(Default)]
struct Memory {
    failed: u64,
    retrying: u64,
    discarded: u64,
    /// Changes that are to be refused with an error first.
    errors: Vec<PrimaryError>,
    /// The limit of each change that was made.
    limits: Vec<u32>,
    notified: u32,
}

#[derive(Default)]
struct Fake(Mutex<Memory>);

impl Fake {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap()
    }

    fn take(
        &self,
        limit: u32,
        of: impl FnOnce(&mut Memory) -> &mut u64,
    ) -> Result<u64, PrimaryError> {
        let mut memory = self.memory();
        if let Some(error) = memory.errors.pop() {
            return Err(error);
        }
        memory.limits.push(limit);
        let there = of(&mut memory);
        let count = (*there).min(limit.into());
        *there -= count;
        Ok(count)
    }
}

fn of(filter: &EventFilter, memory: &mut Memory) -> u64 {
    match filter.status {
        Some(EventStatus::Failed) => memory.failed,
        Some(EventStatus::Retrying) => memory.retrying,
        Some(EventStatus::Discarded) => memory.discarded,
        other => panic!("nobody should ask for {other:?}"),
    }
}

#[async_trait]
impl Events for Fake {
    async fn events(
        &self,
        _: &EventFilter,
        _: Option<&EventCursor>,
        _: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        Ok(Vec::new())
    }

    async fn event(&self, _: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        Ok(None)
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        Ok(of(filter, &mut self.memory()).min(OutboxStatus::COUNT_LIMIT))
    }

    async fn event_groups(&self, _: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        Ok(Vec::new())
    }

    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        if filter.status == Some(EventStatus::Failed) {
            return self.take(limit, |memory| &mut memory.failed);
        }
        // Each fails at once again and is retrying as before.
        let count = self.take(limit, |memory| &mut memory.retrying)?;
        self.memory().retrying += count;
        Ok(count)
    }

    async fn discard(&self, _: &EventFilter, _: &str, limit: u32) -> Result<u64, PrimaryError> {
        self.take(limit, |memory| &mut memory.failed)
    }

    async fn restore(&self, _: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        self.take(limit, |memory| &mut memory.discarded)
    }
}

#[async_trait]
impl Wake for Fake {
    async fn notify(&self) -> Result<(), PrimaryError> {
        self.memory().notified += 1;
        Ok(())
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        Ok(None)
    }
}

fn start(memory: Memory, verb: Verb, rate: Rate) -> (Arc<Fake>, Operation, JoinHandle<()>) {
    let fake = Arc::new(Fake(Mutex::new(memory)));
    let statuses = verb.statuses(None);
    let operation = Operation::new(verb, EventFilter::default(), rate, &SystemClock);
    let run = Run {
        operation: operation.clone(),
        statuses,
        events: fake.clone(),
        alarm: Alarm {
            local: Bell::default(),
            others: fake.clone(),
        },
        clock: Arc::new(SystemClock),
    };
    (fake, operation, tokio::spawn(run.run()))
}

fn per_second(events: u32) -> Rate {
    Rate::PerSecond(NonZeroU32::new(events).unwrap())
}

fn away() -> PrimaryError {
    PrimaryError::Unavailable {
        operation: "retry events",
        source: "connection refused".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn everything_is_changed_in_chunks_and_workers_are_told_after_each() {
    let memory = Memory {
        failed: 2_300,
        retrying: 7,
        ..Memory::default()
    };
    let (fake, operation, _task) = start(memory, Verb::Retry, Rate::AtOnce);
    let progress = operation.wait().await;
    assert_eq!(progress.state, OperationState::Succeeded);
    assert_eq!(
        (progress.done, progress.estimated_total),
        (2_307, Some(2_307))
    );
    assert!(progress.finished_at.is_some() && progress.phase == Phase::Ended);
    assert_eq!(fake.memory().limits, [1_000, 1_000, 1_000, 1_000, 7]);
    assert_eq!(fake.memory().notified, 4);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept_and_told() {
    let memory = Memory {
        failed: 600,
        ..Memory::default()
    };
    let begun = Instant::now();
    let (_fake, operation, _task) = start(memory, Verb::Retry, per_second(20));
    let mut watch = operation.watch();
    let half = watch.wait_for(|progress| progress.done >= 300).await;
    let half = half.unwrap().clone();
    assert_eq!(begun.elapsed().as_secs(), 14);
    assert!((20.0..21.0).contains(&half.rate), "{}", half.rate);
    assert_eq!(half.eta.unwrap().as_secs(), 14);
    assert_eq!(operation.wait().await.done, 600);
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn cancelling_stops_midway_and_at_once() {
    let memory = Memory {
        failed: 1_000,
        ..Memory::default()
    };
    let (fake, operation, _task) = start(memory, Verb::Retry, per_second(1));
    let mut watch = operation.watch();
    watch.wait_for(|progress| progress.done == 3).await.unwrap();
    let begun = Instant::now();
    assert!(operation.cancel());
    let progress = operation.wait().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(
        (progress.state, progress.done),
        (OperationState::Cancelled, 3)
    );
    assert_eq!(fake.memory().failed, 997);
    assert!(!operation.cancel());
    assert_eq!(operation.progress().state, OperationState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_comes_back_is_waited_for() {
    let memory = Memory {
        failed: 10,
        errors: (0..8).map(|_| away()).collect(),
        ..Memory::default()
    };
    let (_fake, operation, _task) = start(memory, Verb::Retry, Rate::AtOnce);
    let mut watch = operation.watch();
    let waiting = watch.wait_for(|progress| progress.phase == Phase::Waiting);
    let error = waiting.await.unwrap().error.clone().unwrap();
    assert!(
        error.ends_with("retry events: connection refused"),
        "{error}"
    );
    let progress = operation.wait().await;
    assert_eq!(
        (progress.state, progress.done),
        (OperationState::Succeeded, 10)
    );
    assert_eq!(progress.error, None);
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_stays_away_fails_the_operation_after_a_minute() {
    let memory = Memory {
        failed: 10,
        errors: (0..1_000).map(|_| away()).collect(),
        ..Memory::default()
    };
    let begun = Instant::now();
    let (fake, operation, _task) = start(memory, Verb::Retry, Rate::AtOnce);
    let progress = operation.wait().await;
    assert_eq!(progress.state, OperationState::Failed);
    assert!(progress.error.unwrap().contains("connection refused"));
    assert!((PATIENCE..PATIENCE + LONGEST_PAUSE).contains(&begun.elapsed()));
    assert_eq!(fake.memory().failed, 10);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_fails_the_operation_at_once() {
    let refused = PrimaryError::Refused {
        operation: "discard events",
        reason: "the disk is full".into(),
    };
    let memory = Memory {
        failed: 10,
        errors: vec![refused],
        ..Memory::default()
    };
    let verb = Verb::Discard { reason: "x".into() };
    let (fake, operation, _task) = start(memory, verb, Rate::AtOnce);
    let progress = operation.wait().await;
    assert_eq!(progress.state, OperationState::Failed);
    assert!(progress.error.unwrap().contains("the disk is full"));
    assert_eq!(fake.memory().notified, 0);
}

#[tokio::test(start_paused = true)]
async fn a_count_that_stopped_gives_no_time_left() {
    let memory = Memory {
        discarded: OutboxStatus::COUNT_LIMIT + 5_000,
        ..Memory::default()
    };
    let (_fake, operation, _task) = start(memory, Verb::Restore, Rate::AtOnce);
    let progress = operation.wait().await;
    assert!(progress.total_is_least);
    assert_eq!(progress.done, OutboxStatus::COUNT_LIMIT + 5_000);
}
