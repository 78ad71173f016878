//! The operator's verbs: what has failed is found, understood, tried again, set aside and brought back.

use std::{num::NonZeroU32, time::Duration};

use twinbase::{
    core::{primary::NewOperation, replica::Body},
    operate::*,
    prelude::*,
    sync::{repair::RepairOptions, verify::VerifyOptions},
};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, Note, account, id, note},
    combination::{SOON, Setup, fast, on_every_combination},
    drift::inject,
};

on_every_combination!(
    a_poison_event_is_found_understood_and_applied_once_its_cause_is_gone,
    what_is_discarded_keeps_its_reason_and_can_be_restored,
    what_fails_again_is_not_retried_by_the_same_operation,
    what_failed_after_somebody_looked_is_not_acted_on,
    a_rate_is_kept_and_cancelling_stops_midway,
    a_dry_run_counts_what_a_verb_would_change,
    what_a_process_left_is_done_by_the_worker_that_leads,
    what_people_do_is_kept_with_who_did_it,
    a_repair_is_an_operation_that_says_what_it_mended,
    a_list_goes_through_everything_once_page_by_page,
    a_paused_collection_waits_and_others_do_not,
    what_an_operator_cannot_mean_is_refused_by_name,
);

fn key(error_key: &str) -> EventFilter {
    EventFilter {
        error_key: Some(error_key.to_owned()),
        ..EventFilter::default()
    }
}

fn status(status: EventStatus) -> EventFilter {
    EventFilter {
        status: Some(status),
        ..EventFilter::default()
    }
}

fn discard(reason: &str) -> Verb {
    Verb::Discard {
        reason: reason.into(),
    }
}

/// The account `bad`, which the replica refuses until it has no tries left.
async fn poison(setup: &Setup) {
    setup.twin.insert(&account("bad")).await.unwrap();
    setup.faults.set(Fault::Reject(id("bad")));
    exhaust(setup).await;
}

/// Applies until nothing is left to try.
async fn exhaust(setup: &Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    worker.stop().await;
}

/// So many accounts whose events have failed, a minute ago, as a damaged replica leaves them.
async fn failed(setup: &Setup, count: usize) {
    let accounts: Vec<_> = (0..count).map(|n| account(&format!("a{n:03}"))).collect();
    setup.twin.insert_many(&accounts).await.unwrap();
    let a_minute_ago = if setup.primary_url.starts_with("sqlite:") {
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 minute')"
    } else {
        "now() - interval '1 minute'"
    };
    let sql = format!(
        r#"update "Outbox" set retry_count = 6, last_error = 'refused', error_key = 'test', failed_at = {a_minute_ago}"#
    );
    setup.foreign(&sql).await;
}

async fn count(setup: &Setup, of: EventStatus) -> u64 {
    let primary = &setup.twin.sides().primary;
    primary.count_events(&status(of)).await.unwrap()
}

#[track_caller]
fn succeeded(end: &Progress, done: u64) {
    assert_eq!(
        (end.state, end.done),
        (OperationState::Succeeded, done),
        "{end:?}"
    );
}

