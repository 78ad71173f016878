//! Invariant 9: stopping is always safe.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(stopping_or_killing_a_worker_at_any_point_loses_nothing);

async fn stopping_or_killing_a_worker_at_any_point_loses_nothing(setup: Setup) {
    let mut random = StdRng::seed_from_u64(11);
    let ids: Vec<_> = (0..40).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&ids).await.unwrap();
    let mut applied = 0;
    for round in 0..12 {
        let options = WorkerOptions {
            batch_events: 7,
            ..fast()
        };
        let worker = setup.twin.start_worker(options);
        let set = vec![Account::POINTS.set(round)];
        setup
            .twin
            .update_where::<Account>(vec![], set)
            .await
            .unwrap();
        let until = applied + random.random_range(0..25);
        wait::until("some progress", SOON, async || {
            let done = applied_now(&setup).await;
            (done >= until).then_some(()).ok_or(done)
        })
        .await;
        if random.random_bool(0.5) {
            worker.stop().await;
        } else {
            worker.abort();
        }
        applied = applied_now(&setup).await;
    }
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = false"#)
            .await,
        0
    );
    assert!(
        setup
            .stored()
            .await
            .iter()
            .all(|stored| stored.version.get() == 13)
    );
    setup.agrees().await;
}

async fn applied_now(setup: &Setup) -> i64 {
    setup
        .number(r#"select count(*) from "Outbox" where processed = true"#)
        .await
}
