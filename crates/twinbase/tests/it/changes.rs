//! What has been applied is heard of, once, whichever process wrote and applied it.

use std::time::Duration;

use tokio::time::timeout;
use twinbase::prelude::*;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    what_any_process_applies_is_heard_once_and_read_at_once,
    what_was_applied_before_is_not_heard,
);

/// Waits until so many changes were heard.
async fn hear(changes: &mut Changes, count: usize) -> Vec<Applied> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let next = timeout(SOON, changes.next()).await;
        heard.extend(next.expect("something is applied").unwrap());
    }
    heard
}

async fn what_any_process_applies_is_heard_once_and_read_at_once(setup: Setup) {
    let listener = setup.other().await;
    let mut changes = listener.changes().await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let ids: Vec<_> = (0..450).map(|n| format!("a{n:03}")).collect();
    let new: Vec<_> = ids.iter().map(|id| account(id)).collect();
    setup.twin.insert_many(&new).await.unwrap();
    let heard = hear(&mut changes, ids.len()).await;
    let mut of: Vec<_> = heard.iter().map(|applied| applied.id.as_str()).collect();
    of.sort_unstable();
    assert_eq!(of, ids, "each once");
    for applied in heard.iter().step_by(50) {
        assert_eq!(
            (&*applied.event_type, applied.version),
            ("account.created", Version::new(1))
        );
        let payload = applied.payload.as_deref().unwrap();
        assert!(payload.contains(applied.id.as_str()), "{payload}");
        let read = listener
            .collection::<Account>()
            .get(&applied.id)
            .await
            .unwrap();
        assert!(read.value.is_some(), "{applied:?}");
    }
    // A call that is dropped loses nothing.
    let dropped = timeout(Duration::from_millis(1), changes.next()).await;
    assert!(dropped.is_err(), "{dropped:?}");
    setup.twin.delete::<Account>(&id("a007")).await.unwrap();
    let heard = hear(&mut changes, 1).await;
    assert_eq!(
        (&*heard[0].event_type, heard[0].id.as_str()),
        ("account.deleted", "a007")
    );
    worker.stop().await;
}

async fn what_was_applied_before_is_not_heard(setup: Setup) {
    setup.twin.insert(&account("old")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let mut changes = setup.twin.changes().await.unwrap();
    setup.twin.insert(&account("new")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let heard = hear(&mut changes, 1).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].id.as_str(), "new");
}
