//! Write to SQL, read from documents, correctly.
//!
//! [`Twinbase`] keeps a document database in step with an SQL database. An
//! application commits to the *primary* (PostgreSQL, CockroachDB or embedded
//! SQLite) and reads leaderboards, analytics and search from the *replica*
//! (MongoDB or an embedded document store). Each change of an aggregate writes its
//! row, its version and its event in one statement; a worker carries events over;
//! a token from a write makes a read wait for exactly that write.
//!
//! ```
//! use std::time::Duration;
//! use twinbase::prelude::*;
//!
//! #[derive(Debug, Clone, PartialEq, Aggregate, serde::Serialize, serde::Deserialize)]
//! #[aggregate(name = "note", table = "notes")]
//! struct Note {
//!     #[key]
//!     id: AggregateId,
//!     text: String,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let (primary, replica) = (
//! #     format!("sqlite:{}/app.db", dir.path().display()),
//! #     format!("embedded:{}/documents.db", dir.path().display()),
//! # );
//! let twin = Twinbase::builder()
//!     .primary(&primary) // sqlite:app.db, or postgres://..
//!     .replica(&replica) // embedded:documents.db, or mongodb://..
//!     .aggregate::<Note>()
//!     .migrations(MigrationSet {
//!         name: "notes",
//!         migrations: vec![Migration {
//!             number: 1,
//!             name: "notes",
//!             sql: |_| "create table if not exists notes (id text primary key, text text not null)",
//!         }],
//!     })
//!     .open()
//!     .await?;
//! twin.migrate().await?;
//! let worker = twin.start_worker(WorkerOptions::default())?;
//!
//! let note = twin.insert(&Note { id: twin.new_id(), text: "hello".into() }).await?;
//!
//! let found = twin
//!     .collection::<Note>()
//!     .at_least(&note.token(), Duration::from_secs(10))
//!     .find(doc! { "text": "hello" })
//!     .all()
//!     .await?;
//! assert_eq!(found.value, [note.value]);
//!
//! worker.stop().await;
//! twin.close().await;
//! # Ok(())
//! # }
//! ```

pub mod backup;
mod builder;
mod connect;
mod error;
pub mod health;
pub mod prelude;
mod registered;
mod tables;
mod twinbase;
mod work;

pub use crate::twinbase::Twinbase;
pub use backup::{Backup, BackupError};
pub use bson;
pub use builder::Builder;
pub use error::{OpenError, ScrubError};
pub use health::{Health, SideHealth, Trend};
pub use jiff::Timestamp;
pub use tables::TableMismatch;
pub use twinbase_core as core;
pub use twinbase_derive::{Aggregate, FieldType};
pub use twinbase_primary as primary;
pub use twinbase_primary::client::{current_trace, with_trace};
pub use twinbase_replica as replica;
pub use twinbase_sync as sync;
pub use twinbase_sync::operate;
pub use work::StartError;

/// The snippets of the guide and of the README.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../../docs/guide/first-aggregate.md")]
    struct FirstAggregate;
    #[doc = include_str!("../../../docs/guide/writing.md")]
    struct Writing;
    #[doc = include_str!("../../../docs/guide/reading.md")]
    struct Reading;
    #[doc = include_str!("../../../docs/guide/operating.md")]
    struct Operating;
    #[doc = include_str!("../../../docs/guide/testing.md")]
    struct Testing;
    #[doc = include_str!("../../../README.md")]
    struct Readme;
}
