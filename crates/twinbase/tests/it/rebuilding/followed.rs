//! Rebuilds as people follow them: who asked, how far one is, what it waits for, and what one would take.

use std::time::Duration;

use twinbase::{
    core::primary::{
        EventFilter, EventStatus, HOLD, NewOperation, OperationReport, PauseScope, Phase, SILENT,
    },
    operate::{CurrentDocument, OperationState, OperationView},
    sync::rebuild::RebuildOptions,
};
use twinbase_testkit::{faults::Fault, wait};

use super::{ACCOUNTS, filled, late, reaches, rebuilt, slowly, status};
use crate::combination::{SOON, Setup, fast, on_every_combination};

on_every_combination!(
    an_operation_follows_a_rebuild_and_says_how_far_comparing_is,
    an_operation_says_how_its_rebuild_ended_and_ends_it_when_it_is_cancelled,
    an_event_shows_its_document_where_readers_find_it,
    what_is_done_with_rebuilds_is_kept_with_who_did_it,
    a_rebuild_whose_process_is_gone_is_followed_by_the_worker_that_leads,
    an_operation_whose_process_says_nothing_has_no_rate_and_no_time_left,
    a_rebuild_that_waits_for_events_of_its_own_says_so,
    rows_that_were_there_before_are_planned_beside_others,
    more_rows_without_versions_than_are_looked_at_are_said_to_be_the_least,
);

async fn operation(setup: &Setup, id: &str) -> OperationView {
    let found = setup.twin.outbox().operations.get(id).await;
    found.unwrap().unwrap()
}

pub(super) async fn ended(setup: &Setup, id: &str) -> OperationView {
    wait::until("the end of the operation", SOON, async || {
        let now = operation(setup, id).await;
        let is_over = now.progress.state.is_over();
        is_over.then_some(now.clone()).ok_or(format!("{now:?}"))
    })
    .await
}

async fn an_operation_follows_a_rebuild_and_says_how_far_comparing_is(setup: Setup) {
    filled(&setup, 400).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds().by("grace");
    let asked = rebuilds.start(ACCOUNTS, &slowly(200)).await.unwrap();
    let id = asked.operation.unwrap();
    let now = operation(&setup, &id).await;
    assert_eq!((&*now.kind, &*now.by), ("rebuild", "grace"));
    assert_eq!(now.progress.state, OperationState::Running);
    wait::until("progress of a comparison", SOON, async || {
        let seen = status(&setup.twin).await;
        let progress = operation(&setup, &id).await.progress;
        let both = [
            (seen.compared, seen.to_compare, seen.eta_seconds.is_some()),
            (
                progress.done,
                progress.estimated_total,
                progress.eta.is_some(),
            ),
        ];
        let is_it = |(done, total, eta)| done > 0 && done < 800 && total == Some(800) && eta;
        let is_compared = seen.phase == Phase::Verifying && progress.phase() == "comparing";
        (is_compared && both.into_iter().all(is_it))
            .then_some(())
            .ok_or(format!("{seen:?} {progress:?}"))
    })
    .await;
    let end = ended(&setup, &id).await.progress;
    assert_eq!(end.state, OperationState::Succeeded, "{end:?}");
    assert!(status(&setup.twin).await.is_over());
    worker.stop().await;
    setup.agrees().await;
}

async fn an_operation_says_how_its_rebuild_ended_and_ends_it_when_it_is_cancelled(setup: Setup) {
    filled(&setup, 100).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    let asked = rebuilds.start(ACCOUNTS, &slowly(10)).await.unwrap();
    reaches(&setup.twin, &[Phase::Filling]).await;
    let id = asked.operation.unwrap();
    let operations = &setup.twin.outbox().operations;
    assert!(operations.cancel(&id, "grace").await.unwrap());
    let end = ended(&setup, &id).await.progress;
    assert_eq!(end.state, OperationState::Cancelled);
    let end = reaches(&setup.twin, &[Phase::Ended]).await;
    assert_eq!(
        (end.serving.as_str(), end.error.as_deref()),
        (ACCOUNTS, Some("cancelled"))
    );
    setup.faults.set(Fault::Refuse("accounts_g3"));
    let asked = rebuilds.start(ACCOUNTS, &RebuildOptions::default()).await;
    let end = ended(&setup, &asked.unwrap().operation.unwrap()).await;
    setup.faults.set(Fault::None);
    assert_eq!(end.progress.state, OperationState::Failed, "{end:?}");
    assert_eq!(end.progress.error, status(&setup.twin).await.error);
    worker.stop().await;
    setup.agrees().await;
}

