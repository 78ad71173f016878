//! What the driver and the server report, sorted by what to do about it. What a code means is in [`codes`] alone.

use mongodb::error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR};
use twinbase_core::ReplicaError;

use super::codes::{self, Meaning};

/// How rustls says that the other side does not speak TLS, or not ours.
const TLS_FAILURES: [&str; 3] = [
    "received corrupt message",
    "received fatal alert",
    "peer is incompatible",
];

/// Labels by which a server says that the same command may succeed later, whatever its code.
const PASSING: [&str; 4] = [
    RETRYABLE_WRITE_ERROR,
    TRANSIENT_TRANSACTION_ERROR,
    "SystemOverloadedError",
    "RetryableError",
];

/// Why a call did not succeed. Causes are texts: the driver's own errors carry the server's whole answer, which may
/// quote documents.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server is away; the same call may succeed later.
    Away(String),
    /// Another writer was in the way; the same call may succeed now.
    Contended(String),
    /// A person has to act, or to find out what it is: what nobody knows is a state of the server too.
    Operator(String),
    /// The server gave up after the time that it was given.
    OutOfTime,
    /// The work or its result is too large for the server.
    TooMuch { code: i32, message: String },
    /// The server does not accept the request, for a reason that lies in it.
    Request { code: i32, message: String },
    /// The server has nothing of the kind: it is too old, or only a relative of MongoDB.
    Lacking { code: i32, message: String },
    /// An answer that makes no sense.
    Odd(String),
}

impl Failure {
    /// Sorts an error of the driver.
    pub(super) fn of(error: &Error) -> Self {
        match &*error.kind {
            ErrorKind::Command(_) if PASSING.iter().any(|label| error.contains_label(label)) => {
                Self::Away("the server asks to try again".to_owned())
            }
            ErrorKind::Command(error) => {
                Self::of_code(error.code, &error.code_name, &error.message)
            }
            ErrorKind::Authentication { .. } => Self::Operator(
                "the server does not accept the user or the password of the URL (is `authSource` right?)"
                    .to_owned(),
            ),
            ErrorKind::InvalidTlsConfig { message, .. } => {
                Self::Operator(format!("the TLS options of the URL do not work: {message}"))
            }
            ErrorKind::IncompatibleServer { message, .. } => {
                Self::Operator(format!("the server is not supported: {message}"))
            }
            ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            | ErrorKind::Shutdown => Self::unreachable(&error.kind.to_string()),
            // Not the server's state but what it holds: for a verification to find.
            ErrorKind::BsonDeserialization(_) | ErrorKind::Bson(_) => {
                Self::Odd("a document cannot be decoded".to_owned())
            }
            ErrorKind::InvalidArgument { message, .. } => Self::Request {
                code: 0,
                message: shortened(message),
            },
            other => Self::Operator(shortened(&other.to_string())),
        }
    }

    /// Sorts a code that the server gave.
    pub(super) fn of_code(code: i32, name: &str, message: &str) -> Self {
        let named = || {
            format!("the server answered code {code} {name}")
                .trim_end()
                .to_owned()
        };
        match codes::meaning(code) {
            Meaning::Away => Self::Away(named()),
            Meaning::Contended => Self::Contended(named()),
            Meaning::Operator(remedy) => Self::Operator(format!("{}: {remedy}", named())),
            Meaning::Unknown => Self::Operator(format!("{}; its log says why", named())),
            Meaning::OutOfTime => Self::OutOfTime,
            Meaning::TooMuch => Self::TooMuch {
                code,
                message: shortened(message),
            },
            Meaning::Lacking => Self::Lacking {
                code,
                message: shortened(message),
            },
            Meaning::Query | Meaning::Document(_) => Self::Request {
                code,
                message: shortened(message),
            },
        }
    }

    /// A certificate that is not trusted, or TLS with a server that has none, ends in the same errors as a server that
    /// is down; but waiting does not help.
    fn unreachable(message: &str) -> Self {
        if message.contains("certificate") {
            Self::Operator(format!(
                "the server's certificate is not trusted: {}; name its authority with `tlsCAFile` in the URL",
                shortened(message)
            ))
        } else if TLS_FAILURES.iter().any(|sign| message.contains(sign)) {
            Self::Operator(format!(
                "TLS with the server does not work: {}; is `tls` in the URL as the server has it?",
                shortened(message)
            ))
        } else {
            Self::Away(shortened(&without_topology(message)))
        }
    }

    /// The error for a call of ours. A request that is not accepted is nobody's fault here: a person has to see why.
    pub(super) fn into_error(self, operation: &'static str) -> ReplicaError {
        match self {
            Self::Away(source) | Self::Contended(source) => away(operation, source),
            Self::OutOfTime => away(operation, "the server gave up after its time".to_owned()),
            Self::Operator(reason) => ReplicaError::Refused { operation, reason },
            Self::Odd(reason) => ReplicaError::Unexpected { operation, reason },
            Self::Lacking { code, message } => ReplicaError::Refused {
                operation,
                reason: format!(
                    "the server answered code {code} ({message}): it is too old, or only a relative of MongoDB"
                ),
            },
            Self::TooMuch { code, message } | Self::Request { code, message } => {
                ReplicaError::Refused {
                    operation,
                    reason: format!(
                        "the server answered code {code} ({message}); its log says why"
                    ),
                }
            }
        }
    }

