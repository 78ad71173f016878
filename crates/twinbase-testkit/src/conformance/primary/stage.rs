//! Events in every status, for the cases of operators, and what operators ask.

use jiff::Timestamp;
use twinbase_core::primary::{EventFilter, EventRecord, EventStatus};

use super::{
    Opened,
    support::{failure, insert},
};

/// A discarded event's reason.
pub(super) const REASON: &str = "it was a test";

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

/// All of one status, as it was at a time.
pub(super) fn as_of(status: EventStatus, time: Timestamp) -> EventFilter {
    EventFilter {
        as_of: Some(time),
        ..of_status(status)
    }
}

impl Opened {
    /// One person of each status, named by it, each with one event.
    pub(super) async fn one_of_each(&self) {
        let names = EventStatus::ALL.map(EventStatus::name);
        self.done(&insert(&names)).await;
        for status in EventStatus::ALL {
            self.bring(status.name(), status).await;
        }
    }

    /// Brings the first waiting event of a person to a status.
    pub(super) async fn bring(&self, person: &str, status: EventStatus) {
        let at = self.at(person).await;
        match status {
            EventStatus::Pending => {}
            EventStatus::Retrying => {
                assert_eq!(self.record_failed(&[failure(at, 0)]).await, 1);
            }
            EventStatus::Failed => self.fail(at).await,
            EventStatus::Applied => {
                assert_eq!(self.mark(&[at]).await, 1);
            }
            EventStatus::Discarded => {
                let filter = EventFilter {
                    aggregate_id: Some(person.to_owned()),
                    ..of_status(EventStatus::Pending)
                };
                assert_eq!(self.discard(&filter, REASON, 1).await, 1);
            }
        }
    }

    /// Everything that a filter lists; the count of the same filter has to agree.
    pub(super) async fn list(&self, filter: &EventFilter) -> Vec<EventRecord> {
        let records = self.events(filter, None, 1_000).await;
        let count = self.count_events(filter).await.expect("a count");
        assert_eq!(count, records.len() as u64, "{filter:?}");
        records
    }

    /// The persons of a list, in its order.
    pub(super) async fn people(&self, filter: &EventFilter) -> Vec<String> {
        let records = self.list(filter).await;
        records
            .into_iter()
            .map(|event| event.aggregate_id)
            .collect()
    }

    /// The only event of a person, whatever its status.
    pub(super) async fn event_of(&self, person: &str) -> EventRecord {
        let mut found = Vec::new();
        for status in EventStatus::ALL {
            let filter = EventFilter {
                aggregate_id: Some(person.to_owned()),
                ..of_status(status)
            };
            found.extend(self.list(&filter).await);
        }
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }
}
