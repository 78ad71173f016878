//! What workers leave in hand when they die, and how one event among many is found to be the killer.

use twinbase_core::{
    EventRef, Primary,
    primary::{EventFilter, Suspect},
};

use super::{
    Database,
    leases::{LONG, SHORT, dead, lease, lease_for, worker},
    support::{done, insert, opened, waiting},
};

/// A primary with three events that wait.
async fn three_events(database: &dyn Database) -> (std::sync::Arc<dyn Primary>, [EventRef; 3]) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c"])).await;
    let mut places: Vec<_> = waiting(&*primary).await.iter().map(|e| e.at).collect();
    places.sort_unstable();
    let places = places.try_into().expect("three events");
    (primary, places)
}

/// A worker that lives, takes events in hand, and is found dead by `heir`.
async fn dies(primary: &dyn Primary, id: &str, in_hand: &[EventRef], heir: &str) {
    lease(primary, id).await;
    primary.started(id, in_hand).await.expect("marks");
    let heir = primary.lease(&worker(heir), LONG, &[id.to_owned()]).await;
    heir.expect("leases");
}

async fn suspects(primary: &dyn Primary) -> Vec<(EventRef, u32)> {
    let mut found = primary.suspects(&[]).await.expect("suspects");
    found.sort_unstable_by_key(|suspect| suspect.at);
    found.into_iter().map(|s| (s.at, s.alone)).collect()
}

/// It may only be slow.
pub async fn what_a_live_worker_has_in_hand_is_not_suspect(database: &dyn Database) {
    let (primary, places) = three_events(database).await;
    lease(&*primary, "w").await;
    primary.started("w", &places).await.expect("marks");
    assert_eq!(suspects(&*primary).await, []);
}

/// Another process sees it when the lease has ended, and sooner when it knows of the death.
pub async fn what_a_dead_worker_had_in_hand_is_suspect(database: &dyn Database) {
    let (primary, places) = three_events(database).await;
    lease(&*primary, "w").await;
    primary.started("w", &places[..2]).await.expect("marks");
    let other = database.open().await;
    let gone = ["w".to_owned()];
    let mut known = other.suspects(&gone).await.expect("suspects");
    known.sort_unstable_by_key(|suspect| suspect.at);
    let expected = [places[0], places[1]].map(|at| Suspect { at, alone: 0 });
    assert_eq!(known, expected);
    lease_for(&*primary, "w", SHORT).await;
    dead(&*other, "w").await;
    assert_eq!(
        suspects(&*other).await,
        [(places[0], 0), (places[1], 0)],
        "its lease has ended"
    );
}

/// Three times with nothing else in hand: that is the one.
pub async fn deaths_with_one_event_in_hand_are_counted(database: &dyn Database) {
    let (primary, [first, second, _]) = three_events(database).await;
    dies(&*primary, "w1", &[first, second], "w2").await;
    assert_eq!(suspects(&*primary).await, [(first, 0), (second, 0)]);
    for (at, (id, heir)) in [("w2", "w3"), ("w3", "w4"), ("w4", "w5")]
        .iter()
        .enumerate()
    {
        dies(&*primary, id, &[first], heir).await;
        let alone = u32::try_from(at + 1).expect("a small number");
        assert_eq!(suspects(&*primary).await, [(first, alone), (second, 0)]);
    }
    dies(&*primary, "w5", &[first, second], "w6").await;
    assert_eq!(
        suspects(&*primary).await,
        [(first, 3), (second, 0)],
        "with others in hand nothing is known"
    );
}

