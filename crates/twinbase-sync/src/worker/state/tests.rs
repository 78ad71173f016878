//! What the loop does next, as findings.

use jiff::Timestamp;
use twinbase_core::{Partition, Registry, ReplicaError};

use super::*;
use crate::worker::{
    EngineError,
    collections::{Collection, Moment},
};

const TYPE: &str = "twinbase_heartbeat";

struct Loop {
    state: State,
    collections: Collections,
    now: Instant,
}

impl Loop {
    /// One that holds all partitions and has just found nothing.
    fn idle() -> Self {
        let options = WorkerOptions::default();
        let registry = Registry::new([]).unwrap();
        let now = Instant::now();
        let mut state = State::new(&options, now);
        state.held = Held::all(Vec::new());
        state.polls(now);
        state.polled(Source::Poll, false, false, now);
        Self {
            state,
            collections: Collections::new(&registry, &options, Timestamp::UNIX_EPOCH),
            now,
        }
    }

    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    fn next(&self) -> Step {
        self.state.next(&self.collections, self.now)
    }

    /// How long it waits at most; `None` when it polls now.
    fn waits(&self) -> Option<Duration> {
        match self.next() {
            Step::Poll(_) => None,
            Step::Wait(until) => Some(until.map_or(Duration::MAX, |until| until - self.now)),
        }
    }

    fn poll(&mut self, found: bool, cut: bool) {
        self.state.polls(self.now);
        if found {
            self.state.began(self.now);
        }
        self.state.polled(Source::Poll, found, cut, self.now);
    }

    fn seen(&self) -> WorkerState {
        self.state
            .worker_state(self.collections.error().1, self.now)
    }

    fn fail_primary(&mut self) {
        let second = |_| Duration::from_secs(1);
        self.state.failed("away".into(), self.now, second);
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.now,
            at: Timestamp::UNIX_EPOCH,
            jitter: 1.0,
        }
    }

    fn collection(&mut self) -> &mut Collection {
        self.collections.find(TYPE).unwrap()
    }

    fn fail_collection(&mut self, error: ReplicaError) {
        let moment = self.moment();
        self.collection().failed(&error.into(), moment);
    }
}

fn away() -> ReplicaError {
    ReplicaError::Unavailable {
        operation: "apply",
        source: "a test".into(),
    }
}

fn refused() -> ReplicaError {
    ReplicaError::Refused {
        operation: "apply",
        reason: "a test".into(),
    }
}

#[test]
fn an_idle_loop_polls_less_and_less_often_down_to_once_each_50_milliseconds() {
    let mut of = Loop::idle();
    assert_eq!(of.waits(), Some(of.state.options.gather));
    of.pass(10_000);
    assert_eq!(of.next(), Step::Poll(Source::Poll));
    of.poll(false, false);
    assert_eq!(of.waits(), Some(of.state.options.idle_poll));
    assert_eq!(of.seen(), WorkerState::Idle);
}

#[test]
fn a_commit_that_is_heard_of_is_read_at_once() {
    let mut of = Loop::idle();
    of.pass(5);
    of.state.woke(Source::Commit);
    assert_eq!(of.next(), Step::Poll(Source::Commit));
    of.poll(false, false);
    assert!(of.waits().is_some(), "it was read");
}

#[test]
fn while_limits_end_polls_they_follow_each_other_until_the_batches_are_full() {
    let mut of = Loop::idle();
    let began = of.now + Duration::from_millis(5);
    for _ in 0..of.state.options.batches_in_flight {
        of.pass(5);
        of.poll(true, true);
    }
    of.pass(5);
    assert_eq!(of.seen(), WorkerState::CatchingUp);
    let stall = began + of.state.options.stalled_after;
    assert_eq!(of.next(), Step::Wait(Some(stall)));
    of.state.ended(of.now);
    assert_eq!(of.next(), Step::Poll(Source::Poll));
}

#[test]
fn what_was_heard_of_needs_no_poll_of_its_own() {
    let mut of = Loop::idle();
    for _ in 0..20 {
        of.pass(10);
        of.state.woke(Source::Commit);
        of.state.polls(of.now);
        of.state.polled(Source::Commit, true, false, of.now);
    }
    assert_eq!(of.waits(), Some(of.state.options.idle_poll));
    for _ in 0..20 {
        of.pass(10);
        of.state.polls(of.now);
        of.state.polled(Source::Poll, true, false, of.now);
    }
    assert!(
        of.waits() < Some(Duration::from_millis(5)),
        "foreign writers"
    );
}

#[test]
fn commits_are_gathered_while_a_batch_is_in_flight() {
    let mut of = Loop::idle();
    of.pass(5);
    of.poll(true, false);
    of.state.woke(Source::Commit);
    assert_eq!(of.waits(), Some(of.state.options.gather));
    of.pass(3);
    of.poll(false, false);
    assert_eq!(
        of.waits(),
        Some(BUSY_POLL),
        "what is in flight would only be read again"
    );
}

