//! How a worker works, and the limits of each option.

use std::time::Duration;

/// How a worker works. The defaults suit most; [`Default`] and `..` fill in the rest.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// About how many documents a batch should have at most.
    pub batch_events: u32,
    /// About how many bytes of payload a batch should have; the number of events adapts to it.
    pub batch_bytes: usize,
    /// How many batches are in flight at once.
    pub batches_in_flight: usize,
    /// The longest pause between two polls while there is nothing to do.
    pub idle_poll: Duration,
    /// The shortest time between two polls, but of a backlog: what is committed meanwhile goes together. Longer, it
    /// spares both databases many small batches, and documents are that much later.
    pub gather: Duration,
    /// The first pause after a side did not answer; it doubles up to `backoff_cap`.
    pub backoff_base: Duration,
    /// The longest pause after a side did not answer.
    pub backoff_cap: Duration,
    /// The pause before a failed event is tried again; it doubles with each failed attempt.
    pub retry_base: Duration,
    /// The longest pause before a failed event is tried again.
    pub retry_cap: Duration,
    /// A batch that was read longer ago than this is read again instead of
    /// applied; far below the life of a tombstone.
    pub batch_max_age: Duration,
    /// How long a lease holds without renewal: a dead worker's partitions are
    /// taken over after at most this and one `lease_renew`.
    pub lease_ttl: Duration,
    /// How often leases are renewed, the work is balanced, and pauses are read.
    pub lease_renew: Duration,
    /// How often a heartbeat goes through the whole path; `None` for never.
    pub heartbeat: Option<Duration>,
    /// How often all documents are compared with their rows, slowly and beside everything else; `None` for never. A walk that takes
    /// longer is followed by the next one at once.
    pub verify_every: Option<Duration>,
    /// Whether documents that are found wrong are made anew at once; otherwise an alarm says so.
    pub repair_drift: bool,
    /// How long batches may make no progress before the worker counts as stalled.
    pub stalled_after: Duration,
    /// How long events that are done are kept.
    pub retention: Duration,
    /// How often tombstones and old events are removed, and missing indexes built again.
    pub clean_every: Duration,
    /// The backlog from which on an alarm is raised; at most
    /// [`twinbase_core::OutboxStatus::COUNT_LIMIT`], where counting stops. Nothing is dropped.
    pub backlog_cap: u64,
    /// The seed of jitter and of the worker's id; from the operating system when `None`.
    pub seed: Option<u64>,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            batch_events: 1_000,
            batch_bytes: 4 << 20,
            batches_in_flight: 3,
            idle_poll: Duration::from_millis(50),
            gather: Duration::from_millis(3),
            backoff_base: Duration::from_millis(100),
            backoff_cap: Duration::from_secs(5),
            retry_base: Duration::from_secs(1),
            retry_cap: Duration::from_mins(1),
            batch_max_age: Duration::from_mins(1),
            lease_ttl: Duration::from_secs(7),
            lease_renew: Duration::from_secs(2),
            heartbeat: Some(Duration::from_secs(10)),
            verify_every: Some(Duration::from_hours(1)),
            repair_drift: false,
            stalled_after: Duration::from_secs(30),
            retention: Duration::from_hours(7 * 24),
            clean_every: Duration::from_secs(30),
            backlog_cap: 100_000,
            seed: None,
        }
    }
}

/// An option outside of its limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the worker option `{option}` is {value}; it must be {limits}")]
pub struct InvalidOption {
    /// The option's name.
    pub option: &'static str,
    /// What it is set to.
    pub value: String,
    /// What it may be.
    pub limits: String,
}

impl WorkerOptions {
    /// Checks every option against its limits; the first that is outside is the error.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        let (nano, milli) = (Duration::from_nanos(1), Duration::from_millis(1));
        let day = Duration::from_hours(24);
        check("batch_events", self.batch_events, 1, 100_000)?;
        check("batch_bytes", self.batch_bytes, 1 << 10, 1 << 30)?;
        check("batches_in_flight", self.batches_in_flight, 1, 64)?;
        check("backlog_cap", self.backlog_cap, 1, u64::MAX)?;
        check("idle_poll", self.idle_poll, milli, day)?;
        let (none, seconds) = (Duration::ZERO, Duration::from_secs(5));
        check("gather", self.gather, none, seconds)?;
        check("clean_every", self.clean_every, milli, day)?;
        if let Some(heartbeat) = self.heartbeat {
            check("heartbeat", heartbeat, milli, day)?;
        }
        if let Some(every) = self.verify_every {
            check("verify_every", every, milli, Duration::from_hours(366 * 24))?;
        }
        // A lease ends after `lease_ttl`: it is renewed before that.
        let renew = self.lease_ttl.saturating_sub(nano).min(day);
        check("lease_renew", self.lease_renew, milli, renew)?;
        check("backoff_base", self.backoff_base, nano, self.backoff_cap)?;
        check("retry_base", self.retry_base, nano, self.retry_cap)?;
        let half_of_tombstone = twinbase_core::replica::TOMBSTONE_TTL / 2;
        let age = self.batch_max_age;
        check("batch_max_age", age, none, half_of_tombstone)?;
        check("stalled_after", self.stalled_after, nano, Duration::MAX)
    }
}

fn check<T: PartialOrd + Copy + std::fmt::Debug>(
    option: &'static str,
    value: T,
    least: T,
    most: T,
) -> Result<(), InvalidOption> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(InvalidOption {
        option,
        value: format!("{value:?}"),
        limits: format!("{least:?} to {most:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_an_option_outside_of_its_limits_is_named_with_them() {
        type Break = fn(&mut WorkerOptions);
        let cases: [(&str, Break); 13] = [
            ("batch_events", |o| o.batch_events = 0),
            ("batch_bytes", |o| o.batch_bytes = 0),
            ("batches_in_flight", |o| o.batches_in_flight = 0),
            ("backlog_cap", |o| o.backlog_cap = 0),
            ("idle_poll", |o| o.idle_poll = Duration::ZERO),
            ("gather", |o| o.gather = Duration::from_secs(6)),
            ("heartbeat", |o| o.heartbeat = Some(Duration::ZERO)),
            ("verify_every", |o| o.verify_every = Some(Duration::ZERO)),
            ("lease_renew", |o| o.lease_renew = o.lease_ttl),
            ("backoff_base", |o| o.backoff_base = o.backoff_cap * 2),
            ("retry_base", |o| o.retry_base = Duration::ZERO),
            ("batch_max_age", |o| {
                o.batch_max_age = Duration::from_hours(1);
            }),
            ("stalled_after", |o| o.stalled_after = Duration::ZERO),
        ];
        for (option, set) in cases {
            let mut options = WorkerOptions::default();
            options.validate().unwrap();
            set(&mut options);
            let error = options.validate().unwrap_err();
            assert_eq!(error.option, option, "{error}");
            if option == "lease_renew" {
                assert_eq!(
                    error.to_string(),
                    "the worker option `lease_renew` is 7s; it must be 1ms to 6.999999999s"
                );
            }
        }
    }
}
