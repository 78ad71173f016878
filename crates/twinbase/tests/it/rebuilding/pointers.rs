//! Readers who cannot ask the primary where the documents lie.

use std::time::Duration;

use twinbase::{
    core::primary::Phase,
    prelude::*,
    sync::{NotCaughtUp, rebuild::RebuildOptions},
};
use twinbase_testkit::faults::{ContendedPrimary, Contention, Halt};

use super::{filled, rebuilt};
use crate::{
    app::Account,
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(a_reader_who_cannot_ask_promises_no_age_and_never_reads_what_was_removed,);

/// A reader that has never learned where the documents lie, and does not now.
async fn who_cannot_ask(setup: &Setup) -> (Twinbase, Contention) {
    let sides = setup.twin.sides();
    let (primary, contention) = ContendedPrimary::new(sides.primary.clone());
    let twin = builder()
        .open_primary(primary)
        .open_replica(sides.replica.clone())
        .open();
    let twin = twin.await.unwrap();
    contention.halt("collections", Halt::Before, 0);
    (twin, contention)
}

async fn a_reader_who_cannot_ask_promises_no_age_and_never_reads_what_was_removed(setup: Setup) {
    filled(&setup, 30).await;
    let (reader, _unasked) = who_cannot_ask(&setup).await;
    let read = reader.collection::<Account>().count(doc! {}).await.unwrap();
    assert_eq!((read.value, read.staleness), (30, None));
    let (reader, _unasked) = who_cannot_ask(&setup).await;
    let bounded = reader.collection::<Account>().max_staleness(SOON);
    let refused = bounded.count(doc! {}).await.unwrap_err();
    assert!(
        matches!(refused, ReadError::NotCaughtUp(NotCaughtUp::Moved)) && refused.wants_primary(),
        "{refused:?}"
    );

    let worker = setup.twin.start_worker(fast()).unwrap();
    let options = RebuildOptions {
        keep: Duration::ZERO,
        ..RebuildOptions::default()
    };
    rebuilt(&setup.twin, &options).await;
    super::reaches(&setup.twin, &[Phase::Ended]).await;
    worker.stop().await;
    let (reader, _unasked) = who_cannot_ask(&setup).await;
    let refused = reader.collection::<Account>().count(doc! {}).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, ReadError::NotCaughtUp(NotCaughtUp::Moved)),
        "{refused:?}"
    );
}
