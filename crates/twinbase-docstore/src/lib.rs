//! An embedded document store: MongoDB's filters and pipelines over SQLite, for applications on one machine.
//!
//! One file holds collections of documents. Writes are guarded by a version that the caller gives, so the same writes in any
//! order and any number end in the same state. Reads speak MongoDB's query language; what of it is understood, and how
//! documents are stored, is in `SUBSET.md` beside this crate. Everything else is refused by name, and never answered wrongly.
//!
//! ```
//! use bson::{DateTime, doc};
//! use twinbase_docstore::{Direction, Find, IndexSpec, Options, Outcome, Put, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("docs.db");
//! let store = Store::open(path, Options::default())?;
//! store.ensure_collection("users", &[IndexSpec {
//!     name: "by_points".into(),
//!     keys: vec![("points".into(), Direction::Descending)],
//!     ..IndexSpec::default()
//! }])?;
//!
//! let put = |version, points: i32| Put {
//!     id: "ann".into(),
//!     version,
//!     document: Some(doc! { "name": "Ann", "points": points }),
//!     at: DateTime::from_millis(0),
//! };
//! // The second one is older than what is there by then, and changes nothing.
//! let outcomes = store.apply("users", &[put(2, 20), put(1, 10)])?;
//! assert_eq!(outcomes, [Outcome::Applied, Outcome::Superseded]);
//!
//! let leaders = store.find("users", &Find {
//!     filter: doc! { "points": { "$gte": 10 } },
//!     sort: doc! { "points": -1 },
//!     limit: Some(10),
//!     projection: doc! { "_id": 0, "name": 1 },
//!     ..Find::default()
//! })?;
//! assert_eq!(leaders, [doc! { "name": "Ann" }]);
//!
//! let total = store.aggregate("users", &[doc! { "$group": { "_id": null, "points": { "$sum": "$points" } } }])?;
//! assert_eq!(total, [doc! { "_id": null, "points": 20 }]);
//! # Ok(())
//! # }
//! ```
//!
//! # How a query runs
//!
//! A document is stored once, as its BSON bytes. For the rest there is one idea: a *key*, a byte string for any BSON value whose
//! byte order is MongoDB's order of values. The SQL function `doc_key(document, path)` gives it. Secondary indexes are SQLite
//! indexes on it, an equality or range on an indexed path is a comparison of it, a sort is an `order by` of it: so SQLite's planner
//! and sorter do their work, and no second form of a document can disagree with the first. What no index serves is a
//! call of `doc_matches(document, filter)`.
//!
//! SQLite takes the filters, the sort and the cut at the beginning of a query. Every stage after that is a small machine in Rust that
//! takes one document and gives what it makes of it to the next; a stage that has to wait for the last document (a group, a window) holds
//! what it needs in the memory of the query, which is bounded. [`Store::explain_pipeline`] tells which stage ran where.
//!
//! The obvious alternative, a JSONB twin of each document queried with SQLite's JSON functions, was not taken: JSON has no form
//! for most of BSON's types, so every comparison would need a function anyway, and each write would store the document twice.

mod access;
mod apply;
mod catalog;
mod collation;
mod encode;
mod entries;
mod error;
mod expression;
mod fault;
mod filter;
mod functions;
pub mod language;
mod options;
mod path;
mod pipeline;
mod projection;
mod request;
mod request_depth;
mod sort;
mod sql;
mod store;
mod text;
mod value;

pub use collation::{Collation, Strength};
pub use error::{Error, ErrorKind};
pub use options::{Durability, Options};
pub use request::{Direction, Find, IndexSpec, Outcome, Put, Stored, TextSpec};
pub use store::Store;

/// The example of the README is compiled and run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
