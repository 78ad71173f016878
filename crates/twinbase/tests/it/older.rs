//! A replica that was put back to an earlier state: noticed, whether a heartbeat waits or not.

use std::sync::Arc;

use tempfile::TempDir;
use twinbase::{
    core::{
        HEARTBEAT, Primary, heartbeat_id,
        primary::Cause,
        replica::{Body, Change},
        write::{Action, Assignment, Condition, Target, Write},
    },
    prelude::*,
    sync::NotCaughtUp,
};

use crate::{
    app::{Account, account, id},
    combination::{Setup, builder, fast, on_every_combination},
    timeline::{alarm, beats, name_by},
};

on_every_combination!(
    a_replica_that_was_replaced_by_an_older_one_is_noticed,
    a_replica_that_comes_back_older_is_noticed_although_a_heartbeat_waits,
);

/// An earlier state of the replica, made by hand.
struct Older {
    primary: Arc<dyn Primary>,
    replica: String,
    _dir: TempDir,
}

impl Older {
    /// With the heartbeat of now, and these accounts as they were made.
    async fn of(setup: &Setup, accounts: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let older = Self {
            primary: setup.twin.sides().primary.clone(),
            replica: format!("embedded:{}", dir.path().join("older.db").display()),
            _dir: dir,
        };
        // Before there is a heartbeat, so that it is not found to be empty.
        let copy = older.open().await;
        beats(setup).await;
        let id_of = heartbeat_id();
        let heads = older
            .primary
            .heads(&HEARTBEAT, std::slice::from_ref(&id_of))
            .await;
        let heartbeat = (&*HEARTBEAT, id_of.clone(), heads.unwrap()[&id_of], doc! {});
        let made = |key: &&str| {
            let document = doc! { "name": *key, "points": 0 };
            (Account::schema(), id(key), Version::new(1), document)
        };
        for (schema, id, version, document) in accounts.iter().map(made).chain([heartbeat]) {
            let body = Body::Document(document);
            let change = Change { id, version, body };
            let replica = &copy.sides().replica;
            replica.apply(schema, &[change]).await.unwrap();
        }
        older
    }

    async fn open(&self) -> Twinbase {
        let twin = builder()
            .open_primary(self.primary.clone())
            .replica(&self.replica)
            .open();
        twin.await.unwrap()
    }
}

/// A heartbeat that waits once it is written.
pub(crate) fn a_heartbeat() -> Write {
    Write {
        target: Target::Aggregate(HEARTBEAT.clone()),
        action: Action::Update {
            set: vec![Assignment::set("at", Timestamp::UNIX_EPOCH.into())],
            filter: vec![Condition::key(&HEARTBEAT, &heartbeat_id())],
        },
        expected: None,
        traceparent: None,
    }
}

async fn a_replica_that_was_replaced_by_an_older_one_is_noticed(setup: Setup) {
    let deleted = setup.twin.insert(&account("deleted")).await.unwrap();
    let older = Older::of(&setup, &["deleted"]).await;
    assert_eq!(alarm(&older.open().await).await, None);
    let gone = setup.twin.delete::<Account>(&deleted.id).await.unwrap();
    beats(&setup).await;

    let after = older.open().await;
    assert_eq!(alarm(&after).await, Some(Cause::ReplicaWentBack));
    let read = name_by(&after, "deleted", &gone.unwrap().token()).await;
    assert!(
        matches!(
            read,
            Err(ReadError::NotCaughtUp(NotCaughtUp::OtherTimeline))
        ),
        "{read:?}"
    );
    assert!(!after.verify(|_, _| {}).await.unwrap().is_clean());
    let floor = after.sides().primary.timeline().await.unwrap().floor;
    let again = older.open().await.check_timeline().await.unwrap();
    assert_eq!(again.floor, floor);
}

/// The usual way to restore one: it is away, a heartbeat waits, and it comes back as it was.
async fn a_replica_that_comes_back_older_is_noticed_although_a_heartbeat_waits(setup: Setup) {
    let older = Older::of(&setup, &[]).await;
    let running = older.open().await;
    let another = older.open().await;
    setup.twin.insert(&account("lost")).await.unwrap();
    beats(&setup).await;
    let beat = a_heartbeat();
    older.primary.write(&beat).await.unwrap();

    assert_eq!(alarm(&another).await, None);
    running.drain(fast()).await.unwrap();
    assert_eq!(alarm(&another).await, Some(Cause::ReplicaWentBack));
    assert!(!running.verify(|_, _| {}).await.unwrap().is_clean());
    // Noticed once: the next heartbeat is above the floor.
    let floor = older.primary.timeline().await.unwrap().floor;
    older.primary.write(&beat).await.unwrap();
    assert_eq!(running.check_timeline().await.unwrap().floor, floor);
    running.drain(fast()).await.unwrap();
    assert_eq!(running.check_timeline().await.unwrap().floor, floor);
}