/// Also when nobody has renewed since, and whatever others finish meanwhile.
pub async fn a_death_is_counted_as_it_was(database: &dyn Database) {
    let (primary, [first, second, third]) = three_events(database).await;
    lease(&*primary, "heir").await;
    lease_for(&*primary, "w1", SHORT).await;
    primary.started("w1", &[first]).await.expect("marks");
    lease_for(&*primary, "w2", SHORT).await;
    primary
        .started("w2", &[second, third])
        .await
        .expect("marks");
    dead(&*primary, "w1").await;
    dead(&*primary, "w2").await;
    primary.started("heir", &[first]).await.expect("marks");
    primary.finished(&[third]).await.expect("marks");
    assert_eq!(suspects(&*primary).await, [(second, 0)]);
    let gone = ["heir".to_owned()];
    let told = primary.suspects(&gone).await.expect("suspects");
    let of_first = told.iter().find(|suspect| suspect.at == first);
    assert_eq!(of_first.map(|suspect| suspect.alone), Some(2));
}

/// While somebody alive has it in hand, it is not given to others.
pub async fn a_suspect_in_the_hand_of_a_live_worker_is_not_told(database: &dyn Database) {
    let (primary, [first, ..]) = three_events(database).await;
    dies(&*primary, "w1", &[first], "w2").await;
    primary.started("w2", &[first]).await.expect("marks");
    assert_eq!(suspects(&*primary).await, []);
    // Nor does taking it in hand again count as a death.
    primary.started("w2", &[first]).await.expect("marks");
    let gone = ["w2".to_owned()];
    let told = primary.suspects(&gone).await.expect("suspects");
    assert_eq!(
        told,
        [Suspect {
            at: first,
            alone: 2
        }]
    );
}

/// It did not kill its worker, so earlier deaths had another cause.
pub async fn what_is_finished_is_not_suspect(database: &dyn Database) {
    let (primary, [first, second, third]) = three_events(database).await;
    dies(&*primary, "w1", &[first], "w2").await;
    dies(&*primary, "w2", &[first, second, third], "w3").await;
    primary.finished(&[first, third]).await.expect("no marks");
    primary.finished(&[third]).await.expect("nothing to do");
    primary.finished(&[]).await.expect("nothing to do");
    primary.started("w3", &[]).await.expect("nothing to do");
    assert_eq!(suspects(&*primary).await, [(second, 0)]);
    dies(&*primary, "w3", &[first], "w4").await;
    assert_eq!(suspects(&*primary).await, [(first, 1), (second, 0)]);
}

/// Somebody else applied it, or a person set it aside: it can kill nobody any more.
pub async fn what_is_done_is_not_suspect(database: &dyn Database) {
    let (primary, places) = three_events(database).await;
    dies(&*primary, "w1", &places, "w2").await;
    assert_eq!(suspects(&*primary).await.len(), 3);
    primary
        .mark_applied(&places[..1], &[])
        .await
        .expect("marks");
    let filter = EventFilter {
        status: Some(twinbase_core::primary::EventStatus::Pending),
        ..EventFilter::default()
    };
    primary
        .discard(&filter, "a test", 1)
        .await
        .expect("a discard");
    assert_eq!(suspects(&*primary).await.len(), 1);
}

/// A worker that leaves in order was not killed; what had killed others before stays suspect.
pub async fn a_release_is_not_a_death(database: &dyn Database) {
    let (primary, [first, second, _]) = three_events(database).await;
    dies(&*primary, "w1", &[first], "w2").await;
    dies(&*primary, "w2", &[first], "w3").await;
    primary
        .started("w3", &[first, second])
        .await
        .expect("marks");
    primary.release("w3").await.expect("a release");
    assert_eq!(suspects(&*primary).await, [(first, 2)]);
    lease(&*primary, "w4").await;
    primary.started("w4", &[first]).await.expect("marks");
    primary.release("w4").await.expect("a release");
    assert_eq!(suspects(&*primary).await, [(first, 2)]);
    dies(&*primary, "w5", &[second], "w6").await;
    primary.started("w6", &[second]).await.expect("marks");
    primary.release("w6").await.expect("a release");
    assert_eq!(suspects(&*primary).await, [(first, 2), (second, 1)]);
}
