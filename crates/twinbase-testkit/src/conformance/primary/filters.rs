//! Which events a filter means: by its fields, by ids, and as of a time.

use std::{sync::Arc, time::Duration};

use twinbase_core::{
    Primary,
    primary::{EventFilter, EventStatus, FailedAttempt},
};

use super::{
    Database,
    stage::{event_of, list, of_status, one_of_each, open},
    support::{award, done, failure, insert, note, opened, waiting_of},
};

/// Asserts which events a filter means, by aggregate and type.
async fn check(primary: &dyn Primary, filter: EventFilter, expected: &[(&str, &str)]) {
    let mut found: Vec<_> = list(primary, &filter)
        .await
        .into_iter()
        .map(|event| (event.aggregate_id, event.event_type))
        .collect();
    found.sort();
    let found: Vec<_> = found.iter().map(|(id, of)| (&**id, &**of)).collect();
    assert_eq!(found, expected, "{filter:?}");
}

/// The text of a field that is given.
#[expect(clippy::unnecessary_wraps, reason = "a field may be left out")]
fn given(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Two people, one of whom was refused and one of whom has a note and an award.
async fn three_types(database: &dyn Database) -> Arc<dyn Primary> {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    done(&*primary, &note("a", "a", "text")).await;
    done(&*primary, &award("a")).await;
    let other = FailedAttempt {
        error_key: "other".to_owned(),
        ..failure(waiting_of(&*primary, "b").await[0].at, 0)
    };
    primary.record_failed(&[other]).await.expect("a charge");
    primary
}

/// All fields that are given must match.
pub async fn a_filter_means_what_all_of_its_fields_say(database: &dyn Database) {
    let primary = three_types(database).await;
    let primary = &*primary;
    let (created, updated) = ("person.created", "person.updated");
    let of_a = EventFilter {
        aggregate_id: given("a"),
        ..open()
    };
    check(
        primary,
        of_a.clone(),
        &[("a", "note.created"), ("a", created), ("a", updated)],
    )
    .await;
    let people = EventFilter {
        aggregate_type: given("person"),
        ..open()
    };
    check(
        primary,
        people,
        &[("a", created), ("a", updated), ("b", created)],
    )
    .await;
    let person_a = EventFilter {
        aggregate_type: given("person"),
        ..of_a.clone()
    };
    check(primary, person_a, &[("a", created), ("a", updated)]).await;
    check(
        primary,
        EventFilter {
            event_type: given(updated),
            ..open()
        },
        &[("a", updated)],
    )
    .await;
    check(
        primary,
        EventFilter {
            error_key: given("other"),
            ..open()
        },
        &[("b", created)],
    )
    .await;
    check(
        primary,
        EventFilter {
            error_key: given("fit"),
            ..open()
        },
        &[],
    )
    .await;
    check(
        primary,
        EventFilter {
            error_key: given("other"),
            ..of_a.clone()
        },
        &[],
    )
    .await;
    check(
        primary,
        EventFilter {
            status: Some(EventStatus::Retrying),
            ..of_a
        },
        &[],
    )
    .await;
}

/// Those that are there, and that match besides.
pub async fn a_filter_of_ids_means_these_events(database: &dyn Database) {
    let primary = three_types(database).await;
    let primary = &*primary;
    let mut ids: Vec<_> = list(primary, &open())
        .await
        .into_iter()
        .map(|e| e.id)
        .collect();
    ids.push("none".to_owned());
    let (created, updated) = ("person.created", "person.updated");
    let all = [
        ("a", "note.created"),
        ("a", created),
        ("a", updated),
        ("b", created),
    ];
    let named = EventFilter { ids, ..open() };
    check(primary, named.clone(), &all).await;
    check(
        primary,
        EventFilter {
            event_type: given(updated),
            ..named.clone()
        },
        &[("a", updated)],
    )
    .await;
    check(
        primary,
        EventFilter {
            status: Some(EventStatus::Retrying),
            ..named.clone()
        },
        &[("b", created)],
    )
    .await;
    check(
        primary,
        EventFilter {
            status: Some(EventStatus::Applied),
            ..named
        },
        &[],
    )
    .await;
    check(
        primary,
        EventFilter {
            ids: vec!["none".to_owned()],
            ..open()
        },
        &[],
    )
    .await;
}

/// What a person has seen, and nothing that came later.
pub async fn a_filter_as_of_a_time_means_what_was_there(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    for status in EventStatus::ALL {
        let event = event_of(&*primary, status.name()).await;
        let then = match status {
            EventStatus::Pending => Some(event.created_at),
            EventStatus::Retrying | EventStatus::Failed => event.failed_at,
            EventStatus::Applied | EventStatus::Discarded => event.processed_at,
        };
        let then = then.expect("a time");
        for (as_of, count) in [
            (then - Duration::from_millis(1), 0),
            (then, 1),
            (then + Duration::from_millis(1), 1),
        ] {
            let filter = EventFilter {
                as_of: Some(as_of),
                ..of_status(status)
            };
            assert_eq!(list(&*primary, &filter).await.len(), count, "{status:?}");
        }
    }
}
