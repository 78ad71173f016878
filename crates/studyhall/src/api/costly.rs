//! What one user, and one address, may do in a minute: whatever costs more than reading what is there.
//!
//! It counts where a session is looked up, so no route can forget it, and pages count together with the API. Signing in
//! and up, which have no session, have [limits of their own](super::attempts).

use axum::http::{Method, request::Parts};
use jiff::Timestamp;
use twinbase::prelude::*;
use twinbase_web::{Client, Limits, Policy, Problem, Taken};

/// Behind one address there can be a class.
const USERS_PER_ADDRESS: u32 = 20;

/// Something that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Costly {
    /// Any change that has no kind of its own.
    Write,
    /// A search, which reads four collections.
    Search,
    /// A file of everything.
    Export,
    /// Asking somebody to be friends, which others see.
    FriendRequest,
    /// Writing to somebody.
    Message,
    /// Answering a form.
    Response,
}

impl Costly {
    const ALL: [Self; 6] = [
        Self::Write,
        Self::Search,
        Self::Export,
        Self::FriendRequest,
        Self::Message,
        Self::Response,
    ];

    /// Its name in settings and in headers.
    const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Search => "search",
            Self::Export => "export",
            Self::FriendRequest => "friend-request",
            Self::Message => "message",
            Self::Response => "response",
        }
    }

    /// More than a busy person does by hand.
    const fn default_per_minute(self) -> u32 {
        match self {
            Self::Write => 300,
            Self::Search | Self::Message => 120,
            Self::Export => 20,
            Self::FriendRequest => 30,
            Self::Response => 60,
        }
    }

    /// What a request to this path of the API or of the pages is.
    pub(super) fn of(method: &Method, path: &str, query: Option<&str>) -> Option<Self> {
        let path = path.strip_prefix("/api").unwrap_or(path);
        let path = path.strip_prefix("/v1").unwrap_or(path);
        let parts: Vec<_> = path.split('/').skip(1).collect();
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let is_search = || query.is_some_and(|query| query.contains("search="));
        match (reads, &parts[..]) {
            (true, ["search"]) => Some(Self::Search),
            (true, ["todos"]) if is_search() => Some(Self::Search),
            (true, ["account", "export"]) => Some(Self::Export),
            (true, [.., last]) if last.rsplit_once('.').is_some_and(|(_, kind)| kind == "csv") => {
                Some(Self::Export)
            }
            (true, _) => None,
            (false, ["friends"]) => Some(Self::FriendRequest),
            (false, ["messages", _]) if *method == Method::POST => Some(Self::Message),
            (false, ["forms", _, "responses"]) => Some(Self::Response),
            (false, _) => Some(Self::Write),
        }
    }
}

/// How often a minute one user may do what costs. One address may do it twenty times as often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates(Option<[u32; Costly::ALL.len()]>);

impl Default for Rates {
    fn default() -> Self {
        Self(Some(Costly::ALL.map(Costly::default_per_minute)))
    }
}

impl Rates {
    /// Nothing is limited.
    pub const OFF: Self = Self(None);

    /// Reads `off`, or numbers such as `write=600, search=60`; what is not named stays as it is by default. Returns the
    /// part that is neither as the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "off" {
            return Ok(Self::OFF);
        }
        let mut rates = Costly::ALL.map(Costly::default_per_minute);
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let set = part.split_once('=').and_then(|(name, number)| {
                let kind = Costly::ALL
                    .iter()
                    .position(|kind| kind.name() == name.trim())?;
                let number = number.trim().parse().ok().filter(|number| *number > 0)?;
                rates[kind] = number;
                Some(())
            });
            set.ok_or_else(|| part.to_owned())?;
        }
        Ok(Self(Some(rates)))
    }

    /// As it is read.
    pub fn text(&self) -> String {
        let Some(rates) = self.0 else {
            return "off".to_owned();
        };
        let named = Costly::ALL.iter().zip(rates);
        let named = named.map(|(kind, rate)| format!("{}={rate}", kind.name()));
        named.collect::<Vec<_>>().join(",")
    }

    fn policy(&self, of: Costly) -> Option<Policy> {
        let kind = Costly::ALL.iter().position(|kind| *kind == of)?;
        Some(Policy {
            name: of.name(),
            per_minute: *self.0.as_ref()?.get(kind)?,
            of: "requests",
        })
    }
}

/// Counts what users do.
#[derive(Debug, Default)]
pub(super) struct Allowances {
    rates: Rates,
    limits: Limits,
}

impl Allowances {
    pub(super) fn new(rates: Rates) -> Self {
        Self {
            rates,
            limits: Limits::default(),
        }
    }

    /// Counts a request of a user, once however often it is looked at, and refuses what is too much.
    pub(super) fn take(
        &self,
        parts: &Parts,
        user: &AggregateId,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let of = Costly::of(&parts.method, parts.uri.path(), parts.uri.query());
        let taken = Taken::of(parts);
        let Some(policy) = of.and_then(|of| self.rates.policy(of)) else {
            return Ok(());
        };
        if taken.is_noted() {
            return Ok(());
        }
        let client = parts.extensions.get().copied().unwrap_or(Client(None));
        let of_address = Policy {
            per_minute: policy.per_minute.saturating_mul(USERS_PER_ADDRESS),
            ..policy
        };
        let of_address = self.limits.take(of_address, client, None, now)?;
        match self
            .limits
            .take(policy, Client(None), Some(user.as_str()), now)
        {
            Ok(attempt) => {
                taken.note(attempt.left);
                Ok(())
            }
            Err(refused) => {
                // One who is over the limit costs the others behind this address nothing.
                self.limits.give_back(&of_address, now);
                Err(refused)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_is_told_by_method_and_path_of_api_and_pages_alike() {
        for (method, path, query, expected) in [
            (Method::GET, "/api/v1/todos", None, None),
            (
                Method::GET,
                "/todos",
                Some("search=x"),
                Some(Costly::Search),
            ),
            (
                Method::GET,
                "/api/v1/search",
                Some("q=x"),
                Some(Costly::Search),
            ),
            (
                Method::GET,
                "/api/account/export",
                None,
                Some(Costly::Export),
            ),
            (
                Method::GET,
                "/forms/7/results.csv",
                None,
                Some(Costly::Export),
            ),
            (Method::POST, "/api/v1/todos", None, Some(Costly::Write)),
            (Method::PATCH, "/api/v1/users/me", None, Some(Costly::Write)),
            (Method::POST, "/friends", None, Some(Costly::FriendRequest)),
            (
                Method::POST,
                "/friends/ada/block",
                None,
                Some(Costly::Write),
            ),
            (
                Method::POST,
                "/api/v1/messages/ada",
                None,
                Some(Costly::Message),
            ),
            (
                Method::DELETE,
                "/api/v1/messages/7",
                None,
                Some(Costly::Write),
            ),
            (
                Method::POST,
                "/forms/7/responses",
                None,
                Some(Costly::Response),
            ),
        ] {
            assert_eq!(
                Costly::of(&method, path, query),
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        let rates = Rates::parse(" write=5, export = 1 ").expect("they are rates");
        assert_eq!(
            rates.text(),
            "write=5,search=120,export=1,friend-request=30,message=120,response=60"
        );
        assert_eq!(Rates::parse(&rates.text()), Ok(rates));
        assert_eq!(Rates::parse("off"), Ok(Rates::OFF));
        assert_eq!(Rates::parse(""), Ok(Rates::default()));
        for bad in ["write", "write=0", "write=-1", "fly=3", "write=x"] {
            assert_eq!(Rates::parse(bad), Err(bad.to_owned()));
        }
    }
}
