//! What most programs that use Twinbase name.

pub use bson::{Document, doc};
pub use jiff::Timestamp;
pub use twinbase_core::{
    Aggregate, AggregateId, Bytes, Clock, Column, Decimal, Field, FromValue, Id, Index, Key, Kind,
    Name, NewRow, Operation, PrimaryError, ReplicaError, Row, Schema, SharedSchema, SharedTable,
    SystemClock, Table, Token, TraceParent, Value, Version, Versioned,
    change::{Change, Expected},
    primary::{EventFilter, EventStatus, Migration, MigrationSet, PauseScope, PrimaryKind},
    replica::{Collation, Strength},
    schema::{Assignment, Condition, FieldType, Order, Private},
    write::{OnConflict, Select},
};
pub use twinbase_derive::{Aggregate, FieldType};
pub use twinbase_primary::client::{Tx, Writes};
pub use twinbase_sync::{
    changes::{Applied, Changes},
    read::{Answer, Cursor, Page, ReadError, Source},
    worker::{
        CollectionState, CollectionStatus, InvalidOption, Worker, WorkerOptions, WorkerState,
        WorkerStatus,
    },
};

pub use crate::{Health, OpenError, StartError, Twinbase};
