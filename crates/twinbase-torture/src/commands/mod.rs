//! The commands, one per file.

mod place;
pub(crate) mod rebuilder;
pub(crate) mod repairer;
pub(crate) mod run;
pub(crate) mod worker;
pub(crate) mod writer;
