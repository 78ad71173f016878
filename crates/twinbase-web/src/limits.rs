//! How often a client may try something: buckets that fill again evenly within a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{Client, Code, Problem};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

const WINDOW_MILLIS: i64 = 60_000;
/// About 5 MB. Beyond that the fullest buckets, which are the most harmless, are dropped.
const MOST_BUCKETS: usize = 50_000;

/// What is limited, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Its name, which clients see.
    pub name: &'static str,
    /// How many attempts a minute allows; none is taken for one.
    pub per_minute: u32,
    /// What somebody made too many of, in the plural: "attempts", "requests".
    pub of: &'static str,
}

/// Counts attempts.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    policy: &'static str,
    client: Client,
    /// By its hash, which is the same size for all.
    subject: Option<[u8; 32]>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In thousandths of an attempt.
    left: i64,
    at: Timestamp,
}

/// An attempt that has begun. It counts until it is given back.
#[derive(Debug)]
pub struct Attempt {
    policy: Policy,
    key: Key,
    /// What is left of the limit.
    pub left: Left,
}

/// What is left after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    policy: Policy,
    attempts: i64,
    /// Until there is one more.
    seconds: i64,
}

impl Limits {
    /// Takes an attempt of this client, before it is known how it ends. Attempts at different subjects, such as
    /// names of users, are counted apart.
    pub fn take(
        &self,
        policy: Policy,
        client: Client,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<Attempt, Problem> {
        let key = Key {
            policy: policy.name,
            client,
            subject: subject.map(|subject| Sha256::digest(subject).into()),
        };
        let left = self.change(policy, key, now, -1_000);
        if left.attempts < 0 {
            return Err(left.refuse());
        }
        Ok(Attempt { policy, key, left })
    }

    /// Gives an attempt back: it should not count, or nobody knows how it ended. Returns what is left then.
    pub fn give_back(&self, attempt: &Attempt, now: Timestamp) -> Left {
        self.change(attempt.policy, attempt.key, now, 1_000)
    }

    /// Changes a bucket; one that has too little stays as it is, and `attempts` is negative.
    fn change(&self, policy: Policy, key: Key, now: Timestamp, by: i64) -> Left {
        let most = i64::from(policy.per_minute.max(1)) * 1_000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            drop_half(&mut buckets);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            left: most,
            at: now,
        });
        // A clock that went back refills nothing.
        let passed = (now.as_millisecond() - bucket.at.as_millisecond()).clamp(0, WINDOW_MILLIS);
        bucket.left = (bucket.left + passed * most / WINDOW_MILLIS).min(most);
        bucket.at = now;
        let left = bucket.left + by;
        if left >= 0 {
            bucket.left = left.min(most);
        }
        let missing = 1_000 - left.rem_euclid(1_000);
        Left {
            policy,
            attempts: left.div_euclid(1_000),
            seconds: (missing * WINDOW_MILLIS / most + 999) / 1_000,
        }
    }
}

fn drop_half(buckets: &mut HashMap<Key, Bucket>) {
    let mut left: Vec<i64> = buckets.values().map(|bucket| bucket.left).collect();
    left.sort_unstable();
    let middle = left[left.len() / 2];
    buckets.retain(|_, bucket| bucket.left < middle);
}

impl Left {
    fn refuse(self) -> Problem {
        let seconds = self.seconds;
        let detail = format!(
            "Too many {}: wait {seconds} s, then try again.",
            self.policy.of
        );
        let mut problem = Problem::new(Code::TooManyAttempts, detail);
        for (name, value) in self.headers() {
            problem = problem.with_header(name, value);
        }
        problem.with_header(header::RETRY_AFTER, seconds.into())
    }

    /// The `RateLimit` headers of the IETF's draft 10.
    pub fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let Self {
            policy: Policy {
                name, per_minute, ..
            },
            attempts,
            seconds,
        } = self;
        let window = WINDOW_MILLIS / 1_000;
        let state = format!("\"{name}\";r={};t={seconds}", attempts.max(0));
        let policy = format!("\"{name}\";q={};w={window}", per_minute.max(1));
        [(POLICY, policy), (STATE, state)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        name: "test",
        per_minute: 3,
        of: "requests",
    };
    const HERE: Client = Client(None);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("it is a time")
    }

    fn tries(limits: &Limits, subject: &str, second: i64) -> bool {
        let attempt = limits.take(POLICY, HERE, Some(subject), at(second));
        attempt.is_ok()
    }

    #[test]
    fn attempts_are_used_up_and_time_gives_them_back() {
        let limits = Limits::default();
        for _ in 0..3 {
            assert!(tries(&limits, "ada", 0));
        }
        assert!(!tries(&limits, "ada", 0));
        assert!(tries(&limits, "bob", 0), "other names have their own");
        assert!(!tries(&limits, "ada", 19));
        assert!(tries(&limits, "ada", 20));
    }

    #[test]
    fn what_is_given_back_costs_nothing() {
        let limits = Limits::default();
        for _ in 0..50 {
            let attempt = limits.take(POLICY, HERE, None, at(0));
            limits.give_back(&attempt.expect("one is left"), at(0));
        }
    }

    #[test]
    fn a_clock_that_goes_back_neither_gives_nor_panics() {
        let limits = Limits::default();
        for _ in 0..3 {
            assert!(tries(&limits, "ada", 100));
        }
        assert!(!tries(&limits, "ada", 0));
    }

    #[test]
    fn a_limit_of_nothing_is_one() {
        let none = Policy {
            name: "none",
            of: "requests",
            per_minute: 0,
        };
        let limits = Limits::default();
        assert!(limits.take(none, HERE, None, at(0)).is_ok());
        let refused = limits
            .take(none, HERE, None, at(0))
            .expect_err("it is used up");
        assert_eq!(refused.kind(), Code::TooManyAttempts.kind());
        assert_eq!(
            refused.detail(),
            "Too many requests: wait 60 s, then try again."
        );
    }
}
