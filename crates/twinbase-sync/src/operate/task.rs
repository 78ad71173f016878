//! What an operation does, as it is kept in the primary.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use twinbase_core::primary::{EventFilter, EventStatus};

use super::Verb;
use crate::{repair::RepairOptions, verify::VerifyOptions};

/// What a person had done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A verb on many events.
    Events {
        /// What is done with them.
        verb: Verb,
        /// Which events; `as_of` is always there.
        filter: EventFilter,
        /// How many a second at most, spread evenly: what is retried is work for both sides. Without, as fast as the primary does it.
        rate: Option<NonZeroU32>,
    },
    /// Compares both sides.
    Verify(VerifyOptions),
    /// Compares both sides and has workers make anew what is wrong.
    Repair(RepairOptions),
    /// A rebuild of a collection, or the way back. The worker that leads does it, and the operation follows it.
    Rebuild(Done),
    /// What was done at once.
    Done(Done),
}

/// What was done, to what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// What it is called.
    #[serde(skip)]
    pub what: String,
    /// What it was done to, such as the scope of a pause.
    #[serde(default)]
    pub about: String,
    /// Why, in the words of whoever did it.
    #[serde(default)]
    pub reason: Option<String>,
    /// At most so many rows a second, of a rebuild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<NonZeroU32>,
    /// How long a rebuild keeps the old collection, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_seconds: Option<u64>,
}

/// Kinds that take long, which another process can go on with.
pub(crate) const LONG: [&str; 7] = [RETRY, DISCARD, RESTORE, VERIFY, REPAIR, REBUILD, ROLLBACK];

const RETRY: &str = "outbox.retry";
const DISCARD: &str = "outbox.discard";
const RESTORE: &str = "outbox.restore";
const VERIFY: &str = "verify";
const REPAIR: &str = "repair";
pub(crate) const REBUILD: &str = "rebuild";
pub(crate) const ROLLBACK: &str = "rollback";

impl Task {
    /// What it is called.
    pub fn kind(&self) -> &str {
        match self {
            Self::Events { verb, .. } => match verb {
                Verb::Retry => RETRY,
                Verb::Discard { .. } => DISCARD,
                Verb::Restore => RESTORE,
            },
            Self::Verify(_) => VERIFY,
            Self::Repair(_) => REPAIR,
            Self::Rebuild(done) | Self::Done(done) => &done.what,
        }
    }

    /// As it is kept.
    pub(super) fn request(&self) -> String {
        let json = match self {
            Self::Events { verb, filter, rate } => serde_json::to_string(&Events {
                reason: match verb {
                    Verb::Discard { reason } => Some(reason.to_string()),
                    Verb::Retry | Verb::Restore => None,
                },
                ids: filter.ids.clone(),
                status: filter.status.map(|status| status.name().to_owned()),
                error_key: filter.error_key.clone(),
                aggregate_type: filter.aggregate_type.clone(),
                aggregate_id: filter.aggregate_id.clone(),
                event_type: filter.event_type.clone(),
                as_of: filter.as_of,
                since: filter.since,
                rate: *rate,
            }),
            Self::Verify(options) => serde_json::to_string(options),
            Self::Repair(options) => serde_json::to_string(options),
            Self::Rebuild(done) | Self::Done(done) => serde_json::to_string(done),
        };
        json.unwrap_or_default()
    }

    /// What was kept; `None` when a newer program kept it.
    pub fn read(kind: &str, request: &str) -> Option<Self> {
        let retry = |verb: fn(Events) -> Option<Verb>| {
            let events: Events = json(request)?;
            Some(Self::Events {
                filter: events.filter()?,
                rate: events.rate,
                verb: verb(events)?,
            })
        };
        match kind {
            RETRY => retry(|_| Some(Verb::Retry)),
            RESTORE => retry(|_| Some(Verb::Restore)),
            DISCARD => retry(|events| {
                let reason = events.reason?.into();
                Some(Verb::Discard { reason })
            }),
            VERIFY => json(request).map(Self::Verify),
            REPAIR => json(request).map(Self::Repair),
            what => {
                let as_task = match what {
                    REBUILD | ROLLBACK => Self::Rebuild,
                    _ => Self::Done,
                };
                let what = what.to_owned();
                json(request).map(|done| as_task(Done { what, ..done }))
            }
        }
    }
}

fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// A verb on events.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Events {
    reason: Option<String>,
    ids: Vec<String>,
    status: Option<String>,
    error_key: Option<String>,
    aggregate_type: Option<String>,
    aggregate_id: Option<String>,
    event_type: Option<String>,
    as_of: Option<Timestamp>,
    since: Option<Timestamp>,
    rate: Option<NonZeroU32>,
}

impl Events {
    fn filter(&self) -> Option<EventFilter> {
        let status = self.status.as_deref().map(EventStatus::parse);
        Some(EventFilter {
            ids: self.ids.clone(),
            // Without a status that it cannot read, it would act on others.
            status: match status {
                None => None,
                Some(status) => Some(status?),
            },
            error_key: self.error_key.clone(),
            aggregate_type: self.aggregate_type.clone(),
            aggregate_id: self.aggregate_id.clone(),
            event_type: self.event_type.clone(),
            as_of: self.as_of,
            since: self.since,
            is_deferred: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use twinbase_core::AggregateId;

    use super::*;
    use crate::verify::Scope;

    #[test]
    fn what_is_kept_is_read_back() {
        let filter = EventFilter {
            ids: vec!["a".into()],
            status: Some(EventStatus::Failed),
            error_key: Some("k".into()),
            as_of: Some(Timestamp::UNIX_EPOCH),
            since: Some(Timestamp::MIN),
            ..EventFilter::default()
        };
        let events = |verb| Task::Events {
            verb,
            filter: filter.clone(),
            rate: NonZeroU32::new(5),
        };
        let scope = Scope {
            collections: vec!["todos".into()],
            ids: vec![AggregateId::new("1").unwrap()],
            ..Scope::default()
        };
        let options = VerifyOptions {
            scope,
            ..VerifyOptions::default()
        };
        let done = Done {
            what: "pause".into(),
            about: "everything".into(),
            reason: Some("a move".into()),
            ..Done::default()
        };
        let rebuild = Done {
            what: "rebuild".into(),
            about: "todos".into(),
            rate: NonZeroU32::new(5),
            keep_seconds: Some(7_200),
            ..Done::default()
        };
        for task in [
            events(Verb::Retry),
            events(Verb::Discard { reason: "x".into() }),
            events(Verb::Restore),
            Task::Verify(options.clone()),
            Task::Repair(RepairOptions {
                wait: Duration::from_secs(7),
                ..options.into()
            }),
            Task::Done(done),
            Task::Rebuild(rebuild),
        ] {
            let kept = task.request();
            assert_eq!(Task::read(task.kind(), &kept), Some(task));
        }
    }

    #[test]
    fn what_a_newer_program_kept_is_not_guessed() {
        assert_eq!(Task::read("outbox.retry", r#"{"status":"mythical"}"#), None);
        assert_eq!(Task::read("outbox.discard", "{}"), None);
        assert_eq!(Task::read("verify", "no json"), None);
        // What an earlier one kept had no wait.
        let earlier = Task::read("repair", r#"{"rate":5}"#);
        let options = VerifyOptions {
            rate: NonZeroU32::new(5),
            ..VerifyOptions::default()
        };
        assert_eq!(earlier, Some(Task::Repair(options.into())));
    }
}
