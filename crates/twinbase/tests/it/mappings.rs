//! Two versions of a program side by side, as during a deploy: the newest mapping decides what a document is.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::{
    app::{Account, SECRET, account, id, migrations},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(two_mappings_side_by_side_leave_the_documents_of_the_newest);

/// An account as the newer program knows it: its name comes from another column, so payloads of both programs have
/// the same fields and only the mapping's hash tells them apart.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "account", table = "accounts")]
struct Relabelled {
    #[key]
    id: AggregateId,
    #[aggregate(column = "secret")]
    name: String,
    points: i32,
    #[aggregate(column = "name")]
    #[serde(skip)]
    hidden: Private<String>,
}

async fn two_mappings_side_by_side_leave_the_documents_of_the_newest(setup: Setup) {
    let old = &setup.twin;
    let old_worker = old.start_worker(fast()).unwrap();
    let accounts: Vec<_> = (0..20).map(|n| account(&format!("key-{n}"))).collect();
    old.insert_many(&accounts).await.unwrap();
    let sides = old.sides();
    let new = Twinbase::builder()
        .aggregate::<Relabelled>()
        .migrations(migrations())
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .open()
        .await
        .unwrap();
    new.migrate().await.unwrap();
    let new_worker = new.start_worker(fast()).unwrap();
    for n in 0..40 {
        let key = id(format!("key-{}", n % 20));
        if n % 3 == 0 {
            let set = vec![Relabelled::POINTS.set(n)];
            new.update::<Relabelled>(&key, set).await.unwrap();
        } else {
            let set = vec![Account::POINTS.set(n)];
            old.update::<Account>(&key, set).await.unwrap();
        }
    }
    wait::until("the older program to step back", SOON, async || {
        let status = old_worker.status();
        (status.state == WorkerState::Outdated)
            .then_some(())
            .ok_or(format!("{status:?}"))
    })
    .await;
    let remedy = old_worker.status().last_error.unwrap();
    assert!(remedy.contains("restart"), "{remedy}");
    // What the old worker applied before it noticed is written again by any later change.
    for n in 0..20 {
        let set = vec![Account::POINTS.set(100 + n)];
        let key = id(format!("key-{n}"));
        old.update::<Account>(&key, set).await.unwrap();
    }
    setup.drained().await;
    for n in 0..20 {
        let document = new
            .collection::<Relabelled>()
            .get(&id(format!("key-{n}")))
            .await
            .unwrap()
            .value;
        let document = document.unwrap();
        assert_eq!((document.points, document.name.as_str()), (100 + n, SECRET));
    }
    let attempts = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(attempts).await, 0);
    old_worker.stop().await;
    new_worker.stop().await;
    let report = new.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
}
