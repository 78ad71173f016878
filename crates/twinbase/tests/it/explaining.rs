//! One document: what it is, what is wrong with it, and why, in one sentence.

use twinbase::{
    core::{Body, primary::PauseScope},
    operate::{Explanation, Found, Verb},
    prelude::*,
    sync::verify::Drift,
};
use twinbase_testkit::faults::Fault;

use crate::{
    app::{Account, SECRET, account, id},
    combination::{Setup, fast, on_every_combination},
    drift::inject,
};

on_every_combination!(
    a_document_that_is_as_its_row_is_said_to_be_so,
    a_stale_document_is_explained_by_its_event,
    without_the_replica_it_is_explained_by_what_the_primary_has,
    a_lost_event_is_said_to_need_a_repair,
    what_differs_is_named_with_both_values_and_without_what_is_private,
    what_is_not_there_is_explained_too,
    a_row_that_plain_sql_deleted_is_not_said_to_have_been_deleted_by_an_event,
    a_document_with_a_long_history_is_explained_within_a_second,
    a_document_that_is_written_meanwhile_is_not_said_to_need_a_repair,
);

async fn explain(setup: &Setup, key: &str) -> Explanation {
    let explained = setup.twin.explain("accounts", &id(key)).await.unwrap();
    explained.unwrap()
}

