//! Listening, serving until told to stop, and stopping in two steps.

mod connection;
mod listen;
mod serve;
mod shutdown;

pub(crate) use listen::{Listening, listen, listen_for_metrics};
pub(crate) use serve::serve;
pub(crate) use shutdown::{Stop, or_interrupt};
