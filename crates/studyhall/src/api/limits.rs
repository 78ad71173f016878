//! How often a client may fail to sign in, and how often it may sign up: buckets that fill again evenly.
//!
//! A limit never locks out anybody else. Failures count for the client's network first, then for the
//! name as tried from that network: whoever tries a name from elsewhere does not use up its owner's attempts.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderName, HeaderValue, header};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Code, Problem, client::Client};
use crate::domain::Username;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

const WINDOW_MILLIS: i64 = 60_000;
/// A network may fail for this many names: behind one address there can be a school.
const NAMES_PER_CLIENT: u32 = 10;
/// About 5 MB. Beyond that the fullest buckets, which are the most harmless, are dropped.
const MOST_BUCKETS: usize = 50_000;

/// Counts attempts.
#[derive(Debug)]
pub(super) struct Limits {
    logins_per_minute: u32,
    sign_ups_per_minute: u32,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    SignUp(Client),
    Login(Client),
    /// The name by its hash, which is the same size for all; `None` for what cannot be a name.
    LoginAs(Option<[u8; 32]>, Client),
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In thousandths of an attempt.
    left: i64,
    at: Timestamp,
}

/// An attempt that has begun. It counts until it is given back.
#[derive(Debug)]
pub(super) struct Attempt {
    keys: Vec<Key>,
    /// What is left of the narrowest limit.
    pub(super) left: Left,
}

/// What is left after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    policy: &'static str,
    per_minute: u32,
    attempts: i64,
    /// Until there is one more.
    seconds: i64,
}

impl Limits {
    pub(super) fn per_minute(logins: u32, sign_ups: u32) -> Self {
        Self {
            logins_per_minute: logins.max(1),
            sign_ups_per_minute: sign_ups.max(1),
            buckets: Mutex::default(),
        }
    }

    /// Takes an attempt to sign in, before it is known how it ends.
    pub(super) fn begin_login(
        &self,
        name: Option<&Username>,
        client: Client,
        now: Timestamp,
    ) -> Result<Attempt, Problem> {
        let mut attempt = self.take(Key::Login(client), now)?;
        let hash = name.map(|name| Sha256::digest(name.folded()).into());
        match self.take(Key::LoginAs(hash, client), now) {
            Ok(of_name) => {
                attempt.keys.extend(of_name.keys);
                attempt.left = of_name.left;
                Ok(attempt)
            }
            Err(refused) => {
                // No password was checked, so it costs the others behind this address nothing.
                self.give_back(&attempt, now);
                Err(refused)
            }
        }
    }

    /// Takes a sign-up. A success counts as well: each costs a hash.
    pub(super) fn begin_sign_up(&self, client: Client, now: Timestamp) -> Result<Attempt, Problem> {
        self.take(Key::SignUp(client), now)
    }

    /// Gives an attempt back: it should not count, or nobody knows how it ended. Returns what is left then.
    pub(super) fn give_back(&self, attempt: &Attempt, now: Timestamp) -> Left {
        let keys = attempt.keys.iter();
        let left = keys.map(|key| self.change(*key, now, 1_000)).last();
        left.unwrap_or(attempt.left)
    }

    fn take(&self, key: Key, now: Timestamp) -> Result<Attempt, Problem> {
        let left = self.change(key, now, -1_000);
        if left.attempts < 0 {
            return Err(left.refuse());
        }
        Ok(Attempt {
            keys: vec![key],
            left,
        })
    }

    const fn limit(&self, key: Key) -> (&'static str, u32) {
        match key {
            Key::SignUp(_) => ("sign-up", self.sign_ups_per_minute),
            Key::Login(_) => (
                "login-client",
                self.logins_per_minute.saturating_mul(NAMES_PER_CLIENT),
            ),
            Key::LoginAs(..) => ("login", self.logins_per_minute),
        }
    }

    /// Changes a bucket; one that has too little stays as it is, and `attempts` is negative.
    fn change(&self, key: Key, now: Timestamp, by: i64) -> Left {
        let (policy, per_minute) = self.limit(key);
        let most = i64::from(per_minute) * 1_000;
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
            per_minute,
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
        let detail = format!("Too many attempts. Wait {seconds} s, then try again.");
        let mut problem = Problem::new(Code::TooManyAttempts, detail);
        for (name, value) in self.headers() {
            problem = problem.with_header(name, value);
        }
        problem.with_header(header::RETRY_AFTER, seconds.into())
    }