    /// The error for a reader's query.
    pub(super) fn into_query_error(self, operation: &'static str) -> ReplicaError {
        match self {
            Self::OutOfTime => ReplicaError::LimitExceeded {
                reason: "it took longer than a query may take".to_owned(),
            },
            Self::TooMuch { code, message } => ReplicaError::LimitExceeded {
                reason: format!("{message} (code {code})"),
            },
            Self::Request { code, message } | Self::Lacking { code, message } => {
                let reason = format!("{message} (code {code})");
                if lacks_text_search(code, &message) {
                    ReplicaError::NoTextSearch { reason }
                } else {
                    ReplicaError::InvalidQuery { reason }
                }
            }
            other => other.into_error(operation),
        }
    }
}

/// Whether a reader's query was refused because it searches texts. It can name no index, so the one that MongoDB misses
/// is the text index; a relative without text search says that it knows neither `$text` nor the `$search` in it.
fn lacks_text_search(code: i32, message: &str) -> bool {
    let names_it = ["$text", "$search"]
        .iter()
        .any(|name| message.contains(name));
    let is_unknown = codes::meaning(code) == Meaning::Lacking || message.contains("unknown");
    code == codes::INDEX_NOT_FOUND || (names_it && is_unknown)
}

fn away(operation: &'static str, source: String) -> ReplicaError {
    ReplicaError::Unavailable {
        operation,
        source: source.into(),
    }
}

/// Servers quote whole queries and topologies.
/// The driver ends a message with all that it knows of its servers; of that, what one of them said is the reason.
fn without_topology(message: &str) -> String {
    let Some((said, topology)) = message.split_once(" Topology: ") else {
        return message.to_owned();
    };
    let said = said.trim_end_matches('.');
    let reason = topology.split_once("Error: Kind: ");
    let reason = reason.map(|(_, reason)| reason.split(", labels").next().unwrap_or(reason));
    reason.map_or_else(|| said.to_owned(), |reason| format!("{said}: {reason}"))
}

fn shortened(message: &str) -> String {
    const MAX_CHARS: usize = 300;
    match message.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_what_the_driver_knows_of_its_servers_the_reason_is_left() {
        let whole = "Server selection timeout: No available servers. Topology: { Type: Single, Servers: [ { Address: db:27017, Type: Unknown, \
                     Error: Kind: I/O error: Connection refused (os error 111), labels: {\"SystemOverloadedError\"} } ] }";
        let plain = "Server selection timeout: No available servers: I/O error: Connection refused (os error 111)";
        assert_eq!(super::without_topology(whole), plain);
        assert_eq!(super::without_topology("closed"), "closed");
    }

    use twinbase_core::{Disposition, ReplicaError};

    use super::Failure;

    fn query(code: i32) -> ReplicaError {
        Failure::of_code(code, "Name", "unknown operator: $nonsense").into_query_error("find")
    }

    #[test]
    fn a_bad_query_is_the_readers_fault_and_a_bad_command_of_ours_is_for_a_person() {
        assert!(
            matches!(query(2), ReplicaError::InvalidQuery { reason } if reason.contains("$nonsense"))
        );
        let ours = Failure::of_code(2, "BadValue", "x").into_error("scan");
        assert_eq!(ours.disposition(), Disposition::Operator);
    }

    #[test]
    fn a_search_that_the_server_cannot_make_is_told_from_a_wrong_one() {
        let of = |code, text| Failure::of_code(code, "Name", text).into_query_error("find");
        for (code, text) in [
            (27, "text index required for $text query"),
            (2, "unknown top level operator: $text"),
            (2, "unknown operator: $search"),
            (238, "$text is not implemented"),
        ] {
            let error = of(code, text);
            assert!(
                matches!(error, ReplicaError::NoTextSearch { .. }),
                "{error:?}"
            );
        }
        for (code, text) in [
            (2, "$text needs a $search"),
            (2, "unknown operator: $x"),
            (238, "$x"),
        ] {
            let error = of(code, text);
            assert!(
                matches!(error, ReplicaError::InvalidQuery { .. }),
                "{error:?}"
            );
        }
    }

    #[test]
    fn an_unknown_code_is_a_state_of_the_server() {
        for code in [1, 371, 473, 14031] {
            let error = Failure::of_code(code, "Name", "").into_error("apply");
            assert_eq!(error.disposition(), Disposition::Operator, "{code}");
            assert_eq!(query(code).disposition(), Disposition::Operator, "{code}");
        }
    }

    #[test]
    fn time_and_memory_are_limits_to_a_reader() {
        for code in [50, 292] {
            assert!(
                matches!(query(code), ReplicaError::LimitExceeded { .. }),
                "{code}"
            );
        }
    }

    #[test]
    fn rights_and_certificates_are_for_a_person_to_mend() {
        assert_eq!(query(13).disposition(), Disposition::Operator);
        let tls = Failure::unreachable("I/O error: invalid peer certificate: UnknownIssuer");
        assert!(tls.into_error("ping").to_string().contains("tlsCAFile"));
        let down = Failure::unreachable("I/O error: connection refused").into_error("ping");
        assert_eq!(down.disposition(), Disposition::RetryLater);
    }
}
