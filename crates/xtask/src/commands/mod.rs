//! The commands of `cargo xtask`, one per file.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod fuzz_api;
pub(crate) mod fuzz_docstore;
pub(crate) mod load;
pub(crate) mod simulate;
pub(crate) mod test;
pub(crate) mod torture;

mod build;
mod interrupt;
mod runner;