async fn an_event_shows_its_document_where_readers_find_it(setup: Setup) {
    filled(&setup, 3).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    let asked = rebuilds.start(ACCOUNTS, &RebuildOptions::default()).await;
    asked.unwrap();
    reaches(&setup.twin, &[Phase::Kept]).await;
    rebuilds.cancel(ACCOUNTS).await.unwrap();
    reaches(&setup.twin, &[Phase::Ended]).await;
    let of_accounts = EventFilter {
        status: Some(EventStatus::Applied),
        aggregate_type: Some("account".into()),
        ..EventFilter::default()
    };
    let primary = &setup.twin.sides().primary;
    let events = primary.events(&of_accounts, None, 1).await.unwrap();
    let shown = setup.twin.outbox().show(&events[0].id).await.unwrap();
    let document = shown.unwrap().document.unwrap();
    assert!(
        matches!(document, CurrentDocument::Present { .. }),
        "{document:?}"
    );
    worker.stop().await;
}

async fn what_is_done_with_rebuilds_is_kept_with_who_did_it(setup: Setup) {
    filled(&setup, 100).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds().by("grace");
    rebuilds.start(ACCOUNTS, &slowly(10)).await.unwrap();
    rebuilds.pause(ACCOUNTS).await.unwrap();
    rebuilds.resume(ACCOUNTS).await.unwrap();
    rebuilds.cancel(ACCOUNTS).await.unwrap();
    reaches(&setup.twin, &[Phase::Ended]).await;
    let asked = rebuilds.start(ACCOUNTS, &RebuildOptions::default()).await;
    let asked = asked.unwrap();
    let (rebuild, first) = (asked.operation.unwrap(), asked.requested_at);
    reaches(&setup.twin, &[Phase::Kept]).await;
    let back = rebuilds.roll_back(ACCOUNTS).await.unwrap();
    for id in [&rebuild, back.operation.as_ref().unwrap()] {
        let end = ended(&setup, id).await.progress;
        assert_eq!(end.state, OperationState::Succeeded, "{end:?}");
    }
    let kept = setup.twin.outbox().operations.list(None, 10).await.unwrap();
    let kinds: Vec<_> = kept.iter().map(|one| one.kind.as_str()).collect();
    let all = [
        "rollback",
        "rebuild",
        "rebuild.cancel",
        "rebuild.resume",
        "rebuild.pause",
        "rebuild",
    ];
    assert_eq!(kinds, all);
    assert!(kept.iter().all(|one| one.by == "grace"), "{kept:?}");
    let wishes: Vec<_> = kept.iter().map(OperationView::about).collect();
    let wishes = (&*wishes[1], &*wishes[5]);
    let slow = "accounts, at most 10 a second, the old one kept for 24h";
    assert_eq!(wishes, ("accounts, the old one kept for 24h", slow));
    // Who asked, and when, is said of the same.
    assert!(back.requested_at > first, "{back:?}");
    worker.stop().await;
    setup.agrees().await;
}

