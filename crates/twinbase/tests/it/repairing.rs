//! Invariant 5, and what follows from it: every class of drift is found while others write, and mended from the primary.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};
use twinbase::{
    core::Body,
    prelude::*,
    sync::{
        repair::{RepairOptions, RepairReport},
        verify::{CollectionReport, Drift, Scope, VerifyOptions},
    },
};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, Note, account, id, note},
    combination::{SOON, Setup, fast, on_every_combination},
    damage::Notes,
    drift::inject,
};

on_every_combination!(
    every_class_of_drift_is_found_and_mended_under_load,
    a_dry_run_changes_nothing,
    only_what_is_in_the_scope_is_mended,
    a_repair_without_a_worker_says_that_nothing_is_confirmed,
    what_the_replica_refuses_is_reported_as_not_mended,
    who_waits_for_a_refused_document_confirms_all_others,
    a_side_that_comes_back_ends_no_repair,
);

/// What is injected in each round into accounts. (What the replica would not write itself is in [`inject_what_others_write`].)
const CLASSES: [Drift; 9] = [
    Drift::Missing,
    Drift::Extra,
    Drift::Stale,
    Drift::Different,
    Drift::Mistyped,
    Drift::Resurrected,
    Drift::Ahead,
    Drift::OrphanTombstone,
    Drift::WrongCollection,
];

/// How long rounds go on here; `TWINBASE_DRIFT_ROUNDS` asks for a number of them instead.
const ROUNDS: Duration = Duration::from_secs(4);

fn options(scope: Scope) -> RepairOptions {
    RepairOptions {
        verify: VerifyOptions {
            scope,
            ..VerifyOptions::default()
        },
        dry_run: false,
        wait: SOON,
    }
}

async fn repair(setup: &Setup) -> RepairReport {
    let options = options(Scope::default());
    setup.twin.repair(&options, |_, _| {}).await.unwrap()
}

/// Accounts that are there on both sides.
async fn settled(setup: &Setup, keys: &[String]) {
    let accounts: Vec<_> = keys.iter().map(|key| account(key)).collect();
    settle(setup, keys, &accounts).await;
}

/// Rows with these keys that are there on both sides.
async fn settle<R: NewRow>(setup: &Setup, keys: &[String], rows: &[R]) {
    let mut token = Token::default();
    for written in setup.twin.insert_many(rows).await.unwrap() {
        token.merge(written.token());
    }
    let caught_up = setup.twin.freshness().caught_up(&token, SOON).await;
    assert!(caught_up.is_ok());
    // What is applied and not marked yet is in flight for a comparison.
    let ids: Vec<_> = keys.iter().map(id).collect();
    wait::until("their events to be marked", SOON, async || {
        let waiting = setup
            .twin
            .sides()
            .primary
            .unapplied(R::Aggregate::schema(), &ids);
        waiting.await.unwrap().is_empty()
    })
    .await;
}

async fn inject_one_of_each(setup: &Setup, round: usize) {
    let key = |drift: Drift| format!("{drift:?}-{round}");
    let now = setup.twin.sides().clock.now();
    let rows = [
        Drift::Stale,
        Drift::Different,
        Drift::Mistyped,
        Drift::Resurrected,
        Drift::Ahead,
    ];
    settled(setup, &rows.map(key)).await;
    let wrong = key(Drift::WrongCollection);
    let written = setup.twin.insert(&note(&wrong, &id("load-0"))).await;
    let token = written.unwrap().token();
    setup
        .twin
        .freshness()
        .caught_up(&token, SOON)
        .await
        .unwrap();
    // Heads are above a floor once something was taken for the future of a primary that was put back.
    let version = head(setup, &key(Drift::Mistyped)).await;
    let (missing, stale, different) = (
        key(Drift::Missing),
        key(Drift::Stale),
        key(Drift::Different),
    );
    let (mistyped, resurrected) = (key(Drift::Mistyped), key(Drift::Resurrected));
    setup
        .foreign(&format!(
            "insert into accounts (id, name, points, secret) values ('{missing}', 'x', 0, 'x');
            update aggregate_version set version = version + 2 where aggregate_id = '{stale}';
            update accounts set points = 3 where id = '{different}';
            update aggregate_version set version = {version} + 8 where aggregate_id = '{mistyped}';
            delete from accounts where id = '{resurrected}'"
        ))
        .await;
    let document = doc! { "name": "x", "points": 1_000_000 };
    let retyped = doc! { "name": &mistyped, "points": 0_i64 };
    inject(setup, &mistyped, version + 8, Body::Document(retyped)).await;
    let ahead = key(Drift::Ahead);
    let version = head(setup, &ahead).await + 39;
    inject(setup, &ahead, version, Body::Document(document.clone())).await;
    let of_a_note = doc! { "accountId": "load-0", "text": "x" };
    inject(setup, &wrong, 1, Body::Document(of_a_note)).await;
    inject(setup, &key(Drift::Extra), 1, Body::Document(document)).await;
    inject(setup, &key(Drift::OrphanTombstone), 5, Body::Tombstone(now)).await;
}