async fn a_poison_event_is_found_understood_and_applied_once_its_cause_is_gone(setup: Setup) {
    setup.twin.insert(&account("good")).await.unwrap();
    poison(&setup).await;
    let outbox = setup.twin.outbox();

    let page = outbox
        .list(&EventFilter::default(), None, 10)
        .await
        .unwrap();
    let [event] = &page.items[..] else {
        panic!("one event is not done: {page:?}");
    };
    assert_eq!((event.status, event.retry_count), (EventStatus::Failed, 6));
    assert_eq!(event.aggregate_id, "bad");
    assert!(event.failed_at.is_some() && event.next_attempt_at.is_none());

    let groups = outbox.groups(10).await.unwrap();
    let [group] = &groups[..] else {
        panic!("there is one cause: {groups:?}");
    };
    assert_eq!((group.failed, group.retrying), (1, 0));
    assert_eq!(group.error_key, "rejected-121");
    assert_eq!(group.sample_id, event.id);

    let detail = outbox.show(&event.id).await.unwrap().unwrap();
    assert!(detail.payload.contains(r#""name""#), "{}", detail.payload);
    assert_eq!(detail.document.unwrap(), CurrentDocument::Missing);
    assert!(outbox.show("nobody").await.unwrap().is_none());

    setup.faults.set(Fault::None);
    let worker = setup.twin.start_worker(fast()).unwrap();
    let operation = outbox
        .start(Verb::Retry, &key("rejected-121"), None)
        .await
        .unwrap();
    succeeded(&operation.wait().await, 1);
    setup.drained().await;
    worker.stop().await;
    assert_eq!(
        setup.document(&id("bad")).await.unwrap().version,
        Version::new(1)
    );
    let detail = outbox.show(&event.id).await.unwrap().unwrap();
    assert_eq!(detail.record.status, EventStatus::Applied);
    let document = detail.document.unwrap();
    assert_eq!(document.version(), Some(Version::new(1)));
    assert!(matches!(document, CurrentDocument::Present { .. }));
    assert!(outbox.groups(10).await.unwrap().is_empty());
    setup.agrees().await;
}

async fn what_is_discarded_keeps_its_reason_and_can_be_restored(setup: Setup) {
    poison(&setup).await;
    let outbox = setup.twin.outbox();
    let everything = EventFilter::default();
    let operation = outbox
        .start(discard("  a test account "), &everything, None)
        .await
        .unwrap();
    succeeded(&operation.wait().await, 1);
    assert_eq!(count(&setup, EventStatus::Failed).await, 0);
    let page = outbox.list(&status(EventStatus::Discarded), None, 10).await;
    let page = page.unwrap();
    assert_eq!(
        page.items[0].discard_reason.as_deref(),
        Some("a test account")
    );
    assert!(page.items[0].processed_at.is_some());
    // A drain does not touch it, and the other verb neither.
    setup.faults.set(Fault::None);
    exhaust(&setup).await;
    assert_eq!(setup.document(&id("bad")).await, None);
    let retried = outbox.start(Verb::Retry, &everything, None).await.unwrap();
    succeeded(&retried.wait().await, 0);

    let worker = setup.twin.start_worker(fast()).unwrap();
    let operation = outbox
        .start(Verb::Restore, &everything, None)
        .await
        .unwrap();
    succeeded(&operation.wait().await, 1);
    setup.drained().await;
    worker.stop().await;
    assert!(setup.document(&id("bad")).await.is_some());
    assert_eq!(count(&setup, EventStatus::Discarded).await, 0);
    setup.agrees().await;
}

async fn what_fails_again_is_not_retried_by_the_same_operation(setup: Setup) {
    poison(&setup).await;
    failed(&setup, 5).await;
    // The worker fails `bad` again while the operation goes through the others.
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rate = NonZeroU32::new(10);
    let outbox = setup.twin.outbox();
    let operation = outbox
        .start(Verb::Retry, &EventFilter::default(), rate)
        .await
        .unwrap();
    let end = operation.wait().await;
    succeeded(&end, 6);
    setup.drained().await;
    worker.stop().await;
    assert_eq!(count(&setup, EventStatus::Failed).await, 1);
    assert_eq!(setup.stored().await.len(), 5);
}

async fn what_failed_after_somebody_looked_is_not_acted_on(setup: Setup) {
    failed(&setup, 3).await;
    let outbox = setup.twin.outbox();
    let preview = outbox.preview(&Verb::Retry, &key("test")).await.unwrap();
    assert_eq!((preview.count, preview.is_least), (3, false));
    poison(&setup).await;
    let seen = EventFilter {
        as_of: Some(preview.as_of),
        ..EventFilter::default()
    };
    let operation = outbox.start(discard("seen"), &seen, None).await.unwrap();
    succeeded(&operation.wait().await, 3);
    let left = outbox
        .list(&EventFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(left.items[0].aggregate_id, "bad");
    assert_eq!(left.items.len(), 1);
    // A moment that is still to come protects nothing, so it is not taken.
    let ahead = EventFilter {
        as_of: Some("2999-01-01T00:00:00Z".parse().unwrap()),
        ..EventFilter::default()
    };
    let operation = outbox.start(discard("now"), &ahead, None).await.unwrap();
    let Task::Events { filter, .. } = &operation.task else {
        panic!("it acts on events: {operation:?}");
    };
    assert!(filter.as_of < ahead.as_of);
    succeeded(&operation.wait().await, 1);
}

async fn a_rate_is_kept_and_cancelling_stops_midway(setup: Setup) {
    failed(&setup, 200).await;
    let rate = NonZeroU32::new(20);
    let begun = std::time::Instant::now();
    let operation = setup
        .twin
        .outbox()
        .start(Verb::Retry, &key("test"), rate)
        .await
        .unwrap();
    let midway = wait::until("the sixth event", SOON, async || {
        let progress = operation.progress();
        if progress.done >= 6 {
            Ok(progress)
        } else {
            Err(format!("{progress:?}"))
        }
    })
    .await;
    assert!(midway.eta.is_some() && midway.estimated_total == Some(200));
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert!(operation.cancel());
    let end = operation.wait().await;
    assert_eq!(end.state, OperationState::Cancelled);
    assert!((6..200).contains(&end.done), "{end:?}");
    assert_eq!(count(&setup, EventStatus::Failed).await, 200 - end.done);
    // The verb goes on with the rest when it is started again.
    let rest = setup
        .twin
        .outbox()
        .start(Verb::Retry, &key("test"), None)
        .await;
    let rest = rest.unwrap().wait().await;
    assert!(rest.done >= 200 - end.done, "{rest:?}");
    assert_eq!(count(&setup, EventStatus::Failed).await, 0);
    assert_eq!(operations(&setup).await.len(), 2);
    let found = setup.twin.outbox().operations.get(&operation.id).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.progress.state, OperationState::Cancelled);
}

async fn operations(setup: &Setup) -> Vec<OperationView> {
    let found = setup.twin.outbox().operations.list(None, 10).await;
    found.unwrap()
}

/// Its process is gone: nobody reports, so a worker takes it over when its time is out.
async fn what_a_process_left_is_done_by_the_worker_that_leads(setup: Setup) {
    failed(&setup, 5).await;
    let clock = &setup.twin.sides().clock;
    let left = NewOperation {
        id: clock.new_id().to_string(),
        kind: "outbox.discard".to_owned(),
        by: "grace".to_owned(),
        request: r#"{"errorKey":"test","reason":"a test"}"#.to_owned(),
        state: OperationState::Running,
    };
    let primary = &setup.twin.sides().primary;
    let kept = primary
        .add_operation(&left, "gone", Duration::ZERO, 8)
        .await;
    assert!(kept.unwrap());
    let worker = setup.twin.start_worker(fast()).unwrap();
    let done = wait::until("the end of the operation", SOON, async || {
        let found = setup.twin.outbox().operations.get(&left.id).await;
        let found = found.unwrap().unwrap();
        if found.progress.state.is_over() {
            Ok(found)
        } else {
            Err(format!("{found:?}"))
        }
    })
    .await;
    worker.stop().await;
    assert_eq!(done.progress.state, OperationState::Succeeded);
    assert_eq!((done.progress.done, &*done.by), (5, "grace"));
    assert_eq!(count(&setup, EventStatus::Discarded).await, 5);
}

/// Who did what, to what, and why: what takes long, and what is done at once.
async fn what_people_do_is_kept_with_who_did_it(setup: Setup) {
    failed(&setup, 2).await;
    let outbox = setup.twin.outbox().by("grace");
    let everything = PauseScope::Everything;
    outbox.pause(&everything, "a move").await.unwrap();
    outbox.resume(&everything).await.unwrap();
    let operation = outbox.start(discard("a test"), &key("test"), None).await;
    operation.unwrap().wait().await;
    outbox
        .verify(VerifyOptions::default())
        .await
        .unwrap()
        .wait()
        .await;
    let kept = operations(&setup).await;
    let kinds: Vec<_> = kept.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["verify", "outbox.discard", "resume", "pause"]);
    assert!(kept.iter().all(|one| one.by == "grace"), "{kept:?}");
    let Some(Task::Done(pause)) = &kept[3].task else {
        panic!("a pause is done at once: {:?}", kept[3]);
    };
    assert_eq!(
        (&*pause.about, pause.reason.as_deref()),
        ("everything", Some("a move"))
    );
    let found = kept[0].progress.found.as_ref().unwrap();
    assert_eq!(found["collections"][0]["collection"], "accounts");
    let total = kept[0].progress.estimated_total;
    assert_eq!(
        total,
        Some(
            2 * setup
                .number("select count(*) from accounts")
                .await
                .cast_unsigned()
        )
    );
}

/// A document that is not as its row is found, and made anew by the worker.
async fn a_repair_is_an_operation_that_says_what_it_mended(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    let nobodys = Body::Document(doc! { "name": "x" });
    inject(&setup, "nobody", 1, nobodys).await;
    let repair = setup.twin.outbox().repair(RepairOptions::default()).await;
    let end = repair.unwrap().wait().await;
    worker.stop().await;
    assert_eq!(end.state, OperationState::Succeeded, "{end:?}");
    let found = &end.found.unwrap()["collections"][0];
    assert_eq!((&found["extra"], &found["mended"]), (&1.into(), &1.into()));
    setup.agrees().await;
}

async fn a_dry_run_counts_what_a_verb_would_change(setup: Setup) {
    failed(&setup, 4).await;
    setup.twin.insert(&account("new")).await.unwrap();
    let outbox = setup.twin.outbox();
    let discard = discard("x");
    for (verb, filter, count) in [
        (&Verb::Retry, EventFilter::default(), 4),
        (&discard, EventFilter::default(), 4),
        (&discard, status(EventStatus::Pending), 1),
        (&Verb::Restore, EventFilter::default(), 0),
        (&Verb::Retry, key("another"), 0),
    ] {
        let preview = outbox.preview(verb, &filter).await.unwrap();
        assert_eq!(preview.count, count, "{verb:?} {filter:?}");
    }
    assert_eq!(count(&setup, EventStatus::Failed).await, 4);
    assert!(operations(&setup).await.is_empty());
}

async fn a_list_goes_through_everything_once_page_by_page(setup: Setup) {
    failed(&setup, 7).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = setup
            .twin
            .outbox()
            .list(&key("test"), after.as_ref(), 3)
            .await;
        let page = page.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.into_iter().map(|event| event.at.seq));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
}