async fn a_rebuild_whose_process_is_gone_is_followed_by_the_worker_that_leads(setup: Setup) {
    filled(&setup, 20).await;
    let rebuilds = setup.twin.rebuilds();
    let asked = rebuilds.start(ACCOUNTS, &RebuildOptions::default()).await;
    let (sides, id) = (setup.twin.sides(), "of-a-process-that-is-gone");
    let left = NewOperation {
        id: id.to_owned(),
        kind: "rebuild".to_owned(),
        by: "grace".to_owned(),
        request: format!(r#"{{"about":"{ACCOUNTS}"}}"#),
        state: OperationState::Running,
    };
    let kept = sides
        .primary
        .add_operation(&left, "gone", Duration::ZERO, 8)
        .await;
    assert!(kept.unwrap());
    let mut records = sides.primary.collections().await.unwrap();
    records.retain(|record| record.collection == ACCOUNTS);
    let rebuild = records[0].rebuild.as_mut().unwrap();
    rebuild.operation = Some(id.to_owned());
    let recorded = sides.primary.record_collection(&records[0]).await;
    assert!(recorded.unwrap());
    // The one that follows another rebuild than its own says that it does not know.
    let lost = ended(&setup, &asked.unwrap().operation.unwrap()).await;
    assert_eq!(lost.progress.state, OperationState::Failed, "{lost:?}");
    let worker = setup.twin.start_worker(fast()).unwrap();
    let end = ended(&setup, id).await;
    assert_eq!(end.progress.state, OperationState::Succeeded, "{end:?}");
    assert_eq!((end.progress.done, &*end.by), (20, "grace"));
    worker.stop().await;
    setup.agrees().await;
}

/// Before anybody takes it over.
async fn an_operation_whose_process_says_nothing_has_no_rate_and_no_time_left(setup: Setup) {
    let new = NewOperation {
        id: "of-a-process".to_owned(),
        kind: "rebuild".to_owned(),
        by: "grace".to_owned(),
        request: format!(r#"{{"about":"{ACCOUNTS}"}}"#),
        state: OperationState::Running,
    };
    let primary = &setup.twin.sides().primary;
    let begun = primary.add_operation(&new, "another", HOLD, 8).await;
    assert!(begun.unwrap());
    let progress = r#"{"done":7,"rate":5.0,"eta":{"secs":9,"nanos":0}}"#.to_owned();
    let report = OperationReport {
        state: OperationState::Running,
        progress,
    };
    let short = HOLD.saturating_sub(SILENT + Duration::from_secs(1));
    for (hold, rate, eta) in [(HOLD, 5.0, Some(9)), (short, 0.0, None)] {
        let said = primary.report_operation(&new.id, "another", hold, &report);
        assert_eq!(said.await.unwrap(), Some(false));
        let now = operation(&setup, &new.id).await.progress;
        let left = now.eta.map(|eta| eta.as_secs());
        assert_eq!((now.done, left, now.error), (7, eta, None));
        assert!((now.rate - rate).abs() < 0.01, "{}", now.rate);
    }
}

/// Of a row that makes no document the rebuild writes an event, and waits for it.
async fn a_rebuild_that_waits_for_events_of_its_own_says_so(setup: Setup) {
    filled(&setup, 10).await;
    let new = late::without_the_seventh(&setup).await;
    let worker = new.start_worker(fast()).unwrap();
    let everything = PauseScope::Everything;
    new.outbox().pause(&everything, "a test").await.unwrap();
    let rebuilds = new.rebuilds();
    let asked = rebuilds.start(ACCOUNTS, &RebuildOptions::default()).await;
    asked.unwrap();
    wait::until("what it waits for", SOON, async || {
        let now = status(&new).await;
        let waits_for = now.waits_for.as_deref().unwrap_or_default();
        waits_for
            .contains("1 documents that differ were written again, and their events wait, that of key-00007 first")
            .then_some(())
            .ok_or(format!("{now:?}"))
    })
    .await;
    new.outbox().resume(&everything).await.unwrap();
    let end = reaches(&new, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!(end.waits_for, None, "{end:?}");
    worker.stop().await;
}

async fn rows_that_were_there_before_are_planned_beside_others(setup: Setup) {
    filled(&setup, 30).await;
    let accounts = async || {
        let planned = setup.twin.rebuilds().plan().await.unwrap();
        let found = planned.iter().find(|one| one.collection == ACCOUNTS);
        found.unwrap().clone()
    };
    assert!(!accounts().await.is_due());
    setup
        .foreign("insert into accounts (id, name, points, secret) values ('old-1', 'x', 0, 'x'), ('old-2', 'x', 0, 'x')")
        .await;
    let planned = accounts().await;
    assert!(planned.is_due(), "{planned:?}");
    assert_eq!((planned.without_version, planned.rows), (2, 32));
    assert!(!planned.without_version_is_least, "{planned:?}");
    let worker = setup.twin.start_worker(fast()).unwrap();
    rebuilt(&setup.twin, &slowly(1_000)).await;
    let planned = accounts().await;
    assert!(!planned.is_due(), "{planned:?}");
    assert!(!planned.measured, "it was held back: {planned:?}");
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn more_rows_without_versions_than_are_looked_at_are_said_to_be_the_least(setup: Setup) {
    setup
        .foreign(
            "insert into accounts (id, name, points, secret) \
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 2001) \
             select 'old-' || i, 'x', 0, 'x' from n",
        )
        .await;
    let planned = setup.twin.rebuilds().plan().await.unwrap();
    let found = planned.iter().find(|one| one.collection == ACCOUNTS);
    let of = found.unwrap();
    assert_eq!(
        (of.without_version, of.without_version_is_least, of.rows),
        (2_000, true, 2_001)
    );
    // As long as the documents that its rows will have, of which none is there.
    assert!(of.bytes > of.rows * 20, "{of:?}");
}
