//! Events in every status, for the cases of operators, and what operators ask.

use twinbase_core::{
    Primary,
    primary::{EventFilter, EventRecord, EventStatus},
};

use super::support::{done, fail, failure, insert, waiting_of};

/// A discarded event's reason.
pub(super) const REASON: &str = "it was a test";

/// One person of each status, named by it, each with one event.
pub(super) async fn one_of_each(primary: &dyn Primary) {
    let names = EventStatus::ALL.map(EventStatus::name);
    done(primary, &insert(&names)).await;
    for status in EventStatus::ALL {
        bring(primary, status.name(), status).await;
    }
}

/// Brings the first waiting event of a person to a status.
pub(super) async fn bring(primary: &dyn Primary, person: &str, status: EventStatus) {
    let at = waiting_of(primary, person).await[0].at;
    match status {
        EventStatus::Pending => {}
        EventStatus::Retrying => {
            let charged = primary.record_failed(&[failure(at, 0)]).await;
            assert_eq!(charged.expect("a charge"), 1);
        }
        EventStatus::Failed => fail(primary, at).await,
        EventStatus::Applied => {
            let marked = primary.mark_applied(&[at], &[]).await;
            assert_eq!(marked.expect("a mark"), 1);
        }
        EventStatus::Discarded => {
            let filter = EventFilter {
                aggregate_id: Some(person.to_owned()),
                status: Some(EventStatus::Pending),
                ..EventFilter::default()
            };
            let discarded = primary.discard(&filter, REASON, 1).await;
            assert_eq!(discarded.expect("a discard"), 1);
        }
    }
}

/// What is not done.
pub(super) fn open() -> EventFilter {
    EventFilter::default()
}

/// All of one status.
pub(super) fn of_status(status: EventStatus) -> EventFilter {
    EventFilter {
        status: Some(status),
        ..EventFilter::default()
    }
}

/// Everything that a filter lists; the count of the same filter has to agree.
pub(super) async fn list(primary: &dyn Primary, filter: &EventFilter) -> Vec<EventRecord> {
    let records = primary.events(filter, None, 1_000).await.expect("a list");
    let count = primary.count_events(filter).await.expect("a count");
    assert_eq!(count, records.len() as u64, "{filter:?}");
    records
}

/// The persons of a list, in its order.
pub(super) async fn people(primary: &dyn Primary, filter: &EventFilter) -> Vec<String> {
    let records = list(primary, filter).await;
    records
        .into_iter()
        .map(|event| event.aggregate_id)
        .collect()
}

/// The only event of a person, whatever its status.
pub(super) async fn event_of(primary: &dyn Primary, person: &str) -> EventRecord {
    let mut found = Vec::new();
    for status in EventStatus::ALL {
        let filter = EventFilter {
            aggregate_id: Some(person.to_owned()),
            ..of_status(status)
        };
        found.extend(list(primary, &filter).await);
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