async fn a_paused_collection_waits_and_others_do_not(setup: Setup) {
    let accounts = PauseScope::Collection(Account::schema().collection.to_string());
    assert!(
        setup
            .twin
            .outbox()
            .pause(&accounts, "a new index")
            .await
            .unwrap()
    );
    assert!(
        !setup
            .twin
            .outbox()
            .pause(&accounts, "two indexes")
            .await
            .unwrap()
    );
    let pauses = setup.twin.sides().primary.pauses().await.unwrap();
    assert_eq!(pauses.len(), 1);
    assert_eq!(
        (&pauses[0].scope, &*pauses[0].reason),
        (&accounts, "two indexes")
    );

    let worker = setup.twin.start_worker(fast()).unwrap();
    let owner = setup.twin.insert(&account("a")).await.unwrap();
    let written = setup.twin.insert(&note("n", &owner.id)).await.unwrap();
    let notes = setup
        .twin
        .collection::<Note>()
        .at_least(&written.token(), SOON);
    assert_eq!(notes.count(doc! {}).await.unwrap().value, 1);
    assert_eq!(setup.document(&owner.id).await, None);
    let workers = setup.twin.sides().primary.workers().await.unwrap();
    assert_eq!(workers.iter().filter(|worker| worker.alive).count(), 1);

    assert!(setup.twin.outbox().resume(&accounts).await.unwrap());
    assert!(!setup.twin.outbox().resume(&accounts).await.unwrap());
    wait::until("the account's document", SOON, async || {
        setup.document(&owner.id).await
    })
    .await;
    worker.stop().await;
    setup.agrees().await;
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: Result<T, OperateError>) -> String {
    match result {
        Err(error @ OperateError::Invalid { .. }) => error.to_string(),
        other => panic!("it is accepted: {other:?}"),
    }
}

async fn what_an_operator_cannot_mean_is_refused_by_name(setup: Setup) {
    let outbox = setup.twin.outbox();
    let applied = status(EventStatus::Applied);
    let refused = invalid(outbox.start(Verb::Retry, &applied, None).await);
    assert!(refused.contains("`applied`"), "{refused}");
    invalid(
        outbox
            .start(discard(" "), &EventFilter::default(), None)
            .await,
    );
    invalid(outbox.list(&key("a\0b"), None, 10).await.map(|_| ()));
    let planets = PauseScope::Collection("planets".into());
    let refused = invalid(setup.twin.outbox().pause(&planets, "why not").await);
    assert!(
        refused.contains("planets") && refused.contains("accounts"),
        "{refused}"
    );
    invalid(setup.twin.outbox().pause(&PauseScope::Everything, "").await);
    assert!(operations(&setup).await.is_empty());
    assert!(outbox.show("a\0b").await.unwrap().is_none());
}
