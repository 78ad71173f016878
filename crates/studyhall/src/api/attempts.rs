//! How often a client may fail to sign in, and how often it may sign up.
//!
//! A limit never locks out anybody else. Failures count for the client's network first, then for the
//! name as tried from that network: whoever tries a name from elsewhere does not use up its owner's attempts.

use jiff::Timestamp;
use twinbase_web::{Attempt, Client, Left, Limits, Policy, Problem};

use crate::domain::TypedName;

/// A network may fail for this many names: behind one address there can be a school.
const NAMES_PER_CLIENT: u32 = 10;

/// Counts attempts to sign in and up.
#[derive(Debug)]
pub(super) struct Attempts {
    limits: Limits,
    sign_up: Policy,
    of_client: Policy,
    of_name: Policy,
}

/// An attempt to sign in that has begun.
#[derive(Debug)]
pub(super) struct Login {
    of_client: Attempt,
    of_name: Attempt,
}

impl Login {
    /// What is left for this name.
    pub(super) const fn left(&self) -> Left {
        self.of_name.left
    }
}

impl Attempts {
    pub(super) fn per_minute(logins: u32, sign_ups: u32) -> Self {
        let policy = |name, per_minute| Policy {
            name,
            per_minute,
            of: "attempts",
        };
        let of_client = logins.max(1).saturating_mul(NAMES_PER_CLIENT);
        Self {
            limits: Limits::default(),
            sign_up: policy("sign-up", sign_ups),
            of_client: policy("login-client", of_client),
            of_name: policy("login", logins),
        }
    }

    /// Takes an attempt to sign in, before it is known how it ends. What cannot be a name shares one limit.
    pub(super) fn begin_login(
        &self,
        name: Option<&TypedName>,
        client: Client,
        now: Timestamp,
    ) -> Result<Login, Problem> {
        let of_client = self.limits.take(self.of_client, client, None, now)?;
        let name = name.map(TypedName::folded);
        let of_name = self.limits.take(self.of_name, client, name.as_deref(), now);
        match of_name {
            Ok(of_name) => Ok(Login { of_client, of_name }),
            Err(refused) => {
                // No password was checked, so it costs the others behind this address nothing.
                self.limits.give_back(&of_client, now);
                Err(refused)
            }
        }
    }

    /// Gives an attempt to sign in back. Returns what is left then.
    pub(super) fn give_login_back(&self, login: &Login, now: Timestamp) -> Left {
        self.limits.give_back(&login.of_client, now);
        self.limits.give_back(&login.of_name, now)
    }

    /// Takes a sign-up. A success counts as well: each costs a hash.
    pub(super) fn begin_sign_up(&self, client: Client, now: Timestamp) -> Result<Attempt, Problem> {
        self.limits.take(self.sign_up, client, None, now)
    }

    /// Gives a sign-up back: nobody knows how it ended.
    pub(super) fn give_sign_up_back(&self, attempt: &Attempt, now: Timestamp) {
        self.limits.give_back(attempt, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Client = Client(None);

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).expect("it is a time")
    }

    fn from(address: &str) -> Client {
        Client(Some(address.parse().expect("it is an address")))
    }

    fn tries(attempts: &Attempts, name: &str, client: Client) -> bool {
        let name = TypedName::parse(name).ok();
        attempts.begin_login(name.as_ref(), client, now()).is_ok()
    }

    #[test]
    fn letter_case_makes_no_other_name() {
        let attempts = Attempts::per_minute(1, 1);
        assert!(tries(&attempts, "Ada", HERE));
        assert!(!tries(&attempts, "ada", HERE));
    }

    #[test]
    fn a_stranger_locks_nobody_out() {
        let attempts = Attempts::per_minute(3, 1);
        let (stranger, owner) = (from("192.0.2.1"), from("192.0.2.2"));
        for _ in 0..1_000 {
            tries(&attempts, "ada", stranger);
            tries(&attempts, "bob", stranger);
        }
        assert!(!tries(&attempts, "ada", stranger));
        assert!(tries(&attempts, "ada", owner) && tries(&attempts, "bob", owner));
        assert!(tries(&attempts, "eve", stranger), "nor anybody beside it");
    }

    #[test]
    fn what_is_given_back_costs_nothing() {
        let attempts = Attempts::per_minute(2, 1);
        let ada = TypedName::parse("ada").ok();
        for _ in 0..50 {
            let login = attempts.begin_login(ada.as_ref(), HERE, now());
            attempts.give_login_back(&login.expect("one is left"), now());
        }
    }

    #[test]
    fn a_client_that_tries_many_names_is_stopped_before_any_name_is_counted() {
        let attempts = Attempts::per_minute(1, 1);
        let client = from("192.0.2.1");
        for name in 0..10 {
            assert!(tries(&attempts, &name.to_string(), client));
        }
        let login = attempts.begin_login(None, client, now());
        let refused = format!("{:?}", login.expect_err("the client is stopped"));
        assert!(refused.contains("login-client"), "{refused}");
        assert!(tries(&attempts, "12", from("192.0.2.2")));
    }

    #[test]
    fn what_cannot_be_a_name_shares_one_bucket() {
        let attempts = Attempts::per_minute(1, 1);
        assert!(tries(&attempts, &"a".repeat(65), HERE));
        assert!(!tries(&attempts, "a\0", HERE));
        assert!(tries(&attempts, "kate", HERE));
        assert!(
            !tries(&attempts, "\u{212a}ate", HERE),
            "it is the same name"
        );
    }

    #[test]
    fn sign_ups_are_counted_by_client() {
        let attempts = Attempts::per_minute(1, 2);
        let signs_up = |client| attempts.begin_sign_up(client, now()).is_ok();
        assert!(signs_up(from("192.0.2.1")) && signs_up(from("192.0.2.1")));
        assert!(!signs_up(from("192.0.2.1")));
        assert!(signs_up(from("192.0.2.2")));
    }
}
