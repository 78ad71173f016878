//! The document side of Twinbase: [`mongo::Mongo`] and [`embedded::Embedded`] as replicas.
//!
//! Both apply changes guarded by version, hide tombstones and the field `_sync` from every read, and accept the same
//! queries: what is refused by name is refused by both ([`query`]). This crate knows no SQL and decides nothing about
//! when to apply what; that is the sync engine's.

pub mod embedded;
pub mod mongo;
pub mod query;

mod collection;
mod prepared;