#[test]
fn polls_that_limits_end_one_after_the_other_are_a_backlog() {
    let mut of = Loop::idle();
    of.poll(true, true);
    assert_eq!(of.seen(), WorkerState::Working);
    of.poll(true, true);
    assert_eq!(of.seen(), WorkerState::CatchingUp);
    of.poll(false, false);
    assert_eq!(of.seen(), WorkerState::Working);
}

#[test]
fn a_primary_that_fails_is_left_alone_for_a_while_and_then_one_batch_tries() {
    let mut of = Loop::idle();
    of.fail_primary();
    assert_eq!(of.waits(), Some(Duration::from_secs(1)));
    of.state.woke(Source::Commit);
    assert_eq!(of.waits(), Some(Duration::from_secs(1)));
    of.pass(1_000);
    assert_eq!(of.waits(), None);
    of.poll(true, false);
    let stall = of.now + of.state.options.stalled_after;
    of.pass(10);
    assert_eq!(of.next(), Step::Wait(Some(stall)));
    assert_eq!(of.seen(), WorkerState::BackingOff, "it does not flicker");
    of.state.ended(of.now);
    of.state.recovered();
    assert_eq!(of.seen(), WorkerState::Idle);
    assert_eq!(of.state.error(), None);
}

#[test]
fn a_primary_that_has_nothing_pending_any_more_has_recovered() {
    let mut of = Loop::idle();
    of.fail_primary();
    of.pass(1_000);
    of.poll(false, false);
    assert_eq!(of.seen(), WorkerState::Idle);
}

#[test]
fn a_collection_that_fails_is_left_out_until_its_pause_is_over() {
    let mut of = Loop::idle();
    of.pass(10_000);
    of.poll(false, false);
    of.fail_collection(away());
    assert_eq!(of.collections.excluded(of.now), [TYPE]);
    assert_eq!(of.seen(), WorkerState::BackingOff);
    of.pass(49);
    assert!(
        of.waits().is_some(),
        "other collections are polled for as ever"
    );
    of.poll(false, false);
    of.pass(51);
    assert_eq!(of.waits(), None);
    assert!(of.collections.excluded(of.now).is_empty());
    assert!(
        of.collections.seek(of.now),
        "its events lie behind the cursors"
    );
    assert!(!of.collections.seek(of.now));
    // A batch tries: nothing more is read of it meanwhile.
    assert_eq!(of.collections.probe(TYPE), Some(TYPE.into()));
    assert_eq!(of.collections.excluded(of.now), [TYPE]);
    of.collections.probed(TYPE);
    assert_eq!(of.collection().applied(), 1);
    assert_eq!(of.collections.probe(TYPE), None);
    assert_eq!(of.seen(), WorkerState::Idle);
}

#[test]
fn a_refused_collection_does_not_make_the_worker_back_off() {
    let mut of = Loop::idle();
    of.fail_collection(refused());
    assert_eq!(of.seen(), WorkerState::Idle);
    let status = &of.collections.status()[0];
    assert_eq!(status.state.name(), "refused");
    assert!(status.error.as_ref().unwrap().contains("a test") && status.remedy.is_some());
}

#[test]
fn a_collection_whose_indexes_fail_is_applied_to() {
    let mut of = Loop::idle();
    let error = EngineError::from(refused());
    let moment = of.moment();
    let (is_news, pause) = of.collection().prepared(Err(&error), moment);
    assert!(is_news && pause.is_some());
    of.now += pause.unwrap();
    let later = of.moment();
    let (is_news, longer) = of.collection().prepared(Err(&error), later);
    assert!(!is_news && longer > pause);
    assert!(of.collections.excluded(of.now).is_empty());
    assert_eq!(of.collections.status()[0].state.name(), "unprepared");
    of.collection().prepared(Ok(()), later);
    assert_eq!(of.collections.status()[0].state.name(), "ok");
}

#[test]
fn a_batch_that_does_not_end_is_a_stall() {
    let mut of = Loop::idle();
    of.poll(true, false);
    of.now += of.state.options.stalled_after;
    assert_eq!(of.seen(), WorkerState::Stalled);
    of.state.ended(of.now);
    assert_eq!(of.seen(), WorkerState::Idle);
}

#[test]
fn without_leases_or_in_a_pause_nothing_is_polled() {
    let mut of = Loop::idle();
    of.pass(5);
    of.state.woke(Source::Commit);
    of.state.held = Held::default();
    assert_eq!(
        (of.next(), of.seen()),
        (Step::Wait(None), WorkerState::Starting)
    );
    of.state.held.error = Some("away".into());
    assert_eq!(of.seen(), WorkerState::BackingOff);
    of.state.held.partitions = Some(vec![Partition(1)]);
    assert_eq!(of.next(), Step::Poll(Source::Commit));
    assert!(!of.state.held.leads());
    of.state.held.is_outdated = true;
    of.state.held.partitions = Some(Vec::new());
    of.state.held.error = None;
    assert_eq!(
        (of.next(), of.seen()),
        (Step::Wait(None), WorkerState::Outdated)
    );
}
