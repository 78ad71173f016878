//! MongoDB's error codes, by what they mean to us. The numbers are those of the server's `error_codes.yml`.

/// What a code says about the chances of the same call later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server, or its place in the replica set, is going away or out of reach.
    Away,
    /// Another writer was faster; the same call may succeed at once.
    Contended,
    /// A person has to act: credentials, rights, disk, topology.
    Denied,
    /// The time for the operation is over.
    OutOfTime,
    /// The answer or the work for it is too large.
    TooMuch,
    /// The request itself is at fault, as far as one can tell.
    Request,
}

pub(super) const DUPLICATE_KEY: i32 = 11000;
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
pub(super) const INDEX_NOT_FOUND: i32 = 27;

pub(super) const fn meaning(code: i32) -> Meaning {
    match code {
        // HostUnreachable, HostNotFound, LockTimeout, CursorNotFound, LockBusy, WriteConcernFailed (formerly
        // WriteConcernTimeout), NetworkTimeout, ShutdownInProgress, FailedToSatisfyReadPreference,
        // ReadConcernMajorityNotAvailableYet, PrimarySteppedDown, NetworkInterfaceExceededTimeLimit,
        // ExceededTimeLimit, ConnectionPoolExpired, ConnectionError, IngressRequestRateLimitExceeded, SocketException,
        // NotWritablePrimary (and its older number), InterruptedAtShutdown, InterruptedDueToReplStateChange,
        // NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, and "request rate is too large" of hosted relatives.
        6 | 7 | 24 | 43 | 46 | 64 | 89 | 91 | 133 | 134 | 189 | 202 | 262 | 317 | 384 | 462
        | 9001 | 10058 | 10107 | 11600 | 11602 | 13435 | 13436 | 16500 => Meaning::Away,
        // WriteConflict, which is also how a deadlock ends.
        112 => Meaning::Contended,
        // UserNotFound, Unauthorized, AuthenticationFailed, UnknownReplWriteConcern, UnsatisfiableWriteConcern,
        // CommandNotFound, InvalidNamespace, CommandNotSupportedOnView, AuthenticationRequired, AtlasError, OutOfDiskSpace.
        11 | 13 | 18 | 59 | 73 | 79 | 100 | 166 | 351 | 8000 | 14031 => Meaning::Denied,
        // MaxTimeMSExpired.
        50 => Meaning::OutOfTime,
        // OperationFailed as older servers say it of sorts, ExceededMemoryLimit,
        // QueryExceededMemoryLimitNoDiskUseAllowed, BSONObjectTooLarge.
        96 | 146 | 292 | 10334 => Meaning::TooMuch,
        _ => Meaning::Request,
    }
}

/// Why a server refuses a document, without its values: the server's own text would quote them.
pub(super) fn refusal(code: i32) -> String {
    let known = match code {
        2 => "a value is not acceptable",
        15 => "it is nested too deeply, or a number overflows",
        22 => "it is not valid BSON",
        52 | 55 | 56 | 57 => "the name of a field is not acceptable",
        61 | 334 => "the shard key is missing or not acceptable",
        121 => "the collection's validator does not accept it",
        10334 | 17280 | 17419 | 17420 => "it is too large",
        DUPLICATE_KEY => "a unique index has these values in another document",
        _ => return format!("the server does not accept it (code {code})"),
    };
    format!("{known} (code {code})")
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};

    #[test]
    fn a_server_that_steps_down_is_away_and_a_bad_document_is_not() {
        for code in [
            10107, 13435, 13436, 189, 91, 11600, 11602, 6, 7, 89, 9001, 64,
        ] {
            assert_eq!(meaning(code), Meaning::Away, "{code}");
        }
        for code in [2, 9, 14, 121, 11000, 17419, 40324] {
            assert_eq!(meaning(code), Meaning::Request, "{code}");
        }
        assert_eq!(meaning(112), Meaning::Contended);
        assert_eq!(meaning(13), Meaning::Denied);
    }
}
