//! The one table of MongoDB's error codes, by what they mean to us. The numbers are those of the server's `error_codes.yml`
//! (all of them are in `server_codes.txt`, which the tests read) and of the checks in its source that have no name.
//!
//! Only a code that stands under [`Meaning::Document`] is ever a document's fault. Whatever is not known here is a state of
//! the server: its documents wait, and a person is told.

/// What a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server is going away, overloaded or out of reach, or its routing is stale: the same call may succeed later.
    Away,
    /// Another writer was faster: the same call may succeed at once.
    Contended,
    /// The time for the operation is over.
    OutOfTime,
    /// A person has to act: what is wrong, and what to do.
    Operator(&'static str),
    /// The document cannot be stored, whenever and to whichever server it is sent.
    Document(&'static str),
    /// The result of a reader's query, or the work for it, is too large.
    TooMuch,
    /// A reader's query is not acceptable; in a call of ours it is not expected.
    Query,
    /// The server has no such command, operator or kind of index.
    Lacking,
    /// Nothing is known about it.
    Unknown,
}

pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
pub(super) const INDEX_NOT_FOUND: i32 = 27;
pub(super) const NAMESPACE_EXISTS: i32 = 48;
pub(super) const BSON_OBJECT_TOO_LARGE: i32 = 10334;
pub(super) const DUPLICATE_KEY: i32 = 11000;

/// From here on codes are places in the server's source, most of them checks of a query.
const FIRST_LOCATION: i32 = 4_000;

const RIGHTS: &str = "the user needs the role readWrite on the database";
const WRITE_CONCERN: &str = "the replica set cannot satisfy a write to the majority";
const COLLECTION: &str = "the collection is not a plain one (a view, a time series or a reserved name?); give Twinbase collections of its own";
const SHARDING: &str = "shard the collection by `_id`";

pub(super) const fn meaning(code: i32) -> Meaning {
    if let Some(fault) = document_fault(code) {
        return Meaning::Document(fault);
    }
    match code {
        // WriteConflict, which is also how a deadlock ends.
        112 => Meaning::Contended,
        // MaxTimeMSExpired.
        50 => Meaning::OutOfTime,
        // The network: HostUnreachable, HostNotFound, NetworkTimeout, NetworkInterfaceExceededTimeLimit,
        // ConnectionPoolExpired, ConnectionError, SocketException, PooledConnectionsDropped, DNSHostNotFound,
        // DNSProtocolError, ClientDisconnect, BrokenPromise.
        6 | 7 | 89 | 145 | 202 | 230 | 231 | 245 | 279 | 317 | 384 | 9001
        // Elections and shutdown: ShutdownInProgress, NotYetInitialized, NotSecondary, StaleTerm, PrimarySteppedDown,
        // ElectionInProgress, ServiceExecutorInShutdown, CloseConnectionForShutdownCommand, SplitHorizonChange,
        // LegacyNotPrimary, NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange,
        // NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, FailedToSatisfyReadPreference,
        // ReadConcernMajorityNotAvailableYet, WriteConcernTimeout, CurrentConfigNotCommittedYet.
        | 64 | 91 | 94 | 95 | 133 | 134 | 135 | 189 | 216 | 303 | 308 | 333 | 372 | 10058 | 10107 | 11600 | 11602
        | 13435 | 13436
        // Interrupted or in the way of something else: LockTimeout, CursorNotFound, LockBusy, CallbackCanceled,
        // LockFailed, ConflictingOperationInProgress, CursorInUse, QueryPlanKilled, FailPointEnabled, DatabaseDropPending,
        // IndexModified, CursorKilled, SnapshotTooOld, SnapshotUnavailable, ExceededTimeLimit,
        // PreparedTransactionInProgress, IndexBuildAborted, IndexBuildAlreadyInProgress,
        // TransactionExceededLifetimeLimitSeconds, PeriodicJobIsStopped, OperationIsKilledAndDelisted, ObjectIsBusy,
        // InterruptedDueToStorageChange, InternalTransactionNotSupported, RetryableTransactionInProgress,
        // ReauthenticationRequired, Interrupted, BackgroundOperationInProgress (two), ClientMarkedKilled,
        // BackupCursorOpenConflictWithCheckpoint, InterruptedDueToFCVChange, the coordinator's interruptions (281, 282).
        | 24 | 43 | 46 | 90 | 107 | 117 | 143 | 175 | 192 | 215 | 221 | 237 | 239 | 246 | 262 | 267 | 276 | 281 | 282
        | 285 | 290 | 310 | 312 | 314 | 355 | 358 | 363 | 391 | 11601 | 12586 | 12587 | 46841 | 50915 | 10_045_600
        // Overload: TemporarilyUnavailable, StreamTerminated, ResourceExhausted,
        // PooledConnectionAcquisitionExceededTimeLimit, UpdatesStillPending, AdmissionQueueOverflow, RateLimitExceeded,
        // PooledConnectionAcquisitionRejected, IngressRequestRateLimitExceeded, TooManyLocks, TooManyFilesOpen,
        // TooManyLogicalSessions, and "request rate is too large" of hosted relatives.
        | 208 | 261 | 264 | 365 | 398 | 402 | 407 | 412 | 433 | 449 | 450 | 462 | 16500
        // Stale routing and moving shards: StaleShardVersion, ShardNotFound, NoConfigPrimary, StaleEpoch,
        // BalancerInterrupted, ReplicaSetMonitorRemoved, ShardingStateNotInitialized, StaleClusterTime, StaleDbVersion,
        // StaleChunkHistory, MigrationConflict, MovePrimaryInProgress, ReshardCollectionInProgress,
        // ReshardingCriticalSectionTimeout, ShardCannotRefreshDueToLocksHeld, PlacementVersionRefreshCanceled,
        // DatabaseMetadataRefreshCanceled (two), MigrationBlockingOperationCoordinatorCleaningUp,
        // AddOrRemoveShardInProgress, InterruptedDueToReshardingCriticalSection, RecvStaleConfig, StaleConfig,
        // ConfigServerUnreachable, RetriableRemoteCommandFailure.
        | 63 | 70 | 149 | 150 | 194 | 199 | 203 | 209 | 249 | 250 | 272 | 319 | 338 | 342 | 343 | 360 | 379 | 406 | 414
        | 445 | 453 | 9996 | 13388 | 56846 | 91331 => Meaning::Away,
        // UserNotFound, Unauthorized, AuthenticationFailed, AuthenticationRestrictionUnmet, and AtlasError.
        11 | 13 | 18 | 214 | 8000 => Meaning::Operator(RIGHTS),
        // UnknownReplWriteConcern, UnsatisfiableWriteConcern.
        79 | 100 => Meaning::Operator(WRITE_CONCERN),
        // CommandNotFound, CommandNotSupported, NotImplemented.
        59 | 115 | 238 => Meaning::Lacking,
        // InvalidNamespace, DocTooLargeForCapped, CommandNotSupportedOnView, OptionNotSupportedOnView,
        // CannotGrowDocumentInCappedNamespace.
        73 | 116 | 166 | 167 | 10003 => Meaning::Operator(COLLECTION),
        // ShardKeyNotFound, ImmutableField, WouldChangeOwningShard.
        61 | 66 | 283 => Meaning::Operator(SHARDING),
        // UserWritesBlocked.
        371 => Meaning::Operator(
            "writes are blocked by an administrator (setUserWriteBlockMode) or because the disk is almost full; allow them again",
        ),
        // OutOfDiskSpace.
        14031 => Meaning::Operator("the disk of the server is full; make room"),
        // OperationFailed as older servers say it of sorts, ExceededMemoryLimit,
        // QueryExceededMemoryLimitNoDiskUseAllowed.
        96 | 146 | 292 => Meaning::TooMuch,
        // Of collections and indexes: NamespaceNotFound, NamespaceExists, IndexNotFound, CannotCreateIndex, IndexAlreadyExists, IndexOptionsConflict,
        // IndexKeySpecsConflict, InvalidIndexSpecificationOption. Of queries: BadValue, NoSuchKey, FailedToParse, UnsupportedFormat, TypeMismatch, InvalidLength, IllegalOperation,
        // PathNotViable, InvalidPath, ConflictingUpdateOperators, NotSingleValueField, InvalidOptions, NoProjectionFound,
        // JSInterpreterFailure, ViewDepthLimitExceeded, InvalidPipelineOperator, QueryFeatureNotAllowed,
        // MaxSubPipelineDepthExceeded, ConversionFailure, JSInterpreterFailureWithStack,
        // NoQueryExecutionPlans, APIVersionError, APIStrictError, APIDeprecationError, InvalidBSONType.
        NAMESPACE_NOT_FOUND | NAMESPACE_EXISTS | INDEX_NOT_FOUND | 67 | 68 | 85 | 86 | 197 | 2 | 4 | 9 | 12 | 14 | 16 | 20 | 28 | 30 | 40 | 54 | 72 | 97 | 139 | 165 | 168 | 224 | 232 | 241 | 271
        | 291 | 322 | 323 | 324 | 357
        | FIRST_LOCATION.. => Meaning::Query,
        _ => Meaning::Unknown,
    }
}

/// Why a document cannot be stored, without its values: the server's own text would quote them.
const fn document_fault(code: i32) -> Option<&'static str> {
    Some(match code {
        // Overflow, InvalidBSON, NonConformantBSON: the codes of the server's validation of BSON.
        15 => "it is nested too deeply, or a number overflows",
        22 | 378 => "it is not valid BSON",
        // DollarPrefixedFieldName, InvalidIdField, InvalidDBRef, EmptyFieldName, DottedFieldName.
        52 | 53 | 55 | 56 | 57 => "the name of a field is not acceptable",
        // DocumentValidationFailure, which has no other use.
        121 => "the collection's validator does not accept it",
        // CannotIndexParallelArrays, CannotBuildIndexKeys, a hashed index over an array.
        171 | 201 | 16766 => "an index cannot take its values",
        // Of 2d indexes (four) and of 2dsphere.
        13026 | 13027 | 13067 | 13068 | 16755 => "a geospatial index cannot take its values",
        // Of text indexes.
        17261 | 17262 => "a text index cannot take its language",
        // BSONObjectTooLarge, the sizes after an update and of an upsert (two), KeyTooLong of servers before 4.2.
        BSON_OBJECT_TOO_LARGE | 17419 | 17420 | 7_655_103 | 17280 => "it is too large",
        DUPLICATE_KEY => "a unique index has these values in another document",
        _ => return None,
    })
}

/// The reason of a rejection by a code of the table's document faults.
pub(super) fn refusal(code: i32) -> String {
    let fault = document_fault(code).unwrap_or("the server does not accept it");
    format!("{fault} (code {code})")
}

#[cfg(test)]
mod tests;
