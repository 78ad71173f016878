//! The comparison that a worker makes by itself, and walks that go on where they were.

use std::{collections::BTreeSet, time::Duration};

use twinbase::{
    core::{
        Body,
        primary::{Cause, EventFilter, EventStatus},
    },
    health::Seen,
    operate::Verb,
    prelude::*,
    sync::{
        repair::RepairOptions,
        timeline,
        verify::{Scope, VerifyOptions},
    },
};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, account, id, note},
    combination::{SOON, Setup, fast, on_every_combination},
    drift::inject,
};

on_every_combination!(
    a_worker_finds_wrong_documents_by_itself_and_health_says_so_until_they_are_mended,
    a_worker_that_may_makes_wrong_documents_anew,
    a_worker_that_may_mend_leaves_alone_what_was_discarded,
    a_side_that_comes_back_ends_no_verification,
    a_side_that_is_away_is_not_waited_for_with_each_collection,
    an_id_that_is_nowhere_is_named_and_not_counted_as_compared,
    what_changed_often_since_a_time_is_compared_once,
    a_worker_that_found_no_difference_ends_the_alarm_of_a_database_that_was_put_back,
    a_verification_that_was_stopped_goes_on_where_it_was,
    what_was_verified_before_a_database_was_put_back_proves_nothing_after_it,
);

fn often() -> WorkerOptions {
    WorkerOptions {
        verify_every: Some(Duration::from_millis(20)),
        ..fast()
    }
}

/// Accounts on both sides, and one document that somebody has changed.
async fn drifted(setup: &Setup) {
    let keys = ["a", "b", "c"].map(account);
    setup.twin.insert_many(&keys).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let changed = doc! { "name": "b", "points": 1_000_000 };
    inject(setup, "b", 40, Body::Document(changed)).await;
}

async fn alerts(twin: &Twinbase) -> Vec<String> {
    let health = twin.health().await;
    let alerts = Seen::of(&health, None).alerts();
    alerts.into_iter().map(|alert| alert.message).collect()
}

/// Waits for an alert about wrong documents, or for there to be none.
async fn until_alert(twin: &Twinbase, is_there: bool) {
    wait::until("an alert of wrong documents", SOON, async || {
        let alerts = alerts(twin).await;
        let found = alerts
            .iter()
            .any(|alert| alert.contains("Wrong documents in accounts: 1."));
        (found == is_there)
            .then_some(())
            .ok_or(format!("{alerts:?}"))
    })
    .await;
}

