//! A wrong URL of the replica: another primary's, or one that has nothing of this primary.

use twinbase::{core::primary::Cause, prelude::*, sync::worker::EngineError};

use crate::{
    combination::{Setup, builder, on_every_combination},
    timeline::beats,
};

on_every_combination!(
    the_replica_of_another_primary_is_refused_and_nothing_is_changed,
    who_visits_a_replica_that_has_nothing_of_the_primary_changes_nothing_and_who_stays_recovers,
    who_visits_the_replica_of_the_primary_notices_nothing_where_nothing_was_put_back,
);

async fn the_replica_of_another_primary_is_refused_and_nothing_is_changed(setup: Setup) {
    beats(&setup).await;
    let primary = setup.twin.sides().primary.clone();
    let before = primary.timeline().await.unwrap();
    setup
        .foreign("update twinbase_heartbeat set twin = 'another'")
        .await;
    for builder in [builder(), builder().visits()] {
        let builder = builder.open_primary(primary.clone());
        let refused = builder
            .open_replica(setup.twin.sides().replica.clone())
            .open()
            .await;
        let refused = refused.err();
        assert!(
            matches!(refused, Some(OpenError::Engine(EngineError::OtherReplica))),
            "{refused:?}"
        );
    }
    // A worker that runs already raises nothing either.
    setup.twin.check_timeline().await.unwrap_err();
    assert_eq!(primary.timeline().await.unwrap(), before);
}

async fn who_visits_a_replica_that_has_nothing_of_the_primary_changes_nothing_and_who_stays_recovers(
    setup: Setup,
) {
    beats(&setup).await;
    let primary = setup.twin.sides().primary.clone();
    let before = primary.timeline().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let empty = format!("embedded:{}", folder.path().join("empty.db").display());
    let open = async |builder: twinbase::Builder| {
        let builder = builder.open_primary(primary.clone()).replica(&empty);
        builder.open().await.unwrap()
    };
    let visitor = open(builder().visits()).await;
    let unknown = visitor.check_timeline().await;
    assert!(
        matches!(unknown, Err(EngineError::UnknownReplica)),
        "{unknown:?}"
    );
    assert_eq!(primary.timeline().await.unwrap(), before);
    open(builder()).await;
    let raised = primary.timeline().await.unwrap().unproven;
    assert_eq!(raised.unwrap().cause, Cause::ReplicaWentBack);
}

async fn who_visits_the_replica_of_the_primary_notices_nothing_where_nothing_was_put_back(
    setup: Setup,
) {
    let primary = setup.twin.sides().primary.clone();
    for _ in 0..2 {
        let builder = builder().visits().open_primary(primary.clone());
        let visitor = builder
            .open_replica(setup.twin.sides().replica.clone())
            .open()
            .await;
        let timeline = visitor.unwrap().check_timeline().await.unwrap();
        assert_eq!((timeline.floor, timeline.unproven), (Version::NONE, None));
        beats(&setup).await;
    }
}