    /// The `RateLimit` headers of the IETF's draft 10.
    pub(super) fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let Self {
            policy,
            per_minute,
            attempts,
            seconds,
        } = self;
        let window = WINDOW_MILLIS / 1_000;
        let state = format!("\"{policy}\";r={};t={seconds}", attempts.max(0));
        let policy = format!("\"{policy}\";q={per_minute};w={window}");
        [(POLICY, policy), (STATE, state)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Client = Client(None);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("it is a time")
    }

    fn from(address: &str) -> Client {
        Client(Some(address.parse().expect("it is an address")))
    }

    fn tries(limits: &Limits, name: &str, client: Client, second: i64) -> bool {
        let name = Username::parse(name).ok();
        limits
            .begin_login(name.as_ref(), client, at(second))
            .is_ok()
    }

    #[test]
    fn failures_use_up_the_attempts_of_a_name_and_time_gives_them_back() {
        let limits = Limits::per_minute(3, 1);
        for _ in 0..3 {
            assert!(tries(&limits, "Ada", HERE, 0));
        }
        assert!(
            !tries(&limits, "ada", HERE, 0),
            "letter case makes no other name"
        );
        assert!(tries(&limits, "bob", HERE, 0), "other names have their own");
        assert!(!tries(&limits, "ada", HERE, 19));
        assert!(tries(&limits, "ada", HERE, 20));
    }

    #[test]
    fn a_stranger_locks_nobody_out() {
        let limits = Limits::per_minute(3, 1);
        let (stranger, owner) = (from("192.0.2.1"), from("192.0.2.2"));
        for _ in 0..1_000 {
            tries(&limits, "ada", stranger, 0);
            tries(&limits, "bob", stranger, 0);
        }
        assert!(!tries(&limits, "ada", stranger, 0));
        assert!(tries(&limits, "ada", owner, 0) && tries(&limits, "bob", owner, 0));
        assert!(tries(&limits, "eve", stranger, 0), "nor anybody beside it");
    }

    #[test]
    fn what_is_given_back_costs_nothing() {
        let limits = Limits::per_minute(2, 1);
        let ada = Username::parse("ada").ok();
        for _ in 0..50 {
            let attempt = limits.begin_login(ada.as_ref(), HERE, at(0));
            limits.give_back(&attempt.expect("one is left"), at(0));
        }
    }

    #[test]
    fn a_client_that_tries_many_names_is_stopped_before_any_name_is_counted() {
        let limits = Limits::per_minute(1, 1);
        let client = from("192.0.2.1");
        for name in 0..10 {
            assert!(tries(&limits, &name.to_string(), client, 0));
        }
        let count = || limits.buckets.lock().expect("nobody panicked").len();
        let before = count();
        assert!(!tries(&limits, "11", client, 0));
        assert_eq!(count(), before);
        assert!(tries(&limits, "12", from("192.0.2.2"), 0));
    }

    #[test]
    fn what_cannot_be_a_name_shares_one_bucket() {
        let limits = Limits::per_minute(1, 1);
        assert!(tries(&limits, "\u{212a}ate", HERE, 0));
        assert!(!tries(&limits, "a b", HERE, 0));
        assert!(tries(&limits, "kate", HERE, 0));
    }

    #[test]
    fn sign_ups_are_counted_by_client() {
        let limits = Limits::per_minute(1, 2);
        let signs_up = |client| limits.begin_sign_up(client, at(0)).is_ok();
        assert!(signs_up(from("192.0.2.1")) && signs_up(from("192.0.2.1")));
        assert!(!signs_up(from("192.0.2.1")));
        assert!(signs_up(from("192.0.2.2")));
    }

    #[test]
    fn a_clock_that_goes_back_neither_gives_nor_panics() {
        let limits = Limits::per_minute(1, 1);
        assert!(tries(&limits, "ada", HERE, 100));
        assert!(!tries(&limits, "ada", HERE, 0));
    }
}
