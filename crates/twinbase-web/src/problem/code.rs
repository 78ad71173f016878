//! The problems that every service on Twinbase can meet.

use axum::http::StatusCode;

use super::Kind;

/// A problem that is no matter of one application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The body is not JSON.
    MalformedJson,
    /// The body could not be read to its end.
    MalformedBody,
    /// A parameter of the query is unknown or cannot be read.
    InvalidParameter,
    /// A header cannot be read.
    InvalidHeader,
    /// There are no credentials, or none that hold.
    Unauthenticated,
    /// A browser sent it on behalf of another site.
    CrossSite,
    /// There is no such thing, or no such path.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed,
    /// Something with this key exists already.
    AlreadyExists,
    /// It refers to what does not exist, or something refers to it.
    ReferenceConflict,
    /// A request with the same idempotency key is not done yet.
    IdempotencyInProgress,
    /// The version is not the one that `If-Match` names.
    PreconditionFailed,
    /// The body is too large.
    PayloadTooLarge,
    /// The content type is none that is read here.
    UnsupportedMediaType,
    /// Fields of the body are missing, unknown or not acceptable.
    InvalidFields,
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// A limit on attempts is reached.
    TooManyAttempts,
    /// Our mistake.
    Internal,
    /// Too many requests are waiting.
    Busy,
    /// Concurrent writers conflicted again and again.
    Contention,
    /// The SQL database does not answer.
    PrimaryUnavailable,
    /// The SQL database answers and refuses: an operator has to act.
    PrimaryRefuses,
    /// The document database does not answer, and nobody else may or can.
    ReplicaUnavailable,
    /// The replica does not have the write yet that the read asks for.
    NotCaughtUp,
    /// It took longer than the limit.
    TimedOut,
}

impl Code {
    /// The table of these codes.
    pub const fn kind(self) -> Kind {
        use StatusCode as S;
        match self {
            Self::MalformedJson => {
                Kind::new(S::BAD_REQUEST, "malformed-json", "The body is not JSON")
            }
            Self::MalformedBody => {
                Kind::new(S::BAD_REQUEST, "malformed-body", "The body cannot be read")
            }
            Self::InvalidParameter => Kind::new(
                S::BAD_REQUEST,
                "invalid-parameter",
                "A query parameter is invalid",
            ),
            Self::InvalidHeader => {
                Kind::new(S::BAD_REQUEST, "invalid-header", "A header is invalid")
            }
            Self::Unauthenticated => Kind::new(S::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            Self::CrossSite => Kind::new(
                S::FORBIDDEN,
                "cross-site",
                "The request comes from another site",
            ),
            Self::NotFound => Kind::new(S::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => Kind::new(
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The path does not have this method",
            ),
            Self::AlreadyExists => Kind::new(S::CONFLICT, "already-exists", "It exists already"),
            Self::ReferenceConflict => Kind::new(
                S::CONFLICT,
                "reference-conflict",
                "A reference does not allow this",
            ),
            Self::IdempotencyInProgress => Kind::new(
                S::CONFLICT,
                "idempotency-in-progress",
                "The same request is still running",
            )
            .retry_after(1),
            Self::PreconditionFailed => Kind::new(
                S::PRECONDITION_FAILED,
                "precondition-failed",
                "It has changed in the meantime",
            ),
            Self::PayloadTooLarge => Kind::new(
                S::PAYLOAD_TOO_LARGE,
                "payload-too-large",
                "The body is too large",
            ),
            Self::UnsupportedMediaType => Kind::new(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Send JSON",
            ),
            Self::InvalidFields => Kind::new(
                S::UNPROCESSABLE_ENTITY,
                "invalid-fields",
                "Fields are invalid",
            ),
            Self::IdempotencyMismatch => Kind::new(
                S::UNPROCESSABLE_ENTITY,
                "idempotency-mismatch",
                "The idempotency key belongs to another request",
            ),
            // How long depends on the attempts made; whoever counts them says it.
            Self::TooManyAttempts => Kind::new(
                S::TOO_MANY_REQUESTS,
                "too-many-attempts",
                "Too many requests",
            )
            .retry_after(60),
            Self::Internal => Kind::new(S::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Busy => unavailable("busy", "The server is busy", 1),
            Self::Contention => unavailable("contention", "Concurrent changes conflicted", 1),
            Self::PrimaryUnavailable => {
                unavailable("primary-unavailable", "The database does not answer", 5)
            }
            // Somebody has to act first.
            Self::PrimaryRefuses => {
                unavailable("primary-refuses", "The database refuses the request", 30)
            }
            Self::ReplicaUnavailable => unavailable(
                "replica-unavailable",
                "The document database does not answer",
                5,
            ),
            Self::NotCaughtUp => unavailable("not-caught-up", "The replica has not caught up", 1),
            Self::TimedOut => unavailable("timed-out", "The request timed out", 5),
        }
    }

    /// The code for an answer that a part of the framework made without one.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidFields,
            status if status.is_client_error() => Self::MalformedBody,
            _ => Self::Internal,
        }
    }
}

const fn unavailable(name: &'static str, title: &'static str, seconds: u64) -> Kind {
    Kind::new(StatusCode::SERVICE_UNAVAILABLE, name, title).retry_after(seconds)
}

impl From<Code> for Kind {
    fn from(code: Code) -> Self {
        code.kind()
    }
}
