//! How often somebody may fail to sign in: a bucket of attempts for each name and each address, which
//! fills again evenly.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Code, Problem};

pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) const STATE: HeaderName = HeaderName::from_static("ratelimit");

const WINDOW_MILLIS: i64 = 60_000;
/// An address may fail for this many names: behind one there can be a school.
const NAMES_PER_ADDRESS: u32 = 10;
/// About 5 MB. When more are being tried the fullest, that is the most harmless, are forgotten.
const MOST_BUCKETS: usize = 50_000;

/// Counts failed attempts.
#[derive(Debug)]
pub(super) struct Attempts {
    per_minute: u32,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// A name by its hash: what is tried as a name may be a password typed into the wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Name([u8; 32]),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In thousandths of an attempt.
    left: i64,
    at: Timestamp,
}

/// What is left after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    per_minute: u32,
    attempts: i64,
    /// Until there is one more.
    seconds: i64,
}

impl Attempts {
    pub(super) fn per_minute(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.max(1),
            buckets: Mutex::default(),
        }
    }

    /// Takes an attempt for this name from this address, before it is known how it ends.
    pub(super) fn take(
        &self,
        name: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Left, Problem> {
        let of_name = self.change(name_key(name), self.per_minute, now, -1_000);
        let of_address = address.map(|address| {
            let most = self.per_minute.saturating_mul(NAMES_PER_ADDRESS);
            self.change(Key::Address(address), most, now, -1_000)
        });
        for left in [Some(of_name), of_address].into_iter().flatten() {
            if left.attempts < 0 {
                return Err(left.refuse());
            }
        }
        Ok(of_name)
    }

    /// Gives the attempt back: it was a success.
    pub(super) fn give_back(&self, name: &str, address: Option<IpAddr>, now: Timestamp) -> Left {
        if let Some(address) = address {
            let most = self.per_minute.saturating_mul(NAMES_PER_ADDRESS);
            self.change(Key::Address(address), most, now, 1_000);
        }
        self.change(name_key(name), self.per_minute, now, 1_000)
    }

    /// Changes a bucket; one that has too little stays as it is, and `attempts` is negative.
    fn change(&self, key: Key, per_minute: u32, now: Timestamp, by: i64) -> Left {
        let most = i64::from(per_minute) * 1_000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            forget_half(&mut buckets);
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
            per_minute,
            attempts: left.div_euclid(1_000),
            seconds: (missing * WINDOW_MILLIS / most + 999) / 1_000,
        }
    }
}

fn forget_half(buckets: &mut HashMap<Key, Bucket>) {
    let mut left: Vec<i64> = buckets.values().map(|bucket| bucket.left).collect();
    left.sort_unstable();
    let middle = left[left.len() / 2];
    buckets.retain(|_, bucket| bucket.left < middle);
}

fn name_key(name: &str) -> Key {
    Key::Name(Sha256::digest(name.to_ascii_lowercase()).into())
}

impl Left {
    fn refuse(self) -> Problem {
        let seconds = self.seconds;
        let detail = format!("Too many attempts to sign in failed; wait {seconds} s.");
        let mut problem = Problem::new(Code::TooManyAttempts, detail);
        for (name, value) in self.headers() {
            problem = problem.with_header(name, value);
        }
        problem.with_header(header::RETRY_AFTER, seconds.into())
    }

    /// The `RateLimit` headers of the IETF's draft 10.
    pub(super) fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let policy = format!(
            "\"login\";q={};w={}",
            self.per_minute,
            WINDOW_MILLIS / 1_000
        );
        let state = format!("\"login\";r={};t={}", self.attempts.max(0), self.seconds);
        [(POLICY, policy), (STATE, state)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, Timestamp};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("it is a time")
    }

    #[test]
    fn failures_use_up_the_attempts_of_a_name_and_time_gives_them_back() {
        let attempts = Attempts::per_minute(3);
        for left in [2, 1, 0] {
            assert_eq!(
                attempts
                    .take("Ada", None, at(0))
                    .expect("one is left")
                    .attempts,
                left
            );
        }
        assert!(
            attempts.take("ada", None, at(0)).is_err(),
            "capitals make no other name"
        );
        assert!(
            attempts.take("bob", None, at(0)).is_ok(),
            "other names have their own"
        );
        assert!(attempts.take("ada", None, at(19)).is_err());
        assert!(attempts.take("ada", None, at(20)).is_ok());
    }

    #[test]
    fn success_costs_nothing() {
        let attempts = Attempts::per_minute(2);
        for _ in 0..20 {
            attempts.take("ada", None, at(0)).expect("one is left");
            attempts.give_back("ada", None, at(0));
        }
    }

    #[test]
    fn an_address_that_tries_many_names_is_stopped() {
        let attempts = Attempts::per_minute(1);
        let address = "192.0.2.1".parse().ok();
        for name in 0..10 {
            assert!(attempts.take(&name.to_string(), address, at(0)).is_ok());
        }
        assert!(attempts.take("11", address, at(0)).is_err());
        assert!(attempts.take("12", None, at(0)).is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_neither_gives_nor_panics() {
        let attempts = Attempts::per_minute(1);
        assert!(attempts.take("ada", None, at(100)).is_ok());
        assert!(attempts.take("ada", None, at(0)).is_err());
    }
}
