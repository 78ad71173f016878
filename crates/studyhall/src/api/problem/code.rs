//! All problems that a client can meet, each with its status.

use axum::http::StatusCode;

/// What kind of problem it is; the `code` of its document.
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
    /// There is no session, or none any more.
    Unauthenticated,
    /// The session's time is over.
    SessionExpired,
    /// No user has this name and this password.
    WrongCredentials,
    /// It is another user's.
    Forbidden,
    /// It is for operators alone.
    OperatorsOnly,
    /// The metrics are not open to this client.
    MetricsClosed,
    /// A browser sent it on behalf of another site.
    CrossSite,
    /// There is no such thing, or no such path.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed,
    /// Another user has this name.
    UsernameTaken,
    /// Another user has this address.
    EmailTaken,
    /// Something with this key exists already.
    AlreadyExists,
    /// It refers to what does not exist, or something refers to it.
    ReferenceConflict,
    /// The operation has ended already.
    OperationEnded,
    /// A request with the same idempotency key is not done yet.
    IdempotencyInProgress,
    /// The version is not the one that `If-Match` names.
    PreconditionFailed,
    /// The body is too large.
    PayloadTooLarge,
    /// The content type is not JSON.
    UnsupportedMediaType,
    /// Fields of the body are missing, unknown or not acceptable.
    InvalidFields,
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// Too many failed sign-ins.
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
    /// The name and the title of this kind.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::MalformedJson => ("malformed-json", "The body is not JSON"),
            Self::MalformedBody => ("malformed-body", "The body cannot be read"),
            Self::InvalidParameter => ("invalid-parameter", "A query parameter is invalid"),
            Self::InvalidHeader => ("invalid-header", "A header is invalid"),
            Self::Unauthenticated => ("unauthenticated", "Sign in first"),
            Self::SessionExpired => ("session-expired", "The session has ended"),
            Self::WrongCredentials => ("wrong-credentials", "Name or password is wrong"),
            Self::Forbidden => ("forbidden", "This belongs to another user"),
            Self::OperatorsOnly => ("operators-only", "Only operators may do this"),
            Self::MetricsClosed => ("metrics-closed", "The metrics are closed"),
            Self::CrossSite => ("cross-site", "The request comes from another site"),
            Self::NotFound => ("not-found", "Not found"),
            Self::MethodNotAllowed => ("method-not-allowed", "The path does not have this method"),
            Self::UsernameTaken => ("username-taken", "The username is taken"),
            Self::EmailTaken => ("email-taken", "The e-mail address is taken"),
            Self::AlreadyExists => ("already-exists", "It exists already"),
            Self::ReferenceConflict => ("reference-conflict", "A reference does not allow this"),
            Self::OperationEnded => ("operation-ended", "The operation has ended already"),
            Self::IdempotencyInProgress => (
                "idempotency-in-progress",
                "The same request is still running",
            ),
            Self::PreconditionFailed => ("precondition-failed", "It has changed in the meantime"),
            Self::PayloadTooLarge => ("payload-too-large", "The body is too large"),
            Self::UnsupportedMediaType => ("unsupported-media-type", "Send JSON"),
            Self::InvalidFields => ("invalid-fields", "Fields are invalid"),
            Self::IdempotencyMismatch => (
                "idempotency-mismatch",
                "The idempotency key belongs to another request",
            ),
            Self::TooManyAttempts => ("too-many-attempts", "Too many attempts"),
            Self::Internal => ("internal", "Internal error"),
            Self::Busy => ("busy", "The server is busy"),
            Self::Contention => ("contention", "Concurrent changes conflicted"),
            Self::PrimaryUnavailable => ("primary-unavailable", "The database does not answer"),
            Self::PrimaryRefuses => ("primary-refuses", "The database refuses the request"),
            Self::ReplicaUnavailable => (
                "replica-unavailable",
                "The document database does not answer",
            ),
            Self::NotCaughtUp => ("not-caught-up", "The replica has not caught up"),
            Self::TimedOut => ("timed-out", "The request timed out"),
        }
    }

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        use StatusCode as S;
        match self {
            Self::MalformedJson
            | Self::MalformedBody
            | Self::InvalidParameter
            | Self::InvalidHeader => S::BAD_REQUEST,
            Self::Unauthenticated | Self::SessionExpired | Self::WrongCredentials => {
                S::UNAUTHORIZED
            }
            Self::Forbidden | Self::OperatorsOnly | Self::MetricsClosed | Self::CrossSite => {
                S::FORBIDDEN
            }
            Self::NotFound => S::NOT_FOUND,
            Self::MethodNotAllowed => S::METHOD_NOT_ALLOWED,
            Self::UsernameTaken
            | Self::EmailTaken
            | Self::AlreadyExists
            | Self::ReferenceConflict
            | Self::OperationEnded
            | Self::IdempotencyInProgress => S::CONFLICT,
            Self::PreconditionFailed => S::PRECONDITION_FAILED,
            Self::PayloadTooLarge => S::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => S::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields | Self::IdempotencyMismatch => S::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts => S::TOO_MANY_REQUESTS,
            Self::Internal => S::INTERNAL_SERVER_ERROR,
            Self::Busy
            | Self::Contention
            | Self::PrimaryUnavailable
            | Self::PrimaryRefuses
            | Self::ReplicaUnavailable
            | Self::NotCaughtUp
            | Self::TimedOut => S::SERVICE_UNAVAILABLE,
        }
    }

    /// The name that clients test for.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// The same sentence for every problem of this kind.
    pub const fn title(self) -> &'static str {
        self.words().1
    }

    /// After how many seconds the same request may succeed; `None` when it never will by itself.
    pub const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::IdempotencyInProgress | Self::Busy | Self::Contention | Self::NotCaughtUp => {
                Some(1)
            }
            Self::PrimaryUnavailable | Self::ReplicaUnavailable | Self::TimedOut => Some(5),
            // Somebody has to act first.
            Self::PrimaryRefuses => Some(30),
            // How long depends on the attempts made; whoever counts them says it.
            Self::TooManyAttempts => Some(60),
            Self::MalformedJson
            | Self::MalformedBody
            | Self::InvalidParameter
            | Self::InvalidHeader
            | Self::Unauthenticated
            | Self::SessionExpired
            | Self::WrongCredentials
            | Self::Forbidden
            | Self::OperatorsOnly
            | Self::MetricsClosed
            | Self::CrossSite
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UsernameTaken
            | Self::EmailTaken
            | Self::AlreadyExists
            | Self::ReferenceConflict
            | Self::OperationEnded
            | Self::PreconditionFailed
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::InvalidFields
            | Self::IdempotencyMismatch
            | Self::Internal => None,
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