/// What neither Twinbase nor a writer through it would leave: findings in accounts, and in notes.
async fn inject_what_others_write(setup: &Setup, round: usize) -> (Vec<Drift>, Vec<Drift>) {
    let failed = format!("Failed-{round}");
    settled(setup, std::slice::from_ref(&failed)).await;
    let keys = [format!("Garbled-{round}"), format!("Unversioned-{round}")];
    let rows = keys.each_ref().map(|key| note(key, &id("load-0")));
    settle(setup, &keys, &rows).await;
    let bad = bad_key(round);
    setup
        .foreign(&format!(
            r#"update accounts set points = 3 where id = '{failed}';
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload, retry_count, last_error)
            values ('{failed}', 'account.updated', 'account', '{failed}', '{{}}', 6, 'a test');
            insert into accounts (id, name, points, secret) values ('{bad}', 'x', 0, 'x')"#
        ))
        .await;
    let notes = Notes::of(setup);
    let garbled = notes.garble(&keys[0]).await;
    notes.take_version(&keys[1], round).await;
    notes.insert_foreign(round).await;
    (
        vec![Drift::Stale, Drift::InvalidId],
        vec![garbled, Drift::Stale, Drift::Extra],
    )
}

/// The key of a row that no document can have.
fn bad_key(round: usize) -> String {
    format!("bad-{round}\u{1}")
}

/// What a repair must leave to people, with what they are to do; and does that.
async fn mend_by_hand(setup: &Setup, report: &RepairReport, round: usize) {
    let left = report.collections.iter().flat_map(|of| &of.left);
    let left: Vec<_> = left
        .map(|of| (of.finding.drift, of.reason.as_ref()))
        .collect();
    let expected = [
        (
            Drift::InvalidId,
            "No document can have this id: change the key of the row, or delete the row",
        ),
        (
            Drift::Extra,
            "No row can have this id: delete the document by hand",
        ),
    ];
    assert_eq!(left, expected, "{report:#?}");
    assert_eq!(
        report.sum(|of| of.not_mended + of.unconfirmed),
        2,
        "{report:#?}"
    );
    let bad = bad_key(round);
    setup
        .foreign(&format!("delete from accounts where id = '{bad}'"))
        .await;
    Notes::of(setup).delete_foreign().await;
}

/// Each is found as often as it was injected, and nothing else; one document of the future may have been overtaken.
fn check(found: &CollectionReport, expected: &[Drift]) {
    for drift in Drift::ALL {
        let expected = expected.iter().filter(|one| **one == drift).count() as u64;
        let overtaken = u64::from(drift == Drift::Ahead && expected > 0);
        assert!(
            (expected..=expected + overtaken).contains(&found.of(drift)),
            "{drift:?} in {found:#?}"
        );
    }
}

async fn head(setup: &Setup, key: &str) -> i64 {
    let sql = format!(
        "select version from aggregate_version where aggregate_type = 'account' and aggregate_id = '{key}'"
    );
    setup.number(&sql).await
}

/// A document of the future of an account that others change all the time: a repair finds it, or the next change does.
async fn inject_where_others_write(setup: &Setup, round: usize) {
    let key = format!("load-{}", round % 20);
    let version = head(setup, &key).await + 1_000;
    let document = doc! { "name": "x", "points": 1_000_000 };
    inject(setup, &key, version, Body::Document(document)).await;
}

