//! What an operation does, in words: for questions, lists and pages.

use std::{fmt, time::Duration};

use jiff::SignedDuration;
use twinbase_core::primary::EventFilter;

use super::{OperationView, Task, Verb};
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
        let mut keep = None;
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
            Self::Rebuild(done) | Self::Done(done) => {
                keep = done.keep_seconds.map(Duration::from_secs);
                (done.about.clone(), done.rate, done.reason.as_deref())
            }
        };
        f.write_str(&about)?;
        if let Some(rate) = rate {
            write!(f, ", at most {rate} a second")?;
        }
        match keep {
            Some(Duration::ZERO) => f.write_str(", nothing kept")?,
            Some(keep) => write!(
                f,
                ", the old one kept for {:#}",
                SignedDuration::try_from(keep).unwrap_or_default()
            )?,
            None => {}
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

    use super::{super::Done, *};

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
        for (rate, keep_seconds, words) in [
            (None, None, "todos"),
            (
                NonZeroU32::new(5),
                Some(5_400),
                "todos, at most 5 a second, the old one kept for 1h 30m",
            ),
            (None, Some(0), "todos, nothing kept"),
        ] {
            let rebuild = Done {
                what: "rebuild".into(),
                about: "todos".into(),
                rate,
                keep_seconds,
                ..Done::default()
            };
            assert_eq!(Task::Rebuild(rebuild).to_string(), words);
        }
    }
}
