//! Which events a filter means: by its fields, by ids, and as of a time.

use std::time::Duration;

use twinbase_core::primary::{EventFilter, EventStatus, FailedAttempt};

use super::{
    Opened,
    stage::{as_of, open},
    support::{award, failure, insert, note},
};

/// Asserts which events a filter with these fields besides means, by aggregate and type.
async fn check(db: &Opened, mut filter: EventFilter, given: &[Field], expected: &[(&str, &str)]) {
    for field in given {
        field(&mut filter);
    }
    let mut found: Vec<_> = db
        .list(&filter)
        .await
        .into_iter()
        .map(|event| (event.aggregate_id, event.event_type))
        .collect();
    found.sort();
    let found: Vec<_> = found.iter().map(|(id, of)| (&**id, &**of)).collect();
    assert_eq!(found, expected, "{filter:?}");
}

/// A field of a filter that is given.
type Field = fn(&mut EventFilter);
/// Fields, and the events that are meant by them, by aggregate and type.
type Case<'a> = (&'a [Field], &'a [(&'a str, &'a str)]);

/// Two people, one of whom was refused and one of whom has a note and an award.
async fn three_types(db: &Opened) {
    db.done(&insert(&["a", "b"])).await;
    db.done(&note("a", "a", "text")).await;
    db.done(&award("a")).await;
    let other = FailedAttempt {
        error_key: "other".to_owned(),
        ..failure(db.at("b").await, 0)
    };
    db.record_failed(&[other]).await;
}

const NOTED: (&str, &str) = ("a", "note.created");
const CREATED: (&str, &str) = ("a", "person.created");
const UPDATED: (&str, &str) = ("a", "person.updated");
const OTHER: (&str, &str) = ("b", "person.created");

/// All fields that are given must match.
pub async fn a_filter_means_what_all_of_its_fields_say(db: Opened) {
    three_types(&db).await;
    let of_a: Field = |filter| filter.aggregate_id = Some("a".to_owned());
    let people: Field = |filter| filter.aggregate_type = Some("person".to_owned());
    let updated: Field = |filter| filter.event_type = Some("person.updated".to_owned());
    let other: Field = |filter| filter.error_key = Some("other".to_owned());
    let fit: Field = |filter| filter.error_key = Some("fit".to_owned());
    let retrying: Field = |filter| filter.status = Some(EventStatus::Retrying);
    let cases: [Case; 8] = [
        (&[of_a], &[NOTED, CREATED, UPDATED]),
        (&[people], &[CREATED, UPDATED, OTHER]),
        (&[people, of_a], &[CREATED, UPDATED]),
        (&[updated], &[UPDATED]),
        (&[other], &[OTHER]),
        (&[fit], &[]),
        (&[other, of_a], &[]),
        (&[retrying, of_a], &[]),
    ];
    for (given, expected) in cases {
        check(&db, open(), given, expected).await;
    }
}

/// Those that are there, and that match besides.
pub async fn a_filter_of_ids_means_these_events(db: Opened) {
    three_types(&db).await;
    let all = db.list(&open()).await.into_iter().map(|event| event.id);
    let ids = all.chain(["none".to_owned()]).collect();
    let named = EventFilter { ids, ..open() };
    let cases: [Case; 5] = [
        (&[], &[NOTED, CREATED, UPDATED, OTHER]),
        (
            &[|f| f.event_type = Some("person.updated".to_owned())],
            &[UPDATED],
        ),
        (&[|f| f.status = Some(EventStatus::Retrying)], &[OTHER]),
        (&[|f| f.status = Some(EventStatus::Applied)], &[]),
        (&[|f| f.ids = vec!["none".to_owned()]], &[]),
    ];
    for (given, expected) in cases {
        check(&db, named.clone(), given, expected).await;
    }
}

/// What a person has seen, and nothing that came later.
pub async fn a_filter_as_of_a_time_means_what_was_there(db: Opened) {
    db.one_of_each().await;
    for status in EventStatus::ALL {
        let event = db.event_of(status.name()).await;
        let then = match status {
            EventStatus::Pending => Some(event.created_at),
            EventStatus::Retrying | EventStatus::Failed => event.failed_at,
            EventStatus::Applied | EventStatus::Discarded => event.processed_at,
        };
        let then = then.expect("a time");
        for (time, count) in [
            (then - Duration::from_millis(1), 0),
            (then, 1),
            (then + Duration::from_millis(1), 1),
        ] {
            let filter = as_of(status, time);
            assert_eq!(db.list(&filter).await.len(), count, "{status:?}");
        }
    }
}
