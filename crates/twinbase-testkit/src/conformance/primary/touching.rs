//! Raising heads without a change of rows, so that documents are made anew.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use twinbase_core::{AggregateId, NO_MAPPING, PrimaryError, Version};

use super::{
    Opened, PERSON,
    support::{award, delete, id, in_short, insert, payload},
};

fn above(of: &[(&str, i64)]) -> Vec<(AggregateId, Version)> {
    let of = of.iter();
    of.map(|(text, version)| (id(text), Version::new(*version)))
        .collect()
}

/// The events and versions that a touch made.
async fn touch(db: &Opened, of: &[(&str, i64)]) -> Vec<(String, i64)> {
    let raised = loop {
        match db.touch(&PERSON, &above(of)).await {
            Err(PrimaryError::Contention { .. }) => {}
            raised => break raised.expect("heads are raised"),
        }
    };
    let mut raised: Vec<_> = raised
        .iter()
        .map(|(id, version)| (id.to_string(), version.get()))
        .collect();
    raised.sort_unstable();
    raised
}

/// Heads go up by one, rows stay, and a worker finds an event that carries nothing.
pub async fn a_touch_raises_heads_and_writes_events_without_content(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    db.done(&award("b")).await;
    let raised = touch(&db, &[("b", 0), ("a", 1)]).await;
    assert_eq!(raised, [("a".into(), 2), ("b".into(), 3)]);
    assert_eq!(db.versions("a").await, [1, 2]);
    assert_eq!(db.versions("c").await, [1]);
    let heads = db.heads(&PERSON, &["a", "b", "nobody"].map(id)).await;
    let expected = [("a", 2), ("b", 3)].map(|(of, version)| (id(of), Version::new(version)));
    assert_eq!(heads.expect("heads"), expected.into());
    let events = db.waiting_of("b").await;
    let touched = events.iter().find(|event| event.version == Version::new(3));
    let touched = touched.expect("the event of the touch");
    assert_eq!(touched.mapping, Some(NO_MAPPING));
    assert_eq!(touched.payload.as_deref(), Some("{}"));
    assert_eq!(&*touched.event_type, "person.updated");
    let states = db.states_of(&PERSON, &["a", "b"]).await;
    assert_eq!(in_short(&states), [("a", 2, true), ("b", 3, true)]);
    assert!(touch(&db, &[]).await.is_empty());
}

/// Above the head and above what is given, whichever is more.
pub async fn a_touch_goes_above_the_version_that_is_given(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let raised = touch(&db, &[("a", 20), ("b", 1)]).await;
    assert_eq!(raised, [("a".into(), 21), ("b".into(), 2)]);
    assert_eq!(db.only(&award("a")).await.version, Version::new(22));
}

/// With or without a head.
pub async fn what_has_no_row_gets_the_event_of_a_deletion(db: Opened) {
    db.done(&insert(&["gone"])).await;
    db.done(&delete("gone")).await;
    let raised = touch(&db, &[("gone", 0), ("nobody", 7)]).await;
    assert_eq!(raised, [("gone".into(), 3), ("nobody".into(), 8)]);
    for (of, version) in raised {
        let events = db.waiting_of(&of).await;
        let newest = events.iter().max_by_key(|event| event.version);
        let newest = newest.expect("an event");
        assert_eq!(newest.version.get(), version);
        assert_eq!(&*newest.event_type, "person.deleted");
        assert_eq!(newest.mapping, Some(NO_MAPPING));
    }
    let states = db.states_of(&PERSON, &["gone", "nobody"]).await;
    assert_eq!(
        in_short(&states),
        [("gone", 3, false), ("nobody", 8, false)]
    );
}

/// Whatever a worker reads at a version while others write and touch has every change up to it, and no later one.
pub async fn an_old_row_never_gets_the_version_of_a_touch(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (db, is_over) = (db.clone(), is_over.clone());
        async move {
            let mut seen = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                for state in db.states_of(&PERSON, &["a", "b"]).await {
                    let points = payload(&state)["points"].as_i64().expect("points");
                    seen.push((state.id.to_string(), state.version, points));
                }
            }
            seen
        }
    });
    db.at_once(4, |db, n| async move {
        for round in 0..20 {
            let of = ["a", "b"][(n / 2 + round) % 2];
            if n % 2 == 0 {
                db.retried(&award(of)).await.expect("a point");
            } else {
                touch(&db, &[("b", 0), ("a", 0)]).await;
            }
        }
    })
    .await;
    is_over.store(true, Ordering::Relaxed);
    let seen = reader.await.expect("the reader ends");
    for of in ["a", "b"] {
        let events = db.waiting_of(of).await;
        let mut versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..=61).collect::<Vec<_>>());
        let changes = events.iter().filter(|e| e.mapping != Some(NO_MAPPING));
        let changes: Vec<_> = changes.map(|event| event.version).collect();
        for (_, version, points) in seen.iter().filter(|(seen, ..)| seen == of) {
            // The first one is the insert.
            let had = changes.iter().filter(|change| *change <= version).count() - 1;
            assert_eq!(i64::try_from(had).ok(), Some(*points), "{of} at {version}");
        }
    }
}

/// A document may say that it is at any version.
pub async fn a_version_that_nobody_counted_is_refused(db: Opened) {
    db.done(&insert(&["a"])).await;
    let refused = db
        .touch(&PERSON, &[(id("a"), Version::new(i64::MAX))])
        .await;
    let is_refused = matches!(refused, Err(PrimaryError::InvalidValue { .. }));
    assert!(is_refused, "{refused:?}");
    assert_eq!(db.versions("a").await, [1]);
}
