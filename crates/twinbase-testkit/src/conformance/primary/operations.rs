//! Operations: kept, held by one, taken over when nobody holds them, ended once.

use std::time::Duration;

use twinbase_core::{
    Primary,
    primary::{
        FOLLOWED, HOLD, NewOperation, OperationRecord, OperationReport, OperationState, SILENT,
    },
};

use super::Opened;
use crate::wait;

/// Long enough that it does not end within a test.
const HELD: Duration = Duration::from_mins(10);

/// Over as soon as it begins.
const LET_GO: Duration = Duration::ZERO;

const SOON: Duration = Duration::from_secs(20);

fn new(number: u32, state: OperationState) -> NewOperation {
    NewOperation {
        id: format!("0194b7d2-52a0-7c3e-9a51-{number:012}"),
        kind: "outbox.retry".to_owned(),
        by: "grace".to_owned(),
        request: r#"{"all":true}"#.to_owned(),
        state,
    }
}

async fn begin(db: &dyn Primary, number: u32, hold: Duration) -> String {
    let new = new(number, OperationState::Running);
    let kept = db.add_operation(&new, "one", hold, 8).await;
    assert!(kept.expect("it is kept"));
    new.id
}

async fn one(db: &dyn Primary, id: &str) -> OperationRecord {
    let found = db.operation(id).await.expect("operations");
    found.expect("it is there")
}

fn report(state: OperationState) -> OperationReport {
    OperationReport {
        state,
        progress: r#"{"done":3}"#.to_owned(),
    }
}

/// Its holder's reports are what everybody reads, also after a restart; what has ended stays as it ended.
pub async fn an_operation_is_as_its_holder_said_last(db: Opened) {
    let id = begin(&*db, 1, HELD).await;
    let begun = one(&*db, &id).await;
    assert_eq!(begun.operation, new(1, OperationState::Running));
    assert_eq!((begun.progress.as_str(), begun.finished_at), ("", None));
    let running = report(OperationState::Running);
    let goes_on = db.report_operation(&id, "one", HELD, &running).await;
    assert_eq!(goes_on.expect("a report"), Some(false));
    let ended = report(OperationState::Succeeded);
    let said = db.report_operation(&id, "one", HELD, &ended).await;
    assert_eq!(said.expect("a report"), Some(false));
    db.close().await;
    let later = db.database.open().await;
    let found = one(&*later, &id).await;
    assert_eq!(found.operation.state, OperationState::Succeeded);
    assert_eq!(found.progress, ended.progress);
    assert!(found.finished_at.expect("it has ended") >= found.started_at);
    let again = later.report_operation(&id, "one", HELD, &running).await;
    assert_eq!(again.expect("a report"), None);
    assert!(!later.cancel_operation(&id).await.expect("no cancelling"));
}

/// By one, of a kind that it knows, and whoever held it before is told with its next report.
pub async fn an_operation_that_nobody_holds_is_taken_over_once(db: Opened) {
    let held = begin(&*db, 1, HELD).await;
    let left = begin(&*db, 2, LET_GO).await;
    let silent = begin(
        &*db,
        3,
        HOLD.saturating_sub(SILENT + Duration::from_secs(1)),
    )
    .await;
    for (id, is_silent) in [(&held, false), (&silent, true)] {
        let now = one(&*db, id).await;
        assert_eq!((now.is_held, now.is_silent), (true, is_silent));
    }
    wait::until("that nobody holds it", SOON, async || {
        let is_held = one(&*db, &left).await.is_held;
        if is_held { Err("it is held") } else { Ok(()) }
    })
    .await;
    let of_others = db.take_operation(&["verify"], "two", HELD).await;
    assert_eq!(of_others.expect("none"), None);
    let taken = wait::until("the one that was let go", SOON, async || {
        let taken = db
            .take_operation(&["verify", "outbox.retry"], "two", HELD)
            .await;
        taken.expect("an answer")
    })
    .await;
    assert_eq!(taken.operation.id, left);
    assert!(one(&*db, &left).await.is_held);
    let again = db.take_operation(&["outbox.retry"], "three", HELD).await;
    assert_eq!(again.expect("none"), None);
    let running = report(OperationState::Running);
    for (id, holder, said) in [
        (&left, "one", None),
        (&left, "two", Some(false)),
        (&held, "one", Some(false)),
    ] {
        let told = db.report_operation(id, holder, HELD, &running).await;
        assert_eq!(told.expect("a report"), said, "{holder}");
    }
}

