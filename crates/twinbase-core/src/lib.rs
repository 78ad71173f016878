//! The vocabulary of Twinbase, and the traits of its two sides.
//!
//! An application commits to a *primary* (SQL) and reads from a *replica*
//! (documents). Everything that both sides must agree on is defined here once:
//! the [`Schema`] of an aggregate, its [`Version`], the [`Event`] that carries a
//! change, the [`Change`] that the replica applies, and the [`Token`] that proves
//! a read has seen a write.
//!
//! This crate does no input or output and knows no driver.

pub mod change;
pub mod clock;
pub mod disposition;
pub mod error;
pub mod find;
pub mod mapping;
pub mod primary;
pub mod replica;
pub mod schema;
pub mod write;

mod event;
mod heartbeat;
mod id;
mod named;
mod packed;
mod state;
mod time;
mod token;
mod trace;
mod value;
mod version;
mod versioned;

pub use jiff::Timestamp;

pub use clock::{Clock, SystemClock};
pub use disposition::Disposition;
pub use error::{PrimaryError, ReplicaError};
pub use event::{Event, EventRef, MAX_RETRIES, NO_MAPPING, Operation, Partition};
pub use heartbeat::{HEARTBEAT, TWIN, heartbeat_id};
pub use id::{AggregateId, InvalidId, Key};
pub use packed::{Contents, Entry, Packed};
pub use primary::{OutboxStatus, Primary};
pub use replica::{Body, Change, Outcome, Replica};
pub use schema::{
    Aggregate, Bytes, Column, Decimal, Field, FieldType, Id, IdOf, Index, Kind, Language, Name,
    NewRow, Private, Registry, Schema, SharedSchema, SharedTable, Table, TextIndex, Unique,
};
pub use state::{State, StatePage, StateRows};
pub use time::{parse_time, to_millis};
pub use token::{InvalidToken, Token};
pub use trace::TraceParent;
pub use value::{FromValue, Row, RowError, Value};
pub use version::Version;
pub use versioned::Versioned;
