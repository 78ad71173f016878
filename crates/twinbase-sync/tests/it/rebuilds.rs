//! Rebuilds that meet what a simulation found: a document that makes a program panic, and a primary that is away.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use tokio::time::Instant;
use twinbase_core::{AggregateId, primary::Phase};
use twinbase_sync::{
    Sides,
    operate::Outbox,
    rebuild::{RebuildError, RebuildOptions, RebuildStatus, Rebuilds},
    worker::{Signals, Worker, WorkerOptions},
};
use twinbase_testkit::simulation::{Outage, Poison, Simulation, pass_until, registry};

const COLLECTIONS: [&str; 2] = ["notes", "labels"];

/// Both sides with documents, and a worker.
async fn filled() -> (Simulation, Rebuilds, Worker) {
    let sim = Simulation::new(1, 20, None);
    let (_, primary, replica) = sim.join(usize::MAX);
    let sides = Sides {
        primary,
        replica,
        registry: registry(),
        clock: Arc::new(sim.clock()),
    };
    let options = WorkerOptions {
        seed: Some(1),
        ..WorkerOptions::default()
    };
    let signals = Signals::default();
    let worker = Worker::start(sides.clone(), options, signals.clone()).expect("options");
    sim.write(200);
    while sim.missing().is_some() {
        pass_until(Instant::now() + Duration::from_secs(1)).await;
    }
    (sim, Rebuilds::new(Outbox::new(sides, signals)), worker)
}

async fn status(rebuilds: &Rebuilds, collection: &str) -> RebuildStatus {
    let status = rebuilds.of(collection).await.expect("a healthy world");
    status.expect("a rebuild")
}

async fn reaches(rebuilds: &Rebuilds, collection: &str, phase: Phase) {
    let began = Instant::now();
    while status(rebuilds, collection).await.phase != phase {
        let now = status(rebuilds, collection).await;
        assert!(began.elapsed() < Duration::from_mins(1), "{now:?}");
        pass_until(Instant::now() + Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_makes_filling_panic_holds_up_its_collection_alone_and_not_for_good() {
    let (sim, rebuilds, worker) = filled().await;
    let id = AggregateId::from_uuid(uuid::Uuid::from_u128(1));
    sim.insert_event("note", &id, &format!(r#"{{"id":"{id}","text":"x"}}"#));
    while sim.missing().is_some() {
        pass_until(Instant::now() + Duration::from_secs(1)).await;
    }
    sim.poison("note", &id, Some(Poison::Panics));
    for collection in COLLECTIONS {
        let asked = rebuilds.start(collection, &RebuildOptions::default()).await;
        asked.expect("a healthy world");
    }
    reaches(&rebuilds, "labels", Phase::Kept).await;
    let notes = status(&rebuilds, "notes").await;
    assert_eq!(notes.phase, Phase::Filling, "{notes:?}");
    assert!(notes.waits_for.expect("why").contains("panicked"));
    sim.poison("note", &id, None);
    reaches(&rebuilds, "notes", Phase::Kept).await;
    let notes = status(&rebuilds, "notes").await;
    assert_eq!(
        (notes.serving.as_str(), notes.waits_for),
        ("notes_g2", None)
    );
    assert_eq!(sim.missing(), None);
    assert!(sim.goes_well(), "{:?}", sim.report().violation);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_primary_that_is_away_is_asked_seldom_while_collections_are_rebuilt() {
    const AWAY: Duration = Duration::from_mins(4);
    let (sim, rebuilds, worker) = filled().await;
    let slowly = RebuildOptions {
        rate: NonZeroU32::new(1),
        ..RebuildOptions::default()
    };
    for collection in COLLECTIONS {
        let asked = rebuilds.start(collection, &slowly).await;
        asked.expect("a healthy world");
        reaches(&rebuilds, collection, Phase::Filling).await;
    }
    sim.outage(Outage::Primary, AWAY);
    pass_until(Instant::now() + AWAY).await;
    sim.asked_at_most(Outage::Primary, AWAY, 1);
    assert!(sim.goes_well(), "{:?}", sim.report().violation);
    for collection in COLLECTIONS {
        let end = rebuilds.follow(collection, |_| {}).await;
        assert_eq!(end.expect("a healthy world").phase, Phase::Settling);
    }
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_program_keeps_a_collection_no_longer_than_a_person_can() {
    let (_, rebuilds, worker) = filled().await;
    let longest = RebuildOptions::LONGEST_KEEP;
    let start = async |keep| {
        let options = RebuildOptions {
            keep,
            ..RebuildOptions::default()
        };
        rebuilds.start("notes", &options).await
    };
    let refused = start(longest + Duration::from_secs(1)).await;
    assert!(
        matches!(refused, Err(RebuildError::Keep { .. })),
        "{refused:?}"
    );
    assert_eq!(rebuilds.of("notes").await.expect("a healthy world"), None);
    let begun = start(longest).await.expect("it is asked for");
    assert_eq!(begun.keep_seconds, longest.as_secs());
    worker.stop().await;
}