/// Writers that change, delete and make again until they are told to stop.
fn load(setup: &Setup, is_over: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let writer = |part: usize| {
        let (twin, is_over) = (setup.twin.clone(), is_over.clone());
        tokio::spawn(async move {
            let mut round = 0;
            while !is_over.load(Ordering::Relaxed) {
                let key = id(format!("load-{}", (round * 7 + part) % 20));
                let set = vec![Account::POINTS.increase(1)];
                twin.update::<Account>(&key, set).await.unwrap();
                let name = format!("note-{part}-{}", round % 10);
                twin.insert(&note(&name, &key)).await.unwrap();
                twin.delete::<Note>(&id(&name)).await.unwrap();
                round += 1;
            }
        })
    };
    (0..2).map(writer).collect()
}

async fn every_class_of_drift_is_found_and_mended_under_load(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    let keys: Vec<_> = (0..20).map(|n| format!("load-{n}")).collect();
    settled(&setup, &keys).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let writers = load(&setup, &is_over);
    let wanted = std::env::var("TWINBASE_DRIFT_ROUNDS").ok();
    let wanted: Option<usize> = wanted.map(|text| text.parse().unwrap());
    let (began, mut round) = (Instant::now(), 0);
    while wanted.map_or(began.elapsed() < ROUNDS, |wanted| round < wanted) {
        inject_one_of_each(&setup, round).await;
        inject_where_others_write(&setup, round).await;
        let (in_accounts, in_notes) = inject_what_others_write(&setup, round).await;
        let report = repair(&setup).await;
        let [accounts, notes] = &report.collections[..] else {
            panic!("{report:#?}");
        };
        check(&accounts.found, &[&CLASSES[..], &in_accounts].concat());
        check(&notes.found, &in_notes);
        assert_eq!(accounts.found.with_failed_event, 1, "{report:#?}");
        let found = report.sum(|of| of.found.drifted());
        assert_eq!(report.sum(|of| of.mended), found - 2, "{report:#?}");
        mend_by_hand(&setup, &report, round).await;
        let after = setup.twin.verify(|_, _| {}).await.unwrap();
        assert!(after.is_clean(), "{after:#?}");
        round += 1;
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
    println!("{round} rounds");
    // What repairs made is what the primary has.
    let different = setup.document(&id("Different-0")).await.unwrap();
    assert_eq!(different.value.points, 3);
    assert!(setup.document(&id("Extra-0")).await.is_none());
    assert!(setup.document(&id("Missing-0")).await.is_some());
    let notes = setup.twin.collection::<Note>();
    let garbled = notes.get(&id("Garbled-0")).await.unwrap().value;
    assert_eq!(garbled.unwrap().value.text, "text");
}

async fn a_dry_run_changes_nothing(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    inject_one_of_each(&setup, 0).await;
    let events = setup.number("select count(*) from \"Outbox\"").await;
    let options = RepairOptions {
        dry_run: true,
        ..options(Scope::default())
    };
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    assert_eq!(report.sum(|of| of.found.drifted()), CLASSES.len() as u64);
    assert_eq!(report.sum(|of| of.touched + of.mended + of.not_mended), 0);
    assert_eq!(
        setup.number("select count(*) from \"Outbox\"").await,
        events
    );
    worker.stop().await;
}

async fn only_what_is_in_the_scope_is_mended(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    let began = setup.twin.sides().primary.now().await.unwrap();
    inject_one_of_each(&setup, 0).await;
    setup.drained().await;
    let repair = async |scope: Scope| {
        let report = setup.twin.repair(&options(scope), |_, _| {}).await.unwrap();
        assert!(report.is_mended(), "{report:#?}");
        report.sum(|of| of.mended)
    };
    let of = |collection: &str| Scope {
        collections: vec![collection.to_owned()],
        ..Scope::default()
    };
    assert_eq!(repair(of("notes")).await, 0);
    let ids = vec![id("Missing-0"), id("nobody"), id("Extra-0")];
    assert_eq!(
        repair(Scope {
            ids,
            ..of("accounts")
        })
        .await,
        2
    );
    // What has an event: those that were inserted.
    let since = Some(began);
    assert_eq!(
        repair(Scope {
            since,
            ..Scope::default()
        })
        .await,
        5
    );
    let range = Scope {
        after: Some("N".into()),
        until: Some("OrphanTombstone-0".into()),
        ..Scope::default()
    };
    assert_eq!(repair(range).await, 1);
    assert_eq!(repair(Scope::default()).await, 1);
    worker.stop().await;
}

async fn a_repair_without_a_worker_says_that_nothing_is_confirmed(setup: Setup) {
    setup
        .foreign(
            "insert into accounts (id, name, points, secret) values ('forgotten', 'x', 0, 'x')",
        )
        .await;
    let options = RepairOptions {
        wait: Duration::from_millis(50),
        ..options(Scope::default())
    };
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    assert!(!report.is_mended(), "{report:#?}");
    assert_eq!(report.sum(|of| of.unconfirmed), 1, "{report:#?}");
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}

async fn what_the_replica_refuses_is_reported_as_not_mended(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup
        .foreign("insert into accounts (id, name, points, secret) values ('refused', 'x', 0, 'x')")
        .await;
    setup.faults.set(Fault::Reject(id("refused")));
    let options = RepairOptions {
        wait: Duration::from_secs(5),
        ..options(Scope::default())
    };
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    assert_eq!(report.sum(|of| of.not_mended), 1, "{report:#?}");
    let left = &report.collections[0].left[0];
    assert_eq!(left.finding.drift, Drift::Missing);
    assert!(left.finding.failed_event.is_some(), "{report:#?}");
    assert!(left.reason.contains("failed again"), "{report:#?}");
    worker.stop().await;
}

/// It is on the first of three pages, and is tried again for longer than anybody waits.
async fn who_waits_for_a_refused_document_confirms_all_others(setup: Setup) {
    let worker = setup
        .twin
        .start_worker(WorkerOptions {
            retry_base: Duration::from_mins(10),
            retry_cap: Duration::from_mins(10),
            ..fast()
        })
        .unwrap();
    let rows = (0..6_500).map(|n| format!("('row-{n:04}', 'x', 0, 'x')"));
    let rows: Vec<_> = rows.collect();
    let rows = format!(
        "insert into accounts (id, name, points, secret) values {}",
        rows.join(", ")
    );
    setup.foreign(&rows).await;
    setup.faults.set(Fault::Reject(id("row-0000")));
    let options = RepairOptions {
        wait: Duration::from_secs(5),
        ..options(Scope::default())
    };
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    let counts = (
        report.sum(|of| of.mended),
        report.sum(|of| of.unconfirmed),
        report.sum(|of| of.not_mended),
    );
    assert_eq!(counts, (6_499, 1, 0), "{report:#?}");
    worker.stop().await;
}

/// Away while both sides are compared, and once more while what was touched is waited for.
async fn a_side_that_comes_back_ends_no_repair(setup: Setup) {
    setup
        .foreign(
            "insert into accounts (id, name, points, secret) values ('forgotten', 'x', 0, 'x')",
        )
        .await;
    let options = options(Scope::default());
    let mut repair = std::pin::pin!(setup.twin.repair(&options, |_, _| {}));
    for is_touched in [false, true] {
        setup.faults.set(Fault::Down);
        let ended = tokio::time::timeout(Duration::from_millis(200), &mut repair).await;
        assert!(ended.is_err(), "touched: {is_touched}, {ended:?}");
        setup.faults.set(Fault::None);
        if is_touched {
            break;
        }
        let touched = wait::until("an event of the repair", SOON, async || {
            let (sides, ids) = (setup.twin.sides(), [id("forgotten")]);
            let waiting = sides.primary.unapplied(Account::schema(), &ids);
            !waiting.await.unwrap().is_empty()
        });
        tokio::select! {
            ended = &mut repair => panic!("{ended:?}"),
            () = touched => {}
        }
    }
    let worker = setup.twin.start_worker(fast()).unwrap();
    let report = repair.await.unwrap();
    assert!(report.is_mended(), "{report:#?}");
    let count = (report.sum(|of| of.touched), report.sum(|of| of.mended));
    assert_eq!(count, (1, 1), "{report:#?}");
    worker.stop().await;
}
