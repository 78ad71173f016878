//! Studyhall's own problems: its codes, and from errors of the domain to them.

use axum::http::{HeaderValue, StatusCode, header};
use twinbase::{ScrubError, prelude::ReadError};
use twinbase_web::{Code as Common, Fault, Kind, Problem};

use crate::domain::{Error, Rule, WrongAnswer};

/// A problem that Studyhall adds to those of every service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The session's time is over.
    SessionExpired,
    /// No user has this name and this password.
    WrongCredentials,
    /// It is another user's.
    Forbidden,
    /// It is for operators alone.
    OperatorsOnly,
}

impl From<Code> for Kind {
    fn from(code: Code) -> Self {
        use StatusCode as S;
        let (status, name, title) = match code {
            Code::SessionExpired => (S::UNAUTHORIZED, "session-expired", "The session has ended"),
            Code::WrongCredentials => (
                S::UNAUTHORIZED,
                "wrong-credentials",
                "Name or password is wrong",
            ),
            Code::Forbidden => (S::FORBIDDEN, "forbidden", "This belongs to another user"),
            Code::OperatorsOnly => (S::FORBIDDEN, "operators-only", "Only operators may do this"),
        };
        Self::new(status, name, title)
    }
}

/// What a rule forbids as things are may be right when they have changed: a conflict.
impl From<Rule> for Kind {
    fn from(rule: Rule) -> Self {
        let (name, title) = rule.names();
        Self::new(StatusCode::CONFLICT, name, title)
    }
}

/// A session that has ended, which a client can tell from one that never was.
pub(super) fn session_expired() -> Problem {
    let problem = Problem::new(
        Code::SessionExpired,
        "The session has expired. Sign in again.",
    );
    let challenge = "Bearer realm=\"studyhall\", error=\"invalid_token\"";
    problem.with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

/// More are not shown: names that no question has may be many.
const MOST_FAULTS: usize = 50;

/// A name that no question has may be long: it is cut.
fn fault(wrong: WrongAnswer) -> Fault {
    let question: String = wrong.question.chars().take(64).collect();
    let question = question.replace('~', "~0").replace('/', "~1");
    Fault {
        pointer: Some(format!("/answers/{question}")),
        parameter: None,
        detail: wrong.reason,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what } => {
                Self::new(Common::NotFound, format!("There is no such {what}."))
            }
            Error::Rule(rule) => Self::new(rule, rule.to_string()),
            Error::WrongAnswers(wrong) => {
                Self::invalid_fields(wrong.into_iter().take(MOST_FAULTS).map(fault).collect())
            }
            Error::Against { rule, about } => Self::new(rule, format!("{rule} {about}")),
            Error::Busy { operation } => Self::new(
                Common::Busy,
                format!("Too many requests are waiting to {operation}. Try again soon."),
            ),
            Error::Primary(error) | Error::Scrub(ScrubError::Primary(error)) => error.into(),
            Error::Read(error) => error.into(),
            Error::Scrub(ScrubError::Replica(error)) => ReadError::Replica(error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use twinbase::{core::error::Constraint, prelude::*};

    use super::*;

    #[test]
    fn a_unique_constraint_is_told_by_its_name() {
        for (name, kind) in [
            ("users_username_key", Rule::UsernameTaken.into()),
            ("users_email_key", Rule::EmailTaken.into()),
            ("friends_username_email_key", Common::AlreadyExists.kind()),
        ] {
            let error = PrimaryError::Constraint {
                operation: "insert rows",
                constraint: Constraint::Unique,
                name: Some(name.to_owned()),
            };
            assert_eq!(Problem::from(Error::from(error)).kind(), kind, "{name}");
        }
    }
}
