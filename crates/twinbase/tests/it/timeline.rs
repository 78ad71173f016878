//! Databases that were put back to an earlier state, on either side: noticed, no token lies, and it ends when both agree.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use twinbase::{
    core::{
        primary::Cause,
        replica::{Body, Change},
    },
    prelude::*,
    sync::NotCaughtUp,
};
use twinbase_testkit::{
    faults::{ContendedPrimary, Halt},
    wait,
};

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, builder, fast, on_every_combination},
    older::a_heartbeat,
};

on_every_combination!(
    a_primary_that_was_put_back_is_noticed_and_no_token_lies,
    a_running_worker_notices_that_the_primary_was_put_back,
    a_primary_that_is_put_back_while_both_are_compared_is_what_went_back,
    what_was_lost_between_two_heartbeats_is_noticed_by_the_first_change_that_gives_way,
    what_was_lost_between_two_heartbeats_is_noticed_by_a_verification,
    what_nobody_can_have_counted_raises_no_floor,
    a_change_on_condition_of_what_was_lost_has_it_made_anew,
    a_worker_that_ends_leaves_a_heartbeat_behind,
    the_age_of_the_replica_is_not_known_after_a_database_was_put_back,
    another_database_in_the_place_of_the_primary_is_noticed,
    nothing_is_noticed_where_nothing_was_put_back,
    changes_beside_a_recovery_get_versions_above_the_floor_afterwards,
    events_of_foreign_writers_get_versions_above_the_floor,
);

/// The tables whose content a backup of the primary has.
const TABLES: [&str; 5] = [
    "accounts",
    "notes",
    "aggregate_version",
    "twinbase_heartbeat",
    "twinbase_timeline",
];
/// The columns of the outbox that are not generated.
pub(crate) const EVENT: &str =
    "id, event_type, aggregate_type, aggregate_id, payload, processed, retry_count, created_at,
    version, seq, mapping, processed_at";

