//! What an operation does, in words: for questions, lists and pages.

use std::fmt;

use twinbase_core::primary::EventFilter;

use super::{Done, OperationView, Task, Verb};
use crate::repair::RepairOptions;

/// The events that a verb acts on: `status failed, error key rejected-121`.
pub fn events_in_words(verb: &Verb, filter: &EventFilter) -> String {
    let mut words = Vec::new();
    if !filter.ids.is_empty() {
        words.push(format!("{} by id", filter.ids.len()));
    }
    let status = filter.status.map(|status| status.name().to_owned());
    let parts = [
        ("status", &status),
        ("error key", &filter.error_key),
        ("type", &filter.aggregate_type),
        ("aggregate", &filter.aggregate_id),
        ("event type", &filter.event_type),
    ];
    for (what, value) in parts {
        words.extend(value.as_ref().map(|value| format!("{what} {value}")));
    }
    if words.is_empty() {
        let all = match verb {
            Verb::Retry => "all that have failed or are retrying",
            Verb::Discard { .. } => "all that have failed",
            Verb::Restore => "all that are discarded",
        };
        words.push(all.to_owned());
    }
    words.extend(filter.as_of.map(|as_of| format!("as of {as_of}")));
    words.join(", ")
}

/// What it is done to, how fast, and why.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (about, rate, reason) = match self {
            Self::Events { verb, filter, rate } => {
                let reason = match verb {
                    Verb::Discard { reason } => Some(&**reason),
                    Verb::Retry | Verb::Restore => None,
                };
                (events_in_words(verb, filter), *rate, reason)
            }
            Self::Verify(options)
            | Self::Repair(RepairOptions {
                verify: options, ..
            }) => (options.scope.to_string(), options.rate, None),
            Self::Rebuild(Done { about, reason, .. }) | Self::Done(Done { about, reason, .. }) => {
                (about.clone(), None, reason.as_deref())
            }
        };
        f.write_str(&about)?;
        if let Some(rate) = rate {
            write!(f, ", at most {rate} a second")?;
        }
        match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl OperationView {
    /// What it is done to, as far as this program knows its kind.
    pub fn about(&self) -> String {
        let about = self.task.as_ref().map(Task::to_string);
        about.unwrap_or_else(|| "not known to this program".to_owned())
    }

    /// Who asked for it.
    pub fn who(&self) -> &str {
        if self.by.is_empty() {
            "not said"
        } else {
            &self.by
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use jiff::Timestamp;
    use twinbase_core::primary::EventStatus;

    use super::*;

    #[test]
    fn a_filter_is_told_in_words() {
        let filter = EventFilter {
            status: Some(EventStatus::Failed),
            error_key: Some("rejected-121".into()),
            ..EventFilter::default()
        };
        assert_eq!(
            events_in_words(&Verb::Retry, &filter),
            "status failed, error key rejected-121"
        );
        let reason = "a test".into();
        for (verb, all) in [
            (Verb::Retry, "all that have failed or are retrying"),
            (Verb::Discard { reason }, "all that have failed"),
            (Verb::Restore, "all that are discarded"),
        ] {
            assert_eq!(events_in_words(&verb, &EventFilter::default()), all);
            let then = EventFilter {
                as_of: Some(Timestamp::UNIX_EPOCH),
                ..EventFilter::default()
            };
            let then = events_in_words(&verb, &then);
            assert_eq!(then, format!("{all}, as of 1970-01-01T00:00:00Z"));
        }
    }

    #[test]
    fn a_task_is_told_in_words() {
        let filter = EventFilter {
            status: Some(EventStatus::Failed),
            error_key: Some("rejected-121".into()),
            ..EventFilter::default()
        };
        let as_of = Some(Timestamp::UNIX_EPOCH);
        let all = EventFilter {
            as_of,
            ..EventFilter::default()
        };
        let reason = "a test".into();
        for (verb, filter, rate, words) in [
            (
                Verb::Retry,
                filter,
                NonZeroU32::new(5),
                "status failed, error key rejected-121, at most 5 a second",
            ),
            (
                Verb::Discard { reason },
                EventFilter::default(),
                None,
                "all that have failed: a test",
            ),
            (
                Verb::Restore,
                all,
                None,
                "all that are discarded, as of 1970-01-01T00:00:00Z",
            ),
        ] {
            assert_eq!(Task::Events { verb, filter, rate }.to_string(), words);
        }
    }
}
