//! What most programs that use Twinbase name.

pub use bson::{Document, doc};
pub use twinbase_core::{
    Aggregate, AggregateId, Clock, Column, Field, FromValue, Index, Key, Kind, Operation,
    PrimaryError, ReplicaError, Row, Schema, SystemClock, Table, Token, TraceParent, Value,
    Version, Versioned,
    primary::{EventFilter, EventStatus, Migration, MigrationSet, PauseScope, PrimaryKind},
    write::{Assignment, Condition, OnConflict, Order, Select},
};
pub use twinbase_primary::client::{NewRow, Tx, Writes};
pub use twinbase_sync::{
    read::{Answer, ReadError, Source},
    worker::{
        CollectionState, CollectionStatus, InvalidOption, Worker, WorkerOptions, WorkerState,
        WorkerStatus,
    },
};

pub use crate::{Health, OpenError, Twinbase};