async fn back_up(setup: &Setup) {
    let tables = TABLES.map(|table| format!("create table b_{table} as select * from {table};"));
    let events = format!(r#"create table b_events as select {EVENT} from "Outbox""#);
    setup.foreign(&format!("{}{events}", tables.concat())).await;
}

/// Restores the data alone, in place: the hardest to notice.
async fn put_back(setup: &Setup) {
    let tables = TABLES
        .map(|table| format!("delete from {table}; insert into {table} select * from b_{table};"));
    let events = format!(
        r#"delete from "Outbox"; insert into "Outbox" ({EVENT}) select {EVENT} from b_events"#
    );
    setup.foreign(&format!("{}{events}", tables.concat())).await;
}

pub(crate) fn beating() -> WorkerOptions {
    WorkerOptions {
        heartbeat: Some(Duration::from_millis(20)),
        ..fast()
    }
}

/// Lets heartbeats come through that are later than now.
pub(crate) async fn beats(setup: &Setup) {
    let worker = setup.twin.start_worker(beating()).unwrap();
    let mut first = None;
    wait::until("two heartbeats", SOON, async || {
        let now = worker.status().heartbeat?.at;
        (*first.get_or_insert(now) < now).then_some(())
    })
    .await;
    worker.stop().await;
    // The last one may have been written and not applied.
    setup.twin.drain(fast()).await.unwrap();
}

pub(crate) async fn alarm(twin: &Twinbase) -> Option<Cause> {
    twin.health().await.unproven.map(|raised| raised.cause)
}

pub(crate) async fn rename(twin: &Twinbase, key: &str, name: &str) -> Versioned<Account> {
    let (key, set) = (id(key), [Account::NAME.set(name.to_owned())]);
    let changed = twin.update::<Account>(&key, set);
    changed.await.unwrap().unwrap()
}

pub(crate) async fn name_by(
    twin: &Twinbase,
    key: &str,
    token: &Token,
) -> Result<String, ReadError> {
    let accounts = twin.collection::<Account>().at_least(token, SOON);
    let found = accounts.get(&id(key)).await?.value;
    Ok(found.unwrap().value.name)
}

async fn a_primary_that_was_put_back_is_noticed_and_no_token_lies(setup: Setup) {
    setup.twin.insert(&account("changed")).await.unwrap();
    setup.twin.insert(&account("left")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    for n in 0..8 {
        rename(&setup.twin, "changed", &format!("lost {n}")).await;
    }
    let lost = rename(&setup.twin, "left", "lost too").await;
    beats(&setup).await;
    put_back(&setup).await;

    let after = setup.other().await;
    assert_eq!(alarm(&after).await, Some(Cause::PrimaryWentBack));
    let stale = name_by(&after, "left", &lost.token()).await.unwrap_err();
    assert!(
        matches!(&stale, ReadError::NotCaughtUp(NotCaughtUp::OtherTimeline))
            && stale.wants_primary(),
        "{stale:?}"
    );
    let renamed = rename(&after, "changed", "of today").await;
    let floor = after.sides().primary.timeline().await.unwrap().floor;
    assert!(renamed.version > floor && floor > lost.version);
    // It is noticed once, also before the next heartbeat.
    let again = setup.other().await.check_timeline().await.unwrap();
    assert_eq!(again.floor, floor);
    after.drain(fast()).await.unwrap();
    let read = name_by(&after, "changed", &renamed.token()).await.unwrap();
    assert_eq!(read, "of today");

    // What was lost and not changed since is still to be mended: the alarm stays until it is.
    assert!(!after.verify(|_, _| {}).await.unwrap().is_clean());
    assert_eq!(alarm(&after).await, Some(Cause::PrimaryWentBack));
    rename(&after, "left", "mended").await;
    // Nor does what is on its way end it: readers see what was lost.
    let report = after.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
    let unsettled = report.collections.iter().map(|of| of.unsettled);
    assert_eq!(unsettled.sum::<u64>(), 1, "{report:#?}");
    assert_eq!(alarm(&after).await, Some(Cause::PrimaryWentBack));
    after.drain(fast()).await.unwrap();
    assert!(after.verify(|_, _| {}).await.unwrap().is_clean());
    assert_eq!(alarm(&after).await, None);
}

async fn a_running_worker_notices_that_the_primary_was_put_back(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    beats(&setup).await;
    let worker = setup.twin.start_worker(beating()).unwrap();
    let beat = async || worker.status().heartbeat;
    wait::until("a heartbeat", SOON, beat).await;
    put_back(&setup).await;
    wait::until("an alarm", SOON, async || alarm(&setup.twin).await).await;
    // The heart beats on, above what was lost.
    let last = worker.status().heartbeat;
    wait::until("a later heartbeat", SOON, async || {
        (worker.status().heartbeat != last).then_some(())
    })
    .await;
    worker.stop().await;
    assert_eq!(alarm(&setup.twin).await, Some(Cause::PrimaryWentBack));
}

async fn what_was_lost_between_two_heartbeats_is_noticed_by_the_first_change_that_gives_way(
    setup: Setup,
) {
    setup.twin.insert(&account("one")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    for n in 0..8 {
        rename(&setup.twin, "one", &format!("lost {n}")).await;
    }
    setup.twin.drain(fast()).await.unwrap();
    put_back(&setup).await;
    let after = setup.other().await;
    assert_eq!(alarm(&after).await, None, "no heartbeat tells");

    let renamed = rename(&after, "one", "of today").await;
    after.drain(fast()).await.unwrap();
    assert_eq!(alarm(&after).await, Some(Cause::PrimaryWentBack));
    let floor = after.sides().primary.timeline().await.unwrap().floor;
    assert!(renamed.version < floor);
    // Its document was made of its row anew before its event was done.
    let accounts = after.collection::<Account>();
    let found = accounts.get(&id("one")).await.unwrap().value.unwrap();
    assert_eq!(found.value.name, "of today");
    assert!(found.version > floor);
    // Its token is of before the new floor, which this process may not know yet: no lie either way.
    let read = name_by(&after, "one", &renamed.token()).await;
    assert!(
        read.as_ref()
            .map_or_else(ReadError::wants_primary, |name| name == "of today"),
        "{read:?}"
    );
    assert!(after.verify(|_, _| {}).await.unwrap().is_clean());
    assert_eq!(alarm(&after).await, None);
}

async fn what_was_lost_between_two_heartbeats_is_noticed_by_a_verification(setup: Setup) {
    setup.twin.insert(&account("changed")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    rename(&setup.twin, "changed", "lost").await;
    setup.twin.insert(&account("lost")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    put_back(&setup).await;
    let after = setup.other().await;
    assert!(!after.verify(|_, _| {}).await.unwrap().is_clean());
    assert_eq!(alarm(&after).await, Some(Cause::PrimaryWentBack));
    let floor = after.sides().primary.timeline().await.unwrap().floor;
    assert!(!after.verify(|_, _| {}).await.unwrap().is_clean());
    let again = after.sides().primary.timeline().await.unwrap().floor;
    assert_eq!(again, floor, "once");
}

async fn what_nobody_can_have_counted_raises_no_floor(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let sides = setup.twin.sides();
    let change = Change {
        id: id("of somebody"),
        version: Version::new(1 << 60),
        body: Body::Document(doc! { "name": "of somebody", "points": 0 }),
    };
    let applied = sides.replica.apply(Account::schema(), &[change]).await;
    applied.unwrap();
    assert!(!setup.twin.verify(|_, _| {}).await.unwrap().is_clean());
    let timeline = sides.primary.timeline().await.unwrap();
    assert_eq!((timeline.floor, timeline.unproven), (Version::NONE, None));
    // Neither when somebody recovers: versions are left.
    let floor = setup.twin.recover().await.unwrap().floor;
    assert!(floor < Version::new(1 << 60), "{floor}");
}

/// Else who reads it again, as the conflict says, would read the same for ever.
async fn a_change_on_condition_of_what_was_lost_has_it_made_anew(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    back_up(&setup).await;
    let lost = rename(&setup.twin, "one", "lost").await;
    setup.twin.drain(fast()).await.unwrap();
    put_back(&setup).await;
    let on_condition = async |version: Version| {
        let set = [Account::NAME.set("of today".to_owned())];
        setup
            .twin
            .update_if::<Account>(&id("one"), version, set)
            .await
    };
    let refused = on_condition(lost.version).await;
    assert!(
        matches!(refused, Err(PrimaryError::VersionConflict { .. })),
        "{refused:?}"
    );
    setup.twin.drain(fast()).await.unwrap();
    let read = setup.document(&id("one")).await.unwrap();
    assert!(read.version > lost.version && read.value.name != "lost");
    on_condition(read.version).await.unwrap().unwrap();
    assert_eq!(alarm(&setup.twin).await, Some(Cause::PrimaryWentBack));
}

async fn a_worker_that_ends_leaves_a_heartbeat_behind(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    let worker = setup.twin.start_worker(WorkerOptions {
        heartbeat: Some(Duration::from_hours(1)),
        ..fast()
    });
    let worker = worker.unwrap();
    wait::until("a worker that leads", SOON, async || {
        let status = worker.status();
        (status.leads && status.state == WorkerState::Idle).then_some(())
    })
    .await;
    worker.stop().await;
    put_back(&setup).await;
    assert_eq!(
        alarm(&setup.other().await).await,
        Some(Cause::PrimaryWentBack)
    );
}

async fn the_age_of_the_replica_is_not_known_after_a_database_was_put_back(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let fresh = || setup.twin.collection::<Account>().max_staleness(SOON);
    assert!(fresh().count(doc! {}).await.unwrap().staleness.is_some());
    setup.twin.recover().await.unwrap();
    wait::until("an unknown age", SOON, async || {
        setup.twin.freshness().staleness().is_none().then_some(())
    })
    .await;
    let refused = fresh().count(doc! {}).await.unwrap_err();
    assert!(
        matches!(refused, ReadError::NotCaughtUp(NotCaughtUp::Unproven)) && refused.wants_primary(),
        "{refused:?}"
    );
    let eventual = setup.twin.collection::<Account>().count(doc! {}).await;
    assert_eq!(eventual.unwrap().staleness, None);
    assert!(setup.twin.verify(|_, _| {}).await.unwrap().is_clean());
    assert!(fresh().count(doc! {}).await.unwrap().staleness.is_some());
}

async fn another_database_in_the_place_of_the_primary_is_noticed(setup: Setup) {
    let before = setup.twin.insert(&account("one")).await.unwrap();
    beats(&setup).await;
    assert_eq!(alarm(&setup.other().await).await, None);
    setup
        .foreign("update twinbase_timeline set database = 'where it was before'")
        .await;
    let after = setup.other().await;
    assert_eq!(alarm(&after).await, Some(Cause::OtherDatabase));
    let floor = after.sides().primary.timeline().await.unwrap().floor;
    assert!(floor > before.version);
    // Noticed once.
    assert!(
        setup
            .other()
            .await
            .verify(|_, _| {})
            .await
            .unwrap()
            .is_clean()
    );
    assert_eq!(alarm(&setup.other().await).await, None);
    let now = setup.twin.sides().primary.timeline().await.unwrap();
    assert_eq!(now.floor, floor);
}

async fn nothing_is_noticed_where_nothing_was_put_back(setup: Setup) {
    let worker = setup.twin.start_worker(beating()).unwrap();
    for n in 0..50 {
        setup.twin.insert(&account(&format!("{n}"))).await.unwrap();
        setup.twin.check_timeline().await.unwrap();
    }
    worker.stop().await;
    let timeline = setup.other().await.check_timeline().await.unwrap();
    assert_eq!(timeline.floor, Version::NONE);
    assert_eq!(timeline.unproven, None);
    assert_eq!(timeline.recorded, timeline.database);
    // A program of before told a file less exactly.
    let exact = timeline.database.unwrap();
    let Some((less, _)) = exact.rsplit_once('-') else {
        assert!(!exact.starts_with("file"), "{exact}");
        return;
    };
    setup
        .foreign(&format!("update twinbase_timeline set database = '{less}'"))
        .await;
    let after = setup.other().await;
    assert_eq!(alarm(&after).await, None);
    let timeline = after.sides().primary.timeline().await.unwrap();
    assert_eq!(
        (timeline.floor, timeline.recorded),
        (Version::NONE, Some(exact))
    );
}

async fn changes_beside_a_recovery_get_versions_above_the_floor_afterwards(setup: Setup) {
    for key in ["a", "b"] {
        setup.twin.insert(&account(key)).await.unwrap();
    }
    let recovered = AtomicBool::new(false);
    let write = async |key: &'static str| {
        let mut last = Version::NONE;
        loop {
            let afterwards = recovered.load(Relaxed);
            let set = [Account::POINTS.increase(1)];
            let changed = setup.twin.update::<Account>(&id(key), set).await;
            let version = changed.unwrap().unwrap().version;
            assert!(version > last, "{version} after {last}");
            last = version;
            if afterwards {
                return version;
            }
        }
    };
    let recover = async {
        let timeline = setup.other().await.recover().await.unwrap();
        recovered.store(true, Relaxed);
        timeline.floor
    };
    let (floor, a, b) = tokio::join!(recover, write("a"), write("b"));
    assert!(a > floor && b > floor, "{a} {b} {floor}");
    let new = setup.twin.insert(&account("new")).await.unwrap();
    assert!(new.version > floor);
    let primary = &setup.twin.sides().primary;
    let above = [id("b"), id("nobody")].map(|id| (id, Version::NONE));
    let touched = primary.touch(Account::schema(), &above).await.unwrap();
    assert_eq!(touched.len(), 2);
    assert!(touched.iter().all(|(_, version)| *version > floor));
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}

async fn events_of_foreign_writers_get_versions_above_the_floor(setup: Setup) {
    let floor = setup.twin.recover().await.unwrap().floor.get();
    setup
        .foreign(
            r#"insert into accounts (id, name, points, secret) values ('prisma', 'x', 0, 'x');
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('1', 'account.created', 'account', 'prisma', '{"id": "prisma"}'),
            ('2', 'account.updated', 'account', 'prisma', '{"id": "prisma"}')"#,
        )
        .await;
    let sql = r#"select version from "Outbox" where aggregate_id = 'prisma' order by id"#;
    let rows = setup.twin.query(sql, &[]).await.unwrap();
    let versions = rows.iter().map(|row| row.get::<i64>("version").unwrap());
    assert_eq!(versions.collect::<Vec<_>>(), [floor + 1, floor + 2]);
    let set = [Account::POINTS.increase(1)];
    let ours = setup.twin.update::<Account>(&id("prisma"), set).await;
    assert_eq!(ours.unwrap().unwrap().version.get(), floor + 3);
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}

/// What was marked as applied is asked for after the head, and by then it may be that of another state.
async fn a_primary_that_is_put_back_while_both_are_compared_is_what_went_back(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    beats(&setup).await;
    back_up(&setup).await;
    let primary = &setup.twin.sides().primary;
    primary.write(&a_heartbeat()).await.unwrap();
    let (primary, contention) = ContendedPrimary::new(primary.clone());
    let replica = setup.twin.sides().replica.clone();
    let twin = builder().open_primary(primary).open_replica(replica);
    let twin = twin.open().await.unwrap();
    // The first asks whose the replica is.
    contention.halt("states_of", Halt::After, 1);
    let checking = tokio::spawn({
        let twin = twin.clone();
        async move { twin.check_timeline().await }
    });
    wait::until("the head was read", SOON, async || {
        contention.is_halted().then_some(())
    })
    .await;
    put_back(&setup).await;
    contention.go_on();
    checking.await.unwrap().unwrap();
    assert_eq!(alarm(&twin).await, Some(Cause::PrimaryWentBack));
}