async fn a_worker_finds_wrong_documents_by_itself_and_health_says_so_until_they_are_mended(
    setup: Setup,
) {
    drifted(&setup).await;
    let began = setup.twin.sides().primary.now().await.unwrap();
    let worker = setup.twin.start_worker(often()).unwrap();
    until_alert(&setup.twin, true).await;
    // Another process knows it as well, and it stays while nobody acts.
    let other = setup.other().await;
    until_alert(&other, true).await;
    let options = RepairOptions::default();
    let report = other.repair(&options, |_, _| {});
    assert_eq!(report.await.unwrap().sum(|of| of.mended), 1);
    until_alert(&setup.twin, false).await;
    wait::until("a whole comparison since", SOON, async || {
        let verified = setup.twin.health().await.verified.unwrap_or_default();
        let is_since = verified.iter().all(|of| of.through >= Some(began));
        (verified.len() == 2 && is_since)
            .then_some(())
            .ok_or(format!("{verified:?}"))
    })
    .await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_worker_that_may_makes_wrong_documents_anew(setup: Setup) {
    drifted(&setup).await;
    let options = WorkerOptions {
        repair_drift: true,
        ..often()
    };
    let worker = setup.twin.start_worker(options).unwrap();
    wait::until("the row's content", SOON, async || {
        let document = setup.document(&id("b")).await.unwrap();
        let points = document.value.points;
        (points == 0).then_some(()).ok_or(points)
    })
    .await;
    until_alert(&setup.twin, false).await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_worker_that_may_mend_leaves_alone_what_was_discarded(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let set = [Account::NAME.set("discarded".to_owned())];
    let changed = setup.twin.update::<Account>(&id("a"), set).await;
    let changed = changed.unwrap().unwrap();
    let reason = "a test".into();
    let outbox = setup.twin.outbox();
    let pending = EventFilter {
        status: Some(EventStatus::Pending),
        ..EventFilter::default()
    };
    let discard = outbox.start(Verb::Discard { reason }, &pending, None).await;
    assert_eq!(discard.unwrap().wait().await.done, 1);
    let began = setup.twin.sides().primary.now().await.unwrap();
    let options = WorkerOptions {
        repair_drift: true,
        ..often()
    };
    let worker = setup.twin.start_worker(options).unwrap();
    wait::until("a whole comparison", SOON, async || {
        let verified = setup.twin.health().await.verified.unwrap_or_default();
        let of = verified
            .into_iter()
            .find(|of| of.collection == "accounts")?;
        (of.through >= Some(began) && of.wrong == 1).then_some(())
    })
    .await;
    worker.stop().await;
    let (primary, ids) = (&setup.twin.sides().primary, [id("a")]);
    let heads = primary.heads(Account::schema(), &ids).await.unwrap();
    assert_eq!(heads.get(&ids[0]), Some(&changed.version));
    // A person may.
    let options = RepairOptions::default();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    assert_eq!(report.sum(|of| of.mended), 1);
    worker.stop().await;
}

async fn a_side_that_comes_back_ends_no_verification(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.faults.set(Fault::Down);
    let mut walk = std::pin::pin!(setup.twin.verify(|_, _| {}));
    let ended = tokio::time::timeout(Duration::from_millis(200), &mut walk).await;
    assert!(ended.is_err(), "{ended:?}");
    setup.faults.set(Fault::None);
    let report = walk.await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(
        (report.collections[0].rows, report.collections[0].documents),
        (1, 1)
    );
}

async fn a_side_that_is_away_is_not_waited_for_with_each_collection(setup: Setup) {
    setup.faults.set(Fault::Down);
    let (everything, mut waited) = (VerifyOptions::default(), BTreeSet::new());
    let walked = setup.twin.verify_each(
        &everything,
        |of, _| {
            waited.insert(of.to_owned());
        },
        |_, _| {},
    );
    let error = walked.await.unwrap_err().to_string();
    assert!(error.contains("did not answer"), "{error}");
    assert_eq!(waited.len(), 1, "{waited:?}");
    assert!(setup.twin.registry().iter().count() > 1);
}

async fn an_id_that_is_nowhere_is_named_and_not_counted_as_compared(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let of = async |ids: &[&str]| {
        let scope = Scope {
            ids: ids.iter().copied().map(id).collect(),
            ..Scope::default()
        };
        let options = VerifyOptions {
            scope,
            ..VerifyOptions::default()
        };
        let report = setup.twin.verify_scope(&options, |_, _| {}).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        let of = &report.collections[0];
        let absent: Vec<_> = of.absent.iter().map(ToString::to_string).collect();
        (of.rows, of.documents, absent.join(" "))
    };
    assert_eq!(of(&["nobody"]).await, (0, 0, "nobody".to_owned()));
    assert_eq!(of(&["a", "nobody"]).await, (1, 1, "nobody".to_owned()));
    // What was deleted is known to be, until its event is forgotten.
    setup.twin.delete::<Account>(&id("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(of(&["a"]).await, (0, 0, String::new()));
}

/// More events than a page of them has.
async fn what_changed_often_since_a_time_is_compared_once(setup: Setup) {
    let since = Some(setup.twin.sides().primary.now().await.unwrap());
    setup.twin.insert(&account("often")).await.unwrap();
    setup
        .twin
        .write(|tx| async move {
            for n in 0..600 {
                let points = [Account::POINTS.set(n)];
                tx.update::<Account>(&id("often"), points).await?;
            }
            Ok::<_, PrimaryError>(())
        })
        .await
        .unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let options = VerifyOptions {
        scope: Scope {
            since,
            ..Scope::default()
        },
        ..VerifyOptions::default()
    };
    let report = setup.twin.verify_scope(&options, |_, _| {}).await.unwrap();
    let of = &report.collections[0];
    assert_eq!((of.rows, of.documents), (1, 1), "{report:?}");
}

async fn a_worker_that_found_no_difference_ends_the_alarm_of_a_database_that_was_put_back(
    setup: Setup,
) {
    setup.twin.insert(&account("a")).await.unwrap();
    timeline::recover(setup.twin.sides(), Cause::Operator)
        .await
        .unwrap();
    assert!(setup.twin.health().await.unproven.is_some());
    let worker = setup.twin.start_worker(often()).unwrap();
    wait::until("no alarm", SOON, async || {
        let unproven = setup.twin.health().await.unproven;
        unproven
            .is_none()
            .then_some(())
            .ok_or(format!("{unproven:?}"))
    })
    .await;
    worker.stop().await;
}

async fn a_verification_that_was_stopped_goes_on_where_it_was(setup: Setup) {
    for key in ["a", "b"] {
        setup.twin.insert(&account(key)).await.unwrap();
        setup.twin.insert(&note(key, &id(key))).await.unwrap();
    }
    setup.twin.drain(fast()).await.unwrap();
    let options = VerifyOptions {
        resume: true,
        ..VerifyOptions::default()
    };
    let (other, of) = (setup.other().await, options.clone());
    let first = tokio::spawn(async move {
        let report = other.verify_scope(&of, |collection, _| {
            if collection == "notes" {
                std::panic::resume_unwind(Box::new("killed"));
            }
        });
        report.await.map(drop)
    });
    assert!(first.await.unwrap_err().is_panic());
    setup
        .foreign("update accounts set points = 3 where id = 'a'")
        .await;
    let report = setup.twin.verify_scope(&options, |_, _| {}).await.unwrap();
    assert!(report.is_clean(), "it was compared again: {report:?}");
    let rows: Vec<_> = report.collections.iter().map(|of| of.rows).collect();
    assert_eq!(rows, [2, 2], "{report:?}");
    // Once at its end, the next one begins anew.
    let report = setup.twin.verify_scope(&options, |_, _| {}).await.unwrap();
    assert_eq!(report.collections[0].different, 1, "{report:?}");
}

async fn what_was_verified_before_a_database_was_put_back_proves_nothing_after_it(setup: Setup) {
    let keys = ["a", "b", "c"].map(account);
    setup.twin.insert_many(&keys).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.twin.verify(|_, _| {}).await.unwrap();
    let through = async || {
        let verified = setup.twin.health().await.verified.unwrap();
        let through = verified.iter().map(|of| of.through.is_some());
        through.collect::<Vec<_>>()
    };
    assert_eq!(through().await, [true, true]);
    timeline::recover(setup.twin.sides(), Cause::Operator)
        .await
        .unwrap();
    assert_eq!(through().await, [false, false]);
    // A comparison that is under way since has not proven anything either.
    let limited = VerifyOptions {
        rate: std::num::NonZeroU32::new(1),
        resume: true,
        ..VerifyOptions::default()
    };
    let walk = setup.twin.verify_scope(&limited, |_, _| {});
    let stopped = tokio::time::timeout(Duration::from_secs(2), walk).await;
    assert!(stopped.is_err(), "it had come to its end");
    let primary = &setup.twin.sides().primary;
    let walks = primary.walks().await.unwrap();
    assert!(walks.iter().any(|of| of.place.is_some()), "{walks:?}");
    assert_eq!(through().await, [false, false]);
    setup.twin.verify(|_, _| {}).await.unwrap();
    assert_eq!(through().await, [true, true]);
}
