//! Invariant 5: verification raises no false alarm under load and misses no injected drift.

use twinbase::{
    core::{Body, Change},
    prelude::*,
    sync::{repair::RepairOptions, verify::Drift},
};

use crate::{
    app::{Account, Note, account, id, note},
    combination::{Setup, fast, on_every_combination},
};

on_every_combination!(
    verification_under_load_raises_no_false_alarm,
    verification_misses_no_injected_drift,
    verification_names_rows_that_can_have_no_document_and_goes_on,
    a_document_of_another_collection_is_told_from_an_extra_one_and_goes_with_a_repair,
);

async fn verification_under_load_raises_no_false_alarm(setup: Setup) {
    let accounts: Vec<_> = (0..30).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&accounts).await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let load = |part: usize| {
        let twin = setup.twin.clone();
        tokio::spawn(async move {
            for round in 0..25 {
                let key = id(format!("key-{}", (round * 7 + part) % 30));
                let set = vec![Account::POINTS.increase(1)];
                twin.update::<Account>(&key, set).await.unwrap();
                let name = format!("note-{part}-{round}");
                twin.insert(&note(&name, &key)).await.unwrap();
                twin.delete::<Note>(&id(&name)).await.unwrap();
                twin.insert(&note(&name, &key)).await.unwrap();
            }
        })
    };
    let writers = [load(0), load(1), load(2)];
    let mut runs = 0;
    while runs < 3 || writers.iter().any(|writer| !writer.is_finished()) {
        let report = setup.twin.verify(|_, _| {}).await.unwrap();
        assert!(report.is_clean(), "{report:#?}");
        runs += 1;
    }
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

/// What somebody else does to the replica.
pub(crate) async fn inject(setup: &Setup, key: &str, version: i64, body: Body) {
    let change = Change {
        id: id(key),
        version: Version::new(version),
        body,
    };
    let replica = &setup.twin.sides().replica;
    replica.apply(Account::schema(), &[change]).await.unwrap();
}

async fn verification_misses_no_injected_drift(setup: Setup) {
    let accounts: Vec<_> = (0..8).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&accounts).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
    let changed = doc! { "name": "key-1", "points": 1_000_000 };
    inject(&setup, "key-1", 5, Body::Document(changed.clone())).await;
    inject(
        &setup,
        "key-2",
        5,
        Body::Tombstone(setup.twin.sides().clock.now()),
    )
    .await;
    inject(&setup, "nobody", 1, Body::Document(changed)).await;
    setup
        .foreign(
            "update accounts set points = 3 where id = 'key-3';
            insert into accounts (id, name, points, secret) values ('forgotten', 'x', 0, 'x');
            update aggregate_version set version = 9 where aggregate_id = 'key-4';
            delete from accounts where id = 'key-5'",
        )
        .await;
    let report = setup.twin.verify(|_, _| {}).await.unwrap();
    let found = &report.collections[0];
    let mut wrong: Vec<_> = found
        .samples
        .iter()
        .map(|sample| format!("{} {:?}", sample.id, sample.drift))
        .collect();
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "forgotten Missing",
            "key-1 Ahead",
            "key-2 Ahead",
            "key-3 Different",
            "key-4 Stale",
            "key-5 Resurrected",
            "nobody Extra",
        ],
        "{report:#?}"
    );
    assert_eq!(
        (found.missing, found.different, found.stale, found.extra),
        (1, 1, 1, 1)
    );
    assert_eq!((found.ahead, found.resurrected), (2, 1));
    let different = found.samples.iter().find(|of| of.drift == Drift::Different);
    assert_eq!(different.unwrap().fields, ["points"]);
    assert!(!report.is_clean());
}

/// More of them than a page has rows, and behind them a row without an event.
async fn verification_names_rows_that_can_have_no_document_and_goes_on(setup: Setup) {
    let rows: Vec<String> = (0..600)
        .map(|n| format!("('bad-{n:03}\u{1}', 'x', 0, 'x')"))
        .collect();
    let rows = rows.join(", ");
    setup
        .foreign(&format!(
            "insert into accounts (id, name, points, secret) values {rows}, ('forgotten', 'x', 0, 'x')"
        ))
        .await;
    let report = setup.twin.verify(|_, _| {}).await.unwrap();
    let found = &report.collections[0];
    assert_eq!(
        (found.rows, found.invalid_ids, found.missing),
        (601, 600, 1),
        "{report:#?}"
    );
    assert!(!report.is_clean());
}

async fn a_document_of_another_collection_is_told_from_an_extra_one_and_goes_with_a_repair(
    setup: Setup,
) {
    setup.twin.insert(&note("n", &id("a"))).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let document = setup.twin.collection::<Note>().get(&id("n")).await;
    let document = document.unwrap().value.unwrap().value;
    let moved = doc! { "accountId": document.account_id.as_str(), "text": document.text };
    inject(&setup, "n", 1, Body::Document(moved.clone())).await;
    // The same fields without a row of that id: nobody knows whose it is.
    inject(&setup, "nobody", 1, Body::Document(moved)).await;
    for (key, drift, words) in [
        (
            "n",
            Drift::WrongCollection,
            "that of another collection's row",
        ),
        ("nobody", Drift::Extra, "neither a row nor a version"),
    ] {
        let explained = setup.twin.explain("accounts", &id(key)).await.unwrap();
        let explained = explained.unwrap();
        assert_eq!(explained.drift, Some(drift), "as `verify` calls it");
        assert!(explained.verdict.contains(words), "{}", explained.verdict);
    }
    let worker = setup.twin.start_worker(fast()).unwrap();
    let options = RepairOptions::default();
    let report = setup.twin.repair(&options, |_, _| {}).await.unwrap();
    let accounts = &report.collections[0];
    assert_eq!(
        (accounts.found.wrong_collection, accounts.found.extra),
        (1, 1),
        "{report:#?}"
    );
    assert!(report.is_mended(), "{report:#?}");
    worker.stop().await;
    setup.agrees().await;
    assert!(setup.document(&id("n")).await.is_none());
}