async fn a_document_that_is_as_its_row_is_said_to_be_so(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let explained = explain(&setup, "a").await;
    assert_eq!(
        explained.verdict,
        "The document is as its row, at version 1."
    );
    assert_eq!((explained.drift, explained.events.len()), (None, 1));
    assert!(explained.differences.is_empty());
    assert!(
        setup
            .twin
            .explain("nothing", &id("a"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_stale_document_is_explained_by_its_event(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    for _ in 0..2 {
        let set = vec![Account::POINTS.increase(1)];
        setup.twin.update::<Account>(&id("a"), set).await.unwrap();
    }
    let explained = explain(&setup, "a").await;
    let verdict = &explained.verdict;
    assert!(
        verdict.starts_with("2 versions behind; event "),
        "{verdict}"
    );
    assert!(verdict.contains("waits for a worker since"), "{verdict}");
    assert_eq!(explained.drift, None, "it is on its way");
    let outbox = setup.twin.outbox();
    outbox
        .pause(&PauseScope::Everything, "a move")
        .await
        .unwrap();
    let verdict = explain(&setup, "a").await.verdict;
    assert!(
        verdict.contains("paused since") && verdict.contains("(a move)"),
        "{verdict}"
    );
    outbox.resume(&PauseScope::Everything).await.unwrap();
    setup.faults.set(Fault::Reject(id("a")));
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    worker.stop().await;
    let explained = explain(&setup, "a").await;
    let verdict = &explained.verdict;
    assert!(
        verdict.contains("has failed after 6 attempts: "),
        "{verdict}"
    );
    let newest = &explained.events[0];
    assert_eq!((newest.version.get(), newest.retry_count), (3, 6));
    assert_eq!(explained.drift, Some(Drift::Stale), "nothing waits for it");
    let outbox = setup.twin.outbox();
    let reason = "a test".into();
    let filter = EventFilter::default();
    let discard = outbox.start(Verb::Discard { reason }, &filter, None);
    discard.await.unwrap().wait().await;
    let explained = explain(&setup, "a").await;
    assert_eq!(explained.drift, Some(Drift::Stale));
    let verdict = &explained.verdict;
    assert!(verdict.contains("was discarded (a test)"), "{verdict}");
}

async fn without_the_replica_it_is_explained_by_what_the_primary_has(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.faults.set(Fault::Down);
    let explained = explain(&setup, "a").await;
    setup.faults.set(Fault::None);
    assert!(explained.has_row && explained.events.len() == 1);
    assert!(
        matches!(explained.found, Found::Unreachable(_)),
        "{explained:?}"
    );
    let verdict = &explained.verdict;
    assert!(
        verdict.contains("did not answer") && verdict.contains("waits for a worker"),
        "{verdict}"
    );
}

async fn a_lost_event_is_said_to_need_a_repair(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup
        .foreign("update aggregate_version set version = 2 where aggregate_id = 'a'")
        .await;
    let explained = explain(&setup, "a").await;
    assert_eq!(
        explained.verdict,
        "1 version behind; nothing is on its way; `repair` mends it."
    );
    assert_eq!(explained.drift, Some(Drift::Stale));
}

async fn what_differs_is_named_with_both_values_and_without_what_is_private(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    let document = doc! { "name": "b", "points": 0, "secret": SECRET };
    inject(&setup, "a", 1, Body::Document(document)).await;
    let explained = explain(&setup, "a").await;
    assert_eq!(explained.drift, Some(Drift::Different));
    let fields = explained.differences.iter().map(|of| of.field.as_str());
    assert_eq!(fields.collect::<Vec<_>>(), ["name", "secret"]);
    let [name, secret] = &explained.differences[..] else {
        panic!("{explained:#?}");
    };
    assert_eq!(name.row, Some("a".into()));
    assert_eq!(name.document, Some("b".into()));
    assert_eq!((&secret.row, &secret.document), (&None, &None));
}

async fn a_row_that_plain_sql_deleted_is_not_said_to_have_been_deleted_by_an_event(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    let set = vec![Account::POINTS.increase(1)];
    setup.twin.update::<Account>(&id("a"), set).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.foreign("delete from accounts where id = 'a'").await;
    let explained = explain(&setup, "a").await;
    assert_eq!(explained.drift, Some(Drift::Resurrected));
    let verdict = &explained.verdict;
    assert!(
        verdict.starts_with("It has no row, though event ")
            && verdict.contains(
                "made version 2 as account.updated: something deleted it without an event"
            ),
        "{verdict}"
    );
}

async fn what_is_not_there_is_explained_too(setup: Setup) {
    let nobody = explain(&setup, "nobody").await;
    assert_eq!((nobody.drift, &nobody.found), (None, &Found::Nothing));
    assert!(nobody.is_nowhere());
    setup.twin.insert(&account("gone")).await.unwrap();
    setup.twin.delete::<Account>(&id("gone")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let gone = explain(&setup, "gone").await;
    assert_eq!(gone.verdict, "It was deleted in version 2.");
    assert!(!gone.is_nowhere());
    inject(
        &setup,
        "extra",
        1,
        Body::Document(doc! { "name": "x", "points": 1 }),
    )
    .await;
    assert_eq!(explain(&setup, "extra").await.drift, Some(Drift::Extra));
    inject(
        &setup,
        "gone",
        30,
        Body::Document(doc! { "name": "x", "points": 1 }),
    )
    .await;
    let ahead = explain(&setup, "gone").await;
    assert_eq!(ahead.drift, Some(Drift::Ahead));
    assert!(
        ahead.verdict.contains("version 30 and the primary at 2"),
        "{}",
        ahead.verdict
    );
}

async fn a_document_with_a_long_history_is_explained_within_a_second(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup
        .foreign(
            r#"insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload, processed, processed_at, version, mapping)
            with recursive n(i) as (select 2 union all select i + 1 from n where i < 100000)
            select 'event-' || i, 'account.updated', 'account', 'a', '{}', true, '2030-01-01T00:00:00Z', i, 1 from n;
            update aggregate_version set version = 100000 where aggregate_id = 'a'"#,
        )
        .await;
    // The fastest of a few: the machine is busy with other tests.
    let mut fastest = std::time::Duration::MAX;
    for _ in 0..5 {
        let began = std::time::Instant::now();
        let explained = explain(&setup, "a").await;
        fastest = fastest.min(began.elapsed());
        let newest = explained.events.first().unwrap();
        assert_eq!(newest.version.get(), 100_000, "{newest:?}");
    }
    assert!(fastest.as_secs() < 1, "{fastest:?}");
}

async fn a_document_that_is_written_meanwhile_is_not_said_to_need_a_repair(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.twin.insert(&account("a")).await.unwrap();
    let twin = setup.twin.clone();
    let writer = tokio::spawn(async move {
        for _ in 0..150 {
            let set = vec![Account::POINTS.increase(1)];
            twin.update::<Account>(&id("a"), set).await.unwrap();
        }
    });
    while !writer.is_finished() {
        let explained = explain(&setup, "a").await;
        assert_eq!(explained.drift, None, "{explained:#?}");
        assert!(!explained.verdict.contains("repair"), "{explained:#?}");
    }
    writer.await.unwrap();
    worker.stop().await;
}
