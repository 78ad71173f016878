//! An event whose apply panics: the panic is found out to be its own, and nobody else waits for it.

use twinbase::{core::MAX_RETRIES, prelude::*};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(an_event_that_panics_fails_alone_and_the_others_of_its_batch_are_applied,);

async fn an_event_that_panics_fails_alone_and_the_others_of_its_batch_are_applied(setup: Setup) {
    let accounts: Vec<_> = (0..40).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&accounts).await.unwrap();
    setup.faults.set(Fault::Panic(id("key-7")));
    let worker = setup.twin.start_worker(fast()).unwrap();
    wait::until("the others to be applied", SOON, async || {
        let count = setup.stored().await.len();
        (count == 39).then_some(()).ok_or(count)
    })
    .await;
    let failed = format!(
        r#"select count(*) from "Outbox"
        where retry_count > {MAX_RETRIES} and error_key = 'panic' and aggregate_id = 'key-7'"#
    );
    wait::until("the one at fault to fail", SOON, async || {
        let count = setup.number(&failed).await;
        (count == 1).then_some(()).ok_or(count)
    })
    .await;
    let charged = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(charged).await, 1);
    // The worker is as well as before: a newer event of the key heals it.
    setup.faults.set(Fault::None);
    let set = vec![Account::POINTS.set(1)];
    setup
        .twin
        .update::<Account>(&id("key-7"), set)
        .await
        .unwrap();
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}