/// Whoever holds it, in whichever process, learns of it.
pub async fn a_holder_is_told_that_its_operation_is_cancelled(db: Opened) {
    let id = begin(&*db, 1, HELD).await;
    assert!(db.cancel_operation(&id).await.expect("cancelling"));
    let running = report(OperationState::Running);
    let told = db.report_operation(&id, "one", HELD, &running).await;
    assert_eq!(told.expect("a report"), Some(true));
    assert!(one(&*db, &id).await.is_cancelling);
    let unknown = new(9, OperationState::Running).id;
    assert!(!db.cancel_operation(&unknown).await.expect("none"));
}

/// What is done at once does not count among what runs, and neither does what a worker does, which may rest for days.
pub async fn only_so_many_operations_run_at_once(db: Opened) {
    for number in 1..=2 {
        begin(&*db, number, HELD).await;
    }
    let third = new(3, OperationState::Running);
    let kept = db.add_operation(&third, "one", HELD, 2).await;
    assert!(!kept.expect("an answer"));
    assert_eq!(db.operation(&third.id).await.expect("none"), None);
    let at_once = new(4, OperationState::Succeeded);
    let kept = db.add_operation(&at_once, "one", HELD, 2).await;
    assert!(kept.expect("it is kept"));
    assert!(one(&*db, &at_once.id).await.finished_at.is_some());
    for (number, kind) in (5..).zip(FOLLOWED) {
        let followed = NewOperation {
            kind: kind.to_owned(),
            ..new(number, OperationState::Running)
        };
        let kept = db.add_operation(&followed, "one", HELD, 2).await;
        assert!(kept.expect("it is kept"), "{kind}");
    }
    let kept = db.add_operation(&third, "one", HELD, 3).await;
    assert!(kept.expect("it is the third"));
}

/// And a page begins before an id.
pub async fn the_newest_operation_comes_first(db: Opened) {
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(begin(&*db, number, HELD).await);
    }
    let list = async |before: Option<&str>, limit| {
        let found = db.operations(before, limit).await.expect("a list");
        let ids = found.into_iter().map(|found| found.operation.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(list(None, 2).await, [ids[2].clone(), ids[1].clone()]);
    assert_eq!(list(Some(&ids[1]), 2).await, [ids[0].clone()]);
}

/// What runs is kept, however old it is.
pub async fn operations_that_ended_long_ago_are_forgotten(db: Opened) {
    let runs = begin(&*db, 1, HELD).await;
    let over = new(2, OperationState::Succeeded);
    let kept = db.add_operation(&over, "one", HELD, 8).await;
    assert!(kept.expect("it is kept"));
    let ended = one(&*db, &over.id).await.finished_at.expect("it is over");
    for (before, forgotten) in [
        (ended, 0),
        (ended + Duration::from_mins(1), 1),
        (ended + Duration::from_mins(1), 0),
    ] {
        let removed = db.forget_operations(before).await;
        assert_eq!(removed.expect("removing"), forgotten);
    }
    let left = db.operations(None, 10).await.expect("operations");
    let left: Vec<_> = left.iter().map(|of| &of.operation.id).collect();
    assert_eq!(left, [&runs]);
}

/// Otherwise it would be held for as long as the jump was, by a process that may be dead.
pub async fn what_was_held_before_the_clock_went_back_is_taken_over(db: Opened) {
    let held = begin(&*db, 1, HELD).await;
    db.foreign(&["update twinbase_operation set held_until = '2099-01-01T00:00:00.000Z'"])
        .await;
    let taken = db.take_operation(&["outbox.retry"], "two", HELD).await;
    assert_eq!(taken.expect("an answer").expect("it").operation.id, held);
    let again = db.take_operation(&["outbox.retry"], "three", HELD).await;
    assert_eq!(again.expect("none"), None);
}
